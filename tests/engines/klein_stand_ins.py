"""A FLUX.2 klein engine with tiny networks and random weights, and diffusers' own pipelines over the same."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import msgspec
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, Flux2KleinPipeline
from transformers import PreTrainedTokenizerFast

from lightbrush.engines.flux2 import FLUX2_KLEIN
from lightbrush.engines.latent import LatentEngine
from lightbrush.nn.flux2 import tiny
from lightbrush.nn.latent.painter import Asked, Painter
from lightbrush.nn.latent.schedule import noise
from lightbrush.shots import Size
from tests.engines.latent_stand_ins import CPU, SEED, SIZE, TEXT

#: What Qwen3's template makes of one message of a user, when it is not to think.
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
#: What a pipeline is asked besides.
GIVEN: dict[str, Any] = {
    "max_sequence_length": tiny.TOKENS,
    "text_encoder_out_layers": tiny.LAYERS,
    "output_type": "latent",
    "guidance_scale": 1.0,
}


def engine(**networks: Any) -> LatentEngine:
    """networks: in place of the tiny ones."""
    recipe = FLUX2_KLEIN
    card = msgspec.structs.replace(recipe.card, sizes=(SIZE, Size(96, 64)), default_size=SIZE)
    model = tiny.model(CPU)
    if networks:
        model = replace(model, networks=replace(model.networks, **networks))
    painter = Painter(model.networks, CPU, torch.float32)
    return LatentEngine(msgspec.structs.replace(recipe, card=card), model, painter, "CPU")


def pipeline(kind: Any = Flux2KleinPipeline, distilled: bool = True) -> Any:
    parts = tiny.parts()
    made = kind(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=parts["vae"],
        text_encoder=parts["text_encoder"],
        tokenizer=PreTrainedTokenizerFast(
            tokenizer_object=tiny.tokenizer(), pad_token="<|endoftext|>", chat_template=TEMPLATE
        ),
        transformer=parts["transformer"],
        is_distilled=distilled,
    )
    made.set_progress_bar_config(disable=True)
    return made


def drawn(high: int = 8, wide: int = 8) -> Any:
    return noise(SEED, high, wide, channels=32)


def patches(latent: Any) -> torch.Tensor:
    """[1, 32, h, w] -> [1, 128, h / 2, w / 2]."""
    return Flux2KleinPipeline._patchify_latents(torch.tensor(latent))


def own(made: LatentEngine, latent: torch.Tensor) -> torch.Tensor:
    """What a pipeline gives back is as its VAE has it."""
    return made.painter._levels.own(latent)


def asked(made: LatentEngine, steps: int, share: float = 1.0, **more: Any) -> Asked:
    """One picture of TEXT from the noise of SEED. more: of what `Asked` has."""
    words, nothing = made._embed(TEXT), made._embed("")
    plan = made.plan(steps, share, bare=more.get("start") is None, latents=64)
    given = {"unwanted": nothing, "nothing": nothing, "width": 64, "height": 64, **more}
    return Asked(plan=plan, noise=partial(noise, SEED, 8, 8, channels=32), words=words, **given)
