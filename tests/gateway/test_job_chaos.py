"""Jobs run while workers fail, the disk is full and the database is held, in an order that a seed draws: who draws has
every picture, and what comes of the jobs is what comes of them alone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil
from websockets.exceptions import WebSocketException

from lightbrush import wire
from lightbrush.client import Jobs
from lightbrush.fleet import link
from lightbrush.wire import Hello, Kind
from tests.gateway.job_site import ask, at_once, ended, needs_weights, picture, result, until
from tests.harness import LIMIT_S, GatewayProcess, Wire, gateway, shot

pytestmark = needs_weights

SESSIONS = 3
SEED = 1
#: Of each session, after every fault: then it is live again.
PICTURES = 2
SOURCE = picture(192, 192)
#: Between two shots of a session. Without it drawing takes the cores, and what is waited for is half a minute late.
REST_S = 0.02
FULL_BYTES = 64 * 1024
"""No file may become larger: far less than a tile's result, and than what laying writes."""


class Draws:
    """A session that draws, one shot after the other, for as long as the test goes on."""

    def __init__(self, session: Wire, name: int) -> None:
        self.pictures = 0
        self._session, self._name = session, name
        self._came = asyncio.Condition()

    async def forever(self) -> None:
        while True:
            seq = self.pictures + 1
            await self._session.send(wire.encode_shot(seq, shot(seed=1000 * self._name + seq)))
            answer = await self._session.answer()
            assert answer.kind is Kind.PICTURE, wire.decode_problem(answer)
            assert answer.seq == seq, "each shot has one picture"
            async with self._came:
                self.pictures += 1
                self._came.notify_all()
            await asyncio.sleep(REST_S)

    async def more(self, pictures: int) -> None:
        wanted = self.pictures + pictures
        async with self._came, asyncio.timeout(LIMIT_S):
            await self._came.wait_for(lambda: self.pictures >= wanted)


class Trouble:
    """What may befall a gateway whose job runs, and that it is seen to have."""

    def __init__(self, seed: int, running: GatewayProcess, workers: Path, data: Path) -> None:
        self.chance = random.Random(seed)
        self.running, self.workers, self.data = running, workers, data
        self.jobs = Jobs(running.url)
        self.asked: list[str] = []

    def begin(self) -> str:
        """A job that has units at workers now."""
        job: str = self.jobs.enhance(SOURCE, to="x4")["id"]
        self.asked.append(job)
        until(self.jobs, job, lambda told: told["units_done"] >= 2)
        return job

    def killed(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for worker in self._one():
                worker.kill()

    def hung(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for worker in self._one():
                worker.send_signal(signal.SIGSTOP)
                worker.wait(LIMIT_S)  # until the gateway ends it

    def _one(self) -> list[psutil.Process]:
        """A worker. None, where those of the fault before are not yet replaced."""
        found = self.running.workers()
        return [self.chance.choice(found)] if found else []

    def lying(self) -> None:
        """A worker that answers the first unit that it gets with garbage."""
        with link.connect(f"unix:{self.workers}", LIMIT_S) as sock:
            sock.settimeout(LIMIT_S)
            hello = Hello(token="secret", worker="liar", device="CPU (a test)", engines=("enhance",))
            sock.sendall(wire.encode_hello(hello))
            message = link.read(sock)
            assert message is not None
            assert message.kind is Kind.TILE
            sock.sendall(b"\x00" * 64)
            with contextlib.suppress(OSError):
                assert link.read(sock) is None

    def full(self) -> None:
        with full_disk(self.running):
            self._held_up("job.disk")

    def locked(self) -> None:
        path = self.data / "jobs" / "jobs.sqlite"
        with contextlib.closing(sqlite3.connect(path, timeout=LIMIT_S, isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")
            self._held_up("job.locked")

    def _held_up(self, code: str) -> None:
        """Some job: the last one may be at its end, or behind the others. The tests below are held up for certain."""
        end_s = time.monotonic() + LIMIT_S
        states = dict.fromkeys(self.asked, "")
        with contextlib.closing(self.jobs.watch()) as events:
            for event, told in events:
                if event != "job" or told["id"] not in states:
                    continue
                states[told["id"]] = told["state"]
                if is_held_up(told, code) or set(states.values()) == {"done"}:
                    return
                assert time.monotonic() < end_s, f"it did not happen: {told}"
        raise AssertionError("the gateway ended")


def is_held_up(told: dict[str, Any], code: str) -> bool:
    return told["state"] == "waiting" and told["error"] is not None and told["error"]["code"] == code


@contextmanager
def full_disk(running: GatewayProcess) -> Iterator[None]:
    """The kernel lets neither the gateway, nor what it starts meanwhile, make a file larger."""
    process = psutil.Process(running.process.pid)
    before = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (FULL_BYTES, before[1]))
    try:
        yield
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, before)


async def test_whatever_befalls_a_gateway_no_job_is_lost_and_every_session_is_live(tmp_path: Path) -> None:
    workers, data = tmp_path / "w", tmp_path / "data"
    flags = ["--workers", "2", "--worker-beat-s", "0.1", "--data-folder", str(data)]
    with gateway(*flags, "--worker-listen", f"unix:{workers}", "--worker-token", "secret") as running:
        trouble = Trouble(SEED, running, workers, data)
        faults = [trouble.killed, trouble.hung, trouble.lying, trouble.full, trouble.locked]
        trouble.chance.shuffle(faults)
        async with contextlib.AsyncExitStack() as stack:
            sessions = [
                Draws(await stack.enter_async_context(running.socket()), name) for name in range(1, 1 + SESSIONS)
            ]
            drawing = [asyncio.create_task(session.forever()) for session in sessions]
            for fault in faults:
                await asyncio.to_thread(trouble.begin)
                befalling = asyncio.create_task(asyncio.to_thread(fault))
                await asyncio.gather(*(session.more(PICTURES) for session in sessions))  # while it lasts
                await befalling
                await asyncio.gather(*(session.more(PICTURES) for session in sessions))
            for job in trouble.asked:
                told = await asyncio.to_thread(ended, trouble.jobs, job)
                assert (told["state"], told["error"]) == ("done", None)
                assert told["units_done"] == told["units"]
            for task in drawing:
                assert not task.done()
                task.cancel()
            await asyncio.gather(*drawing, return_exceptions=True)
        alone = at_once(SOURCE, "x4")
        assert all(result(trouble.jobs, job, tmp_path) == alone for job in trouble.asked)


class Returns(Draws):
    """Likewise, and where it is cut off it connects again and goes on."""

    def __init__(self, running: GatewayProcess, name: int) -> None:
        self._running, self._name, self._seq = running, name, 0
        self.pictures = 0
        self._came = asyncio.Condition()

    async def forever(self) -> None:
        while True:
            with contextlib.suppress(OSError, WebSocketException):
                async with self._running.socket() as self._session:
                    await self._draw()
            await asyncio.sleep(0.02)  # nobody tells when a gateway listens again

    async def _draw(self) -> None:
        while True:
            self._seq += 1
            await self._session.send(wire.encode_shot(self._seq, shot(seed=1000 * self._name + self._seq)))
            answer = await self._session.answer()
            assert (answer.kind, answer.seq) == (Kind.PICTURE, self._seq)
            async with self._came:
                self.pictures += 1
                self._came.notify_all()


async def test_a_gateway_that_is_killed_again_and_again_loses_no_job_and_no_session(tmp_path: Path) -> None:
    """`kill -9`, at moments that a seed draws, and another one at the same address, as what watches over it starts."""
    chance = random.Random(SEED)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        flags = ["--workers", "2", "--data-folder", str(tmp_path / "data"), "--port", str(free.getsockname()[1])]
    async with contextlib.AsyncExitStack() as stack:
        running = stack.enter_context(gateway(*flags))
        jobs = Jobs(running.url)
        job: str = jobs.enhance(SOURCE, to="x4")["id"]
        sessions = [Returns(running, name) for name in range(1, 1 + SESSIONS)]
        drawing = [asyncio.create_task(session.forever()) for session in sessions]
        for _ in range(2):
            pictures = chance.randrange(1, 6)
            await asyncio.gather(*(session.more(pictures) for session in sessions))
            acknowledged = await asyncio.to_thread(jobs.show, job)
            running.process.kill()
            running = await asyncio.to_thread(stack.enter_context, gateway(*flags))
            await asyncio.gather(*(session.more(PICTURES) for session in sessions))  # every one is live again
            now = await asyncio.to_thread(jobs.show, job)
            assert now["units_done"] >= acknowledged["units_done"]
            assert not any(task.done() for task in drawing)
        told = await asyncio.to_thread(ended, jobs, job)
        assert (told["state"], told["error"], told["units_done"]) == ("done", None, told["units"])
        for task in drawing:
            task.cancel()
        await asyncio.gather(*drawing, return_exceptions=True)
        assert await asyncio.to_thread(result, jobs, job, tmp_path) == at_once(SOURCE, "x4")


def test_a_job_that_is_laid_while_the_disk_is_full_waits_and_goes_on(tmp_path: Path) -> None:
    with gateway() as running:
        jobs, source = Jobs(running.url), picture(100, 72)
        with full_disk(running):
            job = jobs.enhance(source, to="x2")["id"]
            until(jobs, job, lambda told: is_held_up(told, "job.disk"))
            name = sha256(SOURCE).hexdigest()
            assert ask(running, "PUT", f"/assets/{name}", SOURCE).status == 204
            refused = ask(running, "POST", "/api/jobs", json.dumps({"kind": "enhance", "picture": name}).encode())
            assert (refused.status, refused.json["code"]) == (507, "job.disk")
            assert [kept["id"] for kept in jobs.all()] == [job]
        assert ended(jobs, job)["state"] == "done"
        assert result(jobs, job, tmp_path) == at_once(source, "x2")
