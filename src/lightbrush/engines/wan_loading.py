"""Video engines from files: which network runs on a device, whether it fits there, and what is read.

Nothing is read before it is known that it fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import Final

import torch

from lightbrush.engines.device import FreeBytes, chosen, device_name, free_bytes, memory_told
from lightbrush.engines.video import TINY_RANDOM, card
from lightbrush.engines.wan import VideoEngine
from lightbrush.engines.wan_stream import BLOCK_LATENTS, Networks, Transformer
from lightbrush.errors import SettingsError, ShotError
from lightbrush.models.catalogue import find
from lightbrush.models.machine import FAST_FROM, Attention, Dtype, gib
from lightbrush.models.store import Located, Store
from lightbrush.nn.wan import attention_choice
from lightbrush.nn.wan.autoencoder import VideoAutoencoder
from lightbrush.nn.wan.causal import arrange
from lightbrush.nn.wan.checkpoints import load_transformer, read_config
from lightbrush.nn.wan.config import TINY, WanConfig
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.leader import lead
from lightbrush.nn.wan.memory import Needs, needs
from lightbrush.nn.wan.quantise import FLOAT8
from lightbrush.nn.wan.sequence import Team
from lightbrush.nn.wan.tensors import open_tensors
from lightbrush.nn.wan.text import load_text_encoder, tiny_text_encoder
from lightbrush.nn.wan.tiny_decoder import TinyConfig, random_vae
from lightbrush.nn.wan.transformer import WanTransformer
from lightbrush.nn.wan.vae_checkpoints import load_tiny_vae, load_wan_vae
from lightbrush.shots import Size
from lightbrush.timeline import Decoder

Say = Callable[[str], None]
Progress = Callable[[str, int, int], None]
"""Called with what is read ("the transformer"), the bytes so far and the bytes in all."""

#: Of frames, unless something else is asked for.
SIZE: Final = Size(832, 480)

#: The part of the catalogue that a decoder is.
VAES: Final[Mapping[Decoder, str]] = {"tiny": "taehv-wan2.1", "full": "wan2.1-vae"}

_DTYPE: Final = torch.bfloat16
#: What a network is shown to choose its attention by: the same for all, for they are to choose alike.
_SHOWN: Final = "a calm sea at dawn, seen from a boat"
_WEIGHTS: Final = (".safetensors", ".pt", ".pth", ".bin")


def capability(device: torch.device) -> tuple[int, int]:
    """The compute capability of an NVIDIA GPU; (0, 0) of any other device."""
    if device.type != "cuda" or torch.version.hip is not None:
        return 0, 0
    return torch.cuda.get_device_capability(device)


@dataclass(frozen=True)
class Task:
    """What an engine is loaded for: which files are read for it, and how much memory it takes.

    size: of frames, in pixels. clips: how many videos are encoded beside. follows, references: whether it is to follow
    a control video, and to show so many pictures. vace: a file with the path that does both, where the engine's own has
    none.
    """

    size: Size = SIZE
    _: KW_ONLY
    decoder: Decoder = "tiny"
    clips: int = 0
    follows: bool = False
    references: int = 0
    vace: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What it computes with. device: "auto", "cpu" or "cuda". gpus: how many of this machine's share each block
    (`leader`). dtype, attention: "fp8" where the device has it, or "bf16"; attention also "auto", which is "fp8" where
    that is measured to be right with the weights (`attention_choice`)."""

    device: str = "auto"
    gpus: int = 1
    dtype: Dtype = "fp8"
    attention: Attention = "auto"


def load(
    engine_id: str,
    store: Store,
    task: Task = Task(),
    runtime: Runtime = Runtime(),
    *,
    say: Say = lambda text: None,
    progress: Progress = lambda what, done, total: None,
    free: FreeBytes = free_bytes,
) -> VideoEngine:
    """The engine of that id, with memory enough for its task.

    say: told what memory it takes and in which numbers it computes, before anything is read, and then which attention
    runs. Raises ShotError: shot.engine, shot.size, shot.parameter; SettingsError: weights.missing, weights.memory,
    weights.gpus and what the readers raise.
    """
    where = chosen(runtime.device)
    described = card(engine_id)
    if engine_id == TINY_RANDOM:
        if task.vace is not None:
            raise SettingsError("settings.value", f"{TINY_RANDOM} has a VACE path of its own", value=str(task.vace))
        if runtime.attention == "fp8":
            say(f"{TINY_RANDOM} has no attention in fp8")
        return tiny_random(where)

    # 1. The files, and what the networks in them need there.
    entry = find(engine_id)
    parts = {part: store.locate(part) for part in (engine_id, "umt5-xxl", VAES[task.decoder])}
    weights = {part: _weights(located) for part, located in parts.items()}
    open_tensors(weights[VAES[task.decoder]])  # read last, and known to be whole first, as the others are below
    config = read_config(weights[engine_id], task.vace)
    if task.follows and not config.vace_layers:
        raise ShotError(
            "shot.parameter",
            f"{entry.name} follows no control video and shows no references",
            fix="Give it a VACE path of its size: --vace FILE",
        )
    options = choose(config, where, runtime.dtype)
    if runtime.gpus > 1:
        check_shared(config, options, runtime.gpus, task.size)
    takes = needed(config, task, _numbers(weights["umt5-xxl"]), options)

    # 2. Where they go.
    size = f"{task.size.width}x{task.size.height}"
    text_device = place(takes, where, free, f"{entry.name} at {size}")
    for number in range(1, runtime.gpus):
        place(takes, torch.device(where.type, number), free, f"{entry.name}, whole on each of {runtime.gpus} GPUs,")
    dtype: Dtype = "fp8" if options is not None and options.fp8 else "bf16"
    say(
        f"{entry.name} in {dtype} at {size} takes {gib(takes.total_bytes)}, of which the text encoder has "
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
            transformer = load_transformer(
                path, device=where, dtype=_DTYPE, config=config, vace=task.vace, progress=reading
            )
        elif runtime.gpus > 1:
            transformer = lead(Read(path, options, config), runtime.gpus, where.type, progress=reading)
        else:
            transformer = FastTransformer.load(path, where, options, config=config, progress=reading)
        embed = load_text_encoder(
            weights["umt5-xxl"], tokenizer, device=text_device, dtype=_DTYPE, progress=told("the text encoder")
        )
        read = load_tiny_vae if task.decoder == "tiny" else load_wan_vae
        autoencoder: VideoAutoencoder = read(weights[VAES[task.decoder]], device=where, dtype=_DTYPE)
        measured = None
        if isinstance(transformer, FastTransformer) and runtime.attention != "bf16":
            measured = attention_choice.settle(transformer, embed(_SHOWN), always=runtime.attention == "fp8")
    runs, name = attention_of(transformer)
    missed = ": fp8 is not to be had here" if runtime.attention == "fp8" and runs != "fp8" else ""
    say(f"attention in {runs}, {name}" + (missed if measured is None else f": {measured}"))
    if runtime.gpus > 1:
        say(f"{runtime.gpus} GPUs share each block")
    networks = Networks(transformer, embed, autoencoder, autoencoder)
    return VideoEngine(described, networks, autoencoder, device_name(where), dtype, runs)


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


def check_shared(config: WanConfig, options: Options | None, gpus: int, size: Size) -> None:
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
    Team(size=gpus).share(config.tokens(BLOCK_LATENTS, size.height, size.width))


def attention_of(transformer: Transformer) -> tuple[Dtype, str]:
    """What it is computed in, and whose it is."""
    if isinstance(transformer, FastTransformer):
        return "fp8" if transformer.slot_dtype == FLOAT8 else "bf16", transformer.attention
    return "bf16", "PyTorch's"


def needed(config: WanConfig, task: Task, text_numbers: int, options: Options | None = None) -> Needs:
    """By arithmetic. text_numbers: parameters of the text encoder. options: of the fast network; None for the plain
    one. Raises ShotError as `WanConfig.grid` does."""
    fast: Dtype | None = None if options is None else "fp8" if options.fp8 else "bf16"
    return needs(
        config,
        task.size.width,
        task.size.height,
        task.decoder,
        text_numbers,
        fast=fast,
        clips=task.clips,
        references=task.references,
    )


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


def _weights(located: Located) -> Path:
    """What `open_tensors` reads: the index of a network in several files, else its only file."""
    files = sorted(located.files.values(), key=lambda file: not file.name.endswith(".index.json"))
    return next(file for file in files if file.name.endswith((".index.json", *_WEIGHTS)))


def _numbers(path: Path) -> int:
    return sum(torch.Size(tensor.shape).numel() for tensor in open_tensors(path).values())
