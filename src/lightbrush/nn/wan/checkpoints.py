"""Readers of the public checkpoints of Wan's transformer, in the three layouts that they come in.

| layout | example of a name |
| --- | --- |
| original | `blocks.0.self_attn.q.weight` |
| Self-Forcing, Krea Realtime, LongLive | the same behind `model.`, in a .pt under "generator_ema" or "generator" |
| diffusers | `blocks.0.attn1.to_q.weight` |
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Final

import torch

from lightbrush.errors import SettingsError
from lightbrush.nn.wan.config import WanConfig
from lightbrush.nn.wan.tensors import Progress, Stored, check_fit, fill, open_tensors, shape_of
from lightbrush.nn.wan.transformer import WanTransformer, in_float32

#: Width of a head in every Wan network. Shapes do not tell it.
HEAD_DIM: Final = 128

#: What training wraps a network in, and leaves in its names.
_WRAPPED = re.compile(
    r"^(?:(?:model|module|generator|diffusion_model)\.)+|_(?:fsdp|checkpoint)_wrapped_module\.|_orig_mod\."
)

_DIFFUSERS_TOP: Final = {
    "condition_embedder.text_embedder.linear_1": "text_embedding.0",
    "condition_embedder.text_embedder.linear_2": "text_embedding.2",
    "condition_embedder.time_embedder.linear_1": "time_embedding.0",
    "condition_embedder.time_embedder.linear_2": "time_embedding.2",
    "condition_embedder.time_proj": "time_projection.1",
    "proj_out": "head.head",
    "scale_shift_table": "head.modulation",
}
_DIFFUSERS_PARTS: Final = {
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "o",
    "norm_q": "norm_q",
    "norm_k": "norm_k",
}
_DIFFUSERS_BLOCK: Final = {
    **{f"attn1.{theirs}": f"self_attn.{ours}" for theirs, ours in _DIFFUSERS_PARTS.items()},
    **{f"attn2.{theirs}": f"cross_attn.{ours}" for theirs, ours in _DIFFUSERS_PARTS.items()},
    "norm2": "norm3",
    "ffn.net.0.proj": "ffn.0",
    "ffn.net.2": "ffn.2",
    "scale_shift_table": "modulation",
    "proj_in": "before_proj",
    "proj_out": "after_proj",
}
_DIFFUSERS_NAME = re.compile(r"(?P<block>(?:vace_)?blocks\.\d+\.)?(?P<module>.+?)(?P<part>\.weight|\.bias)?")


def load_transformer(
    path: Path,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.bfloat16,
    config: WanConfig | None = None,
    vace: Path | None = None,
    progress: Progress | None = None,
) -> WanTransformer:
    """Read a network from any of the three layouts, straight to a device and dtype.

    path: as `tensors.open_tensors` has it. dtype: float32 or bfloat16; what `transformer.FLOAT32` names stays float32.
    config: by default what `read_config` finds. vace: a second file, for the VACE path alone; of it only names that
    begin with `vace_` are read. Raises SettingsError.
    """
    stored = _open_both(path, vace)
    with torch.device("meta"):
        network = WanTransformer(config or _config(stored, _told(path, vace)))
    fill(network, stored, device, lambda name: torch.float32 if in_float32(name) else dtype, progress)
    return network.eval()


def open_transformer(path: Path, config: WanConfig | None = None) -> tuple[WanConfig, dict[str, Stored]]:
    """The shape of the network in a checkpoint, and its tensors by our names, not read yet: for who wants them one at a
    time. The VACE path is left out. config: as `load_transformer` has it. Raises SettingsError."""
    stored = _open(path)
    config = replace(config or _config(stored, _beside(path)), vace_layers=())
    stored = {name: tensor for name, tensor in stored.items() if not name.startswith("vace_")}
    with torch.device("meta"):
        check_fit(WanTransformer(config), stored)
    return config, stored


def read_config(path: Path, vace: Path | None = None) -> WanConfig:
    """The shape of the network in a checkpoint, without reading its weights. vace: as `load_transformer` has it.

    From the shapes of its tensors; what these do not tell (heads, eps, the text's length, VACE's layers) is in a
    `config.json` beside it, or is what every Wan network has. Raises SettingsError.
    """
    return _config(_open_both(path, vace), _told(path, vace))


def _open_both(path: Path, vace: Path | None) -> dict[str, Stored]:
    """Raises SettingsError weights.key where the second has no such path."""
    stored = _open(path)
    if vace is not None:
        hints = {name: tensor for name, tensor in _open(vace).items() if name.startswith("vace_")}
        if not hints:
            raise SettingsError("weights.key", "there is no VACE path in this file", value=str(vace))
        stored |= hints
    return stored


def _told(path: Path, vace: Path | None) -> dict[str, Any]:
    """What is beside both; of the second, where VACE's layers are."""
    layers = _beside(vace).get("vace_layers") if vace is not None else None
    return _beside(path) | ({} if layers is None else {"vace_layers": layers})


def _open(path: Path) -> dict[str, Stored]:
    """Tensors by our names."""
    stored = {_WRAPPED.sub("", name): tensor for name, tensor in open_tensors(path).items()}
    if any(name.startswith("condition_embedder.") for name in stored):
        stored = {_from_diffusers(name): tensor for name, tensor in stored.items()}
    return stored


def _from_diffusers(name: str) -> str:
    match = _DIFFUSERS_NAME.fullmatch(name)
    assert match is not None, "it matches every name"
    block, module, part = match["block"] or "", match["module"], match["part"] or ""
    return block + (_DIFFUSERS_BLOCK if block else _DIFFUSERS_TOP).get(module, module) + part


def _beside(path: Path) -> dict[str, Any]:
    """The config.json beside a checkpoint; {} without one."""
    file = (path if path.is_dir() else path.parent) / "config.json"
    if not file.exists():
        return {}
    try:
        content = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise SettingsError("weights.damaged", f"{file} is not JSON", value=error) from None
    return content if isinstance(content, dict) else {}


def _config(stored: Mapping[str, Stored], beside: Mapping[str, Any]) -> WanConfig:
    patch = _shape(stored, "patch_embedding.weight", 5)  # [dim, in, 1, 2, 2]
    dim, in_channels, *sides = patch
    text_dim = _shape(stored, "text_embedding.0.weight", 2)[1]
    freq_dim = _shape(stored, "time_embedding.0.weight", 2)[1]
    ffn = _shape(stored, "blocks.0.ffn.0.weight", 2)[0]
    out = _shape(stored, "head.head.weight", 2)[0]
    layers, hints = (_count(stored, f"{kind}.{{}}.modulation") for kind in ("blocks", "vace_blocks"))
    try:
        return WanConfig(
            dim=dim,
            ffn=ffn,
            heads=int(beside.get("num_attention_heads") or beside.get("num_heads") or max(1, dim // HEAD_DIM)),
            layers=layers,
            in_channels=in_channels,
            out_channels=out // (sides[0] * sides[1] * sides[2]),
            patch=(sides[0], sides[1], sides[2]),
            freq_dim=freq_dim,
            text_len=int(beside.get("text_len") or 512),
            text_dim=text_dim,
            eps=float(beside.get("eps") or 1e-6),
            vace_layers=_vace_layers(beside, layers, hints),
            vace_channels=_shape(stored, "vace_patch_embedding.weight", 5)[1] if hints else 96,
        )
    except (TypeError, ValueError) as error:
        raise SettingsError("weights.config", "config.json does not fit the weights beside it", value=error) from None


def _vace_layers(beside: Mapping[str, Any], layers: int, hints: int) -> tuple[int, ...]:
    """Where config.json does not say it, evenly spread: what both sizes of Wan 2.1 VACE have."""
    if not hints:
        return ()
    told = beside.get("vace_layers")
    if isinstance(told, list) and len(told) == hints:
        return tuple(int(layer) for layer in told)
    return tuple(range(0, layers, max(1, layers // hints)))[:hints]


def _shape(stored: Mapping[str, Stored], name: str, axes: int) -> tuple[int, ...]:
    return shape_of(stored, name, axes, "transformer of Wan", "Original, diffusers and Self-Forcing names are read")


def _count(stored: Mapping[str, Stored], name: str) -> int:
    return next(i for i in count() if name.format(i) not in stored)
