"""The probe's labels as a graph for ONNX Runtime, so that whoever runs a render can ask what is seen where.

    python -m lightbrush.training.label_graph --weights src/lightbrush/weights/probe.safetensors

writes `probe.onnx` beside the weights: again whenever another probe ships.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx

from lightbrush.training.graph import Graph

_GROUPS = 8


def written(weights: Path) -> onnx.ModelProto:
    """`Probe.forward` for one picture: rgb [1, 3, H, W] in [-1, 1], sides multiples of 32 -> logits
    [1, L, H/4, W/4]."""
    graph = _Probe(weights)
    kept = []
    x = "rgb"
    for i in range(4):
        x = graph.residual(f"down.{i}.1", graph.block(f"down.{i}.0", x, stride=2))
        kept.append(x)
    deep = graph.residual("deep.1", graph.residual("deep.0", x))
    x = graph.residual("wide.2", graph.residual("wide.1", graph.block("wide.0", deep, stride=2)))
    for i, skip in enumerate((deep, kept[2], kept[1])):
        x = graph.block(f"up.{i}", graph.op("Concat", [graph.twice(x), skip], axis=1))
    near = graph.block("near", kept[0], stride=2)
    fine = graph.block("fine.1", graph.block("fine.0", graph.op("Concat", [x, near], axis=1)))
    x = graph.op("Add", [x, fine])
    graph.name_output(graph.convolved("labels", x), "logits")
    return graph.model({"rgb": [1, 3, "height", "width"]}, {"logits": [1, graph.labels, "rows", "columns"]})


class _Probe(Graph):
    """Its layers by their PyTorch names. Matrices are stored in int8, the rest in half precision."""

    @property
    def labels(self) -> int:
        return self._tensors["labels.weight.int8"][1][0]

    def convolved(self, name: str, x: str, stride: int = 1) -> str:
        stored = [self.tensor(f"{name}.weight.int8"), self.tensor(f"{name}.weight.scale")]
        pad = self._tensors[f"{name}.weight.int8"][1][-1] // 2
        inputs = [x, self.op("DequantizeLinear", stored, axis=0), self.tensor(f"{name}.bias")]
        return self.op("Conv", inputs, pads=[pad] * 4, strides=[stride] * 2)

    def block(self, name: str, x: str, stride: int = 1) -> str:
        """Convolution, group norm, GELU."""
        x = self.convolved(f"{name}.0", x, stride)
        groups = [self.constant(make(_GROUPS, np.float32)) for make in (np.ones, np.zeros)]
        rows = self.op("Reshape", [x, self.numbers([1, _GROUPS, -1])])
        even = self.op(
            "Reshape", [self.op("InstanceNormalization", [rows, *groups], epsilon=1e-5), self.op("Shape", [x])]
        )
        column = self.numbers([1, -1, 1, 1])
        scale, shift = (self.op("Reshape", [self.tensor(f"{name}.1.{part}"), column]) for part in ("weight", "bias"))
        return self.gelu(self.op("Add", [self.op("Mul", [even, scale]), shift]))

    def residual(self, name: str, x: str) -> str:
        return self.op("Add", [x, self.block(f"{name}.conv.1", self.block(f"{name}.conv.0", x))])

    def twice(self, x: str) -> str:
        scales = self.constant(np.array([1, 1, 2, 2], np.float32))
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self.op("Resize", [x, "", scales], **how)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="the probe")
    options = parser.parse_args(arguments)
    onnx.save(written(options.weights), options.weights.with_suffix(".onnx"))


if __name__ == "__main__":
    main()
