"""What ends a recording by itself: it is whole, and its session is told why."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lightbrush.errors import Problem, RecordingError
from lightbrush.gateway import recorder as module
from lightbrush.gateway.recorder import Recorder
from lightbrush.premiere.log import Log
from lightbrush.shots import Block, Still
from tests.premiere.sessions import drawn, masked, said

LARGE = 2**30


class Site:
    """A recorder, and what it told whom."""

    def __init__(self, folder: Path, one_bytes: int = LARGE, all_bytes: int = LARGE) -> None:
        self.folder = folder
        self.told: list[tuple[str, str]] = []
        self.happened = asyncio.Event()
        self.recorder = Recorder(folder, one_bytes, all_bytes, self._tell)

    def _tell(self, session: str, problem: Problem) -> None:
        self.told.append((session, problem.code))
        self.happened.set()

    def show(self, seed: int, session: str = "s-1") -> None:
        one = said(0, masked(seed) if seed % 2 else drawn(seed))
        self.recorder.shown(session, one.meta, one.payload, one.files, one.picture)

    def log(self, recording: str) -> Log:
        return Log(self.folder / f"{recording}.lbrec")


async def test_a_disk_that_is_too_slow_ends_it_and_leaves_nothing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path)
    told = await site.recorder.start("s-1", "")
    monkeypatch.setattr(module, "_MOST_WAITING_BYTES", 2 * len(drawn(0).sketch) + 2000)
    for seed in range(0, 40, 2):  # all before the loop hears of the first that is written
        site.show(seed)
    assert site.told == [("s-1", "recording.disk")]
    assert not site.recorder.records("s-1")
    await site.recorder.stop()
    log = site.log(told.id)
    assert (log.last, log.lost_bytes) == ("slow", 0)
    assert [log.frame(shown).seed for shown in log.shown] == [0, 2]


async def test_the_pictures_that_a_video_starts_from_count_as_what_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path)
    told = await site.recorder.start("s-1", "")
    monkeypatch.setattr(module, "_MOST_WAITING_BYTES", 100_000)
    for index in range(4):
        block = Block(engine="v", width=64, height=64, index=index, input=(Still(bytes([index]) * 30_000),))
        site.recorder.rendered("s-1", 1, block)
    assert site.told == [("s-1", "recording.disk")]
    await site.recorder.stop()
    log = site.log(told.id)
    assert [log.block(one).index for one in log.blocks] == [0, 1]


async def test_recordings_together_grow_no_larger_than_they_may(tmp_path: Path) -> None:
    site = Site(tmp_path, all_bytes=40_000)
    first, second = await site.recorder.start("s-1", ""), await site.recorder.start("s-2", "")
    for seed in range(0, 20, 2):
        site.show(seed, f"s-{1 + seed // 2 % 2}")
        await asyncio.sleep(0)
    await site.happened.wait()
    assert {code for _, code in site.told} == {"recording.full"}
    await site.recorder.stop()
    logs = [site.log(told.id) for told in (first, second)]
    assert all(log.shown and log.lost_bytes == 0 for log in logs)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 40_000 + 20_000


async def test_a_disk_that_takes_nothing_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(tmp_path)
    told = await site.recorder.start("s-1", "")
    site.show(2)
    await site.recorder.recordings("")  # behind it on the disk's thread

    def full(self: object, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lightbrush.premiere.log.LogWriter._write", full)
    site.show(4)
    await site.happened.wait()
    assert site.told == [("s-1", "recording.disk")]
    await site.recorder.stop()
    log = site.log(told.id)
    assert ([log.frame(shown).seed for shown in log.shown], log.last) == ([2], "")


async def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    site = Site(tmp_path / "file")
    with pytest.raises(RecordingError, match=r"recording\.disk"):
        await site.recorder.start("s-1", "")
    assert await site.recorder.recordings("") == []
    await site.recorder.stop()
