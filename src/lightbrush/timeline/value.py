"""The structs: a timeline, its spans of prompts, its settings, and what in a file is not done here."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from lightbrush.errors import TimelineError
from lightbrush.shots import MAX_PROMPTS, MAX_TRANSITION_BLOCKS, Blend, Interpolation, Prompt

MAX_PHRASE_CHARS: Final = 4000
"""More than the text encoder's 512 tokens."""

Json = dict[str, Any]
Side = Annotated[int, Meta(ge=64, le=4096, multiple_of=16)]
Text = Annotated[str, Meta(max_length=MAX_PHRASE_CHARS)]
Weight = Annotated[float, Meta(ge=0.0, le=1000.0)]
Seconds = Annotated[float, Meta(ge=0.0, le=86_400.0)]


class Phrase(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A text and its share. Shares are relative: 30 and 70 are what 3 and 7 are."""

    text: Text
    weight: Weight = 1.0


class Span(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the video follows from start_s on, seconds of video.

    It holds until the next span starts; after the last one's end_s the video is over. transition_blocks: over how many
    blocks it takes over from what was before; 0 and 1 are a cut. extra: what a file of Scope's said besides.
    """

    start_s: Seconds
    end_s: Seconds
    prompts: Annotated[tuple[Phrase, ...], Meta(min_length=1, max_length=MAX_PROMPTS)]
    transition_blocks: Annotated[int, Meta(ge=0, le=MAX_TRANSITION_BLOCKS)] = 0
    interpolation: Interpolation = "linear"
    extra: Json = {}

    def __post_init__(self) -> None:
        if self.end_s <= self.start_s:
            raise ValueError(f"it ends at {self.end_s} s, not after its start at {self.start_s} s")
        if not any(phrase.weight for phrase in self.prompts):
            raise ValueError("no prompt has a weight above 0")


class Settings(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How it is rendered. None: as the model does by itself.

    attention_bias: how strongly past frames count, 0 to 1. quantization: "fp8", or "" for none. noise_scale,
    noise_controller, manage_cache: Scope's, for video input; carried along.
    """

    quantization: Literal["", "fp8"] | None = None
    attention_bias: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    noise_scale: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    noise_controller: bool | None = None
    manage_cache: bool | None = None


class Timeline(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A whole video as a value.

    spans: by start. model: an id of the catalogue; empty leaves the choice to who renders. width, height: pixels,
    multiples of 16. seed: 0 to 2**32 - 1. steps: denoising times of 1000, falling; empty for the model's own.
    origin: the document of Scope's that this was read from, so that it can be written back.
    """

    name: str = ""
    model: str = ""
    width: Side = 832
    height: Side = 480
    seed: Annotated[int, Meta(ge=0, lt=2**32)] = 0
    steps: Annotated[tuple[Annotated[int, Meta(ge=0, le=1000)], ...], Meta(max_length=100)] = ()
    settings: Settings = Settings()
    spans: Annotated[tuple[Span, ...], Meta(min_length=1, max_length=10_000)]
    origin: Json = {}

    def __post_init__(self) -> None:
        if any(a.start_s > b.start_s for a, b in pairwise(self.spans)):
            raise ValueError("its spans are not in the order of their starts")
        if any(a <= b for a, b in pairwise(self.steps)):
            raise ValueError("its steps do not fall")

    @property
    def end_s(self) -> float:
        return max(span.end_s for span in self.spans)


class Moment(Struct, frozen=True, kw_only=True):
    """What one block is asked for.

    prompts: of a span, weights sum to 1. previous: what the transition comes from, as `embed` reads it; at most
    MAX_PROMPTS prompts, empty when there is none. mix: how far it is from previous to prompts, above 0, at most 1.
    """

    prompts: tuple[Prompt, ...]
    previous: tuple[Blend, ...] = ()
    mix: float = 1.0
    interpolation: Interpolation = "linear"


class Note(Struct, frozen=True):
    """Something in a file that is not done here. path: JSON path. changes: the video would not be the same."""

    path: str
    text: str
    changes: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


def convert(value: object, kind: Any, path: str = "$") -> Any:
    """The value as that type. Raises TimelineError with the JSON path of what is wrong, and what is there."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        place = place.rstrip("`")
        raise TimelineError("timeline.value", f"{path}{place}: {reason}", value=_shown(value, place)) from None


def _shown(value: Any, place: str) -> object:
    """What is at a path such as `.prompts[0].weight`; nothing when it is not there or long."""
    for step in place.replace("[", ".").replace("]", "").split(".")[1:]:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return ""
    return "" if isinstance(value, dict | list) else value
