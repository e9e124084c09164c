"""An engine that holds memory of its device, and says which one it sees. For tests of workers that are forked:
`tests.fleet.holding:spec`. PyTorch is imported when it is loaded, as engines must."""

from __future__ import annotations

import os

import msgspec
import numpy as np

from lightbrush.engines.engine import EngineSpec
from lightbrush.shots import EngineCard, Frame, Picture, Size

#: What each worker holds.
MIB = 1024

CARD = EngineCard(
    id="holding",
    name="Holding",
    summary="Holds memory; for tests",
    licence="Apache-2.0",
    sizes=(Size(64, 64),),
    default_size=Size(64, 64),
    steps=(1, 1),
    default_steps=1,
)


class Seen(msgspec.Struct, frozen=True):
    """What a worker sees. visible: CUDA_VISIBLE_DEVICES. uuids: of its GPUs, as PyTorch tells them."""

    pid: int
    parent: int
    visible: str
    uuids: tuple[str, ...] = ()


class Holding:
    card = CARD

    def __init__(self, on_gpu: bool) -> None:
        uuids: list[str] = []
        if on_gpu:
            import torch

            self._held = torch.full((MIB, 2**20), 7, dtype=torch.uint8, device="cuda")
            torch.cuda.synchronize()
            count = torch.cuda.device_count()
            uuids = [str(torch.cuda.get_device_properties(place).uuid) for place in range(count)]
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
        self.device = msgspec.json.encode(Seen(os.getpid(), os.getppid(), visible, tuple(uuids))).decode()

    def render(self, shot: Frame) -> Picture:
        return Picture(pixels=np.zeros((64, 64, 3), np.uint8), engine="holding", times_ms={})


spec = EngineSpec(card=CARD, load=lambda device: Holding(device == "cuda"))
