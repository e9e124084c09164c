"""A file in, a larger one out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from lightbrush.enhance import tiles
from lightbrush.enhance.files import Writer, kind_of, open_picture
from lightbrush.enhance.rows import Rows, has_alpha, resize
from lightbrush.enhance.target import cut, parse, starts
from lightbrush.enhance.tiles import Upscaler
from lightbrush.shots import Size


class Enhanced(Struct, frozen=True, kw_only=True):
    """What was made. passes: the size at which each pass of the network began."""

    source: Size
    size: Size
    passes: tuple[Size, ...]
    tiles: int
    bits: int


def enhance(
    source: Path,
    target: str,
    output: Path,
    upscaler: Upscaler,
    *,
    quality: int = 92,
    say: Callable[[str], None] = lambda text: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Enhanced:
    """Read, enlarge, resize to the exact size, write: rows go through all of it, and nobody holds the picture.

    say: what the answer will not have that was asked for. progress: tiles done, and of how many. Raises EnhanceError.
    """
    # 1. What to make, checked before any work.
    picture = open_picture(source)
    size = parse(target, picture.size)
    kind = kind_of(output, size)
    left, top, part = cut(picture.size, size)
    passes = starts(part, size, upscaler.scale)
    if abs(part.width * picture.size.height / (part.height * picture.size.width) - 1) > 0.01:
        say(f"{size.width}x{size.height} is of another shape: the picture's middle {part.width}x{part.height} is used")
    if kind == "jpeg" and has_alpha(picture.channels):
        say("JPEG holds no transparency: the picture lies on white")
    if kind in ("jpeg", "webp") and picture.bits == 16:
        say(f"{kind} holds 8 bits a channel, the picture has 16; PNG and TIFF hold them")

    if kind == "tiff" and picture.has_exif:
        say("a TIFF is written with its profile and XMP, not with EXIF; PNG, JPEG and WebP keep that too")

    # 2. Its rows, through every pass.
    done, total = 0, sum(tiles.count(begin, upscaler) for begin in passes)

    def finished() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    progress(0, total)
    rows: Rows = picture.rows(left, top, part)
    for begin in passes:
        rows = tiles.enlarge(resize(rows, begin), upscaler, finished)

    # 3. Out.
    with Writer(output, size, like=picture, quality=quality) as file:
        for band in resize(rows, size).bands:
            file.write(band)
    return Enhanced(source=picture.size, size=size, passes=passes, tiles=total, bits=file.bits)
