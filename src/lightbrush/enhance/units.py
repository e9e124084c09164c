"""An enhancement as units of background work: each a pure function of the request and of the units before it.

    0              lay: the source's rows, as the first pass sees them
    1 .. n         tiles of the first pass, in any order
    n + 1          lay: their answers, joined and resized to where the second pass begins
    ...            and so on; the last unit joins the last pass and writes the picture's file

Workers do tiles, and need nothing but the pixels that come with one. To lay is to read and write long files, in bounded
memory (`lay`). A job's folder holds

    source          the picture, as it came
    pass-0.f32      what the first pass sees: rows of float32 from 0 to 1, little-endian
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

from lightbrush.durable import put_in_place, sync_folder
from lightbrush.enhance.files import Writer, kind_of, open_picture
from lightbrush.enhance.rows import Pixels, Rows, has_alpha, resize
from lightbrush.enhance.run import Plan, planned
from lightbrush.enhance.target import parse
from lightbrush.enhance.tiles import Answer, Grid, Tile, join, tiles
from lightbrush.errors import EnhanceError
from lightbrush.shots import Rgb, Size

Format = Literal["png", "jpeg", "webp"]
SUFFIXES: Final[dict[Format, str]] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
SOURCE: Final = "source"
#: The longer side of a preview.
PREVIEW_PX: Final = 1024


class Enhancement(Struct, frozen=True, kw_only=True):
    """What a job is asked. picture: SHA-256 of the source. to: as of `target.parse`. model: one of `upscalers.MODELS`.
    quality: 1 to 100, of JPEG and WebP. source: its size as it is shown. channels: 1 to 4, as of a picture's rows."""

    picture: str
    to: str
    model: str
    format: Format
    quality: int
    source: Size
    channels: int
    plan: Plan
    grid: Grid

    @property
    def output(self) -> str:
        """The picture's name in the job's folder."""
        return f"picture{SUFFIXES[self.format]}"


class Phase(Struct, frozen=True):
    """Units from start to stop, which may be done in any order when all before them are finished. step: which pass its
    tiles are of, or which one is laid for; as many as there are passes: the picture itself is written."""

    start: int
    stop: int
    step: int
    lays: bool


def requested(
    source: Path, picture: str, to: str, model: str, grid: Grid, *, form: Format = "png", quality: int = 92
) -> Enhancement:
    """Of a file; its header is read. Raises EnhanceError: enhance.input, .too_large, .target, .format, .failed."""
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
    )


@lru_cache(maxsize=64)
def phases(request: Enhancement) -> tuple[Phase, ...]:
    found: list[Phase] = []
    start = 0
    for step in range(len(request.plan.passes)):
        stop = start + 1 + len(tiles_of(request, step))
        found += [Phase(start, start + 1, step, True), Phase(start + 1, stop, step, False)]
        start = stop
    return (*found, Phase(start, start + 1, len(request.plan.passes), True))


def count(request: Enhancement) -> int:
    return phases(request)[-1].stop


def phase_of(request: Enhancement, unit: int) -> Phase:
    return next(phase for phase in phases(request) if phase.start <= unit < phase.stop)


@lru_cache(maxsize=64)
def tiles_of(request: Enhancement, step: int) -> tuple[Tile, ...]:
    return tiles(request.plan.passes[step], request.channels, request.grid)


def tile_of(request: Enhancement, unit: int) -> Tile:
    phase = phase_of(request, unit)
    return tiles_of(request, phase.step)[unit - phase.start]


def read_tile(folder: Path, request: Enhancement, unit: int) -> Pixels:
    """What a tile's unit is given: [height, width, channels] with its margins. Raises OSError."""
    phase, tile = phase_of(request, unit), tile_of(request, unit)
    seen = _laid(folder, request, phase.step)
    part = seen[tile.down.first : tile.down.last, tile.across.first : tile.across.last]
    return np.ascontiguousarray(part, dtype="<f4")


def answer_shape(request: Enhancement, unit: int) -> tuple[int, int, int]:
    """Of what a tile's unit gives: height, width, channels."""
    left, top, right, bottom = tile_of(request, unit).kept
    return (bottom - top) * request.grid.scale, (right - left) * request.grid.scale, request.channels


def read_answer(folder: Path, request: Enhancement, unit: int) -> Answer:
    """Raises OSError; ValueError when the file is cut short."""
    return np.fromfile(folder / str(unit), "<u2").reshape(answer_shape(request, unit))


def lay(folder: Path, request: Enhancement, step: int) -> None:
    """The unit that stands before a pass's tiles, or writes the picture. Done twice it writes the same, and what was
    written is whole. Raises EnhanceError, OSError."""
    rows = _source(folder, request) if step == 0 else resize(_joined(folder, request, step - 1), _begins(request, step))
    if step < len(request.plan.passes):
        _write_rows(folder / f"pass-{step}.f32", rows)
        picture = _pixels(_within(_laid(folder, request, step)))
    else:
        like = open_picture(folder / SOURCE)
        with Writer(folder / request.output, rows.size, like=like, quality=request.quality) as file:
            for band in rows.bands:
                file.write(band)
        picture = _shrunk(folder / request.output)
    part = folder / f".preview-{step}.part"
    Image.fromarray(picture).save(part, "PNG", compress_level=1)
    part.replace(preview_path(folder, step))
    sync_folder(folder)


def preview_path(folder: Path, step: int) -> Path:
    return folder / f"preview-{step}.png"


def drop(folder: Path, request: Enhancement, step: int) -> None:
    """What nobody reads any more when that step was laid: the answers that it was made from, and what they saw."""
    if step == 0:
        return
    with suppress(OSError):
        (folder / f"pass-{step - 1}.f32").unlink(missing_ok=True)
        phase = next(phase for phase in phases(request) if phase.step == step - 1 and not phase.lays)
        for unit in range(phase.start, phase.stop):
            (folder / str(unit)).unlink(missing_ok=True)


def paste(picture: Rgb, request: Enhancement, unit: int, answer: Answer) -> None:
    """A finished tile into a preview of the whole, in place."""
    tile, (height, width) = tile_of(request, unit), picture.shape[:2]
    left, right = _edge(tile.across.start, tile.size.width, width), _edge(tile.across.stop, tile.size.width, width)
    top, bottom = _edge(tile.down.start, tile.size.height, height), _edge(tile.down.stop, tile.size.height, height)
    if left == right or top == bottom:
        return
    kept, scale = tile.kept, request.grid.scale
    x = (tile.across.start - tile.across.first - kept[0]) * scale  # where its core begins
    y = (tile.down.start - tile.down.first - kept[1]) * scale
    width_px, height_px = (tile.across.stop - tile.across.start) * scale, (tile.down.stop - tile.down.start) * scale
    core = answer[y : y + height_px, x : x + width_px]
    shown = Image.fromarray(_pixels(np.divide(core, 65535.0, dtype=np.float32)))
    picture[top:bottom, left:right] = np.asarray(shown.resize((right - left, bottom - top), Image.Resampling.BOX))


def _edge(position: int, length: int, shown: int) -> int:
    return round(position * shown / length)


def _begins(request: Enhancement, step: int) -> Size:
    plan = request.plan
    return plan.passes[step] if step < len(plan.passes) else plan.size


def _source(folder: Path, request: Enhancement) -> Rows:
    plan = request.plan
    rows = open_picture(folder / SOURCE).rows(plan.left, plan.top, plan.part)
    return resize(rows, plan.passes[0])


def _joined(folder: Path, request: Enhancement, step: int) -> Rows:
    phase = next(phase for phase in phases(request) if phase.step == step and not phase.lays)

    def answers() -> Iterator[Answer]:
        for unit in range(phase.start, phase.stop):
            try:
                yield read_answer(folder, request, unit)
            except (OSError, ValueError) as error:
                raise EnhanceError(
                    "enhance.failed", "a finished tile cannot be read", value=f"{unit}: {error}"
                ) from None

    return join(request.plan.passes[step], request.channels, request.grid, answers())


def _laid(folder: Path, request: Enhancement, step: int) -> Pixels:
    size = request.plan.passes[step]
    shape = (size.height, size.width, request.channels)
    return np.memmap(folder / f"pass-{step}.f32", "<f4", "r", shape=shape)


def _write_rows(path: Path, rows: Rows) -> None:
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
