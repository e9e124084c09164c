"""Pictures show what their parameters say, on the CPU; small, because every pixel is marched."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba")

from lightbrush.world.layout import A, P
from lightbrush.world.renderer import Rendered, render
from lightbrush.world.scene import BIOMES, MATERIALS, SCENE_SIZE, sample_scenes, scene_from_attributes
from lightbrush.world.shader import source
from lightbrush.world.sheet import contact_sheet, write_grid

SIZE = 64
LABEL = {m.name: k for k, m in enumerate(MATERIALS)}
PLAIN = {"photo": 1.0, "sky_tint_x": 0.0, "ground_tint_x": 0.0, "fog": -0.5, "storm": -0.5}


def draw(attrs: dict[str, float], seeds: range, size: int = SIZE) -> tuple[np.ndarray, Rendered]:
    params = np.concatenate([scene_from_attributes({**PLAIN, **attrs}, seed) for seed in seeds])
    return params, render(params, width=size, height=size, samples=1)


def share(picture: Rendered, *names: str) -> float:
    return float(np.isin(picture.label, [LABEL[name] for name in names]).mean())


def brightness(picture: Rendered) -> float:
    return float(picture.rgb.mean())


def test_same_params_same_bytes_alone_or_in_company() -> None:
    params = sample_scenes(11, 3)
    together = render(params, width=SIZE, height=SIZE)
    alone = render(params[2:], width=SIZE, height=SIZE)
    assert np.array_equal(together.rgb[2], alone.rgb[0])
    assert np.array_equal(together.label[2], alone.label[0])
    assert np.array_equal(together.depth[2], alone.depth[0])


def test_any_scene_is_a_picture_with_labels_and_depth_in_range() -> None:
    picture = render(sample_scenes(12, 24), width=48, height=48, samples=1)
    assert picture.label.max() < len(MATERIALS)
    assert np.isfinite(picture.depth).all()
    assert picture.depth.min() >= 0.0
    assert picture.depth.max() <= 1.0
    assert (picture.rgb.reshape(24, -1).std(axis=1) > 3.0).all()
    above = np.isin(picture.label, [LABEL[name] for name in ("sky", "sun", "moon")])
    assert (picture.depth[above] == 0.0).all()
    land = np.isin(picture.label, [LABEL[name] for name in ("grass", "water", "forest", "sand")])
    assert (picture.depth[land] > 0.0).all()


@pytest.mark.parametrize(
    ("biome", "names", "at_least"),
    [
        ("alpine", ("mountain", "snow", "grass", "forest", "rock", "water"), 0.3),
        ("islands", ("water",), 0.12),
        ("desert", ("sand",), 0.25),
        ("forest", ("forest",), 0.12),
        ("canyon", ("mountain", "rock", "sand"), 0.25),
        ("meadow", ("grass", "field"), 0.2),
        ("arctic", ("snow", "ice"), 0.2),
        ("volcanic", ("lava",), 0.02),
        ("savanna", ("grass",), 0.2),
        ("wetland", ("water",), 0.08),
    ],
)
def test_every_biome_is_made_of_its_own_materials(biome: str, names: tuple[str, ...], at_least: float) -> None:
    _, picture = draw({biome: 1.0, "flowers": -0.2, "snow": 0.0, "water": 0.0, "trees": 0.0}, range(8), 48)
    assert share(picture, *names) > at_least
    assert share(picture, "sky", "cloud") > 0.15


def test_the_sun_is_where_the_params_say() -> None:
    found = 0
    params, picture = draw({"sun_height": 0.5, "clouds": -0.9, "relief": -0.5, "trees": -0.9}, range(20), 96)
    for p, label, rgb in zip(params, picture.label, picture.rgb, strict=True):
        if p[P.DISC] != 1.0:
            assert not (label == LABEL["sun"]).any()
            continue
        x = int(p[P.SUN_U] * p[P.FOCAL] * 96 + 48)
        y = int((p[P.HORIZON] - p[P.SUN_S] * p[P.FOCAL]) * 96)
        if label[y, x] == LABEL["sun"]:
            found += 1
            assert rgb[y, x].min() > 200
    assert found >= 6


def test_the_moon_stands_in_the_night() -> None:
    _, picture = draw({"sun_height": -0.6, "clouds": -0.9}, range(8))
    assert (picture.label == LABEL["moon"]).any()
    assert not (picture.label == LABEL["sun"]).any()


def test_night_is_darker_than_dusk_is_darker_than_noon_and_not_black() -> None:
    night, dusk, noon = (brightness(draw({"sun_height": h, "clouds": -0.5}, range(6), 48)[1]) for h in (-0.7, 0.0, 0.8))
    assert 12.0 < night < 0.6 * dusk
    assert dusk < noon


@pytest.mark.parametrize(
    ("attribute", "names"),
    [
        ("snow", ("snow",)),
        ("water", ("water",)),
        ("trees", ("forest",)),
        ("flowers", ("field",)),
        ("village", ("house",)),
    ],
)
def test_an_attribute_raises_the_share_of_its_material(attribute: str, names: tuple[str, ...]) -> None:
    low = share(draw({"meadow": 1.0, attribute: -1.0}, range(8), 48)[1], *names)
    high = share(draw({"meadow": 1.0, attribute: 1.0}, range(8), 48)[1], *names)
    assert high > low + 0.005


def test_relief_raises_the_skyline() -> None:
    low = share(draw({"alpine": 1.0, "relief": -1.0}, range(8), 48)[1], "sky", "cloud", "sun")
    high = share(draw({"alpine": 1.0, "relief": 1.0}, range(8), 48)[1], "sky", "cloud", "sun")
    assert high < low - 0.05


def test_fog_hides_and_flattens() -> None:
    clear = draw({"forest": 1.0, "sun_height": 0.6, "fog": -0.8}, range(4), 48)[1].rgb.astype(float)
    foggy = draw({"forest": 1.0, "sun_height": 0.6, "fog": 1.0}, range(4), 48)[1].rgb.astype(float)
    assert foggy[:, 24:].std() < clear[:, 24:].std()


def test_a_storm_darkens_the_day() -> None:
    fair = brightness(draw({"sun_height": 0.6, "storm": -0.5}, range(5), 48)[1])
    dark = brightness(draw({"sun_height": 0.6, "storm": 1.0}, range(5), 48)[1])
    assert dark < 0.8 * fair


@pytest.mark.parametrize("height", [0.02, 0.8])
def test_a_sky_tint_survives_any_hour(height: float) -> None:
    for x, y, channel in ((1.0, 0.0, 0), (-0.5, 0.86, 1), (-0.5, -0.86, 2)):
        _, picture = draw({"sun_height": height, "clouds": -1.0, "sky_tint_x": x, "sky_tint_y": y}, range(4), 48)
        sky = picture.rgb[picture.label == LABEL["sky"]].astype(float).mean(axis=0)
        assert sky.argmax() == channel, (height, sky)


def test_a_red_field_is_red() -> None:
    attrs = {"meadow": 1.0, "sun_height": 0.7, "flowers": 0.9, "ground_tint_x": 1.0}
    _, picture = draw(attrs, range(6), 48)
    field = picture.rgb[np.isin(picture.label, [LABEL["field"]])].astype(float).mean(axis=0)
    assert field[0] > 1.3 * field[1]
    assert field[0] > 1.3 * field[2]


def test_wide_and_tall_sizes() -> None:
    params = sample_scenes(13, 2)
    params[:, A.PHOTO : A.GLASS + 1] = 0.0
    wide = render(params, width=128, height=72, samples=1)
    assert wide.rgb.shape == (2, 72, 128, 3)
    assert wide.label.shape == wide.depth.shape == (2, 72, 128)
    square = render(params, width=72, height=72, samples=1)
    middle = wide.rgb[:, :, 28:100].astype(float)
    assert np.abs(middle - square.rgb).mean() < 4.0  # the wide picture continues the square one
    assert render(params, width=40, height=64, samples=1).rgb.shape == (2, 64, 40, 3)
    assert render(params[:0], width=64, height=64).rgb.shape == (0, 64, 64, 3)


@pytest.mark.parametrize(
    ("params", "size", "words"),
    [
        (np.zeros((2, 5), np.float32), (64, 64, 1), f"must be \\[N, {SCENE_SIZE}\\]"),
        (np.zeros((2, SCENE_SIZE)), (64, 64, 1), "float32"),
        (np.full((2, SCENE_SIZE), np.nan, np.float32), (64, 64, 1), "scene 0 hold NaN"),
        (sample_scenes(1, 1), (4, 64, 1), "4x64"),
        (sample_scenes(1, 1), (300, 64, 1), "300x64"),
        (sample_scenes(1, 1), (64, 64, 0), "samples"),
    ],
)
def test_bad_input_is_refused_with_the_value_seen(params: np.ndarray, size: tuple[int, int, int], words: str) -> None:
    width, height, samples = size
    with pytest.raises(ValueError, match=words):
        render(params, width=width, height=height, samples=samples)


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ValueError, match="'tpu'"):
        render(sample_scenes(1, 1), width=16, height=16, device="tpu")  # type: ignore[arg-type]


def test_the_shader_has_no_doubles() -> None:
    for target, part in product(("cpu", "cuda"), ("picture", "style")):
        text = source(target, part)
        body = text[text.index("def ") :]
        assert "float64" not in body
        literals = [
            line for line in body.splitlines() if any(f" {d}.{e}" in line for d in "0123456789" for e in "0123456789")
        ]
        assert literals == []


def test_contact_sheet_and_grid(tmp_path: Path) -> None:
    pictures = np.stack([np.full((8, 10, 3), 40 * k, np.uint8) for k in range(5)])
    sheet = contact_sheet(pictures, 3)
    assert sheet.shape == (2 * 12 + 4, 3 * 14 + 4, 3)
    assert sheet[5, 14 + 5, 0] == 40
    with pytest.raises(ValueError, match="columns"):
        contact_sheet(pictures, 0)
    with pytest.raises(ValueError, match="count"):
        write_grid(0, tmp_path / "no.png")
    seen: list[tuple[int, int]] = []
    out = write_grid(5, tmp_path / "deep" / "grid.png", seed=3, size=32, progress=lambda a, b: seen.append((a, b)))
    assert out.stat().st_size > 1000
    assert seen[-1] == (5, 5)


def test_biome_names_match_their_slots() -> None:
    assert [A(k).name.lower() for k in range(len(BIOMES))] == list(BIOMES)


@pytest.mark.gpu
def test_cpu_and_cuda_pictures_agree() -> None:
    from numba import cuda

    if not cuda.is_available():  # type: ignore[no-untyped-call, unused-ignore]
        pytest.skip("no CUDA device")
    params = sample_scenes(17, 16)
    a = render(params, width=96, height=96)
    b = render(params, width=96, height=96, device="cuda")
    assert np.abs(a.rgb.astype(int) - b.rgb.astype(int)).mean() < 1.5
    assert (a.label == b.label).mean() > 0.98
