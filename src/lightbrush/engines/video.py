"""The video engines, known without PyTorch: the models of the catalogue that stream, and a tiny one to try things with.

`engines.wan` loads them.
"""

from __future__ import annotations

import math
from typing import Final

from msgspec import Struct

from lightbrush.errors import ShotError
from lightbrush.models.catalogue import CATALOGUE

TINY_RANDOM: Final = "tiny-random"
DEFAULT: Final = "krea-realtime-14b"

#: Of width and height: a token is 16 pixels a side.
_UNIT_PX: Final = 16
_LEAST_PX: Final = 64


class VideoCard(Struct, frozen=True, kw_only=True):
    """most_pixels: of a frame; None where only memory bounds it."""

    id: str
    name: str
    most_pixels: int | None = None

    def fitted(self, width: int, height: int) -> tuple[int, int]:
        """The size itself where the engine renders it, else the largest that it does of about the same shape."""
        if self.most_pixels is None or width * height <= self.most_pixels:
            return width, height
        scale = math.sqrt(self.most_pixels / (width * height))
        width, height = _side(width * scale), _side(height * scale)
        width = min(width, _side(self.most_pixels / height))
        return width, min(height, _side(self.most_pixels / width))


def _side(px: float) -> int:
    return max(_LEAST_PX, int(px) // _UNIT_PX * _UNIT_PX)


CARDS: Final = (
    *(VideoCard(id=entry.id, name=entry.name) for entry in CATALOGUE if entry.streams),
    VideoCard(id=TINY_RANDOM, name="a tiny network with random weights", most_pixels=160 * 104),
)


def card(engine_id: str) -> VideoCard:
    """Raises ShotError shot.engine."""
    for each in CARDS:
        if each.id == engine_id:
            return each
    raise ShotError(
        "shot.engine", "no such video engine", value=engine_id, fix=f"There are: {', '.join(c.id for c in CARDS)}"
    )
