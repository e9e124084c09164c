"""How many results of a job's units a disk takes in a second: each waited for alone, and as many as there are together.

Units of 1 ms on two workers, each of which begins the next one at once: faster than any disk, so what is measured is
the disk, and what is made of it. Both ways take turns, in the same folder.
"""

from __future__ import annotations

import queue
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lightbrush.fleet.job_store import JobStore
from lightbrush.fleet.jobs import Finished, Job

_UNIT_S: Final = 0.001
_WORKERS: Final = 2
UNITS: Final = 400
_ROUNDS: Final = 5
#: Of a tile of 64 pixels, enlarged four times.
_RESULT_BYTES: Final = 256 * 256 * 3 * 2
#: Results that wait for the disk at most, as for a gateway.
_MOST_WAITING: Final = 64


def run(units: int = UNITS) -> dict[str, float]:
    """-> units a second, alone and together, and how many times as many that is: medians of the rounds."""
    with tempfile.TemporaryDirectory(prefix="lightbrush-bench-") as folder, _opened(Path(folder)) as store:
        rounds = [(_per_s(store, units, 1), _per_s(store, units, _MOST_WAITING)) for _ in range(_ROUNDS)]
    return {
        "results_per_s_alone": statistics.median(alone for alone, _ in rounds),
        "results_per_s": statistics.median(together for _, together in rounds),
        "results_gain": statistics.median(together / alone for alone, together in rounds),
    }


def _per_s(store: JobStore, units: int, most: int) -> float:
    """most: that are given to the disk at once."""
    job = store.add("bench", "", b"", units)
    came: queue.Queue[Finished] = queue.Queue(_MOST_WAITING)
    workers = [threading.Thread(target=_work, args=(job, came, first, units)) for first in range(_WORKERS)]
    started_s = time.perf_counter()
    for worker in workers:
        worker.start()
    kept = 0
    while kept < units:
        batch = [came.get()]
        while len(batch) < most and not came.empty():
            batch.append(came.get())
        store.settle(batch)
        kept += len(batch)
    took_s = time.perf_counter() - started_s
    for worker in workers:
        worker.join()
    store.remove(job.id)
    return units / took_s


def _work(job: Job, came: queue.Queue[Finished], first: int, units: int) -> None:
    result = bytes(_RESULT_BYTES)
    for unit in range(first, units, _WORKERS):
        time.sleep(_UNIT_S)
        came.put(Finished(job.id, unit, result, _UNIT_S))


@contextmanager
def _opened(folder: Path) -> Iterator[JobStore]:
    store = JobStore(folder)
    try:
        yield store
    finally:
        store.close()
