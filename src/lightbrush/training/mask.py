"""What a person keeps of a picture while a part of it is rendered anew: batched, on the training device."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def make_kept(rgb: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """-> [B, 4, S, S]: colour in [-1, 1] times coverage, then coverage: 1 where the picture is kept, 0 where it is not.

    share: of the rows that keep anything; the others are 0 everywhere. rgb: [B, 3, S, S]. A mask is a cloud, a stroke
    of a broad brush, a rectangle or one side of a line.
    """
    count, size = len(rgb), rgb.shape[-1]
    draw = torch.rand((8, count, 1, 1), generator=generator, device=rgb.device)
    y, x = torch.meshgrid(*2 * [torch.linspace(0, 1, size, device=rgb.device)], indexing="ij")  # [S, S]
    kind = (draw[0] * 4).long()
    # clouds
    knots = torch.randn((count, 1, 5, 5), generator=generator, device=rgb.device)
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
    keeps = torch.rand((count, 1, 1), generator=generator, device=rgb.device) < share
    coverage = (~anew & keeps).to(rgb.dtype)[:, None]
    return torch.cat([rgb * coverage, coverage], 1)
