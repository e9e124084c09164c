"""What the network is told in training: attributes as prompts ask for them, a sentence's meaning, a palette. Some of it
is said, some half, some not."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from lightbrush.engines.conditioning import TOPICS, Conditions, Layout, assume, vector
from lightbrush.engines.embedded import USUAL, USUAL_PRESENCE
from lightbrush.world.attributes import ATTRIBUTES, Attribute

LAYOUT: Final = Layout()
CONDITION_LENGTH: Final = LAYOUT.length


def make_conditions(
    attributes: Tensor,
    told: Tensor,
    meaning: Tensor,
    palette: Tensor,
    strength: Tensor,
    drawn: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """The network's condition, [B, CONDITION_LENGTH], laid out as `engines.conditioning.vector` says.

    attributes: [B, A]; told: [B, A], how surely a caption tells them; meaning: [B, 384], the caption's; palette:
    [B, 9], of the picture; strength, drawn: [B]. A third hear their caption and are told what it tells, as a prompt is
    read. One in five has its caption's meaning and no attributes, as when a text's words are none of theirs. The
    others are told anything, four in ten of them a few things only: what is unsaid is absent (presence 0), what is
    half said is half present, and less exact.
    """
    count, device = len(attributes), attributes.device
    owner = _owner(device)
    said = torch.rand((count, 1), generator=generator, device=device) * 1.3 - 0.2
    few = torch.rand((count, 1), generator=generator, device=device) < 0.4
    said = torch.where(few, said * 0.08, said)
    draw = torch.rand((2, count, len(owner)), generator=generator, device=device)
    presence = (draw[0] < said).float() * torch.where(draw[1] < 0.3, draw[1] / 0.3, 1.0)
    presence = presence[:, owner]
    blur = 0.5 * torch.randn(attributes.shape, generator=generator, device=device)
    values = attributes + (1 - presence) * blur

    part = torch.rand((count, 1), generator=generator, device=device)
    only_meaning = part < 0.2
    as_read = (part >= 0.2) & (part < 0.55)
    presence = torch.where(as_read, told, presence * ~only_meaning)
    values = torch.where(as_read, attributes, values)
    heard = _sometimes(0.6, count, generator, device)
    heard = torch.where(only_meaning | as_read, torch.ones_like(heard), heard)
    seen = _sometimes(0.2, count, generator, device)
    meaning = F.normalize(meaning + 0.01 * torch.randn(meaning.shape, generator=generator, device=device), dim=1)

    has = drawn.float()[:, None]
    return torch.cat(
        [values * presence, presence, meaning * heard, heard, palette * seen, seen, strength[:, None] * has, has], 1
    )


def as_without_words(condition: Tensor) -> Tensor:
    """What the engine tells the network where nobody says a word: only what speaks of the sketch is of the condition's,
    [B, CONDITION_LENGTH]."""
    return torch.cat([_usual(condition.device).expand(len(condition), -1), condition[:, -2:]], 1)


def palette_of(rgb: Tensor) -> Tensor:
    """As `engines.conditioning.palette_of`: [B, 3, H, W] in [-1, 1] -> [B, 9]."""
    return F.adaptive_avg_pool2d(rgb, (3, 1))[..., 0].transpose(1, 2).flatten(1)


def presence_owner() -> list[int]:
    """For each attribute the index of the one whose presence it shares: biomes, styles, the axes of each tint."""
    first: dict[str, int] = {}
    return [first.setdefault(_topic(attribute), i) for i, attribute in enumerate(ATTRIBUTES)]


@cache
def topics(device: torch.device) -> Tensor:
    """Indices of the attributes that have a presence of their own: one of each topic."""
    return torch.tensor(sorted(set(presence_owner())), device=device)


@cache
def _usual(device: torch.device) -> Tensor:
    nothing = Conditions(*np.zeros((2, len(TOPICS.names)), np.float32))
    told = vector(assume(nothing, USUAL, USUAL_PRESENCE), strength=0.0, drawn=0.0, layout=LAYOUT)
    return torch.from_numpy(told[:-2]).to(device)


@cache
def _owner(device: torch.device) -> Tensor:
    return torch.tensor(presence_owner(), device=device)


def _topic(attribute: Attribute) -> str:
    if attribute.group in ("biome", "style"):
        return attribute.group
    return attribute.name[:-2] if attribute.group == "tint" else attribute.name


def _sometimes(share: float, count: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """[B, 1]: a presence for this share of the rows, whole for two in three of them; 0 for the rest."""
    draw = torch.rand((3, count, 1), generator=generator, device=device)
    return (draw[0] < share) * torch.where(draw[1] < 0.33, draw[2], torch.ones_like(draw[2]))
