"""Models of other makers, on this machine: a note beside the weights says where a folder or file is and how it renders.

    lightbrush/NAME.json in the folder of weights
    lightbrush/loras/NAME.json likewise, of a LoRA, which every engine of its family has
    lightbrush/controls/NAME.json likewise, of a ControlNet or a T2I-Adapter

The files stay where they are: to remove a model is to remove the note.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from lightbrush.errors import SettingsError
from lightbrush.models.store import Store
from lightbrush.nn.latent.config import FamilyId, Prediction, Shows, Way

Note = TypeVar("Note", bound=Struct)

_NAME: Final = re.compile("[a-z0-9][a-z0-9._-]{0,63}")


class Imported(Struct, frozen=True, kw_only=True):
    """path: absolute. steps: what it renders in by default. pickles: its files may be some. told: its
    network is told its guidance."""

    name: str
    path: str
    family: FamilyId
    way: Way
    steps: int
    prediction: Prediction = "epsilon"
    licence: str = "not known"
    pickles: bool = False
    told: bool = False


class Lora(Struct, frozen=True, kw_only=True):
    """Low-rank changes. path: absolute. family: of the networks that they fit. weight: by default."""

    name: str
    path: str
    family: FamilyId
    weight: float = 0.0
    licence: str = "not known"


class Control(Struct, frozen=True, kw_only=True):
    """What follows a sketch. path: absolute. family: of the networks that it stands beside. shows: what of a sketch it
    follows. pickles: its files may be some."""

    name: str
    path: str
    family: FamilyId
    shows: tuple[Shows, ...]
    licence: str = "not known"
    pickles: bool = False


def imported(store: Store) -> list[Imported]:
    """By name; a note that cannot be read is left out."""
    return _notes(_folder(store), Imported)


def loras(store: Store, family: str) -> list[Lora]:
    """Those of a family by name; a note that cannot be read is left out."""
    return [lora for lora in _notes(_folder(store) / _FOLDERS[Lora], Lora) if lora.family == family]


def controls(store: Store, family: str) -> dict[Shows, Control]:
    """Those of a family, by what a sketch shows; of several that follow the same, the first by name."""
    found: dict[Shows, Control] = {}
    for control in _notes(_folder(store) / _FOLDERS[Control], Control):
        if control.family == family:
            found = dict.fromkeys(control.shows, control) | found
    return found


def _notes(folder: Path, kind: type[Note]) -> list[Note]:
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=kind))
        except (OSError, msgspec.DecodeError):
            continue
    return found


def note(store: Store, model: Imported | Lora | Control, taken: frozenset[str]) -> Path:
    """Write it down. taken: names of engines and models that there are. Raises SettingsError weights.import."""
    folders = [_folder(store) / below for below in _FOLDERS.values()]
    path = _folder(store) / _FOLDERS[type(model)] / f"{model.name}.json"
    if not _NAME.fullmatch(model.name):
        raise SettingsError(
            "weights.import",
            "a name has 1 to 64 small letters, digits, dots, dashes and underscores, the first a letter or digit",
            value=model.name,
            fix="Name it: --as NAME",
        )
    if model.name in taken or any((folder / path.name).exists() for folder in folders):
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
    if not _NAME.fullmatch(name):
        return False
    for folder in (_folder(store) / below for below in _FOLDERS.values()):
        if (folder / f"{name}.json").exists():
            (folder / f"{name}.json").unlink()
            return True
    return False


#: Below the folder of notes.
_FOLDERS: Final[dict[type[Struct], str]] = {Imported: "", Lora: "loras", Control: "controls"}


def _folder(store: Store) -> Path:
    return store.folder / "lightbrush"
