"""One pass shared by several GPUs: each has a process, all weights and a share of the tokens; in self-attention it has
all tokens and a share of the heads (Jacobs et al., "DeepSpeed Ulysses", 2023).

All processes make the same calls with the same arguments and get the same answers. Between shares of tokens and shares
of heads stands an all-to-all; on links as fast as NVLink that costs less than anything else that splits a pass.

Shapes: l tokens and H heads of d numbers are one process's share, `size` times as many all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from lightbrush.errors import ShotError


@dataclass(frozen=True)
class Team:
    """The processes that share a pass: `size`, of which this is number `rank`, from 0. One alone is a team too."""

    rank: int = 0
    size: int = 1

    @staticmethod
    def joined() -> Team:
        """Everyone in `torch.distributed`'s default group, which is up."""
        return Team(dist.get_rank(), dist.get_world_size())

    def share(self, tokens: int) -> slice:
        """This process's tokens, of so many. Raises ShotError shot.size where they cannot be shared evenly."""
        if tokens % self.size:
            raise ShotError(
                "shot.size",
                f"a block of this size cannot be shared evenly by {self.size} GPUs",
                value=f"{tokens} tokens",
                fix="Ask for 832x480, or for fewer GPUs",
            )
        own = tokens // self.size
        return slice(self.rank * own, (self.rank + 1) * own)

    def to_heads(self, x: Tensor, outs: Sequence[Tensor]) -> None:
        """From all heads of this process's tokens to all tokens of its heads, for P tensors at once: queries, keys and
        values, or the last two.

        x: [size, P, l, H, d], the heads apart by the process that gets them; outs: P of [size l, H, d], which are
        written.
        """
        came = torch.empty_like(x)
        dist.all_to_all_single(_words(came.flatten(0, 1)), _words(x.flatten(0, 1)))
        places = [place for out in outs for place in _words(out).chunk(self.size)]
        torch._foreach_copy_(places, [_words(part) for parts in came.unbind(1) for part in parts])

    def to_tokens(self, x: Tensor) -> Tensor:
        """The way back: x, [size l, H, d] -> [size, l, H, d], the heads apart by the process that had them."""
        out = x.new_empty(self.size, len(x) // self.size, *x.shape[1:])
        dist.all_to_all_single(_words(out.flatten(0, 1)), _words(x.contiguous()))
        return out

    def gathered(self, x: Tensor) -> Tensor:
        """Each process's [l, D] -> all of them, [size l, D], for every process."""
        if self.size == 1:
            return x
        out = x.new_empty(self.size * len(x), *x.shape[1:])
        dist.all_to_all_single(_words(out), _words(x.expand(self.size, *x.shape).flatten(0, 1)))
        return out


def _words(x: Tensor) -> Tensor:
    """The same memory: what only moves need not be of a type that the transport knows."""
    return x.view(torch.int32)


ALONE = Team()
