"""`lightbrush bench video`: how fast live video is on this machine's GPUs, at 832x480, with random weights.

Speed does not depend on what the weights say, so they are made on the GPU in seconds, and nothing is downloaded. Blocks
are rendered by the engine's own code: context, steps, tiny decoder, the next context, frames on the host.

    fps_14b_4step_1gpu   frames a second of a long stream, with the attention that is taken by itself; other sizes,
                         steps and numbers of GPUs alike
    attention_choice     by size: which that is, "taken", and what was measured to choose it, null where none in 8 bits
                         is to be had (`nn.wan.attention_choice.Errors`)
    fps_by_attention     of one GPU, by the attention that ran, by those names: with the one in 8 bits, where it is to
                         be had, and with the one in 16
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
                         plain network in float32. "streams": of 14B and 1.3B, by what is switched, and with matrices in
                         bfloat16: ms of a block's pass and of a context's, frames a second
    shared               of GPUs that share passes: their stream, and with the other attention; of a few layers the
                         error against one GPU's
    live                 a worker's blocks, JPEG files out: frames a second, milliseconds by stage; "pictures": from a
                         picture for each frame

null stands where there is no such hardware, or a part was not asked for. `variants` takes what makes it fast away, one
at a time, and says what each brings and what it does to the numbers.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, get_args

import numpy as np
import torch
from msgspec import structs
from torch import Tensor

from lightbrush import pixels
from lightbrush.benchmarks.video_attention import attentions
from lightbrush.benchmarks.video_passes import (
    FIRST_FRAMES,
    FRAMES,
    HEIGHT_PX,
    LAYERS,
    WIDTH_PX,
    Random,
    milliseconds,
    passes,
    plain_network,
    random_network,
    stream,
)
from lightbrush.engines.video import DEFAULT, krea_realtime_14b
from lightbrush.engines.video import card as video_card
from lightbrush.engines.wan import VideoEngine
from lightbrush.engines.wan_live import Live
from lightbrush.engines.wan_stream import BLOCK_LATENTS, CONTEXT_LATENTS, Networks
from lightbrush.errors import SettingsError
from lightbrush.fleet.worker import render_block
from lightbrush.nn.wan import fast_attention, fused, quantise
from lightbrush.nn.wan.attention_choice import Errors, settle
from lightbrush.nn.wan.autoencoder import VideoAutoencoder
from lightbrush.nn.wan.causal import Formulation, State, arrange
from lightbrush.nn.wan.config import LATENT_PX, WAN_1_3B, WAN_14B, WanConfig
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.leader import lead
from lightbrush.nn.wan.sequence import ALONE
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae, random_vae
from lightbrush.nn.wan.vae import WanVae, WanVaeConfig
from lightbrush.shots import Block, Prompt, Size, Still

SIZES: Final = {"14b": WAN_14B, "1_3b": WAN_1_3B}
DECODERS: Final[dict[str, WanVaeConfig | TinyConfig]] = {"tiny": TinyConfig(), "full": WanVaeConfig()}

#: What a part of a kernel's name says of it; the first that fits counts.
_KINDS: Final = (
    ("fused", ("_norm_kernel", "_heads_kernel", "_values_kernel", "_gelu_kernel", "_rows_kernel")),
    ("attention", ("fmha", "flash", "attention", "sdpa", "attend")),
    ("exchange", ("nccl",)),
    ("linear", ("gemm", "nvjet", "cutlass", "cublas", "xmma", "splitk")),
)

Say = Callable[[str], None]
Keep = Callable[[dict[str, Any]], None]

#: What is measured.
PARTS: Final = ("14b", "attention", "1_3b", "decode", "several", "live")
#: The time that a worker's block is the median of.
_LIVE_BLOCKS: Final = 6


def run(say: Say, parts: Sequence[str] = PARTS, keep: Keep = lambda _: None) -> dict[str, Any]:
    """What the module's docstring names, of PARTS: by size, attentions, decoders, several GPUs, a live worker. keep: is
    given the report after each, and after each figure of attention.

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
        "attention_choice": {},
        "fps_by_attention": {},
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
    if "live" in parts:
        report["live"] = live(_settled("14b")[0])
        say(f"a live worker: {report['live']}")
    keep(report)
    return report


def _settled(size: str) -> tuple[FastTransformer, Errors | None]:
    """A network with the attention that an engine takes by itself, and what that was chosen by."""
    network = random_network(SIZES[size])
    return network, _choose(network)


def _choose(network: FastTransformer) -> Errors | None:
    """Have it go on with the attention that an engine takes by itself."""
    words = torch.randn(
        network.config.text_len // 8, network.config.text_dim, generator=torch.Generator().manual_seed(0)
    )
    return settle(network, words.to(network.device))


def _take_other(network: FastTransformer) -> None:
    """Of the attentions in 8 and in 16 bits the other."""
    network.take(replace(network.options, attention="auto" if _in_8_bits(network) else "auto-fp8"))
    torch.cuda.empty_cache()


def _one_gpu(size: str, report: dict[str, Any], say: Say) -> None:
    network, errors = _settled(size)
    told = None if errors is None else dataclasses.asdict(errors)
    report["attention_choice"][size] = {"taken": network.attention, "measured": told}
    say(f"{size}: attention {network.attention}: {errors}")
    report["pass_ms"][size] = times = pass_times(network)
    say(f"{size}: {times}")
    if size == "14b":
        report["kernels"] = kernels(passes(network)["block"])
        floor = floor_ms(SIZES[size], report["ceilings_tflops"], network.options.fp8, _in_8_bits(network))
        report["roofline_fraction"] = round(floor / times["block"]["all"], 3)
        report["memory_gb"] = round(torch.cuda.memory_allocated() / 1e9, 1)
    counts = (4, 3) if size == "14b" else (4,)
    for steps in counts:
        measured = stream(network, steps)
        report[f"fps_{size}_{steps}step_1gpu"] = measured["fps"]
        report.setdefault("block_ms", {})[f"{size}_{steps}step"] = measured["block_ms"]
        report["fps_by_attention"].setdefault(network.attention, {})[f"fps_{size}_{steps}step_1gpu"] = measured["fps"]
        if size == "14b" and steps == 4:
            report["first_frame_s"] = measured["first_frame_s"]
        say(f"{size}, {steps} steps, attention {network.attention}: {measured}")
    if errors is None:
        return
    _take_other(network)
    for steps in counts:
        measured = stream(network, steps)
        report["fps_by_attention"].setdefault(network.attention, {})[f"fps_{size}_{steps}step_1gpu"] = measured["fps"]
        say(f"{size}, {steps} steps, attention {network.attention}: {measured}")


def _in_8_bits(network: FastTransformer) -> bool:
    """Whether its attention is."""
    return network.slot_dtype == quantise.FLOAT8


# Passes.


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


def floor_ms(config: WanConfig, rates: dict[str, float], fp8: bool, attention_fp8: bool = False) -> float:
    """Milliseconds that the arithmetic of a denoising pass takes at these rates: the blocks' matrices, and attention
    over context and block, both perhaps in 8 bits; in 16 attention to the text."""
    c = config
    own = c.tokens(BLOCK_LATENTS, HEIGHT_PX, WIDTH_PX)
    seen = own + c.tokens(CONTEXT_LATENTS, HEIGHT_PX, WIDTH_PX)
    linear = 2 * own * (6 * c.dim**2 + 2 * c.dim * c.ffn) * c.layers
    attention, text = (4 * own * keys * c.dim * c.layers for keys in (seen, c.text_len))
    spent = linear / rates["fp8" if fp8 else "bf16"] + attention / rates["fp8" if attention_fp8 else "bf16"]
    return (spent + text / rates["bf16"]) / 1e9


# A worker, and several GPUs.


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


def shared_stream(
    size: str, steps: int, gpus: int, options: Options | None = None, device: str = "cuda"
) -> dict[str, Any]:
    """`stream` and `pass_times` of GPUs that share passes, with the attention that is taken by itself; the relative
    error of a few layers against one GPU's; and a stream with the other attention, by its name. Says on stderr what it
    begins and when."""
    began, config = time.time(), SIZES[size]

    def begins(what: str) -> None:
        sys.stderr.write(f"{time.time() - began:6.1f} s: {what}\n")
        sys.stderr.flush()

    begins(f"a few layers, on {gpus} GPUs and on one")
    few = Random(replace(config, layers=min(LAYERS, config.layers)), options)
    shared = lead(few, gpus, device)
    seen, alone = (passes(network)["block"]() for network in (shared, few(FastTransformer, shared.device, ALONE)))
    assert seen is not None
    assert alone is not None
    off = float((seen.float() - alone.float()).norm() / alone.float().norm())
    shared.leave()
    begins(f"weights of all layers; the error was {off:.5f}")
    network = lead(Random(config, options), gpus, device)
    errors = _choose(network)
    begins(f"a stream, attention {network.attention}: {errors}")
    found = stream(network, steps) | {"error": round(off, 5), "attention": network.attention}
    begins(f"passes; what was found is {found}")
    found["pass_ms"] = pass_times(network)
    if errors is not None:
        _take_other(network)
        begins(f"a stream, attention {network.attention}; passes were {found['pass_ms']}")
        found[network.attention] = stream(network, steps)
    begins(f"an end; what was found is {found}")
    network.leave()
    return found


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
        if kernel == "values":  # attention in 8 bits alone has it
            continue
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
