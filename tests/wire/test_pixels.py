"""Picture files: what is measured before it is decoded, and what comes out."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lightbrush import pixels
from lightbrush.errors import PixelsError
from tests.harness import SKETCH, png_that_declares


def code_of(data: bytes) -> str:
    with pytest.raises(PixelsError) as caught:
        pixels.decode(data)
    return caught.value.code


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def ramp(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, np.full_like(x, 90)], axis=-1).astype(np.uint8)


def test_png_is_exact() -> None:
    image = ramp(40, 30)
    assert np.array_equal(pixels.decode(pixels.encode(image, "image/png")), image)


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP"])
def test_lossy_formats_come_close(file_format: str) -> None:
    image = ramp(64, 48)
    decoded = pixels.decode(saved(Image.fromarray(image), file_format, quality=95))
    assert decoded.shape == image.shape
    assert np.abs(decoded.astype(int) - image).mean() < 3


def test_jpeg_is_encoded_at_the_asked_quality_and_the_same_every_time() -> None:
    image = ramp(64, 64)
    low, high = pixels.encode(image, "image/jpeg", 20), pixels.encode(image, "image/jpeg", 95)
    assert len(low) < len(high)
    assert high == pixels.encode(image, "image/jpeg", 95)


def test_transparency_lies_on_white_paper() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert (pixels.decode(saved(clear, "PNG")) == 255).all()


def test_sixteen_bits_keep_their_brightness() -> None:
    grey = Image.fromarray(np.full((4, 4), 0x8000, np.uint16))
    assert (pixels.decode(saved(grey, "PNG")) == 0x80).all()


def test_a_photograph_is_turned_as_its_exif_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert pixels.decode(saved(Image.fromarray(ramp(16, 32)), "JPEG", exif=exif)).shape == (32, 16, 3)


def test_a_cmyk_jpeg_is_read() -> None:
    assert pixels.decode(saved(Image.new("CMYK", (8, 8)), "JPEG")).shape == (8, 8, 3)


@pytest.mark.parametrize("side", [4_097, 10_000, 60_000])
def test_a_picture_bomb_is_refused_by_its_header(side: int) -> None:
    assert code_of(png_that_declares(side, side)) == "pixels.too_large"


@pytest.mark.parametrize("data", [b"", b"hello", b"GIF89a" + bytes(100), SKETCH[:20], b"\xff\xd8\xff\xe0" + bytes(50)])
def test_what_is_not_a_picture_is_refused(data: bytes) -> None:
    assert code_of(data) == "pixels.format"


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_cut_short_is_refused(file_format: str) -> None:
    data = saved(Image.fromarray(ramp(64, 64)), file_format)
    assert code_of(data[: len(data) // 2]) == "pixels.format"


@given(st.integers(0, len(SKETCH) - 1), st.integers(0, 255))
def test_a_damaged_picture_never_raises_anything_else(index: int, value: int) -> None:
    damaged = bytearray(SKETCH)
    damaged[index] = value
    with suppress(PixelsError):
        pixels.decode(bytes(damaged))
