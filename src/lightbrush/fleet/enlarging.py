"""What a worker does of an enhancement: a tile in, a larger one out, by the code of `lightbrush enhance`."""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from lightbrush.enhance import tiles
from lightbrush.enhance.tiles import Upscaler
from lightbrush.enhance.upscalers import MODELS, load
from lightbrush.errors import EnhanceError
from lightbrush.shots import EnlargedTile, Tile

#: What a worker that can do this says that it has loaded, among its engines.
ENGINE: Final = "enhance"


class Enlarger:
    """Networks are loaded when they are first asked for, and stay: bound, one for each of MODELS. A file is never named
    from elsewhere."""

    def __init__(self, device: str, worker: str) -> None:
        self._device, self._worker = device, worker
        self._upscalers: dict[str, Upscaler] = {}

    def __call__(self, tile: Tile) -> EnlargedTile:
        """Raises EnhanceError: enhance.model, enhance.failed; SettingsError: extra.missing, weights.*; FleetError:
        fleet.memory."""
        started = time.perf_counter()
        upscaler = self._upscaler(tile.model)
        seen = np.frombuffer(tile.pixels, "<f4").reshape(tile.height, tile.width, tile.channels)
        made = tiles.answer(seen, tile.kept, upscaler)
        pixels = made.astype("<u2", copy=False).tobytes()
        return EnlargedTile(
            width=made.shape[1],
            height=made.shape[0],
            channels=made.shape[2],
            pixels=pixels,
            model=tile.model,
            worker=self._worker,
            times_ms={"enlarge": (time.perf_counter() - started) * 1000.0},
        )

    def _upscaler(self, model: str) -> Upscaler:
        if model not in MODELS:
            raise EnhanceError("enhance.model", "no model of that name", value=model, fix=f"Name {', '.join(MODELS)}")
        if model not in self._upscalers:
            self._upscalers[model] = load(model, self._device)
        return self._upscalers[model]
