"""Picture files that hold a picture and nothing else: what a room takes, and what it does not."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from lightbrush.errors import LightbrushError
from lightbrush.gateway.bare import require_bare

_NOISE = np.random.default_rng(7).integers(0, 256, (24, 32, 4), dtype=np.uint8)


def encoded(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(_NOISE).convert(mode).save(out, kind, **options)
    return out.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(LightbrushError) as caught:
        require_bare(data)
    return caught.value.code


def outcome(data: bytes) -> str:
    try:
        require_bare(data)
    except LightbrushError as error:
        return error.code
    return ""


def exif() -> Image.Exif:
    """What a phone writes: where it was."""
    found = Image.Exif()
    found[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 32.0, 0.0)}
    return found


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = encoded("PNG")
JPEG = encoded("JPEG")
WEBP = encoded("WEBP")


@pytest.mark.parametrize(
    "data",
    [
        *(encoded("PNG", mode) for mode in ("RGB", "RGBA", "L", "LA", "P", "1")),
        *(encoded("JPEG", mode) for mode in ("RGB", "L", "CMYK")),
        encoded("JPEG", progressive=True, restart_marker_blocks=2),
        *(encoded("WEBP", mode, lossless=lossless) for mode in ("RGB", "RGBA") for lossless in (False, True)),
    ],
)
def test_a_bare_picture_of_any_kind_is_taken(data: bytes) -> None:
    require_bare(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_where_and_when_a_picture_was_taken_is_refused(kind: str) -> None:
    data = encoded(kind, exif=exif())
    assert Image.open(io.BytesIO(data)).getexif()
    assert refusal(data) == "asset.extra"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_colour_profile_is_refused(kind: str) -> None:
    assert refusal(encoded(kind, icc_profile=b"x" * 200)) == "asset.extra"


def test_texts_in_a_picture_are_refused() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    assert refusal(encoded("PNG", pnginfo=notes)) == "asset.extra"
    assert refusal(encoded("JPEG", comment=b"<?php system($_GET['c']); ?>")) == "asset.extra"
    assert refusal(encoded("WEBP", xmp=b"<x:xmpmeta/>")) == "asset.extra"


@pytest.mark.parametrize("data", [PNG, JPEG, WEBP])
def test_a_second_file_behind_the_picture_is_refused(data: bytes) -> None:
    archive = b"PK\x03\x04<html><script>alert(1)</script>"
    assert refusal(data + archive) == "asset.extra"
    if data is WEBP:  # counted as if it were a part of it
        longer = bytearray(data + archive + b"\0" * (len(archive) % 2))
        longer[4:8] = (len(longer) - 8).to_bytes(4, "little")
        assert refusal(bytes(longer)) in ("asset.extra", "pixels.format")


def test_what_hides_among_a_pngs_rows_is_refused() -> None:
    start, end = PNG[:33], PNG[-12:]
    rows = zlib.decompress(PNG[41:-16])
    assert start + chunk(b"IDAT", zlib.compress(rows)) + end
    require_bare(start + chunk(b"IDAT", zlib.compress(rows)) + end)
    for hidden in (zlib.compress(rows + b"<script>"), zlib.compress(rows) + b"<script>", zlib.compress(rows[:-9])):
        assert refusal(start + chunk(b"IDAT", hidden) + end) == "asset.extra"
    bomb = start + chunk(b"IDAT", zlib.compress(bytes(50_000_000))) + end
    assert refusal(bomb) == "asset.extra"
    assert refusal(start + chunk(b"aaAa", b"x") + PNG[33:]) == "asset.extra"


def test_a_picture_with_any_byte_changed_or_cut_off_is_taken_or_refused_and_nothing_else_happens() -> None:
    seen = set()
    for data in (PNG, JPEG, WEBP):
        for at in range(0, len(data), 7):
            for other in (data[:at], data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]):
                seen.add(outcome(other))
    assert seen <= {"", "asset.extra", "pixels.format", "pixels.too_large"}


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_other_kinds_are_refused(kind: str) -> None:
    assert refusal(encoded(kind)) == "pixels.format"
