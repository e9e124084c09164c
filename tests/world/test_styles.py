"""Each style is what its name says, by numbers; the photograph, the labels and the depth stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from lightbrush.world.attributes import STYLES
from lightbrush.world.layout import A
from lightbrush.world.renderer import Rendered, render
from lightbrush.world.scene import sample_scenes, scene_from_attributes

SIZE = 128
PAINTED = STYLES[1:]


def scenes(style: str, share: float = 1.0) -> np.ndarray:
    """A few daylight scenes in one style, the rest of it photograph."""
    attrs = {"sun_height": 0.5, "storm": -0.5, "fog": -0.3, "forest": 1.0, style: share}
    return np.concatenate([scene_from_attributes(attrs, seed) for seed in (1, 2, 3)])


@pytest.fixture(scope="module")
def shown() -> dict[str, Rendered]:
    return {style: render(scenes(style), width=SIZE, height=SIZE, samples=1) for style in STYLES}


def neighbours(rgb: np.ndarray) -> np.ndarray:
    """Largest difference between a pixel and the one to its right."""
    return np.abs(np.diff(rgb.astype(int), axis=2)).max(axis=3)


def chroma(rgb: np.ndarray) -> float:
    return float((rgb.max(axis=3).astype(int) - rgb.min(axis=3)).mean())


def colours(rgb: np.ndarray, step: int = 1) -> float:
    """Distinct colours in a picture, a colour being a cube of side `step`."""
    return float(np.mean([len(np.unique(one.reshape(-1, 3) // step, axis=0)) for one in rgb]))


def test_a_photograph_is_the_plain_picture_byte_for_byte() -> None:
    plain = sample_scenes(31, 3)
    plain[:, A.PHOTO : A.GLASS + 1] = 0.0
    photo = plain.copy()
    photo[:, A.PHOTO] = 1.0
    company = np.concatenate([photo, scenes("oil")])
    alone = render(plain, width=48, height=48, samples=1)
    assert np.array_equal(alone.rgb, render(photo, width=48, height=48, samples=1).rgb)
    assert np.array_equal(alone.rgb, render(company, width=48, height=48, samples=1).rgb[:3])


@pytest.mark.parametrize("style", PAINTED)
def test_a_style_changes_the_picture_and_nothing_else(style: str, shown: dict[str, Rendered]) -> None:
    photo, styled = shown["photo"], shown[style]
    assert np.array_equal(photo.label, styled.label)
    assert np.array_equal(photo.depth, styled.depth)
    change = np.abs(photo.rgb.astype(int) - styled.rgb).mean(axis=(1, 2, 3))
    assert (change > 4.0).all()
    # It is still that picture: what is lighter stays lighter, region by region.
    coarse = [p.rgb.reshape(3, 8, 16, 8, 16, 3).mean(axis=(2, 4, 5)).reshape(3, -1) for p in (photo, styled)]
    assert min(np.corrcoef(a, b)[0, 1] for a, b in zip(*coarse, strict=True)) > 0.4


@pytest.mark.parametrize("style", PAINTED)
def test_the_same_scene_is_painted_the_same_way_alone_or_in_company(style: str, shown: dict[str, Rendered]) -> None:
    again = render(scenes(style)[1:2], width=SIZE, height=SIZE, samples=1)
    assert np.array_equal(again.rgb[0], shown[style].rgb[1])


def test_half_a_style_is_half_way() -> None:
    photo, half, whole = (
        render(scenes("watercolour", share), width=64, height=64, samples=1).rgb.astype(int)
        for share in (0.0, 0.5, 1.0)
    )
    assert np.abs(half - (photo + whole) / 2.0).max() <= 1.0


def test_the_largest_share_wins() -> None:
    mixed = scenes("oil")
    mixed[:, A.OIL] = 0.6
    mixed[:, A.PENCIL] = 0.4
    assert np.array_equal(
        render(mixed, width=64, height=64, samples=1).rgb, render(scenes("oil"), width=64, height=64, samples=1).rgb
    )


def test_pencil_and_ink_are_nearly_grey_on_light_paper(shown: dict[str, Rendered]) -> None:
    for style in ("pencil", "ink"):
        assert chroma(shown[style].rgb) < 0.4 * chroma(shown["photo"].rgb)
        assert np.percentile(shown[style].rgb, 90) > 215
    assert shown["pencil"].rgb.min() < 100
    assert shown["ink"].rgb.min() < 100


def test_pixel_art_is_blocks_of_few_colours(shown: dict[str, Rendered]) -> None:
    rgb = shown["pixel"].rgb
    assert (neighbours(rgb) == 0).mean() > 0.7
    assert colours(rgb) < 80
    for one in rgb:
        edges = np.flatnonzero((np.diff(one.astype(int), axis=1) != 0).any(axis=(0, 2))) + 1
        block = int(np.diff(edges).min())
        assert block in (2, 3)
        assert (edges % block == 0).all()


def test_cel_is_flat_with_dark_lines(shown: dict[str, Rendered]) -> None:
    cel, photo = shown["cel"].rgb, shown["photo"].rgb
    assert (neighbours(cel) <= 2).mean() > (neighbours(photo) <= 2).mean() + 0.15
    assert colours(cel) < 0.3 * colours(photo)


def test_low_poly_is_flat_facets(shown: dict[str, Rendered]) -> None:
    assert (neighbours(shown["lowpoly"].rgb) == 0).mean() > 0.65
    assert colours(shown["lowpoly"].rgb) < 1500


def test_glass_is_vivid_between_dark_leads(shown: dict[str, Rendered]) -> None:
    rgb = shown["glass"].rgb
    lead = rgb.max(axis=3) < 70
    assert 0.08 < lead.mean() < 0.5
    assert chroma(rgb[~lead][None, :, None]) > 1.2 * chroma(shown["photo"].rgb)


def test_watercolour_is_lighter_and_leaves_paper_at_the_rim(shown: dict[str, Rendered]) -> None:
    rgb = shown["watercolour"].rgb
    assert rgb.mean() > shown["photo"].rgb.mean() + 8.0
    assert rgb[:, 0].mean() > 215
    assert rgb[:, :, -1].mean() > 215


def test_oil_shows_its_strokes(shown: dict[str, Rendered]) -> None:
    """In the smooth sky paint has relief where a photograph has none."""
    sky = (shown["photo"].label == 0)[:, 1:-1, 1:-1]
    rough = {}
    for style in ("photo", "oil"):
        light = shown[style].rgb.mean(axis=3)
        second = 4.0 * light[:, 1:-1, 1:-1] - light[:, :-2, 1:-1] - light[:, 2:, 1:-1]
        rough[style] = np.abs(second - light[:, 1:-1, :-2] - light[:, 1:-1, 2:])[sky].mean()
    assert rough["oil"] > 2.0 * rough["photo"]


def test_a_larger_picture_is_the_same_painting() -> None:
    params = np.concatenate([scenes(style)[:1] for style in PAINTED])
    small = render(params, width=128, height=128).rgb.astype(float)
    large = render(params, width=256, height=256).rgb.astype(float).reshape(-1, 128, 2, 128, 2, 3).mean(axis=(2, 4))
    smooth = [p.reshape(-1, 16, 8, 16, 8, 3).mean(axis=(2, 4)) for p in (small, large)]
    assert np.abs(smooth[0] - smooth[1]).mean(axis=(1, 2, 3)).max() < 14.0


def test_the_sampler_draws_photographs_and_every_style() -> None:
    shares = sample_scenes(32, 4000)[:, A.PHOTO : A.GLASS + 1]
    assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-6)
    assert 0.42 < (shares[:, 0] == 1.0).mean() < 0.48
    painted = (shares[:, 1:] > 0.0).mean(axis=0)
    assert painted.min() > 0.05
    assert painted.max() < 0.09
    part = shares[:, 0][(shares[:, 0] > 0.0) & (shares[:, 0] < 1.0)]
    assert 0.08 < len(part) / 4000 < 0.2
    assert part.max() <= 0.5


def test_style_shares_of_a_request() -> None:
    half = scene_from_attributes({"oil": 0.5}, 1)[0]
    assert half[A.OIL] == half[A.PHOTO] == 0.5
    mixed = scene_from_attributes({"oil": 0.9, "ink": 0.9}, 1)[0]
    assert mixed[A.OIL] == mixed[A.INK] == 0.5
    with pytest.raises(ValueError, match="style shares"):
        scene_from_attributes({"photo": 0.0}, 1)
