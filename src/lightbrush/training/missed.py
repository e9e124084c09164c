"""Which words get lost: of each thing that is asked for by words, how much of it a student's pictures lack, and what to
ask for the more often for that."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from lightbrush.world.attributes import ATTRIBUTES

#: Of what is known of a thing, so much is kept when it is painted again.
_KEPT: Final = 0.8
#: How often a thing is asked for that is always found, beside one that never is.
LEAST: Final = 0.2
#: So far off is wholly missed, of an attribute that is asked to be near its middle, such as the hour of dawn.
_OFF: Final = 0.35


class Missed:
    """What it has is changed in place, so that a captured step may use it.

    about: which attributes each thing is about, [T, A] of 0 and 1.
    """

    def __init__(self, about: Tensor) -> None:
        self._about = about
        self.share = torch.ones(len(about), device=about.device)
        """How much of each thing is missed of late, 0 to 1, [T]; 1 before it was painted."""

    def see(self, things: Tensor, values: Tensor, condition: Tensor) -> None:
        """things: what pictures were asked for by words, [B]; -1: by no words. values: what a reader finds in them,
        [B, A]; condition: what the network was told, [B, CONDITION_LENGTH]: what it did not hear it cannot miss."""
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
        """Things, [count], each as often as it is missed, none hardly ever."""
        upto = self.share.clamp(min=LEAST).cumsum(0)
        at = upto[-1] * torch.rand(count, generator=generator, device=upto.device)
        return torch.searchsorted(upto, at, right=True).clamp(max=len(upto) - 1)
