"""One ray in passes, for the GPU: what stands in front, then the land, then the sea, then the sum.

`pixel` asks for all of them at once. On a GPU that is one huge kernel, which takes long to compile, needs all the
registers of its hungriest part and overflows the instruction cache (S. Laine et al., "Megakernels Considered Harmful").
Between the passes a sample waits in five layers, and in a tag that says what it is and which ground it still lacks.
"""

from __future__ import annotations

from lightbrush.world.kernels.ground import shade_land
from lightbrush.world.kernels.noise import f32, i32
from lightbrush.world.kernels.pixel import LAND, SEA, Grid, developed, front, nearness, quantise, ray
from lightbrush.world.kernels.sky import RGB
from lightbrush.world.kernels.water import shade_water
from lightbrush.world.layout import SEEN_UP_TO_M, P

LABELS = 64  # a tag is the label plus one, or 0 where the ground decides, plus LABELS times the ground


def step_of(p: list[float], layers: Grid) -> float:
    """Metres aside per pixel, a metre ahead."""
    return 1.0 / (p[P.FOCAL] * f32(layers.shape[3]))


def pass_front(
    params: list[list[float]],
    table: list[list[float]],
    bounds: list[list[float]],
    land: Grid,
    layers: Grid,
    tags: Grid,
    n: int,
    sample: int,
    row: int,
    column: int,
) -> None:
    """layers: float32 [N, S, 5, H, W]: linear red, green, blue, the light let through, depth in metres; tags: uint8 [N,
    S, H, W]."""
    p = params[n]
    u, s = ray(p, step_of(p, layers), layers.shape[3], layers.shape[4], row, column, sample, layers.shape[1])
    r, g, b, left, label, depth, ground, _z = front(p, table[n], bounds[n], u, s, land[n, sample, row, column])
    layers[n, sample, 0, row, column] = r
    layers[n, sample, 1, row, column] = g
    layers[n, sample, 2, row, column] = b
    layers[n, sample, 3, row, column] = left
    layers[n, sample, 4, row, column] = depth
    tags[n, sample, row, column] = label + 1 + LABELS * ground


def lay(
    layers: Grid, tags: Grid, n: int, sample: int, row: int, column: int, ground: int, c: RGB, behind: int, z: float
) -> None:
    """Puts the ground's colour behind what stands in front of it."""
    left = layers[n, sample, 3, row, column]
    layers[n, sample, 0, row, column] += left * c[0]
    layers[n, sample, 1, row, column] += left * c[1]
    layers[n, sample, 2, row, column] += left * c[2]
    label = i32(tags[n, sample, row, column]) - LABELS * ground
    if label == 0:
        label = behind + 1
        layers[n, sample, 4, row, column] = z
    tags[n, sample, row, column] = label


def pass_land(
    params: list[list[float]],
    table: list[list[float]],
    land: Grid,
    layers: Grid,
    tags: Grid,
    n: int,
    sample: int,
    row: int,
    column: int,
) -> None:
    if i32(tags[n, sample, row, column]) // LABELS != LAND:
        return
    p = params[n]
    u, s = ray(p, step_of(p, layers), layers.shape[3], layers.shape[4], row, column, sample, layers.shape[1])
    z = land[n, sample, row, column]
    r, g, b, behind = shade_land(p, table[n], u, s, z)
    lay(layers, tags, n, sample, row, column, LAND, (r, g, b), behind, z)


def pass_sea(
    params: list[list[float]],
    table: list[list[float]],
    bounds: list[list[float]],
    layers: Grid,
    tags: Grid,
    n: int,
    sample: int,
    row: int,
    column: int,
) -> None:
    if i32(tags[n, sample, row, column]) // LABELS != SEA:
        return
    p = params[n]
    u, s = ray(p, step_of(p, layers), layers.shape[3], layers.shape[4], row, column, sample, layers.shape[1])
    z = min(p[P.MOVE_Z] + (p[P.CAM_Y] + p[P.MOVE_Y]) / -s, SEEN_UP_TO_M)
    r, g, b, behind = shade_water(p, table[n], bounds[n], u, s, z)
    lay(layers, tags, n, sample, row, column, SEA, (r, g, b), behind, z)


def pass_sum(
    params: list[list[float]],
    layers: Grid,
    tags: Grid,
    rgb: Grid,
    label: Grid,
    depth: Grid,
    n: int,
    row: int,
    column: int,
) -> None:
    """One pixel: the mean of its samples in display-linear light; label and depth are the first sample's."""
    p = params[n]
    samples = layers.shape[1]
    r = 0.0
    g = 0.0
    b = 0.0
    for sample in range(samples):
        u, s = ray(p, step_of(p, layers), layers.shape[3], layers.shape[4], row, column, sample, samples)
        lr = layers[n, sample, 0, row, column]
        lg = layers[n, sample, 1, row, column]
        lb = layers[n, sample, 2, row, column]
        z = layers[n, sample, 4, row, column]
        kind = i32(tags[n, sample, row, column]) - 1
        sr, sg, sb = developed(p, lr, lg, lb, kind, z, u, s)
        r += sr
        g += sg
        b += sb
        if sample == 0:
            label[n, row, column] = kind
            depth[n, row, column] = nearness(z - p[P.MOVE_Z]) if z > 0.0 else 0.0
    share = 1.0 / f32(samples)
    rgb[n, row, column, 0] = quantise(r * share)
    rgb[n, row, column, 1] = quantise(g * share)
    rgb[n, row, column, 2] = quantise(b * share)
