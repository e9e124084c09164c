"""The keeper by itself, with a disk that takes what it is given when the test says so."""

from __future__ import annotations

import asyncio
import errno
import shutil
import threading
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop

from lightbrush.errors import JobError, Problem
from lightbrush.fleet.job_store import JobStore
from lightbrush.fleet.jobs import Died, Job, Outcome
from lightbrush.gateway import keeper as keeper_module
from lightbrush.gateway import laying
from lightbrush.gateway.asked import Enhance
from lightbrush.gateway.keeper import Keeper
from lightbrush.gateway.metrics import Metrics
from tests.gateway.job_site import needs_weights, picture
from tests.harness import LIMIT_S

pytestmark = needs_weights

#: Of a gateway without workers.
NOBODY = SimpleNamespace(
    cards={},
    devices=lambda engine: (),
    units_held=lambda job: (),
    offer_units=lambda *offer: None,
    withdraw_units=lambda job: None,
)


async def test_a_unit_that_waits_for_the_disk_while_its_job_is_paused_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind another one, which the disk takes its time for: the pause comes onto the disk between them."""
    may, settle = threading.Event(), JobStore.settle

    def slow(store: JobStore, outcomes: Sequence[Outcome]) -> list[Job | JobError]:
        assert may.wait(LIMIT_S)
        return settle(store, outcomes)

    monkeypatch.setattr(JobStore, "settle", slow)
    keeper = Keeper(tmp_path / "jobs", NOBODY, Metrics(), gpu=False)  # type: ignore[arg-type]
    await keeper.start()
    data = picture()
    job = (await keeper.enhance(data, Enhance(picture=sha256(data).hexdigest()))).id
    first = asyncio.create_task(keeper._settling.together(Died(job, 1)))
    async with asyncio.timeout(LIMIT_S):
        while not keeper._settling._arrived or isinstance(
            keeper._settling._arrived[0][0], Died
        ):  # its source is being laid
            await asyncio.sleep(0.01)
    pausing = asyncio.create_task(keeper.pause(job))
    await asyncio.sleep(0)  # it is asked of the disk
    may.set()
    assert (await first).finished == 0
    assert (await pausing).state == "paused"
    async with asyncio.timeout(LIMIT_S):
        while keeper._settling._flushing is not None:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0)
    told = await keeper.job(job)
    assert (told.state, told.units_done) == ("paused", 1)
    await keeper.stop()


def test_a_process_that_ends_before_it_reads_what_it_is_asked_is_told_as_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the gateway's own event loop, which raised when it wrote to such a one."""
    false, begin = shutil.which("false"), asyncio.create_subprocess_exec
    assert false is not None

    async def begun_and_over(*arguments: Any, **named: Any) -> asyncio.subprocess.Process:
        process = await begin(*arguments, **named)
        await process.wait()
        return process

    monkeypatch.setattr(laying.sys, "executable", false)
    monkeypatch.setattr(laying.asyncio, "create_subprocess_exec", begun_and_over)
    job: Any = SimpleNamespace(kind="enhance", request=bytes(1_000_000))
    assert uvloop.run(laying.run_laying(tmp_path, job, 0)) == (1, None)


async def test_what_is_unforeseen_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay, refused = keeper_module.run_laying, []

    async def refused_once(folder: Path, job: Job, step: int) -> tuple[int, Problem | None]:
        if not refused:
            refused.append(step)
            raise BlockingIOError(errno.EAGAIN, "no more processes")
        return await lay(folder, job, step)

    monkeypatch.setattr(keeper_module, "run_laying", refused_once)
    monkeypatch.setattr(keeper_module, "_FIRST_REST_S", 0.01)
    keeper = Keeper(tmp_path / "jobs", NOBODY, Metrics(), gpu=False)  # type: ignore[arg-type]
    await keeper.start()
    data = picture()
    job = (await keeper.enhance(data, Enhance(picture=sha256(data).hexdigest()))).id
    async with asyncio.timeout(LIMIT_S):
        while (await keeper.job(job)).units_done == 0:  # its source is laid
            await asyncio.sleep(0.01)
    assert refused == [0]
    assert (await keeper.job(job)).error is None
    await keeper.stop()
