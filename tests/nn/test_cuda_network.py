"""What CUDA paints: the same pictures as a CPU in float32, but for bfloat16, and each a function of its shot alone."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from lightbrush.engines.embedded import CARD
from lightbrush.nn import checkpoint, flow, painting
from lightbrush.nn.cuda_network import CudaNetwork
from lightbrush.nn.painting import Bytes, Float
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.training.weights import save_parameters

pytestmark = pytest.mark.gpu

CONFIG = PixelTransformerConfig(condition=20, width=128, depth=3, heads=2, mlp=192)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = PixelTransformer(CONFIG).eval()
    torch.nn.init.normal_(network.head_out.weight, std=0.1)
    torch.nn.init.normal_(network.modulation.weight, std=0.1)
    path = tmp_path_factory.mktemp("weights") / "embedded.safetensors"
    save_parameters(network, path, {"config": json.dumps(CONFIG.to_dict())})
    return path


@pytest.fixture(scope="module")
def cuda(weights: Path) -> CudaNetwork:
    return CudaNetwork(weights)


def cpu(weights: Path) -> painting.Predict:
    network = checkpoint.load(weights)

    def predict(*inputs: Float | float) -> Float:
        noisy, hints, time, condition, rope = (torch.tensor(x) for x in inputs)
        with torch.no_grad():
            return network(noisy, hints, time[None], condition[None], rope).numpy()

    return predict


def on_a_cpu(
    weights: Path,
    noise: flow.Shares,
    given: tuple[Bytes, Bytes | None, Float],
    steps: int,
    parts: Sequence[painting.Part] = (),
) -> Bytes:
    return painting.paint(cpu(weights), noise, *given, flow.schedule(steps), parts)


def shot(width: int, height: int, seed: int = 0) -> tuple[Bytes, Bytes, Float]:
    """A sketch of flat fields, some of them half covered; a picture of which a third stays, and a third partly; a
    condition."""
    rng = np.random.default_rng(seed)
    fields = rng.integers(0, 256, (height // 16, width // 16, 4), dtype=np.uint8)
    fields[::2, :, 3] = 255
    sketch = fields.repeat(16, 0).repeat(16, 1)
    kept = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    kept[: height // 3, :, 3], kept[-(height // 3) :, :, 3] = 255, 0
    return sketch, kept, rng.standard_normal(CONFIG.condition).astype(np.float32)


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("mix", [0.0, 0.4])
@pytest.mark.parametrize("size", [(s.width, s.height) for s in CARD.sizes])
def test_it_paints_what_a_cpu_paints(
    weights: Path, cuda: CudaNetwork, size: tuple[int, int], mix: float, keeps: bool, steps: int
) -> None:
    width, height = size
    sketch, kept, condition = shot(width, height)
    given = sketch, kept if keeps else None, condition
    noise = flow.between(7, 9, mix, height, width)
    wanted = on_a_cpu(weights, noise, given, steps)
    seen = cuda.paint(noise, *given, flow.schedule(steps))
    apart = np.abs(seen.astype(int) - wanted)
    assert wanted.std() > 20
    assert apart.mean() < 2, "of 255 levels: bfloat16 has 8 bits"
    assert np.percentile(apart, 99) < 10
    if keeps:
        stays = kept[..., 3] == 255
        assert np.array_equal(seen[stays], kept[stays][:, :3])


@pytest.mark.parametrize("keeps", [False, True])
def test_it_paints_parts_as_a_cpu_does(weights: Path, cuda: CudaNetwork, keeps: bool) -> None:
    sketch, kept, condition = shot(256, 256)
    other, _, said = shot(256, 256, seed=1)
    share = np.zeros((256, 256), np.float32)
    share[:, 128:] = 0.75
    given = sketch, kept if keeps else None, condition
    parts = [painting.Part(share, other, said, first=sketch)]
    wanted = on_a_cpu(weights, ((7, 1.0),), given, 2, parts)
    seen = cuda.paint(((7, 1.0),), *given, flow.schedule(2), parts)
    apart = np.abs(seen.astype(int) - wanted)
    assert apart.mean() < 2, "of 255 levels: bfloat16 has 8 bits"
    assert np.array_equal(seen, cuda.paint(((7, 1.0),), *given, flow.schedule(2), parts))
    assert not np.array_equal(seen, cuda.paint(((7, 1.0),), *given, flow.schedule(2)))


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("parted", [False, True])
def test_it_paints_a_larger_picture_as_a_cpu_does(weights: Path, cuda: CudaNetwork, parted: bool, keeps: bool) -> None:
    sketch, kept, condition = shot(512, 512)
    given = sketch, kept if keeps else None, condition
    small = shot(256, 256, seed=1)[0][..., :3].copy()
    share = np.zeros((512, 512), np.float32)
    share[:, 256:] = 0.75
    parts = [painting.Part(share, sketch[::-1].copy(), condition[::-1].copy())] if parted else []
    times = flow.schedule_from(2, 1 - painting.LARGER_NOISE)
    wanted = painting.paint_larger(cpu(weights), small, ((7, 0.8), (9, 0.6)), *given, times, parts)
    seen = cuda.paint_larger(small, ((7, 0.8), (9, 0.6)), *given, times, parts)
    assert wanted.std() > 20
    assert np.abs(seen.astype(int) - wanted).mean() < 2, "of 255 levels: bfloat16 has 8 bits"
    assert np.array_equal(seen, cuda.paint_larger(small, ((7, 0.8), (9, 0.6)), *given, times, parts))


def test_the_same_shot_gives_the_same_bytes(weights: Path, cuda: CudaNetwork) -> None:
    sketch, kept, condition = shot(256, 256)
    first = cuda.paint(((7, 1.0),), sketch, kept, condition, flow.schedule(2))
    assert np.array_equal(first, cuda.paint(((7, 1.0),), sketch, kept, condition, flow.schedule(2)))
    assert np.array_equal(first, CudaNetwork(weights).paint(((7, 1.0),), sketch, kept, condition, flow.schedule(2)))


def test_nothing_of_a_shot_is_left_for_the_next(cuda: CudaNetwork) -> None:
    sketch, _, condition = shot(256, 256)
    before = cuda.paint(((7, 1.0),), sketch, None, condition, flow.schedule(1))
    held = before.copy()
    other, kept, said = shot(256, 256, seed=1)
    for stays in (None, kept):
        assert not np.array_equal(before, cuda.paint(((8, 0.7), (9, 0.7)), other, stays, said, flow.schedule(3)))
    assert np.array_equal(before, held), "a picture that was given away does not change"
    assert np.array_equal(before, cuda.paint(((7, 1.0),), sketch, None, condition, flow.schedule(1)))


@pytest.mark.parametrize("change", ["noise", "sketch", "kept", "condition", "times"])
def test_everything_of_a_shot_counts(cuda: CudaNetwork, change: str) -> None:
    sketch, kept, condition = shot(256, 256)
    given = {"noise": ((7, 1.0),), "sketch": sketch, "kept": kept, "condition": condition, "times": [0.0, 0.5]}
    other, fewer, said = shot(256, 256, seed=1)
    others = {"noise": ((8, 1.0),), "sketch": other, "kept": fewer, "condition": said, "times": [0.0, 0.2]}
    assert not np.array_equal(cuda.paint(**given), cuda.paint(**given | {change: others[change]}))
