"""What the server's tests share: a gateway as its own process, raw sockets to it, pictures to send."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import numpy as np
import psutil
from websockets.asyncio.client import ClientConnection, connect

from lightbrush import pixels, wire
from lightbrush.errors import Problem
from lightbrush.shots import EncodedPicture, Frame
from lightbrush.wire import Kind, Message
from tests import hatchery

ROOT = Path(__file__).parents[1]
ENGINE = "tests.stand_in:spec"
LIMIT_S = 60.0
"""Nothing here takes this long; what does has failed."""

SKETCH = pixels.encode(np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3), "image/png")


def environment() -> dict[str, str]:
    """For a child process: it finds this folder's engine, and no setting of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIGHTBRUSH_")}
    return {**kept, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}


class GatewayProcess:
    """A running `lightbrush serve`. url ends with "/" and, where one is needed, the token."""

    def __init__(self, process: hatchery.Process, url: str) -> None:
        self.process = process
        self.url = url
        self.socket_url = url.replace("http", "ws", 1).replace("/?", "/ws?")
        if "?" not in url:
            self.socket_url += "ws"

    def children(self) -> list[psutil.Process]:
        return [p for p in psutil.Process(self.process.pid).children() if runs(p)]

    def workers(self) -> list[psutil.Process]:
        """Those that have a name; not the one that they are forked from, or one that stands by."""
        return [p for p in psutil.Process(self.process.pid).children(recursive=True) if is_worker(p)]

    def kill(self) -> None:
        """With SIGKILL, and until none of its processes runs."""
        workers = self.workers()
        self.process.kill()
        self.process.wait(LIMIT_S)
        wait_until_ended(workers)

    @asynccontextmanager
    async def socket(self, **options: object) -> AsyncIterator[Wire]:
        """All that comes is taken in at once, unless max_queue says otherwise: else whoever closes without having read
        waits ten seconds for the answer to the farewell, behind what was not read."""
        options = {"compression": None, "max_size": 2**26, "max_queue": None} | options
        async with connect(self.socket_url, **options) as socket:  # type: ignore[arg-type]
            yield Wire(socket)


def runs(process: psutil.Process) -> bool:
    """One that has ended and is not waited for yet does not: an orphan's new parent may take seconds to."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def wait_until_ended(processes: Sequence[psutil.Process]) -> None:
    wait_until(lambda: not any(map(runs, processes)))


def is_worker(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.name().startswith("worker-")
    return False


class Wire:
    """A session by hand: bytes out, messages in."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, data: bytes | str) -> None:
        await self.socket.send(data)

    async def receive(self) -> Message:
        async with asyncio.timeout(LIMIT_S):
            return wire.unpack(await self.socket.recv(decode=False))

    async def until(self, wanted: Callable[[Message], bool]) -> Message:
        while not wanted(message := await self.receive()):
            pass
        return message

    async def status(self, state: str) -> None:
        await self.until(lambda m: m.kind is Kind.STATUS and wire.decode_status(m).state == state)

    async def answer(self) -> Message:
        """The next PICTURE or PROBLEM."""
        return await self.until(lambda m: m.kind in (Kind.PICTURE, Kind.PROBLEM))

    async def problem(self) -> tuple[int, Problem]:
        message = await self.answer()
        return message.seq, wire.decode_problem(message)

    async def render(self, seq: int, shot: Frame) -> EncodedPicture:
        await self.send(wire.encode_shot(seq, shot))
        message = await self.answer()
        assert message.seq == seq
        return wire.decode_picture(message)


@contextmanager
def gateway(*flags: str, engine: str = ENGINE) -> Iterator[GatewayProcess]:
    """Start one on a free port; when the block ends, end it and see that it left no process behind."""
    command = ["serve", "--engine", engine, "--json"]
    if "--port" not in flags:
        command += ["--port", "0"]
    folder = tempfile.TemporaryDirectory()
    if "--data-folder" not in flags:
        command += ["--data-folder", folder.name]
    log = tempfile.TemporaryFile("w+")  # noqa: SIM115
    # On one thread as `one_thread`, for the workers.
    process = hatchery.lightbrush([*command, *flags], environment() | {"OMP_NUM_THREADS": "1"}, log)
    try:
        yield GatewayProcess(process, json.loads(process.stdout.readline())["url"])
    finally:
        children: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):  # a test may have killed it
            children = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        process.wait(LIMIT_S)
        process.stdout.close()
        with contextlib.suppress(AssertionError):
            wait_until_ended(children)
        left = [child for child in children if runs(child)]
        log.seek(0)
        text = log.read()
        log.close()
        folder.cleanup()
        sys.stderr.write(text)
        assert not left, f"left behind: {left}"
        assert "Exception in ASGI" not in text
        assert "never retrieved" not in text


def shot(**values: object) -> Frame:
    """A small shot for the stand-in engine."""
    return Frame(**{"engine": "blur", "width": 64, "height": 64, "sketch": SKETCH, **values})  # type: ignore[arg-type]


def wait_until(true: Callable[[], bool]) -> None:
    """For what another process does and no event tells."""
    end_s = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < end_s, "it did not happen"
        time.sleep(0.01)


def png_that_declares(width: int, height: int) -> bytes:
    """A well-formed PNG header for that size, and next to nothing behind it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
