"""What is laid out where nothing is drawn: by what is said and by the seed, beneath what is drawn."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from lightbrush import pixels
from lightbrush.engines.compositions import (
    CELLS,
    FADES,
    SKETCH_HEIGHT,
    TOLD,
    WIDE,
    Compositions,
    beneath,
    covers_of,
    save,
)
from lightbrush.engines.conditioning import Conditioner
from lightbrush.engines.embedded import SHIPPED, laid_out, load_compositions, sketched
from lightbrush.errors import SettingsError
from lightbrush.shots import Frame, Prompt, Region, Rgb
from lightbrush.world.materials import MATERIALS

COLOURS = {m.name: np.array(m.rgb, np.int16) for m in MATERIALS}


@pytest.fixture(scope="module")
def layouts() -> Compositions:
    return load_compositions()


@pytest.fixture(scope="module")
def conditioner() -> Conditioner:
    return Conditioner.load()


def shown(layouts: Compositions, conditioner: Conditioner, text: str, seed: int, **other: float) -> Rgb:
    shot = Frame(prompts=(Prompt(text),) if text else (), seed=seed, **other)  # type: ignore[arg-type]
    return laid_out(shot, conditioner, layouts).rgb


def share(rgb: Rgb, material: str) -> float:
    return float((np.abs(rgb - COLOURS[material]).max(2) < 12).mean())


@pytest.mark.parametrize(
    ("text", "material"),
    [
        ("a village", "house"),
        ("a castle on a hill", "tower"),
        ("winter village, watercolour", "house"),
        ("hot-air balloons", "balloon"),
        ("sailing boats", "boat"),
        ("a country road", "road"),
        ("a volcano", "lava"),
        ("rough waves", "water"),
        ("alpine lake, clear sky", "water"),
    ],
)
def test_what_is_said_is_laid_out_whatever_the_seed(
    layouts: Compositions, conditioner: Conditioner, text: str, material: str
) -> None:
    for seed in range(6):
        assert share(shown(layouts, conditioner, text, seed), material) > 0.0003, seed


def test_what_nobody_says_is_not(layouts: Compositions, conditioner: Conditioner) -> None:
    for seed in range(12):
        rgb = shown(layouts, conditioner, "", seed)
        assert sum(share(rgb, material) for material in ("house", "tower", "boat", "balloon", "lava")) < 0.01


def test_what_is_pushed_away_is_not(layouts: Compositions, conditioner: Conditioner) -> None:
    for seed in range(6):
        shot = Frame(prompts=(Prompt("meadow"), Prompt("water", -1.0)), seed=seed)
        assert share(laid_out(shot, conditioner, layouts).rgb, "water") < 0.02


@pytest.mark.parametrize(
    "text",
    ["full moon over a calm lake", "a castle under a full moon", "no clouds, a moonlit forest", "Moonrise, snow"],
)
def test_who_names_the_moon_gets_one_in_the_sky_whatever_the_seed(
    layouts: Compositions, conditioner: Conditioner, text: str
) -> None:
    for seed in range(8):
        moon = np.abs(shown(layouts, conditioner, text, seed) - COLOURS["moon"]).max(2) < 12
        assert 0.004 < moon.mean() < 0.02
        down, across = np.argwhere(moon).T
        assert down.mean() < 0.6 * len(moon)
        assert np.ptp(down) == pytest.approx(np.ptp(across), abs=4)


@pytest.mark.parametrize(
    "text", ["night", "a lake at night without a moon", "a moonless night", "on the surface of the moon", "honeymoon"]
)
def test_nobody_else_gets_a_moon(layouts: Compositions, conditioner: Conditioner, text: str) -> None:
    assert not any(share(shown(layouts, conditioner, text, seed), "moon") for seed in range(4))


def test_a_moon_that_is_pushed_away_does_not_hang_and_a_sketch_has_the_one_that_does(
    layouts: Compositions, conditioner: Conditioner
) -> None:
    away = Frame(prompts=(Prompt("a lake at night"), Prompt("full moon", -1.0)))
    assert not share(laid_out(away, conditioner, layouts).rgb, "moon")
    here = Frame(prompts=(Prompt("full moon over a lake"),))
    assert (sketched(here, conditioner, layouts) == COLOURS["moon"]).all(2).mean() > 0.002


def test_another_seed_is_another_place_and_the_same_is_the_same(
    layouts: Compositions, conditioner: Conditioner
) -> None:
    pictures = [shown(layouts, conditioner, "misty forest", seed) for seed in range(8)]
    assert len({rgb.tobytes() for rgb in pictures}) >= 6
    again = laid_out(Frame(prompts=(Prompt("misty forest"),), seed=3), conditioner, load_compositions()).rgb
    assert np.array_equal(again, pictures[3])


def test_the_way_from_seed_to_seed_has_no_jump(layouts: Compositions, conditioner: Conditioner) -> None:
    steps = [shown(layouts, conditioner, "islands", 3, seed_to=4, seed_mix=mix / 10) for mix in range(11)]
    ends = np.abs(steps[0].astype(np.int16) - steps[-1]).mean()
    changes = [np.abs(a.astype(np.int16) - b).mean() for a, b in pairwise(steps)]
    assert ends > 10
    assert max(changes) < ends / 3


def region(left: int, text: str, **fields: float) -> Region:
    """The lower half of a page, 110 of its 256 columns from left on."""
    mask = np.zeros((256, 256, 3), np.uint8)
    mask[100:250, left : left + 110] = 255
    return Region(mask=pixels.encode(mask, "image/png"), prompts=(Prompt(text),), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("left", [10, 136])
@pytest.mark.parametrize(
    ("land", "text", "material"),
    [
        ("alpine lake", "a castle", "tower"),
        ("summer meadow", "a village", "house"),
    ],
)
def test_what_is_said_of_a_region_lies_in_it(
    layouts: Compositions, conditioner: Conditioner, land: str, text: str, material: str, left: int
) -> None:
    for seed in range(6):
        shot = Frame(prompts=(Prompt(land),), seed=seed, regions=(region(left, text),))
        rgb, (shown,) = laid_out(shot, conditioner, layouts)
        inside, page = share(rgb[100:250, left : left + 110], material) * 150 * 110, share(rgb, material) * 256**2
        assert inside > 0.6 * page > 0, seed
        assert shown > 0.5


@pytest.mark.parametrize(("text", "strength"), [("golden evening light", 1.0), ("a castle", 0.0)])
def test_a_region_that_wishes_for_nothing_leaves_the_place_as_it_is(
    layouts: Compositions, conditioner: Conditioner, text: str, strength: float
) -> None:
    plain = Frame(prompts=(Prompt("alpine lake"),), seed=3)
    shot = replace(plain, regions=(region(10, text, strength=strength),))
    assert np.array_equal(laid_out(shot, conditioner, layouts).rgb, laid_out(plain, conditioner, layouts).rgb)


def test_with_regions_a_larger_page_shows_the_same_place_and_so_does_its_sketch(
    layouts: Compositions, conditioner: Conditioner
) -> None:
    shot = Frame(prompts=(Prompt("alpine lake"),), seed=4, regions=(region(10, "a castle"),))
    small, large = (laid_out(replace(shot, width=px, height=px), conditioner, layouts).rgb for px in (256, 512))
    assert np.abs(large[::2, ::2].astype(np.int16) - small).mean() < 4
    sketch = sketched(shot, conditioner, layouts)
    side = (sketch.shape[1] - SKETCH_HEIGHT) // 2
    square = sketch[2::4, side + 2 : side + SKETCH_HEIGHT : 4].astype(np.int16)
    assert (np.abs(square - small).max(2) < 12).mean() > 0.9


def test_a_wide_page_shows_more_of_the_same_place(layouts: Compositions, conditioner: Conditioner) -> None:
    square = shown(layouts, conditioner, "a castle on a hill", 5)
    wide = shown(layouts, conditioner, "a castle on a hill", 5, width=448, height=256)
    assert wide.shape == (256, 448, 3)
    assert np.abs(wide[:, 96:352].astype(np.int16) - square).mean() < 2
    large = shown(layouts, conditioner, "a castle on a hill", 5, width=512, height=512)
    assert np.abs(large[::2, ::2].astype(np.int16) - square).mean() < 4


def test_a_tint_that_is_asked_for_is_the_skys(layouts: Compositions, conditioner: Conditioner) -> None:
    plain, purple = (shown(layouts, conditioner, text, 2)[:24].reshape(-1, 3).mean(0) for text in ("", "purple sky"))
    assert purple[0] - purple[1] > plain[0] - plain[1] + 40


@pytest.mark.parametrize("text", ["a village by a river, a castle", "palms on a beach", "snowy mountains", ""])
def test_a_sketch_of_it_is_the_same_place_in_the_materials_colours(
    layouts: Compositions, conditioner: Conditioner, text: str
) -> None:
    shot = Frame(prompts=(Prompt(text),) if text else (), seed=7)
    sketch = sketched(shot, conditioner, layouts)
    assert sketch.shape[0] == SKETCH_HEIGHT
    assert sketch.shape[1] >= SKETCH_HEIGHT * 16 / 9
    assert set(map(tuple, np.unique(sketch.reshape(-1, 3), axis=0))) <= {m.rgb for m in MATERIALS}
    side = (sketch.shape[1] - SKETCH_HEIGHT) // 2
    square = sketch[2::4, side + 2 : side + SKETCH_HEIGHT : 4].astype(np.int16)
    apart = np.abs(square - shown(layouts, conditioner, text, 7)).max(2)
    assert (apart < 12).mean() > 0.9


def test_a_sketch_between_two_places_is_of_one(layouts: Compositions, conditioner: Conditioner) -> None:
    here, *between, there = (
        sketched(Frame(seed=2, seed_to=3, seed_mix=mix), conditioner, layouts) for mix in (0.0, 0.4, 0.6, 1.0)
    )
    assert not np.array_equal(here, there)
    assert all(np.array_equal(*pair) for pair in zip((here, there), between, strict=True))


def test_what_is_drawn_covers_it_and_it_fades_as_more_is_drawn() -> None:
    ground = np.full((2, 2, 3), 100, np.uint8)
    sketch = np.zeros((2, 2, 4), np.uint8)
    sketch[0, 0] = (255, 0, 0, 255)
    sketch[0, 1] = (255, 0, 0, 128)
    made = beneath(sketch, ground, 1.0)
    assert made[0, 0].tolist() == [255, 0, 0, 255]
    assert made[1, 1].tolist() == [100, 100, 100, 255]
    assert made[0, 1, 3] == 255
    assert 170 < made[0, 1, 0] < 185
    faint = beneath(sketch, ground, 0.5)
    assert faint[0, 0].tolist() == [255, 0, 0, 255]
    assert faint[1, 1].tolist() == [100, 100, 100, 128]
    assert [covers_of(share) for share in (0.0, FADES[0], FADES[1], 1.0)] == [1.0, 1.0, 0.0, 0.0]
    assert covers_of(sum(FADES) / 2) == pytest.approx(0.5)


def test_a_file_that_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    path = tmp_path / "compositions.npz"
    with pytest.raises(SettingsError, match=r"weights\.missing"):
        Compositions.load(path)
    path.write_bytes(b"no layouts")
    with pytest.raises(SettingsError, match=r"weights\.damaged") as caught:
        Compositions.load(path)
    assert str(path) in caught.value.problem.value
    whole = (SHIPPED / "compositions.npz").read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:9000] + bytes(9000) + whole[18_000:], b""):
        path.write_bytes(damaged)
        with pytest.raises(SettingsError, match=r"weights\.damaged"):
            Compositions.load(path)
    np.savez(path, labels=np.zeros((1, CELLS, WIDE), np.uint8), attributes=np.zeros((1, 2), np.int8), told=["a", "b"])
    with pytest.raises(SettingsError, match=r"weights\.damaged"):
        Compositions.load(path)


def test_clouds_sun_and_moon_are_left_to_words(tmp_path: Path) -> None:
    names = [m.name for m in MATERIALS]
    labels = np.full((1, CELLS, WIDE), names.index("sky"), np.uint8)
    drawn = labels.copy()
    for i, name in enumerate(("cloud", "sun", "moon")):
        drawn[0, i] = names.index(name)
    save(tmp_path / "c.npz", drawn, np.zeros((1, len(TOLD)), np.float32))
    assert np.array_equal(Compositions.load(tmp_path / "c.npz").labels[:1], labels)
