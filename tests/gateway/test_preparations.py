"""How far a size is prepared for is what the slowest worker says."""

from __future__ import annotations

from lightbrush.gateway.preparations import Preparations, Told


def test_the_least_of_all_workers_is_told() -> None:
    asked = Preparations()
    number, told = asked.ask("s", 5, ["a", "b"])
    assert told == Told("s", 5, 0.0)
    assert asked.progressed("a", number, 1.0) == Told("s", 5, 0.0)
    assert (asked.waits_for("a"), asked.waits_for("b")) == (False, True)
    assert asked.progressed("b", number, 0.5) == Told("s", 5, 0.5)
    assert asked.progressed("b", number, 1.0) == Told("s", 5, 1.0)
    assert asked.progressed("b", number, 1.0) is None
    assert not asked.waits_for("b")


def test_without_a_worker_nothing_is_waited_for() -> None:
    assert Preparations().ask("s", 5, [])[1] == Told("s", 5, 1.0)


def test_a_worker_that_dies_is_not_waited_for() -> None:
    asked = Preparations()
    number, _ = asked.ask("s", 5, ["a", "b"])
    asked.progressed("a", number, 0.25)
    assert list(asked.lost("b")) == [Told("s", 5, 0.25)]
    assert list(asked.lost("a")) == [Told("s", 5, 1.0)]
    assert list(asked.lost("a")) == []


def test_a_newer_one_replaces_and_a_session_that_left_is_told_nothing() -> None:
    asked = Preparations()
    first, _ = asked.ask("s", 5, ["a"])
    second, _ = asked.ask("s", 6, ["a"])
    assert asked.progressed("a", first, 1.0) is None
    asked.leave("s")
    assert asked.progressed("a", second, 1.0) is None
