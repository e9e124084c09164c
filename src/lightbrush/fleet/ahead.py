"""A nursery begun ahead of its gateway: forked from its process as soon as that has imported what both need, so that
the first workers load while the gateway imports the rest, and what both need is imported once."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lightbrush.engines.driver import has_driver
from lightbrush.engines.video import variables
from lightbrush.fleet import nursery
from lightbrush.settings import Settings


def _forks() -> bool:
    """Linux, and a kernel (5.3 on) or sandbox that tells by a descriptor when a process ends."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return sys.platform == "linux"


FORKS: Final = _forks()


class Begun:
    """A child of this process. orders: our end of the socket that it takes them from."""

    def __init__(self, pid: int, orders: socket.socket) -> None:
        self.orders = orders
        self._pid = pid
        self._status: int | None = None

    def terminate(self) -> None:
        if self._status is None:
            os.kill(self._pid, signal.SIGTERM)

    async def wait(self) -> int:
        return await asyncio.to_thread(self.reap)

    def reap(self) -> int:
        """Wait until it has ended -> its exit status; below 0 the signal that ended it."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status


@contextmanager
def begun(settings: Settings) -> Iterator[Begun | None]:
    """What a local fleet of such settings starts with; None where it starts with no nursery. When the block ends, so
    does what was begun. To be called while this process has no thread of its own."""
    if not FORKS or settings.fleet != "local" or not settings.workers:
        yield None
        return
    child = _fork(settings)
    try:
        yield child
    finally:
        child.orders.close()
        child.terminate()
        child.reap()


def _fork(settings: Settings) -> Begun:
    parent = os.getpid()
    ours, theirs = socket.socketpair()
    gc.freeze()  # the collector's marks would make a copy of every page here and there
    with theirs, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # as in `nursery.py`
        pid = os.fork()
        if pid:
            return Begun(pid, ours)
        status = 1
        try:
            ours.close()
            video = settings.video_dtype, settings.video_attention, settings.video_gpus
            os.environ.update(variables(settings.models_folder, *video))
            status = nursery.live(theirs, parent, settings.engine, settings.device, _first(settings))
        finally:
            os._exit(status)


def _first(settings: Settings) -> nursery.First:
    """All, where each loads the same on a CPU."""
    alike = settings.worker_engines not in range(1, len(settings.engine))
    on_cpu = settings.device == "cpu" or not has_driver()
    return nursery.First(settings.workers if alike and on_cpu else 0, settings.worker_nice)
