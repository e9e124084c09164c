"""Who waits for which size to be prepared for, and how far each worker is.

Bound: one of each session, the newest. A worker that joins later is not waited for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import msgspec

from lightbrush.gateway.unit_calls import SEQ_MASK


class Told(msgspec.Struct, frozen=True):
    """What a session is told. seq: its own number. share: of the worker that is least far."""

    session: str
    seq: int
    share: float


class _Asked(msgspec.Struct):
    session: str
    seq: int
    shares: dict[str, float]

    def told(self) -> Told:
        return Told(self.session, self.seq, min(self.shares.values(), default=1.0))


class Preparations:
    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._asked: dict[int, _Asked] = {}

    def ask(self, session: str, seq: int, workers: Iterable[str]) -> tuple[int, Told]:
        """-> the number that workers know it by, and what is told of it now: that all is done, where there is nobody to
        do it."""
        self.leave(session)
        number = next(self._numbers) & SEQ_MASK
        asked = _Asked(session, seq, dict.fromkeys(workers, 0.0))
        if asked.shares:
            self._asked[number] = asked
        return number, asked.told()

    def progressed(self, worker: str, number: int, share: float) -> Told | None:
        """None of what nobody waits for any more."""
        asked = self._asked.get(number)
        if asked is None or worker not in asked.shares:
            return None
        asked.shares[worker] = share
        return self._settled(number)

    def lost(self, worker: str) -> Iterator[Told]:
        """It is gone: the others are waited for."""
        for number in [n for n, asked in self._asked.items() if worker in asked.shares]:
            del self._asked[number].shares[worker]
            yield self._settled(number)

    def waits_for(self, worker: str) -> bool:
        return any(asked.shares.get(worker, 1.0) < 1.0 for asked in self._asked.values())

    def leave(self, session: str) -> None:
        self._asked = {n: asked for n, asked in self._asked.items() if asked.session != session}

    def _settled(self, number: int) -> Told:
        told = self._asked[number].told()
        if told.share >= 1.0:
            del self._asked[number]
        return told
