"""The command line: `lightbrush serve | render | video | models | world | train | bench`.

Only what a command needs is imported, inside it, so that `lightbrush --help` is quick and the base install
works.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from lightbrush import __version__
from lightbrush.errors import LightbrushError, MediaError, SettingsError, ShotError
from lightbrush.settings import description

if TYPE_CHECKING:
    from rich.progress import Progress

    from lightbrush.engines.engine import Engine
    from lightbrush.models.store import Store
    from lightbrush.shots import EncodedPicture, EngineCard, Frame, Reference
    from lightbrush.timeline import Clip, Recipe

app = typer.Typer(
    help="Draw on the left; an AI renders your picture on the right while your hand still moves.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
models = typer.Typer(help="The engines installed here, and the weights of the video models.", no_args_is_help=True)
train = typer.Typer(help="The recipes that make the shipped weights.", no_args_is_help=True)
bench = typer.Typer(help="Measure this machine.", no_args_is_help=True)
app.add_typer(models, name="models")
app.add_typer(train, name="train")
app.add_typer(bench, name="bench")

out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def main() -> None:
    """The entry point: what goes wrong is one clear line and exit status 2, not a traceback."""
    try:
        app()
    except LightbrushError as error:
        problem = error.problem
        err.print(f"[bold red]error[/] [dim]{problem.code}[/]", end=" ")
        err.print(
            problem.message + (f" (saw {problem.value})" if problem.value else ""),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        if problem.fix:
            err.print(problem.fix, style="green", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)


def _setting(name: str, *flags: str) -> Any:
    return typer.Option(*flags, help=description(name), show_default=False)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        out.print(__version__, highlight=False)
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str | None, _setting("host")] = None,
    port: Annotated[int | None, _setting("port")] = None,
    token: Annotated[str | None, _setting("token")] = None,
    origin: Annotated[list[str] | None, _setting("origins")] = None,
    engine: Annotated[list[str] | None, _setting("engine")] = None,
    device: Annotated[str | None, _setting("device")] = None,
    workers: Annotated[int | None, _setting("workers")] = None,
    worker_listen: Annotated[str | None, _setting("worker_listen")] = None,
    worker_token: Annotated[str | None, _setting("worker_token")] = None,
    worker_nice: Annotated[int | None, _setting("worker_nice")] = None,
    max_sessions: Annotated[int | None, _setting("max_sessions")] = None,
    message_bytes: Annotated[int | None, _setting("message_bytes")] = None,
    asset_bytes: Annotated[int | None, _setting("asset_bytes")] = None,
    shot_timeout_s: Annotated[float | None, _setting("shot_timeout_s")] = None,
    models_folder: Annotated[str | None, _setting("models_folder")] = None,
    log_level: Annotated[str | None, _setting("log_level")] = None,
    config: Annotated[Path | None, typer.Option(help="A TOML file of settings; flags win over it.")] = None,
    as_json: Json = False,
) -> None:
    """Start the studio and print the address to open."""
    from lightbrush.gateway.serve import serve as run
    from lightbrush.settings import load

    flags = {
        "host": host,
        "port": port,
        "token": token,
        "origins": origin,
        "engine": engine,
        "device": device,
        "workers": workers,
        "worker_listen": worker_listen,
        "worker_token": worker_token,
        "worker_nice": worker_nice,
        "max_sessions": max_sessions,
        "message_bytes": message_bytes,
        "asset_bytes": asset_bytes,
        "shot_timeout_s": shot_timeout_s,
        "models_folder": models_folder,
        "log_level": log_level,
    }
    settings = load({name: value for name, value in flags.items() if value is not None}, file=config)

    def ready(address: str) -> None:
        if as_json:
            _print_json({"url": address})
        else:
            out.print(f"Lightbrush {__version__} is at [bold cyan]{address}[/]", highlight=False, soft_wrap=True)
            out.print(f"[dim]engine: {', '.join(settings.engine)} · Ctrl-C stops it[/]", highlight=False)

    run(settings, ready)


@app.command()
def render(
    output: Annotated[Path, typer.Option("--out", "-o", help="Where to write the picture: .png or .jpg.")],
    sketch: Annotated[Path | None, typer.Option(help="The drawing: PNG, JPEG or WebP.")] = None,
    prompt: Annotated[
        list[str] | None,
        typer.Option(help="What it should be, with a weight of -2 to 2 after a colon if not 1: 'fog:0.4'. Repeatable."),
    ] = None,
    image: Annotated[
        list[str] | None,
        typer.Option(help="A picture as a prompt, with a weight of -2 to 2 like one: 'in.png:0.8'. Repeatable."),
    ] = None,
    base: Annotated[Path | None, typer.Option(help="The picture that --mask keeps: PNG, JPEG, WebP or GIF.")] = None,
    mask: Annotated[Path | None, typer.Option(help="Opaque where --base is rendered anew: PNG or WebP.")] = None,
    seed: Annotated[int, typer.Option(help="0 to 4294967295; the same seed gives the same picture.")] = 0,
    seed_to: Annotated[int, typer.Option(help="With --seed-mix: the seed to go to.")] = 0,
    seed_mix: Annotated[float, typer.Option(help="0: --seed alone; 1: --seed-to alone; between: on the way.")] = 0.0,
    steps: Annotated[int, typer.Option(help="Denoising steps; 0 is the engine's default.")] = 0,
    size: Annotated[str, typer.Option(help="256, or 512x256; the engine's default if not given.")] = "",
    strength: Annotated[float, typer.Option(help="0: the sketch is a hint; 1: every contour binds.")] = 0.85,
    parameter: Annotated[list[str] | None, typer.Option(help="An engine's own, NAME=VALUE. Repeatable.")] = None,
    quality: Annotated[int, typer.Option(help="Of a JPEG, 1 to 100.")] = 90,
    engine: Annotated[str, typer.Option(help="Engine id, or module:attribute.")] = "embedded",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    url: Annotated[str, typer.Option(help="Render through the gateway at this address instead.")] = "",
    token: Annotated[str, typer.Option(help="The gateway's token, when the address does not carry it.")] = "",
    as_json: Json = False,
) -> None:
    """Render one picture, the same that the page would show."""
    from lightbrush.engines.conditioning import parse_prompt
    from lightbrush.shots import Asset, Frame

    engine_here = None if url else _load(engine, device)
    card = engine_here.card if engine_here else None
    width, height = _size(size, card)
    shot = Frame(
        engine=card.id if card else engine,
        width=width,
        height=height,
        prompts=tuple(map(parse_prompt, prompt or [])),
        references=tuple(map(_reference, image or [])),
        seed=seed,
        seed_to=seed_to,
        seed_mix=seed_mix,
        steps=steps,
        strength=strength,
        parameters=dict(map(_parameter, parameter or [])),
        accept="image/jpeg" if output.suffix.lower() in (".jpg", ".jpeg") else "image/png",
        quality=quality,
        sketch=_read(sketch) if sketch else b"",
        base=Asset.of(_read(base)) if base else None,
        mask=_read(mask) if mask else b"",
    )
    started = time.perf_counter()
    with err.status("rendering"):
        picture = _render_at(url, shot, token) if engine_here is None else _render_here(engine_here, shot)
    spent_ms = (time.perf_counter() - started) * 1000.0
    _write(output, picture.data)
    if as_json:
        digest = hashlib.sha256(picture.data).hexdigest()
        body = {
            "out": str(output),
            "width": picture.width,
            "height": picture.height,
            "engine": picture.engine,
        }
        _print_json(body | {"sha256": digest, "ms": spent_ms, "times_ms": picture.times_ms})
    else:
        out.print(
            f"{output}: {picture.width}x{picture.height} by {picture.engine} in {spent_ms:.0f} ms",
            highlight=False,
        )


ModelsFolder = Annotated[str | None, _setting("models_folder")]


@app.command()
def video(
    output: Annotated[Path, typer.Option("--out", "-o", help="Where to write the video: .mp4.")],
    timeline: Annotated[
        Path | None, typer.Option(help="Prompts over time: our JSON, or a timeline or workflow of Daydream Scope's.")
    ] = None,
    prompt: Annotated[
        list[str] | None,
        typer.Option(help="What it shows, with a weight above 0 after a colon if not 1: 'fog:0.4'. Repeatable."),
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Make this video of ours again; other flags change what they name.")
    ] = None,
    clip: Annotated[Path | None, typer.Option("--input", help="A video to change.")] = None,
    strength: Annotated[
        float | None, typer.Option(help="Of --input: above 0, at most 1, which keeps nothing of it; 0.7 if not given.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="How long it is; else as long as the timeline or the input, or 5.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="0 to 4294967295; the same seed gives the same video.")] = None,
    size: Annotated[str, typer.Option(help="Such as 832x480; multiples of 16.")] = "",
    steps: Annotated[int | None, typer.Option(min=1, max=32, help="Denoising steps of a block.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second; the models were trained on 16.")] = None,
    engine: Annotated[str, typer.Option(help="A model of `models list` that streams, or tiny-random.")] = "",
    decoder: Annotated[str, typer.Option(help="Of pixels; tiny: quickly, full: at best quality.")] = "",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Render also what a timeline of Scope's did not mean so; notes say what.")
    ] = False,
    models_folder: ModelsFolder = None,
    as_json: Json = False,
) -> None:
    """Render a video from prompts over time; the file holds what it was made from."""
    import msgspec

    from lightbrush.engines.video import DEFAULT, card
    from lightbrush.shots import Size
    from lightbrush.timeline import block_count, lasting

    # 1. What to make.
    recipe = _recipe(timeline, prompt or [], replay, engine, lenient)
    recipe = recipe.changed(clip=_clip(recipe.clip, clip, strength), **_given(fps=fps, decoder=decoder or None))
    if seconds is None and clip is not None:
        seconds = _seconds(recipe, clip, timed=not prompt)
    if seconds is not None:
        recipe = msgspec.structs.replace(recipe, timeline=lasting(recipe.timeline, seconds))
    even = None if steps is None else [round(1000 * (1 - step / steps)) for step in range(steps)]
    recipe = recipe.changed(_given(seed=seed, steps=even))
    described = card(recipe.timeline.model or DEFAULT)
    asked = Size(*(_size(size, None) if size else (recipe.timeline.width, recipe.timeline.height)))
    given = Size(*described.fitted(asked.width, asked.height))
    if given != asked:
        _say(
            f"{described.id} renders frames of at most {described.most_pixels} pixels: {asked.width}x{asked.height} "
            f"becomes {given.width}x{given.height}"
        )
    recipe = recipe.changed({"model": described.id, "width": given.width, "height": given.height})

    # 2. The engine.
    with needs("video"):
        from lightbrush.engines import wan
        from lightbrush.media import Mp4Writer
    with _bars() as bars:
        task = bars.add_task(f"loading {described.id}", total=None)
        loaded = wan.load(
            described.id,
            _store(models_folder),
            width=given.width,
            height=given.height,
            decoder=recipe.decoder,
            device=device,
            say=_say,
            progress=lambda what, done, total: bars.update(task, description=what, completed=done, total=total),
        )
    recipe = recipe.changed(made_with=f"lightbrush {__version__}, {loaded.device}")

    # 3. Its blocks.
    log = (wan.parameters(recipe, block) for block in range(block_count(recipe.timeline, recipe.fps)))
    source = wan.encoded(loaded, Path(recipe.clip.path), given, recipe.fps) if recipe.clip else None
    writer = Mp4Writer(
        output,
        width=given.width,
        height=given.height,
        fps=recipe.fps,
        recipe=recipe.encode(),
        title=recipe.timeline.name,
    )
    digest, started = hashlib.sha256(), time.perf_counter()
    with writer, _bars() as bars:
        task = bars.add_task("rendering", total=recipe.frames)
        for shown in wan.stream(loaded, log, video=source):
            frames = shown.frames[: recipe.frames - writer.frames]
            digest.update(frames.tobytes())
            writer.write(frames)
            bars.update(task, completed=writer.frames)
    spent_s = time.perf_counter() - started
    if as_json:
        body = {"out": str(output), "width": given.width, "height": given.height, "engine": described.id}
        _print_json(body | {"frames": recipe.frames, "frames_sha256": digest.hexdigest(), "s": spent_s})
    else:
        out.print(
            f"{output}: {recipe.frames} frames of {given.width}x{given.height} by {described.id}, "
            f"{recipe.frames / spent_s:.1f} a second",
            highlight=False,
            soft_wrap=True,
        )


@models.command("list")
def models_list(models_folder: ModelsFolder = None, as_json: Json = False) -> None:
    """Show the engines installed here, and the video models: licence, size, what is here, what they need."""
    import msgspec
    from rich.table import Table

    from lightbrush.engines.engine import installed
    from lightbrush.models.machine import this_machine
    from lightbrush.models.report import rows, table

    cards = [spec.card for spec in installed().values()]
    store, machine = _store(models_folder), this_machine()
    found = rows(store, machine)
    if as_json:
        report = {"engines": cards, "models": found, "folder": str(store.folder), "machine": machine}
        _print_json(msgspec.to_builtins(report))
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


@models.command("pull")
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
    store, missing = _store(models_folder), []
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
        _print_json({"here": [told(each, store) for each in entries if each.id not in missing], "missing": missing})
        return
    for each in entries:
        if each.id not in missing:
            out.print(told(each, store)["text"], highlight=False, soft_wrap=True, markup=False)
    for part in missing:
        out.print(f"{part} is not in {source}: lightbrush models pull {part}", highlight=False, soft_wrap=True)


@models.command("rm")
def models_rm(
    name: Annotated[str, typer.Argument(help="A model or a part, as `models list` names it.")],
    models_folder: ModelsFolder = None,
    as_json: Json = False,
) -> None:
    """Delete a video model's own files; the parts that it shares with others stay."""
    from lightbrush.models.catalogue import find
    from lightbrush.models.machine import gb
    from lightbrush.models.report import unneeded

    entry, store = find(name), _store(models_folder)
    freed = store.remove(entry)
    idle = unneeded(entry, store)
    if as_json:
        _print_json({"freed_bytes": freed, "no_longer_needed": idle})
        return
    out.print(f"{entry.id}: {gb(freed)} freed" if freed else f"{entry.id} was not here", highlight=False)
    if idle:
        out.print(f"Nothing here needs {', '.join(idle)} any more", highlight=False, soft_wrap=True)


@app.command()
def world(
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where to write: world.png, or clip.webp (.gif too) of a clip.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many landscapes.")] = 24,
    size: Annotated[int, typer.Option(min=32, max=1024, help="Pixels a side of each.")] = 256,
    seed: Annotated[int, typer.Option(help="The first world's seed.")] = 0,
    clip: Annotated[bool, typer.Option("--clip", help="One landscape in motion instead of a grid.")] = False,
    seconds: Annotated[float, typer.Option(min=0.1, max=60.0, help="How long the clip is.")] = 4.0,
    fps: Annotated[float, typer.Option(min=1.0, max=60.0, help="Frames a second of the clip.")] = 12.0,
) -> None:
    """Draw a grid of the procedural landscapes that the embedded model learned from, or one of them in motion."""
    from rich.progress import Progress

    with needs("world"):
        from lightbrush.world.clips import write_clip
        from lightbrush.world.sheet import write_grid

    path = output or Path("clip.webp" if clip else "world.png")
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("frames" if clip else "worlds", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        if not clip:
            write_grid(count, path, seed=seed, size=size, progress=show)
            out.print(f"{path}: {count} worlds", highlight=False)
            return
        segments = write_clip(path, seed=seed, seconds=seconds, fps=fps, size=size, progress=show)
    out.print(f"{path}: {segments[-1].end_s:.1f} s", highlight=False)
    for segment in segments:
        out.print(f"  {segment.start_s:4.1f} s  {segment.text}", highlight=False)


@train.command("embedded", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def train_embedded(context: typer.Context) -> None:
    """Train the embedded model; what follows is handed to the recipe, which tells more with --help."""
    with needs("train"):
        from lightbrush.training.embedded import main as recipe
    sys.argv = ["lightbrush train embedded", *context.args]
    recipe()


@bench.command("studio")
def bench_studio(
    engine: Annotated[str, typer.Option(help="Engine id, or module:attribute.")] = "embedded",
    seconds: Annotated[float, typer.Option(min=1.0, help="Length of each measurement.")] = 10.0,
    output: Annotated[Path | None, typer.Option("--out", "-o", help="Also write the JSON here.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the studio end to end: a real gateway, real sockets."""
    from lightbrush.benchmarks.studio import run, table

    report = run(engine, seconds, say=lambda text: err.print(text, style="dim", highlight=False))
    if output is not None:
        _write(output, json.dumps(report, indent=2).encode() + b"\n")
    if as_json:
        _print_json(report)
    else:
        out.print(table(report))


@bench.command("runtimes")
def bench_runtimes(
    rounds: Annotated[int, typer.Option(min=1, help="Steps of each runtime; the median counts.")] = 25,
    as_json: Json = False,
) -> None:
    """Measure one step of the embedded model in every runtime that is installed."""
    from rich.table import Table

    from lightbrush.benchmarks.runtimes import run

    report = run(rounds=rounds)
    if as_json:
        _print_json(report)
        return
    table = Table("runtime", "ms a step", "ratio", box=None, header_style="bold")
    for name, ms in report["step_ms"].items():
        table.add_row(name, f"{ms:.1f}", f"{report['ratio'][name]:.2f}")
    out.print(table)


@bench.command("gallery")
def bench_gallery(
    output: Annotated[Path, typer.Option("--out", "-o", help="The folder for README.md and its pictures.")] = Path(
        "gallery"
    ),
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 6, help="The same seed gives the same pictures.")] = 7,
    only: Annotated[list[str] | None, typer.Option(help="Only this part, such as styles or masks. Repeatable.")] = None,
    engine: Annotated[str, typer.Option(help="Engine id, or module:attribute.")] = "embedded",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Render a page of pictures to look at: styles, times, lands, pictures as prompts, masks, sliders."""
    import datetime
    import shlex

    from rich.progress import MofNCompleteColumn, Progress

    with needs("world"):
        from lightbrush.benchmarks.gallery import make

    given = ["lightbrush", "bench", "gallery", "--out", str(output), "--seed", str(seed)]
    given += [word for name in only or [] for word in ("--only", name)]
    given += ["--engine", engine] if engine != "embedded" else []
    loaded = _load(engine, device)
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=err, transient=True) as progress:
        task = progress.add_task("pictures", total=None)
        files = make(
            loaded,
            seed=seed,
            only=only or [],
            command=shlex.join(given),
            date=datetime.date.today(),
            progress=lambda done, of: progress.update(task, completed=done, total=of),
        )
    for name, data in files.items():
        _write(output / name, data)
    size = sum(map(len, files.values())) / 2**20
    out.print(f"{output / 'README.md'}: {len(files) - 1} plates, {size:.1f} MiB in all", highlight=False)


@bench.command("embedded", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench_embedded(context: typer.Context, as_json: Json = False) -> None:
    """Measure the embedded model's quality on held-out worlds."""
    with needs("train"):
        from lightbrush.benchmarks.embedded import main as measure
    sys.argv = ["lightbrush bench embedded", *context.args, *(["--json"] if as_json else [])]
    measure()


@bench.command("video")
def bench_video(
    variants: Annotated[
        bool, typer.Option("--variants", help="Instead, what each thing that makes it fast brings, and its error.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure live video on this machine's GPUs, with random weights."""
    with needs("torch"):
        from lightbrush.benchmarks import video

    def say(text: str) -> None:
        err.print(text, style="dim", highlight=False)

    report: Any = video.variants(say) if variants else video.run(say)
    if as_json:
        _print_json(report)
    else:
        out.print_json(data=report)


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


def _store(models_folder: str | None) -> Store:
    from lightbrush.models.store import Store
    from lightbrush.settings import load

    settings = load({} if models_folder is None else {"models_folder": models_folder})
    return Store.of(settings.models_folder, os.environ)


def _recipe(timeline: Path | None, prompts: list[str], replay: Path | None, engine: str, lenient: bool) -> Recipe:
    """What one of the three ways to say what a video is says; notes on what is not done are printed."""
    from lightbrush.engines.conditioning import split_weight
    from lightbrush.timeline import Recipe, Timeline, decode
    from lightbrush.timeline.value import convert

    given = [f"--{name}" for name, value in (("timeline", timeline), ("prompt", prompts), ("replay", replay)) if value]
    if len(given) != 1:
        raise SettingsError(
            "settings.value",
            "a video is made from one of --timeline, --prompt and --replay",
            value=" ".join(given) or "none of them",
        )
    if replay is not None:
        from lightbrush.media import info

        recipe = Recipe.decode(info(replay).recipe, replay)
        return recipe.changed({"model": engine}) if engine else recipe
    if timeline is None:
        phrases = [{"text": text, "weight": weight} for text, weight in map(split_weight, prompts)]
        made = {"model": engine, "spans": [{"start_s": 0.0, "end_s": 5.0, "prompts": phrases}]}
        return Recipe(version=1, timeline=convert(made, Timeline))
    read, notes = decode(_read(timeline), model=engine, lenient=lenient)
    for note in notes:
        _say(str(note))
    if read.settings.quantization:
        _say("$.settings.quantization: not done here; weights are rendered with in bfloat16")
    return Recipe(version=1, timeline=read)


def _clip(before: Clip | None, path: Path | None, strength: float | None) -> Clip | None:
    """The video to change: `path`, or that of a recipe, which must still be what it was."""
    from lightbrush.models.store import sha256
    from lightbrush.timeline import Clip

    if path is None and before is None:
        if strength is not None:
            raise SettingsError("settings.value", "--strength is of --input, which is not given", value=strength)
        return None
    where = path or Path(before.path if before else "")
    try:
        digest = sha256(where, lambda what, done, total: None)
    except OSError as error:
        raise MediaError(
            "media.input", f"the clip cannot be read: {error.strerror}", value=str(where), fix="Name it: --input"
        ) from None
    if path is None and before is not None and digest != before.sha256:
        raise MediaError("media.input", "the clip has changed since", value=str(where), fix="Name it: --input")
    if strength is None:
        strength = before.strength if before else 0.7
    return Clip(path=str(where), sha256=digest, strength=strength)


def _seconds(recipe: Recipe, clip: Path, *, timed: bool) -> float | None:
    """As long as the clip that a prompt is to change. None: as the recipe has it, where a timeline has timed it."""
    from lightbrush.media import info

    lasts_s = info(clip).duration_s
    if timed and lasts_s < recipe.timeline.end_s:
        _say(f"{clip} lasts {lasts_s:.1f} s; then it rests on its last frame")
    return None if timed else lasts_s or None


def _given(**values: Any) -> dict[str, Any]:
    """Without those that are None."""
    return {name: value for name, value in values.items() if value is not None}


def _say(text: str) -> None:
    err.print(text, style="dim", highlight=False, markup=False, soft_wrap=True)


def _bars() -> Progress:
    from rich.progress import Progress

    return Progress(console=err, transient=True, disable=not err.is_terminal)


def _parameter(text: str) -> tuple[str, float | int | str | bool]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ShotError("shot.parameter", "a parameter is given as NAME=VALUE", value=text)
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = value
    return name, parsed if isinstance(parsed, float | int | str | bool) else value


def _reference(text: str) -> Reference:
    from lightbrush.engines.conditioning import split_weight
    from lightbrush.shots import Asset, Reference

    path, weight = split_weight(text)
    return Reference(Asset.of(_read(Path(path))), weight)


def _size(text: str, card: EngineCard | None) -> tuple[int, int]:
    if not text:
        return (card.default_size.width, card.default_size.height) if card else (256, 256)
    width, by, height = text.lower().partition("x")
    try:
        return int(width), int(height if by else width)
    except ValueError:
        raise ShotError("shot.size", "a size is given as 256 or 512x256", value=text) from None


def _load(engine: str, device: str) -> Engine:
    from lightbrush.engines.engine import find

    with err.status(f"loading {engine}"):
        return find(engine).load(device)


def _render_here(engine: Engine, shot: Frame) -> EncodedPicture:
    from lightbrush.fleet.worker import render as render_as_a_worker

    return render_as_a_worker(shot, engine, "command line")


def _render_at(url: str, shot: Frame, token: str) -> EncodedPicture:
    from lightbrush.client import render as render_through

    return render_through(url, shot, token)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError("settings.value", f"the file cannot be read: {error.strerror}", value=str(path)) from None


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise SettingsError(
            "settings.value", f"the file cannot be written: {error.strerror}", value=str(path)
        ) from None


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()
