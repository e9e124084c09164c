"""The picture reader on a CPU: what a reference picture shows, in the words of prompts. ONNX Runtime, some 10 ms.

Made by `lightbrush.training.picture_reader`. Of a picture it gives what the prompt reader gives of a text, a value and
a confidence for every attribute, and the sentence vector that a caption of it would have.
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
from lightbrush.nn.reader import Reading, Topics
from lightbrush.shots import Rgb

#: Pictures are read at this size, whatever theirs.
SIDE_PX: Final = 128

Array = NDArray[np.float32]


class PictureReader:
    """A session over `pictures.onnx`; the weights lie beside it in `pictures.safetensors`."""

    def __init__(self, path: Path, topics: Topics) -> None:
        """Raises SettingsError: `weights.missing`, or `weights.damaged`, also when made for other attributes."""
        import onnxruntime as ort  # a gateway may never need it

        if not path.is_file():
            raise SettingsError("weights.missing", "the picture reader is not there", value=path.name)
        self._topics = topics
        try:
            with safe_open(path.with_suffix(".safetensors"), "numpy") as file:
                names = tuple(json.loads(file.metadata()["attributes"]))
            options = ort.SessionOptions()
            options.intra_op_num_threads = 1  # beside a render that has the cores
            options.log_severity_level = 3
            self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime has no narrower public base class
            raise SettingsError("weights.damaged", f"the picture reader cannot be read: {error}") from None
        if names != topics.names:
            raise SettingsError("weights.damaged", "the picture reader was made for other attributes", value=str(names))

    def read(self, rgb: Rgb) -> tuple[Reading, Array]:
        """rgb: any size. -> what it shows, and its caption's vector [384], unit length."""
        small = np.asarray(Image.fromarray(rgb).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX))
        planes = np.ascontiguousarray(small.transpose(2, 0, 1)[None], np.float32) / 127.5 - 1
        values, doubt, meaning = (out[0] for out in self._session.run(["values", "doubt", "meaning"], {"rgb": planes}))
        unit = np.asarray(meaning / np.linalg.norm(meaning), np.float32)
        return Reading(values, confidence(values, doubt, self._topics)), unit


def confidence(values: Array, doubt: Array, topics: Topics) -> Array:
    """From what is left open to how surely it shows, [A], 0 to 1.

    Shares: one less their entropy as a part of the greatest possible. Numbers: one less doubt [A], the standard
    deviation of the reading, over that of the number itself (0.5).
    """
    sure = np.clip(1 - doubt / 0.5, 0, 1).astype(np.float32)
    for begin, end in topics.shares:
        share = np.clip(values[begin:end], 1e-6, 1)
        sure[begin:end] = 1 + (share * np.log(share)).sum() / np.log(end - begin)
    for x in topics.tints:
        sure[x : x + 2] = sure[x : x + 2].mean()
    return np.asarray(sure, np.float32)
