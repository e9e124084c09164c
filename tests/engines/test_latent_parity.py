"""Our path through a latent diffusion model is diffusers' own pipelines: from the same noise the same latents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    StableDiffusionAdapterPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLAdapterPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline,
)
from PIL import Image

from lightbrush.engines.images import Recipe
from lightbrush.engines.sdxl import SDXL_LIGHTNING, SDXL_TURBO
from lightbrush.engines.stable_diffusion import SD15_LCM, SD_TURBO
from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.controls import open_control
from lightbrush.nn.latent.schedule import noise, schedule
from lightbrush.nn.latent.text import Said
from tests.engines.latent_stand_ins import BETAS, SEED, TEXT, asked, draw_from, engine, picture, pipeline

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # diffusers' schedulers
    pytest.mark.usefixtures("one_thread"),
]

TRAILING: dict[str, Any] = {**BETAS, "timestep_spacing": "trailing"}

SCHEDULERS: list[tuple[Recipe, Any, int]] = [
    (SD_TURBO, lambda: EulerDiscreteScheduler(**TRAILING), 1),
    (SD_TURBO, lambda: EulerDiscreteScheduler(**TRAILING), 4),
    (SD15_LCM, lambda: LCMScheduler(**BETAS), 4),
    (SDXL_TURBO, lambda: EulerAncestralDiscreteScheduler(**TRAILING), 2),
    (SDXL_LIGHTNING[1], lambda: EulerDiscreteScheduler(**TRAILING, prediction_type="sample"), 1),
    (SDXL_LIGHTNING[4], lambda: EulerDiscreteScheduler(**TRAILING), 4),
]
NAMES = [f"{recipe.card.id}-{steps}" for recipe, _, steps in SCHEDULERS]
DRAWS = ("schedulers.scheduling_lcm", "schedulers.scheduling_euler_ancestral_discrete")


def close(ours: torch.Tensor, theirs: Any) -> None:
    wanted = torch.as_tensor(theirs)
    assert float((ours - wanted).norm() / wanted.norm()) < 1e-3  # a random network makes much of a rounding
    assert float(ours.std()) > 0.05  # they say something


@pytest.mark.parametrize(("recipe", "scheduler", "steps"), SCHEDULERS, ids=NAMES)
def test_text_to_image(monkeypatch: pytest.MonkeyPatch, recipe: Recipe, scheduler: Any, steps: int) -> None:
    made = engine(recipe)
    kind = StableDiffusionXLPipeline if recipe.family == "sdxl" else StableDiffusionPipeline
    pipe = pipeline(kind, recipe.family, scheduler())
    draw_from(monkeypatch, SEED, *DRAWS, first=1)
    given = {"width": 64, "height": 64, "latents": torch.tensor(noise(SEED, 8, 8)), "output_type": "latent"}
    theirs = pipe(TEXT, num_inference_steps=steps, guidance_scale=0.0, **given).images
    close(made.painter.denoise(asked(made, steps)), theirs)


@pytest.mark.parametrize(("recipe", "scheduler", "steps"), SCHEDULERS, ids=NAMES)
def test_image_to_image(monkeypatch: pytest.MonkeyPatch, recipe: Recipe, scheduler: Any, steps: int) -> None:
    """Half of the noise, of twice the steps; a consistency model's times for that are another pipeline's."""
    made = engine(recipe, tiny=None)
    xl = recipe.family == "sdxl"
    module = f"pipelines.stable_diffusion{'_xl' if xl else ''}.pipeline_stable_diffusion{'_xl' if xl else ''}_img2img"
    pipe = pipeline(
        StableDiffusionXLImg2ImgPipeline if xl else StableDiffusionImg2ImgPipeline, recipe.family, scheduler()
    )
    if isinstance(pipe.scheduler, LCMScheduler):
        begin = pipe.scheduler.set_timesteps
        monkeypatch.setattr(pipe.scheduler, "set_timesteps", lambda n, device=None: begin(n // 2, device, strength=0.5))
        monkeypatch.setattr(pipe, "get_timesteps", lambda n, *_: (pipe.scheduler.timesteps, n // 2))
    draw_from(monkeypatch, SEED, *DRAWS, module)
    pixels = torch.from_numpy(picture().astype(np.float32) / 255).permute(2, 0, 1)[None]
    middle = pipe.vae.encode(pixels * 2 - 1).latent_dist.mode() * pipe.vae.config.scaling_factor
    given = {"image": middle, "strength": 0.5, "output_type": "latent", "guidance_scale": 0.0}
    theirs = pipe(TEXT, num_inference_steps=2 * steps, **given).images
    close(made.painter.denoise(asked(made, 2 * steps, 0.5, start=picture())), theirs)


def test_guidance_is_away_from_what_is_unwanted() -> None:
    made = engine(SD_TURBO)
    pipe = pipeline(StableDiffusionPipeline, "sd21", EulerDiscreteScheduler(**TRAILING))
    given = {"width": 64, "height": 64, "latents": torch.tensor(noise(SEED, 8, 8)), "output_type": "latent"}
    theirs = pipe(TEXT, negative_prompt="fog", num_inference_steps=2, guidance_scale=3.0, **given).images
    close(made.painter.denoise(asked(made, 2, guidance=3.0, unwanted=made._embed("fog"))), theirs)


def test_a_mask_is_diffusers_inpainting_of_a_plain_model(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(SD_TURBO, tiny=None)
    pipe = pipeline(StableDiffusionInpaintPipeline, "sd21", EulerDiscreteScheduler(**TRAILING))
    draw_from(monkeypatch, SEED, "pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint")
    encoded = lambda image, generator: (  # noqa: E731
        pipe.vae.encode(image).latent_dist.mode() * pipe.vae.config.scaling_factor
    )
    monkeypatch.setattr(pipe, "_encode_vae_image", encoded)
    stays = np.zeros((64, 64), np.uint8)
    stays[:, 32:] = 255
    theirs = pipe(
        TEXT,
        image=Image.fromarray(picture()),
        mask_image=Image.fromarray(255 - stays),
        width=64,
        height=64,
        strength=0.5,
        num_inference_steps=8,
        guidance_scale=0.0,
        output_type="latent",
    ).images
    kept = np.dstack([picture(), stays])
    close(made.painter.denoise(asked(made, 8, 0.5, start=picture(), kept=kept)), theirs)


def test_lines_are_diffusers_controlnet() -> None:
    control = tiny.parts("sd15")["control"]
    generator = torch.Generator().manual_seed(1)
    for name, weight in control.named_parameters():  # at the beginning of training it says nothing
        if "controlnet" in name:
            weight.copy_(torch.randn(weight.shape, generator=generator) / 8)
    made = engine(SD15_LCM, controls={"lines": control})
    pipe = pipeline(StableDiffusionControlNetPipeline, "sd15", EulerDiscreteScheduler(**TRAILING), controlnet=control)
    lines = (picture()[..., 0] > 128).astype(np.float32)
    given = {"width": 64, "height": 64, "latents": torch.tensor(noise(SEED, 8, 8)), "output_type": "latent"}
    theirs = pipe(
        TEXT,
        image=torch.from_numpy(lines).expand(1, 3, 64, 64),
        num_inference_steps=2,
        guidance_scale=0.0,
        controlnet_conditioning_scale=0.7,
        **given,
    ).images
    told = asked(made, 2, control=np.stack([lines] * 3), control_by="lines", follow=0.7)
    told = type(told)(**{**vars(told), "plan": schedule("euler", "epsilon", 2, bare=True)})
    ours = made.painter.denoise(told)
    close(ours, theirs)
    without = type(told)(**{**vars(told), "control": None, "control_by": ""})
    assert not torch.allclose(ours, made.painter.denoise(without), atol=1e-2)


@pytest.mark.parametrize("guidance", [1.0, 3.0])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("recipe", [SD15_LCM, SDXL_LIGHTNING[4]], ids=["sd15", "sdxl"])
def test_what_a_sketch_shows_is_diffusers_t2i_adapter(
    tmp_path: Path, recipe: Recipe, channels: int, guidance: float
) -> None:
    xl = recipe.family == "sdxl"
    net = tiny.adapter(recipe.family, in_channels=channels)
    net.save_pretrained(tmp_path)
    read = open_control(tmp_path, tiny.TINY[recipe.family]).build(torch.device("cpu"), torch.float32)
    made = engine(recipe, controls={"depth": read})
    kind = StableDiffusionXLAdapterPipeline if xl else StableDiffusionAdapterPipeline
    pipe = pipeline(kind, recipe.family, EulerDiscreteScheduler(**TRAILING), adapter=net)
    depth = picture()[..., 0].astype(np.float32) / 255
    given = {"width": 64, "height": 64, "latents": torch.tensor(noise(SEED, 8, 8)), "output_type": "latent"}
    theirs = pipe(
        TEXT,
        negative_prompt="fog",
        image=torch.from_numpy(depth).expand(1, channels, 64, 64),
        num_inference_steps=2,
        guidance_scale=guidance,
        adapter_conditioning_scale=0.7,
        **given,
    ).images
    plan = schedule("euler", "epsilon", 2, bare=True)
    told = replace(asked(made, 2, guidance=guidance, unwanted=made._embed("fog")), plan=plan)
    followed = replace(told, control=np.stack([depth] * 3), control_by="depth", follow=0.7)
    ours = made.painter.denoise(followed)
    close(ours, theirs)
    assert not torch.allclose(ours, made.painter.denoise(told), atol=1e-2)
    assert torch.equal(made.painter.denoise(followed), ours)  # what was painted between leaves no trace


@pytest.mark.parametrize("recipe", [SD_TURBO, SDXL_TURBO], ids=["sd", "sdxl"])
def test_pixels_of_the_whole_vae_are_diffusers(recipe: Recipe) -> None:
    made = engine(recipe)
    kind = StableDiffusionXLPipeline if recipe.family == "sdxl" else StableDiffusionPipeline
    pipe = pipeline(kind, recipe.family, EulerDiscreteScheduler(**TRAILING))
    given = {"width": 64, "height": 64, "latents": torch.tensor(noise(SEED, 8, 8)), "output_type": "np"}
    theirs = pipe(TEXT, num_inference_steps=1, guidance_scale=0.0, **given).images[0]
    ours = made.painter.paint(asked(made, 1, full=True)).astype(np.float32) / 255
    assert np.abs(ours - theirs).max() <= 0.5 / 255 + 1e-3
    assert theirs.std() > 0.01


def test_words_without_pictures_and_push_are_diffusers_attention() -> None:
    plain = tiny.parts("sd15")["unet"]
    heard = tiny.model("sd15", torch.device("cpu"))
    words: Said = heard.embed(TEXT)
    x = torch.tensor(noise(1, 8, 8))
    with torch.no_grad():
        expected = plain(x, torch.tensor([500.0]), words.tokens[None]).sample
        ours = heard.networks.unet(x, torch.tensor([500.0]), words.tokens[None]).sample
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=0)
