"""What became of units, onto the disk together: what comes while the disk is busy is written next, all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from lightbrush.fleet.jobs import Job, Outcome


class Settling:
    """settle: writes them, and counts those whose results are there -> of each its job, or what went wrong
    (`JobStore.settle`); whatever it raises is raised by each who waits."""

    def __init__(self, settle: Callable[[list[Outcome]], Awaitable[Sequence[Job | Exception]]]) -> None:
        self._settle = settle
        self._arrived: list[tuple[Outcome, asyncio.Future[Job]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def together(self, outcome: Outcome) -> Job:
        """Onto the disk, with all else that has come when it is free. Raises JobError."""
        settled: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        self._arrived.append((outcome, settled))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush(), name="flush")
        return await settled

    async def _flush(self) -> None:
        while self._arrived:
            batch, self._arrived = self._arrived, []
            jobs: Sequence[Job | Exception]
            try:
                jobs = await self._settle([outcome for outcome, _ in batch])
            except Exception as error:  # raised again by each who waits
                jobs = [error] * len(batch)
            for (_, settled), job in zip(batch, jobs, strict=True):
                if isinstance(job, Exception):
                    settled.set_exception(job)
                else:
                    settled.set_result(job)
        self._flushing = None
