"""OpenEXR: linear light without an upper bound, to and from what networks know, which is 0 to 1.

    seen = 3/4 sRGB(light)                        up to 1, white
    seen = 3/4 + a ln(1 + b (light - 1))          above, to 65504, the most that half precision holds

The curve has no kink at white and does not depend on the picture, so pictures of a sequence fit each other. From 0.002
up each of its 65,535 steps changes light by 1/1000 or less, as each of half precision does. Alpha is straight here and
associated in the file. libvips, as its wheels come, knows no EXR, so the OpenEXR project's own library does it; that
holds a picture in whole.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from lightbrush.durable import Writing, put_in_place
from lightbrush.enhance.rows import Pixels, has_alpha
from lightbrush.errors import EnhanceError, SettingsError
from lightbrush.shots import Size

MAGIC: Final = b"\x76\x2f\x31\x01"
#: Light that is brighter is taken for that.
MOST: Final = 65504.0
WHITE: Final = 0.75
#: For which the curve's slope at white is sRGB's, and MOST is 1.
_B: Final = 18.470443993303615
_A: Final = WHITE * 1.055 / 2.4 / _B
#: Rows that are read, or written, at a time.
_BAND_PX: Final = 64
_LEAST_ALPHA: Final = 1e-6
#: What a file says of itself, and the larger one says too.
_KEPT: Final = (
    "chromaticities",
    "whiteLuminance",
    "pixelAspectRatio",
    "owner",
    "comments",
    "capDate",
    "utcOffset",
    "longitude",
    "latitude",
    "altitude",
    "focus",
    "expTime",
    "aperture",
    "isoSpeed",
)


class ExrSource(Struct, frozen=True):
    """A file that is read. planes: its channels in the order of a picture's, [height, width] each. bits: 16 or 32.
    kept: attributes, by name."""

    size: Size
    planes: tuple[NDArray[Any], ...]
    bits: int
    kept: dict[str, Any]

    def bands(self, left: int, top: int, size: Size) -> Iterator[Pixels]:
        """That part of it, as networks see it."""
        for start in range(top, top + size.height, _BAND_PX):
            stop = min(start + _BAND_PX, top + size.height)
            rows = [plane[start:stop, left : left + size.width].astype(np.float32) for plane in self.planes]
            yield _seen_band(np.stack(rows, axis=-1))


def is_exr(path: Path) -> bool:
    """Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def open_exr(path: Path, max_pixels: int) -> ExrSource:
    """The first part of a file; of its channels R, G and B, or Y, and A. Raises EnhanceError: enhance.input,
    enhance.too_large; SettingsError: extra.missing."""
    openexr = _openexr()
    try:
        header = openexr.File(str(path), header_only=True).header()
        (left, top), (right, bottom) = (corner.tolist() for corner in header["dataWindow"])
        size = Size(right - left + 1, bottom - top + 1)
        if size.width * size.height > max_pixels:
            seen = f"{size.width}x{size.height}"
            raise EnhanceError("enhance.too_large", f"at most {max_pixels} pixels are read", value=seen)
        channels = openexr.File(str(path), separate_channels=True).channels()
    except EnhanceError:
        raise
    except Exception as error:  # a damaged file: the library raises nearly anything
        raise EnhanceError("enhance.input", "not an EXR that can be read", value=f"{path}: {error}") from None
    names = next((names for names in (("R", "G", "B"), ("Y",)) if set(names) <= set(channels)), ())
    planes = tuple(channels[name].pixels for name in (*names, "A") if name in channels)
    if not names or any(plane.shape != (size.height, size.width) or plane.dtype.kind not in "fu" for plane in planes):
        seen = f"{path}: {', '.join(channels)}"
        raise EnhanceError("enhance.input", "an EXR has channels R, G and B, or Y, each of all pixels", value=seen)
    bits = 16 if all(plane.dtype == np.float16 for plane in planes) else 32
    return ExrSource(size, planes, bits, {name: header[name] for name in _KEPT if name in header})


class ExrWriter(Writing):
    """As `files.Writer`: rows from the top down, held until all are there. source: whose bits and attributes it has;
    None: of a picture in sRGB, which becomes light up to 1, in half precision. Raises EnhanceError: enhance.disk,
    enhance.write."""

    def __init__(self, path: Path, size: Size, channels: int, source: ExrSource | None) -> None:
        self._openexr = _openexr()
        self.path, self.bits = path, 16 if source is None else source.bits
        self._source = source
        self._held = np.empty((size.height, size.width, channels), np.float16 if self.bits == 16 else np.float32)
        self._filled = 0
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")

    def write(self, pixels: Pixels) -> None:
        """The next rows, [any height, width, channels] from 0 to 1."""
        for start in range(0, len(pixels), _BAND_PX):
            rows = self._light(pixels[start : start + _BAND_PX])
            self._held[self._filled : self._filled + len(rows)] = rows
            self._filled += len(rows)

    def _light(self, pixels: Pixels) -> Pixels:
        colours, alpha = _parts(pixels)
        made = _linear(colours) if self._source is None else light(colours)
        return made if alpha is None else np.concatenate([made * alpha, alpha], axis=-1)

    def close(self) -> None:
        """Write the file and put it in its place."""
        openexr, held = self._openexr, self._held
        header = {"type": openexr.scanlineimage, "compression": openexr.ZIP_COMPRESSION}
        header |= {} if self._source is None else self._source.kept
        grey = {name: np.ascontiguousarray(held[..., index]) for index, name in enumerate("YA"[: held.shape[-1]])}
        planes = grey if held.shape[-1] <= 2 else {"RGBA"[: held.shape[-1]]: held}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            openexr.File(header, planes).write(str(self._part))
            put_in_place(self._part, self.path)
        except Exception as error:
            raise unwritable(self.path, error) from None
        finally:
            self._part.unlink(missing_ok=True)

    def discard(self) -> None:
        """Nothing is written before it is closed."""


def seen(light: Pixels) -> Pixels:
    """Light -> 0 to 1. Below 0, and what is no number, is 0."""
    light = np.clip(np.nan_to_num(light, nan=0.0, posinf=MOST, neginf=0.0), 0.0, MOST)
    above = np.float32(WHITE) + np.float32(_A) * np.log1p(np.float32(_B) * np.maximum(light - 1.0, 0.0))
    return np.where(light > 1.0, np.minimum(above, 1.0), np.float32(WHITE) * _srgb(np.minimum(light, 1.0)))


def light(seen: Pixels) -> Pixels:
    """What `seen` was made of."""
    above = 1.0 + np.expm1((np.maximum(seen, WHITE) - np.float32(WHITE)) / np.float32(_A)) / np.float32(_B)
    below = _linear(np.minimum(seen / np.float32(WHITE), 1.0))
    return np.where(seen > WHITE, np.minimum(above, MOST), below).astype(np.float32)


def display(pixels: Pixels) -> Pixels:
    """A picture as `ExrSource.bands` gives it -> in sRGB; light above 1 is white."""
    colours, alpha = _parts(pixels)
    made = _srgb(np.minimum(light(colours), 1.0))
    return made if alpha is None else np.concatenate([made, alpha], axis=-1)


def _seen_band(rows: Pixels) -> Pixels:
    colours, alpha = _parts(rows)
    if alpha is None:
        return seen(colours)
    alpha = np.clip(np.nan_to_num(alpha), 0.0, 1.0)
    straight = np.where(alpha > _LEAST_ALPHA, colours / np.maximum(alpha, _LEAST_ALPHA), colours)
    return np.concatenate([seen(straight), alpha], axis=-1)


def _parts(pixels: Pixels) -> tuple[Pixels, Pixels | None]:
    return (pixels[..., :-1], pixels[..., -1:]) if has_alpha(pixels.shape[-1]) else (pixels, None)


def _srgb(light: Pixels) -> Pixels:
    """IEC 61966-2-1."""
    curved = np.float32(1.055) * np.power(light, np.float32(1 / 2.4)) - np.float32(0.055)
    return np.where(light <= 0.0031308, np.float32(12.92) * light, curved).astype(np.float32)


def _linear(srgb: Pixels) -> Pixels:
    curved = np.power((srgb + np.float32(0.055)) / np.float32(1.055), np.float32(2.4))
    return np.where(srgb <= 0.04045, srgb / np.float32(12.92), curved).astype(np.float32)


def unwritable(path: Path, error: Exception) -> EnhanceError:
    reason = str(error)
    if any(said in reason for said in ("No space left", "Disk quota", "File too large")):
        return EnhanceError("enhance.disk", "the disk is full", value=str(path), fix="Free some, or write elsewhere")
    return EnhanceError("enhance.write", "the picture cannot be written", value=f"{path}: {reason.strip()}")


def _openexr() -> Any:
    try:
        import OpenEXR
    except ImportError as error:
        raise SettingsError(
            "extra.missing",
            "EXR needs the extra 'enhance'",
            value=str(error),
            fix="pip install 'lightbrush[enhance]'",
        ) from None
    return OpenEXR
