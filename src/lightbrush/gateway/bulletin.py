"""What is told of jobs to whoever listens, as server-sent events: `job` with a job's newest state, `gone` with its id.

Bounds: of a job the newest state waits for a listener, so as many as there are jobs; a job is told of at most every
`_SPACING_S`. Overflow rule: the newest wins, and the last state of a job is always told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Final

from lightbrush.gateway.events import Listeners, event

_SPACING_S: Final = 0.2


class Bulletin:
    """state: of a job, as it is told; None when it is gone."""

    def __init__(self, state: Callable[[str], object | None]) -> None:
        self._state = state
        self._listeners = Listeners[_Listener]()
        self._told_s: dict[str, float] = {}
        self._due: dict[str, asyncio.TimerHandle] = {}

    def changed(self, job_id: str) -> None:
        """Tell of it now, or when it is its turn."""
        loop = asyncio.get_running_loop()
        if job_id not in self._due:
            wait_s = self._told_s.get(job_id, 0.0) + _SPACING_S - loop.time()
            if wait_s > 0.0:
                self._due[job_id] = loop.call_later(wait_s, self._tell, job_id)
            else:
                self._tell(job_id)

    def close(self) -> None:
        """Every listener comes to its end."""
        for handle in self._due.values():
            handle.cancel()
        self._listeners.close()

    async def listen(self, known: list[str], sees: Callable[[str], bool] = lambda job: True) -> AsyncIterator[bytes]:
        """Events, as they are sent. known: jobs that are told of at once. sees: whether it may be told of a job that is
        kept; that one is gone is told of no other."""
        listener = _Listener(sees)
        for job_id in known:
            self._put(listener, job_id)
        async with aclosing(self._listeners.told(listener)) as told:
            async for events in told:
                yield events

    def _tell(self, job_id: str) -> None:
        self._due.pop(job_id, None)
        self._told_s[job_id] = asyncio.get_running_loop().time()
        for listener in self._listeners:
            self._put(listener, job_id)
        if self._state(job_id) is None:
            del self._told_s[job_id]

    def _put(self, listener: _Listener, job_id: str) -> None:
        state = self._state(job_id)
        if not (listener.told(job_id) if state is None else listener.may_see(job_id)):
            return
        listener.waiting[job_id] = event("gone", {"id": job_id}) if state is None else event("job", state)
        listener.wake.set()


class _Listener:
    def __init__(self, sees: Callable[[str], bool]) -> None:
        self._sees = sees
        self._known: set[str] = set()
        self.waiting: dict[str, bytes] = {}  # by job
        self.wake = asyncio.Event()

    def taken(self) -> bytes:
        waiting, self.waiting = self.waiting, {}
        return b"".join(waiting.values())

    def may_see(self, job_id: str) -> bool:
        if self._sees(job_id):
            self._known.add(job_id)
        return job_id in self._known

    def told(self, job_id: str) -> bool:
        """Whether it was ever told of it, which it will not be again."""
        known = job_id in self._known
        self._known.discard(job_id)
        return known
