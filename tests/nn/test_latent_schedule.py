"""The tables of numbers are diffusers' schedulers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from diffusers import EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, LCMScheduler

from lightbrush.nn import flow
from lightbrush.nn.latent import schedule as latent
from lightbrush.nn.latent.config import Prediction
from lightbrush.nn.latent.schedule import Sampler, schedule

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers' schedulers

BETAS: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
SIZE = (5, 7)


def network(x: torch.Tensor, time: int) -> torch.Tensor:
    """Of what it is given some smooth function."""
    return torch.tanh(x * 1.3 + time / 1000)


def ours(sampler: Sampler, prediction: Prediction, steps: int, share: float, clean: torch.Tensor | None) -> np.ndarray:
    plan = schedule(sampler, prediction, steps, share, bare=clean is None)
    begin = torch.tensor(latent.noise(7, *SIZE))
    x = plan.noise * begin + (0 if clean is None else plan.signal * clean)
    for i, move in enumerate(plan.moves, 1):
        fresh = torch.tensor(latent.noise(7, *SIZE, i))
        x = move.keep * x + move.gain * network(x, move.time) + move.fresh * fresh
    return x.numpy()


def theirs(
    monkeypatch: pytest.MonkeyPatch, scheduler: Any, steps: int, share: float, clean: torch.Tensor | None
) -> np.ndarray:
    drawn = iter(range(1, 100))
    for module in ("scheduling_lcm", "scheduling_euler_ancestral_discrete"):
        draw = lambda shape, **_: torch.tensor(latent.noise(7, *shape[2:], next(drawn)))  # noqa: E731
        monkeypatch.setattr(f"diffusers.schedulers.{module}.randn_tensor", draw)
    begin = torch.tensor(latent.noise(7, *SIZE))
    if isinstance(scheduler, LCMScheduler):
        scheduler.set_timesteps(max(1, int(steps * share)), strength=share)
        times = scheduler.timesteps
    else:
        scheduler.set_timesteps(steps)
        first = steps - int(steps * share)
        times = scheduler.timesteps[first:]
        scheduler.set_begin_index(first)
    x = begin * scheduler.init_noise_sigma if clean is None else scheduler.add_noise(clean, begin, times[:1])
    for time in times:
        x = scheduler.step(network(scheduler.scale_model_input(x, time), int(time)), time, x).prev_sample
    return x.numpy()


CASES = [
    (sampler, prediction, steps, share, bare)
    for sampler in ("euler", "ancestral", "lcm")
    for prediction in ("epsilon", "v_prediction", "sample")
    for steps, share in ((1, 1.0), (2, 0.5), (4, 1.0), (4, 0.5), (8, 0.75), (3, 1.0))
    for bare in (True, False)
    if share == 1 or not bare
    if (sampler, prediction) != ("ancestral", "sample")  # diffusers has no such thing
]


@pytest.mark.parametrize(("sampler", "prediction", "steps", "share", "bare"), CASES)
def test_it_is_the_scheduler_of_diffusers(
    monkeypatch: pytest.MonkeyPatch, sampler: Sampler, prediction: Prediction, steps: int, share: float, bare: bool
) -> None:
    kind = {"euler": EulerDiscreteScheduler, "ancestral": EulerAncestralDiscreteScheduler, "lcm": LCMScheduler}[sampler]
    spacing = {} if sampler == "lcm" else {"timestep_spacing": "trailing"}
    scheduler = kind(**BETAS, prediction_type=prediction, **spacing)
    clean = None if bare else torch.tensor(latent.noise(1, *SIZE)) * 0.8
    expected = theirs(monkeypatch, scheduler, steps, share, clean)
    np.testing.assert_allclose(ours(sampler, prediction, steps, share, clean), expected, atol=2e-4)


def test_sdxl_lightning_in_one_step_is_what_the_network_says() -> None:
    (move,) = schedule("euler", "sample", 1, bare=True).moves
    assert (move.time, move.keep, move.gain, move.fresh) == (999, pytest.approx(0.0, abs=1e-12), 1.0, 0.0)


@pytest.mark.parametrize("sampler", ["euler", "lcm"])
def test_less_noise_takes_fewer_steps_and_never_none(sampler: Sampler) -> None:
    counts = [len(schedule(sampler, "epsilon", 4, share).moves) for share in (1.0, 0.75, 0.5, 0.25, 0.05, 1e-6)]
    assert counts == [4, 3, 2, 1, 1, 1]
    assert min(move.time for share in (1e-6, 0.3) for move in schedule(sampler, "epsilon", 4, share).moves) >= 0


def test_what_is_kept_is_put_at_the_level_of_what_comes_out() -> None:
    moves = schedule("euler", "epsilon", 4).moves
    assert [move.signal**2 + move.noise**2 for move in moves] == pytest.approx([1.0] * 4)
    assert (moves[-1].signal, moves[-1].noise) == (1.0, 0.0)


def test_noise_is_a_function_of_the_seed_the_size_and_the_step() -> None:
    one = latent.noise(3, 8, 8)
    assert np.array_equal(one, latent.noise.__wrapped__(3, 8, 8))
    assert all(abs(float((one * other).mean())) < 0.3 for other in (latent.noise(4, 8, 8), latent.noise(3, 8, 8, 1)))


def test_between_two_seeds_noise_keeps_its_length() -> None:
    draw = latent.noise
    lengths = [
        float(np.linalg.norm(latent.mixed(flow.between(1, 2, mix, 16, 16, draw), 16, 16))) for mix in (0, 0.3, 0.5, 1)
    ]
    assert max(lengths) / min(lengths) < 1.05
    assert np.array_equal(latent.mixed(flow.between(1, 2, 1.0, 16, 16, draw), 16, 16), latent.noise(2, 16, 16))
