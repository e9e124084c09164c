"""The newer biomes and attributes show what they say: labels and statistics of small pictures on fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from lightbrush.world.layout import A, P
from lightbrush.world.materials import MATERIALS
from lightbrush.world.renderer import Rendered, render
from lightbrush.world.scene import ATTRIBUTES, sample_scenes, scene_from_attributes, sketch_palette

LABEL = {m.name: k for k, m in enumerate(MATERIALS)}
ABSENT = dict.fromkeys(
    ("rain", "snowfall", "aurora", "rainbow", "blossom", "castle", "boats", "bridge", "balloons", "birds"), -0.6
)
PLAIN = {
    **ABSENT,
    "photo": 1.0,
    "sky_tint_x": 0.0,
    "ground_tint_x": 0.0,
    "fog": -0.5,
    "storm": -0.5,
    "view_height": 0.0,
}
DAY = {"sun_height": 0.5, "clouds": -0.5}


def draw(attrs: dict[str, float], seeds: range, size: int = 64) -> tuple[np.ndarray, Rendered]:
    params = np.concatenate([scene_from_attributes({**PLAIN, **attrs}, seed) for seed in seeds])
    return params, render(params, width=size, height=size, samples=1)


def shares(picture: Rendered, *names: str) -> np.ndarray:
    """Of each picture."""
    return np.asarray(np.isin(picture.label, [LABEL[name] for name in names]).mean(axis=(1, 2)))


def colour(picture: Rendered, name: str) -> np.ndarray:
    return np.asarray(picture.rgb[picture.label == LABEL[name]].astype(float).mean(axis=0))


@pytest.mark.parametrize(
    ("biome", "names", "at_least"),
    [
        ("city", ("tower",), 0.12),
        ("farmland", ("crop",), 0.15),
        ("cliffs", ("water", "rock"), 0.2),
        ("alien", ("moon",), 0.01),
        ("underwater", ("water",), 0.25),
        ("jungle", ("forest",), 0.25),
    ],
)
def test_a_new_biome_is_made_of_its_own_materials(biome: str, names: tuple[str, ...], at_least: float) -> None:
    _, picture = draw({biome: 1.0, "water": 0.0, "trees": 0.0, "relief": 0.0, **DAY}, range(8))
    share = shares(picture, *names)
    assert share.mean() > at_least
    assert (share > 0.2 * at_least).sum() >= 7


def test_towers_stand_only_in_cities_and_light_up_at_night() -> None:
    _, meadow = draw({"meadow": 1.0, **DAY}, range(4))
    assert shares(meadow, "tower").max() == 0.0
    night = draw({"city": 1.0, "sun_height": -0.6, "clouds": -0.9}, range(4))[1]
    towers = night.rgb[night.label == LABEL["tower"]].astype(float)
    assert towers.max(axis=1).std() > 30.0  # lit windows among dark walls
    assert (towers[:, 0] > towers[:, 2] + 30.0).mean() > 0.03


def test_no_sky_under_the_sea_and_distance_is_blue_green() -> None:
    _, picture = draw({"underwater": 1.0, **DAY}, range(6))
    assert shares(picture, "sky", "cloud", "sun", "moon").max() == 0.0
    r, g, b = colour(picture, "water")
    assert g > 1.3 * r
    assert b > 1.3 * r
    assert shares(picture, "forest").mean() > 0.01


def test_another_world_has_stars_by_day_and_a_planet() -> None:
    params, picture = draw({"alien": 1.0, **DAY}, range(8))
    assert (params[:, P.STARS] > 0.5).all()
    assert (params[:, P.PLANET_R] > 0.0).all()
    assert (shares(picture, "moon") > 0.002).sum() >= 7
    assert shares(picture, "tower", "house", "grass").max() < 0.01


@pytest.mark.parametrize(
    ("attribute", "biome", "name", "at_least"),
    [
        ("castle", "meadow", "tower", 0.012),
        ("boats", "islands", "boat", 0.002),
        ("bridge", "meadow", "road", 0.006),
        ("balloons", "desert", "balloon", 0.012),
        ("boulders", "savanna", "rock", 0.004),
        ("road", "meadow", "road", 0.01),
    ],
)
def test_what_is_asked_for_is_in_the_picture(attribute: str, biome: str, name: str, at_least: float) -> None:
    asked = {biome: 1.0, "trees": -0.9, "village": -0.8, "water": 0.2, "road": -0.6, "relief": -0.3, **DAY}
    without = draw({**asked, attribute: -1.0}, range(8))[1]
    some = draw({**asked, attribute: 0.3}, range(8))[1]
    much = draw({**asked, attribute: 1.0}, range(8))[1]
    a, b, c = (shares(picture, name) for picture in (without, some, much))
    assert c.mean() > a.mean() + at_least
    assert a.mean() - 0.002 <= b.mean() <= c.mean() + 0.01
    assert (c > a).sum() >= 6


def test_every_thing_placed_has_nearness() -> None:
    _, picture = draw({"islands": 1.0, "boats": 1.0, "balloons": 1.0, **DAY}, range(4))
    there = np.isin(picture.label, [LABEL["boat"], LABEL["balloon"]])
    assert there.any()
    assert (picture.depth[there] > 0.0).all()


def test_castles_and_boats_are_mirrored_in_calm_water() -> None:
    calm = {"islands": 1.0, "water": 0.5, "waves": -1.0, "trees": -0.9, "relief": -0.8, **DAY}
    params = np.concatenate([scene_from_attributes({**PLAIN, **calm, "boats": 1.0}, seed) for seed in range(4)])
    empty = params.copy()
    empty[:, P.PLACED] = 0.0
    a, b = (render(p, width=64, height=64, samples=1) for p in (params, empty))
    water = (a.label == LABEL["water"]) & (b.label == LABEL["water"])
    changed = np.abs(a.rgb.astype(int) - b.rgb).max(axis=-1) > 12
    assert (changed & water).sum() > 20


def test_rain_greys_and_snow_whitens_the_air() -> None:
    dry = draw({"meadow": 1.0, "sun_height": 0.6, "snow": -0.5}, range(5))[1].rgb.astype(float)
    rain = draw({"meadow": 1.0, "sun_height": 0.6, "snow": -0.5, "rain": 1.0}, range(5))[1].rgb.astype(float)
    snow = draw({"meadow": 1.0, "sun_height": 0.6, "snow": -0.5, "snowfall": 1.0}, range(5))[1].rgb.astype(float)
    assert rain.mean() < dry.mean()
    assert np.ptp(rain, axis=-1).mean() < 0.7 * np.ptp(dry, axis=-1).mean()
    assert np.abs(np.diff(snow, axis=2)).mean() > 1.2 * np.abs(np.diff(dry, axis=2)).mean()
    assert np.ptp(snow, axis=-1).mean() < np.ptp(dry, axis=-1).mean()


def test_an_aurora_greens_the_night_sky() -> None:
    night = {"arctic": 1.0, "sun_height": -0.7, "clouds": -1.0, "relief": -0.8}
    dark = draw({**night, "aurora": -1.0}, range(6))[1]
    lit = draw({**night, "aurora": 1.0}, range(6))[1]
    assert colour(lit, "sky")[1] > colour(dark, "sky")[1] + 15.0
    params, _ = draw({"arctic": 1.0, "aurora": 1.0}, range(3), 16)
    assert (params[:, A.SUN_HEIGHT] < -0.3).all()  # it is night unless someone says otherwise


def test_a_rainbow_stands_opposite_the_sun_with_red_outside() -> None:
    fair = {"meadow": 1.0, "relief": -0.9, "trees": -0.9, **DAY}
    params, bow = draw({**fair, "rainbow": 1.0}, range(6), 96)
    plain = params.copy()
    plain[:, P.RAINBOW] = 0.0
    without = render(plain, width=96, height=96, samples=1)
    assert (params[:, P.LIGHT_Z] < 0.0).all()
    assert (params[:, P.DISC] == 0.0).all()
    gain = bow.rgb.astype(float) - without.rgb
    v, h = np.mgrid[0:96, 0:96]
    for p, more in zip(params, gain, strict=True):
        u = (h - 47.5) / (96.0 * p[P.FOCAL])
        s = (p[P.HORIZON] * 96.0 - v - 0.5) / (96.0 * p[P.FOCAL])
        d = np.hypot(u - p[P.RAINBOW_U], s - p[P.RAINBOW_S]) / p[P.RAINBOW_R]
        outer = more[(d > 1.02) & (d < 1.06) & (s > 0.05)].mean(axis=0)
        inner = more[(d > 0.94) & (d < 0.98) & (s > 0.05)].mean(axis=0)
        assert outer[0] - outer[2] > inner[0] - inner[2] + 8.0


def test_blossom_is_pink_on_trees_and_in_the_palette() -> None:
    params, spring = draw({"meadow": 1.0, "trees": 0.6, "blossom": 1.0, "warmth": 0.0, **DAY}, range(6))
    _, summer = draw({"meadow": 1.0, "trees": 0.6, "blossom": -1.0, "warmth": 0.0, **DAY}, range(6))
    pink, green = colour(spring, "forest"), colour(summer, "forest")
    assert pink[0] > pink[1] + 10.0
    assert green[1] > green[0] - 10.0
    r, g, b = sketch_palette(params)[0, LABEL["forest"]]
    assert r > g
    assert b > g


def test_the_view_rises_and_the_lens_lengthens() -> None:
    low, middle, high = (scene_from_attributes({"meadow": 1.0, "view_height": v}, 3)[0] for v in (-1.0, 0.0, 1.0))
    assert low[P.CAM_Y] < middle[P.CAM_Y] < high[P.CAM_Y]
    assert low[P.HORIZON] > middle[P.HORIZON] > high[P.HORIZON]
    assert high[P.CAM_Y] > 100.0
    wide, tele = (scene_from_attributes({"meadow": 1.0, "lens": v}, 3)[0] for v in (-1.0, 1.0))
    assert tele[P.FOCAL] > 2.5 * wide[P.FOCAL]


@pytest.mark.parametrize(("attribute", "slot"), [("palms", P.PALM), ("cacti", P.CACTUS)])
def test_palms_and_cacti_take_their_share_of_the_trees(attribute: str, slot: int) -> None:
    found = []
    for value in (-1.0, 0.0, 0.4, 1.0):
        p = scene_from_attributes({"desert": 1.0, "trees": 0.0, "blossom": -1.0, attribute: value}, 5)[0]
        found.append((p[slot] - p[slot - 1]) * p[P.TREES])
    assert found == sorted(found)
    assert found[-1] > 2.0 * found[1]


def test_birds_darken_specks_of_the_sky() -> None:
    params, flock = draw({"islands": 1.0, "birds": 1.0, "clouds": -1.0, "sun_height": 0.6}, range(4), 96)
    empty = params.copy()
    empty[:, P.PLACED] = 0.0
    without = render(empty, width=96, height=96, samples=1)
    darker = (without.rgb.astype(int).sum(axis=-1) - flock.rgb.astype(int).sum(axis=-1)) > 40
    assert 0.0005 < (darker & (flock.label == LABEL["sky"])).mean() < 0.05


def test_most_scenes_lack_most_things_and_some_have_them() -> None:
    values = sample_scenes(8, 4000)[:, : len(ATTRIBUTES)]
    for slot in (A.RAIN, A.SNOWFALL, A.AURORA, A.RAINBOW, A.BLOSSOM, A.CASTLE, A.BOATS, A.BRIDGE, A.BALLOONS, A.BIRDS):
        there = values[:, slot] >= 0.2
        assert 0.02 < there.mean() < 0.35, slot.name
        assert (there | (values[:, slot] <= -0.2)).mean() > 0.99, slot.name


def test_weather_that_was_drawn_agrees_with_itself() -> None:
    values = sample_scenes(9, 4000)[:, : len(ATTRIBUTES)]
    assert (values[values[:, A.RAIN] > 0.1, A.SNOWFALL] < 0.1).all()
    assert (values[values[:, A.AURORA] > 0.1, A.SUN_HEIGHT] < -0.3).all()
    assert (values[values[:, A.SNOWFALL] > 0.1, A.SNOW] > 0.4).all()
    assert (values[values[:, A.RAINBOW] > 0.1, A.SUN_HEIGHT] > 0.1).all()
    under = values[values[:, A.UNDERWATER] > 0.5]
    assert (under[:, A.BALLOONS] <= -0.2).all()
    assert set(np.unique(values[:, A.UNDERWATER])) == {0.0, 1.0}


def test_the_same_city_in_farmland_twice() -> None:
    params = scene_from_attributes({"city": 0.5, "farmland": 0.5, "castle": 1.0, "balloons": 1.0, "rain": 0.5}, 4)
    a, b = (render(params, width=48, height=48) for _ in range(2))
    assert np.array_equal(a.rgb, b.rgb)
    assert np.array_equal(a.label, b.label)
    assert np.array_equal(a.depth, b.depth)
