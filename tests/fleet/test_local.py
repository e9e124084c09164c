"""The launcher's pauses and states; the launcher with real processes is in tests/gateway/test_recovery.py."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process

import msgspec
import pytest

from lightbrush.fleet.launcher import Plan, State, pause
from lightbrush.fleet.local import LocalFleet, Nursery, dealt, gpus
from lightbrush.fleet.scaling import Move
from lightbrush.fleet.worker import Options
from tests.harness import LIMIT_S

START = Move(1, None, 0)


def never(name: str) -> None:
    raise AssertionError(f"{name} was not to retire")


def test_the_first_failure_costs_no_pause_and_the_pauses_grow_to_a_bound() -> None:
    pauses = [pause(failures, came_up=False) for failures in range(1, 12)]
    assert pauses[0] == 0.0
    assert pauses == sorted(pauses)
    assert pauses[-1] == pause(1000, came_up=False) == 30.0


def test_workers_that_come_up_and_are_lost_again_and_again_are_still_replaced_soon() -> None:
    assert [pause(failures, came_up=True) for failures in (1, 2, 3, 1000)] == [0.0, 0.5, 0.5, 0.5]


async def test_a_worker_that_cannot_start_is_tried_again_and_then_backed_off() -> None:
    plan = Plan(address="unix:/nowhere/at/all", token="", pools=(("tests.stand_in:spec",),))
    seen: list[tuple[State, ...]] = []
    backed_off = asyncio.Event()

    def changed() -> None:
        seen.append(fleet.states)
        if State.BACKING_OFF in fleet.states:
            backed_off.set()

    fleet = LocalFleet(plan, changed, retire=never)
    fleet.follow([START])
    async with asyncio.timeout(LIMIT_S):
        await backed_off.wait()
    assert fleet.restarts == 2
    await fleet.stop()
    assert seen[0] == (State.STARTING,)
    assert fleet.states == (State.STOPPED,)
    assert fleet.pids == ()


async def test_a_worker_is_told_what_its_engines_are_loaded_with(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, str] = {}
    started, start = asyncio.Event(), asyncio.create_subprocess_exec

    async def recorded(*command: str, env: dict[str, str], **options: int) -> Process:
        told.update(env)
        started.set()
        return await start(*command, env=env, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", recorded)
    plan = Plan(
        address="unix:/nowhere/at/all",
        token="t",
        pools=(("e",),),
        models_folder="/m",
        video_dtype="bf16",
        video_attention="fp8",
        video_gpus=2,
    )
    fleet = LocalFleet(plan, lambda: None, retire=never)
    fleet.follow([START])
    async with asyncio.timeout(LIMIT_S):
        await started.wait()
    await fleet.stop()
    assert told["LIGHTBRUSH_MODELS_FOLDER"] == "/m"
    assert told["LIGHTBRUSH_VIDEO_DTYPE"] == "bf16"
    assert told["LIGHTBRUSH_VIDEO_ATTENTION"] == "fp8"
    assert told["LIGHTBRUSH_VIDEO_GPUS"] == "2"


async def test_where_there_are_several_gpus_each_worker_sees_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    all_started, start = asyncio.Event(), Nursery.start

    def recorded(self: Nursery, options: Options, environment: dict[str, str]) -> object:
        seen.append(environment["CUDA_VISIBLE_DEVICES"])
        if len(seen) == 3:
            all_started.set()
        return start(self, options, environment)

    monkeypatch.setattr(Nursery, "start", recorded)
    plan = Plan(address="unix:/nowhere/at/all", token="t", pools=(("e",),), most=3, gpus=("4", "6"))
    fleet = LocalFleet(plan, lambda: None, retire=never)
    fleet.follow([Move(3, None, 0)])
    async with asyncio.timeout(LIMIT_S):
        await all_started.wait()
    await fleet.stop()
    assert sorted(seen[:3]) == ["4", "4", "6"]


def test_workers_whose_videos_several_gpus_share_see_as_many() -> None:
    plan = Plan(address="a", token="t", pools=(("e",),), gpus=("0", "1", "2", "3"), video_gpus=2)
    assert [dealt(plan, number) for number in (1, 2, 3)] == [["0", "1"], ["2", "3"], ["0", "1"]]
    assert dealt(msgspec.structs.replace(plan, video_gpus=8), 1) == ["0", "1", "2", "3"]


async def test_the_gpus_are_those_that_this_process_may_see() -> None:
    assert await gpus({"CUDA_VISIBLE_DEVICES": "4, 6"}) == ("4", "6")
    assert await gpus({"CUDA_VISIBLE_DEVICES": ""}) == ()
