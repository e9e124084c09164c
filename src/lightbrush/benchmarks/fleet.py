"""`lightbrush bench fleet`: what the gateway and its dispatch cost, with an engine of known cost behind them.

Five measurements, each with a gateway of its own, real workers and real sockets, and one of the disk:

    dispatch    300 shots a second, pictures of 100 KB, workers to spare: what is added to the workers' own time
    overload    one session that sends ten times what its worker renders: how old the picture on the screen is
    held        1,000 sessions of which 200 draw more than is rendered: the gateway's memory, and who gets how much
    background  one session that draws, without and with a job of real tiles behind it (extra `enhance`): what the job
                gets of the worker's time, and what the session pays for it
    faults      20 sessions that draw on two workers, of which one is killed, one stands still, both are killed, both
                stand still; and the gateway itself is killed and started again. With default settings: how long until
                the last session has a picture again
    results     how many results of a job's units the disk takes (`benchmarks.results`)
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import itertools
import re
import resource
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import psutil
from rich.table import Table
from websockets.exceptions import WebSocketException

from lightbrush import __version__, pixels
from lightbrush.benchmarks import results
from lightbrush.benchmarks.studio import Seen, Socket, age_over_render, gateway, hardware, jain
from lightbrush.client import Client, Jobs
from lightbrush.enhance.upscalers import installed
from lightbrush.errors import FleetError
from lightbrush.shots import Frame

ENGINE: Final = "lightbrush.benchmarks.synthetic:spec"
SHOTS_PER_S: Final = 300.0
SENDERS: Final = 30
DISPATCH_WORKERS: Final = 8
CONNECTED: Final = 1000
DRAWING: Final = 200
OVERLOAD: Final = 10.0

#: Key -> (its target on two CPU cores, whether more is better).
TARGETS: Final[dict[str, tuple[float, bool]]] = {
    "dispatch_added_ms_p50": (1.0, False),
    "dispatch_added_ms_p99": (3.0, False),
    "age_over_render_p99": (2.0, False),
    "jain": (0.95, True),
    "sessions_connected": (CONNECTED, True),
    "sessions_drawing": (DRAWING, True),
    "mib_per_session": (1.0, False),
    "idle_fill": (0.9, True),
    "live_p95_rise_units": (1.0, False),
    "live_again_s": (2.0, False),
    "live_again_s_gateway_killed": (2.0, False),
}

_COST_MS: Final = 5.0
_OVERLOAD_COST_MS: Final = 150.0
_HELD_COST_MS: Final = 10.0
_HELD_HZ: Final = 2.0
#: The session before the background: a share of the worker's time, and not in step with units.
_LIVE_COST_MS: Final = 20.0
_LIVE_HZ: Final = 7.3
_BACKGROUND_SIZE: Final = (4096, 2048)  # more tiles than are done meanwhile
_WARM_UP_UNITS: Final = 8
#: Sessions that draw when workers fail.
_FAULT_SESSIONS: Final = 20
_FAULT_HZ: Final = 5.0
_RETRY_S: Final = 0.1
_FAULTS: Final = (
    ("killed", signal.SIGKILL, 1),
    ("hung", signal.SIGSTOP, 1),
    ("all_killed", signal.SIGKILL, 2),
    ("all_hung", signal.SIGSTOP, 2),
)
_START_TIMEOUT_S: Final = 60.0
_OPEN_AT_ONCE: Final = 20


def run(
    seconds: float,
    say: Callable[[str], None],
    *,
    connected: int = CONNECTED,
    drawing: int = DRAWING,
    shots_per_s: float = SHOTS_PER_S,
    workers: int = DISPATCH_WORKERS,
    units: int = results.UNITS,
) -> dict[str, object]:
    """units: of a job whose results go to the disk. -> the keys of TARGETS, None where what they need is not installed,
    and where and when they were measured."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    say(f"dispatch: {shots_per_s:.0f} shots a second, {seconds:.0f} s")
    # Nice to nobody: these workers wait, where others compute.
    with gateway(ENGINE, "--workers", str(workers), "--worker-nice", "0") as (url, _):
        added_ms, picture_bytes = asyncio.run(_dispatch(url, workers, shots_per_s, seconds))
    say(f"overload: {OVERLOAD:.0f} times what one worker renders, {seconds:.0f} s")
    with gateway(ENGINE) as (url, _):
        age = asyncio.run(_overload(url, seconds))
    say(f"held: {connected} sessions, {drawing} of them draw, {seconds:.0f} s")
    with gateway(ENGINE, "--workers", "2", "--max-sessions", str(connected + 1)) as (url, process):
        pictures, mib = asyncio.run(_held(url, process, connected, drawing, seconds))
    background: dict[str, float | None] = {"idle_fill": None, "live_p95_rise_units": None}
    if installed():
        say(f"background: a session that draws, without and with a job behind it, {2 * seconds:.0f} s")
        with gateway(ENGINE) as (url, _):
            background = asyncio.run(_background(url, seconds))
    say(f"faults: {_FAULT_SESSIONS} sessions, workers that are killed and that stand still, a gateway that is killed")
    with gateway(ENGINE, "--workers", "2", "--worker-nice", "0") as (url, process):
        again_s = asyncio.run(_faults(url, process))
    gateway_again_s = asyncio.run(_gateway_killed())
    say("results: a job's, alone and together")
    return {
        "dispatch_added_ms_p50": _round(np.percentile(added_ms, 50)),
        "dispatch_added_ms_p99": _round(np.percentile(added_ms, 99)),
        "age_over_render_p99": _round(age),
        "jain": _round(jain(pictures)),
        "sessions_connected": connected,
        "sessions_drawing": sum(count > 0 for count in pictures),
        "mib_per_session": _round(mib),
        **background,
        "live_again_s": max(again_s.values()),
        **{f"live_again_s_{fault}": value for fault, value in again_s.items()},
        "live_again_s_gateway_killed": gateway_again_s,
        **{key: _round(value) for key, value in results.run(units).items()},
        "dispatch_shots_per_s": _round(len(added_ms) / seconds),
        "picture_kb": _round(picture_bytes / 1000.0),
        "held_pictures_per_s": _round(sum(pictures) / seconds),
        "seconds": seconds,
        "hardware": hardware(),
        "version": __version__,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


async def _dispatch(url: str, workers: int, shots_per_s: float, seconds: float) -> tuple[list[float], int]:
    """-> of every picture what `queue` and `link` came to, and a picture's size."""
    await _all_up(url, workers)
    hz = shots_per_s / SENDERS
    offsets_s = [number / shots_per_s for number in range(SENDERS)]
    drawn = await asyncio.gather(*(_draw(url, hz, seconds, _COST_MS, offset_s) for offset_s in offsets_s))
    added_ms = [seen.times_ms["queue"] + seen.times_ms["link"] for one in drawn for seen in one]
    async with Client(url) as client:
        picture = await client.render(_shot(_COST_MS, 0))
    return added_ms, len(picture.data)


async def _overload(url: str, seconds: float) -> float:
    await _all_up(url, 1)
    return age_over_render(await _draw(url, OVERLOAD * 1000.0 / _OVERLOAD_COST_MS, seconds, _OVERLOAD_COST_MS), 99.0)


async def _held(
    url: str, process: psutil.Process, connected: int, drawing: int, seconds: float
) -> tuple[Sequence[int], float]:
    """-> the pictures of each session that draws, and MiB of the gateway's memory for each that is connected."""
    await _all_up(url, 2)
    before = process.memory_info().rss
    async with contextlib.AsyncExitStack() as idle:
        gate = asyncio.Semaphore(_OPEN_AT_ONCE)

        async def connect() -> None:
            async with gate:
                await idle.enter_async_context(Socket(url))

        await asyncio.gather(*(connect() for _ in range(connected - drawing)))
        offsets_s = [number / drawing / _HELD_HZ for number in range(drawing)]
        drawn = await asyncio.gather(
            *(_draw(url, _HELD_HZ, seconds, _HELD_COST_MS, offset_s, gate) for offset_s in offsets_s)
        )
        after = process.memory_info().rss
    return [len(one) for one in drawn], (after - before) / 2**20 / connected


async def _background(url: str, seconds: float) -> dict[str, float | None]:
    """idle_fill: the worker's time in finished units, by its own clock, over what its live shots left of all time.
    live_p95_rise_units: of a shot's age from its sending to its picture, over what a unit takes on the mean."""
    await _all_up(url, 1)
    alone = await _draw(url, _LIVE_HZ, seconds, _LIVE_COST_MS)
    jobs = Jobs(url)
    job = await asyncio.to_thread(jobs.enhance, _gradient(), to="x4")
    await asyncio.to_thread(_units_done, jobs, job["id"], _WARM_UP_UNITS)
    before, began_s = await _counters(url), time.perf_counter()
    beside = await _draw(url, _LIVE_HZ, seconds, _LIVE_COST_MS)
    after, took_s = await _counters(url), time.perf_counter() - began_s
    if (await asyncio.to_thread(jobs.cancel, job["id"])) is None:
        raise FleetError("fleet.no_worker", "the job was done before the measurement was", value=job["id"])
    told = {name: after[name] - before[name] for name in after}
    live_s = sum(seen.shot_ms for seen in beside) / 1000.0
    unit_s = told["unit_link_seconds"] / told["units_finished"]
    rise_s = _age_p95_s(beside) - _age_p95_s(alone)
    return {
        "idle_fill": _round(told["unit_seconds"] / (took_s - live_s)),
        "live_p95_rise_units": _round(rise_s / unit_s),
        "unit_ms": _round(unit_s * 1000.0),
        "live_p95_ms": _round(_age_p95_s(alone) * 1000.0),
        "live_p95_ms_with_job": _round(_age_p95_s(beside) * 1000.0),
    }


class _Drawing:
    """Sessions that draw, and connect again where they are cut off."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._last: dict[int, tuple[float, float]] = {}  # by session: when its newest picture's shot was sent; came
        self._came = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> _Drawing:
        self._tasks = [asyncio.create_task(self._draw(session)) for session in range(_FAULT_SESSIONS)]
        return self

    async def __aexit__(self, *_exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _draw(self, session: int) -> None:
        for seq in itertools.count(1, 1_000_000):
            with contextlib.suppress(OSError, WebSocketException):
                await self._draw_until_cut_off(session, seq)
            await asyncio.sleep(_RETRY_S)

    async def _draw_until_cut_off(self, session: int, first: int) -> None:
        sent_s: dict[int, float] = {}

        async def watch() -> None:
            with contextlib.suppress(OSError, WebSocketException):
                async for seq, _ in opened.pictures():
                    self._last[session] = sent_s[seq], time.perf_counter()
                    self._came.set()

        async with Socket(self._url) as opened:
            watcher = asyncio.create_task(watch())
            try:
                for seq in itertools.count(first):
                    sent_s[seq] = time.perf_counter()
                    await opened.send(seq, _shot(_COST_MS, seq))
                    await asyncio.sleep(1.0 / _FAULT_HZ)
            finally:
                watcher.cancel()

    async def live_again(self, since_s: float) -> float:
        """Seconds until every session had a picture of a shot that it sent after that."""
        async with asyncio.timeout(_START_TIMEOUT_S):
            while len(self._last) < _FAULT_SESSIONS or any(sent_s < since_s for sent_s, _ in self._last.values()):
                self._came.clear()
                await self._came.wait()
        return _round(max(came_s for _, came_s in self._last.values()) - since_s)


async def _faults(url: str, process: psutil.Process) -> dict[str, float]:
    """-> for each fault of workers the seconds until every session was live again."""
    await _all_up(url, 2)
    found: dict[str, float] = {}
    async with _Drawing(url) as drawing:
        for fault, sign, count in _FAULTS:
            await _all_up(url, 2)
            await drawing.live_again(time.perf_counter())
            workers = [one for one in process.children(recursive=True) if one.name().startswith("worker-")]
            since_s = time.perf_counter()
            for worker in workers[:count]:
                worker.send_signal(sign)
            found[fault] = await drawing.live_again(since_s)
            await asyncio.to_thread(psutil.wait_procs, workers[:count])
    return found


async def _gateway_killed() -> float:
    """From `kill -9` of the gateway, which is started again at once at the same address, as what watches over it does,
    until every session was live again: it connects again, and sends what it shows."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        flags = ("--workers", "2", "--worker-nice", "0", "--port", str(free.getsockname()[1]))
    with contextlib.ExitStack() as stack:
        url, process = await asyncio.to_thread(stack.enter_context, gateway(ENGINE, *flags))
        await _all_up(url, 2)
        async with _Drawing(url) as drawing:
            await drawing.live_again(time.perf_counter())
            since_s = time.perf_counter()
            process.kill()
            await asyncio.to_thread(stack.enter_context, gateway(ENGINE, *flags))
            return await drawing.live_again(since_s)


def _age_p95_s(seen: Sequence[Seen]) -> float:
    return float(np.percentile([one.came_s - one.sent_s for one in seen], 95))


def _gradient() -> bytes:
    """A picture's file: large and quickly read."""
    width, height = _BACKGROUND_SIZE
    y, x = np.mgrid[:height, :width]
    return pixels.encode(np.stack([x % 256, y % 256, (x + y) % 256], axis=-1).astype(np.uint8), "image/jpeg")


def _units_done(jobs: Jobs, job: str, count: int) -> None:
    with contextlib.closing(jobs.watch()) as events:
        for event, told in events:
            if event == "job" and told["id"] == job and told["units_done"] >= count:
                return


async def _counters(url: str) -> dict[str, float]:
    """What the gateway has counted of units."""
    answer = await asyncio.to_thread(urllib.request.urlopen, f"{url}metrics")
    with answer:
        text = answer.read().decode()
    counted = {}
    for name in ("units_finished", "unit_seconds", "unit_link_seconds"):
        found = re.search(rf"^lightbrush_{name}_total{{.*}} (\S+)$", text, re.MULTILINE)
        counted[name] = float(found[1]) if found else 0.0
    return counted


async def _draw(
    url: str, hz: float, seconds: float, cost_ms: float, offset_s: float = 0.0, gate: asyncio.Semaphore | None = None
) -> list[Seen]:
    """Send so many shots a second, the first one `offset_s` into it, and see what comes."""
    sent_s: dict[int, float] = {}
    seen: list[Seen] = []

    async def watch(socket: Socket) -> None:
        async for seq, picture in socket.pictures():
            seen.append(Seen(sent_s[seq], time.perf_counter(), picture.times_ms))

    socket = Socket(url)
    async with contextlib.AsyncExitStack() as stack:
        async with gate or contextlib.nullcontext():
            await stack.enter_async_context(socket)
        watcher = asyncio.create_task(watch(socket))
        start_s = time.perf_counter() + offset_s
        for number in range(int(seconds * hz)):
            await asyncio.sleep(start_s + number / hz - time.perf_counter())
            sent_s[number + 1] = time.perf_counter()
            await socket.send(number + 1, _shot(cost_ms, number))
        await asyncio.sleep(0.5)  # for the last ones
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)
    return seen


async def _all_up(url: str, workers: int) -> None:
    """Wait until they are, and have rendered."""
    async with asyncio.timeout(_START_TIMEOUT_S), Client(url) as client:
        while client.status is None or client.status.workers < workers:
            await client.render(_shot(_COST_MS, 0))


def _shot(cost_ms: float, seed: int) -> Frame:
    return Frame(engine="synthetic", width=256, height=256, seed=seed, parameters={"cost_ms": cost_ms})


def table(report: dict[str, object]) -> Table:
    """The report for people: the figure, its target, whether it is met."""
    out = Table("figure", "measured", "target", "", box=None)
    for key, (target, more) in TARGETS.items():
        value = report[key]
        if value is None:
            out.add_row(key, "", f"{'≥' if more else '≤'} {target:g}", "needs the extra 'enhance'")
            continue
        assert isinstance(value, int | float)
        met = value >= target if more else value <= target
        out.add_row(key, f"{value:g}", f"{'≥' if more else '≤'} {target:g}", "[green]✓" if met else "[red]✗")
    return out


def _round(value: float | np.floating) -> float:
    return round(float(value), 3)
