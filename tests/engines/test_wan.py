"""The tiny random engine's videos: block by block, taken up elsewhere, from a clip; and which engines there are."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lightbrush import media
from lightbrush.engines import wan, wan_loading
from lightbrush.engines.device import Side
from lightbrush.engines.video import CARDS, VideoCard, card
from lightbrush.engines.wan_stream import Parameters, to_bytes
from lightbrush.errors import MediaError, ShotError
from lightbrush.media import Mp4Writer, read
from lightbrush.nn.wan.autoencoder import from_uint8, to_uint8
from lightbrush.shots import Blend, Prompt, Size
from lightbrush.timeline import Clip, Phrase, Recipe, Settings, Span, Timeline

pytestmark = pytest.mark.usefixtures("one_thread")

SEA = Parameters(prompts=(Prompt("a calm sea"),), width=64, height=64, seed=7)
STORM = msgspec.structs.replace(SEA, prompts=(Prompt("a storm at night"),))


@pytest.fixture(scope="module")
def engine() -> wan.VideoEngine:
    return wan_loading.tiny_random()


def videos(engine: wan.VideoEngine, log: list[Parameters], **start: object) -> list[wan.Shown]:
    return list(wan.stream(engine, log, **start))  # type: ignore[arg-type]


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
from lightbrush.engines import wan, wan_loading
from lightbrush.engines.wan_stream import from_bytes
from tests.engines.test_wan import STORM

torch.set_num_threads(1)
context, _ = from_bytes(Path({str(tmp_path / "context")!r}).read_bytes())
shown = wan.stream(wan_loading.tiny_random(), [STORM, STORM], first=2, context=context)
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


def test_a_stream_that_runs_ahead_shows_the_same(engine: wan.VideoEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    log = [SEA, SEA, SEA, STORM, STORM, STORM]
    plain = videos(engine, log)
    monkeypatch.setattr(Side, "runs", property(lambda _: True))  # as on a GPU
    for a, b in zip(plain, videos(engine, log), strict=True):
        assert torch.equal(a.block.latents, b.block.latents)
        assert torch.equal(a.block.context, b.block.context)
        assert np.array_equal(a.frames, b.frames)


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
