"""Keeps the jobs: from the store on the disk to workers and back, whatever ends in between.

A job's units are offered to dispatch a few at a time, with what a worker needs already read; their answers are written
to the disk, and only then count. While the disk takes some, those that come meanwhile wait for the next time, all
together, so that workers which are faster than a disk wait for it once and not each. What no worker does, laying files,
a process of its own does, one for all jobs. After any restart the store says what is left. One gateway at a time keeps
the jobs of a folder (a lock that ends with its process).

Bounds: `_AHEAD` units of a job are read ahead for each worker, `_MOST_STORING` answers of `_MOST_STORING_BYTES` wait
for the disk. Overflow rule: beyond any of these nothing more is offered, so workers wait, and live sessions have them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final, ParamSpec, TypeVar

import msgspec

from lightbrush import pixels, wire
from lightbrush.enhance import units
from lightbrush.enhance.units import Phase
from lightbrush.errors import JobError, LightbrushError, Problem, shorten
from lightbrush.fleet.job_store import JobStore
from lightbrush.fleet.jobs import Died, Failed, Finished, Job, JobState, Outcome
from lightbrush.fleet.kinds import Request
from lightbrush.gateway.asked import Enhance, Premiere
from lightbrush.gateway.bulletin import Bulletin
from lightbrush.gateway.exchange import Exchange
from lightbrush.gateway.job_requests import enhancement_of, film_of, painter_of
from lightbrush.gateway.laying import run_laying
from lightbrush.gateway.metrics import Metrics
from lightbrush.gateway.preview import Previews
from lightbrush.gateway.ready import Ready, ready
from lightbrush.gateway.settling import Settling
from lightbrush.gateway.work import Told, Work
from lightbrush.shots import EncodedPicture, EnlargedTile, Made, Task

log = logging.getLogger("lightbrush.gateway")

_AHEAD: Final = 16
_MOST_STORING: Final = 64
_MOST_STORING_BYTES: Final = 128 * 2**20
#: While the disk takes nothing: until the next try, and at most.
_FIRST_REST_S: Final = 1.0
_LONGEST_REST_S: Final = 60.0

_PREVIEW_PATIENCE_S: Final = 10.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Keeper:
    """gpu: whether workers will have one, as far as is known before they are up."""

    def __init__(self, folder: Path, exchange: Exchange, metrics: Metrics, *, gpu: bool) -> None:
        self.bulletin = Bulletin(self._told)
        self._folder = folder
        self._exchange = exchange
        self._metrics = metrics
        self._gpu = gpu
        self._works: dict[str, Work] = {}
        self._store: JobStore | None = None
        self._lock: IO[bytes] | None = None
        self._opening = asyncio.Lock()
        self._laying = asyncio.Lock()
        self._disk = ThreadPoolExecutor(1, "jobs")
        self._reader = ThreadPoolExecutor(1, "jobs-read")
        self._settling = Settling(self._settled)
        self._previews = Previews()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def needs(self) -> frozenset[str]:
        """The engines that units of jobs need which workers could do now."""
        ready = (work.phase for work in self._works.values() if work.running and not work.rest_until_s)
        return frozenset(phase.engine for phase in ready if not phase.lays)

    async def start(self) -> None:
        """Go on with what is kept, if anything is. What is wrong with the folder is said when a job is asked for."""
        if (self._folder / "jobs.sqlite").exists():
            try:
                await self._open()
            except LightbrushError as error:
                log.warning("jobs are not kept: %s", error)

    async def stop(self) -> None:
        """Nothing that is cut short here counts as a failure."""
        self._stopped = True
        self.bulletin.close()
        tasks = [work.task for work in self._works.values() if work.task is not None]
        for work in self._works.values():
            work.halt()
        await asyncio.gather(*tasks, *self._tasks, return_exceptions=True)
        if self._store is not None:
            await self._do(self._store.close)
        self._disk.shutdown()
        self._reader.shutdown()
        if self._lock is not None:
            self._lock.close()

    # What people do

    # owner: of whose jobs it is asked, by its name; None: by whoever sees all. What is not theirs is job.missing.

    async def jobs(self, owner: str | None = None) -> list[Told]:
        """The oldest first."""
        if self._store is None and (self._folder / "jobs.sqlite").exists():
            await self._open()
        return [work.told() for work in self._works.values() if _is_theirs(work, owner)]

    def sees(self, owner: str | None, job_id: str) -> bool:
        work = self._works.get(job_id)
        return work is not None and _is_theirs(work, owner)

    async def job(self, job_id: str, owner: str | None = None) -> Told:
        return (await self._work(job_id, owner)).told()

    async def enhance(self, data: bytes, asked: Enhance, owner: str = "") -> Told:
        """A new job. data: the picture's file. Raises EnhanceError, ShotError, JobError, SettingsError:
        extra.missing."""
        await self._open()
        card = painter_of(asked, self._exchange.cards)
        request = await asyncio.to_thread(enhancement_of, data, asked, self._gpu_now, card)
        return await self._begin("enhance", request, request.count, data, asked.priority, owner)

    async def premiere(self, recording: Path, asked: Premiere, owner: str = "") -> Told:
        """A new job. recording: its file, which the job keeps. Raises RecordingError, EnhanceError, MediaError,
        ShotError, JobError, SettingsError: extra.missing."""
        await self._open()
        request = await asyncio.to_thread(film_of, recording, asked, self._gpu_now, self._exchange.cards)
        return await self._begin("premiere", request, request.count, recording, asked.priority, owner)

    async def _begin(
        self, kind: str, request: Request, count: int, source: bytes | Path, priority: float | None, owner: str
    ) -> Told:
        store, packed = await self._open(), msgspec.msgpack.encode(request)
        files = {units.SOURCE: source}
        job = await self._do(store.add, kind, units.ENGINE, packed, count, float(priority or 1), files, owner)
        work = self._works[job.id] = Work(job)
        self._set_to_work(work)
        return work.told()

    @property
    def _gpu_now(self) -> bool:
        """Whether workers that enlarge have one, or will."""
        devices = self._exchange.devices(units.ENGINE)
        return any(not device.startswith("CPU") for device in devices) if devices else self._gpu

    async def pause(self, job_id: str, owner: str | None = None) -> Told:
        work = await self._work(job_id, owner)
        return await self._change(work, (await self._open()).pause)

    async def resume(self, job_id: str, owner: str | None = None) -> Told:
        """A paused one goes on, of a failed one what failed is tried again."""
        store, work = await self._open(), await self._work(job_id, owner)
        return await self._change(work, store.retry if work.job.state is JobState.FAILED else store.resume)

    async def end(self, job_id: str, owner: str | None = None) -> Told | None:
        """Cancel it; one that has ended is removed with its result -> None."""
        store, work = await self._open(), await self._work(job_id, owner)
        if work.job.state in (JobState.RUNNING, JobState.PAUSED):
            return await self._change(work, store.cancel)
        if work.job.state is JobState.FAILED:
            await self._do(store.cancel, job_id)
        await self._do(store.remove, job_id)
        self._withdraw(work)
        self._works.pop(job_id, None)
        self._changed(work)
        return None

    async def preview(self, job_id: str, known: str, owner: str | None = None) -> tuple[str, bytes | None]:
        """-> its ETag, and a JPEG of the result as far as it is; None when that is what is `known`."""
        store, work = await self._open(), await self._work(job_id, owner)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PREVIEW_PATIENCE_S):
                while work.running and work.job.finished == 0:  # its source is being read
                    await work.happened.wait()
        if work.job.finished == 0 or work.job.state is JobState.CANCELLED:
            raise JobError("job.missing", "this job has no preview", value=f"{job_id}: {work.told().state}")
        tag = f'"{job_id}-{work.job.finished}"'
        if tag == known:
            return tag, None
        return tag, await asyncio.to_thread(self._previews.draw, store, work.job, work.request)

    async def source(self, job_id: str, owner: str | None = None) -> tuple[Path, str]:
        """-> the file of the picture that it is made from, and its media type."""
        store, work = await self._open(), await self._work(job_id, owner)
        path = store.folder(work.job.id) / units.SOURCE
        try:
            return path, pixels.media_type(await asyncio.to_thread(_start, path))
        except OSError:  # it was cancelled, and its files are gone
            raise JobError("job.missing", "this job has no source", value=f"{job_id}: {work.told().state}") from None

    async def result(self, job_id: str, owner: str | None = None) -> tuple[Path, str]:
        """-> the finished picture's file, and a name for it."""
        store, work = await self._open(), await self._work(job_id, owner)
        if work.job.state is not JobState.FINISHED:
            message = f"to have a job's result: expected done, got {work.told().state}"
            raise JobError("job.state", message, value=job_id, fix="Wait until it is done")
        return store.folder(job_id) / work.request.output, work.request.download

    # What the exchange asks and tells

    def unit(self, job: str, unit: int) -> Task:
        work = self._works[job]
        if not work.begun:
            work.begun = True
            self._changed(work)
        work.wake.set()
        return work.prepared.pop(unit)

    def check(self, job: str, unit: int, answer: Made) -> None:
        work = self._works.get(job)
        if work is not None:
            work.request.check(unit, answer)

    def finished(self, job: str, unit: int, answer: Made, spent_s: float) -> None:
        work = self._works.get(job)
        if work is None or self._stopped:
            return
        self._metrics.units_finished.labels(work.job.kind).inc()
        self._metrics.unit_seconds.labels(work.job.kind).inc(sum(answer.times_ms.values()) / 1000.0)
        self._metrics.unit_link_seconds.labels(work.job.kind).inc(spent_s)
        self._settle(work, Finished(job, unit, _kept(answer), spent_s))

    def failed(self, job: str, unit: int, problem: Problem) -> None:
        work = self._works.get(job)
        if work is not None and not self._stopped:
            self._settle(work, Failed(job, unit, problem))

    def lost(self, job: str, unit: int) -> None:
        work = self._works.get(job)
        if work is not None and not self._stopped:
            self._settle(work, Died(job, unit))

    # The store

    async def _open(self) -> JobStore:
        async with self._opening:
            if self._store is not None:
                return self._store
            store, kept = await self._do(self._opened)
            for job in kept:
                try:
                    self._works[job.id] = Work(job)
                except JobError as error:
                    log.warning("%s is left alone: %s", job.id, error)
            self._store = store
        for work in self._works.values():
            if work.job.state is JobState.FINISHED:
                self._measure(work)
            if work.running:
                self._set_to_work(work)
        return store

    def _opened(self) -> tuple[JobStore, tuple[Job, ...]]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / "keeper.lock").open("wb")
        except OSError as error:
            raise JobError("job.store", "the folder of jobs cannot be used", value=str(error)) from None
        try:
            _lock(lock)
        except OSError:
            lock.close()
            fix = "End that gateway, or give this one another `data_folder`"
            raise JobError(
                "job.locked", "another gateway keeps the jobs of this folder", value=str(self._folder), fix=fix
            ) from None
        try:
            store = JobStore(self._folder)
            try:
                kept = store.jobs()
            except BaseException:
                store.close()
                raise
        except BaseException:
            lock.close()
            raise
        self._lock = lock
        return store, kept

    async def _work(self, job_id: str, owner: str | None = None) -> Work:
        if job_id not in self._works and (self._folder / "jobs.sqlite").exists():
            await self._open()
        work = self._works.get(job_id)
        if work is None or not _is_theirs(work, owner):
            raise JobError("job.missing", "no job of that id is kept", value=shorten(job_id))
        return work

    async def _change(self, work: Work, change: Callable[[str], Job]) -> Told:
        work.job = await self._do(change, work.job.id)
        self._withdraw(work)
        if work.running:
            self._set_to_work(work)
        self._changed(work)
        return work.told()

    async def _do(self, what: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        """On the thread that waits for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, lambda: what(*arguments, **named))

    async def _read(self, what: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        """On one that does not."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, lambda: what(*arguments, **named))

    def _settle(self, work: Work, outcome: Outcome) -> Awaitable[None]:
        """Note what became of a unit. When the disk does not take it, the unit is done again later. Whoever waits for
        that may be cancelled; it is noted all the same."""
        work.storing[outcome.unit] = len(outcome.result) if isinstance(outcome, Finished) else 0
        task = asyncio.create_task(self._stored(work, outcome))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return asyncio.shield(task)

    async def _stored(self, work: Work, outcome: Outcome) -> None:
        try:
            work.job = await self._settling.together(outcome)
            if work.job.state is JobState.FINISHED:
                self._measure(work)
            if isinstance(outcome, Finished):
                work.finished_one()
        except JobError as error:
            if error.code == "job.missing":  # it was removed meanwhile
                return
            log.warning("a unit of %s is not kept: %s", work.job.id, error)
            self._hinder(work, error.problem)
        finally:
            work.storing.pop(outcome.unit, None)
            work.wake.set()
        if not work.running:
            self._withdraw(work)
        self._changed(work)

    async def _settled(self, outcomes: list[Outcome]) -> Sequence[Job | Exception]:
        assert self._store is not None
        return await self._do(self._store.settle, outcomes)

    def _measure(self, work: Work) -> None:
        assert self._store is not None
        with contextlib.suppress(OSError):
            work.result_bytes = (self._store.folder(work.job.id) / work.request.output).stat().st_size

    # Work

    def _set_to_work(self, work: Work) -> None:
        if not self._stopped and work.task is None:
            work.task = asyncio.create_task(self._run(work), name=work.job.id)
        self._changed(work)

    def _withdraw(self, work: Work) -> None:
        work.halt()
        self._exchange.withdraw_units(work.job.id)

    def _hinder(self, work: Work, problem: Problem) -> None:
        work.hinder(problem, _FIRST_REST_S, _LONGEST_REST_S)
        self._exchange.withdraw_units(work.job.id)

    async def _run(self, work: Work) -> None:
        """Until it no longer runs: phase after phase."""
        while work.running:
            work.wake.clear()
            try:
                wait_s = work.rest_until_s - time.monotonic()
                if wait_s <= 0.0:
                    work.rest_until_s = 0.0
                    phase = work.phase
                    wait_s = await (self._lay(work, phase) if phase.lays else self._offer(work, phase))
            except JobError as error:
                log.warning("%s cannot go on: %s", work.job.id, error)
                self._hinder(work, error.problem)
                self._changed(work)
                continue
            except Exception as error:  # no more memory for a process, no more files: it may be over soon
                log.exception("%s cannot go on", work.job.id)
                self._hinder(
                    work, Problem("job.fault", "something unforeseen is in the job's way", shorten(repr(error)))
                )
                self._changed(work)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s if wait_s > 0.0 else None):
                    await work.wake.wait()

    async def _ready(self, work: Work, phase: Phase, most: int) -> Ready:
        assert self._store is not None
        held = {*self._exchange.units_held(work.job.id), *work.storing, *work.prepared}
        return await self._read(ready, self._store, work.job.id, work.request, phase, most, held)

    async def _offer(self, work: Work, phase: Phase) -> float:
        """See that enough units are read ahead and offered -> in how many seconds to look again; 0: when woken."""
        assert self._store is not None
        ahead = _AHEAD * max(1, len(self._exchange.devices(phase.engine)))
        room = ahead - len(work.prepared)
        wait_s = 0.0
        storing_bytes = sum(work.storing.values())
        if room > 0 and len(work.storing) < _MOST_STORING and storing_bytes < _MOST_STORING_BYTES:
            ready = await self._ready(work, phase, room)
            wait_s = ready.wait_s
            work.prepared |= ready.sent
            if ready.unreadable is not None:
                await self._settle(work, ready.unreadable)
        if work.running:
            self._exchange.offer_units(work.job.id, phase.engine, tuple(work.prepared), work.job.priority)
        return wait_s

    async def _lay(self, work: Work, phase: Phase) -> float:
        assert self._store is not None
        async with self._laying:
            ready = await self._ready(work, phase, 1)
            if not ready.units:
                return ready.wait_s
            if not work.begun:
                work.begun = True
                self._changed(work)
            folder, started_s = self._store.folder(work.job.id), time.monotonic()
            status, told = await run_laying(folder, work.job, phase.step)
            job, unit, spent_s = work.job.id, phase.start, time.monotonic() - started_s
            if status == 0:
                await self._settle(work, Finished(job, unit, b"", spent_s))
                await self._do(work.request.drop, folder, phase.step)
            elif told is None:
                log.warning("laying files of %s ended with status %s", work.job.id, status)
                await self._settle(work, Died(job, unit))
            elif told.code == "enhance.disk":  # that is no fault of the job's
                raise JobError("job.disk", told.message, value=told.value, fix=told.fix)
            else:
                await self._settle(work, Failed(job, unit, told))
        return 0.0

    def _changed(self, work: Work) -> None:
        work.tell()
        self._metrics.jobs.set(sum(one.running for one in self._works.values()))
        if not self._stopped:
            self.bulletin.changed(work.job.id)

    def _told(self, job_id: str) -> Told | None:
        work = self._works.get(job_id)
        return None if work is None else work.told()


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _kept(answer: Made) -> bytes:
    """What is kept of it: a tile's pixels, a picture's file; of footage all, as it travels."""
    if isinstance(answer, EnlargedTile):
        return answer.pixels
    return answer.data if isinstance(answer, EncodedPicture) else wire.encode_footage(0, answer)


def _is_theirs(work: Work, owner: str | None) -> bool:
    return owner is None or work.job.owner == owner


def _lock(file: IO[bytes]) -> None:
    """Raises OSError when another process has it."""
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
