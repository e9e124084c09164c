"""Pictures of jobs as far as they are, which sharpen tile by tile.

Bound: the canvases of `_MOST` jobs are kept, each of at most `units.PREVIEW_PX` a side. Overflow rule: the one that was
asked for least recently goes, and is painted anew from the disk when it is asked for again.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from lightbrush import pixels
from lightbrush.enhance import units
from lightbrush.errors import JobError
from lightbrush.fleet.job_store import JobStore
from lightbrush.fleet.jobs import Job
from lightbrush.fleet.kinds import Request
from lightbrush.shots import Rgb

_MOST: Final = 4
_QUALITY: Final = 85


class Previews:
    """Any thread may ask."""

    def __init__(self) -> None:
        self._canvases: dict[str, _Canvas] = {}  # by job, the one asked for last at the end
        self._lock = threading.Lock()

    def draw(self, store: JobStore, job: Job, request: Request) -> bytes:
        """-> a JPEG. Raises JobError: job.missing while nothing is laid yet."""
        with self._lock:
            folder = store.folder(job.id)
            phases = request.phases
            phase = next((p for p in phases if job.finished < p.stop), None)
            step, start, stop = phases[-1].step, 0, 0
            if phase is not None:  # those that are about to be joined are of the stage before
                shown = phase if not phase.lays else phases[phases.index(phase) - 1]
                step, start, stop = shown.step, shown.start, shown.stop
            canvas = self._canvases.pop(job.id, None)
            if canvas is None or canvas.step != step:
                canvas = _Canvas(step, _first(folder, step, job.id))
            self._canvases[job.id] = canvas
            while len(self._canvases) > _MOST:
                del self._canvases[next(iter(self._canvases))]
            for unit in store.finished(job.id, start, stop):
                if unit not in canvas.painted:
                    try:
                        request.paste(canvas.picture, folder, unit, request.answer(folder, unit))
                    except (OSError, ValueError):  # joined meanwhile; the next preview begins with that
                        break
                    canvas.painted.add(unit)
            return pixels.encode(canvas.picture, "image/jpeg", _QUALITY)


class _Canvas:
    def __init__(self, step: int, picture: Rgb) -> None:
        self.step = step
        self.picture = picture
        self.painted: set[int] = set()


def _first(folder: Path, step: int, job_id: str) -> Rgb:
    try:
        with Image.open(units.preview_path(folder, step), formats=["PNG"]) as image:
            return np.array(image)
    except OSError as error:
        raise JobError("job.missing", "this job has no preview now", value=f"{job_id}: {error}") from None
