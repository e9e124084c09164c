"""The embedded network as it was trained: PyTorch, float32, on the CPU. What other runtimes are compared with."""

from __future__ import annotations

import numpy as np
import torch

from lightbrush.nn.painting import Float, HostNetwork
from lightbrush.nn.pixel_transformer import PixelTransformer


class ExactNetwork(HostNetwork):
    """The same call as `onnx_network.OnnxNetwork`, around a network in evaluation mode."""

    name = "CPU (PyTorch, float32)"

    def __init__(self, network: PixelTransformer) -> None:
        self._network = network

    @torch.no_grad()
    def predict(self, noisy: Float, hints: Float, time: float, condition: Float, rope: Float) -> Float:
        """See `HostNetwork.predict`."""
        arrays = (noisy, hints, np.array([time], np.float32), condition[None], rope)
        clean: Float = self._network(*(torch.tensor(a) for a in arrays)).numpy()
        return clean
