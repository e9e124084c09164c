"""What people ask for, as the engine hears it, and worlds that answer it.

One world in twenty has a palm, and of all that is true of a world a caption says little: a network that is told what
captions tell hardly ever hears "palm trees" and nothing else, which is what people type first. Nor does it meet what
the picture reader makes of a reference, over a sketch of somewhere else. Here worlds are made to order: every thing
that the prompt reader was taught is asked for as often as every other, in words that it was taught, and laid out as the
engine does where nothing is drawn; and pictures are painted after a reference.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import cache
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lightbrush.engines.conditioning import Conditioner, Conditions, assume, vector
from lightbrush.engines.embedded import USUAL, USUAL_PRESENCE, USUAL_UNDRAWN
from lightbrush.shots import Asset, Prompt, Reference
from lightbrush.training.conditions import LAYOUT
from lightbrush.training.pool import CHUNK, Batch, Pool
from lightbrush.training.texts import Example, taught
from lightbrush.world import scene
from lightbrush.world.attributes import ATTRIBUTES

Rows = NDArray[np.float32]
Things = Sequence[Sequence[Example]]
"""The phrases for each thing that can be said."""

#: Of a thing, so many phrases at most.
_WAYS: Final = 16
#: What a reference lends where the sketch is of another land.
LENT: Final = frozenset(a.name for a in ATTRIBUTES if a.group in ("style", "light", "weather", "tint"))
#: Of a reference, to read it: more than its reader sees.
_REFERENCE_PX: Final = 192
#: Phrases and references that a helper hears at once.
_PART: Final = 128


class Asked:
    """Worlds by what asks for them, on the training device.

    words: worlds for each thing. references: worlds that are asked for by a picture of another; half of these have all
    of its attributes, half what it lends. helpers: processes that hear; None: this one does.
    """

    def __init__(
        self,
        things: Things,
        words: int,
        references: int,
        size_px: int,
        seed: int,
        device: torch.device,
        helpers: Executor | None = None,
    ) -> None:
        each = -(-words // _WAYS)
        phrases = [phrase for known in things for phrase in _some(known, words // each, seed)]
        parts = [phrases[i : i + _PART] for i in range(0, len(phrases), _PART)]
        spoken = [_apart(helpers, answers, part, seed + i, each) for i, part in enumerate(parts)]

        seed += len(parts)
        shown, half = scene.sample_scenes(seed, references), references // 2
        alike = [
            scene.sample_alike(shown[:half], seed + 1),
            scene.sample_alike(shown[half:], seed + 2, LENT),
        ]
        pictures = Pool(references, _REFERENCE_PX, 0, device, scenes=_these(shown), captions=False).rgb.cpu().numpy()
        seen = [_apart(helpers, heard_of_pictures, pictures[i : i + _PART]) for i in range(0, references, _PART)]

        answered = [part() for part in spoken]
        rows = np.concatenate([*(worlds for worlds, _ in answered), *alike])
        heard = [*(conditions for _, conditions in answered), *(part() for part in seen)]
        self.pool = Pool(len(rows), size_px, 0, device, scenes=_these(rows), captions=False)
        self.conditions = torch.from_numpy(np.concatenate(heard)).to(device)
        self.by_words = torch.arange(len(rows), device=device) < len(rows) - references

    def batch(self, count: int, generator: torch.Generator) -> tuple[Batch, Tensor, Tensor]:
        """-> worlds; for each the condition that asks for it on bare paper, [B, CONDITION_LENGTH]; whether words do,
        [B]."""
        index = torch.randint(len(self.pool), (count,), generator=generator, device=self.pool.device)
        return self.pool.at(index), self.conditions[index], self.by_words[index]


def all_things() -> Things:
    """All that the prompt reader was taught, by what it says and which way."""
    things: dict[object, list[Example]] = defaultdict(list)
    for example in taught():
        things[tuple(sorted((name, value > 0) for name, value in example.said.items()))].append(example)
    return list(things.values())


def answers(phrases: Sequence[Example], seed: int, each: int) -> tuple[Rows, Rows]:
    """For each phrase `each` worlds where it is so and all else is usual: scenes [N each, P], and what the network is
    told, [N each, CONDITION_LENGTH]."""
    worlds = [scene.scene_from_attributes(p.said, seed + _PART * i, each, USUAL_UNDRAWN) for i, p in enumerate(phrases)]
    told = np.stack([_told(_conditioner().condition((Prompt(p.text),)), USUAL_UNDRAWN) for p in phrases])
    return np.concatenate(worlds), np.repeat(told, each, 0)


def heard_of_pictures(pictures: NDArray[np.uint8]) -> Rows:
    """What the network is told of references [N, S, S, 3], each the only one: [N, CONDITION_LENGTH]."""
    return np.stack([_told(_conditioner().condition((), (Reference(_asset(picture)),)), USUAL) for picture in pictures])


def _told(conditions: Conditions, usual: Mapping[str, float]) -> Rows:
    return vector(assume(conditions, usual, USUAL_PRESENCE), strength=0.0, drawn=0.0, layout=LAYOUT)


def _asset(picture: NDArray[np.uint8]) -> Asset:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return Asset.of(file.getvalue())


def _some(known: Sequence[Example], count: int, seed: int) -> list[Example]:
    rng = np.random.default_rng(seed)
    return [known[i] for i in np.resize(rng.permutation(len(known)), count).tolist()]


def _these(rows: Rows) -> Callable[[int, int], Rows]:
    """Given scenes as `Pool` asks for them, chunk by chunk."""
    return lambda chunk, count: rows[chunk * CHUNK : chunk * CHUNK + count]


def _apart(helpers: Executor | None, work: Callable[..., Any], *given: object) -> Callable[[], Any]:
    """work(*given), begun by a helper where there is one; -> what gives its result."""
    return helpers.submit(work, *given).result if helpers else lambda: work(*given)


@cache
def _conditioner() -> Conditioner:
    return Conditioner.load()
