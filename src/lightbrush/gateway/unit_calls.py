"""Units of jobs as workers get them: numbered when they start, read when answered, told to who keeps the jobs."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, Protocol

from lightbrush import wire
from lightbrush.errors import Problem, WireError
from lightbrush.fleet.backlog import Doing
from lightbrush.fleet.dispatch import Start
from lightbrush.fleet.patience import like
from lightbrush.shots import Block, Frame, Made, Task
from lightbrush.wire import Kind, Message

#: Of the number that a message and its answer carry.
SEQ_MASK: Final = 0xFFFFFFFF


class Units(Protocol):
    """Whoever keeps the jobs: gives units to workers, and is told what became of them."""

    def unit(self, job: str, unit: int) -> Task:
        """One that was offered starts now."""

    def check(self, job: str, unit: int, answer: Made) -> None:
        """Raise ValueError when it is no answer to that unit."""

    def finished(self, job: str, unit: int, answer: Made, spent_s: float) -> None: ...

    def failed(self, job: str, unit: int, problem: Problem) -> None: ...

    def lost(self, job: str, unit: int) -> None:
        """Its worker died, or hung."""


class UnitCalls:
    """keeper: set before a unit is offered."""

    def __init__(self) -> None:
        self.keeper: Units | None = None
        self._seq = 0
        self._seqs: dict[str, int] = {}  # by worker

    @property
    def _units(self) -> Units:
        assert self.keeper is not None  # who else offered them?
        return self.keeper

    def start(self, start: Start) -> tuple[Hashable, dict[str, bytes], bytes]:
        """-> its like, the pictures that it names, by SHA-256, and what the worker is sent."""
        self._seq = self._seqs[start.worker] = (self._seq + 1) & SEQ_MASK
        unit = self._units.unit(start.job, start.unit)
        if isinstance(unit, Frame):
            named = {asset.sha256: asset.data for asset in unit.assets}
            return like(unit), named, wire.encode_shot(self._seq, unit)
        if isinstance(unit, Block):
            return like(unit), {}, wire.encode_block(self._seq, unit)
        return like(unit), {}, wire.encode_tile(self._seq, unit)

    def read(self, worker: str, doing: Doing, message: Message) -> Made | Problem:
        """Raises WireError when that is no answer to the unit that the worker has, which it then still has."""
        answer: Made | Problem
        if message.kind is Kind.PROBLEM:
            answer = wire.decode_problem(message)
        elif message.kind is Kind.PICTURE:
            answer = wire.decode_picture(message)
        elif message.kind is Kind.FOOTAGE:
            answer = wire.decode_footage(message)
        else:
            answer = wire.decode_enlarged(message)
        if self._seqs.get(worker) != message.seq:
            raise WireError("wire.meta", "a worker answered what it was not asked", value=message.seq)
        if not isinstance(answer, Problem):
            try:
                self._units.check(doing.job, doing.unit, answer)
            except ValueError as error:
                raise WireError("wire.meta", "a worker gave no answer to its unit", value=str(error)) from None
        del self._seqs[worker]
        return answer

    def tell(self, doing: Doing, answer: Made | Problem, spent_s: float) -> None:
        if isinstance(answer, Problem):
            self._units.failed(doing.job, doing.unit, answer)
        else:
            self._units.finished(doing.job, doing.unit, answer, spent_s)

    def lost(self, worker: str, doing: Doing) -> None:
        self._seqs.pop(worker, None)
        self._units.lost(doing.job, doing.unit)
