"""`lightbrush bench room`: people who draw in one document, with a gateway of its own, real sockets and a real disk.

Each editor has a replica of the document. With every update it adds a stroke to a layer and takes back its own of a
while ago; the document stays as large as it is, so what the gateway's memory gains is lost. Measured is from when an
update is sent until each other editor's replica has it: the disk, the sockets and the replicas' own work, all of which
share this machine.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import psutil
from pycrdt import Array, Doc, TransactionEvent
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect

from lightbrush import __version__
from lightbrush.benchmarks.studio import gateway, hardware
from lightbrush.errors import FleetError
from lightbrush.studio import protocol
from lightbrush.studio.protocol import Step, Sync

ENGINE: Final = "lightbrush.benchmarks.synthetic:spec"
EDITORS: Final = 20
HZ: Final = 30.0

#: Key -> (its target on two CPU cores, whether more is better).
TARGETS: Final[dict[str, tuple[float, bool]]] = {
    "room_update_ms_p95": (100.0, False),
    "room_converged": (1.0, True),
    "room_rss_growth_mib": (8.0, False),
}

#: Strokes of one editor that the document holds, and how large one is.
_STROKES: Final = 40
_STROKE_BYTES: Final = 300
_WARM_UP: Final = 0.3  # of the time: until then everybody's strokes are there, and the first checkpoints
_SETTLE_S: Final = 30.0


def run(seconds: float, say: Callable[[str], None], *, editors: int = EDITORS, hz: float = HZ) -> dict[str, object]:
    """-> the keys of TARGETS, and where and when they were measured."""
    say(f"room: {editors} editors, {hz:.0f} updates a second each, {seconds:.0f} s")
    with gateway(ENGINE, "--workers", "0") as (url, process):
        return asyncio.run(_measure(url, process, seconds, editors, hz))


class _Editor:
    """One page: its replica, and when it had each of the others' updates."""

    def __init__(self, number: int, socket: ClientConnection, sent: list[list[tuple[int, float]]]) -> None:
        self.doc: Doc[Any] = Doc(client_id=number)
        self.late_ms: list[tuple[float, float]] = []
        self.answered = asyncio.Event()
        self._number = number
        self._socket = socket
        self._sent = sent
        self._layers = [self.doc.get(f"layer {author}", type=Array) for author in range(len(sent))]
        self._seen = [0] * len(sent)
        self._news: list[bytes] = []
        self._reading = False
        self._subscription = self.doc.observe(self._changed)

    def _changed(self, event: TransactionEvent) -> None:
        if not self._reading:
            self._news.append(event.update)

    async def draw(self) -> None:
        own = self._sent[self._number]
        with self.doc.transaction():
            strokes = self._layers[self._number]
            strokes.append(f"{len(own)}".ljust(_STROKE_BYTES, "."))
            if len(own) >= _STROKES:
                del strokes[0]
        news, self._news = self._news, []
        own.append((_clocks(self.doc)[self._number], time.perf_counter()))
        for update in news:
            await self._socket.send(protocol.sync(Step.UPDATE, update))

    async def read_forever(self) -> None:
        while True:
            message = protocol.read(await self._socket.recv(decode=False))
            if not isinstance(message, Sync):
                continue
            if message.step is Step.STEP_1:
                await self._socket.send(protocol.sync(Step.STEP_2, self.doc.get_update(message.data)))
                continue
            self._reading = True
            self.doc.apply_update(message.data)
            self._reading = False
            self._look()
            if message.step is Step.STEP_2:
                self.answered.set()

    def _look(self) -> None:
        now_s = time.perf_counter()
        for author, clock in _clocks(self.doc).items():
            if author == self._number:
                continue
            sent, place = self._sent[author], self._seen[author]
            while place < len(sent) and sent[place][0] <= clock:
                self.late_ms.append((sent[place][1], (now_s - sent[place][1]) * 1000.0))
                place += 1
            self._seen[author] = place

    async def settle(self) -> object:
        """What the document is when the room has answered."""
        self.answered.clear()
        await self._socket.send(protocol.sync(Step.STEP_1, self.doc.get_state()))
        await asyncio.wait_for(self.answered.wait(), _SETTLE_S)
        return [layer.to_py() for layer in self._layers]


async def _measure(url: str, process: psutil.Process, seconds: float, editors: int, hz: float) -> dict[str, object]:
    room, link = await asyncio.to_thread(_share, url)
    address = f"ws://{urlsplit(url).netloc}/rooms/{room}?link={link}"
    sent: list[list[tuple[int, float]]] = [[] for _ in range(editors)]
    sockets = [await connect(address, compression=None, max_size=2**27, max_queue=None) for _ in range(editors)]
    people = [_Editor(number, socket, sent) for number, socket in enumerate(sockets)]
    readers = [asyncio.create_task(person.read_forever()) for person in people]
    spent_s = _cpu_s(process), time.process_time()
    start_s = time.perf_counter()
    measure_s = start_s + _WARM_UP * seconds

    async def edit(person: _Editor, offset_s: float) -> None:
        for number in range(int(seconds * hz)):
            await asyncio.sleep(start_s + offset_s + number / hz - time.perf_counter())
            await person.draw()

    async def weigh() -> tuple[float, float]:
        await asyncio.sleep(measure_s - time.perf_counter())
        before = process.memory_info().rss
        await asyncio.sleep(start_s + seconds - time.perf_counter())
        return before / 2**20, process.memory_info().rss / 2**20

    editing = [edit(person, number / editors / hz) for number, person in enumerate(people)]
    weighing = asyncio.create_task(weigh())
    await asyncio.gather(*editing)
    before_mib, after_mib = await weighing
    took_s = time.perf_counter() - start_s
    gateway_s, editors_s = _cpu_s(process) - spent_s[0], time.process_time() - spent_s[1]
    for _ in range(2):  # once for what was sent, once for what came to the room meanwhile
        states = [await person.settle() for person in people]
    for task in readers:
        task.cancel()
    failed = [one for one in await asyncio.gather(*readers, return_exceptions=True) if isinstance(one, Exception)]
    for socket in sockets:
        await socket.close()
    if failed:
        raise FleetError("client.connection", "an editor lost its connection", value=repr(failed[0]))
    late_ms = [late for person in people for sent_s, late in person.late_ms if sent_s >= measure_s]
    updates = sum(map(len, sent))
    complete = all(len(person.late_ms) == updates - len(sent[number]) for number, person in enumerate(people))
    return {
        "room_update_ms_p95": _round(np.percentile(late_ms, 95)),
        "room_converged": complete and all(state == states[0] for state in states),
        "room_rss_growth_mib": _round(after_mib - before_mib),
        "room_update_ms_p50": _round(np.percentile(late_ms, 50)),
        "room_updates_per_s": _round(updates / took_s),
        "room_rss_mib": _round(after_mib),
        "gateway_cores": _round(gateway_s / took_s),
        "editors_cores": _round(editors_s / took_s),
        "editors": editors,
        "hz": hz,
        "seconds": seconds,
        "hardware": hardware(),
        "version": __version__,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _clocks(doc: Doc[Any]) -> dict[int, int]:
    """Of each client, how much of it the document has: its state vector."""
    data, numbers, value, shift = doc.get_state(), [], 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value = shift = 0
    return dict(zip(numbers[1::2], numbers[2::2], strict=True))


def _share(url: str) -> tuple[str, str]:
    """-> a new room and its owner's link."""
    with urllib.request.urlopen(urllib.request.Request(f"{url}api/rooms", b"", method="POST")) as answer:
        made = json.loads(answer.read())
    return made["id"], made["link"]


def table(report: dict[str, object]) -> Table:
    """The report for people: the figure, its target, whether it is met."""
    out = Table("figure", "measured", "target", "", box=None)
    for key, (target, more) in TARGETS.items():
        value = report[key]
        assert isinstance(value, int | float)
        met = value >= target if more else value <= target
        sign = "≥" if more else "≤"
        out.add_row(key, f"{value:g}", f"{sign} {target:g}", "[green]✓" if met else "[red]✗")
    return out


def _round(value: float | np.floating) -> float:
    return round(float(value), 3)
