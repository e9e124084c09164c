"""`lightbrush bench images`: pictures a second of the engines over latent diffusion models, with random weights.

Networks have their full size, and nothing is read from the disk: what is measured is arithmetic, not quality. A picture
is image to image: bytes up, encoded, denoised, decoded by the tiny VAE, bytes down, as a frame of a live session. Texts
are encoded before, as of a session whose words stay; `shown` cases look at one reference picture of their own size.
Without a CUDA device every figure is null.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, cast

import numpy as np
import torch
from diffusers import AutoencoderKL, AutoencoderKLFlux2, AutoencoderTiny, UNet2DConditionModel
from msgspec import Struct

from lightbrush.nn.flux.config import PATCH, FluxConfig
from lightbrush.nn.flux.schedule import STRAIGHT, Shift, flow
from lightbrush.nn.flux.text import TOKENS as FLUX_TOKENS
from lightbrush.nn.flux.transformer import FluxTransformer
from lightbrush.nn.flux2.config import TOKENS as KLEIN_TOKENS
from lightbrush.nn.flux2.config import Flux2Config
from lightbrush.nn.flux2.networks import KLEIN_SHIFT
from lightbrush.nn.flux2.tiny_vae import taef2
from lightbrush.nn.flux2.transformer import Flux2Transformer
from lightbrush.nn.latent import schedule as latent
from lightbrush.nn.latent.attention import Hearing
from lightbrush.nn.latent.config import FLUX, KLEIN_4B, SD21, SDXL, Family, FamilyId, Prediction
from lightbrush.nn.latent.networks import channels_last
from lightbrush.nn.latent.painter import EVERYWHERE, Asked, Networks, Painter, Place
from lightbrush.nn.latent.quick import quicken, quicken_tiny
from lightbrush.nn.latent.schedule import STRIDE_PX, Sampler, Schedule, schedule
from lightbrush.nn.latent.text import Said

Say = Callable[[str], None]

_TOKENS: Final = 77
_WARM_UPS: Final = 5
#: Of a case, and its fewest pictures.
_SECONDS: Final = 3.0
LEAST_ROUNDS: Final = 5
#: Characters of what went wrong.
_TOLD: Final = 600


class Case(Struct, frozen=True):
    """One measurement. share: of noise; 1 takes every step. shown: with a reference picture. count: pictures at once,
    as of sessions that wait. places: regions, columns of the same width, the rest as wide as each. tuned: cuDNN tries
    its convolutions and takes the quickest, another one each time where they are close. compiled: UNet and tiny VAE, by
    torch.compile. goal: pictures a second at least, or milliseconds at most."""

    name: str
    family: Family
    sampler: Sampler
    steps: int
    width: int
    height: int
    prediction: Prediction = "epsilon"
    share: float = 1.0
    full: bool = False
    shown: bool = False
    count: int = 1
    places: int = 0
    tuned: bool = False
    compiled: bool = False
    goal_per_s: float | None = None
    goal_ms: float | None = None


#: By part; of each what is asked for most comes first, and what is tuned last, since it stays so.
PARTS: Final[dict[str, tuple[Case, ...]]] = {
    "sd": (
        Case("sd-turbo-1", SD21, "euler", 1, 512, 512, goal_per_s=150.0),
        Case("sd-turbo-2", SD21, "euler", 2, 512, 512),
        Case("sd-turbo-4", SD21, "euler", 4, 512, 512),
        Case("sd-turbo-1-of-4", SD21, "euler", 1, 512, 512, count=4),
        Case("sd-turbo-1-whole-vae", SD21, "euler", 1, 512, 512, full=True),
        Case("sd-turbo-1-regions", SD21, "euler", 1, 512, 512, places=2),
        Case("sd-turbo-1-tuned", SD21, "euler", 1, 512, 512, tuned=True),
    ),
    "sdxl": (
        Case("sdxl-lightning-4", SDXL, "euler", 4, 1024, 1024, goal_ms=150.0),
        Case("sdxl-lightning-1", SDXL, "euler", 1, 1024, 1024, prediction="sample", goal_ms=60.0),
        Case("sdxl-lightning-2", SDXL, "euler", 2, 1024, 1024),
        Case("sdxl-lightning-8", SDXL, "euler", 8, 1024, 1024),
        Case("sdxl-lightning-4-whole-vae", SDXL, "euler", 4, 1024, 1024, full=True),
        Case("sdxl-turbo-1", SDXL, "ancestral", 1, 512, 512),
        Case("sdxl-lightning-4-tuned", SDXL, "euler", 4, 1024, 1024, tuned=True),
    ),
    "flux": (
        Case("flux-schnell-4", FLUX, "flow", 4, 1024, 1024),
        Case("flux-schnell-4-512", FLUX, "flow", 4, 512, 512),
        Case("flux-schnell-2", FLUX, "flow", 2, 1024, 1024),
        Case("flux-schnell-1", FLUX, "flow", 1, 1024, 1024),
        Case("flux-schnell-2-512", FLUX, "flow", 2, 512, 512),
        Case("flux-schnell-4-regions", FLUX, "flow", 4, 1024, 1024, places=2),
    ),
    "klein": (
        Case("flux2-klein-4", KLEIN_4B, "flow", 4, 1024, 1024),
        Case("flux2-klein-4-512", KLEIN_4B, "flow", 4, 512, 512),
        Case("flux2-klein-1-512", KLEIN_4B, "flow", 1, 512, 512),
        Case("flux2-klein-4-shown", KLEIN_4B, "flow", 4, 1024, 1024, shown=True),
        Case("flux2-klein-4-regions", KLEIN_4B, "flow", 4, 1024, 1024, places=2),
        Case("flux2-klein-4-whole-vae", KLEIN_4B, "flow", 4, 1024, 1024, full=True),
    ),
    "compiled": (Case("sd-turbo-1-compiled", SD21, "euler", 1, 512, 512, compiled=True),),
}
CASES: Final = tuple(case for cases in PARTS.values() for case in cases)
#: Of those that go straight; they overflow in float16.
_SHIFTS: Final[dict[FamilyId, Shift]] = {"flux": STRAIGHT, "klein4b": KLEIN_SHIFT, "klein9b": KLEIN_SHIFT}
_WORDS: Final[dict[FamilyId, int]] = {"flux": FLUX_TOKENS[False], "klein4b": KLEIN_TOKENS, "klein9b": KLEIN_TOKENS}


def run(say: Say, rounds: int = 50, cases: Sequence[Case] = CASES) -> dict[str, Any]:
    """The report. rounds: pictures of each case at most, see `measure`; the median counts. A case that fails says why,
    as `error`, and the next one is measured."""
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    report: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if cuda else None,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "dtype": "float16; FLUX bfloat16",
        "weights": "random, of full size",
        "cases": {},
    }
    painters: dict[FamilyId, Painter] = {}
    for case in cases:
        told = report["cases"][case.name] = {
            "size": f"{case.width}x{case.height}",
            "steps": case.steps,
            "pictures_at_once": case.count,
            "goal_pictures_per_s": case.goal_per_s,
            "goal_ms": case.goal_ms,
            **dict.fromkeys(FIGURES),
        }
        if not cuda:
            continue
        try:
            told |= measure(_painter(case, painters, device, say), case, rounds)
        except Exception as error:  # whatever a driver or a library says of one case
            told["error"] = f"{type(error).__name__}: {error}"[:_TOLD]
            say(f"{case.name}: {told['error']}")
        else:
            say(f"{case.name}: {told['median_ms']:.1f} ms, {told['pictures_per_s']:.1f} pictures/s")
    return report


def _painter(case: Case, painters: dict[FamilyId, Painter], device: torch.device, say: Say) -> Painter:
    """Of its family, made where there is none, in place of another family's."""
    family = case.family
    if family.id not in painters:
        painters.clear()
        torch.cuda.empty_cache()
        say(f"{family.name}: making random networks")
        half = torch.bfloat16 if family.id in _SHIFTS else torch.float16
        painters[family.id] = random_painter(family, device, half)
    painter = painters[family.id]
    if case.compiled:
        networks = painter.networks
        for part in ("encoder", "decoder"):
            setattr(networks.tiny, part, torch.compile(getattr(networks.tiny, part)))
        painter.networks = replace(networks, unet=cast(Any, torch.compile(networks.unet)))
    if case.tuned or case.compiled:
        painter.forget()
    torch.backends.cudnn.benchmark = case.tuned
    return painter


#: Of each case. first_ms: with the capture of its graphs. rounds: how many were measured. peak_bytes: of the GPU,
#: weights among them.
FIGURES: Final = ("median_ms", "p95_ms", "pictures_per_s", "first_ms", "rounds", "peak_bytes", "weights_bytes")


def measure(painter: Painter, case: Case, rounds: int, seconds: float = _SECONDS) -> dict[str, float]:
    """FIGURES; on a CPU nothing is said of memory. rounds: at most, as many as there are seconds for, and
    LEAST_ROUNDS of them in any case."""
    cuda = painter.device.type == "cuda"
    if cuda:
        torch.cuda.synchronize()
        weights = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
    sketches = np.random.default_rng(1).integers(0, 256, (4, case.height, case.width, 3), np.uint8)
    said = _said(case.family, painter)
    seen = [painter.see(sketches[0])] if case.shown else []
    paint = partial(_paint, painter, case, said, seen, sketches)
    first_ms = paint(0)
    for _ in _while(seconds / 4, 1, _WARM_UPS):
        paint(1)
    times_ms = sorted(paint(i) for i in _while(seconds, LEAST_ROUNDS, rounds))
    median_ms = statistics.median(times_ms)
    measured = {
        "median_ms": round(median_ms, 3),
        "p95_ms": round(times_ms[min(len(times_ms) - 1, int(len(times_ms) * 0.95))], 3),
        "pictures_per_s": round(1000 * case.count / median_ms, 2),
        "first_ms": round(first_ms, 1),
        "rounds": len(times_ms),
    }
    if cuda:
        measured |= {"peak_bytes": torch.cuda.max_memory_allocated(), "weights_bytes": weights}
    return measured


def _while(seconds: float, least: int, most: int) -> Iterator[int]:
    """0, 1 and on, until so many seconds are over."""
    begun = time.perf_counter()
    for i in range(most):
        if i >= least and time.perf_counter() - begun > seconds:
            return
        yield i


def _paint(
    painter: Painter,
    case: Case,
    said: Said,
    seen: list[torch.Tensor],
    sketches: np.ndarray[Any, np.dtype[np.uint8]],
    i: int,
) -> float:
    """-> milliseconds. Another sketch each time, the same words, as while a hand draws."""
    h, w = case.height // STRIDE_PX, case.width // STRIDE_PX
    asked = Asked(
        width=case.width,
        height=case.height,
        plan=_plan(case),
        noise=partial(latent.noise, 7, h, w, channels=painter.channels),
        words=said,
        unwanted=said,
        nothing=said,
        start=sketches[i % len(sketches)],
        seen=seen,
        shares=[1.0] * len(seen),
        owners=[EVERYWHERE] * len(seen),
        full=case.full,
        places=[Place(share, said, said) for share in _columns(case)],
    )
    begun = time.perf_counter()
    painter.paint_all([asked] * case.count)
    return (time.perf_counter() - begun) * 1e3


def _columns(case: Case) -> list[np.ndarray[Any, np.dtype[np.float32]]]:
    """Where regions lie, the rest first."""
    column = np.arange(case.width) * (case.places + 1) // case.width
    return [np.tile((column == i + 1).astype(np.float32), (case.height, 1)) for i in range(case.places)]


def _plan(case: Case) -> Schedule:
    if case.family.id not in _SHIFTS:
        return schedule(case.sampler, case.prediction, case.steps, case.share)
    tokens = case.height * case.width // (STRIDE_PX * PATCH) ** 2
    return flow(case.steps, _SHIFTS[case.family.id].at(tokens, case.steps), case.share)


def _said(family: Family, painter: Painter) -> Said:
    unet, device = painter.networks.unet, painter.device
    if isinstance(unet, FluxTransformer | Flux2Transformer):
        tokens = torch.zeros(_WORDS[family.id], unet.config.words, device=device)
        pooled = unet.config.pooled if isinstance(unet, FluxTransformer) else None
    else:
        tokens = torch.zeros(_TOKENS, family.unet["cross_attention_dim"], device=device)
        pooled = family.texts[-1]["projection_dim"] if len(family.texts) == 2 else None
    return Said(tokens, None if pooled is None else torch.zeros(pooled, device=device))


def random_painter(family: Family, device: torch.device, dtype: torch.dtype) -> Painter:
    """A painter whose networks have the family's shapes and small random weights."""
    unet: Any
    with torch.device("meta"):
        if family.id == "flux":
            unet = FluxTransformer(FluxConfig.of_diffusers(family.unet))
            vae, tiny = AutoencoderKL.from_config(dict(family.vae)), AutoencoderTiny(latent_channels=16)
        elif family.id in _SHIFTS:
            unet = Flux2Transformer(Flux2Config.of_diffusers(family.unet))
            vae, tiny = AutoencoderKLFlux2.from_config(dict(family.vae)), taef2()
        else:
            unet = UNet2DConditionModel.from_config(dict(family.unet))
            vae, tiny = AutoencoderKL.from_config(dict(family.vae)), AutoencoderTiny()
            unet.set_attn_processor(Hearing())
    torch.manual_seed(0)
    for network, numbers in ((unet, dtype), (vae, torch.float32 if family.upcast else dtype), (tiny, dtype)):
        network.to(numbers).to_empty(device=device).requires_grad_(False).eval()
        for parameter in network.parameters():
            parameter.normal_(0, 0.02)
        for name, buffer in network.named_buffers():
            buffer.fill_(name.endswith("var"))  # a norm that changes nothing
    if isinstance(unet, UNet2DConditionModel):
        quicken(unet)
    quicken_tiny(tiny)
    channels_last(device, unet, vae, tiny)
    return Painter(Networks(unet, vae, tiny, upcast=family.upcast), device, dtype)
