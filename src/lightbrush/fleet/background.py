"""Which unit of which job next: a pure function over frozen values, asked of what `dispatch.decide` left.

Live shots first: a unit goes only to a worker that no shot which may start now could use, one at a time, and none
queues at a worker. So what stands in a shot's way is at most the rest of one unit, and a worker gets no other until no
shot waits for it.

Fairness: the job that has had the least of the workers' time, for its priority, goes first. Start-time fair queueing
(Goyal, Vin and Cheng 1996): a job is charged what its units take on the mean when one starts, and what it took when it
ends, so long units bring no more time than short ones; a job that comes, or comes back, begins where the others are.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from msgspec import Struct

from lightbrush.fleet.dispatch import Decision, Start, State


class Queue(Struct, frozen=True, kw_only=True):
    """A job's units that may start now. priority: above 0. served_s: workers' time it has had, over its priority.
    unit_s: what one takes."""

    job: str
    engine: str
    units: tuple[int, ...]
    priority: float = 1.0
    served_s: float = 0.0
    unit_s: float = 0.03


def fill(state: State, decision: Decision, queues: Iterable[Queue]) -> tuple[Start, ...]:
    """decision: of the same state."""
    taken = {r.worker for r in state.rendering} | set(state.occupied) | {a.worker for a in decision.assignments}
    free = [worker for worker in state.workers if worker.id not in taken]
    turns = [(queue.served_s, queue.job, 0, queue) for queue in queues if queue.units]
    heapq.heapify(turns)
    starts: list[Start] = []
    while free and turns:
        served_s, job, index, queue = turns[0]
        able = [worker for worker in free if queue.engine in worker.engines]
        if not able:
            heapq.heappop(turns)
            continue
        worker = min(able, key=lambda w: (len(w.engines), w.id))  # keep the versatile ones free
        free.remove(worker)
        starts.append(Start(worker.id, job, queue.units[index]))
        if index + 1 < len(queue.units):
            heapq.heapreplace(turns, (served_s + queue.unit_s / queue.priority, job, index + 1, queue))
        else:
            heapq.heappop(turns)
    return tuple(starts)
