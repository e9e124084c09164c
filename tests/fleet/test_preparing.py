"""A worker gets ready for sizes between pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lightbrush import wire
from lightbrush.fleet.preparing import Preparing
from lightbrush.shots import Frame, Picture, Size
from lightbrush.wire import Prepare


class Engine:
    def __init__(self, shares: tuple[float, ...] = (0.5, 1.0), error: Exception | None = None) -> None:
        self.asked: list[Size] = []
        self._shares, self._error = shares, error

    card = device = ""

    def render(self, shot: Frame) -> Picture:
        raise NotImplementedError

    def prepare(self, size: Size) -> Iterator[float]:
        self.asked.append(size)
        yield self._shares[0]
        if self._error is not None:
            raise self._error
        yield from self._shares[1:]


def told(preparing: Preparing) -> list[tuple[int, float]]:
    found = []
    for data in preparing.piece():
        message = wire.unpack(data)
        found.append((message.seq, wire.decode_prepared(message).share))
    return found


def preparing_of(engine: Any) -> Preparing:
    return Preparing({"slow": engine})


def prepare(engine: str = "slow", side: int = 64) -> Prepare:
    return Prepare(engine=engine, width=side, height=side)


def test_a_piece_at_a_time_in_the_order_asked() -> None:
    engine = Engine()
    preparing = preparing_of(engine)
    assert not preparing.waits
    preparing.ask(1, prepare(side=64))
    preparing.ask(2, prepare(side=128))
    seen = []
    while preparing.waits:
        seen += told(preparing)
    assert seen == [(1, 0.5), (1, 1.0), (2, 0.5), (2, 1.0)]
    assert engine.asked == [Size(64, 64), Size(128, 128)]


@pytest.mark.parametrize("name", ["plain", "unknown"])
def test_an_engine_without_anything_to_do_is_done(name: str) -> None:
    preparing = Preparing({"plain": object()})  # type: ignore[dict-item]
    preparing.ask(1, prepare(name))
    assert told(preparing) == [(1, 1.0)]


def test_what_fails_is_left_to_the_first_picture(caplog: pytest.LogCaptureFixture) -> None:
    preparing = preparing_of(Engine(error=RuntimeError("no memory")))
    preparing.ask(1, prepare())
    assert [*told(preparing), *told(preparing)] == [(1, 0.5), (1, 1.0)]
    assert "no memory" in caplog.text
    assert not preparing.waits


def test_too_many_at_once_are_told_that_they_are_done() -> None:
    engine = Engine()
    preparing = preparing_of(engine)
    for seq in range(10):
        preparing.ask(seq, prepare())
    seen = []
    while preparing.waits:
        seen += told(preparing)
    assert len(engine.asked) == 8
    assert seen[-2:] == [(8, 1.0), (9, 1.0)]
