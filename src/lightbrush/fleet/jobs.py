"""What a job is and what may become of it: frozen values, and transitions that are pure functions.

A job is background work cut into units. A unit is a pure function of the job's request and of its own index, so it does
not matter which worker does it, nor how often it was begun: only that it is finished is ever noted, and whatever
restarts goes on with the units that are not.

    running ── pause ──> paused          running, paused ── the last unit finishes ──> finished
    paused ── resume ──> running         running, paused ── a unit is given up ──> failed
    failed ── retry ──> running          any but finished, cancelled ── cancel ──> cancelled

What comes for a unit after it was settled, or after its job was cancelled, changes nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from lightbrush.errors import JobError, Problem

#: Problems that another try may not meet. A unit is a pure function: any other refusal is the same every time.
_PASSING: Final = ("fleet.", "asset.")


class JobState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class UnitState(StrEnum):
    """WAITING: also while a worker has it."""

    WAITING = "waiting"
    FINISHED = "finished"
    GIVEN_UP = "given up"


class Policy(Struct, frozen=True, kw_only=True):
    """max_failures, max_deaths: a unit that failed, or whose worker died, so often is given up. first_wait_s: after the
    first time; each further time twice as long, at most longest_wait_s."""

    max_failures: int = 5
    max_deaths: int = 3
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0


class Job(Struct, frozen=True, kw_only=True):
    """kind: what the request is. engine: that a worker needs for it. units: how many, from 0 on. priority: above 0;
    twice as high gets twice the workers' time. spent_s: workers' time in the finished units. problem: why it failed.
    owner: whose it is; "" for the operator's."""

    id: str
    kind: str
    engine: str
    request: bytes
    units: int
    priority: float
    created_s: float
    state: JobState = JobState.RUNNING
    finished: int = 0
    spent_s: float = 0.0
    problem: Problem | None = None
    owner: str = ""


class Unit(Struct, frozen=True, kw_only=True):
    """deaths: of workers that had it. failures: answers that were problems. due_s: not to be tried before."""

    job: str
    index: int
    state: UnitState = UnitState.WAITING
    deaths: int = 0
    failures: int = 0
    due_s: float = 0.0


class Finished(Struct, frozen=True):
    """A unit was answered, after so long at a worker. result: what it gave."""

    job: str
    unit: int
    result: bytes
    spent_s: float


class Failed(Struct, frozen=True):
    """A unit was answered by a problem."""

    job: str
    unit: int
    problem: Problem


class Died(Struct, frozen=True):
    """The worker that had a unit died, or hung and was ended."""

    job: str
    unit: int


Outcome = Finished | Failed | Died
"""What became of a unit that was begun."""


def pause(job: Job) -> Job:
    """No further unit starts; those that have started still count."""
    _expect(job, "pause", JobState.RUNNING)
    return replace(job, state=JobState.PAUSED)


def resume(job: Job) -> Job:
    _expect(job, "resume", JobState.PAUSED)
    return replace(job, state=JobState.RUNNING)


def retry(job: Job) -> Job:
    """The units that were given up are tried anew (`renew`), the finished ones stay."""
    _expect(job, "retry", JobState.FAILED)
    return replace(job, state=JobState.RUNNING, problem=None)


def renew(unit: Unit) -> Unit:
    """What `retry` makes of a unit of its job."""
    return unit if unit.state is UnitState.FINISHED else Unit(job=unit.job, index=unit.index)


def cancel(job: Job) -> Job:
    _expect(job, "cancel", JobState.RUNNING, JobState.PAUSED, JobState.FAILED)
    return replace(job, state=JobState.CANCELLED)


def finish(job: Job, unit: Unit, spent_s: float) -> tuple[Job, Unit]:
    """See Finished."""
    if is_settled(job, unit):
        return job, unit
    finished = job.finished + 1
    state = JobState.FINISHED if finished == job.units else job.state
    done = replace(job, state=state, finished=finished, spent_s=job.spent_s + spent_s)
    return done, replace(unit, state=UnitState.FINISHED)


def fail(job: Job, unit: Unit, problem: Problem, policy: Policy, now_s: float) -> tuple[Job, Unit]:
    """Later again, unless it would be no use."""
    if is_settled(job, unit):
        return job, unit
    tried = replace(unit, failures=unit.failures + 1)
    if tried.failures < policy.max_failures and problem.code.startswith(_PASSING):
        return job, _later(tried, policy, now_s)
    reason = Problem("job.unit", f"unit {unit.index} failed: {problem.message}", problem.code, problem.fix)
    return _give_up(job, tried, reason)


def die(job: Job, unit: Unit, policy: Policy, now_s: float) -> tuple[Job, Unit]:
    """Later again, unless it was so too often."""
    if is_settled(job, unit):
        return job, unit
    tried = replace(unit, deaths=unit.deaths + 1)
    if tried.deaths < policy.max_deaths:
        return job, _later(tried, policy, now_s)
    reason = Problem(
        "job.poison",
        f"the worker died each time it had unit {unit.index}",
        f"{tried.deaths} times",
        "See the gateway's log, then retry or cancel the job",
    )
    return _give_up(job, tried, reason)


def is_settled(job: Job, unit: Unit) -> bool:
    return job.state is JobState.CANCELLED or unit.state is not UnitState.WAITING


def _later(unit: Unit, policy: Policy, now_s: float) -> Unit:
    doublings = unit.failures + unit.deaths - 1
    return replace(unit, due_s=now_s + min(policy.longest_wait_s, policy.first_wait_s * 2.0**doublings))


def _give_up(job: Job, unit: Unit, reason: Problem) -> tuple[Job, Unit]:
    """Its job cannot be whole without it; of several reasons the first is kept."""
    failed = replace(job, state=JobState.FAILED, problem=job.problem or reason)
    return failed, replace(unit, state=UnitState.GIVEN_UP)


def _expect(job: Job, what: str, *states: JobState) -> None:
    if job.state not in states:
        raise JobError(
            "job.state",
            f"to {what} a job: expected {' or '.join(states)}, got {job.state}",
            value=job.id,
        )
