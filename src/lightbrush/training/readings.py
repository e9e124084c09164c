"""How well prompts are read: what counts as right, of what texts say and of what pictures show, and the figures that
training prints."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lightbrush.engines.conditioning import TOPICS
from lightbrush.nn.reader import PromptReader, clauses
from lightbrush.training import vocabulary as words
from lightbrush.training.texts import Encode, Example, captions, held_out_words, labels, topic
from lightbrush.training.vocabulary import Said
from lightbrush.world.scene import HELD_OUT_SEEDS

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
