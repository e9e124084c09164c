"""Writes the golden bytes that Python and TypeScript both test against: `python tests/golden/write.py`.

X.bin is one message as it travels; golden.json says what it decodes to (payload in base64); errors.json is
the table of error codes; render.json is the arithmetic around the network, which the page can do too. A test fails
when they are not what this script would write.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lightbrush import wire
from lightbrush.engines.compositions import beneath, covers_of
from lightbrush.engines.embedded import drawn_of, night_of
from lightbrush.errors import CODES, Problem
from lightbrush.nn import flow, painting
from lightbrush.nn.rope import rope_table
from lightbrush.shots import (
    Anew,
    Asset,
    Blend,
    Block,
    EncodedFootage,
    EncodedPicture,
    EngineCard,
    EnlargedTile,
    Frame,
    Material,
    Parameter,
    Prompt,
    Reference,
    Region,
    Size,
    Still,
    Tile,
)
from lightbrush.world.materials import MATERIALS

HERE = Path(__file__).resolve().parent

#: A real 2x2 PNG (red, green / blue, white), so that a decoder can be pointed at the payload.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP4z8DA8J+BkYHh////DAAe9gT9Ce00PgAAAABJRU5ErkJggg=="
)

#: A real 2x2 PNG, white, its right half clear.
MASK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAD0lEQVR42mP4DwEMDDAGAISNDfPZm7ilAAAAAElFTkSuQmCC"
)

PREPARE = wire.Prepare(engine="flux2-klein", width=1024, height=1024)

ASSET = Asset.of(PNG)
NAMED = Asset(ASSET.sha256)

SHOT = Frame(
    engine="embedded",
    width=256,
    height=192,
    prompts=(Prompt("snowy peaks at dusk", 1.0), Prompt("fog", -0.5), Prompt("été 雪", 0.25)),
    references=(Reference(NAMED, 0.75), Reference(Asset("ab" * 32), -1.5)),
    seed=4_294_967_295,
    seed_to=12,
    seed_mix=0.25,
    steps=2,
    strength=0.75,
    parameters={"haze": 0.5, "octaves": 3, "mode": "soft", "mirror": True},
    accept="image/png",
    quality=85,
    sketch=PNG,
    base=NAMED,
    mask=MASK,
)

SHOT_OF_REGIONS = msgspec.structs.replace(
    SHOT,
    regions=(
        Region(mask=MASK, prompts=(Prompt("a castle", 1.0), Prompt("fog", -0.5)), strength=0.75, feather=0.125),
        Region(mask=PNG, references=(Reference(NAMED, 0.5),)),
    ),
)

PICTURE = EncodedPicture(
    data=PNG,
    encoding="image/png",
    width=256,
    height=192,
    engine="embedded",
    worker="worker-1",
    times_ms={"queue": 0.5, "decode": 1.25, "step": 40.0, "encode": 2.5, "link": 0.75},
)

BLOCK = Block(
    engine="tiny-random",
    width=160,
    height=96,
    prompts=(Prompt("a calm sea", 3.0), Prompt("fog", 1.0)),
    previous=(Blend((Prompt("a harbour"),)), Blend((Prompt("rain", 0.5), Prompt("été 雪", 0.25)), 0.5, "slerp")),
    mix=0.25,
    interpolation="slerp",
    transition_blocks=4,
    seed=20,
    steps=4,
    parameters={"context_weight": 0.5},
    quality=70,
    strength=0.5,
    paused=True,
    input=(Still(PNG, 12), Still(MASK)),
    index=7,
    context=b"latents",
)

FOOTAGE = EncodedFootage(
    frames=(PNG, b"", PNG),
    context=b"latents",
    width=160,
    height=96,
    engine="tiny-random",
    worker="worker-1",
    times_ms={"block": 400.0, "decode": 12.5, "encode": 2.5},
)

TILE = Tile(
    model="light",
    width=2,
    height=1,
    channels=3,
    kept=(0, 0, 1, 1),
    pixels=np.array([0.0, 0.25, 0.5, 1.0, 0.75, 0.125], "<f4").tobytes(),
)

ANEW = msgspec.structs.replace(
    TILE, model="embedded", anew=Anew(noise=0.5, left=96, top=0, prompts=(Prompt("fog", 0.5),), seed=7)
)

ENLARGED = EnlargedTile(
    width=2,
    height=2,
    channels=1,
    pixels=np.array([0, 1, 256, 65535], "<u2").tobytes(),
    model="light",
    worker="worker-1",
    times_ms={"enlarge": 24.5},
)

PROBLEM = Problem("shot.size", "Embedded does not render this size", "100x100", "Sizes: 256x256")

CARD = EngineCard(
    id="embedded",
    name="Embedded",
    summary="A small landscape model that ships in the package",
    licence="Apache-2.0",
    sizes=(Size(256, 256), Size(512, 512)),
    default_size=Size(256, 256),
    steps=(1, 30),
    default_steps=2,
    materials=(Material("snow", "Snow", (245, 248, 252)),),
    parameters=(
        Parameter(name="haze", label="Haze", default=0.5, low=0.0, high=1.0, help="How much mist"),
        Parameter(name="mode", label="Mode", default="soft", choices=("soft", "crisp")),
    ),
    references=4,
    masks=True,
    regions=3,
    tweaks=(Parameter(name="season", label="Season", default=0.0, low=-1.0, high=1.0, help="Winter to autumn"),),
    example_prompts=("snowy peaks at dusk",),
    sharpens=True,
    lays_out=True,
)

WELCOME = wire.Welcome(
    session="s-0123456789ab",
    server="lightbrush 0.1.0",
    engines=(CARD,),
    default_engine="embedded",
    limits=wire.Limits(message_bytes=16_777_216, sketch_pixels=16_777_216),
)

STATUS = wire.Status(state="ready", workers=1, device="CPU (ONNX Runtime)", follows=True)

HELLO = wire.Hello(token="secret", worker="worker-1", device="CPU (ONNX Runtime)", engines=("embedded",), beat_s=4.0)


def messages() -> dict[str, tuple[bytes, object]]:
    """Name -> (the bytes, the value they stand for)."""
    return {
        "welcome": (wire.encode_welcome(WELCOME), WELCOME),
        "shot": (wire.encode_shot(4_000_000_007, SHOT), SHOT),
        "shot-regions": (wire.encode_shot(7, SHOT_OF_REGIONS), SHOT_OF_REGIONS),
        "picture": (wire.encode_picture(4_000_000_007, PICTURE), PICTURE),
        "problem": (wire.encode_problem(9, PROBLEM), PROBLEM),
        "status": (wire.encode_status(STATUS), STATUS),
        "hello": (wire.encode_hello(HELLO), HELLO),
        "beat": (wire.encode_beat(), None),
        "together": (wire.encode_together(3), 3),
        "prepare": (wire.encode_prepare(7, PREPARE), PREPARE),
        "prepared": (wire.encode_prepared(7, wire.Prepared(share=0.25)), wire.Prepared(share=0.25)),
        "seat": (wire.encode_seat(wire.Seat(able=False)), wire.Seat(able=False)),
        "asset": (wire.encode_asset(ASSET), ASSET),
        "block": (wire.encode_block(3, BLOCK), BLOCK),
        "footage": (wire.encode_footage(3, FOOTAGE), FOOTAGE),
        "tile": (wire.encode_tile(5, TILE), TILE),
        "anew": (wire.encode_tile(6, ANEW), ANEW),
        "enlarged": (wire.encode_enlarged(5, ENLARGED), ENLARGED),
    }


def files() -> dict[str, bytes]:
    """File name -> what it must hold."""
    out: dict[str, bytes] = {}
    golden: dict[str, object] = {}
    for name, (data, _) in messages().items():
        out[f"{name}.bin"] = data
        message = wire.unpack(data)
        golden[name] = {
            "file": f"{name}.bin",
            "kind": int(message.kind),
            "seq": message.seq,
            "meta": msgspec.msgpack.decode(message.meta),
            "payload": base64.b64encode(message.payload).decode(),
        }
    out["golden.json"] = _json(golden)
    out["errors.json"] = _json(CODES)
    out["render.json"] = _json(rendering())
    return out


def rendering() -> dict[str, object]:
    """What surrounds the network. Of long results every `every`th number, so that a wrong turn early on shows."""
    every = 997
    seed, seed_to, size = 4_294_967_295, 12, (64, 96)
    start = flow.noise(seed, *size)
    mixed = flow.start(flow.between(seed, seed_to, 0.3, *size), *size)
    denoised = flow.denoise(lambda x, t: x * np.float32(0.5 + t), start, flow.schedule(3))
    shown, other = painting.enlarged(start, 96, 144), flow.noise(seed_to, 96, 144)
    noisy = shown + np.float32(painting.LARGER_NOISE) * (other - shown)
    clean = np.linspace(-1.2, 1.2, 12, dtype=np.float32).reshape(1, 3, 2, 2)
    sketch = np.array([[[10, 20, 30, 255], [200, 100, 0, 128]], [[9, 9, 9, 0], [255, 255, 255, 1]]], np.uint8)
    base = np.array([[[10, 20, 30], [250, 130, 5]], [[0, 127, 128], [255, 255, 255]]], np.uint8)
    mask = np.array([[0, 255], [1, 100]], np.uint8)
    kept = np.dstack([base, 255 - mask])
    moonlit = np.zeros((20, 50, 4), np.uint8)
    moonlit[3, 7] = (*next(material.rgb for material in MATERIALS if material.name == "moon"), 255)
    return {
        "every": every,
        "noise": _numbers(start.ravel()[::every]),
        "mixed": _numbers(mixed.ravel()[::every]),
        "rope": _numbers(rope_table(3, 5, 64).ravel()[::37]),
        "denoised": _numbers(denoised.ravel()[::every]),
        "times from": _numbers(np.array(flow.schedule_from(5, 0.4), np.float32)),
        "enlarged": _numbers(shown.ravel()[::every]),
        "noisy": _numbers(noisy.ravel()[::every]),
        "toned": _numbers(painting.toned(other, shown).ravel()[::every]),
        "sketch": sketch.ravel().tolist(),
        "base": base.ravel().tolist(),
        "mask": mask.ravel().tolist(),
        "moonlit": moonlit.ravel().tolist(),
        "night": [night_of(moonlit)],
        "sketch.drawn": [drawn_of(sketch)],
        "moonlit.drawn": [drawn_of(moonlit)],
        "beneath": beneath(sketch, base, covers_of(0.26)).ravel().tolist(),
        "hints": _numbers(painting.to_hints(sketch, kept).ravel()),
        "clean": _numbers(clean.ravel()),
        "made": painting.to_pixels(clean, None).ravel().tolist(),
        "around": painting.to_pixels(clean, kept).ravel().tolist(),
    }


def _numbers(values: NDArray[np.float32]) -> list[float]:
    return [round(float(value), 5) for value in values]


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


if __name__ == "__main__":
    for file_name, content in files().items():
        (HERE / file_name).write_bytes(content)
        sys.stdout.write(f"{file_name} {len(content)}\n")
