"""What is seen where in a picture of the training world: the probe's labels on a CPU. ONNX Runtime, some 50 ms.

Made by `lightbrush.training.probe`; the graph by `lightbrush.training.label_graph`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open

from lightbrush.errors import SettingsError
from lightbrush.shots import Rgb

#: Larger pictures are read smaller: the probe was taught on 256 pixels.
MAX_SIDE_PX: Final = 512
#: It halves its sides so often.
_STEP_PX: Final = 32


class LabelReader:
    """A session over `probe.onnx`; the weights lie beside it in `probe.safetensors`."""

    def __init__(self, path: Path) -> None:
        """Raises SettingsError: `weights.missing`, `weights.damaged`."""
        import onnxruntime as ort  # a gateway may never need it

        if not path.is_file():
            raise SettingsError("weights.missing", "the reader of labels is not there", value=path.name)
        try:
            with safe_open(path.with_suffix(".safetensors"), "numpy") as file:
                self.names: tuple[str, ...] = tuple(json.loads(file.metadata()["materials"]))
            options = ort.SessionOptions()
            options.intra_op_num_threads = 1  # beside a render that has the cores
            options.log_severity_level = 3
            self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime has no narrower public base class
            raise SettingsError("weights.damaged", f"the reader of labels cannot be read: {error}") from None

    def read(self, rgb: Rgb) -> NDArray[np.uint8]:
        """rgb: any size. -> the index in `names` of what is seen at each pixel [h, w]; as large as it was read."""
        width, height = read_at(rgb.shape[1], rgb.shape[0])
        fit = np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BILINEAR))
        planes = np.ascontiguousarray(fit.transpose(2, 0, 1)[None], np.float32) / 127.5 - 1
        (logits,) = self._session.run(["logits"], {"rgb": planes})
        # Edges between the coarse logits run where one overtakes the other, not along their cells.
        fine = [
            np.asarray(Image.fromarray(one).resize((width, height), Image.Resampling.BILINEAR)) for one in logits[0]
        ]
        return np.asarray(np.argmax(np.stack(fine), 0), np.uint8)


def read_at(width: int, height: int) -> tuple[int, int]:
    """The size that a picture is read at."""
    scale = min(1.0, MAX_SIDE_PX / max(width, height))
    return tuple(max(1, round(side * scale / _STEP_PX)) * _STEP_PX for side in (width, height))  # type: ignore[return-value]
