"""Times and noise of a stream of blocks: flow matching in a few steps.

A noisy latent is x_t = (1 - sigma) x + sigma e with sigma = t / 1000 (Lipman et al., "Flow Matching for Generative
Modeling", 2022), and the network predicts the velocity e - x. Times are shifted towards noise by 5, for both kinds of
Wan: sigma = 5 u / (1 + 4 u) (Esser et al., "Scaling Rectified Flow Transformers", 2024, equation 23).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from torch import Tensor

from lightbrush.errors import ShotError

SHIFT: Final = 5.0

#: More than this is no faster way to the picture than a network that was not distilled.
MAX_STEPS: Final = 32

_FULL: Final = 1000.0


def warped(steps: Sequence[float]) -> tuple[float, ...]:
    """Even times, such as 1000, 750, 500 and 250, -> the times that the network was trained at: 1000, 937.5, 833.3 and
    625. Timelines and other programs name the even ones."""
    return tuple(_FULL * _shift(step / _FULL) for step in steps)


def schedule(steps: int) -> tuple[float, ...]:
    """The trained times of so many steps. None is 0: a pass there gives back what it was given, and takes as long."""
    return warped([_FULL * (1 - i / steps) for i in range(steps)])


def check_steps(steps: Sequence[float]) -> None:
    """Raises ShotError "shot.steps" unless there are 1 to MAX_STEPS times in (0, 1000] that fall."""
    if not 1 <= len(steps) <= MAX_STEPS:
        raise ShotError("shot.steps", f"a block has 1 to {MAX_STEPS} steps", value=len(steps))
    if not all(0.0 < t <= _FULL for t in steps):
        raise ShotError("shot.steps", "a step's time is above 0, and at most 1000", value=list(steps))
    if not all(a > b for a, b in pairwise(steps)):
        raise ShotError("shot.steps", "the times of the steps fall", value=list(steps))


def at_strength(steps: Sequence[float], strength: float) -> tuple[float, ...]:
    """The same number of steps from a noise level below: what video to video starts at.

    strength: in (0, 1], before the shift, so that equal moves of it change about equally much; 1 is all noise.
    Each time moves to that share of it, so the list still falls. (Where only the first time is lowered it may come to
    lie below the second.) Raises ShotError "shot.strength" for another strength.
    """
    if not 0.0 < strength <= 1.0:  # NaN fails every comparison
        raise ShotError("shot.strength", "the strength of video to video is above 0, and at most 1", value=strength)
    return tuple(_FULL * _shift(strength * _unshift(t / _FULL)) for t in steps)


def noise(seed: int, block: int, step: int, shape: Sequence[int]) -> Tensor:
    """Normal noise on the CPU, float32: a pure function of a stream's seed, the block's index and the step's, whatever
    the number of steps (counter-based Philox: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011)."""
    key, counter = np.array([seed, block], np.uint64), np.array([0, 0, 0, step], np.uint64)
    generator = np.random.Generator(np.random.Philox(key=key, counter=counter))
    return torch.from_numpy(generator.standard_normal(tuple(shape), np.float32))


def denoise(
    velocity: Callable[[Tensor, float], Tensor],
    noises: Callable[[int], Tensor],
    steps: Sequence[float],
    start: Tensor | None = None,
    progress: Callable[[int], None] | None = None,
) -> Tensor:
    """From noise to a clean latent: at each time predict it, then noise it anew for the next (the sampler of
    consistency models: Song et al., 2023, algorithm 1).

    velocity(x, t) -> as x. noises(i): the noise of step i. steps: as `check_steps` wants them. start: latents to keep
    some of, for which steps come from `at_strength`. progress(i): after each step; it may raise to give up.
    -> float32.
    """
    x = _noised(start, noises(0), steps[0])
    for i, t in enumerate(steps):
        clean = x - t / _FULL * velocity(x, t).float()
        if i + 1 < len(steps):
            x = _noised(clean, noises(i + 1), steps[i + 1])
        if progress is not None:
            progress(i)
    return clean


def _noised(clean: Tensor | None, noise: Tensor, t: float) -> Tensor:
    sigma = t / _FULL
    return noise if clean is None else (1.0 - sigma) * clean.to(noise) + sigma * noise


def _shift(u: float) -> float:
    return SHIFT * u / (1.0 + (SHIFT - 1.0) * u)


def _unshift(sigma: float) -> float:
    return sigma / (SHIFT - (SHIFT - 1.0) * sigma)
