"""Several GPUs that train as one: torchrun starts a process for each, and each takes its part of a batch.

torchrun --nproc-per-node 4 -m lightbrush.training.embedded --out runs/embedded
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import torch
import torch.distributed as dist
from torch import Tensor, nn

_ALONE: Final = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}


@dataclass(frozen=True)
class Ranks:
    """rank: this process's place, 0 to count - 1. Alone, every method leaves what it is given as it is."""

    rank: int
    count: int
    device: torch.device

    @classmethod
    def join(cls, device: str) -> Ranks:
        """As torchrun's environment says; alone without one. Of "cuda", each rank takes its own device."""
        rank, count, local = (int(os.environ.get(name, own)) for name, own in _ALONE.items())
        own = torch.device(device, local) if device == "cuda" else torch.device(device)
        if own.type == "cuda":
            torch.cuda.set_device(own)
        if count > 1 and not dist.is_initialized():
            dist.init_process_group("cpu:gloo,cuda:nccl" if own.type == "cuda" else "gloo")
        return cls(rank, count, own)

    @property
    def leads(self) -> bool:
        """Whether this is the one that writes files and logs."""
        return self.rank == 0

    def agree(self, value: float) -> float:
        """The first rank's value, on all: clocks differ, and what follows from them must not."""
        if self.count == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64)
        dist.broadcast(shared, 0)
        return float(shared.item())

    def average(self, values: Tensor) -> None:
        """In place, the mean over all ranks."""
        if self.count == 1:
            return
        dist.all_reduce(values)
        values /= self.count

    def leave(self) -> None:
        if self.count > 1:
            dist.destroy_process_group()


class Gradients:
    """The gradients of some parameters, side by side in memory: cleared, averaged over the ranks and clipped as one.

    They are the parameters' own `grad`, and stay: clear them here, not by an optimizer's `zero_grad`.
    """

    def __init__(self, parameters: Iterable[nn.Parameter]) -> None:
        parts = list(parameters)
        self.values = torch.zeros(sum(p.numel() for p in parts), device=parts[0].device)
        for p, own in zip(parts, self.values.split([p.numel() for p in parts]), strict=True):
            p.grad = own.as_strided(p.shape, p.stride(), own.storage_offset())  # as the parameter lies

    def clear(self) -> None:
        self.values.zero_()

    def settle(self, ranks: Ranks, longest: float = 1.0) -> None:
        """The mean over all ranks, no longer than `longest`."""
        ranks.average(self.values)
        self.values *= (longest / (self.values.norm() + 1e-6)).clamp(max=1)


#: Of a training that always has one device.
ALONE: Final = Ranks(0, 1, torch.device("cpu"))
