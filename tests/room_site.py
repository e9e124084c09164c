"""Members of a room, by hand: what a page does, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from pycrdt import Array, Doc, Map, TransactionEvent
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from lightbrush.errors import Problem
from lightbrush.studio import protocol
from lightbrush.studio.protocol import Entry, Kind, Step
from tests.harness import LIMIT_S


def ask(
    url: str,
    path: str,
    method: str = "GET",
    body: bytes | dict[str, Any] | None = None,
    link: str = "",
    token: str = "",
    host: str = "",
) -> tuple[int, Any]:
    """-> status, and the JSON or bytes of the answer."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    root = url.split("?", maxsplit=1)[0]
    request = urllib.request.Request(f"{root}{path}", data, method=method)
    if link:
        request.add_header("lightbrush-link", link)
    if token:
        request.add_header("authorization", f"Bearer {token}")
    if host:
        request.add_header("host", host)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return answer.status, _read(answer.headers.get("content-type", ""), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _read(error.headers.get("content-type", ""), error.read())


def _read(kind: str, body: bytes) -> Any:
    return json.loads(body) if kind.startswith("application/json") else body


def share(url: str, document: bytes = b"", token: str = "") -> tuple[str, str]:
    """-> a new room, and its owner's link."""
    status, made = ask(url, "api/rooms", "POST", document, token=token)
    assert status == 201, made
    return made["id"], made["link"]


def invite(url: str, room: str, owner: str, role: str, **asked: Any) -> dict[str, Any]:
    status, made = ask(url, f"api/rooms/{room}/links", "POST", {"role": role, **asked}, link=owner)
    assert status == 201, made
    return made  # type: ignore[no-any-return]


class Page:
    """One member: its document, what it heard of the others, and what it was refused."""

    def __init__(self, socket: ClientConnection, client: int | None = None) -> None:
        self.socket = socket
        self.doc: Doc[Any] = Doc(client_id=client)
        self.marks = self.doc.get("marks", type=Array)
        self.params = self.doc.get("params", type=Map)
        self.heard: dict[int, Entry] = {}
        self.problems: list[Problem] = []
        self.closed: int | None = None
        self.answers = 0
        self.updates = 0
        self._sends: list[bytes] = []
        self._mute = False
        self._news = asyncio.Condition()
        self._doc_events = self.doc.observe(self._changed)
        self.sent_s: dict[str, float] = {}

    def _changed(self, event: TransactionEvent) -> None:
        if not self._mute:
            self._sends.append(protocol.sync(Step.UPDATE, event.update))

    async def flush(self) -> None:
        """Send what was changed here."""
        sends, self._sends = self._sends, []
        for message in sends:
            await self.socket.send(message)

    async def draw(self, *ids: str) -> None:
        for mark in ids:
            self.marks.append(Map({"id": mark}))
        await self.flush()

    async def ask_all(self) -> None:
        await self.socket.send(protocol.sync(Step.STEP_1, self.doc.get_state()))

    async def kept(self) -> None:
        """Until the room has answered, so all that was sent is on its disk."""
        answers = self.answers
        await self.ask_all()
        await self.until(lambda: self.answers > answers)

    async def say(self, client: int, clock: int, state: object) -> None:
        await self.socket.send(protocol.awareness([Entry(client, clock, json.dumps(state))]))

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S), self._news:
            await self._news.wait_for(true)

    async def until_marks(self, wanted: set[str]) -> None:
        await self.until(lambda: self.ids() >= wanted)

    def ids(self) -> set[str]:
        return {mark.get("id") for mark in self.marks.to_py() or [] if isinstance(mark, dict)}

    async def read_forever(self) -> None:
        try:
            while True:
                await self.take(await self.socket.recv(decode=False))
        except ConnectionClosed as closed:
            async with self._news:
                self.closed = closed.rcvd.code if closed.rcvd else 1006
                self._news.notify_all()

    async def take(self, data: bytes) -> None:
        async with self._news:
            if data[0] == Kind.DENIED:
                self.problems.append(Problem(**json.loads(protocol._Reader(data[2:]).bytes())))
            else:
                await self._read(protocol.read(data))
            self._news.notify_all()

    async def _read(self, message: object) -> None:
        match message:
            case protocol.Sync(Step.STEP_1, state):
                with contextlib.suppress(ConnectionClosed):  # what was said before it closed is still to be read
                    await self.socket.send(protocol.sync(Step.STEP_2, self.doc.get_update(state)))
            case protocol.Sync(step, update):
                self.answers += step is Step.STEP_2
                self.updates += step is Step.UPDATE
                self._mute = True
                self.doc.apply_update(update)
                self._mute = False
            case protocol.Awareness(entries):
                self.heard |= {entry.client: entry for entry in entries}


def address(url: str, room: str, **query: str) -> str:
    return f"ws://{urlsplit(url).netloc}/rooms/{room}?{urlencode(query)}"


@asynccontextmanager
async def member(url: str, room: str, link: str = "", client: int | None = None, **query: str) -> AsyncIterator[Page]:
    query |= {"link": link} if link else {}
    async with connect(address(url, room, **query), compression=None, max_size=2**27, max_queue=None) as socket:
        page = Page(socket, client)
        reader = asyncio.create_task(page.read_forever())
        try:
            yield page
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


async def refusal(url: str, room: str, **query: str) -> tuple[str, int]:
    """-> why one is not let in: the problem's code, and the socket's."""
    async with member(url, room, **query) as page:
        await page.until(lambda: page.closed is not None)
        assert page.closed is not None
        return page.problems[0].code, page.closed


def later_s(seconds: float) -> float:
    return time.time() + seconds
