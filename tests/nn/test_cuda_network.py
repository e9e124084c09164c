"""What CUDA paints: the same pictures as a CPU in float32, but for bfloat16, and each a function of its shot alone."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lightbrush.engines.embedded import CARD
from lightbrush.nn import checkpoint, flow, painting
from lightbrush.nn.cuda_network import CudaNetwork
from lightbrush.nn.exact_network import ExactNetwork
from lightbrush.nn.painting import Asked
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.training.weights import save_parameters

pytestmark = pytest.mark.gpu

CONFIG = PixelTransformerConfig(condition=20, width=128, depth=3, heads=2, mlp=192)
NOISE = ((7, 1.0),)


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


@pytest.fixture(scope="module")
def cpu(weights: Path) -> ExactNetwork:
    return ExactNetwork(checkpoint.load(weights))


def shot(width: int, height: int, seed: int = 0) -> Asked:
    """A sketch of flat fields, some of them half covered; a picture of which a third stays, and a third partly; a
    condition; two steps."""
    rng = np.random.default_rng(seed)
    fields = rng.integers(0, 256, (height // 16, width // 16, 4), dtype=np.uint8)
    fields[::2, :, 3] = 255
    sketch = fields.repeat(16, 0).repeat(16, 1)
    kept = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    kept[: height // 3, :, 3], kept[-(height // 3) :, :, 3] = 255, 0
    condition = rng.standard_normal(CONFIG.condition).astype(np.float32)
    return Asked(sketch=sketch, kept=kept, condition=condition, times=flow.schedule(2))


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("mix", [0.0, 0.4])
@pytest.mark.parametrize("size", [(s.width, s.height) for s in CARD.sizes])
def test_it_paints_what_a_cpu_paints(
    cpu: ExactNetwork, cuda: CudaNetwork, size: tuple[int, int], mix: float, keeps: bool, steps: int
) -> None:
    width, height = size
    asked = replace(shot(width, height), times=flow.schedule(steps))
    if not keeps:
        asked = replace(asked, kept=None)
    noise = flow.between(7, 9, mix, height, width)
    wanted, seen = cpu.paint(asked, noise), cuda.paint(asked, noise)
    apart = np.abs(seen.astype(int) - wanted)
    assert wanted.std() > 20
    assert apart.mean() < 2, "of 255 levels: bfloat16 has 8 bits"
    assert np.percentile(apart, 99) < 10
    if asked.kept is not None:
        stays = asked.kept[..., 3] == 255
        assert np.array_equal(seen[stays], asked.kept[stays][:, :3])


@pytest.mark.parametrize("keeps", [False, True])
def test_it_paints_parts_as_a_cpu_does(cpu: ExactNetwork, cuda: CudaNetwork, keeps: bool) -> None:
    rest, other = shot(256, 256), shot(256, 256, seed=1)
    if not keeps:
        rest = replace(rest, kept=None)
    share = np.zeros((256, 256), np.float32)
    share[:, 128:] = 0.75
    asked = replace(rest, parts=[painting.Part(share, other.sketch, other.condition, first=rest.sketch)])
    wanted, seen = cpu.paint(asked, NOISE), cuda.paint(asked, NOISE)
    apart = np.abs(seen.astype(int) - wanted)
    assert apart.mean() < 2, "of 255 levels: bfloat16 has 8 bits"
    assert np.array_equal(seen, cuda.paint(asked, NOISE))
    assert not np.array_equal(seen, cuda.paint(rest, NOISE))


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("parted", [False, True])
def test_it_paints_a_larger_picture_as_a_cpu_does(
    cpu: ExactNetwork, cuda: CudaNetwork, parted: bool, keeps: bool
) -> None:
    asked = replace(shot(512, 512), times=flow.schedule_from(2, 1 - painting.LARGER_NOISE))
    if not keeps:
        asked = replace(asked, kept=None)
    if parted:
        share = np.zeros((512, 512), np.float32)
        share[:, 256:] = 0.75
        asked = replace(asked, parts=[painting.Part(share, asked.sketch[::-1].copy(), asked.condition[::-1].copy())])
    small = shot(256, 256, seed=1).sketch[..., :3].copy()
    noise = ((7, 0.8), (9, 0.6))
    wanted, seen = cpu.paint_larger(asked, noise, small), cuda.paint_larger(asked, noise, small)
    assert wanted.std() > 20
    assert np.abs(seen.astype(int) - wanted).mean() < 2, "of 255 levels: bfloat16 has 8 bits"
    assert np.array_equal(seen, cuda.paint_larger(asked, noise, small))


def test_from_noise_that_is_there_it_paints_the_picture_of_its_seed(cuda: CudaNetwork) -> None:
    asked = shot(448, 256)
    seen = cuda.paint_from(asked, flow.start(NOISE, *asked.shape).copy())
    assert np.array_equal(seen, cuda.paint(asked, NOISE))


def test_the_same_shot_gives_the_same_bytes(weights: Path, cuda: CudaNetwork) -> None:
    asked = shot(256, 256)
    first = cuda.paint(asked, NOISE)
    assert np.array_equal(first, cuda.paint(asked, NOISE))
    assert np.array_equal(first, CudaNetwork(weights).paint(asked, NOISE))


def test_nothing_of_a_shot_is_left_for_the_next(cuda: CudaNetwork) -> None:
    asked = replace(shot(256, 256), kept=None, times=flow.schedule(1))
    before = cuda.paint(asked, NOISE)
    held = before.copy()
    other = replace(shot(256, 256, seed=1), times=flow.schedule(3))
    for between in (replace(other, kept=None), other):
        assert not np.array_equal(before, cuda.paint(between, ((8, 0.7), (9, 0.7))))
    assert np.array_equal(before, held), "a picture that was given away does not change"
    assert np.array_equal(before, cuda.paint(asked, NOISE))


@pytest.mark.parametrize("change", ["sketch", "kept", "condition", "times"])
def test_everything_of_a_shot_counts(cuda: CudaNetwork, change: str) -> None:
    asked = replace(shot(256, 256), times=[0.0, 0.5])
    other = replace(shot(256, 256, seed=1), times=[0.0, 0.2])
    changed = replace(asked, **{change: getattr(other, change)})
    assert not np.array_equal(cuda.paint(asked, NOISE), cuda.paint(changed, NOISE))


def test_its_noise_counts(cuda: CudaNetwork) -> None:
    asked = shot(256, 256)
    assert not np.array_equal(cuda.paint(asked, NOISE), cuda.paint(asked, ((8, 1.0),)))
