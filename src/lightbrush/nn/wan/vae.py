"""The video autoencoder of Wan2.1 (Wan Team, "Wan: Open and Advanced Large-Scale Video Generative Models", 2025): 3D
convolutions that see the past only, eight pixels and four frames to a latent.

The first frame stands alone: it passes the steps that halve or double time as it is, and what follows begins there with
an empty past. Everywhere else the video is one causal sequence, so the frames do not depend on where blocks are cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightbrush.nn.wan.autoencoder import SPACE_STRIDE_PX, TIME_STRIDE, VideoAutoencoder
from lightbrush.nn.wan.causal import CausalConv, Memory, double, unfold_time

#: Of the norms: added to the mean square. They divide by the length, so this only keeps zero from dividing zero.
EPSILON = 1e-24

#: Of each latent channel over the videos that Wan2.1 was trained on; in no file of weights, published with the network.
# fmt: off
MEAN = (
    -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508,
    0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
)
STD = (
    2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743,
    3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160,
)
# fmt: on


@dataclass(frozen=True)
class WanVaeConfig:
    """base, multipliers: a stage has base * multiplier channels, the encoder's first stage first. blocks: residual
    blocks in a stage of the encoder; the decoder has one more. halves_time: of each step between two stages of the
    encoder, whether it halves time besides the sides. mean, std: of each latent channel."""

    base: int = 96
    multipliers: tuple[int, ...] = (1, 2, 4, 4)
    blocks: int = 2
    halves_time: tuple[bool, ...] = (False, True, True)
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD

    def __post_init__(self) -> None:
        if len(self.halves_time) != len(self.multipliers) - 1 or len(self.mean) != len(self.std):
            raise ValueError(f"wan: a step between two stages each, a mean and a std for each channel; got {self}")
        space, time = 2 ** len(self.halves_time), 2 ** sum(self.halves_time)
        if (space, time) != (SPACE_STRIDE_PX, TIME_STRIDE):
            wanted = f"{SPACE_STRIDE_PX} px and {TIME_STRIDE} frames"
            raise ValueError(f"wan: a latent must be {wanted}, got {space} and {time}")

    @property
    def latent_channels(self) -> int:
        return len(self.mean)

    @property
    def widths(self) -> tuple[int, ...]:
        return tuple(self.base * m for m in self.multipliers)


class WanVae(VideoAutoencoder):
    """`decode_block`, `encode_block` and their whole-video forms: see `VideoAutoencoder`. The encoder gives the mean of
    its distribution, not a sample."""

    def __init__(self, config: WanVaeConfig) -> None:
        super().__init__(config.latent_channels, first_frames=1)
        self.config = config
        z = config.latent_channels
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.moments = nn.Conv2d(2 * z, 2 * z, 1)  # mean and log variance
        self.from_latent = nn.Conv2d(z, z, 1)
        # With a device named, they have values even where weights are yet to come (`torch.device("meta")`).
        self.register_buffer("mean", torch.tensor(config.mean, device="cpu").view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(config.std, device="cpu").view(-1, 1, 1), persistent=False)

    mean: Tensor
    std: Tensor

    def _decode(self, latents: Tensor, memory: Memory) -> Tensor:
        x = (latents.float() * self.std + self.mean).to(self.from_latent.weight.dtype)
        out: Tensor = self.decoder(self.from_latent(x), memory)
        return out

    def _encode(self, frames: Tensor, memory: Memory) -> Tensor:
        x = self.encoder(frames.to(self.moments.weight.dtype), memory)
        mean, _ = self.moments(x).chunk(2, 1)
        latents: Tensor = (mean.float() - self.mean) / self.std
        return latents


class Encoder(nn.Module):
    def __init__(self, c: WanVaeConfig) -> None:
        super().__init__()
        self.conv_in = CausalConv(3, c.base, 3, 3)
        layers: list[nn.Module] = []
        width = c.base
        for stage, out in enumerate(c.widths):
            for _ in range(c.blocks):
                layers.append(ResidualBlock(width, out))
                width = out
            if stage < len(c.halves_time):
                layers.append(Downsample(width, c.halves_time[stage]))
        self.layers = nn.ModuleList(layers)
        self.middle = _middle(width)
        self.norm_out = RmsNorm(width)
        self.conv_out = CausalConv(width, 2 * c.latent_channels, 3, 3)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        """[F, 3, H, W] -> [T, 2 z, H/8, W/8]."""
        x = self.conv_in(memory.join(x, 2))
        for layer in [*self.layers, *self.middle]:
            x = layer(x, memory)
        out: Tensor = self.conv_out(memory.join(F.silu(self.norm_out(x)), 2))
        return out


class Decoder(nn.Module):
    def __init__(self, c: WanVaeConfig) -> None:
        super().__init__()
        widths = c.widths[::-1]
        self.conv_in = CausalConv(c.latent_channels, widths[0], 3, 3)
        self.middle = _middle(widths[0])
        layers: list[nn.Module] = []
        width = widths[0]
        for stage, out in enumerate(widths):
            for _ in range(c.blocks + 1):
                layers.append(ResidualBlock(width, out))
                width = out
            if stage < len(c.halves_time):
                layers.append(Upsample(width, c.halves_time[-1 - stage]))
                width //= 2
        self.layers = nn.ModuleList(layers)
        self.norm_out = RmsNorm(width)
        self.conv_out = CausalConv(width, 3, 3, 3)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        """[T, z, h, w] -> [F, 3, 8 h, 8 w]."""
        x = self.conv_in(memory.join(x, 2))
        for layer in [*self.middle, *self.layers]:
            x = layer(x, memory)
        out: Tensor = self.conv_out(memory.join(F.silu(self.norm_out(x)), 2))
        return out


class ResidualBlock(nn.Module):
    """Norm, SiLU and a causal convolution, twice, beside a shortcut."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.norm1 = RmsNorm(n_in)
        self.conv1 = CausalConv(n_in, n_out, 3, 3)
        self.norm2 = RmsNorm(n_out)
        self.conv2 = CausalConv(n_out, n_out, 3, 3)
        self.shortcut = nn.Conv2d(n_in, n_out, 1) if n_in != n_out else nn.Identity()

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        # One name for all: while a convolution runs, only x, its input and its output are held. That is peak memory.
        y = memory.join(F.silu(self.norm1(x)), 2)
        y = self.conv1(y)
        y = memory.join(F.silu(self.norm2(y)), 2)
        y = self.conv2(y)
        out: Tensor = self.shortcut(x) + y
        return out


class Attention(nn.Module):
    """One head over the pixels of a frame; frames do not see each other."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = RmsNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        pixels = self.norm(x).permute(0, 2, 3, 1).flatten(1, 2)  # [F, H W, C]
        q, k, v = self.qkv(pixels).unsqueeze(1).chunk(3, -1)  # [F, 1, H W, C]
        seen = self.out(F.scaled_dot_product_attention(q, k, v).squeeze(1))
        out: Tensor = x + seen.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)
        return out


class Upsample(nn.Module):
    """Twice the sides, half the channels; with `time` twice the frames before that, but of the very first frame."""

    def __init__(self, width: int, time: bool) -> None:
        super().__init__()
        self.time_conv = CausalConv(width, 2 * width, 3, 1) if time else None
        self.conv = nn.Conv2d(width, width // 2, 3, padding=1)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        if self.time_conv is not None:
            head, rest = _head(x, memory)
            joined = memory.join(rest, 2)
            if len(rest):
                x = torch.cat([*head, unfold_time(self.time_conv(joined), 2)])
        out: Tensor = self.conv(double(x))
        return out


class Downsample(nn.Module):
    """Half the sides; with `time` half the frames after that, but of the very first frame."""

    def __init__(self, width: int, time: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, stride=2)
        self.time_conv = CausalConv(width, width, 3, 1, stride=2) if time else None

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        x = self.conv(F.pad(x, (0, 1, 0, 1)))
        if self.time_conv is None:
            return x
        head, rest = _head(x, memory)
        joined = memory.join(rest, 1, start=x[:1])
        return torch.cat([*head, self.time_conv(joined)]) if len(rest) else x


class RmsNorm(nn.Module):
    """Scale a pixel's channels to unit root mean square, in float32 inside, then by a weight each."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x.permute(0, 2, 3, 1), self.weight.shape, self.weight, EPSILON).permute(0, 3, 1, 2)


def _head(x: Tensor, memory: Memory) -> tuple[list[Tensor], Tensor]:
    """The video's very first frame, where x begins with it, and the other frames."""
    return ([x[:1]], x[1:]) if memory.first else ([], x)


def _middle(width: int) -> nn.ModuleList:
    return nn.ModuleList([ResidualBlock(width, width), Attention(width), ResidualBlock(width, width)])
