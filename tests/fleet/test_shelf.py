"""What a worker holds: the gateway's list and the worker's stock never disagree, and neither grows without end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightbrush.errors import AssetError
from lightbrush.fleet.shelf import Shelf, Stock
from lightbrush.shots import Asset, Frame, Reference

PICTURES = [Asset.of(bytes([n]) * (10 * n + 10)) for n in range(6)]
LIMIT_BYTES = 120


def frame(*which: int, base: int | None = None) -> Frame:
    """A shot as it travels: it names pictures and does not hold them."""
    named = [Asset(PICTURES[n].sha256) for n in which]
    return Frame(
        references=tuple(Reference(asset, 0.5) for asset in named),
        base=None if base is None else Asset(PICTURES[base].sha256),
    )


@given(st.lists(st.lists(st.integers(0, 5), max_size=4), max_size=30))
def test_the_worker_has_what_the_gateway_believes_and_what_it_is_sent(shots: list[list[int]]) -> None:
    sizes = {p.sha256: len(p.data) for p in PICTURES}
    by_hash = {p.sha256: p for p in PICTURES}
    shelf, stock = Shelf(LIMIT_BYTES), Stock(LIMIT_BYTES)
    for which in shots:
        asked = frame(*which)
        named = {asset.sha256: sizes[asset.sha256] for asset in asked.assets}
        lacking, _ = shelf.settle(named)
        for sha256 in lacking:
            stock.add(by_hash[sha256])
        filled = stock.fill(asked)
        assert [a.data for a in filled.assets] == [PICTURES[n].data for n in which]
        assert sum(map(len, stock.data.values())) <= max(LIMIT_BYTES, sum(named.values()))


def test_the_least_recently_named_goes_first() -> None:
    shelf = Shelf(30)
    assert shelf.settle({"a": 10, "b": 10}) == (["a", "b"], [])
    assert shelf.settle({"a": 10, "c": 10}) == (["c"], [])
    assert shelf.settle({"d": 10}) == (["d"], ["b"])
    assert shelf.settle({"a": 10, "c": 10, "d": 10}) == ([], [])


def test_what_one_shot_names_stays_together_though_it_is_over_the_limit() -> None:
    shelf = Shelf(30)
    shelf.settle({"old": 10})
    assert shelf.settle({"a": 25, "b": 25}) == (["a", "b"], ["old"])
    assert shelf.settle({"a": 25}) == ([], ["b"])


def test_a_shot_is_filled_where_it_names_pictures_and_keeps_its_weights() -> None:
    stock = Stock()
    for n in (0, 1):
        stock.add(PICTURES[n])
    filled = stock.fill(frame(1, 1, base=0))
    assert filled.references == (Reference(PICTURES[1], 0.5),) * 2
    assert filled.base == PICTURES[0]
    assert stock.fill(frame()) == frame()


def test_a_picture_that_never_came_is_told() -> None:
    with pytest.raises(AssetError) as caught:
        Stock().fill(frame(2))
    assert (caught.value.code, caught.value.problem.value) == ("asset.missing", PICTURES[2].sha256)


@given(st.lists(st.lists(st.lists(st.integers(0, 5), max_size=4), min_size=1, max_size=3), max_size=20))
def test_so_it_is_when_shots_come_together(groups: list[list[list[int]]]) -> None:
    by_hash = {p.sha256: p for p in PICTURES}
    shelf, stock = Shelf(LIMIT_BYTES), Stock(LIMIT_BYTES)
    for group in groups:
        asked = [frame(*which) for which in group]
        lacking, _ = shelf.settle({a.sha256: len(by_hash[a.sha256].data) for each in asked for a in each.assets})
        for sha256 in lacking:
            stock.add(by_hash[sha256])
        for which, filled in zip(group, stock.fill_all(asked), strict=True):
            assert [a.data for a in filled.assets] == [PICTURES[n].data for n in which]
