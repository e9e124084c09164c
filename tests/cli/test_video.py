"""`lightbrush video` on the tiny engine: real files, made again from what is in them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from lightbrush import pixels
from lightbrush.cli import app
from lightbrush.engines import wan, wan_loading
from lightbrush.errors import MediaError
from lightbrush.media import Mp4Writer, info, read
from lightbrush.models import Store
from lightbrush.shots import Size
from lightbrush.timeline import Recipe
from tests.cli.test_cli import LONG_S, called, lightbrush

pytestmark = pytest.mark.usefixtures("one_thread")

BLOOM = "examples/timelines/bloom.json"
SMALL = ("--engine", "tiny-random", "--size", "64x64", "--device", "cpu")


def made(*arguments: str, apart: bool = False) -> tuple[dict[str, Any], str]:
    """-> what it says to a program, and to people. apart: in a process of its own."""
    given = ("video", *arguments, "--json")
    done = lightbrush(*given, limit_s=LONG_S, OMP_NUM_THREADS="1") if apart else called(*given)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_a_video_is_made_again_from_itself(tmp_path: Path) -> None:
    first, again = tmp_path / "a folder that is not there yet" / "first.mp4", tmp_path / "again.mp4"
    told, said = made(
        "--timeline", BLOOM, "--engine", "tiny-random", "--seconds", "1.5", "--steps", "2", "-o", str(first), apart=True
    )
    assert "832x480 becomes 160x96" in said
    assert (told["frames"], told["width"], told["height"]) == (24, 160, 96)
    seen = info(first)
    assert (seen.size, seen.fps, seen.title) == (Size(160, 96), 16.0, "Bloom")
    assert sum(map(len, read(first))) == 24
    recipe = Recipe.decode(seen.recipe)
    assert recipe.timeline.steps == (1000, 500)
    assert recipe.timeline.model == "tiny-random"

    replayed, _ = made("--replay", str(first), "-o", str(again))
    assert replayed["frames_sha256"] == told["frames_sha256"]
    assert info(again).recipe == seen.recipe
    other, _ = made("--replay", str(first), "--seed", "5", "-o", str(again))
    assert other["frames_sha256"] != told["frames_sha256"]


def test_a_clip_is_changed_and_must_stay_what_it_was(tmp_path: Path) -> None:
    clip, out = tmp_path / "clip.mp4", tmp_path / "out.mp4"
    with Mp4Writer(clip, width=64, height=64, fps=16) as written:
        written.write(np.full((12, 64, 64, 3), 90, np.uint8))
    told, _ = made(*SMALL, "--prompt", "fog:0.4", "--prompt", "sea", "--input", str(clip), "-o", str(out))
    assert told["frames"] == 12, "as long as the clip"
    recipe = Recipe.decode(info(out).recipe)
    assert [(p.text, p.weight) for p in recipe.timeline.spans[0].prompts] == [("fog", 0.4), ("sea", 1.0)]
    assert recipe.clip is not None
    assert recipe.clip.strength == 0.7
    replayed, _ = made("--replay", str(out), "-o", str(tmp_path / "again.mp4"))
    assert replayed["frames_sha256"] == told["frames_sha256"]
    moved = clip.rename(tmp_path / "moved.mp4")
    done = called("video", "--replay", str(out), "-o", str(tmp_path / "again.mp4"))
    assert "error media.input" in done.stderr
    replayed, _ = made("--replay", str(out), "--input", str(moved), "--seconds", "1", "-o", str(tmp_path / "b.mp4"))
    assert replayed["frames"] == 16
    clip.write_bytes(moved.read_bytes() + b"\0")
    done = called("video", "--replay", str(out), "-o", str(tmp_path / "again.mp4"))
    assert "error media.input" in done.stderr


def test_what_vace_follows_is_in_the_file_and_must_stay_what_it_was(tmp_path: Path) -> None:
    control, mask, picture = tmp_path / "depth.mp4", tmp_path / "mask.mp4", tmp_path / "cup.png"
    for path, level in ((control, 60), (mask, 255)):
        with Mp4Writer(path, width=64, height=64, fps=16) as written:
            written.write(np.full((12, 64, 64, 3), level, np.uint8))
    picture.write_bytes(pixels.encode(np.full((40, 20, 3), 9, np.uint8), "image/png"))
    out, again = tmp_path / "out.mp4", str(tmp_path / "again.mp4")
    followed = ("--control", str(control), "--mask", str(mask), "--control-scale", "0.8")
    told, _ = made(*SMALL, "--prompt", "sea", *followed, "--reference", str(picture), "-o", str(out))
    assert told["frames"] == 12, "as long as the control video"
    guide = Recipe.decode(info(out).recipe).guide
    assert guide is not None
    assert (guide.scale, len(guide.references)) == (0.8, 1)
    replayed, _ = made("--replay", str(out), "-o", again)
    assert replayed["frames_sha256"] == told["frames_sha256"]
    other, _ = made("--replay", str(out), "--control-scale", "0.1", "-o", again)
    assert other["frames_sha256"] != told["frames_sha256"]
    picture.write_bytes(picture.read_bytes() + b"\0")
    done = called("video", "--replay", str(out), "-o", again)
    assert "error media.input" in done.stderr


def test_a_timeline_of_scope_is_rendered_and_its_notes_are_printed(tmp_path: Path) -> None:
    entry = {"startTime": 0, "endTime": 0.5, "prompts": [{"text": "a bud", "weight": 100}], "colour": "red"}
    settings = {"pipelineId": "longlive", "resolution": {"height": 64, "width": 64}, "loras": [{"path": "a"}]}
    path = tmp_path / "scope.json"
    path.write_text(json.dumps({"prompts": [entry], "settings": settings, "version": "2.1"}))
    out = tmp_path / "out.mp4"
    done = called("video", *SMALL, "--timeline", str(path), "-o", str(out))
    assert "error timeline.unsupported" in done.stderr
    told, said = made(*SMALL, "--timeline", str(path), "--lenient", "-o", str(out))
    assert told["frames"] == 8
    assert "$.prompts[0].colour: not known here" in said
    assert "LoRAs are not applied here" in said


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], "settings.value"),
        (["--prompt", "sea", "--timeline", BLOOM], "settings.value"),
        (["--prompt", "sea", "--strength", "0.5"], "settings.value"),
        (["--prompt", "sea", "--input", "missing.mp4"], "media.input"),
        (["--prompt", "sea", "--input", "pyproject.toml", "--strength", "2"], "timeline.value"),
        (["--prompt", "sea", "--control", "missing.mp4"], "media.input"),
        (["--prompt", "sea", "--mask", "pyproject.toml"], "settings.value"),
        (["--prompt", "sea", "--control-scale", "0.5"], "settings.value"),
        (["--prompt", "sea", "--reference", "pyproject.toml", "--control-scale", "3"], "timeline.value"),
        ([*SMALL, "--prompt", "sea", "--reference", "pyproject.toml"], "pixels.format"),
        ([*SMALL, "--prompt", "sea", "--control", "pyproject.toml"], "media.format"),
        ([*SMALL, "--prompt", "sea", "--reference", "pyproject.toml", "--vace", "a.safetensors"], "settings.value"),
        (["--prompt", "sea:0"], "timeline.value"),
        (["--prompt", "sea", "--seed", "-1"], "timeline.value"),
        (["--prompt", "sea", "--size", "100x64"], "timeline.value"),
        (["--prompt", "sea", "--size", "wide"], "shot.size"),
        (["--prompt", "sea", "--seconds", "0"], "timeline.value"),
        (["--prompt", "sea", "--fps", "0"], "timeline.value"),
        (["--prompt", "sea", "--decoder", "large"], "timeline.value"),
        (["--prompt", "sea", "--dtype", "int4"], "settings.value"),
        (["--prompt", "sea", "--attention", "int4"], "settings.value"),
        (["--prompt", "sea", "--engine", "no-such-engine"], "shot.engine"),
        (["--prompt", "sea", "--models-folder", "/nowhere"], "weights.missing"),
        (["--timeline", "missing.json"], "settings.value"),
        (["--timeline", "pyproject.toml"], "timeline.format"),
        (["--replay", "pyproject.toml"], "media.format"),
    ],
)
def test_what_goes_wrong_is_told_by_its_code(tmp_path: Path, arguments: list[str], code: str) -> None:
    done = called("video", "-o", str(tmp_path / "out.mp4"), *arguments)
    assert done.returncode == 2
    assert f"error {code}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.mp4").exists()


def test_a_video_that_is_not_ours_cannot_be_made_again(tmp_path: Path) -> None:
    for name, recipe in (("plain", ""), ("other", "shot on a phone")):
        path = tmp_path / f"{name}.mp4"
        with Mp4Writer(path, width=64, height=64, fps=16, recipe=recipe) as written:
            written.write(np.zeros((1, 64, 64, 3), np.uint8))
        done = called("video", "--replay", str(path), "-o", str(tmp_path / "out.mp4"))
        assert "error media.recipe" in done.stderr


def test_a_video_says_in_which_numbers_it_was_made_and_is_made_again_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def load(
        engine_id: str, store: Store, task: wan_loading.Task, runtime: wan_loading.Runtime, **hears: object
    ) -> wan.VideoEngine:
        asked.append(runtime.dtype)
        return replace(wan_loading.tiny_random(), dtype="bf16" if machine == "old" else runtime.dtype)

    monkeypatch.setattr(wan_loading, "load", load)
    monkeypatch.delenv("LIGHTBRUSH_VIDEO_DTYPE", raising=False)
    timeline = {"format": "lightbrush-timeline", "version": 1, "settings": {"quantization": "fp8"}}
    timeline |= {"spans": [{"start_s": 0, "end_s": 0.5, "prompts": [{"text": "sea"}]}]}
    (tmp_path / "t.json").write_text(json.dumps(timeline))
    fast, plain, again, out = (str(tmp_path / f"{name}.mp4") for name in ("fast", "plain", "again", "out"))

    def quantization(*arguments: str) -> tuple[str, str | None]:
        """-> what the engine was asked for, and what the video says."""
        done = CliRunner().invoke(app, ["video", *SMALL, *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return asked[-1], Recipe.decode(info(Path(arguments[-1])).recipe).timeline.settings.quantization

    machine = "new"
    assert quantization("--prompt", "sea", "--seconds", "0.5", "-o", fast) == ("fp8", "fp8")
    assert quantization("--prompt", "sea", "--seconds", "0.5", "--dtype", "bf16", "-o", plain) == ("bf16", "")
    assert quantization("--replay", plain, "-o", again) == ("bf16", "")
    assert quantization("--replay", plain, "--dtype", "fp8", "-o", again) == ("fp8", "fp8")
    monkeypatch.setenv("LIGHTBRUSH_VIDEO_DTYPE", "bf16")
    assert quantization("--prompt", "sea", "--seconds", "0.5", "-o", out) == ("bf16", "")
    assert quantization("--timeline", str(tmp_path / "t.json"), "-o", out) == ("fp8", "fp8")
    machine = "old"
    assert quantization("--replay", fast, "-o", out) == ("fp8", "")


@pytest.mark.parametrize("fails", [False, True])
def test_whoever_shares_its_passes_is_let_go_however_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(wan.VideoEngine, "close", lambda engine: closed.append(engine.card.id))

    def full(writer: Mp4Writer, frames: object) -> None:
        raise MediaError("media.write", "the disk is full")

    if fails:
        monkeypatch.setattr(Mp4Writer, "write", full)
    arguments = ["video", *SMALL, "--prompt", "sea", "--seconds", "0.5", "-o", str(tmp_path / "out.mp4")]
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, MediaError) == fails
    assert (tmp_path / "out.mp4").exists() != fails
    assert closed == ["tiny-random"]


def test_a_video_says_what_its_attention_was_computed_in_and_is_made_again_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def load(
        engine_id: str, store: Store, task: wan_loading.Task, runtime: wan_loading.Runtime, **hears: object
    ) -> wan.VideoEngine:
        asked.append(runtime.attention)
        exact = machine == "old" or runtime.attention == "bf16"
        return replace(wan_loading.tiny_random(), attention="bf16" if exact else "fp8")

    monkeypatch.setattr(wan_loading, "load", load)
    monkeypatch.delenv("LIGHTBRUSH_VIDEO_ATTENTION", raising=False)
    exact, fast, again, out = (str(tmp_path / f"{name}.mp4") for name in ("exact", "fast", "again", "out"))
    sea = ("--prompt", "sea", "--seconds", "0.5", "-o")

    def attention(*arguments: str) -> tuple[str, str]:
        """-> what the engine was asked for, and what the video says."""
        done = CliRunner().invoke(app, ["video", *SMALL, *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return asked[-1], Recipe.decode(info(Path(arguments[-1])).recipe).attention

    machine = "new"
    assert attention(*sea, out) == ("auto", "fp8"), "the file says what it came to"
    assert attention("--replay", out, "-o", again) == ("fp8", "fp8")
    assert attention("--attention", "bf16", *sea, exact) == ("bf16", "bf16")
    assert "attention" not in info(Path(exact)).recipe, "as in a video of before the choice"
    assert attention("--attention", "fp8", *sea, fast) == ("fp8", "fp8")
    assert attention("--replay", fast, "-o", again) == ("fp8", "fp8")
    assert attention("--replay", fast, "--attention", "bf16", "-o", again) == ("bf16", "bf16")
    monkeypatch.setenv("LIGHTBRUSH_VIDEO_ATTENTION", "fp8")
    assert attention(*sea, out) == ("fp8", "fp8")
    assert attention("--replay", exact, "-o", again) == ("bf16", "bf16")
    machine = "old"
    assert attention("--replay", fast, "-o", out) == ("fp8", "bf16")
