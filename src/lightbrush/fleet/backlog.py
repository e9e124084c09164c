"""The ledger that `background.fill` reads: units of jobs that may start, and which worker has which. No I/O, no clock.

Whoever keeps the jobs offers a few units of each at a time, and more when those have started. Bounds: what is offered;
one unit a worker.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from lightbrush.fleet.background import Queue, fill
from lightbrush.fleet.dispatch import Decision, Policy, Start, State, smooth


class Doing(Struct, frozen=True):
    """A unit that a worker has. charged_s: what its job was charged for it."""

    job: str
    unit: int
    started_s: float
    charged_s: float


class Backlog:
    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._queues: dict[str, Queue] = {}
        self._unit_s: dict[str, float] = {}  # running mean by job
        self._doing: dict[str, Doing] = {}  # by worker
        self._reached_s = 0.0  # what the job that started last had been served

    @property
    def workers(self) -> tuple[str, ...]:
        """Those that have a unit."""
        return tuple(self._doing)

    @property
    def waits(self) -> bool:
        return any(queue.units for queue in self._queues.values())

    def held(self, job: str) -> tuple[int, ...]:
        """Units of it that workers have."""
        return tuple(doing.unit for doing in self._doing.values() if doing.job == job)

    def holding(self, worker: str) -> Doing | None:
        return self._doing.get(worker)

    def offer(self, job: str, engine: str, units: Sequence[int], priority: float = 1.0) -> None:
        """These of its units may start, and no others: none of a job that is paused. What workers have is left out."""
        held = self.held(job)
        old = self._queues.get(job)
        served_s = 0.0 if old is None else old.served_s
        if old is None or not (held or old.units):
            served_s = max(served_s, self._reached_s)
        self._queues[job] = Queue(
            job=job,
            engine=engine,
            units=tuple(unit for unit in units if unit not in held),
            priority=priority,
            served_s=served_s,
            unit_s=self._unit_s.get(job, self._policy.first_unit_s),
        )

    def forget(self, job: str) -> None:
        """The job has ended, and what time it had counts no more. What workers have of it they finish."""
        self._queues.pop(job, None)
        self._unit_s.pop(job, None)

    def start(self, state: State, decision: Decision, now_s: float) -> tuple[Start, ...]:
        """Ask the policy, and note what it started as started now."""
        starts = fill(state, decision, self._queues.values())
        for start in starts:
            queue = self._queues[start.job]
            self._reached_s = max(self._reached_s, queue.served_s)
            self._queues[start.job] = replace(
                queue,
                units=tuple(unit for unit in queue.units if unit != start.unit),
                served_s=queue.served_s + queue.unit_s / queue.priority,
            )
            self._doing[start.worker] = Doing(start.job, start.unit, now_s, queue.unit_s)
        return starts

    def finish(self, worker: str, now_s: float) -> Doing | None:
        """The worker answered -> what it had."""
        done = self._doing.pop(worker, None)
        queue = None if done is None else self._queues.get(done.job)
        if done is not None and queue is not None:
            spent_s = now_s - done.started_s
            unit_s = self._unit_s[done.job] = smooth(self._unit_s.get(done.job), spent_s, self._policy)
            served_s = queue.served_s + (spent_s - done.charged_s) / queue.priority
            self._queues[done.job] = replace(queue, served_s=served_s, unit_s=unit_s)
        return done

    def lose(self, worker: str) -> Doing | None:
        """The worker is gone -> what it had, which waits no more: to offer it again is for whoever keeps the jobs."""
        return self._doing.pop(worker, None)
