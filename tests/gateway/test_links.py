"""The workers' socket, with workers played by the test: strangers, liars, and the end of a link."""

from __future__ import annotations

import asyncio
import select
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lightbrush import wire
from lightbrush.errors import Problem
from lightbrush.fleet import link
from lightbrush.shots import Asset, EncodedPicture, Reference
from lightbrush.wire import Hello, Kind
from tests.harness import LIMIT_S, SKETCH, GatewayProcess, gateway, shot


class Site:
    """A gateway that starts no workers of its own, and where they may dial in."""

    def __init__(self, running: GatewayProcess, path: Path) -> None:
        self.running = running
        self.path = path

    @contextmanager
    def worker(self, token: str = "secret", name: str = "w", **more: Any) -> Iterator[socket.socket]:
        sock = link.connect(f"unix:{self.path}", LIMIT_S)
        sock.settimeout(LIMIT_S)
        with sock:
            told: dict[str, Any] = {"engines": ("blur",), **more}
            hello = Hello(token=token, worker=name, device="a test", **told)
            sock.sendall(wire.encode_hello(hello))
            yield sock


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    path = tmp_path_factory.mktemp("site") / "w"
    flags = ["--workers", "0", "--worker-listen", f"unix:{path}", "--worker-token", "secret"]
    with gateway(*flags) as running:
        yield Site(running, path)


def closed(sock: socket.socket) -> bool:
    try:
        return link.read(sock) is None
    except ConnectionError:
        return True


PICTURE = EncodedPicture(
    data=b"picture",
    encoding="image/png",
    width=64,
    height=64,
    engine="blur",
    worker="w",
    times_ms={"step": 1.0},
)


async def test_a_worker_from_elsewhere_is_given_the_bytes_as_they_came(site: Site) -> None:
    async with site.running.socket() as session:
        await session.status("down")
        with site.worker() as sock:
            await session.status("ready")
            sent = wire.encode_shot(7, shot(seed=3))
            await session.send(sent)
            message = link.read(sock)
            assert message is not None
            assert message.meta + message.payload == sent[wire.HEADER.size :]
            sock.sendall(wire.encode_picture(message.seq, PICTURE))
            answer = await session.answer()
            assert (answer.seq, answer.payload) == (7, b"picture")
        await session.status("down")


def bring(site: Site, asset: Asset) -> None:
    request = urllib.request.Request(f"{site.running.url}assets/{asset.sha256}", asset.data, method="PUT")
    urllib.request.urlopen(request, timeout=LIMIT_S).close()


async def test_a_picture_goes_over_each_link_once_before_the_first_shot_that_names_it(site: Site) -> None:
    base = Asset.of(SKETCH)
    await asyncio.to_thread(bring, site, base)
    frame = shot(base=Asset(base.sha256), references=(Reference(Asset(base.sha256)),), mask=SKETCH)
    async with site.running.socket() as session:
        for name in ("first", "second"):
            with site.worker(name=name) as sock:
                await session.status("ready")
                kinds = []
                for seq in (1, 2):
                    await session.send(wire.encode_shot(seq, frame))
                    message = None
                    while message is None or message.kind is not Kind.SHOT:
                        message = link.read(sock)
                        assert message is not None
                        kinds.append(message.kind)
                        if message.kind is Kind.ASSET:
                            assert wire.decode_asset(message) == base
                    assert wire.decode_shot(message) == frame
                    sock.sendall(wire.encode_picture(message.seq, PICTURE))
                    await session.answer()
                assert kinds == [Kind.ASSET, Kind.SHOT, Kind.SHOT]


async def test_a_shot_sent_while_no_worker_is_up_is_told_so_and_rendered_when_one_comes(site: Site) -> None:
    async with site.running.socket() as session:
        await session.status("down")
        await session.send(wire.encode_shot(7, shot()))
        seq, problem = await session.problem()
        assert (seq, problem.code) == (7, "fleet.no_worker")
        with site.worker() as sock:
            message = link.read(sock)
            assert message is not None
            sock.sendall(wire.encode_picture(message.seq, PICTURE))
            answer = await session.answer()
            assert (answer.seq, answer.kind) == (7, Kind.PICTURE)


async def test_what_waits_for_who_has_left_is_not_rendered(site: Site) -> None:
    async with site.running.socket() as staying:
        with site.worker() as sock:
            await staying.status("ready")
            async with site.running.socket() as leaving:
                await leaving.send(wire.encode_shot(1, shot(seed=1)))
                first = link.read(sock)
                assert first is not None
                await leaving.send(wire.encode_shot(2, shot(seed=2)))
                await leaving.send("the answer to this tells that the shot before it was read")
                await leaving.problem()
            await staying.send(wire.encode_shot(3, shot(seed=3)))
            await staying.send("and the answer to this, that the other has left")
            await staying.problem()
            sock.sendall(wire.encode_picture(first.seq, PICTURE))
            following = link.read(sock)
            assert following is not None
            assert wire.decode_shot(following).seed == 3


async def test_a_worker_with_the_wrong_token_gets_nothing(site: Site) -> None:
    with site.worker(token="guess") as sock:
        assert closed(sock)


@pytest.mark.parametrize(
    "first",
    [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", wire.encode_shot(1, shot()), wire.pack(Kind.HELLO, 0, b"\xc0")],
)
async def test_a_link_that_does_not_begin_with_hello_is_closed(site: Site, first: bytes) -> None:
    with link.connect(f"unix:{site.path}", LIMIT_S) as sock:
        sock.settimeout(LIMIT_S)
        sock.sendall(first)
        assert closed(sock)


@pytest.mark.parametrize(
    "answer",
    [
        wire.encode_picture(4_000_000, PICTURE),
        wire.pack(Kind.PICTURE, 1, b"\xc1"),
        wire.encode_shot(1, shot()),
        b"\x00" * 16,
    ],
    ids=["not asked for", "damaged", "a shot", "garbage"],
)
async def test_a_worker_that_answers_garbage_is_dropped_and_the_next_one_gets_its_shot(
    site: Site, answer: bytes
) -> None:
    async with site.running.socket() as session:
        with site.worker() as liar:
            await session.status("ready")
            await session.send(wire.encode_shot(7, shot()))
            assert link.read(liar) is not None
            liar.sendall(answer)
            assert closed(liar)
        with site.worker() as honest:
            message = link.read(honest)
            assert message is not None
            honest.sendall(wire.encode_picture(message.seq, PICTURE))
            assert (await session.answer()).seq == 7


async def test_two_workers_of_one_name_are_both_used_and_one_may_go(site: Site) -> None:
    async with site.running.socket() as session:
        with site.worker(name="same") as first:
            with site.worker(name="same"):
                await session.until(lambda m: m.kind is Kind.STATUS and wire.decode_status(m).workers == 2)
            await session.until(lambda m: m.kind is Kind.STATUS and wire.decode_status(m).workers == 1)
            await session.send(wire.encode_shot(1, shot()))
            assert link.read(first) is not None


def read(sock: socket.socket) -> wire.Message:
    message = link.read(sock)
    assert message is not None
    return message


async def test_sessions_that_wait_for_a_busy_worker_are_rendered_at_once(site: Site) -> None:
    base = Asset.of(SKETCH)
    await asyncio.to_thread(bring, site, base)
    async with site.running.socket() as one, site.running.socket() as two, site.running.socket() as three:
        with site.worker(together=("blur",)) as sock:
            await one.status("ready")
            await one.send(wire.encode_shot(1, shot(seed=1)))
            first = read(sock)
            await two.send(wire.encode_shot(2, shot(seed=2, references=(Reference(Asset(base.sha256)),))))
            await three.send(wire.encode_shot(3, shot(seed=3)))
            for session in (two, three):  # what is refused is answered at once, so what came before it waits by then
                await session.send(wire.encode_shot(9, shot(steps=10**9)))
                assert (await session.problem())[0] == 9
            sock.sendall(wire.encode_picture(first.seq, PICTURE))
            assert (await one.answer()).kind is Kind.PICTURE
            assert wire.decode_asset(read(sock)) == base
            assert wire.decode_together(read(sock)) == 2
            asked = [read(sock), read(sock)]
            assert [wire.decode_shot(message).seed for message in asked] == [2, 3]
            refused = Problem("fleet.engine_failed", "x", "", "")
            sock.sendall(wire.encode_problem(asked[1].seq, refused))  # in whatever order
            assert (await three.problem())[1] == refused
            sock.sendall(wire.encode_picture(asked[0].seq, PICTURE))
            assert (await two.answer()).seq == 2
            await two.send(wire.encode_shot(4, shot(seed=4)))
            alone = read(sock)
            assert (alone.kind, wire.decode_shot(alone).seed) == (Kind.SHOT, 4)
            sock.sendall(wire.encode_picture(alone.seq, PICTURE))
            assert (await two.answer()).seq == 4


async def test_a_session_is_told_how_far_all_workers_are_with_a_size(site: Site) -> None:
    size = shot()
    prepare = wire.Prepare(engine=size.engine, width=size.width, height=size.height)
    async with site.running.socket() as session:

        async def told() -> tuple[int, float]:
            message = await session.until(lambda m: m.kind is Kind.PREPARED)
            return message.seq, wire.decode_prepared(message).share

        await session.send(wire.encode_prepare(1, prepare))
        assert await told() == (1, 1.0)  # there is nobody to do it
        with site.worker(name="a") as one, site.worker(name="b") as two:
            await session.until(lambda m: m.kind is Kind.STATUS and wire.decode_status(m).workers == 2)
            await session.send(wire.encode_prepare(2, prepare))
            assert await told() == (2, 0.0)
            first, second = read(one), read(two)
            assert wire.decode_prepare(first) == wire.decode_prepare(second) == prepare
            two.sendall(wire.encode_prepared(second.seq, wire.Prepared(share=0.5)))
            assert await told() == (2, 0.0)
            one.sendall(wire.encode_prepared(first.seq, wire.Prepared(share=1.0)))
            assert await told() == (2, 0.5)
            await session.send(wire.encode_shot(3, size))  # meanwhile they render
            shots = [sock for sock in (one, two) if await asyncio.to_thread(has_message, sock)]
            asked = read(shots[0])
            shots[0].sendall(wire.encode_picture(asked.seq, PICTURE))
            assert (await session.answer()).seq == 3
            two.close()
            assert await told() == (2, 1.0)  # nobody else is waited for
        await session.send(wire.encode_prepare(4, wire.Prepare(engine=size.engine, width=1, height=1)))
        seq, problem = await session.problem()
        assert (seq, problem.code) == (4, "shot.size")


def has_message(sock: socket.socket) -> bool:
    return bool(select.select([sock], [], [], 2.0)[0])


async def test_who_asks_for_an_engine_that_found_no_memory_is_told_why_and_keeps_the_others(site: Site) -> None:
    why = Problem("fleet.memory", "cuda ran out of memory", "1.0 GiB free", "Choose a smaller model")
    async with site.running.socket() as session:
        with site.worker(engines=("enhance",), left_out={"blur": why}):
            await session.status("ready")
            await session.send(wire.encode_shot(1, shot()))
            assert await session.problem() == (1, why)
            with site.worker(name="larger") as sock:
                await session.until(lambda m: m.kind is Kind.STATUS and wire.decode_status(m).workers == 2)
                await session.send(wire.encode_shot(2, shot()))
                sock.sendall(wire.encode_picture(read(sock).seq, PICTURE))
                assert (await session.answer()).seq == 2
