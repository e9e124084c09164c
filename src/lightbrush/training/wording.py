"""Texts for scenes: rows that ask for anything, and for each row the many ways in which a person may put it."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lightbrush.training import vocabulary
from lightbrush.training.vocabulary import Said
from lightbrush.world.attributes import ATTRIBUTES, BIOMES, NAMES, STYLES
from lightbrush.world.captions import Caption, caption

Rng = np.random.Generator
Rows = NDArray[np.float32]

#: How far a row's value may lie from what a phrase says of it.
AGREES: Final = 0.3
#: How likely a number is worth a word in a row.
NOTABLE: Final = 0.22
TINTED: Final = 0.2


def requests(seed: int, count: int) -> Rows:
    """Attributes [count, A] of anything that a person may ask for: unlike in scenes, all of them are independent."""
    rng = np.random.default_rng(seed)
    rows = rng.uniform(-0.12, 0.12, (count, len(NAMES)))
    loud = rng.random(rows.shape) < NOTABLE
    rows = np.where(loud, rng.uniform(-1.0, 1.0, rows.shape), rows)
    everyone = np.arange(count)
    rows[:, : len(BIOMES) + len(STYLES)] = 0.0
    first = rng.integers(len(BIOMES), size=count)
    second = (first + rng.integers(1, len(BIOMES), size=count)) % len(BIOMES)
    share = np.where(rng.random(count) < 0.15, rng.uniform(0.35, 0.65, count), 0.0)
    rows[everyone, first] = 1.0 - share
    rows[everyone, second] = share
    rows[everyone, len(BIOMES) + np.where(rng.random(count) < 0.4, 0, rng.integers(len(STYLES), size=count))] = 1.0
    rows[:, NAMES.index("sun_height")] = rng.uniform(-1.0, 1.0, count)
    for x in (NAMES.index("sky_tint_x"), NAMES.index("ground_tint_x")):
        hue = rng.uniform(0.0, 2.0 * np.pi, count)
        saturation = np.where(rng.random(count) < TINTED, rng.uniform(0.35, 1.0, count), 0.0)
        rows[:, x], rows[:, x + 1] = saturation * np.cos(hue), saturation * np.sin(hue)
    return rows.astype(np.float32)


def wordings(row: NDArray[np.float32], rng: Rng, count: int) -> list[Caption]:
    """`count` texts for one scene, each saying other parts of it: a caption first, then free wordings and captions in
    turn."""
    return [caption(row, rng) if k % 2 == 0 else free_wording(row, rng) for k in range(count)]


def free_wording(row: NDArray[np.float32], rng: Rng) -> Caption:
    """One to five phrases of the vocabulary that hold for the row; a caption where none does."""
    weights = np.array([_weight(row, said) for said, _ in _phrases()])
    if not weights.any():
        return caption(row, rng)
    wanted = int(rng.integers(1, 6))
    order = rng.choice(
        len(weights), min(3 * wanted, int(np.count_nonzero(weights))), replace=False, p=weights / weights.sum()
    )
    texts: list[str] = []
    mentioned = np.zeros(len(NAMES), np.bool_)
    for said, phrases in (_phrases()[k] for k in order):
        about = _about(said)
        if len(texts) < wanted and not mentioned[about].any():
            texts.append(phrases[rng.integers(len(phrases))])
            mentioned[about] = True
    joints = vocabulary.JOINTS.split("|")
    return Caption(texts[0] + "".join(joints[rng.integers(len(joints))] + text for text in texts[1:]), mentioned)


@cache
def _phrases() -> list[tuple[Said, tuple[str, ...]]]:
    """What the vocabulary says, and how."""
    return [(said, tuple(text for text in texts.split("|") if text)) for texts, said in vocabulary.PHRASES]


def _about(said: Said) -> list[int]:
    """The attributes that are told: a biome or a style tells of all of its group."""
    groups = {ATTRIBUTES[NAMES.index(name)].group for name in said} & {"biome", "style"}
    return [i for i, a in enumerate(ATTRIBUTES) if a.name in said or a.group in groups]


def _weight(row: NDArray[np.float32], said: Said) -> float:
    """0 where the row disagrees; more for what is unusual."""
    values = {name: float(row[NAMES.index(name)]) for name in said}
    if any(abs(values[name] - wanted) > AGREES for name, wanted in said.items()):
        return 0.0
    return 0.5 if set(said) & {"photo", "sun_height"} else 1.0
