"""What the styles share: the finished picture as a painter sees it, edges, strokes and paper.

A unit is 1/256 of the picture's height, so a larger picture is the same painting in finer detail.
"""

from __future__ import annotations

import math

from lightbrush.world.kernels.noise import clamp01, f32, frac, i32, ifloor, mix, noise, random2, smoothstep
from lightbrush.world.kernels.pixel import Grid
from lightbrush.world.layout import CLOUD, CROP, FOREST, HOUSE, LAVA, MOON, NEARNESS_M, WATER

Tone = tuple[float, float, float]


def unit_px(rgb: Grid) -> float:
    return f32(rgb.shape[1]) / 256.0


def within(i: int, size: int) -> int:
    return min(max(i, 0), size - 1)


def look(rgb: Grid, n: int, y: float, x: float) -> Tone:
    """The colour in [0, 1] at a place in pixels, the nearest one inside the picture."""
    row = within(ifloor(y), rgb.shape[1])
    column = within(ifloor(x), rgb.shape[2])
    k = 0.003921569
    return k * f32(rgb[n, row, column, 0]), k * f32(rgb[n, row, column, 1]), k * f32(rgb[n, row, column, 2])


def what(label: Grid, n: int, y: float, x: float) -> int:
    return i32(label[n, within(ifloor(y), label.shape[1]), within(ifloor(x), label.shape[2])])


def luma(c: Tone) -> float:
    return 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2]


def brightest(c: Tone, least: float) -> float:
    peak = max(c[0], c[1])
    peak = max(peak, c[2])
    return max(peak, least)


def blend(a: Tone, b: Tone, t: float) -> Tone:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


def saturated(c: Tone, k: float) -> Tone:
    grey = luma(c)
    return clamp01(mix(grey, c[0], k)), clamp01(mix(grey, c[1], k)), clamp01(mix(grey, c[2], k))


def kin(label: int) -> int:
    """Labels between which a draughtsman sees no line are one: sky and cloud, sun and moon,
    all open ground. The rest is by itself."""
    group = 4
    if label <= CLOUD:
        group = 0
    elif label <= MOON:
        group = 1
    elif label == WATER:
        group = 2
    elif label == FOREST:
        group = 3
    elif label == HOUSE or (label >= LAVA and label != CROP):
        group = label
    return group


def closeness(depth: Grid, n: int, y: float, x: float) -> float:
    """12 m / z, which is even along a plane: only a crease or a step bends it."""
    d: float = depth[n, within(ifloor(y), depth.shape[1]), within(ifloor(x), depth.shape[2])]
    return d / (1.01 - d)


def line(label: Grid, depth: Grid, n: int, y: float, x: float, reach: float) -> tuple[float, float]:
    """How much the outline of a thing, and a fold of the land, passes within `reach` pixels of a place."""
    own = kin(what(label, n, y, x))
    at = closeness(depth, n, y, x)
    other = 0.0
    fold = 0.0
    dx = reach
    dy = 0.0
    for _ in range(4):
        if kin(what(label, n, y + dy, x + dx)) != own:
            other += 0.125
        if kin(what(label, n, y - dy, x - dx)) != own:
            other += 0.125
        bend = closeness(depth, n, y + dy, x + dx) + closeness(depth, n, y - dy, x - dx) - 2.0 * at
        fold = max(fold, abs(bend) / (at + 0.0005))
        dx, dy = 0.7071 * (dx - dy), 0.7071 * (dx + dy)
    return smoothstep(0.1, 0.4, min(other, 1.0 - other)), smoothstep(0.22, 0.7, fold)


def grain(x: float, y: float, seed: int) -> float:
    """The tooth of paper, about [-1, 1]."""
    return 0.55 * noise(0.62 * x, 0.62 * y, seed) + 0.45 * noise(1.4 * x + 0.3 * y, 1.4 * y - 0.3 * x, seed + 1)


def margin(x: float, y: float, rgb: Grid, width: float, seed: int) -> float:
    """0 on the bare rim of the sheet, 1 within: a ragged edge where the brush stopped."""
    wide = f32(rgb.shape[2]) / unit_px(rgb)
    beside = min(x, wide - x)
    above = min(y, 256.0 - y)
    inner = min(beside, above)
    ragged = noise(0.05 * x, 0.05 * y, seed) + 0.5 * noise(0.21 * x, 0.21 * y, seed + 1)
    return smoothstep(0.4 * width, width, inner + 0.45 * width * ragged)


def hatch(x: float, y: float, angle: float, gap: float, dark: float, soft: float, seed: int) -> float:
    """Graphite left by one set of roughly parallel strokes, `gap` apart, for a darkness in [0, 1]."""
    c = math.cos(angle)
    s = math.sin(angle)
    along = c * x + s * y
    across = (c * y - s * x) / gap + 0.45 * noise(0.035 * along, 0.02 * (c * y - s * x), seed)
    stroke = ifloor(across)
    lot = random2(stroke, 7, seed)
    broken = noise(0.045 * along + 31.0 * lot, 9.0 * lot, seed + 1) + 0.5 * lot
    width = 0.16 + 0.42 * dark
    f = abs(frac(across) - 0.5)
    shown = smoothstep(-0.1, 0.35, broken + 2.2 * dark - 1.0)
    return shown * smoothstep(width + soft / gap, width - soft / gap, 2.0 * f)


def far_away(d: float) -> float:
    """Depth in metres of a nearness; the sky is very far."""
    return NEARNESS_M * (1.0 - d) / max(d, 0.0004)
