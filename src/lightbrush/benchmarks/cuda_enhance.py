"""`lightbrush bench enhance --part network`: the networks that enlarge, on one CUDA GPU, from memory to memory.

It needs PyTorch and nothing of the extra `enhance`: where the models' files are not installed weights are random, which
is as fast. Each figure is said as soon as it is measured. What it reports, of each model:

    ways           each way of computing one tile of 1024x1024: ms, TFLOP/s, seconds of the first run (kernels are
                   chosen, some compiled), the memory it takes at most, and decibels from float32; or its error
    way            which of them loading chose, in load_s seconds
    core_px        of the tiles that fit into the GPU
    enlarge_s_1024_to_4096, enlarge_s_2048_to_8192   as `lightbrush bench enhance` has them
    unit_ms        a job's unit, a tile with its margins, as a worker answers it
    frames_per_s   1920x1080 to 3840x2160, from and to memory, without a video's decoder and encoder
    tiled_psnr_db  what tiles give against one pass
"""

from __future__ import annotations

import datetime
import math
import platform
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from lightbrush.benchmarks.enlarging import enlarge_s, picture, random_rrdb, tiled_psnr_db
from lightbrush.enhance import ncnn_files, tiles, upscalers, wide_network
from lightbrush.enhance.ncnn_files import Layer
from lightbrush.enhance.upscalers import MODELS
from lightbrush.errors import SettingsError
from lightbrush.shots import Size

if TYPE_CHECKING:
    from torch import nn

    from lightbrush.enhance.torch_upscaler import TorchUpscaler

SIDE_PX: Final = 1024
#: Blocks of the networks of which random weights can be made.
_BLOCKS: Final = {"photo": 23, "anime": 6}
#: A side of the picture whose float32 answer the others are compared with, and of the tiles that are joined.
_COMPARED_PX: Final = 256
_JOINED_CORE_PX: Final = 256

Say = Callable[[str], None]


def run(models: tuple[str, ...], say: Say, *, side_px: int = SIDE_PX, device: str = "cuda") -> dict[str, Any]:
    """models: of MODELS. Raises SettingsError: settings.value without a CUDA device."""
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise SettingsError("settings.value", "PyTorch finds no CUDA device here", value=device)
    report: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": datetime.date.today().isoformat(),
    }
    for model in models:
        report[model] = measured(model, say, side_px, device)
    return report


def layers_of(model: str) -> tuple[tuple[Layer, ...], str]:
    """-> its layers, and whose weights they have. Raises SettingsError: extra.missing."""
    try:
        return ncnn_files.read(upscalers.packaged(MODELS[model].file)), "its own"
    except SettingsError:
        if model not in _BLOCKS:
            raise
        return random_rrdb(_BLOCKS[model]), "random"


def measured(model: str, say: Say, side_px: int, device: str) -> dict[str, Any]:
    """All figures of one model; of ways and of what needs float16 only on CUDA."""
    try:
        layers, weights = layers_of(model)
    except SettingsError as error:
        return {"skipped": str(error)}
    report: dict[str, Any] = {"weights": weights, "tflop": round(operations(layers) * side_px**2 / 1e12, 2)}

    def keep(name: str, value: Any) -> None:
        report[name] = value
        say(f"{model}: {name}: {value}")

    # 1. Each way of computing it, and the one that is chosen.
    if device == "cuda":
        keep("ways", {})
        for name, way in ways(layers).items():
            report["ways"][name] = timed(way, layers, side_px)
            say(f"{model}: {name}: {report['ways'][name]}")
    began = time.perf_counter()
    upscaler, way_name = loaded(layers, model, device)
    keep("way", way_name)
    keep("load_s", round(time.perf_counter() - began, 2))
    keep("core_px", upscaler.core_px)

    # 2. From memory to memory.
    keep("enlarge_s_1024_to_4096", round(enlarge_s(upscaler, side_px), 3))
    keep("enlarge_s_2048_to_8192", round(enlarge_s(upscaler, 2 * side_px), 3))
    keep("unit_ms", round(unit_ms(upscaler, MODELS[model].gpu_unit_px), 2))
    keep("frames_per_s", round(frames_per_s(upscaler, side_px), 2))
    core_px = upscaler.core_px
    upscaler.core_px = min(core_px, _JOINED_CORE_PX, side_px)
    keep("tiled_psnr_db", round(tiled_psnr_db(upscaler), 1))
    upscaler.core_px = core_px
    return report


def ways(layers: tuple[Layer, ...]) -> dict[str, Callable[[], tuple[nn.Module, bool]]]:
    """By name: what makes the network, and whether cuDNN is to try its kernels."""
    from lightbrush.enhance.torch_network import NcnnNetwork

    found: dict[str, Callable[[], tuple[nn.Module, bool]]] = {
        "layer by layer": lambda: (NcnnNetwork(layers), False),
        "layer by layer, tuned": lambda: (NcnnNetwork(layers), True),
    }
    if wide_network.suits(layers):
        found |= {
            "wide, PyTorch": lambda: (wide_network.WideNetwork(layers), False),
            "wide": lambda: (wide_network.WideNetwork(layers, wide_network.fastest_settle()), False),
            "wide, tuned": lambda: (wide_network.WideNetwork(layers, wide_network.fastest_settle()), True),
        }
    return found


def timed(way: Callable[[], tuple[nn.Module, bool]], layers: tuple[Layer, ...], side_px: int) -> Mapping[str, Any]:
    """One way of computing a tile on CUDA. Nothing that it raises costs the others."""
    import torch

    from lightbrush.enhance import torch_upscaler

    try:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        network, tune = way()
        torch_upscaler.placed(network, torch.device("cuda"), half=True)
        run = torch_upscaler.tuned(network) if tune else network
        began = time.perf_counter()
        torch_upscaler.seconds_on_cuda(run, side_px, rounds=0)
        first_s = time.perf_counter() - began
        seconds = torch_upscaler.seconds_on_cuda(run, side_px, rounds=2)
        return {
            "ms": round(1000 * seconds, 1),
            "tflop_per_s": round(operations(layers) * side_px**2 / seconds / 1e12, 1),
            "first_s": round(first_s, 2),
            "peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2),
            "db_from_float32": round(from_float32_db(run, layers), 1),
        }
    except Exception as error:
        return {"error": repr(error)[:300]}


def from_float32_db(run: Callable[[Any], Any], layers: tuple[Layer, ...]) -> float:
    """On CUDA: of one picture."""
    import torch

    from lightbrush.enhance.torch_network import NcnnNetwork

    exact = NcnnNetwork(layers).eval().cuda()
    planes = torch.from_numpy(picture(_COMPARED_PX, _COMPARED_PX)).permute(2, 0, 1)[None].cuda()
    with torch.inference_mode():
        before = torch.backends.cudnn.allow_tf32
        torch.backends.cudnn.allow_tf32 = False
        try:
            expected = exact(planes).double()
        finally:
            torch.backends.cudnn.allow_tf32 = before
        made = run(planes.half().to(memory_format=torch.channels_last)).double()
    return -10 * math.log10(max(1e-20, float(((made - expected) ** 2).mean())))


def loaded(layers: tuple[Layer, ...], model: str, device: str) -> tuple[TorchUpscaler, str]:
    """As `upscalers.load` does on CUDA; on a CPU, for tests, in float32 -> it, and how it computes."""
    shape = MODELS[model].shape
    if device == "cuda":
        return upscalers.on_cuda(layers, model, shape)
    from lightbrush.enhance.torch_network import NcnnNetwork
    from lightbrush.enhance.torch_upscaler import TorchUpscaler

    grid = tiles.Grid(ncnn_files.scale(layers), 16, 8, 2)
    return TorchUpscaler(NcnnNetwork(layers), model, grid, device), "layer by layer"


def unit_ms(upscaler: TorchUpscaler, core_px: int) -> float:
    """The least of five, after three that are not counted."""
    core_px = min(core_px, upscaler.core_px)
    side_px = core_px + 2 * upscaler.margin_px
    pixels = picture(side_px, side_px)
    fade = upscaler.fade_px
    first, last = upscaler.margin_px - fade, upscaler.margin_px + core_px + fade
    least_s = math.inf
    for round_ in range(8):
        began = time.perf_counter()
        tiles.answer(pixels, (first, first, last, last), upscaler)
        if round_ >= 3:
            least_s = min(least_s, time.perf_counter() - began)
    return 1000 * least_s


def frames_per_s(upscaler: TorchUpscaler, side_px: int) -> float:
    """Of frames of 1920x1080 (less where side_px is less), enlarged and then halved; the second time."""
    size = Size(1920 * side_px // SIDE_PX, 1080 * side_px // SIDE_PX)
    count = upscaler.batch(size)
    frame = np.rint(picture(size.width, size.height) * 255).astype(np.uint8)
    frames = np.stack([frame] * count)
    for _ in range(2):
        began = time.perf_counter()
        upscaler.frames(frames, [(size, Size(2 * size.width, 2 * size.height))])
        spent_s = time.perf_counter() - began
    return count / spent_s


def operations(layers: tuple[Layer, ...]) -> float:
    """Multiplications and additions of convolutions, for a pixel of the source."""
    at: dict[str, float] = {}
    total = 0.0
    for layer in layers:
        times = at[layer.inputs[0]] if layer.inputs else 1.0
        if layer.kind == "Interp":
            times *= layer.number(1, 1.0) ** 2
        elif layer.kind == "PixelShuffle":
            times *= layer.number(0, 1) ** 2
        elif layer.kind == "Convolution":
            total += 2.0 * layer.number(ncnn_files.WEIGHTS) * times
        at |= dict.fromkeys(layer.outputs, times)
    return total
