"""What the network is told in training: attributes as prompts ask for them; some are said, some half, some not."""

from __future__ import annotations

import torch
from torch import Tensor

from lightbrush.world.attributes import ATTRIBUTES, Attribute

CONDITION_LENGTH = 2 * len(ATTRIBUTES) + 2


def make_conditions(attributes: Tensor, strength: Tensor, drawn: Tensor, generator: torch.Generator) -> Tensor:
    """The network's condition, [B, CONDITION_LENGTH], laid out as `engines.conditioning.vector` says.

    What a prompt leaves unsaid is absent (presence 0); what it half says is half present, and less exact.
    """
    count, device = len(attributes), attributes.device
    owner = torch.tensor(presence_owner(), device=device)
    said = torch.rand((count, 1), generator=generator, device=device) * 1.25 - 0.25
    draw = torch.rand((2, count, len(owner)), generator=generator, device=device)
    presence = (draw[0] < said).float() * torch.where(draw[1] < 0.3, draw[1] / 0.3, 1.0)
    presence = presence[:, owner]
    blur = 0.5 * torch.randn(attributes.shape, generator=generator, device=device)
    values = attributes + (1 - presence) * blur
    has = drawn.float()[:, None]
    return torch.cat([values * presence, presence, strength[:, None] * has, has], 1)


def presence_owner() -> list[int]:
    """For each attribute the index of the one whose presence it shares: biomes, styles, the axes of each tint."""
    first: dict[str, int] = {}
    return [first.setdefault(_topic(attribute), i) for i, attribute in enumerate(ATTRIBUTES)]


def _topic(attribute: Attribute) -> str:
    if attribute.group in ("biome", "style"):
        return attribute.group
    return attribute.name[:-2] if attribute.group == "tint" else attribute.name
