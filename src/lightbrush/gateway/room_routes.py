"""Shared documents over HTTP and their own socket (docs/sharing.md, docs/PROTOCOL.md)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, Literal, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from lightbrush.errors import LightbrushError, RoomError, shorten
from lightbrush.gateway.assets import MAX_BYTES, examined
from lightbrush.gateway.bare import require_bare
from lightbrush.gateway.metrics import Metrics
from lightbrush.studio import protocol
from lightbrush.studio.access import Access, Link, Role, check_time, require
from lightbrush.studio.member import Member
from lightbrush.studio.room import CLOSE_CODES, EMPTY, check_update, too_large
from lightbrush.studio.rooms import Rooms
from lightbrush.studio.store import Update

MAX_NAME_CHARS: Final = 40
_MAX_LABEL_CHARS: Final = 80
_MOST_BODY_BYTES: Final = 4096
_MOST_CHANGES: Final = 500
_MAX_EXPIRY_S: Final = 10 * 366 * 86400.0
#: Pictures of strangers, opened by themselves: nothing in them may run.
_ASSET_HEADERS: Final = {
    "cache-control": "private, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": "attachment",
    "x-content-type-options": "nosniff",
}

_T = TypeVar("_T")


class AskedLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /api/rooms/{id}/links`. expires_in_s: from now; None: it does not."""

    role: Literal["editor", "viewer"]
    label: str = ""
    expires_in_s: float | None = None


class RoomRoutes:
    """admit: raises AccessError for whoever may not make rooms. access: what who asks may in a room, or raises."""

    def __init__(
        self,
        rooms: Callable[[], Rooms],
        metrics: Metrics,
        admit: Callable[[HTTPConnection], str],
        access: Callable[[HTTPConnection, str], Awaitable[Access]],
    ) -> None:
        self._rooms, self._metrics, self._admit, self._access = rooms, metrics, admit, access

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/rooms", self.create, methods=["POST"]),
            Route("/api/rooms", self.list, methods=["GET"]),
            Route("/api/rooms/{room}", self.show, methods=["GET"]),
            Route("/api/rooms/{room}", self.end, methods=["DELETE"]),
            Route("/api/rooms/{room}/updates", self.update, methods=["POST"]),
            Route("/api/rooms/{room}/links", self.add_link, methods=["POST"]),
            Route("/api/rooms/{room}/links", self.links, methods=["GET"]),
            Route("/api/rooms/{room}/links/{link}", self.revoke, methods=["DELETE"]),
            Route("/api/rooms/{room}/changes", self.changes, methods=["GET"]),
            Route("/api/rooms/{room}/versions", self.versions, methods=["GET"]),
            Route("/api/rooms/{room}/versions/{seq:int}", self.version, methods=["GET"]),
            Route("/api/rooms/{room}/assets/{sha256}", self.put_asset, methods=["PUT"]),
            Route("/api/rooms/{room}/assets/{sha256}", self.asset, methods=["GET"]),
            WebSocketRoute("/rooms/{room}", self.socket),
        ]

    # Rooms

    async def create(self, request: Request) -> Response:
        """The body is the document, as an update of Yjs; empty for an empty one."""
        user = self._admit(request)
        rooms = self._rooms()
        document = await _body(request, rooms.limits.document_bytes, too_large) or EMPTY
        await asyncio.to_thread(check_update, document)
        name, who = _named(request), f"user:{user}" if user else "owner"
        row, secret = await rooms.ask(lambda store: store.create(user, name, document, Update(b"", who, name)))
        return _json({"id": row.id, "role": Role.OWNER, "link": secret}, 201)

    async def list(self, request: Request) -> Response:
        """Those of who asks. Who has no name of their own knows their rooms by their links."""
        user = self._admit(request)
        return _json({"rooms": await self._rooms().ask(lambda store: store.owned(user))})

    async def show(self, request: Request) -> Response:
        access = await self._member(request)
        rooms = self._rooms()
        row = await rooms.row(access.room)
        here = len(rooms.open[access.room].members) if access.room in rooms.open else 0
        return _json({"id": row.id, "role": access.role, "changed_s": row.changed_s, "members": here})

    async def end(self, request: Request) -> Response:
        access = await self._member(request, Role.OWNER)
        await self._rooms().remove(access.room)
        return Response(status_code=204)

    async def update(self, request: Request) -> Response:
        """A change that is larger than a message of the socket: what was done while offline, say."""
        access = await self._member(request, Role.EDITOR)
        rooms = self._rooms()
        data = await _body(request, rooms.limits.document_bytes, too_large)
        room, member = await rooms.join(access, _named(request))
        try:
            with rooms.visit(access, lambda error: room.show_out(member, error)):
                await room.change(member, data)
        finally:
            await rooms.leave(room, member)
        return Response(status_code=204)

    # Links

    async def add_link(self, request: Request) -> Response:
        access = await self._member(request, Role.OWNER)
        rooms = self._rooms()
        asked = _read(await _body(request, _MOST_BODY_BYTES, _long), AskedLink)
        label = asked.label.strip()[:_MAX_LABEL_CHARS]
        expires_in_s = asked.expires_in_s
        if expires_in_s is None:
            expires_s = float("inf")
        elif 0.0 < expires_in_s <= _MAX_EXPIRY_S:
            expires_s = rooms.clock() + expires_in_s
        else:
            raise RoomError("room.request", "a link expires in more than 0 s, and within ten years", value=expires_in_s)
        link, secret = await rooms.ask(lambda store: store.add_link(access.room, Role(asked.role), label, expires_s))
        return _json(_told(link) | {"link": secret}, 201)

    async def links(self, request: Request) -> Response:
        access = await self._member(request, Role.OWNER)
        links = await self._rooms().ask(lambda store: store.links(access.room))
        return _json({"links": [_told(link) for link in links]})

    async def revoke(self, request: Request) -> Response:
        access = await self._member(request, Role.OWNER)
        await self._rooms().revoke(access.room, request.path_params["link"])
        return Response(status_code=204)

    # What was

    async def changes(self, request: Request) -> Response:
        access = await self._member(request, Role.EDITOR)
        before = _number(request, "before", 1, 2**53)
        most = _number(request, "most", 1, _MOST_CHANGES) or 100
        return _json({"changes": await self._rooms().ask(lambda store: store.changes(access.room, before, most))})

    async def versions(self, request: Request) -> Response:
        access = await self._member(request)
        return _json({"versions": await self._rooms().ask(lambda store: store.versions(access.room))})

    async def version(self, request: Request) -> Response:
        """The whole document as it was, as an update of Yjs."""
        access = await self._member(request)
        seq = request.path_params["seq"]
        data = await self._rooms().ask(lambda store: store.version(access.room, seq))
        headers = {"cache-control": "private, no-cache"}
        return Response(data, headers=headers, media_type="application/octet-stream")

    # Pictures that the document names

    async def put_asset(self, request: Request) -> Response:
        access = await self._member(request, Role.EDITOR)
        sha256 = request.path_params["sha256"]
        data = await _body(request, MAX_BYTES, _long)
        await asyncio.to_thread(examined, sha256, data)
        await asyncio.to_thread(require_bare, data)
        await self._rooms().ask(lambda store: store.put_asset(access.room, sha256, data))
        return Response(status_code=204)

    async def asset(self, request: Request) -> Response:
        access = await self._member(request)
        sha256 = request.path_params["sha256"]
        data = await self._rooms().ask(lambda store: store.asset(access.room, sha256))
        return Response(data, headers=_ASSET_HEADERS, media_type="application/octet-stream")

    # The document

    async def socket(self, socket: WebSocket) -> None:
        await socket.accept()
        rooms = self._rooms()
        try:
            access = await self._member(socket)
            room, member = await rooms.join(access, _named(socket))
        except LightbrushError as error:  # said inside the socket: a browser's page cannot read a refused handshake
            self._metrics.problems.labels(error.code).inc()
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_bytes(protocol.denied(error.problem))
                await socket.close(CLOSE_CODES.get(error.code, 4400), error.code)
            return
        self._count(rooms)
        sender = asyncio.create_task(_send_forever(socket, member), name=f"{room.id} {access.who}")
        try:
            with rooms.visit(access, lambda error: room.show_out(member, error)):
                while (message := await socket.receive())["type"] != "websocket.disconnect":
                    # A text message is none of this protocol: read as nothing, it is answered so.
                    await room.receive(member, message.get("bytes") or b"")
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            await rooms.leave(room, member)
            self._count(rooms)

    def _count(self, rooms: Rooms) -> None:
        self._metrics.rooms.set(len(rooms.open))
        self._metrics.room_members.set(sum(len(room.members) for room in rooms.open.values()))

    async def _member(self, asking: HTTPConnection, role: Role = Role.VIEWER) -> Access:
        """Raises AccessError, RoomError for whoever has less."""
        access = await self._access(asking, asking.path_params["room"])
        check_time(access, self._rooms().clock())
        require(access, role)
        return access


async def _send_forever(socket: WebSocket, member: Member) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        try:
            code = await member.send_forever(socket.send_bytes)
        except LightbrushError as error:  # what it lacks cannot be made: it comes again and asks anew
            await socket.send_bytes(protocol.denied(error.problem))
            code = CLOSE_CODES["room.store"]
        await socket.close(code)


def _named(asking: HTTPConnection) -> str:
    """What who asks calls itself: letters, no control characters."""
    name = asking.query_params.get("name", "")
    return "".join(letter for letter in name if letter.isprintable()).strip()[:MAX_NAME_CHARS]


def _told(link: Link) -> dict[str, object]:
    told = {name: getattr(link, name) for name in ("id", "role", "label", "created_s", "revoked")}
    return told | {"expires_s": None if link.expires_s == float("inf") else link.expires_s}


def _number(request: Request, name: str, low: int, high: int) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and low <= int(text[:20]) <= high):
        raise RoomError("room.request", f"{name} is a number from {low} to {high}", value=text)
    return int(text)


async def _body(request: Request, most: int, refusal: Callable[[int, int], RoomError]) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise refusal(len(body), most)
    except ClientDisconnect:
        raise RoomError("room.request", "the request was broken off", value=f"{len(body)} bytes") from None
    return bytes(body)


def _long(size: int, most: int) -> RoomError:
    return RoomError("room.request", f"at most {most} bytes are taken here", value=f"{size} bytes")


def _read(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        seen = shorten(body.decode("utf-8", "replace"))
        raise RoomError(
            "room.request", f"the request cannot be read: {error}", value=seen, fix="See docs/sharing.md"
        ) from None


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, {"cache-control": "no-store"}, media_type="application/json")
