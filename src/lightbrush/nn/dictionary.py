"""What rare words mean, in common ones: "field of peonies" is read as "field of flowers".

The sentence encoder spells a word that it seldom saw, and its vector follows the spelling. Here such a word gives way
to one that the prompt reader knows, and the grammar around it stays: "no cygnets" is "no birds". Made from
Princeton WordNet 3.0 by `lightbrush.training.dictionary`. Pure Python, microseconds.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from lightbrush.errors import SettingsError

#: Words of the longest name that is looked up.
LONGEST: Final = 3
_HEAD: Final = (
    "# Rare words, by the common one to read instead. From Princeton WordNet 3.0: wordnet-license.txt. CRC {}"
)
_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_NAME: Final = re.compile(r"[\w'\u2019]+(?:[ -][\w'\u2019]+)*")
_ARTICLE: Final = re.compile(r"\b[Aa]n? $")
#: Endings of plurals, and the singular's.
_PLURALS: Final = (("ies", "y"), ("ves", "f"), ("men", "man"), ("es", ""), ("s", ""))


class Dictionary:
    """Loaded entries. `plain` is pure."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        """entries: a rare word or name, as `spelled` gives it -> what is read instead."""
        self._entries = entries

    @classmethod
    def load(cls, path: Path) -> Dictionary:
        """Raises SettingsError when the file is missing or damaged."""
        if not path.is_file():
            raise SettingsError("weights.missing", "the dictionary is not there", value=path.name, fix=_FIX)
        try:
            head, _, body = path.read_text(encoding="utf-8").partition("\n")
        except UnicodeDecodeError as error:
            raise _damaged(str(error)) from error
        if head != _HEAD.format(_checksum(body)):
            raise _damaged(head[:160])
        lines = (line.partition(": ") for line in body.splitlines())
        return cls({rare: common for common, _, listed in lines for rare in listed.split("|")})

    def plain(self, text: str) -> str:
        """The text in words that are known; an article before a replaced one is left out: "a peony" is
        "flowers"."""
        words = list(_WORD.finditer(text))
        said, begin, at = "", 0, 0
        while at < len(words):
            count, common = self._longest(text, words[at : at + LONGEST])
            if common:
                said += _ARTICLE.sub("", text[begin : words[at].start()]) + common
                begin = words[at + count - 1].end()
            at += count
        return said + text[begin:]

    def _longest(self, text: str, words: list[re.Match[str]]) -> tuple[int, str]:
        """How many of the words are one that is listed, and what is read instead; 1 and nothing if none is."""
        for count in range(len(words), 0, -1):
            name = text[words[0].start() : words[count - 1].end()]
            if _NAME.fullmatch(name):
                for form in base_forms(spelled(name)):
                    if form in self._entries:
                        return count, self._entries[form]
        return 1, ""


def spelled(name: str) -> str:
    """In lower case, without accents and hyphens."""
    if not name.isascii():
        name = "".join(c for c in unicodedata.normalize("NFD", name) if unicodedata.category(c) != "Mn")
    return name.casefold().replace("-", " ").replace("\u2019", "'")


def base_forms(name: str) -> Iterator[str]:
    """The name, then what may be its singular."""
    yield name
    for ending, singular in _PLURALS:
        if name.endswith(ending) and len(name) > len(ending) + 2:
            yield name.removesuffix(ending) + singular


def as_text(entries: Mapping[str, str]) -> str:
    """The file."""
    by_common: dict[str, list[str]] = defaultdict(list)
    for rare, common in sorted(entries.items()):
        by_common[common].append(rare)
    body = "".join(f"{common}: {'|'.join(listed)}\n" for common, listed in sorted(by_common.items()))
    return f"{_HEAD.format(_checksum(body))}\n{body}"


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


_FIX: Final = "Install lightbrush anew"


def _damaged(seen: str) -> SettingsError:
    return SettingsError("weights.damaged", "the dictionary cannot be read", value=seen, fix=_FIX)
