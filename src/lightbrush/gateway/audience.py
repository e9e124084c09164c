"""Who of a room renders, and who sees it: everybody in a room sees one render, encoded once.

One session of each room renders, and its pictures go to the others too: whoever rendered last, as long as it is there
and its page can; else whoever came first of those that may and can. Whose page shows a camera goes first: no other page
has its picture. No I/O.
"""

from __future__ import annotations

from msgspec import Struct

from lightbrush.gateway.session import Session


class Seat(Struct):
    """A session's place in a room. may: by its role. able: its page is seen, so that it renders what changes. shows: a
    camera or a screen is a layer of its page."""

    session: Session
    room: str
    may: bool
    able: bool = True
    shows: bool = False


class Audience:
    def __init__(self) -> None:
        self._seats: dict[str, Seat] = {}  # by session, in the order of coming
        self._renders: dict[str, str] = {}  # room -> session
        self._last: dict[str, bytes] = {}  # room -> its last picture

    def enter(self, session: Session, room: str, may: bool) -> None:
        self._seats[session.id] = Seat(session, room, may)
        self._settle(room)

    def leave(self, session: Session) -> list[Session]:
        """-> those for whom it is not as it was."""
        seat = self._seats.pop(session.id, None)
        return [] if seat is None else self._settle(seat.room)

    def able(self, session: Session, able: bool, shows: bool = False) -> list[Session]:
        """-> those for whom it is not as it was."""
        seat = self._seats.get(session.id)
        if seat is None:
            return []
        seat.able = able
        seat.shows = shows
        return self._settle(seat.room)

    def may(self, session: Session) -> bool:
        seat = self._seats.get(session.id)
        return seat is None or seat.may

    def follows(self, session: Session) -> bool:
        """Whether it sees what another one renders."""
        seat = self._seats.get(session.id)
        return seat is not None and self._renders.get(seat.room) != session.id

    def shows_to(self, session: Session) -> list[Session]:
        """Who sees what this one renders, besides itself."""
        seat = self._seats.get(session.id)
        if seat is None or self._renders.get(seat.room) != session.id:
            return []
        return [other.session for other in self._of(seat.room) if other is not seat]

    def keep(self, session: Session, picture: bytes) -> None:
        """The room's picture, for whoever comes next."""
        self._last[self._seats[session.id].room] = picture

    def alone(self, session: Session) -> bool:
        """Whether nobody else could want its pictures."""
        return session.id not in self._seats

    def room(self, session: Session) -> str:
        """ "" of one that is in none."""
        seat = self._seats.get(session.id)
        return "" if seat is None else seat.room

    def last(self, session: Session) -> bytes | None:
        seat = self._seats.get(session.id)
        return None if seat is None else self._last.get(seat.room)

    def _of(self, room: str) -> list[Seat]:
        return [seat for seat in self._seats.values() if seat.room == room]

    def _settle(self, room: str) -> list[Session]:
        seats = self._of(room)
        before = self._renders.get(room)
        now = renderer(seats, before)
        if not seats:
            self._last.pop(room, None)
        if now is None:
            self._renders.pop(room, None)
        else:
            self._renders[room] = now
        return [] if now == before else [seat.session for seat in seats if seat.session.id in (before, now)]


def renderer(seats: list[Seat], before: str | None) -> str | None:
    """The session that renders for a room. seats: of that room, in the order of coming."""
    may = [seat for seat in seats if seat.may]
    can = [seat for seat in may if seat.able] or may  # unseen pages still hold the picture that was rendered last
    names = [seat.session.id for seat in [seat for seat in can if seat.shows] or can]
    return before if before in names else next(iter(names), None)
