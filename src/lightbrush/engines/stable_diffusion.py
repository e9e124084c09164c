"""Stable Diffusion 1.5 and 2.1 in few steps. Loads without PyTorch; `engines.latent` renders.

sd-turbo   trailing times, Euler, 1 to 4 steps (Sauer et al., "Adversarial Diffusion Distillation", 2023)
sd15-lcm   Stable Diffusion 1.5 and LCM-LoRA, consistency steps (Luo et al., 2023)
"""

from __future__ import annotations

from typing import Final

from lightbrush.engines.engine import EngineSpec, StartingEngine
from lightbrush.engines.images import DECODER, FOLLOW, PICTURES, REGIONS, SD_SIZES, Recipe, extra, guidance, spec
from lightbrush.models.catalogue import find
from lightbrush.shots import EngineCard, Size

_EXAMPLES: Final = (
    "a lighthouse on a cliff, golden evening light",
    "watercolour of a harbour at dawn",
    "a mountain lake, autumn forest, mist",
    "still life with lemons, oil painting",
)

SD_TURBO: Final = Recipe(
    card=EngineCard(
        id="sd-turbo",
        name="SD-Turbo",
        summary="Anything, in one to four steps at 512x512; distilled from Stable Diffusion 2.1",
        licence=find("sd-turbo").licence.name,
        sizes=SD_SIZES,
        default_size=Size(512, 512),
        steps=(1, 4),
        default_steps=2,
        masks=True,
        regions=REGIONS,
        parameters=(DECODER,),
        example_prompts=_EXAMPLES,
    ),
    family="sd21",
    sampler="euler",
    base="sd-turbo",
    tiny="taesd",
)

SD15_LCM: Final = Recipe(
    card=EngineCard(
        id="sd15-lcm",
        name="Stable Diffusion 1.5, LCM",
        summary="Anything, in two to eight steps at 512x512; Stable Diffusion itself with LCM-LoRA",
        licence=find("sd15-lcm").licence.name,
        sizes=SD_SIZES,
        default_size=Size(512, 512),
        steps=(1, 8),
        default_steps=4,
        references=PICTURES,
        masks=True,
        regions=REGIONS,
        parameters=(DECODER, FOLLOW, guidance(1.0, 2.0)),
        example_prompts=_EXAMPLES,
    ),
    family="sd15",
    sampler="lcm",
    base="sd15-lcm",
    lora="lcm-lora-sd15",
    tiny="taesd",
    adapter="ip-adapter-sd15",
    control="controlnet-scribble-sd15",
    guided=True,
)

TINY_RANDOM: Final = Recipe(
    card=EngineCard(
        id="tiny-random-sd",
        name="Tiny, random",
        summary="Coloured noise that follows the shot: to try everything around an engine of pictures without a model",
        licence="Apache-2.0",
        sizes=(Size(64, 64), Size(128, 128), Size(128, 64)),
        default_size=Size(64, 64),
        steps=(1, 4),
        default_steps=2,
        masks=True,
        regions=REGIONS,
        parameters=(DECODER, guidance(1.0, 8.0)),
    ),
    family="sd21",
    sampler="euler",
    guided=True,
)


def _load_tiny(device: str) -> StartingEngine:
    with extra():
        from lightbrush.engines.latent import tiny_random

    return tiny_random(TINY_RANDOM, device)


tiny_random: Final = EngineSpec(TINY_RANDOM.card, _load_tiny)
sd_turbo: Final = spec(SD_TURBO)
sd15_lcm: Final = spec(SD15_LCM)
