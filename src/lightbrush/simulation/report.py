"""Every scenario, at each size, under three fleets: the figures of docs/scale.md."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Final

import msgspec
from rich.table import Table

from lightbrush.fleet.scaling import Policy
from lightbrush.simulation.demand import SCENARIOS, Scenario, drawing
from lightbrush.simulation.fleet import Run, cheapest_fixed, elastic, queue_length
from lightbrush.simulation.shots import Engine, Law, law

ENGINE: Final = Engine()
#: The gateway's own defaults, for fleets as large as they like.
POLICY: Final = Policy(latency_s=0.25, least=1, most=10_000)
#: A gateway's workers where ages are simulated shot by shot.
_LAW_WORKERS: Final = 16
#: Full mailboxes a worker that the other autoscaler may aim at. It is given, for each size, the largest with which it
#: keeps the objective under every load for as long as it can.
_TARGETS: Final = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)
#: The share of minutes that counts as keeping it: all that differs is how long a crowd is not caught up with.
_KEEPS: Final = 0.97


class Fleet(msgspec.Struct, frozen=True):
    """One run, for people and plots. workers, p95_ms: by minute."""

    name: str
    gpu_hours: float
    p95_ms: float
    worst_minute_ms: float
    minutes_kept: float
    most_workers: int
    workers: tuple[int, ...]
    p95_by_minute_ms: tuple[float, ...]


class Case(msgspec.Struct, frozen=True):
    """drawing: by minute. target: what the queue's autoscaler was given."""

    sessions: int
    scenario: str
    title: str
    drawing: tuple[int, ...]
    target: float
    fleets: tuple[Fleet, ...]


def run(
    sizes: Sequence[int], seed: int, say: Callable[[str], None], only: Sequence[str] = (), law_s: float = 2.0
) -> list[Case]:
    """Cases in the order of the sizes and of SCENARIOS, of which `only` those. Every core takes one at a time. law_s:
    how long each load is simulated shot by shot."""
    say("shot by shot: how old pictures are at each load")
    ages = law(ENGINE, _LAW_WORKERS, law_s, seed)
    numbers = [number for number, scenario in enumerate(SCENARIOS) if not only or scenario.name in only]
    tried: dict[tuple[int, int], Tried] = {}
    with ProcessPoolExecutor() as pool:
        longest_first = sorted(itertools.product(sizes, numbers), key=lambda one: (-one[0], one[1]))
        begun = {pool.submit(simulate, size, number, ages, seed): (size, number) for size, number in longest_first}
        for done in as_completed(begun):
            size, number = begun[done]
            tried[size, number] = done.result()
            say(f"{SCENARIOS[number].title.lower()}, {size:,} sessions: done")
    cases = []
    for size in sizes:
        target = _best_target([tried[size, number] for number in numbers])
        cases += [_case(size, SCENARIOS[number], tried[size, number], target) for number in numbers]
    return cases


class Tried(msgspec.Struct, frozen=True):
    """All that was run under one load. queue: by target. drawing: by step."""

    policy: Run
    static: Run
    queue: dict[float, Run]
    drawing: tuple[int, ...]


def simulate(sessions: int, number: int, ages: Law, seed: int) -> Tried:
    """number: of the scenario."""
    scenario = SCENARIOS[number]
    demand = drawing(scenario, sessions, seed)
    return Tried(
        policy=elastic(demand, scenario, ENGINE, ages, POLICY),
        static=cheapest_fixed(demand, scenario, ages, POLICY.latency_s),
        queue={target: queue_length(demand, scenario, ENGINE, ages, POLICY, target) for target in _TARGETS},
        drawing=tuple(demand.sum(axis=1).tolist()),
    )


def _best_target(tried: Sequence[Tried]) -> float:
    def kept(target: float) -> float:
        return min(one.queue[target].kept(POLICY.latency_s) for one in tried)

    return max((t for t in _TARGETS if kept(t) >= _KEEPS), default=max(_TARGETS, key=kept))


def _case(sessions: int, scenario: Scenario, tried: Tried, target: float) -> Case:
    a_minute = round(60.0 / scenario.step_s)
    runs = {"policy": tried.policy, "queue length": tried.queue[target], "static": tried.static}
    fleets = tuple(_fleet(name, run, a_minute) for name, run in runs.items())
    return Case(sessions, scenario.name, scenario.title, tried.drawing[::a_minute], target, fleets)


def _fleet(name: str, run: Run, a_minute: int) -> Fleet:
    return Fleet(
        name,
        gpu_hours=round(run.gpu_hours, 1),
        p95_ms=round(run.overall_p95_s * 1000.0, 1),
        worst_minute_ms=round(float(run.p95_s.max()) * 1000.0, 1),
        minutes_kept=round(run.kept(POLICY.latency_s), 4),
        most_workers=int(run.workers.max()),
        workers=tuple(int(w) for w in run.workers[::a_minute]),
        p95_by_minute_ms=tuple(round(float(p) * 1000.0, 1) for p in run.p95_s),
    )


def table(cases: Sequence[Case]) -> Table:
    out = Table("sessions", "load", "fleet", "GPU-hours", "p95", "worst minute", "minutes kept", "most", box=None)
    for one in cases:
        for fleet in one.fleets:
            out.add_row(
                f"{one.sessions:,}",
                one.title.lower(),
                fleet.name,
                f"{fleet.gpu_hours:,.0f}",
                f"{fleet.p95_ms:.0f} ms",
                f"{fleet.worst_minute_ms:.0f} ms",
                f"{fleet.minutes_kept:.1%}",
                f"{fleet.most_workers:,}",
            )
    return out
