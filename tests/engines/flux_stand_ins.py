"""A FLUX engine with tiny networks and random weights, and diffusers' own pipelines over the same."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from transformers import PreTrainedTokenizerFast

from lightbrush.engines.flux import FLUX_SCHNELL
from lightbrush.engines.latent import LatentEngine
from lightbrush.nn.flux import tiny
from lightbrush.nn.flux.checkpoints import of_diffusers
from lightbrush.nn.flux.control import ControlConfig, FluxControl
from lightbrush.nn.latent.networks import held
from lightbrush.nn.latent.painter import Asked, Painter
from lightbrush.nn.latent.schedule import noise
from lightbrush.nn.latent.tiny import tokenizer
from lightbrush.nn.wan.tensors import fill
from lightbrush.shots import Size
from tests.engines.latent_stand_ins import CPU, SEED, SIZE, TEXT


def engine(guided: bool = False, **more: Any) -> LatentEngine:
    """more: of `Model`, or networks in place of the tiny ones."""
    from dataclasses import replace

    recipe = FLUX_SCHNELL
    card = msgspec.structs.replace(recipe.card, sizes=(SIZE, Size(96, 64)), default_size=SIZE)
    model = tiny.model(CPU, guided=guided)
    if "shift" in more:
        model = replace(model, shift=more.pop("shift"))
    if more:
        model = replace(model, networks=replace(model.networks, **more))
    painter = Painter(model.networks, CPU, torch.float32)
    return LatentEngine(msgspec.structs.replace(recipe, card=card), model, painter, "CPU")


def control_of(net: Any) -> FluxControl:
    """diffusers' ControlNet as ours."""
    config = ControlConfig.of_diffusers(net.config)
    with torch.device("meta"):
        made = FluxControl(config)
    fill(made, of_diffusers(held(net.state_dict()), config.flux), "cpu", lambda _: torch.float32)
    return made.requires_grad_(False).eval()


def pipeline(kind: Any, guided: bool = False, controlnet: Any = None, **scheduler: Any) -> Any:
    more = {} if controlnet is None else {"controlnet": controlnet}
    parts = tiny.parts(guided=guided)
    made = kind(
        scheduler=FlowMatchEulerDiscreteScheduler(**scheduler),
        vae=parts["vae"],
        text_encoder=parts["text_encoder"],
        tokenizer=tokenizer(),
        text_encoder_2=parts["text_encoder_2"],
        tokenizer_2=PreTrainedTokenizerFast(tokenizer_object=tiny.tokenizer(), pad_token="<pad>", eos_token="</s>"),
        transformer=parts["transformer"],
        **more,
    )
    made.set_progress_bar_config(disable=True)
    return made


def latents(packed: torch.Tensor, height: int = 64, width: int = 64) -> torch.Tensor:
    from diffusers import FluxPipeline

    unpacked: torch.Tensor = FluxPipeline._unpack_latents(packed, height, width, 8)
    return unpacked


def pack(drawn: Any) -> torch.Tensor:
    from diffusers import FluxPipeline

    packed: torch.Tensor = FluxPipeline._pack_latents(torch.tensor(drawn), *drawn.shape)
    return packed


def asked(made: LatentEngine, steps: int, share: float = 1.0, **more: Any) -> Asked:
    """One picture of TEXT from the noise of SEED. more: of what `Asked` has."""
    words, nothing = made._embed(TEXT), made._embed("")
    plan = made.plan(steps, share, bare=more.get("start") is None, latents=64)
    draw = partial(noise, SEED, 8, 8, channels=16)
    given = {"unwanted": nothing, "nothing": nothing, **more}
    return Asked(width=64, height=64, plan=plan, noise=draw, words=words, **given)
