"""The fleet follows the load: real worker processes, told by the real policy, on a clock and a load of the test's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psutil
import pytest

from lightbrush import wire
from lightbrush.errors import SettingsError
from lightbrush.fleet.launcher import State
from lightbrush.fleet.scaling import Load
from lightbrush.gateway.app import Gateway
from lightbrush.gateway.elastic import Elastic, policy_of, pools_of
from lightbrush.settings import Settings
from lightbrush.wire import Kind, Message, Status
from tests.harness import ENGINE, LIMIT_S, gateway, shot, wait_until_ended

TWIN = "tests.stand_in:twin"


class Studio:
    """A gateway in this process, a session in it, and the load that its fleet is made to see."""

    def __init__(self, running: Gateway) -> None:
        self.gateway = running
        self.session = running.exchange.enter()
        self.now_s = 0.0
        self.loads: tuple[Load, ...] = ()
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        running.elastic.stop()
        ids = [tuple("twin" if name == TWIN else "blur" for name in pool) for pool in running.pools]
        self.elastic = running.elastic = Elastic(
            running.fleet, policy_of(running.settings), ids, lambda: self.loads, lambda: self.now_s
        )

    async def hear(self) -> None:
        async def take(data: bytes) -> None:
            self._said.put_nowait(wire.unpack(data))

        await self.session.send_forever(take)

    async def until(self, wanted: Callable[[Message], bool]) -> Message:
        async with asyncio.timeout(LIMIT_S):
            while not wanted(message := await self._said.get()):
                pass
        return message

    async def status(self, state: str, workers: int) -> Status:
        def told(message: Message) -> bool:
            if message.kind is not Kind.STATUS:
                return False
            status = wire.decode_status(message)
            return (status.state, status.workers) == (state, workers)

        return wire.decode_status(await self.until(told))

    def send(self, seq: int, engine: str = "blur", cost_ms: float = 0.0) -> None:
        data = wire.encode_shot(seq, shot(engine=engine, parameters={"cost_ms": cost_ms}))
        self.gateway.exchange.receive(self.session, data)

    async def picture(self) -> int:
        message = await self.until(lambda m: m.kind in (Kind.PICTURE, Kind.PROBLEM))
        assert message.kind is Kind.PICTURE
        return message.seq

    def draw(self, *loads: Load, after_s: float = 0.0) -> None:
        self.loads, self.now_s = loads, self.now_s + after_s
        self.elastic.decide()


def load(drawing: int, engine: str = "blur") -> Load:
    """So many that draw need as many workers."""
    return Load(engine, drawing, drawing * 60.0, render_s=0.1)


@asynccontextmanager
async def studio(**settings: object) -> AsyncIterator[Studio]:
    values = {"engine": (ENGINE,), "workers": 0, "latency_ms": 200.0, "workers_quiet_s": 60.0} | settings
    running = Gateway(Settings(**values), "", "secret")  # type: ignore[arg-type]
    await running.start()
    made = Studio(running)
    hearing = asyncio.create_task(made.hear())
    try:
        yield made
    finally:
        running.exchange.leave(made.session)
        await hearing
        await running.stop()


def wait_until_gone(pids: tuple[int, ...]) -> None:
    wait_until_ended([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)])


async def test_it_starts_workers_under_load_and_stops_them_after_quiet_and_their_memory_is_free() -> None:
    async with studio(workers_most=2) as s:
        await s.status("asleep", 0)
        s.draw(load(2))
        await s.status("ready", 2)
        pids = s.gateway.fleet.pids
        assert len(pids) == 2
        for _ in range(4):
            s.draw(load(0), after_s=61.0)
        await s.status("asleep", 0)
        await asyncio.to_thread(wait_until_gone, pids)


async def test_a_worker_that_is_to_stop_gives_back_the_picture_it_holds_and_the_next_shot_starts_another() -> None:
    async with studio(workers_most=1) as s:
        s.send(1, cost_ms=400.0)
        s.draw(load(1))
        await s.status("ready", 1)
        for _ in range(3):
            s.draw(load(0), after_s=61.0)
        assert s.gateway.fleet.states == (State.DRAINING,)
        s.draw(load(1))
        s.send(2)
        assert await s.picture() == 1
        assert await s.picture() == 2
        assert "lightbrush_worker_losses_total 0.0" in s.gateway.metrics.text().decode()


async def test_a_full_fleet_swaps_the_engine_of_a_worker_for_the_one_that_is_asked_for() -> None:
    async with studio(engine=(ENGINE, TWIN), worker_engines=1, workers_most=2) as s:
        s.draw(load(1), load(1, "twin"))
        await s.status("ready", 2)
        pids = s.gateway.fleet.pids
        for _ in range(3):
            s.draw(load(0), load(2, "twin"), after_s=61.0)
        await s.status("ready", 1)
        await s.status("ready", 2)
        assert len(set(s.gateway.fleet.pids) & set(pids)) == 1
        s.send(1, "twin", cost_ms=50.0)
        assert await s.picture() == 1


async def test_a_worker_that_is_no_longer_wanted_while_it_starts_is_ended() -> None:
    async with studio(workers_most=1) as s:
        s.draw(load(1))
        pids = s.gateway.fleet.pids
        for _ in range(3):
            s.draw(load(0), after_s=61.0)
        assert s.gateway.fleet.states == (State.DRAINING,)
        await asyncio.to_thread(wait_until_gone, pids)


def test_engines_that_no_worker_would_load_are_refused_at_the_start() -> None:
    with pytest.raises(SettingsError) as caught:
        pools_of(Settings(engine=("a", "b", "c"), worker_engines=1, workers=2))
    assert caught.value.code == "settings.value"
    assert "Raise `workers_most` to 3" in str(caught.value)


def test_as_shipped_one_worker_is_up_and_stays_alone() -> None:
    policy = policy_of(Settings())
    assert (policy.least, policy.most, policy.spare) == (1, 1, 0)


async def test_a_gateway_that_sleeps_is_woken_by_a_shot_and_sleeps_again() -> None:
    with gateway("--workers", "0", "--workers-most", "2", "--workers-quiet-s", "0.2") as running:
        async with running.socket() as session:
            await session.status("asleep")
            await session.render(1, shot())
            await session.status("asleep")
            await session.render(2, shot())
