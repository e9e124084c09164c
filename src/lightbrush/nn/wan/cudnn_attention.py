"""Attention in 8 bits by cuDNN, through its own Python package (nvidia-cudnn-frontend): PyTorch asks it for 16 only."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final

import cudnn
import torch
from torch import Tensor

#: Probabilities, at most 1, are multiplied with this before they are rounded.
_PROBABILITY_SCALE: Final = 256.0

# Names of tensors within a graph.
_Q, _K, _V, _OUT, _SUMS = range(1, 6)
_ONES, _SCALE, _DESCALE = (6, 7, 8, 9), 10, 11  # of q, k, v and the result; of probabilities
_PEAKS = 12, 13


def attend(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """q: [L, H, d]; k, v: [K, H, d], dense, e4m3 without scales; -> [L, H, d] bfloat16 and log-sum-exp [H, L]."""
    tokens, heads, width = q.shape
    device = q.device
    graph, workspace_bytes = _plan(tokens, len(k), heads, width, device)
    out = torch.empty(q.shape, dtype=torch.bfloat16, device=device)
    sums, peaks = torch.empty(heads, tokens, device=device), torch.empty(2, device=device)
    workspace = torch.empty(workspace_bytes, dtype=torch.uint8, device=device)
    one, scale, descale = _constants(device)
    tensors = {_Q: q, _K: k, _V: v, _OUT: out, _SUMS: sums, _SCALE: scale, _DESCALE: descale}
    tensors |= dict.fromkeys(_ONES, one) | dict(zip(_PEAKS, peaks.split(1), strict=True))
    handle = _handle(device)
    cudnn.set_stream(handle, torch.cuda.current_stream(device).cuda_stream)
    graph.execute(tensors, workspace, handle=handle)
    return out, sums


@lru_cache(maxsize=64)
def _plan(tokens: int, keys: int, heads: int, width: int, device: torch.device) -> tuple[Any, int]:
    """The graph for these sizes, and the bytes that it works in."""
    byte, single = cudnn.data_type.FP8_E4M3, cudnn.data_type.FLOAT
    graph = cudnn.pygraph(
        io_data_type=byte, intermediate_data_type=single, compute_data_type=single, handle=_handle(device)
    )

    def rows(uid: int, count: int) -> Any:
        stride = count * heads * width, width, heads * width, 1
        return graph.tensor(uid=uid, dim=(1, heads, count, width), stride=stride, data_type=byte)

    def number(uid: int) -> Any:
        return graph.tensor(uid=uid, dim=(1, 1, 1, 1), stride=(1, 1, 1, 1), data_type=single)

    ones = [number(uid) for uid in _ONES]
    out, sums, *peaks = graph.sdpa_fp8(
        q=rows(_Q, tokens),
        k=rows(_K, keys),
        v=rows(_V, keys),
        descale_q=ones[0],
        descale_k=ones[1],
        descale_v=ones[2],
        descale_s=number(_DESCALE),
        scale_s=number(_SCALE),
        scale_o=ones[3],
        generate_stats=True,
        attn_scale=1 / math.sqrt(width),
        use_causal_mask=False,
    )
    shape, stride = (1, heads, tokens, width), (tokens * heads * width, width, heads * width, 1)
    out.set_uid(_OUT).set_output(True).set_dim(shape).set_stride(stride).set_data_type(cudnn.data_type.BFLOAT16)
    sums.set_uid(_SUMS).set_output(True).set_dim((1, heads, tokens, 1)).set_stride((heads * tokens, tokens, 1, 1))
    sums.set_data_type(single)
    for uid, peak in zip(_PEAKS, peaks, strict=True):
        peak.set_uid(uid).set_output(True).set_dim((1, 1, 1, 1)).set_stride((1, 1, 1, 1)).set_data_type(single)
    graph.build([cudnn.heur_mode.A, cudnn.heur_mode.FALLBACK])
    return graph, max(1, graph.get_workspace_size())


@lru_cache(maxsize=16)
def _constants(device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    one, scale, descale = torch.tensor([1.0, _PROBABILITY_SCALE, 1 / _PROBABILITY_SCALE], device=device).split(1)
    return one, scale, descale


@lru_cache(maxsize=16)
def _handle(device: torch.device) -> Any:
    with torch.cuda.device(device):
        return cudnn.create_handle()
