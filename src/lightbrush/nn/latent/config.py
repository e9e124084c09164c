"""The networks of the families, as the config.json files of their diffusers folders have them; without PyTorch.

What is not said here is diffusers' and transformers' default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Config = Mapping[str, Any]

FamilyId = Literal["sd15", "sd21", "sdxl"]
Prediction = Literal["epsilon", "v_prediction", "sample"]
"""What the network says: the noise, the velocity r e - s x (Salimans and Ho, 2022), or the clean latent."""
Way = Literal["plain", "lcm", "turbo", "lightning"]
"""How a model renders: as it is, with guidance and many steps; with LCM-LoRA; or as what it was distilled to."""


@dataclass(frozen=True)
class Family:
    """texts: of the text encoders, in order; pads: what each fills a short text with. upcast: its VAE overflows in half
    precision. parameters: of the UNet and of the text encoders; a test counts them."""

    id: FamilyId
    name: str
    unet: Config
    vae: Config
    texts: tuple[Config, ...]
    pads: tuple[str, ...]
    upcast: bool
    unet_parameters: int
    text_parameters: int


_BLOCKS: Final = {
    "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2,
}
_VAE: Final = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "latent_channels": 4,
    "scaling_factor": 0.18215,
}
_CLIP_L: Final = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "projection_dim": 768,
    "hidden_act": "quick_gelu",
}
_CLIP_H: Final = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 23,
    "num_attention_heads": 16,
    "projection_dim": 512,
    "hidden_act": "gelu",
}
_CLIP_G: Final = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
    "projection_dim": 1280,
    "hidden_act": "gelu",
}
#: Of every tiny VAE, encoder and decoder (diffusers' AutoencoderTiny).
TINY_VAE_PARAMETERS: Final = 2_445_063
VAE_PARAMETERS: Final = 83_653_863

END: Final = "<|endoftext|>"

SD15: Final = Family(
    id="sd15",
    name="Stable Diffusion 1.5",
    unet={**_BLOCKS, "cross_attention_dim": 768, "attention_head_dim": 8},
    vae=_VAE,
    texts=(_CLIP_L,),
    pads=(END,),
    upcast=False,
    unet_parameters=859_520_964,
    text_parameters=123_060_480,
)
SD21: Final = Family(
    id="sd21",
    name="Stable Diffusion 2.1",
    unet={
        **_BLOCKS,
        "cross_attention_dim": 1024,
        "attention_head_dim": (5, 10, 20, 20),
        "use_linear_projection": True,
    },
    vae=_VAE,
    texts=(_CLIP_H,),
    pads=("!",),
    upcast=False,
    unet_parameters=865_910_724,
    text_parameters=340_387_840,
)
SDXL: Final = Family(
    id="sdxl",
    name="Stable Diffusion XL",
    unet={
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "block_out_channels": (320, 640, 1280),
        "layers_per_block": 2,
        "transformer_layers_per_block": (1, 2, 10),
        "cross_attention_dim": 2048,
        "attention_head_dim": (5, 10, 20),
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
    },
    vae={**_VAE, "scaling_factor": 0.13025, "force_upcast": True},
    texts=(_CLIP_L, _CLIP_G),
    pads=(END, "!"),
    upcast=True,
    unet_parameters=2_567_463_684,
    text_parameters=123_060_480 + 694_659_840,
)

FAMILIES: Final = (SD15, SD21, SDXL)


def family(family_id: str) -> Family:
    return next(family for family in FAMILIES if family.id == family_id)
