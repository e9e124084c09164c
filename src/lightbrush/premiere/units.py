"""A premiere as units of background work: each a pure function of the request and of the units before it.

Of each reel, one after the other:

    n          render: its pictures, each from its shot, without loss; workers that have the engine do it
    1          lay: their rows, as the first pass sees them
    n x tiles  of the first pass, picture by picture
    1          lay: their answers, joined, as the second pass sees them
    ...        and so on; the last lays the reel

and at the end one that joins the reels. A job's folder holds

    source                  the recording
    pass-<step>-<n>.f32     what a pass sees of the reel's nth picture: rows of float32 from 0 to 1, little-endian
    preview-<step>.png      the reel's first picture, within PREVIEW_PX
    0, 1, ...               what a unit gave: a picture's PNG; of a tile `tiles.Answer`, little-endian
    reel-..., premiere.mp4  as of `reel`
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

import numpy as np
from msgspec import Struct
from PIL import Image

from lightbrush import pixels, shots
from lightbrush.durable import sync_folder
from lightbrush.enhance.rows import Pixels, Rows, resize
from lightbrush.enhance.tiles import Answer, Grid, Sheet, Tile, sheet
from lightbrush.enhance.units import ENGINE, PREVIEW_PX, SOURCE, Phase, preview_path, write_rows
from lightbrush.enhance.video import frame_rows
from lightbrush.errors import EnhanceError
from lightbrush.premiere import reel
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import Premiere, Reel, reels, shot_of
from lightbrush.shots import EncodedPicture, EnlargedTile, Frame, Rgb, Size

_CHANNELS: Final = 3


class Part(Struct, frozen=True):
    """What a step is of: a reel and a pass, of which it lays what it sees; as many as there are passes: the reel. The
    last step is of no reel."""

    number: int
    reel: Reel
    step: int

    @property
    def lays_reel(self) -> bool:
        return self.step == len(self.reel.look.plan.passes)


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
        return _phases(self)

    @property
    def count(self) -> int:
        return self.phases[-1].stop

    # Units

    def unit(self, folder: Path, unit: int) -> shots.Tile | Frame:
        """A shot, or a tile of one. Raises OSError; RecordingError: recording.format."""
        phase = self._phase(unit)
        if phase.engine != ENGINE:
            log = _log(folder / SOURCE)
            return shot_of(log, self, self.cues[self._parts[phase.step + 1].reel.start + unit - phase.start])
        part = self._parts[phase.step]
        cut = self._sheet(part)
        picture, index = divmod(unit - phase.start, cut.count)
        tile = _tiles(cut)[index]
        seen = self._laid(folder, phase.step, picture)
        seen = seen[tile.down.first : tile.down.last, tile.across.first : tile.across.last]
        return shots.Tile(
            model=self.model,
            width=tile.width,
            height=tile.height,
            channels=_CHANNELS,
            kept=tile.kept,
            pixels=np.ascontiguousarray(seen, dtype="<f4").tobytes(),
        )

    def check(self, unit: int, answer: EnlargedTile | EncodedPicture) -> None:
        """Raises ValueError when it is no answer to that unit."""
        phase = self._phase(unit)
        if phase.engine != ENGINE:
            size = self._parts[phase.step + 1].reel.look.plan.part
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
            before = self._units(step - 1, tiles=part.step > 0)
            for unit in range(before.start, before.stop):
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
        tile, scale = _tiles(cut)[unit - phase.start], cut.scale
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
        return _parts(self)

    def _phase(self, unit: int) -> Phase:
        return self.phases[bisect_right(self.phases, unit, key=lambda phase: phase.start) - 1]

    def _units(self, step: int, *, tiles: bool) -> Phase:
        """The phase of a step that workers do: a pass's tiles, or the shots rendered before the next one."""
        engine = ENGINE if tiles else self._parts[step + 1].reel.look.engine
        return next(p for p in self.phases if p.step == step and not p.lays and p.engine == engine)

    def _sheet(self, part: Part) -> Sheet:
        return _cut(part.reel.look.plan.passes[part.step], self.grid)

    def _shape(self, unit: int) -> tuple[int, int, int]:
        """Of what a tile gives: height, width, channels."""
        phase = self._phase(unit)
        cut = self._sheet(self._parts[phase.step])
        left, top, right, bottom = _tiles(cut)[(unit - phase.start) % cut.count].kept
        return (bottom - top) * cut.scale, (right - left) * cut.scale, _CHANNELS

    def _laid(self, folder: Path, step: int, picture: int) -> Pixels:
        part = self._parts[step]
        size = part.reel.look.plan.passes[part.step]
        return np.memmap(_pass(folder, step, picture), "<f4", "r", shape=(size.height, size.width, _CHANNELS))

    def _rows(self, folder: Path, step: int, picture: int) -> Rows:
        """What a step lays of a picture."""
        part = self._parts[step]
        plan = part.reel.look.plan
        if part.step == 0:
            before = self._units(step - 1, tiles=False)
            return resize(frame_rows(_rendered(folder, before.start + picture), plan), plan.passes[0])
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
        part, log, rendered = self._parts[step], Log(folder / SOURCE), self._units(step - 1, tiles=False)
        same = 0
        for index, cue in enumerate(self.cues[part.reel.start : part.reel.stop]):
            shown = log.shown[cue.shown]
            same += reel.is_what_was_seen(_rendered(folder, rendered.start + index), log.frame(shown), shown)
        reel.write_same(folder, part.number, same)


@lru_cache(maxsize=64)
def _cut(size: Size, grid: Grid) -> Sheet:
    return sheet(size, _CHANNELS, grid)


@lru_cache(maxsize=64)
def _tiles(cut: Sheet) -> tuple[Tile, ...]:
    return cut.tiles


@lru_cache(maxsize=16)
def _parts(request: Film) -> tuple[Part, ...]:
    found = enumerate(reels(request))
    return tuple(Part(n, one, step) for n, one in found for step in range(len(one.look.plan.passes) + 1))


@lru_cache(maxsize=16)
def _phases(request: Film) -> tuple[Phase, ...]:
    found: list[Phase] = []
    start = 0
    for step, part in enumerate(_parts(request)):
        pictures = part.reel.stop - part.reel.start
        if part.step == 0:
            found.append(Phase(start, start + pictures, step - 1, False, part.reel.look.engine))
            start += pictures
        found.append(Phase(start, start + 1, step, True))
        start += 1
        if not part.lays_reel:
            cut = _cut(part.reel.look.plan.passes[part.step], request.grid)
            found.append(Phase(start, start + pictures * cut.count, step, False, ENGINE))
            start += pictures * cut.count
    return (*found, Phase(start, start + 1, len(_parts(request)), True))


@lru_cache(maxsize=4)
def _log(path: Path) -> Log:
    """Of a job: what it holds of its recording never changes."""
    return Log(path)


def _rendered(folder: Path, unit: int) -> Rgb:
    return pixels.decode((folder / str(unit)).read_bytes())


def _pass(folder: Path, step: int, picture: int) -> Path:
    return folder / f"pass-{step}-{picture}.f32"


def _write_preview(folder: Path, step: int, picture: Rgb) -> None:
    image = Image.fromarray(picture)
    image.thumbnail((PREVIEW_PX, PREVIEW_PX), Image.Resampling.BOX)
    part = folder / f".preview-{step}.part"
    image.save(part, "PNG", compress_level=1)
    part.replace(preview_path(folder, step))
