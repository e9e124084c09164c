"""FLUX.1 in few steps. Loads without PyTorch; `engines.latent` renders.

flux-schnell   straight ways from noise, Euler, 1 to 4 steps (Black Forest Labs, 2024; distilled as Sauer et al.,
               "Fast High-Resolution Image Synthesis with Latent Adversarial Diffusion Distillation", 2024)

Reference pictures are not taken: schnell has no inputs for them, and no adapter that was made for it. What follows a
sketch was made for dev, whose layers schnell has.
"""

from __future__ import annotations

from typing import Final

from lightbrush.engines.images import CONTROL, CONTROLS, DECODER, FLUX_SIZES, FOLLOW, Recipe, card, spec, tiny_spec
from lightbrush.shots import Size

FLUX_SCHNELL: Final = Recipe(
    card=card(
        "flux-schnell",
        "FLUX.1 schnell",
        "Anything at 1024x1024, in one to four steps; hears long sentences, and writes words",
        sizes=FLUX_SIZES,
        steps=(1, 4),
        default_steps=2,
        parameters=(DECODER, CONTROL, FOLLOW),
        examples=(
            "a lighthouse on a cliff in golden evening light, gulls, waves breaking on the rocks, photograph",
            'a wooden shop sign that says "fresh bread", morning light, photograph',
            "isometric tiny island with a windmill, a pier and three sheep, clay render",
            "portrait of an old fisherman in a yellow coat, oil painting, thick strokes",
        ),
    ),
    family="flux",
    sampler="flow",
    base="flux-base",
    unet="flux-schnell",
    tiny="taef1",
    controls=CONTROLS["flux"],
)

TINY_RANDOM: Final = Recipe(
    card=card(
        "tiny-random-flux",
        "Tiny FLUX, random",
        "Coloured noise that follows the shot, made as FLUX makes pictures: to try everything around it without it",
        licence="Apache-2.0",
        sizes=(Size(64, 64), Size(128, 128), Size(128, 64)),
        steps=(1, 4),
        default_steps=2,
    ),
    family="flux",
    sampler="flow",
)

tiny_random: Final = tiny_spec(TINY_RANDOM)
flux_schnell: Final = spec(FLUX_SCHNELL)
