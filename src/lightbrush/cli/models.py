"""`lightbrush models`: the engines installed here, and the weights of the models of videos and pictures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from lightbrush.cli.terminal import Json, ModelsFolder, err, needs, open_store, out, print_json
from lightbrush.errors import LightbrushError, SettingsError
from lightbrush.nn.latent.config import Prediction, Shows, Way

app = typer.Typer(help="The engines installed here, and the weights of models.", no_args_is_help=True)


@app.command("list")
def models_list(models_folder: ModelsFolder = None, as_json: Json = False) -> None:
    """Show the engines installed here, and the models: licence, size, what is here, what they need."""
    import msgspec
    from rich.table import Table

    from lightbrush.engines.engine import installed
    from lightbrush.models.machine import this_machine
    from lightbrush.models.report import rows, table

    store, machine = open_store(models_folder), this_machine()
    cards = [spec.card for spec in installed(str(store.folder)).values()]
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
    memory = "memory at 832x480, of pictures at 512x512 and of SDXL at 1024x1024, by arithmetic"
    out.print(f"[dim]in {store.folder}; {memory}[/]", highlight=False, soft_wrap=True)


@app.command("pull")
def models_pull(
    name: Annotated[str, typer.Argument(help="A model or a part, as `models list` names it.")],
    source: Annotated[
        Path | None, typer.Option("--from", help="Take the files from this folder instead of the hub.")
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Not the parts that it needs.")] = False,
    extras: Annotated[
        bool, typer.Option("--extras", help="Also what it can use besides: reference pictures, lines.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept-licence", help="You have read the licence, and accept it, where it asks for that.")
    ] = False,
    models_folder: ModelsFolder = None,
    as_json: Json = False,
) -> None:
    """Fetch a model and the parts that it needs; what is broken off goes on when it is run again."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from lightbrush.models.catalogue import find, with_needs
    from lightbrush.models.hub import HuggingFaceHub, pull
    from lightbrush.models.images import IMAGES
    from lightbrush.models.report import check_licences, told

    entry = find(name)
    entries = (entry,) if alone else with_needs(entry)
    if extras:
        entries += tuple(each for part in entry.extras for each in with_needs(find(part)) if each not in entries)
    store, missing = open_store(models_folder), []
    if not accept:
        check_licences([each for each in entries if store.source(each) is None])
    if source is None:
        with needs("images" if entry in IMAGES else "video"):
            import huggingface_hub  # noqa: F401
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
    """Delete a model's own files; parts that it shares with others stay. One that was imported is only forgotten."""
    from lightbrush.models.catalogue import find
    from lightbrush.models.imported import forget
    from lightbrush.models.machine import gb
    from lightbrush.models.report import unneeded

    store = open_store(models_folder)
    if forget(store, name):
        if as_json:
            print_json({"freed_bytes": 0, "no_longer_needed": []})
        else:
            out.print(f"{name}: forgotten; its files stay where they are", highlight=False)
        return
    entry = find(name)
    freed = store.remove(entry)
    idle = unneeded(entry, store)
    if as_json:
        print_json({"freed_bytes": freed, "no_longer_needed": idle})
        return
    out.print(f"{entry.id}: {gb(freed)} freed" if freed else f"{entry.id} was not here", highlight=False)
    if idle:
        out.print(f"Nothing here needs {', '.join(idle)} any more", highlight=False, soft_wrap=True)


@app.command("import")
def models_import(
    path: Annotated[
        Path, typer.Argument(help="A model's folder in diffusers' layout, or its single file.", exists=True)
    ],
    name: Annotated[str, typer.Option("--as", help="The engine's name; by default the file's.")] = "",
    way: Annotated[
        Way,
        typer.Option(help="plain: as it is, guided; lcm: with LCM-LoRA; turbo, lightning: distilled to that."),
    ] = "plain",
    steps: Annotated[int, typer.Option(min=0, max=100, help="By default; 0 is what is usual of that way.")] = 0,
    prediction: Annotated[
        Prediction, typer.Option(help="Of a single file's network: epsilon, v_prediction or sample.")
    ] = "epsilon",
    weight: Annotated[float, typer.Option(min=-2.0, max=2.0, help="Of a LoRA, until its slider is moved.")] = 0.0,
    shows: Annotated[
        list[str] | None,
        typer.Option(
            help="Of a ControlNet or T2I-Adapter, what of a sketch it follows: lines, depth, pose, or several."
        ),
    ] = None,
    licence: Annotated[str, typer.Option(help="For the engine's card.")] = "not known",
    pickle: Annotated[
        bool, typer.Option("--pickle", help="Read .ckpt and .bin files too, in a way that runs no code.")
    ] = False,
    models_folder: ModelsFolder = None,
    as_json: Json = False,
) -> None:
    """Make an engine of a model like Stable Diffusion 1.5, 2.1, XL, FLUX.1 or FLUX.2 klein that is on this machine, or
    a slider of a LoRA for one, or let a ControlNet or T2I-Adapter follow sketches; the files stay there."""
    import msgspec

    with needs("images"):
        from lightbrush.engines.latent_loading import look_into
    from lightbrush.engines.engine import installed
    from lightbrush.engines.images import STEPS, recipe_of
    from lightbrush.models.catalogue import CATALOGUE
    from lightbrush.models.imported import Control, Imported, Lora, note
    from lightbrush.models.machine import gib
    from lightbrush.nn.latent.config import family
    from lightbrush.nn.latent.memory import needs as takes

    store = open_store(models_folder)
    found = look_into(path, store, pickle)
    name = name or re.sub("[^a-z0-9._-]+", "-", path.name.removesuffix(path.suffix if path.is_file() else "").lower())
    taken = frozenset((*(entry.id for entry in CATALOGUE), *installed(str(store.folder))))
    if found.lora:
        lora = Lora(name=name, path=str(path.resolve()), family=found.family, weight=weight, licence=licence)
        where = note(store, lora, taken)
        told = f"{name}: a LoRA for engines like {family(lora.family).name}, a slider of each that starts from now on"
        print_json({**msgspec.to_builtins(lora), "note": str(where)}) if as_json else out.print(told, markup=False)
        return
    if found.control:
        try:
            follows = msgspec.convert(shows, tuple[Shows, ...]) if shows else found.shows
        except msgspec.ValidationError:
            follows = ()
        if not follows:
            raise SettingsError(
                "weights.import",
                "what follows a sketch does not say what of it",
                value=shows or name,
                fix="Say --shows lines, --shows depth or --shows pose, or several of them",
            )
        control = Control(
            name=name,
            path=str(path.resolve()),
            family=found.family,
            shows=follows,
            licence=licence,
            pickles=pickle,
        )
        where = note(store, control, taken)
        told = f"{name}: follows {' and '.join(follows)} for engines like {family(control.family).name} that start now"
        print_json({**msgspec.to_builtins(control), "note": str(where)}) if as_json else out.print(told, markup=False)
        return
    if found.distilled and way == "plain":
        way = "turbo"
    model = Imported(
        name=name,
        path=str(path.resolve()),
        family=found.family,
        way=way,
        steps=steps or (STEPS["lightning"] if found.distilled else STEPS[way]),
        prediction=found.prediction if path.is_dir() else prediction,
        licence=licence,
        pickles=pickle,
        told=found.told,
    )
    size = recipe_of(model).card.default_size
    memory = takes(family(model.family), size.width, size.height, guided=recipe_of(model).guided)
    where = note(store, model, taken)
    if as_json:
        print_json({**msgspec.to_builtins(model), "note": str(where), "memory_bytes": memory})
        return
    told = f"{model.name}: like {family(model.family).name}, about {gib(memory)} at {size.width}x{size.height} on a GPU"
    out.print(f"{told}\n  lightbrush serve --engine {model.name}", highlight=False, soft_wrap=True, markup=False)
