"""TAEF2, the tiny VAE of FLUX.2's latents (Ollin Boer Bohan, 2025): TAESD's layers (diffusers' AutoencoderTiny), of
which the three that lie next to the latents see the whole picture's mean too.

Its latents are those that the network denoises, as with the others of its family.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from diffusers import AutoencoderTiny
from diffusers.models.unets.unet_2d_blocks import AutoencoderTinyBlock
from torch import Tensor, nn

from lightbrush.nn.latent.quick import quicken_tiny
from lightbrush.nn.wan.tensors import fill, open_tensors

#: Blocks of the half beside the latents.
_WIDE = 3
_GROUPS = 4


class _Wide(AutoencoderTinyBlock):  # type: ignore[misc]  # diffusers has no types here
    """pool: what the statistics of the whole picture add."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels, "relu")
        inner = _GROUPS * channels
        self.pool = nn.Sequential(
            nn.Conv2d(channels, inner, 1, bias=False),
            nn.GroupNorm(_GROUPS, inner),
            nn.ReLU(),
            nn.Conv2d(inner, channels, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, super().forward(x + self.pool(x)))


def taef2(**config: Any) -> AutoencoderTiny:
    """config: of AutoencoderTiny, beside the latents' 32 channels."""
    network: AutoencoderTiny = AutoencoderTiny(latent_channels=32, **config)
    encoder, decoder = cast(nn.Sequential, network.encoder.layers), cast(nn.Sequential, network.decoder.layers)
    last = [i for i, layer in enumerate(encoder) if isinstance(layer, AutoencoderTinyBlock)][-_WIDE:]
    first = [i for i, layer in enumerate(decoder) if isinstance(layer, AutoencoderTinyBlock)][:_WIDE]
    for layers, indices in ((encoder, last), (decoder, first)):
        for i in indices:
            layers[i] = _Wide(cast(Any, layers[i]).conv[0].in_channels)
    return network


def open_taef2(path: Path, device: torch.device, dtype: torch.dtype) -> AutoencoderTiny:
    """path: the file, or the folder with taef2.safetensors. Raises SettingsError: weights.missing, weights.key,
    weights.shape."""
    with torch.device("meta"):
        network = taef2()
    fill(network, open_tensors(path / "taef2.safetensors" if path.is_dir() else path), device, lambda _: dtype)
    quicken_tiny(network)
    return network.requires_grad_(False).eval()
