"""What a size takes is known before anything is loaded."""

from __future__ import annotations

import pytest
import torch

from lightbrush.nn.wan.causal import arrange
from lightbrush.nn.wan.memory import AUTOENCODERS
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae
from lightbrush.nn.wan.vae import WanVae, WanVaeConfig
from lightbrush.nn.wan.vae_memory import _Allocations, decode_footprint, encode_footprint
from lightbrush.timeline import Decoder

CONFIGS = [WanVaeConfig(base=4), TinyConfig(widths=(8, 6, 4, 5), encoder_width=4)]


def made(config: WanVaeConfig | TinyConfig) -> WanVae | TinyVae:
    network = WanVae(config) if isinstance(config, WanVaeConfig) else TinyVae(config)
    return network.requires_grad_(False)


@pytest.mark.parametrize("config", CONFIGS)
def test_weights_and_state_are_exact(config: WanVaeConfig | TinyConfig) -> None:
    network = made(config)
    _, state = network.decode_block(torch.zeros(3, 16, 2, 4))
    footprint = decode_footprint(config, 32, 16, dtype=torch.float32)
    assert footprint.weights_bytes == sum(p.numel() * 4 for p in network.parameters())
    assert footprint.state_bytes == sum(t.numel() * 4 for t in state)
    _, state = network.encode_block(torch.zeros(network.first_frames, 3, 16, 32))
    assert encode_footprint(config, 32, 16, dtype=torch.float32).state_bytes == sum(t.numel() * 4 for t in state)


@pytest.mark.parametrize(("name", "config"), [("full", WanVaeConfig()), ("tiny", TinyConfig())])
@pytest.mark.parametrize(("width", "height"), [(832, 480), (352, 640)])
def test_what_is_known_without_the_networks_is_what_they_count(
    name: Decoder, config: WanVaeConfig | TinyConfig, width: int, height: int
) -> None:
    told, pixels = AUTOENCODERS[name], width * height
    decoding, encoding = decode_footprint(config, width, height), encode_footprint(config, width, height)
    assert told.weights_bytes == decoding.weights_bytes
    assert told.decoder_state * pixels == decoding.state_bytes
    assert told.decoding * pixels == decoding.activations_bytes
    assert told.encoder_state * pixels == encoding.state_bytes
    assert told.encoding * pixels == encoding.activations_bytes


def test_the_most_that_is_held_at_once_is_counted() -> None:
    with _Allocations() as allocations:
        x = torch.empty(1000)  # 4000 bytes
        y = x.view(10, 100).T  # none
        y += 1  # none
        z = (x * 2) + 3  # 4000 for the product, 4000 for the sum
        del z
        torch.cat([x, x])  # 8000 beside x
    assert allocations.peak_bytes == 12000


@pytest.mark.parametrize("config", CONFIGS)
def test_it_grows_with_the_picture_and_the_block_and_shrinks_with_the_type(config: WanVaeConfig | TinyConfig) -> None:
    def total(width: int, latents: int, dtype: torch.dtype) -> int:
        return decode_footprint(config, width, 64, latents, dtype).activations_bytes

    base = total(64, 3, torch.float32)
    assert total(128, 3, torch.float32) == pytest.approx(2 * base, rel=0.05)
    assert 1.5 * base < total(64, 6, torch.float32) < 2 * base
    assert total(64, 3, torch.bfloat16) == pytest.approx(base / 2, rel=0.05)


def test_the_published_networks_at_832_x_480() -> None:
    large, tiny = decode_footprint(WanVaeConfig(), 832, 480), decode_footprint(TinyConfig(), 832, 480)
    assert large.weights_bytes == 2 * 126_892_531
    assert 1.8e9 < large.state_bytes < 2.0e9
    assert 5e9 < large.activations_bytes < 6e9
    assert tiny.total_bytes < 1.5e9
    assert decode_footprint(WanVaeConfig(), 832, 480, latents=1).total_bytes < 0.7 * large.total_bytes


def test_sides_that_are_no_multiples_of_8_are_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 8 px, got 100 x 64"):
        decode_footprint(CONFIGS[0], 100, 64)


@pytest.mark.gpu
@pytest.mark.parametrize("config", [WanVaeConfig(base=32), TinyConfig()])
def test_a_gpu_holds_what_was_counted(config: WanVaeConfig | TinyConfig) -> None:
    footprint = decode_footprint(config, 832, 480)
    network = made(config)
    arrange(network, "cuda", torch.bfloat16, "frames")
    z = torch.randn(3, 16, 60, 104, device="cuda")
    with torch.inference_mode():
        _, state = network.decode_block(z)
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        network.decode_block(z, state)
    used = torch.cuda.max_memory_allocated() - before
    assert 0.8 * footprint.activations_bytes < used < 1.5 * footprint.activations_bytes
