"""Picture files <-> arrays. What a stranger sends is measured by its header before a pixel is decoded."""

from __future__ import annotations

import io
import zlib
from typing import Final

import numpy as np
import pyspng
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lightbrush.errors import PixelsError
from lightbrush.shots import Encoding, Rgb

#: 4096 x 4096: a decoded picture takes at most 48 MiB.
MAX_PIXELS: Final = 4096 * 4096
FORMATS: Final = ("PNG", "JPEG", "WEBP")
#: What people bring as a reference; of what moves, the first frame counts.
REFERENCE_FORMATS: Final = (*FORMATS, "GIF")
MASK_FORMATS: Final = ("PNG", "WEBP")

#: Chunks of a PNG as a canvas writes it: none of them turns the picture, or says anything but its pixels.
_CANVAS_CHUNKS: Final = frozenset({b"IHDR", b"sRGB", b"pHYs", b"IDAT", b"IEND"})
#: Of its header, after the size: eight bits a sample, red, green, blue and alpha, not interlaced.
_CANVAS_HEADER: Final = bytes((8, 6, 0, 0, 0))

_PAPER: Final = (255, 255, 255)
_MID_GREY: Final = (128, 128, 128)


def media_type(start: bytes) -> str:
    """Of a file that begins like that: of one of FORMATS, else of bytes."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if start[:4] == b"RIFF" and start[8:12] == b"WEBP" else "application/octet-stream"


def measure(data: bytes, *, max_pixels: int = MAX_PIXELS, formats: tuple[str, ...] = FORMATS) -> tuple[int, int]:
    """-> (width, height) as the header declares them, decoding nothing. Raises PixelsError."""
    image = _open(data, formats)
    _check_size(image.width, image.height, max_pixels)
    return image.width, image.height


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Rgb:
    """PNG, JPEG or WebP bytes -> [height, width, 3] uint8 sRGB; transparency lies on white paper.

    Raises PixelsError: `pixels.format` for other or damaged files, `pixels.too_large` for more than
    `max_pixels`.
    """
    image = _open(data)
    _check_size(image.width, image.height, max_pixels)
    try:
        if image.format == "JPEG" and image.mode == "RGB" and not image.getexif():
            return np.asarray(simplejpeg.decode_jpeg(data, "RGB", strict=True), dtype=np.uint8)
        return np.asarray(_flatten(ImageOps.exif_transpose(image), _PAPER), dtype=np.uint8)
    except Exception as error:  # a damaged file makes a decoder raise nearly anything
        raise PixelsError("pixels.format", "the picture is damaged", value=str(error)) from None


def decode_to(data: bytes, width: int, height: int, *, max_pixels: int = MAX_PIXELS) -> Rgb:
    """As `decode` -> [height, width, 3]: scaled to cover that size, and cut evenly where its shape is another."""
    whole = decode(data, max_pixels=max_pixels)
    if whole.shape[:2] == (height, width):
        return whole
    fitted = ImageOps.fit(Image.fromarray(whole), (width, height), Image.Resampling.BICUBIC)
    return np.asarray(fitted, dtype=np.uint8)


def decode_within(data: bytes, width: int, height: int, *, max_pixels: int = MAX_PIXELS) -> Rgb:
    """As `decode` -> [height, width, 3]: scaled to lie whole within that size, in its middle, on white paper."""
    whole = decode(data, max_pixels=max_pixels)
    if whole.shape[:2] == (height, width):
        return whole
    padded = ImageOps.pad(Image.fromarray(whole), (width, height), Image.Resampling.BICUBIC, color=_PAPER)
    return np.asarray(padded, dtype=np.uint8)


def decode_reference(data: bytes, max_side: int, *, max_pixels: int = MAX_PIXELS) -> Rgb:
    """A picture as people bring it -> [height, width, 3] uint8 sRGB, neither side longer than `max_side`.

    JPEG, PNG, WebP or GIF (of what moves, the first frame); turned as its EXIF says; CMYK, palettes, grey and 16 bits
    are converted; transparency lies on mid-grey, which pulls toward nothing. Raises PixelsError as `decode` does.
    """
    image = _open(data, REFERENCE_FORMATS)
    _check_size(image.width, image.height, max_pixels)
    try:
        image.draft(None, (max_side, max_side))  # a JPEG is decoded no larger than it has to be
        image = _flatten(ImageOps.exif_transpose(image), _MID_GREY)
        image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
        return np.asarray(image, dtype=np.uint8)
    except Exception as error:  # a damaged file makes a decoder raise nearly anything
        raise PixelsError("pixels.format", "the picture is damaged", value=str(error)) from None


def decode_mask(data: bytes, width: int, height: int, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """PNG or WebP bytes of any size -> [height, width] uint8: 0 keeps the base, 255 renders anew.

    The mask is the file's alpha, or its brightness where it has none. Raises PixelsError as `decode` does.
    """
    image = _open(data, MASK_FORMATS)
    _check_size(image.width, image.height, max_pixels)
    try:
        image = _eight_bits(image)
        image = image.convert("RGBA").getchannel("A") if image.has_transparency_data else image.convert("L")
        return np.asarray(image.resize((width, height), Image.Resampling.BOX), dtype=np.uint8)
    except Exception as error:  # a damaged file makes a decoder raise nearly anything
        raise PixelsError("pixels.format", "the mask is damaged", value=str(error)) from None


def decode_rgba(data: bytes, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """As `decode`, but keeps transparency: -> [height, width, 4] uint8, not premultiplied."""
    image = _open(data)
    _check_size(image.width, image.height, max_pixels)
    if image.format == "JPEG":
        rgb = decode(data, max_pixels=max_pixels)
        return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    try:
        if image.format == "PNG" and _is_from_canvas(data):  # a stroke sends one: read in a seventh of the time
            return np.asarray(pyspng.load(data), dtype=np.uint8)
        ImageOps.exif_transpose(image, in_place=True)
        image = _eight_bits(image)
        return np.asarray(image if image.mode == "RGBA" else image.convert("RGBA"), dtype=np.uint8)
    except Exception as error:  # a damaged file makes a decoder raise nearly anything
        raise PixelsError("pixels.format", "the picture is damaged", value=str(error)) from None


def encode(pixels: Rgb, encoding: Encoding, quality: int = 90) -> bytes:
    """[height, width, 3] uint8 sRGB -> PNG, or JPEG of quality 1 to 100; from 90 on its colours are not subsampled."""
    if encoding == "image/jpeg":
        contiguous = np.ascontiguousarray(pixels, dtype=np.uint8)
        sampling = "444" if quality >= 90 else "420"
        return bytes(simplejpeg.encode_jpeg(contiguous, quality=quality, colorspace="RGB", colorsubsampling=sampling))
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=3)
    return out.getvalue()


def _open(data: bytes, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PixelsError(
            "pixels.too_large",
            "the picture declares too many pixels",
            value=str(error),
            fix="Send a smaller one",
        ) from None
    except Exception as error:  # a damaged header makes a decoder raise nearly anything
        raise PixelsError(
            "pixels.format",
            "not a picture that can be read",
            value=f"{len(data)} bytes: {type(error).__name__}",
            fix=f"Send {', '.join(formats)}",
        ) from None


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise PixelsError(
            "pixels.too_large",
            f"at most {max_pixels} pixels are accepted",
            value=f"{width}x{height}",
            fix="Send a smaller picture",
        )


def _is_from_canvas(png: bytes) -> bool:
    """Whether a PNG is whole, and such as the page sends."""
    if png[24:29] != _CANVAS_HEADER:
        return False
    start, kind = 8, b""
    while start < len(png):
        kind, end = png[start + 4 : start + 8], start + 8 + int.from_bytes(png[start : start + 4])
        check = int.from_bytes(png[end : end + 4])
        if kind not in _CANVAS_CHUNKS or zlib.crc32(png[start + 4 : end]) != check:
            return False
        start = end + 4
    return kind == b"IEND"


def _flatten(image: Image.Image, ground: tuple[int, int, int]) -> Image.Image:
    """-> mode RGB, transparency lying on that colour."""
    image = _eight_bits(image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, (*ground, 255)), rgba)
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Of 16 bits a sample keep the upper eight; Pillow would clip."""
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)) if image.mode.startswith("I") else image
