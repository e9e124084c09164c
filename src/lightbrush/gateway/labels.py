"""What is seen where in a picture, for pages that pick a part of it by what it is ("the water").

The gateway reads, not a worker: it is a question of a hand, now and then, and the probe is small. One at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from lightbrush import pixels
from lightbrush.engines.embedded import SHIPPED
from lightbrush.errors import AssetError
from lightbrush.nn.label_reader import LabelReader

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
#: Of the largest render.
MAX_PIXELS: Final = 2048 * 2048
#: Pictures that are here at once; who brings one more asks again.
MAX_WAITING: Final = 8


class Labelled(msgspec.Struct, frozen=True):
    """labels: by rows, for each pixel the index in names of what is seen there. Names are materials of the card."""

    width: int
    height: int
    names: tuple[str, ...]
    labels: bytes


class Labels:
    """Loads the probe when the first page asks."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._reader: LabelReader | None = None

    async def read(self, body: AsyncIterator[bytes]) -> bytes:
        """body: a PNG, JPEG or WebP file. -> a `Labelled` as MessagePack. Raises LightbrushError."""
        if self._waiting >= MAX_WAITING:
            raise AssetError("asset.full", "others ask what is in their pictures", fix="Try again in a moment")
        self._waiting += 1
        try:
            picture = await _gathered(body)
            async with self._turn:
                return await asyncio.to_thread(self._read, picture)
        finally:
            self._waiting -= 1

    def _read(self, picture: bytes) -> bytes:
        rgb = pixels.decode(picture, max_pixels=MAX_PIXELS)
        self._reader = self._reader or LabelReader(SHIPPED / "probe.onnx")
        labels = self._reader.read(rgb)
        height, width = labels.shape
        return msgspec.msgpack.encode(Labelled(width, height, self._reader.names, labels.tobytes()))


async def _gathered(body: AsyncIterator[bytes]) -> bytes:
    picture = bytearray()
    async for part in body:
        picture += part
        if len(picture) > MAX_BODY_BYTES:
            raise AssetError(
                "asset.size",
                f"a picture has at most {MAX_BODY_BYTES} bytes here",
                value=f"{len(picture)} bytes or more",
                fix="Send the render as it is shown",
            )
    return bytes(picture)
