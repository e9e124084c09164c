"""Weights of the video autoencoders are read under every name they are published with; what does not fit is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from lightbrush.errors import SettingsError
from lightbrush.nn.wan.tensors import open_tensors
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae
from lightbrush.nn.wan.vae import WanVae, WanVaeConfig
from lightbrush.nn.wan.vae_checkpoints import (
    diffusers_names,
    load_tiny_vae,
    load_wan_vae,
    original_names,
    tiny_slots,
    wan_slots,
)

WAN, TINY = WanVaeConfig(base=4), TinyConfig(widths=(8, 6, 4, 5), encoder_width=4)
Stored = dict[str, Tensor]


def stored(layout: str) -> Stored:
    """A file's tensors, random, by the names of one layout."""
    torch.manual_seed(0)
    if layout == "tiny":
        slots = tiny_slots(TinyVae(TINY))
    else:
        names = {"original": original_names, "diffusers": diffusers_names}[layout]
        slots = wan_slots(WanVae(WAN), names(WAN))
    assert len({slot.name for slot in slots.values()}) == len(slots)
    return {slot.name: torch.randn(slot.shape) for slot in slots.values()}


def write(path: Path, tensors: Stored) -> Path:
    if path.suffix == ".safetensors":
        save_file(tensors, path)
    else:
        torch.save(tensors, path)
    return path


def load(layout: str, path: Path) -> TinyVae | WanVae:
    return load_tiny_vae(path, TINY) if layout == "tiny" else load_wan_vae(path, WAN)


def refused(read: Callable[[], object]) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        read()
    return caught.value


def test_the_names_are_those_of_the_libraries() -> None:
    diffusers = pytest.importorskip("diffusers.models").AutoencoderKLWan(base_dim=4).state_dict()
    ours = stored("diffusers")
    assert {name: tuple(x.shape) for name, x in ours.items()} == {n: tuple(x.shape) for n, x in diffusers.items()}

    wan = WanVae(WAN)
    originals, theirs = wan_slots(wan, original_names(WAN)), wan_slots(wan, diffusers_names(WAN))
    published = pytest.importorskip("diffusers.loaders.single_file_utils")
    translated = published.convert_wan_vae_to_diffusers({slot.name: ours for ours, slot in originals.items()})
    assert translated == {slot.name: ours for ours, slot in theirs.items()}


def test_the_tiny_names_are_those_of_its_file() -> None:
    slots = {slot.name: slot.shape for slot in tiny_slots(TinyVae(TinyConfig())).values()}
    assert len(slots) == 70 + 58
    for name, shape in {
        "decoder.1.weight": (256, 16, 3, 3),
        "decoder.3.conv.0.weight": (256, 512, 3, 3),
        "decoder.7.conv.weight": (256, 256, 1, 1),
        "decoder.8.weight": (128, 256, 3, 3),
        "decoder.11.conv.4.bias": (128,),
        "decoder.13.conv.weight": (256, 128, 1, 1),
        "decoder.14.weight": (64, 128, 3, 3),
        "decoder.19.conv.weight": (128, 64, 1, 1),
        "decoder.20.weight": (64, 64, 3, 3),
        "decoder.22.weight": (3, 64, 3, 3),
        "encoder.0.weight": (64, 3, 3, 3),
        "encoder.2.conv.weight": (64, 128, 1, 1),
        "encoder.12.conv.weight": (64, 64, 1, 1),
        "encoder.16.conv.2.weight": (64, 64, 3, 3),
        "encoder.17.weight": (16, 64, 3, 3),
    }.items():
        assert slots[name] == shape, name


@pytest.mark.parametrize("layout", ["original", "diffusers", "tiny"])
@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors", "old.pth", "inside.safetensors"])
def test_every_kind_of_file_gives_the_same_network(tmp_path: Path, layout: str, name: str) -> None:
    tensors = stored(layout)
    wanted = load(layout, write(tmp_path / "wanted.safetensors", tensors)).state_dict()
    path = tmp_path / name
    if name == "old.pth":  # of PyTorch before 1.6: no zip archive, so it cannot be mapped
        torch.save(tensors, path, _use_new_zipfile_serialization=False)
    else:
        prefix = {"original": "model.", "diffusers": "vae.", "tiny": "taehv."}[layout] if "inside" in name else ""
        write(path, {prefix + key: tensor for key, tensor in tensors.items()})
    network = load(layout, path)
    assert not network.training
    assert not any(p.requires_grad or p.is_meta for p in network.parameters())
    seen = network.state_dict()
    assert seen.keys() == wanted.keys()
    assert all(torch.equal(seen[key], wanted[key]) for key in wanted)


def test_parameters_come_in_the_asked_type_and_statistics_stay_exact(tmp_path: Path) -> None:
    path = write(tmp_path / "vae.pth", stored("original"))
    network = load_wan_vae(path, WAN, dtype=torch.bfloat16)
    assert {p.dtype for p in network.parameters()} == {torch.bfloat16}
    assert network.mean.flatten().tolist() == pytest.approx(WAN.mean, abs=1e-6)


@pytest.mark.parametrize("layout", ["original", "diffusers", "tiny"])
def test_a_tensor_that_is_missing_extra_or_of_another_shape_is_named(tmp_path: Path, layout: str) -> None:
    tensors = stored(layout)
    name = sorted(tensors)[7]

    lacking = {key: tensor for key, tensor in tensors.items() if key != name}
    error = refused(lambda: load(layout, write(tmp_path / "lacking.safetensors", lacking)))
    assert error.code == "weights.key"
    assert f"lacking.safetensors lacks {name}" in str(error)

    error = refused(lambda: load(layout, write(tmp_path / "more.pth", {**tensors, "decoder.odd": tensors[name]})))
    assert error.code == "weights.key"
    assert "more.pth also holds decoder.odd" in str(error)

    bent = {**tensors, name: torch.zeros(*tensors[name].shape, 2)}
    error = refused(lambda: load(layout, write(tmp_path / "bent.safetensors", bent)))
    assert error.code == "weights.shape"
    assert name in str(error)
    assert str([*tensors[name].shape, 2]) in str(error)


def test_a_larger_relative_is_refused_by_shape(tmp_path: Path) -> None:
    path = write(tmp_path / "vae.safetensors", stored("diffusers"))
    assert refused(lambda: load_wan_vae(path, WanVaeConfig(base=8))).code == "weights.shape"


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "vae.pth", tmp_path):
        assert refused(lambda path=path: load_wan_vae(path, WAN)).code == "weights.missing"


@pytest.mark.parametrize("name", ["vae.pth", "vae.safetensors", "old.pth"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.6, 0.99])
def test_a_truncated_file_is_damaged(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    if name == "old.pth":
        torch.save(stored("original"), path, _use_new_zipfile_serialization=False)
    else:
        write(path, stored("original"))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    error = refused(lambda: load_wan_vae(path, WAN))
    assert error.code == "weights.damaged"
    assert name in str(error)


def test_a_pickle_may_hold_nothing_but_tensors(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "sprung",)

    for name, content in (("trap", {"a": Trap()}), ("list", [torch.ones(1)]), ("text", {"a": "b"}), ("none", {})):
        torch.save(content, tmp_path / f"{name}.pth")
        assert refused(lambda name=name: load_wan_vae(tmp_path / f"{name}.pth", WAN)).code == "weights.format"
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["vae.pth", "vae.safetensors"])
def test_a_file_is_mapped_and_not_copied(tmp_path: Path, name: str) -> None:
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("this system does not show what is mapped")
    tensors = open_tensors(write(tmp_path / name, stored("original")))
    assert str(tmp_path / name) in maps.read_text()
    del tensors
    assert str(tmp_path / name) not in maps.read_text()
