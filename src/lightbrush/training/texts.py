"""What texts say: everything that the prompt reader learns from, and what is held back to measure it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lightbrush.engines.conditioning import TOPICS
from lightbrush.nn.sentence import load_vocabulary
from lightbrush.training import vocabulary as words
from lightbrush.training.vocabulary import Said
from lightbrush.training.wording import free_wording, requests
from lightbrush.world.attributes import ATTRIBUTES, BIOMES, STYLES
from lightbrush.world.captions import HELD_OUT_WORDS, Caption, caption
from lightbrush.world.lexicon import HELD_OUT_PLACES, HUES, PLACES, SENSES, Sense

#: A dictionary word with no taught phrase as near as this (cosine) says nothing.
FAR: Final = 0.38

_HINTS: Final = {name: re.compile(rf"\b({pattern})\b") for name, pattern in words.HINTS.items()}

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Rng = np.random.Generator


@dataclass(frozen=True)
class Example:
    """A text, what it says, and the topics near to that: it says little of them, if anything."""

    text: str
    said: Said
    unclear: frozenset[int] = field(default_factory=frozenset)


@cache
def topic(name: str) -> int:
    return TOPICS.of_attribute[TOPICS.names.index(name)]


def unclear(said: Said) -> frozenset[int]:
    """Topics near to what is said."""
    near = {n for name in said for n in words.NEIGHBOURS.get(name, ())}
    for a, b in words.NEAR:
        near |= {b} if a in said else set()
        near |= {a} if b in said else set()
    return frozenset(map(topic, near)) - frozenset(map(topic, said))


def hinted(text: str, said: Said) -> frozenset[int]:
    """Topics that a word of the text may speak of, though the text is about others."""
    lower = text.lower()
    found = [name for name, pattern in _HINTS.items() if pattern.search(lower)]
    return frozenset(map(topic, found)) - frozenset(map(topic, said))


def phrases(table: Iterable[tuple[str, Said]]) -> list[Example]:
    return [
        Example(text, said, unclear(said) | hinted(text, said)) for texts, said in table for text in texts.split("|")
    ]


def colours() -> list[Example]:
    found = []
    for name, (hue, saturation) in words.COLOURS.items():
        x, y = (saturation * f(math.radians(hue)) for f in (math.cos, math.sin))
        for pattern in words.SKY_PATTERNS.split("|"):
            said = {"sky_tint_x": x, "sky_tint_y": y}
            found.append(Example(pattern.format(name), said, unclear(said)))
        for pattern in words.GROUND_PATTERNS.split("|"):
            said = {"ground_tint_x": x, "ground_tint_y": y}
            found.append(Example(pattern.format(name), said, frozenset({0, topic("flowers")})))
    return found


def negations() -> list[Example]:
    table = [
        ("|".join(n.format(text) for text in texts.split("|") for n in words.NEGATIONS.split("|")), said)
        for texts, said in words.NEGATED
    ]
    return phrases(table)


def labels() -> list[Example]:
    """The words that the world itself gives to biomes and to the poles of numbers."""
    return phrases(
        (text, {a.name: 1.0 if a.group in ("biome", "style") else 0.9 * pole})
        for a in ATTRIBUTES
        if a.group != "tint"
        for text, pole in zip(a.words, (-1.0, 1.0), strict=True)
        if text
    )


def joined(parts: Sequence[Example], rng: Rng) -> Example | None:
    """One text that says what all parts say, or None if they disagree."""
    said: Said = {}
    topics: set[int] = set()
    for part in parts:
        mine = {topic(name) for name in part.said}
        if mine & topics:
            return None
        topics |= mine
        said |= part.said
    joints = words.JOINTS.split("|")
    text = parts[0].text + "".join(rng.choice(joints) + part.text for part in parts[1:])
    return Example(text, said, frozenset().union(*(p.unclear for p in parts)) - topics)


def compositions(known: Sequence[Example], count: int, rng: Rng) -> list[Example]:
    """Texts of two to four phrases; every topic is as likely as another, however many words it has."""
    by_said: dict[str, list[Example]] = {}
    for one in known:
        by_said.setdefault(" ".join(sorted(one.said)), []).append(one)
    kinds = list(by_said.values())
    found: list[Example] = []
    while len(found) < count:
        size = rng.choice([2, 3, 4], p=[0.5, 0.35, 0.15])
        picked = [kinds[k] for k in rng.choice(len(kinds), size, replace=False)]
        example = joined([kind[rng.integers(len(kind))] for kind in picked], rng)
        if example is not None:
            found.append(example)
    return found


def framed(known: Sequence[Example], count: int, rng: Rng) -> list[Example]:
    frames = words.FRAMES.split("|")
    picked = [known[k] for k in rng.integers(len(known), size=count)]
    return [Example(rng.choice(frames).format(e.text), e.said, e.unclear) for e in picked]


def silent(known: Sequence[Example], count: int, encode: Encode, rng: Rng) -> list[Example]:
    """Texts of which nothing follows: everyday ones, random letters, and dictionary words far from every
    phrase."""
    texts = list(words.SILENT.split("|"))
    letters = list("abcdefghijklmnopqrstuvwxyz     ")
    texts += ["".join(rng.choice(letters, rng.integers(1, 12))) for _ in range(count // 10)]
    dictionary = sorted(w for w in load_vocabulary() if re.fullmatch("[a-z]{4,}", w))
    plain = [str(w) for w in rng.choice(dictionary, count, replace=False)]
    nearest = (encode(plain) @ encode([e.text for e in known]).T).max(1)
    far = [w for w, cosine in zip(plain, nearest, strict=True) if cosine < FAR]
    around = ("a portrait of a {}", "{}", "the {} and the {}", "{} {}", "a photo of a {}", "how to {} a {}")
    texts += far
    for _ in range(count // 2):
        texts.append(str(rng.choice(around)).format(*rng.choice(far, 2)))
    return [Example(text, {}) for text in texts]


def framed_by_sense(known: Sequence[Example], count: int, rng: Rng) -> list[Example]:
    """Phrases with a style or a viewpoint around them: "a watercolour of ..."."""
    frames = [
        (text, {s.attribute: 1.0 if s.attribute in STYLES else math.copysign(0.85, s.low + s.high)})
        for s in SENSES
        for role, text in s.usual
        if role == "frame"
    ]
    found = []
    for k in rng.integers(len(known), size=count):
        text, said = frames[rng.integers(len(frames))]
        inner = known[k]
        if not set(map(topic, said)) & set(map(topic, inner.said)):
            both = said | inner.said
            found.append(
                Example(text.replace("{}", inner.text), both, (inner.unclear | unclear(said)) - set(map(topic, both)))
            )
    return found


def captions(seed: int, count: int, held_out: bool = False) -> list[Example]:
    """What the world would say of anything, with the values that it has."""
    rng = np.random.default_rng(seed)
    return [told(row, caption(row, rng, held_out=held_out)) for row in requests(seed, count)]


def free_wordings(seed: int, count: int) -> list[Example]:
    """The same in the words of the vocabulary."""
    rng = np.random.default_rng(seed)
    return [told(row, free_wording(row, rng)) for row in requests(seed, count)]


def told(row: NDArray[np.float32], text: Caption) -> Example:
    named = {TOPICS.names[i]: float(row[i]) for i in np.flatnonzero(text.mentioned)}
    said = {name: value for name, value in named.items() if value > 0 or name not in (*BIOMES, *STYLES)}
    return Example(text.text, said, unclear(said) | hinted(text.text, said))


def examples(encode: Encode, seed: int, count: int) -> list[Example]:
    """Everything to learn from. No text holds a held-out phrase."""
    rng = np.random.default_rng(seed)
    known, tinted = _known(), without_held_out(colours())
    everyday = [Example(text, {}) for text in words.SILENT.split("|")]
    found = 4 * known + 24 * everyday + tinted  # clauses are mostly short
    found += framed([*known, *tinted], count // 6, rng)
    found += framed_by_sense([*known, *tinted], count // 6, rng)
    found += compositions([*known, *tinted], count // 6, rng)
    found += captions(seed, count // 3)
    found += free_wordings(seed + 1, count // 6)
    found += silent([*known, *tinted], count // 2, encode, rng)
    return without_held_out(found)


def taught() -> list[Example]:
    """Every phrase that says one thing, or a few that go together. None is held out."""
    return [*_known(), *without_held_out(colours())]


def _known() -> list[Example]:
    return without_held_out([*phrases((*words.PHRASES, *words.listed())), *labels(), *negations(), *senses()])


def senses() -> list[Example]:
    """What the world says of one thing alone."""
    found = phrases(("|".join(texts), {name: 1.0}) for name, texts in PLACES.items())
    for sense in SENSES:
        said = {name: (low + high) / 2 for name, low, high in sense_ranges(sense)}
        found += [Example(core(text), said, unclear(said)) for _, text in sense.usual]
    return found


def sense_ranges(sense: Sense) -> list[tuple[str, float, float]]:
    return [(sense.attribute, sense.low, sense.high), *([sense.also] if sense.also else [])]


SMALL: Final = frozenset("a an the in at as on of by under with beneath showing shot".split())  # noqa: SIM905


def core(text: str) -> str:
    """A phrase without the words around it that say nothing: "an aquarelle of {}" is "aquarelle"."""
    found = text.replace("{}", "").strip(" ,:").split()
    while found and found[0].lower() in SMALL:
        found.pop(0)
    while found and found[-1].lower() in SMALL:
        found.pop()
    return " ".join(found)


def stems(text: str) -> str:
    """Words without their usual endings, between spaces: what makes "vineyard" and "vineyards" the same."""
    return (
        " "
        + " ".join(re.sub(r"(?<=\w{3})(ies|es|s|ed|ing|e|y)$", "", w) for w in re.findall(r"\w+", text.lower()))
        + " "
    )


def without_held_out(known: Iterable[Example]) -> list[Example]:
    """Those that hold no held-out phrase, in no usual inflection."""
    held = [text for texts, _ in words.HELD_OUT for text in texts.split("|")]
    held += [text for texts in HELD_OUT_WORDS.values() for text in texts]
    pattern = re.compile("|".join(re.escape(stems(core(text))) for text in held))
    return [e for e in known if not pattern.search(stems(e.text))]


def held_out_words() -> list[Example]:
    """Ours and the world's: phrases that no text to learn from holds."""
    found = [*phrases(words.HELD_OUT), *phrases(("|".join(ws), {n: 1.0}) for n, ws in HELD_OUT_PLACES.items())]
    for sense in SENSES:
        said = {name: (low + high) / 2 for name, low, high in sense_ranges(sense)}
        found += [Example(core(text), said, unclear(said)) for _, text in sense.held]
    for hue, _, held in HUES:
        x, y = (0.8 * f(math.radians(hue)) for f in (math.cos, math.sin))
        said = {"sky_tint_x": x, "sky_tint_y": y}
        found += [Example(f"{text} sky", said, unclear(said)) for text in held]
    return found
