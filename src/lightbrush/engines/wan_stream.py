"""Endless video in blocks of three latent frames, by a causal Wan network distilled to a few steps.

A block is a pure function of its request: the context, three clean latent frames; the prompts; the seed; the block's
index; the parameters. Nothing else is kept between blocks, so any process can render the next one, a stream can be
played again from its log, and branch from any block whose context is known. Networks are passed in.

The loop is that of Self Forcing (Huang et al., 2025) with the context of Krea Realtime 14B (2025): before each block
keys and values are computed anew from [first frame, last two latents] at positions 0 to 2, and the block stands at 3
to 5. From the third block on that first frame is the oldest of the last nine pixel frames, encoded by itself. So
positions never grow, the prompt of the moment has been seen by the context too, and errors do not pile up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from lightbrush.engines.device import sent
from lightbrush.errors import ShotError
from lightbrush.nn.wan.config import LATENT_PX, WanConfig
from lightbrush.nn.wan.prompts import Embed, embed
from lightbrush.nn.wan.schedule import MAX_STEPS, at_strength, check_steps, denoise, noise, schedule
from lightbrush.nn.wan.transformer import Conditioning, Context, Control, Text
from lightbrush.shots import Blend, Interpolation, Prompt

#: Latent frames of a block, and of its context.
BLOCK_LATENTS: Final = 3
CONTEXT_LATENTS: Final = 3

#: How much past frames but the first weigh in attention: Krea Realtime's default.
CONTEXT_WEIGHT: Final = 0.3


class Transformer(Protocol):
    """What `nn.wan.transformer.WanTransformer` offers; a faster network offers the same."""

    @property
    def config(self) -> WanConfig: ...

    @property
    def dtype(self) -> torch.dtype: ...

    @property
    def device(self) -> torch.device: ...

    def encode_text(self, embeddings: Tensor, length: int | None = None) -> Text: ...

    def encode_context(self, latents: Tensor, text: Text) -> Context: ...

    def denoise(self, latents: Tensor, t: Tensor, given: Conditioning) -> Tensor: ...


class Decoder(Protocol):
    def decode_last(self, latents: Tensor) -> Tensor:
        """The last frame of a video from its first on: [T, C, h, w], normalised, -> [1, 3, 8 h, 8 w] in [-1, 1]."""


class Encoder(Protocol):
    def encode(self, frames: Tensor) -> Tensor:
        """A video from its first frame on: [1 + 4 (T - 1), 3, H, W] in [-1, 1] -> [T, C, H/8, W/8], normalised."""


@dataclass(frozen=True)
class Networks:
    """embed: a text -> [rows, text_dim], without padding. decoder, encoder: for the one frame that the context encodes
    anew; both are pure functions. What viewers see is decoded by who shows it, from the latents."""

    transformer: Transformer
    embed: Embed
    decoder: Decoder
    encoder: Encoder


class Parameters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a block follows, but for latents. As JSON, one a block, it is a stream's log.

    width, height: pixels, multiples of 16. seed: 0 to 2**32 - 1. prompts, previous, mix, interpolation: as
    `nn.wan.prompts.embed` has them. steps: times in (0, 1000] that fall. context_weight: in (0, 1], of past frames but
    the first. strength: in (0, 1], of video to video, 1 keeps nothing of the video. control_scale: 0 to 2, of VACE.
    """

    prompts: tuple[Prompt, ...]
    width: int = 832
    height: int = 480
    seed: int = 0
    previous: tuple[Blend, ...] = ()
    mix: float = 1.0
    interpolation: Interpolation = "linear"
    steps: tuple[float, ...] = schedule(4)
    context_weight: float = CONTEXT_WEIGHT
    strength: float = 1.0
    control_scale: float = 1.0


@dataclass(frozen=True)
class BlockRequest:
    """One block of a stream: everything that it depends on.

    index: of the block, from 0. context: [3, C, h, w], what the block before returned; None for the first, and for a
    cut. video: [3, C, h, w], encoded frames to change, for video to video. control: [3, vace_channels, h, w], what VACE
    follows. references: [R, C, h, w], pictures, each encoded by itself, that VACE is to show; only with control.
    """

    index: int
    parameters: Parameters
    context: Tensor | None = None
    video: Tensor | None = None
    control: Tensor | None = None
    references: Tensor | None = None


@dataclass(frozen=True)
class Block:
    """latents: [3, C, h, w], clean. context: [3, C, h, w], for the next block. Both in the transformer's dtype."""

    latents: Tensor
    context: Tensor


class Ahead:
    """The past as the next block will see it, made before that is asked for: it follows from this block where the words
    stay. So a GPU goes on while frames are on their way to a screen and the next request comes.

    Words that came with this block may change again with the next, as in a transition: then nothing is made.
    """

    def __init__(self) -> None:
        self._words: tuple[object, ...] | None = None
        self._text: Text | None = None
        self._again = False
        self._context: Tensor | None = None
        self._seen: Context | None = None

    def begin(self, networks: Networks, context: Tensor) -> None:
        """After a block: context is what the one after it gets."""
        if self._again and self._text is not None:
            self._context, self._seen = context, _past(networks, context, self._text)

    def see(self, networks: Networks, p: Parameters, context: Tensor | None) -> tuple[Text, Context | None]:
        """The prompts of a moment, and the past as these see it: as it has been made, where the context is the very
        tensor that `begin` was given."""
        words = p.prompts, p.previous, p.mix, p.interpolation
        self._again = words == self._words
        made, self._seen = self._seen, None
        if not self._again or self._text is None:
            made, self._words, self._text = None, words, _told(networks, p)
        if made is not None and context is not None and context is self._context:
            return self._text, made
        return self._text, None if context is None else _past(networks, context, self._text)


@torch.no_grad()
def render_block(networks: Networks, request: BlockRequest, progress: Callable[[int], None] | None = None) -> Block:
    """The same request gives the same latents on the same kind of device.

    progress(i): after each step; it may raise to give up. Raises ShotError: "shot.size", "shot.steps", "shot.strength",
    "shot.seed", "shot.prompt", "shot.parameter", "shot.context".
    """
    latents = render_latents(networks, request, progress)
    return Block(latents, next_context(networks, request.context, latents))


@torch.no_grad()
def render_latents(
    networks: Networks,
    request: BlockRequest,
    progress: Callable[[int], None] | None = None,
    ahead: Ahead | None = None,
) -> Tensor:
    """`render_block` without the context for the next one, which can wait until these are on their way to a screen.

    ahead: what has been made of this request already, if anything; nothing else may have used the network since.
    """
    net, p = networks.transformer, request.parameters

    # 1. The request, before anything is computed.
    check(request, net.config)
    steps = p.steps if request.video is None else at_strength(p.steps, p.strength)

    # 2. The prompts of this moment, and the past as these see it.
    text, context = (ahead or Ahead()).see(networks, p, request.context)

    # 3. From noise to latents.
    shown = 0 if request.references is None else len(request.references)
    control = None if request.control is None else Control(_control(request, net), p.control_scale, shown)
    given = Conditioning(text, context, context_weight=p.context_weight, control=control)
    start = None if request.video is None else _batched(_behind(request.references, request.video), net)
    c, height, width = net.config.in_channels, p.height // LATENT_PX, p.width // LATENT_PX

    def velocity(x: Tensor, t: float) -> Tensor:
        times = torch.full((1, shown + BLOCK_LATENTS), t)
        return net.denoise(x, times, given)

    def noises(step: int) -> Tensor:
        own = noise(p.seed, request.index, step, (1, c, BLOCK_LATENTS, height, width))
        if shown:  # the block's own is the same with them
            before = noise(p.seed, request.index, MAX_STEPS + step, (1, c, shown, height, width))
            own = torch.cat([before, own], 2)
        return sent(own, net.device)  # not waited for: what is asked of a GPU stays ahead of it

    latents = denoise(velocity, noises, steps, start, progress)
    return latents[0, :, shown:].transpose(0, 1).to(net.dtype)


@torch.no_grad()
def next_context(networks: Networks, context: Tensor | None, latents: Tensor) -> Tensor:
    """What the next block sees of the past: a frame encoded by itself, as a video's first is, and two latents.

    context: of the block of these latents. Nine pixel frames back from the end is the last frame of the block's first
    latent. It is decoded after the context, not with the state of what viewers watch, so that it is the same whoever
    renders the stream and wherever it was taken up.
    """
    if context is None:
        return latents  # a first block is a frame encoded by itself and two latents
    tail = BLOCK_LATENTS - (CONTEXT_LATENTS - 1)
    frame = networks.decoder.decode_last(torch.cat([context.to(latents), latents[:tail]]))
    anchor = networks.encoder.encode(frame)
    return torch.cat([anchor.to(latents), latents[tail:]])


def play(
    networks: Networks, log: Iterable[Parameters], *, first: int = 0, context: Tensor | None = None
) -> Iterator[Block]:
    """Blocks one after the other, from a log or as it is being written: what changes counts from the next block.

    first, context: where to take up a stream: the index of the first block rendered, and the context that the one
    before it returned.
    """
    for index, parameters in enumerate(log, first):
        block = render_block(networks, BlockRequest(index, parameters, context))
        context = block.context
        yield block


def check(request: BlockRequest, config: WanConfig) -> None:
    """Raises ShotError for a request that cannot be rendered, as `render_block` says; prompts are checked as they are
    blended."""
    p = request.parameters
    config.grid(p.height, p.width)
    check_steps(p.steps)
    at_strength(p.steps, p.strength)
    if not (0 <= p.seed < 2**32 and 0 <= request.index < 2**32):
        raise ShotError("shot.seed", "seeds and indices are 0 to 4294967295", value=(p.seed, request.index))
    if not 0.0 < p.context_weight <= 1.0:
        raise ShotError("shot.parameter", "context_weight is above 0, and at most 1", value=p.context_weight)
    if not 0.0 <= p.control_scale <= 2.0:
        raise ShotError("shot.parameter", "control_scale is 0 to 2", value=p.control_scale)
    if request.control is not None and not config.vace_layers:
        raise ShotError("shot.parameter", "this network takes no control video", fix="Load one with VACE")
    if request.references is not None and request.control is None:
        raise ShotError("shot.parameter", "references are shown with a control video, which may be grey")
    pictures = 0 if request.references is None else len(request.references)
    size = p.height // LATENT_PX, p.width // LATENT_PX
    for name, latents, wanted in (
        ("context", request.context, (CONTEXT_LATENTS, config.in_channels, *size)),
        ("video", request.video, (BLOCK_LATENTS, config.in_channels, *size)),
        ("control", request.control, (BLOCK_LATENTS, config.vace_channels, *size)),
        ("references", request.references, (pictures, config.in_channels, *size)),
    ):
        if latents is not None and tuple(latents.shape) != wanted:
            raise ShotError(
                "shot.context",
                f"the {name} of a {p.width}x{p.height} block is latents {list(wanted)}",
                value=list(latents.shape),
                fix="A stream keeps its size; another size begins a new one, without context",
            )


def to_bytes(context: Tensor, past: Tensor | None = None) -> bytes:
    """A context as it travels and is stored, exact: 0.6 MB at 832x480 in bfloat16. past: [n, C, h, w], what a decoder
    hears of the blocks before; 0.2 MB a latent."""
    held = {"context": context} if past is None else {"context": context, "past": past}
    return save({name: latents.detach().cpu().contiguous() for name, latents in held.items()})


def from_bytes(data: bytes) -> tuple[Tensor, Tensor | None]:
    """The context that `to_bytes` wrote, and the past, on the CPU. Raises ShotError "shot.context"."""
    try:
        held = load(data)
        context, past = held["context"], held.get("past")
    except (SafetensorError, KeyError) as error:
        raise ShotError("shot.context", f"these bytes are no context: {error}", value=f"{len(data)} bytes") from None
    if past is not None and (past.shape[1:] != context.shape[1:] or not len(past) or len(past) % BLOCK_LATENTS):
        message = f"the past is blocks of {BLOCK_LATENTS} latents as the context's"
        raise ShotError("shot.context", message, value=list(past.shape))
    return context, past


def _told(networks: Networks, p: Parameters) -> Text:
    net = networks.transformer
    words = embed(p.prompts, networks.embed, p.previous, p.mix, p.interpolation)[: net.config.text_len]
    padded = F.pad(words, (0, 0, 0, net.config.text_len - len(words)))
    return net.encode_text(padded[None], len(words))


def _past(networks: Networks, context: Tensor, text: Text) -> Context:
    return networks.transformer.encode_context(_batched(context, networks.transformer), text)


def _control(request: BlockRequest, net: Transformer) -> Tensor:
    """[1, vace_channels, R + 3, h, w]: of a reference nothing is to change, and its mask is empty."""
    assert request.control is not None
    references = request.references
    if references is not None:
        references = F.pad(references, (0, 0, 0, 0, 0, net.config.vace_channels - references.shape[1]))
    return _batched(_behind(references, request.control), net)


def _behind(references: Tensor | None, latents: Tensor) -> Tensor:
    return latents if references is None else torch.cat([references.to(latents), latents])


def _batched(latents: Tensor, net: Transformer) -> Tensor:
    """[F, C, h, w] -> [1, C, F, h, w] on the network's device."""
    return latents.transpose(0, 1)[None].to(net.device)
