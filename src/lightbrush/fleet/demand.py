"""What sessions ask of each engine, measured: what `scaling.decide` reads. No clock of its own.

Kept as things happen, so that to be asked costs no more with a hundred thousand sessions than with one. Bound: an entry
for each session that draws; of pictures' ages the last 256 of an engine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from lightbrush.fleet.scaling import Load

#: A session draws that has sent something in so many seconds; shots are counted over one such time to two.
WINDOW_S: Final = 2.0
#: Pictures that came longer ago say nothing of the fleet of now.
_RECENT_S: Final = 10.0
_MOST_AGES: Final = 256


class Demand:
    def __init__(self) -> None:
        self._drawing: dict[str, tuple[str, float]] = {}  # session -> engine, when; the longest ago first
        self._count: dict[str, int] = {}  # engine -> its sessions in _drawing
        self._shots: dict[str, _Rate] = {}
        self._ages: dict[str, deque[tuple[float, float]]] = {}

    def asked(self, session: str, engine: str, now_s: float, shots: int = 1) -> None:
        """shots: 0 of a session that will draw presently."""
        self.left(session)
        self._drawing[session] = engine, now_s
        self._count[engine] = self._count.get(engine, 0) + 1
        self._shots.setdefault(engine, _Rate(now_s)).add(shots, now_s)

    def answered(self, engine: str, age_s: float, now_s: float) -> None:
        """age_s: since the session's mailbox was last empty."""
        self._ages.setdefault(engine, deque(maxlen=_MOST_AGES)).append((now_s, age_s))

    def left(self, session: str) -> None:
        engine, _ = self._drawing.pop(session, ("", 0.0))
        if engine:
            self._count[engine] -= 1

    def drawing(self, now_s: float) -> int:
        """Sessions, of all engines."""
        while self._drawing and next(iter(self._drawing.values()))[1] < now_s - WINDOW_S:
            self.left(next(iter(self._drawing)))
        return len(self._drawing)

    def loads(self, render_s: Mapping[str, float], now_s: float) -> tuple[Load, ...]:
        """render_s: of the board, by engine."""
        self.drawing(now_s)
        return tuple(
            Load(engine, count, self._shots[engine].per_s(now_s), render_s.get(engine), self._late_s(engine, now_s))
            for engine, count in self._count.items()
        )

    def _late_s(self, engine: str, now_s: float) -> float:
        ages = sorted(age_s for came_s, age_s in self._ages.get(engine, ()) if came_s >= now_s - _RECENT_S)
        return ages[int(0.95 * (len(ages) - 1))] if ages else 0.0


class _Rate:
    """Events a second, from two counters that take turns."""

    def __init__(self, now_s: float) -> None:
        self._began_s = now_s
        self._before = 0
        self._count = 0

    def add(self, count: int, now_s: float) -> None:
        self._turn(now_s)
        self._count += count

    def per_s(self, now_s: float) -> float:
        self._turn(now_s)
        return (self._before + self._count) / (WINDOW_S + now_s - self._began_s)

    def _turn(self, now_s: float) -> None:
        passed = int((now_s - self._began_s) / WINDOW_S)
        if passed:
            self._before, self._count = (self._count if passed == 1 else 0), 0
            self._began_s += passed * WINDOW_S
