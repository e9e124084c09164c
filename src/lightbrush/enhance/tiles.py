"""A picture in tiles: which they are, what one becomes, and how they are put together so that no seam shows.

A tile is a core, which it answers for, and a margin around it, which its network only looks at. Across the border of
two cores one fades into the other over a few pixels; beyond that the margin's outer part is thrown away. With a margin
as wide as what a network sees, tiles give what the whole picture would.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final, Protocol, runtime_checkable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from lightbrush.enhance.rows import BAND_PX, Pixels, Rows, Window, box_sums, has_alpha
from lightbrush.shots import Size

Answer = NDArray[np.uint16]
"""[height, width, channels] uint16, 0 to 65535: what is kept of an enlarged tile, with the bits that a file holds."""

_FILL_PX: Final = 8
_WHITE: Final = 65535.0


class Cut(Protocol):
    """How a picture is cut into tiles.

    scale: how many times larger a tile becomes. core_px, margin_px: of a tile. fade_px: on each side of a border, at
    most a quarter of a core and at most the margin.
    """

    @property
    def scale(self) -> int: ...
    @property
    def core_px(self) -> int: ...
    @property
    def margin_px(self) -> int: ...
    @property
    def fade_px(self) -> int: ...


class Grid(Struct, frozen=True):
    """A `Cut` as a value."""

    scale: int
    core_px: int
    margin_px: int
    fade_px: int


class Upscaler(Cut, Protocol):
    """A network that enlarges, and the tiles that suit it."""

    @property
    def name(self) -> str: ...

    def __call__(self, pixels: Pixels) -> Pixels:
        """[h, w, 3] -> [h x scale, w x scale, 3], about 0 to 1. The same pixels give the same answer."""
        ...


@runtime_checkable
class Joining(Protocol):
    """An upscaler that puts its answers together where it makes them."""

    def joined(self, rows: Rows, cut: Sheet, finished: Callable[[], None]) -> Iterator[Pixels]:
        """What `Sheet.join` gives of them, of grey and RGB; `finished` is called after each."""
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


def count(size: Size, cut: Cut) -> int:
    across, down = math.ceil(size.width / cut.core_px), math.ceil(size.height / cut.core_px)
    return across * down


class Tile(Struct, frozen=True):
    """One tile of a picture of `size`. fade_px: how far beyond its core its answer is kept."""

    size: Size
    across: Span
    down: Span
    fade_px: int

    @property
    def width(self) -> int:
        return self.across.last - self.across.first

    @property
    def height(self) -> int:
        return self.down.last - self.down.first

    @property
    def kept(self) -> tuple[int, int, int, int]:
        """left, top, right, bottom of what counts of its answer, in the source's pixels from the tile's first."""
        left, right = kept(self.across, self.size.width, self.fade_px)
        top, bottom = kept(self.down, self.size.height, self.fade_px)
        first, above = self.across.first, self.down.first
        return left - first, top - above, right - first, bottom - above


class Sheet(Struct, frozen=True):
    """A picture of `size`, cut into tiles row by row, and what becomes of them: `scale` times as large, of so many
    channels. across, down: along its sides. fade_px: on each side of a border."""

    size: Size
    channels: int
    across: tuple[Span, ...]
    down: tuple[Span, ...]
    fade_px: int
    scale: int = 1

    @property
    def count(self) -> int:
        return len(self.across) * len(self.down)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return tuple(Tile(self.size, column, row, self.fade_px) for row in self.down for column in self.across)

    def join(self, answers: Iterator[Answer]) -> Rows:
        """The answers of all tiles, in their order -> what the picture becomes. Holds a row of tiles."""
        size = Size(self.size.width * self.scale, self.size.height * self.scale)
        return Rows(size, self.channels, _joined(self, answers))


def sheet(size: Size, channels: int, cut: Cut) -> Sheet:
    """Of a picture that is enlarged. With alpha the margins are wider: colours are filled from so much further away."""
    margin = cut.margin_px + (_FILL_PX if has_alpha(channels) else 0)
    across, down = (spans(length, cut.core_px, margin) for length in (size.width, size.height))
    return Sheet(size, channels, across, down, cut.fade_px, cut.scale)


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


def answer(pixels: Pixels, kept: tuple[int, int, int, int], upscaler: Upscaler) -> Answer:
    """`render`, and of that what is kept, `Tile.kept`, rounded to 16 bits: so it travels and waits in half the bytes,
    and whoever joins tiles that came from elsewhere gets what `enlarge` gives."""
    left, top, right, bottom = (edge * upscaler.scale for edge in kept)
    return rounded(render(pixels, upscaler)[top:bottom, left:right])


def rounded(pixels: Pixels) -> Answer:
    samples = pixels * np.float32(_WHITE)
    samples += np.float32(0.5)
    return samples.astype(np.uint16)


def enlarge(rows: Rows, upscaler: Upscaler, finished: Callable[[], None] = lambda: None) -> Rows:
    """All of a picture, tile by tile; `finished` is called after each. Holds a row of tiles and its source."""

    def enlarged(pixels: Pixels, tile: Tile) -> Answer:
        return answer(pixels, tile.kept, upscaler)

    cut = sheet(rows.size, rows.channels, upscaler)
    if isinstance(upscaler, Joining) and not has_alpha(rows.channels):
        size = Size(rows.size.width * cut.scale, rows.size.height * cut.scale)
        return Rows(size, rows.channels, upscaler.joined(rows, cut, finished))
    return cut.join(answered(rows, cut, enlarged, finished))


def answered(
    rows: Rows, cut: Sheet, answer: Callable[[Pixels, Tile], Answer], finished: Callable[[], None]
) -> Iterator[Answer]:
    """What the tiles of a picture become; `finished` is called after each."""
    window = Window(rows.bands)
    source: Pixels = np.zeros((0, 0, 0), np.float32)
    row: Span | None = None
    for tile in cut.tiles:
        if tile.down is not row:
            row, source = tile.down, window.take(tile.down.first, tile.down.last)
        made = answer(source[:, tile.across.first : tile.across.last], tile)
        finished()
        yield made


def _joined(cut: Sheet, answers: Iterator[Answer]) -> Iterator[Pixels]:
    (width, height), channels = (cut.size.width, cut.size.height), cut.channels
    fade, scale = cut.fade_px, cut.scale
    #: The rows below the last border, so far only from the tiles above it.
    fading: Pixels = np.zeros((0, width * scale, channels), np.float32)
    for row in cut.down:
        top, bottom = kept(row, height, fade)
        band: Pixels = np.zeros(((bottom - top) * scale, width * scale, channels), np.float32)
        band[: len(fading)] = fading
        for column in cut.across:
            left, right = kept(column, width, fade)
            share = weights(row, height, fade, scale)[:, None, None] * weights(column, width, fade, scale)[:, None]
            band[:, left * scale : right * scale] += next(answers) * (share / np.float32(_WHITE))
        whole = len(band) if row.stop == height else (row.stop - fade - top) * scale
        fading = band[whole:].copy()
        for start in range(0, whole, BAND_PX):
            yield band[start : min(start + BAND_PX, whole)].copy()  # so that nobody else holds the band
        del band


def kept(span: Span, length: int, fade: int) -> tuple[int, int]:
    """From where to where along one side a tile's answer counts."""
    return max(0, span.start - fade), min(length, span.stop + fade)


def weights(span: Span, length: int, fade: int, scale: int) -> Pixels:
    """How much a tile counts at each pixel of its core and `fade` beyond; over neighbours the sum is 1."""
    first, last = kept(span, length, fade)
    positions: Pixels = (np.arange(first * scale, last * scale, dtype=np.float32) + np.float32(0.5)) / np.float32(scale)
    counts = np.ones_like(positions)
    if fade and span.start > 0:
        counts *= np.clip((positions - span.start) / (2 * fade) + 0.5, 0.0, 1.0)
    if fade and span.stop < length:
        counts *= np.clip((span.stop - positions) / (2 * fade) + 0.5, 0.0, 1.0)
    return counts


def _coloured(pixels: Pixels, upscaler: Upscaler) -> Pixels:
    """[h, w, 1 or 3] through a network of RGB."""
    grey = pixels.shape[-1] == 1
    answer = upscaler(np.ascontiguousarray(np.repeat(pixels, 3, axis=-1) if grey else pixels, dtype=np.float32))
    return answer.mean(axis=-1, keepdims=True) if grey else answer


def _filled(colours: Pixels, alpha: Pixels) -> Pixels:
    """Where alpha is 0 a colour is the mean of the seen ones at most _FILL_PX away, where there are any."""
    if alpha.min() > 0.0:
        return colours
    near = box_sums(np.concatenate([colours * alpha, alpha], axis=-1), _FILL_PX)
    mean = near[..., :-1] / np.maximum(near[..., -1:], 1e-6)
    return np.where((alpha > 0.0) | (near[..., -1:] < 1e-3), colours, mean).astype(np.float32)
