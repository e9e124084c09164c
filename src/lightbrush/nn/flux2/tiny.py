"""FLUX.2 klein, tiny and with random weights, the same in every process: to try and test everything around it without
it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from diffusers import AutoencoderKLFlux2, Flux2Transformer2DModel
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
from transformers import Qwen3Config, Qwen3ForCausalLM

from lightbrush.nn.flux2.checkpoints import of_diffusers
from lightbrush.nn.flux2.config import Flux2Config
from lightbrush.nn.flux2.networks import KLEIN_SHIFT
from lightbrush.nn.flux2.text import PAD, empty_qwen, heard, qwen_reader
from lightbrush.nn.flux2.tiny_vae import taef2
from lightbrush.nn.flux2.transformer import Flux2Transformer
from lightbrush.nn.latent.config import KLEIN_4B, Family
from lightbrush.nn.latent.networks import Model, held
from lightbrush.nn.latent.painter import Networks
from lightbrush.nn.latent.tiny import level
from lightbrush.nn.wan.tensors import fill

#: Of a text, and the text encoder's layers that are heard, so few that tests are quick.
TOKENS = 48
LAYERS = (1, 2, 3)

TINY: Family = replace(
    KLEIN_4B,
    unet={
        **KLEIN_4B.unet,
        "num_layers": 2,
        "num_single_layers": 2,
        "attention_head_dim": 32,
        "num_attention_heads": 2,
        "joint_attention_dim": 96,
        "axes_dims_rope": (8, 8, 8, 8),
    },
    vae={"block_out_channels": (32, 32, 32, 32), "layers_per_block": 1},
    texts=(
        {
            **KLEIN_4B.texts[0],
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 8,
            "vocab_size": 128,
            "max_position_embeddings": 64,
        },
    ),
    unet_parameters=0,
    text_parameters=0,
    matrices=0,
)


def tokenizer() -> Tokenizer:
    """Every letter of ASCII as a token, and those with which a chat begins and ends."""
    special = [PAD, "<|im_start|>", "<|im_end|>"]
    pieces = [*special, "<unk>", "\n", *(chr(code) for code in range(32, 127))]
    made = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    made.add_special_tokens([AddedToken(piece, special=True) for piece in special])
    return made


def parts(seed: int = 0) -> dict[str, Any]:
    """diffusers' and transformers' networks by the names that a pipeline has for them, and tiny, a TAEF2."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made: dict[str, Any] = {
            "transformer": Flux2Transformer2DModel.from_config(dict(TINY.unet)),
            "vae": AutoencoderKLFlux2.from_config(dict(TINY.vae)),
            "tiny": taef2(
                encoder_block_out_channels=(8, 8, 8, 8),
                decoder_block_out_channels=(8, 8, 8, 8),
                num_encoder_blocks=(1, 1, 1, 3),
                num_decoder_blocks=(3, 1, 1, 1),
            ),
            "text_encoder": Qwen3ForCausalLM(Qwen3Config.from_dict(dict(TINY.texts[0]))),
        }
        norm = made["vae"].bn
        norm.running_mean.normal_(0, 0.3)
        norm.running_var.uniform_(0.5, 2.0)
    level(made["tiny"])
    return {name: network.requires_grad_(False).eval() for name, network in made.items()}


def model(device: torch.device, seed: int = 0) -> Model:
    made = {name: network.to(device) for name, network in parts(seed).items()}
    config = Flux2Config.of_diffusers(made["transformer"].config)
    with torch.device("meta"):
        transformer = Flux2Transformer(config)
    fill(transformer, of_diffusers(held(made["transformer"].state_dict()), config), device, lambda _: torch.float32)
    qwen = empty_qwen(TINY.texts[0], LAYERS)
    fill(qwen, heard(held(made["text_encoder"].state_dict()), LAYERS), device, lambda _: torch.float32)
    qwen.rotary_emb.to(device)
    for network in (transformer, qwen):
        network.requires_grad_(False).eval()
    pieces = tokenizer()
    embed = qwen_reader(qwen, lambda text: pieces.encode(text).ids, pieces.encode(PAD).ids[0], TOKENS, LAYERS)
    return Model(Networks(transformer, made["vae"], made["tiny"]), embed, "flow", xl=False, shift=KLEIN_SHIFT)
