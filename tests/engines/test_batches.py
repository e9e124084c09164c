"""Several sessions' pictures at once are the pictures that each would have had alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from lightbrush.engines.engine import BatchEngine
from lightbrush.engines.latent import LatentEngine
from lightbrush.engines.sdxl import SDXL_LIGHTNING, SDXL_TURBO
from lightbrush.engines.stable_diffusion import SD15_LCM, SD_TURBO, TINY_RANDOM
from lightbrush.errors import FleetError, LightbrushError, ShotError
from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.lora import Adapters
from lightbrush.nn.latent.painter import Painter
from lightbrush.shots import Asset, Frame, Picture, Prompt
from tests.engines import flux_stand_ins, klein_stand_ins, latent_stand_ins
from tests.engines.latent_stand_ins import CPU, picture
from tests.engines.test_latent import drawn, png, region
from tests.nn.latent_layouts import write_lora

pytestmark = pytest.mark.usefixtures("one_thread")

ENGINES: dict[str, Any] = {
    "sd": lambda: latent_stand_ins.engine(SD_TURBO),
    "lcm": lambda: latent_stand_ins.engine(SD15_LCM),
    "guided": lambda: latent_stand_ins.engine(TINY_RANDOM),
    "sdxl": lambda: latent_stand_ins.engine(SDXL_TURBO),
    "lightning": lambda: latent_stand_ins.engine(SDXL_LIGHTNING[1]),
    "flux": flux_stand_ins.engine,
    "told": lambda: flux_stand_ins.engine(guided=True),
    "klein": klein_stand_ins.engine,
}
TEXTS = ("a calm sea", "a city at night", "two foxes")


def frame(made: LatentEngine, **asked: Any) -> Frame:
    return Frame(**{"engine": made.card.id, "width": 64, "height": 64, "prompts": (Prompt("a calm sea"),), **asked})


def shots(made: LatentEngine, kind: str) -> list[Frame]:
    """Three sessions' in which everything differs that may."""
    found = []
    for i, text in enumerate(TEXTS):
        told: dict[str, Any] = {"seed": i, "seed_to": 9, "seed_mix": 0.2 * i, "prompts": (Prompt(text, 1 + i / 4),)}
        if kind == "drawn":
            told |= {"sketch": png(drawn(20 + 20 * i)), "strength": 0.5 + i / 100}
        if kind == "kept":
            mask = np.zeros((64, 64, 4), np.uint8)
            mask[8 * i : 40, 16:48, 3] = 255
            told |= {"base": Asset.of(png(np.roll(picture(), 8 * i, 0))), "mask": png(mask)}
        if any(p.name == "guidance" for p in made.card.parameters):
            told["parameters"] = {"guidance": min(1.5 + i / 4, 2.0)}
        found.append(frame(made, **told))
    return found


@pytest.mark.parametrize("kind", ["plain", "drawn", "kept"])
@pytest.mark.parametrize("name", ENGINES)
def test_latents_of_a_batch_are_those_of_each_alone(name: str, kind: str) -> None:
    """In double numbers, since a random network blows roundings up, and the first step of Stable Diffusion by 15."""
    made: LatentEngine = ENGINES[name]()
    assert isinstance(made, BatchEngine)
    held = made.painter.networks
    for network in (held.unet, held.vae, held.tiny):
        assert network is not None
        network.double()
    made.painter = Painter(held, CPU, torch.float64)
    ready = [made._ready(shot, None).asked for shot in shots(made, kind)]
    assert len({made.painter.alike(asked) for asked in ready}) == 1
    assert made.painter.alike(ready[0]) is not None
    together = made.painter.denoise_all(ready)
    for i, asked in enumerate(ready):
        torch.testing.assert_close(together[i : i + 1], made.painter.denoise(asked), atol=1e-5, rtol=0)
    assert not torch.allclose(together[0], together[1], atol=0.1)


@pytest.mark.parametrize("name", ["sd", "flux"])
def test_pixels_of_a_batch_are_those_of_each_alone(name: str) -> None:
    made: LatentEngine = ENGINES[name]()
    asked = [*shots(made, "drawn"), *shots(made, "kept"), frame(made, steps=4), frame(made, accept="image/png")]
    for told, shot in zip(made.render_batch(asked), asked, strict=True):
        assert isinstance(told, Picture)
        alone = made.render(shot)
        assert list(told.times_ms) == list(alone.times_ms)
        assert np.abs(told.pixels.astype(int) - alone.pixels).max() <= 1  # a rounding


def test_what_cannot_be_painted_at_once_is_painted_all_the_same() -> None:
    made = latent_stand_ins.engine(SD_TURBO)
    asked = [frame(made, seed=i, prompts=(Prompt("sea"), Prompt("fog", -1.0))) for i in range(2)]
    assert made.painter.alike(made._ready(asked[0], None).asked) is None
    for told, shot in zip(made.render_batch(asked), asked, strict=True):
        assert isinstance(told, Picture)
        assert np.array_equal(told.pixels, made.render(shot).pixels)


def test_a_shot_with_regions_is_painted_alone_and_costs_the_others_nothing() -> None:
    made = latent_stand_ins.engine(SDXL_TURBO)
    asked = [frame(made, seed=i) for i in range(2)]
    asked.insert(1, frame(made, regions=(region(slice(0, 32)), region(slice(24, 64), prompts=(Prompt("fog", -1.0),)))))
    alike = [made.painter.alike(made._ready(shot, None).asked) for shot in asked]
    assert alike[0] == alike[2] is not None
    assert alike[1] is None
    told = made.render_batch(asked)
    for each, shot in zip(told, asked, strict=True):
        assert isinstance(each, Picture)
        assert np.abs(each.pixels.astype(int) - made.render(shot).pixels).max() <= 1  # a rounding


def test_who_weighs_a_lora_otherwise_is_not_painted_with_the_others(tmp_path: Any) -> None:
    made = latent_stand_ins.engine(SD15_LCM)
    beside = Adapters(made.painter.networks.unet, torch.float32)
    write_lora(tmp_path / "lora.safetensors", tiny.parts("sd15")["unet"])
    beside.add("ink", tmp_path / "lora.safetensors")
    made._beside = beside
    weights = {0.0: [0, 2], 0.1: [1]}

    def weighs(shot: Frame) -> tuple[tuple[str, float], ...]:
        return (("ink", next(weight for weight, seeds in weights.items() if shot.seed in seeds)),)

    made._weights = weighs  # type: ignore[method-assign]
    asked = [frame(made, seed=i) for i in range(3)]
    for told, shot in zip(made.render_batch(asked), asked, strict=True):
        assert isinstance(told, Picture)
        assert np.abs(told.pixels.astype(int) - made.render(shot).pixels).max() <= 1


def test_what_is_wrong_with_one_shot_costs_no_other() -> None:
    made = latent_stand_ins.engine(SD_TURBO)
    told = made.render_batch([frame(made), frame(made, steps=99), frame(made, seed=4)])
    assert isinstance(told[1], ShotError)
    assert [isinstance(each, Picture) for each in told] == [True, False, True]


def test_a_batch_that_finds_no_memory_is_painted_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made = latent_stand_ins.engine(SD_TURBO)
    asked = [frame(made, seed=i) for i in range(2)]
    expected = [made.render(shot).pixels for shot in asked]
    unet: Any = made.painter.networks.unet
    forward = unet.forward

    def scarce(noisy: torch.Tensor, *given: Any, **more: Any) -> Any:
        if len(noisy) > room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(noisy, *given, **more)

    monkeypatch.setattr(unet, "forward", scarce)
    for room in (1, 0):
        told = made.render_batch(asked)
        if room:
            assert all(np.array_equal(e, t.pixels) for e, t in zip(expected, told, strict=True))  # type: ignore[union-attr]
        else:
            assert all(isinstance(each, FleetError) and isinstance(each, LightbrushError) for each in told)
