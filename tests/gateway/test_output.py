"""What a session shows, on real sockets: who may watch, that it is the newest, what black is, and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import numpy as np
import pytest
from websockets.asyncio.client import connect

from lightbrush import pixels, wire
from lightbrush.gateway import output
from lightbrush.gateway.output import Outputs
from lightbrush.shots import EncodedPicture
from lightbrush.wire import Kind
from tests.gateway.job_site import ask
from tests.harness import LIMIT_S, GatewayProcess, Wire, gateway, shot
from tests.room_site import invite, share

NAME = "o-" + "0123456789ab" * 2


@pytest.fixture(scope="module")
def running() -> Iterator[GatewayProcess]:
    with gateway() as process:
        yield process


class Watched:
    """A program that watches: parts in, by hand."""

    def __init__(self, reader: asyncio.StreamReader, status: int, body: bytes) -> None:
        self.reader, self.status, self.body = reader, status, body

    async def picture(self) -> bytes:
        """The next one; raises IncompleteReadError at the end."""
        async with asyncio.timeout(LIMIT_S):
            head = b""
            while b"Content-Length:" not in head:
                head = await self.reader.readuntil(b"\r\n")
            await self.reader.readuntil(b"\r\n")
            return await self.reader.readexactly(int(head.split(b":")[1]))

    async def until(self, wanted: bytes) -> None:
        while await self.picture() != wanted:
            pass

    async def ended(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await self.picture()


@asynccontextmanager
async def watching(running: GatewayProcess, path: str, **headers: str) -> AsyncIterator[Watched]:
    """In HTTP/1.0, so that the answer is not chunked."""
    url = urlsplit(running.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    lines = {"Host": url.netloc} | headers
    said = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"GET {path} HTTP/1.0\r\n{said}\r\n".encode())
    try:
        async with asyncio.timeout(LIMIT_S):
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split()[1])
            body = b"" if status == 200 else await reader.read()
        yield Watched(reader, status, body)
    finally:
        writer.close()


@asynccontextmanager
async def session(running: GatewayProcess, query: str = "") -> AsyncIterator[tuple[Wire, str]]:
    """-> a session, and its id."""
    url = running.socket_url + (("&" if "?" in running.socket_url else "?") + query if query else "")
    async with connect(url, compression=None, max_size=2**26, max_queue=None) as socket:
        page = Wire(socket)
        message = await page.until(lambda message: message.kind is Kind.WELCOME)
        yield page, wire.decode_welcome(message).session


async def test_who_watches_gets_the_bytes_that_the_page_gets_and_then_each_newer_picture(
    running: GatewayProcess,
) -> None:
    async with session(running) as (page, name):
        first = await page.render(1, shot(seed=1))
        async with watching(running, f"/output/{name}.mjpeg") as watched:
            assert watched.status == 200
            assert await watched.picture() == first.data
            second = await page.render(2, shot(seed=2))
            await watched.until(second.data)
            assert first.data != second.data


async def test_a_program_may_watch_before_there_is_a_picture(running: GatewayProcess) -> None:
    async with session(running) as (page, name), watching(running, f"/output/{name}.mjpeg") as watched:
        picture = await page.render(1, shot(seed=3))
        assert await watched.picture() == picture.data


async def test_a_picture_without_loss_is_a_file_and_not_shown(running: GatewayProcess) -> None:
    async with session(running) as (page, name), watching(running, f"/output/{name}.mjpeg") as watched:
        await page.render(1, shot(accept="image/png"))
        shown = await page.render(2, shot(seed=9))
        assert await watched.picture() == shown.data


async def test_black_hides_the_picture_and_gives_the_newest_back(running: GatewayProcess) -> None:
    async with session(running) as (page, name):
        await page.render(1, shot(seed=1))
        async with watching(running, f"/output/{name}.mjpeg") as watched:
            await watched.picture()
            assert ask(running, "PUT", f"/output/{name}", b'{"black": true}').status == 204
            while (seen := pixels.decode(await watched.picture())).max() > 0:
                pass
            assert seen.shape == (64, 64, 3)
            newest = await page.render(2, shot(seed=2))
            assert np.max(pixels.decode(await watched.picture())) == 0
            assert ask(running, "PUT", f"/output/{name}", b'{"black": false}').status == 204
            await watched.until(newest.data)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"black": 1}', b"[" * 2000, b"\xff"])
async def test_black_is_asked_for_as_it_should_be(running: GatewayProcess, body: bytes) -> None:
    async with session(running) as (_, name):
        answer = ask(running, "PUT", f"/output/{name}", body)
        assert (answer.status, answer.json["code"]) == (400, "output.request")


async def test_a_session_that_ends_ends_what_shows_it(running: GatewayProcess) -> None:
    async with session(running) as (page, name):
        await page.render(1, shot())
        async with watching(running, f"/output/{name}.mjpeg") as watched:
            await watched.picture()
            await page.socket.close()
            await watched.ended()
    assert ask(running, "GET", f"/output/{name}.mjpeg").json["code"] == "output.missing"


async def test_under_the_name_that_the_page_chose_it_goes_on_when_the_connection_is_made_anew(
    running: GatewayProcess,
) -> None:
    async with session(running, f"output={NAME}") as (page, _):
        before = await page.render(1, shot(seed=1))
        watcher = watching(running, f"/output/{NAME}.mjpeg")
        watched = await watcher.__aenter__()
        assert await watched.picture() == before.data
    async with session(running, f"output={NAME}") as (page, name):
        after = await page.render(1, shot(seed=2))
        await watched.until(after.data)
        async with watching(running, f"/output/{name}.mjpeg") as other:
            assert await other.picture() == after.data
    await watcher.__aexit__(None, None, None)


def test_nobody_is_shown_under_a_name_that_nobody_chose(running: GatewayProcess) -> None:
    for name in (NAME[:-1] + "f", "s-000000000000", "metrics"):
        answer = ask(running, "GET", f"/output/{name}.mjpeg")
        assert (answer.status, answer.json["code"]) == (404, "output.missing")


async def test_a_token_opens_it_and_another_users_session_is_not_there() -> None:
    with gateway("--user", "ada:alpha", "--user", "bob:beta") as running:
        async with session(running, "token=alpha") as (page, name):
            picture = await page.render(1, shot())
            path = f"/output/{name}.mjpeg"
            async with watching(running, path) as nobody, watching(running, f"{path}?token=beta") as bob:
                assert (nobody.status, json.loads(nobody.body)["code"]) == (401, "access.token")
                assert (bob.status, json.loads(bob.body)["code"]) == (404, "output.missing")
            assert ask(running, "PUT", f"/output/{name}?token=beta", b'{"black": true}').status == 404
            async with watching(running, f"{path}?token=alpha") as ada:
                assert await ada.picture() == picture.data
            async with session(running, f"token=alpha&output={NAME}") as (second, _):
                own = await second.render(1, shot(seed=5))
                async with session(running, f"token=beta&output={NAME}") as (thief, _):
                    await thief.render(1, shot(seed=6))
                    async with watching(running, f"/output/{NAME}.mjpeg?token=alpha") as ada:
                        assert await ada.picture() == own.data


async def test_a_page_that_made_its_name_resolve_to_us_reads_nothing(running: GatewayProcess) -> None:
    async with session(running) as (_, name), watching(running, f"/output/{name}.mjpeg", Host="evil.example") as page:
        assert (page.status, json.loads(page.body)["code"]) == (403, "access.origin")


async def test_in_a_room_a_link_watches_as_long_as_it_lasts_and_blacks_out_for_editors_only() -> None:
    with gateway() as running:
        room, owner = share(running.url)
        viewer = invite(running.url, room, owner, "viewer")
        other, _ = share(running.url)
        async with session(running, f"room={room}&link={owner}") as (page, name):
            picture = await page.render(1, shot())
            path = f"/output/{name}"
            async with watching(running, f"{path}.mjpeg?room={room}&link={viewer['link']}") as watched:
                assert await watched.picture() == picture.data
                refused = ask(running, "PUT", f"{path}?room={room}&link={viewer['link']}", b'{"black": true}')
                assert (refused.status, refused.json["code"]) == (403, "room.role")
                async with watching(running, f"{path}.mjpeg?room={other}&link={viewer['link']}") as elsewhere:
                    assert elsewhere.status in (403, 404)
                revoked = ask(running, "DELETE", f"/api/rooms/{room}/links/{viewer['id']}?link={owner}")
                assert revoked.status == 204, revoked.body
                await watched.ended()


def picture_of(seed: int) -> EncodedPicture:
    data = bytes([seed])
    return EncodedPicture(data=data, encoding="image/jpeg", width=8, height=8, engine="", worker="", times_ms={})


async def test_who_reads_slowly_gets_the_newest_and_what_stays_is_sent_again() -> None:
    outputs = Outputs(again_s=0.01)
    outputs.enter("s-1")
    over = asyncio.Event()
    parts = outputs.watch("s-1", over)
    await anext(parts)
    for seed in (1, 2, 3):
        outputs.show("s-1", picture_of(seed))
    assert b"\r\n\r\n\x03\r\n" in await anext(parts)
    assert b"\r\n\r\n\x03\r\n" in await anext(parts)
    over.set()
    assert [part async for part in parts] == []


async def test_so_many_watch_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "MOST_WATCHERS", 1)
    outputs = Outputs()
    outputs.enter("s-1")
    outputs.check_room()
    parts = outputs.watch("s-1", asyncio.Event())
    await anext(parts)
    with pytest.raises(output.OutputError, match="1 programs watch already"):
        outputs.check_room()
    await parts.aclose()  # type: ignore[attr-defined]
    outputs.check_room()


async def test_of_sessions_that_end_nothing_is_left() -> None:
    outputs = Outputs()
    outputs.enter("s-1", name=NAME)
    outputs.enter("s-2")
    parts = outputs.watch(NAME, asyncio.Event())
    await anext(parts)
    outputs.left("s-1")
    outputs.left("s-2")
    assert (outputs.session(NAME), outputs.session("s-2")) == ("", "")
    outputs.enter("s-3", name=NAME)
    assert outputs.session(NAME) == "s-3"
    outputs.left("s-3")
    await parts.aclose()  # type: ignore[attr-defined]
    assert outputs._screens == {}


async def test_of_two_tabs_the_newer_has_the_name_and_the_older_is_seen_under_its_own_id() -> None:
    outputs = Outputs()
    outputs.enter("s-1", name=NAME)
    outputs.enter("s-2", name=NAME)
    assert [outputs.session(name) for name in (NAME, "s-1", "s-2")] == ["s-2", "s-1", "s-2"]
    outputs.show("s-1", picture_of(1))
    outputs.show("s-2", picture_of(2))
    for name, seen in (("s-1", b"\1"), (NAME, b"\2")):
        parts = outputs.watch(name, asyncio.Event())
        await anext(parts)
        assert b"\r\n\r\n" + seen in await anext(parts)
        await parts.aclose()  # type: ignore[attr-defined]
    outputs.left("s-1")
    assert outputs.session(NAME) == "s-2"
    outputs.left("s-2")
    assert outputs._screens == {}


def test_the_page_for_mixers_is_found_and_keeps_its_right_to_look(running: GatewayProcess) -> None:
    answer = ask(running, "GET", f"/output/{NAME}?token=t&fit=cover")
    assert answer.status == 307
    assert answer.headers["location"] == f"../output.html?name={NAME}&token=t&fit=cover"
