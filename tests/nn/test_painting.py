"""From bytes to bytes: what NumPy does around a network, and that PyTorch does the same on a device."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from lightbrush.nn import cuda_network, flow, painting
from lightbrush.nn.exact_network import ExactNetwork
from lightbrush.nn.fast_transformer import FastTransformer
from lightbrush.nn.painting import Asked, Float
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig

CONFIG = PixelTransformerConfig(condition=20, width=128, depth=3, heads=2, mlp=192)
NOISE = ((7, 0.8), (9, 0.6))


@pytest.fixture(scope="module")
def network() -> PixelTransformer:
    torch.manual_seed(0)
    made = PixelTransformer(CONFIG).eval()
    torch.nn.init.normal_(made.head_out.weight, std=0.1)
    torch.nn.init.normal_(made.modulation.weight, std=0.1)
    return made


def pictures(height: int, width: int) -> tuple[painting.Bytes, painting.Bytes]:
    """A sketch of every coverage, and a picture of which some stays, some does not, and some lies between."""
    rng = np.random.default_rng(height + width)
    sketch, kept = rng.integers(0, 256, (2, height, width, 4), dtype=np.uint8)
    kept[: height // 3, :, 3] = 255
    kept[-height // 3 :, :, 3] = 0
    return sketch, kept


def test_colour_is_weighed_with_coverage() -> None:
    sketch = np.array([[[255, 0, 51, 255], [255, 255, 255, 0], [255, 0, 51, 51]]], np.uint8)
    hints = painting.to_hints(sketch, None)
    assert hints.shape == (1, 8, 1, 3)
    wanted = [[1, -1, -0.6, 1], [0, 0, 0, 0], [0.2, -0.2, -0.12, 0.2]]
    np.testing.assert_allclose(hints[0, :4, 0].T, wanted, atol=1e-6)
    assert not hints[0, 4:].any()


def test_what_stays_in_part_is_no_hint() -> None:
    kept = np.array([[[255, 0, 51, 255], [255, 0, 51, 254]]], np.uint8)
    hints = painting.to_hints(np.zeros_like(kept), kept)
    np.testing.assert_allclose(hints[0, 4:, 0].T, [[1, -1, -0.6, 1], [0, 0, 0, 0]], atol=1e-6)
    assert not hints[0, :4].any()


def test_what_stays_comes_out_as_it_went_in() -> None:
    _, kept = pictures(32, 48)
    clean = np.random.default_rng(0).standard_normal((1, 3, 32, 48), np.float32)
    free, around = painting.to_pixels(clean, None), painting.to_pixels(clean, kept)
    stays = kept[..., 3]
    assert np.array_equal(around[stays == 255], kept[..., :3][stays == 255])
    assert np.array_equal(around[stays == 0], free[stays == 0])
    mixed = (kept[..., :3] * (stays[..., None] / 255) + free * (1 - stays[..., None] / 255)).round()
    assert np.abs(around - mixed).max() <= 1


def test_pixels_are_rounded_and_clipped() -> None:
    clean = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 1 / 127.5], np.float32)
    seen = painting.to_pixels(np.broadcast_to(clean, (1, 3, 1, 6)), None)
    assert seen[0, :, 0].tolist() == [0, 0, 128, 255, 255, 129]


class Sums(painting.HostNetwork):
    """All that is asked counts, and nothing was learned."""

    def predict(self, noisy: Float, hints: Float, time: float, condition: Float, rope: Float) -> Float:
        return noisy * np.float32(0.1) + hints[:, :3] * np.float32(time + 0.2) + condition[0]


def test_a_part_that_has_all_of_the_picture_is_what_it_says() -> None:
    sketch, kept = pictures(32, 48)
    other = sketch[::-1].copy()
    said, rest = (np.full(20, value, np.float32) for value in (0.5, -0.5))
    alone = Asked(sketch=sketch, kept=kept, condition=rest, times=flow.schedule(2))

    def paint(asked: Asked) -> painting.Bytes:
        return Sums().paint(asked, NOISE)

    whole = painting.Part(np.ones((32, 48), np.float32), other, said)
    wanted = paint(replace(alone, sketch=other, condition=said))
    assert np.array_equal(paint(replace(alone, parts=[whole])), wanted)
    none = painting.Part(np.zeros((32, 48), np.float32), other, said)
    assert np.array_equal(paint(replace(alone, parts=[none])), paint(alone))


@pytest.mark.parametrize("keeps", [False, True])
def test_pytorch_paints_parts_as_numpy_does(network: PixelTransformer, keeps: bool) -> None:
    height, width = 48, 80
    sketch, kept = pictures(height, width)
    rng = np.random.default_rng(2)
    conditions = rng.standard_normal((3, CONFIG.condition)).astype(np.float32)
    share = np.linspace(0, 0.5, height * width, dtype=np.float32).reshape(height, width)
    other = sketch[::-1].copy()
    parts = [painting.Part(share, other, conditions[1], first=sketch), painting.Part(share, sketch, conditions[2])]

    asked = Asked(
        sketch=sketch, kept=kept if keeps else None, condition=conditions[0], times=flow.schedule(2), parts=parts
    )
    wanted = ExactNetwork(network).paint(asked, NOISE)

    fast = FastTransformer(network, "cpu", torch.float32)
    x, clean = torch.empty(height, width, 3), torch.empty(height, width, 3)
    cuda_network.start(NOISE, height, width, out=x)
    turns = fast.turns(height, width)
    with torch.no_grad():
        for i, move in enumerate(torch.tensor(flow.moves(asked.times))):
            clean.zero_()
            for part in painting.parted(asked):
                drawn = part.sketch if part.first is None or i > 0 else part.first
                given = torch.tensor(np.stack([drawn, kept] if keeps else [drawn]))
                said, of_it = torch.from_numpy(part.condition), torch.tensor(part.share[..., None])
                cuda_network.add(fast, x, given, said, move, turns, of_it, clean)
            x.lerp_(clean, move[1])
    seen = cuda_network.to_pixels(clean, given).numpy()
    assert seen.std() > 20
    assert np.abs(seen.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("times", [flow.schedule(1), flow.schedule(3)])
def test_pytorch_paints_what_numpy_paints(network: PixelTransformer, keeps: bool, times: Sequence[float]) -> None:
    height, width = 48, 80
    sketch, kept = pictures(height, width)
    condition = np.random.default_rng(1).standard_normal(CONFIG.condition).astype(np.float32)

    asked = Asked(sketch=sketch, kept=kept if keeps else None, condition=condition, times=times)
    wanted = ExactNetwork(network).paint(asked, NOISE)

    fast = FastTransformer(network, "cpu", torch.float32)
    given = torch.tensor(np.stack([sketch, kept] if keeps else [sketch]))
    x = torch.empty(height, width, 3)
    cuda_network.start(NOISE, height, width, out=x)
    turns = fast.turns(height, width)
    with torch.no_grad():
        for move in torch.tensor(flow.moves(times)):
            seen = cuda_network.step(fast, x, given, torch.from_numpy(condition), move, turns).numpy()
    assert seen.std() > 20
    assert np.abs(seen.astype(int) - wanted).max() <= 1


def smooth(height: int, width: int) -> painting.Bytes:
    """[height, width, 3], hardly a pixel like its neighbour."""
    down, across = np.mgrid[:height, :width]
    return np.stack([down * 5 % 256, across * 3 % 256, (down + across) * 2 % 256], -1).astype(np.uint8)


def test_an_enlarged_picture_goes_straight_from_pixel_to_pixel() -> None:
    planes = np.zeros((1, 3, 2, 2), np.float32)
    planes[..., 1] = 8.0
    larger = painting.enlarged(planes, 4, 4)
    np.testing.assert_allclose(larger[0, 0], np.broadcast_to([0, 2, 6, 8], (4, 4)), atol=1e-6)


def test_what_is_made_of_a_picture_keeps_the_tone_of_what_was_shown() -> None:
    shown = painting.enlarged(painting.to_planes(smooth(32, 48)), 64, 96)
    made = shown + np.float32(0.3) + np.random.default_rng(0).standard_normal(shown.shape, np.float32)
    toned = painting.toned(made, shown)
    means = [x.reshape(1, 3, 4, 16, 6, 16).mean((3, 5)) for x in (shown, made, toned)]
    assert np.abs(means[2] - means[0]).max() < 0.5 * np.abs(means[1] - means[0]).max()
    assert np.diff(toned - made, axis=3).max() < 0.1, "nothing but a tone was added"


@pytest.mark.parametrize("keeps", [False, True])
def test_pytorch_paints_a_larger_picture_as_numpy_does(network: PixelTransformer, keeps: bool) -> None:
    height, width, times = 48, 96, flow.schedule_from(4, 1 - painting.LARGER_NOISE)
    sketch, kept = pictures(height, width)
    small = smooth(32, 64)
    condition = np.random.default_rng(1).standard_normal(CONFIG.condition).astype(np.float32)

    asked = Asked(sketch=sketch, kept=kept if keeps else None, condition=condition, times=times)
    wanted = ExactNetwork(network).paint_larger(asked, NOISE, small)

    fast = FastTransformer(network, "cpu", torch.float32)
    given = torch.tensor(np.stack([sketch, kept] if keeps else [sketch]))
    shown = cuda_network.enlarged(cuda_network.to_planes(torch.from_numpy(small)), height, width)
    x = torch.empty(height, width, 3)
    cuda_network.start_larger(shown, NOISE, out=x)
    turns = fast.turns(height, width)
    with torch.no_grad():
        for move in torch.tensor(flow.moves(times)):
            cuda_network.step(fast, x, given, torch.from_numpy(condition), move, turns)
        cuda_network.tone(shown, x)
    seen = cuda_network.to_pixels(x, given).numpy()
    assert seen.std() > 20
    assert np.abs(seen.astype(int) - wanted).max() <= 1
