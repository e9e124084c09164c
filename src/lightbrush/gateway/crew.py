"""The workers as the gateway has them: their links, what each was sent and when, and which of them hang."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Protocol

import msgspec

from lightbrush import wire
from lightbrush.fleet.patience import Patience
from lightbrush.fleet.shelf import Shelf
from lightbrush.shots import Asset

log = logging.getLogger("lightbrush.gateway")


class Link(Protocol):
    """The gateway's end of a worker's link. beat_s: how often it says that it lives; 0: never."""

    device: str
    shelf: Shelf
    beat_s: float

    @property
    def silent(self) -> bool:
        """It has missed beats, so many that it stands still, or something holds all its threads up."""
        ...

    def send(self, message: bytes) -> None: ...

    def close(self) -> None: ...


class _Sent(msgspec.Struct, frozen=True):
    """What a worker holds. what: its like."""

    what: Hashable
    at_s: float
    timeout: asyncio.TimerHandle


class Crew:
    """most_s: that a worker may hold one shot or unit. hangs: called with the name of one that does; it is here until
    `leave`."""

    def __init__(self, most_s: float, hangs: Callable[[str], None]) -> None:
        self._patience = Patience(most_s)
        self._hangs = hangs
        self._links: dict[str, Link] = {}
        self._sent: dict[str, _Sent] = {}
        self._looks: dict[str, asyncio.TimerHandle] = {}
        self._preparing: set[str] = set()
        self._loop = asyncio.get_running_loop()

    @property
    def device(self) -> str:
        """Of the first; "" of none."""
        return next((link.device for link in self._links.values()), "")

    def device_of(self, name: str) -> str:
        return self._links[name].device

    def join(self, name: str, link: Link) -> str:
        """-> the name it goes by here: its own, made different when another worker has it."""
        while name in self._links:
            name += "+"
        self._links[name] = link
        self._look_soon(name)
        return name

    def leave(self, name: str) -> bool:
        """Its link is closed -> whether it was here."""
        self._stop(name)
        self._patience.forget(name)
        self.prepared(name)
        look = self._looks.pop(name, None)
        if look is not None:
            look.cancel()
        return self._links.pop(name, None) is not None

    def has(self, name: str) -> bool:
        return name in self._links

    def close_link(self, name: str) -> None:
        self._links[name].close()

    def send(self, name: str, what: Hashable, named: Mapping[str, bytes], *messages: bytes) -> None:
        """A shot, several that it renders at once, or a unit, with what the worker lacks of the pictures that it
        names. what: its like (`fleet.patience`)."""
        link = self._links[name]
        timeout = self._loop.call_later(self._patience.most_s, self._overdue, name)
        self._sent[name] = _Sent(what, time.monotonic(), timeout)
        lacking, _ = link.shelf.settle({sha256: len(data) for sha256, data in named.items()})
        for sha256 in lacking:
            link.send(wire.encode_asset(Asset(sha256, named[sha256])))
        for message in messages:
            link.send(message)

    def prepare(self, name: str, message: bytes) -> None:
        """Sent besides shots and units: it may be silent over it, until `prepared`."""
        self._preparing.add(name)
        self._links[name].send(message)

    def prepared(self, name: str) -> None:
        self._preparing.discard(name)

    def answered(self, name: str, now_s: float, *, done: bool, more: bool = False) -> float:
        """-> how long that took. done: not a refusal, so its time counts as the like's. more: it still owes answers to
        what it was sent with that."""
        sent = self._sent.get(name) if more else self._stop(name)
        if sent is None:
            return 0.0
        spent_s = now_s - sent.at_s
        if done and not more:
            self._patience.took(name, sent.what, spent_s)
        return spent_s

    def close(self) -> None:
        for handle in (*self._looks.values(), *(sent.timeout for sent in self._sent.values())):
            handle.cancel()

    def _stop(self, name: str) -> _Sent | None:
        sent = self._sent.pop(name, None)
        if sent is not None:
            sent.timeout.cancel()
        return sent

    def _look_soon(self, name: str) -> None:
        beat_s = self._links[name].beat_s
        if beat_s:
            self._looks[name] = self._loop.call_later(beat_s, self._look, name)

    def _look(self, name: str) -> None:
        """Does it hang? What has come on its link was read before this is called, however late that is."""
        sent, silent = self._sent.get(name), self._links[name].silent
        if sent is None:
            if silent and name not in self._preparing:
                log.warning("%s has nothing to do and says nothing; it is replaced", name)
                self._hangs(name)
                return
        elif time.monotonic() - sent.at_s >= self._patience.limit_s(name, sent.what, silent=silent):
            self._overdue(name)
            return
        self._look_soon(name)

    def _overdue(self, name: str) -> None:
        held_s = time.monotonic() - self._sent[name].at_s
        log.warning("%s has held one shot or unit for %.1f s; it is replaced", name, held_s)
        self._hangs(name)
