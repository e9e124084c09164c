"""Timelines: what a block is asked for, and three file formats that lose nothing."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightbrush.errors import TimelineError
from lightbrush.shots import MAX_PROMPTS, Blend, Interpolation, Prompt
from lightbrush.timeline import (
    FORMATS,
    Moment,
    Phrase,
    Settings,
    Span,
    Timeline,
    at,
    block_count,
    decode,
    encode,
    first_frame,
    following,
)

NOW = datetime(2026, 11, 21, 9, 30, 0, 125_000, tzinfo=UTC)
BLOOM = Path(__file__).parents[2] / "examples" / "timelines" / "bloom.json"
FPS = 16.0


def scope_timeline(**changes: Any) -> dict[str, Any]:
    """A timeline export of version 2.1 with everything that one may hold."""
    return {
        "prompts": [
            {"startTime": 0, "endTime": 4.5, "prompts": [{"text": "a bud", "weight": 100}]},
            {
                "startTime": 4.5,
                "endTime": 10.25,
                "prompts": [{"text": "a bloom", "weight": 33.3}, {"text": "silk", "weight": 66.7}],
                "transitionSteps": 4,
                "temporalInterpolationMethod": "slerp",
            },
        ],
        "settings": {
            "pipelineId": "krea-realtime-video",
            "inputMode": "text",
            "resolution": {"height": 320, "width": 576},
            "seed": 42,
            "denoisingSteps": [1000, 750, 500, 250],
            "noiseScale": 0.7,
            "noiseController": True,
            "manageCache": True,
            "quantization": "fp8_e4m3fn",
            "kvCacheAttentionBias": 0.3,
            "loras": [],
            "loraMergeStrategy": "permanent_merge",
        },
        "version": "2.1",
        "exportedAt": "2025-12-02T18:11:54.021Z",
    } | changes


def workflow(**changes: Any) -> dict[str, Any]:
    """A .scope-workflow.json of version 1.0."""
    return {
        "format": "scope-workflow",
        "format_version": "1.0",
        "metadata": {"name": "Bloom", "created_at": "2026-02-03T10:00:00.000Z", "scope_version": "0.1.4"},
        "pipelines": [
            {
                "pipeline_id": "krea-realtime-video",
                "pipeline_version": "0.1.0",
                "source": {"type": "builtin", "plugin_name": None},
                "loras": [],
                "params": {"height": 480, "width": 832, "base_seed": 7, "denoising_step_list": [1000, 500]},
                "role": "main",
            }
        ],
        "timeline": {
            "entries": [
                {"start_time": 0, "end_time": 5, "prompts": [{"text": "a bud", "weight": 1.0}]},
                {
                    "start_time": 5,
                    "end_time": 9,
                    "prompts": [{"text": "a bloom", "weight": 100}],
                    "transition_steps": 3,
                    "temporal_interpolation_method": None,
                },
            ]
        },
        "prompts": [{"text": "a bud", "weight": 100}],
        "interpolation_method": "linear",
        "transition_steps": 4,
        "temporal_interpolation_method": "slerp",
        "min_scope_version": None,
    } | changes


def spans(*parts: tuple[float, float, str, int]) -> Timeline:
    """start, end, text, transition of each."""
    made = (Span(start_s=s, end_s=e, prompts=(Phrase(t),), transition_blocks=n) for s, e, t, n in parts)
    return Timeline(spans=tuple(made))


def weights(moment: Moment) -> dict[str, float]:
    return {prompt.text: prompt.weight for prompt in moment.prompts}


def problem(data: object, **options: Any) -> tuple[str, str]:
    with pytest.raises(TimelineError) as caught:
        decode(data if isinstance(data, str | bytes) else json.dumps(data), **options)
    return caught.value.code, str(caught.value)


# What a block is asked for


def test_blocks_follow_one_another_without_gaps() -> None:
    assert [first_frame(block) for block in range(4)] == [0, 9, 21, 33]


@pytest.mark.parametrize(("end_s", "blocks"), [(0.1, 1), (9 / 16, 1), (10 / 16, 2), (21 / 16, 2), (22 / 16, 3)])
def test_the_blocks_cover_the_timeline_and_no_more(end_s: float, blocks: int) -> None:
    assert block_count(spans((0, end_s, "a", 0)), FPS) == blocks


def test_a_span_takes_over_at_the_block_that_holds_its_start_nearest() -> None:
    """Block 1 is frames 9 to 20: its middle is frame 15."""
    for start_frame, block in [(4, 0), (5, 1), (15, 1), (16, 2), (27, 2), (28, 3)]:
        timeline = spans((0, 1, "a", 0), (start_frame / FPS, 9, "b", 0))
        assert weights(at(timeline, block, FPS)) == {"b": 1.0}, start_frame
        if block:
            assert weights(at(timeline, block - 1, FPS)) == {"a": 1.0}, start_frame


def test_a_transition_moves_from_its_first_block_and_arrives_in_its_last() -> None:
    timeline = spans((0, 3, "a", 0), (3, 9, "b", 4))
    first = next(block for block in range(99) if weights(at(timeline, block, FPS)) == {"b": 1.0})
    moments = [at(timeline, first + step, FPS) for step in range(-1, 5)]
    assert [moment.mix for moment in moments] == [1.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    assert [bool(moment.previous) for moment in moments] == [False, True, True, True, False, False]


@pytest.mark.parametrize("blocks", [0, 1])
def test_a_transition_of_no_blocks_is_a_cut(blocks: int) -> None:
    timeline = spans((0, 3, "a", 0), (3, 9, "b", blocks))
    assert all(at(timeline, block, FPS).mix == 1.0 for block in range(12))


def test_the_first_span_needs_no_transition_and_no_start_at_zero() -> None:
    assert at(spans((2, 3, "a", 8)), 0, FPS) == at(spans((0, 3, "a", 0)), 0, FPS)


def test_shares_are_relative_and_the_same_words_count_together() -> None:
    prompts = (Phrase("a", 30), Phrase("b", 60), Phrase("a", 10), Phrase("c", 0))
    moment = at(Timeline(spans=(Span(start_s=0, end_s=1, prompts=prompts),)), 0, FPS)
    assert weights(moment) == pytest.approx({"a": 0.4, "b": 0.6})


def test_a_span_that_interrupts_a_transition_starts_from_where_that_one_was() -> None:
    timeline = spans((0, 3, "a", 0), (3, 4.5, "b", 4), (4.5, 20, "c", 10))
    moment = next(m for block in range(99) if weights(m := at(timeline, block, FPS)) == {"c": 1.0})
    assert moment.previous == (Blend((Prompt("a"),)), Blend((Prompt("b"),), 0.5))


def test_of_what_interrupted_transitions_pile_up_what_counts_least_is_let_go() -> None:
    timeline = spans(*((n * 0.75, n * 0.75 + 1, f"p{n}", 8) for n in range(40)))
    moments = [at(timeline, block, FPS) for block in range(block_count(timeline, FPS))]
    held = [[prompt.text for blend in moment.previous for prompt in blend.prompts] for moment in moments]
    assert max(map(len, held)) == MAX_PROMPTS
    assert held[-1] == [f"p{n}" for n in range(23, 39)]
    slow = spans(*((n * 0.75, n * 0.75 + 1, f"p{n}", 500) for n in range(40)))
    held_longest = at(slow, block_count(slow, FPS), FPS).previous[0]
    assert held_longest.prompts == (Prompt("p0"),), "nearly all of it still"


# Live, where what comes next is not known.


def follow(*asked: tuple[str, int], interpolation: Interpolation = "linear") -> list[Moment]:
    """A block for each text and transition asked for."""
    moments: list[Moment] = []
    for text, blocks in asked:
        before = moments[-1] if moments else None
        moments.append(following(before, (Prompt(text),), blocks, interpolation))
    return moments


@pytest.mark.parametrize("blocks", [0, 1, 2, 3, 7, 10, 49])
def test_a_live_transition_takes_as_many_blocks_as_it_was_given(blocks: int) -> None:
    moments = follow(("a", 0), *[("b", blocks)] * 60)[1:]
    wanted = [min(1.0, (n + 1) / max(1, blocks)) for n in range(60)]
    assert [moment.mix for moment in moments] == pytest.approx(wanted)
    assert [moment.previous for moment in moments] == [(Blend((Prompt("a"),)),) if mix < 1 else () for mix in wanted]


def test_a_live_transition_is_that_of_a_timeline() -> None:
    timeline = spans((0, 3, "a", 3), (3, 4.5, "b", 4), (4.5, 20, "c", 8))
    moments = [at(timeline, block, FPS) for block in range(20)]
    asked = [(moment.prompts[0].text, {"a": 3, "b": 4, "c": 8}[moment.prompts[0].text]) for moment in moments]
    assert follow(*asked) == moments


def test_a_live_transition_that_is_broken_into_is_gone_on_from_where_it_was() -> None:
    half, next_ = follow(("a", 0), ("b", 4), ("b", 4), ("c", 2))[-2:]
    assert next_.mix == half.mix == 0.5
    assert next_.previous == (*half.previous, Blend(half.prompts, 0.5))
    third = follow(("a", 0), ("b", 3), ("c", 5), ("d", 7))[-1].previous
    assert [blend.mix for blend in third] == pytest.approx([1.0, 1 / 3, 1 / 5])
    back = follow(("a", 0), ("b", 4), ("b", 4), ("a", 4))[-1]
    assert (back.prompts, back.mix) == ((Prompt("a"),), 0.25)


def test_the_same_prompts_again_go_on_and_may_change_the_pace() -> None:
    assert [m.mix for m in follow(("a", 0), ("b", 4), ("b", 8), ("b", 2), ("b", 4))[1:]] == [0.25, 0.375, 0.875, 1.0]
    assert follow(("a", 0), ("b", 4), ("b", 0))[-1] == Moment(prompts=(Prompt("b"),))
    assert follow(("a", 0), ("b", 2), ("b", 2), ("b", 9))[-1].mix == 1.0


def test_prompts_without_weight_are_let_go_before_any_that_count() -> None:
    before = Moment(prompts=(Prompt("a", 0.0), Prompt("b", 2.0)))
    assert following(before, (Prompt("c"),), 2, "linear").previous == (Blend((Prompt("b", 2.0),)),)


def test_after_the_last_span_its_prompts_hold() -> None:
    assert weights(at(spans((0, 1, "a", 0), (1, 2, "b", 0)), 10_000, FPS)) == {"b": 1.0}


@given(
    starts=st.lists(st.floats(0, 60), min_size=1, max_size=6),
    transition=st.integers(0, 12),
    block=st.integers(0, 120),
    fps=st.floats(4, 60),
)
def test_weights_always_sum_to_one(starts: list[float], transition: int, block: int, fps: float) -> None:
    timeline = spans(*((s, s + 1, f"p{n}", transition) for n, s in enumerate(sorted(starts))))
    moment = at(timeline, block, fps)
    assert sum(prompt.weight for prompt in moment.prompts) == pytest.approx(1.0)
    assert 0.0 < moment.mix <= 1.0
    assert bool(moment.previous) == (moment.mix < 1.0)
    assert all(0.0 < blend.mix <= 1.0 and blend.prompts for blend in moment.previous)


# Files


def test_the_example_is_a_timeline_of_ours() -> None:
    timeline, notes = decode(BLOOM.read_bytes())
    assert notes == ()
    assert (timeline.name, timeline.model, timeline.end_s) == ("Bloom", "krea-realtime-14b", 36.0)
    assert encode(timeline, now=NOW) == BLOOM.read_bytes()


def test_a_timeline_export_is_read() -> None:
    timeline, notes = decode(json.dumps(scope_timeline()))
    assert notes == ()
    assert (timeline.model, timeline.width, timeline.height, timeline.seed) == ("krea-realtime-14b", 576, 320, 42)
    assert timeline.steps == (1000, 750, 500, 250)
    assert timeline.settings == Settings(
        quantization="fp8", attention_bias=0.3, noise_scale=0.7, noise_controller=True, manage_cache=True
    )
    assert timeline.spans[1] == Span(
        start_s=4.5,
        end_s=10.25,
        prompts=(Phrase("a bloom", 33.3), Phrase("silk", 66.7)),
        transition_blocks=4,
        interpolation="slerp",
    )


def test_version_2_0_has_no_input_mode_and_may_have_no_settings() -> None:
    document = scope_timeline(version="2.0")
    del document["settings"]
    timeline, notes = decode(json.dumps(document))
    assert (notes, timeline.model, timeline.width) == ((), "", 832)


def test_a_workflow_is_read() -> None:
    timeline, notes = decode(json.dumps(workflow()))
    assert notes == ()
    assert (timeline.name, timeline.model, timeline.seed, timeline.steps) == (
        "Bloom",
        "krea-realtime-14b",
        7,
        (1000, 500),
    )
    assert [(span.start_s, span.transition_blocks) for span in timeline.spans] == [(0.0, 0), (5.0, 3)]


def test_a_workflow_without_a_timeline_holds_its_own_prompts() -> None:
    timeline, notes = decode(json.dumps(workflow(timeline=None)))
    assert [span.prompts for span in timeline.spans] == [(Phrase("a bud", 100),)]
    assert [note.path for note in notes] == ["$.timeline"]


STRANGE = {
    "timeline 2.1": scope_timeline(),
    "timeline 2.0": scope_timeline(version="2.0"),
    "timeline, unknown fields": scope_timeline(
        settings={"pipelineId": "krea-realtime-video", "vaceEnabled": True, "quantization": None, "x": [1, {"y": 2.5}]},
        prompts=[{"startTime": 1.0, "endTime": 2, "text": "a", "color": "#fff", "isLive": False}],
        markers=[{"at": 3}],
    ),
    "timeline, no settings": {"prompts": scope_timeline()["prompts"], "version": "2.1"},
    "timeline, out of order": scope_timeline(prompts=scope_timeline()["prompts"][::-1]),
    "workflow": workflow(),
    "workflow, no timeline": workflow(timeline=None),
    "workflow, unknown fields": workflow(
        graph={"nodes": [], "edges": []}, timeline=workflow()["timeline"] | {"fps": 16}
    ),
    "workflow, no roles": workflow(pipelines=[{"pipeline_id": "krea-realtime-video", "params": {}}]),
    "workflow, more pipelines": workflow(
        pipelines=[{"pipeline_id": "depth", "role": "preprocessor"}, *workflow()["pipelines"]]
    ),
}


@pytest.mark.parametrize("document", STRANGE.values(), ids=STRANGE)
def test_what_nobody_changed_is_written_back_as_it_was(document: dict[str, Any]) -> None:
    timeline, _ = decode(json.dumps(document), lenient=True)
    form = "scope-workflow" if "format" in document else "scope-timeline"
    assert json.loads(encode(timeline, form, now=NOW)) == document
    again, _ = decode(encode(timeline, now=NOW))
    assert again == timeline, "through our own format too"
    assert json.loads(encode(again, form, now=NOW)) == document


def test_what_was_changed_is_written_and_the_rest_kept() -> None:
    timeline, _ = decode(json.dumps(STRANGE["timeline, unknown fields"]))
    span = msgspec.structs.replace(timeline.spans[0], end_s=3.0)
    changed = msgspec.structs.replace(timeline, seed=9, spans=(span,))
    written = json.loads(encode(changed, "scope-timeline", now=NOW))
    assert written["settings"] == STRANGE["timeline, unknown fields"]["settings"] | {"seed": 9}
    prompt = {"startTime": 1, "endTime": 3, "prompts": [{"text": "a", "weight": 1}], "color": "#fff", "isLive": False}
    assert written["prompts"] == [prompt]
    assert written["markers"] == [{"at": 3}]


@pytest.mark.parametrize("form", FORMATS)
def test_a_new_timeline_survives_every_format(form: Any) -> None:
    timeline = Timeline(
        name="Bloom" if form != "scope-timeline" else "",
        model="krea-realtime-14b",
        width=576,
        height=320,
        seed=2**32 - 1,
        steps=(1000, 500),
        settings=Settings(quantization="fp8", attention_bias=0.25, manage_cache=False),
        spans=(
            Span(start_s=0.5, end_s=2.0, prompts=(Phrase("é 雪", 25.0), Phrase("b", 75.0))),
            Span(start_s=2.0, end_s=3.0, prompts=(Phrase("c", 100.0),), transition_blocks=3, interpolation="slerp"),
        ),
    )
    again, notes = decode(encode(timeline, form, now=NOW))
    assert notes == ()
    assert msgspec.structs.replace(again, origin={}) == timeline


def test_new_files_of_scopes_have_its_units_and_say_when_they_were_made() -> None:
    timeline, _ = decode(BLOOM.read_bytes())
    export = json.loads(encode(timeline, "scope-timeline", now=NOW))
    assert (export["version"], export["exportedAt"]) == ("2.1", "2026-11-21T09:30:00.125Z")
    assert [prompt["weight"] for prompt in export["prompts"][2]["prompts"]] == [75.0, 25.0]
    assert export["prompts"][1].keys() == {
        "startTime",
        "endTime",
        "prompts",
        "transitionSteps",
        "temporalInterpolationMethod",
    }
    made = json.loads(encode(timeline, "scope-workflow", now=NOW))
    assert made["metadata"]["created_at"] == "2026-11-21T09:30:00.125Z"
    assert made["pipelines"][0]["params"] == {"height": 480, "width": 832, "base_seed": 20}


# What a file says and is not done here


def test_unknown_fields_are_told_with_their_place_and_are_not_fatal() -> None:
    _, notes = decode(json.dumps(STRANGE["timeline, unknown fields"]))
    places = {"$.settings.vaceEnabled", "$.settings.x", "$.markers", "$.prompts[0].color", "$.prompts[0].isLive"}
    assert {note.path for note in notes} == places
    _, notes = decode(json.dumps(STRANGE["workflow, unknown fields"]))
    assert {note.path for note in notes} == {"$.graph", "$.timeline.fps"}
    assert not any(note.changes for note in notes)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (scope_timeline(settings={"pipelineId": "longlive"}), "$.settings.pipelineId"),
        (scope_timeline(settings={"loras": [{"path": "x.safetensors", "scale": 1.0}]}), "$.settings.loras"),
        (scope_timeline(settings={"inputMode": "video"}), "$.settings.inputMode"),
        (workflow(pipelines=[workflow()["pipelines"][0] | {"pipeline_id": "longlive"}]), "$.pipelines[0].pipeline_id"),
        (STRANGE["workflow, more pipelines"], "$.pipelines[0]"),
    ],
)
def test_what_changes_the_video_is_fatal_unless_it_is_accepted(document: dict[str, Any], place: str) -> None:
    code, text = problem(document)
    assert code == "timeline.unsupported"
    assert place in text
    timeline, notes = decode(json.dumps(document), lenient=True)
    assert [note.path for note in notes if note.changes] == [place]
    assert timeline.spans


def test_an_unknown_pipeline_can_be_replaced_by_a_model_of_ours() -> None:
    document = scope_timeline(settings={"pipelineId": "longlive", "seed": 3})
    timeline, notes = decode(json.dumps(document), model="self-forcing-1.3b")
    assert (timeline.model, timeline.seed) == ("self-forcing-1.3b", 3)
    assert [(note.path, note.changes) for note in notes] == [("$.settings.pipelineId", False)]
    assert json.loads(encode(timeline, "scope-timeline", now=NOW))["settings"]["pipelineId"] == "self-forcing-1.3b"


def test_a_newer_minor_version_is_read_and_told() -> None:
    _, notes = decode(json.dumps(scope_timeline(version="2.9")))
    assert [note.path for note in notes] == ["$.version"]


def test_overlaps_and_empty_entries_are_told() -> None:
    entries = [
        {"startTime": 0, "endTime": 5, "prompts": [{"text": "a", "weight": 100}]},
        {"startTime": 3, "endTime": 3, "prompts": [{"text": "b", "weight": 100}]},
        {"startTime": 4, "endTime": 8, "prompts": [{"text": "c", "weight": 100}]},
    ]
    timeline, notes = decode(json.dumps(scope_timeline(prompts=entries)))
    assert len(timeline.spans) == 2
    assert [note.path for note in notes] == ["$.prompts[1]", "$.prompts"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        "[]",
        "{}",
        '{"prompts": []}',
        '{"a": ' * 100_000,
        json.dumps(scope_timeline(version="3.0")),
        json.dumps(scope_timeline(version=2.1)),
        json.dumps(workflow(format_version="2.0")),
        '{"format": "lightbrush-timeline", "version": 2}',
        b" " * (4 * 1024 * 1024 + 1),
    ],
    ids=range(11),
)
def test_what_is_no_timeline_is_refused(data: str | bytes) -> None:
    assert problem(data)[0] == "timeline.format"


BUD = {"start_s": 0, "end_s": 1, "prompts": [{"text": "a bud"}]}


def entry(**changes: Any) -> dict[str, Any]:
    return scope_timeline(prompts=[{"startTime": 0, "endTime": 1, "prompts": [{"text": "a", "weight": 1}]} | changes])


@pytest.mark.parametrize(
    ("document", "place", "seen"),
    [
        (scope_timeline(prompts=[]), "$.prompts", ""),
        (scope_timeline(prompts=[5]), "$.prompts[0]", "5"),
        (scope_timeline(settings={"seed": -1}), "$.settings.seed", "-1"),
        (scope_timeline(settings={"seed": "42"}), "$.settings.seed", "42"),
        (scope_timeline(settings={"resolution": {"width": 830}}), "$.settings.resolution.width", "830"),
        (scope_timeline(settings={"denoisingSteps": [1000, 2000]}), "$.settings.denoisingSteps[1]", "2000"),
        (scope_timeline(settings={"denoisingSteps": [250, 1000]}), "steps do not fall", ""),
        (scope_timeline(settings={"quantization": "int3"}), "$.settings.quantization", "int3"),
        (entry(endTime=-1), "$.prompts[0].endTime", "-1"),
        (entry(startTime=2), "$.prompts[0]: it ends at 1.0 s", ""),
        (entry(prompts=[{"text": "a", "weight": 0}]), "$.prompts[0]: no prompt has a weight", ""),
        (entry(prompts=[{"text": "a", "weight": "much"}]), "$.prompts[0].prompts[0].weight", "much"),
        (entry(transitionSteps=2.5), "$.prompts[0].transitionSteps", "2.5"),
        (entry(temporalInterpolationMethod="cubic"), "$.prompts[0].temporalInterpolationMethod", "cubic"),
        (workflow(timeline={"entries": [{"start_time": 0}]}), "$.timeline.entries[0]", "end_time"),
        ({"format": "lightbrush-timeline", "version": 1, "spans": [BUD], "sede": 4}, "$", "sede"),
        ({"format": "lightbrush-timeline", "version": 1, "spans": [{"start_s": 1}]}, "$.spans[0]", "end_s"),
    ],
)
def test_a_wrong_value_is_told_with_its_place_in_the_file(document: dict[str, Any], place: str, seen: str) -> None:
    code, text = problem(document)
    assert code == "timeline.value"
    assert place in text
    assert seen in text


KEYS = "prompts settings pipelines timeline entries version format startTime endTime start_time params text weight role"
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=6),
    max_leaves=20,
)


@given(ANY_JSON)
def test_whatever_the_json_a_timeline_error_is_the_worst(value: Any) -> None:
    for document in (
        value,
        {"prompts": value, "version": "2.1"},
        scope_timeline(settings=value),
        scope_timeline(prompts=[value]),
        workflow(pipelines=value),
        workflow(timeline=value),
        workflow(metadata=value),
    ):
        with suppress(TimelineError):
            timeline, _ = decode(json.dumps(document), lenient=True)
            encode(timeline, "scope-workflow", now=NOW)
            encode(timeline, "scope-timeline", now=NOW)
