"""A process that must not outlive the one that started it, and what it is called."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NAME: Final = 15


def die_with(parent: int) -> None:
    """Ask the kernel to end this process when its parent dies (Linux; elsewhere a closing link or pipe does it).

    parent: its process id; 0 when nobody in particular started this one.
    """
    if not parent:
        return
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        sys.exit(0)


def go_by(name: str) -> None:
    """What `ps -o comm` and `top` call this process, the first 15 bytes (Linux; elsewhere what it was)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)
