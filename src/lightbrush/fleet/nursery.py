"""The process that a local fleet's workers are forked from, on Linux: it has imported what they import.

    python -m lightbrush.fleet.nursery --parent PID

So a start costs neither a process's beginning nor its imports, and what was imported is in memory once. It may also
keep standbys: workers that have loaded their engines and rendered, and wait for a name; the next start is theirs. The
first may load before anyone has given an order (`ahead.py`). Orders come as lines of JSON on a socket, standard input,
and what became of them goes out there likewise. It has one thread of its own and loads nothing itself, so that a fork
finds nothing half done. Its end is the end of all of them.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import logging
import os
import selectors
import signal
import socket
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from select import select
from typing import Final

import msgspec

from lightbrush.engines.driver import has_driver
from lightbrush.engines.engine import Engine, find
from lightbrush.fleet import worker
from lightbrush.fleet.child import die_with, go_by

log = logging.getLogger("lightbrush.nursery")

_CHUNK_BYTES: Final = 65536
_STDIN: Final = 0


class Start(msgspec.Struct, frozen=True, tag=True):
    """A worker. environment: variables that its engines read."""

    worker: worker.Options
    environment: dict[str, str]


class StandBy(msgspec.Struct, frozen=True, tag=True):
    """One that waits for its name, unless one of these engines does."""

    worker: worker.Options
    environment: dict[str, str]


class Dismiss(msgspec.Struct, frozen=True, tag=True):
    """The standby of these engines ends."""

    engines: tuple[str, ...]


class Started(msgspec.Struct, frozen=True, tag=True):
    name: str
    pid: int


class Ended(msgspec.Struct, frozen=True, tag=True):
    """status: of its exit; below 0 the signal that ended it."""

    name: str
    status: int


Order = Start | StandBy | Dismiss
Told = Started | Ended


class First(msgspec.Struct, frozen=True):
    """How many stand by before anyone has given an order, with all engines; and how nice they are."""

    count: int = 0
    nice: int = 0


class Nursery:
    """Whoever is in `_names` is a child of this process, and not waited for yet."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._events = selectors.DefaultSelector()
        self._events.register(orders, selectors.EVENT_READ)
        self._names: dict[int, str] = {}  # by pid; "" of a standby
        # By engines: each one's pid, and where to name it; none has an empty list.
        self._standbys: dict[tuple[str, ...], list[tuple[int, socket.socket]]] = {}

    def run(self) -> None:
        """Until nobody gives orders any more."""
        read = lines(lambda: self._orders.recv(_CHUNK_BYTES))
        while True:
            for key, _ in self._events.select():
                if key.data is not None:
                    self._ended(key.data, key.fd)
                    continue
                came = next(read, None)
                if came is None:
                    return
                for line in came:
                    self._do(msgspec.json.decode(line, type=Order))

    def _do(self, order: Order) -> None:
        if isinstance(order, Start):
            self._start(order)
        elif isinstance(order, Dismiss):
            for _, name_it in self._standbys.pop(order.engines, ()):
                name_it.close()
        elif order.worker.engines not in self._standbys:
            self.stand_by(order)

    def _start(self, order: Start) -> None:
        pid = self._named(order) or self._fork(lambda: _work(order), order.worker.name)
        self._names[pid] = order.worker.name
        self._tell(Started(order.worker.name, pid))

    def _named(self, order: Start) -> int:
        """-> the pid of the standby that it is for now; 0: there was none."""
        standbys = self._standbys.pop(order.worker.engines, [])
        if not standbys:
            return 0
        pid, name_it = standbys.pop(0)
        if standbys:
            self._standbys[order.worker.engines] = standbys
        try:
            with name_it:
                name_it.sendall(msgspec.json.encode(order))
        except OSError:  # it has just ended
            return 0
        return pid

    def stand_by(self, order: StandBy) -> None:
        ours, theirs = socket.socketpair()

        def wait() -> int:
            ours.close()
            return _wait(order, theirs)

        with theirs:
            pid = self._fork(wait, "standby")
        self._names[pid] = ""
        self._standbys.setdefault(order.worker.engines, []).append((pid, ours))

    def _fork(self, live: Callable[[], int], name: str) -> int:
        """-> the child's pid. live: the child's whole life, to its exit status."""
        with warnings.catch_warnings():
            # Python warns of threads in a process that forks. There are OpenBLAS's, which it puts away before a fork.
            warnings.simplefilter("ignore", DeprecationWarning)
            parent = os.getpid()
            pid = os.fork()
        if pid:
            self._events.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
            return pid
        status = 1
        try:
            die_with(parent)
            go_by(name)
            self._let_go()
            status = live()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            log.exception("a worker ended")
        finally:
            os._exit(status)

    def _let_go(self) -> None:
        """In the child: what is the parent's alone."""
        for key in list(self._events.get_map().values()):
            if key.data is not None:
                os.close(key.fd)
        self._events.close()
        self._orders.close()
        for standbys in self._standbys.values():
            for _, name_it in standbys:
                name_it.close()

    def _ended(self, pid: int, pidfd: int) -> None:
        _, status = os.waitpid(pid, 0)
        self._events.unregister(pidfd)
        os.close(pidfd)
        name = self._names.pop(pid)
        if name:
            self._tell(Ended(name, os.waitstatus_to_exitcode(status)))
        for engines, standbys in list(self._standbys.items()):
            for standby, name_it in list(standbys):
                if standby == pid:
                    name_it.close()
                    standbys.remove((standby, name_it))
            if not standbys:
                del self._standbys[engines]

    def _tell(self, told: Told) -> None:
        self._orders.sendall(msgspec.json.encode(told) + b"\n")


def _work(order: Start) -> int:
    os.environ.update(order.environment)
    os.nice(order.worker.nice)
    return worker.serve(order.worker)


def _wait(order: StandBy, named: socket.socket) -> int:
    """Be ready with all of its engines, then be the worker that is asked for: what finds no memory beside another
    worker may find it in that one's place."""
    os.environ.update(order.environment)
    os.nice(order.worker.nice)
    engines: dict[str, Engine] | None = None
    try:
        engines = worker.load(order.worker.engines, order.worker.device, order.worker.name)
    except Exception as error:
        if not select([named], [], [], 0)[0]:
            log.warning("no standby: %s", error)
            return 1
        # It was asked for meanwhile: a worker that starts says what is wrong to whom it concerns.
    data = b""
    with named:
        while chunk := named.recv(_CHUNK_BYTES):
            data += chunk
    if not data:
        return 0
    start = msgspec.json.decode(data, type=Start)
    os.environ.update(start.environment)
    go_by(start.worker.name)
    return worker.serve(start.worker, engines)


def prepare(engines: Sequence[str], device: str) -> None:
    """Import what workers of these engines will; where there may be a GPU only what names the engines, since CUDA does
    not outlive a fork. What cannot be imported is theirs to say."""
    on_cpu = device == "cpu" or not has_driver()
    for engine in engines:
        try:
            spec = find(engine)
            for module in spec.imports if on_cpu else ():
                importlib.import_module(module)
        except Exception as error:
            log.info("%s: %r", engine, error)
    gc.collect()
    gc.freeze()  # the collector's marks would make a copy of every page in every worker


def lines(receive: Callable[[], bytes]) -> Iterator[list[bytes]]:
    """Of each piece that is received the lines that are whole with it; until nothing comes any more."""
    rest = b""
    while data := _received(receive):
        *whole, rest = (rest + data).split(b"\n")
        yield whole


def _received(receive: Callable[[], bytes]) -> bytes:
    """Nothing, too, where whoever gives orders was killed and left some of ours unread."""
    try:
        return receive()
    except ConnectionError:
        return b""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m lightbrush.fleet.nursery", description=__doc__)
    parser.add_argument("--parent", type=int, default=0, help="end when this process does")
    parser.add_argument("--engine", action="append", default=[], help="whose modules to import; may be repeated")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    values = parser.parse_args(arguments)
    orders = socket.socket(fileno=os.dup(_STDIN))
    return live(orders, values.parent, values.engine, values.device, First())


def live(orders: socket.socket, parent: int, engines: Sequence[str], device: str, first: First) -> int:
    """The process, once it is one -> its exit status."""
    logging.basicConfig(level=logging.INFO, format=worker.LOG_FORMAT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the gateway decides
    die_with(parent)
    go_by("nursery")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _STDIN)
    os.close(nothing)
    prepare(engines, device)
    nursery = Nursery(orders)
    options = worker.Options(
        gateway="", token="", engines=tuple(engines), device=device, name="standby", nice=first.nice
    )
    for _ in range(first.count):
        nursery.stand_by(StandBy(options, {}))
    nursery.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
