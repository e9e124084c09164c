"""Workers are killed, stopped, slow and lying, at moments that a seed draws: everyone gets every last picture."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from pathlib import Path

import psutil
import pytest

from lightbrush import wire
from lightbrush.fleet import link
from lightbrush.wire import Hello, Kind
from tests.harness import LIMIT_S, GatewayProcess, Wire, gateway, shot

SESSIONS, SHOTS = 4, 9
FAULTS = ("kill", "kill all", "hang", "slow", "lie")


class Trouble:
    """After every so many pictures one fault, of a kind and at a worker that the seed draws."""

    def __init__(self, seed: int, running: GatewayProcess, path: Path) -> None:
        self.random = random.Random(seed)
        self.running, self.path = running, path
        self.faults = self.random.sample(FAULTS * 2, 7)
        self.liars: list[asyncio.Task[None]] = []
        self.cost_ms = 5.0
        self._pictures = 0

    def saw_a_picture(self) -> None:
        self._pictures += 1
        if self.faults and self._pictures % (SESSIONS * SHOTS // 8) == 0:
            self._cause(self.faults.pop())

    def _cause(self, fault: str) -> None:
        self.cost_ms = 5.0
        if fault == "slow":
            self.cost_ms = 120.0
        elif fault == "lie":
            self.liars.append(asyncio.create_task(asyncio.to_thread(lie, self.path)))
        elif fault == "kill all":
            for worker in self.running.workers():
                with contextlib.suppress(psutil.NoSuchProcess):
                    worker.kill()
        else:
            sign = signal.SIGKILL if fault == "kill" else signal.SIGSTOP
            with contextlib.suppress(psutil.NoSuchProcess):
                self.random.choice(self.running.workers()).send_signal(sign)


def lie(path: Path) -> None:
    """A worker that answers what it is sent with garbage, until it is shown the door."""
    with link.connect(f"unix:{path}", LIMIT_S) as sock, contextlib.suppress(OSError):
        sock.settimeout(LIMIT_S)
        hello = Hello(token="secret", worker="liar", device="a test", engines=("blur",))
        sock.sendall(wire.encode_hello(hello))
        while link.read(sock) is not None:
            sock.sendall(b"\x00" * 64)


async def draw(session: Wire, name: int, trouble: Trouble) -> None:
    """Shot after shot. What was lost with its worker too often is said, and sent again, as every client does."""
    for seq in range(1, SHOTS + 1):
        answer = None
        while answer is None or answer.kind is not Kind.PICTURE:
            if answer is not None:
                assert wire.decode_problem(answer).code == "fleet.worker_lost"
            seed = name * 1000 + seq
            await session.send(wire.encode_shot(seq, shot(seed=seed, parameters={"cost_ms": trouble.cost_ms})))
            answer = await session.answer()
        assert answer.seq == seq
        trouble.saw_a_picture()


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_befalls_the_workers_every_session_gets_all_its_pictures(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "w"
    flags = ["--workers", "3", "--worker-beat-s", "0.1", "--shot-timeout-s", "1"]
    with gateway(*flags, "--worker-listen", f"unix:{path}", "--worker-token", "secret") as running:
        trouble = Trouble(seed, running, path)
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as drawing:
            for name in range(SESSIONS):
                session = await stack.enter_async_context(running.socket())
                await session.status("ready")
                drawing.create_task(draw(session, name, trouble))
        assert trouble.faults == []
        await asyncio.gather(*trouble.liars)


async def test_a_worker_that_stands_still_is_replaced_though_it_has_nothing_to_do() -> None:
    with gateway("--worker-beat-s", "0.05") as running:
        async with running.socket() as session:
            await session.status("ready")
            (worker,) = running.workers()
            worker.send_signal(signal.SIGSTOP)
            await session.status("starting")
            await session.status("ready")
            assert worker not in running.workers()
            await session.render(1, shot())
