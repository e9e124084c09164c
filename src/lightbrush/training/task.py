"""What the network is asked to paint, as a person would ask."""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from lightbrush.engines.compositions import STRENGTH
from lightbrush.training.asked import Asked
from lightbrush.training.conditions import make_conditions, palette_of
from lightbrush.training.mask import join_kept, make_kept
from lightbrush.training.pool import Batch, Pool, Variants
from lightbrush.training.sketch import lay_out, make_sketches

#: Share of the pictures of which a part is kept; and of those that show another surface than was there.
KEEPING: Final = 0.2
KEEPING_OF_VARIANTS: Final = 0.7
#: Share of the batch that are variants; and of these, how many are asked for over the sketch of what was there.
VARIANTS: Final = 0.15
SKETCH_OF_BEFORE: Final = 0.5
#: Share of the pictures with a sketch; and of those that a reference asks for.
DRAWN: Final = 0.75
DRAWN_AFTER_A_REFERENCE: Final = 0.8


class Task(NamedTuple):
    """rgb: what should come out, [B, 3, S, S] in [-1, 1]; label: of it, [B, S, S] uint8; hints: [B, 8, S, S] and
    condition: [B, CONDITION_LENGTH], as the network takes them."""

    rgb: Tensor
    label: Tensor
    hints: Tensor
    condition: Tensor


def make_task(
    pool: Pool,
    variants: Variants | None,
    count: int,
    size: int,
    generator: torch.Generator,
    share_drawn: float = DRAWN,
    asked: Asked | None = None,
    share_asked: float = 0.0,
) -> Task:
    """Pictures of size pixels. Variants are 256 pixels large; where those are not asked for, there are none.

    share_drawn: of the pictures with a sketch, but of `asked`. share_asked: of the pictures that are of these.
    """
    ordered = round(share_asked * count) if asked else 0
    task = _told(pool, variants, count - ordered, size, generator, share_drawn)
    if not asked or not ordered:
        return task
    return Task(*(torch.cat(parts) for parts in zip(task, _asked(asked, ordered, size, generator), strict=True)))


def _told(
    pool: Pool, variants: Variants | None, count: int, size: int, generator: torch.Generator, share_drawn: float
) -> Task:
    """As captions tell, or attributes."""
    changed = round(VARIANTS * count) if variants else 0
    batch, kept = _plain(pool.batch(count - changed, generator), size, generator)
    as_drawn = batch.label
    if variants:
        others, others_drawn, others_kept = _changed(*variants.batch(changed, generator), generator)
        order = torch.rand(count, generator=generator, device=kept.device).argsort()
        batch = Batch(*(torch.cat([a, b])[order] for a, b in zip(batch, others, strict=True)))
        as_drawn = torch.cat([as_drawn, others_drawn])[order]
        kept = torch.cat([kept, others_kept])[order]

    rgb, label, palette, attributes, told, meaning = batch
    sketch, strength = make_sketches(rgb, as_drawn, palette, generator)
    drawn = torch.rand(count, generator=generator, device=rgb.device) < share_drawn
    sketch = sketch * drawn[:, None, None, None]
    drawn &= sketch[:, 3].amax((1, 2)) > 0
    condition = make_conditions(attributes, told, meaning, palette_of(rgb), strength, drawn, generator)
    return Task(rgb, label, torch.cat([sketch, join_kept(rgb, kept)], 1), condition)


def _asked(asked: Asked, count: int, size: int, generator: torch.Generator) -> Task:
    """As people ask: by words, with what the engine lays out for them, or by a reference, mostly with a sketch."""
    batch, condition, by_words = asked.batch(count, generator)
    batch, kept = _of_size(batch, size), torch.zeros((count, 1, size, size), device=condition.device)
    sketch, strength = make_sketches(batch.rgb, batch.label, batch.palette, generator)
    drawn = torch.rand(count, generator=generator, device=condition.device) < DRAWN_AFTER_A_REFERENCE
    laid_out = lay_out(batch.label, batch.palette, generator)
    sketch = torch.where(by_words[:, None, None, None], laid_out, sketch * drawn[:, None, None, None])
    strength = torch.where(by_words, STRENGTH, strength)
    has = (sketch[:, 3].amax((1, 2)) > 0).float()
    condition = torch.cat([condition[:, :-2], (strength * has)[:, None], has[:, None]], 1)
    return Task(batch.rgb, batch.label, torch.cat([sketch, join_kept(batch.rgb, kept)], 1), condition)


def _plain(batch: Batch, size: int, generator: torch.Generator) -> tuple[Batch, Tensor]:
    """A world as it is, of the size asked for, and what is kept of it, [B, 1, size, size]."""
    return _of_size(batch, size), make_kept(len(batch.rgb), size, KEEPING, generator)


def _of_size(batch: Batch, size: int) -> Batch:
    if size == batch.label.shape[-1]:
        return batch
    rgb = F.interpolate(batch.rgb, size=(size, size), mode="area")
    label = F.interpolate(batch.label[:, None].float(), size=(size, size), mode="nearest")[:, 0].byte()
    return batch._replace(rgb=rgb, label=label)


def _changed(before: Batch, after: Batch, generator: torch.Generator) -> tuple[Batch, Tensor, Tensor]:
    """The other surface, around it what was there; labels as they are drawn, some as it was; what is kept."""
    count, size = len(after.rgb), after.rgb.shape[-1]
    kept = make_kept(count, size, KEEPING_OF_VARIANTS, generator)
    as_it_was = torch.rand(count, generator=generator, device=kept.device) < SKETCH_OF_BEFORE
    changed = after._replace(
        rgb=torch.where(kept > 0, before.rgb, after.rgb),
        label=torch.where(kept[:, 0] > 0, before.label, after.label),
        palette=torch.where(as_it_was[:, None, None], before.palette, after.palette),
    )
    return changed, torch.where(as_it_was[:, None, None], before.label, changed.label), kept
