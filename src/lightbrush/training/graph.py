"""ONNX graphs, written operator by operator over the tensors of a safetensors file.

The graph holds no weights of its own: its initializers point into the safetensors file, so ONNX Runtime and PyTorch
read the same bytes and nothing is shipped twice.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[Any]
Shapes = Mapping[str, Sequence[int | str]]
"""Name -> shape; a size that is known only when the graph runs has a name."""

MICROSOFT: Final = "com.microsoft"

_OPSETS: Final = {"": 20, MICROSOFT: 1}
_TYPES: Final = {"F32": TensorProto.FLOAT, "F16": TensorProto.FLOAT16, "I8": TensorProto.INT8}


class Graph:
    """A graph being written. Methods add nodes and return the name of what comes out.

    webgpu: of the operators that ONNX Runtime has for WebGPU, which are those in float.
    """

    def __init__(self, weights: Path, *, webgpu: bool = False) -> None:
        self.webgpu = webgpu
        self._file = weights.name
        self._tensors = located(weights)
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, TensorProto] = {}

    def model(self, inputs: Shapes, outputs: Shapes) -> onnx.ModelProto:
        """The finished model. outputs: names that `name_output` gave."""
        ins, outs = (
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in side.items()]
            for side in (inputs, outputs)
        )
        graph = helper.make_graph(self._nodes, Path(self._file).stem, ins, outs, list(self._initializers.values()))
        opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)

    def name_output(self, value: str, name: str) -> None:
        self._nodes.append(helper.make_node("Identity", [value], [name]))

    # Layers by their PyTorch names.

    def linear(self, name: str, x: str) -> str:
        """Many rows: the product in int8, one scale for all of x, found as it comes ("dynamic quantisation")."""
        if self.webgpu:
            return self.row(name, x)
        inputs = [x, self.tensor(f"{name}.weight.int8"), self.tensor(f"{name}.weight.scale"), ""]
        return self.op("DynamicQuantizeMatMul", [*inputs, *self.bias(name)], MICROSOFT)

    def row(self, name: str, x: str) -> str:
        """One row: the product in float."""
        if f"{name}.weight" in self._tensors:
            matrix = self.op("Transpose", [self.tensor(f"{name}.weight")], perm=[1, 0])
        else:
            stored = [self.tensor(f"{name}.weight.int8"), self.tensor(f"{name}.weight.scale")]
            matrix = self.op("DequantizeLinear", stored, axis=1)
        product, bias = self.op("MatMul", [x, matrix]), self.bias(name)
        return self.op("Add", [product, *bias]) if bias else product

    def convolution(self, name: str, x: str) -> str:
        pad = self._tensors[f"{name}.weight"][1][-1] // 2
        return self.op("Conv", [x, self.tensor(f"{name}.weight"), *self.bias(name)], pads=[pad] * 4)

    def bias(self, name: str) -> list[str]:
        return [self.tensor(f"{name}.bias")] if f"{name}.bias" in self._tensors else []

    def gelu(self, x: str) -> str:
        return self.op("Gelu", [x], approximate="tanh")

    def silu(self, x: str) -> str:
        return self.op("QuickGelu", [x], MICROSOFT, alpha=1.0)

    # Nodes and constants.

    def size_of(self, name: str, axis: int) -> str:
        """The size of one axis, [1] int64."""
        return self.op("Shape", [name], start=axis, end=axis + 1)

    def op(self, kind: str, inputs: Sequence[str], domain: str = "", **attributes: Any) -> str:
        name = f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def shape(self, *sizes: int | str) -> str:
        """[1, *sizes] for a Reshape; a name is a size that is known only when it runs."""
        parts = [self.numbers([size]) if isinstance(size, int) else size for size in (1, *sizes)]
        return self.op("Concat", parts, axis=0)

    def above(self, x: str, floor: float) -> str:
        return self.op("Add", [x, self.constant(np.full(1, floor, np.float32))])

    def numbers(self, values: int | list[int]) -> str:
        return self.constant(np.array(values, np.int64))

    def constant(self, values: Array) -> str:
        digest = hashlib.sha256(repr((values.dtype, values.shape)).encode() + values.tobytes()).hexdigest()
        name = f"constant_{digest[:16]}"
        self._initializers.setdefault(name, numpy_helper.from_array(values, name))
        return name

    def tensor(self, name: str) -> str:
        """A tensor of the safetensors file, where it lies in it; one of 16 bits in 32, in which CPUs compute."""
        dtype, shape, offset, length = self._tensors[name]
        if name not in self._initializers:
            pointer = TensorProto(name=name, data_type=dtype, dims=shape, data_location=TensorProto.EXTERNAL)
            for key, value in (("location", self._file), ("offset", str(offset)), ("length", str(length))):
                pointer.external_data.add(key=key, value=value)
            self._initializers[name] = pointer
        return self.op("Cast", [name], to=TensorProto.FLOAT) if dtype == TensorProto.FLOAT16 else name


def located(path: Path) -> dict[str, tuple[int, list[int], int, int]]:
    """Tensor -> (ONNX type, shape, first byte in the file, bytes): a safetensors file is the length of a JSON header,
    the header, then the tensors."""
    with path.open("rb") as file:
        (header_bytes,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(header_bytes))
    header.pop("__metadata__", None)
    start = 8 + header_bytes
    return {
        name: (_TYPES[entry["dtype"]], entry["shape"], start + begin, end - begin)
        for name, entry in header.items()
        for begin, end in [entry["data_offsets"]]
    }
