"""A log in, a film out: each picture rendered again from its shot, made larger, and shown when it was seen."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from lightbrush import pixels
from lightbrush.durable import put_in_place
from lightbrush.engines.engine import Engine, check
from lightbrush.enhance.run import enlarged
from lightbrush.enhance.tiles import Grid, Upscaler
from lightbrush.enhance.video import frame_rows
from lightbrush.errors import MediaError, ShotError
from lightbrush.premiere import reel
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import Cue, Look, Premiere, reels, shot_of
from lightbrush.shots import Frame, Rgb, Size

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
    """Whatever its length, one picture is held; the reels lie beside the output until they are joined. When it fails,
    what stood at the output's path still stands there, and nothing else is left behind.

    engines: by id, every one that the log names. progress: pictures done, and of how many. Raises RecordingError,
    ShotError, EnhanceError, MediaError.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_PART, dir=output.parent) as name:
        folder, done = Path(name), 0

        def frames(cues: tuple[Cue, ...], look: Look, number: int) -> Iterator[Rgb]:
            nonlocal done
            same = 0
            for cue in cues:
                shown = log.shown[cue.shown]
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


def render(shot: Frame, engines: Mapping[str, Engine]) -> Rgb:
    """What the worker made then, without loss. Raises ShotError, PixelsError."""
    engine = engines.get(shot.engine)
    if engine is None:
        raise ShotError("shot.engine", "the log's engine is not loaded", value=shot.engine, fix="Name it by --engine")
    check(shot, engine.card)
    if shot.sketch:
        pixels.measure(shot.sketch)
    for mask in shot.masks:
        pixels.measure(mask, formats=pixels.MASK_FORMATS)
    return engine.render(shot).pixels
