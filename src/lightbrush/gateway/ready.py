"""Which units of a job may start now, with what a worker is sent for each."""

from __future__ import annotations

import time
from typing import Final

import msgspec

from lightbrush.enhance.units import Phase
from lightbrush.errors import LightbrushError, Problem, shorten
from lightbrush.fleet.job_store import JobStore
from lightbrush.fleet.jobs import Failed
from lightbrush.fleet.kinds import Request
from lightbrush.shots import Task

#: The least that is waited for what is due.
_SOON_S: Final = 0.001


class Ready(msgspec.Struct, frozen=True):
    """units: those of a job that may start; where there are none, wait_s: in how many seconds the next one may, 0: when
    something happens. sent: what a worker is sent for each. unreadable: one for which that cannot be read."""

    units: tuple[int, ...]
    wait_s: float = 0.0
    sent: dict[int, Task] = {}
    unreadable: Failed | None = None


def ready(store: JobStore, job: str, request: Request, phase: Phase, most: int, held: set[int]) -> Ready:
    units = tuple(unit.index for unit in store.ready(job, most, held) if phase.start <= unit.index < phase.stop)
    if not units:
        due_s = store.due_s(job, phase.start, phase.stop, held)
        return Ready(units, 0.0 if due_s is None else max(_SOON_S, due_s - time.time()))
    sent: dict[int, Task] = {}
    for unit in () if phase.lays else units:
        try:
            sent[unit] = request.unit(store.folder(job), unit)
        except LightbrushError as error:
            return Ready(units, sent=sent, unreadable=Failed(job, unit, error.problem))
        except (OSError, ValueError) as error:
            problem = Problem("enhance.failed", "what tiles are cut from cannot be read", shorten(str(error)))
            return Ready(units, sent=sent, unreadable=Failed(job, unit, problem))
    return Ready(units, sent=sent)
