"""What a checkpoint makes of handmade sketches, to look at while training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lightbrush.engines.conditioning import Conditions, vector
from lightbrush.nn import flow
from lightbrush.nn.pixel_transformer import PixelTransformer
from lightbrush.nn.rope import rope_table
from lightbrush.training.conditions import LAYOUT, presence_owner
from lightbrush.training.handmade import sketches
from lightbrush.world.scene import ATTRIBUTES

#: Column of the grid -> the attributes it asks for; nothing said is left to the network.
MOODS: dict[str, dict[str, float]] = {
    "unsaid": {},
    "noon": {"sun_height": 0.9, "clouds": -0.6, "fog": -0.8},
    "dusk": {"sun_height": 0.02, "warmth": 0.9},
    "dawn": {"sun_height": 0.05, "warmth": -0.9, "fog": 0.1},
    "night": {"sun_height": -0.8, "clouds": -0.6},
    "fog": {"fog": 0.8, "sun_height": 0.4},
    "storm": {"storm": 0.9, "clouds": 0.8, "sun_height": 0.3},
    "snow": {"snow": 0.9, "arctic": 1.0, "sun_height": 0.5},
    "autumn": {"autumn": 0.9, "sun_height": 0.35, "warmth": 0.5},
    "purple": {"sky_tint_x": 0.25, "sky_tint_y": -0.8, "sun_height": 0.4},
}


def condition_row(said: dict[str, float], strength: float, drawn: bool = True) -> NDArray[np.float32]:
    """The network's condition for attributes said outright: [CONDITION_LENGTH]."""
    names = [a.name for a in ATTRIBUTES]
    owner = np.array(presence_owner())
    values, presence = np.zeros(len(names), np.float32), np.zeros(len(names), np.float32)
    for name, value in said.items():
        values[names.index(name)] = value
        presence[owner == owner[names.index(name)]] = 1.0
    return vector(Conditions(values, presence), strength, drawn, LAYOUT)


@torch.no_grad()
def generate(
    net: PixelTransformer,
    hints: Tensor,
    condition: Tensor,
    seeds: list[int],
    steps: int,
) -> Tensor:
    """hints: [B, 8, H, W] as the network takes them -> pictures [B, 3, H, W] in [-1, 1], on the network's device."""
    device = hints.device
    height, width = hints.shape[2:]
    c = net.config
    table = rope_table(height // c.patch_px, width // c.patch_px, c.width // c.heads)
    rope = torch.from_numpy(table).to(device)
    x = torch.from_numpy(np.concatenate([flow.noise(s, height, width) for s in seeds])).to(device)
    times = flow.schedule(steps)
    for i, t in enumerate(times):
        at = torch.full((len(x),), t, device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            clean = net(x, hints, at, condition, rope).float()
        x = clean if i + 1 == steps else x + (times[i + 1] - t) / (1 - t) * (clean - x)
    return x.clamp(-1, 1)


def to_hints(rgb: NDArray[np.uint8], device: torch.device | str) -> Tensor:
    """Wholly drawn sketches [B, H, W, 3] uint8 -> hints [B, 8, H, W]: colour in [-1, 1], coverage 1, nothing kept."""
    colour = torch.tensor(rgb, device=device).permute(0, 3, 1, 2).float() / 127.5 - 1
    coverage = torch.ones_like(colour[:, :1])
    return torch.cat([colour, coverage, 0 * colour, 0 * coverage], 1)


def to_pixels(pictures: Tensor) -> NDArray[np.uint8]:
    """[B, 3, H, W] in [-1, 1] -> [B, H, W, 3] uint8."""
    scaled = ((pictures.float() + 1) * 127.5).round().clamp(0, 255)
    return scaled.byte().permute(0, 2, 3, 1).contiguous().cpu().numpy()


def write_handmade(
    net: PixelTransformer,
    path: Path,
    device: torch.device,
    steps: tuple[int, ...] = (1, 2, 4),
    strength: float = 0.8,
    size: int = flow.TRAINED_PX,
) -> None:
    """A grid: a row a sketch and step count, a column a mood, the sketch first."""
    conditions = np.stack([condition_row(said, strength) for said in MOODS.values()])
    rows = []
    for drawing in sketches(size).values():
        hints = to_hints(np.repeat(drawing[None], len(MOODS), 0), device)
        for count in steps:
            made = generate(net, hints, torch.from_numpy(conditions).to(device), [7] * len(MOODS), count)
            rows.append(np.concatenate([drawing, *to_pixels(made)], 1))
    Image.fromarray(np.concatenate(rows, 0)).save(path)
