"""What a video file was made from, as it travels inside the file: enough to make the same video again."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from lightbrush.errors import MediaError, TimelineError
from lightbrush.timeline.value import Json, Span, Timeline, convert

#: Frames a second that the public models were trained on.
FPS: Final = 16.0

Decoder = Literal["tiny", "full"]
"""Who turns latents to pixels, and a frame of each block back: TAEHV, quickly, or the model's own VAE, at its best."""


class Clip(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A video to change. path: where it was. sha256: of its file. strength: above 0, at most 1, which keeps nothing."""

    path: str
    sha256: str
    strength: Annotated[float, Meta(gt=0.0, le=1.0)]


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that a video was made from. path: where it was. sha256: of its bytes."""

    path: str
    sha256: str


class Guide(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What VACE followed: a control video, a mask of what is made anew in it, pictures to show; scale: how closely, 0
    to 2. vace: where the path's weights were, if they were not the model's own."""

    control: Source | None = None
    mask: Source | None = None
    references: tuple[Source, ...] = ()
    scale: Annotated[float, Meta(ge=0.0, le=2.0)] = 1.0
    vace: str = ""


class Recipe(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="format",
    tag="lightbrush-video",
):
    """The same recipe gives the same frames, on the same version and the same kind of device.

    timeline: with the model, the size, the seed and the steps that were rendered with. fps: at which it is shown, and
    cut into blocks. attention: what it was computed in. made_with: version and device.
    """

    version: Literal[1]
    timeline: Timeline
    fps: Annotated[float, Meta(gt=0.0, le=120.0)] = FPS
    decoder: Decoder = "tiny"
    attention: Literal["bf16", "fp8"] = "bf16"
    clip: Clip | None = None
    guide: Guide | None = None
    made_with: str = ""

    @property
    def frames(self) -> int:
        """How many the video has: its last block is cut where the timeline ends."""
        return max(1, round(self.timeline.end_s * self.fps))

    def changed(self, timeline: Json | None = None, **own: object) -> Recipe:
        """With other values, of the timeline and of its own. Raises TimelineError timeline.value."""
        told = msgspec.to_builtins(self)
        changed: Recipe = convert(told | own | {"timeline": told["timeline"] | (timeline or {})}, Recipe)
        return changed

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, text: str, where: object = "") -> Recipe:
        """What `encode` gave. where: the file it is from, for the error. Raises MediaError media.recipe."""
        try:
            return msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise MediaError(
                "media.recipe",
                f"the video does not say what it was made from: {error}" if text else "the video holds no recipe",
                value=str(where),
                fix="Videos of `lightbrush video` do, as long as nothing has rewritten them",
            ) from None


def lasting(timeline: Timeline, seconds: float) -> Timeline:
    """The timeline cut to that length, or its last span held until then. Raises TimelineError timeline.value."""
    if not 0.0 < seconds <= 86_400.0:
        raise TimelineError("timeline.value", "a video lasts more than 0 and at most 86400 seconds", value=seconds)
    kept = [span for span in timeline.spans if span.start_s < seconds]
    if not kept:
        kept = [msgspec.structs.replace(timeline.spans[0], start_s=0.0, end_s=seconds)]
    ends = [min(span.end_s, after.start_s) for span, after in pairwise(kept)]
    spans = [_ending(span, end) for span, end in zip(kept, [*ends, seconds], strict=True)]
    return msgspec.structs.replace(timeline, spans=tuple(span for span in spans if span.end_s > span.start_s))


def _ending(span: Span, end_s: float) -> Span:
    return msgspec.structs.replace(span, end_s=end_s)
