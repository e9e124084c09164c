"""Rendered worlds and what their captions mean, kept on the training device."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lightbrush.engines.conditioning import MEANING
from lightbrush.engines.embedded import USUAL, USUAL_PRESENCE
from lightbrush.nn.sentence import SentenceEncoder
from lightbrush.world import renderer, scene
from lightbrush.world.attributes import STYLES
from lightbrush.world.captions import caption

Scenes = Callable[[int, int], NDArray[np.float32]]
"""(seed, count) -> scenes [count, P]: `scene.sample_scenes`, or one like it."""

#: Scenes that share a seed. They are rendered, captioned and encoded together.
CHUNK: Final = 512
#: A value so near to the usual one is as usual.
NEAR_USUAL: Final = 0.5


class Batch(NamedTuple):
    """rgb: [B, 3, S, S] in [-1, 1]; label: [B, S, S] uint8; palette: [B, L, 3] in [0, 1]; attributes: [B, A];
    told: [B, A], how surely a prompt tells them, 0 to 1, that is a caption; meaning: [B, MEANING], its, unit length."""

    rgb: Tensor
    label: Tensor
    palette: Tensor
    attributes: Tensor
    told: Tensor
    meaning: Tensor


class Pool:
    """`count` scenes of one size, rendered when it is made; another seed has others.

    rgb: [M, S, S, 3] uint8; label: [M, S, S] uint8; palette: [M, L, 3] float32; attributes: [M, A] float32;
    told: [M, A] float16, meaning: [M, MEANING] float16; 0 without captions, for who does not look at it.
    helpers: processes that encode captions meanwhile; None, or one chunk: this one does.
    """

    def __init__(
        self,
        count: int,
        size_px: int,
        seed: int,
        device: torch.device,
        samples: int = 2,
        helpers: Executor | None = None,
        scenes: Scenes = scene.sample_scenes,
        captions: bool = True,
    ) -> None:
        shape = (count, size_px, size_px)
        self.samples = samples
        self.scenes = scenes
        self.rgb = torch.empty((*shape, 3), dtype=torch.uint8, device=device)
        self.label = torch.empty(shape, dtype=torch.uint8, device=device)
        self.palette = torch.empty((count, len(scene.MATERIALS), 3), device=device)
        self.attributes = torch.empty((count, len(scene.ATTRIBUTES)), device=device)
        self.told = torch.zeros((count, len(scene.ATTRIBUTES)), dtype=torch.float16, device=device)
        self.meaning = torch.zeros((count, MEANING), dtype=torch.float16, device=device)

        parts = [slice(at, min(at + CHUNK, count)) for at in range(0, count, CHUNK)]
        tasks = [(seed + i, part.stop - part.start) for i, part in enumerate(parts)]
        pending = (
            [helpers.submit(captions_of, *task, scenes) for task in tasks]
            if helpers and captions and len(tasks) > 1
            else []
        )
        for part, task in zip(parts, tasks, strict=True):
            self._render(part, *task)
        if not captions:
            return
        for i, (part, task) in enumerate(zip(parts, tasks, strict=True)):
            told, meaning = pending[i].result() if pending else captions_of(*task, scenes)
            self.told[part] = torch.from_numpy(told).to(device)
            self.meaning[part] = torch.from_numpy(meaning).to(device)

    @property
    def device(self) -> torch.device:
        return self.rgb.device

    def __len__(self) -> int:
        return self.rgb.shape[0]

    def _render(self, where: slice, seed: int, count: int) -> None:
        params = self.scenes(seed, count)
        self.palette[where] = torch.from_numpy(scene.sketch_palette(params)).to(self.device)
        self.attributes[where] = torch.from_numpy(scene.attributes_of(params)).to(self.device)
        height, width = self.label.shape[1:]
        if self.device.type == "cuda":
            on_device = torch.from_numpy(params).to(self.device)
            depth = torch.empty((count, height, width), device=self.device)
            renderer.render_into(on_device, self.rgb[where], self.label[where], depth, self.samples)
            return
        done = renderer.render(params, width=width, height=height, device="cpu", samples=self.samples)
        self.rgb[where] = torch.from_numpy(np.ascontiguousarray(done.rgb))
        self.label[where] = torch.from_numpy(np.ascontiguousarray(done.label))

    def batch(self, count: int, generator: torch.Generator) -> Batch:
        """A random batch, half of it mirrored."""
        return self.at(torch.randint(len(self), (count,), generator=generator, device=self.device))

    def at(self, index: Tensor) -> Batch:
        """The scenes at index [B], half of them mirrored."""
        rgb = self.rgb[index].permute(0, 3, 1, 2).contiguous().float() / 127.5 - 1
        label = self.label[index]
        half = len(index) // 2
        rgb[:half], label[:half] = rgb[:half].flip(3), label[:half].flip(2)
        told, meaning = self.told[index].float(), self.meaning[index].float()
        return Batch(rgb, label, self.palette[index], self.attributes[index], told, meaning)


class Variants:
    """Pairs of pictures of one place, on another surface each: what is there, and what is asked for instead."""

    def __init__(self, count: int, size_px: int, seed: int, device: torch.device, helpers: Executor | None) -> None:
        self.before = Pool(count, size_px, seed, device, helpers=helpers)
        self.after = Pool(count, size_px, seed, device, helpers=helpers, scenes=scene.sample_variants)

    def batch(self, count: int, generator: torch.Generator) -> tuple[Batch, Batch]:
        """Before and after, row by row."""
        device = self.before.device
        index = torch.randint(len(self.before), (count,), generator=generator, device=device)
        return self.before.at(index), self.after.at(index)


def captions_of(seed: int, count: int, scenes: Scenes) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """For each scene of a seed, of a caption as a prompt: what it tells [count, A], its sentence vector
    [count, MEANING]."""
    rng = np.random.default_rng(seed)
    rows = scene.attributes_of(scenes(seed, count))
    said = [caption(row, rng) for row in rows]
    told = np.stack([one.mentioned for one in said]).astype(np.float16)
    assume(told, rows)
    return told, _encoder().encode_together([one.text for one in said]).astype(np.float16)


def assume(told: NDArray[np.float16], rows: NDArray[np.float32]) -> None:
    """What the engine says of what nobody does (`embedded.USUAL`), said of the scenes where it holds. In place."""
    names = [attribute.name for attribute in scene.ATTRIBUTES]
    for name, usual in USUAL.items():
        about = [names.index(other) for other in (STYLES if name in STYLES else (name,))]
        holds = np.abs(rows[:, names.index(name)] - usual) < NEAR_USUAL
        told[:, about] = np.maximum(told[:, about], np.float16(USUAL_PRESENCE) * holds[:, None])


def caption_helpers(ranks: int = 1) -> Executor:
    """Processes for `Pool`: a rank's part of the cores, but two. Spawned: a fork would take half of CUDA with it."""
    return ProcessPoolExecutor(
        max(1, (os.cpu_count() or 1) // ranks - 2), mp_context=multiprocessing.get_context("spawn")
    )


@cache
def _encoder() -> SentenceEncoder:
    return SentenceEncoder()
