"""All pictures together vary as worlds do: the gradient of a Fréchet distance, by the way between two Gaussians."""

import torch

from lightbrush.training.moments import Moments
from lightbrush.training.probe import frechet_distance

FEATURES = 12


def test_pictures_that_follow_the_way_come_to_vary_as_worlds_do() -> None:
    generator = torch.Generator().manual_seed(3)
    mix = 0.6 * torch.randn(FEATURES, FEATURES, generator=generator)
    worlds = torch.randn(3000, FEATURES, generator=generator) @ mix + 2
    noise = torch.randn(3000, FEATURES, generator=generator)
    painter = torch.nn.Linear(FEATURES, FEATURES)
    torch.nn.init.eye_(painter.weight)
    optimizer = torch.optim.Adam(painter.parameters(), 1e-2)
    moments = Moments(FEATURES, torch.device("cpu"))

    def apart() -> float:
        return frechet_distance(worlds.double().numpy(), painter(noise).detach().double().numpy())

    before = apart()
    for step in range(1500):
        rows = torch.randint(3000, (2, 64), generator=generator)
        painted, counted = painter(noise[rows[0]]), (torch.rand(64, generator=generator) < 0.8).float()
        moments.worlds.see(worlds[rows[1]], counted)
        moments.painted.see(painted.detach(), counted)
        if step >= 60:
            if step % 10 == 0:
                moments.settle()
            optimizer.zero_grad()
            moments.loss(painted, counted).backward()
            optimizer.step()
    assert apart() < 0.15 * before
    assert moments.apart < 0.5


def test_before_the_way_is_known_and_where_nothing_counts_there_is_no_pull() -> None:
    moments = Moments(FEATURES, torch.device("cpu"))
    features = torch.ones(4, FEATURES, requires_grad=True)
    moments.worlds.see(features.detach(), torch.zeros(4))
    assert moments.worlds.weight == 0
    (gradient,) = torch.autograd.grad(moments.loss(features, torch.ones(4)), features)
    assert not gradient.any()
    for seen in (moments.worlds, moments.painted):
        seen.see(torch.randn(64, FEATURES), torch.ones(64))
    moments.settle()
    (gradient,) = torch.autograd.grad(moments.loss(features, torch.zeros(4)), features)
    assert not gradient.any()
