"""Bytes on the socket <-> values: the one definition of the wire format. docs/PROTOCOL.md specifies it for
others.

Every message is a 16-byte little-endian header, a MessagePack map (`meta`), then raw bytes (`payload`):

    offset  size  field
    0       2     magic, the bytes "LB"
    2       1     version, 1
    3       1     kind, see `Kind`
    4       4     seq, unsigned: chosen by the asker, echoed by the answer
    8       4     meta length in bytes, unsigned
    12      4     payload length in bytes, unsigned

A WebSocket message carries exactly one message. Between gateway and worker the same messages follow each
other on a stream socket; the header says where each ends.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum
from itertools import accumulate, pairwise
from typing import Final, TypeVar

import msgspec

from lightbrush.errors import Problem, ShotError, WireError, shorten
from lightbrush.shots import (
    ENCODINGS,
    Anew,
    Asset,
    Blend,
    Block,
    EncodedFootage,
    EncodedPicture,
    Encoding,
    EngineCard,
    EnlargedTile,
    Frame,
    Interpolation,
    Prompt,
    Reference,
    Region,
    Still,
    Tile,
)

MAGIC: Final = b"LB"
VERSION: Final = 1
HEADER: Final = struct.Struct("<2sBBIII")
MAX_META_BYTES: Final = 64 * 1024
MAX_PAYLOAD_BYTES: Final = 16 * 1024 * 1024
MAX_LINK_PAYLOAD_BYTES: Final = 64 * 1024 * 1024
"""Between gateway and worker: a block's frames without loss, and its context."""


class Kind(IntEnum):
    """Who sends what. c: client, g: gateway, w: worker."""

    WELCOME = 1  # g -> c, once, first
    SHOT = 2  # c -> g -> w
    PICTURE = 3  # w -> g -> c
    PROBLEM = 4  # either way; seq 0 when it answers no shot
    STATUS = 5  # g -> c, when the fleet's state changes
    HELLO = 6  # w -> g, once, first
    ASSET = 7  # g -> w, before the first shot that names it
    BLOCK = 8  # c -> g: what a video follows from now on; g -> w: its next block
    FOOTAGE = 9  # w -> g; its frames go to the client as PICTUREs
    BEAT = 10  # w -> g, while it lives; says nothing else
    TILE = 11  # g -> w: a unit of an enhancement
    ENLARGED = 12  # w -> g: what became of it
    SEAT = 13  # c -> g, of a session in a room: whether its page can render for the others
    TOGETHER = 14  # g -> w, before SHOTs that it may render at once
    PREPARE = 15  # c -> g -> w: shots of this size will come
    PREPARED = 16  # w -> g -> c: how much of that is done, with the PREPARE's seq


class Message(msgspec.Struct, frozen=True):
    """One framed message, parts not yet interpreted."""

    kind: Kind
    seq: int
    meta: bytes
    payload: bytes


class Limits(msgspec.Struct, frozen=True):
    """What the gateway accepts from a client."""

    message_bytes: int
    sketch_pixels: int


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    session: str
    server: str
    engines: tuple[EngineCard, ...]
    default_engine: str
    limits: Limits


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """workers: how many are up and ready. state: "ready", "starting" (a worker is on its way), "asleep" (the next shot
    starts one) or "down". place: of this session in the queue of those who wait to be let in; 0: it is in. follows:
    another member of this session's room renders; its pictures come here with seq 0."""

    state: str
    workers: int
    device: str = ""
    place: int = 0
    follows: bool = False


class Seat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """able: the page is seen, so that it renders what changes. shows: a camera or a screen is a layer of it, which no
    other page has."""

    able: bool
    shows: bool = False


class Hello(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A worker's first message: its token, its name, its device, the engines it has loaded. beat_s: it sends a BEAT, or
    something else, at least so often; 0: it does not. left_out: engines that it should have, and why it has not.
    together: those of its engines that can make several pictures at once."""

    token: str
    worker: str
    device: str
    engines: tuple[str, ...]
    beat_s: float = 0.0
    left_out: dict[str, Problem] = {}
    together: tuple[str, ...] = ()


class Prepare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An engine's size, pixels, that its next pictures will have. Until it is told that all is done a client asks for
    pictures of the size that it has."""

    engine: str
    width: int
    height: int


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """share: 0 to 1; at 1 a picture of that size takes no longer than the next."""

    share: float


class _Together(msgspec.Struct, frozen=True):
    count: int


class _ReferenceMeta(msgspec.Struct, frozen=True, array_like=True):
    sha256: str
    weight: float = 1.0


class _RegionMeta(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mask_bytes: int
    prompts: tuple[Prompt, ...] = ()
    references: tuple[_ReferenceMeta, ...] = ()
    strength: float = 1.0
    feather: float = 0.0


class _ShotMeta(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    engine: str
    width: int
    height: int
    prompts: tuple[Prompt, ...] = ()
    references: tuple[_ReferenceMeta, ...] = ()
    seed: int = 0
    seed_to: int = 0
    seed_mix: float = 0.0
    steps: int = 0
    strength: float = 0.85
    parameters: dict[str, float | int | str | bool] = {}
    accept: str = "image/jpeg"
    quality: int = 90
    base: str = ""
    mask_bytes: int = 0


class _RegionsMeta(_ShotMeta, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a shot that has regions: others are written as they were before there were any."""

    regions: tuple[_RegionMeta, ...] = ()


#: What a shot's meta says as the shot itself does.
_SAID_ALIKE: Final = tuple(
    name for name in _ShotMeta.__struct_fields__ if name not in ("references", "base", "mask_bytes")
)


class _AssetMeta(msgspec.Struct, frozen=True):
    sha256: str


class _BlockMeta(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    engine: str
    width: int
    height: int
    prompts: tuple[Prompt, ...] = ()
    previous: tuple[Blend, ...] = ()
    mix: float = 1.0
    interpolation: Interpolation = "linear"
    transition_blocks: int = 0
    seed: int = 0
    steps: int = 0
    parameters: dict[str, float | int | str | bool] = {}
    quality: int = 80
    strength: float = 0.7
    input: tuple[tuple[int, int], ...] = ()
    paused: bool = False
    index: int = 0


class _LosslessMeta(_BlockMeta, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a block whose frames are no JPEG: others are written as they were before there was a choice."""

    accept: str = "image/jpeg"


#: What a block's meta says as the block itself does.
_BLOCK_SAID_ALIKE: Final = tuple(name for name in _BlockMeta.__struct_fields__ if name != "input")


class _FootageMeta(msgspec.Struct, frozen=True, kw_only=True):
    frame_bytes: tuple[int, ...]
    width: int
    height: int
    engine: str
    worker: str
    times_ms: dict[str, float]


class _PictureMeta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    encoding: Encoding
    width: int
    height: int
    engine: str
    worker: str
    times_ms: dict[str, float]
    frame: int | None = None


class _TileMeta(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    model: str
    width: int
    height: int
    channels: int
    kept: tuple[int, int, int, int]
    anew: Anew | None = None


class _EnlargedMeta(msgspec.Struct, frozen=True, kw_only=True):
    width: int
    height: int
    channels: int
    model: str
    worker: str
    times_ms: dict[str, float]


_encoder = msgspec.msgpack.Encoder()
_T = TypeVar("_T")
_decoders: dict[type, msgspec.msgpack.Decoder[object]] = {}


def pack(kind: Kind, seq: int, meta: bytes, payload: bytes = b"") -> bytes:
    return HEADER.pack(MAGIC, VERSION, kind, seq, len(meta), len(payload)) + meta + payload


def read_header(header: bytes, *, max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> tuple[Kind, int, int, int]:
    """-> (kind, seq, meta bytes, payload bytes). Checks everything that the first 16 bytes can show."""
    if len(header) < HEADER.size:
        raise WireError("wire.truncated", f"a message has at least {HEADER.size} bytes", value=f"{len(header)} bytes")
    magic, version, kind, seq, meta_bytes, payload_bytes = HEADER.unpack_from(header)
    if magic != MAGIC:
        raise WireError("wire.magic", f"a message begins with {MAGIC!r}", value=magic)
    if version != VERSION:
        raise WireError(
            "wire.version",
            f"this side speaks version {VERSION}",
            value=version,
            fix="Reload the page or upgrade",
        )
    try:
        known = Kind(kind)
    except ValueError:
        raise WireError("wire.kind", "unknown kind of message", value=kind) from None
    if meta_bytes > MAX_META_BYTES or payload_bytes > max_payload_bytes:
        raise WireError(
            "wire.too_large",
            f"at most {MAX_META_BYTES} bytes of meta and {max_payload_bytes} of payload are accepted",
            value=f"{meta_bytes} and {payload_bytes}",
            fix="Send a smaller picture",
        )
    return known, seq, meta_bytes, payload_bytes


def unpack(data: bytes, *, max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> Message:
    """One whole message -> its parts. Raises WireError when the header and the bytes disagree."""
    kind, seq, meta_bytes, payload_bytes = read_header(data, max_payload_bytes=max_payload_bytes)
    expected = HEADER.size + meta_bytes + payload_bytes
    if len(data) != expected:
        code = "wire.truncated" if len(data) < expected else "wire.trailing"
        raise WireError(code, f"the header announces {expected} bytes", value=f"{len(data)} bytes")
    middle = HEADER.size + meta_bytes
    return Message(kind, seq, bytes(data[HEADER.size : middle]), bytes(data[middle:]))


def seq_of(data: bytes) -> int:
    """The seq of a message that is otherwise unusable, so that its problem can name it; 0 if it has none."""
    if len(data) < HEADER.size or data[:2] != MAGIC:
        return 0
    seq: int = HEADER.unpack_from(data)[3]
    return seq


def encode_shot(seq: int, shot: Frame) -> bytes:
    said = {name: getattr(shot, name) for name in _SAID_ALIKE} | {
        "references": _named(shot.references),
        "base": shot.base.sha256 if shot.base else "",
        "mask_bytes": len(shot.mask),
    }
    regions = tuple(
        _RegionMeta(
            mask_bytes=len(region.mask),
            prompts=region.prompts,
            references=_named(region.references),
            strength=region.strength,
            feather=region.feather,
        )
        for region in shot.regions
    )
    meta = _RegionsMeta(**said, regions=regions) if regions else _ShotMeta(**said)
    masks = b"".join(region.mask for region in shot.regions)
    return pack(Kind.SHOT, seq, _encoder.encode(meta), shot.sketch + shot.mask + masks)


def decode_shot(message: Message) -> Frame:
    """Types are checked here; ranges are checked against the engine's card (`engines.engine.check`)."""
    meta = _read(message, Kind.SHOT, _RegionsMeta)
    accept = _encoding(meta.accept)
    sizes = [meta.mask_bytes, *(region.mask_bytes for region in meta.regions)]
    sketch_bytes = len(message.payload) - sum(sizes)
    if min(sizes) < 0 or sketch_bytes < 0:
        raise WireError(
            "wire.meta",
            f"mask_bytes are 0 or more, together at most the payload's {len(message.payload)}",
            value=sizes,
        )
    (sketch, mask, *masks), _ = _cut(message.payload, [sketch_bytes, *sizes], "mask_bytes")
    return Frame(
        **{name: getattr(meta, name) for name in _SAID_ALIKE if name != "accept"},
        accept=accept,
        references=_references(meta.references),
        base=Asset(meta.base) if meta.base else None,
        sketch=sketch,
        mask=mask,
        regions=tuple(
            Region(
                mask=data,
                prompts=region.prompts,
                references=_references(region.references),
                strength=region.strength,
                feather=region.feather,
            )
            for data, region in zip(masks, meta.regions, strict=True)
        ),
    )


def _named(references: Sequence[Reference]) -> tuple[_ReferenceMeta, ...]:
    return tuple(_ReferenceMeta(r.asset.sha256, r.weight) for r in references)


def _references(named: Sequence[_ReferenceMeta]) -> tuple[Reference, ...]:
    return tuple(Reference(Asset(r.sha256), r.weight) for r in named)


def encode_block(seq: int, block: Block) -> bytes:
    said = {name: getattr(block, name) for name in _BLOCK_SAID_ALIKE} | {
        "input": tuple((len(still.data), still.frames) for still in block.input)
    }
    plain = block.accept == "image/jpeg"
    meta = _BlockMeta(**said) if plain else _LosslessMeta(**said, accept=block.accept)
    pictures = b"".join(still.data for still in block.input)
    return pack(Kind.BLOCK, seq, _encoder.encode(meta), pictures + block.context)


def decode_block(message: Message) -> Block:
    """Types are checked here; ranges are checked against the engine's card (`engines.engine.check_block`)."""
    meta = _read(message, Kind.BLOCK, _LosslessMeta)
    pictures, context = _cut(message.payload, [size for size, _ in meta.input], "input")
    return Block(
        **{name: getattr(meta, name) for name in _BLOCK_SAID_ALIKE},
        input=tuple(Still(data, frames) for data, (_, frames) in zip(pictures, meta.input, strict=True)),
        context=context,
        accept=_encoding(meta.accept),
    )


def encode_footage(seq: int, footage: EncodedFootage) -> bytes:
    told = {name: getattr(footage, name) for name in _FootageMeta.__struct_fields__ if name != "frame_bytes"}
    meta = _FootageMeta(frame_bytes=tuple(map(len, footage.frames)), **told)
    return pack(Kind.FOOTAGE, seq, _encoder.encode(meta), b"".join(footage.frames) + footage.context)


def decode_footage(message: Message) -> EncodedFootage:
    meta = _read(message, Kind.FOOTAGE, _FootageMeta)
    frames, context = _cut(message.payload, meta.frame_bytes, "frame_bytes")
    return EncodedFootage(
        **{name: getattr(meta, name) for name in _FootageMeta.__struct_fields__ if name != "frame_bytes"},
        frames=frames,
        context=context,
    )


def encode_picture(seq: int, picture: EncodedPicture) -> bytes:
    meta = _PictureMeta(**{name: getattr(picture, name) for name in _PictureMeta.__struct_fields__})
    return pack(Kind.PICTURE, seq, _encoder.encode(meta), picture.data)


def decode_picture(message: Message) -> EncodedPicture:
    meta = _read(message, Kind.PICTURE, _PictureMeta)
    return EncodedPicture(
        **{name: getattr(meta, name) for name in _PictureMeta.__struct_fields__}, data=message.payload
    )


def encode_tile(seq: int, tile: Tile) -> bytes:
    meta = _TileMeta(**{name: getattr(tile, name) for name in _TileMeta.__struct_fields__})
    return pack(Kind.TILE, seq, _encoder.encode(meta), tile.pixels)


def decode_tile(message: Message) -> Tile:
    meta = _read(message, Kind.TILE, _TileMeta)
    left, top, right, bottom = meta.kept
    if not (0 <= left < right <= meta.width and 0 <= top < bottom <= meta.height and 1 <= meta.channels <= 4):
        seen = f"{meta.width}x{meta.height}, {meta.channels} channels, {meta.kept}"
        raise WireError("wire.meta", "a tile has 1 to 4 channels, and what is kept lies inside", value=seen)
    _check_samples(message, meta.width * meta.height * meta.channels, 4)
    return Tile(**{name: getattr(meta, name) for name in _TileMeta.__struct_fields__}, pixels=message.payload)


def encode_enlarged(seq: int, tile: EnlargedTile) -> bytes:
    meta = _EnlargedMeta(**{name: getattr(tile, name) for name in _EnlargedMeta.__struct_fields__})
    return pack(Kind.ENLARGED, seq, _encoder.encode(meta), tile.pixels)


def decode_enlarged(message: Message) -> EnlargedTile:
    meta = _read(message, Kind.ENLARGED, _EnlargedMeta)
    _check_samples(message, meta.width * meta.height * meta.channels, 2)
    return EnlargedTile(
        **{name: getattr(meta, name) for name in _EnlargedMeta.__struct_fields__}, pixels=message.payload
    )


def encode_problem(seq: int, problem: Problem) -> bytes:
    return pack(Kind.PROBLEM, seq, _encoder.encode(problem))


def decode_problem(message: Message) -> Problem:
    return _read(message, Kind.PROBLEM, Problem)


def encode_welcome(welcome: Welcome) -> bytes:
    return pack(Kind.WELCOME, 0, _encoder.encode(welcome))


def decode_welcome(message: Message) -> Welcome:
    return _read(message, Kind.WELCOME, Welcome)


def encode_status(status: Status) -> bytes:
    return pack(Kind.STATUS, 0, _encoder.encode(status))


def decode_status(message: Message) -> Status:
    return _read(message, Kind.STATUS, Status)


def encode_seat(seat: Seat) -> bytes:
    return pack(Kind.SEAT, 0, _encoder.encode(seat))


def decode_seat(message: Message) -> Seat:
    return _read(message, Kind.SEAT, Seat)


def encode_prepare(seq: int, prepare: Prepare) -> bytes:
    return pack(Kind.PREPARE, seq, _encoder.encode(prepare))


def decode_prepare(message: Message) -> Prepare:
    return _read(message, Kind.PREPARE, Prepare)


def encode_prepared(seq: int, prepared: Prepared) -> bytes:
    return pack(Kind.PREPARED, seq, _encoder.encode(prepared))


def decode_prepared(message: Message) -> Prepared:
    """Raises WireError for a share that is none."""
    told = _read(message, Kind.PREPARED, Prepared)
    if not 0.0 <= told.share <= 1.0:
        raise WireError("wire.meta", "a share is 0 to 1", value=told.share)
    return told


def encode_hello(hello: Hello) -> bytes:
    return pack(Kind.HELLO, 0, _encoder.encode(hello))


def decode_hello(message: Message) -> Hello:
    return _read(message, Kind.HELLO, Hello)


def encode_beat() -> bytes:
    return pack(Kind.BEAT, 0, _encoder.encode({}))


def encode_together(count: int) -> bytes:
    """So many SHOTs follow, which nothing else comes between."""
    return pack(Kind.TOGETHER, 0, _encoder.encode(_Together(count)))


def decode_together(message: Message) -> int:
    return _read(message, Kind.TOGETHER, _Together).count


def encode_asset(asset: Asset) -> bytes:
    return pack(Kind.ASSET, 0, _encoder.encode(_AssetMeta(asset.sha256)), asset.data)


def decode_asset(message: Message) -> Asset:
    """The sender has checked that the bytes have that hash."""
    return Asset(_read(message, Kind.ASSET, _AssetMeta).sha256, message.payload)


def _encoding(accept: str) -> Encoding:
    for known in ENCODINGS:
        if accept == known:
            return known
    raise ShotError(
        "shot.accept",
        "a picture is not offered in this format",
        value=accept,
        fix=f"Ask for {' or '.join(ENCODINGS)}",
    )


def _cut(payload: bytes, sizes: Sequence[int], name: str) -> tuple[tuple[bytes, ...], bytes]:
    """-> files of those sizes, and what is behind them. name: of the field that says so."""
    ends = [0, *accumulate(sizes)]
    if min(sizes, default=0) < 0 or ends[-1] > len(payload):
        raise WireError("wire.meta", f"{name} sum to at most the payload's {len(payload)}", value=list(sizes))
    return tuple(payload[begin:end] for begin, end in pairwise(ends)), payload[ends[-1] :]


def _check_samples(message: Message, samples: int, sample_bytes: int) -> None:
    if len(message.payload) != samples * sample_bytes:
        seen = f"{len(message.payload)} bytes"
        raise WireError("wire.meta", f"the meta announces {samples} samples of {sample_bytes} bytes", value=seen)


def _read(message: Message, kind: Kind, meta_type: type[_T]) -> _T:
    if message.kind is not kind:
        raise WireError("wire.kind", f"expected {kind.name}", value=message.kind.name)
    decoder = _decoders.setdefault(meta_type, msgspec.msgpack.Decoder(meta_type))
    try:
        return decoder.decode(message.meta)  # type: ignore[return-value]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError("wire.meta", shorten(f"the meta of a {kind.name} cannot be read: {error}")) from None
