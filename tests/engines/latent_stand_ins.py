"""Engines with tiny networks and random weights, and diffusers' own pipelines over the same."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from inspect import signature
from typing import Any

import msgspec
import numpy as np
import torch

from lightbrush.engines.images import Recipe
from lightbrush.engines.latent import LatentEngine
from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.config import FamilyId
from lightbrush.nn.latent.painter import Asked, Painter
from lightbrush.nn.latent.schedule import noise
from lightbrush.shots import Size

CPU = torch.device("cpu")
SIZE = Size(64, 64)
SEED = 5
TEXT = "a calm sea at dusk"
BETAS: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


def engine(recipe: Recipe, **networks: Any) -> LatentEngine:
    """With the recipe's card, but at 64x64. networks: in place of those that a tiny model has."""
    card = msgspec.structs.replace(recipe.card, sizes=(SIZE, Size(96, 64)), default_size=SIZE)
    model = tiny.model(recipe.family, CPU)
    if networks:
        model = replace(model, networks=replace(model.networks, **networks))
    painter = Painter(model.networks, CPU, torch.float32)
    return LatentEngine(msgspec.structs.replace(recipe, card=card), model, painter, "CPU")


def pipeline(kind: Any, family: FamilyId, scheduler: Any, **more: Any) -> Any:
    """One of diffusers' pipelines over the tiny networks."""
    parts = tiny.parts(family)
    pads = tiny.TINY[family].pads
    given = {name: parts[name] for name in ("vae", "unet", "text_encoder")}
    given["tokenizer"] = tiny.tokenizer(pads[0])
    if family == "sdxl":
        given |= {"text_encoder_2": parts["text_encoder_2"], "tokenizer_2": tiny.tokenizer(pads[1])}
        if "add_watermarker" in signature(kind).parameters:
            given |= {"add_watermarker": False}
    else:
        given |= {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    made = kind(scheduler=scheduler, **given, **more)
    made.set_progress_bar_config(disable=True)
    return made


def draw_from(monkeypatch: Any, seed: int, *modules: str, first: int = 0) -> None:
    """Let diffusers draw our noise, step by step. first: what is drawn first, 0 being what a picture begins with."""
    steps = iter(range(first, 100))

    def drawn(shape: Any, **_: Any) -> torch.Tensor:
        return torch.tensor(noise(seed, *shape[2:], next(steps)))

    for module in modules:
        monkeypatch.setattr(f"diffusers.{module}.randn_tensor", drawn)


def picture(height: int = 64, width: int = 64) -> np.ndarray:
    """Smooth colours [H, W, 3] uint8."""
    y, x = np.mgrid[0:height, 0:width] / height
    return (np.stack([x, y, 0.5 + 0.5 * np.sin(6 * x * y)], -1) * 255).astype(np.uint8).clip(0, 255)


def asked(made: LatentEngine, steps: int, share: float = 1.0, **more: Any) -> Asked:
    """One picture of TEXT from the noise of SEED. more: of what `Asked` has."""
    words, nothing = made._embed(TEXT), made._embed("")
    plan = made.plan(steps, share, bare=more.get("start") is None)
    size = {"width": 64, "height": 64}
    draw = partial(noise, SEED, 8, 8)
    return Asked(**size, plan=plan, noise=draw, words=words, **{"unwanted": nothing, "nothing": nothing, **more})
