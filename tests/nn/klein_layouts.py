"""Writes a tiny FLUX.2 klein with random weights in the layouts that public ones come in."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from lightbrush.nn.flux2 import tiny
from tests.nn.flux_layouts import write_shards


def write_klein_folder(folder: Path, distilled: bool = True) -> Path:
    """A diffusers folder, as `lightbrush models pull` brings it: the text encoder in two files."""
    parts = tiny.parts()
    for name in ("transformer", "vae", "text_encoder"):
        network = parts[name]
        (folder / name).mkdir(parents=True, exist_ok=True)
        told = network.config.to_json_string() if name == "text_encoder" else network.to_json_string()
        (folder / name / "config.json").write_text(told)
        tensors = {key: value.contiguous() for key, value in network.state_dict().items()}
        tensors.pop("lm_head.weight", None)  # it is the embedding again
        tensors.pop("bn.num_batches_tracked", None)  # not every file has it
        if name == "text_encoder":
            write_shards(folder / name, "model", tensors)
        else:
            save_file(tensors, folder / name / "diffusion_pytorch_model.safetensors")
    (folder / "tokenizer").mkdir()
    tiny.tokenizer().save(str(folder / "tokenizer" / "tokenizer.json"))
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(
        json.dumps({"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0, "use_dynamic_shifting": True})
    )
    (folder / "model_index.json").write_text(
        json.dumps({"_class_name": "Flux2KleinPipeline", "is_distilled": distilled})
    )
    return folder


def originals(state: dict[str, Tensor], doubles: int = 2, singles: int = 2) -> dict[str, Tensor]:
    """diffusers' tensors with the names of the original code, written by hand and apart from the reader's table."""
    made: dict[str, Tensor] = {}

    def take(ours: str, *theirs: str) -> None:
        made[f"{ours}.weight"] = torch.cat([state[f"{name}.weight"] for name in theirs])

    def scale(ours: str, theirs: str) -> None:
        made[f"{ours}.scale"] = state[f"{theirs}.weight"]

    take("img_in", "x_embedder")
    take("txt_in", "context_embedder")
    take("time_in.in_layer", "time_guidance_embed.timestep_embedder.linear_1")
    take("time_in.out_layer", "time_guidance_embed.timestep_embedder.linear_2")
    for name in ("double_stream_modulation_img", "double_stream_modulation_txt", "single_stream_modulation"):
        take(f"{name}.lin", f"{name}.linear")
    for i in range(doubles):
        a, b = f"double_blocks.{i}", f"transformer_blocks.{i}"
        take(f"{a}.img_attn.qkv", *(f"{b}.attn.to_{x}" for x in "qkv"))
        take(f"{a}.txt_attn.qkv", *(f"{b}.attn.add_{x}_proj" for x in "qkv"))
        take(f"{a}.img_attn.proj", f"{b}.attn.to_out.0")
        take(f"{a}.txt_attn.proj", f"{b}.attn.to_add_out")
        scale(f"{a}.img_attn.norm.query_norm", f"{b}.attn.norm_q")
        scale(f"{a}.img_attn.norm.key_norm", f"{b}.attn.norm_k")
        scale(f"{a}.txt_attn.norm.query_norm", f"{b}.attn.norm_added_q")
        scale(f"{a}.txt_attn.norm.key_norm", f"{b}.attn.norm_added_k")
        take(f"{a}.img_mlp.0", f"{b}.ff.linear_in")
        take(f"{a}.img_mlp.2", f"{b}.ff.linear_out")
        take(f"{a}.txt_mlp.0", f"{b}.ff_context.linear_in")
        take(f"{a}.txt_mlp.2", f"{b}.ff_context.linear_out")
    for i in range(singles):
        a, b = f"single_blocks.{i}", f"single_transformer_blocks.{i}.attn"
        take(f"{a}.linear1", f"{b}.to_qkv_mlp_proj")
        take(f"{a}.linear2", f"{b}.to_out")
        scale(f"{a}.norm.query_norm", f"{b}.norm_q")
        scale(f"{a}.norm.key_norm", f"{b}.norm_k")
    take("final_layer.linear", "proj_out")
    last = state["norm_out.linear.weight"]
    half = len(last) // 2
    made["final_layer.adaLN_modulation.1.weight"] = torch.cat([last[half:], last[:half]])
    return made


def write_klein_single(path: Path, prefix: str = "") -> Path:
    """The transformer as its makers publish it; with a prefix, as a file that holds other parts too."""
    state = tiny.parts()["transformer"].state_dict()
    tensors = {f"{prefix}{name}": value.contiguous() for name, value in originals(state).items()}
    if prefix:
        tensors["vae.decoder.conv_in.weight"] = torch.zeros(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    return path


def write_taef2(folder: Path, seed: int = 8) -> Path:
    """The same weights always: of many random ones all pictures are nearly black, and nothing shows in them."""
    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tensors = {name: value.contiguous() for name, value in tiny.taef2().state_dict().items()}
    save_file(tensors, folder / "taef2.safetensors")
    return folder


def write_klein_lora(path: Path, kind: str, rank: int = 2, seed: int = 3) -> Path:
    """Of matrices that are one here and three in diffusers, of a single block's, and of the last modulation."""
    draw = torch.Generator().manual_seed(seed)
    transformer = tiny.parts()["transformer"]
    layers = (
        "transformer_blocks.0.attn.to_q",
        "transformer_blocks.0.attn.add_v_proj",
        "transformer_blocks.1.ff.linear_in",
        "single_transformer_blocks.1.attn.to_qkv_mlp_proj",
        "norm_out.linear",
    )
    stored: dict[str, Tensor] = {}
    if kind == "diffusers":
        for name in layers:
            out, given = transformer.get_submodule(name).weight.shape
            stored[f"transformer.{name}.lora_A.weight"] = torch.randn(rank, given, generator=draw) / 4
            stored[f"transformer.{name}.lora_B.weight"] = torch.randn(out, rank, generator=draw) / 4
    else:
        for name, out, given in (("double_blocks.0.img_attn.qkv", 192, 64), ("single_blocks.1.linear2", 64, 256)):
            stored[f"diffusion_model.{name}.lora_A.weight"] = torch.randn(rank, given, generator=draw) / 4
            stored[f"diffusion_model.{name}.lora_B.weight"] = torch.randn(out, rank, generator=draw) / 4
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(stored, path)
    return path
