"""What this machine has, and whether a model fits into it. By arithmetic, not measured: read it as "about"."""

from __future__ import annotations

import re
import subprocess
from typing import Final, Literal

import psutil
from msgspec import Struct

from lightbrush.nn.wan.config import WanConfig
from lightbrush.nn.wan.memory import needs

Dtype = Literal["bf16", "fp8"]
"""What matrices of video models are multiplied in, and what their attention is computed in."""
DTYPES: Final[tuple[Dtype, ...]] = ("bf16", "fp8")

Attention = Literal["auto", "bf16", "fp8"]
"""What their attention is to be computed in: "auto" is fp8 where that is measured to be right."""
ATTENTIONS: Final[tuple[Attention, ...]] = ("auto", *DTYPES)

#: The first NVIDIA architecture that multiplies 8-bit floating point, Ada: from there on the fast network runs.
FAST_FROM: Final = (8, 9)

_GPU: Final = re.compile(r"(?P<name>.+), (?P<mib>\d+)(?:, (?:(?P<major>\d+)\.(?P<minor>\d+)|\[N/A\]))?")


class Gpu(Struct, frozen=True):
    """capability: of its architecture; None where the driver is too old to tell."""

    name: str
    memory_bytes: int
    capability: tuple[int, int] | None = None

    @property
    def fast(self) -> bool:
        """Whether the fast network runs there; what is not known is taken for new."""
        return self.capability is None or self.capability >= FAST_FROM


class Machine(Struct, frozen=True):
    """gpus: NVIDIA's, each by itself."""

    ram_bytes: int
    gpus: tuple[Gpu, ...] = ()


class Verdict(Struct, frozen=True):
    """dtype: the best that fits, if one does. where: on a GPU, or only slowly on the CPU. text: for people."""

    dtype: Dtype | Literal["fp16", "int8"] | None
    where: Literal["gpu", "cpu", "no"]
    text: str


def memory_bytes(network: WanConfig, dtype: Dtype, width: int = 832, height: int = 480) -> int:
    """What rendering takes on a GPU at that size, live, from pictures too: what a worker loads it by (`nn.wan.memory`).

    The text encoder is not part of it: it may stay in the machine's own memory.
    """
    return needs(network, width, height, fast=dtype, clips=1).device_bytes


def verdict(network: WanConfig, machine: Machine, width: int = 832, height: int = 480) -> Verdict:
    """Whether and how the machine can render with it at that size, were all its memory free."""
    gpu = max(machine.gpus, key=lambda gpu: gpu.memory_bytes, default=None)
    for dtype in DTYPES if gpu and gpu.fast else DTYPES[:1]:
        takes = needs(network, width, height, fast=dtype if gpu and gpu.fast else None, clips=1)
        if gpu and takes.text_place(gpu.memory_bytes, machine.ram_bytes):
            return Verdict(dtype, "gpu", f"yes, {dtype} on {gpu.name}")
    if needs(network, width, height, fast=None, clips=1).text_place(machine.ram_bytes, 0):
        return Verdict("bf16", "cpu", "on the CPU, far from live")
    most = max(gpu.memory_bytes if gpu else 0, machine.ram_bytes)
    return Verdict(None, "no", f"no: it has {gib(most)}")


def images_verdict(takes_bytes: int, machine: Machine, least_bytes: int | None = None) -> Verdict:
    """Whether a machine has that much memory for a model of pictures; on a CPU its numbers are twice as wide.
    least_bytes: with its matrices in 8 bits and its text encoders elsewhere."""
    gpu = max(machine.gpus, key=lambda gpu: gpu.memory_bytes, default=None)
    if gpu and takes_bytes <= gpu.memory_bytes:
        return Verdict("fp16", "gpu", f"yes, 16 bits on {gpu.name}")
    if gpu and least_bytes is not None and least_bytes <= gpu.memory_bytes:
        return Verdict("int8", "gpu", f"yes, with less memory on {gpu.name}")
    if 2 * takes_bytes <= machine.ram_bytes:
        return Verdict(None, "cpu", "on the CPU, far from live")
    most = max(gpu.memory_bytes if gpu else 0, machine.ram_bytes)
    return Verdict(None, "no", f"no: it has {gib(most)}")


def this_machine() -> Machine:
    """Asks psutil and nvidia-smi; a machine without the latter has no GPU that is of use here."""
    found = gpus(_asked("name,memory.total,compute_cap")) or gpus(_asked("name,memory.total"))  # older ones refuse
    return Machine(psutil.virtual_memory().total, found)


def _asked(fields: str) -> str:
    ask = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
    try:
        return subprocess.run(ask, capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def gpus(answer: str) -> tuple[Gpu, ...]:
    """nvidia-smi's lines `name, MiB, capability` or `name, MiB`; others are no GPUs."""
    found = (_GPU.fullmatch(line.strip()) for line in answer.splitlines())
    return tuple(
        Gpu(m["name"], int(m["mib"]) << 20, (int(m["major"]), int(m["minor"])) if m["major"] else None)
        for m in found
        if m
    )


def gib(size_bytes: int) -> str:
    """As memory is spoken of: "46 GiB"."""
    return f"{size_bytes / 2**30:.{0 if size_bytes >= 10 * 2**30 else 1}f} GiB"


def gb(size_bytes: int) -> str:
    """As files are spoken of: "28.6 GB"."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= size:
            return f"{size_bytes / size:.1f} {unit}"
    return f"{size_bytes / 1e3:.0f} kB"
