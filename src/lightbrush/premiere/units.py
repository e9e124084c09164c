"""A premiere as units of background work: each a pure function of the request and of the units before it.

Of each reel, one after the other:

    n          render: its pictures, each from its shot, without loss; workers that have the engine do it. Of video its
               blocks, also those of which no frame was seen, each when the one before has given its context
    1          lay: their rows, as the first pass sees them
    n x tiles  of the first pass, picture by picture
    1          lay: their answers, joined, as the second pass sees them
    ...        and so on; the last lays the reel

and at the end one that joins the reels. A job's folder holds

    source                  the recording
    pass-<step>-<n>.f32     what a pass sees of the reel's nth picture: rows of float32 from 0 to 1, little-endian
    preview-<step>.png      the reel's first picture, within PREVIEW_PX
    0, 1, ...               what a unit gave: a picture's PNG; of a block a FOOTAGE (docs/PROTOCOL.md) of PNGs; of a
                            tile `tiles.Answer`, little-endian
    reel-..., premiere.mp4  as of `reel`
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image

from lightbrush import pixels, shots, wire
from lightbrush.durable import sync_folder
from lightbrush.enhance.rows import Pixels, Rows, resize
from lightbrush.enhance.tiles import Answer, Sheet
from lightbrush.enhance.units import ENGINE, PREVIEW_PX, SOURCE, Phase, preview_path, write_rows
from lightbrush.enhance.video import frame_rows
from lightbrush.errors import EnhanceError, LightbrushError
from lightbrush.premiere import reel, steps
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import Premiere, block_of, shot_of
from lightbrush.premiere.steps import Part
from lightbrush.shots import EncodedFootage, EncodedPicture, EnlargedTile, Made, Rgb, Size, Task


class Film(Premiere, frozen=True, kw_only=True, cache_hash=True):
    """A premiere that is a job."""

    @classmethod
    def of(cls, request: Premiere) -> Self:
        return cls(**{name: getattr(request, name) for name in request.__struct_fields__})

    @property
    def picture(self) -> str:
        """Its source is none."""
        return ""

    @property
    def phases(self) -> tuple[Phase, ...]:
        return steps.phases(self)

    @property
    def count(self) -> int:
        return self.phases[-1].stop

    # Units

    def unit(self, folder: Path, unit: int) -> Task:
        """A shot, or a tile of one. Raises OSError; RecordingError: recording.format; WireError."""
        phase = self._phase(unit)
        number = self._block(unit)
        if number >= 0:
            before = _footage(folder / str(self._blocks[number - 1])) if self.blocks[number].follows else None
            return block_of(_log(folder / SOURCE), self, number, before.context if before else b"")
        if phase.engine != ENGINE:
            log = _log(folder / SOURCE)
            return shot_of(log, self, self.cues[self._parts[phase.step + 1].reel.start + unit - phase.start])
        part = self._parts[phase.step]
        cut = self._sheet(part)
        picture, index = divmod(unit - phase.start, cut.count)
        tile = steps.tiles(cut)[index]
        seen = self._laid(folder, phase.step, picture)
        seen = seen[tile.down.first : tile.down.last, tile.across.first : tile.across.last]
        return shots.Tile(
            model=self.model,
            width=tile.width,
            height=tile.height,
            channels=steps.CHANNELS,
            kept=tile.kept,
            pixels=np.ascontiguousarray(seen, dtype="<f4").tobytes(),
        )

    def check(self, unit: int, answer: Made) -> None:
        """Raises ValueError when it is no answer to that unit."""
        phase = self._phase(unit)
        if phase.engine != ENGINE:
            size = self._parts[phase.step + 1].reel.look.plan.part
            if self._block(unit) >= 0:
                _check_footage(answer, size)
                return
            if not isinstance(answer, EncodedPicture) or answer.encoding != "image/png":
                raise ValueError("expected a picture without loss")
            if (answer.width, answer.height) != (size.width, size.height):
                raise ValueError(f"expected a picture of {size}, got {answer.width}x{answer.height}")
        elif not isinstance(answer, EnlargedTile):
            raise ValueError("expected a tile, got a picture")
        elif (answer.height, answer.width, answer.channels) != self._shape(unit):
            given = (answer.height, answer.width, answer.channels)
            raise ValueError(f"expected a tile of {self._shape(unit)}, got {given}")

    def _tile(self, folder: Path, unit: int) -> Answer:
        """Raises OSError; ValueError when the file is cut short."""
        return np.fromfile(folder / str(unit), "<u2").reshape(self._shape(unit))

    # Laying

    def lay(self, folder: Path, step: int) -> None:
        """Raises EnhanceError, RecordingError, MediaError, OSError."""
        if step == len(self._parts):
            reel.join(folder, self, folder / self.output)
            preview_path(folder, step).write_bytes(preview_path(folder, step - 1).read_bytes())
            sync_folder(folder)
            return
        part = self._parts[step]
        first: Rgb | None = None
        if part.step == 0:
            self._compare(folder, step)
        if part.lays_reel:

            def frames() -> Iterator[Rgb]:
                nonlocal first
                for picture in range(part.reel.stop - part.reel.start):
                    frame = reel.framed(self._rows(folder, step, picture), self.size)
                    first = frame if first is None else first
                    yield frame

            reel.write_reel(folder, self, part.number, frames())
        else:
            for picture in range(part.reel.stop - part.reel.start):
                write_rows(_pass(folder, step, picture), self._rows(folder, step, picture))
            laid = self._laid(folder, step, 0)
            first = np.rint(laid * np.float32(255.0)).astype(np.uint8)
        assert first is not None  # a reel has a picture
        _write_preview(folder, step, first)
        sync_folder(folder)

    def drop(self, folder: Path, step: int) -> None:
        """What nobody reads any more when that step was laid."""
        with suppress(OSError):
            preview_path(folder, step - 2).unlink(missing_ok=True)
            if step == len(self._parts):
                reel.remove(folder, self)
                return
            part = self._parts[step]
            for unit in self._units(step - 1, tiles=True) if part.step else self._spent(step):
                (folder / str(unit)).unlink(missing_ok=True)
            if part.step:
                for picture in range(part.reel.stop - part.reel.start):
                    _pass(folder, step - 1, picture).unlink(missing_ok=True)

    # Previews: of a reel its first picture.

    def answer(self, folder: Path, unit: int) -> Answer:
        """Of a tile of that. Raises OSError; ValueError when the file is cut short, or it is of no such tile."""
        phase = self._phase(unit)
        if phase.engine != ENGINE or unit - phase.start >= self._sheet(self._parts[phase.step]).count:
            raise ValueError("no tile of a reel's first picture")
        return self._tile(folder, unit)

    def paste(self, picture: Rgb, folder: Path, unit: int, answer: Answer) -> None:
        """In place."""
        phase = self._phase(unit)
        cut = self._sheet(self._parts[phase.step])
        tile, scale = steps.tiles(cut)[unit - phase.start], cut.scale
        height, width = picture.shape[:2]
        left, right = (round(edge * width / cut.size.width) for edge in (tile.across.start, tile.across.stop))
        top, bottom = (round(edge * height / cut.size.height) for edge in (tile.down.start, tile.down.stop))
        if left == right or top == bottom:
            return
        x = (tile.across.start - tile.across.first - tile.kept[0]) * scale
        y = (tile.down.start - tile.down.first - tile.kept[1]) * scale
        core = answer[
            y : y + (tile.down.stop - tile.down.start) * scale, x : x + (tile.across.stop - tile.across.start) * scale
        ]
        shown = Image.fromarray((core >> 8).astype(np.uint8))
        picture[top:bottom, left:right] = np.asarray(shown.resize((right - left, bottom - top), Image.Resampling.BOX))

    # Where things are

    @property
    def _parts(self) -> tuple[Part, ...]:
        return steps.parts(self)

    def _phase(self, unit: int) -> Phase:
        return self.phases[bisect_right(self.phases, unit, key=lambda phase: phase.start) - 1]

    def _units(self, step: int, *, tiles: bool) -> range:
        """Those of a step that workers do: a pass's tiles, or what is rendered before the next one."""
        return steps.ranges(self).get((step, tiles), range(0))

    @property
    def _blocks(self) -> tuple[int, ...]:
        """The unit of each block."""
        return steps.blocks(self)

    def _block(self, unit: int) -> int:
        """Which block that unit is; -1 for none."""
        place = bisect_left(self._blocks, unit)
        return place if self._blocks[place : place + 1] == (unit,) else -1

    def _spent(self, step: int) -> Sequence[int]:
        """The units that rendered what nobody reads any more when that step laid a reel's pictures."""
        part = self._parts[step]
        if self.cues[part.reel.start].block < 0:
            return self._units(step - 1, tiles=False)
        return steps.spent(self)[part.number]

    def _sheet(self, part: Part) -> Sheet:
        return steps.cut(part.reel.look.plan.passes[part.step], self.grid)

    def _shape(self, unit: int) -> tuple[int, int, int]:
        """Of what a tile gives: height, width, channels."""
        phase = self._phase(unit)
        cut = self._sheet(self._parts[phase.step])
        left, top, right, bottom = steps.tiles(cut)[(unit - phase.start) % cut.count].kept
        return (bottom - top) * cut.scale, (right - left) * cut.scale, steps.CHANNELS

    def _laid(self, folder: Path, step: int, picture: int) -> Pixels:
        part = self._parts[step]
        size = part.reel.look.plan.passes[part.step]
        return np.memmap(_pass(folder, step, picture), "<f4", "r", shape=(size.height, size.width, steps.CHANNELS))

    def _rows(self, folder: Path, step: int, picture: int) -> Rows:
        """What a step lays of a picture."""
        part = self._parts[step]
        plan = part.reel.look.plan
        if part.step == 0:
            return resize(frame_rows(self._seen(folder, step, picture), plan), plan.passes[0])
        before, cut = self._units(step - 1, tiles=True), self._sheet(self._parts[step - 1])
        first = before.start + picture * cut.count
        rows = cut.join(self._answers(folder, range(first, first + cut.count)))
        return resize(rows, plan.ends[part.step - 1])

    def _answers(self, folder: Path, units: range) -> Iterator[Answer]:
        for unit in units:
            try:
                yield self._tile(folder, unit)
            except (OSError, ValueError) as error:
                raise EnhanceError(
                    "enhance.failed", "a finished tile cannot be read", value=f"{unit}: {error}"
                ) from None

    def _compare(self, folder: Path, step: int) -> None:
        """Note how many of the pictures that were rendered before a step are what was seen."""
        part, log = self._parts[step], Log(folder / SOURCE)
        same = 0
        for index, cue in enumerate(self.cues[part.reel.start : part.reel.stop]):
            same += reel.is_what_was_seen(self._seen(folder, step, index), log, log.shown[cue.shown])
        reel.write_same(folder, part.number, same)

    def _seen(self, folder: Path, step: int, picture: int) -> Rgb:
        """A reel's nth picture as it was rendered before that step, its first."""
        cue = self.cues[self._parts[step].reel.start + picture]
        if cue.block < 0:
            unit = self._units(step - 1, tiles=False)[picture]
            return pixels.decode((folder / str(unit)).read_bytes())
        frames = _footage(folder / str(self._blocks[cue.block])).frames
        if cue.frame >= len(frames):
            raise _log(folder / SOURCE).damaged(f"block {cue.block} has no frame {cue.frame}")
        return pixels.decode(frames[cue.frame])


@lru_cache(maxsize=4)
def _log(path: Path) -> Log:
    """Of a job: what it holds of its recording never changes."""
    return Log(path)


@lru_cache(maxsize=1)
def _footage(path: Path) -> EncodedFootage:
    """Raises OSError, WireError."""
    return wire.decode_footage(wire.unpack(path.read_bytes(), max_payload_bytes=wire.MAX_LINK_PAYLOAD_BYTES))


def _check_footage(answer: Made, size: Size) -> None:
    if not isinstance(answer, EncodedFootage):
        raise ValueError("expected a block's frames")
    try:
        sizes = {pixels.measure(frame, formats=("PNG",)) for frame in answer.frames}
    except LightbrushError as error:
        raise ValueError(f"expected frames without loss: {error}") from None
    if sizes != {(size.width, size.height)}:
        raise ValueError(f"expected frames of {size}, got {sizes}")


def _pass(folder: Path, step: int, picture: int) -> Path:
    return folder / f"pass-{step}-{picture}.f32"


def _write_preview(folder: Path, step: int, picture: Rgb) -> None:
    image = Image.fromarray(picture)
    image.thumbnail((PREVIEW_PX, PREVIEW_PX), Image.Resampling.BOX)
    part = folder / f".preview-{step}.part"
    image.save(part, "PNG", compress_level=1)
    part.replace(preview_path(folder, step))
