"""`lightbrush bench runtimes`: one step of the embedded network, runtime against runtime, in one run.

Rounds go through all runtimes in turn, so that a machine that drifts drifts for all of them alike. PyTorch and OpenVINO
take part when they are installed.
"""

from __future__ import annotations

import datetime
import os
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lightbrush.nn import flow
from lightbrush.nn.rope import rope_table

Step = Callable[[], Any]


def run(rounds: int, size_px: int = flow.TRAINED_PX) -> dict[str, Any]:
    """-> step_ms by runtime (median), and the same as a ratio to the one that ships."""
    steps = dict(_steps(size_px))
    for step in steps.values():
        step()
        step()
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            began = time.perf_counter()
            step()
            times[name].append((time.perf_counter() - began) * 1000)
    medians = {name: statistics.median(seen) for name, seen in times.items()}
    ours = medians["onnxruntime int8"]
    return {
        "step_ms": {name: round(ms, 1) for name, ms in medians.items()},
        "ratio": {name: round(ms / ours, 2) for name, ms in medians.items()},
        "size_px": size_px,
        "threads": os.cpu_count(),
        "date": datetime.date.today().isoformat(),
    }


def _steps(size_px: int) -> list[tuple[str, Step]]:
    from lightbrush.engines.embedded import SHIPPED, read_layout
    from lightbrush.nn.onnx_network import OnnxNetwork

    rng = np.random.default_rng(0)
    noisy = flow.noise(0, size_px, size_px)
    hints = rng.standard_normal((1, 8, size_px, size_px), np.float32)
    condition = rng.standard_normal(read_layout().length).astype(np.float32)
    rope = rope_table(size_px // 16, size_px // 16, 64)
    shipped = OnnxNetwork(SHIPPED / "embedded.onnx")
    steps: list[tuple[str, Step]] = [("onnxruntime int8", lambda: shipped.predict(noisy, hints, 0.3, condition, rope))]
    if find_spec("torch") is None:
        return steps
    arrays = [noisy, hints, np.array([0.3], np.float32), condition[None], rope]
    return [*steps, *_torch_steps(SHIPPED / "embedded.safetensors", arrays)]


def _torch_steps(weights: Path, arrays: list[NDArray[np.float32]]) -> list[tuple[str, Step]]:
    import torch

    from lightbrush.nn import checkpoint

    network = checkpoint.load(weights)
    arrays[1] = arrays[1][:, : network.config.hints].copy()
    tensors = tuple(torch.from_numpy(array.copy()) for array in arrays)

    def eager() -> Any:
        with torch.no_grad():
            return network(*tensors)

    steps: list[tuple[str, Step]] = [("torch fp32", eager)]
    if find_spec("openvino") is not None:
        import openvino

        model = openvino.convert_model(network, example_input=tensors)
        core = openvino.Core()
        for precision in ("f32", "bf16"):
            hints = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
            request = core.compile_model(model, "CPU", hints).create_infer_request()
            steps.append((f"openvino {precision}", lambda request=request: request.infer(arrays)))  # type: ignore[misc]
    return steps
