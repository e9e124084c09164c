"""The log of a live session: the requests whose pictures were shown, and when. docs/premiere.md specifies it.

A shot is a pure function of its request, so these requests are the performance: no picture is in the log but those that
shots name. Of a video it has every block that was rendered, also one of which no frame was seen, since the next one
follows from it; its context is what the block before gives, so it is in the log only where that block is not. A file
begins with MAGIC; then records follow each other, each

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
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import IO, Final, Self, TypeVar

import msgspec
from msgspec.structs import replace

from lightbrush import wire
from lightbrush.errors import LightbrushError, RecordingError
from lightbrush.shots import Asset, Block, EncodedPicture, Frame, Size, Still

SUFFIX: Final = ".lbrec"
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
    BLOCK = 5  # a block of video was rendered


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """started_ms: since 1970; other times are milliseconds since then. owner: whose it is; "" of whoever may use the
    gateway. server: the version that wrote it."""

    id: str
    started_ms: int
    owner: str = ""
    server: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """shot: the meta of the SHOT as it came (docs/PROTOCOL.md). sketch, mask: SHA-256 of its files, 32 bytes; empty for
    none. regions: of the masks of its regions, in order. engine: that the shot named. block, frame: of a video's frame,
    which has no shot: the place of its block among the log's, and its own there, both from 0; -1 of a picture. The rest
    is of the picture that was sent: the SHA-256 of its file, its size, who made it."""

    at_ms: int
    shot: bytes = b""
    sketch: bytes = b""
    mask: bytes = b""
    picture: bytes
    width: int
    height: int
    engine: str
    worker: str
    regions: tuple[bytes, ...] = ()
    block: int = -1
    frame: int = -1

    @property
    def key(self) -> bytes:
        """The same for equal shots, or frames of a video, only."""
        if self.block >= 0:
            return b"%d %d" % (self.block, self.frame)
        return hashlib.sha256(b"".join((self.shot, self.sketch.ljust(32), self.mask.ljust(32), *self.regions))).digest()

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A block of video. stream: that it is of, counted in the log. block: the meta of its BLOCK (docs/PROTOCOL.md),
    without input. input: the SHA-256 of each picture that it starts from, and for how many frames that stands. context:
    SHA-256 of a FILE; empty where it is what the block before it in the stream gave, or of the first none."""

    at_ms: int
    stream: int
    block: bytes
    input: tuple[tuple[bytes, int], ...] = ()
    context: bytes = b""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """what: "stopped" by who draws, or why the log ends ("full", "disk", "slow"); "away" and "back": the session's
    connection."""

    at_ms: int
    what: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that was shown, before it is written. files: every asset that the shot names, by SHA-256."""

    at_ms: int
    meta: bytes
    payload: bytes
    files: Mapping[str, bytes]
    picture: EncodedPicture


class SaidBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block that was rendered, before it is written. stream: any number that other streams do not have. block: whole,
    as its worker had it."""

    at_ms: int
    stream: int
    block: Block


class SaidFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame of a block that was said, shown. index: of the block in its stream. frame: in the block."""

    at_ms: int
    stream: int
    index: int
    frame: int
    picture: EncodedPicture


class _Stream(msgspec.Struct, frozen=True):
    """The video that is being written: its key among streams, its number in the log, the index of its last block; which
    block of the log its index 0 is, or would be; and since which one it has followed without a gap."""

    key: int
    number: int
    last: int
    first: int
    since: int


_NO_STREAM: Final = _Stream(-1, -1, -1, 0, 0)


class LogWriter:
    """Appends to a log. Raises OSError; then what was written before is whole, and nothing more can be.

    limit_bytes: of the file. Overflow rule: what would go beyond it is not written (`said` -> False).
    """

    def __init__(self, path: Path, begin: Begin, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.bytes = 0
        self._files: set[bytes] = set()
        self._blocks = self._streams = 0
        self._stream = _NO_STREAM
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
        writer._blocks, writer._stream = len(log.blocks), _NO_STREAM
        writer._streams = max((block.stream for block in log.blocks), default=-1) + 1
        writer._file = path.open("r+b", buffering=0)
        writer._file.truncate(log.whole_bytes)
        writer._file.seek(log.whole_bytes)
        return writer

    def said(self, said: Said | SaidBlock | SaidFrame) -> bool:
        """Write that a picture was shown, or a block rendered -> whether there was room; from the first one on for
        which there was none, no other is written. A frame of a block that is not in the log is passed over."""
        if self._over:
            return False
        if isinstance(said, SaidBlock):
            return self._said_block(said)
        if isinstance(said, SaidFrame):
            return self._said_frame(said)
        shot = wire.decode_shot(wire.Message(wire.Kind.SHOT, 0, said.meta, said.payload))
        masks = [region.mask for region in shot.regions]
        files = (shot.sketch, shot.mask, *masks, *said.files.values())
        digests = [_digest(data) for data in files]
        picture = said.picture
        shown = Shown(
            at_ms=said.at_ms,
            shot=said.meta,
            sketch=digests[0],
            mask=digests[1],
            picture=_digest(picture.data),
            width=picture.width,
            height=picture.height,
            engine=shot.engine,
            worker=picture.worker,
            regions=tuple(digests[2 : 2 + len(masks)]),
        )
        return self._put(files, _record(Kind.SHOWN, msgspec.msgpack.encode(shown)))

    def _said_block(self, said: SaidBlock) -> bool:
        block, before = said.block, self._stream
        number = self._streams if said.stream != before.key else before.number
        follows = said.stream == before.key and block.index == before.last + 1
        context = b"" if follows else block.context
        bare = wire.unpack(wire.encode_block(0, replace(block, context=b"", input=())))
        rendered = Rendered(
            at_ms=said.at_ms,
            stream=number,
            block=bare.meta,
            input=tuple((_digest(still.data), still.frames) for still in block.input),
            context=_digest(context),
        )
        files = (*(still.data for still in block.input), context)
        if not self._put(files, _record(Kind.BLOCK, msgspec.msgpack.encode(rendered))):
            return False
        first = before.first if follows else self._blocks - block.index
        self._stream = _Stream(said.stream, number, block.index, first, self._blocks if not follows else before.since)
        self._streams = max(self._streams, number + 1)
        self._blocks += 1
        return True

    def _said_frame(self, said: SaidFrame) -> bool:
        stream, picture = self._stream, said.picture
        block = stream.first + said.index
        if said.stream != stream.key or not stream.since <= block < self._blocks:
            return True
        shown = Shown(
            at_ms=said.at_ms,
            picture=_digest(picture.data),
            width=picture.width,
            height=picture.height,
            engine=picture.engine,
            worker=picture.worker,
            block=block,
            frame=said.frame,
        )
        return self._put((), _record(Kind.SHOWN, msgspec.msgpack.encode(shown)))

    def _put(self, files: Iterable[bytes], record: bytes) -> bool:
        """The files that it names and the log lacks, then the record."""
        lacking = {digest: data for data in files if data and (digest := _digest(data)) not in self._files}
        records = [*(_record(Kind.FILE, digest + data) for digest, data in lacking.items()), record]
        self._over = self.bytes + sum(map(len, records)) > self.limit_bytes
        if self._over:
            return False
        self._over = True  # until all of it is written
        for record in records:
            self._write(record)
        self._over = False
        self._files |= lacking.keys()
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

    shown, blocks: in order. end_ms: when the last thing that it tells of happened. whole_bytes: as far as its records
    are whole. lost_bytes: behind that. Raises RecordingError: recording.format when it is no log, or of another
    version, or when a file that is asked for is not in it, or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files: dict[bytes, tuple[int, int]] = {}  # SHA-256 -> (where its bytes begin and end)
        self.shown: list[Shown] = []
        self.blocks: list[Rendered] = []
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
                    elif kind == Kind.BLOCK:
                        self.blocks.append(_read(path, body, Rendered))
                    if len(self.shown) + len(self.files) + len(self.marks) + len(self.blocks) > _MOST_RECORDS:
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

    def block(self, rendered: Rendered) -> Block:
        """What was rendered, with every picture that it starts from; with a context where that is in the log."""
        stills = tuple(Still(self._file(digest), frames) for digest, frames in rendered.input)
        return replace(self.bare(rendered), input=stills, context=self._file(rendered.context))

    def continues(self, before: int, place: int) -> bool:
        """Whether a block goes on with a video whose block before is that one; both by their places, -1 for none.
        Raises RecordingError: recording.format where it goes on with one that is not there."""
        rendered, index = self.blocks[place], self.bare(self.blocks[place]).index
        if not index or rendered.context:
            return False
        last = self.blocks[before] if before >= 0 else None
        if last is None or last.stream != rendered.stream or self.bare(last).index != index - 1:
            raise self.damaged("a video goes on, and what came before is not there")
        return True

    def damaged(self, reason: str) -> RecordingError:
        return _damaged(self.path, reason)

    def bare(self, rendered: Rendered) -> Block:
        """A block without the pictures that it starts from, and without context."""
        try:
            return wire.decode_block(wire.Message(wire.Kind.BLOCK, 0, rendered.block, b""))
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


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest() if data else b""


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
