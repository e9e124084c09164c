"""When a worker is taken for hung: pure functions of what it holds, for how long, and whether it beats.

One that has nothing to do is hung when it is silent. One that holds something may be silent over it, since a library
that compiles or loads may keep all of its threads waiting, so it is judged by what the like has taken it before: ten
times as long, but `SILENT_S` at least where it is silent, `BEATING_S` where it beats. What a worker has not done
before may take as long as anything may, so one that was replaced is not replaced again for the same first picture.
Bound: `_LIKES` are remembered of a worker. Overflow rule: the one not done for longest goes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from lightbrush.shots import Block, Prompt, Task, Tile

SILENT_S: Final = 1.0
BEATING_S: Final = 10.0
MISSED_BEATS: Final = 5
"""Who has missed so many is silent."""
_TIMES: Final = 10.0
_LIKES: Final = 64


def like(shot: Task) -> Hashable:
    """The same for shots that are rendered in the same way: what they are of, and how large, not what they show. Of a
    video also the words, since its text encoder may be so large that it runs on a CPU, for seconds."""
    if isinstance(shot, Tile):
        return "tile", shot.model, shot.width, shot.height, shot.channels, shot.anew is not None
    chosen = tuple((name, value) for name, value in shot.parameters.items() if isinstance(value, str | bool))
    asked = (shot.engine, shot.width, shot.height, shot.steps, chosen)
    if isinstance(shot, Block):
        words = _words(shot.prompts), *(_words(blend.prompts) for blend in shot.previous)
        return "block", *asked, shot.accept, words, bool(shot.input), bool(shot.context)
    return "frame", *asked, shot.accept, len(shot.assets), len(shot.regions), bool(shot.sketch), bool(shot.mask)


class Patience:
    """most_s: that anything may take."""

    def __init__(self, most_s: float) -> None:
        self.most_s = most_s
        self._took_s: dict[str, OrderedDict[Hashable, float]] = {}  # by worker

    def took(self, worker: str, what: Hashable, spent_s: float) -> None:
        """Slower counts at once, faster by half."""
        own = self._took_s.setdefault(worker, OrderedDict())
        own[what] = max(spent_s, (own.get(what, 0.0) + spent_s) / 2.0)
        own.move_to_end(what)
        if len(own) > _LIKES:
            own.popitem(last=False)

    def forget(self, worker: str) -> None:
        self._took_s.pop(worker, None)

    def limit_s(self, worker: str, what: Hashable, *, silent: bool) -> float:
        """How long it may hold that."""
        own = self._took_s.get(worker)
        took_s = None if own is None else own.get(what)
        if took_s is None:
            return self.most_s
        return min(self.most_s, max(_TIMES * took_s, SILENT_S if silent else BEATING_S))


def _words(prompts: tuple[Prompt, ...]) -> tuple[str, ...]:
    return tuple(prompt.text for prompt in prompts)
