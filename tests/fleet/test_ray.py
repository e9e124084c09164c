"""The fleet on a real Ray cluster: several nodes on this machine, joined and killed while sessions draw."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator

import psutil
import pytest

from lightbrush import wire
from lightbrush.errors import SettingsError
from lightbrush.fleet import link
from lightbrush.fleet.ray import Cluster
from lightbrush.gateway.app import Gateway
from lightbrush.settings import Settings
from lightbrush.wire import Kind, Message
from tests.harness import LIMIT_S, ROOT, GatewayProcess, Wire, environment, gateway, shot, wait_until

needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs Ray: pip install 'ray[client]'")

#: What `request_resources` asks the cluster's autoscaler for, as the autoscaler reads it.
READ_REQUEST = """
import json, sys, time
from ray._raylet import GcsClient
gcs, wanted = GcsClient(address=sys.argv[1]), json.loads(sys.argv[2])
while json.loads(gcs.internal_kv_get(b"autoscaler_resource_request", None) or b"[]") != wanted:
    time.sleep(0.05)
"""


class Node:
    """One `ray start`: all of a node's processes are its descendants."""

    def __init__(self, *flags: str) -> None:
        start = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1"]
        self._process = psutil.Popen(
            [*start, "--object-store-memory=80000000", *flags],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment() | {"RAY_USAGE_STATS_ENABLED": "0"},
            cwd=ROOT,
        )

    def workers(self) -> list[psutil.Process]:
        found = []
        for process in self._process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if "ray::Actor" in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def kill(self) -> None:
        """As a machine that loses its power: everything at once."""
        with contextlib.suppress(psutil.NoSuchProcess):
            processes = [self._process, *self._process.children(recursive=True)]
            for process in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self._process.wait(LIMIT_S)


class Machines:
    """A cluster: its head, which is a node too, and the other nodes."""

    def __init__(self, folder: str) -> None:
        self.address, self.client_address = f"127.0.0.1:{free_port()}", f"ray://127.0.0.1:{free_port()}"
        ports = [f"--port={self.address.rpartition(':')[2]}"]
        ports += [f"--ray-client-server-port={self.client_address.rpartition(':')[2]}"]
        self.nodes = [Node("--head", "--include-dashboard=false", f"--temp-dir={folder}", *ports)]
        wait_until(lambda: listens(self.address))
        self.join()

    def join(self) -> None:
        self.nodes.append(Node(f"--address={self.address}"))

    def workers(self) -> list[psutil.Process]:
        return [worker for node in self.nodes for worker in node.workers()]

    def wait_for_request(self, bundles: str) -> None:
        command = [sys.executable, "-c", READ_REQUEST, self.address, bundles]
        subprocess.run(command, check=True, env=environment(), timeout=LIMIT_S)


def say(figure: str, seconds: float) -> None:
    """`pytest -s` shows them; docs/benchmarks.md has them."""
    print(f"{figure}: {seconds:.2f} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(address: str) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(link.host_and_port(address), 1).close()
        return True
    return False


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    folder = tempfile.mkdtemp(prefix="lb-", dir="/tmp")  # Ray's sockets lie there: the path has to be short
    made = Machines(folder)
    try:
        yield made
    finally:
        for node in reversed(made.nodes):
            node.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def running(machines: Machines) -> Iterator[GatewayProcess]:
    flags = ["--fleet", "ray", "--ray-address", machines.address, "--workers", "2", "--worker-beat-s", "0.2"]
    with gateway(*flags) as started:
        yield started


def has_workers(count: int) -> Callable[[Message], bool]:
    return lambda message: message.kind is Kind.STATUS and wire.decode_status(message).workers == count


class Artist:
    """Draws shot after shot, each when the one before is rendered, and notes when."""

    def __init__(self, session: Wire) -> None:
        self._session = session
        self._pictures: asyncio.Queue[tuple[float, str]] = asyncio.Queue()

    async def draw(self) -> None:
        for seq in range(1, 1_000_000):
            picture = await self._session.render(seq, shot(seed=seq, parameters={"cost_ms": 20.0}))
            self._pictures.put_nowait((time.monotonic(), picture.worker))

    async def next(self) -> tuple[float, str]:
        """When the next picture came, of those that come from now on, and of which worker."""
        while not self._pictures.empty():
            self._pictures.get_nowait()
        async with asyncio.timeout(LIMIT_S):
            return await self._pictures.get()


@contextlib.asynccontextmanager
async def drawing(running: GatewayProcess, count: int = 2) -> AsyncIterator[tuple[Wire, list[Artist]]]:
    """-> a session that looks on, and those that draw, when two workers are up."""
    async with contextlib.AsyncExitStack() as stack:
        onlooker = await stack.enter_async_context(running.socket())
        await onlooker.until(has_workers(2))
        artists = [Artist(await stack.enter_async_context(running.socket())) for _ in range(count)]
        tasks = [asyncio.create_task(artist.draw()) for artist in artists]
        try:
            yield onlooker, artists
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends


@needs_ray
async def test_pictures_go_on_when_a_node_is_killed_and_a_node_that_joins_has_its_workers(
    machines: Machines, running: GatewayProcess
) -> None:
    async with drawing(running) as (onlooker, artists):
        assert [len(node.workers()) for node in machines.nodes] == [1, 1]
        for artist in artists:
            await artist.next()
        killed_s = time.monotonic()
        machines.nodes.pop().kill()
        for artist in artists:
            came_s, _ = await artist.next()
            say("from a node's end to a session's next picture", came_s - killed_s)
            assert came_s - killed_s < 2.0
        await onlooker.until(has_workers(1))
        joined_s = time.monotonic()
        machines.join()
        await onlooker.until(has_workers(2))
        say("from `ray start` of a new node to its worker's HELLO", time.monotonic() - joined_s)
        assert [len(node.workers()) for node in machines.nodes] == [1, 1]


@needs_ray
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_worker_that_dies_or_stands_still_is_replaced(
    sign: signal.Signals, machines: Machines, running: GatewayProcess
) -> None:
    async with drawing(running) as (onlooker, artists):
        worker = machines.workers()[0]
        sent_s = time.monotonic()
        worker.send_signal(sign)
        await onlooker.until(has_workers(1))
        await onlooker.until(has_workers(2))
        say(f"from {sign.name} of a worker to its successor's HELLO", time.monotonic() - sent_s)
        for artist in artists:
            await artist.next()
        wait_until(lambda: worker not in machines.workers())


@needs_ray
async def test_workers_outlive_the_process_that_speaks_with_ray_and_the_next_one_replaces_them(
    machines: Machines, running: GatewayProcess
) -> None:
    async with drawing(running) as (onlooker, artists):
        before = machines.workers()
        (driver,) = running.children()
        driver.kill()
        wait_until(lambda: running.children() not in ([], [driver]))
        for artist in artists:
            await artist.next()
        assert machines.workers() == before
        before[0].kill()
        await onlooker.until(has_workers(1))
        await onlooker.until(has_workers(2))


@needs_ray
async def test_a_gateway_outside_asks_a_full_cluster_for_a_node_and_gives_back_all_it_had(
    machines: Machines, running: GatewayProcess
) -> None:
    async with running.socket() as session:
        await session.until(has_workers(2))
    before = machines.workers()
    flags = ["--fleet", "ray", "--ray-address", machines.client_address, "--ray-cpus", "1", "--device", "cpu"]
    flags += ["--worker-listen", "0.0.0.0:0", "--worker-address", "127.0.0.1"]
    with gateway(*flags, "--workers", "0", "--workers-most", "2") as outside:
        async with outside.socket() as session:
            await session.status("asleep")
            await session.send(wire.encode_shot(1, shot()))
            await asyncio.to_thread(machines.wait_for_request, '[{"CPU": 1.0}]')
            machines.join()
            assert (await session.answer()).kind is Kind.PICTURE
    machines.wait_for_request("[]")
    wait_until(lambda: machines.workers() == before)


@needs_ray
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:{port}", "error fleet.ray the Ray cluster cannot be reached: ConnectionError: nothing listens"),
        ("ray://127.0.0.1:{port}", "ray start --head"),
        ("somewhere", "error settings.value ray_address: not an address of a Ray cluster (saw somewhere)"),
    ],
)
def test_a_cluster_that_cannot_be_reached_is_one_clear_line(address: str, said: str) -> None:
    command = [sys.executable, "-m", "lightbrush", "serve", "--port", "0", "--fleet", "ray", "--ray-address"]
    command.append(address.format(port=free_port()))
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=LIMIT_S)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SettingsError) as caught:
        await Cluster("auto").reach()
    assert caught.value.code == "extra.missing"
    assert "pip install 'lightbrush[ray]'" in str(caught.value)


async def test_a_socket_file_is_nothing_that_other_machines_can_dial() -> None:
    with pytest.raises(SettingsError) as caught:
        await Gateway(Settings(fleet="ray", worker_listen="unix:/run/w"), "", "secret").prepare()
    assert caught.value.code == "settings.value"
    assert "HOST:PORT" in str(caught.value)


@pytest.mark.parametrize(
    ("listening", "told", "dialled"),
    [
        ("10.0.0.7:4000", "", "10.0.0.7:4000"),
        ("0.0.0.0:4000", "", "10.0.0.9:4000"),
        ("[::]:4000", "", "10.0.0.9:4000"),
        ("0.0.0.0:4000", "gateway.example.org", "gateway.example.org:4000"),
        ("0.0.0.0:4000", "gateway.example.org:80", "gateway.example.org:80"),
        ("0.0.0.0:4000", "[fd00::7]", "[fd00::7]:4000"),
        ("0.0.0.0:4000", "[fd00::7]:80", "[fd00::7]:80"),
        ("[fd00::8]:4000", "", "[fd00::8]:4000"),
    ],
)
def test_workers_elsewhere_dial_the_address_they_are_told(listening: str, told: str, dialled: str) -> None:
    assert link.dialled(listening, told, here="10.0.0.9") == dialled
