"""What `lightbrush models` tells: rows for programs, and the same as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from rich.table import Table

from lightbrush.errors import SettingsError
from lightbrush.models.catalogue import CATALOGUE, Entry, Licence, Source, find
from lightbrush.models.machine import DTYPES, Machine, Verdict, gb, gib, images_verdict, memory_bytes, verdict
from lightbrush.models.store import Store
from lightbrush.nn.latent.config import family
from lightbrush.nn.latent.memory import SAVINGS, needs


class Row(Struct, frozen=True, kw_only=True):
    """An entry of the catalogue and how it stands here. memory_bytes: by dtype, of a model of videos at 832x480, of
    pictures at 512x512, or of SDXL and FLUX at 1024x1024; empty of a part.

    size_bytes: of the files that are here, else of those that would be fetched. present_bytes: of these, here.
    """

    id: str
    name: str
    summary: str
    licence: Licence
    needs: tuple[str, ...]
    repository: str
    size_bytes: int
    present_bytes: int
    complete: bool
    pickles: tuple[str, ...]
    memory_bytes: dict[str, int]
    verdict: Verdict | None


def rows(store: Store, machine: Machine) -> list[Row]:
    """Every entry of the catalogue, in its order."""
    return [_row(entry, store, machine) for entry in CATALOGUE]


def _row(entry: Entry, store: Store, machine: Machine) -> Row:
    complete = store.source(entry)
    source = complete or max(entry.sources, key=store.present_bytes)
    present = store.present_bytes(source)
    memory, fits = _memory(entry, machine)
    return Row(
        id=entry.id,
        name=entry.name,
        summary=entry.summary,
        licence=entry.licence,
        needs=entry.needs,
        repository=source.repository,
        size_bytes=present if complete else source.size_bytes,
        present_bytes=present,
        complete=complete is not None,
        pickles=_pickles(source),
        memory_bytes=memory,
        verdict=fits,
    )


def _memory(entry: Entry, machine: Machine) -> tuple[dict[str, int], Verdict | None]:
    if entry.network:
        return {dtype: memory_bytes(entry.network, dtype) for dtype in DTYPES}, verdict(entry.network, machine)
    if entry.images:
        wide = entry.images in ("flux", "klein4b", "klein9b")
        side = 1024 if wide or entry.images == "sdxl" else 512
        takes = needs(family(entry.images), side, side)
        least = needs(family(entry.images), side, side, saving=SAVINGS[-1])
        found = {"bf16" if wide else "fp16": takes, SAVINGS[-1].numbers: least}
        return found, images_verdict(takes, machine, least)
    return {}, None


def table(found: list[Row]) -> Table:
    """The rows for people."""
    drawn = Table(box=None, header_style="bold")
    drawn.add_column("model", no_wrap=True)
    for title in ("licence", "size", "here", "memory", "this machine"):
        drawn.add_column(title, overflow="fold")
    for row in found:
        here = "yes" if row.complete else gb(row.present_bytes) if row.present_bytes else "no"
        memory = "\n".join(f"{dtype} {gib(size)}" for dtype, size in row.memory_bytes.items())
        licence = row.licence.name if row.licence.sure else f"{row.licence.name} (unsure)"
        drawn.add_row(row.id, licence, gb(row.size_bytes), here, memory, row.verdict.text if row.verdict else "")
    return drawn


def told(entry: Entry, store: Store) -> dict[str, Any]:
    """An entry that is here: where, its licence and where that is stated, and that a pickle is one."""
    located = store.locate(entry.id)
    size = store.present_bytes(located.source)
    doubt = "" if entry.licence.sure else "unsure: "
    text = (
        f"{entry.id}: {gb(size)} in {located.folder}\n  licence: {entry.licence.name} ({doubt}{entry.licence.source})"
    )
    for pickle in _pickles(located.source):
        text += f"\n  {pickle} is a pickle: it is read with weights_only, so that it cannot run code"
    return {
        "id": entry.id,
        "folder": str(located.folder),
        "files": {path: str(file) for path, file in located.files.items()},
        "size_bytes": size,
        "licence": entry.licence.name,
        "licence_sure": entry.licence.sure,
        "licence_source": entry.licence.source,
        "pickles": _pickles(located.source),
        "text": text,
    }


def unneeded(removed: Entry, store: Store) -> list[str]:
    """The parts of a removed entry that are here, and that no model here needs or can use."""
    needed = {part for entry in CATALOGUE if store.source(entry) for part in (*entry.needs, *entry.extras)}
    parts = (*removed.needs, *removed.extras)
    return [part for part in parts if part not in needed and store.source(find(part))]


def _pickles(source: Source) -> tuple[str, ...]:
    return tuple(file.path for file in source.files if file.pickle)


def check_licences(entries: Sequence[Entry]) -> None:
    """Raises SettingsError weights.licence for a licence that has to be accepted first."""
    for entry in entries:
        if entry.licence.accept:
            raise SettingsError(
                "weights.licence",
                f"{entry.name} comes under a licence that restricts its use: {entry.licence.name}",
                value=f"stated by the {entry.licence.source}",
                fix=f"Read it at {entry.sources[0].page}, then: lightbrush models pull {entry.id} --accept-licence",
            )
