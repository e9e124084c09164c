"""What workers were sent, and how long that took."""

from __future__ import annotations

import asyncio
import time

import pytest

from lightbrush.fleet.shelf import Shelf
from lightbrush.gateway.crew import Crew
from tests.harness import LIMIT_S


class Wire:
    device, beat_s, silent = "cpu", 0.0, False

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.sent: list[bytes] = []

    def send(self, message: bytes) -> None:
        self.sent.append(message)

    def close(self) -> None: ...


async def test_who_owes_one_of_several_answers_is_watched_until_it_comes() -> None:
    hangs: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    wire, crew = Wire(), Crew(0.05, hangs.set_result)
    crew.join("w", wire)
    began_s = time.monotonic()
    crew.send("w", "two", {}, b"together", b"one", b"two")
    assert wire.sent == [b"together", b"one", b"two"]
    first_s, second_s = (crew.answered("w", began_s + s, done=True, more=True) for s in (1.0, 2.0))
    assert second_s - first_s == pytest.approx(1.0)
    assert await asyncio.wait_for(hangs, LIMIT_S) == "w"
    crew.close()


class Silent(Wire):
    beat_s, silent = 0.005, True


async def test_who_prepares_for_a_size_may_be_silent_over_it() -> None:
    """A library that captures or compiles may hold all threads up."""
    hangs: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    looked = asyncio.Event()
    wire, crew = Silent(), Crew(LIMIT_S, hangs.set_result)
    crew.join("w", wire)
    crew.prepare("w", b"prepare")
    assert wire.sent == [b"prepare"]
    look = crew._look

    def looking(name: str) -> None:
        look(name)
        looked.set()

    crew._look = looking  # type: ignore[method-assign]
    crew._look_soon("w")
    await asyncio.wait_for(looked.wait(), LIMIT_S)
    assert not hangs.done()
    crew.prepared("w")
    assert await asyncio.wait_for(hangs, LIMIT_S) == "w"
    crew.close()
