"""One session's video: what its next block follows, and the frames that wait for their time. No I/O, no clock.

The gateway holds the context, so any worker can render the next block, and another one the same block when one dies.
Of frames at most two blocks wait: a block is asked for only while at most one does. They are shown evenly, at the rate
at which blocks are made, but no faster than the video's own; what one changes is seen two blocks later at most. While a
stream is paused nothing is asked for and nothing shown.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from statistics import fmean
from typing import Final

import msgspec

from lightbrush.gateway.feed import Feed
from lightbrush.shots import Block, EncodedFootage, EncodedPicture
from lightbrush.timeline import BLOCK_FRAMES, following
from lightbrush.timeline.value import Moment

#: Blocks whose times say how fast they are made; the slowest does not count: a worker started, or died.
_RECENT: Final = 8


class Due(msgspec.Struct, frozen=True):
    """A frame that waits. seq: of the client's message that it follows. ticket: of its block. since_s: when it came.
    index, frame: of its block in the stream, and its place there."""

    seq: int
    ticket: int
    picture: EncodedPicture
    since_s: float
    index: int
    frame: int


class Stream:
    """number: its own among streams. asked: whether a block is under way. asked_seq: of the client's message that it
    follows, or the last one did. started: the block that was started last, whole."""

    def __init__(self, seq: int, block: Block, fps: float, number: int = 0) -> None:
        self.number = number
        self.asked = False
        self.started = block
        self.seq, self._block, self._fps = seq, block, fps
        self._feed = Feed()
        self.asked_seq = seq
        self._moment: Moment | None = None  # what the block that was started last follows
        self._made: Moment | None = None  # what the last one that came back did
        self._waiting: deque[Due] = deque()
        self._frame_s: deque[float] = deque(maxlen=_RECENT)
        self._shown = 0
        self._shown_s = -math.inf

    @property
    def engine(self) -> str:
        return self._block.engine

    @property
    def hungry(self) -> bool:
        """Whether a block should be asked for, and none is."""
        return not (self.asked or self._block.paused) and len(self._waiting) <= BLOCK_FRAMES

    @property
    def due_s(self) -> float | None:
        """When the next frame is shown; None when none waits, or all do."""
        if self._block.paused or not self._waiting:
            return None
        return max(self._waiting[0].since_s, self._shown_s + self._interval_s)

    def continues(self, block: Block) -> bool:
        """Whether a stream can go on with it: another engine or size begins a new one."""
        same = ("engine", "width", "height")
        return all(getattr(block, name) == getattr(self._block, name) for name in same)

    def follow(self, seq: int, block: Block) -> None:
        """What counts from the next block that starts. Other prompts are gone to from where the last block was. The
        picture is one more to start from; without one that block is made from prompts alone."""
        now = self._block
        if not block.input:
            self._feed.clear()
        for still in block.input:
            self._feed.put(still.data)
        self.seq = seq
        self._block = msgspec.structs.replace(block, index=now.index, context=now.context, input=())

    def start(self) -> Block:
        """The block to render now; the same again when its worker died, if nothing else is to be followed by then."""
        self.asked_seq, wanted = self.seq, self._block
        self._moment = now = following(self._made, wanted.prompts, wanted.transition_blocks, wanted.interpolation)
        given = self._feed.start(wanted.index)
        self.started = msgspec.structs.replace(
            wanted, previous=now.previous, mix=now.mix, transition_blocks=0, input=given, paused=False
        )
        return self.started

    def take(
        self, ticket: int, footage: EncodedFootage, times_ms: Mapping[str, float], made_s: float, now_s: float
    ) -> None:
        """The block that was asked for. made_s: how long it took, from asking on."""
        for place, data in enumerate(footage.frames):
            picture = EncodedPicture(
                data=data,
                encoding="image/jpeg",
                width=footage.width,
                height=footage.height,
                engine=footage.engine,
                worker=footage.worker,
                times_ms=dict(times_ms),
                frame=self._shown + len(self._waiting),
            )
            self._waiting.append(Due(self.asked_seq, ticket, picture, now_s, self._block.index, place))
        self._frame_s.append(made_s / max(1, len(footage.frames)))
        self._block = msgspec.structs.replace(self._block, index=self._block.index + 1, context=footage.context)
        self._made = self._moment
        self._feed.made()
        self.asked = False

    def let_go(self) -> bool:
        """The block that was asked for cannot be made from its pictures: the next one has others, or none -> whether
        it had any."""
        self.asked = False
        return self._feed.spoiled()

    def show(self, now_s: float) -> Due:
        """The frame that is due; the time that it waited is one of its stages. What is late is made up for by one
        frame at most."""
        self._shown_s = max(self.due_s or now_s, now_s - self._interval_s)
        due = self._waiting.popleft()
        self._shown += 1
        waited_ms = {"wait": (now_s - due.since_s) * 1000.0}
        picture = msgspec.structs.replace(due.picture, times_ms=due.picture.times_ms | waited_ms)
        return msgspec.structs.replace(due, picture=picture)

    @property
    def _interval_s(self) -> float:
        counted = sorted(self._frame_s)[:-1] or self._frame_s
        return max(1.0 / self._fps, fmean(counted))
