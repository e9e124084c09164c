"""What a Wan network does between its matrices, as operations that each pass over their rows once.

Every one is here in plain PyTorch, for any device, and in `kernels` for CUDA: same names, same arguments, same
function. They compute in float32 and round once, when they write; `Operations` picks.

A product's bias is added by whoever reads the product, and rows are quantised by whoever writes them, so neither costs
a pass of its own. Shapes: L the tokens at hand, D the network's width, G groups of heads, H heads of a group, d a
head's width, F frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from lightbrush.nn.wan.quantise import FLOAT8, FLOAT8_MAX, Rows, quantised
from lightbrush.nn.wan.rope import rotate

Fused = Literal["norm", "residual_norm", "heads", "values", "gelu", "rows"]

ALL: Final[tuple[Fused, ...]] = get_args(Fused)

#: Values that lie with a lane's keys side by side are in groups of so many keys.
KEY_GROUP: Final = 16


@dataclass(frozen=True)
class Place:
    """Which of a pass's tokens are at hand. first: the first of them. frame: tokens of a frame."""

    first: int
    frame: int

    def spread(self, table: Tensor, tokens: int) -> Tensor:
        """[F, D], a row a frame, or [1, D] -> each token's row, [L, D]."""
        index = (self.first + torch.arange(tokens, device=table.device)) // self.frame
        return table[index.clamp(max=len(table) - 1)]


class Operations:
    """Each operation as a kernel where it is named, else in plain PyTorch."""

    def __init__(self, as_kernels: Sequence[Fused]) -> None:
        self.norm, self.residual_norm, self.heads = norm, residual_norm, heads
        self.values, self.gelu, self.rows = values, gelu, rows
        if as_kernels:
            from lightbrush.nn.wan import kernels

            for name in as_kernels:
                setattr(self, name, getattr(kernels, name))


def norm(x: Tensor, scale: Tensor, shift: Tensor, eps: float, place: Place, fp8: bool) -> Rows:
    """LayerNorm(x) scale + shift. x: [L, D]; scale, shift: [F, D] or [1, D] float32; -> [L, D]."""
    tokens, width = x.shape
    h = F.layer_norm(x.float(), (width,), eps=eps) * place.spread(scale, tokens) + place.spread(shift, tokens)
    return _written(h, x.dtype, fp8)


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
    """x + gate (y + bias), and `norm` of that. x, y: [L, D]; bias: [D]; gate: as scale and shift, or None for one.

    -> [L, D] each. x may be overwritten with the first.
    """
    added = y.float() + bias.float()
    if gate is not None:
        added = added * place.spread(gate, len(x))
    x = (x.float() + added).to(x.dtype)
    return x, norm(x, scale, shift, eps, place, fp8)


def heads(
    x: Tensor,
    bias: Tensor,
    norms: Tensor,
    turns: Tensor | None,
    eps: float,
    outs: Sequence[Tensor],
    centre: Tensor | None = None,
) -> None:
    """Queries, keys and values, or the last or the first of these, from a product to where attention reads them.

    x: [L, P D], P parts side by side, of rows that may be longer; bias: [P D]. norms: [n, D] float32, weights of
    RMSNorm over all heads for the first n parts; the others only get their bias. turns: [2, L, d/2] float32, rotates
    what was normed. outs: P of [G, L, H, d], each group of heads dense: written, in 8 bits without scales where they
    are that. centre: [D], subtracted from the last part that was normed, the keys: softmax does not see it, and around
    zero 8 bits are finer.
    """
    parts = (x.float() + bias.float()).chunk(len(outs), -1)
    for i, (part, out) in enumerate(zip(parts, outs, strict=True)):
        normed = F.rms_norm(part, (part.shape[-1],), norms[i], eps) if i < len(norms) else part
        apart = normed.unflatten(-1, (-1, out.shape[-1]))  # [L, G H, d]
        if turns is not None and i < len(norms):
            apart = rotate(apart[None], turns)[0]
        if centre is not None and i == len(norms) - 1:
            apart = apart - centre.float().unflatten(0, (-1, out.shape[-1]))
        if out.dtype == FLOAT8:
            apart = apart.clamp(-FLOAT8_MAX, FLOAT8_MAX)
        out.copy_(apart.unflatten(1, (out.shape[0], -1)).transpose(0, 1))


def values(x: Tensor, bias: Tensor | None, out: Tensor, begin: int) -> None:
    """Values to where attention in 8 bits reads them: the keys of a lane side by side.

    x: [L, H d], of rows that may be longer; bias: [H d], or None for none. out: [H, d, K] e4m3, K whole `KEY_GROUP`s:
    those of the keys `begin` to `begin` + L are written, each where `places` says.
    """
    given = x.float() if bias is None else x.float() + bias.float()
    in_8_bits = given.clamp(-FLOAT8_MAX, FLOAT8_MAX).to(FLOAT8).view(torch.uint8)
    to = places(begin, len(x), x.device)
    out.view(torch.uint8)[:, :, to] = in_8_bits.unflatten(1, out.shape[:2]).permute(1, 2, 0)


def places(begin: int, count: int, device: torch.device) -> Tensor:
    """Where the keys from `begin` on stand within their groups, [count]: in the order in which a product's columns lie
    in registers. Of 16, a thread of four has two at 2t and two at 8 + 2t, and gives the next product four at 4t."""
    key = torch.arange(begin, begin + count, device=device)
    return key // KEY_GROUP * KEY_GROUP + key % 8 // 2 * 4 + key % 16 // 8 * 2 + key % 2


def gelu(x: Tensor, bias: Tensor, fp8: bool) -> Rows:
    """GELU(x + bias), approximated with tanh. x: [L, N]; bias: [N]; -> [L, N]."""
    return _written(F.gelu(x.float() + bias.float(), approximate="tanh"), x.dtype, fp8)


def rows(
    attended: Tensor, fp8: bool, other: Tensor | None = None, sums: tuple[Tensor, Tensor, Tensor] | None = None
) -> Rows:
    """What attention gave, for the matrix after it. attended: [G, L, H, d]; -> [L, G H d].

    other, as attended, and sums: what attention gave for the rest of the keys, to be merged as `attention.merged` has
    it; sums: of `attended` and of `other`, [G H, L] float32 each, and what is added to the other's, [1] float32.
    """
    if other is not None and sums is not None:
        own, others, extra = sums
        share = torch.sigmoid(others + extra - own).unflatten(0, (len(attended), -1)).transpose(1, 2)[..., None]
        merged = attended.float() * (1 - share) + other.float() * share
    else:
        merged = attended.float()
    return _written(merged.transpose(0, 1).flatten(1), attended.dtype, fp8)


def _written(x: Tensor, dtype: torch.dtype, fp8: bool) -> Rows:
    return quantised(x) if fp8 else Rows(x.to(dtype))
