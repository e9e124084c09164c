"""The whole recipe of the embedded model on one machine: a command, in runs of a given length.

    lightbrush train embedded --out runs/embedded --minutes 30

It trains, in stages:

    guides     the guide, which finishing asks, and the probe, which measures; side by side where there are two GPUs
    teacher    the network by flow matching (`training.embedded`), on all GPUs together
    finish     the same for one and two steps (`training.distil`), on all GPUs together

A run may do some of them, and go on on another machine: `--pack FOLDER` leaves what it made in files of a bounded size,
and `--from FOLDER` begins with them. A teacher that another run did not leave begins with the weights that ship. Stages
are processes: one that fails, or does not end in its time, leaves what it had saved to be packed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import torch

from lightbrush.engines.embedded import SHIPPED
from lightbrush.errors import SettingsError
from lightbrush.training.export import write_graphs
from lightbrush.training.weights import join, packed, split

STAGES: Final = ("guides", "teacher", "finish")
#: What a stage takes beside its own clock: to start its processes, and to save and show what it made.
AROUND_S: Final = 25.0
#: After so much more than that it is ended.
_PATIENCE_S: Final = 20.0
#: Of what is left for teacher and finish together, the teacher's.
_TEACHER_SHARE: Final = 0.6
#: Seeds of the worlds that guide and probe learn from: unlike each other, and unlike the network's.
_SEEDS: Final = {"guide": 6, "probe": 5}
_FIGURES: Final = "figures.json"


@dataclass(frozen=True)
class Plan:
    """minutes: of the whole run. guide_minutes, figures_minutes: of these, at most, what guide and probe have each, and
    what is kept to measure. teacher_minutes: of the teacher's training in all runs, which its learning rate follows;
    None: of this one. start, pack: folders to begin with and to leave files in, none larger than pack_mib. half: leave
    networks in 16 bits, not 8. let: numbers of a stage's recipe, ("teacher", "batch=128") and so on.
    worlds: held-out ones to measure on; 0: none, nothing is measured."""

    out: Path
    minutes: float
    stages: tuple[str, ...] = STAGES
    start: Path | None = None
    pack: Path | None = None
    pack_mib: float = 15.0
    guide_minutes: float = 3.3
    guide_worlds: int = 40_960
    guide_batch: int = 256
    guide_px: int = 256
    teacher_minutes: float | None = None
    figures_minutes: float = 1.5
    worlds: int = 192
    half: bool = False
    device: str = "cuda"
    let: tuple[tuple[str, str], ...] = field(default_factory=tuple)


class Running(Protocol):
    """A process that was started: see subprocess.Popen."""

    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...


Launch = Callable[[Sequence[str], Mapping[str, str]], Running]
"""(a module and its arguments, what to change in the environment) -> its process."""


def run(plan: Plan, launch: Launch | None = None) -> dict[str, Any]:
    """-> "failed": stages that did not end well; "teacher", "student": figures of what this run made; the ratios."""
    began = time.monotonic()
    launch = launch or launched
    check(plan)
    plan.out.mkdir(parents=True, exist_ok=True)

    # 1. what another run left
    if plan.start is not None:
        unpack(plan.start, plan.out)

    # 2. the stages, each in its part of the time
    failed = []
    for stage in (stage for stage in STAGES if stage in plan.stages):
        minutes = budget(plan, stage, (time.monotonic() - began) / 60)
        print(f"{stage}: {minutes:.1f} minutes", flush=True)
        ended_well = minutes > 0 and _STAGES[stage](plan, minutes, launch)
        if not ended_well:
            failed.append(stage)
            print(f"{stage}: did not end well", flush=True)
        if plan.pack is not None:
            pack(plan, stage)

    # 3. figures
    figures = measure(plan, launch) if plan.worlds else {}
    if plan.pack is not None and figures:
        shutil.copy(plan.out / _FIGURES, plan.pack)
    print(json.dumps(figures, indent=2), flush=True)
    print(f"{(time.monotonic() - began) / 60:.1f} minutes in all", flush=True)
    return {"failed": failed, **figures}


def check(plan: Plan) -> None:
    """Raises SettingsError for what cannot be done, before anything is."""
    for stage in plan.stages:
        if stage not in STAGES:
            raise SettingsError("settings.value", f"a stage is {', '.join(STAGES)}", value=stage)
    if plan.start is not None and not plan.start.is_dir():
        raise SettingsError("settings.value", "the folder to begin with is not there", value=str(plan.start))
    have = packed(plan.start) if plan.start is not None else set()
    for name, stage in (("guide", "guides"), ("teacher", "teacher")):
        there = name in have or _file(plan.out, name).exists() or stage in plan.stages
        if "finish" in plan.stages and not there:
            raise SettingsError(
                "settings.value", f"finishing needs a {name}", value=plan.stages, fix=f"--stage {stage}"
            )
    if budget(plan, "guides" if "guides" in plan.stages else plan.stages[0], 0.0) <= 0:
        raise SettingsError("settings.value", "so short a run leaves no time to train", value=plan.minutes)


def budget(plan: Plan, stage: str, spent_minutes: float) -> float:
    """Minutes for a stage's own clock when so many of the run are spent; what the others need is left."""
    later = [s for s in STAGES[STAGES.index(stage) + 1 :] if s in plan.stages]
    left = plan.minutes - spent_minutes - AROUND_S / 60
    if plan.worlds and set(plan.stages) & {"teacher", "finish"}:
        left -= plan.figures_minutes
    if stage == "guides":
        return min(plan.guide_minutes, left)
    return left * _TEACHER_SHARE if "finish" in later else left


# The stages.


def guides(plan: Plan, minutes: float, launch: Launch) -> bool:
    """Guide and probe, on a GPU each; where there is one, one after the other, each in so many minutes."""
    ended = []
    running: list[Running] = []
    for i, (name, seed) in enumerate(_SEEDS.items()):
        options = {
            "out": _file(plan.out, name),
            "minutes": minutes,
            "worlds": plan.guide_worlds,
            "batch": plan.guide_batch,
            "size": plan.guide_px,
            "seed": seed,
            "device": plan.device,
        }
        gpus = visible_gpus(plan.device)
        alone = {"CUDA_VISIBLE_DEVICES": gpus[i % len(gpus)]} if gpus else {}
        running.append(launch(["lightbrush.training.probe", *_arguments(options)], alone))
        if len(gpus) < len(_SEEDS):
            ended.append(_ended(running.pop(), minutes))
    return all([*ended, *(_ended(one, minutes) for one in running)])


def teacher(plan: Plan, minutes: float, launch: Launch) -> bool:
    own = _file(plan.out, "teacher")
    options = {
        "out": plan.out,
        "minutes": plan.teacher_minutes or minutes,
        "leg-minutes": minutes,
        "weights": own if own.exists() else SHIPPED / "embedded.safetensors",
        "device": plan.device,
    }
    return _ended(launch(_together(plan, "embedded", "teacher", options), {}), minutes)


def finish(plan: Plan, minutes: float, launch: Launch) -> bool:
    options = {"out": plan.out, "minutes": minutes, "device": plan.device}
    own = _file(plan.out, "student")
    if own.exists():
        options["student"] = own
    return _ended(launch(_together(plan, "distil", "finish", options), {}), minutes)


_STAGES: Final[dict[str, Callable[[Plan, float, Launch], bool]]] = {
    "guides": guides,
    "teacher": teacher,
    "finish": finish,
}


def _together(plan: Plan, module: str, stage: str, options: Mapping[str, object]) -> list[str]:
    """A recipe on all GPUs."""
    own = [number for of, number in plan.let if of == stage]
    let = [part for number in [*own, f"half={str(plan.half).lower()}"] for part in ("--let", number)]
    recipe = [f"lightbrush.training.{module}", *_arguments(options), *let]
    gpus = len(visible_gpus(plan.device))
    if gpus < 2:
        return recipe
    return ["torch.distributed.run", "--standalone", "--nproc-per-node", str(gpus), "-m", *recipe]


def _arguments(options: Mapping[str, object]) -> list[str]:
    return [part for name, value in options.items() for part in (f"--{name}", str(value))]


def launched(command: Sequence[str], environment: Mapping[str, str]) -> Running:
    """A process of the same Python."""
    return subprocess.Popen([sys.executable, "-m", *command], env={**os.environ, **environment})


def _ended(process: Running, minutes: float) -> bool:
    """Wait for it; whether it ended well, and in time."""
    try:
        return process.wait(60 * minutes + AROUND_S + _PATIENCE_S) == 0
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()
        return False


def visible_gpus(device: str) -> list[str]:
    """As CUDA_VISIBLE_DEVICES names them; none where the device is no GPU."""
    if device != "cuda":
        return []
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    return named.split(",") if named else [str(i) for i in range(torch.cuda.device_count())]


# What travels.


def _file(out: Path, name: str) -> Path:
    """Where a run has the guide, the probe, the teacher or the student."""
    return out / f"{name}.safetensors" if name in _SEEDS else out / name / "embedded.safetensors"


_MADE: Final = {"guides": tuple(_SEEDS), "teacher": ("teacher",), "finish": ("student",)}


def pack(plan: Plan, stage: str) -> None:
    """What a stage made, in pieces, and what the stages say."""
    assert plan.pack is not None
    plan.pack.mkdir(parents=True, exist_ok=True)
    for name in _MADE[stage]:
        if _file(plan.out, name).exists():
            split(_file(plan.out, name), plan.pack, name, int(plan.pack_mib * 2**20))
    for picture_or_log in ("log.txt", "handmade.png", "finished.png"):
        if (plan.out / picture_or_log).exists():
            shutil.copy(plan.out / picture_or_log, plan.pack)


def unpack(folder: Path, out: Path) -> None:
    """What lies packed in a folder, and is not in out yet."""
    for name in sorted(packed(folder)):
        if not _file(out, name).exists():
            join(folder, name, _file(out, name))
    if (folder / _FIGURES).exists() and not (out / _FIGURES).exists():
        shutil.copy(folder / _FIGURES, out)


# Figures.


def measure(plan: Plan, launch: Launch) -> dict[str, Any]:
    """What the probe says of the teacher's 30 steps and of all that the student does, by `lightbrush bench embedded`;
    of a teacher that an earlier run measured with the same probe, what that said. Kept in `figures.json`."""
    kept = plan.out / _FIGURES
    figures: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    if "guides" in plan.stages:
        figures = {}
    for name, stage in (("teacher", "teacher"), ("student", "finish")):
        wanted = stage in plan.stages or (name not in figures and "finish" in plan.stages)
        if not wanted or not _file(plan.out, name).exists():
            continue
        told = plan.out / f"{name}.json"
        told.unlink(missing_ok=True)
        if plan.device == "cpu":
            write_graphs(_file(plan.out, name))
        parts = ("quality",) if name == "teacher" else ("quality", "steering")
        options: dict[str, object] = {
            "weights": _file(plan.out, name).parent,
            "count": plan.worlds,
            "device": plan.device,
            "out": told,
        }
        if _file(plan.out, "probe").exists():
            options["probe"] = _file(plan.out, "probe")
        chosen = [word for part in parts for word in ("--part", part)]
        _ended(launch(["lightbrush", "bench", "embedded", *_arguments(options), *chosen], {}), plan.figures_minutes)
        figures.pop(name, None)
        if told.exists():
            figures[name] = json.loads(told.read_text())
    if {"teacher", "student"} <= set(figures):
        best = figures["teacher"]["frechet"]["30"]
        for steps in ("1", "2"):
            figures[f"frechet_ratio_{steps}"] = round(figures["student"]["frechet"][steps] / best, 3)
    kept.write_text(json.dumps(figures, indent=2) + "\n")
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="lightbrush train embedded", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="the run's own folder")
    parser.add_argument("--minutes", type=float, default=30.0, help="of the whole run, all included")
    parser.add_argument("--stage", action="append", dest="stages", choices=[*STAGES, "all"], help="repeatable")
    parser.add_argument("--from", type=Path, dest="start", help="a folder that an earlier run packed")
    parser.add_argument("--pack", type=Path, help="leave what this run makes there, in files of a bounded size")
    parser.add_argument("--pack-mib", type=float, default=Plan.pack_mib, help="no file is larger")
    parser.add_argument("--guide-minutes", type=float, default=Plan.guide_minutes, help="for guide and probe each")
    parser.add_argument("--guide-worlds", type=int, default=Plan.guide_worlds)
    parser.add_argument("--guide-batch", type=int, default=Plan.guide_batch)
    parser.add_argument("--guide-px", type=int, default=Plan.guide_px)
    parser.add_argument("--teacher-minutes", type=float, help="of the teacher's training, in all runs")
    parser.add_argument("--figures-minutes", type=float, default=Plan.figures_minutes, help="kept to measure")
    parser.add_argument("--worlds", type=int, default=Plan.worlds, help="held-out ones to measure on; 0: none")
    parser.add_argument("--half", action="store_true", help="leave networks in 16 bits, not 8")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--let",
        action="append",
        default=[],
        metavar="STAGE.NAME=VALUE",
        help="a number of a stage's recipe; repeatable",
    )
    options = vars(parser.parse_args(arguments))
    stages = options.pop("stages") or ["all"]
    options["stages"] = STAGES if "all" in stages else tuple(stages)
    options["let"] = tuple(_of_stage(text) for text in options["let"])
    if run(Plan(**options))["failed"]:
        sys.exit(1)


def _of_stage(text: str) -> tuple[str, str]:
    stage, dot, number = text.partition(".")
    if stage not in ("teacher", "finish") or not dot:
        raise SettingsError("settings.value", "a number is named like teacher.batch=128", value=text)
    return stage, number


if __name__ == "__main__":
    main()
