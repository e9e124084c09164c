"""`lightbrush bench images`: pictures a second of the engines over latent diffusion models, with random weights.

Networks have their full size, and nothing is read from the disk: what is measured is arithmetic, not quality. A picture
is image to image: bytes up, encoded, denoised, decoded by the tiny VAE, bytes down, as a frame of a live session.
Without a CUDA device every figure is null.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from msgspec import Struct

from lightbrush.nn.latent import schedule as latent
from lightbrush.nn.latent.attention import Hearing
from lightbrush.nn.latent.config import SD21, SDXL, Family, Prediction
from lightbrush.nn.latent.painter import Asked, Networks, Painter
from lightbrush.nn.latent.schedule import STRIDE_PX, Sampler, schedule
from lightbrush.nn.latent.text import Said

Say = Callable[[str], None]

_TOKENS: Final = 77
_WARM_UPS: Final = 5


class Case(Struct, frozen=True):
    """One measurement. share: of noise; 1 takes every step. goal: pictures a second at least, or milliseconds at
    most."""

    name: str
    family: Family
    sampler: Sampler
    steps: int
    width: int
    height: int
    prediction: Prediction = "epsilon"
    share: float = 1.0
    full: bool = False
    goal_per_s: float | None = None
    goal_ms: float | None = None


CASES: Final = (
    Case("sd-turbo-1", SD21, "euler", 1, 512, 512, goal_per_s=150.0),
    Case("sd-turbo-2", SD21, "euler", 2, 512, 512),
    Case("sd-turbo-4", SD21, "euler", 4, 512, 512),
    Case("sd-turbo-1-whole-vae", SD21, "euler", 1, 512, 512, full=True),
    Case("sdxl-turbo-1", SDXL, "ancestral", 1, 512, 512),
    Case("sdxl-lightning-1", SDXL, "euler", 1, 1024, 1024, prediction="sample", goal_ms=60.0),
    Case("sdxl-lightning-2", SDXL, "euler", 2, 1024, 1024),
    Case("sdxl-lightning-4", SDXL, "euler", 4, 1024, 1024, goal_ms=150.0),
    Case("sdxl-lightning-8", SDXL, "euler", 8, 1024, 1024),
    Case("sdxl-lightning-4-whole-vae", SDXL, "euler", 4, 1024, 1024, full=True),
)


def run(say: Say, rounds: int = 50, cases: tuple[Case, ...] = CASES) -> dict[str, Any]:
    """The report. rounds: pictures of each case; the median counts."""
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    report: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if cuda else None,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "dtype": "float16",
        "weights": "random, of full size",
        "cases": {},
    }
    painters: dict[str, Painter] = {}
    for case in cases:
        if cuda and case.family.id not in painters:
            painters.clear()
            torch.cuda.empty_cache()
            say(f"{case.family.name}: making random networks")
            painters[case.family.id] = random_painter(case.family, device, torch.float16)
        measured = measure(painters[case.family.id], case, rounds) if cuda else dict.fromkeys(FIGURES)
        report["cases"][case.name] = {
            "size": f"{case.width}x{case.height}",
            "steps": case.steps,
            "goal_pictures_per_s": case.goal_per_s,
            "goal_ms": case.goal_ms,
            **measured,
        }
        if cuda:
            say(f"{case.name}: {measured['median_ms']:.1f} ms, {measured['pictures_per_s']:.1f} pictures/s")
    return report


#: Of each case. first_ms: with the capture of its graphs. peak_bytes: of the GPU, weights among them.
FIGURES: Final = ("median_ms", "p95_ms", "pictures_per_s", "first_ms", "peak_bytes", "weights_bytes")


def measure(painter: Painter, case: Case, rounds: int) -> dict[str, float]:
    """FIGURES; on a CPU nothing is said of memory."""
    cuda = painter.device.type == "cuda"
    if cuda:
        torch.cuda.synchronize()
        weights = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
    sketches = np.random.default_rng(1).integers(0, 256, (4, case.height, case.width, 3), np.uint8)
    paint = partial(_paint, painter, case, sketches)
    first_ms = paint(0)
    for i in range(_WARM_UPS):
        paint(i)
    times_ms = sorted(paint(i) for i in range(rounds))
    median_ms = statistics.median(times_ms)
    measured = {
        "median_ms": round(median_ms, 3),
        "p95_ms": round(times_ms[min(rounds - 1, int(rounds * 0.95))], 3),
        "pictures_per_s": round(1000 / median_ms, 2),
        "first_ms": round(first_ms, 1),
    }
    if cuda:
        measured |= {"peak_bytes": torch.cuda.max_memory_allocated(), "weights_bytes": weights}
    return measured


def _paint(painter: Painter, case: Case, sketches: np.ndarray[Any, np.dtype[np.uint8]], i: int) -> float:
    """-> milliseconds. Another sketch each time, the same words, as while a hand draws."""
    h, w = case.height // STRIDE_PX, case.width // STRIDE_PX
    said = _said(case.family, painter.device)
    begun = time.perf_counter()
    painter.paint(
        Asked(
            width=case.width,
            height=case.height,
            plan=schedule(case.sampler, case.prediction, case.steps, case.share),
            noise=partial(latent.noise, 7, h, w),
            words=said,
            unwanted=said,
            nothing=said,
            start=sketches[i % len(sketches)],
            full=case.full,
        )
    )
    return (time.perf_counter() - begun) * 1e3


def _said(family: Family, device: torch.device) -> Said:
    tokens = torch.zeros(_TOKENS, family.unet["cross_attention_dim"], device=device)
    pooled = family.texts[-1]["projection_dim"] if len(family.texts) == 2 else None
    return Said(tokens, None if pooled is None else torch.zeros(pooled, device=device))


def random_painter(family: Family, device: torch.device, dtype: torch.dtype) -> Painter:
    """A painter whose networks have the family's shapes and small random weights."""
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(dict(family.unet))
        vae = AutoencoderKL.from_config(dict(family.vae))
        tiny = AutoencoderTiny()
    unet.set_attn_processor(Hearing())
    torch.manual_seed(0)
    for network, numbers in ((unet, dtype), (vae, torch.float32 if family.upcast else dtype), (tiny, dtype)):
        network.to(numbers).to_empty(device=device).requires_grad_(False).eval()
        for parameter in network.parameters():
            parameter.normal_(0, 0.02)
        if device.type == "cuda":
            network.to(memory_format=torch.channels_last)
    return Painter(Networks(unet, vae, tiny, upcast=family.upcast), device, dtype)
