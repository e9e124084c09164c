"""`lightbrush bench gallery`: a page of pictures to look at, asked of an engine as a person would ask.

A part is a plate of pictures in labelled rows, with a word about it. What an engine does not offer has no part.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from lightbrush import pixels
from lightbrush.benchmarks import plate
from lightbrush.benchmarks.plate import Row
from lightbrush.engines.engine import Engine
from lightbrush.errors import SettingsError
from lightbrush.shots import Asset, EngineCard, Frame, Prompt, Reference, Rgb
from lightbrush.training import handmade
from lightbrush.world import renderer, scene
from lightbrush.world.attributes import ATTRIBUTES, BIOMES, STYLES

Plan = Row[Frame | Rgb]
"""A row of what is to be rendered, and of what is there already."""

TIMES: Final = ("pink dawn", "bright noon", "golden evening light", "blue hour after sunset", "clear night, stars")
_FEW_TIMES: Final = (TIMES[1], TIMES[2], TIMES[4])
WORDS: Final = {a.name: a.words[1] for a in ATTRIBUTES if a.group in ("biome", "style")}

#: What each row shows, the world that it is a picture of, and the words that are added to it last.
_REFERENCES: Final[tuple[tuple[str, dict[str, float], str], ...]] = (
    ("a polar night", {"arctic": 1.0, "photo": 1.0, "sun_height": -0.8, "aurora": 1.0}, "an oil painting"),
    ("dunes in the evening", {"desert": 1.0, "photo": 1.0, "sun_height": 0.05, "warmth": 1.0}, "thick fog"),
    ("an autumn watercolour", {"forest": 1.0, "watercolour": 1.0, "autumn": 1.0, "trees": 0.9}, "deep snow"),
    ("stained glass", {"islands": 1.0, "glass": 1.0, "sun_height": 0.3}, "clear night, stars"),
)
_PULLS: Final = (0.4, 0.8, 1.2)
_REPAINTS: Final = ("deep snow", "red and gold autumn leaves", "a volcano and lava")
_SKETCH_WORDS: Final = (
    "clear noon",
    "golden evening light",
    "clear night, full moon",
    "misty morning",
    "storm coming",
    "autumn colours",
    "a watercolour painting",
)
_JOURNEY: Final = tuple(i / 6 for i in range(7))
_STEPS: Final = (1, 2, 4, 8, 16, 30)

_SAME: Final = (43, 47, 56)
_CHANGED: Final = np.array([(110, 58, 16), (255, 226, 140)], np.float32)
_PAINT: Final = (240, 70, 60)


@dataclass(frozen=True)
class Part:
    """about: Markdown below the plate."""

    title: str
    about: str
    rows: Sequence[Plan]


@dataclass(frozen=True)
class Ask:
    """How every part asks: one engine, one seed, one drawing, begun or finished."""

    engine: Engine
    seed: int
    begun: bytes
    finished: bytes

    def shot(self, *texts: str, **more: Any) -> Frame:
        """Over the drawing that was begun, unless `more` brings another."""
        card = self.engine.card
        given: dict[str, Any] = {
            "engine": card.id,
            "width": card.default_size.width,
            "height": card.default_size.height,
            "prompts": tuple(map(Prompt, texts)),
            "seed": self.seed,
            "sketch": self.begun,
        }
        return Frame(**given | more)


def make(
    engine: Engine,
    *,
    seed: int,
    only: Sequence[str],
    command: str,
    date: datetime.date,
    progress: Callable[[int, int], None],
) -> dict[str, bytes]:
    """File name -> bytes: README.md and a WebP for each part. progress(done, of) counts pictures.

    only: names of PARTS, all that the engine offers when empty. Raises SettingsError for a name that is none of them.
    """
    offered = [name for name in PARTS if _offers(engine.card, name)]
    if unknown := sorted(set(only) - set(offered)):
        raise SettingsError(
            "settings.value",
            f"{engine.card.name} has no such part of a gallery",
            value=", ".join(unknown),
            fix=f"Parts: {', '.join(offered)}",
        )
    ask = Ask(engine, seed, _png(handmade.begun()), _png(handmade.finished()))
    parts = {name: PARTS[name](ask) for name in offered if not only or name in only}
    total = sum(isinstance(what, Frame) for part in parts.values() for row in part.rows for _, what in row.cells)
    done = 0

    def shown(what: Frame | Rgb) -> Rgb:
        nonlocal done
        if not isinstance(what, Frame):
            return what
        made = engine.render(what).pixels
        done += 1
        progress(done, total)
        return made

    files = {}
    for name, part in parts.items():
        rows = [Row(row.label, [(caption, shown(what)) for caption, what in row.cells]) for row in part.rows]
        files[f"{name}.webp"] = plate.encode(plate.draw(rows))
    return {"README.md": _page(engine, parts, seed, command, date).encode(), **files}


def _offers(card: EngineCard, name: str) -> bool:
    wanted: dict[str, object] = {"references": card.references, "masks": card.masks, "tweaks": card.tweaks}
    return bool(wanted.get(name, True))


def _page(engine: Engine, parts: dict[str, Part], seed: int, command: str, date: datetime.date) -> str:
    card = engine.card
    size, steps = card.default_size, card.default_steps
    lines = [
        "# Gallery",
        "",
        f"What {card.name} makes of one quick drawing, at {size.width} x {size.height}, in {steps} step"
        f"{'s' * (steps != 1)} where nothing else is said, with seed {seed}. Words at a picture are its prompts, or "
        "say what was changed.",
        "",
        f"Made on {date.isoformat()} on {engine.device} by",
        "",
        f"    {command}",
        "",
        "The same command makes the same pictures on the same kind of device.",
        "",
    ]
    for name, part in parts.items():
        lines += [f"## {part.title}", "", f"![{part.title}]({name}.webp)", "", part.about, ""]
    return "\n".join(lines)


# The parts.


def _drawing(ask: Ask) -> Part:
    seeds = range(ask.seed, ask.seed + 5)
    rows: list[Plan] = []
    for label, drawing in (("begun", handmade.begun()), ("finished", handmade.finished())):
        made = [(f"seed {seed}", ask.shot(sketch=_png(drawing), seed=seed)) for seed in seeds]
        rows.append(_row(not rows, label, [("the drawing", _on_paper(drawing)), *made]))
    about = (
        "The drawing of the plates below, and what comes of it without a word. Where paper is bare, the engine invents."
    )
    return Part("One drawing", about, rows)


def _styles(ask: Ask) -> Part:
    rows: list[Plan] = []
    for style in STYLES:
        cells = [(time, ask.shot(WORDS["alpine"], WORDS[style], time, sketch=ask.finished)) for time in TIMES]
        rows.append(_row(not rows, WORDS[style], cells))
    about = f'The finished drawing and three prompts: "{WORDS["alpine"]}", the style, the time.'
    return Part("Styles and times of day", about, rows)


def _biomes(ask: Ask) -> Part:
    rows: list[Plan] = []
    for biome in BIOMES:
        drawn = [(f"drawing, {time}", ask.shot(WORDS[biome], time)) for time in _FEW_TIMES]
        bare = [(f"no drawing, {time}", ask.shot(WORDS[biome], time, sketch=b"")) for time in _FEW_TIMES]
        rows.append(_row(not rows, WORDS[biome], [*drawn, *bare]))
    about = "Two prompts: the land, the time. On the left over the drawing that was begun, on the right on bare paper."
    return Part("Lands and times of day", about, rows)


def _lands(ask: Ask) -> Part:
    rows: list[Plan] = []
    for biome in BIOMES:
        cells = [(style, ask.shot(WORDS[biome], WORDS[style])) for style in STYLES]
        rows.append(_row(not rows, WORDS[biome], cells))
    about = "The drawing that was begun and two prompts: the land and, in the words of the second plate, the style."
    return Part("Lands and styles", about, rows)


def _references(ask: Ask) -> Part:
    rows: list[Plan] = []
    for i, (shows, attributes, words) in enumerate(_REFERENCES):
        seed = scene.HELD_OUT_SEEDS[-1 - i]
        world = renderer.render(scene.scene_from_attributes(attributes, seed), width=256, height=256).rgb[0]
        asset = Asset.of(_png(world))
        cells: list[tuple[str, Frame | Rgb]] = [("the picture", world), ("the drawing", _on_paper(handmade.begun()))]
        cells += [(f"weight {w}", ask.shot(references=(Reference(asset, w),))) for w in _PULLS]
        cells += [("0.8 and the words", ask.shot(words, references=(Reference(asset, 0.8),)))]
        rows.append(_row(not rows, f"{shows}, then with “{words}”", cells))
    about = (
        "A picture pulls as a prompt does: it lends its land, light, weather, style and colours, not its shapes. These "
        "are rendered worlds of seeds that training leaves out."
    )
    return Part("Pictures as prompts", about, rows)


def _masks(ask: Ask) -> Part:
    shot = ask.shot(WORDS["meadow"], TIMES[1])
    base = ask.engine.render(shot).pixels
    mask = _brushed(shot.width, shot.height)
    outside = pixels.decode_mask(mask, shot.width, shot.height) == 0
    rows: list[Plan] = []
    worst = 0
    for words in _REPAINTS:
        made = ask.engine.render(ask.shot(words, TIMES[1], base=Asset.of(_png(base)), mask=mask)).pixels
        change = np.abs(made.astype(np.int16) - base).max(2)
        worst = max(worst, int(change[outside].max()))
        cells = [("base", base), ("where to render anew", _over(base, mask)), ("result", made)]
        rows.append(_row(not rows, f"“{words}”", [*cells, ("what changed", _difference(change))]))
    about = (
        "Only what is painted red is rendered anew. On the right, grey is where every byte is the base's; the "
        "brighter, the larger the change. Measured while this page was made: outside the mask the largest change is "
        f"{worst} of 255."
    )
    return Part("Masks", about, rows)


def _tweaks(ask: Ask) -> Part:
    rows: list[Plan] = []
    for tweak in ask.engine.card.tweaks:
        values = np.linspace(-1 if tweak.low is None else tweak.low, 1 if tweak.high is None else tweak.high, 5)
        cells = [
            (f"{v:+g}" if v else "0", ask.shot(WORDS["forest"], parameters={tweak.name: float(v)})) for v in values
        ]
        rows.append(_row(not rows, tweak.label, cells))
    return Part("Tweaks", f'One slider at a time, over "{WORDS["forest"]}" and the drawing that was begun.', rows)


def _journeys(ask: Ask) -> Part:
    summer, winter = "green rolling hills, bright noon", "arctic night, northern lights"
    words = [ask.shot(prompts=(Prompt(summer, 1 - m), Prompt(winter, m))) for m in _JOURNEY]
    seeds = [ask.shot(WORDS["forest"], sketch=b"", seed_to=ask.seed + 1, seed_mix=m) for m in _JOURNEY]
    strengths = [ask.shot(WORDS["forest"], sketch=ask.finished, strength=m) for m in _JOURNEY]
    rows: list[Plan] = []
    for label, shots in (("words", words), ("seed, no drawing", seeds), ("strength", strengths)):
        rows.append(Row(label, [(f"{m:.2f}", shot) for m, shot in zip(_JOURNEY, shots, strict=True)]))
    low, high = ask.engine.card.steps
    steps = [(str(n), ask.shot(WORDS["forest"], sketch=ask.finished, steps=n)) for n in _STEPS if low <= n <= high]
    about = (
        f'From "{summer}" to "{winter}" by their weights; from one seed to the next; from a drawing that is a hint to '
        "one that binds; from one step to many."
    )
    return Part("Journeys", about, [*rows, Row("steps", steps)])


def _drawings(ask: Ask) -> Part:
    rows: list[Plan] = []
    for drawing in handmade.sketches().values():
        cells = [(words, ask.shot(words, sketch=_png(drawing))) for words in _SKETCH_WORDS]
        rows.append(_row(not rows, "", [("the drawing", drawing), *cells]))
    return Part("Other drawings", "Six filled drawings, each under one prompt at a time.", rows)


PARTS: Final[dict[str, Callable[[Ask], Part]]] = {
    "drawing": _drawing,
    "styles": _styles,
    "biomes": _biomes,
    "lands": _lands,
    "references": _references,
    "masks": _masks,
    "tweaks": _tweaks,
    "journeys": _journeys,
    "drawings": _drawings,
}


# Pictures.


def _row(first: bool, label: str, cells: Sequence[tuple[str, Frame | Rgb]]) -> Plan:
    """Captions over the first row alone: they hold for those below."""
    return Row(label, cells if first else [("", what) for _, what in cells])


def _png(drawing: Rgb) -> bytes:
    """drawing: [H, W, 3], or 4 with what is bare paper transparent."""
    out = io.BytesIO()
    Image.fromarray(drawing).save(out, "PNG")
    return out.getvalue()


def _on_paper(drawing: Rgb) -> Rgb:
    paper = Image.new("RGBA", drawing.shape[1::-1], (250, 249, 246, 255))
    paper.alpha_composite(Image.fromarray(drawing).convert("RGBA"))
    return np.asarray(paper.convert("RGB"))


def _brushed(width: int, height: int) -> bytes:
    """A mask with a soft edge, as a brush leaves it: a part of the ground."""
    alpha = Image.new("L", (width, height), 0)
    path = [(0.16, 0.80), (0.34, 0.72), (0.62, 0.72), (0.44, 0.82), (0.22, 0.90)]
    thick = round(0.2 * width)
    pen = ImageDraw.Draw(alpha)
    spots = [(x * width, y * height) for x, y in path]
    pen.line(spots, fill=255, width=thick, joint="curve")
    for x, y in spots:
        pen.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)
    alpha = alpha.filter(ImageFilter.GaussianBlur(width / 100))
    return _png(np.dstack([np.zeros((height, width, 3), np.uint8), np.asarray(alpha)]))


def _over(base: Rgb, mask: bytes) -> Rgb:
    painted = pixels.decode_mask(mask, base.shape[1], base.shape[0])[..., None] / 255 * 0.6
    return (base * (1 - painted) + np.array(_PAINT) * painted).astype(np.uint8)


def _difference(change: np.ndarray[Any, np.dtype[np.int16]]) -> Rgb:
    """change: [H, W], 0 to 255. Where it is 0, and only there, grey."""
    share = (np.minimum(change, 128) / 128)[..., None]
    return np.where(change[..., None] == 0, _SAME, _CHANGED[0] + share * (_CHANGED[1] - _CHANGED[0])).astype(np.uint8)
