"""`lightbrush bench`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lightbrush.cli.terminal import Device, Json, err, load_engine, needs, out, print_json, say, write_file
from lightbrush.errors import SettingsError

if TYPE_CHECKING:
    from rich.table import Table

app = typer.Typer(help="Measure this machine.", no_args_is_help=True)


@app.command("studio")
def bench_studio(
    engine: Annotated[str, typer.Option(help="Engine id, or module:attribute.")] = "embedded",
    seconds: Annotated[float, typer.Option(min=1.0, help="Length of each measurement.")] = 10.0,
    output: Annotated[Path | None, typer.Option("--out", "-o", help="Also write the JSON here.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the studio end to end: a real gateway, real sockets."""
    from lightbrush.benchmarks.studio import run, table

    report = run(engine, seconds, say)
    _tell(report, table(report), output, as_json)


@app.command("page")
def bench_page(
    engine: Annotated[
        str | None,
        typer.Option(help="Engine id, or module:attribute, to render here; else ready pictures come, ten a second."),
    ] = None,
    seconds: Annotated[float, typer.Option(min=1.0, help="How long it is drawn on.")] = 10.0,
    layers: Annotated[int, typer.Option(min=4, help="Of the document; targets are meant for 30.")] = 30,
    strokes: Annotated[int, typer.Option(min=4, help="On all layers together; targets are meant for 2,000.")] = 2000,
    output: Annotated[Path | None, typer.Option("--out", "-o", help="Also write the JSON here.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the page in a headless Chromium: many layers and strokes, a pen and a stream of renders."""
    from lightbrush.benchmarks.page import run, table

    report = run(engine, seconds, say, layers=layers, strokes=strokes)
    _tell(report, table(report), output, as_json)


@app.command("fleet")
def bench_fleet(
    seconds: Annotated[float, typer.Option(min=1.0, help="Length of each measurement.")] = 10.0,
    output: Annotated[Path | None, typer.Option("--out", "-o", help="Also write the JSON here.")] = None,
    as_json: Json = False,
) -> None:
    """Measure what dispatch costs, and how many sessions a gateway holds, with an engine of known cost."""
    from lightbrush.benchmarks.fleet import run, table

    report = run(seconds, say)
    _tell(report, table(report), output, as_json)


@app.command("runtimes")
def bench_runtimes(
    rounds: Annotated[int, typer.Option(min=1, help="Steps of each runtime; the median counts.")] = 25,
    as_json: Json = False,
) -> None:
    """Measure one step of the embedded model in every runtime that is installed."""
    from rich.table import Table

    from lightbrush.benchmarks.runtimes import run

    report = run(rounds=rounds)
    if as_json:
        print_json(report)
        return
    table = Table("runtime", "ms a step", "ratio", box=None, header_style="bold")
    for name, ms in report["step_ms"].items():
        table.add_row(name, f"{ms:.1f}", f"{report['ratio'][name]:.2f}")
    out.print(table)


@app.command("room")
def bench_room(
    seconds: Annotated[float, typer.Option(min=2.0, help="How long is drawn.")] = 20.0,
    output: Annotated[Path | None, typer.Option("--out", help="Also write the report here.")] = None,
    as_json: Json = False,
) -> None:
    """Measure a shared document: 20 editors, 30 updates a second each, one room."""
    from lightbrush.benchmarks.room import run, table

    report = run(seconds, say)
    _tell(report, table(report), output, as_json)


@app.command("gallery")
def bench_gallery(
    output: Annotated[Path, typer.Option("--out", "-o", help="The folder for README.md and its pictures.")] = Path(
        "gallery"
    ),
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 6, help="The same seed gives the same pictures.")] = 7,
    only: Annotated[list[str] | None, typer.Option(help="Only this part, such as styles or masks. Repeatable.")] = None,
    engine: Annotated[str, typer.Option(help="Engine id, or module:attribute.")] = "embedded",
    device: Device = "auto",
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
    loaded = load_engine(engine, device)
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
        write_file(output / name, data)
    size = sum(map(len, files.values())) / 2**20
    out.print(f"{output / 'README.md'}: {len(files) - 1} plates, {size:.1f} MiB in all", highlight=False)


@app.command("embedded", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench_embedded(context: typer.Context, as_json: Json = False) -> None:
    """Measure the embedded model's quality on held-out worlds."""
    with needs("train"):
        from lightbrush.benchmarks.embedded import main as measure
    measure([*context.args, *(["--json"] if as_json else [])])


@app.command("enhance")
def bench_enhance(
    model: Annotated[str, typer.Option(help="As of `lightbrush enhance`.")] = "light",
    device: Device = "auto",
    rounds: Annotated[int, typer.Option(min=1, help="Runs of the command; the median counts.")] = 3,
    part: Annotated[
        Literal["all", "network"], typer.Option(help="network: the models alone, on one CUDA GPU; --model all: each.")
    ] = "all",
    as_json: Json = False,
) -> None:
    """Measure pictures made larger: seconds, memory, and that no seam shows."""
    if part == "network":
        from lightbrush.benchmarks.cuda_enhance import run as run_networks
        from lightbrush.enhance.upscalers import MODELS

        report = run_networks(tuple(reversed(MODELS)) if model == "all" else (model,), say)
    else:
        from lightbrush.benchmarks.enhance import run

        report = run(model, device, rounds, say)
    _tell(report, None, None, as_json)


@app.command("images")
def bench_images(
    rounds: Annotated[int, typer.Option(min=1, help="Pictures of each case at most; the median counts.")] = 50,
    part: Annotated[list[str] | None, typer.Option(help="Only this: sd, sdxl, flux, klein, compiled.")] = None,
    output: Annotated[Path | None, typer.Option("--out", "-o", help="Also write the JSON here.")] = None,
    as_json: Json = False,
) -> None:
    """Measure pictures a second of Stable Diffusion and FLUX engines on this machine's GPU, with random weights."""
    with needs("images"):
        from lightbrush.benchmarks.images import PARTS, run

    if unknown := set(part or ()) - set(PARTS):
        raise SettingsError("settings.value", f"a part is {', '.join(PARTS)}", value=", ".join(sorted(unknown)))
    report = run(say, rounds, [case for name in part or PARTS for case in PARTS[name]])
    _tell(report, None, output, as_json)
    if any("error" in case for case in report["cases"].values()):
        raise typer.Exit(1)


@app.command("video")
def bench_video(
    variants: Annotated[
        bool, typer.Option("--variants", help="Instead, what each thing that makes it fast brings, and its error.")
    ] = False,
    part: Annotated[
        list[str] | None, typer.Option(help="Only this: 14b, attention, 1_3b, decode, several, live.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write the JSON here, anew after each part.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure live video on this machine's GPUs, with random weights."""
    with needs("torch"):
        from lightbrush.benchmarks import video

    if unknown := set(part or ()) - set(video.PARTS):
        raise SettingsError("settings.value", f"a part is {', '.join(video.PARTS)}", value=", ".join(sorted(unknown)))

    def keep(found: Any) -> None:
        if output is not None:
            _keep(found, output)

    report: Any = video.variants(say) if variants else video.run(say, part or video.PARTS, keep)
    keep(report)
    _tell(report, None, None, as_json)


@app.command("endless")
def bench_endless(
    blocks: Annotated[int, typer.Option(min=10, help="How many are rendered, one after the other.")] = 10_000,
    as_json: Json = False,
) -> None:
    """Measure what a worker of video holds after many blocks, with a tiny engine."""
    with needs("torch"):
        from lightbrush.benchmarks.endless import run

    report = run(blocks, say)
    _tell(report, None, None, as_json)


@app.command("gpu")
def bench_gpu(
    only: Annotated[list[str] | None, typer.Option(help="Only this section. Repeatable; --list names them.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="Not this section. Repeatable.")] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="Sections that do not fit into so many are left out.")] = 60.0,
    listed: Annotated[
        bool, typer.Option("--list", help="Name the sections and how long each may take, no more.")
    ] = False,
    output: Annotated[Path, typer.Option("--out", "-o", help="The JSON, written anew after each section.")] = Path(
        "bench/results/gpu.json"
    ),
    as_json: Json = False,
) -> None:
    """Measure everything that needs a CUDA GPU, each section in a process and a time of its own."""
    from lightbrush.benchmarks import gpu

    if listed:
        out.print(gpu.listing())
        return
    report = gpu.run(only or (), without or (), 60 * minutes, lambda found: _keep(found, output), say)
    if as_json:
        print_json(report)
    else:
        out.print(gpu.table(report))
    if not all(section["ok"] for section in report["sections"].values()):
        raise typer.Exit(1)


def _keep(report: dict[str, Any], output: Path) -> None:
    write_file(output, json.dumps(report, indent=2).encode() + b"\n")


def _tell(report: dict[str, Any], table: Table | None, output: Path | None, as_json: bool) -> None:
    """table: of its figures; without one the report is printed itself."""
    if output is not None:
        write_file(output, json.dumps(report, indent=2).encode() + b"\n")
    if as_json:
        print_json(report)
    elif table is None:
        out.print_json(data=report)
    else:
        out.print(table)
