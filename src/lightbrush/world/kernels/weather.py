"""What falls or shines between the eye and the scene: rain, snow, a rainbow, shafts of light in the sea."""

from __future__ import annotations

import math

from lightbrush.world.kernels.noise import clamp01, f32, frac, i32, ifloor, mix, noise, random2, smoothstep
from lightbrush.world.kernels.sky import RGB, add3, colour, lerp3, scale3
from lightbrush.world.kernels.terrain import across
from lightbrush.world.layout import C, P


def rain(p: list[float], c: RGB, u: float, s: float, z: float) -> RGB:
    """Slanted streaks in three distances."""
    seed = i32(p[P.SEED]) + 2300
    wind = 0.34 * (random2(1, 2, seed) - 0.5)
    total = 0.0
    for k in range(3):
        fine = 16.0 + 15.0 * f32(k)
        x = (u - wind * s) * p[P.FOCAL] * fine * 2.2
        column = ifloor(x)
        fall = (2.2 + 0.5 * f32(k)) * p[P.TIME]
        y = s * p[P.FOCAL] * fine * 0.16 + fall + 9.0 * random2(column, k, seed + 3)
        r = random2(column, ifloor(y), seed + 7 + k)
        if r < 0.12 + 0.5 * p[P.RAIN]:
            f = abs(frac(x) - 0.5)
            long = frac(y)
            total += (
                (0.5 - 0.11 * f32(k)) * smoothstep(0.24 + 0.05 * f32(k), 0.02, f)
                * smoothstep(0.0, 0.35, long) * smoothstep(1.0, 0.75, long)
            )  # fmt: skip
    drop = add3(scale3(colour(p, C.AMBIENT), 0.9), colour(p, C.HORIZON), 0.55)
    veil = p[P.RAIN] * (0.1 if z <= 0.0 else 0.22 * (1.0 - math.exp(-0.004 * z)))
    c = lerp3(c, scale3(drop, 0.6), clamp01(veil))
    return lerp3(c, drop, clamp01((0.3 + 0.42 * p[P.RAIN]) * total))


def snowfall(p: list[float], c: RGB, u: float, s: float) -> RGB:
    """Flakes of four sizes, the large ones soft and few."""
    seed = i32(p[P.SEED]) + 2400
    total = 0.0
    for k in range(4):
        fine = 9.0 + 8.0 * f32(k) + 3.0 * f32(k * k)
        x = u * p[P.FOCAL] * fine + 0.5 * math.sin(s * 9.0 + f32(k)) + 3.7 * f32(k)
        y = s * p[P.FOCAL] * fine + (1.3 + 0.5 * f32(k)) * p[P.TIME]
        ix = ifloor(x)
        iy = ifloor(y)
        if random2(ix, iy, seed + 5 * k) < 0.15 + 0.6 * p[P.SNOWFALL]:
            size = 0.08 + 0.07 * random2(ix, iy, seed + 5 * k + 1)
            dx = x - f32(ix) - 0.2 - 0.6 * random2(ix, iy, seed + 5 * k + 2)
            dy = y - f32(iy) - 0.2 - 0.6 * random2(ix, iy, seed + 5 * k + 3)
            soft = 0.5 if k == 0 else 0.25
            total = max(total, (0.6 + 0.1 * f32(k)) * smoothstep(size * (1.0 + soft), size * (1.0 - soft),
                                                                 math.sqrt(dx * dx + dy * dy)))  # fmt: skip
    flake = add3(scale3(colour(p, C.AMBIENT), 1.25), colour(p, C.LIGHT), 0.25)
    return lerp3(c, flake, total)


def rainbow(p: list[float], c: RGB, u: float, s: float, z: float) -> RGB:
    """Bow and faint second bow, over the sky and what is far."""
    du = u - p[P.RAINBOW_U]
    ds = s - p[P.RAINBOW_S]
    d = math.sqrt(du * du + ds * ds) / p[P.RAINBOW_R]
    if d > 1.5:
        return c
    k = p[P.RAINBOW] * (1.0 if z <= 0.0 else smoothstep(60.0, 900.0, z))
    bow = add3(hues((d - 0.93) / 0.14), hues((1.34 - d) / 0.1), 0.13)
    sky = colour(p, C.HORIZON)
    bright = k * (0.34 + 0.4 * (sky[0] + sky[1] + sky[2]) / 3.0)
    inside = 0.06 * k * smoothstep(1.0, 0.8, d)
    c = add3(c, bow, bright)
    return add3(c, sky, inside)


def hues(t: float) -> RGB:
    """Violet at 0 to red at 1, black outside."""
    edge = smoothstep(-0.15, 0.12, t) * smoothstep(1.15, 0.88, t)
    r = smoothstep(0.5, 0.72, t) + 0.45 * smoothstep(0.22, 0.05, t)
    g = smoothstep(0.3, 0.48, t) * smoothstep(0.92, 0.68, t)
    b = smoothstep(0.5, 0.34, t)
    return r * edge, g * edge, b * edge


def caustic(p: list[float], x: float, z: float, seed: int) -> float:
    """The net of light that waves throw on the sea floor, about 0..2."""
    t = 0.5 * p[P.TIME]
    wx = x + 1.1 * noise(x * 0.5 + t, z * 0.5, seed + 3)
    wz = z + 1.1 * noise(x * 0.5, z * 0.5 - t, seed + 4)
    a = 1.0 - abs(noise(wx * 0.55 + t, wz * 0.55, seed))
    b = 1.0 - abs(noise(wx * 0.9 - t, wz * 0.9 + 4.0, seed + 1))
    return 0.45 + 1.5 * a * a * a * a * a * b * b * b * b


def shafts(p: list[float], c: RGB, u: float, s: float, z: float) -> RGB:
    """Rays that fan out from above, brighter where there is more water to shine in."""
    seed = i32(p[P.SEED]) + 2500
    du = u - 0.6 * p[P.SUN_U]
    fan = du / (1.9 - s) + 0.02 * p[P.TIME]
    n = noise(fan * 15.0, 0.3, seed) + 0.7 * noise(fan * 37.0, 4.0, seed + 1)
    beam = smoothstep(0.05, 1.05, n) * math.exp(-1.7 * fan * fan * 4.0)
    deep = 1.0 if z <= 0.0 else 1.0 - math.exp(-0.045 * z)
    high = smoothstep(-0.5, 0.55, s)
    return add3(c, colour(p, C.GLOW), 0.5 * beam * deep * high)


def surface_above(p: list[float], u: float, s: float) -> RGB:
    """Looking up through the sea: from the blue distance to the bright, rippled surface."""
    seed = i32(p[P.SEED]) + 2600
    up = smoothstep(-0.02, 0.75, s)
    c = lerp3(colour(p, C.HAZE), colour(p, C.ZENITH), up)
    if s > 0.05:
        z = 1.0 / (s + 0.03)
        x = across(p, u, z + p[P.MOVE_Z]) * 2.6
        y = (z + p[P.MOVE_Z]) * 2.6
        t = 0.6 * p[P.TIME]
        w = noise(x * 0.9 + t, y * 0.9, seed)
        a = 1.0 - abs(noise(x * 1.7 + 0.9 * w, y * 1.7 + t, seed + 1))
        b = 1.0 - abs(noise(x * 3.6 - t, y * 3.6 + 0.9 * w, seed + 2))
        ripple = a * a * a * (0.45 + 0.55 * b * b * b)
        c = add3(c, colour(p, C.GLOW), 0.75 * ripple * smoothstep(0.1, 0.55, s))
    du = u - p[P.SUN_U]
    ds = s - 0.62
    glow = math.exp(-5.0 * (du * du + ds * ds))
    return add3(c, colour(p, C.GLOW), 0.7 * glow * mix(0.6, 1.0, up))
