"""The pictures that shots name by their hash: what `PUT /assets/{sha256}` brings and workers are sent.

Bound: `limit_bytes`, what is still arriving included. Overflow rule: the least recently used go first; what a shot in
flight names is pinned, and when nothing else is left to go, what arrives is refused (`asset.full`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from typing import Final

from lightbrush import pixels, wire
from lightbrush.errors import AssetError

#: A picture has to fit into the message that takes it to a worker.
MAX_BYTES: Final = wire.MAX_PAYLOAD_BYTES
PATIENCE_S: Final = 300.0


class Assets:
    """In memory: a worker dies without losing any, and a gateway that restarts asks its clients again.

    patience_s: how long a picture may take to arrive.
    """

    def __init__(self, limit_bytes: int, patience_s: float = PATIENCE_S) -> None:
        self.bytes = 0
        self._limit_bytes = limit_bytes
        self._patience_s = patience_s
        self._kept: dict[str, bytes] = {}  # the least recently used first
        self._pins: Counter[str] = Counter()

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._kept

    def __getitem__(self, sha256: str) -> bytes:
        return self._kept[sha256]

    def require(self, named: Iterable[str]) -> None:
        """Raise AssetError, `asset.missing`, for the first that is not here."""
        for sha256 in named:
            if sha256 not in self._kept:
                raise AssetError(
                    "asset.missing",
                    "the shot names a picture that is not here",
                    value=sha256,
                    fix=f"PUT its bytes to /assets/{sha256} and send the shot again",
                )

    def touch(self, sha256: str) -> bool:
        """Whether it is here; if so, it counts as just used."""
        data = self._kept.pop(sha256, None)
        if data is None:
            return False
        self._kept[sha256] = data
        return True

    def pin(self, named: Iterable[str]) -> None:
        """A shot in flight names these, which are here: they stay."""
        for sha256 in named:
            self.touch(sha256)
            self._pins[sha256] += 1

    def unpin(self, named: Iterable[str]) -> None:
        self._pins -= Counter(named)

    async def receive(self, sha256: str, body: AsyncIterator[bytes]) -> None:
        """Keep a picture as it arrives. Raises AssetError, or PixelsError for what is no picture.

        The loop only gathers the bytes; hashing and measuring them is a thread's work.
        """
        wanted = not self.touch(sha256)
        gathered = bytearray()
        try:
            async with asyncio.timeout(self._patience_s):
                await self._gather(gathered, body, wanted)
            if not wanted:
                return
            data = await asyncio.to_thread(examined, sha256, gathered)
            if sha256 not in self._kept:  # the same picture may have arrived twice at once
                self._kept[sha256] = data
                self.bytes += len(data)
        except TimeoutError:
            raise AssetError(
                "asset.slow",
                f"a picture has to arrive within {self._patience_s:.0f} s",
                value=f"{len(gathered)} bytes by then",
                fix="Send it again, or a smaller one",
            ) from None
        finally:
            self.bytes -= len(gathered)

    async def _gather(self, gathered: bytearray, body: AsyncIterator[bytes], wanted: bool) -> None:
        """Read to the end even what is not wanted: few clients see an answer that comes before it."""
        refused: AssetError | None = None
        async for chunk in body:
            if not wanted or refused:
                continue
            try:
                _check_size(len(gathered) + len(chunk))
                self._make_room(len(chunk))
                gathered += chunk
                self.bytes += len(chunk)
            except AssetError as error:
                refused = error
                self.bytes -= len(gathered)
                gathered.clear()
        if refused:
            raise refused

    def _make_room(self, more: int) -> None:
        over = self.bytes + more - self._limit_bytes
        going: list[str] = []
        for sha256, data in self._kept.items():
            if over <= 0:
                break
            if not self._pins[sha256]:
                going.append(sha256)
                over -= len(data)
        if over > 0:
            raise AssetError(
                "asset.full",
                "all room is taken by pictures that arrive or that shots in flight name",
                value=f"{self.bytes} bytes",
                fix="Try again later, or raise the setting `asset_bytes`",
            )
        for sha256 in going:
            self.bytes -= len(self._kept.pop(sha256))


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise AssetError(
            "asset.size",
            f"a picture's file has at most {MAX_BYTES} bytes",
            value=f"{size} bytes or more",
            fix="Shrink it",
        )


def examined(sha256: str, gathered: bytes | bytearray) -> bytes:
    """The bytes, found to be a picture of that hash. Its header is read, nothing decoded. Raises AssetError,
    PixelsError."""
    data = bytes(gathered)
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise AssetError(
            "asset.hash",
            "the bytes have another SHA-256 than the address says",
            value=sha256,
            fix=f"These are {found}",
        )
    pixels.measure(data, formats=pixels.REFERENCE_FORMATS)
    return data
