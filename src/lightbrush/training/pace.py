"""The pace of a short training."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator
from typing import Final

import torch

WARM_UP_STEPS: Final = 100


def paced(
    optimizer: torch.optim.Optimizer, rate: float, *, steps: float = math.inf, seconds: float = math.inf
) -> Iterator[int]:
    """Steps from 0, until there were so many or so much time has passed.

    Before each the learning rate is set: it rises to `rate`, stays until half of the way, and falls to nothing.
    """
    start = time.monotonic()
    for step in itertools.count():
        progress = max(step / steps, (time.monotonic() - start) / seconds)
        if progress >= 1:
            return
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / WARM_UP_STEPS) * min(1, 2 * (1 - progress))
        yield step
