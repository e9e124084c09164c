"""A video engine, loaded, and the videos that it renders in this process.

A video is blocks, and a block a pure function of its request (`engines.wan_stream`). What follows here from one block
to the next is the context, which is part of that request, and the decoder's state, which only viewers see.
`engines.wan_loading` makes engines from files; `engines.wan_live` renders a worker's blocks with them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lightbrush import media
from lightbrush.engines.device import Side, memory_told
from lightbrush.engines.video import VideoCard
from lightbrush.engines.wan_stream import (
    BLOCK_LATENTS,
    Ahead,
    Block,
    BlockRequest,
    Networks,
    Parameters,
    next_context,
    render_latents,
)
from lightbrush.media import Frames
from lightbrush.models.machine import Dtype
from lightbrush.nn.wan.autoencoder import TIME_STRIDE, VideoAutoencoder, from_uint8, on_its_way, towards_host
from lightbrush.nn.wan.causal import State
from lightbrush.nn.wan.leader import Leader
from lightbrush.nn.wan.schedule import schedule, warped
from lightbrush.shots import Size
from lightbrush.timeline import Recipe, at


@dataclass(frozen=True)
class VideoEngine:
    """All that renders videos, on its device.

    device: its name, for people. dtype, attention: what the network's matrices and its attention are computed in; None
    where nobody chose, as of the tiny random one.
    """

    card: VideoCard
    networks: Networks
    autoencoder: VideoAutoencoder
    device: str
    dtype: Dtype | None = None
    attention: Dtype | None = None

    def close(self) -> None:
        """Let the processes end that share its passes. It renders nothing after that."""
        if isinstance(self.networks.transformer, Leader):
            self.networks.transformer.leave()


@dataclass(frozen=True)
class Shown:
    """A block and what viewers see of it: frames [9 or 12, H, W, 3] uint8."""

    index: int
    block: Block
    frames: Frames


def parameters(recipe: Recipe, block: int) -> Parameters:
    """What one block of a video follows."""
    timeline, moment = recipe.timeline, at(recipe.timeline, block, recipe.fps)
    bias, guide = timeline.settings.attention_bias, recipe.guide
    return Parameters(
        prompts=moment.prompts,
        previous=moment.previous,
        mix=moment.mix,
        interpolation=moment.interpolation,
        width=timeline.width,
        height=timeline.height,
        seed=timeline.seed,
        steps=warped([step for step in timeline.steps if step]) or schedule(4),  # a step at 0 changes nothing
        strength=recipe.clip.strength if recipe.clip else 1.0,
        control_scale=guide.scale if guide else 1.0,
        **({} if bias is None else {"context_weight": bias}),
    )


def stream(
    engine: VideoEngine,
    log: Iterable[Parameters],
    *,
    first: int = 0,
    context: Tensor | None = None,
    video: Iterator[Tensor] | None = None,
    control: Iterator[Tensor] | None = None,
    references: Tensor | None = None,
) -> Iterator[Shown]:
    """Blocks as they are rendered. The log is read block by block, so what changes in it counts from the next one on.

    first, context: where to take up a stream, as `wan_stream.play` has them. The latents are then what they would have
    been; the frames of that one block nearly so, since the decoder has seen the context alone. video: [3, C, h, w] for
    each block, to change. control: [3, vace_channels, h, w] for each, to follow, and references: [R, C, h, w], to show
    (`engines.vace`). Raises ShotError as `render_block` does.
    """
    renderer, state = Renderer(engine), None
    for index, asked in enumerate(log, first):
        with memory_told(engine.networks.transformer.device):
            latents, followed = (None if source is None else next(source) for source in (video, control))
            request = BlockRequest(index, asked, context, latents, followed, references)
            rendered = renderer.block(request, context, state)
        context, state = rendered.context, rendered.state
        yield Shown(index, rendered.block, rendered.frames)


@dataclass(frozen=True)
class Rendered:
    """block: in the machine's own memory. context: its context on the device. frames: [9 or 12, H, W, 3] uint8. state:
    the decoder's after them. times_ms: `latents`, from the request on, and `frames`, after that."""

    block: Block
    context: Tensor
    frames: Frames
    state: State
    times_ms: dict[str, float]


class Renderer:
    """Blocks one after the other, so that a GPU never waits: frames are decoded beside the next block's context, and
    while they come, that is taken in already (`wan_stream.Ahead`). Nothing else may use the network meanwhile."""

    def __init__(self, engine: VideoEngine) -> None:
        self._engine = engine
        self._side = Side(engine.networks.transformer.device)
        self._ahead = Ahead()

    @torch.no_grad()
    def block(self, request: BlockRequest, past: Tensor | None, state: State | None) -> Rendered:
        """past, state: as `decode_after` has them. The context that was given with the block before is known again by
        being that tensor. Raises ShotError as `render_block` does."""
        begun = time.perf_counter()
        networks = self._engine.networks
        latents = render_latents(networks, request, ahead=self._ahead)
        done = self._side.reached()
        # Frames and the next context need nothing of each other: one leaves room on a GPU for the other.
        with self._side.beside():
            frames, state = decode_after(self._engine, latents, past, state)
            shown, own = towards_host(frames), on_its_way(latents)
        context = next_context(networks, request.context, latents)
        with self._side.beside():
            held = on_its_way(context)
        if self._side.runs:  # elsewhere it would keep these frames waiting
            self._ahead.begin(networks, context)
        done()
        made = time.perf_counter()
        self._side.join()
        times_ms = {"latents": (made - begun) * 1e3, "frames": (time.perf_counter() - made) * 1e3}
        return Rendered(Block(own, held), context, shown.numpy(), state, times_ms)


@torch.no_grad()
def decode_after(
    engine: VideoEngine, latents: Tensor, past: Tensor | None, state: State | None
) -> tuple[Tensor, State]:
    """A block's latents [T, C, h, w] as frames [F, 3, H, W], and the decoder's state after them.

    state: after the block before; None where that is not known. past: [n, C, h, w], the latents before these, decoded
    first where the state is not known, a block at a time as they were then: so the state is the same, bit for bit,
    where the past is all that the decoder hears.
    """
    if state is None and past is not None:
        for before in past.to(latents).split(BLOCK_LATENTS):
            _, state = engine.autoencoder.decode_block(before, state)
    return engine.autoencoder.decode_block(latents, state)


@torch.no_grad()
def encoded(engine: VideoEngine, path: Path, size: Size, fps: float) -> Iterator[Tensor]:
    """A clip as latents [3, C, h, w], block by block and without end: when it is over it rests on its last frame.

    A block is read when it is asked for: however long the clip is, at most a block's frames are held, twice, and what
    the decoder of its file holds back. size: pixels, multiples of 16. Raises MediaError.
    """
    blocks = clip_blocks(engine, path, size, fps)
    state: State | None = None
    while True:
        latents, state = engine.autoencoder.encode_block(next(blocks), state)
        yield latents


def clip_blocks(engine: VideoEngine, path: Path, size: Size, fps: float) -> Iterator[Tensor]:
    """A clip's frames as the encoder takes them, [F, 3, H, W], block by block and without end, as `encoded` says."""
    weight = next(engine.autoencoder.parameters())
    frames = chain.from_iterable(media.read(path, fps=fps, size=size, chunk=1))
    last = next(frames)
    frames = chain([last], frames)
    for count in encoder_frames(engine):
        taken = list(islice(frames, count))
        last = taken[-1] if taken else last
        pixels = torch.from_numpy(np.stack(taken + [last] * (count - len(taken))))
        del taken  # none of these while the block is rendered
        given = [from_uint8(pixels.to(weight.device), weight.dtype)]
        del pixels
        yield given.pop()


def encoder_frames(engine: VideoEngine) -> Iterator[int]:
    """How many frames each block takes, the first as many more as the encoder looks ahead."""
    later = TIME_STRIDE * BLOCK_LATENTS
    return chain([later - TIME_STRIDE + engine.autoencoder.first_frames], repeat(later))
