"""`lightbrush bench gpu` without a GPU: sections fail, hang and are left out, and the others are measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lightbrush.benchmarks import gpu
from lightbrush.benchmarks.gpu import Section
from lightbrush.errors import SettingsError


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Section]:
    """Modules that do what sections may do."""
    written = {
        "good_one": "print('warming up'); print('{'); print('\"fps\": 15.5, \"ms\": {\"block\": 1}}')",
        "bad_one": "raise SystemExit('out of memory')",
        "silent_one": "",
        "slow_one": "import time; print('begun', flush=True); time.sleep(600)",
    }
    for name, source in written.items():
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(gpu, "found_gpus", lambda: ("H200", 1))
    limits = {"slow_one": 3.0}
    made = [Section(name, name, limits.get(name, 60.0), (name,)) for name in written]
    return [*made, Section("two", "two", 60.0, ("good_one",), gpus=2)]


def test_a_section_that_fails_or_hangs_stops_no_other(scripts: list[Section]) -> None:
    kept: list[Any] = []
    report = gpu.run((), (), 600.0, lambda found: kept.append(json.dumps(found)), lambda _: None, scripts)
    sections = report["sections"]
    assert len(kept) == len(scripts)
    assert json.loads(kept[-1]) == report
    assert list(json.loads(kept[0])["sections"]) == ["good_one"]
    assert sections["good_one"]["ok"]
    assert sections["good_one"]["figures"] == {"fps": 15.5, "ms": {"block": 1}}
    assert not sections["bad_one"]["ok"]
    assert "out of memory" in sections["bad_one"]["error"]
    assert not sections["silent_one"]["ok"], "no figures are no success"
    assert sections["slow_one"]["error"] == "did not end in 3 s\nbegun"
    assert sections["two"]["skipped"] == "needs 2 GPUs"
    console = Console(width=200)
    with console.capture() as shown:
        console.print(gpu.table(report))
    for text in ("ms.block", "15.5", "out of memory", "needs 2 GPUs"):
        assert text in shown.get()


def test_sections_are_chosen_by_name_and_by_the_time_there_is(scripts: list[Section]) -> None:
    def names(only: tuple[str, ...], without: tuple[str, ...], seconds: float = 600.0) -> dict[str, Any]:
        found: dict[str, Any] = gpu.run(only, without, seconds, lambda _: None, lambda _: None, scripts)["sections"]
        return found

    assert list(names(("good_one", "two"), ("two",))) == ["good_one"]
    assert names(("good_one",), (), seconds=0.0)["good_one"]["skipped"] == "no time was left"
    with pytest.raises(SettingsError) as refused:
        names(("fast_one",), ())
    assert refused.value.code == "settings.value"
    assert "good_one" in (refused.value.problem.fix or "")


def test_the_sections_are_commands_that_there_are() -> None:
    assert len({section.name for section in gpu.SECTIONS}) == len(gpu.SECTIONS)
    for section in gpu.SECTIONS:
        assert section.command[0] in ("lightbrush", "pytest")
    assert gpu.counted("...\n3 passed, 1 failed, 2 skipped in 1.0s\n") == {"passed": 3, "failed": 1, "skipped": 2}
    assert gpu.counted("") is None
    assert gpu.last_json("no figures") is None
    assert gpu.last_json('{"fps": 1}\n{"fps": 2}\nstill measuring') == {"fps": 2}, "of one that was ended before"
