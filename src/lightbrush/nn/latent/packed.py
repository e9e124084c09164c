"""Matrices in 8 bits, for cards with little memory: multiplied in full numbers, kept in a byte each.

    y = (x Q^T) s + b,  W ~ s Q,  s of each row

int8 rounds evenly, an error of about 1 % of a matrix; fp8 (e4m3) about 2.6 %, so it is used only where a file holds it
already, and nothing is lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightbrush.nn.latent.memory import Numbers
from lightbrush.nn.wan.tensors import Progress, Stored, check_fit, fill

#: Smaller matrices stay as they are.
AT_LEAST: Final = 1 << 20
_INT8: Final = 127
_FP8: Final = 448.0


class Packed(nn.Module):
    """In place of a Linear. weight: [out, in] int8 or float8, scale: [out]."""

    weight: Tensor
    scale: Tensor
    bias: Tensor | None

    def __init__(self, like: nn.Linear, numbers: Numbers) -> None:
        super().__init__()
        self.in_features, self.out_features = like.in_features, like.out_features
        kind = torch.int8 if numbers == "int8" else torch.float8_e4m3fn
        meta = torch.device("meta")
        self.register_buffer("weight", torch.empty(like.weight.shape, dtype=kind, device=meta))
        self.register_buffer("scale", torch.empty(like.out_features, device=meta))
        given: Tensor | None = like.bias
        bias = None if given is None else torch.empty_like(given, device=meta)
        self.register_buffer("bias", bias)

    def forward(self, x: Tensor) -> Tensor:
        out = F.linear(x, self.weight.to(x.dtype)) * self.scale.to(x.dtype)
        return out if self.bias is None else out + self.bias


def packed(weight: Tensor, numbers: Numbers) -> tuple[Tensor, Tensor]:
    """[out, in] -> in 8 bits, and the scale of each row [out] float32."""
    if weight.dtype == torch.float8_e4m3fn and numbers == "fp8":
        return weight, torch.ones(len(weight), device=weight.device)
    whole = weight.float()
    most = _INT8 if numbers == "int8" else _FP8
    scale = (whole.abs().amax(1) / most).clamp_min(torch.finfo(torch.float32).tiny)
    small = whole / scale[:, None]
    return (small.round().to(torch.int8) if numbers == "int8" else small.to(torch.float8_e4m3fn)), scale


def fill_frozen(
    network: nn.Module,
    stored: Mapping[str, Stored],
    device: torch.device,
    dtype: torch.dtype,
    numbers: Numbers,
    progress: Progress | None = None,
) -> float:
    """Give a network on the meta device its parameters, whole or in 8 bits, to run and not to learn. -> the error, see
    `fill_packed`; of whole ones 0. Raises what `nn.wan.tensors.fill` does."""
    error = 0.0
    if numbers == "whole":
        fill(network, stored, device, lambda _: dtype, progress)
    else:
        error = fill_packed(network, stored, device, dtype, numbers, progress)
    network.requires_grad_(False).eval()
    return error


def fill_packed(
    network: nn.Module,
    stored: Mapping[str, Stored],
    device: torch.device,
    dtype: torch.dtype,
    numbers: Numbers,
    progress: Progress | None = None,
    at_least: int = AT_LEAST,
) -> float:
    """`nn.wan.tensors.fill` of a network on the meta device, its larger matrices in 8 bits: one tensor at a time is
    whole. -> the error: how far all these matrices are from what they were, of their size, 0 to 1. Raises the same."""
    check_fit(network, stored)
    small = _pack(network, numbers, at_least)
    total, done = sum(tensor.size_bytes for tensor in stored.values()), 0
    state: dict[str, Tensor] = {}
    off = size = 0.0
    for name, tensor in stored.items():
        read = tensor.read()
        if name in small:
            whole = read.to(device)
            less, scale = packed(whole, numbers)
            state[name], state[f"{name.removesuffix('weight')}scale"] = less, scale
            off += float((less.float() * scale[:, None] - whole.float()).square().sum())
            size += float(whole.float().square().sum())
        else:
            state[name] = read.to(device, dtype, copy=True)
        done += tensor.size_bytes
        if progress is not None:
            progress(done, total)
    network.load_state_dict(state, assign=True)
    return math.sqrt(off / size) if size else 0.0


def _pack(network: nn.Module, numbers: Numbers, at_least: int) -> set[str]:
    """-> the names of the matrices that are packed from now on."""
    found = {name: layer for name, layer in network.named_modules() if matrix(layer, at_least)}
    for name, layer in found.items():
        parent, _, own = name.rpartition(".")
        setattr(network.get_submodule(parent), own, Packed(cast(nn.Linear, layer), numbers))
    return {f"{name}.weight" for name in found}


def matrix(layer: nn.Module, at_least: int = AT_LEAST) -> bool:
    """Whether it is one of those that are packed."""
    return type(layer) is nn.Linear and layer.weight.numel() >= at_least


def in_bytes(stored: Mapping[str, Stored], at_least: int = AT_LEAST) -> bool:
    """Whether a file holds its matrices in 8 bits already."""
    sizes = ((torch.Size(t.shape).numel(), t.size_bytes) for t in stored.values() if len(t.shape) == 2)
    large = [count == size for count, size in sizes if count >= at_least]
    return bool(large) and all(large)
