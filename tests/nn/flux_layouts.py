"""Writes a tiny FLUX with random weights in the layouts that public ones come in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from lightbrush.nn.flux import tiny
from tests.nn.latent_layouts import write_tokenizer


def write_flux_folder(folder: Path, guided: bool = False) -> Path:
    """A diffusers folder, as `lightbrush models pull` brings it: the transformer and T5 in two files each."""
    parts = tiny.parts(guided=guided)
    for name in ("transformer", "vae", "text_encoder", "text_encoder_2"):
        network = parts[name]
        (folder / name).mkdir(parents=True, exist_ok=True)
        told = network.config.to_json_string() if name.startswith("text") else network.to_json_string()
        (folder / name / "config.json").write_text(told)
        tensors = {key: value.contiguous() for key, value in network.state_dict().items()}
        tensors.pop("encoder.embed_tokens.weight", None)  # it is "shared.weight" again
        stem = "model" if name.startswith("text") else "diffusion_pytorch_model"
        if name in ("transformer", "text_encoder_2"):
            write_shards(folder / name, stem, tensors)
        else:
            save_file(tensors, folder / name / f"{stem}.safetensors")
    write_tokenizer(folder / "tokenizer")
    (folder / "tokenizer" / "tokenizer_config.json").write_text(
        json.dumps({"model_max_length": 77, "tokenizer_class": "CLIPTokenizer"})
    )
    (folder / "tokenizer_2").mkdir()
    tiny.tokenizer().save(str(folder / "tokenizer_2" / "tokenizer.json"))
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(
        json.dumps({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 1.0, "use_dynamic_shifting": guided})
    )
    return folder


def write_shards(folder: Path, stem: str, tensors: dict[str, Tensor], count: int | None = None) -> None:
    """As the hub has large ones: so many files and an index."""
    count = count or (3 if folder.name == "transformer" else 2)
    names = list(tensors)
    where: dict[str, str] = {}
    for i in range(count):
        file = f"{stem}-{i + 1:05}-of-{count:05}.safetensors"
        held = {name: tensors[name] for name in names[i::count]}
        save_file(held, folder / file)
        where |= dict.fromkeys(held, file)
    (folder / f"{stem}.safetensors.index.json").write_text(json.dumps({"weight_map": where}))


def originals(state: dict[str, Tensor], guided: bool = False, doubles: int = 2, singles: int = 2) -> dict[str, Tensor]:
    """diffusers' tensors with the names of the original code, written by hand and apart from the reader's table."""
    made: dict[str, Tensor] = {}

    def take(ours: str, *theirs: str) -> None:
        for end in ("weight", "bias"):
            made[f"{ours}.{end}"] = torch.cat([state[f"{name}.{end}"] for name in theirs])

    def scale(ours: str, theirs: str) -> None:
        made[f"{ours}.scale"] = state[f"{theirs}.weight"]

    take("img_in", "x_embedder")
    take("txt_in", "context_embedder")
    told = {"time_in": "timestep", "vector_in": "text"} | ({"guidance_in": "guidance"} if guided else {})
    for ours, theirs in told.items():
        take(f"{ours}.in_layer", f"time_text_embed.{theirs}_embedder.linear_1")
        take(f"{ours}.out_layer", f"time_text_embed.{theirs}_embedder.linear_2")
    for i in range(doubles):
        a, b = f"double_blocks.{i}", f"transformer_blocks.{i}"
        take(f"{a}.img_mod.lin", f"{b}.norm1.linear")
        take(f"{a}.txt_mod.lin", f"{b}.norm1_context.linear")
        take(f"{a}.img_attn.qkv", *(f"{b}.attn.to_{x}" for x in "qkv"))
        take(f"{a}.txt_attn.qkv", *(f"{b}.attn.add_{x}_proj" for x in "qkv"))
        take(f"{a}.img_attn.proj", f"{b}.attn.to_out.0")
        take(f"{a}.txt_attn.proj", f"{b}.attn.to_add_out")
        scale(f"{a}.img_attn.norm.query_norm", f"{b}.attn.norm_q")
        scale(f"{a}.img_attn.norm.key_norm", f"{b}.attn.norm_k")
        scale(f"{a}.txt_attn.norm.query_norm", f"{b}.attn.norm_added_q")
        scale(f"{a}.txt_attn.norm.key_norm", f"{b}.attn.norm_added_k")
        take(f"{a}.img_mlp.0", f"{b}.ff.net.0.proj")
        take(f"{a}.img_mlp.2", f"{b}.ff.net.2")
        take(f"{a}.txt_mlp.0", f"{b}.ff_context.net.0.proj")
        take(f"{a}.txt_mlp.2", f"{b}.ff_context.net.2")
    for i in range(singles):
        a, b = f"single_blocks.{i}", f"single_transformer_blocks.{i}"
        take(f"{a}.modulation.lin", f"{b}.norm.linear")
        take(f"{a}.linear1", *(f"{b}.attn.to_{x}" for x in "qkv"), f"{b}.proj_mlp")
        take(f"{a}.linear2", f"{b}.proj_out")
        scale(f"{a}.norm.query_norm", f"{b}.attn.norm_q")
        scale(f"{a}.norm.key_norm", f"{b}.attn.norm_k")
    take("final_layer.linear", "proj_out")
    for end in ("weight", "bias"):
        last = state[f"norm_out.linear.{end}"]
        half = len(last) // 2
        made[f"final_layer.adaLN_modulation.1.{end}"] = torch.cat([last[half:], last[:half]])
    return made


def write_flux_single(path: Path, guided: bool = False, prefix: str = "", dtype: Any = torch.float32) -> Path:
    """The transformer as its makers publish it; with a prefix, as a file that holds other parts too."""
    state = tiny.parts(guided=guided)["transformer"].state_dict()
    tensors = {f"{prefix}{name}": value.to(dtype).contiguous() for name, value in originals(state, guided).items()}
    if prefix:
        tensors |= {"vae.decoder.conv_in.weight": torch.zeros(1), "text_encoders.clip_l.logit_scale": torch.zeros(1)}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    return path


def write_flux_lora(path: Path, kind: str, rank: int = 2, seed: int = 3) -> Path:
    """Of matrices that are one here and three in diffusers, of a part of a single block, and of the last modulation."""
    draw = torch.Generator().manual_seed(seed)
    transformer = tiny.parts()["transformer"]
    layers = (
        "transformer_blocks.0.attn.to_q",
        "transformer_blocks.0.attn.to_v",
        "transformer_blocks.1.ff.net.0.proj",
        "single_transformer_blocks.1.proj_mlp",
        "single_transformer_blocks.0.proj_out",
        "norm_out.linear",
    )
    stored: dict[str, Tensor] = {}
    if kind == "diffusers":
        for name in layers:
            out, given = transformer.get_submodule(name).weight.shape
            stored[f"transformer.{name}.lora_A.weight"] = torch.randn(rank, given, generator=draw) / 4
            stored[f"transformer.{name}.lora_B.weight"] = torch.randn(out, rank, generator=draw) / 4
    else:
        for name, out, given in (("double_blocks_0_img_attn_qkv", 192, 64), ("single_blocks_1_linear1", 448, 64)):
            stem = f"lora_unet_{name}"
            stored[f"{stem}.lora_down.weight"] = torch.randn(rank, given, generator=draw) / 4
            stored[f"{stem}.lora_up.weight"] = torch.randn(out, rank, generator=draw) / 4
            stored[f"{stem}.alpha"] = torch.tensor(rank / 2)
        stored["lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"] = torch.zeros(2, 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(stored, path)
    return path
