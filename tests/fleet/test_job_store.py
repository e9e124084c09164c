"""The job store on a real disk: what it acknowledged is there after `kill -9`, and what it cannot do it says."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from lightbrush.errors import JobError, Problem
from lightbrush.fleet.job_store import JobStore, Limits
from lightbrush.fleet.jobs import Died, Failed, Finished, Job, JobState, Policy

PASSING = Problem("fleet.memory", "out of memory")
RESULT_BYTES = 64 * 1024


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@contextlib.contextmanager
def store(folder: Path, limits: Limits | None = None, clock: Clock | None = None) -> Iterator[JobStore]:
    opened = JobStore(folder, policy=Policy(max_deaths=2), limits=limits, clock=clock or Clock())
    with contextlib.closing(opened):
        yield opened


def add(jobs: JobStore, units: int = 3, priority: float = 1.0) -> Job:
    return jobs.add("enhance", "x4", b"request", units, priority)


def ready(jobs: JobStore, job: Job, held: tuple[int, ...] = ()) -> list[int]:
    return [unit.index for unit in jobs.ready(job.id, 100, held)]


def result(index: int) -> bytes:
    """What the process below finishes a unit with."""
    return bytes([index % 251]) * RESULT_BYTES


def test_a_job_is_the_same_after_it_was_closed_and_opened(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        job = add(jobs)
        done = jobs.finish(job.id, 1, b"middle", 0.02)
        failed = add(jobs, priority=2.5)
        failed = jobs.fail(failed.id, 0, Problem("shot.size", "too small"))
    with store(tmp_path) as jobs:
        assert jobs.jobs() == (done, failed)
        assert (done.finished, done.spent_s, done.request) == (1, 0.02, b"request")
        assert jobs.result(job.id, 1) == b"middle"
        assert ready(jobs, job) == [0, 2]


def test_units_that_workers_hold_are_not_offered_and_no_more_than_asked_for(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        job = add(jobs, units=6)
        assert [unit.index for unit in jobs.ready(job.id, 2, held={0, 3})] == [1, 2]


def test_a_paused_job_offers_nothing_until_it_is_resumed(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        job = add(jobs)
        jobs.pause(job.id)
        assert ready(jobs, job) == []
        jobs.resume(job.id)
        assert ready(jobs, job) == [0, 1, 2]


def test_a_unit_that_failed_is_offered_when_its_time_has_come(tmp_path: Path) -> None:
    clock = Clock()
    with store(tmp_path, clock=clock) as jobs:
        job = add(jobs, units=1)
        jobs.fail(job.id, 0, PASSING)
        assert ready(jobs, job) == []
        due_s = jobs.due_s(job.id)
        assert due_s == clock.now_s + jobs.policy.first_wait_s
        clock.now_s = due_s
        assert ready(jobs, job) == [0]
        jobs.finish(job.id, 0, b"", 0.02)
        assert jobs.due_s(job.id) is None


def test_what_is_due_is_asked_of_some_units_alone(tmp_path: Path) -> None:
    clock = Clock()
    with store(tmp_path, clock=clock) as jobs:
        job = add(jobs, units=4)
        jobs.fail(job.id, 1, PASSING)
        assert jobs.due_s(job.id, 1, 2) == clock.now_s + jobs.policy.first_wait_s
        assert jobs.due_s(job.id, 0, 2, held={0}) == clock.now_s + jobs.policy.first_wait_s
        assert jobs.due_s(job.id, 0, 1, held={0}) is None


def test_a_jobs_own_files_come_with_it_and_go_with_it(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        job = jobs.add("enhance", "embedded", b"", 2, files={"source": b"bytes"})
        folder = jobs.folder(job.id)
        assert (folder / "source").read_bytes() == b"bytes"
        jobs.finish(job.id, 1, b"result", 0.02)
        assert jobs.finished(job.id, 0, 2) == (1,)
        assert jobs.finished(job.id, 0, 1) == ()
    with store(tmp_path) as jobs:
        assert (folder / "source").read_bytes() == b"bytes"
        jobs.cancel(job.id)
        assert not folder.exists()


def test_a_job_whose_files_find_no_room_is_not_kept(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        with pytest.raises(JobError, match=r"job\.store"):
            jobs.add("enhance", "embedded", b"", 2, files={"no/such/folder": b""})
        assert jobs.jobs() == ()
        assert list((tmp_path / "results").iterdir()) == []


def test_a_clock_that_was_set_back_holds_nothing_up(tmp_path: Path) -> None:
    clock = Clock()
    with store(tmp_path, clock=clock) as jobs:
        job = add(jobs, units=1)
        jobs.fail(job.id, 0, PASSING)
        clock.now_s -= 3600.0
        assert ready(jobs, job) == [0]


def test_a_unit_that_kills_its_workers_fails_its_job_though_the_store_was_reopened(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        job = add(jobs)
        jobs.finish(job.id, 0, b"kept", 0.02)
        jobs.die(job.id, 2)
    with store(tmp_path) as jobs:
        failed = jobs.die(job.id, 2)
        assert failed.state is JobState.FAILED
        assert failed.problem is not None
        assert failed.problem.code == "job.poison"
        assert ready(jobs, job) == []
        jobs.retry(job.id)
        assert ready(jobs, job) == [1, 2]
        assert jobs.result(job.id, 0) == b"kept"


def test_a_unit_that_is_answered_twice_keeps_its_first_answer(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        job = add(jobs)
        once = jobs.finish(job.id, 0, b"first", 0.02)
        assert jobs.finish(job.id, 0, b"second", 0.02) == once
        assert jobs.result(job.id, 0) == b"first"


def test_a_cancelled_job_keeps_no_results_and_takes_none(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        job = add(jobs)
        jobs.finish(job.id, 0, b"first", 0.02)
        jobs.cancel(job.id)
        assert jobs.finish(job.id, 1, b"late", 0.02).state is JobState.CANCELLED
        assert list((tmp_path / "results").iterdir()) == []
        with pytest.raises(JobError) as caught:
            jobs.result(job.id, 0)
        assert caught.value.code == "job.missing"


def test_a_job_is_removed_when_nothing_works_on_it_any_more(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        job = add(jobs, units=1)
        with pytest.raises(JobError, match="expected finished or cancelled, got running"):
            jobs.remove(job.id)
        jobs.finish(job.id, 0, b"", 0.02)
        jobs.remove(job.id)
        assert jobs.jobs() == ()
        assert list((tmp_path / "results").iterdir()) == []
        with pytest.raises(JobError) as caught:
            jobs.ready(job.id, 1)
        assert caught.value.code == "job.missing"


def test_results_that_a_killed_process_left_of_a_cancelled_job_go_when_the_store_is_opened(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        job = add(jobs)
        jobs.cancel(job.id)
    (tmp_path / "results" / job.id).mkdir()
    (tmp_path / "results" / job.id / "0").write_bytes(b"left")
    with store(tmp_path):
        assert list((tmp_path / "results").iterdir()) == []


def test_a_job_too_many_takes_the_place_of_a_cancelled_one_or_is_refused(tmp_path: Path) -> None:
    with store(tmp_path, Limits(max_jobs=2)) as jobs:
        first, second = add(jobs), add(jobs)
        with pytest.raises(JobError) as caught:
            add(jobs)
        assert caught.value.code == "job.full"
        jobs.cancel(first.id)
        third = add(jobs)
        assert jobs.jobs() == (second, third)


@pytest.mark.parametrize(
    ("request_bytes", "units", "priority"), [(1, 0, 1.0), (1, 11, 1.0), (1, 1, 0.0), (1, 1, float("nan")), (9, 1, 1.0)]
)
def test_a_job_outside_the_limits_is_refused(tmp_path: Path, request_bytes: int, units: int, priority: float) -> None:
    with store(tmp_path, Limits(max_units=10, max_request_bytes=8)) as jobs:
        with pytest.raises(JobError) as caught:
            jobs.add("enhance", "x4", bytes(request_bytes), units, priority)
        assert caught.value.code == "job.request"
        assert jobs.jobs() == ()


WORKS = """
import sys
from pathlib import Path
from lightbrush.fleet.job_store import JobStore

store = JobStore(Path(sys.argv[1]))
job = store.jobs()[0]
while ready := store.ready(job.id, 1):
    index = ready[0].index
    print("began", index, flush=True)
    store.finish(job.id, index, bytes([index % 251]) * 65536, 0.01)
    print("finished", index, flush=True)
"""


def work(folder: Path, die_after: int | None) -> tuple[list[int], list[int]]:
    """A process finishes units one after another, and is killed in the midst -> units begun, units acknowledged."""
    began: list[int] = []
    finished: list[int] = []
    path = os.pathsep.join(sys.path)
    command = [sys.executable, "-c", WORKS, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}) as child:
        assert child.stdout is not None
        for line in child.stdout:
            what, index = line.split()
            (began if what == "began" else finished).append(int(index))
            if die_after is not None and len(began) == die_after:
                child.kill()  # it is writing the unit that it has just begun
                die_after = None
        child.wait()
    return began, finished


def test_kill_9_in_mid_write_loses_nothing_acknowledged_and_nothing_is_done_twice(tmp_path: Path) -> None:
    units = 24
    with store(tmp_path) as jobs:
        job = add(jobs, units)
    acknowledged: list[int] = []
    for die_after in (1, 5, 9, None):
        with store(tmp_path) as jobs:
            before = set(range(units)) - set(ready(jobs, job))
        began, finished = work(tmp_path, die_after)
        assert not before & set(began)
        acknowledged += finished
        with store(tmp_path) as jobs:
            kept = set(range(units)) - set(ready(jobs, job)) if die_after else set(range(units))
            assert set(acknowledged) <= kept
            assert jobs.job(job.id).finished == len(kept)
            assert all(jobs.result(job.id, index) == result(index) for index in kept)
    assert len(acknowledged) == len(set(acknowledged))
    with store(tmp_path) as jobs:
        assert jobs.job(job.id).state is JobState.FINISHED
    files = sorted((tmp_path / "results" / job.id).iterdir(), key=lambda path: int(path.name))
    assert [path.name for path in files] == [str(index) for index in range(units)]


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The kernel refuses to make any file larger, as it does on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_result_that_the_disk_has_no_room_for_leaves_its_unit_to_be_done(tmp_path: Path) -> None:
    with store(tmp_path) as jobs:
        job = add(jobs)
        jobs.finish(job.id, 0, b"kept", 0.02)
        with files_of_at_most(1024 * 1024), pytest.raises(JobError) as caught:
            jobs.finish(job.id, 1, bytes(2 * 1024 * 1024), 0.02)
        assert caught.value.code == "job.disk"
        assert [path.name for path in (tmp_path / "results" / job.id).iterdir()] == ["0"]
        assert ready(jobs, job) == [1, 2]
        assert jobs.finish(job.id, 1, b"now", 0.02).finished == 2


def test_a_database_that_has_no_room_takes_no_job_and_goes_on_with_those_that_it_has(tmp_path: Path) -> None:
    with store(tmp_path, Limits(max_bytes=256 * 1024)) as jobs:
        kept = [jobs.add("enhance", "x4", bytes(90_000), 100) for _ in range(2)]
        with pytest.raises(JobError) as caught:
            jobs.add("enhance", "x4", bytes(90_000), 100)
        assert caught.value.code == "job.disk"
        assert jobs.jobs() == tuple(kept)
        for index in range(100):
            done = jobs.finish(kept[0].id, index, b"", 0.02)
        assert done.state is JobState.FINISHED
        jobs.cancel(kept[1].id)
        jobs.remove(kept[1].id)
        assert jobs.add("enhance", "x4", bytes(90_000), 100) in jobs.jobs()


def test_a_database_that_another_holds_is_waited_for_and_then_said_to_be_locked(tmp_path: Path) -> None:
    with store(tmp_path, Limits(lock_s=0.05)) as jobs:
        job = add(jobs)
        with contextlib.closing(sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(JobError) as caught:
                jobs.finish(job.id, 0, b"", 0.02)
            assert caught.value.code == "job.locked"
            assert jobs.job(job.id) == job  # who only reads does not wait
            other.execute("COMMIT")
        assert jobs.finish(job.id, 0, b"", 0.02).finished == 1


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "jobs.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(JobError) as caught:
        JobStore(tmp_path)
    assert caught.value.code == "job.damaged"


def test_outcomes_that_come_together_are_kept_together_each_by_itself(tmp_path: Path) -> None:
    """Of several jobs, one of them gone, one unit twice, and some too late."""
    with store(tmp_path) as opened:
        one, other, gone = (opened.add("enhance", "x4", b"", 4) for _ in range(3))
        opened.cancel(gone.id)
        opened.remove(gone.id)
        opened.finish(one.id, 3, b"first", 1.0)
        settled = opened.settle(
            [
                Finished(one.id, 0, b"a", 1.0),
                Finished(other.id, 0, b"b", 2.0),
                Finished(gone.id, 0, b"c", 1.0),
                Finished(one.id, 0, b"a", 1.0),
                Failed(other.id, 1, PASSING),
                Died(other.id, 2),
                Finished(one.id, 3, b"late", 1.0),
                Finished(one.id, 9, b"d", 1.0),
            ]
        )
        codes = [one.code if isinstance(one, JobError) else one.finished for one in settled]
        assert codes == [2, 1, "job.missing", 2, 1, 1, 2, "job.missing"]
        assert [opened.result(one.id, unit) for unit in (0, 3)] == [b"a", b"first"]
        assert opened.result(other.id, 0) == b"b"
        assert opened.job(one.id).spent_s == 2.0
        assert not opened.folder(gone.id).exists()
        assert opened.due_s(other.id, 1, 3) == 1001.0
    with store(tmp_path) as again:
        assert [job.finished for job in again.jobs()] == [2, 1]


def test_of_results_that_come_together_those_that_find_room_are_kept(tmp_path: Path) -> None:
    """A file that cannot be written whole costs its own unit alone."""
    with store(tmp_path) as opened:
        job = opened.add("enhance", "x4", b"", 3)
        opened.folder(job.id).joinpath("1").mkdir()
        settled = opened.settle([Finished(job.id, unit, b"x", 1.0) for unit in range(3)])
        assert [one.code if isinstance(one, JobError) else one.finished for one in settled] == [1, "job.store", 2]
        assert opened.finished(job.id, 0, 3) == (0, 2)


def test_who_reads_does_not_wait_for_what_is_written(tmp_path: Path) -> None:
    with store(tmp_path) as opened:
        job = opened.add("enhance", "x4", b"", 3)
        with contextlib.closing(sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")
            with ThreadPoolExecutor(1) as thread:
                finishing = thread.submit(opened.finish, job.id, 0, b"x", 1.0)
                assert [unit.index for unit in opened.ready(job.id, 9)] == [0, 1, 2]
                assert not finishing.done()
                held.execute("ROLLBACK")
                assert finishing.result().finished == 1


def test_a_database_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    with contextlib.closing(JobStore(tmp_path)) as store:
        job = store.add("enhance", "x4", b"", 3)
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)) as earlier:
        earlier.execute("ALTER TABLE jobs DROP COLUMN owner")
        earlier.execute("PRAGMA user_version = 1")
    with contextlib.closing(JobStore(tmp_path)) as store:
        assert store.jobs() == (job,)
        assert store.add("enhance", "x4", b"", 3, owner="ann").owner == "ann"
    with contextlib.closing(JobStore(tmp_path)) as store:
        assert [kept.owner for kept in store.jobs()] == ["", "ann"]


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as later:
        later.execute("PRAGMA user_version = 3")
    with pytest.raises(JobError, match="version") as caught:
        JobStore(tmp_path)
    assert caught.value.code == "job.damaged"


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(JobError) as caught:
        JobStore(tmp_path / "file" / "jobs")
    assert caught.value.code == "job.store"


def test_two_that_open_one_folder_and_finish_units_at_once_count_each_of_them_once(tmp_path: Path) -> None:
    with store(tmp_path) as one, store(tmp_path) as other, ThreadPoolExecutor(2) as threads:
        job = add(one, units=60)
        ones = threads.submit(lambda: [one.finish(job.id, index, b"", 0.5) for index in range(40)])
        others = threads.submit(lambda: [other.finish(job.id, index, b"", 0.5) for index in reversed(range(20, 60))])
        ones.result()
        others.result()
        done = one.job(job.id)
        assert (done.state, done.finished, done.spent_s) == (JobState.FINISHED, 60, 30.0)


def test_two_that_open_one_folder_see_what_the_other_did(tmp_path: Path) -> None:
    with store(tmp_path) as gateway, store(tmp_path) as command:
        job = add(gateway)
        assert command.cancel(job.id).state is JobState.CANCELLED
        assert gateway.finish(job.id, 0, b"late", 0.02) == msgspec.structs.replace(job, state=JobState.CANCELLED)
