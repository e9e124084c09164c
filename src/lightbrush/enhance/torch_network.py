"""An ncnn model as a PyTorch network: for CUDA, and as the check of what ncnn computes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lightbrush.enhance import ncnn_files
from lightbrush.enhance.ncnn_files import Layer
from lightbrush.errors import SettingsError

_NONE, _RELU, _LEAKY = 0, 1, 2
_NEAREST, _SUM = 1, 1


class NcnnNetwork(nn.Module):
    """Runs the layers in their order. Knows the kinds that Real-ESRGAN's networks have, and refuses others at once.

    [B, 3, H, W] RGB from 0 to 1 -> [B, 3, H x scale, W x scale], about 0 to 1. Raises SettingsError: weights.format.
    """

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        super().__init__()
        self.layers = layers
        self.weights = nn.ParameterDict()
        for index, layer in enumerate(layers):
            check(layer)
            if layer.weights is not None:
                self.weights[f"{index}"] = parameter(layer.weights)
            if layer.bias is not None:
                self.weights[f"{index}_bias"] = parameter(layer.bias)
        #: After which layer nothing needs a tensor any more.
        last = {name: index for index, layer in enumerate(layers) for name in layer.inputs}
        self._spent = [[name for name in layer.inputs if last[name] == index] for index, layer in enumerate(layers)]

    def forward(self, pixels: Tensor) -> Tensor:
        held: dict[str, Tensor] = {}
        result = pixels
        for index, layer in enumerate(self.layers):
            result = self._run(index, layer, [held[name] for name in layer.inputs] or [pixels])
            held.update(dict.fromkeys(layer.outputs, result))
            for name in self._spent[index]:
                held.pop(name, None)
        return result

    def _run(self, index: int, layer: Layer, inputs: list[Tensor]) -> Tensor:
        match layer.kind:
            case "Input" | "Split":
                return inputs[0]
            case "Convolution":
                bias = self.weights[f"{index}_bias"] if layer.bias is not None else None
                padding = int(layer.number(ncnn_files.PADDING))
                made = F.conv2d(inputs[0], self.weights[f"{index}"], bias, padding=padding)
                return made if slope_of(layer) == 1.0 else F.leaky_relu_(made, slope_of(layer))
            case "Concat":
                return torch.cat(inputs, dim=1)
            case _:
                return worked(layer, inputs, self.weights[f"{index}"] if layer.weights is not None else None)


def worked(layer: Layer, inputs: list[Tensor], weights: Tensor | None) -> Tensor:
    """What a layer that is no convolution gives."""
    x = inputs[0]
    match layer.kind:
        case "PReLU":
            assert weights is not None
            return F.prelu(x, weights)
        case "PixelShuffle":
            return F.pixel_shuffle(x, int(layer.number(0)))
        case "Interp":
            return F.interpolate(x, scale_factor=layer.number(1), mode="nearest")
        case "BinaryOp":
            return x + inputs[1]
        case _:  # Eltwise
            first, second = layer.numbers(1) or (1.0, 1.0)
            return x * first + inputs[1] * second


def slope_of(layer: Layer) -> float:
    """What a convolution's answers below 0 are multiplied by."""
    kind = layer.number(ncnn_files.ACTIVATION)
    if kind == _NONE:
        return 1.0
    return 0.0 if kind == _RELU else layer.number(ncnn_files.ACTIVATION_VALUES)


def parameter(values: object) -> nn.Parameter:
    return nn.Parameter(torch.tensor(values), requires_grad=False)


def check(layer: Layer) -> None:
    match layer.kind:
        case "Input" | "Split" | "PReLU" | "Concat":
            known = layer.number(0) == 0 or layer.kind != "Concat"
        case "PixelShuffle":
            known = layer.number(1) == 0
        case "Convolution":
            square = layer.number(11, layer.number(ncnn_files.KERNEL)) == layer.number(ncnn_files.KERNEL)
            plain = layer.number(ncnn_files.DILATION, 1) == layer.number(ncnn_files.STRIDE, 1) == 1
            known = square and plain and layer.number(ncnn_files.ACTIVATION) in (_NONE, _RELU, _LEAKY)
        case "Interp":
            known = layer.number(0) == _NEAREST and layer.number(1) == layer.number(2)
        case "BinaryOp":
            known = layer.number(0) == 0 and len(layer.inputs) == 2
        case "Eltwise":
            known = layer.number(0) == _SUM and len(layer.inputs) == 2
        case _:
            known = False
    if not known:
        raise SettingsError(
            "weights.format",
            "the model has a layer that is not known here",
            value=f"{layer.kind} {layer.name} {layer.parameters}",
        )
