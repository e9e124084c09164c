"""The recipe of the dictionary:

    python -m lightbrush.training.dictionary --wordnet /usr/share/wordnet --out dictionary.txt

The sentence encoder spells a word that it seldom saw, so the prompt reader hears "peonies" as "peloton". What such a
word means, Princeton WordNet 3.0 says in common ones: a peony is a flower, of "numerous plants widely cultivated for
their showy flowers". From the words that are taught and that WordNet explains, a small network learns which
explanations mean what; then it reads those of all other words. What it is sure of is written down, as the common word
to read instead (`lightbrush.nn.dictionary`). No word is labelled for it, and none that is held out teaches it anything.
Some fifteen minutes on one core, most of them for the vectors of 100,000 explanations; seeds are fixed.
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from lightbrush.engines.conditioning import TOPICS
from lightbrush.nn.dictionary import as_text, base_forms, spelled
from lightbrush.nn.reader import PromptReader, load_reader
from lightbrush.nn.sentence import SentenceEncoder, load_vocabulary
from lightbrush.training import vocabulary as words
from lightbrush.training.readings import right
from lightbrush.training.texts import Encode, Example, core, stems, taught, without_held_out
from lightbrush.training.vocabulary import Said
from lightbrush.world.attributes import STYLES

#: What is read in place of a word, by what it says: an attribute and the least and the most of it. All are taught, are
#: read alike in any sentence, and have their opposite after "no".
STAND_INS: Final[tuple[tuple[str, str, float, float], ...]] = (
    ("mountains", "alpine", 0.5, 1.0),
    ("tropical islands", "islands", 0.5, 1.0),
    ("desert", "desert", 0.5, 1.0),
    ("forest", "forest", 0.5, 1.0),
    ("canyon", "canyon", 0.5, 1.0),
    ("meadow", "meadow", 0.5, 1.0),
    ("arctic ice", "arctic", 0.5, 1.0),
    ("volcano", "volcanic", 0.5, 1.0),
    ("savanna", "savanna", 0.5, 1.0),
    ("marsh", "wetland", 0.5, 1.0),
    ("city", "city", 0.5, 1.0),
    ("farmland", "farmland", 0.5, 1.0),
    ("sea cliffs", "cliffs", 0.5, 1.0),
    ("alien planet", "alien", 0.5, 1.0),
    ("coral reef", "underwater", 0.5, 1.0),
    ("jungle", "jungle", 0.5, 1.0),
    ("photograph", "photo", 0.5, 1.0),
    ("watercolour painting", "watercolour", 0.5, 1.0),
    ("oil painting", "oil", 0.5, 1.0),
    ("pencil drawing", "pencil", 0.5, 1.0),
    ("ink wash painting", "ink", 0.5, 1.0),
    ("anime", "cel", 0.5, 1.0),
    ("pixel art", "pixel", 0.5, 1.0),
    ("low poly", "lowpoly", 0.5, 1.0),
    ("stained glass", "glass", 0.5, 1.0),
    ("night", "sun_height", -1.0, -0.45),
    ("dusk", "sun_height", -0.45, 0.25),
    ("morning", "sun_height", 0.25, 0.6),
    ("noon", "sun_height", 0.6, 1.0),
    ("golden light", "warmth", 0.2, 1.0),
    ("cool light", "warmth", -1.0, -0.2),
    ("clouds", "clouds", 0.2, 1.0),
    ("clear sky", "clouds", -1.0, -0.2),
    ("storm", "storm", 0.2, 1.0),
    ("calm weather", "storm", -1.0, -0.2),
    ("fog", "fog", 0.2, 1.0),
    ("clear air", "fog", -1.0, -0.2),
    ("snow", "snow", 0.2, 1.0),
    ("snowless", "snow", -1.0, -0.2),
    ("water", "water", 0.2, 1.0),
    ("dry land", "water", -1.0, -0.2),
    ("waves", "waves", 0.2, 1.0),
    ("calm water", "waves", -1.0, -0.2),
    ("trees", "trees", 0.2, 1.0),
    ("treeless", "trees", -1.0, -0.2),
    ("autumn leaves", "autumn", 0.2, 1.0),
    ("green leaves", "autumn", -1.0, -0.2),
    ("steep hills", "relief", 0.2, 1.0),
    ("flat land", "relief", -1.0, -0.2),
    ("village", "village", 0.2, 1.0),
    ("wilderness", "village", -1.0, -0.2),
    ("flowers", "flowers", 0.2, 1.0),
    ("rain", "rain", 0.2, 1.0),
    ("dry air", "rain", -1.0, -0.2),
    ("falling snow", "snowfall", 0.2, 1.0),
    ("northern lights", "aurora", 0.2, 1.0),
    ("rainbow", "rainbow", 0.2, 1.0),
    ("cherry blossom", "blossom", 0.2, 1.0),
    ("aerial view", "view_height", 0.2, 1.0),
    ("seen from the ground", "view_height", -1.0, -0.2),
    ("telephoto", "lens", 0.2, 1.0),
    ("wide angle", "lens", -1.0, -0.2),
    ("castle", "castle", 0.2, 1.0),
    ("boats", "boats", 0.2, 1.0),
    ("bridge", "bridge", 0.2, 1.0),
    ("hot-air balloons", "balloons", 0.2, 1.0),
    ("birds", "birds", 0.2, 1.0),
    ("boulders", "boulders", 0.2, 1.0),
    ("road", "road", 0.2, 1.0),
    ("palm trees", "palms", 0.2, 1.0),
    ("cactus", "cacti", 0.2, 1.0),
)
#: Of WordNet's three most frequent senses of a word, how likely each is meant.
SENSES: Final = (1.0, 0.8, 0.6)
#: A step up to what is more general counts so much less.
STEP: Final = 0.85
#: A more general word that so many taught ones share is told to the network.
SHARED: Final = 3
#: Words that nobody taught, and how much each counts as saying nothing.
UNTAUGHT: Final = 5000
UNTAUGHT_COUNTS: Final = 0.3
#: From this probability on a meaning is written down. Chosen by leaving taught words out of the reader and of this.
SURE: Final = 0.4
#: And from this of what is none of a landscape's own things (`_SHOWN`), and of a common word.
SURER: Final = 0.8
HIDDEN: Final = 192
EPOCHS: Final = 20
BATCH: Final = 128
LEARNING_RATE: Final = 2e-3

#: Pointers to what is more general, likewise or whole: hypernyms, what an instance is of, similar adjectives, what an
#: adjective is a value of or belongs to.
_UP: Final = frozenset(("@", "@i", "&", "=", "\\"))
#: What a place lies in; from the word itself only.
_WITHIN: Final = "#p"
#: WordNet's files of what a landscape shows: animals, places, natural things, phenomena, plants.
_SHOWN: Final = frozenset((5, 15, 17, 19, 20))
#: And of what it may: adjectives, artifacts, events, substances, times. Not of people, nor of their groups.
_LISTED: Final = _SHOWN | {0, 1, 44, 6, 11, 27, 28}
_PERSON: Final = 18
_NAME: Final = re.compile(r"(?!(?:an?|the) )(?=.{4})[a-z']+(?: [a-z']+){0,2}")

Rows = NDArray[np.float32]
Heard = Callable[[str, int], bool]
Mean = Callable[[str], tuple[int, float, int]]


# 1. WordNet.


@dataclass(frozen=True)
class Sense:
    """One meaning. file: of WordNet's lexicographers; words: all that have it; up, within: others by their keys; gloss:
    what it is, in a sentence."""

    file: int
    words: tuple[str, ...]
    up: tuple[str, ...]
    within: tuple[str, ...]
    gloss: str


@dataclass(frozen=True)
class WordNet:
    """senses by key; of: a word as `spelled` gives it -> its senses' keys, the most frequent first. Nouns, then
    adjectives."""

    senses: Mapping[str, Sense]
    of: Mapping[str, Sequence[str]]

    def explained(self, key: str) -> str:
        """What is more general, then the gloss: "flower: any of numerous plants widely cultivated ..."."""
        sense = self.senses[key]
        general = f"{self.senses[sense.up[0]].words[0]}: " if sense.up else ""
        return general + sense.gloss[:160]

    def around(self, key: str) -> dict[str, int]:
        """The sense and all that is more general, by how many steps."""
        found = {key: 0, **dict.fromkeys(self.senses[key].within, 1)}
        todo = list(found)
        for at in todo:
            for up in self.senses[at].up:
                if up not in found:
                    found[up] = found[at] + 1
                    todo.append(up)
        return found


def read_wordnet(folder: Path) -> WordNet:
    """folder: with data.noun and the like (WordNet's manual, wndb(5))."""
    senses: dict[str, Sense] = {}
    of: dict[str, list[str]] = defaultdict(list)
    for name, letters in (("noun", "n"), ("adj", "as")):
        for line in (folder / f"data.{name}").read_text(encoding="latin-1").splitlines():
            if not line.startswith(" "):
                key, sense = _sense(line, letters)
                senses[key] = sense
        for line in (folder / f"index.{name}").read_text(encoding="latin-1").splitlines():
            if not line.startswith(" "):
                fields = line.split()
                of[spelled(fields[0].replace("_", " "))] += [letters[0] + key for key in fields[-int(fields[2]) :]]
    return WordNet(senses, of)


def _sense(line: str, letters: str) -> tuple[str, Sense]:
    head, _, gloss = line.partition(" | ")
    fields = head.split()
    count = int(fields[3], 16)
    named = tuple(word.partition("(")[0].replace("_", " ") for word in fields[4 : 4 + 2 * count : 2])
    pointers = fields[5 + 2 * count :]
    of_nouns_and_adjectives = [
        (kind, ("n" if letter == "n" else "a") + key)
        for kind, key, letter in zip(*(pointers[i : 4 * int(fields[4 + 2 * count]) : 4] for i in range(3)), strict=True)
        if letter in "nas"
    ]
    up = tuple(key for kind, key in of_nouns_and_adjectives if kind in _UP)
    within = tuple(key for kind, key in of_nouns_and_adjectives if kind == _WITHIN)
    return letters[0] + fields[0], Sense(int(fields[1]), named, up, within, gloss.partition('; "')[0].strip())


# 2. What the taught words say, of those that it explains.


def stand_ins(said: Said) -> set[int]:
    """Indices of STAND_INS."""
    return {i for i, (_, name, low, high) in enumerate(STAND_INS) if name in said and low <= said[name] <= high}


def labelled(known: Iterable[Example], wordnet: WordNet) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for example in known:
        name = next((form for form in base_forms(spelled(core(example.text))) if form in wordnet.of), None)
        if name and stand_ins(example.said):
            found[name] |= stand_ins(example.said)
    return dict(found)


class Explanations:
    """A sense as the network is told it: what is more general, then its explanation's vector. [columns + 384]."""

    def __init__(self, wordnet: WordNet, taught_words: Collection[str], vectors: Mapping[str, Rows]) -> None:
        self._wordnet, self._vectors = wordnet, vectors
        shared = Counter(up for word in taught_words for key in senses_of(wordnet, word) for up in wordnet.around(key))
        self._columns = {key: i for i, key in enumerate(k for k, count in shared.items() if count >= SHARED)}
        self._rarity = [min(3.0, math.log(2 * len(taught_words) / shared[key])) for key in self._columns]

    def row(self, key: str) -> Rows:
        general = np.zeros(len(self._columns), np.float32)
        for up, steps in self._wordnet.around(key).items():
            if up in self._columns:
                general[self._columns[up]] = STEP**steps * self._rarity[self._columns[up]]
        general /= max(1e-9, float(np.linalg.norm(general)))
        return np.concatenate([general, self._vectors[key]])

    def of(self, word: str) -> Rows:
        return np.stack([self.row(key) for key in senses_of(self._wordnet, word)])


def senses_of(wordnet: WordNet, word: str) -> Sequence[str]:
    return wordnet.of[word][: len(SENSES)]


# 3. The network that reads explanations.


def train(told: Explanations, said: Mapping[str, set[int]], untaught: Sequence[str], seed: int) -> nn.Module:
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rows, wanted, counts = [], [], []
    for word, meant in (*said.items(), *((word, set[int]()) for word in untaught)):
        of_word = told.of(word)
        for i, row in enumerate(of_word):
            rows.append(row)
            wanted.append([float(k in meant) for k in range(len(STAND_INS))])
            counts.append((1.0 if meant else UNTAUGHT_COUNTS) * 0.5**i / (2 - 0.5 ** (len(of_word) - 1)))
    inputs, targets, weights = torch.tensor(np.array(rows)), torch.tensor(wanted), torch.tensor(counts)
    network = nn.Sequential(
        nn.Dropout(0.1),
        nn.Linear(inputs.shape[1], HIDDEN),
        nn.ReLU(),
        nn.Dropout(0.4),
        last := nn.Linear(HIDDEN, len(STAND_INS)),
    )
    nn.init.constant_(last.bias, -4.0)  # most words say nothing
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=0.02)
    for _ in range(EPOCHS):
        for some in torch.randperm(len(inputs)).split(BATCH):
            wrong = F.binary_cross_entropy_with_logits(network(inputs[some]), targets[some], reduction="none")
            optimiser.zero_grad()
            (wrong.sum(1) * weights[some]).mean().backward()
            optimiser.step()
    return network.eval()


@torch.no_grad()
def meaning(network: nn.Module, told: Explanations, word: str) -> tuple[int, float, int]:
    """The index of STAND_INS that the word means most likely, how surely, and in which of its senses."""
    heard: Tensor = torch.sigmoid(network(torch.tensor(told.of(word))))
    heard = heard * torch.tensor(SENSES[: len(heard)])[:, None]
    sense, index = divmod(int(heard.argmax()), len(STAND_INS))
    return index, float(heard[sense, index]), sense


# 4. What is written down.


class Listing:
    """Which meanings are written down."""

    def __init__(self, wordnet: WordNet, common: Collection[str]) -> None:
        """common: words that the sentence encoder knows whole."""
        self._wordnet, self._common = wordnet, common

    def __call__(self, name: str, index: int, sure: float, sense: int) -> bool:
        """Of a landscape's own things what is SURE; of others what is surer; of people who paint how. A
        common word is told by those around it, unless it is a thing of one sense only."""
        senses = self._wordnet.of[name]
        file = self._wordnet.senses[senses[sense]].file
        if name in self._common and (file not in _SHOWN or len(senses) > 1 or sure < SURER):
            return False
        if file == _PERSON:
            return sure > SURE and STAND_INS[index][1] in STYLES
        return sure > (SURE if file in _SHOWN else SURER) and file in _LISTED


def entries(names: Iterable[str], mean: Mean, listed: Listing, heard: Heard) -> dict[str, str]:
    """Of these names, what to read instead of those that the reader does not hear by themselves."""
    found = {}
    for name in names:
        index, sure, sense = mean(name)
        if listed(name, index, sure, sense) and not heard(name, index):
            found[name] = STAND_INS[index][0]
    return found


def heard_by(reader: PromptReader, encode: Encode) -> Heard:
    """Whether the reader hears an index of STAND_INS in a name alone."""

    def heard(name: str, index: int) -> bool:
        _, attribute, low, high = STAND_INS[index]
        reading = reader.read(encode([name]))
        sure = reading.confidence[TOPICS.names.index(attribute)] > 0.5
        return bool(sure and right(reading.values, attribute, {attribute: (low + high) / 2}))

    return heard


def unknown(wordnet: WordNet, known: Sequence[Example]) -> list[str]:
    """WordNet's words and names that are no part of a taught text, nor of an everyday one."""
    texts = stems(spelled("|".join((*(e.text for e in known), words.SILENT))))
    return [name for name in sorted(wordnet.of) if _NAME.fullmatch(name) and stems(name) not in texts]


def left_out(
    told: Explanations, said: Mapping[str, set[int]], untaught: Sequence[str], seed: int
) -> tuple[float, float]:
    """With a tenth of the taught words left out: the share of these that is written down, and of that what is right."""
    families = sorted({stems(word) for word in said})
    test = set(np.random.default_rng(seed).permutation(families)[: len(families) // 10].tolist())
    network = train(told, {w: meant for w, meant in said.items() if stems(w) not in test}, untaught, seed)
    found = [(meaning(network, told, word), meant) for word, meant in said.items() if stems(word) in test]
    rightly = [index in meant for (index, sure, _), meant in found if sure > SURE]
    return len(rightly) / len(found), float(np.mean(rightly))


# 5. The command.


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m lightbrush.training.dictionary", description="Make the dictionary."
    )
    parser.add_argument(
        "--wordnet", type=Path, required=True, help="the folder of WordNet 3.0's data.noun and the like"
    )
    parser.add_argument("--out", type=Path, required=True, help="where to write dictionary.txt")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(arguments)

    wordnet, known = read_wordnet(asked.wordnet), taught()
    said = labelled(known, wordnet)
    encoder = SentenceEncoder(cached_texts=0)
    keys = list(wordnet.senses)
    vectors = encoder.encode_together([wordnet.explained(key) for key in keys])
    told = Explanations(wordnet, said, dict(zip(keys, vectors, strict=True)))
    names = unknown(wordnet, known)
    free = [e.text for e in without_held_out(Example(name, {}) for name in names)]
    untaught = np.random.default_rng(asked.seed).permutation(free)[:UNTAUGHT].tolist()
    with resources.as_file(resources.files("lightbrush") / "weights" / "reader.safetensors") as path:
        reader = load_reader(path, TOPICS)
    network = train(told, said, untaught, asked.seed)
    listed = Listing(wordnet, load_vocabulary())
    found = entries(names, partial(meaning, network, told), listed, heard_by(reader, encoder.encode_all))
    asked.out.write_text(as_text(found), encoding="utf-8")
    written, rightly = left_out(told, said, untaught, asked.seed)
    print(f"{len(said)} words taught, {len(found)} written down")
    print(f"of taught words left out {written:.3f} would be, {rightly:.3f} of these rightly")


if __name__ == "__main__":
    main()
