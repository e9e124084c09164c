"""What the FLUX engine does with a shot, how it comes from files; LoRAs, 8 bits and a lack of memory."""

from __future__ import annotations

import gc
import os
import weakref
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from lightbrush.engines import engine as engines
from lightbrush.engines import latent_loading
from lightbrush.engines.flux import FLUX_SCHNELL, flux_schnell, tiny_random
from lightbrush.engines.flux import TINY_RANDOM as TINY_FLUX
from lightbrush.engines.images import FOLDER_VARIABLE, REGIONS, Recipe, recipe_of, with_loras
from lightbrush.engines.latent import LatentEngine
from lightbrush.engines.latent_loading import fitting, load, look_into
from lightbrush.engines.sdxl import SDXL_LCM, SDXL_LIGHTNING, SDXL_TURBO
from lightbrush.engines.stable_diffusion import SD15_LCM, SD_TURBO
from lightbrush.engines.stable_diffusion import TINY_RANDOM as TINY_SD
from lightbrush.enhance import creative
from lightbrush.errors import FleetError, SettingsError, ShotError
from lightbrush.models.imported import Control, Imported, Lora, forget, imported, loras, note
from lightbrush.models.store import Store
from lightbrush.nn.flux import tiny as tiny_flux
from lightbrush.nn.latent import lora as low_rank
from lightbrush.nn.latent import networks, packed, tiny
from lightbrush.nn.latent.lora import Adapters
from lightbrush.nn.latent.memory import CPU_SAVINGS, SAVINGS, Saving, needs
from lightbrush.shots import Asset, Frame, Prompt, Reference, Region
from tests.engines import latent_stand_ins
from tests.engines.flux_stand_ins import control_of, engine
from tests.engines.latent_stand_ins import SIZE, picture
from tests.engines.test_latent import drawn, far, png, region
from tests.engines.test_latent_loading import put
from tests.nn.control_layouts import write_flux_control
from tests.nn.flux_layouts import originals, write_flux_folder, write_flux_lora, write_flux_single
from tests.nn.latent_layouts import write_folder, write_lora, write_tiny_vae

pytestmark = pytest.mark.usefixtures("one_thread")


def frame(**asked: Any) -> Frame:
    told = {"engine": "flux-schnell", "width": 64, "height": 64, "prompts": (Prompt("a calm sea"),), "seed": 3}
    return Frame(**{**told, **asked})


@pytest.fixture(scope="module")
def schnell() -> LatentEngine:
    return engine()


# A shot.


def test_the_same_shot_gives_the_same_bytes_wherever_it_is_rendered(schnell: LatentEngine) -> None:
    shot = frame(sketch=png(drawn()), prompts=(Prompt("a calm sea"), Prompt("fog", -0.5)))
    other = schnell.render(frame(seed=9)).pixels
    first, again, elsewhere = (made.render(shot).pixels for made in (schnell, schnell, engine()))
    assert np.array_equal(first, again)
    assert np.array_equal(first, elsewhere)
    assert first.shape == (64, 64, 3)
    assert not np.array_equal(first, other)


def test_words_weights_and_what_is_unwanted_count(schnell: LatentEngine) -> None:
    def shown(*prompts: Prompt) -> np.ndarray:
        return schnell.render(frame(prompts=prompts)).pixels

    plain = shown(Prompt("a calm sea"))
    assert far(plain, shown(Prompt("a city at night"))) > 0
    assert far(plain, shown(Prompt("a calm sea"), Prompt("fog", -1.0))) > 0
    assert np.array_equal(plain, shown(Prompt("a calm sea"), Prompt("fog", 0.0)))


def test_a_mask_keeps_and_a_strong_sketch_is_begun_with(schnell: LatentEngine) -> None:
    mask = np.zeros((64, 64, 4), np.uint8)
    mask[16:48, 16:48, 3] = 255
    made = schnell.render(frame(base=Asset.of(png(picture())), mask=png(mask))).pixels
    stays = mask[..., 3] == 0
    assert np.array_equal(made[stays], picture()[stays])
    assert far(made[~stays], picture()[~stays]) > 1
    plans = [len(schnell.plan(4, share, bare=share == 1, latents=64).moves) for share in (0.49, 1.0)]
    assert plans == [2, 4]


def test_pictures_as_prompts_are_refused_by_its_card(schnell: LatentEngine) -> None:
    with pytest.raises(ShotError) as raised:
        schnell.render(frame(references=(Reference(Asset.of(png(picture()))),)))
    assert (raised.value.code, schnell.card.references) == ("shot.references", 0)


def latents_of(made: LatentEngine, shot: Frame) -> torch.Tensor:
    bare = np.zeros((shot.height, shot.width, 4), np.uint8)
    return made.painter.denoise(made._asked(shot, bare, None, None, 1.0, None))


def test_a_region_that_covers_all_is_the_picture_of_its_prompts(schnell: LatentEngine) -> None:
    said_there = (Prompt("a red rose", 0.75), Prompt("fog", -0.5))
    alone = latents_of(schnell, frame(prompts=said_there))
    within = latents_of(schnell, frame(regions=(region(prompts=said_there),)))
    torch.testing.assert_close(within, alone, atol=1e-5, rtol=0)
    assert not torch.allclose(within, latents_of(schnell, frame()), atol=1e-2)


def test_a_region_changes_the_picture_more_where_it_lies(schnell: LatentEngine) -> None:
    plain, rose = latents_of(schnell, frame()), (Prompt("a red rose"),)
    unheard = latents_of(schnell, frame(regions=(region(strength=0.0, prompts=rose),)))
    # one vector for the whole picture hears the region everywhere; what its own tokens hear, only where it lies
    torch.testing.assert_close(unheard, plain, atol=1e-5, rtol=0)
    wide = Frame(engine="flux-schnell", width=128, height=64, prompts=(Prompt("a calm sea"),), seed=3)
    left = region_of(64, 128, slice(0, 32), prompts=(Prompt("a red rose"),))
    changed = (latents_of(schnell, msgspec.structs.replace(wide, regions=(left,))) - latents_of(schnell, wide)).abs()
    assert float(changed[..., :4].mean()) > float(changed[..., 8:].mean()) > 0


def region_of(height: int, width: int, columns: slice, **said: Any) -> Region:
    mask = np.zeros((height, width), np.uint8)
    mask[:, columns] = 255
    return Region(mask=png(mask), **said)


def test_the_later_region_lies_above_and_what_it_does_not_want_counts(schnell: LatentEngine) -> None:
    rose, stone = region(), region(prompts=(Prompt("a grey stone"),))
    over, alone = (schnell.render(frame(regions=each)).pixels for each in ((rose, stone), (stone,)))
    assert far(over, alone) < 0.5
    assert far(over, schnell.render(frame(regions=(stone, rose))).pixels) > 0.5
    half, against = region(slice(0, 32)), region(slice(0, 32), prompts=(Prompt("a red rose"), Prompt("fog", -1.0)))
    assert far(*(schnell.render(frame(regions=(each,))).pixels for each in (half, against))) > 0


def test_what_a_mask_keeps_a_region_leaves_as_it_is(schnell: LatentEngine) -> None:
    mask = np.zeros((64, 64, 4), np.uint8)
    mask[:, 32:, 3] = 255
    told = {"base": Asset.of(png(picture())), "mask": png(mask)}
    plain, with_region = (schnell.render(frame(**told, regions=each)).pixels for each in ((), (region(slice(32, 64)),)))
    assert np.array_equal(with_region[:, :32], picture()[:, :32])
    assert far(with_region[:, 32:], plain[:, 32:]) > 0


def test_every_card_of_these_engines_says_that_it_takes_regions() -> None:
    every = (FLUX_SCHNELL, TINY_FLUX, SD_TURBO, SD15_LCM, TINY_SD, SDXL_TURBO, SDXL_LCM, *SDXL_LIGHTNING.values())
    assert {recipe.card.regions for recipe in every} == {REGIONS}


def test_a_wider_picture_a_tile_of_one_and_the_tiny_engine() -> None:
    made = tiny_random.load("cpu")
    wide = made.render(Frame(engine="tiny-random-flux", width=128, height=64, prompts=(Prompt("sea"),)))
    assert wide.pixels.shape == (64, 128, 3)
    assert isinstance(made, engines.StartingEngine)
    start = engines.Start(np.full((64, 64, 3), 0.5, np.float32), 0.4, 32, 0)
    assert made.render_from(Frame(engine="tiny-random-flux", width=64, height=64), start).pixels.std() > 0


def test_cards_of_these_engines_say_that_they_paint_anew_as_they_can() -> None:
    for recipe in (FLUX_SCHNELL, SD_TURBO, SD15_LCM):
        creative.check_card(recipe.card, creative.Creative())


# What a sketch shows.


def followed(made: LatentEngine, shows: str = "depth", follow: float = 0.7, **asked: Any) -> np.ndarray:
    told = {"sketch": png(drawn()), "parameters": {"follow": follow, "control": shows}}
    return made.render(frame(**{**told, **asked})).pixels


def test_a_sketch_of_depth_is_followed_and_not_begun_with() -> None:
    net = control_of(tiny_flux.control())
    made = engine(controls={"lines": net, "depth": net})
    bare = made.render(frame()).pixels
    depth, lines, begun = followed(made), followed(made, "lines"), followed(made, follow=0.0)
    assert np.array_equal(begun, made.render(frame(sketch=png(drawn()))).pixels)  # what is not followed is begun with
    assert far(bare, followed(made, follow=0.1)) < far(bare, depth)
    assert min(far(bare, depth), far(depth, lines)) > 0
    assert np.array_equal(followed(made), depth)
    with pytest.raises(ShotError) as raised:
        followed(made, "pose")
    assert (raised.value.code, "pull controlnet-union-flux" in raised.value.problem.fix) == ("shot.parameter", True)


def test_a_union_is_told_what_the_sketch_shows() -> None:
    union = control_of(tiny_flux.control(num_mode=10))
    made = engine(controls=dict.fromkeys(("depth", "pose"), union))
    grey = np.dstack([picture()[..., :1]] * 3 + [np.full((64, 64), 255, np.uint8)])  # of which depth is the same
    depth, pose = (followed(made, shows, sketch=png(grey)) for shows in ("depth", "pose"))
    assert far(depth, pose) > 0


def test_regions_and_masks_are_followed_too() -> None:
    made = engine(controls={"depth": control_of(tiny_flux.control())})
    mask = np.zeros((64, 64, 4), np.uint8)
    mask[:, 32:, 3] = 255
    kept = followed(made, base=Asset.of(png(picture())), mask=png(mask))
    assert np.array_equal(kept[:, :32], picture()[:, :32])
    parted = followed(made, regions=(region(slice(0, 32)),))
    assert far(parted, followed(made)) > 0
    assert far(parted, made.render(frame(regions=(region(slice(0, 32)),))).pixels) > 0


# Files.


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A folder of weights; families are the tiny ones."""
    known = {**tiny.TINY, "flux": tiny_flux.TINY}
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "weights"))
    monkeypatch.setattr(latent_loading, "family", known.__getitem__)
    monkeypatch.setattr(latent_loading, "FAMILIES", tuple(tiny.TINY.values()))
    monkeypatch.setattr(latent_loading, "FLUX", tiny_flux.TINY)
    monkeypatch.setattr(networks, "FAMILIES", tuple(tiny.TINY.values()))
    return Store.of(str(tmp_path / "weights"), os.environ)


@pytest.fixture
def pulled(store: Store, tmp_path: Path) -> Store:
    """With FLUX.1 schnell, as `models pull` brings it."""
    folder = write_flux_folder(tmp_path / "flux")
    put(store, "flux-schnell", folder)
    put(store, "flux-base", folder)
    write_tiny_flux_vae(tmp_path / "tiny")
    put(store, "taef1", tmp_path / "tiny")
    return store


def write_tiny_flux_vae(folder: Path) -> None:
    write_tiny_vae(folder)
    network = tiny_flux.parts()["tiny"]
    (folder / "config.json").write_text(network.to_json_string())
    tensors = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(tensors, folder / "diffusion_pytorch_model.safetensors")


def small(recipe: Recipe) -> Recipe:
    return msgspec.structs.replace(recipe, card=msgspec.structs.replace(recipe.card, sizes=(SIZE,), default_size=SIZE))


def test_schnell_from_the_files_that_pull_brings(pulled: Store) -> None:
    told: list[str] = []
    made = load(small(FLUX_SCHNELL), "cpu", say=told.append)
    assert "FLUX.1 schnell at 64x64 takes" in told[0]
    assert made.render(frame()).pixels.std() > 0
    transformer = made.painter.networks.unet.state_dict()
    for name, value in originals(tiny_flux.parts()["transformer"].state_dict()).items():
        assert torch.equal(transformer[name], value)


def recipe_like(name: str, store: Store) -> Recipe:
    return recipe_of(next(model for model in imported(store) if model.name == name))


@pytest.mark.parametrize("kind", ["folder", "single", "told"])
def test_an_imported_flux_becomes_an_engine(pulled: Store, tmp_path: Path, kind: str) -> None:
    told = kind == "told"
    path = tmp_path / "mine.safetensors"
    path = write_flux_folder(tmp_path / "mine") if kind == "folder" else write_flux_single(path, guided=told)
    found = look_into(path, pulled, pickles=False)
    assert (found.family, found.told, found.lora) == ("flux", told, False)
    note(pulled, Imported(name="mine", path=str(path), family="flux", way="plain", steps=4, told=told), frozenset())
    assert ("guidance" in [p.name for p in engines.installed()["mine"].card.parameters]) == told
    made = load(small(recipe_like("mine", pulled)), "cpu")
    shot = frame(engine="mine", parameters={"guidance": 2.0} if told else {})
    assert made.render(shot).pixels.std() > 0
    if told:
        assert far(made.render(shot).pixels, made.render(frame(engine="mine")).pixels) > 0


def test_a_single_file_that_pull_brought_serves_too(pulled: Store, tmp_path: Path) -> None:
    folder = pulled.locate("flux-schnell").folder
    single = write_flux_single(folder / "flux1-schnell.safetensors")
    found = latent_loading.open_flux(single, pulled.locate("flux-base").folder)
    assert len(found.stored) == len(tiny_flux.model(torch.device("cpu")).networks.unet.state_dict())


def test_a_controlnet_that_pull_brought_is_one_network_for_all_that_a_sketch_shows(
    pulled: Store, tmp_path: Path
) -> None:
    enough = needs(tiny_flux.TINY, SIZE.width, SIZE.height, dtype_bytes=4, saving=CPU_SAVINGS[-1])
    load(small(FLUX_SCHNELL), "cpu", free=lambda _: enough)
    put(pulled, "controlnet-union-flux", write_flux_control(tmp_path / "union", "folder"))
    with pytest.raises(SettingsError) as raised:
        load(small(FLUX_SCHNELL), "cpu", free=lambda _: enough)
    assert raised.value.code == "weights.memory"  # it is counted before it is read
    made = load(small(FLUX_SCHNELL), "cpu")
    nets = made.painter.networks.controls
    assert (sorted(nets), len({*map(id, nets.values())})) == (["depth", "lines", "pose"], 1)
    plain = made.render(frame()).pixels
    assert min(far(followed(made, shows), plain) for shows in nets) > 0


def test_an_imported_one_goes_before_one_that_was_pulled(pulled: Store, tmp_path: Path) -> None:
    put(pulled, "controlnet-union-flux", write_flux_control(tmp_path / "union", "folder"))
    before = followed(load(small(FLUX_SCHNELL), "cpu"))
    path = write_flux_control(tmp_path / "mine.safetensors", "xlabs", patch_size=2, conditioning_embedding_channels=16)
    found = look_into(path, pulled, pickles=False)
    assert (found.family, found.control, found.shows) == ("flux", True, ())
    union = write_flux_control(tmp_path / "all.safetensors", num_mode=10)
    assert look_into(union, pulled, pickles=False).shows == ("lines", "depth", "pose")
    note(pulled, Control(name="mine", path=str(path), family="flux", shows=("depth",)), frozenset())
    made = load(small(FLUX_SCHNELL), "cpu")
    assert len({*map(id, made.painter.networks.controls.values())}) == 2
    assert far(followed(made), before) > 0
    assert forget(pulled, "mine")
    assert np.array_equal(followed(load(small(FLUX_SCHNELL), "cpu")), before)


def test_one_that_is_gone_is_named_and_one_for_no_network_is_refused(pulled: Store, tmp_path: Path) -> None:
    gone = Control(name="gone", path=str(tmp_path / "gone.safetensors"), family="flux", shows=("depth",))
    note(pulled, gone, frozenset())
    with pytest.raises(SettingsError) as raised:
        load(small(FLUX_SCHNELL), "cpu")
    assert (raised.value.code, "gone.safetensors" in raised.value.problem.value) == ("weights.missing", True)
    with pytest.raises(SettingsError) as raised:
        look_into(write_flux_control(tmp_path / "a", "folder", joint_attention_dim=48), pulled, pickles=False)
    assert (raised.value.code, "words: 48, not 32" in raised.value.problem.value) == ("weights.format", True)


def test_a_model_of_no_known_family_is_refused_by_what_it_is(store: Store, tmp_path: Path) -> None:
    def raised(path: Path) -> SettingsError:
        with pytest.raises(SettingsError) as error:
            look_into(path, store, pickles=False)
        return error.value

    for name, kind in (
        ("model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight", "Stable Diffusion 3"),
        ("ip_adapter.1.to_k_ip.weight", "an IP-Adapter"),
        ("double_stream_modulation_img.lin.weight", "a FLUX.2 transformer of another kind"),
        ("encoder.block.0.layer.0.SelfAttention.q.weight", "a T5 text encoder alone"),
    ):
        save_file({name: torch.zeros(1)}, tmp_path / "a.safetensors")
        error = raised(tmp_path / "a.safetensors")
        assert (error.code, kind in error.problem.value) == ("weights.format", True)
    (tmp_path / "model_index.json").write_text('{"_class_name": "PixArtSigmaPipeline"}')
    assert "PixArtSigmaPipeline" in raised(tmp_path).problem.value
    (tmp_path / "a.ckpt").write_bytes(b"")
    assert "pickle" in raised(tmp_path / "a.ckpt").problem.message


def test_without_its_extra_it_says_which_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "lightbrush.engines.latent_loading", None)
    with pytest.raises(SettingsError) as raised:
        flux_schnell.load("cpu")
    assert raised.value.code == "extra.missing"


# LoRAs.


def note_lora(store: Store, name: str, path: Path, **more: Any) -> None:
    note(store, Lora(name=name, path=str(path), **{"family": "flux", **more}), frozenset())


def test_a_lora_is_a_slider_that_counts_from_the_next_picture_on(pulled: Store, tmp_path: Path) -> None:
    plain = load(small(FLUX_SCHNELL), "cpu").render(frame()).pixels
    note_lora(pulled, "ink", write_flux_lora(tmp_path / "ink.safetensors", "diffusers"), licence="mine")
    note_lora(pulled, "clay", write_flux_lora(tmp_path / "clay.safetensors", "original", seed=4), weight=0.5)
    made = load(small(FLUX_SCHNELL), "cpu")
    listed = with_loras(flux_schnell)
    for card in (made.card, listed.card):
        sliders = {p.name: p for p in card.parameters if p.name.startswith("lora-")}
        assert {name: p.default for name, p in sliders.items()} == {"lora-clay": 0.5, "lora-ink": 0.0}
        assert "mine" in sliders["lora-ink"].help

    def shown(**weights: float) -> np.ndarray:
        parameters: dict[str, Any] = {f"lora-{name}": weight for name, weight in weights.items()}
        return made.render(frame(parameters=parameters)).pixels

    assert np.array_equal(shown(ink=0.0, clay=0.0), plain)
    one, other, both = shown(ink=1.0, clay=0.0), shown(ink=0.0, clay=1.0), shown(ink=1.0, clay=1.0)
    assert min(far(one, plain), far(other, plain), far(both, one), far(both, other)) > 0
    assert far(made.render(frame()).pixels, shown(clay=0.5)) == 0  # by default
    assert np.array_equal(shown(ink=1.0, clay=0.0), one)
    with pytest.raises(ShotError):
        shown(ink=2.5)


def test_a_thousand_moves_of_a_slider_leave_no_trace(tmp_path: Path) -> None:
    made = engine()
    before = {name: value.clone() for name, value in made.painter.networks.unet.state_dict().items()}
    plain = made.painter.networks.unet
    beside = Adapters(plain, torch.float32)
    beside.add("ink", write_flux_lora(tmp_path / "a.safetensors", "diffusers"))
    beside.add("clay", write_flux_lora(tmp_path / "b.safetensors", "original", seed=4))
    words = made._embed("a calm sea")
    given = torch.randn(1, 16, 4, 4, generator=torch.Generator().manual_seed(1)), torch.tensor([500.0])

    @torch.no_grad()
    def out() -> torch.Tensor:
        assert words.pooled is not None
        told: torch.Tensor = plain(*given, words.tokens[None], added_cond_kwargs={"text_embeds": words.pooled[None]})[0]
        return told

    nothing = out()
    beside.weigh({"ink": 1.0, "clay": -0.3})
    some = out()
    weights = np.random.default_rng(1).uniform(-2, 2, (1000, 2))
    for i, (ink, clay) in enumerate(weights):
        beside.weigh({"ink": ink, "clay": clay})
        if i % 20 == 0:
            out()
    beside.weigh({"ink": 1.0, "clay": -0.3})
    assert torch.equal(out(), some)
    assert not torch.allclose(some, nothing, atol=1e-3)
    beside.weigh({})
    assert torch.equal(out(), nothing)
    assert all(torch.equal(value, before[name]) for name, value in plain.state_dict().items())


@pytest.mark.parametrize("kind", ["kohya", "peft"])
def test_a_lora_beside_a_unet_is_one_fused_into_it(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "lora.safetensors"
    beside, fused = (tiny.parts("sd15")["unet"] for _ in range(2))
    write_lora(path, beside, kind=kind)
    low_rank.fuse(fused, path, 0.1)
    adapters = Adapters(beside, torch.float32)
    assert adapters.add("x", path) == 2
    adapters.weigh({"x": 0.1})
    given = torch.ones(1, 4, 8, 8), torch.tensor([500.0]), torch.ones(1, 77, 32)
    with torch.no_grad():
        ours, theirs = beside(*given).sample, fused(*given).sample
        assert not torch.allclose(theirs, tiny.parts("sd15")["unet"](*given).sample, atol=1e-3)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_a_region_hears_a_lora_too(tmp_path: Path) -> None:
    made = latent_stand_ins.engine(SD15_LCM)
    unet = made.painter.networks.unet
    beside = Adapters(unet, torch.float32)
    write_lora(tmp_path / "ink.safetensors", tiny.parts("sd15")["unet"])
    beside.add("ink", tmp_path / "ink.safetensors")
    rose = (Prompt("a red rose"),)
    bare = np.zeros((64, 64, 4), np.uint8)
    alone, within = (
        made._asked(msgspec.structs.replace(shot, engine="sd15-lcm"), bare, None, None, 1.0, None)
        for shot in (frame(prompts=rose), frame(prompts=(), regions=(region(prompts=rose),)))
    )
    plain = made.painter.denoise(alone)
    beside.weigh({"ink": 0.1})
    torch.testing.assert_close(made.painter.denoise(within), made.painter.denoise(alone), atol=1e-5, rtol=0)
    assert not torch.allclose(made.painter.denoise(within), plain, atol=1e-3)


def test_what_a_lora_has_besides_is_named(tmp_path: Path) -> None:
    path = write_flux_lora(tmp_path / "a.safetensors", "original")
    whole = load_file(path)
    unet = engine().painter.networks.unet

    def raised(tensors: dict[str, torch.Tensor]) -> SettingsError:
        save_file(tensors, path)
        with pytest.raises(SettingsError) as error:
            Adapters(unet, torch.float32).add("x", path)
        return error.value

    odd = raised({**whole, "lora_unet_img_in.dora_scale": torch.zeros(1)})
    assert (odd.code, odd.problem.value) == ("weights.key", "lora_unet_img_in.dora_scale")
    half = raised({k: v for k, v in whole.items() if k != "lora_unet_single_blocks_1_linear1.lora_up.weight"})
    assert (half.code, half.problem.value) == ("weights.key", "lora_unet_single_blocks_1_linear1.lora_down.weight")
    stem = "lora_unet_double_blocks_9_img_attn_qkv"
    ends = (".lora_down.weight", ".lora_up.weight")
    elsewhere = raised({**whole, stem + ends[0]: torch.zeros(2, 64), stem + ends[1]: torch.zeros(192, 2)})
    assert (elsewhere.code, elsewhere.problem.value) == ("weights.key", stem)
    wrong = raised({**whole, "lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight": torch.zeros(64, 2)})
    assert wrong.code == "weights.shape"


def test_whose_a_lora_is_is_seen_from_its_layers(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "lora.safetensors"
    for kind in ("diffusers", "original"):
        found = look_into(write_flux_lora(path, kind), store, pickles=False)
        assert (found.family, found.lora) == ("flux", True)
    write_lora(path, tiny.parts("sdxl")["unet"])
    assert look_into(path, store, pickles=False).family == "sdxl"
    save_file(
        {"lora_unet_x.lora_down.weight": torch.zeros(1, 1), "lora_unet_x.lora_up.weight": torch.zeros(1, 1)}, path
    )
    with pytest.raises(SettingsError) as raised:
        look_into(path, store, pickles=False)
    assert raised.value.code == "weights.format"


def test_a_lora_is_forgotten_and_takes_no_name_that_there_is(store: Store, tmp_path: Path) -> None:
    note_lora(store, "ink", tmp_path / "a.safetensors")
    for model in (Imported(name="ink", path="x", family="flux", way="plain", steps=4),):
        with pytest.raises(SettingsError) as raised:
            note(store, model, frozenset())
        assert raised.value.code == "weights.import"
    assert [lora.name for lora in loras(store, "flux")] == ["ink"]
    assert loras(store, "sdxl") == []
    assert imported(store) == []
    assert forget(store, "ink")
    assert loras(store, "flux") == []


# Memory.


def test_the_least_is_given_up_that_makes_it_fit() -> None:
    sizes = dict(zip(SAVINGS, (36, 34, 26, 22, 14), strict=True))
    chosen = [fitting(sizes.__getitem__, has, on_cpu=False) for has in (80, 35, 32, 24, 16, 8)]
    assert chosen == [*SAVINGS, SAVINGS[-1]]
    assert fitting(lambda saving: 9, 8, on_cpu=True) == CPU_SAVINGS[-1]
    held = fitting(lambda saving: 8 if saving.numbers == "whole" else 4, 8, on_cpu=False, in_bytes=True)
    assert held == Saving("fp8", "device")


@pytest.mark.parametrize("texts", ["away", "host"])
@pytest.mark.parametrize("family", ["flux", "sdxl"])
def test_what_is_elsewhere_between_uses_changes_no_pixel(
    pulled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str, texts: Any
) -> None:
    recipe = small(FLUX_SCHNELL)
    if family == "sdxl":
        write_folder(tmp_path / "x", "sdxl")
        put(pulled, "taesdxl", write_tiny_vae(tmp_path / "tinyxl"))
        note(pulled, Imported(name="x", path=str(tmp_path / "x"), family="sdxl", way="turbo", steps=2), frozenset())
        recipe = small(recipe_like("x", pulled))
    shot = frame(engine=recipe.card.id, accept="image/png")
    whole = load(recipe, "cpu").render(shot).pixels
    monkeypatch.setattr(latent_loading, "fitting", lambda *_: Saving("whole", texts))
    told: list[str] = []
    made = load(recipe, "cpu", say=told.append)
    assert np.array_equal(made.render(shot).pixels, whole)
    assert made.painter.networks.away is not None
    assert "text encoders" in told[0]


@pytest.mark.parametrize("numbers", ["int8", "fp8"])
def test_matrices_in_8_bits_are_near_and_their_error_is_told(
    pulled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, numbers: Any
) -> None:
    note_lora(pulled, "ink", write_flux_lora(tmp_path / "ink.safetensors", "diffusers"))
    whole = load(small(FLUX_SCHNELL), "cpu")
    monkeypatch.setattr(latent_loading, "fitting", lambda *_: Saving(numbers))
    monkeypatch.setattr(packed.fill_packed, "__defaults__", (None, 1 << 10))
    told: list[str] = []
    made = load(small(FLUX_SCHNELL), "cpu", say=told.append)
    layers = [layer for layer in made.painter.networks.unet.modules() if isinstance(layer, packed.Packed)]
    assert {layer.weight.itemsize for layer in layers} == {1}
    assert len(layers) > 20
    (said,) = [line for line in told if "from what they were" in line]
    error = float(said.split("are ")[1].split("%")[0])
    assert 0.1 < error < (1.5 if numbers == "int8" else 4.0)
    for parameters in ({}, {"lora-ink": 1.0}):
        shot = frame(parameters=parameters)
        near, exact = made.render(shot).pixels, whole.render(shot).pixels
        assert 0 < far(near, exact) < 4
    assert far(made.render(shot).pixels, made.render(frame()).pixels) > far(near, exact)


def test_a_file_in_8_bits_stays_so_and_loses_nothing(
    pulled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed.fill_packed, "__defaults__", (None, 1 << 10))
    monkeypatch.setattr(packed.in_bytes, "__defaults__", (1 << 10,))
    path = write_flux_single(tmp_path / "mine.safetensors", dtype=torch.float8_e4m3fn)
    note(pulled, Imported(name="mine", path=str(path), family="flux", way="plain", steps=2), frozenset())
    told: list[str] = []
    made = load(small(recipe_like("mine", pulled)), "cpu", say=told.append)
    assert told[1].endswith("matrices in fp8 are 0.00% from what they were")
    stored = load_file(path)
    transformer = made.painter.networks.unet.state_dict()
    assert torch.equal(transformer["img_in.weight"].float(), stored["img_in.weight"].float())
    assert made.render(frame(engine="mine")).pixels.std() > 0


def full(*_: Any, **__: Any) -> Any:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def test_out_of_memory_is_told_and_what_comes_next_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine()
    before = made.render(frame()).pixels
    with monkeypatch.context() as patched:
        patched.setattr(made.painter.networks.unet, "forward", full)
        with pytest.raises(FleetError) as raised:
            made.render(frame())
    assert (raised.value.code, "smaller size" in raised.value.problem.fix) == ("fleet.memory", True)
    assert np.array_equal(made.render(frame()).pixels, before)


def test_out_of_memory_while_loading_is_told_and_leaves_nothing(pulled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    networks_held: list[weakref.ref[Any]] = []
    open_tiny = networks.open_tiny

    def opened(*given: Any) -> Any:
        networks_held.append(weakref.ref(open_tiny(*given)))
        full()

    monkeypatch.setattr("lightbrush.nn.flux.networks.open_tiny", opened)
    with pytest.raises(FleetError) as raised:
        load(small(FLUX_SCHNELL), "cpu")
    assert raised.value.code == "fleet.memory"
    raised.value.__traceback__ = None
    del raised
    gc.collect()
    assert networks_held[0]() is None


def test_an_engine_that_is_let_go_of_leaves_nothing(pulled: Store, tmp_path: Path) -> None:
    note_lora(pulled, "ink", write_flux_lora(tmp_path / "ink.safetensors", "diffusers"), weight=1.0)
    made = load(small(FLUX_SCHNELL), "cpu")
    made.render(frame(accept="image/png"))
    held = made.painter.networks
    left = [weakref.ref(network) for network in (held.unet, held.vae, held.tiny)]
    del made, held
    gc.collect()
    assert [each() for each in left] == [None, None, None]
