"""The process that speaks with a Ray cluster: orders come in as lines of JSON, what became of them goes out likewise.

It is not the gateway's own process because Ray's library ends the process that uses it a minute after the cluster's
head is gone, and the gateway's sessions have workers all the same. Nothing here needs to outlive it: a worker is a
named actor that lives as long as its link to the gateway, and an order that comes again finds the actor that is there.
When the orders end it takes every actor and every request for machines back.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import IO, Any, Final

import msgspec

from lightbrush.errors import FleetError, LightbrushError, Problem, SettingsError, shorten
from lightbrush.fleet import link, worker

log = logging.getLogger("lightbrush.ray")

#: Ray takes a node that is gone for alive until its health checks have failed, for about 15 s.
_SUSPECT_S: Final = 30.0
_ANSWER_S: Final = 1.0
_REACH_S: Final = 5.0
_END_S: Final = 5.0
_TRIES: Final = 3
_CLIENT: Final = "ray://"


class Share(msgspec.Struct, frozen=True):
    """What a worker takes of the cluster."""

    cpus: float
    gpus: float


class Start(msgspec.Struct, frozen=True, tag=True):
    """A worker, unless there is one of its name. environment: variables that its engines read."""

    worker: worker.Options
    environment: dict[str, str]
    share: Share


class Kill(msgspec.Struct, frozen=True, tag=True):
    name: str


class Want(msgspec.Struct, frozen=True, tag=True):
    """Ask the cluster's autoscaler for room for so many workers in all."""

    workers: int
    share: Share


class Reached(msgspec.Struct, frozen=True, tag=True):
    """host: this machine, as the cluster's others can reach it. gpus: that the cluster has now."""

    host: str
    gpus: float


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The cluster cannot be reached, or not any more."""

    problem: Problem


class Ended(msgspec.Struct, frozen=True, tag=True):
    name: str
    how: str


Order = Start | Kill | Want
News = Reached | Refused | Ended


class Actor:
    """A worker as Ray runs it: the same, dialling back by itself. Ray only starts and ends its process."""

    def node(self) -> str:
        import ray

        return str(ray.get_runtime_context().get_node_id())

    def work(self, options: worker.Options, environment: dict[str, str]) -> None:
        """Never returns: the end of the worker is the end of its process."""
        logging.basicConfig(level=logging.INFO, format=worker.LOG_FORMAT)
        os.environ.update(environment)
        os.nice(options.nice)
        os._exit(worker.serve(options))


class Driver:
    """outside: this machine is not of the cluster. say: called from any thread."""

    def __init__(self, namespace: str, outside: bool, say: Callable[[News], None]) -> None:
        import ray

        self._ray = ray
        self._outside = outside
        self._namespace = namespace
        self._say = say
        self._actor = ray.remote(max_restarts=0, max_task_retries=0)(Actor)
        self._handles: dict[str, Any] = {}
        self._ends: dict[str, Future[None]] = {}  # likewise by worker
        self._nodes: dict[str, str] = {}  # worker -> node
        self._suspects: dict[str, float] = {}  # node -> until when

    def obey(self, order: Order) -> None:
        if isinstance(order, Start):
            self._start(order)
        elif isinstance(order, Kill):
            self._kill(order.name)
        else:
            self._request(order.workers, order.share)

    def close(self) -> None:
        self._request(0, Share(0.0, 0.0))
        ends = [self._ends[name] for name in self._handles]
        for handle in self._handles.values():
            self._ray.kill(handle)
        wait(ends, _END_S)
        self._ray.shutdown()

    def _start(self, order: Start) -> None:
        name = order.worker.name
        avoided = self._avoided()
        elsewhere = {"label_selector": {"ray.io/node-id": f"!in({','.join(avoided)})"}} if avoided else {}
        handle = self._actor.options(
            name=name,
            namespace=self._namespace,
            lifetime="detached",  # the gateway keeps it when this process is replaced
            get_if_exists=True,
            num_cpus=order.share.cpus,
            num_gpus=order.share.gpus,
            scheduling_strategy="SPREAD",
            **elsewhere,
        ).remote()
        self._handles[name] = handle

        def placed(future: Future[str]) -> None:
            if not future.cancelled() and future.exception() is None:
                self._nodes[name] = future.result()

        def ended(future: Future[None]) -> None:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, self._ray.exceptions.RayError):
                self._say(Ended(name, _in_a_line(error)))
            else:  # not the worker: the cluster. The next process asks what has become of it
                log.error("the cluster is lost: %r", error)
                os._exit(1)

        handle.node.remote().future().add_done_callback(placed)
        self._ends[name] = handle.work.remote(order.worker, order.environment).future()
        self._ends[name].add_done_callback(ended)

    def _kill(self, name: str) -> None:
        """It is lost to the gateway, or to be. If its node is gone too, nothing is placed there."""
        handle, _ = self._handles.pop(name, None), self._ends.pop(name, None)
        node = self._nodes.pop(name, "")
        if handle is not None:
            self._ray.kill(handle)
        if node and node not in self._suspects and not self._answers(node):
            log.warning("node %s does not answer; workers are placed on others", node)
            self._suspects[node] = time.monotonic() + _SUSPECT_S

    def _avoided(self) -> list[str]:
        now_s = time.monotonic()
        self._suspects = {node: until_s for node, until_s in self._suspects.items() if until_s > now_s}
        return sorted(self._suspects)

    def _answers(self, node: str) -> bool:
        for known in self._ray.nodes():
            if known["NodeID"] == node and known["Alive"]:
                return _listens(known["NodeManagerAddress"], known["NodeManagerPort"], _ANSWER_S)
        return False

    def _request(self, workers: int, share: Share) -> None:
        amounts = {"CPU": share.cpus, "GPU": share.gpus}
        bundle = {name: amount for name, amount in amounts.items() if amount}
        bundles = [bundle] * workers if bundle else []
        if self._outside:  # Ray's call is for those inside only
            self._ray.get(self._ray.remote(num_cpus=0)(_request).remote(bundles))
        else:
            _request(bundles)


def _request(bundles: list[dict[str, float]]) -> None:
    from ray.autoscaler.sdk import request_resources

    request_resources(bundles=bundles)


def connect(address: str, namespace: str) -> Reached:
    """Raises FleetError, SettingsError. Ray by itself would try for minutes, so the port is tried first."""
    import ray

    plain = address.removeprefix(_CLIENT)
    try:
        where = None if plain == "auto" else link.host_and_port(plain)
    except SettingsError:
        raise SettingsError(
            "settings.value",
            "ray_address: not an address of a Ray cluster",
            value=address,
            fix="Use HOST:PORT, ray://HOST:PORT or auto",
        ) from None
    try:
        if where is not None and not _listens(*where, _REACH_S):
            raise ConnectionError("nothing listens there")
        _join(address, namespace)
        return Reached(str(ray.util.get_node_ip_address()), float(ray.cluster_resources().get("GPU", 0.0)))
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise unreachable(address, _in_a_line(error)) from None


def _join(address: str, namespace: str) -> None:
    import ray

    for left in reversed(range(_TRIES)):
        try:
            ray.init(address, namespace=namespace, logging_level=logging.WARNING)
            return
        except ConnectionAbortedError as error:  # the head makes a process for each client, which takes its time
            if not left:
                raise
            log.warning("the head is not ready for clients: %s", error)


def unreachable(address: str, why: str) -> FleetError:
    return FleetError(
        "fleet.ray",
        f"the Ray cluster cannot be reached: {why}",
        value=address,
        fix="Start one with `ray start --head`, or name its head: --ray-address HOST:6379, or ray://HOST:10001 from a "
        "machine that is not of the cluster",
    )


def main() -> None:
    """`python -c "from lightbrush.fleet.ray_driver import main; main()" ADDRESS NAMESPACE`: from a file of its own this
    module would be `__main__`, and Ray would send its code to the workers instead of its name."""
    address, namespace = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the gateway decides
    news = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # Ray prints
    logging.basicConfig(level=logging.INFO, format=worker.LOG_FORMAT)
    speak = _speaker(news)
    try:
        _run(address, namespace, speak)
    except LightbrushError as error:
        speak(Refused(error.problem))
        sys.exit(1)


def _run(address: str, namespace: str, speak: Callable[[News], None]) -> None:
    speak(connect(address, namespace))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # which may reach the whole group too; Ray has set its own
    driver = Driver(namespace, address.startswith(_CLIENT), speak)
    try:
        for line in sys.stdin.buffer:
            driver.obey(msgspec.json.decode(line, type=Order))
        driver.close()
    except Exception as error:  # Ray's own are of many kinds; the gateway starts another process for each
        log.exception("the cluster was lost")
        raise unreachable(address, _in_a_line(error)) from None


def _speaker(news: IO[bytes]) -> Callable[[News], None]:
    one_at_a_time = threading.Lock()

    def speak(told: News) -> None:
        with one_at_a_time:
            try:
                news.write(msgspec.json.encode(told) + b"\n")
                news.flush()
            except BrokenPipeError:  # the gateway is gone, which the end of the orders says too
                pass

    return speak


def _listens(host: str, port: int, timeout_s: float) -> bool:
    try:
        socket.create_connection((host, port), timeout_s).close()
    except OSError:
        return False
    return True


def _in_a_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[0] if lines else ""
    return shorten(f"{type(error).__name__}: {reason}" if reason else type(error).__name__)
