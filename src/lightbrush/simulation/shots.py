"""Shot by shot: sessions that draw on one gateway's board, and how old what they draw is when it is in a picture.

Every event is simulated, through the gateway's own `Board` and `dispatch.decide`. What comes out is a law: the ages of
pictures, given how many draw for each worker. It is what whole days are simulated by, since a day of a million sessions
has some 10^11 shots.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from lightbrush.fleet.board import Board

#: Of the ages at each load these are kept: the middles of twenty equal parts.
QUANTILES: Final = tuple((n + 0.5) / 20 for n in range(20))
_WARM_UP_S: Final = 0.5


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """render_s: the mean; a render takes up to `spread` of it more or less. hz: shots a second of who draws. start_s:
    from asking for a worker until it is up."""

    render_s: float = 0.02
    spread: float = 0.25
    hz: float = 12.0
    start_s: float = 45.0


class Ages(msgspec.Struct, frozen=True):
    """At one load. quantiles_s: at QUANTILES. waiting: full mailboxes for each worker, the mean over time."""

    drawing_per_worker: float
    quantiles_s: tuple[float, ...]
    waiting: float


def ages(engine: Engine, drawing: int, workers: int, seconds: float, seed: int) -> Ages:
    """Simulate so many sessions on so many workers."""
    chance = random.Random(seed)
    board = Board()
    for number in range(workers):
        board.worker_up(f"w{number}", ("e",))
    order = itertools.count()
    events = [(chance.random() / engine.hz, next(order), True, f"s{n}") for n in range(drawing)]
    heapq.heapify(events)
    seen: list[float] = []
    waiting_s, before_s, wake_s = 0.0, _WARM_UP_S, 0.0
    while events[0][0] < _WARM_UP_S + seconds:
        now_s, _, sends, who = heapq.heappop(events)
        if now_s > _WARM_UP_S:
            waiting_s += board.waiting * (now_s - before_s)
            before_s = now_s
        if who and sends:
            board.offer(who, "e", now_s)
            heapq.heappush(events, (now_s + chance.uniform(0.5, 1.5) / engine.hz, next(order), True, who))
        elif who:
            shot = board.finish(who, now_s, rendered=True)
            if shot is not None and now_s > _WARM_UP_S:
                seen.append(now_s - shot.since_s)
        decision = board.decide(now_s)
        for assignment in decision.assignments:
            spent_s = engine.render_s * chance.uniform(1.0 - engine.spread, 1.0 + engine.spread)
            heapq.heappush(events, (now_s + spent_s, next(order), False, assignment.worker))
        if decision.wake_s is not None and decision.wake_s != wake_s:
            wake_s = decision.wake_s
            heapq.heappush(events, (wake_s, next(order), False, ""))
    quantiles = np.quantile(seen, QUANTILES)
    return Ages(drawing / workers, tuple(float(q) for q in quantiles), waiting_s / seconds / workers)


class Law:
    """`ages` at any load: between those that were simulated by straight lines, beyond the last in proportion."""

    def __init__(self, measured: Sequence[Ages]) -> None:
        self.measured = tuple(measured)
        self._loads = np.array([one.drawing_per_worker for one in measured])
        self._quantiles_s = np.array([one.quantiles_s for one in measured])  # [loads, quantiles]
        self._p95_s = self._quantiles_s[:, -2:].mean(axis=1)
        self._waiting = np.array([one.waiting for one in measured])

    def ages_s(self, drawing_per_worker: NDArray[np.float64]) -> NDArray[np.float64]:
        """[n] -> [n, quantiles]. Where nobody renders, infinite."""
        last = self._loads[-1]
        within = np.clip(drawing_per_worker, self._loads[0], last)
        columns = [np.interp(within, self._loads, column) for column in self._quantiles_s.T]
        out: NDArray[np.float64] = np.stack(columns, axis=-1) * np.maximum(1.0, drawing_per_worker / last)[:, None]
        return out

    def p95_s(self, drawing_per_worker: NDArray[np.float64]) -> NDArray[np.float64]:
        last = self._loads[-1]
        within = np.interp(np.minimum(drawing_per_worker, last), self._loads, self._p95_s)
        out: NDArray[np.float64] = within * np.maximum(1.0, drawing_per_worker / last)
        return out

    def waiting(self, drawing_per_worker: NDArray[np.float64]) -> NDArray[np.float64]:
        """Full mailboxes for each worker."""
        last = self._loads[-1]
        within = np.interp(np.minimum(drawing_per_worker, last), self._loads, self._waiting)
        out: NDArray[np.float64] = within * np.maximum(1.0, drawing_per_worker / last)
        return out


def law(engine: Engine, workers: int, seconds: float, seed: int) -> Law:
    """Simulate from a quarter of a session a worker to three times as many as can be served in a quarter second."""
    top = 3.0 * 0.25 / engine.render_s
    loads = np.geomspace(0.25, top, 14)
    return Law([ages(engine, max(1, round(load * workers)), workers, seconds, seed) for load in loads])
