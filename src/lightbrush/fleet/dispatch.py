"""Who renders what next: a pure function over frozen values. The gateway and the simulator call the same one.

Fairness: of the sessions with a shot waiting, the one with the fewest renders in flight goes first, then the
one whose mailbox has waited longest. A session of weight 2 counts half its renders in flight and twice its wait,
so under load it gets twice the pictures of one of weight 1. A newer shot replaces an older one in its mailbox
without losing the place, so drawing faster gains nothing, and among equals no mailbox waits longer than one render
of every other session.

Smoothness: several workers may render for one session at once, but their starts are spaced by the measured
render time over the workers that are its share, so that pictures come back evenly and not in bursts.

Batches: when no worker is free for a session that waits, it may join a render of the same engine and size that starts
now, where the engine can make several pictures at once. How many is decided by what batches of each size have been
measured to take: so many as give the most pictures a second, and only while nobody waits longer for it on the mean than
if they were rendered one after the other. Nothing waits for a batch to fill.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import msgspec


class Policy(msgspec.Struct, frozen=True):
    """first_render_s, first_unit_s: what a render, and a unit of a job, is taken to cost before one was measured.
    smoothing: weight of the newest measurement in the running mean. max_attempts: a shot whose worker died this often
    is not tried again. most_together: pictures of a batch. first_more: of what one picture takes, what another one in
    its batch is taken to add before that was measured. curve_s: a measurement of a batch counts for so long, and is
    then made anew: what a GPU has to prepare for the first of a kind tells nothing of the next."""

    first_render_s: float = 0.1
    first_unit_s: float = 0.03
    smoothing: float = 0.2
    max_attempts: int = 3
    most_together: int = 8
    first_more: float = 0.5
    curve_s: float = 60.0


class Waiting(msgspec.Struct, frozen=True):
    """A full mailbox: the newest shot of a session. since_s: when the mailbox was last empty. weight: above 0. alike:
    shots of one engine that are equal in this may be rendered at once; "" alone."""

    session: str
    ticket: int
    engine: str
    since_s: float
    attempts: int = 0
    weight: float = 1.0
    alike: str = ""


class Rendering(msgspec.Struct, frozen=True):
    """A shot that a worker holds. more: those that it renders at once with it and has not answered. count: how many
    that were at the start."""

    worker: str
    shot: Waiting
    started_s: float
    more: tuple[Waiting, ...] = ()
    count: int = 1

    @property
    def shots(self) -> tuple[Waiting, ...]:
        return (self.shot, *self.more)


class Worker(msgspec.Struct, frozen=True):
    """together: those of its engines that can make several pictures at once."""

    id: str
    engines: tuple[str, ...]
    together: tuple[str, ...] = ()


Curve = Mapping[int, float]
"""How long so many pictures at once take, in seconds: running means of what was measured."""


class State(msgspec.Struct, frozen=True):
    """last_start_s: by session. render_s: running mean by engine, of a picture. occupied: workers that have a job's
    unit. curves: by engine and what is alike."""

    workers: tuple[Worker, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    rendering: tuple[Rendering, ...] = ()
    last_start_s: Mapping[str, float] = {}
    render_s: Mapping[str, float] = {}
    occupied: tuple[str, ...] = ()
    curves: Mapping[tuple[str, str], Curve] = {}


class Assignment(msgspec.Struct, frozen=True):
    """more: rendered with it, at once."""

    worker: str
    shot: Waiting
    more: tuple[Waiting, ...] = ()

    @property
    def shots(self) -> tuple[Waiting, ...]:
        return (self.shot, *self.more)


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
    in_flight = Counter(shot.session for r in state.rendering for shot in r.shots)
    assignments: list[Assignment] = []
    wake_s: float | None = None

    def turn(shot: Waiting) -> tuple[float, float, float, str]:
        waited_s = (now_s - shot.since_s) * shot.weight
        return in_flight[shot.session] / shot.weight, -waited_s, shot.since_s, shot.session

    turns = sorted(state.waiting, key=turn)
    for shot in turns:
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
    return Decision(tuple(_joined(assignments, turns, in_flight, state, policy)), wake_s)


def _joined(
    assignments: list[Assignment], turns: list[Waiting], in_flight: Mapping[str, int], state: State, policy: Policy
) -> list[Assignment]:
    """Those who found no worker, and of whom nothing is in flight, join what starts now, in their turn."""
    started = {assignment.shot.session for assignment in assignments}
    left = [shot for shot in turns if shot.session not in started and not in_flight.get(shot.session)]
    able = {worker.id: worker.together for worker in state.workers}
    made = []
    for assignment in assignments:
        first = assignment.shot
        could = [shot for shot in left if together(first, shot)] if first.engine in able[assignment.worker] else []
        size = best(state.curves.get((first.engine, first.alike), {}), 1 + len(could), policy)
        joins = tuple(could[: size - 1])
        left = [shot for shot in left if shot not in joins]
        made.append(msgspec.structs.replace(assignment, more=joins))
    return made


def together(a: Waiting, b: Waiting) -> bool:
    """Whether they may be rendered at once. What a worker died of is tried alone, so that it takes no others along."""
    return bool(a.alike) and (a.engine, a.alike) == (b.engine, b.alike) and not (a.attempts or b.attempts)


def best(curve: Curve, waiting: int, policy: Policy) -> int:
    """How many of so many who wait to render at once, at least 1.

    Beyond what was measured it goes by doubling, as if each more cost what those before it did, or `first_more`: the
    measurement then tells.
    """
    alone_s = curve.get(1)
    if alone_s is None:
        return 1
    known = max(curve)
    more_s = (curve[known] - alone_s) / (known - 1) if known > 1 else policy.first_more * alone_s
    size, rate = 1, 1.0 / alone_s
    for n in range(2, min(waiting, policy.most_together, 2 * known) + 1):
        below = max(m for m in curve if m <= n)
        took_s = max(alone_s, curve[below] + (n - below) * more_s)
        if took_s <= alone_s * (n + 1) / 2 and n / took_s > rate:
            size, rate = n, n / took_s
    return size


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
    drawing |= {s.session: s.weight for r in state.rendering for s in r.shots if s.engine == engine}
    return max(1.0, workers * shot.weight / sum(drawing.values()))
