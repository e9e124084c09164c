"""`wide_network.settle` for CUDA, in Triton: every value crosses memory once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
import triton
import triton.language as tl
from torch import Tensor

#: Values that a program holds at once.
_VALUES: Final = 4096
#: Sums that one call can read.
MOST: Final = 5


def settle(
    parts: Sequence[tuple[Tensor, int]],
    channels: int,
    bias: Tensor,
    slope: float,
    other: Tensor | None = None,
    shares: tuple[float, float] = (1.0, 0.0),
) -> Tensor:
    """See `wide_network.settle`; at most MOST parts. Adds in float32."""
    assert len(parts) <= MOST
    dense = [(part.contiguous(memory_format=torch.channels_last), first) for part, first in parts]
    like = dense[0][0]
    batch, _, height, width = like.shape
    made = torch.empty(
        (batch, channels, height, width), dtype=like.dtype, device=like.device, memory_format=torch.channels_last
    )
    beside = made if other is None else other.contiguous(memory_format=torch.channels_last)
    filled = dense + [dense[0]] * (MOST - len(dense))
    pixels, padded = batch * height * width, triton.next_power_of_2(channels)
    rows = max(1, _VALUES // padded)
    _settle_kernel[(triton.cdiv(pixels, rows),)](
        made,
        *(part for part, _ in filled),
        *(first for _, first in filled),
        *(part.shape[1] for part, _ in filled),
        bias,
        beside,
        pixels,
        slope,
        *shares,
        COUNT=len(dense),
        CHANNELS=channels,
        PADDED=padded,
        OTHER=other is not None,
        ROWS=rows,
    )
    return made


@triton.jit
def _part(part, first, wide, rows, columns, mask):  # type: ignore[no-untyped-def]
    at = part + rows[:, None] * wide + (first + columns)[None, :]
    return tl.load(at, mask=mask, other=0.0).to(tl.float32)


@triton.jit
def _settle_kernel(  # type: ignore[no-untyped-def]
    made,
    part0,
    part1,
    part2,
    part3,
    part4,
    first0,
    first1,
    first2,
    first3,
    first4,
    wide0,
    wide1,
    wide2,
    wide3,
    wide4,
    bias,
    other,
    pixels,
    slope,
    share,
    other_share,
    COUNT: tl.constexpr,
    CHANNELS: tl.constexpr,
    PADDED: tl.constexpr,
    OTHER: tl.constexpr,
    ROWS: tl.constexpr,
):
    """A program is ROWS pixels, all channels of them."""
    rows = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    columns = tl.arange(0, PADDED)
    mask = (rows < pixels)[:, None]
    if PADDED != CHANNELS:
        mask = mask & (columns < CHANNELS)[None, :]
    total = _part(part0, first0, wide0, rows, columns, mask)
    if COUNT > 1:
        total += _part(part1, first1, wide1, rows, columns, mask)
    if COUNT > 2:
        total += _part(part2, first2, wide2, rows, columns, mask)
    if COUNT > 3:
        total += _part(part3, first3, wide3, rows, columns, mask)
    if COUNT > 4:
        total += _part(part4, first4, wide4, rows, columns, mask)
    total += tl.load(bias + columns, mask=columns < CHANNELS, other=0.0).to(tl.float32)[None, :]
    total = tl.where(total > 0.0, total, total * slope)
    if OTHER:
        total = total * share + _part(other, 0, CHANNELS, rows, columns, mask) * other_share
    at = made + rows[:, None] * CHANNELS + columns[None, :]
    tl.store(at, total.to(made.dtype.element_ty), mask=mask)
