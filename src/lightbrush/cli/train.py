"""`lightbrush train`."""

from __future__ import annotations

import typer

from lightbrush.cli.terminal import needs

app = typer.Typer(help="The recipes that make the shipped weights.", no_args_is_help=True)


@app.command(
    "embedded", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def train_embedded(context: typer.Context) -> None:
    """Train the embedded model: teacher, finishing, and what measures them. --help says more."""
    with needs("train"):
        from lightbrush.training.all import main as recipe
    recipe(context.args)
