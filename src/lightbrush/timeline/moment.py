"""What one block of a video is asked for: of a timeline, a pure function of the block's number and the rate; live, of
what the block before was asked for and what is wanted now."""

from __future__ import annotations

import math
from typing import Final

from lightbrush.shots import MAX_PROMPTS, Blend, Interpolation, Prompt
from lightbrush.timeline.value import Moment, Span, Timeline

FIRST_BLOCK_FRAMES: Final = 9
"""Frames that a stream's first block decodes to; 3 latent frames, of which the first is one picture."""
BLOCK_FRAMES: Final = 12
"""Frames that each later block decodes to."""

#: What a transition's steps may lack to all of the way when they are added up.
_ROUNDING: Final = 1e-9


def first_frame(block_index: int) -> int:
    """The number of a block's first frame in the video."""
    return 0 if block_index == 0 else FIRST_BLOCK_FRAMES + BLOCK_FRAMES * (block_index - 1)


def block_count(timeline: Timeline, fps: float) -> int:
    """How many blocks cover the timeline at this rate, at least 1."""
    later = timeline.end_s * fps - FIRST_BLOCK_FRAMES
    return 1 + max(0, math.ceil(later / BLOCK_FRAMES - 1e-9))


def at(timeline: Timeline, block_index: int, fps: float) -> Moment:
    """What the block is asked for: the span that holds the block's middle, and how far its transition is.

    Pure. A span that comes while the transition before it still runs starts from where that one was.
    Before the first span the first one counts, after the last the last. fps: the rate at which the video is shown.
    """
    turns = [(_first_block(span.start_s, fps), span) for span in timeline.spans]
    turns[0] = (0, timeline.spans[0])
    turns = [turn for turn, after in zip(turns, [*turns[1:], None], strict=True) if after is None or after[0] > turn[0]]
    moment: Moment | None = None
    for number, (first, span) in enumerate(turns):
        if first > block_index:
            break
        before_next = turns[number + 1][0] - 1 if number + 1 < len(turns) else block_index
        age = min(block_index, before_next) - first
        mix = (age + 1) / max(1, span.transition_blocks)
        moment = _moment(_prompts(span), past(moment) if moment else (), mix, span.interpolation)
    assert moment is not None
    return moment


def following(
    before: Moment | None, prompts: tuple[Prompt, ...], transition_blocks: int, interpolation: Interpolation
) -> Moment:
    """What a live block is asked for. before: what the one before it was; None for the first, which is all new.

    Prompts other than that one's are gone to from where it was; the same ones are gone on to. transition_blocks: over
    how many blocks all of the way is gone; 0 and 1 are there at once.
    """
    if before is None:
        return Moment(prompts=prompts, interpolation=interpolation)
    step = 1.0 / max(1, transition_blocks)
    if (before.prompts, before.interpolation) == (prompts, interpolation):
        return _moment(prompts, before.previous, before.mix + step, interpolation)
    return _moment(prompts, past(before), step, interpolation)


def past(moment: Moment) -> tuple[Blend, ...]:
    """Where a moment is, for a transition to come from. Interrupted transitions pile up: of more prompts than a block
    may have, those that count least are let go, and the others' shares of all sum to 1 again."""
    blends = [*moment.previous, Blend(moment.prompts, moment.mix, moment.interpolation)]
    left, shares = 1.0, dict[tuple[int, int], float]()  # of all; by blend and prompt
    for i in reversed(range(len(blends))):
        here = left * (blends[i].mix if i else 1.0)
        left -= here
        total = math.fsum(prompt.weight for prompt in blends[i].prompts)
        shares |= {(i, n): here * prompt.weight / total for n, prompt in enumerate(blends[i].prompts) if prompt.weight}
    kept = set(sorted(shares, key=lambda place: -shares[place])[:MAX_PROMPTS])
    held, gone = list[Blend](), 0.0
    for i, blend in enumerate(blends):
        numbers = [n for n in range(len(blend.prompts)) if (i, n) in kept]
        share = math.fsum(shares[i, n] for n in numbers)
        gone += share
        if share > 0.0:
            held.append(Blend(tuple(blend.prompts[n] for n in numbers), share / gone, blend.interpolation))
    return tuple(held)


def _moment(
    prompts: tuple[Prompt, ...], previous: tuple[Blend, ...], mix: float, interpolation: Interpolation
) -> Moment:
    """Without previous where the transition has arrived."""
    if not previous or mix > 1.0 - _ROUNDING:
        return Moment(prompts=prompts, interpolation=interpolation)
    return Moment(prompts=prompts, previous=previous, mix=mix, interpolation=interpolation)


def _first_block(start_s: float, fps: float) -> int:
    """The first block whose middle is at start_s or later."""
    frame = start_s * fps
    if frame <= FIRST_BLOCK_FRAMES / 2:
        return 0
    return max(1, math.ceil((frame - FIRST_BLOCK_FRAMES - BLOCK_FRAMES / 2) / BLOCK_FRAMES - 1e-9) + 1)


def _prompts(span: Span) -> tuple[Prompt, ...]:
    """Its phrases, each text once, their weights summing to 1."""
    total = math.fsum(phrase.weight for phrase in span.prompts)
    shares: dict[str, float] = {}
    for phrase in span.prompts:
        if phrase.weight:
            shares[phrase.text] = shares.get(phrase.text, 0.0) + phrase.weight / total
    return tuple(Prompt(text, weight) for text, weight in shares.items())
