"""ControlNet of FLUX.1 (Zhang et al., "Adding Conditional Control to Text-to-Image Diffusion Models", 2023; as
InstantX, Shakker Labs and XLabs made it): a short FLUX that is shown a picture beside the noisy one. What its blocks
say of that is added after blocks of the whole one.

A union of several kinds is told which one a picture is, by a token of its own before the words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

import torch
from diffusers.models.controlnets.controlnet import ControlNetConditioningEmbedding
from torch import Tensor, nn

from lightbrush.errors import SettingsError
from lightbrush.nn.flux.config import PATCH, FluxConfig
from lightbrush.nn.flux.transformer import Trunk, patched, turns

#: How literally words are taken, for one that is told that beside a network that is not: as it was taught.
GUIDANCE: Final = 3.5
#: What a union of InstantX and Shakker Labs calls what a sketch shows.
MODES: Final[Mapping[str, int]] = {"lines": 0, "depth": 2, "pose": 4}
_HINT_CHANNELS: Final = (16, 16, 16, 16)

T = TypeVar("T")


@dataclass(frozen=True)
class ControlConfig:
    """flux: its own blocks, as those of a FLUX. modes: how many a union knows; 0 of one that is none. pixels: it looks
    at pixels (XLabs) where others look at latents, and its blocks add by turns."""

    flux: FluxConfig
    modes: int = 0
    pixels: bool = False

    @classmethod
    def of_diffusers(cls, config: Mapping[str, Any]) -> Self:
        """Of config.json. Raises SettingsError weights.format for one that is not run here."""
        hint = config.get("conditioning_embedding_channels")
        patch = config.get("patch_size", 1)
        if patch != (1 if hint is None else PATCH):
            raise SettingsError("weights.format", "a ControlNet of patches of this size is not run here", value=patch)
        flux = FluxConfig.of_diffusers({**config, "patch_size": 1})
        return cls(flux, config.get("num_mode") or 0, hint is not None)

    def check(self, painted: FluxConfig) -> None:
        """Raises SettingsError weights.format unless it was made for a network like painted."""
        own, theirs = (
            {"tokens": c.token, "width": c.width, "words": c.words, "pooled": c.pooled} for c in (self.flux, painted)
        )
        other = next((name for name in own if own[name] != theirs[name]), None)
        if other is not None:
            raise SettingsError(
                "weights.format",
                "this ControlNet was made for a FLUX of another size",
                value=f"{other}: {own[other]}, not {theirs[other]}",
            )
        if 0 < self.modes <= max(MODES.values()):
            raise SettingsError(
                "weights.format", "a union of so few kinds is not known here", value=f"{self.modes} modes"
            )


class FluxControl(Trunk):
    """A ControlNet's layers, by the names of diffusers' and the trunk's."""

    def __init__(self, config: ControlConfig) -> None:
        super().__init__(config.flux)
        self.config = config
        flux, d = config.flux, config.flux.width
        self.controlnet_x_embedder = nn.Linear(flux.token, d)
        self.controlnet_blocks = nn.ModuleList(nn.Linear(d, d) for _ in range(flux.doubles))
        self.controlnet_single_blocks = nn.ModuleList(nn.Linear(d, d) for _ in range(flux.singles))
        if config.modes:
            self.controlnet_mode_embedder = nn.Embedding(config.modes, d)
        if config.pixels:
            self.input_hint_block = ControlNetConditioningEmbedding(
                conditioning_embedding_channels=flux.channels, block_out_channels=_HINT_CHANNELS
            )

    def look(self, pixels: Tensor) -> Tensor:
        """[B, 3, H, W] of -1 to 1, as one that looks at pixels does -> [B, tokens, token]."""
        return patched(self.input_hint_block(pixels))

    def turning(self, words: int, latents: tuple[int, int], device: torch.device) -> Tensor:
        """As of `FluxTransformer`, of one text and a picture of latents [h, w]."""
        h, w = latents
        return turns(self.config.flux, words + bool(self.config.modes), h // PATCH, w // PATCH, device)

    def forward(
        self,
        noisy: Tensor,
        time: Tensor,
        words: Tensor,
        *,
        pooled: Tensor,
        seen: Tensor,
        scale: Tensor,
        turn: Tensor,
        mode: int = 0,
        guidance: Tensor | None = None,
    ) -> tuple[list[Tensor], list[Tensor]]:
        """noisy, time, words, pooled, guidance: as of `FluxTransformer`. seen: what is followed, [1 or B, tokens,
        token], latents in patches or what `look` gives. scale: [1]; mode: of a union. -> what each double and each
        single block says, [B, tokens, width]."""
        # 1. what modulates
        literal = None
        if self.config.flux.guided:
            literal = noisy.new_full((1,), GUIDANCE, dtype=torch.float32) if guidance is None else guidance
        told = self.told(time, pooled, literal, noisy.dtype)
        # 2. both pictures at once, and words
        image = self.img_in(patched(noisy)) + self.controlnet_x_embedder(seen)
        text = self.txt_in(words)
        if self.config.modes:
            kind = self.controlnet_mode_embedder.weight[mode].expand(len(text), 1, -1)
            text = torch.cat([kind, text], 1)
        # 3. blocks, and what each says
        doubles, singles = [], []
        for block, says in zip(self.double_blocks, self.controlnet_blocks, strict=True):
            image, text = block(image, text, told, turn, None)
            doubles.append(says(image) * scale)
        joined = torch.cat([text, image], 1)
        for block, says in zip(self.single_blocks, self.controlnet_single_blocks, strict=True):
            joined = block(joined, told, turn, None)
            singles.append(says(joined[:, text.shape[1] :]) * scale)
        return doubles, singles


def spread(said: Sequence[T], blocks: int, by_turns: bool = False) -> list[T]:
    """Of so many blocks what is added after each: one for as many that follow one another as it takes, or by turns."""
    each = math.ceil(blocks / max(1, len(said)))
    return [said[i % len(said) if by_turns else i // each] for i in range(blocks)] if said else []
