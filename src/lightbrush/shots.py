"""The values that flow: shots go in, pictures come out. All frozen; this module imports nothing of ours but errors.

A `Frame` is one immutable request to render an image, a `Block` one for the next frames of a video, a `Tile` one to
enlarge a piece of a picture. Each holds all that the answer depends on, so the same shot gives the same bytes on the
same kind of device (DESIGN: "every unit of work is a pure function").
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final, Literal, Self

import msgspec
import msgspec.structs
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
"""[height, width, 3] uint8, sRGB; of several frames [frames, height, width, 3]."""

Encoding = Literal["image/jpeg", "image/png"]
ENCODINGS: Final[tuple[Encoding, ...]] = ("image/jpeg", "image/png")

WEIGHT_RANGE = (-2.0, 2.0)
MAX_PROMPTS = 16
MAX_PROMPT_CHARS = 500
MAX_REFERENCES = 8
MAX_REGIONS = 8
MAX_FEATHER = 0.5
MAX_TRANSITION_BLOCKS = 1000
MAX_INPUT_BYTES = 1024 * 1024
"""Of one picture that a video starts from: a block's 13 and its context fit into one message."""
MAX_INPUT_PIXELS = 2 * 1024 * 1024
"""Likewise: 1920x1080 and a little."""

Interpolation = Literal["linear", "slerp"]
"""The way between two embeddings: a straight line, or the great circle through both."""


class Prompt(msgspec.Struct, frozen=True, array_like=True):
    """A text and how strongly it pulls: weight in [-2, 2]; below zero it pushes away ("less of")."""

    text: str
    weight: float = 1.0


class Blend(msgspec.Struct, frozen=True, array_like=True):
    """Prompts, and how far a video had gone to them from what it followed before: mix, 0 (not at all) to 1.

    Several in a row say where a video is whose transitions broke into one another: the first one's prompts, from there
    the second one's share of the way to its own, and so on; the first one's mix does not count. interpolation: of that
    way, and between two prompts of one blend.
    """

    prompts: tuple[Prompt, ...]
    mix: float = 1.0
    interpolation: Interpolation = "linear"


class Asset(msgspec.Struct, frozen=True):
    """A picture that travels once and is then named.

    sha256: 64 lower-case hex digits, of its bytes. data: the bytes, filled in where the shot is rendered; never
    part of a shot on the wire.
    """

    sha256: str
    data: bytes = b""

    @classmethod
    def of(cls, data: bytes) -> Self:
        return cls(hashlib.sha256(data).hexdigest(), data)


class Reference(msgspec.Struct, frozen=True):
    """A picture as a prompt and how strongly it pulls: weight in [-2, 2]; below zero it pushes away."""

    asset: Asset
    weight: float = 1.0


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the picture that something else is said of.

    mask: where it lies, PNG or WebP bytes of any size, fitted to the answer: by its alpha, without alpha by its
    brightness. prompts, references: as of a Frame, one of them at least. strength: 0 (as if it were not there) to 1
    (where it covers wholly, only what it says is heard). feather: how softly its edge is blurred, 0 (as the mask is) to
    MAX_FEATHER, of the answer's shorter side.
    """

    mask: bytes
    prompts: tuple[Prompt, ...] = ()
    references: tuple[Reference, ...] = ()
    strength: float = 1.0
    feather: float = 0.0


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A request for one image.

    sketch: the input picture as PNG, JPEG or WebP bytes; empty means "no sketch".
    width, height: of the answer, pixels. strength: 0 (the sketch is a hint) to 1 (every contour binds).
    references: pictures as prompts, at most MAX_REFERENCES.
    seed, seed_to: 0 to 2**32 - 1. seed_mix: 0 (the noise of seed alone) to 1 (of seed_to alone); between, the noise
    lies on the great circle through both.
    steps: denoising steps; 0 asks for the engine's default.
    parameters: the engine's own and its tweaks, by name, as its card lists them.
    base: the picture that a mask keeps, fitted to the answer. mask: where to render anew, PNG or WebP bytes of any
    size: by its alpha, without alpha by its brightness. One needs the other.
    regions: parts that something else is said of, at most MAX_REGIONS; where several lie, the later ones are above.
    accept, quality: how the answer is encoded; quality is JPEG's, 1 to 100.
    """

    engine: str = "embedded"
    width: int = 256
    height: int = 256
    prompts: tuple[Prompt, ...] = ()
    references: tuple[Reference, ...] = ()
    seed: int = 0
    seed_to: int = 0
    seed_mix: float = 0.0
    steps: int = 0
    strength: float = 0.85
    parameters: dict[str, float | int | str | bool] = {}
    accept: Encoding = "image/jpeg"
    quality: int = 90
    sketch: bytes = b""
    base: Asset | None = None
    mask: bytes = b""
    regions: tuple[Region, ...] = ()

    @property
    def assets(self) -> tuple[Asset, ...]:
        """Every picture that it names, in order."""
        named = [reference.asset for reference in self.references]
        named += [reference.asset for region in self.regions for reference in region.references]
        return tuple(named) if self.base is None else (*named, self.base)

    @property
    def masks(self) -> tuple[bytes, ...]:
        """Every file of a mask that it brings, in order."""
        return (*([self.mask] if self.mask else []), *(region.mask for region in self.regions))

    def filled(self, fill: Callable[[Asset], Asset]) -> Self:
        """The same with every picture that it names as `fill` gives it."""

        def with_files(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
            return tuple(Reference(fill(reference.asset), reference.weight) for reference in references)

        return msgspec.structs.replace(
            self,
            references=with_files(self.references),
            regions=tuple(
                msgspec.structs.replace(region, references=with_files(region.references)) for region in self.regions
            ),
            base=None if self.base is None else fill(self.base),
        )


class Still(msgspec.Struct, frozen=True):
    """A picture that a video starts from: a PNG, JPEG or WebP file, and for how many frames it stands."""

    data: bytes
    frames: int = 1


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A request for the next frames of a video.

    index: of the block in its stream, from 0. context: what the block before gave back, for its engine to read; empty
    for the first. prompts: weights are 0 or more, and only their ratios count. previous, mix, interpolation: in a
    transition, what it comes from, how far it is from there (0: all of previous, 1: all of prompts), and on which way.
    input: for video to video, one after the other, together as many frames as the block shows; of all blocks but the
    first one more, in front: the last of the block before. Without, it is made from prompts alone. strength: above 0,
    at most 1, which keeps nothing of the input. The rest as of a Frame.
    As a client sends it, it is what a stream follows from its next block on: without index, context, previous and mix,
    which are the stream's to know, and with transition_blocks, over how many blocks it goes there from what it follows
    now; 0 and 1 are a cut. Its input is one picture, the newest. paused: the stream rests until a block that is not.
    Without prompts it ends. accept: how its frames are encoded; a client's are JPEG.
    """

    engine: str
    width: int
    height: int
    prompts: tuple[Prompt, ...] = ()
    previous: tuple[Blend, ...] = ()
    mix: float = 1.0
    interpolation: Interpolation = "linear"
    transition_blocks: int = 0
    seed: int = 0
    steps: int = 0
    parameters: dict[str, float | int | str | bool] = {}
    quality: int = 80
    strength: float = 0.7
    input: tuple[Still, ...] = ()
    paused: bool = False
    index: int = 0
    context: bytes = b""
    accept: Encoding = "image/jpeg"


class Anew(msgspec.Struct, frozen=True, array_like=True):
    """How an engine goes on from a tile. noise: its share, above 0 to 1. left, top: where the tile lies in its
    picture. prompts, seed: as of a Frame."""

    noise: float
    left: int
    top: int
    prompts: tuple[Prompt, ...] = ()
    seed: int = 0


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """A request to enlarge a piece of a picture, or to paint it anew: the unit of work of an enhancement.

    model: one that `lightbrush enhance` names; of what is painted `anew`, an engine's id. width, height, channels: of
    the pixels, the margin around what is kept included; channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. kept: left,
    top, right and bottom of what the answer is of. pixels: float32 from 0 to 1, little-endian, row by row.
    """

    model: str
    width: int
    height: int
    channels: int
    kept: tuple[int, int, int, int]
    pixels: bytes
    anew: Anew | None = None


Shot = Frame | Block
"""What a client can ask for."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine gives back: pixels and where the time went (stage name -> milliseconds, in order)."""

    pixels: Rgb
    engine: str
    times_ms: dict[str, float]


class EncodedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it travels. `worker` names who rendered it; times_ms gains a stage at each hop. frame: its number in
    a video, from 0."""

    data: bytes
    encoding: Encoding
    width: int
    height: int
    engine: str
    worker: str
    times_ms: dict[str, float]
    frame: int | None = None


class Footage(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine gives back for a block: pixels of its frames, and the context of the next block."""

    pixels: Rgb
    context: bytes
    engine: str
    times_ms: dict[str, float]


class EncodedFootage(msgspec.Struct, frozen=True, kw_only=True):
    """Footage as it travels. frames: files, encoded as the block said."""

    frames: tuple[bytes, ...]
    context: bytes
    width: int
    height: int
    engine: str
    worker: str
    times_ms: dict[str, float]


class EnlargedTile(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a tile. pixels: of what was kept, uint16, little-endian, row by row."""

    width: int
    height: int
    channels: int
    pixels: bytes
    model: str
    worker: str
    times_ms: dict[str, float]


Task = Frame | Block | Tile
"""What a worker can be sent."""

Made = EncodedPicture | EncodedFootage | EnlargedTile
"""What becomes of one."""


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
    """What an engine is and can do, known without loading its weights.

    references: how many reference pictures it takes at most. masks: it re-renders a masked region of a base. regions:
    how many parts of a picture it takes at most that something else is said of.
    tweaks: sliders for the live picture, numbers from low to high around 0 that travel in a shot's parameters; a
    name is used once over both. labels: what is seen in its pictures can be asked for (`POST /labels`), by the names of
    its materials. browser: a page can render with it by itself, shots of regions excepted (docs/browser-engine.md).
    video_fps: of an engine that renders blocks of video, and no pictures: at most so many frames a second are shown.
    video_input: its video can start from pictures. paints_anew: it can go on from a picture
    (`engines.engine.StartingEngine`), which the Enhancer's creative mode takes. sharpens: of two sizes of one shape the
    larger is the same picture, sharper, in two steps and more. lays_out: where nothing is drawn it lays a place out,
    and can say which (`POST /composition`).
    """

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
    references: int = 0
    masks: bool = False
    regions: int = 0
    tweaks: tuple[Parameter, ...] = ()
    example_prompts: tuple[str, ...] = ()
    labels: bool = False
    browser: bool = False
    video_fps: float = 0.0
    video_input: bool = False
    paints_anew: bool = False
    sharpens: bool = False
    lays_out: bool = False
