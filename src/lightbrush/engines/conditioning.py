"""From weighted prompts to the network's conditioning vector. NumPy only.

Each prompt has a weight w in [-2, 2] and, read by the prompt reader, for every attribute a value v and a
confidence c in [0, 1] that its text speaks of it. Texts wanted (w > 0) meet at their weighted mean; texts
unwanted (w < 0) push away from where that is. The blend is continuous in every weight, does not depend on the
prompts' order, and a weight of 0 is as if the prompt were not there. Sums run over the prompts; soft(x) =
sqrt(x^2 + 1/16).

    gain      g = 1 + max(0, |w| - 1)^2                  1 up to |w| = 1, then 2 at |w| = 2
    scalars   u = tanh(g atanh v)                        beyond weight 1, toward the pole
              D = sum over w > 0 of w c
              mean = (sum over w > 0 of w c u) / soft(D)
              value = tanh(atanh mean - sum over w < 0 of |w| c atanh v)        alone, weight -1 asks for -v
              presence = tanh(2 sum |w| c)               0.96 for one sure prompt of weight 1
    tints     as scalars, on the pair's length: its hue is kept, and pushing away leads to the opposite hue
    shares    m = v^g / sum v^g                          beyond weight 1, toward the strongest
              kept = max(0, sum w c m), K = its total    what is wanted, less what is pushed away
              away = sum over w < 0 of |w| c m, R = its total
              value = (kept + (soft(K) - K) open) / soft(K), open = softmax(-4 away)
              presence = tanh(2 (K + R / 4))             "not this" says less than "this"
    meaning   m = (sum over w > 0 of w e) / soft(W), W = sum over w > 0 of w, of the sentence vectors e; then, for each
              w < 0, m loses min(1, |w|) of its part along e. presence = tanh(2 W). A text that is understood, and says
              nothing of another planet, has lost its part along that (`unmistaken`)
    palette   p = (sum over w > 0 of w p) / soft(W) of the pictures' palettes. presence = tanh(2 W)
"""

from __future__ import annotations

import json
import math
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lightbrush.errors import ShotError
from lightbrush.nn.dictionary import Dictionary
from lightbrush.nn.picture_reader import PictureReader
from lightbrush.nn.reader import PromptReader, Reading, Topics, clauses, load_reader
from lightbrush.nn.sentence import SentenceEncoder
from lightbrush.pixels import decode_reference
from lightbrush.shots import WEIGHT_RANGE, Asset, Prompt, Reference
from lightbrush.world.attributes import ATTRIBUTES, BIOMES, STYLES

TOPICS: Final = Topics(
    names=tuple(a.name for a in ATTRIBUTES),
    shares=((0, len(BIOMES)), (len(BIOMES), len(BIOMES) + len(STYLES))),
    tints=tuple(i for i, a in enumerate(ATTRIBUTES) if a.group == "tint" and a.name.endswith("_x")),
)

#: Below about this total weight, what is wanted fades toward neutral: the slope at weight 0 stays small.
SOFTNESS: Final = 0.25
PRESENCE_SLOPE: Final = 2.0
#: How much more the network hears of what is surely said, see `louder`.
LOUDER: Final = 0.6
PUSHED_AWAY: Final = 4.0
#: A land whose name stands in other lands' skies, and in words: a full moon is near to these in meaning, and a night
#: with one was the moon's own ground.
_ELSEWHERE: Final = "alien"
_ELSEWHERE_SAID: Final = "an alien planet"
#: From this confidence on a text is understood; below this share nothing is heard of a land.
_UNDERSTOOD: Final = 0.5
_NOT_HEARD: Final = 0.2
NOT_THIS: Final = 0.25
#: atanh of a value is taken up to here, so that pushing away can always move it.
POLE: Final = 0.97

#: References are decoded to this size: all that reading them and their palette takes.
_READ_AT_PX: Final = 256
_REMEMBERED_PICTURES: Final = 256
_REMEMBERED_TEXTS: Final = 256
#: Of a shot and its regions, and of the shot before.
_REMEMBERED_BLENDS: Final = 32

MEANING: Final = 384
PALETTE: Final = 9

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Layout:
    """What a network's condition speaks of; its weights name it.

    attributes [K]: those that it was told of in training, in its order. meaning, palette: whether it was told these.
    """

    attributes: tuple[str, ...] = TOPICS.names
    meaning: bool = True
    palette: bool = True

    @property
    def length(self) -> int:
        return 2 * len(self.attributes) + self.meaning * (MEANING + 1) + self.palette * (PALETTE + 1) + 2

    def to_json(self) -> str:
        return json.dumps({"attributes": self.attributes, "meaning": self.meaning, "palette": self.palette})

    @classmethod
    def from_json(cls, text: str) -> Layout:
        stored = json.loads(text)
        return cls(tuple(stored["attributes"]), stored["meaning"], stored["palette"])


@dataclass(frozen=True)
class Conditions:
    """What all prompts together ask for. values [A]: shares, each group summing to 1, then numbers in (-1, 1).

    presence [A]: 0 (nobody speaks of it, the value says nothing: the seed decides) to 1 (surely asked for).
    meaning [MEANING]: what was said, as one sentence vector, at most unit length; heard: its presence, 0 to 1.
    palette [PALETTE]: colours of a picture's upper, middle and lower third in [-1, 1]; seen: its presence.
    """

    values: Array
    presence: Array
    meaning: Array = field(default_factory=lambda: np.zeros(MEANING, np.float32))
    heard: float = 0.0
    palette: Array = field(default_factory=lambda: np.zeros(PALETTE, np.float32))
    seen: float = 0.0


@dataclass(frozen=True)
class Shown:
    """What a reference picture says: as a text would, and its palette [PALETTE]."""

    reading: Reading
    meaning: Array
    palette: Array


class Conditioner:
    """The encoder and the readers, loaded once. A text or a picture is read once: moving its weight costs
    microseconds."""

    def __init__(
        self, encoder: SentenceEncoder, reader: PromptReader, pictures: PictureReader, dictionary: Dictionary
    ) -> None:
        self._encoder = encoder
        self._pictures = pictures
        self._plain = lru_cache(_REMEMBERED_TEXTS)(dictionary.plain)
        self._shown: OrderedDict[str, Shown] = OrderedDict()  # by hash; the least recently used of many goes first
        self._read = lru_cache(_REMEMBERED_TEXTS)(lambda text: reader.read(encoder.encode_all(clauses(text))))
        self._elsewhere = cache(lambda: encoder.encode(_ELSEWHERE_SAID))
        self._said: OrderedDict[object, Conditions] = OrderedDict()  # while a hand draws, what is said stays

    @classmethod
    def load(cls, dictionary: bool = True) -> Conditioner:
        """With the weights that ship in the package; without the dictionary, rare words are as they are spelled. Raises
        SettingsError when a file is missing or damaged."""
        with resources.as_file(resources.files("lightbrush") / "weights") as folder:
            reader = load_reader(Path(folder) / "reader.safetensors", TOPICS)
            pictures = PictureReader(Path(folder) / "pictures.onnx", TOPICS)
            listed = Dictionary.load(Path(folder) / "dictionary.txt") if dictionary else Dictionary({})
            return cls(SentenceEncoder(), reader, pictures, listed)

    def condition(self, prompts: Sequence[Prompt], references: Sequence[Reference] = ()) -> Conditions:
        """Raises PixelsError for a reference that is no picture."""
        asked = tuple(prompts), tuple((r.asset.sha256, r.weight) for r in references)
        if asked not in self._said:
            self._said[asked] = self._blended(prompts, references)
        self._said.move_to_end(asked)
        if len(self._said) > _REMEMBERED_BLENDS:
            self._said.popitem(last=False)
        return self._said[asked]

    def _blended(self, prompts: Sequence[Prompt], references: Sequence[Reference]) -> Conditions:
        said = [p for p in prompts if p.text.strip() and p.weight != 0.0]
        pulling = [r for r in references if r.weight != 0.0]
        shown = [self._show(r.asset) for r in pulling]
        texts = [self._plain(p.text) for p in said]
        vectors = [unmistaken(self._encoder.encode(text), self._read(text), self._elsewhere()) for text in texts]
        weights = [p.weight for p in said]
        shown_weights = [r.weight for r in pulling]
        readings = [*map(self._read, texts), *(s.reading for s in shown)]
        meaning, heard = blend_meanings([*vectors, *(s.meaning for s in shown)], [*weights, *shown_weights])
        palette, seen = blend_palettes([s.palette for s in shown], shown_weights)
        blended = blend(readings, [*weights, *shown_weights])
        return replace(blended, meaning=meaning, heard=heard, palette=palette, seen=seen)

    def _show(self, asset: Asset) -> Shown:
        if asset.sha256 not in self._shown:
            rgb = decode_reference(asset.data, _READ_AT_PX)
            reading, meaning = self._pictures.read(rgb)
            self._shown[asset.sha256] = Shown(reading, meaning, palette_of(rgb))
        self._shown.move_to_end(asset.sha256)
        if len(self._shown) > _REMEMBERED_PICTURES:
            self._shown.popitem(last=False)
        return self._shown[asset.sha256]


def blend(readings: Sequence[Reading], weights: Sequence[float]) -> Conditions:
    """The formula above. readings and weights: one each per prompt; none gives a presence of 0 everywhere."""
    a = len(TOPICS.names)
    w = np.array(weights, np.float64).reshape(-1, 1)  # [N, 1]
    v = np.array([r.values for r in readings], np.float64).reshape(-1, a)  # [N, A]
    c = np.array([r.confidence for r in readings], np.float64).reshape(-1, a)
    pull = w * c
    gain = 1.0 + np.maximum(0.0, np.abs(w) - 1.0) ** 2
    values, presence = _blend_scalars(v, pull, gain)
    for begin, end in TOPICS.shares:
        own = slice(begin, end)
        values[own], presence[own] = _blend_shares(v[:, own], pull[:, own], gain)
    return Conditions(values.astype(np.float32), presence.astype(np.float32))


def blend_meanings(vectors: Sequence[Array], weights: Sequence[float]) -> tuple[Array, float]:
    """The formula above. vectors: unit length, [MEANING] each. -> meaning, its presence."""
    meaning, presence = _mean(vectors, weights, MEANING)
    for vector, weight in zip(vectors, weights, strict=True):
        if weight < 0:
            meaning = meaning - min(1.0, -weight) * (meaning @ vector) * vector
    return meaning.astype(np.float32), presence


def unmistaken(vector: Array, reading: Reading, elsewhere: Array) -> Array:
    """A sentence vector [MEANING] as it is meant: where the reading has heard something, and nothing of another planet,
    less its part along that one's, [MEANING] of unit length."""
    land = TOPICS.names.index(_ELSEWHERE)
    heard = reading.values[land] * reading.confidence[land]
    if reading.confidence.max() < _UNDERSTOOD or heard >= _NOT_HEARD:
        return vector
    return vector - max(0.0, float(vector @ elsewhere)) * elsewhere


def blend_palettes(palettes: Sequence[Array], weights: Sequence[float]) -> tuple[Array, float]:
    """The formula above. -> palette, its presence."""
    palette, presence = _mean(palettes, weights, PALETTE)
    return palette.astype(np.float32), presence


def palette_of(rgb: NDArray[np.uint8]) -> Array:
    """Mean colours of the upper, middle and lower third of a picture [H, W, 3], in [-1, 1]: [PALETTE]."""
    thirds = np.array_split(rgb, 3)  # one row of pixels has empty thirds
    means = [(part if part.size else rgb).reshape(-1, 3).mean(0) for part in thirds]
    return (np.concatenate(means) / 127.5 - 1).astype(np.float32)


def _mean(vectors: Sequence[Array], weights: Sequence[float], length: int) -> tuple[Array, float]:
    wanted = [(max(0.0, w), v) for w, v in zip(weights, vectors, strict=True)]
    total = sum(w for w, _ in wanted)
    summed = sum((w * v for w, v in wanted), np.zeros(length, np.float32))
    return np.asarray(summed / np.hypot(total, SOFTNESS)), math.tanh(PRESENCE_SLOPE * total)


def assume(conditions: Conditions, defaults: Mapping[str, float], presence: float) -> Conditions:
    """Where nobody, or hardly anybody, speaks of an attribute, say what is usual, this surely.

    With p the presence that the prompts gave: presence' = p + (1 - p) presence, value' the mean of both by their parts.
    A share speaks for its whole group. A presence of 0 says nothing.
    """
    if presence == 0.0:
        return conditions
    values, present = conditions.values.copy(), conditions.presence.copy()
    for name, usual in defaults.items():
        i = TOPICS.names.index(name)
        begin, end = next(((a, b) for a, b in TOPICS.shares if a <= i < b), (i, i + 1))
        wanted = np.zeros(end - begin, np.float32)
        wanted[i - begin] = usual
        ours = (1 - present[i]) * presence
        values[begin:end] = (present[i] * values[begin:end] + ours * wanted) / (present[i] + ours)
        present[begin:end] += ours
    return replace(conditions, values=values, presence=present)


def over(below: Conditions, above: Conditions) -> Conditions:
    """What above says where it speaks, else what below says: with p and q what is present above and below,

    presence = p + (1 - p) q, value = (p v + (1 - p) q w) / presence, and so of meaning and palette.
    """
    p, q = above.presence, below.presence
    presence, values = _over(p, above.values, q, below.values)
    heard, meaning = _over(np.array(above.heard), above.meaning, np.array(below.heard), below.meaning)
    seen, palette = _over(np.array(above.seen), above.palette, np.array(below.seen), below.palette)
    return Conditions(values, presence, meaning, float(heard), palette, float(seen))


def _over(p: Array, v: Array, q: Array, w: Array) -> tuple[Array, Array]:
    """-> presence, values."""
    left = (1 - p) * q
    presence = p + left
    return presence, np.asarray((p * v + left * w) / np.maximum(presence, 1e-9), np.float32)


#: Each tweak's two poles: what it asks for at -1 and at +1. No attribute has two masters.
TWEAKS: Final[Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]]] = {
    "time_of_day": ({"sun_height": -1.0}, {"sun_height": 1.0}),
    "season": (
        {"snow": 1.0, "autumn": 0.3, "flowers": -1.0},  # what grass the snow leaves is straw
        {"snow": -1.0, "autumn": 1.0, "flowers": -0.6},
    ),
    "weather": (
        {"clouds": -1.0, "storm": -1.0, "fog": -1.0, "waves": -0.5},
        {"clouds": 1.0, "storm": 1.0, "fog": 0.3, "waves": 0.8},
    ),
    "mood": ({"warmth": -1.0}, {"warmth": 1.0}),
}


def tweak(conditions: Conditions, tweaks: Mapping[str, float]) -> Conditions:
    """Turn the conditions toward a pole of each tweak, by name, -1 to 1.

    time_of_day    midnight to noon                    the sun's height
    season         deep winter to full autumn          snow, leaves, flowers
    weather        clear and still to storm            clouds, storm, fog, waves
    mood           cool light to warm light            the light's warmth

    0 changes nothing, and presence rises with a = |tweak|. What the network sees of an attribute that has a pole goes
    evenly from what the prompts gave, presence p and value v, to the pole, surely asked for:

        presence' = (1 - a) p + a
        presence' value' = (1 - a) p v + a pole
    """
    values, presence = conditions.values.copy(), conditions.presence.copy()
    for name, amount in tweaks.items():
        low, high = TWEAKS[name]
        share = abs(amount)
        if share == 0.0:
            continue
        for attribute, pole in (high if amount > 0.0 else low).items():
            i = TOPICS.names.index(attribute)
            p, v = float(presence[i]), float(values[i])
            presence[i] = present = (1 - share) * p + share
            values[i] = ((1 - share) * p * v + share * pole) / present
    return replace(conditions, values=values, presence=presence)


def louder(conditions: Conditions) -> Conditions:
    """What is surely said is told the network more surely than it ever was in training: presence' = p (1 + LOUDER p^2).

    The network answers beyond what it has seen as it answers within, only more so: what guidance does ("Classifier-Free
    Diffusion Guidance", Ho and Salimans, 2022), without a second pass. What is hardly said stays as it is. Nothing
    that blends takes a presence above 1, so this comes last.
    """
    presence = conditions.presence
    return replace(conditions, presence=presence * (1 + LOUDER * presence**2))


Wide = NDArray[np.float64]


def _blend_scalars(v: Wide, pull: Wide, gain: Wide) -> tuple[Wide, Wide]:
    """v, pull = w c: [N, A] -> values, presence: [A]. Scalars and tints; what it gives for shares is not
    used."""
    wanted, unwanted = np.maximum(0.0, pull), np.maximum(0.0, -pull)
    mean = (wanted * _squash(gain * _spread(v))).sum(0) / _soft(wanted.sum(0))
    values = _squash(_spread(mean) - (unwanted * _spread(v)).sum(0))
    return values, np.tanh(PRESENCE_SLOPE * np.abs(pull).sum(0))


def _blend_shares(v: Wide, pull: Wide, gain: Wide) -> tuple[Wide, Wide]:
    """v, pull = w c: [N, S], one group of shares -> values, presence: [S]."""
    m = np.maximum(v, 1e-9) ** gain
    m /= m.sum(1, keepdims=True)
    kept = np.maximum(0.0, (pull * m).sum(0))
    away = (np.maximum(0.0, -pull) * m).sum(0)
    open_to = np.exp(-PUSHED_AWAY * away)
    open_to /= open_to.sum()
    total = kept.sum()
    values = (kept + (_soft(total) - total) * open_to) / _soft(total)
    return values, np.full_like(values, np.tanh(PRESENCE_SLOPE * (total + NOT_THIS * away.sum())))


def _soft(x: Wide) -> Wide:
    return np.hypot(x, SOFTNESS)


def _spread(v: Wide) -> Wide:
    """atanh of the length, in the same direction. v: [..., A]."""
    length = np.clip(_length(v), 1e-9, POLE)
    return np.asarray(np.arctanh(length) * (v / np.maximum(_length(v), 1e-9)))


def _squash(x: Wide) -> Wide:
    """tanh of the length, in the same direction: undoes `_spread`. x: [..., A]."""
    length = np.maximum(_length(x), 1e-9)
    return np.asarray(np.tanh(length) * (x / length))


def _length(v: Wide) -> Wide:
    """Magnitudes; a tint's two numbers share their pair's. v: [..., A]."""
    length = np.abs(v)
    for x in TOPICS.tints:
        length[..., x : x + 2] = np.hypot(v[..., x], v[..., x + 1])[..., None]
    return length


def vector(conditions: Conditions, strength: float, drawn: float, layout: Layout) -> Array:
    """The network's input [layout.length] float32: this is its one definition.

    values * presence [K], presence [K]; meaning * heard, heard; palette * seen, seen; strength * drawn, drawn, which
    is 0 without a sketch and 1 with one. `training.conditions` makes batches of the same.
    """
    chosen = [TOPICS.names.index(name) for name in layout.attributes]
    values, presence = conditions.values[chosen], conditions.presence[chosen]
    parts = [values * presence, presence]
    if layout.meaning:
        parts += [conditions.meaning * conditions.heard, np.array([conditions.heard])]
    if layout.palette:
        parts += [conditions.palette * conditions.seen, np.array([conditions.seen])]
    parts.append(np.array([strength * drawn, drawn]))
    return np.concatenate(parts, dtype=np.float32)


#: A number without an exponent, so that neither "nan" nor "1e0" ends a prompt by surprise.
_WEIGHT: Final = re.compile(r"(?P<text>.*\S)\s*:(?P<weight>[+-]?(?:\d+\.?\d*|\.\d+))", re.DOTALL)


def split_weight(text: str) -> tuple[str, float]:
    """The command line's way to weigh: "fog:0.4" -> ("fog", 0.4), "in.png:0.8" -> ("in.png", 0.8); else weight 1.

    The weight is the number that directly follows the last colon. A clock's colon stays text ("at 12:00"): after
    a digit, only a weight with a sign or a decimal point counts ("at 12:00:0.5").
    """
    text = text.strip()
    found = _WEIGHT.fullmatch(text)
    if found is None:
        return text, 1.0
    before, written = found["text"], found["weight"]
    if before[-1].isdigit() and written.isdigit():
        return text, 1.0
    return before, float(written)


def parse_prompt(text: str) -> Prompt:
    """A prompt as the command line has it. Raises ShotError for a weight beyond [-2, 2]."""
    prompt = Prompt(*split_weight(text))
    if not WEIGHT_RANGE[0] <= prompt.weight <= WEIGHT_RANGE[1]:
        raise ShotError("shot.prompt", "a weight after a prompt's last colon is -2 to 2", value=text)
    return prompt
