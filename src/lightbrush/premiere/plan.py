"""What is baked of a log: which pictures, when each is shown, and how it is made larger. All of it follows from the log
and from what is asked, before anything is rendered.

Pictures that follow each other and are of equal shots are one. A tick is a millisecond; where a rate is asked for, it
is a frame, and shows the newest picture there was at its time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from lightbrush.enhance.run import Plan, planned
from lightbrush.enhance.target import parse
from lightbrush.enhance.tiles import Grid
from lightbrush.errors import MediaError, RecordingError, SettingsError
from lightbrush.media import MAX_SIDE_PX, has_codecs
from lightbrush.premiere.log import Log
from lightbrush.shots import Block, Frame, Size

Format = Literal["mp4", "png"]
SUFFIXES: Final[dict[Format, str]] = {"mp4": ".mp4", "png": ".zip"}
_MS: Final = 1000
#: What the last picture is shown for at least: a log that was cut off does not say.
_LEAST_MS: Final = 40
MAX_FPS: Final = 240.0
#: Of a reel: pictures, and pixels of all of them made large. Its pieces lie on the disk together.
_REEL_PICTURES: Final = 32
_REEL_PIXELS: Final = 2**27


class Look(Struct, frozen=True, array_like=True):
    """What pictures have in common that are made in one way. plan: its part is all of the picture."""

    engine: str
    plan: Plan


class Cue(Struct, frozen=True, array_like=True):
    """A picture: its place among the log's, and that of its look. at, until: ticks from the first picture on. block,
    frame: of a video's: the place of its block among the premiere's, and its own there; -1 of any other."""

    shown: int
    look: int
    at: int
    until: int
    block: int = -1
    frame: int = -1


class Again(Struct, frozen=True, array_like=True):
    """A block of video that is rendered again. rendered: its place among the log's. cue: the first one that shows a
    frame of it, or of one after it. follows: its context is what the one before it here gives."""

    rendered: int
    cue: int
    follows: bool


class Premiere(Struct, frozen=True, kw_only=True, cache_hash=True):
    """What a premiere is asked. steps: of every shot; 0: its own. fps: 0 for the times at which pictures were seen.
    size: of the video."""

    recording: str
    to: str
    model: str
    format: Format
    steps: int
    fps: float
    size: Size
    grid: Grid
    looks: tuple[Look, ...]
    cues: tuple[Cue, ...]
    blocks: tuple[Again, ...] = ()

    @property
    def ticks(self) -> Fraction:
        """In a second."""
        return Fraction(self.fps).limit_denominator(1001) if self.fps else Fraction(_MS)

    @property
    def seconds(self) -> float:
        return float(self.cues[-1].until / self.ticks)

    @property
    def source(self) -> Size:
        """Of the largest pictures."""
        return max((look.plan.part for look in self.looks), key=_pixels)

    @property
    def output(self) -> str:
        """The name of what is made."""
        return f"premiere{SUFFIXES[self.format]}"

    @property
    def download(self) -> str:
        """A name for whoever saves it."""
        return f"premiere-{self.size.width}x{self.size.height}{SUFFIXES[self.format]}"


class Reel(Struct, frozen=True):
    """Cues from start to stop, all of one look, and all or none of video, that are made together."""

    start: int
    stop: int
    look: Look


def requested(
    log: Log,
    to: str,
    model: str,
    grid: Grid,
    *,
    form: Format = "mp4",
    steps: int = 0,
    fps: float = 0.0,
) -> Premiere:
    """Raises RecordingError: recording.empty, recording.request, recording.format; EnhanceError: enhance.target;
    MediaError: media.size; SettingsError: extra.missing."""
    if form == "mp4" and not has_codecs():
        raise SettingsError(
            "extra.missing", "video files need the extra 'video'", fix="pip install 'lightbrush[video]'"
        )
    if not log.shown:
        raise RecordingError("recording.empty", "no picture was shown while it was recorded", value=log.begin.id)
    if not 0.0 <= fps <= MAX_FPS:  # NaN fails every comparison
        raise RecordingError("recording.request", f"a rate is 0 to {MAX_FPS:g} frames a second", value=fps)
    largest = max((shown.size for shown in log.shown), key=_pixels)
    size = parse(to, largest)
    if form == "mp4":
        size = Size(size.width + size.width % 2, size.height + size.height % 2)
        if max(size.width, size.height) > MAX_SIDE_PX:
            seen = f"{to}: {size.width}x{size.height}"
            raise MediaError("media.size", f"a side of a video has at most {MAX_SIDE_PX} pixels", value=seen)
    looks: dict[tuple[str, Size], int] = {}
    ticks = Fraction(fps).limit_denominator(1001) if fps else Fraction(_MS)
    cues = []
    for index, at, until in _times(log, ticks, constant=fps > 0.0):
        shown = log.shown[index]
        look = looks.setdefault((shown.engine, shown.size), len(looks))
        cues.append(Cue(index, look, at, until))
    cues, blocks = _with_blocks(log, cues)
    return Premiere(
        recording=log.begin.id,
        to=to,
        model=model,
        format=form,
        steps=steps,
        fps=fps,
        size=size,
        grid=grid,
        looks=tuple(Look(engine, planned(own, _fitted(own, size), grid)) for engine, own in looks),
        cues=tuple(cues),
        blocks=tuple(blocks),
    )


@lru_cache(maxsize=16)
def reels(request: Premiere) -> tuple[Reel, ...]:
    most = max(1, min(_REEL_PICTURES, _REEL_PIXELS // _pixels(request.size)))
    found: list[Reel] = []
    for index, cue in enumerate(request.cues):
        last = found[-1] if found else None
        first = request.cues[last.start] if last else cue
        alike = first.look == cue.look and (first.block < 0) == (cue.block < 0)
        if last and last.stop - last.start < most and alike:
            found[-1] = replace(last, stop=index + 1)
        else:
            found.append(Reel(index, index + 1, request.looks[cue.look]))
    return tuple(found)


def shot_of(log: Log, request: Premiere, cue: Cue) -> Frame:
    """What is rendered of a picture: the shot itself, its answer without loss. Raises RecordingError:
    recording.format."""
    shot = log.frame(log.shown[cue.shown])
    return replace(shot, accept="image/png", steps=request.steps or shot.steps)


def block_of(log: Log, request: Premiere, number: int, context: bytes) -> Block:
    """What is rendered of one of a premiere's blocks: that itself, its frames without loss. context: what the block
    before it here gave. Raises RecordingError: recording.format."""
    again = request.blocks[number]
    block = log.block(log.blocks[again.rendered])
    return replace(
        block,
        context=context if again.follows else block.context,
        accept="image/png",
        steps=request.steps or block.steps,
    )


def _with_blocks(log: Log, cues: list[Cue]) -> tuple[list[Cue], list[Again]]:
    """-> the cues, which of them are a block's, and which; and all blocks that these follow from. Blocks are in the
    log in the order in which they are seen. Raises RecordingError: recording.format."""
    seen = [log.shown[cue.shown].block for cue in cues]
    streams = {log.blocks[place].stream for place in seen if 0 <= place < len(log.blocks)}
    told: list[Cue] = []
    found: list[Again] = []
    read = 0
    for index, (cue, place) in enumerate(zip(cues, seen, strict=True)):
        if place < 0:
            told.append(cue)
            continue
        for other in range(read, min(place + 1, len(log.blocks))):
            if log.blocks[other].stream in streams:
                follows = log.continues(found[-1].rendered if found else -1, other)
                found.append(Again(other, index, follows))
        read = max(read, place + 1)
        frame = log.shown[cue.shown].frame
        if not found or found[-1].rendered != place or frame < 0:
            raise log.damaged(f"frame {frame} of block {place} is not there when it is shown")
        told.append(replace(cue, block=len(found) - 1, frame=frame))
    return told, found


def _times(log: Log, ticks: Fraction, *, constant: bool) -> Iterator[tuple[int, int, int]]:
    """-> of each picture that is seen: its place in the log, and the ticks from when until when."""
    start_ms, last = log.shown[0].at_ms, log.shown[-1]
    end_ms = log.end_ms if log.end_ms > last.at_ms else last.at_ms + _LEAST_MS
    changes: list[tuple[int, int]] = []
    key = b""
    for index, shown in enumerate(log.shown):
        at = (shown.at_ms - start_ms) * ticks / _MS
        tick = math.ceil(at) if constant else int(at)
        if changes and changes[-1][1] >= tick:  # the one before was over before anyone could see it
            tick = changes.pop()[1]
            key = _key(log, changes)
        if shown.key != key:
            changes.append((index, tick))
            key = shown.key
    end = max(changes[-1][1] + 1, math.ceil((end_ms - start_ms) * ticks / _MS))
    for (index, at_tick), until in zip(changes, [*(tick for _, tick in changes[1:]), end], strict=True):
        yield index, at_tick, until


def _key(log: Log, changes: list[tuple[int, int]]) -> bytes:
    return log.shown[changes[-1][0]].key if changes else b""


def _fitted(source: Size, into: Size) -> Size:
    """As large as it can be there, all of it seen."""
    scale = min(into.width / source.width, into.height / source.height)
    return Size(
        min(into.width, max(1, round(source.width * scale))), min(into.height, max(1, round(source.height * scale)))
    )


def _pixels(size: Size) -> int:
    return size.width * size.height
