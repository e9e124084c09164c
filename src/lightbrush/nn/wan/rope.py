"""Rotary positions in time, height and width (Su et al., "RoFormer", 2021), as Wan splits them."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

_BASE = 10000.0


@lru_cache(maxsize=32)
@torch.inference_mode(False)  # what is remembered must serve training too
def rope_table(
    first_frame: int, frames: int, rows: int, columns: int, head_dim: int, device: torch.device | None = None
) -> Tensor:
    """-> [2 (cos, sin), frames * rows * columns, head_dim / 2] float32: how far each pair of a head turns at a token.

    first_frame: position in time of the first token. Only differences of positions matter to attention, so a context
    may be put at 0 again and again however long the video is: that is what re-basing is.
    Of the head_dim / 2 pairs a third, rounded down, turns with the row and as many with the column; the rest, which
    come first, turn with time.
    """
    pairs = head_dim // 2
    side = pairs // 3
    axes = (
        (torch.arange(first_frame, first_frame + frames), pairs - 2 * side, (frames, 1, 1)),
        (torch.arange(rows), side, (1, rows, 1)),
        (torch.arange(columns), side, (1, 1, columns)),
    )
    angles = [
        (positions[:, None] * _frequencies(share)).view(*shape, share).expand(frames, rows, columns, share)
        for positions, share, shape in axes
    ]
    turns = torch.cat(angles, -1).flatten(0, 2)
    return torch.stack([turns.cos(), turns.sin()]).to(device, torch.float32)


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Turn each pair of neighbours on the last axis. x: [B, L, heads, d]; turns: [2, L, d/2]; -> as x."""
    a, b = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = turns[:, :, None]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2).to(x.dtype)


def _frequencies(pairs: int) -> Tensor:
    """Radians a position, falling: [pairs] float64."""
    return _BASE ** (-torch.arange(pairs, dtype=torch.float64) / pairs)
