"""The creative mode: an engine paints the enlarged picture anew, tile by tile, and what it found is added to it.

A tile is what the engine goes on from, with a share of noise ("SDEdit", Meng et al., 2021), and its sketch, and its
reference. All tiles of a pass take their noise out of one field, so where they overlap they start from the same. There
are two passes: the second goes on from the first with less noise, and its borders lie in the middle of the first's
tiles, so that what a border left is painted over. What the engine changed is then split by size into tones and detail,
of which resemblance and clarity say how much is taken.
"""

from __future__ import annotations

import io
import math
from collections import deque
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from msgspec import Struct, structs
from PIL import Image

from lightbrush.engines.engine import Engine, Start, StartingEngine
from lightbrush.engines.engine import check as check_shot
from lightbrush.enhance.rows import BAND_PX, Pixels, Rows, Window, box_sums, has_alpha
from lightbrush.enhance.tiles import Answer, Sheet, Span, Tile, answered, rounded
from lightbrush.errors import EnhanceError
from lightbrush.shots import Asset, EngineCard, Frame, Prompt, Reference, Size

#: Of a tile's side: what is around its core, and over what part of that neighbours fade, on each side.
_MARGIN: Final = 3 / 16
_FADE: Final = 3 / 16
#: Share of noise at the least and at full creativity. With less the embedded network finds nothing, and its patches
#: show; with more, neighbours no longer agree on what they see.
_NOISE: Final = (0.3, 0.8)
#: Below this creativity there is no less noise, but less of what came of it.
_FADES_IN: Final = 0.2
#: How literally the engine takes a tile as its sketch.
_STRENGTH: Final = 0.85
#: What a tile says of itself as a reference where prompts say more.
_OWN_WORD: Final = 0.3
#: Tones are what three box filters of this reach leave, about a Gaussian with a standard deviation of 8 pixels; and for
#: what has detail at all, of 4.
_REACH_PX: Final = 8
_FINE_REACH_PX: Final = 4
_BOXES: Final = 3
#: So far around a pixel it is seen how much detail the picture has. Where it has less than this, of white, next to none
#: is added, so that a clear sky stays clear: a tile of nothing else says no more of what it is. At full creativity half
#: of it is enough.
_AROUND_PX: Final = 10
_FLAT: Final = 1.2 / 255
_GRAIN: Final = 0.1 / 255
#: How far all of this sees, and how much of a band is looked at at once.
_SEEN_PX: Final = max(_BOXES * _REACH_PX, _BOXES * _FINE_REACH_PX + _AROUND_PX)
_STRIP_PX: Final = 512
#: What an engine sees where a picture is transparent.
_PAPER: Final = 0.5


class Creative(Struct, frozen=True, kw_only=True):
    """How much is made up.

    creativity: 0 (nothing) to 1 (each tile is painted from noise, its pixels only a sketch). resemblance: 0 (tones and
    colours are the engine's) to 1 (the picture's). clarity: of the detail that the engine found 0 (none), 0.5 (as it
    is) to 1 (half as much again). prompts, seed: as of a Frame.
    """

    creativity: float = 0.3
    resemblance: float = 0.7
    clarity: float = 0.5
    prompts: tuple[Prompt, ...] = ()
    seed: int = 0


def check(wishes: Creative) -> None:
    """Raises EnhanceError: enhance.creative."""
    for name in ("creativity", "resemblance", "clarity"):
        value = getattr(wishes, name)
        if not 0.0 <= value <= 1.0:  # NaN fails every comparison
            raise EnhanceError("enhance.creative", f"{name} is 0 to 1", value=value)


def check_card(card: EngineCard, wishes: Creative) -> None:
    """`check`, and whether that engine can. Raises EnhanceError: enhance.engine; ShotError where a prompt or the seed
    cannot be."""
    check(wishes)
    if not card.paints_anew:
        raise _cannot(card)
    check_shot(_shot(card, wishes), card)


def _cannot(card: EngineCard) -> EnhanceError:
    message = f"{card.name} cannot go on from a picture"
    return EnhanceError("enhance.engine", message, value=card.id, fix="Use another, such as embedded")


def _shot(card: EngineCard, wishes: Creative) -> Frame:
    """Of every tile, but for its pixels."""
    side = card.default_size
    return Frame(
        engine=card.id,
        width=side.width,
        height=side.height,
        prompts=wishes.prompts,
        seed=wishes.seed,
        strength=_STRENGTH,
    )


class Painter:
    """An engine, and what is wished of it. Raises as `check_card`."""

    def __init__(self, engine: Engine, wishes: Creative) -> None:
        check_card(engine.card, wishes)
        if not isinstance(engine, StartingEngine):
            raise _cannot(engine.card)
        self.engine, self.wishes = engine, wishes
        self.side = engine.card.default_size
        self._shot = _shot(engine.card, wishes)

    def tile(self, pixels: Pixels, noise: float, left: int, top: int) -> Pixels:
        """The unit of work: a tile [h, w, 3], at most `side` large, that lies at left, top -> the same, anew.

        Depends on nothing else. What a tile lacks of the side is what it is, mirrored.
        """
        height, width = pixels.shape[:2]
        full = np.pad(pixels, ((0, self.side.height - height), (0, self.side.width - width), (0, 0)), "symmetric")
        picture = _png(full)
        weight = _OWN_WORD if self.wishes.prompts else 1.0
        references = (Reference(Asset.of(picture), weight),) if self.engine.card.references else ()
        shot = structs.replace(self._shot, sketch=picture, references=references)
        made = self.engine.render_from(shot, Start(full, noise, left, top))
        return np.divide(made.pixels[:height, :width], 255.0, dtype=np.float32)

    def answer(self, pixels: Pixels, kept: tuple[int, int, int, int], noise: float, left: int, top: int) -> Answer:
        """`tile`, and of that what is kept, `Tile.kept`, rounded to 16 bits."""
        first, above, last, below = kept
        return rounded(self.tile(pixels, noise, left, top)[above:below, first:last])


class Pass(Struct, frozen=True):
    """noise: the share that it begins with."""

    sheet: Sheet
    noise: float


def passes(size: Size, side: Size, creativity: float) -> tuple[Pass, ...]:
    """Over a picture of this size, by an engine whose tiles are `side`: from what the first made the second goes on."""
    least, most = _NOISE
    first = least + (most - least) * creativity
    return tuple(
        Pass(_sheet(size, side, shifted), noise) for noise, shifted in ((first, False), (max(least, first / 2), True))
    )


def _sheet(size: Size, side: Size, shifted: bool) -> Sheet:
    across, down = spans(size.width, side.width, shifted), spans(size.height, side.height, shifted)
    shortest = min(span.stop - span.start for span in (*across, *down))
    #: A place is in two tiles of a row at most.
    fade = min(math.floor(min(side.width, side.height) * _FADE), shortest // 2)
    return Sheet(size, 3, across, down, fade)


def count(size: Size, painter: Painter) -> int:
    """Tiles of all passes over a picture of this size."""
    return sum(one.sheet.count for one in passes(size, painter.side, painter.wishes.creativity))


def spans(length: int, side: int, shifted: bool) -> tuple[Span, ...]:
    """Tiles along a side of a picture, `side` large where it is: of their cores, shifted ones begin in the middle of
    the others."""
    core = side - 2 * math.ceil(side * _MARGIN)
    parts = math.ceil(length / core)
    edges = [length * index // parts for index in range(parts + 1)]
    if shifted:
        edges = [0, *((a + b) // 2 for a, b in pairwise(edges)), length]
    cores = [(start, stop) for start, stop in pairwise(edges) if start < stop]
    firsts = [max(0, min(length - side, (start + stop - side) // 2)) for start, stop in cores]
    return tuple(
        Span(start, stop, first, min(length, first + side)) for (start, stop), first in zip(cores, firsts, strict=True)
    )


def paint(rows: Rows, painter: Painter, finished: Callable[[], None] = lambda: None) -> Rows:
    """A picture -> the same, painted anew as far as is wished; `finished` is called after each tile of each pass.

    Holds a row of tiles for each pass. Without creativity nothing is done.
    """
    if painter.wishes.creativity == 0.0:
        return rows
    kept: deque[Pixels] = deque()  # what is read and not yet joined; itertools.tee would hold 57 bands

    def seen() -> Iterator[Pixels]:
        for band in rows.bands:
            kept.append(band)
            yield shown(band)

    def again() -> Iterator[Pixels]:
        while kept:
            yield kept.popleft()

    painted = Rows(rows.size, 3, seen())
    for one in passes(rows.size, painter.side, painter.wishes.creativity):
        painted = _painted(painted, one, painter, finished)
    return blended(Rows(rows.size, rows.channels, again()), painted, painter.wishes)


def _painted(rows: Rows, one: Pass, painter: Painter, finished: Callable[[], None]) -> Rows:
    def anew(pixels: Pixels, tile: Tile) -> Answer:
        return painter.answer(pixels, tile.kept, one.noise, tile.across.first, tile.down.first)

    return one.sheet.join(answered(rows, one.sheet, anew, finished))


def blended(rows: Rows, painted: Rows, wishes: Creative) -> Rows:
    """A picture, and what the last pass made of it -> the picture with as much of that as is wished."""
    return Rows(rows.size, rows.channels, _blended(rows, painted, wishes))


def _blended(rows: Rows, painted: Rows, wishes: Creative) -> Iterator[Pixels]:
    """In strips, since sums of a whole band would take more than it."""
    here, there = Window(rows.bands), Window(painted.bands)
    width, height = rows.size.width, rows.size.height
    for top in range(0, height, BAND_PX):
        bottom = min(top + BAND_PX, height)
        first, last = max(0, top - _SEEN_PX), min(height, bottom + _SEEN_PX)
        made = there.take(first, last)  # first: it is what reads the picture
        band = here.take(first, last)
        out = band[top - first : bottom - first].copy()
        colours = out[..., : rows.channels - has_alpha(rows.channels)]
        for left in range(0, width, _STRIP_PX):
            right = min(left + _STRIP_PX, width)
            begin, end = max(0, left - _SEEN_PX), min(width, right + _SEEN_PX)
            added = _added(shown(band[:, begin:end]), made[:, begin:end], wishes)
            added = added[top - first : bottom - first, left - begin : right - begin]
            colours[:, left:right] += added if colours.shape[-1] == 3 else added.mean(axis=-1, keepdims=True)
        yield np.clip(out, 0.0, 1.0, out=out)


def mixed(pixels: Pixels, made: Pixels, wishes: Creative) -> Pixels:
    """`blended`, of a piece: near its edges it differs a little from the whole."""
    out = np.array(pixels, np.float32)
    colours = out[..., : out.shape[-1] - has_alpha(out.shape[-1])]
    added = _added(shown(pixels), made, wishes)
    colours += added if colours.shape[-1] == 3 else added.mean(axis=-1, keepdims=True)
    return np.clip(out, 0.0, 1.0, out=out)


def _added(seen: Pixels, made: Pixels, wishes: Creative) -> Pixels:
    """What is added to a picture that the engine saw as `seen`, all [h, w, 3]: of what it changed

        share gate ((1 - resemblance) tones + clarity (2.5 - clarity) detail)

    gate: `_gate`. A pixel depends on those at most _SEEN_PX away.
    """
    share = min(1.0, wishes.creativity / _FADES_IN)
    of_tones, of_detail = share * (1.0 - wishes.resemblance), share * wishes.clarity * (2.5 - wishes.clarity)
    changed = made - seen
    added = np.float32(of_tones - of_detail) * _tones(changed, _REACH_PX) + np.float32(of_detail) * changed
    return np.asarray(added * _gate(seen, wishes.creativity))


def _gate(pixels: Pixels, creativity: float) -> Pixels:
    """0 where the picture is flat, 1 where it has detail: d^4 / (d^4 + flat^4), [h, w, 1].

    d: the geometric mean of detail around a pixel, which an edge nearby hardly moves.
    """
    luma = pixels.mean(axis=-1, keepdims=True)
    detail = np.log(np.abs(luma - _tones(luma, _FINE_REACH_PX)) + np.float32(_GRAIN))
    power = np.exp(4 * _box_mean(detail, _AROUND_PX))
    return np.asarray(power / (power + np.float32((_FLAT * (1 - creativity / 2)) ** 4)))


def _tones(pixels: Pixels, reach: int) -> Pixels:
    for _ in range(_BOXES):
        pixels = _box_mean(pixels, reach)
    return pixels


def _box_mean(pixels: Pixels, reach: int) -> Pixels:
    """Boxes end where the picture does."""
    down, across = (_counts(length, reach) for length in pixels.shape[:2])
    return box_sums(pixels, reach) / (down[:, None, None] * across[:, None])


def _counts(length: int, reach: int) -> Pixels:
    places = np.arange(length)
    last = np.minimum(places + reach + 1, length)
    return np.asarray(last - np.maximum(places - reach, 0), np.float32)


def shown(band: Pixels) -> Pixels:
    """Any channels -> what an engine sees of it, RGB."""
    colours = band
    if has_alpha(band.shape[-1]):
        colours = band[..., :-1] * band[..., -1:] + np.float32(_PAPER) * (1 - band[..., -1:])
    return np.repeat(colours, 3, axis=-1) if colours.shape[-1] == 1 else colours


def _png(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)).save(file, "PNG", compress_level=1)
    return file.getvalue()
