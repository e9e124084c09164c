"""What VACE follows and shows, from files: control videos, masks and pictures, as latents (Jiang et al., "VACE:
All-in-One Video Creation and Editing", 2025).

A control video is any that the path was taught: depth, poses, lines, or a video of which a mask's white parts are made
anew and the rest is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lightbrush import pixels
from lightbrush.engines.wan import VideoEngine, clip_blocks, encoder_frames
from lightbrush.engines.wan_stream import BLOCK_LATENTS
from lightbrush.nn.wan.autoencoder import SPACE_STRIDE_PX, from_uint8
from lightbrush.nn.wan.causal import State
from lightbrush.shots import Size


@torch.no_grad()
def controls(
    engine: VideoEngine, size: Size, fps: float, control: Path | None = None, mask: Path | None = None
) -> Iterator[Tensor]:
    """Control latents [3, 2 C + 64, h, w], block by block and without end: what is kept, what is made anew, the mask.

    control: a video, read as `wan.encoded` reads one; None for grey, which says nothing. mask: likewise; bright is made
    anew, and without one everything is. Raises MediaError.
    """
    encode = engine.autoencoder.encode_block
    weight = next(engine.autoencoder.parameters())
    ahead = engine.autoencoder.first_frames - 1
    grey = (weight.new_zeros(count, 3, size.height, size.width) for count in encoder_frames(engine))
    frames = grey if control is None else clip_blocks(engine, control, size, fps)
    masks = None if mask is None else clip_blocks(engine, mask, size, fps)
    waiting = weight.new_zeros(0, 1, size.height, size.width)  # masks of frames that the encoder has seen ahead
    kept: State | None = None
    changed: State | None = None
    while True:
        given = next(frames)
        anew = torch.ones_like(given[:, :1]) if masks is None else (next(masks).mean(1, keepdim=True) > 0).to(given)
        inactive, kept = encode(given * (1 - anew), kept)
        reactive, changed = encode(given * anew, changed)
        own, waiting = torch.cat([waiting, anew]).split([len(waiting) + len(anew) - ahead, ahead])
        del given, anew
        yield torch.cat([inactive, reactive, folded(own).to(inactive)], 1)


def folded(masks: Tensor) -> Tensor:
    """Masks of a block's frames [F, 1, H, W] -> [3, 64, H/8, W/8]: of each latent the middle frame, a channel for each
    of the 8 x 8 pixels that a latent value covers."""
    chosen = [int((i + 0.5) * len(masks) / BLOCK_LATENTS) for i in range(BLOCK_LATENTS)]
    cells = masks[chosen, 0].unflatten(2, (-1, SPACE_STRIDE_PX)).unflatten(1, (-1, SPACE_STRIDE_PX))
    latents: Tensor = cells.permute(0, 2, 4, 1, 3).flatten(1, 2)
    return latents


@torch.no_grad()
def shown(engine: VideoEngine, pictures: Sequence[bytes], size: Size) -> Tensor | None:
    """Picture files as references [R, C, h, w], each whole on white; None without any. Raises PixelsError."""
    if not pictures:
        return None
    weight = next(engine.autoencoder.parameters())
    stills = np.stack([pixels.decode_within(picture, size.width, size.height) for picture in pictures])
    frames = from_uint8(torch.from_numpy(stills).to(weight.device), weight.dtype)
    return torch.cat([engine.autoencoder.encode(frame[None]) for frame in frames])
