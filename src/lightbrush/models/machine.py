"""What this machine has, and whether a model fits into it. By arithmetic, not measured: read it as "about"."""

from __future__ import annotations

import subprocess
from typing import Final, Literal

import psutil
from msgspec import Struct

from lightbrush.models.catalogue import Network

Dtype = Literal["bf16", "fp8"]
DTYPES: Final[tuple[Dtype, ...]] = ("bf16", "fp8")
BYTES: Final = {"bf16": 2, "fp8": 1}

CONTEXT_FRAMES: Final = 6
"""Latent frames whose keys and values are kept: 3 of context, 3 of the block."""
BLOCK_LATENTS: Final = 3
_DECODER_BYTES_A_PIXEL: Final = 3700
"""While TAEHV decodes a block of 12 frames in bf16, state and activations together; the full VAE takes 20,000."""
_RESERVED_BYTES: Final = 1 << 30
"""What CUDA itself and fragments take."""


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


def memory_bytes(network: Network, dtype: Dtype, width: int = 832, height: int = 480) -> int:
    """What rendering takes at that size: the weights, keys and values of the context, activations, the live decoder.

    The text encoder is not part of it: it has 11.4 GB in bf16 and may stay in the machine's own memory.
    """
    tokens_a_frame = (width // 16) * (height // 16)
    weights = network.parameters * BYTES[dtype]
    context = network.layers * 2 * tokens_a_frame * CONTEXT_FRAMES * network.dim * 2
    activations = tokens_a_frame * BLOCK_LATENTS * (16 * network.dim + 2 * network.ffn) * 4
    return weights + context + activations + width * height * _DECODER_BYTES_A_PIXEL + _RESERVED_BYTES


def verdict(network: Network, machine: Machine, width: int = 832, height: int = 480) -> Verdict:
    """Whether and how the machine can render with it at that size."""
    needed = {dtype: memory_bytes(network, dtype, width, height) for dtype in DTYPES}
    gpu = max(machine.gpus, key=lambda gpu: gpu.memory_bytes, default=None)
    for dtype in DTYPES:
        if gpu and needed[dtype] <= gpu.memory_bytes:
            return Verdict(dtype, "gpu", f"yes, {dtype} on {gpu.name}")
    if needed["bf16"] <= machine.ram_bytes:
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
