"""What a worker does of an enhancement: a tile in, a larger one out, or the same painted anew, by the code of
`lightbrush enhance`."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from lightbrush.engines.engine import Engine
from lightbrush.enhance import tiles
from lightbrush.enhance.creative import Creative, Painter
from lightbrush.enhance.rows import Pixels
from lightbrush.enhance.tiles import Answer, Upscaler
from lightbrush.enhance.upscalers import MODELS, load
from lightbrush.errors import EnhanceError, ShotError
from lightbrush.shots import Anew, EnlargedTile, Tile


class Enlarger:
    """Networks are loaded when they are first asked for, and stay: bound, one for each of MODELS. A file is never named
    from elsewhere. engines: those that this worker has loaded, by their ids."""

    def __init__(self, device: str, worker: str, engines: Mapping[str, Engine] | None = None) -> None:
        self._device, self._worker, self._engines = device, worker, engines or {}
        self._upscalers: dict[str, Upscaler] = {}

    def __call__(self, tile: Tile) -> EnlargedTile:
        """Raises EnhanceError: enhance.model, enhance.engine, enhance.failed; ShotError; SettingsError: extra.missing,
        weights.*; FleetError: fleet.memory."""
        started = time.perf_counter()
        seen = np.frombuffer(tile.pixels, "<f4").reshape(tile.height, tile.width, tile.channels)
        made = self._enlarged(tile, seen) if tile.anew is None else self._painted(tile, seen, tile.anew)
        pixels = made.astype("<u2", copy=False).tobytes()
        return EnlargedTile(
            width=made.shape[1],
            height=made.shape[0],
            channels=made.shape[2],
            pixels=pixels,
            model=tile.model,
            worker=self._worker,
            times_ms={"enlarge" if tile.anew is None else "paint": (time.perf_counter() - started) * 1000.0},
        )

    def _enlarged(self, tile: Tile, seen: Pixels) -> Answer:
        return tiles.answer(seen, tile.kept, self._upscaler(tile.model))

    def _painted(self, tile: Tile, seen: Pixels, anew: Anew) -> Answer:
        engine = self._engines.get(tile.model)
        if engine is None:
            raise ShotError("shot.engine", "this worker has not loaded it", value=tile.model)
        painter = Painter(engine, Creative(prompts=anew.prompts, seed=anew.seed))
        return painter.answer(seen, tile.kept, anew.noise, anew.left, anew.top)

    def _upscaler(self, model: str) -> Upscaler:
        if model not in MODELS:
            raise EnhanceError("enhance.model", "no model of that name", value=model, fix=f"Name {', '.join(MODELS)}")
        if model not in self._upscalers:
            self._upscalers[model] = load(model, self._device)
        return self._upscalers[model]
