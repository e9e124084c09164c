"""A premiere of a session in which video was used: every block again, from what the log has of it, to the byte."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from lightbrush import pixels
from lightbrush.engines.engine import BlockEngine
from lightbrush.engines.video import tiny_random
from lightbrush.errors import LightbrushError
from lightbrush.premiere.bake import Baked, Videos, bake, grid_of
from lightbrush.premiere.log import Begin, Log, LogWriter, SaidBlock, SaidFrame
from lightbrush.premiere.plan import requested
from lightbrush.shots import Blend, Block, EncodedPicture, Prompt, Rgb, Still
from tests.enhance.pictures import Doubler
from tests.premiere.sessions import ENGINE, drawn, png, said

pytestmark = [
    pytest.mark.skipif(find_spec("torch") is None, reason="needs PyTorch"),
    pytest.mark.usefixtures("one_thread"),
]

SEA = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a calm sea"),), seed=7, steps=1)
STORM = replace(SEA, prompts=(Prompt("a storm"),), seed=8)
BLOCKS = (
    SEA,
    replace(STORM, previous=(Blend((Prompt("a calm sea"),), 0.0),), mix=0.5),
    replace(STORM, input=(Still(png(64, 64, 1), 13),), strength=0.6),
    STORM,
)
LARGE = 2**30


@pytest.fixture(scope="module")
def engine() -> BlockEngine:
    loaded = tiny_random.load("cpu")
    assert isinstance(loaded, BlockEngine)
    return loaded


class Filmed:
    """A session whose video a test renders, as a worker does, into a log."""

    def __init__(self, path: Path, engine: BlockEngine) -> None:
        self.path = path
        self.writer = LogWriter(path, Begin(id="r-0123456789ab", started_ms=1), LARGE)
        self.engine = engine
        self.at_ms = 0
        self.seen: list[Rgb] = []

    def play(self, *, unseen: int = -1, since: int = 0, stream: int = 5) -> None:
        """unseen: of this block no frame leaves. since: from this block on it is recorded."""
        context = b""
        for index, asked in enumerate(BLOCKS):
            block = replace(asked, index=index, context=context)
            footage = self.engine.render_block(block)
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
        self.writer.close()
        return Log(self.path)

    def draw(self, seed: int) -> None:
        self.at_ms += 40
        assert self.writer.said(said(self.at_ms, drawn(seed)))
        self.seen.append(ENGINE.render(drawn(seed)).pixels)


def baked(log: Log, output: Path, engine: BlockEngine, **asked: object) -> Baked:
    form = "png" if output.suffix == ".zip" else "mp4"
    request = requested(log, "x2", "light", grid_of(Doubler()), form=form, **asked)  # type: ignore[arg-type]
    return bake(log, request, output, {"blur": ENGINE, "tiny-random": engine}, Doubler())  # type: ignore[dict-item]


def stills(path: Path) -> Iterator[Rgb]:
    with zipfile.ZipFile(path) as file:
        for one in json.loads(file.read("times.json")):
            yield np.asarray(Image.open(io.BytesIO(file.read(one["file"]))))


def test_pictures_and_video_become_one_film_of_what_was_seen(tmp_path: Path, engine: BlockEngine) -> None:
    """Also where no frame of a block was seen: the next one follows from it."""
    filmed = Filmed(tmp_path / "s", engine)
    filmed.draw(1)
    filmed.play(unseen=1)
    filmed.draw(2)
    filmed.play(stream=6)
    log = filmed.log()
    again = tiny_random.load("cpu")
    assert isinstance(again, BlockEngine)
    made = baked(log, tmp_path / "film.zip", again)
    assert (made.pictures, made.same) == (len(filmed.seen), len(filmed.seen))
    for still, seen in zip(stills(tmp_path / "film.zip"), filmed.seen, strict=True):
        expected = np.asarray(Image.fromarray(seen).resize((128, 128), Image.Resampling.BICUBIC))
        assert np.abs(still.astype(int) - expected).mean() < 9
    other = baked(log, tmp_path / "other.zip", again, steps=2)
    assert other.same == 0, "more steps make another video"


def test_each_frame_is_what_the_engine_gave_without_loss(tmp_path: Path, engine: BlockEngine) -> None:
    filmed = Filmed(tmp_path / "s", engine)
    filmed.play()
    log = filmed.log()
    again = tiny_random.load("cpu")
    videos = Videos(log, {"tiny-random": again}, 0)
    for shown, seen in zip(log.shown, filmed.seen, strict=True):
        assert (videos.frame(shown)[0] == seen).all()
    assert [log.block(one).prompts for one in log.blocks] == [block.prompts for block in BLOCKS]
    assert not any(log.block(one).context for one in log.blocks), "the blocks before say it"
    assert log.block(log.blocks[2]).input == BLOCKS[2].input


def test_a_recording_that_begins_in_the_middle_of_a_video_has_what_that_goes_on_from(
    tmp_path: Path, engine: BlockEngine
) -> None:
    """To the byte: but for the first block, whose decoder had seen what came before."""
    filmed = Filmed(tmp_path / "s", engine)
    filmed.play(since=2)
    log = filmed.log()
    assert [bool(log.block(one).context) for one in log.blocks] == [True, False]
    made = baked(log, tmp_path / "film.zip", engine)
    assert made.pictures == len(filmed.seen) == len(log.shown)
    first = sum(shown.block == 0 for shown in log.shown)
    assert made.same >= made.pictures - first


def test_a_log_that_goes_on_after_a_loss_counts_its_blocks_on(tmp_path: Path, engine: BlockEngine) -> None:
    filmed = Filmed(tmp_path / "s", engine)
    filmed.play()
    filmed.writer.close()
    filmed.writer = LogWriter.again(tmp_path / "s", LARGE)
    filmed.play(stream=5)
    log = filmed.log()
    assert [one.stream for one in log.blocks] == [0] * len(BLOCKS) + [1] * len(BLOCKS)
    assert {shown.block for shown in log.shown} == set(range(2 * len(BLOCKS)))


def test_a_frame_of_a_block_that_is_not_there_is_damage(tmp_path: Path, engine: BlockEngine) -> None:
    filmed = Filmed(tmp_path / "s", engine)
    filmed.play()
    log = filmed.log()
    log.shown = [replace(log.shown[0], block=9), replace(log.shown[0], frame=99)]
    for shown in log.shown:
        with pytest.raises(LightbrushError, match=r"recording\.format"):
            Videos(log, {"tiny-random": engine}, 0).frame(shown)
    with pytest.raises(LightbrushError, match=r"shot\.engine"):
        Videos(log, {}, 0).frame(replace(log.shown[0], block=0))
