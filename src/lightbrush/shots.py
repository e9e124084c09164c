"""The values that flow: shots go in, pictures come out. All frozen; this module imports nothing of ours but errors.

A `Frame` is one immutable request to render an image. It holds everything the answer depends on, so the same
frame gives the same bytes on the same kind of device (DESIGN: "every unit of work is a pure function").
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
"""[height, width, 3] uint8, sRGB."""

Encoding = Literal["image/jpeg", "image/png"]
ENCODINGS: Final[tuple[Encoding, ...]] = ("image/jpeg", "image/png")

WEIGHT_RANGE = (-2.0, 2.0)
MAX_PROMPTS = 16
MAX_PROMPT_CHARS = 500


class Prompt(msgspec.Struct, frozen=True, array_like=True):
    """A text and how strongly it pulls: weight in [-2, 2]; below zero it pushes away ("less of")."""

    text: str
    weight: float = 1.0


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A request for one image.

    sketch: the input picture as PNG, JPEG or WebP bytes; empty means "no sketch".
    width, height: of the answer, pixels. strength: 0 (the sketch is a hint) to 1 (every contour binds).
    seed: 0 to 2**32 - 1. steps: denoising steps; 0 asks for the engine's default.
    parameters: the engine's own, by name, as its card lists them.
    accept, quality: how the answer is encoded; quality is JPEG's, 1 to 100.
    """

    engine: str = "embedded"
    width: int = 256
    height: int = 256
    prompts: tuple[Prompt, ...] = ()
    seed: int = 0
    steps: int = 0
    strength: float = 0.85
    parameters: dict[str, float | int | str | bool] = {}
    accept: Encoding = "image/jpeg"
    quality: int = 90
    sketch: bytes = b""


Shot = Frame
"""What a worker can be asked for. `Block` (video) and `Tile` (enhancement) join it here when their engines do."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine gives back: pixels and where the time went (stage name -> milliseconds, in order)."""

    pixels: Rgb
    engine: str
    times_ms: dict[str, float]


class EncodedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it travels. `worker` names who rendered it; times_ms gains a stage at each hop."""

    data: bytes
    encoding: Encoding
    width: int
    height: int
    engine: str
    worker: str
    times_ms: dict[str, float]


class Size(msgspec.Struct, frozen=True, array_like=True):
    width: int
    height: int


class Material(msgspec.Struct, frozen=True):
    """A named colour that an engine understands as a thing: the page offers it beside the colour picker."""

    name: str
    label: str
    rgb: tuple[int, int, int]


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One engine-specific parameter, enough for the page to draw a control. Numbers have a range, choices a list."""

    name: str
    label: str
    default: float | int | str | bool
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""


class EngineCard(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine is and can do, known without loading its weights."""

    id: str
    name: str
    summary: str
    licence: str
    sizes: tuple[Size, ...]
    default_size: Size
    steps: tuple[int, int]
    default_steps: int
    materials: tuple[Material, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    example_prompts: tuple[str, ...] = ()
