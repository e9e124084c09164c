"""Daydream Scope's files: its timeline export (2.0, 2.1) and its `.scope-workflow.json` (1.0).

One table says where each value stands in both. What a file says and is not known here becomes a `Note`, and is kept:
a timeline carries the document that it came from, and only what differs from it is written anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, NamedTuple, get_type_hints

import msgspec
from msgspec import Meta, Struct

from lightbrush.errors import TimelineError
from lightbrush.shots import Interpolation
from lightbrush.timeline.value import (
    Json,
    Note,
    Phrase,
    Seconds,
    Settings,
    Span,
    Text,
    Timeline,
    Weight,
    convert,
)

Form = Literal["scope-timeline", "scope-workflow"]
Path = tuple[str, ...]
"""Keys and indices; "main" stands for the index of a workflow's main pipeline."""

MODELS: Final = {
    "krea-realtime-video": "krea-realtime-14b",
    "self-forcing-1.3b": "self-forcing-1.3b",
    "wan2.1-t2v-1.3b": "wan2.1-t2v-1.3b",
    "wan2.1-t2v-14b": "wan2.1-t2v-14b",
}
"""A pipeline's id in their files -> our model."""
UNTIMED_S: Final = 5.0
"""How long the prompts of a workflow without a timeline are held."""

UNKNOWN: Final = "not known here; not used, but kept"

_QUANTIZATIONS: Final = {"fp8_e4m3fn": "fp8"}


class _Field(NamedTuple):
    """A value of Timeline or Settings by name, and its place in a timeline export and in a workflow; () is none.

    names: theirs -> ours, where the value is a name of something.
    """

    name: str
    timeline: Path
    workflow: Path
    names: Mapping[str, str] = {}

    def place(self, form: Form, document: Json) -> Path:
        return _resolve(self.timeline if form == "scope-timeline" else self.workflow, document)

    def read(self, value: Any) -> Any:
        return self.names.get(value, value) if isinstance(value, str) else value

    def write(self, value: Any) -> Any:
        return next((theirs for theirs, ours in self.names.items() if ours == value), value)


def _setting(name: str, setting: str, param: str, names: Mapping[str, str] | None = None) -> _Field:
    return _Field(name, ("settings", *setting.split(".")), ("pipelines", "main", "params", param), names or {})


_MODEL: Final = _Field("model", ("settings", "pipelineId"), ("pipelines", "main", "pipeline_id"), MODELS)
_FIELDS: Final = (
    _MODEL,
    _Field("name", (), ("metadata", "name")),
    _setting("height", "resolution.height", "height"),
    _setting("width", "resolution.width", "width"),
    _setting("seed", "seed", "base_seed"),
    _setting("steps", "denoisingSteps", "denoising_step_list"),
    _setting("noise_scale", "noiseScale", "noise_scale"),
    _setting("noise_controller", "noiseController", "noise_controller"),
    _setting("manage_cache", "manageCache", "manage_cache"),
    _setting("quantization", "quantization", "quantization", _QUANTIZATIONS),
    _setting("attention_bias", "kvCacheAttentionBias", "kv_cache_attention_bias"),
)
_TYPES: Final = get_type_hints(Timeline, include_extras=True) | get_type_hints(Settings, include_extras=True)
_ENTRIES: Final[Mapping[Form, Path]] = {"scope-timeline": ("prompts",), "scope-workflow": ("timeline", "entries")}
_LORAS: Final[Mapping[Form, Path]] = {
    "scope-timeline": ("settings", "loras"),
    "scope-workflow": ("pipelines", "main", "loras"),
}
_INPUT: Final[Mapping[Form, Path]] = {
    "scope-timeline": ("settings", "inputMode"),
    "scope-workflow": ("pipelines", "main", "params", "input_mode"),
}
#: Places that say nothing about the video, or that are read by hand.
_OTHER: Final[Mapping[Form, tuple[Path, ...]]] = {
    "scope-timeline": (("version",), ("exportedAt",), ("settings", "loraMergeStrategy")),
    "scope-workflow": (
        ("format",),
        ("format_version",),
        ("min_scope_version",),
        ("metadata", "created_at"),
        ("metadata", "scope_version"),
        ("pipelines", "main", "pipeline_version"),
        ("pipelines", "main", "source"),
        ("pipelines", "main", "role"),
        ("prompts",),
        ("interpolation_method",),
        ("transition_steps",),
        ("temporal_interpolation_method",),
    ),
}


class _Words(Struct):
    """A `Phrase`, with room for what is not known."""

    text: Text
    weight: Weight = 1.0


class _Entry(Struct, omit_defaults=True):
    """An entry of a workflow's timeline. text: what stands in place of prompts where there is one."""

    start_time: Seconds
    end_time: Seconds
    prompts: list[_Words] | None = None
    text: Text | None = None
    transition_steps: Annotated[int, Meta(ge=0, le=1000)] | None = None
    temporal_interpolation_method: Interpolation | None = None


class _CamelEntry(_Entry, rename="camel", omit_defaults=True):
    """An entry of a timeline export: the same in camel case, so that a wrong value is told by its name there."""

    start_time: Seconds
    end_time: Seconds
    transition_steps: Annotated[int, Meta(ge=0, le=1000)] | None = None
    temporal_interpolation_method: Interpolation | None = None


_ENTRY: Final[Mapping[Form, type[_Entry]]] = {"scope-timeline": _CamelEntry, "scope-workflow": _Entry}


def form_of(document: Json) -> Form:
    """Which of the two it is. Raises TimelineError timeline.format when neither, or of a version that is not known."""
    if document.get("format") == "scope-workflow":
        form, version, known = "scope-workflow", document.get("format_version"), "1."
    elif "prompts" in document and "version" in document:
        form, version, known = "scope-timeline", document["version"], "2."
    else:
        raise TimelineError(
            "timeline.format",
            "the file is neither a timeline of ours nor a timeline export or a .scope-workflow.json of Scope's",
            value=", ".join(sorted(document)),
        )
    if not (isinstance(version, str) and version.startswith(known)):
        raise TimelineError("timeline.format", f"of {form} files version {known}x is known", value=version)
    return "scope-workflow" if form == "scope-workflow" else "scope-timeline"


def decode(document: Json, model: str = "") -> tuple[Timeline, list[Note]]:
    """Read either file. model: what is rendered with, if not the file's pipeline. Raises TimelineError."""
    form = form_of(document)
    notes = [*_newer(document, form)]
    # 1. Every value of the table that is there
    values: Json = {}
    for field in _FIELDS:
        place = field.place(form, document)
        found = _find(document, place) if place else None
        if found is not None:
            values[field.name] = convert(field.read(found), _TYPES[field.name], _text(place))
    pipeline = values.get("model", "")
    if pipeline not in ("", *MODELS.values()):
        del values["model"]
        instead = f"rendered with {model}" if model else f"the models are {', '.join(MODELS.values())}"
        at = _text(_MODEL.place(form, document))
        notes.append(Note(at, f"the pipeline {pipeline!r} is not known here; {instead}", changes=not model))
    settings = Settings(**{name: values.pop(name) for name in Settings.__struct_fields__ if name in values})
    # 2. The prompts over time
    spans = _spans(document, form, notes)
    # 3. What is not done here, and what is not known
    notes += _undone(document, form)
    known = {field.place(form, document) for field in _FIELDS} - {()}
    known |= {_resolve(place, document) for place in (_ENTRIES[form], _LORAS[form], _INPUT[form], *_OTHER[form])}
    notes += [Note(_text(place), UNKNOWN) for place in _unknown(document, known)]
    try:
        return Timeline(spans=spans, settings=settings, origin=document, **values), notes
    except ValueError as error:
        raise TimelineError("timeline.value", f"$: {error}") from None


def encode(timeline: Timeline, form: Form, now: datetime) -> Json:
    """The document that the timeline came from with what has changed since, or a new one."""
    if timeline.origin and form_of(timeline.origin) == form:
        document: Json = msgspec.json.decode(msgspec.json.encode(timeline.origin))
        before, _ = decode(timeline.origin)
        said = _values(before)
    else:
        document, before = _blank(timeline, form, now), None
        said = {"name": "", "model": "", "steps": ()} | dict.fromkeys(Settings.__struct_fields__)
    for field in _FIELDS:
        place, value = field.place(form, document), _values(timeline)[field.name]
        if place and (field.name not in said or value != said[field.name]):
            _put(document, place, field.write(value))
    if before is None or timeline.spans != before.spans:
        _put(document, _ENTRIES[form], [_entry(span, form, kept=before is not None) for span in timeline.spans])
    return document


def _newer(document: Json, form: Form) -> Iterator[Note]:
    key, known = ("version", ("2.0", "2.1")) if form == "scope-timeline" else ("format_version", ("1.0",))
    if document[key] not in known:
        yield Note(f"$.{key}", f"{document[key]} is newer than {known[-1]}, and read as if it were that")


def _spans(document: Json, form: Form, notes: list[Note]) -> tuple[Span, ...]:
    place = _text(_ENTRIES[form])
    entries = _find(document, _ENTRIES[form])
    if not entries and form == "scope-workflow" and document.get("prompts"):
        notes.append(Note("$.timeline", f"there is none; the workflow's own prompts are held for {UNTIMED_S:g} s"))
        entries = [{"start_time": 0.0, "end_time": UNTIMED_S, "prompts": document["prompts"]}]
    names = {field.encode_name for field in msgspec.structs.fields(_ENTRY[form])}
    spans: list[Span] = []
    for number, raw in enumerate(convert(entries or [], list[dict[str, Any]], place)):
        here = f"{place}[{number}]"
        entry: _Entry = convert(raw, _ENTRY[form], here)
        if entry.start_time == entry.end_time:
            notes.append(Note(here, "lasts no time; left out"))
            continue
        extra = {key: value for key, value in raw.items() if key not in names}
        phrases = entry.prompts or ([_Words(entry.text)] if entry.text else [])
        notes += [Note(f"{here}.{key}", UNKNOWN) for key in extra]
        for index, words in enumerate(raw.get("prompts") or []):
            notes += [Note(f"{here}.prompts[{index}].{key}", UNKNOWN) for key in words if key not in ("text", "weight")]
        try:
            span = Span(
                start_s=entry.start_time,
                end_s=entry.end_time,
                prompts=tuple(Phrase(words.text, words.weight) for words in phrases),
                transition_blocks=entry.transition_steps or 0,
                interpolation=entry.temporal_interpolation_method or "linear",
                extra=extra,
            )
        except ValueError as error:
            raise TimelineError("timeline.value", f"{here}: {error}") from None
        spans.append(span)
    if not spans:
        raise TimelineError("timeline.value", f"{place}: there are no prompts")
    spans.sort(key=lambda span: span.start_s)
    for before, after in pairwise(spans):
        if after.start_s < before.end_s:
            notes.append(Note(place, f"entries overlap at {after.start_s:g} s; from there on the later one counts"))
    return tuple(spans)


def _undone(document: Json, form: Form) -> Iterator[Note]:
    """What is understood, not done here, and would be seen in the video."""
    pipelines = document.get("pipelines")
    for index, pipeline in enumerate(pipelines if isinstance(pipelines, list) else []):
        if str(index) != _main(document):
            name = _find(pipeline, ("pipeline_id",))
            yield Note(f"$.pipelines[{index}]", f"{name!r} before or after the model is not done here", changes=True)
    loras, mode = _resolve(_LORAS[form], document), _resolve(_INPUT[form], document)
    if _find(document, loras):
        yield Note(_text(loras), "LoRAs are not applied here", changes=True)
    if _find(document, mode) == "video":
        yield Note(_text(mode), "a video as input is not part of a timeline here", changes=True)


def _blank(timeline: Timeline, form: Form, now: datetime) -> Json:
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    pipeline = next(iter(MODELS))
    if form == "scope-timeline":
        return {"prompts": [], "settings": {"pipelineId": pipeline}, "version": "2.1", "exportedAt": stamp}
    main = {"pipeline_id": pipeline, "source": {"type": "builtin"}, "loras": [], "params": {}, "role": "main"}
    return {
        "format": "scope-workflow",
        "format_version": "1.0",
        "metadata": {"name": timeline.name, "created_at": stamp, "scope_version": ""},
        "pipelines": [main],
        "timeline": {"entries": []},
    }


def _entry(span: Span, form: Form, *, kept: bool) -> Json:
    total = 1.0 if kept else sum(phrase.weight for phrase in span.prompts) / 100.0
    blended = span.transition_blocks > 0 or span.interpolation != "linear"
    entry = _ENTRY[form](
        start_time=span.start_s,
        end_time=span.end_s,
        prompts=[_Words(phrase.text, phrase.weight / total) for phrase in span.prompts],
        transition_steps=span.transition_blocks or None,
        temporal_interpolation_method=span.interpolation if blended else None,
    )
    written: Json = msgspec.to_builtins(entry)
    return (span.extra if kept else {}) | written


def _values(timeline: Timeline) -> Json:
    """Every value of the table by name."""
    return msgspec.structs.asdict(timeline) | msgspec.structs.asdict(timeline.settings)


def _resolve(place: Path, document: Json) -> Path:
    return tuple(_main(document) if step == "main" else step for step in place)


def _main(document: Json) -> str:
    """The index of a workflow's main pipeline: the one with that role, else the first."""
    pipelines = document.get("pipelines")
    roles = [_find(pipeline, ("role",)) for pipeline in pipelines] if isinstance(pipelines, list) else []
    return str(roles.index("main") if "main" in roles else 0)


def _find(document: Any, place: Path) -> Any:
    """What is there, else None."""
    for step in place:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def _put(document: Any, place: Path, value: object) -> None:
    for step in place[:-1]:
        if isinstance(document, dict) and not isinstance(document.get(step), dict | list):
            document[step] = {}
        document = document[int(step)] if isinstance(document, list) else document[step]
    document[place[-1]] = value


def _unknown(document: object, known: set[Path], here: Path = ()) -> Iterator[Path]:
    """The outermost places that neither are known nor lead to one that is. Other pipelines are told of elsewhere."""
    if here in known or document is None or (len(here) == 2 and here[0] == "pipelines" and not _leads(here, known)):
        return
    if isinstance(document, dict | list) and _leads(here, known):
        for step, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from _unknown(value, known, (*here, str(step)))
    else:
        yield here


def _leads(here: Path, known: set[Path]) -> bool:
    return any(place[: len(here)] == here for place in known)


def _text(place: Path) -> str:
    """JSON path, for people."""
    return "$" + "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in place)
