"""A few flat sketches such as a person draws, in the materials' own colours, to look at and to measure with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lightbrush.world.scene import MATERIALS

_COLOUR = {material.name: tuple(int(v) for v in material.rgb) for material in MATERIALS}


def sketches(size_px: int = 256) -> dict[str, NDArray[np.uint8]]:
    """Name -> [size, size, 3] uint8."""
    return {name: _paint(draw, size_px, _COLOUR["sky"]) for name, draw in _DRAWINGS.items()}


def begun(size_px: int = 256) -> NDArray[np.uint8]:
    """[size, size, 4] uint8: two ridges on bare paper, drawn in seconds; the rest is open."""
    return _paint(_ridges, size_px, (0, 0, 0, 0))


def finished(size_px: int = 256) -> NDArray[np.uint8]:
    """[size, size, 3] uint8: the same with sky, snow, a river through a meadow and trees."""
    return _paint(_valley, size_px, _COLOUR["sky"])


def _paint(draw: Callable[[_Scaled], None], size_px: int, paper: tuple[int, ...]) -> NDArray[np.uint8]:
    """Drawings are made on a 160-unit square and painted larger than they will be, then averaged."""
    scale = 8
    image = Image.new("RGB" if len(paper) == 3 else "RGBA", (160 * scale, 160 * scale), paper)
    draw(_Scaled(image, scale))
    return np.asarray(image.resize((size_px, size_px), Image.Resampling.BOX))


class _Scaled:
    def __init__(self, image: Image.Image, scale: int) -> None:
        self.pen, self.scale = ImageDraw.Draw(image), scale

    def polygon(self, points: list[tuple[float, float]], material: str) -> None:
        self.pen.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=_COLOUR[material])

    def by_hand(self, points: Sequence[tuple[float, float]], material: str) -> None:
        """A polygon as a hand paints it: corners are rounded, and the outline wanders by a unit."""
        closed = np.array([*points, points[0]])
        at = np.arange(0, len(points), 1 / 16)
        outline = np.stack([np.interp(at, range(len(closed)), side) for side in closed.T], 1)
        outline = np.mean([np.roll(outline, shift, 0) for shift in range(-3, 4)], 0)
        outline += 0.6 * np.sin(np.outer(at, (3.1, 2.3))) + 0.4 * np.sin(np.outer(at, (7.7, 9.1)))
        self.polygon([(x, y) for x, y in outline], material)

    def disc(self, x: float, y: float, radius: float, material: str) -> None:
        s = self.scale
        box = ((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s)
        self.pen.ellipse(box, fill=_COLOUR[material])

    def box(self, left: float, top: float, right: float, bottom: float, material: str) -> None:
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], material)

    def hills(self, top: float, swing: float, phase: float, material: str) -> None:
        wave = [(x, top + swing * np.sin(x / 160 * 2 * np.pi + phase)) for x in range(0, 161, 4)]
        self.polygon([*wave, (160, 160), (0, 160)], material)

    def conifer(self, x: float, base: float, height: float) -> None:
        self.polygon([(x, base - height), (x - height * 0.27, base), (x + height * 0.27, base)], "forest")


def _lake(pen: _Scaled) -> None:
    pen.disc(125, 38, 14, "sun")
    pen.polygon([(-4, 96), (57, 38), (120, 96)], "mountain")
    pen.polygon([(33, 60), (57, 38), (80, 60)], "snow")
    pen.box(0, 95, 160, 160, "water")
    pen.hills(124, -9, 2.4, "grass")
    for x, base, height in ((25, 124, 36), (44, 134, 38), (131, 132, 38)):
        pen.conifer(x, base, height)


def _dunes(pen: _Scaled) -> None:
    pen.disc(40, 40, 11, "sun")
    pen.polygon([(70, 90), (110, 62), (160, 84), (160, 100), (60, 100)], "mountain")
    pen.hills(96, 8, 0.4, "sand")
    pen.polygon([(0, 140), (60, 116), (120, 146), (160, 130), (160, 160), (0, 160)], "sand")


def _island(pen: _Scaled) -> None:
    pen.disc(112, 30, 9, "sun")
    for x, y, r in ((30, 26, 12), (44, 28, 9), (18, 30, 8)):
        pen.disc(x, y, r, "cloud")
    pen.box(0, 84, 160, 160, "water")
    pen.polygon([(30, 96), (60, 78), (110, 76), (140, 96)], "sand")
    pen.polygon([(48, 88), (70, 56), (100, 60), (120, 88)], "forest")


def _village(pen: _Scaled) -> None:
    pen.polygon([(0, 80), (40, 44), (80, 72), (120, 40), (160, 76), (160, 100), (0, 100)], "mountain")
    pen.polygon([(28, 55), (40, 44), (52, 53)], "snow")
    pen.polygon([(106, 52), (120, 40), (133, 51)], "snow")
    pen.hills(92, 5, 1.0, "grass")
    pen.polygon([(70, 160), (100, 160), (90, 96), (86, 96)], "road")
    for x, y, w in ((30, 104, 20), (112, 110, 24), (56, 98, 12)):
        pen.box(x, y, x + w, y + w * 0.7, "house")
        pen.polygon([(x - 2, y), (x + w / 2, y - w * 0.45), (x + w + 2, y)], "house")
    pen.conifer(150, 128, 34)


def _night(pen: _Scaled) -> None:
    pen.disc(50, 34, 10, "moon")
    pen.polygon([(20, 100), (90, 40), (150, 100)], "mountain")
    pen.box(0, 98, 160, 160, "water")
    for x in range(4, 160, 13):
        pen.conifer(x, 108 + (x * 7) % 9, 22 + (x * 5) % 12)


def _meadow(pen: _Scaled) -> None:
    for x, y, r in ((100, 30, 14), (118, 32, 12), (84, 34, 9)):
        pen.disc(x, y, r, "cloud")
    pen.hills(78, 6, 3.0, "forest")
    pen.hills(92, 5, 0.2, "grass")
    pen.polygon([(0, 160), (0, 124), (60, 110), (160, 126), (160, 160)], "field")
    pen.disc(128, 92, 16, "forest")


def _ridges(pen: _Scaled) -> None:
    far = [(78, 98), (90, 80), (104, 72), (118, 56), (128, 62), (144, 44), (154, 52), (168, 48), (168, 98), (120, 100)]
    near = [(-8, 104), (-8, 66), (10, 58), (24, 38), (40, 22), (52, 36), (64, 44), (78, 66), (94, 84), (108, 102)]
    pen.by_hand(far, "mountain")
    pen.by_hand([*near, (50, 106)], "mountain")


def _valley(pen: _Scaled) -> None:
    _ridges(pen)
    pen.by_hand([(26, 55), (40, 22), (55, 50), (46, 46), (40, 54), (34, 46)], "snow")
    pen.by_hand([(-16, 100), (60, 104), (120, 98), (176, 94), (176, 176), (-16, 176)], "grass")
    river = [(96, 102), (108, 101), (102, 114), (118, 124), (104, 136), (80, 148), (70, 168), (30, 168), (56, 144)]
    pen.by_hand([*river, (92, 130), (100, 124), (90, 114)], "water")
    for x, base, height in ((20, 128, 30), (36, 140, 36), (136, 130, 34), (150, 124, 26)):
        pen.conifer(x, base, height)


_DRAWINGS: dict[str, Callable[[_Scaled], None]] = {
    "lake": _lake,
    "dunes": _dunes,
    "island": _island,
    "village": _village,
    "night": _night,
    "meadow": _meadow,
}
