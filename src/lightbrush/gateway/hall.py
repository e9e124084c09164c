"""Who is here: let in, or waiting in the queue; and what each is told of the fleet, and shown."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from lightbrush import wire
from lightbrush.errors import Problem
from lightbrush.fleet.scaling import Load
from lightbrush.gateway.access import User
from lightbrush.gateway.audience import Audience
from lightbrush.gateway.door import Door
from lightbrush.gateway.metrics import Metrics
from lightbrush.gateway.output import Outputs
from lightbrush.gateway.session import Session
from lightbrush.shots import EncodedPicture
from lightbrush.wire import Status

#: How often it is asked whether the first in the queue can be let in, besides whenever someone leaves.
_ADMIT_EVERY_S: Final = 0.5


class Hall:
    """status: the fleet's. loads: on it, and how many workers it can have. let_in: called when it is a session's turn,
    with its newest message, if it sent one. outputs: where pictures are shown besides."""

    def __init__(
        self,
        door: Door,
        metrics: Metrics,
        outputs: Outputs,
        *,
        status: Callable[[], Status],
        loads: Callable[[], tuple[Sequence[Load], int]],
        let_in: Callable[[Session, bytes], None],
    ) -> None:
        self.sessions: dict[str, Session] = {}
        self.audience = Audience()
        self._door = door
        self._metrics = metrics
        self._outputs = outputs
        self._status = status
        self._loads = loads
        self._let_in = let_in
        self._admitting: asyncio.TimerHandle | None = None
        self._last_status: Status | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def queue(self) -> int:
        """Sessions that wait to be let in."""
        return len(self._door.queue)

    def enter(
        self, user: User, room: str, may_render: bool, welcome: Callable[[str], wire.Welcome], output: str
    ) -> Session:
        """Let in, or at the end of the queue. room: of which it sees the render, or makes it. welcome: what a session
        of that id is told first. output: the name under which it shows its pictures. Raises AccessError when there is
        no room in the queue either."""
        self._door.check(user, *self._loads())
        session = Session(f"s-{secrets.token_hex(6)}", user)
        self.sessions[session.id] = session
        self._metrics.sessions.set(len(self.sessions))
        session.open(wire.encode_welcome(welcome(session.id)))
        self._outputs.enter(session.id, user.name, output)
        if room:
            self.audience.enter(session, room, may_render)
            picture = self.audience.last(session)
            if picture is not None and self.audience.follows(session):
                session.put_picture(0, picture)
        self._door.arrive(session.id, user)
        self.admit()
        return session

    def leave(self, session: Session) -> None:
        """`admit` then says whose turn it is."""
        session.close()
        self.sessions.pop(session.id, None)
        self._door.leave(session.id)
        self._outputs.left(session.id)
        self._metrics.sessions.set(len(self.sessions))

    def admit(self) -> None:
        """Let in whose turn it is, and tell the others their places."""
        status = self._status()
        for session_id, message in self._door.admit(*self._loads()):
            session = self.sessions[session_id]
            session.place = 0
            self.tell(session, status)
            self._let_in(session, message)
        self._tell_places(status)
        if self._admitting is not None:
            self._admitting.cancel()
        self._admitting = self._loop.call_later(_ADMIT_EVERY_S, self.admit) if self._door.queue else None

    def keep(self, session: Session, message: bytes) -> bool:
        """-> whether it waits to be let in, and its message with it."""
        return self._door.keep(session.id, message)

    def close(self) -> None:
        if self._admitting is not None:
            self._admitting.cancel()

    # What they are told and shown

    def tell(self, session: Session, status: Status) -> None:
        own = msgspec.structs.replace(status, place=session.place, follows=self.audience.follows(session))
        session.put_status(wire.encode_status(own))

    def announce(self) -> None:
        """Tell every session the fleet's state, if it has changed."""
        status = self._status()
        self._metrics.workers.set(status.workers)
        if status == self._last_status:
            return
        self._last_status = status
        for session in self.sessions.values():
            session.place = 0
            self.tell(session, status)
        self._tell_places(status)

    def refuse(self, session: Session, seq: int, problem: Problem) -> None:
        self._metrics.problems.labels(problem.code).inc()
        session.put_problem(wire.encode_problem(seq, problem))

    def show(
        self,
        session: Session,
        ticket: int,
        seq: int,
        picture: EncodedPicture,
        seen: Callable[[], None] | None = None,
    ) -> None:
        """To whoever asked for it, and to all who see with them."""
        self._put(session, ticket, picture, wire.encode_picture(seq, picture), seen)
        if self.audience.alone(session) or self.audience.follows(session):
            return
        shared = wire.encode_picture(0, picture)
        self.audience.keep(session, shared)
        for other in self.audience.shows_to(session):
            self._put(other, ticket, picture, shared)

    def _put(
        self,
        session: Session,
        ticket: int,
        picture: EncodedPicture,
        message: bytes,
        seen: Callable[[], None] | None = None,
    ) -> None:
        dropped = session.put_picture(ticket, message, seen)
        if dropped != "late":
            self._outputs.show(session.id, picture)
        if dropped is not None:
            self._metrics.pictures_dropped.labels(dropped).inc()

    def _tell_places(self, status: Status) -> None:
        self._metrics.queue.set(len(self._door.queue))
        for place, session_id in enumerate(self._door.queue, 1):
            session = self.sessions[session_id]
            if session.place != place:
                session.place = place
                self.tell(session, status)
