"""Rendered worlds, kept on the training device and renewed while training runs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from lightbrush.world import renderer, scene


class Pool:
    """A ring of rendered scenes of one size. `renew` replaces the oldest ones, so no picture is seen too often.

    rgb: [M, S, S, 3] uint8; label: [M, S, S] uint8; palette: [M, L, 3] float32; attributes: [M, A] float32.
    """

    def __init__(self, count: int, size_px: int, seed: int, device: torch.device, samples: int = 2) -> None:
        self.seed = seed
        self._chunks = 0
        self.samples = samples
        shape = (count, size_px, size_px)
        self.rgb = torch.empty((*shape, 3), dtype=torch.uint8, device=device)
        self.label = torch.empty(shape, dtype=torch.uint8, device=device)
        self.palette = torch.empty((count, len(scene.MATERIALS), 3), device=device)
        self.attributes = torch.empty((count, len(scene.ATTRIBUTES)), device=device)
        self._depth = torch.empty((min(count, 1024), size_px, size_px), dtype=torch.float32, device=device)
        self._filled = 0

    @property
    def device(self) -> torch.device:
        return self.rgb.device

    def __len__(self) -> int:
        return self.rgb.shape[0]

    def renew(self, count: int) -> None:
        """Render `count` scenes that this pool has not shown over the oldest ones. A chunk of scenes takes one seed."""
        while count > 0:
            at = self._filled % len(self)
            n = min(count, len(self) - at, self._depth.shape[0])
            self._render(slice(at, at + n), n)
            self._filled += n
            count -= n

    def _render(self, where: slice, n: int) -> None:
        params = scene.sample_scenes(self.seed + self._chunks, n)
        self._chunks += 1
        self.palette[where] = torch.from_numpy(scene.sketch_palette(params)).to(self.device)
        self.attributes[where] = torch.from_numpy(scene.attributes_of(params)).to(self.device)
        height, width = self.label.shape[1:]
        if self.device.type == "cuda":
            on_device = torch.from_numpy(params).to(self.device)
            renderer.render_into(on_device, self.rgb[where], self.label[where], self._depth[:n], self.samples)
            return
        done = renderer.render(params, width=width, height=height, device="cpu", samples=self.samples)
        self.rgb[where] = torch.from_numpy(np.ascontiguousarray(done.rgb))
        self.label[where] = torch.from_numpy(np.ascontiguousarray(done.label))

    def batch(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """A random batch, half of it mirrored: rgb [B, 3, S, S] in [-1, 1], label, palette, attributes."""
        known = min(self._filled, len(self))
        index = torch.randint(known, (count,), generator=generator, device=self.device)
        rgb = self.rgb[index].permute(0, 3, 1, 2).float() / 127.5 - 1
        label = self.label[index]
        half = count // 2
        rgb[:half], label[:half] = rgb[:half].flip(3), label[:half].flip(2)
        return rgb, label, self.palette[index], self.attributes[index]
