"""Renders scenes: rows of parameters in, pictures with labels and depth out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lightbrush.world.gpu import kernels
from lightbrush.world.layout import CELLS, MAX_ASPECT, RECORD, ROWS, SCENE_SIZE, A
from lightbrush.world.shader import build

MAX_SIDE_PX = 8192
MAX_SAMPLES = 16
CHUNK_BYTES = 1 << 30  # scratch: as many pictures at a time as fit
TABLE = (ROWS + 1) * CELLS * RECORD
BOUNDS = 2 * (ROWS + 1)


@dataclass(frozen=True)
class Rendered:
    """Pictures of N scenes.

    rgb: uint8 [N, H, W, 3], sRGB. label: uint8 [N, H, W], an index of MATERIALS. depth: float32 [N, H, W],
    nearness 12 m / (12 m + z): 1 at the eye, 0 for the sky.
    """

    rgb: NDArray[np.uint8]
    label: NDArray[np.uint8]
    depth: NDArray[np.float32]


def check(params: NDArray[np.float32], width: int, height: int, samples: int) -> None:
    """Refuses what the shader cannot draw, with the value seen."""
    if params.ndim != 2 or params.shape[1] != SCENE_SIZE:
        raise ValueError(f"world: params must be [N, {SCENE_SIZE}], got {list(params.shape)}; use sample_scenes()")
    if params.dtype != np.float32:
        raise ValueError(f"world: params must be float32, got {params.dtype}")
    if not np.isfinite(params).all():
        row = int(np.flatnonzero(~np.isfinite(params).all(axis=1))[0])
        raise ValueError(f"world: params of scene {row} hold NaN or infinity")
    check_size(width, height, samples)


def check_size(width: int, height: int, samples: int) -> None:
    if not (8 <= width <= MAX_SIDE_PX and 8 <= height <= MAX_SIDE_PX):
        raise ValueError(f"world: a picture is 8 to {MAX_SIDE_PX} px a side, got {width}x{height}")
    if width > MAX_ASPECT * height:
        raise ValueError(f"world: a picture is at most {MAX_ASPECT:g} times as wide as high, got {width}x{height}")
    if not 1 <= samples <= MAX_SAMPLES:
        raise ValueError(f"world: samples must be 1 to {MAX_SAMPLES}, got {samples}")


def render(
    params: NDArray[np.float32],
    *,
    width: int = 256,
    height: int = 256,
    device: Literal["cpu", "cuda"] = "cpu",
    samples: int = 2,
) -> Rendered:
    """Pictures of the scenes in `params` [N, P]. The same params, size, samples and device give the same
    bytes."""
    check(params, width, height, samples)
    if device == "cuda":
        return _render_cuda(params, width, height, samples)
    if device != "cpu":
        raise ValueError(f"world: device must be 'cpu' or 'cuda', got {device!r}")
    n = len(params)
    out = Rendered(
        np.empty((n, height, width, 3), np.uint8),
        np.empty((n, height, width), np.uint8),
        np.empty((n, height, width), np.float32),
    )
    shader = build()
    chunk = _chunk(n, width, height, samples)
    for at in range(0, n, chunk):
        part = slice(at, min(n, at + chunk))
        p = np.ascontiguousarray(params[part])
        table = np.empty((len(p), TABLE), np.float32)
        bounds = np.empty((len(p), BOUNDS), np.float32)
        land = np.empty((len(p), samples, height, width), np.float32)
        shader.objects(p, table, bounds)
        shader.columns(p, land, width, height, samples)
        shader.pixels(p, table, bounds, land, out.rgb[part], out.label[part], out.depth[part], samples)
        if (p[:, A.WATERCOLOUR : A.GLASS + 1] > 0.0).any():
            style = build("style")
            plain = out.rgb[part].copy()
            notes = np.empty((*plain.shape[:3], 4), np.uint8)
            style.notes(p, plain, out.label[part], out.depth[part], notes)
            style.finished(p, plain, notes, out.label[part], out.depth[part], out.rgb[part])
    return out


def render_into(params: Any, rgb: Any, label: Any, depth: Any, samples: int = 2) -> None:
    """Renders on the GPU into arrays that expose `__cuda_array_interface__`, without copies or waiting.

    params: float32 [N, P], values are the caller's to check; rgb: uint8 [N, H, W, 3]; label: uint8 [N, H,
    W]; depth: float32 [N, H, W]; all C-contiguous. The work is queued on PyTorch's current stream if PyTorch
    is loaded, else on the default stream.
    """
    arrays = [_view(a) for a in (params, rgb, label, depth)]
    p, out_rgb, out_label, out_depth = arrays
    n, height, width = out_label.shape
    if p.shape != (n, SCENE_SIZE) or out_rgb.shape != (n, height, width, 3) or out_depth.shape != (n, height, width):
        raise ValueError(
            f"world: expected params [N, {SCENE_SIZE}], rgb [N, H, W, 3], label and depth [N, H, W], "
            f"got {p.shape}, {out_rgb.shape}, {out_label.shape}, {out_depth.shape}"
        )
    types = [str(a.dtype) for a in arrays]
    if types != ["float32", "uint8", "uint8", "float32"]:
        raise ValueError(f"world: render_into needs float32, uint8, uint8, float32, got {', '.join(types)}")
    check_size(width, height, samples)
    shader = kernels()
    stream, number = _current_stream()
    chunk = _chunk(n, width, height, samples)
    scratch = _scratch(min(n, chunk), width, height, samples, number)
    for at in range(0, n, chunk):
        m = min(chunk, n - at)
        part = slice(at, at + m)
        _launch(shader, stream, p[part], scratch, out_rgb[part], out_label[part], out_depth[part])


def _view(array: Any) -> Any:
    """numba's view of a PyTorch (or any CUDA) array."""
    from numba import cuda

    return cuda.as_cuda_array(array, sync=False)  # type: ignore[no-untyped-call, unused-ignore]


def _chunk(n: int, width: int, height: int, samples: int) -> int:
    """How many pictures at a time: as many as fit, in rounds of the same size, for a small one leaves a GPU idle."""
    most = max(1, min(n, 4096 // samples, CHUNK_BYTES // ((25 * samples + 7) * width * height + 4 * TABLE)))
    rounds = max(1, -(-n // most))
    return max(1, -(-n // rounds))


Scratch = tuple[Any, ...]  # table, bounds, land, layers, tags, plain, notes
_kept: dict[tuple[int, int, int, int, int], Scratch] = {}


def _scratch(n: int, width: int, height: int, samples: int, stream: int) -> Scratch:
    """Device buffers, kept for the next call of the same size on the same stream."""
    from numba import cuda

    key = (n, width, height, samples, stream)
    if key not in _kept:
        if len(_kept) >= 2:
            cuda.synchronize()  # type: ignore[no-untyped-call, unused-ignore]
            _kept.clear()
        _kept[key] = (
            cuda.device_array((n, TABLE), np.float32),
            cuda.device_array((n, BOUNDS), np.float32),
            cuda.device_array((n, samples, height, width), np.float32),
            cuda.device_array((n, samples, 5, height, width), np.float32),
            cuda.device_array((n, samples, height, width), np.uint8),
            cuda.device_array((n, height, width, 3), np.uint8),
            cuda.device_array((n, height, width, 4), np.uint8),
        )
    return _kept[key]


def _current_stream() -> tuple[Any, int]:
    """numba's name for PyTorch's current stream, and the stream's number (0: the default stream)."""
    from numba import cuda

    torch = sys.modules.get("torch")
    number = int(torch.cuda.current_stream().cuda_stream) if torch is not None else 0
    return (cuda.external_stream(number) if number else cuda.default_stream()), number


def _launch(
    shader: dict[str, Any],
    stream: Any,
    p: Any,
    scratch: Scratch,
    rgb: Any,
    label: Any,
    depth: Any,
) -> None:
    """The picture goes into scratch memory, its style into `rgb`: a style looks at the neighbours of a pixel."""
    n, height, width = label.shape
    table, bounds, land, layers, tags, plain, notes = (s[:n] for s in scratch)
    samples = land.shape[1]
    block = (16, 8)
    pixels = (-(-width // 16), -(-height // 8), n)
    rays = (*pixels[:2], n * samples)
    shader["objects"][(ROWS + 1, n), CELLS, stream](p, table, bounds)
    shader["columns"][(-(-width // 64), n * samples), 64, stream](p, land)
    shader["fronts"][rays, block, stream](p, table, bounds, land, layers, tags)
    shader["lands"][rays, block, stream](p, table, land, layers, tags)
    shader["seas"][rays, block, stream](p, table, bounds, layers, tags)
    shader["pixels"][pixels, block, stream](p, layers, tags, plain, label, depth)
    shader["notes"][pixels, block, stream](p, plain, label, depth, notes)
    shader["finished"][pixels, block, stream](p, plain, notes, label, depth, rgb)


def _render_cuda(params: NDArray[np.float32], width: int, height: int, samples: int) -> Rendered:
    from numba import cuda

    n = len(params)
    arrays = (
        cuda.to_device(np.ascontiguousarray(params)),
        cuda.device_array((n, height, width, 3), np.uint8),
        cuda.device_array((n, height, width), np.uint8),
        cuda.device_array((n, height, width), np.float32),
    )
    render_into(*arrays, samples=samples)
    cuda.synchronize()  # type: ignore[no-untyped-call, unused-ignore]
    return Rendered(arrays[1].copy_to_host(), arrays[2].copy_to_host(), arrays[3].copy_to_host())
