"""What a model takes is known before it is loaded: the arithmetic is the networks' own."""

from __future__ import annotations

import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderKLFlux2, AutoencoderTiny, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, T5Config, T5EncoderModel

from lightbrush.nn.flux.config import FluxConfig
from lightbrush.nn.flux.transformer import FluxTransformer
from lightbrush.nn.flux2.config import Flux2Config
from lightbrush.nn.flux2.text import empty_qwen
from lightbrush.nn.flux2.transformer import Flux2Transformer
from lightbrush.nn.latent.config import FAMILIES, FLUX, KLEIN, SDXL, TINY_VAE_PARAMETERS, VAE_PARAMETERS, Family
from lightbrush.nn.latent.memory import PASSES, SAVINGS, needs
from lightbrush.nn.latent.packed import matrix
from lightbrush.nn.wan.vae_memory import _Allocations, _Fused

SIDE = 256


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def peak(network: nn.Module, *given: object, side: int = SIDE, **more: object) -> float:
    """Bytes for each pixel."""
    with torch.no_grad(), _Fused(), _Allocations() as allocations:
        network(*given, **more)
    return allocations.peak_bytes / side**2


def matrices(network: nn.Module) -> int:
    return sum(layer.weight.numel() for layer in network.modules() if isinstance(layer, nn.Linear) and matrix(layer))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)
def test_parameters_and_passes_are_the_networks(family: Family) -> None:
    half = {"dtype": torch.float16, "device": "meta"}
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(dict(family.unet)).half()
        vae = AutoencoderKL.from_config(dict(family.vae))
        tiny = AutoencoderTiny().half()
        texts = [CLIPTextModel(CLIPTextConfig.from_dict(dict(family.texts[0])))]
        if family is SDXL:
            texts.append(CLIPTextModelWithProjection(CLIPTextConfig.from_dict(dict(family.texts[1]))))
    assert count(unet) == family.unet_parameters
    assert matrices(unet) == family.matrices
    assert sum(map(count, texts)) == family.text_parameters
    assert count(vae) == VAE_PARAMETERS
    assert count(tiny) == TINY_VAE_PARAMETERS

    passes = PASSES[family.id]
    x, time = torch.empty(1, 4, SIDE // 8, SIDE // 8, **half), torch.empty(1, device="meta")
    words = torch.empty(1, 77, family.unet["cross_attention_dim"], **half)
    more = {"text_embeds": torch.empty(1, 1280, **half), "time_ids": torch.empty(1, 6, **half)}
    known = more if family is SDXL else None
    assert peak(unet, x, time, words, added_cond_kwargs=known) == pytest.approx(passes.unet, rel=0.02)
    numbers = torch.float32 if family.upcast else torch.float16
    assert peak(vae.to(numbers).decode, x.to(numbers)) == pytest.approx(passes.vae, rel=0.02)
    pixels = torch.empty(1, 3, SIDE, SIDE, **half)
    either = max(peak(tiny.decode, x), peak(tiny.encode, pixels), key=float)
    assert either == pytest.approx(passes.tiny, rel=0.02)


def test_those_of_flux() -> None:
    half = {"dtype": torch.bfloat16, "device": "meta"}
    with torch.device("meta"):
        transformer = FluxTransformer(FluxConfig.of_diffusers(FLUX.unet)).to(torch.bfloat16)
        vae = AutoencoderKL.from_config(dict(FLUX.vae), torch_dtype=torch.bfloat16)
        clip = CLIPTextModel(CLIPTextConfig.from_dict(dict(FLUX.texts[0])))
        t5 = T5EncoderModel(T5Config.from_dict(dict(FLUX.texts[1])))
    assert count(transformer) == FLUX.unet_parameters
    assert matrices(transformer) == FLUX.matrices
    assert count(vae) == FLUX.vae_parameters
    assert count(clip) + count(t5) == FLUX.text_parameters
    side = 512
    x, words = torch.empty(1, 16, side // 8, side // 8, **half), torch.empty(1, 256, 4096, **half)
    pooled = {"text_embeds": torch.empty(1, 768, **half)}
    time = torch.empty(1, device="meta")
    took = peak(transformer, x, time, words, added_cond_kwargs=pooled, side=side)
    assert took == pytest.approx(PASSES["flux"].unet, rel=0.02)


@pytest.mark.parametrize("family", KLEIN, ids=lambda family: family.id)
def test_those_of_klein_with_a_reference_picture(family: Family) -> None:
    half = {"dtype": torch.bfloat16, "device": "meta"}
    with torch.device("meta"):
        transformer = Flux2Transformer(Flux2Config.of_diffusers(family.unet)).to(torch.bfloat16)
        vae = AutoencoderKLFlux2.from_config(dict(family.vae))
    assert count(transformer) == family.unet_parameters
    assert matrices(transformer) == family.matrices
    assert count(vae) == family.vae_parameters
    assert count(empty_qwen(family.texts[0])) == family.text_parameters
    side = 512
    x = torch.empty(1, 32, side // 8, side // 8, **half)
    words = torch.empty(1, 512, family.unet["joint_attention_dim"], **half)
    took = peak(transformer, x, torch.empty(1, device="meta"), words, side=side, seen=[x])
    assert took == pytest.approx(PASSES[family.id].unet, rel=0.02)


def test_each_saving_takes_less_than_the_one_before() -> None:
    sizes = [needs(FLUX, 1024, 1024, saving=saving) / 2**30 for saving in SAVINGS]
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0] > 35, sizes[-1] < 16) == (True, True)


def test_what_is_asked_for_besides_takes_more() -> None:
    plain = needs(SDXL, 1024, 1024)
    assert 6.5 * 2**30 < plain < 12 * 2**30
    assert needs(SDXL, 512, 512) < plain < needs(SDXL, 1024, 1024, control_parameters=1_251_014_160)
    assert plain < needs(SDXL, 1024, 1024, adapter=True)
    assert plain < needs(SDXL, 1024, 1024, dtype_bytes=4)
