"""What every launcher does: places for workers, filled, watched, refilled, drained and emptied. How a worker is started
is the launcher's own (`local.py`, `ray.py`).

Which there should be is `scaling.decide`'s to say (`follow`). One that is to stop finishes what it renders, then ends,
and its memory is free. A worker that ends by itself is replaced at once the first time, then after a pause, which grows
while new ones do not even come up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Final, Protocol

import msgspec

from lightbrush.fleet.scaling import Move, Pool
from lightbrush.fleet.worker import BEAT_S

log = logging.getLogger("lightbrush.fleet")

STOP_TIMEOUT_S: Final = 2.0
_HOPELESS_FAILURES: Final = 4


class State(Enum):
    STARTING = "starting"  # it was started, its HELLO has not come
    UP = "up"
    BACKING_OFF = "backing off"  # it ended too often; the next start waits
    DRAINING = "draining"  # it finishes what it holds, then it ends
    STOPPED = "stopped"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to start. pools: the engines of each, by name. most: workers. gpus: this machine's, as CUDA_VISIBLE_DEVICES
    names them, to be dealt out, `video_gpus` a worker; none: a worker sees what this process does. standby: keep one
    loaded for each pool that runs on a CPU. steady_s: after so long up, a worker's end counts as the first in a row
    again."""

    address: str
    token: str
    pools: tuple[tuple[str, ...], ...]
    most: int = 1
    device: str = "auto"
    gpus: tuple[str, ...] = ()
    nice: int = 0
    beat_s: float = BEAT_S
    standby: bool = True
    models_folder: str = ""
    video_dtype: str = "fp8"
    video_attention: str = "auto"
    video_gpus: int = 1
    steady_s: float = 10.0


class Worker(Protocol):
    """One that was started."""

    async def wait(self) -> str:
        """Until it has ended -> how."""
        ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class Fleet(ABC):
    """changed: called when a worker's state has changed. retire: asks for a worker by name to get no more shots, and
    for its link to be closed when it has none left."""

    def __init__(self, plan: Plan, changed: Callable[[], None], retire: Callable[[str], None]) -> None:
        self.restarts = 0
        self._plan = plan
        self._changed = changed
        self._retire = retire
        self._slots = [Slot(number + 1) for number in range(plan.most)]
        self._start_s: dict[int, float] = {}  # by pool, measured last

    @property
    def states(self) -> tuple[State, ...]:
        return tuple(slot.state for slot in self._slots)

    @property
    def asleep(self) -> bool:
        """Nothing runs, because nothing is needed."""
        return bool(self._slots) and all(slot.wanted is None for slot in self._slots)

    @property
    def hopeful(self) -> bool:
        """A worker is up, or on its way, or would be, and has not failed too often to be waited for."""
        return any(slot.failures < _HOPELESS_FAILURES for slot in self._slots)

    def pools(self, engines: Sequence[tuple[str, ...]]) -> tuple[Pool, ...]:
        """engines: each pool's, as cards name them. A swap is a stop and a start here, and costs what a start does."""
        pools = []
        for pool, ids in enumerate(engines):
            own = self._of(pool)
            ready = sum(slot.state is State.UP for slot in own)
            pools.append(Pool(ids, ready, len(own) - ready, self._start_s.get(pool)))
        return tuple(pools)

    def follow(self, moves: Iterable[Move]) -> None:
        for move in moves:
            if move.of is not None:
                for slot in self._of(move.of)[: move.count]:
                    self._drain(slot, move.to)
            elif move.to is not None:
                places = sorted((s for s in self._slots if s.wanted is None), key=lambda slot: slot.draining)
                for slot in places[: move.count]:
                    slot.wanted = move.to
                    if not slot.draining:
                        self._launch(slot, move.to)

    async def stop(self) -> None:
        tasks = [slot.task for slot in self._slots if slot.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._end([slot.worker for slot in self._slots if slot.worker is not None])
        for slot in self._slots:
            self._enter(slot, State.STOPPED)

    def said_hello(self, name: str, device: str) -> None:
        """device: where it runs, for people."""
        for slot in self._slots:
            if slot.name == name and slot.state is State.STARTING:
                slot.up_since_s = asyncio.get_running_loop().time()
                self._start_s[slot.pool] = slot.up_since_s - slot.started_s
                self._enter(slot, State.UP)

    def said_goodbye(self, name: str) -> None:
        """Its link is closed: it ends by itself, or is ended."""
        asyncio.get_running_loop().call_later(STOP_TIMEOUT_S, self.kill, name)

    def kill(self, name: str) -> None:
        """End a worker that hangs; it is replaced like any other that ended."""
        for slot in self._slots:
            if slot.name == name and slot.worker is not None:
                slot.worker.kill()

    def _of(self, pool: int) -> list[Slot]:
        """Those that are up last, and of them the longest."""
        own = [slot for slot in self._slots if slot.wanted == pool]
        return sorted(own, key=lambda slot: (slot.state is State.UP, -slot.started_s))

    def _launch(self, slot: Slot, pool: int) -> None:
        slot.pool, slot.failures = pool, 0
        self._enter(slot, State.STARTING)
        slot.task = asyncio.create_task(self._keep_up(slot), name=f"slot-{slot.number}")

    def _drain(self, slot: Slot, following: int | None) -> None:
        """following: the pool of the worker that takes its place."""
        before = slot.state
        slot.wanted = following
        self._enter(slot, State.DRAINING)
        if before is State.UP:
            self._retire(slot.name)
        elif before is State.STARTING and slot.worker is not None:
            slot.worker.terminate()
        slot.hurry.set()

    async def _keep_up(self, slot: Slot) -> None:
        loop = asyncio.get_running_loop()
        while True:
            slot.generation += 1
            slot.started_s, slot.up_since_s = loop.time(), math.inf
            self._enter(slot, State.STARTING)
            slot.hurry.clear()
            slot.worker = await self._spawn(slot)
            if slot.draining:
                slot.worker.terminate()
            how = await slot.worker.wait()
            if slot.draining:
                break
            up_s = loop.time() - slot.up_since_s
            slot.failures = 1 if up_s >= self._plan.steady_s else slot.failures + 1
            self.restarts += 1
            pause_s = pause(slot.failures, came_up=up_s >= 0.0)
            log.warning("%s ended: %s; a new one starts in %.1f s", slot.name, how, pause_s)
            if pause_s:
                self._enter(slot, State.BACKING_OFF)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(slot.hurry.wait(), pause_s)
                if slot.hurry.is_set():
                    break
        self._enter(slot, State.STOPPED)
        if slot.wanted is not None:
            self._launch(slot, slot.wanted)

    @abstractmethod
    async def _spawn(self, slot: Slot) -> Worker:
        """Start a worker for that place. Its HELLO, or its end, is waited for elsewhere."""

    async def _end(self, workers: Sequence[Worker]) -> None:
        """End them all, and wait until they have."""
        await asyncio.gather(*(_stop(worker) for worker in workers))

    def _enter(self, slot: Slot, state: State) -> None:
        if slot.state is not state:
            slot.state = state
            self._changed()


def pause(failures: int, *, came_up: bool) -> float:
    """Seconds before the next start: none after the first failure in a row, then 0.5, which of workers that do not come
    up doubles to 30."""
    if failures <= 1:
        return 0.0
    return 0.5 if came_up else min(30.0, 0.5 * 2.0 ** min(failures - 2, 10))


class Slot:
    """A place for one worker. pool: its own. wanted: the pool of the one that there should be; None: none."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.generation = 0
        self.failures = 0
        self.pool = 0
        self.wanted: int | None = None
        self.state = State.STOPPED
        self.worker: Worker | None = None
        self.task: asyncio.Task[None] | None = None
        self.hurry = asyncio.Event()
        self.started_s = 0.0
        self.up_since_s = math.inf

    @property
    def draining(self) -> bool:
        return self.state is State.DRAINING

    @property
    def name(self) -> str:
        """Unique to one start, so that a late word from a dead process is not taken for its successor's."""
        return f"worker-{self.number}.{self.generation}"


async def _stop(worker: Worker) -> None:
    worker.terminate()
    try:
        await asyncio.wait_for(worker.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        worker.kill()
        await worker.wait()
