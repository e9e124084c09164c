"""Walks a ray through the rows of objects, nearest first, and paints their cards."""

from __future__ import annotations

import math

from lightbrush.world.kernels.ground import aerial
from lightbrush.world.kernels.kinds import (
    BALE,
    BALLOON,
    BARN,
    BIRDS,
    BOULDER,
    BRIDGE,
    BROADLEAF,
    CORAL,
    FISH,
    HOUSE,
    LAMP,
    LEAF,
    PAINT,
    PAINT2,
    RED,
    REED,
    ROOFING,
    SAILBOAT,
    STONE,
    STRAW,
    WALL_LIT,
    WHITE,
    WINDOW,
    WOOD,
)
from lightbrush.world.kernels.noise import clamp01, frac, i32, mix, smoothstep
from lightbrush.world.kernels.objects import cell_width, draw, row_z
from lightbrush.world.kernels.sky import RGB, add3, colour, lerp3, scale3, sun_angle
from lightbrush.world.layout import BALLOON as BALLOON_LABEL
from lightbrush.world.layout import BOAT as BOAT_LABEL
from lightbrush.world.layout import (
    CELLS,
    CROP,
    FOREST,
    GRASS,
    PLACE,
    ROAD,
    ROCK,
    ROW_RATIO,
    ROWS,
    TOWER,
    C,
    P,
)
from lightbrush.world.layout import HOUSE as HOUSE_LABEL


def card_label(kind: int) -> int:
    if kind == HOUSE:
        return HOUSE_LABEL
    if kind == BOULDER:
        return ROCK
    if kind == REED:
        return GRASS
    if kind == BALE:
        return CROP
    if kind < BARN:
        return FOREST
    if kind == BARN:
        return HOUSE_LABEL
    if kind < BRIDGE:
        return TOWER
    if kind == BRIDGE:
        return ROAD
    if kind < BALLOON:
        return BOAT_LABEL
    if kind == BALLOON:
        return BALLOON_LABEL
    return FOREST


def solid(kind: int) -> bool:
    """Has a label and a depth; flocks have those of what is behind them."""
    return kind < BIRDS or kind > FISH


def vivid(t: float) -> RGB:
    """A strong colour of any hue (I. Quilez, "palettes"), linear."""
    r = 0.5 + 0.5 * math.cos(6.2831853 * t)
    g = 0.5 + 0.5 * math.cos(6.2831853 * (t - 0.36))
    b = 0.5 + 0.5 * math.cos(6.2831853 * (t - 0.62))
    return 0.02 + 0.78 * r * r, 0.02 + 0.62 * g * g, 0.03 + 0.7 * b * b


def card_albedo(p: list[float], material: int, kind: int, rnd: float) -> RGB:
    if material == LEAF:
        leaf = lerp3(colour(p, C.FOREST), colour(p, C.FOREST2), rnd)
        if kind == BROADLEAF and p[P.BLOSSOM] > 0.0:
            bloom = lerp3(colour(p, C.BLOSSOM), (0.9, 0.84, 0.86), 0.8 * rnd * rnd)
            leaf = lerp3(leaf, bloom, p[P.BLOSSOM])
        return leaf
    if material >= WHITE:
        if material == WHITE:
            return 0.8, 0.78, 0.74
        if material == RED:
            return 0.42, 0.055, 0.035
        if material > PAINT2:
            return 0.03, 0.03, 0.035
        own = vivid(rnd * 5.0 + (0.0 if material == PAINT else 0.38))
        return lerp3(own, (0.9, 0.55, 0.42), 0.25) if kind == CORAL else own
    if material == WOOD:
        return 0.085, 0.058, 0.04
    if material == STONE:
        return lerp3(colour(p, C.ROCK), colour(p, C.ROCK2), 0.3 + 0.4 * rnd)
    if material == WALL_LIT:
        return scale3(colour(p, C.WALL), 0.72 + 0.32 * rnd)
    if material == ROOFING:
        return lerp3(colour(p, C.ROOF), (0.13, 0.12, 0.12), 0.75 * rnd * rnd)
    if material == STRAW and kind == BALE:
        return scale3(colour(p, C.CROP), 0.9)
    if material == STRAW:
        return lerp3(colour(p, C.GRASS), colour(p, C.GRASS2), 0.3 + 0.7 * rnd)
    return 0.05, 0.06, 0.08


def paint(
    p: list[float], table: list[float], at: int, x: float, y: float, u: float, s: float, soft: float
) -> tuple[float, float, float, float]:
    """Lit, hazed colour and alpha of one card where the ray crosses its plane at (x, y)."""
    kind = i32(table[at + 5])
    height = table[at + 3]
    half = table[at + 4]
    rnd = table[at + 6]
    cx = (x - table[at + 1]) / half
    cy = (y - table[at + 2]) / height
    alpha, nx, ny, nf, shade, material = draw(kind, cx, cy, rnd, soft / half)
    if alpha < 0.02:
        return 0.0, 0.0, 0.0, 0.0
    z = table[at]
    n = 1.0 / math.sqrt(nx * nx + ny * ny + nf * nf + 0.0001)
    nx *= n
    ny *= n
    nf *= n
    c = card_albedo(p, material, kind, frac(rnd * 17.0))
    shade = max(shade, 0.15)
    if p[P.SNOWY] > 0.05 and kind != REED and (ny > 0.2 or material == ROOFING):
        load = p[P.SNOWY] * smoothstep(0.75, 1.0, shade + 0.25 * ny)
        if material == ROOFING:
            load = 0.92 * clamp01(1.6 * p[P.SNOWY])
        if material != WINDOW and material != WALL_LIT:
            c = lerp3(c, colour(p, C.SNOW), load)
    # Leaves, straw, sails and balloons let light through.
    leafy = 1.0 if material == LEAF else 0.0
    if material == STRAW:
        leafy = 1.0
    if kind >= SAILBOAT and kind <= BALLOON:
        leafy = 0.7
    wrap = 0.25 * leafy
    ndl = (nx * p[P.LIGHT_X] + ny * p[P.LIGHT_Y] - nf * p[P.LIGHT_Z] + wrap) / (1.0 + wrap)
    seen = table[at + 7]
    direct = max(ndl, 0.0) * seen
    toward = clamp01(sun_angle(p, u, s))
    t2 = toward * toward
    rim = clamp01(1.0 - nf)
    direct += leafy * t2 * t2 * (0.10 + 0.75 * rim * rim) * (0.3 + 0.7 * seen)
    light = scale3(colour(p, C.LIGHT), direct)
    ground = mix(0.6, 1.0, clamp01(cy * 2.5)) if kind < BRIDGE else 1.0
    light = add3(light, colour(p, C.AMBIENT), (0.62 + 0.38 * ny) * ground)
    light = add3(light, colour(p, C.BOUNCE), clamp01(0.5 - 0.5 * ny) * ground)
    c = (c[0] * light[0] * shade, c[1] * light[1] * shade, c[2] * light[2] * shade)
    if material == WINDOW:
        c = add3(c, (1.0, 0.55, 0.2), p[P.WINDOWS])
    elif material == LAMP:
        c = add3((0.35, 0.36, 0.36), (1.0, 0.8, 0.4), 0.6 + 2.5 * p[P.WINDOWS])
    elif kind == BALLOON and material != WOOD:
        # The burner lights a balloon from within at night.
        paint_of = card_albedo(p, material, kind, frac(rnd * 17.0))
        c = add3(c, (paint_of[0], 0.62 * paint_of[1], 0.3 * paint_of[2]), 0.5 * p[P.WINDOWS] * nf * (1.2 - cy))
    c = aerial(p, c, u, s, y, z)
    return c[0], c[1], c[2], alpha


def cards(
    p: list[float],
    table: list[float],
    bounds: list[float],
    ox: float,
    oy: float,
    u: float,
    s: float,
    z_min: float,
    z_max: float,
    mirrored: int,
) -> tuple[float, float, float, float, int, float]:
    """Objects along x = ox + u z, y = oy + s z between two depths.

    Returns their premultiplied colour, the light they let through, the label and depth of the first solid
    one (-1, 0).
    """
    r = 0.0
    g = 0.0
    b = 0.0
    left = 1.0
    label = -1
    depth = 0.0
    placed = 0
    count = i32(p[P.PLACED])
    pixel = 1.0 / (p[P.FOCAL] * 256.0)
    for row in range(ROWS + 1):
        zr = row_z(row)
        while placed < count and (p[P.PLACED_Z + PLACE * placed] < zr or row == ROWS):
            at = (ROWS * CELLS + placed) * 8
            placed += 1
            z = table[at]
            if table[at + 5] > 0.5 and z > z_min and z < z_max:
                x = ox + u * z
                y = oy + s * z
                if abs(x - table[at + 1]) < table[at + 4] and y > table[at + 2] and y < table[at + 2] + table[at + 3]:
                    cr, cg, cb, alpha = paint(p, table, at, x, y, u, s, 0.7 * z * pixel)
                    r += left * alpha * cr
                    g += left * alpha * cg
                    b += left * alpha * cb
                    left *= 1.0 - alpha
                    if label < 0 and left < 0.5 and solid(i32(table[at + 5])):
                        label = card_label(i32(table[at + 5]))
                        depth = z
        if row == ROWS or zr > z_max or left < 0.03:
            break
        if zr * ROW_RATIO < z_min:
            continue
        y0 = oy + s * zr
        y1 = oy + s * zr * ROW_RATIO
        if max(y0, y1) < bounds[2 * row] or min(y0, y1) > bounds[2 * row + 1]:
            continue
        width = cell_width(p, zr)
        cell0 = i32((ox + u * zr + zr / p[P.FOCAL]) / width)
        for k in range(3):
            cell = cell0 + (0 if k == 0 else (1 if k == 1 else -1))
            if cell >= 0 and cell < CELLS and left > 0.03:
                at = (row * CELLS + cell) * 8
                if table[at + 5] > 0.5:
                    z = table[at]
                    x = ox + u * z
                    y = oy + s * z
                    if (
                        z > z_min
                        and z < z_max
                        and abs(x - table[at + 1]) < table[at + 4]
                        and y > table[at + 2]
                        and y < table[at + 2] + table[at + 3]
                    ):
                        cr, cg, cb, alpha = paint(p, table, at, x, y, u, s, 0.7 * z * pixel)
                        r += left * alpha * cr
                        g += left * alpha * cg
                        b += left * alpha * cb
                        left *= 1.0 - alpha
                        if label < 0 and left < 0.5 and solid(i32(table[at + 5])):
                            label = card_label(i32(table[at + 5]))
                            depth = z
    return r, g, b, left, label, depth
