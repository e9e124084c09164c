"""A file in, a larger one out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from lightbrush.enhance import creative, tiles
from lightbrush.enhance.creative import Painter
from lightbrush.enhance.files import kind_of, open_picture, writer
from lightbrush.enhance.rows import Rows, has_alpha, resize
from lightbrush.enhance.target import cut, parse, starts
from lightbrush.enhance.tiles import Cut, Upscaler
from lightbrush.shots import Size


class Enhanced(Struct, frozen=True, kw_only=True):
    """What was made. passes: the size at which each pass of the network began. painted: the sizes at which an engine
    painted anew. tiles, frames: how many, in all."""

    source: Size
    size: Size
    passes: tuple[Size, ...]
    tiles: int
    bits: int
    frames: int = 1
    painted: tuple[Size, ...] = ()


class Plan(Struct, frozen=True, kw_only=True):
    """How `size` is reached from the part of a source at left, top: passes that begin at these sizes, and all tiles."""

    size: Size
    left: int
    top: int
    part: Size
    passes: tuple[Size, ...]
    tiles: int

    @property
    def ends(self) -> tuple[Size, ...]:
        """The size that each pass leads to."""
        return (*self.passes[1:], self.size)


def enhance(
    source: Path,
    target: str,
    output: Path,
    upscaler: Upscaler,
    *,
    painter: Painter | None = None,
    quality: int = 92,
    say: Callable[[str], None] = lambda text: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Enhanced:
    """Read, enlarge, resize to the exact size, write: rows go through all of it, and nobody holds the picture.

    painter: paints anew what is enlarged, at each size on the way; without one nothing is made up.
    say: what the answer will not have that was asked for. progress: tiles done, and of how many. Raises EnhanceError.
    """
    # 1. What to make, checked before any work.
    picture = open_picture(source)
    size = parse(target, picture.size)
    kind = kind_of(output, size)
    plan = planned(picture.size, size, upscaler, say)
    painted = () if painter is None or painter.wishes.creativity == 0.0 else plan.ends
    total = plan.tiles + sum(creative.count(end, painter) for end in painted if painter)
    if kind == "jpeg" and has_alpha(picture.channels):
        say("JPEG holds no transparency: the picture lies on white")
    if kind in ("jpeg", "webp") and picture.bits > 8:
        say(f"{kind} holds 8 bits a channel, the picture has {picture.bits}; PNG and TIFF hold 16")
    if picture.exr is not None and kind != "exr":
        say("light above 1 becomes white, and colours sRGB; an EXR keeps them")
    if kind == "exr" and (picture.has_profile or picture.has_exif):
        say("an EXR is written without a colour profile, EXIF and XMP; the picture is taken for sRGB")

    # 2. Its rows, through every pass.
    done = 0

    def finished() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    progress(0, total)
    rows = enlarged(picture.rows(plan.left, plan.top, plan.part), plan, upscaler, finished, painter)

    # 3. Out.
    with writer(output, size, like=picture, quality=quality) as file:
        for band in rows.bands:
            file.write(band)
    return Enhanced(source=picture.size, size=size, passes=plan.passes, tiles=total, bits=file.bits, painted=painted)


def planned(source: Size, size: Size, cut_as: Cut, say: Callable[[str], None] = lambda text: None) -> Plan:
    """Says so where the shapes differ and some of the source is left out."""
    left, top, part = cut(source, size)
    if abs(part.width * source.height / (part.height * source.width) - 1) > 0.01:
        say(f"{size.width}x{size.height} is of another shape: the picture's middle {part.width}x{part.height} is used")
    passes = starts(part, size, cut_as.scale)
    total = sum(tiles.count(begin, cut_as) for begin in passes)
    return Plan(size=size, left=left, top=top, part=part, passes=passes, tiles=total)


def enlarged(
    rows: Rows, plan: Plan, upscaler: Upscaler, finished: Callable[[], None], painter: Painter | None = None
) -> Rows:
    """Rows of the plan's part -> of its size; `finished` is called after each tile."""
    for end in plan.ends:
        rows = resize(tiles.enlarge(rows, upscaler, finished), end)
        if painter is not None:
            rows = creative.paint(rows, painter, finished)
    return rows
