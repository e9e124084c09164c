"""One job, as the gateway sees it while it runs: what is told of it, and what of its units is under way."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Final, Literal

import msgspec

from lightbrush.enhance.units import Enhancement, Phase
from lightbrush.errors import Problem
from lightbrush.fleet import kinds
from lightbrush.fleet.jobs import Job, JobState
from lightbrush.fleet.kinds import Request
from lightbrush.premiere.units import Film
from lightbrush.shots import Prompt, Task

State = Literal["waiting", "running", "paused", "done", "failed", "cancelled"]

_STATES: Final[dict[JobState, State]] = {
    JobState.RUNNING: "running",
    JobState.PAUSED: "paused",
    JobState.FINISHED: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}
#: Of so many units the pace is measured.
_PACE_UNITS: Final = 64


class Fault(msgspec.Struct, frozen=True):
    code: str
    message: str


class Painted(msgspec.Struct, frozen=True):
    """How a job paints anew, as it was asked."""

    engine: str
    creativity: float
    resemblance: float
    clarity: float
    prompts: tuple[Prompt, ...]
    seed: int


class Filmed(msgspec.Struct, frozen=True):
    """What a job makes of a recording. pictures: rendered and made larger. fps: 0 for the times at which they were
    seen. steps: 0 for those of each shot."""

    recording: str
    pictures: int
    seconds: float
    fps: float
    steps: int


class Told(msgspec.Struct, frozen=True):
    """A job as JSON (docs/jobs.md). seconds_left: at the pace of the last units; null while that is not known.
    creative: null where nothing is painted anew. premiere: null where nothing is filmed. source_url: from where the
    page is."""

    id: str
    kind: str
    state: State
    units: int
    units_done: int
    seconds_left: float | None
    created_ms: int
    width_px: int
    height_px: int
    source_width_px: int
    source_height_px: int
    to: str
    model: str
    format: str
    bytes: int | None
    error: Fault | None
    priority: int | float
    creative: Painted | None
    premiere: Filmed | None
    source_sha256: str
    source_url: str
    owner: str


class Work:
    """prepared: units that may start, with what a worker needs. storing: units whose answers are on their way to the
    disk, and their bytes. begun: something of it was started since it was last set to work. hindrance: why its results
    cannot be kept now, and until when nothing more of it starts. wake: its task looks again. happened: set, and made
    anew, when it has changed."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.request = kinds.read(job.kind, job.request)
        self.prepared: dict[int, Task] = {}
        self.storing: dict[int, int] = {}
        self.begun = False
        self.hindrance: Problem | None = None
        self.rest_until_s = 0.0
        self.rest_s = 0.0
        self.result_bytes: int | None = None
        self.wake = asyncio.Event()
        self.happened = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self._paces: deque[float] = deque(maxlen=_PACE_UNITS)  # when the last units were finished

    @property
    def phase(self) -> Phase:
        """That of its next units."""
        return next(phase for phase in self.request.phases if self.job.finished < phase.stop)

    @property
    def running(self) -> bool:
        return self.job.state is JobState.RUNNING

    def finished_one(self) -> None:
        self._paces.append(time.monotonic())
        self.hindrance, self.rest_until_s, self.rest_s = None, 0.0, 0.0

    def hinder(self, problem: Problem, first_s: float, longest_s: float) -> None:
        """Rest, twice as long as the time before; one rest for all that fails meanwhile."""
        self.hindrance = problem
        self.prepared.clear()
        if time.monotonic() < self.rest_until_s:
            return
        self.rest_s = min(longest_s, 2.0 * self.rest_s or first_s)
        self.rest_until_s = time.monotonic() + self.rest_s

    def tell(self) -> None:
        """Something of it has changed: those who wait for that go on."""
        self.happened.set()
        self.happened = asyncio.Event()

    def halt(self) -> None:
        """Nothing of it starts any more."""
        self.prepared.clear()
        self._paces.clear()
        self.begun = False
        if self.task is not None and self.task is not asyncio.current_task():  # which ends by itself
            self.task.cancel()
        self.task = None

    def told(self) -> Told:
        job, request = self.job, self.request
        state = _STATES[job.state]
        if state == "running" and (not self.begun or self.hindrance is not None):
            state = "waiting"
        problem = job.problem or self.hindrance
        return Told(
            id=job.id,
            kind=job.kind,
            state=state,
            units=job.units,
            units_done=job.finished,
            seconds_left=self._seconds_left() if state == "running" else None,
            created_ms=round(job.created_s * 1000.0),
            width_px=request.size.width,
            height_px=request.size.height,
            source_width_px=request.source.width,
            source_height_px=request.source.height,
            to=request.to,
            model=request.model,
            format=request.format,
            bytes=self.result_bytes if state == "done" else None,
            error=None if problem is None else Fault(problem.code, problem.message),
            priority=int(job.priority) if job.priority.is_integer() else job.priority,
            creative=_painted(request),
            premiere=_filmed(request),
            source_sha256=request.picture,
            source_url=f"api/jobs/{job.id}/source",
            owner=job.owner,
        )

    def _seconds_left(self) -> float | None:
        if len(self._paces) < 2:
            return None
        each_s = max(
            (self._paces[-1] - self._paces[0]) / (len(self._paces) - 1),
            (time.monotonic() - self._paces[0]) / len(self._paces),
        )
        return round((self.job.units - self.job.finished) * each_s, 1)


def _filmed(request: Request) -> Filmed | None:
    if not isinstance(request, Film):
        return None
    return Filmed(request.recording, len(request.cues), request.seconds, request.fps, request.steps)


def _painted(request: Request) -> Painted | None:
    painting = request.painting if isinstance(request, Enhancement) else None
    if painting is None:
        return None
    wishes = painting.wishes
    return Painted(
        engine=painting.engine,
        creativity=wishes.creativity,
        resemblance=wishes.resemblance,
        clarity=wishes.clarity,
        prompts=wishes.prompts,
        seed=wishes.seed,
    )
