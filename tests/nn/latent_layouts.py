"""Writes tiny models with random weights in the layouts that public ones come in."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import torch
from diffusers import EulerDiscreteScheduler
from safetensors.torch import save_file
from torch import Tensor

from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.config import FamilyId


@cache
def _parts(family: FamilyId) -> dict[str, Any]:
    """`tiny.parts`, made once: to be read only."""
    return tiny.parts(family)


def write_tokenizer(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(tiny.vocabulary()), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    return folder


def write_folder(folder: Path, family: FamilyId, prediction: str = "epsilon", suffix: str = ".fp16") -> Path:
    """A diffusers folder, as `lightbrush models pull` brings it: half precision, text encoders' names with their
    prefix and the positions that older versions stored."""
    parts = _parts(family)
    for name in ("unet", "vae", "text_encoder", "text_encoder_2"):
        if name not in parts:
            continue
        config = parts[name].config
        (folder / name).mkdir(parents=True, exist_ok=True)
        written = config.to_json_string() if name.startswith("text") else parts[name].to_json_string()
        (folder / name / "config.json").write_text(written)
        tensors = {key: value.half().contiguous() for key, value in parts[name].state_dict().items()}
        if name.startswith("text"):
            tensors = {k if k.startswith("text_") else f"text_model.{k}": v for k, v in tensors.items()}
            tensors["text_model.embeddings.position_ids"] = torch.arange(77)[None]
        stem = "model" if name.startswith("text") else "diffusion_pytorch_model"
        save_file(tensors, folder / name / f"{stem}{suffix}.safetensors")
    for i, pad in enumerate(tiny.TINY[family].pads):
        where = write_tokenizer(folder / ("tokenizer" if i == 0 else "tokenizer_2"))
        told = {"pad_token": pad, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}
        (where / "tokenizer_config.json").write_text(json.dumps(told))
    scheduler = EulerDiscreteScheduler(prediction_type=prediction, steps_offset=1)
    (folder / "scheduler").mkdir(exist_ok=True)
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(dict(scheduler.config)))
    return folder


def write_single(path: Path, family: FamilyId) -> Path:
    """A single file as its makers publish it, with names of the original code."""
    parts = _parts(family)
    config = tiny.TINY[family]
    tensors: dict[str, Tensor] = {}
    for name, tensor in parts["unet"].state_dict().items():
        tensors[f"model.diffusion_model.{original_unet(name, config.unet)}"] = tensor
    for name, tensor in parts["vae"].state_dict().items():
        tensors[f"first_stage_model.{original_vae(name)}"] = shaped_vae(name, tensor)
    if family == "sd15":
        tensors |= clip(parts["text_encoder"].state_dict(), "cond_stage_model.transformer.")
    elif family == "sd21":
        tensors |= open_clip(parts["text_encoder"].state_dict(), "cond_stage_model.model.", layers=3)
    else:
        tensors |= clip(parts["text_encoder"].state_dict(), "conditioner.embedders.0.transformer.")
        tensors |= open_clip(parts["text_encoder_2"].state_dict(), "conditioner.embedders.1.model.", layers=3)
    halves = {name: value.half().contiguous() for name, value in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(halves, path)
    return path


RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
TOP = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}


def original_unet(name: str, config: Any) -> str:
    stem, _, end = name.rpartition(".")
    if stem in TOP:
        return f"{TOP[stem]}.{end}"
    per_block = config["layers_per_block"] + 1
    if found := re.match(r"mid_block\.(resnets|attentions)\.(\d)\.(.+)", name):
        kind, i, rest = found[1], int(found[2]), found[3]
        return f"middle_block.{2 * i if kind == 'resnets' else 1}.{original_layer(kind, rest)}"
    found = re.match(r"(down|up)_blocks\.(\d)\.(resnets|attentions|downsamplers|upsamplers)\.(\d)\.(.+)", name)
    assert found is not None, name
    side, block, kind, i, rest = found[1], int(found[2]), found[3], int(found[4]), found[5]
    if side == "down":
        if kind == "downsamplers":
            return f"input_blocks.{per_block * (block + 1)}.0.op.{end}"
        at = f"input_blocks.{per_block * block + i + 1}"
    else:
        if kind == "upsamplers":
            attends = "CrossAttn" in config["up_block_types"][block]
            return f"output_blocks.{per_block * block + per_block - 1}.{2 if attends else 1}.conv.{end}"
        at = f"output_blocks.{per_block * block + i}"
    return f"{at}.{0 if kind == 'resnets' else 1}.{original_layer(kind, rest)}"


def original_layer(kind: str, rest: str) -> str:
    if kind == "attentions":
        return rest
    layer, _, end = rest.rpartition(".")
    return f"{RESNET[layer]}.{end}"


def original_vae(name: str) -> str:
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = name.replace("mid_block.attentions.0.", "mid.attn_1.")
    name = re.sub(r"down_blocks\.(\d)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets", lambda m: f"up.{3 - int(m[1])}.block", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{3 - int(m[1])}.upsample", name)
    name = name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")
    if "mid.attn_1" in name:
        for new, old in (("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")):
            name = name.replace(f"attn_1.{new}.", f"attn_1.{old}.")
    return name


def shaped_vae(name: str, tensor: Tensor) -> Tensor:
    """Attention was made of convolutions of one pixel."""
    return tensor[:, :, None, None] if "attentions" in name and name.endswith("weight") and tensor.ndim == 2 else tensor


def clip(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    named = {k if k.startswith("text_model.") else f"text_model.{k}": v for k, v in state.items()}
    return {f"{prefix}{name}": value for name, value in named.items()}


def open_clip(state: dict[str, Tensor], prefix: str, layers: int) -> dict[str, Tensor]:
    """With one more layer than is used, as Stable Diffusion 2.1 has it, and the projection."""
    state = {k.removeprefix("text_model."): v for k, v in state.items()}
    made = {
        "positional_embedding": state["embeddings.position_embedding.weight"],
        "token_embedding.weight": state["embeddings.token_embedding.weight"],
        "ln_final.weight": state["final_layer_norm.weight"],
        "ln_final.bias": state["final_layer_norm.bias"],
        "logit_scale": torch.tensor(1.0),
        "text_projection": state.get("text_projection.weight", torch.zeros(32, 32)).T,
    }
    whole = "text_projection.weight" in state
    for i in range(layers if whole else layers + 1):
        layer = f"encoder.layers.{min(i, layers - 1)}"
        to = f"transformer.resblocks.{i}"
        for end in ("weight", "bias"):
            three = [state[f"{layer}.self_attn.{x}_proj.{end}"] for x in "qkv"]
            made[f"{to}.attn.in_proj_{end}"] = torch.cat(three)
            made[f"{to}.attn.out_proj.{end}"] = state[f"{layer}.self_attn.out_proj.{end}"]
            made[f"{to}.ln_1.{end}"] = state[f"{layer}.layer_norm1.{end}"]
            made[f"{to}.ln_2.{end}"] = state[f"{layer}.layer_norm2.{end}"]
            made[f"{to}.mlp.c_fc.{end}"] = state[f"{layer}.mlp.fc1.{end}"]
            made[f"{to}.mlp.c_proj.{end}"] = state[f"{layer}.mlp.fc2.{end}"]
    return {f"{prefix}{name}": value for name, value in made.items()}


def write_tiny_vae(folder: Path) -> Path:
    network = _parts("sd15")["tiny"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(network.to_json_string())
    tensors = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(tensors, folder / "diffusion_pytorch_model.safetensors")
    return folder


def write_lora(path: Path, unet: Any, rank: int = 2, kind: str = "kohya") -> dict[str, Tensor]:
    """Of one linear layer and one convolution; -> the changes by layer."""
    draw = torch.Generator().manual_seed(3)
    layers = ("down_blocks.0.resnets.0.conv1", "mid_block.attentions.0.transformer_blocks.0.attn2.to_k")
    stored: dict[str, Tensor] = {}
    changes = {}
    for name in layers:
        weight = unet.get_submodule(name).weight
        down = torch.randn(rank, *weight.shape[1:], generator=draw)
        up = torch.randn(weight.shape[0], rank, *(1 for _ in weight.shape[2:]), generator=draw)
        changes[name] = (up.flatten(1) @ down.flatten(1)).view(weight.shape)
        if kind == "kohya":
            stem = f"lora_unet_{name.replace('.', '_')}"
            stored |= {f"{stem}.lora_down.weight": down, f"{stem}.lora_up.weight": up}
            stored[f"{stem}.alpha"] = torch.tensor(float(rank) / 2)
            changes[name] = changes[name] / 2
        else:
            stored |= {f"unet.{name}.lora_A.weight": down, f"unet.{name}.lora_B.weight": up}
    stored["lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"] = torch.zeros(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in stored.items()}, path)
    return changes
