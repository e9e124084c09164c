"""FLUX.2's transformer is diffusers', from every layout that its files come in; what hears and what sees for it too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import Flux2KleinPipeline, Flux2Transformer2DModel
from diffusers.loaders.single_file_utils import convert_flux2_transformer_checkpoint_to_diffusers
from safetensors.torch import load_file, save_file

from lightbrush.errors import SettingsError
from lightbrush.nn.flux.schedule import Shift
from lightbrush.nn.flux2 import tiny
from lightbrush.nn.flux2.checkpoints import of_diffusers
from lightbrush.nn.flux2.config import KLEIN_4B, KLEIN_9B, Flux2Config
from lightbrush.nn.flux2.networks import KLEIN_SHIFT, build_flux2, open_flux2
from lightbrush.nn.flux2.text import empty_qwen
from lightbrush.nn.flux2.tiny_vae import open_taef2
from lightbrush.nn.flux2.transformer import Flux2Transformer
from lightbrush.nn.latent import config as families
from lightbrush.nn.latent.levels import Levels
from lightbrush.nn.latent.lora import Adapters, fuse
from tests.nn.klein_layouts import (
    originals,
    write_klein_folder,
    write_klein_lora,
    write_klein_single,
    write_taef2,
)

pytestmark = pytest.mark.usefixtures("one_thread")
CPU = torch.device("cpu")


def given(batch: int = 1, words: int = 5) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    draw = torch.Generator().manual_seed(1)
    x, said = torch.randn(batch, 32, 8, 6, generator=draw), torch.randn(batch, words, 96, generator=draw)
    return x, said, [torch.randn(1, 32, 4, 8, generator=draw), torch.randn(1, 32, 6, 4, generator=draw)]


@torch.no_grad()
def ours(network: Any, batch: int = 1, pictures: int = 0, pull: torch.Tensor | None = None) -> torch.Tensor:
    x, words, seen = given(batch)
    out: torch.Tensor = network(x, torch.tensor([700.0]), words, seen=seen[:pictures], pull=pull)[0]
    return out


@torch.no_grad()
def theirs(network: Flux2Transformer2DModel, batch: int = 1, pictures: int = 0) -> torch.Tensor:
    x, words, seen = given(batch)
    pipe = Flux2KleinPipeline
    small = [pipe._patchify_latents(each) for each in (x, *seen[:pictures])]
    ids = [pipe._prepare_latent_ids(small[0])[:1]]
    ids += [pipe._prepare_image_ids(small[1:])] if pictures else []
    out = network(
        torch.cat([pipe._pack_latents(each).expand(batch, -1, -1) for each in small], 1),
        words,
        torch.tensor([0.7]),
        torch.cat(ids, 1),
        pipe._prepare_text_ids(words)[:1],
        return_dict=False,
    )[0][:, :12]
    return pipe._unpatchify_latents(out.permute(0, 2, 1).reshape(batch, 128, 4, 3))


def close(a: torch.Tensor, b: torch.Tensor) -> None:
    torch.testing.assert_close(a, b, atol=2e-5, rtol=0)
    assert b.std() > 0.1


@pytest.mark.parametrize("pictures", [0, 2])
@pytest.mark.parametrize("batch", [1, 2])
def test_it_is_diffusers_transformer(batch: int, pictures: int) -> None:
    close(ours(tiny.model(CPU).networks.unet, batch, pictures), theirs(tiny.parts()["transformer"], batch, pictures))


def test_how_strongly_a_picture_is_looked_at() -> None:
    network = tiny.model(CPU).networks.unet
    plain, without = ours(network, pictures=1), ours(network)
    close(ours(network, pictures=1, pull=torch.ones(1)), plain)
    near = [float((ours(network, pictures=1, pull=torch.tensor([w])) - without).norm()) for w in (1e-6, 0.5, 1.0)]
    assert near[0] < 1e-3 < near[1] < near[2]


def read(path: Path, base: Path | None = None) -> Any:
    return build_flux2(open_flux2(path, base), CPU, torch.float32, tokens=tiny.TOKENS, layers=tiny.LAYERS)


def test_a_diffusers_folder_and_original_files_are_the_same_network(tmp_path: Path) -> None:
    folder = write_klein_folder(tmp_path / "folder")
    single = write_klein_single(tmp_path / "a.safetensors")
    whole = write_klein_single(tmp_path / "b.safetensors", prefix="model.diffusion_model.")
    expected = tiny.model(CPU)
    for made in (read(folder), read(single, folder), read(whole, folder)):
        assert torch.equal(ours(made.networks.unet), ours(expected.networks.unet))
        assert (made.shift.grows, made.shift.at(1024, 4)) == (True, KLEIN_SHIFT.at(1024, 4))
        torch.testing.assert_close(made.embed("a calm sea").tokens, expected.embed("a calm sea").tokens)
        x = torch.randn(1, 32, 4, 4, generator=torch.Generator().manual_seed(2))
        levels = [Levels.of(model.networks.vae, CPU).own(x) for model in (made, expected)]
        assert torch.equal(*levels)
        torch.testing.assert_close(Levels.of(made.networks.vae, CPU).normal(levels[0]), x)


def test_original_names_are_those_that_diffusers_reads() -> None:
    state = tiny.parts()["transformer"].state_dict()
    found = convert_flux2_transformer_checkpoint_to_diffusers(dict(originals(state)))
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], value) for name, value in state.items())


def test_sizes_are_those_of_the_public_models() -> None:
    for config, family, parameters in (
        (KLEIN_4B, families.KLEIN_4B, 3_875_544_576),
        (KLEIN_9B, families.KLEIN_9B, 9_078_581_248),
    ):
        with torch.device("meta"):
            network = Flux2Transformer(config)
        assert sum(p.numel() for p in network.parameters()) == config.parameters == parameters
        assert Flux2Config.of_diffusers(family.unet) == config


def test_a_missing_an_unknown_and_a_misshapen_tensor_are_named(tmp_path: Path) -> None:
    folder = write_klein_folder(tmp_path / "folder")
    path = write_klein_single(tmp_path / "a.safetensors")
    whole = load_file(path)

    def raised(tensors: dict[str, torch.Tensor]) -> SettingsError:
        save_file(tensors, path)
        with pytest.raises(SettingsError) as error:
            read(path, folder)
        return error.value

    lacking = raised({k: v for k, v in whole.items() if k != "double_blocks.1.img_mlp.0.weight"})
    assert (lacking.code, lacking.problem.value) == ("weights.key", "missing double_blocks.1.img_mlp.0.weight")
    more = raised({**whole, "double_blocks.0.extra": torch.zeros(1)})
    assert (more.code, more.problem.value) == ("weights.key", "unknown double_blocks.0.extra")
    wrong = raised({**whole, "time_in.in_layer.weight": torch.zeros(64, 3)})
    assert (wrong.code, "time_in.in_layer.weight" in wrong.problem.message) == ("weights.shape", True)
    telling = raised({k: v for k, v in whole.items() if k != "txt_in.weight"})
    assert (telling.code, telling.problem.value) == ("weights.key", "missing txt_in.weight")
    told = raised({**whole, "guidance_in.in_layer.weight": torch.zeros(64, 256)})
    assert (told.code, "told its guidance" in told.problem.value) == ("weights.format", True)
    scaled = raised({**whole, "single_blocks.0.linear1.weight_scale": torch.zeros(1)})
    assert (scaled.code, "quantised" in scaled.problem.message) == ("weights.format", True)
    other = raised({"x": torch.zeros(1)})
    assert (other.code, "no FLUX.2 transformer" in other.problem.message) == ("weights.format", True)


def test_words_of_another_width_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    """A single file of klein 9B, with klein 4B's text encoder."""
    folder = write_klein_folder(tmp_path / "folder")
    path = write_klein_single(tmp_path / "a.safetensors")
    save_file({**load_file(path), "txt_in.weight": torch.zeros(64, 120)}, path)
    with pytest.raises(SettingsError) as raised:
        open_flux2(path, folder)
    assert (raised.value.code, "hears 120 numbers" in raised.value.problem.message) == ("weights.shape", True)
    with pytest.raises(SettingsError) as raised:
        empty_qwen({"model_type": "mistral", "num_hidden_layers": 40})
    assert raised.value.code == "weights.format"


def test_a_network_that_is_told_its_guidance_is_refused() -> None:
    with pytest.raises(SettingsError) as raised:
        Flux2Config.of_diffusers({"guidance_embeds": True})
    assert (raised.value.code, "dev" in raised.value.problem.value) == ("weights.format", True)
    with pytest.raises(SettingsError):
        Flux2Config.of_diffusers({"guidance_embeds": False, "in_channels": 256, "out_channels": 128})


def test_a_transformer_alone_in_a_folder_is_heard_by_another_folders_parts(tmp_path: Path) -> None:
    folder = write_klein_folder(tmp_path / "folder")
    alone = tmp_path / "alone"
    (folder / "transformer").rename(alone)
    assert torch.equal(ours(read(alone, folder).networks.unet), ours(tiny.model(CPU).networks.unet))


@pytest.mark.parametrize("kind", ["diffusers", "original"])
def test_a_lora_beside_the_network_is_one_fused_into_it(tmp_path: Path, kind: str) -> None:
    path = write_klein_lora(tmp_path / "lora.safetensors", kind)
    fused, beside, plain = (tiny.model(CPU).networks.unet for _ in range(3))
    fuse(fused, path, 0.7)
    adapters = Adapters(beside, torch.float32)
    adapters.add("style", path)
    adapters.weigh({"style": 0.7})
    torch.testing.assert_close(ours(beside), ours(fused), atol=1e-5, rtol=0)
    assert not torch.allclose(ours(beside), ours(plain), atol=1e-2)
    if kind == "diffusers":
        network = tiny.parts()["transformer"]
        fuse(network, path, 0.7)
        close(ours(fused), theirs(network))


def test_a_missing_matrix_of_a_folder_is_named_by_what_it_is_part_of() -> None:
    from lightbrush.nn.latent.networks import held
    from lightbrush.nn.wan.tensors import fill

    config = Flux2Config.of_diffusers(tiny.TINY.unet)
    state = held(tiny.parts()["transformer"].state_dict())
    del state["transformer_blocks.0.attn.to_k.weight"]
    with torch.device("meta"):
        network = Flux2Transformer(config)
    with pytest.raises(SettingsError) as raised:
        fill(network, of_diffusers(state, config), CPU, lambda _: torch.float32)
    assert "missing double_blocks.0.img_attn.qkv.weight" in raised.value.problem.value


def test_the_tiny_vae_is_read_from_its_file_and_sees_the_whole_picture(tmp_path: Path) -> None:
    network = open_taef2(write_taef2(tmp_path / "taef2"), CPU, torch.float32)
    draw = torch.Generator().manual_seed(1)
    pixels = torch.randn(1, 3, 64, 64, generator=draw).clamp(-1, 1)
    with torch.no_grad():
        latent = network.encode(pixels, return_dict=False)[0]
        assert latent.shape == (1, 32, 8, 8)
        assert network.decode(latent, return_dict=False)[0].shape == pixels.shape
        changed = latent.clone()
        changed[..., -1] += 3.0  # far away
        near = [network.decode(x, return_dict=False)[0][..., :4] for x in (latent, changed)]
    assert not torch.equal(*near)
    with pytest.raises(SettingsError) as raised:
        open_taef2(tmp_path, CPU, torch.float32)
    assert raised.value.code == "weights.missing"


def test_steps_gather_by_tokens_and_steps_as_in_the_original() -> None:
    shifts = {(tokens, steps): KLEIN_SHIFT.at(tokens, steps) for tokens in (1024, 4096, 8192) for steps in (4, 50)}
    import math

    from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

    for (tokens, steps), shift in shifts.items():
        assert shift == pytest.approx(math.exp(compute_empirical_mu(tokens, steps)))
    assert Shift(fixed=3.0, by_steps=True).at(1024, 4) == 3.0
