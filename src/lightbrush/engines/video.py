"""The video engines, known without PyTorch: the models of the catalogue that stream, and a tiny one to try things with.

`engines.wan_loading` loads them. A `VideoCard` is what files are rendered with, at any size; an `EngineSpec` is the
same engine for workers, at the sizes that its card names.
"""

from __future__ import annotations

import math
from typing import Final

from msgspec import Struct

from lightbrush.engines.engine import BlockEngine, EngineSpec
from lightbrush.errors import ShotError
from lightbrush.models.catalogue import CATALOGUE, find
from lightbrush.shots import EngineCard, Parameter, Size
from lightbrush.timeline import FPS

#: Where a worker finds the setting `models_folder`.
FOLDER_VARIABLE: Final = "LIGHTBRUSH_MODELS_FOLDER"
#: Likewise the settings `video_dtype`, `video_attention` and `video_gpus`.
DTYPE_VARIABLE: Final = "LIGHTBRUSH_VIDEO_DTYPE"
ATTENTION_VARIABLE: Final = "LIGHTBRUSH_VIDEO_ATTENTION"
GPUS_VARIABLE: Final = "LIGHTBRUSH_VIDEO_GPUS"

TINY_RANDOM: Final = "tiny-random"
DEFAULT: Final = "krea-realtime-14b"

#: Of width and height: a token is 16 pixels a side.
_UNIT_PX: Final = 16
_LEAST_PX: Final = 64


def variables(models_folder: str, video_dtype: str, video_attention: str, video_gpus: int) -> dict[str, str]:
    """Those settings, as a worker finds them."""
    return {
        FOLDER_VARIABLE: models_folder,
        DTYPE_VARIABLE: video_dtype,
        ATTENTION_VARIABLE: video_attention,
        GPUS_VARIABLE: str(video_gpus),
    }


class VideoCard(Struct, frozen=True, kw_only=True):
    """most_pixels: of a frame; None where only memory bounds it."""

    id: str
    name: str
    most_pixels: int | None = None

    def fitted(self, width: int, height: int) -> tuple[int, int]:
        """The size itself where the engine renders it, else the largest that it does of about the same shape."""
        if self.most_pixels is None or width * height <= self.most_pixels:
            return width, height
        scale = math.sqrt(self.most_pixels / (width * height))
        width, height = _side(width * scale), _side(height * scale)
        width = min(width, _side(self.most_pixels / height))
        return width, min(height, _side(self.most_pixels / width))


def _side(px: float) -> int:
    return max(_LEAST_PX, int(px) // _UNIT_PX * _UNIT_PX)


CARDS: Final = (
    *(VideoCard(id=entry.id, name=entry.name) for entry in CATALOGUE if entry.streams),
    VideoCard(id=TINY_RANDOM, name="a tiny network with random weights", most_pixels=160 * 104),
)


def card(engine_id: str) -> VideoCard:
    """Raises ShotError shot.engine."""
    for each in CARDS:
        if each.id == engine_id:
            return each
    raise ShotError(
        "shot.engine", "no such video engine", value=engine_id, fix=f"There are: {', '.join(c.id for c in CARDS)}"
    )


_CONTEXT_WEIGHT: Final = Parameter(
    name="context_weight",
    label="Memory",
    default=0.3,
    low=0.01,
    high=1.0,
    help="How much the frames before count beside the first: low moves, high holds still",
)


def _spec(engine_id: str, name: str, summary: str, licence: str, sizes: tuple[Size, ...]) -> EngineSpec:
    described = EngineCard(
        id=engine_id,
        name=name,
        summary=summary,
        licence=licence,
        sizes=sizes,
        default_size=sizes[0],
        steps=(1, 8),
        default_steps=4,
        parameters=(_CONTEXT_WEIGHT,),
        video_fps=FPS,
        video_input=True,
    )

    def load(device: str) -> BlockEngine:
        from lightbrush.engines.wan_live import load_live

        return load_live(described, device)

    return EngineSpec(described, load, ("lightbrush.engines.wan_live",))


def _streaming(model: str) -> EngineSpec:
    entry = find(model)
    sizes = tuple(Size(*sides) for sides in ((832, 480), (480, 832), (608, 608), (640, 352), (352, 640), (448, 256)))
    return _spec(entry.id, entry.name, entry.summary, entry.licence.name, sizes)


krea_realtime_14b: Final = _streaming("krea-realtime-14b")
self_forcing_1_3b: Final = _streaming("self-forcing-1.3b")
tiny_random: Final = _spec(
    TINY_RANDOM,
    "Tiny, random",
    "Coloured noise that streams: to try everything around a video engine without a model",
    "Apache-2.0",
    (Size(160, 96), Size(96, 160), Size(128, 128), Size(64, 64)),
)
