"""The recipe at a size that two cores can run: it learns, resumes, and tells the network what the engine will."""

from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lightbrush.engines.conditioning import MEANING, PALETTE, Conditions, palette_of, vector
from lightbrush.engines.embedded import USUAL_PRESENCE
from lightbrush.nn import checkpoint as checkpoints
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.training import conditions, distil, embedded, evaluate, probe
from lightbrush.training.export import export, load
from lightbrush.training.handmade import sketches
from lightbrush.training.mask import join_kept, make_kept
from lightbrush.training.pool import Pool, Variants, captions_of
from lightbrush.training.sketch import make_sketches
from lightbrush.training.task import make_task
from lightbrush.training.texts import Example
from lightbrush.world import scene
from lightbrush.world.scene import ATTRIBUTES, HELD_OUT_SEEDS, MATERIALS

THINGS = [[Example("a castle", {"castle": 0.8}), Example("a fort", {"castle": 0.8})], [Example("fog", {"fog": 0.8})]]
TINY = PixelTransformerConfig(condition=conditions.CONDITION_LENGTH, width=128, depth=2, heads=2, mlp=256, own=4)


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool(24, 64, seed=5, device=torch.device("cpu"), samples=1)


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture
def a_small_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of pictures that a leg leaves behind: one sketch in one mood. All in all moods take longer than the legs."""
    monkeypatch.setattr(evaluate, "MOODS", {"dusk": evaluate.MOODS["dusk"]})
    monkeypatch.setattr(evaluate, "sketches", lambda side: {"lake": sketches(side)["lake"]})
    for recipe in (embedded, distil):
        monkeypatch.setattr(recipe, "all_things", lambda: THINGS)


def tiny(out: Path, leg_steps: int) -> embedded.Recipe:
    return embedded.Recipe(
        out=out,
        minutes=1.0,
        leg_minutes=5.0,
        leg_steps=leg_steps,
        device="cpu",
        batch=6,
        size_px=32,
        pool=16,
        pool_large=8,
        variants=8,
        words=1,
        references=2,
        warmup_steps=5,
        network=TINY,
    )


def tiny_finish(out: Path, minutes: float) -> distil.Recipe:
    return distil.Recipe(
        out=out,
        minutes=minutes,
        device="cpu",
        batch=8,
        batch_large=4,
        size_px=64,
        pool=8,
        pool_large=4,
        variants=4,
        words=1,
        references=2,
        words_large=1,
        references_large=2,
        edited=0.25,
    )


@pytest.mark.usefixtures("a_small_grid", "forked")
def test_a_training_run_resumes_where_its_last_leg_ended(tmp_path: Path) -> None:
    recipe = replace(tiny(tmp_path, leg_steps=4), large_from=0.0)
    embedded.run(recipe)
    first = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    embedded.run(recipe)
    second = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert (first["state"]["step"], second["state"]["step"]) == (4, 8)
    assert first["state"]["seconds"] < second["state"]["seconds"]
    assert (tmp_path / "handmade.png").exists()
    # and the last leg goes on from there
    probe.save(probe.Probe(), tmp_path / "guide.safetensors")
    distil.run(replace(tiny_finish(tmp_path, minutes=0.05), warm_up=0, large_every=2))
    taught, finished = (load(tmp_path / name).state_dict() for name in ("teacher", "student"))
    assert taught.keys() == finished.keys()
    assert any(not torch.equal(taught[k], finished[k]) for k in taught)


@pytest.mark.usefixtures("a_small_grid", "forked")
def test_a_run_can_begin_with_the_weights_of_another(tmp_path: Path) -> None:
    recipe = tiny(tmp_path / "first", leg_steps=1)
    began = load(embedded.run(recipe))
    export(began, tmp_path / "shipped", {}, conditions.LAYOUT)
    start = tmp_path / "shipped" / "embedded.safetensors"
    onward = replace(recipe, out=tmp_path / "second", start=start, learning_rate=0.0)
    ended = load(embedded.run(onward))
    off = [(a - b).norm() / (b.norm() + 1e-6) for a, b in zip(ended.parameters(), began.parameters(), strict=True)]
    assert max(off) < 0.02, "what ships is in eight bits"


@pytest.mark.usefixtures("a_small_grid", "forked")
def test_finishing_goes_on_from_what_an_earlier_run_made_and_keeps_its_teacher(tmp_path: Path) -> None:
    teacher, student = PixelTransformer(TINY), PixelTransformer(replace(TINY, own=0))
    for name, network in (("teacher", teacher), ("student", student)):
        export(network, tmp_path / name, {}, conditions.LAYOUT)
    probe.save(probe.Probe(), tmp_path / "guide.safetensors")
    recipe = replace(
        tiny_finish(tmp_path, minutes=1e-9),
        start=tmp_path / "teacher" / "embedded.safetensors",
        student=tmp_path / "student" / "embedded.safetensors",
    )
    wanted = checkpoints.load(tmp_path / "student" / "embedded.safetensors").state_dict()  # before it is replaced
    made = load(distil.run(recipe)).state_dict()
    for name, tensor in wanted.items():
        torch.testing.assert_close(made[name], tensor)
    assert {name for name in made if name not in wanted} == {
        f"blocks.{i}.own_{way}.weight" for i in range(2) for way in ("in", "out")
    }
    assert not made["blocks.0.own_out.weight"].any(), (
        "blocks have room for what the teacher's are told, and are told nothing yet"
    )


def test_labels_overlap_as_much_as_they_cover_what_they_should() -> None:
    label = torch.zeros(2, 8, 8, dtype=torch.long)
    label[:, :, 4:] = 1
    exact = 50 * torch.nn.functional.one_hot(label, 5).permute(0, 3, 1, 2).float()
    assert probe.overlap_missed(exact, label) == pytest.approx(0, abs=1e-5)
    one_wrong = torch.cat([exact[:1], exact[1:].roll(2, 1)])  # what is neither, everywhere in one of two
    assert probe.overlap_missed(one_wrong, label) == pytest.approx(0.5, abs=1e-5)
    moved = exact.roll(2, 3)  # half of each is where the other should be
    assert probe.overlap_missed(moved, label) == pytest.approx(1 - 2 / 6, abs=1e-5)


def test_training_and_the_engine_lay_out_conditions_alike(generator: torch.Generator) -> None:
    names = [a.name for a in ATTRIBUTES]
    n = len(names)
    attributes = torch.rand(400, n) * 2 - 1
    meaning = torch.nn.functional.normalize(torch.randn(400, MEANING), dim=1)
    palette = torch.rand(400, PALETTE) * 2 - 1
    strength, drawn = torch.full((400,), 0.6), torch.ones(400).bool()
    by_caption = torch.zeros(400, n)
    by_caption[:, names.index("bridge")] = 1.0
    made = conditions.make_conditions(attributes, by_caption, meaning, palette, strength, drawn, generator)
    presence, heard, seen = made[:, n : 2 * n], made[:, 2 * n + MEANING], made[:, 2 * n + MEANING + PALETTE + 1]
    whole = int(((presence.mean(1) > 0.5) & (heard == 1) & (seen == 1)).nonzero()[0])
    values = made[whole, :n] / presence[whole].clamp(min=1e-6)
    told = Conditions(values.numpy(), presence[whole].numpy(), meaning[whole].numpy(), 1.0, palette[whole].numpy(), 1.0)
    np.testing.assert_allclose(made[whole], vector(told, 0.6, True, conditions.LAYOUT), atol=0.1)  # a meaning is noised
    sure = presence == 1
    torch.testing.assert_close(made[:, :n][sure], attributes[sure])
    assert (made[:, :n][presence == 0] == 0).all()
    for group in ("biome", "style"):
        own = [i for i, a in enumerate(ATTRIBUTES) if a.group == group]
        assert (presence[:, own] == presence[:, own[:1]]).all(), "shares are said or unsaid together"
    only_meaning = presence.amax(1) == 0
    assert (heard[only_meaning] == 1).float().mean() > 0.5
    as_read = (presence == by_caption).all(1)
    assert 0.25 < as_read.float().mean() < 0.45
    assert (heard[as_read] == 1).all(), "what a caption tells comes with its meaning"


def test_a_prompt_tells_what_its_caption_mentions_and_what_is_usual_where_it_is() -> None:
    names = [a.name for a in ATTRIBUTES]
    told, _ = captions_of(7, 48, scene.sample_scenes)
    rows = scene.attributes_of(scene.sample_scenes(7, 48))
    photo, oil, fog = (names.index(name) for name in ("photo", "oil", "fog"))
    assert (told[:, photo] == told[:, oil]).all(), "a style is told with its whole group"
    usual = rows[:, photo] > 0.5
    assert (told[usual, photo] >= np.float16(USUAL_PRESENCE)).all()
    assert set(np.unique(told[~usual, photo])) <= {0.0, 1.0}
    assert (told[rows[:, fog] > 0.0, fog] != np.float16(USUAL_PRESENCE)).all()
    assert (told == 1).any(1).all(), "each caption says something"


def test_a_palette_is_the_same_to_the_engine_and_in_training() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (96, 64, 3), np.uint8)
    batch = torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 127.5 - 1
    np.testing.assert_allclose(conditions.palette_of(batch)[0], palette_of(rgb), atol=1e-5)


def test_what_is_kept_has_its_colours_and_the_rest_none(generator: torch.Generator) -> None:
    rgb = torch.rand(64, 3, 32, 32) * 2 - 1
    coverage = make_kept(64, 32, 0.5, generator)
    assert set(coverage.unique().tolist()) == {0.0, 1.0}
    hint = join_kept(rgb, coverage)
    torch.testing.assert_close(hint[:, :3], rgb * coverage)
    torch.testing.assert_close(hint[:, 3:], coverage)
    share = (coverage.amax((1, 2, 3)) > 0).float().mean()
    assert 0.2 < share < 0.7
    area = coverage[coverage.amax((1, 2, 3)) > 0].mean()
    assert 0.2 < area < 0.95


def test_a_strict_sketch_keeps_contours_and_a_loose_one_does_not(pool: Pool, generator: torch.Generator) -> None:
    rgb, label, palette, *_ = pool.batch(24, generator)
    sketch, strength = make_sketches(rgb, label, palette, generator)
    assert sketch.shape == (24, 4, 64, 64)
    assert sketch.abs().max() <= 1
    assert (sketch[:, :3] == 0).all(1)[sketch[:, 3] == 0].all(), "no colour where nothing is drawn"
    assert strength[:4].min() > strength[-4:].max()
    flat = palette.gather(1, label.flatten(1).long()[..., None].expand(-1, -1, 3)).transpose(1, 2)
    exact = flat.unflatten(2, (64, 64)) * 2 - 1
    off = ((sketch[:, :3] - exact).abs().mean(1) * sketch[:, 3]).sum((1, 2)) / (sketch[:, 3].sum((1, 2)) + 1)
    assert off[:8].mean() < off[-8:].mean()


def test_a_variant_is_the_same_place_in_the_same_light_on_another_surface(generator: torch.Generator) -> None:
    variants = Variants(24, 64, 5, torch.device("cpu"), None)
    before, after = variants.batch(24, generator)
    sky = [i for i, m in enumerate(MATERIALS) if m.name in ("sky", "sun", "moon")]
    above = torch.isin(before.label, torch.tensor(sky, dtype=torch.uint8))
    same = torch.isin(after.label, torch.tensor(sky, dtype=torch.uint8)) == above
    assert same.float().mean() > 0.97, "the skyline stays"
    light = [i for i, a in enumerate(ATTRIBUTES) if a.name in ("sun_height", "warmth", "clouds")]
    assert ((before.attributes - after.attributes)[:, light].abs().amax(1) < 1e-6).float().mean() > 0.8
    land = ~above[:, None].expand_as(before.rgb)
    assert (before.rgb - after.rgb)[land].abs().mean() > 0.08, "the land does not"


def test_where_a_part_is_kept_the_picture_is_what_was_there(pool: Pool, generator: torch.Generator) -> None:
    variants = Variants(24, 64, 5, torch.device("cpu"), None)
    rgb, label, hints, condition = make_task(pool, variants, 60, 64, generator)
    assert label.shape == (60, 64, 64)
    assert condition.shape == (60, conditions.CONDITION_LENGTH)
    kept = hints[:, 7:]
    torch.testing.assert_close(hints[:, 4:7], rgb * kept)
    assert 0.1 < (kept.amax((1, 2, 3)) > 0).float().mean() < 0.5
    was = variants.before.rgb.permute(0, 3, 1, 2).float() / 127.5 - 1
    was = torch.cat([was, was.flip(3)])
    found = 0
    for i in range(60):
        inside = kept[i] > 0
        if inside.any() and ((was - rgb[i]).abs() * inside).amax((1, 2, 3)).min() == 0:
            found += bool((was - rgb[i]).abs().amax((1, 2, 3)).min() > 0)
    assert found > 0, "around some of the kept parts the surface is another than was there"


def test_training_never_sees_a_held_out_seed() -> None:
    for rank in range(8):
        for step in (0, 1, 40_000):
            seed = embedded.world_seed(1, step, rank)
            assert not {seed, seed + 400_000, seed + 450_000} & set(HELD_OUT_SEEDS)


def test_what_was_asked_for_and_is_not_seen_pulls_on_each_picture_by_its_share() -> None:
    made = torch.rand(2, 3, 8, 8, requires_grad=True)
    painted = made * 1.0
    loss, reading = painted.square().sum(), 1000 * painted[:, 0].sum()
    distil.pulled(painted, loss, [(reading, torch.tensor([0.5, 0.25]))]).backward()
    assert made.grad is not None
    by_loss = 2 * made.detach()
    by_reading = made.grad - by_loss
    torch.testing.assert_close(by_reading[0].norm() / 0.5, by_reading[1].norm() / 0.25)
    torch.testing.assert_close((by_reading / torch.tensor([0.5, 0.25])[:, None, None, None]).norm(), by_loss.norm())
    assert (by_reading[:, 1:].abs() < 1e-5).all()


def test_the_probe_learns_labels_and_attributes_and_comes_back_from_its_file(pool: Pool, tmp_path: Path) -> None:
    said: list[str] = []
    learned = probe.train(pool, batch=8, seed=1, report=said.append, steps=30)
    batch = pool.batch(24, torch.Generator().manual_seed(1))
    wanted = batch.label[:, 2::4, 2::4]
    with torch.no_grad():
        right = (learned(batch.rgb)[0].argmax(1) == wanted).float().mean()
        probe.save(learned, tmp_path / "probe.safetensors")
        again = probe.load(tmp_path / "probe.safetensors")(batch.rgb)[0]
    commonest = torch.bincount(wanted.flatten()).amax() / wanted.numel()
    assert right > commonest
    assert (again.argmax(1) == wanted).float().mean() > right - 0.05
    assert said


def test_a_thing_that_few_worlds_have_weighs_as_much_as_its_absence(pool: Pool) -> None:
    bridge = [a.name for a in ATTRIBUTES].index("bridge")
    rows = torch.full((40, len(ATTRIBUTES)), -0.6)
    rows[:2, bridge] = 0.6
    weight = probe.Sides.of(rows).weigh(rows)
    assert weight[:2, bridge].sum() == pytest.approx(20)
    assert weight[2:, bridge].sum() == pytest.approx(20)
    sky = [a.name for a in ATTRIBUTES].index("sky_tint_x")
    rows[:, sky] = torch.tensor([-0.5] * 6 + [0.0] * 30 + [0.5] * 4)
    weight = probe.Sides.of(rows).weigh(rows)
    assert weight[:6, sky].sum() == pytest.approx(5)
    assert weight[36:, sky].sum() == pytest.approx(5)
    assert (weight[6:36, sky] == 1).all(), "what is neither is as it comes"
    half_said = torch.full_like(rows, 0.5)
    torch.testing.assert_close(probe.Sides.of(rows).weigh(rows * half_said, half_said), weight)

    # A probe that cannot tell them apart takes neither for sure; unbalanced, it would deny the bridge.
    alike = copy(pool)
    alike.rgb, alike.label = torch.full_like(pool.rgb[:, :32, :32], 90), pool.label[:, :32, :32].contiguous()
    alike.attributes = torch.full_like(pool.attributes, -0.6)
    alike.attributes[:2, bridge] = 0.6
    learned = probe.train(alike, batch=24, seed=1, report=lambda _: None, steps=40)
    read = learned(alike.at(torch.arange(2)).rgb)[1][:, bridge]
    assert read.mean() > -0.4, read


def test_a_reader_of_what_was_asked_for_pulls_at_a_rare_thing_as_at_its_absence() -> None:
    names = [a.name for a in ATTRIBUTES]
    rows = torch.full((40, len(names)), -0.6)
    rows[:2, names.index("bridge")] = 0.6
    wanted = distil.Wanted(torch.ones(len(MATERIALS)), probe.Sides.of(rows))
    label = torch.zeros(1, 32, 32, dtype=torch.uint8)

    def lost(bridge: float) -> float:
        condition = torch.from_numpy(evaluate.condition_row({"bridge": bridge}, 0.0, False))[None]
        logits, values = torch.zeros(1, len(MATERIALS), 8, 8), torch.zeros(1, len(names))
        return float(distil.reading_loss(logits, values, label, condition, wanted))

    assert lost(0.6) == pytest.approx(19 * lost(-0.6), rel=1e-4)


def test_biomes_and_styles_are_read_as_shares_of_one_whatever_else_is() -> None:
    names = [a.name for a in ATTRIBUTES]
    whole = probe.Probe().eval()
    without_styles = [a.name for a in ATTRIBUTES if a.group != "style"]
    state = whole.state_dict()
    for known in (names, names[16:], without_styles, ["fog"]):
        reader = probe.Probe(attributes=known).eval()
        reader.load_state_dict({k: v[: len(known)] if k.startswith("attributes.2") else v for k, v in state.items()})
        _, values, _ = reader(torch.randn(2, 3, 64, 64))
        assert values.shape == (2, len(known))
        for group in ("biome", "style"):
            own = [known.index(a.name) for a in ATTRIBUTES if a.group == group and a.name in known]
            if own:
                torch.testing.assert_close(values[:, own].sum(1), torch.ones(2))
                assert (values[:, own] > 0).all()


def test_a_share_is_missed_the_more_the_less_of_it_is_read() -> None:
    names = [a.name for a in ATTRIBUTES]
    rows = torch.from_numpy(scene.attributes_of(scene.sample_scenes(3, 400)))
    sides = probe.Sides.of(rows)
    wanted = torch.zeros(3, len(names))
    wanted[:, names.index("ink")] = 1.0
    read = wanted.clone()
    for row, (ink, pencil) in enumerate(((0.97, 0.03), (0.5, 0.5), (0.1, 0.9))):
        read[row, names.index("ink")], read[row, names.index("pencil")] = ink, pencil
    missed = probe.attributes_missed(read, wanted, sides).sum(1)
    assert (missed.diff() > 0).all()
    unsaid = torch.ones_like(wanted)
    unsaid[:, 16:25] = 0.0  # of styles nothing was said
    assert not probe.attributes_missed(read, wanted * unsaid, sides, unsaid)[:, 16:25].any()


def test_handmade_sketches_use_the_materials_colours() -> None:
    colours = {m.rgb for m in MATERIALS}
    for name, drawing in sketches(64).items():
        flat, counts = np.unique(drawing.reshape(-1, 3), axis=0, return_counts=True)
        pure = sum(n for c, n in zip(flat, counts, strict=True) if tuple(int(v) for v in c) in colours)
        assert pure > 0.85 * drawing[..., 0].size, name
