"""Which checkpoints of a document stay as its versions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

#: Versions are at least so far apart.
SPACING_S: Final = 60.0
MOST: Final = 60


def superfluous(times_s: Sequence[float], sizes: Sequence[int], max_bytes: int) -> list[int]:
    """Indices of the versions to let go, of times in order; the last one is the document's own state and stays.

    First those that follow another too closely; beyond MOST the one whose neighbours are closest in time, so that the
    recent past is dense and the far one thin; beyond max_bytes the oldest.
    """
    kept: list[int] = []
    for index, time_s in enumerate(times_s):
        if index == len(times_s) - 1 or not kept or time_s - times_s[kept[-1]] >= SPACING_S:
            kept.append(index)
    while len(kept) > MOST:
        now_s = times_s[-1]
        # A gap counts by how long ago it is: an hour of last week is as much as a minute of today.
        gaps = [
            (times_s[kept[i + 1]] - times_s[kept[i - 1]]) / (now_s - times_s[kept[i]] + SPACING_S)
            for i in range(1, len(kept) - 1)
        ]
        del kept[1 + gaps.index(min(gaps))]
    while len(kept) > 1 and sum(sizes[i] for i in kept) > max_bytes:
        del kept[0]
    return sorted(set(range(len(times_s))) - set(kept))
