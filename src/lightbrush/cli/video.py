"""`lightbrush video`."""

from __future__ import annotations

import hashlib
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lightbrush import __version__
from lightbrush.cli.terminal import (
    Device,
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
    from lightbrush.models.machine import Attention, Dtype
    from lightbrush.timeline import Clip, Guide, Recipe, Source


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
    control: Annotated[
        Path | None, typer.Option(help="A video that VACE follows: depth, poses, lines, or what --mask is of.")
    ] = None,
    mask: Annotated[Path | None, typer.Option(help="A video, bright where --control is made anew.")] = None,
    reference: Annotated[list[Path] | None, typer.Option(help="A picture that VACE shows. Repeatable.")] = None,
    control_scale: Annotated[
        float | None, typer.Option(help="How closely VACE is followed, 0 to 2; 1 if not given.")
    ] = None,
    vace: Annotated[Path | None, typer.Option(help="Weights of the VACE path, where the engine's have none.")] = None,
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
    attention: Annotated[
        str | None,
        typer.Option(help="auto, bf16 or fp8; else as --replay was made, else the setting `video_attention`."),
    ] = None,
    device: Device = "auto",
    gpus: Annotated[
        int | None,
        typer.Option(min=1, max=40, help="GPUs that share each block; else the setting `video_gpus`."),
    ] = None,
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
    recipe = recipe.changed(
        clip=_clip(recipe.clip, clip, strength),
        guide=_guide(recipe.guide, control, mask, reference or [], control_scale, vace),
        **_given(fps=fps, decoder=decoder or None),
    )
    followed = clip or control
    if seconds is None and followed is not None:
        seconds = _seconds(recipe, followed, timed=not prompt)
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
    attended: Attention = recipe.attention if replay is not None and attention is None else _attention(attention)

    # 2. The engine.
    with needs("video"):
        from lightbrush.engines import vace as guides
        from lightbrush.engines import wan, wan_loading
        from lightbrush.media import Mp4Writer
    guide = recipe.guide
    with progress_bars() as bars:
        task = bars.add_task(f"loading {described.id}", total=None)
        loaded = wan_loading.load(
            described.id,
            open_store(models_folder),
            wan_loading.Task(
                given,
                decoder=recipe.decoder,
                clips=(recipe.clip is not None) + (0 if guide is None else 2),
                follows=guide is not None,
                references=len(guide.references) if guide else 0,
                vace=Path(guide.vace) if guide and guide.vace else None,
            ),
            wan_loading.Runtime(device=device, gpus=_gpus(gpus), dtype=numbers, attention=attended),
            say=say,
            progress=lambda what, done, total: bars.update(task, description=what, completed=done, total=total),
        )
    if loaded.dtype is not None:
        if recipe.timeline.settings.quantization and loaded.dtype != "fp8":
            say(f"$.settings.quantization: there is no fp8 here; matrices are multiplied in {loaded.dtype}")
        recipe = recipe.changed({"settings": _quantized(recipe, loaded.dtype)})
    recipe = recipe.changed(
        made_with=f"lightbrush {__version__}, {loaded.device}", **_given(attention=loaded.attention)
    )

    # 3. Its blocks.
    log = (wan.parameters(recipe, block) for block in range(block_count(recipe.timeline, recipe.fps)))
    source = wan.encoded(loaded, Path(recipe.clip.path), given, recipe.fps) if recipe.clip else None
    follow, pictures = None, None
    if guide is not None:
        follow = guides.controls(loaded, given, recipe.fps, _path(guide.control), _path(guide.mask))
        pictures = guides.shown(loaded, [read_file(Path(source.path)) for source in guide.references], given)
    writer = Mp4Writer(
        output,
        width=given.width,
        height=given.height,
        fps=recipe.fps,
        recipe=recipe.encode(),
        title=recipe.timeline.name,
    )
    digest, started = hashlib.sha256(), time.perf_counter()
    with closing(loaded), writer, progress_bars() as bars:
        task = bars.add_task("rendering", total=recipe.frames)
        for shown in wan.stream(loaded, log, video=source, control=follow, references=pictures):
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


def _attention(flag: str | None) -> Attention:
    """What attention is to be computed in."""
    from lightbrush.settings import load

    return load({} if flag is None else {"video_attention": flag}).video_attention


def _gpus(flag: int | None) -> int:
    """How many share a block."""
    from lightbrush.settings import load

    return load({} if flag is None else {"video_gpus": flag}).video_gpus


def _quantized(recipe: Recipe, dtype: Dtype) -> dict[str, Any]:
    """The timeline's settings, with what was rendered with."""
    import msgspec

    settings: dict[str, Any] = msgspec.to_builtins(recipe.timeline.settings)
    return settings | {"quantization": "fp8" if dtype == "fp8" else ""}


def _clip(before: Clip | None, path: Path | None, strength: float | None) -> Clip | None:
    """The video to change: `path`, or that of a recipe, which must still be what it was."""
    from lightbrush.timeline import Clip, Source
    from lightbrush.timeline.value import convert

    if path is None and before is None:
        if strength is not None:
            raise SettingsError("settings.value", "--strength is of --input, which is not given", value=strength)
        return None
    source = _source("--input", path, Source(path=before.path, sha256=before.sha256) if before else None)
    assert source is not None
    if strength is None:
        strength = before.strength if before else 0.7
    told = {"path": source.path, "sha256": source.sha256, "strength": strength}
    checked: Clip = convert(told, Clip, "$.clip")
    return checked


def _guide(
    before: Guide | None,
    control: Path | None,
    mask: Path | None,
    references: list[Path],
    scale: float | None,
    vace: Path | None,
) -> Guide | None:
    """What VACE follows: of each flag what it says, or what a recipe says, whose files must still be what they were."""
    import msgspec

    from lightbrush.shots import MAX_REFERENCES
    from lightbrush.timeline import Guide
    from lightbrush.timeline.value import convert

    held = before or Guide()
    shown = [_source("--reference", path, None) for path in references] or [
        _source("--reference", None, source) for source in held.references
    ]
    guide = Guide(
        control=_source("--control", control, held.control),
        mask=_source("--mask", mask, held.mask),
        references=tuple(source for source in shown if source is not None),
        scale=held.scale if scale is None else scale,
        vace=held.vace if vace is None else str(vace),
    )
    if guide.mask is not None and guide.control is None:
        raise SettingsError("settings.value", "--mask is of --control, which is not given", value=guide.mask.path)
    if len(guide.references) > MAX_REFERENCES:
        raise SettingsError("settings.value", f"at most {MAX_REFERENCES} pictures", value=len(guide.references))
    if guide.control is None and not guide.references:
        if scale is not None or vace is not None:
            said = "--control-scale" if vace is None else "--vace"
            raise SettingsError("settings.value", f"{said} is of --control or --reference, and neither is given")
        return None
    checked: Guide = convert(msgspec.to_builtins(guide), Guide, "$.guide")
    return checked


def _source(flag: str, path: Path | None, before: Source | None) -> Source | None:
    """A file that is `path`, or what a recipe names, which must still be what it was; None where neither is."""
    from lightbrush.models.store import sha256
    from lightbrush.timeline import Source

    if path is None and before is None:
        return None
    where = path or Path(before.path if before else "")
    try:
        digest = sha256(where, lambda what, done, total: None)
    except OSError as error:
        raise MediaError(
            "media.input", f"the clip cannot be read: {error.strerror}", value=str(where), fix=f"Name it: {flag}"
        ) from None
    if path is None and before is not None and digest != before.sha256:
        raise MediaError("media.input", "the clip has changed since", value=str(where), fix=f"Name it: {flag}")
    return Source(path=str(where), sha256=digest)


def _path(source: Source | None) -> Path | None:
    return None if source is None else Path(source.path)


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
