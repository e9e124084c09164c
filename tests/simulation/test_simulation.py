"""The simulator: its shots obey what dispatch promises, its sessions the load, and the policy keeps its objective."""

from __future__ import annotations

import numpy as np
import pytest

from lightbrush.simulation.demand import DRAW_S, REST_S, SCENARIOS, Scenario, drawing
from lightbrush.simulation.fleet import cheapest_fixed, elastic, fixed, queue_length
from lightbrush.simulation.plot import plot
from lightbrush.simulation.report import ENGINE, POLICY, run
from lightbrush.simulation.shots import Ages, Law, ages

DAY, FLASH, ZONE = SCENARIOS


@pytest.fixture(scope="module")
def law() -> Law:
    """As dispatch promises, without the simulation."""
    loads = np.geomspace(0.25, 40.0, 8)
    turns_s = [ENGINE.render_s * max(1.0, load) for load in loads]
    return Law([Ages(float(n), (t,) * 20, max(0.0, float(n) - 1.0)) for n, t in zip(loads, turns_s, strict=True)])


def test_a_shot_waits_for_one_render_of_each_other_session_at_most() -> None:
    seen = ages(ENGINE, drawing=48, workers=4, seconds=1.0, seed=1)
    longest_s = ENGINE.render_s * (1.0 + ENGINE.spread) * (1.0 + 48 / 4)
    assert ENGINE.render_s * 6 < seen.quantiles_s[0] <= seen.quantiles_s[-1] < longest_s
    assert 9.0 < seen.waiting < 12.0


def test_with_a_worker_each_nobody_waits() -> None:
    seen = ages(ENGINE, drawing=4, workers=4, seconds=1.0, seed=1)
    assert seen.quantiles_s[-1] < ENGINE.render_s * 1.5


def test_between_loads_ages_lie_between_and_beyond_them_they_grow_in_proportion() -> None:
    law = Law([Ages(1.0, (0.1,) * 20, 0.0), Ages(3.0, (0.3,) * 20, 2.0)])
    assert np.allclose(law.p95_s(np.array([0.5, 2.0, 6.0])), [0.1, 0.2, 0.6])
    assert np.allclose(law.waiting(np.array([2.0, 6.0])), [1.0, 4.0])
    assert np.isinf(law.ages_s(np.array([np.inf]))).all()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.name for s in SCENARIOS])
def test_as_many_draw_as_the_load_says(scenario: Scenario) -> None:
    demand = drawing(scenario, 20_000, seed=1)
    share = DRAW_S / (DRAW_S + REST_S)
    for step in range(0, scenario.steps, scenario.steps // 7):
        expected = 20_000 * share * scenario.share(step * scenario.step_s)
        assert demand[step].sum() == pytest.approx(expected, rel=0.25)
    assert (demand == drawing(scenario, 20_000, seed=1)).all()


def test_under_a_flash_crowd_the_policy_keeps_the_objective_but_while_workers_start(law: Law) -> None:
    demand = drawing(FLASH, 2000, seed=1)
    ours, static = elastic(demand, FLASH, ENGINE, law, POLICY), cheapest_fixed(demand, FLASH, law, POLICY.latency_s)
    assert ours.kept(POLICY.latency_s) > 0.96
    assert ours.overall_p95_s < POLICY.latency_s
    assert ours.gpu_hours < 0.8 * static.gpu_hours
    assert static.kept(POLICY.latency_s) == 1.0


def test_a_third_of_the_workers_lost_is_replaced_within_minutes(law: Law) -> None:
    demand = drawing(ZONE, 2000, seed=1)
    run = elastic(demand, ZONE, ENGINE, law, POLICY)
    at = int((ZONE.fails_s or 0.0) / 60.0)
    assert run.p95_s[at] > POLICY.latency_s
    assert (run.p95_s[at + 3 : at + 20] < POLICY.latency_s).mean() > 0.9


def test_a_fleet_that_is_too_small_is_told_so(law: Law) -> None:
    demand = drawing(ZONE, 1000, seed=1)
    assert fixed(demand, ZONE, law, 2).kept(POLICY.latency_s) == 0.0
    assert np.isinf(fixed(demand, ZONE, law, 0).overall_p95_s)


def test_a_longer_queue_for_each_worker_costs_less_and_makes_older_pictures(law: Law) -> None:
    demand = drawing(ZONE, 2000, seed=1)
    short, long = (queue_length(demand, ZONE, ENGINE, law, POLICY, target) for target in (2.0, 8.0))
    assert long.gpu_hours < short.gpu_hours
    assert long.overall_p95_s > short.overall_p95_s


def test_the_report_has_every_fleet_and_its_plot_is_a_picture() -> None:
    said: list[str] = []
    (case,) = run([500], 7, said.append, ["zone"], law_s=0.1)
    assert [fleet.name for fleet in case.fleets] == ["policy", "queue length", "static"]
    assert len(case.drawing) == len(case.fleets[0].workers) == 90
    image = plot([case], 250.0)
    assert len(image.getcolors(2**24) or []) > 50
    assert "a zone fails, 500 sessions: done" in said
