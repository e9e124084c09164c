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


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("more", [{"places": 2}, {"count": 3}])
def test_regions_and_several_at_once_are_measured_too(more: dict[str, int]) -> None:
    for family, sampler in ((tiny.TINY["sd21"], "euler"), (tiny_flux.TINY, "flow"), (tiny_klein.TINY, "flow")):
        painter = images.random_painter(family, torch.device("cpu"), torch.float32)
        case = Case("x", family, sampler, 2, 64, 64, **more)
        measured = images.measure(painter, case, rounds=2)
        assert measured["rounds"] == 2
        assert measured["pictures_per_s"] == pytest.approx(1000 * case.count / measured["median_ms"], rel=0.01)


def test_a_case_that_fails_says_why_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def measure(painter: object, case: Case, rounds: int) -> dict[str, float]:
        if case.name == "sd-turbo-2":
            raise RuntimeError("CUDA error")
        return {"median_ms": 5.0, "pictures_per_s": 200.0}

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "H200")
    monkeypatch.setattr(images, "_painter", lambda *given: None)
    monkeypatch.setattr(images, "measure", measure)
    cases = images.run(said.append, cases=images.PARTS["sd"])["cases"]
    assert cases["sd-turbo-2"]["error"] == "RuntimeError: CUDA error"
    assert cases["sd-turbo-2"]["median_ms"] is None
    assert [name for name, case in cases.items() if "error" in case] == ["sd-turbo-2"]
    assert "sd-turbo-2: RuntimeError: CUDA error" in said


def test_a_case_ends_when_its_time_is_over() -> None:
    assert [*images._while(0.0, 3, 10)] == [0, 1, 2]
    assert [*images._while(1e9, 3, 10)] == [*range(10)]
