"""`lightbrush models` and models of pictures: import, list, rm, and licences that have to be accepted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lightbrush import pixels
from lightbrush.engines import latent_loading
from lightbrush.nn.latent import tiny
from tests.cli.test_cli import called
from tests.nn.control_layouts import write_adapter
from tests.nn.latent_layouts import write_folder

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(latent_loading, "FAMILIES", (tiny.TINY["sdxl"],))
    return str(tmp_path / "weights")


def test_a_folder_is_imported_listed_and_forgotten(weights: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "My Dreams", "sdxl", "v_prediction")
    here = ("--models-folder", weights)
    made = called("models", "import", str(folder), "--way", "lightning", *here, "--json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert {key: told[key] for key in ("name", "family", "way", "steps", "prediction")} == {
        "name": "my-dreams",
        "family": "sdxl",
        "way": "lightning",
        "steps": 4,
        "prediction": "v_prediction",
    }
    assert told["memory_bytes"] > 2**30
    again = called("models", "import", str(folder), *here)
    assert (again.returncode, "weights.import" in again.stderr) == (2, True)
    listed = json.loads(called("models", "list", *here, "--json").stdout)
    (card,) = [card for card in listed["engines"] if card["id"] == "my-dreams"]
    assert card["steps"] == [4, 4]
    (turbo,) = [row for row in listed["models"] if row["id"] == "sd-turbo"]
    assert turbo["licence"]["accept"]
    assert turbo["memory_bytes"]["fp16"] > 2**31
    assert turbo["verdict"]["text"]
    assert called("models", "rm", "my-dreams", *here).returncode == 0
    assert (folder / "unet" / "config.json").is_file()
    listed = json.loads(called("models", "list", *here, "--json").stdout)
    assert "my-dreams" not in [card["id"] for card in listed["engines"]]


def test_what_follows_a_sketch_is_imported_by_what_it_follows(weights: str, tmp_path: Path) -> None:
    file = write_adapter(tmp_path / "Depth XL.safetensors", "sdxl", "original")
    here = ("--models-folder", weights)
    for more in ((), ("--shows", "colour")):
        unsaid = called("models", "import", str(file), *more, *here)
        assert (unsaid.returncode, "weights.import" in unsaid.stderr, "--shows" in unsaid.stderr) == (2, True, True)
    folder = write_adapter(tmp_path / "pickled", "sdxl", "folder")
    (folder / "diffusion_pytorch_model.safetensors").rename(folder / "diffusion_pytorch_model.bin")
    pickled = called("models", "import", str(folder), "--shows", "depth", *here)
    assert (pickled.returncode, "--pickle" in pickled.stderr) == (2, True)
    small = called("models", "import", str(write_adapter(tmp_path / "a", "sd15", "folder")), *here)
    assert (small.returncode, "beside no network" in small.stderr) == (2, True)
    made = called("models", "import", str(file), "--shows", "depth", "--shows", "lines", *here, "--json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert (told["name"], told["family"], told["shows"]) == ("depth-xl", "sdxl", ["depth", "lines"])
    again = called("models", "import", str(file), "--shows", "depth", *here)
    assert (again.returncode, "weights.import" in again.stderr) == (2, True)
    assert called("models", "rm", "depth-xl", *here).returncode == 0
    assert file.is_file()


def test_a_folder_that_is_no_model_is_refused(weights: str, tmp_path: Path) -> None:
    done = called("models", "import", str(tmp_path), "--models-folder", weights)
    assert (done.returncode, "weights.format" in done.stderr) == (2, True)


def test_a_licence_that_restricts_use_is_accepted_before_anything_is_fetched(weights: str) -> None:
    done = called("models", "pull", "sd-turbo", "--models-folder", weights)
    assert done.returncode == 2
    assert "weights.licence" in done.stderr
    assert "--accept-licence" in done.stderr
    assert "stability.ai/license" in done.stderr


def test_a_picture_is_rendered_by_the_tiny_engine(tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    engine = "lightbrush.engines.stable_diffusion:tiny_random"
    done = called("render", "--engine", engine, "--prompt", "a calm sea", "--prompt", "fog:-0.5", "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert pixels.measure(out.read_bytes()) == (64, 64)


def test_bench_images_says_nothing_without_a_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    done = called("bench", "images", "--json", "--out", str(tmp_path / "images.json"))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report == json.loads((tmp_path / "images.json").read_text())
    assert report["cases"]["sdxl-lightning-4"]["median_ms"] is None
    assert report["cases"]["sdxl-lightning-4"]["goal_ms"] == 150.0
