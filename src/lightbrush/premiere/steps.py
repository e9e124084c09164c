"""Which units a premiere is: its reels' steps, one after the other, and what of each workers do.

Step n lays what the nth pass of a reel sees, or the reel; workers do what is between two steps: pictures and blocks
before a reel's first, tiles before each other one.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Final

from msgspec import Struct

from lightbrush.enhance.tiles import Grid, Sheet, Tile, sheet
from lightbrush.enhance.units import ENGINE, Phase
from lightbrush.premiere.plan import Premiere, Reel, reels
from lightbrush.shots import Size

CHANNELS: Final = 3


class Part(Struct, frozen=True):
    """What a step is of: a reel and a pass, of which it lays what it sees; as many as there are passes: the reel. The
    last step is of no reel."""

    number: int
    reel: Reel
    step: int

    @property
    def lays_reel(self) -> bool:
        return self.step == len(self.reel.look.plan.passes)


@lru_cache(maxsize=64)
def cut(size: Size, grid: Grid) -> Sheet:
    return sheet(size, CHANNELS, grid)


@lru_cache(maxsize=64)
def tiles(of: Sheet) -> tuple[Tile, ...]:
    return of.tiles


@lru_cache(maxsize=16)
def parts(request: Premiere) -> tuple[Part, ...]:
    found = enumerate(reels(request))
    return tuple(Part(n, one, step) for n, one in found for step in range(len(one.look.plan.passes) + 1))


@lru_cache(maxsize=16)
def phases(request: Premiere) -> tuple[Phase, ...]:
    found: list[Phase] = []
    start = 0
    for step, part in enumerate(parts(request)):
        pictures = part.reel.stop - part.reel.start
        if part.step == 0:
            is_video = request.cues[part.reel.start].block >= 0
            for count in [1] * _rendered_for(request, part.reel) if is_video else [pictures]:
                found.append(Phase(start, start + count, step - 1, False, part.reel.look.engine))
                start += count
        found.append(Phase(start, start + 1, step, True))
        start += 1
        if not part.lays_reel:
            count = pictures * cut(part.reel.look.plan.passes[part.step], request.grid).count
            found.append(Phase(start, start + count, step, False, ENGINE))
            start += count
    return (*found, Phase(start, start + 1, len(parts(request)), True))


@lru_cache(maxsize=16)
def ranges(request: Premiere) -> dict[tuple[int, bool], range]:
    """Of each step its units that workers do, by whether they are tiles."""
    found: dict[tuple[int, bool], range] = {}
    for phase in phases(request):
        if not phase.lays:
            key = phase.step, phase.engine == ENGINE
            found[key] = range(found[key].start if key in found else phase.start, phase.stop)
    return found


def _rendered_for(request: Premiere, part: Reel) -> int:
    """How many blocks are rendered before a reel."""
    return sum(part.start <= again.cue < part.stop for again in request.blocks)


@lru_cache(maxsize=16)
def blocks(request: Premiere) -> tuple[int, ...]:
    """The unit of each block."""
    found: list[int] = []
    for (step, are_tiles), units in ranges(request).items():
        if not are_tiles and request.cues[parts(request)[step + 1].reel.start].block >= 0:
            found += units
    return tuple(found)


@lru_cache(maxsize=16)
def spent(request: Premiere) -> tuple[tuple[int, ...], ...]:
    """Of each reel the units of blocks that no later one shows, and none that is rendered later follows."""
    last = [again.cue for again in request.blocks]
    for index, cue in enumerate(request.cues):
        if cue.block >= 0:
            last[cue.block] = index
    for number, again in enumerate(request.blocks):
        if again.follows:
            last[number - 1] = max(last[number - 1], again.cue)
    found: list[list[int]] = [[] for _ in reels(request)]
    starts = [one.start for one in reels(request)]
    for unit, cue_index in zip(blocks(request), last, strict=True):
        found[bisect_right(starts, cue_index) - 1].append(unit)
    return tuple(map(tuple, found))
