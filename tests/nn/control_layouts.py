"""Writes what follows a sketch, tiny and with random weights, in the layouts that public ones come in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from lightbrush.nn.flux import tiny as tiny_flux
from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.config import FamilyId
from tests.nn.flux_layouts import originals
from tests.nn.latent_layouts import original_unet


def write_state(path: Path, state: dict[str, Tensor]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in state.items()}, path)
    return path


def write_flux_control(path: Path, layout: str = "diffusers", **config: Any) -> Path:
    """A folder; or a file with diffusers' names, or with those of XLabs, whose ControlNets look at pixels."""
    net = tiny_flux.control(**config)
    if layout == "folder":
        net.save_pretrained(path)
        return path
    state = net.state_dict()
    return write_state(path, state if layout == "diffusers" else _of_xlabs(state, config))


def _of_xlabs(state: dict[str, Tensor], config: dict[str, Any]) -> dict[str, Tensor]:
    last = {f"{name}.{end}": torch.zeros(2) for name in ("proj_out", "norm_out.linear") for end in ("weight", "bias")}
    guided = config.get("guidance_embeds", True)
    made = originals({**state, **last}, guided, config.get("num_layers", 1), config.get("num_single_layers", 1))
    made = {name: value for name, value in made.items() if not name.startswith("final_layer")}
    for name, value in state.items():
        if found := re.match(r"input_hint_block\.(conv_in|conv_out|blocks\.(\d))\.(\w+)", name):
            place = {"conv_in": 0, "conv_out": 14}.get(found[1]) if found[2] is None else 2 * (int(found[2]) + 1)
            made[f"input_hint_block.{place}.{found[3]}"] = value
        elif name.startswith("controlnet_x_embedder"):
            made[name.replace("controlnet_x_embedder", "pos_embed_input")] = value
        elif name.startswith("controlnet_"):
            made[name] = value
    return made


def write_adapter(path: Path, family: FamilyId, layout: str = "diffusers", **config: Any) -> Path:
    """A T2I-Adapter: a folder, or a file with diffusers' names or the original ones."""
    net = tiny.adapter(family, **config)
    if layout == "folder":
        net.save_pretrained(path)
        return path
    state = net.state_dict()
    return write_state(path, state if layout == "diffusers" else {_numbered(k): v for k, v in state.items()})


def _numbered(name: str) -> str:
    name = name.removeprefix("adapter.")
    name = re.sub(r"body\.(\d)\.resnets\.(\d)", lambda m: f"body.{2 * int(m[1]) + int(m[2])}", name)
    return re.sub(r"body\.(\d)\.in_conv", lambda m: f"body.{2 * int(m[1])}.in_conv", name)


def write_controlnet(path: Path, family: FamilyId, layout: str = "diffusers") -> Path:
    """A ControlNet of Stable Diffusion, likewise."""
    net = tiny.parts(family)["control"]
    if layout == "folder":
        net.save_pretrained(path)
        return path
    state = net.state_dict()
    unet = tiny.TINY[family].unet
    renamed = {f"control_model.{_original(name, unet)}": value for name, value in state.items()}
    return write_state(path, state if layout == "diffusers" else renamed)


def _original(name: str, unet: Any) -> str:
    hint = re.match(r"controlnet_cond_embedding\.(conv_in|conv_out|blocks\.(\d))\.(\w+)", name)
    if hint:
        place = {"conv_in": 0, "conv_out": 14}.get(hint[1]) if hint[2] is None else 2 * (int(hint[2]) + 1)
        return f"input_hint_block.{place}.{hint[3]}"
    name = re.sub(r"controlnet_down_blocks\.(\d+)", r"zero_convs.\1.0", name)
    name = name.replace("controlnet_mid_block", "middle_block_out.0")
    return name if name.startswith(("zero_convs", "middle_block_out")) else original_unet(name, unet)
