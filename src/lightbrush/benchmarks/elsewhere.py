"""An engine that costs this machine nothing, for `lightbrush bench page`: pictures of the embedded model, painted when
it is loaded, handed out ten a second, as a GPU elsewhere would send them."""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from lightbrush.engines import embedded
from lightbrush.engines.engine import EngineSpec, check
from lightbrush.shots import Frame, Picture, Prompt, Rgb

PICTURES_PER_S: Final = 10.0

#: The page shows the panels that it shows with the embedded engine; what has to do with other sizes, with what is seen
#: in a picture and with the browser's own engine is left out.
CARD: Final = replace(
    embedded.CARD,
    id="elsewhere",
    name="Elsewhere",
    summary="Ready pictures at a steady rate; for measurements",
    sizes=(embedded.CARD.default_size,),
    labels=False,
    browser=False,
    paints_anew=False,
    sharpens=False,
    lays_out=False,
)


class Elsewhere:
    card = CARD
    device = "elsewhere (waits)"

    def __init__(self, pictures: Sequence[Rgb]) -> None:
        self._pictures = pictures

    def render(self, shot: Frame) -> Picture:
        """One of the pictures, another one for nearly every other sketch, at the next tick of a clock: so the rate is
        the clock's, whatever is spent between two shots."""
        check(shot, CARD)
        started_s = time.monotonic()
        due_s = (math.floor(started_s * PICTURES_PER_S) + 1.0) / PICTURES_PER_S
        time.sleep(due_s - started_s)
        pixels = self._pictures[zlib.crc32(shot.sketch) % len(self._pictures)]
        return Picture(pixels=pixels, engine=CARD.id, times_ms={"step": (time.monotonic() - started_s) * 1000.0})


def load(device: str) -> Elsewhere:
    """The model goes when it has painted one picture for each prompt of its card."""
    model = embedded.load(device)
    size = CARD.default_size
    asked = [
        Frame(engine=embedded.CARD.id, width=size.width, height=size.height, prompts=(Prompt(said),), seed=seed)
        for seed, said in enumerate(embedded.CARD.example_prompts)
    ]
    return Elsewhere([model.render(shot).pixels for shot in asked])


spec = EngineSpec(card=CARD, load=load, imports=embedded.spec.imports)
