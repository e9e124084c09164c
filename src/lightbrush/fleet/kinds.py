"""Kinds of jobs: what each is asked, and how that is cut into units. To add one: a `Request`, and a line in KINDS."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import msgspec

from lightbrush.enhance.tiles import Answer
from lightbrush.enhance.units import Enhancement, Phase
from lightbrush.errors import JobError
from lightbrush.premiere.units import Film
from lightbrush.shots import Made, Rgb, Size, Task


class Request(Protocol):
    """What a job is asked: a frozen value, kept as MessagePack. A unit is a pure function of it, of the unit's index
    and of what the phases before gave; `folder` is the job's own. Phases follow each other, and their units are
    numbered from 0 on."""

    # What is told of it: its picture's size and the source's, and what was asked.

    @property
    def size(self) -> Size: ...
    @property
    def source(self) -> Size: ...
    @property
    def picture(self) -> str:
        """The source's SHA-256; "" where that is no picture."""

    @property
    def to(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def format(self) -> str: ...

    @property
    def output(self) -> str:
        """The result's name in the job's folder."""

    @property
    def download(self) -> str:
        """A name for whoever saves it."""

    # Units

    @property
    def phases(self) -> tuple[Phase, ...]: ...

    def unit(self, folder: Path, unit: int) -> Task:
        """What a worker is sent for one that does not lay; a Frame with all that it names. Raises OSError, ValueError,
        LightbrushError."""

    def check(self, unit: int, answer: Made) -> None:
        """Raises ValueError when it is no answer to that unit."""

    def lay(self, folder: Path, step: int) -> None:
        """A unit that no worker does, in a process of its own. Done twice it writes the same. Raises
        LightbrushError, OSError."""

    def drop(self, folder: Path, step: int) -> None:
        """Files that nobody reads any more when that step was laid."""

    # Previews

    def answer(self, folder: Path, unit: int) -> Answer:
        """What a worker's unit gave. Raises OSError, ValueError."""

    def paste(self, picture: Rgb, folder: Path, unit: int, answer: Answer) -> None:
        """That into a preview, in place. Raises OSError, ValueError."""


KINDS: Final[dict[str, type[Request]]] = {"enhance": Enhancement, "premiere": Film}


def read(kind: str, packed: bytes) -> Request:
    """Raises JobError: job.request, for what another version wrote."""
    try:
        return msgspec.msgpack.decode(packed, type=KINDS[kind])
    except (KeyError, msgspec.MsgspecError) as error:
        fix = "Remove it, or go on with it by the version that began it"
        raise JobError("job.request", "this version does not know the job", value=f"{kind}: {error}", fix=fix) from None
