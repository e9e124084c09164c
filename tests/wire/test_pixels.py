"""Picture files: what is measured before it is decoded, and what comes out."""

from __future__ import annotations

import io
import struct
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


def test_a_sketch_keeps_its_colours_and_its_transparency() -> None:
    rgba = np.dstack([ramp(40, 30), np.arange(1200, dtype=np.uint8).reshape(40, 30)])
    assert np.array_equal(pixels.decode_rgba(saved(Image.fromarray(rgba), "PNG")), rgba)


def test_a_sketch_that_was_damaged_on_its_way_is_refused() -> None:
    data = bytearray(saved(Image.fromarray(np.dstack([ramp(40, 30), ramp(40, 30)[..., :1]])), "PNG"))
    data[data.index(b"IDAT") + 40] ^= 1
    with pytest.raises(PixelsError):
        pixels.decode_rgba(bytes(data))


def test_a_sketch_that_was_photographed_is_turned_as_its_exif_says() -> None:
    image = Image.fromarray(np.dstack([ramp(40, 30), np.full((40, 30), 255, np.uint8)]))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = pixels.decode_rgba(saved(image, "PNG", exif=exif))
    assert np.array_equal(turned, np.rot90(np.asarray(image), -1))


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


def reference(data: bytes, max_side: int = 512) -> np.ndarray:
    return pixels.decode_reference(data, max_side).astype(int)


PHOTOGRAPH = saved(Image.fromarray(ramp(90, 120)), "JPEG", quality=95)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_people_bring_is_a_reference(file_format: str) -> None:
    image = Image.fromarray(ramp(90, 120))
    brought = reference(saved(image, file_format))
    assert brought.shape == (90, 120, 3)
    assert np.abs(brought - ramp(90, 120)).mean() < 12


@pytest.mark.parametrize(("max_side", "shape"), [(60, (45, 60, 3)), (120, (90, 120, 3)), (40, (30, 40, 3))])
def test_a_reference_is_made_no_larger_than_asked_and_keeps_its_shape(
    max_side: int, shape: tuple[int, int, int]
) -> None:
    small = reference(PHOTOGRAPH, max_side)
    assert small.shape == shape
    assert np.abs(small.mean((0, 1)) - ramp(90, 120).mean((0, 1))).max() < 6


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))])
def test_a_reference_is_turned_as_its_exif_says(file_format: str, orientation: int, corner: tuple[int, int]) -> None:
    """The photograph's dark corner, upper left in the file, ends where the camera saw it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if file_format == "WEBP" else {}
    brought = reference(saved(Image.fromarray(ramp(60, 120)), file_format, exif=exif, **options), 30)
    assert brought.shape == ((15, 30, 3) if orientation in (1, 3) else (30, 15, 3))
    sums = brought.sum(-1)
    assert sums[corner] == min(sums[0, 0], sums[0, -1], sums[-1, 0], sums[-1, -1])


@pytest.mark.parametrize(
    "data",
    [
        saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100),
        saved(Image.new("RGB", (8, 8), (255, 0, 0)).quantize(), "PNG"),
        saved(Image.new("RGB", (8, 8), (255, 0, 0)), "GIF"),
        saved(Image.new("RGBA", (8, 8), (255, 0, 0, 255)), "WEBP", lossless=True),
        saved(Image.new("RGB", (1, 1), (255, 0, 0)), "PNG"),
    ],
    ids=["CMYK", "palette", "GIF", "opaque alpha", "one pixel"],
)
def test_red_is_red_in_every_mode(data: bytes) -> None:
    assert np.abs(reference(data) - [255, 0, 0]).max() <= 4


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "GIF"])
def test_transparency_lies_on_mid_grey_in_a_reference(mode: str) -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    if mode == "GIF":
        data = saved(clear, "GIF")
    elif mode == "P":
        data = saved(Image.new("RGB", (4, 4)).quantize(), "PNG", transparency=0)
    else:
        data = saved(clear.convert(mode), "PNG")
    assert (reference(data) == 128).all()


def test_a_reference_of_sixteen_bits_keeps_its_brightness() -> None:
    grey = Image.fromarray(np.full((4, 4), 0x4000, np.uint16))
    assert (reference(saved(grey, "PNG")) == 0x40).all()


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG"])
def test_of_what_moves_the_first_frame_counts(file_format: str) -> None:
    red, blue = (Image.new("RGB", (8, 8), colour) for colour in ("red", "blue"))
    options = {"lossless": True} if file_format == "WEBP" else {}
    moving = saved(red, file_format, save_all=True, append_images=[blue, blue], duration=100, **options)
    assert np.abs(reference(moving) - [255, 0, 0]).max() <= 4


def gif_that_declares(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"


@pytest.mark.parametrize("data", [png_that_declares(60_000, 60_000), gif_that_declares(60_000, 60_000)])
def test_a_reference_that_is_a_bomb_is_refused_by_its_header(data: bytes) -> None:
    for refuse in (lambda: reference(data), lambda: pixels.measure(data, formats=pixels.REFERENCE_FORMATS)):
        with pytest.raises(PixelsError) as caught:
            refuse()
        assert caught.value.code == "pixels.too_large"


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", PHOTOGRAPH[:300], PHOTOGRAPH[: len(PHOTOGRAPH) // 2]])
def test_a_reference_that_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PixelsError) as caught:
        reference(data)
    assert caught.value.code == "pixels.format"


@given(st.integers(0, len(PHOTOGRAPH) - 1), st.integers(0, 255))
def test_a_damaged_reference_never_raises_anything_else(index: int, value: int) -> None:
    damaged = bytearray(PHOTOGRAPH)
    damaged[index] = value
    with suppress(PixelsError):
        pixels.decode_reference(bytes(damaged), 64)


def half(mode: str) -> Image.Image:
    """The left half of 8 x 4 pixels asks to be rendered anew."""
    anew = np.zeros((4, 8), np.uint8)
    anew[:, :4] = 255
    grey = Image.fromarray(anew)
    if mode == "RGBA":  # black where it is opaque: alpha counts
        return Image.merge("RGBA", [Image.new("L", (8, 4))] * 3 + [grey])
    return grey.convert(mode)


@pytest.mark.parametrize("mode", ["RGBA", "L", "RGB", "1", "P"])
@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_a_mask_is_fitted_and_is_its_alpha_or_else_its_brightness(mode: str, file_format: str) -> None:
    options = {"lossless": True} if file_format == "WEBP" else {}
    mask = pixels.decode_mask(saved(half(mode), file_format, **options), 64, 32)
    assert mask.shape == (32, 64)
    assert (mask[:, :31] == 255).all()
    assert (mask[:, 33:] == 0).all()


@pytest.mark.parametrize("data", [b"", b"hello", PHOTOGRAPH, saved(half("RGBA"), "PNG")[:60]])
def test_what_is_not_a_mask_is_refused(data: bytes) -> None:
    with pytest.raises(PixelsError) as caught:
        pixels.decode_mask(data, 8, 8)
    assert caught.value.code == "pixels.format"


def test_a_picture_of_another_shape_covers_the_size_and_is_cut_evenly() -> None:
    wide = np.zeros((32, 96, 3), np.uint8)
    wide[:, :32, 0] = wide[:, 64:, 2] = 255  # red, black, blue
    cut = pixels.decode_to(pixels.encode(wide, "image/png"), 64, 64)
    assert cut.shape == (64, 64, 3)
    assert cut[:, 4:60].max() == 0, "its middle third"
    assert (pixels.decode_to(pixels.encode(wide, "image/png"), 96, 32) == wide).all()


@given(st.integers(0, len(SKETCH) - 1), st.integers(0, 255))
def test_a_damaged_picture_never_raises_anything_else(index: int, value: int) -> None:
    damaged = bytearray(SKETCH)
    damaged[index] = value
    with suppress(PixelsError):
        pixels.decode(bytes(damaged))
