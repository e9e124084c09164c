"""Contact sheets: many pictures in one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

GAP_PX = 4


def contact_sheet(rgb: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Pictures [N, H, W, 3] side by side in rows of `columns`, with a dark gap: uint8 [height, width, 3]."""
    if rgb.ndim != 4 or rgb.shape[3] != 3 or len(rgb) == 0:
        raise ValueError(f"world: a contact sheet needs pictures [N > 0, H, W, 3], got {list(rgb.shape)}")
    if columns < 1:
        raise ValueError(f"world: columns must be at least 1, got {columns}")
    n, h, w, _ = rgb.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    sheet = np.full((rows * (h + GAP_PX) + GAP_PX, columns * (w + GAP_PX) + GAP_PX, 3), 18, np.uint8)
    for k in range(n):
        y = GAP_PX + (k // columns) * (h + GAP_PX)
        x = GAP_PX + (k % columns) * (w + GAP_PX)
        sheet[y : y + h, x : x + w] = rgb[k]
    return sheet


def write_grid(
    count: int,
    out: str | Path,
    seed: int = 0,
    size: int = 256,
    device: Literal["cpu", "cuda"] = "cpu",
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Renders `count` random scenes and writes one PNG. `progress(done, count)` is called after each few."""
    from PIL import Image

    from lightbrush.world.renderer import render
    from lightbrush.world.scene import sample_scenes

    if count < 1:
        raise ValueError(f"world: count must be at least 1, got {count}")
    params = sample_scenes(seed, count)
    pictures = np.empty((count, size, size, 3), np.uint8)
    step = 4 if device == "cpu" else 256
    for at in range(0, count, step):
        part = params[at : at + step]
        pictures[at : at + len(part)] = render(part, width=size, height=size, device=device).rgb
        if progress is not None:
            progress(at + len(part), count)
    path = Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(contact_sheet(pictures, max(1, round((count * 1.5) ** 0.5)))).save(path)
    return path
