"""`lightbrush bench images` says nothing that it has not measured."""

from __future__ import annotations

import pytest
import torch

from lightbrush.benchmarks import images
from lightbrush.benchmarks.images import CASES, FIGURES, Case
from lightbrush.nn.flux import tiny as tiny_flux
from lightbrush.nn.flux2 import tiny as tiny_klein
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


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("shown", [False, True])
def test_so_are_those_of_flux(shown: bool) -> None:
    for family in [tiny_klein.TINY] if shown else [tiny_flux.TINY, tiny_klein.TINY]:
        painter = images.random_painter(family, torch.device("cpu"), torch.float32)
        measured = images.measure(painter, Case("x", family, "flow", 2, 64, 64, shown=shown), rounds=2)
        assert 0 < measured["median_ms"] <= measured["p95_ms"]
        case = Case("x", family, "flow", 2, 64, 64, shown=shown)
        assert len(images._plan(case).moves) == 2


def test_full_sizes_are_those_of_the_engines() -> None:
    named = {case.name: case for case in CASES}
    for name, parameters in (("flux-schnell-4", 11_891_178_560), ("flux2-klein-4", 3_875_544_576)):
        assert named[name].family.unet_parameters == parameters
        assert (named[name].width, named[name].height) == (1024, 1024)
