"""An enhancement as units of background work: each a pure function of the request and of the units before it.

    0              lay: the source's rows, as the first stage sees them
    1 .. n         tiles of the first stage, in any order
    n + 1          lay: their answers, joined, as the second stage sees them
    ...            and so on; the last unit joins the last stage and writes the picture's file

A stage is a pass of the network that enlarges or, in the creative mode, one of the engine that paints anew what such a
pass led to (`creative.passes`). Workers do tiles, and need nothing but the pixels that come with one. To lay is to read
and write long files, in bounded memory. A job's folder holds

    source          the picture, as it came
    pass-0.f32      what the first stage sees: rows of float32 from 0 to 1, little-endian
    preview-0.png   the same within PREVIEW_PX
    0, 1, ...       what a unit gave: of a tile `tiles.Answer`, little-endian; of laying nothing
    picture.png     the last unit's, or .jpg or .webp; and what it looks like within PREVIEW_PX
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
from msgspec import Struct
from PIL import Image

from lightbrush import shots
from lightbrush.durable import put_in_place, sync_folder
from lightbrush.enhance import creative
from lightbrush.enhance.creative import Creative
from lightbrush.enhance.files import Writer, kind_of, open_picture
from lightbrush.enhance.rows import BAND_PX, Pixels, Rows, has_alpha, resize
from lightbrush.enhance.run import Plan, planned
from lightbrush.enhance.target import parse
from lightbrush.enhance.tiles import Answer, Grid, Sheet, Tile, sheet
from lightbrush.errors import EnhanceError
from lightbrush.shots import Anew, EngineCard, EnlargedTile, Made, Rgb, Size

Format = Literal["png", "jpeg", "webp"]
SUFFIXES: Final[dict[Format, str]] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
SOURCE: Final = "source"
#: What a worker that can enlarge says that it has loaded, among its engines.
ENGINE: Final = "enhance"
#: The longer side of a preview.
PREVIEW_PX: Final = 1024


class Painting(Struct, frozen=True, kw_only=True):
    """Who paints anew: an engine's id, and `side`, of its tiles."""

    engine: str
    side: Size
    wishes: Creative


class Stage(Struct, frozen=True):
    """channels: of what it sees. leads_to: the size that its joined answers get. noise: of a pass that paints; the
    network's have none. original: of such a pass the stage whose rows the engine began with. last: of such passes."""

    sheet: Sheet
    channels: int
    leads_to: Size
    noise: float = 0.0
    original: int = 0
    last: bool = False


class Phase(Struct, frozen=True):
    """Units from start to stop, which may be done in any order when all before them are finished. step: which stage its
    tiles are of, or which one is laid for; as many as there are stages: the picture itself is written. engine: that a
    worker needs; laying needs none."""

    start: int
    stop: int
    step: int
    lays: bool
    engine: str = ""


class Enhancement(Struct, frozen=True, kw_only=True):
    """What a job is asked. picture: SHA-256 of the source. to: as of `target.parse`. model: one of `upscalers.MODELS`.
    quality: 1 to 100, of JPEG and WebP. source: its size as it is shown. channels: 1 to 4, as of a picture's rows.
    painting: nothing is painted anew without."""

    picture: str
    to: str
    model: str
    format: Format
    quality: int
    source: Size
    channels: int
    plan: Plan
    grid: Grid
    painting: Painting | None = None

    @property
    def size(self) -> Size:
        return self.plan.size

    @property
    def output(self) -> str:
        """The picture's name in the job's folder."""
        return f"picture{SUFFIXES[self.format]}"

    @property
    def download(self) -> str:
        """A name for whoever saves it."""
        return f"enhanced-{self.size.width}x{self.size.height}{SUFFIXES[self.format]}"

    @property
    def stages(self) -> tuple[Stage, ...]:
        return _stages(self)

    @property
    def phases(self) -> tuple[Phase, ...]:
        return _phases(self)

    @property
    def count(self) -> int:
        return self.phases[-1].stop

    # A tile's unit

    def tile(self, unit: int) -> Tile:
        phase = phase_of(self, unit)
        return _tiles(self, phase.step)[unit - phase.start]

    def unit(self, folder: Path, unit: int) -> shots.Tile:
        """What a worker is sent for it. Raises OSError."""
        step, tile = phase_of(self, unit).step, self.tile(unit)
        stage = self.stages[step]
        seen = self._laid(folder, step)[tile.down.first : tile.down.last, tile.across.first : tile.across.last]
        model, anew = self.model, None
        if stage.noise and self.painting is not None:
            seen, model, wishes = creative.shown(seen), self.painting.engine, self.painting.wishes
            anew = Anew(stage.noise, tile.across.first, tile.down.first, wishes.prompts, wishes.seed)
        return shots.Tile(
            model=model,
            width=tile.width,
            height=tile.height,
            channels=seen.shape[-1],
            kept=tile.kept,
            pixels=np.ascontiguousarray(seen, dtype="<f4").tobytes(),
            anew=anew,
        )

    def check(self, unit: int, answer: Made) -> None:
        """Raises ValueError when it is no answer to that unit."""
        if not isinstance(answer, EnlargedTile):
            raise ValueError("expected a tile, got a picture")
        expected, given = self._shape(unit), (answer.height, answer.width, answer.channels)
        if given != expected:
            raise ValueError(f"expected a tile of {expected}, got {given}")

    def _shape(self, unit: int) -> tuple[int, int, int]:
        """Of what it gives: height, width, channels."""
        cut = self.stages[phase_of(self, unit).step].sheet
        left, top, right, bottom = self.tile(unit).kept
        return (bottom - top) * cut.scale, (right - left) * cut.scale, cut.channels

    def answer(self, folder: Path, unit: int) -> Answer:
        """Raises OSError; ValueError when the file is cut short."""
        return np.fromfile(folder / str(unit), "<u2").reshape(self._shape(unit))

    # Laying

    def lay(self, folder: Path, step: int) -> None:
        """The unit that stands before a stage's tiles, or writes the picture. Done twice it writes the same, and what
        was written is whole. Raises EnhanceError, OSError."""
        before = self.stages[step - 1] if step else None
        preview: Rgb | None = None
        if before is not None and before.noise and not before.last:  # it is the engine's own, which is not shown
            preview = _read_preview(folder, step - 1)
        rows = self._rows(folder, step, preview)
        if step < len(self.stages):
            write_rows(folder / f"pass-{step}.f32", rows)
            if preview is None:
                preview = _pixels(_within(self._laid(folder, step)))
        else:
            like = open_picture(folder / SOURCE)
            with Writer(folder / self.output, rows.size, like=like, quality=self.quality) as file:
                for band in rows.bands:
                    file.write(band)
            preview = _shrunk(folder / self.output)
        part = folder / f".preview-{step}.part"
        Image.fromarray(preview).save(part, "PNG", compress_level=1)
        part.replace(preview_path(folder, step))
        sync_folder(folder)

    def drop(self, folder: Path, step: int) -> None:
        """What nobody reads any more when that step was laid: the answers that it was made from, and what they saw."""
        if step == 0:
            return
        before, read = self.stages[step - 1], [step - 1]
        if before.noise:
            first = before.original
            read = [] if step - 1 == first else [step - 1]  # the last one's change is added to it
            read += [first] if before.last else []
        with suppress(OSError):
            for one in read:
                (folder / f"pass-{one}.f32").unlink(missing_ok=True)
            tiles = self._tiles_of(step - 1)
            for unit in range(tiles.start, tiles.stop):
                (folder / str(unit)).unlink(missing_ok=True)

    def _tiles_of(self, step: int) -> Phase:
        return next(phase for phase in self.phases if phase.step == step and not phase.lays)

    def _rows(self, folder: Path, step: int, preview: Rgb | None = None) -> Rows:
        """What that stage sees, or the result. preview: into which the tiles are pasted that this is joined from."""
        if step == 0:
            plan = self.plan
            rows = open_picture(folder / SOURCE).rows(plan.left, plan.top, plan.part)
            return resize(rows, plan.passes[0])
        before = self.stages[step - 1]
        rows = resize(before.sheet.join(self._answers(folder, step - 1, preview)), before.leads_to)
        if before.last and self.painting is not None:
            pixels = self._laid(folder, before.original)
            bands = (pixels[top : top + BAND_PX] for top in range(0, len(pixels), BAND_PX))
            original = Rows(before.leads_to, self.channels, bands)
            rows = creative.blended(original, rows, self.painting.wishes)
        return rows

    def _answers(self, folder: Path, step: int, preview: Rgb | None) -> Iterator[Answer]:
        phase = self._tiles_of(step)
        for unit in range(phase.start, phase.stop):
            try:
                answer = self.answer(folder, unit)
            except (OSError, ValueError) as error:
                raise EnhanceError(
                    "enhance.failed", "a finished tile cannot be read", value=f"{unit}: {error}"
                ) from None
            if preview is not None:
                self.paste(preview, folder, unit, answer)
            yield answer

    def _laid(self, folder: Path, step: int) -> Pixels:
        stage = self.stages[step]
        shape = (stage.sheet.size.height, stage.sheet.size.width, stage.channels)
        return np.memmap(folder / f"pass-{step}.f32", "<f4", "r", shape=shape)

    # Previews

    def paste(self, picture: Rgb, folder: Path, unit: int, answer: Answer) -> None:
        """A finished tile into a preview of the whole, in place; of one that was painted what is wished of it. Raises
        OSError."""
        tile, (height, width) = self.tile(unit), picture.shape[:2]
        stage = self.stages[phase_of(self, unit).step]
        left, right = _edge(tile.across.start, tile.size.width, width), _edge(tile.across.stop, tile.size.width, width)
        top, bottom = _edge(tile.down.start, tile.size.height, height), _edge(tile.down.stop, tile.size.height, height)
        if left == right or top == bottom:
            return
        made = np.divide(answer, 65535.0, dtype=np.float32)
        first, above, last, below = tile.kept
        if stage.noise and self.painting is not None:
            x, y = tile.across.first, tile.down.first
            original = self._laid(folder, stage.original)[y + above : y + below, x + first : x + last]
            made = creative.mixed(original, made, self.painting.wishes)
        scale = stage.sheet.scale
        x = (tile.across.start - tile.across.first - first) * scale  # where its core begins
        y = (tile.down.start - tile.down.first - above) * scale
        width_px, height_px = (tile.across.stop - tile.across.start) * scale, (tile.down.stop - tile.down.start) * scale
        shown = Image.fromarray(_pixels(made[y : y + height_px, x : x + width_px]))
        picture[top:bottom, left:right] = np.asarray(shown.resize((right - left, bottom - top), Image.Resampling.BOX))


def requested(
    source: Path,
    picture: str,
    to: str,
    model: str,
    grid: Grid,
    *,
    form: Format = "png",
    quality: int = 92,
    card: EngineCard | None = None,
    wishes: Creative | None = None,
) -> Enhancement:
    """Of a file; its header is read. card: of the engine that paints anew as is wished.

    Raises EnhanceError: enhance.input, .too_large, .target, .format, .failed, .creative, .engine; ShotError.
    """
    painting = None
    if card is not None and wishes is not None and wishes.creativity:
        creative.check_card(card, wishes)
        painting = Painting(engine=card.id, side=card.default_size, wishes=wishes)
    opened = open_picture(source)
    size = parse(to, opened.size)
    kind_of(Path(f"picture{SUFFIXES[form]}"), size)
    if not 1 <= quality <= 100:
        raise EnhanceError("enhance.format", "a quality is 1 to 100", value=quality)
    return Enhancement(
        picture=picture,
        to=to,
        model=model,
        format=form,
        quality=quality,
        source=opened.size,
        channels=opened.channels,
        plan=planned(opened.size, size, grid),
        grid=grid,
        painting=painting,
    )


@lru_cache(maxsize=64)
def _stages(request: Enhancement) -> tuple[Stage, ...]:
    found: list[Stage] = []
    plan, painting, channels = request.plan, request.painting, request.channels
    for begin, end in zip(plan.passes, plan.ends, strict=True):
        found.append(Stage(sheet(begin, channels, request.grid), channels, end))
        if painting is not None:
            original = len(found)
            passes = creative.passes(end, painting.side, painting.wishes.creativity)
            for index, one in enumerate(passes):
                seen = 3 if index else channels
                found.append(Stage(one.sheet, seen, end, one.noise, original, one is passes[-1]))
    return tuple(found)


@lru_cache(maxsize=64)
def _phases(request: Enhancement) -> tuple[Phase, ...]:
    found: list[Phase] = []
    start = 0
    for step, stage in enumerate(request.stages):
        stop = start + 1 + stage.sheet.count
        engine = request.painting.engine if stage.noise and request.painting is not None else ENGINE
        found += [Phase(start, start + 1, step, True), Phase(start + 1, stop, step, False, engine)]
        start = stop
    return (*found, Phase(start, start + 1, len(request.stages), True))


@lru_cache(maxsize=64)
def _tiles(request: Enhancement, step: int) -> tuple[Tile, ...]:
    return request.stages[step].sheet.tiles


def phase_of(request: Enhancement, unit: int) -> Phase:
    return next(phase for phase in request.phases if phase.start <= unit < phase.stop)


def preview_path(folder: Path, step: int) -> Path:
    return folder / f"preview-{step}.png"


def _read_preview(folder: Path, step: int) -> Rgb:
    with Image.open(preview_path(folder, step), formats=["PNG"]) as image:
        return np.array(image.convert("RGB"))


def _edge(position: int, length: int, shown: int) -> int:
    return round(position * shown / length)


def write_rows(path: Path, rows: Rows) -> None:
    """float32 from 0 to 1, little-endian; whole, or not there. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            for band in rows.bands:
                file.write(band.astype("<f4", copy=False).tobytes())
        put_in_place(part, path)
    finally:
        part.unlink(missing_ok=True)


def _within(pixels: Pixels) -> Pixels:
    """Shrunk to a preview, by bands: of a large picture no copy is made."""
    height, width, channels = pixels.shape
    fit = min(1.0, PREVIEW_PX / max(height, width))
    size = Size(max(1, round(width * fit)), max(1, round(height * fit)))
    bands = (pixels[top : top + 64] for top in range(0, height, 64))
    return np.concatenate(list(resize(Rows(Size(width, height), channels, bands), size).bands))


def _pixels(picture: Pixels) -> Rgb:
    """[h, w, 1 to 4] from 0 to 1 -> RGB; what is transparent lies on white."""
    colours = picture
    if has_alpha(picture.shape[-1]):
        colours = picture[..., :-1] * picture[..., -1:] + (1.0 - picture[..., -1:])
    if colours.shape[-1] == 1:
        colours = np.repeat(colours, 3, axis=-1)
    shown: Rgb = np.rint(np.clip(colours, 0.0, 1.0) * np.float32(255.0)).astype(np.uint8)
    return shown


def _shrunk(path: Path) -> Rgb:
    opened = open_picture(path)
    size = opened.size
    fit = min(1.0, PREVIEW_PX / max(size.width, size.height))
    made = Size(max(1, round(size.width * fit)), max(1, round(size.height * fit)))
    return _pixels(np.concatenate(list(resize(opened.rows(0, 0, size), made).bands)))
