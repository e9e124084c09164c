"""What the benchmark of the studio makes of the pictures that it saw."""

from __future__ import annotations

import pytest

from lightbrush.benchmarks.studio import Seen, rate


def test_pictures_a_second_are_counted_from_the_first_shot_to_the_last_picture() -> None:
    seen = [Seen(sent_s=1.0, came_s=1.5, times_ms={}), Seen(sent_s=2.0, came_s=3.0, times_ms={})]
    assert rate(seen) == pytest.approx(1.0)


def test_where_no_picture_came_in_time_the_rate_is_zero() -> None:
    assert rate([]) == 0.0
