"""Live video from pictures: a client shows it what to start from, as fast as it likes, and stops when it likes."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from lightbrush import pixels, wire
from lightbrush.client import Client
from lightbrush.gateway.feed import MOST, Feed
from lightbrush.gateway.stream import Stream
from lightbrush.shots import MAX_INPUT_BYTES, MAX_INPUT_PIXELS, Block, EncodedFootage, Still
from lightbrush.wire import Kind, Message
from tests.gateway.video_site import END, ENGINE, SEA, Site, engine, pixels_of
from tests.harness import Wire, gateway, png_that_declares

pytestmark = pytest.mark.usefixtures("one_thread")


def flat(level: int, width: int = 64, height: int = 64) -> bytes:
    return pixels.encode(np.full((height, width, 3), level, np.uint8), "image/jpeg")


DARK, GREY, LIGHT = flat(0), flat(128), flat(255)


def showing(picture: bytes, block: Block = SEA, strength: float = 0.5) -> Block:
    return msgspec.structs.replace(block, input=(Still(picture),), strength=strength)


def given(message: Message) -> list[tuple[bytes, int]]:
    return [(still.data, still.frames) for still in wire.decode_block(message).input]


async def known(session: Wire, seq: int) -> None:
    """Come back when the gateway has read all that was sent before."""
    await session.send(wire.encode_block(seq, msgspec.structs.replace(SEA, width=65)))
    await session.until(lambda m: m.kind is Kind.PROBLEM and m.seq == seq)


async def test_blocks_start_from_the_pictures_that_came_and_rest_on_the_last(site: Site) -> None:
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            await session.send(wire.encode_block(1, showing(DARK)))
            log = [await worker.asked()]
            for seq, picture in enumerate((GREY, LIGHT, DARK), 2):
                await session.send(wire.encode_block(seq, showing(picture)))
            await known(session, 5)
            await worker.render(log[0])
            log.append(await worker.asked())
            await worker.render(log[1])
            log.append(await worker.asked())  # nothing came since
            await session.send(wire.encode_block(6, SEA))  # from prompts alone again
            await known(session, 7)
            await worker.render(log[2])
            log.append(await worker.asked())
            assert [given(message) for message in log] == [
                [(DARK, 9)],
                [(DARK, 1), (GREY, 4), (LIGHT, 4), (DARK, 4)],
                [(DARK, 13)],
                [],
            ]
            await session.send(wire.encode_block(8, END))


async def test_pictures_change_what_is_seen_and_strength_says_how_much(site: Site) -> None:
    contexts = []
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            for block in (SEA, *(showing(LIGHT, strength=strength) for strength in (1.0, 0.6, 0.2)), showing(DARK)):
                await session.send(wire.encode_block(1, block))
                while wire.decode_block(message := await worker.asked()).index:
                    await worker.render(message)  # of the video before
                contexts.append((await worker.render(message)).context)
                await session.send(wire.encode_block(2, END))
    alone, all_noise, *others = contexts
    assert all_noise == alone, "at 1 nothing is kept of them"
    assert len({alone, *others}) == 4


async def test_strength_changes_live_and_the_log_replays_to_the_same_latents(site: Site) -> None:
    log: list[Message] = []
    made: list[EncodedFootage] = []
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            for seq, (picture, strength) in enumerate(((DARK, 0.9), (GREY, 0.5), (LIGHT, 0.25)), 1):
                block = msgspec.structs.replace(showing(picture, strength=strength), steps=4)
                await session.send(wire.encode_block(10 * seq, block))
                await known(session, 10 * seq + 1)
                if seq > 1:
                    made.append(await worker.render(log[-1]))
                log.append(await worker.asked())
            made.append(await worker.render(log[-1]))
            await session.send(wire.encode_block(99, END))
    asked = [wire.decode_block(message) for message in log]
    assert [block.strength for block in asked] == [0.9, 0.5, 0.25]
    again = engine()
    assert [again.render_block(block).context for block in asked] == [footage.context for footage in made]


async def test_a_worker_killed_between_blocks_changes_no_latents(site: Site) -> None:
    shown = (DARK, GREY, LIGHT, GREY)

    async def stream(session: Wire, killed: bool) -> list[bytes]:
        contexts = []
        with site.worker("first") as first, site.worker("second") as second:
            worker = first
            message = None
            for index, picture in enumerate(shown):
                await session.send(wire.encode_block(10 * index, showing(picture)))
                if message is not None:
                    await known(session, 10 * index + 1)
                    contexts.append((await worker.render(message)).context)
                message = await worker.asked()
                if killed and index == 2:
                    worker.die()
                    worker = second
                    again = await worker.asked()
                    assert (again.meta, again.payload) == (message.meta, message.payload)
                    message = again
            assert message is not None
            contexts.append((await worker.render(message)).context)
            await session.send(wire.encode_block(99, END))
        return contexts

    async with site.running.socket() as session:
        assert await stream(session, killed=True) == await stream(session, killed=False)


async def test_a_picture_that_cannot_be_used_is_refused_and_the_stream_goes_on(site: Site) -> None:
    replace = msgspec.structs.replace
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            await session.send(wire.encode_block(1, showing(GREY)))
            begun = await worker.asked()
            for block, code in (
                (showing(b"no picture"), "pixels.format"),
                (showing(b""), "pixels.format"),
                (showing(png_that_declares(2048, MAX_INPUT_PIXELS // 2048 + 1)), "pixels.too_large"),
                (showing(bytes(MAX_INPUT_BYTES + 1)), "shot.input"),
                (replace(SEA, input=(Still(GREY), Still(GREY))), "shot.input"),
                (replace(SEA, input=(Still(GREY, 9),)), "shot.input"),
                (replace(SEA, input=(Still(GREY, 0),)), "shot.input"),
                (showing(GREY, strength=0.0), "shot.strength"),
                (showing(GREY, strength=1.5), "shot.strength"),
                (showing(GREY, strength=float("nan")), "shot.strength"),
            ):
                await session.send(wire.encode_block(2, block))
                seq, problem = await session.problem()
                assert (seq, problem.code) == (2, code)
            await worker.render(begun)
            after = await worker.asked()
            assert given(after) == [(GREY, 13)], "as if nothing had been sent"
            await session.send(wire.encode_block(3, END))


async def test_a_picture_damaged_behind_its_header_costs_its_block_and_the_stream_goes_on(site: Site) -> None:
    torn = pixels.encode(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8), "image/png")[:2000]
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            await session.send(wire.encode_block(1, showing(torn)))  # no good one before
            refused = await worker.refuse(await worker.asked())
            assert await session.problem() == (1, refused)
            assert refused.code == "pixels.format"
            first = await worker.asked()
            assert given(first) == []
            await session.send(wire.encode_block(2, showing(GREY)))
            await known(session, 3)
            await worker.render(first)
            second = await worker.asked()
            await session.send(wire.encode_block(4, showing(torn)))
            await known(session, 5)
            await worker.render(second)
            assert (await worker.refuse(await worker.asked())).code == "pixels.format"
            last = await worker.asked()
            assert (wire.decode_block(last).index, given(last)) == (2, [(GREY, 13)])
            await worker.render(last)
            await session.send(wire.encode_block(6, END))


async def test_the_client_shows_pictures_stops_and_keeps_receiving() -> None:
    async def seen(client: Client, number: int) -> np.ndarray:
        """The first frame from that number on."""
        while (picture := await anext(client)).frame is None or picture.frame < number:
            pass
        return pixels_of(picture).astype(int)

    with gateway("--no-worker-standby", engine=ENGINE) as running:
        async with running.socket() as session, Client(running.url) as client:
            await session.status("ready")
            assert next(card for card in client.welcome.engines if card.id == "tiny-random").video_input
            await client.send(showing(DARK, strength=0.1))
            dark = await seen(client, 21)
            await client.send(showing(LIGHT, strength=0.1))
            light = await seen(client, 57)  # nothing more is sent for blocks
            await client.send(END)
    assert np.abs(light - dark).mean() > 1


# The feed itself.


def data(pictures: tuple[Still, ...]) -> list[int]:
    """Each frame's picture, by its number."""
    return [int(still.data) for still in pictures for _ in range(still.frames)]


def fed(feed: Feed, numbers: range) -> Feed:
    for number in numbers:
        feed.put(str(number).encode())
    return feed


def test_without_pictures_a_block_starts_from_prompts() -> None:
    feed = Feed()
    assert feed.start(0) == ()
    feed.made()
    assert feed.start(1) == ()


@pytest.mark.parametrize("count", [*range(1, 30), 1000])
def test_a_block_goes_evenly_to_the_newest_picture_however_many_came(count: int) -> None:
    feed = fed(Feed(), range(1))
    feed.start(0)
    feed.made()
    shown = data(fed(feed, range(1, count + 1)).start(1))
    assert (len(shown), shown[0], shown[-1]) == (13, 0, count)
    assert shown == sorted(shown)
    gaps = np.diff(np.unique(shown[1:]))
    assert len(set(shown[1:])) >= min(count, MOST // 2)
    assert count <= MOST or max(gaps) <= 2 * np.median(gaps)


def test_a_block_that_is_started_again_has_the_same_pictures_and_those_that_came_since() -> None:
    feed = fed(Feed(), range(3))
    first = feed.start(0)
    assert feed.start(0) == first
    assert data(fed(feed, range(3, 6)).start(0))[-1] == 5
    feed.made()
    assert data(feed.start(1)) == [5] * 13


def test_what_waits_is_bounded_whether_blocks_are_made_or_not() -> None:
    feed = Feed()
    for number in range(1000):
        feed.put(str(number).encode())
        if number % 100 == 0:
            feed.start(1)  # and its worker dies
        assert len(feed._came) <= MOST
        assert len(feed._given) <= MOST
    assert data(feed.start(1))[-1] == 999


def test_pictures_taken_back_while_a_block_is_under_way_leave_no_trace() -> None:
    stream = Stream(1, SEA, 16.0)
    stream.follow(1, showing(GREY))
    assert stream.start().input == (Still(GREY, 9),)
    stream.follow(2, SEA)
    assert stream.let_go(), "it had pictures, so without them it may be made"
    assert stream.start().input == ()
