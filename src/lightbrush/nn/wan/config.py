"""The shape of a Wan network, and what follows from it: parameters, tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lightbrush.errors import SettingsError, ShotError

#: Side in pixels of what one latent value covers (the VAE's stride).
LATENT_PX = 8

#: Pixel frames that a latent frame after a video's first stands for; the first stands for one.
FRAMES_PER_LATENT = 4

#: Positions that rotary embedding was trained with, on each axis.
MAX_POSITIONS = 1024


@dataclass(frozen=True)
class WanConfig:
    """dim: of a token. ffn: hidden width of the feed-forward. heads: of attention. layers: blocks.
    in_channels, out_channels: of a latent. patch: (1, rows, columns) of latent values in a token. freq_dim: sines and
    cosines that tell the time. text_len, text_dim: rows and width of a prompt's embedding. eps: of the norms.

    vace_layers: the blocks, in rising order from 0, after which a hint of VACE is added; empty without that path.
    vace_channels: of VACE's control latents.

    Raises SettingsError where no such network can be.
    """

    dim: int
    ffn: int
    heads: int
    layers: int
    in_channels: int = 16
    out_channels: int = 16
    patch: tuple[int, int, int] = (1, 2, 2)
    freq_dim: int = 256
    text_len: int = 512
    text_dim: int = 4096
    eps: float = 1e-6
    vace_layers: tuple[int, ...] = ()
    vace_channels: int = 96

    def __post_init__(self) -> None:
        if self.dim % self.heads or self.head_dim % 2:
            raise _refused("dim is an even multiple of heads", f"dim {self.dim}, heads {self.heads}")
        if self.patch[0] != 1:
            raise _refused("a token spans one latent frame", f"patch {self.patch}")
        rising = list(self.vace_layers) == sorted(set(self.vace_layers))
        if self.vace_layers and not (rising and self.vace_layers[0] == 0 and self.vace_layers[-1] < self.layers):
            raise _refused("vace_layers rise from 0 and stay below layers", f"{self.vace_layers}")

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads

    @property
    def patch_px(self) -> tuple[int, int]:
        """Rows and columns of pixels in a token."""
        return self.patch[1] * LATENT_PX, self.patch[2] * LATENT_PX

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        d, cells = self.dim, math.prod(self.patch)
        attention = 4 * _linear(d, d) + 2 * d
        block = 2 * attention + 2 * d + _linear(d, self.ffn) + _linear(self.ffn, d) + 6 * d
        ends = _linear(self.in_channels * cells, d) + _linear(d, self.out_channels * cells) + 2 * d
        text = _linear(self.text_dim, d) + _linear(d, d)
        time = _linear(self.freq_dim, d) + _linear(d, d) + _linear(d, 6 * d)
        hints = len(self.vace_layers)
        vace = hints * (block + _linear(d, d)) + _linear(d, d) + _linear(self.vace_channels * cells, d) if hints else 0
        return self.layers * block + ends + text + time + vace

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of tokens for a picture in pixels. Raises ShotError "shot.size" for one that has none."""
        rows_px, columns_px = self.patch_px
        if height <= 0 or width <= 0 or height % rows_px or width % columns_px:
            nearest = f"{_nearest(width, columns_px)}x{_nearest(height, rows_px)}"
            raise ShotError(
                "shot.size",
                f"width divides by {columns_px} and height by {rows_px}",
                value=f"{width}x{height}",
                fix=f"The nearest that does is {nearest}",
            )
        rows, columns = height // rows_px, width // columns_px
        if max(rows, columns) > MAX_POSITIONS:
            most = f"{MAX_POSITIONS * columns_px}x{MAX_POSITIONS * rows_px}"
            raise ShotError("shot.size", f"at most {most} pixels", value=f"{width}x{height}")
        return rows, columns

    def tokens(self, frames: int, height: int, width: int) -> int:
        """Tokens of so many latent frames of pictures of a size in pixels. Raises ShotError as `grid` does."""
        return frames * math.prod(self.grid(height, width))


WAN_14B = WanConfig(dim=5120, ffn=13824, heads=40, layers=40)
WAN_1_3B = WanConfig(dim=1536, ffn=8960, heads=12, layers=30)

#: For tests, and to try everything around a network on a CPU.
TINY = WanConfig(dim=256, ffn=512, heads=2, layers=2, freq_dim=64, text_len=24, text_dim=48)


def _linear(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs


def _nearest(value: int, unit: int) -> int:
    return max(1, round(value / unit)) * unit


def _refused(rule: str, value: str) -> SettingsError:
    return SettingsError("weights.config", f"no network of this shape: {rule}", value=value)
