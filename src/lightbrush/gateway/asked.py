"""What is asked of jobs: the body of `POST /api/jobs` (docs/jobs.md), by its `kind`."""

from __future__ import annotations

from typing import Literal

import msgspec

from lightbrush.enhance.creative import Creative
from lightbrush.shots import Prompt


class Enhance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="enhance"):
    """picture: SHA-256 of one that was put. quality: 1 to 100. priority: 1 to 100; twice as high gets twice the
    workers' time. creativity to seed: as of `creative.Creative`. engine: an image engine's id; by default the first of
    the gateway's that can paint anew."""

    picture: str
    to: str = "x4"
    model: str = "light"
    format: Literal["png", "jpeg", "webp"] = "png"
    quality: int | None = None
    priority: int | None = None
    creativity: float = 0.0
    resemblance: float = 0.7
    clarity: float = 0.5
    prompts: tuple[Prompt, ...] = ()
    engine: str | None = None
    seed: int = 0

    @property
    def wishes(self) -> Creative:
        return Creative(
            creativity=self.creativity,
            resemblance=self.resemblance,
            clarity=self.clarity,
            prompts=self.prompts,
            seed=self.seed,
        )


class Premiere(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="premiere"):
    """recording: its id. steps, fps: as of `premiere.plan.Premiere`. priority: as of Enhance."""

    recording: str
    to: str = "4k"
    model: str = "light"
    format: Literal["mp4", "png"] = "mp4"
    steps: int = 0
    fps: float = 0.0
    priority: int | None = None


Asked = Enhance | Premiere
"""Whatever may be asked."""
