"""What is shown when: from the times of a log, or at a rate."""

from __future__ import annotations

from pathlib import Path

import pytest

from lightbrush.enhance.tiles import Grid
from lightbrush.errors import LightbrushError
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import Cue, reels, requested
from lightbrush.shots import Size
from tests.premiere.sessions import drawn, session

GRID = Grid(scale=2, core_px=32, margin_px=4, fade_px=2)
A, B, C = drawn(1), drawn(2), drawn(3)


def times(cues: tuple[Cue, ...]) -> list[tuple[int, int, int]]:
    return [(cue.shown, cue.at, cue.until) for cue in cues]


def test_each_picture_is_shown_from_when_it_was_seen_until_the_next_one_was(tmp_path: Path) -> None:
    log = Log(session(tmp_path / "s", [(500, A), (540, B), (60_000, A)], {61_000: "stopped"}))
    request = requested(log, "x2", "light", GRID)
    assert times(request.cues) == [(0, 0, 40), (1, 40, 59_500), (2, 59_500, 60_500)]
    assert request.seconds == 60.5


def test_equal_shots_that_follow_each_other_are_one_picture(tmp_path: Path) -> None:
    shots = [(0, A), (100, A), (200, B), (300, B), (400, A), (500, A)]
    log = Log(session(tmp_path / "s", shots, {600: "stopped"}))
    assert times(requested(log, "x2", "light", GRID).cues) == [(0, 0, 200), (2, 200, 400), (4, 400, 600)]


def test_of_two_pictures_at_one_time_the_later_one_was_seen(tmp_path: Path) -> None:
    log = Log(session(tmp_path / "s", [(0, A), (7, B), (7, C), (7, A)], {10: "stopped"}))
    assert times(requested(log, "x2", "light", GRID).cues) == [(0, 0, 10)]


def test_at_a_rate_a_frame_shows_the_newest_picture_at_its_time(tmp_path: Path) -> None:
    log = Log(session(tmp_path / "s", [(0, A), (10, B), (90, C), (101, A)], {450: "stopped"}))
    request = requested(log, "x2", "light", GRID, fps=10.0)
    assert times(request.cues) == [(0, 0, 1), (2, 1, 2), (3, 2, 5)]  # B came and went between two frames
    assert request.seconds == 0.5


def test_a_log_that_was_cut_off_shows_its_last_picture_for_a_moment(tmp_path: Path) -> None:
    log = Log(session(tmp_path / "s", [(5, A), (10, B)]))
    assert times(requested(log, "x2", "light", GRID).cues) == [(0, 0, 5), (1, 5, 45)]


def test_the_size_is_of_the_largest_picture_and_the_others_are_fitted_into_it(tmp_path: Path) -> None:
    log = Log(session(tmp_path / "s", [(0, A), (10, drawn(2, size=256)), (20, C)]))
    request = requested(log, "1000x501", "light", GRID)
    assert (request.size, request.source) == (Size(1000, 502), Size(256, 256))
    assert [look.plan.size for look in request.looks] == [Size(502, 502), Size(502, 502)]
    assert [look.plan.part for look in request.looks] == [Size(64, 64), Size(256, 256)]
    assert [cue.look for cue in request.cues] == [0, 1, 0]
    assert requested(log, "1000x501", "light", GRID, form="png").size == Size(1000, 501)


def test_a_reel_holds_pictures_of_one_look_and_no_more_than_the_disk_should(tmp_path: Path) -> None:
    shots = [(at, drawn(at, size=256 if at == 40 else 64)) for at in range(70)]
    log = Log(session(tmp_path / "s", shots))
    request = requested(log, "x2", "light", GRID)
    assert [(reel.start, reel.stop) for reel in reels(request)] == [(0, 32), (32, 40), (40, 41), (41, 70)]
    huge = requested(log, "8k", "light", GRID)
    assert {reel.stop - reel.start for reel in reels(huge)} == {1, 2}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"to": "1x1"}, "enhance.target"),
        ({"to": "huge"}, "enhance.target"),
        ({"to": "20000x20000"}, "media.size"),
        ({"fps": -1.0}, "recording.request"),
        ({"fps": float("nan")}, "recording.request"),
        ({"fps": 1000.0}, "recording.request"),
    ],
)
def test_what_cannot_be_made_is_said_before_anything_is_rendered(
    tmp_path: Path, asked: dict[str, object], code: str
) -> None:
    log = Log(session(tmp_path / "s", [(0, A)]))
    with pytest.raises(LightbrushError) as caught:
        requested(log, **({"to": "x2", "model": "light", "grid": GRID} | asked))  # type: ignore[arg-type]
    assert caught.value.code == code


def test_a_log_without_a_picture_has_no_premiere(tmp_path: Path) -> None:
    with pytest.raises(LightbrushError, match=r"recording\.empty"):
        requested(Log(session(tmp_path / "s", [])), "x2", "light", GRID)
