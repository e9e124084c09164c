"""The log of a session: what is read is what was written, as far as it got."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lightbrush.errors import RecordingError
from lightbrush.fleet.worker import render
from lightbrush.premiere.log import Begin, Log, LogWriter, Mark
from tests.harness import ROOT, environment
from tests.premiere.sessions import ENGINE, LARGE, drawn, masked, of_regions, said, session


def test_every_shot_comes_back_with_all_that_it_names(tmp_path: Path) -> None:
    shots = [(100, drawn(1)), (133, masked(2)), (900, drawn(3, parameters={"light": 0.5})), (950, of_regions(4))]
    log = Log(session(tmp_path / "s", shots, {2500: "stopped"}, owner="ann"))
    assert [log.frame(shown) for shown in log.shown] == [shot for _, shot in shots]
    assert [shown.at_ms for shown in log.shown] == [100, 133, 900, 950]
    assert (log.begin.id, log.begin.owner, log.last, log.end_ms) == ("r-0123456789ab", "ann", "stopped", 2500)
    assert log.lost_bytes == 0


def test_of_a_picture_it_keeps_what_tells_it_from_others_and_not_its_pixels(tmp_path: Path) -> None:
    shot = drawn(1)
    (shown,) = Log(session(tmp_path / "s", [(0, shot)])).shown
    picture = render(shot, ENGINE, "w")
    assert shown.picture == hashlib.sha256(picture.data).digest()
    assert (shown.width, shown.height, shown.engine, shown.worker) == (64, 64, "blur", "w")
    assert picture.data not in (tmp_path / "s").read_bytes()


def test_a_sketch_or_a_picture_that_repeats_is_stored_once(tmp_path: Path) -> None:
    shot = masked(1)
    once = session(tmp_path / "once", [(0, shot)]).stat().st_size
    path = session(tmp_path / "often", [(at, shot) for at in range(0, 1000, 100)])
    assert path.stat().st_size < once + 9 * 500
    assert path.read_bytes().count(shot.sketch) == 1
    assert all(Log(path).frame(shown) == shot for shown in Log(path).shown)


@pytest.mark.parametrize("lost", [1, 30, 100])
def test_a_torn_record_costs_itself_alone_and_the_log_goes_on(tmp_path: Path, lost: int) -> None:
    shots = [(at, drawn(at)) for at in (1, 2, 3)]
    path = session(tmp_path / "s", shots)
    os.truncate(path, path.stat().st_size - lost)
    torn = Log(path)
    assert [torn.frame(shown) for shown in torn.shown] == [shot for _, shot in shots[:2]]
    assert torn.lost_bytes > 0
    writer = LogWriter.again(path, LARGE)
    writer.mark(Mark(at_ms=5, what="back"))
    writer.said(said(6, shots[0][1]))
    writer.close()
    again = Log(path)
    assert ([shown.at_ms for shown in again.shown], again.lost_bytes) == ([1, 2, 6], 0)
    assert again.frame(again.shown[-1]) == shots[0][1]


def test_a_log_can_be_read_wherever_it_was_cut_off(tmp_path: Path) -> None:
    whole = session(tmp_path / "s", [(at, drawn(at)) for at in (1, 2)], {3: "stopped"}).read_bytes()
    path = tmp_path / "cut"
    found = []
    for size in range(0, len(whole) + 1, 7):
        path.write_bytes(whole[:size])
        try:
            log = Log(path)
        except RecordingError:
            assert not found, "its beginning is not there"
            continue
        found.append(len(log.shown))
        for shown in log.shown:
            log.frame(shown)
    assert found == sorted(found)
    assert found[-1] == 2


def test_what_is_damaged_is_not_taken_for_a_shot(tmp_path: Path) -> None:
    shot = drawn(1)
    path = session(tmp_path / "s", [(1, shot), (2, drawn(2))])
    data = bytearray(path.read_bytes())
    at = data.index(shot.sketch) + 40
    data[at] ^= 255
    path.write_bytes(data)
    log = Log(path)
    with pytest.raises(RecordingError, match=r"recording\.format"):
        log.frame(log.shown[0])
    assert log.frame(log.shown[1]) == drawn(2)


@pytest.mark.parametrize("data", [b"", b"MZ" * 100, b"LBREC\x00\x00\x02" + bytes(50), b"LBREC\x00\x00\x01"])
def test_what_is_no_log_is_said(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "s").write_bytes(data)
    with pytest.raises(RecordingError, match=r"recording\.format"):
        Log(tmp_path / "s")
    with pytest.raises(RecordingError, match=r"recording\.format"):
        Log(tmp_path / "not there")


def test_a_log_that_is_full_takes_no_picture_more_and_can_say_so(tmp_path: Path) -> None:
    one = session(tmp_path / "one", [(1, drawn(1))]).stat().st_size
    writer = LogWriter(tmp_path / "s", Begin(id="r-0123456789ab", started_ms=1), one + 200)
    assert writer.said(said(1, drawn(1)))
    assert not writer.said(said(2, drawn(2)))
    assert not writer.said(said(3, drawn(1))), "though its sketch is there: nothing is left out in the middle"
    writer.mark(Mark(at_ms=3, what="full"))
    writer.close()
    log = Log(tmp_path / "s")
    assert ([shown.at_ms for shown in log.shown], log.last) == ([1], "full")


def test_a_disk_that_is_full_leaves_a_log_that_is_whole(tmp_path: Path) -> None:
    """Of a process that may write files of so many bytes and no more."""
    program = """
import resource, signal, sys
from pathlib import Path
from tests.premiere.sessions import LARGE, drawn, said
from lightbrush.premiere.log import Begin, LogWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = LogWriter(Path(sys.argv[1]), Begin(id="r-0123456789ab", started_ms=1), LARGE)
words = [said(at, drawn(at)) for at in range(1, 9)]
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
for one in words:
    try:
        kept = writer.said(one)
    except OSError:
        print("refused")
    else:
        print("kept" if kept else "over")
"""
    path = tmp_path / "s"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, env=environment(), cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.split()
    kept = told.index("refused")
    assert 0 < kept < 8
    assert told == ["kept"] * kept + ["refused"] + ["over"] * (7 - kept)
    log = Log(path)
    assert (len(log.shown), log.lost_bytes) == (kept, 0)


def test_a_log_is_not_written_over_another(tmp_path: Path) -> None:
    path = session(tmp_path / "s", [(1, drawn(1))])
    with pytest.raises(FileExistsError):
        LogWriter(path, Begin(id="r-0123456789ab", started_ms=1), LARGE)
    assert len(Log(path).shown) == 1
