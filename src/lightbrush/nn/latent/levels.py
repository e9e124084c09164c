"""How a VAE's own latents become those that a network denoises, of mean 0 and length 1 or about that, and back."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor

from lightbrush.errors import SettingsError


class Levels:
    """mean, spread: [C, S, S], a pattern that repeats over the picture: 1 of each channel and side, or one number for
    all; of FLUX.2 each 2x2 patch of latents has its own (BatchNorm of patches)."""

    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        self._mean, self._spread = (x.float()[:, None, :, None, :] for x in (mean, spread))
        self._side = mean.shape[-1]

    @classmethod
    def of(cls, vae: Any, device: torch.device) -> Self:
        """diffusers' AutoencoderKL or AutoencoderKLFlux2."""
        norm = getattr(vae, "bn", None)
        if norm is None:
            shift = float(vae.config.get("shift_factor") or 0.0)
            one = torch.ones(1, 1, 1, device=device)
            return cls(shift * one, one / float(vae.config.scaling_factor))
        high, wide = vae.config.patch_size
        if high != wide:
            raise SettingsError("weights.format", "a VAE with patches that are not square is not run here", value=high)
        spread = torch.sqrt(norm.running_var.float() + vae.config.batch_norm_eps)
        shape = vae.config.latent_channels, high, wide
        return cls(norm.running_mean.float().view(shape).to(device), spread.view(shape).to(device))

    def normal(self, latent: Tensor) -> Tensor:
        """[N, C, h, w] as the VAE has it -> as a network takes it, float32."""
        return ((self._folded(latent) - self._mean) / self._spread).view(latent.shape)

    def own(self, latent: Tensor) -> Tensor:
        """The way back."""
        return (self._folded(latent) * self._spread + self._mean).view(latent.shape)

    def _folded(self, latent: Tensor) -> Tensor:
        count, channels, high, wide = latent.shape
        side = self._side
        return latent.float().reshape(count, channels, high // side, side, wide // side, side)
