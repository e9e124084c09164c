"""Recordings at a gateway that runs: what was shown is in them, whatever ends, and they belong to somebody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from lightbrush import pixels, wire
from lightbrush.premiere import reel
from lightbrush.premiere.log import Log
from lightbrush.shots import Asset, EncodedPicture, Frame, Reference
from lightbrush.wire import Kind
from tests.gateway.job_site import Asked, ask
from tests.harness import GatewayProcess, Wire, gateway, wait_until
from tests.premiere.sessions import ENGINE, drawn, masked


@pytest.fixture(scope="module")
def running() -> Iterator[GatewayProcess]:
    with gateway() as process:
        yield process


async def welcomed(session: Wire) -> str:
    """-> the session's id."""
    message = await session.until(lambda message: message.kind is Kind.WELCOME)
    return wire.decode_welcome(message).session


def post(running: GatewayProcess, path: str, body: object = None, **headers: str) -> Asked:
    return ask(running, "POST", path, json.dumps(body).encode(), **headers)


def begin(running: GatewayProcess, session: str) -> str:
    """-> the recording's id."""
    answer = post(running, "/api/recordings", {"session": session})
    assert answer.status == 201, answer.body
    told = answer.json
    assert (told["state"], told["pictures"], told["ended"]) == ("recording", 0, "")
    recording: str = told["id"]
    return recording


def show(running: GatewayProcess, recording: str) -> dict[str, Any]:
    told: dict[str, Any] = ask(running, "GET", f"/api/recordings/{recording}").json
    return told


def stopped(running: GatewayProcess, recording: str) -> dict[str, Any]:
    answer = post(running, f"/api/recordings/{recording}/stop")
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json
    return told


def downloaded(running: GatewayProcess, recording: str, folder: Path) -> Log:
    answer = ask(running, "GET", f"/api/recordings/{recording}/file")
    assert answer.status == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{recording}.lbrec"'
    path = folder / f"{recording}.lbrec"
    path.write_bytes(answer.body)
    return Log(path)


def put(running: GatewayProcess, shot: Frame) -> None:
    for asset in shot.assets:
        assert ask(running, "PUT", f"/assets/{asset.sha256}", asset.data).status == 204


def bare(shot: Frame) -> Frame:
    """As it travels: what it names stays behind."""
    references = tuple(Reference(Asset(one.asset.sha256), one.weight) for one in shot.references)
    return replace(shot, references=references, base=Asset(shot.base.sha256) if shot.base else None)


async def test_a_recording_holds_the_shots_whose_pictures_were_sent_and_nothing_else(
    running: GatewayProcess, tmp_path: Path
) -> None:
    shots = [drawn(1), masked(2), drawn(3, size=256), drawn(1)]
    answers: list[EncodedPicture] = []
    async with running.socket() as session:
        session_id = await welcomed(session)
        await session.render(1, drawn(9))
        recording = begin(running, session_id)
        for seq, shot in enumerate(shots, 2):
            put(running, shot)
            answers.append(await session.render(seq, bare(shot)))
        await session.render(90, replace(drawn(4), accept="image/png"))  # a file to keep, which nobody is shown
        await session.send(wire.encode_shot(91, drawn(5, parameters={"act": "raise"})))
        assert (await session.problem())[0] == 91
        told = stopped(running, recording)
        await session.render(92, drawn(6))
    log = downloaded(running, recording, tmp_path)
    assert [log.frame(shown) for shown in log.shown] == shots
    assert log.last == "stopped"
    assert {name: told[name] for name in ("id", "state", "ended", "pictures", "width_px", "height_px", "engines")} == {
        "id": recording,
        "state": "ended",
        "ended": "stopped",
        "pictures": 4,
        "width_px": 256,
        "height_px": 256,
        "engines": ["blur"],
    }
    assert told["duration_ms"] == log.end_ms - log.shown[0].at_ms
    assert told["bytes"] == (tmp_path / f"{recording}.lbrec").stat().st_size
    for shown, shot, seen in zip(log.shown, shots, answers, strict=True):
        assert shown.picture == hashlib.sha256(seen.data).digest()
        again = ENGINE.render(shot).pixels
        assert reel.is_what_was_seen(again, log, shown), "the very same picture, from its shot alone"
        assert np.abs(pixels.decode(seen.data).astype(int) - again).mean() < 6


async def test_a_picture_that_was_passed_over_was_not_seen(running: GatewayProcess, tmp_path: Path) -> None:
    async with running.socket() as session:
        recording = begin(running, await welcomed(session))
        seen = []
        for seq in range(1, 30):
            await session.send(wire.encode_shot(seq, drawn(seq, parameters={"cost_ms": 20.0})))
        while (message := await session.answer()).seq != 29:
            seen.append(message.seq)
        stopped(running, recording)
    log = downloaded(running, recording, tmp_path)
    assert [log.frame(shown).seed for shown in log.shown] == [*seen, 29]
    assert len(seen) < 28


async def test_a_session_that_is_lost_goes_on_in_another(running: GatewayProcess, tmp_path: Path) -> None:
    async with running.socket() as session:
        recording = begin(running, await welcomed(session))
        await session.render(1, drawn(1))
    wait_until(lambda: show(running, recording)["state"] == "away")
    async with running.socket() as session:
        answer = post(running, f"/api/recordings/{recording}/resume", {"session": await welcomed(session)})
        assert (answer.status, answer.json["state"], answer.json["pictures"]) == (200, "recording", 1)
        await session.render(1, drawn(2))
        told = stopped(running, recording)
    log = downloaded(running, recording, tmp_path)
    assert [log.frame(shown) for shown in log.shown] == [drawn(1), drawn(2)]
    assert [mark.what for mark in log.marks] == ["away", "back", "stopped"]
    times = [log.shown[0].at_ms, log.marks[0].at_ms, log.marks[1].at_ms, log.shown[1].at_ms, log.marks[2].at_ms]
    assert times == sorted(times)
    assert told["pictures"] == 2


async def test_after_a_gateway_is_killed_the_recording_is_there_and_can_go_on(tmp_path: Path) -> None:
    data = ["--data-folder", str(tmp_path / "data")]
    with gateway(*data) as first:
        async with first.socket() as session:
            recording = begin(first, await welcomed(session))
            put(first, masked(1))
            for seq in (1, 2, 3):
                await session.render(seq, bare(masked(seq)))
            wait_until(lambda: show(first, recording)["pictures"] == 3)
            first.kill()
    with gateway(*data) as second:
        (told,) = ask(second, "GET", "/api/recordings").json["recordings"]
        assert (told["id"], told["state"], told["ended"], told["pictures"]) == (recording, "away", "", 3)
        assert len(downloaded(second, recording, tmp_path).shown) == 3
        async with second.socket() as session:
            post(second, f"/api/recordings/{recording}/resume", {"session": await welcomed(session)})
            await session.render(1, drawn(7))
            stopped(second, recording)
        log = downloaded(second, recording, tmp_path)
        assert [log.frame(shown) for shown in log.shown] == [masked(1), masked(2), masked(3), drawn(7)]


async def test_a_recording_that_is_full_ends_whole_and_its_session_is_told(tmp_path: Path) -> None:
    with gateway("--recording-bytes", str(1024 * 1024)) as running:
        async with running.socket() as session:
            recording = begin(running, await welcomed(session))
            noise, problem = np.random.default_rng(0), None
            for seq in range(1, 40):
                sketch = pixels.encode(noise.integers(0, 256, (256, 256, 3), np.uint8), "image/png")
                await session.send(wire.encode_shot(seq, replace(drawn(seq, size=256), sketch=sketch)))
                message = await session.answer()
                if message.kind is Kind.PROBLEM:
                    problem = wire.decode_problem(message)
                    await session.answer()
                    break
            assert problem is not None
            assert (problem.code, problem.value) == ("recording.full", recording)
            assert await session.render(999, drawn(1)), "the session goes on"
        told = show(running, recording)
        assert (told["state"], told["ended"]) == ("ended", "full")
        log = downloaded(running, recording, tmp_path)
        assert (log.lost_bytes, log.last, len(log.shown)) == (0, "full", told["pictures"])
        assert told["bytes"] < 1024 * 1024 + 100


async def test_where_all_recordings_have_the_size_that_they_may_none_begins(tmp_path: Path) -> None:
    with gateway("--data-folder", str(tmp_path), "--recordings-bytes", str(1024 * 1024)) as running:
        (tmp_path / "recordings").mkdir()
        older = tmp_path / "recordings" / "r-0123456789ab.lbrec"
        older.write_bytes(bytes(1024 * 1024))
        async with running.socket() as session:
            answer = post(running, "/api/recordings", {"session": await welcomed(session)})
            assert (answer.status, answer.json["code"]) == (507, "recording.full")
            older.unlink()


async def test_what_cannot_be_done_has_a_code_and_a_status(running: GatewayProcess) -> None:
    def refused(answer: Asked) -> tuple[int, str]:
        return answer.status, answer.json["code"]

    assert refused(ask(running, "POST", "/api/recordings", b"not JSON")) == (400, "recording.request")
    assert refused(ask(running, "POST", "/api/recordings", b" " * 70_000)) == (400, "recording.request")
    assert refused(post(running, "/api/recordings", {"session": "s-0"})) == (409, "recording.session")
    for name in ("r-000000000000", "r-..", "x"):
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/file"), ("POST", "/stop")):
            assert refused(ask(running, method, f"/api/recordings/{name}{path}")) == (404, "recording.missing")
    async with running.socket() as session:
        session_id = await welcomed(session)
        recording = begin(running, session_id)
        body = {"session": session_id}
        assert refused(post(running, "/api/recordings", body)) == (409, "recording.session")
        assert refused(post(running, f"/api/recordings/{recording}/resume", body)) == (409, "recording.state")
        assert refused(ask(running, "GET", f"/api/recordings/{recording}/file")) == (409, "recording.state")
        assert refused(ask(running, "DELETE", f"/api/recordings/{recording}")) == (409, "recording.state")
        stopped(running, recording)
        assert stopped(running, recording)["ended"] == "stopped", "to stop it twice is to have stopped it"
        assert ask(running, "DELETE", f"/api/recordings/{recording}").status == 204
    assert recording not in [told["id"] for told in ask(running, "GET", "/api/recordings").json["recordings"]]
    foreign = ask(running, "GET", "/api/recordings", Host="evil.example")
    assert refused(foreign) == (403, "access.origin")


async def test_everyone_has_their_own_recordings_and_the_operator_all_of_them() -> None:
    flags = ["--token", "operator", "--user", "ann:a-token", "--user", "bob:b-token"]
    with gateway(*flags) as shared:
        shared.socket_url = shared.socket_url.partition("?")[0] + "?token=a-token"
        ann, bob, operator = ({"Authorization": f"Bearer {token}"} for token in ("a-token", "b-token", "operator"))
        async with shared.socket() as session:
            session_id = await welcomed(session)
            body = {"session": session_id}
            assert post(shared, "/api/recordings", body).status == 401
            assert post(shared, "/api/recordings", body, **bob).json["code"] == "recording.session"
            recording = post(shared, "/api/recordings", body, **ann).json["id"]
            await session.render(1, drawn(1))
            path = f"/api/recordings/{recording}"
            for method, what in (("GET", ""), ("POST", "/stop"), ("GET", "/file"), ("DELETE", "")):
                answer = ask(shared, method, path + what, **bob)
                assert (answer.status, answer.json["code"]) == (404, "recording.missing")
            assert ask(shared, "GET", path, **ann).json["state"] == "recording"
        assert ask(shared, "GET", "/api/recordings", **bob).json == {"recordings": []}
        for who in (ann, operator):
            assert [told["id"] for told in ask(shared, "GET", "/api/recordings", **who).json["recordings"]] == [
                recording
            ]
        wait_until(lambda: ask(shared, "GET", path, **ann).json["state"] == "away")
        assert ask(shared, "DELETE", path, **bob).status == 404
        assert ask(shared, "DELETE", path, **ann).status == 204
