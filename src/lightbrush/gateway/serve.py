"""Run a gateway until it is told to stop: the listening socket, the loop, the address to open."""

from __future__ import annotations

import contextlib
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn

from lightbrush.errors import SettingsError
from lightbrush.fleet.ahead import Begun
from lightbrush.gateway.access import token_for
from lightbrush.gateway.app import Gateway, build
from lightbrush.settings import Settings

#: A picture not yet on its way is better dropped than queued: what the kernel may hold unsent for one client.
_UNSENT_BYTES: Final = 128 * 1024
_BACKLOG: Final = 1024
_GRACE_S: Final = 3
#: In linux/tcp.h and on macOS; Python's socket module has the name since 3.12.
_TCP_NOTSENT_LOWAT: Final = {"linux": 25, "darwin": 0x201}


def serve(settings: Settings, ready: Callable[[str], None], begun: Begun | None = None) -> None:
    """ready: called with the address once it answers. begun: for its fleet. Returns after SIGINT or SIGTERM, no other
    child left. Raises SettingsError, FleetError where it cannot start."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(name)s: %(message)s")
    listener = listen(settings.host, settings.port)
    token = token_for(settings)
    gateway = Gateway(settings, token, settings.worker_token or secrets.token_urlsafe(24), begun)
    config = uvicorn.Config(
        build(gateway),
        ws="websockets-sansio",
        ws_max_size=2 * settings.message_bytes,
        ws_per_message_deflate=False,
        log_level=settings.log_level,
        access_log=False,  # it would write the token
        timeout_graceful_shutdown=_GRACE_S,
        server_header=False,
    )
    server = _Server(config, gateway, lambda: ready(address(settings.host, listener, token)))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit)  # uvicorn raises the signal again when it has stopped
    with contextlib.suppress(SystemExit):
        server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Raises SettingsError when the address cannot be had."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if sys.platform in _TCP_NOTSENT_LOWAT:  # what is accepted inherits it
            listener.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT[sys.platform], _UNSENT_BYTES)
        listener.bind(where)
        listener.listen(_BACKLOG)
    except OSError as error:
        raise SettingsError(
            "settings.value",
            f"cannot listen there: {error.strerror or error}",
            value=f"{host}:{port}",
            fix="Another program may hold the port: choose one with --port, or 0 for any free one",
        ) from None
    return listener


def address(host: str, listener: socket.socket, token: str) -> str:
    """What to open in a browser. A wildcard address is shown as this machine's own."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)
    if ":" in shown and not shown.startswith("["):
        shown = f"[{shown}]"
    query = f"?token={token}" if token else ""
    return f"http://{shown}:{listener.getsockname()[1]}/{query}"


class _Server(uvicorn.Server):
    """uvicorn's server, telling when it answers, or why it does not, and when it is about to stop."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self._gateway.prepare()  # not in the application: what is raised there becomes a traceback in the log
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._gateway.stopping()
        await super().shutdown(sockets)


def _exit(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
