"""Jobs on disk: SQLite for what they are and how far, a file for each unit's result. The rules are those of `jobs`.

    folder/jobs.sqlite            jobs and units, with a write-ahead log beside it
    folder/results/<job>/<unit>   what a unit gave; beside them files of the job's own, which came with it or which its
                                  units are made from

What a method returned is on the disk, and survives `kill -9` and a power cut. A result is written first and counted
then, in one transaction: a unit that is finished has its result, and one that was begun in vain writes the same bytes
to the same place again. Nothing notes that a unit was started, so nothing has to be undone after a restart. A disk
takes as long for several results as for one, so `settle` takes as many as there are: they are written side by side, and
counted together.

Several processes may open one folder. Methods wait for the disk, so they are not for an event loop's own thread; any
thread may call them. Bounds: `Limits`. Overflow rule: a job too many takes the place of the oldest cancelled one, and
is refused where there is none.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from lightbrush.durable import prepare, sync_folder, transaction
from lightbrush.errors import JobError, Problem
from lightbrush.fleet import jobs
from lightbrush.fleet.jobs import Died, Failed, Finished, Job, JobState, Outcome, Policy, Unit, UnitState

_VERSION: Final = 2
_PAGE_BYTES: Final = 4096
_ANY_PAGES: Final = 0x3FFFFFFF
#: Results that are written side by side.
_WRITERS: Final = 8
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_SCHEMA: Final = """
CREATE TABLE jobs (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    engine TEXT NOT NULL,
    request BLOB NOT NULL,
    units INTEGER NOT NULL,
    priority REAL NOT NULL,
    created_s REAL NOT NULL,
    state TEXT NOT NULL,
    finished INTEGER NOT NULL,
    spent_s REAL NOT NULL,
    problem BLOB,
    owner TEXT NOT NULL DEFAULT ''
);
CREATE TABLE units (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    "index" INTEGER NOT NULL,
    state TEXT NOT NULL,
    deaths INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    due_s REAL NOT NULL,
    PRIMARY KEY (job, "index")
) WITHOUT ROWID;
CREATE INDEX units_by_state ON units (job, state, "index");
"""
#: What each older version lacks, by its number.
_SINCE: Final = {1: "ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL DEFAULT ''"}
_JOB: Final = "id, kind, engine, request, units, priority, created_s, state, finished, spent_s, problem, owner"
_UNIT: Final = 'job, "index", state, deaths, failures, due_s'


class Limits(Struct, frozen=True, kw_only=True):
    """max_bytes: of the database, beyond which no job is added. lock_s: how long another process that holds it is
    waited for."""

    max_jobs: int = 1000
    max_units: int = 1_000_000
    max_request_bytes: int = 1024 * 1024
    max_bytes: int = 1024**3
    lock_s: float = 5.0


class JobStore:
    """Raises JobError: job.missing, job.state, job.request, job.full, job.disk, job.locked, job.damaged, job.store.

    clock: seconds since an epoch that outlives the process.
    """

    def __init__(
        self,
        folder: Path,
        *,
        policy: Policy | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.policy = policy or Policy()
        self.limits = limits or Limits()
        self._path = folder / "jobs.sqlite"
        self._results = folder / "results"
        self._clock = clock
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        with self._reported():
            self._results.mkdir(parents=True, exist_ok=True)
            self._db = self._connect()
            self._reader = self._connect()
        self._writers = ThreadPoolExecutor(_WRITERS, "results")
        try:
            with self._reported():
                self._prepare()
            self._sweep()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        with self._lock, self._reading:
            self._writers.shutdown()
            self._reader.close()
            self._db.close()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=self.limits.lock_s, isolation_level=None, check_same_thread=False)

    # What is asked

    def jobs(self) -> tuple[Job, ...]:
        """All of them, the oldest first."""
        with self._read():
            return tuple(_job(row) for row in self._reader.execute(f"SELECT {_JOB} FROM jobs ORDER BY place"))

    def job(self, job_id: str) -> Job:
        with self._read():
            return self._job(job_id, self._reader)

    def ready(self, job_id: str, most: int, held: Collection[int] = ()) -> tuple[Unit, ...]:
        """Its first units that may start now, and of which no worker has one: `held` says of which."""
        now_s = self._clock()
        select = f"""
            SELECT {_UNIT} FROM units
            WHERE job = ? AND state = ? AND (due_s <= ? OR due_s > ?)
              AND "index" NOT IN (SELECT value FROM json_each(?))
            ORDER BY "index" LIMIT ?
        """
        # No unit is due later than the policy's longest wait but where the clock was set back: it need not wait then.
        values = (job_id, UnitState.WAITING, now_s, now_s + self.policy.longest_wait_s, str(sorted(held)), most)
        with self._read():
            if self._job(job_id, self._reader).state is not JobState.RUNNING:
                return ()
            return tuple(_unit(row) for row in self._reader.execute(select, values))

    def finished(self, job_id: str, start: int, stop: int) -> tuple[int, ...]:
        """Those of its units from start to stop that are finished, in order."""
        select = (
            'SELECT "index" FROM units WHERE job = ? AND state = ? AND "index" >= ? AND "index" < ? ORDER BY "index"'
        )
        with self._read():
            return tuple(row[0] for row in self._reader.execute(select, (job_id, UnitState.FINISHED, start, stop)))

    def due_s(self, job_id: str, start: int = 0, stop: int | None = None, held: Collection[int] = ()) -> float | None:
        """When the first of its units from start to stop that wait, and that no worker has, may start; None: none
        waits."""
        select = """
            SELECT min(due_s) FROM units
            WHERE job = ? AND state = ? AND "index" >= ? AND "index" < ?
              AND "index" NOT IN (SELECT value FROM json_each(?))
        """
        with self._read():
            last = self._job(job_id, self._reader).units if stop is None else stop
            values = (job_id, UnitState.WAITING, start, last, str(sorted(held)))
            due_s: float | None = self._reader.execute(select, values).fetchone()[0]
            return due_s

    def folder(self, job_id: str) -> Path:
        """Where its results lie, and files of its own may, as long as it is kept."""
        return self._results / job_id

    def result(self, job_id: str, index: int) -> bytes:
        """What a finished unit gave."""
        with self._read():
            if (
                self._unit(job_id, index, self._reader).state is UnitState.FINISHED
                and self._job(job_id, self._reader).state is not JobState.CANCELLED
            ):
                return self._place(job_id, index).read_bytes()
        raise JobError("job.missing", "this unit has no result", value=f"{job_id} unit {index}")

    # What people do

    def add(
        self,
        kind: str,
        engine: str,
        request: bytes,
        units: int,
        priority: float = 1.0,
        files: Mapping[str, bytes | Path] | None = None,
        owner: str = "",
    ) -> Job:
        """files: of its own, by name: in its folder before it is kept. Of a file elsewhere it is another name where
        that can be, so that file may only grow from now on; else a copy. owner: as of a Job."""
        limits = self.limits
        if not 1 <= units <= limits.max_units:
            raise JobError("job.request", f"a job has 1 to {limits.max_units} units", value=units)
        if not 0.0 < priority < float("inf"):
            raise JobError("job.request", "a priority is a number above 0", value=priority)
        if len(request) > limits.max_request_bytes:
            seen = f"{len(request)} bytes"
            raise JobError("job.request", f"a request has at most {limits.max_request_bytes} bytes", value=seen)
        job = Job(
            id=f"j-{secrets.token_hex(6)}",
            kind=kind,
            engine=engine,
            request=request,
            units=units,
            priority=priority,
            created_s=self._clock(),
            owner=owner,
        )
        try:
            with self._writing(limits.max_bytes // _PAGE_BYTES):
                self._make_room()
                marks = ", ".join("?" * len(job.__struct_fields__))
                self._db.execute(f"INSERT INTO jobs ({_JOB}) VALUES ({marks})", _row(job))
                rows = ((job.id, index, UnitState.WAITING, 0, 0, 0.0) for index in range(units))
                self._db.executemany(f"INSERT INTO units ({_UNIT}) VALUES (?, ?, ?, ?, ?, ?)", rows)
                folder = self.folder(job.id)
                folder.mkdir()
                for name, data in (files or {}).items():
                    if isinstance(data, Path):
                        _link(folder / name, data)
                    else:
                        self._write(folder / name, data)
                sync_folder(folder)
                sync_folder(self._results)
        except BaseException:
            self._discard(job.id)
            raise
        return job

    def pause(self, job_id: str) -> Job:
        return self._change(job_id, jobs.pause)

    def resume(self, job_id: str) -> Job:
        return self._change(job_id, jobs.resume)

    def retry(self, job_id: str) -> Job:
        select = f"SELECT {_UNIT} FROM units WHERE job = ? AND state = ?"
        with self._writing():
            job = jobs.retry(self._job(job_id))
            self._keep(job)
            for row in self._db.execute(select, (job_id, UnitState.GIVEN_UP)).fetchall():
                self._keep_unit(jobs.renew(_unit(row)))
        return job

    def cancel(self, job_id: str) -> Job:
        """Its results go."""
        job = self._change(job_id, jobs.cancel)
        self._discard(job_id)
        return job

    def remove(self, job_id: str) -> None:
        """A job that nothing works on any more, with its results."""
        with self._writing():
            job = self._job(job_id)
            if job.state not in (JobState.FINISHED, JobState.CANCELLED):
                message = f"to remove a job: expected finished or cancelled, got {job.state}"
                raise JobError("job.state", message, value=job_id, fix="Cancel it first")
            self._db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
        self._discard(job_id)

    # What workers bring

    def settle(self, outcomes: Sequence[Outcome]) -> list[Job | JobError]:
        """What became of units -> in the same order their jobs, or why that is not kept. What comes a second time, or
        too late, changes nothing. Raises JobError when none of it is kept."""
        settled: list[Job | JobError] = []
        with self._writing():
            unwritten = self._write_results([one for one in outcomes if isinstance(one, Finished)])
            for outcome in outcomes:
                try:
                    if isinstance(outcome, Finished) and (outcome.job, outcome.unit) in unwritten:
                        raise unwritten[outcome.job, outcome.unit]
                    settled.append(self._settled(outcome))
                except JobError as error:
                    settled.append(error)
        return settled

    def finish(self, job_id: str, index: int, result: bytes, spent_s: float) -> Job:
        return self._settle_one(Finished(job_id, index, result, spent_s))

    def fail(self, job_id: str, index: int, problem: Problem) -> Job:
        return self._settle_one(Failed(job_id, index, problem))

    def die(self, job_id: str, index: int) -> Job:
        return self._settle_one(Died(job_id, index))

    def _settle_one(self, outcome: Outcome) -> Job:
        (settled,) = self.settle([outcome])
        if isinstance(settled, JobError):
            raise settled
        return settled

    def _settled(self, outcome: Outcome) -> Job:
        job, unit = self._job(outcome.job), self._unit(outcome.job, outcome.unit)
        match outcome:
            case Finished():
                done, after = jobs.finish(job, unit, outcome.spent_s)
            case Failed():
                done, after = jobs.fail(job, unit, outcome.problem, self.policy, self._clock())
            case Died():
                done, after = jobs.die(job, unit, self.policy, self._clock())
        if after is not unit:
            self._keep(done)
            self._keep_unit(after)
        return done

    def _write_results(self, outcomes: Sequence[Finished]) -> dict[tuple[str, int], JobError]:
        """Those that count -> why some are not on the disk."""
        wanted: dict[tuple[str, int], bytes] = {}
        for one in outcomes:
            with suppress(JobError):  # removed meanwhile
                if not jobs.is_settled(self._job(one.job), self._unit(one.job, one.unit)):
                    wanted[one.job, one.unit] = one.result
        unwritten: dict[tuple[str, int], JobError] = {}

        def write(of: tuple[tuple[str, int], bytes]) -> None:
            (job, unit), result = of
            try:
                with self._reported():
                    self._write(self._place(job, unit), result)
            except JobError as error:
                unwritten[job, unit] = error

        list(self._writers.map(write, wanted.items()) if len(wanted) > 1 else map(write, wanted.items()))
        for job in {job for job, _ in wanted.keys() - unwritten.keys()}:
            try:
                with self._reported():
                    sync_folder(self.folder(job))
            except JobError as error:
                unwritten |= {key: error for key in wanted if key[0] == job}
        return unwritten

    # Rows and files

    def _prepare(self) -> None:
        self._db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        prepare(self._db)
        with transaction(self._db):
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
            elif version <= _VERSION:
                for older in range(version, _VERSION):
                    self._db.execute(_SINCE[older])
            else:
                message = f"the database is of version {_VERSION}"
                raise JobError("job.damaged", message, value=f"{self._path}: {version}", fix="Update Lightbrush")
            self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _sweep(self) -> None:
        """Results that a process left behind that was ended between a job's end and theirs."""
        with self._writing():  # nobody adds a job meanwhile
            select = "SELECT id FROM jobs WHERE state != ?"
            kept = {row[0] for row in self._db.execute(select, (JobState.CANCELLED,))}
            for path in self._results.iterdir():
                if path.name not in kept:
                    self._discard(path.name)

    def _make_room(self) -> None:
        if self._db.execute("SELECT count(*) FROM jobs").fetchone()[0] < self.limits.max_jobs:
            return
        select = "SELECT id FROM jobs WHERE state = ? ORDER BY place LIMIT 1"
        oldest = self._db.execute(select, (JobState.CANCELLED,)).fetchone()
        if oldest is None:
            seen = f"{self.limits.max_jobs} jobs"
            raise JobError("job.full", "as many jobs are kept as may be", value=seen, fix="Remove a finished one")
        self._db.execute("DELETE FROM jobs WHERE id = ?", oldest)

    def _change(self, job_id: str, transition: Callable[[Job], Job]) -> Job:
        with self._writing():
            job = transition(self._job(job_id))
            self._keep(job)
        return job

    def _job(self, job_id: str, by: sqlite3.Connection | None = None) -> Job:
        row = (by or self._db).execute(f"SELECT {_JOB} FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise JobError("job.missing", "no job of that id is kept", value=job_id)
        return _job(row)

    def _unit(self, job_id: str, index: int, by: sqlite3.Connection | None = None) -> Unit:
        select = f'SELECT {_UNIT} FROM units WHERE job = ? AND "index" = ?'
        row = (by or self._db).execute(select, (job_id, index)).fetchone()
        if row is None:
            raise JobError("job.missing", "no such unit is kept", value=f"{job_id} unit {index}")
        return _unit(row)

    def _keep(self, job: Job) -> None:
        problem = None if job.problem is None else msgspec.msgpack.encode(job.problem)
        update = "UPDATE jobs SET state = ?, finished = ?, spent_s = ?, problem = ? WHERE id = ?"
        self._db.execute(update, (job.state, job.finished, job.spent_s, problem, job.id))

    def _keep_unit(self, unit: Unit) -> None:
        update = 'UPDATE units SET state = ?, deaths = ?, failures = ?, due_s = ? WHERE job = ? AND "index" = ?'
        self._db.execute(update, (unit.state, unit.deaths, unit.failures, unit.due_s, unit.job, unit.index))

    def _place(self, job_id: str, index: int) -> Path:
        return self._results / job_id / str(index)

    def _write(self, place: Path, data: bytes) -> None:
        """On the disk when it returns, but for its name. A part that an ended process left belongs to no finished unit,
        so nobody reads it, and the next try overwrites it."""
        try:
            with place.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                place.unlink()
            raise

    def _discard(self, job_id: str) -> None:
        shutil.rmtree(self._results / job_id, ignore_errors=True)

    # Transactions and errors

    @contextmanager
    def _read(self) -> Iterator[None]:
        """By a connection of its own: whoever reads does not wait for what is being written."""
        with self._reading, self._reported():
            yield

    @contextmanager
    def _writing(self, max_pages: int = _ANY_PAGES) -> Iterator[None]:
        """max_pages: how large the database may become. Only what is new is refused for that: a job that is kept can
        always be finished and cancelled."""
        with self._lock, self._reported():
            self._db.execute(f"PRAGMA max_page_count = {max_pages}")
            with transaction(self._db):
                yield

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._problem(getattr(error, "sqlite_errorcode", 0) & 0xFF, str(error)) from error
        except OSError as error:
            raise problem_of(error, self._results) from error

    def _problem(self, code: int, text: str) -> JobError:
        reason = f"{self._path}: {text}"
        if code == sqlite3.SQLITE_FULL:
            return _disk_full(reason)
        if code in _LOCKED:
            message = f"another process has held the database of jobs for {self.limits.lock_s:g} s"
            return JobError("job.locked", message, value=reason, fix="Try again; end what holds it")
        if code in _DAMAGED:
            message = "the database of jobs is damaged"
            return JobError("job.damaged", message, value=reason, fix="Move the file away, or put a copy of it back")
        return _unusable(reason)


def problem_of(error: OSError, path: Path) -> JobError:
    """path: what it is about, where the error does not say."""
    reason = f"{error.filename or path}: {error.strerror}"
    return _disk_full(reason) if error.errno in _FULL else _unusable(reason)


def _link(place: Path, data: Path) -> None:
    """A file elsewhere under another name, or a copy of it; on the disk, but for its name."""
    try:
        os.link(data, place)
    except OSError:  # another file system, or one without
        shutil.copyfile(data, place)
    with place.open("rb") as file:
        os.fsync(file.fileno())


def _disk_full(reason: str) -> JobError:
    message = "there is no room for it; what was finished before is kept"
    return JobError("job.disk", message, value=reason, fix="Make room on the disk, or cancel or remove jobs")


def _unusable(reason: str) -> JobError:
    message = "the jobs' files cannot be read or written"
    return JobError("job.store", message, value=reason, fix="See that the folder is there and may be written")


def _row(job: Job) -> tuple[Any, ...]:
    return tuple(getattr(job, name) for name in job.__struct_fields__)


def _job(row: tuple[Any, ...]) -> Job:
    job = dict(zip(Job.__struct_fields__, row, strict=True))
    job["state"] = JobState(job["state"])
    job["problem"] = None if job["problem"] is None else msgspec.msgpack.decode(job["problem"], type=Problem)
    return Job(**job)


def _unit(row: tuple[Any, ...]) -> Unit:
    unit = dict(zip(Unit.__struct_fields__, row, strict=True))
    return Unit(**{**unit, "state": UnitState(unit["state"])})
