"""The public Python client against a real gateway."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from lightbrush import client, pixels, wire
from lightbrush.client import Client
from lightbrush.errors import LightbrushError
from lightbrush.shots import Asset, Frame, Reference
from tests.harness import LIMIT_S, ROOT, GatewayProcess, environment, gateway, shot


@pytest.fixture(scope="module")
def server() -> Iterator[GatewayProcess]:
    with gateway("--token", "let-me-in", "--message-bytes", "100000") as running:
        yield running


async def code_of(coroutine: object) -> str:
    with pytest.raises(LightbrushError) as caught:
        async with asyncio.timeout(LIMIT_S):
            await coroutine  # type: ignore[misc]
    return caught.value.code


async def test_render_gives_the_picture_of_its_own_shot(server: GatewayProcess) -> None:
    async with Client(server.url) as c:
        first = await c.render(shot(seed=1))
        second = await c.render(shot(seed=2))
        again = await c.render(shot(seed=1))
    assert first.data == again.data != second.data
    assert c.welcome.default_engine == "blur"
    assert c.status == wire.Status(state="ready", workers=1, device="CPU (NumPy)")


async def test_a_bad_shot_raises_what_the_gateway_said_and_the_session_lives_on(
    server: GatewayProcess,
) -> None:
    async with Client(server.url) as c:
        assert await code_of(c.render(shot(width=3))) == "shot.size"
        assert await code_of(c.render(shot(sketch=b"x" * 200_000))) == "wire.too_large"
        await c.render(shot())


async def test_renders_asked_for_at_the_same_time_take_turns(server: GatewayProcess) -> None:
    async with Client(server.url) as c, asyncio.timeout(LIMIT_S):
        pictures = await asyncio.gather(*(c.render(shot(seed=n)) for n in range(5)))
    assert len({picture.data for picture in pictures}) == 5


@pytest.mark.parametrize("act", ["render", "raise"])
async def test_a_render_that_a_newer_shot_replaced_says_so(server: GatewayProcess, act: str) -> None:
    async with Client(server.url) as c:
        await c.send(shot(parameters={"cost_ms": 300.0}))
        replaced = asyncio.create_task(c.render(shot()))
        await asyncio.sleep(0)
        await c.send(shot(parameters={"act": act}))
        assert await code_of(replaced) == "shot.superseded"


def asset(shade: int) -> Asset:
    return Asset.of(pixels.encode(np.full((9, 9, 3), shade, np.uint8), "image/png"))


def with_references(*assets: Asset, **values: object) -> Frame:
    return shot(references=tuple(map(Reference, assets)), **values)


async def test_pictures_that_a_shot_names_are_brought_by_themselves(server: GatewayProcess) -> None:
    async with Client(server.url) as c, asyncio.timeout(LIMIT_S):
        first = await c.render(with_references(asset(1), asset(2), base=asset(3), mask=asset(4).data))
        again = await c.render(with_references(asset(1), asset(2), base=asset(3), mask=asset(4).data))
        assert first.data == again.data


async def test_a_live_source_may_change_its_reference_between_any_two_shots(server: GatewayProcess) -> None:
    async with Client(server.url) as c, asyncio.timeout(LIMIT_S):
        for n in range(10, 30):
            await c.send(with_references(asset(n)))
        last = await c.send(with_references(asset(99), width=256, height=256))
        assert last == 21
        async for picture in c:
            if picture.width == 256:
                break
        assert picture.data == (await c.render(with_references(asset(99), width=256, height=256))).data


async def test_a_picture_that_cannot_be_brought_is_told_and_the_session_lives_on(server: GatewayProcess) -> None:
    async with Client(server.url) as c:
        assert await code_of(c.render(with_references(Asset(asset(50).sha256)))) == "asset.missing"
        assert await code_of(c.render(with_references(Asset(asset(51).sha256, b"other bytes")))) == "asset.hash"
        assert await code_of(c.render(with_references(Asset.of(b"no picture")))) == "pixels.format"
        await c.render(with_references(asset(52)))


async def test_a_render_whose_place_is_taken_while_its_picture_is_brought_says_so(server: GatewayProcess) -> None:
    async with Client(server.url) as c:
        replaced = asyncio.create_task(c.render(with_references(asset(60))))
        await asyncio.sleep(0)
        await c.send(shot())
        assert await code_of(replaced) == "shot.superseded"


async def test_iterating_gives_the_newest_picture_and_goes_on_after_a_problem(server: GatewayProcess) -> None:
    async with Client(server.url) as c, asyncio.timeout(LIMIT_S):
        await c.send(shot())
        assert (await anext(c)).width == 64
        await c.send(shot(parameters={"act": "raise"}))
        assert await code_of(anext(c)) == "fleet.engine_failed"
        await c.send(shot(width=256, height=256))
        async for picture in c:
            assert picture.width == 256
            break


async def test_a_wrong_token_is_told(server: GatewayProcess) -> None:
    base = server.url.partition("?")[0]
    assert await code_of(Client(base, "wrong").__aenter__()) == "access.token"
    assert await code_of(Client(base).__aenter__()) == "access.token"
    async with Client(base, "let-me-in") as c:
        await c.render(shot())


async def test_a_gateway_that_is_not_there_is_told() -> None:
    assert await code_of(Client("http://127.0.0.1:1").__aenter__()) == "client.connection"


async def test_a_gateway_that_ends_fails_what_waits_and_ends_the_iteration() -> None:
    with gateway() as short_lived:
        async with Client(short_lived.url) as c, asyncio.timeout(LIMIT_S):
            await c.render(shot())
            waiting = asyncio.create_task(c.render(shot(parameters={"cost_ms": 600_000.0})))
            await asyncio.sleep(0)
            short_lived.process.kill()
            assert await code_of(waiting) == "client.connection"
            assert [p async for p in c] == []
            assert await code_of(c.render(shot())) == "client.connection"


async def test_a_client_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="expected a client inside `async with`"):
        await Client("http://127.0.0.1:1").render(shot())


def test_one_picture_without_asyncio(server: GatewayProcess) -> None:
    assert client.render(server.url, shot()).engine == "blur"


def test_the_client_needs_no_server_code() -> None:
    heavy = "{'starlette', 'uvicorn', 'prometheus_client', 'onnxruntime', 'torch'}"
    code = f"import sys, lightbrush.client; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
