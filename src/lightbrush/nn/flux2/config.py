"""What a FLUX.2 transformer is like; without PyTorch. Sizes of FLUX.2 klein (Black Forest Labs, 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from lightbrush.errors import SettingsError
from lightbrush.nn.flux.config import PATCH

#: Of its text encoder's layers, those whose states are heard, side by side; none after the last is run.
HEARD_LAYERS: Final = (9, 18, 27)
#: Tokens of a text, padding among them, which it was taught to hear too.
TOKENS: Final = 512


@dataclass(frozen=True)
class Flux2Config:
    """channels: of a latent; a token has PATCH * PATCH of them. doubles, singles: as of FLUX.1. axes: how many numbers
    of a head turn with which picture a token is of, its row, its column, and a word's place. words: width of the text
    encoder's states, those of HEARD_LAYERS side by side. mlp: of its gated feed-forward parts, times the width."""

    channels: int = 32
    heads: int = 24
    head: int = 128
    doubles: int = 5
    singles: int = 20
    axes: tuple[int, ...] = (32, 32, 32, 32)
    words: int = 7680
    mlp: int = 3
    theta: int = 2000

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
        stream = 4 * d * d + 3 * d * m + 2 * self.head
        single = d * (3 * d + 2 * m) + (d + m) * d + 2 * self.head
        outer = (256 + d) * d + 15 * d * d + (self.token + self.words) * d + 2 * d * d + d * self.token
        return self.doubles * 2 * stream + self.singles * single + outer

    @classmethod
    def of_diffusers(cls, config: Mapping[str, Any]) -> Self:
        """Of transformer/config.json. Raises SettingsError weights.format for one that is not run here."""
        outside = config.get("out_channels")
        if config.get("guidance_embeds", True):
            raise SettingsError(
                "weights.format",
                "a FLUX.2 transformer that is told its guidance is not run here",
                value="FLUX.2 dev, or one made of it",
                fix="Take FLUX.2 klein, of 4 or 9 billion parameters",
            )
        if config.get("patch_size", 1) != 1 or (outside and outside != config.get("in_channels", 128)):
            raise SettingsError(
                "weights.format",
                "a FLUX.2 transformer that is given more than a latent is not run here",
                value=f"{config.get('in_channels')} numbers a token in, {outside} out",
            )
        return cls(
            channels=config.get("in_channels", 128) // PATCH**2,
            heads=config.get("num_attention_heads", 48),
            head=config.get("attention_head_dim", 128),
            doubles=config.get("num_layers", 8),
            singles=config.get("num_single_layers", 48),
            axes=tuple(config.get("axes_dims_rope", (32, 32, 32, 32))),
            words=config.get("joint_attention_dim", 15360),
            mlp=int(config.get("mlp_ratio", 3)),
            theta=config.get("rope_theta", 2000),
        )


KLEIN_4B: Final = Flux2Config()
KLEIN_9B: Final = Flux2Config(heads=32, doubles=8, singles=24, words=12288)
