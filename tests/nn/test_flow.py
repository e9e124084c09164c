"""Noise, schedule and denoising: pure functions of their arguments."""

import numpy as np
import pytest

from lightbrush.nn import flow
from lightbrush.nn.rope import rope_table


def test_noise_is_a_function_of_the_seed() -> None:
    assert np.array_equal(flow.noise(7, 32, 48), flow.noise(7, 32, 48))
    assert not np.array_equal(flow.noise(7, 32, 48), flow.noise(8, 32, 48))


def test_noise_grows_with_the_size_of_the_picture() -> None:
    assert flow.noise(1, 512, 512).std() == pytest.approx(2 * flow.noise(1, 256, 256).std(), rel=0.02)


@pytest.mark.parametrize("steps", [1, 2, 5, 30])
@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_a_schedule_starts_at_noise_and_rises_below_one(steps: int, shift: float) -> None:
    times = flow.schedule(steps, shift)
    assert len(times) == steps
    assert times[0] == 0.0
    assert all(a < b for a, b in zip(times, [*times[1:], 1.0], strict=True))


def test_denoising_with_a_perfect_prediction_arrives_whatever_the_steps() -> None:
    picture = np.full((1, 3, 16, 16), 0.25, np.float32)
    start = flow.noise(3, 16, 16)
    for steps in (1, 2, 9):
        seen: list[float] = []

        def predict(x: flow.Float, t: float, seen: list[float] = seen) -> flow.Float:
            # a straight path: at time t the picture has the share t
            np.testing.assert_allclose(x, t * picture + (1 - t) * start, atol=1e-5)
            seen.append(t)
            return picture

        done: list[int] = []
        np.testing.assert_array_equal(flow.denoise(predict, start, flow.schedule(steps), done.append), picture)
        assert seen == flow.schedule(steps)
        assert done == list(range(steps))


def test_positions_span_the_same_angles_at_any_size() -> None:
    small, large = rope_table(16, 16, 64), rope_table(32, 32, 64)
    assert small.shape == (2, 16, 16, 32)
    # the middle of the first patch of 16 lies between the first two patches of 32
    between = (np.arctan2(large[1, 0, 0], large[0, 0, 0]) + np.arctan2(large[1, 1, 1], large[0, 1, 1])) / 2
    inner = slice(8, 16)  # slow pairs only: fast ones wrap around
    np.testing.assert_allclose(between[inner], np.arctan2(small[1, 0, 0], small[0, 0, 0])[inner], atol=1e-5)
