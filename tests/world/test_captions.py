"""Captions are varied, true to the attributes, and keep the held-out words back."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lightbrush.training.wording import requests, wordings
from lightbrush.world.attributes import BIOMES, NAMES, STYLES
from lightbrush.world.captions import HELD_OUT_WORDS, caption
from lightbrush.world.lexicon import GROUND_NOUNS, HELD_OUT_PLACES, HUES, PLACES, SENSES, SKY_NOUNS

ROWS = requests(21, 1500)
GROUPS = len(BIOMES), len(BIOMES) + len(STYLES)


def words_of(name: str) -> list[str]:
    if name in BIOMES:
        return [words for places in (PLACES, HELD_OUT_PLACES) for words in places[name]]
    if "tint" in name:
        return [word for _, usual, held in HUES for word in (*usual, *held)]
    out: list[str] = []
    for sense in SENSES:
        if name == sense.attribute or (sense.also is not None and sense.also[0] == name):
            out += [words for _, words in (*sense.usual, *sense.held)]
    return out


def without_article(words: str) -> str:
    return re.sub(r"^(an?|the) ", "", words)


def has(text: str, words: str) -> bool:
    """A frame's words stand around something: "an oil painting of {}"."""
    around = [without_article(part.strip(" ,")) for part in words.split("{}")]
    return all(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.IGNORECASE) for part in around if part)


@pytest.mark.parametrize("held_out", [False, True])
def test_a_caption_says_what_it_claims_to_mention(held_out: bool) -> None:
    rng = np.random.default_rng(1)
    for row in ROWS[:600]:
        said = caption(row, rng, held_out=held_out)
        assert said.mentioned.shape == (len(NAMES),)
        assert said.text.strip(" ,.") == said.text.rstrip(".")
        biome = said.mentioned[: len(BIOMES)]
        assert biome.all() == biome.any()
        if biome.any():
            top = sorted(range(len(BIOMES)), key=lambda k: -row[k])[0]
            assert any(has(said.text, words) for words in words_of(BIOMES[top])), said.text
        style = said.mentioned[slice(*GROUPS)]
        assert style.all() == style.any()
        if style.any():
            shown = STYLES[int(row[slice(*GROUPS)].argmax())]
            assert any(has(said.text, words) for words in words_of(shown)), said.text
        for k in range(GROUPS[1], len(NAMES)):
            if said.mentioned[k]:
                assert any(has(said.text, words) for words in words_of(NAMES[k])), (NAMES[k], said.text)


def test_what_is_said_holds_for_the_scene() -> None:
    rng = np.random.default_rng(2)
    for row in ROWS[:600]:
        text = caption(row, rng).text
        if has(text, "thick fog"):
            assert row[NAMES.index("fog")] > 0.6
        if has(text, "treeless"):
            assert row[NAMES.index("trees")] < -0.6
        if has(text, "at midnight"):
            assert row[NAMES.index("sun_height")] < -0.6
        if has(text, "a watercolour of {}"):
            assert row[NAMES.index("watercolour")] == 1.0
        if has(text, "no boats"):
            assert row[NAMES.index("boats")] < -0.3
        if has(text, "at dawn"):
            assert abs(row[NAMES.index("sun_height")]) < 0.2
            assert row[NAMES.index("warmth")] < 0.0


def test_held_out_words_never_leak_and_come_when_asked() -> None:
    rng = np.random.default_rng(3)
    held = [words for group in HELD_OUT_WORDS.values() for words in group]
    usual = [caption(row, rng).text for row in ROWS]
    assert [words for words in held if any(has(text, words) for text in usual)] == []
    asked = [caption(row, rng, held_out=True).text for row in ROWS]
    assert sum(any(has(text, words) for words in held) for text in asked) > 0.9 * len(asked)


def test_captions_vary_and_name_few_things() -> None:
    rng = np.random.default_rng(4)
    said = [caption(row, rng) for row in ROWS]
    assert len({one.text for one in said}) > 0.95 * len(said)
    assert min(len(one.text.split()) for one in said) <= 2
    biome = np.array([one.mentioned[: GROUPS[0]].any() for one in said])
    style = np.array([one.mentioned[slice(*GROUPS)].any() for one in said])
    others = np.array([one.mentioned[GROUPS[1] :].sum() for one in said])
    assert others.max() <= 12
    assert 0.4 < biome.mean() < 0.95
    assert 0.15 < style.mean() < 0.6
    assert 1.0 < others.mean() < 4.0
    mentioned = np.array([one.mentioned for one in said]).sum(axis=0)
    assert mentioned.min() > 10, NAMES[int(mentioned.argmin())]


def test_every_attribute_has_words_and_words_kept_back() -> None:
    for name in NAMES:
        assert words_of(name), name
        assert HELD_OUT_WORDS["tint" if "tint" in name else name], name


def test_a_scene_is_put_in_many_ways() -> None:
    rng = np.random.default_rng(6)
    said = wordings(ROWS[1], rng, 200)
    assert len({one.text for one in said}) > 150
    for one in said:
        assert one.text.strip()
        assert one.mentioned.any() or "landscape" in one.text


def test_the_same_generator_gives_the_same_caption() -> None:
    assert caption(ROWS[0], np.random.default_rng(5)).text == caption(ROWS[0], np.random.default_rng(5)).text


def test_a_wrong_row_is_refused() -> None:
    with pytest.raises(ValueError, match=f"{len(NAMES)} attributes"):
        caption(np.zeros(4, np.float32), np.random.default_rng(0))


def test_nouns_that_carry_a_tint_are_told_apart() -> None:
    assert not set(SKY_NOUNS) & set(GROUND_NOUNS)
