"""How many sessions draw, on each gateway, at each step of a day, a flash crowd, or a day on which a zone fails.

Sessions are counted, not listed: they come by a Poisson process, and stay, draw and rest for exponential times, so
numbers drawn from Poisson and binomial laws follow them exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

#: A gateway holds about so many sessions at the most that a scenario expects (docs/benchmarks.md).
SESSIONS_A_GATEWAY: Final = 1000
STAY_S: Final = 20 * 60.0
#: One in five draws: a stroke or a few, then a look.
DRAW_S: Final = 20.0
REST_S: Final = 80.0

_HOUR_S: Final = 3600.0


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """share: of all sessions, by time. step_s: how often the load is looked at. fails_s: when a third of all workers
    is gone at once."""

    name: str
    title: str
    seconds: float
    step_s: float
    share: Callable[[float], float]
    fails_s: float | None = None

    @property
    def steps(self) -> int:
        return int(self.seconds / self.step_s)


def _day(now_s: float) -> float:
    """From 0.15 at four in the morning to 1 at four in the afternoon."""
    return 0.575 - 0.425 * math.cos(2.0 * math.pi * (now_s / _HOUR_S - 4.0) / 24.0)


def _flash(now_s: float) -> float:
    """A quarter; within two minutes from the first half hour on, all; ten minutes later fewer and fewer."""
    minutes = now_s / 60.0 - 30.0
    if minutes < 12.0:
        return 0.25 + 0.75 * min(1.0, max(0.0, minutes / 2.0))
    return 0.25 + 0.75 * math.exp(-(minutes - 12.0) / 15.0)


SCENARIOS: Final = (
    Scenario(name="day", title="A day", seconds=24 * _HOUR_S, step_s=15.0, share=_day),
    Scenario(name="flash", title="A flash crowd", seconds=2 * _HOUR_S, step_s=5.0, share=_flash),
    Scenario(
        name="zone", title="A zone fails", seconds=1.5 * _HOUR_S, step_s=5.0, share=lambda _: 0.6, fails_s=0.5 * _HOUR_S
    ),
)


def drawing(scenario: Scenario, sessions: int, seed: int) -> NDArray[np.int32]:
    """sessions: at the most, on all gateways. -> [steps, gateways]: how many draw."""
    chance = np.random.default_rng(seed)
    gateways = max(1, round(sessions / SESSIONS_A_GATEWAY))
    each, step_s = sessions / gateways, scenario.step_s
    share = DRAW_S / (DRAW_S + REST_S)
    leaving = 1.0 - math.exp(-step_s / STAY_S)
    turning = 1.0 - math.exp(-step_s * (1.0 / DRAW_S + 1.0 / REST_S))  # and back again: of two states, over a step
    stopping, starting = (1.0 - share) * turning, share * turning
    draws = chance.binomial(round(each * scenario.share(0.0)), share, gateways)
    rests = round(each * scenario.share(0.0)) - draws
    out = np.empty((scenario.steps, gateways), np.int32)
    for step in range(scenario.steps):
        now, then = scenario.share(step * step_s), scenario.share((step + 1) * step_s)
        out[step] = draws
        came = chance.poisson(each * max(0.0, then - now * (1.0 - leaving)), gateways)
        draws = draws - chance.binomial(draws, leaving)
        rests = rests - chance.binomial(rests, leaving)
        stop, start = chance.binomial(draws, stopping), chance.binomial(rests, starting)
        came_to_draw = chance.binomial(came, share)
        draws, rests = draws - stop + start + came_to_draw, rests + stop - start + came - came_to_draw
    return out
