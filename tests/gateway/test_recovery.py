"""Workers die, hang and cannot start; a reader does not read. The session goes on."""

from __future__ import annotations

import time

import psutil

from lightbrush import wire
from lightbrush.wire import Kind
from tests.harness import gateway, shot, wait_until

ENDLESS = {"cost_ms": 600_000.0}


async def test_after_kill_9_in_the_middle_of_a_render_the_newest_shot_is_answered() -> None:
    with gateway() as running:
        async with running.socket() as session:
            await session.status("ready")
            await session.send(wire.encode_shot(1, shot(parameters=ENDLESS)))
            await session.send(wire.encode_shot(2, shot(seed=5)))
            (worker,) = running.workers()
            wait_until(lambda: worker.status() == psutil.STATUS_SLEEPING)
            worker.kill()
            killed_s = time.monotonic()
            await session.status("starting")
            message = await session.until(lambda m: m.kind in (Kind.PICTURE, Kind.PROBLEM))
            assert (message.kind, message.seq) == (Kind.PICTURE, 2)
            assert time.monotonic() - killed_s < 5.0
            assert wire.decode_picture(message).worker == "worker-1.2"
            assert running.workers() != [worker]


async def test_a_shot_in_flight_that_is_still_the_newest_is_rendered_by_the_next_worker() -> None:
    with gateway() as running:
        async with running.socket() as session:
            await session.status("ready")
            await session.send(wire.encode_shot(1, shot(parameters={"cost_ms": 300.0})))
            (worker,) = running.workers()
            worker.kill()
            message = await session.answer()
            assert (message.kind, message.seq) == (Kind.PICTURE, 1)


async def test_a_shot_that_kills_every_worker_is_given_up_and_the_next_one_rendered() -> None:
    with gateway() as running:
        async with running.socket() as session:
            await session.send(wire.encode_shot(1, shot(parameters={"act": "die"})))
            seq, problem = await session.problem()
            assert (seq, problem.code) == (1, "fleet.worker_lost")
            await session.render(2, shot())


async def test_a_worker_that_hangs_is_replaced() -> None:
    with gateway("--shot-timeout-s", "0.3") as running:
        async with running.socket() as session:
            await session.status("ready")
            (worker,) = running.workers()
            await session.send(wire.encode_shot(1, shot(parameters=ENDLESS)))
            await session.status("starting")
            await session.render(2, shot())
            assert worker not in running.workers()


async def test_an_engine_that_cannot_load_is_said_in_the_session() -> None:
    with gateway(engine="tests.stand_in:broken") as running:
        async with running.socket() as session:
            await session.status("down")
            await session.send(wire.encode_shot(3, shot()))
            seq, problem = await session.problem()
            assert (seq, problem.code) == (3, "fleet.no_worker")
            assert "weights.missing" in problem.value
            assert problem.fix == "Install them"


async def test_two_workers_render_at_the_same_time() -> None:
    with gateway("--workers", "2") as running:
        async with running.socket() as one, running.socket() as two:
            await one.until(lambda m: m.kind is Kind.STATUS and wire.decode_status(m).workers == 2)
            await one.send(wire.encode_shot(1, shot(parameters={"cost_ms": 500.0})))
            await two.send(wire.encode_shot(1, shot(parameters={"cost_ms": 500.0})))
            workers = {wire.decode_picture(await s.answer()).worker for s in (one, two)}
            assert workers == {"worker-1.1", "worker-2.1"}


async def test_a_client_that_reads_nothing_costs_pictures_and_no_memory() -> None:
    with gateway() as running:
        process = psutil.Process(running.process.pid)
        async with running.socket(max_queue=1) as deaf, running.socket() as other:
            big = shot(width=256, height=256, accept="image/png")
            await other.render(1, big)
            picture_bytes = len((await other.render(2, big)).data)
            rss = 0
            for seq in range(1, 601):
                await deaf.send(wire.encode_shot(seq, big))
                await other.render(seq, shot(seed=seq))
                if seq == 100:
                    rss = process.memory_info().rss
            assert process.memory_info().rss - rss < max(4 * 2**20, 100 * picture_bytes)
            (await deaf.until(lambda m: m.kind is Kind.PICTURE and m.seq == 600))
