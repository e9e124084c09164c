"""Flow matching with a network that predicts the clean picture: noise, schedule, denoise. Pure functions.

A noisy picture is x_t = t x + (1 - t) e: time runs from 0 (noise) to 1 (picture). The velocity that carries it there
is v = (x - x_t) / (1 - t) (Lipman et al., "Flow Matching for Generative Modeling", 2022; Liu et al., "Rectified
Flow", 2022). x is what the network predicts (Li and He, 2025).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]

TRAINED_PX = 256


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


def slerp(start: Float, end: Float, mix: float) -> Float:
    """The point at `mix` in [0, 1] of the great circle from one noise to another (Shoemake, 1985); same shapes.

    The ends are exact. Between them the length goes evenly from one's to the other's, as a network expects of noise:
    a straight line would pass nearer to zero, where pictures are flat. Not for opposite noises.
    """
    if mix == 0.0 or mix == 1.0:
        return start if mix == 0.0 else end
    a, b = start.ravel().astype(np.float64), end.ravel().astype(np.float64)
    from_length, to_length = np.linalg.norm(a), np.linalg.norm(b)
    a, b = a / from_length, b / to_length
    angle = np.arccos(np.clip(a @ b, -1.0, 1.0))
    if angle < 1e-6:  # the same noise: the circle is a point
        return start
    between = (np.sin((1 - mix) * angle) * a + np.sin(mix * angle) * b) / np.sin(angle)
    length = (1 - mix) * from_length + mix * to_length
    return np.asarray(between * length, np.float32).reshape(start.shape)


def schedule(steps: int, shift: float = 1.0) -> list[float]:
    """`steps` times in [0, 1), the first 0. A shift above 1 spends more on noisy pictures (Esser et al., 2024)."""
    even = [i / steps for i in range(steps)]
    return [t / (t + shift * (1 - t)) for t in even]


def denoise(
    predict: Callable[[Float, float], Float],
    start: Float,
    times: list[float],
    callback: Callable[[int], None] | None = None,
) -> Float:
    """Euler's method along the predicted velocity; the last prediction is the picture.

    predict(x_t, t) -> x. start: noise. callback(i) after each step.
    """
    x = start
    for i, t in enumerate(times):
        clean = predict(x, t)
        last = i + 1 == len(times)
        x = clean if last else x + np.float32((times[i + 1] - t) / (1 - t)) * (clean - x)
        if callback is not None:
            callback(i)
    return x
