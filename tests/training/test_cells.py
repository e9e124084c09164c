"""The pattern of cells: found, taken out, and nothing else with it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lightbrush.engines.conditioning import Conditioner
from lightbrush.engines.embedded import CARD, EmbeddedEngine, load_compositions, read_layout
from lightbrush.nn import checkpoint
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.training import cells
from lightbrush.training.conditions import CONDITION_LENGTH
from lightbrush.training.embedded import save_weights


@pytest.fixture
def sky() -> torch.Tensor:
    """From light to dark, with a hill's edge."""
    rgb = torch.linspace(0.6, 0.1, 128).view(1, 1, 128, 1).repeat(1, 3, 1, 128).clone()
    rgb[:, :, 90:, 50:] = -0.5
    return rgb


def test_what_the_places_of_a_cell_have_in_common_goes_and_contours_stay(sky: torch.Tensor) -> None:
    generator = torch.Generator().manual_seed(1)
    tile = 0.04 * torch.randn((1, 3, 4, 4), generator=generator)
    tile -= tile.mean((2, 3), keepdim=True)
    worn = sky + tile.repeat(1, 1, 32, 32)
    assert cells.pattern(worn, 4) > 2
    mended = cells.evened(worn, 4)
    assert cells.pattern(mended, 4) < 0.3
    assert (mended - sky).abs().mean() < 0.2 * tile.abs().mean()
    assert (cells.evened(sky, 4) - sky).abs().mean() < 0.01


def test_grain_that_is_nowhere_the_same_stays(sky: torch.Tensor) -> None:
    generator = torch.Generator().manual_seed(2)
    grain = 0.04 * torch.randn(sky.shape, generator=generator)
    left = cells.evened(sky + grain, 4) - cells.evened(sky, 4)
    assert (left * grain).mean() > 0.9 * grain.square().mean()


def test_only_the_last_layers_learn_and_larger_pictures_are_evened(tmp_path: Path) -> None:
    torch.manual_seed(3)
    shape = PixelTransformerConfig(condition=CONDITION_LENGTH, width=64, depth=1, heads=1, mlp=64)
    network = PixelTransformer(shape)
    torch.nn.init.normal_(network.head_out.weight, std=0.005)
    assert network.head_out.bias is not None
    torch.nn.init.normal_(network.head_out.bias, std=0.03)  # each place of a cell is off in its own way
    save_weights(network, tmp_path / "embedded.safetensors", {})
    watched = cells.Watched(checkpoint.load(tmp_path / "embedded.safetensors"))
    engine = EmbeddedEngine(watched, Conditioner.load(), read_layout(tmp_path), load_compositions())
    assert {(shot.width, shot.height) for shot in cells.shots(8, 3)} <= {(s.width, s.height) for s in CARD.sizes}
    for shot in list(cells.shots(8, 3))[-3:]:
        engine.render(shot)
    before = {name: value.clone() for name, value in watched.network.state_dict().items()}
    large = [one for one in watched.seen if one.large]
    assert 0 < len(large) < len(watched.seen)
    worn = [float((watched.again(one) - one.wanted).detach().square().mean()) for one in large]
    cells.train(watched, 5.0, seed=1, steps=60, rate=1e-3)
    mended = [float((watched.again(one) - one.wanted).detach().square().mean()) for one in large]
    assert sum(mended) < 0.5 * sum(worn)
    changed = {name for name, value in watched.network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith(("final_modulation", "patch_out", "head_")) for name in changed)
