"""`lightbrush bench sheet`: pictures to look at, made by the shipped engine from handmade sketches.

A row a sketch; a column a prompt, the sketch itself first.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from lightbrush.engines.engine import find
from lightbrush.errors import SettingsError
from lightbrush.shots import Frame, Prompt, Rgb
from lightbrush.training.handmade import sketches

PROMPTS: Final = (
    "clear noon",
    "golden evening light",
    "pink dawn",
    "clear night, full moon",
    "misty morning",
    "storm coming",
    "deep snow",
    "autumn colours",
    "purple sky",
)
_CAPTION_PX: Final = 22


def write_sheet(
    out: Path, *, steps: int, seed: int, device: str, names: Sequence[str], progress: Callable[[int, int], None]
) -> None:
    """Write a PNG, JPEG or WebP. names: which of `training.handmade.sketches`, all when empty. progress(done, of).

    Raises SettingsError for a name that is none of them.
    """
    known = sketches()
    if unknown := sorted(set(names) - set(known)):
        raise SettingsError("settings.value", f"a sketch is one of {', '.join(known)}", value=", ".join(unknown))
    engine = find("embedded").load(device)
    drawings = {name: drawing for name, drawing in known.items() if not names or name in names}
    rows: list[Rgb] = []
    total = len(drawings) * len(PROMPTS)
    for drawing in drawings.values():
        row = [drawing]
        for prompt in PROMPTS:
            shot = Frame(sketch=_png(drawing), prompts=(Prompt(prompt),), seed=seed, steps=steps)
            row.append(engine.render(shot).pixels)
            progress(len(rows) * len(PROMPTS) + len(row) - 1, total)
        rows.append(np.concatenate(row, 1))
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate([_captions(rows[0].shape[1], drawings), *rows])).save(out, quality=92)


def _captions(width: int, drawings: dict[str, Rgb]) -> Rgb:
    side = next(iter(drawings.values())).shape[1]
    strip = Image.new("RGB", (width, _CAPTION_PX), (18, 18, 18))
    pen = ImageDraw.Draw(strip)
    for i, text in enumerate(("sketch", *PROMPTS)):
        pen.text((i * side + 8, 5), text, fill=(230, 230, 230))
    return np.asarray(strip)


def _png(pixels: Rgb) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
