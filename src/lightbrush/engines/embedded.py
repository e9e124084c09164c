"""The embedded engine: a landscape model that ships in the package and runs on a laptop's CPU.

What it draws and what it does not is in docs/models/embedded.md; how it was made, in `lightbrush.training.embedded`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open

from lightbrush import pixels
from lightbrush.engines.conditioning import TWEAKS, Conditioner, Layout, assume, tweak, vector
from lightbrush.engines.engine import EngineSpec, check
from lightbrush.errors import SettingsError
from lightbrush.nn import flow
from lightbrush.nn.rope import rope_table
from lightbrush.shots import MAX_REFERENCES, EngineCard, Material, Parameter, Picture, Rgb, Shot, Size
from lightbrush.world.materials import MATERIALS

Float = NDArray[np.float32]

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
    tweaks=(
        Parameter(name="time_of_day", label="Time of day", default=0.0, low=-1.0, high=1.0, help="Midnight to noon"),
        Parameter(name="season", label="Season", default=0.0, low=-1.0, high=1.0, help="Deep winter to full autumn"),
        Parameter(name="weather", label="Weather", default=0.0, low=-1.0, high=1.0, help="Clear sky to storm"),
        Parameter(name="mood", label="Mood", default=0.0, low=-1.0, high=1.0, help="Cool light to warm light"),
    ),
    example_prompts=(
        "golden evening light",
        "dawn over frozen peaks",
        "misty morning",
        "clear night, full moon",
        "storm coming",
        "autumn colours",
        "purple sky",
        "pink dawn",
    ),
    browser=True,
)

#: A sketch without a word about light or weather is meant as a fair day, not as whatever the seed says.
FAIR_DAY: Final = {"sun_height": 0.6, "fog": -0.6, "storm": -0.6}
FAIR_DAY_PRESENCE: Final = 0.7

_PATCH_PX: Final = 16
_HEAD_WIDTH: Final = 64


class Network(Protocol):
    """The same function on a CPU (`nn.onnx_network`) and on CUDA (`nn.cuda_network`)."""

    name: str

    def predict(self, noisy: Float, hints: Float, time: float, condition: Float, rope: Float) -> Float: ...


class EmbeddedEngine:
    """See `engine.Engine`."""

    card = CARD

    def __init__(self, network: Network, conditioner: Conditioner, layout: Layout) -> None:
        self.network = network
        self._conditioner = conditioner
        self._layout = layout

    @property
    def device(self) -> str:
        return self.network.name

    def render(self, shot: Shot) -> Picture:
        watch = _Watch()

        # 1. refuse what the card does not offer
        check(shot, CARD)

        # 2. the sketch, as large as the answer, where it is drawn at all, and what is kept of a picture
        sketch = read_sketch(shot.sketch, shot.width, shot.height)
        drawn = bool(sketch[:, 3].any())
        kept = read_kept(shot)
        hints = np.concatenate([sketch, kept.hint], 1)
        watch.stage("decode")

        # 3. the prompts in words and pictures, blended into what the network was told in training, and tweaked
        condition = condition_of(shot, drawn, self._conditioner, self._layout)
        watch.stage("text")

        # 4. noise, a function of the seed, or of two
        start = flow.noise(shot.seed, shot.height, shot.width)
        if shot.seed_mix > 0.0:
            start = flow.slerp(start, flow.noise(shot.seed_to, shot.height, shot.width), shot.seed_mix)
        rope = _rope(shot.height // _PATCH_PX, shot.width // _PATCH_PX)
        watch.stage("noise")

        # 5. from noise to picture
        times = flow.schedule(shot.steps or CARD.default_steps)
        clean = flow.denoise(lambda noisy, t: self.network.predict(noisy, hints, t, condition, rope), start, times)
        watch.stage("steps")

        # 6. to pixels; what is kept comes out as it went in
        rgb = kept.around(np.clip((clean[0].transpose(1, 2, 0) + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8))
        watch.stage("pixels")
        return Picture(pixels=np.ascontiguousarray(rgb), engine=CARD.id, times_ms=watch.times_ms)


def condition_of(shot: Shot, drawn: bool, conditioner: Conditioner, layout: Layout) -> Float:
    """What a shot says besides its sketch and seed, as the network hears it: [layout.length].

    drawn: whether anything is on the sketch. Raises PixelsError for a reference that is no picture.
    """
    said = assume(conditioner.condition(shot.prompts, shot.references), FAIR_DAY, FAIR_DAY_PRESENCE)
    tweaks = {name: float(shot.parameters.get(name, 0.0)) for name in TWEAKS}
    return vector(tweak(said, tweaks), shot.strength, drawn, layout)


def read_sketch(data: bytes, width: int, height: int) -> Float:
    """PNG, JPEG or WebP bytes -> [1, 4, height, width]: colour in [-1, 1] times coverage, then coverage in [0, 1].

    Empty bytes are a sketch with nothing drawn. Raises PixelsError.
    """
    if not data:
        return np.zeros((1, 4, height, width), np.float32)
    rgba = pixels.decode_rgba(data)
    if rgba.shape[:2] != (height, width):
        image = Image.fromarray(rgba, "RGBA").convert("RGBa")  # premultiplied, so that edges do not darken
        rgba = np.asarray(image.resize((width, height), Image.Resampling.BOX).convert("RGBA"))
    planes = np.multiply(rgba.transpose(2, 0, 1), np.float32(1 / 255), dtype=np.float32)
    planes[:3] = (planes[:3] * 2 - 1) * planes[3]
    return planes[None]


@dataclass(frozen=True)
class Kept:
    """What is kept of a picture. hint: [1, 4, H, W], colour in [-1, 1] times coverage, then coverage.

    base: [H, W, 3] uint8; anew: [H, W, 1] uint16, 0 where the base stays to 255 where it does not. None: nothing stays.
    """

    hint: Float
    base: Rgb | None = None
    anew: NDArray[np.uint16] | None = None

    def around(self, made: Rgb) -> Rgb:
        """The picture made, with what is kept around it."""
        if self.base is None or self.anew is None:
            return made
        return ((self.base * (255 - self.anew) + made * self.anew + 127) // 255).astype(np.uint8)


def read_kept(shot: Shot) -> Kept:
    """The base and the mask of a shot. Raises PixelsError."""
    hint = np.zeros((1, 4, shot.height, shot.width), np.float32)
    if shot.base is None:
        return Kept(hint)
    base = pixels.decode(shot.base.data)
    if base.shape[:2] != (shot.height, shot.width):
        base = np.asarray(Image.fromarray(base).resize((shot.width, shot.height), Image.Resampling.LANCZOS))
    anew = pixels.decode_mask(shot.mask, shot.width, shot.height)
    hint[0, 3] = anew == 0
    hint[0, :3] = (base.transpose(2, 0, 1) / np.float32(127.5) - 1) * hint[0, 3]
    return Kept(hint, base, anew[..., None].astype(np.uint16))


def load(device: str) -> EmbeddedEngine:
    """device: "cpu", "cuda", or "auto": CUDA where PyTorch finds it, else the CPU."""
    return EmbeddedEngine(load_network(device), Conditioner.load(), shipped_layout())


def load_network(device: str) -> Network:
    """The network alone, with the weights that ship in the package."""
    weights = Path(str(files("lightbrush") / "weights"))
    if device == "cuda" or (device == "auto" and _cuda_is_there()):
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


def shipped_layout() -> Layout:
    """What the shipped network's condition speaks of; the world may know more by now."""
    with safe_open(str(files("lightbrush") / "weights" / "embedded.safetensors"), "numpy") as file:
        return Layout.from_json(file.metadata()["layout"])


def _cuda_is_there() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


@lru_cache(maxsize=16)
def _rope(rows: int, columns: int) -> Float:
    return rope_table(rows, columns, _HEAD_WIDTH)


class _Watch:
    """Stage times in milliseconds, in order."""

    def __init__(self) -> None:
        self.times_ms: dict[str, float] = {}
        self._last = time.perf_counter()

    def stage(self, name: str) -> None:
        now = time.perf_counter()
        self.times_ms[name] = (now - self._last) * 1000
        self._last = now


spec = EngineSpec(card=CARD, load=load)
