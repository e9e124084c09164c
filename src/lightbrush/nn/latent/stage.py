"""A piece of work over buffers that stay where they are; on CUDA one captured graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Buffers = Mapping[str, Tensor]
_WARM_UPS = 3


class Stage:
    """function reads its buffers and writes into them, and nothing else; on a CPU it is simply called.

    On CUDA it is run a few times and captured before its first run, in pieces that each take about as long as a run;
    what it writes to holds anything after each of them. pool: memory that graphs share that do not run at once.
    captured: false of what moves networks to and fro.
    """

    def __init__(
        self, function: Callable[[Buffers], None], buffers: Buffers, pool: Any = None, captured: bool = True
    ) -> None:
        self._function = function
        self._buffers = buffers
        self._pool = pool
        self._graph: torch.cuda.CUDAGraph | None = None
        on_cuda = next(iter(buffers.values())).device.type == "cuda"
        self._left = deque(self._pieces() if on_cuda and captured else [])

    @property
    def left(self) -> int:
        """Pieces of what is to be done before the first run."""
        return len(self._left)

    @torch.no_grad()
    def prepare(self) -> None:
        """One of them."""
        self._left[0]()
        self._left.popleft()

    def finish(self) -> None:
        """All that are left: to be called before its buffers are given what they hold."""
        while self._left:
            self.prepare()

    @torch.no_grad()
    def run(self) -> None:
        self.finish()
        if self._graph is None:
            self._function(self._buffers)
        else:
            self._graph.replay()

    def _pieces(self) -> list[Callable[[], None]]:
        return [*[self._warm] * _WARM_UPS, self._capture]

    def _warm(self) -> None:
        """Libraries choose their kernels."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self._function(self._buffers)
        torch.cuda.current_stream().wait_stream(side)
        torch.cuda.synchronize()

    def _capture(self) -> None:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            self._function(self._buffers)
        self._graph = graph
