"""The prompt reader's recipe and its shipped weights: understood words, honest silence, refused files."""

import importlib.util
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from lightbrush.engines.conditioning import TOPICS
from lightbrush.errors import SettingsError
from lightbrush.nn.reader import LOUDER, MAX_CLAUSES, SECOND_OPINION, PromptReader, clauses, load_reader, log_odds
from lightbrush.nn.sentence import SentenceEncoder

if importlib.util.find_spec("torch") is None:
    pytest.skip("the recipe needs PyTorch: pip install lightbrush[train]", allow_module_level=True)

from lightbrush.training import reader as recipe
from lightbrush.training import readings, texts, vocabulary
from lightbrush.world.scene import HELD_OUT_SEEDS

SHIPPED = Path(str(resources.files("lightbrush") / "weights" / "reader.safetensors"))


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture(scope="module")
def reader() -> PromptReader:
    return load_reader(SHIPPED, TOPICS)


@pytest.fixture(scope="module")
def tensors() -> dict[str, np.ndarray]:
    return shipped()[0]


@pytest.mark.parametrize(("text", "wanted"), readings.FIRST_TRIES)
def test_what_a_person_tries_first(
    reader: PromptReader, encoder: SentenceEncoder, text: str, wanted: dict[str, float]
) -> None:
    reading = reader.read(encoder.encode_all(clauses(text)))
    for name in wanted:
        assert readings.right(reading.values, name, wanted), name
        assert reading.confidence[TOPICS.names.index(name)] > 0.5, name


@pytest.mark.parametrize("text", ["", "hello", "asdf", "a portrait of a man", "my tax declaration", "a sofa"])
def test_what_says_nothing_is_heard_as_nothing(reader: PromptReader, encoder: SentenceEncoder, text: str) -> None:
    assert reader.read(encoder.encode_all(clauses(text))).confidence.max() < 0.2


def test_the_shipped_weights_are_as_good_as_the_card_says(reader: PromptReader, encoder: SentenceEncoder) -> None:
    held_out = readings.measure(reader, texts.held_out_words(), encoder.encode_all)
    labels = readings.measure(reader, texts.labels(), encoder.encode_all)
    captions = readings.measure(reader, texts.captions(HELD_OUT_SEEDS[0], 100), encoder.encode_all)
    assert labels["accuracy"] >= 0.98
    assert held_out["accuracy"] >= 0.94
    assert held_out["heard"] >= 0.93
    assert held_out["auc"] >= 0.95
    assert captions["accuracy"] >= 0.95
    assert captions["false_alarms"] <= 0.01


def test_the_shipped_weights_are_small() -> None:
    assert SHIPPED.stat().st_size < 5_000_000


@pytest.mark.parametrize(("text", "hour"), [("dusk", -0.12), ("dawn", -0.12), ("sunset", 0.0), ("at dusk", -0.12)])
def test_low_suns_are_told_apart_from_night(
    reader: PromptReader, encoder: SentenceEncoder, text: str, hour: float
) -> None:
    assert reader.read(encoder.encode_all([text])).values[TOPICS.names.index("sun_height")] == pytest.approx(
        hour, abs=0.12
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fog", ["fog"]),
        ("", [""]),
        ("a city with boats, at night", ["a city", "boats", "night"]),
        ("rainbow over cliffs in autumn", ["rainbow", "cliffs", "autumn"]),
        ("a black and white drawing", ["a black and white drawing"]),
        ("a tall castle and heavy rain", ["a tall castle", "heavy rain"]),
        ("no big trees and no houses, fog", ["no big trees and no houses", "fog"]),
    ],
)
def test_a_text_is_read_whole_and_by_its_clauses(text: str, expected: list[str]) -> None:
    assert clauses(text) == (expected if len(expected) == 1 else [text, *expected])


def test_the_clauses_of_a_text_are_bounded() -> None:
    assert len(clauses("fog," * 200)) == MAX_CLAUSES


def test_no_held_out_word_is_learned() -> None:
    found = texts.examples(lambda given: np.zeros((len(given), 384), np.float32), seed=1, count=2400)
    learned = " | ".join(texts.stems(e.text) for e in found)
    for phrase in texts.held_out_words():
        assert texts.stems(texts.core(phrase.text)) not in learned, phrase.text


def test_a_word_in_another_form_is_the_same_word() -> None:
    for one, other in [("vineyard", "vineyards"), ("flurry", "flurries"), ("a blimp", "the blimps"), ("mist", "misty")]:
        assert texts.stems(texts.core(one)) == texts.stems(texts.core(other))


def test_the_same_seed_gives_the_same_texts() -> None:
    blank = lambda texts: np.zeros((len(texts), 384), np.float32)  # noqa: E731
    assert texts.examples(blank, 1, 100) == texts.examples(blank, 1, 100)


def test_the_same_seed_gives_the_same_weights() -> None:
    found = texts.phrases(vocabulary.PHRASES)[:600]
    first, again = (recipe.train(recipe.as_arrays(found, made_up), 3, epochs=1).weights() for _ in range(2))
    assert all(np.array_equal(first[name], again[name]) for name in first)


def made_up(texts: Sequence[str]) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.standard_normal((len(texts), 384)).astype(np.float32) / 20


def test_the_reader_computes_what_was_trained() -> None:
    torch = pytest.importorskip("torch")
    network = recipe.Network(384).eval()
    vector = made_up(["a"])[0]
    with torch.no_grad():
        values, confidence = network(torch.tensor(vector)[None])
    reading = recipe.as_reader(network.weights() | nothing_taught()).read(vector[None])
    for begin, end in TOPICS.shares:
        np.testing.assert_allclose(reading.values[begin:end], values[0, begin:end].softmax(0), atol=2e-3)
    n = TOPICS.scalars_from
    np.testing.assert_allclose(reading.values[n:], values[0, n:].tanh(), atol=2e-3)
    silence = SECOND_OPINION * log_odds(np.zeros(1, np.float32))[0] + LOUDER
    raw = np.clip(((confidence[0] + silence).sigmoid().numpy() - 0.1) / 0.8, 0, 1)
    expected = (raw**2 * (3 - 2 * raw))[list(TOPICS.of_attribute)]
    np.testing.assert_allclose(reading.confidence, expected, atol=2e-3)


def test_a_phrase_lies_nearest_to_itself(encoder: SentenceEncoder, tensors: dict[str, np.ndarray]) -> None:
    looked_up = recipe.as_reader(tensors)._phrases
    texts = ["castles", "northern lights", "a telephoto view"]
    values, speaks, nearest = looked_up.around(encoder.encode_all(texts), np.array(TOPICS.of_attribute))
    for row, (name, wanted) in enumerate([("castle", 0.8), ("aurora", 0.8), ("lens", 0.8)]):
        index = TOPICS.names.index(name)
        assert speaks[row].argmax() == TOPICS.of_attribute[index], name
        assert values[row, index] == pytest.approx(wanted, abs=0.2), name
    assert speaks.min() >= 0
    assert speaks.max() <= 1 + 1e-5
    assert nearest[:2].min() > 0.9 > nearest[2], "two were taught word for word"


@pytest.mark.parametrize("text", ["the moon", "backlit", "moonlit lake", "waterfall"])
def test_a_phrase_that_was_taught_without_a_land_is_none(
    encoder: SentenceEncoder, reader: PromptReader, text: str
) -> None:
    reading = reader.read(encoder.encode_all(clauses(text)))
    assert max(reading.confidence[begin] for begin, _ in TOPICS.shares) < 0.2


def test_what_lies_near_changes_what_is_heard(tensors: dict[str, np.ndarray]) -> None:
    """A network that says nothing, and one taught phrase of fog where the text is."""
    vector = np.zeros((1, 384), np.float32)
    vector[0, 0] = 1.0
    fog = TOPICS.names.index("fog")
    blank = {name: np.zeros_like(value) for name, value in tensors.items() if not name.startswith("near.")}
    taught = nothing_taught()
    taught["near.phrases"] = np.array([[127, 0], [0, 127]], np.int8)
    taught["near.starts"] = np.array([0, 1], np.int32)
    taught["near.values"] = np.zeros((2, len(TOPICS.names)), np.float16)
    taught["near.values"][0, fog] = 0.8
    taught["near.spoken"] = np.zeros((2, TOPICS.count), np.uint8)
    taught["near.spoken"][0, TOPICS.of_attribute[fog]] = 1
    near, far = (recipe.as_reader(blank | taught).read(v) for v in (vector, np.roll(vector, 1)))
    assert near.confidence[fog] > 0.99
    assert near.values[fog] == pytest.approx(0.4, abs=0.01), "half the network's 0, half the phrase's 0.8"
    assert far.confidence[fog] < 0.01
    assert far.values[fog] == pytest.approx(0, abs=0.01)


def nothing_taught() -> dict[str, np.ndarray]:
    """One phrase that says nothing."""
    axes = np.zeros((2, 384), np.float16)
    axes[0, 0] = axes[1, 1] = 1
    return {
        "near.middle": np.zeros(384, np.float16),
        "near.axes": axes,
        "near.phrases": np.array([[127, 0]], np.int8),
        "near.starts": np.zeros(1, np.int32),
        "near.values": np.zeros((1, len(TOPICS.names)), np.float16),
        "near.spoken": np.zeros((1, TOPICS.count), np.uint8),
    }


def test_no_held_out_phrase_is_looked_up() -> None:
    known = " | ".join(texts.stems(e.text) for e in texts.taught())
    for phrase in texts.held_out_words():
        assert texts.stems(texts.core(phrase.text)) not in known, phrase.text


def test_a_contradiction_is_no_example() -> None:
    night, noon = texts.phrases([("night", {"sun_height": -0.7}), ("noon", {"sun_height": 1.0})])
    assert texts.joined([night, noon], np.random.default_rng(0)) is None


def test_the_area_under_the_curve_counts_ties_half() -> None:
    assert readings.area_under_curve(np.array([1.0, 2.0]), np.array([0.0, 0.5])) == 1.0
    assert readings.area_under_curve(np.array([1.0]), np.array([1.0])) == 0.5
    assert readings.area_under_curve(np.array([0.0]), np.array([1.0])) == 0.0


def shipped() -> tuple[dict[str, np.ndarray], dict[str, str]]:
    with safe_open(SHIPPED, "numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118


def test_weights_for_other_attributes_are_refused(tmp_path: Path) -> None:
    tensors, metadata = shipped()
    names = json.loads(metadata["attributes"])
    save_file(tensors, tmp_path / "other.safetensors", metadata | {"attributes": json.dumps(names[::-1])})
    with pytest.raises(SettingsError, match="other attributes") as caught:
        load_reader(tmp_path / "other.safetensors", TOPICS)
    assert caught.value.code == "weights.damaged"


@pytest.mark.parametrize("harm", ["version", "tensor", "shape", "truncated", "not a file of weights"])
def test_damaged_weights_are_refused(tmp_path: Path, harm: str) -> None:
    tensors, metadata = shipped()
    path = tmp_path / "damaged.safetensors"
    if harm == "version":
        metadata["version"] = "0"
    if harm == "tensor":
        del tensors["value.bias"]
    if harm == "shape":
        tensors["value.bias"] = tensors["value.bias"][:-1].copy()
    save_file(tensors, path, metadata)
    if harm == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    if harm == "not a file of weights":
        path.write_text("hello")
    with pytest.raises(SettingsError) as caught:
        load_reader(path, TOPICS)
    assert caught.value.code == "weights.damaged"


def test_missing_weights_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"lightbrush\.training\.reader") as caught:
        load_reader(tmp_path / "none.safetensors", TOPICS)
    assert caught.value.code == "weights.missing"
