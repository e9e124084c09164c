"""The ledger that `dispatch.decide` reads: mailboxes, workers, what is in flight. And the demand that
`scaling.decide` reads. No I/O, no clock of its own.

It knows shots by ticket only (a growing number); whoever owns the sockets keeps the bytes by ticket. Bounds:
one waiting shot a session, one render, of one shot or of several at once, or unit of a job a worker.
"""

from __future__ import annotations

import itertools
import math

import msgspec

from lightbrush.fleet.backlog import Backlog, Doing
from lightbrush.fleet.demand import Demand
from lightbrush.fleet.dispatch import Curve, Decision, Policy, Rendering, State, Waiting, Worker, decide, smooth
from lightbrush.fleet.scaling import Load


class Loss(msgspec.Struct, frozen=True):
    """What became of a shot whose worker died. requeued: it waits again. exhausted: tried too often. more: of those
    that were rendered with it."""

    shot: Waiting
    requeued: bool = False
    exhausted: bool = False
    more: tuple[Loss, ...] = ()


class Board:
    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.backlog = Backlog(self.policy)
        self.render_s: dict[str, float] = {}
        self._curves: dict[tuple[str, str], dict[int, tuple[float, float]]] = {}  # the mean, and when it was measured
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

    def offer(
        self, session: str, engine: str, now_s: float, weight: float = 1.0, alike: str = ""
    ) -> tuple[int, int | None]:
        """A new shot -> (its ticket, the ticket it superseded in the mailbox or None). alike: see
        `dispatch.Waiting`."""
        ticket = next(self._tickets)
        old = self._waiting.get(session)
        since_s = now_s if old is None else old.since_s
        self._waiting[session] = Waiting(session, ticket, engine, since_s, weight=weight, alike=alike)
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

    def worker_up(self, worker: str, engines: tuple[str, ...], together: tuple[str, ...] = ()) -> None:
        self._workers[worker] = Worker(worker, engines, together)

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
        first, *more = (self._lose(shot) for shot in lost.shots)
        return msgspec.structs.replace(first, more=tuple(more))

    def _lose(self, lost: Waiting) -> Loss:
        shot = msgspec.structs.replace(lost, attempts=lost.attempts + 1)
        if self._newest.get(shot.session) != shot.ticket:
            return Loss(shot)
        if shot.attempts >= self.policy.max_attempts:
            return Loss(shot, exhausted=True)
        self._waiting[shot.session] = shot
        return Loss(shot, requeued=True)

    def holding(self, worker: str) -> tuple[Waiting, ...]:
        """The shots that a worker renders and has not answered."""
        rendering = self._rendering.get(worker)
        return () if rendering is None else rendering.shots

    def idle(self, worker: str) -> bool:
        """It renders nothing, and has no unit."""
        return worker not in self._rendering and self.backlog.holding(worker) is None

    def finish(self, worker: str, now_s: float, *, rendered: bool, ticket: int | None = None) -> Waiting | None:
        """The worker answered -> what it held. rendered: not a refusal, so its time counts as a render's. ticket: which
        of those that it renders at once, by default the first; with the last of them it is free."""
        held = self._rendering.pop(worker, None)
        if held is None:
            return None
        done = next((shot for shot in held.shots if shot.ticket == ticket), held.shot)
        left = tuple(shot for shot in held.shots if shot is not done)
        if left:
            self._rendering[worker] = msgspec.structs.replace(held, shot=left[0], more=left[1:])
        if rendered:
            engine = done.engine
            self._demand.answered(engine, now_s - done.since_s, now_s)
            if not left:
                self._measured(held, done, now_s)
        return done

    def _measured(self, held: Rendering, done: Waiting, now_s: float) -> None:
        engine, spent_s = done.engine, now_s - held.started_s
        self.render_s[engine] = smooth(self.render_s.get(engine), spent_s / held.count, self.policy)
        if done.alike:
            curve = self._curves.setdefault((engine, done.alike), {})
            old = curve.get(held.count)
            curve[held.count] = smooth(None if old is None else old[0], spent_s, self.policy), now_s

    def _fresh(self, now_s: float) -> dict[tuple[str, str], Curve]:
        """A picture alone is measured all the time; of batches what is new enough."""
        since_s = now_s - self.policy.curve_s
        return {
            key: {n: took_s for n, (took_s, at_s) in curve.items() if n == 1 or at_s >= since_s}
            for key, curve in self._curves.items()
        }

    def decide(self, now_s: float) -> Decision:
        """Ask the policies, and note what they assigned as started now."""
        busy = len(self._rendering) + len(self.backlog.workers)
        if busy == len(self._workers) or not (self._waiting or self.backlog.waits):
            return Decision()
        state = self.state(now_s)
        decision = decide(state, self.policy, now_s)
        for assignment in decision.assignments:
            for shot in assignment.shots:
                del self._waiting[shot.session]
                self._last_start_s[shot.session] = now_s
            self._rendering[assignment.worker] = Rendering(
                assignment.worker, assignment.shot, now_s, assignment.more, len(assignment.shots)
            )
        starts = self.backlog.start(state, decision, now_s)
        return msgspec.structs.replace(decision, starts=starts) if starts else decision

    def state(self, now_s: float = -math.inf) -> State:
        return State(
            self.workers,
            tuple(self._waiting.values()),
            tuple(self._rendering.values()),
            self._last_start_s,
            self.render_s,
            self.backlog.workers,
            self._fresh(now_s),
        )
