"""The networks of the families, as the config.json files of their diffusers folders have them; without PyTorch.

What is not said here is diffusers' and transformers' default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Config = Mapping[str, Any]

FamilyId = Literal["sd15", "sd21", "sdxl", "flux", "klein4b", "klein9b"]
Prediction = Literal["epsilon", "v_prediction", "sample", "flow"]
"""What the network says: the noise, the velocity r e - s x (Salimans and Ho, 2022), the clean latent, or the way e -
x."""
Way = Literal["plain", "lcm", "turbo", "lightning"]
"""How a model renders: as it is, with guidance and many steps; with LCM-LoRA; or as what it was distilled to."""
Shows = Literal["lines", "depth", "pose"]
"""What a sketch shows of the picture that is to follow it."""

#: Of every tiny VAE, encoder and decoder (diffusers' AutoencoderTiny).
TINY_VAE_PARAMETERS: Final = 2_445_063
VAE_PARAMETERS: Final = 83_653_863


@dataclass(frozen=True)
class Family:
    """texts: of the text encoders, in order; pads: what each fills a short text with. upcast: its VAE overflows in half
    precision. parameters: of the network and of the text encoders; matrices: the network's linear layers', which
    `packed` can make smaller; a test counts them. unet: the network's config, of FLUX its transformer's."""

    id: FamilyId
    name: str
    unet: Config
    vae: Config
    texts: tuple[Config, ...]
    pads: tuple[str, ...]
    upcast: bool
    unet_parameters: int
    text_parameters: int
    matrices: int = 0
    vae_parameters: int = VAE_PARAMETERS


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
    matrices=222_822_400,
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
    matrices=258_211_840,
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
    matrices=2_197_422_080,
    text_parameters=123_060_480 + 694_659_840,
)

_T5_XXL: Final = {
    "d_model": 4096,
    "d_kv": 64,
    "d_ff": 10240,
    "num_layers": 24,
    "num_heads": 64,
    "vocab_size": 32128,
    "feed_forward_proj": "gated-gelu",
    "tie_word_embeddings": False,
}
#: FLUX.1 schnell; dev is told its guidance besides.
FLUX: Final = Family(
    id="flux",
    name="FLUX.1",
    unet={
        "in_channels": 64,
        "num_layers": 19,
        "num_single_layers": 38,
        "attention_head_dim": 128,
        "num_attention_heads": 24,
        "joint_attention_dim": 4096,
        "pooled_projection_dim": 768,
        "guidance_embeds": False,
        "axes_dims_rope": (16, 56, 56),
    },
    vae={
        **_VAE,
        "latent_channels": 16,
        "scaling_factor": 0.3611,
        "shift_factor": 0.1159,
        "use_quant_conv": False,
        "use_post_quant_conv": False,
    },
    texts=(_CLIP_L, _T5_XXL),
    pads=(END, ""),
    upcast=False,
    unet_parameters=11_891_178_560,
    matrices=11_886_919_680,
    vae_parameters=83_819_683,
    text_parameters=123_060_480 + 4_762_310_656,
)

_QWEN_4B: Final = {
    "model_type": "qwen3",
    "hidden_size": 2560,
    "intermediate_size": 9728,
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "max_position_embeddings": 40960,
    "rope_theta": 1_000_000,
}
_FLUX_2: Final = {
    "in_channels": 128,
    "attention_head_dim": 128,
    "mlp_ratio": 3.0,
    "axes_dims_rope": (32, 32, 32, 32),
    "rope_theta": 2000,
    "guidance_embeds": False,
}
#: FLUX.2 klein. Of their text encoder the layers that are heard are counted, three quarters of it.
KLEIN_4B: Final = Family(
    id="klein4b",
    name="FLUX.2 klein 4B",
    unet={
        **_FLUX_2,
        "num_layers": 5,
        "num_single_layers": 20,
        "num_attention_heads": 24,
        "joint_attention_dim": 7680,
    },
    vae={},
    texts=(_QWEN_4B,),
    pads=("",),
    upcast=False,
    unet_parameters=3_875_544_576,
    matrices=3_873_964_032,
    vae_parameters=84_046_115,
    text_parameters=3_114_088_192,
)
KLEIN_9B: Final = Family(
    id="klein9b",
    name="FLUX.2 klein 9B",
    unet={
        **_FLUX_2,
        "num_layers": 8,
        "num_single_layers": 24,
        "num_attention_heads": 32,
        "joint_attention_dim": 12288,
    },
    vae={},
    texts=({**_QWEN_4B, "hidden_size": 4096, "intermediate_size": 12288},),
    pads=("",),
    upcast=False,
    unet_parameters=9_078_581_248,
    matrices=9_077_522_432,
    vae_parameters=84_046_115,
    text_parameters=5_831_883_520,
)

#: Those of a UNet.
FAMILIES: Final = (SD15, SD21, SDXL)
KLEIN: Final = (KLEIN_4B, KLEIN_9B)


def family(family_id: str) -> Family:
    return next(family for family in (*FAMILIES, FLUX, *KLEIN) if family.id == family_id)
