"""A picture as rows that come from the top down, a band at a time, so that nobody holds all of it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lightbrush.shots import Size

Pixels = NDArray[np.float32]
"""[height, width, channels] float32 from 0 to 1, not premultiplied; 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA."""

#: Rows that are handed on at a time.
BAND_PX: Final = 128
_LANCZOS_TAPS: Final = 3


@dataclass(frozen=True)
class Rows:
    """bands: [any height, size.width, channels], size.height rows in all. Read once."""

    size: Size
    channels: int
    bands: Iterator[Pixels]


class Window:
    """The rows that are still needed of those that came."""

    def __init__(self, bands: Iterator[Pixels]) -> None:
        self._bands = bands
        self._held: deque[Pixels] = deque()
        self._top = self._bottom = 0

    def take(self, start: int, stop: int) -> Pixels:
        """Rows start to stop; those before start are forgotten, so `start` never falls."""
        while self._held and self._top + len(self._held[0]) <= start:
            self._top += len(self._held.popleft())
        while self._bottom < stop:
            band = next(self._bands)
            self._bottom += len(band)
            self._held.append(band)
        rows = self._held[0] if len(self._held) == 1 else np.concatenate(self._held)
        return rows[start - self._top : stop - self._top]


def resize(rows: Rows, size: Size) -> Rows:
    """Lanczos with three lobes, as Pillow does it to a whole picture; colours weigh as much as they are opaque."""
    return rows if rows.size == size else Rows(size, rows.channels, _resized(rows, size))


def _resized(rows: Rows, size: Size) -> Iterator[Pixels]:
    window = Window(rows.bands)
    ratio = rows.size.height / size.height
    reach = _LANCZOS_TAPS * max(1.0, ratio) + 1
    for top in range(0, size.height, BAND_PX):
        bottom = min(top + BAND_PX, size.height)
        start = max(0, math.floor(top * ratio - reach))
        stop = min(rows.size.height, math.ceil(bottom * ratio + reach))
        box = (0.0, top * ratio - start, float(rows.size.width), bottom * ratio - start)
        band = _premultiplied(window.take(start, stop))
        planes = [
            Image.fromarray(np.ascontiguousarray(band[:, :, channel])).resize(
                (size.width, bottom - top), Image.Resampling.LANCZOS, box=box
            )
            for channel in range(rows.channels)
        ]
        yield _straight(np.stack([np.asarray(plane, np.float32) for plane in planes], axis=-1))


def lanczos(length: int, size: int) -> NDArray[np.float32]:
    """[size, length]: what each pixel of a side of `length` counts in each of one of `size`, as Pillow resizes."""
    ratio = length / size
    stretch = max(1.0, ratio)
    centres = (np.arange(size) + 0.5)[:, None] * ratio
    reach = _LANCZOS_TAPS * stretch
    first = np.maximum(0, np.floor(centres - reach + 0.5)).astype(np.intp)
    last = np.minimum(length, np.floor(centres + reach + 0.5)).astype(np.intp)
    places = first + np.arange((last - first).max())
    away = (places + 0.5 - centres) / stretch
    counts = np.sinc(away) * np.sinc(away / _LANCZOS_TAPS) * ((np.abs(away) < _LANCZOS_TAPS) & (places < last))
    shares: NDArray[np.float32] = np.zeros((size, length), np.float32)
    # Where a place lies beyond the last it counts nothing, and the last one is added nothing.
    rows = np.broadcast_to(np.arange(size)[:, None], places.shape)
    np.add.at(shares, (rows, np.minimum(places, length - 1)), counts / counts.sum(axis=1, keepdims=True))
    return shares


def box_sums(pixels: Pixels, reach: int) -> Pixels:
    """Of each pixel and all at most `reach` away along both sides, as far as there are any."""
    for axis in (0, 1):
        length = pixels.shape[axis]
        sums = np.insert(np.cumsum(pixels, axis=axis, dtype=np.float64), 0, 0.0, axis=axis)
        places = np.arange(length)
        after = np.take(sums, np.minimum(places + reach + 1, length), axis=axis)
        pixels = (after - np.take(sums, np.maximum(places - reach, 0), axis=axis)).astype(np.float32)
    return pixels


def has_alpha(channels: int) -> bool:
    return channels in (2, 4)


def _premultiplied(pixels: Pixels) -> Pixels:
    if not has_alpha(pixels.shape[-1]):
        return pixels
    pixels = pixels.copy()
    pixels[..., :-1] *= pixels[..., -1:]
    return pixels


def _straight(pixels: Pixels) -> Pixels:
    if has_alpha(pixels.shape[-1]):
        alpha = np.clip(pixels[..., -1:], 0.0, 1.0)
        pixels[..., :-1] /= np.maximum(alpha, 1e-4)
        pixels[..., -1:] = alpha
    return np.clip(pixels, 0.0, 1.0, out=pixels)
