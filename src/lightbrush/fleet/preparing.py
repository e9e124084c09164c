"""What a worker does while nothing is asked of it: get ready for sizes that will be, piece by piece.

So a size's first picture stalls nobody: while it is prepared for, pictures of other sizes are rendered between two
pieces. Bound: `_MOST` are under way. Overflow rule: a further one is told that it is done; its first picture prepares
the rest.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

from lightbrush import wire
from lightbrush.engines.engine import Engine, PreparingEngine
from lightbrush.shots import Size
from lightbrush.wire import Prepare, Prepared

log = logging.getLogger("lightbrush.worker")

_MOST: Final = 8


class Preparing:
    def __init__(self, engines: Mapping[str, Engine]) -> None:
        self._engines = engines
        self._under_way: deque[tuple[int, Iterator[float]]] = deque()

    @property
    def waits(self) -> bool:
        return bool(self._under_way)

    def ask(self, seq: int, prepare: Prepare) -> None:
        """seq: that answers carry."""
        self._under_way.append((seq, self._pieces(prepare)))

    def piece(self) -> Iterator[bytes]:
        """One, of what was asked for first -> what is to be told of it."""
        seq, pieces = self._under_way[0]
        try:
            share = next(pieces, 1.0)
        except Exception:  # the first picture meets the same, and says it
            log.exception("a size cannot be prepared for")
            share = 1.0
        if share >= 1.0:
            self._under_way.popleft()
        yield wire.encode_prepared(seq, Prepared(share=share))

    def _pieces(self, prepare: Prepare) -> Iterator[float]:
        engine = self._engines.get(prepare.engine)
        if len(self._under_way) >= _MOST or not isinstance(engine, PreparingEngine):
            return iter(())
        return engine.prepare(Size(prepare.width, prepare.height))
