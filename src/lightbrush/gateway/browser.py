"""What a page needs that renders by itself (docs/browser-engine.md): the network as files, and what its shots say.

Noise, steps and pixels are the page's work. Reading words and pictures stays here: the sentence encoder is as large
as the network, and takes milliseconds.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Final

import numpy as np
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from lightbrush import wire
from lightbrush.engines.conditioning import Conditioner, Layout
from lightbrush.engines.embedded import CARD, conditions_of, read_layout
from lightbrush.engines.engine import check
from lightbrush.errors import ShotError, WireError
from lightbrush.gateway.assets import Assets
from lightbrush.shots import Asset, Frame

FILES: Final = ("embedded.safetensors", "embedded.onnx", "embedded.webgpu.onnx")
#: A shot without its pixels.
MAX_BODY_BYTES: Final = wire.HEADER.size + wire.MAX_META_BYTES


class Weights(StaticFiles):
    """The embedded network. A new version has the same names, so a browser asks before it uses its copy."""

    def __init__(self) -> None:
        super().__init__(directory=str(files("lightbrush") / "weights"))

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path not in FILES:
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response


class Reader:
    """Shot -> condition. Loads the encoder and the readers when the first page asks; reads one shot at a time."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._turn = asyncio.Lock()
        self._loaded: tuple[Conditioner, Layout] | None = None

    async def condition(self, body: AsyncIterator[bytes], drawn: float, night: float) -> bytes:
        """body: a SHOT message without pixels; drawn, night: what `conditions_of` is told of these. -> the network's
        condition, float32, little-endian.

        Raises LightbrushError.
        """
        shot = wire.decode_shot(wire.unpack(await _gathered(body)))
        if shot.engine != CARD.id:
            raise ShotError("shot.engine", "no page renders with that engine", value=shot.engine, fix=f"Use {CARD.id}")
        check(shot, CARD)
        async with self._turn:
            return await asyncio.to_thread(self._read, self._with_pictures(shot), drawn, night)

    def _with_pictures(self, shot: Frame) -> Frame:
        named = [asset.sha256 for asset in shot.assets]
        self._assets.require(named)
        for sha256 in named:
            self._assets.touch(sha256)
        return shot.filled(lambda asset: Asset(asset.sha256, self._assets[asset.sha256]))

    def _read(self, shot: Frame, drawn: float, night: float) -> bytes:
        if self._loaded is None:
            self._loaded = Conditioner.load(), read_layout()
        return conditions_of(shot, drawn, night, *self._loaded)[0].astype(np.dtype("<f4")).tobytes()


def share(name: str, said: str) -> float:
    """What a page says of its sketch, see `engines.embedded.drawn_of` and `night_of`. Raises ShotError
    shot.parameter."""
    try:
        given = float(said)
    except ValueError:
        given = math.nan
    if not 0.0 <= given <= 1.0:
        raise ShotError("shot.parameter", f"{name} is a number from 0 to 1", value=said)
    return given


async def _gathered(body: AsyncIterator[bytes]) -> bytes:
    gathered = bytearray()
    async for chunk in body:
        gathered += chunk
        if len(gathered) > MAX_BODY_BYTES:
            raise WireError(
                "wire.too_large",
                f"a shot has at most {MAX_BODY_BYTES} bytes here",
                value=f"{len(gathered)} bytes or more",
                fix="Leave its pixels out",
            )
    return bytes(gathered)
