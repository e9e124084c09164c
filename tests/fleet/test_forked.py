"""Workers that are forked: each sees its own GPU, what they are forked from has none, and memory comes back.

The launcher with real processes, and in the gateway's place a socket that only listens, so that on a GPU's machine this
needs little beside PyTorch.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import psutil
import pytest

from lightbrush import wire
from lightbrush.fleet import link, nursery
from lightbrush.fleet.ahead import Begun, begun
from lightbrush.fleet.launcher import Plan
from lightbrush.fleet.local import LocalFleet
from lightbrush.fleet.scaling import Move
from lightbrush.settings import Settings
from tests.fleet.holding import MIB, Seen
from tests.harness import wait_until, wait_until_ended

LIMIT_S = 120.0
TOKEN = "a token of this test"
ENGINE = "tests.fleet.holding:spec"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux")


class Site:
    """A fleet, and who said HELLO to it so far."""

    def __init__(self, fleet: LocalFleet) -> None:
        self.fleet = fleet
        self.came: list[tuple[str, Seen]] = []
        self._more = asyncio.Condition()

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hello = wire.decode_hello(await link.read_async(reader))
            assert hello.token == TOKEN
            async with self._more:
                self.came.append((hello.worker, msgspec.json.decode(hello.device, type=Seen)))
                self.fleet.said_hello(hello.worker, hello.device)
                self._more.notify_all()
            while await reader.read(4096):  # beats, until it ends
                pass
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    async def until(self, count: int) -> list[Seen]:
        """Those that came, in their order, when there are so many."""
        async with asyncio.timeout(LIMIT_S), self._more:
            await self._more.wait_for(lambda: len(self.came) >= count)
        return [seen for _, seen in self.came]


@asynccontextmanager
async def serving(
    workers: int, device: str, gpus: tuple[str, ...] = (), nursery: Begun | None = None
) -> AsyncIterator[Site]:
    def never(name: str) -> None:
        raise AssertionError(f"{name} was not to retire")

    with tempfile.TemporaryDirectory() as folder:
        address = f"unix:{folder}/link"
        plan = Plan(
            address=address,
            token=TOKEN,
            pools=((ENGINE,),),
            most=workers,
            device=device,
            gpus=gpus,
        )
        site = Site(LocalFleet(plan, lambda: None, never, nursery))
        server = await asyncio.start_unix_server(site.greet, Path(folder, "link"))
        async with server:
            site.fleet.follow([Move(workers, None, 0)])
            try:
                yield site
            finally:
                await site.fleet.stop()


def opens_a_gpu(pid: int) -> bool:
    """Whether the process has a descriptor of NVIDIA's driver, or has loaded CUDA's library: a context takes both."""
    fds = Path(f"/proc/{pid}/fd")
    paths = [str(fd.readlink()) for fd in fds.iterdir() if fd.is_symlink()]
    return (
        any(path.startswith("/dev/nvidia") for path in paths) or "libcuda.so" in Path(f"/proc/{pid}/maps").read_text()
    )


def test_forked_workers_are_dealt_the_gpus_and_their_nursery_imports_no_pytorch() -> None:
    """Without a GPU: what each of them is told."""

    async def watched() -> None:
        async with serving(3, "cpu", ("4", "6")) as site:
            seen = await site.until(3)
            assert sorted(one.visible for one in seen) == ["4", "4", "6"]
            (parent,) = {one.parent for one in seen}
            assert parent != os.getpid()
            assert "libtorch" not in Path(f"/proc/{parent}/maps").read_text()
            first = seen[0]
            os.kill(first.pid, signal.SIGKILL)
            later = (await site.until(4))[3]
            assert (later.visible, later.parent) == (first.visible, parent), "the same place has the same GPU"

    asyncio.run(watched())


def standbys() -> list[psutil.Process]:
    """Below this process."""
    return [one for one in psutil.Process().children(recursive=True) if one.name() == "standby"]


def test_the_first_workers_are_those_that_were_begun_ahead_of_their_fleet() -> None:
    with begun(Settings(engine=(ENGINE,), workers=2, device="cpu")) as nursery:
        wait_until(lambda: len(standbys()) == 2)
        first = {one.pid for one in standbys()}

        async def watched() -> None:
            async with serving(3, "cpu", nursery=nursery) as site:
                seen = await site.until(3)
                assert first < {one.pid for one in seen}, "and one that was forked when it was ordered"

        asyncio.run(watched())
        assert standbys() == []


def test_what_was_begun_ahead_and_never_taken_over_ends() -> None:
    with begun(Settings(engine=(ENGINE,), device="cpu")):
        wait_until(lambda: len(standbys()) == 1)
        (standby,) = standbys()
        (nursery,) = standby.parents()[:1]
    wait_until_ended([standby, nursery])


@pytest.mark.parametrize(
    "settings",
    [
        Settings(fleet="ray"),
        Settings(workers=0, workers_most=2),
    ],
)
def test_nothing_is_begun_ahead_for_a_fleet_that_starts_with_no_worker_here(settings: Settings) -> None:
    with begun(settings) as nursery:
        assert nursery is None


def test_workers_that_load_different_engines_are_not_begun_ahead_but_what_they_are_forked_from_is() -> None:
    with begun(Settings(engine=(ENGINE, "tests.stand_in:spec"), worker_engines=1, workers=2, device="cpu")) as nursery:
        assert nursery is not None

        async def watched() -> None:
            async with serving(1, "cpu", nursery=nursery) as site:
                (seen,) = await site.until(1)
                assert psutil.Process(seen.pid).parent().name() == "nursery"
                assert psutil.Process(seen.pid).parent().ppid() == os.getpid()

        asyncio.run(watched())


def test_orders_end_also_where_a_killed_gateway_left_an_answer_unread() -> None:
    pieces = [b"one\ntw", b"o\n"]

    def receive() -> bytes:
        if not pieces:
            raise ConnectionResetError
        return pieces.pop(0)

    assert list(nursery.lines(receive)) == [[b"one"], [b"two"]]


@pytest.mark.gpu
def test_workers_on_gpus_are_forked_from_a_process_without_one_and_give_their_memory_back() -> None:
    uuids = [line.rpartition("UUID: ")[2].rstrip(")") for line in told("-L").splitlines() if line.startswith("GPU ")]
    names = tuple(str(number) for number in range(len(uuids)))
    workers = max(2, len(uuids))

    async def watched() -> None:
        before = used_mib()
        async with serving(workers, "cuda", names) as site:
            seen = await site.until(workers)
            # 1. Each sees one GPU, and not only by its name; they are dealt out in turn.
            for one in seen:
                assert [uuid.removeprefix("GPU-") for uuid in one.uuids] == [
                    uuids[int(one.visible)].removeprefix("GPU-")
                ]
            assert {one.visible for one in seen} == set(names)
            # 2. What they were forked from has none, so none was there before a fork.
            (parent,) = {one.parent for one in seen}
            assert not opens_a_gpu(parent)
            assert all(opens_a_gpu(one.pid) for one in seen)
            # 3. Of one that is killed the memory comes back: its successor's takes its place.
            full = used_mib()
            assert full - before > 0.9 * workers * MIB
            os.kill(seen[0].pid, signal.SIGKILL)
            later = (await site.until(workers + 1))[workers]
            assert (later.visible, later.parent) == (seen[0].visible, parent)
            await until(lambda: used_mib() < full + MIB // 2)
            assert used_mib() > full - MIB // 2
        # 4. Of those that are stopped too.
        await until(lambda: used_mib() < before + MIB // 2)

    asyncio.run(watched())


def told(*arguments: str) -> str:
    return subprocess.run(["nvidia-smi", *arguments], capture_output=True, text=True, check=True).stdout


def used_mib() -> int:
    """Of all GPUs here."""
    return sum(map(int, told("--query-gpu=memory.used", "--format=csv,noheader,nounits").split()))


async def until(comes: Callable[[], bool]) -> None:
    """The driver tells nobody when it has taken memory back."""
    async with asyncio.timeout(20.0):
        while not comes():
            await asyncio.sleep(0.1)
