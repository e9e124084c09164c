"""Which size is meant, and by which passes it is reached."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightbrush.enhance.target import MAX_PIXELS, cut, parse, starts
from lightbrush.errors import EnhanceError
from lightbrush.shots import Size

SIDES = st.integers(1, 3000)


@pytest.mark.parametrize(
    ("text", "source", "size"),
    [
        ("4k", (1024, 576), (3840, 2160)),
        ("8K", (1024, 1024), (7680, 7680)),
        ("16k", (1000, 2000), (7680, 15360)),
        ("x4", (333, 100), (1332, 400)),
        ("x1.5", (100, 61), (150, 92)),
        ("x1", (7, 5), (7, 5)),
        (" 3840x2160 ", (200, 100), (3840, 2160)),
    ],
)
def test_a_size_is_said_in_the_words_people_use(text: str, source: tuple[int, int], size: tuple[int, int]) -> None:
    assert parse(text, Size(*source)) == Size(*size)


@pytest.mark.parametrize(
    "text", ["", "5k", "x", "x0", "x-2", "4", "100x", "0x0", "nanxnan", "x99999999", "8x8", "70000x9"]
)
def test_a_size_that_cannot_be_is_refused_with_what_was_seen(text: str) -> None:
    with pytest.raises(EnhanceError) as caught:
        parse(text, Size(64, 64))
    assert caught.value.code == "enhance.target"


def test_more_pixels_than_the_limit_are_refused() -> None:
    with pytest.raises(EnhanceError, match=str(MAX_PIXELS)):
        parse("x30", Size(1000, 1000))


@given(width=SIDES, height=SIDES, wide=SIDES, high=SIDES)
def test_the_part_that_is_used_lies_in_the_picture_and_has_the_targets_shape(
    width: int, height: int, wide: int, high: int
) -> None:
    left, top, part = cut(Size(width, height), Size(wide, high))
    assert 0 <= left <= left + part.width <= width
    assert 0 <= top <= top + part.height <= height
    assert part.width == width or part.height == height
    assert abs(part.width * high - part.height * wide) <= max(wide, high)


@given(width=SIDES, height=SIDES, factor=st.floats(1, 40), scale=st.integers(2, 4))
def test_passes_begin_at_the_source_and_reach_the_target(width: int, height: int, factor: float, scale: int) -> None:
    target = Size(round(width * factor), round(height * factor))
    passes = starts(Size(width, height), target, scale)
    assert passes[0] == Size(width, height)
    for begin, end in zip(passes, (*passes[1:], target), strict=True):
        assert begin.width * scale >= end.width
        assert begin.height * scale >= end.height
    later = passes[1:]
    for begin, end in zip(later, (*later[1:], target)[: len(later)], strict=True):
        assert (begin.width - 1) * scale < end.width
        assert (begin.height - 1) * scale < end.height


def test_a_second_pass_begins_no_larger_than_it_needs_to() -> None:
    assert starts(Size(1024, 1024), Size(7680, 7680), 4) == (Size(1024, 1024), Size(1920, 1920))
    assert starts(Size(1024, 1024), Size(3840, 3840), 4) == (Size(1024, 1024),)
