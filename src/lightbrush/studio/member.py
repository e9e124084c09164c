"""One connection to a room: what goes out to it is here. The outbox has a bound for each kind of message, and a named
overflow rule:

    problems    at most 8, the oldest goes
    updates     at most OUTBOX_BYTES; beyond it they are dropped and the member is resynced: when its socket takes
                messages again, it gets all that it lacks as one update, by the state vector that it is known to have
    awareness   of each client the newest
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from lightbrush.errors import Problem
from lightbrush.studio import protocol
from lightbrush.studio.access import Access
from lightbrush.studio.protocol import Entry, Step

OUTBOX_BYTES: Final = 1024 * 1024
_MAX_PROBLEMS: Final = 8
#: What of one member may wait for the disk before its next message is read; one change may be larger.
PENDING_BYTES: Final = 1024 * 1024
_MAX_PENDING: Final = 256


class Member:
    """name: what it calls itself. clients: of the document, that it speaks for. known: a state vector that it has, or
    will have by what was sent. lacks: an update of what a state vector lacks, and the vector that it leads to."""

    def __init__(self, access: Access, name: str, lacks: Callable[[bytes], Awaitable[tuple[bytes, bytes]]]) -> None:
        self.access = access
        self.name = name
        self.clients: set[int] = set()
        self.known = b"\x00"
        self.behind = False
        self.close_code: int | None = None
        self._lacks = lacks
        self._problems: deque[bytes] = deque(maxlen=_MAX_PROBLEMS)
        self._updates: deque[bytes] = deque()
        self._bytes = 0
        self._awareness: dict[int, Entry] = {}
        self._asked = False
        self._answers: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._pending: deque[tuple[asyncio.Future[None], int]] = deque()
        self._pending_bytes = 0

    async def wait_for_room(self, kept: asyncio.Future[None], size: int) -> None:
        """kept: done when a change of that many bytes is on the disk, or refused."""
        self._pending.append((kept, size))
        self._pending_bytes += size
        while self._pending and (
            self._pending[0][0].done() or self._pending_bytes > PENDING_BYTES or len(self._pending) > _MAX_PENDING
        ):
            await self._first()

    async def settled(self) -> None:
        """Until every change that it sent is on the disk, or refused."""
        while self._pending:
            await self._first()

    async def _first(self) -> None:
        kept, size = self._pending[0]
        await asyncio.wait([kept])
        if self._pending and self._pending[0][0] is kept:
            self._pending.popleft()
            self._pending_bytes -= size

    @property
    def open(self) -> bool:
        return self.close_code is None

    @property
    def waiting_bytes(self) -> int:
        return self._bytes

    def put_problem(self, problem: Problem) -> None:
        self._problems.append(protocol.denied(problem))
        self._wake.set()

    def put_update(self, message: bytes) -> bool:
        """-> whether it, and all that waited, was dropped."""
        if self.behind or not self.open:
            return False
        self._updates.append(message)
        self._bytes += len(message)
        self._wake.set()
        if self._bytes <= OUTBOX_BYTES:
            return False
        self._updates.clear()
        self._bytes = 0
        self.behind = True
        return True

    def put_awareness(self, entry: Entry) -> None:
        self._awareness[entry.client] = entry
        self._wake.set()

    def ask_state(self, state: bytes) -> None:
        """Ask it what we lack."""
        self._answers.append(protocol.sync(Step.STEP_1, state))
        self._wake.set()

    def answer(self, state: bytes) -> None:
        """It said what it has: it gets what it lacks, at once or with what waits. Only the last question counts."""
        self.known = state
        self._asked = True
        self._wake.set()

    def close(self, code: int) -> None:
        """What waits of problems is still sent."""
        if self.open:
            self.close_code = code
            self._updates.clear()
            self._wake.set()

    async def send_forever(self, send: Callable[[bytes], Awaitable[None]]) -> int:
        """send: writes one message, returning when the transport can take another. -> the code to close with."""
        while True:
            message = await self._take()
            if message is not None:
                await send(message)
            elif self.close_code is not None:
                return self.close_code
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _take(self) -> bytes | None:
        """The next message to send, in order of weight."""
        if self._problems:
            return self._problems.popleft()
        if self.close_code is not None:
            return None
        if self._answers:
            return self._answers.popleft()
        if self._asked or self.behind:
            # What waits is in the answer too. What comes meanwhile waits behind it; twice does no harm.
            step = Step.STEP_2 if self._asked else Step.UPDATE
            self._asked = self.behind = False
            self._updates.clear()
            self._bytes = 0
            update, self.known = await self._lacks(self.known)
            return protocol.sync(step, update)
        if self._updates:
            message = self._updates.popleft()
            self._bytes -= len(message)
            return message
        if self._awareness:
            waiting, self._awareness = self._awareness, {}
            return protocol.awareness(waiting.values())
        return None
