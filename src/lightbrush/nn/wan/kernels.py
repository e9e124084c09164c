"""The operations of `fused` for CUDA, in Triton: a program a row, which is read once, held in registers, written once.

These move bytes and compute little, so what counts is that every value crosses memory once, in 16-byte accesses. What
all rows share (biases, weights of norms, the time's scales and shifts) is asked to stay in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
import triton
import triton.language as tl
from torch import Tensor

from lightbrush.nn.wan.fused import Place
from lightbrush.nn.wan.quantise import FLOAT8, FLOAT8_MAX, SMALLEST_PEAK, Rows

_PEAK: Final = tl.constexpr(FLOAT8_MAX)
_SMALLEST: Final = tl.constexpr(SMALLEST_PEAK)

#: Values of a row that one warp holds: 32 for each of its threads, beside what they are combined with.
_VALUES_PER_WARP: Final = 1024


def norm(x: Tensor, scale: Tensor, shift: Tensor, eps: float, place: Place, fp8: bool) -> Rows:
    """See `fused.norm`."""
    return _norm(x, None, None, None, scale, shift, eps, place, fp8)


def residual_norm(
    x: Tensor,
    y: Tensor,
    bias: Tensor,
    gate: Tensor | None,
    scale: Tensor,
    shift: Tensor,
    eps: float,
    place: Place,
    fp8: bool,
) -> tuple[Tensor, Rows]:
    """See `fused.residual_norm`; x is overwritten."""
    return x, _norm(x, y, bias, gate, scale, shift, eps, place, fp8)


def heads(x: Tensor, bias: Tensor, norms: Tensor, turns: Tensor | None, eps: float, outs: Sequence[Tensor]) -> None:
    """See `fused.heads`. d is a power of two."""
    groups, tokens, count, width = outs[0].shape
    for out in outs:
        assert out.shape == outs[0].shape
        assert out[0].is_contiguous()
    block = triton.next_power_of_2(groups * count)
    first, second, third = (*outs, outs[0], outs[0])[:3]
    _heads_kernel[(tokens, len(outs))](
        _dense(x),
        bias,
        _dense(norms),
        x if turns is None else _dense(turns),
        first,
        second,
        third,
        tokens,
        *(out.stride(0) for out in (first, second, third)),
        eps,
        HEADS=groups * count,
        GROUP=count,
        WIDTH=width,
        BLOCK=block,
        PARTS=len(outs),
        NORMED=len(norms),
        TURNED=turns is not None,
        num_warps=_warps(block * width),
    )


def gelu(x: Tensor, bias: Tensor, fp8: bool) -> Rows:
    """See `fused.gelu`."""
    tokens, width = x.shape
    block = triton.next_power_of_2(width)
    out = _rows_like(x, tokens, width, fp8)
    _gelu_kernel[(tokens,)](
        _dense(x), bias, out.values, _scales(out), WIDTH=width, BLOCK=block, FP8=fp8, num_warps=_warps(block)
    )
    return out


def rows(
    attended: Tensor, fp8: bool, other: Tensor | None = None, sums: tuple[Tensor, Tensor, Tensor] | None = None
) -> Rows:
    """See `fused.rows`. d is a power of two."""
    groups, tokens, count, width = attended.shape
    if groups == 1 and other is None and not fp8:
        return Rows(attended.reshape(tokens, count * width))
    merged = other is not None and sums is not None
    block = triton.next_power_of_2(groups * count)
    out = _rows_like(attended, tokens, groups * count * width, fp8)
    attended = _dense(attended)
    own, others, extra = sums if sums is not None else (attended, attended, attended)
    assert own.stride(0) == others.stride(0) or not merged
    assert own.stride(1) == others.stride(1) == 1 or not merged
    _rows_kernel[(tokens,)](
        attended,
        _dense(other) if other is not None else attended,
        own,
        others,
        extra,
        out.values,
        _scales(out),
        attended.stride(0),
        own.stride(0),
        HEADS=groups * count,
        GROUP=count,
        WIDTH=width,
        BLOCK=block,
        MERGED=merged,
        FP8=fp8,
        num_warps=_warps(block * width),
    )
    return out


def _norm(
    x: Tensor,
    y: Tensor | None,
    bias: Tensor | None,
    gate: Tensor | None,
    scale: Tensor,
    shift: Tensor,
    eps: float,
    place: Place,
    fp8: bool,
) -> Rows:
    tokens, width = x.shape
    block = triton.next_power_of_2(width)
    out = _rows_like(x, tokens, width, fp8)
    assert x.is_contiguous()
    _norm_kernel[(tokens,)](
        x,
        x if y is None else _dense(y),
        x if bias is None else bias,
        scale if gate is None else gate,
        scale,
        shift,
        out.values,
        _scales(out),
        *(0 if table is None or len(table) == 1 else table.stride(0) for table in (gate, scale, shift)),
        place.first,
        place.frame,
        eps,
        WIDTH=width,
        BLOCK=block,
        RESIDUAL=y is not None,
        GATED=gate is not None,
        FP8=fp8,
        num_warps=_warps(block),
    )
    return out


def _warps(values: int) -> int:
    return min(16, max(1, values // _VALUES_PER_WARP))


def _dense(x: Tensor) -> Tensor:
    return x.contiguous()


def _rows_like(x: Tensor, tokens: int, width: int, fp8: bool) -> Rows:
    values = torch.empty(tokens, width, dtype=FLOAT8 if fp8 else x.dtype, device=x.device)
    return Rows(values, torch.empty(tokens, 1, device=x.device) if fp8 else None)


def _scales(out: Rows) -> Tensor:
    """Where scales go; without any, a tensor that is not touched."""
    return out.values if out.scales is None else out.scales


@triton.jit
def _norm_kernel(
    x_ptr: tl.tensor,  # [L, WIDTH]; with RESIDUAL, written too
    y_ptr: tl.tensor,  # [L, WIDTH]
    bias_ptr: tl.tensor,  # [WIDTH]
    gate_ptr: tl.tensor,  # [F, WIDTH], as scale and shift
    scale_ptr: tl.tensor,
    shift_ptr: tl.tensor,
    out_ptr: tl.tensor,  # [L, WIDTH]
    scales_ptr: tl.tensor,  # [L]
    gate_stride: tl.tensor,
    scale_stride: tl.tensor,
    shift_stride: tl.tensor,
    first: tl.tensor,
    frame: tl.tensor,
    eps: tl.tensor,
    WIDTH: tl.constexpr,
    BLOCK: tl.constexpr,
    RESIDUAL: tl.constexpr,
    GATED: tl.constexpr,
    FP8: tl.constexpr,
) -> None:
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    inside = at < WIDTH
    table_row = (first + row) // frame
    x = tl.load(x_ptr + row * WIDTH + at, inside, 0.0).to(tl.float32)
    if RESIDUAL:
        y = tl.load(y_ptr + row * WIDTH + at, inside, 0.0, eviction_policy="evict_first").to(tl.float32)
        y += tl.load(bias_ptr + at, inside, 0.0, eviction_policy="evict_last").to(tl.float32)
        if GATED:
            y *= tl.load(gate_ptr + table_row * gate_stride + at, inside, 0.0, eviction_policy="evict_last")
        rounded = (x + y).to(x_ptr.dtype.element_ty)
        tl.store(x_ptr + row * WIDTH + at, rounded, inside)
        x = rounded.to(tl.float32)
    away = tl.where(inside, x - tl.sum(x) / WIDTH, 0.0)
    away *= tl.rsqrt(tl.sum(away * away) / WIDTH + eps)
    scale = tl.load(scale_ptr + table_row * scale_stride + at, inside, 0.0, eviction_policy="evict_last")
    shift = tl.load(shift_ptr + table_row * shift_stride + at, inside, 0.0, eviction_policy="evict_last")
    _write(away * scale + shift, at, inside, row, out_ptr, scales_ptr, WIDTH, FP8)


@triton.jit
def _heads_kernel(
    x_ptr: tl.tensor,  # [L, PARTS, HEADS, WIDTH]
    bias_ptr: tl.tensor,  # [PARTS, HEADS, WIDTH]
    norms_ptr: tl.tensor,  # [NORMED, HEADS, WIDTH]
    turns_ptr: tl.tensor,  # [2, L, WIDTH / 2]
    first_ptr: tl.tensor,  # [HEADS / GROUP, L, GROUP, WIDTH], as second and third
    second_ptr: tl.tensor,
    third_ptr: tl.tensor,
    tokens: tl.tensor,
    first_stride: tl.tensor,
    second_stride: tl.tensor,
    third_stride: tl.tensor,
    eps: tl.tensor,
    HEADS: tl.constexpr,
    GROUP: tl.constexpr,
    WIDTH: tl.constexpr,
    BLOCK: tl.constexpr,
    PARTS: tl.constexpr,
    NORMED: tl.constexpr,
    TURNED: tl.constexpr,
) -> None:
    row = tl.program_id(0)
    part = tl.program_id(1)
    head = tl.arange(0, BLOCK)[:, None]
    lane = tl.arange(0, WIDTH)[None, :]
    inside = (head < HEADS) & (lane < WIDTH)
    at = head * WIDTH + lane
    from_ptr = x_ptr + (row * PARTS + part) * (HEADS * WIDTH)
    x = tl.load(from_ptr + at, inside, 0.0, eviction_policy="evict_first").to(tl.float32)
    x += tl.load(bias_ptr + part * (HEADS * WIDTH) + at, inside, 0.0, eviction_policy="evict_last").to(tl.float32)
    if part < NORMED:
        mean_square = tl.sum(tl.sum(x * x, 1), 0) / (HEADS * WIDTH)
        weight = tl.load(norms_ptr + part * (HEADS * WIDTH) + at, inside, 0.0, eviction_policy="evict_last")
        x *= tl.rsqrt(mean_square + eps) * weight
        if TURNED:
            pair = tl.arange(0, WIDTH // 2)
            cos = tl.load(turns_ptr + row * (WIDTH // 2) + pair)[None, :]
            sin = tl.load(turns_ptr + (tokens + row) * (WIDTH // 2) + pair)[None, :]
            a, b = tl.split(tl.reshape(x, (BLOCK, WIDTH // 2, 2)))
            x = tl.reshape(tl.join(a * cos - b * sin, a * sin + b * cos), (BLOCK, WIDTH))
    to = row * (GROUP * WIDTH) + head % GROUP * WIDTH + lane
    group = head // GROUP
    rounded = x.to(first_ptr.dtype.element_ty)
    if part == 0:
        tl.store(first_ptr + group * first_stride + to, rounded, inside)
    elif part == 1:
        tl.store(second_ptr + group * second_stride + to, rounded, inside)
    else:
        tl.store(third_ptr + group * third_stride + to, rounded, inside)


@triton.jit
def _gelu_kernel(
    x_ptr: tl.tensor,  # [L, WIDTH]
    bias_ptr: tl.tensor,  # [WIDTH]
    out_ptr: tl.tensor,  # [L, WIDTH]
    scales_ptr: tl.tensor,  # [L]
    WIDTH: tl.constexpr,
    BLOCK: tl.constexpr,
    FP8: tl.constexpr,
) -> None:
    row = tl.program_id(0)
    at = tl.arange(0, BLOCK)
    inside = at < WIDTH
    x = tl.load(x_ptr + row.to(tl.int64) * WIDTH + at, inside, 0.0, eviction_policy="evict_first").to(tl.float32)
    x += tl.load(bias_ptr + at, inside, 0.0, eviction_policy="evict_last").to(tl.float32)
    # (1 + tanh(u)) / 2 = sigmoid(2 u)
    x *= tl.sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x))
    _write(x, at, inside, row, out_ptr, scales_ptr, WIDTH, FP8)


@triton.jit
def _rows_kernel(
    x_ptr: tl.tensor,  # [HEADS / GROUP, L, GROUP, WIDTH]
    other_ptr: tl.tensor,  # as x
    sums_ptr: tl.tensor,  # [HEADS, L]
    other_sums_ptr: tl.tensor,  # [HEADS, L]
    extra_ptr: tl.tensor,  # [1]
    out_ptr: tl.tensor,  # [L, HEADS WIDTH]
    scales_ptr: tl.tensor,  # [L]
    group_stride: tl.tensor,
    sums_stride: tl.tensor,
    HEADS: tl.constexpr,
    GROUP: tl.constexpr,
    WIDTH: tl.constexpr,
    BLOCK: tl.constexpr,
    MERGED: tl.constexpr,
    FP8: tl.constexpr,
) -> None:
    row = tl.program_id(0)
    head = tl.arange(0, BLOCK)[:, None]
    lane = tl.arange(0, WIDTH)[None, :]
    inside = (head < HEADS) & (lane < WIDTH)
    of = head // GROUP * group_stride + row * (GROUP * WIDTH) + head % GROUP * WIDTH + lane
    x = tl.load(x_ptr + of, inside, 0.0, eviction_policy="evict_first").to(tl.float32)
    if MERGED:
        y = tl.load(other_ptr + of, inside, 0.0, eviction_policy="evict_first").to(tl.float32)
        of_head = tl.arange(0, BLOCK)
        own = tl.load(sums_ptr + of_head * sums_stride + row, of_head < HEADS, 0.0)
        others = tl.load(other_sums_ptr + of_head * sums_stride + row, of_head < HEADS, 0.0)
        x += (y - x) * tl.sigmoid(others + tl.load(extra_ptr) - own)[:, None]
    _write(x, head * WIDTH + lane, inside, row, out_ptr, scales_ptr, HEADS * WIDTH, FP8)


@triton.jit
def _write(
    x: tl.tensor,
    at: tl.tensor,
    inside: tl.tensor,
    row: tl.tensor,
    out_ptr: tl.tensor,
    scales_ptr: tl.tensor,
    WIDTH: tl.constexpr,
    FP8: tl.constexpr,
) -> None:
    """Round a row and write it; in 8 bits with its scale. x is 0 where it is not inside."""
    if FP8:
        peak = tl.maximum(tl.max(tl.ravel(tl.abs(x)), 0), _SMALLEST)
        tl.store(scales_ptr + row, peak / _PEAK)
        x *= _PEAK / peak
    tl.store(out_ptr + row.to(tl.int64) * WIDTH + at, x.to(out_ptr.dtype.element_ty), inside)
