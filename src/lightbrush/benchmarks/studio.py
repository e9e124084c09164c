"""`lightbrush bench studio`: a gateway as its own process, real sockets, sketches that change like a drawing
does.

Four measurements, one after the other, each `seconds` long:

    alone      one client, one shot at a time: what a step, a shot and the gateway cost
    pen        one client that sends 60 shots a second: how old the picture on the screen is
    crowd      50 sessions that do nothing and 4 that draw: who gets how many pictures
    deaf       one client that sends 60 shots a second and reads nothing: what the gateway's memory does
"""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import psutil
from PIL import Image, ImageDraw
from rich.table import Table
from websockets.asyncio.client import connect

from lightbrush import __version__, pixels, wire
from lightbrush.client import Client
from lightbrush.errors import FleetError
from lightbrush.shots import EncodedPicture, EngineCard, Frame, Prompt

PEN_HZ: Final = 60.0
IDLE: Final = 50
DRAWING: Final = 4
#: Stages of `times_ms` that are the gateway's, not the worker's.
GATEWAY_STAGES: Final = ("queue", "link")

#: Key -> (its target on two CPU cores, whether more is better).
TARGETS: Final[dict[str, tuple[float, bool]]] = {
    "step_ms_median": (60.0, False),
    "shot_ms_median": (100.0, False),
    "pictures_per_s": (10.0, True),
    "gateway_added_ms_p50": (5.0, False),
    "gateway_added_ms_p95": (15.0, False),
    "age_over_render_p99": (2.0, False),
    "rss_growth_mib": (8.0, False),
    "jain": (0.95, True),
}

_SKETCHES: Final = 16
_WARM_UP_SHOTS: Final = 5
_START_TIMEOUT_S: Final = 120.0


class Seen(msgspec.Struct, frozen=True):
    """A picture as a client saw it: when its shot left, when it came, both on the client's clock, seconds."""

    sent_s: float
    came_s: float
    times_ms: dict[str, float]

    @property
    def shot_ms(self) -> float:
        """What the worker spent: decode, the engine's stages, encode."""
        return sum(spent for stage, spent in self.times_ms.items() if stage not in GATEWAY_STAGES)

    @property
    def added_ms(self) -> float:
        """What the gateway, both sockets and this client added to that."""
        return (self.came_s - self.sent_s) * 1000.0 - self.shot_ms


def rate(seen: Sequence[Seen]) -> float:
    """Pictures a second, from the first one's shot to when the last one came; 0 where none came."""
    return len(seen) / (seen[-1].came_s - seen[0].sent_s) if seen else 0.0


def run(engine: str, seconds: float, say: Callable[[str], None]) -> dict[str, object]:
    """-> the keys of TARGETS, and where and when they were measured."""
    with gateway(engine) as (url, process):
        return asyncio.run(_measure(url, process, seconds, say))


def pictures_per_s(engine: str, steps: int, seconds: float) -> float:
    """Pictures a second that one pen gets through a gateway, each of so many steps."""

    async def measure(url: str) -> float:
        card, _ = await warm_up(url)
        shots = [msgspec.structs.replace(shot, steps=steps) for shot in sketched_frames(card)]
        seen = await _pen(url, shots, seconds)
        return round(rate(seen), 1)

    with gateway(engine) as (url, _):
        return asyncio.run(measure(url))


async def _measure(url: str, process: psutil.Process, seconds: float, say: Callable[[str], None]) -> dict[str, object]:
    card, device = await warm_up(url)
    shots = sketched_frames(card)
    say(f"alone: one shot at a time, {seconds:.0f} s")
    alone = await _alone(url, shots, seconds)
    say(f"pen: {PEN_HZ:.0f} shots a second, {seconds:.0f} s")
    pen = await _pen(url, shots, seconds)
    say(f"crowd: {IDLE} idle sessions, {DRAWING} that draw, {seconds:.0f} s")
    crowd = await _crowd(url, shots, seconds)
    say(f"deaf: {PEN_HZ:.0f} shots a second, nothing read, {seconds:.0f} s")
    growth_mib = await _deaf(url, shots, seconds, process)
    shot_ms = [seen.shot_ms for seen in alone]
    added_ms = [seen.added_ms for seen in alone]
    return {
        "step_ms_median": _round(np.median([step_ms(seen.times_ms, card.default_steps) for seen in alone])),
        "shot_ms_median": _round(np.median(shot_ms)),
        "pictures_per_s": _round(rate(alone)),
        "gateway_added_ms_p50": _round(np.percentile(added_ms, 50)),
        "gateway_added_ms_p95": _round(np.percentile(added_ms, 95)),
        "age_over_render_p99": _round(age_over_render(pen, 99.0)),
        "rss_growth_mib": _round(growth_mib),
        "jain": _round(jain(crowd)),
        "pen_pictures_per_s": _round(rate(pen)),
        "crowd_pictures": list(crowd),
        "engine": card.id,
        "size": f"{card.default_size.width}x{card.default_size.height}",
        "steps": card.default_steps,
        "seconds": seconds,
        "hardware": {**hardware(), "device": device},
        "version": __version__,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


# 1. The gateway, and what is sent to it.


@contextmanager
def gateway(engine: str, *flags: str) -> Iterator[tuple[str, psutil.Process]]:
    """A gateway as `lightbrush serve` starts it, on a free port -> (its address, its process)."""
    folder = tempfile.TemporaryDirectory(prefix="lightbrush-bench-")
    command = [sys.executable, "-m", "lightbrush", "serve", "--engine", engine, "--port", "0", "--json", *flags]
    process = subprocess.Popen([*command, "--data-folder", folder.name], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise FleetError("client.connection", "the gateway did not start", value=f"exit {process.wait()}")
        yield json.loads(line)["url"], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        folder.cleanup()


def sketched_frames(card: EngineCard) -> list[Frame]:
    """A flat-coloured landscape whose sun moves, so that no two shots in a row are alike."""
    size = card.default_size
    return [
        Frame(
            engine=card.id,
            width=size.width,
            height=size.height,
            prompts=(Prompt("snowy peaks at dusk"), Prompt("fog", 0.4)),
            seed=7,
            sketch=_sketch(size.width, size.height, number / _SKETCHES),
        )
        for number in range(_SKETCHES)
    ]


def _sketch(width: int, height: int, phase: float) -> bytes:
    image = Image.new("RGB", (width, height), (135, 180, 225))
    draw = ImageDraw.Draw(image)
    x, y, r = width * (0.15 + 0.7 * phase), height * 0.2, height * 0.07
    draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 225, 120))
    peaks = [(0.0, 0.6), (0.25, 0.25), (0.45, 0.5), (0.7, 0.2), (1.0, 0.6)]
    draw.polygon([(px * width, py * height) for px, py in peaks], fill=(120, 115, 120))
    draw.rectangle((0, height * 0.6, width, height * 0.78), fill=(60, 110, 160))
    draw.rectangle((0, height * 0.78, width, height), fill=(90, 140, 70))
    return pixels.encode(np.asarray(image), "image/png")


async def warm_up(url: str) -> tuple[EngineCard, str]:
    """Wait for a worker, render a few -> (the default engine's card, the worker's device)."""
    async with asyncio.timeout(_START_TIMEOUT_S), Client(url) as client:
        card = next(c for c in client.welcome.engines if c.id == client.welcome.default_engine)
        for shot in sketched_frames(card)[:_WARM_UP_SHOTS]:
            await client.render(shot)
        return card, client.status.device if client.status else ""


# 2. The measurements.


async def _alone(url: str, shots: Sequence[Frame], seconds: float) -> list[Seen]:
    seen: list[Seen] = []
    async with Client(url) as client:
        end_s = time.perf_counter() + seconds
        while (sent_s := time.perf_counter()) < end_s:
            picture = await client.render(shots[len(seen) % len(shots)])
            seen.append(Seen(sent_s, time.perf_counter(), picture.times_ms))
    return seen


async def _pen(url: str, shots: Sequence[Frame], seconds: float) -> list[Seen]:
    """Send at PEN_HZ and see what comes, for `seconds`."""
    sent_s: dict[int, float] = {}
    seen: list[Seen] = []

    async def watch(socket: Socket) -> None:
        async for seq, picture in socket.pictures():
            seen.append(Seen(sent_s[seq], time.perf_counter(), picture.times_ms))

    async with Socket(url) as socket:
        watcher = asyncio.create_task(watch(socket))
        start_s = time.perf_counter()
        for number in range(int(seconds * PEN_HZ)):
            await asyncio.sleep(start_s + number / PEN_HZ - time.perf_counter())
            sent_s[number + 1] = time.perf_counter()
            await socket.send(number + 1, shots[number % len(shots)])
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)
    return seen


async def _crowd(url: str, shots: Sequence[Frame], seconds: float) -> list[int]:
    """-> pictures that each drawing session saw."""
    async with asyncio.TaskGroup() as opening:
        idle = [Client(url) for _ in range(IDLE)]
        for client in idle:
            opening.create_task(client.__aenter__())
    try:
        drawings = await asyncio.gather(*(_pen(url, shots, seconds) for _ in range(DRAWING)))
    finally:
        await asyncio.gather(*(client.__aexit__(None, None, None) for client in idle))
    return [len(drawing) for drawing in drawings]


async def _deaf(url: str, shots: Sequence[Frame], seconds: float, process: psutil.Process) -> float:
    """-> MiB by which the gateway's resident memory grew while its client read nothing."""
    start_mib = 0.0
    async with Socket(url) as socket:
        start_s = time.perf_counter()
        for number in range(int(seconds * PEN_HZ)):
            await asyncio.sleep(start_s + number / PEN_HZ - time.perf_counter())
            await socket.send(number + 1, shots[number % len(shots)])
            if number == int(PEN_HZ):  # once the session and its buffers are there
                start_mib = _rss_mib(process)
        return _rss_mib(process) - start_mib


class Socket:
    """A session that tells the sequence numbers, and whose pictures can be left unread."""

    def __init__(self, url: str) -> None:
        address = url.replace("http", "ws", 1) + "ws"
        self._opening = connect(address, compression=None, max_queue=1, ping_interval=None)

    async def __aenter__(self) -> Socket:
        self._socket = await self._opening
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._socket.transport.abort()  # a farewell would wait for what was left unread

    async def send(self, seq: int, shot: Frame) -> None:
        await self._socket.send(wire.encode_shot(seq, shot))

    async def pictures(self) -> AsyncIterator[tuple[int, EncodedPicture]]:
        async for data in self._socket:
            message = wire.unpack(data if isinstance(data, bytes) else data.encode())
            if message.kind is wire.Kind.PICTURE:
                yield message.seq, wire.decode_picture(message)


# 3. What is made of them.


def step_ms(times_ms: dict[str, float], steps: int) -> float:
    """One denoising step: the stages named step…, over the steps."""
    return sum(spent for stage, spent in times_ms.items() if stage.startswith("step")) / steps


def age_over_render(seen: Sequence[Seen], percentile: float) -> float:
    """How old the picture on the screen is, less 20 ms, in render times: a percentile over time.

    A picture's age grows from its coming until the next one comes. The render time is the mean of those two
    pictures' own, so that the figure tells of the gateway's choices and not of the machine's moods.
    """
    ratios: list[np.ndarray] = []
    for shown, following in pairwise(seen):
        on_screen_s = np.arange(shown.came_s, following.came_s, 0.001)
        render_ms = (shown.shot_ms + following.shot_ms) / 2.0
        ratios.append(((on_screen_s - shown.sent_s) * 1000.0 - 20.0) / render_ms)
    return float(np.percentile(np.concatenate(ratios), percentile))


def jain(shares: Sequence[float]) -> float:
    """Jain's fairness index: 1 when all are equal, 1/n when one has everything."""
    return sum(shares) ** 2 / (len(shares) * sum(share * share for share in shares))


def hardware() -> dict[str, object]:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = (line for line in info.read_text().splitlines() if line.startswith("model name"))
        cpu = next(named, f":{cpu}").partition(":")[2].strip()
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def table(report: dict[str, object]) -> Table:
    """The report for people: the figure, its target, whether it is met."""
    place = report["hardware"]
    assert isinstance(place, dict)
    what = f"{report['engine']} {report['size']}, {report['steps']} steps"
    title = f"{what}, on {place['device']}; {place['cores']} cores of {place['cpu']}"
    out = Table("figure", "measured", "target", "", title=title, title_justify="left", box=None)
    for key, (target, more) in TARGETS.items():
        value = report[key]
        assert isinstance(value, float)
        met = value >= target if more else value <= target
        sign = "≥" if more else "≤"
        out.add_row(key, f"{value:g}", f"{sign} {target:g}", "[green]✓" if met else "[red]✗")
    return out


def _rss_mib(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def _round(value: float | np.floating) -> float:
    return round(float(value), 3)
