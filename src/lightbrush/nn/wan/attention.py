"""Attention, in one place, and the two biases on its logits: on past frames, and on padding that was folded."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> Tensor:
    """Scaled dot-product attention (Vaswani et al., 2017).

    q: [B, L, heads, d]; k, v: [B, K, heads, d]; bias: added to the logits, in q's dtype: [K], the same for every query,
    or [L, K]; -> [B, L, heads d].
    """
    mask = None if bias is None else bias.expand(1, 1, q.shape[1], k.shape[1])
    attended = F.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), mask)
    return attended.transpose(1, 2).flatten(2)


def past_bias(past: int, own: int, frame: int, weight: float, like: Tensor) -> Tensor | None:
    """log(weight) on the keys of past frames, but for the first: [(past + own) frame] in `like`'s dtype and device, or
    None where it would change nothing.

    past, own: frames of the context and of the block itself. frame: keys of a frame. weight: in (0, 1]; below 1 the
    past counts for less, so that errors in it do not pile up ("KV cache attention bias" of Krea Realtime 14B, 2025).
    """
    if weight == 1.0 or past <= 1:
        return None
    bias = like.new_zeros((past + own) * frame)
    bias[frame : past * frame] = math.log(weight)
    return bias


def causal_bias(frames: int, block: int, frame: int, weight: float, like: Tensor) -> Tensor:
    """What a whole pass adds to its logits so that each block of frames sees itself and the past: [L, L] in `like`'s
    dtype and device, L = frames * frame.

    block: frames of a block; the last may be shorter. frame: keys of a frame. weight: as `past_bias` has it.
    """
    index = torch.arange(frames, device=like.device)
    query, key = index[:, None], index
    own = query // block * block  # the first frame of the query's block
    past = (key > 0) & (key < own)
    bias = like.new_zeros(frames, frames).masked_fill(past, math.log(weight)).masked_fill(key >= own + block, -math.inf)
    return bias.repeat_interleave(frame, 0).repeat_interleave(frame, 1)


def padding_bias(count: int, keys: int, dtype: torch.dtype) -> list[float]:
    """Biases under which `keys` equal keys weigh as `count` do: sum(exp(bias)) = count.

    One key with log(count) does it, but bfloat16 rounds that by up to 1 % of the weight. So each key takes as much of
    what is left as the dtype can say; with two the sum is right to 1e-3.
    """
    biases = []
    left = float(count)
    for _ in range(keys):
        bias = torch.tensor(math.log(left) if left > 0.0 else -math.inf, dtype=dtype)
        if math.exp(float(bias)) > left:
            bias = torch.nextafter(bias, torch.tensor(-math.inf, dtype=dtype))
        biases.append(float(bias))
        left -= math.exp(float(bias))
    return biases
