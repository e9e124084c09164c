"""A premiere: the pictures that were seen, rendered again to the byte, larger, at their times; all of it or nothing."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from lightbrush import pixels
from lightbrush.enhance import tiles
from lightbrush.errors import LightbrushError, Problem
from lightbrush.media import info
from lightbrush.premiere import reel
from lightbrush.premiere.bake import Baked, bake, grid_of, render
from lightbrush.premiere.log import Log
from lightbrush.premiere.plan import Premiere, requested, shot_of
from lightbrush.shots import Frame, Picture, Rgb, Size
from tests.enhance.pictures import Doubler, rows
from tests.premiere.sessions import ENGINE, drawn, masked, session
from tests.stand_in import Blur

SHOTS = [(500, drawn(1)), (540, masked(2)), (900, masked(2)), (2000, drawn(3, size=256)), (2600, drawn(1))]
END = {3000: "stopped"}
SEEN = 4
"""Pictures, of which two that follow each other are one."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(session(tmp_path_factory.mktemp("session") / "s.lbrec", SHOTS, END))


class Counted(Blur):
    """Also remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Frame] = []

    def render(self, shot: Frame) -> Picture:
        self.asked.append(shot)
        return super().render(shot)


def baked(log: Log, output: Path, to: str = "x2", engine: Blur | None = None, **asked: object) -> Baked:
    upscaler = Doubler()
    form = "png" if output.suffix == ".zip" else "mp4"
    request = requested(log, to, upscaler.name, grid_of(upscaler), form=form, **asked)  # type: ignore[arg-type]
    return bake(log, request, output, {"blur": engine or ENGINE}, upscaler)


def frames(path: Path) -> Iterator[tuple[Fraction, Fraction, Rgb]]:
    """Of each: when it is shown, for how long, its pixels."""
    with av.open(str(path)) as file:
        for frame in file.decode(video=0):
            assert frame.time_base is not None
            yield frame.pts * frame.time_base, frame.duration * frame.time_base, frame.to_ndarray(format="rgb24")


def large(shot: Frame, size: int = 512) -> Rgb:
    """What it should look like, in the middle of the video."""
    rendered = ENGINE.render(shot).pixels
    return np.asarray(Image.fromarray(rendered).resize((size, size), Image.Resampling.BICUBIC))


def test_what_is_rendered_again_is_what_the_engine_gives_and_what_was_sent(log: Log) -> None:
    """To the byte; and the JPEG that was seen is close to it."""
    request = requested(log, "x2", "light", grid_of(Doubler()))
    for cue in request.cues:
        shown = log.shown[cue.shown]
        asked = log.frame(shown)
        assert asked == SHOTS[cue.shown][1]
        again = render(shot_of(log, request, cue), {"blur": ENGINE})
        assert again.tobytes() == ENGINE.render(asked).pixels.tobytes()
        assert reel.is_what_was_seen(again, log, shown)
        seen = pixels.decode(pixels.encode(again, asked.accept, asked.quality))
        assert np.abs(seen.astype(int) - again).mean() < 6
        other = again.copy()
        other[:8, :8] = 255 - other[:8, :8]
        assert not reel.is_what_was_seen(other, log, shown)


def test_a_film_shows_each_picture_when_and_as_long_as_it_was_seen(log: Log, tmp_path: Path) -> None:
    engine = Counted()
    made = baked(log, tmp_path / "film.mp4", engine=engine)
    assert made == Baked(source=Size(256, 256), size=Size(512, 512), pictures=SEEN, same=SEEN, seconds=2.5)
    assert len(engine.asked) == SEEN, "equal shots that follow each other are rendered once"
    assert {shot.accept for shot in engine.asked} == {"image/png"}
    shown = list(frames(tmp_path / "film.mp4"))
    ms = [(round(1000 * at), round(1000 * lasts)) for at, lasts, _ in shown]
    assert ms == [(0, 40), (40, 1460), (1500, 600), (2100, 400)]
    for (_, _, frame), asked in zip(shown, [SHOTS[0][1], SHOTS[1][1], SHOTS[3][1], SHOTS[4][1]], strict=True):
        assert frame.shape == (512, 512, 3)
        assert np.abs(frame.astype(int) - large(asked)).mean() < 9
    about = info(tmp_path / "film.mp4")
    assert about.duration_s == pytest.approx(2.5)
    recipe = json.loads(about.recipe)
    assert {name: recipe[name] for name in ("premiere", "recording", "pictures", "same", "to", "steps")} == {
        "premiere": 1,
        "recording": "r-0123456789ab",
        "pictures": SEEN,
        "same": SEEN,
        "to": "x2",
        "steps": 0,
    }


def test_at_a_rate_every_frame_has_its_time_and_pictures_repeat(log: Log, tmp_path: Path) -> None:
    made = baked(log, tmp_path / "film.mp4", fps=10.0)
    assert made.seconds == 2.5
    shown = list(frames(tmp_path / "film.mp4"))
    assert [round(10 * at) for at, _, _ in shown] == list(range(25))
    expected = [SHOTS[0][1]] * 1 + [SHOTS[1][1]] * 14 + [SHOTS[3][1]] * 6 + [SHOTS[4][1]] * 4
    for (_, _, frame), asked in zip(shown, expected, strict=True):
        assert np.abs(frame.astype(int) - large(asked)).mean() < 9


def test_stills_are_lossless_and_say_when_they_were_seen(log: Log, tmp_path: Path) -> None:
    baked(log, tmp_path / "stills.zip", to="600x512")
    with zipfile.ZipFile(tmp_path / "stills.zip") as file:
        assert file.testzip() is None
        times = json.loads(file.read("times.json"))
        assert [(one["at_s"], one["until_s"]) for one in times] == [(0.0, 0.04), (0.04, 1.5), (1.5, 2.1), (2.1, 2.5)]
        made = np.asarray(Image.open(io.BytesIO(file.read(times[2]["file"]))))
    assert made.shape == (512, 600, 3)
    assert not made[:, :44].any(), "what has another shape lies on black, whole"
    assert not made[:, 556:].any()
    source = ENGINE.render(SHOTS[3][1]).pixels
    expected = tiles.enlarge(rows(np.divide(source, 255.0, dtype=np.float32)), Doubler())
    assert (made[:, 44:556] == np.rint(np.concatenate(list(expected.bands)) * np.float32(255.0))).all()


def test_the_same_log_gives_the_same_bytes(log: Log, tmp_path: Path) -> None:
    for name in ("one.mp4", "other.mp4", "one.zip", "other.zip"):
        baked(log, tmp_path / name)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_more_steps_make_another_picture_and_it_says_so(log: Log, tmp_path: Path) -> None:
    engine = Counted()
    made = baked(log, tmp_path / "film.mp4", engine=engine, steps=4)
    assert (made.pictures, made.same) == (SEEN, 0)
    assert {shot.steps for shot in engine.asked} == {4}


def test_a_premiere_longer_than_a_reel_is_one_film(tmp_path: Path) -> None:
    shots = [(40 * index, drawn(index)) for index in range(40)]
    log = Log(session(tmp_path / "s", shots, {40 * 40: "stopped"}))
    made = baked(log, tmp_path / "film.mp4")
    assert made.pictures == 40
    shown = list(frames(tmp_path / "film.mp4"))
    assert [round(1000 * at) for at, _, _ in shown] == list(range(0, 1600, 40))
    assert [round(1000 * lasts) for _, lasts, _ in shown] == [40] * 40
    for (_, _, frame), (_, asked) in zip(shown, shots, strict=True):
        assert np.abs(frame.astype(int) - large(asked, 128)).mean() < 9


def test_what_fails_leaves_what_was_there_and_nothing_else(log: Log, tmp_path: Path) -> None:
    before = tmp_path / "film.mp4"
    before.write_bytes(b"an older film")

    class Fails(Blur):
        def render(self, shot: Frame) -> Picture:
            if shot.width == 256:
                raise LightbrushError.from_problem(Problem("fleet.memory", "no memory"))
            return super().render(shot)

    for output in (before, tmp_path / "stills.zip"):
        with pytest.raises(LightbrushError, match="no memory"):
            baked(log, output, engine=Fails())
    assert before.read_bytes() == b"an older film"
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_an_engine_that_is_not_there_is_named(log: Log, tmp_path: Path) -> None:
    request: Premiere = requested(log, "x2", "light", grid_of(Doubler()))
    with pytest.raises(LightbrushError, match=r"shot\.engine.*blur"):
        bake(log, request, tmp_path / "film.mp4", {}, Doubler())
