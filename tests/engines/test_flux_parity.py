"""Our path through FLUX is diffusers' own pipelines: from the same noise the same latents, and the same pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import FluxControlNetPipeline, FluxImg2ImgPipeline, FluxInpaintPipeline, FluxPipeline
from PIL import Image

from lightbrush.nn.flux import tiny
from lightbrush.nn.flux.schedule import Shift
from lightbrush.nn.flux.tiny import TOKENS
from lightbrush.nn.latent.controls import open_control
from lightbrush.nn.latent.schedule import noise
from tests.engines.flux_stand_ins import asked, engine, latents, pack, pipeline
from tests.engines.latent_stand_ins import SEED, TEXT, picture
from tests.engines.test_latent_parity import close

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # diffusers' schedulers
    pytest.mark.usefixtures("one_thread"),
]

SHIFTS: dict[str, tuple[Shift, dict[str, Any]]] = {
    "schnell": (Shift(), {"shift": 1.0}),
    "fixed": (Shift(fixed=3.0), {"shift": 3.0}),
    "dev": (Shift(grows=True), {"shift": 3.0, "use_dynamic_shifting": True}),
}
GIVEN: dict[str, Any] = {
    "width": 64,
    "height": 64,
    "max_sequence_length": TOKENS,
    "output_type": "latent",
    "guidance_scale": 0.0,
}


def drawn() -> Any:
    return noise(SEED, 8, 8, channels=16)


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("kind", SHIFTS)
def test_text_to_image(kind: str, steps: int) -> None:
    shift, told = SHIFTS[kind]
    theirs = pipeline(FluxPipeline, **told)(TEXT, num_inference_steps=steps, latents=pack(drawn()), **GIVEN).images
    close(engine(shift=shift).painter.denoise(asked(engine(shift=shift), steps)), latents(theirs))


@pytest.mark.parametrize("kind", SHIFTS)
def test_image_to_image(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Half of the noise, of twice the steps."""
    shift, told = SHIFTS[kind]
    made = engine(shift=shift, tiny=None)
    pipe = pipeline(FluxImg2ImgPipeline, **told)
    stay(monkeypatch, pipe, "flux_img2img")
    image = Image.fromarray(picture())
    theirs = pipe(TEXT, image=image, strength=0.5, num_inference_steps=8, **GIVEN).images
    close(made.painter.denoise(asked(made, 8, 0.5, start=picture())), latents(theirs))


def test_a_mask_is_diffusers_inpainting(monkeypatch: pytest.MonkeyPatch) -> None:
    made = engine(tiny=None)
    pipe = pipeline(FluxInpaintPipeline, shift=1.0)
    stay(monkeypatch, pipe, "flux_inpaint")
    stays = np.zeros((64, 64), np.uint8)
    stays[:, 32:] = 255
    theirs = pipe(
        TEXT,
        image=Image.fromarray(picture()),
        mask_image=Image.fromarray(255 - stays),
        strength=0.5,
        num_inference_steps=8,
        **GIVEN,
    ).images
    kept = np.dstack([picture(), stays])
    close(made.painter.denoise(asked(made, 8, 0.5, start=picture(), kept=kept)), latents(theirs))


def test_a_model_that_is_told_its_guidance() -> None:
    made = engine(guided=True, shift=Shift(grows=True))
    pipe = pipeline(FluxPipeline, guided=True, use_dynamic_shifting=True)
    given = {**GIVEN, "guidance_scale": 3.5}
    theirs = pipe(TEXT, num_inference_steps=2, latents=pack(drawn()), **given).images
    ours = made.painter.denoise(asked(made, 2, guidance=3.5))
    close(ours, latents(theirs))
    assert not torch.allclose(ours, made.painter.denoise(asked(made, 2, guidance=1.5)), atol=1e-2)


CONTROLNETS: dict[str, dict[str, Any]] = {
    "plain": {},
    "of double blocks alone": {"num_layers": 2, "num_single_layers": 0},
    "not told its guidance": {"guidance_embeds": False, "num_single_layers": 2},
    "union": {"num_mode": 10},
    "of pixels": {"patch_size": 2, "conditioning_embedding_channels": 16, "num_single_layers": 0},
}


@pytest.mark.parametrize("guided", [False, True], ids=["schnell", "dev"])
@pytest.mark.parametrize("kind", CONTROLNETS)
def test_what_a_sketch_shows_is_diffusers_controlnet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, guided: bool
) -> None:
    net = tiny.control(**CONTROLNETS[kind])
    net.save_pretrained(tmp_path)
    read = open_control(tmp_path, tiny.TINY).build(torch.device("cpu"), torch.float32)
    made = engine(guided=guided, tiny=None, controls={"depth": read})
    pipe = pipeline(FluxControlNetPipeline, guided=guided, controlnet=net, shift=1.0)
    monkeypatch.setattr(
        "diffusers.pipelines.flux.pipeline_flux_controlnet.retrieve_latents",
        lambda told, generator: told.latent_dist.mode(),
    )
    shown = picture()
    mode = {"control_mode": 2} if "num_mode" in CONTROLNETS[kind] else {}
    theirs = pipe(
        TEXT,
        control_image=Image.fromarray(shown),
        controlnet_conditioning_scale=0.7,
        num_inference_steps=2,
        latents=pack(drawn()),
        **{**GIVEN, "guidance_scale": 3.5},
        **mode,
    ).images
    control = np.ascontiguousarray(shown.transpose(2, 0, 1), np.float32) / np.float32(255)
    told = {"control": control, "control_by": "depth", "follow": 0.7, "guidance": 3.5 if guided else 1.0}
    ours = made.painter.denoise(asked(made, 2, **told))
    close(ours, latents(theirs))
    without = made.painter.denoise(asked(made, 2, guidance=told["guidance"]))
    assert not torch.allclose(ours, without, atol=1e-2)


def test_pixels_of_the_whole_vae_are_diffusers() -> None:
    pipe = pipeline(FluxPipeline, shift=1.0)
    given = {**GIVEN, "output_type": "np"}
    theirs = pipe(TEXT, num_inference_steps=1, latents=pack(drawn()), **given).images[0]
    made = engine()
    ours = made.painter.paint(asked(made, 1, full=True)).astype(np.float32) / 255
    assert np.abs(ours - theirs).max() <= 0.5 / 255 + 1e-3
    assert theirs.std() > 0.01


def stay(monkeypatch: pytest.MonkeyPatch, pipe: Any, module: str) -> None:
    """Let a pipeline draw our noise, and take the middle of what a picture's latent may be."""
    at = f"diffusers.pipelines.flux.pipeline_{module}"
    monkeypatch.setattr(f"{at}.randn_tensor", lambda shape, **_: torch.tensor(drawn()))
    middle = lambda image, generator: (  # noqa: E731
        (pipe.vae.encode(image).latent_dist.mode() - pipe.vae.config.shift_factor) * pipe.vae.config.scaling_factor
    )
    monkeypatch.setattr(pipe, "_encode_vae_image", middle)
