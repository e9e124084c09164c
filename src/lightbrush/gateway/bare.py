"""Picture files that hold a picture and nothing else: no place, no camera, no note, no second file behind the first.

A room gives its members' pictures to all of them, so what it takes is walked from the first byte to the last. Nothing
is taken out here: a picture is named by the hash of its bytes, and documents, shots and other members hold it to that.
Who brings one makes it bare first, as the page does (`web/src/assets/bare.ts`), and then names it.
"""

from __future__ import annotations

import zlib
from typing import Final

from lightbrush import pixels
from lightbrush.errors import AssetError

FORMATS: Final = ("PNG", "JPEG", "WEBP")

#: Chunk -> its length, or at most so much where it varies. What a PNG needs to be read, and what its colours mean.
_PNG: Final = {b"IHDR": 13, b"PLTE": 768, b"tRNS": 256, b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"sBIT": 4, b"pHYs": 9}
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: Segments of a JPEG: tables, the frame, JFIF without a preview, and Adobe's note on how its colours are coded.
_JPEG_TABLES: Final = frozenset({0xC4, 0xDB, 0xDD})
_JPEG_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_JPEG_NOTES: Final = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12)}
_WEBP: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH"})
#: Of the first byte of VP8X: all but transparency says that there is more than a picture.
_WEBP_ALPHA: Final = 0x10
_INFLATE_BYTES: Final = 1 << 20


def require_bare(data: bytes) -> None:
    """Read every byte, and decode every pixel. Raises AssetError `asset.extra` for what is no part of the picture,
    PixelsError for what is no picture, or a damaged or too large one."""
    width, height = pixels.measure(data, formats=FORMATS)
    match pixels.media_type(data):
        case "image/png":
            _walk_png(data, width, height)
        case "image/jpeg":
            _walk_jpeg(data)
        case _:
            _walk_webp(data)
    pixels.decode(data)


def _walk_png(data: bytes, width: int, height: int) -> None:
    at, packed = 8, bytearray()
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        end = at + 8 + size
        if len(data) < end + 4 or zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4]):
            raise _extra("a PNG's chunk that is cut off or damaged", kind)
        at = end + 4
        if kind == b"IDAT":
            packed += data[end - size : end]
        elif kind == b"IEND":
            if size or at != len(data):
                raise _extra("bytes behind a PNG's end", len(data) - at)
        elif size > _PNG.get(kind, -1):
            raise _extra("a PNG's chunk that is no part of the picture", kind)
    depth, color, _, _, interlace = data[24:29]
    if interlace:
        raise _extra("an interlaced PNG", "interlaced")
    row = 1 + (width * depth * _SAMPLES.get(color, 4) + 7) // 8
    _inflate(bytes(packed), row * height)


def _inflate(packed: bytes, size: int) -> None:
    """Its rows, and nothing behind them; in pieces, so that nothing large is made of something small."""
    unpacker, found = zlib.decompressobj(), 0
    try:
        while packed and not unpacker.eof and found <= size:
            found += len(unpacker.decompress(packed, _INFLATE_BYTES))
            packed = unpacker.unconsumed_tail
    except zlib.error as error:
        raise _extra("a PNG's rows that cannot be unpacked", error) from None
    if found != size or not unpacker.eof or unpacker.unused_data or packed:
        raise _extra("more or less than a PNG's rows", f"{found} bytes of {size}")


def _walk_jpeg(data: bytes) -> None:
    at = 2
    while at < len(data):
        kind = data[at + 1] if data[at] == 0xFF and at + 1 < len(data) else -1
        if kind == 0xD9:
            if at + 2 != len(data):
                raise _extra("bytes behind a JPEG's end", len(data) - at - 2)
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        body = data[at + 4 : end]
        if kind in _JPEG_NOTES:
            name, size = _JPEG_NOTES[kind]
            if not body.startswith(name) or len(body) != size:
                raise _extra("a JPEG's note that is more than its colours", f"{len(body)} bytes")
        elif kind not in _JPEG_TABLES and kind not in _JPEG_FRAMES and kind != 0xDA:
            raise _extra("a JPEG's segment that is no part of the picture", f"FF{kind & 0xFF:02X}")
        at = _end_of_scan(data, end) if kind == 0xDA else end
    raise _extra("a JPEG without an end", f"{len(data)} bytes")


def _end_of_scan(data: bytes, at: int) -> int:
    """The next marker that is neither a stuffed byte nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return len(data)
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        else:
            return at


def _walk_webp(data: bytes) -> None:
    if int.from_bytes(data[4:8], "little") + 8 != len(data):
        raise _extra("bytes behind a WebP's end", len(data))
    at = 12
    while at < len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind not in _WEBP or (kind == b"VP8X" and (size != 10 or data[at + 8] & ~_WEBP_ALPHA)):
            raise _extra("a WebP's chunk that is no part of the picture", kind)
        at += 8 + size + size % 2
    if at != len(data):
        raise _extra("a WebP's chunk that is cut off", len(data))


def _extra(what: str, value: object) -> AssetError:
    seen = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return AssetError(
        "asset.extra",
        f"the file holds {what}",
        value=seen,
        fix="Encode its pixels anew, without metadata, and name what that makes",
    )
