"""`lightbrush models`: the engines installed here, and the weights of the video models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lightbrush.cli.terminal import Json, ModelsFolder, err, needs, open_store, out, print_json
from lightbrush.errors import LightbrushError

app = typer.Typer(help="The engines installed here, and the weights of the video models.", no_args_is_help=True)


@app.command("list")
def models_list(models_folder: ModelsFolder = None, as_json: Json = False) -> None:
    """Show the engines installed here, and the video models: licence, size, what is here, what they need."""
    import msgspec
    from rich.table import Table

    from lightbrush.engines.engine import installed
    from lightbrush.models.machine import this_machine
    from lightbrush.models.report import rows, table

    cards = [spec.card for spec in installed().values()]
    store, machine = open_store(models_folder), this_machine()
    found = rows(store, machine)
    if as_json:
        report = {"engines": cards, "models": found, "folder": str(store.folder), "machine": machine}
        print_json(msgspec.to_builtins(report))
        return
    engines = Table("engine", "name", "sizes", "steps", "licence", "summary", box=None, header_style="bold")
    for card in cards:
        sizes = ", ".join(f"{s.width}x{s.height}" for s in card.sizes)
        steps = f"{card.steps[0]}-{card.steps[1]} ({card.default_steps})"
        engines.add_row(card.id, card.name, sizes, steps, card.licence, card.summary)
    out.print(engines)
    out.print()
    out.print(table(found))
    out.print(f"[dim]in {store.folder}; memory at 832x480, by arithmetic[/]", highlight=False, soft_wrap=True)


@app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="A model or a part, as `models list` names it.")],
    source: Annotated[
        Path | None, typer.Option("--from", help="Take the files from this folder instead of the hub.")
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Not the parts that it needs.")] = False,
    models_folder: ModelsFolder = None,
    as_json: Json = False,
) -> None:
    """Fetch a video model and the parts that it needs; what is broken off goes on when it is run again."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from lightbrush.models.catalogue import find, with_needs
    from lightbrush.models.hub import HuggingFaceHub, pull
    from lightbrush.models.report import told

    entry = find(name)
    entries = (entry,) if alone else with_needs(entry)
    if source is None:
        with needs("video"):
            import huggingface_hub  # noqa: F401
    store, missing = open_store(models_folder), []
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=err, transient=True) as progress:
        task = progress.add_task(entry.name, total=None)

        def show(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        for each in entries:
            if source is None:
                pull(each, store, HuggingFaceHub(), show)
            elif store.source(each) is None:
                try:
                    store.adopt(each, source, show)
                except LightbrushError as error:
                    if each is entry or error.code != "weights.missing":
                        raise
                    missing.append(each.id)
    if as_json:
        print_json({"here": [told(each, store) for each in entries if each.id not in missing], "missing": missing})
        return
    for each in entries:
        if each.id not in missing:
            out.print(told(each, store)["text"], highlight=False, soft_wrap=True, markup=False)
    for part in missing:
        out.print(f"{part} is not in {source}: lightbrush models pull {part}", highlight=False, soft_wrap=True)


@app.command("rm")
def models_rm(
    name: Annotated[str, typer.Argument(help="A model or a part, as `models list` names it.")],
    models_folder: ModelsFolder = None,
    as_json: Json = False,
) -> None:
    """Delete a video model's own files; the parts that it shares with others stay."""
    from lightbrush.models.catalogue import find
    from lightbrush.models.machine import gb
    from lightbrush.models.report import unneeded

    entry, store = find(name), open_store(models_folder)
    freed = store.remove(entry)
    idle = unneeded(entry, store)
    if as_json:
        print_json({"freed_bytes": freed, "no_longer_needed": idle})
        return
    out.print(f"{entry.id}: {gb(freed)} freed" if freed else f"{entry.id} was not here", highlight=False)
    if idle:
        out.print(f"Nothing here needs {', '.join(idle)} any more", highlight=False, soft_wrap=True)
