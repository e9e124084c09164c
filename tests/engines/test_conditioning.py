"""Prompts and weights become the network's conditioning vector: continuous, bounded, and as a person
expects."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightbrush.engines.conditioning import (
    MEANING,
    TOPICS,
    TWEAKS,
    Conditioner,
    Conditions,
    Layout,
    assume,
    blend,
    blend_meanings,
    louder,
    parse_prompt,
    split_weight,
    tweak,
    vector,
)
from lightbrush.errors import ShotError
from lightbrush.nn.reader import Reading
from lightbrush.shots import Prompt

A = len(TOPICS.names)
BIOME_COUNT = TOPICS.shares[0][1]
FOG = TOPICS.names.index("fog")
DESERT = TOPICS.names.index("desert")
SKY = TOPICS.names.index("sky_tint_x")

weights = st.floats(-2, 2, width=32)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = rng.uniform(-1, 1, A)
    for begin, end in TOPICS.shares:
        values[begin:end] = rng.dirichlet(np.full(end - begin, draw(st.sampled_from([0.05, 1.0]))))
    confidence = rng.choice([0.0, 1.0, rng.uniform()], TOPICS.count)[list(TOPICS.of_attribute)]
    return Reading(values.astype(np.float32), confidence.astype(np.float32))


prompts = st.lists(st.tuples(readings(), weights), min_size=1, max_size=5)


def blended(said: Sequence[tuple[Reading, float]]) -> Conditions:
    return blend([r for r, _ in said], [w for _, w in said])


def seen(conditions: Conditions) -> np.ndarray:
    """All that the network sees of the conditions."""
    return vector(conditions, 0.7, True, Layout())


def says(*, confidence: float = 1.0, **values: float) -> Reading:
    """A text that speaks of the named attributes only."""
    said = np.zeros(A, np.float32)
    for begin, end in TOPICS.shares:
        said[begin:end] = 1 / (end - begin)
    sure = np.zeros(TOPICS.count, np.float32)
    for name, value in values.items():
        index = TOPICS.names.index(name)
        for begin, end in TOPICS.shares:
            if begin <= index < end:
                said[begin:end] = (1 - value) / (end - begin - 1)
        said[index] = value
        sure[TOPICS.of_attribute[index]] = confidence
    return Reading(said, sure[list(TOPICS.of_attribute)])


@given(prompts)
def test_bounded_and_finite(said: list[tuple[Reading, float]]) -> None:
    c = blended(said)
    assert np.abs(c.values).max() <= 1.0
    assert c.presence.min() >= 0.0
    assert c.presence.max() <= 1.0
    for begin, end in TOPICS.shares:
        assert c.values[begin:end].min() >= 0.0
        assert c.values[begin:end].sum() == pytest.approx(1.0, abs=1e-5)


@given(prompts, st.integers(0, 4), st.floats(-1e-3, 1e-3))
def test_continuous_in_every_weight(said: list[tuple[Reading, float]], which: int, step: float) -> None:
    reading, weight = said[which % len(said)]
    moved = list(said)
    moved[which % len(said)] = (reading, min(2.0, max(-2.0, weight + step)))
    assert np.abs(seen(blended(moved)) - seen(blended(said))).max() <= 60 * abs(step) + 1e-5
    assert np.abs(blended(moved).values - blended(said).values).max() <= 150 * abs(step) + 1e-5


@given(prompts, readings())
def test_weight_zero_is_absence(said: list[tuple[Reading, float]], other: Reading) -> None:
    np.testing.assert_allclose(seen(blended([*said, (other, 0.0)])), seen(blended(said)), atol=1e-6)


@given(prompts, st.randoms())
def test_order_does_not_matter(said: list[tuple[Reading, float]], random: object) -> None:
    mixed = list(said)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    np.testing.assert_allclose(seen(blended(mixed)), seen(blended(said)), atol=1e-6)


@given(readings(), st.floats(0.1, 2))
def test_a_negative_weight_alone_asks_for_the_opposite(reading: Reading, weight: float) -> None:
    for_it, against = blended([(reading, weight)]), blended([(reading, -weight)])
    n = TOPICS.scalars_from
    assert (for_it.values[n:] * against.values[n:] <= 0).all()
    np.testing.assert_array_equal(against.presence[n:], for_it.presence[n:])
    for begin, _ in TOPICS.shares:
        assert against.presence[begin] <= for_it.presence[begin] + 1e-6


@given(prompts, readings(), st.floats(-2, 0), st.floats(0, 1))
def test_pushing_harder_moves_farther_away(
    said: list[tuple[Reading, float]], reading: Reading, weight: float, more: float
) -> None:
    """One number at a time; a tint's two move together."""
    before = blended([*said, (reading, weight)]).values
    after = blended([*said, (reading, max(-2.0, weight - more))]).values
    scalars = slice(TOPICS.scalars_from, SKY)
    assert ((after - before) * np.sign(reading.values))[scalars].max() <= 1e-5


@given(st.floats(0.1, 0.95), weights, st.floats(0, 1), st.lists(st.floats(-0.9, 0.1), max_size=3))
def test_more_fog_weight_is_more_fog(value: float, weight: float, more: float, others: list[float]) -> None:
    rest = [(says(fog=v), 1.0) for v in others]
    less_fog = blended([(says(fog=value), weight), *rest])
    more_fog = blended([(says(fog=value), min(2.0, weight + more)), *rest])
    assert more_fog.values[FOG] >= less_fog.values[FOG] - 1e-6


def test_no_prompt_says_nothing() -> None:
    assert not blend([], []).presence.any()


def test_an_unsure_text_changes_nothing() -> None:
    both = blend([says(fog=0.6), says(fog=-0.9, confidence=0.0)], [1.0, 2.0])
    np.testing.assert_array_equal(both.values, blend([says(fog=0.6)], [1.0]).values)


def test_weight_one_is_the_text_and_two_goes_toward_the_pole() -> None:
    one, two, less = (blend([says(fog=0.6)], [w]) for w in (1.0, 2.0, 0.4))
    assert one.values[FOG] == pytest.approx(0.6, abs=0.03)
    assert 0.8 < two.values[FOG] < 1.0
    assert less.presence[FOG] < 0.7 < 0.95 < one.presence[FOG]


def test_two_texts_meet_by_their_weights() -> None:
    even = blend([says(fog=0.8), says(fog=-0.8)], [1.0, 1.0])
    leaning = blend([says(fog=0.8), says(fog=-0.8)], [1.0, 0.5])
    assert even.values[FOG] == pytest.approx(0.0, abs=1e-6)
    assert leaning.values[FOG] == pytest.approx(0.8 / 3, abs=0.02)


def test_a_biome_pushed_away_leaves_the_others_evenly() -> None:
    against = blend([says(desert=1.0)], [-1.0])
    others = np.delete(against.values[:BIOME_COUNT], DESERT)
    assert against.values[DESERT] < 0.01
    assert np.ptp(others) < 1e-6
    assert 0.1 < against.presence[DESERT] < 0.6


def test_a_text_wanted_and_unwanted_is_neutral() -> None:
    both = blend([says(fog=0.8), says(fog=0.8)], [1.0, -1.0])
    assert both.values[FOG] == pytest.approx(0.0, abs=0.1)


def test_a_biome_pushed_away_leaves_a_mixture() -> None:
    mixed = blend([says(desert=1.0), says(alpine=1.0), says(desert=1.0)], [1.0, 1.0, -1.0])
    assert mixed.values[TOPICS.names.index("alpine")] > 0.9


def test_a_tint_keeps_its_hue_and_flips_to_the_opposite() -> None:
    purple = says(sky_tint_x=0.3, sky_tint_y=-0.4)
    strong, against = (blend([purple], [w]).values[SKY : SKY + 2] for w in (2.0, -1.0))
    assert strong[1] / strong[0] == pytest.approx(-4 / 3, rel=1e-4)
    assert np.hypot(*strong) > 0.7
    np.testing.assert_allclose(against, [-0.3, 0.4], atol=1e-3)


def test_a_share_that_is_assumed_speaks_for_its_group() -> None:
    photo, (begin, end) = TOPICS.names.index("photo"), TOPICS.shares[1]
    assumed = assume(blended([]), {"photo": 1.0}, 0.7)
    assert assumed.values[photo] == pytest.approx(1)
    assert assumed.values[begin:end].sum() == pytest.approx(1)
    np.testing.assert_allclose(assumed.presence[begin:end], 0.7, atol=1e-6)


def test_what_nobody_speaks_of_is_assumed_and_what_is_said_stays() -> None:
    assumed = assume(blended([]), {"fog": -0.6}, 0.7)
    assert assumed.values[FOG] == pytest.approx(-0.6)
    assert assumed.presence[FOG] == pytest.approx(0.7)
    assert np.delete(assumed.presence, FOG).max() == 0.0
    said = blended([(says(fog=0.9), 2.0)])
    kept = assume(said, {"fog": -0.6}, 0.7)
    assert kept.values[FOG] == pytest.approx(said.values[FOG], abs=0.01)


tweaks = st.fixed_dictionaries(dict.fromkeys(TWEAKS, st.floats(-1, 1)))


@given(prompts)
def test_a_tweak_of_zero_changes_nothing(said: list[tuple[Reading, float]]) -> None:
    before = blended(said)
    for nothing in ({}, dict.fromkeys(TWEAKS, 0.0)):
        after = tweak(before, nothing)
        np.testing.assert_array_equal(after.values, before.values)
        np.testing.assert_array_equal(after.presence, before.presence)


@given(prompts)
def test_what_is_surely_said_is_told_louder_and_nothing_else_is(said: list[tuple[Reading, float]]) -> None:
    before, after = blended(said), louder(blended(said))
    np.testing.assert_array_equal(after.values, before.values)
    more = after.presence - before.presence
    assert (more >= 0).all()
    assert more[before.presence < 0.2].max(initial=0.0) < 0.01
    assert more[before.presence > 0.9].min(initial=1.0) > 0.3


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_louder_keeps_the_order_of_how_surely_things_are_said(presences: list[float]) -> None:
    nothing = blended([])
    less, most = (
        louder(replace(nothing, presence=np.full_like(nothing.presence, p))).presence[0] for p in sorted(presences)
    )
    assert less <= most


@given(prompts, tweaks)
def test_tweaked_conditions_are_conditions(said: list[tuple[Reading, float]], amounts: dict[str, float]) -> None:
    before, after = blended(said), tweak(blended(said), amounts)
    assert np.abs(after.values).max() <= 1.0 + 1e-6
    assert after.presence.max() <= 1.0
    assert (after.presence >= before.presence - 1e-6).all()
    np.testing.assert_array_equal(after.values[: TOPICS.scalars_from], before.values[: TOPICS.scalars_from])


@given(prompts, st.sampled_from(sorted(TWEAKS)), st.floats(-1, 1))
def test_what_the_network_sees_goes_evenly_to_the_pole(
    said: list[tuple[Reading, float]], name: str, amount: float
) -> None:
    before = blended(said)
    end = seen(tweak(before, {name: np.sign(amount)}))
    expected = seen(before) + abs(amount) * (end - seen(before))
    np.testing.assert_allclose(seen(tweak(before, {name: amount})), expected, atol=2e-6)


@pytest.mark.parametrize("name", sorted(TWEAKS))
@pytest.mark.parametrize("amount", [-1.0, 1.0])
def test_the_end_of_a_slider_is_its_pole_whatever_the_prompts_say(name: str, amount: float) -> None:
    for said in ([], [(says(fog=0.9, snow=0.5, warmth=-0.4), 1.0)]):
        after = tweak(blended(said), {name: amount})
        for attribute, pole in TWEAKS[name][amount > 0].items():
            i = TOPICS.names.index(attribute)
            assert after.presence[i] == 1.0
            assert after.values[i] == pytest.approx(pole)


def test_the_poles_are_what_the_sliders_promise() -> None:
    def at(name: str, amount: float, attribute: str) -> float:
        return float(tweak(blended([]), {name: amount}).values[TOPICS.names.index(attribute)])

    assert at("time_of_day", -1, "sun_height") == -1.0
    assert at("time_of_day", 1, "sun_height") == 1.0
    assert at("season", -1, "snow") == 1.0
    assert at("season", 1, "snow") == -1.0
    assert at("season", 1, "autumn") == 1.0
    assert at("weather", -1, "clouds") == at("weather", -1, "storm") == -1.0
    assert at("weather", 1, "clouds") == at("weather", 1, "storm") == 1.0
    assert at("weather", 1, "fog") > 0.0 > at("weather", -1, "fog")
    assert at("mood", -1, "warmth") == -1.0
    assert at("mood", 1, "warmth") == 1.0


def test_no_attribute_has_two_masters() -> None:
    turned = [set(low) | set(high) for low, high in TWEAKS.values()]
    assert len(set.union(*turned)) == sum(map(len, turned))


@given(st.floats(0, 2), st.floats(0, 0.05))
def test_an_assumption_gives_way_continuously(weight: float, more: float) -> None:
    def fog(w: float) -> float:
        return float(assume(blended([(says(fog=0.9), w)]), {"fog": -0.6}, 0.7).values[FOG])

    assert -1e-6 <= fog(min(weight + more, 2.0)) - fog(weight) <= 0.2


def test_a_network_is_told_what_its_layout_names_and_no_more() -> None:
    told = blended([(says(fog=0.5, desert=1.0), 1.0)])
    layout = Layout(("fog", "desert"), meaning=False, palette=False)
    got = vector(told, 0.7, True, layout)
    f, d = FOG, DESERT
    values, presence = told.values[[f, d]], told.presence[[f, d]]
    np.testing.assert_allclose(got, [*values * presence, *presence, 0.7, 1.0], atol=1e-6)
    assert Layout.from_json(layout.to_json()) == layout
    assert vector(told, 0.7, True, Layout()).shape == (Layout().length,)
    assert (vector(told, 0.7, False, layout)[-2:] == 0).all(), "without a sketch its strength says nothing"


def unit(seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal(MEANING).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


@given(st.lists(weights, min_size=1, max_size=4), st.floats(0, 0.02), st.integers(0, 3))
def test_meanings_blend_continuously_and_stay_short(ws: list[float], more: float, which: int) -> None:
    vectors = [unit(i) for i in range(len(ws))]
    meaning, heard = blend_meanings(vectors, ws)
    assert np.linalg.norm(meaning) <= 1 + 1e-5
    assert 0 <= heard <= 1
    moved = [min(2.0, w + more) if i == which else w for i, w in enumerate(ws)]
    again, heard_again = blend_meanings(vectors, moved)
    assert np.linalg.norm(again * heard_again - meaning * heard) <= 8 * more + 1e-5


def test_a_meaning_pushed_away_loses_what_it_shares() -> None:
    wanted, unwanted = unit(0), (unit(0) + unit(1)) / np.linalg.norm(unit(0) + unit(1))
    meaning, heard = blend_meanings([wanted, unwanted], [1.0, -1.0])
    assert abs(meaning @ unwanted) < 1e-5
    assert heard > 0.9
    assert blend_meanings([unwanted], [-1.0])[1] == 0.0


@pytest.fixture(scope="module")
def conditioner() -> Conditioner:
    return Conditioner.load()


@pytest.mark.parametrize("text", ["full moon", "clear night, full moon", "crescent moon", "a lake under the moon"])
def test_a_moon_in_the_sky_is_no_other_planet(conditioner: Conditioner, text: str) -> None:
    told = conditioner.condition((Prompt(text),))
    alien, hour = (TOPICS.names.index(name) for name in ("alien", "sun_height"))
    assert told.values[alien] * told.presence[alien] < 0.2
    assert told.values[hour] * told.presence[hour] < -0.5
    assert abs(told.meaning @ conditioner.condition((Prompt("an alien planet"),)).meaning) < 0.05


@pytest.mark.parametrize("text", ["the surface of the moon", "an alien planet", "Mars"])
def test_another_planet_is_one_where_it_is_asked_for(conditioner: Conditioner, text: str) -> None:
    told = conditioner.condition((Prompt(text),))
    assert told.values[TOPICS.names.index("alien")] > 0.8
    assert told.meaning @ conditioner.condition((Prompt("an alien planet"),)).meaning > 0.2


def test_prompts_reach_their_attributes(conditioner: Conditioner) -> None:
    c = conditioner.condition([Prompt("snowy peaks at dusk"), Prompt("fog", 0.4)])
    assert c.values[:BIOME_COUNT].argmax() in (
        TOPICS.names.index("alpine"),
        TOPICS.names.index("arctic"),
    )
    assert c.values[FOG] > 0.3
    assert c.presence[FOG] > 0.4


def test_a_negative_prompt_clears_the_fog(conditioner: Conditioner) -> None:
    assert conditioner.condition([Prompt("fog", -1.0)]).values[FOG] < -0.3


@pytest.mark.parametrize("nothing", [(), (Prompt(""),), (Prompt("  "),), (Prompt("fog", 0.0),)])
def test_blank_prompts_say_nothing(conditioner: Conditioner, nothing: tuple[Prompt, ...]) -> None:
    assert not conditioner.condition(nothing).presence.any()


def test_the_same_prompts_give_the_same_bytes(conditioner: Conditioner) -> None:
    said = [Prompt("misty morning"), Prompt("desert", -0.5)]
    again = Conditioner.load().condition(said)
    assert conditioner.condition(said).values.tobytes() == again.values.tobytes()
    assert conditioner.condition(said).presence.tobytes() == again.presence.tobytes()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("fog:0.4", Prompt("fog", 0.4)),
        ("fog:-1", Prompt("fog", -1.0)),
        ("fog:+.5", Prompt("fog", 0.5)),
        ("fog:2", Prompt("fog", 2.0)),
        (" fog:0.4 ", Prompt("fog", 0.4)),
        ("snowy peaks at dusk", Prompt("snowy peaks at dusk", 1.0)),
        ("time 12:30", Prompt("time 12:30", 1.0)),
        ("time 12:00", Prompt("time 12:00", 1.0)),
        ("time 12:30:0.5", Prompt("time 12:30", 0.5)),
        ("a ratio of 16:1", Prompt("a ratio of 16:1", 1.0)),
        ("fog: 0.4", Prompt("fog: 0.4", 1.0)),
        ("fog:nan", Prompt("fog:nan", 1.0)),
        ("fog:1e0", Prompt("fog:1e0", 1.0)),
        ("fog:", Prompt("fog:", 1.0)),
        (":0.5", Prompt(":0.5", 1.0)),
        ("", Prompt("", 1.0)),
        ("a:b:0.5", Prompt("a:b", 0.5)),
    ],
)
def test_a_weight_follows_the_last_colon(typed: str, expected: Prompt) -> None:
    assert parse_prompt(typed) == expected


def test_a_file_is_weighed_like_a_prompt() -> None:
    assert split_weight("a folder/in.png:0.8") == ("a folder/in.png", 0.8)
    assert split_weight("in.png:-1") == ("in.png", -1.0)
    assert split_weight("in.png") == ("in.png", 1.0)


def test_a_weight_beyond_the_range_is_refused() -> None:
    with pytest.raises(ShotError) as caught:
        parse_prompt("fog:3")
    assert caught.value.code == "shot.prompt"
