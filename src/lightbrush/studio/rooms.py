"""The rooms that are open, and the way to the disk for all of them."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from lightbrush.errors import RoomError
from lightbrush.studio import store as stored
from lightbrush.studio.access import Access, Role, by_link
from lightbrush.studio.member import Member
from lightbrush.studio.room import Limits, Room
from lightbrush.studio.store import Kept, RoomRow, RoomStore, Update, missing

_T = TypeVar("_T")


class Rooms:
    """The database is opened when the first room is asked for. Methods raise RoomError.

    clock: seconds since the epoch. dropped: called when a slow member's updates are dropped.
    """

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        store_limits: stored.Limits,
        *,
        clock: Callable[[], float] = time.time,
        dropped: Callable[[], None] = lambda: None,
    ) -> None:
        self.limits = limits
        self.clock = clock
        self.open: dict[str, Room] = {}
        self._folder = folder
        self._store_limits = store_limits
        self._dropped = dropped
        self._store: RoomStore | None = None
        self._disk = ThreadPoolExecutor(1, "rooms")
        self._visits: dict[object, tuple[Access, Callable[[RoomError], None]]] = {}
        self._opening: dict[str, asyncio.Task[Room]] = {}

    async def ask(self, act: Callable[[RoomStore], _T]) -> _T:
        """What the store does, away from the event loop, one after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, self._with_store, act)

    def _with_store(self, act: Callable[[RoomStore], _T]) -> _T:
        if self._store is None:
            self._store = RoomStore(self._folder, self._store_limits, clock=self.clock)
        return act(self._store)

    async def document(self, room_id: str) -> Kept:
        return await self.ask(lambda store: store.document(room_id))

    async def append(self, room_id: str, after: int, updates: list[Update], checkpoint: bytes | None) -> None:
        await self.ask(lambda store: store.append(room_id, after, updates, checkpoint))

    # Who may

    async def access(self, room_id: str, user: str, secret: str) -> Access:
        """By the link, where one is shown; else by being the room's owner. user: by name, "" for nobody known."""
        if secret:
            return by_link(await self.ask(lambda store: store.find_link(room_id, secret)), self.clock())
        row = await self.row(room_id)
        if not user or row.owner != user:
            raise missing(room_id)
        return Access(room=room_id, role=Role.OWNER, who=f"user:{user}")

    async def row(self, room_id: str) -> RoomRow:
        return await self.ask(lambda store: store.room(room_id))

    async def revoke(self, room_id: str, link_id: str) -> None:
        """Whoever came by it is shown out."""
        await self.ask(lambda store: store.revoke(room_id, link_id))
        self.show_out(lambda access: access.link == link_id, RoomError("room.link", "this link was revoked"))

    async def remove(self, room_id: str) -> None:
        """Everybody is shown out, and nothing of it is kept."""
        ended = RoomError("room.missing", "the room was ended by its owner")
        self.show_out(lambda access: access.room == room_id, ended)
        await self.ask(lambda store: store.remove(room_id))

    def show_out(self, which: Callable[[Access], bool], error: RoomError) -> None:
        for access, end in list(self._visits.values()):
            if which(access):
                end(error)

    @contextmanager
    def visit(self, access: Access, end: Callable[[RoomError], None]) -> Iterator[None]:
        """While it lasts, `end` is called when what gave the access is revoked, runs out or is gone."""
        key = object()
        self._visits[key] = (access, end)
        timer = None
        if access.expires_s < math.inf:
            expired = RoomError("room.link", "this link has expired", fix="Ask who shared it for a new one")
            in_s = max(0.0, access.expires_s - self.clock())
            timer = asyncio.get_running_loop().call_later(in_s, end, expired)
        try:
            yield
        finally:
            del self._visits[key]
            if timer is not None:
                timer.cancel()

    # Who is there

    async def join(self, access: Access, name: str) -> tuple[Room, Member]:
        while True:
            room = await self._open(access.room)
            if self.open.get(room.id) is room:  # nobody left it meanwhile
                return room, room.join(access, name)

    async def leave(self, room: Room, member: Member) -> None:
        await member.settled()  # what it sent before it went, counts
        room.leave(member)
        await room.quiet()
        if not room.members:
            await room.rest()
        if not room.members and self.open.get(room.id) is room:
            del self.open[room.id]

    async def _open(self, room_id: str) -> Room:
        if room_id in self.open:
            return self.open[room_id]
        if room_id not in self._opening:
            self._opening[room_id] = asyncio.create_task(self._load(room_id))
        return await asyncio.shield(self._opening[room_id])

    async def _load(self, room_id: str) -> Room:
        try:
            room = Room(room_id, self, self.limits, self.clock, self._dropped)
            await room.load()
            self.open[room_id] = room
            return room
        finally:
            del self._opening[room_id]

    async def stop(self) -> None:
        for room in list(self.open.values()):
            await room.quiet()
        if self._store is not None:
            await self.ask(lambda store: store.close())
            self._store = None
        self._disk.shutdown()
