"""Flow matching with a network that predicts the clean picture: noise, schedule, denoise. Pure functions.

A noisy picture is x_t = t x + (1 - t) e: time runs from 0 (noise) to 1 (picture). The velocity that carries it there
is v = (x - x_t) / (1 - t) (Lipman et al., "Flow Matching for Generative Modeling", 2022; Liu et al., "Rectified
Flow", 2022). x is what the network predicts (Li and He, 2025).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

Shares = tuple[tuple[int, float], ...]
"""Seeds, and how much of each one's noise: what noise is made of."""

Draw = Callable[[int, int, int], Float]
"""(seed, height, width) -> noise."""

TRAINED_PX = 256
#: Of noise that is a function of where it lies.
CELL_PX: Final = 64


def noise_scale(height: int, width: int) -> float:
    """Standard deviation of the noise: grows with the size, so that a time means the same signal-to-noise ratio
    at the scale of objects (Hoogeboom et al., "simple diffusion", 2023)."""
    return min(height, width) / TRAINED_PX


@lru_cache(maxsize=8)
def noise(seed: int, height: int, width: int) -> Float:
    """[1, 3, height, width] normal noise, read-only: a pure function of the seed (counter-based Philox) and the size.

    The newest are remembered: while somebody draws, the seed stays.
    """
    generator = np.random.Generator(np.random.Philox(key=seed))
    drawn = generator.standard_normal((1, 3, height, width), np.float32) * np.float32(noise_scale(height, width))
    drawn.setflags(write=False)
    return drawn


@lru_cache(maxsize=256)
def _cell(seed: int, column: int, row: int) -> Float:
    """[3, CELL_PX, CELL_PX] normal noise, read-only, of one cell of a field without end."""
    generator = np.random.Generator(np.random.Philox(key=seed, counter=[0, 1, column, row]))
    drawn = generator.standard_normal((3, CELL_PX, CELL_PX), np.float32)
    drawn.setflags(write=False)
    return drawn


def noise_at(seed: int, left: int, top: int, height: int, width: int) -> Float:
    """[1, 3, height, width] noise that is a function of the seed and of where it lies, left and top from 0 on.

    Pieces of a larger picture that overlap have the same noise where they do.
    """
    first_column, first_row = left // CELL_PX, top // CELL_PX
    last_column, last_row = (left + width - 1) // CELL_PX, (top + height - 1) // CELL_PX
    cells = [
        [_cell(seed, column, row) for column in range(first_column, last_column + 1)]
        for row in range(first_row, last_row + 1)
    ]
    field = np.concatenate([np.concatenate(line, axis=2) for line in cells], axis=1)
    x, y = left - first_column * CELL_PX, top - first_row * CELL_PX
    return np.asarray(field[None, :, y : y + height, x : x + width] * np.float32(noise_scale(height, width)))


def between(seed: int, seed_to: int, mix: float, height: int, width: int, draw: Draw = noise) -> Shares:
    """The point at `mix` in [0, 1] of the great circle from one seed's noise to another's (Shoemake, 1985).

    The ends are exact. Between them the length goes evenly from one's to the other's, as a network expects of noise:
    a straight line would pass nearer to zero, where pictures are flat. draw: whose noise it is.
    """
    if mix == 0.0 or mix == 1.0 or seed == seed_to:
        return ((seed_to if mix == 1.0 else seed, 1.0),)
    angle, from_length, to_length = _apart(seed, seed_to, height, width, draw)
    size = ((1 - mix) * from_length + mix * to_length) / math.sin(angle)
    return (
        (seed, math.sin((1 - mix) * angle) * size / from_length),
        (seed_to, math.sin(mix * angle) * size / to_length),
    )


@lru_cache(maxsize=64)
def _apart(seed: int, seed_to: int, height: int, width: int, draw: Draw) -> tuple[float, float, float]:
    """The angle between two noises, and their lengths."""
    a, b = (draw(s, height, width).ravel().astype(np.float64) for s in (seed, seed_to))
    lengths = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    return math.acos(float(a @ b) / (lengths[0] * lengths[1])), *lengths


def start(shares: Shares, height: int, width: int) -> Float:
    """The noise to begin with, [1, 3, height, width]: so much of each seed's."""
    noises = [
        noise(seed, height, width) if share == 1.0 else np.float32(share) * noise(seed, height, width)
        for seed, share in shares
    ]
    return reduce(np.add, noises)


#: What stands where is decided while a picture is nearly all noise: most steps are spent there.
SHIFT: Final = 3.0


def schedule(steps: int, shift: float = SHIFT) -> list[float]:
    """`steps` times in [0, 1), the first 0. A shift above 1 spends more on noisy pictures (Esser et al., 2024)."""
    even = [i / steps for i in range(steps)]
    return [t / (t + shift * (1 - t)) for t in even]


def schedule_from(steps: int, time: float) -> list[float]:
    """The times of `schedule` from one on: that time, and those later than it."""
    return [time, *(later for later in schedule(steps) if later > time)]


def moves(times: Sequence[float]) -> list[tuple[float, float]]:
    """Euler's method along the predicted velocity: at each time, the share of the way to the predicted picture that is
    gone until the next. The last goes all the way."""
    return [(t, (after - t) / (1 - t)) for t, after in pairwise([*times, 1.0])]


def denoise(
    predict: Callable[[Float, float], Float],
    start: Float,
    times: Sequence[float],
    callback: Callable[[int], None] | None = None,
) -> Float:
    """From noise to a picture: the last prediction.

    predict(x_t, t) -> x. start: noise. callback(i) after each step.
    """
    x = start
    for i, (t, share) in enumerate(moves(times)):
        clean = predict(x, t)
        x = clean if share == 1.0 else x + np.float32(share) * (clean - x)
        if callback is not None:
            callback(i)
    return x
