"""The prompt reader: from a sentence's vector to what it says of a scene. NumPy only, a millisecond or two.

Made by `lightbrush.training.reader`. For every attribute it gives a value; for every topic, which is what a text speaks
of as one (the biomes, a tint's two numbers, each scalar alone), a confidence in [0, 1]. A small network and the phrases
that it was taught say so together: what lies near to a text is a second opinion of a word that nobody taught. A
sentence's vector blurs what a long text lists, so a text is read whole and clause by clause.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from lightbrush.errors import SettingsError

#: Of the file's layout and the network's arithmetic; raised when old files would be misread.
VERSION: Final = "2"
#: Confidence below the first is silence, above the second certainty; a smooth step between.
SILENT, SURE = 0.1, 0.9
#: Confidence in what the whole text says counts this much beside that of its clauses.
WHOLE: Final = 0.5
#: How fast a taught phrase counts less as it lies further off: by e^(28 (cosine - 1)), of the projected vectors.
NEARNESS: Final = 28.0
#: Of the log-odds that the phrases nearby give to a topic, so much is added to the network's; then this, since they are
#: mostly silent. Of lands and styles, which exclude each other, all of it where the text is one of those phrases: "the
#: moon" was taught to be a night, and is no land.
SECOND_OPINION: Final = 0.35
LOUDER: Final = 2.0
#: A text and its clauses: a bound on the time that a prompt takes to encode.
MAX_CLAUSES: Final = 12
_LISTED: Final = re.compile(r"[,;.:]|\b(?:with|under|over|at|in|beside|between|meeting)\b")
_NOT: Final = re.compile(r"\b(?:no|not|without|free of|neither)\b")

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Topics:
    """How the attributes [A] fall into topics [T], in their order: shares, then scalars and tints.

    names: of the attributes. shares: groups of memberships that each sum to 1, as [begin, end); together they lead the
    vector. tints: where each pair begins.
    """

    names: tuple[str, ...]
    shares: tuple[tuple[int, int], ...]
    tints: tuple[int, ...]

    @property
    def scalars_from(self) -> int:
        """The index after the last share."""
        return self.shares[-1][1]

    @property
    def of_attribute(self) -> tuple[int, ...]:
        """The topic of every attribute: [A] indices into [T]."""
        found = [topic for topic, (begin, end) in enumerate(self.shares) for _ in range(begin, end)]
        for index in range(self.scalars_from, len(self.names)):
            found.append(found[-1] if index - 1 in self.tints else found[-1] + 1)
        return tuple(found)

    @property
    def count(self) -> int:
        return self.of_attribute[-1] + 1


@dataclass(frozen=True)
class Reading:
    """What one text says. values [A]: shares, each group summing to 1, then numbers in [-1, 1]. confidence [A]: 0 to
    1."""

    values: Array
    confidence: Array


@dataclass(frozen=True)
class Phrases:
    """What was taught, to look up: phrases [P, D] of unit length, those that say the same in a row.

    A vector less middle [W], times axes [W, D], at unit length, is where a text lies among them. starts [K]: where each
    row begins. values [K, A] and spoken [K, T], 0 or 1: what it says.
    """

    middle: Array
    axes: Array
    phrases: Array
    starts: NDArray[np.int64]
    values: Array
    spoken: Array

    def around(self, vectors: Array, of_attribute: NDArray[np.int64]) -> tuple[Array, Array, Array]:
        """[N, W] -> of the phrases around each, by nearness: values [N, A], of those that speak of it; the share that
        speaks of a topic [N, T]; how near the nearest is [N, 1], 1: it is that phrase."""
        where = (vectors - self.middle) @ self.axes
        where /= np.maximum(np.linalg.norm(where, axis=1, keepdims=True), 1e-9)
        near = np.exp(NEARNESS * (where @ self.phrases.T - 1.0))  # [N, P]
        nearest = np.minimum(near.max(1, keepdims=True), 1.0)
        near = np.add.reduceat(near, self.starts, axis=1)  # [N, K]
        near /= near.sum(1, keepdims=True)
        speaks = near @ self.spoken
        values = (near @ self.values) / np.maximum(speaks[:, of_attribute], 1e-9)
        return np.asarray(values, np.float32), speaks, nearest


class PromptReader:
    """Loaded weights. `read` is pure."""

    def __init__(self, topics: Topics, weights: dict[str, Array]) -> None:
        self.topics = topics
        self._topic_of = np.array(topics.of_attribute)
        self._excludes = (np.arange(topics.count) < len(topics.shares)).astype(np.float32)  # shares' topics come first
        network = {name: w for name, w in weights.items() if not name.startswith("near.")}
        self._weights = {name: np.ascontiguousarray(w.T) for name, w in network.items()}  # seven times as fast
        self._phrases = Phrases(
            middle=weights["near.middle"],
            axes=np.ascontiguousarray(weights["near.axes"].T),
            phrases=weights["near.phrases"] / 127.0,
            starts=weights["near.starts"].astype(np.int64),
            values=weights["near.values"],
            spoken=weights["near.spoken"],
        )

    def read(self, vectors: Array) -> Reading:
        """vectors: [N, 384], unit length: of a text, then of its clauses, as `clauses` lists them.

        Each topic's value comes from where it is heard best. The whole counts half beside clauses: it is blurred.
        """
        w = self._weights
        hidden = np.maximum(vectors @ w["in.weight"] + w["in.bias"], 0.0)  # [N, H]
        hidden = np.maximum(hidden @ w["mid.weight"] + w["mid.bias"], 0.0)  # [N, H]
        values = self._squashed(hidden @ w["value.weight"] + w["value.bias"])  # [N, A]
        logits = hidden @ w["confidence.weight"] + w["confidence.bias"]  # [N, T]
        around, speaks, nearest = self._phrases.around(vectors, self._topic_of)
        opinion = SECOND_OPINION + (1.0 - SECOND_OPINION) * nearest * self._excludes
        heard = sigmoid(logits + opinion * log_odds(speaks) + LOUDER)
        trust = speaks[:, self._topic_of]
        values = (values + trust * around) / (1.0 + trust)
        if len(heard) > 1:
            heard[0] *= WHOLE
        values = values[heard.argmax(0)[self._topic_of], np.arange(values.shape[1])]
        confidence = smooth_step((heard.max(0) - SILENT) / (SURE - SILENT))
        return Reading(values.astype(np.float32), confidence[self._topic_of].astype(np.float32))

    def _squashed(self, values: Array) -> Array:
        """Shares that sum to 1 in each group, numbers in (-1, 1). [N, A]."""
        for begin, end in self.topics.shares:
            values[:, begin:end] -= np.logaddexp.reduce(values[:, begin:end], axis=1, keepdims=True)
        n = self.topics.scalars_from
        return np.concatenate([np.exp(values[:, :n]), np.tanh(values[:, n:])], axis=1)


def clauses(text: str) -> list[str]:
    """A text, then what it lists, if that is more than one thing; at most MAX_CLAUSES in all."""
    parts = [part for listed in _LISTED.split(text) for part in _halves(listed) if part]
    return [text, *parts[: MAX_CLAUSES - 1]] if len(parts) > 1 else [text]


def denies(clause: str) -> bool:
    """Whether a clause says that something is not there."""
    return bool(_NOT.search(clause))


def _halves(part: str) -> list[str]:
    """Apart at "and", unless one "no" is about both or a word would stand alone ("black and white")."""
    found = [half.strip() for half in re.split(r"\band\b", part)]
    alone = min(len(re.findall(r"\w{3,}", half)) for half in found) < 2
    return [part.strip()] if alone or denies(part) else found


def sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), np.float32)  # exp would overflow


def log_odds(share: Array) -> Array:
    """Of a share in [0, 1]; its ends are 14 away."""
    return np.asarray(np.log(share + 1e-6) - np.log(1.0 - share + 1e-6), np.float32)


def smooth_step(x: Array) -> Array:
    """0 below 0, 1 above 1, 3x^2 - 2x^3 between."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)


def load_reader(path: Path, topics: Topics) -> PromptReader:
    """Raises SettingsError: `weights.missing`, or `weights.damaged`, also when made for other attributes."""
    if not path.is_file():
        raise SettingsError("weights.missing", "the prompt reader's weights are not there", value=path.name, fix=_MAKE)
    try:
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError) as error:
        raise _damaged("the file cannot be read", str(error)) from error
    if metadata.get("version") != VERSION:
        raise _damaged(f"expected version {VERSION}", metadata.get("version", "none"))
    if metadata.get("attributes") != attribute_header(topics.names):
        raise _damaged("it was made for other attributes", metadata.get("attributes", "none"))
    shapes = {name: value.shape for name, value in weights.items()}
    sizes = [len(weights.get(name, ())) for name in ("in.bias", "near.axes", "near.phrases", "near.starts")]
    if shapes != expected_shapes(topics, *sizes):
        raise _damaged("a tensor is missing or of another shape", str(shapes))
    return PromptReader(topics, weights)


def attribute_header(names: Sequence[str]) -> str:
    return json.dumps(list(names))


def expected_shapes(
    topics: Topics, hidden: int, axes: int, phrases: int, kinds: int, width: int = 384
) -> dict[str, tuple[int, ...]]:
    values, confidences = len(topics.names), topics.count
    return {
        "in.weight": (hidden, width),
        "in.bias": (hidden,),
        "mid.weight": (hidden, hidden),
        "mid.bias": (hidden,),
        "value.weight": (values, hidden),
        "value.bias": (values,),
        "confidence.weight": (confidences, hidden),
        "confidence.bias": (confidences,),
        "near.middle": (width,),
        "near.axes": (axes, width),
        "near.phrases": (phrases, axes),
        "near.starts": (kinds,),
        "near.values": (kinds, values),
        "near.spoken": (kinds, confidences),
    }


_MAKE = "Make them: python -m lightbrush.training.reader --out reader.safetensors"


def _damaged(why: str, seen: str) -> SettingsError:
    return SettingsError("weights.damaged", f"the prompt reader's weights cannot be used: {why}", value=seen, fix=_MAKE)
