"""`lightbrush bench enhance`: pictures made larger, as the command does it and as a worker would.

What it reports:

    s_1024_to_4096           from the start of `lightbrush enhance` to its exit, PNG to PNG; the median of `rounds`
    cpu_s_1024_to_4096       what it kept the cores busy for: other work on the machine changes that less
    peak_rss_mib_8k          the most memory that the command holds from 1920x1080 to 7680x4320
    tiled_psnr_db            what tiles give against one pass over the whole picture
    enlarge_s_1024_to_4096   by a network that is loaded, from memory to memory
    source_kpx_per_s         each model that ships with the extra: thousands of pixels that it enlarges in a second

On CUDA the network alone can be measured (`cuda_enhance`), which needs no more than PyTorch and the models' files.
"""

from __future__ import annotations

import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec import Struct
from PIL import Image

from lightbrush.benchmarks.enlarging import enlarge_s, picture, tiled_psnr_db
from lightbrush.benchmarks.studio import hardware
from lightbrush.enhance.tiles import Upscaler
from lightbrush.enhance.upscalers import MODELS, load
from lightbrush.errors import EnhanceError
from lightbrush.shots import Size

SIDE_PX: Final = 1024
FULL_HD: Final = Size(1920, 1080)
_RATED_PX: Final = 128
#: Of what getrusage counts memory in: KiB, on macOS bytes.
_RSS_PER_MIB: Final = 2**20 if sys.platform == "darwin" else 2**10


class Spent(Struct, frozen=True):
    """By one run of the command, from its start to its exit."""

    wall_s: float
    cpu_s: float
    peak_rss_mib: float


def run(
    model: str,
    device: str,
    rounds: int,
    say: Callable[[str], None],
    *,
    side_px: int = SIDE_PX,
    large: Size = FULL_HD,
) -> dict[str, Any]:
    """All figures; side_px and large: the pictures that are made four times as large."""
    upscaler = load(model, device)
    report: dict[str, Any] = {}

    # 1. The command. First: what a child is said to have held is never less than its parent held when it began.
    say(f"{side_px}x{side_px} to four times that, {rounds} times; then {large.width}x{large.height}")
    spent = [command(Size(side_px, side_px), model, device) for _ in range(rounds)]
    report["s_1024_to_4096"] = round(statistics.median(one.wall_s for one in spent), 3)
    report["cpu_s_1024_to_4096"] = round(statistics.median(one.cpu_s for one in spent), 3)
    report["peak_rss_mib_8k"] = round(command(large, model, device).peak_rss_mib, 1)

    # 2. The network.
    say("one pass against tiles")
    report["tiled_psnr_db"] = round(tiled_psnr_db(upscaler), 1)
    report["enlarge_s_1024_to_4096"] = round(enlarge_s(upscaler, side_px), 3)
    if upscaler.device == "cuda":
        report["enlarge_s_2048_to_8192"] = round(enlarge_s(upscaler, 2 * side_px), 3)
    say(f"{', '.join(MODELS)}: how much each enlarges in a second")
    report["source_kpx_per_s"] = {name: round(source_kpx_per_s(load(name, device)), 2) for name in MODELS}
    place = {"model": model, "device": upscaler.device, "rounds": rounds}
    return report | place | {"hardware": hardware(), "date": datetime.date.today().isoformat()}


def command(size: Size, model: str, device: str) -> Spent:
    """What `lightbrush enhance --to x4` takes for a PNG of this size."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "in.png"), Path(folder, "out.png")
        Image.fromarray(np.rint(picture(size.width, size.height) * 255).astype(np.uint8)).save(source)
        options = ["--to", "x4", "--model", model, "--device", device, "-o", str(output), "--json"]
        began = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-m", "lightbrush", "enhance", str(source), *options], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        told = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - began
        child.stdout.close()
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise EnhanceError("enhance.failed", "`lightbrush enhance` ended with an error", value=child.returncode)
    made = Size(**dict(zip(("width", "height"), json.loads(told)["size"], strict=True)))
    assert made == Size(4 * size.width, 4 * size.height)
    return Spent(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _RSS_PER_MIB)


def source_kpx_per_s(upscaler: Upscaler) -> float:
    return _RATED_PX**2 / 1000 / enlarge_s(upscaler, _RATED_PX)
