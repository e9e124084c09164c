"""Lets the fleet follow the load: asks the policy, and tells the launcher."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from lightbrush.errors import SettingsError
from lightbrush.fleet import scaling
from lightbrush.fleet.launcher import Fleet
from lightbrush.settings import Settings

#: How often the load is looked at. A shot that finds no worker for its engine does not wait for that.
_EVERY_S: Final = 0.5


def policy_of(settings: Settings) -> scaling.Policy:
    return scaling.Policy(
        latency_s=settings.latency_ms / 1000.0,
        least=settings.workers,
        most=max(settings.workers, settings.workers_most),
        spare=settings.workers_spare,
        quiet_s=settings.workers_quiet_s,
    )


def pools_of(settings: Settings) -> tuple[tuple[str, ...], ...]:
    """The engines that one worker loads together, by name. Raises SettingsError when some would never be loaded."""
    held = settings.worker_engines or len(settings.engine)
    pools = tuple(settings.engine[at : at + held] for at in range(0, len(settings.engine), held))
    most = policy_of(settings).most
    if 0 < most < len(pools):
        raise SettingsError(
            "settings.value",
            f"{most} workers of {held} engines each cannot hold {len(settings.engine)} engines",
            value=settings.worker_engines,
            fix=f"Raise `workers_most` to {len(pools)}, or `worker_engines`",
        )
    return pools


class Elastic:
    """pools: the engines of each, as their cards name them. backlog: the engines that
    units of jobs need. clock: seconds that
    only grow."""

    def __init__(
        self,
        fleet: Fleet,
        policy: scaling.Policy,
        pools: Sequence[tuple[str, ...]],
        loads: Callable[[], tuple[scaling.Load, ...]],
        clock: Callable[[], float] = time.monotonic,
        backlog: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._backlog = backlog
        self._fleet, self._policy, self._pools = fleet, policy, pools
        self._loads, self._clock = loads, clock
        self._memory: tuple[scaling.Memory, ...] = ()
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """A fleet whose size is fixed, of workers that are all alike, is decided about once."""
        self.decide()
        if self._policy.least < self._policy.most or len(self._pools) > 1:
            self._next = asyncio.get_running_loop().call_later(_EVERY_S, self.start)

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()

    def decide(self) -> None:
        state = scaling.State(self._fleet.pools(self._pools), self._loads(), self._memory, self._backlog())
        decision = scaling.decide(state, self._policy, self._clock())
        self._memory = decision.memory
        self._fleet.follow(decision.moves)
