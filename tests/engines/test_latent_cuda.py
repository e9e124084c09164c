"""Engines of image models on CUDA are the same function as on a CPU: words, regions, pictures, masks, LoRAs, several at
once, and sizes that are prepared in pieces."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lightbrush.engines.flux import TINY_RANDOM as TINY_FLUX
from lightbrush.engines.flux2 import TINY_RANDOM as TINY_KLEIN
from lightbrush.engines.latent import LatentEngine
from lightbrush.engines.latent_loading import tiny_random
from lightbrush.engines.stable_diffusion import TINY_RANDOM as TINY_SD
from lightbrush.nn.flux import tiny as tiny_flux
from lightbrush.nn.flux import transformer as flux_transformer
from lightbrush.nn.flux2 import transformer as flux2_transformer
from lightbrush.nn.latent import tiny as tiny_networks
from lightbrush.nn.latent.lora import Adapters
from lightbrush.nn.latent.packed import Packed, packed
from lightbrush.nn.latent.painter import Asked, Painter
from lightbrush.nn.latent.stage import Stage
from lightbrush.shots import Asset, Frame, Prompt, Reference, Size
from tests.engines.flux_stand_ins import control_of
from tests.engines.latent_stand_ins import picture
from tests.engines.test_latent import drawn, far, png, region
from tests.nn.flux_layouts import write_flux_lora
from tests.nn.klein_layouts import write_klein_lora
from tests.nn.latent_layouts import write_lora

pytestmark = pytest.mark.gpu
DEVICE = "cuda"
RECIPES = {"sd": TINY_SD, "flux": TINY_FLUX, "klein": TINY_KLEIN}
every = pytest.mark.parametrize("kind", RECIPES)


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def engine(kind: str, device: str = DEVICE) -> LatentEngine:
    return tiny_random(RECIPES[kind], device)


def half(made: LatentEngine) -> LatentEngine:
    """In the numbers that a GPU runs it in, where Hopper has attention of its own."""
    networks = made.painter.networks
    for network in (networks.unet, networks.vae, networks.tiny):
        assert network is not None
        network.to(torch.bfloat16)
    made.painter = Painter(networks, made.painter.device, torch.bfloat16)
    return made


def shown(size: tuple[int, int] = (48, 80), weight: float = 1.0) -> Reference:
    made = np.random.default_rng(4).integers(0, 256, (*size, 3), np.uint8)
    return Reference(Asset.of(png(made)), weight)


def frame(kind: str, **asked: Any) -> Frame:
    told = {"width": 64, "height": 64, "prompts": (Prompt("a calm sea"),), "seed": 3, "steps": 2}
    return Frame(engine=RECIPES[kind].card.id, **{**told, **asked})


def kept() -> dict[str, Any]:
    return {"base": Asset.of(png(picture())), "mask": png(np.tile(np.uint8([0, 255]).repeat(32), (64, 1)))}


def shots(kind: str) -> list[Frame]:
    """One of everything that the engine does."""
    rose = (Prompt("a red rose"), Prompt("fog", -0.5))
    asked: list[dict[str, Any]] = [
        {},
        {"sketch": png(drawn())},
        {"prompts": (Prompt("a calm sea"), Prompt("fog", -0.5))},
        kept(),
        {"regions": (region(slice(0, 24), prompts=rose), region(slice(16, 48), feather=0.2))},
        {**kept(), "regions": (region(slice(0, 24)),)},
    ]
    if kind == "klein":
        asked += [
            {"references": (shown(), shown((64, 64), 0.5))},
            {"sketch": png(drawn()), "parameters": {"sketch": "reference"}},
            {**kept(), "references": (shown(weight=0.4),), "regions": (region(slice(0, 24), references=(shown(),)),)},
        ]
    return [frame(kind, **each) for each in asked]


def latents(made: LatentEngine, shot: Frame) -> torch.Tensor:
    return made.painter.denoise(made._ready(shot, None).asked).cpu()


@every
def test_latents_are_those_of_a_cpu(kind: str) -> None:
    there, here = engine(kind), engine(kind, "cpu")
    for shot in shots(kind):
        theirs = latents(here, shot)
        torch.testing.assert_close(latents(there, shot) / theirs.std(), theirs / theirs.std(), atol=5e-3, rtol=0)


@every
def test_in_half_precision_pictures_come_again_whatever_was_painted_between(kind: str) -> None:
    made = half(engine(kind))
    first = [made.render(shot).pixels for shot in shots(kind)]
    for other in (Size(128, 128), Size(128, 64)):
        made.render(frame(kind, width=other.width, height=other.height, accept="image/png"))
    # what a graph reads is the graph's to hold
    flux_transformer.turns.cache_clear()
    flux2_transformer.turns.cache_clear()
    gc.collect()
    taken = [torch.full((size,), float("nan"), device=DEVICE) for size in range(128, 1 << 14, 128)]
    for shot, pixels in zip(shots(kind), first, strict=True):
        assert np.array_equal(made.render(shot).pixels, pixels)
    assert taken


@every
def test_a_size_that_was_prepared_in_pieces_has_the_same_picture(kind: str) -> None:
    prepared, at_once = engine(kind), engine(kind)
    shot = frame(kind, width=128, height=64, sketch=png(np.tile(drawn(), (1, 2, 1))))
    told = [*prepared.prepare(Size(128, 64))]
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 3
    assert [*prepared.prepare(Size(128, 64))] == [1.0]
    assert np.array_equal(prepared.render(shot).pixels, at_once.render(shot).pixels)


@every
def test_several_at_once_are_what_each_is_alone(kind: str) -> None:
    made = engine(kind)
    asked = [frame(kind, seed=seed, prompts=(Prompt(text),)) for seed, text in ((1, "sea"), (2, "city"), (3, "rose"))]
    alone = [made.render(shot).pixels for shot in asked]
    for together, one in zip(made.render_batch(asked), alone, strict=True):
        assert not isinstance(together, Exception)
        assert far(together.pixels, one) < 1.0
    assert far(alone[0], alone[1]) > 0


@every
def test_a_lora_is_weighed_anew_in_graphs_that_were_captured(kind: str, tmp_path: Path) -> None:
    path, shot, found = tmp_path / "ink.safetensors", frame(kind), {}
    write = {"flux": write_flux_lora, "klein": write_klein_lora}
    for device in (DEVICE, "cpu"):
        made = engine(kind, device)
        unet = made.painter.networks.unet
        plain = latents(made, shot)
        if kind == "sd":
            write_lora(path, tiny_networks.parts(RECIPES[kind].family)["unet"])
        else:
            write[kind](path, "original")
        beside = Adapters(unet, torch.float32)
        beside.add("ink", path)
        made.painter.forget()
        beside.weigh({})
        torch.testing.assert_close(latents(made, shot), plain, atol=1e-4, rtol=1e-4)
        beside.weigh({"ink": 0.2})
        found[device] = latents(made, shot)
        assert not torch.allclose(found[device], plain, atol=1e-3)
        beside.weigh({"ink": 0.0})
        torch.testing.assert_close(latents(made, shot), plain, atol=1e-4, rtol=1e-4)
    spread = found["cpu"].std()
    torch.testing.assert_close(found[DEVICE] / spread, found["cpu"] / spread, atol=5e-3, rtol=0)


def controlnet() -> Any:
    net = tiny_networks.parts("sd15")["control"]
    draw = torch.Generator().manual_seed(1)
    for name, weight in net.named_parameters():  # at the beginning of training it says nothing
        if "controlnet" in name:
            weight.copy_(torch.randn(weight.shape, generator=draw) / 8)
    return net


FOLLOWERS: dict[str, tuple[str, Callable[[], Any]]] = {
    "ControlNet": ("sd", controlnet),
    "T2I-Adapter": ("sd", lambda: tiny_networks.adapter("sd15")),
    "ControlNet of FLUX": ("flux", lambda: control_of(tiny_flux.control())),
    "union of FLUX": ("flux", lambda: control_of(tiny_flux.control(num_mode=10))),
    "of FLUX, of pixels": (
        "flux",
        lambda: control_of(tiny_flux.control(patch_size=2, conditioning_embedding_channels=16)),
    ),
}


def following(kind: str, net: Any, device: str) -> LatentEngine:
    made = engine(kind, device)
    networks = replace(made.painter.networks, controls={"depth": net.to(device)})
    made.painter = Painter(networks, made.painter.device, torch.float32)
    return made


def told(made: LatentEngine, shot: Frame, **more: Any) -> Asked:
    """As the shot asks for, and besides."""
    return replace(made._ready(shot, None).asked, **more)


@pytest.mark.parametrize("name", FOLLOWERS)
def test_what_a_sketch_shows_is_followed_in_a_graph(name: str) -> None:
    kind, net = FOLLOWERS[name]
    shot = frame(kind, sketch=png(drawn()))
    depth = np.ascontiguousarray(drawn()[..., :3].transpose(2, 0, 1), np.float32) / np.float32(255)
    found = []
    for device in (DEVICE, "cpu"):
        made = following(kind, net(), device)
        asked = told(made, shot, control=depth, control_by="depth", follow=0.7)
        found.append(made.painter.denoise(asked).cpu())
        other = made.painter.denoise(replace(asked, control=1 - depth)).cpu()
        plain = made.painter.denoise(told(made, shot)).cpu()
        assert not torch.allclose(found[-1], plain, atol=1e-2)
        assert not torch.allclose(found[-1], other, atol=1e-3)
        assert torch.equal(made.painter.denoise(asked).cpu(), found[-1])
    torch.testing.assert_close(*(each / found[1].std() for each in found), atol=5e-3, rtol=0)


@pytest.mark.parametrize("name", FOLLOWERS)
def test_in_half_precision_it_comes_again_whatever_was_painted_between(name: str) -> None:
    kind, net = FOLLOWERS[name]
    made = half(following(kind, net().to(torch.bfloat16), DEVICE))
    depth = np.ascontiguousarray(drawn()[..., :3].transpose(2, 0, 1), np.float32) / np.float32(255)
    shot = frame(kind, regions=(region(slice(0, 24)),))
    asked = told(made, shot, control=depth, control_by="depth", follow=0.7)
    first = made.painter.paint(asked)
    for other in (Size(128, 128), Size(128, 64)):
        made.render(frame(kind, width=other.width, height=other.height))
    flux_transformer.turns.cache_clear()
    gc.collect()
    taken = [torch.full((size,), float("nan"), device=DEVICE) for size in range(128, 1 << 14, 128)]
    assert np.array_equal(made.painter.paint(asked), first)
    assert far(first, made.painter.paint(told(made, shot))) > 0
    assert taken


@pytest.mark.parametrize("numbers", ["int8", "fp8"])
def test_matrices_in_8_bits_are_captured_too(numbers: Any) -> None:
    draw = torch.Generator().manual_seed(1)
    like = torch.nn.Linear(64, 32)
    weight, x = torch.randn(32, 64, generator=draw), torch.randn(3, 64, generator=draw).to(DEVICE, torch.bfloat16)
    layer = Packed(like, numbers)
    less, scale = packed(weight.to(DEVICE), numbers)
    layer.load_state_dict({"weight": less, "scale": scale, "bias": torch.zeros(32, device=DEVICE)}, assign=True)
    buffers = {"x": x, "out": torch.zeros(3, 32, device=DEVICE)}

    def work(b: Any) -> None:
        b["out"].copy_(layer(b["x"]))

    Stage(work, buffers).run()
    expected = x.float().cpu() @ weight.T
    assert float((buffers["out"].cpu() - expected).norm() / expected.norm()) < 0.06


def test_a_picture_of_an_engine_that_ran_out_of_memory_comes_the_next_time() -> None:
    made = engine("klein")
    shot = frame("klein", regions=(region(slice(0, 24)),))
    first = made.render(shot).pixels
    made.painter.forget()
    assert np.array_equal(made.render(shot).pixels, first)
