"""Rare words in common ones: what gives way, what stays, refused files, and what the shipped dictionary makes heard."""

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from lightbrush.engines.conditioning import TOPICS, Conditioner, Conditions
from lightbrush.errors import SettingsError
from lightbrush.nn.dictionary import Dictionary, as_text
from lightbrush.shots import Prompt

SHIPPED = Path(str(resources.files("lightbrush") / "weights" / "dictionary.txt"))

SMALL = Dictionary({"peony": "flowers", "blimp": "hot-air balloons", "mont blanc": "mountains", "half light": "dusk"})


@pytest.fixture(scope="module")
def conditioner() -> Conditioner:
    return Conditioner.load()


@pytest.fixture(scope="module")
def spelled() -> Conditioner:
    return Conditioner.load(dictionary=False)


def asked(conditioner: Conditioner, text: str) -> Conditions:
    return conditioner.condition((Prompt(text),))


def said(conditioner: Conditioner, text: str, name: str) -> float:
    """What is heard of an attribute, by its sign, as surely as it is heard."""
    found = asked(conditioner, text)
    return float(found.values[TOPICS.names.index(name)] * found.presence[TOPICS.names.index(name)])


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a field of Peonies, at night", "a field of flowers, at night"),
        ("no blimps", "no hot-air balloons"),
        ("a blimp over Mont Blanc", "hot-air balloons over mountains"),
        ("in the half-light", "in the dusk"),
        ("Mont, Blanc", "Mont, Blanc"),
        ("p\u00e9ony", "flowers"),
        ("a field of flowers", "a field of flowers"),
        ("", ""),
    ],
)
def test_a_rare_word_gives_way_to_a_common_one_and_the_sentence_stays(text: str, plain: str) -> None:
    assert SMALL.plain(text) == plain


@pytest.mark.parametrize(("text", "name"), [("peonies", "flowers"), ("cygnets", "birds")])
def test_a_word_that_nobody_taught_is_heard_through_its_meaning(
    conditioner: Conditioner, spelled: Conditioner, text: str, name: str
) -> None:
    assert abs(said(spelled, text, name)) < 0.2
    assert said(conditioner, text, name) > 0.4
    assert said(conditioner, f"a quiet place with {text} in the evening", name) > 0.3


@pytest.mark.parametrize(("text", "name"), [("peonies", "flowers"), ("cygnets", "birds")])
def test_no_such_word_is_its_opposite(conditioner: Conditioner, text: str, name: str) -> None:
    for no in ("no {}", "without {}", "free of {}"):
        assert said(conditioner, no.format(text), name) < -0.4


@pytest.mark.parametrize("text", ["fog", "tropical lagoon", "Grand Canyon", "Montauk", "a castle on a hill at night"])
def test_taught_words_keep_their_reading(conditioner: Conditioner, spelled: Conditioner, text: str) -> None:
    assert np.array_equal(asked(conditioner, text).values, asked(spelled, text).values)


@pytest.mark.parametrize(
    "text", ["my tax declaration", "a sofa", "quarterly earnings", "the committee voted", "lorem ipsum"]
)
def test_everyday_texts_stay_silent(conditioner: Conditioner, text: str) -> None:
    assert asked(conditioner, text).presence.max() < 0.3


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.txt"
    path.write_text(as_text({"peony": "flowers", "blimp": "balloons", "tulip": "flowers"}), encoding="utf-8")
    assert Dictionary.load(path).plain("blimps, a tulip, peonies") == "balloons, flowers, flowers"


def test_a_file_that_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.txt"
    with pytest.raises(SettingsError, match=r"weights\.missing") as caught:
        Dictionary.load(path)
    assert "dictionary.txt" in caught.value.problem.value
    whole = SHIPPED.read_bytes()
    for damaged in (b"", b"no words", whole[: len(whole) // 2], whole[:300] + b"\xff" + whole[301:], whole + b"x"):
        path.write_bytes(damaged)
        with pytest.raises(SettingsError, match=r"weights\.damaged"):
            Dictionary.load(path)


def test_the_shipped_dictionary_is_small_and_names_its_source() -> None:
    assert SHIPPED.stat().st_size < 2**20
    assert "WordNet" in SHIPPED.read_text(encoding="utf-8").splitlines()[0]
    assert "Princeton University" in (SHIPPED.parent / "wordnet-license.txt").read_text(encoding="utf-8")
