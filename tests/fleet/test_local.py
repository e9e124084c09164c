"""The launcher's pauses and states; the launcher with real processes is in tests/gateway/test_recovery.py."""

from __future__ import annotations

import asyncio

from lightbrush.fleet.local import LocalFleet, Plan, State, pause
from tests.harness import LIMIT_S


def test_the_first_failure_costs_no_pause_and_the_pauses_grow_to_a_bound() -> None:
    pauses = [pause(failures) for failures in range(1, 12)]
    assert pauses[0] == 0.0
    assert pauses == sorted(pauses)
    assert pauses[-1] == pause(1000) == 30.0


async def test_a_worker_that_cannot_start_is_tried_again_and_then_backed_off() -> None:
    plan = Plan(address="unix:/nowhere/at/all", token="", engines=("tests.stand_in:spec",))
    seen: list[tuple[State, ...]] = []
    backed_off = asyncio.Event()

    def changed() -> None:
        seen.append(fleet.states)
        if State.BACKING_OFF in fleet.states:
            backed_off.set()

    fleet = LocalFleet(plan, 1, changed)
    fleet.start()
    async with asyncio.timeout(LIMIT_S):
        await backed_off.wait()
    assert fleet.restarts == 2
    await fleet.stop()
    assert seen[0] == (State.STARTING,)
    assert fleet.states == (State.STOPPED,)
    assert fleet.pids == ()
