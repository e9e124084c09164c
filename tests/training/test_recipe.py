"""The recipe at a size that two cores can run: it learns, resumes, and tells the network what the engine will."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lightbrush.engines.conditioning import Conditions, vector
from lightbrush.nn.pixel_transformer import PixelTransformerConfig
from lightbrush.training import conditions, embedded, finish
from lightbrush.training.evaluate import condition_row
from lightbrush.training.handmade import sketches
from lightbrush.training.pool import Pool
from lightbrush.training.sketch import make_sketches
from lightbrush.world.scene import ATTRIBUTES, HELD_OUT_SEEDS, MATERIALS

TINY = PixelTransformerConfig(condition=conditions.CONDITION_LENGTH, width=64, depth=2, heads=2, mlp=128)


@pytest.fixture(scope="module")
def pool() -> Pool:
    made = Pool(24, 64, seed=5, device=torch.device("cpu"), samples=1)
    made.renew(24)
    return made


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_training_run_resumes_where_its_last_leg_ended(tmp_path: Path) -> None:
    recipe = embedded.Recipe(
        out=tmp_path,
        minutes=1.0,
        leg_minutes=5.0,
        leg_steps=4,
        device="cpu",
        batch=6,
        size_px=64,
        pool=16,
        pool_large=8,
        renew=0,
        warmup_steps=5,
        probe_seconds=0.2,
        large_from=0.0,
        network=TINY,
    )
    embedded.run(recipe)
    first = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    embedded.run(recipe)
    second = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert (first["state"]["step"], second["state"]["step"]) == (4, 8)
    assert first["state"]["seconds"] < second["state"]["seconds"]
    assert (tmp_path / "probe.safetensors").exists()
    assert (tmp_path / "handmade.png").exists()
    # and the last leg goes on from there
    finish.run(finish.Recipe(out=tmp_path, minutes=0.05, device="cpu", batch=4, size_px=64, pool=8, warm_up=1))
    last = torch.load(tmp_path / "finished.pt", weights_only=True)
    assert last["average"].keys() == second["average"].keys()
    assert any(not torch.equal(last["average"][k], second["average"][k]) for k in last["average"])


def test_training_and_the_engine_lay_out_conditions_alike(generator: torch.Generator) -> None:
    names = [a.name for a in ATTRIBUTES]
    row = condition_row({"fog": 0.5, "sky_tint_x": -0.3}, strength=0.6)
    values, presence = np.zeros(len(names), np.float32), np.zeros(len(names), np.float32)
    values[names.index("fog")], values[names.index("sky_tint_x")] = 0.5, -0.3
    for name in ("fog", "sky_tint_x", "sky_tint_y"):
        presence[names.index(name)] = 1
    np.testing.assert_allclose(row, vector(Conditions(values, presence), 0.6, has_sketch=True))
    attributes = torch.rand(64, len(names)) * 2 - 1
    made = conditions.make_conditions(attributes, torch.full((64,), 0.6), torch.ones(64).bool(), generator)
    said = made[:, len(names) : -2]
    sure = said == 1
    assert sure.any()
    torch.testing.assert_close(made[:, : len(names)][sure], attributes[sure])
    assert (made[:, : len(names)][said == 0] == 0).all()
    biomes = [i for i, a in enumerate(ATTRIBUTES) if a.group == "biome"]
    assert (said[:, biomes] == said[:, biomes[:1]]).all(), "biomes are said or unsaid together"


def test_a_strict_sketch_keeps_contours_and_a_loose_one_does_not(pool: Pool, generator: torch.Generator) -> None:
    rgb, label, palette, _ = pool.batch(24, generator)
    sketch, strength = make_sketches(rgb, label, palette, generator)
    assert sketch.shape == (24, 4, 64, 64)
    assert sketch.abs().max() <= 1
    assert (sketch[:, :3] == 0).all(1)[sketch[:, 3] == 0].all(), "no colour where nothing is drawn"
    assert strength[:4].min() > strength[-4:].max()
    flat = palette.gather(1, label.flatten(1).long()[..., None].expand(-1, -1, 3)).transpose(1, 2)
    exact = flat.unflatten(2, (64, 64)) * 2 - 1
    off = ((sketch[:, :3] - exact).abs().mean(1) * sketch[:, 3]).sum((1, 2)) / (sketch[:, 3].sum((1, 2)) + 1)
    assert off[:8].mean() < off[-8:].mean()


def test_training_never_sees_a_held_out_seed() -> None:
    for step in (0, 1, 40_000):
        seed = 1_000_000 * embedded.Recipe(out=Path(), minutes=1, leg_minutes=1).seed + step
        assert seed not in HELD_OUT_SEEDS
        assert seed + 500_000 not in HELD_OUT_SEEDS


def test_handmade_sketches_use_the_materials_colours() -> None:
    colours = {m.rgb for m in MATERIALS}
    for name, drawing in sketches(64).items():
        flat, counts = np.unique(drawing.reshape(-1, 3), axis=0, return_counts=True)
        pure = sum(n for c, n in zip(flat, counts, strict=True) if tuple(int(v) for v in c) in colours)
        assert pure > 0.85 * drawing[..., 0].size, name
