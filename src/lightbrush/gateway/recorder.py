"""Records live sessions: the requests whose pictures were sent, as they are sent, and of videos every block that was
rendered and the frames of it that were sent (`premiere.log`).

Of a session that is recorded the gateway has all it takes at the moment a picture leaves: the bytes of the shot, the
pictures that it names, and the time. A thread of its own writes, so the loop never waits for the disk.

Bounds: `_MOST_WAITING_BYTES` wait for the disk, a file has `one_bytes`, all of the folder `all_bytes`. Overflow rule: a
recording that would go beyond ends there, whole, and its session is told why; nothing is left out in the middle.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Literal, ParamSpec, TypeVar

import msgspec

from lightbrush import __version__
from lightbrush.errors import LightbrushError, Problem, RecordingError, shorten
from lightbrush.premiere.log import SUFFIX, Begin, Log, LogWriter, Mark, Said, SaidBlock, SaidFrame
from lightbrush.shots import Block, EncodedPicture

log = logging.getLogger("lightbrush.gateway")

State = Literal["recording", "away", "ended"]
#: Marks after which a recording does not go on.
_ENDS: Final = ("stopped", "full", "disk", "slow")
_MOST_WAITING_BYTES: Final = 64 * 1024 * 1024
#: What a block or a frame takes besides files, at most about.
_ROW_BYTES: Final = 4096
#: What a power cut may take at most.
_SYNC_EVERY_S: Final = 5.0
_ID: Final = re.compile(r"r-[0-9a-f]{12}")
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Told(msgspec.Struct, frozen=True):
    """A recording as JSON (docs/premiere.md). duration_ms: from its first picture to its end. width_px, height_px: of
    its largest picture. ended: what its last mark says, when it has ended."""

    id: str
    state: State
    ended: str
    started_ms: int
    duration_ms: int
    pictures: int
    bytes: int
    width_px: int
    height_px: int
    engines: tuple[str, ...]


class _Open:
    """One that goes on. writer: for the disk's thread alone. files: assets that it has. began_s, base_ms: the loop's
    time, and the log's, when it began or went on."""

    def __init__(self, begin: Begin, session: str, path: Path, writer: LogWriter, before: Told, base_ms: int) -> None:
        self.begin, self.session, self.path, self.writer = begin, session, path, writer
        self.files: set[str] = set()
        self.began_s, self.base_ms = time.monotonic(), base_ms
        self.first_ms = base_ms - before.duration_ms if before.pictures else None
        self.waiting_bytes = 0
        self.synced_s = self.began_s
        self.told = before

    @property
    def at_ms(self) -> int:
        return self.base_ms + round((time.monotonic() - self.began_s) * 1000.0)

    def wrote(self, said: Said | SaidBlock | SaidFrame) -> None:
        if isinstance(said, SaidBlock):
            self.told = msgspec.structs.replace(self.told, bytes=self.writer.bytes)
            return
        told, picture = self.told, said.picture
        first_ms = self.first_ms = said.at_ms if self.first_ms is None else self.first_ms
        larger = picture.width * picture.height > told.width_px * told.height_px
        self.told = msgspec.structs.replace(
            told,
            pictures=told.pictures + 1,
            duration_ms=said.at_ms - first_ms,
            bytes=self.writer.bytes,
            width_px=picture.width if larger else told.width_px,
            height_px=picture.height if larger else told.height_px,
            engines=told.engines if picture.engine in told.engines else (*told.engines, picture.engine),
        )


class Recorder:
    """tell: a session that its recording ended by itself. Raises RecordingError: recording.missing, .session, .state,
    .full, .disk, .format."""

    def __init__(self, folder: Path, one_bytes: int, all_bytes: int, tell: Callable[[str, Problem], None]) -> None:
        self._folder = folder
        self._one_bytes, self._all_bytes = one_bytes, all_bytes
        self._tell = tell
        self._open: dict[str, _Open] = {}  # by id
        self._sessions: dict[str, _Open] = {}  # those of them whose session is here
        self._kept: dict[str, tuple[int, str, Told]] = {}  # by id: what was read of a file of that size
        self._disk = ThreadPoolExecutor(1, "recordings")
        self._starting: set[str] = set()
        self._bytes: int | None = None  # of the folder, with what waits

    async def stop(self) -> None:
        """What is recorded now can go on when the gateway is back."""
        for recording in list(self._open.values()):
            self._close(recording, "away")
        await asyncio.to_thread(self._disk.shutdown)

    # What people do. owner: of whose recordings it is asked; None: by whoever sees all.

    async def start(self, session: str, owner: str) -> Told:
        """session: a live one."""
        self._reserve(session)
        try:
            begin = Begin(
                id=f"r-{secrets.token_hex(6)}",
                started_ms=round(time.time() * 1000.0),
                owner=owner,
                server=f"lightbrush {__version__}",
            )
            path = self._folder / f"{begin.id}{SUFFIX}"
            await self._measure()
            writer = await self._do(self._created, path, begin)
        finally:
            self._starting.discard(session)
        told = Told(begin.id, "recording", "", begin.started_ms, 0, 0, writer.bytes, 0, 0, ())
        self._opened(_Open(begin, session, path, writer, told, 0))
        return told

    async def resume(self, recording_id: str, session: str, owner: str | None) -> Told:
        """One whose session was lost goes on with another."""
        told = await self.recording(recording_id, owner)
        if told.state != "away":
            message = f"to go on with a recording: expected away, got {told.state}"
            raise RecordingError("recording.state", message, value=recording_id)
        self._reserve(session)
        try:
            path = self._path(recording_id)
            read, writer = await self._do(self._again, path)
        finally:
            self._starting.discard(session)
        base_ms = max(read.end_ms, round(time.time() * 1000.0) - read.begin.started_ms)
        before = msgspec.structs.replace(
            told, state="recording", duration_ms=base_ms - read.shown[0].at_ms if read.shown else 0
        )
        recording = _Open(read.begin, session, path, writer, before, base_ms)
        self._opened(recording)
        self._mark(recording, "back")
        return before

    async def end(self, recording_id: str, owner: str | None) -> Told:
        """Who draws has stopped it."""
        recording = self._open.get(recording_id)
        if recording is None or owner not in (None, recording.begin.owner):
            told = await self.recording(recording_id, owner)
            if told.state == "away":
                read, writer = await self._do(self._again, self._path(recording_id))
                await self._do(_finish, writer, Mark(at_ms=read.end_ms, what="stopped"))
            return await self.recording(recording_id, owner)
        await asyncio.wrap_future(self._close(recording, "stopped"))
        return await self.recording(recording_id, owner)

    async def recordings(self, owner: str | None) -> list[Told]:
        """The oldest first; those that cannot be read are left out."""
        found = []
        for recording_id in await self._do(self._ids):
            try:
                found.append(await self.recording(recording_id, owner))
            except RecordingError as error:
                if error.code != "recording.missing":
                    log.warning("%s: %s", recording_id, error)
        return sorted(found, key=lambda told: told.started_ms)

    async def recording(self, recording_id: str, owner: str | None) -> Told:
        if recording_id in self._open and owner in (None, self._open[recording_id].begin.owner):
            recording = self._open[recording_id]
            first_ms = recording.at_ms if recording.first_ms is None else recording.first_ms
            return msgspec.structs.replace(recording.told, duration_ms=recording.at_ms - first_ms)
        path = self._path(recording_id)
        kept = self._kept.get(recording_id)
        size = await self._do(_size, path)
        if kept is None or kept[0] != size:
            kept = self._kept[recording_id] = (size, *await self._do(_described, path))
        if owner not in (None, kept[1]):
            raise _missing(recording_id)
        return kept[2]

    async def file(self, recording_id: str, owner: str | None) -> Path:
        """Of one that does not go on now."""
        told = await self.recording(recording_id, owner)
        if told.state == "recording":
            raise RecordingError("recording.state", "it is being recorded", value=recording_id, fix="Stop it first")
        return self._path(recording_id)

    async def remove(self, recording_id: str, owner: str | None) -> None:
        path = await self.file(recording_id, owner)
        size = await self._do(_size, path)
        await self._do(path.unlink, missing_ok=True)
        self._kept.pop(recording_id, None)
        if self._bytes is not None:
            self._bytes -= size

    # What the exchange tells

    def records(self, session: str) -> bool:
        return session in self._sessions

    def shown(
        self, session: str, meta: bytes, payload: bytes, files: Mapping[str, bytes], picture: EncodedPicture
    ) -> None:
        """A picture has left for the session."""
        recording = self._sessions.get(session)
        if recording is None:
            return
        new_bytes = len(meta) + len(payload) + sum(len(d) for name, d in files.items() if name not in recording.files)
        said = Said(at_ms=recording.at_ms, meta=meta, payload=payload, files=files, picture=picture)
        if self._say(recording, said, new_bytes):
            recording.files |= files.keys()

    def rendered(self, session: str, stream: int, block: Block) -> None:
        """A block of its video, whole. stream: by its number."""
        recording = self._sessions.get(session)
        if recording is not None:
            new_bytes = _ROW_BYTES + len(block.context) + sum(len(still.data) for still in block.input)
            self._say(recording, SaidBlock(at_ms=recording.at_ms, stream=stream, block=block), new_bytes)

    def frame_shown(self, session: str, stream: int, index: int, frame: int, picture: EncodedPicture) -> None:
        """A frame has left: of a block, by its index in the stream."""
        recording = self._sessions.get(session)
        if recording is not None:
            at_ms = recording.at_ms
            said = SaidFrame(at_ms=at_ms, stream=stream, index=index, frame=frame, picture=picture)
            self._say(recording, said, _ROW_BYTES)

    def left(self, session: str) -> None:
        """Its connection is closed."""
        recording = self._sessions.get(session)
        if recording is not None:
            self._close(recording, "away")

    # Writing

    def _say(self, recording: _Open, said: Said | SaidBlock | SaidFrame, new_bytes: int) -> bool:
        """-> whether it is on its way to the disk; else the recording ends."""
        if recording.waiting_bytes + new_bytes > _MOST_WAITING_BYTES:
            self._end(recording, "slow")
            return False
        if (self._bytes or 0) + new_bytes > self._all_bytes:
            self._end(recording, "full")
            return False
        recording.waiting_bytes += new_bytes
        now_s = time.monotonic()
        sync = now_s - recording.synced_s > _SYNC_EVERY_S
        if sync:
            recording.synced_s = now_s
        writing = asyncio.get_running_loop().run_in_executor(self._disk, _write, recording.writer, said, sync)
        writing.add_done_callback(lambda done: self._written(recording, said, new_bytes, done))
        return True

    def _opened(self, recording: _Open) -> None:
        self._open[recording.begin.id] = recording
        self._sessions[recording.session] = recording

    def _reserve(self, session: str) -> None:
        if session in self._sessions or session in self._starting:
            raise RecordingError("recording.session", "this session is recorded already", value=session)
        self._starting.add(session)

    def _written(
        self, recording: _Open, said: Said | SaidBlock | SaidFrame, new_bytes: int, done: asyncio.Future[int | None]
    ) -> None:
        recording.waiting_bytes -= new_bytes
        error = done.exception()
        if isinstance(error, OSError):
            log.warning("%s ends: %s", recording.begin.id, error)
            self._end(recording, "disk")
        elif error is not None:
            raise error
        elif (took_bytes := done.result()) is None:
            self._end(recording, "full")
        elif took_bytes:
            recording.wrote(said)
            if self._bytes is not None:
                self._bytes += took_bytes

    def _end(self, recording: _Open, why: Literal["full", "disk", "slow"]) -> None:
        """By itself; once."""
        if self._open.get(recording.begin.id) is not recording:
            return
        self._close(recording, why)
        fix = "Download it, make a premiere of it, or begin another"
        code, message = {
            "full": ("recording.full", "the recording has the size that it may, and ends here"),
            "disk": ("recording.disk", "the disk takes no more, and the recording ends here"),
            "slow": ("recording.disk", "the disk is too slow, and the recording ends here"),
        }[why]
        self._tell(recording.session, RecordingError(code, message, value=recording.begin.id, fix=fix).problem)

    def _mark(self, recording: _Open, what: str) -> None:
        self._disk.submit(recording.writer.mark, Mark(at_ms=recording.at_ms, what=what))

    def _close(self, recording: _Open, what: str) -> Future[None]:
        del self._open[recording.begin.id]
        self._sessions.pop(recording.session, None)
        return self._disk.submit(_finish, recording.writer, Mark(at_ms=recording.at_ms, what=what))

    async def _measure(self) -> None:
        if self._bytes is None:
            self._bytes = await self._do(lambda: sum(_size(self._path(one)) for one in self._ids()))
        if self._bytes >= self._all_bytes:
            raise RecordingError(
                "recording.full",
                "all recordings together have the size that they may",
                value=f"{self._bytes} bytes",
                fix="Remove one, or raise the setting `recordings_bytes`",
            )

    def _created(self, path: Path, begin: Begin) -> LogWriter:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return LogWriter(path, begin, self._one_bytes)
        except OSError as error:
            raise _unusable(error) from None

    def _again(self, path: Path) -> tuple[Log, LogWriter]:
        try:
            return Log(path), LogWriter.again(path, self._one_bytes)
        except OSError as error:
            raise _unusable(error) from None

    def _ids(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return [path.stem for path in self._folder.glob(f"*{SUFFIX}") if _ID.fullmatch(path.stem)]

    def _path(self, recording_id: str) -> Path:
        if not _ID.fullmatch(recording_id):
            raise _missing(recording_id)
        return self._folder / f"{recording_id}{SUFFIX}"

    async def _do(self, what: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        """On the thread that waits for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, lambda: what(*arguments, **named))


def _write(writer: LogWriter, said: Said | SaidBlock | SaidFrame, sync: bool) -> int | None:
    """-> how many bytes it took; None: there was no room."""
    before = writer.bytes
    kept = writer.said(said)
    if sync:
        writer.sync()
    return writer.bytes - before if kept else None


def _finish(writer: LogWriter, mark: Mark) -> None:
    try:
        writer.mark(mark)
        writer.sync()
    except OSError as error:
        log.warning("the end of a recording is not written: %s", error)
    finally:
        writer.close()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        raise _missing(path.stem) from None


def _described(path: Path) -> tuple[str, Told]:
    """-> its owner, and what is told of it."""
    read = Log(path)
    largest = max((shown.size for shown in read.shown), key=lambda size: size.width * size.height, default=None)
    ended = read.last if read.last in _ENDS else ""
    told = Told(
        id=read.begin.id,
        state="ended" if ended else "away",
        ended=ended,
        started_ms=read.begin.started_ms,
        duration_ms=read.end_ms - read.shown[0].at_ms if read.shown else 0,
        pictures=len(read.shown),
        bytes=path.stat().st_size,
        width_px=largest.width if largest else 0,
        height_px=largest.height if largest else 0,
        engines=tuple(dict.fromkeys(shown.engine for shown in read.shown)),
    )
    return read.begin.owner, told


def _missing(recording_id: str) -> RecordingError:
    return RecordingError("recording.missing", "no recording of that id is kept", value=shorten(recording_id))


def _unusable(error: OSError) -> LightbrushError:
    message = "the disk is full" if error.errno in _FULL else "the folder of recordings cannot be used"
    return RecordingError("recording.disk", message, value=str(error))
