"""The fleet on a Ray cluster: each worker is an actor that dials back, so that nothing of a picture passes through Ray.

Ray places them, one a GPU or a share of the CPUs, spread over its nodes, and its autoscaler is told how many there
should be. It restarts none: a worker whose link has closed is replaced at once, on a node that answers, while Ray takes
15 s to see that a node is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from lightbrush.engines.video import variables
from lightbrush.errors import LightbrushError, SettingsError
from lightbrush.fleet.launcher import Fleet, Plan, Slot, Worker, pause
from lightbrush.fleet.ray_driver import Ended, Kill, News, Order, Reached, Refused, Share, Start, Want, unreachable
from lightbrush.fleet.scaling import Move
from lightbrush.fleet.worker import Options

log = logging.getLogger("lightbrush.fleet")

_REACH_S: Final = 60.0
_CLOSE_S: Final = 10.0
#: After so long the end of its process counts as the first in a row again.
_STEADY_S: Final = 30.0
_LOG_BYTES: Final = 65536
_MAIN: Final = "from lightbrush.fleet.ray_driver import main; main()"


class Cluster:
    """A Ray cluster that was reached, through a process of its own (`ray_driver`), which is replaced when it ends.

    host: this machine, as the cluster's others can reach it. gpus: that it had when it was last reached.
    """

    def __init__(self, address: str) -> None:
        self.host = ""
        self.gpus = 0.0
        self._address = address
        self._namespace = f"lightbrush-{secrets.token_hex(6)}"
        self._process: Process | None = None
        self._attending: asyncio.Task[None] | None = None
        self._logging: set[asyncio.Task[None]] = set()
        self._started: dict[str, tuple[Start, _Remote]] = {}
        self._wanted: Want | None = None

    async def reach(self) -> None:
        """Raises LightbrushError: extra.missing, settings.value, or fleet.ray where there is no cluster."""
        if importlib.util.find_spec("ray") is None:
            raise SettingsError(
                "extra.missing", "this needs the extra 'ray'", value="fleet = ray", fix="pip install 'lightbrush[ray]'"
            )
        process = await self._connect()
        self._attending = asyncio.create_task(self._attend(process), name="ray")

    async def close(self) -> None:
        """End every worker, and ask the autoscaler for nothing."""
        if self._attending is not None:
            self._attending.cancel()
            await asyncio.gather(self._attending, return_exceptions=True)
        process, self._process = self._process, None
        if process is not None:
            await _end(process)
        await asyncio.gather(*self._logging)
        for name in tuple(self._started):
            self._over(name, "the fleet was stopped")

    def start(self, start: Start) -> Worker:
        remote = _Remote(start.worker.name, self.let_go)
        self._started[start.worker.name] = start, remote
        self._send(start)
        return remote

    def let_go(self, name: str) -> None:
        """End it, and take it for ended: when Ray has done so, or has seen that its node is gone, nobody asks."""
        if name in self._started:
            self._send(Kill(name))
            self._over(name, "its link has closed")

    def want(self, want: Want) -> None:
        if want != self._wanted:
            self._wanted = want
            self._send(want)

    def _over(self, name: str, how: str) -> None:
        if name in self._started:
            _, remote = self._started.pop(name)
            remote.end(how)

    def _send(self, order: Order) -> None:
        """While there is no process to send it to it is kept: `_attend` says all again to the next."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(msgspec.json.encode(order) + b"\n")

    async def _attend(self, process: Process) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began_s = loop.time()
            await self._listen(process)
            self._process = None
            failures = 1 if loop.time() - began_s >= _STEADY_S else failures + 1
            log.warning("the process that speaks with Ray ended: status %s", await process.wait())
            process = await self._reconnect(failures)
            for start, _ in tuple(self._started.values()):
                self._send(start)
            if self._wanted is not None:
                self._send(self._wanted)

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            news = msgspec.json.decode(line, type=News)
            if isinstance(news, Ended) and news.name in self._started:
                self._send(Kill(news.name))  # it may be that Ray cannot reach it, no more
                self._over(news.name, news.how)
            elif isinstance(news, Refused):
                log.error("%s", LightbrushError.from_problem(news.problem))

    async def _reconnect(self, failures: int) -> Process:
        while True:
            await asyncio.sleep(pause(failures, came_up=False))
            try:
                return await self._connect()
            except LightbrushError as error:
                failures += 1
                log.error("%s; workers that are up stay", error)

    async def _connect(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _MAIN, self._address, self._namespace, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        logs = asyncio.create_task(_log(process.stderr), name="ray-log")
        self._logging.add(logs)
        logs.add_done_callback(self._logging.discard)
        try:
            async with asyncio.timeout(_REACH_S):
                line = await process.stdout.readline()
            news: News | None = msgspec.json.decode(line, type=News) if line else None
        except TimeoutError:
            news = None
        except asyncio.CancelledError:
            await _end(process)
            raise
        if isinstance(news, Reached):
            self.host, self.gpus, self._process = news.host, news.gpus, process
            return process
        await _end(process)
        if isinstance(news, Refused):
            raise LightbrushError.from_problem(news.problem)
        raise unreachable(self._address, "no answer")


class RayFleet(Fleet):
    """share: what each worker takes of the cluster."""

    def __init__(
        self, plan: Plan, cluster: Cluster, share: Share, changed: Callable[[], None], retire: Callable[[str], None]
    ) -> None:
        super().__init__(plan, changed, retire)
        self._cluster = cluster
        self._share = share

    def follow(self, moves: Iterable[Move]) -> None:
        super().follow(moves)
        self._cluster.want(Want(sum(slot.wanted is not None for slot in self._slots), self._share))

    def said_goodbye(self, name: str) -> None:
        self._cluster.let_go(name)

    async def _spawn(self, slot: Slot) -> Worker:
        plan = self._plan
        options = Options(
            gateway=plan.address,
            token=plan.token,
            engines=plan.pools[slot.pool],
            device=plan.device,
            name=slot.name,
            nice=plan.nice,
            beat_s=plan.beat_s,
        )
        environment = variables(plan.models_folder, plan.video_dtype, plan.video_attention, plan.video_gpus)
        return self._cluster.start(Start(options, environment, self._share))

    async def _end(self, workers: Sequence[Worker]) -> None:
        await self._cluster.close()


class _Remote:
    """A worker on the cluster."""

    def __init__(self, name: str, let_go: Callable[[str], None]) -> None:
        self._name = name
        self._let_go = let_go
        self._ended = asyncio.Event()
        self._how = ""

    async def wait(self) -> str:
        await self._ended.wait()
        return self._how

    def terminate(self) -> None:
        self._let_go(self._name)

    def kill(self) -> None:
        self._let_go(self._name)

    def end(self, how: str) -> None:
        self._how = how
        self._ended.set()


async def _end(process: Process) -> None:
    """It ends when it has no orders any more, or is ended."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_CLOSE_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _log(lines: asyncio.StreamReader) -> None:
    """What Ray and the workers print."""
    while some := await lines.read(_LOG_BYTES):
        for line in some.decode(errors="replace").splitlines():
            log.info("%s", line)
