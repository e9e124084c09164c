"""Stable Diffusion 1.5 and 2.1 in few steps. Loads without PyTorch; `engines.latent` renders.

sd-turbo   trailing times, Euler, 1 to 4 steps (Sauer et al., "Adversarial Diffusion Distillation", 2023)
sd15-lcm   Stable Diffusion 1.5 and LCM-LoRA, consistency steps (Luo et al., 2023)
"""

from __future__ import annotations

from typing import Final

from lightbrush.engines.images import (
    CONTROL,
    CONTROLS,
    DECODER,
    FOLLOW,
    PICTURES,
    SD_SIZES,
    Recipe,
    card,
    guidance,
    spec,
    tiny_spec,
)
from lightbrush.shots import Size

_EXAMPLES: Final = (
    "a lighthouse on a cliff, golden evening light",
    "watercolour of a harbour at dawn",
    "a mountain lake, autumn forest, mist",
    "still life with lemons, oil painting",
)

SD_TURBO: Final = Recipe(
    card=card(
        "sd-turbo",
        "SD-Turbo",
        "Anything, in one to four steps at 512x512; distilled from Stable Diffusion 2.1",
        sizes=SD_SIZES,
        steps=(1, 4),
        default_steps=2,
        examples=_EXAMPLES,
    ),
    family="sd21",
    sampler="euler",
    base="sd-turbo",
    tiny="taesd",
)

SD15_LCM: Final = Recipe(
    card=card(
        "sd15-lcm",
        "Stable Diffusion 1.5, LCM",
        "Anything, in two to eight steps at 512x512; Stable Diffusion itself with LCM-LoRA",
        sizes=SD_SIZES,
        steps=(1, 8),
        default_steps=4,
        references=PICTURES,
        parameters=(DECODER, CONTROL, FOLLOW, guidance(1.0, 2.0)),
        examples=_EXAMPLES,
    ),
    family="sd15",
    sampler="lcm",
    base="sd15-lcm",
    lora="lcm-lora-sd15",
    tiny="taesd",
    adapter="ip-adapter-sd15",
    controls=CONTROLS["sd15"],
    guided=True,
)

TINY_RANDOM: Final = Recipe(
    card=card(
        "tiny-random-sd",
        "Tiny, random",
        "Coloured noise that follows the shot: to try everything around an engine of pictures without a model",
        licence="Apache-2.0",
        sizes=(Size(64, 64), Size(128, 128), Size(128, 64)),
        steps=(1, 4),
        default_steps=2,
        parameters=(DECODER, guidance(1.0, 8.0)),
    ),
    family="sd21",
    sampler="euler",
    guided=True,
)


tiny_random: Final = tiny_spec(TINY_RANDOM)
sd_turbo: Final = spec(SD_TURBO)
sd15_lcm: Final = spec(SD15_LCM)
