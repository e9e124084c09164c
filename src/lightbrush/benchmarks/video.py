"""`lightbrush bench video`: how fast live video is on this machine's GPUs, at 832x480, with random weights.

Speed does not depend on what the weights say, so they are made on the GPU in seconds, and nothing is downloaded. Blocks
are rendered by the engine's own code: context, steps, tiny decoder, the next context, frames on the host.

    fps_14b_4step_1gpu   frames a second of a long stream; other sizes, steps and numbers of GPUs alike
    fps_fp8_attention    the same of one GPU, by those names, with attention in 8 bits where it is to be had
    first_frame_s        from the first request of a stream to its nine frames on the host, the graphs being there
    pass_ms              by size and pass: in all, and by kind of kernel
    roofline_fraction    of a denoising pass: how long its arithmetic takes at the rates of large products, measured
                         here, to how long it takes
    kernels              the kernels of that pass, those that take most time first
    decode               of a block of 12 frames, by decoder and by how its convolutions are computed
                         (`nn.wan.causal.Formulation`): ms; gb, held at most beside weights and state; and relative
                         error against float32

    attention            by attention: relative error on what the gate sees and at 14B's size; ms of 4680 queries with
                         9360 and 4680 keys, and with 9360 of which 6240 weigh less; of our own, ms by shape. "text": ms
                         with all keys, and with the padding as one. "velocity_error": of a few layers, against the
                         plain network in float32. "streams": of 14B and 1.3B, by what is switched: ms of a block's pass
                         and of a context's, frames a second
    shared               of GPUs that share passes: their stream, and of a few layers the error against one GPU's
    variants_of_14b      a long stream at 4 and 3 steps with each attention that is here, and in bfloat16
    live                 a worker's blocks, JPEG files out: frames a second, milliseconds by stage; "pictures": from a
                         picture for each frame

null stands where there is no such hardware, or a part was not asked for. `variants` takes what makes it fast away, one
at a time, and says what each brings and what it does to the numbers.
"""

from __future__ import annotations

import datetime
import json
import math
import statistics
import tempfile
import time
import timeit
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import torch
import torch.distributed as dist
from msgspec import structs
from torch import Tensor
from torch.multiprocessing.spawn import spawn

from lightbrush import pixels
from lightbrush.engines.device import Side
from lightbrush.engines.video import DEFAULT, krea_realtime_14b
from lightbrush.engines.video import card as video_card
from lightbrush.engines.wan import Live, VideoEngine
from lightbrush.engines.wan_stream import (
    BLOCK_LATENTS,
    CONTEXT_LATENTS,
    CONTEXT_WEIGHT,
    BlockRequest,
    Networks,
    Parameters,
    next_context,
    render_latents,
)
from lightbrush.errors import SettingsError
from lightbrush.fleet.worker import render_block
from lightbrush.nn.wan import fast_attention, fused, quantise
from lightbrush.nn.wan.autoencoder import VideoAutoencoder, towards_host
from lightbrush.nn.wan.causal import Formulation, State, arrange
from lightbrush.nn.wan.config import LATENT_PX, WAN_1_3B, WAN_14B, WanConfig
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.fast_weights import Read
from lightbrush.nn.wan.schedule import schedule
from lightbrush.nn.wan.sequence import ALONE, Team
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae, random_vae
from lightbrush.nn.wan.transformer import WanTransformer
from lightbrush.nn.wan.vae import WanVae, WanVaeConfig
from lightbrush.shots import Block, Prompt, Size, Still

WIDTH_PX, HEIGHT_PX = 832, 480
SIZES: Final = {"14b": WAN_14B, "1_3b": WAN_1_3B}
DECODERS: Final[dict[str, WanVaeConfig | TinyConfig]] = {"tiny": TinyConfig(), "full": WanVaeConfig()}

#: Frames of the first block, and of every other.
FIRST_FRAMES, FRAMES = 9, 12

#: Layers of the networks that `variants` compares: enough to time, and for the exact one to fit in float32.
LAYERS: Final = 4

#: What a part of a kernel's name says of it; the first that fits counts.
_KINDS: Final = (
    ("fused", ("_norm_kernel", "_heads_kernel", "_gelu_kernel", "_rows_kernel")),
    ("attention", ("fmha", "flash", "attention", "sdpa", "attend", "_transpose_kernel")),
    ("exchange", ("nccl",)),
    ("linear", ("gemm", "nvjet", "cutlass", "cublas", "xmma", "splitk")),
)

Say = Callable[[str], None]
Keep = Callable[[dict[str, Any]], None]

#: What is measured.
PARTS: Final = ("14b", "attention", "1_3b", "decode", "several", "streams", "live")
#: The time that a worker's block is the median of.
_LIVE_BLOCKS: Final = 6


def run(say: Say, parts: Sequence[str] = PARTS, keep: Keep = lambda _: None) -> dict[str, Any]:
    """What the module's docstring names, of PARTS: by size, attentions, decoders, several GPUs, variants of 14B, a live
    worker. keep: is given the report after each, and after each figure of attention.

    Raises SettingsError without a CUDA device.
    """
    if not torch.cuda.is_available():
        raise SettingsError("settings.value", "video is measured on a GPU", value="no CUDA device")
    report: dict[str, Any] = {
        "fps_14b_4step_1gpu": None,
        "fps_14b_3step_1gpu": None,
        "fps_14b_4step_2gpu": None,
        "fps_14b_4step_4gpu": None,
        "fps_1_3b_4step_1gpu": None,
        "fps_fp8_attention": {},
        "first_frame_s": None,
        "pass_ms": {},
        "roofline_fraction": None,
        "kernels": None,
        "decode": {},
        "device": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "date": datetime.date.today().isoformat(),
    }
    sizes = [size for size in SIZES if size in parts]
    if sizes:
        report["ceilings_tflops"] = ceilings()
    for size in sizes:
        _one_gpu(size, report, say)
        keep(report)
        torch.cuda.empty_cache()
    if "attention" in parts:
        found: dict[str, Any] = {}
        report["attention"] = found

        def told(found: dict[str, Any] = found) -> None:
            say(json.dumps({"attention": found}))
            keep(report)

        attentions(found, told, torch.device("cuda"))
        torch.cuda.empty_cache()
    for name in DECODERS if "decode" in parts else ():
        report["decode"][name] = decoding(DECODERS[name])
        say(f"{name} decoder: {report['decode'][name]}")
        torch.cuda.empty_cache()
    for gpus in (2, 4) if "several" in parts else ():
        if torch.cuda.device_count() >= gpus:
            measured = shared_stream("14b", 4, gpus)
            report[f"fps_14b_4step_{gpus}gpu"] = measured["fps"]
            report["pass_ms"][f"14b_{gpus}gpu"] = measured["pass_ms"]
            report.setdefault("shared", {})[f"{gpus}gpu"] = measured
            say(f"{gpus} GPUs: {measured}")
            keep(report)
    if "streams" in parts:
        report["variants_of_14b"] = streams(say)
    if "live" in parts:
        report["live"] = live(random_network(SIZES["14b"]))
        say(f"a live worker: {report['live']}")
    keep(report)
    return report


def _one_gpu(size: str, report: dict[str, Any], say: Say) -> None:
    network = random_network(SIZES[size])
    report["pass_ms"][size] = times = pass_times(network)
    say(f"{size}: {times}")
    if size == "14b":
        report["kernels"] = kernels(passes(network)["block"])
        floor = floor_ms(SIZES[size], report["ceilings_tflops"], network.options.fp8)
        report["roofline_fraction"] = round(floor / times["block"]["all"], 3)
        report["attention_14b"], report["memory_gb"] = network.attention, round(torch.cuda.memory_allocated() / 1e9, 1)
    counts = (4, 3) if size == "14b" else (4,)
    for steps in counts:
        measured = stream(network, steps)
        report[f"fps_{size}_{steps}step_1gpu"] = measured["fps"]
        report.setdefault("block_ms", {})[f"{size}_{steps}step"] = measured["block_ms"]
        if size == "14b" and steps == 4:
            report["first_frame_s"] = measured["first_frame_s"]
        say(f"{size}, {steps} steps: {measured}")
    network.take(replace(network.options, attention="auto-fp8"))
    torch.cuda.empty_cache()
    for steps in counts if network.slot_dtype == quantise.FLOAT8 else ():
        measured = stream(network, steps)
        report["fps_fp8_attention"][f"fps_{size}_{steps}step_1gpu"] = measured["fps"]
        say(f"{size}, {steps} steps, attention {network.attention}: {measured}")


def streams(say: Say) -> dict[str, Any]:
    """Whole streams of 14B by what differs: frames a second at 4 and 3 steps, or why it does not run."""
    device = torch.device("cuda")
    best = Options.best(device)
    options = {f"attention {name}": replace(best, attention=name) for name in fast_attention.installed(device)}
    options.pop("attention plain", None)  # all logits of a full-size pass do not fit
    found: dict[str, Any] = {}
    for name, chosen in {**options, "bf16": replace(best, fp8=False)}.items():
        torch.cuda.empty_cache()
        try:
            network = random_network(SIZES["14b"], chosen)
            found[name] = {f"{steps}step": stream(network, steps)["fps"] for steps in (4, 3)}
            del network
        except (RuntimeError, SettingsError) as error:
            found[name] = {"error": str(error).partition("\n")[0]}
        say(f"{name}: {found[name]}")
    return found


# Attention.


def attentions(found: dict[str, Any], keep: Callable[[], object], device: torch.device) -> None:
    """Fill in what the module's docstring has of attention; keep() after each figure."""
    names = [name for name in fast_attention.installed(device) if name != "plain"]  # its logits do not fit
    for name in names:
        found[name] = _or_why(partial(attention_alone, fast_attention.BACKENDS[name], device))
        keep()
    found["text"] = _or_why(partial(text_alone, device))
    keep()

    best = Options.best(device)
    ours = replace(best, attention="triton-fp8")
    asked = {
        "triton-fp8": (ours, (4, 3)),
        "auto": (best, (4, 3)),
        "auto, as before": (replace(best, whole=False, folded=False), (4,)),
        "triton": (replace(best, attention="triton"), (4,)),
        "flash3-fp8": (replace(best, attention="flash3-fp8"), (4, 3)),
        "flash3": (replace(best, attention="flash3"), (4, 3)),
        "triton-fp8, in two": (replace(ours, whole=False), ()),
        "triton-fp8, the text's padding key by key": (replace(ours, folded=False), ()),
    }
    asked = {
        name: (options, steps) for name, (options, steps) in asked.items() if options.attention in ("auto", *names)
    }
    errors = found["velocity_error"] = {}
    config = replace(WAN_14B, layers=LAYERS)
    with torch.no_grad():
        exact = passes(plain_network(config, torch.float32))["block"]()
    few = random_network(config, best)
    for name, (options, _) in asked.items():
        errors[name] = _or_why(partial(_off, few, options, exact))
        keep()
    del few, exact
    torch.cuda.empty_cache()
    streams = found["streams"] = {}
    network = random_network(WAN_14B, best)
    for name, (options, steps) in asked.items():
        streams[f"14b {name}"] = _or_why(partial(_with, network, options, steps))
        keep()
    del network
    torch.cuda.empty_cache()
    network = random_network(WAN_1_3B, best)
    for name in ("triton-fp8", "auto"):
        if name in asked:
            streams[f"1_3b {name}"] = _or_why(partial(_with, network, asked[name][0], (4,)))
            keep()


def attention_alone(
    backend: fast_attention.Backend, device: torch.device, config: WanConfig = WAN_14B, height_px: int = HEIGHT_PX
) -> dict[str, Any]:
    """Of one, at a config's size."""
    frame = config.tokens(1, height_px, WIDTH_PX)
    own, seen, lowered = BLOCK_LATENTS * frame, (BLOCK_LATENTS + CONTEXT_LATENTS) * frame, (CONTEXT_LATENTS - 1) * frame
    found: dict[str, Any] = {
        "error_gate": round(fast_attention.error(backend, config.head_dim, device, torch.bfloat16), 5)
    }
    made = torch.Generator(device).manual_seed(0)
    shape = seen, config.heads, config.head_dim
    exact = [torch.randn(shape, generator=made, device=device, dtype=torch.bfloat16) for _ in range(3)]
    q, k, v = (x.to(backend.dtype or x.dtype) for x in (exact[0][:own], *exact[1:]))
    heads = slice(min(4, config.heads))  # of which the logits fit
    some_q, some_k, some_v = (x[:, heads].float() for x in exact)
    wanted, _ = fast_attention.plain(some_q[:own], some_k, some_v)
    attended = backend.attend(q, k, v)[0]
    found["error_full"] = round(float((attended[:, heads].float() - wanted).norm() / wanted.norm()), 5)
    extra = torch.full((1,), math.log(CONTEXT_WEIGHT), device=device)

    def weighted() -> object:
        if backend.biased is not None:
            return backend.biased(q, k, v, lowered, extra, None)
        return backend.attend(q, k[:lowered], v[:lowered]), backend.attend(q, k[lowered:], v[lowered:])

    ms = {
        f"{seen}": milliseconds(lambda: backend.attend(q, k, v)),
        f"{own}": milliseconds(lambda: backend.attend(q, k[-own:], v[-own:])),
        f"{seen}, {lowered} weigh less": milliseconds(weighted),
    }
    found["ms"] = {keys: round(spent, 3) for keys, spent in ms.items()}
    found["tflops"] = round(4e-9 * own * seen * config.dim / ms[f"{seen}"])
    if backend is fast_attention.BACKENDS["triton"] or backend is fast_attention.BACKENDS["triton-fp8"]:
        from lightbrush.nn.wan import attention_kernels

        times = attention_kernels.timed(q, k, v, 0, torch.zeros(1, device=device))
        found["shapes"] = {",".join(map(str, shape)): round(spent, 3) for shape, spent in times.items()}
    return found


def text_alone(device: torch.device, config: WanConfig = WAN_14B, words: int = 64) -> dict[str, float]:
    """Milliseconds of a block's attention to a text: every key, and the padding as one."""
    own, shape = config.tokens(BLOCK_LATENTS, HEIGHT_PX, WIDTH_PX), (config.text_len, config.heads, config.head_dim)
    q = torch.randn(own, *shape[1:], device=device, dtype=torch.bfloat16)
    k, v = (torch.randn(shape, device=device, dtype=torch.bfloat16) for _ in range(2))
    whole = fast_attention.choose("auto", config.head_dim, device, torch.bfloat16)[1].attend
    found = {"all": round(milliseconds(lambda: whole(q, k, v)), 4)}
    folded = fast_attention.text_attention(config.head_dim, device, torch.bfloat16)
    if folded is not None:
        extra = torch.full((1,), math.log(config.text_len - words), device=device)
        count = torch.full((1,), words + 1, dtype=torch.int32, device=device)
        found["padding as one"] = round(milliseconds(lambda: folded(q, k, v, 1, extra, count)), 4)
    return found


def _with(network: FastTransformer, options: Options, steps: Sequence[int]) -> dict[str, Any]:
    """ms of passes, and frames a second, of a network that goes on with other options."""
    network.take(options)
    torch.cuda.empty_cache()
    calls = passes(network)
    found: dict[str, Any] = {"attention": network.attention}
    found["pass_ms"] = {kind: round(milliseconds(calls[kind]), 2) for kind in ("block", "context")}
    for count in steps:
        measured = stream(network, count)
        found[f"fps_{count}step"], found[f"block_ms_{count}step"] = measured["fps"], measured["block_ms"]
    return found


def _off(network: FastTransformer, options: Options, exact: Tensor | None) -> float:
    """Relative error of a block's velocity."""
    network.take(options)
    seen = passes(network)["block"]()
    assert seen is not None
    assert exact is not None
    return round(float((seen.float() - exact.float()).norm() / exact.float().norm()), 5)


def _or_why(measure: Callable[[], Any]) -> Any:
    """What it gives, or why it does not run here."""
    try:
        return measure()
    except Exception as error:  # libraries have types of their own
        return {"error": f"{type(error).__name__}: {error}".partition("\n")[0]}


# Networks.


def random_weights(config: WanConfig, device: torch.device | str) -> Read:
    """Parameters by name, the same at every call and in every process, each of the size that training starts at."""
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in WanTransformer(config).state_dict().items()}

    def read(name: str) -> Tensor:
        shape = shapes[name]
        made = torch.Generator(device).manual_seed(zlib.crc32(name.encode()))
        values: Tensor = torch.randn(shape, generator=made, device=device, dtype=torch.bfloat16)
        if "norm" in name and name.endswith("weight"):
            return values.mul_(0.1).add_(1)
        if name.endswith("modulation"):
            return values.mul_(config.dim**-0.5)
        return values.mul_(0.1 if len(shape) == 1 else shape[1:].numel() ** -0.5)

    return read


def random_network(config: WanConfig, options: Options | None = None, team: Team = ALONE) -> FastTransformer:
    """On this process's GPU, in bfloat16 or 8 bits."""
    return FastTransformer(config, random_weights(config, "cuda"), "cuda", torch.bfloat16, options, team)


def plain_network(config: WanConfig, dtype: torch.dtype) -> WanTransformer:
    """The plain network with the same weights."""
    read = random_weights(config, "cuda")
    with torch.device("meta"):
        network = WanTransformer(config).eval()
    network.load_state_dict({name: read(name).to(dtype) for name in network.state_dict()}, assign=True)
    return network


# Passes.


def passes(
    network: FastTransformer | WanTransformer, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX
) -> dict[str, Callable[[], Tensor | None]]:
    """Each kind of pass of a stream, ready to be called: "first", a block without a context; "block"; "context"."""
    c, device = network.config, network.device
    made = torch.Generator(device).manual_seed(0)
    shape = 1, c.in_channels, BLOCK_LATENTS, height_px // LATENT_PX, width_px // LATENT_PX
    latents, past = (torch.randn(shape, generator=made, device=device) for _ in range(2))
    words = torch.randn(1, c.text_len, c.text_dim, generator=made, device=device)
    words[:, c.text_len // 8 :] = 0
    t = torch.full((1, BLOCK_LATENTS), 937.5)
    text = network.encode_text(words, c.text_len // 8)
    seen = network.encode_context(past, text)

    def first() -> Tensor:
        return network.denoise(latents, t, text)

    def block() -> Tensor:
        return network.denoise(latents, t, text, seen, context_weight=CONTEXT_WEIGHT)

    def context() -> None:
        nonlocal seen
        seen = network.encode_context(past, text)

    return {"first": first, "block": block, "context": context}


def pass_times(network: FastTransformer) -> dict[str, dict[str, float]]:
    """Milliseconds of each kind of pass: "all", and by kind of kernel."""
    found = {}
    for kind, call in passes(network).items():
        times = {"all": round(milliseconds(call), 2)}
        spent: dict[str, float] = defaultdict(float)
        for name, ms in kernel_times(call).items():
            spent[kind_of(name)] += ms
        found[kind] = times | {name: round(ms, 2) for name, ms in sorted(spent.items())}
    return found


def milliseconds(call: Callable[[], object], repeats: int = 5) -> float:
    """The median on the GPU, after two to warm up; without one, on the CPU."""
    for _ in range(2):
        call()
    if not torch.cuda.is_available():
        return statistics.median(1e3 * timeit.timeit(call, number=1) for _ in range(repeats))
    spent: list[float] = []
    for _ in range(repeats):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        call()
        end.record()
        end.synchronize()
        spent.append(begin.elapsed_time(end))
    return statistics.median(spent)


def kernel_times(call: Callable[[], object]) -> dict[str, float]:
    """Milliseconds of every kernel of a call, by name."""
    call()
    torch.cuda.synchronize()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        call()
        torch.cuda.synchronize()
    found: dict[str, float] = defaultdict(float)
    for event in profile.events() or ():
        if event.device_type.name == "CUDA":
            found[event.name] += event.device_time_total / 1e3
    return dict(found)


def kernels(call: Callable[[], object], most: int = 12) -> list[str]:
    """Names and milliseconds of a call's kernels, those that take most first."""
    found = sorted(kernel_times(call).items(), key=lambda item: -item[1])
    return [f"{ms:.2f} ms {name[:100]}" for name, ms in found[:most]]


def kind_of(kernel: str) -> str:
    """linear, attention, fused, exchange (between GPUs) or rest."""
    name = kernel.lower()
    return next((kind for kind, parts in _KINDS if any(part in name for part in parts)), "rest")


# Arithmetic.


def ceilings() -> dict[str, float]:
    """TFLOP/s of large products of random numbers, in bfloat16 and, where there are such, in 8 bits."""
    n = 8192
    a, b = (torch.randn(n, n, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    tera = 2 * n**3 / 1e12
    rates = {"bf16": tera / milliseconds(lambda: a @ b.t()) * 1e3}
    if Options.best(torch.device("cuda")).fp8:
        x, y = quantise.quantised(a), quantise.quantised(b)
        rates["fp8"] = tera / milliseconds(lambda: quantise.product(x, y, torch.bfloat16)) * 1e3
    return {name: round(rate) for name, rate in rates.items()}


def floor_ms(config: WanConfig, rates: dict[str, float], fp8: bool) -> float:
    """Milliseconds that the arithmetic of a denoising pass takes at these rates: the blocks' matrices, and attention in
    16 bits over context, block and text."""
    c = config
    own = c.tokens(BLOCK_LATENTS, HEIGHT_PX, WIDTH_PX)
    seen = own + c.tokens(CONTEXT_LATENTS, HEIGHT_PX, WIDTH_PX)
    linear = 2 * own * (6 * c.dim**2 + 2 * c.dim * c.ffn) * c.layers
    attention = 4 * own * (seen + c.text_len) * c.dim * c.layers
    return (linear / rates["fp8" if fp8 else "bf16"] + attention / rates["bf16"]) / 1e9


# Streams.


@torch.no_grad()
def stream(
    network: FastTransformer, steps: int, blocks: int = 4, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX
) -> dict[str, Any]:
    """A stream's first block, and the median of those after the second: frames a second, milliseconds by stage."""
    vae = TinyVae(TinyConfig(network.config.in_channels)).requires_grad_(False)
    arrange(vae, network.device, network.dtype)
    words = torch.randn(network.config.text_len // 8, network.config.text_dim, device=network.device)
    networks = Networks(network, lambda _: words, vae, vae)
    p = Parameters(prompts=(Prompt("a calm sea"),), width=width_px, height=height_px, steps=schedule(steps))
    side = Side(network.device)
    for _ in range(2):  # once to capture and to warm up
        context, state, stages = None, None, []
        for i in range(blocks):
            context, state, spent = timed_block(networks, vae, BlockRequest(i, p, context), state, side)
            stages.append(spent)
    first, _, *later = stages
    block_ms = {name: round(statistics.median(spent[name] for spent in later), 1) for name in first}
    return {
        "fps": round(FRAMES / sum(block_ms.values()) * 1e3, 2),
        "block_ms": block_ms,
        "first_frame_s": round((first["latents"] + first["frames_and_context"]) / 1e3, 3),
    }


def timed_block(
    networks: Networks, vae: TinyVae, request: BlockRequest, state: State | None, side: Side
) -> tuple[Tensor, State, dict[str, float]]:
    """-> the next block's context, the decoder's state, and milliseconds of each stage: latents, then frames on the
    host beside the next context, as a worker makes them."""
    marks = [time.perf_counter()]

    def mark() -> None:
        if networks.transformer.device.type == "cuda":
            torch.cuda.synchronize()
        marks.append(time.perf_counter())

    latents = render_latents(networks, request)
    mark()
    with side.beside():
        frames, state = vae.decode_block(latents, state)
        held = towards_host(frames)
    context = next_context(networks, request.context, latents)
    side.join()
    mark()
    del held
    names = "latents", "frames_and_context"
    return context, state, {n: (b - a) * 1e3 for n, a, b in zip(names, marks, marks[1:], strict=False)}


def live(
    network: FastTransformer, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX, steps: int = 4
) -> dict[str, Any]:
    """A worker's blocks as it renders and encodes them: from prompts, then each frame from a picture of its own."""
    vae = TinyVae(TinyConfig(network.config.in_channels)).requires_grad_(False)
    arrange(vae, network.device, network.dtype)
    words = torch.randn(network.config.text_len // 8, network.config.text_dim, device=network.device)
    engine = VideoEngine(video_card(DEFAULT), Networks(network, lambda _: words, vae, vae), vae, str(network.device))
    size = Size(width_px, height_px)
    worker = Live(engine, structs.replace(krea_realtime_14b.card, sizes=(size,), default_size=size))
    still = pixels.encode(np.random.default_rng(0).integers(0, 256, (height_px, width_px, 3), np.uint8), "image/jpeg")
    found: dict[str, Any] = {}
    for name in ("prompts", "pictures"):
        context, spent = b"", []
        for i in range(_LIVE_BLOCKS):
            shown = 1 + FRAMES if i else FIRST_FRAMES  # of the past, one in front
            block = Block(
                engine=worker.card.id,
                width=width_px,
                height=height_px,
                prompts=(Prompt("a calm sea"),),
                steps=steps,
                index=i,
                context=context,
                input=(Still(still, shown),) if name == "pictures" else (),
            )
            footage = render_block(block, worker, "bench")
            context = footage.context
            spent.append(footage.times_ms)
        ms = {stage: round(statistics.median(times[stage] for times in spent[2:]), 1) for stage in spent[-1]}
        found[name] = {"fps": round(FRAMES / sum(ms.values()) * 1e3, 2), "ms": ms}
    return found


def shared_stream(size: str, steps: int, gpus: int, options: Options | None = None) -> dict[str, Any]:
    """`stream` and `pass_times` of GPUs that share passes, a process each; the relative error of a few layers against
    one GPU's; and a stream with our attention in 8 bits."""
    with tempfile.TemporaryDirectory() as folder:
        spawn(_share, (size, steps, gpus, options, folder), nprocs=gpus)
        found: dict[str, Any] = torch.load(Path(folder) / "found.pt", weights_only=True)
    return found


def _share(rank: int, size: str, steps: int, gpus: int, options: Options | None, folder: str) -> None:
    """One process of several."""
    torch.cuda.set_device(rank)
    device = torch.device("cuda", rank)
    dist.init_process_group("nccl", f"file://{folder}/store", rank=rank, world_size=gpus, device_id=device)
    few = replace(SIZES[size], layers=LAYERS)
    seen, alone = (passes(random_network(few, options, team))["block"]() for team in (Team.joined(), ALONE))
    assert seen is not None
    assert alone is not None
    off = float((seen.float() - alone.float()).norm() / alone.float().norm())
    network = random_network(SIZES[size], options, Team.joined())
    found = stream(network, steps) | {"pass_ms": pass_times(network), "error": round(off, 5)}
    if "triton-fp8" in fast_attention.installed(device):
        network.take(replace(network.options, attention="triton-fp8"))
        found["triton-fp8"] = stream(network, steps)
    if rank == 0:
        torch.save(found, Path(folder) / "found.pt")
    dist.barrier()
    dist.destroy_process_group()


# Decoders.


@torch.no_grad()
def decoding(
    config: WanVaeConfig | TinyConfig,
    width_px: int = WIDTH_PX,
    height_px: int = HEIGHT_PX,
    device: torch.device | str = "cuda",
    dtype: torch.dtype = torch.bfloat16,
) -> dict[str, dict[str, float]]:
    """A later block of a video, by the formulation of its decoder's convolutions: ms, gb and error of the module's
    docstring, gb on a GPU alone."""
    made = torch.Generator("cpu").manual_seed(0)
    shape = BLOCK_LATENTS, config.latent_channels, height_px // LATENT_PX, width_px // LATENT_PX
    latents = torch.randn(shape, generator=made).to(device)
    network = random_decoder(config)
    arrange(network, device, torch.float32)
    exact = network.decode_block(latents, network.decode_block(latents)[1])[0].cpu()
    found: dict[str, dict[str, float]] = {}
    for formulation in get_args(Formulation):
        arrange(network, device, dtype, formulation)
        _, state = network.decode_block(latents)

        def block(state: State = state) -> Tensor:
            return network.decode_block(latents, state)[0]

        off = float((block().float().cpu() - exact).norm() / exact.norm())
        found[formulation] = {"ms": round(milliseconds(block), 2), "error": round(off, 5)}
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            block()
            found[formulation]["gb"] = round((torch.cuda.max_memory_allocated() - before) / 1e9, 2)
    return found


def random_decoder(config: WanVaeConfig | TinyConfig) -> VideoAutoencoder:
    if isinstance(config, TinyConfig):
        return random_vae(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return WanVae(config).requires_grad_(False)


# Variants.


def variants(say: Say) -> list[dict[str, Any]]:
    """What each thing that makes it fast brings: of a few layers of 14B, milliseconds of a pass a layer, and the error
    of a block's velocity against the plain network in float32. The plain network in bfloat16 comes first."""
    config = replace(WAN_14B, layers=LAYERS)
    with torch.no_grad():
        exact = passes(plain_network(config, torch.float32))["block"]()
        half = passes(plain_network(config, torch.bfloat16))
        rows = [_row("plain, bf16", half, exact)]
        say(str(rows[-1]))
        for name, options in named_options().items():
            torch.cuda.empty_cache()
            try:
                network = random_network(config, options)
                rows.append(_row(name, passes(network), exact) | {"attention": network.attention})
            except (RuntimeError, SettingsError) as error:
                rows.append({"variant": name, "error": str(error).partition("\n")[0]})
            say(str(rows[-1]))
    return rows


def named_options() -> dict[str, Options]:
    """The best of everything, then without one thing, then with every attention that could run here."""
    best = Options.best(torch.device("cuda"))
    found = {"best": best, "bf16": replace(best, fp8=False), "without graphs": replace(best, graphs=False)}
    for kernel in fused.ALL:
        found[f"{kernel} in PyTorch"] = replace(best, kernels=tuple(k for k in fused.ALL if k != kernel))
    found["all in PyTorch"] = replace(best, kernels=())
    found["attentions side by side"] = replace(best, overlap=True)
    for name in fast_attention.installed(torch.device("cuda")):
        if name != "plain":  # all logits of a full-size pass do not fit
            found[f"attention {name}"] = replace(best, attention=name)
    return found


def _row(name: str, calls: dict[str, Callable[[], Tensor | None]], exact: Tensor | None) -> dict[str, Any]:
    seen = calls["block"]()
    assert seen is not None
    assert exact is not None
    off = float((seen.float() - exact.float()).norm() / exact.float().norm())
    times = {kind: round(milliseconds(call) / LAYERS, 3) for kind, call in calls.items()}
    return {"variant": name, "relative_error": round(off, 5), "ms_a_layer": times}
