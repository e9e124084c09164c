"""What a request shows of who asks: a token, a room's link, and the origin of the page that opens a socket.

A browser lets any page open a WebSocket to any address, and tells where the page came from in Origin. A page
of our own has the Origin of our Host. On an address that needs no token the Host must also be a name for this
machine or a bare IP address: a foreign page can make its own domain resolve to us (DNS rebinding), but not an
IP.
"""

from __future__ import annotations

import hmac
import ipaddress
import math
import secrets
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from lightbrush.errors import AccessError, SettingsError
from lightbrush.settings import Settings

#: Where a link's secret comes in requests; sockets carry it as `?link=`.
LINK_HEADER: Final = "lightbrush-link"
_BEARER: Final = "bearer "


class User(msgspec.Struct, frozen=True):
    """Whose sessions are counted together: one of the setting `users`, else who comes from one address. weight: of
    each session, against the others' 1."""

    name: str
    weight: float = 1.0


NOBODY: Final = User("")


def token_for(settings: Settings) -> str:
    """The token in force: the one set, else a new one when the address needs one, else none ("")."""
    if settings.token or settings.local or settings.users:
        return settings.token
    return secrets.token_urlsafe(24)


def users_of(settings: Settings) -> dict[str, User]:
    """The setting `users`, by their tokens. Raises SettingsError."""
    users: dict[str, User] = {}
    for line in settings.users:
        name, _, rest = line.partition(":")
        token, _, weight = rest.partition(":")
        try:
            users[token] = User(name, float(weight or 1.0))
        except ValueError:
            token = ""
        if not (name and token and 0.0 < users[token].weight < math.inf):
            raise SettingsError("settings.value", "users: each is NAME:TOKEN or NAME:TOKEN:WEIGHT", value=name)
    return users


def owner_of(users: Mapping[str, User], headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """Whose jobs may be seen by whoever asks, of those who may: a user's own; None: everyone's, by the operator's
    token, or where none is needed."""
    user = users.get(_given(headers, query))
    return None if user is None else user.name


def user_of(users: Mapping[str, User], headers: Mapping[str, str], query: Mapping[str, str], address: str) -> User:
    return users.get(_given(headers, query)) or User(address)


def name_of(users: Mapping[str, User], headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Of one of the setting `users`; "" for everybody else."""
    user = users.get(_given(headers, query))
    return "" if user is None else user.name


def check_token(tokens: Collection[str], headers: Mapping[str, str], query: Mapping[str, str]) -> None:
    """One of them comes as `?token=` or as `Authorization: Bearer`; none are needed where there are none. Raises
    AccessError."""
    if not tokens:
        return
    given = _given(headers, query)
    if not any(hmac.compare_digest(given.encode(), token.encode()) for token in tokens):
        raise AccessError(
            "access.token",
            "this gateway needs a token" if not given else "the token is wrong",
            fix="Open the address that `lightbrush serve` printed; it carries the token",
        )


def check_origin(settings: Settings, guarded: bool, headers: Mapping[str, str]) -> None:
    """guarded: a token is needed. Programs send no Origin and pass. Raises AccessError for a page from elsewhere."""
    origin = headers.get("origin")
    if origin is None or origin in settings.origins:
        return
    host = headers.get("host", "")
    if origin.partition("://")[2] != host or not (guarded or _names_this_machine(host)):
        raise AccessError(
            "access.origin",
            "a page from there may not open a session here",
            value=origin,
            fix=f"Add it to the setting `origins`, or open this gateway's own page at {host}",
        )


def check_host(settings: Settings, guarded: bool, headers: Mapping[str, str]) -> None:
    """For what is private and can be read without an Origin: a page whose own domain was made to resolve to us sends
    none with a GET. Raises AccessError."""
    host = headers.get("host", "")
    listed = any(origin.partition("://")[2] == host for origin in settings.origins)
    if not (guarded or listed or _names_this_machine(host)):
        raise AccessError(
            "access.origin",
            "this gateway is not known by that name",
            value=host,
            fix="Open it by the address that `lightbrush serve` printed",
        )


def secret_of(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Of a room's link; "" where none is shown."""
    return headers.get(LINK_HEADER, "") or query.get("link", "")


def _given(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    authorization = headers.get("authorization", "")
    if authorization.lower().startswith(_BEARER):
        return authorization[len(_BEARER) :].strip()
    return query.get("token", "")


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
