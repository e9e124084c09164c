"""What stands on the ground: where it stands (one record a cell) and how each kind is drawn.

An object is a card that faces the camera with a shape and a rounded normal drawn on it. Card coordinates:
`cx` in [-1, 1] across, `cy` in [0, 1] up. A drawing returns (alpha, normal x, normal y, normal towards the
eye, shade, which material).
"""

from __future__ import annotations

import math

from lightbrush.world.kernels.built import (
    draw_bale,
    draw_balloon,
    draw_barn,
    draw_bridge,
    draw_castle,
    draw_lighthouse,
    draw_rowboat,
    draw_sailboat,
)
from lightbrush.world.kernels.growth import (
    draw_birds,
    draw_coral,
    draw_fern,
    draw_fish,
    draw_kelp,
    draw_vines,
    raintree,
)
from lightbrush.world.kernels.kinds import (
    ACACIA,
    BALE,
    BALLOON,
    BARE,
    BARN,
    BIRDS,
    BOULDER,
    BRIDGE,
    BROADLEAF,
    BUSH,
    CACTUS,
    CASTLE,
    CONIFER,
    CORAL,
    FERN,
    FISH,
    HOUSE,
    KELP,
    LEAF,
    LIGHTHOUSE,
    PALM,
    RAINTREE,
    REED,
    ROOFING,
    ROWBOAT,
    SAILBOAT,
    STONE,
    STRAW,
    WALL_LIT,
    WINDOW,
    WOOD,
    Drawing,
    flies,
    floats,
    girth,
)
from lightbrush.world.kernels.noise import clamp01, f32, frac, i32, ifloor, mix, noise, random2, smoothstep
from lightbrush.world.kernels.terrain import plot, road_offset, sunlight, terrain
from lightbrush.world.layout import CELLS, PLACE, ROW_RATIO, ROW_Z0, ROWS, P


def row_z(row: int) -> float:
    return ROW_Z0 * math.pow(ROW_RATIO, f32(row))


def row_of(z: float) -> int:
    return ifloor(math.log(max(z, 1.0) / ROW_Z0) / math.log(ROW_RATIO))


def cell_width(p: list[float], z: float) -> float:
    roomy = max(4.5, 0.62 * p[P.TREE_H]) if p[P.UNDER] < 0.5 else 1.7
    return max(roomy, 2.0 * z / (p[P.FOCAL] * f32(CELLS - 2)))


def tree_kind(p: list[float], r: float) -> int:
    if p[P.UNDER] > 0.5:
        return KELP if r < p[P.CONIFER] else CORAL
    if r < p[P.CONIFER]:
        return CONIFER
    if r < p[P.BROADLEAF]:
        return BROADLEAF
    if r < p[P.ACACIA]:
        return ACACIA
    if r < p[P.PALM]:
        return PALM
    if r < p[P.CACTUS]:
        return CACTUS
    return BARE


def settle(p: list[float], k: int) -> tuple[float, float, float, float]:
    """Where a thing that was placed on purpose ends up: (x, foot, z, light), light < 0 if there is no such place.

    Of several spots around the wished one, the first that suits it: water for what floats, high, open ground in
    sight of the eye for a castle.
    """
    at = P.PLACED_KIND + PLACE * k
    kind = i32(p[at])
    u = p[at + 1]
    z = p[at + 2]
    height = p[at + 3]
    if flies(kind):
        return u * z, p[P.CAM_Y] + p[at + 4] * z, z, 1.0
    seed = i32(p[P.SEED]) + 1700 + 7 * k
    grand = kind >= BARN and kind <= LIGHTHOUSE
    best = -1.0e9
    best_x = 0.0
    best_y = 0.0
    best_z = 0.0
    tries = 1
    if floats(kind):
        tries = 12
    elif grand:
        tries = 16
    for i in range(tries):
        zi = z
        ui = u
        if i > 0:
            zi = z * math.pow(4.0, random2(i, 1, seed) - 0.5)
            if kind != BRIDGE and (not grand or i > 8):
                ui = u + (0.7 * random2(i, 2, seed) - 0.35) / p[P.FOCAL]
            ui = min(max(ui, -0.42 / p[P.FOCAL]), 0.42 / p[P.FOCAL])
        x = ui * zi
        h, _m = terrain(p, x, zi, 7)
        score = 1.0
        if floats(kind):
            score = -1.0 if h > -0.25 else 1.0
        elif not grand:
            score = -1.0 if h < 0.15 else 1.0
        else:
            # The lowest ray from the eye to its walls that clears the land before it.
            aim = (h + 0.35 * height - p[P.CAM_Y]) / zi
            clear = 0.0
            for j in range(1, 12):
                zj = zi * f32(j) / 12.0
                hj, _n = terrain(p, ui * zj, zj, 4)
                clear = min(clear, (p[P.CAM_Y] + aim * zj - hj) / zi)
            score = 1.0 + 40.0 * clear + min(h / zi, 0.25) * 4.0 - 0.5 * abs(zi / z - 1.0) - (0.4 if i > 8 else 0.0)
            if kind == LIGHTHOUSE:
                score += 0.03 * h
            if h > 0.6 * zi or (h < 0.6 and kind == BARN):
                score -= 100.0
            elif h < 0.6:  # at worst a rock in the water
                score -= 4.0
                h = 0.0
        if score > best:
            best = score
            best_x = x
            best_y = h
            best_z = zi
        if best > 0.0 and not grand:
            break
    if best < -50.0 or (best < 0.0 and not grand):
        return 0.0, 0.0, 1.0, -1.0
    if floats(kind):
        foot = -0.04 * height if kind != BRIDGE else -0.3
        return best_x, foot, best_z, sunlight(p, best_x, 0.6 * height, best_z, 0.01 * best_z)
    sunk = 0.06 * height if grand else 0.05
    return best_x, best_y - sunk, best_z, sunlight(p, best_x, best_y + 0.6 * height, best_z, 0.01 * best_z)


def place_one(p: list[float], table: list[float], k: int) -> tuple[float, float]:
    """Writes the record of a thing placed on purpose; returns the slopes that it covers."""
    at = P.PLACED_KIND + PLACE * k
    kind = i32(p[at])
    wish_z = p[at + 2]
    x, y, z, light = settle(p, k)
    height = p[at + 3]
    if not flies(kind):
        height *= z / wish_z if kind != BRIDGE else 1.0
    if light < 0.0:
        kind = 0
    write(table, (ROWS * CELLS + k) * 8, z, x, y, height, height * girth(kind), kind, p[at + 5], light)
    return (y, y + height) if kind != 0 else (1.0e9, -1.0e9)


def write(table: list[float], at: int, z: float, x: float, y: float, height: float, half: float, kind: int,
          rnd: float, light: float) -> None:  # fmt: skip
    table[at] = z
    table[at + 1] = x
    table[at + 2] = y
    table[at + 3] = height
    table[at + 4] = half
    table[at + 5] = f32(kind)
    table[at + 6] = rnd
    table[at + 7] = light


def place(p: list[float], table: list[float], row: int, cell: int) -> tuple[float, float]:
    """Writes the record of one cell; returns the range of heights that it covers."""
    seed = i32(p[P.SEED]) + 1000
    kind = 0
    height = 0.0
    rnd = random2(row, cell, seed)
    pick = random2(row, cell, seed + 1)
    zr = row_z(row)
    width = cell_width(p, zr)
    z = zr * (1.0 + (ROW_RATIO - 1.0) * 0.9 * random2(row, cell, seed + 2))
    x = (f32(cell) + 0.2 + 0.6 * random2(row, cell, seed + 3)) * width - zr / p[P.FOCAL]
    u = x / z
    seldom = min(1.0, (ROW_RATIO - 1.0) * zr / (0.8 * p[P.TREE_H]))
    if p[P.UNDER] > 0.5:
        seldom = 0.75
    elif z < 40.0:
        seldom *= smoothstep(0.08, 0.36, abs(u) * p[P.FOCAL]) * smoothstep(9.0, 16.0, z)
    grove = noise(x / 46.0 + 0.3, z / 46.0, seed + 4) * 0.6 + 0.4 * noise(x / 170.0, z / 170.0, seed + 5)
    chance = clamp01(p[P.TREES] * 1.5 - 0.5 + 1.1 * grove) * p[P.TREES] * 0.95 * seldom
    du = (u - p[P.VILLAGE_U]) * p[P.FOCAL] / 0.34
    dz = math.log(z / p[P.VILLAGE_Z]) / 0.55
    town = p[P.VILLAGE] * clamp01(1.3 - du * du - dz * dz)
    stones = p[P.BOULDERS] * 0.5 * seldom
    if p[P.CITY] > 0.0 and z > p[P.CITY_Z] - 4.0:
        return clear_cell(table, row, cell)
    if z < p[P.LANE_Z] and abs(u - p[P.LANE_U]) < p[P.LANE_W]:
        chance = 0.0
    hedge = 99.0
    if p[P.CROPS] > 0.0:
        hedge, tilled, _a, _b = plot(p, x, z)
        if hedge > 3.0:
            chance *= 0.06
    if town > 0.05 and pick < town * min(0.72, seldom * 0.85) and (cell + row) % 2 == 0:
        kind = HOUSE
        height = 4.6 + 4.2 * rnd * random2(row, cell, seed + 8)
    elif hedge < 2.2 and pick > 0.3:
        kind = BUSH
        height = 1.6 + 1.5 * rnd
        if rnd > 0.84 and p[P.TREES] > 0.05:
            kind = tree_kind(p, pick)
            height = 0.9 * p[P.TREE_H]
    elif pick < chance * (1.0 - 0.75 * clamp01(town * 1.5)):
        spread = random2(row, cell, seed + 6)
        kind = tree_kind(p, 0.75 * spread + 0.25 * clamp01(0.5 + 0.8 * grove))
        height = p[P.TREE_H] * (0.45 + 0.75 * rnd + 0.5 * rnd * rnd * rnd)
        odd = random2(row, cell, seed + 7)
        if kind == CACTUS:
            height *= 0.55
        elif kind == CORAL:
            height = (0.5 + 1.3 * rnd * rnd + 0.3 * odd) * smoothstep(5.0, 12.0, z)
        elif kind == BROADLEAF and p[P.FERNS] > 0.3 and odd < 0.75:
            kind = RAINTREE
        elif odd > 0.86 and kind != PALM and kind != KELP:
            kind = BUSH
            height = 1.2 + 1.2 * rnd
    elif pick > 1.0 - stones:
        kind = BOULDER
        height = (0.5 + 2.2 * rnd * rnd * rnd) * (1.0 + 0.006 * zr) * (0.8 + 0.5 * p[P.BOULDERS])
    elif hedge < 90.0 and hedge > 6.0 and tilled > 0.86 and pick > 0.8 and z > 16.0:
        kind = BALE
        height = 1.7
    elif p[P.FERNS] > 0.01 and pick < 0.35 + 0.6 * p[P.FERNS] and z < 140.0:
        kind = FERN
        height = (0.8 + 1.7 * rnd * rnd) * smoothstep(5.0, 14.0, z + 4.0)
    elif p[P.REEDS] > 0.01:
        kind = REED
        height = 1.1 + 0.9 * rnd
    if kind == 0:
        return clear_cell(table, row, cell)
    h, mass = terrain(p, x, z, 7)
    hx, _mx = terrain(p, x + 1.5, z, 5)
    h0, _m0 = terrain(p, x, z, 5)
    steep = abs(hx - h0) / 1.5
    y = h - 0.05
    if kind == REED:
        if h > 0.7 or h < -0.7 or rnd > p[P.REEDS]:
            kind = 0
    elif kind == BOULDER:
        if h < -0.35 or (h < 0.1 and pick < 1.0 - 0.25 * stones):
            kind = 0
    elif kind == HOUSE:
        if h < 0.6 or steep > 0.35 or mass > 40.0 or road_offset(p, x, z) < 2.6:
            kind = 0
    elif h < 0.35 or steep > 0.8 or h > p[P.TREE_LINE] or road_offset(p, x, z) < 1.9:
        kind = 0
    if kind == PALM and h > 14.0 and p[P.FERNS] < 0.3:
        kind = BUSH
        height = 1.5 + rnd
    if kind == 0:
        return clear_cell(table, row, cell)
    half = height * girth(kind)
    limit = 1.15 * width if p[P.UNDER] < 0.5 else 1.3
    if half > limit:
        height *= limit / half
        half = limit
    light = sunlight(p, x, y + 0.6 * height, z, 0.01 * z)
    write(table, (row * CELLS + cell) * 8, z, x, y, height, half, kind, rnd, light)
    return y, y + height


def clear_cell(table: list[float], row: int, cell: int) -> tuple[float, float]:
    table[(row * CELLS + cell) * 8 + 5] = 0.0
    return 1.0e9, -1.0e9


def blob(cx: float, cy: float, ox: float, oy: float, rx: float, ry: float) -> float:
    """1 at the middle of an ellipse, 0 on its edge, negative outside."""
    dx = (cx - ox) / rx
    dy = (cy - oy) / ry
    return 1.0 - dx * dx - dy * dy


def draw_conifer(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    seed = i32(rnd * 4096.0)
    if cy < 0.1:
        return smoothstep(0.09 + soft, 0.09 - soft, abs(cx)), cx * 8.0, 0.0, 0.7, 0.55, WOOD
    t = (cy - 0.07) / 0.93
    tiers = 5.0 + 3.0 * rnd
    fine = clamp01(1.0 - 5.0 * soft)
    saw = frac(t * tiers + 0.25 * noise(cx * 5.0, cy * 3.0, seed) * fine)
    ragged = (0.15 * noise(cx * 9.0, cy * 26.0, seed + 1) + 0.13 * noise(cx * 27.0, cy * 58.0, seed + 3)) * fine
    profile = math.pow(max(1.0 - t, 0.0), 0.85)
    width = profile * (0.97 - 0.34 * saw + ragged) + 0.012
    alpha = smoothstep(width + soft, width - soft, abs(cx))
    nx = cx / max(width, 0.05)
    needles = 0.26 * noise(cx * 11.0, cy * 30.0, seed + 2) + 0.3 * noise(cx * 31.0, cy * 62.0, seed + 4)
    shade = 0.6 + 0.38 * (1.0 - saw) + needles * fine
    return alpha, 0.85 * nx, 0.45, math.sqrt(max(0.05, 1.0 - nx * nx)), shade * (0.72 + 0.28 * cy), LEAF


def draw_crown(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """A broadleaf tree: a heap of leafy balls over a trunk."""
    seed = i32(rnd * 4096.0)
    fine = clamp01(1.0 - 4.0 * soft)
    lumps = 0.3 * noise(cx * 2.6 + 7.0, cy * 5.0, seed) + 0.22 * noise(cx * 6.5, cy * 12.0, seed + 1)
    if fine > 0.3:
        lumps += (0.2 * noise(cx * 15.0, cy * 28.0, seed + 5) + 0.16 * noise(cx * 33.0, cy * 62.0, seed + 6)) * fine
    e = blob(cx, cy, 0.0, 0.62, 0.92, 0.38)
    e = max(e, blob(cx, cy, 0.42 * (rnd - 0.5), 0.74, 0.62, 0.27))
    e = max(e, blob(cx, cy, -0.5 + 0.3 * rnd, 0.5, 0.52, 0.2))
    e = max(e, blob(cx, cy, 0.5 - 0.2 * rnd, 0.52, 0.5, 0.21))
    alpha = smoothstep(-0.9 * soft, 1.6 * soft, e + 0.9 * lumps)
    if alpha > 0.02:
        clump = noise(cx * 4.6 + 3.0, cy * 9.5, seed + 2) - noise(cx * 4.6 + 3.0, cy * 9.5 + 0.7, seed + 2)
        tuft = noise(cx * 13.0, cy * 26.0, seed + 3) - noise(cx * 13.0, cy * 26.0 + 0.8, seed + 3)
        grain = noise(cx * 30.0, cy * 58.0, seed + 7) * fine
        clump = 0.75 * clump + 0.55 * tuft * fine
        nx = clamp01(abs(cx)) * (1.0 if cx > 0.0 else -1.0) * 0.8 + 0.25 * noise(cx * 4.0, cy * 8.0 + 9.0, seed + 4)
        ny = (cy - 0.55) * 2.2 + 0.3 * clump
        shade = 0.76 + 0.36 * clump + 0.26 * grain + 0.42 * (cy - 0.55)
        return alpha, nx, ny, 0.75, shade, LEAF
    trunk = 0.07 + 0.05 * clamp01(0.14 - cy) * 6.0
    alpha = smoothstep(trunk + soft, trunk - soft, abs(cx + 0.04 * math.sin(9.0 * cy + 6.0 * rnd)))
    if cy > 0.5:
        alpha = 0.0
    return alpha, cx * 9.0, 0.0, 0.7, 0.55, WOOD


def draw_acacia(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    seed = i32(rnd * 4096.0)
    fine = clamp01(1.0 - 4.0 * soft)
    lumps = 0.45 * noise(cx * 4.0, cy * 14.0, seed) + 0.25 * noise(cx * 9.0, cy * 30.0, seed + 1) * fine
    e = blob(cx, cy, 0.1 - 0.2 * rnd, 0.84, 0.86, 0.13)
    e = max(e, blob(cx, cy, -0.45, 0.74, 0.5, 0.09))
    e = max(e, blob(cx, cy, 0.5, 0.78, 0.46, 0.1))
    alpha = smoothstep(-soft, 2.0 * soft, e + 0.8 * lumps)
    if cy > 0.6 and alpha > 0.02:
        shade = 0.55 + 2.0 * (cy - 0.72) + 0.4 * noise(cx * 11.0, cy * 26.0, seed + 2) * fine
        return alpha, cx * 0.7, 0.75, 0.6, max(shade, 0.3), LEAF
    fork = max(0.0, cy - 0.34)
    arm = abs(abs(cx - 0.06 * math.sin(5.0 * cy)) - fork * (1.05 + 0.5 * rnd))
    alpha = smoothstep(0.035 + soft, 0.035 - soft, arm * (1.0 if cy > 0.34 else 0.62))
    if cy > 0.8:
        alpha = 0.0
    return alpha, cx, 0.0, 0.7, 0.5, WOOD


def draw_palm(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    bend = (rnd - 0.5) * 0.9
    trunk_x = bend * cy * cy
    dx = cx - bend * 0.62
    dy = (cy - 0.79) * 2.3
    drooped = dy + 0.75 * dx * dx
    r = math.sqrt(dx * dx + drooped * drooped)
    if r < 0.85:
        angle = math.atan2(drooped, dx) * 1.75 + 6.0 * rnd
        f = abs(frac(angle) - 0.5) * r * 0.9
        blade = 0.13 * (1.0 - r / 0.85) * (0.5 + 1.4 * r) + 0.028
        alpha = smoothstep(blade + soft, blade - soft, f)
        if r < 0.12:
            alpha = 1.0
        if alpha > 0.02:
            return alpha, dx, 0.6 + dy, 0.5, 0.75 + 0.5 * dy - 2.2 * f, LEAF
    alpha = smoothstep(0.05 + soft, 0.05 - soft, abs(cx - trunk_x) * (0.8 + 0.5 * cy))
    if cy > 0.78:
        alpha = 0.0
    return alpha, (cx - trunk_x) * 9.0, 0.0, 0.7, 0.8, WOOD


def draw_bare(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    sway = 0.1 * math.sin(4.0 * cy + 6.0 * rnd)
    d = abs(cx - sway) - 0.07 * (1.0 - cy)
    for k in range(5):
        y0 = 0.3 + 0.13 * f32(k)
        side = 1.0 if (k + i32(rnd * 9.0)) % 2 == 0 else -1.0
        run = (cx - sway) * side
        rise = cy - y0
        reach = 0.75 - 0.12 * f32(k)
        if run > 0.0 and run < reach:
            d = min(d, abs(rise - 0.42 * run - 0.2 * run * run) * 1.5 - 0.028 * (1.0 - run / reach))
    return smoothstep(0.02 + soft, 0.02 - soft, d), cx, 0.2, 0.7, 0.85, WOOD


def draw_cactus(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    body = 0.19
    d = abs(cx) - body * math.sqrt(clamp01((1.0 - cy) * 7.0))
    nx = cx / body
    for k in range(2):
        side = 1.0 if k == 0 else -1.0
        low = 0.3 + 0.2 * frac(rnd * 7.0 + 0.37 * f32(k))
        top = low + 0.22 + 0.18 * frac(rnd * 13.0 + 0.5 * f32(k))
        ax = cx * side - 0.62
        arm = abs(ax) - 0.12 * math.sqrt(clamp01((top - cy) * 10.0))
        if cy < low:
            arm = 1.0
        if abs(cy - low) < 0.05 and cx * side > 0.0 and cx * side < 0.74:
            arm = min(arm, (abs(cy - low) - 0.05) * 2.0)
        if arm < d:
            d = arm
            nx = ax / 0.12 * side
    ribs = 0.85 + 0.25 * math.cos(nx * 9.0)
    return smoothstep(soft, -soft, d), 0.8 * nx, 0.2, 0.7, ribs, LEAF


def draw_boulder(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    seed = i32(rnd * 4096.0)
    bumps = 0.28 * noise(cx * 2.2 + 5.0, cy * 2.6, seed)
    e = blob(cx, cy, 0.15 - 0.3 * rnd, 0.1, 0.88, 0.84) + bumps
    facet = noise(cx * 3.1, cy * 3.1, seed + 1)
    nx = cx * 0.7 + 0.55 * facet
    ny = cy * 0.7 + 0.3 + 0.4 * noise(cx * 3.4, cy * 3.4 + 4.0, seed + 2)
    shade = 0.85 + 0.25 * noise(cx * 8.0, cy * 8.0, seed + 3) - 0.35 * clamp01(0.25 - cy) * 3.0
    return smoothstep(-soft, soft, e), nx, ny, 0.65, shade, STONE


def draw_house(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """Gable front and one long side, seen at an angle."""
    x = cx if rnd > 0.5 else -cx
    turn = 1.0 if rnd > 0.5 else -1.0
    base = 0.03
    alpha = smoothstep(0.0, 2.0 * soft + 0.001, 0.96 - abs(x)) * (1.0 if cy > base else 0.0)
    if x > 0.5 and x < 0.66 and cy > 0.72 and cy < 1.0:
        return 1.0, 0.0, 0.0, 1.0, 0.7, STONE
    if cy > 0.92:
        return 0.0, 0.0, 0.0, 1.0, 1.0, ROOFING
    rise = (cy - 0.48) / 0.42
    if rise > 0.0:
        left = -0.12 - 0.4 * rise
        right = 0.96 - 0.22 * rise
        if x > left - 0.06 and x < right:
            return alpha, 0.25 * turn, 0.75, 0.55, 0.95 + 0.1 * frac(rise * 6.0), ROOFING
        if abs(x + 0.54) < 0.42 * (1.0 - rise) + 0.0:
            return alpha, -0.45 * turn, 0.0, 0.85, 0.95, WALL_LIT
        if abs(x + 0.54) < 0.42 * (1.0 - rise) + 0.09:
            return alpha, -0.3 * turn, 0.5, 0.5, 0.7, ROOFING
        return 0.0, 0.0, 0.0, 1.0, 1.0, ROOFING
    if x < -0.12:
        wx = frac((x + 0.96) / 0.42)
        if cy > 0.2 and cy < 0.36 and wx > 0.32 and wx < 0.72:
            return alpha, -0.45 * turn, 0.0, 0.85, 1.0, WINDOW
        return alpha, -0.45 * turn, 0.0, 0.85, 1.0, WALL_LIT
    wx = frac((x + 0.12) / 0.36)
    if cy > 0.2 and cy < 0.36 and wx > 0.32 and wx < 0.7:
        return alpha, 0.6 * turn, 0.0, 0.75, 1.0, WINDOW
    return alpha, 0.6 * turn, 0.0, 0.75, 0.82 - 0.2 * smoothstep(0.4, 0.48, cy), WALL_LIT


def draw_bush(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    seed = i32(rnd * 4096.0)
    lumps = 0.5 * noise(cx * 3.0, cy * 4.0, seed) + 0.2 * noise(cx * 8.0, cy * 9.0, seed + 1)
    e = blob(cx, cy, 0.0, 0.1, 0.9, 0.8) + lumps
    shade = 0.7 + 0.35 * noise(cx * 6.0, cy * 7.0, seed + 2) + 0.3 * (cy - 0.4)
    return smoothstep(-soft, 2.0 * soft, e), cx * 0.8, cy, 0.6, shade, LEAF


def draw_reed(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    seed = i32(rnd * 4096.0)
    lean = cx + 0.25 * (noise(cx * 3.0, 0.0, seed) + rnd - 0.5) * cy * cy
    blade = ifloor(lean * 9.0)
    tall = 0.45 + 0.55 * random2(blade, 3, seed)
    f = abs(frac(lean * 9.0) - 0.5)
    thin = 0.3 * (1.0 - cy / tall) + 0.06
    alpha = smoothstep(thin + 9.0 * soft, thin - 9.0 * soft, f) * (1.0 if cy < tall and abs(cx) < 0.95 else 0.0)
    return alpha, cx, 0.3, 0.7, 0.5 + 0.6 * cy, STRAW


def draw(kind: int, cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    if kind >= BARN:
        return draw_placed(kind, cx, cy, rnd, soft)
    if kind == CONIFER:
        return draw_conifer(cx, cy, rnd, soft)
    if kind == BROADLEAF:
        return draw_crown(cx, cy, rnd, soft)
    if kind == ACACIA:
        return draw_acacia(cx, cy, rnd, soft)
    if kind == PALM:
        return draw_palm(cx, cy, rnd, soft)
    if kind == BARE:
        return draw_bare(cx, cy, rnd, soft)
    if kind == CACTUS:
        return draw_cactus(cx, cy, rnd, soft)
    if kind == BOULDER:
        return draw_boulder(cx, cy, rnd, soft)
    if kind == HOUSE:
        return draw_house(cx, cy, rnd, soft)
    if kind == BUSH:
        return draw_bush(cx, cy, rnd, soft)
    if kind == RAINTREE:
        if cy > 0.46:
            return draw_crown(cx, 0.24 + 0.76 * (cy - 0.46) / 0.54, rnd, soft)
        return raintree(cx, cy, rnd, soft)
    if kind == FERN:
        return draw_fern(cx, cy, rnd, soft)
    if kind == KELP:
        return draw_kelp(cx, cy, rnd, soft)
    if kind == CORAL:
        return draw_coral(cx, cy, rnd, soft)
    if kind == BALE:
        alpha, nx, ny, nf, shade = draw_bale(cx, cy, soft)
        return alpha, nx, ny, nf, shade, STRAW
    return draw_reed(cx, cy, rnd, soft)


def draw_placed(kind: int, cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    if kind == BARN:
        return draw_barn(cx, cy, rnd, soft)
    if kind == CASTLE:
        return draw_castle(cx, cy, rnd, soft)
    if kind == LIGHTHOUSE:
        return draw_lighthouse(cx, cy, rnd, soft)
    if kind == BRIDGE:
        return draw_bridge(cx, cy, rnd, soft)
    if kind == SAILBOAT:
        return draw_sailboat(cx, cy, rnd, soft)
    if kind == ROWBOAT:
        return draw_rowboat(cx, cy, rnd, soft)
    if kind == BALLOON:
        return draw_balloon(cx, cy, rnd, soft)
    if kind == BIRDS:
        return draw_birds(cx, cy, rnd, soft)
    if kind == FISH:
        return draw_fish(cx, cy, rnd, soft)
    return draw_vines(cx, cy, rnd, soft)


def cast_shadow(p: list[float], table: list[float], x: float, z: float) -> float:
    """Light left by the objects around a point of the ground, 0..1: soft capsules away from the light."""
    if z > 320.0:
        return 1.0
    row0 = row_of(z)
    ly = max(p[P.LIGHT_Y], 0.12)
    left = 1.0
    for dr in range(-2, 2):
        row = row0 + dr
        if row >= 0 and row < ROWS:
            zr = row_z(row)
            cell0 = i32((x + zr / p[P.FOCAL]) / cell_width(p, zr))
            for dc in range(-1, 2):
                cell = cell0 + dc
                if cell >= 0 and cell < CELLS:
                    left = min(left, shade_of(p, table, (row * CELLS + cell) * 8, x, z, ly))
    for k in range(i32(p[P.PLACED])):
        left = min(left, shade_of(p, table, (ROWS * CELLS + k) * 8, x, z, ly))
    return left


def shade_of(p: list[float], table: list[float], at: int, x: float, z: float, ly: float) -> float:
    kind = i32(table[at + 5])
    if kind == 0 or kind == REED or kind >= BRIDGE:
        return 1.0
    dx = x - table[at + 1]
    dz = (z - table[at]) * 0.8
    half = table[at + 4] * (0.7 if kind != ACACIA else 0.9)
    reach = min(table[at + 3] / ly, 26.0)
    along = -(dx * p[P.LIGHT_X] + dz * p[P.LIGHT_Z])
    level = math.sqrt(p[P.LIGHT_X] * p[P.LIGHT_X] + p[P.LIGHT_Z] * p[P.LIGHT_Z]) + 0.001
    along = min(max(along / level, 0.0), reach)
    ox = dx + p[P.LIGHT_X] / level * along
    oz = dz + p[P.LIGHT_Z] / level * along
    d = math.sqrt(ox * ox + oz * oz) / max(half * mix(1.0, 0.35, along / reach), 0.1)
    return mix(0.25 + 0.35 * along / reach, 1.0, smoothstep(0.45, 1.15, d))
