"""Where sessions and workers meet: shots come in, are dispatched, and their answers go out.

All of it runs on one event loop and never waits: what waits is in `Session.send_forever` and `Links`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, Protocol

import msgspec

from lightbrush import __version__, pixels, wire
from lightbrush.engines.engine import check, check_block
from lightbrush.errors import FleetError, LightbrushError, Problem, RoomError, ShotError, WireError
from lightbrush.fleet.backlog import Doing
from lightbrush.fleet.board import Board, Loss
from lightbrush.fleet.dispatch import Assignment, Start
from lightbrush.fleet.scaling import Load
from lightbrush.fleet.shelf import Shelf
from lightbrush.gateway.access import NOBODY, User
from lightbrush.gateway.assets import Assets
from lightbrush.gateway.audience import Audience
from lightbrush.gateway.door import Door
from lightbrush.gateway.metrics import Metrics
from lightbrush.gateway.session import Session
from lightbrush.gateway.stream import Stream
from lightbrush.gateway.unit_calls import SEQ_MASK, UnitCalls
from lightbrush.shots import MAX_INPUT_PIXELS, Asset, EncodedFootage, EncodedPicture, EngineCard
from lightbrush.wire import Kind, Message, Status

log = logging.getLogger("lightbrush.gateway")

#: How often it is asked whether the first in the queue can be let in, besides whenever someone leaves.
_ADMIT_EVERY_S: Final = 0.5


class Link(Protocol):
    """The gateway's end of a worker's link."""

    device: str
    shelf: Shelf

    def send(self, message: bytes) -> None: ...

    def close(self) -> None: ...


class Witness(Protocol):
    """Whoever records sessions."""

    def records(self, session: str) -> bool: ...

    def shown(
        self, session: str, meta: bytes, payload: bytes, files: Mapping[str, bytes], picture: EncodedPicture
    ) -> None:
        """A picture has left. meta, payload: of its shot. files: what that names, by SHA-256."""

    def left(self, session: str) -> None: ...

    def video(self, session: str) -> None:
        """It follows a video from now on."""


class _Held(msgspec.Struct, frozen=True):
    """A shot's bytes while it waits and renders. seq: the client's own number. named: its assets, pinned. stream: of a
    block, which has no bytes: its stream says what it is when it starts. alike: of what may be rendered at once."""

    session: str
    seq: int
    arrived_s: float
    meta: bytes = b""
    payload: bytes = b""
    named: tuple[str, ...] = ()
    stream: Stream | None = None
    alike: str = ""

    @property
    def asker(self) -> int:
        """The client's number that an answer carries: of a block, what it followed when it started."""
        return self.seq if self.stream is None else self.stream.asked_seq


class Exchange:
    """most_workers: that may be started here. idle_state: STATUS when no worker is up: "starting", "asleep" or "down".
    replace: end a worker that hangs. unserved: called when a shot comes for which no worker is up."""

    def __init__(
        self,
        cards: Sequence[EngineCard],
        *,
        assets: Assets,
        message_bytes: int,
        door: Door,
        most_workers: int,
        shot_timeout_s: float,
        metrics: Metrics,
        idle_state: Callable[[], str],
        replace: Callable[[str], None],
        unserved: Callable[[], None],
    ) -> None:
        self.cards = {card.id: card for card in cards}
        self.metrics = metrics
        self.sessions: dict[str, Session] = {}
        self._assets = assets
        self.start_problem: Problem | None = None
        self._left_out: dict[str, Mapping[str, Problem]] = {}  # by worker, then by engine
        self.witness: Witness | None = None
        self._default_engine = cards[0].id
        self._limits = wire.Limits(message_bytes=message_bytes, sketch_pixels=pixels.MAX_PIXELS)
        self._door = door
        self._most_workers = most_workers
        self._shot_timeout_s = shot_timeout_s
        self._idle_state = idle_state
        self._replace = replace
        self._unserved = unserved
        self._audience = Audience()
        self._board = Board()
        self.calls = UnitCalls()
        self._held: dict[int, _Held] = {}
        self._streams: dict[str, Stream] = {}  # by session
        self._shows: dict[str, asyncio.TimerHandle] = {}  # likewise: when the next frame is due
        self._links: dict[str, Link] = {}
        self._timeouts: dict[str, asyncio.TimerHandle] = {}
        self._sent_s: dict[str, float] = {}
        self._wake: asyncio.TimerHandle | None = None
        self._admitting: asyncio.TimerHandle | None = None
        self._last_status: Status | None = None
        self._loop = asyncio.get_running_loop()

    # Sessions

    def enter(self, user: User = NOBODY, room: str = "", may_render: bool = True) -> Session:
        """Let in, or at the end of the queue. room: of which it sees the render, or makes it. Raises AccessError when
        there is no room in the queue either."""
        self._door.check(user, self.loads(), self._workers_at_most)
        session = Session(f"s-{secrets.token_hex(6)}", user)
        welcome = wire.Welcome(
            session=session.id,
            server=f"lightbrush {__version__}",
            engines=tuple(self.cards.values()),
            default_engine=self._default_engine,
            limits=self._limits,
        )
        self.sessions[session.id] = session
        self.metrics.sessions.set(len(self.sessions))
        session.open(wire.encode_welcome(welcome))
        if room:
            self._audience.enter(session, room, may_render)
            picture = self._audience.last(session)
            if picture is not None and self._audience.follows(session):
                session.put_picture(0, picture)
        self._door.arrive(session.id, user)
        self._admit()
        return session

    def leave(self, session: Session) -> None:
        session.close()
        self.sessions.pop(session.id, None)
        if self.witness is not None:
            self.witness.left(session.id)
        self._door.leave(session.id)
        self._end_stream(session.id)
        self._forget(self._board.leave(session.id))
        self.metrics.sessions.set(len(self.sessions))
        self._tell_of_room(self._audience.leave(session))
        self._admit()

    def _admit(self) -> None:
        """Let in whose turn it is, and tell the others their places."""
        status = self.status()
        for session_id, message in self._door.admit(self.loads(), self._workers_at_most):
            session = self.sessions[session_id]
            session.place = 0
            self._board.expect(session_id, self._default_engine, time.monotonic())
            self._put_status(session, status)
            if message:
                self.receive(session, message)
        self._tell_places(status)
        if self._admitting is not None:
            self._admitting.cancel()
        self._admitting = self._loop.call_later(_ADMIT_EVERY_S, self._admit) if self._door.queue else None

    @property
    def _workers_at_most(self) -> int:
        return max(self._most_workers, len(self._board.workers))

    def _tell_places(self, status: Status) -> None:
        self.metrics.queue.set(len(self._door.queue))
        for place, session_id in enumerate(self._door.queue, 1):
            session = self.sessions[session_id]
            if session.place != place:
                session.place = place
                self._put_status(session, status)

    def _put_status(self, session: Session, status: Status) -> None:
        own = msgspec.structs.replace(status, place=session.place, follows=self._audience.follows(session))
        session.put_status(wire.encode_status(own))

    def _tell_of_room(self, sessions: list[Session]) -> None:
        """Another one renders for them. Who no longer does, ends what it asked for."""
        status = self.status()
        for session in sessions:
            if self._audience.follows(session):
                self._end_stream(session.id)
                self._forget(self._board.leave(session.id))
            self._put_status(session, status)

    def receive(self, session: Session, data: bytes) -> None:
        """A client's message. What is wrong with it is answered, when it is let in; nothing is raised."""
        seat = wire.HEADER.size <= len(data) and data[3] == Kind.SEAT
        if not seat and len(data) <= self._limits.message_bytes and self._door.keep(session.id, data):
            return
        try:
            if len(data) > self._limits.message_bytes:
                raise WireError(
                    "wire.too_large",
                    f"a message has at most {self._limits.message_bytes} bytes",
                    value=f"{len(data)} bytes",
                    fix="Send a smaller picture",
                )
            message = wire.unpack(data)
            if message.kind is Kind.SEAT:
                self._tell_of_room(self._audience.able(session, wire.decode_seat(message).able))
                return
            self._check_seat(session)
            if message.kind is Kind.BLOCK:
                self._follow(session, message)
            else:
                self._offer(session, message)
        except LightbrushError as error:
            self.refuse(session, wire.seq_of(data), error.problem)

    def refuse(self, session: Session, seq: int, problem: Problem) -> None:
        self.metrics.problems.labels(problem.code).inc()
        session.put_problem(wire.encode_problem(seq, problem))

    def _check_seat(self, session: Session) -> None:
        if not self._audience.may(session):
            raise RoomError("room.role", "viewers see the room's render and ask for none", fix="Ask for another link")
        if self._audience.follows(session):
            raise RoomError("room.follows", "another member renders for the room")

    def _offer(self, session: Session, message: Message) -> None:
        shot = wire.decode_shot(message)
        check(shot, self._card(shot.engine))
        named = tuple(dict.fromkeys(asset.sha256 for asset in shot.assets))
        self._assets.require(named)
        self._assets.pin(named)
        self._end_stream(session.id)
        final = shot.accept == "image/png"  # waits for nobody, and nobody for it
        alike = "" if final else f"{shot.width}x{shot.height}"
        held = _Held(session.id, message.seq, time.monotonic(), message.meta, message.payload, named, alike=alike)
        self._wait(session, shot.engine, held)

    def _wait(self, session: Session, engine: str, held: _Held) -> None:
        """Put it into the session's mailbox."""
        ticket, superseded = self._board.offer(session.id, engine, held.arrived_s, session.user.weight, held.alike)
        self._held[ticket] = held
        self.metrics.shots_received.inc()
        if superseded is not None:
            self._forget(superseded)
            self.metrics.shots_superseded.inc()
        if not self._board.serves(engine):
            self._unserved()
            if self.status().state == "down":
                self.refuse(session, held.seq, self._no_worker())
        self._pump()

    def _card(self, engine: str) -> EngineCard:
        if engine not in self.cards:
            raise ShotError(
                "shot.engine",
                "this gateway does not have that engine",
                value=engine,
                fix=f"Engines: {', '.join(self.cards)}",
            )
        told = next((problems[engine] for problems in self._left_out.values() if engine in problems), None)
        if told is not None and not self._board.serves(engine):
            raise LightbrushError.from_problem(told)
        return self.cards[engine]

    def _no_worker(self) -> Problem:
        cause = self.start_problem
        return FleetError(
            "fleet.no_worker",
            "no worker is up for this engine",
            value=f"{cause.code}: {cause.message}" if cause else "",
            fix=(cause.fix if cause else "") or "See the gateway's log",
        ).problem

    # Video

    def _follow(self, session: Session, message: Message) -> None:
        """What a session's video follows from its next block on; the first begins it, one without prompts ends it."""
        block = wire.decode_block(message)
        if not block.prompts:
            self._end_stream(session.id)
            return
        card = self._card(block.engine)
        check_block(block, card)
        if block.index or block.context or block.previous or block.mix != 1.0:
            raise ShotError("shot.context", "a stream's place is the gateway's to know", value=block.index)
        if sum(still.frames for still in block.input) > 1:
            raise ShotError("shot.input", "a client sends one picture at a time", value=len(block.input))
        for still in block.input:
            pixels.measure(still.data, max_pixels=MAX_INPUT_PIXELS)
        stream = self._streams.get(session.id)
        if stream is None or not stream.continues(block):
            self._end_stream(session.id)
            stream = self._streams[session.id] = Stream(message.seq, block, card.video_fps)
            if self.witness is not None:
                self.witness.video(session.id)
        stream.follow(message.seq, block)
        self._feed(session.id)

    def _feed(self, session_id: str) -> None:
        """Ask for the stream's next block if it is time, and see that its frames are shown when they are due."""
        stream = self._streams[session_id]
        if stream.hungry:
            stream.asked = True
            held = _Held(session_id, stream.seq, time.monotonic(), stream=stream)
            self._wait(self.sessions[session_id], stream.engine, held)
        self._hold(session_id)
        if stream.due_s is not None:
            in_s = stream.due_s - time.monotonic()
            self._shows[session_id] = self._loop.call_later(in_s, self._show, session_id)

    def _hold(self, session_id: str) -> None:
        """Show no frame for now."""
        handle = self._shows.pop(session_id, None)
        if handle is not None:
            handle.cancel()

    def _show(self, session_id: str) -> None:
        due = self._streams[session_id].show(time.monotonic())
        self._put(self.sessions[session_id], due.ticket, due.seq, due.picture)
        self._feed(session_id)

    def _spoiled(self, held: _Held, problem: Problem) -> bool:
        """Whether a block failed by its pictures alone: then its stream goes on without those."""
        stream = self._streams.get(held.session)
        if stream is None or stream is not held.stream or not problem.code.startswith("pixels."):
            return False
        return stream.let_go()

    def _end(self, held: _Held) -> bool:
        """What cannot be rendered ends its stream -> whether to say so: not of a stream that is over already."""
        if held.stream is None:
            return True
        current = held.stream is self._streams.get(held.session)
        if current:
            self._end_stream(held.session)
        return current

    def _end_stream(self, session_id: str) -> None:
        if self._streams.pop(session_id, None) is None:
            return
        self._hold(session_id)
        self._forget(self._board.leave(session_id))

    # Units of jobs

    def offer_units(self, job: str, engine: str, units: Sequence[int], priority: float) -> None:
        """These of the job's units may start, and no others."""
        self._board.backlog.offer(job, engine, units, priority)
        if units and not self._board.serves(engine):
            self._unserved()
        self._pump()

    def withdraw_units(self, job: str) -> None:
        """None of them may start any more; what workers have they finish."""
        self._board.backlog.forget(job)

    def units_held(self, job: str) -> tuple[int, ...]:
        """Those of its units that workers have."""
        return self._board.backlog.held(job)

    def devices(self, engine: str) -> tuple[str, ...]:
        """What the workers run on that have that engine."""
        return tuple(self._links[worker.id].device for worker in self._board.workers if engine in worker.engines)

    def _start_unit(self, start: Start) -> None:
        link = self._links[start.worker]
        self._start_timing(start.worker)
        named, message = self.calls.start(start)
        _bring(link, named)
        link.send(message)

    def _answer_unit(self, name: str, doing: Doing, message: Message) -> None:
        answer = self.calls.read(name, doing, message)
        now_s = time.monotonic()
        spent_s = now_s - self._stop_timing(name)
        self._board.backlog.finish(name, now_s)
        self._pump()
        self._part(name)
        self.calls.tell(doing, answer, spent_s)

    # Workers

    def worker_up(
        self,
        name: str,
        engines: tuple[str, ...],
        link: Link,
        left_out: Mapping[str, Problem] | None = None,
        together: tuple[str, ...] = (),
    ) -> str:
        """left_out: engines that found no memory there, and what is said of them while no other worker has them.
        together: engines of which it can make several pictures at once. -> the name it goes by here: its own, made
        different when another worker has it."""
        while name in self._links:
            name += "+"
        self._links[name] = link
        self._left_out[name] = left_out or {}
        self._board.worker_up(name, engines, together)
        self.start_problem = None
        self.announce()
        self._pump()
        return name

    def cannot_start(self, problem: Problem) -> None:
        """A worker said why it will never say HELLO; the sessions are told until another one does."""
        self.start_problem = problem
        self.announce()

    def retire(self, name: str) -> None:
        """Give it no more shots, and close its link when it has finished the one it holds."""
        if name in self._links:
            self._board.retire(name)
            self.announce()
            self._part(name)

    def _part(self, name: str) -> None:
        if self._board.retiring(name) and self._board.idle(name):
            self._links[name].close()

    def worker_down(self, name: str) -> None:
        if self._links.pop(name, None) is None:
            return
        self._stop_timing(name)
        del self._left_out[name]
        if not self._board.retiring(name):
            self.metrics.worker_losses.inc()
        loss = self._board.worker_down(name)
        if isinstance(loss, Doing):
            self.calls.lost(name, loss)
        if isinstance(loss, Loss):
            for each in (loss, *loss.more):
                self._lost(each)
        self.announce()
        self._pump()

    def _lost(self, loss: Loss) -> None:
        if loss.requeued:
            return
        held = self._forget(loss.shot.ticket)
        session = self.sessions.get(loss.shot.session)
        if loss.exhausted and held is not None and session is not None and self._end(held):
            error = FleetError(
                "fleet.worker_lost",
                "the worker died each time it rendered this shot",
                value=f"{loss.shot.attempts} times",
                fix="Change the shot, or see the gateway's log",
            )
            self.refuse(session, held.asker, error.problem)

    def answer(self, name: str, message: Message) -> None:
        """A worker's PICTURE, FOOTAGE, ENLARGED or PROBLEM, back to whoever asked. Raises WireError for anything else.

        Everything is read before the shot counts as done: a worker that answers garbage still holds it, and
        when its link closes over that the shot goes to another.
        """
        doing = self._board.backlog.holding(name)
        if doing is not None:
            self._answer_unit(name, doing, message)
            return
        now_s = time.monotonic()
        holding = self._board.holding(name)
        shot = next((shot for shot in holding if shot.ticket & SEQ_MASK == message.seq), None)
        if shot is None:
            raise WireError("wire.meta", "a worker answered what it was not asked", value=message.seq)
        held = self._held[shot.ticket]
        answer = _read_answer(message, of_block=held.stream is not None)
        spent_s = now_s - (self._stop_timing(name) if len(holding) == 1 else self._sent_s[name])
        self._forget(shot.ticket)
        session = self.sessions.get(shot.session)
        self._board.finish(name, now_s, rendered=not isinstance(answer, Problem), ticket=shot.ticket)
        self._pump()  # the worker first: its next render need not wait for this one's way out
        self._part(name)
        if isinstance(answer, Problem):
            if session is not None and self._spoiled(held, answer):
                self.refuse(session, held.asker, answer)
                self._feed(held.session)
            elif session is not None and self._end(held):
                self.refuse(session, held.asker, answer)
            return
        times_ms = {
            "queue": (now_s - spent_s - held.arrived_s) * 1000.0,
            **answer.times_ms,
            "link": spent_s * 1000.0 - sum(answer.times_ms.values()),
        }
        self.metrics.shots_rendered.labels(answer.engine).inc()
        self.metrics.observe(times_ms)
        if isinstance(answer, EncodedPicture):
            if session is not None:
                whole = msgspec.structs.replace(answer, times_ms=times_ms)
                self._put(session, shot.ticket, held.seq, whole, self._seen(held, answer))
        elif held.stream is not None and held.stream is self._streams.get(held.session):
            held.stream.take(shot.ticket, answer, times_ms, now_s - held.arrived_s, now_s)
            self._feed(held.session)

    def _seen(self, held: _Held, picture: EncodedPicture) -> Callable[[], None] | None:
        """What to call when the picture has left. One asked for without loss is a file to keep, and not shown."""
        if self.witness is None or not self.witness.records(held.session) or picture.encoding != "image/jpeg":
            return None
        files = {sha256: self._assets[sha256] for sha256 in held.named}
        return partial(self.witness.shown, held.session, held.meta, held.payload, files, picture)

    def _put(
        self,
        session: Session,
        ticket: int,
        seq: int,
        picture: EncodedPicture,
        seen: Callable[[], None] | None = None,
    ) -> None:
        """To whoever asked for it, and to all who see with them."""
        self._put_encoded(session, ticket, wire.encode_picture(seq, picture), seen)
        if self._audience.alone(session) or self._audience.follows(session):
            return
        shared = wire.encode_picture(0, picture)
        self._audience.keep(session, shared)
        for other in self._audience.shows_to(session):
            self._put_encoded(other, ticket, shared)

    def _put_encoded(
        self, session: Session, ticket: int, picture: bytes, seen: Callable[[], None] | None = None
    ) -> None:
        dropped = session.put_picture(ticket, picture, seen)
        if dropped is not None:
            self.metrics.pictures_dropped.labels(dropped).inc()

    # The fleet's state

    @property
    def queue(self) -> int:
        """Sessions that wait to be let in."""
        return len(self._door.queue)

    def loads(self) -> tuple[Load, ...]:
        return self._board.loads(time.monotonic())

    def status(self) -> Status:
        workers = self._board.workers
        state = "ready" if workers else self._idle_state()
        device = next(iter(self._links.values())).device if self._links else ""
        return Status(state=state, workers=len(workers), device=device)

    def announce(self) -> None:
        """Tell every session the fleet's state, if it has changed."""
        status = self.status()
        self.metrics.workers.set(status.workers)
        if status == self._last_status:
            return
        self._last_status = status
        for session in self.sessions.values():
            session.place = 0
            self._put_status(session, status)
        self._tell_places(status)

    def close(self) -> None:
        for handle in (self._wake, self._admitting, *self._timeouts.values(), *self._shows.values()):
            if handle is not None:
                handle.cancel()

    # Dispatch

    def _pump(self) -> None:
        """Let the policy assign what it can, and be woken when it says so."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        decision = self._board.decide(time.monotonic())
        for assignment in decision.assignments:
            self._start(assignment)
        for start in decision.starts:
            self._start_unit(start)
        if decision.wake_s is not None:
            self._wake = self._loop.call_later(decision.wake_s - time.monotonic(), self._pump)

    def _start(self, assignment: Assignment) -> None:
        name, link = assignment.worker, self._links[assignment.worker]
        self._start_timing(name)
        several = {shot.ticket & SEQ_MASK: self._held[shot.ticket] for shot in assignment.shots}
        _bring(link, {sha256: self._assets[sha256] for held in several.values() for sha256 in held.named})
        if len(several) > 1:
            link.send(wire.encode_together(len(several)))
        for seq, held in several.items():
            if held.stream is not None:
                link.send(wire.encode_block(seq, held.stream.start()))
            else:
                link.send(wire.pack(Kind.SHOT, seq, held.meta, held.payload))

    def _start_timing(self, name: str) -> None:
        self._sent_s[name] = time.monotonic()
        self._timeouts[name] = self._loop.call_later(self._shot_timeout_s, self._overdue, name)

    def _stop_timing(self, name: str) -> float:
        handle = self._timeouts.pop(name, None)
        if handle is not None:
            handle.cancel()
        return self._sent_s.pop(name, 0.0)

    def _overdue(self, name: str) -> None:
        log.warning("%s has held one shot or unit for %.0f s; it is replaced", name, self._shot_timeout_s)
        link = self._links[name]
        self.worker_down(name)
        link.close()
        self._replace(name)

    def _forget(self, ticket: int | None) -> _Held | None:
        """-> what is no longer held."""
        held = None if ticket is None else self._held.pop(ticket, None)
        if held is not None:
            self._assets.unpin(held.named)
        return held


def _bring(link: Link, named: Mapping[str, bytes]) -> None:
    """What the worker lacks of the pictures that a shot names."""
    lacking, _ = link.shelf.settle({sha256: len(data) for sha256, data in named.items()})
    for sha256 in lacking:
        link.send(wire.encode_asset(Asset(sha256, named[sha256])))


def _read_answer(message: Message, *, of_block: bool) -> EncodedPicture | EncodedFootage | Problem:
    if message.kind is Kind.PROBLEM:
        return wire.decode_problem(message)
    return wire.decode_footage(message) if of_block else wire.decode_picture(message)
