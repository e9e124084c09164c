"""What tests of live video share: a gateway whose workers a test plays, and what to ask of it."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import torch
from PIL import Image

from lightbrush import wire
from lightbrush.engines import video
from lightbrush.engines.engine import BlockEngine
from lightbrush.errors import Problem
from lightbrush.fleet import link
from lightbrush.fleet.shelf import Stock
from lightbrush.fleet.worker import answer
from lightbrush.shots import Block, EncodedFootage, EncodedPicture, Prompt
from lightbrush.wire import Hello, Message
from tests.harness import LIMIT_S, GatewayProcess, Wire

ENGINE = "lightbrush.engines.video:tiny_random"
SEA = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a calm sea"),), seed=7, steps=1)
STORM = msgspec.structs.replace(SEA, prompts=(Prompt("a storm"), Prompt("at night", 0.5)), seed=8)
END = msgspec.structs.replace(SEA, prompts=())


class Site:
    """A gateway that starts no workers; the test plays them, with engines of its own."""

    def __init__(self, running: GatewayProcess, path: Path) -> None:
        self.running = running
        self._path = path

    @contextmanager
    def worker(self, name: str) -> Iterator[Worker]:
        with link.connect(f"unix:{self._path}", LIMIT_S) as sock:
            sock.settimeout(LIMIT_S)
            sock.sendall(
                wire.encode_hello(Hello(token="secret", worker=name, device="a test", engines=("tiny-random",)))
            )
            yield Worker(sock, name)


class Worker:
    def __init__(self, sock: socket.socket, name: str) -> None:
        self._sock = sock
        self._name = name
        self._engine = engine()

    def die(self) -> None:
        self._sock.close()

    def fail(self, message: Message, problem: Problem) -> None:
        self._sock.sendall(wire.encode_problem(message.seq, problem))

    async def asked(self) -> Message:
        message = await asyncio.to_thread(link.read, self._sock)
        assert message is not None
        return message

    async def render(self, message: Message) -> EncodedFootage:
        return wire.decode_footage(await self._answer(message))

    async def refuse(self, message: Message) -> Problem:
        """Render what cannot be."""
        return wire.decode_problem(await self._answer(message))

    async def _answer(self, message: Message) -> Message:
        data = await asyncio.to_thread(self._answer_here, message)
        self._sock.sendall(data)
        return wire.unpack(data)

    def _answer_here(self, message: Message) -> bytes:
        torch.set_num_threads(1)  # as `one_thread`, which a thread that is new does not heed at once
        return answer(message, {"tiny-random": self._engine}, self._name, Stock())


async def frames(session: Wire, count: int) -> list[tuple[int, EncodedPicture]]:
    """The next ones, with the seq that they answer."""
    found = []
    while len(found) < count:
        message = await session.answer()
        found.append((message.seq, wire.decode_picture(message)))
    return found


def pixels_of(picture: EncodedPicture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture.data)))


def engine() -> BlockEngine:
    loaded = video.tiny_random.load("cpu")
    assert isinstance(loaded, BlockEngine)
    return loaded
