"""Whoever listens is told what waits, hears now and then that the gateway is alive, and is forgotten when gone."""

from __future__ import annotations

import asyncio

import pytest

from lightbrush.gateway import events
from lightbrush.gateway.events import Listeners, event
from tests.harness import LIMIT_S


class Page:
    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.waiting = b""

    def put(self, events: bytes) -> None:
        self.waiting += events
        self.wake.set()

    def taken(self) -> bytes:
        waiting, self.waiting = self.waiting, b""
        return waiting


def test_an_event_is_its_name_and_json_on_a_line() -> None:
    assert event("job", {"id": "a\nb"}) == b'event: job\ndata: {"id":"a\\nb"}\n\n'


async def test_what_comes_while_one_listens_is_told_together_after_the_opening() -> None:
    listeners, page = Listeners[Page](), Page()
    told = listeners.told(page, b"opening")
    assert not listeners
    async with asyncio.timeout(LIMIT_S):
        assert await anext(told) == b"opening"
        assert list(listeners) == [page]
        page.put(b"a")
        page.put(b"b")
        assert await anext(told) == b"ab"
        waits = asyncio.ensure_future(anext(told))
        await asyncio.sleep(0)  # it waits
        page.wake.set()  # for nothing
        await asyncio.sleep(0)
        page.put(b"c")
        assert await waits == b"c"


async def test_while_nothing_comes_it_hears_that_the_gateway_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "ALIVE_S", 0.0)
    listeners, page = Listeners[Page](), Page()
    told = listeners.told(page)
    async with asyncio.timeout(LIMIT_S):
        assert await anext(told) == b": alive\n\n"
        monkeypatch.setattr(events, "ALIVE_S", LIMIT_S)
        page.put(b"a")
        assert await anext(told) == b"a"


async def test_one_that_has_gone_is_forgotten_whether_it_waited_or_read() -> None:
    listeners = Listeners[Page]()
    reads = listeners.told(Page(), b"opening")
    await anext(reads)
    await reads.aclose()
    assert not listeners
    waits = asyncio.ensure_future(anext(listeners.told(Page())))
    await asyncio.sleep(0)  # it waits
    assert len(listeners) == 1
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    assert not listeners


async def test_at_the_end_each_is_told_what_still_waits_for_it_and_later_ones_nothing() -> None:
    listeners, page = Listeners[Page](), Page()
    told = listeners.told(page)
    last = asyncio.ensure_future(anext(told))
    await asyncio.sleep(0)  # it waits
    page.put(b"a")
    listeners.close()
    async with asyncio.timeout(LIMIT_S):
        assert await last == b"a"
        assert [each async for each in told] == []
        assert [each async for each in listeners.told(Page(), b"opening")] == [b"opening"]
    assert not listeners
