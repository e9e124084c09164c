"""`lightbrush bench images` says nothing that it has not measured."""

from __future__ import annotations

import pytest
import torch

from lightbrush.benchmarks import images
from lightbrush.benchmarks.images import CASES, FIGURES, Case
from lightbrush.nn.latent import tiny


def test_without_a_gpu_every_figure_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    report = images.run(lambda text: None)
    assert report["device"] is None
    assert list(report["cases"]) == [case.name for case in CASES]
    assert {case[figure] for case in report["cases"].values() for figure in FIGURES} == {None}
    assert report["cases"]["sd-turbo-1"]["goal_pictures_per_s"] == 150.0


@pytest.mark.usefixtures("one_thread")
def test_a_case_is_measured_on_networks_with_random_weights() -> None:
    for family in tiny.TINY.values():
        painter = images.random_painter(family, torch.device("cpu"), torch.float32)
        measured = images.measure(painter, Case("x", family, "euler", 2, 64, 64), rounds=2)
        assert 0 < measured["median_ms"] <= measured["p95_ms"]
        assert measured["pictures_per_s"] > 0
