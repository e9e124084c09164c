"""`lightbrush enhance`."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from lightbrush.cli.terminal import Json, out, print_json, progress_bars, say


def enhance(
    source: Annotated[Path, typer.Argument(help="PNG, JPEG, WebP or TIFF; or a video.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--out", "-o", help="Where to write it: .png, .jpg, .webp or .tif; a video: .mp4.")
    ],
    to: Annotated[
        str, typer.Option("--to", help="4k, 8k, 16k: the longer side; x4: times as large; or 3840x2160.")
    ] = "x4",
    model: Annotated[
        str,
        typer.Option(
            help="light: quick; photo: for photographs, slow on a CPU; anime; or a file: .param, .safetensors, .pth."
        ),
    ] = "light",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP.")] = 92,
    as_json: Json = False,
) -> None:
    """Make a picture or a video larger and sharper, and nothing else of it."""
    import msgspec

    from lightbrush.enhance import run, video
    from lightbrush.enhance.upscalers import load

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that nothing half is left
    upscaler = load(model, device)
    started = time.perf_counter()
    with progress_bars() as bars:
        task = bars.add_task("enhancing", total=None)

        def progress(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total)

        if output.suffix.lower() == video.SUFFIX:
            made = video.enhance_video(source, to, output, upscaler, say=say, progress=progress)
        else:
            made = run.enhance(source, to, output, upscaler, quality=quality, say=say, progress=progress)
    spent_s = time.perf_counter() - started
    if as_json:
        told = msgspec.to_builtins(made) | {"out": str(output), "model": upscaler.name, "s": spent_s}
        print_json(told)
    else:
        out.print(
            f"{output}: {made.source.width}x{made.source.height} to {made.size.width}x{made.size.height} "
            f"by {upscaler.name}, {made.tiles} tiles in {spent_s:.1f} s"
            + (f", {made.frames} frames" if made.frames > 1 else ""),
            highlight=False,
            soft_wrap=True,
        )
