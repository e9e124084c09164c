"""How many more sessions may draw: a pure function over frozen values.

A session that has been let in stays so until it leaves, and who waits slows nobody down. What counts is what those who
draw ask of the fleet at its largest, by the rule that the fleet grows by (`scaling.need`), for pictures no older than
`full_s`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lightbrush.fleet import scaling


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """max_sessions: let in at once, drawing or not. full_s: how old pictures may be before newcomers wait; 0: any."""

    max_sessions: int
    full_s: float = 0.0


def room(seated: int, loads: Sequence[scaling.Load], workers: int, policy: Policy) -> int:
    """seated: sessions that are in. workers: that are up, or may be started."""
    seats = policy.max_sessions - seated
    drawing = sum(load.drawing for load in loads)
    if policy.full_s and drawing:
        aim = scaling.Policy(latency_s=policy.full_s)
        needed = sum(scaling.need(load, aim) for load in loads)
        if needed > 0.0:
            seats = min(seats, int(workers * drawing / needed) - drawing)
    return max(0, seats)
