"""The embedded network on a CPU: ONNX Runtime, int8 weights and activations."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnxruntime as ort

from lightbrush.errors import SettingsError
from lightbrush.nn.painting import Float, HostNetwork


class OnnxNetwork(HostNetwork):
    """A session over `embedded.onnx`; the weights lie beside it in `embedded.safetensors`, shared with PyTorch."""

    name = "CPU (ONNX Runtime, int8)"

    def __init__(self, path: Path, threads: int | None = None) -> None:
        if not path.exists():
            raise SettingsError("weights.missing", "the embedded model is not there", value=str(path))
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or _physical_cores()
        # Threads spin inside a step, and let go of the cores between two: the gateway needs them then.
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        options.add_session_config_entry("session.force_spinning_stop", "1")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime has no narrower public base class
            raise SettingsError("weights.damaged", f"the embedded model cannot be read: {error}") from None

    def predict(self, noisy: Float, hints: Float, time: float, condition: Float, rope: Float) -> Float:
        """See `HostNetwork.predict`."""
        feeds = {
            "noisy": noisy,
            "hints": hints,
            "time": np.array([time], np.float32),
            "condition": condition[None],
            "rope": rope,
        }
        (clean,) = self._session.run(["clean"], feeds)
        return np.asarray(clean, np.float32)


def _physical_cores() -> int:
    return max(1, min(os.cpu_count() or 1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 8))
