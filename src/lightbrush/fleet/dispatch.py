"""Who renders what next: a pure function over frozen values. The gateway and the simulator call the same one.

Fairness: of the sessions with a shot waiting, the one with the fewest renders in flight goes first, then the
one whose mailbox has waited longest. A session of weight 2 counts half its renders in flight and twice its wait,
so under load it gets twice the pictures of one of weight 1. A newer shot replaces an older one in its mailbox
without losing the place, so drawing faster gains nothing, and among equals no mailbox waits longer than one render
of every other session.

Smoothness: several workers may render for one session at once, but their starts are spaced by the measured
render time over the workers that are its share, so that pictures come back evenly and not in bursts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import msgspec


class Policy(msgspec.Struct, frozen=True):
    """first_render_s, first_unit_s: what a render, and a unit of a job, is taken to cost before one was measured.
    smoothing: weight of the newest measurement in the running mean. max_attempts: a shot whose worker died this often
    is not tried again."""

    first_render_s: float = 0.1
    first_unit_s: float = 0.03
    smoothing: float = 0.2
    max_attempts: int = 3


class Waiting(msgspec.Struct, frozen=True):
    """A full mailbox: the newest shot of a session. since_s: when the mailbox was last empty. weight: above 0."""

    session: str
    ticket: int
    engine: str
    since_s: float
    attempts: int = 0
    weight: float = 1.0


class Rendering(msgspec.Struct, frozen=True):
    """A shot that a worker holds."""

    worker: str
    shot: Waiting
    started_s: float


class Worker(msgspec.Struct, frozen=True):
    id: str
    engines: tuple[str, ...]


class State(msgspec.Struct, frozen=True):
    """last_start_s: by session. render_s: running mean by engine. occupied: workers that have a job's unit."""

    workers: tuple[Worker, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    rendering: tuple[Rendering, ...] = ()
    last_start_s: Mapping[str, float] = {}
    render_s: Mapping[str, float] = {}
    occupied: tuple[str, ...] = ()


class Assignment(msgspec.Struct, frozen=True):
    worker: str
    shot: Waiting


class Start(msgspec.Struct, frozen=True):
    """A unit of a job to a worker that no shot needs now."""

    worker: str
    job: str
    unit: int


class Decision(msgspec.Struct, frozen=True):
    """wake_s: when to decide again though nothing else happened; None: only an event changes it. starts: of units,
    which `background.fill` finds and the board adds."""

    assignments: tuple[Assignment, ...] = ()
    wake_s: float | None = None
    starts: tuple[Start, ...] = ()


def decide(state: State, policy: Policy, now_s: float) -> Decision:
    busy = {r.worker for r in state.rendering} | set(state.occupied)
    free = [w for w in state.workers if w.id not in busy]
    in_flight = Counter(r.shot.session for r in state.rendering)
    assignments: list[Assignment] = []
    wake_s: float | None = None

    def turn(shot: Waiting) -> tuple[float, float, float, str]:
        waited_s = (now_s - shot.since_s) * shot.weight
        return in_flight[shot.session] / shot.weight, -waited_s, shot.since_s, shot.session

    for shot in sorted(state.waiting, key=turn):
        if not free:
            break
        able = [w for w in free if shot.engine in w.engines]
        if not able:
            continue
        due_s = _due(shot, state, policy, in_flight[shot.session])
        if due_s > now_s:
            if due_s < math.inf:
                wake_s = due_s if wake_s is None else min(wake_s, due_s)
            continue
        worker = min(able, key=lambda w: (len(w.engines), w.id))  # keep the versatile ones free
        free.remove(worker)
        assignments.append(Assignment(worker.id, shot))
    return Decision(tuple(assignments), wake_s)


def smooth(mean: float | None, measured: float, policy: Policy) -> float:
    """Exponentially weighted running mean; the first measurement is taken whole."""
    return measured if mean is None else mean + policy.smoothing * (measured - mean)


def _due(shot: Waiting, state: State, policy: Policy, in_flight: int) -> float:
    """When a shot may start: at once if its session has none in flight, never while it has its share."""
    if in_flight == 0:
        return -math.inf
    share = _share(shot, state)
    if in_flight >= math.ceil(share):
        return math.inf
    render_s = state.render_s.get(shot.engine, policy.first_render_s)
    return state.last_start_s.get(shot.session, -math.inf) + render_s / share


def _share(shot: Waiting, state: State) -> float:
    """Workers that could serve its session now, were they split by weight among those that draw; at least 1."""
    engine = shot.engine
    workers = sum(engine in w.engines for w in state.workers)
    drawing = {w.session: w.weight for w in state.waiting if w.engine == engine}
    drawing |= {r.shot.session: r.shot.weight for r in state.rendering if r.shot.engine == engine}
    return max(1.0, workers * shot.weight / sum(drawing.values()))
