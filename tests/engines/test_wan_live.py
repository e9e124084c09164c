"""A video engine in a worker: pictures to start from, its settings, and blocks wherever they are rendered."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
import torch

from lightbrush import pixels, wire
from lightbrush.engines import wan, wan_live, wan_loading
from lightbrush.engines.video import tiny_random
from lightbrush.engines.wan_stream import Parameters, from_bytes, to_bytes
from lightbrush.errors import FleetError, SettingsError, ShotError
from lightbrush.fleet.shelf import Stock
from lightbrush.fleet.worker import answer
from lightbrush.models import Store
from lightbrush.nn.wan.autoencoder import from_uint8
from lightbrush.nn.wan.tiny_decoder import TinyConfig, random_vae
from lightbrush.shots import Block, Prompt, Still

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def engine() -> wan.VideoEngine:
    return wan_loading.tiny_random()


def still(frame: np.ndarray, frames: int = 1) -> Still:
    return Still(pixels.encode(frame, "image/png"), frames)


def test_live_pictures_become_the_latents_of_the_video_that_they_are(engine: wan.VideoEngine) -> None:
    frames = np.random.default_rng(1).integers(0, 255, (13, 64, 64, 3), np.uint8)
    shot = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),))

    def whole(count: int) -> torch.Tensor:
        return engine.autoencoder.encode(from_uint8(torch.from_numpy(frames[:count])))

    assert wan_live.started_from(engine, shot) is None
    first = wan_live.started_from(engine, msgspec.structs.replace(shot, input=tuple(map(still, frames[:9]))))
    assert first is not None
    assert torch.equal(first, whole(9))
    later = wan_live.started_from(engine, msgspec.structs.replace(shot, index=5, input=tuple(map(still, frames))))
    assert later is not None
    assert torch.equal(later, whole(13)[1:])
    held = wan_live.started_from(engine, msgspec.structs.replace(shot, input=(still(frames[0], 9),)))
    alike = wan_live.started_from(
        engine, msgspec.structs.replace(shot, input=(still(frames[0], 4), still(frames[0], 5)))
    )
    assert held is not None
    assert alike is not None
    assert torch.equal(held, alike)


@pytest.mark.parametrize(("index", "count"), [(0, 8), (0, 13), (1, 9), (1, 12), (1, 14)])
def test_a_block_wants_as_many_pictures_as_it_has_frames(engine: wan.VideoEngine, index: int, count: int) -> None:
    given = (still(np.zeros((64, 64, 3), np.uint8), count),)
    block = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),), index=index, input=given)
    with pytest.raises(ShotError) as caught:
        wan_live.started_from(engine, block)
    assert caught.value.code == "shot.input"


def test_a_worker_loads_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def load(
        engine_id: str, store: Store, task: wan_loading.Task, runtime: wan_loading.Runtime, **hears: object
    ) -> wan.VideoEngine:
        asked.append((runtime.dtype, runtime.attention, runtime.gpus))
        assert task.clips == 1, "a client may send pictures at any time"
        return wan_loading.tiny_random()

    monkeypatch.setattr(wan_live, "load", load)
    variables = "LIGHTBRUSH_VIDEO_DTYPE", "LIGHTBRUSH_VIDEO_ATTENTION", "LIGHTBRUSH_VIDEO_GPUS"
    for said in (("bf16", "fp8", "2"), ("fp8", "bf16", "1")):
        for variable, value in zip(variables, said, strict=True):
            monkeypatch.setenv(variable, value)
        wan_live.load_live(tiny_random.card, "cpu")
    for variable in variables:
        monkeypatch.delenv(variable)
    wan_live.load_live(tiny_random.card, "cpu")
    assert asked == [("bf16", "fp8", 2), ("fp8", "bf16", 1), ("fp8", "auto", 1)]
    for variable in variables:
        with monkeypatch.context() as wrong:
            wrong.setenv(variable, "int4")
            with pytest.raises(SettingsError, match="int4") as caught:
                wan_live.load_live(tiny_random.card, "cpu")
            assert caught.value.code == "settings.value"


def test_a_worker_out_of_memory_says_so_and_renders_what_comes_next(monkeypatch: pytest.MonkeyPatch) -> None:
    live = wan_live.load_live(tiny_random.card, "cpu")
    first = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),), steps=1)
    message = wire.unpack(wire.encode_block(1, first))
    footage = wire.decode_footage(wire.unpack(answer(message, {"tiny-random": live}, "w", Stock())))
    later = msgspec.structs.replace(first, index=1, context=footage.context)
    whole = live.render_block(later).context

    def greedy(*given: object, **named: object) -> torch.Tensor:
        return torch.empty(1 << 60, dtype=torch.uint8)

    sea = Parameters(prompts=(Prompt("a calm sea"),), width=64, height=64, seed=7)
    network = live._engine.networks.transformer
    with monkeypatch.context() as patched:
        patched.setattr(network, "denoise", greedy)
        message = wire.unpack(wire.encode_block(2, later))
        refused = wire.decode_problem(wire.unpack(answer(message, {"tiny-random": live}, "w", Stock())))
        assert refused.code == "fleet.memory"
        assert "free now" in refused.value
        with pytest.raises(FleetError, match=r"fleet\.memory"):
            list(wan.stream(live._engine, [sea]))
        assert live._last is None, "nothing is held on to"
    assert live.render_block(later).context == whole


def test_who_takes_a_stream_up_shows_the_very_frames_that_would_have_been_shown() -> None:
    """Wherever that is, and whatever else was rendered between two blocks; also where the decoder is as deep as the
    published one, which hears eight latents of the past."""
    first = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),), steps=1)
    for blocks in (1, 3):
        deep = TinyConfig(widths=(16, 12, 8, 8), encoder_width=8, blocks=blocks)

        def live(config: TinyConfig = deep) -> wan_live.Live:
            plain, decoder = wan_loading.tiny_random(), random_vae(config)
            networks = replace(plain.networks, decoder=decoder, encoder=decoder)
            return wan_live.Live(replace(plain, networks=networks, autoencoder=decoder), tiny_random.card)

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
    live = wan_live.load_live(tiny_random.card, "cpu")
    first = Block(engine="tiny-random", width=64, height=64, prompts=(Prompt("a"),), steps=1)
    whole = live.render_block(first)
    bare = to_bytes(from_bytes(whole.context)[0])
    later = msgspec.structs.replace(first, index=1, context=whole.context)
    old, new = (live.render_block(msgspec.structs.replace(later, context=context)) for context in (bare, later.context))
    assert torch.equal(from_bytes(old.context)[0], from_bytes(new.context)[0])
    assert (old.pixels == new.pixels).all(), "a first block's context is all of its past"
