"""`lightbrush train`."""

from __future__ import annotations

import sys

import typer

from lightbrush.cli.terminal import needs

app = typer.Typer(help="The recipes that make the shipped weights.", no_args_is_help=True)


@app.command("embedded", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def train_embedded(context: typer.Context) -> None:
    """Train the embedded model; what follows is handed to the recipe, which tells more with --help."""
    with needs("train"):
        from lightbrush.training.embedded import main as recipe
    sys.argv = ["lightbrush train embedded", *context.args]
    recipe()
