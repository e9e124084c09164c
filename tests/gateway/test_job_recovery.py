"""What works on a job is killed: it goes on with what is not finished, its bytes are the same, and who draws draws."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lightbrush import wire
from lightbrush.client import Jobs
from lightbrush.enhance.creative import Creative, Painter
from lightbrush.errors import LightbrushError, Problem
from lightbrush.fleet import link
from lightbrush.fleet.enlarging import Enlarger
from lightbrush.shots import EnlargedTile, Tile
from lightbrush.wire import Hello, Kind
from tests.enhance.pictures import Grainy
from tests.gateway.job_site import ask, at_once, ended, needs_weights, picture, result, until
from tests.harness import LIMIT_S, GatewayProcess, gateway, shot, wait_until

pytestmark = needs_weights

GRAINY = "tests.enhance.pictures:grainy"
SOURCE = picture(320, 256)
"""5 by 4 tiles."""


def units_finished(running: GatewayProcess) -> int:
    """By workers, since this gateway began."""
    text = ask(running, "GET", "/metrics").body.decode()
    line = [line for line in text.splitlines() if line.startswith("lightbrush_units_finished_total")]
    return int(float(line[0].split()[-1])) if line else 0


def stop_in_a_unit(running: GatewayProcess) -> psutil.Process:
    """The worker stands still; the gateway has given it a unit, or gives it one now, that it does not answer."""
    (worker,) = running.workers()
    worker.send_signal(signal.SIGSTOP)
    wait_until(lambda: worker.status() == psutil.STATUS_STOPPED)
    return worker


async def test_a_unit_whose_worker_is_killed_is_done_again_and_a_live_session_goes_on(tmp_path: Path) -> None:
    with gateway("--worker-beat-s", "0") as running:
        jobs = Jobs(running.url)
        async with running.socket() as session:
            await session.status("ready")
            await session.render(1, shot())
            job = jobs.enhance(SOURCE, to="x4")["id"]
            until(jobs, job, lambda told: told["units_done"] >= 3)
            for seq in (2, 3):
                worker = stop_in_a_unit(running)
                await session.send(wire.encode_shot(seq, shot(seed=seq)))
                worker.kill()
                killed_s = time.monotonic()
                answer = await session.answer()  # from the next worker: the one that died had a unit, not this shot
                assert (answer.kind, answer.seq) == (Kind.PICTURE, seq)
                assert time.monotonic() - killed_s < LIMIT_S / 2  # 1.5 s where nothing else runs
        told = ended(jobs, job)
        assert (told["state"], told["error"]) == ("done", None)
        assert result(jobs, job, tmp_path) == at_once(SOURCE, "x4")
        assert units_finished(running) == told["units"] - 2, "each tile once"


async def test_a_gateway_that_is_killed_goes_on_with_the_units_that_are_not_finished(tmp_path: Path) -> None:
    data = ["--data-folder", str(tmp_path / "data")]
    with gateway(*data) as running:
        jobs = Jobs(running.url)
        job = jobs.enhance(SOURCE, to="x4")["id"]
        before = until(jobs, job, lambda told: told["units_done"] >= 8)
        running.kill()
    with gateway(*data) as running:
        jobs = Jobs(running.url)
        async with running.socket() as session:
            await session.render(1, shot())  # who draws is served before the job is done
            now = jobs.show(job)
            assert before["units_done"] <= now["units_done"]
            assert (now["units"], now["created_ms"]) == (before["units"], before["created_ms"])
        told = ended(jobs, job)
        assert (told["state"], told["error"]) == ("done", None)
        assert units_finished(running) <= told["units"] - before["units_done"]
        assert result(jobs, job, tmp_path) == at_once(SOURCE, "x4")


@pytest.mark.parametrize("units", [26, 50])
def test_a_creative_job_goes_on_where_it_was_killed(units: int, tmp_path: Path) -> None:
    """In the first pass of what it paints, and in the second."""
    data = ["--data-folder", str(tmp_path / "data")]
    wishes = Creative(creativity=0.5, seed=3)
    source = picture(100, 72)
    with gateway(*data, engine=GRAINY) as running:
        jobs = Jobs(running.url)
        job = jobs.enhance(source, to="x2", creativity=0.5, seed=3)["id"]
        before = until(jobs, job, lambda told: told["units_done"] >= units)
        assert before["units_done"] < before["units"]
        running.kill()
    with gateway(*data, engine=GRAINY) as running:
        jobs = Jobs(running.url)
        told = ended(jobs, job)
        assert (told["state"], told["error"]) == ("done", None)
        assert units_finished(running) <= told["units"] - before["units_done"]
        assert result(jobs, job, tmp_path) == at_once(source, "x2", painter=Painter(Grainy(), wishes))


def laying(running: GatewayProcess) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(running.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "lightbrush.fleet.laying" in child.cmdline():
                found.append(child)
    return found


def test_a_join_that_is_killed_is_done_again(tmp_path: Path) -> None:
    with gateway() as running:
        jobs = Jobs(running.url)
        job = jobs.enhance(SOURCE, to="x4")["id"]
        told = until(jobs, job, lambda told: told["units_done"] >= 1)
        until(jobs, job, lambda told: told["units_done"] == told["units"] - 1)
        wait_until(lambda: bool(laying(running)))
        for process in laying(running):
            process.kill()
        told = ended(jobs, job)
        assert (told["state"], told["error"]) == ("done", None)
        assert result(jobs, job, tmp_path) == at_once(SOURCE, "x4")


class Played:
    """A worker that the test plays, on its own end of a link."""

    def __init__(self, path: Path) -> None:
        self.sock = link.connect(f"unix:{path}", LIMIT_S)
        self.sock.settimeout(LIMIT_S)
        hello = Hello(token="secret", worker="played", device="CPU (a test)", engines=("enhance",))
        self.sock.sendall(wire.encode_hello(hello))

    def tile(self) -> tuple[int, Tile]:
        message = link.read(self.sock)
        assert message is not None
        return message.seq, wire.decode_tile(message)

    def dismissed(self) -> bool:
        return link.read(self.sock) is None

    def __enter__(self) -> Played:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[GatewayProcess, Path]]:
    """A gateway that starts no workers, and where they dial in."""
    path = tmp_path / "w"
    with gateway("--workers", "0", "--worker-listen", f"unix:{path}", "--worker-token", "secret") as running:
        yield running, path


def test_a_unit_that_kills_every_worker_fails_its_job_and_another_try_finishes_it(
    site: tuple[GatewayProcess, Path], tmp_path: Path
) -> None:
    running, path = site
    jobs, source = Jobs(running.url), picture(60, 48)  # one tile
    job = jobs.enhance(source, to="x4")["id"]
    for _ in range(3):
        with Played(path) as worker:
            worker.tile()
    told = ended(jobs, job)
    assert (told["state"], told["error"]["code"]) == ("failed", "job.poison")
    assert jobs.resume(job)["state"] == "waiting"
    with Played(path) as worker:
        seq, tile = worker.tile()
        worker.sock.sendall(wire.encode_enlarged(seq, Enlarger("cpu", "played")(tile)))
        assert ended(jobs, job)["state"] == "done"
    assert result(jobs, job, tmp_path) == at_once(source, "x4")


def test_what_a_worker_refuses_for_good_fails_the_job_and_what_may_pass_is_tried_again(
    site: tuple[GatewayProcess, Path],
) -> None:
    running, path = site
    jobs = Jobs(running.url)
    job = jobs.enhance(picture(60, 48), to="x4")["id"]
    with Played(path) as worker:
        worker.sock.sendall(wire.encode_problem(worker.tile()[0], Problem("fleet.memory", "no memory")))
        seq, _ = worker.tile()  # a second later
        assert jobs.show(job)["state"] == "running"
        worker.sock.sendall(wire.encode_problem(seq, Problem("enhance.failed", "no answer")))
        told = ended(jobs, job)
    assert (told["state"], told["error"]["code"]) == ("failed", "job.unit")
    assert "no answer" in told["error"]["message"]


def test_an_answer_of_another_size_is_garbage_and_the_next_worker_gets_the_unit(
    site: tuple[GatewayProcess, Path],
) -> None:
    running, path = site
    jobs = Jobs(running.url)
    job = jobs.enhance(picture(60, 48), to="x4")["id"]
    with Played(path) as liar:
        seq, tile = liar.tile()
        small = EnlargedTile(
            width=1, height=1, channels=3, pixels=bytes(6), model=tile.model, worker="liar", times_ms={}
        )
        liar.sock.sendall(wire.encode_enlarged(seq, small))
        assert liar.dismissed()
    with Played(path) as worker:
        assert worker.tile()[1] == tile
        assert jobs.cancel(job) is not None
        worker.sock.sendall(wire.encode_enlarged(2, Enlarger("cpu", "played")(tile)))  # nobody wants it any more
        other = jobs.enhance(picture(60, 48, seed=1), to="x4")["id"]
        seq, _ = worker.tile()
        assert jobs.show(other)["state"] == "running"


def test_a_second_gateway_does_not_touch_the_jobs_of_the_first(tmp_path: Path) -> None:
    data = ["--data-folder", str(tmp_path / "data")]
    with gateway("--workers", "0", *data) as first, gateway("--workers", "0", *data) as second:
        Jobs(first.url).enhance(picture(), to="x2")
        refused = ask(second, "GET", "/api/jobs")
        assert (refused.status, refused.json["code"]) == (503, "job.locked")
        with pytest.raises(LightbrushError, match=r"job\.locked"):
            Jobs(second.url).enhance(picture(), to="x2")


def test_a_database_that_someone_holds_keeps_a_job_waiting_and_no_longer(tmp_path: Path) -> None:
    with gateway("--data-folder", str(tmp_path)) as running:
        jobs = Jobs(running.url)
        job = jobs.enhance(SOURCE, to="x4")["id"]
        until(jobs, job, lambda told: told["units_done"] >= 2)
        with contextlib.closing(sqlite3.connect(tmp_path / "jobs" / "jobs.sqlite", isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")
            told = until(jobs, job, lambda told: told["error"] is not None)
            assert (told["state"], told["error"]["code"]) == ("waiting", "job.locked")
        assert ended(jobs, job)["state"] == "done"
        assert result(jobs, job, tmp_path) == at_once(SOURCE, "x4")


def test_a_gateway_stops_though_someone_listens() -> None:
    with gateway("--workers", "0") as running:
        jobs = Jobs(running.url)
        job = jobs.enhance(picture(), to="x2")["id"]
        events = jobs.watch()
        assert next(events)[1]["id"] == job
        running.process.terminate()
        assert all(event == "job" for event, _ in events)  # until it ends


def test_a_damaged_picture_fails_its_job_and_nothing_else() -> None:
    with gateway() as running:
        jobs = Jobs(running.url)
        whole = picture(128, 128)
        job = jobs.enhance(whole[: len(whole) // 2], to="x4")["id"]
        told = ended(jobs, job)
        assert (told["state"], told["error"]["code"]) == ("failed", "job.unit")
        assert ended(jobs, jobs.enhance(whole, to="x2")["id"])["state"] == "done"
