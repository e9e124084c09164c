"""Part of `lightbrush bench video`: every attention that is here, alone and in a stream. `video` says what it tells."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from lightbrush.benchmarks.video_passes import (
    HEIGHT_PX,
    LAYERS,
    WIDTH_PX,
    milliseconds,
    passes,
    plain_network,
    random_network,
    stream,
)
from lightbrush.engines.wan_stream import BLOCK_LATENTS, CONTEXT_LATENTS, CONTEXT_WEIGHT
from lightbrush.nn.wan import fast_attention
from lightbrush.nn.wan.config import WAN_1_3B, WAN_14B, WanConfig
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options


def attentions(found: dict[str, Any], keep: Callable[[], object], device: torch.device) -> None:
    """Fill in what `video`'s docstring has of attention; keep() after each figure."""
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
    network = random_network(WAN_14B, replace(best, fp8=False))
    streams["14b auto, matrices in bfloat16"] = _or_why(partial(_with, network, network.options, (4, 3)))
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
    q, k, v = backend.given(exact[0][:own], *exact[1:])
    few = backend.given(exact[0][:own], *(x[-own:] for x in exact[1:]))
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
        f"{own}": milliseconds(lambda: backend.attend(*few)),
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
