"""How well prompts, weights, references and masks steer the embedded engine: part of `lightbrush bench embedded`.

Pictures are made by the engine from shots, as a person would ask for them, and read by the probe (`training.probe`),
which saw rendered worlds only. Only attributes that both the network and the probe know are asked for.

    label_word_accuracy      share of the world's words, each alone on blank paper, that the probe finds there
    held_out_word_accuracy   the same of words that no recipe was taught
    held_out_word_heard      share of what these say that the prompt reader hears; ..._without_dictionary: as spelled
    ..._of_worlds            what the probe finds in worlds that are as the words say, and usual in all else: some
                             things hardly show, and a picture of no more than these can do no better
    weight_spearman          rank correlation of a prompt's weight with the probe's score, mean over prompts
    locality_mean_diff       mean change, of 255, in the quarter opposite to a new stroke, the seed locked
    first_stroke_mean_diff   the same while the first stroke grows on bare paper: of five pictures the largest change
                             from one to the next
    image_prompt_carry       share of references whose time of day and style are found in a render of another sketch
    mask_outside_max_diff    largest change, of 255, where a mask keeps the base
    region_inside            how far the probe's score of a region's words rises inside of it, -2 to 2, mean over words
    region_outside           the same in the opposite corner
    region_far_mean_diff     mean change, of 255, further than 48 pixels from the region
    region_cost              time of a render with one region, to one without; medians
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from itertools import islice, pairwise
from typing import Any, Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lightbrush.engines.conditioning import Conditioner
from lightbrush.engines.embedded import USUAL_UNDRAWN
from lightbrush.engines.engine import Engine
from lightbrush.shots import Asset, Frame, Prompt, Reference, Region, Rgb
from lightbrush.training.handmade import sketches
from lightbrush.training.readings import right
from lightbrush.training.texts import Example, held_out_words, labels
from lightbrush.world import renderer, scene
from lightbrush.world.attributes import NAMES
from lightbrush.world.materials import MATERIALS

Read = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Pictures [N, H, W, 3] -> attributes [N, A], in the world's order; 0 for those that the probe does not know."""
Tick = Callable[[str, int], None]

_WEIGHTS: Final = np.linspace(-2, 2, 9)
#: Words whose effect shows at any weight, of what the probe tells in worlds (waves it does not): the attribute, and
#: which way it goes.
_WEIGHED: Final[dict[str, tuple[str, float]]] = {
    "fog": ("fog", 1.0),
    "dark storm": ("storm", 1.0),
    "night": ("sun_height", -1.0),
    "cloudy sky": ("clouds", 1.0),
    "autumn leaves": ("autumn", 1.0),
    "golden light": ("warmth", 1.0),
    "northern lights": ("aurora", 1.0),
}
#: Words on bare paper, and of what a first stroke is there.
_BEGINNINGS: Final = (
    ("alpine lake, clear sky", "rock"),
    ("golden evening light", "water"),
    ("misty morning", "forest"),
    ("a castle", "sand"),
    ("clear night, full moon", "snow"),
    ("dawn over frozen peaks", "rock"),
)
#: Words about the ground, beside those.
_REGION_WORDS: Final[dict[str, tuple[str, float]]] = {
    "deep snow": ("snow", 1.0),
    "dense forest": ("trees", 1.0),
    "fields of flowers": ("flowers", 1.0),
}
_INSIDE: Final = (slice(128, 256), slice(0, 128))
_OUTSIDE: Final = (slice(0, 128), slice(128, 256))
_FAR_PX: Final = 48


def measure(engine: Engine, read: Read, known: Sequence[str], words: int, steers: int, tick: Tick) -> dict[str, float]:
    """known: the attributes to ask for. words: at most so many of each kind, evenly chosen. steers: at most so many
    weighted words, strokes, references and masks. tick(what, done) is called as pictures are made."""
    taught, held_out = (some(examples, known, words) for examples in (labels(), held_out_words()))
    report = {
        "label_word_accuracy": word_accuracy(engine, read, taught, "label words", tick),
        "label_word_accuracy_of_worlds": accuracy_of_worlds(read, taught),
        "held_out_word_accuracy": word_accuracy(engine, read, held_out, "held-out words", tick),
        "held_out_word_accuracy_of_worlds": accuracy_of_worlds(read, held_out),
        "weight_spearman": weight_spearman(engine, read, steers, tick),
        "locality_mean_diff": locality(engine, steers, tick),
        "first_stroke_mean_diff": first_stroke(engine, steers, tick),
    }
    for name, dictionary in (("held_out_word_heard", True), ("held_out_word_heard_without_dictionary", False)):
        report[name] = heard(Conditioner.load(dictionary), held_out)
    if engine.card.references:
        report["image_prompt_carry"] = image_prompt_carry(engine, read, steers, tick)
    if engine.card.masks:
        report["mask_outside_max_diff"] = mask_outside(engine, steers, tick)
    if engine.card.regions:
        report |= regions(engine, read, steers, tick)
    return {name: round(value, 4) for name, value in report.items()}


def some(examples: Sequence[Example], known: Sequence[str], count: int) -> list[Example]:
    """Those that speak of nothing else than what is known; at most `count`, evenly chosen."""
    usable = [e for e in examples if e.said and set(e.said) <= set(known)]
    return usable[:: -(-len(usable) // count)]


def word_accuracy(engine: Engine, read: Read, examples: Sequence[Example], what: str, tick: Tick) -> float:
    """Of all that the texts say, the share that the pictures show; `training.readings.right` says what counts."""
    found: list[bool] = []
    for i, example in enumerate(examples):
        shot = Frame(engine=engine.card.id, prompts=(Prompt(example.text),), seed=i)
        found += _shown(read(engine.render(shot).pixels[None])[0], example)
        tick(what, i + 1)
    return float(np.mean(found))


def accuracy_of_worlds(read: Read, examples: Sequence[Example]) -> float:
    """`word_accuracy` of rendered worlds, one for each text."""
    found: list[bool] = []
    for i, example in enumerate(examples):
        params = scene.scene_from_attributes(example.said, scene.HELD_OUT_SEEDS[i], 1, USUAL_UNDRAWN)
        found += _shown(read(renderer.render(params, width=256, height=256).rgb)[0], example)
    return float(np.mean(found))


def heard(conditioner: Conditioner, examples: Sequence[Example]) -> float:
    """Of all that the texts say, the share that is read rightly and surely."""
    found: list[bool] = []
    for example in examples:
        asked = conditioner.condition((Prompt(example.text),))
        present = [bool(asked.presence[NAMES.index(name)] > 0.5) for name in _topics(example)]
        found += [a and b for a, b in zip(_shown(asked.values, example), present, strict=True)]
    return float(np.mean(found))


def _topics(example: Example) -> list[str]:
    """The names of what a text says; a tint's pair is one."""
    return list({name.removesuffix("_y").removesuffix("_x"): name for name in example.said}.values())


def _shown(values: NDArray[np.float32], example: Example) -> list[bool]:
    """Of each thing that a text says, whether it was read, [A], in a picture."""
    return [right(values, name, example.said) for name in _topics(example)]


def weight_spearman(engine: Engine, read: Read, most: int, tick: Tick) -> float:
    """Of each word over a handmade sketch, the correlation of its weight and what the probe says of it."""
    drawing = png(sketches()["lake"])
    scores = []
    for i, (text, (name, way)) in enumerate(islice(_WEIGHED.items(), most)):
        shots = (
            Frame(engine=engine.card.id, sketch=drawing, prompts=(Prompt(text, float(weight)),), seed=7)
            for weight in _WEIGHTS
        )
        seen = read(np.stack([engine.render(shot).pixels for shot in shots]))
        scores.append(spearman(_WEIGHTS, way * seen[:, NAMES.index(name)]))
        tick("weights", i + 1)
    return float(np.mean(scores))


def spearman(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Rank correlation of two sequences without ties."""
    ranks = [np.argsort(np.argsort(x)).astype(np.float64) for x in (a, b)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def locality(engine: Engine, most: int, tick: Tick) -> float:
    changes = []
    for i, sketch in enumerate(islice(sketches().values(), most)):
        after = Image.fromarray(sketch)
        ImageDraw.Draw(after).line([(16, 40), (60, 24), (100, 44)], fill=(222, 222, 232), width=12)
        before, now = (
            engine.render(Frame(engine=engine.card.id, sketch=png(s), seed=7)).pixels.astype(np.int16)
            for s in (sketch, np.asarray(after))
        )
        changes.append(np.abs(before - now)[128:, 128:].mean())
        tick("locality", i + 1)
    return float(np.mean(changes))


def first_stroke(engine: Engine, most: int, tick: Tick) -> float:
    changes = []
    colours = {material.name: material.rgb for material in MATERIALS}
    for i, (text, material) in enumerate(islice(_BEGINNINGS, most)):
        pictures = []
        for reach in range(5):
            sketch = Image.new("RGBA", (256, 256))
            if reach:
                way = [(16 + 12 * k, 208 - 12 * (k % 2)) for k in range(2 * reach)]
                ImageDraw.Draw(sketch).line(way, fill=(*colours[material], 255), width=16, joint="curve")
            shot = Frame(engine=engine.card.id, sketch=png(np.asarray(sketch)), prompts=(Prompt(text),), seed=7 + i)
            pictures.append(engine.render(shot).pixels.astype(np.int16))
        changes.append(max(float(np.abs(a - b)[:128, 128:].mean()) for a, b in pairwise(pictures)))
        tick("first strokes", i + 1)
    return float(np.mean(changes))


def image_prompt_carry(engine: Engine, read: Read, count: int, tick: Tick) -> float:
    params = scene.sample_scenes(scene.HELD_OUT_SEEDS[-1], count)
    references = renderer.render(params, width=256, height=256).rgb
    drawings = list(sketches().values())
    styles = [i for i, name in enumerate(NAMES) if scene.ATTRIBUTES[i].group == "style"]
    hour = NAMES.index("sun_height")
    carried = []
    for i, (reference, wanted) in enumerate(zip(references, scene.attributes_of(params), strict=True)):
        pull = (Reference(Asset.of(png(reference)), 1.0),)
        shot = Frame(engine=engine.card.id, sketch=png(drawings[i % len(drawings)]), references=pull, seed=i)
        seen = read(engine.render(shot).pixels[None])[0]
        carried += [seen[styles].argmax() == wanted[styles].argmax(), abs(seen[hour] - wanted[hour]) < 0.35]
        tick("references", i + 1)
    return float(np.mean(carried))


def mask_outside(engine: Engine, most: int, tick: Tick) -> float:
    worst = 0
    for i, sketch in enumerate(islice(sketches().values(), most)):
        shot = Frame(engine=engine.card.id, sketch=png(sketch), seed=7)
        base = engine.render(shot).pixels
        mask = np.zeros((256, 256, 4), np.uint8)
        mask[100:200, 40:180, 3] = 255
        masked = Frame(
            engine=engine.card.id,
            sketch=png(sketch),
            seed=7,
            prompts=(Prompt("deep snow"),),
            base=Asset.of(png(base)),
            mask=png(mask),
        )
        change = np.abs(engine.render(masked).pixels.astype(np.int16) - base)
        worst = max(worst, int(change[mask[..., 3] == 0].max()))
        tick("masks", i + 1)
    return float(worst)


def regions(engine: Engine, read: Read, most: int, tick: Tick) -> dict[str, float]:
    """Words in the lower left part of handmade sketches. The probe reads corners of 128 pixels, at twice their size."""
    mask = np.zeros((256, 256, 4), np.uint8)
    mask[112:, :144, 3] = 255
    risen: list[tuple[float, float]] = []
    changes: list[float] = []
    times_s: tuple[list[float], list[float]] = ([], [])
    words = {**_WEIGHED, **_REGION_WORDS}
    for i, (text, (name, way)) in enumerate(islice(words.items(), most)):
        drawing = list(sketches().values())[i % len(sketches())]
        plain = Frame(engine=engine.card.id, sketch=png(drawing), seed=7)
        said = replace(plain, regions=(Region(mask=png(mask), prompts=(Prompt(text),)),))
        pictures = []
        for shot, taken in zip((plain, said), times_s, strict=True):
            begun = time.perf_counter()
            pictures.append(engine.render(shot).pixels)
            taken.append(time.perf_counter() - begun)
        corners = [picture[part] for part in (_INSIDE, _OUTSIDE) for picture in pictures]
        doubled = np.stack([corner.repeat(2, 0).repeat(2, 1) for corner in corners])
        before, after, far_before, far_after = way * read(doubled)[:, NAMES.index(name)]
        risen.append((after - before, far_after - far_before))
        change = np.abs(pictures[1].astype(np.int16) - pictures[0])
        changes.append(np.concatenate([change[: 112 - _FAR_PX].ravel(), change[:, 144 + _FAR_PX :].ravel()]).mean())
        tick("regions", i + 1)
    inside, outside = np.mean(risen, axis=0)
    plain_s, region_s = (float(np.median(taken)) for taken in times_s)
    return {
        "region_inside": float(inside),
        "region_outside": float(outside),
        "region_far_mean_diff": float(np.mean(changes)),
        "region_cost": region_s / plain_s,
    }


def png(pixels: Rgb) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
