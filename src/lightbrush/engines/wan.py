"""A video engine: a Wan network, its text encoder and an autoencoder on one device, and videos rendered with them.

A video is blocks, and a block a pure function of its request (`engines.wan_stream`). What follows here from one block
to the next is the context, which is part of that request, and the decoder's state, which only viewers see; for workers
the request holds what that follows from too.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import torch
from torch import Tensor

from lightbrush import media, pixels, shots
from lightbrush.engines.device import FreeBytes, Side, chosen, device_name, free_bytes, memory_told
from lightbrush.engines.video import (
    ATTENTION_VARIABLE,
    DTYPE_VARIABLE,
    FOLDER_VARIABLE,
    GPUS_VARIABLE,
    TINY_RANDOM,
    VideoCard,
    card,
)
from lightbrush.engines.wan_stream import (
    BLOCK_LATENTS,
    CONTEXT_WEIGHT,
    Block,
    BlockRequest,
    Networks,
    Parameters,
    Transformer,
    from_bytes,
    next_context,
    render_block,
    render_latents,
    to_bytes,
)
from lightbrush.errors import SettingsError, ShotError
from lightbrush.media import Frames
from lightbrush.models.catalogue import find
from lightbrush.models.machine import ATTENTIONS, DTYPES, FAST_FROM, Attention, Dtype, gib
from lightbrush.models.store import Located, Store
from lightbrush.nn.wan import attention_choice
from lightbrush.nn.wan.autoencoder import TIME_STRIDE, VideoAutoencoder, from_uint8, to_host, towards_host
from lightbrush.nn.wan.causal import State, arrange
from lightbrush.nn.wan.checkpoints import load_transformer, read_config
from lightbrush.nn.wan.config import TINY, WanConfig
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.leader import Leader, lead
from lightbrush.nn.wan.memory import Needs, needs
from lightbrush.nn.wan.quantise import FLOAT8
from lightbrush.nn.wan.schedule import schedule, warped
from lightbrush.nn.wan.sequence import Team
from lightbrush.nn.wan.tensors import open_tensors
from lightbrush.nn.wan.text import load_text_encoder, tiny_text_encoder
from lightbrush.nn.wan.tiny_decoder import TinyConfig, random_vae
from lightbrush.nn.wan.transformer import WanTransformer
from lightbrush.nn.wan.vae_checkpoints import load_tiny_vae, load_wan_vae
from lightbrush.shots import MAX_INPUT_PIXELS, EngineCard, Footage, Frame, Picture, Size
from lightbrush.timeline import BLOCK_FRAMES, FIRST_BLOCK_FRAMES, Decoder, Recipe, at

log = logging.getLogger("lightbrush.engines")

Say = Callable[[str], None]
Progress = Callable[[str, int, int], None]
"""Called with what is read ("the transformer"), the bytes so far and the bytes in all."""

_DTYPE: Final = torch.bfloat16
#: What a network is shown to choose its attention by: the same for all, for they are to choose alike.
_SHOWN: Final = "a calm sea at dawn, seen from a boat"
#: Of the past that a worker's request holds. The tiny decoder hears eight latents of it.
_PAST_LATENTS: Final = 3 * BLOCK_LATENTS
_WEIGHTS: Final = (".safetensors", ".pt", ".pth", ".bin")


@dataclass(frozen=True)
class VideoEngine:
    """device: for people. dtype, attention: of the network's matrices and attention, as they are; None where it has one
    of its own."""

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


def capability(device: torch.device) -> tuple[int, int]:
    """Of an NVIDIA GPU; (0, 0) of what is none."""
    if device.type != "cuda" or torch.version.hip is not None:
        return 0, 0
    return torch.cuda.get_device_capability(device)


# Loading.


def load(
    engine_id: str,
    store: Store,
    *,
    width: int = 832,
    height: int = 480,
    decoder: Decoder = "tiny",
    dtype: Dtype = "fp8",
    attention: Attention = "auto",
    device: str = "auto",
    gpus: int = 1,
    clips: int = 0,
    follows: bool = False,
    references: int = 0,
    vace: Path | None = None,
    say: Say = lambda text: None,
    progress: Progress = lambda what, done, total: None,
    free: FreeBytes = free_bytes,
) -> VideoEngine:
    """The engine of that id, with memory enough for that size in pixels.

    dtype, attention: "fp8" where the device has it, or "bf16"; attention also "auto", which is "fp8" where that is
    measured to be right with these weights (`attention_choice`). device: "auto", "cpu" or "cuda". gpus: of this
    machine's, that share each block (`leader`). clips: with memory to
    encode so many videos too. follows, references: whether it is to follow a control video, and to show so many
    pictures. vace: a file with the path that does both, where the engine's own has none. say: told which numbers it is
    and what memory it takes, before anything is read, and then which attention runs. Raises ShotError: shot.engine,
    shot.size, shot.parameter; SettingsError: weights.missing, weights.memory, weights.gpus and what the readers raise.
    """
    where = chosen(device)
    described = card(engine_id)
    if engine_id == TINY_RANDOM:
        if vace is not None:
            raise SettingsError("settings.value", f"{TINY_RANDOM} has a VACE path of its own", value=str(vace))
        if attention == "fp8":
            say(f"{TINY_RANDOM} has no attention in fp8")
        return tiny_random(where)

    # 1. The files, and what the networks in them need there.
    entry = find(engine_id)
    parts = {part: store.locate(part) for part in (engine_id, "umt5-xxl", VAES[decoder])}
    weights = {part: _weights(located) for part, located in parts.items()}
    open_tensors(weights[VAES[decoder]])  # read last, and known to be whole first, as the others are below
    config = read_config(weights[engine_id], vace)
    if follows and not config.vace_layers:
        raise ShotError(
            "shot.parameter",
            f"{entry.name} follows no control video and shows no references",
            fix="Give it a VACE path of its size: --vace FILE",
        )
    options = choose(config, where, dtype)
    if gpus > 1:
        check_shared(config, options, gpus, width, height)
    takes = needed(config, width, height, decoder, _numbers(weights["umt5-xxl"]), options, clips, references)

    # 2. Where they go.
    text_device = place(takes, where, free, f"{entry.name} at {width}x{height}")
    for number in range(1, gpus):
        place(takes, torch.device(where.type, number), free, f"{entry.name}, whole on each of {gpus} GPUs,")
    dtype = "fp8" if options is not None and options.fp8 else "bf16"
    say(
        f"{entry.name} in {dtype} at {width}x{height} takes {gib(takes.total_bytes)}, of which the text encoder has "
        f"{gib(takes.text_bytes)}, on {text_device.type}; {gib(free(where))} are free on {where.type}"
    )

    # 3. The networks.
    def told(what: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(what, done, total)

    tokenizer = next(file.parent for path, file in parts["umt5-xxl"].files.items() if path.endswith("/tokenizer.json"))
    path, reading = weights[engine_id], told("the transformer")
    transformer: Transformer
    with memory_told(where):
        if options is None:
            transformer = load_transformer(path, device=where, dtype=_DTYPE, config=config, vace=vace, progress=reading)
        elif gpus > 1:
            transformer = lead(Read(path, options, config), gpus, where.type, progress=reading)
        else:
            transformer = FastTransformer.load(path, where, options, config=config, progress=reading)
        embed = load_text_encoder(
            weights["umt5-xxl"], tokenizer, device=text_device, dtype=_DTYPE, progress=told("the text encoder")
        )
        read = load_tiny_vae if decoder == "tiny" else load_wan_vae
        autoencoder: VideoAutoencoder = read(weights[VAES[decoder]], device=where, dtype=_DTYPE)
        measured = None
        if isinstance(transformer, FastTransformer) and attention != "bf16":
            measured = attention_choice.settle(transformer, embed(_SHOWN), always=attention == "fp8")
    runs, name = attention_of(transformer)
    missed = ": fp8 is not to be had here" if attention == "fp8" and runs != "fp8" else ""
    say(f"attention in {runs}, {name}" + (missed if measured is None else f": {measured}"))
    if gpus > 1:
        say(f"{gpus} GPUs share each block")
    networks = Networks(transformer, embed, autoencoder, autoencoder)
    return VideoEngine(described, networks, autoencoder, device_name(where), dtype, runs)


#: The part of the catalogue that a decoder is.
VAES: Final[Mapping[Decoder, str]] = {"tiny": "taehv-wan2.1", "full": "wan2.1-vae"}


def choose(config: WanConfig, device: torch.device, dtype: Dtype) -> Options | None:
    """What makes the network fast on that device; None for the plain one, which runs everywhere, and is the only one
    with a VACE path. 8-bit matrices are among it where they are wanted and right there. Attention in 8 bits is not:
    whether it is right is known when the weights are there."""
    if capability(device) < FAST_FROM or config.vace_layers:
        return None
    found = Options.best(device)
    return replace(found, fp8=found.fp8 and dtype == "fp8")


@dataclass(frozen=True)
class Read:
    """The fast network, read from its files by every process that has a share of it."""

    path: Path
    options: Options
    config: WanConfig

    def __call__(
        self,
        kind: type[FastTransformer],
        device: torch.device,
        team: Team,
        progress: Callable[[int, int], None] | None = None,
    ) -> FastTransformer:
        return kind.load(self.path, device, self.options, team, config=self.config, progress=progress)


def check_shared(config: WanConfig, options: Options | None, gpus: int, width: int, height: int) -> None:
    """Whether so many GPUs can share a block of that size. Raises SettingsError weights.gpus, ShotError shot.size."""
    if options is None:
        raise SettingsError(
            "weights.gpus",
            "only the fast network is shared, which takes NVIDIA GPUs of compute capability 8.0 on and no VACE path",
            value=f"{gpus} GPUs",
            fix="Ask for one",
        )
    there = torch.cuda.device_count()
    if gpus > there:
        raise SettingsError(
            "weights.gpus", "more GPUs are to share each block than there are", value=gpus, fix=f"There are {there}"
        )
    if config.heads % gpus:
        able = ", ".join(str(n) for n in range(1, min(there, config.heads) + 1) if config.heads % n == 0)
        raise SettingsError(
            "weights.gpus",
            f"the model's {config.heads} heads cannot be shared evenly by so many GPUs",
            value=gpus,
            fix=f"Able to: {able}",
        )
    Team(size=gpus).share(config.tokens(BLOCK_LATENTS, height, width))


def attention_of(transformer: Transformer) -> tuple[Dtype, str]:
    """What it is computed in, and whose it is."""
    if isinstance(transformer, FastTransformer):
        return "fp8" if transformer.slot_dtype == FLOAT8 else "bf16", transformer.attention
    return "bf16", "PyTorch's"


def needed(
    config: WanConfig,
    width: int,
    height: int,
    decoder: Decoder,
    text_numbers: int,
    options: Options | None = None,
    clips: int = 0,
    references: int = 0,
) -> Needs:
    """By arithmetic. text_numbers: parameters of the text encoder. options: of the fast network; None for the plain
    one. clips: how many videos are encoded beside. references: pictures that a block shows. Raises ShotError as
    `WanConfig.grid` does."""
    fast: Dtype | None = None if options is None else "fp8" if options.fp8 else "bf16"
    return needs(config, width, height, decoder, text_numbers, fast=fast, clips=clips, references=references)


def place(takes: Needs, device: torch.device, free: FreeBytes, what: str) -> torch.device:
    """Where the text encoder goes, as `Needs.text_place` says. what: for the error, SettingsError weights.memory."""
    cpu = torch.device("cpu")
    has = free(device)
    where = takes.text_place(has, 0 if device == cpu else free(cpu))
    if where is not None:
        return device if where == "device" else cpu
    more = f", and {gib(takes.text_bytes)} for the text encoder there or in the machine's own memory"
    raise SettingsError(
        "weights.memory",
        f"{what} takes {gib(takes.device_bytes)} on {device.type}{more}",
        value=f"{gib(has)} free on {device.type}" + ("" if device == cpu else f", {gib(free(cpu))} on cpu"),
        fix="Ask for a smaller size, the tiny decoder or a smaller model, or end what else uses the memory",
    )


def tiny_random(device: torch.device | str = "cpu") -> VideoEngine:
    """Every part of a video engine, tiny and with random weights, the same in every process: coloured noise, a little
    different for every prompt, to try and test everything around an engine without a model."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        transformer = (
            WanTransformer(replace(TINY, text_len=512, vace_layers=(0,))).requires_grad_(False).eval().to(device)
        )
    autoencoder = random_vae(TinyConfig(widths=(16, 12, 8, 8), encoder_width=8, blocks=1))
    arrange(autoencoder, device, torch.float32)
    embed = tiny_text_encoder(TINY.text_dim)
    return VideoEngine(
        card(TINY_RANDOM),
        Networks(transformer, embed, autoencoder, autoencoder),
        autoencoder,
        device_name(torch.device(device)),
    )


# Rendering.


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
    state: State | None = None
    for index, asked in enumerate(log, first):
        with memory_told(engine.networks.transformer.device):
            latents, followed = (None if source is None else next(source) for source in (video, control))
            block = render_block(engine.networks, BlockRequest(index, asked, context, latents, followed, references))
            frames, state = _decode(engine, block.latents, context, state)
            pixels = to_host(frames).numpy()
        context = block.context
        yield Shown(index, block, pixels)


@torch.no_grad()
def _decode(engine: VideoEngine, latents: Tensor, past: Tensor | None, state: State | None) -> tuple[Tensor, State]:
    """past: [n, C, h, w], decoded first where the state is not known, a block at a time as it was then: so the state
    is the same, bit for bit, where that is all that the decoder hears."""
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


# For workers.


@torch.no_grad()
def started_from(engine: VideoEngine, block: shots.Block) -> Tensor | None:
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
    """The engine as a worker has it: a request holds everything that latents and frames depend on. What is remembered
    of the block before, if this one follows it, is the decoder's state: that only saves time."""

    def __init__(self, engine: VideoEngine, described: EngineCard) -> None:
        self.card = described
        self.device = engine.device
        self._engine = engine
        self._after = b""
        self._state: State | None = None
        self._side = Side(engine.networks.transformer.device)

    def render(self, shot: Frame) -> Picture:
        raise ShotError("shot.engine", f"{self.card.name} renders video, and no pictures", value=self.card.id)

    def render_block(self, block: shots.Block) -> Footage:
        """Stages: `input`, where there is one, as latents; `block`, latents and the next context; `decode`, what frames
        take after that."""
        try:
            with memory_told(self._engine.networks.transformer.device):
                return self._render(block)
        except Exception:
            self._after, self._state = b"", None  # room for whoever comes next
            raise

    def _render(self, block: shots.Block) -> Footage:
        begun = time.perf_counter()
        video = started_from(self._engine, block)
        started = time.perf_counter()
        device = self._engine.networks.transformer.device
        context, past = from_bytes(block.context) if block.context else (None, None)
        context = None if context is None else context.to(device)
        past = context if past is None else past[-_PAST_LATENTS:].to(device)  # a context of before has none
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
        networks = self._engine.networks
        latents = render_latents(networks, BlockRequest(block.index, asked, context, video))
        # Frames and the next context need nothing of each other: one leaves room on a GPU for the other.
        known = self._state if block.context and block.context == self._after else None
        with self._side.beside():
            frames, self._state = _decode(self._engine, latents, past, known)
            pixels = towards_host(frames)
        heard = latents if past is None else torch.cat([past.to(latents), latents])
        after = to_bytes(next_context(networks, context, latents), heard[-_PAST_LATENTS:])
        made = time.perf_counter()
        self._side.join()
        self._after = after
        times_ms = {} if video is None else {"input": (started - begun) * 1e3}
        times_ms |= {"block": (made - started) * 1e3, "decode": (time.perf_counter() - made) * 1e3}
        return Footage(pixels=pixels.numpy(), context=after, engine=self.card.id, times_ms=times_ms)


def load_live(described: EngineCard, device: str) -> Live:
    """The engine of that card, with memory for its default size, and to encode input. The settings `models_folder` and
    `video_...` reach a worker through its environment."""
    store, size = Store.of(os.environ.get(FOLDER_VARIABLE, ""), os.environ), described.default_size
    loaded = load(
        described.id,
        store,
        width=size.width,
        height=size.height,
        dtype=_said(DTYPE_VARIABLE, "fp8", DTYPES),
        attention=_said(ATTENTION_VARIABLE, "auto", ATTENTIONS),
        device=device,
        gpus=_said_gpus(),
        clips=int(described.video_input),
        say=log.info,
    )
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


# Files.


def _weights(located: Located) -> Path:
    """What `open_tensors` reads: the index of a network in several files, else its only file."""
    files = sorted(located.files.values(), key=lambda file: not file.name.endswith(".index.json"))
    return next(file for file in files if file.name.endswith((".index.json", *_WEIGHTS)))


def _numbers(path: Path) -> int:
    return sum(torch.Size(tensor.shape).numel() for tensor in open_tensors(path).values())
