"""The ground: one height for every (x, z), shaped in layers that a composition can place."""

from __future__ import annotations

import math

from lightbrush.world.kernels.noise import (
    clamp01,
    eroded,
    f32,
    fbm,
    frac,
    i32,
    ifloor,
    mix,
    noise,
    random2,
    smoothstep,
)
from lightbrush.world.layout import PEAKS, P


def dunes(p: list[float], x: float, z: float, seed: int) -> float:
    """Sharp-crested dunes: a gentle windward side and a steep slip face."""
    length = p[P.DUNE_L]
    warp = noise(x / (2.3 * length), z / (2.3 * length), seed + 71)
    along = (x * p[P.DUNE_X] + z * p[P.DUNE_Z]) / length + 0.9 * warp
    f = frac(along)
    crest = f / 0.68 if f < 0.68 else (1.0 - f) / 0.32
    crest = crest * crest * (3.0 - 2.0 * crest) * 0.45 + crest * 0.55
    size = 0.55 + 0.45 * noise(x / (3.1 * length) + 9.0, z / (3.1 * length), seed + 72)
    return p[P.DUNE_A] * crest * size


def across(p: list[float], u: float, z: float) -> float:
    """Where a ray that leaves the eye along u is at depth z."""
    return p[P.MOVE_X] + u * (z - p[P.MOVE_Z])


def coast(p: list[float], x: float, z: float, h: float, octaves: int) -> float:
    """Height where the land breaks off into the sea along a ragged line."""
    seed = i32(p[P.SEED]) + 1900
    edge = p[P.CLIFF_X] + p[P.CLIFF_LEAN] * z
    bays = 0.34 * z * noise(0.3, math.log(z + 12.0) * 2.3, seed) + (6.0 + 0.05 * z) * noise(0.7, z / 26.0, seed + 1)
    inland = (x - edge) * p[P.CLIFF_SIDE] + bays
    if inland < -2.4 * p[P.CLIFF_H]:
        return h
    crags = fbm(x / 15.0, z / 15.0, seed + 2, min(octaves, 5) - 2)
    top = p[P.CLIFF_H] * (0.85 + 0.2 * noise(z / 260.0, 0.2, seed + 6) + 0.0012 * max(inland, 0.0))
    top += 2.0 * noise(x / 31.0, z / 31.0, seed + 7)
    k = smoothstep(-0.16, 0.22, (inland + 11.0 * crags) / p[P.CLIFF_H])
    ledges = k + 0.055 * math.sin(k * 21.0 + 2.0 * crags)
    k = mix(k, clamp01(ledges), 4.0 * k * (1.0 - k))
    shelf = smoothstep(-2.2, 0.0, inland / p[P.CLIFF_H])
    floor = mix(h, max(h, -1.3 + 1.6 * crags), shelf)
    return mix(floor, max(top, h), k * smoothstep(3.0, 40.0, z))


def craters(x: float, z: float, size: float, seed: int) -> float:
    """Bowls with raised rims, one at most in each square of a grid; height in sizes."""
    ix = ifloor(x / size)
    iz = ifloor(z / size)
    r = 0.12 + 0.26 * random2(ix, iz, seed)
    dx = x / size - f32(ix) - r - (1.0 - 2.0 * r) * random2(ix, iz, seed + 1)
    dz = z / size - f32(iz) - r - (1.0 - 2.0 * r) * random2(ix, iz, seed + 2)
    d = math.sqrt(dx * dx + dz * dz) / (0.72 * r)
    if d > 1.38 or random2(ix, iz, seed + 3) > 0.88:
        return 0.0
    bowl = -0.34 * (1.0 - d * d) if d < 1.0 else 0.0
    rim = 0.15 * smoothstep(0.6, 1.0, d) * smoothstep(1.38, 1.0, d)
    return r * (max(bowl, -0.24) + rim)


def plot(p: list[float], x: float, z: float) -> tuple[float, float, float, float]:
    """The plot of farmland at a point: (metres to its hedge, its random number, metres across its furrows,
    metres along)."""
    seed = i32(p[P.SEED]) + 2000
    wx = x + 9.0 * noise(x / 150.0, z / 150.0, seed)
    wz = z + 9.0 * noise(x / 150.0 + 5.0, z / 150.0, seed)
    a = wx * p[P.PLOT_X] + wz * p[P.PLOT_Z]
    b = wz * p[P.PLOT_X] - wx * p[P.PLOT_Z]
    row = ifloor(b / (1.4 * p[P.PLOT_L]))
    fb = b - f32(row) * 1.4 * p[P.PLOT_L]
    wide = p[P.PLOT_L] * (0.7 + 0.9 * random2(row, 1, seed + 1))
    a += wide * random2(row, 2, seed + 1)
    column = ifloor(a / wide)
    fa = a - f32(column) * wide
    edge = min(fa, wide - fa, fb, 1.4 * p[P.PLOT_L] - fb)
    r = random2(column, row, seed + 2)
    if random2(column, row, seed + 3) < 0.7:
        return edge, r, a, b
    return edge, r, b, a


def terrain(p: list[float], x: float, z: float, octaves: int) -> tuple[float, float]:
    """Height in metres and how much of it is mountain mass (metres), at (x, z)."""
    seed = i32(p[P.SEED])
    # 1. The lie of the land: near bank, basin, far bank.
    near_z = p[P.NEAR_Z]
    far_z = p[P.FAR_Z]
    wn = noise(x / (0.45 * near_z) + 3.1, z / (1.3 * near_z), seed + 1)
    wf = noise(x / (0.35 * far_z) + 8.6, z / (1.7 * far_z), seed + 2)
    near = smoothstep(0.55, 1.25, z / near_z * (1.0 + p[P.WOBBLE] * wn))
    far = smoothstep(0.8, 1.3, z / far_z * (1.0 + 0.3 * wf))
    h = mix(p[P.NEAR_H] + p[P.TILT] * x / near_z, p[P.BASIN_H], near)
    h = mix(h, p[P.FAR_H], far)
    basin = near * (1.0 - far)
    # 2. Hills, dunes and bumps.
    fade = smoothstep(1.0, 30.0, z)
    rough = mix(1.0, p[P.BASIN_ROUGH], basin)
    hills = fbm(x / p[P.HILL_L], z / p[P.HILL_L], seed + 3, min(octaves, 4))
    h += p[P.HILL_A] * hills * rough * (0.25 + 0.75 * fade)
    if p[P.DUNE_A] > 0.05:
        h += dunes(p, x, z, seed) * fade * mix(1.0, 0.7 * rough, basin)
    if z < 500.0:
        h += p[P.DETAIL] * fbm(x * 0.22, z * 0.22, seed + 9, 3) * (1.0 - smoothstep(150.0, 500.0, z)) * rough
    # 3. Where mountains stand: single peaks, a range, valley walls.
    mass = 0.0
    crater = 0.0
    wx = noise(x / p[P.RIDGE_L] * 0.8, z / p[P.RIDGE_L] * 0.8, seed + 21)
    wz = noise(x / p[P.RIDGE_L] * 0.8 + 17.0, z / p[P.RIDGE_L] * 0.8, seed + 22)
    for k in range(PEAKS):
        height = p[P.PEAK_H + 4 * k]
        if height > 1.0:
            w = p[P.PEAK_W + 4 * k]
            dx = (x - p[P.PEAK_X + 4 * k]) / w + 0.16 * wx
            dz = (z - p[P.PEAK_Z + 4 * k]) / w + 0.16 * wz
            r = math.sqrt(dx * dx + dz * dz)
            if r < 1.0:
                e = height * math.pow(1.0 - r, p[P.PEAK_SHARP]) * (1.0 - 0.25 * smoothstep(0.75, 1.0, r))
                if k == 0 and p[P.CRATER] > 0.0:
                    crater = p[P.CRATER] * height * 0.3 * smoothstep(0.16, 0.05, r)
                    e = min(e, height * mix(1.0, math.pow(0.9, p[P.PEAK_SHARP]), p[P.CRATER]))
                mass = max(mass, e)
    if p[P.RANGE_H] > 1.0:
        lateral = noise(x / p[P.RANGE_L], 0.31 * z / p[P.RANGE_L], seed + 23)
        e = p[P.RANGE_H] * smoothstep(0.7 * p[P.RANGE_Z], 1.5 * p[P.RANGE_Z], z) * (0.62 + 0.45 * lateral)
        mass = max(mass, e)
    if p[P.VALLEY_H] > 1.0:
        bend = 0.35 * p[P.VALLEY_W] * noise(0.4, z / (6.0 * p[P.VALLEY_W]), seed + 24)
        side = (abs(x - bend) - p[P.VALLEY_W] - 0.05 * z) / p[P.VALLEY_S] + 0.25 * wx
        mass = max(mass, p[P.VALLEY_H] * smoothstep(0.0, 1.0, side) * smoothstep(20.0, 160.0, z))
    # 4. Their shape: eroded ridges, strata, flat tops.
    if mass > 0.5:
        ridge = eroded((x + 40.0 * wx) / p[P.RIDGE_L], (z + 40.0 * wz) / p[P.RIDGE_L], seed + 31, octaves)
        m = mass * (1.0 + p[P.RIDGE] * (1.5 * ridge - 0.55))
        m = max(m, 0.05 * mass) - crater
        plateau = p[P.PLATEAU] * (1.0 + 0.12 * wz)
        if m > plateau:
            m = plateau + 0.06 * (m - plateau)
        if p[P.TERRACE] > 0.02:
            step = p[P.TERRACE_S]
            q = m / step + 0.35 * wx
            f = q - f32(ifloor(q))
            bench = smoothstep(0.5, 0.95, f)
            terraced = (q - f + 0.25 * f + 0.75 * bench) * step - 0.35 * wx * step
            m = mix(m, max(terraced, 0.0), p[P.TERRACE])
        h += m
        mass = m
    if p[P.CRATERS] > 0.0:
        h += p[P.CRATERS] * fade * (90.0 * craters(x, z, 90.0, seed + 33) + 24.0 * craters(x + 9.0, z, 24.0, seed + 37))
    if p[P.CLIFF_H] > 1.0:
        h = coast(p, x, z, h, octaves)
    # 5. Nothing rises in the camera's face.
    return min(h, p[P.CAM_Y] - 0.9 + 0.02 * z + 0.004 * z * z), mass


def sunlight(p: list[float], x: float, y: float, z: float, footprint: float) -> float:
    """How much of the disc a point sees past the terrain, 0..1: a short march with growing steps."""
    ly = max(p[P.LIGHT_Y], 0.03)
    lx = p[P.LIGHT_X]
    lz = p[P.LIGHT_Z]
    t = 1.0 + 2.0 * footprint
    seen = 1.0
    for _ in range(13):
        h, _m = terrain(p, x + lx * t, max(z + lz * t, 0.0), 4)
        clear = (y + ly * t - h) / t
        seen = min(seen, 0.5 + clear * 14.0)
        if seen <= 0.0:
            break
        t *= 1.62
    return clamp01(seen)


def road_offset(p: list[float], x: float, z: float) -> float:
    """Distance from the middle of the road in half widths (large where there is none)."""
    if p[P.ROAD] <= 0.0:
        return 99.0
    middle = p[P.ROAD_X] * (1.0 - 0.6 * smoothstep(0.0, 160.0, z)) + p[P.ROAD_A] * math.sin(
        math.sqrt(z + 4.0) * p[P.ROAD_L] + p[P.ROAD_X]
    ) * smoothstep(0.0, 60.0, z)
    return abs(x - middle) / (p[P.ROAD] * (1.0 + 0.004 * z))
