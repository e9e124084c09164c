"""The gallery: a page and plates that an engine's answers fill, whatever the engine."""

from __future__ import annotations

import datetime
import io
import re
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image

from lightbrush.benchmarks import gallery, plate
from lightbrush.benchmarks.plate import Row
from lightbrush.engines.conditioning import TOPICS, Conditioner, Layout
from lightbrush.engines.embedded import EmbeddedEngine, load_compositions
from lightbrush.engines.engine import Engine
from lightbrush.errors import SettingsError
from lightbrush.nn.dictionary import Dictionary
from lightbrush.nn.onnx_network import OnnxNetwork
from lightbrush.nn.picture_reader import PictureReader
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.nn.reader import load_reader
from lightbrush.nn.sentence import SentenceEncoder
from lightbrush.training import picture_reader
from lightbrush.training.export import export
from tests.stand_in import Blur

WEIGHTS = Path(str(files("lightbrush") / "weights"))
COMMAND = "lightbrush bench gallery --seed 7"


def made(engine: Engine, *only: str, counted: list[tuple[int, int]] | None = None) -> dict[str, bytes]:
    return gallery.make(
        engine,
        seed=7,
        only=only,
        command=COMMAND,
        date=datetime.date(2026, 11, 21),
        progress=lambda done, of: None if counted is None else counted.append((done, of)),
    )


def picture(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.fixture(scope="module")
def whole() -> dict[str, bytes]:
    return made(Blur())


def test_the_page_shows_every_plate_and_says_how_it_was_made(whole: dict[str, bytes]) -> None:
    page = whole["README.md"].decode()
    assert (
        set(re.findall(r"!\[.+\]\((.+)\)", page)) == set(whole) - {"README.md"} == {f"{n}.webp" for n in gallery.PARTS}
    )
    for said in (COMMAND, "seed 7", "2026-11-21", "64 x 64", "CPU (NumPy)"):
        assert said in page


def test_plates_are_light_enough_for_a_page_and_have_round_corners(whole: dict[str, bytes]) -> None:
    plates = {name: picture(data) for name, data in whole.items() if name.endswith(".webp")}
    assert sum(map(len, whole.values())) < 2.5 * 2**20
    for image in plates.values():
        assert image.width == plate.WIDTH_PX
        assert image.convert("RGBA").getpixel((0, 0))[3] == 0
        assert image.convert("RGBA").getpixel((40, 4))[3] == 255


def test_the_same_engine_seed_and_day_give_the_same_bytes(whole: dict[str, bytes]) -> None:
    again = made(Blur(), "references", "masks")
    assert all(again[name] == whole[name] for name in ("references.webp", "masks.webp"))


def test_progress_ends_at_what_it_said_there_is() -> None:
    counted: list[tuple[int, int]] = []
    made(Blur(), "tweaks", counted=counted)
    assert counted == [(i, 5) for i in range(1, 6)], "one tweak, five pictures"


def test_what_an_engine_does_not_offer_has_no_part() -> None:
    engine = Blur()
    engine.card = msgspec.structs.replace(engine.card, masks=False, tweaks=())
    with pytest.raises(SettingsError) as refused:
        made(engine, "masks")
    assert refused.value.problem.value == "masks"
    assert refused.value.problem.fix == "Parts: drawing, styles, biomes, lands, references, journeys, drawings"


def test_the_page_reports_what_leaks_out_of_a_mask() -> None:
    class Leaky(Blur):
        def render(self, shot):  # type: ignore[no-untyped-def]
            picture = super().render(shot)
            if shot.base is not None:
                picture.pixels[0, 0] ^= 3
            return picture

    assert "the largest change is 0 of 255" in made(Blur(), "masks")["README.md"].decode()
    assert "the largest change is 3 of 255" in made(Leaky(), "masks")["README.md"].decode()


def test_the_embedded_engine_is_asked_for_nothing_that_it_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plate, "encode", lambda image: b"")  # what such a network paints is noise: seconds
    torch.manual_seed(0)
    small = PixelTransformerConfig(condition=Layout().length, width=128, depth=1, heads=2, mlp=256)
    export(PixelTransformer(small), tmp_path, {}, Layout())
    picture_reader.export(picture_reader.Network(), tmp_path)
    conditioner = Conditioner(
        SentenceEncoder(),
        load_reader(WEIGHTS / "reader.safetensors", TOPICS),
        PictureReader(tmp_path / "pictures.onnx", TOPICS),
        Dictionary({}),
    )
    network = OnnxNetwork(tmp_path / "embedded.onnx")
    engine = EmbeddedEngine(network, conditioner, Layout(), load_compositions())
    files = made(engine, "drawing", "references", "masks", "tweaks", "journeys")
    assert len(files) == 6
    assert "outside the mask the largest change is 0 of 255" in files["README.md"].decode()


def test_captions_wrap_and_rows_may_be_short() -> None:
    square = np.full((64, 64, 3), 200, np.uint8)
    long = "a caption of many words that no tile is wide enough for"
    lean = plate.draw([Row("", [("", square)] * 9)])
    tall = plate.draw([Row("", [(long, square), *[("", square)] * 8])])
    assert tall.width == lean.width
    assert tall.height > lean.height + 5 * 24
    ragged = np.asarray(plate.draw([Row("", [("", square)] * 2), Row("", [("", square)])]).convert("RGB"))
    corners = ragged[[100, 100, -100, -100], [100, -100, 100, -100], 0]
    assert list(corners == 200) == [True, True, True, False], "three of four tiles"


def test_a_plate_that_is_hard_to_compress_is_kept_small() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8))
    flat = Image.new("RGB", (300, 300), (90, 120, 90))
    assert len(plate.encode(flat)) < len(plate.encode(noise)) < 0.4 * 300 * 300
