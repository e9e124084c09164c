"""What an engine over a latent diffusion model is, known without PyTorch: its recipe. `engines.latent` renders by it.

The engines are in `engines.stable_diffusion`, `engines.sdxl`, `engines.flux` and `engines.flux2`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Final, get_args

import msgspec
from msgspec import Struct

from lightbrush.engines.engine import EngineSpec, StartingEngine
from lightbrush.errors import SettingsError
from lightbrush.models.catalogue import find
from lightbrush.models.imported import Imported, Lora, imported, loras
from lightbrush.models.store import Store
from lightbrush.nn.latent.config import FamilyId, Prediction, Shows, Way, family
from lightbrush.nn.latent.schedule import Sampler
from lightbrush.shots import EngineCard, Parameter, Size

#: Where a worker finds the setting `models_folder`.
FOLDER_VARIABLE: Final = "LIGHTBRUSH_MODELS_FOLDER"

#: At full strength a sketch is begun with this much noise less: 1 would give it back as it is drawn.
BINDING: Final = 0.6
#: What one unwanted prompt of weight -1 is subtracted with.
PUSH: Final = 0.5
#: How strongly a reference picture of weight 1 is heard beside the words: 1 would drown them.
PICTURE: Final = 0.6
#: How many reference pictures an image adapter is given at most.
PICTURES: Final = 4
#: How many regions are heard in one pass at most.
REGIONS: Final = 8


class Recipe(Struct, frozen=True, kw_only=True):
    """How one engine's pictures are made. Parts are ids of the catalogue.

    prediction: of the network, where its files do not say it or say something else. base: a whole model. unet: in
    place of the base's; of FLUX the transformer, of which base is all the rest. lora: fused into the UNet. tiny:
    its tiny VAE. adapter: of reference pictures. controls: what follows the sketch, by what that shows, a choice of
    CONTROL: the first that is here. The last two are used where they are here. guided: whether a slider chooses the
    guidance. path: of a model that was imported, a folder or a file, in place of base; pickles: whether that may be
    one."""

    card: EngineCard
    family: FamilyId
    sampler: Sampler
    base: str = ""
    tiny: str = ""
    path: str = ""
    pickles: bool = False
    prediction: Prediction | None = None
    unet: str | None = None
    lora: str | None = None
    adapter: str | None = None
    controls: dict[Shows, tuple[str, ...]] = {}
    guidance: float = 1.0
    guided: bool = False


DECODER: Final = Parameter(
    name="decoder",
    label="Decoder",
    default="auto",
    choices=("auto", "tiny", "full"),
    help="Tiny is quick, full is sharper; auto is tiny but for a final picture, a PNG",
)
FOLLOW: Final = Parameter(
    name="follow",
    label="Follow",
    default=0.0,
    low=0.0,
    high=1.5,
    help="How closely what the sketch shows is followed; 0 is not at all",
)
CONTROL: Final = Parameter(
    name="control",
    label="Sketch shows",
    default="lines",
    choices=get_args(Shows),
    help="Lines: its edges are followed. Depth: white is near. Pose: a skeleton in OpenPose's colours",
)
SKETCH: Final = Parameter(
    name="sketch",
    label="Sketch",
    default="start",
    choices=("start", "reference"),
    help="Start: the picture begins with it. Reference: the model is shown it and draws anew, in twice the time",
)


def guidance(default: float, high: float, told: bool = False) -> Parameter:
    """told: the network is told it, and takes one pass all the same."""
    return Parameter(
        name="guidance",
        label="Guidance",
        default=default,
        low=1.0,
        high=high,
        help="How literally prompts are taken" + ("" if told else "; above 1 a step takes twice as long"),
    )


def _controls(family_id: FamilyId) -> dict[Shows, tuple[str, ...]]:
    nets: dict[Shows, tuple[str, str]] = {
        "lines": ("scribble", "sketch"),
        "depth": ("depth", "depth"),
        "pose": ("openpose", "openpose"),
    }
    return {
        shows: (f"controlnet-{net}-{family_id}", f"t2i-adapter-{quick}-{family_id}")
        for shows, (net, quick) in nets.items()
    }


#: Of the families that have them; see `Recipe.controls`.
CONTROLS: Final[dict[FamilyId, dict[Shows, tuple[str, ...]]]] = {
    "sd15": _controls("sd15"),
    "sdxl": _controls("sdxl"),
    "flux": dict.fromkeys(get_args(Shows), ("controlnet-union-flux",)),
}

SD_SIZES: Final = tuple(Size(*sides) for sides in ((512, 512), (768, 512), (512, 768), (640, 384), (384, 640)))
SDXL_SIZES: Final = tuple(
    Size(*sides) for sides in ((1024, 1024), (1152, 896), (896, 1152), (1344, 768), (768, 1344), (512, 512))
)


FLUX_SIZES: Final = (*SDXL_SIZES, Size(768, 768), Size(768, 512), Size(512, 768))


def card(
    engine_id: str,
    name: str,
    summary: str,
    *,
    sizes: tuple[Size, ...],
    steps: tuple[int, int],
    default_steps: int,
    parameters: tuple[Parameter, ...] = (DECODER,),
    references: int = 0,
    examples: tuple[str, ...] = (),
    licence: str = "",
) -> EngineCard:
    """Of an engine over a latent diffusion model, by what they differ in. licence: by default that of the catalogue's
    model of the same name. The first size is the default."""
    return EngineCard(
        id=engine_id,
        name=name,
        summary=summary,
        licence=licence or find(engine_id).licence.name,
        sizes=sizes,
        default_size=sizes[0],
        steps=steps,
        default_steps=default_steps,
        parameters=parameters,
        references=references,
        masks=True,
        regions=REGIONS,
        example_prompts=examples,
        paints_anew=True,
    )


_IMPORTS: Final = ("lightbrush.engines.latent_loading",)


def spec(recipe: Recipe) -> EngineSpec:
    def load(device: str) -> StartingEngine:
        with extra():
            from lightbrush.engines.latent_loading import load

        return load(recipe, device)

    return EngineSpec(recipe.card, load, _IMPORTS, recipe.family)


def tiny_spec(recipe: Recipe) -> EngineSpec:
    """The same over tiny networks with random weights, which need no files."""

    def load(device: str) -> StartingEngine:
        with extra():
            from lightbrush.engines.latent_loading import tiny_random

        return tiny_random(recipe, device)

    return EngineSpec(recipe.card, load, _IMPORTS)


#: How the sliders of LoRAs are named in shots.
LORA: Final = "lora-"
_LORA_RANGE: Final = (-2.0, 2.0)


def card_with(card: EngineCard, found: Sequence[Lora]) -> EngineCard:
    """With a slider for each LoRA."""
    low, high = _LORA_RANGE
    sliders = tuple(
        Parameter(
            name=f"{LORA}{lora.name}",
            label=lora.name,
            default=lora.weight,
            low=low,
            high=high,
            help=f"Licence: {lora.licence}",
        )
        for lora in found
    )
    return msgspec.structs.replace(card, parameters=(*card.parameters, *sliders)) if sliders else card


def with_loras(spec: EngineSpec, models_folder: str | None = None) -> EngineSpec:
    """Its card as it will be, with the LoRAs that are noted in the folder of weights."""
    if not spec.family:
        return spec
    return replace(spec, card=card_with(spec.card, loras(_store(models_folder), spec.family)))


def _store(models_folder: str | None) -> Store:
    folder = os.environ.get(FOLDER_VARIABLE, "") if models_folder is None else models_folder
    return Store.of(folder, os.environ)


@contextmanager
def extra() -> Iterator[None]:
    """What is imported inside comes with the extra `images`. Raises SettingsError extra.missing."""
    try:
        yield
    except ImportError as error:
        raise SettingsError(
            "extra.missing",
            "engines of Stable Diffusion and FLUX need the extra 'images'",
            value=str(error),
            fix="pip install 'lightbrush[images]'",
        ) from None


#: By default, of a model that was imported.
STEPS: Final[dict[Way, int]] = {"plain": 20, "lcm": 4, "turbo": 2, "lightning": 4}
#: Parts of a model that was imported, where its family has them.
_LORAS: Final[dict[FamilyId, str]] = {"sd15": "lcm-lora-sd15", "sdxl": "lcm-lora-sdxl"}
_ADAPTERS: Final[dict[FamilyId, str]] = {"sd15": "ip-adapter-sd15", "sdxl": "ip-adapter-sdxl"}


def recipe_of(model: Imported) -> Recipe:
    """How a model renders that was imported. Raises SettingsError weights.import: there is no LCM-LoRA for 2.1 and
    FLUX."""
    if model.family == "flux":
        return _flux_recipe(model)
    if model.family in ("klein4b", "klein9b"):
        return _klein_recipe(model)
    if model.way == "lcm" and model.family not in _LORAS:
        raise SettingsError(
            "weights.import", "there is no LCM-LoRA for models like Stable Diffusion 2.1", value=model.name
        )
    samplers: dict[Way, Sampler] = {"plain": "euler", "lcm": "lcm", "turbo": "euler", "lightning": "euler"}
    guided = model.way in ("plain", "lcm")
    default, most = (5.0, 15.0) if model.way == "plain" else (1.0, 2.0)
    sizes = SDXL_SIZES if model.family == "sdxl" else SD_SIZES
    adapter, controls = _ADAPTERS.get(model.family), CONTROLS.get(model.family, {})
    parameters = (DECODER, *([CONTROL, FOLLOW] if controls else []), *([guidance(default, most)] if guided else []))
    return Recipe(
        card=card(
            model.name,
            model.name,
            f"A model like {family(model.family).name}, imported from {model.path}",
            licence=model.licence,
            sizes=sizes,
            steps=(model.steps, model.steps) if model.way == "lightning" else (1, max(8, 2 * model.steps)),
            default_steps=model.steps,
            references=PICTURES if adapter else 0,
            parameters=parameters,
        ),
        family=model.family,
        sampler=samplers[model.way],
        prediction="sample" if model.way == "lightning" and model.steps == 1 else model.prediction,
        path=model.path,
        pickles=model.pickles,
        lora=_LORAS[model.family] if model.way == "lcm" else None,
        tiny="taesdxl" if model.family == "sdxl" else "taesd",
        adapter=adapter,
        controls=controls,
        guidance=default if guided else 1.0,
        guided=guided,
    )


def _check_straight(model: Imported) -> None:
    if model.way not in ("plain", "turbo"):
        raise SettingsError(
            "weights.import", f"there is no {model.way} way for models like FLUX", value=model.name, fix="Say plain"
        )


def _klein_recipe(model: Imported) -> Recipe:
    """plain: it was not distilled, and wants guidance."""
    _check_straight(model)
    default = 4.0 if model.way == "plain" else 1.0
    return Recipe(
        card=card(
            model.name,
            model.name,
            f"A model like {family(model.family).name}, imported from {model.path}",
            licence=model.licence,
            sizes=FLUX_SIZES,
            steps=(1, max(8, 2 * model.steps)),
            default_steps=model.steps,
            references=PICTURES,
            parameters=(DECODER, SKETCH, guidance(default, 10.0)),
        ),
        family=model.family,
        sampler="flow",
        path=model.path,
        pickles=model.pickles,
        tiny="taef2",
        guidance=default,
        guided=True,
    )


def _flux_recipe(model: Imported) -> Recipe:
    _check_straight(model)
    return Recipe(
        card=card(
            model.name,
            model.name,
            f"A model like FLUX.1, imported from {model.path}",
            licence=model.licence,
            sizes=FLUX_SIZES,
            steps=(1, max(8, 2 * model.steps)),
            default_steps=model.steps,
            parameters=(DECODER, CONTROL, FOLLOW, *([guidance(3.5, 10.0, told=True)] if model.told else [])),
        ),
        family="flux",
        sampler="flow",
        path=model.path,
        pickles=model.pickles,
        tiny="taef1",
        controls=CONTROLS["flux"],
        guidance=3.5 if model.told else 1.0,
    )


def imported_specs(models_folder: str | None = None) -> dict[str, EngineSpec]:
    """An engine for each model that was imported. models_folder: the setting; by default what the environment says."""
    found = {}
    for model in imported(_store(models_folder)):
        with suppress(SettingsError):  # a note that nobody could have made by `models import`
            found[model.name] = spec(recipe_of(model))
    return found
