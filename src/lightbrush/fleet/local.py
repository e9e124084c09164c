"""The local fleet: worker processes on this machine.

On Linux they are forked from a process that has imported what they need (`nursery.py`), and on a CPU one that has
loaded its engines waits for each pool, so that a lost worker's place is taken at once. Both end when the fleet needs no
worker. The first such process may have been begun before the gateway was (`ahead.py`). Elsewhere, where a process that
has imported libraries cannot be forked safely, each is a process of its own. They stay in our process group and also
die with their parent and with their link, so none is left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from lightbrush.engines.video import variables
from lightbrush.fleet import link, nursery
from lightbrush.fleet.ahead import FORKS, Begun
from lightbrush.fleet.launcher import Fleet, Plan, Slot, State, Worker
from lightbrush.fleet.worker import Options

_GPUS_VARIABLE: Final = "CUDA_VISIBLE_DEVICES"


class LocalFleet(Fleet):
    """begun: a nursery by the same settings, which the first workers come from."""

    def __init__(
        self, plan: Plan, changed: Callable[[], None], retire: Callable[[str], None], begun: Begun | None = None
    ) -> None:
        super().__init__(plan, changed, retire)
        self._begun = begun
        self._nursery: Nursery | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._opening = asyncio.Lock()

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the workers that run."""
        workers = [slot.worker for slot in self._slots]
        return tuple(w.pid for w in workers if isinstance(w, _Child | _Forked) and w.runs)

    def said_hello(self, name: str, device: str) -> None:
        super().said_hello(name, device)
        wanted = [slot for slot in self._slots if slot.wanted is not None]
        if not (self._plan.standby and device.startswith("CPU") and self._nursery is not None):
            return
        if all(slot.state is State.UP for slot in wanted):  # those that someone waits for go first
            for pool in {slot.pool for slot in wanted}:
                self._nursery.stand_by(self._options("standby", pool), {})

    async def _spawn(self, slot: Slot) -> Worker:
        plan = self._plan
        options = self._options(slot.name, slot.pool)
        gpu = {_GPUS_VARIABLE: ",".join(dealt(plan, slot.number))} if plan.gpus else {}
        if not FORKS:
            return await _start(options, {**_variables(plan), **gpu})
        async with self._opening:
            if self._nursery is None or not self._nursery.runs:
                begun, self._begun = self._begun, None
                self._nursery = await (Nursery.open(plan) if begun is None else Nursery.adopt(begun))
        return self._nursery.start(options, gpu)

    def _options(self, name: str, pool: int) -> Options:
        plan = self._plan
        return Options(
            gateway=plan.address,
            token=plan.token,
            engines=plan.pools[pool],
            device=plan.device,
            name=name,
            nice=plan.nice,
            beat_s=plan.beat_s,
        )

    async def _end(self, workers: Sequence[Worker]) -> None:
        await super()._end([worker for worker in workers if not isinstance(worker, _Forked) or worker.pid])
        self._close()
        await asyncio.gather(*self._leaving)

    def _close(self) -> None:
        if self._nursery is not None:
            leaving = self._nursery.leave()
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
            self._nursery = None

    def _enter(self, slot: Slot, state: State) -> None:
        super()._enter(slot, state)
        if self._nursery is None or state is not State.STOPPED:
            return
        if self.asleep and all(slot.state is State.STOPPED for slot in self._slots):
            self._close()
        elif slot.pool not in {slot.wanted for slot in self._slots}:
            self._nursery.dismiss(self._plan.pools[slot.pool])


def dealt(plan: Plan, number: int) -> list[str]:
    """Which of the plan's GPUs the worker of that number sees, from 1 on: the next that share a video's blocks, round
    and round."""
    first, count = (number - 1) * plan.video_gpus, min(plan.video_gpus, len(plan.gpus))
    return [plan.gpus[i % len(plan.gpus)] for i in range(first, first + count)]


async def gpus(environment: Mapping[str, str]) -> tuple[str, ...]:
    """NVIDIA's, as CUDA_VISIBLE_DEVICES names them; none where the driver's tool finds none."""
    if _GPUS_VARIABLE in environment:
        return tuple(name.strip() for name in environment[_GPUS_VARIABLE].split(",") if name.strip())
    try:
        asked = await asyncio.create_subprocess_exec(
            "nvidia-smi", "-L", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        listed, _ = await asked.communicate()
    except OSError:
        return ()
    return tuple(str(number) for number, _ in enumerate(line for line in listed.splitlines() if line[:4] == b"GPU "))


class _Process(Protocol):
    def terminate(self) -> None: ...

    async def wait(self) -> int: ...


class Nursery:
    """This end of `nursery.py`'s process."""

    def __init__(self, process: _Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process, self._writer = process, writer
        self._workers: dict[str, _Forked] = {}
        self._listening = asyncio.create_task(self._listen(reader), name="nursery")

    @classmethod
    async def open(cls, plan: Plan) -> Nursery:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                arguments = ["--parent", str(os.getpid()), "--device", plan.device]
                for engine in dict.fromkeys(engine for pool in plan.pools for engine in pool):
                    arguments += ["--engine", engine]
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "lightbrush.fleet.nursery",
                    *arguments,
                    stdin=theirs.fileno(),
                    env={**os.environ, **_variables(plan)},
                )
            except BaseException:
                ours.close()
                raise
        return cls(process, *await asyncio.open_connection(sock=ours))

    @classmethod
    async def adopt(cls, begun: Begun) -> Nursery:
        return cls(begun, *await asyncio.open_connection(sock=begun.orders))

    @property
    def runs(self) -> bool:
        return not self._listening.done()

    def start(self, options: Options, environment: dict[str, str]) -> _Forked:
        worker = self._workers[options.name] = _Forked()
        self._order(nursery.Start(options, environment))
        return worker

    def stand_by(self, options: Options, environment: dict[str, str]) -> None:
        self._order(nursery.StandBy(options, environment))

    def dismiss(self, engines: tuple[str, ...]) -> None:
        self._order(nursery.Dismiss(engines))

    def leave(self) -> asyncio.Task[None]:
        """It ends, and all that it has -> done when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        return self._listening

    def _order(self, order: nursery.Order) -> None:
        self._writer.write(msgspec.json.encode(order) + b"\n")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                told = msgspec.json.decode(line, type=nursery.Told)
                if isinstance(told, nursery.Started):
                    self._workers[told.name].started(told.pid)
                else:
                    self._workers.pop(told.name).ended(f"status {told.status}")
        self._writer.close()
        status = await self._process.wait()
        for worker in self._workers.values():
            worker.ended(f"its nursery ended, status {status}")


class _Forked:
    """A worker that is a child of the nursery. pid: 0 until it is known."""

    def __init__(self) -> None:
        self.pid = 0
        self._end: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._doom: signal.Signals | None = None  # what ends it when its pid is known

    @property
    def runs(self) -> bool:
        return self.pid > 0 and not self._end.done()

    def started(self, pid: int) -> None:
        self.pid = pid
        if self._doom is not None:
            self._signal(self._doom)

    def ended(self, how: str) -> None:
        if not self._end.done():
            self._end.set_result(how)

    async def wait(self) -> str:
        return await asyncio.shield(self._end)

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.runs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
        else:
            self._doom = number


def _variables(plan: Plan) -> dict[str, str]:
    return variables(plan.models_folder, plan.video_dtype, plan.video_attention, plan.video_gpus)


async def _start(options: Options, environment: dict[str, str]) -> Worker:
    arguments = ["--gateway", options.gateway, "--device", options.device, "--name", options.name]
    arguments += ["--parent", str(os.getpid()), "--nice", str(options.nice), "--beat-s", str(options.beat_s)]
    for engine in options.engines:
        arguments += ["--engine", engine]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lightbrush.fleet.worker",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        env={**os.environ, **environment, link.TOKEN_VARIABLE: options.token},
    )
    return _Child(process)


class _Child:
    """A worker that is a process of ours."""

    def __init__(self, process: Process) -> None:
        self.pid = process.pid
        self._process = process

    @property
    def runs(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> str:
        return f"status {await self._process.wait()}"

    def terminate(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
