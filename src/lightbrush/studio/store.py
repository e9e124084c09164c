"""Rooms on disk: SQLite with a write-ahead log, in one file.

    rooms        what a room is called and who owns it
    links        who may come in; of a secret only its SHA-256
    updates      changes of the document since its last checkpoint
    checkpoints  whole documents, each the sum of what came before; all but the last are its versions
    changes      who changed how much and when: one row for what one member changed in one commit; only added to
    assets       pictures that the document names by their SHA-256

What a method returned is on the disk, and survives `kill -9` and a power cut. One process at a time opens the file: the
lock ends with its process. Methods wait for the disk, so they are not for an event loop's own thread; any thread may
call them. Bounds: `Limits`.
"""

from __future__ import annotations

import math
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from lightbrush.durable import prepare, transaction
from lightbrush.errors import RoomError
from lightbrush.studio.access import Link, Role, digest, new_secret
from lightbrush.studio.versions import superfluous

_VERSION: Final = 1
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})

_SCHEMA: Final = """
CREATE TABLE rooms (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    created_s REAL NOT NULL,
    changed_s REAL NOT NULL
);
CREATE INDEX rooms_by_owner ON rooms (owner, changed_s);
CREATE TABLE links (
    id TEXT PRIMARY KEY,
    room TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    secret BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    label TEXT NOT NULL,
    created_s REAL NOT NULL,
    expires_s REAL NOT NULL,
    revoked INTEGER NOT NULL
);
CREATE INDEX links_by_room ON links (room, created_s);
CREATE TABLE updates (
    room TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (room, seq)
);
CREATE TABLE checkpoints (
    room TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at_s REAL NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (room, seq)
);
CREATE TABLE changes (
    room TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    at_s REAL NOT NULL,
    who TEXT NOT NULL,
    name TEXT NOT NULL,
    updates INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (room, seq, who, name)
) WITHOUT ROWID;
CREATE TABLE assets (
    room TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    sha256 TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (room, sha256)
);
"""
_LINK: Final = "id, room, role, label, created_s, expires_s, revoked"


class Limits(Struct, frozen=True, kw_only=True):
    """version_bytes: of all versions of one document. owner_rooms: of one owner; nobody in particular owns max_rooms.
    lock_s: how long another process that holds the database is waited for."""

    version_bytes: int = 4 * 32 * 1024 * 1024
    asset_bytes: int = 64 * 1024 * 1024
    max_assets: int = 500
    max_rooms: int = 10_000
    owner_rooms: int = 1000
    max_links: int = 100
    lock_s: float = 2.0


class RoomRow(Struct, frozen=True, kw_only=True):
    id: str
    owner: str
    name: str
    created_s: float
    changed_s: float


class Update(Struct, frozen=True):
    """who, name: of the member that it came from."""

    data: bytes
    who: str
    name: str


class Kept(Struct, frozen=True, kw_only=True):
    """A document as the disk has it: apply checkpoint, then updates. seq: of the last change. at_s: when the checkpoint
    was written."""

    seq: int
    at_s: float = math.inf
    checkpoint: bytes
    updates: tuple[bytes, ...]


class Change(Struct, frozen=True, kw_only=True):
    """seq: of the last of its updates. who: "user:NAME" or "link:ID". name: what that member calls itself."""

    seq: int
    at_s: float
    who: str
    name: str
    updates: int
    bytes: int


class Version(Struct, frozen=True, kw_only=True):
    seq: int
    at_s: float
    bytes: int


class RoomStore:
    """Raises RoomError: room.missing, room.full, room.disk, room.store. clock: seconds since the epoch."""

    def __init__(self, folder: Path, limits: Limits | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self.limits = limits or Limits()
        self._path = folder / "rooms.sqlite"
        self._clock = clock
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(f"{folder}: {error.strerror}") from error
        with self._reported():
            self._db = sqlite3.connect(
                self._path, timeout=self.limits.lock_s, isolation_level=None, check_same_thread=False
            )
        try:
            with self._reported():
                self._prepare()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Rooms

    def create(self, owner: str, name: str, document: bytes, who: Update) -> tuple[RoomRow, str]:
        """owner: a user's name, "" for nobody's in particular. -> the room, and the secret of its owner's link."""
        now_s = self._clock()
        room = RoomRow(id=f"r-{secrets.token_hex(8)}", owner=owner, name=name, created_s=now_s, changed_s=now_s)
        with self._writing():
            rooms = self._count("SELECT count(*) FROM rooms WHERE owner = ?", owner)
            if rooms >= (self.limits.owner_rooms if owner else self.limits.max_rooms):
                raise RoomError("room.full", "as many rooms are kept as may be", value=rooms, fix="End one")
            self._db.execute("INSERT INTO rooms VALUES (?, ?, ?, ?, ?)", _row(room))
            secret = self._add_link(room.id, Role.OWNER, "", now_s, math.inf)[1]
            self._db.execute("INSERT INTO checkpoints VALUES (?, 0, ?, ?)", (room.id, now_s, document))
            change = (room.id, 0, now_s, who.who, who.name, 1, len(document))
            self._db.execute("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)", change)
        return room, secret

    def room(self, room_id: str) -> RoomRow:
        with self._reading():
            row = self._db.execute("SELECT * FROM rooms WHERE id = ?", (room_id,)).fetchone()
        if row is None:
            raise missing(room_id)
        return RoomRow(**dict(zip(RoomRow.__struct_fields__, row, strict=True)))

    def owned(self, owner: str) -> tuple[RoomRow, ...]:
        """The last changed first. Nobody in particular owns none."""
        with self._reading():
            rows = self._db.execute("SELECT * FROM rooms WHERE owner = ? ORDER BY changed_s DESC", (owner,)).fetchall()
        return tuple(RoomRow(**dict(zip(RoomRow.__struct_fields__, row, strict=True))) for row in rows if owner)

    def remove(self, room_id: str) -> None:
        with self._writing():
            self._db.execute("DELETE FROM rooms WHERE id = ?", (room_id,))

    # Links

    def add_link(self, room_id: str, role: Role, label: str, expires_s: float) -> tuple[Link, str]:
        """-> the link, and its secret, which is not kept."""
        with self._writing():
            links = self._count("SELECT count(*) FROM links WHERE room = ? AND NOT revoked", room_id)
            if links > self.limits.max_links:
                raise RoomError("room.full", "a room has as many links as it may", value=links, fix="Revoke one")
            return self._add_link(room_id, role, label, self._clock(), expires_s)

    def links(self, room_id: str) -> tuple[Link, ...]:
        """Those that were made, not the owner's own; the oldest first."""
        select = f"SELECT {_LINK} FROM links WHERE room = ? AND role != ? ORDER BY created_s"
        with self._reading():
            return tuple(map(_link, self._db.execute(select, (room_id, Role.OWNER)).fetchall()))

    def revoke(self, room_id: str, link_id: str) -> None:
        with self._writing():
            update = "UPDATE links SET revoked = 1 WHERE room = ? AND id = ? AND role != ?"
            if self._db.execute(update, (room_id, link_id, Role.OWNER)).rowcount == 0:
                raise RoomError("room.missing", "no such link of this room is here", value=link_id)

    def find_link(self, room_id: str, secret: str) -> Link:
        """Raises RoomError room.missing, so that whoever guesses does not hear whether there is such a room."""
        select = f"SELECT {_LINK} FROM links WHERE secret = ? AND room = ?"
        with self._reading():
            row = self._db.execute(select, (digest(secret), room_id)).fetchone()
        if row is None:
            raise missing(room_id)
        return _link(row)

    # Documents

    def document(self, room_id: str) -> Kept:
        with self._reading():
            select = "SELECT seq, at_s, data FROM checkpoints WHERE room = ? ORDER BY seq DESC LIMIT 1"
            row = self._db.execute(select, (room_id,)).fetchone()
            if row is None:
                raise missing(room_id)
            seq, at_s, checkpoint = row
            select = "SELECT seq, data FROM updates WHERE room = ? AND seq > ? ORDER BY seq"
            updates = self._db.execute(select, (room_id, seq)).fetchall()
        last = updates[-1][0] if updates else seq
        return Kept(seq=last, at_s=at_s, checkpoint=checkpoint, updates=tuple(data for _, data in updates))

    def append(self, room_id: str, after: int, updates: Sequence[Update], checkpoint: bytes | None = None) -> None:
        """Changes that follow number `after`. checkpoint: the document with all of them, when it is time for one."""
        now_s = self._clock()
        last = after + len(updates)
        with self._writing():
            rows = [(room_id, after + 1 + index, update.data) for index, update in enumerate(updates)]
            self._db.executemany("INSERT INTO updates VALUES (?, ?, ?)", rows)
            for member in dict.fromkeys((update.who, update.name) for update in updates):
                own = [len(update.data) for update in updates if (update.who, update.name) == member]
                row = (room_id, last, now_s, *member, len(own), sum(own))
                self._db.execute("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            if updates:
                self._db.execute("UPDATE rooms SET changed_s = ? WHERE id = ?", (now_s, room_id))
            if checkpoint is not None:
                insert = "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)"
                self._db.execute(insert, (room_id, last, now_s, checkpoint))
                self._db.execute("DELETE FROM updates WHERE room = ? AND seq <= ?", (room_id, last))
                self._thin(room_id)

    def changes(self, room_id: str, before: int | None, most: int) -> tuple[Change, ...]:
        """The newest first, those before that number."""
        select = """
            SELECT seq, at_s, who, name, updates, bytes FROM changes
            WHERE room = ? AND seq < ? ORDER BY seq DESC, who LIMIT ?
        """
        below = 2**62 if before is None else before
        with self._reading():
            rows = self._db.execute(select, (room_id, below, most)).fetchall()
        return tuple(Change(**dict(zip(Change.__struct_fields__, row, strict=True))) for row in rows)

    def versions(self, room_id: str) -> tuple[Version, ...]:
        """The newest first."""
        select = "SELECT seq, at_s, length(data) FROM checkpoints WHERE room = ? ORDER BY seq DESC"
        with self._reading():
            rows = self._db.execute(select, (room_id,)).fetchall()
        return tuple(Version(**dict(zip(Version.__struct_fields__, row, strict=True))) for row in rows)

    def version(self, room_id: str, seq: int) -> bytes:
        with self._reading():
            select = "SELECT data FROM checkpoints WHERE room = ? AND seq = ?"
            row = self._db.execute(select, (room_id, seq)).fetchone()
        if row is None:
            raise RoomError("room.missing", "no such version of the document is kept", value=seq)
        data: bytes = row[0]
        return data

    # Pictures

    def put_asset(self, room_id: str, sha256: str, data: bytes) -> None:
        with self._writing():
            if self._count("SELECT count(*) FROM assets WHERE room = ? AND sha256 = ?", room_id, sha256):
                return
            select = "SELECT count(*), coalesce(sum(length(data)), 0) FROM assets WHERE room = ?"
            count, size = self._db.execute(select, (room_id,)).fetchone()
            if count >= self.limits.max_assets or size + len(data) > self.limits.asset_bytes:
                seen = f"{count} pictures, {size} bytes"
                raise RoomError("room.full", "the room keeps as many pictures as it may", value=seen)
            self._db.execute("INSERT INTO assets VALUES (?, ?, ?)", (room_id, sha256, data))

    def asset(self, room_id: str, sha256: str) -> bytes:
        with self._reading():
            select = "SELECT data FROM assets WHERE room = ? AND sha256 = ?"
            row = self._db.execute(select, (room_id, sha256)).fetchone()
        if row is None:
            raise RoomError("room.missing", "the room has no such picture", value=sha256)
        data: bytes = row[0]
        return data

    # Inside

    def _prepare(self) -> None:
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        prepare(self._db)
        with transaction(self._db):
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise _unusable(f"{self._path} is of version {version}, not {_VERSION}")

    def _thin(self, room_id: str) -> None:
        select = "SELECT seq, at_s, length(data) FROM checkpoints WHERE room = ? ORDER BY seq"
        rows = self._db.execute(select, (room_id,)).fetchall()
        for index in superfluous([r[1] for r in rows], [r[2] for r in rows], self.limits.version_bytes):
            self._db.execute("DELETE FROM checkpoints WHERE room = ? AND seq = ?", (room_id, rows[index][0]))

    def _add_link(self, room_id: str, role: Role, label: str, now_s: float, expires_s: float) -> tuple[Link, str]:
        link = Link(
            id=f"l-{secrets.token_hex(6)}", room=room_id, role=role, label=label, created_s=now_s, expires_s=expires_s
        )
        secret = new_secret()
        self._db.execute(
            f"INSERT INTO links ({_LINK}, secret) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*_row(link), digest(secret))
        )
        return link, secret

    def _count(self, select: str, *values: object) -> int:
        count: int = self._db.execute(select, values).fetchone()[0]
        return count

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, self._reported():
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, self._reported(), transaction(self._db):
            yield

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            reason = f"{self._path}: {error}"
            if code in _FULL:
                fix = "Make room on the disk, or end rooms"
                raise RoomError("room.disk", "there is no room for it", value=reason, fix=fix) from error
            if code in _LOCKED:
                message = "another gateway keeps the rooms of this folder"
                raise RoomError("room.store", message, value=reason, fix="Give each a data_folder") from error
            if code == sqlite3.SQLITE_CONSTRAINT:  # of a room that was ended meanwhile
                raise missing("") from error
            raise _unusable(reason) from error


def missing(room_id: str) -> RoomError:
    fix = "Ask who shared it for a new link"
    return RoomError("room.missing", "no such room is here, or this does not open it", value=room_id, fix=fix)


def _unusable(reason: str) -> RoomError:
    fix = "See that the folder may be written, and the file is whole"
    return RoomError("room.store", "the database of rooms cannot be used", value=reason, fix=fix)


def _row(value: RoomRow | Link) -> tuple[Any, ...]:
    return tuple(getattr(value, name) for name in value.__struct_fields__)


def _link(row: tuple[Any, ...]) -> Link:
    link = dict(zip(Link.__struct_fields__, row, strict=True))
    return Link(**{**link, "role": Role(link["role"]), "revoked": bool(link["revoked"])})
