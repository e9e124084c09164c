"""Linear light in, linear light out: EXR files, and what becomes of light above white."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lightbrush.enhance import exr, run
from lightbrush.enhance.creative import Creative, Painter
from lightbrush.enhance.files import open_picture, writer
from lightbrush.enhance.run import Enhanced
from lightbrush.enhance.tiles import rounded
from lightbrush.errors import EnhanceError
from lightbrush.shots import Size
from tests.enhance.pictures import Doubler, Grainy, image, scene

OpenEXR = pytest.importorskip("OpenEXR", reason="no wheel of OpenEXR for this Python")


def saved(path: Path, channels: dict[str, Any], **header: object) -> Path:
    OpenEXR.File({"compression": OpenEXR.PIZ_COMPRESSION, "type": OpenEXR.scanlineimage, **header}, channels).write(
        str(path)
    )
    return path


def light_of(path: Path) -> dict[str, np.ndarray]:
    return {name: channel.pixels for name, channel in OpenEXR.File(str(path)).channels().items()}


def doubled(source: Path, output: Path, **options: Any) -> tuple[Enhanced, list[str]]:
    said: list[str] = []
    return run.enhance(source, "x2", output, Doubler(), say=said.append, **options), said


def bright(width: int = 40, height: int = 30) -> np.ndarray:
    """[height, width, 3] of light from 0 to 2000."""
    return (scene(width, height) ** 2.2 * np.geomspace(0.01, 2000.0, width, dtype=np.float32)[None, :, None]).astype(
        np.float32
    )


def test_the_curve_goes_back_and_forth_without_a_kink_and_keeps_what_half_precision_does() -> None:
    levels = np.concatenate([[0.0], np.geomspace(1e-4, exr.MOST, 4000)]).astype(np.float32)
    seen = exr.seen(levels)
    assert seen[0] == 0.0
    assert abs(seen[-1] - 1.0) < 1e-5
    assert (np.diff(seen) > 0).all()
    np.testing.assert_allclose(exr.light(seen), levels, rtol=1e-3, atol=1e-6)
    kept = exr.light((rounded(seen) / 65535.0).astype(np.float32))
    np.testing.assert_allclose(kept[levels > 0.002], levels[levels > 0.002], rtol=1e-3)
    below, at, above = exr.seen(np.array([0.999, 1.0, 1.001], np.float32)).astype(np.float64)
    assert abs(at - exr.WHITE) < 1e-6
    assert abs((at - below) / (above - at) - 1.0) < 0.02
    odd = exr.seen(np.array([-3.0, np.nan, np.inf, -np.inf], np.float32))
    np.testing.assert_allclose(odd, [0.0, 0.0, 1.0, 0.0], atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_light_stays_light_in_the_precision_that_it_came_in(dtype: type, tmp_path: Path) -> None:
    source = saved(tmp_path / "in.exr", {"RGB": np.full((30, 40, 3), 37.5, dtype)})
    made, said = doubled(source, tmp_path / "out.exr")
    assert (made.source, made.size, made.bits, said) == (Size(40, 30), Size(80, 60), 8 * dtype().itemsize, [])
    kept = light_of(tmp_path / "out.exr")["RGB"]
    assert (kept.shape, kept.dtype) == ((60, 80, 3), dtype)
    np.testing.assert_allclose(kept[8:-8, 8:-8].astype(np.float32), 37.5, rtol=2e-3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.exr", "out.exr"]


def test_a_picture_of_light_is_enlarged_tile_by_tile_with_its_highlights(tmp_path: Path) -> None:
    light = bright()
    doubled(saved(tmp_path / "in.exr", {"RGB": light}), tmp_path / "out.exr")
    kept = light_of(tmp_path / "out.exr")["RGB"]
    small = kept.reshape(30, 2, 40, 2, 3).mean((1, 3))
    assert kept.max() > 500.0
    correlation = np.corrcoef(np.log(small[4:-4, 4:-4].ravel() + 0.01), np.log(light[4:-4, 4:-4].ravel() + 0.01))
    assert correlation[0, 1] > 0.95


def test_alpha_is_associated_in_the_file_and_straight_in_between(tmp_path: Path) -> None:
    rgba = np.zeros((20, 24, 4), np.float32)
    rgba[..., 3] = 0.25
    rgba[..., :3] = 2.0 * 0.25
    doubled(saved(tmp_path / "in.exr", {"RGBA": rgba}), tmp_path / "out.exr")
    kept = light_of(tmp_path / "out.exr")["RGBA"][8:-8, 8:-8]
    np.testing.assert_allclose(kept[..., 3], 0.25, atol=1e-3)
    np.testing.assert_allclose(kept[..., :3], 0.5, rtol=5e-3)
    assert open_picture(tmp_path / "out.exr").channels == 4


def test_grey_a_window_that_begins_elsewhere_and_what_a_file_says_of_itself_are_kept(tmp_path: Path) -> None:
    window = (np.array([5, -7], np.int32), np.array([5 + 23, -7 + 19], np.int32))
    primaries = (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329)
    grey = np.full((20, 24), 0.18, np.float16)
    told = {"dataWindow": window, "owner": "Ann", "comments": "dusk", "chromaticities": primaries}
    source = saved(tmp_path / "in.exr", {"Y": grey}, **told)
    doubled(source, tmp_path / "out.exr")
    header = OpenEXR.File(str(tmp_path / "out.exr")).header()
    assert (header["owner"], header["comments"]) == ("Ann", "dusk")
    np.testing.assert_allclose(header["chromaticities"], primaries, atol=1e-6)
    kept = light_of(tmp_path / "out.exr")["Y"]
    assert (kept.shape, kept.dtype) == ((40, 48), np.float16)
    np.testing.assert_allclose(kept[8:-8, 8:-8].astype(np.float32), 0.18, rtol=2e-3)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_light_becomes_a_picture_for_a_screen_and_is_said_to_be_cut(suffix: str, tmp_path: Path) -> None:
    light = np.full((20, 24, 3), 0.2140, np.float32)  # half of white, in sRGB
    light[:, 12:] = 40.0
    made, said = doubled(saved(tmp_path / "in.exr", {"RGB": light}), tmp_path / f"out{suffix}")
    assert any("above 1" in text for text in said)
    assert made.bits == (8 if suffix == ".jpg" else 16)
    with Image.open(tmp_path / f"out{suffix}") as opened:
        shown = np.asarray(opened.convert("RGB"), np.int16)
    assert np.abs(shown[8:-8, 4:18] - 128).max() <= 3
    assert shown[8:-8, 30:-8].min() >= 252


def test_a_picture_of_a_screen_becomes_light_up_to_one(tmp_path: Path) -> None:
    grey = Image.new("RGB", (24, 20), (128, 128, 128))
    grey.save(tmp_path / "in.png")
    made, said = doubled(tmp_path / "in.png", tmp_path / "out.exr")
    assert (made.bits, said) == (16, [])
    kept = light_of(tmp_path / "out.exr")["RGB"][8:-8, 8:-8].astype(np.float32)
    np.testing.assert_allclose(kept, 0.2159, rtol=5e-3)


def test_light_is_painted_anew_too(tmp_path: Path) -> None:
    painter = Painter(Grainy(), Creative(creativity=0.5))
    source = saved(tmp_path / "in.exr", {"RGB": bright()})
    doubled(source, tmp_path / "plain.exr")
    doubled(source, tmp_path / "anew.exr", painter=painter)
    plain, anew = (light_of(tmp_path / f"{name}.exr")["RGB"] for name in ("plain", "anew"))
    assert np.isfinite(anew).all()
    assert not np.array_equal(plain, anew)


def test_what_is_no_picture_of_light_is_said(tmp_path: Path) -> None:
    depth = saved(tmp_path / "depth.exr", {"Z": np.ones((8, 8), np.float32)})
    with pytest.raises(EnhanceError, match="R, G and B") as caught:
        open_picture(depth)
    assert caught.value.code == "enhance.input"
    whole = saved(tmp_path / "whole.exr", {"RGB": bright()}).read_bytes()
    for name, data in (("cut", whole[: len(whole) // 2]), ("head", whole[:20]), ("odd", whole[:200] + b"x" * 400)):
        (tmp_path / f"{name}.exr").write_bytes(data)
        with pytest.raises(EnhanceError, match=r"enhance\.input"):
            doubled(tmp_path / f"{name}.exr", tmp_path / "out.exr")
        assert not (tmp_path / "out.exr").exists()
    with pytest.raises(EnhanceError, match=r"enhance\.too_large"):
        open_picture(tmp_path / "whole.exr", max_pixels=100)


def test_a_file_that_is_given_up_leaves_what_was_there(tmp_path: Path) -> None:
    image(24, 20, "RGB").save(tmp_path / "in.png")
    (tmp_path / "out.exr").write_bytes(b"before")
    like = open_picture(tmp_path / "in.png")

    def give_up() -> None:
        with writer(tmp_path / "out.exr", Size(24, 20), like=like) as file:
            file.write(np.zeros((3, 24, 3), np.float32))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        give_up()
    assert (tmp_path / "out.exr").read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.exr"]
