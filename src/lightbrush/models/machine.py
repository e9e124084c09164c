"""What this machine has, and whether a model fits into it. By arithmetic, not measured: read it as "about"."""

from __future__ import annotations

import subprocess
from typing import Final, Literal

import psutil
from msgspec import Struct

from lightbrush.nn.wan.config import WanConfig
from lightbrush.nn.wan.memory import needs

Dtype = Literal["bf16", "fp8"]
DTYPES: Final[tuple[Dtype, ...]] = ("bf16", "fp8")


class Gpu(Struct, frozen=True):
    name: str
    memory_bytes: int


class Machine(Struct, frozen=True):
    """gpus: NVIDIA's, each by itself."""

    ram_bytes: int
    gpus: tuple[Gpu, ...] = ()


class Verdict(Struct, frozen=True):
    """dtype: the best that fits, if one does. where: on a GPU, or only slowly on the CPU. text: for people."""

    dtype: Dtype | None
    where: Literal["gpu", "cpu", "no"]
    text: str


def memory_bytes(network: WanConfig, dtype: Dtype, width: int = 832, height: int = 480) -> int:
    """What rendering takes on a GPU at that size, live: what the model is loaded by (`nn.wan.memory`).

    The text encoder is not part of it: it may stay in the machine's own memory.
    """
    return needs(network, width, height, fast=dtype).device_bytes


def verdict(network: WanConfig, machine: Machine, width: int = 832, height: int = 480) -> Verdict:
    """Whether and how the machine can render with it at that size, were all its memory free."""
    gpu = max(machine.gpus, key=lambda gpu: gpu.memory_bytes, default=None)
    for dtype in DTYPES:
        if gpu and needs(network, width, height, fast=dtype).text_place(gpu.memory_bytes, machine.ram_bytes):
            return Verdict(dtype, "gpu", f"yes, {dtype} on {gpu.name}")
    if needs(network, width, height, fast=None).text_place(machine.ram_bytes, 0):
        return Verdict("bf16", "cpu", "on the CPU, far from live")
    most = max(gpu.memory_bytes if gpu else 0, machine.ram_bytes)
    return Verdict(None, "no", f"no: it has {gib(most)}")


def this_machine() -> Machine:
    """Asks psutil and nvidia-smi; a machine without the latter has no GPU that is of use here."""
    ask = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(ask, capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        answer = ""
    return Machine(psutil.virtual_memory().total, gpus(answer))


def gpus(answer: str) -> tuple[Gpu, ...]:
    """nvidia-smi's lines `name, MiB`; others are no GPUs."""
    split = (line.rpartition(",") for line in answer.splitlines())
    return tuple(Gpu(name.strip(), int(mib) << 20) for name, _, mib in split if name and mib.strip().isdigit())


def gib(size_bytes: int) -> str:
    """As memory is spoken of: "46 GiB"."""
    return f"{size_bytes / 2**30:.{0 if size_bytes >= 10 * 2**30 else 1}f} GiB"


def gb(size_bytes: int) -> str:
    """As files are spoken of: "28.6 GB"."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= size:
            return f"{size_bytes / size:.1f} {unit}"
    return f"{size_bytes / 1e3:.0f} kB"
