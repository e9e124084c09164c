"""The embedded engine: a landscape model that ships in the package and runs on a laptop's CPU.

What it draws and what it does not is in docs/models/embedded.md; how it was made, in `lightbrush.training.embedded`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from msgspec.structs import replace
from PIL import Image
from safetensors import safe_open

from lightbrush import pixels
from lightbrush.engines import compositions, moon
from lightbrush.engines.compositions import Compositions, LaidOut, Wish, beneath, covers_of
from lightbrush.engines.conditioning import TWEAKS, Conditioner, Conditions, Layout, assume, louder, over, tweak, vector
from lightbrush.engines.driver import has_driver
from lightbrush.engines.engine import EngineSpec, Start, check, check_start
from lightbrush.engines.regions import Coverage, coverage, shares
from lightbrush.errors import SettingsError
from lightbrush.nn import flow
from lightbrush.nn.painting import LARGER_NOISE, Asked, Bytes, Float, Part
from lightbrush.shots import MAX_REFERENCES, MAX_REGIONS, EngineCard, Frame, Material, Parameter, Picture, Size
from lightbrush.world.materials import MATERIALS

#: The folder of the weights that ship in the package.
SHIPPED: Final = Path(str(files("lightbrush") / "weights"))

CARD: Final = EngineCard(
    id="embedded",
    name="Lightbrush Landscape",
    summary="Landscapes and what stands in them, from flat colours. Ships in the package; runs on a CPU.",
    licence="Apache-2.0",
    sizes=(Size(256, 256), Size(384, 384), Size(512, 512), Size(448, 256), Size(512, 288)),
    default_size=Size(256, 256),
    steps=(1, 30),
    default_steps=2,
    materials=tuple(Material(m.name, m.label, m.rgb) for m in MATERIALS),
    references=MAX_REFERENCES,
    masks=True,
    regions=MAX_REGIONS,
    tweaks=(
        Parameter(name="time_of_day", label="Time of day", default=0.0, low=-1.0, high=1.0, help="Midnight to noon"),
        Parameter(name="season", label="Season", default=0.0, low=-1.0, high=1.0, help="Deep winter to full autumn"),
        Parameter(name="weather", label="Weather", default=0.0, low=-1.0, high=1.0, help="Clear sky to storm"),
        Parameter(name="mood", label="Mood", default=0.0, low=-1.0, high=1.0, help="Cool light to warm light"),
    ),
    example_prompts=(
        "alpine lake, clear sky",
        "late afternoon sun",
        "golden evening light",
        "dawn over frozen peaks",
        "misty morning",
        "clear night, full moon",
        "storm coming",
        "autumn colours",
        "purple sky",
        "pink dawn",
    ),
    labels=True,
    browser=True,
    paints_anew=True,
    sharpens=True,
    lays_out=True,
)

#: A sketch without a word about light, weather or style is meant as a photograph of a fair day, not as whatever the
#: seed says. What is rendered into a picture that stays takes these from there.
USUAL: Final = {"sun_height": 0.6, "fog": -0.6, "storm": -0.6, "rain": -0.6, "snowfall": -0.6, "photo": 1.0}
USUAL_PRESENCE: Final = 0.7
#: What is usual besides where nothing is drawn: natural colours, and nothing that nobody asks for.
UNASKED: Final = {
    **dict.fromkeys(("sky_tint_x", "sky_tint_y", "ground_tint_x", "ground_tint_y"), 0.0),
    **dict.fromkeys(("castle", "boats", "bridge", "balloons", "birds", "rainbow", "aurora", "village"), -0.6),
    **dict.fromkeys(("road", "palms", "cacti", "blossom", "flowers", "autumn"), -0.6),
}
USUAL_UNDRAWN: Final = USUAL | UNASKED
#: What is laid out where nobody says otherwise: nor is there more snow than the land has.
_LAID_OUT: Final = UNASKED | {"snow": 0.0}
#: The share of a page that is a whole sketch. A first stroke is less of one, so that the picture which was there grows
#: into what is drawn: told at once that there is a sketch, the network paints another place.
_WHOLE_SKETCH: Final = 0.02
#: From this share on a sketch says itself what there is; before, the less is drawn, the more of `UNASKED` is usual.
_SAYS_ALL: Final = 0.6
#: So many steps has what is drawn, finer where it is little: a page that renders by itself asks anew at each.
_DRAWN_STEPS: Final = 64
#: The sun's height that is usual where a moon is drawn.
NIGHT: Final = -0.75
#: The share of a sketch's pixels that is a whole moon. Less is less of a night: while one is drawn, dusk falls.
_WHOLE_MOON: Final = 0.0015
#: The moon's colour, opaque, as a pixel's four bytes read as one number.
_MOON: Final = next(int.from_bytes((*m.rgb, 255), "little") for m in MATERIALS if m.name == "moon")
#: In a region, how much of what is drawn counts beside what is said there, at a strength of 1. More, and words change
#: little of what is drawn; less, and contours are gone. Of several steps the first, where it is decided what stands
#: there, hears words alone.
DRAWN_IN_REGION: Final = 0.5
#: And how much of what is laid out, where it does not show what is said there. The better it does, the more of it is
#: seen in the region too, from the first step on.
GROUND_IN_REGION: Final = 0.2


class Network(Protocol):
    """The same function on a CPU (`nn.onnx_network`) and on CUDA (`nn.cuda_network`)."""

    name: str

    def paint(self, asked: Asked, noise: flow.Shares) -> Bytes:
        """See `nn.painting.HostNetwork.paint`."""

    def paint_from(self, asked: Asked, noisy: Float) -> Bytes:
        """See `nn.painting.HostNetwork.paint_from`."""

    def paint_larger(self, asked: Asked, noise: flow.Shares, small: Bytes) -> Bytes:
        """See `nn.painting.HostNetwork.paint_larger`."""


class EmbeddedEngine:
    """See `engine.StartingEngine`."""

    card = CARD

    def __init__(self, network: Network, conditioner: Conditioner, layout: Layout, layouts: Compositions) -> None:
        self.network = network
        self._conditioner = conditioner
        self._layout = layout
        self._layouts = layouts

    @property
    def device(self) -> str:
        return self.network.name

    def render(self, shot: Frame) -> Picture:
        return self._render(shot, None)

    def render_from(self, shot: Frame, start: Start) -> Picture:
        return self._render(shot, start)

    def _render(self, shot: Frame, start: Start | None) -> Picture:
        watch = _Watch()

        # 1. refuse what the card does not offer
        check(shot, CARD)
        if start is not None:
            check_start(start, shot)

        # 2. of a larger size the same picture, smaller: where things are does not change with the size. One step is for
        # who wants speed before that
        steps = shot.steps or CARD.default_steps
        least = least_size(shot.width, shot.height)
        small = None
        if start is None and steps > 1 and shot.width > least.width:
            small = self.render(replace(shot, width=least.width, height=least.height)).pixels
            watch.stage("smaller")

        # 3. the sketch, as large as the answer, and what is kept of a picture
        sketch = read_sketch(shot.sketch, shot.width, shot.height)
        drawn, night = drawn_of(sketch), night_of(sketch)
        kept = None if shot.base is None else read_kept(shot.base.data, shot.mask, shot.width, shot.height)
        watch.stage("decode")

        # 4. the prompts in words and pictures, blended into what the network was told in training, and tweaked; noise,
        # a function of the seed or of two; and beneath what is drawn, how such a place may lie
        condition, *others = conditions_of(shot, drawn, night, self._conditioner, self._layout)
        noise = flow.between(shot.seed, shot.seed_to, shot.seed_mix, shot.height, shot.width)
        ground = laid_out(shot, self._conditioner, self._layouts) if lays_out(shot, drawn) else None
        parts = parts_of(shot, sketch, ground, others, words_first=start is None and small is None and steps > 1)
        if ground is not None:
            sketch = beneath(sketch, ground.rgb, covers_of(drawn))
        watch.stage("text")

        # 5. from noise, or from a picture and its share of noise, to picture; what is kept comes out as it went in
        asked = partial(Asked, sketch=sketch, kept=kept, condition=condition, parts=parts)
        if small is not None:
            times = flow.schedule_from(steps, 1.0 - LARGER_NOISE)
            rgb = self.network.paint_larger(asked(times=times), noise, small)
        elif start is None:
            rgb = self.network.paint(asked(times=flow.schedule(steps)), noise)
        else:
            times = flow.schedule_from(steps, 1.0 - start.noise)
            rgb = self.network.paint_from(asked(times=times), noised(start, noise))
        watch.stage("steps")
        return Picture(pixels=rgb, engine=CARD.id, times_ms=watch.times_ms)


def least_size(width: int, height: int) -> Size:
    """The smallest of the card's sizes that has this one's shape."""
    return min((s for s in CARD.sizes if s.width * height == s.height * width), key=lambda s: s.width)


def noised(start: Start, shares: flow.Shares) -> Float:
    """x_t = t x + (1 - t) e of a picture, [1, 3, height, width]; e by where it lies."""
    height, width = start.pixels.shape[:2]
    noise = sum(
        (np.float32(share) * flow.noise_at(seed, start.left, start.top, height, width) for seed, share in shares),
        np.zeros((1, 3, height, width), np.float32),
    )
    clean = (start.pixels * np.float32(2.0) - np.float32(1.0)).transpose(2, 0, 1)[None]
    return np.ascontiguousarray(clean + np.float32(start.noise) * (noise - clean), dtype=np.float32)


def night_of(sketch: Bytes) -> float:
    """Whether a sketch, [H, W, 4], is of a night, from 0 to 1: by how many of its pixels are opaque and exactly of the
    moon's colour, which the material lays.

    The worlds of training have a moon by night alone. So a drawn moon contradicts the fair day that is usual, and the
    least stroke would tip the whole picture from one into the other.
    """
    return min(1.0, float((sketch.view("<u4") == _MOON).mean()) / _WHOLE_MOON)


def drawn_of(sketch: Bytes) -> float:
    """How much of a sketch, [H, W, 4], is drawn, from 0 to 1, which any ink is more than 0 of."""
    share = int(sketch[..., 3].sum(dtype=np.int64)) / (255 * sketch.shape[0] * sketch.shape[1])
    return (math.ceil(_DRAWN_STEPS * math.sqrt(share)) / _DRAWN_STEPS) ** 2


def conditions_of(shot: Frame, drawn: float, night: float, conditioner: Conditioner, layout: Layout) -> list[Float]:
    """What a shot says besides its sketch and seed, then each of its regions, as the network hears it: [layout.length]
    each.

    A region speaks over the shot: what it says nothing of, light and style most often, is the shot's there too. drawn,
    night: see `drawn_of`, `night_of`. Raises PixelsError for a reference that is no picture.
    """
    said = [conditioner.condition(shot.prompts, shot.references)]
    said += [over(said[0], conditioner.condition(region.prompts, region.references)) for region in shot.regions]
    if shot.base is None:
        hour = (1 - night) * USUAL["sun_height"] + night * NIGHT
        bare = max(0.0, 1 - drawn / _SAYS_ALL)
        said = [assume(one, USUAL | {"sun_height": hour}, USUAL_PRESENCE) for one in said]
        said = [assume(one, UNASKED, bare * USUAL_PRESENCE) for one in said]
    tweaks = {name: float(shot.parameters.get(name, 0.0)) for name in TWEAKS}
    begun = min(1.0, drawn / _WHOLE_SKETCH)
    has, strength = begun, shot.strength
    if lays_out(shot, drawn):
        has, strength = 1.0, compositions.STRENGTH + begun * (shot.strength - compositions.STRENGTH)
    return [vector(louder(tweak(one, tweaks)), strength, has, layout) for one in said]


def lays_out(shot: Frame, drawn: float) -> bool:
    """Whether something is laid out beneath what is drawn: not where a picture is there already."""
    return shot.base is None and covers_of(drawn) > 0.0


def laid_out(shot: Frame, conditioner: Conditioner, layouts: Compositions) -> LaidOut:
    """What a shot's words, references, seeds and regions lay out; see `compositions`.

    Raises PixelsError for a mask that is none.
    """
    return layouts.lay_out(*_place(shot, conditioner))


def sketched(shot: Frame, conditioner: Conditioner, layouts: Compositions) -> Bytes:
    """The same place as a sketch, whatever the shot's size; see `Compositions.sketch`."""
    return layouts.sketch(*_place(shot, conditioner))


def _place(shot: Frame, conditioner: Conditioner) -> tuple[Conditions, flow.Shares, int, int, list[Wish], bool]:
    asked = assume(conditioner.condition(shot.prompts, shot.references), _LAID_OUT, USUAL_PRESENCE)
    seeds = flow.between(shot.seed, shot.seed_to, shot.seed_mix, CARD.default_size.height, CARD.default_size.width)
    return asked, seeds, shot.width, shot.height, _wishes(shot, conditioner), moon.is_asked_for(shot.prompts, asked)


def _wishes(shot: Frame, conditioner: Conditioner) -> list[Wish]:
    """What each of its regions is to show."""
    if not shot.regions:
        return []
    least = least_size(shot.width, shot.height)
    covers = [coverage(region, least.width, least.height) for region in shot.regions]
    said = [conditioner.condition(region.prompts, region.references) for region in shot.regions]
    return [Wish.of(*wish) for wish in zip(said, shares(covers)[1:], strict=True)]


def parts_of(
    shot: Frame, sketch: Bytes, ground: LaidOut | None, conditions: Sequence[Float], *, words_first: bool
) -> list[Part]:
    """Its regions as the network paints them. ground: what is laid out for the shot. words_first: nothing counts at the
    first time but words, and what is laid out for them. Raises PixelsError for a mask that is none."""
    if not shot.regions:
        return []
    covers = [coverage(region, shot.width, shot.height) for region in shot.regions]
    fades = 1 - DRAWN_IN_REGION * shot.strength
    heard = [faded(sketch, covered, fades) for covered in covers]
    shown = [0.0 for _ in covers] if ground is None else ground.shown
    if ground is not None:
        seen = covers_of(drawn_of(sketch))
        hidden = [(1 - GROUND_IN_REGION) * (1 - there) for there in shown]
        heard = [
            beneath(drawn, ground.rgb, np.float32(seen) * (1 - np.float32(hides) * covered))
            for drawn, covered, hides in zip(heard, covers, hidden, strict=True)
        ]
    first = [faded(each, 1.0, 1 - there) if words_first else None for each, there in zip(heard, shown, strict=True)]
    return [Part(*part) for part in zip(shares(covers)[1:], heard, conditions, first, strict=True)]


def faded(sketch: Bytes, covered: Coverage | float, fades: float) -> Bytes:
    """A sketch that is drawn so much less where a region covers it."""
    made = sketch.copy()
    made[..., 3] = (sketch[..., 3] * (1 - np.float32(fades) * covered) + 0.5).astype(np.uint8)
    return made


# A hand that moves a slider leaves the sketch as it is, and one that draws leaves what is kept: the newest are
# remembered, and read-only.


@lru_cache(maxsize=4)
def read_sketch(data: bytes, width: int, height: int) -> Bytes:
    """PNG, JPEG or WebP bytes -> [height, width, 4] uint8: colour, not premultiplied, and coverage.

    Empty bytes are a sketch with nothing drawn. Raises PixelsError.
    """
    rgba = pixels.decode_rgba(data) if data else np.zeros((height, width, 4), np.uint8)
    if rgba.shape[:2] != (height, width):
        image = Image.fromarray(rgba, "RGBA").convert("RGBa")  # premultiplied, so that edges do not darken
        rgba = np.asarray(image.resize((width, height), Image.Resampling.BOX).convert("RGBA"))
    rgba.setflags(write=False)
    return rgba


@lru_cache(maxsize=4)
def read_kept(base: bytes, mask: bytes, width: int, height: int) -> Bytes:
    """A picture, and how much of it a mask lets stay: [height, width, 4] uint8. Raises PixelsError."""
    rgb = pixels.decode(base)
    if rgb.shape[:2] != (height, width):
        rgb = np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS))
    rgba = np.dstack([rgb, 255 - pixels.decode_mask(mask, width, height)])
    rgba.setflags(write=False)
    return rgba


def load(device: str, weights: Path = SHIPPED) -> EmbeddedEngine:
    """device: "cpu", "cuda", or "auto": CUDA where PyTorch finds it, else the CPU. weights: the folder with the
    network's."""
    return EmbeddedEngine(load_network(device, weights), Conditioner.load(), read_layout(weights), load_compositions())


def load_compositions() -> Compositions:
    """Those that ship. Raises SettingsError when they are missing or damaged."""
    return Compositions.load(SHIPPED / "compositions.npz")


def load_network(device: str, weights: Path = SHIPPED) -> Network:
    """The network alone."""
    if device == "cuda" or (device == "auto" and has_driver() and _cuda_is_there()):
        if not _cuda_is_there():
            raise SettingsError(
                "extra.missing",
                "CUDA was asked for, and no PyTorch that sees a CUDA device is installed",
                fix='pip install "lightbrush[torch]", or use --device cpu',
            )
        from lightbrush.nn.cuda_network import CudaNetwork

        return CudaNetwork(weights / "embedded.safetensors")
    if device in ("auto", "cpu"):
        from lightbrush.nn.onnx_network import OnnxNetwork

        return OnnxNetwork(weights / "embedded.onnx")
    raise SettingsError("settings.value", "device is auto, cpu or cuda", value=device)


def read_layout(weights: Path = SHIPPED) -> Layout:
    """What the network's condition speaks of; the world may know more by now."""
    with safe_open(str(weights / "embedded.safetensors"), "numpy") as file:
        return Layout.from_json(file.metadata()["layout"])


def _cuda_is_there() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


class _Watch:
    """Stage times in milliseconds, in order."""

    def __init__(self) -> None:
        self.times_ms: dict[str, float] = {}
        self._last = time.perf_counter()

    def stage(self, name: str) -> None:
        now = time.perf_counter()
        self.times_ms[name] = (now - self._last) * 1000
        self._last = now


spec = EngineSpec(card=CARD, load=load, imports=("lightbrush.nn.onnx_network",))
