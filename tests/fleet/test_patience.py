"""When a worker is taken for hung: by what it holds, what that took before, and whether it beats."""

from __future__ import annotations

from msgspec.structs import replace

from lightbrush.fleet.patience import BEATING_S, SILENT_S, Patience, like
from lightbrush.shots import Anew, Asset, Blend, Block, Prompt, Reference, Region, Tile
from tests.harness import SKETCH, shot

SEA = Block(engine="v", width=64, height=64, prompts=(Prompt("a sea"),))
TILE = Tile(model="light", width=8, height=8, channels=3, kept=(0, 0, 8, 8), pixels=b"a")


def limits(patience: Patience, what: object = "a") -> tuple[float, float]:
    """Of a worker that is silent, and of one that beats."""
    return patience.limit_s("w", what, silent=True), patience.limit_s("w", what, silent=False)


def test_what_a_worker_has_not_done_before_may_take_as_long_as_anything_may() -> None:
    patience = Patience(60.0)
    patience.took("w", "a", 0.1)
    assert limits(patience, "b") == (60.0, 60.0)
    assert patience.limit_s("other", "a", silent=True) == 60.0
    patience.forget("w")
    assert limits(patience) == (60.0, 60.0)


def test_the_limit_is_ten_times_what_the_like_took_between_a_least_and_the_most() -> None:
    patience = Patience(60.0)
    for took_s, expected in (
        (0.005, (SILENT_S, BEATING_S)),
        (0.5, (5.0, BEATING_S)),
        (3.0, (30.0, 30.0)),
        (9.0, (60.0, 60.0)),
    ):
        patience.took("w", took_s, took_s)
        assert limits(patience, took_s) == expected
    short = Patience(0.3)
    short.took("w", "a", 0.01)
    assert limits(short) == (0.3, 0.3)


def test_a_slower_one_counts_at_once_and_faster_ones_by_and_by() -> None:
    patience = Patience(60.0)
    for took_s, expected in ((0.25, 2.5), (0.5, 5.0), (0.25, 3.75), (0.25, 3.125)):
        patience.took("w", "a", took_s)
        assert patience.limit_s("w", "a", silent=True) == expected


def test_only_so_many_are_remembered_and_the_one_not_done_for_longest_goes() -> None:
    patience = Patience(60.0)
    for number in range(64):
        patience.took("w", number, 0.1)
    patience.took("w", 0, 0.1)
    patience.took("w", 64, 0.1)
    assert patience.limit_s("w", 0, silent=True) == SILENT_S
    assert patience.limit_s("w", 1, silent=True) == 60.0


def test_a_sketch_and_a_seed_make_no_other_like_and_whatever_may_cost_more_does() -> None:
    frame = shot(seed=1)
    same = replace(
        frame, seed=2, sketch=SKETCH + b"x", strength=0.1, prompts=(Prompt("fog"),), parameters={"cost_ms": 9.0}
    )
    assert like(frame) == like(same)
    others = (
        {"steps": 8},
        {"width": 128},
        {"engine": "other"},
        {"parameters": {"act": "hold"}},
        {"references": (Reference(Asset("0" * 64)),)},
        {"sketch": b""},
        {"accept": "image/png"},
        {"regions": (Region(mask=b"m", prompts=(Prompt("snow"),)),)},
    )
    found = {like(frame), *(like(replace(frame, **values)) for values in others)}  # type: ignore[arg-type]
    assert len(found) == 1 + len(others)
    on_the_way = replace(SEA, previous=(Blend((Prompt("a storm"),), 0.0),), mix=0.25)
    assert like(on_the_way) == like(replace(on_the_way, mix=0.5, seed=3, index=9))
    assert len({like(SEA), like(on_the_way), like(replace(SEA, context=b"c"))}) == 3
    assert like(TILE) == like(replace(TILE, pixels=b"b"))
    assert like(TILE) != like(replace(TILE, anew=Anew(0.5, 0, 0)))
