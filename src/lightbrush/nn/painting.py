"""From a sketch in bytes to a picture in bytes with a network that predicts: NumPy, whatever runs the network.

`nn.cuda_network` does the same on the device.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lightbrush.nn import flow
from lightbrush.nn.rope import rope_table

Float = NDArray[np.float32]
Bytes = NDArray[np.uint8]

PATCH_PX = 16
HEAD_WIDTH = 64
#: What a picture is given that is painted larger: with more the network sees other things in it, with less no more than
#: was there.
LARGER_NOISE: Final = 0.2

_rope = lru_cache(maxsize=16)(rope_table)


@dataclass(frozen=True, eq=False)
class Part:
    """Where something else is said. share: [H, W], 0 to 1, how much of what is painted there it says. sketch: [H, W, 4]
    uint8, as it counts for this part. condition: [C]. first: the sketch at the first time, where that is another."""

    share: Float
    sketch: Bytes
    condition: Float
    first: Bytes | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Asked:
    """What is asked of a picture, whatever it begins from.

    sketch: [H, W, 4] uint8, colour and how much it covers; H and W multiples of PATCH_PX. condition: [C] float32, about
    -1 to 1. times: from 0 to below 1, each later than the one before, see `flow.schedule`. kept: [H, W, 4] uint8, a
    picture and how much of it stays, 255 to come out as it went in; None where nothing does. parts: where something
    else is said. At each time the network predicts the picture once for each of them, and what it moves toward is the
    mean by their shares ("MultiDiffusion", Bar-Tal et al., 2023).
    """

    sketch: Bytes
    condition: Float
    times: Sequence[float]
    kept: Bytes | None = None
    parts: Sequence[Part] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """H, W."""
        height, width = self.sketch.shape[:2]
        return height, width


def parted(asked: Asked) -> list[Part]:
    """The parts, and in front of them the rest of the picture; without those that have no share of it."""
    rest = np.float32(1) - sum((part.share for part in asked.parts), np.zeros(asked.shape, np.float32))
    every = [Part(rest.clip(0, 1), asked.sketch, asked.condition), *asked.parts]
    return [part for part in every if part.share.any()]


class HostNetwork(ABC):
    """A network whose pictures are painted here, a prediction at a time."""

    @abstractmethod
    def predict(self, noisy: Float, hints: Float, time: float, condition: Float, rope: Float) -> Float:
        """The clean picture; shapes as in `pixel_transformer.PixelTransformer.forward`, batch 1, but a single time and
        condition [C]."""

    def paint(self, asked: Asked, noise: flow.Shares) -> Bytes:
        """From noise, see `flow.start`, to [H, W, 3] uint8."""
        return self.paint_from(asked, flow.start(noise, *asked.shape))

    def paint_from(self, asked: Asked, noisy: Float) -> Bytes:
        """`paint` from what is there at the first of the times: noisy, [1, 3, H, W]."""
        return to_pixels(self._clean(asked, noisy), asked.kept)

    def paint_larger(self, asked: Asked, noise: flow.Shares, small: Bytes) -> Bytes:
        """The same picture, sharper: what the network finds in it is added, and the tone of each patch stays.

        small: what `paint` made of it in fewer pixels, [h, w, 3] uint8. The times are from 1 - LARGER_NOISE on.
        """
        shown = enlarged(to_planes(small), *asked.shape)
        noisy = shown + np.float32(LARGER_NOISE) * (flow.start(noise, *asked.shape) - shown)
        return to_pixels(toned(self._clean(asked, noisy), shown), asked.kept)

    def _clean(self, asked: Asked, noisy: Float) -> Float:
        """-> [1, 3, H, W] in about [-1, 1]."""
        height, width = asked.shape
        rope = _rope(height // PATCH_PX, width // PATCH_PX, HEAD_WIDTH)
        if asked.parts:
            heard = parted(asked)
            later = [to_hints(part.sketch, asked.kept) for part in heard]
            first = [
                hints if part.first is None else to_hints(part.first, asked.kept)
                for part, hints in zip(heard, later, strict=True)
            ]

            def clean(x: Float, time: float) -> Float:
                seen = zip(heard, first if time == asked.times[0] else later, strict=True)
                said = (part.share * self.predict(x, hints, time, part.condition, rope) for part, hints in seen)
                return sum(said, np.zeros_like(x))
        else:
            hints = to_hints(asked.sketch, asked.kept)

            def clean(x: Float, time: float) -> Float:
                return self.predict(x, hints, time, asked.condition, rope)

        return flow.denoise(clean, noisy, asked.times)


def to_hints(sketch: Bytes, kept: Bytes | None) -> Float:
    """-> [1, 8, H, W], for the sketch and for what is wholly kept: colour in [-1, 1] times coverage, then coverage."""
    hints = np.zeros((1, 8, *sketch.shape[:2]), np.float32)
    _fill(hints[0, :4], sketch)
    if kept is not None:
        _fill(hints[0, 4:], kept, wholly=True)
    return hints


def _fill(planes: Float, rgba: Bytes, wholly: bool = False) -> None:
    """planes [4, H, W] from [H, W, 4]. wholly: a part of a coverage is none."""
    colour, coverage = planes[:3], planes[3]
    np.multiply(rgba.transpose(2, 0, 1), np.float32(1 / 255), out=planes)
    if wholly:
        np.floor(coverage, out=coverage)
    colour *= 2
    colour -= 1
    colour *= coverage


def to_planes(rgb: Bytes) -> Float:
    """[H, W, 3] uint8 -> [1, 3, H, W] in [-1, 1]."""
    return np.ascontiguousarray(rgb.transpose(2, 0, 1)[None] * np.float32(1 / 127.5) - np.float32(1))


def enlarged(planes: Float, height: int, width: int) -> Float:
    """[1, 3, h, w] -> [1, 3, height, width], between the middles of pixels on straight lines."""
    sized = (Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR) for plane in planes[0])
    return np.stack([np.asarray(plane) for plane in sized])[None]


def toned(made: Float, shown: Float) -> Float:
    """What was made of a picture, in its tones: each patch has the mean that it had. Both [1, 3, H, W]."""
    height, width = made.shape[2:]
    rows, columns = height // PATCH_PX, width // PATCH_PX
    sums = (shown - made).reshape(3, rows, PATCH_PX, width).sum(2).reshape(1, 3, rows, columns, PATCH_PX).sum(4)
    return made + enlarged(sums / np.float32(PATCH_PX**2), height, width)


def to_pixels(clean: Float, kept: Bytes | None) -> Bytes:
    """[1, 3, H, W] in about [-1, 1] -> [H, W, 3] uint8, with what is kept over it."""
    scaled = clean[0] * np.float32(127.5)
    scaled += 128
    made = np.ascontiguousarray(np.clip(scaled, 0, 255, out=scaled).astype(np.uint8).transpose(1, 2, 0))
    if kept is None:
        return made
    stays = kept[..., 3:].astype(np.uint16)
    return ((kept[..., :3] * stays + made * (255 - stays) + 127) // 255).astype(np.uint8)
