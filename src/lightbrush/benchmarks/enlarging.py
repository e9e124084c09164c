"""What is enlarged to measure how fast and how well it is, on a CPU and on a GPU."""

from __future__ import annotations

import math
import time

import numpy as np

from lightbrush.enhance import ncnn_files, tiles
from lightbrush.enhance.ncnn_files import Layer
from lightbrush.enhance.rows import Pixels, Rows
from lightbrush.enhance.tiles import Upscaler
from lightbrush.shots import Size


def tiled_psnr_db(upscaler: Upscaler) -> float:
    """Two tiles by two against one pass; 200 where they are the same."""
    side = 3 * upscaler.core_px // 2
    pixels = picture(side, side)
    at_once = np.clip(upscaler(pixels), 0.0, 1.0)
    tiled = np.concatenate(list(tiles.enlarge(rows_of(pixels), upscaler).bands))
    return -10 * math.log10(max(1e-20, float(np.mean((tiled.astype(np.float64) - at_once) ** 2))))


def enlarge_s(upscaler: Upscaler, side_px: int) -> float:
    """Seconds for a square picture, the second time: the first one also loads what a size needs."""
    pixels = picture(side_px, side_px)
    for _ in range(2):
        began = time.perf_counter()
        for _band in tiles.enlarge(rows_of(pixels), upscaler).bands:
            pass
        spent_s = time.perf_counter() - began
    return spent_s


def picture(width: int, height: int) -> Pixels:
    """Discs with sharp edges over gradients and grain, [height, width, 3] from 0 to 1; always the same."""
    chance = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    pixels: Pixels = np.stack([x / width, y / height, (x + y) / (width + height)], axis=-1)
    for _ in range(60):
        at_x, at_y, radius = chance.uniform(0, width), chance.uniform(0, height), chance.uniform(0.01, 0.1) * height
        pixels[(x - at_x) ** 2 + (y - at_y) ** 2 < radius**2] = chance.uniform(0, 1, 3)
    grain = chance.normal(0, 0.02, pixels.shape).astype(np.float32)
    return np.clip(pixels + grain, 0.0, 1.0, out=pixels)


def rows_of(pixels: Pixels) -> Rows:
    return Rows(Size(pixels.shape[1], pixels.shape[0]), pixels.shape[2], iter([pixels]))


def random_rrdb(blocks: int, seed: int = 0) -> tuple[Layer, ...]:
    """Real-ESRGAN's network (RRDBNet, four times), with random weights: as fast as the trained one. blocks: 23 of
    x4plus, 6 of x4plus-anime. What it gives is a noisy picture, about 0 to 1."""
    chance = np.random.default_rng(seed)
    layers = [Layer(kind="Input", name="input", inputs=(), outputs=("data",), parameters={})]

    def add(kind: str, inputs: tuple[str, ...], parameters: dict[int, float | tuple[float, ...]]) -> str:
        name = f"{kind}_{len(layers)}"
        layers.append(Layer(kind=kind, name=name, inputs=inputs, outputs=(name,), parameters=parameters))
        return name

    def convolution(read: str, takes: int, gives: int, *, bent: bool = False) -> str:
        name = f"Convolution_{len(layers)}"
        parameters: dict[int, float | tuple[float, ...]] = {
            ncnn_files.OUTPUTS: float(gives),
            ncnn_files.KERNEL: 3.0,
            ncnn_files.PADDING: 1.0,
            ncnn_files.HAS_BIAS: 1.0,
            ncnn_files.WEIGHTS: 9.0 * takes * gives,
        }
        if bent:
            parameters |= {ncnn_files.ACTIVATION: 2.0, ncnn_files.ACTIVATION_VALUES: (0.2,)}
        weights = chance.normal(0.0, (9 * takes) ** -0.5, (gives, takes, 3, 3)).astype(np.float32)
        bias = np.full(gives, 0.5 if gives == 3 else 0.01, np.float32)
        layers.append(
            Layer(
                kind="Convolution",
                name=name,
                inputs=(read,),
                outputs=(name,),
                parameters=parameters,
                weights=weights,
                bias=bias,
            )
        )
        return name

    def mixed(one: str, other: str) -> str:
        return add("Eltwise", (one, other), {0: 1.0, 1: (0.2, 1.0)})

    begun = x = convolution("data", 3, 64)
    for _ in range(blocks):
        block = x
        for _ in range(3):
            dense = [x]
            for i in range(4):
                read = dense[0] if i == 0 else add("Concat", tuple(dense), {})
                dense.append(convolution(read, 64 + 32 * i, 32, bent=True))
            x = mixed(convolution(add("Concat", tuple(dense), {}), 192, 64), x)
        x = mixed(x, block)
    x = add("BinaryOp", (begun, convolution(x, 64, 64)), {})
    for _ in range(2):
        x = convolution(add("Interp", (x,), {0: 1.0, 1: 2.0, 2: 2.0}), 64, 64, bent=True)
    convolution(convolution(x, 64, 64, bent=True), 64, 3)
    return tuple(layers)
