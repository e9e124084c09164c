"""Messages of a room's socket <-> values: the sync and awareness protocols of Yjs, in the framing of y-websocket, so
that its clients work here. docs/PROTOCOL.md says what of it is used.

    message     varuint kind, then
    SYNC        varuint step, then bytes with their length: a state vector (STEP_1) or an update (STEP_2, UPDATE)
    AWARENESS   bytes with their length: varuint count, then of each varuint client, varuint clock, JSON text
    DENIED      varuint 0, then text: a problem, as JSON
    ASK         nothing: everybody's awareness is wanted
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

import msgspec

from lightbrush.errors import Problem, RoomError

#: JavaScript's largest safe integer; lib0 writes no larger one.
_MAX_UINT: Final = 2**53 - 1
#: Of one client: a name, a colour, a cursor, what is selected.
MAX_STATE_BYTES: Final = 2048
#: One client speaks for itself; a page that reconnects may do so for who it was before.
_MAX_ENTRIES: Final = 256


class Kind(IntEnum):
    SYNC = 0
    AWARENESS = 1
    DENIED = 2
    ASK = 3


class Step(IntEnum):
    STEP_1 = 0
    STEP_2 = 1
    UPDATE = 2


class Sync(msgspec.Struct, frozen=True):
    """data: a state vector for STEP_1, else an update."""

    step: Step
    data: bytes


class Entry(msgspec.Struct, frozen=True):
    """What one client says of itself. state: a JSON object, or "null" when it left."""

    client: int
    clock: int
    state: str


class Awareness(msgspec.Struct, frozen=True):
    entries: tuple[Entry, ...]


class Ask(msgspec.Struct, frozen=True):
    """Everybody's awareness is wanted."""


def read(data: bytes) -> Sync | Awareness | Ask:
    """A client's message. Raises RoomError room.message."""
    reader = _Reader(data)
    kind = reader.uint()
    if kind == Kind.SYNC:
        step = reader.uint()
        if step > max(Step):
            raise _unreadable(f"sync step {step}")
        message: Sync | Awareness | Ask = Sync(Step(step), reader.bytes())
    elif kind == Kind.AWARENESS:
        message = Awareness(_entries(reader.bytes()))
    elif kind == Kind.ASK:
        message = Ask()
    else:
        raise _unreadable(f"kind {kind}")
    reader.end()
    return message


def sync(step: Step, data: bytes) -> bytes:
    return bytes((Kind.SYNC, step)) + _sized(data)


def awareness(entries: Iterable[Entry]) -> bytes:
    told = [_uint(e.client) + _uint(e.clock) + _sized(e.state.encode()) for e in entries]
    return bytes((Kind.AWARENESS,)) + _sized(_uint(len(told)) + b"".join(told))


def denied(problem: Problem) -> bytes:
    return bytes((Kind.DENIED, 0)) + _sized(msgspec.json.encode(problem))


def _entries(data: bytes) -> tuple[Entry, ...]:
    reader = _Reader(data)
    count = reader.uint()
    if count > _MAX_ENTRIES:
        raise _unreadable(f"{count} clients in one message")
    entries = tuple(Entry(reader.uint(), reader.uint(), _state(reader.bytes())) for _ in range(count))
    reader.end()
    return entries


def _state(data: bytes) -> str:
    """Checked here, since the pages of the others stumble over what is no JSON."""
    if len(data) > MAX_STATE_BYTES:
        raise _unreadable(f"{len(data)} bytes of awareness; at most {MAX_STATE_BYTES} are taken")
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _unreadable("awareness that is no JSON") from None
    if value is not None and not isinstance(value, dict):
        raise _unreadable("awareness that is no object")
    return data.decode()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def uint(self) -> int:
        value = shift = 0
        while True:
            if self._at >= len(self._data):
                raise _unreadable("it ends early")
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if value > _MAX_UINT or shift > 63:
                raise _unreadable("a number is too large")
            if byte < 0x80:
                return value

    def bytes(self) -> bytes:
        size = self.uint()
        if size > len(self._data) - self._at:
            raise _unreadable("it ends early")
        self._at += size
        return self._data[self._at - size : self._at]

    def end(self) -> None:
        if self._at != len(self._data):
            raise _unreadable(f"{len(self._data) - self._at} bytes too many")


def _uint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(0x80 | value & 0x7F)
        value >>= 7
    out.append(value)
    return bytes(out)


def _sized(data: bytes) -> bytes:
    return _uint(len(data)) + data


def _unreadable(seen: str) -> RoomError:
    return RoomError("room.message", "a message of the room's socket cannot be read", value=seen)
