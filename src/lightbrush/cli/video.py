"""`lightbrush video`."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lightbrush import __version__
from lightbrush.cli.terminal import (
    Json,
    ModelsFolder,
    needs,
    open_store,
    out,
    parse_size,
    print_json,
    progress_bars,
    read_file,
    say,
)
from lightbrush.errors import MediaError, SettingsError

if TYPE_CHECKING:
    from lightbrush.models.machine import Dtype
    from lightbrush.timeline import Clip, Recipe


def video(
    output: Annotated[Path, typer.Option("--out", "-o", help="Where to write the video: .mp4.")],
    timeline: Annotated[
        Path | None, typer.Option(help="Prompts over time: our JSON, or a timeline or workflow of Daydream Scope's.")
    ] = None,
    prompt: Annotated[
        list[str] | None,
        typer.Option(help="What it shows, with a weight above 0 after a colon if not 1: 'fog:0.4'. Repeatable."),
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Make this video of ours again; other flags change what they name.")
    ] = None,
    clip: Annotated[Path | None, typer.Option("--input", help="A video to change.")] = None,
    strength: Annotated[
        float | None, typer.Option(help="Of --input: above 0, at most 1, which keeps nothing of it; 0.7 if not given.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="How long it is; else as long as the timeline or the input, or 5.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="0 to 4294967295; the same seed gives the same video.")] = None,
    size: Annotated[str, typer.Option(help="Such as 832x480; multiples of 16.")] = "",
    steps: Annotated[int | None, typer.Option(min=1, max=32, help="Denoising steps of a block.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second; the models were trained on 16.")] = None,
    engine: Annotated[str, typer.Option(help="A model of `models list` that streams, or tiny-random.")] = "",
    decoder: Annotated[str, typer.Option(help="Of pixels; tiny: quickly, full: at best quality.")] = "",
    dtype: Annotated[
        str | None,
        typer.Option("--dtype", help="fp8 or bf16; else what the timeline says, else the setting `video_dtype`."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Render also what a timeline of Scope's did not mean so; notes say what.")
    ] = False,
    models_folder: ModelsFolder = None,
    as_json: Json = False,
) -> None:
    """Render a video from prompts over time; the file holds what it was made from."""
    import msgspec

    from lightbrush.engines.video import DEFAULT, card
    from lightbrush.shots import Size
    from lightbrush.timeline import block_count, lasting

    # 1. What to make.
    recipe = _recipe(timeline, prompt or [], replay, engine, lenient)
    recipe = recipe.changed(clip=_clip(recipe.clip, clip, strength), **_given(fps=fps, decoder=decoder or None))
    if seconds is None and clip is not None:
        seconds = _seconds(recipe, clip, timed=not prompt)
    if seconds is not None:
        recipe = msgspec.structs.replace(recipe, timeline=lasting(recipe.timeline, seconds))
    even = None if steps is None else [round(1000 * (1 - step / steps)) for step in range(steps)]
    recipe = recipe.changed(_given(seed=seed, steps=even))
    described = card(recipe.timeline.model or DEFAULT)
    asked = Size(*(parse_size(size, None) if size else (recipe.timeline.width, recipe.timeline.height)))
    given = Size(*described.fitted(asked.width, asked.height))
    if given != asked:
        say(
            f"{described.id} renders frames of at most {described.most_pixels} pixels: {asked.width}x{asked.height} "
            f"becomes {given.width}x{given.height}"
        )
    recipe = recipe.changed({"model": described.id, "width": given.width, "height": given.height})
    numbers = _dtype(recipe, dtype)

    # 2. The engine.
    with needs("video"):
        from lightbrush.engines import wan
        from lightbrush.media import Mp4Writer
    with progress_bars() as bars:
        task = bars.add_task(f"loading {described.id}", total=None)
        loaded = wan.load(
            described.id,
            open_store(models_folder),
            width=given.width,
            height=given.height,
            decoder=recipe.decoder,
            dtype=numbers,
            device=device,
            clip=recipe.clip is not None,
            say=say,
            progress=lambda what, done, total: bars.update(task, description=what, completed=done, total=total),
        )
    if loaded.dtype is not None:
        if recipe.timeline.settings.quantization and loaded.dtype != "fp8":
            say(f"$.settings.quantization: there is no fp8 here; matrices are multiplied in {loaded.dtype}")
        recipe = recipe.changed({"settings": _quantized(recipe, loaded.dtype)})
    recipe = recipe.changed(made_with=f"lightbrush {__version__}, {loaded.device}")

    # 3. Its blocks.
    log = (wan.parameters(recipe, block) for block in range(block_count(recipe.timeline, recipe.fps)))
    source = wan.encoded(loaded, Path(recipe.clip.path), given, recipe.fps) if recipe.clip else None
    writer = Mp4Writer(
        output,
        width=given.width,
        height=given.height,
        fps=recipe.fps,
        recipe=recipe.encode(),
        title=recipe.timeline.name,
    )
    digest, started = hashlib.sha256(), time.perf_counter()
    with writer, progress_bars() as bars:
        task = bars.add_task("rendering", total=recipe.frames)
        for shown in wan.stream(loaded, log, video=source):
            frames = shown.frames[: recipe.frames - writer.frames]
            digest.update(frames.tobytes())
            writer.write(frames)
            bars.update(task, completed=writer.frames)
    spent_s = time.perf_counter() - started
    if as_json:
        body = {"out": str(output), "width": given.width, "height": given.height, "engine": described.id}
        print_json(body | {"frames": recipe.frames, "frames_sha256": digest.hexdigest(), "s": spent_s})
    else:
        out.print(
            f"{output}: {recipe.frames} frames of {given.width}x{given.height} by {described.id}, "
            f"{recipe.frames / spent_s:.1f} a second",
            highlight=False,
            soft_wrap=True,
        )


def _recipe(timeline: Path | None, prompts: list[str], replay: Path | None, engine: str, lenient: bool) -> Recipe:
    """What one of the three ways to say what a video is says; notes on what is not done are printed."""
    from lightbrush.engines.conditioning import split_weight
    from lightbrush.timeline import Recipe, Timeline, decode
    from lightbrush.timeline.value import convert

    given = [f"--{name}" for name, value in (("timeline", timeline), ("prompt", prompts), ("replay", replay)) if value]
    if len(given) != 1:
        raise SettingsError(
            "settings.value",
            "a video is made from one of --timeline, --prompt and --replay",
            value=" ".join(given) or "none of them",
        )
    if replay is not None:
        from lightbrush.media import info

        recipe = Recipe.decode(info(replay).recipe, replay)
        return recipe.changed({"model": engine}) if engine else recipe
    if timeline is None:
        phrases = [{"text": text, "weight": weight} for text, weight in map(split_weight, prompts)]
        made = {"model": engine, "spans": [{"start_s": 0.0, "end_s": 5.0, "prompts": phrases}]}
        return Recipe(version=1, timeline=convert(made, Timeline))
    read, notes = decode(read_file(timeline), model=engine, lenient=lenient)
    for note in notes:
        say(str(note))
    return Recipe(version=1, timeline=read)


def _dtype(recipe: Recipe, flag: str | None) -> Dtype:
    """What matrices are to be multiplied in: what is said nearest."""
    from lightbrush.settings import load

    said = recipe.timeline.settings.quantization
    if flag is None and said is not None:
        return "fp8" if said else "bf16"
    return load({} if flag is None else {"video_dtype": flag}).video_dtype


def _quantized(recipe: Recipe, dtype: Dtype) -> dict[str, Any]:
    """The timeline's settings, with what was rendered with."""
    import msgspec

    settings: dict[str, Any] = msgspec.to_builtins(recipe.timeline.settings)
    return settings | {"quantization": "fp8" if dtype == "fp8" else ""}


def _clip(before: Clip | None, path: Path | None, strength: float | None) -> Clip | None:
    """The video to change: `path`, or that of a recipe, which must still be what it was."""
    from lightbrush.models.store import sha256
    from lightbrush.timeline import Clip

    if path is None and before is None:
        if strength is not None:
            raise SettingsError("settings.value", "--strength is of --input, which is not given", value=strength)
        return None
    where = path or Path(before.path if before else "")
    try:
        digest = sha256(where, lambda what, done, total: None)
    except OSError as error:
        raise MediaError(
            "media.input", f"the clip cannot be read: {error.strerror}", value=str(where), fix="Name it: --input"
        ) from None
    if path is None and before is not None and digest != before.sha256:
        raise MediaError("media.input", "the clip has changed since", value=str(where), fix="Name it: --input")
    if strength is None:
        strength = before.strength if before else 0.7
    return Clip(path=str(where), sha256=digest, strength=strength)


def _seconds(recipe: Recipe, clip: Path, *, timed: bool) -> float | None:
    """As long as the clip that a prompt is to change. None: as the recipe has it, where a timeline has timed it."""
    from lightbrush.media import info

    lasts_s = info(clip).duration_s
    if timed and lasts_s < recipe.timeline.end_s:
        say(f"{clip} lasts {lasts_s:.1f} s; then it rests on its last frame")
    return None if timed else lasts_s or None


def _given(**values: Any) -> dict[str, Any]:
    """Without those that are None."""
    return {name: value for name, value in values.items() if value is not None}
