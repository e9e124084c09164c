"""Premieres of sessions with video as jobs at a gateway that runs: to the byte, whatever ends meanwhile."""

from __future__ import annotations

import json
import secrets
from importlib.util import find_spec
from pathlib import Path

import pytest

if find_spec("torch") is None or find_spec("av") is None:
    pytest.skip("needs the extra 'video'", allow_module_level=True)

import av

from lightbrush.client import Jobs
from lightbrush.enhance.upscalers import MODELS, load
from lightbrush.errors import LightbrushError
from lightbrush.media import info
from lightbrush.premiere.bake import bake, grid_of
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import requested
from tests.gateway.job_site import ask, ended, needs_weights, result, until
from tests.gateway.video_site import ENGINE as VIDEO
from tests.harness import ENGINE, gateway, shot, wait_until
from tests.premiere.films import Filmed, loaded
from tests.premiere.sessions import ENGINE as PICTURES

pytestmark = [
    needs_weights,
    pytest.mark.usefixtures("one_thread"),
]


def kept(folder: Path) -> str:
    """A recording in a gateway's folder, of a picture, a video of three blocks, and a picture -> its id."""
    (folder / "recordings").mkdir(parents=True)
    name = f"r-{secrets.token_hex(6)}"
    filmed = Filmed(folder / "recordings" / f"{name}.lbrec", name)
    filmed.draw(1)
    filmed.play(unseen=1, blocks=3)
    filmed.draw(2)
    filmed.log()
    return name


def at_once(folder: Path, recording: str, output: Path, to: str) -> bytes:
    """The file that `lightbrush premiere` writes of the same tiles."""
    upscaler = load("light", "cpu", threads=1)
    upscaler.core_px = MODELS["light"].unit_px  # type: ignore[misc]
    log = Log(folder / "recordings" / f"{recording}.lbrec")
    engines = {"blur": PICTURES, "tiny-random": loaded()}
    made = bake(log, requested(log, to, "light", grid_of(upscaler)), output, engines, upscaler)  # type: ignore[arg-type]
    assert made.same == made.pictures == 23
    return output.read_bytes()


def test_it_goes_on_after_its_worker_and_its_gateway_are_killed_and_makes_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    recording = kept(folder)
    flags = ["--data-folder", str(folder), "--engine", ENGINE, "--no-worker-standby"]
    with gateway(*flags, engine=VIDEO) as first:
        jobs = Jobs(first.url)
        begun = jobs.premiere(recording, to="x2")
        job = begun["id"]
        assert begun["premiere"] == {"recording": recording, "pictures": 23, "seconds": 1.4, "fps": 0.0, "steps": 0}
        until(jobs, job, lambda told: told["units_done"] >= 5)  # a picture and its reel, then blocks
        for worker in first.workers():
            worker.kill()
        before = until(jobs, job, lambda told: told["units_done"] >= 7)
        first.kill()
    with gateway(*flags, engine=VIDEO) as second:
        jobs = Jobs(second.url)
        assert jobs.show(job)["units_done"] >= before["units_done"]
        told = ended(jobs, job)
        assert (told["state"], told["error"]) == ("done", None)
        made = result(jobs, job, tmp_path)
        assert made == at_once(folder, recording, tmp_path / "whole.mp4", "x2")
        assert json.loads(info(tmp_path / "whole.mp4").recipe)["same"] == 23
        with av.open(str(tmp_path / "whole.mp4")) as film:
            assert not film.streams.audio
        shown = ask(second, "GET", f"/api/jobs/{job}/preview")
        assert (shown.status, shown.headers["content-type"]) == (200, "image/jpeg")


async def test_who_draws_is_served_between_its_blocks_and_a_cancelled_one_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    recording = kept(folder)
    flags = ["--data-folder", str(folder), "--engine", ENGINE, "--no-worker-standby"]
    with gateway(*flags, engine=VIDEO) as running:
        jobs = Jobs(running.url)
        async with running.socket() as live:
            await live.status("ready")
            job = jobs.premiere(recording, to="x4")["id"]
            for seq in range(1, 9):
                assert await live.render(seq, shot(seed=seq))
        until(jobs, job, lambda told: told["units_done"] >= 4)
        told = jobs.cancel(job)
        assert told is not None
        assert told["state"] == "cancelled"
        wait_until(lambda: not (folder / "jobs" / "results" / job).exists())
        assert (folder / "recordings" / f"{recording}.lbrec").exists()


def test_a_gateway_without_the_video_engine_says_which(tmp_path: Path) -> None:
    recording = kept(tmp_path)
    with (
        gateway("--data-folder", str(tmp_path), "--workers", "0") as other,
        pytest.raises(LightbrushError, match=r"shot\.engine.*tiny-random"),
    ):
        Jobs(other.url).premiere(recording)
