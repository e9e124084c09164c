"""An engine paints the enlarged picture anew: with the embedded engine, of a picture that it rendered."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lightbrush.engines import embedded
from lightbrush.engines.engine import Engine, Start
from lightbrush.enhance import creative
from lightbrush.enhance.creative import Creative, Painter, paint
from lightbrush.enhance.rows import Pixels, Rows, resize
from lightbrush.enhance.run import enhance
from lightbrush.errors import EnhanceError, LightbrushError
from lightbrush.shots import EngineCard, Frame, Picture, Prompt, Size
from lightbrush.training import handmade
from tests.enhance.pictures import Doubler, Grainy, psnr_db, rows, scene


class Remembering:
    """The embedded engine; what it was asked for before it answers at once."""

    def __init__(self, engine: embedded.EmbeddedEngine) -> None:
        self.card: EngineCard = engine.card
        self.device = engine.device
        self._engine = engine
        self._answers: dict[tuple[object, ...], Picture] = {}

    def render(self, shot: Frame) -> Picture:
        return self._engine.render(shot)

    def render_from(self, shot: Frame, start: Start) -> Picture:
        asked = shot.sketch, shot.prompts, shot.seed, start.pixels.tobytes(), start.noise, start.left, start.top
        if asked not in self._answers:
            self._answers[asked] = self._engine.render_from(shot, start)
        return self._answers[asked]


class Hasty:
    """An engine that only renders."""

    card, device = embedded.CARD, "none"

    def render(self, shot: Frame) -> Picture:
        raise AssertionError("never asked")


@pytest.fixture(scope="module")
def engine() -> Remembering:
    return Remembering(embedded.load("cpu"))


@pytest.fixture(scope="module")
def picture(engine: Remembering) -> Pixels:
    """A village that the engine rendered, three times as large: [480, 384, 3] of it."""
    file = io.BytesIO()
    Image.fromarray(handmade.sketches(256)["village"]).save(file, "PNG")
    made = engine.render(Frame(sketch=file.getvalue(), prompts=(Prompt("bright noon"),), seed=3)).pixels
    return enlarged(made[76:236, 32:160].astype(np.float32) / 255)


def enlarged(pixels: Pixels, times: int = 3) -> Pixels:
    return whole(resize(rows(pixels), Size(pixels.shape[1] * times, pixels.shape[0] * times)))


def whole(pixels: Rows) -> Pixels:
    return np.concatenate(list(pixels.bands))


def painted(pixels: Pixels, engine: Engine, **wishes: object) -> Pixels:
    return whole(paint(rows(pixels), Painter(engine, Creative(**wishes))))  # type: ignore[arg-type]


def low(pixels: Pixels) -> Pixels:
    return creative._tones(pixels, 12)


def detail(pixels: Pixels) -> float:
    return float(np.mean((pixels - creative._tones(pixels, 4)) ** 2))


def borders(size: Size, side: Size) -> tuple[list[int], list[int]]:
    """Where tiles of either pass meet: at which columns, at which rows."""
    found: tuple[list[int], list[int]] = ([], [])
    for places, length, long in zip(found, (size.width, size.height), (side.width, side.height), strict=True):
        for shifted in (False, True):
            places.extend(span.start for span in creative.spans(length, long, shifted)[1:])
    return found


def seam_scores(before: Pixels, after: Pixels, side: Size) -> list[float]:
    """How far the picture where tiles meet is from what it is elsewhere, in standard deviations.

    Over columns, then over rows: the change of the gradient across a border, then the change of the energy of detail
    around one, each against the same at 200 grids of borders that lie elsewhere.
    """
    chance = np.random.default_rng(0)
    scores = []
    for axis, places in zip((1, 0), borders(Size(before.shape[1], before.shape[0]), side), strict=True):
        steep = [np.abs(np.diff(p, axis=axis)).mean(axis=(1 - axis, 2)) for p in (before, after)]
        energy = [np.convolve(line**2, np.ones(16) / 16, "same") for line in steep]
        for one, other in (steep, energy):
            change = np.log(other + 1e-5) - np.log(one + 1e-5)
            change -= np.convolve(np.pad(change, 40, "reflect"), np.ones(81) / 81, "valid")
            here = np.mean([change[place - 1] for place in places])
            others = change[chance.integers(8, len(change) - 8, (200, len(places)))].mean(axis=1)
            scores.append(float(abs(here - others.mean()) / others.std()))
    return scores


def test_no_seam_can_be_found(engine: Remembering, picture: Pixels) -> None:
    after = painted(picture, engine, creativity=0.6)
    assert max(seam_scores(picture, after, engine.card.default_size)) < 2.4


def test_a_seam_would_be_noticed(engine: Remembering, picture: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each tile with noise of its own, and nothing faded."""

    class Deaf(Remembering):
        def render_from(self, shot: Frame, start: Start) -> Picture:
            return engine.render_from(shot, Start(start.pixels, start.noise))

    monkeypatch.setattr(creative, "_FADE", 0)
    after = painted(picture, Deaf(engine._engine), creativity=0.6)
    assert max(seam_scores(picture, after, engine.card.default_size)) > 2.6


def test_tones_come_nearer_to_the_picture_as_resemblance_rises(engine: Remembering, picture: Pixels) -> None:
    made = [painted(picture, engine, creativity=0.6, resemblance=r) for r in (0.0, 0.5, 1.0)]
    near_db = [psnr_db(low(one), low(picture)) for one in made]
    assert near_db[0] + 1 < near_db[1] < near_db[2] - 1
    assert near_db[2] > 38
    colours = [one.reshape(8, 60, 8, 48, 3).mean(axis=(1, 3)) for one in (made[2], picture)]
    assert np.abs(colours[0] - colours[1]).max() < 4 / 255


def test_detail_grows_with_clarity_and_without_it_is_the_pictures(engine: Remembering, picture: Pixels) -> None:
    made = [painted(picture, engine, creativity=0.6, resemblance=1.0, clarity=c) for c in (0.0, 0.25, 0.5, 1.0)]
    np.testing.assert_allclose(made[0], picture, atol=1e-5)
    added = [float(np.mean((one - picture) ** 2)) for one in made]
    assert added == sorted(set(added))
    energy = [detail(one) for one in made]
    assert energy[1] < energy[2] < energy[3]
    assert energy[2] > energy[0]


def test_more_creativity_changes_more_and_a_clear_sky_stays_clear(engine: Remembering, picture: Pixels) -> None:
    small = picture[:240, :240]
    made = [painted(small, engine, creativity=c) for c in (0.0, 0.05, 0.3, 0.6)]
    assert np.array_equal(made[0], small)
    changed = [float(np.abs(one - small).mean()) for one in made]
    assert changed == sorted(set(changed))
    flat = np.full((200, 200, 3), (0.5, 0.7, 0.9), np.float32)
    assert np.abs(painted(flat, engine, creativity=0.6) - flat).max() < 1 / 255


def test_the_same_seed_gives_the_same_bytes_and_another_another_picture(engine: Remembering, picture: Pixels) -> None:
    small = picture[300:460, 100:260]
    first = painted(small, engine, creativity=0.5, seed=7)
    assert np.array_equal(painted(small, embedded.load("cpu"), creativity=0.5, seed=7), first)
    assert not np.array_equal(painted(small, engine, creativity=0.5, seed=8), first)


def test_a_prompt_is_heard(engine: Remembering, picture: Pixels) -> None:
    small = picture[300:460, 100:260]
    snow, autumn = (painted(small, engine, creativity=0.8, prompts=(Prompt(said),)) for said in ("snow", "red autumn"))
    assert np.abs(snow - autumn).mean() > 1 / 255


def test_a_tile_is_a_pure_function_of_its_pixels_and_place(engine: Remembering, picture: Pixels) -> None:
    painter, tile = Painter(engine._engine, Creative(creativity=0.5)), picture[:256, :256]
    first = painter.tile(tile, 0.5, 96, 32)
    painter.tile(picture[100:356, 100:356], 0.5, 100, 100)
    assert np.array_equal(painter.tile(tile, 0.5, 96, 32), first)
    assert not np.array_equal(painter.tile(tile, 0.5, 97, 32), first)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (5, 131), (64, 65), (150, 97)])
def test_pictures_of_any_size_and_kind_keep_both(size: tuple[int, int], channels: int) -> None:
    before = scene(*size, channels)
    after = painted(before, Grainy(), creativity=0.5)
    assert after.shape == before.shape
    if channels in (2, 4):
        assert np.array_equal(after[..., -1], before[..., -1])
    assert size == (1, 1) or not np.array_equal(after, before)


@given(length=st.integers(1, 3000), side=st.integers(32, 600), shifted=st.booleans())
def test_cores_cover_a_side_once_inside_tiles_of_one_size(length: int, side: int, shifted: bool) -> None:
    cut = creative.spans(length, side, shifted)
    assert [span.start for span in cut] == [0, *(span.stop for span in cut[:-1])]
    assert cut[-1].stop == length
    for span in cut:
        assert 0 <= span.first <= span.start < span.stop <= span.last <= length
        assert span.last - span.first == min(side, length)
    assert [span.first for span in cut] == sorted(span.first for span in cut)


def test_what_is_held_does_not_grow_with_the_height() -> None:
    def held_bytes(height: int) -> int:
        def bands() -> Iterator[Pixels]:
            for _ in range(0, height, 8):
                yield np.full((8, 96, 3), 0.5, np.float32)

        tracemalloc.start()
        try:
            made = paint(Rows(Size(96, height), 3, bands()), Painter(Grainy(), Creative(creativity=0.5)))
            assert sum(len(band) for band in made.bands) == height
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    held_bytes(200)  # what is imported and cached once
    assert held_bytes(3200) < 1.1 * held_bytes(800)


def saved(path: Path) -> Path:
    Image.fromarray(np.rint(scene(70, 50) * 255).astype(np.uint8)).save(path)
    return path


def test_without_creativity_the_file_is_that_of_the_faithful_enhancer(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png")
    enhance(source, "x3", tmp_path / "faithful.png", Doubler())
    nothing, something = (Painter(Grainy(), Creative(creativity=c)) for c in (0.0, 0.4))
    assert enhance(source, "x3", tmp_path / "none.png", Doubler(), painter=nothing).painted == ()
    enhance(source, "x3", tmp_path / "some.png", Doubler(), painter=something)
    faithful, none, some = ((tmp_path / f"{name}.png").read_bytes() for name in ("faithful", "none", "some"))
    assert none == faithful != some


def test_every_size_on_the_way_is_painted_anew_and_counted(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    painter = Painter(Grainy(), Creative(creativity=0.4))
    made = enhance(
        saved(tmp_path / "in.png"),
        "x3",
        tmp_path / "out.png",
        Doubler(),
        painter=painter,
        progress=lambda done, total: told.append((done, total)),
    )
    assert made.passes == (Size(70, 50), Size(105, 75))
    assert made.painted == (Size(105, 75), Size(210, 150))
    assert told == [(done, made.tiles) for done in range(made.tiles + 1)]


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"creativity": 1.1}, "enhance.creative"),
        ({"creativity": float("nan")}, "enhance.creative"),
        ({"resemblance": -0.1}, "enhance.creative"),
        ({"clarity": 2.0}, "enhance.creative"),
        ({"seed": -1}, "shot.seed"),
        ({"prompts": (Prompt("x" * 501),)}, "shot.prompt"),
    ],
)
def test_wishes_that_cannot_be_are_refused_before_any_work(wishes: dict[str, object], code: str) -> None:
    with pytest.raises(LightbrushError) as caught:
        Painter(Grainy(), Creative(**wishes))  # type: ignore[arg-type]
    assert caught.value.code == code


def test_an_engine_that_only_renders_is_refused() -> None:
    with pytest.raises(EnhanceError, match="embedded") as caught:
        Painter(Hasty(), Creative())
    assert caught.value.code == "enhance.engine"
