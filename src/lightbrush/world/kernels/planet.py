"""The planets that hang in another world's sky."""

from __future__ import annotations

import math

from lightbrush.world.kernels.noise import clamp01, fbm, i32, mix, noise, smoothstep
from lightbrush.world.kernels.sky import RGB, colour, lerp3, scale3
from lightbrush.world.layout import C, P


def globe(p: list[float], du: float, ds: float, seed: int, kind: int) -> tuple[RGB, float]:
    """Lit colour of a globe of radius 1 at (du, ds) from its middle, and its opacity."""
    d2 = du * du + ds * ds
    if d2 > 1.02:
        return (0.0, 0.0, 0.0), 0.0
    nf = math.sqrt(max(0.0, 1.0 - d2))
    c = colour(p, C.PLANET)
    if kind == 0:
        swirl = 0.3 * noise(du * 2.2 + 3.0, ds * 5.0, seed)
        band = fbm(0.4 * du + swirl, (ds + 0.22 * du) * 4.5 + swirl, seed + 1, 4)
        c = lerp3(c, scale3((c[2], c[0], c[1]), 0.75), clamp01(0.5 + 1.3 * band))
        c = scale3(c, 0.75 + 0.6 * noise(0.5 * du + swirl, ds * 11.0, seed + 5))
    else:
        land = fbm(du * 2.4 + 7.0, ds * 2.4, seed, 4)
        pits = noise(du * 9.0, ds * 9.0, seed + 6)
        grey = 0.55 + 0.35 * land + 0.12 * pits
        c = (grey, 0.97 * grey, 0.92 * grey)
    # Lit from the sun's side, a little from everywhere.
    side = 1.0 if p[P.LIGHT_X] > 0.0 else -1.0
    ndl = clamp01(0.72 * side * du + 0.42 * ds + 0.55 * nf + 0.12)
    return scale3(c, 0.06 + 1.25 * ndl), smoothstep(1.0, 0.97, d2)


def planets(p: list[float], c: RGB, u: float, s: float) -> tuple[RGB, int]:
    """Paints a planet with its ring, and its moon, over a colour of the sky; 1 where they cover it."""
    seed = i32(p[P.SEED]) + 2700
    covered = 0
    for k in range(2):
        radius = p[P.MOON_R] if k == 0 else p[P.PLANET_R]
        if radius <= 0.0:
            continue
        du = (u - (p[P.MOON_U] if k == 0 else p[P.PLANET_U])) / radius
        ds = (s - (p[P.MOON_S] if k == 0 else p[P.PLANET_S])) / radius
        if du * du + ds * ds > 6.0:
            continue
        body, alpha = globe(p, du, ds, seed + k, 1 - k)
        c = lerp3(c, body, alpha)
        if alpha > 0.5:
            covered = 1
        if k == 1 and p[P.PLANET_RING] > 0.0:
            x = 0.94 * du + 0.34 * ds
            y = (0.94 * ds - 0.34 * du) * 3.6
            r = math.sqrt(x * x + y * y)
            behind = y > 0.0 and alpha > 0.5
            if r > 1.3 and r < 2.2 and not behind:
                gap = 0.45 + 0.55 * noise(r * 14.0, 0.5, seed + 8)
                band = smoothstep(1.3, 1.38, r) * smoothstep(2.2, 2.1, r) * gap
                ring = colour(p, C.PLANET)
                grey = 0.33 * (ring[0] + ring[1] + ring[2])
                c = lerp3(c, scale3((mix(ring[0], grey, 0.5), mix(ring[1], grey, 0.5), mix(ring[2], grey, 0.5)), 1.5),
                          0.85 * band)  # fmt: skip
                if band > 0.5:
                    covered = 1
    return c, covered
