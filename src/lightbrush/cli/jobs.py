"""`lightbrush jobs`: background work at a gateway that runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from lightbrush.cli.enhancing import Clarity, Creativity, Prompts, Quality, Resemblance, Seed, To
from lightbrush.cli.terminal import Json, err, out, print_json, read_file, say
from lightbrush.errors import SettingsError

if TYPE_CHECKING:
    from lightbrush.client import Jobs

app = typer.Typer(help="Pictures that a running gateway makes larger in the background.", no_args_is_help=True)

Url = Annotated[
    str, typer.Option(help="The gateway's address.", envvar="LIGHTBRUSH_URL", show_envvar=False, show_default=True)
]
Token = Annotated[str, typer.Option(help="The gateway's token, when the address does not carry it.")]
Id = Annotated[str, typer.Argument(help="As `jobs list` prints it.", show_default=False)]

_HERE: Final = "http://127.0.0.1:7860"


@app.command("list")
def list_jobs(url: Url = _HERE, token: Token = "", as_json: Json = False) -> None:
    """Every job that is kept, the oldest first."""
    from rich.table import Table

    jobs = _jobs(url, token).all()
    if as_json:
        print_json({"jobs": jobs})
        return
    table = Table("job", "state", "done", "left", "from", "to", "model", box=None, header_style="bold")
    for job in jobs:
        table.add_row(
            job["id"],
            job["state"],
            f"{100 * job['units_done'] // job['units']} %",
            _left(job),
            f"{job['source_width_px']}x{job['source_height_px']}",
            f"{job['width_px']}x{job['height_px']} {job['format']}",
            job["model"],
        )
    out.print(table)


@app.command("add")
def add_job(
    source: Annotated[Path, typer.Argument(help="PNG, JPEG or WebP.", show_default=False)],
    to: To = "x4",
    model: Annotated[str, typer.Option(help="light, photo or anime.")] = "light",
    form: Annotated[str, typer.Option("--format", help="png, jpeg or webp.")] = "png",
    quality: Quality = 92,
    priority: Annotated[int, typer.Option(min=1, max=100, help="Twice as high gets twice the time.")] = 1,
    creativity: Creativity = 0.0,
    resemblance: Resemblance = 0.7,
    clarity: Clarity = 0.5,
    prompt: Prompts = None,
    engine: Annotated[
        str | None, typer.Option(help="The engine that paints; else the gateway's first that can.")
    ] = None,
    seed: Seed = 0,
    url: Url = _HERE,
    token: Token = "",
    as_json: Json = False,
) -> None:
    """Begin to make a picture larger, in the time that drawing leaves."""
    import msgspec

    from lightbrush.engines.conditioning import parse_prompt

    data = read_file(source)
    asked: dict[str, Any] = {"to": to, "model": model, "format": form, "quality": quality, "priority": priority}
    if creativity:
        asked |= {"creativity": creativity, "resemblance": resemblance, "clarity": clarity, "seed": seed}
        asked |= {"prompts": msgspec.to_builtins([parse_prompt(text) for text in prompt or []])}
        asked |= {} if engine is None else {"engine": engine}
    elif prompt:
        say("without --creativity a prompt changes nothing")
    _tell(_jobs(url, token).enhance(data, **asked), as_json)


@app.command("show")
def show_job(job: Id, url: Url = _HERE, token: Token = "", as_json: Json = False) -> None:
    """How far one is."""
    _tell(_jobs(url, token).show(job), as_json)


@app.command("save")
def save_job(
    job: Id,
    output: Annotated[Path, typer.Option("--out", "-o", help="Where to write the picture.")],
    url: Url = _HERE,
    token: Token = "",
) -> None:
    """Write the picture that one made."""
    try:
        _jobs(url, token).save(job, output)
    except OSError as error:
        raise SettingsError(
            "settings.value", f"the file cannot be written: {error.strerror}", value=str(output)
        ) from None
    say(str(output))


@app.command("cancel")
def cancel_job(job: Id, url: Url = _HERE, token: Token = "", as_json: Json = False) -> None:
    """End one; one that has ended is removed, with its picture."""
    told = _jobs(url, token).cancel(job)
    if told is not None:
        _tell(told, as_json)
    elif as_json:
        print_json({"id": job, "state": "gone"})
    else:
        out.print(f"{job} is removed", highlight=False)


@app.command("pause")
def pause_job(job: Id, url: Url = _HERE, token: Token = "", as_json: Json = False) -> None:
    """Start nothing more of it; what is finished stays."""
    _tell(_jobs(url, token).pause(job), as_json)


@app.command("resume")
def resume_job(job: Id, url: Url = _HERE, token: Token = "", as_json: Json = False) -> None:
    """Go on with one that rests; of one that failed, try again what failed."""
    _tell(_jobs(url, token).resume(job), as_json)


def _jobs(url: str, token: str) -> Jobs:
    from lightbrush.client import Jobs

    return Jobs(url, token)


def _tell(job: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(job)
        return
    sizes = f"{job['source_width_px']}x{job['source_height_px']} to {job['width_px']}x{job['height_px']}"
    created = time.strftime("%Y-%m-%d %H:%M", time.localtime(job["created_ms"] / 1000))
    out.print(
        f"{job['id']}: {job['state']}, {job['units_done']} of {job['units']} units{_then(job)}\n"
        f"{sizes} by {job['model']}, {job['format']}, priority {job['priority']}, since {created}",
        highlight=False,
        soft_wrap=True,
    )
    if job["error"] is not None:
        err.print(f"{job['error']['code']}: {job['error']['message']}", style="red", highlight=False, markup=False)


def _then(job: dict[str, Any]) -> str:
    left = _left(job)
    return f", {left} left" if left else ""


def _left(job: dict[str, Any]) -> str:
    seconds = job["seconds_left"]
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
