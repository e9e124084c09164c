"""Networks that wait in the machine's own memory, and come to the device for as long as they are used."""

from __future__ import annotations

from types import TracebackType

import torch
from torch import nn


class Away:
    """`with away:` the networks are on the device; afterwards they, and what the device's allocator kept for them, are
    gone from it. Not to be entered twice at once, nor inside a captured graph."""

    def __init__(self, device: torch.device, *networks: nn.Module) -> None:
        self.device = device
        self._networks = networks
        self._leave()

    def __enter__(self) -> None:
        try:
            for network in self._networks:
                network.to(self.device, non_blocking=True)
        except BaseException:  # half of it fits
            self._leave()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        for network in self._networks:
            network.to("cpu")
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
