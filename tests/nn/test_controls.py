"""What follows a sketch is read from every layout that its files come in, and refused by what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import FluxControlNetModel
from safetensors.torch import load_file, save_file
from torch import nn

from lightbrush.errors import SettingsError
from lightbrush.nn.flux import tiny as tiny_flux
from lightbrush.nn.flux.config import FluxConfig
from lightbrush.nn.flux.control import ControlConfig, FluxControl, spread
from lightbrush.nn.flux.transformer import FluxTransformer
from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.config import FLUX, FamilyId
from lightbrush.nn.latent.controls import open_control
from lightbrush.nn.latent.memory import PASSES, SPARE
from tests.nn.control_layouts import write_adapter, write_controlnet, write_flux_control
from tests.nn.test_latent_memory import count, peak

pytestmark = pytest.mark.usefixtures("one_thread")
CPU = torch.device("cpu")
UNION = {"num_mode": 10}
PIXELS = {"patch_size": 2, "conditioning_embedding_channels": 16}


def same(path: Path, other: Path, family: Any) -> None:
    ours, theirs = (open_control(each, family).build(CPU, torch.float32).state_dict() for each in (path, other))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())


@pytest.mark.parametrize(
    "config", [{}, {"num_layers": 2, "num_single_layers": 0}, {"guidance_embeds": False}, UNION], ids=str
)
def test_a_file_of_fluxs_says_by_its_shapes_what_it_is_like(tmp_path: Path, config: dict[str, Any]) -> None:
    file = write_flux_control(tmp_path / "a.safetensors", **config)
    folder = write_flux_control(tmp_path / "a", "folder", **config)
    same(file, folder, tiny_flux.TINY)
    networks = [open_control(each, tiny_flux.TINY).network for each in (file, folder)]
    assert len({network.config for network in networks if isinstance(network, FluxControl)}) == 1


@pytest.mark.parametrize("layout", ["diffusers", "xlabs"])
def test_so_does_one_that_looks_at_pixels_by_either_names(tmp_path: Path, layout: str) -> None:
    file = write_flux_control(tmp_path / "a.safetensors", layout, **PIXELS)
    same(file, write_flux_control(tmp_path / "a", "folder", **PIXELS), tiny_flux.TINY)


@pytest.mark.parametrize("layout", ["diffusers", "original"])
@pytest.mark.parametrize("family", ["sd15", "sdxl"])
@pytest.mark.parametrize("channels", [1, 3])
def test_t2i_adapters_come_as_folders_and_files(tmp_path: Path, family: FamilyId, layout: str, channels: int) -> None:
    file = write_adapter(tmp_path / "a.safetensors", family, layout, in_channels=channels)
    folder = write_adapter(tmp_path / "a", family, "folder", in_channels=channels)
    same(file, folder, tiny.TINY[family])


@pytest.mark.parametrize("layout", ["diffusers", "original"])
@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_so_do_controlnets_of_stable_diffusion(tmp_path: Path, family: FamilyId, layout: str) -> None:
    hint = {"conditioning_embedding_out_channels": (8, 8, 16, 16)}
    file, folder = write_controlnet(tmp_path / "a.safetensors", family, layout), tmp_path / "a"
    like = replace(tiny.TINY[family], unet={**tiny.TINY[family].unet, **hint})
    same(file, write_controlnet(folder, family, "folder"), like)


def test_parameters_are_those_of_the_networks_and_are_known_before_they_are_read(tmp_path: Path) -> None:
    for path, family in (
        (write_flux_control(tmp_path / "a", "folder"), tiny_flux.TINY),
        (write_adapter(tmp_path / "b.safetensors", "sdxl"), tiny.TINY["sdxl"]),
        (write_controlnet(tmp_path / "c", "sd15", "folder"), tiny.TINY["sd15"]),
    ):
        control = open_control(path, family)
        assert next(control.network.parameters()).is_meta
        assert control.parameters == count(control.network)


def union_pro() -> ControlConfig:
    """As the public one's config.json has it."""
    own = {"num_layers": 6, "num_single_layers": 0, "guidance_embeds": True, "num_mode": None, "patch_size": 1}
    return ControlConfig.of_diffusers({**FLUX.unet, **own})


def test_the_public_one_has_as_many_parameters_as_diffusers_has_for_it() -> None:
    with torch.device("meta"):
        ours = FluxControl(union_pro())
        own = {"num_layers": 6, "num_single_layers": 0, "guidance_embeds": True}
        theirs: nn.Module = FluxControlNetModel.from_config({**FLUX.unet, **own})
    assert count(ours) == count(theirs) == 2_140_876_800


def test_what_its_pass_holds_is_less_than_what_is_spare() -> None:
    """A pass of the whole network is counted; the ControlNet is through before it, and what it says is held."""
    half: dict[str, Any] = {"dtype": torch.bfloat16, "device": "meta"}
    with torch.device("meta"):
        control = FluxControl(union_pro()).to(torch.bfloat16)
        whole = FluxTransformer(FluxConfig.of_diffusers(FLUX.unet)).to(torch.bfloat16)
    side = 1024
    x, words, time = torch.empty(1, 16, 128, 128, **half), torch.empty(1, 256, 4096, **half), torch.empty(1, **half)
    pooled, seen = torch.empty(1, 768, **half), torch.empty(1, 4096, 64, **half)

    def both() -> None:
        turn = control.turning(256, (128, 128), torch.device("meta"))
        doubles, _ = control(x, time, words, pooled=pooled, seen=seen, scale=time, turn=turn)
        whole(x, time, words, added_cond_kwargs={"text_embeds": pooled}, after_doubles=spread(doubles, 19))

    more_bytes = (peak(_Called(both), side=side) - PASSES["flux"].unet) * side**2
    assert more_bytes < (SPARE - 1) * 2 * (count(control) + count(whole)) / 2


class _Called(nn.Module):
    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self._work = work

    def forward(self) -> None:
        self._work()


def test_what_few_blocks_say_is_spread_over_many() -> None:
    assert spread("ab", 4) == ["a", "a", "b", "b"]
    assert spread("ab", 5) == ["a", "a", "a", "b", "b"]
    assert spread("ab", 5, by_turns=True) == ["a", "b", "a", "b", "a"]
    assert (spread("abc", 2), spread("", 3)) == (["a", "b"], [])


def test_a_pickle_is_read_where_it_is_told_to(tmp_path: Path) -> None:
    whole = write_adapter(tmp_path / "a.safetensors", "sd15", "original")
    torch.save(load_file(whole), tmp_path / "a.pth")
    error = raised(tmp_path / "a.pth", tiny.TINY["sd15"])
    assert (error.code, "pickle" in error.problem.message) == ("weights.format", True)
    read = open_control(tmp_path / "a.pth", tiny.TINY["sd15"], pickles=True)
    assert read.parameters == open_control(whole, tiny.TINY["sd15"]).parameters


# What is wrong with files.


def raised(path: Path, family: Any) -> SettingsError:
    with pytest.raises(SettingsError) as error:
        open_control(path, family)
    return error.value


@pytest.mark.parametrize("layout", ["folder", "diffusers"])
def test_one_for_another_network_is_refused_by_what_it_was_made_for(tmp_path: Path, layout: str) -> None:
    def at(name: str) -> Path:
        return tmp_path / (name if layout == "folder" else f"{name}.safetensors")

    sdxl = write_adapter(at("a"), "sdxl", layout)
    flux = write_flux_control(at("b"), layout)
    other = write_flux_control(at("c"), layout, joint_attention_dim=48)
    for path, family, value in (
        (sdxl, tiny.TINY["sd15"], "full_adapter_xl"),
        (flux, tiny.TINY["sd15"], "a ControlNet of FLUX.1"),
        (other, tiny_flux.TINY, "words: 48, not 32"),
    ):
        error = raised(path, family)
        assert (error.code, value in str(error.problem.value)) == ("weights.format", True)


def test_a_controlnet_of_another_family_is_refused_by_what_it_hears(tmp_path: Path) -> None:
    error = raised(write_controlnet(tmp_path / "a", "sdxl", "folder"), tiny.TINY["sd15"])
    assert (error.code, "64 numbers, not 32" in error.problem.value) == ("weights.format", True)


def test_a_union_of_other_kinds_and_patches_of_other_sizes_are_refused(tmp_path: Path) -> None:
    few = raised(write_flux_control(tmp_path / "few", "folder", num_mode=3), tiny_flux.TINY)
    assert (few.code, few.problem.value) == ("weights.format", "3 modes")
    with pytest.raises(SettingsError) as error:
        ControlConfig.of_diffusers({**FLUX.unet, "patch_size": 2})
    assert (error.value.code, error.value.problem.value) == ("weights.format", "2")


def test_a_missing_an_unknown_and_a_misshapen_tensor_are_named(tmp_path: Path) -> None:
    path = write_flux_control(tmp_path / "a.safetensors")
    whole = load_file(path)

    def told(tensors: dict[str, torch.Tensor]) -> tuple[str, str]:
        save_file(tensors, path)
        error = raised(path, tiny_flux.TINY)
        return error.code, f"{error.problem.message} {error.problem.value}"

    code, said = told({k: v for k, v in whole.items() if k != "controlnet_blocks.0.bias"})
    assert (code, "missing controlnet_blocks.0.bias" in said) == ("weights.key", True)
    code, said = told({k: v for k, v in whole.items() if k != "context_embedder.weight"})
    assert (code, "missing context_embedder.weight" in said) == ("weights.key", True)
    code, said = told({**whole, "extra": torch.zeros(1)})
    assert (code, "unknown extra" in said) == ("weights.key", True)
    code, said = told({**whole, "controlnet_single_blocks.0.weight": torch.zeros(3, 3)})
    assert (code, "controlnet_single_blocks.0.weight" in said) == ("weights.shape", True)


def test_what_is_none_of_these_a_pickle_and_a_cut_file_are_refused(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(1)}, tmp_path / "a.safetensors")
    (tmp_path / "a.ckpt").write_bytes(b"x")
    whole = write_adapter(tmp_path / "b.safetensors", "sd15")
    whole.write_bytes(whole.read_bytes()[:1000])
    tiny.parts("sd15")["unet"].save_pretrained(tmp_path / "unet")
    (tmp_path / "empty").mkdir()
    for name, code, told in (
        ("a.safetensors", "weights.format", "no ControlNet"),
        ("a.ckpt", "weights.format", "pickle"),
        ("b.safetensors", "weights.damaged", "b.safetensors"),
        ("unet", "weights.format", "config.json"),
        ("empty", "weights.missing", "no weights"),
        ("nowhere.safetensors", "weights.missing", "no such file"),
    ):
        error = raised(tmp_path / name, tiny.TINY["sd15"])
        assert (error.code, told in error.problem.message) == (code, True)
