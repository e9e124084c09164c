"""A video engine as a worker has it: loaded with the worker's settings, it renders any block of any video.

A request holds everything that latents and frames depend on: the context, and the latents before it that the decoder
hears.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import torch
from torch import Tensor

from lightbrush import pixels
from lightbrush.engines.device import memory_told
from lightbrush.engines.video import ATTENTION_VARIABLE, DTYPE_VARIABLE, FOLDER_VARIABLE, GPUS_VARIABLE
from lightbrush.engines.wan import Renderer, VideoEngine
from lightbrush.engines.wan_loading import Runtime, Task, load
from lightbrush.engines.wan_stream import (
    BLOCK_LATENTS,
    CONTEXT_WEIGHT,
    BlockRequest,
    Parameters,
    from_bytes,
    to_bytes,
)
from lightbrush.errors import SettingsError, ShotError
from lightbrush.models.machine import ATTENTIONS, DTYPES
from lightbrush.models.store import Store
from lightbrush.nn.wan.autoencoder import from_uint8
from lightbrush.nn.wan.causal import State
from lightbrush.nn.wan.schedule import schedule
from lightbrush.shots import MAX_INPUT_PIXELS, Block, EngineCard, Footage, Frame, Picture
from lightbrush.timeline import BLOCK_FRAMES, FIRST_BLOCK_FRAMES

log = logging.getLogger("lightbrush.engines")

#: Of the past that a worker's request holds. The tiny decoder hears eight latents of it.
_PAST_LATENTS: Final = 3 * BLOCK_LATENTS


@torch.no_grad()
def started_from(engine: VideoEngine, block: Block) -> Tensor | None:
    """A block's input as latents [3, C, h, w]; None without one.

    Encoded by itself, so that the block stays a pure function: the encoder hears of the past the frame in front alone.
    The block's own frames are then its last three latents, four frames each, or a first block's one, four and four.
    Raises ShotError "shot.input", PixelsError.
    """
    if not block.input:
        return None
    wanted = FIRST_BLOCK_FRAMES if block.index == 0 else 1 + BLOCK_FRAMES
    count = sum(still.frames for still in block.input)
    if count != wanted:
        raise ShotError("shot.input", f"block {block.index} starts from {wanted} frames", value=count)
    stills = [pixels.decode_to(s.data, block.width, block.height, max_pixels=MAX_INPUT_PIXELS) for s in block.input]
    held = [still for still, s in zip(stills, block.input, strict=True) for _ in range(s.frames)]
    weight = next(engine.autoencoder.parameters())
    frames = from_uint8(torch.from_numpy(np.stack(held)).to(weight.device), weight.dtype)
    return engine.autoencoder.encode(frames)[-BLOCK_LATENTS:]


class Live:
    """See `engine.BlockEngine`. Of the block that it rendered last it remembers the context, and the decoder's state:
    where the next one follows that, they need not be made again from the request."""

    def __init__(self, engine: VideoEngine, described: EngineCard) -> None:
        self.card = described
        self.device = engine.device
        self._engine = engine
        self._renderer = Renderer(engine)
        self._last: _Last | None = None

    def render(self, shot: Frame) -> Picture:
        raise ShotError("shot.engine", f"{self.card.name} renders video, and no pictures", value=self.card.id)

    def render_block(self, block: Block) -> Footage:
        """Stages: `input`, where there is one, as latents; `latents`; `frames`, what they take after that."""
        try:
            with memory_told(self._engine.networks.transformer.device):
                return self._render(block)
        except Exception:
            self._last, self._renderer = None, Renderer(self._engine)  # room for whoever comes next
            raise

    def _render(self, block: Block) -> Footage:
        begun = time.perf_counter()
        video = started_from(self._engine, block)
        started = time.perf_counter()
        context, past = from_bytes(block.context) if block.context else (None, None)
        past = context if past is None else past[-_PAST_LATENTS:]  # a context of before has none
        last, state = self._last, None
        if last is not None and block.context == last.bytes:
            context, state = last.context, last.state
        elif context is not None:
            context = context.to(self._engine.networks.transformer.device)
        asked = Parameters(
            prompts=block.prompts,
            previous=block.previous,
            mix=block.mix,
            interpolation=block.interpolation,
            width=block.width,
            height=block.height,
            seed=block.seed,
            steps=schedule(block.steps or self.card.default_steps),
            context_weight=float(block.parameters.get("context_weight", CONTEXT_WEIGHT)),
            strength=block.strength,
        )
        rendered = self._renderer.block(BlockRequest(block.index, asked, context, video), past, state)
        made = rendered.block
        heard = made.latents if past is None else torch.cat([past.to(made.latents), made.latents])
        after = to_bytes(made.context, heard[-_PAST_LATENTS:])
        self._last = _Last(after, rendered.context, rendered.state)
        times_ms = {} if video is None else {"input": (started - begun) * 1e3}
        times_ms |= rendered.times_ms
        return Footage(pixels=rendered.frames, context=after, engine=self.card.id, times_ms=times_ms)


@dataclass(frozen=True)
class _Last:
    """After a block: the context as it travels and as it is here, and the decoder's state."""

    bytes: bytes
    context: Tensor
    state: State


def load_live(described: EngineCard, device: str) -> Live:
    """The engine of that card, with memory for its default size, and to encode input. The settings `models_folder` and
    `video_...` reach a worker through its environment."""
    store = Store.of(os.environ.get(FOLDER_VARIABLE, ""), os.environ)
    task = Task(described.default_size, clips=int(described.video_input))
    runtime = Runtime(
        device=device,
        gpus=_said_gpus(),
        dtype=_said(DTYPE_VARIABLE, "fp8", DTYPES),
        attention=_said(ATTENTION_VARIABLE, "auto", ATTENTIONS),
    )
    loaded = load(described.id, store, task, runtime, say=log.info)
    return Live(loaded, described)


_Known = TypeVar("_Known", bound=str)


def _said(variable: str, default: _Known, known: Sequence[_Known]) -> _Known:
    """What the environment says."""
    said = os.environ.get(variable, default)
    for each in known:
        if each == said:
            return each
    raise SettingsError("settings.value", f"{variable} is {' or '.join(known)}", value=said)


def _said_gpus() -> int:
    said = os.environ.get(GPUS_VARIABLE, "1")
    if not said.isdecimal() or int(said) < 1:
        raise SettingsError("settings.value", f"{GPUS_VARIABLE} is a whole number from 1 on", value=said)
    return int(said)
