"""Timelines as JSON files, in three formats.

Ours, `{"format": "lightbrush-timeline", "version": 1, ...}`, is the structs of `value.py`. Daydream Scope's timeline
export (versions 2.0 and 2.1) and its `.scope-workflow.json` (1.0) are read and written too (`scope.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args

import msgspec

from lightbrush.errors import TimelineError
from lightbrush.timeline import scope
from lightbrush.timeline.value import Json, Note, Timeline, convert

Format = Literal["lightbrush", "scope-timeline", "scope-workflow"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
MAX_BYTES: Final = 4 * 1024 * 1024
_NAME: Final = "lightbrush-timeline"


def decode(data: bytes | str, *, model: str = "", lenient: bool = False) -> tuple[Timeline, tuple[Note, ...]]:
    """Read any of the three formats, and say what in it is not done here.

    model: the model to render with, instead of the file's. lenient: read also what would not be rendered as it was
    meant. Raises TimelineError: timeline.format, timeline.value, and unless lenient timeline.unsupported.
    """
    document = _json(data)
    if document.get("format") == _NAME:
        if document.get("version") != 1:
            raise TimelineError("timeline.format", "this version is not known; 1 is", value=document.get("version"))
        own = {key: value for key, value in document.items() if key not in ("format", "version")}
        timeline, notes = convert(own, Timeline), list[Note]()
    else:
        timeline, notes = scope.decode(document, model)
    grave = [str(note) for note in notes if note.changes]
    if grave and not lenient:
        raise TimelineError(
            "timeline.unsupported",
            "; ".join(grave),
            fix="Take that out of the file, name a model of ours for its pipeline, or read it leniently",
        )
    return msgspec.structs.replace(timeline, model=model) if model else timeline, tuple(notes)


def encode(timeline: Timeline, form: Format = "lightbrush", *, now: datetime) -> bytes:
    """Write it as indented JSON.

    A file that was decoded and not changed gives the same JSON value again, whatever it says that is not known here.
    A new file of Scope's always names a model and has weights that sum to 100; its timeline export has no place for a
    name. now: when a new file of Scope's says that it was made.
    """
    if form == "lightbrush":
        document = {"format": _NAME, "version": 1} | msgspec.to_builtins(timeline)
    else:
        document = scope.encode(timeline, form, now)
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _json(data: bytes | str) -> Json:
    if len(data) > MAX_BYTES:
        raise TimelineError("timeline.format", f"a timeline's file has at most {MAX_BYTES} bytes", value=len(data))
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TimelineError("timeline.format", f"the file is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise TimelineError("timeline.format", "the file is JSON, but no object", value=document)
    return document
