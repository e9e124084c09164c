"""`lightbrush bench gpu`: every figure that takes a CUDA GPU, by the commands that measure it, one after the other.

A section is a command in a process of its own, with a time of its own: one that fails, or does not end, takes no other
with it, and what it printed last is told. The report is handed on after each, so that what is measured is kept.

    sections    by name: ok; seconds; figures, the command's own JSON, or of the tests how many passed; or error, the
                last lines that it printed; or skipped, why
    device      of the first GPU, null without one; gpus: how many there are
"""

from __future__ import annotations

import datetime
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from rich.table import Table

from lightbrush.errors import SettingsError

#: The repository that this is a part of, where it is one: the tests are not in the package.
_REPOSITORY: Final = Path(__file__).parents[3]
_TOLD_LINES: Final = 12
_COUNTED: Final = re.compile(r"(\d+) (passed|failed|skipped|errors?)\b")


class Section(Struct, frozen=True):
    """command: a module and its arguments, of this Python. gpus: that it needs."""

    name: str
    what: str
    limit_s: float
    command: tuple[str, ...]
    gpus: int = 1


def _video(part: str, what: str, limit_s: float, gpus: int = 1) -> Section:
    command = ("lightbrush", "bench", "video", "--part", part, "--json")
    return Section(f"video-{part.replace('_', '.')}", what, limit_s, command, gpus)


def _images(part: str, what: str, limit_s: float) -> Section:
    command = ("lightbrush", "bench", "images", "--part", part, "--json")
    return Section(f"images-{part}", what, limit_s, command)


def _enhance(model: str, limit_s: float) -> Section:
    command = ("lightbrush", "bench", "enhance", "--model", model, "--device", "cuda", "--rounds", "1", "--json")
    return Section(f"enhance-{model}", f"1K to 4K, 2K to 8K, by {model}", limit_s, command)


def _embedded(part: str, what: str, limit_s: float) -> Section:
    command = ("lightbrush", "bench", "embedded", "--device", "cuda", "--part", part, "--json")
    return Section(f"embedded-{part}", what, limit_s, command)


#: In the order in which they run: what is asked for most comes first.
SECTIONS: Final = (
    _video("14b", "14B, 8 bits, 4 and 3 steps, one GPU", 240),
    _video("attention", "14B: each attention, alone and in a stream; bfloat16", 300),
    _video("live", "a worker of 14B: prompts, pictures, JPEG", 180),
    _video("1_3b", "1.3B, 4 steps", 120),
    _video("several", "14B on 2 and 4 GPUs", 300, gpus=2),
    _video("decode", "both decoders", 120),
    _embedded("speed", "the embedded engine: pictures a second", 150),
    _images("sd", "SD-Turbo: 512x512, 1 to 4 steps, several at once, regions", 90),
    _images("sdxl", "SDXL-Lightning and Turbo: 1024x1024, 1 to 8 steps", 120),
    _images("flux", "FLUX.1 schnell: 1024x1024 and 512x512, 1 to 4 steps, regions", 120),
    _images("klein", "FLUX.2 klein: likewise, and with a picture shown", 120),
    Section(
        "enhance-network",
        "pictures made larger: each model, each way of computing it",
        150,
        ("lightbrush", "bench", "enhance", "--part", "network", "--model", "all", "--json"),
    ),
    _enhance("light", 240),
    _enhance("photo", 300),
    Section("tests", "pytest -m gpu", 420, ("pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", "tests")),
    Section(
        "video-variants",
        "layers of 14B: what each thing brings",
        300,
        ("lightbrush", "bench", "video", "--variants", "--json"),
    ),
    _images("compiled", "SD-Turbo by torch.compile", 150),
    _embedded("quality", "the embedded engine on held-out worlds", 240),
    _embedded("steering", "the embedded engine: words, weights, references", 240),
)

Say = Callable[[str], None]
Keep = Callable[[dict[str, Any]], None]


def run(
    only: Sequence[str],
    without: Sequence[str],
    seconds: float,
    keep: Keep,
    say: Say,
    sections: Sequence[Section] = SECTIONS,
) -> dict[str, Any]:
    """The sections that were asked for, none: all; keep(report) after each. A section that may take longer than is left
    of the seconds has what is left. Raises SettingsError for a name that there is not."""
    names = [section.name for section in sections]
    if unknown := {*only, *without} - {*names}:
        raise SettingsError(
            "settings.value", "no such section", value=", ".join(sorted(unknown)), fix=f"Sections: {', '.join(names)}"
        )
    began = time.monotonic()
    device, gpus = found_gpus()
    done: dict[str, Any] = {}
    report = {"device": device, "gpus": gpus, "date": datetime.date.today().isoformat(), "sections": done}
    for section in sections:
        if (only and section.name not in only) or section.name in without:
            continue
        left = seconds - (time.monotonic() - began)
        if gpus < section.gpus:
            done[section.name] = {"ok": True, "seconds": 0.0, "skipped": f"needs {section.gpus} GPUs"}
        elif left <= 0:
            done[section.name] = {"ok": True, "seconds": 0.0, "skipped": "no time was left"}
        else:
            say(f"{section.name}: {section.what}")
            done[section.name] = measured(section, min(left, section.limit_s))
        keep(report)
    return report


def measured(section: Section, limit_s: float) -> dict[str, Any]:
    """Run one. Its processes are ended together when its time is over."""
    began = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-m", *section.command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=_REPOSITORY if section.name == "tests" else None,
        start_new_session=True,
    )
    over = False
    try:
        told, _ = child.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        over = True
        os.killpg(child.pid, signal.SIGKILL)
        told, _ = child.communicate()
    spent = {"ok": child.returncode == 0, "seconds": round(time.monotonic() - began, 1)}
    figures = counted(told) if section.name == "tests" else last_json(told)
    if figures is not None:
        spent["figures"] = figures
    if child.returncode != 0 or figures is None:
        lines = "\n".join(told.rstrip().splitlines()[-_TOLD_LINES:])
        ended = f"did not end in {limit_s:.0f} s" if over else f"ended with {child.returncode}"
        spent |= {"ok": False, "error": f"{ended}\n{lines}".rstrip()}
    return spent


def last_json(told: str) -> Any:
    """The JSON that a command printed last, after whatever else it said, or, where it was ended before, a line of it;
    None where there is none."""
    lines = told.splitlines()
    for start in range(len(lines) - 1, -1, -1):
        if lines[start][:1] in ("{", "["):
            for candidate in ("\n".join(lines[start:]), lines[start]):
                try:
                    return json.loads(candidate)
                except json.JSONDecodeError:
                    continue
    return None


def counted(told: str) -> dict[str, int] | None:
    """Of pytest's last line: how many tests ended how."""
    lines = told.rstrip().splitlines()
    found = {what: int(count) for count, what in _COUNTED.findall(lines[-1])} if lines else {}
    return found or None


def found_gpus() -> tuple[str | None, int]:
    """The first one's name, and how many there are, without a library that would hold them."""
    try:
        told = subprocess.run(
            ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, check=True
        ).stdout.split("\n")
    except (OSError, subprocess.CalledProcessError):
        return None, 0
    names = [name.strip() for name in told if name.strip()]
    return (names[0] if names else None), len(names)


def listing(sections: Sequence[Section] = SECTIONS) -> Table:
    table = Table("section", "at most, s", "what", box=None, header_style="bold")
    for section in sections:
        table.add_row(section.name, f"{section.limit_s:.0f}", section.what)
    return table


def table(report: Mapping[str, Any]) -> Table:
    """Every number, a row each; of a section that failed, why."""
    shown = Table("section", "figure", "measured", box=None, header_style="bold")
    for name, section in report["sections"].items():
        rows = list(numbers(section.get("figures", {})))
        for why in ("error", "skipped"):
            if why in section:
                rows.append((why, section[why]))
        rows.append(("seconds", section["seconds"]))
        for i, (figure, value) in enumerate(rows):
            shown.add_row(name if i == 0 else "", figure, str(value), style=None if section["ok"] else "red")
    return shown


def numbers(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of a report that are numbers or texts, with the way to each."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from numbers(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for i, inner in enumerate(value):
            yield from numbers(inner, f"{name}.{i}" if name else str(i))
    elif value is not None:
        yield name, value
