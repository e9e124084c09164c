"""Models are read from files in the layouts that public ones come in, and are then the networks that were written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lightbrush.errors import SettingsError
from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.config import FamilyId
from lightbrush.nn.latent.lora import fuse
from lightbrush.nn.latent.networks import Model, build, open_folder, open_model, open_single
from tests.nn.latent_layouts import write_folder, write_lora, write_single, write_tiny_vae, write_tokenizer

pytestmark = pytest.mark.usefixtures("one_thread")
CPU = torch.device("cpu")
FAMILIES: tuple[FamilyId, ...] = ("sd15", "sd21", "sdxl")


@cache
def tiny_model(family: FamilyId) -> Model:
    return tiny.model(family, CPU)


def check(model: Any, family: FamilyId) -> None:
    """It is the tiny model, to half precision."""
    expected = tiny_model(family)
    assert model.xl == (family == "sdxl")
    for name in ("unet", "vae"):
        ours, theirs = (getattr(each.networks, name).state_dict() for each in (model, expected))
        assert ours.keys() == theirs.keys()
        for key in theirs:
            torch.testing.assert_close(ours[key], theirs[key], atol=2e-3, rtol=0)
    said, wanted = model.embed("a calm sea"), expected.embed("a calm sea")
    torch.testing.assert_close(said.tokens, wanted.tokens, atol=5e-3, rtol=0)
    if family == "sdxl":
        torch.testing.assert_close(said.pooled, wanted.pooled, atol=5e-3, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("suffix", [".fp16", ""])
def test_a_diffusers_folder(tmp_path: Path, family: FamilyId, suffix: str) -> None:
    read = []
    checkpoint = open_model(write_folder(tmp_path, family, suffix=suffix))
    model = build(checkpoint, CPU, torch.float32, progress=lambda what, done, of: read.append((what, done == of)))
    check(model, family)
    assert {what for what, whole in read if whole} == {"the UNet", "the VAE", "the text encoder"}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_single_file(tmp_path: Path, family: FamilyId) -> None:
    path = write_single(tmp_path / "model.safetensors", family)
    checkpoint = open_single(path, write_tokenizer(tmp_path / "clip"), families=[tiny.TINY[family]])
    vocabulary = {"vocab_size": 514, "max_position_embeddings": 77}
    ends = {"bos_token_id": 512, "eos_token_id": 513}
    texts = tuple(replace(part, config={**part.config, **vocabulary, **ends}) for part in checkpoint.texts)
    check(build(replace(checkpoint, texts=texts), CPU, torch.float32), family)


def test_a_folder_says_what_its_network_predicts(tmp_path: Path) -> None:
    assert open_folder(write_folder(tmp_path, "sd21", "v_prediction")).prediction == "v_prediction"


def test_a_tiny_vae_is_read_from_its_folder(tmp_path: Path) -> None:
    checkpoint = open_folder(write_folder(tmp_path / "model", "sd15"))
    folder = write_tiny_vae(tmp_path / "tiny")
    save_file({"0.weight": torch.zeros(1)}, folder / "taesd_decoder.safetensors")  # as the hub's folder has them too
    model = build(checkpoint, CPU, torch.float32, tiny=folder)
    assert model.networks.tiny is not None
    made: Any = tiny_model("sd15").networks.tiny
    expected = made.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in model.networks.tiny.state_dict().items())


def emptied(folder: Path) -> Path:
    (folder / "unet" / "diffusion_pytorch_model.fp16.safetensors").unlink()
    return folder


def pickled(folder: Path) -> Path:
    path = folder / "unet" / "diffusion_pytorch_model.fp16.safetensors"
    torch.save(load_file(path), path.with_name("diffusion_pytorch_model.bin"))
    path.unlink()
    return folder


def cut(folder: Path) -> Path:
    path = folder / "vae" / "diffusion_pytorch_model.fp16.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    return folder


def other(folder: Path) -> Path:
    path = folder / "unet" / "diffusion_pytorch_model.fp16.safetensors"
    tensors = load_file(path)
    tensors.pop("conv_in.bias")
    save_file(tensors, path)
    return folder


def wordless(folder: Path) -> Path:
    (folder / "tokenizer" / "vocab.json").unlink()
    return folder


def guided(folder: Path) -> Path:
    path = folder / "unet" / "config.json"
    path.write_text(path.read_text().replace('"time_cond_proj_dim": null', '"time_cond_proj_dim": 256'))
    return folder


def confused(folder: Path) -> Path:
    (folder / "unet" / "config.json").write_text("{")
    return folder


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (emptied, "weights.missing"),
        (pickled, "weights.format"),
        (cut, "weights.damaged"),
        (other, "weights.key"),
        (wordless, "weights.missing"),
        (confused, "weights.damaged"),
        (guided, "weights.format"),
    ],
)
def test_a_folder_that_is_not_right_is_refused(tmp_path: Path, harm: Callable[[Path], Path], code: str) -> None:
    with pytest.raises(SettingsError) as raised:
        build(open_model(harm(write_folder(tmp_path, "sd15"))), CPU, torch.float32)
    assert raised.value.code == code


def test_a_pickle_is_read_where_it_is_told_to_and_runs_no_code(tmp_path: Path) -> None:
    folder = pickled(write_folder(tmp_path, "sd15"))
    check(build(open_model(folder, pickles=True), CPU, torch.float32), "sd15")

    class Harm:
        def __reduce__(self) -> Any:
            return (print, ("run",))

    torch.save({"x": Harm()}, folder / "unet" / "diffusion_pytorch_model.bin")
    with pytest.raises(SettingsError) as raised:
        open_model(folder, pickles=True)
    assert raised.value.code == "weights.format"


def test_a_file_that_is_no_whole_model_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors")
    with pytest.raises(SettingsError) as raised:
        open_model(tmp_path / "a.safetensors", tmp_path)
    assert raised.value.code == "weights.format"
    with pytest.raises(SettingsError) as raised:
        open_model(tmp_path)
    assert raised.value.code == "weights.format"


def test_an_inpainting_network_is_refused(tmp_path: Path) -> None:
    path = write_single(tmp_path / "a.safetensors", "sd15")
    tensors = load_file(path)
    tensors["model.diffusion_model.input_blocks.0.0.weight"] = torch.zeros(32, 9, 3, 3)
    save_file(tensors, path)
    with pytest.raises(SettingsError) as raised:
        open_single(path, tmp_path, families=list(tiny.TINY.values()))
    assert raised.value.code == "weights.format"
    assert "9 channels" in raised.value.problem.value


@pytest.mark.parametrize("kind", ["kohya", "peft"])
def test_low_rank_changes_are_fused(tmp_path: Path, kind: str) -> None:
    unet = tiny.parts("sd15")["unet"]
    before = {name: value.clone() for name, value in unet.state_dict().items()}
    changes = write_lora(tmp_path / "lora.safetensors", unet, kind=kind)
    assert fuse(unet, tmp_path / "lora.safetensors", 0.5) == len(changes)
    for name, value in unet.state_dict().items():
        change = changes.get(name.removesuffix(".weight"), torch.zeros(1))
        torch.testing.assert_close(value, before[name] + 0.5 * change * name.endswith("weight"))


def test_low_rank_changes_of_another_model_are_refused(tmp_path: Path) -> None:
    made = tiny.parts("sd15")
    write_lora(tmp_path / "lora.safetensors", made["unet"])
    other = made["vae"]
    with pytest.raises(SettingsError) as raised:
        fuse(other, tmp_path / "lora.safetensors")
    assert raised.value.code == "weights.key"
    save_file({"x": torch.zeros(1)}, tmp_path / "none.safetensors")
    with pytest.raises(SettingsError) as raised:
        fuse(other, tmp_path / "none.safetensors")
    assert raised.value.code == "weights.format"
