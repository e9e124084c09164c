"""Steps of Euler's method along straight ways (Lipman et al., "Flow Matching", 2023) as a table of numbers; NumPy-free.

A noisy latent is x_t = (1 - t) x + t e, and the network says e - x. So one step is x' = x + (t' - t) out, which is a
`nn.latent.schedule.Move`: the painter of Stable Diffusion takes it as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, Self

from lightbrush.errors import SettingsError
from lightbrush.nn.latent.schedule import TRAINED_TIMES, Move, Schedule

#: Of what diffusers' scheduler can do besides, and no FLUX model asks for.
_OTHERS: Final = ("shift_terminal", "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "invert_sigmas")


@dataclass(frozen=True)
class Shift:
    """More steps where a picture is nearly all noise: t -> s t / (1 + (s - 1) t) (Esser et al., 2024).

    s is fixed, or where grows is true exp(m), with m on the line through low at `fewest` tokens and high at `most`;
    where by_steps is true too, with FLUX.2's m, which was fitted to tokens and steps.
    """

    fixed: float = 1.0
    grows: bool = False
    low: float = 0.5
    high: float = 1.15
    fewest: int = 256
    most: int = 4096
    by_steps: bool = False

    def at(self, tokens: int, steps: int = 1) -> float:
        """steps: of a whole way."""
        if not self.grows:
            return self.fixed
        if self.by_steps:
            return math.exp(_fitted(tokens, steps))
        return math.exp(self.low + (self.high - self.low) * (tokens - self.fewest) / (self.most - self.fewest))

    @classmethod
    def of_diffusers(cls, config: Mapping[str, Any]) -> Self:
        """Of scheduler_config.json. Raises SettingsError weights.format for what is not done here."""
        other = next((name for name in _OTHERS if config.get(name)), None)
        if other is None and config.get("use_dynamic_shifting") and config.get("time_shift_type") == "linear":
            other = "time_shift_type"
        if other is not None:
            raise SettingsError("weights.format", "a schedule of this kind is not run here", value=other)
        return cls(
            fixed=float(config.get("shift", 1.0)),
            grows=bool(config.get("use_dynamic_shifting", False)),
            low=float(config.get("base_shift", 0.5)),
            high=float(config.get("max_shift", 1.15)),
            fewest=int(config.get("base_image_seq_len", 256)),
            most=int(config.get("max_image_seq_len", 4096)),
        )


def _fitted(tokens: int, steps: int) -> float:
    """FLUX.2's m (Black Forest Labs, "FLUX.2", 2025): a line through those of 10 and 200 steps."""
    of_200 = 0.00016927 * tokens + 0.45666666
    if tokens > 4300:
        return of_200
    of_10 = 8.73809524e-05 * tokens + 1.89833333
    return of_200 + (of_200 - of_10) / 190 * (steps - 200)


#: As schnell has it: none.
STRAIGHT: Final = Shift()


@lru_cache(maxsize=64)
def flow(steps: int, shift: float, share: float = 1.0, bare: bool = False) -> Schedule:
    """As `nn.latent.schedule.schedule`. steps: of a whole way; share: of noise in what is begun with, before the shift,
    as diffusers' strength; bare: begin with noise alone."""
    count = max(1, math.floor(steps * share + 0.5))
    even = [share * (1 - i / count) for i in range(count)]
    times = [shift * t / (1 + (shift - 1) * t) for t in even]
    moves = tuple(
        Move(TRAINED_TIMES * now, 1.0, after - now, 0.0, 1.0 - after, after) for now, after in pairwise([*times, 0.0])
    )
    return Schedule(0.0 if bare else 1.0 - times[0], times[0], moves)
