"""The process that the tests' gateways are forked from, on Linux: it has imported what they import.

    python -m tests.hatchery

What is forked is `lightbrush` with the arguments that it is given: a process and a session of its own, with its own
environment and output, as if it had just been started; only the second that it takes to import everything is spent
once, not for each of them; likewise the seconds for what an engine imports. An order comes over the socket that is
standard input, with the file descriptors of the output and of a pipe, into which the exit status is written. The end of
the orders is this process's end.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from select import select
from typing import IO

from typer.testing import CliRunner

ROOT = Path(__file__).parents[1]
_ORDER_BYTES = 2**18


class Hatched:
    """A process that was forked, in the words of `subprocess.Popen`. ended: where its exit status can be read."""

    def __init__(self, pid: int, ended: int, stdout: IO[str]) -> None:
        self.pid, self.stdout = pid, stdout
        self._ended = ended
        self._status: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; below 0 the signal that ended it."""
        if self._status is None:
            if not select([self._ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            self._status = int(os.read(self._ended, 16))
            os.close(self._ended)
        return self._status

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Process = Hatched | subprocess.Popen[str]


def lightbrush(arguments: Sequence[str], environment: Mapping[str, str], stderr: IO[str]) -> Process:
    """The command, as a process whose standard output can be read."""
    if sys.platform != "linux":  # what a fork of it would do is not known
        command = [sys.executable, "-m", "lightbrush", *arguments]
        return subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True
        )
    orders = _hatchery()
    out, out_write = os.pipe()
    ended, ended_write = os.pipe()
    order = json.dumps([list(arguments), dict(environment)]).encode()
    socket.send_fds(orders, [order], [out_write, stderr.fileno(), ended_write])
    os.close(out_write)
    os.close(ended_write)
    return Hatched(int(orders.recv(16)), ended, os.fdopen(out))


@cache
def _hatchery() -> socket.socket:
    """Where this process's orders go."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "OMP_NUM_THREADS": "1"}
    with theirs:
        process = subprocess.Popen([sys.executable, "-m", __name__], stdin=theirs, cwd=ROOT, env=environment)

    @atexit.register
    def end() -> None:
        ours.close()
        process.wait()

    return ours


class _Order:
    """What a child is to be: the command's arguments and environment, where its output goes."""

    def __init__(self, order: bytes, out: int, err: int) -> None:
        self.arguments, self.environment = json.loads(order)
        self.out, self.err = out, err

    @property
    def engines(self) -> tuple[str, ...]:
        """Those that its workers load."""
        return tuple(value for flag, value in pairwise(self.arguments) if flag == "--engine")

    def become(self) -> None:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for given, number in ((self.out, 1), (self.err, 2)):
            os.dup2(given, number)
            os.close(given)
        os.environ.clear()
        os.environ.update(self.environment)
        sys.argv = ["lightbrush", *self.arguments]


@cache
def _import_for(engines: tuple[str, ...]) -> None:
    from lightbrush.fleet import nursery

    nursery.prepare(engines, "cpu")


def _until_forked(orders: socket.socket, events: selectors.BaseSelector) -> _Order | None:
    """The order, in the child that it is for; None, in the parent, when there are no more."""
    while True:
        for key, _ in events.select():
            if key.data is not None:
                pid, ended = key.data
                events.unregister(key.fd)
                os.close(key.fd)
                os.write(ended, b"%d" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                os.close(ended)
                continue
            order, given, _, _ = socket.recv_fds(orders, _ORDER_BYTES, 3, socket.MSG_CMSG_CLOEXEC)
            if not order:
                return None
            out, err, ended = given
            asked = _Order(order, out, err)
            _import_for(asked.engines)
            pid = os.fork()
            if pid == 0:
                os.close(ended)
                return asked
            os.close(out)
            os.close(err)
            events.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, ended))
            orders.send(b"%d" % pid)


def main() -> None:
    import lightbrush.gateway.serve  # noqa: F401
    from lightbrush import cli

    CliRunner().invoke(cli.app, ["--version"])  # what is only imported when a command is called
    gc.freeze()  # a child's collector does not write to what all have in common
    with socket.socket(fileno=0) as orders, selectors.DefaultSelector() as events:
        events.register(orders, selectors.EVENT_READ)
        order = _until_forked(orders, events)
    if order is not None:
        order.become()
        cli.main()


if __name__ == "__main__":
    main()
