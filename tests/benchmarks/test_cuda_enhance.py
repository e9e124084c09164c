"""`lightbrush bench enhance --part network`, with a small network on a CPU."""

from __future__ import annotations

import pytest

from lightbrush.benchmarks import cuda_enhance as bench
from lightbrush.benchmarks.enlarging import random_rrdb
from lightbrush.errors import SettingsError


def test_it_measures_and_says_every_figure(monkeypatch: pytest.MonkeyPatch, one_thread: None) -> None:
    layers = random_rrdb(1)
    monkeypatch.setattr(bench, "layers_of", lambda model: (layers, "random"))
    told: list[str] = []
    report = bench.run(("photo",), told.append, side_px=24, device="cpu")
    figures = report["photo"]
    for name in ("enlarge_s_1024_to_4096", "enlarge_s_2048_to_8192", "unit_ms", "frames_per_s"):
        assert figures[name] > 0.0
        assert any(name in line for line in told)
    assert figures["tiled_psnr_db"] > 30.0
    assert (figures["weights"], figures["core_px"], figures["way"]) == ("random", 16, "layer by layer")
    assert report["device"] == "cpu"


def test_the_arithmetic_of_x4plus_is_counted() -> None:
    """16.6 million weights at the source's size, and four convolutions at two and four times that."""
    per_pixel = bench.operations(random_rrdb(23))
    assert per_pixel == 2 * 9 * (3 * 64 + 69 * 26_624 + 64**2 + 36 * 64**2 + 16 * 3 * 64)


def test_without_weights_they_are_random_where_they_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def packaged(file: str) -> None:
        raise SettingsError("extra.missing", "not installed", value=file)

    monkeypatch.setattr(bench.upscalers, "packaged", packaged)
    assert bench.layers_of("anime")[1] == "random"
    assert "not installed" in bench.measured("light", lambda text: None, 16, "cpu")["skipped"]


def test_without_a_gpu_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingsError) as caught:
        bench.run(("photo",), lambda text: None)
    assert caught.value.code == "settings.value"
