"""Pictures that shots name: brought once over HTTP, kept within a bound, rendered with by every worker."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from urllib.parse import urlsplit

import numpy as np
import pytest

from lightbrush import pixels, wire
from lightbrush.errors import LightbrushError, Problem
from lightbrush.fleet.admission import Policy as Seats
from lightbrush.fleet.shelf import Shelf
from lightbrush.gateway.assets import MAX_BYTES, Assets
from lightbrush.gateway.door import Door
from lightbrush.gateway.exchange import Exchange
from lightbrush.gateway.metrics import Metrics
from lightbrush.shots import Asset, EncodedPicture, Reference, Rgb
from lightbrush.wire import Kind, Message
from tests.harness import LIMIT_S, GatewayProcess, gateway, png_that_declares, shot
from tests.stand_in import CARD


def plain(red: int, green: int = 0, blue: int = 0) -> bytes:
    return pixels.encode(np.full((16, 16, 3), (red, green, blue), np.uint8), "image/png")


RED, BLUE = Asset.of(plain(255)), Asset.of(plain(0, 0, 255))


@cache
def large() -> Asset:
    return Asset.of(pixels.encode(np.random.default_rng(0).integers(0, 256, (2300, 2300, 3), np.uint8), "image/png"))


"""Close to what a file may have."""


def named(*assets: Asset, weight: float = 1.0) -> dict[str, object]:
    return {"references": tuple(Reference(Asset(a.sha256), weight) for a in assets)}


# The store


async def parts(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def keep(assets: Assets, *pictures: Asset) -> None:
    for picture in pictures:
        await assets.receive(picture.sha256, parts(picture.data[:10], picture.data[10:]))


async def code_of(assets: Assets, name: str, *chunks: bytes) -> str:
    before = assets.bytes
    with pytest.raises(LightbrushError) as caught:
        await assets.receive(name, parts(*chunks))
    assert assets.bytes == before, "what is refused takes no room"
    return caught.value.code


async def test_what_was_received_is_kept_under_its_hash() -> None:
    assets = Assets(1000)
    await keep(assets, RED)
    assert RED.sha256 in assets
    assert BLUE.sha256 not in assets
    assert assets[RED.sha256] == RED.data
    assert assets.bytes == len(RED.data)
    await keep(assets, RED)
    assert assets.bytes == len(RED.data)


PICTURES = [Asset.of(plain(n)) for n in range(10)]
SIZE = max(len(p.data) for p in PICTURES)


async def test_beyond_the_limit_the_least_recently_used_goes() -> None:
    assets = Assets(3 * SIZE)
    await keep(assets, *PICTURES[:3])
    assert assets.touch(PICTURES[0].sha256)
    assert not assets.touch(PICTURES[9].sha256)
    await keep(assets, PICTURES[3])
    assert [p.sha256 in assets for p in PICTURES[:4]] == [True, False, True, True]
    assert assets.bytes <= 3 * SIZE


async def test_what_a_shot_in_flight_names_stays_and_when_all_is_named_the_next_is_refused() -> None:
    assets = Assets(2 * SIZE)
    await keep(assets, *PICTURES[:2])
    for _ in range(2):
        assets.pin([PICTURES[0].sha256])
    await keep(assets, PICTURES[2])
    assert [p.sha256 in assets for p in PICTURES[:3]] == [True, False, True]
    assets.pin([PICTURES[2].sha256])
    assert await code_of(assets, PICTURES[3].sha256, PICTURES[3].data) == "asset.full"
    assets.unpin([PICTURES[0].sha256])
    assert await code_of(assets, PICTURES[3].sha256, PICTURES[3].data) == "asset.full", "it was named twice"
    assets.unpin([PICTURES[0].sha256])
    await keep(assets, PICTURES[3])
    assert PICTURES[0].sha256 not in assets


async def test_what_is_still_arriving_counts() -> None:
    assets = Assets(2 * SIZE)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(picture: Asset) -> AsyncIterator[bytes]:
        yield picture.data[:20]
        begun.set()
        await go_on.wait()
        yield picture.data[20:]

    task = asyncio.create_task(assets.receive(RED.sha256, slow(RED)))
    await begun.wait()
    assert assets.bytes == 20
    await keep(assets, PICTURES[1])
    assert RED.sha256 not in assets
    go_on.set()
    await task
    assert RED.sha256 in assets


async def test_the_same_picture_twice_at_once_is_kept_once() -> None:
    assets = Assets(1000)
    await asyncio.gather(keep(assets, RED), keep(assets, RED))
    assert assets.bytes == len(RED.data)


async def test_what_takes_too_long_to_arrive_is_refused_and_takes_no_room() -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield RED.data[:20]
        await asyncio.Event().wait()

    assets = Assets(1000, patience_s=0.0)
    with pytest.raises(LightbrushError) as caught:
        await assets.receive(RED.sha256, stalled())
    assert caught.value.code == "asset.slow"
    assert assets.bytes == 0


# What a shot in flight names, and until when


class LinkByHand:
    """A worker's link that only remembers what is sent."""

    device = "a test"
    beat_s = 0.0
    silent = False

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.sent: list[Message] = []

    def send(self, message: bytes) -> None:
        self.sent.append(wire.unpack(message))

    def close(self) -> None:
        pass


class Site:
    """An exchange with room for two pictures, where a session has offered a shot that names the first."""

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self.exchange = Exchange(
            [CARD],
            assets=assets,
            message_bytes=2**20,
            door=Door(Seats(max_sessions=2), max_queue=0, user_sessions=0),
            most_workers=1,
            shot_timeout_s=LIMIT_S,
            metrics=Metrics(),
            idle_state=lambda: "starting",
            replace=lambda name: None,
            unserved=lambda: None,
        )
        self.session = self.exchange.enter()
        self.offer(named(PICTURES[0]))

    def offer(self, values: dict[str, object]) -> None:
        self.exchange.receive(self.session, wire.encode_shot(1, shot(**values)))

    def start(self) -> LinkByHand:
        link = LinkByHand()
        self.exchange.worker_up("w", ("blur",), link)
        assert [message.kind for message in link.sent] == [Kind.ASSET, Kind.SHOT]
        return link

    def answer(self, link: LinkByHand, encoded: bytes) -> None:
        self.exchange.answer("w", wire.unpack(encoded[:4] + link.sent[-1].seq.to_bytes(4, "little") + encoded[8:]))


PICTURE = EncodedPicture(
    data=b"picture", encoding="image/png", width=64, height=64, engine="blur", worker="w", times_ms={}
)


def rendered(site: Site) -> None:
    site.answer(site.start(), wire.encode_picture(0, PICTURE))


def failed(site: Site) -> None:
    site.answer(site.start(), wire.encode_problem(0, Problem("fleet.engine_failed", "it failed")))


def superseded(site: Site) -> None:
    site.offer({})


def left_while_it_waited(site: Site) -> None:
    site.exchange.leave(site.session)


def left_while_it_rendered(site: Site) -> None:
    link = site.start()
    site.exchange.leave(site.session)
    site.answer(link, wire.encode_picture(0, PICTURE))


def killed_three_workers(site: Site) -> None:
    for _ in range(3):
        site.start()
        site.exchange.worker_down("w")


@pytest.mark.parametrize(
    "end", [rendered, failed, superseded, left_while_it_waited, left_while_it_rendered, killed_three_workers]
)
async def test_a_picture_stays_while_a_shot_needs_it_and_no_longer(end: Callable[[Site], None]) -> None:
    assets = Assets(2 * SIZE)
    await keep(assets, PICTURES[0])
    site = Site(assets)
    await keep(assets, *PICTURES[1:4])
    assert PICTURES[0].sha256 in assets
    end(site)
    await keep(assets, *PICTURES[4:6])
    assert PICTURES[0].sha256 not in assets
    site.exchange.close()


# Over HTTP


@pytest.fixture(scope="module")
def server() -> Iterator[GatewayProcess]:
    with gateway("--token", "let-me-in", "--origin", "https://studio.example", "--workers", "2") as running:
        yield running


def ask(
    server: GatewayProcess, method: str, name: str, body: bytes | None = None, token: str = "let-me-in", **headers: str
) -> tuple[int, dict[str, str]]:
    """-> (status, the problem in the body, if any)."""
    address = f"{server.url.partition('?')[0]}assets/{name}"
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(address, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return answer.status, {}
    except urllib.error.HTTPError as error:
        with error:
            ours = error.headers["content-type"] == "application/json" and method != "HEAD"
            return error.code, json.loads(error.read()) if ours else {}


def put(server: GatewayProcess, asset: Asset) -> None:
    assert ask(server, "PUT", asset.sha256, asset.data) == (204, {})


def test_a_picture_is_kept_and_may_be_brought_again(server: GatewayProcess) -> None:
    assert ask(server, "HEAD", large().sha256)[0] == 404
    assert 15_000_000 < len(large().data) <= MAX_BYTES
    for _ in range(3):
        put(server, large())
        assert ask(server, "HEAD", large().sha256)[0] == 200


NOISE = bytes(MAX_BYTES + 1)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        (BLUE.sha256, plain(1), "asset.hash"),
        ("0" * 64, b"", "asset.hash"),
        ("etc-passwd", b"x", "asset.hash"),
        (hashlib.sha256(NOISE).hexdigest(), NOISE, "asset.size"),
        (hashlib.sha256(b"hello").hexdigest(), b"hello", "pixels.format"),
        (Asset.of(png_that_declares(60_000, 60_000)).sha256, png_that_declares(60_000, 60_000), "pixels.too_large"),
    ],
    ids=["another hash", "empty", "no hash", "too large", "no picture", "bomb"],
)
def test_what_is_refused_says_why(server: GatewayProcess, name: str, data: bytes, code: str) -> None:
    status, problem = ask(server, "PUT", name, data)
    assert (status, problem["code"]) == (400, code)
    assert problem["message"]
    assert ask(server, "HEAD", name)[0] == 404


@pytest.mark.parametrize("method", ["PUT", "HEAD"])
def test_who_may_not_open_a_session_may_not_bring_or_ask(server: GatewayProcess, method: str) -> None:
    put(server, RED)
    body = RED.data if method == "PUT" else None
    assert ask(server, method, RED.sha256, body, token="")[0] == 401
    assert ask(server, method, RED.sha256, body, token="guess")[0] == 401
    assert ask(server, method, RED.sha256, body, Origin="https://evil.example")[0] == 403
    assert ask(server, method, RED.sha256, body, Origin="https://studio.example")[0] in (204, 200)


@pytest.mark.parametrize(("origin", "allowed"), [("https://studio.example", True), ("https://evil.example", False)])
def test_a_listed_page_from_elsewhere_may_bring_pictures(server: GatewayProcess, origin: str, allowed: bool) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    assert (ask(server, "OPTIONS", RED.sha256, token="", **headers)[0] == 200) is allowed


def test_the_pages_own_files_are_not_taken_for_pictures(server: GatewayProcess) -> None:
    assert ask(server, "GET", RED.sha256)[0] in (404, 405)
    assert ask(server, "PUT", "index.js", b"x")[1]["code"] == "asset.hash"


# In a session


def mean(data: bytes) -> Rgb:
    return pixels.decode(data).mean((0, 1))


async def test_a_shot_that_names_what_is_not_here_is_told_which_and_rendered_once_it_came(
    server: GatewayProcess,
) -> None:
    new = Asset.of(plain(250, 3, 5))
    async with server.socket() as session:
        asked = shot(accept="image/png", **named(new))
        await session.send(wire.encode_shot(1, asked))
        seq, problem = await session.problem()
        assert (seq, problem.code, problem.value) == (1, "asset.missing", new.sha256)
        await asyncio.to_thread(put, server, new)
        redder = await session.render(2, asked)
        assert mean(redder.data)[0] > mean((await session.render(3, shot(accept="image/png"))).data)[0] + 5


async def test_a_reference_pulls_and_pushes_by_its_weight_and_each_has_its_own(server: GatewayProcess) -> None:
    for asset in (RED, BLUE):
        await asyncio.to_thread(put, server, asset)
    async with server.socket() as session:
        pulled, pushed, both = [
            mean((await session.render(seq, shot(accept="image/png", **values))).data)
            for seq, values in enumerate((named(RED), named(RED, weight=-1.0), named(BLUE, RED)), 1)
        ]
        assert pulled[0] > pushed[0] + 10
        assert both[2] > pulled[2] + 5


async def test_outside_the_mask_the_base_is_kept(server: GatewayProcess) -> None:
    await asyncio.to_thread(put, server, RED)
    left = np.zeros((8, 8, 3), np.uint8)
    left[:, :4] = 255
    masked = shot(accept="image/png", base=Asset(RED.sha256), mask=pixels.encode(left, "image/png"))
    async with server.socket() as session:
        whole = pixels.decode((await session.render(1, shot(accept="image/png"))).data)
        picture = pixels.decode((await session.render(2, masked)).data)
        assert np.array_equal(picture[:, :32], whole[:, :32])
        assert (picture[:, 32:] == (255, 0, 0)).all()
        await session.send(wire.encode_shot(3, shot(base=Asset(RED.sha256), mask=b"no picture")))
        assert (await session.problem())[1].code == "pixels.format"
        await session.render(4, masked)


async def test_between_two_seeds_the_picture_lies_between(server: GatewayProcess) -> None:
    async with server.socket() as session:
        start, middle, end, other = [
            (await session.render(seq, shot(accept="image/png", **values))).data
            for seq, values in enumerate(
                ({"seed": 1}, {"seed": 1, "seed_to": 2, "seed_mix": 0.5}, {"seed_to": 2, "seed_mix": 1.0}, {"seed": 2})
            )
        ]
        assert end == other
        assert len({start, middle, end}) == 3


async def test_both_workers_render_with_a_picture_that_came_once(server: GatewayProcess) -> None:
    await asyncio.to_thread(put, server, large())
    async with server.socket() as one, server.socket() as two:
        values = {"parameters": {"cost_ms": 300.0}, **named(large())}
        for session in (one, two):
            await session.until(lambda m: m.kind is Kind.STATUS and wire.decode_status(m).workers == 2)
            await session.send(wire.encode_shot(1, shot(**values)))
        pictures = [wire.decode_picture(await session.answer()) for session in (one, two)]
        assert len({picture.worker for picture in pictures}) == 2
        assert pictures[0].data == pictures[1].data


async def test_while_a_picture_arrives_slowly_others_are_brought_and_rendered(server: GatewayProcess) -> None:
    slow, quick = Asset.of(plain(9, 9, 9)), Asset.of(plain(8, 8, 8))
    where = urlsplit(server.url)
    head = f"PUT /assets/{slow.sha256}?token=let-me-in HTTP/1.1\r\nHost: {where.netloc}\r\nConnection: close\r\n"
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(f"{head}Content-Length: {len(slow.data)}\r\n\r\n".encode() + slow.data[:10])
    await writer.drain()
    async with server.socket() as session:
        await asyncio.to_thread(put, server, quick)
        await session.render(1, shot(**named(quick)))
        writer.write(slow.data[10:])
        assert b" 204 " in await reader.readline()
        await session.render(2, shot(**named(slow)))
    writer.close()
    await writer.wait_closed()


async def test_who_hangs_up_in_the_middle_of_a_picture_leaves_nothing(server: GatewayProcess) -> None:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), LIMIT_S) as raw:
        head = f"PUT /assets/{'0' * 64}?token=let-me-in HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n"
        raw.sendall(head.encode() + bytes(999))
    async with server.socket() as session:
        await session.render(1, shot())


async def test_the_next_worker_gets_the_pictures_too_when_one_dies() -> None:
    with gateway() as running:
        address = f"{running.url}assets/{RED.sha256}"
        async with running.socket() as session:
            await session.status("ready")
            request = urllib.request.Request(address, RED.data, method="PUT")
            await asyncio.to_thread(lambda: urllib.request.urlopen(request, timeout=LIMIT_S).close())
            before = await session.render(1, shot(**named(RED)))
            (worker,) = running.workers()
            worker.kill()
            after = await session.render(2, shot(**named(RED)))
            assert after.data == before.data
            assert after.worker != before.worker
