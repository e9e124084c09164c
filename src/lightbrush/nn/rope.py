"""Rotary position tables for a grid of patches, in NumPy so that every runtime is handed the same numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BASE = 100.0


def rope_table(rows: int, columns: int, head_width: int, trained_rows: int = 16) -> NDArray[np.float32]:
    """-> [2 (cos, sin), rows, columns, head_width / 2]: half of the pairs turn with the row, half with the column.

    Positions are measured from the picture's centre in units of the grid that the network was trained on (16 rows at
    256 pixels), scaled so that any size spans the same angles: a taller grid is a finer one, not a farther one
    ("position interpolation", Chen et al., 2023).
    """
    pairs = head_width // 4
    frequency = _BASE ** (-np.arange(pairs, dtype=np.float64) / pairs)
    scale = trained_rows / min(rows, columns)
    y = (np.arange(rows) - (rows - 1) / 2) * scale
    x = (np.arange(columns) - (columns - 1) / 2) * scale
    angle_y = np.broadcast_to((y[:, None] * frequency)[:, None], (rows, columns, pairs))
    angle_x = np.broadcast_to((x[:, None] * frequency)[None, :], (rows, columns, pairs))
    angles = np.concatenate([angle_y, angle_x], -1)
    return np.stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
