"""A log in, a film out: each picture rendered again from its shot, each block of video from its own, made larger, and
shown when it was seen."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from lightbrush import pixels
from lightbrush.durable import put_in_place
from lightbrush.engines.engine import BlockEngine, Engine, check, check_block
from lightbrush.enhance.run import enlarged
from lightbrush.enhance.tiles import Grid, Upscaler
from lightbrush.enhance.video import frame_rows
from lightbrush.errors import MediaError, ShotError
from lightbrush.premiere import reel
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import Cue, Look, Premiere, block_of, reels, shot_of
from lightbrush.shots import Footage, Frame, Rgb, Size

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
        videos = Videos(log, request, engines)

        def frames(cues: tuple[Cue, ...], look: Look, number: int) -> Iterator[Rgb]:
            nonlocal done
            same = 0
            for cue in cues:
                is_video = cue.block >= 0
                rendered = videos.frame(cue) if is_video else render(shot_of(log, request, cue), engines)
                same += reel.is_what_was_seen(rendered, log, log.shown[cue.shown])
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
    """The blocks of a premiere's videos, rendered again one after the other, each from the context that the one before
    gave. Frames are asked for in order."""

    def __init__(self, log: Log, request: Premiere, engines: Mapping[str, Engine]) -> None:
        self._log, self._request, self._engines = log, request, engines
        self._next = 0
        self._footage: Footage | None = None

    def frame(self, cue: Cue) -> Rgb:
        """A video's frame, without loss. Raises RecordingError: recording.format; ShotError, PixelsError."""
        while self._next <= cue.block:
            self._footage = self._render(self._next)
            self._next += 1
        if self._footage is None or cue.frame >= len(self._footage.pixels):
            raise self._log.damaged(f"block {cue.block} has no frame {cue.frame}")
        frame: Rgb = self._footage.pixels[cue.frame]
        return frame

    def _render(self, number: int) -> Footage:
        block = block_of(self._log, self._request, number, self._footage.context if self._footage else b"")
        engine = _named(block.engine, self._engines)
        check_block(block, engine.card)
        if not isinstance(engine, BlockEngine):
            raise ShotError("shot.engine", "the log's engine renders no video", value=block.engine)
        return engine.render_block(block)


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
