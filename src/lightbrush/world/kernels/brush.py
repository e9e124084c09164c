"""Watercolour, oil, pencil and ink: one pixel of a painting, from the picture and the notes.

Places are (x, y) in units; `row` and `column` are the pixel's.
"""

from __future__ import annotations

import math

from lightbrush.world.kernels.canvas import (
    Tone,
    blend,
    brightest,
    far_away,
    grain,
    hatch,
    kin,
    line,
    look,
    luma,
    margin,
    saturated,
    unit_px,
    what,
    within,
)
from lightbrush.world.kernels.noise import clamp01, f32, fbm, frac, i32, ifloor, mix, noise, random2, smoothstep
from lightbrush.world.kernels.pixel import Grid
from lightbrush.world.layout import SUN, A, P


def direction(notes: Grid, n: int, y: float, x: float) -> float:
    """Angle of the stroke at a place in pixels."""
    return 0.0123199854 * f32(notes[n, within(ifloor(y), notes.shape[1]), within(ifloor(x), notes.shape[2]), 3])


def watercolour(p: list[float], plain: Grid, notes: Grid, n: int, row: int, column: int) -> Tone:
    """Transparent washes on rough paper (after Bousseau et al., 2006: pigment density d turns a colour c into
    c - (c - c^2)(d - 1))."""
    k = unit_px(plain)
    seed = i32(p[P.SEED]) + 2100
    x = f32(column) / k
    y = f32(row) / k
    # 1. The wash runs: its edges wander, and here and there it bleeds.
    wet = clamp01(0.5 + 0.9 * noise(0.017 * x, 0.017 * y, seed))
    run = 1.0 + 2.2 * wet
    wx = x + run * (noise(0.06 * x, 0.06 * y, seed + 1) + 0.5 * noise(0.23 * x, 0.23 * y, seed + 2))
    wy = y + run * (noise(0.06 * x, 0.06 * y, seed + 3) + 0.5 * noise(0.23 * x, 0.23 * y, seed + 4))
    px = k * wx + 0.5
    py = k * wy + 0.5
    c = look(notes, n, py, px)
    # 2. Wider washes: pigment gathers on the dark side of an edge, and leaves light on the other.
    around = (0.0, 0.0, 0.0)
    dx = 3.4 * k
    dy = 0.0
    for _ in range(8):
        a = look(notes, n, py + dy, px + dx)
        around = (around[0] + 0.125 * a[0], around[1] + 0.125 * a[1], around[2] + 0.125 * a[2])
        dx, dy = 0.70710678 * (dx - dy), 0.70710678 * (dx + dy)
    rim = luma(around) - luma(c)
    c = blend(c, around, 0.35 * wet)
    # 3. High key: paper is the white, darks are glazes of colour.
    peak = brightest(c, 0.02)
    lifted = math.pow(peak, 0.62)
    c = saturated((c[0] / peak * lifted, c[1] / peak * lifted, c[2] / peak * lifted), 1.25)
    # Few washes: soft steps of lightness.
    light = luma(c)
    q = light * 6.0 + 0.5 * noise(0.03 * x, 0.03 * y, seed + 5)
    f = frac(q)
    stepped = (q - f + smoothstep(0.3, 0.7, f)) / 6.0
    gain = mix(1.0, stepped / max(light, 0.05), 0.5)
    c = (c[0] * gain, c[1] * gain, c[2] * gain)
    c = blend((0.97, 0.96, 0.93), c, 0.9)
    # 4. Density: turbulent flow, pigment in the tooth, dark wet edges.
    tooth = grain(x, y, seed + 6)
    flow = fbm(0.024 * x, 0.024 * y, seed + 10, 4)
    speck = noise(0.9 * x, 0.9 * y, seed + 15)
    d = 1.0 + 0.62 * flow + (0.2 * tooth + 0.13 * speck) * (1.3 - light)
    d += 2.6 * max(rim, 0.0) - 1.1 * max(-rim, 0.0) + 0.25 * smoothstep(0.36, 0.46, f) * smoothstep(0.64, 0.54, f)
    d = min(max(d, 0.3), 2.2)
    c = (
        clamp01(c[0] - (c[0] - c[0] * c[0]) * (d - 1.0)),
        clamp01(c[1] - (c[1] - c[1] * c[1]) * (d - 1.0)),
        clamp01(c[2] - (c[2] - c[2] * c[2]) * (d - 1.0)),
    )
    # 5. Where the brush skipped, and beyond the wash, the paper shows.
    dry = smoothstep(0.5, 0.95, noise(0.035 * x, 0.09 * y, seed + 16) + 0.4 * tooth) * smoothstep(0.25, 0.8, light)
    paint = margin(x, y, plain, 5.0, seed + 20) * (1.0 - 0.6 * dry)
    sheet = 0.965 + 0.025 * tooth
    return blend((sheet, 0.992 * sheet, 0.965 * sheet), c, paint)


def oil(p: list[float], plain: Grid, label: Grid, notes: Grid, n: int, row: int, column: int) -> Tone:
    """Three layers of strokes, broad to fine, each with the colour under its middle and lying along the form; the
    later one on top. Bristles leave ridges that catch the light."""
    k = unit_px(plain)
    seed = i32(p[P.SEED]) + 2200
    x = f32(column) + 0.5
    y = f32(row) + 0.5
    under = look(notes, n, y, x)
    c = under
    relief = 0.0
    own = kin(what(label, n, y, x))
    for layer in range(3):
        cell = (17.0 if layer == 0 else (9.0 if layer == 1 else 5.0)) * k
        ix = ifloor(x / cell)
        iy = ifloor(y / cell)
        top = -1.0
        for j in range(9):
            cx = ix + j % 3 - 1
            cy = iy + j // 3 - 1
            order = random2(cx, cy, seed + 7 * layer)
            mx = (f32(cx) + random2(cx, cy, seed + 7 * layer + 1)) * cell
            my = (f32(cy) + random2(cx, cy, seed + 7 * layer + 2)) * cell
            dx = (x - mx) / cell
            dy = (y - my) / cell
            if order > top and dx * dx + dy * dy < 1.0:
                angle = direction(notes, n, my, mx) + 0.5 * (order - 0.5)
                ca = math.cos(angle)
                sa = math.sin(angle)
                along = ca * dx + sa * dy
                across = ca * dy - sa * dx + 0.22 * along * along * (2.0 * order - 1.0)
                bristle = noise(along * 1.7 + 9.0 * order, across * 15.0, cx * 31 + cy)
                half = 0.33 * (1.0 - 0.45 * along * along)
                if abs(across) < half and abs(along) + 0.1 * bristle < 0.92:
                    ink = look(notes, n, my, mx)
                    keep = 1.0
                    if layer > 0:
                        # Finer strokes only where the broader ones missed the form.
                        miss = abs(luma(c) - luma(under)) + 0.5 * abs(c[0] - c[2] - under[0] + under[2])
                        keep = miss - (0.035 if layer == 1 else 0.075) * (0.4 + 1.2 * order)
                    if kin(what(label, n, my, mx)) != own:
                        keep = -1.0 if layer > 0 or order > 0.3 else keep
                    if keep > 0.0:
                        top = order
                        tint = 0.15 * (random2(cx, cy, seed + 7 * layer + 3) - 0.5)
                        warm = 0.07 * (random2(cx, cy, seed + 7 * layer + 4) - 0.5)
                        v = 1.0 + tint + 0.1 * bristle
                        c = (clamp01(ink[0] * v + warm), clamp01(ink[1] * v), clamp01(ink[2] * v - warm))
                        # Light from the upper left: the slope of bristles and of the stroke's raised rim.
                        lit = noise(along * 1.7 + 9.0 * order, (across + 0.035) * 15.0, cx * 31 + cy) - bristle
                        facing = ca + 0.6 * sa
                        edge = smoothstep(0.55 * half, half, abs(across)) * (1.0 if across > 0.0 else -1.0)
                        relief = facing * (0.55 * lit - 0.5 * edge)
    c = saturated(c, 1.28)
    weave = noise(0.9 * x / k, 0.9 * y / k, seed + 50)
    shine = 0.17 * relief + 0.02 * weave
    return clamp01(c[0] + shine), clamp01(c[1] + shine), clamp01(c[2] + 0.9 * shine)


def patch(p: list[float], notes: Grid, n: int, x: float, y: float, size: float) -> tuple[float, float, float]:
    """Where the hand rested to draw the strokes around a place, in units, and which way the form runs there."""
    seed = i32(p[P.SEED]) + 2300
    k = unit_px(notes)
    wx = x / size + 0.35 * noise(2.1 * x / size, 2.1 * y / size, seed)
    wy = y / size + 0.35 * noise(2.1 * x / size, 2.1 * y / size, seed + 1)
    ix = ifloor(wx)
    iy = ifloor(wy)
    cx = size * (f32(ix) + 0.25 + 0.5 * random2(ix, iy, seed + 2))
    cy = size * (f32(iy) + 0.25 + 0.5 * random2(ix, iy, seed + 3))
    form = direction(notes, n, k * cy, k * cx)
    return cx, cy, form - 3.1415927 if form > 1.5707963 else form


def darkness(p: list[float], notes: Grid, n: int, y: float, x: float) -> float:
    """How dark to draw a place (in pixels): its own tone, more so where its surroundings are lighter, and here and
    there the hand leaves out some."""
    k = unit_px(notes)
    night = smoothstep(0.15, -0.35, p[A.SUN_HEIGHT])
    left_out = 0.5 + 0.7 * fbm(0.011 * x / k, 0.014 * y / k, i32(p[P.SEED]) + 2310, 3)
    light = luma(look(notes, n, y, x))
    around = 0.0
    dx = 26.0 * k
    dy = 0.0
    for _ in range(8):
        around += 0.125 * luma(look(notes, n, y + dy, x + dx))
        dx, dy = 0.70710678 * (dx - dy), 0.70710678 * (dx + dy)
    lifted = math.pow(light, mix(0.85, 0.5, night))
    dark = 1.02 - 1.08 * lifted - 0.26 * clamp01(left_out)
    return clamp01(dark + mix(0.9, 1.4, night) * (around - light))


def pencil(p: list[float], plain: Grid, label: Grid, depth: Grid, notes: Grid, n: int, row: int, column: int) -> Tone:
    """Graphite on paper: outlines drawn twice, tone hatched in up to three directions, all of it caught by the
    paper's tooth."""
    k = unit_px(plain)
    seed = i32(p[P.SEED]) + 2300
    x = f32(column) / k
    y = f32(row) / k
    own = kin(what(label, n, f32(row) + 0.5, f32(column) + 0.5))
    dark = darkness(p, notes, n, f32(row) + 0.5, f32(column) + 0.5)
    if own <= 1:
        dark *= 0.6
    # 1. Hatching in patches: level for water, slanted for sky, with the form for the rest.
    px, py, form = patch(p, notes, n, x, y, 90.0 if own <= 2 else 36.0)
    angle = -0.55 + 0.25 * form
    if own == 2:
        angle = 0.03 * form
    elif own >= 3:
        angle = -0.7 + 0.55 * form
    hx = x - px
    hy = y - py
    soft = 0.75 / k
    lead = 0.66 * hatch(hx, hy, angle, 3.0, clamp01(1.3 * dark), soft, seed + 1) * smoothstep(0.05, 0.28, dark)
    if dark > 0.36:
        more = smoothstep(0.36, 0.56, dark)
        lead = max(lead, 0.78 * hatch(hx, hy, angle + 0.6, 2.8, 1.5 * dark - 0.4, soft, seed + 3) * more)
    if dark > 0.58:
        more = smoothstep(0.58, 0.78, dark)
        lead = max(lead, 0.92 * hatch(hx, hy, angle + 1.3, 2.5, 1.6 * dark - 0.5, soft, seed + 5) * more)
    tooth = grain(1.5 * x, 1.5 * y, seed + 8)
    lead = lead * (0.85 + 0.35 * tooth)
    # 2. A smudge of tone under the strokes.
    lead = max(lead, 0.0) + 0.4 * dark * dark * (0.9 + 0.5 * tooth)
    # 3. Lines, once firm and once searching.
    for j in range(2):
        sway = (0.6 + 1.3 * f32(j)) * k
        lx = f32(column) + 0.5 + sway * noise(0.045 * x, 0.045 * y, seed + 20 + 2 * j)
        ly = f32(row) + 0.5 + sway * noise(0.045 * x, 0.045 * y, seed + 21 + 2 * j)
        other, fold = line(label, depth, n, ly, lx, max(0.8 * k, 0.8))
        press = (0.85 - 0.4 * f32(j)) * clamp01(0.7 + 0.7 * noise(0.04 * x, 0.04 * y, seed + 30 + j))
        if own == 3:
            other *= 0.75
        lead = lead + press * max(other, 0.8 * fold) * (0.85 + 0.4 * tooth)
    # 4. The drawing fades out before the sheet ends.
    lead = clamp01(lead) * margin(x, y, plain, 9.0, seed + 40)
    sheet = 0.955 + 0.022 * grain(x, y, seed + 9)
    return blend((sheet, 0.99 * sheet, 0.962 * sheet), (0.17, 0.17, 0.19), 0.93 * lead)


def ink_wash(p: list[float], plain: Grid, label: Grid, depth: Grid, notes: Grid, n: int, row: int, column: int) -> Tone:
    """Sumi-e: a few tones of wet ink on warm paper, ridges that sink into mist, a dry brush for the outlines, and the
    sun in vermilion."""
    k = unit_px(plain)
    seed = i32(p[P.SEED]) + 2400
    x = f32(column) / k
    y = f32(row) / k
    # 1. The wash's wandering edge.
    wx = f32(column) + 0.5 + k * (2.2 * noise(0.05 * x, 0.05 * y, seed) + 0.9 * noise(0.21 * x, 0.21 * y, seed + 1))
    wy = f32(row) + 0.5 + k * (2.2 * noise(0.05 * x, 0.05 * y, seed + 2) + 0.9 * noise(0.21 * x, 0.21 * y, seed + 3))
    own = kin(what(label, n, wy, wx))
    dark = clamp01(1.4 * darkness(p, notes, n, wy, wx) - 0.06)
    # 2. How far the land is, and whether its ridge is near above: ink is dark along the ridge and thins below it.
    z = 0.0
    mist = 0.0
    if own > 1:
        near = max(depth[n, within(ifloor(wy), depth.shape[1]), within(ifloor(wx), depth.shape[2])], 0.0004)
        z = far_away(near)
        veil = smoothstep(40.0, 700.0, z)
        if own != 2:
            ridge = 1.0
            ragged = 1.0 + 0.3 * noise(0.12 * x, 0.12 * y, seed + 4)
            for j in range(8):
                up = (2.0 + 1.3 * f32(j * (j + 1))) * k * ragged
                at = depth[n, within(ifloor(wy - up), depth.shape[1]), within(ifloor(wx), depth.shape[2])]
                if at > 0.62 * near:
                    ridge -= 0.125
            dark = mix(dark, 0.5 * dark + 0.12 + 0.6 * ridge * ridge, 0.8 * veil)
            bank = clamp01(0.5 + 0.9 * fbm(0.008 * x, 0.03 * y, seed + 5, 3))
            mist = veil * (1.0 - ridge) * mix(0.35, 0.9, bank)
        else:
            # Still water is bare paper with a few level strokes.
            swept = noise(0.012 * x, 0.11 * y, seed + 7) + 0.5 * noise(0.05 * x, 0.4 * y, seed + 8)
            dark *= 0.22 + 0.7 * smoothstep(0.05, 0.6, swept + 0.5 * dark)
        mist += 0.25 * veil * (1.0 - mist)
        if own == 4:
            # Open ground before the feet is hardly touched.
            mist += 0.4 * smoothstep(40.0, 12.0, z) * (1.0 - mist)
    else:
        dark *= 0.36
    # 3. Four tones with a soft step between, darker where a wash dried; the sky is one wet wash.
    q = 4.0 * dark + 0.3 * fbm(0.03 * x, 0.03 * y, seed + 9, 3)
    f = frac(q)
    tone = clamp01((q - f + smoothstep(0.3, 0.7, f)) / 4.0)
    tone += 0.07 * smoothstep(0.42, 0.6, f) * smoothstep(0.8, 0.62, f) * (1.0 if tone > 0.1 else 0.0)
    if own == 0:
        tone = 0.5 * (tone + dark)
    tone *= (0.86 + 0.2 * fbm(0.05 * x, 0.05 * y, seed + 13, 3)) * (1.0 - mist)
    tooth = grain(x, y, seed + 16)
    # 4. The brush: thick and thin, breaking up where it runs dry.
    if own != 0:
        press = clamp01(0.5 + 0.8 * noise(0.028 * x, 0.028 * y, seed + 18))
        other, fold = line(label, depth, n, wy, wx, max((0.8 + 1.9 * press) * k, 0.8))
        px, py, form = patch(p, notes, n, x, y, 44.0)
        c = math.cos(form)
        s = math.sin(form)
        along = c * (x - px) + s * (y - py)
        across = c * (y - py) - s * (x - px)
        streak = noise(0.05 * along, 0.9 * across, seed + 19)
        dry = smoothstep(-0.75, -0.1, streak + 0.4 * tooth + 1.2 * press - 0.7)
        stroke = max(other, 0.85 * fold) * dry * (0.5 + 0.5 * press)
        if own == 2:
            stroke *= 0.4
        elif own != 3:
            # Texture strokes on the dark side of rock and ground.
            dab = smoothstep(0.0, 0.7, noise(0.06 * along, 0.4 * across, seed + 28) + 0.4 * streak)
            tone += 0.2 * dab * smoothstep(0.25, 0.6, dark) * (1.0 - mist)
        tone = max(tone, stroke * (1.0 - 0.6 * smoothstep(60.0, 1200.0, z)))
    if own == 3:
        # Foliage is dabbed.
        leaf = noise(0.16 * x, 0.2 * y, seed + 23) + 0.6 * noise(0.37 * x, 0.45 * y, seed + 24)
        tone = clamp01(mix(tone, 0.9 * dark, 0.6) * (0.86 + 0.3 * smoothstep(-0.5, 0.7, leaf)))
    # 5. Paper with fibres.
    fibre = 0.018 * smoothstep(0.75, 0.95, noise(0.07 * x + 0.3 * y, 0.5 * y - 0.05 * x, seed + 26))
    sheet = 0.94 + 0.018 * tooth - fibre
    tone = clamp01(tone * (1.0 + 0.1 * tooth)) * margin(x, y, plain, 4.0, seed + 30)
    c3 = blend((sheet, 0.975 * sheet, 0.905 * sheet), (0.09, 0.088, 0.1), tone)
    if i32(label[n, row, column]) == SUN:
        c3 = blend(c3, (0.79, 0.2, 0.13), 0.85 + 0.1 * tooth)
    return c3
