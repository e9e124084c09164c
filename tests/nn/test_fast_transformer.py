"""The network in few kernels is the same function as the network that was trained."""

import dataclasses

import pytest
import torch

from lightbrush.nn.fast_transformer import FastTransformer, fold, unfold
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.nn.rope import rope_table

CONFIG = PixelTransformerConfig(condition=20, width=128, depth=3, heads=2, mlp=192)


def made(config: PixelTransformerConfig) -> PixelTransformer:
    torch.manual_seed(0)
    network = PixelTransformer(config).eval()
    for parameter in network.parameters():  # what starts at zero or one would hide mistakes
        if not parameter.any() or parameter.ndim == 1:
            torch.nn.init.normal_(parameter, 0.1, 0.3)
    return network


@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (8, 4), (3, 5), (18, 2)])
@pytest.mark.parametrize("changes", [{}, {"stem_in": 0}, {"global_every": 1}, {"own": 8}])
def test_it_predicts_what_the_network_does(rows: int, columns: int, changes: dict[str, int]) -> None:
    network = made(dataclasses.replace(CONFIG, **changes))
    fast = FastTransformer(network, "cpu", torch.float32)
    height, width = 16 * rows, 16 * columns
    noisy, hints = torch.randn(1, 3, height, width), torch.randn(1, 8, height, width)
    time, condition = torch.tensor([0.3]), torch.randn(1, CONFIG.condition)
    with torch.no_grad():
        wanted = network(noisy, hints, time, condition, torch.from_numpy(rope_table(rows, columns, 64)))[0]
        noisy, hints = (x[0].permute(1, 2, 0) for x in (noisy, hints))
        seen = fast(noisy, hints, time, condition[0], fast.turns(height, width)).permute(2, 0, 1)
    torch.testing.assert_close(seen, wanted, atol=1e-4, rtol=1e-4)


def test_folding_is_undone_by_unfolding() -> None:
    x = torch.randn(8, 12, 3)
    assert torch.equal(fold(x, 4)[1, 2], x[4:8, 8:12].flatten())
    assert torch.equal(unfold(fold(x, 4), 4), x)
