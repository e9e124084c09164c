"""What every video autoencoder here offers: frames <-> latents, whole or block by block.

Latents are [T, C, H/8, W/8], normalised: what the video transformer denoises. Frames are [F, 3, H, W], red, green and
blue in [-1, 1]. T latents are 1 + 4 (T - 1) frames: the first latent is one frame, each later one four. So a stream in
blocks of three latents shows 9 frames, then 12 for each block.

A block is a pure function: state in, state out, and no state before the first. A state may go to another process or
device, but it is large (`nn.wan.vae_memory`). To decode a few past latents again asks for less and
gives only nearly the same: the large decoder hears more than twenty latents of the past.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import pairwise

import torch
from torch import Tensor, nn

from lightbrush.nn.wan.causal import Memory, State

#: Pixels of a frame to a latent, along each side; frames to each latent but the first.
SPACE_STRIDE_PX = 8
TIME_STRIDE = 4


class VideoAutoencoder(nn.Module, ABC):
    """Built from a config; weights come from `nn.wan.vae_checkpoints`, which also switches gradients off."""

    def __init__(self, latent_channels: int, first_frames: int) -> None:
        """first_frames: how many frames the encoder takes for the first latent; 4 for each later one."""
        super().__init__()
        self.latent_channels = latent_channels
        self.first_frames = first_frames

    @abstractmethod
    def _decode(self, latents: Tensor, memory: Memory) -> Tensor: ...

    @abstractmethod
    def _encode(self, frames: Tensor, memory: Memory) -> Tensor: ...

    def decode_block(self, latents: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Decode the next latents of a stream.

        latents: [T, C, h, w], normalised, T of 1 or more. state: what the block before returned; None for the first.
        -> frames [F, 3, 8 h, 8 w] in [-1, 1], in the network's type, and the state for the next block. F is
        1 + 4 (T - 1) for the first block, 4 T for later ones. For given shapes the first block is one fixed sequence of
        operations on the device, a later block another; nothing waits for the device. Where memory is short, decode a
        block in pieces: the frames are the same.
        Raises ValueError: the shape of the latents, or a state of another network or size.
        """
        if latents.ndim != 4 or latents.shape[0] < 1 or latents.shape[1] != self.latent_channels:
            raise ValueError(f"wan: latents must be [T, {self.latent_channels}, h, w], got {list(latents.shape)}")
        memory = Memory(state)
        frames = self._decode(latents.contiguous(memory_format=torch.channels_last), memory).clamp(-1, 1)
        return frames, memory.state()

    def encode_block(self, frames: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Encode the next frames of a stream.

        frames: [F, 3, H, W] in [-1, 1], H and W multiples of 8; F is `first_frames` + 4 (T - 1) for the first block,
        4 T for later ones. state: what the block before returned; None for the first.
        -> latents [T, C, H/8, W/8], normalised, float32, and the state for the next block.
        Raises ValueError: the shape of the frames, or a state of another network or size.
        """
        least = self.first_frames if state is None else TIME_STRIDE
        extra = frames.shape[0] - least if frames.ndim == 4 and frames.shape[1] == 3 else -1
        if extra < 0 or extra % TIME_STRIDE or any(side % SPACE_STRIDE_PX for side in frames.shape[2:]):
            wanted = f"[{least} + {TIME_STRIDE} n, 3, H, W], H and W multiples of {SPACE_STRIDE_PX}"
            raise ValueError(f"wan: frames must be {wanted}, got {list(frames.shape)}")
        memory = Memory(state)
        latents = self._encode(frames.contiguous(memory_format=torch.channels_last), memory)
        return latents, memory.state()

    def decode(self, latents: Tensor, latents_per_block: int = 3) -> Tensor:
        """A whole video: [T, C, h, w] -> [1 + 4 (T - 1), 3, 8 h, 8 w] in [-1, 1], in bounded memory."""
        state = None
        parts = []
        for block in latents.split(latents_per_block):
            frames, state = self.decode_block(block, state)
            parts.append(frames)
        return torch.cat(parts)

    def decode_last(self, latents: Tensor) -> Tensor:
        """The last frame of `decode` alone, [1, 3, 8 h, 8 w]."""
        return self.decode(latents)[-1:]

    def encode(self, frames: Tensor, latents_per_block: int = 3) -> Tensor:
        """A whole video: [1 + 4 (T - 1), 3, H, W] in [-1, 1] -> [T, C, H/8, W/8], in bounded memory.

        Where the encoder looks ahead (`first_frames` over 1), the video is taken to rest on its last frame.
        """
        ahead = self.first_frames - 1
        frames = torch.cat([frames, frames[-1:].expand(ahead, -1, -1, -1)]) if ahead else frames
        step = TIME_STRIDE * latents_per_block
        cuts = [0, *range(step - TIME_STRIDE + self.first_frames, len(frames), step), len(frames)]
        state = None
        parts = []
        for begin, end in pairwise(cuts):
            latents, state = self.encode_block(frames[begin:end], state)
            parts.append(latents)
        return torch.cat(parts)


def to_uint8(frames: Tensor) -> Tensor:
    """[F, 3, H, W] in [-1, 1] -> [F, H, W, 3] uint8, contiguous: what encoders of pictures and videos take."""
    levels = frames.permute(0, 2, 3, 1).float().add(1).mul(127.5)
    return levels.round().clamp(0, 255).to(torch.uint8).contiguous()


def towards_host(frames: Tensor) -> Tensor:
    """`to_uint8` in the machine's own memory, `on_its_way`."""
    return on_its_way(to_uint8(frames))


def on_its_way(x: Tensor) -> Tensor:
    """x in the machine's own memory, which may be under way still: from a GPU through pages that it writes by itself,
    whole when the current stream has come so far."""
    if x.device.type != "cuda":
        return x.cpu()
    held = torch.empty(x.shape, dtype=x.dtype, pin_memory=True)
    return held.copy_(x, non_blocking=True)


def from_uint8(frames: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """[F, H, W, 3] uint8 -> [F, 3, H, W] in [-1, 1]."""
    return frames.permute(0, 3, 1, 2).float().div(127.5).sub(1).to(dtype)
