"""Queries, keys and values in e4m3's range without a scale beside them: powers of two that are put into weights.

Between two numbers of e4m3 that are not too small there is always a sixteenth, whatever their size, so a scale need
not be near to what a value turns out to be; it only has to keep values from 448, where they clip, and from 2^-6, where
they lose bits: a range of 2^14.8. So it can come from weights alone, from how large a value can be at most. That is
some 70 times what is usual at 14B, half of that range's width is still free below, and a block's result depends on
nothing but its request: what was measured on other blocks, or on a few at the start, would bind it to those or leave
the outlier that clips to the one that was not seen.

Attention is linear in values: what a lane of them is divided by, the matrix after it is multiplied with. It is bilinear
in queries and keys: what one is divided by, the other is multiplied with, the same for both lanes that RoPE turns into
each other. With powers of two nothing is rounded, so in 16 bits all stays as it was, bit for bit; in 8 bits it takes no
kernel, no pass and no byte.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

from lightbrush.nn.wan.quantise import FLOAT8_MAX, Rows

_ROWS_AT_ONCE: Final = 512
#: Lanes below this are zeros, which need a step too.
_SMALLEST: Final = 1e-12


def value_steps(weight: Rows, bias: Tensor, shifts: Tensor, scales: Tensor) -> Tensor:
    """What each lane of values is divided by, so that none is above e4m3's largest number.

    weight: [N, D], bias: [N], of the values; shifts, scales: [T, D] float32, of the norm before it, at T times. -> [N]
    float32, powers of two. A row that LayerNorm gives is sqrt(D) long, so by Cauchy and Schwarz a lane is at most
    sqrt(D) |w scale| + |w shift + bias|.
    """
    bounds = []
    for first in range(0, len(bias), _ROWS_AT_ONCE):
        some = slice(first, first + _ROWS_AT_ONCE)
        w = Rows(weight.values[some], None if weight.scales is None else weight.scales[some]).exact()
        spread = (w.square() @ scales.square().t()).sqrt() * math.sqrt(w.shape[1])
        middle = w @ shifts.t() + bias[some].float()[:, None]
        bounds.append((spread + middle.abs()).amax(1))
    return _power(torch.cat(bounds) / FLOAT8_MAX)


def balanced(norms: Tensor) -> Tensor:
    """Weights of the norms of queries and keys, [2, D] float32, with as large a weight in one as in the other, but for
    less than a factor of 2: a normed lane is at most sqrt(D) times its weight, and RoPE turns lanes by pairs."""
    pairs = norms.unflatten(1, (-1, 2))
    peaks = pairs.abs().amax(2).clamp(min=_SMALLEST)  # [2, D / 2]
    by = _power((peaks[1] / peaks[0]).sqrt())[:, None]
    return torch.stack([pairs[0] * by, pairs[1] / by]).flatten(1)


def _power(x: Tensor) -> Tensor:
    """The next power of two above each, exactly."""
    x = x.clamp(min=_SMALLEST)
    return x / torch.frexp(x).mantissa
