"""A picture in tiles: which they are, what one becomes, and how they are put together so that no seam shows.

A tile is a core, which it answers for, and a margin around it, which its network only looks at. Across the border of
two cores one fades into the other over a few pixels; beyond that the margin's outer part is thrown away. With a margin
as wide as what a network sees, tiles give what the whole picture would.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
from msgspec import Struct

from lightbrush.enhance.rows import BAND_PX, Pixels, Rows, Window, has_alpha
from lightbrush.shots import Size

_FILL_PX: Final = 8


class Upscaler(Protocol):
    """A network that enlarges.

    scale: how many times. core_px, margin_px: of the tiles that suit it. fade_px: on each side of a border, at most a
    quarter of a core and at most the margin.
    """

    @property
    def name(self) -> str: ...
    @property
    def scale(self) -> int: ...
    @property
    def core_px(self) -> int: ...
    @property
    def margin_px(self) -> int: ...
    @property
    def fade_px(self) -> int: ...

    def __call__(self, pixels: Pixels) -> Pixels:
        """[h, w, 3] -> [h x scale, w x scale, 3], about 0 to 1. The same pixels give the same answer."""
        ...


class Span(Struct, frozen=True):
    """Along one side, in pixels of the source: the core from start to stop, and with margins from first to last."""

    start: int
    stop: int
    first: int
    last: int


def spans(length: int, core: int, margin: int) -> tuple[Span, ...]:
    """Cores of nearly one length, at most `core`, that cover 0 to length; margins end where the picture does."""
    count = math.ceil(length / core)
    edges = [length * index // count for index in range(count + 1)]
    return tuple(
        Span(start, stop, max(0, start - margin), min(length, stop + margin)) for start, stop in pairwise(edges)
    )


def count(size: Size, upscaler: Upscaler) -> int:
    across, down = math.ceil(size.width / upscaler.core_px), math.ceil(size.height / upscaler.core_px)
    return across * down


def render(pixels: Pixels, upscaler: Upscaler) -> Pixels:
    """The unit of work: one tile with its margins -> the same, enlarged, 0 to 1. Depends on nothing else.

    Grey is shown to the network as RGB. So is alpha, unless it is the same everywhere in the tile; colours that nobody
    sees are filled from those beside them first, so that they do not bleed into edges.
    """
    height, width, channels = pixels.shape
    colours, alpha = (pixels[..., :-1], pixels[..., -1:]) if has_alpha(channels) else (pixels, None)
    if alpha is not None:
        colours = _filled(colours, alpha)
    parts = [_coloured(colours, upscaler)]
    if alpha is not None:
        level = alpha.min()
        if level == alpha.max():
            parts.append(np.full((height * upscaler.scale, width * upscaler.scale, 1), level, np.float32))
        else:
            parts.append(_coloured(alpha, upscaler))
    return np.clip(parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1), 0.0, 1.0)


def enlarge(rows: Rows, upscaler: Upscaler, finished: Callable[[], None] = lambda: None) -> Rows:
    """All of a picture, tile by tile; `finished` is called after each. Holds a row of tiles and its source."""
    size = Size(rows.size.width * upscaler.scale, rows.size.height * upscaler.scale)
    return Rows(size, rows.channels, _enlarged(rows, upscaler, finished))


def _enlarged(rows: Rows, upscaler: Upscaler, finished: Callable[[], None]) -> Iterator[Pixels]:
    width, height = rows.size.width, rows.size.height
    scale, fade = upscaler.scale, upscaler.fade_px
    window = Window(rows.bands)
    margin = upscaler.margin_px + (_FILL_PX if has_alpha(rows.channels) else 0)
    across = spans(width, upscaler.core_px, margin)
    #: The rows below the last border, so far only from the tiles above it.
    fading: Pixels = np.zeros((0, width * scale, rows.channels), np.float32)
    for down in spans(height, upscaler.core_px, margin):
        source = window.take(down.first, down.last)
        top, bottom = max(0, down.start - fade), min(height, down.stop + fade)
        band: Pixels = np.zeros(((bottom - top) * scale, width * scale, rows.channels), np.float32)
        band[: len(fading)] = fading
        for column in across:
            answer = render(source[:, column.first : column.last], upscaler)
            left, right = max(0, column.start - fade), min(width, column.stop + fade)
            weights = _weights(down, height, fade, scale)[:, None, None] * _weights(column, width, fade, scale)[:, None]
            used = answer[
                (top - down.first) * scale : (bottom - down.first) * scale,
                (left - column.first) * scale : (right - column.first) * scale,
            ]
            band[:, left * scale : right * scale] += used * weights
            finished()
        whole = len(band) if down.stop == height else (down.stop - fade - top) * scale
        fading = band[whole:].copy()
        for start in range(0, whole, BAND_PX):
            yield band[start : min(start + BAND_PX, whole)].copy()  # so that nobody else holds the band
        del band


def _weights(span: Span, length: int, fade: int, scale: int) -> Pixels:
    """How much a tile counts at each pixel of its core and `fade` beyond; over neighbours the sum is 1."""
    first, last = max(0, span.start - fade), min(length, span.stop + fade)
    positions: Pixels = (np.arange(first * scale, last * scale, dtype=np.float32) + np.float32(0.5)) / np.float32(scale)
    weights = np.ones_like(positions)
    if fade and span.start > 0:
        weights *= np.clip((positions - span.start) / (2 * fade) + 0.5, 0.0, 1.0)
    if fade and span.stop < length:
        weights *= np.clip((span.stop - positions) / (2 * fade) + 0.5, 0.0, 1.0)
    return weights


def _coloured(pixels: Pixels, upscaler: Upscaler) -> Pixels:
    """[h, w, 1 or 3] through a network of RGB."""
    grey = pixels.shape[-1] == 1
    answer = upscaler(np.ascontiguousarray(np.repeat(pixels, 3, axis=-1) if grey else pixels, dtype=np.float32))
    return answer.mean(axis=-1, keepdims=True) if grey else answer


def _filled(colours: Pixels, alpha: Pixels) -> Pixels:
    """Where alpha is 0 a colour is the mean of the seen ones at most _FILL_PX away, where there are any."""
    if alpha.min() > 0.0:
        return colours
    near = _box_sums(np.concatenate([colours * alpha, alpha], axis=-1), _FILL_PX)
    mean = near[..., :-1] / np.maximum(near[..., -1:], 1e-6)
    return np.where((alpha > 0.0) | (near[..., -1:] < 1e-3), colours, mean).astype(np.float32)


def _box_sums(pixels: Pixels, reach: int) -> Pixels:
    for axis in (0, 1):
        length = pixels.shape[axis]
        sums = np.insert(np.cumsum(pixels, axis=axis, dtype=np.float64), 0, 0.0, axis=axis)
        places = np.arange(length)
        after = np.take(sums, np.minimum(places + reach + 1, length), axis=axis)
        pixels = (after - np.take(sums, np.maximum(places - reach, 0), axis=axis)).astype(np.float32)
    return pixels
