"""What a person keeps of a picture while a part of it is rendered anew: batched, on the training device."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def make_kept(count: int, size: int, share: float, generator: torch.Generator) -> Tensor:
    """-> [B, 1, S, S]: 1 where a picture is kept, 0 where it is rendered anew.

    share: of the rows that keep anything; the others are 0 everywhere. What is anew is a cloud, a stroke of a broad
    brush, a rectangle or one side of a line.
    """
    device = generator.device
    draw = torch.rand((8, count, 1, 1), generator=generator, device=device)
    y, x = torch.meshgrid(*2 * [torch.linspace(0, 1, size, device=device)], indexing="ij")  # [S, S]
    kind = (draw[0] * 4).long()
    # clouds
    knots = torch.randn((count, 1, 5, 5), generator=generator, device=device)
    cloud = F.interpolate(knots, size=(size, size), mode="bicubic")[:, 0] > 0.9 * draw[1] - 0.2
    # a stroke: near a segment
    ax, ay, bx, by = draw[2], draw[3], draw[4], draw[5]
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax).square() + (by - ay).square() + 1e-4)
    along = along.clamp(0, 1)
    away = (x - ax - along * (bx - ax)).square() + (y - ay - along * (by - ay)).square()
    stroke = away < (0.04 + 0.14 * draw[6]).square()
    # a rectangle around a point
    box = ((x - ax).abs() < 0.1 + 0.3 * draw[6]) & ((y - ay).abs() < 0.1 + 0.3 * draw[7])
    # beyond a line
    angle = 6.2832 * draw[6]
    half = (x - 0.5) * angle.cos() + (y - 0.5) * angle.sin() > 0.3 * (draw[7] - 0.5)

    anew = torch.where(kind == 0, cloud, torch.where(kind == 1, stroke, torch.where(kind == 2, box, half)))
    keeps = torch.rand((count, 1, 1), generator=generator, device=device) < share
    return (~anew & keeps).float()[:, None]


def join_kept(rgb: Tensor, kept: Tensor) -> Tensor:
    """The network's hint of it, [B, 4, S, S]: colour in [-1, 1] times coverage, then coverage."""
    return torch.cat([rgb * kept, kept], 1)
