"""Engines over a latent diffusion model from their files: which they are, whether they fit, what they become.

`look_into` says what a model on this machine is, before anything of it is loaded.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import get_args

import msgspec
import torch
from diffusers import UNet2DConditionModel

from lightbrush.engines.device import FreeBytes, chosen, device_name, free_bytes, memory_told
from lightbrush.engines.images import CONTROLS, FOLDER_VARIABLE, Recipe, card_with
from lightbrush.engines.latent import LatentEngine
from lightbrush.errors import SettingsError
from lightbrush.models.catalogue import find
from lightbrush.models.imported import controls as noted_controls
from lightbrush.models.imported import loras
from lightbrush.models.machine import gib
from lightbrush.models.store import Located, Store
from lightbrush.nn.flux import tiny as tiny_flux
from lightbrush.nn.flux.checkpoints import config_of, is_flux, original
from lightbrush.nn.flux.config import FluxConfig
from lightbrush.nn.flux.control import FluxControl
from lightbrush.nn.flux.networks import FluxCheckpoint, build_flux, is_flux_folder, open_flux
from lightbrush.nn.flux.transformer import FluxTransformer
from lightbrush.nn.flux2 import checkpoints as flux2_files
from lightbrush.nn.flux2 import tiny as tiny_klein
from lightbrush.nn.flux2.config import Flux2Config
from lightbrush.nn.flux2.networks import Flux2Checkpoint, build_flux2, is_distilled, is_flux2_folder, open_flux2
from lightbrush.nn.flux2.transformer import Flux2Transformer
from lightbrush.nn.latent import tiny as tiny_networks
from lightbrush.nn.latent.config import FAMILIES, FLUX, KLEIN, Family, FamilyId, Prediction, Shows, family
from lightbrush.nn.latent.controls import Control, OtherFamilyError, is_control, is_control_folder, open_control
from lightbrush.nn.latent.lora import Adapters, changes, check_changes, fuse, is_low_rank
from lightbrush.nn.latent.memory import CPU_SAVINGS, SAVINGS, Saving, needs
from lightbrush.nn.latent.networks import (
    Checkpoint,
    Part,
    build,
    check_pickle,
    family_of,
    open_folder,
    open_model,
    read_json,
)
from lightbrush.nn.latent.painter import Painter
from lightbrush.nn.latent.pictures import add_pictures
from lightbrush.nn.wan.tensors import open_tensors

log = logging.getLogger("lightbrush.engines")


def load(
    recipe: Recipe, device: str, *, free: FreeBytes = free_bytes, say: Callable[[str], None] = log.info
) -> LatentEngine:
    """The engine of a recipe, with memory for its default size. The setting `models_folder` reaches a worker through
    its environment. say: told what memory it takes, and what is given up for it, before anything is read; and what
    error that makes.

    Raises SettingsError: weights.missing, weights.memory and what the readers raise; FleetError fleet.memory.
    """
    where = chosen(device)
    store = Store.of(os.environ.get(FOLDER_VARIABLE, ""), os.environ)

    # 1. The files
    adapter = _optional(store, recipe.adapter)
    seen = _optional(store, "clip-vit-h") if adapter else None
    controls = _controls(recipe, store)
    checkpoint = open_parts(recipe, store)
    tiny = store.locate(recipe.tiny).folder if recipe.tiny else None
    found = loras(store, recipe.family)
    flux = isinstance(checkpoint, FluxCheckpoint | Flux2Checkpoint)
    half = torch.bfloat16 if flux else torch.float16  # FLUX overflows in float16
    dtype = half if where.type == "cuda" else torch.float32

    # 2. Whether they fit, and what is given up for that
    size = recipe.card.default_size
    takes = partial(
        needs,
        family(recipe.family),
        size.width,
        size.height,
        dtype_bytes=dtype.itemsize,
        adapter=seen is not None,
        control_parameters=sum(control.parameters for control in {*controls.values()}),
        guided=recipe.guided,
        more_bytes=sum(path.stat().st_size for path in (Path(lora.path) for lora in found) if path.is_file()),
    )
    has = free(where)
    saving = fitting(lambda each: takes(saving=each), has, where.type == "cpu", checkpoint.in_bytes)
    told = f"{recipe.card.name} at {size.width}x{size.height} takes {gib(takes(saving=saving))}"
    told += f" ({saving})" if str(saving) else ""
    say(f"{told}; {gib(has)} are free on {where.type}")
    if takes(saving=saving) > has:
        raise SettingsError(
            "weights.memory",
            f"{told} on {where.type}",
            value=f"{gib(has)} free",
            fix="Choose a smaller model, or end what else uses the memory",
        )

    # 3. The networks
    with memory_told(where):
        if isinstance(checkpoint, FluxCheckpoint):
            model = build_flux(checkpoint, where, dtype, tiny=tiny, saving=saving)
        elif isinstance(checkpoint, Flux2Checkpoint):
            model = build_flux2(checkpoint, where, dtype, tiny=tiny, saving=saving)
        else:
            model = build(checkpoint, where, dtype, tiny=tiny, saving=saving)
        if saving.numbers != "whole":
            say(f"{recipe.card.name}: matrices in {saving.numbers} are {model.error:.2%} from what they were")
        beside = Adapters(model.networks.unet, dtype)
        always = ""
        if recipe.lora is not None and saving.numbers == "whole":
            fuse(model.networks.unet, only(store.locate(recipe.lora)))
        elif recipe.lora is not None:
            always = recipe.lora
            beside.add(always, only(store.locate(recipe.lora)))
        for lora in found:
            beside.add(lora.name, Path(lora.path))
        pictures = None
        if adapter is not None and seen is not None and isinstance(model.networks.unet, UNet2DConditionModel):
            encoder = next(path.parent for path in seen.files.values() if path.name == "config.json")
            pictures = add_pictures(model.networks.unet, only(adapter), encoder)
        built = {control: control.build(where, dtype) for control in {*controls.values()}}
        nets = {shows: built[control] for shows, control in controls.items()}
        model = replace(model, networks=replace(model.networks, controls=nets))
    recipe = msgspec.structs.replace(recipe, card=card_with(recipe.card, found))
    painter = Painter(model.networks, where, dtype)
    made = LatentEngine(recipe, model, painter, device_name(where), pictures, beside, always)
    if where.type == "cuda":
        made.warm()
    return made


def _controls(recipe: Recipe, store: Store) -> dict[str, Control]:
    """What follows the sketch and is here, by what that shows: what was imported, else the first that was pulled. One
    that follows several things is opened once."""
    here: dict[Shows, tuple[Path, bool]] = {}
    for shows, names in recipe.controls.items():
        pulled = next((found for name in names if (found := _optional(store, name))), None)
        if pulled is not None:
            alone = all(path.name != "config.json" for path in pulled.files.values())
            here[shows] = only(pulled) if alone else pulled.folder, False
    if recipe.controls:
        noted = noted_controls(store, recipe.family)
        here |= {shows: (Path(control.path), control.pickles) for shows, control in noted.items()}
    of = family(recipe.family)
    opened = {file: open_control(file[0], of, pickles=file[1]) for file in {*here.values()}}
    return {shows: opened[file] for shows, file in here.items()}


def fitting(takes: Callable[[Saving], int], has_bytes: int, on_cpu: bool, in_bytes: bool = False) -> Saving:
    """The least that has to be given up for a model to fit, or the most where it does not fit at all. takes: bytes of
    each. in_bytes: its files hold 8 bits, which costs nothing to keep."""
    savings: Sequence[Saving] = CPU_SAVINGS if on_cpu else SAVINGS
    if in_bytes:
        savings = tuple(replace(each, numbers="fp8") for each in savings)
    return next((each for each in savings if takes(each) <= has_bytes), savings[-1])


def open_parts(recipe: Recipe, store: Store) -> Checkpoint | FluxCheckpoint | Flux2Checkpoint:
    """The files of a recipe's model. Raises SettingsError."""
    if recipe.family == "flux":
        return _open_flux(recipe, store)
    if recipe.family in ("klein4b", "klein9b"):
        return _open_flux2(recipe, store)
    if recipe.path:
        path = Path(recipe.path)
        tokenizer = None if path.is_dir() else store.locate("clip-tokenizer").folder
        return open_model(path, tokenizer, pickles=recipe.pickles)
    base = store.locate(recipe.base).folder
    if recipe.unet is None:
        return open_folder(base)
    found = only(store.locate(recipe.unet))
    return open_folder(base, unet=Part(family(recipe.family).unet, open_tensors(found)))


def _open_flux(recipe: Recipe, store: Store) -> FluxCheckpoint:
    if recipe.path:
        path = Path(recipe.path)
        whole = (path / "text_encoder_2").is_dir()
        return open_flux(path, None if whole else store.locate("flux-base").folder, pickles=recipe.pickles)
    found = store.locate(recipe.unet or recipe.base)
    single = next((path for name, path in found.files.items() if "/" not in name), None)
    return open_flux(single or found.folder, store.locate(recipe.base).folder)


def _open_flux2(recipe: Recipe, store: Store) -> Flux2Checkpoint:
    if recipe.path:
        path = Path(recipe.path)
        whole = (path / "text_encoder").is_dir()
        return open_flux2(path, None if whole else store.locate("flux2-klein-base").folder, pickles=recipe.pickles)
    found = store.locate(recipe.unet or recipe.base)
    single = next((path for name, path in found.files.items() if "/" not in name), None)
    return open_flux2(single or found.folder, store.locate(recipe.base).folder)


@dataclass(frozen=True)
class Look:
    """told: its network is told its guidance. distilled: it was made for few steps, as far as it says. lora: it is
    low-rank changes, of that family. control: it follows a sketch, beside networks of that family; shows: what of it,
    where it is a union of all."""

    family: FamilyId
    prediction: Prediction
    told: bool = False
    distilled: bool = False
    lora: bool = False
    control: bool = False
    shows: tuple[Shows, ...] = ()


def look_into(path: Path, store: Store, pickles: bool) -> Look:
    """What a model, a LoRA or a ControlNet on this machine is, from its names and shapes. Raises SettingsError as
    `open_model` does, and weights.format where it is of no family that is known here."""
    if path.is_dir():
        if is_control_folder(path):
            return _look_into_control(path, pickles)
        if is_flux_folder(path):
            config = FluxConfig.of_diffusers(read_json(path / "transformer" / "config.json"))
            return Look("flux", "flow", told=config.guided, distilled=not config.guided)
        if is_flux2_folder(path):
            klein = Flux2Config.of_diffusers(read_json(path / "transformer" / "config.json"))
            return Look(_klein(klein, path), "flow", distilled=is_distilled(path))
    else:
        check_pickle(path, pickles)
        stored = open_tensors(path)
        if is_control(stored):
            return _look_into_control(path, pickles)
        if flux2_files.is_flux2(stored):
            klein = flux2_files.config_of(flux2_files.original(stored), path)
            return Look(_klein(klein, path), "flow", distilled=True)
        if is_flux(stored):
            guided = config_of(original(stored), path).guided
            return Look("flux", "flow", told=guided, distilled=not guided)
        if is_low_rank(stored):
            return Look(_family_of_lora(path), "epsilon", lora=True)
        family_of(stored, FAMILIES, path)  # before a tokenizer is asked for
    tokenizer = None if path.is_dir() else store.locate("clip-tokenizer").folder
    checkpoint = open_model(path, tokenizer, pickles=pickles)
    heard = checkpoint.unet.config.get("cross_attention_dim")
    for each in FAMILIES:
        if each.unet["cross_attention_dim"] == heard and checkpoint.xl == (each.id == "sdxl"):
            return Look(each.id, checkpoint.prediction)
    raise SettingsError(
        "weights.format", "a UNet that hears words of this width is of no family that is known here", value=heard
    )


def _look_into_control(path: Path, pickles: bool) -> Look:
    """Beside whose networks it fits. Raises SettingsError: weights.format, and what else `open_control` raises."""
    others = []
    for each in (each for each in (*FAMILIES, FLUX) if each.id in CONTROLS):
        try:
            network = open_control(path, each, pickles=pickles).network
        except OtherFamilyError as error:
            others.append(str(error.problem.value))
        else:
            union = isinstance(network, FluxControl) and network.config.modes
            return Look(each.id, "epsilon", control=True, shows=get_args(Shows) if union else ())
    raise SettingsError(
        "weights.format",
        f"{path.name} follows sketches beside no network that is known here",
        value="; ".join(dict.fromkeys(others)),
        fix="ControlNets of Stable Diffusion 1.5, XL and FLUX.1 are read, and T2I-Adapters of the first two",
    )


def _klein(config: Flux2Config, path: Path) -> FamilyId:
    """Raises SettingsError weights.format for a FLUX.2 of a size that is not known here."""
    for each in KLEIN:
        if Flux2Config.of_diffusers(each.unet) == config:
            return each.id
    raise SettingsError(
        "weights.format",
        f"{path.name} is a FLUX.2 of a size that is not known here",
        value=f"{config.doubles} and {config.singles} blocks, {config.width} wide",
        fix="FLUX.2 klein 4B and 9B are read",
    )


def _empty(of: Family) -> torch.nn.Module:
    """Its network, on the meta device."""
    with torch.device("meta"):
        if of.id == "flux":
            return FluxTransformer(FluxConfig.of_diffusers(of.unet))
        if of.id in ("klein4b", "klein9b"):
            return Flux2Transformer(Flux2Config.of_diffusers(of.unet))
        network: torch.nn.Module = UNet2DConditionModel.from_config(dict(of.unet))
        return network


def _family_of_lora(path: Path) -> FamilyId:
    """Whose layers its changes fit. Raises SettingsError: weights.format, and what `changes` raises."""
    found = changes(path)
    for each in (*FAMILIES, FLUX, *KLEIN):
        with suppress(SettingsError):
            check_changes(_empty(each), found)
            return each.id
    raise SettingsError(
        "weights.format",
        f"{path.name} holds low-rank changes of no network that is known here",
        value=found[0].name,
        fix="LoRAs of Stable Diffusion 1.5, 2.1, XL, of FLUX.1 and of FLUX.2 klein are read",
    )


def only(located: Located) -> Path:
    """Its one file of tensors."""
    return next(path for path in located.files.values() if path.suffix == ".safetensors")


def _optional(store: Store, part: str | None) -> Located | None:
    return store.locate(part) if part is not None and store.source(find(part)) else None


def tiny_random(recipe: Recipe, device: str) -> LatentEngine:
    """Tiny networks with random weights, the same in every process."""
    where = chosen(device)
    if recipe.family == "flux":
        model = tiny_flux.model(where)
    elif recipe.family == "klein4b":
        model = tiny_klein.model(where)
    else:
        model = tiny_networks.model(recipe.family, where)
    painter = Painter(model.networks, where, torch.float32)
    return LatentEngine(recipe, model, painter, device_name(where))
