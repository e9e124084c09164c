"""A recipe's numbers, changed from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Final, TypeVar, get_type_hints

from lightbrush.errors import SettingsError

R = TypeVar("R")
_TRUTHS: Final = {"true": True, "false": False}
_READERS: Final[dict[Any, Any]] = {int: int, float: float, bool: lambda text: _TRUTHS[text]}


def changed(recipe: R, let: Sequence[str]) -> R:
    """The recipe, a dataclass, with some of its numbers and truths as "name=value" has them.

    Raises SettingsError for another name or a value of another kind.
    """
    hints = get_type_hints(type(recipe))
    readers = {field.name: _READERS.get(hints[field.name]) for field in fields(recipe)}  # type: ignore[arg-type]
    values = {}
    for setting in let:
        name, _, text = setting.partition("=")
        reader = readers.get(name)
        if reader is None:
            known = ", ".join(name for name, reader in readers.items() if reader)
            raise SettingsError("settings.unknown", "the recipe has no such number", value=name, fix=f"It has {known}")
        try:
            values[name] = reader(text)
        except (ValueError, KeyError):
            raise SettingsError("settings.value", f"{name} cannot be this", value=text) from None
    return replace(recipe, **values)  # type: ignore[type-var]
