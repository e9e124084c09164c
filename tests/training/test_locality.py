"""What a new stroke changes far from it: strokes like a hand's, and a loss that only what is far moves."""

import pytest
import torch
from torch import Tensor

from lightbrush.engines import conditioning
from lightbrush.engines.conditioning import Conditioner
from lightbrush.engines.embedded import conditions_of
from lightbrush.shots import Frame
from lightbrush.training.conditions import CONDITION_LENGTH, LAYOUT, as_without_words
from lightbrush.training.locality import add_strokes, locality_loss

SIZE = 64


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(4)


def drawn(count: int) -> Tensor:
    """Sketches of a dark colour, wholly drawn; a part of a picture is kept."""
    hints = torch.full((count, 8, SIZE, SIZE), -0.7)
    hints[:, 3] = 1.0
    return hints


def test_a_stroke_is_in_one_quarter_and_leaves_the_rest_of_the_sketch_as_it_was(generator: torch.Generator) -> None:
    hints = drawn(400)
    after, stays = add_strokes(hints, generator)
    assert after[:, :3].abs().max() <= 1
    torch.testing.assert_close(after[:, 3:], hints[:, 3:], msg="covered before, and what is kept")
    touched = (after != hints).any(1)  # [B, S, S]
    area = touched.float().mean((1, 2))
    assert (area > 0).all()
    assert area.min() < 0.004, "a dab"
    assert area.max() > 0.08, "a broad stroke"
    assert not (touched & (stays[:, 0] > 0)).any()
    half = SIZE // 2
    opposite = (stays == 1)[:, 0].unflatten(2, (2, half)).unflatten(1, (2, half)).float().mean((2, 4))
    assert set(opposite.unique().tolist()) == {0.0, 1.0}
    assert (opposite.sum((1, 2)) == 1).all()
    assert (opposite.mean(0) > 0.15).all(), "every quarter's turn comes"
    strokes = touched.unflatten(2, (2, half)).unflatten(1, (2, half)).any(4).any(2)
    torch.testing.assert_close(strokes.float().flip(1, 2), opposite)
    brightness = torch.where(touched, after[:, :3].mean(1), -torch.inf).amax((1, 2))
    assert (brightness > 0.7).float().mean() > 0.1, "white on dark"


def test_a_first_stroke_on_bare_paper_covers_what_it_colours(generator: torch.Generator) -> None:
    after, _ = add_strokes(torch.zeros(100, 8, SIZE, SIZE), generator)
    assert (after[:, :3].abs().amax(1) <= after[:, 3] + 1e-6).all()
    assert 0.5 < (after[:, 3].amax((1, 2)) == 1).float().mean() < 1, "most cover wholly"


def test_a_painter_that_changes_nothing_far_from_a_stroke_loses_nothing(generator: torch.Generator) -> None:
    def local(noisy: Tensor, hints: Tensor, at: Tensor, condition: Tensor) -> Tensor:
        assert not at.any()
        return noisy + hints[:, :3]

    def otherwise(noisy: Tensor, hints: Tensor, at: Tensor, condition: Tensor) -> Tensor:
        return noisy + hints[:, :3].mean((2, 3), keepdim=True)

    condition = torch.zeros(8, CONDITION_LENGTH)
    assert not locality_loss(local, drawn(8), condition, generator).any()
    assert (locality_loss(otherwise, drawn(8), condition, generator) > 0).float().mean() > 0.8


def test_what_a_painter_makes_of_a_stroke_can_be_unlearned(generator: torch.Generator) -> None:
    tipped = torch.tensor(1.0, requires_grad=True)
    plain = torch.tensor(1.0, requires_grad=True)

    def paint(noisy: Tensor, hints: Tensor, at: Tensor, condition: Tensor) -> Tensor:
        return noisy + tipped * hints[:, :3].mean((2, 3), keepdim=True) + plain

    locality_loss(paint, drawn(8), torch.zeros(8, CONDITION_LENGTH), generator).mean().backward()
    assert tipped.grad is not None
    assert tipped.grad > 0
    assert plain.grad is not None
    assert plain.grad.abs() < 1e-6, "what both pictures have in common is left alone"


def test_some_are_painted_as_the_engine_asks_where_nobody_says_a_word_only_not_louder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conditioning, "LOUDER", 0.0)
    condition = torch.randn(2, CONDITION_LENGTH)
    condition[:, -2:] = torch.tensor([0.85, 1.0])
    (wanted,) = conditions_of(Frame(engine="embedded", strength=0.85), True, 0.0, Conditioner.load(), LAYOUT)
    torch.testing.assert_close(as_without_words(condition), torch.from_numpy(wanted).expand(2, -1))
