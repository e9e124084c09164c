"""The shader's CUDA kernels: compiled side by side, each in a process of its own, and kept on disk.

`python -m lightbrush.world.gpu FILE KERNEL DEVICE` is one such process.
"""

from __future__ import annotations

import gc
import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lightbrush.world import kept
from lightbrush.world.shader import PARTS, ingredients, load, source

# Each kernel's arrays, f: float32, u: uint8, and how many dimensions. The slowest to compile come first.
KERNELS = {
    "seas": "f2 f2 f2 f5 u4",
    "fronts": "f2 f2 f2 f4 f5 u4",
    "lands": "f2 f2 f4 f5 u4",
    "objects": "f2 f2 f2",
    "finished": "f2 u4 u4 u3 f3 u4",
    "notes": "f2 u4 u3 f3 u4",
    "columns": "f2 f4",
    "pixels": "f2 f5 u4 u4 u3 f3",
}
TOOLS = ("numba", "numba-cuda", "llvmlite", "cuda-bindings", "cuda-core", "nvidia-nvjitlink")


def kernels() -> dict[str, Any]:
    """The kernels by name, ready to run on the current device."""
    from numba import cuda

    device = cuda.get_current_device()  # type: ignore[no-untyped-call, unused-ignore]
    return _kernels(device.compute_capability, device.id)


@cache
def _kernels(capability: tuple[int, int], device: int) -> dict[str, Any]:
    """numba keeps what it compiles beside the source; the folder's name says all that it depends on, what was kept is
    checked, and what is not there is compiled by several processes at once."""
    folder = kept.cache_folder() / f"cuda_{kept.key(*ingredients(), capability, *_versions())}"
    modules = []
    for part in PARTS:
        path = folder / f"{part}_cuda.py"
        if not path.exists():
            kept.write(path, source("cuda", part).encode())
        modules.append(load(path))
    found = {name: vars(module)[name] for name in KERNELS for module in modules if name in vars(module)}

    def compiled() -> Iterator[Path]:
        for folder in sorted({str(kernel.stats.cache_path) for kernel in found.values()}):
            yield from sorted(Path(folder).glob("*.nb[ci]"))

    def make() -> None:
        _side_by_side([(kernel.__code__.co_filename, name) for name, kernel in found.items()], device)
        ready()  # what failed there fails here, and says why

    def ready() -> None:
        for name, kernel in found.items():
            _compile(name, kernel)

    kept.fill(folder, compiled, make)
    ready()
    return found


def _compile(name: str, kernel: Any) -> None:
    """Compiles one kernel, or has numba load it."""
    from numba import cuda

    types = {"f": np.float32, "u": np.uint8}
    arrays = [cuda.device_array((2,) * int(kind[1]), types[kind[0]]) for kind in KERNELS[name].split()]
    kernel.compile(tuple(array._numba_type_ for array in arrays))


def _side_by_side(jobs: list[tuple[str, str]], device: int) -> None:
    """Compiles each (file, kernel) in a process, as many at once as there are processors."""
    workers = min(len(jobs), os.cpu_count() or 1)
    if workers == 1:
        return
    paths = os.pathsep.join(path for path in sys.path if path)

    def run(job: tuple[str, str]) -> None:
        command = [sys.executable, "-m", "lightbrush.world.gpu", *job, str(device)]
        subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, jobs))


def _versions() -> list[str]:
    from numba.cuda.cudadrv.driver import driver
    from numba.cuda.cudadrv.runtime import runtime

    tools: list[Any] = [driver, runtime]
    versions = [platform.python_version(), *(str(tool.get_version()) for tool in tools)]
    for tool in TOOLS:
        try:
            versions.append(importlib.metadata.version(tool))
        except importlib.metadata.PackageNotFoundError:
            versions.append("")
    return versions


def main(file: str, name: str, device: str) -> None:
    from numba import cuda

    gc.disable()  # a sixth of the time, for a few megabytes of a short life
    cuda.select_device(int(device))  # type: ignore[no-untyped-call, unused-ignore]
    _compile(name, vars(load(Path(file)))[name])


if __name__ == "__main__":
    main(*sys.argv[1:])
