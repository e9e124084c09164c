"""Networks with random weights, and the names that public checkpoints give to them. Written apart from the readers."""

from __future__ import annotations

import torch

from lightbrush.nn.wan.config import WanConfig
from lightbrush.nn.wan.transformer import WanTransformer

#: Ours, which are the original's -> diffusers'.
_DIFFUSERS = {
    "text_embedding.0": "condition_embedder.text_embedder.linear_1",
    "text_embedding.2": "condition_embedder.text_embedder.linear_2",
    "time_embedding.0": "condition_embedder.time_embedder.linear_1",
    "time_embedding.2": "condition_embedder.time_embedder.linear_2",
    "time_projection.1": "condition_embedder.time_proj",
    "head.modulation": "scale_shift_table",
    "head.head": "proj_out",
    "modulation": "scale_shift_table",
    "self_attn": "attn1",
    "cross_attn": "attn2",
    ".q.": ".to_q.",
    ".k.": ".to_k.",
    ".v.": ".to_v.",
    ".o.": ".to_out.0.",
    "norm3": "norm2",
    "ffn.0": "ffn.net.0.proj",
    "ffn.2": "ffn.net.2",
    "before_proj": "proj_in",
    "after_proj": "proj_out",
}


def diffusers_name(name: str) -> str:
    for ours, theirs in _DIFFUSERS.items():
        name = name.replace(ours, theirs)
    return name


def made(config: WanConfig, seed: int = 0) -> WanTransformer:
    """A network whose every parameter matters: what starts at zero or one would hide mistakes."""
    torch.manual_seed(seed)
    network = WanTransformer(config).eval()
    for name, parameter in network.named_parameters():
        if "norm" in name and name.endswith("weight"):
            torch.nn.init.normal_(parameter, 1.0, 0.2)
        elif parameter.ndim == 1:
            torch.nn.init.normal_(parameter, 0.0, 0.1)
    return network


def wrapped_name(name: str) -> str:
    """As Self-Forcing and Krea Realtime write it."""
    return f"model.{name}"
