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
from torch import Tensor
from torch._utils import _flatten_dense_tensors, _unflatten_dense_tensors

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

    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """The mean over all ranks, of those parameters that have a gradient."""
        if self.count == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        flat = _flatten_dense_tensors(gradients)
        dist.all_reduce(flat)
        flat /= self.count
        torch._foreach_copy_(gradients, list(_unflatten_dense_tensors(flat, gradients)))

    def leave(self) -> None:
        if self.count > 1:
            dist.destroy_process_group()
