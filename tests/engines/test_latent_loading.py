"""Engines from files: those of the catalogue, where they are here, and models that people import."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from diffusers import ControlNetModel, T2IAdapter

from lightbrush.engines import engine as engines
from lightbrush.engines import latent_loading
from lightbrush.engines.images import FOLDER_VARIABLE, Recipe, recipe_of
from lightbrush.engines.latent import LatentEngine
from lightbrush.engines.latent_loading import load, look_into, open_parts
from lightbrush.engines.sdxl import SDXL_LIGHTNING
from lightbrush.engines.stable_diffusion import SD15_LCM, SD_TURBO, TINY_RANDOM, sd_turbo, tiny_random
from lightbrush.errors import SettingsError
from lightbrush.models.catalogue import find
from lightbrush.models.imported import Imported, forget, imported, note
from lightbrush.models.store import Store
from lightbrush.nn.latent import networks, tiny
from lightbrush.nn.latent.lora import layers_of
from lightbrush.shots import Frame, Prompt, Size
from tests.nn.control_layouts import write_adapter, write_controlnet
from tests.nn.latent_layouts import write_folder, write_lora, write_single, write_tiny_vae, write_tokenizer

pytestmark = pytest.mark.usefixtures("one_thread")
SIZE = Size(64, 64)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A folder of weights with tiny models in the place of real ones; families are the tiny ones."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "weights"))
    monkeypatch.setattr(latent_loading, "family", tiny.TINY.__getitem__)
    monkeypatch.setattr(networks, "FAMILIES", tuple(tiny.TINY.values()))
    return Store.of(str(tmp_path / "weights"), os.environ)


def put(store: Store, entry_id: str, made: Path) -> None:
    """Where `models pull` puts it, with empty files for what nobody reads."""
    source = find(entry_id).sources[0]
    folder = store.snapshot(source, "" if len(source.revision) == 40 else "0" * 40)
    if len(source.revision) != 40:
        ref = store.repository(source) / "refs" / source.revision
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text("0" * 40)
    for file in source.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        found = made / file.path if (made / file.path).is_file() else made / Path(file.path).name
        path.write_bytes(found.read_bytes() if found.is_file() else b"{}")


def small(recipe: Recipe) -> Recipe:
    return msgspec.structs.replace(recipe, card=msgspec.structs.replace(recipe.card, sizes=(SIZE,), default_size=SIZE))


def shot(name: str) -> Frame:
    return Frame(engine=name, width=64, height=64, prompts=(Prompt("a calm sea"),), seed=1)


def test_sd_turbo_from_the_files_that_pull_brings(store: Store, tmp_path: Path) -> None:
    put(store, "sd-turbo", write_folder(tmp_path / "sd", "sd21"))
    put(store, "taesd", write_tiny_vae(tmp_path / "tiny"))
    said: list[str] = []
    made = load(small(SD_TURBO), "cpu", say=said.append)
    assert "SD-Turbo at 64x64 takes" in said[0]
    assert made.render(shot("sd-turbo")).pixels.std() > 0


def test_lcm_fuses_its_lora_and_needs_it(store: Store, tmp_path: Path) -> None:
    put(store, "sd15-lcm", write_folder(tmp_path / "sd", "sd15"))
    put(store, "taesd", write_tiny_vae(tmp_path / "tiny"))
    with pytest.raises(SettingsError) as raised:
        load(small(SD15_LCM), "cpu")
    assert (raised.value.code, "pull lcm-lora-sd15" in raised.value.problem.fix) == ("weights.missing", True)
    lora = tmp_path / "lora" / "pytorch_lora_weights.safetensors"
    changes = write_lora(lora, tiny.parts("sd15")["unet"])
    put(store, "lcm-lora-sd15", lora.parent)
    unet = load(small(SD15_LCM), "cpu").painter.networks.unet
    before = tiny.parts("sd15")["unet"].state_dict()
    for layer, change in changes.items():
        expected = before[f"{layer}.weight"].half().float() + change
        place = layers_of(unet)[layer.replace(".", "_")]
        rows = unet.state_dict()[f"{place.layer}.weight"][place.first : place.first + place.rows]
        torch.testing.assert_close(rows, expected)


def test_lightning_is_sdxl_with_the_network_of_its_steps(store: Store, tmp_path: Path) -> None:
    whole = write_folder(tmp_path / "sdxl", "sdxl")
    put(store, "sdxl-base", whole)
    unet = tmp_path / "unet" / "sdxl_lightning_1step_unet_x0.safetensors"
    unet.parent.mkdir()
    unet.write_bytes((whole / "unet" / "diffusion_pytorch_model.fp16.safetensors").read_bytes())
    put(store, "sdxl-lightning-1", unet.parent)
    put(store, "taesdxl", write_tiny_vae(tmp_path / "tiny"))
    made = load(small(SDXL_LIGHTNING[1]), "cpu")
    assert made.render(shot("sdxl-lightning-1")).pixels.std() > 0
    (move,) = made.plan(0, 1.0, bare=True).moves
    assert (move.time, move.gain) == (999, 1.0)


def test_what_follows_a_sketch_is_a_controlnet_where_one_was_pulled_else_a_t2i_adapter(
    store: Store, tmp_path: Path
) -> None:
    put(store, "sd15-lcm", write_folder(tmp_path / "sd", "sd15"))
    put(store, "taesd", write_tiny_vae(tmp_path / "tiny"))
    write_lora(tmp_path / "lora" / "pytorch_lora_weights.safetensors", tiny.parts("sd15")["unet"])
    put(store, "lcm-lora-sd15", tmp_path / "lora")
    quick = write_adapter(tmp_path / "t2i" / "t2iadapter_sketch-fp16.safetensors", "sd15", "original", in_channels=1)
    put(store, "t2i-adapter-sketch-sd15", quick.parent)
    made = load(small(SD15_LCM), "cpu")
    assert {shows: type(net) for shows, net in made.painter.networks.controls.items()} == {"lines": T2IAdapter}
    told = msgspec.structs.replace(shot("sd15-lcm"), parameters={"follow": 0.5})
    assert made.render(told).pixels.std() > 0
    net = write_controlnet(tmp_path / "control", "sd15", "folder")
    (net / "diffusion_pytorch_model.safetensors").rename(net / "diffusion_pytorch_model.fp16.safetensors")
    put(store, "controlnet-scribble-sd15", net)
    made = load(small(SD15_LCM), "cpu")
    assert {shows: type(net) for shows, net in made.painter.networks.controls.items()} == {"lines": ControlNetModel}


def test_a_model_that_does_not_fit_is_refused_before_it_is_read(store: Store, tmp_path: Path) -> None:
    put(store, "sd-turbo", write_folder(tmp_path / "sd", "sd21"))
    put(store, "taesd", write_tiny_vae(tmp_path / "tiny"))
    with pytest.raises(SettingsError) as raised:
        load(small(SD_TURBO), "cpu", free=lambda device: 1000)
    assert raised.value.code == "weights.memory"


def test_a_model_that_is_not_here_says_how_to_get_it(store: Store) -> None:
    with pytest.raises(SettingsError) as raised:
        load(SD_TURBO, "cpu")
    assert (raised.value.code, raised.value.problem.fix) == ("weights.missing", "lightbrush models pull sd-turbo")


def known(name: str, path: Path, **more: Any) -> Imported:
    told: dict[str, Any] = {"family": "sd15", "way": "plain", "steps": 20, **more}
    return Imported(name=name, path=str(path), **told)


def test_an_imported_folder_and_a_file_become_engines(store: Store, tmp_path: Path) -> None:
    put(store, "taesd", write_tiny_vae(tmp_path / "tiny"))
    put(store, "clip-tokenizer", write_tokenizer(tmp_path / "clip"))
    folder = write_folder(tmp_path / "dreams", "sd21", "v_prediction")
    note(store, known("dreams", folder, family="sd21", prediction="v_prediction", licence="mine"), frozenset())
    spec = engines.installed()["dreams"]
    assert (spec.card.licence, spec.card.default_steps) == ("mine", 20)
    recipe = recipe_like("dreams", store)
    made = load(small(recipe), "cpu")
    assert made.render(shot("dreams")).pixels.std() > 0
    file = write_single(tmp_path / "one.safetensors", "sd15")
    checkpoint = open_parts(msgspec.structs.replace(recipe, path=str(file)), store)
    assert len(checkpoint.unet.stored) == len(tiny.parts("sd15")["unet"].state_dict())
    assert forget(store, "dreams")
    assert not forget(store, "dreams")
    assert "dreams" not in engines.installed()
    assert folder.is_dir()


def recipe_like(name: str, store: Store) -> Recipe:
    return recipe_of(next(model for model in imported(store) if model.name == name))


@pytest.mark.parametrize("name", ["", "../x", "A", "sd-turbo", "twice"])
def test_a_name_that_is_taken_or_no_name_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    note(store, known("twice", tmp_path), frozenset())
    with pytest.raises(SettingsError) as raised:
        note(store, known(name, tmp_path), frozenset({"sd-turbo"}))
    assert raised.value.code == "weights.import"
    assert not forget(store, "../twice")


def test_a_note_that_cannot_be_read_is_left_out(store: Store, tmp_path: Path) -> None:
    note(store, known("good", tmp_path), frozenset()).with_name("bad.json").write_text("{")
    assert [model.name for model in imported(store)] == ["good"]
    assert json.loads((store.folder / "lightbrush" / "good.json").read_text())["steps"] == 20


def test_there_is_no_lcm_lora_for_2_1(store: Store, tmp_path: Path) -> None:
    note(store, known("x", tmp_path, family="sd21", way="lcm"), frozenset())
    with pytest.raises(SettingsError) as raised:
        recipe_like("x", store)
    assert raised.value.code == "weights.import"
    assert "x" not in engines.installed()  # and the others are still there


def test_without_its_extra_an_engine_says_which_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightbrush.engines.latent_loading", None)
    for spec in (sd_turbo, tiny_random):
        with pytest.raises(SettingsError) as raised:
            spec.load("cpu")
        assert (raised.value.code, "lightbrush[images]" in raised.value.problem.fix) == ("extra.missing", True)


def test_what_a_model_is_is_seen_from_its_shapes(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latent_loading, "FAMILIES", (tiny.TINY["sdxl"],))
    found = look_into(write_folder(tmp_path / "x", "sdxl"), store, pickles=False)
    assert (found.family, found.prediction) == ("sdxl", "epsilon")
    with pytest.raises(SettingsError) as raised:
        look_into(write_folder(tmp_path / "y", "sd15"), store, pickles=False)
    assert raised.value.code == "weights.format"


def test_the_tiny_engine_needs_no_files() -> None:
    made = tiny_random.load("cpu")
    assert isinstance(made, LatentEngine)
    assert made.render(shot(TINY_RANDOM.card.id)).pixels.shape == (64, 64, 3)
