"""Which words get lost: a thing that a reader does not find in what was painted is asked for the more often."""

import pytest
import torch
from torch import Tensor

from lightbrush.training.conditions import CONDITION_LENGTH
from lightbrush.training.missed import LEAST, Missed
from lightbrush.world.attributes import ATTRIBUTES, NAMES

CASTLE, FOG, DAWN = range(3)
SAID = {CASTLE: ("castle", 0.8), FOG: ("fog", -0.8), DAWN: ("sun_height", 0.02)}


@pytest.fixture
def missed() -> Missed:
    about = torch.zeros(3, len(NAMES))
    for thing, (name, _) in SAID.items():
        about[thing, NAMES.index(name)] = 1
    return Missed(about)


def told(things: Tensor, presence: float = 1.0) -> Tensor:
    condition = torch.zeros(len(things), CONDITION_LENGTH)
    for row, thing in enumerate(things.tolist()):
        if thing >= 0:
            name, value = SAID[thing]
            condition[row, NAMES.index(name)] = presence * value
            condition[row, len(ATTRIBUTES) + NAMES.index(name)] = presence
    return condition


def found(things: Tensor, **values: float) -> Tensor:
    """What a reader finds in each picture: these, and else nothing."""
    read = torch.zeros(len(things), len(NAMES))
    for name, value in values.items():
        read[:, NAMES.index(name)] = value
    return read


def test_before_anything_was_painted_all_things_come_alike(missed: Missed) -> None:
    came = missed.draw(6000, torch.Generator().manual_seed(1)).bincount() / 6000
    torch.testing.assert_close(came, torch.full((3,), 1 / 3), atol=0.03, rtol=0)


def test_a_thing_that_is_missed_comes_more_often_and_none_is_forgotten(missed: Missed) -> None:
    things = torch.tensor([CASTLE, FOG, DAWN, CASTLE, -1])
    for _ in range(60):
        missed.see(things, found(things, castle=-0.6, fog=-0.7, sun_height=0.05), told(things))
    torch.testing.assert_close(missed.share, torch.tensor([1.0, 1 / 64, 0.007]), atol=0.01, rtol=0)
    came = missed.draw(6000, torch.Generator().manual_seed(1)).bincount() / 6000
    torch.testing.assert_close(came, torch.tensor([1.0, LEAST, LEAST]) / (1 + 2 * LEAST), atol=0.03, rtol=0)
    for _ in range(60):
        missed.see(things, found(things, castle=0.7, fog=0.4, sun_height=0.9), told(things))
    assert missed.share.argmin() == CASTLE, "it was learned"
    assert missed.share[DAWN] == pytest.approx(1, abs=0.01), "noon is not dawn"


def test_what_no_words_asked_for_and_what_the_network_was_not_told_say_nothing(missed: Missed) -> None:
    unasked = torch.full((4,), -1)
    missed.see(unasked, found(unasked, castle=0.8, fog=-0.8), told(unasked))
    assert (missed.share == 1).all()
    things = torch.tensor([CASTLE, FOG])
    for _ in range(60):
        missed.see(things, found(things, castle=-1.0, fog=1.0), told(things, presence=0.0))
    assert (missed.share[:2] < 0.01).all(), "not heard is not lost in painting"
