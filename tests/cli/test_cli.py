"""The command line, started as its users start it."""

from __future__ import annotations

import inspect
import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from lightbrush.cli import main
from lightbrush.cli.serve import serve
from lightbrush.cli.terminal import needs
from lightbrush.errors import SettingsError
from lightbrush.settings import Settings
from tests.harness import ENGINE, LIMIT_S, ROOT, SKETCH, environment, gateway

#: For what compiles the world's shader when it is the first to need it, or measures.
LONG_S = 300.0


def lightbrush(*arguments: str, limit_s: float = LIMIT_S, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lightbrush", *arguments],
        env=environment() | {"COLUMNS": "200"} | extra,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=limit_s,
    )


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The same without a process of its own, which takes longer to start than most commands take: for the cases of a
    command that another test starts as its users do."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    terminate = signal.getsignal(signal.SIGTERM)  # some commands have an end of their own
    with pytest.MonkeyPatch.context() as here, redirect_stdout(out), redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith("LIGHTBRUSH_")]:
            here.delenv(name)
        here.chdir(ROOT)
        here.setattr(sys, "argv", ["lightbrush", *arguments])
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        finally:
            signal.signal(signal.SIGTERM, terminate)
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


@pytest.fixture
def sketch(tmp_path: Path) -> Path:
    path = tmp_path / "in.png"
    path.write_bytes(SKETCH)
    return path


def test_help_names_every_command_and_loads_no_engine_or_server() -> None:
    done = lightbrush("--help")
    assert done.returncode == 0
    for command in ("serve", "render", "video", "enhance", "jobs", "world", "simulate", "train", "bench", "models"):
        assert command in done.stdout
    code = "import sys, lightbrush.cli; print({'numpy', 'starlette', 'uvicorn', 'PIL'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"


def test_version() -> None:
    assert lightbrush("--version").stdout.strip() == "0.1.0"


def test_render_writes_the_picture_and_tells_a_program_about_it(sketch: Path, tmp_path: Path) -> None:
    out = tmp_path / "a folder that is not there yet" / "out.png"
    options = ["--engine", ENGINE, "--sketch", str(sketch), "--seed", "7", "--steps", "2", "--size", "256"]
    done = lightbrush(
        "render", *options, "--prompt", "snowy peaks at dusk", "--prompt", "fog:0.4", "-o", str(out), "--json"
    )
    report = json.loads(done.stdout)
    assert (report["width"], report["height"], report["engine"]) == (256, 256, "blur")
    with Image.open(out) as image:
        assert (image.format, image.size) == ("PNG", (256, 256))


def test_render_here_and_through_a_gateway_give_the_same_bytes(sketch: Path, tmp_path: Path) -> None:
    options = ["--sketch", str(sketch), "--seed", "7", "--size", "64", "--parameter", "cost_ms=1"]
    options += ["--seed-to", "9", "--seed-mix", "0.3", "--parameter", "light=0.5"]
    options += ["--image", f"{sketch}:0.8", "--image", "docs/images/scale.png", "--base", str(sketch)]
    options += ["--mask", str(sketch)]
    with gateway() as running:
        for suffix, command in (("png", lightbrush), ("jpg", called)):
            here, there = tmp_path / f"here.{suffix}", tmp_path / f"there.{suffix}"
            assert called("render", "--engine", ENGINE, *options, "-o", str(here)).returncode == 0
            done = command("render", "--engine", "blur", "--url", running.url, *options, "-o", str(there))
            assert done.returncode == 0, done.stderr
            assert here.read_bytes() == there.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--engine", "nowhere.at_all:spec"], "shot.engine"),
        (["--engine", "no-such-engine"], "shot.engine"),
        (["--engine", ENGINE, "--size", "65"], "shot.size"),
        (["--engine", ENGINE, "--size", "wide"], "shot.size"),
        (["--engine", ENGINE, "--strength", "nan"], "shot.strength"),
        (["--engine", ENGINE, "--prompt", "fog:9"], "shot.prompt"),
        (["--engine", ENGINE, "--image", "missing.png:0.5"], "settings.value"),
        (["--engine", ENGINE, "--image", "docs/images/scale.png:2.5"], "shot.references"),
        (["--engine", ENGINE, "--image", "pyproject.toml"], "pixels.format"),
        (["--engine", ENGINE, "--base", "docs/images/scale.png"], "shot.mask"),
        (["--engine", ENGINE, "--seed-mix", "nan"], "shot.seed"),
        (["--engine", ENGINE, "--parameter", "nothing"], "shot.parameter"),
        (["--engine", ENGINE, "--sketch", "missing.png"], "settings.value"),
        (["--engine", ENGINE, "--sketch", "pyproject.toml"], "pixels.format"),
        (["--url", "http://127.0.0.1:1"], "client.connection"),
    ],
)
def test_what_goes_wrong_is_one_clear_line_and_status_2(tmp_path: Path, arguments: list[str], code: str) -> None:
    done = called("render", "-o", str(tmp_path / "out.png"), *arguments)
    assert done.returncode == 2
    assert f"error {code}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.png").exists()


def test_a_port_in_use_is_told_with_the_way_out() -> None:
    with gateway() as running:
        port = running.url.rsplit(":", 1)[1].strip("/")
        done = lightbrush("serve", "--engine", ENGINE, "--port", port)
    assert done.returncode == 2
    assert "settings.value" in done.stderr
    assert "--port" in done.stderr


def test_a_setting_that_does_not_exist_stops_serve() -> None:
    done = lightbrush("serve", LIGHTBRUSH_PROT="1")
    assert done.returncode == 2
    assert "Did you mean port?" in done.stderr


def test_serve_has_a_flag_for_every_setting() -> None:
    flags = set(inspect.signature(serve).parameters) - {"config", "as_json"}
    names = {{"origins": "origin", "users": "user"}.get(f.name, f.name) for f in msgspec.structs.fields(Settings)}
    assert flags == names


def test_a_missing_extra_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(SettingsError) as caught, needs("world"):
        import not_installed_at_all  # noqa: F401
    assert caught.value.code == "extra.missing"
    assert "lightbrush[world]" in caught.value.problem.fix


def test_a_load_that_simulate_does_not_know_is_refused_with_those_it_does() -> None:
    done = called("simulate", "--load", "tide")
    assert done.returncode == 2
    assert "Loads: day, flash, zone" in done.stderr


def test_bench_studio_prints_one_object_with_every_figure() -> None:
    done = lightbrush("bench", "studio", "--engine", ENGINE, "--seconds", "1", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    keys = (
        "step_ms_median",
        "shot_ms_median",
        "pictures_per_s",
        "gateway_added_ms_p50",
        "gateway_added_ms_p95",
    )
    for key in (*keys, "age_over_render_p99", "rss_growth_mib", "jain"):
        assert isinstance(report[key], float), key
    assert report["hardware"]["cores"] >= 1
    assert report["date"]


def test_bench_runtimes_compares_with_what_ships() -> None:
    done = lightbrush("bench", "runtimes", "--rounds", "2", "--json", limit_s=LONG_S)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["ratio"]["onnxruntime int8"] == 1.0
    assert set(report["step_ms"]) >= {"onnxruntime int8", "torch fp32"}


def test_bench_embedded_measures_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lightbrush.benchmarks import embedded

    monkeypatch.setattr(embedded, "STEP_COUNTS", (1, 2, 4))  # of thirty steps tests/training/test_all.py asks
    out = tmp_path / "a folder that is not there yet" / "embedded.json"
    little = ["--count", "2", "--words", "3", "--steers", "1", "--seconds", "1"]
    options = [*little, "--device", "cpu", "--out", str(out), "--json"]
    done = called("bench", "embedded", *options)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert set(report["frechet"]) == {"1", "2", "4"}
    assert 0.0 < report["iou"] <= 1.0
    for share in ("attribute_accuracy", "label_word_accuracy", "held_out_word_accuracy"):
        assert 0.0 <= report[share] <= 1.0
    assert -1.0 <= report["weight_spearman"] <= 1.0
    assert report["locality_mean_diff"] >= 0.0
    assert report["first_stroke_mean_diff"] > 0.0
    assert 0.0 <= report["image_prompt_carry"] <= 1.0
    assert report["mask_outside_max_diff"] >= 0.0
    assert report["region_far_mean_diff"] >= 0.0
    assert report["engine_pictures_per_s_256"] > report["engine_pictures_per_s_512"] > 0.0
    assert 0.0 < report["weights_mib"] <= 40.0
    assert json.loads(out.read_text()) == report


def test_bench_gallery_writes_a_page_and_its_plates(tmp_path: Path) -> None:
    out = tmp_path / "a folder that is not there yet"
    done = lightbrush(
        "bench", "gallery", "--engine", ENGINE, "--only", "masks", "--only", "tweaks", "--out", str(out), limit_s=LONG_S
    )
    assert done.returncode == 0, done.stderr
    assert "2 plates" in done.stdout
    assert {path.name for path in out.iterdir()} == {"README.md", "masks.webp", "tweaks.webp"}
    assert f"--engine {ENGINE}" in (out / "README.md").read_text(), "the command can be given again"


def test_bench_gallery_names_the_parts_there_are() -> None:
    done = called("bench", "gallery", "--engine", ENGINE, "--only", "mask")
    assert done.returncode == 2
    assert "saw mask" in done.stderr
    assert "drawing, styles, biomes" in done.stderr
