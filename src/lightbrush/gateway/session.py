"""One client's session: what it may send next is the exchange's business, what goes out to it is here.

The outbox has a bound for each kind of message, and a named overflow rule:

    status     one slot, the newest wins
    prepared   one slot, the newest wins
    problems   at most 16, the oldest goes
    pictures   one slot, the newest wins: a slow reader loses pictures, never our memory

`send_forever` is the only one that writes to the socket. It sends one message and then waits until the
transport has room again, so that at most one message and the transport's own small buffer are under way.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final

from lightbrush.gateway.access import NOBODY, User

_MAX_PROBLEMS: Final = 16


class SessionState(Enum):
    OPENING = "opening"
    LIVE = "live"
    CLOSED = "closed"


class Session:
    """place: in the queue that it was told last; 0: it was let in."""

    def __init__(self, session_id: str, user: User = NOBODY) -> None:
        self.id = session_id
        self.user = user
        self.place = 0
        self.state = SessionState.OPENING
        self._welcome: bytes | None = None
        self._status: bytes | None = None
        self._prepared: bytes | None = None
        self._problems: deque[bytes] = deque(maxlen=_MAX_PROBLEMS)
        self._picture: bytes | None = None
        self._seen: Callable[[], None] | None = None  # of that picture: called when it was sent
        self._shown_ticket = 0
        self._wake = asyncio.Event()

    def open(self, welcome: bytes) -> None:
        self._expect(SessionState.OPENING)
        self.state = SessionState.LIVE
        self._welcome = welcome
        self._wake.set()

    def close(self) -> None:
        self.state = SessionState.CLOSED
        self._welcome = self._status = self._prepared = self._picture = self._seen = None
        self._problems.clear()
        self._wake.set()

    def put_status(self, message: bytes) -> None:
        if self.state is SessionState.LIVE:
            self._status = message
            self._wake.set()

    def put_prepared(self, message: bytes) -> None:
        if self.state is SessionState.LIVE:
            self._prepared = message
            self._wake.set()

    def put_problem(self, message: bytes) -> None:
        if self.state is SessionState.LIVE:
            self._problems.append(message)
            self._wake.set()

    def put_picture(self, ticket: int, message: bytes, seen: Callable[[], None] | None = None) -> str | None:
        """-> why one was dropped: "late" (this one, a newer was put), "slow reader" (the one before).

        ticket: of the shot; frames of one block share it. seen: called when it was sent, if it is.
        """
        if self.state is not SessionState.LIVE or ticket < self._shown_ticket:
            return "late"
        self._shown_ticket = ticket
        dropped = None if self._picture is None else "slow reader"
        self._picture, self._seen = message, seen
        self._wake.set()
        return dropped

    async def send_forever(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """send: writes one message, returning when the transport can take another."""
        while self.state is not SessionState.CLOSED:
            message, seen = self._take()
            if message is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            await send(message)
            if seen is not None:
                seen()

    def _take(self) -> tuple[bytes | None, Callable[[], None] | None]:
        """The next message to send, in order of weight, and what to call when it was."""
        seen = None
        if self._welcome is not None:
            message, self._welcome = self._welcome, None
        elif self._status is not None:
            message, self._status = self._status, None
        elif self._prepared is not None:
            message, self._prepared = self._prepared, None
        elif self._problems:
            message = self._problems.popleft()
        elif self._picture is not None:
            message, self._picture = self._picture, None
            seen, self._seen = self._seen, None
        else:
            return None, None
        return message, seen

    def _expect(self, state: SessionState) -> None:
        if self.state is not state:
            raise RuntimeError(f"expected a session that is {state.value}, got one that is {self.state.value}")
