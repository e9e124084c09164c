"""Picture files of any size, a few rows at a time, with what they say about themselves: profile, EXIF, XMP, resolution.

libvips (extra `enhance`) reads and writes all but EXR (`exr`); it streams, keeps 16 bits, and holds a WebP alone in
whole. A file is written beside its path and moved there when whole.
"""

from __future__ import annotations

import os
import secrets
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from msgspec import Struct
from PIL import ExifTags, Image

from lightbrush.durable import Writing, put_in_place
from lightbrush.enhance import tiff_exif
from lightbrush.enhance.exr import ExrSource, ExrWriter, display, is_exr, open_exr, unwritable
from lightbrush.enhance.rows import Pixels, Rows, has_alpha
from lightbrush.errors import EnhanceError, SettingsError
from lightbrush.shots import Size

#: 16384 x 16384.
MAX_PIXELS: Final = 2**28
#: Rows that are read, or written, at a time.
BAND_PX: Final = 64

_LOADERS: Final = ("pngload", "jpegload", "webpload", "tiffload")
Kind = Literal["png", "jpeg", "webp", "tiff", "exr"]
KINDS: Final[dict[str, Kind]] = {
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".webp": "webp",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".exr": "exr",
}
_MAX_SIDE_PX: Final[dict[Kind, int]] = {
    "png": 2**31 - 1,
    "jpeg": 65535,
    "webp": 16383,
    "tiff": 2**31 - 1,
    "exr": 2**31 - 1,
}
_KEEPS_16_BITS: Final = ("png", "tiff")
_KEPT: Final = ("icc-profile-data", "exif-data", "xmp-data", "iptc-data")
_PNG_TEXT: Final = "png-comment-"
_BIG_TIFF_BYTES: Final = 2**31
_PNG_COLOURS: Final = {1: 0, 2: 4, 3: 2, 4: 6}


class Picture(Struct, frozen=True):
    """A file that is open and not yet decoded.

    size: as it is shown, turned as its EXIF says. channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. bits: 8 or 16; of
    an EXR 16 or 32. exr: of linear light.
    """

    path: Path
    size: Size
    channels: int
    bits: int
    _image: Any
    exr: ExrSource | None = None

    @property
    def has_exif(self) -> bool:
        return self.exr is None and bool(self._image.get_typeof("exif-data"))

    @property
    def has_profile(self) -> bool:
        return self.exr is None and bool(self._image.get_typeof("icc-profile-data"))

    def rows(self, left: int, top: int, size: Size) -> Rows:
        """That part of it, once: a file is read from its top down and not kept."""
        bands = self._bands(left, top, size) if self.exr is None else self.exr.bands(left, top, size)
        return Rows(size, self.channels, bands)

    def _bands(self, left: int, top: int, size: Size) -> Iterator[Pixels]:
        vips = _vips()
        dtype, most = (np.uint8, 255.0) if self.bits == 8 else (np.uint16, 65535.0)
        try:
            region = vips.Region.new(self._image)
            for start in range(0, size.height, BAND_PX):
                height = min(BAND_PX, size.height - start)
                data = region.fetch(left, top + start, size.width, height)
                samples = np.frombuffer(data, dtype).reshape(height, size.width, self.channels)
                yield np.divide(samples, most, dtype=np.float32)
        except vips.Error as error:
            raise _unreadable(self.path, "the picture is damaged", error) from None


def open_picture(path: Path, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """PNG, JPEG, WebP, TIFF or EXR; of several pictures in a file the first. CMYK and the like become sRGB.

    Raises EnhanceError: enhance.input, enhance.too_large; SettingsError: extra.missing.
    """
    vips = _vips()
    try:
        linear = is_exr(path)
    except OSError as error:
        raise EnhanceError("enhance.input", f"the file cannot be read: {error.strerror}", value=str(path)) from None
    if linear:
        source = open_exr(path, max_pixels)
        return Picture(path, source.size, len(source.planes), source.bits, None, source)
    try:
        image = _opened(path, "sequential")
        loader = image.get("vips-loader")
        if not str(loader).startswith(_LOADERS):
            raise EnhanceError("enhance.input", "pictures are PNG, JPEG, WebP, TIFF or EXR", value=f"{path}: {loader}")
        if image.width * image.height > max_pixels:
            seen = f"{image.width}x{image.height}"
            raise EnhanceError("enhance.too_large", f"at most {max_pixels} pixels are read", value=seen)
        if image.get_typeof("orientation") and image.get("orientation") != 1:
            image = _opened(path, "random").autorot()
        image = _plain(image)
        if str(loader).startswith("tiffload"):
            image = _with_tiff_tags(image, path)
    except vips.Error as error:
        raise _unreadable(path, "not a picture that can be read", error) from None
    bits = {"uchar": 8, "ushort": 16}.get(image.format)
    if bits is None or image.bands > 4:
        seen = f"{path}: {image.bands} channels of {image.format}"
        raise EnhanceError("enhance.input", "pictures have 1 to 4 channels of 8 or 16 bits", value=seen)
    return Picture(path, Size(image.width, image.height), image.bands, bits, image)


def writer(path: Path, size: Size, *, like: Picture, quality: int = 92) -> Writer | ExrWriter:
    """By the path's kind of file. Raises as Writer."""
    if kind_of(path, size) == "exr":
        return ExrWriter(path, size, like.channels, like.exr)
    return Writer(path, size, like=like, quality=quality)


class Writer(Writing):
    """A picture's file, written from the top down.

        with Writer(path, size, like=picture) as file:
            for band in rows.bands:
                file.write(band)

    Channels, bits, profile and metadata are those of `like`, as far as the kind of file can hold them: JPEG has no
    alpha (it lies on white), JPEG and WebP have 8 bits. quality: 1 to 100, of JPEG and WebP. When the block is left by
    an error, what stood at the path still stands there and nothing else is left behind. Raises EnhanceError:
    enhance.format (at once), enhance.disk, enhance.write.
    """

    def __init__(self, path: Path, size: Size, *, like: Picture, quality: int = 92) -> None:
        self.path, self.size, self._like, self._quality = path, size, like, quality
        self.kind = kind_of(path, size)
        self.bits = min(like.bits, 16) if self.kind in _KEEPS_16_BITS else 8
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._failed: Exception | None = None
        self._zlib = zlib.compressobj(0)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(path, error) from None
        # libvips reads from a pipe on a thread of its own what comes here as a PNG whose rows are stored, not packed.
        reading, self._pipe = os.pipe()
        self._thread = threading.Thread(target=self._save, args=(reading,), name=f"writes {path.name}", daemon=True)
        self._thread.start()
        depth = struct.pack(">IIBBBBB", size.width, size.height, self.bits, _PNG_COLOURS[like.channels], 0, 0, 0)
        try:
            self._send(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", depth))
        except BaseException:
            self.discard()
            raise

    def write(self, pixels: Pixels) -> None:
        """The next rows, [any height, width, channels] from 0 to 1."""
        most, dtype = (255.0, np.uint8) if self.bits == 8 else (65535.0, np.dtype(">u2"))
        for start in range(0, len(pixels), BAND_PX):
            band = pixels[start : start + BAND_PX]
            if self._like.exr is not None:
                band = display(band)
            samples = np.rint(band * np.float32(most)).astype(dtype)
            data = samples.reshape(len(samples), -1).view(np.uint8)
            lines = np.zeros((len(data), 1 + data.shape[1]), np.uint8)  # before each row: no filter
            lines[:, 1:] = data
            self._send(_chunk(b"IDAT", self._zlib.compress(lines.tobytes())))

    def close(self) -> None:
        """Finish the file and put it in its place."""
        try:
            self._send(_chunk(b"IDAT", self._zlib.flush()) + _chunk(b"IEND", b""))
            self._end()
            if self._failed is not None:
                raise self._error(self._failed)
            try:
                if self.kind == "tiff" and self._like.has_exif:
                    tiff_exif.add(self._part, bytes(self._like._image.get("exif-data")), self.size)
                put_in_place(self._part, self.path)
            except OSError as error:
                raise unwritable(self.path, error) from None
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing behind."""
        self._end()
        self._part.unlink(missing_ok=True)

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view and self._failed is None:
            view = view[os.write(self._pipe, view) :]
        if self._failed is not None:
            raise self._error(self._failed)

    def _end(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        self._thread.join()

    def _save(self, reading: int) -> None:
        """The thread: until the pipe is closed, or, once something has failed, only so that nobody waits for it."""
        try:
            self._encode(reading)
        except Exception as error:  # raised again by whoever writes
            self._failed = error
        finally:
            while os.read(reading, 2**20):
                pass
            os.close(reading)

    def _encode(self, reading: int) -> None:
        vips = _vips()
        image = vips.Image.pngload_source(
            vips.Source.new_from_descriptor(reading), access="sequential", fail_on="error", unlimited=True
        )
        like = self._like._image
        if like is not None:
            image = image.copy(xres=like.xres, yres=like.yres)
        for field in () if like is None else like.get_fields():
            if field in _KEPT or field.startswith(_PNG_TEXT):
                image.set_type(like.get_typeof(field), field, like.get(field))
        image.set_type(vips.GValue.gint_type, "orientation", 1)  # what is written stands
        part = str(self._part)
        match self.kind:
            case "png":
                image.pngsave(part, compression=4)
            case "jpeg":
                if has_alpha(self._like.channels):
                    image = image.flatten(background=[255.0])
                sampling = "off" if self._quality >= 90 else "on"
                # Not with optimize_coding: it holds all of the picture.
                image.jpegsave(part, Q=self._quality, subsample_mode=sampling)
            case "webp":
                image.webpsave(part, Q=self._quality, smart_subsample=True)
            case "tiff":
                raw_bytes = self.size.width * self.size.height * self._like.channels * (self.bits // 8)
                big = raw_bytes > _BIG_TIFF_BYTES
                image.tiffsave(part, compression="deflate", predictor="horizontal", bigtiff=big)

    def _error(self, error: Exception) -> EnhanceError:
        return unwritable(self.path, error)


def kind_of(path: Path, size: Size) -> Kind:
    """What a file of that name is. Raises EnhanceError: enhance.format."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise EnhanceError(
            "enhance.format",
            "a file of that kind is not written",
            value=path.name,
            fix=f"Use {', '.join(KINDS)}, or .mp4 for a video",
        )
    most = _MAX_SIDE_PX[kind]
    if max(size.width, size.height) > most:
        seen = f"{size.width}x{size.height}"
        raise EnhanceError(
            "enhance.format", f"a side of a {kind} has at most {most} pixels", value=seen, fix="Use .png"
        )
    return kind


def _opened(path: Path, access: str) -> Any:
    vips = _vips()
    return vips.Image.new_from_source(vips.Source.new_from_file(str(path)), "", access=access, fail_on="error")


def _plain(image: Any) -> Any:
    """Grey or RGB, as its numbers are; of other kinds of colour, sRGB."""
    if image.interpretation in ("b-w", "grey16", "srgb", "rgb", "rgb16"):
        return image
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", depth=16 if image.format == "ushort" else 8)
    else:
        image = image.colourspace("rgb16" if image.format == "ushort" else "srgb")
    image = image.copy()
    if image.get_typeof("icc-profile-data"):
        image.remove("icc-profile-data")
    return image


def _with_tiff_tags(image: Any, path: Path) -> Any:
    """libvips leaves a TIFF's EXIF where it is; Pillow reads it."""
    with suppress(Exception):  # what cannot be read is not kept
        with Image.open(path, formats=["TIFF"]) as opened:
            tags = opened.getexif()
            kept = Image.Exif()
            kept.update({tag: value for tag, value in tags.items() if tag in tiff_exif.WORDS})
            for folder in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
                if inside := tags.get_ifd(folder):
                    kept[folder] = dict(inside)
        if kept:
            image = image.copy()
            image.set_type(_vips().GValue.blob_type, "exif-data", kept.tobytes())
    return image


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _unreadable(path: Path, what: str, error: Exception) -> EnhanceError:
    return EnhanceError("enhance.input", what, value=f"{path}: {_last_line(error)}")


def _last_line(error: Exception) -> str:
    return str(error).strip().rpartition("\n")[2]


def _vips() -> Any:
    try:
        import pyvips
    except (ImportError, OSError) as error:  # OSError: the binding is there, the library is not
        raise SettingsError(
            "extra.missing",
            "enhancing needs the extra 'enhance'",
            value=str(error),
            fix="pip install 'lightbrush[enhance]'",
        ) from None
    with suppress(AttributeError):
        pyvips.cache_set_max(0)  # nothing is asked for twice
    return pyvips
