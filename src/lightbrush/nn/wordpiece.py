"""BERT's uncased word pieces (Devlin et al., "BERT", 2019; Wu et al., 2016): text -> token ids. Pure Python."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

_MAX_WORD_CHARS: Final = 100
#: Ideographs are words of their own.
_IDEOGRAPHS: Final = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def encode(text: str, vocabulary: Mapping[str, int], max_tokens: int) -> list[int]:
    """-> [CLS] pieces [SEP], at most max_tokens of them."""
    pieces = [vocabulary[piece] for word in words(text) for piece in split(word, vocabulary)]
    return [vocabulary["[CLS]"], *pieces[: max_tokens - 2], vocabulary["[SEP]"]]


def words(text: str) -> Iterator[str]:
    """Lower case, without accents and control characters; punctuation marks are words of their own."""
    clean = "".join(_cleaned(char) for char in text)
    plain = "".join(char for char in unicodedata.normalize("NFD", clean) if unicodedata.category(char) != "Mn")
    for chunk in plain.lower().split():
        word = ""
        for char in chunk:
            if _is_punctuation(char):
                if word:
                    yield word
                yield char
                word = ""
            else:
                word += char
        if word:
            yield word


def split(word: str, vocabulary: Mapping[str, int]) -> Sequence[str]:
    """Greedy, longest piece first; a word that does not come apart is unknown as a whole."""
    if len(word) > _MAX_WORD_CHARS:
        return ["[UNK]"]
    pieces: list[str] = []
    start = 0
    while start < len(word):
        prefix = "##" if start else ""
        for end in range(len(word), start, -1):
            if (piece := prefix + word[start:end]) in vocabulary:
                break
        else:
            return ["[UNK]"]
        pieces.append(piece)
        start = end
    return pieces


def _cleaned(char: str) -> str:
    if char.isspace() and char not in "\x1c\x1d\x1e\x1f":
        return " "
    if char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cf", "Cn", "Co"):
        return ""
    code = ord(char)
    return f" {char} " if any(first <= code <= last for first, last in _IDEOGRAPHS) else char


def _is_punctuation(char: str) -> bool:
    code = ord(char)
    ascii_mark = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return ascii_mark or unicodedata.category(char).startswith("P")
