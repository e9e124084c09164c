"""Cel, pixel art, low-poly and stained glass: one pixel, from the picture and the notes; and the choice of a style."""

from __future__ import annotations

import math

from lightbrush.world.kernels.brush import ink_wash, oil, pencil, watercolour
from lightbrush.world.kernels.canvas import (
    Tone,
    blend,
    brightest,
    kin,
    line,
    look,
    luma,
    saturated,
    unit_px,
    what,
    within,
)
from lightbrush.world.kernels.noise import clamp01, f32, fbm, frac, i32, ifloor, noise, random2, smoothstep
from lightbrush.world.kernels.pixel import Grid
from lightbrush.world.kernels.study import chosen, seed_of_tile, tile_colour, tile_px
from lightbrush.world.layout import A, P


def entry(notes: Grid, n: int, row: int, column: int, channel: int) -> float:
    """A note in [0, 1]."""
    return 0.003921569 * f32(notes[n, within(row, notes.shape[1]), within(column, notes.shape[2]), channel])


def cel(plain: Grid, label: Grid, depth: Grid, notes: Grid, n: int, row: int, column: int) -> Tone:
    """Flat lights of clear hue within clean outlines."""
    k = unit_px(plain)
    x = f32(column) + 0.5
    y = f32(row) + 0.5
    c = tile_colour(notes, label, n, y, x, 5.0 * k)
    sky = kin(what(label, n, y, x)) <= 1
    # 1. Lights in steps, hues in fewer.
    light = luma(c)
    steps = 7.0 if sky else 5.5
    q = light * steps
    f = frac(q)
    level = (q - f + smoothstep(0.46, 0.54, f) + 0.25) / (steps + 0.3)
    level = clamp01(level + 0.16 * level * (1.0 - level))
    orange = 1.45 * (c[0] - c[2])
    green = 0.7 * (2.0 * c[1] - c[0] - c[2])
    hues = 7.0
    qo = orange * hues
    qg = green * hues
    fo = frac(qo)
    fg = frac(qg)
    orange = 0.5 * (qo - fo + smoothstep(0.45, 0.55, fo)) / hues
    green = 0.5 * (qg - fg + smoothstep(0.45, 0.55, fg)) / hues
    rest = level - 0.299 * (orange - green) - 0.587 * green + 0.114 * (orange + green)
    c = (clamp01(rest + orange - green), clamp01(rest + green), clamp01(rest - orange - green))
    # 2. Ink.
    other, fold = line(label, depth, n, y, x, max(0.95 * k, 0.75))
    near = smoothstep(0.008, 0.06, depth[n, row, column])
    ink = max(other, fold * near)
    return blend(c, (0.32 * c[0] * c[0] + 0.03, 0.25 * c[1] * c[1] + 0.02, 0.3 * c[2] * c[2] + 0.07), 0.92 * ink)


def pixel_art(notes: Grid, n: int, row: int, column: int, tile: float) -> Tone:
    by = i32((f32(row) + 0.5) / tile)
    bx = i32((f32(column) + 0.5) / tile)
    return entry(notes, n, by, bx, 0), entry(notes, n, by, bx, 1), entry(notes, n, by, bx, 2)


def side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> float:
    """Twice the signed area of a triangle."""
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax)


def corner(notes: Grid, n: int, row: int, column: int) -> tuple[float, float]:
    """A vertex of the mesh, in tiles: (x, y)."""
    return (
        f32(column) - 1.5 + entry(notes, n, row, column, 0),
        f32(row) - 1.5 + entry(notes, n, row, column, 1),
    )


def low_poly(p: list[float], plain: Grid, notes: Grid, n: int, row: int, column: int, tile: float) -> Tone:
    """Flat triangles whose vertices were moved onto the picture's edges."""
    seed = i32(p[P.SEED]) + 2500
    x = (f32(column) + 0.5) / tile
    y = (f32(row) + 0.5) / tile
    qx = ifloor(x) + 1
    qy = ifloor(y) + 1
    found = 0
    ax = 0.0
    ay = 0.0
    bx = 0.0
    by = 0.0
    cx = 0.0
    cy = 0.0
    name = 0
    for j in range(9):
        i = 4 if j == 0 else (j - 1 if j < 5 else j)  # the pixel's own quad first
        gx = qx + i % 3 - 1
        gy = qy + i // 3 - 1
        if found == 0 and gx >= 0 and gy >= 0:
            x0, y0 = corner(notes, n, gy, gx)
            x1, y1 = corner(notes, n, gy, gx + 1)
            x2, y2 = corner(notes, n, gy + 1, gx)
            x3, y3 = corner(notes, n, gy + 1, gx + 1)
            if random2(gx, gy, seed) < 0.5:
                x0, y0, x1, y1, x3, y3, x2, y2 = x1, y1, x3, y3, x2, y2, x0, y0
            # The quad's vertices in a ring are 0, 1, 3, 2; the diagonal is 1-2.
            a = side(x1, y1, x2, y2, x, y)
            b = side(x0, y0, x1, y1, x, y)
            c = side(x2, y2, x0, y0, x, y)
            d = side(x1, y1, x3, y3, x, y)
            e = side(x3, y3, x2, y2, x, y)
            if a >= 0.0 and b >= 0.0 and c >= 0.0:
                found = 1
                ax, ay, bx, by, cx, cy = x0, y0, x1, y1, x2, y2
                name = 2 * (gy * 1024 + gx)
            elif a <= 0.0 and d >= 0.0 and e >= 0.0:
                found = 1
                ax, ay, bx, by, cx, cy = x1, y1, x3, y3, x2, y2
                name = 2 * (gy * 1024 + gx) + 1
    if found == 0:
        return look(plain, n, f32(row), f32(column))
    # The facet's colour: its mean over a lattice of places inside.
    r = 0.0
    g = 0.0
    b3 = 0.0
    for j in range(12):
        u = frac(0.5 + 0.7548777 * f32(j))
        v = frac(0.5 + 0.5698403 * f32(j))
        if u + v > 1.0:
            u = 1.0 - u
            v = 1.0 - v
        u = 0.06 + 0.82 * u
        v = 0.06 + 0.82 * v
        px = ax + u * (bx - ax) + v * (cx - ax)
        py = ay + u * (by - ay) + v * (cy - ay)
        c3 = look(plain, n, py * tile, px * tile)
        r += c3[0]
        g += c3[1]
        b3 += c3[2]
    c4 = saturated((r / 12.0, g / 12.0, b3 / 12.0), 1.3)
    v2 = 1.0 + 0.18 * (random2(name, 5, seed + 1) - 0.5)
    return clamp01(v2 * c4[0]), clamp01(v2 * c4[1]), clamp01(v2 * c4[2])


def pane_kin(notes: Grid, n: int, y: float, x: float) -> int:
    """What kind of thing the glass shows at a place in pixels."""
    return i32(notes[n, within(ifloor(y), notes.shape[1]), within(ifloor(x), notes.shape[2]), 3])


def glass(p: list[float], plain: Grid, notes: Grid, n: int, row: int, column: int, tile: float) -> Tone:
    """Pieces of coloured glass that keep to the outlines, in lead, with the light behind them."""
    k = unit_px(plain)
    seed = i32(p[P.SEED]) + 2600
    fx = f32(column) + 0.5
    fy = f32(row) + 0.5
    own = pane_kin(notes, n, fy, fx)
    x = fx / tile + 1.0
    y = fy / tile + 1.0
    qx = ifloor(x)
    qy = ifloor(y)
    # 1. The nearest seed of one's own kind, and the next.
    d1 = 99.0
    d2 = 99.0
    x1 = 0.0
    y1 = 0.0
    x2 = 0.0
    y2 = 0.0
    ax = 0
    ay = 0
    for j in range(9):
        cx = qx + j % 3 - 1
        cy = qy + j // 3 - 1
        ox, oy = seed_of_tile(p, cy, cx)
        sx = f32(cx) + ox
        sy = f32(cy) + oy
        if pane_kin(notes, n, (sy - 1.0) * tile, (sx - 1.0) * tile) == own:
            d = (x - sx) * (x - sx) + (y - sy) * (y - sy)
            if d < d1:
                d2, x2, y2 = d1, x1, y1
                d1, x1, y1 = d, sx, sy
                ax = cx
                ay = cy
            elif d < d2:
                d2, x2, y2 = d, sx, sy
    c = look(plain, n, fy, fx)
    rim = 9.0
    if d1 < 90.0:
        c = (entry(notes, n, ay, ax, 0), entry(notes, n, ay, ax, 1), entry(notes, n, ay, ax, 2))
    if d2 < 90.0:
        apart = math.sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1)) + 0.001
        rim = 0.5 * (d2 - d1) / apart * tile / k
    # 2. The outline: how near a thing of another kind is, in units.
    dx = 1.0
    dy = 0.0
    for _ in range(8):
        for j in range(4):
            far = 0.7 + 0.7 * f32(j)
            if rim > far and pane_kin(notes, n, fy + far * k * dy, fx + far * k * dx) != own:
                rim = far
        dx, dy = 0.70710678 * (dx - dy), 0.70710678 * (dx + dy)
    # 3. Glass: deep colour, streaks, seeds, brighter in the middle.
    lot = random2(ax, ay, seed)
    peak = brightest(c, 0.03)
    shine = 0.22 + 0.7 * math.pow(peak, 0.7) + 0.18 * (lot - 0.5)
    c = (c[0] / peak, c[1] / peak, c[2] / peak)
    tint = 0.16 * (random2(ax, ay, seed + 1) - 0.5)
    c = saturated((shine * (1.0 + tint) * c[0], shine * c[1], shine * (1.0 - tint) * c[2]), 1.6)
    ux = fx / k
    uy = fy / k
    turn = 6.2831853 * lot
    along = math.cos(turn) * ux + math.sin(turn) * uy
    across = math.cos(turn) * uy - math.sin(turn) * ux
    streak = fbm(0.03 * along, 0.13 * across, seed + ax * 7 + ay, 3)
    glow = 0.86 + 0.2 * streak + 0.22 * smoothstep(1.0, 8.0, rim)
    c = (clamp01(c[0] * glow), clamp01(c[1] * glow), clamp01(c[2] * glow))
    c = blend(c, (1.0, 0.98, 0.9), 0.12 * clamp01(streak) * smoothstep(2.0, 7.0, rim))
    # 4. Lead, rounded.
    came = smoothstep(1.9, 1.15, rim)
    gleam = 0.09 + 0.1 * smoothstep(0.9, 0.1, rim) * (0.6 + 0.4 * noise(0.2 * ux, 0.2 * uy, seed + 3))
    return blend(c, (gleam, gleam, 1.08 * gleam), came)


def finish(
    params: list[list[float]],
    plain: Grid,
    notes: Grid,
    label: Grid,
    depth: Grid,
    rgb: Grid,
    n: int,
    row: int,
    column: int,
) -> None:
    """One pixel of the picture in its style."""
    p = params[n]
    style, weight = chosen(p)
    for channel in range(3):
        rgb[n, row, column, channel] = plain[n, row, column, channel]
    if style == A.PHOTO:
        return
    c = (0.0, 0.0, 0.0)
    if style == A.WATERCOLOUR:
        c = watercolour(p, plain, notes, n, row, column)
    elif style == A.OIL:
        c = oil(p, plain, label, notes, n, row, column)
    elif style == A.PENCIL:
        c = pencil(p, plain, label, depth, notes, n, row, column)
    elif style == A.INK:
        c = ink_wash(p, plain, label, depth, notes, n, row, column)
    elif style == A.CEL:
        c = cel(plain, label, depth, notes, n, row, column)
    elif style == A.PIXEL:
        c = pixel_art(notes, n, row, column, tile_px(p, style, unit_px(plain)))
    elif style == A.LOWPOLY:
        c = low_poly(p, plain, notes, n, row, column, tile_px(p, style, unit_px(plain)))
    else:
        c = glass(p, plain, notes, n, row, column, tile_px(p, style, unit_px(plain)))
    was = look(plain, n, f32(row) + 0.5, f32(column) + 0.5)
    c = blend(was, c, weight)
    rgb[n, row, column, 0] = i32(255.0 * clamp01(c[0]) + 0.5)
    rgb[n, row, column, 1] = i32(255.0 * clamp01(c[1]) + 0.5)
    rgb[n, row, column, 2] = i32(255.0 * clamp01(c[2]) + 0.5)
