"""`lightbrush enhance`."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from lightbrush.cli.enhancing import Clarity, Creativity, Model, Prompts, Quality, Resemblance, Seed, To
from lightbrush.cli.terminal import Device, Json, load_engine, out, print_json, progress_bars, say
from lightbrush.errors import EnhanceError


def enhance(
    source: Annotated[Path, typer.Argument(help="PNG, JPEG, WebP, TIFF or EXR; or a video.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--out", "-o", help="Where to write it: .png, .jpg, .webp, .tif or .exr; a video: .mp4.")
    ],
    to: To = "x4",
    model: Model = "light",
    creativity: Creativity = 0.0,
    resemblance: Resemblance = 0.7,
    clarity: Clarity = 0.5,
    prompt: Prompts = None,
    engine: Annotated[str, typer.Option(help="The engine that paints: its id, or module:attribute.")] = "embedded",
    seed: Seed = 0,
    device: Device = "auto",
    quality: Quality = 92,
    as_json: Json = False,
) -> None:
    """Make a picture or a video larger and sharper, and nothing else of it; or, of a picture, as much as is wished."""
    import msgspec

    from lightbrush.engines.conditioning import parse_prompt
    from lightbrush.enhance import run, video
    from lightbrush.enhance.creative import Creative, Painter, check
    from lightbrush.enhance.upscalers import load

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that nothing half is left
    wishes = Creative(
        creativity=creativity,
        resemblance=resemblance,
        clarity=clarity,
        prompts=tuple(map(parse_prompt, prompt or [])),
        seed=seed,
    )
    check(wishes)
    is_video = output.suffix.lower() == video.SUFFIX
    if creativity > 0.0 and is_video:
        raise EnhanceError(
            "enhance.creative",
            "a video is enlarged as it is: painted anew frame by frame it would flicker",
            value=output.name,
            fix="Leave out --creativity",
        )
    if creativity == 0.0 and prompt:
        say("without --creativity a prompt changes nothing")
    upscaler = load(model, device, small=creativity > 0.0)
    painter = Painter(load_engine(engine, device), wishes) if creativity > 0.0 else None
    started = time.perf_counter()
    with progress_bars() as bars:
        task = bars.add_task("enhancing", total=None)

        def progress(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total)

        if is_video:
            made = video.enhance_video(source, to, output, upscaler, say=say, progress=progress)
        else:
            made = run.enhance(
                source, to, output, upscaler, painter=painter, quality=quality, say=say, progress=progress
            )
    spent_s = time.perf_counter() - started
    if as_json:
        told = msgspec.to_builtins(made) | {"out": str(output), "model": upscaler.name, "s": spent_s}
        print_json(told)
    else:
        out.print(
            f"{output}: {made.source.width}x{made.source.height} to {made.size.width}x{made.size.height} "
            f"by {upscaler.name}, {made.tiles} tiles in {spent_s:.1f} s"
            + (f", painted anew by {engine}" if made.painted else "")
            + (f", {made.frames} frames" if made.frames > 1 else ""),
            highlight=False,
            soft_wrap=True,
        )
