"""The command line: `lightbrush serve | render | video | enhance | premiere | jobs | models | world | simulate |
train | bench`.

Only what a command needs is imported, inside it, so that `lightbrush --help` is quick and the base install
works.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from lightbrush import __version__
from lightbrush.cli import bench, enhance, jobs, models, premiere, render, serve, simulate, train, video, world
from lightbrush.cli.terminal import err, out
from lightbrush.errors import LightbrushError

app = typer.Typer(
    help="Draw on the left; an AI renders your picture on the right while your hand still moves.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    serve.serve,
    render.render,
    video.video,
    enhance.enhance,
    premiere.premiere,
    world.world,
    simulate.simulate,
):
    app.command()(command)
app.add_typer(jobs.app, name="jobs")
app.add_typer(models.app, name="models")
app.add_typer(train.app, name="train")
app.add_typer(bench.app, name="bench")


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


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        out.print(__version__, highlight=False)
        raise typer.Exit
