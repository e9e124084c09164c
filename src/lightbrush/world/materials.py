"""What a pixel can be a picture of, and the colour a person draws it with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Material:
    """name: stable id; label: for people; rgb: palette colour, sRGB 0..255. The index in MATERIALS is the
    label id."""

    name: str
    label: str
    rgb: tuple[int, int, int]


MATERIALS: tuple[Material, ...] = (
    Material("sky", "Sky", (142, 188, 228)),
    Material("cloud", "Cloud", (222, 222, 232)),
    Material("sun", "Sun", (255, 214, 92)),
    Material("moon", "Moon", (250, 246, 206)),
    Material("mountain", "Mountain", (140, 126, 118)),
    Material("snow", "Snow", (244, 250, 255)),
    Material("rock", "Rock", (92, 88, 92)),
    Material("sand", "Sand", (226, 196, 138)),
    Material("grass", "Grass", (116, 162, 72)),
    Material("forest", "Forest", (46, 92, 58)),
    Material("water", "Water", (48, 104, 160)),
    Material("road", "Road", (172, 138, 98)),
    Material("house", "House", (186, 92, 66)),
    Material("ice", "Ice", (176, 226, 236)),
    Material("field", "Flowers", (212, 120, 168)),
    Material("lava", "Lava", (246, 88, 24)),
    Material("tower", "Tower", (164, 150, 176)),
    Material("boat", "Boat", (118, 58, 38)),
    Material("balloon", "Balloon", (36, 188, 164)),
    Material("crop", "Crops", (200, 178, 50)),
)

PALETTE: NDArray[np.float32] = np.array([m.rgb for m in MATERIALS], np.float32) / 255.0  # [20, 3]


def to_linear(srgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """sRGB in [0, 1] to linear light."""
    c = np.clip(srgb, 0.0, 1.0)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light in [0, 1] to sRGB."""
    c = np.clip(linear, 0.0, 1.0)
    return np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1.0 / 2.4) - 0.055).astype(np.float32)


def hue_colour(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear RGB [N, 3] of the hue that a tint (saturation * cos, sin of hue) points at; the largest channel
    is 1."""
    hue = np.arctan2(y, x) / (2.0 * np.pi) * 6.0
    channels = [np.clip(np.abs((hue + k) % 6.0 - 3.0) - 1.0, 0.0, 1.0) for k in (0.0, 4.0, 2.0)]
    return to_linear(np.stack(channels, axis=-1).astype(np.float32) * 0.92 + 0.08)


def tinted(
    linear: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32], amount: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Colours [N, 3] drawn towards a tint's hue, keeping most of their brightness. A zero tint changes
    nothing."""
    saturation = np.clip(np.hypot(x, y), 0.0, 1.0)[:, None]
    hue = hue_colour(x, y)
    weights = np.array([0.2126, 0.7152, 0.0722], np.float32)
    brightness = (linear * weights).sum(axis=1)[:, None]
    own = (hue * weights).sum(axis=1)[:, None]
    # Equal luminance where the hue allows it, else as bright as its strongest channel may be.
    gain = np.minimum(brightness / np.maximum(own, 0.08), 1.35 * linear.max(axis=1, keepdims=True) + 0.02)
    k = 0.92 * saturation * amount[:, None]
    out: NDArray[np.float32] = (linear + (hue * gain - linear) * k).astype(np.float32)
    return out
