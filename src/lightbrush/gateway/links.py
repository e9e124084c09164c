"""The socket where workers dial in. The end of its link is the end of a worker."""

from __future__ import annotations

import asyncio
import hmac
import logging
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Final

from lightbrush import wire
from lightbrush.errors import AccessError, LightbrushError
from lightbrush.fleet import link
from lightbrush.fleet.launcher import Fleet
from lightbrush.fleet.shelf import Shelf
from lightbrush.gateway.exchange import Exchange
from lightbrush.wire import Hello, Kind

log = logging.getLogger("lightbrush.gateway")

#: A worker reads its weights before it says HELLO; a big model takes minutes.
_HELLO_TIMEOUT_S: Final = 600.0
#: A worker that missed so many beats stands still.
_MISSED_BEATS: Final = 5
#: Links open without a HELLO: more than workers that start at once, fewer than file descriptors.
_MAX_STRANGERS: Final = 128


class WorkerLink:
    """The exchange's view of an open link."""

    def __init__(self, writer: asyncio.StreamWriter, hello: Hello) -> None:
        self.device = hello.device
        self.shelf = Shelf()
        self._writer = writer

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
        if self._listen and not link.is_unix(self._listen):
            host, port = link.host_and_port(self._listen)
            self._server = await asyncio.start_server(self._serve, host, port)
            self.address = f"{host}:{self._server.sockets[0].getsockname()[1]}"
        elif hasattr(socket, "AF_UNIX"):
            path = self._listen.removeprefix("unix:") or self._private_path()
            self._server = await asyncio.start_unix_server(self._serve, path)
            Path(path).chmod(0o600)
            self.address = f"unix:{path}"
        else:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
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

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await self._meet(reader)
        if hello is None:
            return
        name = self._exchange.worker_up(
            hello.worker, hello.engines, WorkerLink(writer, hello), hello.left_out, hello.together
        )
        try:
            if self.fleet is not None:
                self.fleet.said_hello(hello.worker)
            patience_s = hello.beat_s * _MISSED_BEATS or None
            while True:
                async with asyncio.timeout(patience_s):
                    message = await link.read_async(reader)
                if message.kind is not Kind.BEAT:
                    self._exchange.answer(name, message)
        except TimeoutError:
            log.warning("%s has said nothing for %.0f s; it is replaced", name, hello.beat_s * _MISSED_BEATS)
            if self.fleet is not None:
                self.fleet.kill(hello.worker)
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
