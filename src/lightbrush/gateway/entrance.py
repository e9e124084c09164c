"""Who is let in, and as whom: by the gateway's token, by a user's, or by the link of a room.

What is asked of a request is in `access`, what may be done in a room in `studio.access`; here the two come together.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import HTTPConnection

from lightbrush.errors import AccessError
from lightbrush.gateway.access import (
    User,
    check_host,
    check_origin,
    check_token,
    name_of,
    owner_of,
    secret_of,
    user_of,
    users_of,
)
from lightbrush.settings import Settings
from lightbrush.studio.access import Access, Role, require
from lightbrush.studio.rooms import Rooms


class Entrance:
    """token: what clients must show, "" when nothing. Its methods raise AccessError, and where a room is asked for
    RoomError."""

    def __init__(self, settings: Settings, token: str, rooms: Callable[[], Rooms]) -> None:
        self._settings, self._rooms = settings, rooms
        self._users = users_of(settings)
        self._tokens = frozenset(filter(None, (token, *self._users)))

    def know(self, asking: HTTPConnection) -> None:
        """Some token of this gateway, from wherever: for what says nothing of anybody."""
        check_token(self._tokens, asking.headers, asking.query_params)

    def admit(self, asking: HTTPConnection) -> None:
        check_origin(self._settings, bool(self._tokens), asking.headers)
        self.know(asking)

    def owner(self, asking: HTTPConnection) -> str | None:
        """For what is private, such as jobs: -> whose of these are theirs; None: all."""
        check_host(self._settings, bool(self._tokens), asking.headers)
        self.admit(asking)
        return owner_of(self._users, asking.headers, asking.query_params)

    def name(self, asking: HTTPConnection) -> str:
        """As `owner`; -> the name of one of the setting `users`, "" for everybody else."""
        self.owner(asking)
        return name_of(self._users, asking.headers, asking.query_params)

    async def admit_editor(self, asking: HTTPConnection) -> None:
        """Whoever edits a room by a link renders for it, so their pictures are taken too."""
        room_id = asking.query_params.get("room", "")
        if not room_id:
            self.admit(asking)
            return
        require(await self.in_room(asking, room_id), Role.EDITOR)

    async def in_room(self, asking: HTTPConnection, room_id: str) -> Access:
        """By a link, or by being the owner. What is in a room is private."""
        check_host(self._settings, bool(self._tokens), asking.headers)
        check_origin(self._settings, bool(self._tokens), asking.headers)
        secret = secret_of(asking.headers, asking.query_params)
        if not secret:
            self.know(asking)
        user = name_of(self._users, asking.headers, asking.query_params)
        return await self._rooms().access(room_id, user, secret)

    async def visitor(self, asking: HTTPConnection) -> tuple[User, Access | None]:
        """Whose session it is, and what it may in its room. A room's link opens a session too, which is its owner's."""
        address = asking.client.host if asking.client else ""
        room_id = asking.query_params.get("room", "")
        if not room_id:
            self.admit(asking)
            return user_of(self._users, asking.headers, asking.query_params, address), None
        access = await self.in_room(asking, room_id)
        try:
            self.know(asking)
        except AccessError:
            owner = (await self._rooms().row(room_id)).owner
            named = {user.name: user for user in self._users.values()}
            return named.get(owner, User(f"room {room_id}")), access
        return user_of(self._users, asking.headers, asking.query_params, address), access
