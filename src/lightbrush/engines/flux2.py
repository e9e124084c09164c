"""FLUX.2 klein in four steps. Loads without PyTorch; `engines.latent` renders.

flux2-klein   straight ways from noise, Euler, distilled to four steps (Black Forest Labs, 2026)

It sees pictures itself: references, and what a mask keeps, are tokens beside those of the picture that is made.
"""

from __future__ import annotations

from typing import Final

from lightbrush.engines.images import DECODER, FLUX_SIZES, PICTURES, SKETCH, Recipe, card, spec, tiny_spec
from lightbrush.shots import Size

FLUX2_KLEIN: Final = Recipe(
    card=card(
        "flux2-klein",
        "FLUX.2 klein 4B",
        "Anything at 1024x1024, in four steps; sees up to four pictures, and changes what it is told to",
        sizes=FLUX_SIZES,
        steps=(1, 8),
        default_steps=4,
        references=PICTURES,
        parameters=(DECODER, SKETCH),
        examples=(
            "a lighthouse on a cliff in golden evening light, gulls, waves breaking on the rocks, photograph",
            "make this drawing a photograph of a mountain village in winter",
            'a wooden shop sign that says "fresh bread", morning light, photograph',
            "isometric tiny island with a windmill, a pier and three sheep, clay render",
        ),
    ),
    family="klein4b",
    sampler="flow",
    base="flux2-klein-base",
    unet="flux2-klein",
    tiny="taef2",
)

TINY_RANDOM: Final = Recipe(
    card=card(
        "tiny-random-klein",
        "Tiny FLUX.2, random",
        "Coloured noise that follows the shot, made as FLUX.2 makes pictures: to try everything around it without it",
        licence="Apache-2.0",
        sizes=(Size(64, 64), Size(128, 128), Size(128, 64)),
        steps=(1, 8),
        default_steps=4,
        references=PICTURES,
        parameters=(DECODER, SKETCH),
    ),
    family="klein4b",
    sampler="flow",
)

tiny_random: Final = tiny_spec(TINY_RANDOM)
flux2_klein: Final = spec(FLUX2_KLEIN)
