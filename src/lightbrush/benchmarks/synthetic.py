"""An engine of known cost for `lightbrush bench fleet`: waits, then gives back one noisy picture of about 100 KB."""

from __future__ import annotations

import time

import numpy as np

from lightbrush.engines.engine import EngineSpec
from lightbrush.shots import EngineCard, Frame, Parameter, Picture, Size

_SIZE_PX = 256
_CELL_PX = 2

CARD = EngineCard(
    id="synthetic",
    name="Synthetic",
    summary="Waits as long as it is told; for measurements",
    licence="Apache-2.0",
    sizes=(Size(_SIZE_PX, _SIZE_PX),),
    default_size=Size(_SIZE_PX, _SIZE_PX),
    steps=(1, 1),
    default_steps=1,
    parameters=(Parameter(name="cost_ms", label="Cost", default=5.0, low=0.0, high=10_000.0),),
)


class Synthetic:
    card = CARD
    device = "CPU (waits)"

    def __init__(self) -> None:
        cells = np.random.default_rng(0).integers(0, 256, (_SIZE_PX // _CELL_PX, _SIZE_PX // _CELL_PX, 3), np.uint8)
        self._pixels = cells.repeat(_CELL_PX, 0).repeat(_CELL_PX, 1)

    def render(self, shot: Frame) -> Picture:
        """The wait is without the GIL, as a GPU's is."""
        started = time.perf_counter()
        time.sleep(float(shot.parameters.get("cost_ms", 5.0)) / 1000.0)
        return Picture(pixels=self._pixels, engine=CARD.id, times_ms={"step": (time.perf_counter() - started) * 1000.0})


spec = EngineSpec(card=CARD, load=lambda device: Synthetic())
