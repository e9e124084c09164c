"""The engine that costs nothing: its pictures and its pace."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from lightbrush.benchmarks.elsewhere import CARD, PICTURES_PER_S, Elsewhere, load
from lightbrush.benchmarks.studio import sketched_frames
from lightbrush.errors import ShotError


@pytest.fixture(scope="module")
def engine() -> Elsewhere:
    return load("cpu")


def test_a_sketch_has_its_picture_and_others_have_others(engine: Elsewhere) -> None:
    shots = sketched_frames(CARD)[:4]
    pictures = [engine.render(shot).pixels for shot in shots]
    assert all(picture.shape == (CARD.default_size.height, CARD.default_size.width, 3) for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) > 1
    assert (engine.render(shots[0]).pixels == pictures[0]).all()


def test_no_picture_comes_before_its_tick(engine: Elsewhere) -> None:
    shot, *_ = sketched_frames(CARD)
    engine.render(shot)
    started_s = time.monotonic()
    for _ in range(3):
        engine.render(shot)
    # The first tick is less than a whole one away when the picture before came late.
    assert time.monotonic() - started_s > 2 / PICTURES_PER_S


def test_it_refuses_what_its_card_does_not_offer(engine: Elsewhere) -> None:
    shot, *_ = sketched_frames(CARD)
    with pytest.raises(ShotError, match=r"shot\.size"):
        engine.render(replace(shot, width=512, height=512))
