"""What the exchange tells of a session to whoever records it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from lightbrush.shots import Block, EncodedPicture


class Witness(Protocol):
    def records(self, session: str) -> bool: ...

    def shown(
        self, session: str, meta: bytes, payload: bytes, files: Mapping[str, bytes], picture: EncodedPicture
    ) -> None:
        """A picture has left. meta, payload: of its shot. files: what that names, by SHA-256."""

    def rendered(self, session: str, stream: int, block: Block) -> None:
        """A block of its video, whole. stream: by its number."""

    def frame_shown(self, session: str, stream: int, index: int, frame: int, picture: EncodedPicture) -> None:
        """A frame has left: of a block, by its index in the stream."""

    def left(self, session: str) -> None: ...
