"""A premiere of a session in which video was used: every block again, from what the log has of it, to the byte."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from lightbrush.engines.engine import BlockEngine
from lightbrush.enhance.units import SOURCE, preview_path
from lightbrush.errors import LightbrushError
from lightbrush.fleet import kinds
from lightbrush.fleet.worker import render, render_block
from lightbrush.premiere import steps
from lightbrush.premiere.bake import Baked, Videos, bake, grid_of
from lightbrush.premiere.log import Log, LogWriter
from lightbrush.premiere.plan import Premiere, requested
from lightbrush.premiere.units import Film
from lightbrush.shots import Block, Rgb
from tests.enhance.pictures import Doubler
from tests.premiere.films import BLOCKS, LARGE, Filmed, loaded, worker
from tests.premiere.sessions import ENGINE, drawn
from tests.premiere.test_units import do

pytestmark = [
    pytest.mark.skipif(find_spec("torch") is None, reason="needs PyTorch"),
    pytest.mark.usefixtures("one_thread"),
]


@pytest.fixture
def engine() -> BlockEngine:
    return worker(0)


def asked_of(log: Log, to: str = "x2", **asked: object) -> Premiere:
    return requested(log, to, "light", grid_of(Doubler()), **asked)  # type: ignore[arg-type]


def baked(log: Log, output: Path, engine: BlockEngine, **asked: object) -> Baked:
    request = asked_of(log, form="png" if output.suffix == ".zip" else "mp4", **asked)
    return bake(log, request, output, {"blur": ENGINE, "tiny-random": engine}, Doubler())  # type: ignore[dict-item]


def stills(path: Path) -> Iterator[Rgb]:
    with zipfile.ZipFile(path) as file:
        for one in json.loads(file.read("times.json")):
            yield np.asarray(Image.open(io.BytesIO(file.read(one["file"]))))


def test_pictures_and_video_become_one_film_of_what_was_seen(tmp_path: Path) -> None:
    """Also where no frame of a block was seen: the next one follows from it."""
    filmed = Filmed(tmp_path / "s")
    filmed.draw(1)
    filmed.play(unseen=1)
    filmed.draw(2)
    filmed.play(stream=6)
    log = filmed.log()
    again = loaded()
    made = baked(log, tmp_path / "film.zip", again)
    assert (made.pictures, made.same) == (len(filmed.seen), len(filmed.seen))
    for still, seen in zip(stills(tmp_path / "film.zip"), filmed.seen, strict=True):
        expected = np.asarray(Image.fromarray(seen).resize((128, 128), Image.Resampling.BICUBIC))
        assert np.abs(still.astype(int) - expected).mean() < 9
    other = baked(log, tmp_path / "other.zip", again, steps=2)
    assert other.same == 0, "more steps make another video"


def test_each_frame_is_what_the_engine_gave_without_loss(tmp_path: Path) -> None:
    filmed = Filmed(tmp_path / "s")
    filmed.play()
    log = filmed.log()
    again = loaded()
    request = asked_of(log)
    videos = Videos(log, request, {"tiny-random": again})
    for cue, seen in zip(request.cues, filmed.seen, strict=True):
        assert (videos.frame(cue) == seen).all()
    assert [log.block(one).prompts for one in log.blocks] == [block.prompts for block in BLOCKS]
    assert not any(log.block(one).context for one in log.blocks), "the blocks before say it"
    assert log.block(log.blocks[2]).input == BLOCKS[2].input


def test_a_recording_that_begins_in_the_middle_of_a_video_has_what_that_goes_on_from(tmp_path: Path) -> None:
    """To the byte: with what the decoder had seen before."""
    filmed = Filmed(tmp_path / "s")
    filmed.play(since=2)
    log = filmed.log()
    assert [bool(log.block(one).context) for one in log.blocks] == [True, False]
    again = loaded()
    made = baked(log, tmp_path / "film.zip", again)
    assert made.same == made.pictures == len(filmed.seen) == len(log.shown)


def test_a_log_that_goes_on_after_a_loss_counts_its_blocks_on(tmp_path: Path) -> None:
    filmed = Filmed(tmp_path / "s")
    filmed.play()
    filmed.writer.close()
    filmed.writer = LogWriter.again(tmp_path / "s", LARGE)
    filmed.play(stream=5)
    log = filmed.log()
    assert [one.stream for one in log.blocks] == [0] * len(BLOCKS) + [1] * len(BLOCKS)
    assert {shown.block for shown in log.shown} == set(range(2 * len(BLOCKS)))


def test_a_frame_of_a_block_that_is_not_there_is_damage(tmp_path: Path, engine: BlockEngine) -> None:
    filmed = Filmed(tmp_path / "s")
    filmed.play()
    log = filmed.log()
    shown, whole = log.shown[0], list(log.blocks)
    log.shown = [replace(shown, block=9)]
    with pytest.raises(LightbrushError, match=r"recording\.format"):
        asked_of(log)
    log.shown = [replace(shown, block=2), replace(shown, at_ms=900)]  # back to a block that is over
    with pytest.raises(LightbrushError, match=r"recording\.format"):
        asked_of(log)
    log.shown, log.blocks = [replace(shown, block=0)], whole[2:]  # the first two are gone
    with pytest.raises(LightbrushError, match=r"recording\.format.*what came before"):
        asked_of(log)
    log.shown, log.blocks = [replace(shown, frame=99)], whole
    request = asked_of(log)
    with pytest.raises(LightbrushError, match=r"recording\.format"):
        Videos(log, request, {"tiny-random": engine}).frame(request.cues[0])
    with pytest.raises(LightbrushError, match=r"shot\.engine"):
        Videos(log, request, {}).frame(request.cues[0])


def begun(folder: Path, **asked: object) -> Film:
    """A job of a session of two videos, with pictures before and between them."""
    folder.mkdir()
    filmed = Filmed(folder / SOURCE)
    filmed.draw(1)
    filmed.play(unseen=1)
    filmed.draw(2)
    filmed.play(stream=6)
    request = Film.of(asked_of(filmed.log(), **asked))
    return kinds.read("premiere", msgspec.msgpack.encode(request))  # type: ignore[return-value]


def test_blocks_are_units_one_after_the_other_before_the_reels_that_show_them(tmp_path: Path) -> None:
    request = begun(tmp_path / "job")
    assert [phase.start for phase in request.phases] == [0, *(phase.stop for phase in request.phases[:-1])]
    blocks = [phase for phase in request.phases if phase.engine == "tiny-random"]
    assert [phase.stop - phase.start for phase in blocks] == [1] * 8
    # A picture; 9 frames, 12 that nobody saw, 12, and 11 of the last 12; the twelfth; a picture; and so on.
    reels = [phase.step for phase in blocks]
    assert reels == sorted(reels)
    assert reels[:4] == [reels[0]] * 4, "what a reel shows is rendered before it"
    for phase in blocks:
        asked = request.unit(tmp_path / "job", phase.start) if not request.blocks[blocks.index(phase)].follows else None
        assert asked is None or (isinstance(asked, Block) and asked.accept == "image/png" and not asked.index)


@pytest.mark.parametrize(("form", "asked"), [("mp4", {}), ("mp4", {"fps": 25.0}), ("png", {}), ("mp4", {"to": "x1"})])
def test_units_each_done_by_another_worker_make_what_is_made_at_once(
    tmp_path: Path, form: str, asked: dict[str, object]
) -> None:
    """And nothing is left but what was made."""
    folder = tmp_path / "job"
    request = begun(folder, form=form, **asked)
    most = 0
    for phase in request.phases:
        for unit in reversed(range(phase.start, phase.stop)):
            do(folder, request, unit)
        do(folder, request, phase.start)
        if phase.lays:
            request.drop(folder, phase.step)
        most = max(most, sum((folder / str(unit)).exists() for unit in steps.blocks(request)))
    assert most <= 5, "a block goes when nothing needs it"
    whole = tmp_path / request.output
    made = bake(Log(folder / SOURCE), request, whole, {"blur": ENGINE, "tiny-random": loaded()}, Doubler())  # type: ignore[dict-item]
    assert made.same == made.pictures == len(request.cues)
    assert (folder / request.output).read_bytes() == whole.read_bytes()
    last = request.phases[-1].step
    left = {path.name for path in folder.iterdir()}
    assert left == {SOURCE, request.output, *(preview_path(folder, step).name for step in (last - 1, last))}


def test_what_is_no_block_without_loss_is_no_answer(tmp_path: Path, engine: BlockEngine) -> None:
    request = begun(tmp_path / "job")
    unit = steps.blocks(request)[0]
    asked = request.unit(tmp_path / "job", unit)
    assert isinstance(asked, Block)
    whole = render_block(asked, engine, "w")
    request.check(unit, whole)
    wrong = (
        render_block(replace(asked, accept="image/jpeg"), engine, "w"),
        replace(whole, frames=()),
        replace(whole, frames=(b"half",)),
        render_block(replace(asked, width=128, height=128), engine, "w"),
        render(drawn(1, accept="image/png"), ENGINE, "w"),
    )
    for answer in wrong:
        with pytest.raises(ValueError, match="expected"):
            request.check(unit, answer)
    with pytest.raises(ValueError, match="expected a picture"):
        request.check(0, whole)


def test_a_block_whose_context_is_gone_or_cut_short_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    request = begun(folder)
    first, second = steps.blocks(request)[:2]
    with pytest.raises(FileNotFoundError):
        request.unit(folder, second)
    (folder / str(first)).write_bytes(b"half")
    with pytest.raises(LightbrushError, match=r"wire\.truncated"):
        request.unit(folder, second)
