"""The sky: gradient, glow, disc, stars, clouds, plume. Directions are (u, s): right and up over forward."""

from __future__ import annotations

import math

from lightbrush.world.kernels.noise import clamp01, f32, fbm, i32, ifloor, mix, noise, random2, smoothstep
from lightbrush.world.layout import CLOUD, COLOR0, MOON, SKY, SUN, C, P

RGB = tuple[float, float, float]


def colour(p: list[float], c: int) -> RGB:
    i = COLOR0 + 3 * c
    return p[i], p[i + 1], p[i + 2]


def lerp3(a: RGB, b: RGB, t: float) -> RGB:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


def add3(a: RGB, b: RGB, k: float) -> RGB:
    return a[0] + k * b[0], a[1] + k * b[1], a[2] + k * b[2]


def scale3(a: RGB, k: float) -> RGB:
    return a[0] * k, a[1] * k, a[2] * k


def sun_angle(p: list[float], u: float, s: float) -> float:
    """Cosine between a direction and the light."""
    n = math.sqrt(1.0 + u * u + s * s)
    return (u * p[P.LIGHT_X] + s * p[P.LIGHT_Y] + p[P.LIGHT_Z]) / n


def haze_colour(p: list[float], u: float, s: float) -> RGB:
    """What distance fades to: the horizon, warmer towards the light."""
    g = clamp01(sun_angle(p, u, max(s, 0.0)))
    g2 = g * g
    g8 = g2 * g2 * g2 * g2
    return add3(colour(p, C.HAZE), colour(p, C.GLOW), p[P.GLOW] * (0.06 * g2 + 0.22 * g8))


def clear_sky(p: list[float], u: float, s: float) -> RGB:
    """Gradient, twilight band and the light's glow, without disc and clouds."""
    n = math.sqrt(1.0 + u * u + s * s)
    e = max(s / n, 0.0)
    t = 1.0 - math.exp(-4.4 * e)
    c = lerp3(colour(p, C.HORIZON), colour(p, C.ZENITH), min(1.0, 1.18 * t))
    g = clamp01(0.5 + 0.5 * sun_angle(p, u, s))
    g2 = g * g
    g8 = g2 * g2 * g2 * g2
    c = add3(c, colour(p, C.BAND), p[P.BAND] * math.exp(-7.5 * e) * (0.3 + 0.9 * g8))
    du = u - p[P.SUN_U]
    ds = s - p[P.SUN_S]
    d2 = du * du + ds * ds
    glow = 0.17 * math.exp(-3.5 * d2) + 0.32 * math.exp(-20.0 * d2) + 0.6 * math.exp(-150.0 * d2)
    return add3(c, colour(p, C.GLOW), p[P.GLOW] * glow)


def stars(p: list[float], u: float, s: float) -> float:
    seed = i32(p[P.SEED]) + 501
    total = 0.0
    for k in range(2):
        size = 34.0 + 30.0 * f32(k)
        x = u * size
        y = s * size
        ix = ifloor(x)
        iy = ifloor(y)
        lucky = random2(ix, iy, seed + 3 * k)
        if lucky > 0.7:
            dx = x - f32(ix) - 0.2 - 0.6 * random2(ix, iy, seed + 1 + 3 * k)
            dy = y - f32(iy) - 0.2 - 0.6 * random2(ix, iy, seed + 2 + 3 * k)
            bright = (lucky - 0.7) / 0.3
            total += (0.10 + 1.7 * bright * bright * bright * bright * bright) * math.exp(
                -(dx * dx + dy * dy) * (260.0 - 110.0 * bright)
            )
    return total


def milky_way(p: list[float], u: float, s: float) -> float:
    seed = i32(p[P.SEED])
    tilt = 0.4 + 0.9 * random2(1, 2, seed)
    across = s - 0.35 - (u - 0.5 + random2(3, 4, seed)) * (tilt if seed % 2 == 0 else -tilt)
    n = fbm(u * 5.0, s * 5.0, seed + 511, 4)
    band = math.exp(-across * across * 26.0)
    lane = 1.0 - 0.75 * math.exp(-(across + 0.1 * n) * (across + 0.1 * n) * 500.0)
    return band * lane * clamp01(0.45 + 0.8 * n)


def drift(p: list[float], speed: float) -> float:
    """How far the wind has blown since the clip began."""
    wind = 0.6 + 0.8 * random2(6, 1, i32(p[P.SEED]))
    return p[P.TIME] * speed * (wind if i32(p[P.SEED]) % 2 == 0 else -wind)


def puff(p: list[float], u: float, s: float, octaves: int) -> tuple[float, float, float]:
    """Heaped clouds as soft ellipses on a jittered grid: (density, height within the cloud, edge)."""
    seed = i32(p[P.SEED]) + 601
    k = p[P.CLOUD_SCALE]
    u -= drift(p, 0.012)
    x = u / (0.62 * k)
    y = s / (0.26 * k)
    ix = ifloor(x)
    iy = ifloor(y)
    best = -9.0
    up = 0.0
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            cx = ix + dx
            cy = iy + dy
            if cy >= 0 and random2(cx, cy, seed) < p[P.CLOUD_COVER] * 1.05:
                size = 0.5 + 0.55 * random2(cx, cy, seed + 1)
                ox = (x - f32(cx) - 0.1 - 0.8 * random2(cx, cy, seed + 2)) / (size * 1.05)
                oy = (y - f32(cy) - 0.15 - 0.6 * random2(cx, cy, seed + 3)) / (size * 0.85)
                if oy < 0.0:
                    oy *= 2.4
                e = 1.0 - ox * ox - oy * oy
                if e > best:
                    best = e
                    up = oy
    if best < -1.2:
        return 0.0, 0.0, 0.0
    n = 0.0
    amp = 0.5
    fx = u * 9.0 / k
    fy = s * 14.0 / k
    for i in range(octaves):
        n += amp * (1.0 - 2.0 * abs(noise(fx, fy, seed + 7 + i)))
        amp *= 0.52
        fx, fy = 1.7 * fx - 1.1 * fy + 3.3, 1.1 * fx + 1.7 * fy
    e = best + 1.15 * (n - 0.28)
    return smoothstep(0.0, 0.42, e), up + 0.35 * (n - 0.28), e


def sheet(p: list[float], u: float, s: float, octaves: int) -> float:
    """A layer of cloud seen in perspective, unbounded noise value about [-1, 1]."""
    seed = i32(p[P.SEED]) + 701
    z = 1.0 / (s + 0.11)
    x = (u * z - drift(p, 0.03)) / p[P.CLOUD_SCALE]
    y = z * 0.9 / p[P.CLOUD_SCALE]
    warp = noise(x * 0.7, y * 0.7, seed + 9)
    return 1.25 * fbm(x * 0.85 + 0.5 * warp, y * 1.25 - 0.4 * warp, seed, octaves)


def cloudy_sky(p: list[float], u: float, s: float, octaves: int) -> tuple[float, float, float, float]:
    """The sky with its clouds, and their opacity."""
    r, g, b = clear_sky(p, u, s)
    cover = p[P.CLOUD_COVER]
    if (cover < 0.02 and p[P.OVERCAST] < 0.02) or s < 0.0:
        return r, g, b, 0.0
    alpha = 0.0
    lit = 0.0
    edge = 0.0
    du = p[P.SUN_U] - u
    ds = p[P.SUN_S] - s
    far = math.sqrt(du * du + ds * ds) + 0.05
    # 1. The layer.
    layer = mix(cover * (1.0 - p[P.CLOUD_PUFF]), 1.25, p[P.OVERCAST])
    if layer > 0.03:
        n = sheet(p, u, s, octaves)
        threshold = 0.62 - 1.25 * layer
        alpha = smoothstep(threshold, threshold + mix(0.55, 0.35, p[P.OVERCAST]), n)
        n2 = sheet(p, u + 0.07 * du / far, s + 0.05 * ds / far, 2)
        lit = clamp01(0.62 + 0.9 * (n - n2) - 0.25 * alpha)
        edge = alpha * (1.0 - alpha) * 3.0
    # 2. Heaps before it.
    if cover * p[P.CLOUD_PUFF] > 0.02:
        d, up, e = puff(p, u, s, octaves)
        d *= smoothstep(0.0, 0.05, s)
        if d > 0.003:
            toward = (0.75 * up + 0.55) * mix(0.55, 1.0, clamp01(3.0 * p[P.LIGHT_Y] + 0.3))
            side = 0.35 * (du / far) * noise(u * 6.0 / p[P.CLOUD_SCALE], s * 9.0, i32(p[P.SEED]) + 640)
            plit = clamp01(0.18 + toward + side - 0.12 * clamp01(e))
            alpha_new = d + alpha * (1.0 - d)
            lit = mix(lit, plit, d)
            edge = mix(edge, d * (1.0 - d) * 3.0, d)
            alpha = alpha_new
    c = lerp3(colour(p, C.CLOUD_DARK), colour(p, C.CLOUD_LIT), lit)
    near = math.exp(-7.0 * far * far)
    c = add3(c, colour(p, C.GLOW), p[P.GLOW] * near * (0.25 + 1.3 * edge))
    # 3. Far clouds melt into the haze.
    alpha *= mix(smoothstep(0.0, 0.10, s), 1.0, p[P.OVERCAST])
    c = lerp3(haze_colour(p, u, s), c, smoothstep(-0.03, 0.2, s))
    return mix(r, c[0], alpha), mix(g, c[1], alpha), mix(b, c[2], alpha), alpha


def aurora(p: list[float], u: float, s: float) -> RGB:
    """Two curtains of rays that hang in folds over the horizon, green below, violet above."""
    seed = i32(p[P.SEED])
    r = 0.0
    g = 0.0
    b = 0.0
    for k in range(2):
        fold = 2.3 + 1.6 * f32(k)
        bend = noise(u * fold, 1.0 + 3.0 * f32(k), seed + 520) + 0.35 * noise(u * 3.1 * fold, 4.0, seed + 522 + k)
        base = 0.1 + 0.1 * f32(k) + 0.13 * bend + 0.06 * math.sin(2.6 * u + 6.0 * random2(5, 6 + k, seed))
        up = s - base
        if up > -0.03:
            rays = 0.5 + 0.32 * noise(u * 24.0 + 5.0 * bend + 0.7 * p[P.TIME], 0.4 * s, seed + 521) + 0.25 * bend
            fall = math.exp(-(4.2 + 1.5 * f32(k)) * max(up, 0.0))
            glow = smoothstep(-0.03, 0.035, up) * fall * max(rays, 0.0) * (1.7 - 0.6 * f32(k)) * p[P.AURORA]
            t = clamp01(up * 2.9)
            r += glow * mix(0.06, 0.46, t)
            g += glow * mix(0.85, 0.14, t)
            b += glow * mix(0.40, 0.72, t)
    return r, g, b


def plume(p: list[float], u: float, s: float) -> tuple[float, float]:
    """Smoke over the volcano: (opacity, brightness)."""
    z = p[P.PEAK_Z]
    pu = p[P.PEAK_X] / z
    ps = (p[P.PEAK_H] * 0.86 + p[P.FAR_H] - p[P.CAM_Y]) / z
    h = (s - ps) * p[P.FOCAL]
    if h < -0.02:
        return 0.0, 0.0
    seed = i32(p[P.SEED]) + 801
    lean = 0.9 if random2(7, 8, seed) > 0.5 else -0.9
    x = (u - pu) * p[P.FOCAL] - lean * h * h * 1.4 / (0.35 + h)
    n = fbm(x * 6.0, h * 5.0 - 0.3 * abs(x) - 0.2 * p[P.TIME], seed, 5)
    width = 0.022 + 0.36 * h / (0.5 + 0.6 * h)
    d = 1.0 - abs(x) / width + 1.1 * n
    alpha = smoothstep(0.0, 0.6, d) * smoothstep(-0.02, 0.02, h) * (1.0 - smoothstep(0.35, 0.9, h)) * p[P.PLUME]
    side = 1.0 if p[P.SUN_U] > u else -1.0
    return 0.94 * alpha, clamp01(0.42 + 0.45 * n + 0.35 * side * x / width)


def full_sky(p: list[float], u: float, s: float) -> tuple[float, float, float, int]:
    """Everything above the land, and its label."""
    r, g, b, alpha = cloudy_sky(p, u, s, 5)
    label = CLOUD if alpha > 0.5 else SKY
    behind = 1.0 - alpha
    if p[P.STARS] > 0.01 and s > 0.0:
        up = smoothstep(0.0, 0.2, s) * behind * p[P.STARS]
        k = stars(p, u, s) * up
        m = milky_way(p, u, s) * up * (1.0 - 0.8 * p[P.ALIEN])
        r += 0.85 * k + 0.055 * m
        g += 0.88 * k + 0.058 * m
        b += k + 0.085 * m
        if p[P.AURORA] > 0.01:
            ar, ag, ab = aurora(p, u, s)
            r += ar * behind
            g += ag * behind
            b += ab * behind
    if p[P.DISC] > 0.5:
        du = u - p[P.SUN_U]
        ds = s - p[P.SUN_S]
        d = math.sqrt(du * du + ds * ds) / p[P.SUN_R]
        if d < 1.25:
            c = colour(p, C.DISC)
            k = smoothstep(1.08, 0.92, d)
            veil = 1.0 - 0.7 * alpha
            if p[P.DISC] > 1.5:
                seas = 0.86 + 0.2 * noise(du / p[P.SUN_R] * 1.9 + 3.0, ds / p[P.SUN_R] * 1.9, i32(p[P.SEED]) + 530)
                k *= veil * seas
            else:
                k *= veil * (1.0 - 0.15 * d * d)
            r = mix(r, c[0], k)
            g = mix(g, c[1], k)
            b = mix(b, c[2], k)
            if d < 1.05 and veil > 0.4:
                label = MOON if p[P.DISC] > 1.5 else SUN
    if p[P.PLUME] > 0.02:
        a, lit = plume(p, u, s)
        if a > 0.003:
            dark = colour(p, C.CLOUD_DARK)
            c = lerp3(scale3(dark, 0.45), colour(p, C.CLOUD_LIT), 0.62 * lit)
            c = add3(c, colour(p, C.LAVA), 0.05 * math.exp(-9.0 * abs(u - p[P.PEAK_X] / p[P.PEAK_Z])) * p[P.LAVA])
            r = mix(r, c[0], a)
            g = mix(g, c[1], a)
            b = mix(b, c[2], a)
            if a > 0.5:
                label = CLOUD
    return r, g, b, label


def speckle(x: float, z: float, seed: int) -> float:
    """Dots scattered over the plane, 0..1: some in each row, the rows shifted against each other."""
    iz = ifloor(z)
    x += 7.0 * random2(iz, 11, seed)
    ix = ifloor(x)
    r = random2(ix, iz, seed)
    dx = (x - f32(ix) - 0.5) * 2.0 + 0.9 * (r - 0.5)
    dz = (z - f32(iz) - 0.5) * 2.0 + 0.9 * (random2(ix, iz, seed + 1) - 0.5)
    return smoothstep(0.55, 0.15, dx * dx + dz * dz) * (1.0 if r < 0.75 else 0.0)
