"""The shipped weights: int8 matrices with one scale an output, everything else as it was. Read into PyTorch here."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open
from torch import Tensor

from lightbrush.errors import SettingsError
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig


def load(path: Path) -> PixelTransformer:
    """Read `embedded.safetensors` into a network in float32 on the CPU.

    A matrix W [out, in] is stored as `W.int8` [in, out] with `W.scale` [out]: W = (int8 * scale)^T. That is the layout
    which ONNX Runtime multiplies with, so both runtimes read the same bytes.
    """
    if not path.exists():
        raise SettingsError("weights.missing", "the embedded model's weights are not there", value=str(path))
    with safe_open(str(path), framework="pt") as file:
        config = PixelTransformerConfig(**json.loads(file.metadata()["config"]))
        stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is not a dict)
    network = PixelTransformer(config)
    state: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        if name.endswith(".int8"):
            plain = name.removesuffix(".int8")
            state[plain] = (tensor.float() * stored[f"{plain}.scale"]).T.contiguous()
        elif not name.endswith(".scale"):
            state[name] = tensor.float()
    missing, unexpected = network.load_state_dict(state, strict=False)
    if missing or unexpected:
        raise SettingsError(
            "weights.damaged",
            "the embedded model's weights do not fit the network",
            value=f"missing {missing[:3]}, unexpected {unexpected[:3]}",
        )
    return network.eval()
