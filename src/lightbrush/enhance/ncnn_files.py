"""ncnn's two files -> a list of layers with their weights. Whoever runs them says what a layer does.

A `.param` is text: a magic number, two counts, then a line for each layer: kind, name, how many inputs and outputs,
their names, and parameters `id=value` (from id -23300 down an array: `-23310=1,0.2` is id 10, one value). A `.bin`
holds the weights in the layers' order, as each kind of layer reads them. Source: ncnn's wiki, "param and model file
structure".
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from lightbrush.errors import SettingsError

_MAGIC: Final = "7767517"
_HALF: Final = 0x01306B47
_ARRAYS_FROM: Final = -23300

#: ids of a Convolution's parameters
OUTPUTS, KERNEL, DILATION, STRIDE, PADDING, HAS_BIAS, WEIGHTS, ACTIVATION, ACTIVATION_VALUES = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    9,
    10,
)


class Layer(Struct, frozen=True, kw_only=True):
    """weights, bias: float32. A Convolution's weights are [out, in, k, k], a PReLU's slopes [channels]."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: dict[int, float | tuple[float, ...]]
    weights: NDArray[np.float32] | None = None
    bias: NDArray[np.float32] | None = None

    def number(self, key: int, default: float = 0) -> float:
        value = self.parameters.get(key, default)
        return value[0] if isinstance(value, tuple) else value

    def numbers(self, key: int) -> tuple[float, ...]:
        value = self.parameters.get(key, ())
        return value if isinstance(value, tuple) else (value,)


def read(param: Path) -> tuple[Layer, ...]:
    """`x.param` and the `x.bin` beside it. Raises SettingsError: weights.missing, weights.damaged, weights.format."""
    try:
        text, data = param.read_text(), param.with_suffix(".bin").read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("weights.missing", f"an ncnn model cannot be read: {error}", value=str(param)) from None
    lines = text.split("\n")
    if lines[0].strip() != _MAGIC:
        raise SettingsError("weights.format", "not the text of an ncnn model", value=str(param))
    try:
        layers = [_layer(line.split()) for line in lines[2:] if line.strip()]
        count = int(lines[1].split()[0])
    except (ValueError, IndexError) as error:
        raise SettingsError(
            "weights.damaged", f"a line of an ncnn model cannot be read: {error}", value=param
        ) from None
    if len(layers) != count:
        raise SettingsError("weights.damaged", f"the model promises {count} layers", value=f"{param}: {len(layers)}")
    reader = _Reader(data, param.with_suffix(".bin"))
    filled = tuple(_filled(layer, reader) for layer in layers)
    reader.finish()
    return filled


def scale(layers: tuple[Layer, ...]) -> int:
    """How many times wider and higher the output is than the input."""
    sizes: dict[str, float] = {}
    for layer in layers:
        size = sizes[layer.inputs[0]] if layer.inputs else 1.0
        if layer.kind == "Interp":
            size *= layer.number(1, 1.0)
        elif layer.kind == "PixelShuffle":
            size *= layer.number(0, 1)
        sizes |= dict.fromkeys(layer.outputs, size)
    return round(size)


def _layer(words: list[str]) -> Layer:
    kind, name, inputs, outputs = words[0], words[1], int(words[2]), int(words[3])
    blobs, settings = words[4 : 4 + inputs + outputs], words[4 + inputs + outputs :]
    if len(blobs) != inputs + outputs:
        raise ValueError(f"{name} names {len(blobs)} blobs of {inputs + outputs}")
    parameters: dict[int, float | tuple[float, ...]] = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        if int(key) <= _ARRAYS_FROM:
            parameters[_ARRAYS_FROM - int(key)] = tuple(map(float, value.split(",")[1:]))
        else:
            parameters[int(key)] = float(value)
    return Layer(
        kind=kind, name=name, inputs=tuple(blobs[:inputs]), outputs=tuple(blobs[inputs:]), parameters=parameters
    )


def _filled(layer: Layer, reader: _Reader) -> Layer:
    match layer.kind:
        case "Convolution":
            outputs, kernel = int(layer.number(OUTPUTS)), int(layer.number(KERNEL))
            weights = reader.tagged(int(layer.number(WEIGHTS))).reshape(outputs, -1, kernel, kernel)
            bias = reader.floats(outputs) if layer.number(HAS_BIAS) else None
        case "PReLU":
            weights, bias = reader.floats(int(layer.number(0))), None
        case _:
            return layer
    return replace(layer, weights=weights, bias=bias)


class _Reader:
    def __init__(self, data: bytes, path: Path) -> None:
        self._data, self._path, self._at = data, path, 0

    def floats(self, count: int) -> NDArray[np.float32]:
        return np.frombuffer(self._take(4 * count), "<f4")

    def tagged(self, count: int) -> NDArray[np.float32]:
        """`count` numbers after the tag that says how they are stored; halves fill up to four bytes."""
        tag = int(np.frombuffer(self._take(4), "<u4")[0])
        if tag == _HALF:
            halves = np.frombuffer(self._take((2 * count + 3) // 4 * 4), "<f2")
            return halves[:count].astype(np.float32)
        if tag == 0:
            return self.floats(count)
        raise SettingsError("weights.format", "weights are float32 or float16", value=f"{self._path}: tag {tag:#x}")

    def finish(self) -> None:
        if self._at != len(self._data):
            seen = f"{self._path}: {len(self._data)} bytes, {self._at} used"
            raise SettingsError("weights.damaged", "the file of weights does not fit its model", value=seen)

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise SettingsError("weights.damaged", "the file of weights ends early", value=str(self._path))
        self._at += count
        return taken
