"""Who may do what in a room: roles, and the links that give them. Pure: the clock is passed in.

Whoever has a link's secret has its role, so a secret is 192 random bits, and only its SHA-256 is kept.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from enum import StrEnum
from typing import Final

from msgspec import Struct

from lightbrush.errors import RoomError


class Role(StrEnum):
    OWNER = "owner"  # also makes and revokes links, and ends the room
    EDITOR = "editor"  # also changes the document, and can render for the room
    VIEWER = "viewer"  # sees the document and its render, and is seen


_RANK: Final = {Role.VIEWER: 0, Role.EDITOR: 1, Role.OWNER: 2}


class Link(Struct, frozen=True, kw_only=True):
    """expires_s: since the epoch; infinite for one that does not. The owner's own link is the room's first."""

    id: str
    room: str
    role: Role
    label: str = ""
    created_s: float
    expires_s: float = math.inf
    revoked: bool = False


class Access(Struct, frozen=True, kw_only=True):
    """What someone came with. who: "user:NAME", or "link:ID"."""

    room: str
    role: Role
    who: str
    link: str = ""
    expires_s: float = math.inf


def new_secret() -> str:
    return secrets.token_urlsafe(24)


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def by_link(link: Link, now_s: float) -> Access:
    """Raises RoomError room.link."""
    access = Access(room=link.room, role=link.role, who=f"link:{link.id}", link=link.id, expires_s=link.expires_s)
    if link.revoked:
        raise RoomError("room.link", "this link was revoked", fix="Ask who shared it for a new one")
    check_time(access, now_s)
    return access


def check_time(access: Access, now_s: float) -> None:
    """Raises RoomError room.link when what gave the access has run out."""
    if now_s >= access.expires_s:
        raise RoomError("room.link", "this link has expired", fix="Ask who shared it for a new one")


def require(access: Access, role: Role) -> None:
    """Raises RoomError room.role for whoever has less."""
    if _RANK[access.role] < _RANK[role]:
        raise RoomError(
            "room.role",
            f"this needs the role {role}",
            value=access.role,
            fix="Ask who shared the room for another link",
        )
