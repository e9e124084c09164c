"""Which pictures a worker holds. Both ends of a link keep a `Shelf` and do the same to it in the same order, so the
gateway knows what its worker lacks without asking.

Bound: `limit_bytes`, or what one shot names if that is more. Overflow rule: the least recently named go first, those
of the shot at hand stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lightbrush.errors import AssetError
from lightbrush.shots import Asset, Frame

LIMIT_BYTES: Final = 256 * 1024 * 1024


class Shelf:
    """The gateway's end: sizes by hash, the least recently named first."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._sizes: dict[str, int] = {}

    def settle(self, named: Mapping[str, int]) -> tuple[list[str], list[str]]:
        """A shot names these, with their sizes -> (what was lacking, what has to go), each in order."""
        lacking = [sha256 for sha256 in named if sha256 not in self._sizes]
        for sha256, size in named.items():
            self._sizes.pop(sha256, None)
            self._sizes[sha256] = size
        gone: list[str] = []
        total = sum(self._sizes.values())
        while total > self._limit_bytes and (oldest := next(iter(self._sizes))) not in named:
            total -= self._sizes.pop(oldest)
            gone.append(oldest)
        return lacking, gone


class Stock:
    """The worker's end: the bytes too."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._shelf = Shelf(limit_bytes)
        self.data: dict[str, bytes] = {}  # by hash

    def add(self, asset: Asset) -> None:
        """What the next shot names."""
        self.data[asset.sha256] = asset.data

    def fill(self, shot: Frame) -> Frame:
        """The shot with the bytes of every picture that it names. Raises AssetError when one never came."""
        return self.fill_all([shot])[0]

    def fill_all(self, shots: Sequence[Frame]) -> list[Frame]:
        """`fill` of shots that came together, which the gateway has settled at once too."""
        named = [asset for shot in shots for asset in shot.assets]
        for asset in named:
            if asset.sha256 not in self.data:
                raise AssetError("asset.missing", "a picture was not sent before the shot", value=asset.sha256)
        _, gone = self._shelf.settle({asset.sha256: len(self.data[asset.sha256]) for asset in named})
        filled = [self._whole(shot) for shot in shots]
        for sha256 in gone:
            del self.data[sha256]
        return filled

    def _whole(self, shot: Frame) -> Frame:
        return shot.filled(lambda asset: Asset(asset.sha256, self.data[asset.sha256]))
