"""The whole recipe as one command, at a size that two cores can run: stages, what travels, failures."""

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from lightbrush.benchmarks import embedded as bench
from lightbrush.benchmarks import steering
from lightbrush.engines.embedded import SHIPPED
from lightbrush.errors import SettingsError
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.training import all as recipe
from lightbrush.training import conditions, distil, evaluate, probe, weights
from lightbrush.training.embedded import save_weights
from lightbrush.training.export import load
from lightbrush.training.settings import changed
from lightbrush.world.attributes import NAMES
from lightbrush.world.scene import attributes_of, sample_scenes

TINY = PixelTransformerConfig(condition=conditions.CONDITION_LENGTH, width=128, depth=1, heads=2, mlp=256)
SMALL = ("batch=6", "size_px=64", "pool=8", "pool_large=4", "variants=4", "asked=0")
LET = tuple((stage, number) for stage in ("teacher", "finish") for number in SMALL)


class Done:
    """What ran here instead of in a process of its own."""

    def __init__(self, code: int = 0) -> None:
        self.code = code

    def wait(self, timeout: float | None = None) -> int:
        return self.code

    def terminate(self) -> None: ...


def here(command: Sequence[str], environment: Mapping[str, str]) -> Done:
    if command[:3] == ["lightbrush", "bench", "embedded"]:
        bench.main(command[3:])
    else:
        importlib.import_module(command[0]).main(command[1:])
    return Done()


Told = list[tuple[list[str], dict[str, str]]]


def telling(told: Told, code: int = 0) -> Callable[[Sequence[str], Mapping[str, str]], Done]:
    def launch(command: Sequence[str], environment: Mapping[str, str]) -> Done:
        told.append((list(command), dict(environment)))
        return Done(code)

    return launch


def plan(out: Path, *stages: str) -> recipe.Plan:
    return recipe.Plan(
        out=out,
        minutes=9.0,
        stages=stages,
        pack_mib=1.0,
        guide_minutes=1e-4,
        guide_worlds=8,
        guide_batch=8,
        guide_px=64,
        worlds=0,
        device="cpu",
        let=(
            *LET,
            ("teacher", "leg_steps=2"),
            *(("finish", number) for number in ("steps=2", "warm_up=0", "batch_large=2")),
        ),
    )


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    """What a run on another machine left: a small teacher, which had been trained for 40 steps."""
    whole = tmp_path / "elsewhere" / "embedded.safetensors"
    state = json.dumps({"step": 40, "seconds": 3.0, "new_at": 0})
    save_weights(PixelTransformer(TINY), whole, {"training": state})
    weights.split(whole, tmp_path / "carried", "teacher", 2**20)
    return tmp_path / "carried"


@pytest.mark.usefixtures("one_thread")
def test_a_chain_of_runs_teaches_and_finishes_and_each_goes_on_from_what_the_last_one_packed(
    carried: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "write_handmade", lambda *_, **__: None)
    monkeypatch.setattr(steering, "measure", lambda *_: {"label_word_accuracy": 0.5})
    monkeypatch.setattr(bench, "STEP_COUNTS", (1, 2, 30))
    first = replace(plan(tmp_path / "first", "guides", "teacher"), start=carried, pack=carried)
    assert recipe.run(first, here) == {"failed": []}
    assert weights.packed(carried) == {"guide", "probe", "teacher"}
    assert all(file.stat().st_size <= 2**20 * first.pack_mib for file in carried.glob("teacher-*"))
    teacher = first.out / "teacher" / "embedded.safetensors"
    assert weights.read_metadata(teacher)["training"]["step"] == 42
    assert load(teacher).config == replace(TINY, own=64)

    last = replace(plan(tmp_path / "last", "finish"), start=carried, pack=carried, worlds=2)
    told = recipe.run(last, here)
    assert told["failed"] == []
    assert load(carried).config == replace(TINY, own=64), "export reads a student in pieces"
    assert told["student"]["label_word_accuracy"] == 0.5
    assert "label_word_accuracy" not in told["teacher"]
    ratio = told["student"]["frechet"]["2"] / told["teacher"]["frechet"]["30"]
    assert told["frechet_ratio_2"] == pytest.approx(ratio, abs=1e-3)
    assert json.loads((carried / "figures.json").read_text())["teacher"] == told["teacher"]


def test_on_two_gpus_guide_and_probe_have_one_each_and_the_network_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    told: Told = []
    asked = replace(plan(tmp_path, *recipe.STAGES), device="cuda", teacher_minutes=13.0)
    assert recipe.run(asked, telling(told))["failed"] == []
    (guide, on), (other, beside), (teacher, _), (finish, _) = told
    assert {on["CUDA_VISIBLE_DEVICES"], beside["CUDA_VISIBLE_DEVICES"]} == {"2", "5"}
    assert guide[0] == other[0] == "lightbrush.training.probe"
    for command, module in ((teacher, "embedded"), (finish, "distil")):
        assert command[:5] == ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
        assert command[5] == f"lightbrush.training.{module}"
    assert teacher[teacher.index("--weights") + 1] == str(SHIPPED / "embedded.safetensors")
    assert teacher[teacher.index("--minutes") + 1] == "13.0"
    assert float(teacher[teacher.index("--leg-minutes") + 1]) < 6
    assert "batch=6" in finish


def test_what_fails_is_named_and_what_it_had_saved_is_packed(carried: Path, tmp_path: Path) -> None:
    told: Told = []
    asked = replace(plan(tmp_path / "out", "teacher"), start=carried, pack=tmp_path / "packed")
    assert recipe.run(asked, telling(told, code=1))["failed"] == ["teacher"]
    assert weights.packed(tmp_path / "packed") == {"teacher"}
    with pytest.raises(SystemExit):
        recipe.main(["--out", str(tmp_path / "o"), "--minutes", "0.9", "--stage", "guides", "--device", "none"])


@pytest.mark.parametrize(
    ("stages", "minutes", "fix"),
    [(("finish",), 9.0, "--stage guides"), (("finish", "guides"), 9.0, "--stage teacher"), (("guides",), 0.2, "")],
)
def test_what_cannot_be_done_is_refused_before_anything_is(
    stages: tuple[str, ...], minutes: float, fix: str, tmp_path: Path
) -> None:
    told: Told = []
    with pytest.raises(SettingsError) as refused:
        recipe.run(replace(plan(tmp_path / "out", *stages), minutes=minutes), telling(told))
    assert refused.value.code == "settings.value"
    assert (refused.value.problem.fix or "") == fix
    assert not told


def test_stages_share_a_run_and_leave_time_to_measure(tmp_path: Path) -> None:
    asked = replace(plan(tmp_path, *recipe.STAGES), minutes=30.0, guide_minutes=3.0, worlds=192, figures_minutes=2.0)
    around = recipe.AROUND_S / 60
    assert recipe.budget(asked, "guides", 0.0) == 3.0
    assert recipe.budget(asked, "teacher", 4.0) == pytest.approx(0.6 * (24 - around))
    assert recipe.budget(asked, "finish", 18.0) == pytest.approx(10 - around)
    alone = replace(asked, stages=("guides",), minutes=2.0)
    assert recipe.budget(alone, "guides", 0.0) == pytest.approx(2 - around)


def test_pieces_are_bounded_and_come_together_again(tmp_path: Path) -> None:
    tensors = {f"w{i}": np.full((100, 100), i, np.float32) for i in range(5)}
    save_file(tensors, str(tmp_path / "whole.safetensors"), {"config": '{"a": 1}'})
    for most in (10**6, 10**5):
        pieces = weights.split(tmp_path / "whole.safetensors", tmp_path / "pieces", "student", most)
        assert max(piece.stat().st_size for piece in pieces) <= most
        assert sorted((tmp_path / "pieces").iterdir()) == pieces, "an earlier split's pieces are gone"
    assert len(pieces) == 3
    weights.join(tmp_path / "pieces", "student", tmp_path / "again.safetensors")
    again = load_file(tmp_path / "again.safetensors")
    assert all(np.array_equal(again[name], tensors[name]) for name in tensors)
    assert weights.read_metadata(tmp_path / "again.safetensors") == {"config": {"a": 1}}
    pieces[1].unlink()
    with pytest.raises(SettingsError) as refused:
        weights.join(tmp_path / "pieces", "student", tmp_path / "again.safetensors")
    assert refused.value.code == "weights.missing"
    with pytest.raises(SettingsError):
        weights.split(tmp_path / "whole.safetensors", tmp_path / "pieces", "student", 20_000)


def test_sixteen_bits_keep_more_than_eight(tmp_path: Path) -> None:
    network = PixelTransformer(TINY)
    off = []
    for half in (False, True):
        save_weights(network, tmp_path / "w.safetensors", {}, half=half)
        again = load(tmp_path / "w.safetensors").state_dict()
        off.append(max(float((again[name] - value).abs().max()) for name, value in network.state_dict().items()))
    assert off[1] < 0.2 * off[0]


def test_a_recipes_numbers_are_changed_by_name(tmp_path: Path) -> None:
    recipe_of_finishing = distil.Recipe(tmp_path, 1.0)
    made = changed(recipe_of_finishing, ["drawn=0.5", "batch=8", "half=true"])
    assert (made.drawn, made.batch, made.half, made.minutes) == (0.5, 8, True, 1.0)
    for wrong, code in (("colour=1", "settings.unknown"), ("out=x", "settings.unknown"), ("batch=x", "settings.value")):
        with pytest.raises(SettingsError) as refused:
            changed(recipe_of_finishing, [wrong])
        assert refused.value.code == code


def test_a_probe_can_be_trained_further_and_needs_no_captions(tmp_path: Path) -> None:
    for name in ("first", "other"):
        probe.save(probe.Probe(), tmp_path / f"{name}.safetensors")
    common = ["--worlds", "4", "--batch", "4", "--size", "32", "--device", "cpu", "--minutes", "0"]
    probe.main(["--weights", str(tmp_path / "first.safetensors"), "--out", str(tmp_path / "next.safetensors"), *common])
    first, following, other = (
        probe.load(tmp_path / f"{name}.safetensors").labels.weight for name in ("first", "next", "other")
    )
    assert (following - first).norm() < 0.5 * (following - other).norm()


def test_of_the_probes_worlds_some_have_one_thing_as_it_was_asked_for() -> None:
    rows = attributes_of(probe.scenes(8, 512))
    assert len(rows) == 512
    assert np.array_equal(rows[:320], attributes_of(sample_scenes(8, 320)))
    asked = rows[320:].reshape(6, 32, -1)
    alike = (asked == asked[:, :1]).all(1) & (np.abs(asked[:, 0]) >= 0.2)
    assert alike[:, [name != "photo" for name in NAMES]].any(1).all()
    assert np.array_equal(rows, attributes_of(probe.scenes(8, 512)))
