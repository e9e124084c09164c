"""Pictures go from file to file with all that they say about themselves; what goes wrong leaves nothing behind."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import ExifTags, Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

from lightbrush.enhance import files, tiff_exif
from lightbrush.enhance.files import Writer, open_picture
from lightbrush.enhance.run import Enhanced, enhance
from lightbrush.errors import EnhanceError, SettingsError
from lightbrush.shots import Size
from tests.enhance.pictures import Doubler, image

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ARTIST, ORIENTATION = 0x013B, 0x0112
SUFFIXES = (".png", ".jpg", ".webp", ".tif")


def saved(path: Path, picture: Image.Image, **options: object) -> Path:
    best = {".webp": {"lossless": True}, ".jpg": {"quality": 97, "subsampling": 0}}
    picture.save(path, **best.get(path.suffix, {}), **options)
    return path


def doubled(source: Path, output: Path, to: str = "x2", **options: object) -> Enhanced:
    return enhance(source, to, output, Doubler(), **options)  # type: ignore[arg-type]


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def code_of(source: Path, output: Path, to: str = "x2") -> str:
    """The code of what goes wrong. Nothing new may be left where the output was to be."""
    before = sorted(output.parent.glob("*"))
    with pytest.raises(EnhanceError) as caught:
        doubled(source, output, to)
    assert sorted(output.parent.glob("*")) == before
    return caught.value.code


@pytest.mark.parametrize("out", SUFFIXES)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_kind_of_file_becomes_every_other(suffix: str, out: str, tmp_path: Path) -> None:
    source = saved(tmp_path / f"in{suffix}", image(70, 50))
    made = doubled(source, tmp_path / f"a folder/out{out}")
    assert (made.source, made.size, made.bits) == (Size(70, 50), Size(140, 100), 8)
    seen = Image.open(tmp_path / f"a folder/out{out}")
    assert (seen.size, seen.mode) == ((140, 100), "RGB")
    small = np.asarray(seen.resize((70, 50), Image.Resampling.BOX), np.float32)
    assert np.abs(small - pixels(source)).mean() < 8
    assert [path.name for path in (tmp_path / "a folder").iterdir()] == [f"out{out}"]


@pytest.mark.parametrize("out", SUFFIXES)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_profile_and_exif_are_kept_and_a_turned_picture_stands(suffix: str, out: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ARTIST], exif[ORIENTATION] = "A. Painter", 6
    upright = image(60, 40)
    source = saved(tmp_path / f"in{suffix}", upright.transpose(Image.Transpose.ROTATE_90), exif=exif, icc_profile=SRGB)
    output = tmp_path / f"out{out}"
    assert doubled(source, output).source == Size(60, 40)
    seen = Image.open(output)
    assert seen.size == (120, 80)
    assert seen.info["icc_profile"] == SRGB
    assert seen.getexif()[ARTIST] == "A. Painter"
    assert seen.getexif().get(ORIENTATION, 1) == 1
    small = np.asarray(seen.resize((60, 40), Image.Resampling.BOX), np.float32)
    assert np.abs(small - np.asarray(upright)).mean() < 8


def test_what_a_png_says_in_words_is_kept(tmp_path: Path) -> None:
    words = PngInfo()
    words.add_text("parameters", "snowy peaks at dusk, seed 7")
    source = saved(tmp_path / "in.png", image(20, 10), pnginfo=words)
    doubled(source, tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as seen:
        seen.load()
        assert seen.info["parameters"] == "snowy peaks at dusk, seed 7"


def photographed() -> Image.Exif:
    """What a camera says: who, with what, when, how long, where."""
    exif = Image.Exif()
    exif[ARTIST], exif[ORIENTATION] = "A. Painter", 1
    exif[ExifTags.IFD.Exif] = {
        ExifTags.Base.LensModel: "50mm",
        ExifTags.Base.ExposureTime: IFDRational(1, 250),
        ExifTags.Base.DateTimeOriginal: "2026:11:22 10:00:00",
        ExifTags.Base.ExifImageWidth: 20,
        ExifTags.Base.MakerNote: b"its own, in bytes" * 9,
    }
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (IFDRational(47), IFDRational(22), IFDRational(30, 7))}
    return exif


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_exif_goes_into_a_tiff_where_other_libraries_find_it(suffix: str, tmp_path: Path) -> None:
    import av

    told: list[str] = []
    source = saved(tmp_path / f"in{suffix}", image(20, 10), exif=photographed().tobytes())
    doubled(source, tmp_path / "out.tif", say=told.append)
    assert told == []
    with av.open(str(tmp_path / "out.tif")) as file:  # FFmpeg's own reader of TIFF
        seen = {key: value.strip() for key, value in next(file.decode(video=0)).metadata.items()}
    assert seen["Artist"] == "A. Painter"
    assert seen["ExifIFD/DateTimeOriginal"] == "2026:11:22 10:00:00"
    assert seen["ExifIFD/ExposureTime"].split() == ["1:250"]
    assert seen["ExifIFD/PixelXDimension"] == "40", "of the larger picture"
    assert seen["GPSInfo/GPSLatitude"].replace(" ", "") == "47:1,22:1,30:7"
    with Image.open(tmp_path / "out.tif") as picture:
        exif = picture.getexif()
        assert exif[ARTIST] == "A. Painter"
        assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.LensModel] == "50mm"
        assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.MakerNote] == b"its own, in bytes" * 9
    doubled(tmp_path / "out.tif", tmp_path / "back.jpg")
    with Image.open(tmp_path / "back.jpg") as picture:
        assert picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)[2][1] == 22


def test_exif_in_a_tiff_of_more_than_four_gigabytes_has_places_of_eight_bytes(tmp_path: Path) -> None:
    path = tmp_path / "big.tif"
    pyvips.Image.black(40, 20, bands=3).linear(1, 7).cast("uchar").tiffsave(str(path), bigtiff=True)
    tiff_exif.add(path, photographed().tobytes(), Size(40, 20))
    with Image.open(path) as picture:
        assert np.all(np.asarray(picture) == 7)
        assert picture.getexif()[ARTIST] == "A. Painter"
        assert picture.getexif().get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.LensModel] == "50mm"
        assert picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)[1] == "N"
        types = picture.tag_v2.tagtype
        assert {types[ExifTags.IFD.Exif], types[ExifTags.IFD.GPSInfo]} == {16}, "LONG8"


def test_exif_that_nobody_can_read_does_not_cost_the_tiff(tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    pyvips.Image.black(8, 8).tiffsave(str(path))
    before = path.read_bytes()
    for damaged in (b"", b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", photographed().tobytes()[:60]):
        tiff_exif.add(path, damaged, Size(8, 8))
        with Image.open(path) as picture:
            picture.load()
    assert path.read_bytes()[:4] == before[:4]


@pytest.mark.parametrize("out", [".png", ".webp", ".tif"])
def test_alpha_is_enlarged_and_kept(out: str, tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png", image(70, 50, "RGBA"))
    doubled(source, tmp_path / f"out{out}")
    seen = Image.open(tmp_path / f"out{out}")
    assert seen.mode == "RGBA"
    alpha = np.asarray(seen.getchannel("A").resize((70, 50), Image.Resampling.BOX), np.float32)
    assert np.abs(alpha - pixels(source)[..., 3]).max() < 12


def test_a_jpeg_has_no_alpha_and_that_is_said(tmp_path: Path) -> None:
    source, told = saved(tmp_path / "in.png", image(70, 50, "RGBA")), []
    doubled(source, tmp_path / "out.jpg", say=told.append)
    assert "white" in told[0]
    assert (pixels(tmp_path / "out.jpg")[:2, :2] > 250).all()


@pytest.mark.parametrize("out", [".png", ".tif"])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_are_read_and_kept(suffix: str, out: str, tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.arange(20_000, 20_064, dtype=np.uint16)[None, :, None], (40, 64, 3))
    source = tmp_path / f"in{suffix}"
    pyvips.Image.new_from_array(np.ascontiguousarray(ramp), interpretation="rgb16").write_to_file(str(source))
    assert doubled(source, tmp_path / f"out{out}").bits == 16
    seen = pyvips.Image.new_from_file(str(tmp_path / f"out{out}"))
    assert seen.format == "ushort"
    inside = seen.numpy()[10:-10, 10:-10]
    expected = np.repeat(ramp, 2, axis=1)[0, 10:-10]
    assert np.abs(inside.astype(int) - expected[None]).max() <= 1


def test_eight_bits_where_the_file_holds_no_more_and_that_is_said(tmp_path: Path) -> None:
    source, told = tmp_path / "in.png", []
    deep = np.full((20, 20, 3), 32_896, np.uint16)
    pyvips.Image.new_from_array(deep, interpretation="rgb16").write_to_file(str(source))
    assert doubled(source, tmp_path / "out.jpg", say=told.append).bits == 8
    assert "16" in told[0]
    assert np.abs(pixels(tmp_path / "out.jpg")[20, 20].astype(int) - 128).max() <= 1


@pytest.mark.parametrize(("mode", "expected"), [("L", "L"), ("LA", "LA"), ("P", "RGB"), ("CMYK", "RGB")])
def test_other_kinds_of_colour(mode: str, expected: str, tmp_path: Path) -> None:
    source = saved(tmp_path / ("in.tif" if mode == "CMYK" else "in.png"), image(40, 30, mode))
    doubled(source, tmp_path / "out.png")
    seen = Image.open(tmp_path / "out.png")
    assert (seen.size, seen.mode) == ((80, 60), expected)
    small = np.asarray(seen.convert("RGB").resize((40, 30), Image.Resampling.BOX), np.float32)
    assert np.abs(small - np.asarray(Image.open(source).convert("RGB"))).mean() < 40  # inks without a profile


def test_an_exact_size_of_another_shape_shows_the_middle(tmp_path: Path) -> None:
    source, told = saved(tmp_path / "in.png", image(80, 40)), []
    made = doubled(source, tmp_path / "out.png", "97x97", say=told.append)
    assert made.size == Size(97, 97)
    assert "40x40" in told[0]
    small = np.asarray(Image.open(tmp_path / "out.png").resize((40, 40)), np.float32)
    assert np.abs(small - pixels(source)[:, 20:60]).mean() < 12
    assert np.abs(small - pixels(source)[:, :40]).mean() > 24


def test_progress_counts_every_tile_of_every_pass(tmp_path: Path) -> None:
    source, told = saved(tmp_path / "in.png", image(70, 50)), []
    made = doubled(source, tmp_path / "out.png", "x3.5", progress=lambda done, total: told.append((done, total)))
    assert made.passes == (Size(70, 50), Size(123, 88))
    assert told == [(done, 18) for done in range(19)]


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    whole = io.BytesIO()
    image(70, 50).save(whole, "JPEG")
    out = tmp_path / "made/out.png"
    for name, data in {
        "text.png": b"just words",
        "empty.png": b"",
        "cut.jpg": whole.getvalue()[:-400],
        "header.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    }.items():
        source = tmp_path / name
        source.write_bytes(data)
        assert code_of(source, out) == "enhance.input", name
    assert code_of(tmp_path / "not there.png", out) == "enhance.input"
    assert code_of(tmp_path, out) == "enhance.input"
    assert code_of(saved(tmp_path / "in.gif", image(9, 9, "P")), out) == "enhance.input"
    assert code_of(saved(tmp_path / "in.tif", Image.new("F", (9, 9))), out) == "enhance.input"


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = saved(tmp_path / "in.png", image(9, 9))
    monkeypatch.setitem(sys.modules, "pyvips", None)
    with pytest.raises(SettingsError, match=r"pip install 'lightbrush\[enhance\]'") as caught:
        doubled(source, tmp_path / "out.png")
    assert caught.value.code == "extra.missing"


def test_names_with_brackets_are_names(tmp_path: Path) -> None:
    source = saved(tmp_path / "in[page=3].png", image(20, 10)).rename(tmp_path / "in[page=3]")
    doubled(source, tmp_path / "out[Q=1].png")
    assert open_picture(tmp_path / "out[Q=1].png").size == Size(40, 20)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png", Image.new("1", (20_000, 20_000)))
    assert code_of(source, tmp_path / "out.png") == "enhance.too_large"


def test_a_file_that_cannot_hold_the_picture_is_refused_before_any_work(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png", image(60, 2))
    assert code_of(source, tmp_path / "out.bmp") == "enhance.format"
    assert code_of(source, tmp_path / "out") == "enhance.format"
    assert code_of(source, tmp_path / "out.webp", "16400x500") == "enhance.format"
    assert code_of(source, tmp_path / "out.png", "1x1") == "enhance.target"


@pytest.mark.parametrize("out", SUFFIXES)
def test_a_full_disk_is_said_and_leaves_nothing(out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = saved(tmp_path / "in.png", image(300, 200))
    output = tmp_path / f"out{out}"
    output.write_bytes(b"what stood there")
    monkeypatch.setattr(files.secrets, "token_hex", lambda count: "full")
    (tmp_path / f".out{out}.full.part").symlink_to("/dev/full")
    with pytest.raises(EnhanceError) as caught:
        doubled(source, output)
    assert caught.value.code == "enhance.disk"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", f"out{out}"]
    assert output.read_bytes() == b"what stood there"


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    source = saved(tmp_path / "in.png", image(20, 20))
    assert code_of(source, source / "out.png") == "enhance.write"


class Stopped(BaseException):
    """As Ctrl-C is."""


def test_an_interrupted_run_leaves_what_stood_there_and_nothing_else(tmp_path: Path) -> None:
    source, output = saved(tmp_path / "in.png", image(70, 150)), tmp_path / "out.png"
    output.write_bytes(b"what stood there")

    def stop(done: int, total: int) -> None:
        if done == total - 1:
            raise Stopped

    with pytest.raises(Stopped):
        doubled(source, output, progress=stop)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.png"]
    assert output.read_bytes() == b"what stood there"


def test_a_file_without_all_its_rows_is_not_a_file(tmp_path: Path) -> None:
    picture = open_picture(saved(tmp_path / "in.png", image(70, 50)))
    with pytest.raises(EnhanceError) as caught, Writer(tmp_path / "out.png", Size(70, 50), like=picture) as file:
        file.write(np.zeros((20, 70, 3), np.float32))
    assert caught.value.code == "enhance.write"
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_an_exr_without_its_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "OpenEXR", None)
    (tmp_path / "in.exr").write_bytes(b"\x76\x2f\x31\x01" + bytes(60))
    with pytest.raises(SettingsError, match="lightbrush\\[enhance\\]") as caught:
        open_picture(tmp_path / "in.exr")
    assert caught.value.code == "extra.missing"
    source = saved(tmp_path / "in.png", image(20, 20))
    with pytest.raises(SettingsError, match=r"extra\.missing"):
        doubled(source, tmp_path / "out.exr")
