"""From a label map to what a person might have drawn: batched, on the training device.

Strength says how literally a sketch is meant. At 1 its contours are the picture's; toward 0 it was drawn with a broad
brush and a loose hand: shapes are coarse, displaced, and small things are left out.
"""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from lightbrush.engines.compositions import CELLS, OF_THE_SKY
from lightbrush.world.scene import MATERIALS

#: Strength -> cells across the picture that the drawing hand resolves; the first draws every contour, and is as often
#: as any two.
LEVELS: tuple[tuple[float, int], ...] = (
    (1.0, 256),
    (1.0, 256),
    (0.85, 80),
    (0.7, 44),
    (0.5, 24),
    (0.3, 14),
    (0.12, 8),
)
#: Of what is laid out, the share that is fainter than it could be, as it is once somebody draws.
_FAINT = 0.25
#: Share of the sketches whose sky is drawn without its clouds, whatever the strength.
CLOUDLESS = 0.4

_INDEX = {material.name: i for i, material in enumerate(MATERIALS)}
#: People draw these larger than they are.
_ENLARGED = {"sun": 5.0, "moon": 5.0, "boat": 2.5, "house": 2.0, "balloon": 2.0, "tower": 1.5, "lava": 1.5, "road": 1.5,
             "forest": 1.3, "cloud": 1.2}  # fmt: skip
#: A loose sketch may leave these out.
_OPTIONAL = ("cloud", "sun", "moon", "forest", "house", "road", "field", "rock", "ice", "boat", "balloon", "crop")


def make_sketches(rgb: Tensor, label: Tensor, palette: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """-> (sketch [B, 4, S, S]: colour in [-1, 1] times coverage, then coverage; strength [B] in [0, 1]).

    rgb: [B, 3, S, S] in [-1, 1]; label: [B, S, S] uint8; palette: [B, L, 3] in [0, 1]. The batch is shuffled already,
    so its first part gets the first level, and so on.
    """
    parts, strengths = [], []
    for part, (strength, cells) in zip(
        torch.arange(len(rgb), device=rgb.device).chunk(len(LEVELS)), LEVELS, strict=False
    ):
        s = strength + 0.07 * (torch.rand(len(part), generator=generator, device=rgb.device) * 2 - 1)
        s = s.clamp(0.05, 1.0)
        parts.append(_draw(rgb[part], label[part], palette[part], s, cells, generator))
        strengths.append(s)
    return torch.cat(parts), torch.cat(strengths)


def lay_out(label: Tensor, palette: Tensor, generator: torch.Generator) -> Tensor:
    """Worlds as `engines.compositions` lays them out, [B, 4, S, S], as `make_sketches` gives them; some are faint.

    label: [B, S, S] uint8; palette: [B, L, 3] in [0, 1].
    """
    size = label.shape[-1]
    for name in OF_THE_SKY:
        label = torch.where(label == _INDEX[name], _INDEX["sky"], label)
    coarse = F.adaptive_avg_pool2d(_one_hot(label[:, None, ::2, ::2], palette), CELLS).argmax(1, keepdim=True)
    drawn = F.interpolate(_one_hot(coarse, palette), size=(size // 2, size // 2), mode="bilinear").argmax(1)
    colours = palette + 0.03 * torch.randn(palette.shape, generator=generator, device=palette.device)
    flat = colours.clamp(0, 1).gather(1, drawn.flatten(1)[..., None].expand(-1, -1, 3)) * 2 - 1
    flat = F.interpolate(flat.transpose(1, 2).unflatten(2, drawn.shape[1:]), scale_factor=2.0, mode="bilinear")
    draw = torch.rand((2, len(label), 1, 1, 1), generator=generator, device=palette.device)
    covers = torch.where(draw[0] < _FAINT, draw[1], torch.ones_like(draw[1]))
    return torch.cat([flat * covers, covers.expand(-1, 1, size, size)], 1)


def _one_hot(label: Tensor, palette: Tensor) -> Tensor:
    """[B, 1, h, w] -> [B, L, h, w]."""
    shape = (len(label), palette.shape[1], *label.shape[2:])
    return torch.zeros(shape, device=label.device).scatter_(1, label.long(), 1.0)


def _draw(
    rgb: Tensor, label: Tensor, palette: Tensor, strength: Tensor, cells: int, generator: torch.Generator
) -> Tensor:
    exact = cells >= 256
    # Drawn at half the size: enlarging the colours softens the borders as a brush does.
    size = label.shape[-1] if exact else label.shape[-1] // 2
    loose = 1 - strength
    classes = palette.shape[1]
    small = torch.float16 if rgb.device.type == "cuda" else torch.float32

    # 1. the hand wanders: a smooth displacement of the whole label map
    label = torch.where(_rows(CLOUDLESS, generator, rgb) & (label == _INDEX["cloud"]), _INDEX["sky"], label)
    grid = _wandering_grid(loose, size if exact else max(size, cells), generator)
    moved = F.grid_sample(label[:, None].float(), grid, mode="nearest", padding_mode="border", align_corners=False)

    # 2. the brush is broad: the commonest material of each cell, with rounded borders between cells
    if exact:
        drawn = moved[:, 0].long()  # [B, S, S]
    else:
        one_hot = torch.zeros((len(rgb), classes, *moved.shape[2:]), dtype=small, device=rgb.device)
        one_hot.scatter_(1, moved.long(), 1.0)  # [B, L, s, s]
        weight = _class_weights(loose, classes, small, generator)
        pooled = F.adaptive_avg_pool2d(one_hot, cells) * weight[:, :, None, None]
        pooled = pooled.contiguous(memory_format=torch.channels_last)  # the materials of a place side by side
        smooth = F.interpolate(pooled, size=(size, size), mode="bilinear")
        drawn = smooth.argmax(1)  # [B, S/2, S/2]

    # 3. the colours: the material's, as this scene tints it; sometimes nearer to what is really seen there
    seen = _mean_colours(rgb, label, classes)
    toward = _rand(len(rgb), generator, rgb) * (_rand(len(rgb), generator, rgb) < 0.25)
    colours = palette.to(rgb.dtype) + toward[:, None, None] * (seen - palette.to(rgb.dtype))
    colours = colours + 0.03 * torch.randn(colours.shape, generator=generator, device=rgb.device, dtype=rgb.dtype)
    flat = colours.gather(1, drawn.flatten(1)[..., None].expand(-1, -1, 3)).transpose(1, 2).unflatten(2, (size, size))

    # 4. soft brushes: some sketches are blurred by a few pixels
    soft = F.avg_pool2d(F.pad(flat, (1, 1, 1, 1), mode="replicate"), 3, 1)
    mix = _rand(len(rgb), generator, rgb)[:, None, None, None] * _rows(0.4, generator, rgb)[..., None]
    flat = flat + mix * (soft - flat)

    # 5. the unfinished sketch: some materials, or some part of the paper, are not drawn yet
    coverage = _coverage(drawn, classes, generator).to(rgb.dtype)
    sketch = torch.cat([(flat.clamp(0, 1) * 2 - 1) * coverage, coverage], 1)
    return sketch if exact else F.interpolate(sketch, scale_factor=2.0, mode="bilinear")


def _coverage(drawn: Tensor, classes: int, generator: torch.Generator) -> Tensor:
    """As drawn [B, s, s], [B, 1, s, s] of 0 and 1: 1 everywhere for more than half of the sketches."""
    count, size, device = len(drawn), drawn.shape[-1], drawn.device
    draw = torch.rand((4, count), generator=generator, device=device)
    keep = torch.rand((count, classes), generator=generator, device=device) < (0.1 + 0.9 * draw[0])[:, None]
    keep |= (draw[1] > 0.3)[:, None]  # materials are left out of three sketches in ten
    by_material = keep.gather(1, drawn.flatten(1)).view_as(drawn)
    knots = torch.randn((count, 1, 4, 4), generator=generator, device=device)
    field = F.interpolate(knots, size=(size, size), mode="bicubic")[:, 0]
    by_place = (field < (draw[2] * 2 - 0.7)[:, None, None]) | (draw[3] > 0.2)[:, None, None]
    return (by_material & by_place)[:, None]


def _wandering_grid(loose: Tensor, size: int, generator: torch.Generator) -> Tensor:
    count = len(loose)
    shift = torch.zeros((count, 2, size, size), device=loose.device)
    for knots, amplitude in ((4, 0.16), (10, 0.05)):
        knot = torch.randn((count, 2, knots, knots), generator=generator, device=loose.device) * amplitude
        shift += F.interpolate(knot, size=(size, size), mode="bicubic", align_corners=True)
    still = torch.eye(2, 3, device=loose.device).expand(count, -1, -1)
    grid = F.affine_grid(still, [count, 1, size, size], align_corners=False)
    return grid + shift.permute(0, 2, 3, 1) * (loose**1.5)[:, None, None, None]


def _class_weights(loose: Tensor, classes: int, dtype: torch.dtype, generator: torch.Generator) -> Tensor:
    shape = (len(loose), classes)
    enlarged, optional = _habits(loose.device)
    weight = torch.exp(0.3 * loose[:, None] * torch.randn(shape, generator=generator, device=loose.device)) * enlarged
    dropped = torch.rand(shape, generator=generator, device=loose.device) < 0.25 * loose[:, None]
    return (weight * ~(dropped & optional)).to(dtype)


@cache
def _habits(device: torch.device) -> tuple[Tensor, Tensor]:
    """Of each material: how much larger it is drawn [L], and whether it may be left out [L]."""
    enlarged = torch.tensor([_ENLARGED.get(name, 1.0) for name in _INDEX], device=device)
    return enlarged, torch.tensor([name in _OPTIONAL for name in _INDEX], device=device)


def _mean_colours(rgb: Tensor, label: Tensor, classes: int) -> Tensor:
    """Mean colour of each label's region, [B, L, 3] in [0, 1], from a coarse grid."""
    step = max(1, label.shape[-1] // 64)
    sampled = label[:, step // 2 :: step, step // 2 :: step]
    coarse = F.adaptive_avg_pool2d(rgb, sampled.shape[1]).flatten(2) * 0.5 + 0.5  # [B, 3, cells]
    where = (sampled.flatten(1)[..., None] == torch.arange(classes, device=rgb.device)).to(rgb.dtype)
    return (coarse @ where / (where.sum(1, keepdim=True) + 1e-3)).transpose(1, 2)


def _rand(count: int, generator: torch.Generator, like: Tensor) -> Tensor:
    return torch.rand(count, generator=generator, device=like.device, dtype=like.dtype)


def _rows(share: float, generator: torch.Generator, like: Tensor) -> Tensor:
    """[B, 1, 1]: true for this share of the rows."""
    return _rand(len(like), generator, like)[:, None, None] < share
