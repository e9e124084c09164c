"""Noise, schedule and denoising: pure functions of their arguments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightbrush.nn import flow
from lightbrush.nn.rope import rope_table


def test_noise_is_a_function_of_the_seed() -> None:
    assert np.array_equal(flow.noise(7, 32, 48), flow.noise(7, 32, 48))
    assert not np.array_equal(flow.noise(7, 32, 48), flow.noise(8, 32, 48))


def test_noise_grows_with_the_size_of_the_picture() -> None:
    assert flow.noise(1, 512, 512).std() == pytest.approx(2 * flow.noise(1, 256, 256).std(), rel=0.02)


A, B = flow.noise(1, 64, 64), flow.noise(2, 64, 64)


def mixed(seed: int, seed_to: int, mix: float) -> flow.Float:
    return flow.start(flow.between(seed, seed_to, mix, 64, 64), 64, 64)


def test_the_way_between_two_noises_begins_and_ends_exactly_at_them() -> None:
    assert np.array_equal(mixed(1, 2, 0.0), A)
    assert np.array_equal(mixed(1, 2, 1.0), B)


@given(st.floats(0, 1))
def test_noise_on_the_way_is_as_loud_as_noise(mix: float) -> None:
    lengths = np.linalg.norm(A), np.linalg.norm(B)
    between = mixed(1, 2, mix)
    assert between.dtype == np.float32
    assert between.shape == A.shape
    assert min(lengths) * (1 - 1e-5) <= np.linalg.norm(between) <= max(lengths) * (1 + 1e-5)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_way_is_even(one: float, other: float) -> None:
    """As far along the circle as mix says, up to the slight growth of the length."""
    apart = np.linalg.norm(mixed(1, 2, one) - mixed(1, 2, other)) / np.linalg.norm(A)
    assert apart == pytest.approx(2 * np.sin(abs(one - other) * np.pi / 4), abs=0.03)


def test_the_way_back_is_the_same_way() -> None:
    np.testing.assert_allclose(mixed(1, 2, 0.3), mixed(2, 1, 0.7), atol=1e-5)


def test_the_way_from_a_noise_to_itself_stays_there() -> None:
    assert np.array_equal(mixed(1, 1, 0.5), A)


def test_noise_that_is_remembered_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        mixed(1, 2, 0.0)[0] = 0.0


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
