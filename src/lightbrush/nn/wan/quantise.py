"""8-bit floating point for matrices: e4m3, one scale a row on both sides.

A row keeps its own peak at the largest number of the format, so an outlier costs its own row precision and no other
(Micikevicius et al., "FP8 Formats for Deep Learning", 2022). Hopper and newer multiply these at twice the rate of
bfloat16, and the product of two scales is applied to the sum, in float32.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

FLOAT8: Final = torch.float8_e4m3fn

#: The largest number that e4m3 has.
FLOAT8_MAX: Final = 448.0

#: Rows below this are zeros, which need a scale too.
SMALLEST_PEAK: Final = 1e-12


class Rows(NamedTuple):
    """What a matrix is multiplied with, or a matrix itself, a row an output. values: [N, D]; scales: [N, 1] float32,
    what to multiply them with, or None where they are what they are."""

    values: Tensor
    scales: Tensor | None = None

    def exact(self) -> Tensor:
        """[N, D] float32, without another rounding."""
        return self.values.float() if self.scales is None else self.values.float() * self.scales

    def after(self, count: int) -> Rows:
        """All but the first so many rows."""
        return Rows(self.values[count:], None if self.scales is None else self.scales[count:])


def quantised(x: Tensor) -> Rows:
    """[N, D] -> the same in 8 bits."""
    x = x.float()
    peak = x.abs().amax(-1, keepdim=True).clamp(min=SMALLEST_PEAK)
    return Rows((x * (FLOAT8_MAX / peak)).to(FLOAT8), peak / FLOAT8_MAX)


def available(device: torch.device) -> bool:
    """Whether a GPU, with the libraries at hand, multiplies such rows, and right: not all that have 8 bits take a scale
    for each row."""
    x, weight = (torch.randn(n, 64, generator=torch.Generator().manual_seed(n)).to(device) for n in (32, 48))
    rows, matrix = quantised(x), quantised(weight)
    try:
        seen = product(rows, matrix, torch.bfloat16).float()
    except RuntimeError:
        return False
    wanted = rows.exact() @ matrix.exact().t()
    return bool((seen - wanted).norm() < 1e-2 * wanted.norm())


def product(x: Rows, matrix: Rows, dtype: torch.dtype) -> Tensor:
    """x: [L, D]; matrix: [N, D]; -> [L, N] in dtype. Rows without scales are multiplied with what the matrix says,
    at the pace of their own dtype. In 8 bits on a GPU D and N are multiples of 16, and dtype is bfloat16."""
    if matrix.scales is None:
        return F.linear(x.values, matrix.values)
    if x.scales is None:
        return (F.linear(x.values, matrix.values.to(dtype)).float() * matrix.scales.t()).to(dtype)
    if x.values.device.type == "cpu":
        return F.linear(x.exact(), matrix.exact()).to(dtype)
    # Fast accumulation: partial sums keep 14 bits, which is below what the operands lost already.
    return torch._scaled_mm(
        x.values, matrix.values.t(), x.scales, matrix.scales.t(), out_dtype=dtype, use_fast_accum=True
    )
