"""Worlds to order: what people ask for on bare paper or by a picture is there, and told as the engine tells it."""

from functools import partial

import numpy as np
import pytest
import torch

from lightbrush.engines import conditioning
from lightbrush.engines.conditioning import Conditioner
from lightbrush.engines.embedded import conditions_of
from lightbrush.shots import Frame, Prompt
from lightbrush.training.asked import LENT, Asked, all_things, answers, heard_of_pictures
from lightbrush.training.conditions import LAYOUT
from lightbrush.training.readings import right
from lightbrush.training.task import make_task
from lightbrush.training.texts import Example, held_out_words
from lightbrush.world import renderer, scene
from lightbrush.world.attributes import NAMES, STYLES

CASTLE = Example("a castle", {"castle": 0.8})
LIGHTS = Example("northern lights", {"aurora": 0.85})
INK = Example("ink wash", {"ink": 1.0})


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked([[CASTLE], [INK]], 4, 6, 64, seed=11, device=torch.device("cpu"))


@pytest.mark.parametrize("phrase", [CASTLE, LIGHTS, INK])
def test_a_world_to_order_shows_what_was_said_and_else_is_usual(phrase: Example) -> None:
    worlds, _ = answers([phrase], seed=3, each=8)
    for row in scene.attributes_of(worlds):
        assert all(right(row, name, phrase.said) for name in phrase.said)
    rows = scene.attributes_of(worlds)
    if phrase is not INK:
        assert (rows[:, NAMES.index("photo")] == 1).all()
    hour = rows[:, NAMES.index("sun_height")]
    assert (hour < -0.3).all() if phrase is LIGHTS else (np.abs(hour - 0.6) <= 0.25).all()


def test_the_network_is_told_of_a_phrase_what_the_engine_tells_it_of_that_prompt_only_not_louder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conditioning, "LOUDER", 0.0)
    _, told = answers([CASTLE, INK], seed=3, each=2)
    for row, phrase in zip(told[::2], (CASTLE, INK), strict=True):
        shot = Frame(engine="embedded", prompts=(Prompt(phrase.text),))
        (wanted,) = conditions_of(shot, False, 0.0, Conditioner.load(), LAYOUT)
        np.testing.assert_array_equal(row[:-2], wanted[:-2])


def test_a_reference_lends_its_light_and_style_to_another_land() -> None:
    shown = scene.sample_scenes(5, 40)
    other = scene.sample_alike(shown, 6, LENT)
    before, after = scene.attributes_of(shown), scene.attributes_of(other)
    lent = np.array([name in LENT for name in NAMES])
    np.testing.assert_array_equal(before[:, lent], after[:, lent])
    assert not np.allclose(before[:, ~lent], after[:, ~lent])
    told = heard_of_pictures(renderer.render(shown[:12], width=192, height=192, samples=2).rgb)
    styles = [NAMES.index(name) for name in STYLES]
    assert (told[:, styles].argmax(1) == before[:12, styles].argmax(1)).mean() > 0.7


def test_what_is_asked_by_words_is_on_bare_paper_and_what_a_picture_asks_for_mostly_is_drawn(asked: Asked) -> None:
    generator = torch.Generator().manual_seed(1)
    task = partial(make_task, asked.pool, None, 60, 64, generator)
    rgb, label, hints, condition = task(share_drawn=0.0, asked=asked, share_asked=0.5)
    assert len(rgb) == len(label) == len(hints) == len(condition) == 60
    drawn = hints[:, 3].amax((1, 2)) > 0
    assert not drawn[:30].any(), "the others, of which none is to be drawn"
    assert torch.equal(drawn, condition[:, -1] > 0)
    _, told, by_words = asked.batch(60, generator)
    assert 0.2 < by_words.float().mean() < 0.8
    seen = told[:, -3] > 0
    assert torch.equal(seen, ~by_words), "a picture has a palette, words have none"
    assert drawn[30:].any()
    assert not drawn[30:].all()


def test_no_phrase_that_is_taught_is_held_out() -> None:
    held = {one.text for one in held_out_words()}
    things = all_things()
    assert len(things) > 150
    assert not held & {phrase.text for phrases in things for phrase in phrases}
