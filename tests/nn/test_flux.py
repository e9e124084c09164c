"""FLUX's transformer is diffusers', from every layout that its files come in, in every kind of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import FluxPipeline, FluxTransformer2DModel
from safetensors.torch import load_file, save_file

from lightbrush.errors import SettingsError
from lightbrush.nn.flux import tiny
from lightbrush.nn.flux.checkpoints import of_diffusers
from lightbrush.nn.flux.config import DEV, SCHNELL, FluxConfig
from lightbrush.nn.flux.networks import build_flux, open_flux
from lightbrush.nn.flux.regions import bias_of
from lightbrush.nn.flux.schedule import Shift, flow
from lightbrush.nn.flux.text import padded
from lightbrush.nn.flux.transformer import FluxTransformer
from lightbrush.nn.latent.config import FLUX
from lightbrush.nn.latent.lora import Adapters, fuse
from lightbrush.nn.latent.networks import held
from lightbrush.nn.wan.tensors import fill
from tests.nn.flux_layouts import write_flux_folder, write_flux_lora, write_flux_single

pytestmark = pytest.mark.usefixtures("one_thread")
CPU = torch.device("cpu")


def given(batch: int = 1, words: int = 5) -> tuple[Any, ...]:
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(batch, 16, 8, 6, generator=draw)
    return x, torch.randn(batch, words, 32, generator=draw), torch.randn(batch, 32, generator=draw)


@torch.no_grad()
def ours(network: Any, batch: int = 1, guidance: float | None = None) -> torch.Tensor:
    x, words, pooled = given(batch)
    told = None if guidance is None else torch.tensor([guidance])
    out: torch.Tensor = network(
        x, torch.tensor([700.0]), words, added_cond_kwargs={"text_embeds": pooled}, guidance=told
    )[0]
    return out


@torch.no_grad()
def theirs(network: FluxTransformer2DModel, batch: int = 1, guidance: float | None = None) -> torch.Tensor:
    x, words, pooled = given(batch)
    out = network(
        FluxPipeline._pack_latents(x, batch, 16, 8, 6),
        words,
        pooled,
        torch.tensor([0.7]),
        FluxPipeline._prepare_latent_image_ids(batch, 4, 3, "cpu", torch.float32),
        torch.zeros(words.shape[1], 3),
        guidance=None if guidance is None else torch.tensor([guidance]),
        return_dict=False,
    )[0]
    unpacked: torch.Tensor = FluxPipeline._unpack_latents(out, 64, 48, 8)
    return unpacked


def test_what_belongs_to_two_parts_is_seen_by_both_as_much_as_it_is_theirs() -> None:
    has = torch.tensor([[1.0, 0.25, 0.0], [0.0, 0.75, 1.0]])  # of three tokens of a picture
    bias = bias_of(has, words=2, seen=[1], owners=[1])
    share = bias.exp()
    rest, own, picture, shown = slice(0, 2), slice(2, 4), slice(4, 7), slice(7, 8)
    assert torch.equal(bias, bias.T)
    assert torch.equal(bias[picture, picture], torch.zeros(3, 3))
    torch.testing.assert_close(share[picture, rest], has[0][:, None].expand(-1, 2))
    torch.testing.assert_close(share[picture, own], has[1][:, None].expand(-1, 2))
    torch.testing.assert_close(share[picture, shown], has[1][:, None])
    assert (share[own, shown].min(), share[rest, own].max(), share[rest, shown].max()) == (1.0, 0.0, 0.0)
    twice = bias_of(has, words=2, copies=2)
    assert torch.equal(twice[4:, 4:], torch.zeros(6, 6))
    assert torch.equal(twice[7:, :4], bias[picture, :4])


def close(a: torch.Tensor, b: torch.Tensor) -> None:
    torch.testing.assert_close(a, b, atol=2e-5, rtol=0)
    assert b.std() > 0.1


@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("batch", [1, 2])
def test_it_is_diffusers_transformer(guided: bool, batch: int) -> None:
    told = 3.5 if guided else None
    expected = theirs(tiny.parts(guided=guided)["transformer"], batch, told)
    close(ours(tiny.model(CPU, guided=guided).networks.unet, batch, told), expected)


def read(path: Path, base: Path | None = None) -> Any:
    return build_flux(open_flux(path, base), CPU, torch.float32, tokens=tiny.TOKENS)


@pytest.mark.parametrize("guided", [False, True])
def test_a_diffusers_folder_and_original_files_are_the_same_network(tmp_path: Path, guided: bool) -> None:
    folder = write_flux_folder(tmp_path / "folder", guided)
    single = write_flux_single(tmp_path / "a.safetensors", guided)
    whole = write_flux_single(tmp_path / "b.safetensors", guided, prefix="model.diffusion_model.")
    expected = tiny.model(CPU, guided=guided)
    told = 2.0 if guided else None
    for made in (read(folder), read(single, folder), read(whole, folder)):
        assert torch.equal(ours(made.networks.unet, 1, told), ours(expected.networks.unet, 1, told))
        assert (made.networks.told, made.shift) == (guided, Shift(grows=guided))
        said, wanted = made.embed("a calm sea"), expected.embed("a calm sea")
        torch.testing.assert_close(said.tokens, wanted.tokens)
        torch.testing.assert_close(said.pooled, wanted.pooled)


def test_sizes_are_those_of_the_public_models() -> None:
    for config, parameters in ((SCHNELL, 11_891_178_560), (DEV, 11_901_408_320)):
        with torch.device("meta"):
            network = FluxTransformer(config)
        assert sum(p.numel() for p in network.parameters()) == config.parameters == parameters
    assert FluxConfig.of_diffusers(FLUX.unet) == SCHNELL


def test_a_missing_an_unknown_and_a_misshapen_tensor_are_named(tmp_path: Path) -> None:
    folder = write_flux_folder(tmp_path / "folder")
    path = write_flux_single(tmp_path / "a.safetensors")
    whole = load_file(path)

    def raised(tensors: dict[str, torch.Tensor]) -> SettingsError:
        save_file(tensors, path)
        with pytest.raises(SettingsError) as error:
            read(path, folder)
        return error.value

    lacking = raised({k: v for k, v in whole.items() if k != "double_blocks.1.img_mlp.2.bias"})
    assert (lacking.code, lacking.problem.value) == ("weights.key", "missing double_blocks.1.img_mlp.2.bias")
    more = raised({**whole, "double_blocks.0.extra": torch.zeros(1)})
    assert (more.code, more.problem.value) == ("weights.key", "unknown double_blocks.0.extra")
    wrong = raised({**whole, "txt_in.bias": torch.zeros(3)})
    assert (wrong.code, "txt_in.bias" in wrong.problem.message) == ("weights.shape", True)
    telling = raised({k: v for k, v in whole.items() if k != "txt_in.weight"})
    assert (telling.code, telling.problem.value) == ("weights.key", "missing txt_in.weight")
    filling = raised({**whole, "final_layer.linear.weight": torch.zeros(128, 64)})
    assert (filling.code, "128 out" in filling.problem.value) == ("weights.format", True)


def test_in_a_diffusers_folder_too() -> None:
    state = held(tiny.parts()["transformer"].state_dict())
    config = FluxConfig.of_diffusers(tiny.TINY.unet)
    with torch.device("meta"):
        network = FluxTransformer(config)
    lacking = {k: v for k, v in state.items() if k != "transformer_blocks.0.attn.to_k.weight"}
    with pytest.raises(SettingsError) as raised:
        fill(network, of_diffusers(lacking, config), CPU, lambda _: torch.float32)
    assert "missing double_blocks.0.img_attn.qkv.weight" in raised.value.problem.value
    assert "unknown transformer_blocks.0.attn.to_" in raised.value.problem.value
    misshapen = {**state, **held({"transformer_blocks.0.attn.to_k.weight": torch.zeros(64, 3)})}
    with pytest.raises(SettingsError) as raised:
        of_diffusers(misshapen, config)
    assert (raised.value.code, raised.value.problem.value) == ("weights.shape", "[64, 3]")


def test_a_transformer_that_is_given_more_than_a_latent_is_refused() -> None:
    with pytest.raises(SettingsError) as raised:
        FluxConfig.of_diffusers({"in_channels": 384, "out_channels": 64})
    assert raised.value.code == "weights.format"
    with pytest.raises(SettingsError) as raised:
        Shift.of_diffusers({"shift_terminal": 0.02})
    assert raised.value.code == "weights.format"


def test_a_pickle_is_refused_and_so_is_what_is_no_flux(tmp_path: Path) -> None:
    (tmp_path / "flux.ckpt").write_bytes(b"x")
    save_file({"x": torch.zeros(1)}, tmp_path / "a.safetensors")
    for name, told in (("flux.ckpt", "pickle"), ("a.safetensors", "no FLUX transformer")):
        with pytest.raises(SettingsError) as raised:
            open_flux(tmp_path / name, tmp_path)
        assert (raised.value.code, told in raised.value.problem.message) == ("weights.format", True)


@pytest.mark.parametrize("kind", ["diffusers", "original"])
def test_a_lora_beside_the_network_is_one_fused_into_it(tmp_path: Path, kind: str) -> None:
    path = write_flux_lora(tmp_path / "lora.safetensors", kind)
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


def test_a_text_is_filled_or_cut_before_its_end() -> None:
    assert padded([5, 6, 1], 5) == [5, 6, 1, 0, 0]
    assert padded([5, 6, 7, 8, 1], 3) == [5, 6, 1]


def test_times_go_straight_and_a_shift_stays_longer_with_noise() -> None:
    plain, shifted = flow(4, 1.0), flow(4, 3.0)
    assert [move.time for move in plain.moves] == [1000.0, 750.0, 500.0, 250.0]
    assert sum(move.gain for move in shifted.moves) == pytest.approx(-1.0)
    assert all(a.time <= b.time for a, b in zip(plain.moves, shifted.moves, strict=True))
    assert (plain.signal, flow(4, 1.0, bare=True).signal, flow(4, 1.0, 0.5).signal) == (0.0, 0.0, 0.5)
    assert Shift(grows=True).at(4096) == pytest.approx(3.158, abs=1e-3)
