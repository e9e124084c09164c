"""A Python client for a gateway's sessions; the same socket as the page's.

    async with Client("http://127.0.0.1:7860") as client:
        picture = await client.render(Frame(prompts=(Prompt("snowy peaks at dusk"),), sketch=png))

For a live source, `client.send(frame)` as often as you like and read `async for picture in client`: the newest frame
wins on the way in, the newest picture on the way out. A `Block` begins a video, or says what it follows from its next
block on, or goes to over `transition_blocks`; its frames come as pictures, and one without prompts ends it. A video
starts from pictures, a camera's or a canvas's, that come with it: `Block(..., input=(Still(jpeg),))`, one at a time, as
often as you like, until a block without one. Pictures that a frame names (`Asset.of(bytes)`) are taken to the gateway
when it lacks them. `render(url, frame)` is the one-off for plain code.

`Jobs(url)` asks for background work over HTTP: docs/jobs.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Generator
from http.client import HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from lightbrush import wire
from lightbrush.errors import FleetError, LightbrushError, Problem, ShotError, WireError, shorten
from lightbrush.shots import Asset, EncodedPicture, Frame, Shot
from lightbrush.wire import Kind, Message, Status, Welcome

_OPEN_TIMEOUT_S: Final = 10.0
_MAX_MESSAGE_BYTES: Final = wire.HEADER.size + wire.MAX_META_BYTES + wire.MAX_PAYLOAD_BYTES
_SEQ_LIMIT: Final = 2**32
_UPLOAD_TIMEOUT_S: Final = 300.0


class Client:
    """One session, from `async with` to its end. welcome: what the gateway offers; status: how its fleet is
    now, and, where it is full, our `place` in the queue. What is sent meanwhile is answered when our turn comes.

    Every method raises the LightbrushError that the gateway answered with, and FleetError `client.connection`
    when the socket cannot be opened or is lost.
    """

    def __init__(self, url: str, token: str = "") -> None:
        """url: the address that `lightbrush serve` printed; the token may be part of it."""
        self._url, self._token = _session_address(url, token)
        self.welcome: Welcome
        self.status: Status | None = None
        self._socket: ClientConnection
        self._reader: asyncio.Task[None] | None = None
        self._seq = 0
        self._newest_shot = Frame()
        self._lacking: str | None = None  # by the newest shot
        self._brought: set[str] = set()  # for the newest shot
        self._bringing: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._awaited: tuple[int, asyncio.Future[EncodedPicture]] | None = None
        self._newest: EncodedPicture | Problem | None = None
        self._arrived = asyncio.Event()
        self._lost: LightbrushError | None = None

    async def __aenter__(self) -> Self:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            self._socket = await connect(
                self._url,
                additional_headers=headers,
                compression=None,
                max_size=_MAX_MESSAGE_BYTES,
                open_timeout=_OPEN_TIMEOUT_S,
            )
            first = wire.unpack(await self._receive())
            if first.kind is Kind.PROBLEM:
                await self._socket.close()
                raise _error(wire.decode_problem(first))
            self.welcome = wire.decode_welcome(first)
        except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake, InvalidURI) as error:
            raise _connection(f"{type(error).__name__}: {error}", self._url) from error
        self._reader = asyncio.create_task(self._read_forever(), name="lightbrush-client")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()
        if self._reader is not None:
            await self._reader
        if self._bringing is not None:
            self._bringing.cancel()
            await asyncio.gather(self._bringing, return_exceptions=True)

    async def send(self, shot: Shot) -> int:
        """Send without waiting for the answer -> its sequence number. A later shot may take its place."""
        seq = self._next_seq(shot)
        await self._send(seq, shot)
        return seq

    async def render(self, shot: Frame) -> EncodedPicture:
        """Send and wait for the answer. Calls made at the same time take turns.

        A later `send` may take its place before it is rendered: `shot.superseded`.
        """
        async with self._turn:
            seq = self._next_seq(shot)
            self._awaited = seq, asyncio.get_running_loop().create_future()
            try:
                await self._send(seq, shot)
                return await self._awaited[1]
            finally:
                self._awaited = None

    async def _send(self, seq: int, shot: Shot) -> None:
        data = wire.encode_shot(seq, shot) if isinstance(shot, Frame) else wire.encode_block(seq, shot)
        limit = self.welcome.limits.message_bytes
        if len(data) > limit:
            raise WireError(
                "wire.too_large",
                f"a message has at most {limit} bytes",
                value=f"{len(data)} bytes",
                fix="Shrink it",
            )
        try:
            await self._socket.send(data)
        except ConnectionClosed as closed:
            raise _connection(str(closed), self._url) from None

    def _next_seq(self, shot: Shot) -> int:
        if self._reader is None:
            raise RuntimeError("expected a client inside `async with`, got one that is not open")
        if self._lost is not None:
            raise self._lost
        self._seq = (self._seq + 1) % _SEQ_LIMIT or 1
        self._newest_shot = shot if isinstance(shot, Frame) else Frame()  # a block names no pictures
        self._lacking, self._brought = None, set()
        return self._seq

    def _miss(self, seq: int, problem: Problem) -> None:
        """The gateway lacks a picture that a shot names: take it there and send the newest shot again.

        An older shot's place is taken; the newest asks for itself. What is lacking again at once is told.
        """
        sha256 = problem.value
        if seq != self._seq:
            self._supersede(seq)
        elif sha256 in self._brought or not any(a.sha256 == sha256 and a.data for a in self._newest_shot.assets):
            self._resolve(seq, problem)
        else:
            self._lacking = sha256
            if self._bringing is None or self._bringing.done():
                self._bringing = asyncio.create_task(self._bring(), name="lightbrush-bring")

    async def _bring(self) -> None:
        """One picture at a time, until the newest shot lacks none."""
        while self._lacking is not None:
            seq, shot, sha256 = self._seq, self._newest_shot, self._lacking
            self._lacking = None
            self._brought.add(sha256)
            asset = next(asset for asset in shot.assets if asset.sha256 == sha256 and asset.data)
            try:
                await asyncio.to_thread(_put, self._url, self._token, asset)
                if seq == self._seq:
                    await self._send(seq, shot)
            except LightbrushError as error:
                self._resolve(seq, error.problem)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> EncodedPicture:
        """The newest picture that no `render` waits for. Raises a shot's problem; iterating may go on."""
        while self._newest is None:
            if self._lost is not None:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        answer, self._newest = self._newest, None
        if isinstance(answer, Problem):
            raise _error(answer)
        return answer

    async def _read_forever(self) -> None:
        lost = _connection("the client stopped reading", self._url)
        try:
            while True:
                self._take(wire.unpack(await self._receive()))
        except ConnectionClosed as closed:
            lost = _connection(str(closed), self._url)
        except LightbrushError as error:
            lost = error
        finally:
            self._lost = lost
            if self._awaited is not None and not self._awaited[1].done():
                self._awaited[1].set_exception(lost)
            self._arrived.set()
            with contextlib.suppress(ConnectionClosed):
                await self._socket.close()

    async def _receive(self) -> bytes:
        return await self._socket.recv(decode=False)

    def _take(self, message: Message) -> None:
        if message.kind is Kind.STATUS:
            self.status = wire.decode_status(message)
        elif message.kind is Kind.PICTURE:
            self._resolve(message.seq, wire.decode_picture(message))
        elif message.kind is Kind.PROBLEM:
            problem = wire.decode_problem(message)
            answer = self._miss if problem.code == "asset.missing" else self._resolve
            answer(message.seq, problem)

    def _resolve(self, seq: int, answer: EncodedPicture | Problem) -> None:
        awaited, future = self._awaited or (0, None)
        if seq != awaited or future is None:
            self._newest = answer
            self._arrived.set()
            if seq > awaited and _ran(answer):
                self._supersede(awaited)
        elif not future.done():
            if isinstance(answer, Problem):
                future.set_exception(_error(answer))
            else:
                future.set_result(answer)

    def _supersede(self, seq: int) -> None:
        """A newer shot took this one's place: tell whoever awaits it."""
        awaited, future = self._awaited or (0, None)
        if seq == awaited and future is not None and not future.done():
            future.set_exception(ShotError("shot.superseded", "a newer shot took its place", value=seq))


def render(url: str, shot: Frame, token: str = "") -> EncodedPicture:
    """One shot, one picture, without asyncio. Opens a session for it: for many shots use `Client`."""

    async def once() -> EncodedPicture:
        async with Client(url, token) as client:
            return await client.render(shot)

    return asyncio.run(once())


class Jobs:
    """A gateway's jobs, without asyncio. A job is the JSON of docs/jobs.md. Every method raises the LightbrushError
    that the gateway answered with, and FleetError `client.connection` when it cannot be reached."""

    def __init__(self, url: str, token: str = "") -> None:
        """url: the address that `lightbrush serve` printed; the token may be part of it."""
        self._url, self._token = _session_address(url, token)

    def enhance(self, picture: bytes, **asked: object) -> dict[str, Any]:
        """Begin one -> the job. picture: its file. asked: what docs/jobs.md lists beside that, such as `to`."""
        asset = Asset.of(picture)
        _put(self._url, self._token, asset)
        body = msgspec.json.encode({"kind": "enhance", "picture": asset.sha256, **asked})
        return self._job("POST", "", body)

    def premiere(self, recording: str, **asked: object) -> dict[str, Any]:
        """Begin one -> the job. recording: its id at the gateway. asked: what docs/jobs.md lists beside that."""
        return self._job("POST", "", msgspec.json.encode({"kind": "premiere", "recording": recording, **asked}))

    def all(self) -> list[dict[str, Any]]:
        """The oldest first."""
        listed: dict[str, list[dict[str, Any]]] = msgspec.json.decode(self._ask("GET", ""))
        return listed["jobs"]

    def show(self, job: str) -> dict[str, Any]:
        return self._job("GET", _path(job))

    def cancel(self, job: str) -> dict[str, Any] | None:
        """None: it had ended, and is removed."""
        said = self._ask("DELETE", _path(job))
        return msgspec.json.decode(said) if said else None

    def pause(self, job: str) -> dict[str, Any]:
        return self._job("POST", f"{_path(job)}/pause")

    def resume(self, job: str) -> dict[str, Any]:
        return self._job("POST", f"{_path(job)}/resume")

    def watch(self) -> Generator[tuple[str, dict[str, Any]], None, None]:
        """Events as they come: ("job", a job), first every one that is kept, and ("gone", {"id"}). Ends when the
        gateway does."""
        with self._open("GET", "/events") as stream:
            event = ""
            for line in stream:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    yield event, msgspec.json.decode(value)

    def save(self, job: str, path: Path) -> None:
        """Write its result there. Raises OSError too."""
        with self._open("GET", f"{_path(job)}/result") as answer, path.open("wb") as file:
            shutil.copyfileobj(answer, file)

    def _job(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        job: dict[str, Any] = msgspec.json.decode(self._ask(method, path, body))
        return job

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        with self._open(method, path, body) as answer:
            return answer.read()

    def _open(self, method: str, path: str, body: bytes | None = None) -> HTTPResponse:
        return _request(self._url, self._token, method, f"/api/jobs{path}", body)


def _path(job: str) -> str:
    return f"/{quote(job, safe='')}"


def _put(url: str, token: str, asset: Asset) -> None:
    """Take a picture to the gateway of that session address, unless it has it by now. Raises what it answers."""
    path = f"/assets/{asset.sha256}"
    try:
        _request(url, token, "HEAD", path).close()
    except LightbrushError as absent:
        if absent.__cause__ is not None:
            raise
        _request(url, token, "PUT", path, asset.data).close()


def _request(url: str, token: str, method: str, path: str, body: bytes | None = None) -> HTTPResponse:
    """url: a session's address. -> the answer, open. Raises what the gateway answers, FleetError when it does not."""
    address = f"http{url.removeprefix('ws').removesuffix('/ws')}{path}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        request = urllib.request.Request(address, body, headers, method=method)
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=_UPLOAD_TIMEOUT_S)
        return answer
    except urllib.error.HTTPError as refused:
        with refused:
            raise _error(_read_problem(refused.read())) from None
    except (OSError, http.client.HTTPException) as error:
        raise _connection(f"{type(error).__name__}: {error}", address) from error


def _read_problem(body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return Problem("client.connection", "something before the gateway refused it", shorten(body))


def _session_address(url: str, token: str) -> tuple[str, str]:
    """A gateway's http(s) or ws(s) address, with or without ?token= -> (its socket's address, the token)."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path.rstrip("/")
    path = path if path.endswith("/ws") else f"{path}/ws"
    given = parse_qs(parts.query).get("token", [""])[0]
    return f"{scheme}://{parts.netloc}{path}", token or given


def _ran(answer: EncodedPicture | Problem) -> bool:
    """The answer is a worker's, so no older shot of the session is still to be rendered; else the door's."""
    return isinstance(answer, EncodedPicture) or answer.code in (
        "fleet.engine_failed",
        "fleet.memory",
        "fleet.worker_lost",
    )


def _error(problem: Problem) -> LightbrushError:
    return LightbrushError.from_problem(problem)


def _connection(reason: str, url: str) -> LightbrushError:
    return FleetError(
        "client.connection",
        f"no connection to the gateway: {reason}",
        value=url,
        fix="Is `lightbrush serve` running?",
    )
