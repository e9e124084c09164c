"""The scaling policy: what always holds, whatever the load did before."""

from __future__ import annotations

import itertools

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from lightbrush.fleet.demand import WINDOW_S, Demand
from lightbrush.fleet.scaling import Decision, Load, Memory, Move, Policy, Pool, State, decide, need

TICK_S = 1.0
#: Four that draw on an engine of 50 ms fill one worker when each may wait for 200 ms.
LOAD = Load("a", drawing=40, shots_per_s=2400.0, render_s=0.05)
ENHANCING = frozenset({"enhance"})
POLICY = Policy(latency_s=0.25, least=0, most=100, quiet_s=60.0)

loads = st.builds(
    Load,
    st.just("a"),
    drawing=st.integers(0, 400),
    shots_per_s=st.floats(0, 20_000),
    render_s=st.none() | st.floats(0.001, 1.0),
    late_s=st.floats(0, 2),
)
policies = st.integers(0, 8).flatmap(
    lambda least: st.builds(
        Policy,
        latency_s=st.floats(0.05, 2.0),
        least=st.just(least),
        most=st.integers(least, 60).filter(bool),
        spare=st.integers(0, 4),
        quiet_s=st.floats(1, 30),
    )
)


class Fleet:
    """Pools that do as they are told; what starts is up `start_s` later."""

    def __init__(self, policy: Policy, *engines: tuple[str, ...], start_s: float = 5.0) -> None:
        self.policy, self.start_s, self.now_s = policy, start_s, 0.0
        self.pools = [Pool(own, start_s=start_s) for own in engines or (("a",),)]
        self.memory: tuple[Memory, ...] = ()
        self.coming: list[tuple[float, int]] = []

    def step(self, *loads: Load, backlog: frozenset[str] = frozenset()) -> Decision:
        for due in [c for c in self.coming if c[0] <= self.now_s]:
            self.coming.remove(due)
            pool = self.pools[due[1]]
            self.pools[due[1]] = replace(pool, ready=pool.ready + 1, starting=pool.starting - 1)
        decision = decide(State(tuple(self.pools), loads, self.memory, backlog), self.policy, self.now_s)
        self.memory = decision.memory
        for move in decision.moves:
            for _ in range(move.count):
                if move.of is not None:
                    self._stop(move.of)
                if move.to is not None:
                    pool = self.pools[move.to]
                    self.pools[move.to] = replace(pool, starting=pool.starting + 1)
                    self.coming.append((self.now_s + self.start_s, move.to))
        self.now_s += TICK_S
        return decision

    def _stop(self, number: int) -> None:
        pool = self.pools[number]
        if pool.starting:
            self.coming.remove(next(c for c in self.coming if c[1] == number))
            self.pools[number] = replace(pool, starting=pool.starting - 1)
        else:
            self.pools[number] = replace(pool, ready=pool.ready - 1)

    @property
    def size(self) -> int:
        return sum(pool.ready + pool.starting for pool in self.pools)


def test_what_a_load_needs_is_enough_for_everyone_to_have_a_turn_in_time() -> None:
    assert need(LOAD, POLICY) == 40 * 0.05 / 0.2


def test_who_draws_slowly_needs_no_more_than_what_keeps_up() -> None:
    assert need(replace(LOAD, shots_per_s=20.0), POLICY) == 2.0


def test_an_engine_slower_than_the_objective_is_only_kept_up_with() -> None:
    assert need(Load("a", drawing=3, shots_per_s=4.0, render_s=1.0), POLICY) == 6.0


def test_a_pen_on_a_slow_engine_fills_two_workers_and_no_more() -> None:
    assert need(Load("a", drawing=1, shots_per_s=60.0, render_s=1.0), POLICY) == 2.0


def test_a_video_that_asks_for_one_block_after_the_other_needs_one_worker() -> None:
    assert need(Load("v", drawing=1, shots_per_s=1.6, render_s=0.6), POLICY) == 1.0


@settings(max_examples=50)
@given(policies, st.lists(loads, max_size=30))
def test_the_fleet_never_leaves_its_bounds(policy: Policy, history: list[Load]) -> None:
    fleet = Fleet(policy)
    for load in history:
        (aim,) = fleet.step(load).aims
        assert policy.least <= aim <= policy.most
        assert fleet.size == aim


@settings(max_examples=25)
@given(policies, st.lists(loads, max_size=10), loads)
@example(  # what it grew by is forgotten within minutes: until then it keeps one worker more
    Policy(latency_s=0.5, least=0, most=14, quiet_s=1.0), [Load("a", 0, 0.0)], Load("a", drawing=49, shots_per_s=92.0)
)
def test_under_constant_load_it_goes_up_at_most_then_down_and_then_rests(
    policy: Policy, history: list[Load], constant: Load
) -> None:
    fleet = Fleet(replace(policy, quiet_s=policy.quiet_s / 3.0))
    for load in history:
        fleet.step(load)
    constant = replace(constant, late_s=0.0)
    sizes = [fleet.step(constant).aims[0] for _ in range(2000)]
    changes = [b - a for a, b in itertools.pairwise(sizes) if a != b]
    assert changes == sorted(changes, key=lambda change: change < 0)
    assert len(set(sizes[len(sizes) // 2 :])) == 1


@settings(max_examples=50)
@given(st.lists(loads, max_size=20), st.integers(1, 400))
def test_pressure_is_answered_in_the_same_decision(history: list[Load], drawing: int) -> None:
    fleet = Fleet(POLICY)
    for load in history:
        fleet.step(load)
    fleet.memory = tuple(replace(own, growth=max(0.0, own.growth)) for own in fleet.memory)
    load = replace(LOAD, drawing=drawing, shots_per_s=60.0 * drawing)
    fleet.step(load)
    assert fleet.size >= min(POLICY.most, need(load, POLICY))


@settings(max_examples=30)
@given(policies.map(lambda p: replace(p, least=0, spare=0)), st.lists(loads, max_size=30))
def test_where_nothing_is_kept_warm_nothing_is_left_when_nobody_draws(policy: Policy, history: list[Load]) -> None:
    fleet = Fleet(policy)
    for load in history:
        fleet.step(load)
    for _ in range(int(9 * policy.quiet_s) + 20):
        fleet.step(replace(LOAD, drawing=0, shots_per_s=0.0))
    assert fleet.size == 0


def test_it_comes_down_slowly_at_most_by_half_a_turn_and_only_after_a_quiet_one() -> None:
    fleet = Fleet(POLICY)
    fleet.step(replace(LOAD, drawing=400))
    sizes = [fleet.step(replace(LOAD, drawing=4)).aims[0] for _ in range(600)]
    assert sizes[:119] == [100] * 119
    assert [sizes[at] for at in (119, 179, 239)] == [50, 25, 12]
    assert sizes[-1] == 2


def test_what_is_starting_counts() -> None:
    fleet = Fleet(POLICY, start_s=1000.0)
    moves = [fleet.step(LOAD).moves for _ in range(20)]
    assert moves[0] == (Move(10, None, 0),)
    assert not any(moves[1:])


def test_a_need_that_grows_is_met_before_it_is_there_and_one_that_falls_is_not_started_for() -> None:
    rising, falling = Fleet(POLICY, start_s=60.0), Fleet(POLICY, start_s=60.0)
    for n in range(60):
        rising.step(replace(LOAD, drawing=40 + n))
        falling.step(replace(LOAD, drawing=160 - n))
    assert rising.size > need(replace(LOAD, drawing=99), POLICY) + 5
    slow = Fleet(POLICY, start_s=60.0)
    slow.memory = tuple(replace(own, aim=0) for own in falling.memory)
    slow.now_s = falling.now_s
    slow.step(replace(LOAD, drawing=100))
    assert slow.size < need(replace(LOAD, drawing=100), POLICY)


def test_what_is_spare_stays_warm_beyond_the_need() -> None:
    fleet = Fleet(replace(POLICY, spare=2))
    fleet.step()
    assert fleet.size == 2
    fleet.step(LOAD)
    assert fleet.size == fleet.memory[0].aim + 2


def test_pictures_that_are_late_with_all_workers_up_correct_the_need_for_as_long_as_the_load_lasts() -> None:
    fleet = Fleet(POLICY)
    late = replace(LOAD, late_s=0.4)
    sizes = [fleet.step(late).aims[0] for _ in range(100)]
    assert sizes[20] == 10
    assert sizes[99] > 12
    before = fleet.step(LOAD).aims
    assert [fleet.step(LOAD).aims for _ in range(200)][-1] == before
    assert [fleet.step(replace(LOAD, drawing=8)).aims for _ in range(400)][-1] == (3,)


def test_where_there_is_room_the_fleet_spreads_and_swaps_nothing() -> None:
    pools = (Pool(("a",), ready=3), Pool(("b",)))
    decision = decide(State(pools, (replace(LOAD, engine="b", drawing=8),)), POLICY, 0.0)
    assert decision.moves == (Move(2, None, 1), Move(3, 0, None))


def test_a_full_fleet_swaps_what_one_engine_has_left_over() -> None:
    pools = (Pool(("a",), ready=4), Pool(("b",)))
    decision = decide(State(pools, (replace(LOAD, engine="b", drawing=8),)), replace(POLICY, most=4), 0.0)
    assert decision.moves == (Move(2, 0, 1), Move(2, 0, None))


def test_a_swap_that_is_cheaper_than_a_start_is_taken_though_there_is_room() -> None:
    pools = (Pool(("a",), ready=4), Pool(("b",), start_s=90.0, swap_s=8.0))
    decision = decide(State(pools, (replace(LOAD, engine="b", drawing=8),)), POLICY, 0.0)
    assert decision.moves == (Move(2, 0, 1), Move(2, 0, None))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=5), st.integers(5, 40))
def test_when_all_want_more_than_there_is_each_has_one_and_the_rest_is_in_proportion(
    drawing: list[int], most: int
) -> None:
    pools = tuple(Pool((str(n),)) for n in range(len(drawing)))
    asked = tuple(Load(str(n), 4 * count, 240.0 * count, 0.05) for n, count in enumerate(drawing))
    aims = decide(State(pools, asked), replace(POLICY, most=most), 0.0).aims
    assert sum(aims) == min(most, sum(drawing))
    for count, aim in zip(drawing, aims, strict=True):
        assert (aim > 0) == (count > 0)
        assert sum(drawing) > most or aim == count
        assert aim <= max(1, count)


def test_demand_counts_who_draws_now_and_how_fast() -> None:
    demand = Demand()
    for n in range(1, 401):
        demand.asked(f"s{n % 4}", "a", n / 100)
        demand.answered("a", n / 1000, n / 100)
    (load,) = demand.loads({"a": 0.05}, 4.0)
    assert (load.engine, load.drawing, load.render_s) == ("a", 4, 0.05)
    assert 95 < load.shots_per_s < 105
    assert 0.37 < load.late_s < 0.39
    demand.left("s0")
    assert demand.loads({}, 4.0)[0].drawing == 3
    (quiet,) = demand.loads({}, 20.0 + WINDOW_S)
    assert (quiet.drawing, quiet.shots_per_s, quiet.late_s) == (0, 0.0, 0.0)


def test_who_changes_engines_draws_with_the_last_one() -> None:
    demand = Demand()
    demand.asked("s", "a", 0.0)
    demand.asked("s", "b", 0.1)
    assert {load.engine: load.drawing for load in demand.loads({}, 0.2)} == {"a": 0, "b": 1}


def test_a_backlog_keeps_one_worker_and_no_more_and_lets_it_sleep_afterwards() -> None:
    fleet = Fleet(POLICY, ("a",), ("b",))
    assert fleet.step(backlog=ENHANCING).aims == (1, 0)
    for _ in range(200):
        assert sum(fleet.step(backlog=ENHANCING).aims) == 1
    for _ in range(2 * int(POLICY.quiet_s)):
        aims = fleet.step().aims
    assert aims == (0, 0)


def test_a_backlog_of_an_engine_keeps_a_worker_that_has_it() -> None:
    fleet = Fleet(POLICY, ("a",), ("b",), ("c",))
    assert fleet.step(backlog=frozenset({"b", "enhance"})).aims == (0, 1, 0)
    both = Fleet(POLICY, ("a",), ("b",), ("c",))
    assert both.step(LOAD, backlog=frozenset({"b", "c"})).aims[1:] == (1, 1)


def test_a_backlog_asks_for_no_worker_where_the_live_load_has_one_or_none_may_be() -> None:
    live = Fleet(POLICY, ("a",), ("b",))
    alone = Fleet(POLICY, ("a",), ("b",))
    for _ in range(30):
        assert live.step(LOAD, backlog=ENHANCING).aims == alone.step(LOAD).aims
    assert decide(State((Pool(("a",)),), backlog=ENHANCING), Policy(least=0, most=0), 0.0).aims == (0,)


@given(st.lists(st.tuples(loads, st.booleans()), max_size=30), policies)
def test_whatever_the_load_a_backlog_keeps_a_worker_within_the_bounds(
    moments: list[tuple[Load, bool]], policy: Policy
) -> None:
    fleet = Fleet(policy)
    for load, backlog in moments:
        aims = fleet.step(load, backlog=ENHANCING if backlog else frozenset()).aims
        assert policy.least <= sum(aims) <= policy.most
        assert not backlog or sum(aims) >= min(1, policy.most)
