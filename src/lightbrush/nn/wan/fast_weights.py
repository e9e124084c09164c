"""A Wan transformer's parameters as `fast_transformer` reads them: what is multiplied with the same rows is one matrix,
matrices of blocks may be in 8 bits, scales have their one added, and queries, keys and values are in e4m3's range
(`ranges`): what a lane is divided by, the matrix after it is multiplied with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from lightbrush.nn.wan.config import WanConfig
from lightbrush.nn.wan.quantise import Rows, quantised
from lightbrush.nn.wan.ranges import balanced, value_steps
from lightbrush.nn.wan.transformer import sinusoids

_ROWS_AT_ONCE: Final = 512

#: At so many times, evenly from 0 to 1000, it is asked how large values can be; between two it changes little.
_TIMES: Final = 101

Read = Callable[[str], Tensor]
"""A parameter by its name in `WanTransformer`: on any device, of any floating dtype."""

Plain = tuple[Tensor, Tensor]
"""Weight [N, D] and bias [N], as `F.linear` takes them."""


class Linear(NamedTuple):
    """weight: [N, D]; bias: [N]."""

    weight: Rows
    bias: Tensor


class Layer(NamedTuple):
    """Of a block. Weights of norms are float32: queries' and keys' in `norms` [2, D], weight and bias in `norm3`
    [2, D]; the others are [1, D]."""

    qkv: Linear
    norms: Tensor
    o: Linear
    norm3: Tensor
    cross_q: Linear
    cross_norm_q: Tensor
    cross_kv: Plain  # of the text, once a prompt: never in 8 bits
    cross_norm_k: Tensor
    cross_o: Linear
    up: Linear
    down: Linear


class Weights(NamedTuple):
    """patches: [D, C 2 2]. times: float32. modulation: [layers, 1, 6, D] float32, shift, scale and gate of
    self-attention, then of the feed-forward; head_modulation: [1, 2, D] float32, shift and scale. Scales are 1 + what
    was learned."""

    patches: Plain
    text: tuple[Plain, Plain]
    times: tuple[Plain, Plain, Plain]
    head: Plain
    head_modulation: Tensor
    layers: tuple[Layer, ...]
    modulation: Tensor


def read_weights(config: WanConfig, read: Read, device: torch.device, dtype: torch.dtype, fp8: bool) -> Weights:
    """read: called once for each parameter; a matrix is in 8 bits before the next is read, so never is more than one
    there in full precision. fp8: of the matrices of blocks, but for those of the text."""

    def put(name: str, to: torch.dtype = dtype) -> Tensor:
        return read(name).detach().to(device, to).contiguous()

    def plain(*names: str, to: torch.dtype = dtype) -> Plain:
        weights, biases = ([put(f"{name}.{part}", to) for name in names] for part in ("weight", "bias"))
        return _joined(weights), _joined(biases)

    def linear(*names: str, by: Tensor | None = None) -> Linear:
        """by: [D], for each column of the matrix."""
        bias = _joined([put(f"{name}.bias") for name in names])
        if fp8:
            return Linear(_in_8_bits((put(f"{name}.weight") for name in names), by), bias)
        weight = _joined([put(f"{name}.weight") for name in names])
        return Linear(Rows(weight if by is None else weight * by.to(dtype)), bias)

    def float32(*names: str) -> Tensor:
        return torch.stack([put(name, torch.float32) for name in names])

    def layer(block: str, table: Tensor) -> Layer:
        """table: [T, 6, D], what the time says to it."""
        own, cross = f"{block}.self_attn", f"{block}.cross_attn"
        qkv = linear(f"{own}.q", f"{own}.k", f"{own}.v")
        values = Linear(qkv.weight.after(2 * config.dim), qkv.bias[2 * config.dim :])
        steps = value_steps(values.weight, values.bias, table[:, 0], table[:, 1])
        rows = values.weight.values if values.weight.scales is None else values.weight.scales
        rows.div_(steps[:, None])  # of qkv itself, as the bias
        values.bias.div_(steps)
        return Layer(
            qkv=qkv,
            norms=balanced(float32(f"{own}.norm_q.weight", f"{own}.norm_k.weight")),
            o=linear(f"{own}.o", by=steps),
            norm3=float32(f"{block}.norm3.weight", f"{block}.norm3.bias"),
            cross_q=linear(f"{cross}.q"),
            cross_norm_q=float32(f"{cross}.norm_q.weight"),
            cross_kv=plain(f"{cross}.k", f"{cross}.v"),
            cross_norm_k=float32(f"{cross}.norm_k.weight"),
            cross_o=linear(f"{cross}.o"),
            up=linear(f"{block}.ffn.0"),
            down=linear(f"{block}.ffn.2"),
        )

    blocks = [f"blocks.{i}" for i in range(config.layers)]
    filters, offset = plain("patch_embedding")
    one = torch.tensor([[0.0], [1.0]], device=device)  # beside shifts and scales
    times = (
        plain("time_embedding.0", to=torch.float32),
        plain("time_embedding.2", to=torch.float32),
        plain("time_projection.1", to=torch.float32),
    )
    modulation = float32(*(f"{block}.modulation" for block in blocks)) + F.pad(one, (0, 0, 0, 1)).repeat(2, 1)
    _, said = told_by_time(times, torch.linspace(0, 1000, _TIMES, device=device), config.freq_dim)
    return Weights(
        patches=(filters.flatten(1), offset),
        text=(plain("text_embedding.0"), plain("text_embedding.2")),
        times=times,
        head=plain("head.head"),
        head_modulation=put("head.modulation", torch.float32) + one,
        layers=tuple(layer(block, own + said) for block, own in zip(blocks, modulation, strict=True)),
        modulation=modulation,
    )


def told_by_time(times: tuple[Plain, Plain, Plain], t: Tensor, freq_dim: int) -> tuple[Tensor, Tensor]:
    """t: [F] -> the times [F, D] and what they say to every block [F, 6, D], which lacks what modulation adds.
    float32."""
    first, second, projection = times
    time = F.linear(F.silu(F.linear(sinusoids(t, freq_dim), *first)), *second)
    return time, F.linear(F.silu(time), *projection).unflatten(1, (6, -1))


def _in_8_bits(weights: Iterable[Tensor], by: Tensor | None) -> Rows:
    """`quantised`, one below the other, each column times what `by` says; a few rows at a time, since it works in
    float32."""
    parts = [quantised(rows if by is None else rows * by) for weight in weights for rows in weight.split(_ROWS_AT_ONCE)]
    return Rows(
        torch.cat([part.values for part in parts]), torch.cat([p.scales for p in parts if p.scales is not None])
    )


def _joined(parts: list[Tensor]) -> Tensor:
    return torch.cat(parts) if len(parts) > 1 else parts[0]
