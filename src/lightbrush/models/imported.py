"""Models of other makers, on this machine: a note beside the weights says where a folder or file is and how it renders.

    lightbrush/NAME.json in the folder of weights

The files stay where they are: to remove a model is to remove the note.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lightbrush.errors import SettingsError
from lightbrush.models.store import Store
from lightbrush.nn.latent.config import FamilyId, Prediction, Way

_NAME: Final = re.compile("[a-z0-9][a-z0-9._-]{0,63}")


class Imported(Struct, frozen=True, kw_only=True):
    """path: absolute. steps: what it renders in by default. pickles: its files may be some."""

    name: str
    path: str
    family: FamilyId
    way: Way
    steps: int
    prediction: Prediction = "epsilon"
    licence: str = "not known"
    pickles: bool = False


def imported(store: Store) -> list[Imported]:
    """By name; a note that cannot be read is left out."""
    found = []
    for path in sorted(_folder(store).glob("*.json")):
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=Imported))
        except (OSError, msgspec.DecodeError):
            continue
    return found


def note(store: Store, model: Imported, taken: frozenset[str]) -> Path:
    """Write it down. taken: names of engines and models that there are. Raises SettingsError weights.import."""
    path = _folder(store) / f"{model.name}.json"
    if not _NAME.fullmatch(model.name):
        raise SettingsError(
            "weights.import",
            "a name has 1 to 64 small letters, digits, dots, dashes and underscores, the first a letter or digit",
            value=model.name,
            fix="Name it: --as NAME",
        )
    if model.name in taken or path.exists():
        raise SettingsError(
            "weights.import",
            "there is a model of that name already",
            value=model.name,
            fix=f"Name it otherwise, --as NAME, or first: lightbrush models rm {model.name}",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(model)))
    return path


def forget(store: Store, name: str) -> bool:
    """Remove the note; -> whether there was one. The model's files stay."""
    path = _folder(store) / f"{name}.json"
    if not _NAME.fullmatch(name) or not path.exists():
        return False
    path.unlink()
    return True


def _folder(store: Store) -> Path:
    return store.folder / "lightbrush"
