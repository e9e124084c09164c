"""The dispatch policy: what always holds, and what a simulated fleet makes of it."""

from __future__ import annotations

import heapq
import itertools
import math
from statistics import mean, pstdev

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lightbrush.benchmarks.studio import jain
from lightbrush.fleet.board import Board
from lightbrush.fleet.dispatch import Policy, Rendering, State, Waiting, Worker, best, decide, smooth, together

POLICY = Policy()
ENGINES = ("a", "b")

sessions = st.sampled_from([f"s{n}" for n in range(6)])
worker_lists = st.lists(
    st.lists(st.sampled_from(ENGINES), min_size=1, max_size=2, unique=True).map(tuple), max_size=5
).map(lambda engines: tuple(Worker(f"w{n}", e) for n, e in enumerate(engines)))


@st.composite
def states(draw: st.DrawFn) -> State:
    workers = draw(worker_lists)
    tickets = itertools.count(1)
    times = st.floats(0, 100)
    waiting = tuple(
        Waiting(session, next(tickets), draw(st.sampled_from(ENGINES)), draw(times))
        for session in sorted(draw(st.sets(sessions)))
    )
    rendering = tuple(
        Rendering(w.id, Waiting(draw(sessions), next(tickets), w.engines[0], draw(times)), draw(times))
        for w in workers
        if draw(st.booleans())
    )
    starts = {r.shot.session: r.started_s for r in rendering}
    return State(workers, waiting, rendering, starts, {"a": draw(st.floats(0.001, 2))})


@given(states(), st.floats(0, 200))
def test_a_worker_gets_one_shot_at_a_time_and_only_what_it_has_loaded(state: State, now_s: float) -> None:
    decision = decide(state, POLICY, now_s)
    loaded = {w.id: w.engines for w in state.workers}
    holding = [r.worker for r in state.rendering] + [a.worker for a in decision.assignments]
    assert len(holding) == len(set(holding))
    assert all(a.shot.engine in loaded[a.worker] for a in decision.assignments)
    assert len({a.shot.session for a in decision.assignments}) == len(decision.assignments)


@given(states(), st.floats(0, 200))
def test_no_worker_idles_while_a_session_with_nothing_in_flight_waits_for_it(state: State, now_s: float) -> None:
    decision = decide(state, POLICY, now_s)
    assigned = {a.shot.ticket for a in decision.assignments}
    busy = {r.worker for r in state.rendering} | {a.worker for a in decision.assignments}
    drawing = {r.shot.session for r in state.rendering}
    for shot in state.waiting:
        if shot.ticket not in assigned and shot.session not in drawing:
            assert not [w for w in state.workers if w.id not in busy and shot.engine in w.engines]


@given(states(), st.floats(0, 200))
def test_longest_waiting_first_among_equals(state: State, now_s: float) -> None:
    decision = decide(state, POLICY, now_s)
    assigned = {a.shot.ticket for a in decision.assignments}
    drawing = {r.shot.session for r in state.rendering}
    fresh = [w for w in state.waiting if w.session not in drawing]
    for passed, taken in itertools.product(fresh, fresh):
        if passed.engine == taken.engine and taken.ticket in assigned and passed.ticket not in assigned:
            assert taken.since_s <= passed.since_s


@given(states(), st.floats(0, 200))
def test_waking_when_told_starts_something(state: State, now_s: float) -> None:
    wake_s = decide(state, POLICY, now_s).wake_s
    if wake_s is not None:
        assert wake_s > now_s
        assert len(decide(state, POLICY, wake_s).assignments) > 0


@given(states(), st.floats(0, 200))
def test_the_same_state_gives_the_same_decision(state: State, now_s: float) -> None:
    assert decide(state, POLICY, now_s) == decide(state, POLICY, now_s)


def test_a_versatile_worker_is_kept_for_what_only_it_can_do() -> None:
    workers = (Worker("both", ("a", "b")), Worker("only-a", ("a",)))
    waiting = (Waiting("s1", 1, "a", 0.0), Waiting("s2", 2, "b", 1.0))
    decision = decide(State(workers, waiting), POLICY, 2.0)
    assert {a.worker: a.shot.engine for a in decision.assignments} == {"both": "b", "only-a": "a"}


def test_the_running_mean_starts_with_the_first_measurement_and_follows() -> None:
    assert smooth(None, 0.5, POLICY) == 0.5
    value = 0.5
    for _ in range(30):
        value = smooth(value, 0.1, POLICY)
    assert math.isclose(value, 0.1, rel_tol=0.01)


class BoardMachine(RuleBasedStateMachine):
    """Any order of shots, answers, deaths, departures: a live session's newest shot is never forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self.board = Board()
        self.now_s = 0.0
        self.names = itertools.count()
        self.unanswered: dict[str, int] = {}  # session -> its newest ticket, until answered or given up
        self.held: dict[str, int] = {}  # worker -> ticket

    def pump(self) -> None:
        for assignment in self.board.decide(self.now_s).assignments:
            assert assignment.worker not in self.held
            self.held[assignment.worker] = assignment.shot.ticket

    @rule(session=sessions, engine=st.sampled_from(ENGINES), pause_s=st.floats(0, 1))
    def offer(self, session: str, engine: str, pause_s: float) -> None:
        self.now_s += pause_s
        ticket, superseded = self.board.offer(session, engine, self.now_s)
        assert superseded is None or superseded < ticket
        assert superseded not in self.held.values()
        self.unanswered[session] = ticket
        self.pump()

    @rule(engines=st.sampled_from([("a",), ("b",), ("a", "b")]))
    def worker_up(self, engines: tuple[str, ...]) -> None:
        self.board.worker_up(f"w{next(self.names)}", engines)
        self.pump()

    @precondition(lambda self: self.held)
    @rule(data=st.data(), spent_s=st.floats(0.001, 1))
    def answer(self, data: st.DataObject, spent_s: float) -> None:
        self.now_s += spent_s
        worker = data.draw(st.sampled_from(sorted(self.held)))
        ticket = self.held.pop(worker)
        done = self.board.finish(worker, self.now_s, rendered=True)
        assert done is not None
        assert done.ticket == ticket
        if self.unanswered.get(done.session) == ticket:
            del self.unanswered[done.session]
        self.pump()

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(sorted(self.held)))
        ticket = self.held.pop(worker)
        loss = self.board.worker_down(worker)
        assert loss is not None
        assert loss.requeued == (self.unanswered.get(loss.shot.session) == ticket and not loss.exhausted)
        if loss.exhausted:
            del self.unanswered[loss.shot.session]
        self.pump()

    @rule(session=sessions)
    def leave(self, session: str) -> None:
        self.board.leave(session)
        self.unanswered.pop(session, None)

    @invariant()
    def newest_is_kept(self) -> None:
        state = self.board.state()
        kept = {w.ticket for w in state.waiting} | set(self.held.values())
        assert set(self.unanswered.values()) <= kept
        assert len({w.session for w in state.waiting}) == len(state.waiting)


TestBoard = BoardMachine.TestCase


def simulate(
    hz: dict[str, float], workers: int, render_s: float, seconds: float, weights: dict[str, float] | None = None
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Sessions that draw at their rates -> when each one's renders started; the longest wait in a mailbox."""
    board = Board()
    for number in range(workers):
        board.worker_up(f"w{number}", ("a",))
    starts: dict[str, list[float]] = {session: [] for session in hz}
    longest = dict.fromkeys(hz, 0.0)
    events = [(n * 0.0001, n, "offer", session) for n, session in enumerate(hz)]
    order = itertools.count(len(events))
    woken: set[float] = set()
    while events and events[0][0] < seconds:
        now_s, _, what, who = heapq.heappop(events)
        if what == "offer":
            board.offer(who, "a", now_s, (weights or {}).get(who, 1.0))
            heapq.heappush(events, (now_s + 1 / hz[who], next(order), "offer", who))
        elif what == "finish":
            board.finish(who, now_s, rendered=True)
        decision = board.decide(now_s)
        for a in decision.assignments:
            starts[a.shot.session].append(now_s)
            longest[a.shot.session] = max(longest[a.shot.session], now_s - a.shot.since_s)
            heapq.heappush(events, (now_s + render_s, next(order), "finish", a.worker))
        if decision.wake_s is not None and decision.wake_s not in woken:
            woken.add(decision.wake_s)
            heapq.heappush(events, (decision.wake_s, next(order), "wake", ""))
    return starts, longest


def test_four_that_draw_share_one_worker_fairly_though_one_sends_four_times_as_much() -> None:
    starts, longest = simulate({"s1": 60, "s2": 60, "s3": 30, "greedy": 240}, 1, 0.05, 20)
    assert jain([len(s) for s in starts.values()]) >= 0.99
    assert max(longest.values()) <= 4 * 0.05 + 0.001


def test_a_session_of_weight_two_gets_twice_the_pictures_and_the_others_theirs() -> None:
    starts, longest = simulate({"s1": 60, "s2": 60, "heavy": 60}, 1, 0.05, 20, {"heavy": 2.0})
    assert math.isclose(len(starts["heavy"]), 2 * len(starts["s1"]), rel_tol=0.05)
    assert math.isclose(len(starts["s1"]), len(starts["s2"]), rel_tol=0.05)
    assert max(longest.values()) <= 4 * 0.05 + 0.001


def test_a_heavy_session_has_more_of_several_workers_at_once() -> None:
    starts, _ = simulate({"light": 60, "heavy": 60}, 4, 0.1, 20, {"heavy": 3.0})
    assert len(starts["heavy"]) > 2.4 * len(starts["light"])


def test_nobody_starves_in_a_crowd() -> None:
    hz = {f"s{n}": 5.0 + n for n in range(40)}
    starts, longest = simulate(hz, 2, 0.05, 30)
    assert jain([len(s) for s in starts.values()]) >= 0.95
    assert max(longest.values()) <= 40 * 0.05 / 2 + 0.06


def test_one_session_on_three_workers_gets_its_pictures_evenly_spaced() -> None:
    starts, _ = simulate({"s": 200}, 3, 0.09, 10)
    gaps = [b - a for a, b in itertools.pairwise(starts["s"][10:])]
    assert math.isclose(mean(gaps), 0.03, rel_tol=0.15)
    assert pstdev(gaps) < 0.006


def test_one_session_uses_all_three_workers_when_nobody_else_draws() -> None:
    starts, _ = simulate({"s": 200}, 3, 0.09, 10)
    assert len(starts["s"]) > 0.85 * 3 * 10 / 0.09


def test_a_slow_hand_gets_every_stroke_rendered() -> None:
    starts, _ = simulate({"s": 5}, 1, 0.05, 10.1)
    assert len(starts["s"]) == 51


# Batches.

curves = st.dictionaries(st.integers(1, 8), st.floats(0.001, 2.0), max_size=8)


@st.composite
def crowds(draw: st.DrawFn) -> State:
    """As `states`, of engines that can make several pictures at once, and of two sizes."""
    state = draw(states())
    sizes = st.sampled_from(["", "64x64", "128x64"])
    waiting = tuple(Waiting(w.session, w.ticket, w.engine, w.since_s, alike=draw(sizes)) for w in state.waiting)
    workers = tuple(Worker(w.id, w.engines, w.engines if draw(st.booleans()) else ()) for w in state.workers)
    measured = {(engine, size): draw(curves) for engine in ENGINES for size in ("64x64", "128x64")}
    return State(workers, waiting, state.rendering, state.last_start_s, state.render_s, curves=measured)


@given(crowds(), st.floats(0, 200))
def test_who_joins_a_render_is_like_it_waits_and_has_nothing_in_flight(state: State, now_s: float) -> None:
    decision = decide(state, POLICY, now_s)
    workers = {w.id: w for w in state.workers}
    flying = {s.session for r in state.rendering for s in r.shots}
    sessions = [shot.session for a in decision.assignments for shot in a.shots]
    assert len(sessions) == len(set(sessions))
    for assignment in decision.assignments:
        for shot in assignment.more:
            assert together(assignment.shot, shot)
            assert shot.session not in flying
            assert shot.engine in workers[assignment.worker].together
        assert len(assignment.shots) <= POLICY.most_together


@given(crowds(), st.floats(0, 200))
def test_batches_change_nothing_of_who_goes_first(state: State, now_s: float) -> None:
    alone = State(
        tuple(Worker(w.id, w.engines) for w in state.workers),
        state.waiting,
        state.rendering,
        state.last_start_s,
        state.render_s,
    )
    ours, theirs = decide(state, POLICY, now_s), decide(alone, POLICY, now_s)
    assert [(a.worker, a.shot) for a in ours.assignments] == [(a.worker, a.shot) for a in theirs.assignments]
    assert ours.wake_s == theirs.wake_s


@given(curves, st.integers(1, 12))
def test_a_batch_is_never_slower_for_those_in_it_on_the_mean_nor_makes_fewer_pictures(
    curve: dict[int, float], waiting: int
) -> None:
    size = best(curve, waiting, POLICY)
    assert 1 <= size <= min(waiting, POLICY.most_together)
    if size in curve and size > 1:
        assert curve[size] <= curve[1] * (size + 1) / 2
        assert size / curve[size] >= 1 / curve[1]
    if 1 not in curve:
        assert size == 1


def test_batches_grow_by_doubling_while_they_pay_and_not_where_they_do_not() -> None:
    gpu = {1: 0.1}
    for expected in (2, 4, 8):
        size = best(gpu, 8, POLICY)
        assert size == expected
        gpu[size] = 0.1 + 0.02 * (size - 1)
    assert best(gpu, 5, POLICY) == 5
    assert best({1: 0.1, 2: 0.2}, 8, POLICY) == 1  # a CPU


def test_a_free_worker_is_better_than_a_batch() -> None:
    waiting = tuple(Waiting(f"s{n}", n, "a", 0.0, alike="64x64") for n in range(4))
    curve = {("a", "64x64"): {1: 0.1, 2: 0.11, 4: 0.12}}

    def shares(workers: int) -> list[int]:
        state = State(tuple(Worker(f"w{n}", ("a",), ("a",)) for n in range(workers)), waiting, curves=curve)
        return [len(a.shots) for a in decide(state, POLICY, 1.0).assignments]

    assert [shares(n) for n in (1, 3, 4, 5)] == [[4], [2, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]


def test_what_a_worker_died_of_is_tried_alone() -> None:
    waiting = (Waiting("s", 1, "a", 0.0, attempts=1, alike="x"), Waiting("t", 2, "a", 1.0, alike="x"))
    state = State((Worker("w", ("a",), ("a",)),), waiting, curves={("a", "x"): {1: 0.1, 2: 0.1}})
    (assignment,) = decide(state, POLICY, 2.0).assignments
    assert (assignment.shot.session, assignment.more) == ("s", ())
