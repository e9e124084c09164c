"""Things placed on purpose, with regard to the frame: trees that frame it, a castle, boats, balloons.

Slopes and apparent sizes are in picture heights over the focal length, as everywhere on the picture plane.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lightbrush.world.chance import Draw
from lightbrush.world.kernels import kinds
from lightbrush.world.layout import PLACE, PLACES, A, P

F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

HEROES = 3
BOATS = 6
BALLOONS = 6
FLOCKS = 3


class _Things:
    """Columns [N] of things, of which a scene has those that are `on`."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._rows: list[F64] = []

    def add(
        self,
        on: Bools,
        kind: F64 | float,
        u: F64,
        z: F64,
        height: F64,
        slope: F64 | float = 0.0,
        rnd: F64 | None = None,
    ) -> None:
        own = self._draw.unit() if rnd is None else rnd
        columns = np.broadcast_arrays(np.where(on, kind, 0.0), u, np.where(on, z, np.inf), height, slope, own)
        self._rows.append(np.stack(columns, axis=1))

    def write(self, p: F64) -> None:
        """Into the scenes [N, P], nearest first."""
        rows = np.stack(self._rows, axis=1)
        assert rows.shape[1] <= PLACES, f"world: {rows.shape[1]} things are more than {PLACES} places"
        order = np.argsort(rows[:, :, 2], axis=1, kind="stable")
        rows = np.take_along_axis(rows, order[:, :, None], axis=1)
        on = rows[:, :, 0] > 0.0
        rows = np.where(on[:, :, None], rows, 0.0)
        p[:, P.PLACED] = on.sum(axis=1)
        p[:, P.PLACED_KIND : P.PLACED_KIND + PLACE * rows.shape[1]] = rows.reshape(len(p), -1)


def place_things(p: F64, a: F64, t: dict[str, F64], draw: Draw) -> None:
    """Fills the places of scenes [N, P] with attributes [N, A]."""
    n = len(p)
    things = _Things(draw)
    unit = 1.0 / p[:, P.FOCAL]
    room = p[:, P.HORIZON] * unit
    under = p[:, P.UNDER] > 0.5
    dry = ~under
    shown = p[:, P.CAM_Y] / ((1.02 - p[:, P.HORIZON]) * unit)  # the nearest ground in the frame

    # A castle or a lighthouse, barns.
    castle = np.clip(a[:, A.CASTLE], 0.0, 1.0)
    z = np.maximum(draw.uniform(90.0, 300.0), 1.5 * shown)
    size = (draw.uniform(0.2, 0.32) + 0.1 * castle) * unit
    u = draw.uniform(-0.3, 0.3) * unit
    u = np.where(a[:, A.CLIFFS] > 0.28, p[:, P.CLIFF_SIDE] * np.abs(u), u)
    on = (castle > 0.08) & dry
    things.add(on, kinds.CASTLE, u, z, size * z)
    p[:, P.LANE_U] = u
    p[:, P.LANE_W] = np.where(on, 0.8 * size, 0.0)
    p[:, P.LANE_Z] = z
    z = np.maximum(draw.uniform(80.0, 320.0), 1.3 * shown)
    lighthouse = draw.chance(0.6) & (a[:, A.CLIFFS] > 0.5)
    u = p[:, P.CLIFF_SIDE] * draw.uniform(0.12, 0.4) * unit
    things.add(lighthouse & dry, kinds.LIGHTHOUSE, u, z, draw.uniform(0.15, 0.25) * unit * z)
    z = np.maximum(draw.uniform(50.0, 170.0), 1.2 * shown)
    barn = draw.chance(0.75) & (a[:, A.FARMLAND] > 0.5) & (a[:, A.VILLAGE] > -0.5)
    things.add(
        barn, kinds.BARN, draw.uniform(-0.36, 0.36) * unit, z, np.maximum(9.0, draw.uniform(0.07, 0.13) * unit * z)
    )

    # On the water.
    shore = np.maximum(np.maximum(p[:, P.NEAR_Z], 14.0) * 1.25, 1.15 * shown)
    z = np.clip(shore * draw.uniform(1.1, 1.7), 45.0, None)
    hung = draw.chance(0.45)
    size = np.where(hung, draw.uniform(0.2, 0.27), draw.uniform(0.13, 0.18)) * unit
    bridge = (a[:, A.BRIDGE] > 0.08) & dry
    # Its random number says whether it hangs (above 0.55) or stands on arches.
    rnd = np.where(hung, draw.uniform(0.56, 1.0), draw.uniform(0.0, 0.54))
    things.add(bridge, kinds.BRIDGE, draw.uniform(-0.08, 0.08) * unit, z, size * z, rnd=rnd)
    boats = np.clip(a[:, A.BOATS], 0.0, 1.0)
    for k in range(BOATS):
        near = draw.unit()
        row = draw.chance(0.35)
        z = np.where(row, shore * np.exp(0.9 * near), np.maximum(shore, 34.0) * np.exp(1.7 * near))
        height = np.where(row, draw.uniform(1.7, 2.1), draw.uniform(7.5, 11.0))
        height = np.maximum(height, np.where(row, 0.035, 0.09) * unit * z)
        on = (boats > 0.08) & (k < 1.0 + 5.5 * boats) & dry
        kind = np.where(row, kinds.ROWBOAT, kinds.SAILBOAT)
        things.add(on, kind, draw.uniform(-0.42, 0.42) * unit, z, height)

    # In the air, or in the sea.
    balloons = np.clip(a[:, A.BALLOONS], 0.0, 1.0)
    for k in range(BALLOONS):
        size = draw.uniform(0.2, 0.36) if k == 0 else 0.07 + 0.17 * draw.unit() ** 1.5
        size = np.minimum(size * unit, 0.8 * room)
        z = 26.0 / np.maximum(size * p[:, P.FOCAL], 0.05)
        on = (balloons > 0.08) & (k < 1.0 + 5.5 * balloons) & dry
        u = draw.uniform(-0.44, 0.44) * unit
        slope = draw.uniform(0.04, 0.94) * np.maximum(room - size, 0.05) + 0.02
        things.add(on, kinds.BALLOON, u, z, size * z, slope)
    birds = np.clip(a[:, A.BIRDS], 0.0, 1.0)
    for k in range(FLOCKS):
        z = np.where(under, draw.uniform(5.0, 16.0), draw.uniform(60.0, 260.0))
        size = np.where(under, draw.uniform(0.16, 0.3), draw.uniform(0.1, 0.2)) * unit
        slope = np.where(
            under, draw.uniform(-0.12, 0.3) * unit, draw.uniform(0.2, 0.85) * np.maximum(room - size, 0.05)
        )
        on = np.where(under, draw.chance(0.75), (birds > 0.08) & (k < 1.0 + 2.5 * birds))
        kind = np.where(under, kinds.FISH, kinds.BIRDS)
        things.add(on, kind, draw.uniform(-0.38, 0.38) * unit, z, size * z, slope)
    for side in (-1.0, 1.0):
        hang = draw.uniform(0.24, 0.42) * unit
        on = draw.chance(0.6) & (a[:, A.JUNGLE] > 0.5) & (p[:, P.CAM_Y] < 20.0)
        z = np.full(n, 8.0)
        things.add(on, kinds.VINES, side * draw.uniform(0.16, 0.44) * unit, z, hang * z, room - hang + 0.02)
    _trees(p, a, t, draw, things, unit)
    things.write(p)


def _trees(p: F64, a: F64, t: dict[str, F64], draw: Draw, things: _Things, unit: F64) -> None:
    """Up to three trees that frame the picture."""
    trees = a[:, A.TREES]
    shares = p[:, P.CONIFER : P.CACTUS + 1]
    under = p[:, P.UNDER] > 0.5
    wish = np.where(trees > 0.0, 0.34 + 0.3 * trees, 0.34 * (1.0 + 1.15 * trees)) * np.clip(t["trees"] * 3.0, 0.15, 1.0)
    wish = np.maximum(
        wish, 0.8 * np.clip(np.maximum(np.maximum(a[:, A.PALMS], a[:, A.CACTI]), a[:, A.BLOSSOM]), 0.0, 1.0)
    )
    left = np.where(draw.chance(0.5), -1.0, 1.0)
    for k in range(HEROES):
        on = draw.chance(wish) & (p[:, P.NEAR_H] > 0.4) & (p[:, P.TREES] > 0.0)
        kind = 1.0 + (draw.unit()[:, None] > shares).sum(axis=1)
        jungle = (kind == kinds.BROADLEAF) & (p[:, P.FERNS] > 0.3)
        kind = np.where(jungle, kinds.RAINTREE, kind)
        kind = np.where(under, np.where(kind == kinds.CONIFER, kinds.KELP, kinds.CORAL), kind)
        u = np.where(draw.chance(0.6), left * draw.uniform(0.2, 0.48), draw.uniform(-0.48, 0.48)) * unit
        z = np.clip(p[:, P.NEAR_Z] * draw.uniform(0.3, 0.85), 13.0, 75.0) + 0.3 * k
        z = np.where(under, draw.uniform(6.0, 16.0), z)
        tall = p[:, P.TREE_H] * draw.uniform(0.7, 1.35) * np.where(kind == kinds.CACTUS, 0.5, 1.0)
        tall = np.where(kind == kinds.CORAL, 0.35 * tall, tall)
        tall = np.minimum(tall, 0.62 * unit * z)
        on &= np.abs(u - p[:, P.LANE_U]) > 1.5 * p[:, P.LANE_W]
        things.add(on, kind, u, z, tall)
