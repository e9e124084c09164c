"""Public layouts of Wan's weights read back to one network, and what does not fit is named."""

import dataclasses
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from lightbrush.errors import SettingsError
from lightbrush.nn.wan.checkpoints import load_transformer, read_config
from lightbrush.nn.wan.config import TINY
from lightbrush.nn.wan.tensors import open_tensors
from lightbrush.nn.wan.transformer import WanTransformer, in_float32
from tests.nn.wan_layouts import diffusers_name, made, wrapped_name

pytestmark = pytest.mark.usefixtures("one_thread")

#: As a checkpoint that says no more than its shapes tells it.
CONFIG = dataclasses.replace(TINY, text_len=512)
VACE = dataclasses.replace(CONFIG, layers=4, vace_layers=(0, 2), vace_channels=12)

State = dict[str, Tensor]


def state_of(network: WanTransformer) -> State:
    return dict(network.state_dict())


def same(network: WanTransformer, state: State, dtype: torch.dtype = torch.float32) -> None:
    seen = network.state_dict()
    assert seen.keys() == state.keys()
    for name, value in state.items():
        kept = torch.float32 if in_float32(name) else dtype
        assert seen[name].dtype == kept
        torch.testing.assert_close(seen[name], value.to(kept), rtol=0, atol=0)


def write_shards(state: State, folder: Path) -> None:
    names = list(state)
    shards = {f"part-{i + 1}-of-3.safetensors": names[i::3] for i in range(3)}
    for file, own in shards.items():
        save_file({name: state[name] for name in own}, folder / file)
    weight_map = {name: file for file, own in shards.items() for name in own}
    (folder / "network.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


def original(state: State, folder: Path) -> Path:
    save_file(state, folder / "wan.safetensors")
    return folder / "wan.safetensors"


def original_in_shards(state: State, folder: Path) -> Path:
    write_shards(state, folder)
    return folder


def shards_without_index(state: State, folder: Path) -> Path:
    write_shards(state, folder)
    (folder / "network.safetensors.index.json").unlink()
    return folder


def diffusers_in_shards(state: State, folder: Path) -> Path:
    write_shards({diffusers_name(name): value for name, value in state.items()}, folder)
    return folder / "network.safetensors.index.json"


def self_forcing(state: State, folder: Path) -> Path:
    averaged = {wrapped_name(name): value for name, value in state.items()}
    plain = {name: torch.zeros_like(value) for name, value in averaged.items()}
    torch.save({"generator": plain, "generator_ema": averaged}, folder / "self_forcing_dmd.pt")
    return folder / "self_forcing_dmd.pt"


def sharded_training(state: State, folder: Path) -> Path:
    renamed = {f"model._fsdp_wrapped_module.{name}": value for name, value in state.items()}
    torch.save({"generator": renamed}, folder / "model.pt")
    return folder


def krea(state: State, folder: Path) -> Path:
    save_file({wrapped_name(name): value for name, value in state.items()}, folder / "krea-realtime.safetensors")
    return folder


def plain_pt(state: State, folder: Path) -> Path:
    torch.save(state, folder / "wan.pth")
    return folder / "wan.pth"


LAYOUTS = [
    original,
    original_in_shards,
    shards_without_index,
    diffusers_in_shards,
    self_forcing,
    sharded_training,
    krea,
    plain_pt,
]


@pytest.mark.parametrize("write", LAYOUTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("config", [CONFIG, VACE], ids=["plain", "vace"])
def test_every_layout_reads_back_to_the_same_network(
    write: Callable[[State, Path], Path], config: object, tmp_path: Path
) -> None:
    state = state_of(made(config))  # type: ignore[arg-type]
    path = write(state, tmp_path)
    assert read_config(path) == config
    told: list[tuple[int, int]] = []
    network = load_transformer(path, dtype=torch.float32, progress=lambda done, total: told.append((done, total)))
    assert network.config == config
    same(network, state)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (4 * CONFIG.parameters if config == CONFIG else told[-1][1],) * 2
    assert {total for _, total in told} == {told[-1][0]}


def test_what_a_network_computes_survives_the_file(tmp_path: Path) -> None:
    network = made(CONFIG)
    read = load_transformer(diffusers_in_shards(state_of(network), tmp_path), dtype=torch.float32)
    text, latents, t = torch.randn(1, 512, 48), torch.randn(1, 16, 1, 4, 4), torch.full((1, 1), 625.0)
    with torch.no_grad():
        seen, wanted = (n(latents, t, n.encode_text(text)) for n in (read, network))
    assert torch.equal(seen, wanted)


def test_weights_are_cast_on_the_way_and_what_needs_float32_is_not(tmp_path: Path) -> None:
    state = state_of(made(CONFIG))
    network = load_transformer(original(state, tmp_path))
    assert network.dtype == torch.bfloat16
    same(network, state, torch.bfloat16)
    assert network.blocks[0].modulation.dtype == torch.float32  # type: ignore[union-attr]


def test_heads_and_eps_are_told_by_a_config_beside_the_file(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, heads=4, eps=1e-5, text_len=24)
    state = state_of(made(config))
    path = original(state, tmp_path)
    assert read_config(path).heads == 2
    (tmp_path / "config.json").write_text(json.dumps({"num_heads": 4, "eps": 1e-5, "text_len": 24}))
    assert read_config(path) == config
    (tmp_path / "config.json").write_text(json.dumps({"num_attention_heads": 4}))
    assert read_config(path).heads == 4
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(SettingsError, match=r"weights\.damaged.*config\.json is not JSON"):
        read_config(path)
    (tmp_path / "config.json").write_text(json.dumps({"num_heads": "many"}))
    with pytest.raises(SettingsError, match=r"weights\.config"):
        read_config(path)


def test_vace_may_come_in_a_file_of_its_own(tmp_path: Path) -> None:
    state = state_of(made(VACE))
    base = {name: value for name, value in state.items() if not name.startswith("vace_")}
    save_file(base, tmp_path / "base.safetensors")
    save_file({name: state[name] for name in state.keys() - base.keys()}, tmp_path / "vace.safetensors")
    network = load_transformer(tmp_path / "base.safetensors", vace=tmp_path / "vace.safetensors", dtype=torch.float32)
    assert network.config == VACE
    same(network, {name: state[name] for name in network.state_dict()})


def test_what_is_read_to_the_processor_stays_mapped(tmp_path: Path) -> None:
    """Reading costs the memory of one tensor at a time, not of the file."""
    psutil = pytest.importorskip("psutil")
    save_file({str(i): torch.ones(8 << 20, dtype=torch.uint8) for i in range(8)}, tmp_path / "a.safetensors")
    torch.save({str(i): torch.ones(8 << 20, dtype=torch.uint8) for i in range(8)}, tmp_path / "a.pt")
    for file in ("a.safetensors", "a.pt"):
        process = psutil.Process(os.getpid())
        before = process.memory_full_info().uss
        tensors = open_tensors(tmp_path / file)
        kept = [stored.read() for stored in tensors.values()]
        assert sum(stored.size_bytes for stored in tensors.values()) == 64 << 20
        assert process.memory_full_info().uss - before < 16 << 20
        assert all(int(tensor[-1]) == 1 for tensor in kept)


# What does not fit.


@pytest.fixture(scope="module")
def state() -> State:
    return state_of(made(CONFIG))


def refused(path: Path, code: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_transformer(path)
    assert caught.value.code == code
    return str(caught.value)


def test_a_missing_and_an_unknown_tensor_are_named(state: State, tmp_path: Path) -> None:
    changed = dict(state)
    changed["blocks.1.self_attn.queue.weight"] = changed.pop("blocks.1.self_attn.q.weight")
    said = refused(original(changed, tmp_path), "weights.key")
    assert "missing blocks.1.self_attn.q.weight" in said
    assert "unknown blocks.1.self_attn.queue.weight" in said


def test_a_tensor_of_another_shape_is_named(state: State, tmp_path: Path) -> None:
    changed = dict(state) | {"blocks.1.ffn.0.bias": torch.zeros(511)}
    said = refused(self_forcing(changed, tmp_path), "weights.shape")
    assert "blocks.1.ffn.0.bias" in said
    assert "[512]" in said
    assert "[511]" in said


def test_some_other_network_is_not_taken_for_wan(tmp_path: Path) -> None:
    save_file({"unet.conv_in.weight": torch.zeros(3)}, tmp_path / "x.safetensors")
    assert "unet.conv_in.weight" in refused(tmp_path / "x.safetensors", "weights.key")
    save_file({"patch_embedding.weight": torch.zeros(3)}, tmp_path / "x.safetensors")
    assert "patch_embedding.weight has 5 axes" in refused(tmp_path / "x.safetensors", "weights.shape")


@pytest.mark.parametrize("keep", [0, 3, 40, 0.5, -1])
@pytest.mark.parametrize("write", [original, plain_pt])
def test_a_file_cut_short_is_refused(
    write: Callable[[State, Path], Path], keep: float, state: State, tmp_path: Path
) -> None:
    path = write(state, tmp_path)
    size = path.stat().st_size
    os.truncate(path, int(size * keep) if 0 < keep < 1 else int(keep) % size)
    early = write is plain_pt and keep == 3
    assert path.name in refused(path, "weights.format" if early else "weights.damaged")


def test_a_cut_or_absent_shard_is_refused(state: State, tmp_path: Path) -> None:
    write_shards(state, tmp_path)
    part = tmp_path / "part-2-of-3.safetensors"
    os.truncate(part, part.stat().st_size - 1)
    assert part.name in refused(tmp_path, "weights.damaged")
    part.unlink()
    assert part.name in refused(tmp_path, "weights.missing")


def test_an_index_is_held_to_its_word(state: State, tmp_path: Path) -> None:
    write_shards(state, tmp_path)
    index = tmp_path / "network.safetensors.index.json"
    content = json.loads(index.read_text())
    content["weight_map"]["nowhere"] = "part-1-of-3.safetensors"
    index.write_text(json.dumps(content))
    assert "nowhere" in refused(index, "weights.key")
    content["weight_map"]["nowhere"] = "../part-1-of-3.safetensors"
    index.write_text(json.dumps(content))
    assert "own folder" in refused(index, "weights.damaged")
    for text in ("[]", "{", '{"weight_map": {"a": 1}}'):
        index.write_text(text)
        refused(index, "weights.damaged")


def test_folders_that_leave_open_what_is_meant_are_refused(state: State, tmp_path: Path) -> None:
    assert str(tmp_path) in refused(tmp_path, "weights.missing")
    original(state, tmp_path).rename(tmp_path / "one.safetensors")
    original(state, tmp_path)
    assert "Name the file that is meant" in refused(tmp_path, "weights.format")
    (tmp_path / "pt").mkdir()
    plain_pt({"a": torch.zeros(1)}, tmp_path / "pt").rename(tmp_path / "pt/one.pt")
    plain_pt({"a": torch.zeros(1)}, tmp_path / "pt")
    assert "one.pt, wan.pth" in refused(tmp_path / "pt", "weights.format")


def test_files_of_other_kinds_are_refused(tmp_path: Path) -> None:
    refused(tmp_path / "absent.safetensors", "weights.missing")
    (tmp_path / "wan.gguf").write_bytes(b"GGUF")
    refused(tmp_path / "wan.gguf", "weights.format")
    torch.save([torch.zeros(1)], tmp_path / "list.pt")
    refused(tmp_path / "list.pt", "weights.format")
    torch.save({"a": torch.zeros(1), "step": 3}, tmp_path / "more.pt")
    refused(tmp_path / "more.pt", "weights.format")
    torch.save({}, tmp_path / "empty.pt")
    refused(tmp_path / "empty.pt", "weights.format")


class Hostile:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch owned",)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"a": Hostile()}, "hostile.pt")
    assert "run code" in refused(Path("hostile.pt"), "weights.format")
    Path("plain.pt").write_bytes(pickle.dumps({"a": Hostile()}, 2))
    refused(Path("plain.pt"), "weights.format")
    assert not Path("owned").exists()
