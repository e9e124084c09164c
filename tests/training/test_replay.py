"""A step that is captured as a graph does what it did before."""

import pytest
import torch
from torch import Tensor

from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.training.conditions import CONDITION_LENGTH
from lightbrush.training.embedded import predictor, rope_for, velocity_loss
from lightbrush.training.pool import Pool, Variants
from lightbrush.training.ranks import Gradients
from lightbrush.training.replay import captured
from lightbrush.training.task import make_task


def test_without_a_gpu_a_step_is_its_own() -> None:
    def work() -> Tensor:
        return torch.ones(1)

    assert captured(work, torch.Generator()) is work


@pytest.mark.gpu
def test_a_replayed_training_step_has_the_gradients_of_a_plain_one() -> None:
    device = torch.device("cuda")
    pool, variants = Pool(64, 64, 5, device), Variants(16, 64, 6, device, None)
    torch.manual_seed(0)
    net = PixelTransformer(PixelTransformerConfig(condition=CONDITION_LENGTH, width=128, depth=3, heads=2, mlp=256))
    net.to(device)
    for zeroed in (net.modulation, net.final_modulation, net.head_out):
        torch.nn.init.normal_(zeroed.weight, std=0.02)
    gradients = Gradients(net.parameters())
    generator = torch.Generator(device).manual_seed(1)
    predict = predictor(net, rope_for(net, 64, 64, device))

    def work() -> Tensor:
        gradients.clear()
        with torch.no_grad():
            rgb, _, hints, condition = make_task(pool, variants, 16, 64, generator)
        loss = velocity_loss(predict, rgb, hints, condition, generator)
        loss.backward()
        return loss.detach()

    plain = []
    for seed in (7, 8):
        generator.manual_seed(seed)
        loss = work()
        plain.append((loss.item(), gradients.values.clone()))
    net.compile_parts()
    step = captured(work, generator)
    step()
    for seed, (loss_before, gradients_before) in zip((7, 8), plain, strict=True):
        generator.manual_seed(seed)
        loss = step()
        assert loss.item() == pytest.approx(loss_before, rel=0.02)
        off = (gradients.values - gradients_before).norm() / gradients_before.norm()
        assert off < 0.05, "bfloat16 sums in another order"
    assert plain[0][0] != plain[1][0], "every replay draws anew"
