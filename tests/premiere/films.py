"""Logs of sessions in which video was used: of blocks that a test renders, as a worker does."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec.structs import replace

from lightbrush import pixels
from lightbrush.engines.engine import BlockEngine
from lightbrush.premiere.log import Begin, Log, LogWriter, Mark, SaidBlock, SaidFrame
from lightbrush.shots import Blend, Block, EncodedPicture, Footage, Prompt, Rgb, Still
from tests.premiere.sessions import ENGINE, LARGE, drawn, png, said

SEA = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a calm sea"),), seed=7, steps=1)
STORM = replace(SEA, prompts=(Prompt("a storm"),), seed=8)
BLOCKS = (
    SEA,
    replace(STORM, previous=(Blend((Prompt("a calm sea"),), 0.0),), mix=0.5),
    replace(STORM, input=(Still(png(64, 64, 1), 13),), strength=0.6),
    STORM,
)


def loaded() -> BlockEngine:
    from lightbrush.engines.video import tiny_random

    engine = tiny_random.load("cpu")
    assert isinstance(engine, BlockEngine)
    return engine


@cache
def worker(number: int) -> BlockEngine:
    """One of several engines, each loaded once: it has done other blocks, too."""
    return loaded()


@cache
def _footage(number: int, context: bytes) -> Footage:
    return worker(0).render_block(replace(BLOCKS[number], index=number, context=context))


class Filmed:
    """A session whose video a worker renders into a log."""

    def __init__(self, path: Path, name: str = "r-0123456789ab") -> None:
        self.path = path
        self.writer = LogWriter(path, Begin(id=name, started_ms=1), LARGE)
        self.at_ms = 0
        self.seen: list[Rgb] = []

    def play(self, *, unseen: int = -1, since: int = 0, stream: int = 5, blocks: int = len(BLOCKS)) -> None:
        """unseen: of this block no frame leaves. since: from this block on it is recorded. blocks: so many."""
        context = b""
        for index, asked in enumerate(BLOCKS[:blocks]):
            block = replace(asked, index=index, context=context)
            footage = _footage(index, context)
            context = footage.context
            if index >= since:
                assert self.writer.said(SaidBlock(at_ms=self.at_ms, stream=stream, block=block))
            for place, frame in enumerate(footage.pixels):
                self.at_ms += 40
                picture = EncodedPicture(
                    data=pixels.encode(frame, "image/jpeg", block.quality),
                    encoding="image/jpeg",
                    width=64,
                    height=64,
                    engine=footage.engine,
                    worker="w",
                    times_ms={},
                )
                if index != unseen:
                    shown = SaidFrame(at_ms=self.at_ms, stream=stream, index=index, frame=place, picture=picture)
                    assert self.writer.said(shown)
                    if index >= since:
                        self.seen.append(frame)

    def log(self) -> Log:
        self.writer.mark(Mark(at_ms=self.at_ms + 40, what="stopped"))
        self.writer.close()
        return Log(self.path)

    def draw(self, seed: int) -> None:
        self.at_ms += 40
        assert self.writer.said(said(self.at_ms, drawn(seed)))
        self.seen.append(ENGINE.render(drawn(seed)).pixels)
