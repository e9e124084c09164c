"""The operations of `fused` for CUDA, in Triton, over values whose channels lie side by side.

A group that fits into one program's registers is read once. Of larger ones a first kernel leaves the mean of each tile
and how far its values are from it, and a second one combines these (Chan, Golub and LeVeque, 1979): without atomics, so
the same bytes come again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Self

import torch
import triton
import triton.language as tl
from torch import Tensor

from lightbrush.nn.wan.fused import Place
from lightbrush.nn.wan.kernels import residual_norm as residual_norm_of_rows

#: Values that a program holds: of a whole group at most, and of a tile about; of a warp.
_WHOLE: Final = 16384
_TILE: Final = 8192
_OF_A_WARP: Final = 1024
#: A tile has at most so many groups, and a picture at most so many tiles, whatever it is as large as.
_GROUPS: Final = 8
_TILES: Final = 128
#: Values of a program that goes value by value.
_BLOCK: Final = 1024


@dataclass(frozen=True)
class Tiling:
    """rows: positions of a tile; groups: of a tile; tiles: of a picture's positions."""

    rows: int
    groups: int
    tiles: int

    @classmethod
    def of(cls, positions: int, groups: int, width: int) -> Self:
        """width: channels of a group."""
        lanes = triton.next_power_of_2(width)
        whole = triton.next_power_of_2(positions)
        if whole * lanes <= _WHOLE:
            return cls(whole, 1, 1)
        rows = max(1, _TILE // (_GROUPS * lanes), triton.next_power_of_2(triton.cdiv(positions, _TILES)))
        held = min(_GROUPS, max(1, _TILE // (rows * lanes)))
        return cls(rows, math.gcd(held, groups), triton.cdiv(positions, rows))


def group_norm(
    x: Tensor, weight: Tensor, bias: Tensor, groups: int, eps: float, silu: bool, added: Tensor | None = None
) -> Tensor:
    """See `fused.group_norm`."""
    x = _channels_last(x)
    batch, channels, high, wide = x.shape
    width = channels // groups
    tiling = Tiling.of(high * wide, groups, width)
    lanes = triton.next_power_of_2(width)
    out = torch.empty_like(x)
    moments = torch.empty(batch, groups, tiling.tiles, 2, dtype=torch.float32, device=x.device)
    assert added is None or added.stride(1) == 1
    shape: dict[str, Any] = {
        "GROUPS": groups,
        "WIDTH": width,
        "LANES": lanes,
        "ROWS": tiling.rows,
        "HELD": tiling.groups,
        "ADDED": added is not None,
        "num_warps": min(16, max(1, tiling.rows * tiling.groups * lanes // _OF_A_WARP)),
    }
    given = (x, x if added is None else added, 0 if added is None else added.stride(0), moments, high * wide)
    grid = tiling.tiles, groups // tiling.groups, batch
    if tiling.tiles > 1:
        _moments_kernel[grid](*given, tiling.tiles, **shape)
    _norm_kernel[grid](
        *given, weight, bias, out, tiling.tiles, eps, TILES=triton.next_power_of_2(tiling.tiles), SILU=silu, **shape
    )
    return out


def biased(x: Tensor, bias: Tensor, other: Tensor | None = None, relu: bool = False) -> Tensor:
    """See `fused.biased`."""
    x = _channels_last(x)
    other = None if other is None else _channels_last(other)
    _biased_kernel[(triton.cdiv(x.numel(), _BLOCK),)](
        x,
        bias,
        x if other is None else other,
        x.numel(),
        CHANNELS=x.shape[1],
        BLOCK=_BLOCK,
        OTHER=other is not None,
        RELU=relu,
    )
    return x


def geglu(x: Tensor) -> Tensor:
    """See `fused.geglu`."""
    x = x.contiguous()
    width = x.shape[-1] // 2
    out = torch.empty(*x.shape[:-1], width, dtype=x.dtype, device=x.device)
    _geglu_kernel[(triton.cdiv(out.numel(), _BLOCK),)](x, out, out.numel(), WIDTH=width, BLOCK=_BLOCK)
    return out


def residual_norm(
    x: Tensor, y: Tensor, bias: Tensor, weight: Tensor, shift: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """See `fused.residual_norm`; x is overwritten."""
    rows, place = x.flatten(0, 1), Place(0, x.shape[0] * x.shape[1])
    _, normed = residual_norm_of_rows(
        rows, y.flatten(0, 1), bias, None, weight[None], shift[None], eps, place, fp8=False
    )
    return x, normed.values.view_as(x)


def _channels_last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


# Kernels. A tile is [ROWS, HELD, LANES]: positions, groups and channels of a group, of which WIDTH are there.


@triton.jit
def _moments_kernel(
    x_ptr: tl.tensor,  # [B, positions, GROUPS, WIDTH]
    added_ptr: tl.tensor,  # [B, GROUPS, WIDTH]
    added_stride: tl.tensor,
    moments_ptr: tl.tensor,  # [B, GROUPS, tiles, 2]
    positions: tl.tensor,
    tiles: tl.tensor,
    GROUPS: tl.constexpr,
    WIDTH: tl.constexpr,
    LANES: tl.constexpr,
    ROWS: tl.constexpr,
    HELD: tl.constexpr,
    ADDED: tl.constexpr,
) -> None:
    channel, at, inside = _places(positions, GROUPS, WIDTH, LANES, ROWS, HELD)
    x = _tile(x_ptr, added_ptr, added_stride, channel, at, inside, WIDTH, LANES, ADDED)
    count = tl.minimum(positions - tl.program_id(0) * ROWS, ROWS) * WIDTH
    mean, away = _moments(x, inside, count)
    group = tl.program_id(2) * GROUPS + tl.program_id(1) * HELD + tl.arange(0, HELD)
    to = (group * tiles + tl.program_id(0)) * 2
    tl.store(moments_ptr + to, mean)
    tl.store(moments_ptr + to + 1, away)


@triton.jit
def _norm_kernel(
    x_ptr: tl.tensor,
    added_ptr: tl.tensor,
    added_stride: tl.tensor,
    moments_ptr: tl.tensor,
    positions: tl.tensor,
    weight_ptr: tl.tensor,  # [GROUPS, WIDTH], as bias
    bias_ptr: tl.tensor,
    out_ptr: tl.tensor,  # as x
    tiles: tl.tensor,
    eps: tl.tensor,
    GROUPS: tl.constexpr,
    WIDTH: tl.constexpr,
    LANES: tl.constexpr,
    ROWS: tl.constexpr,
    HELD: tl.constexpr,
    ADDED: tl.constexpr,
    TILES: tl.constexpr,
    SILU: tl.constexpr,
) -> None:
    channel, at, inside = _places(positions, GROUPS, WIDTH, LANES, ROWS, HELD)
    x = _tile(x_ptr, added_ptr, added_stride, channel, at, inside, WIDTH, LANES, ADDED)
    if TILES == 1:
        mean, away = _moments(x, inside, positions * WIDTH)
    else:
        tile = tl.arange(0, TILES)
        group = tl.program_id(2) * GROUPS + tl.program_id(1) * HELD + tl.arange(0, HELD)
        of = (group[:, None] * tiles + tile[None, :]) * 2
        there = (tile < tiles)[None, :]
        means = tl.load(moments_ptr + of, there, 0.0)
        aways = tl.load(moments_ptr + of + 1, there, 0.0)
        counts = tl.maximum(tl.minimum(positions - tile * ROWS, ROWS), 0).to(tl.float32) * WIDTH
        mean = tl.sum(means * counts[None, :], 1) / (positions * WIDTH)
        apart = means - mean[:, None]
        away = tl.sum(aways + apart * apart * counts[None, :], 1)
    by = tl.rsqrt(away / (positions * WIDTH) + eps)
    known = tl.arange(0, LANES)[None, :] < WIDTH
    weight = tl.load(weight_ptr + channel, known, 0.0).to(tl.float32)
    bias = tl.load(bias_ptr + channel, known, 0.0).to(tl.float32)
    y = (x - mean[None, :, None]) * (by[:, None] * weight)[None] + bias[None]
    if SILU:
        y = y * tl.sigmoid(y)
    tl.store(out_ptr + at, y.to(out_ptr.dtype.element_ty), inside)


@triton.jit
def _places(
    positions: tl.tensor,
    GROUPS: tl.constexpr,
    WIDTH: tl.constexpr,
    LANES: tl.constexpr,
    ROWS: tl.constexpr,
    HELD: tl.constexpr,
) -> tl.tuple:
    """-> the channels of this program's tile [HELD, LANES], where its values lie, and which of them are there."""
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    group = tl.program_id(1) * HELD + tl.arange(0, HELD)
    lane = tl.arange(0, LANES)
    channel = group[:, None] * WIDTH + lane[None, :]
    first = tl.program_id(2).to(tl.int64) * positions * (GROUPS * WIDTH)
    at = first + row[:, None, None] * (GROUPS * WIDTH) + channel[None]
    inside = (row < positions)[:, None, None] & (lane < WIDTH)[None, None, :]
    return channel, at, inside


@triton.jit
def _tile(
    x_ptr: tl.tensor,
    added_ptr: tl.tensor,
    added_stride: tl.tensor,
    channel: tl.tensor,
    at: tl.tensor,
    inside: tl.tensor,
    WIDTH: tl.constexpr,
    LANES: tl.constexpr,
    ADDED: tl.constexpr,
) -> tl.tensor:
    x = tl.load(x_ptr + at, inside, 0.0).to(tl.float32)
    if ADDED:
        known = tl.arange(0, LANES)[None, :] < WIDTH
        x += tl.load(added_ptr + tl.program_id(2) * added_stride + channel, known, 0.0).to(tl.float32)[None]
    return x


@triton.jit
def _moments(x: tl.tensor, inside: tl.tensor, count: tl.tensor) -> tl.tuple:
    """Of each group of a tile: the mean, and the sum of squares of what its values are from it."""
    mean = tl.sum(tl.sum(tl.where(inside, x, 0.0), 2), 0) / count
    apart = tl.where(inside, x - mean[None, :, None], 0.0)
    return mean, tl.sum(tl.sum(apart * apart, 2), 0)


@triton.jit
def _biased_kernel(
    x_ptr: tl.tensor,  # [..., CHANNELS], read and written
    bias_ptr: tl.tensor,  # [CHANNELS]
    other_ptr: tl.tensor,  # as x
    count: tl.tensor,
    CHANNELS: tl.constexpr,
    BLOCK: tl.constexpr,
    OTHER: tl.constexpr,
    RELU: tl.constexpr,
) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    x = tl.load(x_ptr + at, inside, 0.0).to(tl.float32) + tl.load(bias_ptr + at % CHANNELS).to(tl.float32)
    if OTHER:
        x += tl.load(other_ptr + at, inside, 0.0).to(tl.float32)
    if RELU:
        x = tl.maximum(x, 0.0)
    tl.store(x_ptr + at, x.to(x_ptr.dtype.element_ty), inside)


@triton.jit
def _geglu_kernel(
    x_ptr: tl.tensor,  # [..., 2, WIDTH]
    out_ptr: tl.tensor,  # [..., WIDTH]
    count: tl.tensor,
    WIDTH: tl.constexpr,
    BLOCK: tl.constexpr,
) -> None:
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    of = at + at // WIDTH * WIDTH
    half = tl.load(x_ptr + of, inside, 0.0).to(tl.float32)
    gate = tl.load(x_ptr + of + WIDTH, inside, 0.0).to(tl.float32)
    y = half * gate * 0.5 * (1.0 + tl.erf(gate * 0.7071067811865476))
    tl.store(out_ptr + at, y.to(out_ptr.dtype.element_ty), inside)
