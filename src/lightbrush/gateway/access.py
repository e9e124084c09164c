"""Who may open a session: the token, and the origin of the page that opens the socket.

A browser lets any page open a WebSocket to any address, and tells where the page came from in Origin. A page
of our own has the Origin of our Host. On an address that needs no token the Host must also be a name for this
machine or a bare IP address: a foreign page can make its own domain resolve to us (DNS rebinding), but not an
IP.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from lightbrush.errors import AccessError
from lightbrush.settings import Settings

_BEARER: Final = "bearer "


def token_for(settings: Settings) -> str:
    """The token in force: the one set, else a new one when the address needs one, else none ("")."""
    if settings.token or settings.local:
        return settings.token
    return secrets.token_urlsafe(24)


def check_token(token: str, headers: Mapping[str, str], query: Mapping[str, str]) -> None:
    """The token comes as `?token=` or as `Authorization: Bearer`. Raises AccessError."""
    if not token:
        return
    authorization = headers.get("authorization", "")
    given = query.get("token", "")
    if authorization.lower().startswith(_BEARER):
        given = authorization[len(_BEARER) :].strip()
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise AccessError(
            "access.token",
            "this gateway needs a token" if not given else "the token is wrong",
            fix="Open the address that `lightbrush serve` printed; it carries the token",
        )


def check_origin(settings: Settings, token: str, headers: Mapping[str, str]) -> None:
    """Programs send no Origin and pass. Raises AccessError for a page from elsewhere."""
    origin = headers.get("origin")
    if origin is None or origin in settings.origins:
        return
    host = headers.get("host", "")
    if origin.partition("://")[2] != host or not (token or _names_this_machine(host)):
        raise AccessError(
            "access.origin",
            "a page from there may not open a session here",
            value=origin,
            fix=f"Add it to the setting `origins`, or open this gateway's own page at {host}",
        )


def _names_this_machine(host: str) -> bool:
    """host: of a Host header, with or without a port."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name == "localhost" or name.endswith(".localhost"):
            return True
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
