"""English captions of scenes: what a person might type, saying only some of what is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lightbrush.world.attributes import BIOMES, NAMES, STYLES
from lightbrush.world.lexicon import (
    GROUND_NOUNS,
    HELD_OUT_PLACES,
    HUES,
    PLACES,
    SENSES,
    SKY_NOUNS,
    Role,
    Sense,
)

Bools = NDArray[np.bool_]
Rng = np.random.Generator
T = TypeVar("T")

HELD_OUT_WORDS: dict[str, tuple[str, ...]] = {
    **HELD_OUT_PLACES,
    **{
        name: tuple(words for sense in SENSES if sense.attribute == name for _, words in sense.held)
        for name in dict.fromkeys(sense.attribute for sense in SENSES)
    },
    "tint": tuple(word for _, _, held in HUES for word in held),
}

SAYS_TINT = 0.3  # least saturation worth a word
SAYS_BIOME = 0.65  # least share that a biome is named alone
SAYS_PHOTO = 0.35  # how likely a word is said of a photograph, next to other styles

# Nobody says that these are not there, unless it is worth a word.
RARELY_MISSED = frozenset(
    "rain snowfall aurora rainbow blossom castle boats bridge balloons birds boulders road palms cacti".split()  # noqa: SIM905
)

_LENGTHS = (0.13, 0.28, 0.28, 0.17, 0.09, 0.03, 0.02)  # chances of 1, 2, ... features
_NEUTRAL_PLACES = ("a landscape", "a view", "scenery", "a scene", "the land")
_OPENINGS = ("a picture of ", "a view of ", "an image of ", "picture: ", "a scene of ", "a beautiful view of ")


@dataclass(frozen=True)
class Caption:
    """text: one phrase or sentence. mentioned: bool [A], the attributes whose values the text tells."""

    text: str
    mentioned: Bools


@dataclass(frozen=True)
class _Said:
    role: Role
    words: str
    attributes: tuple[str, ...]


def caption(attributes_row: NDArray[np.float32], rng: Rng, *, held_out: bool = False) -> Caption:
    """A caption of a scene with attributes [A], naming 1 to 7 of its notable features.

    With `held_out`, words from HELD_OUT_WORDS replace the usual ones wherever there are any; else they never
    occur.
    """
    row = np.asarray(attributes_row, np.float64)
    if row.shape != (len(NAMES),):
        raise ValueError(f"world: a caption needs one row of {len(NAMES)} attributes, got shape {list(row.shape)}")
    value = dict(zip(NAMES, row.tolist(), strict=True))
    said = _choose(value, rng, held_out)
    mentioned = np.zeros(len(NAMES), np.bool_)
    for one in said:
        for name in one.attributes:
            mentioned[NAMES.index(name)] = True
    return Caption(_compose(said, rng), mentioned)


def _pick(options: Sequence[T], rng: Rng) -> T:
    return options[int(rng.integers(len(options)))]


def _holds(sense: Sense, value: dict[str, float]) -> bool:
    if not sense.low <= value[sense.attribute] <= sense.high:
        return False
    return sense.also is None or sense.also[1] <= value[sense.also[0]] <= sense.also[2]


def _choose(value: dict[str, float], rng: Rng, held_out: bool) -> list[_Said]:
    """A few features, each attribute said once: the more unusual a value, the more likely it is said."""
    wanted = 1 + int(rng.choice(len(_LENGTHS), p=_LENGTHS))
    weighted: list[tuple[float, _Said]] = []
    place = _place(value, rng, held_out)
    if place is not None:
        weighted.append((2.6, place))
    for sense in SENSES:
        if _holds(sense, value):
            weighted.append((_weight(sense.attribute, value), _say(sense, rng, held_out)))
    for part, nouns in (("sky_tint", SKY_NOUNS), ("ground_tint", GROUND_NOUNS)):
        tint = _tint(part, nouns, value, rng, held_out)
        if tint is not None:
            weighted.append((2.2, tint))
    chosen: list[_Said] = []
    taken: set[str] = set()
    while weighted and len(chosen) < wanted:
        weights = np.array([w for w, _ in weighted])
        k = int(rng.choice(len(weighted), p=weights / weights.sum()))
        _, one = weighted.pop(k)
        alone = one.role in ("place", "time") and any(other.role == one.role for other in chosen)
        if not alone and not taken.intersection(one.attributes):
            chosen.append(one)
            taken.update(one.attributes)
    return chosen or [_Said("place", "a landscape", ())]


def _weight(attribute: str, value: dict[str, float]) -> float:
    if attribute == "sun_height":
        return 1.6
    if attribute in STYLES:
        return SAYS_PHOTO if attribute == "photo" else 2.2
    if attribute in RARELY_MISSED and value[attribute] < 0.0:
        return 0.15
    return 0.25 + abs(value[attribute])


def _place(value: dict[str, float], rng: Rng, held_out: bool) -> _Said | None:
    book = HELD_OUT_PLACES if held_out else PLACES
    ranked = sorted(BIOMES, key=lambda name: -value[name])
    if value[ranked[0]] >= SAYS_BIOME:
        return _Said("place", _pick(book[ranked[0]], rng), BIOMES)
    if value[ranked[0]] + value[ranked[1]] >= 0.9:
        a, b = _pick(book[ranked[0]], rng), _pick(book[ranked[1]], rng)
        joint = _pick((" between {b}", " meeting {b}", " and {b}", " beside {b}", " mixed with {b}"), rng)
        return _Said("place", a + joint.format(b=b), BIOMES)
    return None


def _say(sense: Sense, rng: Rng, held_out: bool) -> _Said:
    about = STYLES if sense.attribute in STYLES else (sense.attribute,)
    role, words = _pick(sense.held if held_out and sense.held else sense.usual, rng)
    return _Said(role, words, about if sense.also is None else (*about, sense.also[0]))


def _tint(part: str, nouns: tuple[str, ...], value: dict[str, float], rng: Rng, held_out: bool) -> _Said | None:
    x, y = value[f"{part}_x"], value[f"{part}_y"]
    saturation = float(np.hypot(x, y))
    if saturation < SAYS_TINT:
        return None
    angle = float(np.degrees(np.arctan2(y, x))) % 360.0
    _, names, held = min(HUES, key=lambda hue: abs((hue[0] - angle + 180.0) % 360.0 - 180.0))
    hue = _pick(held if held_out else names, rng)
    strength = ""
    if rng.random() < 0.4:
        strength = "vivid " if saturation > 0.75 else ("pale " if saturation < 0.5 else "")
    noun = _pick(nouns, rng)
    article = "a " if noun in ("sky", "field") else ""
    if article and (strength + hue)[0] in "aeio":
        article = "an "
    return _Said("with", f"{article}{strength}{hue} {noun}", (f"{part}_x", f"{part}_y"))


def _compose(said: list[_Said], rng: Rng) -> str:
    frames = [one.words for one in said if one.role == "frame"]
    rest = [one for one in said if one.role != "frame"]
    text = _phrase(rest, rng, opened=bool(frames)) if rest else ""
    rng.shuffle(frames)
    for frame in frames:
        text = _framed(frame, text or _pick(_NEUTRAL_PLACES, rng))
    if rng.random() < 0.15:
        text = _bare(text)
    if rng.random() < 0.25:
        text = text[0].upper() + text[1:] + "."
    return text


def _phrase(said: list[_Said], rng: Rng, opened: bool) -> str:
    """Place, time, adjectives and withs in one of four orders. opened: something will stand before it."""
    place = next((one.words for one in said if one.role == "place"), "")
    time = next((one.words for one in said if one.role == "time"), "")
    adjectives = [one.words for one in said if one.role == "adjective"]
    withs = [one.words for one in said if one.role == "with"]
    if not place and not withs and len(said) == 1 and rng.random() < 0.35:
        return said[0].words  # a word alone: "foggy", "at dusk"
    if adjectives:
        place = _qualified(", ".join(adjectives), place or _pick(_NEUTRAL_PLACES, rng))
    if not place and not withs:
        place = _pick(_NEUTRAL_PLACES, rng)
    form = int(rng.integers(4))
    if form == 0:  # comma separated, in any order, as people type
        parts = [part for part in (place, *withs, time) if part]
        rng.shuffle(parts)
        return ", ".join(parts)
    head = place or withs.pop(0)
    if place and not opened and not place.startswith(("a view", "a scene")) and rng.random() < 0.25:
        head = _pick(_OPENINGS, rng) + head
    if form == 1 and time:
        head = f"{head} {time}"
        time = ""
    under = [w for w in withs if w.endswith(("sky", "skies", "heavens"))]
    rest = [w for w in withs if w not in under]
    text = head
    if under and rng.random() < 0.7:
        text += f" under {under[0]}"
        rest += under[1:]
    else:
        rest += under
    if rest:
        joint = ", " if form == 3 else _pick((" with ", " with ", " and "), rng)
        text += joint + (", ".join(rest[:-1]) + " and " + rest[-1] if len(rest) > 1 else rest[0])
    if time:
        text += f" {time}" if form != 3 else f", {time}"
    return text


def _framed(frame: str, text: str) -> str:
    """A text in the place of {}; without its article where the frame ends in an adjective ("pixel art jungle")."""
    before = frame.partition("{}")[0]
    takes_article = not before or before.endswith((" of ", " showing ", " on ", ": ", ", "))
    return frame.replace("{}", text if takes_article else _bare(text))


def _bare(text: str) -> str:
    for article in ("a ", "an ", "the "):
        if text.startswith(article):
            return text.removeprefix(article)
    return text


def _qualified(adjectives: str, place: str) -> str:
    """Adjectives after the article of a place."""
    bare = _bare(place)
    article = place.removesuffix(bare).strip()
    if article in ("a", "an"):
        article = "an" if adjectives[0] in "aeiou" else "a"
    return f"{article} {adjectives} {bare}".strip()
