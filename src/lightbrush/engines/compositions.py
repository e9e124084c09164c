"""What the engine lays out where nothing is drawn.

A network of this size paints a village well where houses are drawn, and cannot think one up: from noise alone it gives
the colours of one. So where a page is bare, how a place lies is taken from worlds: a few thousand layouts, each with
the attributes it is of, and the network paints it as it paints a sketch. Which one is a function of what is said and of
the seed:

    score_i = -sum over a of w_a p_a (1 + 4 q_a) lack_ia^2 - w p (1 - sum over lands of v e_i) - sum over a of q_a h_ia
    lack_ia = max(0, min(v_a, ENOUGH) - e_ia) for v_a > 0, max(0, e_ia - max(v_a, LITTLE)) else

with the value v and presence p of what all prompts ask for (`engines.conditioning`), q how much more surely than what
is usual, e_i of the layout, and h what is against seeing a thing there. The highest score_i / SPREAD + g_i wins, g
Gumbel noise by the seed (the Gumbel-max trick; Gumbel, 1954): another seed, another place. Each layout is there twice,
as it is and mirrored.
What is said of a part of the page is to lie there: with n_in the cells of a thing's material in the part, and n_out
those outside of it,

    score_i += WISHED sure strength min(_WELL, min(1, n_in / enough) - elsewhere_a (1 - q_a) n_out / (n_in + n_out))

for each thing of SEEN_AS that the part's own words ask for. Then it is no longer unusual, and scores may be farther
apart (_FREER): few layouts have it there.
Light, weather and style are no layout's: a sky has no clouds here, and words say what is in it; but who names the moon
gets one (`engines.moon`). What is drawn covers
what is laid out; the more is drawn, the fainter the rest is (FADES). Who wants to go on from it by hand has it as a
sketch (`Compositions.sketch`): the same layout, as somebody might have drawn it.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from lightbrush.engines import moon
from lightbrush.engines.conditioning import TOPICS, Conditions
from lightbrush.errors import SettingsError
from lightbrush.nn import flow
from lightbrush.world import scene
from lightbrush.world.attributes import BIOMES, NAMES
from lightbrush.world.materials import MATERIALS

#: Cells of a layout: so many high, and as wide as the widest picture. A square has those in the middle.
CELLS: Final = 64
WIDE: Final = 112
_SQUARE: Final = slice((WIDE - CELLS) // 2, (WIDE + CELLS) // 2)
#: How much an attribute weighs, beside which land it is.
_WEIGHTS: Final[dict[str, float]] = {
    **dict.fromkeys(("castle", "boats", "bridge", "balloons", "village", "road", "palms", "cacti"), 1.5),
    **dict.fromkeys(("snow", "water", "trees", "relief", "flowers", "boulders", "view_height", "blossom"), 1.0),
    **dict.fromkeys(("autumn", "lens"), 0.5),
}
_LAND: Final = 6.0
#: Lands that nobody is shown who does not ask for them.
_SELDOM: Final = ("alien", "underwater", "volcanic", "city")
_UNASKED: Final = 0.4
#: What layouts are told by: lands, then the others.
TOLD: Final = (*BIOMES, *_WEIGHTS)
#: How far a score may be from the best one's, for its layout to be chosen now and then.
SPREAD: Final = 0.07
#: Where two are chosen as nearly, within this, both are seen through each other: a weight that moves passes from one to
#: the other.
_PASSES: Final = 0.05
#: What is drawn, as a share of the page: up to the first all is laid out, from the second on nothing.
FADES: Final = (0.1, 0.5)
#: A sketch of a layout is so many pixels high, one for each unit of a page's document.
SKETCH_HEIGHT: Final = 1024
#: How round its contours are, in cells: more, and a palm loses its trunk; less, and slopes are stairs.
_ROUND: Final = 0.6
#: What words say and no layout.
OF_THE_SKY: Final = ("cloud", "sun", "moon")
#: How strictly the network takes what is laid out, as a sketch's strength.
STRENGTH: Final = 0.85
#: What is asked for more surely than this is more than usual.
_USUAL_AT_MOST: Final = 0.75
_SAID: Final = 4.0
#: More of a thing than the first is no better, and less than the second no more of a lack.
ENOUGH: Final = 0.5
LITTLE: Final = -0.3
#: How much is against a layout that has no room for the moon, where that is named.
_NO_ROOM: Final = 1.0
#: How much is against a thing where it is not at home (`scene.HOMES`).
_FROM_HOME: Final = 1.0

#: What is seen of a thing: its material, and from how many cells of a square on that is enough.
SEEN_AS: Final[dict[str, tuple[str, int]]] = {
    "village": ("house", 60),
    "castle": ("tower", 60),
    "boats": ("boat", 12),
    "balloons": ("balloon", 12),
    "road": ("road", 60),
    "flowers": ("field", 200),
    "snow": ("snow", 600),
    "water": ("water", 700),
    "trees": ("forest", 500),
    "blossom": ("forest", 400),
    "autumn": ("forest", 400),
    "farmland": ("crop", 300),
    "volcanic": ("lava", 40),
}
#: How much it counts that a thing lies in the part of the page that it is said of.
WISHED: Final = 6.0
#: Few layouts have it there: of these, scores may be so many times farther apart.
_FREER: Final = 2.0
#: And against it that it lies elsewhere; the more so of what covers the ground, of which it takes so many cells to be
#: enough: snow is not to cover all for the sake of one part.
_ELSEWHERE: Final = 1.0
_GROUND_ELSEWHERE: Final = 2.0
_COVERS_GROUND: Final = 200
#: Where it lies as well as this, one place is as good as another: seeds choose.
_WELL: Final = 0.5
#: In a part as small as this many times what is enough of a thing, less of it is enough.
_FILLED: Final = 2.0
#: Where parts lie is told by squares of so many cells, and in so many steps: of a larger picture it is the same.
_FIELD: Final = 4
_STEPS: Final = 8

Bytes = NDArray[np.uint8]
Float = NDArray[np.float32]

_INDEX: Final = {m.name: i for i, m in enumerate(MATERIALS)}
_TOLD_AS: Final = {name: TOPICS.names.index(name) for name in SEEN_AS}

_TINTS: Final = [
    TOPICS.names.index(n) for n in ("sky_tint_x", "sky_tint_y", "ground_tint_x", "ground_tint_y", "blossom")
]


class Wish(NamedTuple):
    """What a part of the page is to show. things: of SEEN_AS, each with how surely it is asked for. lies: of each field
    [CELLS / _FIELD, WIDE / _FIELD] as much as it has, in _STEPS, as bytes."""

    things: tuple[tuple[str, float], ...]
    lies: bytes

    @classmethod
    def of(cls, asked: Conditions, share: Float) -> Wish:
        """asked: by the part's own words. share: what it has of a picture, [height, width]."""
        said = _said(asked.presence)
        things = {name: float(said[i]) for name, i in _TOLD_AS.items() if asked.values[i] > ENOUGH / 2 and said[i]}
        cells = _cells_across(share.shape[1], share.shape[0])
        fields = np.zeros((CELLS // _FIELD, WIDE // _FIELD), np.uint8)
        left, across = (WIDE - cells) // 2 // _FIELD, cells // _FIELD
        fitted = Image.fromarray(share).resize((across, len(fields)), Image.Resampling.BOX)
        fields[:, left : left + across] = np.round(_STEPS * np.asarray(fitted))
        return cls(tuple(things.items()), fields.tobytes())

    @property
    def share(self) -> Float:
        """Of each field."""
        lies = np.frombuffer(self.lies, np.uint8).reshape(CELLS // _FIELD, WIDE // _FIELD)
        return np.divide(lies, _STEPS, dtype=np.float32)

    @property
    def weights(self) -> list[float]:
        """Of its things: none where it lies nowhere."""
        most = float(self.share.max())
        return [surely * most for _, surely in self.things]


class LaidOut(NamedTuple):
    """rgb: [height, width, 3], read-only: the materials' colours. shown: of each part of the page, how well its things
    are seen there, 0 to 1."""

    rgb: Bytes
    shown: tuple[float, ...]


class Compositions:
    """Layouts to choose from."""

    def __init__(self, labels: Bytes, attributes: Float) -> None:
        """labels: [N, CELLS, WIDE], indices of MATERIALS; attributes: [N, len(TOLD)]."""
        self.labels = np.concatenate([labels, labels[..., ::-1]])
        self.attributes = attributes = np.concatenate([attributes, attributes])
        where = [TOPICS.names.index(name) for name in TOLD]
        self._lands, self._others = np.array(where[: len(BIOMES)]), np.array(where[len(BIOMES) :])
        self._weights = np.array(list(_WEIGHTS.values()), np.float32)
        self._seldom = attributes[:, [TOLD.index(name) for name in _SELDOM]].sum(1)
        hidden = list(_hidden(attributes))
        self._things, self._settled = (np.array([pair[k] for pair, _ in hidden]) for k in (0, 1))
        self._hidden = np.stack([against for _, against in hidden])
        self._laid_out = lru_cache(maxsize=16)(self._lay_out)
        self._fields = cache(self._count)
        self._above = cache(lambda: moon.room(self.labels[..., _SQUARE]))
        self._seen = lru_cache(maxsize=32)(self._see)

    @classmethod
    def load(cls, path: Path) -> Compositions:
        """Raises SettingsError when the file is missing or damaged."""
        if not path.exists():
            raise SettingsError("weights.missing", "the layouts are not there", value=str(path))
        try:
            with path.open("rb") as file, np.load(file) as stored:
                if tuple(stored["told"].tolist()) != TOLD:
                    raise ValueError(f"layouts are told by {stored['told'].tolist()}")
                return cls(stored["labels"], stored["attributes"].astype(np.float32) / 100)
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise SettingsError(
                "weights.damaged", "the layouts cannot be read", value=f"{path}: {error}", fix="Install lightbrush anew"
            ) from error

    def choose(
        self,
        asked: Conditions,
        seeds: flow.Shares,
        wishes: Sequence[Wish] = (),
        cells: int = WIDE,
        moonlit: bool = False,
    ) -> list[tuple[int, float]]:
        """Indices of layouts, and how much of each is seen, 1 in all. asked: with what is usual; seeds: what the noise
        is made of; wishes: of parts of the page; cells: how many of the middle it shows; moonlit: with room for the
        moon."""
        wished = max((weight for wish in wishes for weight in wish.weights), default=0.0)
        spread = SPREAD * (1 + (_FREER - 1) * wished)
        scores = self._scores(asked, wishes, cells)
        if moonlit:
            scores -= _NO_ROOM * ~moon.has_room(self._above())
        scores /= spread
        of_seeds = sum(share**2 for _, share in seeds)
        chosen: dict[int, float] = {}
        for seed, share in seeds:
            drawn = scores + _gumbel(seed, len(scores))
            first, second = np.argsort(-drawn)[:2].tolist()
            other = 0.5 * max(0.0, 1 - float(drawn[first] - drawn[second]) / _PASSES)
            for i, part in ((first, 1 - other), (second, other)):
                if part:
                    chosen[i] = chosen.get(i, 0.0) + part * share**2 / of_seeds
        return list(chosen.items())

    def lay_out(
        self,
        asked: Conditions,
        seeds: flow.Shares,
        width: int,
        height: int,
        wishes: Sequence[Wish] = (),
        moonlit: bool = False,
    ) -> LaidOut:
        """As asked tints it, with the moon where it is moonlit. The newest are remembered."""
        said = asked.values.tobytes(), asked.presence.tobytes()
        return self._laid_out(*said, seeds, width, height, tuple(wishes), moonlit)

    def sketch(
        self,
        asked: Conditions,
        seeds: flow.Shares,
        width: int,
        height: int,
        wishes: Sequence[Wish] = (),
        moonlit: bool = False,
    ) -> Bytes:
        """[SKETCH_HEIGHT, wide, 3]: the layout that is seen most of by a page of this shape, each material in one flat
        colour, as asked tints them. As wide as the widest picture, of which another one is the middle."""
        chosen = self.choose(asked, seeds, wishes, _cells_across(width, height), moonlit)
        most, _ = max(chosen, key=lambda chosen: chosen[1])
        return as_drawn(self._layout(most, moonlit), _palette(asked))

    def _layout(self, i: int, moonlit: bool) -> Bytes:
        if not moonlit:
            return np.asarray(self.labels[i])
        return moon.hung(self.labels[i], self._above()[i], _SQUARE.start, i)

    def _lay_out(
        self,
        values: bytes,
        presence: bytes,
        seeds: flow.Shares,
        width: int,
        height: int,
        wishes: tuple[Wish, ...],
        moonlit: bool,
    ) -> LaidOut:
        asked = Conditions(np.frombuffer(values, np.float32), np.frombuffer(presence, np.float32))
        palette = _palette(asked)
        cells = _cells_across(width, height)
        left = (WIDE - cells) // 2
        chosen = self.choose(asked, seeds, wishes, cells, moonlit)
        parts = [
            np.float32(share) * painted(self._layout(i, moonlit)[:, left : left + cells], palette, width, height)
            for i, share in chosen
        ]
        rgb = np.round(sum(parts, np.zeros((height, width, 3), np.float32))).astype(np.uint8)
        rgb.setflags(write=False)
        shown = tuple(sum(share * self._shows(i, wish, cells) for i, share in chosen) for wish in wishes)
        return LaidOut(rgb, shown)

    def _shows(self, i: int, wish: Wish, cells: int) -> float:
        """How well a layout has a part's things there, 0 to 1: the one that is seen least."""
        if not wish.things:
            return 0.0
        return min(1.0, *(float(self._seen(name, wish, cells)[0][i]) / _WELL for name, _ in wish.things))

    def _scores(self, asked: Conditions, wishes: Sequence[Wish], cells: int) -> Float:
        values, presence, told = asked.values, asked.presence.copy(), self.attributes
        said = _said(presence)
        scores = np.zeros(len(told), np.float32)
        for wish in wishes:
            for (name, _), weight in zip(wish.things, wish.weights, strict=True):
                i = _TOLD_AS[name]
                filled, outside = self._seen(name, wish, cells)
                against = _GROUND_ELSEWHERE if SEEN_AS[name][1] >= _COVERS_GROUND else _ELSEWHERE
                scores += WISHED * weight * np.minimum(_WELL, filled - against * (1 - said[i]) * outside)
                presence[i] *= 1 - weight * (1 - said[i])
        wanted, there = values[self._others], told[:, len(BIOMES) :]
        short, much = np.minimum(wanted, ENOUGH) - there, there - np.maximum(wanted, LITTLE)
        lacks = np.where(wanted > 0, short, much).clip(0)
        scores -= np.square(lacks) @ (self._weights * (presence * (1 + _SAID * said))[self._others])
        land = presence[self._lands[0]]
        scores -= _LAND * land * (1 - told[:, : len(BIOMES)] @ values[self._lands])
        scores -= _UNASKED * (1 - land) * self._seldom
        scores -= (said[self._things] * (1 - said[self._settled])) @ self._hidden
        return np.asarray(scores, np.float32)

    def _see(self, name: str, wish: Wish, cells: int) -> tuple[Float, Float]:
        """Of a thing in all layouts: how much there is of it where it is wished for, of what is enough, and which share
        of it lies elsewhere on the page; [N] each."""
        material, enough = SEEN_AS[name]
        lies, page = wish.share, np.zeros((CELLS // _FIELD, WIDE // _FIELD), np.float32)
        left = (WIDE - cells) // 2 // _FIELD
        page[:, left : left + cells // _FIELD] = 1
        masks = np.stack([lies, page, lies[:, ::-1], page[:, ::-1]], -1).reshape(-1, 4)
        inside, there = (self._fields(material).astype(np.float32) @ masks).reshape(-1, 2, 2).transpose(2, 1, 0)
        least = max(1.0, min(enough, float(lies.sum()) * _FIELD**2 / _FILLED))
        filled, outside = np.minimum(1, inside / least), (there - inside) / np.maximum(there, 1)
        return np.asarray(filled.ravel(), np.float32), np.asarray(outside.ravel(), np.float32)

    def _count(self, material: str) -> Bytes:
        """How many cells of each field are of it, in each layout that is not mirrored: [N / 2, fields]."""
        labels = self.labels[: len(self.labels) // 2]
        there = (labels == _INDEX[material]).reshape(-1, CELLS // _FIELD, _FIELD, WIDE // _FIELD, _FIELD)
        return np.asarray(there.sum((2, 4), np.uint8).reshape(len(labels), -1))


def _hidden(attributes: Float) -> Iterator[tuple[tuple[int, int], Float]]:
    """-> pairs of a thing and of what nobody has to have said (indices of TOPICS), and how much in layouts
    [N, len(TOLD)] is then against it that one sees the thing there, [N]."""
    for name, bounds in scene.SHOWN.items():
        for slot, (low, high) in bounds.items():
            told = attributes[:, TOLD.index(NAMES[slot])]
            against = np.square((low - told).clip(0) + (told - high).clip(0))
            yield (TOPICS.names.index(name), int(slot)), against
    for name, lands in scene.HOMES.items():
        at_home = attributes[:, [TOLD.index(land) for land in lands]].sum(1)
        yield (TOPICS.names.index(name), TOPICS.names.index(BIOMES[0])), _FROM_HOME * (1 - at_home)


def _said(presence: Float) -> Float:
    """How much more surely than what is usual."""
    return np.asarray((presence - _USUAL_AT_MOST).clip(0) / (1 - _USUAL_AT_MOST), np.float32)


def _cells_across(width: int, height: int) -> int:
    """Of the cells in a row, those in the middle that a page of this shape shows."""
    return min(WIDE, round(CELLS * width / height))


def _palette(asked: Conditions) -> Float:
    return scene.drawing_palette((asked.values * asked.presence)[_TINTS])


def painted(label: Bytes, palette: Float, width: int, height: int) -> Float:
    """Labels [h, w] in their colours, palette [L, 3] in [0, 1], with rounded borders between cells:
    [height, width, 3], 0 to 255."""
    small = (width // 2, height // 2)
    there = np.unique(label)
    shares = [
        np.asarray(Image.fromarray((label == i).astype(np.float32)).resize(small, Image.Resampling.BILINEAR))
        for i in there
    ]
    flat = (255 * palette[there])[np.stack(shares).argmax(0)]
    planes = (Image.fromarray(flat[..., c]).resize((width, height), Image.Resampling.BILINEAR) for c in range(3))
    return np.stack([np.asarray(plane) for plane in planes], 2)


def as_drawn(label: Bytes, palette: Float) -> Bytes:
    """Labels [CELLS, w] as a hand might have drawn them, palette [L, 3] in [0, 1]: flat colours and round contours,
    [SKETCH_HEIGHT, width, 3]."""
    # 16 : 9 is a little wider than all cells.
    label = np.pad(label, ((0, 0), (1, 1)), "edge")
    cell_px = SKETCH_HEIGHT // CELLS
    size = (cell_px * label.shape[1], SKETCH_HEIGHT)
    most, which = np.zeros((2, *size[::-1]), np.uint8)
    for i in np.unique(label):
        there = Image.fromarray(np.where(label == i, np.uint8(255), np.uint8(0)))
        spread = there.resize(size, Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(_ROUND * cell_px))
        share = np.asarray(spread)
        which[share > most] = i
        most = np.maximum(most, share)
    return np.asarray(np.round(255 * palette)[which], np.uint8)


def covers_of(drawn: float) -> float:
    """How much is seen of what is laid out, 0 to 1, where so much of the page is drawn."""
    begins, ends = FADES
    return min(1.0, max(0.0, (ends - drawn) / (ends - begins)))


def beneath(sketch: Bytes, laid_out: Bytes, covers: float | Float) -> Bytes:
    """A sketch [H, W, 4] over what is laid out [H, W, 3], of which so much is seen, everywhere or [H, W]: above 0."""
    over = sketch[..., 3:].astype(np.float32) / 255
    under = np.float32(covers) * (1 - over) if isinstance(covers, float) else covers[..., None] * (1 - over)
    alpha = over + under
    made = np.empty_like(sketch)
    made[..., :3] = (sketch[..., :3] * over + laid_out * under) / alpha + 0.5
    made[..., 3:] = 255 * alpha + 0.5
    return made


def save(path: Path, labels: Bytes, attributes: Float) -> None:
    """The file that `Compositions.load` reads. attributes: in [-1, 1], kept to a hundredth."""
    labels = np.where(np.isin(labels, [_INDEX[name] for name in OF_THE_SKY]), np.uint8(_INDEX["sky"]), labels)
    told = np.round(100 * attributes).astype(np.int8)
    np.savez_compressed(path, labels=labels, attributes=told, told=np.array(TOLD))


@lru_cache(maxsize=8)
def _gumbel(seed: int, count: int) -> Float:
    """By the seed, [count]; other numbers than its noise is made of."""
    generator = np.random.Generator(np.random.Philox(key=seed, counter=[0, 2, 0, 0]))
    return generator.gumbel(size=count).astype(np.float32)
