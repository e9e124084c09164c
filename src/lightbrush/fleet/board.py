"""The ledger that `dispatch.decide` reads: mailboxes, workers, what is in flight. And the demand that
`scaling.decide` reads. No I/O, no clock of its own.

It knows shots by ticket only (a growing number); whoever owns the sockets keeps the bytes by ticket. Bounds:
one waiting shot a session, one rendering shot or unit of a job a worker.
"""

from __future__ import annotations

import itertools

import msgspec

from lightbrush.fleet.backlog import Backlog, Doing
from lightbrush.fleet.demand import Demand
from lightbrush.fleet.dispatch import Decision, Policy, Rendering, State, Waiting, Worker, decide, smooth
from lightbrush.fleet.scaling import Load


class Loss(msgspec.Struct, frozen=True):
    """What became of a shot whose worker died. requeued: it waits again. exhausted: tried too often."""

    shot: Waiting
    requeued: bool = False
    exhausted: bool = False


class Board:
    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.backlog = Backlog(self.policy)
        self.render_s: dict[str, float] = {}
        self._tickets = itertools.count(1)
        self._workers: dict[str, Worker] = {}
        self._waiting: dict[str, Waiting] = {}
        self._rendering: dict[str, Rendering] = {}
        self._newest: dict[str, int] = {}
        self._last_start_s: dict[str, float] = {}
        self._retiring: set[str] = set()
        self._demand = Demand()

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Those that get shots."""
        return tuple(worker for worker in self._workers.values() if worker.id not in self._retiring)

    @property
    def waiting(self) -> int:
        """Full mailboxes."""
        return len(self._waiting)

    def serves(self, engine: str) -> bool:
        return any(engine in worker.engines for worker in self.workers)

    def loads(self, now_s: float) -> tuple[Load, ...]:
        return self._demand.loads(self.render_s, now_s)

    def expect(self, session: str, engine: str, now_s: float) -> None:
        """It will draw presently."""
        self._demand.asked(session, engine, now_s, shots=0)

    def offer(self, session: str, engine: str, now_s: float, weight: float = 1.0) -> tuple[int, int | None]:
        """A new shot -> (its ticket, the ticket it superseded in the mailbox or None)."""
        ticket = next(self._tickets)
        old = self._waiting.get(session)
        since_s = now_s if old is None else old.since_s
        self._waiting[session] = Waiting(session, ticket, engine, since_s, weight=weight)
        self._newest[session] = ticket
        self._demand.asked(session, engine, now_s)
        return ticket, None if old is None else old.ticket

    def leave(self, session: str) -> int | None:
        """The session is gone -> the ticket that waited. What is in flight finishes and is forgotten."""
        self._newest.pop(session, None)
        self._last_start_s.pop(session, None)
        self._demand.left(session)
        waiting = self._waiting.pop(session, None)
        return None if waiting is None else waiting.ticket

    def worker_up(self, worker: str, engines: tuple[str, ...]) -> None:
        self._workers[worker] = Worker(worker, engines)

    def retire(self, worker: str) -> None:
        """It gets no more shots; what it renders it may finish."""
        self._retiring.add(worker)

    def retiring(self, worker: str) -> bool:
        return worker in self._retiring

    def worker_down(self, worker: str) -> Loss | Doing | None:
        """-> what became of the shot it held: back in the mailbox if it is still its session's newest. Or the unit that
        it had: to offer that again, or not, is for whoever keeps the jobs."""
        self._workers.pop(worker, None)
        self._retiring.discard(worker)
        lost = self._rendering.pop(worker, None)
        if lost is None:
            return self.backlog.lose(worker)
        shot = msgspec.structs.replace(lost.shot, attempts=lost.shot.attempts + 1)
        if self._newest.get(shot.session) != shot.ticket:
            return Loss(shot)
        if shot.attempts >= self.policy.max_attempts:
            return Loss(shot, exhausted=True)
        self._waiting[shot.session] = shot
        return Loss(shot, requeued=True)

    def holding(self, worker: str) -> Waiting | None:
        """The shot that a worker renders."""
        rendering = self._rendering.get(worker)
        return None if rendering is None else rendering.shot

    def idle(self, worker: str) -> bool:
        """It renders nothing, and has no unit."""
        return worker not in self._rendering and self.backlog.holding(worker) is None

    def finish(self, worker: str, now_s: float, *, rendered: bool) -> Waiting | None:
        """The worker answered -> what it held. rendered: not a refusal, so its time counts as a render's."""
        done = self._rendering.pop(worker, None)
        if done is None:
            return None
        if rendered:
            engine = done.shot.engine
            self.render_s[engine] = smooth(self.render_s.get(engine), now_s - done.started_s, self.policy)
            self._demand.answered(engine, now_s - done.shot.since_s, now_s)
        return done.shot

    def decide(self, now_s: float) -> Decision:
        """Ask the policies, and note what they assigned as started now."""
        busy = len(self._rendering) + len(self.backlog.workers)
        if busy == len(self._workers) or not (self._waiting or self.backlog.waits):
            return Decision()
        state = self.state()
        decision = decide(state, self.policy, now_s)
        for assignment in decision.assignments:
            session = assignment.shot.session
            del self._waiting[session]
            self._rendering[assignment.worker] = Rendering(assignment.worker, assignment.shot, now_s)
            self._last_start_s[session] = now_s
        starts = self.backlog.start(state, decision, now_s)
        return msgspec.structs.replace(decision, starts=starts) if starts else decision

    def state(self) -> State:
        return State(
            self.workers,
            tuple(self._waiting.values()),
            tuple(self._rendering.values()),
            self._last_start_s,
            self.render_s,
            self.backlog.workers,
        )
