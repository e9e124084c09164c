"""The gateway as people and programs meet it: sockets, HTTP, what bad input gets, what it leaves behind."""

from __future__ import annotations

import asyncio
import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from websockets.exceptions import ConnectionClosed

from lightbrush import pixels, wire
from lightbrush.gateway.app import CLOSE_CODES
from lightbrush.shots import Prompt
from lightbrush.wire import HEADER, Kind
from tests.harness import LIMIT_S, SKETCH, GatewayProcess, gateway, png_that_declares, shot, wait_until_ended


@pytest.fixture(scope="module")
def server() -> Iterator[GatewayProcess]:
    with gateway("--message-bytes", "1000000", "--max-sessions", "60", "--max-queue", "0") as running:
        yield running


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=LIMIT_S) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


async def test_a_session_opens_with_the_engines_and_the_fleets_state(server: GatewayProcess) -> None:
    async with server.socket() as session:
        welcome = wire.decode_welcome(await session.receive())
        assert welcome.default_engine == "blur"
        assert [card.id for card in welcome.engines] == ["blur"]
        assert welcome.limits == wire.Limits(message_bytes=1_000_000, sketch_pixels=pixels.MAX_PIXELS)
        await session.status("ready")


async def test_a_shot_comes_back_as_a_picture_with_its_number_and_times(server: GatewayProcess) -> None:
    async with server.socket() as session:
        picture = await session.render(4_000_000_000, shot(accept="image/png"))
        assert pixels.decode(picture.data).shape == (64, 64, 3)
        assert list(picture.times_ms) == ["queue", "decode", "step", "encode", "link"]
        assert all(spent >= 0 for spent in picture.times_ms.values())


async def test_the_same_shot_gives_the_same_bytes_in_two_sessions(server: GatewayProcess) -> None:
    async with server.socket() as one, server.socket() as two:
        assert (await one.render(1, shot(seed=3))).data == (await two.render(9, shot(seed=3))).data


BAD_MESSAGES: dict[str, tuple[bytes | str, str]] = {
    "empty": (b"", "wire.truncated"),
    "truncated": (wire.encode_shot(7, shot())[:-5], "wire.truncated"),
    "trailing": (wire.encode_shot(7, shot()) + b"x", "wire.trailing"),
    "lying header": (HEADER.pack(b"LB", 1, 2, 7, 10, 2**32 - 1) + bytes(50), "wire.too_large"),
    "no magic": (b"GET / HTTP/1.1\r\n\r\n", "wire.magic"),
    "wrong version": (HEADER.pack(b"LB", 9, 2, 7, 0, 0), "wire.version"),
    "wrong kind": (HEADER.pack(b"LB", 1, 3, 7, 0, 0), "wire.kind"),
    "oversized": (wire.encode_shot(7, shot(sketch=bytes(1_000_001))), "wire.too_large"),
    "garbage for meta": (wire.pack(Kind.SHOT, 7, b"\xc1" * 40), "wire.meta"),
    "deep meta": (wire.pack(Kind.SHOT, 7, b"\x81\xa1x" + b"\x91" * 60_000), "wire.meta"),
    "text": ("hello", "wire.text"),
    "bomb": (wire.encode_shot(7, shot(sketch=png_that_declares(60_000, 60_000))), "pixels.too_large"),
    "not a picture": (wire.encode_shot(7, shot(sketch=b"MZ" + bytes(99))), "pixels.format"),
    "half a picture": (wire.encode_shot(7, shot(sketch=SKETCH[: len(SKETCH) // 2])), "pixels.format"),
    "nan": (wire.encode_shot(7, shot(strength=float("nan"))), "shot.strength"),
    "infinite weight": (wire.encode_shot(7, shot(prompts=(Prompt("x", float("inf")),))), "shot.prompt"),
    "long prompt": (wire.encode_shot(7, shot(prompts=(Prompt("x" * 9999, 1.0),))), "shot.prompt"),
    "many prompts": (wire.encode_shot(7, shot(prompts=(Prompt("x"),) * 99)), "shot.prompt"),
    "absurd steps": (wire.encode_shot(7, shot(steps=10**9)), "shot.steps"),
    "negative seed": (wire.encode_shot(7, shot(seed=-1)), "shot.seed"),
    "absurd size": (wire.encode_shot(7, shot(width=2**40, height=2**40)), "shot.size"),
    "nan parameter": (wire.encode_shot(7, shot(parameters={"cost_ms": float("nan")})), "shot.parameter"),
    "unknown parameter": (wire.encode_shot(7, shot(parameters={"rm": "-rf"})), "shot.parameter"),
    "unknown engine": (wire.encode_shot(7, shot(engine="../../etc")), "shot.engine"),
    "unknown format": (wire.encode_shot(7, shot(accept="image/gif")), "shot.accept"),
    "engine failure": (wire.encode_shot(7, shot(parameters={"act": "raise"})), "fleet.engine_failed"),
}


@pytest.mark.parametrize("name", BAD_MESSAGES)
async def test_bad_input_gets_its_code_and_the_session_lives_on(server: GatewayProcess, name: str) -> None:
    data, code = BAD_MESSAGES[name]
    async with server.socket() as session:
        await session.send(data)
        seq, problem = await session.problem()
        assert problem.code == code
        assert seq == (7 if isinstance(data, bytes) and data[:2] == b"LB" else 0)
        await session.render(8, shot())


async def test_a_message_far_over_the_limit_ends_its_own_session_only(server: GatewayProcess) -> None:
    async with server.socket() as other, server.socket() as session:
        with pytest.raises(ConnectionClosed) as caught:  # noqa: PT012
            await session.send(bytes(3_000_000))
            while True:
                await session.receive()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009
        await other.render(1, shot())


async def test_a_foreign_origin_is_told_and_closed(server: GatewayProcess) -> None:
    async with server.socket(origin="https://evil.example") as session:
        _, problem = await session.problem()
        assert problem.code == "access.origin"
        with pytest.raises(ConnectionClosed):
            await session.receive()
        assert session.socket.close_code == CLOSE_CODES["access.origin"]


async def test_the_newest_shot_wins_and_the_last_one_is_always_answered(server: GatewayProcess) -> None:
    async with server.socket() as session:
        for seq in range(1, 201):
            await session.send(wire.encode_shot(seq, shot(seed=seq, parameters={"cost_ms": 20.0})))
        seen = [(await session.answer()).seq]
        while seen[-1] != 200:
            seen.append((await session.answer()).seq)
        assert seen == sorted(seen)
        assert len(seen) < 100


async def test_many_sessions_are_each_answered_and_the_one_too_many_is_refused(
    server: GatewayProcess,
) -> None:
    async with asyncio.TaskGroup() as group, AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(server.socket()) for _ in range(60)]
        tasks = [group.create_task(s.render(n, shot(seed=n))) for n, s in enumerate(sessions)]
        pictures = [await task for task in tasks]
        assert len({picture.data for picture in pictures}) == 60
        async with server.socket() as late:
            _, problem = await late.problem()
            assert problem.code == "access.full"


async def test_clients_that_vanish_in_the_middle_of_a_render_leave_nothing(server: GatewayProcess) -> None:
    for seq in range(20):
        async with server.socket() as session:
            await session.send(wire.encode_shot(seq, shot(parameters={"cost_ms": 5.0})))
            session.socket.transport.abort()
    async with server.socket() as session:
        await session.render(1, shot())
        health = json.loads(get(f"{server.url}healthz")[2])
        assert health["sessions"] == 1
        assert health["workers"] == 1


async def test_health_engines_and_metrics_are_readable(server: GatewayProcess) -> None:
    async with server.socket() as session:
        await session.render(1, shot())  # from then on it is ready
    status, _, body = get(f"{server.url}healthz")
    assert (status, json.loads(body)["status"]) == (200, "ready")
    status, _, body = get(f"{server.url}api/engines")
    assert (status, json.loads(body)["engines"][0]["materials"][0]["name"]) == (200, "snow")
    status, _, body = get(f"{server.url}metrics")
    text = body.decode()
    assert status == 200
    for name in (
        "shots_received_total",
        "shots_rendered_total",
        "stage_seconds_bucket",
        "sessions",
        "workers",
        "asset_bytes",
    ):
        assert f"lightbrush_{name}" in text


def test_every_page_carries_the_security_headers(server: GatewayProcess) -> None:
    _, headers, _ = get(server.url)
    lowered = {name.lower(): value for name, value in headers.items()}
    assert "default-src 'self'" in lowered["content-security-policy"]
    assert lowered["x-content-type-options"] == "nosniff"
    assert lowered["referrer-policy"] == "no-referrer"
    assert get(f"{server.url}../../etc/passwd")[0] == 404


async def test_elsewhere_than_on_this_machine_a_token_is_made_and_needed() -> None:
    with gateway("--host", "0.0.0.0") as open_server:
        base, _, token = open_server.url.partition("?token=")
        assert len(token) >= 32
        async with open_server.socket() as session:
            await session.render(1, shot())
        open_server.socket_url = base.replace("http", "ws", 1) + "ws"
        async with open_server.socket() as session:
            assert (await session.problem())[1].code == "access.token"
            with pytest.raises(ConnectionClosed):
                await session.receive()
            assert session.socket.close_code == CLOSE_CODES["access.token"]
        async with open_server.socket(additional_headers={"Authorization": f"Bearer {token}"}) as session:
            assert (await session.receive()).kind is Kind.WELCOME
        assert get(f"{base}metrics")[0] == 401
        assert get(f"{base}metrics?token={token}")[0] == 200
        assert get(f"{base}healthz")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
async def test_no_worker_outlives_the_gateway_however_it_ends(number: signal.Signals) -> None:
    with gateway() as running:
        async with running.socket() as session:
            await session.status("ready")
            await session.send(wire.encode_shot(1, shot(parameters={"cost_ms": 600_000.0})))
            workers = running.workers()
            assert len(workers) == 1
            running.process.send_signal(number)
            code = running.process.wait(LIMIT_S)
            assert code == (-signal.SIGKILL if number is signal.SIGKILL else 0)
        wait_until_ended(workers)
