"""What one block of a video is asked for: a pure function of the timeline, the block's number and the rate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from lightbrush.shots import MAX_PROMPTS, Prompt
from lightbrush.timeline.value import Moment, Span, Timeline

FIRST_BLOCK_FRAMES: Final = 9
"""Frames that a stream's first block decodes to; 3 latent frames, of which the first is one picture."""
BLOCK_FRAMES: Final = 12
"""Frames that each later block decodes to."""


def first_frame(block_index: int) -> int:
    """The number of a block's first frame in the video."""
    return 0 if block_index == 0 else FIRST_BLOCK_FRAMES + BLOCK_FRAMES * (block_index - 1)


def block_count(timeline: Timeline, fps: float) -> int:
    """How many blocks cover the timeline at this rate, at least 1."""
    later = timeline.end_s * fps - FIRST_BLOCK_FRAMES
    return 1 + max(0, math.ceil(later / BLOCK_FRAMES - 1e-9))


def at(timeline: Timeline, block_index: int, fps: float) -> Moment:
    """What the block is asked for: the span that holds the block's middle, and how far its transition is.

    Pure. A span that comes while the transition before it still runs starts from the mixture of that moment.
    Before the first span the first one counts, after the last the last. fps: the rate at which the video is shown.
    """
    turns = [(_first_block(span.start_s, fps), span) for span in timeline.spans]
    turns[0] = (0, timeline.spans[0])
    turns = [turn for turn, after in zip(turns, [*turns[1:], None], strict=True) if after is None or after[0] > turn[0]]
    moment, held = Moment(prompts=()), dict[str, float]()
    for number, (first, span) in enumerate(turns):
        if first > block_index:
            break
        before_next = turns[number + 1][0] - 1 if number + 1 < len(turns) else block_index
        age = min(block_index, before_next) - first
        mix = min(1.0, (age + 1) / max(1, span.transition_blocks)) if held else 1.0
        shares = _shares(span)
        moment = Moment(
            prompts=_prompts(shares),
            previous=_prompts(held) if mix < 1.0 else (),
            mix=mix,
            interpolation=span.interpolation,
            age_blocks=age,
        )
        texts = dict.fromkeys([*held, *shares])
        mixed = {text: (1.0 - mix) * held.get(text, 0.0) + mix * shares.get(text, 0.0) for text in texts}
        held = _largest(mixed)
    return moment


def _first_block(start_s: float, fps: float) -> int:
    """The first block whose middle is at start_s or later."""
    frame = start_s * fps
    if frame <= FIRST_BLOCK_FRAMES / 2:
        return 0
    return max(1, math.ceil((frame - FIRST_BLOCK_FRAMES - BLOCK_FRAMES / 2) / BLOCK_FRAMES - 1e-9) + 1)


def _shares(span: Span) -> dict[str, float]:
    total = math.fsum(phrase.weight for phrase in span.prompts)
    shares: dict[str, float] = {}
    for phrase in span.prompts:
        if phrase.weight:
            shares[phrase.text] = shares.get(phrase.text, 0.0) + phrase.weight / total
    return shares


def _largest(shares: Mapping[str, float]) -> dict[str, float]:
    """As many as a block may have, weights again sum to 1: interrupted transitions pile up."""
    kept = sorted((text for text, weight in shares.items() if weight > 0.0), key=lambda text: -shares[text])[
        :MAX_PROMPTS
    ]
    total = math.fsum(shares[text] for text in kept)
    return {text: shares[text] / total for text in kept}


def _prompts(shares: Mapping[str, float]) -> tuple[Prompt, ...]:
    return tuple(Prompt(text, weight) for text, weight in shares.items())
