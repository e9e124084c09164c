"""What size is asked for, and by which passes of a network it is reached."""

from __future__ import annotations

import math
import re
from typing import Final

from lightbrush.errors import EnhanceError
from lightbrush.shots import Size

#: The longer side of each.
NAMED_PX: Final = {"4k": 3840, "8k": 7680, "16k": 15360}
#: 32768 x 16384; 16K of a square picture is 236 million.
MAX_PIXELS: Final = 2**29
MAX_SIDE_PX: Final = 65535


def parse(text: str, source: Size) -> Size:
    """4k, 8k, 16k: the longer side; x4, x1.5: times as wide and high; 3840x2160: just that.

    Raises EnhanceError: enhance.target when it is none of these, smaller than the source, or larger than the limits.
    """
    word = text.strip().lower()
    if word in NAMED_PX:
        factor = NAMED_PX[word] / max(source.width, source.height)
        size = _times(source, factor)
    elif match := re.fullmatch(r"x(\d+(?:\.\d+)?)", word):
        size = _times(source, min(float(match[1]), float(MAX_SIDE_PX)))
    elif match := re.fullmatch(r"(\d{1,9})x(\d{1,9})", word):
        size = Size(int(match[1]), int(match[2]))
    else:
        raise EnhanceError(
            "enhance.target", "no size that is known", value=text, fix="Ask for 4k, 8k, 16k, x2, x4, or 3840x2160"
        )
    seen = f"{text}: {size.width}x{size.height}, from {source.width}x{source.height}"
    if size.width < source.width and size.height < source.height:
        raise EnhanceError("enhance.target", "the picture is larger than that already", value=seen)
    if min(size.width, size.height) < 1 or max(size.width, size.height) > MAX_SIDE_PX:
        raise EnhanceError("enhance.target", f"a side has 1 to {MAX_SIDE_PX} pixels", value=seen)
    if size.width * size.height > MAX_PIXELS:
        raise EnhanceError("enhance.target", f"at most {MAX_PIXELS} pixels are made", value=seen)
    return size


def cut(source: Size, target: Size) -> tuple[int, int, Size]:
    """-> left, top and size of the middle part of the source that has the target's shape; all of it where it has."""
    scale = min(source.width / target.width, source.height / target.height)
    width = min(source.width, max(1, round(target.width * scale)))
    height = min(source.height, max(1, round(target.height * scale)))
    return (source.width - width) // 2, (source.height - height) // 2, Size(width, height)


def starts(source: Size, target: Size, scale: int) -> tuple[Size, ...]:
    """The size at which each pass begins; the first is the source's.

    A later pass begins no larger than it needs to: 1024 -> 7680 by x4 begins at 1024 and, after a resize of the first
    pass's 4096, at 1920. That is a fifth of the work of enlarging 4096 four times to throw most of it away.
    """
    sizes: list[Size] = []
    need = target
    while True:
        need = Size(math.ceil(need.width / scale), math.ceil(need.height / scale))
        if need.width <= source.width and need.height <= source.height:
            return (source, *reversed(sizes))
        sizes.append(need)


def _times(source: Size, factor: float) -> Size:
    return Size(max(1, round(source.width * factor)), max(1, round(source.height * factor)))
