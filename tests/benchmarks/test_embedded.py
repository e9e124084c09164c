"""What `lightbrush bench embedded` makes of what it sees."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from lightbrush.benchmarks import embedded as bench
from lightbrush.engines.conditioning import Layout
from lightbrush.engines.embedded import SHIPPED, read_layout
from lightbrush.nn import checkpoint, flow
from lightbrush.nn.exact_network import ExactNetwork
from lightbrush.nn.onnx_network import OnnxNetwork
from lightbrush.nn.painting import Asked
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.training.export import export
from lightbrush.world import scene
from lightbrush.world.attributes import NAMES


def test_agreement_counts_materials_not_pixels() -> None:
    wanted = np.zeros((1, 10, 10), np.int64)
    wanted[:, :2] = 1
    assert bench.mean_iou(wanted, wanted) == 1
    seen = wanted.copy()
    seen[:, 1] = 0  # half of the rare one is missed
    assert bench.mean_iou(seen, wanted) == pytest.approx((80 / 90 + 10 / 20) / 2)


def test_an_attribute_is_found_again_on_the_side_that_was_asked_for() -> None:
    names = ("alpine", "desert", "fog", "sky_tint_x", "sky_tint_y")
    wanted = np.array([[1, 0, 0.8, 0.9, 0], [0, 1, 0.1, 0, 0]], np.float32)
    assert bench.attribute_accuracy(wanted, wanted, names) == 1
    seen = np.array([[1, 0, -0.2, 0.1, 0], [0.6, 0.4, 0.0, 0, 0]], np.float32)
    assert bench.attribute_accuracy(seen, wanted, names) == pytest.approx(2 / 4)  # a biome and the tint are right


def test_photographs_are_told_from_the_other_styles() -> None:
    def worlds_of(*names: str) -> bench.Worlds:
        params = scene.sample_scenes(scene.HELD_OUT_SEEDS[0], 16)
        blank = np.zeros((16, 1, 1, 4), np.uint8)
        asked = scene.attributes_of(params)[:, [NAMES.index(name) for name in names]]
        return bench.Worlds(blank[..., :3], blank[..., 0], blank, asked, names)

    worlds = worlds_of(*NAMES)
    photo = worlds.attributes[:, NAMES.index("photo")]
    assert (worlds.photographs == (photo >= 0.75)).all()
    assert 0 < worlds.photographs.sum() < 16
    older = worlds_of("fog")
    assert older.photographs.all(), "a network that knows no styles is asked for photographs"


def test_exact_arithmetic_and_what_ships_are_the_same_network() -> None:
    asked = Asked(
        sketch=np.full((64, 64, 4), 200, np.uint8),
        condition=np.zeros(read_layout().length, np.float32),
        times=flow.schedule(2),
    )
    exact = ExactNetwork(checkpoint.load(SHIPPED / "embedded.safetensors")).paint(asked, ((7, 1.0),))
    quantised = OnnxNetwork(SHIPPED / "embedded.onnx").paint(asked, ((7, 1.0),))
    assert np.abs(exact.astype(int) - quantised).mean() < 3


def test_the_ratio_to_the_teacher_is_given_for_as_many_worlds_only(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = PixelTransformer(PixelTransformerConfig(condition=Layout().length, width=128, depth=1, heads=2, mlp=256))
    export(network, tmp_path, {"teacher": json.dumps({"frechet": 2.0, "worlds": 192})}, Layout())
    frechet = {"1": 3.0, "2": 2.2}
    assert bench.frechet_ratios(frechet, 192, tmp_path) == {"frechet_ratio_1": 1.5, "frechet_ratio_2": 1.1}
    assert bench.frechet_ratios(frechet, 64, tmp_path) == {}
