"""The colour of the land: which material covers a point, and how light falls on it."""

from __future__ import annotations

import math

from lightbrush.world.kernels.city import pavement, street_glow, street_light
from lightbrush.world.kernels.noise import (
    clamp01,
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
from lightbrush.world.kernels.objects import cast_shadow
from lightbrush.world.kernels.sky import (
    RGB,
    add3,
    clear_sky,
    colour,
    drift,
    haze_colour,
    lerp3,
    scale3,
    speckle,
    sun_angle,
)
from lightbrush.world.kernels.terrain import across, plot, road_offset, sunlight, terrain
from lightbrush.world.kernels.weather import caustic
from lightbrush.world.layout import CROP, FIELD, FOREST, GRASS, ICE, LAVA, MOUNTAIN, ROAD, ROCK, SAND, SNOW, C, P


def fog_share(p: list[float], u: float, s: float, y: float, z: float) -> float:
    """How much of a point at depth z the air hides, 0..1: thin haze everywhere, fog that thins with
    height."""
    dist = z * math.sqrt(1.0 + u * u + s * s)
    haze = dist * p[P.HAZE]
    fog = 0.0
    if p[P.FOG] > 0.0:
        a = max(p[P.CAM_Y], 0.0) / p[P.FOG_H]
        b = max(y, 0.0) / p[P.FOG_H]
        d = b - a
        mean = math.exp(-0.5 * (a + b)) if abs(d) < 0.02 else (math.exp(-a) - math.exp(-b)) / d
        fog = dist * p[P.FOG] * mean
    return 1.0 - math.exp(-haze - fog)


def aerial(p: list[float], c: RGB, u: float, s: float, y: float, z: float) -> RGB:
    return lerp3(c, haze_colour(p, u, s), fog_share(p, u, s, y, z))


def lava_river(p: list[float], x: float, z: float, mass: float, seed: int) -> float:
    """Distance from the middle of a glowing river in widths: down the cone, then across the plain."""
    dx = x - p[P.PEAK_X]
    dz = z - p[P.PEAK_Z]
    r = math.sqrt(dx * dx + dz * dz) / p[P.PEAK_W]
    angle = math.atan2(dx, -dz) * 1.3 + 0.9 * noise(r * 5.0, 3.0, seed + 91) * smoothstep(0.05, 0.5, r)
    f = angle - 0.7 * (random2(4, 5, seed) - 0.5)
    lane = f32(ifloor(f * 1.6 + 0.5)) / 1.6
    width = (0.018 + 0.03 * random2(i32(lane * 16.0), 7, seed)) / max(r, 0.06) * 0.16 + 0.012
    d = abs(f - lane) / width
    if r > 1.15 or random2(i32(lane * 16.0), 9, seed) > 0.35 + 0.6 * p[P.LAVA]:
        d = 99.0
    n = noise(x / 30.0, z / 46.0, seed + 92) + 0.45 * noise(x / 9.0, z / 13.0, seed + 93)
    plain = abs(n) * 9.0 / p[P.LAVA] + 30.0 * smoothstep(3.0, 40.0, mass)
    return min(d, plain)


def farmed(
    p: list[float], c: RGB, x: float, z: float, foot: float, n2: float, fine: float, green: float
) -> tuple[RGB, float]:
    """A plot's crop in furrows over the grass, or its hedge; and how much of it is crop."""
    edge, r, aside, along = plot(p, x, z)
    if edge < 1.7:
        return lerp3(c, scale3(colour(p, C.FOREST), 0.8 + 0.3 * n2), 0.85 * green), 0.0
    if r > p[P.CROPS]:
        return c, 0.0
    kind = r / p[P.CROPS]
    crop = colour(p, C.CROP)
    depth = 0.4
    if kind > 0.92:
        crop = (1.2 * crop[0], 1.25 * crop[1], 0.25 * crop[2])
        depth = 0.2
    elif kind > 0.74:
        crop = scale3(crop, 0.8)
        depth = 0.25
    elif kind > 0.56:
        crop = colour(p, C.SOIL)
        depth = 0.55
    elif kind > 0.28:
        crop = colour(p, C.CROP2)
        depth = 0.6
    # Furrows as wide as the eye's height lets one tell apart, gone where they are finer than a pixel.
    spacing = max(1.9, 0.16 * p[P.CAM_Y])
    ridge = 0.5 + 0.5 * math.cos(6.2831853 * aside / spacing + 0.5 * n2)
    seen = smoothstep(0.5 * spacing, 0.12 * spacing, foot * (1.0 + 0.004 * z))
    shade = 1.0 + depth * seen * (ridge - 0.62) + 0.08 * n2 + 0.22 * fine
    if kind > 0.28 and kind <= 0.56 and foot < 0.2:
        shade += 0.25 * (1.0 - smoothstep(0.05, 0.2, foot)) * (frac(along / (0.4 * spacing)) - 0.5) * ridge
    between = scale3(colour(p, C.SOIL), 0.9)
    full = lerp3(crop, between, 0.5 * depth * seen * (1.0 - ridge)) if kind <= 0.56 else crop
    return lerp3(c, scale3(full, shade), green), green


def shade_land(p: list[float], table: list[float], u: float, s: float, z: float) -> tuple[float, float, float, int]:
    """Lit colour and label of the land seen at slope (u, s), depth z."""
    seed = i32(p[P.SEED])
    x = across(p, u, z)
    foot = (z - p[P.MOVE_Z]) / (p[P.FOCAL] * 256.0)
    # 1. Shape: height, fine normal, broad normal, hollows.
    e = max(0.04, 1.2 * foot)
    wide = max(1.5, 7.0 * foot)
    h = 0.0
    mass = 0.0
    hx = 0.0
    hz = 0.0
    w1 = 0.0
    w2 = 0.0
    w3 = 0.0
    # One call in a loop: of six, each would be another copy of the terrain in a GPU's instruction cache.
    for k in range(6):
        dx = e if k == 1 else (wide if k == 3 else (-wide if k == 4 else 0.0))
        dz = e if k == 2 else (-wide if k == 5 else (0.6 * wide if k > 2 else 0.0))
        height, mountain = terrain(p, x + dx, z + dz, 8 if k < 3 else 5)
        if k == 0:
            h = height
            mass = mountain
        elif k == 1:
            hx = height
        elif k == 2:
            hz = height
        elif k == 3:
            w1 = height
        elif k == 4:
            w2 = height
        else:
            w3 = height
    sx = (hx - h) / e
    sz = (hz - h) / e
    ny = 1.0 / math.sqrt(1.0 + sx * sx + sz * sz)
    nx = -sx * ny
    nz = -sz * ny
    hollow = ((w1 + w2 + w3) / 3.0 - h) / wide
    ao = min(1.0, max(0.38, 0.9 - 0.75 * max(hollow, -0.15)))
    gx = (w1 - w2) / (2.0 * wide)
    gz = (0.5 * (w1 + w2) - w3) / (1.6 * wide)
    broad = 1.0 - 1.0 / math.sqrt(1.0 + gx * gx + gz * gz)
    steep = mix(1.0 - ny, broad, 0.72)
    # 2. Cover.
    n1 = fbm(x / 14.0, z / 14.0, seed + 41, 3)
    n2 = noise(x / 2.2, z / 2.2, seed + 44)
    fine = 0.0
    if z < 90.0:
        fine = (noise(x * 3.1, z * 1.6, seed + 45) + 0.7 * noise(x * 8.3, z * 4.1, seed + 46)) * (
            1.0 - smoothstep(25.0, 90.0, z)
        )
    if z < 34.0:
        fine += (0.8 * noise(x * 21.0, z * 9.0, seed + 49) + 0.5 * noise(x * 47.0, z * 23.0, seed + 50)) * (
            1.0 - smoothstep(8.0, 34.0, z)
        )
    label = MOUNTAIN if (mass > 25.0 and z > 160.0) or (z > 420.0 and p[P.CLIFF_H] < 1.0) else ROCK
    layer = (h + 0.5 * e + 2.0 * n1) * p[P.STRATA]
    bed = 0.5 + 0.8 * (0.5 * noise(layer, 0.0015 * x, seed + 47) + 0.5 * noise(3.1 * layer, 0.004 * x, seed + 48))
    c = lerp3(colour(p, C.ROCK), colour(p, C.ROCK2), clamp01(0.9 * bed + 0.5 * n1))
    c = scale3(c, 0.82 + 0.2 * n2 + 0.16 * fine)
    back = 0.0
    emit = 0.0
    rocky = smoothstep(p[P.ROCK_SLOPE] - 0.07, p[P.ROCK_SLOPE] + 0.07, steep + 0.05 * n1 + 0.02 * n2)
    soft = 1.0 - rocky
    sandy = smoothstep(0.3, 0.7, p[P.SANDY] + 0.3 * n1)  # here sand, there rock, seldom both
    shore = smoothstep(p[P.SHORE] * 1.3 + 0.01, p[P.SHORE] * 0.6, h + 0.5 * n1 * p[P.SHORE])
    sandy = max(sandy, shore) * soft
    if sandy > 0.5:
        label = SAND
    if sandy > 0.01:
        sand = colour(p, C.SAND)
        ripple = 0.0
        if z < 130.0:
            ripple = math.sin((x * p[P.DUNE_X] + z * p[P.DUNE_Z]) * 7.0 + 5.0 * n1 + 2.0 * n2)
            ripple *= 0.07 * (1.0 - smoothstep(30.0, 130.0, z))
        wet = mix(0.55, 1.0, smoothstep(0.05, 0.7, h))
        c = lerp3(c, scale3(sand, (0.95 + 0.09 * n1 + ripple + 0.05 * fine) * wet), sandy)
    growth = p[P.GRASS] * 1.7 - 0.35 + 0.75 * n1 - 0.006 * max(0.0, h - 0.8 * p[P.TREE_LINE])
    green = smoothstep(0.2, 0.55, growth) * soft * (1.0 - shore)
    if green > 0.5:
        label = GRASS
    if green > 0.01:
        lush = clamp01(0.5 + 0.7 * fbm(x / 55.0, z / 90.0, seed + 48, 3) + 0.15 * n2)
        grass = lerp3(colour(p, C.GRASS), colour(p, C.GRASS2), lush)
        c = lerp3(c, scale3(grass, 0.92 + 0.1 * n2 + 0.28 * fine), green)
        back = green
    if p[P.FIELD] > 0.01 and green > 0.2:
        bloom = smoothstep(
            0.94 - 1.1 * p[P.FIELD],
            1.12 - 1.1 * p[P.FIELD],
            0.5 + 0.8 * fbm(x / 24.0, z / 40.0, seed + 51, 3),
        )
        rows = 1.0
        if p[P.FIELD_ROWS] > 0.5:
            px = frac(x / 62.0 + 0.11 * f32(ifloor(z / 75.0)))
            plot = random2(ifloor(x / 62.0 + 0.11 * f32(ifloor(z / 75.0))), ifloor(z / 75.0), seed + 52)
            bloom = smoothstep(0.0, 0.02, px) * (1.0 if plot < p[P.FIELD] * 0.9 else 0.0)
            bloom *= 1.0 - smoothstep(4.0, 30.0, mass)
            rows = 0.62 + 0.38 * smoothstep(0.1, 0.34, abs(frac(x / 2.4) - 0.5)) if z < 160.0 else 0.85
        kind = smoothstep(0.35, 0.65, 0.5 + 0.6 * noise(x / 31.0, z / 50.0, seed + 53))
        flower = lerp3(colour(p, C.FLOWER), colour(p, C.FLOWER2), kind)
        dense = 0.72 + 0.28 * n2
        if z < 110.0:
            dots = max(speckle(x * 3.1, z * 1.7, seed + 54), 0.9 * speckle(x * 5.9, z * 3.3, seed + 56))
            dense = mix(0.30 + 0.85 * dots, dense, smoothstep(20.0, 110.0, z))
        amount = clamp01(bloom * green * dense * rows)
        c = lerp3(c, flower, amount)
        if bloom * green > 0.45:
            label = FIELD
    if p[P.CROPS] > 0.0 and green > 0.3:
        c, crop = farmed(p, c, x, z, foot, n2, fine, green * (1.0 - smoothstep(6.0, 40.0, mass)))
        if crop > 0.5:
            label = CROP
    canopy = 0.0
    first = mix(60.0, 16.0, p[P.FERNS])  # where single trees begin to close
    if p[P.CANOPY] > 0.01 and z > first:
        woods = fbm(x / 210.0 + 5.0, z / 260.0, seed + 61, 4)
        canopy = smoothstep(0.12, 0.3, p[P.CANOPY] * 1.5 - 0.55 + 0.8 * woods)
        canopy *= smoothstep(first, 2.8 * first, z) * smoothstep(
            p[P.TREE_LINE] * 1.1, p[P.TREE_LINE] * 0.75, h + 60.0 * n1
        )
        canopy *= smoothstep(0.62, 0.42, steep) * smoothstep(0.8, 2.2, h)
        if canopy > 0.5:
            label = FOREST
        if canopy > 0.01:
            grain = max(5.0, 5.0 * foot)
            up = 0.55 * z + 1.8 * h
            crown = noise(x / grain, up / grain, seed + 65)
            crown2 = noise(x / (0.45 * grain), up / (0.45 * grain), seed + 66)
            hue = clamp01(0.5 + 0.8 * noise(x / 21.0, z / 34.0, seed + 67) + 0.25 * crown)
            wood = lerp3(colour(p, C.FOREST), colour(p, C.FOREST2), hue)
            c = lerp3(c, scale3(wood, 0.78 + 0.34 * crown + 0.22 * crown2), canopy)
            nx += 0.35 * canopy * crown
            ny += 0.2 * canopy * crown2
            back = back * (1.0 - canopy)
    road = road_offset(p, x, z)
    if road < 1.5 and mass < 12.0 and h > 0.1 and z < 320.0:
        track = smoothstep(1.15, 0.9, road + 0.22 * n2)
        track *= 1.0 - smoothstep(220.0, 320.0, z)
        ruts = 0.8 + 0.2 * smoothstep(0.0, 0.25, abs(road - 0.55))
        c = lerp3(c, scale3(colour(p, C.ROAD), ruts * (0.95 + 0.15 * n2 + 0.12 * fine)), track)
        if track > 0.5:
            label = ROAD
            back = 0.0
    glow = 0.0
    if p[P.CITY] > 0.0:
        street, paint = pavement(p, x, z)
        if street > 0.01 and h > 0.2:
            tar = scale3((0.06, 0.062, 0.068), 0.9 + 0.12 * n2 + 0.1 * fine)
            c = lerp3(c, lerp3(tar, (0.6, 0.58, 0.5), paint * smoothstep(0.6, 0.2, foot)), street)
            back *= 1.0 - street
            if street > 0.5:
                label = ROAD
                glow = street_glow(p, x, z) if p[P.WINDOWS] > 0.01 else 0.0
    line = p[P.SNOW_LINE] + 0.6 * p[P.SNOW_BAND] * (n1 + 0.3 * n2)
    snow = smoothstep(line - 0.4 * p[P.SNOW_BAND], line + 0.4 * p[P.SNOW_BAND], h)
    snow *= smoothstep(0.56, 0.36, steep - 0.06 * n2) * (1.0 - 0.45 * canopy)
    if snow > 0.01:
        white = colour(p, C.SNOW)
        c = lerp3(c, scale3(white, 0.97 + 0.03 * fine + 0.03 * n1), snow)
        back *= 1.0 - snow
        if snow > 0.5:
            label = SNOW
    if p[P.ICE] > 0.3 and steep > 0.3 and mass > 5.0 and h < 90.0:
        cliff = smoothstep(0.3, 0.45, steep) * p[P.ICE] * smoothstep(90.0, 50.0, h)
        c = lerp3(c, scale3(colour(p, C.ICE), 0.9 + 0.25 * n1), cliff)
        if cliff > 0.5:
            label = ICE
    if p[P.LAVA] > 0.02:
        river = lava_river(p, x, z, mass, seed)
        c = scale3(c, mix(1.0, 0.45, smoothstep(3.0, 1.2, river)))
        ember = math.exp(-0.35 * max(river - 1.0, 0.0)) * 0.035
        core = smoothstep(1.0, 0.55, river)
        crust = smoothstep(-0.1, 0.35, n2 + 0.5 * fine)
        emit = ember + core * mix(1.0, 0.22, crust)
        if core > 0.5:
            label = LAVA
        back *= 1.0 - core
    # 3. Light.
    shadow = sunlight(p, x, h + 0.3 + 0.4 * foot, z, foot)
    cast = cast_shadow(p, table, x, z)
    if p[P.CITY] > 0.0 and z > 0.5 * p[P.CITY_Z]:
        cast = min(cast, mix(0.25, 1.0, street_light(p, x, z)))
    shadow *= cast
    ao *= 0.65 + 0.35 * cast
    if p[P.DAPPLE] > 0.02:
        shadow *= 1.0 - p[P.DAPPLE] * smoothstep(-0.1, 0.35, noise(x / 420.0 - drift(p, 0.03), z / 700.0, seed + 81))
    if p[P.WET] > 0.0:
        c = scale3(c, 1.0 - 0.35 * p[P.WET])
    if p[P.UNDER] > 0.5:
        shadow *= caustic(p, x, z, seed + 85)
    wrap = 0.12 * snow + 0.2 * back
    ndl = (nx * p[P.LIGHT_X] + ny * p[P.LIGHT_Y] + nz * p[P.LIGHT_Z] + wrap) / (1.0 + wrap)
    direct = max(ndl, 0.0) * shadow
    toward = clamp01(sun_angle(p, u, s))
    direct += back * 0.38 * toward * toward * toward * (0.35 + 0.65 * shadow)
    light = scale3(colour(p, C.LIGHT), direct)
    light = add3(light, colour(p, C.AMBIENT), (0.55 + 0.45 * ny) * ao)
    light = add3(light, colour(p, C.BOUNCE), clamp01(0.5 - 0.5 * ny + 0.25 * max(-nz, 0.0)) * ao)
    c = (c[0] * light[0], c[1] * light[1], c[2] * light[2])
    if emit > 0.001:
        c = add3(c, colour(p, C.LAVA), emit)
    if glow > 0.0:
        c = add3(c, (1.0, 0.55, 0.2), glow)
    if p[P.WET] > 0.0 and label != FOREST and s < -0.001:
        puddle = smoothstep(0.25, 0.05, steep) * smoothstep(0.1 - 0.3 * p[P.WET], 0.3, n1 + 0.25 * n2)
        graze = 0.1 + 0.9 * math.pow(1.0 - clamp01(-s), 4.0)
        c = lerp3(c, clear_sky(p, u, -s + 0.1 * fine), 0.75 * p[P.WET] * puddle * graze)
    c = aerial(p, c, u, s, h, z)
    return c[0], c[1], c[2], label
