"""The bytes on the socket: what is written is what is read, and nothing else is accepted."""

from __future__ import annotations

import json
import runpy
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightbrush import wire
from lightbrush.errors import LightbrushError
from lightbrush.shots import Asset, Frame, Prompt, Reference, Region
from lightbrush.wire import HEADER, Kind, Message

GOLDEN = Path(__file__).parents[1] / "golden"
WRITER = runpy.run_path(str(GOLDEN / "write.py"))
SHOT: bytes = (GOLDEN / "shot.bin").read_bytes()

assets = st.builds(Asset, st.text("0123456789abcdef", min_size=64, max_size=64))
prompt_lists = st.lists(st.builds(Prompt, st.text(max_size=30), st.floats(-2, 2)), max_size=4).map(tuple)
reference_lists = st.lists(st.builds(Reference, assets, st.floats(-2, 2)), max_size=3).map(tuple)
regions = st.builds(
    Region,
    mask=st.binary(max_size=40),
    prompts=prompt_lists,
    references=reference_lists,
    strength=st.floats(0, 1),
    feather=st.floats(0, 0.5),
)
frames = st.builds(
    Frame,
    engine=st.text(max_size=20),
    width=st.integers(0, 2**31),
    height=st.integers(0, 2**31),
    prompts=prompt_lists,
    references=reference_lists,
    seed=st.integers(0, 2**32 - 1),
    seed_to=st.integers(0, 2**32 - 1),
    seed_mix=st.floats(0, 1),
    steps=st.integers(0, 100),
    strength=st.floats(0, 1),
    parameters=st.dictionaries(
        st.text(max_size=8),
        st.one_of(st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=8)),
    ),
    accept=st.sampled_from(["image/jpeg", "image/png"]),
    quality=st.integers(1, 100),
    sketch=st.binary(max_size=200),
    base=st.none() | assets,
    mask=st.binary(max_size=200),
    regions=st.lists(regions, max_size=3).map(tuple),
)


def code_of(data: bytes) -> str:
    with pytest.raises(LightbrushError) as caught:
        wire.decode_shot(wire.unpack(data))
    return caught.value.code


@pytest.mark.parametrize("name", sorted(WRITER["files"]()))
def test_golden_files_are_what_this_version_writes(name: str) -> None:
    assert (GOLDEN / name).read_bytes() == WRITER["files"]()[name]


@pytest.mark.parametrize(
    ("name", "decode"),
    [
        ("welcome", wire.decode_welcome),
        ("shot", wire.decode_shot),
        ("shot-regions", wire.decode_shot),
        ("picture", wire.decode_picture),
        ("problem", wire.decode_problem),
        ("status", wire.decode_status),
        ("hello", wire.decode_hello),
        ("asset", wire.decode_asset),
        ("block", wire.decode_block),
        ("footage", wire.decode_footage),
        ("tile", wire.decode_tile),
        ("enlarged", wire.decode_enlarged),
    ],
)
def test_golden_bytes_decode_to_the_golden_value(name: str, decode: object) -> None:
    message = wire.unpack((GOLDEN / f"{name}.bin").read_bytes())
    assert decode(message) == WRITER["messages"]()[name][1]  # type: ignore[operator]
    assert json.loads((GOLDEN / "golden.json").read_bytes())[name]["kind"] == message.kind


@given(st.integers(0, 2**32 - 1), frames)
def test_a_shot_survives_the_wire(seq: int, frame: Frame) -> None:
    message = wire.unpack(wire.encode_shot(seq, frame))
    assert (message.seq, wire.decode_shot(message)) == (seq, frame)


def test_a_shot_without_regions_is_written_as_it_was_before_there_were_any() -> None:
    assert "regions" not in msgspec.msgpack.decode(wire.unpack(SHOT).meta)


@pytest.mark.parametrize("mask_bytes", [-1, 10_000])
def test_masks_of_regions_that_the_payload_does_not_hold_are_refused(mask_bytes: int) -> None:
    whole = wire.unpack((GOLDEN / "shot-regions.bin").read_bytes())
    meta = msgspec.msgpack.decode(whole.meta)
    meta["regions"][0]["mask_bytes"] = mask_bytes
    message = msgspec.structs.replace(whole, meta=msgspec.msgpack.encode(meta))
    with pytest.raises(LightbrushError, match=r"wire\.meta"):
        wire.decode_shot(message)


def test_a_block_of_jpegs_is_written_as_it_was_before_there_was_a_choice() -> None:
    whole = wire.unpack((GOLDEN / "block.bin").read_bytes())
    assert "accept" not in msgspec.msgpack.decode(whole.meta)
    block = msgspec.structs.replace(wire.decode_block(whole), accept="image/png")
    assert wire.decode_block(wire.unpack(wire.encode_block(1, block))) == block
    meta = msgspec.msgpack.encode(msgspec.msgpack.decode(whole.meta) | {"accept": "image/gif"})
    with pytest.raises(LightbrushError, match=r"shot\.accept"):
        wire.decode_block(msgspec.structs.replace(whole, meta=meta))


def test_footage_whose_frames_are_longer_than_its_payload_is_refused() -> None:
    whole = wire.unpack((GOLDEN / "footage.bin").read_bytes())
    for frame_bytes in ([len(whole.payload) + 1], [-1, 2]):
        meta = msgspec.msgpack.decode(whole.meta) | {"frame_bytes": frame_bytes}
        message = msgspec.structs.replace(whole, meta=msgspec.msgpack.encode(meta))
        with pytest.raises(LightbrushError, match=r"wire\.meta"):
            wire.decode_footage(message)


@pytest.mark.parametrize(
    "wrong",
    [{"width": 3}, {"channels": 0}, {"channels": 5}, {"kept": [0, 0, 3, 1]}, {"kept": [1, 0, 1, 1]}, {"width": -2}],
)
def test_a_tile_whose_pixels_are_not_what_it_says_is_refused(wrong: dict[str, object]) -> None:
    whole = wire.unpack((GOLDEN / "tile.bin").read_bytes())
    meta = msgspec.msgpack.encode(msgspec.msgpack.decode(whole.meta) | wrong)
    with pytest.raises(LightbrushError, match=r"wire\.meta"):
        wire.decode_tile(msgspec.structs.replace(whole, meta=meta))


def test_an_enlarged_tile_of_another_length_than_it_says_is_refused() -> None:
    whole = wire.unpack((GOLDEN / "enlarged.bin").read_bytes())
    with pytest.raises(LightbrushError, match=r"wire\.meta"):
        wire.decode_enlarged(msgspec.structs.replace(whole, payload=whole.payload[:-1]))


@given(st.integers(0, len(SHOT) - 1))
def test_a_shot_cut_short_anywhere_is_truncated(length: int) -> None:
    assert code_of(SHOT[:length]) == "wire.truncated"


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(LightbrushError):
        wire.decode_shot(wire.unpack(data))


@given(st.integers(0, len(SHOT) - 1), st.integers(0, 255))
def test_a_flipped_byte_never_raises_anything_but_our_errors(index: int, value: int) -> None:
    damaged = bytearray(SHOT)
    damaged[index] = value
    with suppress(LightbrushError):
        wire.decode_shot(wire.unpack(bytes(damaged)))


def _header(**changed: object) -> bytes:
    parts: dict[str, object] = {"magic": b"LB", "version": 1, "kind": 2, "seq": 1, "meta": 0, "payload": 0}
    return HEADER.pack(*(parts | changed).values())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "wire.truncated"),
        (_header(magic=b"XX"), "wire.magic"),
        (_header(version=2), "wire.version"),
        (_header(kind=99), "wire.kind"),
        (_header(kind=3), "wire.kind"),
        (_header(meta=2**31), "wire.too_large"),
        (_header(payload=2**32 - 1), "wire.too_large"),
        (_header(payload=1000), "wire.truncated"),
        (SHOT + b"x", "wire.trailing"),
    ],
)
def test_a_header_that_lies_is_found_out(data: bytes, code: str) -> None:
    assert code_of(data) == code


def _shot_with(name: str, raw: bytes) -> bytes:
    """A shot whose one extra field holds these MessagePack bytes."""
    pairs = {"engine": "blur", "width": 64, "height": 64}
    encoded = b"".join(msgspec.msgpack.encode(k) + msgspec.msgpack.encode(v) for k, v in pairs.items())
    return wire.pack(Kind.SHOT, 1, bytes([0x84]) + encoded + msgspec.msgpack.encode(name) + raw)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("prompts", b"\x91" * 60_000),
        ("prompts", b"\xdd\xff\xff\xff\xff"),
        ("parameters", b"\xdf\xff\xff\xff\xff"),
        ("parameters", b"\x81\xdb\xff\xff\xff\xff"),
        ("parameters", b"\x81\xa1\xff\x01"),
        ("width", b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"),
        ("references", b"\x91" * 60_000),
        ("references", b"\x91\x92\xa0\xa0"),
        ("mask_bytes", b"\x01"),
        ("mask_bytes", b"\xff"),
        ("mask_bytes", b"\xcf" + b"\xff" * 8),
        ("unheard_of", b"\x91" * 60_000),
        ("x" * 50_000, b"\xc0"),
    ],
    ids=[
        "deep",
        "huge array",
        "huge map",
        "huge text",
        "bad utf-8",
        "nan for an integer",
        "deep references",
        "a reference's weight is text",
        "mask beyond the payload",
        "mask of less than nothing",
        "endless mask",
        "unknown",
        "long name",
    ],
)
def test_messagepack_bombs_are_refused_with_a_short_answer(name: str, raw: bytes) -> None:
    with pytest.raises(LightbrushError) as caught:
        wire.decode_shot(wire.unpack(_shot_with(name, raw)))
    assert caught.value.code == "wire.meta"
    assert len(wire.encode_problem(1, caught.value.problem)) < 1000


def test_deep_nesting_in_a_field_that_is_skipped_is_refused_too() -> None:
    meta = b"\x83" + b"".join(map(msgspec.msgpack.encode, ("state", "x", "workers", 1, "new"))) + b"\x91" * 60_000
    with pytest.raises(LightbrushError) as caught:
        wire.decode_status(Message(Kind.STATUS, 0, meta, b""))
    assert caught.value.code == "wire.meta"


def test_an_answer_in_a_format_not_offered_is_refused_by_name() -> None:
    assert code_of(_shot_with("accept", msgspec.msgpack.encode("image/tiff"))) == "shot.accept"


def test_the_seq_of_an_unusable_message_is_found_where_there_is_one() -> None:
    assert wire.seq_of(_header(version=9, seq=7)) == 7
    assert wire.seq_of(b"LB\x01") == 0
    assert wire.seq_of(b"XX" + bytes(20)) == 0
