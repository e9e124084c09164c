"""The socket where workers dial in. The end of its link is the end of a worker."""

from __future__ import annotations

import asyncio
import hmac
import logging
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final, SupportsIndex

from lightbrush import wire
from lightbrush.errors import AccessError, LightbrushError
from lightbrush.fleet import link
from lightbrush.fleet.launcher import Fleet
from lightbrush.fleet.patience import MISSED_BEATS
from lightbrush.fleet.shelf import Shelf
from lightbrush.gateway.exchange import Exchange
from lightbrush.wire import Hello, Kind

log = logging.getLogger("lightbrush.gateway")

#: A worker reads its weights before it says HELLO; a big model takes minutes.
_HELLO_TIMEOUT_S: Final = 600.0
#: Links open without a HELLO: more than workers that start at once, fewer than file descriptors.
_MAX_STRANGERS: Final = 128


class Reader(asyncio.StreamReader):
    """Knows when something came last, be it part of a message: a large one takes its time."""

    heard_s = 0.0

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        self.heard_s = time.monotonic()
        super().feed_data(data)


class WorkerLink:
    """The exchange's view of an open link."""

    def __init__(self, reader: Reader, writer: asyncio.StreamWriter, hello: Hello) -> None:
        self.device, self.beat_s = hello.device, hello.beat_s
        self.shelf = Shelf()
        self._reader, self._writer = reader, writer

    @property
    def silent(self) -> bool:
        """Of one that never beats it is not known."""
        return bool(self.beat_s) and time.monotonic() - self._reader.heard_s > MISSED_BEATS * self.beat_s

    def send(self, message: bytes) -> None:
        """At most one render's shots and what they name are under way on a link: nothing piles up in the transport."""
        self._writer.write(message)

    def close(self) -> None:
        self._writer.close()


class Links:
    """Listens for workers from `start` to `stop`. address: where they dial, once started."""

    def __init__(self, exchange: Exchange, token: str, listen: str = "") -> None:
        self.address = ""
        self.fleet: Fleet | None = None
        self._exchange = exchange
        self._token = token
        self._listen = listen
        self._folder: Path | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._strangers = 0

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._listen and not link.is_unix(self._listen):
            host, port = link.host_and_port(self._listen)
            self._server = await loop.create_server(self._protocol, host, port)
            self.address = f"{host}:{self._server.sockets[0].getsockname()[1]}"
        elif hasattr(socket, "AF_UNIX"):
            path = self._listen.removeprefix("unix:") or self._private_path()
            self._server = await loop.create_unix_server(self._protocol, path)
            Path(path).chmod(0o600)
            self.address = f"unix:{path}"
        else:
            self._server = await loop.create_server(self._protocol, "127.0.0.1", 0)
            self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _private_path(self) -> str:
        self._folder = Path(tempfile.mkdtemp(prefix="lightbrush-"))  # mode 0700: nobody else can dial
        return str(self._folder / "workers.sock")

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        reader = Reader()
        return asyncio.StreamReaderProtocol(reader, partial(self._serve, reader))

    async def _serve(self, reader: Reader, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._talk(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the link closed: the one way in which a worker ends; or the gateway stops
        except LightbrushError as error:
            log.warning("a link to a worker is closed: %s", error)
        finally:
            self._open.discard(task)
            writer.close()

    async def _talk(self, reader: Reader, writer: asyncio.StreamWriter) -> None:
        hello = await self._meet(reader)
        if hello is None:
            return
        found = WorkerLink(reader, writer, hello)
        name = self._exchange.worker_up(hello.worker, hello.engines, found, hello.left_out, hello.together)
        try:
            if self.fleet is not None:
                self.fleet.said_hello(hello.worker, hello.device)
            while True:
                message = await link.read_async(reader)
                if message.kind is not Kind.BEAT:
                    self._exchange.answer(name, message)
        finally:
            self._exchange.worker_down(name)
            if self.fleet is not None:
                self.fleet.said_goodbye(hello.worker)

    async def _meet(self, reader: asyncio.StreamReader) -> Hello | None:
        """The worker's HELLO, or None when it said that it cannot start."""
        if self._strangers >= _MAX_STRANGERS:
            raise AccessError("access.full", "too many links that have not said HELLO", value=self._strangers)
        self._strangers += 1
        try:
            message = await asyncio.wait_for(link.read_async(reader), _HELLO_TIMEOUT_S)
        except TimeoutError:
            return None
        finally:
            self._strangers -= 1
        if message.kind is Kind.PROBLEM:
            problem = wire.decode_problem(message)
            log.error("a worker cannot start: %s", LightbrushError.from_problem(problem))
            self._exchange.cannot_start(problem)
            return None
        hello = wire.decode_hello(message)
        if not hmac.compare_digest(hello.token.encode(), self._token.encode()):
            raise AccessError("access.token", "a worker showed the wrong token", value=hello.worker)
        return hello
