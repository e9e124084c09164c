"""What a UNet does between its products is the same function as kernels, and joined layers are what they were apart.

`TRITON_INTERPRET=1 pytest tests/nn/test_latent_fused.py` runs the kernels without a GPU, where Triton is installed."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny
from diffusers.models.unets.unet_2d_blocks import AutoencoderTinyBlock
from torch import Tensor

from lightbrush.nn.latent import fused, tiny
from lightbrush.nn.latent.config import FamilyId
from lightbrush.nn.latent.lora import Adapters, fuse, layers_of
from lightbrush.nn.latent.quick import TinyBlock, Window, part, quicken_tiny
from lightbrush.nn.latent.schedule import noise
from tests.nn.latent_layouts import write_lora

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = "cpu" if INTERPRETED else "cuda"
for_kernels = pytest.mark.skipif(not find_spec("triton"), reason="needs Triton") if INTERPRETED else pytest.mark.gpu
FAMILIES: tuple[FamilyId, ...] = ("sd15", "sd21", "sdxl")
#: Channels and sides: a group whole, in few tiles and in many, of pieces that do and do not fill them.
SHAPES = ((64, 8, 8), (320, 16, 16), (320, 64, 64), (960, 20, 28), (2560, 16, 16), (1920, 9, 7), (640, 40, 56))


def draw(*shape: int, seed: int = 1, by: float = 1.0, to: float = 0.0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * by + to


def close(seen: Tensor, wanted: Tensor, limit: float) -> None:
    assert seen.shape == wanted.shape
    assert float((seen.cpu().float() - wanted).norm() / wanted.norm()) < limit


def limit(dtype: torch.dtype) -> float:
    return 1e-5 if dtype == torch.float32 else 1e-3


halves = pytest.mark.parametrize("dtype", [torch.float32, torch.float16])


@for_kernels
@halves
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_group_norm_is_the_plain_one(shape: tuple[int, int, int], dtype: torch.dtype) -> None:
    from lightbrush.nn.latent import kernels

    for batch, silu, told in ((1, True, False), (2, True, True), (2, False, True)):
        x = draw(batch, *shape, to=3.0).to(dtype)  # far from 0, where sums of squares would lose it
        added = draw(batch, 2 * shape[0], seed=2).to(dtype)[:, : shape[0]] if told else None
        weight, bias = draw(shape[0], seed=3).to(dtype), draw(shape[0], seed=4).to(dtype)
        h = x.float() if added is None else x.float() + added.float()[:, :, None, None]
        wanted = F.group_norm(h, 32, weight.float(), bias.float(), 1e-5)
        wanted = F.silu(wanted) if silu else wanted
        there = [None if each is None else each.to(DEVICE) for each in (x, weight, bias, added)]
        there[0] = there[0].contiguous(memory_format=torch.channels_last)
        seen = kernels.group_norm(*there[:3], 32, 1e-5, silu, there[3])
        assert seen.is_contiguous(memory_format=torch.channels_last)
        close(seen, wanted, limit(dtype))
        close(fused.group_norm(x, weight, bias, 32, 1e-5, silu, added), wanted, limit(dtype))
        assert torch.equal(seen, kernels.group_norm(*there[:3], 32, 1e-5, silu, there[3]))


@for_kernels
@halves
def test_sums_and_gates_are_the_plain_ones(dtype: torch.dtype) -> None:
    from lightbrush.nn.latent import kernels

    x, other, bias = (draw(*size, seed=i).to(dtype) for i, size in enumerate(((2, 48, 5, 9), (2, 48, 5, 9), (48,))))
    for y in (None, other):
        for relu in (False, True):
            wanted = x.float() + bias.float()[:, None, None] + (0 if y is None else y.float())
            wanted = F.relu(wanted) if relu else wanted
            there = x.to(DEVICE).contiguous(memory_format=torch.channels_last).clone()
            seen = kernels.biased(there, bias.to(DEVICE), None if y is None else y.to(DEVICE), relu)
            assert seen.data_ptr() == there.data_ptr()
            close(seen, wanted, limit(dtype))
            close(fused.biased(x.clone(), bias, y, relu), wanted, limit(dtype))
    rows = draw(2, 33, 160).to(dtype)
    half, gate = rows.float().chunk(2, -1)
    close(kernels.geglu(rows.to(DEVICE)), half * F.gelu(gate), limit(dtype))
    close(fused.geglu(rows), half * F.gelu(gate), limit(dtype))


@for_kernels
@halves
def test_a_sum_and_its_norm_are_the_plain_ones(dtype: torch.dtype) -> None:
    from lightbrush.nn.latent import kernels

    for width in (64, 320, 640, 1280):
        x, y = (draw(2, 19, width, seed=i).to(dtype) for i in range(2))
        vectors = [draw(width, seed=i).to(dtype) for i in range(3)]
        summed = x.float() + y.float() + vectors[0].float()
        normed = F.layer_norm(summed, (width,), vectors[1].float(), vectors[2].float(), 1e-5)
        there = [each.to(DEVICE, copy=True) for each in (x, y, *vectors)]
        for seen in (kernels.residual_norm(*there, 1e-5), fused.residual_norm(x, y, *vectors, 1e-5)):
            close(seen[0], summed, limit(dtype))
            close(seen[1], normed, limit(dtype))


# Joined layers.


def spoken(family: FamilyId, unet: Any, embed: Any) -> Tensor:
    said = embed("a calm sea")
    more = None
    if family == "sdxl":
        more = {"text_embeds": said.pooled[None], "time_ids": torch.tensor([[64.0, 64, 0, 0, 64, 64]])}
    with torch.no_grad():
        x = torch.tensor(noise(1, 8, 8))
        found: Tensor = unet(x, torch.tensor([500.0]), said.tokens[None], added_cond_kwargs=more).sample
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_a_quickened_unet_is_diffusers_also_when_it_is_parted(family: FamilyId) -> None:
    made = tiny.model(family, torch.device("cpu"))
    wanted = spoken(family, tiny.parts(family)["unet"], made.embed)
    unet: Any = made.networks.unet
    joint = sum(isinstance(module, Window) for module in unet.modules())
    torch.testing.assert_close(spoken(family, unet, made.embed), wanted, atol=1e-5, rtol=0)
    part(unet)
    assert 0 < sum(isinstance(module, Window) for module in unet.modules()) < joint
    torch.testing.assert_close(spoken(family, unet, made.embed), wanted, atol=1e-5, rtol=0)


def test_a_lora_finds_every_layer_of_a_quickened_unet(tmp_path: Path) -> None:
    plain, path = tiny.parts("sd21")["unet"], tmp_path / "ink.safetensors"
    made = tiny.model("sd21", torch.device("cpu"))
    assert layers_of(plain).keys() <= layers_of(made.networks.unet).keys()
    write_lora(path, plain)
    fuse(plain, path, 0.2)
    wanted = spoken("sd21", plain, made.embed)
    fused_one, beside = (tiny.model("sd21", torch.device("cpu")).networks.unet for _ in range(2))
    fuse(fused_one, path, 0.2)
    torch.testing.assert_close(spoken("sd21", fused_one, made.embed), wanted, atol=1e-4, rtol=0)
    adapters = Adapters(beside, torch.float32)
    adapters.add("ink", path)
    adapters.weigh({"ink": 0.2})
    torch.testing.assert_close(spoken("sd21", beside, made.embed), wanted, atol=1e-4, rtol=0)


def test_a_quickened_tiny_vae_is_diffusers() -> None:
    plain, quick = (
        AutoencoderTiny(encoder_block_out_channels=(8,) * 4, decoder_block_out_channels=(8,) * 4).eval()
        for _ in range(2)
    )
    quick.load_state_dict(plain.state_dict())
    quicken_tiny(quick)
    assert not any(type(module) is AutoencoderTinyBlock for module in quick.modules())
    assert any(isinstance(module, TinyBlock) for module in quick.modules())
    pixels = draw(1, 3, 64, 64)
    with torch.no_grad():
        latent = plain.encode(pixels).latents
        torch.testing.assert_close(quick.encode(pixels).latents, latent, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(quick.decode(latent).sample, plain.decode(latent).sample, atol=1e-5, rtol=1e-5)
