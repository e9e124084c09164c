"""Stable Diffusion XL in few steps. Loads without PyTorch; `engines.latent` renders.

sdxl-turbo         trailing times, Euler with fresh noise, 1 to 4 steps (Sauer et al., 2023)
sdxl-lightning-N   trailing times, Euler, N steps with the UNet of N; that of one step says the clean latent itself
                   (Lin et al., "SDXL-Lightning", 2024)
sdxl-lcm           SDXL and LCM-LoRA, consistency steps (Luo et al., 2023)
"""

from __future__ import annotations

from typing import Final

from lightbrush.engines.images import (
    CONTROL,
    CONTROLS,
    DECODER,
    FOLLOW,
    PICTURES,
    SDXL_SIZES,
    Recipe,
    card,
    guidance,
    spec,
)
from lightbrush.shots import Size

_EXAMPLES: Final = (
    "a lighthouse on a cliff, golden evening light, photograph",
    "a fox in a snowy birch forest, soft morning light",
    "isometric tiny island with a windmill, clay render",
    "portrait of an old fisherman, oil painting",
)
_ADAPTER: Final = "ip-adapter-sdxl"

SDXL_TURBO: Final = Recipe(
    card=card(
        "sdxl-turbo",
        "SDXL-Turbo",
        "Anything, in one to four steps at 512x512; distilled from SDXL",
        sizes=(Size(512, 512), Size(768, 512), Size(512, 768), Size(768, 768)),
        steps=(1, 4),
        default_steps=2,
        references=PICTURES,
        parameters=(DECODER, CONTROL, FOLLOW),
        examples=_EXAMPLES,
    ),
    family="sdxl",
    sampler="ancestral",
    base="sdxl-turbo",
    tiny="taesdxl",
    adapter=_ADAPTER,
    controls=CONTROLS["sdxl"],
)


def _lightning(steps: int) -> Recipe:
    model = f"sdxl-lightning-{steps}"
    return Recipe(
        card=card(
            model,
            f"SDXL-Lightning, {steps} step{'s' if steps > 1 else ''}",
            f"Anything at 1024x1024, in {steps} step{'s' if steps > 1 else ''}; distilled from SDXL",
            sizes=SDXL_SIZES,
            steps=(steps, steps),
            default_steps=steps,
            references=PICTURES,
            parameters=(DECODER, CONTROL, FOLLOW),
            examples=_EXAMPLES,
        ),
        family="sdxl",
        sampler="euler",
        prediction="sample" if steps == 1 else "epsilon",
        base="sdxl-base",
        unet=model,
        tiny="taesdxl",
        adapter=_ADAPTER,
        controls=CONTROLS["sdxl"],
    )


SDXL_LIGHTNING: Final = {steps: _lightning(steps) for steps in (1, 2, 4, 8)}

SDXL_LCM: Final = Recipe(
    card=card(
        "sdxl-lcm",
        "SDXL, LCM",
        "Anything at 1024x1024, in two to eight steps; SDXL itself with LCM-LoRA",
        sizes=SDXL_SIZES,
        steps=(1, 8),
        default_steps=4,
        references=PICTURES,
        parameters=(DECODER, CONTROL, FOLLOW, guidance(1.0, 2.0)),
        examples=_EXAMPLES,
    ),
    family="sdxl",
    sampler="lcm",
    base="sdxl-base",
    unet="sdxl-lcm",
    lora="lcm-lora-sdxl",
    tiny="taesdxl",
    adapter=_ADAPTER,
    controls=CONTROLS["sdxl"],
    guided=True,
)

sdxl_turbo: Final = spec(SDXL_TURBO)
sdxl_lightning_1: Final = spec(SDXL_LIGHTNING[1])
sdxl_lightning_2: Final = spec(SDXL_LIGHTNING[2])
sdxl_lightning_4: Final = spec(SDXL_LIGHTNING[4])
sdxl_lightning_8: Final = spec(SDXL_LIGHTNING[8])
sdxl_lcm: Final = spec(SDXL_LCM)
