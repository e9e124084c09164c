"""A device of PyTorch: which one, what is free on it, and what is said when that is not enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import torch
from torch import Tensor

from lightbrush.errors import FleetError, SettingsError
from lightbrush.models.machine import gib

FreeBytes = Callable[[torch.device], int]


def free_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return psutil.virtual_memory().available


class Side:
    """A second line of work of a GPU: what begins inside `beside` may go on while what comes after begins, and `join`
    waits for it. Elsewhere everything is done in turn."""

    def __init__(self, device: torch.device) -> None:
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None

    @contextmanager
    def beside(self) -> Iterator[None]:
        """After what has been asked of the device so far. What is read inside must be there until `join`."""
        if self._stream is None:
            yield
            return
        self._stream.wait_stream(torch.cuda.current_stream(self._stream.device))
        with torch.cuda.stream(self._stream):
            yield

    def reached(self) -> Callable[[], None]:
        """-> what waits until the device has done all that it has been asked so far, but beside."""
        if self._stream is None:
            return lambda: None
        event = torch.cuda.Event()
        event.record(torch.cuda.current_stream(self._stream.device))
        return event.synchronize

    def join(self) -> None:
        if self._stream is not None:
            self._stream.synchronize()

    @property
    def runs(self) -> bool:
        """Whether anything is done beside."""
        return self._stream is not None


def sent(x: Tensor, device: torch.device) -> Tensor:
    """x on that device, which it may be on its way to: what the current stream does next finds it there."""
    return x.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else x.to(device)


@contextmanager
def memory_told(device: torch.device) -> Iterator[None]:
    """Raises FleetError fleet.memory where the device runs out of memory, which can happen though it was enough by
    arithmetic: others use it too."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:  # PyTorch has no type of its own for the machine's memory
        told = str(error).partition("\n")[0]
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and "allocate memory" not in told:
            raise
        raise FleetError(
            "fleet.memory",
            f"{device.type} ran out of memory",
            value=f"{gib(free_bytes(device))} free now; {told}",
            fix="Ask for a smaller size or a smaller model, or end what else uses the memory, and try again",
        ) from None


def chosen(name: str) -> torch.device:
    """The device that "auto", "cpu" or "cuda" names. Raises SettingsError: settings.value, extra.missing."""
    if name not in ("auto", "cpu", "cuda"):
        raise SettingsError("settings.value", "device is auto, cpu or cuda", value=name)
    if name == "cuda" and not torch.cuda.is_available():
        raise SettingsError(
            "extra.missing", "CUDA was asked for, and PyTorch sees no CUDA device", fix="Use --device cpu"
        )
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def device_name(device: torch.device) -> str:
    """For people."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU (PyTorch)"
