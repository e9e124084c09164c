"""FLUX's transformer from its files: diffusers' folder, or the original single file. Names and shapes are known before
a tensor is read, and every problem is a SettingsError, as in `nn.wan.tensors`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from lightbrush.errors import SettingsError
from lightbrush.nn.flux.config import PATCH, FluxConfig
from lightbrush.nn.flux.layout import Place, norms, places
from lightbrush.nn.wan.tensors import Stored

#: How whole files begin the names of the transformer; its own file has none of these.
_PREFIXES: Final = ("model.diffusion_model.", "")
_MARKS: Final = ("double_blocks.0.img_attn.qkv.weight", "single_blocks.0.linear1.weight", "img_in.weight")
#: By whose shapes a file says what it is like.
_TELLING: Final = (
    "img_in.weight",
    "txt_in.weight",
    "vector_in.in_layer.weight",
    "double_blocks.0.img_attn.norm.query_norm.scale",
    "double_blocks.0.img_mlp.0.weight",
    "single_blocks.0.linear1.weight",
    "final_layer.linear.weight",
)


def is_flux(stored: Mapping[str, Stored]) -> bool:
    """Whether a single file holds a FLUX transformer by its original names."""
    return any(all(prefix + mark in stored for mark in _MARKS) for prefix in _PREFIXES)


def original(stored: Mapping[str, Stored]) -> dict[str, Stored]:
    """The transformer's tensors of a single file; where others are there too they begin otherwise."""
    prefix = next(p for p in _PREFIXES if p + _MARKS[0] in stored)
    return {name.removeprefix(prefix): tensor for name, tensor in stored.items() if name.startswith(prefix)}


def config_of(stored: Mapping[str, Stored], path: Path) -> FluxConfig:
    """From the shapes of a single file's tensors. Raises SettingsError: weights.format, weights.key."""
    if lacks := [name for name in _TELLING if name not in stored]:
        raise SettingsError("weights.key", f"{path.name} is not a whole FLUX transformer", value=f"missing {lacks[0]}")
    width, token = stored["img_in.weight"].shape
    head = stored["double_blocks.0.img_attn.norm.query_norm.scale"].shape[0]
    outside = stored["final_layer.linear.weight"].shape[0]
    if outside != token:
        raise SettingsError(
            "weights.format",
            "a FLUX transformer that is given more than a latent is not run here",
            value=f"{path.name}: {token} numbers a token in, {outside} out",
            fix="Fill, Canny, Depth and Kontext models are not read; take schnell, dev, or one made of them",
        )
    return FluxConfig(
        channels=token // PATCH**2,
        heads=width // head,
        head=head,
        doubles=count(stored, "double_blocks."),
        singles=count(stored, "single_blocks."),
        axes=(head // 8, 7 * head // 16, 7 * head // 16),
        words=stored["txt_in.weight"].shape[1],
        pooled=stored["vector_in.in_layer.weight"].shape[1],
        guided="guidance_in.in_layer.weight" in stored,
        mlp=stored["double_blocks.0.img_mlp.0.weight"].shape[0] // width,
    )


def of_diffusers(stored: Mapping[str, Stored], config: FluxConfig) -> dict[str, Stored]:
    """diffusers' tensors by our names, matrices that are one here joined as they are read.

    Names that nobody knows stay as they are, and so do those of a matrix that is not there whole: `fill` names them.
    Raises SettingsError weights.shape for parts that do not fit one another.
    """
    return placed(stored, places(config), norms(config.doubles, config.singles))


def placed(stored: Mapping[str, Stored], layers: Mapping[str, Place], scales: Mapping[str, str]) -> dict[str, Stored]:
    """`of_diffusers`, by where its layers lie and what its norms are called here."""
    left = dict(stored)
    found: dict[str, Stored] = {}
    parts: dict[str, list[tuple[str, Place]]] = {}
    for theirs, place in layers.items():
        parts.setdefault(place.layer, []).append((theirs, place))
    for layer, pieces in parts.items():
        for end in ("weight", "bias"):
            names = [f"{theirs}.{end}" for theirs, _ in pieces]
            if all(name in left for name in names):
                found[f"{layer}.{end}"] = _joined([left.pop(name) for name in names], names, pieces[0][1].swapped)
    for theirs, ours in scales.items():
        if f"{theirs}.weight" in left:
            found[f"{ours}.scale"] = left.pop(f"{theirs}.weight")
    return found | left


def _joined(pieces: Sequence[Stored], names: Sequence[str], swapped: bool) -> Stored:
    first = pieces[0]
    if len(pieces) == 1 and not swapped:
        return first
    for piece, name in zip(pieces, names, strict=True):
        if piece.shape[1:] != first.shape[1:]:
            raise SettingsError(
                "weights.shape", f"{name} does not fit {names[0]}, {list(first.shape)}", value=list(piece.shape)
            )
    shape = (sum(piece.shape[0] for piece in pieces), *first.shape[1:])
    size = sum(piece.size_bytes for piece in pieces)
    return Stored(shape, size, partial(_read, tuple(pieces), swapped))


def _read(pieces: tuple[Stored, ...], swapped: bool) -> Tensor:
    whole = torch.cat([piece.read() for piece in pieces])
    return torch.cat(whole.chunk(2)[::-1]) if swapped else whole


def count(stored: Mapping[str, Stored], prefix: str) -> int:
    """Blocks whose names begin so, from 0 on."""
    return 1 + max((int(name.split(".")[1]) for name in stored if name.startswith(prefix)), default=-1)
