"""The local fleet: worker processes on this machine, watched and replaced.

A worker that ends is replaced at once the first time, then with growing pauses if the new ones end soon after
too. Workers stay in our process group and also die with their parent and with their link, so none is left
behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import sys
from asyncio.subprocess import Process
from collections.abc import Callable
from enum import Enum
from typing import Final

import msgspec

from lightbrush.engines.video import DTYPE_VARIABLE, FOLDER_VARIABLE
from lightbrush.fleet import link

log = logging.getLogger("lightbrush.fleet")

_STOP_TIMEOUT_S: Final = 2.0
_HOPELESS_FAILURES: Final = 4


class State(Enum):
    STARTING = "starting"  # the process runs, its HELLO has not come
    UP = "up"
    BACKING_OFF = "backing off"  # it ended too often; the next start waits
    STOPPED = "stopped"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to start. steady_s: after so long up, a worker's end counts as the first in a row again."""

    address: str
    token: str
    engines: tuple[str, ...]
    device: str = "auto"
    nice: int = 0
    models_folder: str = ""
    video_dtype: str = "fp8"
    steady_s: float = 10.0


class LocalFleet:
    """`count` workers kept up from `start` to `stop`. changed: called when a worker's state has changed."""

    def __init__(self, plan: Plan, count: int, changed: Callable[[], None]) -> None:
        self.restarts = 0
        self._plan = plan
        self._changed = changed
        self._slots = [_Slot(number + 1) for number in range(count)]
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def states(self) -> tuple[State, ...]:
        return tuple(slot.state for slot in self._slots)

    @property
    def hopeful(self) -> bool:
        """A worker is up, or on its way and has not failed too often to be waited for."""
        return any(slot.failures < _HOPELESS_FAILURES for slot in self._slots)

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that run."""
        processes = [slot.process for slot in self._slots]
        return tuple(p.pid for p in processes if p is not None and p.returncode is None)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep_up(slot), name=f"slot-{slot.number}") for slot in self._slots]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(_end(slot.process) for slot in self._slots))
        for slot in self._slots:
            self._enter(slot, State.STOPPED)

    def said_hello(self, name: str) -> None:
        for slot in self._slots:
            if slot.name == name:
                slot.up_since_s = asyncio.get_running_loop().time()
                self._enter(slot, State.UP)

    def kill(self, name: str) -> None:
        """End a worker that hangs; it is replaced like any other that ended."""
        for slot in self._slots:
            if slot.name == name and slot.process is not None:
                with contextlib.suppress(ProcessLookupError):
                    slot.process.kill()

    async def _keep_up(self, slot: _Slot) -> None:
        loop = asyncio.get_running_loop()
        while True:
            slot.generation += 1
            slot.up_since_s = math.inf
            self._enter(slot, State.STARTING)
            slot.process = await self._spawn(slot)
            status = await slot.process.wait()
            steady = loop.time() - slot.up_since_s >= self._plan.steady_s
            slot.failures = 1 if steady else slot.failures + 1
            self.restarts += 1
            pause_s = pause(slot.failures)
            log.warning("%s ended with status %s; a new one starts in %.1f s", slot.name, status, pause_s)
            if pause_s:
                self._enter(slot, State.BACKING_OFF)
                await asyncio.sleep(pause_s)

    async def _spawn(self, slot: _Slot) -> Process:
        plan = self._plan
        arguments = ["--gateway", plan.address, "--device", plan.device, "--name", slot.name]
        arguments += ["--parent", str(os.getpid()), "--nice", str(plan.nice)]
        for engine in plan.engines:
            arguments += ["--engine", engine]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "lightbrush.fleet.worker",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            env={
                **os.environ,
                link.TOKEN_VARIABLE: plan.token,
                FOLDER_VARIABLE: plan.models_folder,
                DTYPE_VARIABLE: plan.video_dtype,
            },
        )

    def _enter(self, slot: _Slot, state: State) -> None:
        if slot.state is not state:
            slot.state = state
            self._changed()


def pause(failures: int) -> float:
    """Seconds before the next start: none after the first failure in a row, then 0.5 doubling to 30."""
    return 0.0 if failures <= 1 else min(30.0, 0.5 * 2.0 ** min(failures - 2, 10))


class _Slot:
    def __init__(self, number: int) -> None:
        self.number = number
        self.generation = 0
        self.failures = 0
        self.state = State.STOPPED
        self.process: Process | None = None
        self.up_since_s = math.inf

    @property
    def name(self) -> str:
        """Unique to one start, so that a late word from a dead process is not taken for its successor's."""
        return f"worker-{self.number}.{self.generation}"


async def _end(process: Process | None) -> None:
    if process is None or process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
