"""What a page needs that renders by itself (docs/browser-engine.md): the network as files, and what its shots say. And
what any page is shown of a place that the embedded engine lays out.

Noise, steps and pixels are the page's work. Reading words and pictures stays here: the sentence encoder is as large
as the network, and takes milliseconds.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from lightbrush import pixels, wire
from lightbrush.engines.compositions import Compositions
from lightbrush.engines.conditioning import Conditioner, Layout
from lightbrush.engines.embedded import CARD, conditions_of, laid_out, load_compositions, read_layout, sketched
from lightbrush.engines.engine import check
from lightbrush.errors import ShotError, WireError
from lightbrush.gateway.assets import Assets
from lightbrush.shots import Asset, Frame

FILES: Final = ("embedded.safetensors", "embedded.onnx", "embedded.webgpu.onnx")
#: A shot without its pixels.
MAX_BODY_BYTES: Final = wire.HEADER.size + wire.MAX_META_BYTES
#: The masks of its regions, all together.
MAX_MASKS_BYTES: Final = 1024 * 1024


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
    """What shots say. Loads the encoder, the readers and the layouts when the first page asks; reads one shot at a
    time."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._turn = asyncio.Lock()

    async def condition(self, body: AsyncIterator[bytes], drawn: float, night: float) -> bytes:
        """body: a SHOT message without pixels; drawn, night: what `conditions_of` is told of these. -> the network's
        condition, float32, little-endian.

        Raises LightbrushError.
        """

        def read(shot: Frame) -> bytes:
            conditioner, layout, _ = _loaded()
            return conditions_of(shot, drawn, night, conditioner, layout)[0].astype(np.dtype("<f4")).tobytes()

        return await self._read(body, MAX_BODY_BYTES, read)

    async def composition(self, body: AsyncIterator[bytes], *, sketch: bool) -> bytes:
        """body: as of `condition`, with regions and their masks. -> what is laid out for the shot, as a PNG: of its
        size as the engine has it, or as a sketch (`Compositions.sketch`). Raises LightbrushError."""

        def read(shot: Frame) -> bytes:
            conditioner, _, layouts = _loaded()
            place = sketched(shot, conditioner, layouts) if sketch else laid_out(shot, conditioner, layouts).rgb
            return pixels.encode(place, "image/png")

        return await self._read(body, MAX_BODY_BYTES + MAX_MASKS_BYTES, read)

    async def _read(self, body: AsyncIterator[bytes], most_bytes: int, read: Callable[[Frame], bytes]) -> bytes:
        shot = wire.decode_shot(wire.unpack(await _gathered(body, most_bytes)))
        if shot.engine != CARD.id:
            raise ShotError("shot.engine", "no page renders with that engine", value=shot.engine, fix=f"Use {CARD.id}")
        check(shot, CARD)
        async with self._turn:
            return await asyncio.to_thread(read, self._with_pictures(shot))

    def _with_pictures(self, shot: Frame) -> Frame:
        named = [asset.sha256 for asset in shot.assets]
        self._assets.require(named)
        for sha256 in named:
            self._assets.touch(sha256)
        return shot.filled(lambda asset: Asset(asset.sha256, self._assets[asset.sha256]))


@cache
def _loaded() -> tuple[Conditioner, Layout, Compositions]:
    return Conditioner.load(), read_layout(), load_compositions()


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


async def _gathered(body: AsyncIterator[bytes], most_bytes: int) -> bytes:
    gathered = bytearray()
    async for chunk in body:
        gathered += chunk
        if len(gathered) > most_bytes:
            raise WireError(
                "wire.too_large",
                f"a shot has at most {most_bytes} bytes here",
                value=f"{len(gathered)} bytes or more",
                fix="Leave its sketch out",
            )
    return bytes(gathered)
