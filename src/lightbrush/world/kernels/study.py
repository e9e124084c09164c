"""The first pass of a style: what a painter notes about the picture before painting it.

Notes are four bytes a pixel. Of brush and pen: the masses, as colour, and the direction of the stroke. Of the
mosaics, one entry a tile, at (tile's row, tile's column): the tile's colour, or where a vertex of the mesh was moved;
and for every pixel of the glass the kind of thing it shows.
"""

from __future__ import annotations

import math

from lightbrush.world.kernels.canvas import (
    Tone,
    blend,
    closeness,
    kin,
    look,
    luma,
    saturated,
    unit_px,
    what,
)
from lightbrush.world.kernels.noise import clamp01, f32, i32, ifloor, noise, random2
from lightbrush.world.kernels.pixel import Grid
from lightbrush.world.layout import A, P


def chosen(p: list[float]) -> tuple[int, float]:
    """The style with the largest share, and how far it replaces the photograph."""
    style: int = A.PHOTO
    share = 0.02
    for k in range(A.WATERCOLOUR, A.GLASS + 1):
        if p[k] > share:
            style = k
            share = p[k]
    if style == A.PHOTO:
        return style, 0.0
    return style, clamp01(share / (share + max(p[A.PHOTO], 0.0)))


def tile_px(p: list[float], style: int, k: float) -> float:
    """Side of the tile of a mosaic, pixels, for a unit of k pixels."""
    r = random2(i32(p[P.SEED]), 3, 2001)
    if style == A.PIXEL:
        return f32(max(2, i32((4.0 + f32(i32(2.2 * r))) * k + 0.5)))
    if style == A.LOWPOLY:
        return max(4.0, (11.0 + 5.0 * r) * k)
    return max(4.0, (20.0 + 8.0 * r) * k)


def seed_of_tile(p: list[float], row: int, column: int) -> tuple[float, float]:
    """Where in its tile of the glass (in tiles) a piece has its middle: (across, down)."""
    seed = i32(p[P.SEED]) + 2010
    return 0.1 + 0.8 * random2(row, column, seed), 0.1 + 0.8 * random2(row, column, seed + 1)


def masses(
    plain: Grid, label: Grid, n: int, row: int, column: int, reach: float, strict: int
) -> tuple[float, float, float, float, float]:
    """Generalised Kuwahara filter (Papari et al., 2007): the eight sectors around a pixel, the evenest ones counting
    most; and the gradient of its luma, as (colour, across, down). With `strict` only its own kind of thing counts."""
    y0 = f32(row) + 0.5
    x0 = f32(column) + 0.5
    own = kin(what(label, n, y0, x0))
    c0 = look(plain, n, y0, x0)
    r = 0.0
    g = 0.0
    b = 0.0
    total = 0.0
    gx = 0.0
    gy = 0.0
    dx = 1.0
    dy = 0.0
    for _ in range(8):
        sr = c0[0]
        sg = c0[1]
        sb = c0[2]
        count = 1.0
        light = luma(c0)
        square = light * light
        for j in range(5):
            far = reach * (0.3 + 0.35 * f32(j % 3) if j < 3 else 0.62 + 0.28 * f32(j - 3))
            turn = 0.0 if j < 3 else (0.32 if j == 3 else -0.32)
            x = x0 + far * (dx - turn * dy)
            y = y0 + far * (dy + turn * dx)
            if strict == 0 or kin(what(label, n, y, x)) == own:
                c = look(plain, n, y, x)
                v = luma(c)
                sr += c[0]
                sg += c[1]
                sb += c[2]
                light += v
                square += v * v
                count += 1.0
                gx += v * dx
                gy += v * dy
            else:
                gx += luma(c0) * dx
                gy += luma(c0) * dy
        light /= count
        spread = max(square / count - light * light, 0.0)
        even = 1.0 / (0.0002 + spread)
        weight = count * even * even
        r += weight * sr / count
        g += weight * sg / count
        b += weight * sb / count
        total += weight
        dx, dy = 0.70710678 * (dx - dy), 0.70710678 * (dx + dy)
    return r / total, g / total, b / total, gx, gy


def stroke_angle(p: list[float], x: float, y: float, gx: float, gy: float) -> float:
    """Along the picture's own edges where it has any, else a slow meander, in [0, pi)."""
    meander = 0.5 * noise(0.011 * x, 0.016 * y, i32(p[P.SEED]) + 2020)
    # Directions have no sign: they are mixed as vectors of twice the angle.
    strength = gx * gx + gy * gy
    weight = strength / (strength + 0.05)
    angle = 2.0 * (math.atan2(gy, gx) + 1.5707963)
    c = weight * math.cos(angle) + (1.0 - weight) * math.cos(2.0 * meander)
    s = weight * math.sin(angle) + (1.0 - weight) * math.sin(2.0 * meander)
    turned = 0.5 * math.atan2(s, c)
    return turned + 3.1415927 if turned < 0.0 else turned


def tile_colour(plain: Grid, label: Grid, n: int, y: float, x: float, reach: float) -> Tone:
    """Mean colour of the same kind of thing around a place."""
    own = kin(what(label, n, y, x))
    r, g, b = look(plain, n, y, x)
    count = 1.0
    dx = reach
    dy = 0.0
    for _ in range(16):
        if kin(what(label, n, y + dy, x + dx)) == own:
            c = look(plain, n, y + dy, x + dx)
            r += c[0]
            g += c[1]
            b += c[2]
            count += 1.0
        # The golden angle, shrinking: an even disc.
        shrink = 0.955
        dx, dy = shrink * (-0.7373688 * dx - 0.6754903 * dy), shrink * (0.6754903 * dx - 0.7373688 * dy)
    return r / count, g / count, b / count


def vertex(plain: Grid, label: Grid, depth: Grid, p: list[float], n: int, row: int, column: int, tile: float) -> Tone:
    """Where a vertex of the mesh goes, in tiles from its corner plus a half: of some places near it the one with the
    strongest edge."""
    seed = i32(p[P.SEED]) + 2030
    best = -1.0
    bx = 0.0
    by = 0.0
    for k in range(14):
        ox = 0.76 * (random2(row, column, seed + 2 * k) - 0.5)
        oy = 0.76 * (random2(row, column, seed + 2 * k + 1) - 0.5)
        x = (f32(column) - 1.0 + ox) * tile
        y = (f32(row) - 1.0 + oy) * tile
        e = 0.11 * tile
        a = look(plain, n, y, x - e)
        b = look(plain, n, y, x + e)
        c = look(plain, n, y - e, x)
        d = look(plain, n, y + e, x)
        edge = abs(luma(a) - luma(b)) + abs(luma(c) - luma(d))
        if kin(what(label, n, y, x - e)) != kin(what(label, n, y, x + e)):
            edge += 0.7
        if kin(what(label, n, y - e, x)) != kin(what(label, n, y + e, x)):
            edge += 0.7
        near = closeness(depth, n, y + e, x)
        edge += 0.4 * clamp01(abs(near - closeness(depth, n, y - e, x)) / (near + 0.001) - 0.3)
        if edge > best + 0.04:
            best = edge
            bx = ox
            by = oy
    return clamp01(bx + 0.5), clamp01(by + 0.5), 0.0


def shade_of_palette(x: float, y: float, c: Tone) -> Tone:
    """The nearest colour of a small palette, dithered in an ordered way for the pixel (x, y): nine lights, few hues,
    the darks cooler."""
    c = saturated(c, 1.3)
    light = luma(c)
    orange = 0.5 * (c[0] - c[2])
    green = 0.25 * (2.0 * c[1] - c[0] - c[2])
    # Bayer's 4 x 4 matrix, from the bits of the coordinates.
    ix = ifloor(x)
    iy = ifloor(y)
    bayer = 0
    for k in range(2):
        bx = (ix >> k) & 1
        by = (iy >> k) & 1
        bayer += (2 * (bx ^ by) + by) * (4 if k == 0 else 1)
    steps = 8.0
    light = f32(ifloor(light * steps + 0.5 + 0.5 * ((f32(bayer) + 0.5) / 16.0 - 0.5))) / steps
    hue = 11.0
    orange = f32(ifloor(orange * hue + 0.5)) / hue - 0.05 * (0.5 - light)
    green = f32(ifloor(green * hue + 0.5)) / hue
    rest = light - 0.299 * (orange - green) - 0.587 * green + 0.114 * (orange + green)
    return clamp01(rest + orange - green), clamp01(rest + green), clamp01(rest - orange - green)


def block(plain: Grid, label: Grid, depth: Grid, n: int, row: int, column: int, tile: float) -> Tone:
    """Colour of a block of pixel art: what most of it shows, rimmed where a near thing ends."""
    y = (f32(row) + 0.5) * tile
    x = (f32(column) + 0.5) * tile
    own = kin(what(label, n, y, x))
    votes = 0
    for k in range(9):
        if kin(what(label, n, y + 0.33 * tile * f32(k // 3 - 1), x + 0.33 * tile * f32(k % 3 - 1))) == own:
            votes += 1
    if votes < 3:
        y += 0.33 * tile
    c = tile_colour(plain, label, n, y, x, 0.5 * tile)
    c = blend(c, look(plain, n, y, x), 0.3)
    near = closeness(depth, n, y, x)
    rim = 0.0
    if near > 0.04:
        for k in range(4):
            dx = f32((k & 1) * (1 - (k & 2)))
            dy = f32((1 - (k & 1)) * (1 - (k & 2)))
            if closeness(depth, n, y + tile * dy, x + tile * dx) < 0.6 * near:
                rim = 1.0
    c = blend(c, (0.5 * c[0], 0.45 * c[1], 0.6 * c[2]), 0.75 * rim)
    return shade_of_palette(f32(column), f32(row), c)


def glass_kin(label: int) -> int:
    """As `kin`, with the trees in the land."""
    k = kin(label)
    return 4 if k == 3 else k


def pane(label: Grid, n: int, row: int, column: int, k: float) -> int:
    """What kind of thing most of the surroundings show: lead cannot follow leaves."""
    own = glass_kin(what(label, n, f32(row), f32(column)))
    other = own
    votes = 0
    for j in range(12):
        reach = (1.6 if j % 2 == 0 else 3.0) * k
        angle = 0.52359878 * f32(j)
        y = f32(row) + 0.5 + reach * math.sin(angle)
        x = f32(column) + 0.5 + reach * math.cos(angle)
        seen = glass_kin(what(label, n, y, x))
        if seen == own:
            votes += 1
        else:
            other = seen
    return own if votes >= 6 else other


def put(notes: Grid, n: int, row: int, column: int, c: Tone) -> None:
    notes[n, row, column, 0] = i32(255.0 * clamp01(c[0]) + 0.5)
    notes[n, row, column, 1] = i32(255.0 * clamp01(c[1]) + 0.5)
    notes[n, row, column, 2] = i32(255.0 * clamp01(c[2]) + 0.5)


def note(
    params: list[list[float]], plain: Grid, label: Grid, depth: Grid, notes: Grid, n: int, row: int, column: int
) -> None:
    """One entry of the notes."""
    p = params[n]
    style, _weight = chosen(p)
    if style == A.PHOTO:
        return
    k = unit_px(plain)
    if style == A.GLASS:
        notes[n, row, column, 3] = pane(label, n, row, column, k)
    if style >= A.PIXEL:
        tile = tile_px(p, style, k)
        if f32(row) * tile > f32(plain.shape[1]) + 3.0 * tile or f32(column) * tile > f32(plain.shape[2]) + 3.0 * tile:
            return
        c = (0.0, 0.0, 0.0)
        if style == A.PIXEL:
            c = block(plain, label, depth, n, row, column, tile)
        elif style == A.LOWPOLY:
            c = vertex(plain, label, depth, p, n, row, column, tile)
        else:
            ox, oy = seed_of_tile(p, row, column)
            x = (f32(column) - 1.0 + ox) * tile
            y = (f32(row) - 1.0 + oy) * tile
            c = tile_colour(plain, label, n, y, x, 0.42 * tile)
        put(notes, n, row, column, c)
        return
    reach = 4.2
    if style == A.PENCIL:
        reach = 2.2
    if style == A.CEL:
        reach = 5.5
    strict = 0 if style == A.WATERCOLOUR or style == A.OIL else 1
    r, g, b, gx, gy = masses(plain, label, n, row, column, max(reach * k, 1.5), strict)
    angle = stroke_angle(p, f32(column) / k, f32(row) / k, gx, gy)
    put(notes, n, row, column, (r, g, b))
    notes[n, row, column, 3] = i32(255.0 * clamp01(angle / 3.1415927) + 0.5)
