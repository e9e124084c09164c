"""`lightbrush bench fleet`: what the gateway and its dispatch cost, with an engine of known cost behind them.

Three measurements, each with a gateway of its own, real workers and real sockets:

    dispatch    300 shots a second, pictures of 100 KB, workers to spare: what is added to the workers' own time
    overload    one session that sends ten times what its worker renders: how old the picture on the screen is
    held        1,000 sessions of which 200 draw more than is rendered: the gateway's memory, and who gets how much
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import resource
import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import psutil
from rich.table import Table

from lightbrush import __version__
from lightbrush.benchmarks.studio import Seen, Socket, age_over_render, gateway, hardware, jain
from lightbrush.client import Client
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
}
#: Keys that need what is not there yet.
LATER: Final = {
    "idle_fill": "the fleet has no background work yet",
    "live_p95_rise_units": "the fleet has no background work yet",
}

_COST_MS: Final = 5.0
_OVERLOAD_COST_MS: Final = 150.0
_HELD_COST_MS: Final = 10.0
_HELD_HZ: Final = 2.0
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
) -> dict[str, object]:
    """-> the keys of TARGETS and LATER, and where and when they were measured."""
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
    return {
        "dispatch_added_ms_p50": _round(np.percentile(added_ms, 50)),
        "dispatch_added_ms_p99": _round(np.percentile(added_ms, 99)),
        "age_over_render_p99": _round(age),
        "jain": _round(jain(pictures)),
        "sessions_connected": connected,
        "sessions_drawing": sum(count > 0 for count in pictures),
        "mib_per_session": _round(mib),
        **dict.fromkeys(LATER),
        "notes": LATER,
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
        assert isinstance(value, int | float)
        met = value >= target if more else value <= target
        out.add_row(key, f"{value:g}", f"{'≥' if more else '≤'} {target:g}", "[green]✓" if met else "[red]✗")
    for key, why in LATER.items():
        out.add_row(key, "", "", why)
    return out


def _round(value: float | np.floating) -> float:
    return round(float(value), 3)
