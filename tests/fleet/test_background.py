"""Background work: what always holds of it, and what a simulated fleet makes of it."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightbrush.fleet.background import Queue, fill
from lightbrush.fleet.backlog import Doing
from lightbrush.fleet.board import Board
from lightbrush.fleet.dispatch import Decision, Policy, Rendering, State, Waiting, Worker, decide

POLICY = Policy()
engines = st.sampled_from(["a", "b", "x4"])
priorities = st.floats(0.1, 10)


@st.composite
def states(draw: st.DrawFn) -> State:
    """With shots that wait, and workers of which some render and some have a unit."""
    tickets = itertools.count(1)
    times = st.floats(0, 100)
    loaded = draw(st.lists(st.sets(engines, min_size=1).map(lambda e: tuple(sorted(e))), max_size=5))
    workers = tuple(Worker(f"w{n}", e) for n, e in enumerate(loaded))
    waiting = tuple(Waiting(f"s{n}", next(tickets), draw(engines), draw(times)) for n in range(draw(st.integers(0, 4))))
    doing = {w: draw(st.sampled_from(["nothing", "shot", "unit"])) for w in workers}
    rendering = tuple(
        Rendering(w.id, Waiting(f"s{draw(st.integers(0, 5))}", next(tickets), w.engines[0], draw(times)), draw(times))
        for w, what in doing.items()
        if what == "shot"
    )
    starts = {r.shot.session: r.started_s for r in rendering}
    occupied = tuple(w.id for w, what in doing.items() if what == "unit")
    return State(workers, waiting, rendering, starts, {}, occupied)


@st.composite
def queues(draw: st.DrawFn) -> list[Queue]:
    return [
        Queue(
            job=f"j{n}",
            engine=draw(engines),
            units=tuple(range(draw(st.integers(0, 4)))),
            priority=draw(priorities),
            served_s=draw(st.floats(0, 10)),
            unit_s=draw(st.floats(0.001, 1)),
        )
        for n in range(draw(st.integers(0, 4)))
    ]


@given(states(), queues(), st.floats(0, 200))
def test_a_worker_gets_one_thing_at_a_time_and_only_what_it_has_loaded(
    state: State, jobs: list[Queue], now_s: float
) -> None:
    decision = decide(state, POLICY, now_s)
    starts = fill(state, decision, jobs)
    holding = [*state.occupied, *(r.worker for r in state.rendering)]
    holding += [a.worker for a in decision.assignments] + [s.worker for s in starts]
    assert len(holding) == len(set(holding))
    loaded, needs = {w.id: w.engines for w in state.workers}, {q.job: q.engine for q in jobs}
    assert all(needs[s.job] in loaded[s.worker] for s in starts)
    offered = {(q.job, unit) for q in jobs for unit in q.units}
    started = [(s.job, s.unit) for s in starts]
    assert len(started) == len(set(started))
    assert set(started) <= offered


@given(states(), queues(), st.floats(0, 200))
def test_no_unit_takes_a_worker_that_a_shot_could_start_on_now(state: State, jobs: list[Queue], now_s: float) -> None:
    decision = decide(state, POLICY, now_s)
    given_away = {s.worker for s in fill(state, decision, jobs)}
    assigned = {a.shot.ticket for a in decision.assignments}
    rendering = tuple(Rendering(a.worker, a.shot, now_s) for a in decision.assignments)
    started = {a.shot.session: now_s for a in decision.assignments}
    left = msgspec.structs.replace(
        state,
        waiting=tuple(shot for shot in state.waiting if shot.ticket not in assigned),
        rendering=state.rendering + rendering,
        last_start_s={**state.last_start_s, **started},
    )
    assert not given_away & {a.worker for a in decide(left, POLICY, now_s).assignments}


@given(states(), queues(), st.floats(0, 200))
def test_no_worker_idles_while_a_unit_waits_for_it(state: State, jobs: list[Queue], now_s: float) -> None:
    decision = decide(state, POLICY, now_s)
    starts = fill(state, decision, jobs)
    taken = {*state.occupied, *(r.worker for r in state.rendering)}
    taken |= {a.worker for a in decision.assignments} | {s.worker for s in starts}
    count = Counter(s.job for s in starts)
    for queue in jobs:
        if count[queue.job] < len(queue.units):
            assert not [w for w in state.workers if w.id not in taken and queue.engine in w.engines]


@given(states(), queues(), st.floats(0, 200))
def test_among_jobs_of_one_engine_none_gets_ahead_of_one_that_had_less(
    state: State, jobs: list[Queue], now_s: float
) -> None:
    starts = fill(state, decide(state, POLICY, now_s), jobs)
    count = Counter(s.job for s in starts)
    for passed, taken in itertools.permutations(jobs, 2):
        if passed.engine == taken.engine and count[taken.job] and count[passed.job] < len(passed.units):
            before_last_s = taken.served_s + (count[taken.job] - 1) * taken.unit_s / taken.priority
            assert before_last_s <= passed.served_s + count[passed.job] * passed.unit_s / passed.priority + 1e-9


@given(states(), st.floats(0, 200))
def test_without_jobs_nothing_is_started_and_a_worker_with_a_unit_is_as_busy_as_one_that_renders(
    state: State, now_s: float
) -> None:
    decision = decide(state, POLICY, now_s)
    assert fill(state, decision, []) == ()
    assert decision.starts == ()
    gone = tuple(w for w in state.workers if w.id not in state.occupied)
    assert not {a.worker for a in decision.assignments} - {w.id for w in gone}


def test_a_versatile_worker_is_kept_free_for_shots() -> None:
    state = State((Worker("both", ("a", "x4")), Worker("only-x4", ("x4",))))
    (start,) = fill(state, Decision(), [Queue(job="j", engine="x4", units=(7,))])
    assert (start.worker, start.unit) == ("only-x4", 7)


def test_several_workers_that_are_free_at_once_are_shared_by_priority() -> None:
    state = State(tuple(Worker(f"w{n}", ("x4",)) for n in range(6)))
    units = tuple(range(10))
    jobs = [Queue(job="high", engine="x4", units=units, priority=2.0), Queue(job="low", engine="x4", units=units)]
    starts = fill(state, Decision(), jobs)
    assert Counter(start.job for start in starts) == {"high": 4, "low": 2}
    assert [start.unit for start in starts if start.job == "high"] == [0, 1, 2, 3]


def test_a_shot_that_starts_takes_its_worker_from_a_unit() -> None:
    state = State((Worker("w0", ("a", "x4")),), (Waiting("s", 1, "a", 0.0),))
    decision = decide(state, POLICY, 0.0)
    assert [a.worker for a in decision.assignments] == ["w0"]
    assert fill(state, decision, [Queue(job="j", engine="x4", units=(0,))]) == ()


def test_a_worker_that_has_a_unit_gets_no_shot() -> None:
    state = State((Worker("w0", ("a",)),), (Waiting("s", 1, "a", 0.0),), occupied=("w0",))
    assert decide(state, POLICY, 0.0) == Decision()


def board(workers: int = 1) -> Board:
    made = Board()
    for number in range(workers):
        made.worker_up(f"w{number}", ("a", "x4"))
    return made


def test_a_shot_that_comes_while_a_unit_runs_is_next() -> None:
    b = board()
    b.backlog.offer("j", "x4", [0, 1])
    assert [(s.worker, s.unit) for s in b.decide(0.0).starts] == [("w0", 0)]
    b.offer("s", "a", 0.01)
    assert b.decide(0.01) == Decision()
    assert b.backlog.finish("w0", 0.03) == Doing("j", 0, 0.0, POLICY.first_unit_s)
    decision = b.decide(0.03)
    assert [a.shot.session for a in decision.assignments] == ["s"]
    assert decision.starts == ()


def test_the_unit_of_a_worker_that_died_is_handed_back_and_may_be_offered_again() -> None:
    b = board()
    b.backlog.offer("j", "x4", [0])
    b.decide(0.0)
    lost = b.worker_down("w0")
    assert isinstance(lost, Doing)
    assert (lost.job, lost.unit) == ("j", 0)
    b.worker_up("w1", ("x4",))
    assert b.decide(1.0).starts == ()
    b.backlog.offer("j", "x4", [0])
    assert [(s.worker, s.unit) for s in b.decide(1.0).starts] == [("w1", 0)]


def test_a_unit_that_a_worker_has_is_not_started_again_though_it_is_offered() -> None:
    b = board(2)
    b.backlog.offer("j", "x4", [0])
    b.decide(0.0)
    b.backlog.offer("j", "x4", [0, 1])
    assert [s.unit for s in b.decide(0.0).starts] == [1]


def test_of_a_job_that_has_ended_nothing_starts_and_what_runs_finishes() -> None:
    b = board()
    b.backlog.offer("j", "x4", [0, 1])
    b.decide(0.0)
    b.backlog.forget("j")
    done = b.backlog.finish("w0", 0.1)
    assert done is not None
    assert done.unit == 0
    assert b.decide(0.1).starts == ()


def test_a_worker_that_retires_is_not_idle_until_its_unit_is_done() -> None:
    b = board()
    b.backlog.offer("j", "x4", [0, 1])
    b.decide(0.0)
    b.retire("w0")
    assert not b.idle("w0")
    b.backlog.finish("w0", 0.1)
    assert b.idle("w0")
    assert b.decide(0.1).starts == ()


def test_a_unit_that_took_longer_than_it_was_charged_for_is_made_up_for_to_the_others() -> None:
    b = board()
    b.backlog.offer("a-slow", "x4", list(range(100)))
    b.backlog.offer("quick", "x4", list(range(100)))
    assert [start.job for start in b.decide(0.0).starts] == ["a-slow"]
    b.backlog.finish("w0", 3.0)
    for step in range(50):
        now_s = 3.0 + step * 0.03
        assert [start.job for start in b.decide(now_s).starts] == ["quick"]
        b.backlog.finish("w0", now_s + 0.03)


def test_to_be_paused_and_resumed_while_a_unit_runs_brings_no_more_time() -> None:
    b = board()
    started: Counter[str] = Counter()
    for step in range(400):
        for job in ("steady", "restless"):
            b.backlog.offer(job, "x4", [2 * step, 2 * step + 1])
        for start in b.decide(step * 0.03).starts:
            started[start.job] += 1
        b.backlog.offer("restless", "x4", [])
        b.backlog.finish("w0", step * 0.03 + 0.03)
    assert sum(started.values()) == 400
    assert 190 <= started["restless"] <= 210


def simulate(
    jobs: Mapping[str, tuple[float, float, float]], workers: int, seconds: float, hz: Mapping[str, float] | None = None
) -> tuple[list[float], Counter[str], float]:
    """jobs: priority, seconds a unit, when it comes -> live waits in mailboxes, workers' time by job, all live time."""
    render_s = 0.04
    b = board(workers)
    order = itertools.count()
    units = itertools.count()
    waits: list[float] = []
    spent: Counter[str] = Counter()
    live_s = 0.0
    events = [(n * 0.007, next(order), "offer", s) for n, s in enumerate(hz or {})]
    events += [(come_s, next(order), "job", job) for job, (_, _, come_s) in jobs.items()]
    heapq.heapify(events)
    while events and events[0][0] < seconds:
        now_s, _, what, who = heapq.heappop(events)
        if what == "offer":
            b.offer(who, "a", now_s)
            heapq.heappush(events, (now_s + 1 / (hz or {})[who], next(order), "offer", who))
        elif what == "job":
            b.backlog.offer(who, "x4", [next(units) for _ in range(2 * workers)], jobs[who][0])
        elif what == "shot":
            b.finish(who, now_s, rendered=True)
        elif what == "unit":
            b.backlog.finish(who, now_s)
        decision = b.decide(now_s)
        for a in decision.assignments:
            waits.append(now_s - a.shot.since_s)
            live_s += render_s
            heapq.heappush(events, (now_s + render_s, next(order), "shot", a.worker))
        for s in decision.starts:
            priority, unit_s, _ = jobs[s.job]
            spent[s.job] += unit_s
            heapq.heappush(events, (now_s + unit_s, next(order), "unit", s.worker))
            b.backlog.offer(s.job, "x4", [next(units) for _ in range(2 * workers)], priority)
        if decision.wake_s is not None:
            heapq.heappush(events, (decision.wake_s, next(order), "wake", ""))
    return waits, spent, live_s


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


@pytest.mark.parametrize("workers", [1, 3])
def test_twice_the_priority_is_twice_the_time_whatever_the_units_take(workers: int) -> None:
    _, spent, _ = simulate({"low": (1.0, 0.03, 0.0), "high": (2.0, 0.03, 0.0), "long": (1.0, 0.2, 0.0)}, workers, 60)
    assert math.isclose(spent["high"], 2 * spent["low"], rel_tol=0.05)
    assert math.isclose(spent["long"], spent["low"], rel_tol=0.05)


def test_a_job_that_comes_late_neither_catches_up_nor_waits() -> None:
    _, spent, _ = simulate({"first": (1.0, 0.03, 0.0), "late": (1.0, 0.03, 30.0)}, 1, 60)
    assert math.isclose(spent["first"], 45, rel_tol=0.02)
    assert math.isclose(spent["late"], 15, rel_tol=0.02)


@pytest.mark.parametrize("hz", [{"s0": 5.0}, {"s0": 11.0, "s1": 3.0}, {f"s{n}": 30.0 for n in range(4)}])
@pytest.mark.parametrize("workers", [1, 2])
def test_with_a_job_live_shots_wait_at_most_one_unit_longer_and_idle_time_is_filled(
    hz: dict[str, float], workers: int
) -> None:
    unit_s, seconds = 0.03, 30.0
    alone, _, _ = simulate({}, workers, seconds, hz)
    shared, spent, live_s = simulate({"j": (1.0, unit_s, 0.0)}, workers, seconds, hz)
    for share in (0.5, 0.95, 1.0):
        assert quantile(shared, share) <= quantile(alone, share) + unit_s + 1e-9
    idle_s = workers * seconds - live_s
    if idle_s > 1.0:
        assert spent["j"] >= 0.9 * idle_s
