"""A log in, a film out: each picture rendered again from its shot, each block of video from its own, made larger, and
shown when it was seen."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from lightbrush import pixels
from lightbrush.durable import put_in_place
from lightbrush.engines.engine import BlockEngine, Engine, check, check_block
from lightbrush.enhance.run import enlarged
from lightbrush.enhance.tiles import Grid, Upscaler
from lightbrush.enhance.video import frame_rows
from lightbrush.errors import MediaError, RecordingError, ShotError
from lightbrush.premiere import reel
from lightbrush.premiere.log import Log, Rendered, Shown
from lightbrush.premiere.plan import Cue, Look, Premiere, reels, shot_of
from lightbrush.shots import Block, Frame, Rgb, Size

_PART: Final = ".lightbrush-premiere-"


class Baked(Struct, frozen=True, kw_only=True):
    """What was made. pictures: rendered and made larger. same: of them, those that are byte for byte what was seen."""

    source: Size
    size: Size
    pictures: int
    same: int
    seconds: float


def grid_of(upscaler: Upscaler) -> Grid:
    return Grid(upscaler.scale, upscaler.core_px, upscaler.margin_px, upscaler.fade_px)


def bake(
    log: Log,
    request: Premiere,
    output: Path,
    engines: Mapping[str, Engine],
    upscaler: Upscaler,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Baked:
    """Whatever its length, one picture, or block, is held; the reels lie beside the output until they are joined. When
    it fails, what stood at the output's path still stands there, and nothing else is left behind.

    engines: by id, every one that the log names. progress: pictures done, and of how many. Raises RecordingError,
    ShotError, EnhanceError, MediaError.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_PART, dir=output.parent) as name:
        folder, done = Path(name), 0
        videos = Videos(log, engines, request.steps)

        def frames(cues: tuple[Cue, ...], look: Look, number: int) -> Iterator[Rgb]:
            nonlocal done
            same = 0
            for cue in cues:
                shown = log.shown[cue.shown]
                if shown.block >= 0:
                    rendered, asked = videos.frame(shown)
                    same += reel.is_what_was_seen(rendered, asked, shown)
                else:
                    rendered = render(shot_of(log, request, cue), engines)
                    same += reel.is_what_was_seen(rendered, log.frame(shown), shown)
                rows = enlarged(frame_rows(rendered, look.plan), look.plan, upscaler, lambda: None)
                yield reel.framed(rows, request.size)
                done += 1
                progress(done, len(request.cues))
            reel.write_same(folder, number, same)

        try:
            for number, part in enumerate(reels(request)):
                made = frames(request.cues[part.start : part.stop], part.look, number)
                reel.write_reel(folder, request, number, made)
            whole = folder / request.output
            same = reel.join(folder, request, whole)
            put_in_place(whole, output)
        except OSError as error:
            raise MediaError(
                "media.write", f"the premiere cannot be written: {error.strerror}", value=str(output)
            ) from None
    return Baked(
        source=request.source, size=request.size, pictures=len(request.cues), same=same, seconds=request.seconds
    )


class Videos:
    """The blocks of a log's videos, rendered again one after the other, each from the context that the one before gave.
    Frames are asked for as they were seen. steps: of every block; 0: its own."""

    def __init__(self, log: Log, engines: Mapping[str, Engine], steps: int) -> None:
        self._log, self._engines, self._steps = log, engines, steps
        self._wanted = {log.blocks[shown.block].stream for shown in log.shown if 0 <= shown.block < len(log.blocks)}
        self._next = 0
        self._stream = -1  # of the context
        self._context = b""
        self._frames: Rgb | None = None
        self._asked: Block | None = None

    def frame(self, shown: Shown) -> tuple[Rgb, Block]:
        """A frame that was shown, without loss, and the block that it is of. Raises RecordingError: recording.format;
        ShotError, PixelsError."""
        last = min(shown.block + 1, len(self._log.blocks))
        while self._next < last:
            rendered = self._log.blocks[self._next]
            self._next += 1
            if rendered.stream in self._wanted:
                self._render(rendered)
        frames, asked = self._frames, self._asked
        if self._next != shown.block + 1 or frames is None or asked is None or not 0 <= shown.frame < len(frames):
            raise self._damaged(f"frame {shown.frame} of block {shown.block} is not there when it is shown")
        return frames[shown.frame], asked

    def _render(self, rendered: Rendered) -> None:
        block = self._log.block(rendered)
        if block.index and not block.context:
            if rendered.stream != self._stream:
                raise self._damaged("a video begins in the middle, and what came before is not there")
            block = replace(block, context=self._context)
        asked = replace(block, steps=self._steps or block.steps)
        engine = _named(asked.engine, self._engines)
        check_block(asked, engine.card)
        if not isinstance(engine, BlockEngine):
            raise ShotError("shot.engine", "the log's engine renders no video", value=asked.engine)
        footage = engine.render_block(asked)
        self._stream, self._context = rendered.stream, footage.context
        self._frames, self._asked = footage.pixels, block

    def _damaged(self, reason: str) -> RecordingError:
        value = f"{self._log.path.name}: {reason}"
        return RecordingError("recording.format", "this is no recording that can be read", value=value)


def _named(name: str, engines: Mapping[str, Engine]) -> Engine:
    if name not in engines:
        raise ShotError("shot.engine", "the log's engine is not loaded", value=name, fix="Name it by --engine")
    return engines[name]


def render(shot: Frame, engines: Mapping[str, Engine]) -> Rgb:
    """What the worker made then, without loss. Raises ShotError, PixelsError."""
    engine = _named(shot.engine, engines)
    check(shot, engine.card)
    if shot.sketch:
        pixels.measure(shot.sketch)
    for mask in shot.masks:
        pixels.measure(mask, formats=pixels.MASK_FORMATS)
    return engine.render(shot).pixels
