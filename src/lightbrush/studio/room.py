"""One document while people are in it. All of it runs on one event loop.

A change is applied, then kept on the disk, then told to the others and counted as part of what one is answered with; so
whatever anyone has heard of is on the disk. Changes that come while the disk is busy wait together and are kept in one
commit. Of one member at most PENDING_BYTES wait for that; then its next message is not read.

An update that cannot be applied may leave the library's document damaged; then it is read from the disk again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct
from pycrdt import Doc, TransactionEvent, merge_updates

from lightbrush.errors import LightbrushError, RoomError
from lightbrush.studio import protocol
from lightbrush.studio.access import Access, Role, check_time, require
from lightbrush.studio.member import Member
from lightbrush.studio.protocol import Ask, Awareness, Entry, Step, Sync
from lightbrush.studio.store import Kept, Update
from lightbrush.studio.versions import SPACING_S

log = logging.getLogger("lightbrush.studio")

CHECKPOINT_UPDATES: Final = 100
#: Whoever looks for what was there before finds a version of about then, however little was drawn meanwhile.
VERSION_EVERY_S: Final = 600.0
#: Commits are so far apart at least, and so are the messages that tell of them: when 20 draw, each hears 60 a second,
#: not 600. What comes after a pause does not wait.
_SPACING_S: Final = 0.016
#: A document of many megabytes is not written anew for a hundred dots: its log may grow to this part of it first.
_LOG_PART: Final = 1 / 16
#: Within this part beyond the largest document small changes are still taken, so that one can take back what filled it.
_HEADROOM: Final = 1 / 16
_SMALL_BYTES: Final = 1024
#: Clients that one connection may speak for: its page, and its page before a reload.
_MAX_CLIENTS: Final = 4
EMPTY: Final = b"\x00\x00"

#: WebSocket close codes. Clients of y-websocket come again after a 45xx, not after a 44xx.
CLOSE_CODES: Final = {
    "access.token": 4401,
    "access.origin": 4403,
    "room.link": 4403,
    "room.missing": 4404,
    "room.update": 4400,
    "room.update_size": 4413,
    "room.full": 4413,
    "room.disk": 4507,
    "room.store": 4500,
}


_T = TypeVar("_T")


class Disk(Protocol):
    """What a room needs of the store, away from the event loop."""

    async def document(self, room_id: str) -> Kept: ...

    async def append(self, room_id: str, after: int, updates: list[Update], checkpoint: bytes | None) -> None: ...


class Limits(Struct, frozen=True, kw_only=True):
    """document_bytes: of the whole document. update_bytes: of one change that comes over the socket."""

    document_bytes: int = 32 * 1024 * 1024
    update_bytes: int = 8 * 1024 * 1024
    members: int = 64


class _Change(Struct):
    """What waits to be applied and kept. done: its outcome."""

    member: Member
    data: bytes
    done: asyncio.Future[None]


class _Question(Struct):
    """A state vector, and what it lacks."""

    state: bytes
    answer: asyncio.Future[tuple[bytes, bytes]]


class Room:
    """clock: seconds since the epoch. dropped: called when a slow member's updates are dropped."""

    def __init__(
        self,
        room_id: str,
        disk: Disk,
        limits: Limits,
        clock: Callable[[], float],
        dropped: Callable[[], None] = lambda: None,
    ) -> None:
        self.id = room_id
        self.members: list[Member] = []
        self.awareness: dict[int, Entry] = {}
        self._disk = disk
        self._limits = limits
        self._clock = clock
        self._dropped = dropped
        self._doc: Doc[Any] = Doc()
        self._events: list[bytes] = []
        self._seq = 0
        self._log_updates = self._log_bytes = self._checkpoint_bytes = 0
        self._checkpoint_s = math.inf
        self._waiting: list[_Change] = []
        self._questions: list[_Question] = []
        self._kept_s = -math.inf
        self._pump: asyncio.Task[None] | None = None

    async def load(self) -> None:
        self._take_over(await self._disk.document(self.id))

    @property
    def size_bytes(self) -> int:
        """At most what the document takes on the disk."""
        return self._checkpoint_bytes + self._log_bytes

    # Members

    def join(self, access: Access, name: str) -> Member:
        """Raises RoomError room.full, room.link."""
        check_time(access, self._clock())
        if len(self.members) >= self._limits.members:
            raise RoomError("room.full", "as many are in this room as may be", value=len(self.members))
        member = Member(access, name, self._lacks)
        self.members.append(member)
        if access.role is not Role.VIEWER:
            member.ask_state(self._doc.get_state())
        for entry in self.awareness.values():
            member.put_awareness(entry)
        return member

    def leave(self, member: Member) -> None:
        member.close(1000)
        if member not in self.members:
            return
        self.members.remove(member)
        gone = [entry for client in member.clients if (entry := self.awareness.pop(client, None))]
        self._tell(Entry(entry.client, entry.clock + 1, "null") for entry in gone)

    def show_out(self, member: Member, error: LightbrushError) -> None:
        """Say why, and close its connection."""
        member.put_problem(error.problem)
        member.close(CLOSE_CODES.get(error.code, 4400))

    # Messages

    async def receive(self, member: Member, data: bytes) -> None:
        """A member's message, until it is kept. What is wrong with it is answered; nothing is raised."""
        try:
            check_time(member.access, self._clock())
            if len(data) > self._limits.update_bytes:
                raise too_large(len(data), self._limits.update_bytes)
            message = protocol.read(data)
            match message:
                case Sync(Step.STEP_1, state):
                    _check_state(state)
                    await member.settled()
                    member.answer(state)
                case Sync(_, update):
                    require(member.access, Role.EDITOR)
                    await self._offer(member, update)
                case Awareness(entries):
                    self._hear(member, entries)
                case Ask():
                    for entry in self.awareness.values():
                        member.put_awareness(entry)
        except LightbrushError as error:
            self._refuse(member, error)

    def _refuse(self, member: Member, error: LightbrushError) -> None:
        """A client whose change was refused goes on with a document that is nobody else's: it has to begin again."""
        if error.code in CLOSE_CODES:
            self.show_out(member, error)
        else:
            member.put_problem(error.problem)

    async def _offer(self, member: Member, update: bytes) -> None:
        """Until the member may send more."""
        kept = self._take(member, update)
        if kept is None:
            return

        def told(kept: asyncio.Future[None]) -> None:
            error = kept.exception()
            if isinstance(error, LightbrushError):
                self._refuse(member, error)

        kept.add_done_callback(told)
        await member.wait_for_room(kept, len(update))

    async def change(self, member: Member, update: bytes) -> None:
        """Apply it and keep it; when this returns, it is on the disk. Raises RoomError."""
        require(member.access, Role.EDITOR)
        kept = self._take(member, update)
        if kept is not None:
            await kept

    def _take(self, member: Member, update: bytes) -> asyncio.Future[None] | None:
        """-> what is done when it is kept; None: there is nothing in it."""
        if update == EMPTY:
            return None
        self._check_size(update)
        check_update(update)
        change = _Change(member, update, asyncio.get_running_loop().create_future())
        self._waiting.append(change)
        self._start()
        return change.done

    def _check_size(self, update: bytes) -> None:
        if self.size_bytes + len(update) > self._limits.document_bytes:
            self._compact()
        headroom = _HEADROOM if len(update) <= _SMALL_BYTES else 0.0
        most = int(self._limits.document_bytes * (1.0 + headroom))
        if self.size_bytes + len(update) > most:
            raise RoomError(
                "room.full",
                f"a shared document has at most {self._limits.document_bytes} bytes",
                value=f"{self.size_bytes} and {len(update)} more",
                fix="Clear pictures that were pasted, or begin a new document",
            )

    def _compact(self) -> None:
        """What the document takes without what is past; the next checkpoint writes it so."""
        self._checkpoint_bytes = len(self._doc.get_update())
        self._log_bytes = 0
        self._log_updates = max(self._log_updates, CHECKPOINT_UPDATES)

    def _hear(self, member: Member, entries: tuple[Entry, ...]) -> None:
        """Each speaks for itself: what a client repeats of the others, as those of y-websocket do, is not taken."""
        others = {client for other in self.members if other is not member for client in other.clients}
        news = []
        for entry in entries:
            known = self.awareness.get(entry.client)
            if entry.client in others or (known is not None and entry.clock <= known.clock):
                continue
            if entry.state == "null":
                member.clients.discard(entry.client)
                if self.awareness.pop(entry.client, None) is None:
                    continue
            else:
                if entry.client not in member.clients and len(member.clients) >= _MAX_CLIENTS:
                    continue
                member.clients.add(entry.client)
                self.awareness[entry.client] = entry
            news.append(entry)
        self._tell(news, but=member)

    def _tell(self, entries: Iterable[Entry], but: Member | None = None) -> None:
        for entry in entries:
            for member in self.members:
                if member is not but:
                    member.put_awareness(entry)

    async def _lacks(self, state: bytes) -> tuple[bytes, bytes]:
        """An update of all that a state vector lacks and the disk has, and which vector that makes."""
        if self._pump is None:
            return self._lacking(state)
        question = _Question(state, asyncio.get_running_loop().create_future())
        self._questions.append(question)
        return await question.answer

    def _lacking(self, state: bytes) -> tuple[bytes, bytes]:
        return _attempt(lambda: self._doc.get_update(state)), self._doc.get_state()

    # Changes

    def _start(self) -> None:
        if self._pump is None:
            self._pump = asyncio.create_task(self._work(), name=f"room {self.id}")

    async def quiet(self) -> None:
        """Until nothing waits for the disk."""
        if self._pump is not None:
            await self._pump

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            # 1. Questions: between two commits the document is what the disk has.
            questions, self._questions = self._questions, []
            for question in questions:
                if not question.answer.done():
                    try:
                        question.answer.set_result(self._lacking(question.state))
                    except RoomError as error:
                        question.answer.set_exception(error)
            changes, self._waiting = self._waiting, []
            if not changes:
                self._pump = None
                return
            try:
                rest_s = self._kept_s + _SPACING_S - loop.time()
                if rest_s > 0.0:
                    await asyncio.sleep(rest_s)
                    changes += self._waiting
                    self._waiting = []
                self._kept_s = loop.time()
                await self._keep(changes)
            except LightbrushError as error:
                _fail(changes, error)
                await self._restore()
            except Exception as error:
                log.exception("room %s: its changes were not kept", self.id)
                _fail(changes, RoomError("room.store", "the change could not be kept", value=repr(error)))
                await self._restore()

    async def _keep(self, changes: list[_Change]) -> None:
        # 2. Apply. What changes nothing need not be kept.
        applied: list[tuple[_Change, bytes]] = []
        for change in changes:
            if not change.member.open:
                _fail([change], RoomError("room.link", "whoever sent this was shown out before it was applied"))
                continue
            try:
                news = self._apply(change.data)
            except RoomError as error:
                _fail([change], error)
                self._take_over(await self._disk.document(self.id))
                for _, before in applied:
                    self._apply(before)
                continue
            if news:
                applied.append((change, news))
        # 3. Keep.
        if applied:
            size = sum(len(news) for _, news in applied)
            self._log_updates += len(applied)
            self._log_bytes += size
            checkpoint = _attempt(self._doc.get_update) if self._checkpoint_due else None
            updates = [Update(news, change.member.access.who, change.member.name) for change, news in applied]
            await self._disk.append(self.id, self._seq, updates, checkpoint)
            self._seq += len(updates)
            if checkpoint is not None:
                self._wrote(checkpoint)
        # 4. Tell: one message for all that was kept at once, made once for all who hear it.
        if applied:
            self._broadcast({id(change.member) for change, _ in applied}, [news for _, news in applied])
        for change in changes:
            if not change.done.done():
                change.done.set_result(None)

    def _broadcast(self, authors: set[int], news: list[bytes]) -> None:
        if len(news) > 1:
            with contextlib.suppress(RoomError):
                news = [_attempt(lambda: merge_updates(*news))]
        for message in [protocol.sync(Step.UPDATE, update) for update in news]:
            for member in self.members:
                if authors != {id(member)} and member.put_update(message):
                    self._dropped()

    @property
    def _checkpoint_due(self) -> bool:
        if self._clock() - self._checkpoint_s >= VERSION_EVERY_S:
            return True
        return self._log_updates >= CHECKPOINT_UPDATES and self._log_bytes >= self._checkpoint_bytes * _LOG_PART

    def _wrote(self, checkpoint: bytes) -> None:
        self._log_updates = self._log_bytes = 0
        self._checkpoint_bytes = len(checkpoint)
        self._checkpoint_s = self._clock()

    async def rest(self) -> None:
        """Nobody is here any longer: how they left it is a version of the document."""
        if self._log_updates == 0 or self._clock() - self._checkpoint_s < SPACING_S:
            return
        try:
            checkpoint = _attempt(self._doc.get_update)
            self._wrote(checkpoint)
            await self._disk.append(self.id, self._seq, [], checkpoint)
        except LightbrushError as error:  # the log has all that would be in it
            log.warning("room %s: its last state is no version: %s", self.id, error)

    async def _restore(self) -> None:
        """What was not kept is not part of the document."""
        try:
            self._take_over(await self._disk.document(self.id))
        except LightbrushError as error:
            for member in self.members:
                self.show_out(member, error)

    def _take_over(self, kept: Kept) -> None:
        self._doc = Doc()
        for data in (kept.checkpoint, *kept.updates):
            try:
                _attempt(lambda data=data: self._doc.apply_update(data))  # type: ignore[misc]
            except RoomError as error:
                log.warning("room %s: a change on the disk cannot be applied: %s", self.id, error)
        self._events = []
        self._doc.observe(self._observed)
        self._seq = kept.seq
        self._checkpoint_bytes, self._checkpoint_s = len(kept.checkpoint), kept.at_s
        self._log_updates, self._log_bytes = len(kept.updates), sum(map(len, kept.updates))

    def _observed(self, event: TransactionEvent) -> None:
        self._events.append(event.update)

    def _apply(self, update: bytes) -> bytes:
        """-> what it changed; nothing when it only repeats deletions, as an answer to STEP_1 may; itself while it waits
        for one that it follows, which looks like one that is known."""
        self._events.clear()
        _attempt(lambda: self._doc.apply_update(update))
        if self._events:
            return self._events[-1]
        return b"" if update[0] == 0 else update


def _fail(changes: list[_Change], error: LightbrushError) -> None:
    for change in changes:
        if not change.done.done():
            change.done.set_exception(error)


def check_update(update: bytes) -> None:
    """Read it without the document at hand. Raises RoomError room.update."""
    _attempt(lambda: Doc().apply_update(update))


def _check_state(state: bytes) -> None:
    _attempt(lambda: Doc().get_update(state))


def _attempt(act: Callable[[], _T]) -> _T:
    """Bytes of a stranger in the library: it raises errors of Python, and where it has not thought of it Rust panics,
    which no Exception is. Raises RoomError room.update."""
    try:
        return act()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise RoomError("room.update", "this is no change of a document", value=str(error)) from None


def too_large(size: int, limit: int) -> RoomError:
    return RoomError(
        "room.update_size",
        f"one change has at most {limit} bytes",
        value=f"{size} bytes",
        fix="Send it by POST to the room's updates",
    )
