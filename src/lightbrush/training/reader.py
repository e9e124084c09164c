"""The recipe of the prompt reader: python -m lightbrush.training.reader --out reader.safetensors

It teaches a small network what a sentence's vector says of a scene: for every attribute a value, for every
topic a confidence; and it keeps the phrases that were taught beside it, to be looked up. Some ten minutes on one core.
Seeds are fixed; the metrics are printed.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn

from lightbrush.engines.conditioning import TOPICS
from lightbrush.nn.reader import VERSION, PromptReader, attribute_header, clauses
from lightbrush.nn.sentence import SentenceEncoder, load_vocabulary
from lightbrush.training import vocabulary as words
from lightbrush.training.vocabulary import Said
from lightbrush.training.wording import free_wording, requests
from lightbrush.world.attributes import ATTRIBUTES, BIOMES, STYLES
from lightbrush.world.captions import HELD_OUT_WORDS, Caption, caption
from lightbrush.world.lexicon import HELD_OUT_PLACES, HUES, PLACES, SENSES, Sense
from lightbrush.world.scene import HELD_OUT_SEEDS

HIDDEN: Final = 768
#: Standard deviation of the noise added to vectors. Chosen by leaving taught words out, as was what the reader gives to
#: the phrases nearby.
NOISE: Final = 0.025
#: Dawn and night are near on the scale of hours and far apart in a picture: an hour must be read exactly.
HOUR: Final = 12.0
#: What is said and not heard is worse than what is heard and not said.
HEARD: Final = 4.5
#: How much a topic near to what is said counts as silent.
UNCLEAR: Final = 0.3
DROPOUT: Final = 0.4
#: A dictionary word with no taught phrase as near as this (cosine) says nothing.
FAR: Final = 0.38
#: Numbers that place a phrase among the others: the axes along which phrases vary most, each divided by the root of
#: how much.
AXES: Final = 128
#: How often an everyday text counts as nearby, beside phrases.
EVERYDAY: Final = 8
BATCH: Final = 512
EPOCHS: Final = 18
LEARNING_RATE: Final = 3e-3
WEIGHT_DECAY: Final = 0.3

_HINTS: Final = {name: re.compile(rf"\b({pattern})\b") for name, pattern in words.HINTS.items()}

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Rng = np.random.Generator


@dataclass(frozen=True)
class Example:
    """A text, what it says, and the topics near to that: it says little of them, if anything."""

    text: str
    said: Said
    unclear: frozenset[int] = field(default_factory=frozenset)


# 1. What texts say.


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


# 2. As arrays.


@dataclass(frozen=True)
class Batch:
    """vectors [N, 384]; values [N, A], where spoken [N, T] is 1; sure [N, T]: less where it is unclear."""

    vectors: Tensor
    values: Tensor
    spoken: Tensor
    sure: Tensor

    def __getitem__(self, rows: Tensor) -> Batch:
        return Batch(self.vectors[rows], self.values[rows], self.spoken[rows], self.sure[rows])


def as_arrays(found: Sequence[Example], encode: Encode) -> Batch:
    values = torch.zeros(len(found), len(TOPICS.names))
    spoken, sure = torch.zeros(len(found), TOPICS.count), torch.ones(len(found), TOPICS.count)
    for row, example in enumerate(found):
        for name, value in example.said.items():
            values[row, TOPICS.names.index(name)] = value
            spoken[row, topic(name)] = 1.0
        for index in example.unclear:
            sure[row, index] = UNCLEAR
    return Batch(torch.tensor(encode([e.text for e in found])), values, spoken, sure)


# 3. The network and its training.


class Network(nn.Module):
    """The network of `lightbrush.nn.reader.PromptReader`, before its last non-linearities."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(
            {
                "in": nn.Linear(width, HIDDEN),
                "mid": nn.Linear(HIDDEN, HIDDEN),
                "value": nn.Linear(HIDDEN, len(TOPICS.names)),
                "confidence": nn.Linear(HIDDEN, TOPICS.count),
            }
        )

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 384] -> values before softmax and tanh [N, A], confidences before the sigmoid [N, T]."""
        hidden = F.dropout(F.relu(self.layers["in"](vectors)), DROPOUT, self.training)
        hidden = F.dropout(F.relu(self.layers["mid"](hidden)), DROPOUT, self.training)
        return self.layers["value"](hidden), self.layers["confidence"](hidden)

    def weights(self) -> dict[str, NDArray[np.generic]]:
        return {
            name.removeprefix("layers."): value.detach().numpy().astype(np.float16)
            for name, value in self.state_dict().items()
        }


def loss(network: Network, batch: Batch) -> Tensor:
    values, confidence = network(batch.vectors)
    n = TOPICS.scalars_from
    about = batch.spoken[:, list(TOPICS.of_attribute)]  # [N, A]
    shares = torch.stack(
        [-(batch.values[:, a:b] * F.log_softmax(values[:, a:b], 1)).sum(1) for a, b in TOPICS.shares]
    )  # 0 where none of a group is named
    scalars = (torch.tanh(values[:, n:]) - batch.values[:, n:]).square() * about[:, n:]
    scalars[:, TOPICS.names.index("sun_height") - n] *= HOUR
    weight = batch.sure * (1.0 + (HEARD - 1.0) * batch.spoken)
    heard = F.binary_cross_entropy_with_logits(confidence, batch.spoken, weight=weight, reduction="none")
    return shares.sum(0).mean() + 4.0 * scalars.sum(1).mean() + heard.sum(1).mean()


def train(batch: Batch, seed: int, epochs: int = EPOCHS) -> Network:
    torch.set_num_threads(1)  # too small to share, and the same sums on every machine
    torch.manual_seed(seed)
    network = Network(batch.vectors.shape[1]).train()
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = epochs * (len(batch.vectors) // BATCH)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    rows = torch.randperm(len(batch.vectors))
    for step in range(steps):
        start = step * BATCH % (len(rows) - BATCH)
        if start < BATCH:
            rows = torch.randperm(len(rows))
        picked = batch[rows[start : start + BATCH]]
        noisy = F.normalize(picked.vectors + NOISE * torch.randn_like(picked.vectors), dim=1)
        optimiser.zero_grad()
        value = loss(network, Batch(noisy, picked.values, picked.spoken, picked.sure))
        value.backward()
        optimiser.step()
        scheduler.step()
    return network.eval()


# 4. The phrases to look up.


def lookup(encode: Encode, width: int = 384) -> dict[str, NDArray[np.generic]]:
    """The tensors of `lightbrush.nn.reader.Phrases`."""
    rows = sorted(
        [*taught(), *(EVERYDAY * [Example(text, {}) for text in words.SILENT.split("|")])],
        key=lambda e: (sorted(e.said.items()), e.text),
    )
    starts = [i for i, e in enumerate(rows) if i == 0 or e.said != rows[i - 1].said]
    kinds = as_arrays([rows[i] for i in starts], lambda texts: np.zeros((len(texts), width), np.float32))
    values = kinds.values.numpy()
    for begin, end in TOPICS.shares:
        values[:, begin:end] /= np.maximum(values[:, begin:end].sum(1, keepdims=True), 1e-9)
    vectors = encode([e.text for e in rows]).astype(np.float64)
    middle = vectors.mean(0)
    variances, axes = np.linalg.eigh(np.cov((vectors - middle).T))
    axes = (axes / np.maximum(variances, 1e-9) ** 0.25)[:, : -AXES - 1 : -1]
    placed = (vectors - middle) @ axes
    placed /= np.linalg.norm(placed, axis=1, keepdims=True)
    return {
        "near.middle": middle.astype(np.float16),
        "near.axes": np.ascontiguousarray(axes.T, np.float16),
        "near.phrases": np.rint(127 * placed).astype(np.int8),
        "near.starts": np.array(starts, np.int32),
        "near.values": values.astype(np.float16),
        "near.spoken": kinds.spoken.numpy().astype(np.uint8),
    }


# 5. How good it is.

#: Texts that a person would try first, and what must come out.
FIRST_TRIES: Final[tuple[tuple[str, Said], ...]] = (
    ("dawn over frozen peaks", {"sun_height": -0.1, "snow": 0.8, "alpine": 1}),
    ("sunset", {"sun_height": 0.0}),
    ("midnight", {"sun_height": -1.0}),
    ("misty morning", {"fog": 0.8, "sun_height": 0.35}),
    ("blizzard", {"snow": 0.9, "storm": 0.7}),
    ("Sahara", {"desert": 1}),
    ("tropical lagoon", {"islands": 1}),
    ("Grand Canyon", {"canyon": 1}),
    ("lava", {"volcanic": 1}),
    ("a cosy village in autumn", {"village": 0.8, "autumn": 0.8}),
    ("purple sky", {"sky_tint_x": 0.2, "sky_tint_y": -0.77}),
    ("red field", {"ground_tint_x": 0.8, "ground_tint_y": 0.0}),
    ("no clouds", {"clouds": -0.8}),
    ("not foggy", {"fog": -0.8}),
    ("snowy peaks at dusk", {"alpine": 1, "sun_height": -0.1}),
    ("fog", {"fog": 0.8}),
    ("stormy sea at night", {"storm": 0.8, "sun_height": -0.7, "waves": 0.8}),
    ("a calm lake in the forest", {"waves": -0.8, "forest": 1}),
    ("dusk", {"sun_height": -0.12}),
    ("dawn", {"sun_height": -0.12}),
    ("watercolour of a harbour with boats", {"watercolour": 1, "boats": 0.8}),
    ("castle on a hill at night under northern lights", {"castle": 0.8, "sun_height": -0.7, "aurora": 0.8}),
    ("heavy rain over the city", {"rain": 0.8, "city": 1}),
    ("pixel art jungle", {"pixel": 1, "jungle": 1}),
    ("bird's-eye view of farmland", {"view_height": 0.8, "farmland": 1}),
    ("rainbow over sea cliffs", {"rainbow": 0.8, "cliffs": 1}),
    ("hot-air balloons at sunrise", {"balloons": 0.8, "sun_height": 0.0}),
    ("cherry blossom", {"blossom": 0.8}),
    ("moon surface", {"alien": 1}),
    ("coral reef", {"underwater": 1}),
)


def right(values: NDArray[np.float32], name: str, wanted: Said) -> bool:
    """The strongest share is wanted (a mixture wants two); the hour is within 0.35; a tint's hue within 45 degrees; of
    other numbers the sign."""
    index = TOPICS.names.index(name)
    for begin, end in TOPICS.shares:
        if begin <= index < end:
            return wanted.get(TOPICS.names[begin + int(values[begin:end].argmax())], 0.0) >= 0.3
    if name == "sun_height":
        return bool(abs(values[index] - wanted[name]) < 0.35)
    if name.endswith(("_x", "_y")):
        x = index - name.endswith("_y")
        a, b = values[x : x + 2], np.array([wanted[TOPICS.names[x]], wanted[TOPICS.names[x + 1]]])
        return bool(a @ b > math.cos(math.pi / 4) * np.linalg.norm(a) * np.linalg.norm(b))
    return bool(values[index] * wanted[name] > 0)


def measure(reader: PromptReader, found: Sequence[Example], encode: Encode) -> dict[str, float]:
    """accuracy: share of the topics said whose value is right. heard: of those with a confidence above 0.5.

    heard_accuracy: accuracy of what is heard. auc: that a spoken topic is more confident than an unspoken
    one. false_alarms: share of unspoken topics that are heard.
    """
    spoken_scores: list[float] = []
    other_scores: list[float] = []
    rights: list[tuple[bool, bool]] = []  # right, heard
    for example in found:
        reading = reader.read(encode(clauses(example.text)))
        said = {topic(name): name for name in reversed(example.said)}  # one name stands for its topic
        rights += [
            (right(reading.values, n, example.said), bool(reading.confidence[TOPICS.names.index(n)] > 0.5))
            for n in said.values()
        ]
        by_topic = dict(zip(TOPICS.of_attribute, reading.confidence.tolist(), strict=True))
        spoken_scores += [by_topic[t] for t in said]
        other_scores += [c for t, c in by_topic.items() if t not in said and t not in example.unclear]
    spoken, others = np.array(spoken_scores), np.array(other_scores)
    measured = {"texts": float(len(found)), "false_alarms": float((others > 0.5).mean())}
    if len(spoken):
        measured |= {
            "accuracy": float(np.mean([r for r, _ in rights])),
            "heard": float(np.mean([h for _, h in rights])),
            "heard_accuracy": float(np.mean([r for r, h in rights if h])),
            "auc": area_under_curve(spoken, others),
        }
    return measured


def area_under_curve(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """The chance that a positive scores above a negative; a tie counts half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return float(below.mean() / (2 * len(negative)))


def show(reader: PromptReader, encode: Encode) -> str:
    lines = []
    for text, wanted in FIRST_TRIES:
        reading = reader.read(encode(clauses(text)))
        ok = all(right(reading.values, n, wanted) and reading.confidence[TOPICS.names.index(n)] > 0.5 for n in wanted)
        heard = {}
        for begin, end in TOPICS.shares:
            if reading.confidence[begin] > 0.1:
                best = begin + int(reading.values[begin:end].argmax())
                heard[TOPICS.names[best]] = (reading.values[best], reading.confidence[begin])
        for i in range(TOPICS.scalars_from, len(TOPICS.names)):
            if reading.confidence[i] > 0.1:
                heard[TOPICS.names[i]] = (reading.values[i], reading.confidence[i])
        said = ", ".join(f"{n} {v:+.2f} ({c:.2f})" for n, (v, c) in heard.items())
        lines.append(f"  {'ok   ' if ok else 'WRONG'} {text:28} {said}")
    return "\n".join(lines)


def report(reader: PromptReader, encode: Encode, count: int = 1000) -> dict[str, dict[str, float]]:
    """Metrics by set: captions of held-out scenes, the same in held-out words, the world's own label words,
    words never seen, and texts that say nothing (those were trained on)."""
    sets = {
        "captions": captions(HELD_OUT_SEEDS[0], count),
        "held_out_captions": captions(HELD_OUT_SEEDS[1], count, held_out=True),
        "labels": labels(),
        "held_out_words": held_out_words(),
        "silent": [Example(text, {}) for text in words.SILENT.split("|")],
    }
    return {name: measure(reader, found, encode) for name, found in sets.items()}


# 6. The command.


def save(path: Path, tensors: dict[str, NDArray[np.generic]]) -> None:
    save_file(tensors, path, {"version": VERSION, "attributes": attribute_header(TOPICS.names), "format": "np"})


def as_reader(tensors: dict[str, NDArray[np.generic]]) -> PromptReader:
    """As loaded from the file: rounded to half precision."""
    return PromptReader(TOPICS, {name: value.astype(np.float32) for name, value in tensors.items()})


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m lightbrush.training.reader", description="Train the reader.")
    parser.add_argument("--out", type=Path, required=True, help="where to write reader.safetensors")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--count", type=int, default=20_000, help="composed texts")
    parser.add_argument("--json", action="store_true", help="print the metrics as one JSON object")
    asked = parser.parse_args(arguments)

    encode = SentenceEncoder(cached_texts=200_000).encode_all
    found = examples(encode, asked.seed, asked.count)
    network = train(as_arrays(found, encode), asked.seed)
    tensors = network.weights() | lookup(encode)
    save(asked.out, tensors)
    reader = as_reader(tensors)
    metrics = report(reader, encode)
    if asked.json:
        print(json.dumps(metrics))
        return
    for name, measured in metrics.items():
        print(f"{name:16}", "  ".join(f"{k} {v:.3f}" for k, v in measured.items()))
    print(show(reader, encode))


if __name__ == "__main__":
    main()
