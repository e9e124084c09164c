"""OSC in: what controllers and other programs send over UDP, told to the pages that listen.

UDP knows no sender, so nobody is let in or kept out: whoever reaches the port turns what the pages let them turn. It is
off unless the setting `osc` names an address.

Bounds: `MOST_PACKETS_S` packets a second are read, the rest are dropped; of a packet the first `_MOST_MESSAGES`;
`_MOST_ADDRESSES` addresses wait for a listener, the oldest goes; `MOST_LISTENERS` listen. Overflow rule: of an address
the newest wins.
"""

from __future__ import annotations

import asyncio
import logging
import math
import socket
from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import Final

import msgspec

from lightbrush.errors import OutputError, SettingsError
from lightbrush.fleet.link import host_and_port
from lightbrush.gateway.events import Listeners, event
from lightbrush.gateway.metrics import Metrics

MOST_PACKETS_S: Final = 2000
MOST_LISTENERS: Final = 64
_MOST_MESSAGES: Final = 64
_MOST_ADDRESSES: Final = 256
_MOST_ADDRESS_CHARS: Final = 200
#: A listener is told at most so often: a display shows no more.
_SPACING_S: Final = 1.0 / 60.0


class Heard(msgspec.Struct, frozen=True):
    """value: the message's first number; a truth counts as 0 or 1, and a message without any as 1."""

    address: str
    value: float


class Osc(asyncio.DatagramProtocol):
    """listen_at: HOST:PORT, port 0 for any free one; "" is off. address: where it listens, once started."""

    def __init__(self, listen_at: str, metrics: Metrics) -> None:
        self.address = ""
        self._listen_at = listen_at
        self._metrics = metrics
        self._transport: asyncio.DatagramTransport | None = None
        self._listeners = Listeners[_Listener](_SPACING_S)
        self._second = 0
        self._packets = 0

    @property
    def on(self) -> bool:
        return self._transport is not None

    async def start(self) -> None:
        """Raises SettingsError when the extra is missing, or the address cannot be had."""
        if not self._listen_at:
            return
        if find_spec("pythonosc") is None:
            raise SettingsError("extra.missing", "OSC needs the extra 'osc'", fix="pip install 'lightbrush[osc]'")
        logging.getLogger().addFilter(_is_not_the_parsers)
        host, port = self._where()
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, (host, port))
        except OSError as error:
            raise SettingsError(
                "settings.value",
                f"osc: cannot listen there: {error.strerror or error}",
                value=self._listen_at,
                fix="Another program may hold the port: choose one, or 0 for any free one",
            ) from None
        bound: socket.socket = self._transport.get_extra_info("socket")
        self.address = f"{host}:{bound.getsockname()[1]}"

    def close(self) -> None:
        self._listeners.close()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def _where(self) -> tuple[str, int]:
        try:
            host, port = host_and_port(self._listen_at)
        except SettingsError:
            host, port = "", -1
        if not (host and 0 <= port <= 65535):
            fix = "Use HOST:PORT, such as 127.0.0.1:9000"
            raise SettingsError("settings.value", "osc: not an address", value=self._listen_at, fix=fix)
        return host, port

    # Packets

    def datagram_received(self, data: bytes, _sender: object) -> None:
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second, self._packets = second, 0
        self._packets += 1
        if self._packets > MOST_PACKETS_S:
            self._metrics.osc_packets.labels("dropped").inc()
            return
        heard = read(data)
        self._metrics.osc_packets.labels("unread" if heard is None else "read").inc()
        for message in heard or ():
            for listener in self._listeners:
                listener.put(message)

    # Pages

    def listen(self) -> AsyncIterator[bytes]:
        """Server-sent events, `osc` with what was heard. Raises OutputError while as many listen as may."""
        if len(self._listeners) >= MOST_LISTENERS:
            raise OutputError("output.full", f"{MOST_LISTENERS} pages listen already", fix="Close one of them")
        return self._listeners.told(_Listener(), event("open", {"address": self.address}))


class _Listener:
    def __init__(self) -> None:
        self.waiting: dict[str, Heard] = {}  # by address, the oldest first
        self.wake = asyncio.Event()

    def put(self, heard: Heard) -> None:
        self.waiting.pop(heard.address, None)
        self.waiting[heard.address] = heard
        if len(self.waiting) > _MOST_ADDRESSES:
            del self.waiting[next(iter(self.waiting))]
        self.wake.set()

    def taken(self) -> bytes:
        waiting, self.waiting = self.waiting, {}
        return event("osc", list(waiting.values())) if waiting else b""


def _is_not_the_parsers(record: logging.LogRecord) -> bool:
    """It warns of each message that it does not know: strangers would write the log."""
    return record.module not in ("osc_message", "osc_bundle")


def read(packet: bytes) -> list[Heard] | None:
    """A message, or a bundle of them, whose time is now whatever it says; None: it is none."""
    from pythonosc.osc_packet import OscPacket, ParseError

    try:
        messages = [timed.message for timed in OscPacket(packet).messages[:_MOST_MESSAGES]]
    except (ParseError, ValueError, IndexError, OverflowError, RecursionError):  # what its parser lets through
        return None
    heard = [(str(message.address), _value(list(message))) for message in messages]
    return [Heard(address, value) for address, value in heard if _usable(address) and value is not None]


def _usable(address: str) -> bool:
    return address.startswith("/") and len(address) <= _MOST_ADDRESS_CHARS and address.isprintable()


def _value(arguments: list[object]) -> float | None:
    """None: it has arguments, and no finite number among them."""
    if not arguments:
        return 1.0
    numbers = [float(each) for each in arguments if isinstance(each, int | float)]
    return next((number for number in numbers if math.isfinite(number)), None)
