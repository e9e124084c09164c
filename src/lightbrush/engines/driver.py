"""Whether a GPU may be here, found out without loading PyTorch, which takes seconds and 200 MB."""

from __future__ import annotations

import os
from typing import Final

#: What a driver for PyTorch's "cuda" shows itself by, NVIDIA's or AMD's; the second is WSL's.
_DRIVERS: Final = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")


def has_driver() -> bool:
    return any(map(os.path.exists, _DRIVERS))
