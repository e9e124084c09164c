"""Clips move what they should, smoothly, and leave the rest where it is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from lightbrush.world.clips import CAMERAS, Camera, clip_captions, clip_params, write_clip
from lightbrush.world.kernels import kinds
from lightbrush.world.kernels.objects import settle
from lightbrush.world.layout import NEARNESS_M, PLACE, A, P
from lightbrush.world.materials import MATERIALS
from lightbrush.world.renderer import render
from lightbrush.world.scene import scene_from_attributes

LABEL = {m.name: k for k, m in enumerate(MATERIALS)}
EMPTY = dict.fromkeys(("rain", "snowfall", "rainbow", "boats", "bridge", "balloons", "birds", "castle"), -0.6)
SUNNY = {"photo": 1.0, "sun_height": 0.5, "clouds": 0.2, "storm": -0.5, "fog": -0.5}
DAY = {**SUNNY, **EMPTY, "water": 0.6, "islands": 1.0}


def test_a_clip_begins_with_its_scene_and_time_runs() -> None:
    params = clip_params(4, 9, 12.0, DAY, camera="still", day=False)
    assert np.array_equal(params[0], scene_from_attributes(DAY, 4)[0])
    assert np.allclose(np.diff(params[:, P.TIME]), 1.0 / 12.0, atol=1e-6)
    same = np.delete(params, P.TIME, axis=1)
    assert (same == same[0]).all()
    assert np.array_equal(params, clip_params(4, 9, 12.0, DAY, camera="still", day=False))


def test_time_moves_clouds_and_water_only() -> None:
    params = np.repeat(scene_from_attributes(DAY, 6), 2, axis=0)
    params[1, P.TIME] = 3.0
    picture = render(params, width=96, height=96, samples=1)
    moved = (picture.rgb[0] != picture.rgb[1]).any(axis=2)
    loose = np.isin(picture.label, [LABEL[name] for name in ("sky", "cloud", "water")]).any(axis=0)
    assert moved[loose].mean() > 0.3
    # Of the land only what the clouds' shadows cross.
    params[:, P.DAPPLE] = 0.0
    still = render(params, width=96, height=96, samples=1)
    assert (still.rgb[0] != still.rgb[1]).any(axis=2)[~loose].mean() < 0.02
    assert np.array_equal(still.depth[0] > 0.0, still.depth[1] > 0.0)


def test_boats_sail_on_the_water_and_balloons_and_birds_pass() -> None:
    attrs = {**DAY, "boats": 1.0, "balloons": 0.6, "birds": 0.6}
    sailed = 0
    for seed in range(6):
        params = clip_params(seed, 13, 2.0, attrs, camera="still", day=False)
        assert np.array_equal(params[0], scene_from_attributes(attrs, seed)[0])
        count = int(params[0, P.PLACED])
        kinds_, u, z = (
            params[:, slot : slot + PLACE * count : PLACE] for slot in (P.PLACED_KIND, P.PLACED_U, P.PLACED_Z)
        )
        metres = (u[-1] - u[0]) * z[0]
        assert (np.abs(metres[np.isin(kinds_[0], [kinds.BALLOON, kinds.BIRDS])]) > 2.0).all()
        afloat = np.isin(kinds_[0], [kinds.SAILBOAT, kinds.ROWBOAT])
        for k in np.flatnonzero(afloat & (np.abs(metres) > 0.1)):
            sailed += 1
            for row in params[::4]:
                x, _foot, where, light = settle(row.astype(np.float64).tolist(), int(k))
                assert light >= 0.0
                assert where == row[P.PLACED_Z + PLACE * k]
                assert x == pytest.approx(float(row[P.PLACED_U + PLACE * k] * where), abs=1e-3)
    assert sailed > 8
    first_and_last = render(params[[0, -1]], width=96, height=96, samples=1).label
    boats = first_and_last == LABEL["boat"]
    assert boats.any(axis=(1, 2)).all()
    assert (boats[0] != boats[1]).any()


def test_the_camera_moves_past_towers() -> None:
    params = np.concatenate([scene_from_attributes({**SUNNY, **EMPTY, "city": 1.0}, seed) for seed in range(6)])
    moved = params.copy()
    moved[:, P.MOVE_Z] = 4.0
    before, after = (render(p, width=64, height=64, samples=1) for p in (params, moved))
    nearest = [
        [NEARNESS_M / picture.depth[k][picture.label[k] == LABEL["tower"]].max(initial=1e-4) for k in range(6)]
        for picture in (before, after)
    ]
    assert np.median(np.subtract(*nearest)) == pytest.approx(4.0, abs=0.5)


@pytest.mark.parametrize("camera", CAMERAS)
def test_neighbouring_frames_are_alike(camera: Camera) -> None:
    attrs = {"photo": 1.0, "sun_height": 0.5, "forest": 1.0, "trees": 0.4, "village": 0.5}
    params = clip_params(8, 10, 12.0, attrs, camera=camera, day=False)
    rgb = render(params, width=96, height=96).rgb.astype(int)
    steps = np.abs(np.diff(rgb, axis=0)).mean(axis=(1, 2, 3))
    assert steps.max() < 14.0
    assert steps.max() < 1.8 * np.median(steps) + 0.3
    if camera != "still":
        assert np.abs(rgb[-1] - rgb[0]).mean() > steps.max()


@pytest.mark.parametrize(("slot", "step"), [(P.MOVE_X, 0.01), (P.MOVE_Y, 0.01), (P.MOVE_Z, 0.02), (P.PAN, 0.0002)])
def test_a_tiny_move_of_the_camera_changes_almost_nothing(slot: P, step: float) -> None:
    """Nothing is placed anew, nothing flickers."""
    base = np.concatenate([scene_from_attributes({"photo": 1.0, "sun_height": 0.5}, seed) for seed in range(12)])
    base[:, P.MOVE_X] = 0.7
    base[:, P.MOVE_Z] = 1.3
    moved = base.copy()
    moved[:, slot] += step
    a, b = (render(p, width=64, height=64, samples=1) for p in (base, moved))
    assert (a.label != b.label).mean() < 0.02
    assert np.abs(a.rgb.astype(int) - b.rgb).mean() < 4.0


def test_what_stands_comes_nearer_as_the_camera_goes_to_it() -> None:
    attrs = {"photo": 1.0, "meadow": 1.0, "trees": 0.4, "fog": -0.5}
    params = np.concatenate([scene_from_attributes(attrs, seed) for seed in range(12)])
    moved = params.copy()
    moved[:, P.MOVE_Z] = 3.0
    before, after = (render(p, width=96, height=96, samples=1) for p in (params, moved))
    nearer = []
    for k in range(len(params)):
        z = [
            NEARNESS_M / p.depth[k][p.label[k] == LABEL["forest"]].max(initial=1e-3) - NEARNESS_M
            for p in (before, after)
        ]
        nearer.append(z[0] - z[1])
    assert np.median(nearer) == pytest.approx(3.0, abs=0.1)


def test_the_day_passes_without_a_jump() -> None:
    params = clip_params(3, 24, 6.0, DAY, camera="still", day=True)
    hours = params[:, A.SUN_HEIGHT]
    assert abs(hours[-1] - hours[0]) > 0.2
    assert np.abs(np.diff(hours)).max() < 0.05
    assert np.allclose(np.linalg.norm(params[:, P.LIGHT_X : P.LIGHT_Z + 1], axis=1), 1.0, atol=1e-5)
    rgb = render(params, width=48, height=48, samples=1).rgb.astype(int)
    steps = np.abs(np.diff(rgb, axis=0)).mean(axis=(1, 2, 3))
    assert steps.max() < 6.0


def test_the_camera_never_dives_into_the_ground() -> None:
    for seed in range(40):
        params = clip_params(seed, 12, 3.0, {"photo": 1.0})
        assert np.isfinite(params).all()
        assert (params[:, P.MOVE_Z] >= 0.0).all()
        assert (params[:, P.MOVE_Y] >= 0.0).all()


def test_captions_cover_the_clip_in_order() -> None:
    params = clip_params(3, 48, 6.0, {**DAY, "sun_height": 0.4}, day=True)
    segments = clip_captions(params, 6.0, seed=2)
    assert segments[0].start_s == 0.0
    assert segments[-1].end_s == pytest.approx(8.0)
    for a, b in pairwise(segments):
        assert a.end_s == b.start_s
        assert a.text != b.text
        assert a.end_s - a.start_s >= 1.0
    assert len(clip_captions(clip_params(3, 24, 12.0, DAY, day=False), 12.0, seed=2)) == 1


def test_a_clip_is_written_as_webp_or_gif(tmp_path: Path) -> None:
    from PIL import Image

    seen: list[int] = []

    def progress(done: int, _count: int) -> None:
        seen.append(done)

    for name in ("a.webp", "deep/a.gif"):
        segments = write_clip(tmp_path / name, seed=2, seconds=0.5, fps=10.0, size=48, progress=progress)
        assert seen[-1] == 5
        assert segments[-1].end_s == pytest.approx(0.5)
        with Image.open(tmp_path / name) as image:
            assert 1 < image.n_frames <= 5  # like frames are one
    with pytest.raises(ValueError, match=r"a\.png"):
        write_clip(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("frames", "fps", "camera", "words"),
    [(0, 12.0, None, "got 0"), (4, 0.0, None, "fps"), (4, 12.0, "crane", "'crane'")],
)
def test_a_bad_request_is_refused(frames: int, fps: float, camera: Camera | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        clip_params(1, frames, fps, camera=camera)
