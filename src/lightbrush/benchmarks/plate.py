"""Pictures in labelled rows, to be read on a light page and on a dark one: part of `lightbrush bench gallery`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, TypeVar

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lightbrush.shots import Rgb

#: Pages show a plate at about half its width, so its letters are twice as high as those of the page.
WIDTH_PX: Final = 1560
_MARGIN_PX: Final = 28
_LABEL_PX: Final = 196
_GAP_PX: Final = 8
_FONT_PX: Final = 24
_LINE_PX: Final = 29
_RADIUS_PX: Final = 20

_GROUND: Final = (24, 26, 31)
_LABEL: Final = (236, 237, 240)
_CAPTION: Final = (180, 184, 192)

_BYTES_A_PX: Final = 0.1
_QUALITIES: Final = range(88, 8, -8)

T = TypeVar("T")


@dataclass(frozen=True)
class Row(Generic[T]):
    """label: before the row. cells: a caption above each picture, "" for none, and the picture: what makes one, or its
    pixels."""

    label: str
    cells: Sequence[tuple[str, T]]


def draw(rows: Sequence[Row[Rgb]]) -> Image.Image:
    """Pictures are fitted to as many columns as the longest row has. -> RGBA, with round corners."""
    columns = max(len(row.cells) for row in rows)
    left = _MARGIN_PX + (_LABEL_PX if any(row.label for row in rows) else 0)
    tile = (WIDTH_PX - left - _MARGIN_PX - _GAP_PX * (columns - 1)) // columns
    strips = [_strip(row, left, tile) for row in rows]
    height = sum(strip.height + _GAP_PX for strip in strips) - _GAP_PX + 2 * _MARGIN_PX
    plate = Image.new("RGB", (WIDTH_PX, height), _GROUND)
    y = _MARGIN_PX
    for strip in strips:
        plate.paste(strip, (0, y))
        y += strip.height + _GAP_PX
    corners = Image.new("L", plate.size, 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, WIDTH_PX - 1, height - 1), _RADIUS_PX, fill=255)
    plate.putalpha(corners)
    return plate


def encode(image: Image.Image) -> bytes:
    """WebP, of the best quality that keeps to so many bytes a pixel; of the least where none does."""
    data = b""
    for quality in _QUALITIES:
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=4)
        data = out.getvalue()
        if len(data) <= _BYTES_A_PX * image.width * image.height:
            break
    return data


def _strip(row: Row[Rgb], left: int, tile: int) -> Image.Image:
    """One row over the plate's whole width."""
    captions = [_wrap(caption, tile) for caption, _ in row.cells]
    lines_above = max(len(lines) for lines in captions)
    above = lines_above * _LINE_PX + (_GAP_PX if lines_above else 0)
    pictures = [_fit(pixels, tile) for _, pixels in row.cells]
    side = max(picture.height for picture in pictures)
    strip = Image.new("RGB", (WIDTH_PX, above + side), _GROUND)
    pen = ImageDraw.Draw(strip)
    label = _wrap(row.label, _LABEL_PX - 2 * _GAP_PX)
    _write(pen, label, _MARGIN_PX, above + (side - len(label) * _LINE_PX) // 2, _LABEL)
    for i, (lines, picture) in enumerate(zip(captions, pictures, strict=True)):
        x = left + i * (tile + _GAP_PX)
        _write(pen, lines, x, above - len(lines) * _LINE_PX - _GAP_PX // 2, _CAPTION)
        strip.paste(picture, (x, above))
    return strip


def _fit(pixels: Rgb, width: int) -> Image.Image:
    height = round(width * pixels.shape[0] / pixels.shape[1])
    return Image.fromarray(np.ascontiguousarray(pixels)).resize((width, height), Image.Resampling.LANCZOS)


def _write(pen: ImageDraw.ImageDraw, lines: Sequence[str], x: int, y: int, colour: tuple[int, int, int]) -> None:
    for i, line in enumerate(lines):
        pen.text((x, y + i * _LINE_PX), line, fill=colour, font=_font())


def _wrap(text: str, width: int) -> list[str]:
    """Lines no wider than that; a single word may be."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _font().getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size=_FONT_PX)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
