"""A reference picture is read where prompts are, by the same numbers in PyTorch and in ONNX Runtime."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lightbrush.engines.conditioning import TOPICS
from lightbrush.errors import SettingsError
from lightbrush.nn.picture_reader import SIDE_PX, PictureReader, confidence
from lightbrush.nn.reader import Topics
from lightbrush.training import picture_reader as recipe
from lightbrush.training.pool import Pool


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool(16, SIDE_PX, seed=9, device=torch.device("cpu"), samples=1)


def test_it_learns_from_worlds_and_their_captions(pool: Pool) -> None:
    generator = torch.Generator().manual_seed(0)
    batch = pool.batch(16, generator)
    torch.manual_seed(3)
    first = recipe.loss(recipe.Network(), batch.rgb, batch.attributes, batch.meaning).item()
    learned = recipe.train(pool, steps=12, batch=8, seed=3, report=print)
    assert recipe.loss(learned, batch.rgb, batch.attributes, batch.meaning).item() < first - 0.1


def test_it_goes_on_from_one_that_was_made_and_keeps_what_pictures_mean(pool: Pool, tmp_path: Path) -> None:
    recipe.export(recipe.train(pool, steps=12, batch=8, seed=3, report=print), tmp_path)
    first = recipe.load(tmp_path).eval()
    batch = pool.batch(16, torch.Generator().manual_seed(0))
    with torch.no_grad():
        meant = first(batch.rgb)[2]
    further = recipe.train(pool, steps=12, batch=8, seed=4, report=print, start=recipe.load(tmp_path))
    assert recipe.loss(further, batch.rgb, batch.attributes, meant) < recipe.loss(
        first, batch.rgb, batch.attributes, meant
    )


def test_the_graph_computes_what_was_trained(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = recipe.Network().eval()
    recipe.export(network, tmp_path)
    rgb = np.random.default_rng(0).integers(0, 256, (40, 70, 3), np.uint8)
    small = np.asarray(Image.fromarray(rgb).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX))
    with torch.no_grad():
        values, doubt, meaning = network(torch.tensor(small).permute(2, 0, 1)[None].float() / 127.5 - 1)
    reading, vector = PictureReader(tmp_path / "pictures.onnx", TOPICS).read(rgb)
    np.testing.assert_allclose(reading.values, values[0], atol=0.02)
    np.testing.assert_allclose(reading.confidence, confidence(values[0].numpy(), doubt[0].numpy(), TOPICS), atol=0.05)
    np.testing.assert_allclose(vector, torch.nn.functional.normalize(meaning[0], dim=0), atol=0.02)


def test_doubt_is_no_confidence() -> None:
    topics = Topics(("a", "b", "fog", "hue_x", "hue_y"), ((0, 2),), (3,))
    values = np.array([1.0, 0.0, 0.3, 0.1, 0.2], np.float32)
    np.testing.assert_allclose(
        confidence(values, np.array([9, 9, 0.0, 0.5, 0.0], np.float32), topics), [1, 1, 1, 0.5, 0.5], atol=1e-3
    )
    open_question = np.array([0.5, 0.5, 0, 0, 0], np.float32)
    np.testing.assert_allclose(confidence(open_question, np.full(5, 2, np.float32), topics), 0, atol=1e-6)


def test_weights_for_other_attributes_or_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as missing:
        PictureReader(tmp_path / "pictures.onnx", TOPICS)
    assert missing.value.code == "weights.missing"
    recipe.export(recipe.Network(), tmp_path)
    with pytest.raises(SettingsError) as other:
        PictureReader(tmp_path / "pictures.onnx", Topics(("a", "b"), ((0, 2),), ()))
    assert other.value.code == "weights.damaged"
