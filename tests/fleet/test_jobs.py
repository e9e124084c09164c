"""What may become of a job, in any order of events."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lightbrush.errors import JobError, Problem
from lightbrush.fleet import jobs
from lightbrush.fleet.jobs import Job, JobState, Policy, Unit, UnitState

POLICY = Policy(max_failures=3, max_deaths=2, first_wait_s=1.0, longest_wait_s=3.0)
PASSING = Problem("fleet.memory", "out of memory")
LASTING = Problem("shot.size", "too small")


def job(units: int = 2) -> Job:
    return Job(id="j-1", kind="enhance", engine="x4", request=b"", units=units, priority=1.0, created_s=0.0)


def unit(index: int = 0) -> Unit:
    return Unit(job="j-1", index=index)


def test_the_last_unit_finishes_the_job() -> None:
    first, _ = jobs.finish(job(), unit(0), 0.02)
    assert (first.state, first.finished) == (JobState.RUNNING, 1)
    last, done = jobs.finish(first, unit(1), 0.03)
    assert (last.state, last.finished, last.spent_s) == (JobState.FINISHED, 2, 0.05)
    assert done.state is UnitState.FINISHED


def test_a_unit_that_comes_twice_counts_once() -> None:
    once, done = jobs.finish(job(), unit(), 0.02)
    assert jobs.finish(once, done, 0.02) == (once, done)
    assert jobs.die(once, done, POLICY, 1.0) == (once, done)
    assert jobs.fail(once, done, LASTING, POLICY, 1.0) == (once, done)


def test_what_finishes_while_its_job_is_paused_still_counts() -> None:
    paused, _ = jobs.finish(jobs.pause(job(1)), unit(), 0.02)
    assert paused.state is JobState.FINISHED


def test_what_comes_after_its_job_was_cancelled_does_not_count() -> None:
    cancelled = jobs.cancel(job())
    assert jobs.finish(cancelled, unit(), 0.02) == (cancelled, unit())


def test_each_further_try_waits_twice_as_long_up_to_the_longest() -> None:
    policy = Policy(max_failures=5, first_wait_s=1.0, longest_wait_s=3.0)
    tried, waits_s = unit(), []
    for _ in range(4):
        _, tried = jobs.fail(job(), tried, PASSING, policy, 100.0)
        waits_s.append(tried.due_s - 100.0)
    assert waits_s == [1.0, 2.0, 3.0, 3.0]


def test_a_unit_that_kills_its_workers_is_given_up_and_its_job_says_so() -> None:
    running, tried = jobs.die(job(), unit(1), POLICY, 1.0)
    assert (running, tried.due_s) == (job(), 2.0)
    failed, tried = jobs.die(running, tried, POLICY, 2.0)
    assert (failed.state, tried.state) == (JobState.FAILED, UnitState.GIVEN_UP)
    assert failed.problem is not None
    assert failed.problem.code == "job.poison"
    assert (failed.problem.message, failed.problem.value) == ("the worker died each time it had unit 1", "2 times")


def test_a_unit_that_is_refused_for_what_it_is_is_not_tried_again() -> None:
    failed, _ = jobs.fail(job(), unit(), LASTING, POLICY, 1.0)
    assert failed.state is JobState.FAILED
    assert failed.problem is not None
    assert (failed.problem.code, failed.problem.value) == ("job.unit", "shot.size")


def test_of_two_units_that_are_given_up_the_first_is_what_the_job_says() -> None:
    failed, _ = jobs.fail(job(), unit(0), LASTING, POLICY, 1.0)
    again, _ = jobs.fail(failed, unit(1), LASTING, POLICY, 2.0)
    assert again.problem == failed.problem


def test_a_job_that_failed_is_tried_anew_with_fresh_counts_for_what_was_given_up() -> None:
    failed, given_up = jobs.fail(job(), unit(), LASTING, POLICY, 1.0)
    again = jobs.retry(failed)
    assert (again.state, again.problem) == (JobState.RUNNING, None)
    assert jobs.renew(given_up) == unit()
    _, done = jobs.finish(again, unit(), 0.02)
    assert jobs.renew(done) == done


@pytest.mark.parametrize(
    ("transition", "state"),
    [
        (jobs.pause, JobState.PAUSED),
        (jobs.resume, JobState.RUNNING),
        (jobs.retry, JobState.RUNNING),
        (jobs.cancel, JobState.FINISHED),
    ],
)
def test_a_transition_that_does_not_fit_says_what_it_expected(
    transition: Callable[[Job], Job], state: JobState
) -> None:
    made = {
        JobState.RUNNING: job(),
        JobState.PAUSED: jobs.pause(job()),
        JobState.FINISHED: jobs.finish(job(1), unit(), 0.0)[0],
    }[state]
    with pytest.raises(JobError, match=f"expected .*, got {state}") as caught:
        transition(made)
    assert caught.value.code == "job.state"


@given(st.integers(0, 10), st.integers(0, 10), st.floats(0, 1e9))
def test_no_unit_waits_longer_than_the_longest(failures: int, deaths: int, now_s: float) -> None:
    policy = Policy(max_failures=100, max_deaths=100)
    tried = Unit(job="j-1", index=0, failures=failures, deaths=deaths)
    _, later = jobs.fail(job(), tried, PASSING, policy, now_s)
    assert now_s < later.due_s <= now_s + policy.longest_wait_s


class JobMachine(RuleBasedStateMachine):
    """Any order of answers, deaths and people's wishes; what comes may be late or come twice."""

    def __init__(self) -> None:
        super().__init__()
        self.job = job(3)
        self.units = {index: unit(index) for index in range(3)}
        self.now_s = 0.0
        self.finished: set[int] = set()

    def take(self, before: tuple[Job, Unit], after: tuple[Job, Unit]) -> None:
        (old, old_unit), (self.job, new_unit) = before, after
        self.units[new_unit.index] = new_unit
        if old.state in (JobState.FINISHED, JobState.CANCELLED):
            assert self.job == old
        if old_unit.state is not UnitState.WAITING:
            assert new_unit == old_unit
        assert self.job.finished >= old.finished

    @rule(index=st.integers(0, 2))
    def finish(self, index: int) -> None:
        before = self.job, self.units[index]
        if self.job.state is not JobState.CANCELLED and before[1].state is UnitState.WAITING:
            self.finished.add(index)
        self.take(before, jobs.finish(*before, 0.01))

    @rule(index=st.integers(0, 2), problem=st.sampled_from([PASSING, LASTING]), spent_s=st.floats(0, 5))
    def fail(self, index: int, problem: Problem, spent_s: float) -> None:
        self.now_s += spent_s
        before = self.job, self.units[index]
        self.take(before, jobs.fail(*before, problem, POLICY, self.now_s))

    @rule(index=st.integers(0, 2))
    def die(self, index: int) -> None:
        before = self.job, self.units[index]
        self.take(before, jobs.die(*before, POLICY, self.now_s))

    @precondition(lambda self: self.job.state is JobState.RUNNING)
    @rule()
    def pause(self) -> None:
        self.job = jobs.pause(self.job)

    @precondition(lambda self: self.job.state is JobState.PAUSED)
    @rule()
    def resume(self) -> None:
        self.job = jobs.resume(self.job)

    @precondition(lambda self: self.job.state is JobState.FAILED)
    @rule()
    def retry(self) -> None:
        self.job = jobs.retry(self.job)
        self.units = {index: jobs.renew(one) for index, one in self.units.items()}

    @precondition(lambda self: self.job.state not in (JobState.FINISHED, JobState.CANCELLED))
    @rule(wish=st.integers(0, 9))
    def cancel(self, wish: int) -> None:
        if wish == 0:
            self.job = jobs.cancel(self.job)

    @invariant()
    def counts_what_is_finished(self) -> None:
        states = [one.state for one in self.units.values()]
        assert self.job.finished == states.count(UnitState.FINISHED) == len(self.finished)
        assert {one.index for one in self.units.values() if one.state is UnitState.FINISHED} == self.finished

    @invariant()
    def is_finished_when_whole_and_failed_when_it_cannot_be(self) -> None:
        states = {one.state for one in self.units.values()}
        if self.job.state is not JobState.CANCELLED:
            assert (self.job.state is JobState.FINISHED) == (states == {UnitState.FINISHED})
            assert (self.job.state is JobState.FAILED) == (UnitState.GIVEN_UP in states)
            assert (self.job.state is JobState.FAILED) == (self.job.problem is not None)

    @invariant()
    def gives_up_at_the_limits(self) -> None:
        for one in self.units.values():
            if one.state is UnitState.WAITING:
                assert one.failures < POLICY.max_failures
                assert one.deaths < POLICY.max_deaths


TestJob = JobMachine.TestCase
