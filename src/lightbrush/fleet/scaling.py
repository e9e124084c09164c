"""How many workers, with which engines: a pure function over frozen values. The gateway and the simulator call the same
one.

Objective: a change on the canvas is in a picture `latency_s` later, at the 95th percentile, measured from when the
session's mailbox filled. What that takes follows from the load alone, not from how the fleet of the moment copes with
it, so nothing chases its own effect. Of an engine with D sessions that draw, S shots a second and a render of r seconds
the lesser of two is enough:

    taking turns    D r / (latency_s - r)     dispatch is fair, so a mailbox waits for one render of each other at most
    keeping up      S r + sqrt(S r)           every shot is rendered; the root is room for chance [Halfin, Whitt 1981];
                                              and D, where that keeps up: then each has one and chance meets nobody

Of turns nobody is given more than two workers, however slow the engine: the newest shot wins, so what is not rendered
is not missed.

Up at once, to what the load will need when a start that begins now is ready; what is starting counts. Down only every
`quiet_s`, to the most that was needed since the last time, and at most by half. Where pictures are late all
the same, with all workers up, the need is corrected upwards and stays so until the load is half.

Jobs keep one worker alive, of each pool whose engines they need, where a worker may be; beyond that the live load alone
decides, and they live on what it leaves.

An engine that lacks workers takes those that another has left over (a swap) where there is no room for more, or where a
swap costs less than a start; else new ones are started beside them (the fleet spreads).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

#: The time over which growth is seen: longer than what chance does to a need.
_TREND_S: Final = 60.0
#: What pictures take to tell of new workers.
_SETTLE_S: Final = 30.0
#: What a need may be taken to grow, or to fall, by the time that a start is ready.
_AHEAD: Final = 1.25
#: A need must be so far under what is there before anything is stopped.
_BAND: Final = 1.05
#: Workers that one session may fill.
_MOST_EACH: Final = 2.0
#: One step of the correction, and all that it may come to.
_CORRECTION: Final = 1.25
_MOST_CORRECTED: Final = 2.0


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """latency_s: the objective. least, most: workers, whatever the load. spare: kept warm beyond what is needed.
    first_render_s, first_start_s: what either is taken to cost before one was measured."""

    latency_s: float = 0.25
    least: int = 1
    most: int = 1
    spare: int = 0
    quiet_s: float = 120.0
    first_render_s: float = 0.1
    first_start_s: float = 5.0


class Load(msgspec.Struct, frozen=True):
    """What sessions ask of an engine. drawing: how many sent something of late. late_s: the 95th percentile of the
    age of the pictures that came of it; 0 where none did."""

    engine: str
    drawing: int
    shots_per_s: float
    render_s: float | None = None
    late_s: float = 0.0


class Pool(msgspec.Struct, frozen=True):
    """The workers that have loaded the same engines; every engine is in one pool. start_s, swap_s: what it took last
    time until one more was up, from nothing and from a worker of another pool."""

    engines: tuple[str, ...]
    ready: int = 0
    starting: int = 0
    start_s: float | None = None
    swap_s: float | None = None


class Memory(msgspec.Struct, frozen=True):
    """Of a pool, from one decision to the next. peak: the most that was needed since turned_s. growth: of the need,
    workers a second. settled_s: since when its workers have been as now."""

    turned_s: float
    seen_s: float
    settled_s: float
    aim: int = 0
    have: int = 0
    peak: float = 0.0
    need: float = 0.0
    growth: float = 0.0
    correction: float = 1.0
    corrected_need: float = 0.0


class State(msgspec.Struct, frozen=True):
    """memory: what the last decision gave back, in the pools' order; none at first. backlog: the engines that units of
    jobs need."""

    pools: tuple[Pool, ...]
    loads: tuple[Load, ...] = ()
    memory: tuple[Memory, ...] = ()
    backlog: frozenset[str] = frozenset()


class Move(msgspec.Struct, frozen=True):
    """`count` workers go from one pool to another, by number. None: from nothing, or to nothing."""

    count: int
    of: int | None = None
    to: int | None = None


class Decision(msgspec.Struct, frozen=True):
    """aims: how many workers each pool should have."""

    aims: tuple[int, ...]
    moves: tuple[Move, ...]
    memory: tuple[Memory, ...]


def decide(state: State, policy: Policy, now_s: float) -> Decision:
    memory = state.memory or tuple(Memory(turned_s=now_s, seen_s=now_s, settled_s=now_s) for _ in state.pools)
    loads = {load.engine: load for load in state.loads}
    floors = _floors(state.pools, memory, state.backlog)
    memory = tuple(
        _remember(pool, [loads[e] for e in pool.engines if e in loads], before, policy, now_s, floor)
        for pool, before, floor in zip(state.pools, memory, floors, strict=True)
    )
    aims = _within_bounds(memory, policy)
    return Decision(aims, _moves(state.pools, aims, policy), memory)


def need(load: Load, policy: Policy) -> float:
    """Workers that the objective takes for this load, not rounded."""
    if not load.drawing:
        return 0.0
    render_s = policy.first_render_s if load.render_s is None else load.render_s
    work = load.shots_per_s * render_s
    keeping_up = work + math.sqrt(work)
    if work <= load.drawing:
        keeping_up = min(keeping_up, load.drawing)
    wait_s = policy.latency_s - render_s
    each = min(_MOST_EACH, render_s / wait_s) if wait_s > 0.0 else _MOST_EACH
    return min(keeping_up, load.drawing * each)


def _floors(pools: Sequence[Pool], memory: Sequence[Memory], backlog: frozenset[str]) -> tuple[float, ...]:
    """What a backlog needs of each pool: one worker of that which has an engine, so none where there is one; where no
    pool has it, any worker will do."""
    owners = {next((place for place, pool in enumerate(pools) if engine in pool.engines), -1) for engine in backlog}
    if owners == {-1} and pools:
        owners = {max(range(len(pools)), key=lambda pool: (memory[pool].aim, pools[pool].ready, -pool))}
    return tuple(float(pool in owners) for pool in range(len(pools)))


def _remember(
    pool: Pool, loads: Sequence[Load], before: Memory, policy: Policy, now_s: float, floor: float = 0.0
) -> Memory:
    """What the pool has to have, alone in the world (`aim`), and what that was found from. floor: at least."""
    # 1. The need now, corrected by what came of it.
    bare = sum(need(load, policy) for load in loads)
    have = pool.ready + pool.starting
    settled_s = now_s if pool.starting or have != before.have else before.settled_s
    correction, corrected_need = before.correction, before.corrected_need
    if bare < corrected_need / 2.0:
        correction, corrected_need = 1.0, 0.0
    late = any(load.late_s > policy.latency_s > (load.render_s or 0.0) for load in loads)
    if late and pool.ready >= before.aim > 0 and now_s - settled_s >= _SETTLE_S and correction < _MOST_CORRECTED:
        correction, corrected_need, settled_s = correction * _CORRECTION, bare, now_s
    now = bare * correction
    # 2. The need when a start that begins now is ready.
    passed_s = now_s - before.seen_s
    growth = before.growth
    if passed_s > 0.0:
        weight = 1.0 - math.exp(-passed_s / _TREND_S)
        growth += weight * ((now - before.need) / passed_s - growth)
    start_s = policy.first_start_s if pool.start_s is None else pool.start_s
    soon = max(floor, min(max(now + growth * start_s, now / _AHEAD), now * _AHEAD))
    # 3. Up at once; down when a turn ends.
    aim, most = max(before.aim, _whole(soon)), max(now, soon)
    peak, turned_s = max(before.peak, most), before.turned_s
    if now_s - turned_s >= policy.quiet_s:
        aim = max(_whole(soon), min(aim, max(_whole(peak * _BAND), before.aim // 2)))
        peak, turned_s = most, now_s
    return Memory(
        turned_s, now_s, settled_s, min(aim, policy.most), have, peak, now, growth, correction, corrected_need
    )


def _whole(workers: float) -> int:
    return math.ceil(workers - 1e-9)


def _within_bounds(memory: Sequence[Memory], policy: Policy) -> tuple[int, ...]:
    """All pools' aims, together from `least` to `most` with what is spare."""
    aims = [own.aim for own in memory]
    total = sum(aims)
    if total > policy.most:
        return _split(aims, policy.most)
    for _ in range(min(policy.most, max(policy.least, total + policy.spare)) - total):
        aims[min(range(len(aims)), key=lambda pool: (aims[pool], pool))] += 1
    return tuple(aims)


def _split(aims: Sequence[int], most: int) -> tuple[int, ...]:
    """Fewer than all want: one each while there are so many, the others in proportion, the largest remainders first."""
    wanting = sorted((pool for pool, aim in enumerate(aims) if aim), key=lambda pool: (-aims[pool], pool))[:most]
    left, beyond = most - len(wanting), sum(aims[pool] - 1 for pool in wanting)
    exact = {pool: left * (aims[pool] - 1) / beyond if beyond else 0.0 for pool in wanting}
    given = {pool: 1 + int(share) for pool, share in exact.items()}
    for pool in sorted(wanting, key=lambda pool: (int(exact[pool]) - exact[pool], pool))[: most - sum(given.values())]:
        given[pool] += 1
    return tuple(given.get(pool, 0) for pool in range(len(aims)))


def _moves(pools: Sequence[Pool], aims: Sequence[int], policy: Policy) -> tuple[Move, ...]:
    lacking = [max(0, aim - pool.ready - pool.starting) for pool, aim in zip(pools, aims, strict=True)]
    over = [max(0, pool.ready + pool.starting - aim) for pool, aim in zip(pools, aims, strict=True)]
    room = policy.most - sum(pool.ready + pool.starting for pool in pools)
    moves: list[Move] = []
    for to, pool in enumerate(pools):
        dear = pool.start_s is not None and pool.swap_s is not None and pool.swap_s < pool.start_s
        spread = 0 if dear else min(lacking[to], max(0, room))
        for of in range(len(pools)):
            count = min(lacking[to] - spread, over[of])
            if count:
                moves.append(Move(count, of, to))
                lacking[to] -= count
                over[of] -= count
        new = min(lacking[to], max(0, room))
        if new:
            moves.append(Move(new, None, to))
            room -= new
    moves += [Move(count, of, None) for of, count in enumerate(over) if count]
    return tuple(moves)
