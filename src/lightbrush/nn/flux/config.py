"""What a FLUX transformer is like; without PyTorch. Sizes of FLUX.1 (Black Forest Labs, 2024)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from lightbrush.errors import SettingsError

#: Latents a side that one token stands for.
PATCH: Final = 2


@dataclass(frozen=True)
class FluxConfig:
    """channels: of a latent; a token has PATCH * PATCH of them. doubles: blocks in which words and picture have weights
    of their own; singles: those in which they share them. axes: how many numbers of a head turn with a token's index,
    row and column. words, pooled: widths of T5's states and of CLIP's vector. guided: it is told how literally to take
    the words (FLUX.1-dev; schnell is not)."""

    channels: int = 16
    heads: int = 24
    head: int = 128
    doubles: int = 19
    singles: int = 38
    axes: tuple[int, ...] = (16, 56, 56)
    words: int = 4096
    pooled: int = 768
    guided: bool = False
    mlp: int = 4
    theta: int = 10_000

    @property
    def width(self) -> int:
        return self.heads * self.head

    @property
    def token(self) -> int:
        """Numbers of a token before the first layer and after the last."""
        return self.channels * PATCH * PATCH

    @property
    def parameters(self) -> int:
        d, m = self.width, self.mlp * self.width
        stream = (d + 1) * 6 * d + (d + 1) * 3 * d + (d + 1) * d + 2 * self.head + (d + 1) * m + (m + 1) * d
        single = (d + 1) * 3 * d + (d + 1) * (3 * d + m) + (d + m + 1) * d + 2 * self.head
        told = ((256 + 1) * (1 + self.guided) + self.pooled + 1 + (d + 1) * (2 + self.guided)) * d
        outer = told + (self.token + 1) * d + (self.words + 1) * d
        return self.doubles * 2 * stream + self.singles * single + outer + (d + 1) * 2 * d + (d + 1) * self.token

    @classmethod
    def of_diffusers(cls, config: Mapping[str, Any]) -> Self:
        """Of transformer/config.json. Raises SettingsError weights.format for one that is not run here."""
        outside = config.get("out_channels")
        if config.get("patch_size", 1) != 1 or (outside and outside != config.get("in_channels", 64)):
            raise SettingsError(
                "weights.format",
                "a FLUX transformer that is given more than a latent is not run here",
                value=f"{config.get('in_channels')} numbers a token in, {outside} out",
                fix="Fill, Canny, Depth and Kontext models are not read; take schnell, dev, or one made of them",
            )
        return cls(
            channels=config.get("in_channels", 64) // PATCH**2,
            heads=config.get("num_attention_heads", 24),
            head=config.get("attention_head_dim", 128),
            doubles=config.get("num_layers", 19),
            singles=config.get("num_single_layers", 38),
            axes=tuple(config.get("axes_dims_rope", (16, 56, 56))),
            words=config.get("joint_attention_dim", 4096),
            pooled=config.get("pooled_projection_dim", 768),
            guided=bool(config.get("guidance_embeds", False)),
        )


SCHNELL: Final = FluxConfig()
DEV: Final = FluxConfig(guided=True)
