"""Our path through FLUX.2 klein is diffusers' own pipelines: from the same noise the same latents, the same pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from diffusers import Flux2KleinInpaintPipeline
from PIL import Image

from lightbrush.engines.latent import shrunk
from lightbrush.nn.latent.painter import Bytes
from tests.engines.klein_stand_ins import GIVEN, asked, drawn, engine, own, patches, pipeline
from tests.engines.latent_stand_ins import TEXT, picture
from tests.engines.test_latent_parity import close

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # diffusers' schedulers
    pytest.mark.usefixtures("one_thread"),
]


def latents(pipe: Any, steps: int, **given: Any) -> torch.Tensor:
    told = {**GIVEN, "width": 64, "height": 64, **given}
    made: torch.Tensor = pipe(prompt=TEXT, num_inference_steps=steps, latents=patches(drawn()), **told).images
    return made


def shown(high: int, wide: int) -> Bytes:
    return np.random.default_rng(high).integers(0, 256, (high, wide, 3), np.uint8)


@pytest.mark.parametrize("steps", [1, 4])
def test_text_to_image(steps: int) -> None:
    made = engine()
    close(own(made, made.painter.denoise(asked(made, steps))), latents(pipeline(), steps))


@pytest.mark.parametrize("sizes", [[(64, 64)], [(64, 96), (80, 64)]], ids=["one", "two of other sizes"])
def test_reference_pictures_are_the_models_own_inputs(sizes: list[tuple[int, int]]) -> None:
    made = engine(tiny=None)
    pictures = [shown(*size) for size in sizes]
    theirs = latents(pipeline(), 2, image=[Image.fromarray(each) for each in pictures])
    seen = [made.painter.see(each) for each in pictures]
    ours = made.painter.denoise(asked(made, 2, seen=seen, shares=[1.0] * len(seen)))
    close(own(made, ours), theirs)
    assert not torch.allclose(ours, made.painter.denoise(asked(made, 2)), atol=1e-2)


def test_a_picture_is_cut_to_the_grid_as_diffusers_does() -> None:
    """Of a size that is no multiple of 16, at no other scale."""
    made = engine(tiny=None)
    given = shown(75, 64)
    theirs = latents(pipeline(), 1, image=[Image.fromarray(given)])
    seen = made.painter.see(shrunk(given, 1 << 20))
    assert seen.shape == (32, 8, 8)
    close(own(made, made.painter.denoise(asked(made, 1, seen=[seen], shares=[1.0]))), theirs)


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_a_mask_is_diffusers_inpainting(monkeypatch: pytest.MonkeyPatch, strength: float) -> None:
    """What is kept is a reference too."""
    made = engine(tiny=None)
    pipe = pipeline(Flux2KleinInpaintPipeline)
    at = "diffusers.pipelines.flux2.pipeline_flux2_klein_inpaint.randn_tensor"
    monkeypatch.setattr(at, lambda shape, **_: patches(drawn()))
    stays = np.zeros((64, 64), np.uint8)
    stays[:, 32:] = 255
    theirs = pipe(
        prompt=TEXT,
        image=Image.fromarray(picture()),
        mask_image=Image.fromarray(255 - stays),
        strength=strength,
        num_inference_steps=8,
        **GIVEN,
    ).images
    kept = np.dstack([picture(), stays])
    ours = made.painter.denoise(asked(made, 8, strength, start=picture(), kept=kept))
    close(own(made, ours), theirs)


def test_a_model_that_was_not_distilled_is_guided_in_two_passes() -> None:
    made = engine()
    theirs = latents(pipeline(distilled=False), 2, guidance_scale=4.0)
    close(own(made, made.painter.denoise(asked(made, 2, guidance=4.0))), theirs)


def test_pixels_of_the_whole_vae_are_diffusers() -> None:
    theirs = np.asarray(latents(pipeline(), 1, output_type="np"))[0]
    made = engine()
    ours = made.painter.paint(asked(made, 1, full=True)).astype(np.float32) / 255
    assert np.abs(ours - theirs).max() <= 0.5 / 255 + 1e-3
    assert theirs.std() > 0.01
