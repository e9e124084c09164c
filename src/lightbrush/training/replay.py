"""Training steps that cost the GPU's time and no more: a step is captured once as a CUDA graph, then replayed.

A step is some thousand small kernels, and to launch them one by one takes longer than to run them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import torch
from torch import Tensor

_WARM_UPS: Final = 2


def captured(work: Callable[[], Tensor], generator: torch.Generator) -> Callable[[], Tensor]:
    """work, to be called again and again; on CUDA by one launch, from the second call on.

    work draws from generator only, allocates nothing that outlives it but what it returns, and does not wait for the
    device. It is run a few times more than it is called, before its first: what it adds to must bear that.
    """
    if generator.device.type != "cuda":
        return work
    graph: torch.cuda.CUDAGraph | None = None
    result = torch.empty(0)

    def replay() -> Tensor:
        nonlocal graph, result
        if graph is None:
            graph, result = _capture(work, generator)
        graph.replay()
        return result.clone()

    return replay


def _capture(work: Callable[[], Tensor], generator: torch.Generator) -> tuple[torch.cuda.CUDAGraph, Tensor]:
    stream = torch.cuda.Stream(generator.device)
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(_WARM_UPS):  # what compiles, compiles here
            work()
    torch.cuda.current_stream().wait_stream(stream)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    graph.register_generator_state(generator)
    # NCCL has a thread of its own that may ask the device something meanwhile.
    with torch.cuda.graph(graph, pool=_memory(), stream=stream, capture_error_mode="thread_local"):
        result = work()
    return graph, result


@cache
def _memory() -> Any:
    """One pool for all graphs: they never run at once, and what they return is copied at once."""
    return torch.cuda.graph_pool_handle()
