"""The stream between a gateway and a worker: where it is, and one message after the other on it.

An address is "unix:/path/to/socket" or "host:port". The messages are wire.py's; the header says where each
ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Final

from lightbrush import wire
from lightbrush.errors import SettingsError

#: The environment variable that carries the link's token: not in the arguments, which every user can list.
TOKEN_VARIABLE: Final = "LIGHTBRUSH_LINK_TOKEN"

_UNIX: Final = "unix:"
_GONE_MS: Final = 20_000
_WILDCARDS: Final = ("", "0.0.0.0", "::")


def connect(address: str, timeout_s: float) -> socket.socket:
    """Dial the gateway. Afterwards the socket blocks without a limit: an idle worker waits."""
    if address.startswith(_UNIX):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout_s)
        sock.connect(address.removeprefix(_UNIX))
    else:
        sock = socket.create_connection(host_and_port(address), timeout_s)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # a gateway whose machine is gone is not waited for
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _GONE_MS)
    sock.settimeout(None)
    return sock


def host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise SettingsError(
            "settings.value", "not an address of a gateway", value=address, fix="Use HOST:PORT or unix:PATH"
        )
    return host.strip("[]"), int(port)


def is_unix(address: str) -> bool:
    return address.startswith(_UNIX)


def dialled(listening: str, told: str, here: str) -> str:
    """What workers on other machines dial. listening: HOST:PORT. told: HOST or HOST:PORT that they reach it by, where
    that is another. here: this machine, where it listens on all its addresses. Raises SettingsError."""
    host, port = host_and_port(listening)
    if told:
        bare = told.startswith("[") and told.endswith("]")
        return f"{told}:{port}" if bare or ":" not in told else with_port(*host_and_port(told))
    return with_port(here if host in _WILDCARDS else host, port)


def with_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def read(sock: socket.socket) -> wire.Message | None:
    """The next message; None when the other side closed between two. Raises WireError, OSError."""
    header = _read_exactly(sock, wire.HEADER.size)
    if not header:
        return None
    kind, seq, meta_bytes, payload_bytes = _read_header(header)
    meta = _read_exactly(sock, meta_bytes)
    payload = _read_exactly(sock, payload_bytes)
    if len(meta) < meta_bytes or len(payload) < payload_bytes:
        raise ConnectionResetError("the link closed in the middle of a message")
    return wire.Message(kind, seq, meta, payload)


async def read_async(reader: asyncio.StreamReader) -> wire.Message:
    """The next message. Raises WireError, OSError, asyncio.IncompleteReadError (an EOFError) at the end."""
    header = await reader.readexactly(wire.HEADER.size)
    kind, seq, meta_bytes, payload_bytes = _read_header(header)
    body = await reader.readexactly(meta_bytes + payload_bytes)
    return wire.Message(kind, seq, body[:meta_bytes], body[meta_bytes:])


def close(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def _read_header(header: bytes) -> tuple[wire.Kind, int, int, int]:
    return wire.read_header(header, max_payload_bytes=wire.MAX_LINK_PAYLOAD_BYTES)


def _read_exactly(sock: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes, fewer only when the other side closed."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    filled = 0
    while filled < size:
        count = sock.recv_into(view[filled:])
        if count == 0:
            break
        filled += count
    return bytes(view[:filled])
