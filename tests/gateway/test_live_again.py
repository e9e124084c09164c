"""Whatever becomes of the workers, all at once too, sessions are live again, by default settings."""

from __future__ import annotations

import signal

import psutil

from lightbrush import wire
from lightbrush.wire import Kind
from tests.harness import GatewayProcess, Wire, gateway, shot, wait_until


def processes(running: GatewayProcess, name: str) -> list[psutil.Process]:
    found = psutil.Process(running.process.pid).children(recursive=True)
    return [one for one in found if one.is_running() and one.name() == name]


def named(running: GatewayProcess, name: str) -> psutil.Process:
    """The process of that name, when there is one."""
    wait_until(lambda: len(processes(running, name)) == 1)
    return processes(running, name)[0]


async def workers_up(session: Wire, count: int) -> None:
    await session.until(lambda m: m.kind is Kind.STATUS and wire.decode_status(m).workers == count)


async def test_when_all_workers_are_killed_the_one_that_stands_by_is_there() -> None:
    with gateway("--workers", "2") as running:
        async with running.socket() as session:
            await workers_up(session, 2)
            standby = named(running, "standby")
            workers = running.workers()
            for worker in workers:
                worker.kill()
            await session.render(1, shot())
            wait_until(lambda: len(running.workers()) == 2)
            assert standby in running.workers()
            assert not set(workers) & set(running.workers())
            assert named(running, "standby") != standby, "the next one stands by"


async def test_when_all_that_is_there_is_killed_it_all_comes_back() -> None:
    with gateway() as running:
        async with running.socket() as session:
            await session.render(1, shot())
            nursery = named(running, "nursery")
            named(running, "standby")
            nursery.kill()
            await session.status("starting")
            await session.render(2, shot())
            assert named(running, "nursery") != nursery
            assert len(running.workers()) == 1
            named(running, "standby").kill()
            (worker,) = running.workers()
            worker.kill()
            await session.render(3, shot())


async def test_a_worker_that_stands_still_over_a_shot_like_others_is_replaced_long_before_the_timeout() -> None:
    with gateway("--shot-timeout-s", "600") as running:
        async with running.socket() as session:
            await session.render(1, shot())
            (worker,) = running.workers()
            worker.send_signal(signal.SIGSTOP)
            await session.render(2, shot(seed=2))
            assert worker not in running.workers()


async def test_a_worker_that_stands_still_and_has_nothing_to_do_is_replaced() -> None:
    with gateway() as running:
        async with running.socket() as session:
            await session.status("ready")
            (worker,) = running.workers()
            worker.send_signal(signal.SIGSTOP)
            await session.status("starting")
            await session.status("ready")
            assert worker not in running.workers()


async def test_a_render_that_nothing_is_known_of_may_be_silent() -> None:
    """As one is that loads or compiles first, and holds up all that its worker does."""
    with gateway("--worker-beat-s", "0.02") as running:
        async with running.socket() as session:
            await session.status("ready")
            (worker,) = running.workers()
            await session.send(wire.encode_shot(1, shot(parameters={"act": "hold"})))
            assert (await session.answer()).kind is Kind.PICTURE
            assert running.workers() == [worker]


async def test_a_fleet_that_sleeps_keeps_no_process_and_is_woken() -> None:
    with gateway("--workers", "0", "--workers-most", "1", "--workers-quiet-s", "0.2") as running:
        async with running.socket() as session:
            for seq in (1, 2):
                await session.render(seq, shot())
                await session.status("asleep")
                wait_until(lambda: not psutil.Process(running.process.pid).children(recursive=True))


async def test_without_a_standby_a_lost_worker_is_forked_anew() -> None:
    with gateway("--no-worker-standby") as running:
        async with running.socket() as session:
            await session.render(1, shot())
            (worker,) = running.workers()
            worker.kill()
            await session.render(2, shot())
            assert processes(running, "standby") == []
