"""Video engines from files: which network, whether it fits, and what is refused before anything is read."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
import torch
from safetensors.torch import save_file

from lightbrush.engines import wan, wan_loading
from lightbrush.engines.wan_loading import Runtime, Task
from lightbrush.engines.wan_stream import BlockRequest, Parameters, render_block
from lightbrush.errors import LightbrushError, SettingsError, ShotError
from lightbrush.models import Located, Store, find
from lightbrush.models.machine import Attention
from lightbrush.nn.wan import attention_choice, fast_attention
from lightbrush.nn.wan.config import TINY, WAN_14B
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.memory import SPARE, estimate, estimate_fast
from lightbrush.nn.wan.quantise import FLOAT8
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae
from lightbrush.nn.wan.transformer import WanTransformer
from lightbrush.nn.wan.vae import WanVaeConfig
from lightbrush.nn.wan.vae_checkpoints import tiny_slots
from lightbrush.nn.wan.vae_memory import decode_footprint, encode_footprint
from lightbrush.shots import Prompt, Size
from tests.nn.wan_layouts import made, wrapped_name

pytestmark = pytest.mark.usefixtures("one_thread")

SEA = Parameters(prompts=(Prompt("a calm sea"),), width=64, height=64, seed=7)
SMALL = Task(Size(64, 64))
CPU = Runtime(device="cpu")
GIB = 1 << 30


class Here(Store):
    """The parts of a small model, in the layouts that the public ones come in, whatever the catalogue says of sizes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        from transformers import UMT5Config, UMT5EncoderModel

        from tests.nn import test_wan_text

        state = made(TINY).state_dict()
        save_file({wrapped_name(name): value for name, value in state.items()}, folder / "krea.safetensors")
        torch.manual_seed(0)
        config = UMT5Config(vocab_size=16, d_model=48, d_kv=8, d_ff=96, num_layers=1, num_heads=2)
        text = {test_wan_text.original_name(n): v for n, v in UMT5EncoderModel(config).state_dict().items()}
        text.pop("encoder.embed_tokens.weight", None)
        torch.save(text, folder / "t5.pth")
        words = {"<pad>": 0, "</s>": 1, "<unk>": 2, "sea": 3}
        tokenizer = {"version": "1.0", "added_tokens": [], "truncation": None, "padding": None, "normalizer": None}
        tokenizer |= {"pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None}
        tokenizer |= {"model": {"type": "WordLevel", "vocab": words, "unk_token": "<unk>"}}
        (folder / "google").mkdir()
        (folder / "google/tokenizer.json").write_text(json.dumps(tokenizer))
        slots = tiny_slots(TinyVae(TinyConfig())).values()
        save_file({slot.name: torch.randn(slot.shape) / 30 for slot in slots}, folder / "taew2_1.safetensors")
        self.parts = {
            "krea-realtime-14b": ["krea.safetensors"],
            "umt5-xxl": ["google/tokenizer.json", "t5.pth"],
            "taehv-wan2.1": ["taew2_1.safetensors"],
        }

    def locate(self, entry_id: str) -> Located:
        files = {name: self.folder / name for name in self.parts[entry_id]}
        return Located(find(entry_id).sources[0], files, self.folder)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Here:
    return Here(tmp_path_factory.mktemp("models"))


def test_a_model_of_the_folder_is_loaded_and_renders(here: Here) -> None:
    said: list[str] = []
    read: list[str] = []

    def progress(what: str, done: int, total: int) -> None:
        assert said, "what it takes is said before anything is read"
        assert 0 < done <= total
        read.append(what)

    loaded = wan_loading.load("krea-realtime-14b", here, SMALL, CPU, say=said.append, progress=progress)
    assert set(read) == {"the transformer", "the text encoder"}
    assert "Krea Realtime 14B in bf16 at 64x64 takes" in said[0]
    assert isinstance(loaded.networks.transformer, WanTransformer)
    assert loaded.dtype == "bf16"
    assert loaded.networks.transformer.dtype == torch.bfloat16
    assert loaded.networks.transformer.config.dim == TINY.dim
    shown = next(wan.stream(loaded, [msgspec.structs.replace(SEA, prompts=(Prompt("sea"),), steps=(1000.0,))]))
    assert shown.frames.shape == (9, 64, 64, 3)


def test_a_vace_path_comes_in_a_file_of_its_own_and_what_needs_one_is_refused_without(
    here: Here, tmp_path: Path
) -> None:
    def load(**asked: Any) -> wan.VideoEngine:
        return wan_loading.load("krea-realtime-14b", here, replace(SMALL, **asked), CPU, say=said.append)

    said: list[str] = []
    with pytest.raises(ShotError) as caught:
        load(follows=True)
    assert caught.value.code == "shot.parameter"
    assert "--vace" in caught.value.problem.fix
    assert not said, "before anything is read"
    state = made(replace(TINY, vace_layers=(0,))).state_dict()
    save_file({name: value for name, value in state.items() if name.startswith("vace_")}, tmp_path / "vace.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"vace_layers": [0]}))
    loaded = load(follows=True, vace=tmp_path / "vace.safetensors", clips=2, references=1)
    config = loaded.networks.transformer.config
    assert (config.vace_layers, config.vace_channels) == ((0,), 96)
    with pytest.raises(SettingsError) as missing:
        load(vace=here.folder / "krea.safetensors")
    assert missing.value.code == "weights.key"
    other = made(replace(TINY, dim=384, heads=3, vace_layers=(0,))).state_dict()
    save_file(
        {name: value for name, value in other.items() if name.startswith("vace_")}, tmp_path / "other.safetensors"
    )
    with pytest.raises(SettingsError) as shape:
        load(vace=tmp_path / "other.safetensors")
    assert shape.value.code == "weights.shape"


def test_memory_for_what_vace_follows_and_shows_is_part_of_what_is_known() -> None:
    config = replace(WAN_14B, vace_layers=tuple(range(0, 40, 5)))
    alone, followed, shown = (
        wan_loading.needed(config, Task(decoder="full", clips=clips, references=references), 0)
        for clips, references in ((0, 0), (2, 0), (2, 2))
    )
    state = encode_footprint(WanVaeConfig(), 832, 480).state_bytes
    assert followed.autoencoder_bytes - alone.autoencoder_bytes >= 2 * state
    assert shown.transformer_bytes > followed.transformer_bytes + 2 * 1560 * config.dim * 2


# Which network.


@pytest.mark.parametrize(("found", "fast"), [((0, 0), False), ((8, 6), False), ((8, 9), True), ((12, 0), True)])
def test_the_fast_network_is_for_gpus_that_multiply_8_bits(
    monkeypatch: pytest.MonkeyPatch, found: tuple[int, int], fast: bool
) -> None:
    monkeypatch.setattr(wan_loading, "capability", lambda device: found)
    assert (wan_loading.choose(TINY, torch.device("cpu"), "fp8") is not None) == fast


@pytest.mark.parametrize("has", [True, False])
@pytest.mark.parametrize("wanted", ["fp8", "bf16"])
def test_8_bits_are_used_where_they_are_wanted_and_right(
    monkeypatch: pytest.MonkeyPatch, wanted: Literal["fp8", "bf16"], has: bool
) -> None:
    monkeypatch.setattr(wan_loading, "capability", lambda device: (9, 0))
    best = Options(fp8=has, kernels=("norm",), graphs=True)
    monkeypatch.setattr(Options, "best", lambda device: best)
    options = wan_loading.choose(TINY, torch.device("cpu"), wanted)
    assert options == replace(best, fp8=has and wanted == "fp8")


def test_a_network_with_vace_is_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wan_loading, "capability", lambda device: (9, 0))
    assert wan_loading.choose(replace(TINY, vace_layers=(0,)), torch.device("cpu"), "fp8") is None


def test_the_cpu_is_no_gpu() -> None:
    assert wan_loading.capability(torch.device("cpu")) == (0, 0)


def test_memory_is_known_of_the_network_that_is_loaded() -> None:
    plain, fast, half = (
        wan_loading.needed(WAN_14B, Task(), 0, options).transformer_bytes
        for options in (None, Options(fp8=True), Options(fp8=False))
    )
    for options, seen in ((Options(fp8=True), fast), (Options(fp8=False), half)):
        assert seen == int(SPARE * estimate_fast(WAN_14B, 832, 480, fp8=options.fp8).total_bytes)
    assert plain == int(SPARE * estimate(WAN_14B, 832, 480).total_bytes)
    assert fast < 0.7 * half


@pytest.mark.parametrize("decoder", ["tiny", "full"])
def test_memory_to_encode_a_clip_is_part_of_what_is_known(decoder: Literal["tiny", "full"]) -> None:
    without, with_clip = (wan_loading.needed(WAN_14B, Task(decoder=decoder, clips=clips), 0) for clips in (0, 1))
    assert with_clip.transformer_bytes == without.transformer_bytes
    config = TinyConfig() if decoder == "tiny" else WanVaeConfig()
    encoding, decoding = encode_footprint(config, 832, 480), decode_footprint(config, 832, 480)
    assert with_clip.autoencoder_bytes - without.autoencoder_bytes >= encoding.state_bytes
    assert with_clip.autoencoder_bytes >= encoding.total_bytes + 2 * decoding.state_bytes


@pytest.mark.parametrize(("fp8", "limit"), [(False, 0.01), (True, 0.03)])
def test_the_fast_network_gives_the_latents_of_the_plain_one(
    here: Here, monkeypatch: pytest.MonkeyPatch, fp8: bool, limit: float
) -> None:
    """In plain arithmetic. Both read one file in bfloat16, so within its noise; 8 bits have some more."""
    plain = wan_loading.load("krea-realtime-14b", here, SMALL, CPU)
    monkeypatch.setattr(wan_loading, "capability", lambda device: (8, 9))
    monkeypatch.setattr(Options, "best", lambda device: Options(fp8=fp8, kernels=(), graphs=False))
    said: list[str] = []
    fast = wan_loading.load("krea-realtime-14b", here, SMALL, CPU, say=said.append)
    assert isinstance(fast.networks.transformer, FastTransformer)
    assert fast.networks.transformer.options.fp8 == fp8
    assert fast.dtype == ("fp8" if fp8 else "bf16")
    assert f"in {fast.dtype} at 64x64 takes" in said[0]
    context = None
    for index in range(3):
        asked = msgspec.structs.replace(SEA, prompts=(Prompt("sea"), Prompt("sea sea", 0.5)))
        request = BlockRequest(index, asked, context)
        wanted, seen = (render_block(engine.networks, request).latents.float() for engine in (plain, fast))
        assert float((seen - wanted).norm() / wanted.norm()) < limit
        context = render_block(plain.networks, request).context


@pytest.mark.usefixtures("forked")
def test_several_gpus_share_each_block(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here two processes of a CPU: the same latents, and what cannot be shared is told before anything is read."""
    monkeypatch.setattr(wan_loading, "capability", lambda device: (9, 0))
    monkeypatch.setattr(Options, "best", lambda device: Options(fp8=True, kernels=(), graphs=False))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    said: list[str] = []
    alone = wan_loading.load("krea-realtime-14b", here, SMALL, CPU)
    together = wan_loading.load("krea-realtime-14b", here, SMALL, replace(CPU, gpus=2), say=said.append)
    assert said[-1] == "2 GPUs share each block"
    context = None
    for index in range(2):
        wanted, seen = (
            render_block(engine.networks, BlockRequest(index, SEA, context)) for engine in (alone, together)
        )
        assert float((seen.latents - wanted.latents).float().norm() / wanted.latents.float().norm()) < 1e-2
        context = wanted.context
    together.close()

    assert refused(SettingsError, here, SMALL, replace(CPU, gpus=4)) == "weights.gpus", "there are three"
    assert refused(SettingsError, here, SMALL, replace(CPU, gpus=3)) == "weights.gpus", "for two heads"
    assert refused(ShotError, here, Task(Size(80, 80)), replace(CPU, gpus=2)) == "shot.size", "75 tokens"
    monkeypatch.setattr(wan_loading, "capability", lambda device: (7, 5))
    assert refused(SettingsError, here, SMALL, replace(CPU, gpus=2)) == "weights.gpus", "the plain network"


def test_attention_is_in_8_bits_where_it_is_wanted_and_to_be_had_and_what_runs_is_told(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(attention: Attention) -> wan.VideoEngine:
        runtime = replace(CPU, attention=attention)
        return wan_loading.load("krea-realtime-14b", here, SMALL, runtime, say=said.append)

    small = partial(attention_choice.settle, width_px=64, height_px=64)
    monkeypatch.setattr(attention_choice, "settle", small)
    said: list[str] = []
    loaded = load("fp8")
    assert (loaded.attention, said[-1]) == ("bf16", "attention in bf16, PyTorch's: fp8 is not to be had here")
    monkeypatch.setattr(wan_loading, "capability", lambda device: (9, 0))
    monkeypatch.setattr(Options, "best", lambda device: Options(fp8=True, kernels=(), graphs=False))
    loaded = load("fp8")
    assert (loaded.attention, said[-1]) == ("bf16", "attention in bf16, plain: fp8 is not to be had here")
    exact = fast_attention.plain
    eight = fast_attention.Backend(lambda q, k, v: exact(q.float(), k, v), capability=(0, 0), limit=8e-2, dtype=FLOAT8)
    monkeypatch.setitem(fast_attention.BACKENDS, "triton-fp8", eight)
    monkeypatch.setattr(fast_attention, "installed", lambda device: ("triton-fp8", "plain"))
    for attention in ("fp8", "auto"):
        loaded = load(attention)
        assert isinstance(loaded.networks.transformer, FastTransformer)
        assert loaded.networks.transformer.options.attention == "auto-fp8"
        assert loaded.attention == "fp8"
        assert said[-1].startswith("attention in fp8, triton-fp8: 8-bit attention moves a velocity by ")
    with monkeypatch.context() as strict:
        strict.setattr(attention_choice, "MOST", 0.0)
        loaded = load("auto")
        assert loaded.attention == "bf16"
        assert said[-1].startswith("attention in bf16, plain: 8-bit attention moves a velocity by ")
        assert load("fp8").attention == "fp8", "who asks for it gets it"
    loaded = load("bf16")
    assert (loaded.attention, said[-1]) == ("bf16", "attention in bf16, plain")
    wan_loading.load("tiny-random", here, runtime=replace(CPU, attention="fp8"), say=said.append)
    assert said[-1] == "tiny-random has no attention in fp8"


def refused(kind: type[LightbrushError], store: Store, task: Task, runtime: Runtime, **hears: Any) -> str:
    with pytest.raises(kind) as caught:
        wan_loading.load("krea-realtime-14b", store, task, runtime, **hears)
    return caught.value.code


@pytest.mark.parametrize("part", ["krea-realtime-14b", "umt5-xxl", "taehv-wan2.1"])
def test_a_file_cut_short_is_told_before_anything_is_read(here: Here, tmp_path: Path, part: str) -> None:
    class Cut(Here):
        def __init__(self) -> None:
            Store.__init__(self, tmp_path)

        def locate(self, entry_id: str) -> Located:
            located = here.locate(entry_id)
            if entry_id != part:
                return located
            files = dict(located.files)
            name = next(name for name in files if not name.endswith(".json"))
            whole = files[name].read_bytes()
            files[name] = tmp_path / Path(name).name
            files[name].write_bytes(whole[: len(whole) // 2])
            return Located(located.source, files, tmp_path)

    said: list[str] = []
    with pytest.raises(SettingsError) as caught:
        wan_loading.load("krea-realtime-14b", Cut(), SMALL, CPU, say=said.append)
    assert caught.value.code == "weights.damaged"
    assert "Fetch the file again" in caught.value.problem.fix
    assert not said


@pytest.mark.parametrize(("width", "height"), [(100, 64), (64, 0), (64, 24)])
def test_a_size_that_does_not_divide_is_told_before_anything_is_read(here: Here, width: int, height: int) -> None:
    said: list[str] = []
    with pytest.raises(ShotError) as caught:
        wan_loading.load("krea-realtime-14b", here, Task(Size(width, height)), CPU, say=said.append)
    assert caught.value.code == "shot.size"
    assert "The nearest that does is" in caught.value.problem.fix
    assert not said


def test_what_does_not_fit_is_refused_before_it_is_read(here: Here, tmp_path: Path) -> None:
    def never(what: str, done: int, total: int) -> None:
        raise AssertionError(f"read {what}")

    assert refused(SettingsError, here, Task(), CPU, free=lambda device: 1 << 20, progress=never) == "weights.memory"
    assert refused(ShotError, here, Task(Size(100, 480)), CPU, progress=never) == "shot.size"
    assert refused(SettingsError, Store(tmp_path), Task(), CPU, progress=never) == "weights.missing"
    assert refused(SettingsError, here, Task(), Runtime(device="tpu")) == "settings.value"


def test_the_text_encoder_stays_off_the_gpu_where_there_is_no_room_for_both() -> None:
    needs = wan_loading.needed(WAN_14B, Task(), 5_680_000_000)
    assert 30 * GIB < needs.transformer_bytes < 45 * GIB
    assert 0 < needs.autoencoder_bytes < 3 * GIB
    assert 11 * GIB < needs.text_bytes < 13 * GIB
    assert wan_loading.needed(WAN_14B, Task(decoder="full"), 0).autoencoder_bytes > 3 * needs.autoencoder_bytes
    cuda, cpu = torch.device("cuda"), torch.device("cpu")

    def placed(gpu_gib: int, ram_gib: int) -> str:
        free = {"cuda": gpu_gib * GIB, "cpu": ram_gib * GIB}
        return wan_loading.place(needs, cuda, lambda device: free[device.type], "it").type

    assert placed(139, 16) == "cuda"
    assert placed(48, 64) == "cpu"
    for gpu_gib, ram_gib in ((48, 4), (24, 64)):
        with pytest.raises(SettingsError, match=r"weights\.memory.* free on cuda, .* on cpu"):
            placed(gpu_gib, ram_gib)
    with pytest.raises(SettingsError, match=r"weights\.memory"):
        wan_loading.place(needs, cpu, lambda device: 32 * GIB, "it")
