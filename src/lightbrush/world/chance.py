"""Random numbers of scenes: the same for scene i of a seed however many scenes are drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

DRAWS = 416  # uniform numbers a scene may use


class Draw:
    """Columns of uniform numbers [N, DRAWS], handed out in a fixed order."""

    def __init__(self, u: F64) -> None:
        self._u = u
        self._next = 0

    def block(self, columns: int) -> F64:
        self._next += columns
        if self._next > DRAWS:
            raise RuntimeError(f"world: a scene needs more than {DRAWS} random numbers; raise DRAWS")
        return self._u[:, self._next - columns : self._next]

    def unit(self) -> F64:
        return self.block(1)[:, 0]

    def uniform(self, low: F64 | float, high: F64 | float) -> F64:
        out: F64 = low + (np.asarray(high) - low) * self.unit()
        return out

    def chance(self, probability: F64 | float) -> NDArray[np.bool_]:
        return np.asarray(self.unit() < probability)

    def signed(self, spread: float = 1.0) -> F64:
        """About normal, in (-1, 1): most scenes are near the biome's middle, some are extreme."""
        u = self.block(2)
        wide = 2.0 * u[:, 0] - 1.0
        out: F64 = np.clip(np.where(u[:, 1] < 0.45, wide * 0.35, wide) * spread, -1.0, 1.0)
        return out

    def seldom(self, probability: F64 | float) -> F64:
        """In [0.2, 1] with this probability, else absent: in [-1, -0.2]."""
        there = self.chance(probability)
        size = self.uniform(0.2, 1.0)
        return np.where(there, size, -size)


def uniforms(seed: int, count: int) -> F64:
    if not 0 <= seed < 2**63:
        raise ValueError(f"world: seed must be in [0, 2**63), got {seed}")
    if count < 0:
        raise ValueError(f"world: count must be at least 0, got {count}")
    return np.random.Generator(np.random.Philox(key=seed)).random((count, DRAWS))


def smooth(low: float, high: float, x: F64) -> F64:
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    out: F64 = t * t * (3.0 - 2.0 * t)
    return out
