"""What an engine is: a card, and a pure `render(shot) -> picture`; of video, a pure `render_block(block) -> footage`.
Third parties add one by an entry point.

[project.entry-points."lightbrush.engines"]
my-engine = "my_package.my_engine:spec"          # spec: EngineSpec
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lightbrush.errors import AssetError, LightbrushError, ShotError
from lightbrush.shots import (
    MAX_FEATHER,
    MAX_INPUT_BYTES,
    MAX_PROMPT_CHARS,
    MAX_PROMPTS,
    MAX_REFERENCES,
    MAX_REGIONS,
    MAX_TRANSITION_BLOCKS,
    WEIGHT_RANGE,
    Block,
    EngineCard,
    Footage,
    Frame,
    Parameter,
    Picture,
    Prompt,
    Shot,
    Size,
)

_SHA256: Final = re.compile("[0-9a-f]{64}")


class Engine(Protocol):
    """Loaded weights on one device. `render` keeps nothing that it could not rebuild from the next shot."""

    @property
    def card(self) -> EngineCard: ...

    @property
    def device(self) -> str:
        """What it runs on, for people: "CPU (OpenVINO, bf16)"."""

    def render(self, shot: Frame) -> Picture:
        """The same shot gives the same pixels on the same kind of device. Raises ShotError or PixelsError.

        shot.assets have their bytes.
        """


@runtime_checkable
class BlockEngine(Engine, Protocol):
    """An engine of video; its `render` is never called, since `check` refuses a Frame for it."""

    def render_block(self, block: Block) -> Footage:
        """The same block gives the same context for the next one, and the same pixels, on the same kind of device: what
        an engine remembers of the block before may only save time. Raises ShotError."""


@dataclass(frozen=True)
class Start:
    """A picture to go on from, in place of noise alone.

    pixels: [height, width, 3] float32, sRGB from 0 to 1, as large as the answer. noise: its share, above 0 (hardly
    anything changes) to 1 (nothing of the picture is left). left, top: where the answer lies in a larger picture,
    pixels from 0 on: noise is a function of the seed and of that place, so that pieces that overlap agree.
    """

    pixels: NDArray[np.float32]
    noise: float
    left: int = 0
    top: int = 0


@runtime_checkable
class StartingEngine(Engine, Protocol):
    """An engine of pictures that can go on from one ("SDEdit", Meng et al., 2021)."""

    def render_from(self, shot: Frame, start: Start) -> Picture:
        """`render`, from `start` on; steps of the shot that lie before it are left out.

        Raises ShotError for a start of another size, or with a share of noise that cannot be: shot.start.
        """


@runtime_checkable
class BatchEngine(Engine, Protocol):
    """An engine of pictures that can make several at once, of sessions that wait for it together."""

    def render_batch(self, shots: Sequence[Frame]) -> list[Picture | LightbrushError]:
        """`render` of each, or what it would have raised, in order: the same pictures to a rounding. Shots of one size;
        those that do not go together are rendered one after the other."""


@runtime_checkable
class PreparingEngine(Engine, Protocol):
    """An engine that has something to do before the first picture of a size, and can do it piece by piece between other
    pictures."""

    def prepare(self, size: Size) -> Iterator[float]:
        """Get ready for a size of the card, a piece at each step, which takes about as long as a picture -> after each
        the share that is done, at last 1. Pictures may be rendered between pieces. Raises FleetError fleet.memory."""


@dataclass(frozen=True)
class EngineSpec:
    """card: known at once. load(device): read the weights; device is "auto", "cpu" or "cuda". imports: modules that
    `load` imports on a CPU, for a process that workers are forked from; to import them starts no thread. family: of a
    model of pictures; LoRAs that were imported for it are sliders of its card."""

    card: EngineCard
    load: Callable[[str], Engine]
    imports: tuple[str, ...] = ()
    family: str = ""


def installed(models_folder: str | None = None) -> dict[str, EngineSpec]:
    """Every engine on this machine by id, from the entry points, the embedded one first; then the models that were
    imported, from the folder of weights, by default the one that the environment names."""
    from lightbrush.engines.images import imported_specs, with_loras

    found = [point.load() for point in entry_points(group="lightbrush.engines")]
    packaged = {spec.card.id: spec for spec in sorted(found, key=lambda s: (s.card.id != "embedded", s.card.id))}
    whole = {**packaged, **{k: v for k, v in imported_specs(models_folder).items() if k not in packaged}}
    return {name: with_loras(spec, models_folder) for name, spec in whole.items()}


def find(name: str, models_folder: str | None = None) -> EngineSpec:
    """An installed engine by id, or any importable one as "module:attribute", to try one before it is packaged."""
    if ":" in name:
        return _import(name)
    specs = installed(models_folder)
    if name not in specs:
        raise ShotError(
            "shot.engine",
            "no such engine",
            value=name,
            fix=f"Installed: {', '.join(specs) or 'none'}; an engine elsewhere is named module:attribute",
        )
    return specs[name]


def _import(name: str) -> EngineSpec:
    module, _, attribute = name.partition(":")
    try:
        spec = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ShotError("shot.engine", f"no such engine: {error}", value=name) from None
    if not isinstance(spec, EngineSpec):
        raise ShotError("shot.engine", f"expected an EngineSpec, got {type(spec).__name__}", value=name)
    return spec


def check(shot: Frame, card: EngineCard) -> None:
    """Raise when a value of the shot is outside what the card allows: ShotError, AssetError for the name of a picture.

    Cheap: the gateway calls it too.
    """
    if card.video_fps:
        raise ShotError(
            "shot.engine",
            f"{card.name} renders video, and no pictures",
            value=card.id,
            fix="Ask it for blocks; on the command line: lightbrush video",
        )
    _check_asked(shot, card)
    if not 0.0 <= shot.strength <= 1.0:  # NaN fails every comparison
        raise ShotError("shot.strength", "strength is 0 to 1", value=shot.strength)
    _check_seed(shot.seed_to)
    if not 0.0 <= shot.seed_mix <= 1.0:
        raise ShotError("shot.seed", "seed_mix is 0 to 1", value=shot.seed_mix)
    _check_references(shot, card)
    _check_mask(shot, card)
    _check_regions(shot, card)


def check_start(start: Start, shot: Frame) -> None:
    """Raises ShotError: shot.start."""
    if start.pixels.shape != (shot.height, shot.width, 3):
        fix = f"Give it {shot.height} rows of {shot.width} RGB pixels"
        raise ShotError("shot.start", "a picture starts from one of its size", value=start.pixels.shape, fix=fix)
    if not 0.0 < start.noise <= 1.0:  # NaN fails every comparison
        raise ShotError("shot.start", "the share of noise is above 0, at most 1", value=start.noise)
    if min(start.left, start.top) < 0:
        raise ShotError("shot.start", "left and top are 0 or more", value=(start.left, start.top))


def check_block(block: Block, card: EngineCard) -> None:
    """`check` of a block."""
    if not card.video_fps:
        raise ShotError("shot.engine", f"{card.name} renders pictures, and no video", value=card.id)
    _check_asked(block, card)
    _check_seed(block.index)
    for prompts in (block.prompts, *(blend.prompts for blend in block.previous)):
        weights = [prompt.weight for prompt in prompts]
        if not (weights and min(weights) >= 0.0 < max(weights)):
            raise ShotError(
                "shot.prompt", "a video's prompts have weights of 0 or more, one of them above 0", value=weights
            )
    _check_prompts([prompt for blend in block.previous for prompt in blend.prompts])
    for mix in (block.mix, *(blend.mix for blend in block.previous)):
        if not 0.0 <= mix <= 1.0:
            raise ShotError("shot.prompt", "how far a transition is, is 0 to 1", value=mix)
    if not 0 <= block.transition_blocks <= MAX_TRANSITION_BLOCKS:
        raise ShotError(
            "shot.prompt", f"a transition takes 0 to {MAX_TRANSITION_BLOCKS} blocks", value=block.transition_blocks
        )
    if not 0.0 < block.strength <= 1.0:  # NaN fails every comparison
        raise ShotError("shot.strength", "the strength of a video's input is above 0, at most 1", value=block.strength)
    _check_input(block, card)


def _check_input(block: Block, card: EngineCard) -> None:
    if block.input and not card.video_input:
        raise ShotError(
            "shot.input",
            f"{card.name} makes videos from prompts alone",
            value=f"{len(block.input)} pictures",
            fix="Choose an engine whose card says video_input",
        )
    for still in block.input:
        if still.frames < 1:
            raise ShotError("shot.input", "a picture stands for one frame or more", value=still.frames)
        if len(still.data) > MAX_INPUT_BYTES:
            raise ShotError(
                "shot.input",
                f"a picture that a video starts from has at most {MAX_INPUT_BYTES} bytes",
                value=f"{len(still.data)} bytes",
                fix="Send it at the video's own size, as JPEG",
            )


def _check_asked(shot: Shot, card: EngineCard) -> None:
    """What all kinds of shots have."""
    check_size(shot.width, shot.height, card)
    low, high = card.steps
    if shot.steps != 0 and not low <= shot.steps <= high:
        raise ShotError("shot.steps", f"steps is {low} to {high}, or 0 for the default", value=shot.steps)
    _check_seed(shot.seed)
    if not 1 <= shot.quality <= 100:
        raise ShotError("shot.accept", "quality is 1 to 100", value=shot.quality)
    _check_prompts(shot.prompts)
    _check_parameters(shot, card)


def check_size(width: int, height: int, card: EngineCard) -> None:
    """Raises ShotError shot.size."""
    if Size(width, height) not in card.sizes:
        raise ShotError(
            "shot.size",
            f"{card.name} does not render this size",
            value=f"{width}x{height}",
            fix="Sizes: " + ", ".join(f"{s.width}x{s.height}" for s in card.sizes),
        )


def _check_seed(seed: int) -> None:
    if not 0 <= seed < 2**32:
        raise ShotError("shot.seed", "a seed is 0 to 4294967295", value=seed)


def _check_prompts(prompts: Sequence[Prompt]) -> None:
    if len(prompts) > MAX_PROMPTS:
        raise ShotError("shot.prompt", f"at most {MAX_PROMPTS} prompts", value=len(prompts))
    for prompt in prompts:
        if len(prompt.text) > MAX_PROMPT_CHARS:
            raise ShotError(
                "shot.prompt", f"a prompt has at most {MAX_PROMPT_CHARS} characters", value=len(prompt.text)
            )
        if not WEIGHT_RANGE[0] <= prompt.weight <= WEIGHT_RANGE[1]:
            raise ShotError("shot.prompt", "a weight is -2 to 2", value=prompt.weight)


def _check_references(shot: Frame, card: EngineCard) -> None:
    at_most = min(card.references, MAX_REFERENCES)
    references = [*shot.references, *(reference for region in shot.regions for reference in region.references)]
    if len(references) > at_most:
        raise ShotError(
            "shot.references",
            f"{card.name} takes {f'at most {at_most}' if at_most else 'no'} reference pictures",
            value=len(references),
            fix="Take some away" if at_most else "Choose an engine that takes them",
        )
    for reference in references:
        if not WEIGHT_RANGE[0] <= reference.weight <= WEIGHT_RANGE[1]:
            raise ShotError("shot.references", "a weight is -2 to 2", value=reference.weight)
    for asset in shot.assets:
        if not _SHA256.fullmatch(asset.sha256):
            raise AssetError(
                "asset.hash",
                "a picture is named by the SHA-256 of its bytes, 64 lower-case hex digits",
                value=asset.sha256,
            )


def _check_mask(shot: Frame, card: EngineCard) -> None:
    if shot.base is None and not shot.mask:
        return
    if not card.masks:
        raise ShotError(
            "shot.mask",
            f"{card.name} does not render masked regions",
            value=f"a mask of {len(shot.mask)} bytes" if shot.mask else "a base",
            fix="Choose an engine that does",
        )
    if shot.base is None:
        raise ShotError("shot.mask", "a mask needs a base, the picture that it keeps", fix="Name one as `base`")
    if not shot.mask:
        raise ShotError("shot.mask", "a base needs a mask that says where to render anew", fix="Add one as `mask`")


def _check_regions(shot: Frame, card: EngineCard) -> None:
    at_most = min(card.regions, MAX_REGIONS)
    if len(shot.regions) > at_most:
        raise ShotError(
            "shot.regions",
            f"{card.name} takes {f'at most {at_most}' if at_most else 'no'} regions",
            value=len(shot.regions),
            fix="Take some away" if at_most else "Choose an engine that takes them",
        )
    for region in shot.regions:
        if not region.mask:
            raise ShotError("shot.regions", "a region has a mask that says where it lies", value="0 bytes")
        if not (region.prompts or region.references):
            raise ShotError("shot.regions", "a region says something", fix="Give it a prompt or a reference picture")
        if not 0.0 <= region.strength <= 1.0:  # NaN fails every comparison
            raise ShotError("shot.regions", "a region's strength is 0 to 1", value=region.strength)
        if not 0.0 <= region.feather <= MAX_FEATHER:
            raise ShotError("shot.regions", f"a region's feather is 0 to {MAX_FEATHER}", value=region.feather)
        _check_prompts(region.prompts)


def _check_parameters(shot: Shot, card: EngineCard) -> None:
    known = {p.name: p for p in (*card.parameters, *card.tweaks)}
    for name, value in shot.parameters.items():
        if name not in known:
            raise ShotError(
                "shot.parameter",
                f"{card.name} has no parameter {name!r}",
                value=name,
                fix=f"Known: {', '.join(known) or 'none'}",
            )
        _check_parameter(known[name], value)


def _check_parameter(parameter: Parameter, value: float | int | str | bool) -> None:
    if parameter.choices:
        if value not in parameter.choices:
            raise ShotError("shot.parameter", f"{parameter.name} is one of {', '.join(parameter.choices)}", value=value)
    elif isinstance(parameter.default, bool):
        if not isinstance(value, bool):
            raise ShotError("shot.parameter", f"{parameter.name} is true or false", value=value)
    elif isinstance(value, bool | str) or not math.isfinite(value):
        raise ShotError("shot.parameter", f"{parameter.name} is a number", value=value)
    elif not _within(value, parameter):
        raise ShotError("shot.parameter", f"{parameter.name} is {parameter.low} to {parameter.high}", value=value)


def _within(value: float, parameter: Parameter) -> bool:
    low = -math.inf if parameter.low is None else parameter.low
    high = math.inf if parameter.high is None else parameter.high
    return low <= value <= high
