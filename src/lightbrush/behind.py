"""Work that is done behind its caller's back: by one thread, in order, and never much of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

#: What a piece of work that waits takes beside what it holds.
_OWN_BYTES: Final = 2048


class Behind:
    """A thread that does what it is given, one piece after the other, while the caller goes on.

        with Behind(most_bytes=2 * frame.nbytes) as behind:
            for frame in frames:
                behind.give(partial(write, frame), frame.nbytes)

    When the block ends well all of it has been done. When an error ends it, what has not begun is dropped and what has
    is waited for. Either way the thread has ended. The first error of the work is raised by a later `give`, or at the
    end.
    """

    def __init__(self, most_bytes: int) -> None:
        """most_bytes: what may be held by all that is not done yet. Who gives more waits; nothing is dropped."""
        self._most_bytes, self._held_bytes = most_bytes, 0
        self._given: deque[tuple[Future[None], int]] = deque()
        self._thread = ThreadPoolExecutor(1, "behind")

    def give(self, work: Callable[[], None], holds_bytes: int) -> None:
        """Waits until there is room. What holds more than all the room is given when nothing else is."""
        holds_bytes += _OWN_BYTES
        while self._given and self._held_bytes + holds_bytes > self._most_bytes:
            self._end_first()
        self._given.append((self._thread.submit(work), holds_bytes))
        self._held_bytes += holds_bytes

    def _end_first(self) -> None:
        done, held_bytes = self._given.popleft()
        self._held_bytes -= held_bytes
        done.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        try:
            while kind is None and self._given:
                self._end_first()
        finally:
            self._thread.shutdown(cancel_futures=True)
