"""Few-step schedules of latent diffusion models as tables of numbers. Pure functions, NumPy.

A noisy latent is x_t = r x + s e, with r = sqrt(a_t), s = sqrt(1 - a_t) and a_t of the training's betas; times run from
999 (nearly noise) to 0. diffusers has Euler's methods in another scale, sigma = s / r; the tables are the same
function. Whatever the sampler, one step is linear in what it is given:

    x' = keep x + gain out + fresh noise

with out what the network says at that time. So one captured step serves every sampler and every model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from lightbrush.nn.latent.config import Prediction

Float = NDArray[np.float32]

Sampler = Literal["euler", "ancestral", "lcm", "flow"]
"""Euler's method (DDIM; Song et al., 2020), with fresh noise at each step (Karras et al., 2022), or consistency models'
(Luo et al., "Latent Consistency Models", 2023); along straight ways, whose table is `nn.flux.schedule`'s."""

TRAINED_TIMES: Final = 1000
#: Consistency models were taught on this many times.
_LCM_TIMES: Final = 50
_LCM_SCALING: Final = 10.0
_LCM_SIGMA: Final = 0.5
CHANNELS: Final = 4
STRIDE_PX: Final = 8
"""A latent stands for so many pixels a side."""
#: Latents a side of noise that is a function of where it lies.
CELL: Final = 32


@dataclass(frozen=True)
class Move:
    """One step. time: the network's, 0 to 999, of straight ways above 0 to 1000. keep, gain, fresh: the formula above.
    signal, noise: r and s of what comes out, by which what is kept of a picture is put at the same level."""

    time: float
    keep: float
    gain: float
    fresh: float
    signal: float
    noise: float


@dataclass(frozen=True)
class Schedule:
    """signal, noise: how much of a clean latent and of noise to begin with."""

    signal: float
    noise: float
    moves: tuple[Move, ...]


@lru_cache(maxsize=64)
def schedule(sampler: Sampler, prediction: Prediction, steps: int, share: float = 1.0, bare: bool = False) -> Schedule:
    """steps: of a whole way from noise; of a shorter one, in proportion, at least one.

    share: of noise in what is begun with, above 0 to 1. bare: begin with noise alone. Where diffusers' strength times
    the steps is a whole number, the times are its own with `timestep_spacing="trailing"`; elsewhere it rounds the
    strength, and this moves evenly.
    """
    count = max(1, math.floor(steps * share + 0.5))
    times = _lcm_times(count, share) if sampler == "lcm" else _trailing(count, share)
    r, s = _levels(times[0])
    if bare:
        r, s = 0.0, 1.0 if sampler == "lcm" else s
    moves = tuple(_move(sampler, prediction, now, after) for now, after in pairwise([*times, -1]))
    return Schedule(r, s, moves)


def _trailing(count: int, share: float) -> list[int]:
    """The last time of each of so many even parts (Lin et al., "Common Diffusion Noise Schedules ... are Flawed",
    2023)."""
    end = TRAINED_TIMES * share
    return [max(0, round(end * (1 - i / count)) - 1) for i in range(count)]


def _lcm_times(count: int, share: float) -> list[int]:
    known = max(1, int(_LCM_TIMES * share))
    count = min(count, known)
    each = TRAINED_TIMES // _LCM_TIMES
    return [(known - math.floor(i * known / count)) * each - 1 for i in range(count)]


@lru_cache(maxsize=1)
def _alphas() -> NDArray[np.float64]:
    """a_t [1000] of "scaled_linear" betas, which all these models were trained with."""
    betas = np.linspace(0.00085**0.5, 0.012**0.5, TRAINED_TIMES) ** 2
    return np.cumprod(1 - betas)


def _levels(time: int) -> tuple[float, float]:
    """r and s; before the first time the clean latent."""
    alpha = 1.0 if time < 0 else float(_alphas()[time])
    return math.sqrt(alpha), math.sqrt(1 - alpha)


def _move(sampler: Sampler, prediction: Prediction, now: int, after: int) -> Move:
    r, s = _levels(now)
    r2, s2 = _levels(after)
    # the clean latent that the network sees: p x + q out
    p, q = {"epsilon": (1 / r, -s / r), "v_prediction": (r, -s), "sample": (0.0, 1.0)}[prediction]
    if sampler == "lcm":
        scaled = now * _LCM_SCALING
        skip = _LCM_SIGMA**2 / (scaled**2 + _LCM_SIGMA**2)
        out = scaled / math.sqrt(scaled**2 + _LCM_SIGMA**2)
        return Move(now, r2 * (skip + out * p), r2 * out * q, s2, r2, s2)
    # x' = r2 clean + down e + fresh noise, with e = (x - r clean) / s
    down, fresh = s2, 0.0
    if sampler == "ancestral" and after >= 0:
        sigma, sigma2 = s / r, s2 / r2
        up = math.sqrt(sigma2**2 * (sigma**2 - sigma2**2) / sigma**2)
        down, fresh = r2 * math.sqrt(sigma2**2 - up**2), r2 * up
    clean = r2 - down * r / s
    return Move(now, down / s + clean * p, clean * q, fresh, r2, s2)


@lru_cache(maxsize=32)
def noise(seed: int, height: int, width: int, step: int = 0, channels: int = CHANNELS) -> Float:
    """[1, channels, height, width] normal noise, read-only: a pure function (counter-based Philox). height, width: of
    latents.

    step: 0 is what a picture begins with, the others what is added after so many steps.
    """
    generator = np.random.Generator(np.random.Philox(key=seed, counter=[0, 2, step, 0]))
    drawn = generator.standard_normal((1, channels, height, width), np.float32)
    drawn.setflags(write=False)
    return drawn


@lru_cache(maxsize=8)
def drawn(channels: int) -> Callable[[int, int, int], Float]:
    """`noise` of so many channels, always the same function."""
    return partial(noise, channels=channels)


def mixed(
    shares: Sequence[tuple[int, float]], height: int, width: int, step: int = 0, channels: int = CHANNELS
) -> Float:
    """`noise` of several seeds, so much of each: see `flow.between`."""
    if len(shares) == 1 and shares[0][1] == 1.0:
        return noise(shares[0][0], height, width, step, channels)
    drawn = [np.float32(share) * noise(seed, height, width, step, channels) for seed, share in shares]
    return np.asarray(sum(drawn[1:], drawn[0]))


@lru_cache(maxsize=256)
def _cell(seed: int, column: int, row: int, step: int, channels: int) -> Float:
    """[channels, CELL, CELL] normal noise, read-only, of one cell of a field without end."""
    generator = np.random.Generator(np.random.Philox(key=seed, counter=[0, 3 + step, column, row]))
    drawn = generator.standard_normal((channels, CELL, CELL), np.float32)
    drawn.setflags(write=False)
    return drawn


def mixed_at(
    shares: Sequence[tuple[int, float]],
    left: int,
    top: int,
    height: int,
    width: int,
    step: int = 0,
    channels: int = CHANNELS,
) -> Float:
    """`mixed` as a function of where it lies, latents from 0 on: pieces of a larger picture that overlap agree."""
    columns, rows = (range(at // CELL, (at + long - 1) // CELL + 1) for at, long in ((left, width), (top, height)))
    x, y = left - columns[0] * CELL, top - rows[0] * CELL
    field = np.zeros((channels, len(rows) * CELL, len(columns) * CELL), np.float32)
    for seed, share in shares:
        lines = [np.concatenate([_cell(seed, column, row, step, channels) for column in columns], 2) for row in rows]
        field += np.float32(share) * np.concatenate(lines, 1)
    return np.asarray(field[None, :, y : y + height, x : x + width], np.float32)
