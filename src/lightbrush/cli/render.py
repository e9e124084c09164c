"""`lightbrush render`."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lightbrush.cli.terminal import Device, Json, err, load_engine, out, parse_size, print_json, read_file, write_file
from lightbrush.errors import ShotError

if TYPE_CHECKING:
    from lightbrush.engines.engine import Engine
    from lightbrush.shots import EncodedPicture, Frame, Reference


def render(
    output: Annotated[Path, typer.Option("--out", "-o", help="Where to write the picture: .png or .jpg.")],
    sketch: Annotated[Path | None, typer.Option(help="The drawing: PNG, JPEG or WebP.")] = None,
    prompt: Annotated[
        list[str] | None,
        typer.Option(help="What it should be, with a weight of -2 to 2 after a colon if not 1: 'fog:0.4'. Repeatable."),
    ] = None,
    image: Annotated[
        list[str] | None,
        typer.Option(help="A picture as a prompt, with a weight of -2 to 2 like one: 'in.png:0.8'. Repeatable."),
    ] = None,
    base: Annotated[Path | None, typer.Option(help="The picture that --mask keeps: PNG, JPEG, WebP or GIF.")] = None,
    mask: Annotated[Path | None, typer.Option(help="Opaque where --base is rendered anew: PNG or WebP.")] = None,
    seed: Annotated[int, typer.Option(help="0 to 4294967295; the same seed gives the same picture.")] = 0,
    seed_to: Annotated[int, typer.Option(help="With --seed-mix: the seed to go to.")] = 0,
    seed_mix: Annotated[float, typer.Option(help="0: --seed alone; 1: --seed-to alone; between: on the way.")] = 0.0,
    steps: Annotated[int, typer.Option(help="Denoising steps; 0 is the engine's default.")] = 0,
    size: Annotated[str, typer.Option(help="256, or 512x256; the engine's default if not given.")] = "",
    strength: Annotated[float, typer.Option(help="0: the sketch is a hint; 1: every contour binds.")] = 0.85,
    parameter: Annotated[list[str] | None, typer.Option(help="An engine's own, NAME=VALUE. Repeatable.")] = None,
    quality: Annotated[int, typer.Option(help="Of a JPEG, 1 to 100.")] = 90,
    engine: Annotated[str, typer.Option(help="Engine id, or module:attribute.")] = "embedded",
    device: Device = "auto",
    url: Annotated[str, typer.Option(help="Render through the gateway at this address instead.")] = "",
    token: Annotated[str, typer.Option(help="The gateway's token, when the address does not carry it.")] = "",
    as_json: Json = False,
) -> None:
    """Render one picture, the same that the page would show."""
    from lightbrush.engines.conditioning import parse_prompt
    from lightbrush.shots import Asset, Frame

    engine_here = None if url else load_engine(engine, device)
    card = engine_here.card if engine_here else None
    width, height = parse_size(size, card)
    shot = Frame(
        engine=card.id if card else engine,
        width=width,
        height=height,
        prompts=tuple(map(parse_prompt, prompt or [])),
        references=tuple(map(_reference, image or [])),
        seed=seed,
        seed_to=seed_to,
        seed_mix=seed_mix,
        steps=steps,
        strength=strength,
        parameters=dict(map(_parameter, parameter or [])),
        accept="image/jpeg" if output.suffix.lower() in (".jpg", ".jpeg") else "image/png",
        quality=quality,
        sketch=read_file(sketch) if sketch else b"",
        base=Asset.of(read_file(base)) if base else None,
        mask=read_file(mask) if mask else b"",
    )
    started = time.perf_counter()
    with err.status("rendering"):
        picture = _render_at(url, shot, token) if engine_here is None else _render_here(engine_here, shot)
    spent_ms = (time.perf_counter() - started) * 1000.0
    write_file(output, picture.data)
    if as_json:
        digest = hashlib.sha256(picture.data).hexdigest()
        body = {
            "out": str(output),
            "width": picture.width,
            "height": picture.height,
            "engine": picture.engine,
        }
        print_json(body | {"sha256": digest, "ms": spent_ms, "times_ms": picture.times_ms})
    else:
        out.print(
            f"{output}: {picture.width}x{picture.height} by {picture.engine} in {spent_ms:.0f} ms",
            highlight=False,
        )


def _parameter(text: str) -> tuple[str, float | int | str | bool]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ShotError("shot.parameter", "a parameter is given as NAME=VALUE", value=text)
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = value
    return name, parsed if isinstance(parsed, float | int | str | bool) else value


def _reference(text: str) -> Reference:
    from lightbrush.engines.conditioning import split_weight
    from lightbrush.shots import Asset, Reference

    path, weight = split_weight(text)
    return Reference(Asset.of(read_file(Path(path))), weight)


def _render_here(engine: Engine, shot: Frame) -> EncodedPicture:
    from lightbrush.fleet.worker import render as render_as_a_worker

    return render_as_a_worker(shot, engine, "command line")


def _render_at(url: str, shot: Frame, token: str) -> EncodedPicture:
    from lightbrush.client import render as render_through

    return render_through(url, shot, token)
