"""FLUX, tiny and with random weights, the same in every process: to try and test everything around it without it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, FluxControlNetModel, FluxTransformer2DModel
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import CLIPTextModel, T5Config, T5EncoderModel

from lightbrush.nn.flux.checkpoints import of_diffusers
from lightbrush.nn.flux.config import FluxConfig
from lightbrush.nn.flux.text import flux_reader, tokenizing
from lightbrush.nn.flux.transformer import FluxTransformer
from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.config import FLUX, Family
from lightbrush.nn.latent.networks import Model, held
from lightbrush.nn.latent.painter import Networks
from lightbrush.nn.wan.tensors import fill

#: Of T5, so few that tests are quick.
TOKENS = 24

TINY: Family = replace(
    FLUX,
    unet={
        **FLUX.unet,
        "num_layers": 2,
        "num_single_layers": 2,
        "attention_head_dim": 32,
        "num_attention_heads": 2,
        "joint_attention_dim": 32,
        "pooled_projection_dim": 32,
        "axes_dims_rope": (4, 14, 14),
    },
    vae={**FLUX.vae, "block_out_channels": (32, 32, 32, 32), "layers_per_block": 1},
    texts=(
        tiny.TINY["sd15"].texts[0],
        {
            **FLUX.texts[1],
            "d_model": 32,
            "d_kv": 8,
            "d_ff": 64,
            "num_layers": 2,
            "num_heads": 4,
            "vocab_size": 259,
        },
    ),
    unet_parameters=0,
    text_parameters=0,
    matrices=0,
)


def tokenizer() -> Tokenizer:
    """Every letter of ASCII as a token of T5's kind, with the end of the text."""
    pieces = ["<pad>", "</s>", "<unk>", *(chr(code) for code in range(32, 127))]
    made = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return made


def parts(seed: int = 0, guided: bool = False) -> dict[str, Any]:
    """diffusers' and transformers' networks by the names that a pipeline has for them, and tiny, a tiny VAE."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made: dict[str, Any] = {
            "transformer": FluxTransformer2DModel.from_config({**TINY.unet, "guidance_embeds": guided}),
            "vae": AutoencoderKL.from_config(dict(TINY.vae)),
            "tiny": AutoencoderTiny(
                encoder_block_out_channels=(8, 8, 8, 8),
                decoder_block_out_channels=(8, 8, 8, 8),
                num_encoder_blocks=(1, 1, 1, 1),
                num_decoder_blocks=(1, 1, 1, 1),
                latent_channels=16,
            ),
            "text_encoder": CLIPTextModel(tiny.text_config(dict(TINY.texts[0]))),
            "text_encoder_2": T5EncoderModel(T5Config(**TINY.texts[1])),
        }
    tiny.level(made["tiny"])
    return {name: network.requires_grad_(False).eval() for name, network in made.items()}


@torch.no_grad()
def control(seed: int = 1, **config: Any) -> FluxControlNetModel:
    """diffusers' ControlNet for these networks, one that was taught: a new one says nothing. config: in place of what a
    plain one has, of one double and one single block."""
    own = {"num_layers": 1, "num_single_layers": 1, "guidance_embeds": True}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made: FluxControlNetModel = FluxControlNetModel.from_config({**TINY.unet, **own, **config})
        for name, weight in made.named_parameters():
            if name.startswith(("controlnet_", "input_hint_block")):
                torch.nn.init.normal_(weight, std=1 / 8)
    return made.requires_grad_(False).eval()


def model(device: torch.device, seed: int = 0, guided: bool = False) -> Model:
    made = {name: network.to(device) for name, network in parts(seed, guided).items()}
    config = FluxConfig.of_diffusers(made["transformer"].config)
    with torch.device("meta"):
        transformer = FluxTransformer(config)
    fill(transformer, of_diffusers(held(made["transformer"].state_dict()), config), device, lambda _: torch.float32)
    transformer.requires_grad_(False).eval()
    embed = flux_reader(made["text_encoder"], tiny.tokenizer(), made["text_encoder_2"], tokenizing(tokenizer()), TOKENS)
    return Model(Networks(transformer, made["vae"], made["tiny"], told=guided), embed, "flow", xl=False)
