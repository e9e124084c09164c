"""`lightbrush bench embedded`: how well the embedded model does what it is asked, on worlds it never saw.

Held-out worlds are rendered, turned into flat sketches and attributes, and given to the engine's own network. The probe
(`training.probe`), which saw rendered worlds only, reads what came out:

    iou                  mean intersection over union of the materials drawn and the materials rendered
    attribute_accuracy   share of clearly asked attributes that the probe finds again
    frechet              distance between the features of rendered and of generated pictures, by step count

`benchmarks.steering` adds how well words, weights, references and masks steer it; `speed`, how fast it is.

    iou_of_photographs   the same of the worlds that are in no other style: an ink wash does not tell grass from sand

What the probe scores on the rendered worlds themselves is the ceiling: `worlds_themselves`. `exact` is what the same
weights make in float32: less the report's own, the cost of int8 or bfloat16.
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import struct
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from safetensors import safe_open

from lightbrush.benchmarks import steering, studio
from lightbrush.engines.conditioning import Conditions, vector
from lightbrush.engines.embedded import CARD, SHIPPED, EmbeddedEngine, Network, load, read_layout
from lightbrush.nn import checkpoint, flow
from lightbrush.nn.exact_network import ExactNetwork
from lightbrush.nn.painting import Asked
from lightbrush.shots import Frame, Prompt
from lightbrush.training import handmade
from lightbrush.training import probe as probes
from lightbrush.world import renderer, scene
from lightbrush.world.attributes import ATTRIBUTES, NAMES
from lightbrush.world.scene import HELD_OUT_SEEDS, MATERIALS

STEP_COUNTS = (1, 2, 4, 30)
#: What is measured: on held-out worlds; of words, weights, references and masks; pictures a second.
PARTS = ("quality", "steering", "speed")
#: An attribute is clearly asked for when it is at least this far from neutral.
_CLEAR = 0.35
_CLEAR_SHARE = 0.75

Float = NDArray[np.float32]


@dataclass(frozen=True)
class Worlds:
    """rgb: uint8 [N, 256, 256, 3]; label: uint8 [N, 256, 256]; sketch: uint8 [N, 256, 256, 4]; attributes: [N, K],
    those in names [K], which the network knows."""

    rgb: NDArray[np.uint8]
    label: NDArray[np.uint8]
    sketch: NDArray[np.uint8]
    attributes: Float
    names: tuple[str, ...]

    @property
    def photographs(self) -> NDArray[np.bool_]:
        """Which are in no other style [N]."""
        if "photo" not in self.names:
            return np.ones(len(self.rgb), np.bool_)
        return self.attributes[:, self.names.index("photo")] >= _CLEAR_SHARE


@dataclass(frozen=True)
class Readings:
    """What the probe sees: label [N, 64, 64], attributes [N, A], features [N, F]."""

    label: NDArray[np.int64]
    attributes: Float
    features: NDArray[np.float64]


def run(
    count: int,
    words: int,
    steers: int,
    seconds: float,
    device: str,
    weights: Path,
    exact: bool,
    tick: Callable[[str, int], None],
    parts: Sequence[str] = PARTS,
    probe_file: Path = SHIPPED / "probe.safetensors",
) -> dict[str, Any]:
    """Measure with `count` worlds and at most `words` words of a kind; tick(what, done) is called with each picture.

    steers: at most so many weighted words, strokes, references and masks. seconds: of shots through a gateway. weights:
    the folder with the network's. exact: also what the same weights make in float32, at the default steps. parts: of
    PARTS.
    """
    engine = load(device, weights)
    probe = probes.load(probe_file)
    report: dict[str, Any] = {}
    if "quality" in parts:
        report |= _quality(engine.network, probe, count, weights, exact, tick)
    if "steering" in parts:

        def read_named(rgb: NDArray[np.uint8]) -> Float:
            values = np.zeros((len(rgb), len(NAMES)), np.float32)
            values[:, [NAMES.index(name) for name in probe.attribute_names]] = read(probe, rgb).attributes
            return values

        known = sorted({*read_layout(weights).attributes} & {*probe.attribute_names})
        report |= steering.measure(engine, read_named, known, words, steers, tick)
    if "speed" in parts:
        report |= speed(engine, min(30, count), tick)
        report["gateway_pictures_per_s_256"] = studio.pictures_per_s(CARD.id, 1, seconds)
    return {
        **report,
        "weights_mib": round(sum(f.stat().st_size for f in SHIPPED.iterdir() if f.is_file()) / 2**20, 1),
        "steps": CARD.default_steps,
        "worlds": count,
        "device": engine.device,
        "date": datetime.date.today().isoformat(),
    }


def _quality(
    network: Network, probe: probes.Probe, count: int, weights: Path, exact: bool, tick: Callable[[str, int], None]
) -> dict[str, Any]:
    """Of held-out worlds, by step count."""
    worlds = held_out_worlds(count, read_layout(weights).attributes, tick)
    real = read(probe, worlds.rgb)
    frechet: dict[str, float] = {}
    report: dict[str, Any] = {}
    for steps in STEP_COUNTS:
        scores = quality(probe, worlds, real, generate(network, worlds, steps, weights, tick))
        frechet[str(steps)] = scores.pop("frechet")
        if steps == CARD.default_steps:
            report |= scores
    report |= frechet_ratios(frechet, count, weights)
    if exact:
        trained = ExactNetwork(checkpoint.load(weights / "embedded.safetensors"))
        made = generate(trained, worlds, CARD.default_steps, weights, tick)
        report["exact"] = quality(probe, worlds, real, made)
    return report | {"frechet": frechet, "worlds_themselves": quality(probe, worlds, real, worlds.rgb)}


def quality(probe: probes.Probe, worlds: Worlds, real: Readings, made: NDArray[np.uint8]) -> dict[str, float]:
    """What the probe says of pictures [N, 256, 256, 3] made for the worlds; real: of the worlds' own."""
    seen = read(probe, made)
    wanted = worlds.label[:, 2::4, 2::4].astype(np.int64)
    photographs = worlds.photographs
    scores = {
        "iou": mean_iou(seen.label, wanted),
        "iou_of_photographs": mean_iou(seen.label[photographs], wanted[photographs]),
        "attribute_accuracy": attribute_accuracy(seen.attributes, worlds.attributes, worlds.names),
        "frechet": probes.frechet_distance(real.features, seen.features),
    }
    return {name: round(value, 4) for name, value in scores.items()}


def frechet_ratios(frechet: dict[str, float], count: int, weights: Path) -> dict[str, float]:
    """Of one and of two steps to the thirty of the teacher, which the weights name with the worlds it was measured on;
    nothing where those were not as many."""
    with safe_open(str(weights / "embedded.safetensors"), "numpy") as file:
        teacher = json.loads(file.metadata().get("teacher", "{}"))
    if teacher.get("worlds") != count:
        return {}
    return {f"frechet_ratio_{steps}": round(frechet[str(steps)] / teacher["frechet"], 3) for steps in (1, 2)}


def held_out_worlds(count: int, names: Sequence[str], tick: Callable[[str, int], None]) -> Worlds:
    """Scenes of the held-out seeds, eight a seed, each drawn as a flat sketch in the materials' colours. names: the
    attributes that are asked for."""
    params = np.concatenate([scene.sample_scenes(seed, 8) for seed in HELD_OUT_SEEDS[: -(-count // 8)]])[:count]
    rgb, label = [], []
    for at in range(0, count, 8):
        done = renderer.render(params[at : at + 8], width=flow.TRAINED_PX, height=flow.TRAINED_PX)
        rgb.append(done.rgb)
        label.append(done.label)
        tick("worlds", at + len(done.rgb))
    labels = np.concatenate(label)
    palette = scene.sketch_palette(params)  # [N, L, 3]
    flat = np.take_along_axis(palette, labels.reshape(count, -1, 1).astype(np.int64), axis=1)  # [N, H W, 3]
    sketch = np.full((*labels.shape, 4), 255, np.uint8)
    sketch[..., :3] = (flat * 255).round().reshape(*labels.shape, 3)
    known = [NAMES.index(name) for name in names]
    return Worlds(np.concatenate(rgb), labels, sketch, scene.attributes_of(params)[:, known], tuple(names))


def generate(
    network: Network, worlds: Worlds, steps: int, weights: Path, tick: Callable[[str, int], None]
) -> NDArray[np.uint8]:
    """Pictures from the sketches at full strength and all attributes: uint8 [N, 256, 256, 3]."""
    layout = read_layout(weights)
    known = [NAMES.index(name) for name in worlds.names]
    out = np.empty_like(worlds.rgb)
    for i, (sketch, attributes) in enumerate(zip(worlds.sketch, worlds.attributes, strict=True)):
        values, presence = np.zeros((2, len(NAMES)), np.float32)
        values[known], presence[known] = attributes, 1.0
        condition = vector(Conditions(values, presence), 1.0, True, layout)
        asked = Asked(sketch=sketch, condition=condition, times=flow.schedule(steps))
        out[i] = network.paint(asked, ((i, 1.0),))
        tick(f"{steps} step{'s' * (steps > 1)}, {network.name}", i + 1)
    return out


def speed(engine: EmbeddedEngine, shots: int, tick: Callable[[str, int], None]) -> dict[str, Any]:
    """Whole shots of one step by the engine alone, without encoding, while a stroke grows and the seed is locked:
    pictures a second at 256 and 512 pixels, and the stages of one at 512."""
    rates: dict[str, Any] = {}
    for side in (256, 512):
        blank = Frame(width=side, height=side, prompts=(Prompt("golden light"),), steps=1)
        engine.render(blank)  # what a size needs but once
        spent, stages = [], []
        for i, sketch in enumerate(growing_stroke(side, shots)):
            shot = msgspec.structs.replace(blank, sketch=sketch)
            began = time.perf_counter()
            stages.append(engine.render(shot).times_ms)
            spent.append(time.perf_counter() - began)
            tick("speed", i + 1)
        rates[f"engine_pictures_per_s_{side}"] = round(1 / statistics.median(spent), 1)
    rates["stage_ms_512"] = {name: round(statistics.median(seen[name] for seen in stages), 2) for name in stages[0]}
    return rates


def growing_stroke(side: int, count: int) -> list[bytes]:
    """PNG files of a drawing on which a stroke grows: no two are the same."""
    image = Image.fromarray(handmade.sketches(side)["lake"]).convert("RGBA")
    pen = ImageDraw.Draw(image)
    way = np.linspace(0, 1, count + 1)
    points = np.stack([way, 0.6 + 0.2 * np.sin(9 * way)], 1) * side
    files = []
    for start, end in pairwise(points):
        pen.line([*start, *end], fill=(60, 110, 170, 255), width=side // 32)
        files.append(page_png(np.asarray(image)))
    return files


def page_png(rgba: NDArray[np.uint8]) -> bytes:
    """[H, W, 4] uint8 -> a PNG as the page's canvas writes it in Chromium: each row less the one above ("up").

    Pillow chooses each row's filter; its files are smaller, and take twice as long to read.
    """
    height, width = rgba.shape[:2]
    rows = np.full((height, 1 + 4 * width), 2, np.uint8)  # the filter's number, then the bytes
    rows[:, 1:] = np.diff(rgba.reshape(height, -1), axis=0, prepend=np.uint8(0))
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)  # 8 bits a sample, RGBA
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 3)), (b"IEND", b""))
    framed = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


@torch.no_grad()
def read(probe: probes.Probe, rgb: NDArray[np.uint8]) -> Readings:
    """The probe's reading of pictures [N, H, W, 3]."""
    labels, attributes, features = [], [], []
    for at in range(0, len(rgb), 16):
        part = torch.from_numpy(rgb[at : at + 16]).permute(0, 3, 1, 2).float() / 127.5 - 1
        logits, values, seen = probe(part)
        labels.append(logits.argmax(1).numpy())
        attributes.append(values.numpy())
        features.append(seen.numpy().astype(np.float64))
    return Readings(np.concatenate(labels), np.concatenate(attributes), np.concatenate(features))


def mean_iou(seen: NDArray[np.int64], wanted: NDArray[np.int64]) -> float:
    """Mean over the materials that cover at least a thousandth of what is wanted; all pictures together."""
    scores = []
    for index in range(len(MATERIALS)):
        a, b = seen == index, wanted == index
        if b.sum() >= 0.001 * b.size:
            scores.append((a & b).sum() / (a | b).sum())
    return float(np.mean(scores))


def attribute_accuracy(seen: Float, wanted: Float, names: Sequence[str]) -> float:
    """Share found again of what is clearly asked: main biome and style, side of a scalar, a tint's hue within 60
    degrees. seen, wanted: [N, K] of the attributes in names [K]."""
    known = [ATTRIBUTES[NAMES.index(name)] for name in names]
    right = []
    for group in ("biome", "style"):
        own = [i for i, attribute in enumerate(known) if attribute.group == group]
        if own:
            clear = wanted[:, own].max(1) >= _CLEAR_SHARE
            right.append(seen[:, own].argmax(1)[clear] == wanted[:, own].argmax(1)[clear])
    for i, attribute in enumerate(known):
        if attribute.group in ("biome", "style"):
            continue
        if attribute.group != "tint":
            clear = np.abs(wanted[:, i]) >= _CLEAR
            right.append(seen[clear, i] * wanted[clear, i] > 0)
        elif attribute.name.endswith("_x"):
            a, b = seen[:, i : i + 2], wanted[:, i : i + 2]
            clear = np.linalg.norm(b, axis=1) >= _CLEAR
            cosine = (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1) + 1e-9)
            right.append(cosine[clear] > 0.5)
    return float(np.concatenate(right).mean())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="lightbrush bench embedded", description="Quality on held-out worlds.")
    parser.add_argument("--count", type=int, default=192, help="worlds")
    parser.add_argument("--words", type=int, default=1000, help="at most, of each kind")
    parser.add_argument("--steers", type=int, default=24, help="weights, strokes, references, masks: at most, of each")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long a gateway is measured")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--weights", type=Path, default=SHIPPED, help="a folder that training.export wrote")
    parser.add_argument("--probe", type=Path, default=SHIPPED / "probe.safetensors", help="the probe that measures")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; repeatable")
    parser.add_argument("--exact", action="store_true", help="also what the weights make without quantised arithmetic")
    parser.add_argument("--out", "-o", type=Path, help="also write the JSON here")
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    options = parser.parse_args(arguments)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, Any] = {}

        def tick(what: str, done: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=options.count)
            progress.update(tasks[what], completed=done)

        report = run(
            options.count,
            options.words,
            options.steers,
            options.seconds,
            options.device,
            options.weights,
            options.exact,
            tick,
            options.part or PARTS,
            options.probe,
        )
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=2) + "\n")
    if options.json:
        print(json.dumps(report))
        return
    table = Table("measure", "value", box=None, header_style="bold")
    for key, value in report.items():
        table.add_row(key, json.dumps(value) if isinstance(value, dict) else str(value))
    Console().print(table)
