"""An ncnn model as a PyTorch network of few, wide convolutions: for GPUs.

Real-ESRGAN's dense blocks convolve a concatenation of all that the block has made so far, and make 32 channels each
time: a GPU's matrix units want more of them. A convolution of a concatenation is the sum of convolutions of its parts.
So each tensor is convolved once, for all that will read it, with their weights side by side (a block's first one, for
its five readers, into 192 channels), and each reader adds up its share of what is there. Nothing is concatenated, every
tensor is read once, and what is added, biased, bent and mixed with what the block began with is one pass (`settle`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from lightbrush.enhance import ncnn_files
from lightbrush.enhance.ncnn_files import Layer
from lightbrush.enhance.torch_network import check, parameter, slope_of, worked

_FREE: Final = ("Input", "Split", "Concat")


def settle(
    parts: Sequence[tuple[Tensor, int]],
    channels: int,
    bias: Tensor,
    slope: float,
    other: Tensor | None = None,
    shares: tuple[float, float] = (1.0, 0.0),
) -> Tensor:
    """The sum of [B, ?, H, W], of each of which `channels` from a first one on, and the bias; what is below 0 times the
    slope; of that the first share, and of the other [B, channels, H, W] the second -> [B, channels, H, W]."""
    (first, at), *rest = parts
    total = first[:, at : at + channels] + bias[:, None, None]
    for part, at in rest:
        total += part[:, at : at + channels]
    if slope != 1.0:
        total = F.leaky_relu_(total, slope)
    return total if other is None else total.mul_(shares[0]).add_(other, alpha=shares[1])


Settle = Callable[..., Tensor]
"""As `settle`."""


def fastest_settle() -> Settle:
    """In Triton, where it is installed."""
    if find_spec("triton") is None:
        return settle
    from lightbrush.enhance import kernels

    return kernels.settle


def suits(layers: Sequence[Layer]) -> bool:
    """Whether the network has concatenations, and only convolutions read them."""
    concatenated = {name for layer in layers if layer.kind == "Concat" for name in layer.outputs}
    readers = [layer for layer in layers if concatenated & {*layer.inputs}]
    return bool(readers) and all(layer.kind == "Convolution" for layer in readers)


class WideNetwork(nn.Module):
    """Of layers that `suits`: what `NcnnNetwork` gives, but for rounding. settle: `kernels.settle` does it on CUDA."""

    def __init__(self, layers: tuple[Layer, ...], settle: Settle = settle) -> None:
        super().__init__()
        self.layers, self._settle = layers, settle
        self.weights = nn.ParameterDict()
        plan = _Plan(layers)
        #: By a convolution's index: which of the wide ones it adds up, and where its share of each begins.
        self._shares: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._wides: list[tuple[str, int]] = []  # what each reads, and its padding
        for tensor, readers in plan.wides:
            number, at = len(self._wides), 0
            weights = [_weights(layers[index])[:, first : first + count] for index, first, count in readers]
            self.weights[f"wide_{number}"] = parameter(np.concatenate(weights))
            self._wides.append((tensor, int(layers[readers[0][0]].number(ncnn_files.PADDING))))
            for index, _, _ in readers:
                self._shares[index].append((number, at))
                at += _outputs(layers[index])
        for index, layer in enumerate(layers):
            if layer.kind == "PReLU":
                self.weights[f"{index}"] = parameter(layer.weights)
            if layer.kind == "Convolution":
                bias = torch.zeros(_outputs(layer)) if layer.bias is None else torch.tensor(layer.bias)
                self.weights[f"{index}_bias"] = nn.Parameter(bias, requires_grad=False)
        self._steps = plan.steps
        self._alias = plan.alias
        last: dict[str | int, int] = {}
        for place, (index, mixed) in enumerate(self._steps):
            for number, _ in self._shares.get(index, []):
                last[number] = last[self._wides[number][0]] = place
            if layers[index].kind != "Convolution":
                last.update((plan.alias(name), place) for name in layers[index].inputs)
            if mixed is not None:
                last.update((plan.alias(name), place) for name in layers[mixed].inputs)
        self._spent: list[list[str | int]] = [[] for _ in self._steps]
        for name, place in last.items():
            self._spent[place].append(name)

    def forward(self, pixels: Tensor) -> Tensor:
        held: dict[str | int, Tensor] = {self.layers[0].outputs[0]: pixels}
        result = pixels
        for (index, mixed), spent in zip(self._steps, self._spent, strict=True):
            layer = self.layers[index]
            if layer.kind == "Convolution":
                result = self._convolved(index, mixed, held)
            else:
                inputs = [held[self._alias(name)] for name in layer.inputs]
                result = worked(layer, inputs, self.weights[f"{index}"] if layer.kind == "PReLU" else None)
            for name in spent:
                held.pop(name, None)
            held[self.layers[index if mixed is None else mixed].outputs[0]] = result
        return result

    def _convolved(self, index: int, mixed: int | None, held: dict[str | int, Tensor]) -> Tensor:
        parts = []
        for number, first in self._shares[index]:
            if number not in held:
                tensor, padding = self._wides[number]
                held[number] = F.conv2d(held[tensor], self.weights[f"wide_{number}"], padding=padding)
            parts.append((held[number], first))
        layer, bias = self.layers[index], self.weights[f"{index}_bias"]
        if mixed is None:
            return self._settle(parts, _outputs(layer), bias, slope_of(layer))
        eltwise = self.layers[mixed]
        first_share, second_share = eltwise.numbers(1) or (1.0, 1.0)
        other = held[self._alias(eltwise.inputs[1])]
        return self._settle(parts, _outputs(layer), bias, slope_of(layer), other, (first_share, second_share))


class _Plan:
    """What the layers come to.

    steps: the layers that do something, in order, each with the Eltwise that is done at once with it, where there is
    one. wides: a tensor, and who reads it in one wide convolution: (a layer's index, the first of its input channels
    that is the tensor's, how many). alias: what made what a layer reads, without Splits.
    """

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        made_by: dict[str, str] = {}
        self.alias: Callable[[str], str] = lambda name: made_by.get(name, name)
        parts: dict[str, tuple[tuple[str, int], ...]] = {}
        readers: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        uses: dict[str, int] = defaultdict(int)
        for index, layer in enumerate(layers):
            check(layer)
            came = tuple(part for name in layer.inputs for part in parts[name])
            gives = came
            match layer.kind:
                case "Input":
                    gives = ((layer.outputs[0], 3),)
                case "Split":
                    made_by.update(dict.fromkeys(layer.outputs, self.alias(layer.inputs[0])))
                case "Concat":
                    pass
                case "Convolution":
                    first = 0
                    for tensor, count in came:
                        readers[tensor].append((index, first, count))
                        first += count
                    gives = ((layer.outputs[0], _outputs(layer)),)
                case "PixelShuffle":
                    gives = ((layer.outputs[0], came[0][1] // int(layer.number(0)) ** 2),)
                case _:
                    gives = ((layer.outputs[0], came[0][1]),)
            parts.update(dict.fromkeys(layer.outputs, gives))
            if layer.kind not in _FREE:
                for tensor, _ in came:
                    uses[tensor] += 1
        several = {index for index, layer in enumerate(layers) if len(parts[(*layer.inputs, *layer.outputs)[0]]) > 1}
        self.wides: list[tuple[str, tuple[tuple[int, int, int], ...]]] = []
        for tensor, found in readers.items():
            alike = len(
                {(layers[i].number(ncnn_files.KERNEL), layers[i].number(ncnn_files.PADDING)) for i, _, _ in found}
            )
            together = alike == 1 and any(index in several for index, _, _ in found)
            self.wides += [(tensor, tuple(found))] if together else [(tensor, (one,)) for one in found]
        self.steps: list[tuple[int, int | None]] = []
        done: set[int] = set()
        for index, layer in enumerate(layers):
            if layer.kind in _FREE or index in done:
                continue
            after = layers[index + 1] if index + 1 < len(layers) else None
            mixed = None
            made = layer.outputs[0]
            mixes = layer.kind == "Convolution" and after is not None and after.kind == "Eltwise"
            if mixes and after is not None and after.inputs[0] == made and uses[made] == 1:
                mixed = index + 1
                done.add(mixed)
            self.steps.append((index, mixed))


def _weights(layer: Layer) -> NDArray[np.float32]:
    assert layer.weights is not None
    return layer.weights


def _outputs(layer: Layer) -> int:
    return int(layer.number(ncnn_files.OUTPUTS))
