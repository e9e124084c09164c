"""Word pieces are BERT's: the ids below were made by the `tokenizers` package with the same vocabulary."""

from importlib.resources import files

import pytest

from lightbrush.nn import wordpiece

VOCABULARY = {
    piece: index
    for index, piece in enumerate(
        (files("lightbrush") / "weights" / "vocab.txt").read_text(encoding="utf-8").splitlines()
    )
}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Dawn, NA\xcfVE!", [101, 6440, 1010, 15743, 999, 102]),
        ("", [101, 102]),
        ("golden hour over the Matterhorn", [101, 3585, 3178, 2058, 1996, 3043, 9769, 102]),
        ("snow-capped peaks (at dusk)\u2026", [101, 4586, 1011, 13880, 11373, 1006, 2012, 18406, 1007, 1529, 102]),
        ("\u6771\u4eac \u306e \u5915\u713c\u3051", [101, 1879, 1755, 1671, 100, 100, 1654, 102]),
        ("it's 12:30\tnow", [101, 2009, 1005, 1055, 2260, 1024, 2382, 2085, 102]),
        ("unbelievably mistiness", [101, 4895, 8671, 2666, 3567, 6321, 11094, 9961, 102]),
        ("\xc5ngstr\xf6m's \xe7edilla", [101, 17076, 15687, 1005, 1055, 8292, 4305, 4571, 102]),
        ("a\x00b\u200bc", [101, 5925, 102]),
        ("\U0001f600 sunny", [101, 100, 11559, 102]),
    ],
)
def test_ids_are_berts(text: str, ids: list[int]) -> None:
    assert wordpiece.encode(text, VOCABULARY, 128) == ids


def test_a_long_text_is_cut_and_still_ends() -> None:
    ids = wordpiece.encode("lake " * 500, VOCABULARY, 128)
    assert len(ids) == 128
    assert ids[-1] == VOCABULARY["[SEP]"]


def test_a_word_without_pieces_is_unknown() -> None:
    assert wordpiece.split("x" * 101, VOCABULARY) == ["[UNK]"]
