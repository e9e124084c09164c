"""Jobs over HTTP at a gateway that runs: what is asked, what is told while it goes on, and what comes of it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightbrush.client import Jobs
from lightbrush.engines import embedded
from lightbrush.enhance.creative import Creative, Painter
from lightbrush.errors import LightbrushError
from lightbrush.shots import Prompt
from tests.enhance.pictures import Grainy, image
from tests.gateway.job_site import ENDED, ask, at_once, ended, needs_weights, picture, result, until
from tests.harness import GatewayProcess, gateway, wait_until

pytestmark = needs_weights


@pytest.fixture(scope="module")
def running() -> Iterator[GatewayProcess]:
    with gateway() as process:
        yield process


@pytest.fixture
def jobs(running: GatewayProcess) -> Iterator[Jobs]:
    jobs = Jobs(running.url)
    yield jobs
    for job in jobs.all():
        if job["state"] not in ENDED:
            jobs.cancel(job["id"])
        jobs.cancel(job["id"])


@pytest.fixture(scope="module")
def asleep() -> Iterator[GatewayProcess]:
    """It starts no workers."""
    with gateway("--workers", "0") as process:
        yield process


@pytest.mark.parametrize(
    ("to", "form", "mode"),
    [("x4", "png", "RGB"), ("x6", "png", "RGB"), ("200x220", "png", "RGBA"), ("x2", "jpeg", "LA"), ("x3", "webp", "L")],
)
def test_a_job_makes_the_bytes_that_the_command_line_makes(
    jobs: Jobs, tmp_path: Path, to: str, form: str, mode: str
) -> None:
    """Through several tiles, one pass or two, a resize, a cut, alpha and each kind of file."""
    source = picture(100, 72, mode)
    asked = jobs.enhance(source, to=to, format=form)
    told = ended(jobs, asked["id"])
    assert (told["state"], told["error"]) == ("done", None)
    made = result(jobs, asked["id"], tmp_path)
    assert made == at_once(source, to, {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}[form])
    assert told["bytes"] == len(made)
    assert told["units_done"] == told["units"]
    with Image.open(io.BytesIO(made)) as opened:
        assert opened.size == (told["width_px"], told["height_px"])


def test_what_is_told_of_a_job(jobs: Jobs) -> None:
    asked = jobs.enhance(picture(), to="x4", priority=3)
    expected = {
        "kind": "enhance",
        "width_px": 384,
        "height_px": 288,
        "source_width_px": 96,
        "source_height_px": 72,
        "to": "x4",
        "model": "light",
        "format": "png",
        "priority": 3,
        "units": 2 * 2 + 2,
        "error": None,
        "creative": None,
        "premiere": None,
        "owner": "",
    }
    assert {name: asked[name] for name in expected} == expected
    assert asked["state"] in ("waiting", "running")
    assert asked["bytes"] is None
    assert isinstance(asked["created_ms"], int)
    assert asked["source_sha256"] == hashlib.sha256(picture()).hexdigest()
    assert asked["source_url"] == f"api/jobs/{asked['id']}/source"
    named = {"id", "source_sha256", "source_url"}
    assert set(asked) == set(expected) | named | {"state", "units_done", "seconds_left", "created_ms", "bytes"}
    ended(jobs, asked["id"])
    assert [job["id"] for job in jobs.all()] == [asked["id"]]


def test_a_creative_job_makes_the_bytes_that_the_command_line_makes(tmp_path: Path) -> None:
    source, wishes = picture(80, 60), {"creativity": 0.5, "resemblance": 0.6, "clarity": 0.7, "seed": 9}
    with gateway("--worker-nice", "0", "--no-worker-standby", engine="embedded") as painting:
        jobs = Jobs(painting.url)
        asked = jobs.enhance(source, to="x2", prompts=[["snow flecks", 0.8]], **wishes)
        told = ended(jobs, asked["id"])
        assert (told["state"], told["error"]) == ("done", None)
        assert told["creative"] == {"engine": "embedded", "prompts": [["snow flecks", 0.8]], **wishes}
        made = result(jobs, asked["id"], tmp_path)
        refused = {"kind": "enhance", "picture": hashlib.sha256(source).hexdigest(), "creativity": 0.5, "seed": -1}
        assert code(painting, "POST", "/api/jobs", json.dumps(refused).encode()) == (400, "shot.seed")
    painter = Painter(embedded.load("cpu"), Creative(prompts=(Prompt("snow flecks", 0.8),), **wishes))  # type: ignore[arg-type]
    assert made == at_once(source, "x2", painter=painter)


def test_what_is_painted_goes_to_a_worker_that_has_the_engine_and_one_is_started_for_it(tmp_path: Path) -> None:
    """A worker that sleeps, of the second pool; whoever is up first enlarges."""
    flags = ["--engine", "tests.enhance.pictures:grainy", "--worker-engines", "1", "--worker-nice", "0"]
    source = picture(80, 60)
    with gateway(*flags, "--workers", "0", "--workers-most", "2") as several:
        jobs = Jobs(several.url)
        told = ended(jobs, jobs.enhance(source, to="x2", creativity=0.5)["id"])
        assert (told["state"], told["creative"]["engine"]) == ("done", "grainy")
        made = result(jobs, told["id"], tmp_path)
    assert made == at_once(source, "x2", painter=Painter(Grainy(), Creative(creativity=0.5)))


def test_a_result_is_a_file_with_a_name(jobs: Jobs, running: GatewayProcess) -> None:
    job = jobs.enhance(picture(), to="x2", format="webp")["id"]
    ended(jobs, job)
    answer = ask(running, "GET", f"/api/jobs/{job}/result")
    assert answer.headers["content-disposition"] == 'attachment; filename="enhanced-192x144.webp"'
    assert answer.headers["content-type"] == "image/webp"


@pytest.mark.parametrize(("form", "kind"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_what_a_job_was_made_from_is_there_for_whoever_looks_until_it_is_removed(
    jobs: Jobs, running: GatewayProcess, form: str, kind: str
) -> None:
    file = io.BytesIO()
    image(96, 72, "RGB").save(file, form)
    asked = jobs.enhance(file.getvalue(), to="x2")
    job = ended(jobs, asked["id"])
    answer = ask(running, "GET", f"/{job['source_url']}")
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, kind, file.getvalue())
    assert answer.headers["x-content-type-options"] == "nosniff"
    jobs.cancel(job["id"])
    assert code(running, "GET", f"/{job['source_url']}") == (404, "job.missing")


def test_a_preview_begins_with_the_source_and_sharpens_tile_by_tile(jobs: Jobs, running: GatewayProcess) -> None:
    source = picture(512, 256)
    job = jobs.enhance(source, to="x4")["id"]
    path = f"/api/jobs/{job}/preview"
    first = ask(running, "GET", path)
    assert first.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(source)) as opened, Image.open(io.BytesIO(first.body)) as shown:
        assert shown.size == opened.size, "as large as what is known"
    done = ended(jobs, job)
    last = ask(running, "GET", path)
    assert last.headers["etag"] != first.headers["etag"]
    with Image.open(io.BytesIO(last.body)) as shown:
        assert shown.size == (1024, 512)
    assert done["width_px"] == 2048
    again = ask(running, "GET", path, **{"If-None-Match": last.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_tiles_that_are_done_are_in_the_preview_and_the_others_are_not_yet(jobs: Jobs, running: GatewayProcess) -> None:
    job = jobs.enhance(picture(512, 256), to="x4")["id"]
    first = np.asarray(Image.open(io.BytesIO(ask(running, "GET", f"/api/jobs/{job}/preview").body)), np.int16)
    until(jobs, job, lambda told: told["units_done"] >= 4)
    jobs.pause(job)
    done = until(jobs, job, lambda told: told["state"] == "paused")["units_done"]
    half = np.asarray(Image.open(io.BytesIO(ask(running, "GET", f"/api/jobs/{job}/preview").body)), np.int16)
    changed = np.abs(half - first).reshape(4, 64, 8, 64, 3).mean((1, 3, 4)) > 0.5  # by tile
    assert changed.ravel()[: done - 1].any()
    assert not changed.ravel()[done + 4 :].any()


def test_a_paused_job_starts_nothing_and_goes_on_where_it_was(jobs: Jobs, tmp_path: Path) -> None:
    source = picture(320, 256)
    job = jobs.enhance(source, to="x4")["id"]
    until(jobs, job, lambda told: told["units_done"] >= 2)
    jobs.pause(job)
    other = jobs.enhance(picture(seed=1), to="x2")["id"]
    ended(jobs, other)  # so many units of another job later
    paused = jobs.show(job)
    assert (paused["state"], paused["seconds_left"]) == ("paused", None)
    assert paused["units_done"] < paused["units"]
    jobs.resume(job)
    assert ended(jobs, job)["state"] == "done"
    assert result(jobs, job, tmp_path) == at_once(source, "x4")


def test_cancelled_and_finished_jobs_are_removed_when_they_are_asked_to_end_again(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.enhance(picture(512, 512), to="x4")["id"]
    told = jobs.cancel(job)
    assert told is not None
    assert told["state"] == "cancelled"
    assert jobs.cancel(job) is None
    assert jobs.all() == []
    done = jobs.enhance(picture(), to="x2")["id"]
    ended(jobs, done)
    assert jobs.cancel(done) is None
    with pytest.raises(LightbrushError, match=r"job\.missing"):
        jobs.save(done, tmp_path / "x")


def test_events_tell_of_every_job_and_of_its_last_state_and_that_it_is_gone(
    jobs: Jobs, running: GatewayProcess
) -> None:
    job = jobs.enhance(picture(256, 192), to="x4")["id"]
    told = jobs.watch()
    states, done = [], []
    for kind, data in told:
        if data["id"] != job:  # one of before, of which the last is told late
            continue
        if kind == "gone":
            break
        states.append(data["state"])
        done.append(data["units_done"])
        if data["state"] == "done":
            jobs.cancel(job)
    told.close()  # type: ignore[attr-defined]
    assert states[-1] == "done"
    assert done == sorted(done)
    assert len(done) < 64, "they are coalesced"


def test_live_shots_are_rendered_while_a_job_runs(jobs: Jobs, running: GatewayProcess) -> None:
    import lightbrush.client
    from tests.harness import shot

    job = jobs.enhance(picture(512, 384), to="x4")["id"]
    until(jobs, job, lambda told: told["state"] == "running")
    for seed in range(5):
        assert lightbrush.client.render(running.url, shot(seed=seed)).engine == "blur"
    assert ended(jobs, job)["state"] == "done"


def code(running: GatewayProcess, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
    answer = ask(running, method, path, body)
    return answer.status, answer.json["code"]


def test_what_cannot_be_done_has_a_code_and_a_status(asleep: GatewayProcess) -> None:
    source = picture()
    name = hashlib.sha256(source).hexdigest()
    lacking = json.dumps({"kind": "enhance", "picture": name}).encode()
    assert code(asleep, "POST", "/api/jobs", lacking) == (400, "asset.missing")
    assert ask(asleep, "PUT", f"/assets/{name}", source).status == 204

    def asked(**values: object) -> tuple[int, str]:
        body = {"kind": "enhance", "picture": name, "to": "x4", **values}
        return code(asleep, "POST", "/api/jobs", json.dumps(body).encode())

    assert code(asleep, "POST", "/api/jobs", b"not JSON") == (400, "job.request")
    assert code(asleep, "POST", "/api/jobs", b"[" * 70_000) == (400, "job.request")
    assert asked(kind="train") == (400, "job.request")
    assert asked(other=1) == (400, "job.request")
    assert asked(priority=0) == (400, "job.request")
    assert asked(format="tiff") == (400, "job.request")
    assert asked(quality=101) == (400, "enhance.format")
    assert asked(to="1x1") == (400, "enhance.target")
    assert asked(to="huge") == (400, "enhance.target")
    assert asked(creativity=2.0) == (400, "enhance.creative")
    assert asked(clarity=-1) == (400, "enhance.creative")
    assert asked(creativity=0.5) == (400, "enhance.engine"), "nobody here can"
    assert asked(creativity=0.5, engine="blur") == (400, "enhance.engine")
    assert asked(model="/etc/passwd") == (400, "enhance.model")
    for method, path in (
        ("GET", "/api/jobs/none"),
        ("DELETE", "/api/jobs/none"),
        ("POST", "/api/jobs/none/pause"),
        ("POST", "/api/jobs/none/resume"),
        ("GET", "/api/jobs/none/preview"),
        ("GET", "/api/jobs/none/source"),
        ("GET", "/api/jobs/none/result"),
    ):
        assert code(asleep, method, path) == (404, "job.missing")
    job = Jobs(asleep.url).enhance(source)["id"]
    assert code(asleep, "GET", f"/api/jobs/{job}/result") == (409, "job.state")
    assert code(asleep, "POST", f"/api/jobs/{job}/resume") == (409, "job.state")


def test_without_a_worker_a_job_is_laid_out_and_waits(asleep: GatewayProcess) -> None:
    jobs = Jobs(asleep.url)
    job = jobs.enhance(picture(), to="x4")["id"]
    until(jobs, job, lambda told: bool(told["units_done"] == 1))
    assert ask(asleep, "GET", f"/api/jobs/{job}/preview").status == 200
    assert jobs.show(job)["bytes"] is None


def test_jobs_are_for_those_who_may() -> None:
    with gateway("--workers", "0", "--token", "secret") as guarded:
        paths = ("/api/jobs", "/api/jobs/events", "/api/jobs/x", "/api/jobs/x/preview", "/api/jobs/x/result")
        for path in paths:
            assert code(guarded, "GET", path) == (401, "access.token")
        assert code(guarded, "POST", "/api/jobs", b"{}") == (401, "access.token")
        assert ask(guarded, "GET", "/api/jobs?token=secret").json == {"jobs": []}
        assert Jobs(guarded.url, "secret").all() == []


def test_everyone_has_their_own_jobs_and_the_operator_all_of_them() -> None:
    """Whatever a hand-written client tries with a token of its own."""
    people = ("ann:a-token", "bob:b-token:2", "ann:a-second")
    flags = [flag for one in people for flag in ("--user", one)]
    with gateway("--token", "operator", *flags) as shared:
        address = shared.url.partition("?")[0]
        ann, bob, both = (Jobs(address, token) for token in ("a-token", "b-token", "operator"))
        of_ann, of_bob = ann.enhance(picture(), to="x2"), bob.enhance(picture(seed=1), to="x2")
        of_both = both.enhance(picture(seed=2), to="x2")
        assert (of_ann["owner"], of_bob["owner"], of_both["owner"]) == ("ann", "bob", "")
        for job in (of_ann, of_bob, of_both):
            ended(both, job["id"])
        assert [job["id"] for job in ann.all()] == [of_ann["id"]]
        assert Jobs(address, "a-second").all() == ann.all()
        assert [job["id"] for job in bob.all()] == [of_bob["id"]]
        assert len(both.all()) == 3
        for other in (of_ann, of_both):
            path = f"/api/jobs/{other['id']}"
            for method, what in (
                ("GET", ""),
                ("DELETE", ""),
                ("POST", "/pause"),
                ("POST", "/resume"),
                ("GET", "/preview"),
                ("GET", "/source"),
                ("GET", "/result"),
            ):
                by_header = ask(shared, method, path + what, Authorization="Bearer b-token")
                by_query = ask(shared, method, f"{path}{what}?token=b-token")
                assert {(one.status, one.json["code"]) for one in (by_header, by_query)} == {(404, "job.missing")}
        assert len(both.all()) == 3
        assert ask(shared, "GET", f"/api/jobs/{of_ann['id']}/result?token=a-token").status == 200

        bobs, everyones = bob.watch(), both.watch()
        assert next(bobs)[1]["id"] == of_bob["id"]
        heard = {next(everyones)[1]["id"] for _ in range(3)}
        assert heard == {of_ann["id"], of_bob["id"], of_both["id"]}
        assert ann.cancel(of_ann["id"]) is None
        assert ("gone", {"id": of_ann["id"]}) in everyones
        later = ann.enhance(picture(seed=3), to="x2")["id"]
        ended(ann, later)
        assert bob.cancel(of_bob["id"]) is None
        heard = {told["id"] for _, told in iter(lambda: next(bobs), ("gone", {"id": of_bob["id"]}))}
        assert heard <= {of_bob["id"]}, "and nothing of what was ann's"


def test_a_page_whose_own_name_was_made_to_resolve_to_us_reads_no_jobs(asleep: GatewayProcess) -> None:
    foreign = ask(asleep, "GET", "/api/jobs", Host="evil.example")
    assert (foreign.status, foreign.json["code"]) == (403, "access.origin")
    elsewhere = ask(asleep, "POST", "/api/jobs", b"{}", Origin="https://evil.example")
    assert elsewhere.status == 403


def test_workers_sleep_without_jobs_and_one_wakes_for_them() -> None:
    with gateway("--workers", "0", "--workers-most", "2", "--workers-quiet-s", "0.5") as elastic:
        jobs = Jobs(elastic.url)
        assert ask(elastic, "GET", "/healthz").json["status"] == "asleep"
        job = jobs.enhance(picture(), to="x4")["id"]
        most = 0

        def done() -> bool:
            nonlocal most
            most = max(most, ask(elastic, "GET", "/healthz").json["workers"])
            return bool(jobs.show(job)["state"] == "done")

        wait_until(done)
        assert most == 1
        wait_until(lambda: ask(elastic, "GET", "/healthz").json["status"] == "asleep")
        wait_until(lambda: not elastic.workers())
