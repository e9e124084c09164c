"""Scenes are reproducible rows of parameters; requests and palettes mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lightbrush.world.layout import A, P
from lightbrush.world.materials import PALETTE
from lightbrush.world.scene import (
    ATTRIBUTES,
    BIOMES,
    HELD_OUT_SEEDS,
    MATERIALS,
    SCENE_SIZE,
    attributes_of,
    sample_scenes,
    scene_from_attributes,
    sketch_palette,
)


def test_scene_i_of_a_seed_does_not_depend_on_how_many_are_drawn() -> None:
    many, few = sample_scenes(5, 40), sample_scenes(5, 7)
    assert many.dtype == np.float32
    assert many.shape == (40, SCENE_SIZE)
    assert np.array_equal(many[:7], few)
    assert not np.array_equal(sample_scenes(6, 7), few)


def test_attributes_stay_in_their_ranges_and_biomes_sum_to_one() -> None:
    values = attributes_of(sample_scenes(1, 3000))
    for k, attribute in enumerate(ATTRIBUTES):
        assert values[:, k].min() >= attribute.low, attribute.name
        assert values[:, k].max() <= attribute.high, attribute.name
    assert np.allclose(values[:, : len(BIOMES)].sum(axis=1), 1.0, atol=1e-5)


def test_no_scene_holds_nan_and_biomes_come_in_no_order() -> None:
    params = sample_scenes(2, 3000)
    assert np.isfinite(params).all()
    main = params[:, : len(BIOMES)].argmax(axis=1)
    counts = np.bincount(main, minlength=len(BIOMES))
    assert counts.min() > 0.7 * 3000 / len(BIOMES)
    assert (np.diff(main) == 0).mean() < 0.2
    mixed = (params[:, : len(BIOMES)].max(axis=1) < 0.99).mean()
    assert 0.2 < mixed < 0.3


def test_most_fair_days_show_the_sun_and_half_the_nights_the_moon() -> None:
    params = sample_scenes(3, 4000)
    params = params[params[:, [P.RAIN, P.SNOWFALL, P.RAINBOW, P.UNDER]].max(axis=1) == 0.0]
    night = params[:, A.SUN_HEIGHT] < -0.1
    day_disc, night_disc = params[~night, P.DISC], params[night, P.DISC]
    assert (day_disc == 1.0).mean() > 0.55
    assert not (day_disc == 2.0).any()
    assert 0.4 < (night_disc == 2.0).mean() < 0.65
    assert not (night_disc == 1.0).any()


def test_light_comes_from_where_the_disc_is() -> None:
    params = sample_scenes(4, 500)
    shown = params[params[:, P.DISC] > 0.5]
    toward = np.stack([shown[:, P.SUN_U], shown[:, P.SUN_S], np.ones(len(shown))], axis=1)
    toward /= np.linalg.norm(toward, axis=1, keepdims=True)
    assert np.allclose(shown[:, P.LIGHT_X : P.LIGHT_Z + 1], toward, atol=1e-4)


def test_held_out_seeds_are_far_from_small_ones() -> None:
    assert len(HELD_OUT_SEEDS) >= 100
    assert min(HELD_OUT_SEEDS) > 100_000
    assert not np.array_equal(sample_scenes(HELD_OUT_SEEDS[0], 4), sample_scenes(0, 4))


def test_a_request_is_answered_and_the_rest_is_drawn_from_the_seed() -> None:
    params = scene_from_attributes({["biome", "desert"][1]: 1.0, "sun_height": 0.1, "fog": 0.5}, seed=3)
    values = attributes_of(params)[0]
    assert values[A.DESERT] == 1.0
    assert values[A.SUN_HEIGHT] == pytest.approx(0.1)
    assert values[A.FOG] == pytest.approx(0.5)
    assert np.array_equal(params, scene_from_attributes({"biome:desert": 1.0, "sun_height": 0.1, "fog": 0.5}, 3))
    mixed = attributes_of(scene_from_attributes({"alpine": 0.3, "arctic": 0.9}, 1))[0]
    assert mixed[A.ALPINE] == pytest.approx(0.25)
    assert mixed[A.ARCTIC] == pytest.approx(0.75)


def test_what_is_asked_for_among_usual_things_is_where_it_can_be_seen() -> None:
    fair = {"sun_height": 0.6, "photo": 1.0}

    def asked(**attrs: float) -> NDArray[np.float32]:
        return attributes_of(scene_from_attributes(attrs, 5, 400, fair))

    hiding = [A.UNDERWATER, A.ALIEN, A.CITY]
    anywhere = attributes_of(scene_from_attributes({"village": 0.9}, 5, 400))
    assert (anywhere[:, hiding].max(0) > 0.5).all()
    village = asked(village=0.9)
    assert (village[:, hiding] == 0.0).all()
    lands = {BIOMES[i] for i in np.flatnonzero(village[:, : len(BIOMES)].max(0) > 0.5)}
    assert lands == {"meadow", "forest", "farmland", "alpine"}
    assert (village[:, A.WATER] <= 0.1).all()  # boats want some
    assert (asked(village=0.5, cacti=0.5)[:, A.MEADOW] == 1.0).all()  # at home nowhere together
    assert (asked(waves=-0.5)[:, A.WATER] >= 0.4).all()
    assert (asked(autumn=0.7)[:, A.TREES] >= 0.3).all()
    # What was asked for stays as it was asked for, the land too.
    assert (asked(waves=-0.5, water=-0.8)[:, A.WATER] == np.float32(-0.8)).all()
    assert (asked(alien=1.0, fog=0.5)[:, A.ALIEN] == 1.0).all()
    assert (asked(watercolour=1.0)[:, hiding].max(0) > 0.5).all()
    # What is usual varies a little, colours do not.
    natural = attributes_of(scene_from_attributes({"fog": 0.5}, 5, 400, {"birds": -0.6, "sky_tint_x": 0.0}))
    assert np.ptp(natural[:, A.BIRDS]) > 0.3
    assert (natural[:, A.SKY_TINT_X] == 0.0).all()


@pytest.mark.parametrize(
    ("attrs", "words"),
    [
        ({"brightness": 1.0}, "unknown attribute 'brightness'"),
        ({"fog": 3.0}, r"fog must be in \[-1, 1\], got 3.0"),
        ({"fog": float("nan")}, "fog must be in"),
        ({"alpine": 0.0}, "shares must sum"),
    ],
)
def test_a_bad_request_says_what_was_wrong(attrs: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        scene_from_attributes(attrs, 0)


def test_bad_seeds_and_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="seed"):
        sample_scenes(-1, 2)
    with pytest.raises(ValueError, match="count"):
        sample_scenes(1, -2)


def test_an_untinted_scene_is_drawn_with_the_palette_itself() -> None:
    plain = scene_from_attributes({"sky_tint_x": 0.0, "ground_tint_x": 0.0}, 9)
    assert np.array_equal(sketch_palette(plain)[0], PALETTE)


def test_a_tint_turns_the_colours_it_touches() -> None:
    names = [m.name for m in MATERIALS]
    purple = scene_from_attributes({"sky_tint_x": 0.1, "sky_tint_y": -0.9, "ground_tint_x": 0.0}, 9)
    r, g, b = sketch_palette(purple)[0, names.index("sky")]
    assert b > g
    assert r > g
    red = scene_from_attributes({"ground_tint_x": 1.0, "sky_tint_x": 0.0}, 9)
    r, g, b = sketch_palette(red)[0, names.index("field")]
    assert r > 1.5 * g
    assert r > 1.5 * b
    assert np.array_equal(sketch_palette(red)[0, names.index("sun")], PALETTE[names.index("sun")])


def test_palette_colours_are_well_apart() -> None:
    distance = np.linalg.norm(PALETTE[:, None] - PALETTE[None], axis=2) + 9.0 * np.eye(len(PALETTE))
    assert distance.min() > 0.08
