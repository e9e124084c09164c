"""The simulated cases as one picture: for each, how many workers there were and how old pictures were, by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lightbrush.simulation.report import Case

_INK, _SOFT, _RULE = (32, 34, 40), (120, 124, 132), (224, 226, 230)
_COLOURS: Final = {"policy": (226, 88, 34), "queue length": (66, 120, 190), "static": (150, 154, 160)}
#: Pixels of one panel, of its margins, and how much larger everything is drawn before it is made smooth.
_WIDTH_PX, _HEIGHT_PX, _LEFT_PX, _TOP_PX = 430, 200, 70, 44
_SCALE: Final = 2


def plot(cases: Sequence[Case], latency_ms: float) -> Image.Image:
    """A row for each case: workers on the left, the 95th percentile of ages on the right."""
    row_px = _HEIGHT_PX + _TOP_PX + 30
    size = (2 * (_WIDTH_PX + _LEFT_PX) + 30, row_px * len(cases) + 50)
    image = Image.new("RGB", (size[0] * _SCALE, size[1] * _SCALE), "white")
    draw = ImageDraw.Draw(image)
    for at, (name, colour) in enumerate(_COLOURS.items()):
        x = _LEFT_PX + 130 * at
        draw.line(_scaled([(x, 24), (x + 24, 24)]), colour, 3 * _SCALE)
        _text(draw, (x + 32, 16), name, _INK)
    for row, case in enumerate(cases):
        top = 50 + row * row_px + _TOP_PX
        hours = len(case.drawing) / 60.0
        workers = {fleet.name: fleet.workers for fleet in case.fleets}
        ages = {fleet.name: fleet.p95_by_minute_ms for fleet in case.fleets}
        title = f"{case.title}, {case.sessions:,} sessions"
        _panel(draw, (_LEFT_PX, top), f"{title}: workers", workers, hours, max(max(w) for w in workers.values()))
        right = (2 * _LEFT_PX + _WIDTH_PX, top)
        _panel(draw, right, "95th percentile of age, ms", ages, hours, 2.0 * latency_ms, latency_ms)
    return image.resize(size, Image.Resampling.LANCZOS)


def _panel(
    draw: ImageDraw.ImageDraw,
    origin: tuple[int, int],
    title: str,
    lines: dict[str, tuple[float, ...]] | dict[str, tuple[int, ...]],
    hours: float,
    top: float,
    mark: float | None = None,
) -> None:
    """top: the value at the upper edge, where what is above is cut. mark: a value with a line of its own."""
    left, upper = origin
    lower, right = upper + _HEIGHT_PX, left + _WIDTH_PX
    top = _round_up(top)

    def y(value: float) -> float:
        return lower - min(1.0, value / top) * _HEIGHT_PX

    _text(draw, (left, upper - 26), title, _INK)
    for part in range(5):
        value = top * part / 4
        draw.line(_scaled([(left, y(value)), (right, y(value))]), _RULE, _SCALE)
        _text(draw, (left - 8, y(value) - 8), f"{value:,.0f}", _SOFT, "ra")
    for part in range(5):
        x = left + _WIDTH_PX * part / 4
        _text(draw, (x, lower + 6), f"{hours * part / 4:g} h", _SOFT, "ma")
    if mark is not None:
        draw.line(_scaled([(left, y(mark)), (right, y(mark))]), _INK, _SCALE)
    for name in reversed(_COLOURS):
        values = np.asarray(lines[name], float)
        xs = left + np.arange(len(values)) / max(1, len(values) - 1) * _WIDTH_PX
        points = [(float(x), y(float(value))) for x, value in zip(xs, values, strict=True)]
        draw.line(_scaled(points), _COLOURS[name], 2 * _SCALE, joint="curve")


def _round_up(value: float) -> float:
    """To 1, 2, 4, 5 or 8 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(max(value, 1.0)))
    return float(next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value))


def _scaled(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x * _SCALE, y * _SCALE) for x, y in points]


def _text(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, colour: tuple[int, int, int], anchor: str = "la"
) -> None:
    font = ImageFont.load_default(14 * _SCALE)
    draw.text((at[0] * _SCALE, at[1] * _SCALE), text, colour, font, anchor)
