"""Blends of prompts, as embeddings: several texts with weights, and the way from one blend to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from lightbrush.errors import ShotError
from lightbrush.shots import MAX_PROMPTS, Blend, Interpolation, Prompt

Embed = Callable[[str], Tensor]
"""A text -> its embedding [rows, text_dim], without padding: rows is how many tokens it has."""

#: Between rows that point nearly the same way, or opposite ways, a great circle says nothing.
_PARALLEL = 0.9995


def embed(
    prompts: Sequence[Prompt],
    encode: Embed,
    previous: Sequence[Blend] = (),
    mix: float = 1.0,
    interpolation: Interpolation = "linear",
) -> Tensor:
    """What a block follows: [rows, text_dim] float32, without padding.

    prompts: at least one; weights of 0 or more count relative to their sum. previous, mix: during a transition, what it
    comes from, and how far it is from there: 0 is all of previous, 1 all of prompts. Of several blends in a row each
    but the first is gone to from where the one before it had got to, so a transition that broke into another begins
    exactly where that one was.
    interpolation: "slerp" follows the great circle between each pair of rows, where there are two: two prompts, or the
    two ends of a transition; more than two are mixed on straight lines.
    Raises ShotError "shot.prompt".
    """
    first, *others = *previous, Blend(tuple(prompts), mix, interpolation)
    here = _mixed(first, encode)
    for blend in others:
        here = interpolate(here, _mixed(blend, encode), blend.mix, blend.interpolation)
    return here


def interpolate(a: Tensor, b: Tensor, mix: float, interpolation: Interpolation) -> Tensor:
    """From a (mix 0) to b (mix 1), row by row; the shorter one ends in zeros. [rows, D] each; -> [most rows, D], at
    either end without the other's padding."""
    if mix in (0.0, 1.0):
        return b if mix else a
    a, b = _padded([a, b])
    straight = torch.lerp(a, b, mix)
    if interpolation == "linear":
        return straight
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    cosine = (F.normalize(a, dim=-1) * F.normalize(b, dim=-1)).sum(-1, keepdim=True)
    angle = cosine.clamp(-_PARALLEL, _PARALLEL).acos()
    # Shoemake, "Animating Rotation with Quaternion Curves", 1985; a row's length goes evenly.
    share_a, share_b = ((1 - mix) * angle).sin() / angle.sin(), (mix * angle).sin() / angle.sin()
    direction = share_a * F.normalize(a, dim=-1) + share_b * F.normalize(b, dim=-1)
    on_circle = direction * torch.lerp(length_a, length_b, mix)
    has_circle = (cosine.abs() < _PARALLEL) & (length_a > 0) & (length_b > 0)
    return torch.where(has_circle, on_circle, straight)


def _mixed(blend: Blend, encode: Embed) -> Tensor:
    """The prompts of one blend."""
    prompts = blend.prompts
    if not 0.0 <= blend.mix <= 1.0:
        raise ShotError("shot.prompt", "how far a transition is, is 0 to 1", value=blend.mix)
    if not 1 <= len(prompts) <= MAX_PROMPTS:
        raise ShotError("shot.prompt", f"a block of video has 1 to {MAX_PROMPTS} prompts", value=len(prompts))
    if not all(0.0 <= prompt.weight < float("inf") for prompt in prompts):
        raise ShotError("shot.prompt", "weights of a video's prompts are 0 or more", value=[p.weight for p in prompts])
    counted = [prompt for prompt in prompts if prompt.weight > 0.0]
    if not counted:
        raise ShotError("shot.prompt", "no prompt has a weight above 0", value=[p.weight for p in prompts])
    total = sum(prompt.weight for prompt in counted)
    rows = [encode(prompt.text).float() for prompt in counted]
    if len(counted) == 2:
        return interpolate(rows[0], rows[1], counted[1].weight / total, blend.interpolation)
    shares = [prompt.weight / total for prompt in counted]
    return torch.stack([share * row for share, row in zip(shares, _padded(rows), strict=True)]).sum(0)


def _padded(rows: Sequence[Tensor]) -> list[Tensor]:
    longest = max(len(row) for row in rows)
    return [F.pad(row, (0, 0, 0, longest - len(row))) for row in rows]
