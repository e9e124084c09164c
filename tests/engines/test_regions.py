"""Where regions lie: coverage by mask, strength and feather, and shares that sum to one."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lightbrush.engines.regions import coverage, shares
from lightbrush.errors import PixelsError
from lightbrush.shots import Prompt, Region


def mask(box: tuple[int, int, int, int], size: tuple[int, int] = (64, 32)) -> bytes:
    image = Image.new("L", size)
    ImageDraw.Draw(image).rectangle(box, fill=255)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def region(box: tuple[int, int, int, int], **fields: float) -> Region:
    return Region(mask=mask(box), prompts=(Prompt("a"),), **fields)  # type: ignore[arg-type]


def test_a_region_covers_what_its_mask_covers_at_any_size() -> None:
    covered = coverage(region((0, 0, 31, 31)), 256, 128)
    assert covered.shape == (128, 256)
    assert (covered[:, :128] == 1).all()
    assert not covered[:, 128:].any()


def test_strength_weakens_it_and_feather_softens_its_edge_alone() -> None:
    half = coverage(region((0, 0, 31, 31), strength=0.5), 64, 32)
    assert (half[:, :32] == 0.5).all()
    soft = coverage(region((0, 0, 31, 31), feather=0.25), 64, 32)
    across = soft[16]
    assert (np.diff(across) <= 0).all()
    assert across[4] == 1
    assert across[-5] == 0
    assert 0.3 < across[32] < 0.7


def test_the_later_region_lies_above_and_shares_sum_to_one() -> None:
    below, above = region((0, 0, 47, 31)), region((16, 0, 63, 31), strength=0.75)
    rest, own, upper = shares([coverage(each, 64, 32) for each in (below, above)])
    np.testing.assert_allclose(rest + own + upper, 1, atol=1e-6)
    assert own[0, 0] == 1
    np.testing.assert_allclose([rest[0, 20], own[0, 20], upper[0, 20]], [0, 0.25, 0.75], atol=1e-6)
    np.testing.assert_allclose([rest[0, 60], own[0, 60], upper[0, 60]], [0.25, 0, 0.75], atol=1e-6)


def test_a_mask_that_is_no_picture_is_refused() -> None:
    with pytest.raises(PixelsError):
        coverage(Region(mask=b"no picture", prompts=(Prompt("a"),)), 64, 64)
