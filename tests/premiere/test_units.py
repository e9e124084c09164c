"""A premiere as units: what they make is what is made at once, whatever is done backwards, or twice."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from lightbrush import shots, wire
from lightbrush.enhance import tiles
from lightbrush.enhance.units import SOURCE, preview_path
from lightbrush.errors import LightbrushError
from lightbrush.fleet import kinds
from lightbrush.fleet.worker import render, render_block
from lightbrush.premiere.bake import bake, grid_of
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import requested
from lightbrush.premiere.units import Film
from lightbrush.shots import Block, EnlargedTile, Frame, Made
from tests.enhance.pictures import Doubler
from tests.premiere.films import worker
from tests.premiere.sessions import ENGINE, drawn, masked, session

SHOTS = [(0, drawn(1)), (40, masked(2)), (90, drawn(3, size=256)), (130, drawn(4)), (160, drawn(5))]


def begun(folder: Path, to: str = "x3", **asked: object) -> Film:
    session(folder / SOURCE, SHOTS, {400: "stopped"})
    request = Film.of(requested(Log(folder / SOURCE), to, "light", grid_of(Doubler()), **asked))  # type: ignore[arg-type]
    return kinds.read("premiere", msgspec.msgpack.encode(request))  # type: ignore[return-value]


def do(folder: Path, request: Film, unit: int) -> None:
    phase = next(phase for phase in request.phases if phase.start <= unit < phase.stop)
    if phase.lays:
        request.lay(folder, phase.step)
        return
    asked = request.unit(folder, unit)
    answer: Made
    if isinstance(asked, Block):
        answer = render_block(asked, worker(unit % 2), "w")  # not the one that did the block before
        data = wire.encode_footage(0, answer)
    elif isinstance(asked, Frame):
        answer = render(asked, ENGINE, "w")
        data = answer.data
    else:
        seen = np.frombuffer(asked.pixels, "<f4").reshape(asked.height, asked.width, asked.channels)
        made = tiles.answer(seen, asked.kept, Doubler())
        data = made.astype("<u2").tobytes()
        height, width, channels = made.shape
        answer = EnlargedTile(
            width=width, height=height, channels=channels, pixels=data, model="light", worker="w", times_ms={}
        )
    request.check(unit, answer)
    (folder / str(unit)).write_bytes(data)


def test_units_are_phases_that_follow_each_other(tmp_path: Path) -> None:
    request = begun(tmp_path)
    assert [phase.start for phase in request.phases] == [0, *(phase.stop for phase in request.phases[:-1])]
    # Three reels: of 64 pixels to 768 in four passes, of 256 in two.
    engines = ["render"] + ["lay", "tiles"] * 4 + ["lay"] + ["render"] + ["lay", "tiles"] * 2 + ["lay"]
    engines += ["render"] + ["lay", "tiles"] * 4 + ["lay", "lay"]
    named = {"": "lay", "enhance": "tiles", "blur": "render"}
    assert [named[phase.engine] for phase in request.phases] == engines
    assert all(phase.lays == (not phase.engine) for phase in request.phases)


@pytest.mark.parametrize(("form", "asked"), [("mp4", {}), ("mp4", {"fps": 25.0}), ("png", {"to": "500x300"})])
def test_units_done_backwards_and_some_twice_make_what_is_made_at_once(
    tmp_path: Path, form: str, asked: dict[str, object]
) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    request = begun(folder, form=form, **asked)
    for phase in request.phases:
        for unit in reversed(range(phase.start, phase.stop)):
            do(folder, request, unit)
        do(folder, request, phase.start)
        if phase.lays:
            request.drop(folder, phase.step)
    whole = tmp_path / request.output
    made = bake(Log(folder / SOURCE), request, whole, {"blur": ENGINE}, Doubler())
    assert made.pictures == made.same == len(request.cues)
    assert (folder / request.output).read_bytes() == whole.read_bytes()
    last = request.phases[-1].step
    left = {path.name for path in folder.iterdir()}
    assert left == {SOURCE, request.output, *(preview_path(folder, step).name for step in (last - 1, last))}


def test_a_render_unit_is_the_shot_and_its_answer_without_loss(tmp_path: Path) -> None:
    request = begun(tmp_path)
    unit = request.unit(tmp_path, 1)
    asked = SHOTS[1][1]
    assert isinstance(unit, Frame)
    assert unit == shots.Frame(
        **{name: getattr(asked, name) for name in asked.__struct_fields__} | {"accept": "image/png"}
    )
    picture = render(unit, ENGINE, "w")
    request.check(1, picture)
    for wrong in (render(asked, ENGINE, "w"), render(drawn(1, size=256, accept="image/png"), ENGINE, "w")):
        with pytest.raises(ValueError, match="expected a picture"):
            request.check(1, wrong)
    tile = EnlargedTile(width=1, height=1, channels=3, pixels=bytes(6), model="light", worker="w", times_ms={})
    with pytest.raises(ValueError, match="expected a picture"):
        request.check(1, tile)
    first = next(phase for phase in request.phases if phase.engine == "enhance").start
    for answer in (tile, picture):
        with pytest.raises(ValueError, match="expected a tile"):
            request.check(first, answer)


def test_a_preview_is_of_the_first_picture_and_sharpens(tmp_path: Path) -> None:
    request = begun(tmp_path)
    phase = next(phase for phase in request.phases if phase.engine == "enhance")
    for unit in range(phase.stop):
        do(tmp_path, request, unit)
    with Image.open(preview_path(tmp_path, phase.step)) as opened:
        shown = np.array(opened)
    assert (shown == ENGINE.render(SHOTS[0][1]).pixels).all()
    before = shown.copy()
    count = (phase.stop - phase.start) // 2
    for unit in range(phase.start, phase.start + count):
        request.paste(shown, tmp_path, unit, request.answer(tmp_path, unit))
    assert (shown != before).any()
    assert np.abs(shown.astype(int) - before).mean() < 12
    with pytest.raises(ValueError, match="first picture"):
        request.answer(tmp_path, phase.start + count)
    with pytest.raises(ValueError, match="first picture"):
        request.answer(tmp_path, 0)


def test_a_tile_that_is_cut_short_and_a_shot_that_is_damaged_are_said(tmp_path: Path) -> None:
    request = begun(tmp_path)
    phase = next(phase for phase in request.phases if phase.engine == "enhance")
    for unit in range(phase.stop):
        do(tmp_path, request, unit)
    (tmp_path / str(phase.start)).write_bytes(b"half")
    with pytest.raises(LightbrushError, match=r"enhance\.failed"):
        request.lay(tmp_path, phase.step + 1)
    data = (tmp_path / SOURCE).read_bytes()
    (tmp_path / SOURCE).unlink()
    (tmp_path / SOURCE).write_bytes(data.replace(SHOTS[4][1].sketch, bytes(len(SHOTS[4][1].sketch))))
    last = [phase for phase in request.phases if phase.engine == "blur"][-1]
    with pytest.raises(LightbrushError, match=r"recording\.format"):
        request.unit(tmp_path, last.stop - 1)
