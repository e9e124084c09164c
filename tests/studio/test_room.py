"""A room without sockets: what a slow reader costs, what is kept when, and what becomes of what cannot be."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map

from lightbrush.errors import RoomError
from lightbrush.studio import protocol
from lightbrush.studio.access import Access, Role
from lightbrush.studio.member import OUTBOX_BYTES, PENDING_BYTES, Member
from lightbrush.studio.protocol import Entry, Step, Sync
from lightbrush.studio.room import EMPTY, VERSION_EVERY_S, Limits, Room
from lightbrush.studio.store import Kept, Update
from lightbrush.studio.versions import MOST, SPACING_S, superfluous


class Disk:
    """The store's part, in memory. gate: commits wait for it."""

    def __init__(self) -> None:
        self.kept = Kept(seq=0, checkpoint=EMPTY, updates=())
        self.checkpoints = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.full = False

    async def document(self, room_id: str) -> Kept:
        return self.kept

    async def append(self, room_id: str, after: int, updates: list[Update], checkpoint: bytes | None) -> None:
        await self.gate.wait()
        if self.full:
            raise RoomError("room.disk", "there is no room for it")
        assert after == self.kept.seq
        last = after + len(updates)
        if checkpoint is None:
            news = tuple(update.data for update in updates)
            self.kept = Kept(seq=last, checkpoint=self.kept.checkpoint, updates=self.kept.updates + news)
        else:
            self.checkpoints += 1
            self.kept = Kept(seq=last, checkpoint=checkpoint, updates=())


async def opened(disk: Disk, clock: Callable[[], float] = lambda: 0.0, **limits: int) -> Room:
    room = Room("r-1", disk, Limits(**limits), clock)
    await room.load()
    return room


def access(role: Role = Role.EDITOR) -> Access:
    return Access(room="r-1", role=role, who="link:l-1", link="l-1")


class Author:
    """Makes updates one by one."""

    def __init__(self) -> None:
        self.doc: Doc[Any] = Doc()
        self._updates: list[bytes] = []
        self.doc.observe(lambda event: self._updates.append(event.update))

    def set(self, name: str, value: object) -> bytes:
        self.doc.get("params", type=Map)[name] = value
        return self._updates[-1]

    def draw(self, mark: str) -> bytes:
        self.doc.get("marks", type=Array).append(Map({"id": mark}))
        return self._updates[-1]


async def change(room: Room, member: Member, update: bytes) -> None:
    await room.receive(member, protocol.sync(Step.UPDATE, update))
    await member.settled()


async def taken(member: Member, doc: Doc[Any]) -> list[bytes]:
    """Read all that waits, into the document."""
    sizes = []
    while (data := await member._take()) is not None:
        message = protocol.read(data)
        if isinstance(message, Sync) and message.step is not Step.STEP_1:
            doc.apply_update(message.data)
            sizes.append(data)
    return sizes


async def test_a_reader_that_is_too_slow_costs_no_memory_and_gets_it_all_at_once() -> None:
    room, author = await opened(Disk()), Author()
    writer, slow = room.join(access(), "writer"), room.join(access(), "slow")
    for number in range(200):
        await change(room, writer, author.set("picture", bytes([number]) * 50_000))
        assert slow.waiting_bytes <= OUTBOX_BYTES
    assert slow.behind
    doc: Doc[Any] = Doc()
    messages = await taken(slow, doc)
    assert len(messages) == 1
    assert len(messages[0]) < 200_000
    await change(room, writer, author.set("last", 1))
    await taken(slow, doc)
    assert doc.get("params", type=Map).to_py() == author.doc.get("params", type=Map).to_py()


async def test_little_that_is_drawn_over_a_long_time_is_a_version_too() -> None:
    disk, author, now_s = Disk(), Author(), [0.0]
    disk.kept = Kept(seq=0, at_s=0.0, checkpoint=EMPTY, updates=())
    room = await opened(disk, lambda: now_s[0])
    writer = room.join(access(), "writer")
    await change(room, writer, author.draw("at once"))
    assert disk.checkpoints == 0
    now_s[0] = VERSION_EVERY_S
    await change(room, writer, author.draw("ten minutes later"))
    assert disk.checkpoints == 1
    await change(room, writer, author.draw("right after"))
    assert disk.checkpoints == 1


async def test_how_the_last_one_left_a_room_is_a_version() -> None:
    disk, author, now_s = Disk(), Author(), [0.0]
    disk.kept = Kept(seq=0, at_s=0.0, checkpoint=EMPTY, updates=())
    room = await opened(disk, lambda: now_s[0])
    writer = room.join(access(), "writer")
    await change(room, writer, author.draw("a"))
    await room.rest()
    assert disk.checkpoints == 0  # the one before is a moment old
    now_s[0] = SPACING_S
    await room.rest()
    assert (disk.checkpoints, disk.kept.seq, disk.kept.updates) == (1, 1, ())
    now_s[0] += SPACING_S
    await room.rest()
    assert disk.checkpoints == 1  # nothing was drawn since
    disk.full = True
    await change(room, writer, author.draw("b"))
    await room.rest()
    assert disk.checkpoints == 1


async def test_a_room_is_written_whole_every_hundred_updates() -> None:
    disk, author = Disk(), Author()
    room = await opened(disk)
    writer = room.join(access(), "writer")
    for number in range(250):
        await change(room, writer, author.draw(f"{number}"))
    assert disk.checkpoints == 2
    assert len(disk.kept.updates) == 50
    again = await opened(disk)
    doc: Doc[Any] = Doc()
    reader = again.join(access(), "reader")
    await again.receive(reader, protocol.sync(Step.STEP_1, doc.get_state()))
    await taken(reader, doc)
    assert doc.get("marks", type=Array).to_py() == author.doc.get("marks", type=Array).to_py()


async def test_nobody_hears_of_a_change_that_is_not_on_the_disk() -> None:
    disk, author = Disk(), Author()
    room = await opened(disk)
    writer, reader = room.join(access(), "writer"), room.join(access(), "reader")
    await taken(reader, Doc())
    disk.gate.clear()
    sending = asyncio.create_task(change(room, writer, author.draw("a")))
    asking = asyncio.create_task(room.receive(reader, protocol.sync(Step.STEP_1, b"\x00")))
    doc: Doc[Any] = Doc()
    reading = asyncio.create_task(taken(reader, doc))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not sending.done()
    assert doc.get_state() == b"\x00"
    disk.gate.set()
    await asyncio.gather(sending, asking, reading)
    await taken(reader, doc)
    assert len(doc.get("marks", type=Array)) == 1


async def test_a_slow_disk_does_not_slow_who_draws_and_holds_no_more_than_its_bound() -> None:
    disk, author = Disk(), Author()
    room = await opened(disk)
    writer = room.join(access(), "writer")
    disk.gate.clear()
    for number in range(100):  # none of these waits for the disk
        await room.receive(writer, protocol.sync(Step.UPDATE, author.draw(f"{number}")))
    large = [author.set("picture", bytes(PENDING_BYTES // 2)) for _ in range(3)]
    sending = asyncio.create_task(_all(room, writer, large))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not sending.done()
    disk.gate.set()
    await sending
    await room.receive(writer, protocol.sync(Step.STEP_1, b"\x00"))  # answered when all of it is kept
    assert disk.kept.seq == 103


async def _all(room: Room, member: Member, updates: list[bytes]) -> None:
    for update in updates:
        await room.receive(member, protocol.sync(Step.UPDATE, update))


async def test_a_full_disk_refuses_the_change_and_keeps_what_was() -> None:
    disk, author = Disk(), Author()
    room = await opened(disk)
    writer = room.join(access(), "writer")
    await change(room, writer, author.draw("kept"))
    disk.full = True
    await change(room, writer, author.draw("not kept"))
    assert writer.close_code == 4507
    disk.full = False
    reader = room.join(access(), "reader")
    await room.receive(reader, protocol.sync(Step.STEP_1, b"\x00"))
    doc: Doc[Any] = Doc()
    await taken(reader, doc)
    assert doc.get("marks", type=Array).to_py() == [{"id": "kept"}]


async def test_what_a_member_sent_before_it_was_shown_out_is_not_applied() -> None:
    disk, author = Disk(), Author()
    room = await opened(disk)
    writer, eve = room.join(access(), "writer"), room.join(access(), "eve")
    disk.gate.clear()
    first = asyncio.create_task(change(room, writer, author.draw("a")))
    await asyncio.sleep(0)
    late = asyncio.create_task(change(room, eve, Author().draw("b")))
    await asyncio.sleep(0)
    room.show_out(eve, RoomError("room.link", "this link was revoked"))
    disk.gate.set()
    await asyncio.gather(first, late)
    assert disk.kept.seq == 1


async def test_a_change_that_comes_before_the_one_it_follows_is_not_lost() -> None:
    disk, author = Disk(), Author()
    room = await opened(disk)
    writer = room.join(access(), "writer")
    first, second = author.draw("a"), author.draw("b")
    await change(room, writer, second)
    again = await opened(disk)
    await change(again, again.join(access(), "writer"), first)
    doc: Doc[Any] = Doc()
    reader = again.join(access(), "reader")
    await again.receive(reader, protocol.sync(Step.STEP_1, b"\x00"))
    await taken(reader, doc)
    assert doc.get("marks", type=Array).to_py() == [{"id": "a"}, {"id": "b"}]


async def test_an_answer_that_brings_nothing_new_is_not_written() -> None:
    disk, author = Disk(), Author()
    room = await opened(disk)
    writer = room.join(access(), "writer")
    author.draw("a")
    author.doc.get("marks", type=Array).clear()
    await change(room, writer, author.doc.get_update())
    assert disk.kept.seq == 1
    for _ in range(5):
        await change(room, writer, author.doc.get_update(author.doc.get_state()))
    assert disk.kept.seq == 1


async def test_awareness_that_waits_is_the_newest_of_each() -> None:
    room = await opened(Disk())
    writer, reader = room.join(access(Role.VIEWER), "writer"), room.join(access(Role.VIEWER), "reader")
    for clock in range(1, 1000):
        await room.receive(writer, protocol.awareness([Entry(7, clock, f'{{"at":{clock}}}')]))
    message = await reader._take()
    assert message is not None
    assert protocol.read(message) == protocol.Awareness((Entry(7, 999, '{"at":999}'),))
    assert await reader._take() is None


@given(st.binary(max_size=64))
def test_no_bytes_stop_the_reader_of_messages(data: bytes) -> None:
    with contextlib.suppress(RoomError):
        protocol.read(data)


@given(st.lists(st.tuples(st.integers(0, 2**53 - 1), st.integers(0, 2**32), st.just('{"a":1}')), max_size=5))
def test_awareness_survives_the_wire(told: list[tuple[int, int, str]]) -> None:
    entries = tuple(Entry(*one) for one in told)
    assert protocol.read(protocol.awareness(entries)) == protocol.Awareness(entries)


@given(st.lists(st.floats(0.1, 5000.0), min_size=1, max_size=300))
def test_versions_are_few_apart_and_the_newest_stays(steps: list[float]) -> None:
    times_s = [sum(steps[: i + 1]) for i in range(len(steps))]
    gone = set(superfluous(times_s, [10] * len(times_s), 10_000))
    kept = [time_s for i, time_s in enumerate(times_s) if i not in gone]
    assert kept[-1] == times_s[-1]
    assert len(kept) <= MOST
    assert all(b - a >= SPACING_S for a, b in pairwise(kept[:-1]))


def test_versions_have_a_largest_size() -> None:
    assert superfluous([0.0, 100.0, 200.0], [10, 10, 10], 20) == [0]
    assert superfluous([0.0, 100.0], [10, 100], 20) == [0]


@pytest.mark.parametrize("role", list(Role))
async def test_only_who_may_edit_is_asked_for_changes(role: Role) -> None:
    room = await opened(Disk())
    asked = await room.join(access(role), "")._take()
    assert (asked is None) == (role is Role.VIEWER)
