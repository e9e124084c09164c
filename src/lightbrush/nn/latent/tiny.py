"""Every part of a latent diffusion model, tiny and with random weights, the same in every process: to try and test
everything around an engine without a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, ControlNetModel, T2IAdapter, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from lightbrush.nn.latent.attention import Hearing
from lightbrush.nn.latent.config import END, SD15, SD21, SDXL, Family, FamilyId
from lightbrush.nn.latent.networks import Model
from lightbrush.nn.latent.painter import Networks
from lightbrush.nn.latent.quick import quicken, quicken_tiny
from lightbrush.nn.latent.text import text_reader

_TEXT: Final = {
    "hidden_size": 32,
    "intermediate_size": 37,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "projection_dim": 32,
}
_VAE: Final = {"block_out_channels": (32, 32, 32, 32), "layers_per_block": 1}
_START: Final = "<|startoftext|>"
#: Of a random tiny VAE's pictures, 0 to 1.
_CONTRAST: Final = 0.2


def _family(whole: Family, channels: tuple[int, ...], **unet: Any) -> Family:
    told = {"cross_attention_dim": 32 * len(whole.texts), "attention_head_dim": 4, "layers_per_block": 1}
    return replace(
        whole,
        unet={**whole.unet, "block_out_channels": channels, **told, **unet},
        vae={**whole.vae, **_VAE},
        texts=tuple({**text, **_TEXT} for text in whole.texts),
        unet_parameters=0,
        text_parameters=0,
        matrices=0,
    )


TINY: Final[dict[FamilyId, Family]] = {
    "sd15": _family(SD15, (32, 32, 64, 64)),
    "sd21": _family(SD21, (32, 32, 64, 64)),
    "sdxl": _family(
        SDXL,
        (32, 32, 64),
        transformer_layers_per_block=(1, 1, 2),
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 32,
    ),
}


def vocabulary() -> dict[str, int]:
    """Every byte as CLIP's tokenizer writes it, alone and at the end of a word."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [256 + i for i in range(256 - len(printable))]
    letters = [chr(code) for code in (*printable, *others)]
    return {piece: i for i, piece in enumerate([*letters, *(f"{each}</w>" for each in letters), _START, END])}


def tokenizer(pad: str = END) -> CLIPTokenizer:
    return CLIPTokenizer(vocab=vocabulary(), merges=[], pad_token=pad, model_max_length=77)


def text_config(config: dict[str, Any]) -> CLIPTextConfig:
    known = vocabulary()
    ends = {"bos_token_id": known[_START], "eos_token_id": known[END], "pad_token_id": known[END]}
    return CLIPTextConfig.from_dict({"vocab_size": len(known), "max_position_embeddings": 77, **ends, **config})


def parts(family_id: FamilyId, seed: int = 0) -> dict[str, Any]:
    """diffusers' networks by the names that a pipeline has for them, and tiny, a tiny VAE, and control, a
    ControlNet."""
    family = TINY[family_id]
    unet = dict(family.unet)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made: dict[str, Any] = {
            "unet": UNet2DConditionModel.from_config({"sample_size": 8, **unet}),
            "vae": AutoencoderKL.from_config(dict(family.vae)),
            "tiny": AutoencoderTiny(
                encoder_block_out_channels=(8, 8, 8, 8),
                decoder_block_out_channels=(8, 8, 8, 8),
                num_encoder_blocks=(1, 1, 1, 1),
                num_decoder_blocks=(1, 1, 1, 1),
            ),
            "text_encoder": CLIPTextModel(text_config(dict(family.texts[0]))),
            "control": ControlNetModel.from_unet(
                UNet2DConditionModel.from_config(unet), conditioning_embedding_out_channels=(8, 8, 16, 16)
            ),
        }
        if len(family.texts) == 2:
            made["text_encoder_2"] = CLIPTextModelWithProjection(text_config(dict(family.texts[1])))
    level(made["tiny"])
    return {name: network.requires_grad_(False).eval() for name, network in made.items()}


def adapter(family_id: FamilyId, seed: int = 1, **config: Any) -> T2IAdapter:
    """diffusers' T2I-Adapter for these networks. config: in place of what a plain one has."""
    xl = family_id == "sdxl"
    own = {
        "channels": [*TINY[family_id].unet["block_out_channels"], *([64] if xl else [])],
        "downscale_factor": 16 if xl else 8,
        "adapter_type": "full_adapter_xl" if xl else "full_adapter",
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made: T2IAdapter = T2IAdapter.from_config({**own, **config})
    return made.requires_grad_(False).eval()


@torch.no_grad()
def level(network: AutoencoderTiny) -> None:
    """Give a random tiny VAE pictures of a middle grey with some contrast: left alone they are nearly black."""
    draw = torch.Generator().manual_seed(0)
    seen = network.decoder(torch.randn(1, network.config.latent_channels, 8, 8, generator=draw)) / 2 + 0.5
    last: Any = network.decoder.layers[-1]
    scale = _CONTRAST / seen.std((0, 2, 3))
    last.weight.mul_(scale.view(-1, 1, 1, 1))
    last.bias.sub_(seen.mean((0, 2, 3))).mul_(scale).add_(0.5)


def model(family_id: FamilyId, device: torch.device, seed: int = 0) -> Model:
    made = {name: network.to(device) for name, network in parts(family_id, seed).items()}
    quicken(made["unet"])
    made["unet"].set_attn_processor(Hearing())
    quicken_tiny(made["tiny"])
    xl = family_id == "sdxl"
    encoders = [made[name] for name in ("text_encoder", "text_encoder_2") if name in made]
    tokenizers = [tokenizer(pad) for pad in TINY[family_id].pads]
    embed = text_reader(encoders, tokenizers, "penultimate" if xl else "last", pooled=xl)
    networks = Networks(made["unet"], made["vae"], made["tiny"])
    return Model(networks, embed, "epsilon", xl)
