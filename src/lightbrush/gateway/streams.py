"""The videos of all sessions: what each follows, when its next block is asked for, and when its frames are shown."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable

from lightbrush import pixels
from lightbrush.engines.engine import check_block
from lightbrush.errors import Problem, ShotError
from lightbrush.gateway.stream import Due, Stream
from lightbrush.shots import MAX_INPUT_PIXELS, Block, EngineCard


class Streams:
    """ask: called when a session's next block should be rendered. show: when a frame is due."""

    def __init__(self, ask: Callable[[str, Stream], None], show: Callable[[str, Stream, Due], None]) -> None:
        self._ask, self._show = ask, show
        self._streams: dict[str, Stream] = {}  # by session
        self._numbers = itertools.count(1)
        self._shows: dict[str, asyncio.TimerHandle] = {}  # by session: when the next frame is due
        self._loop = asyncio.get_running_loop()

    def check(self, block: Block, card: EngineCard) -> None:
        """What a client may say of a video. Raises ShotError, PixelsError."""
        check_block(block, card)
        if block.index or block.context or block.previous or block.mix != 1.0:
            raise ShotError("shot.context", "a stream's place is the gateway's to know", value=block.index)
        if block.accept != "image/jpeg":
            raise ShotError("shot.accept", "the frames of a live video are JPEG", value=block.accept)
        if sum(still.frames for still in block.input) > 1:
            raise ShotError("shot.input", "a client sends one picture at a time", value=len(block.input))
        for still in block.input:
            pixels.measure(still.data, max_pixels=MAX_INPUT_PIXELS)

    def continues(self, session: str, block: Block) -> bool:
        """Whether the session has a video, which can go on with that."""
        stream = self._streams.get(session)
        return stream is not None and stream.continues(block)

    def follow(self, session: str, seq: int, block: Block, fps: float) -> None:
        """What a session's video follows from its next block on; the first begins it."""
        if session not in self._streams:
            self._streams[session] = Stream(seq, block, fps, next(self._numbers))
        self._streams[session].follow(seq, block)
        self.feed(session)

    def feed(self, session: str) -> None:
        """Ask for the stream's next block if it is time, and see that its frames are shown when they are due."""
        stream = self._streams[session]
        if stream.hungry:
            stream.asked = True
            self._ask(session, stream)
        self._hold(session)
        if stream.due_s is not None:
            in_s = stream.due_s - time.monotonic()
            self._shows[session] = self._loop.call_later(in_s, self._due, session)

    def has(self, session: str, stream: Stream | None) -> bool:
        """Whether that is the session's video, still."""
        return stream is not None and self._streams.get(session) is stream

    def spoiled(self, session: str, stream: Stream | None, problem: Problem) -> bool:
        """Whether a block failed by its pictures alone: then its stream goes on without those."""
        if stream is None or not self.has(session, stream) or not problem.code.startswith("pixels."):
            return False
        return stream.let_go()

    def end(self, session: str) -> bool:
        """-> whether there was one."""
        if self._streams.pop(session, None) is None:
            return False
        self._hold(session)
        return True

    def close(self) -> None:
        for handle in self._shows.values():
            handle.cancel()

    def _hold(self, session: str) -> None:
        """Show no frame for now."""
        handle = self._shows.pop(session, None)
        if handle is not None:
            handle.cancel()

    def _due(self, session: str) -> None:
        stream = self._streams[session]
        self._show(session, stream, stream.show(time.monotonic()))
        self.feed(session)
