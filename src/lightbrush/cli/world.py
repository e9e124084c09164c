"""`lightbrush world`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lightbrush.cli.terminal import err, needs, out


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
