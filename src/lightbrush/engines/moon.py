"""The moon, where somebody names it: no attribute of a scene says that there is one, and by night alone few come.

So where the engine lays a place out (`engines.compositions`), the layout's sky gets a disc of the moon's material, and
the network paints what follows from one: its light on clouds and water.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lightbrush.engines.conditioning import TOPICS, Conditions
from lightbrush.nn.reader import clauses, denies
from lightbrush.shots import Prompt
from lightbrush.world.materials import MATERIALS

_NAMED: Final = re.compile(r"\b(?:super)?moon(?:s|rise|set|light|lit)?\b", re.IGNORECASE)
#: The same where all that is said is of another planet: "the surface of the moon" is none in the sky.
_NAMED_THERE: Final = re.compile(r"\b(?:supermoon|moon(?:rise|set|light|lit))\b", re.IGNORECASE)
#: Prompts that name it weigh so much in all.
_LEAST_WEIGHT: Final = 0.5
#: Of all lands, as much is another planet's.
_ELSEWHERE: Final = 0.5
#: In cells: its radius, and how much clear sky is around its middle.
_RADIUS: Final = 3.3
_CLEAR: Final = 5
#: Of the sky's height above the land, the upper part where it hangs.
_HIGH: Final = 0.6

_HOUR, _ALIEN = (TOPICS.names.index(name) for name in ("sun_height", "alien"))
_SKY, _MOON = ([m.name for m in MATERIALS].index(name) for name in ("sky", "moon"))

Bytes = NDArray[np.uint8]


def is_asked_for(prompts: Sequence[Prompt], asked: Conditions) -> bool:
    """Whether prompts name the moon in the sky, and what all together ask for is a night."""
    elsewhere = asked.values[_ALIEN] * asked.presence[_ALIEN] > _ELSEWHERE
    named = _NAMED_THERE if elsewhere else _NAMED
    weight = sum(prompt.weight for prompt in prompts if _has(prompt.text, named))
    return bool(weight >= _LEAST_WEIGHT and asked.values[_HOUR] * asked.presence[_HOUR] < 0)


def room(labels: Bytes) -> Bytes:
    """How many cells from the top on are clear sky around each column, [N, width]: of labels [N, height, width]."""
    depth = np.where((labels == _SKY).all(1), labels.shape[1], (labels != _SKY).argmax(1)).astype(np.uint8)
    padded = np.pad(depth, ((0, 0), (_CLEAR, _CLEAR)))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * _CLEAR + 1, axis=1).min(2))


def has_room(depths: Bytes) -> NDArray[np.bool_]:
    """Whether there is a place for it anywhere: depths [N, width], of `room` -> [N]."""
    return np.asarray(depths.max(1) > 2 * _CLEAR)


def hung(label: Bytes, depths: Bytes, left: int, place: int) -> Bytes:
    """A layout [height, width] with the moon in its sky, at a place of so many; without room, as it is. depths: of
    `room`, of the columns from left on."""
    columns = np.flatnonzero(depths > 2 * _CLEAR)
    if not len(columns):
        return label
    rng = np.random.default_rng(place)
    column = int(rng.choice(columns))
    lowest = max(_CLEAR, min(int(depths[column]) - _CLEAR - 1, round(_HIGH * int(depths[column]))))
    row = int(rng.integers(_CLEAR, lowest + 1))
    y, x = np.ogrid[: label.shape[0], : label.shape[1]]
    disc = np.hypot(y - row, x - left - column) <= _RADIUS
    return np.where(disc, np.uint8(_MOON), label)


def _has(text: str, named: re.Pattern[str]) -> bool:
    parts = clauses(text)
    return any(named.search(part) and not denies(part) for part in parts[1:] or parts)
