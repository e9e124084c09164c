"""What the engine of FLUX.2 klein does with a shot, and how it comes from files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from lightbrush.engines import latent_loading
from lightbrush.engines.engine import Start, StartingEngine
from lightbrush.engines.flux2 import FLUX2_KLEIN, flux2_klein, tiny_random
from lightbrush.engines.images import FOLDER_VARIABLE, Recipe, recipe_of, with_loras
from lightbrush.engines.latent import LatentEngine, shrunk
from lightbrush.engines.latent_loading import load, look_into
from lightbrush.enhance import creative
from lightbrush.errors import SettingsError, ShotError
from lightbrush.models.imported import Imported, Lora, imported, note
from lightbrush.models.store import Store
from lightbrush.nn.flux2 import networks as klein_networks
from lightbrush.nn.flux2 import tiny as tiny_klein
from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.config import KLEIN_9B
from lightbrush.shots import Asset, Frame, Prompt, Reference
from tests.engines.klein_stand_ins import engine
from tests.engines.latent_stand_ins import SIZE, picture
from tests.engines.test_latent import drawn, far, png, region
from tests.engines.test_latent_loading import put
from tests.nn.klein_layouts import (
    originals,
    write_klein_folder,
    write_klein_lora,
    write_klein_single,
    write_taef2,
)

pytestmark = pytest.mark.usefixtures("one_thread")


def frame(**asked: Any) -> Frame:
    told = {"engine": "flux2-klein", "width": 64, "height": 64, "prompts": (Prompt("a calm sea"),), "seed": 3}
    return Frame(**{**told, "steps": 2, **asked})


def shown(weight: float = 1.0, seed: int = 4, size: tuple[int, int] = (48, 80)) -> Reference:
    made = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    return Reference(Asset.of(png(made)), weight)


@pytest.fixture(scope="module")
def klein() -> LatentEngine:
    return engine()


# A shot.


def test_the_same_shot_gives_the_same_bytes_wherever_it_is_rendered(klein: LatentEngine) -> None:
    shot = frame(sketch=png(drawn()), prompts=(Prompt("a calm sea"), Prompt("fog", -0.5)), references=(shown(),))
    first, again, elsewhere = (made.render(shot).pixels for made in (klein, klein, engine()))
    assert np.array_equal(first, again)
    assert np.array_equal(first, elsewhere)
    assert first.shape == (64, 64, 3)
    assert not np.array_equal(first, klein.render(frame(seed=9)).pixels)


def test_pictures_are_shown_to_it_as_strongly_as_they_weigh(klein: LatentEngine) -> None:
    def made(*references: Reference) -> np.ndarray:
        return klein.render(frame(references=references)).pixels

    plain = made()
    assert np.array_equal(made(shown(0.0)), plain)
    one = made(shown())
    assert far(one, plain) > 0
    assert far(made(shown(0.3)), one) > 0
    assert far(made(shown(), shown(seed=5, size=(64, 64))), one) > 0
    assert np.array_equal(made(shown()), one)
    with pytest.raises(ShotError) as raised:
        made(shown(-0.5))
    assert (raised.value.code, raised.value.problem.value) == ("shot.references", "-0.5")
    with pytest.raises(ShotError):
        made(*(shown(seed=i) for i in range(5)))


def test_a_sketch_is_begun_with_or_shown(klein: LatentEngine) -> None:
    def made(**told: Any) -> np.ndarray:
        return klein.render(frame(sketch=png(drawn()), strength=0.9, **told)).pixels

    begun, seen = made(), made(parameters={"sketch": "reference"})
    assert far(begun, seen) > 0
    bare = frame(parameters={"sketch": "reference"})
    assert np.array_equal(klein.render(bare).pixels, klein.render(frame()).pixels)  # nothing is drawn
    assert far(seen, klein.render(frame()).pixels) > 0


def test_a_mask_keeps_and_what_is_kept_is_seen(klein: LatentEngine) -> None:
    mask = np.zeros((64, 64, 4), np.uint8)
    mask[16:48, 16:48, 3] = 255
    shot = frame(base=Asset.of(png(picture())), mask=png(mask), references=(shown(0.5),))
    made = klein.render(shot).pixels
    stays = mask[..., 3] == 0
    assert np.array_equal(made[stays], picture()[stays])
    assert far(made[~stays], picture()[~stays]) > 1
    shown_too = klein.render(msgspec.structs.replace(shot, sketch=png(drawn()), parameters={"sketch": "reference"}))
    assert np.array_equal(shown_too.pixels[stays], picture()[stays])


@pytest.mark.parametrize("sketch", [{}, {"sketch": png(drawn()), "parameters": {"sketch": "reference"}}])
def test_a_region_that_covers_all_is_the_picture_of_what_it_says_and_shows(klein: LatentEngine, sketch: Any) -> None:
    said = {"prompts": (Prompt("a red rose", 0.75), Prompt("fog", -0.5)), "references": (shown(0.5),)}
    alone = latents_of(klein, frame(**said, **sketch))
    within = latents_of(klein, frame(regions=(region(**said),), **sketch))
    torch.testing.assert_close(within, alone, atol=1e-5, rtol=0)
    assert not torch.allclose(within, latents_of(klein, frame(**sketch)), atol=1e-3)


def latents_of(made: LatentEngine, shot: Frame) -> torch.Tensor:
    ready = made._ready(shot, None)
    return made.painter.denoise(ready.asked)


def test_a_region_of_no_strength_is_not_heard_nor_are_its_pictures_seen(klein: LatentEngine) -> None:
    for told in ({}, {"base": Asset.of(png(picture())), "mask": png(np.tile(np.uint8([0, 255]).repeat(32), (64, 1)))}):
        unheard = latents_of(klein, frame(regions=(region(strength=0.0, references=(shown(),)),), **told))
        torch.testing.assert_close(unheard, latents_of(klein, frame(**told)), atol=1e-5, rtol=0)


def test_a_region_changes_the_picture_more_where_it_lies(klein: LatentEngine) -> None:
    plain = latents_of(klein, frame())
    left = latents_of(klein, frame(regions=(region(slice(0, 16), references=(shown(),)),)))
    changed = (left - plain).abs()
    assert float(changed[..., :2].mean()) > float(changed[..., 4:].mean()) > 0
    with pytest.raises(ShotError) as raised:
        klein.render(frame(regions=(region(references=(shown(-0.5),)),)))
    assert raised.value.code == "shot.references"


def test_what_a_mask_keeps_a_region_leaves_as_it_is(klein: LatentEngine) -> None:
    mask = np.zeros((64, 64, 4), np.uint8)
    mask[:, 32:, 3] = 255
    told = {"base": Asset.of(png(picture())), "mask": png(mask)}
    plain, with_region = (klein.render(frame(**told, regions=each)).pixels for each in ((), (region(slice(32, 64)),)))
    assert np.array_equal(with_region[:, :32], picture()[:, :32])
    assert far(with_region[:, 32:], plain[:, 32:]) > 0


def test_it_paints_anew(klein: LatentEngine) -> None:
    creative.check_card(FLUX2_KLEIN.card, creative.Creative())


def test_a_wider_picture_a_tile_of_one_and_the_tiny_engine() -> None:
    made = tiny_random.load("cpu")
    told: dict[str, Any] = {"engine": "tiny-random-klein", "steps": 1}
    wide = made.render(Frame(width=128, height=64, prompts=(Prompt("sea"),), references=(shown(),), **told))
    assert wide.pixels.shape == (64, 128, 3)
    assert isinstance(made, StartingEngine)
    start = Start(np.full((64, 64, 3), 0.5, np.float32), 0.4, 32, 0)
    assert made.render_from(Frame(width=64, height=64, **told), start).pixels.std() > 0


@pytest.mark.parametrize(
    ("size", "most", "becomes"),
    [((512, 512), 1 << 18, (512, 512)), ((1000, 500), 1 << 18, (720, 352)), ((40, 9), 1 << 18, (64, 16))],
)
def test_a_picture_is_seen_on_a_grid(size: tuple[int, int], most: int, becomes: tuple[int, int]) -> None:
    wide, high = size
    assert shrunk(np.zeros((high, wide, 3), np.uint8), most).shape == (becomes[1], becomes[0], 3)


# Files.


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A folder of weights; families are the tiny ones."""
    known = {**tiny.TINY, "klein4b": tiny_klein.TINY, "klein9b": KLEIN_9B}
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "weights"))
    monkeypatch.setattr(latent_loading, "family", known.__getitem__)
    monkeypatch.setattr(latent_loading, "KLEIN", (tiny_klein.TINY, KLEIN_9B))
    for at in (latent_loading, klein_networks):
        monkeypatch.setattr(at, "build_flux2", small_build)
    return Store.of(str(tmp_path / "weights"), os.environ)


BUILD = klein_networks.build_flux2


def small_build(*given: Any, **told: Any) -> Any:
    return BUILD(*given, **told, tokens=tiny_klein.TOKENS, layers=tiny_klein.LAYERS)


@pytest.fixture
def pulled(store: Store, tmp_path: Path) -> Store:
    """With FLUX.2 klein, as `models pull` brings it."""
    folder = write_klein_folder(tmp_path / "klein")
    put(store, "flux2-klein", folder)
    put(store, "flux2-klein-base", folder)
    put(store, "taef2", write_taef2(tmp_path / "tiny"))
    return store


def small(recipe: Recipe) -> Recipe:
    return msgspec.structs.replace(recipe, card=msgspec.structs.replace(recipe.card, sizes=(SIZE,), default_size=SIZE))


def test_klein_from_the_files_that_pull_brings(pulled: Store) -> None:
    told: list[str] = []
    made = load(small(FLUX2_KLEIN), "cpu", say=told.append)
    assert "FLUX.2 klein 4B at 64x64 takes" in told[0]
    assert made.render(frame(references=(shown(),))).pixels.std() > 0
    transformer = made.painter.networks.unet.state_dict()
    for name, value in originals(tiny_klein.parts()["transformer"].state_dict()).items():
        assert torch.equal(transformer[name], value)


def test_on_a_small_card_its_matrices_are_int8(pulled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from lightbrush.nn.latent import packed

    monkeypatch.setattr(packed.fill_packed, "__defaults__", (None, 64))
    monkeypatch.setattr(latent_loading, "fitting", lambda *_: latent_loading.CPU_SAVINGS[-1])
    told: list[str] = []
    made = load(small(FLUX2_KLEIN), "cpu", say=told.append)
    assert "matrices in int8 are" in told[1]
    assert made.render(frame()).pixels.std() > 0


@pytest.mark.parametrize("kind", ["folder", "not distilled", "single"])
def test_an_imported_klein_becomes_an_engine(pulled: Store, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine.safetensors"
    distilled = kind != "not distilled"
    path = write_klein_single(path) if kind == "single" else write_klein_folder(tmp_path / "mine", distilled)
    found = look_into(path, pulled, pickles=False)
    assert (found.family, found.distilled, found.lora) == ("klein4b", distilled, False)
    way = "turbo" if distilled else "plain"
    note(pulled, Imported(name="mine", path=str(path), family="klein4b", way=way, steps=2), frozenset())
    recipe = recipe_of(next(model for model in imported(pulled) if model.name == "mine"))
    (slider,) = [p for p in recipe.card.parameters if p.name == "guidance"]
    assert (slider.default, recipe.guidance, recipe.card.references) == ((1.0, 1.0, 4) if distilled else (4.0, 4.0, 4))
    made = load(small(recipe), "cpu")
    plain = made.render(frame(engine="mine")).pixels
    assert plain.std() > 0
    assert far(made.render(frame(engine="mine", parameters={"guidance": 7.0})).pixels, plain) > 0


def test_what_is_unwanted_is_what_a_guided_one_is_guided_away_from(klein: LatentEngine) -> None:
    card = msgspec.structs.replace(klein.card, parameters=(*klein.card.parameters, *_guidance()))
    klein.card, before = card, klein.card
    try:
        prompts = (Prompt("a calm sea"), Prompt("fog", -1.0))
        bare = np.zeros((64, 64, 4), np.uint8)
        ready = klein._asked(frame(prompts=prompts, parameters={"guidance": 3.0}), bare, None, None, 1.0, None)
    finally:
        klein.card = before
    assert torch.equal(ready.words.tokens, klein._embed("a calm sea").tokens)
    assert torch.equal(ready.unwanted.tokens, klein._embed("fog").tokens)


def _guidance() -> tuple[Any, ...]:
    from lightbrush.engines.images import guidance

    return (guidance(1.0, 10.0),)


def test_a_single_file_that_pull_brought_serves_too(pulled: Store) -> None:
    folder = pulled.locate("flux2-klein").folder
    single = write_klein_single(folder / "flux-2-klein-4b.safetensors")
    found = klein_networks.open_flux2(single, pulled.locate("flux2-klein-base").folder)
    assert len(found.stored) == len(tiny_klein.model(torch.device("cpu")).networks.unet.state_dict())


def test_a_flux2_of_an_unknown_size_and_dev_are_refused_by_name(store: Store, tmp_path: Path) -> None:
    path = write_klein_single(tmp_path / "a.safetensors")
    whole = load_file(path)
    save_file({k: v for k, v in whole.items() if not k.startswith("single_blocks.1.")}, path)
    for tensors, told in (
        ({k: v for k, v in whole.items() if not k.startswith("single_blocks.1.")}, "2 and 1 blocks"),
        ({**whole, "guidance_in.in_layer.weight": torch.zeros(64, 256)}, "told its guidance"),
    ):
        save_file(tensors, path)
        with pytest.raises(SettingsError) as raised:
            look_into(path, store, pickles=False)
        assert (raised.value.code, told in raised.value.problem.value) == ("weights.format", True)


def test_a_lora_of_klein_is_a_slider_of_its_engines(pulled: Store, tmp_path: Path) -> None:
    path = write_klein_lora(tmp_path / "ink.safetensors", "diffusers")
    assert look_into(path, pulled, pickles=False).family == "klein4b"
    note(pulled, Lora(name="ink", path=str(path), family="klein4b"), frozenset())
    assert "lora-ink" in [p.name for p in with_loras(flux2_klein).card.parameters]
    made = load(small(FLUX2_KLEIN), "cpu")
    plain = made.render(frame()).pixels
    assert far(made.render(frame(parameters={"lora-ink": 1.0})).pixels, plain) > 0
    assert np.array_equal(made.render(frame()).pixels, plain)
