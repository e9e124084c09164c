"""The log of a live session: the requests whose pictures were shown, and when. docs/premiere.md specifies it.

A shot is a pure function of its request, so these requests are the performance: no picture is in the log but those that
shots name. A file begins with MAGIC; then records follow each other, each

    offset  size  field
    0       1     kind, see `Kind`
    1       4     body length in bytes, unsigned, little-endian
    5       4     CRC-32 of the kind's byte and the body, likewise
    9             the body

It is only ever appended to, each record by one write, so that a process that is killed leaves a torn record at the end
at most. What follows the first record that is not whole is not read.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import IO, Final, Self, TypeVar

import msgspec

from lightbrush import wire
from lightbrush.errors import LightbrushError, RecordingError
from lightbrush.shots import Asset, EncodedPicture, Frame, Size

SUFFIX: Final = ".lightbrush"
MAGIC: Final = b"LBREC\x00\x00\x01"
"""The last byte is the format's version."""
_HEAD: Final = struct.Struct("<BII")
_DIGEST_BYTES: Final = 32
#: A file holds the sketch and the mask of a message, or an asset.
_MOST_BODY_BYTES: Final = wire.MAX_PAYLOAD_BYTES + 1024
#: Beyond this a log is not read: what is kept of each record has to fit into memory.
_MOST_RECORDS: Final = 2_000_000

_T = TypeVar("_T")


class Kind(IntEnum):
    """Others are passed over."""

    BEGIN = 1  # once, first
    FILE = 2  # a sketch, a mask or an asset: the SHA-256 of its bytes, 32 bytes, and these
    SHOWN = 3  # a picture was shown
    MARK = 4  # something else happened


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """started_ms: since 1970; other times are milliseconds since then. owner: whose it is; "" of whoever may use the
    gateway. server: the version that wrote it."""

    id: str
    started_ms: int
    owner: str = ""
    server: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """shot: the meta of the SHOT as it came (docs/PROTOCOL.md). sketch, mask: SHA-256 of its files, 32 bytes;
    empty for none. regions: of the masks of its regions, in order. engine: that the shot named. The rest is of the
    picture that was sent: the SHA-256 of its file, its size, who made it."""

    at_ms: int
    shot: bytes
    sketch: bytes
    mask: bytes
    picture: bytes
    width: int
    height: int
    engine: str
    worker: str
    regions: tuple[bytes, ...] = ()

    @property
    def key(self) -> bytes:
        """The same for equal shots only."""
        return hashlib.sha256(b"".join((self.shot, self.sketch.ljust(32), self.mask.ljust(32), *self.regions))).digest()

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """what: "stopped" by who draws, or why the log ends ("full", "disk", "slow", "video"); "away" and "back": the
    session's connection."""

    at_ms: int
    what: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that was shown, before it is written. files: every asset that the shot names, by SHA-256."""

    at_ms: int
    meta: bytes
    payload: bytes
    files: Mapping[str, bytes]
    picture: EncodedPicture


class LogWriter:
    """Appends to a log. Raises OSError; then what was written before is whole, and nothing more can be.

    limit_bytes: of the file. Overflow rule: what would go beyond it is not written (`said` -> False).
    """

    def __init__(self, path: Path, begin: Begin, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.bytes = 0
        self._files: set[bytes] = set()
        self._over = False
        self._file: IO[bytes] = path.open("xb", buffering=0)
        try:
            self._write(MAGIC + _record(Kind.BEGIN, msgspec.msgpack.encode(begin)))
        except OSError:
            self._file.close()
            path.unlink(missing_ok=True)
            raise

    @classmethod
    def again(cls, path: Path, limit_bytes: int) -> Self:
        """Goes on with a log; a torn record at its end is cut off. Raises RecordingError: recording.format."""
        log = Log(path)
        writer = cls.__new__(cls)
        writer.limit_bytes, writer.bytes = limit_bytes, log.whole_bytes
        writer._files, writer._over = set(log.files), False
        writer._file = path.open("r+b", buffering=0)
        writer._file.truncate(log.whole_bytes)
        writer._file.seek(log.whole_bytes)
        return writer

    def said(self, said: Said) -> bool:
        """Write that a picture was shown -> whether there was room; from the first one on for which there was none,
        no other is written."""
        if self._over:
            return False
        shot = wire.decode_shot(wire.Message(wire.Kind.SHOT, 0, said.meta, said.payload))
        records: list[bytes] = []
        new: set[bytes] = set()
        digests: list[bytes] = []
        masks = [region.mask for region in shot.regions]
        for data in (shot.sketch, shot.mask, *masks, *said.files.values()):
            digest = hashlib.sha256(data).digest() if data else b""
            digests.append(digest)
            if data and digest not in self._files and digest not in new:
                new.add(digest)
                records.append(_record(Kind.FILE, digest + data))
        picture = said.picture
        shown = Shown(
            at_ms=said.at_ms,
            shot=said.meta,
            sketch=digests[0],
            mask=digests[1],
            picture=hashlib.sha256(picture.data).digest(),
            width=picture.width,
            height=picture.height,
            engine=shot.engine,
            worker=picture.worker,
            regions=tuple(digests[2 : 2 + len(masks)]),
        )
        records.append(_record(Kind.SHOWN, msgspec.msgpack.encode(shown)))
        self._over = self.bytes + sum(map(len, records)) > self.limit_bytes
        if self._over:
            return False
        self._over = True  # until all of it is written
        for record in records:
            self._write(record)
        self._over = False
        self._files |= new
        return True

    def mark(self, mark: Mark) -> None:
        """Written beyond the limit too: it is how the log says that it ended there."""
        self._write(_record(Kind.MARK, msgspec.msgpack.encode(mark)))

    def sync(self) -> None:
        """What was written is on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def _write(self, data: bytes) -> None:
        try:
            written = self._file.write(data)
            while written < len(data):  # a full disk takes a part first, then refuses
                written += self._file.write(data[written:])
        except OSError:
            self._file.truncate(self.bytes)
            self._file.seek(self.bytes)
            raise
        self.bytes += len(data)


class Log:
    """A log that is read. Its records' places are held, their bodies are not; files are read when they are asked for.

    shown: in order. end_ms: when the last thing that it tells of happened. whole_bytes: as far as its records are
    whole. lost_bytes: behind that. Raises RecordingError: recording.format when it is no log, or of another version, or
    when a file that is asked for is not in it, or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files: dict[bytes, tuple[int, int]] = {}  # SHA-256 -> (where its bytes begin and end)
        self.shown: list[Shown] = []
        self.marks: list[Mark] = []
        begin: Begin | None = None
        try:
            with path.open("rb") as file:
                if file.read(len(MAGIC)) != MAGIC:
                    raise _damaged(path, "it does not begin as one of this version does")
                self.whole_bytes = len(MAGIC)
                for kind, end, body in _records(file):
                    if kind == Kind.BEGIN:
                        begin = _read(path, body, Begin)
                    elif kind == Kind.FILE:
                        self.files[body] = (self.whole_bytes + _HEAD.size + _DIGEST_BYTES, end)
                    elif kind == Kind.SHOWN:
                        self.shown.append(_read(path, body, Shown))
                    elif kind == Kind.MARK:
                        self.marks.append(_read(path, body, Mark))
                    if len(self.shown) + len(self.files) + len(self.marks) > _MOST_RECORDS:
                        raise _damaged(path, f"it has more than {_MOST_RECORDS} records")
                    self.whole_bytes = end
                self.lost_bytes = file.seek(0, os.SEEK_END) - self.whole_bytes
        except OSError as error:
            raise _damaged(path, error.strerror or repr(error)) from None
        if begin is None:
            raise _damaged(path, "its first record is not whole")
        self.begin = begin
        times_ms = [shown.at_ms for shown in self.shown[-1:]] + [mark.at_ms for mark in self.marks[-1:]]
        self.end_ms = max(times_ms, default=0)

    @property
    def last(self) -> str:
        """What its last mark says; "" when it has none, or pictures were shown since."""
        if not self.marks or (self.shown and self.shown[-1].at_ms > self.marks[-1].at_ms):
            return ""
        return self.marks[-1].what

    def frame(self, shown: Shown) -> Frame:
        """The shot whose picture was shown, with every file that it names."""
        payload = b"".join(self._file(digest) for digest in (shown.sketch, shown.mask, *shown.regions))
        try:
            shot = wire.decode_shot(wire.Message(wire.Kind.SHOT, 0, shown.shot, payload))
            return shot.filled(self._asset)
        except RecordingError:
            raise
        except LightbrushError as error:
            raise _damaged(self.path, str(error)) from None

    def _asset(self, asset: Asset) -> Asset:
        try:
            digest = bytes.fromhex(asset.sha256)
        except ValueError:
            raise _damaged(self.path, "a shot names a file by no SHA-256") from None
        return Asset(asset.sha256, self._file(digest))

    def _file(self, digest: bytes) -> bytes:
        if not digest:
            return b""
        if digest not in self.files:
            raise _damaged(self.path, f"it lacks the file {digest.hex()}")
        start, end = self.files[digest]
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                data = file.read(end - start)
        except OSError as error:
            raise _damaged(self.path, error.strerror or repr(error)) from None
        if hashlib.sha256(data).digest() != digest:
            raise _damaged(self.path, f"the file {digest.hex()} in it is another")
        return data


def _record(kind: Kind, body: bytes) -> bytes:
    return _HEAD.pack(kind, len(body), zlib.crc32(body, zlib.crc32(bytes([kind])))) + body


def _records(file: IO[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """-> kind, where it ends, body; of those that are whole, up to the first that is not. Of a file the SHA-256 alone
    is read: it says what the file is worth when that is needed."""
    last = os.fstat(file.fileno()).st_size
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        kind, size, checked = _HEAD.unpack(head)
        end = file.tell() + size
        if size > _MOST_BODY_BYTES or end > last or (kind == Kind.FILE and size < _DIGEST_BYTES):
            return
        body = file.read(_DIGEST_BYTES if kind == Kind.FILE else size)
        if kind == Kind.FILE:
            file.seek(end)
        elif zlib.crc32(body, zlib.crc32(bytes([kind]))) != checked:
            return
        yield kind, end, body


def _read(path: Path, body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise _damaged(path, str(error)) from None


def _damaged(path: Path, reason: str) -> RecordingError:
    return RecordingError("recording.format", "this is no recording that can be read", value=f"{path.name}: {reason}")
