"""One pass shared by several GPUs: a process each, every one with all weights, a share of the tokens, and in
self-attention a share of the heads (Jacobs et al., "DeepSpeed Ulysses", 2023).

All processes make the same calls with the same arguments and get the same answers. Between token shares and head shares
stands an all-to-all; on links as fast as NVLink that costs less than anything else that splits a pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Team:
    """size: processes that share a pass; rank: this one's number, from 0. One alone is a team too."""

    rank: int = 0
    size: int = 1

    @staticmethod
    def joined() -> Team:
        """Everyone in `torch.distributed`'s default group, which is up."""
        return Team(dist.get_rank(), dist.get_world_size())

    def share(self, tokens: int) -> slice:
        """This process's tokens, of so many. Raises ValueError where they cannot be shared evenly."""
        if tokens % self.size:
            raise ValueError(f"{tokens} tokens cannot be shared evenly by {self.size} GPUs")
        own = tokens // self.size
        return slice(self.rank * own, (self.rank + 1) * own)

    def to_heads(self, x: Tensor, out: Tensor) -> None:
        """x: [size, l, H, d], this process's tokens, heads apart by who gets them; out: [size l, H, d], every token and
        this process's heads: written."""
        dist.all_to_all_single(_bytes(out), _bytes(x.flatten(0, 1)))

    def to_tokens(self, x: Tensor) -> Tensor:
        """x: [size l, H, d], every token and this process's heads; -> [size, l, H, d], this process's tokens, heads
        apart by who had them."""
        out = x.new_empty(self.size, len(x) // self.size, *x.shape[1:])
        dist.all_to_all_single(_bytes(out.flatten(0, 1)), _bytes(x.contiguous()))
        return out

    def gathered(self, x: Tensor) -> Tensor:
        """[l, D] of each -> [size l, D], for all."""
        if self.size == 1:
            return x
        out = x.new_empty(self.size * len(x), *x.shape[1:])
        dist.all_gather_into_tensor(out, x.contiguous())
        return out


def _bytes(x: Tensor) -> Tensor:
    """The same memory: what only moves need not be of a type that the transport knows."""
    return x.view(torch.uint8)


ALONE = Team()
