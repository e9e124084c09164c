"""Premieres as jobs at a gateway that runs: what comes of them, with all that can end meanwhile."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lightbrush import wire
from lightbrush.client import Jobs
from lightbrush.enhance.upscalers import MODELS, load
from lightbrush.errors import LightbrushError
from lightbrush.media import info
from lightbrush.premiere.bake import bake, grid_of
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import requested
from lightbrush.shots import Frame
from lightbrush.wire import Kind
from tests.gateway.job_site import ask, ended, needs_weights, result, until
from tests.harness import GatewayProcess, gateway, wait_until
from tests.premiere.sessions import ENGINE, drawn, masked, session

pytestmark = [needs_weights, pytest.mark.skipif(find_spec("av") is None, reason="needs the extra 'video'")]

SHOTS = [(0, drawn(1)), (40, masked(2)), (90, masked(2)), (400, drawn(3))]
"""Three pictures, of one tile each by x4."""
LONG = [(40 * index, drawn(index)) for index in range(8)]


def kept(folder: Path, shots: list[tuple[int, Frame]], owner: str = "") -> str:
    """A recording in a gateway's folder -> its id."""
    (folder / "recordings").mkdir(parents=True, exist_ok=True)
    name = f"r-{secrets.token_hex(6)}"
    session(folder / "recordings" / f"{name}.lbrec", shots, {1000: "stopped"}, id=name, owner=owner)
    return name


def at_once(folder: Path, recording: str, output: Path, to: str, **asked: Any) -> bytes:
    """The file that `lightbrush premiere` writes of the same tiles."""
    upscaler = load("light", "cpu", threads=1)
    upscaler.core_px = MODELS["light"].unit_px  # type: ignore[misc]
    log = Log(folder / "recordings" / f"{recording}.lbrec")
    form = "png" if output.suffix == ".zip" else "mp4"
    made = bake(
        log, requested(log, to, "light", grid_of(upscaler), form=form, **asked), output, {"blur": ENGINE}, upscaler
    )
    assert made.same == made.pictures
    return output.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[GatewayProcess]:
    with gateway("--data-folder", str(folder)) as process:
        yield process


@pytest.mark.parametrize(
    ("form", "to", "asked"), [("mp4", "x4", {}), ("png", "x4", {}), ("mp4", "500x300", {"fps": 25.0})]
)
def test_a_job_makes_the_bytes_that_the_command_line_makes(
    running: GatewayProcess, folder: Path, tmp_path: Path, form: str, to: str, asked: dict[str, Any]
) -> None:
    jobs = Jobs(running.url)
    recording = kept(folder, [*SHOTS, (500, drawn(4))])
    begun = jobs.premiere(recording, to=to, format=form, **asked)
    expected = {"kind": "premiere", "format": form, "to": to, "creative": None, "source_width_px": 64, "owner": ""}
    assert {name: begun[name] for name in expected} == expected
    fps = asked.get("fps", 0.0)
    assert begun["premiere"] == {"recording": recording, "pictures": 4, "seconds": 1.0, "fps": fps, "steps": 0}
    told = ended(jobs, begun["id"])
    assert (told["state"], told["error"]) == ("done", None)
    assert told["units_done"] == told["units"]
    made = result(jobs, begun["id"], tmp_path)
    assert told["bytes"] == len(made)
    assert made == at_once(folder, recording, tmp_path / f"whole.{'zip' if form == 'png' else 'mp4'}", to, **asked)
    answer = ask(running, "GET", f"/api/jobs/{begun['id']}/result")
    suffix, kind = ("zip", "application/zip") if form == "png" else ("mp4", "video/mp4")
    size = f"{told['width_px']}x{told['height_px']}"
    assert answer.headers["content-disposition"] == f'attachment; filename="premiere-{size}.{suffix}"'
    assert answer.headers["content-type"] == kind
    if form == "png":
        with zipfile.ZipFile(io.BytesIO(made)) as file:
            assert len(json.loads(file.read("times.json"))) == 4
    else:
        assert json.loads(info(tmp_path / "whole.mp4").recipe)["same"] == 4
    shown = ask(running, "GET", f"/api/jobs/{begun['id']}/preview")
    assert (shown.status, shown.headers["content-type"]) == (200, "image/jpeg")


async def test_what_was_drawn_becomes_a_film_though_its_recording_is_removed(
    running: GatewayProcess, tmp_path: Path
) -> None:
    jobs = Jobs(running.url)
    async with running.socket() as live:
        welcome = wire.decode_welcome(await live.until(lambda message: message.kind is Kind.WELCOME))
        body = json.dumps({"session": welcome.session}).encode()
        recording = ask(running, "POST", "/api/recordings", body).json["id"]
        for seq in (1, 2, 3):
            await live.render(seq, drawn(seq))
        ask(running, "POST", f"/api/recordings/{recording}/stop")
        job = jobs.premiere(recording, to="x2")["id"]
        assert ask(running, "DELETE", f"/api/recordings/{recording}").status == 204
        for seq in range(4, 10):
            assert await live.render(seq, drawn(seq)), "who draws is served meanwhile"
    told = ended(jobs, job)
    assert (told["state"], told["premiere"]["pictures"]) == ("done", 3)
    made = tmp_path / "film.mp4"
    jobs.save(job, made)
    recipe = json.loads(info(made).recipe)
    assert (recipe["pictures"], recipe["same"]) == (3, 3)


async def test_a_gateway_that_is_killed_goes_on_and_makes_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    recording = kept(folder, LONG)
    data = ["--data-folder", str(folder)]
    with gateway(*data) as first:
        jobs = Jobs(first.url)
        job = jobs.premiere(recording, to="x4")["id"]
        before = until(jobs, job, lambda told: told["units_done"] >= 8 + 1 + 2)
        first.kill()
    with gateway(*data) as second:
        jobs = Jobs(second.url)
        assert jobs.show(job)["units_done"] >= before["units_done"]
        told = ended(jobs, job)
        assert (told["state"], told["error"]) == ("done", None)
        assert result(jobs, job, tmp_path) == at_once(folder, recording, tmp_path / "whole.mp4", "x4")


def test_a_paused_premiere_goes_on_where_it_was_and_a_cancelled_one_leaves_nothing(
    running: GatewayProcess, folder: Path, tmp_path: Path
) -> None:
    jobs = Jobs(running.url)
    recording = kept(folder, LONG)
    job = jobs.premiere(recording, to="x4")["id"]
    until(jobs, job, lambda told: told["units_done"] >= 2)
    jobs.pause(job)
    other = ended(jobs, jobs.premiere(kept(folder, SHOTS[:1]), to="x1")["id"])
    assert other["state"] == "done"
    assert jobs.show(job)["state"] == "paused"
    jobs.resume(job)
    until(jobs, job, lambda told: told["state"] == "running")
    told = jobs.cancel(job)
    assert told is not None
    assert told["state"] == "cancelled"
    wait_until(lambda: not (folder / "jobs" / "results" / job).exists())
    assert (folder / "recordings" / f"{recording}.lbrec").exists()


def test_a_shot_that_fails_fails_its_job_and_says_which(running: GatewayProcess, folder: Path) -> None:
    jobs = Jobs(running.url)
    path = folder / "recordings"
    recording = kept(folder, SHOTS)
    file = path / f"{recording}.lbrec"
    data = file.read_bytes()
    file.write_bytes(data.replace(SHOTS[3][1].sketch, bytes(len(SHOTS[3][1].sketch))))
    told = ended(jobs, jobs.premiere(recording, to="x2")["id"])
    assert (told["state"], told["error"]["code"]) == ("failed", "job.unit")
    assert "recording" in told["error"]["message"]


def test_what_cannot_be_done_has_a_code_and_a_status(running: GatewayProcess, folder: Path) -> None:
    recording, empty = kept(folder, SHOTS), kept(folder, [])

    def asked(**values: object) -> tuple[int, str]:
        body = {"kind": "premiere", "recording": recording, "to": "x2", **values}
        answer = ask(running, "POST", "/api/jobs", json.dumps(body).encode())
        return answer.status, answer.json["code"]

    assert asked(recording="r-ffffffffffff") == (404, "recording.missing")
    assert asked(recording=empty) == (400, "recording.empty")
    assert asked(to="1x1") == (400, "enhance.target")
    assert asked(model="/etc/passwd") == (400, "enhance.model")
    assert asked(format="gif") == (400, "job.request")
    assert asked(fps=-1.0) == (400, "recording.request")
    assert asked(steps=99) == (400, "shot.steps")
    assert asked(priority=0) == (400, "job.request")
    assert asked(picture="x") == (400, "job.request")


def test_an_engine_that_the_gateway_lacks_is_named(tmp_path: Path) -> None:
    recording = kept(tmp_path, SHOTS)
    flags = ["--data-folder", str(tmp_path), "--workers", "0"]
    with (
        gateway(*flags, engine="tests.stand_in:twin") as other,
        pytest.raises(LightbrushError, match=r"shot\.engine.*blur"),
    ):
        Jobs(other.url).premiere(recording)


def test_a_premiere_is_made_of_ones_own_recordings_alone(tmp_path: Path) -> None:
    recording = kept(tmp_path, SHOTS, owner="ann")
    flags = ["--data-folder", str(tmp_path), "--workers", "0", "--user", "ann:a-token", "--user", "bob:b-token"]
    with gateway(*flags) as shared:
        address = shared.url.partition("?")[0]
        with pytest.raises(LightbrushError, match=r"recording\.missing"):
            Jobs(address, "b-token").premiere(recording)
        assert Jobs(address, "a-token").premiere(recording)["owner"] == "ann"
        assert Jobs(address, "b-token").all() == []
