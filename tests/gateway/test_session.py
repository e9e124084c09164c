"""A session's outbox: its order, its bounds, its overflow rules."""

from __future__ import annotations

import asyncio

import pytest

from lightbrush.gateway.session import Session, SessionState


def live() -> Session:
    session = Session("s")
    session.open(b"welcome")
    return session


class Reader:
    """A client that reads only when told to."""

    def __init__(self, session: Session) -> None:
        self.got: list[bytes] = []
        self.may_read = asyncio.Semaphore(0)
        self.read = asyncio.Event()
        self.task = asyncio.create_task(session.send_forever(self._send))

    async def _send(self, message: bytes) -> None:
        await self.may_read.acquire()
        self.got.append(message)
        self.read.set()

    async def take(self, count: int) -> list[bytes]:
        wanted = len(self.got) + count
        for _ in range(count):
            self.may_read.release()
        async with asyncio.timeout(5):
            while len(self.got) < wanted:
                self.read.clear()
                await self.read.wait()
        return self.got[-count:]


async def test_the_welcome_goes_first_then_status_then_problems_then_the_picture() -> None:
    session = live()
    session.put_picture(1, b"picture")
    session.put_problem(b"problem")
    session.put_status(b"status")
    assert await Reader(session).take(4) == [b"welcome", b"status", b"problem", b"picture"]


async def test_a_slow_reader_loses_pictures_and_gets_the_newest() -> None:
    session = live()
    reader = Reader(session)
    await reader.take(1)
    drops = [session.put_picture(n, b"%d" % n) for n in range(1, 101)]
    assert drops == [None] + ["slow reader"] * 99
    assert await reader.take(1) == [b"100"]


async def test_a_picture_is_seen_when_it_was_sent_and_one_that_is_dropped_never() -> None:
    session, seen = live(), []
    reader = Reader(session)
    await reader.take(1)
    for n in range(1, 4):
        session.put_picture(n, b"%d" % n, lambda n=n: seen.append(n))  # type: ignore[misc]
    session.put_picture(1, b"late", lambda: seen.append(0))
    await asyncio.sleep(0)
    assert seen == []
    assert await reader.take(1) == [b"3"]
    session.put_status(b"status")
    await reader.take(1)
    assert seen == [3]
    session.put_picture(4, b"4", lambda: seen.append(4))
    session.close()
    reader.may_read.release()
    await reader.task
    assert seen == [3]


async def test_a_picture_older_than_one_already_put_is_late() -> None:
    session = live()
    assert session.put_picture(2, b"2") is None
    assert session.put_picture(1, b"1") == "late"
    assert await Reader(session).take(2) == [b"welcome", b"2"]


async def test_only_the_last_sixteen_problems_and_the_last_status_are_kept() -> None:
    session = live()
    for n in range(100):
        session.put_problem(b"p%d" % n)
        session.put_status(b"s%d" % n)
    got = await Reader(session).take(18)
    assert got == [b"welcome", b"s99", *(b"p%d" % n for n in range(84, 100))]


async def test_a_closed_session_takes_nothing_more_and_its_sender_ends() -> None:
    session = live()
    reader = Reader(session)
    await reader.take(1)
    session.close()
    assert session.put_picture(1, b"picture") == "late"
    session.put_problem(b"problem")
    session.put_status(b"status")
    async with asyncio.timeout(5):
        await reader.task
    assert reader.got == [b"welcome"]


def test_opening_twice_says_what_state_it_is_in() -> None:
    session = live()
    with pytest.raises(RuntimeError, match="expected a session that is opening, got one that is live"):
        session.open(b"again")
    assert session.state is SessionState.LIVE


async def test_frames_of_one_block_follow_each_other_and_a_slow_reader_loses_the_old_ones() -> None:
    session = live()
    assert [session.put_picture(3, b"frame %d" % i) for i in range(3)] == [None, "slow reader", "slow reader"]
    assert session.put_picture(2, b"of the block before") == "late"
    assert await Reader(session).take(2) == [b"welcome", b"frame 2"]
