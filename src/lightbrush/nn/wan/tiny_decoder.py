"""The tiny autoencoder for Wan2.1's latents: TAEHV (Ollin Boer Bohan, github.com/madebyollin/taehv, 2025), distilled
from the large one. Plain convolutions, no attention; blocks that get the frame before beside each frame see time.

A block of 12 frames at 832 x 480 takes 1.6 TFLOP, where the large decoder takes 40.7, at some loss of fine detail.
The encoder looks three frames ahead: a latent takes four frames, of which the last three belong to the next latent, so
`encode_block` takes 4 T frames for T latents from the first block on.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightbrush.nn.wan.autoencoder import TIME_STRIDE, VideoAutoencoder
from lightbrush.nn.wan.causal import CausalConv, Memory, conv_relu, double, unfold_time

#: The decoder sees latents bent into (-3, 3), so that a stray value does not paint over a frame.
CLAMP = 3.0


@dataclass(frozen=True)
class TinyConfig:
    """widths: channels of the decoder's three stages and of its end. encoder_width: of every stage of the encoder.
    blocks: memory blocks in a stage. doubles_time, halves_time: of each stage of the decoder and of the encoder."""

    latent_channels: int = 16
    widths: tuple[int, int, int, int] = (256, 128, 64, 64)
    encoder_width: int = 64
    blocks: int = 3
    doubles_time: tuple[bool, bool, bool] = (False, True, True)
    halves_time: tuple[bool, bool, bool] = (True, True, False)

    def __post_init__(self) -> None:
        if not 2 ** sum(self.doubles_time) == 2 ** sum(self.halves_time) == TIME_STRIDE:
            raise ValueError(f"wan: a latent must be {TIME_STRIDE} frames; got {self}")


class TinyVae(VideoAutoencoder):
    """`decode_block`, `encode_block` and their whole-video forms: see `VideoAutoencoder`."""

    def __init__(self, config: TinyConfig) -> None:
        super().__init__(config.latent_channels, first_frames=TIME_STRIDE)
        self.config = config
        self.encoder = TinyEncoder(config)
        self.decoder = TinyDecoder(config)

    def _decode(self, latents: Tensor, memory: Memory) -> Tensor:
        frames = self.decoder(latents.to(self.decoder.conv_in.weight.dtype), memory)
        # Every latent gives four frames; of the first one only the last is the video's.
        frames = frames[TIME_STRIDE - 1 :] if memory.first else frames
        out: Tensor = 2 * frames - 1
        return out

    def decode_last(self, latents: Tensor) -> Tensor:
        """What the last frame does not depend on is left out: half of the work, or more."""
        given = latents.to(self.decoder.conv_in.weight.dtype, memory_format=torch.channels_last)
        frame: Tensor = 2 * self.decoder(given, Memory(None), last=1) - 1
        return frame.clamp(-1, 1)

    def _encode(self, frames: Tensor, memory: Memory) -> Tensor:
        latents: Tensor = self.encoder(((frames + 1) / 2).to(self.encoder.conv_in.weight.dtype), memory)
        return latents.float()


class TinyDecoder(nn.Module):
    def __init__(self, c: TinyConfig) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(c.latent_channels, c.widths[0], 3, padding=1)
        self.stages = nn.ModuleList(
            DecoderStage(n_in, n_out, c.blocks, 1 + grows)
            for n_in, n_out, grows in zip(c.widths, c.widths[1:], c.doubles_time, strict=False)
        )
        self.conv_out = nn.Conv2d(c.widths[-1], 3, 3, padding=1)

    def forward(self, x: Tensor, memory: Memory, last: int | None = None) -> Tensor:
        """[T, z, h, w] -> [4 T, 3, 8 h, 8 w], in about [0, 1]; or the last so many of these frames, and no state."""
        wanted: list[int | None] = [last]  # of each stage
        for stage in reversed(self.stages[1:]):
            assert isinstance(stage, DecoderStage)
            wanted.insert(0, None if wanted[0] is None else stage.seen(wanted[0]))
        x = F.relu(self.conv_in(torch.tanh(x / CLAMP) * CLAMP))
        for stage, frames in zip(self.stages, wanted, strict=True):
            x = stage(x, memory, frames)
        out: Tensor = self.conv_out(F.relu(x))
        return out


class TinyEncoder(nn.Module):
    def __init__(self, c: TinyConfig) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3, c.encoder_width, 3, padding=1)
        self.stages = nn.ModuleList(EncoderStage(c.encoder_width, c.blocks, 1 + halves) for halves in c.halves_time)
        self.conv_out = nn.Conv2d(c.encoder_width, c.latent_channels, 3, padding=1)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        """[4 T, 3, H, W] in [0, 1] -> [T, z, H/8, W/8]."""
        x = F.relu(self.conv_in(x))
        for stage in self.stages:
            x = stage(x, memory)
        out: Tensor = self.conv_out(x)
        return out


class DecoderStage(nn.Module):
    """Memory blocks, then twice the sides and `grow` times the frames."""

    def __init__(self, n_in: int, n_out: int, blocks: int, grow: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(MemoryBlock(n_in) for _ in range(blocks))
        self.grow = nn.Conv2d(n_in, grow * n_in, 1, bias=False)
        self.conv = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        self.stride = grow

    def seen(self, last: int) -> int:
        """Of how many frames the last so many are made: each block sees one more."""
        return -(-last // self.stride) + len(self.blocks)

    def forward(self, x: Tensor, memory: Memory, last: int | None = None) -> Tensor:
        """last: only so many frames of the end are wanted; None for all."""
        x = x if last is None else x[-self.seen(last) :]
        for block in self.blocks:
            x = block(x, memory)
        # Published as doubled, then grown. A pixel's own product may as well come first, on a quarter of the pixels.
        x = x if last is None else x[last // -self.stride :]
        x = unfold_time(self.grow(x), self.stride)
        x = double(x if last is None else x[-last:])
        out: Tensor = self.conv(x)
        return out


class EncoderStage(nn.Module):
    """Every `pool` successive frames become one, then half the sides, then memory blocks."""

    def __init__(self, width: int, blocks: int, pool: int) -> None:
        super().__init__()
        self.pool = CausalConv(width, width, pool, 1, stride=pool, bias=False)
        self.conv = nn.Conv2d(width, width, 3, stride=2, padding=1, bias=False)
        self.blocks = nn.ModuleList(MemoryBlock(width) for _ in range(blocks))

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        x = self.conv(self.pool(x))
        for block in self.blocks:
            x = block(x, memory)
        return x


class MemoryBlock(nn.Module):
    """Three convolutions beside a shortcut; the first sees each frame and the one before, which makes it a causal
    convolution over two frames."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = CausalConv(width, width, 2, 3)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.conv3 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        y = conv_relu(self.conv1.relu(memory.join(x, 1)), self.conv2)
        return conv_relu(y, self.conv3, x)


@torch.no_grad()
def random_vae(config: TinyConfig, seed: int = 0) -> TinyVae:
    """Random weights that fill the ranges of pixels and latents, for tests and to try everything around it on a CPU.

    As they come, they would give one flat colour, and another for each of a latent's frames.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = TinyVae(config).requires_grad_(False).eval()
        latents, frames = torch.randn(3, config.latent_channels, 8, 8), torch.rand(12, 3, 64, 64) * 2 - 1
    for stage in network.decoder.stages:
        assert isinstance(stage, DecoderStage)
        weight = stage.grow.weight
        weight.copy_(weight[: len(weight) // stage.stride].repeat(stage.stride, 1, 1, 1))
    _spread(network.decoder.conv_out, (network._decode(latents, Memory(None)) + 1) / 2, 0.5, 0.2)
    _spread(network.encoder.conv_out, network._encode(frames, Memory(None)), 0.0, 1.0)
    return network


def _spread(end: nn.Conv2d, seen: Tensor, mean: float, std: float) -> None:
    """Change the last layer so that each channel of what it gave, [F, C, H, W], has that mean and deviation."""
    gain = std / seen.std((0, 2, 3))
    weight, bias = end.parameters()
    weight.mul_(gain[:, None, None, None])
    bias.sub_(seen.mean((0, 2, 3))).mul_(gain).add_(mean)
