"""The operations of `fused` for CUDA, in Triton: a row is read once, held in registers, written once.

These move bytes and compute little, so what counts is that every value crosses memory once, that nothing else is
computed or fetched than these, and that enough is under way at any moment. So a row is held as pieces whose sizes are
powers of two and which add up to it: Triton knows no others, and a row padded to one would leave up to half of the
lanes idle. What all rows share (biases, weights of norms, the time's scales and shifts) is more than a row itself: it
is asked to stay in the cache, and a program may do several rows with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
import triton
import triton.language as tl
from torch import Tensor

from lightbrush.nn.wan.fused import Place
from lightbrush.nn.wan.quantise import FLOAT8, FLOAT8_MAX, SMALLEST_PEAK, Rows

_PEAK: Final = tl.constexpr(FLOAT8_MAX)
_SMALLEST: Final = tl.constexpr(SMALLEST_PEAK)


@dataclass(frozen=True)
class Shape:
    """Of a program. warps: at most, of 32 threads each, a power of two. values: of a piece, that a thread holds side by
    side: 8 are 16 bytes in bfloat16, 4 are 16 bytes in float32. rows: at most, of a program. backwards: the last rows
    come first, of which more may be in the cache still, where the product before wrote them last."""

    warps: int
    values: int
    rows: int = 1
    backwards: bool = False

    def pieces(self, width: int) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """-> warps for a row of so many values, where its pieces start, and how large they are, the largest first."""
        warps = min(self.warps, max(1, triton.next_power_of_2(width) // (32 * self.values)))
        sizes: list[int] = []
        left = width
        while left:
            sizes.append(min(32 * self.values * warps, 1 << (left.bit_length() - 1)))
            left -= sizes[-1]
        return warps, tuple(sum(sizes[:i]) for i in range(len(sizes))), tuple(sizes)

    def rows_of(self, *counts: int) -> int:
        """The most rows for a program that divide each of these."""
        common = math.gcd(*counts)
        return next(rows for rows in range(self.rows, 0, -1) if common % rows == 0)


#: By operation. Registers, and so how many programs a multiprocessor runs at once, follow from these.
SHAPES: Final = {
    "norm": Shape(warps=4, values=4),
    "heads": Shape(warps=4, values=4),
    "gelu": Shape(warps=8, values=4),
}

#: Keys of a program of `values`: a lane's are a line of the cache.
_KEYS: Final = 128

#: Values of a row that one warp of `rows` holds: 32 for each of its threads, beside what they are combined with.
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


def heads(
    x: Tensor,
    bias: Tensor,
    norms: Tensor,
    turns: Tensor | None,
    eps: float,
    outs: Sequence[Tensor],
    centre: Tensor | None = None,
) -> None:
    """See `fused.heads`. d is a power of two."""
    groups, tokens, count, width = outs[0].shape
    for out in outs:
        assert out.shape == outs[0].shape
        assert out[0].is_contiguous()
    assert x.stride(1) == 1
    warps, starts, sizes = SHAPES["heads"].pieces(groups * count * width)
    rows = SHAPES["heads"].rows_of(tokens)
    first, second, third = (*outs, outs[0], outs[0])[:3]
    _heads_kernel[(tokens // rows, len(outs))](
        x,
        bias,
        _dense(norms),
        x if turns is None else _dense(turns),
        centre,
        first,
        second,
        third,
        tokens,
        *(out.stride(0) for out in (first, second, third)),
        eps,
        HEADS=groups * count,
        GROUP=count,
        WIDTH=width,
        STARTS=starts,
        SIZES=sizes,
        ROWS=rows,
        BACKWARDS=SHAPES["heads"].backwards,
        STRIDE=x.stride(0),
        NORMED=len(norms),
        TURNED=turns is not None,
        num_warps=warps,
    )


def values(x: Tensor, bias: Tensor | None, out: Tensor, begin: int) -> None:
    """See `fused.values`. d is a power of two."""
    heads, width, _ = out.shape
    assert x.stride(1) == 1
    assert out.is_contiguous()
    words = out.view(torch.int32)
    tiles = triton.cdiv(begin + len(x), _KEYS) - begin // _KEYS
    _values_kernel[(tiles, heads)](
        x, bias, words, len(x), begin, x.stride(0), words.stride(1), WIDTH=width, KEYS=_KEYS, num_warps=8
    )


def gelu(x: Tensor, bias: Tensor, fp8: bool) -> Rows:
    """See `fused.gelu`."""
    tokens, width = x.shape
    warps, starts, sizes = SHAPES["gelu"].pieces(width)
    rows = SHAPES["gelu"].rows_of(tokens)
    out = _rows_like(x, tokens, width, fp8)
    _gelu_kernel[(tokens // rows,)](
        _dense(x),
        bias,
        out.values,
        _scales(out),
        WIDTH=width,
        STARTS=starts,
        SIZES=sizes,
        ROWS=rows,
        BACKWARDS=SHAPES["gelu"].backwards,
        FP8=fp8,
        num_warps=warps,
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
    warps, starts, sizes = SHAPES["norm"].pieces(width)
    rows = SHAPES["norm"].rows_of(tokens, place.frame, place.first)  # of one frame
    out = _rows_like(x, tokens, width, fp8)
    assert x.is_contiguous()
    _norm_kernel[(tokens // rows,)](
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
        STARTS=starts,
        SIZES=sizes,
        ROWS=rows,
        BACKWARDS=SHAPES["norm"].backwards,
        RESIDUAL=y is not None,
        GATED=gate is not None,
        FP8=fp8,
        num_warps=warps,
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


# Kernels. A row is a tuple of its pieces, [SIZES[i]] each, and several rows are a tuple of such.


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
    STARTS: tl.constexpr,
    SIZES: tl.constexpr,
    ROWS: tl.constexpr,
    BACKWARDS: tl.constexpr,
    RESIDUAL: tl.constexpr,
    GATED: tl.constexpr,
    FP8: tl.constexpr,
) -> None:
    row = _first_row(ROWS, BACKWARDS)
    table_row = (first + row) // frame
    xs = _rows_at(x_ptr, row, WIDTH, STARTS, SIZES, ROWS)
    if RESIDUAL:
        xs = _residual(
            xs,
            _rows_at(y_ptr, row, WIDTH, STARTS, SIZES, ROWS),
            bias_ptr,
            gate_ptr + table_row * gate_stride,
            x_ptr,
            row,
            WIDTH,
            STARTS,
            SIZES,
            ROWS,
            GATED,
        )
    normed: tl.tuple = ()
    for r in tl.static_range(ROWS):
        away: tl.tuple = ()
        squares: tl.tuple = ()
        floats: tl.tuple = ()
        for i in tl.static_range(len(SIZES)):
            floats += (xs[r][i].to(tl.float32),)
        mean = _sum(floats, SIZES) / WIDTH
        for i in tl.static_range(len(SIZES)):
            away += (floats[i] - mean,)
            squares += (away[i] * away[i],)
        by = tl.rsqrt(_sum(squares, SIZES) / WIDTH + eps)
        scaled: tl.tuple = ()
        for i in tl.static_range(len(SIZES)):
            scaled += (away[i] * by,)
        normed += (scaled,)
    scales = _shared(scale_ptr + table_row * scale_stride, STARTS, SIZES)
    shifts = _shared(shift_ptr + table_row * shift_stride, STARTS, SIZES)
    for r in tl.static_range(ROWS):
        out: tl.tuple = ()
        for i in tl.static_range(len(SIZES)):
            out += (normed[r][i] * scales[i] + shifts[i],)
        _write(out, row + r, out_ptr, scales_ptr, WIDTH, STARTS, SIZES, FP8)


@triton.jit
def _residual(
    xs: tl.tuple,
    ys: tl.tuple,
    bias_ptr: tl.tensor,
    gate_ptr: tl.tensor,
    x_ptr: tl.tensor,
    row: tl.tensor,
    WIDTH: tl.constexpr,
    STARTS: tl.constexpr,
    SIZES: tl.constexpr,
    ROWS: tl.constexpr,
    GATED: tl.constexpr,
) -> tl.tuple:
    """x + gate (y + bias), rounded, of ROWS rows; written where x was."""
    biases = _shared(bias_ptr, STARTS, SIZES)
    gates = biases
    if GATED:
        gates = _shared(gate_ptr, STARTS, SIZES)
    sums: tl.tuple = ()
    for r in tl.static_range(ROWS):
        own: tl.tuple = ()
        for i in tl.static_range(len(SIZES)):
            y = ys[r][i].to(tl.float32) + biases[i]
            if GATED:
                y *= gates[i]
            own += ((xs[r][i].to(tl.float32) + y).to(x_ptr.dtype.element_ty),)
            tl.store(x_ptr + (row + r).to(tl.int64) * WIDTH + STARTS[i] + tl.arange(0, SIZES[i]), own[i])
        sums += (own,)
    return sums


@triton.jit
def _heads_kernel(
    x_ptr: tl.tensor,  # [L, parts, HEADS, WIDTH], rows STRIDE apart
    bias_ptr: tl.tensor,  # [parts, HEADS, WIDTH]
    norms_ptr: tl.tensor,  # [NORMED, HEADS, WIDTH]
    turns_ptr: tl.tensor,  # [2, L, WIDTH / 2]
    centre_ptr: tl.tensor,  # [HEADS, WIDTH], or None
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
    STARTS: tl.constexpr,
    SIZES: tl.constexpr,
    ROWS: tl.constexpr,
    BACKWARDS: tl.constexpr,
    STRIDE: tl.constexpr,
    NORMED: tl.constexpr,
    TURNED: tl.constexpr,
) -> None:
    row = _first_row(ROWS, BACKWARDS)
    part = tl.program_id(1)
    raw = _rows_at(x_ptr + part * (HEADS * WIDTH), row, STRIDE, STARTS, SIZES, ROWS)
    biases = _shared(bias_ptr + part * (HEADS * WIDTH), STARTS, SIZES)
    xs: tl.tuple = ()
    for r in tl.static_range(ROWS):
        own: tl.tuple = ()
        for i in tl.static_range(len(SIZES)):
            own += (raw[r][i].to(tl.float32) + biases[i],)
        xs += (own,)
    if part < NORMED:
        weights = _shared(norms_ptr + part * (HEADS * WIDTH), STARTS, SIZES)
        normed: tl.tuple = ()
        for r in tl.static_range(ROWS):
            squares: tl.tuple = ()
            for i in tl.static_range(len(SIZES)):
                squares += (xs[r][i] * xs[r][i],)
            by = tl.rsqrt(_sum(squares, SIZES) / (HEADS * WIDTH) + eps)
            scaled: tl.tuple = ()
            for i in tl.static_range(len(SIZES)):
                x = xs[r][i] * (by * weights[i])
                if TURNED:
                    x = _turned(x, turns_ptr + (row + r) * (WIDTH // 2), tokens * (WIDTH // 2), WIDTH, SIZES[i])
                if centre_ptr is not None:
                    at = STARTS[i] + tl.arange(0, SIZES[i])
                    keys = at >= (NORMED - 1 - part) * (HEADS * WIDTH)  # all of them, or of queries none
                    x -= tl.load(centre_ptr + at, keys, 0.0, eviction_policy="evict_last").to(tl.float32)
                scaled += (x,)
            normed += (scaled,)
        xs = normed
    to_ptr, group_stride = first_ptr, first_stride
    if part == 1:
        to_ptr, group_stride = second_ptr, second_stride
    elif part == 2:
        to_ptr, group_stride = third_ptr, third_stride
    for r in tl.static_range(ROWS):
        for i in tl.static_range(len(SIZES)):
            at = STARTS[i] + tl.arange(0, SIZES[i])
            if GROUP < HEADS:
                at = at // (GROUP * WIDTH) * group_stride + at % (GROUP * WIDTH)
            tl.store(to_ptr + (row + r) * (GROUP * WIDTH) + at, xs[r][i].to(to_ptr.dtype.element_ty))


@triton.jit
def _turned(x: tl.tensor, turns_ptr: tl.tensor, sines: tl.tensor, WIDTH: tl.constexpr, SIZE: tl.constexpr) -> tl.tensor:
    """Each pair of a piece turned by its angle: cosines at `turns_ptr`, sines so many further on."""
    pair = tl.arange(0, SIZE // 2) % (WIDTH // 2)
    cos = tl.load(turns_ptr + pair)
    sin = tl.load(turns_ptr + sines + pair)
    a, b = tl.split(tl.reshape(x, (SIZE // 2, 2)))
    return tl.reshape(tl.join(a * cos - b * sin, a * sin + b * cos), (SIZE,))


@triton.jit(do_not_specialize=["tokens", "begin"])
def _values_kernel(
    x_ptr: tl.tensor,  # [L, HEADS, WIDTH], rows x_stride apart
    bias_ptr: tl.tensor,  # [HEADS, WIDTH], or None
    out_ptr: tl.tensor,  # [HEADS, WIDTH, K / 4], four keys a word
    tokens: tl.tensor,
    begin: tl.tensor,
    x_stride: tl.tensor,
    out_stride: tl.tensor,
    WIDTH: tl.constexpr,
    KEYS: tl.constexpr,
) -> None:
    tile = begin // KEYS + tl.program_id(0)
    head = tl.program_id(1)
    lane = head * WIDTH + tl.arange(0, WIDTH)[None, :]
    group = tl.arange(0, KEYS // 4)[:, None]
    token = tile * KEYS + group // 4 * 16 + group % 4 * 2 - begin  # of the first of four: it, the next, and those 8 on
    word = tl.zeros((KEYS // 4, WIDTH), tl.int32)
    others = tl.zeros((KEYS // 4, 1), tl.int32)  # the bytes of a word that are not of these tokens
    for i in tl.static_range(4):
        row = token + i // 2 * 8 + i % 2
        own = (row >= 0) & (row < tokens)
        x = tl.load(x_ptr + row.to(tl.int64) * x_stride + lane, own, 0.0, eviction_policy="evict_first").to(tl.float32)
        if bias_ptr is not None:
            x += tl.load(bias_ptr + lane).to(tl.float32)
        word |= x.to(tl.float8e4nv).to(tl.uint8, bitcast=True).to(tl.int32) << (8 * i)
        others |= tl.where(own, 0, 255) << (8 * i)
    to = out_ptr + lane.to(tl.int64) * out_stride + tile * (KEYS // 4) + group
    kept = tl.load(to, (others != 0) & (others != -1), 0) & others
    tl.store(to, (word & ~others) | kept, others != -1)


@triton.jit
def _gelu_kernel(
    x_ptr: tl.tensor,  # [L, WIDTH]
    bias_ptr: tl.tensor,  # [WIDTH]
    out_ptr: tl.tensor,  # [L, WIDTH]
    scales_ptr: tl.tensor,  # [L]
    WIDTH: tl.constexpr,
    STARTS: tl.constexpr,
    SIZES: tl.constexpr,
    ROWS: tl.constexpr,
    BACKWARDS: tl.constexpr,
    FP8: tl.constexpr,
) -> None:
    row = _first_row(ROWS, BACKWARDS)
    xs = _rows_at(x_ptr, row, WIDTH, STARTS, SIZES, ROWS)
    biases = _shared(bias_ptr, STARTS, SIZES)
    for r in tl.static_range(ROWS):
        out: tl.tuple = ()
        for i in tl.static_range(len(SIZES)):
            x = xs[r][i].to(tl.float32) + biases[i]
            # x (1 + tanh(u)) / 2 = x / (1 + e^-2u), and one over that by squaring: a division takes ten times as long.
            root = tl.rsqrt(1.0 + tl.exp2(x * (-2.302208198 - 0.1029432397 * x * x)))
            out += (x * root * root,)
        _write(out, row + r, out_ptr, scales_ptr, WIDTH, STARTS, SIZES, FP8)


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
    by = 1.0
    if FP8:
        by = _scaled(tl.max(tl.ravel(tl.abs(x)), 0), scales_ptr + row)
    tl.store(out_ptr + row * (HEADS * WIDTH) + head * WIDTH + lane, (x * by).to(out_ptr.dtype.element_ty), inside)


@triton.jit
def _first_row(ROWS: tl.constexpr, BACKWARDS: tl.constexpr) -> tl.tensor:
    """Of this program."""
    program = tl.program_id(0)
    if BACKWARDS:
        program = tl.num_programs(0) - 1 - program
    return program * ROWS


@triton.jit
def _rows_at(
    ptr: tl.tensor,
    row: tl.tensor,
    STRIDE: tl.constexpr,
    STARTS: tl.constexpr,
    SIZES: tl.constexpr,
    ROWS: tl.constexpr,
) -> tl.tuple:
    """ROWS rows, from that one on, which nothing reads again."""
    rows: tl.tuple = ()
    for r in tl.static_range(ROWS):
        start = ptr + (row + r).to(tl.int64) * STRIDE
        own: tl.tuple = ()
        for i in tl.static_range(len(SIZES)):
            own += (tl.load(start + STARTS[i] + tl.arange(0, SIZES[i]), eviction_policy="evict_first"),)
        rows += (own,)
    return rows


@triton.jit
def _shared(ptr: tl.tensor, STARTS: tl.constexpr, SIZES: tl.constexpr) -> tl.tuple:
    """A row that others read too, in float32."""
    own: tl.tuple = ()
    for i in tl.static_range(len(SIZES)):
        at = STARTS[i] + tl.arange(0, SIZES[i])
        own += (tl.load(ptr + at, eviction_policy="evict_last").to(tl.float32),)
    return own


@triton.jit
def _sum(xs: tl.tuple, SIZES: tl.constexpr) -> tl.tensor:
    """Of a row."""
    held = xs[0]
    for i in tl.static_range(1, len(SIZES)):
        if SIZES[i] < SIZES[i - 1]:  # to the size of the next, within threads
            held = tl.sum(tl.reshape(held, (SIZES[i], SIZES[i - 1] // SIZES[i])), 1)
        held += xs[i]
    return tl.sum(held, 0)


@triton.jit
def _peak(xs: tl.tuple, SIZES: tl.constexpr) -> tl.tensor:
    """The largest magnitude of a row."""
    held = tl.abs(xs[0])
    for i in tl.static_range(1, len(SIZES)):
        if SIZES[i] < SIZES[i - 1]:
            held = tl.max(tl.reshape(held, (SIZES[i], SIZES[i - 1] // SIZES[i])), 1)
        held = tl.maximum(held, tl.abs(xs[i]))
    return tl.max(held, 0)


@triton.jit
def _scaled(peak: tl.tensor, scale_ptr: tl.tensor) -> tl.tensor:
    """Write the scale of a row with that peak. -> what to multiply the row with."""
    peak = tl.maximum(peak, _SMALLEST)
    tl.store(scale_ptr, peak / _PEAK)
    return _PEAK / peak


@triton.jit
def _write(
    xs: tl.tuple,
    row: tl.tensor,
    out_ptr: tl.tensor,
    scales_ptr: tl.tensor,
    WIDTH: tl.constexpr,
    STARTS: tl.constexpr,
    SIZES: tl.constexpr,
    FP8: tl.constexpr,
) -> None:
    """Round a row and write it; in 8 bits with its scale."""
    by = 1.0
    if FP8:
        by = _scaled(_peak(xs, SIZES), scales_ptr + row)
    start = out_ptr + row.to(tl.int64) * WIDTH
    for i in tl.static_range(len(SIZES)):
        tl.store(start + STARTS[i] + tl.arange(0, SIZES[i]), (xs[i] * by).to(out_ptr.dtype.element_ty))
