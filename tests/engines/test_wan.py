"""Video engines: what they load and whether it fits, and the tiny random one's videos."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import av
import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from lightbrush import media, pixels, wire
from lightbrush.engines import wan
from lightbrush.engines.video import CARDS, VideoCard, card, tiny_random
from lightbrush.engines.wan_stream import BlockRequest, Parameters, from_bytes, render_block, to_bytes
from lightbrush.errors import FleetError, LightbrushError, MediaError, SettingsError, ShotError
from lightbrush.fleet.shelf import Stock
from lightbrush.fleet.worker import answer
from lightbrush.media import Mp4Writer, read
from lightbrush.models import Located, Store, find
from lightbrush.models.machine import Attention
from lightbrush.nn.wan import attention_choice, fast_attention
from lightbrush.nn.wan.autoencoder import from_uint8, to_uint8
from lightbrush.nn.wan.config import TINY, WAN_14B
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.memory import SPARE, estimate, estimate_fast
from lightbrush.nn.wan.quantise import FLOAT8
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae, random_vae
from lightbrush.nn.wan.transformer import WanTransformer
from lightbrush.nn.wan.vae import WanVaeConfig
from lightbrush.nn.wan.vae_checkpoints import tiny_slots
from lightbrush.nn.wan.vae_memory import decode_footprint, encode_footprint
from lightbrush.shots import Blend, Block, Prompt, Size, Still
from lightbrush.timeline import Clip, Phrase, Recipe, Settings, Span, Timeline
from tests.nn.wan_layouts import made, wrapped_name

pytestmark = pytest.mark.usefixtures("one_thread")

SEA = Parameters(prompts=(Prompt("a calm sea"),), width=64, height=64, seed=7)
STORM = msgspec.structs.replace(SEA, prompts=(Prompt("a storm at night"),))
GIB = 1 << 30


@pytest.fixture(scope="module")
def engine() -> wan.VideoEngine:
    return wan.tiny_random()


def videos(engine: wan.VideoEngine, log: list[Parameters], **start: object) -> list[wan.Shown]:
    return list(wan.stream(engine, log, **start))  # type: ignore[arg-type]


# Streams.


def test_frames_come_block_by_block_as_one_video(engine: wan.VideoEngine) -> None:
    shown = videos(engine, [SEA] * 3)
    assert [s.frames.shape for s in shown] == [(9, 64, 64, 3), (12, 64, 64, 3), (12, 64, 64, 3)]
    assert {s.frames.dtype for s in shown} == {np.dtype(np.uint8)}
    assert min(s.frames.std() for s in shown) > 20, "there is something to see"
    whole = engine.autoencoder.decode(torch.cat([s.block.latents for s in shown]))
    frames = np.concatenate([s.frames for s in shown])
    assert np.abs(to_uint8(whole).numpy().astype(int) - frames).max() <= 1


def test_a_prompt_that_changes_while_it_runs_counts_from_the_next_block(engine: wan.VideoEngine) -> None:
    plain = videos(engine, [SEA] * 3)
    asked = SEA

    def live() -> Iterator[Parameters]:
        while True:
            yield asked

    running = wan.stream(engine, live())
    seen = [next(running), next(running)]
    asked = STORM
    seen.append(next(running))
    same = [torch.equal(a.block.latents, b.block.latents) for a, b in zip(plain, seen, strict=True)]
    assert same == [True, True, False]


def test_another_process_goes_on_with_identical_latents(engine: wan.VideoEngine, tmp_path: Path) -> None:
    shown = videos(engine, [SEA, SEA, STORM, STORM])
    (tmp_path / "context").write_bytes(to_bytes(shown[1].block.context))
    program = f"""
import torch
from pathlib import Path
from safetensors.torch import save_file
from lightbrush.engines import wan
from lightbrush.engines.wan_stream import from_bytes
from tests.engines.test_wan import STORM

torch.set_num_threads(1)
context, _ = from_bytes(Path({str(tmp_path / "context")!r}).read_bytes())
shown = wan.stream(wan.tiny_random(), [STORM, STORM], first=2, context=context)
save_file({{str(s.index): s.block.latents.contiguous() for s in shown}}, {str(tmp_path / "out")!r})
"""
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(root / "src"), str(root)])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    latents = load_file(tmp_path / "out")
    assert all(torch.equal(latents[str(i)], shown[i].block.latents) for i in (2, 3))


def test_a_stream_that_is_taken_up_looks_nearly_as_if_it_had_not_been_left(engine: wan.VideoEngine) -> None:
    shown = videos(engine, [SEA] * 4)
    rest = videos(engine, [SEA] * 2, first=2, context=shown[1].block.context)
    for a, b in zip(shown[2:], rest, strict=True):
        assert torch.equal(a.block.latents, b.block.latents)
        assert a.frames.shape == b.frames.shape
        assert np.abs(a.frames.astype(int) - b.frames).mean() < 5


# Recipes.


def test_a_block_follows_the_recipe() -> None:
    spans = (
        Span(start_s=0.0, end_s=2.0, prompts=(Phrase("bud"),)),
        Span(start_s=2.0, end_s=4.0, prompts=(Phrase("bloom", 3.0), Phrase("wind", 1.0)), transition_blocks=2),
    )
    timeline = Timeline(spans=spans, width=64, height=64, seed=9, steps=(1000, 500, 0))
    recipe = Recipe(version=1, timeline=timeline, clip=Clip(path="a", sha256="b", strength=0.5))
    first, later = wan.parameters(recipe, 0), wan.parameters(recipe, 3)
    assert first.prompts == (Prompt("bud", 1.0),)
    assert (first.width, first.height, first.seed, first.strength) == (64, 64, 9, 0.5)
    assert first.steps == pytest.approx((1000.0, 833.3333), abs=1e-3)
    assert first.context_weight == 0.3
    assert later.previous == (Blend((Prompt("bud", 1.0),)),)
    assert later.prompts == (Prompt("bloom", 0.75), Prompt("wind", 0.25))
    assert later.mix == 0.5
    biased = msgspec.structs.replace(timeline, settings=Settings(attention_bias=0.8), steps=())
    plain = wan.parameters(Recipe(version=1, timeline=biased), 0)
    assert plain.context_weight == 0.8
    assert plain.strength == 1.0
    assert len(plain.steps) == 4


def test_a_clip_is_encoded_block_by_block_and_rests_on_its_last_frame(engine: wan.VideoEngine, tmp_path: Path) -> None:
    ramp = np.linspace(40, 200, 21).astype(np.uint8)
    clip = np.ascontiguousarray(np.broadcast_to(ramp[:, None, None, None], (21, 64, 64, 3)))
    with Mp4Writer(tmp_path / "clip.mp4", width=64, height=64, fps=16) as written:
        written.write(clip)
    latents = wan.encoded(engine, tmp_path / "clip.mp4", Size(64, 64), 16)
    taken = torch.cat([next(latents) for _ in range(3)])
    assert taken.shape == (9, 16, 8, 8)
    seen = np.concatenate(list(read(tmp_path / "clip.mp4")))
    rested = np.concatenate([seen, np.broadcast_to(seen[-1:], (12, 64, 64, 3))])
    torch.testing.assert_close(taken, engine.autoencoder.encode(from_uint8(torch.from_numpy(rested))))
    with pytest.raises(MediaError):
        next(wan.encoded(engine, tmp_path / "none.mp4", Size(64, 64), 16))


def test_however_long_a_clip_is_its_frames_are_held_a_block_at_a_time(
    engine: wan.VideoEngine, young: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size, count = Size(160, 96), 360
    with Mp4Writer(tmp_path / "clip.mp4", width=size.width, height=size.height, fps=16) as written:
        for number in range(count):
            written.write(np.full((size.height, size.width, 3), number % 251, np.uint8))
    decoded, undamaged = 0, media._undamaged

    def counted(frames: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        nonlocal decoded
        for frame in undamaged(frames):
            decoded += 1
            yield frame

    monkeypatch.setattr(media, "_undamaged", counted)
    latents = wan.encoded(engine, tmp_path / "clip.mp4", size, 16)
    next(latents)  # what the first use of everything keeps is not this clip's
    pictures, tensors, most_bytes = list[int](), list[int](), 0
    tracemalloc.start()
    for block in range(1, count // 12 + 2):
        next(latents)
        most_bytes = max(most_bytes, tracemalloc.get_traced_memory()[1])
        if block % 7 == 0:
            held = gc.get_objects()
            pictures.append(sum(type(each) is av.VideoFrame for each in held))
            tensors.append(sum(each.nbytes for each in held if issubclass(type(each), torch.Tensor)))
            del held
            tracemalloc.reset_peak()
        assert decoded <= min(count, 12 * (block + 1) + 1), "a block, and one to know that it ends"
    tracemalloc.stop()
    assert decoded == count
    assert max(pictures) < 48, "what the file's decoder holds back"
    assert len(set(tensors)) == 1
    assert most_bytes < 30 * size.width * size.height * 3


# Engines.


def still(frame: np.ndarray, frames: int = 1) -> Still:
    return Still(pixels.encode(frame, "image/png"), frames)


def test_live_pictures_become_the_latents_of_the_video_that_they_are(engine: wan.VideoEngine) -> None:
    frames = np.random.default_rng(1).integers(0, 255, (13, 64, 64, 3), np.uint8)
    shot = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),))

    def whole(count: int) -> torch.Tensor:
        return engine.autoencoder.encode(from_uint8(torch.from_numpy(frames[:count])))

    assert wan.started_from(engine, shot) is None
    first = wan.started_from(engine, msgspec.structs.replace(shot, input=tuple(map(still, frames[:9]))))
    assert first is not None
    assert torch.equal(first, whole(9))
    later = wan.started_from(engine, msgspec.structs.replace(shot, index=5, input=tuple(map(still, frames))))
    assert later is not None
    assert torch.equal(later, whole(13)[1:])
    held = wan.started_from(engine, msgspec.structs.replace(shot, input=(still(frames[0], 9),)))
    alike = wan.started_from(engine, msgspec.structs.replace(shot, input=(still(frames[0], 4), still(frames[0], 5))))
    assert held is not None
    assert alike is not None
    assert torch.equal(held, alike)


@pytest.mark.parametrize(("index", "count"), [(0, 8), (0, 13), (1, 9), (1, 12), (1, 14)])
def test_a_block_wants_as_many_pictures_as_it_has_frames(engine: wan.VideoEngine, index: int, count: int) -> None:
    given = (still(np.zeros((64, 64, 3), np.uint8), count),)
    block = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),), index=index, input=given)
    with pytest.raises(ShotError) as caught:
        wan.started_from(engine, block)
    assert caught.value.code == "shot.input"


def test_only_models_that_stream_are_engines() -> None:
    assert [each.id for each in CARDS] == ["krea-realtime-14b", "self-forcing-1.3b", "tiny-random"]
    with pytest.raises(ShotError, match=r"shot\.engine.*tiny-random"):
        card("wan2.1-t2v-14b")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ((832, 480), (160, 96)),
        ((480, 832), (96, 160)),
        ((128, 128), (128, 128)),
        ((4096, 64), (256, 64)),
        ((64, 4096), (64, 256)),
    ],
)
def test_an_engine_renders_the_nearest_size_that_it_can(asked: tuple[int, int], given: tuple[int, int]) -> None:
    assert card("tiny-random").fitted(*asked) == given
    assert VideoCard(id="a", name="a").fitted(*asked) == asked


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

    loaded = wan.load("krea-realtime-14b", here, width=64, height=64, device="cpu", say=said.append, progress=progress)
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
    def load(**options: Any) -> wan.VideoEngine:
        return wan.load("krea-realtime-14b", here, width=64, height=64, device="cpu", say=said.append, **options)

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
        wan.needed(config, 832, 480, "full", 0, None, clips, references)
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
    monkeypatch.setattr(wan, "capability", lambda device: found)
    assert (wan.choose(TINY, torch.device("cpu"), "fp8") is not None) == fast


@pytest.mark.parametrize("has", [True, False])
@pytest.mark.parametrize("wanted", ["fp8", "bf16"])
def test_8_bits_are_used_where_they_are_wanted_and_right(
    monkeypatch: pytest.MonkeyPatch, wanted: Literal["fp8", "bf16"], has: bool
) -> None:
    monkeypatch.setattr(wan, "capability", lambda device: (9, 0))
    best = Options(fp8=has, kernels=("norm",), graphs=True)
    monkeypatch.setattr(Options, "best", lambda device: best)
    options = wan.choose(TINY, torch.device("cpu"), wanted)
    assert options == replace(best, fp8=has and wanted == "fp8")


def test_a_network_with_vace_is_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wan, "capability", lambda device: (9, 0))
    assert wan.choose(replace(TINY, vace_layers=(0,)), torch.device("cpu"), "fp8") is None


def test_the_cpu_is_no_gpu() -> None:
    assert wan.capability(torch.device("cpu")) == (0, 0)


def test_memory_is_known_of_the_network_that_is_loaded() -> None:
    plain, fast, half = (
        wan.needed(WAN_14B, 832, 480, "tiny", 0, options).transformer_bytes
        for options in (None, Options(fp8=True), Options(fp8=False))
    )
    for options, seen in ((Options(fp8=True), fast), (Options(fp8=False), half)):
        assert seen == int(SPARE * estimate_fast(WAN_14B, 832, 480, fp8=options.fp8).total_bytes)
    assert plain == int(SPARE * estimate(WAN_14B, 832, 480).total_bytes)
    assert fast < 0.7 * half


@pytest.mark.parametrize("decoder", ["tiny", "full"])
def test_memory_to_encode_a_clip_is_part_of_what_is_known(decoder: Literal["tiny", "full"]) -> None:
    without, with_clip = (wan.needed(WAN_14B, 832, 480, decoder, 0, None, clip) for clip in (False, True))
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
    plain = wan.load("krea-realtime-14b", here, width=64, height=64, device="cpu")
    monkeypatch.setattr(wan, "capability", lambda device: (8, 9))
    monkeypatch.setattr(Options, "best", lambda device: Options(fp8=fp8, kernels=(), graphs=False))
    said: list[str] = []
    fast = wan.load("krea-realtime-14b", here, width=64, height=64, device="cpu", say=said.append)
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


def test_several_gpus_share_each_block(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here two processes of a CPU: the same latents, and what cannot be shared is told before anything is read."""
    monkeypatch.setattr(wan, "capability", lambda device: (9, 0))
    monkeypatch.setattr(Options, "best", lambda device: Options(fp8=True, kernels=(), graphs=False))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    asked = {"store": here, "width": 64, "height": 64, "device": "cpu"}
    said: list[str] = []
    alone = wan.load("krea-realtime-14b", **asked)  # type: ignore[arg-type]
    together = wan.load("krea-realtime-14b", **asked, gpus=2, say=said.append)  # type: ignore[arg-type]
    assert said[-1] == "2 GPUs share each block"
    context = None
    for index in range(2):
        wanted, seen = (
            render_block(engine.networks, BlockRequest(index, SEA, context)) for engine in (alone, together)
        )
        assert float((seen.latents - wanted.latents).float().norm() / wanted.latents.float().norm()) < 1e-2
        context = wanted.context
    together.close()

    assert refused(SettingsError, **asked, gpus=4) == "weights.gpus", "there are three"
    assert refused(SettingsError, **asked, gpus=3) == "weights.gpus", "for two heads"
    assert refused(ShotError, **asked | {"width": 80, "height": 80}, gpus=2) == "shot.size", "75 tokens"
    monkeypatch.setattr(wan, "capability", lambda device: (7, 5))
    assert refused(SettingsError, **asked, gpus=2) == "weights.gpus", "the plain network"


def test_attention_is_in_8_bits_where_it_is_wanted_and_to_be_had_and_what_runs_is_told(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(attention: Attention) -> wan.VideoEngine:
        return wan.load(
            "krea-realtime-14b", here, width=64, height=64, attention=attention, device="cpu", say=said.append
        )

    said: list[str] = []
    loaded = load("fp8")
    assert (loaded.attention, said[-1]) == ("bf16", "attention in bf16, PyTorch's: fp8 is not to be had here")
    monkeypatch.setattr(wan, "capability", lambda device: (9, 0))
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
    wan.load("tiny-random", here, attention="fp8", device="cpu", say=said.append)
    assert said[-1] == "tiny-random has no attention in fp8"


def test_a_worker_loads_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def load(
        *where: object, dtype: object, attention: object, gpus: int, clips: int, **options: object
    ) -> wan.VideoEngine:
        asked.append((dtype, attention, gpus))
        assert clips == 1, "a client may send pictures at any time"
        return wan.tiny_random()

    monkeypatch.setattr(wan, "load", load)
    variables = "LIGHTBRUSH_VIDEO_DTYPE", "LIGHTBRUSH_VIDEO_ATTENTION", "LIGHTBRUSH_VIDEO_GPUS"
    for said in (("bf16", "fp8", "2"), ("fp8", "bf16", "1")):
        for variable, value in zip(variables, said, strict=True):
            monkeypatch.setenv(variable, value)
        wan.load_live(tiny_random.card, "cpu")
    for variable in variables:
        monkeypatch.delenv(variable)
    wan.load_live(tiny_random.card, "cpu")
    assert asked == [("bf16", "fp8", 2), ("fp8", "bf16", 1), ("fp8", "auto", 1)]
    for variable in variables:
        with monkeypatch.context() as wrong:
            wrong.setenv(variable, "int4")
            with pytest.raises(SettingsError, match="int4") as caught:
                wan.load_live(tiny_random.card, "cpu")
            assert caught.value.code == "settings.value"


def refused(kind: type[LightbrushError], **options: object) -> str:
    with pytest.raises(kind) as caught:
        wan.load("krea-realtime-14b", **options)  # type: ignore[arg-type]
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
        wan.load("krea-realtime-14b", Cut(), width=64, height=64, device="cpu", say=said.append)
    assert caught.value.code == "weights.damaged"
    assert "Fetch the file again" in caught.value.problem.fix
    assert not said


@pytest.mark.parametrize(("width", "height"), [(100, 64), (64, 0), (64, 24)])
def test_a_size_that_does_not_divide_is_told_before_anything_is_read(here: Here, width: int, height: int) -> None:
    said: list[str] = []
    with pytest.raises(ShotError) as caught:
        wan.load("krea-realtime-14b", here, width=width, height=height, device="cpu", say=said.append)
    assert caught.value.code == "shot.size"
    assert "The nearest that does is" in caught.value.problem.fix
    assert not said


def test_a_worker_out_of_memory_says_so_and_renders_what_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    live = wan.load_live(tiny_random.card, "cpu")
    first = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),), steps=1)
    message = wire.unpack(wire.encode_block(1, first))
    footage = wire.decode_footage(wire.unpack(answer(message, {"tiny-random": live}, "w", Stock())))
    later = msgspec.structs.replace(first, index=1, context=footage.context)
    whole = live.render_block(later).context

    def greedy(*given: object, **named: object) -> torch.Tensor:
        return torch.empty(1 << 60, dtype=torch.uint8)

    network = live._engine.networks.transformer
    with monkeypatch.context() as patched:
        patched.setattr(network, "denoise", greedy)
        message = wire.unpack(wire.encode_block(2, later))
        refused = wire.decode_problem(wire.unpack(answer(message, {"tiny-random": live}, "w", Stock())))
        assert refused.code == "fleet.memory"
        assert "free now" in refused.value
        with pytest.raises(FleetError, match=r"fleet\.memory"):
            videos(live._engine, [SEA])
        assert live._state is None, "nothing is held on to"
    assert live.render_block(later).context == whole


def test_who_takes_a_stream_up_shows_the_very_frames_that_would_have_been_shown() -> None:
    """Wherever that is, and whatever else was rendered between two blocks; also where the decoder is as deep as the
    published one, which hears eight latents of the past."""
    first = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),), steps=1)
    for blocks in (1, 3):
        deep = TinyConfig(widths=(16, 12, 8, 8), encoder_width=8, blocks=blocks)

        def live(config: TinyConfig = deep) -> wan.Live:
            plain, decoder = wan.tiny_random(), random_vae(config)
            networks = replace(plain.networks, decoder=decoder, encoder=decoder)
            return wan.Live(replace(plain, networks=networks, autoencoder=decoder), tiny_random.card)

        stays, context = live(), b""
        for index in range(6):
            block = msgspec.structs.replace(first, index=index, context=context)
            whole, again = stays.render_block(block), live().render_block(block)
            assert (again.pixels == whole.pixels).all(), f"{blocks}, {index}"
            assert again.context == whole.context
            context = whole.context
        other = msgspec.structs.replace(first, seed=9)
        stays.render_block(other)
        assert (stays.render_block(block).pixels == whole.pixels).all()


def test_a_context_that_was_kept_before_it_had_a_past_goes_on() -> None:
    live = wan.load_live(tiny_random.card, "cpu")
    first = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),), steps=1)
    whole = live.render_block(first)
    bare = to_bytes(from_bytes(whole.context)[0])
    later = msgspec.structs.replace(first, index=1, context=whole.context)
    old, new = (live.render_block(msgspec.structs.replace(later, context=context)) for context in (bare, later.context))
    assert torch.equal(from_bytes(old.context)[0], from_bytes(new.context)[0])
    assert (old.pixels == new.pixels).all(), "a first block's context is all of its past"


def test_what_does_not_fit_is_refused_before_it_is_read(here: Here, tmp_path: Path) -> None:
    def never(what: str, done: int, total: int) -> None:
        raise AssertionError(f"read {what}")

    assert refused(SettingsError, store=here, device="cpu", free=lambda device: 1 << 20, progress=never) == (
        "weights.memory"
    )
    assert refused(ShotError, store=here, device="cpu", width=100, progress=never) == "shot.size"
    assert refused(SettingsError, store=Store(tmp_path), device="cpu", progress=never) == "weights.missing"
    assert refused(SettingsError, store=here, device="tpu") == "settings.value"


def test_the_text_encoder_stays_off_the_gpu_where_there_is_no_room_for_both() -> None:
    needs = wan.needed(WAN_14B, 832, 480, "tiny", 5_680_000_000)
    assert 30 * GIB < needs.transformer_bytes < 45 * GIB
    assert 0 < needs.autoencoder_bytes < 3 * GIB
    assert 11 * GIB < needs.text_bytes < 13 * GIB
    assert wan.needed(WAN_14B, 832, 480, "full", 0).autoencoder_bytes > 3 * needs.autoencoder_bytes
    cuda, cpu = torch.device("cuda"), torch.device("cpu")

    def placed(gpu_gib: int, ram_gib: int) -> str:
        free = {"cuda": gpu_gib * GIB, "cpu": ram_gib * GIB}
        return wan.place(needs, cuda, lambda device: free[device.type], "it").type

    assert placed(139, 16) == "cuda"
    assert placed(48, 64) == "cpu"
    for gpu_gib, ram_gib in ((48, 4), (24, 64)):
        with pytest.raises(SettingsError, match=r"weights\.memory.* free on cuda, .* on cpu"):
            placed(gpu_gib, ram_gib)
    with pytest.raises(SettingsError, match=r"weights\.memory"):
        wan.place(needs, cpu, lambda device: 32 * GIB, "it")
