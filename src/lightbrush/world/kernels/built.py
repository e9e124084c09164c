"""How castles, lighthouses, bridges, boats and balloons are drawn on their cards (see `objects`)."""

from __future__ import annotations

import math

from lightbrush.world.kernels.kinds import (
    DARK,
    LAMP,
    PAINT,
    PAINT2,
    RED,
    ROOFING,
    STONE,
    WALL_LIT,
    WHITE,
    WINDOW,
    WOOD,
    Drawing,
)
from lightbrush.world.kernels.noise import clamp01, f32, frac, i32, ifloor, noise, random2, smoothstep


def draw_castle(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """Round towers, some with pointed roofs, behind a wall with battlements, on a rock."""
    seed = i32(rnd * 4096.0)
    rock = 0.1 + 0.07 * noise(cx * 3.0, 0.5, seed) + 0.04 * noise(cx * 9.0, cy * 9.0, seed + 1) - 0.1 * cx * cx
    if cy < rock:
        facet = noise(cx * 6.0, cy * 14.0, seed + 2)
        return 1.0, 0.6 * facet, 0.4, 0.7, 0.8 + 0.2 * facet, STONE
    stone = 0.93 + 0.1 * noise(cx * 22.0, cy * 34.0, seed + 3)
    wall = 0.34 + 0.05 * rnd
    if abs(cx) < 0.12 and cy < 0.24 - 1.2 * cx * cx * 4.0 and cy < wall:
        return 1.0, 0.0, 0.0, 1.0, 0.6, DARK
    for k in range(6):
        r = random2(k, 3, seed)
        front = k < 2
        tx = (0.86 if k == 0 else -0.86) if front else -0.52 + 0.34 * f32(k - 2) + 0.1 * (r - 0.5)
        wide = 0.105 + 0.045 * random2(k, 4, seed) + (0.05 if k == 3 else 0.0)
        top = 0.44 + 0.1 * r if front else 0.52 + 0.2 * r + (0.14 if k == 3 else 0.0)
        d = (cx - tx) / wide
        if not front and cy < wall:
            continue
        pointed = random2(k, 5, seed) < 0.72
        if cy < top and abs(d) < 1.0:
            slit = frac(cy * 8.0 + r)
            if abs(d) < 0.2 and slit > 0.4 and slit < 0.75 and cy > 0.25:
                return 1.0, d, 0.0, 0.6, 1.0, WINDOW
            eaves = 1.0 - 0.25 * smoothstep(top - 0.05, top, cy)
            return smoothstep(1.0, 1.0 - 2.0 * soft / wide, abs(d)), d, 0.0, 1.05 - abs(d), stone * eaves, WALL_LIT
        up = cy - top
        if pointed and up >= 0.0:
            tall = 0.17 + 0.12 * random2(k, 6, seed)
            if abs(d) < 1.28 * (1.0 - up / tall):
                return 1.0, 0.8 * d, 0.35, 0.6, 1.0, ROOFING
            if up < tall + 0.07 and abs(d) < 0.06:
                return 1.0, 0.0, 0.0, 1.0, 0.8, DARK
            if up > tall + 0.03 and up < tall + 0.07 and d > 0.0 and d < 0.7:
                return 1.0, 0.0, 0.0, 1.0, 1.1, RED
        elif up >= 0.0 and up < 0.045 and abs(d) < 1.14 and (up < 0.02 or frac(d * 2.2 + 0.25) > 0.5):
            return 1.0, d, 0.0, 0.8, stone, WALL_LIT
    if abs(cx) < 0.86 and cy < wall + 0.035 and (cy < wall or frac(cx * 9.0) > 0.5):
        return 1.0, -0.15, 0.0, 1.0, 0.86 * stone, WALL_LIT
    return 0.0, 0.0, 0.0, 1.0, 1.0, WALL_LIT


def draw_lighthouse(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    width = 0.62 - 0.34 * cy
    d = cx / width
    alpha = smoothstep(1.0, 1.0 - 2.0 * soft, abs(d))
    if cy < 0.8:
        band = frac(cy * 2.6 + 0.25) > 0.5 and rnd < 0.75
        if abs(d) < 0.16 and (abs(cy - 0.3) < 0.025 or abs(cy - 0.56) < 0.025 or cy < 0.07):
            return alpha, d, 0.0, 0.6, 0.7, DARK
        return alpha, d, 0.0, 1.05 - abs(d), 1.0, RED if band else WHITE
    if cy < 0.83:
        return smoothstep(0.5, 0.5 - soft, abs(cx)), cx, 0.3, 0.8, 0.7, DARK
    if cy < 0.92:
        pane = abs(frac(cx * 5.0) - 0.5) > 0.42
        return smoothstep(0.3, 0.3 - soft, abs(cx)), 2.0 * cx, 0.0, 0.8, 1.0, DARK if pane else LAMP
    dome = 0.36 * math.sqrt(clamp01((1.0 - cy) / 0.08))
    return smoothstep(dome + soft, dome - soft, abs(cx)), 2.0 * cx, 0.5, 0.6, 1.0, RED


def draw_bridge(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """Stone arches, or a deck hung from two red towers."""
    seed = i32(rnd * 4096.0)
    if rnd < 0.55:
        arches = 3.0 + f32(ifloor(rnd * 9.0))
        crown = 0.86 + 0.06 * (1.0 - cx * cx)
        x = frac(0.5 * (cx + 1.0) * arches) * 2.0 - 1.0
        if cy > crown:
            rail = crown + 0.07
            return (1.0 if cy < rail else 0.0), 0.0, 0.1, 1.0, 1.06, STONE
        pier = abs(x) / 0.84
        if pier < 1.0 and cy < 0.72 * math.sqrt(1.0 - pier * pier):
            return 0.0, 0.0, 0.0, 1.0, 1.0, STONE
        ring = pier < 1.12 and cy < 0.84 * math.sqrt(max(0.0, 1.254 - pier * pier))
        block = 0.9 + 0.14 * noise(cx * 60.0, cy * 18.0, seed)
        return 1.0, 0.25 * x, 0.0, 1.0, block * (1.08 if ring else 0.92), STONE
    deck = 0.34
    tower = abs(abs(cx) - 0.52)
    if tower < 0.028 and (cy < 0.98):
        brace = abs(frac(cy * 5.0) - 0.5) < 0.12 or tower > 0.011 or abs(cy - deck) < 0.05
        return (1.0 if brace else 0.0), 0.3, 0.0, 0.9, 1.0, RED
    if cy > deck - 0.055 and cy < deck + 0.01:
        return 1.0, 0.0, 0.3, 0.9, 0.85, RED
    if cy < deck:
        return 0.0, 0.0, 0.0, 1.0, 1.0, RED
    span = cx / 0.52 if abs(cx) < 0.52 else (1.0 - abs(cx)) / 0.48
    sag = deck + 0.06 + 0.56 * span * span
    cable = smoothstep(0.025 + 6.0 * soft, 0.01, abs(cy - sag))
    hanger = 0.0
    if cy < sag:
        hanger = 0.55 * smoothstep(0.09 + 30.0 * soft, 0.04, abs(frac(cx * 26.0) - 0.5))
    return max(cable, hanger), 0.0, 0.3, 0.9, 0.9, RED


def draw_sailboat(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    x = cx if frac(rnd * 7.0) > 0.5 else -cx
    sheer = 0.13 + 0.03 * x * x
    if cy < sheer:
        keel = 0.62 + 0.32 * clamp01(cy / sheer) - (0.12 if x < 0.0 else 0.0)
        alpha = smoothstep(keel + soft, keel - soft, abs(x))
        trim = cy > sheer - 0.03
        return alpha, 0.5 * cx, -0.1, 0.8, 1.0, WHITE if trim else (PAINT if rnd > 0.3 else WOOD)
    mast = 0.06
    if abs(x - mast) < 0.02 + 0.5 * soft and cy < 0.98:
        return 1.0, 0.0, 0.0, 1.0, 0.8, WOOD
    up = (cy - 0.2) / 0.76
    if up > 0.0 and up < 1.0:
        belly = 0.05 * math.sin(3.1 * up)
        aft = mast - 0.66 * (1.0 - up) - belly
        if x > aft and x < mast - 0.02:
            stripe = frac(rnd * 31.0) > 0.55 and frac(up * 4.0) > 0.5
            return 1.0, 0.55, 0.1, 0.8, 0.94 + 0.1 * up, PAINT2 if stripe else WHITE
        fore = mast + 0.7 * (1.0 - up / 0.86) + belly
        if up < 0.86 and x < fore and x > mast + 0.05 + 0.12 * (1.0 - up):
            return 1.0, 0.3, 0.1, 0.9, 0.9, WHITE if frac(rnd * 31.0) > 0.4 else PAINT2
    return 0.0, 0.0, 0.0, 1.0, 1.0, WHITE


def draw_rowboat(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """A low hull with someone rowing."""
    sheer = 0.42 + 0.16 * cx * cx
    if cy < sheer:
        keel = 0.66 + 0.3 * clamp01(cy / sheer)
        alpha = smoothstep(keel + soft, keel - soft, abs(cx))
        return alpha, 0.5 * cx, -0.1, 0.8, 0.9, WHITE if cy > sheer - 0.08 else (WOOD if rnd < 0.5 else PAINT)
    body = 1.0 - (cx + 0.05) * (cx + 0.05) / 0.012 - (cy - 0.52) * (cy - 0.52) / 0.07
    if body > 0.0:
        return 1.0, 4.0 * cx, 0.3, 0.7, 0.9, PAINT2
    head = 1.0 - (cx + 0.03) * (cx + 0.03) / 0.0045 - (cy - 0.87) * (cy - 0.87) / 0.014
    if head > 0.0:
        return 1.0, 4.0 * cx, 0.3, 0.7, 0.8, DARK
    oar = abs(cy - 0.62 + 0.55 * (abs(cx) - 0.1))
    return (1.0 if oar < 0.05 and abs(cx) > 0.05 and abs(cx) < 0.6 else 0.0), 0.0, 0.2, 0.9, 0.9, WOOD


def draw_balloon(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """Gores in two colours under a crown, a basket below."""
    if cy < 0.13:
        basket = smoothstep(0.15 + soft, 0.15 - soft, abs(cx)) * (1.0 if cy < 0.1 else 0.0)
        if cy >= 0.1 and abs(abs(cx) - 0.13) < 0.02:
            basket = 1.0
        return basket, 2.0 * cx, 0.0, 0.8, 0.9, WOOD
    y = (cy - 0.64) / 0.36
    half = math.sqrt(max(0.0, 1.0 - y * y))
    if y < -0.35:
        half = 0.937 - (-0.35 - y) * 0.64
    if y < -1.27:
        rope = abs(abs(cx) - 0.15) < 0.02 + 0.5 * soft
        return (1.0 if rope else 0.0), 0.0, 0.0, 1.0, 0.6, DARK
    if half < 0.03:
        return 0.0, 0.0, 0.0, 1.0, 1.0, WHITE
    d = cx / half
    alpha = smoothstep(1.0, 1.0 - 2.5 * soft / half, abs(d))
    across = math.asin(min(max(d, -1.0), 1.0)) * 0.31830989
    gore = ifloor((across + 0.5) * 10.0 + 0.5)
    part = PAINT if gore % 2 == 0 else (PAINT2 if frac(rnd * 11.0) > 0.45 else WHITE)
    zigzag = 0.12 * abs(frac((across + 0.5) * 10.0) - 0.5)
    if frac(rnd * 23.0) > 0.5 and abs(y + zigzag) < 0.17:
        part = WHITE if part != WHITE else PAINT2
    if y > 0.86:
        part = PAINT2
    crease = 1.0 - 0.16 * abs(2.0 * frac((across + 0.5) * 10.0 + 0.5) - 1.0)
    return alpha, 0.9 * d, 0.85 * y, math.sqrt(max(0.06, 1.0 - d * d)), crease, part


def draw_barn(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """A red gambrel front with white boards, a long roof and a silo."""
    x = cx if rnd > 0.5 else -cx
    turn = 1.0 if rnd > 0.5 else -1.0
    silo = (x - 0.82) / 0.15
    if abs(silo) < 1.0 and cy < 0.98 - 0.1 * silo * silo:
        cap = cy > 0.84
        return 1.0, turn * silo, 0.3 if cap else 0.0, 1.05 - abs(silo), 0.95, ROOFING if cap else WHITE
    f = abs(x + 0.45)
    eave = 0.48
    slope = eave + 0.22 * (0.46 - f) / 0.16 if f > 0.3 else 0.7 + 0.14 * (0.3 - f) / 0.3
    if f < 0.46 and cy < slope - 0.035:
        door = f < 0.15 and cy < 0.32
        frame = (f > 0.13 and f < 0.165 and cy < 0.34) or (abs(cy - 0.33) < 0.016 and f < 0.165)
        cross = door and abs(abs(f / 0.15) - cy / 0.32) < 0.1
        loft = f < 0.07 and cy > 0.48 and cy < 0.6
        board = 0.92 + 0.08 * (1.0 if frac(f * 22.0) > 0.5 else 0.0)
        return 1.0, -0.4 * turn, 0.0, 0.85, board, WINDOW if loft else (WHITE if frame or cross else RED)
    if f < 0.5 and cy < slope:
        return 1.0, -0.2 * turn, 0.5, 0.6, 1.0, WHITE
    if x > 0.0 and x < 0.7:
        if cy < eave:
            return 1.0, 0.6 * turn, 0.0, 0.7, 0.85, RED
        if cy < 0.84:
            return 1.0, 0.3 * turn, 0.7, 0.6, 0.95, ROOFING
    if x > -0.45 and x <= 0.0 and cy > slope and cy < 0.84:
        return 1.0, 0.3 * turn, 0.7, 0.6, 0.95, ROOFING
    return 0.0, 0.0, 0.0, 1.0, 1.0, RED


def draw_bale(cx: float, cy: float, soft: float) -> tuple[float, float, float, float, float]:
    """A round bale of hay seen at its rolled end: (alpha, normal x, y, forward, shade)."""
    dx = cx + 0.18
    dy = (cy - 0.5) * 2.0
    r = math.sqrt(dx * dx * 1.5 + dy * dy)
    if r < 0.98:
        ring = 0.86 + 0.14 * math.sin(20.0 * r + math.atan2(dy, dx))
        return smoothstep(1.0, 0.98 - soft, r), -0.25, 0.1, 1.0, ring
    side = 1.0 if cx > 0.0 and cx < 0.8 + 0.18 * math.sqrt(clamp01(1.0 - dy * dy)) and abs(dy) < 0.98 else 0.0
    return side, 0.6, 0.8 * dy, 0.5, 0.8
