"""`lightbrush premiere`."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from lightbrush.cli.enhancing import Model, To
from lightbrush.cli.terminal import Device, Json, load_engine, out, print_json, progress_bars, say
from lightbrush.errors import MediaError


def premiere(
    source: Annotated[Path, typer.Argument(help="A live session's recording: .lbrec.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--out", "-o", help="Where to write it: .mp4, or .zip for the pictures as PNG.")
    ],
    to: To = "4k",
    model: Model = "light",
    steps: Annotated[
        int, typer.Option(help="Denoising steps of every picture; another number makes another picture. 0: as drawn.")
    ] = 0,
    fps: Annotated[
        float, typer.Option(help="Frames a second; 0: each picture at the time at which it was seen.")
    ] = 0.0,
    engine: Annotated[
        list[str] | None,
        typer.Option(help="An engine that the recording names, as module:attribute, where its id is not enough."),
    ] = None,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Render a live session again, every picture that was seen, larger and sharper, and nothing else of it."""
    import msgspec

    from lightbrush.enhance.upscalers import load
    from lightbrush.premiere.bake import bake, grid_of
    from lightbrush.premiere.log import Log
    from lightbrush.premiere.plan import SUFFIXES, requested

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that nothing half is left
    forms = {suffix: form for form, suffix in SUFFIXES.items()}
    if output.suffix.lower() not in forms:
        raise MediaError(
            "media.write", "a premiere is an .mp4, or a .zip of its pictures", value=output.name, fix="-o out.mp4"
        )
    log = Log(source)
    if log.lost_bytes:
        say(f"the recording was cut off: its last {log.lost_bytes} bytes cannot be read")
    upscaler = load(model, device, small=True)
    form = forms[output.suffix.lower()]
    request = requested(log, to, upscaler.name, grid_of(upscaler), form=form, steps=steps, fps=fps)
    loaded = [load_engine(name, device) for name in engine or []]
    engines = {one.card.id: one for one in loaded}
    for look in request.looks:
        if look.engine not in engines:
            engines[look.engine] = load_engine(look.engine, device)
    started = time.perf_counter()
    with progress_bars() as bars:
        task = bars.add_task("rendering", total=None)
        made = bake(
            log, request, output, engines, upscaler, lambda done, total: bars.update(task, completed=done, total=total)
        )
    spent_s = time.perf_counter() - started
    if as_json:
        print_json(msgspec.to_builtins(made) | {"out": str(output), "model": upscaler.name, "s": spent_s})
    else:
        if not steps and made.same < made.pictures:
            say(f"{made.pictures - made.same} pictures were seen with other bytes: another device rendered them")
        out.print(
            f"{output}: {made.pictures} pictures, {made.seconds:.1f} s, {made.source.width}x{made.source.height} to "
            f"{made.size.width}x{made.size.height} by {upscaler.name}, in {spent_s:.1f} s"
            + ("" if steps else f"; {made.same} byte for byte what was seen"),
            highlight=False,
            soft_wrap=True,
        )
