from __future__ import annotations

from pathlib import Path

import pytest

from lightbrush.benchmarks import page
from lightbrush.errors import SettingsError

FIGURES = {
    *page.TARGETS,
    "longest_task_cpu_ms",
    "pointer_to_ink_ms_p95",
    "renders_per_s",
    "layers",
    "strokes",
    "engine",
    "seconds",
    "hardware",
    "version",
    "date",
}


def test_a_small_run_gives_every_figure() -> None:
    said: list[str] = []
    report = page.run(None, 1.0, said.append, layers=3, strokes=6)
    assert set(report) == FIGURES
    assert report["engine"] == "elsewhere"
    assert (report["layers"], report["strokes"]) == (3, 6)
    for figure in ("pointer_to_ink_ms_median", "longest_task_ms", "first_render_s", "js_gzip_kb", "renders_per_s"):
        value = report[figure]
        assert isinstance(value, float)
        assert value > 0
    assert len(said) == 2
    assert page.table(report).row_count == len(page.TARGETS)


def test_the_longest_task_is_that_of_a_page_and_not_of_another_thread() -> None:
    def task(tid: int, clock_us: int, core_us: int) -> dict[str, object]:
        return {"pid": 1, "tid": tid, "name": "RunTask", "dur": clock_us, "tdur": core_us}

    def thread(tid: int, name: str) -> dict[str, object]:
        return {"pid": 1, "tid": tid, "name": "thread_name", "args": {"name": name}}

    trace = [
        task(7, 9000, 9000),
        task(5, 4000, 1000),
        thread(5, "CrRendererMain"),
        task(5, 3000, 2500),
        thread(7, "IO"),
    ]
    assert page.longest_task_ms(trace) == (4.0, 2.5)
    assert page.longest_task_ms([]) == (0.0, 0.0)


def test_without_a_chromium_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LIGHTBRUSH_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(page, "_CHECKOUT", tmp_path)
    with pytest.raises(SettingsError) as caught:
        page.chromium()
    assert caught.value.code == "extra.missing"
    monkeypatch.setenv("LIGHTBRUSH_CHROMIUM", "/opt/chromium")
    assert page.chromium() == "/opt/chromium"
