"""Server-sent events: those who listen to one source are told what waits for each of them, as soon as something does.

What waits, and how that is bounded, is the listener's: it is taken all at once when the one before has left.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Final, Generic, Protocol, TypeVar

import msgspec
from starlette.responses import StreamingResponse

#: So that a listener that has gone is noticed.
ALIVE_S: Final = 15.0


def event(name: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))


def response(events: AsyncIterator[bytes]) -> StreamingResponse:
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, headers=headers, media_type="text/event-stream")


class Listener(Protocol):
    """wake: set by whoever makes something wait for it."""

    @property
    def wake(self) -> asyncio.Event: ...

    def taken(self) -> bytes:
        """What waits, as events, and waits no longer; b"" where nothing does."""


L = TypeVar("L", bound=Listener)


class Listeners(Generic[L]):
    """spacing_s: so long after it was told something a listener is told nothing."""

    def __init__(self, spacing_s: float = 0.0) -> None:
        self._spacing_s = spacing_s
        self._there: set[L] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._there)

    def __iter__(self) -> Iterator[L]:
        return iter(self._there)

    def close(self) -> None:
        """Every one of them comes to its end."""
        self._closed = True
        for listener in self._there:
            listener.wake.set()

    async def told(self, listener: L, opening: bytes = b"") -> AsyncGenerator[bytes, None]:
        """Events, as they are sent, from the opening on. It is among the others from the first step until it ends."""
        self._there.add(listener)
        try:
            if opening:
                yield opening
            while not self._closed:
                try:
                    async with asyncio.timeout(ALIVE_S):
                        await listener.wake.wait()
                except TimeoutError:
                    yield b": alive\n\n"
                    continue
                listener.wake.clear()
                if events := listener.taken():
                    yield events
                    if self._spacing_s:
                        await asyncio.sleep(self._spacing_s)
        finally:
            self._there.discard(listener)
