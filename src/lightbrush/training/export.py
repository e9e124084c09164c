"""From a checkpoint to what ships: `embedded.safetensors` (int8 matrices) and `embedded.onnx` (the graph over it).

    python -m lightbrush.training.export --checkpoint runs/embedded/checkpoint.pt --out src/lightbrush/weights

The graph holds no weights of its own: its initializers point into the safetensors file, so ONNX Runtime and PyTorch
read the same bytes and nothing is shipped twice.
"""

from __future__ import annotations

import argparse
import json
import struct
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import save_file

from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.nn.rope import rope_table
from lightbrush.world.attributes import NAMES

Array = NDArray[Any]
Arrays = dict[str, Array]

#: Smaller matrices stay in float: the bytes saved are not worth the error.
_SMALLEST_QUANTISED = 16_000


def export(network: PixelTransformer, folder: Path, about: dict[str, str], attributes: Sequence[str] = NAMES) -> None:
    """Write both files.

    attributes: what its condition speaks of, in order. about: strings for the safetensors metadata (training time,
    data, date).
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        # 1. the graph in float32, any size that is a multiple of the patch
        plain = Path(scratch) / "plain.onnx"
        _trace(network, plain)
        # 2. matrix products in int8: weights once, activations as they come (ONNX Runtime's dynamic quantisation)
        quantised = Path(scratch) / "quantised.onnx"
        quantize_dynamic(
            plain,
            quantised,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],  # the tokens' products; a Gemm here has one row
        )
        model = onnx.load(quantised)
    _store_in_int8(model)
    _spell_out_norms(model)
    # 3. the weights move out, under PyTorch's names
    parameters = {name: p.detach().numpy() for name, p in network.named_parameters()}
    names = _torch_names(model, parameters)
    weights = folder / "embedded.safetensors"
    metadata = {"config": json.dumps(network.config.to_dict()), "attributes": json.dumps(attributes), **about}
    save_file(_stored_tensors(model, names, parameters), str(weights), metadata)
    offsets = _offsets(weights)
    # 4. the graph points at them
    for initializer in model.graph.initializer:
        if initializer.name in names:
            _point(initializer, weights.name, *offsets[names[initializer.name]])
    onnx.save(model, folder / "embedded.onnx")


def load_average(path: Path) -> PixelTransformer:
    """The moving average in a checkpoint of `training.embedded`, or in the half-precision file it writes beside."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    network = PixelTransformer(PixelTransformerConfig(**saved["config"]))
    network.load_state_dict({name: tensor.float() for name, tensor in saved["average"].items()})
    return network.eval()


def _trace(network: PixelTransformer, path: Path) -> None:
    c = network.config
    rows, columns = 5, 6
    height, width = rows * c.patch_px, columns * c.patch_px
    inputs = (
        torch.randn(1, 3, height, width),
        torch.randn(1, 4, height, width),
        torch.rand(1),
        torch.randn(1, c.condition),
        torch.from_numpy(rope_table(rows, columns, c.width // c.heads)),
    )
    r, k = torch.export.Dim("rows", min=2, max=256), torch.export.Dim("columns", min=2, max=256)
    grid = {2: c.patch_px * r, 3: c.patch_px * k}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter about itself
        torch.onnx.export(
            network,
            inputs,
            str(path),
            input_names=["noisy", "sketch", "time", "condition", "rope"],
            output_names=["clean"],
            dynamic_shapes=(grid, grid, None, None, {1: r, 2: k}),
            opset_version=23,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    model = onnx.load(path)
    del model.graph.value_info[:]  # stale after constant folding; the quantiser infers them anew
    del model.graph.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.save(model, path)


def _store_in_int8(model: onnx.ModelProto) -> None:
    """The remaining matrices are multiplied in float, with one row each, but stored in int8."""
    graph = model.graph
    arrays = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for node in list(graph.node):
        if node.op_type != "MatMul" or node.input[1] not in arrays:
            continue
        name = node.input[1]
        matrix = arrays[name]  # [in, out]
        if matrix.size < _SMALLEST_QUANTISED:
            continue
        scale = (np.abs(matrix).max(0) / 127 + 1e-12).astype(np.float32)
        graph.initializer.remove(next(i for i in graph.initializer if i.name == name))
        graph.initializer.append(numpy_helper.from_array(np.round(matrix / scale).astype(np.int8), f"{name}_quantized"))
        graph.initializer.append(numpy_helper.from_array(scale, f"{name}_scale"))
        dequantise = helper.make_node("DequantizeLinear", [f"{name}_quantized", f"{name}_scale"], [name], axis=1)
        graph.node.insert(0, dequantise)


def _spell_out_norms(model: onnx.ModelProto) -> None:
    """x / sqrt(mean(x^2) + eps) in plain operators: ONNX Runtime's RMSNormalization sums a row one value at a time."""
    graph = model.graph
    norms = [node for node in graph.node if node.op_type == "RMSNormalization"]
    unused = {norm.input[1] for norm in norms}  # scales of one, made anew from each input's shape
    graph.initializer.append(numpy_helper.from_array(np.array([-1], np.int64), "norm_axis"))
    spelled: dict[str, list[onnx.NodeProto]] = {}
    for norm in norms:
        x, y = norm.input[0], norm.output[0]
        eps = next(a.f for a in norm.attribute if a.name == "epsilon")
        graph.initializer.append(numpy_helper.from_array(np.array(eps, np.float32), f"{y}_eps"))
        spelled[y] = [
            helper.make_node("Mul", [x, x], [f"{y}_square"]),
            helper.make_node("ReduceMean", [f"{y}_square", "norm_axis"], [f"{y}_mean"]),
            helper.make_node("Add", [f"{y}_mean", f"{y}_eps"], [f"{y}_above_zero"]),
            helper.make_node("Sqrt", [f"{y}_above_zero"], [f"{y}_root"]),
            helper.make_node("Reciprocal", [f"{y}_root"], [f"{y}_factor"]),
            helper.make_node("Mul", [x, f"{y}_factor"], [y]),
        ]
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type == "RMSNormalization":
            nodes.extend(spelled[node.output[0]])
        elif not unused.intersection(node.output):
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def _torch_names(model: onnx.ModelProto, parameters: Arrays) -> dict[str, str]:
    """Initializer -> the name it has in the safetensors file. Matched by shape and values."""
    arrays = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    names: dict[str, str] = {}
    for name, array in arrays.items():
        if name.endswith("_quantized"):
            scale_name = name.removesuffix("_quantized") + "_scale"
            scale = arrays[scale_name]
            wide = array.astype(np.float32) * scale
            found = _match(wide, {n: p.T for n, p in parameters.items() if p.ndim == 2}, float(scale.max()))
            if found is None:
                raise RuntimeError(f"no parameter looks like {name} {array.shape}")
            names[name], names[scale_name] = f"{found}.int8", f"{found}.scale"
        elif array.dtype == np.float32 and array.size > 16:
            found = _match(array, parameters, 0.0)
            if found is not None and found not in names.values():
                names[name] = found
    return names


def _match(array: Array, candidates: Arrays, tolerance: float) -> str | None:
    for name, candidate in candidates.items():
        if candidate.shape == array.shape and np.abs(candidate - array).max() <= tolerance:
            return name
    return None


def _stored_tensors(model: onnx.ModelProto, names: dict[str, str], parameters: Arrays) -> Arrays:
    """What the graph uses, and the few small parameters that it folded into constants but PyTorch needs."""
    stored = {
        names[i.name]: np.ascontiguousarray(numpy_helper.to_array(i))
        for i in model.graph.initializer
        if i.name in names
    }
    for name, parameter in parameters.items():
        if name not in stored and f"{name}.int8" not in stored:
            stored[name] = np.ascontiguousarray(parameter)
    return stored


def _offsets(path: Path) -> dict[str, tuple[int, int]]:
    """Tensor -> (first byte in the file, length): a safetensors file is a length, a JSON header, then the tensors."""
    data = path.read_bytes()
    (header_bytes,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + header_bytes])
    header.pop("__metadata__", None)
    return {
        name: (8 + header_bytes + entry["data_offsets"][0], entry["data_offsets"][1] - entry["data_offsets"][0])
        for name, entry in header.items()
    }


def _point(initializer: onnx.TensorProto, location: str, offset: int, length: int) -> None:
    initializer.ClearField("raw_data")
    initializer.ClearField("float_data")
    initializer.ClearField("int32_data")
    initializer.data_location = TensorProto.EXTERNAL
    del initializer.external_data[:]
    for key, value in (("location", location), ("offset", str(offset)), ("length", str(length))):
        initializer.external_data.add(key=key, value=value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True, help="checkpoint.pt of training.embedded")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--about", default="", help="one line for the file's metadata")
    options = parser.parse_args()
    network = load_average(options.checkpoint)
    export(network, options.out, {"about": options.about} if options.about else {})


if __name__ == "__main__":
    main()
