"""What engines' cards say is what web/src/wire/engine-words.ts knows, no less and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import distribution
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from lightbrush.engines.images import LORA, card_with, recipe_of
from lightbrush.errors import SettingsError
from lightbrush.models.imported import Imported, Lora
from lightbrush.nn.latent.config import FamilyId, Way
from lightbrush.shots import EngineCard

SOURCE = (Path(__file__).parents[2] / "web" / "src" / "wire" / "engine-words.ts").read_text(encoding="utf-8")

#: What the server says, and the words that are shown for it.
KNOWN = [
    (json.loads(said), shown) for said, shown in re.findall(r'\[\s*("(?:[^"\\]|\\.)*"),\s*msg`([^`]*)`,?\s*\]', SOURCE)
]
#: Patterns of sentences around names.
AROUND = re.findall(r"\[\s*/(\^.+\$)/,\s*\([\w, ]+\) =>\s*t`", SOURCE)


def cards() -> Iterator[EngineCard]:
    """Of every engine that the package brings, of models that can be imported, and of one with LoRAs."""
    for point in distribution("lightbrush").entry_points.select(group="lightbrush.engines"):
        yield point.load().card
    for family, way, told in product(get_args(FamilyId), get_args(Way), (False, True)):
        with suppress(SettingsError):  # some families do not have every way
            yield recipe_of(Imported(name="mine", path="/mine", family=family, way=way, steps=4, told=told)).card
    found = [
        Lora(name="of-nobody-knows-whom", path="/", family="sd15"),
        Lora(name="free", path="/", family="sd15", licence="MIT"),
    ]
    yield card_with(recipe_of(Imported(name="mine", path="/", family="sd15", way="lcm", steps=4)).card, found)


def said_by(card: EngineCard) -> Iterator[str]:
    """All but names of people's own files."""
    yield card.summary
    yield from (material.label for material in card.materials)
    for parameter in (*card.tweaks, *card.parameters):
        if not parameter.name.startswith(LORA):
            yield parameter.label
        yield from (parameter.help, *parameter.choices)


#: By the first card that says it.
SAID = {sentence: card.id for card in reversed([*cards()]) for sentence in said_by(card) if sentence}


@pytest.mark.parametrize("sentence", sorted(SAID))
def test_the_page_knows_what_cards_say(sentence: str) -> None:
    known = sentence in dict(KNOWN) or any(re.fullmatch(pattern, sentence) for pattern in AROUND)
    assert known, (
        f"the card of {SAID[sentence]} says {sentence!r}, and web/src/wire/engine-words.ts has no words for it"
    )


@pytest.mark.parametrize("sentence", sorted(said for said, _ in KNOWN))
def test_the_page_knows_nothing_that_no_card_says(sentence: str) -> None:
    assert sentence in SAID, f"web/src/wire/engine-words.ts has words for {sentence!r}, which no card says"


@pytest.mark.parametrize("pattern", AROUND)
def test_each_sentence_around_names_is_said(pattern: str) -> None:
    said = any(re.fullmatch(pattern, sentence) for sentence in SAID)
    assert said, f"web/src/wire/engine-words.ts has words for {pattern!r}, which no card says"


def test_in_english_the_page_shows_what_was_said() -> None:
    assert len(KNOWN) == SOURCE.count("msg`"), "an entry is written otherwise than this test reads"
    assert len(AROUND) == SOURCE.count("=> t`"), "likewise"
    assert [shown for _, shown in KNOWN] == [said for said, _ in KNOWN]
