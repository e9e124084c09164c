"""Video through the gateway: even frames, prompts that count from the next block, workers that die."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest

from lightbrush import wire
from lightbrush.client import Client
from lightbrush.errors import Problem
from lightbrush.gateway.stream import Stream
from lightbrush.shots import Blend, EncodedFootage, Frame, Prompt
from lightbrush.wire import Kind, Message
from tests.gateway.video_site import END, ENGINE, SEA, STORM, Site, engine, frames, pixels_of
from tests.harness import gateway

pytestmark = pytest.mark.usefixtures("one_thread")


async def test_a_worker_that_dies_costs_its_block_and_latents_stay_the_same(site: Site) -> None:
    async with site.running.socket() as session:
        with site.worker("whole") as worker:  # an uninterrupted stream, to compare with
            await session.send(wire.encode_block(1, SEA))
            whole = [await worker.render(await worker.asked()) for _ in range(4)]
            await session.send(wire.encode_block(2, END))
        assert [len(block.frames) for block in whole] == [9, 12, 12, 12]
        with site.worker("first") as first, site.worker("second") as second:
            await session.send(wire.encode_block(3, SEA))
            parts = [await first.render(await first.asked()) for _ in range(2)]
            lost = await first.asked()
            first.die()
            again = await second.asked()
            assert (again.meta, again.payload) == (lost.meta, lost.payload)
            assert wire.decode_block(again).index == 2
            parts += [await second.render(again), await second.render(await second.asked())]
            assert [block.context for block in parts] == [block.context for block in whole]
            assert [block.frames for block in parts[:2]] == [block.frames for block in whole[:2]]
            await session.send(wire.encode_block(4, END))


async def test_a_prompt_counts_from_the_next_block_that_starts(site: Site) -> None:
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            await session.send(wire.encode_block(1, SEA))
            begun = await worker.asked()
            await session.send(wire.encode_block(2, STORM))
            await worker.render(begun)
            after = await worker.asked()
            asked = [wire.decode_block(message) for message in (begun, after)]
            assert [block.prompts for block in asked] == [SEA.prompts, STORM.prompts]
            assert [(block.index, block.seed) for block in asked] == [(0, 7), (1, 8)]
            await worker.render(after)
            seqs = [seq for seq, _ in await frames(session, 21)]
            assert seqs == [1] * 9 + [2] * 12
            await session.send(wire.encode_block(3, END))


async def test_a_live_transition_is_in_the_blocks_themselves_and_replays_to_the_same_latents(site: Site) -> None:
    slowly = msgspec.structs.replace(STORM, transition_blocks=4, interpolation="slerp")
    fog = msgspec.structs.replace(SEA, prompts=(Prompt("fog"),), transition_blocks=2)
    log: list[Message] = []
    made: list[EncodedFootage] = []
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            await session.send(wire.encode_block(1, SEA))
            for seq, block in enumerate((slowly, slowly, fog, fog, fog, END), 2):
                log.append(await worker.asked())
                await session.send(wire.encode_block(seq, block))
                await session.send(wire.encode_block(seq, msgspec.structs.replace(SEA, width=65)))
                await session.until(lambda message: message.kind is Kind.PROBLEM)  # by now the one before is known
                made.append(await worker.render(log[-1]))
    asked = [wire.decode_block(message) for message in log]
    assert [block.mix for block in asked] == [1.0, 0.25, 0.5, 0.5, 1.0, 1.0]
    sea, storm = Blend(SEA.prompts), Blend(STORM.prompts, 0.5, "slerp")
    assert [block.previous for block in asked] == [(), (sea,), (sea,), (sea, storm), (), ()]
    assert [block.interpolation for block in asked] == ["linear", *["slerp"] * 2, *["linear"] * 3]
    assert {block.transition_blocks for block in asked} == {0}
    again = engine()
    for block, footage in zip(asked, made, strict=True):
        assert again.render_block(block).context == footage.context
        if block.previous:
            cut = msgspec.structs.replace(block, previous=(), mix=1.0)
            assert again.render_block(cut).context != footage.context


async def test_another_size_begins_anew_and_a_picture_or_no_prompts_end_the_stream(site: Site) -> None:
    larger = msgspec.structs.replace(SEA, width=160, height=96)
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            await session.send(wire.encode_block(1, SEA))
            await worker.render(await worker.asked())
            await session.send(wire.encode_block(2, larger))
            while (block := wire.decode_block(message := await worker.asked())).width == 64:
                await worker.render(message)
            assert (block.index, block.context, block.width) == (0, b"", 160)
            await worker.render(message)
            found = await session.until(lambda m: m.kind is Kind.PICTURE and wire.decode_picture(m).width == 160)
            assert (found.seq, wire.decode_picture(found).frame) == (2, 0)
            await session.send(wire.encode_block(3, END))
            await session.send(wire.encode_block(4, msgspec.structs.replace(SEA, seed=9)))
            while (block := wire.decode_block(message := await worker.asked())).seed != 9:
                await worker.render(message)
            assert (block.index, block.context) == (0, b"")
            await session.send(wire.encode_block(5, END))


async def test_what_a_video_cannot_follow_is_refused_and_the_stream_goes_on(site: Site) -> None:
    replace = msgspec.structs.replace
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            await session.send(wire.encode_block(1, SEA))
            begun = await worker.asked()
            for block, code in (
                (replace(SEA, engine="nowhere"), "shot.engine"),
                (replace(SEA, width=65), "shot.size"),
                (replace(SEA, steps=99), "shot.steps"),
                (replace(SEA, seed=-1), "shot.seed"),
                (replace(SEA, prompts=(Prompt("a", -1.0),)), "shot.prompt"),
                (replace(SEA, prompts=(Prompt("a", 0.0),)), "shot.prompt"),
                (replace(SEA, parameters={"context_weight": 2.0}), "shot.parameter"),
                (replace(SEA, transition_blocks=1001), "shot.prompt"),
                (replace(SEA, transition_blocks=-1), "shot.prompt"),
                (replace(SEA, mix=1.5), "shot.prompt"),
                (replace(SEA, previous=(Blend((Prompt("a"),), -0.5),)), "shot.prompt"),
                (replace(SEA, previous=(Blend(()),)), "shot.prompt"),
                (replace(SEA, previous=(Blend((Prompt("a"),) * 9),) * 2), "shot.prompt"),
                (replace(SEA, interpolation="cubic"), "wire.meta"),
                (replace(SEA, previous=(Blend((Prompt("a"),)),), mix=0.5), "shot.context"),
                (replace(SEA, mix=0.5), "shot.context"),
                (replace(SEA, index=3), "shot.context"),
                (replace(SEA, context=b"mine"), "shot.context"),
                (replace(SEA, accept="image/png"), "shot.accept"),
                (replace(SEA, accept="image/gif"), "shot.accept"),
            ):
                await session.send(wire.encode_block(2, block))
                seq, problem = await session.problem()
                assert (seq, problem.code) == (2, code)
            await session.send(wire.encode_shot(3, Frame(engine="tiny-random", width=64, height=64)))
            seq, problem = await session.problem()
            assert (seq, problem.code) == (3, "shot.engine")
            await worker.render(begun)
            assert len(await frames(session, 9)) == 9
            await session.send(wire.encode_block(4, END))


async def test_a_paused_video_rests_and_goes_on_with_its_next_frame_and_what_was_said_last(site: Site) -> None:
    paused, later = msgspec.structs.replace(STORM, paused=True), msgspec.structs.replace(SEA, seed=9)
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            await session.send(wire.encode_block(1, SEA))
            begun = await worker.asked()
            await session.send(wire.encode_block(2, paused))
            await session.send(wire.encode_block(3, msgspec.structs.replace(SEA, width=65)))
            await session.problem()  # by now the one before is known
            await worker.render(begun)
            await session.send(wire.encode_block(4, later))
            after = await worker.asked()
            assert wire.decode_block(after) == msgspec.structs.replace(
                later, index=1, context=wire.decode_block(after).context
            )
            shown = [(seq, picture.frame) for seq, picture in await frames(session, 9)]
            assert shown == [(1, number) for number in range(9)]
            await session.send(wire.encode_block(5, END))


async def test_a_block_that_cannot_be_rendered_ends_the_video_with_its_problem(site: Site) -> None:
    problem = Problem("fleet.engine_failed", "the engine raised an error of its own")
    async with site.running.socket() as session:
        with site.worker("w") as worker:
            await session.send(wire.encode_block(1, SEA))
            begun = await worker.asked()
            await session.send(wire.encode_block(2, END))
            worker.fail(begun, problem)  # nobody is told: the video is over
            await session.send(wire.encode_block(3, SEA))
            begun = await worker.asked()
            await session.send(wire.encode_block(4, STORM))
            worker.fail(begun, problem)
            assert await session.problem() == (3, problem)
            await session.send(wire.encode_block(5, STORM))
            assert wire.decode_block(await worker.asked()).index == 0
            await session.send(wire.encode_block(6, END))


async def test_kill_9_in_mid_stream_and_the_frames_go_on_where_they_were() -> None:
    with gateway("--no-worker-standby", engine=ENGINE) as running:
        async with running.socket() as session, Client(running.url) as client:
            await session.status("ready")
            await client.send(SEA)
            seen = [await anext(client) for _ in range(12)]
            (process,) = running.workers()
            process.kill()
            while seen[-1].worker == seen[0].worker:
                seen.append(await anext(client))
            seen += [await anext(client) for _ in range(12)]
            await client.send(END)
    numbers = [picture.frame or 0 for picture in seen]
    assert numbers == sorted(set(numbers))
    assert (seen[0].worker, seen[-1].worker) == ("worker-1.1", "worker-1.2")
    alone = engine()
    context, reference = b"", []
    for index in range(1 + (numbers[-1] + 3) // 12):
        footage = alone.render_block(msgspec.structs.replace(SEA, index=index, context=context))
        reference += list(footage.pixels)
        context = footage.context
    for picture in seen:
        off = np.abs(pixels_of(picture).astype(int) - reference[picture.frame or 0]).mean()
        assert off < 25, f"frame {picture.frame} is another one"


# The stream itself.


def footage(count: int = 12) -> EncodedFootage:
    return EncodedFootage(
        frames=tuple(bytes([i]) for i in range(count)),
        context=b"after",
        width=64,
        height=64,
        engine="tiny-random",
        worker="w",
        times_ms={},
    )


@pytest.mark.parametrize(("block_s", "fps"), [(0.3, 16.0), (1.5, 8.0)])
def test_frames_are_shown_evenly_at_the_rate_at_which_they_are_made(block_s: float, fps: float) -> None:
    stream, now_s, shown, made_s, waited = Stream(1, SEA, 16.0), 0.0, list[float](), 0.0, 0
    while len(shown) < 400:
        if stream.hungry:
            stream.asked, made_s = True, now_s + block_s
        events = [made_s] if stream.asked else []
        events += [stream.due_s] if stream.due_s is not None else []
        now_s = max(now_s, min(events))
        if stream.asked and now_s >= made_s:
            stream.take(1, footage(), {}, block_s, now_s)
        elif stream.due_s is not None and now_s >= stream.due_s:
            shown.append(now_s)
            stream.show(now_s)
        waited = max(waited, len(stream._waiting))
    gaps = [after - before for before, after in pairwise(shown)][100:]
    assert waited <= 24
    assert max(gaps) == pytest.approx(min(gaps), abs=1e-6)
    assert 1 / gaps[0] == pytest.approx(fps)


def test_a_block_that_had_to_wait_for_a_worker_does_not_slow_the_others_down() -> None:
    stream, now_s = Stream(1, SEA, 16.0), 5.0
    stream.take(1, footage(9), {}, 5.0, now_s)
    stream.show(now_s)
    assert stream.due_s == pytest.approx(5.0 + 5 / 9), "all that is known yet"
    stream.take(2, footage(), {}, 0.5, now_s)
    for _ in range(19):
        assert stream.due_s is not None
        now_s = stream.due_s
        stream.show(now_s)
    assert now_s == pytest.approx(5.0 + 19 / 16)


def test_a_frame_says_how_long_it_waited_and_a_late_timer_is_made_up_for_by_one_frame_at_most() -> None:
    stream = Stream(5, SEA, 10.0)
    stream.start()
    stream.take(3, footage(), {"block": 2.0}, 0.1, 1.0)
    first, late = stream.show(1.0), stream.show(4.0)
    assert (first.seq, first.ticket, first.picture.frame) == (5, 3, 0)
    assert late.picture.times_ms == pytest.approx({"block": 2.0, "wait": 3000.0})
    assert stream.due_s == pytest.approx(4.0)
    stream.show(4.0)
    assert stream.due_s == pytest.approx(4.1)
    assert stream.start().context == b"after"


def test_while_it_is_paused_no_frame_is_due_no_block_is_asked_for_and_workers_are_not_told() -> None:
    stream, paused = Stream(1, SEA, 10.0), msgspec.structs.replace(SEA, paused=True)
    stream.start()
    stream.take(1, footage(), {}, 0.1, 0.0)
    stream.show(0.0)
    stream.follow(2, paused)
    assert (stream.due_s, stream.hungry) == (None, False)
    assert not stream.start().paused
    stream.follow(3, SEA)
    assert (stream.due_s, stream.hungry) == (pytest.approx(0.1), True)


def test_a_block_that_is_started_again_is_the_same_and_the_transition_no_further() -> None:
    stream = Stream(1, SEA, 16.0)
    stream.start()
    stream.take(1, footage(9), {}, 0.1, 0.0)
    stream.follow(2, msgspec.structs.replace(STORM, transition_blocks=4))
    assert stream.start() == stream.start()
    assert stream.start().mix == 0.25
    stream.follow(3, msgspec.structs.replace(STORM, transition_blocks=2))  # before any block came of the last
    assert stream.start().mix == 0.5
    stream.take(2, footage(), {}, 0.1, 0.0)
    assert stream.start() == msgspec.structs.replace(STORM, index=2, context=b"after")


def test_what_is_said_and_taken_back_before_a_block_starts_leaves_no_trace() -> None:
    stream = Stream(1, SEA, 16.0)
    stream.start()
    stream.take(1, footage(9), {}, 0.1, 0.0)
    stream.follow(2, msgspec.structs.replace(STORM, transition_blocks=4))
    stream.follow(3, msgspec.structs.replace(SEA, transition_blocks=4))
    assert stream.start() == msgspec.structs.replace(SEA, index=1, context=b"after")


def test_another_seed_in_mid_transition_leaves_it_as_it_is() -> None:
    stream, slowly = Stream(1, SEA, 16.0), msgspec.structs.replace(STORM, transition_blocks=4)
    mixes = []
    for seq, seed in enumerate((7, 8, 8, 9, 9, 9)):
        stream.follow(seq, SEA if seq == 0 else msgspec.structs.replace(slowly, seed=seed))
        block = stream.start()
        mixes.append(block.mix)
        assert block.seed == seed
        stream.take(seq, footage(), {}, 0.1, 0.0)
    assert mixes == [1.0, 0.25, 0.5, 0.75, 1.0, 1.0]
