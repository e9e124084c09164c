"""Who is in, and who waits in which order. No I/O, no clock.

Bound: `max_queue` wait; the next is refused. Of what one sends while waiting the newest message is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lightbrush.errors import AccessError
from lightbrush.fleet import admission
from lightbrush.fleet.scaling import Load
from lightbrush.gateway.access import User


class Door:
    """user_sessions: how many one user may have, in and waiting; 0: any number."""

    def __init__(self, policy: admission.Policy, max_queue: int, user_sessions: int) -> None:
        self._policy = policy
        self._max_queue = max_queue
        self._user_sessions = user_sessions
        self._users: dict[str, str] = {}  # session -> user
        self._held: Counter[str] = Counter()  # user -> sessions
        self._queue: dict[str, bytes] = {}  # session -> its newest message

    @property
    def queue(self) -> tuple[str, ...]:
        """Those who wait, the next one first."""
        return tuple(self._queue)

    def check(self, user: User, loads: Sequence[Load], workers: int) -> None:
        """Raises AccessError when this user may not even wait."""
        if self._user_sessions and self._held[user.name] >= self._user_sessions:
            raise AccessError(
                "access.user",
                "one user may have so many sessions here and no more",
                value=self._user_sessions,
                fix="Close another page of yours, or raise the setting `user_sessions`",
            )
        if len(self._queue) >= self._max_queue and (self._queue or not self._room(loads, workers)):
            raise AccessError(
                "access.full",
                "the gateway holds as many sessions as it may",
                value=len(self._users),
                fix="Try again later, or raise the settings `max_sessions` or `max_queue`",
            )

    def arrive(self, session: str, user: User) -> None:
        """To the end of the queue; `admit` says whether it has to wait there."""
        self._users[session] = user.name
        self._held[user.name] += 1
        self._queue[session] = b""

    def leave(self, session: str) -> None:
        self._queue.pop(session, None)
        user = self._users.pop(session)
        self._held[user] -= 1
        if not self._held[user]:
            del self._held[user]

    def keep(self, session: str, message: bytes) -> bool:
        """-> whether it waits, and its message with it."""
        if session not in self._queue:
            return False
        self._queue[session] = message
        return True

    def admit(self, loads: Sequence[Load], workers: int) -> list[tuple[str, bytes]]:
        """-> those whose turn it is now, each with its newest message, if it sent one."""
        return [(session, self._queue.pop(session)) for session in self.queue[: self._room(loads, workers)]]

    def _room(self, loads: Sequence[Load], workers: int) -> int:
        return admission.room(len(self._users) - len(self._queue), loads, workers, self._policy)
