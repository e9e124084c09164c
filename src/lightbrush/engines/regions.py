"""Where a shot's regions lie, as every engine has it: coverage, and how much of the picture each of them has.

Regions lie over each other as layers do. With c the coverage of a region's mask, feathered, times its strength:

    share of a region    c, times the product of 1 - c over all regions above it
    share of the rest    the product of 1 - c over all regions

So the shares of a pixel sum to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from lightbrush import pixels
from lightbrush.shots import Region

Coverage = NDArray[np.float32]
"""[height, width], 0 to 1."""


def coverage(region: Region, width: int, height: int) -> Coverage:
    """Read-only. Raises PixelsError for a mask that is none."""
    return _coverage(region.mask, region.strength, region.feather, width, height)


@lru_cache(maxsize=16)  # a hand that draws leaves most regions as they are
def _coverage(mask: bytes, strength: float, feather: float, width: int, height: int) -> Coverage:
    covered = Image.fromarray(pixels.decode_mask(mask, width, height))
    if feather > 0.0:  # an edge goes from 0 to 1 over about four deviations
        covered = covered.filter(ImageFilter.GaussianBlur(feather * min(width, height) / 4))
    made = np.asarray(covered, np.float32) * np.float32(strength / 255)
    made.setflags(write=False)
    return made


def shares(coverages: Sequence[Coverage]) -> list[Coverage]:
    """Of regions from the lowest up -> the share of the rest, then of each region."""
    rest: Coverage = np.ones_like(coverages[0])
    own: list[Coverage] = []
    for covered in reversed(coverages):
        own.append(covered * rest)
        rest = rest * (1 - covered)
    return [rest, *reversed(own)]
