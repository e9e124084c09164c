"""Who listens hears of every job, its newest state, not too often, and always the last."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from lightbrush.gateway.bulletin import Bulletin
from tests.harness import LIMIT_S


async def heard(stream: AsyncIterator[bytes]) -> list[tuple[str, object]]:
    async with asyncio.timeout(LIMIT_S):
        text = (await anext(stream)).decode()
    events = []
    for block in text.strip().split("\n\n"):
        event, data = block.split("\n")
        events.append((event.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


async def test_a_listener_hears_at_once_of_what_is_kept_and_then_of_what_changes() -> None:
    states: dict[str, object | None] = {"a": 1, "b": 2}
    bulletin = Bulletin(states.get)
    stream = bulletin.listen(["a", "b"])
    assert await heard(stream) == [("job", 1), ("job", 2)]
    states["a"] = 3
    bulletin.changed("a")
    assert await heard(stream) == [("job", 3)]


async def test_of_many_changes_the_last_is_told_and_few_others() -> None:
    states: dict[str, object | None] = {"a": 0}
    bulletin = Bulletin(states.get)
    stream = bulletin.listen([])
    told: list[object] = []
    listening = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)  # it listens
    for count in range(1, 1001):
        states["a"] = count
        bulletin.changed("a")
    told.append((await listening).decode())
    while "data: 1000\n" not in str(told[-1]):
        told.append((await anext(stream)).decode())
    assert len(told) <= 3


async def test_what_is_gone_is_told_once_and_a_listener_ends_when_the_gateway_does() -> None:
    states: dict[str, object | None] = {"a": 0}
    bulletin = Bulletin(states.get)
    stream = bulletin.listen(["a"])
    await heard(stream)
    del states["a"]
    bulletin.changed("a")
    assert await heard(stream) == [("gone", {"id": "a"})]
    bulletin.close()
    async with asyncio.timeout(LIMIT_S):
        assert [chunk async for chunk in stream] == []
