"""Clips: a scene over time, as one parameter row a frame, with a caption for each stretch of it.

Whatever stands in the scene stays where it is, for the same row places it: only the clock, the camera, the light and
what MOTIONS moves differ between frames, so a frame costs what a still costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lightbrush.world.attributes import NAMES
from lightbrush.world.captions import caption
from lightbrush.world.kernels import kinds
from lightbrush.world.kernels.noise import frac
from lightbrush.world.kernels.objects import settle
from lightbrush.world.kernels.sky import drift
from lightbrush.world.kernels.terrain import terrain
from lightbrush.world.layout import COLOR0, PLACE, SCENE_SIZE, A, P
from lightbrush.world.scene import Rows, attributes_of, scene_from_attributes

Camera = Literal["still", "dolly", "truck", "rise", "pan"]
CAMERAS: tuple[Camera, ...] = ("still", "dolly", "truck", "rise", "pan")
MAX_FRAMES = 3600
CLEARANCE_M = 1.0
DRAUGHT_M = 0.5
SHORTEST_S = 1.0  # a caption holds at least this long

# Slots that follow the hour; a change of any other one would be a jump.
_OF_THE_HOUR = np.zeros(SCENE_SIZE, np.bool_)
_OF_THE_HOUR[[A.SUN_HEIGHT, P.GLOW, P.BAND, P.STARS, P.DAPPLE, P.WINDOWS, P.RAINBOW]] = True
_OF_THE_HOUR[P.SUN_U : P.SUN_S + 1] = True
_OF_THE_HOUR[P.LIGHT_X : P.LIGHT_Z + 1] = True
_OF_THE_HOUR[COLOR0:] = True

Motion = Callable[[Rows, NDArray[np.float64]], None]


@dataclass(frozen=True)
class Segment:
    """What is true of a clip from `start_s` up to `end_s`."""

    start_s: float
    end_s: float
    text: str


def clip_params(
    seed: int,
    frames: int,
    fps: float = 12.0,
    attrs: Mapping[str, float] | None = None,
    *,
    camera: Camera | None = None,
    day: bool | None = None,
) -> Rows:
    """The rows [frames, P] of one clip: clouds, water, boats and what flies always move; camera and the passing of the
    day are drawn from the seed unless given."""
    if not 1 <= frames <= MAX_FRAMES:
        raise ValueError(f"world: a clip has 1 to {MAX_FRAMES} frames, got {frames}")
    if not 0.0 < fps <= 240.0:
        raise ValueError(f"world: fps must be in (0, 240], got {fps!r}")
    if camera is not None and camera not in CAMERAS:
        raise ValueError(f"world: camera must be one of {', '.join(CAMERAS)}, got {camera!r}")
    draw = np.random.Generator(np.random.Philox(key=[seed, 1])).random(6)
    time = np.arange(frames) / fps
    rows = np.repeat(scene_from_attributes(attrs or {}, seed), frames, axis=0)
    # 1. The day.
    if day if day is not None else draw[0] < 0.35:
        rows = _day(seed, rows, 1.0 if draw[1] < 0.5 else -1.0)
    # 2. The clock.
    rows[:, P.TIME] = time
    # 3. The camera.
    path = camera or CAMERAS[min(int(draw[2] * 1.25 * len(CAMERAS)), len(CAMERAS) - 1)]
    _travel(rows, path, time, draw[3:])
    # 4. All else that moves.
    for motion in MOTIONS:
        motion(rows, time)
    return rows


def clip_captions(params: Rows, fps: float, seed: int) -> list[Segment]:
    """Captions of a clip's moments, equal ones merged and short ones joined to what came before."""
    texts = [caption(row, np.random.default_rng(seed)).text for row in attributes_of(params)]
    segments: list[Segment] = []
    for k, text in enumerate(texts):
        end = (k + 1) / fps
        last = segments[-1] if segments else None
        if last is not None and (text == last.text or last.end_s - last.start_s < SHORTEST_S):
            segments[-1] = Segment(last.start_s, end, last.text)
        else:
            segments.append(Segment(k / fps, end, text))
    if len(segments) > 1 and segments[-1].end_s - segments[-1].start_s < SHORTEST_S:
        end = segments.pop().end_s
        segments[-1] = Segment(segments[-1].start_s, end, segments[-1].text)
    return segments


def write_clip(
    out: str | Path,
    seed: int = 0,
    seconds: float = 4.0,
    fps: float = 12.0,
    size: int = 256,
    attrs: Mapping[str, float] | None = None,
    device: Literal["cpu", "cuda"] = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> list[Segment]:
    """Renders one clip and writes it as an animated WebP or GIF, by the file's suffix; returns its captions."""
    from PIL import Image

    from lightbrush.world.renderer import render

    path = Path(out)
    if path.suffix.lower() not in (".webp", ".gif"):
        raise ValueError(f"world: a clip is written as .webp or .gif, got {path.name!r}")
    params = clip_params(seed, max(1, round(seconds * fps)), fps, attrs)
    images: list[Image.Image] = []
    for at in range(0, len(params), 4):
        part = params[at : at + 4]
        images += [Image.fromarray(rgb) for rgb in render(part, width=size, height=size, device=device).rgb]
        if progress is not None:
            progress(len(images), len(params))
    path.parent.mkdir(parents=True, exist_ok=True)
    images[0].save(path, save_all=True, append_images=images[1:], duration=round(1000.0 / fps), loop=0, quality=88)
    return clip_captions(params, fps, seed)


def _day(seed: int, rows: Rows, way: float) -> Rows:
    """Rows whose hour passes: the same scene realised at some hours, and the rows between them mixed.

    The sun stays up, or down; where the scene would change with the hour the hour stands still.
    """
    attrs = dict(zip(NAMES, attributes_of(rows[:1])[0].tolist(), strict=True))
    began = attrs["sun_height"]
    low, high = (-1.0, -0.3) if began < -0.1 else (-0.08, 1.0)
    ends = float(np.clip(began + 0.45 * way, low, high))
    if abs(ends - began) < 0.15:
        ends = float(np.clip(began - 0.45 * way, low, high))
    hours = np.linspace(began, ends, 9)
    keys = np.concatenate([scene_from_attributes({**attrs, "sun_height": float(h)}, seed) for h in hours])
    if (keys != keys[0])[:, ~_OF_THE_HOUR].any():
        return rows
    at = np.linspace(0.0, len(keys) - 1.0, len(rows))
    first = np.minimum(at.astype(np.int64), len(keys) - 2)
    share = (at - first)[:, None].astype(np.float32)
    out: Rows = (keys[first] * (1.0 - share) + keys[first + 1] * share).astype(np.float32)
    light = slice(P.LIGHT_X, P.LIGHT_Z + 1)
    out[:, light] /= np.linalg.norm(out[:, light], axis=1, keepdims=True)
    # What does not follow the hour keeps its exact value: a rounding could move a tree.
    out[:, ~_OF_THE_HOUR] = rows[:, ~_OF_THE_HOUR]
    return out


def _travel(rows: Rows, path: Camera, time: NDArray[np.float64], draw: NDArray[np.float64]) -> None:
    """Moves the camera: gently off and gently to rest, and never through the ground."""
    if path == "still" or len(rows) == 1:
        return
    p = rows[0].astype(np.float64).tolist()
    seconds = float(time[-1])
    t = time / seconds
    eased = 0.5 * t + 0.5 * t * t * (3.0 - 2.0 * t)  # a little slower at both ends
    if draw[0] < 0.5:
        eased = eased[::-1]
    side = 1.0 if draw[1] < 0.5 else -1.0
    eye = p[P.CAM_Y]
    speed = float(np.clip(0.22 * eye, 0.5, 3.0)) * (0.7 + 0.6 * draw[2])  # metres a second, faster from high up
    move = {
        "dolly": (0.0, 0.0, min(speed * seconds, 8.0)),
        "truck": (side * min(0.8 * speed * seconds, 8.0), 0.0, 0.0),
        "rise": (0.0, min(0.6 * speed * seconds, 0.8 * eye), 0.0),
        "pan": (0.0, 0.0, 0.0),
    }[path]
    for _ in range(4):
        ground = [terrain(p, move[0] * k / 8, 0.7 + move[2] * k / 8, 7)[0] for k in range(9)]
        if max(ground) < eye - CLEARANCE_M + 0.15:
            break
        move = (0.5 * move[0], move[1], 0.5 * move[2])
    rows[:, P.MOVE_X] = move[0] * eased
    rows[:, P.MOVE_Y] = move[1] * eased
    rows[:, P.MOVE_Z] = move[2] * eased
    if path == "pan":
        rows[:, P.PAN] = side * (eased - 0.5) * min(0.05 * seconds, 0.3) / p[P.FOCAL]


def _pass_by(rows: Rows, time: NDArray[np.float64]) -> None:
    """Boats sail, balloons drift with the wind, flocks and schools pass. A boat stays on the water: one that was put
    elsewhere than it wished, or has no room to sail, lies at anchor."""
    p = rows[0].astype(np.float64).tolist()
    seconds = float(time[-1])
    wind = drift([1.0 if k == P.TIME else value for k, value in enumerate(p)], 1.0)
    for k in range(int(p[P.PLACED])):
        kind, u, z, _height, slope, rnd = p[P.PLACED_KIND + PLACE * k :][:PLACE]
        ahead = 1.0 if (frac(7.0 * rnd) if kind == kinds.SAILBOAT else rnd) > 0.5 else -1.0
        speed = ahead * _SPEEDS.get(int(kind), 0.0)  # metres a second
        if kind == kinds.BALLOON:
            speed = wind
            rows[:, P.PLACED_S + PLACE * k] = slope + 0.5 * np.sin(0.5 * time) / z
        elif kinds.floats(int(kind)) and speed != 0.0:
            if settle(p, k)[2] != z:
                continue
            for _ in range(4):
                bed = [terrain(p, u * z + speed * seconds * j / 16, z, 7)[0] for j in range(17)]
                if max(bed) < -DRAUGHT_M:
                    break
                speed *= 0.5
            else:
                continue
        rows[:, P.PLACED_U + PLACE * k] = u + speed * time / z


_SPEEDS = {kinds.SAILBOAT: 2.4, kinds.ROWBOAT: 0.9, kinds.BIRDS: 7.0, kinds.FISH: 0.5}
# Each changes the rows [F, P] of a clip for the frames' times [F] in seconds, in place.
MOTIONS: tuple[Motion, ...] = (_pass_by,)
