"""A real, small engine for tests: blurs the sketch and tints it by the seeds and the references, in NumPy, inside the
mask if there is one. It can also be told to misbehave.

Named on command lines as `tests.stand_in:spec`. `tests.stand_in:twin` is the same under another id,
`tests.stand_in:broken` fails to load, `tests.stand_in:full` finds no memory, `tests.stand_in:gradual` is ready for
another size when it has rendered a few pictures more.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Iterator

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from lightbrush import pixels
from lightbrush.engines.engine import EngineSpec
from lightbrush.errors import FleetError, SettingsError
from lightbrush.shots import EngineCard, Frame, Material, Parameter, Picture, Rgb, Size

CARD = EngineCard(
    id="blur",
    name="Blur",
    summary="Blurs and tints; for tests",
    licence="Apache-2.0",
    sizes=(Size(64, 64), Size(256, 256)),
    default_size=Size(64, 64),
    steps=(1, 8),
    default_steps=1,
    materials=(Material("snow", "Snow", (245, 248, 252)),),
    parameters=(
        Parameter(name="cost_ms", label="Cost", default=0.0, low=0.0, high=600_000.0),
        Parameter(name="act", label="Act", default="render", choices=("render", "raise", "die", "hold")),
    ),
    references=2,
    masks=True,
    regions=3,
    tweaks=(Parameter(name="light", label="Light", default=0.0, low=-1.0, high=1.0, help="Dark to bright"),),
    example_prompts=("blue",),
)


class Blur:
    device = "CPU (NumPy)"

    def __init__(self, card: EngineCard = CARD) -> None:
        self.card = card

    def render(self, shot: Frame) -> Picture:
        """A cost is waited for without the GIL, as a real engine's is."""
        act = shot.parameters.get("act", "render")
        if act == "raise":
            raise ZeroDivisionError("the engine was asked to fail")
        if act == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if act == "hold":
            hold()
        started = time.perf_counter()
        sketch = _sketch(shot)
        decoded = time.perf_counter()
        time.sleep(float(shot.parameters.get("cost_ms", 0.0)) / 1000.0)
        image = sketch.astype(np.float32)
        for _ in range(shot.steps or CARD.default_steps):
            image = (image + np.roll(image, 1, 0) + np.roll(image, 1, 1)) / 3.0
        tint = (1 - shot.seed_mix) * _tint(shot.seed) + shot.seed_mix * _tint(shot.seed_to)
        for reference in shot.references:
            mean = pixels.decode_reference(reference.asset.data, 64).mean((0, 1)) / 255.0
            tint = tint + 0.25 * reference.weight * (mean - 0.5)
        brightness = 1.0 + 0.5 * float(shot.parameters.get("light", 0.0))
        out = np.clip(image * tint * brightness, 0, 255).astype(np.uint8)
        for region in shot.regions:  # each in a shade of its own words
            inside = pixels.decode_mask(region.mask, shot.width, shot.height)[..., None] >= 128
            shade = sum(len(prompt.text) for prompt in region.prompts) % 8 * 32
            out = np.where(inside, (out * (1 - region.strength) + shade * region.strength).astype(np.uint8), out)
        if shot.base is not None:
            anew = pixels.decode_mask(shot.mask, shot.width, shot.height)[..., None] >= 128
            out = np.where(anew, out, _fit(pixels.decode_reference(shot.base.data, 4096), shot))
        times_ms = {"decode": (decoded - started) * 1e3, "step": (time.perf_counter() - decoded) * 1e3}
        return Picture(pixels=out, engine=self.card.id, times_ms=times_ms)


class Gradual(Blur):
    rendered = 0

    def render(self, shot: Frame) -> Picture:
        self.rendered += 1
        return super().render(shot)

    def prepare(self, size: Size) -> Iterator[float]:
        """A piece takes 20 ms."""
        before = self.rendered
        while (more := self.rendered - before) < MORE:
            time.sleep(0.02)
            yield 0.1 + 0.8 * more / MORE
        yield 1.0


#: Pictures that `Gradual` renders until it is ready.
MORE = 3


def hold() -> None:
    """Keep the GIL for half a second, as a library that compiles may."""
    ctypes.PyDLL(None).usleep(500_000)


def _sketch(shot: Frame) -> Rgb:
    """[height, width, 3] uint8: the sketch, by nearest pixel."""
    if not shot.sketch:
        return np.full((shot.height, shot.width, 3), 200, np.uint8)
    return _fit(pixels.decode(shot.sketch), shot)


def _fit(image: Rgb, shot: Frame) -> Rgb:
    rows = np.arange(shot.height) * image.shape[0] // shot.height
    columns = np.arange(shot.width) * image.shape[1] // shot.width
    return image[rows][:, columns]


def _tint(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(0.5, 1.0, 3)


def _load(device: str) -> Blur:
    return Blur()


def _fail(device: str) -> Blur:
    raise SettingsError("weights.missing", "the weights are not there", value=device, fix="Install them")


def _overflow(device: str) -> Blur:
    raise FleetError("fleet.memory", f"{device} ran out of memory", value="1.0 GiB free", fix="Choose a smaller model")


spec = EngineSpec(card=CARD, load=_load)
twin = EngineSpec(card=replace(CARD, id="twin"), load=lambda device: Blur(replace(CARD, id="twin")))
gradual = EngineSpec(card=CARD, load=lambda device: Gradual())
broken = EngineSpec(card=CARD, load=_fail)
full = EngineSpec(card=replace(CARD, id="full"), load=_overflow)
