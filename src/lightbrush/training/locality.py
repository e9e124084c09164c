"""How much one more stroke changes far from it: a loss for a student, so that a picture does not jump while one draws.

A sketch leaves much open, the hour of the day above all, and the network settles it. A stroke anywhere can tip that: a
white one in a night sky, and the whole picture lies in another light. It is settled at the first step, from pure noise;
at the second a picture is there to go on with, which changes a third as much. So the student paints each sketch twice
in one step, from the same noise, as it is and with one more stroke, and far from that stroke both should be alike.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from lightbrush.nn.flow import TRAINED_PX
from lightbrush.training.conditions import as_without_words
from lightbrush.training.embedded import Predict
from lightbrush.world.materials import MATERIALS

#: Share of the sketches that are painted as without a word, as most are while somebody draws.
WITHOUT_WORDS: Final = 0.5
#: From this distance on, in sides of the picture, a place is far from a stroke.
FAR: Final = 0.35
#: How surely a far place should stay as it was, beside one in the quarter opposite to the stroke's, which surely
#: should: elsewhere a stroke may be mirrored in water.
FAR_STAYS: Final = 0.25
#: How much bare paper counts, beside what is drawn: a first stroke may well say what the rest is.
BARE_COUNTS: Final = 0.25
#: Changes of a channel below this, of 2 at most, count by their square.
_SMALL: Final = 0.02
#: Materials that light the whole picture: to draw one may change all of it.
_LIGHTS: Final = ("sun", "moon")


def locality_loss(paint: Predict, hints: Tensor, condition: Tensor, generator: torch.Generator) -> Tensor:
    """How much the student's picture of each sketch, hints [B, 8, S, S], changes far from a new stroke: the mean of its
    channels, which are in [-1, 1], so from 0 to 2; [B].

    Its gradient goes through both pictures of a pair: what they have in common cancels out, and what tells them apart
    is left.
    """
    count, size = len(hints), hints.shape[-1]
    silent = torch.rand((count, 1), generator=generator, device=hints.device) < WITHOUT_WORDS
    condition = torch.where(silent, as_without_words(condition), condition)
    after, stays = add_strokes(hints, generator)
    counts = stays * (BARE_COUNTS + (1 - BARE_COUNTS) * hints[:, 3:4])
    noise = torch.randn((count, 3, size, size), generator=generator, device=hints.device) * (size / TRAINED_PX)
    at = torch.zeros(2 * count, device=hints.device)
    before, now = paint(noise.repeat(2, 1, 1, 1), torch.cat([hints, after]), at, condition.repeat(2, 1)).chunk(2)
    changed = F.smooth_l1_loss(now, before, beta=_SMALL, reduction="none").mean(1, keepdim=True)
    return (changed * counts).sum((1, 2, 3)) / stays.sum((1, 2, 3))


def add_strokes(hints: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Hints [B, 8, S, S] with one stroke more on each sketch, in one of its quarters; and how surely what is painted
    there should stay as it is, [B, 1, S, S] in [0, 1].

    A stroke goes through three points, or is a dab where these are near each other; most cover what is below.
    """
    count, size, device = len(hints), hints.shape[-1], hints.device
    draw = torch.rand((10, count, 1, 1), generator=generator, device=device)

    # 1. coordinates in which the stroke's quarter is the upper left one, whichever it is
    places = (torch.arange(size, device=device) + 0.5) / size
    y, x = torch.where(draw[:2] < 0.5, places[:, None], 1 - places[:, None]).unbind()  # [B, S, 1]
    x = x.transpose(1, 2)  # [B, 1, S]

    # 2. near two segments
    radius = 0.008 + 0.06 * draw[4].square()
    low, high = radius + 0.01, 0.49 - radius
    reach = 0.3 * draw[6]
    points = [low + (high - low) * draw[2:4]]
    for _ in range(2):
        way = torch.randn((2, count, 1, 1), generator=generator, device=device)
        points.append((points[-1] + reach * way).clamp(low, high))
    away = torch.minimum(_away(x, y, points[0], points[1]), _away(x, y, points[1], points[2]))  # [B, S, S]
    opacity = (0.3 + 2.4 * draw[5]).clamp(max=1)
    cover = (((radius - away) * size + 0.5).clamp(0, 1) * opacity)[:, None]

    # 3. of a material's colour, of any, white or black
    known = _colours(device)
    of_material = known[(draw[7].flatten() * len(known)).long()]
    of_material = of_material + 0.06 * torch.randn((count, 3), generator=generator, device=device)
    of_any = torch.rand((count, 3), generator=generator, device=device) * 2 - 1
    kind = draw[8].flatten()[:, None]
    plain = torch.where(draw[9].flatten()[:, None] < 0.5, -0.9, 0.9).expand(-1, 3)
    colour = torch.where(kind < 0.5, of_material, torch.where(kind < 0.8, of_any, plain)).clamp(-1, 1)
    ink = torch.cat([colour, torch.ones_like(colour[:, :1])], 1)[:, :, None, None]

    sketch = hints[:, :4] + cover * (ink - hints[:, :4])
    opposite = (x > 0.5) & (y > 0.5)
    stays = torch.where(opposite, 1.0, FAR_STAYS * (away - radius > FAR))
    return torch.cat([sketch, hints[:, 4:]], 1), stays[:, None]


def _away(x: Tensor, y: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Distance of places, x [B, 1, S] and y [B, S, 1], from a segment between two points, [2, B, 1, 1]: [B, S, S]."""
    (ax, ay), (bx, by) = start, end
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((end - start).square().sum(0) + 1e-6)
    along = along.clamp(0, 1)
    square: Tensor = (x - ax - along * (bx - ax)).square() + (y - ay - along * (by - ay)).square()
    return square.sqrt()


@cache
def _colours(device: torch.device) -> Tensor:
    """The materials' own, in [-1, 1], [M, 3]."""
    rgb = [material.rgb for material in MATERIALS if material.name not in _LIGHTS]
    return torch.tensor(rgb, device=device) / 127.5 - 1
