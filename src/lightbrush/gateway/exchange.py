"""Where sessions and workers meet: shots come in, are dispatched, and their answers go out.

All of it runs on one event loop and never waits: what waits is in `Session.send_forever` and `Links`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from lightbrush import __version__, pixels, wire
from lightbrush.engines.engine import check, check_size
from lightbrush.errors import FleetError, LightbrushError, Problem, RoomError, ShotError, WireError
from lightbrush.fleet.backlog import Doing
from lightbrush.fleet.board import Board, Loss
from lightbrush.fleet.dispatch import Assignment, Start
from lightbrush.fleet.patience import like
from lightbrush.fleet.scaling import Load
from lightbrush.gateway.access import NOBODY, User
from lightbrush.gateway.assets import Assets
from lightbrush.gateway.crew import Crew, Link
from lightbrush.gateway.door import Door
from lightbrush.gateway.hall import Hall
from lightbrush.gateway.metrics import Metrics
from lightbrush.gateway.output import Outputs
from lightbrush.gateway.preparations import Preparations, Told
from lightbrush.gateway.session import Session
from lightbrush.gateway.stream import Due, Stream
from lightbrush.gateway.streams import Streams
from lightbrush.gateway.unit_calls import SEQ_MASK, UnitCalls
from lightbrush.gateway.witness import Witness
from lightbrush.shots import EncodedFootage, EncodedPicture, EngineCard
from lightbrush.wire import Kind, Message, Status

log = logging.getLogger("lightbrush.gateway")

#: Workers that end together are all known to have ended before what they held is given to others: else one shot is
#: given to each of them in turn, and taken for what ended them.
_TOGETHER_S: Final = 0.1


class _Held(msgspec.Struct, frozen=True):
    """A shot's bytes while it waits and renders. seq: the client's own number. what: its like. named: its assets,
    pinned. stream: of a block, which has no bytes: its stream says what it is when it starts. alike: of what may be
    rendered at once."""

    session: str
    seq: int
    arrived_s: float
    what: Hashable = None
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
        outputs: Outputs | None = None,
    ) -> None:
        self.cards = {card.id: card for card in cards}
        self.metrics = metrics
        self.outputs = outputs or Outputs()
        self._assets = assets
        self.start_problem: Problem | None = None
        self._left_out: dict[str, Mapping[str, Problem]] = {}  # by worker, then by engine
        self.witness: Witness | None = None
        self._default_engine = cards[0].id
        self._limits = wire.Limits(message_bytes=message_bytes, sketch_pixels=pixels.MAX_PIXELS)
        self._most_workers = most_workers
        self._idle_state = idle_state
        self._replace = replace
        self._unserved = unserved
        self._preparations = Preparations()
        self._board = Board()
        self.calls = UnitCalls()
        self._held: dict[int, _Held] = {}
        self._streams = Streams(self._ask_block, self._show_frame)
        self._crew = Crew(shot_timeout_s, self._hangs)
        self._hall = Hall(
            door, metrics, self.outputs, status=self.status, loads=self._loads_and_most, let_in=self._let_in
        )
        self.sessions = self._hall.sessions
        self._wake: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    # Sessions

    def enter(self, user: User = NOBODY, room: str = "", may_render: bool = True, output: str = "") -> Session:
        """Let in, or at the end of the queue. room: of which it sees the render, or makes it. output: the name under
        which it shows its pictures. Raises AccessError when there is no room in the queue either."""
        return self._hall.enter(user, room, may_render, self._welcome, output)

    def _welcome(self, session_id: str) -> wire.Welcome:
        return wire.Welcome(
            session=session_id,
            server=f"lightbrush {__version__}",
            engines=tuple(self.cards.values()),
            default_engine=self._default_engine,
            limits=self._limits,
        )

    def leave(self, session: Session) -> None:
        self._hall.leave(session)
        if self.witness is not None:
            self.witness.left(session.id)
        self._preparations.leave(session.id)
        self._end_stream(session.id)
        self._forget(self._board.leave(session.id))
        self._tell_of_room(self._hall.audience.leave(session))
        self._hall.admit()

    def _let_in(self, session: Session, message: bytes) -> None:
        self._board.expect(session.id, self._default_engine, time.monotonic())
        if message:
            self.receive(session, message)

    def _loads_and_most(self) -> tuple[tuple[Load, ...], int]:
        return self.loads(), max(self._most_workers, len(self._board.workers))

    def _tell_of_room(self, sessions: list[Session]) -> None:
        """Another one renders for them. Who no longer does, ends what it asked for."""
        status = self.status()
        for session in sessions:
            if self._hall.audience.follows(session):
                self._end_stream(session.id)
                self._forget(self._board.leave(session.id))
            self._hall.tell(session, status)

    def room_of(self, session_id: str) -> str:
        """The room that it is in, "" for none."""
        session = self.sessions.get(session_id)
        return "" if session is None else self._hall.audience.room(session)

    def receive(self, session: Session, data: bytes) -> None:
        """A client's message. What is wrong with it is answered, when it is let in; nothing is raised."""
        at_once = wire.HEADER.size <= len(data) and data[3] in (Kind.SEAT, Kind.PREPARE)
        if not at_once and len(data) <= self._limits.message_bytes and self._hall.keep(session, data):
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
                told = wire.decode_seat(message)
                self._tell_of_room(self._hall.audience.able(session, told.able, told.shows))
                return
            if message.kind is Kind.PREPARE:
                self._prepare(session, message)
                return
            self._check_seat(session)
            if message.kind is Kind.BLOCK:
                self._follow(session, message)
            else:
                self._offer(session, message)
        except LightbrushError as error:
            self.refuse(session, wire.seq_of(data), error.problem)

    def refuse(self, session: Session, seq: int, problem: Problem) -> None:
        self._hall.refuse(session, seq, problem)

    def _check_seat(self, session: Session) -> None:
        if not self._hall.audience.may(session):
            raise RoomError("room.role", "viewers see the room's render and ask for none", fix="Ask for another link")
        if self._hall.audience.follows(session):
            raise RoomError("room.follows", "another member renders for the room")

    def _prepare(self, session: Session, message: Message) -> None:
        """All workers with that engine, since any of them may get the next shot."""
        prepare = wire.decode_prepare(message)
        check_size(prepare.width, prepare.height, self._card(prepare.engine))
        workers = [worker.id for worker in self._board.workers if prepare.engine in worker.engines]
        number, told = self._preparations.ask(session.id, message.seq, workers)
        for worker in workers:
            self._crew.prepare(worker, wire.encode_prepare(number, prepare))
        self._tell_prepared(told)

    def _tell_prepared(self, told: Told) -> None:
        session = self.sessions.get(told.session)
        if session is not None:
            session.put_prepared(wire.encode_prepared(told.seq, wire.Prepared(share=told.share)))

    def _offer(self, session: Session, message: Message) -> None:
        shot = wire.decode_shot(message)
        check(shot, self._card(shot.engine))
        named = tuple(dict.fromkeys(asset.sha256 for asset in shot.assets))
        self._assets.require(named)
        self._assets.pin(named)
        self._end_stream(session.id)
        final = shot.accept == "image/png"  # waits for nobody, and nobody for it
        alike = "" if final else f"{shot.width}x{shot.height}"
        what, now_s = like(shot), time.monotonic()
        held = _Held(session.id, message.seq, now_s, what, message.meta, message.payload, named, alike=alike)
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
        self._streams.check(block, card)
        if not self._streams.continues(session.id, block):
            self._end_stream(session.id)
        self._streams.follow(session.id, message.seq, block, card.video_fps)

    def _ask_block(self, session_id: str, stream: Stream) -> None:
        held = _Held(session_id, stream.seq, time.monotonic(), stream=stream)
        self._wait(self.sessions[session_id], stream.engine, held)

    def _show_frame(self, session_id: str, stream: Stream, due: Due) -> None:
        seen = None
        if self.witness is not None and self.witness.records(session_id):
            seen = partial(self.witness.frame_shown, session_id, stream.number, due.index, due.frame, due.picture)
        self._hall.show(self.sessions[session_id], due.ticket, due.seq, due.picture, seen)

    def _end(self, held: _Held) -> bool:
        """What cannot be rendered ends its stream -> whether to say so: not of a stream that is over already."""
        if held.stream is None:
            return True
        current = self._streams.has(held.session, held.stream)
        if current:
            self._end_stream(held.session)
        return current

    def _end_stream(self, session_id: str) -> None:
        if self._streams.end(session_id):
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
        return tuple(self._crew.device_of(worker.id) for worker in self._board.workers if engine in worker.engines)

    def _start_unit(self, start: Start) -> None:
        self._crew.send(start.worker, *self.calls.start(start))

    def _answer_unit(self, name: str, doing: Doing, message: Message) -> None:
        answer = self.calls.read(name, doing, message)
        now_s = time.monotonic()
        spent_s = self._crew.answered(name, now_s, done=not isinstance(answer, Problem))
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
        name = self._crew.join(name, link)
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
        if self._crew.has(name):
            self._board.retire(name)
            self.announce()
            self._part(name)

    def _part(self, name: str) -> None:
        if self._board.retiring(name) and self._board.idle(name):
            self._crew.close_link(name)

    def worker_down(self, name: str) -> None:
        if not self._crew.leave(name):
            return
        del self._left_out[name]
        if not self._board.retiring(name):
            self.metrics.worker_losses.inc()
        for told in self._preparations.lost(name):
            self._tell_prepared(told)
        loss = self._board.worker_down(name)
        if isinstance(loss, Doing):
            self.calls.lost(name, loss)
        if isinstance(loss, Loss):
            for each in (loss, *loss.more):
                self._lost(each)
        self.announce()
        self._pump_soon(_TOGETHER_S)

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
        """A worker's PICTURE, FOOTAGE, ENLARGED, PREPARED or PROBLEM, back to whoever asked. Raises WireError for
        anything else.

        Everything is read before the shot counts as done: a worker that answers garbage still holds it, and
        when its link closes over that the shot goes to another.
        """
        if message.kind is Kind.PREPARED:
            share = wire.decode_prepared(message).share
            told = self._preparations.progressed(name, message.seq, share)
            if not self._preparations.waits_for(name):
                self._crew.prepared(name)
            if told is not None:
                self._tell_prepared(told)
            return
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
        rendered = not isinstance(answer, Problem)
        spent_s = self._crew.answered(name, now_s, done=rendered, more=len(holding) > 1)
        self._forget(shot.ticket)
        session = self.sessions.get(shot.session)
        self._board.finish(name, now_s, rendered=rendered, ticket=shot.ticket)
        self._pump()  # the worker first: its next render need not wait for this one's way out
        self._part(name)
        if isinstance(answer, Problem):
            if session is not None and self._streams.spoiled(held.session, held.stream, answer):
                self.refuse(session, held.asker, answer)
                self._streams.feed(held.session)
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
                self._hall.show(session, shot.ticket, held.seq, whole, self._seen(held, answer))
        elif held.stream is not None and self._streams.has(held.session, held.stream):
            if self.witness is not None and self.witness.records(held.session):
                self.witness.rendered(held.session, held.stream.number, held.stream.started)
            held.stream.take(shot.ticket, answer, times_ms, now_s - held.arrived_s, now_s)
            self._streams.feed(held.session)

    def _seen(self, held: _Held, picture: EncodedPicture) -> Callable[[], None] | None:
        """What to call when the picture has left. One asked for without loss is a file to keep, and not shown."""
        if self.witness is None or not self.witness.records(held.session) or picture.encoding != "image/jpeg":
            return None
        files = {sha256: self._assets[sha256] for sha256 in held.named}
        return partial(self.witness.shown, held.session, held.meta, held.payload, files, picture)

    # The fleet's state

    @property
    def queue(self) -> int:
        """Sessions that wait to be let in."""
        return self._hall.queue

    def loads(self) -> tuple[Load, ...]:
        return self._board.loads(time.monotonic())

    def status(self) -> Status:
        workers = self._board.workers
        state = "ready" if workers else self._idle_state()
        return Status(state=state, workers=len(workers), device=self._crew.device)

    def announce(self) -> None:
        """Tell every session the fleet's state, if it has changed."""
        self._hall.announce()

    def close(self) -> None:
        self._crew.close()
        self._streams.close()
        self._hall.close()
        if self._wake is not None:
            self._wake.cancel()

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
            self._pump_soon(decision.wake_s - time.monotonic())

    def _pump_soon(self, in_s: float) -> None:
        if self._wake is not None:
            self._wake.cancel()
        self._wake = self._loop.call_later(in_s, self._pump)

    def _start(self, assignment: Assignment) -> None:
        first, seq = self._held[assignment.shot.ticket], assignment.shot.ticket & SEQ_MASK
        if first.stream is not None:
            block = first.stream.start()
            self._crew.send(assignment.worker, like(block), {}, wire.encode_block(seq, block))
            return
        several = {shot.ticket & SEQ_MASK: self._held[shot.ticket] for shot in assignment.shots}
        named = {sha256: self._assets[sha256] for held in several.values() for sha256 in held.named}
        messages = [wire.pack(Kind.SHOT, seq, held.meta, held.payload) for seq, held in several.items()]
        what = first.what
        if len(several) > 1:
            messages.insert(0, wire.encode_together(len(several)))
            what = len(several), frozenset(held.what for held in several.values())
        self._crew.send(assignment.worker, what, named, *messages)

    def _hangs(self, name: str) -> None:
        self._crew.close_link(name)
        self.worker_down(name)
        self._replace(name)

    def _forget(self, ticket: int | None) -> _Held | None:
        """-> what is no longer held."""
        held = None if ticket is None else self._held.pop(ticket, None)
        if held is not None:
            self._assets.unpin(held.named)
        return held


def _read_answer(message: Message, *, of_block: bool) -> EncodedPicture | EncodedFootage | Problem:
    if message.kind is Kind.PROBLEM:
        return wire.decode_problem(message)
    return wire.decode_footage(message) if of_block else wire.decode_picture(message)
