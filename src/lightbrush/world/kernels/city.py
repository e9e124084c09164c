"""A city: towers as boxes on a grid of lots, met by walking a ray from lot to lot.

Every tower follows from its lot's hash, so a city of any size is nine parameters. Rays are (ox + dx t, oy +
dy t, oz + dz t); for rays of the eye dz is 1 and t is depth.
"""

from __future__ import annotations

import math

from lightbrush.world.kernels.noise import clamp01, f32, frac, i32, ifloor, mix, noise, random2, smoothstep
from lightbrush.world.kernels.sky import RGB, add3, clear_sky, colour, lerp3, scale3
from lightbrush.world.layout import C, P

FRONT = 1
SIDE = 2
ROOF = 3
MISS = 1.0e9


def storeys(p: list[float], i: int, k: int) -> float:
    """Height of the tower on lot (i, k), metres; 0 for an empty lot."""
    seed = i32(p[P.SEED]) + 2100
    r = random2(i, k, seed)
    if random2(i, k, seed + 1) > p[P.CITY]:
        return 0.0
    downtown = 0.62 + 0.5 * noise(f32(i) * 0.21, f32(k) * 0.21, seed + 2)
    return p[P.CITY_H] * (0.12 + 0.88 * r * r * clamp01(downtown) + 0.16 * clamp01(downtown))


def slab(
    ox: float, oy: float, oz: float, dx: float, dy: float, dz: float, x0: float, x1: float, z0: float, z1: float,
    top: float,
) -> tuple[float, int]:  # fmt: skip
    """Where a ray enters a box that reaches down without end: (t, face), t = MISS if it does not."""
    ix = 1.0 / (dx if abs(dx) > 1.0e-5 else 1.0e-5)
    iz = 1.0 / (dz if abs(dz) > 1.0e-5 else 1.0e-5)
    ta = (x0 - ox) * ix
    tb = (x1 - ox) * ix
    tc = (z0 - oz) * iz
    td = (z1 - oz) * iz
    side = min(ta, tb)
    front = min(tc, td)
    enter = max(side, front)
    leave = min(max(ta, tb), max(tc, td))
    if enter >= leave or leave < 0.0:
        return MISS, 0
    if oy + dy * max(enter, 0.0) <= top:
        return max(enter, 0.0), SIDE if side > front else FRONT
    if dy < 0.0:
        t = (top - oy) / dy
        if t < leave:
            return t, ROOF
    return MISS, 0


def tower_hit(
    p: list[float], ox: float, oy: float, oz: float, dx: float, dy: float, dz: float, t0: float, t1: float, lots: int
) -> tuple[float, int, int, int, int]:
    """The first tower along a ray between t0 and t1: (t or MISS, face, lot i, lot k, which tier)."""
    lot = p[P.CITY_LOT]
    z_end = p[P.CITY_Z] + p[P.CITY_D]
    # 1. Only where there is a city, below its tallest roof.
    if dz > 0.001:
        t0 = max(t0, (p[P.CITY_Z] - oz) / dz)
        t1 = min(t1, (z_end - oz) / dz)
    elif dz < -0.001:
        t0 = max(t0, (z_end - oz) / dz)
        t1 = min(t1, (p[P.CITY_Z] - oz) / dz)
    ceiling = 1.34 * p[P.CITY_H]
    if dy > 0.0:
        t1 = min(t1, (ceiling - oy) / dy)
    elif oy > ceiling and dy < 0.0:
        t0 = max(t0, (ceiling - oy) / dy)
    if t0 >= t1:
        return MISS, 0, 0, 0, 0
    # 2. From lot to lot.
    x = (ox + dx * t0 - p[P.CITY_X]) / lot
    z = (oz + dz * t0 - p[P.CITY_Z]) / lot
    i = ifloor(x)
    k = ifloor(z + 0.0001)
    step_x = lot / max(abs(dx), 1.0e-5)
    step_z = lot / max(abs(dz), 1.0e-5)
    next_x = t0 + step_x * (f32(i + 1) - x if dx > 0.0 else x - f32(i))
    next_z = t0 + step_z * (f32(k + 1) - z if dz > 0.0 else z - f32(k))
    seed = i32(p[P.SEED]) + 2100
    for _ in range(lots):
        leave = min(next_x, next_z)
        top = storeys(p, i, k)
        low = min(oy + dy * t0, oy + dy * leave)
        if top > 0.0 and low < 1.3 * top:
            r = random2(i, k, seed + 5)
            wide = lot * (0.27 + 0.09 * random2(i, k, seed + 6))
            deep = lot * (0.27 + 0.09 * random2(i, k, seed + 7))
            cx = p[P.CITY_X] + lot * (f32(i) + 0.5)
            cz = p[P.CITY_Z] + lot * (f32(k) + 0.5)
            # A podium, a narrower shaft over it, a mast on some.
            shaft = 1.0 if r < 0.4 else 0.5 + 0.3 * random2(i, k, seed + 8)
            best, face = slab(ox, oy, oz, dx, dy, dz, cx - wide, cx + wide, cz - deep, cz + deep, top * shaft)
            tier = 0
            if shaft < 1.0:
                slim = 0.58 + 0.24 * r
                t, f = slab(
                    ox, oy, oz, dx, dy, dz, cx - wide * slim, cx + wide * slim, cz - deep * slim, cz + deep * slim, top
                )
                if t < best:
                    best = t
                    face = f
                    tier = 1
            if r > 0.62 and top > 0.4 * p[P.CITY_H]:
                thin = 0.035 * lot
                t, f = slab(ox, oy, oz, dx, dy, dz, cx - thin, cx + thin, cz - thin, cz + thin, top * 1.28)
                if t < best:
                    best = t
                    face = f
                    tier = 2
            if best >= t0 - 0.01 and best < t1:
                return best, face, i, k, tier
        if leave >= t1:
            break
        t0 = leave
        if next_x < next_z:
            i += 1 if dx > 0.0 else -1
            next_x += step_x
        else:
            k += 1 if dz > 0.0 else -1
            next_z += step_z
    return MISS, 0, 0, 0, 0


def cladding(r: float, tone: float) -> tuple[RGB, float]:
    """Albedo of a tower's wall, and how much of its front is glass."""
    if r < 0.22:
        return (0.10 + 0.06 * tone, 0.15 + 0.08 * tone, 0.2 + 0.1 * tone), 0.86
    if r < 0.4:
        return (0.06 + 0.05 * tone, 0.07 + 0.05 * tone, 0.085 + 0.06 * tone), 0.72
    if r < 0.56:
        return (0.34 + 0.1 * tone, 0.17 + 0.06 * tone, 0.115 + 0.05 * tone), 0.4
    if r < 0.78:
        return (0.5 + 0.2 * tone, 0.45 + 0.2 * tone, 0.36 + 0.2 * tone), 0.42
    return (0.4 + 0.3 * tone, 0.42 + 0.3 * tone, 0.44 + 0.3 * tone), 0.55


def shade_tower(p: list[float], x: float, y: float, z: float, u: float, s: float, face: int, i: int, k: int,
                tier: int, foot: float) -> RGB:  # fmt: skip
    """Lit colour of a tower's wall or roof at a point, without the air before it."""
    seed = i32(p[P.SEED]) + 2100
    lot = p[P.CITY_LOT]
    r = random2(i, k, seed + 9)
    wall, glass = cladding(r, random2(i, k, seed + 10))
    nx = 0.0
    ny = 0.0
    nz = 0.0
    if face == ROOF:
        ny = 1.0
        wall = scale3(wall, 0.7)
    elif face == SIDE:
        nx = -1.0 if u > 0.0 else 1.0
    else:
        nz = -1.0
    # 1. Light: the neighbours' shadow, the sky, the street's gloom.
    ndl = nx * p[P.LIGHT_X] + ny * p[P.LIGHT_Y] + nz * p[P.LIGHT_Z]
    direct = 0.0
    if ndl > 0.0:
        ox = x + 0.3 * nx
        oz = z + 0.3 * nz
        t, _f, _i, _k, _t = tower_hit(p, ox, y + 0.1, oz, p[P.LIGHT_X], p[P.LIGHT_Y], p[P.LIGHT_Z], 0.4, 600.0, 7)
        direct = ndl if t >= MISS else 0.0
    gloom = mix(0.5, 1.0, smoothstep(0.0, 0.45 * p[P.CITY_H], y))
    light = add3(scale3(colour(p, C.LIGHT), direct), colour(p, C.AMBIENT), (0.72 + 0.28 * ny) * gloom)
    light = add3(light, colour(p, C.BOUNCE), 0.4)
    c = (wall[0] * light[0], wall[1] * light[1], wall[2] * light[2])
    if face == ROOF or tier == 2:
        if p[P.SNOWY] > 0.05 and ny > 0.5:
            snow = colour(p, C.SNOW)
            c = lerp3(c, (snow[0] * light[0], snow[1] * light[1], snow[2] * light[2]), clamp01(1.4 * p[P.SNOWY]))
        return c
    # 2. Windows: as many as the lot's distance lets one see.
    sight = max(p[P.CITY_Z] + lot * (f32(k) + 0.5), 20.0) / (p[P.FOCAL] * 256.0)
    pitch = max(3.4 + 1.4 * random2(i, k, seed + 11), 3.3 * sight)
    across = (x if face == FRONT else z) / (pitch * (0.8 + 0.9 * random2(i, k, seed + 12)))
    up = y / pitch
    ia = ifloor(across)
    iu = ifloor(up)
    ribbon = random2(i, k, seed + 13)
    fx = abs(frac(across) - 0.5)
    fy = abs(frac(up) - 0.5)
    pane = 1.0
    if ribbon < 0.7:
        pane = smoothstep(0.5, 0.4, fx / (0.55 + 0.4 * glass))
    if ribbon > 0.2:
        pane *= smoothstep(0.5, 0.4, fy / (0.5 + 0.4 * glass))
    pane *= 1.0 - 0.5 * smoothstep(0.5 * pitch, 1.1 * pitch, foot)
    sky = clear_sky(p, u if face == FRONT else -u, abs(s) * 0.7 + 0.06 + 0.3 * clamp01(y / p[P.CITY_H]))
    dull = 0.2 + 0.5 * glass
    mirror = add3(scale3(sky, dull), scale3(wall, 0.3), 1.0)
    mirror = (mirror[0] * 0.8, mirror[1] * 0.88, mirror[2])
    if ndl > 0.0:
        mirror = add3(mirror, colour(p, C.LIGHT), 0.1 * direct * glass)
    c = lerp3(c, scale3(mirror, 0.45 + 0.55 * gloom), pane * (0.55 + 0.35 * glass))
    if p[P.WINDOWS] > 0.01:
        h = random2(ia + 31 * i, iu, seed + 14 + k)
        home = random2(i, k, seed + 15)
        if h < 0.14 + 0.4 * home:
            tone = frac(7.0 * h + 3.0 * home)
            lamp = lerp3((1.0, 0.52, 0.18), (0.75, 0.85, 1.0), clamp01(1.6 * tone - 0.9))
            c = add3(c, lamp, 0.33 * p[P.WINDOWS] * pane * (0.35 + 0.9 * frac(13.0 * h)))
    return c


def pavement(p: list[float], x: float, z: float) -> tuple[float, float]:
    """Around the lots of the city: how much a point is street, and how much paint is on it."""
    lot = p[P.CITY_LOT]
    a = (x - p[P.CITY_X]) / lot
    b = (z - p[P.CITY_Z]) / lot
    if b < -0.6 or z > p[P.CITY_Z] + p[P.CITY_D]:
        return 0.0, 0.0
    da = abs(a - f32(ifloor(a + 0.5)))
    db = abs(b - f32(ifloor(b + 0.5)))
    street = max(smoothstep(0.12, 0.11, da), smoothstep(0.12, 0.11, db))
    line = 0.0
    if da < 0.12 and db > 0.13:
        line = smoothstep(0.008, 0.004, da) * (1.0 if frac(b * 10.0) > 0.45 else 0.0)
    elif db < 0.12 and da > 0.13:
        line = smoothstep(0.008, 0.004, db) * (1.0 if frac(a * 10.0) > 0.45 else 0.0)
    return street, line


def street_light(p: list[float], x: float, z: float) -> float:
    """Sun that reaches the street between the towers, 0 or 1."""
    t, _f, _i, _k, _t = tower_hit(p, x, 0.5, z, p[P.LIGHT_X], max(p[P.LIGHT_Y], 0.03), p[P.LIGHT_Z], 0.5, 900.0, 9)
    return 1.0 if t >= MISS else 0.0


def street_glow(p: list[float], x: float, z: float) -> float:
    """Light of lamps and cars on the streets of a night."""
    lot = p[P.CITY_LOT]
    a = (x - p[P.CITY_X]) / lot
    b = (z - p[P.CITY_Z]) / lot
    da = abs(a - f32(ifloor(a + 0.5)))
    lamp = math.exp(-30.0 * (abs(da - 0.13) + 0.35 * abs(frac(2.0 * b) - 0.5)))
    return p[P.WINDOWS] * (0.02 + 0.22 * lamp)
