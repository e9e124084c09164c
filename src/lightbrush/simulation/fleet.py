"""Fleets that serve a demand: elastic by `scaling.decide`, of a fixed size, or scaled by the length of the queue."""

from __future__ import annotations

import math
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from lightbrush.fleet import scaling
from lightbrush.simulation.demand import Scenario
from lightbrush.simulation.shots import Engine, Law

#: Workers are spread over so many zones; in one that has failed nothing starts.
ZONES: Final = 3
#: Of Kubernetes' horizontal pod autoscaler and KEDA: how often they look, and how long they remember the most.
_QUEUE_EVERY_S: Final = 15.0
_QUEUE_HOLD_S: Final = 300.0
#: Bins of ages, from 10 ms to a minute; the last holds what nobody renders too.
_AGE_BINS_S: Final = np.geomspace(0.01, 60.0, 480)
#: Bins of how many draw for each worker; beyond the last is where nobody renders.
_LOAD_BINS: Final = np.geomspace(0.1, 2000.0, 1200)


class Run(msgspec.Struct, frozen=True):
    """Of one fleet under one demand. workers: [steps], up or starting, all paid for. p95_s: [minutes], over all that
    was drawn in that minute. served: [bins], how much was drawn by how old it was when it was in a picture."""

    workers: NDArray[np.int64]
    p95_s: NDArray[np.float64]
    served: NDArray[np.float64]
    step_s: float

    @property
    def gpu_hours(self) -> float:
        return float(self.workers.sum()) * self.step_s / 3600.0

    @property
    def overall_p95_s(self) -> float:
        return _quantile_s(self.served, 0.95)

    def kept(self, latency_s: float) -> float:
        """The share of minutes in which the objective was kept."""
        return float((self.p95_s <= latency_s).mean())


def elastic(demand: NDArray[np.int32], scenario: Scenario, engine: Engine, law: Law, policy: scaling.Policy) -> Run:
    """Each gateway asks `scaling.decide` at each step, of what the last step showed."""
    up, coming = _first(demand, engine, policy), _Coming(scenario, engine, demand.shape[1])
    memory: list[tuple[scaling.Memory, ...]] = [()] * demand.shape[1]
    book = _Book(demand, scenario, law)
    for step, drawing in enumerate(demand):
        up = _lose(up + coming.arrive(step), scenario, step)
        starting = coming.total()
        book.note(step, up, starting)
        late_s = law.p95_s(drawing / np.maximum(up, 1)).tolist()
        wants = np.zeros_like(up)
        for gateway, (draws, ready, begun) in enumerate(
            zip(drawing.tolist(), up.tolist(), starting.tolist(), strict=True)
        ):
            load = scaling.Load("e", draws, draws * engine.hz, engine.render_s, late_s[gateway] if draws else 0.0)
            pool = scaling.Pool(("e",), ready, begun, engine.start_s)
            decision = scaling.decide(scaling.State((pool,), (load,), memory[gateway]), policy, step * scenario.step_s)
            memory[gateway] = decision.memory
            for move in decision.moves:
                wants[gateway] += move.count if move.of is None else -move.count
        up = _change(up, coming, wants, step)
    return book.run()


def fixed(demand: NDArray[np.int32], scenario: Scenario, law: Law, each: int) -> Run:
    """So many workers a gateway, always. One that is lost is not replaced."""
    up = np.full(demand.shape[1], each)
    book = _Book(demand, scenario, law)
    for step in range(len(demand)):
        up = _lose(up, scenario, step)
        book.note(step, up, np.zeros_like(up))
    return book.run()


def queue_length(
    demand: NDArray[np.int32], scenario: Scenario, engine: Engine, law: Law, policy: scaling.Policy, target: float
) -> Run:
    """As many workers as leave `target` full mailboxes to each; down to the most that was wanted in five minutes."""
    up, coming = _first(demand, engine, policy), _Coming(scenario, engine, demand.shape[1])
    every = max(1, round(_QUEUE_EVERY_S / scenario.step_s))
    wanted = np.tile(up, (round(_QUEUE_HOLD_S / scenario.step_s / every), 1))
    book = _Book(demand, scenario, law)
    for step, drawing in enumerate(demand):
        up = _lose(up + coming.arrive(step), scenario, step)
        starting = coming.total()
        book.note(step, up, starting)
        if step % every == 0:
            queue = law.waiting(drawing / np.maximum(up, 1)) * np.maximum(up, 1)
            wanted = np.roll(wanted, 1, axis=0)
            wanted[0] = np.clip(np.ceil(queue / target), policy.least, policy.most)
            aim = np.maximum(wanted[0], np.minimum(up + starting, wanted.max(axis=0)))
            up = _change(up, coming, aim.astype(up.dtype) - up - starting, step)
    return book.run()


def cheapest_fixed(demand: NDArray[np.int32], scenario: Scenario, law: Law, latency_s: float) -> Run:
    """The smallest fleet of fixed size that keeps the objective in every minute: known only afterwards."""
    low, high = 0, int(demand.max()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fixed(demand, scenario, law, middle).kept(latency_s) == 1.0 else (middle, high)
    return fixed(demand, scenario, law, high)


class _Coming:
    """Workers that start: [steps until they are up, gateways], turning."""

    def __init__(self, scenario: Scenario, engine: Engine, gateways: int) -> None:
        self.delay = max(1, math.ceil(engine.start_s / scenario.step_s))
        self._ring = np.zeros((self.delay + 1, gateways), np.int64)

    def arrive(self, step: int) -> NDArray[np.int64]:
        slot = step % len(self._ring)
        came: NDArray[np.int64] = self._ring[slot].copy()
        self._ring[slot] = 0
        return came

    def total(self) -> NDArray[np.int64]:
        total: NDArray[np.int64] = self._ring.sum(axis=0)
        return total

    def start(self, step: int, counts: NDArray[np.int64]) -> None:
        self._ring[(step + self.delay) % len(self._ring)] += counts

    def cancel(self, step: int, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """The last started first -> how many could not be."""
        for ago in range(len(self._ring)):
            slot = (step + self.delay - ago) % len(self._ring)
            gone = np.minimum(counts, self._ring[slot])
            self._ring[slot] -= gone
            counts = counts - gone
        return counts


class _Book:
    def __init__(self, demand: NDArray[np.int32], scenario: Scenario, law: Law) -> None:
        self._demand, self._scenario, self._law = demand, scenario, law
        self._workers = np.zeros(len(demand), np.int64)
        self._a_minute = round(60.0 / scenario.step_s)
        self._loads = np.zeros((math.ceil(len(demand) / self._a_minute), len(_LOAD_BINS) + 1))  # drawn, by minute

    def note(self, step: int, up: NDArray[np.int64], starting: NDArray[np.int64]) -> None:
        self._workers[step] = up.sum() + starting.sum()
        drawing = self._demand[step]
        loads = np.where(up > 0, drawing / np.maximum(up, 1), np.inf)
        bins = np.searchsorted(_LOAD_BINS, loads)
        self._loads[step // self._a_minute] += np.bincount(bins, drawing, self._loads.shape[1])

    def run(self) -> Run:
        by_minute = self._loads @ _ages_by_load(self._law)
        p95_s = np.array([_quantile_s(minute, 0.95) for minute in by_minute])
        return Run(self._workers, p95_s, by_minute.sum(axis=0), self._scenario.step_s)


def _ages_by_load(law: Law) -> NDArray[np.float64]:
    """[load bins, age bins]: how what is drawn at a load is spread over ages; each row sums to 1."""
    bins = np.searchsorted(_AGE_BINS_S, law.ages_s(np.append(_LOAD_BINS, np.inf)))
    rows = [np.bincount(row, minlength=len(_AGE_BINS_S) + 1) / len(row) for row in bins]
    return np.stack(rows)


def _quantile_s(served: NDArray[np.float64], share: float) -> float:
    """By the upper edge of its bin."""
    total = served.cumsum()
    if not total[-1]:
        return 0.0
    at = int(np.searchsorted(total, share * total[-1]))
    return float(_AGE_BINS_S[at]) if at < len(_AGE_BINS_S) else math.inf


def _first(demand: NDArray[np.int32], engine: Engine, policy: scaling.Policy) -> NDArray[np.int64]:
    """A fleet that has settled on what it begins with."""
    each = [scaling.need(scaling.Load("e", d, d * engine.hz, engine.render_s), policy) for d in demand[0].tolist()]
    return np.clip(np.ceil(each), policy.least, policy.most).astype(np.int64)


def _lose(up: NDArray[np.int64], scenario: Scenario, step: int) -> NDArray[np.int64]:
    if scenario.fails_s is None or step != round(scenario.fails_s / scenario.step_s):
        return up
    return up - up // ZONES


def _change(up: NDArray[np.int64], coming: _Coming, by: NDArray[np.int64], step: int) -> NDArray[np.int64]:
    """Start where `by` is above 0; where it is below, stop first what has not started yet."""
    coming.start(step, np.maximum(by, 0))
    return up - coming.cancel(step, np.maximum(-by, 0))
