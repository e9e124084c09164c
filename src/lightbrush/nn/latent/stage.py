"""A piece of work over buffers that stay where they are; on CUDA one captured graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Buffers = Mapping[str, Tensor]
_WARM_UPS = 3


class Stage:
    """function reads its buffers and writes into them, and nothing else; on a CPU it is simply called.

    On CUDA it is run and captured here, so what it writes to holds anything afterwards. pool: memory that graphs share
    that do not run at once. captured: false of what moves networks to and fro.
    """

    def __init__(
        self, function: Callable[[Buffers], None], buffers: Buffers, pool: Any = None, captured: bool = True
    ) -> None:
        self._function = function
        self._buffers = buffers
        self._graph: torch.cuda.CUDAGraph | None = None
        if next(iter(buffers.values())).device.type == "cuda" and captured:
            self._graph = self._captured(pool)

    @torch.no_grad()
    def run(self) -> None:
        if self._graph is None:
            self._function(self._buffers)
        else:
            self._graph.replay()

    @torch.no_grad()
    def _captured(self, pool: Any) -> torch.cuda.CUDAGraph:
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_WARM_UPS):  # libraries choose their kernels
                self._function(self._buffers)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool):
            self._function(self._buffers)
        return graph
