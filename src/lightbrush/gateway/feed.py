"""The pictures that a client shows its video, until blocks start from them. No I/O, no clock.

A block's frames go evenly over what came since the one before started, to the newest; nothing new, and they rest on
that one's last. Bound: `MOST` pictures that no block has started from, as many of the block under way, and the last one
before. Overflow rule: every other one goes, and from then on every other one that comes, but the newest always stays.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from lightbrush.shots import Still
from lightbrush.timeline import BLOCK_FRAMES, FIRST_BLOCK_FRAMES

MOST: Final = BLOCK_FRAMES


class Feed:
    def __init__(self) -> None:
        self._last: list[bytes] = []  # of the block that was made last: one picture, or none
        self._given: list[bytes] = []  # to the block under way, new then
        self._came: list[bytes] = []  # since
        self._number = 0  # of the next that comes, since
        self._stride = 1  # those whose number it divides stay
        self._asked = False  # the block under way starts from pictures

    def put(self, data: bytes) -> None:
        if self._came and (self._number - 1) % self._stride:
            self._came.pop()
        self._came.append(data)
        self._number += 1
        if len(self._came) > MOST:
            self._came = _every_other(self._came)
            self._stride *= 2

    def clear(self) -> None:
        """From the next block on prompts alone count."""
        self._last, self._given, self._came = [], [], []
        self._number, self._stride = 0, 1

    def start(self, index: int) -> tuple[Still, ...]:
        """What block `index` starts from, as `shots.Block` has it. Started again, it has what came meanwhile too."""
        self._given += self._came
        if len(self._given) > MOST:
            self._given = _every_other(self._given)
        self._came, self._number, self._stride = [], 0, 1
        new = self._given or self._last
        self._asked = bool(new)
        if not new:
            return ()
        frames = FIRST_BLOCK_FRAMES if index == 0 else BLOCK_FRAMES
        shown = [new[-(-(i + 1) * len(new) // frames) - 1] for i in range(frames)]
        before = [] if index == 0 else (self._last or shown)[:1]
        return tuple(Still(data, len(list(held))) for data, held in groupby(before + shown))

    def made(self) -> None:
        """The block under way is there: the next one goes on from its last picture."""
        self._last = self._given[-1:] or self._last
        self._given = []

    def spoiled(self) -> bool:
        """The block under way could not be made from these: those that were new go, else all -> whether it had any."""
        if not self._given:
            self._last = []
        self._given = []
        return self._asked


def _every_other(pictures: list[bytes]) -> list[bytes]:
    """The newest among them."""
    return pictures[(len(pictures) - 1) % 2 :: 2]
