"""One picture: the skyline scan of a column, the colour of a pixel."""

from __future__ import annotations

import math
from typing import Any, Protocol

from lightbrush.world.kernels.cards import cards
from lightbrush.world.kernels.city import MISS, shade_tower, tower_hit
from lightbrush.world.kernels.ground import aerial, shade_land
from lightbrush.world.kernels.noise import clamp01, f32, frac, i32, mix
from lightbrush.world.kernels.objects import place, place_one
from lightbrush.world.kernels.planet import planets
from lightbrush.world.kernels.sky import RGB, full_sky
from lightbrush.world.kernels.terrain import across, terrain
from lightbrush.world.kernels.water import shade_water
from lightbrush.world.kernels.weather import rain, rainbow, shafts, snowfall, surface_above
from lightbrush.world.layout import CELLS, LOTS, MOON, NEARNESS_M, ROWS, SEEN_UP_TO_M, SKY, STEPS, TOWER, WATER, P

NO_GROUND, LAND, SEA = range(3)


class Grid(Protocol):
    """An array indexed by a tuple."""

    shape: tuple[int, ...]

    def __getitem__(self, at: tuple[int, ...]) -> Any: ...

    def __setitem__(self, at: tuple[int, ...], value: float) -> None: ...


def jitter_x(sample: int, samples: int) -> float:
    """Where a sample lies within its pixel."""
    return (f32(sample) + 0.5) / f32(samples)


def jitter_y(sample: int, samples: int) -> float:
    return frac((f32(sample) + 0.5) / f32(samples) + 0.5 * f32(sample % 2) * (1.0 if samples > 2 else 0.0))


def scan_column(p: list[float], depth: Grid, column: int, jx: float, jy: float, width: int, height: int) -> None:
    """Writes the depth of the land (0 for none) for every row of a column.

    The picture plane is vertical, so a column of pixels is one vertical plane of the world: the terrain is
    walked once, near to far, and each pixel takes the first point whose slope reaches its own. The steps stay where
    they are when the camera moves, so that a ridge does not tremble.
    """
    tall = f32(height)
    u = (f32(column) + jx - 0.5 * f32(width)) / (p[P.FOCAL] * tall) + p[P.PAN]
    eye = p[P.CAM_Y] + p[P.MOVE_Y]
    here = p[P.MOVE_Z]
    ratio = math.pow(SEEN_UP_TO_M / 0.7, 1.0 / f32(STEPS))
    row = height - 1
    slope = (p[P.HORIZON] * tall - f32(row) - jy) / (p[P.FOCAL] * tall)
    z0 = here + 0.3
    s0 = -9.0
    z = 0.7
    for _ in range(STEPS):
        if z < here + 0.5:
            z *= ratio
            continue
        h, _m = terrain(p, across(p, u, z), z, 7)
        s1 = (max(h, 0.0) - eye) / (z - here)
        while row >= 0 and slope <= s1:
            k = clamp01((slope - s0) / (s1 - s0 + 1.0e-9))
            depth[row, column] = mix(z0, z, k)
            row -= 1
            slope = (p[P.HORIZON] * tall - f32(row) - jy) / (p[P.FOCAL] * tall)
        if row < 0:
            break
        z0 = z
        s0 = s1
        z *= ratio
    while row >= 0:
        depth[row, column] = 0.0
        row -= 1


def tone(x: float) -> float:
    """Filmic curve (K. Narkowicz's fit of ACES)."""
    x = max(x, 0.0) * 0.72
    return clamp01(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14))


def encode(x: float) -> float:
    """Linear to sRGB."""
    if x < 0.0031308:
        return 12.92 * x
    return 1.055 * math.pow(x, 0.41666667) - 0.055


def between(p: list[float], c: RGB, u: float, s: float, z: float) -> RGB:
    """What lies between the eye and a colour at depth z (0 for the sky): bow, rain, flakes or sunbeams."""
    if p[P.RAINBOW] > 0.0:
        c = rainbow(p, c, u, s, z)
    if p[P.RAIN] > 0.0:
        c = rain(p, c, u, s, z)
    if p[P.SNOWFALL] > 0.0:
        c = snowfall(p, c, u, s)
    if p[P.UNDER] > 0.5:
        c = shafts(p, c, u, s, z)
    return c


def ray(
    p: list[float], scale: float, height: int, width: int, row: int, column: int, sample: int, samples: int
) -> tuple[float, float]:
    """Where one sample of a pixel looks: (u, s), metres aside and up for each metre ahead; scale: metres a pixel."""
    u = (f32(column) + jitter_x(sample, samples) - 0.5 * f32(width)) * scale + p[P.PAN]
    s = (p[P.HORIZON] * f32(height) - f32(row) - jitter_y(sample, samples)) * scale
    return u, s


def front(
    p: list[float], table: list[float], bounds: list[float], u: float, s: float, z: float
) -> tuple[float, float, float, float, int, float, int, float]:
    """All that a ray (u, s) meets but land and water: things, towers, the sky; z is the land's depth from the camera's
    home, 0 for none.

    Returns the linear colour, the light let through, label and depth (-1, 0 where the ground decides), which ground is
    seen through it (NO_GROUND, LAND or SEA) and the depth of that.
    """
    here = p[P.MOVE_Z]
    eye = p[P.CAM_Y] + p[P.MOVE_Y]
    far = z * 1.01 + 0.3 if z > 0.0 else SEEN_UP_TO_M
    # Rays are measured from the plane of the camera's home: a thing's z is where it stands.
    ox = across(p, u, 0.0)
    oy = eye - s * here
    tower = MISS
    face = 0
    i = 0
    k = 0
    tier = 0
    if p[P.CITY] > 0.0:
        tower, face, i, k, tier = tower_hit(p, ox, oy, 0.0, u, s, 1.0, here + 0.5, far, LOTS)
        far = min(far, tower)
    r, g, b, left, label, depth = cards(p, table, bounds, ox, oy, u, s, here, far, 0)
    ground = NO_GROUND
    if left > 0.02 or label < 0:
        behind = SKY
        br = 0.0
        bg = 0.0
        bb = 0.0
        if tower < MISS:
            z = tower
            behind = TOWER
            x = across(p, u, z)
            y = oy + s * z
            foot = (z - here) / (p[P.FOCAL] * 256.0)
            br, bg, bb = aerial(p, shade_tower(p, x, y, z, u, s, face, i, k, tier, foot), u, s, y, z)
        elif z > 0.0:
            h, _m = terrain(p, across(p, u, z), z, 7)
            ground = LAND
            if h < 0.0 and s < -0.0002:
                ground = SEA
                z = min(here + eye / -s, SEEN_UP_TO_M)
        elif p[P.UNDER] > 0.5:
            br, bg, bb = surface_above(p, u, s)
            behind = WATER
        else:
            br, bg, bb, behind = full_sky(p, u, s)
            if p[P.PLANET_R] + p[P.MOON_R] > 0.0:
                (br, bg, bb), covered = planets(p, (br, bg, bb), u, s)
                behind = MOON if covered > 0 else behind
        r += left * br
        g += left * bg
        b += left * bb
        if label < 0 and ground == NO_GROUND:
            label = behind
            depth = z
    return r, g, b, left, label, depth, ground, z


def developed(p: list[float], r: float, g: float, b: float, label: int, depth: float, u: float, s: float) -> RGB:
    """Display-linear colour of what a ray met, seen through the weather."""
    if p[P.RAINBOW] + p[P.RAIN] + p[P.SNOWFALL] + p[P.UNDER] > 0.0:
        r, g, b = between(p, (r, g, b), u, s, depth if label >= 0 else 0.0)
    # What is too bright for the screen goes towards white, as on film.
    peak = max(r, g)
    over = max(0.0, max(peak, b) - 1.0) * 0.12
    grey = 0.3 * r + 0.59 * g + 0.11 * b
    vivid = p[P.CONTRAST]
    return tone(mix(grey, r, vivid) + over), tone(mix(grey, g, vivid) + over), tone(mix(grey, b, vivid) + over)


def pixel(
    p: list[float], table: list[float], bounds: list[float], u: float, s: float, z: float
) -> tuple[float, float, float, int, float]:
    """Display-linear colour, label and depth in metres (0 for the sky) along the ray (u, s)."""
    r, g, b, left, label, depth, ground, z = front(p, table, bounds, u, s, z)
    if ground != NO_GROUND:
        if ground == SEA:
            br, bg, bb, behind = shade_water(p, table, bounds, u, s, z)
        else:
            br, bg, bb, behind = shade_land(p, table, u, s, z)
        r += left * br
        g += left * bg
        b += left * bb
        if label < 0:
            label = behind
            depth = z
    r, g, b = developed(p, r, g, b, label, depth, u, s)
    return r, g, b, label, depth


def nearness(z: float) -> float:
    return NEARNESS_M / (NEARNESS_M + z) if z > 0.0 else 0.0


def quantise(x: float) -> int:
    return i32(255.0 * clamp01(encode(x)) + 0.5)


def stand_one(p: list[float], table: list[float], row: int, cell: int) -> tuple[float, float]:
    """Places one object, in a row or, in the last one, where the scene wants it; the range of heights it covers."""
    if row < ROWS:
        return place(p, table, row, cell)
    return place_one(p, table, cell)


def stand(params: list[list[float]], table: list[list[float]], bounds: list[list[float]], n: int, row: int) -> None:
    """Places the objects of one row of one picture, and records the range of heights they cover."""
    low = 1.0e9
    high = -1.0e9
    p = params[n]
    for cell in range(CELLS if row < ROWS else i32(p[P.PLACED])):
        a, b = stand_one(p, table[n], row, cell)
        low = min(low, a)
        high = max(high, b)
    bounds[n][2 * row] = low
    bounds[n][2 * row + 1] = high


def scan(
    params: list[list[float]],
    land: Grid,
    n: int,
    sample: int,
    column: int,
    width: int,
    height: int,
    samples: int,
) -> None:
    """One column of one sample of one picture."""
    jx = jitter_x(sample, samples)
    jy = jitter_y(sample, samples)
    scan_column(params[n], land[n, sample], column, jx, jy, width, height)


def shade(
    params: list[list[float]],
    table: list[list[float]],
    bounds: list[list[float]],
    land: Grid,
    rgb: Grid,
    label: Grid,
    depth: Grid,
    samples: int,
    n: int,
    row: int,
    column: int,
) -> None:
    """One pixel: the mean of its samples in display-linear light; label and depth are the first sample's."""
    p = params[n]
    scale = 1.0 / (p[P.FOCAL] * f32(rgb.shape[1]))
    r = 0.0
    g = 0.0
    b = 0.0
    for sample in range(samples):
        u, s = ray(p, scale, rgb.shape[1], rgb.shape[2], row, column, sample, samples)
        sr, sg, sb, kind, z = pixel(p, table[n], bounds[n], u, s, land[n, sample, row, column])
        r += sr
        g += sg
        b += sb
        if sample == 0:
            label[n, row, column] = kind
            depth[n, row, column] = nearness(z - p[P.MOVE_Z]) if z > 0.0 else 0.0
    share = 1.0 / f32(samples)
    rgb[n, row, column, 0] = quantise(r * share)
    rgb[n, row, column, 1] = quantise(g * share)
    rgb[n, row, column, 2] = quantise(b * share)
