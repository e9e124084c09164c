"""The embedded network on a CUDA device: bfloat16, one captured graph a size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lightbrush.nn import checkpoint

Float = NDArray[np.float32]


class CudaNetwork:
    """Same call as `onnx_network.OnnxNetwork`. A size's first call captures its graph; later ones replay it."""

    def __init__(self, path: Path) -> None:
        self._network = checkpoint.load(path).to("cuda", torch.bfloat16)
        self._network.frequencies = self._network.frequencies.float()
        self._graphs: dict[tuple[int, int], _Graph] = {}
        self.name = f"{torch.cuda.get_device_name()} (CUDA, bf16)"

    def predict(self, noisy: Float, hints: Float, time: float, condition: Float, rope: Float) -> Float:
        size = (noisy.shape[2], noisy.shape[3])
        if size not in self._graphs:
            shapes = [noisy.shape, hints.shape, (1,), (1, len(condition)), rope.shape]
            self._graphs[size] = _Graph(self._network, shapes)
        return self._graphs[size].run(noisy, hints, np.array([time], np.float32), condition[None], rope)


class _Graph:
    """Static inputs and one output around a captured forward pass."""

    def __init__(self, network: torch.nn.Module, shapes: list[tuple[int, ...]]) -> None:
        wide = 2  # time's index: angles need more than bfloat16
        self._inputs = [
            torch.zeros(shape, device="cuda", dtype=torch.float32 if i == wide else torch.bfloat16)
            for i, shape in enumerate(shapes)
        ]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.no_grad(), torch.cuda.stream(side):
            for _ in range(3):
                network(*self._inputs)
        torch.cuda.current_stream().wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        with torch.no_grad(), torch.cuda.graph(self._graph):
            self._output: Tensor = network(*self._inputs).float()

    def run(self, *arrays: Float) -> Float:
        for held, array in zip(self._inputs, arrays, strict=True):
            held.copy_(torch.from_numpy(array))
        self._graph.replay()
        return self._output.cpu().numpy()
