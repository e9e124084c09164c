"""Networks of live video with random weights, and how long their passes and streams take."""

from __future__ import annotations

import statistics
import time
import timeit
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from lightbrush.engines.video import DEFAULT
from lightbrush.engines.video import card as video_card
from lightbrush.engines.wan import Renderer, VideoEngine
from lightbrush.engines.wan_stream import BLOCK_LATENTS, CONTEXT_WEIGHT, BlockRequest, Networks, Parameters
from lightbrush.nn.wan.causal import arrange
from lightbrush.nn.wan.config import LATENT_PX, WanConfig
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.fast_weights import Read
from lightbrush.nn.wan.schedule import schedule
from lightbrush.nn.wan.sequence import ALONE, Team
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae
from lightbrush.nn.wan.transformer import Conditioning, WanTransformer
from lightbrush.shots import Prompt

WIDTH_PX, HEIGHT_PX = 832, 480

#: Frames of the first block, and of every other.
FIRST_FRAMES, FRAMES = 9, 12

#: Layers of the networks that are compared: enough to time, and for the exact one to fit in float32.
LAYERS: Final = 4


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


@dataclass(frozen=True)
class Random:
    """Makes the fast network with random weights, in bfloat16 or 8 bits, in every process that has a share of it."""

    config: WanConfig
    options: Options | None = None

    def __call__(self, kind: type[FastTransformer], device: torch.device, team: Team) -> FastTransformer:
        dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        return kind(self.config, random_weights(self.config, device), device, dtype, self.options, team)


def random_network(config: WanConfig, options: Options | None = None) -> FastTransformer:
    """On this process's GPU."""
    return Random(config, options)(FastTransformer, torch.device("cuda"), ALONE)


def plain_network(config: WanConfig, dtype: torch.dtype) -> WanTransformer:
    """The plain network with the same weights."""
    read = random_weights(config, "cuda")
    with torch.device("meta"):
        network = WanTransformer(config).eval()
    network.load_state_dict({name: read(name).to(dtype) for name in network.state_dict()}, assign=True)
    return network


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
        return network.denoise(latents, t, Conditioning(text))

    def block() -> Tensor:
        return network.denoise(latents, t, Conditioning(text, seen, context_weight=CONTEXT_WEIGHT))

    def context() -> None:
        nonlocal seen
        seen = network.encode_context(past, text)

    return {"first": first, "block": block, "context": context}


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


def stream(
    network: FastTransformer, steps: int, blocks: int = 5, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX
) -> dict[str, Any]:
    """A stream as a worker makes it, of words that stay: its first block, and the median of those after the third, when
    it runs ahead: frames a second, milliseconds from one block to the next and by stage."""
    vae = TinyVae(TinyConfig(network.config.in_channels)).requires_grad_(False)
    arrange(vae, network.device, network.dtype)
    words = torch.randn(network.config.text_len // 8, network.config.text_dim, device=network.device)
    engine = VideoEngine(video_card(DEFAULT), Networks(network, lambda _: words, vae, vae), vae, str(network.device))
    p = Parameters(prompts=(Prompt("a calm sea"),), width=width_px, height=height_px, steps=schedule(steps))
    for _ in range(2):  # once to capture and to warm up
        if network.device.type == "cuda":
            torch.cuda.synchronize()  # what was made ahead for a block that never came
        renderer, context, state, stages = Renderer(engine), None, None, []
        for i in range(blocks):
            begun = time.perf_counter()
            rendered = renderer.block(BlockRequest(i, p, context), context, state)
            context, state = rendered.context, rendered.state
            stages.append(rendered.times_ms | {"whole": (time.perf_counter() - begun) * 1e3})
    first, later = stages[0], stages[3:] or stages[-1:]
    block_ms = {name: round(statistics.median(spent[name] for spent in later), 1) for name in first}
    return {
        "fps": round(FRAMES / block_ms["whole"] * 1e3, 2),
        "block_ms": block_ms,
        "first_frame_s": round(first["whole"] / 1e3, 3),
    }
