"""The benchmark of rooms, made small: every figure is there, and says what it should."""

from __future__ import annotations

from lightbrush.benchmarks.room import TARGETS, run, table


def test_a_small_room_converges_and_has_every_figure() -> None:
    said: list[str] = []
    report = run(2.0, said.append, editors=3, hz=10.0)
    assert set(TARGETS) <= set(report)
    assert report["room_converged"] is True
    assert isinstance(report["room_update_ms_p95"], float)
    assert report["room_update_ms_p95"] > 0.0
    assert len(said) == 1
    assert table(report).row_count == len(TARGETS)
