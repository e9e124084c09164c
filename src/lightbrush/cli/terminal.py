"""What commands share: the two streams, options that several have, files, and how one says what it does."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from lightbrush.errors import SettingsError, ShotError
from lightbrush.settings import description

if TYPE_CHECKING:
    from rich.progress import Progress

    from lightbrush.engines.engine import Engine
    from lightbrush.models.store import Store
    from lightbrush.shots import EngineCard

out = Console()
err = Console(stderr=True)


def setting(name: str, *flags: str) -> Any:
    return typer.Option(*flags, help=description(name), show_default=False)


Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
ModelsFolder = Annotated[str | None, setting("models_folder")]


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """What is imported inside comes with an extra; say which when it is not there."""
    try:
        yield
    except ImportError as error:
        raise SettingsError(
            "extra.missing",
            f"this needs the extra {extra!r}",
            value=str(error),
            fix=f"pip install 'lightbrush[{extra}]'",
        ) from None


def open_store(models_folder: str | None) -> Store:
    from lightbrush.models.store import Store
    from lightbrush.settings import load

    settings = load({} if models_folder is None else {"models_folder": models_folder})
    return Store.of(settings.models_folder, os.environ)


def load_engine(engine: str, device: str) -> Engine:
    from lightbrush.engines.engine import find

    with err.status(f"loading {engine}"):
        return find(engine).load(device)


def parse_size(text: str, card: EngineCard | None) -> tuple[int, int]:
    if not text:
        return (card.default_size.width, card.default_size.height) if card else (256, 256)
    width, by, height = text.lower().partition("x")
    try:
        return int(width), int(height if by else width)
    except ValueError:
        raise ShotError("shot.size", "a size is given as 256 or 512x256", value=text) from None


def say(text: str) -> None:
    err.print(text, style="dim", highlight=False, markup=False, soft_wrap=True)


def progress_bars() -> Progress:
    from rich.progress import Progress

    return Progress(console=err, transient=True, disable=not err.is_terminal)


def read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError("settings.value", f"the file cannot be read: {error.strerror}", value=str(path)) from None


def write_file(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise SettingsError(
            "settings.value", f"the file cannot be written: {error.strerror}", value=str(path)
        ) from None


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
