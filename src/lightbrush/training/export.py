"""From a checkpoint to what ships: `embedded.safetensors` (int8 matrices) and `embedded.onnx` (the graph over it).

    python -m lightbrush.training.export --checkpoint runs/embedded/checkpoint.pt --out src/lightbrush/weights

The graph holds no weights of its own: its initializers point into the safetensors file, so ONNX Runtime and PyTorch
read the same bytes and nothing is shipped twice. It is written operator by operator, with the ones that ONNX Runtime
is fast at (attention, rotation, norms and int8 products in one node each): a traced graph takes 1.2 times as long.
"""

from __future__ import annotations

import argparse
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from lightbrush.engines.conditioning import Layout
from lightbrush.nn.pixel_transformer import EPSILON, PixelTransformer, PixelTransformerConfig
from lightbrush.training.conditions import LAYOUT

Array = NDArray[Any]
Arrays = dict[str, Array]

#: Smaller matrices stay in float: the bytes saved are not worth the error.
_SMALLEST_QUANTISED: Final = 16_000
_MICROSOFT: Final = "com.microsoft"
_OPSETS: Final = {"": 20, _MICROSOFT: 1}
_TYPES: Final = {"F32": TensorProto.FLOAT, "I8": TensorProto.INT8}


def export(network: PixelTransformer, folder: Path, about: dict[str, str], layout: Layout) -> None:
    """Write both files.

    layout: what its condition speaks of. about: strings for the safetensors metadata (training time,
    data, date).
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "embedded.safetensors"
    config = {"config": json.dumps(network.config.to_dict()), "layout": layout.to_json()}
    save_file(stored_tensors(network), str(weights), config | about)
    onnx.save(Graph(network.config, weights).model(), folder / "embedded.onnx")


def load_average(path: Path) -> PixelTransformer:
    """The moving average in a checkpoint of `training.embedded`, or in the half-precision file it writes beside."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    network = PixelTransformer(PixelTransformerConfig(**saved["config"]))
    network.load_state_dict({name: tensor.float() for name, tensor in saved["average"].items()})
    return network.eval()


def stored_tensors(network: PixelTransformer) -> Arrays:
    """The parameters by name; a matrix W [out, in] as W.int8 [in, out] and W.scale [out], see `nn.checkpoint`."""
    stored: Arrays = {}
    for name, parameter in network.named_parameters():
        array = parameter.detach().float().numpy()
        if array.ndim == 2 and array.size >= _SMALLEST_QUANTISED:
            scale = (np.abs(array).max(1) / 127 + 1e-12).astype(np.float32)
            stored[f"{name}.int8"] = np.ascontiguousarray(np.round(array / scale[:, None]).astype(np.int8).T)
            stored[f"{name}.scale"] = scale
        else:
            stored[name] = np.ascontiguousarray(array)
    return stored


class Graph:
    """`PixelTransformer.forward` for one picture, over the tensors of a safetensors file. Methods return output names.

    Inputs and output as there: noisy [1, 3, H, W], hints [1, config.hints, H, W], time [1], condition [1, C],
    rope [2, rows, columns, d / 2] -> clean [1, 3, H, W].
    """

    def __init__(self, config: PixelTransformerConfig, weights: Path) -> None:
        self.config = config
        self._file = weights.name
        self._tensors = located(weights)
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, TensorProto] = {}
        self._stripe = ""

    def model(self) -> onnx.ModelProto:
        c = self.config
        # 1. the noisy picture and the hints as cells of 4 pixels, then as tokens
        self.rows, self.columns = self.size_of("rope", 1), self.size_of("rope", 2)
        cells_per_patch = self.numbers([c.cells_per_patch])
        self.high, self.wide = (self.op("Mul", [n, cells_per_patch]) for n in (self.rows, self.columns))
        cells = self.cells(self.op("Concat", ["noisy", "hints"], axis=1), 3 + c.hints)
        if c.stem_in:
            cells = self.gelu(self.convolution("mix_in", cells))
        around = self.gelu(self.convolution("stem", cells))
        x = self.linear("patch_in", self.tokens(around, c.stem))
        # 2. time and condition -> what scales, shifts and gates each block
        signal = self.signal()
        modulations = self.modulations(signal)
        # 3. the blocks
        angles = self.op("Reshape", ["rope", self.numbers([2, -1, c.head_width // 2])])
        turns = [self.op("Gather", [angles, self.numbers(i)], axis=0) for i in range(2)]  # cosines, sines: [N, d / 2]
        for i in range(c.depth):
            stripe = "" if c.is_global(i) else self.stripe()
            x = self.block(f"blocks.{i}", x, modulations[6 * i : 6 * i + 6], turns, stripe)
        # 4. tokens -> cells -> pixels, with what went around the transformer
        final = self.op("Reshape", [self.row("final_modulation", signal), self.numbers([2, c.width])])
        shift, scale = (self.op("Gather", [final, self.numbers(i)], axis=0) for i in range(2))
        x = self.norm(x, self.op("Add", [scale, self.constant(np.ones(1, np.float32))]), shift)
        through = self.untokens(self.linear("patch_out", x), c.head - c.stem)
        out = self.gelu(self.convolution("head_in", self.op("Concat", [through, around], axis=1)))
        pixels = self.op("DepthToSpace", [self.convolution("head_out", out)], blocksize=c.cell, mode="CRD")
        self._nodes.append(helper.make_node("Identity", [pixels], ["clean"]))

        shapes: dict[str, list[int | str]] = {
            "noisy": [1, 3, "height", "width"],
            "hints": [1, c.hints, "height", "width"],
            "time": [1],
            "condition": [1, c.condition],
            "rope": [2, "rows", "columns", c.head_width // 2],
        }
        inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in shapes.items()]
        output = helper.make_tensor_value_info("clean", TensorProto.FLOAT, [1, 3, "height", "width"])
        graph = helper.make_graph(self._nodes, "embedded", inputs, [output], list(self._initializers.values()))
        opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)

    # Parts of the network.

    def signal(self) -> str:
        """silu(time + condition), [1, D]."""
        frequencies = self.constant(PixelTransformer(self.config).frequencies.numpy())
        angles = self.op("Mul", [self.op("Unsqueeze", ["time", self.numbers([1])]), frequencies])
        turned = self.op("Concat", [self.op("Cos", [angles]), self.op("Sin", [angles])], axis=1)
        t = self.row("time_out", self.silu(self.row("time_in", turned)))
        y = self.row("condition_out", self.silu(self.row("condition_in", "condition")))
        return self.silu(self.op("Add", [t, y]))

    def modulations(self, signal: str) -> list[str]:
        """[D] each, for block after block: shift, 1 + scale, gate of its attention, then of its MLP."""
        c = self.config
        own = self.op("Concat", [self.tensor(f"blocks.{i}.offset") for i in range(c.depth)], axis=0)
        ones = np.zeros((6, 1), np.float32)
        ones[[1, 4]] = 1.0
        own = self.op("Add", [self.op("Reshape", [own, self.numbers([-1, 6, c.width])]), self.constant(ones)])
        shared = self.op("Reshape", [self.row("modulation", signal), self.numbers([1, 6, c.width])])
        every = self.op("Reshape", [self.op("Add", [own, shared]), self.numbers([-1, c.width])])
        return [self.op("Gather", [every, self.numbers(i)], axis=0) for i in range(6 * c.depth)]

    def stripe(self) -> str:
        """The shape [stripes, tokens, D] of queries, keys and values cut into stripes; made once."""
        if not self._stripe:
            height = self.numbers([1])
            for n in (2, 3, 4):  # the largest that divides, see `stripe_rows`
                divides = self.op("Equal", [self.op("Mod", [self.rows, self.numbers([n])]), self.numbers([0])])
                height = self.op("Where", [divides, self.numbers([n]), height])
            stripes = self.op("Div", [self.rows, height])
            self._stripe = self.op("Concat", [stripes, self.numbers([-1, self.config.width])], axis=0)
        return self._stripe

    def block(self, name: str, x: str, modulation: Sequence[str], turns: Sequence[str], stripe: str) -> str:
        """stripe: "" to attend to the whole picture."""
        c = self.config
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = modulation
        h = self.norm(x, scale_a, shift_a)
        q, k = (self.rotated(self.linear(f"{name}.{m}", h), f"{name}.norm_{m}", turns) for m in "qk")
        v = self.linear(f"{name}.v", h)
        if stripe:
            q, k, v = (self.op("Reshape", [y, stripe]) for y in (q, k, v))
        attended = self.op("MultiHeadAttention", [q, k, v], _MICROSOFT, num_heads=c.heads)
        if stripe:
            attended = self.op("Reshape", [attended, self.numbers([1, -1, c.width])])
        x = self.op("Add", [x, self.op("Mul", [self.linear(f"{name}.out", attended), gate_a])])
        h = self.norm(x, scale_m, shift_m)
        wide = self.op("Mul", [self.silu(self.linear(f"{name}.gate", h)), self.linear(f"{name}.up", h)])
        return self.op("Add", [x, self.op("Mul", [self.linear(f"{name}.down", wide), gate_m])])

    def rotated(self, x: str, norm: str, turns: Sequence[str]) -> str:
        """Queries or keys [1, N, D]: each head normalised, then turned by its position."""
        c = self.config
        heads = self.op("Reshape", [x, self.numbers([1, -1, c.heads, c.head_width])])
        heads = self.op("SimplifiedLayerNormalization", [heads, self.tensor(norm)], axis=-1, epsilon=EPSILON)
        flat = self.op("Reshape", [heads, self.numbers([1, -1, c.width])])
        return self.op("RotaryEmbedding", [flat, self.numbers([0]), *turns], _MICROSOFT, num_heads=c.heads)

    def norm(self, x: str, scale: str, shift: str) -> str:
        """Root mean square norm over the last axis, then scale [D] and shift [D]."""
        return self.op("Add", [self.op("SimplifiedLayerNormalization", [x, scale], axis=-1, epsilon=EPSILON), shift])

    def linear(self, name: str, x: str) -> str:
        """Many rows: the product in int8, one scale for all of x, found as it comes ("dynamic quantisation")."""
        inputs = [x, self.tensor(f"{name}.weight.int8"), self.tensor(f"{name}.weight.scale"), ""]
        return self.op("DynamicQuantizeMatMul", [*inputs, *self.bias(name)], _MICROSOFT)

    def row(self, name: str, x: str) -> str:
        """One row: the product in float."""
        if f"{name}.weight" in self._tensors:
            matrix = self.op("Transpose", [self.tensor(f"{name}.weight")], perm=[1, 0])
        else:
            stored = [self.tensor(f"{name}.weight.int8"), self.tensor(f"{name}.weight.scale")]
            matrix = self.op("DequantizeLinear", stored, axis=1)
        return self.op("Add", [self.op("MatMul", [x, matrix]), *self.bias(name)])

    def convolution(self, name: str, x: str) -> str:
        pad = self._tensors[f"{name}.weight"][1][-1] // 2
        return self.op("Conv", [x, self.tensor(f"{name}.weight"), *self.bias(name)], pads=[pad] * 4)

    def bias(self, name: str) -> list[str]:
        return [self.tensor(f"{name}.bias")] if f"{name}.bias" in self._tensors else []

    def gelu(self, x: str) -> str:
        return self.op("Gelu", [x], approximate="tanh")

    def silu(self, x: str) -> str:
        return self.op("QuickGelu", [x], _MICROSOFT, alpha=1.0)

    def cells(self, x: str, channels: int) -> str:
        """PyTorch's pixel_unshuffle to cells: [1, C, H, W] -> [1, C cell^2, H / cell, W / cell]."""
        c = self.config
        split = self.op("Reshape", [x, self.shape(channels, self.high, c.cell, self.wide, c.cell)])
        together = self.op("Transpose", [split], perm=[0, 1, 3, 5, 2, 4])
        return self.op("Reshape", [together, self.shape(channels * c.cell**2, self.high, self.wide)])

    def tokens(self, x: str, channels: int) -> str:
        """Cells to tokens: [1, C, H / cell, W / cell] -> [1, N, C cells_per_patch^2], channels outermost."""
        side = self.config.cells_per_patch
        split = self.op("Reshape", [x, self.shape(channels, self.rows, side, self.columns, side)])
        together = self.op("Transpose", [split], perm=[0, 2, 4, 1, 3, 5])
        return self.op("Reshape", [together, self.numbers([1, -1, channels * side**2])])

    def untokens(self, x: str, channels: int) -> str:
        """The way back: [1, N, C cells_per_patch^2] -> [1, C, H / cell, W / cell]."""
        side = self.config.cells_per_patch
        split = self.op("Reshape", [x, self.shape(self.rows, self.columns, channels, side, side)])
        apart = self.op("Transpose", [split], perm=[0, 3, 1, 4, 2, 5])
        return self.op("Reshape", [apart, self.shape(channels, self.high, self.wide)])

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

    def numbers(self, values: int | list[int]) -> str:
        return self.constant(np.array(values, np.int64))

    def constant(self, values: Array) -> str:
        name = f"constant_{values.dtype}_{list(values.shape)}_{values.tobytes().hex()[:64]}"
        self._initializers.setdefault(name, numpy_helper.from_array(values, name))
        return name

    def tensor(self, name: str) -> str:
        """A tensor of the safetensors file, where it lies in it."""
        if name not in self._initializers:
            dtype, shape, offset, length = self._tensors[name]
            pointer = TensorProto(name=name, data_type=dtype, dims=shape, data_location=TensorProto.EXTERNAL)
            for key, value in (("location", self._file), ("offset", str(offset)), ("length", str(length))):
                pointer.external_data.add(key=key, value=value)
            self._initializers[name] = pointer
        return name


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True, help="checkpoint.pt of training.embedded")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--about", default="", help="one line for the file's metadata")
    options = parser.parse_args()
    network = load_average(options.checkpoint)
    export(network, options.out, {"about": options.about} if options.about else {}, LAYOUT)


if __name__ == "__main__":
    main()
