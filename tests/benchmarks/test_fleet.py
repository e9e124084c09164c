"""The benchmark of the fleet, made small: every figure is there, and says what it should."""

from __future__ import annotations

from lightbrush.benchmarks.fleet import TARGETS, run, table


def test_it_measures_every_figure() -> None:
    said: list[str] = []
    report = run(1.0, said.append, connected=6, drawing=3, shots_per_s=30.0, workers=1, units=40)
    parts = ["dispatch", "overload", "held", "background", "faults", "results"]
    assert [line.partition(":")[0] for line in said] == parts
    for key in TARGETS:
        assert isinstance(report[key], int | float)
    assert report["sessions_connected"] == 6
    assert report["sessions_drawing"] == 3
    assert 90 < report["picture_kb"] < 120  # type: ignore[operator]
    assert report["dispatch_added_ms_p50"] <= report["dispatch_added_ms_p99"]  # type: ignore[operator]
    # Of so short a time a unit that was begun before it is a part that is seen.
    assert 0.0 < report["idle_fill"] < 1.2  # type: ignore[operator]
    assert report["unit_ms"] > 0.0  # type: ignore[operator]
    assert report["live_again_s"] == max(
        report[f"live_again_s_{fault}"] for fault in ("killed", "hung", "all_killed", "all_hung")
    )  # type: ignore[type-var]
    assert report["results_per_s"] > report["results_per_s_alone"] > 0  # type: ignore[operator]
    assert table(report).row_count == len(TARGETS)
    lacking = table({**report, "idle_fill": None, "live_p95_rise_units": None})
    assert lacking.row_count == len(TARGETS)
