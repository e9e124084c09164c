"""Lakes and seas: waves, Fresnel reflections of sky, land and trees, glitter, foam, floes; or lava
instead."""

from __future__ import annotations

import math

from lightbrush.world.kernels.cards import cards
from lightbrush.world.kernels.city import MISS, shade_tower, tower_hit
from lightbrush.world.kernels.ground import aerial, fog_share
from lightbrush.world.kernels.noise import (
    clamp01,
    fbm,
    i32,
    noise,
    noise_slope,
    smoothstep,
)
from lightbrush.world.kernels.sky import (
    RGB,
    add3,
    aurora,
    cloudy_sky,
    colour,
    haze_colour,
    lerp3,
    scale3,
    stars,
)
from lightbrush.world.kernels.terrain import across, sunlight, terrain
from lightbrush.world.layout import ICE, LAVA, LOTS, SEEN_UP_TO_M, WATER, C, P


def reflected_land(p: list[float], x: float, z: float, u: float, s: float) -> float:
    """Depth at which a ray leaving the water at (x, z) along (u, s) meets land, or 0."""
    step = 0.06 * z + 1.0
    t = step
    before = 0.0
    for _ in range(26):
        zt = z + t
        if zt > SEEN_UP_TO_M:
            return 0.0
        h, _m = terrain(p, x + u * t, zt, 5)
        over = s * t - h
        if over < 0.0:
            k = before / (before - over + 0.0001)
            return zt - step * (1.0 - k)
        before = over
        step = max(0.13 * t, 0.06 * z + 1.0)
        t += step
    return 0.0


def land_tone(p: list[float], x: float, h: float, z: float, mass: float) -> RGB:
    """A cheap likeness of `shade_land` for mirrors."""
    seed = i32(p[P.SEED])
    n = noise(x / 40.0, z / 40.0, seed + 41)
    hx, _m = terrain(p, x + 0.02 * z, z, 5)
    steep = abs(hx - h) / (0.02 * z)
    c = lerp3(colour(p, C.ROCK), colour(p, C.ROCK2), 0.5 + 0.5 * n)
    c = lerp3(c, colour(p, C.SAND), p[P.SANDY])
    c = lerp3(c, colour(p, C.GRASS), clamp01(p[P.GRASS] * 1.7 - 0.5) * smoothstep(1.1, 0.5, steep))
    woods = p[P.CANOPY] * smoothstep(p[P.TREE_LINE] * 1.1, p[P.TREE_LINE] * 0.7, h) * smoothstep(0.8, 2.2, h)
    c = lerp3(c, colour(p, C.FOREST), clamp01(1.3 * woods))
    snow = smoothstep(p[P.SNOW_LINE] - p[P.SNOW_BAND], p[P.SNOW_LINE] + p[P.SNOW_BAND], h) * smoothstep(1.6, 0.9, steep)
    c = lerp3(c, colour(p, C.SNOW), snow)
    side = (hx - h) / (0.02 * z)
    ndl = clamp01((p[P.LIGHT_Y] - side * p[P.LIGHT_X] + 0.15) / math.sqrt(1.0 + side * side))
    light = scale3(colour(p, C.LIGHT), ndl * (0.8 if p[P.LIGHT_Z] < 0.0 else 0.45))
    light = add3(light, colour(p, C.AMBIENT), 0.75)
    return c[0] * light[0], c[1] * light[1], c[2] * light[2]


def shade_water(
    p: list[float], table: list[float], bounds: list[float], u: float, s: float, z: float
) -> tuple[float, float, float, int]:
    """Colour and label of the water seen at slope (u, s), depth z."""
    seed = i32(p[P.SEED])
    x = across(p, u, z)
    t = p[P.TIME]
    foot = (z - p[P.MOVE_Z]) / (p[P.FOCAL] * 256.0)
    bed, _mass = terrain(p, x, z, 6)
    depth = max(-bed, 0.0)
    if p[P.LAVA_LAKE] > 0.5:
        n = fbm(x / 9.0 + 0.02 * t, z / 13.0 + 0.03 * t, seed + 94, 4)
        crack = math.exp(-16.0 * abs(n)) + 0.35 * smoothstep(-0.1, -0.5, n)
        crust = scale3(colour(p, C.ROCK), 0.35)
        c = add3(
            (crust[0], crust[1], crust[2]),
            colour(p, C.LAVA),
            0.05 + 0.95 * clamp01(crack + 0.5 * smoothstep(0.5, 0.05, depth)),
        )
        c = aerial(p, c, u, s, 0.0, z)
        return c[0], c[1], c[2], LAVA
    # 1. Waves: slopes of two swells, flattened with distance.
    amp = p[P.WAVES]
    calm = 1.0 / (1.0 + foot * 2.2)
    _n0, ax, az = noise_slope(x * 0.16 + 3.0 + 0.12 * t, z * 0.30 + 0.35 * t, seed + 95)
    n1, bx, bz = noise_slope(x * 0.62 - 0.4 * t, z * 1.15 + 0.4 * x + 0.6 * t, seed + 96)
    wx = amp * (0.06 * ax + 0.10 * bx * calm)
    wz = amp * (0.06 * az + 0.10 * bz * calm)
    # 2. The mirror.
    ru = u + 2.0 * wx * 0.8
    rs = max(0.004, -s + 1.6 * wz * min(1.0, 6.0 * -s + 0.25))
    cosine = clamp01(-s / math.sqrt(1.0 + u * u + s * s) + 0.5 * abs(wz))
    fresnel = 0.03 + 0.97 * math.pow(1.0 - cosine, 5.0) * (1.0 - 0.35 * clamp01(amp))
    r, g, b, _alpha = cloudy_sky(p, ru, rs + 0.02 * amp, 3)
    if p[P.STARS] > 0.3 and amp < 0.5:
        k = 0.5 * stars(p, ru, rs) * p[P.STARS]
        r += k
        g += k
        b += k
    if p[P.AURORA] > 0.01 and p[P.STARS] > 0.01:
        ar, ag, ab = aurora(p, ru, rs)
        r += ar
        g += ag
        b += ab
    c = (r, g, b)
    hit = reflected_land(p, x, z, ru, rs)
    if hit > 0.0:
        hx = x + ru * (hit - z)
        h, m = terrain(p, hx, hit, 6)
        c = aerial(p, land_tone(p, hx, h, hit, m), u, rs, h, hit)
    far = hit if hit > 0.0 else SEEN_UP_TO_M
    if p[P.CITY] > 0.0 and p[P.CITY_Z] + p[P.CITY_D] > z:
        tower, face, i, k, tier = tower_hit(p, x, 0.0, z, ru, rs, 1.0, 0.5, far - z, LOTS)
        if tower < MISS:
            far = z + tower
            tx = x + ru * tower
            c = shade_tower(p, tx, rs * tower, far, ru, rs, face, i, k, tier, far / (p[P.FOCAL] * 256.0))
            c = aerial(p, c, u, s, rs * tower, far)
    or_, og, ob, left, _label, _z = cards(p, table, bounds, x - ru * z, -rs * z, ru, rs, z, far * 1.02, 1)
    c = (or_ + left * c[0], og + left * c[1], ob + left * c[2])
    # 3. The light on it.
    shadow = sunlight(p, x, 0.3, z, foot)
    du = ru - p[P.SUN_U]
    ds = rs - p[P.SUN_S]
    spread = 0.0009 + 0.011 * amp * amp + 0.004 * amp
    glint = 0.0
    if p[P.LIGHT_Z] > 0.0:
        d2 = du * du * 1.6 + ds * ds * (0.06 / (0.06 + amp * 0.25))
        sparkle = 0.55 + 0.45 * smoothstep(-0.2, 0.55, n1 + 0.5 * bz * calm)
        glint = math.exp(-d2 / (6.0 * spread)) * sparkle * shadow
    disc = colour(p, C.DISC)
    c = add3(c, disc, 0.55 * glint * p[P.GLOW])
    # 4. The body of the water.
    light = add3(scale3(colour(p, C.LIGHT), 0.55 * max(p[P.LIGHT_Y], 0.05) * shadow), colour(p, C.AMBIENT), 0.8)
    body = lerp3(colour(p, C.SHALLOW), colour(p, C.WATER), 1.0 - math.exp(-0.55 * depth))
    body = (body[0] * light[0], body[1] * light[1], body[2] * light[2])
    c = lerp3(body, c, clamp01(fresnel))
    label = WATER
    # 5. Foam and floes.
    edge = noise(x * 0.5, z * 0.5, seed + 97)
    foam = smoothstep(0.42 + 0.3 * edge, 0.08, depth) * (0.25 + 0.6 * amp)
    if p[P.SURF] > 0.0:
        curl = fbm(x * 0.21 + 0.06 * t, z * 0.3 + 0.16 * t, seed + 102, 3)
        swash = smoothstep(2.6 + 1.6 * edge, 0.1, depth) * smoothstep(-0.3, 0.35, curl + 0.5 * edge)
        foam = max(foam, p[P.SURF] * swash)
    if amp > 0.45:
        crest = fbm(x * 0.35 + 0.1 * t, z * 0.8 + 0.4 * t, seed + 98, 3)
        foam = max(foam, smoothstep(0.22, 0.42, crest + 0.3 * (amp - 0.75)) * smoothstep(0.4, 0.9, amp))
    white = (0.85 * light[0] * 1.3, 0.87 * light[1] * 1.3, 0.9 * light[2] * 1.3)
    c = lerp3(c, white, clamp01(foam) * 0.8)
    if p[P.ICE] > 0.02:
        n = noise(x / 7.0 + 0.8 * edge, z / 9.0, seed + 99) + 0.55 * noise(x / 2.6, z / 3.4, seed + 100)
        n += 0.5 * noise(x / 60.0, z / 90.0, seed + 101)
        cover = 0.75 - 1.35 * p[P.ICE]
        floe = smoothstep(cover, cover + 0.06 + 0.2 * foot, n)
        lit = add3(scale3(colour(p, C.LIGHT), max(p[P.LIGHT_Y], 0.08) * shadow), colour(p, C.AMBIENT), 1.0)
        rim = smoothstep(cover + 0.18, cover + 0.02, n)
        ice = lerp3(colour(p, C.SNOW), colour(p, C.ICE), 0.25 + 0.75 * rim)
        c = lerp3(c, (ice[0] * lit[0], ice[1] * lit[1], ice[2] * lit[2]), floe)
        if floe > 0.5:
            label = ICE
    hidden = fog_share(p, u, s, 0.0, z)
    c = lerp3(c, haze_colour(p, u, s), hidden)
    return c[0], c[1], c[2], label
