"""How jungle, reef and flocks are drawn on their cards (see `objects`)."""

from __future__ import annotations

import math

from lightbrush.world.kernels.kinds import DARK, LEAF, PAINT, PAINT2, WHITE, WOOD, Drawing
from lightbrush.world.kernels.noise import clamp01, f32, frac, i32, ifloor, mix, noise, random2, smoothstep


def draw_fern(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """Broad arching leaves that rise from one root."""
    dx = cx * 1.05
    r = math.sqrt(dx * dx + cy * cy)
    if r > 1.0:
        return 0.0, 0.0, 0.0, 1.0, 1.0, LEAF
    angle = math.atan2(cy + 0.35 * dx * dx, dx) * 0.31830989
    leaves = 6.0 + f32(ifloor(rnd * 4.0))
    leaf = angle * leaves + 0.4 * rnd
    k = ifloor(leaf)
    reach = 0.6 + 0.4 * random2(k, 5, i32(rnd * 4096.0))
    along = r / reach
    f = abs(frac(leaf) - 0.5) * 2.0
    blade = 0.95 * math.sqrt(clamp01((1.0 - along) * 1.6)) * (0.35 + 0.65 * clamp01(2.2 * along))
    alpha = smoothstep(blade + 4.0 * soft, blade - 2.0 * soft, f)
    rib = 0.72 + 0.42 * smoothstep(0.03, 0.16, f) - 0.2 * f
    lit = 0.6 + 0.5 * random2(k, 9, i32(rnd * 4096.0))
    return alpha, 0.7 * dx, 0.6, 0.6, rib * lit * (0.55 + 0.6 * r), LEAF


def draw_vines(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """Leafy strands that hang from above the frame."""
    seed = i32(rnd * 4096.0)
    x = cx * 5.0
    k = ifloor(x)
    r = random2(k, 3, seed)
    low = 0.15 + 0.85 * r * r + 0.25 * abs(cx)
    sway = 0.22 * math.sin(5.0 * cy + 6.0 * r)
    d = abs(frac(x) - 0.5 - sway)
    leafy = 0.24 + 0.2 * noise(cx * 30.0, cy * 34.0, seed + 1) - 0.12 * (1.0 - cy)
    strand = max(0.05, leafy)
    roof = cy + 0.3 * noise(cx * 5.0, 1.0, seed + 2) + 0.16 * noise(cx * 17.0, cy * 17.0, seed + 3)
    alpha = smoothstep(strand + 5.0 * soft, strand - 5.0 * soft, d) * (1.0 if cy > 1.0 - (1.0 - low) * 1.0 else 0.0)
    alpha = max(alpha, smoothstep(0.86, 0.92, roof))
    tuft = noise(cx * 26.0, cy * 26.0, seed + 4)
    return alpha, 0.5 * tuft, 0.3, 0.7, 0.6 + 0.35 * tuft, LEAF


def draw_kelp(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """Swaying ribbons with leaves to both sides."""
    seed = i32(rnd * 4096.0)
    best = 0.0
    tone = 0.7
    for k in range(3):
        r = random2(k, 2, seed)
        tall = 0.6 + 0.4 * r
        stem = (f32(k) - 1.0) * 0.34 + 0.26 * math.sin(4.5 * cy + 6.0 * r) * cy
        d = cx - stem
        leaf = frac(cy * 11.0 + 0.5 * (1.0 if d > 0.0 else 0.0) + r)
        width = 0.05 + 0.26 * (1.0 - leaf) * smoothstep(0.0, 0.25, leaf) * (1.05 - cy / tall)
        a = smoothstep(width + soft, width - soft, abs(d)) * (1.0 if cy < tall else 0.0)
        if a > best:
            best = a
            tone = 0.55 + 0.5 * cy + 0.25 * (1.0 if d > 0.0 else 0.0) * r
    return best, cx, 0.2, 0.7, tone, LEAF


def draw_coral(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """By chance a fan, a bush of fingers, a brain or a table."""
    seed = i32(rnd * 4096.0)
    form = frac(rnd * 13.0)
    bumps = noise(cx * 7.0, cy * 6.0, seed)
    if form < 0.3:
        r = math.sqrt(cx * cx + cy * cy * 0.9)
        edge = 0.86 + 0.1 * noise(math.atan2(cy, cx) * 6.0, 1.0, seed + 1)
        vein = math.atan2(cy + 0.04, cx) * 5.0 + 0.8 * noise(cx * 5.0, cy * 5.0, seed + 2)
        mesh = abs(frac(vein) - 0.5) - 0.26 + 0.12 * abs(frac(r * 13.0) - 0.5)
        alpha = smoothstep(edge + soft, edge - soft, r) * smoothstep(-0.12, 0.02, 0.12 - mesh)
        return alpha, 0.4 * cx, 0.2, 0.9, 0.65 + 0.5 * r, PAINT
    if form < 0.65:
        finger = cx * 5.0 + 0.7 * cx * cy
        k = ifloor(finger)
        tall = (0.45 + 0.5 * random2(k, 4, seed)) * (1.0 - 0.35 * cx * cx)
        f = (frac(finger) - 0.5) * 2.0
        round_top = tall * math.sqrt(clamp01(1.0 - 0.8 * f * f))
        tip = smoothstep(tall - 0.16, tall, cy)
        alpha = smoothstep(soft, -soft, cy - round_top) * smoothstep(0.96, 0.9, abs(cx))
        return alpha, f, 0.3, 0.7, 0.72 + 0.6 * tip, PAINT
    if form < 0.85:
        e = 1.0 - cx * cx / 0.7 - cy * cy / 0.55 + 0.12 * bumps
        maze = abs(noise(cx * 9.0 + 2.0 * bumps, cy * 8.0, seed + 5))
        return smoothstep(-soft, soft, e), 0.8 * cx, 0.2 + cy, 0.6, 0.66 + 0.6 * smoothstep(0.05, 0.3, maze), PAINT2
    stem = abs(cx) - 0.14 - 0.7 * smoothstep(0.28, 0.62, cy) + 0.05 * bumps
    disc = abs(cy - 0.64) - 0.08 * math.sqrt(clamp01(1.0 - cx * cx))
    alpha = max(smoothstep(soft, -soft, stem) * (1.0 if cy < 0.62 else 0.0), smoothstep(soft, -soft, disc))
    return alpha * smoothstep(1.0, 0.94, abs(cx)), 0.3 * cx, 0.7 if cy > 0.6 else -0.2, 0.6, 0.8 + 0.2 * bumps, PAINT2


def draw_birds(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """A loose flock of small wings."""
    seed = i32(rnd * 4096.0)
    x = cx * 3.0 + 0.8 * math.sin(2.0 * cy + 6.0 * rnd)
    y = cy * 2.6 + 0.9 * cx * (rnd - 0.5) + 0.4 * abs(cx)
    ix = ifloor(x)
    iy = ifloor(y)
    r = random2(ix, iy, seed)
    if r > 0.36:
        return 0.0, 0.0, 0.0, 1.0, 1.0, DARK
    size = 0.6 + 1.5 * r
    dx = abs(x - f32(ix) - 0.5 + 0.3 * (random2(ix, iy, seed + 1) - 0.5)) / size
    dy = (y - f32(iy) - 0.5 + 0.3 * (random2(ix, iy, seed + 2) - 0.5)) / size
    flap = mix(0.5, 1.4, random2(ix, iy, seed + 3))
    wing = flap * (0.36 * math.sqrt(dx) - 0.9 * dx * dx) + 0.02
    thick = 0.075 * (1.0 - dx / 0.5) + 0.02 + 1.5 * soft
    alpha = smoothstep(thick + 3.0 * soft, thick - soft, abs(dy - wing)) * (1.0 if dx < 0.46 else 0.0)
    return alpha, 0.0, 0.3, 0.9, 0.9, DARK


def draw_fish(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """A school that swims one way."""
    seed = i32(rnd * 4096.0)
    x = (cx if rnd > 0.5 else -cx) * 3.0 + 0.4 * math.sin(4.0 * cy)
    y = cy * 3.6 + 0.3 * math.sin(3.0 * cx)
    iy = ifloor(y)
    x += 1.0 * random2(iy, 5, seed)
    ix = ifloor(x)
    r = random2(ix, iy, seed)
    if r > 0.4:
        return 0.0, 0.0, 0.0, 1.0, 1.0, PAINT
    size = 0.7 + 0.9 * r
    dx = (x - f32(ix) - 0.5 + 0.25 * (random2(ix, iy, seed + 1) - 0.5)) / size
    dy = (y - f32(iy) - 0.5 + 0.3 * (random2(ix, iy, seed + 2) - 0.5)) / size
    body = 1.0 - dx * dx / 0.10 - dy * dy / 0.034
    tail = 0.0
    if dx < -0.26 and dx > -0.43:
        tail = 0.05 + 0.6 * (-0.27 - dx) - abs(dy)
    alpha = max(smoothstep(-6.0 * soft, 6.0 * soft, body), smoothstep(-soft, 2.0 * soft, tail) if tail > 0.0 else 0.0)
    belly = dy < -0.04
    stripe = abs(dx - 0.06) < 0.045
    eye = abs(dx - 0.2) < 0.03 and abs(dy - 0.02) < 0.04
    part = DARK if eye else (WHITE if stripe else (PAINT2 if belly else PAINT))
    return alpha, 0.0, 0.4 + 2.0 * dy, 0.8, 1.1, part


def raintree(cx: float, cy: float, rnd: float, soft: float) -> Drawing:
    """What hangs and stands below the crown of a tall jungle tree: trunk, buttresses, lianas."""
    flare = 0.07 + 0.3 * clamp01(0.16 - cy) * clamp01(0.16 - cy) * 24.0
    bend = 0.05 * math.sin(3.0 * cy + 6.0 * rnd)
    trunk = abs(cx - bend)
    alpha = smoothstep(flare + soft, flare - soft, trunk)
    if alpha > 0.02:
        return alpha, (cx - bend) * 9.0, 0.0, 0.7, 0.6 + 0.25 * noise(cx * 30.0, cy * 4.0, 7), WOOD
    k = ifloor(cx * 9.0)
    r = random2(k, 3, i32(rnd * 4096.0))
    line = abs(frac(cx * 9.0) - 0.5 - 0.15 * math.sin(7.0 * cy + 6.0 * r))
    hang = 1.0 if cy > 0.12 + 0.55 * r and r < 0.75 and abs(cx) < 0.8 else 0.0
    return hang * smoothstep(0.13 + 9.0 * soft, 0.06, line), cx, 0.0, 0.7, 0.55, LEAF
