"""A clip in, a larger one out: each frame goes through the network, all else stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np

from lightbrush import media
from lightbrush.enhance.rows import BAND_PX, Pixels, Rows
from lightbrush.enhance.run import Enhanced, Plan, enlarged, planned
from lightbrush.enhance.target import parse
from lightbrush.enhance.tiles import Upscaler
from lightbrush.shots import Rgb, Size

SUFFIX: Final = ".mp4"
"""Of the files that are written."""


@runtime_checkable
class Together(Protocol):
    """An upscaler that takes several frames at once."""

    def batch(self, size: Size) -> int:
        """How many frames of that size."""
        ...

    def frames(self, frames: media.Frames, passes: Sequence[tuple[Size, Size]]) -> media.Frames:
        """[F, H, W, 3] -> as many, enlarged by each pass from its size on and then resized to its end."""
        ...


def enhance_video(
    source: Path,
    target: str,
    output: Path,
    upscaler: Upscaler,
    *,
    say: Callable[[str], None] = lambda text: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Enhanced:
    """Whatever the clip's length, two frames are held beside those that the decoder and the encoder hold, or twice as
    many as a GPU enlarges at once: while one is written the next is enlarged.

    say: what the answer will not have that was asked for. progress: tiles done, and of about how many, as far as the
    clip says how long it is. Raises EnhanceError, MediaError.
    """
    # 1. What to make, checked before any work.
    clip = media.info(source)
    asked = parse(target, clip.size)
    size = Size(asked.width + asked.width % 2, asked.height + asked.height % 2)
    if size != asked:
        say(f"a video's sides are even: {asked.width}x{asked.height} becomes {size.width}x{size.height}")
    plan = planned(clip.size, size, upscaler, say)
    if clip.bits > 8:
        say(f"the larger video has 8 bits a channel, the clip {clip.bits}")

    # 2. Its frames: one by one, or as many at once as the upscaler takes.
    done, total = 0, plan.tiles * round(clip.duration_s * clip.fps)

    def finished() -> None:
        nonlocal done
        done += 1
        progress(done, max(done, total))

    def larger(frame: Rgb) -> Rgb:
        made = np.empty((size.height, size.width, 3), np.uint8)
        top = 0
        for band in enlarged(frame_rows(frame, plan), plan, upscaler, finished).bands:
            made[top : top + len(band)] = np.rint(band * np.float32(255.0))
            top += len(band)
        return made

    def larger_together(frames: Sequence[Rgb]) -> Iterable[Rgb]:
        assert isinstance(upscaler, Together)
        top, left = plan.top, plan.left
        parts = np.stack([one[top : top + plan.part.height, left : left + plan.part.width] for one in frames])
        made = upscaler.frames(parts, tuple(zip(plan.passes, plan.ends, strict=True)))
        for _ in range(plan.tiles * len(frames)):
            finished()
        return made

    progress(0, total)
    if isinstance(upscaler, Together):
        frames = media.remake(source, output, size, larger_together, say, together=upscaler.batch(plan.part))
    else:
        frames = media.remake(source, output, size, lambda frames: map(larger, frames), say)
    return Enhanced(source=clip.size, size=size, passes=plan.passes, tiles=done, bits=8, frames=frames)


def frame_rows(frame: Rgb, plan: Plan) -> Rows:
    """The plan's part of a frame."""
    part = frame[plan.top : plan.top + plan.part.height, plan.left : plan.left + plan.part.width]

    def bands() -> Iterator[Pixels]:
        for start in range(0, len(part), BAND_PX):
            yield np.divide(part[start : start + BAND_PX], 255.0, dtype=np.float32)

    return Rows(plan.part, 3, bands())
