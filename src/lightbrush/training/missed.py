"""Which words get lost: how much a student's pictures lack of each thing that words ask for, so that it is asked for
the more often.

A thing is what several phrases say alike, "a castle" or "no fog" (`asked.all_things`), and is about one attribute or a
few.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from lightbrush.world.attributes import ATTRIBUTES

#: How much of a thing's share stays when it is painted once more; the rest is what that picture lacks.
_KEPT: Final = 0.8
#: How often a thing is asked for that is always found, beside one that never is.
LEAST: Final = 0.2
#: A thing is wholly missed when it is as far off as it is asked to be from 0, but at least this far: for what is asked
#: to be nearly 0, such as the sun's height at dawn.
_OFF: Final = 0.35


class Missed:
    """A running account of it. Its tensors stay where they are, so that a captured CUDA graph may read and write them.

    about: which attributes each thing is about, [T, A] of 0 and 1.
    """

    def __init__(self, about: Tensor) -> None:
        self._about = about
        self.share = torch.ones(len(about), device=about.device)
        """How much of each thing is missed of late, 0 to 1, [T]; 1 before it was painted."""

    def see(self, things: Tensor, values: Tensor, condition: Tensor) -> None:
        """Take account of painted pictures.

        things: what words asked for in each, [B]; -1: nothing. values: what a reader finds in it, [B, A]. condition:
        what the network was told, [B, CONDITION_LENGTH]: what it was not told, a picture cannot lack.
        """
        n = len(ATTRIBUTES)
        by_words = (things >= 0).float()
        rows = things.clamp(min=0)
        told, presence, about = condition[:, :n], condition[:, n : 2 * n], self._about[rows]
        asked = (about * told.square()).sum(1).clamp(min=_OFF**2)
        missed = ((about * (values * presence - told).square()).sum(1) / asked).clamp(max=1)
        count = torch.zeros_like(self.share).index_add_(0, rows, by_words)
        total = torch.zeros_like(self.share).index_add_(0, rows, by_words * missed)
        self.share.lerp_(total / count.clamp(min=1), 1 - torch.pow(_KEPT, count))

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Things to ask for next, [count]: the more they are missed the more often, and each now and then."""
        upto = self.share.clamp(min=LEAST).cumsum(0)
        at = upto[-1] * torch.rand(count, generator=generator, device=upto.device)
        return torch.searchsorted(upto, at, right=True).clamp(max=len(upto) - 1)
