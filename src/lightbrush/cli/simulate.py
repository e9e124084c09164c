"""`lightbrush simulate`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import typer

from lightbrush.cli.terminal import Json, out, print_json, say, write_file


def simulate(
    sessions: Annotated[
        list[int] | None, typer.Option(min=100, help="At the most at once; may be repeated. 100000 and 1000000.")
    ] = None,
    load: Annotated[list[str] | None, typer.Option(help="Only this one: day, flash or zone. Repeatable.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same figures.")] = 7,
    output: Annotated[Path | None, typer.Option("--out", "-o", help="Also plot it, into this PNG file.")] = None,
    as_json: Json = False,
) -> None:
    """Simulate a fleet under a day, a flash crowd and a failed zone, with the policies that the gateway runs."""
    import msgspec

    from lightbrush.errors import SettingsError
    from lightbrush.simulation.demand import SCENARIOS
    from lightbrush.simulation.report import POLICY, run, table

    known = [scenario.name for scenario in SCENARIOS]
    for name in load or []:
        if name not in known:
            raise SettingsError("settings.value", "no such load", value=name, fix=f"Loads: {', '.join(known)}")
    cases = run(sessions or [100_000, 1_000_000], seed, say, load or ())
    if output is not None:
        from lightbrush.simulation.plot import plot

        buffer = io.BytesIO()
        plot(cases, POLICY.latency_s * 1000.0).save(buffer, "PNG", optimize=True)
        write_file(output, buffer.getvalue())
    if as_json:
        print_json(msgspec.to_builtins(cases))
    else:
        out.print(table(cases))
