"""Attention by whichever library is fastest on a GPU and right: each is tried against exact arithmetic first.

All give the logarithm of the sum of exponentials beside their result, so that attention over two sets of keys can be
merged exactly. That is how a bias on some keys is had from kernels that take none: a constant added to the logits of a
set only shifts the set's sum. Our own (`attention_kernels`) takes one, and looks at as many keys as it is told.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Final

import torch
from torch import Tensor

from lightbrush.errors import SettingsError
from lightbrush.nn.wan import fused
from lightbrush.nn.wan.quantise import FLOAT8

log = logging.getLogger("lightbrush.nn")

Attend = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""q: [L, H, d]; k, v: [K, H, d]; -> [L, H, d], dense, and the log-sum-exp of the logits, [H, L] float32."""

AttendBiased = Callable[[Tensor, Tensor, Tensor, int, Tensor, Tensor | None], tuple[Tensor, Tensor]]
"""first, extra, count, beside what `Attend` takes: `extra`, [1] float32, is added to the logits of the `first` keys,
and the first `count` are looked at, [1] int32, None: all. What the two hold may change under a captured graph."""


@dataclass(frozen=True)
class Backend:
    """module: what must be installed, beside PyTorch. capability: the first NVIDIA architecture that has it. limit: the
    largest relative error with which it still counts as right; what computes in 8 bits has a wide one, and is only used
    when it is named. dtype: of queries, keys and values; None: the network's. They go without scales, since the weights
    keep them within e4m3's range (`ranges`). biased: with a bias, in one kernel; None where there is no such. by_lane:
    values are [H, d, K] as `fused.values` has it, and it is always `biased`."""

    attend: Attend
    module: str = "torch"
    capability: tuple[int, int] = (8, 0)
    limit: float = 1e-2
    dtype: torch.dtype | None = None
    biased: AttendBiased | None = None
    by_lane: bool = False

    def given(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values as it takes them; q: [L, H, d]; k, v: [K, H, d]."""
        q, k, rows = (x.to(self.dtype or x.dtype) for x in (q, k, v))
        if not self.by_lane:
            return q, k, rows
        keys = -len(v) % fused.KEY_GROUP + len(v)
        values = torch.zeros(*v.shape[1:], keys, dtype=rows.dtype, device=v.device)
        fused.values(v.flatten(1), None, values, 0)
        return q, k, values


def merged(own: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor], extra: Tensor | float = 0.0) -> Tensor:
    """Attention over two sets of keys from attention over each (Milakov and Gimelshein, "Online normalizer calculation
    for softmax", 2018), with `extra` added to the logits of the other's. -> [L, H, d] float32."""
    (a, sums), (b, other_sums) = own, other
    share = torch.sigmoid(other_sums + extra - sums).t()[..., None]
    return a.float() * (1 - share) + b.float() * share


def plain(
    q: Tensor, k: Tensor, v: Tensor, first: int = 0, extra: Tensor | None = None, count: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """As the formula has it; on any device, with all logits in memory. Rounds to q's dtype at the end."""
    logits = torch.einsum("lhd,khd->hlk", q.float(), k.float()) / math.sqrt(q.shape[-1])
    if extra is not None:
        logits[..., :first] += extra
    if count is not None:
        logits.masked_fill_(torch.arange(len(k), device=k.device) >= count, -math.inf)
    attended = torch.einsum("hlk,khd->lhd", logits.softmax(-1), v.float())
    return attended.to(q.dtype), logits.logsumexp(-1)


def _cudnn(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    attended, sums, *_ = torch.ops.aten._scaled_dot_product_cudnn_attention(*_batches(q, k, v), None, True)
    return _tokens(attended), sums.reshape(q.shape[1], -1)[:, : len(q)]


def _flash(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    attended, sums, *_ = torch.ops.aten._scaled_dot_product_flash_attention(*_batches(q, k, v))
    return _tokens(attended), sums[0, :, : len(q)]


def _flash3(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    from flash_attn_interface import flash_attn_func

    attended, sums = flash_attn_func(q[None], k[None], v[None], return_attn_probs=True)
    return attended[0], sums[0]


def _cudnn_fp8(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    from lightbrush.nn.wan import cudnn_attention

    return cudnn_attention.attend(q, k, v)


def _triton(
    q: Tensor, k: Tensor, v: Tensor, first: int = 0, extra: Tensor | None = None, count: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    from lightbrush.nn.wan import attention_kernels

    return attention_kernels.attend(q, k, v, first, extra, count)


def _flash4(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    from flash_attn.cute.interface import flash_attn_func

    attended, sums = flash_attn_func(q[None], k[None], v[None], return_lse=True)
    return attended[0], sums[0]


def _sage(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    from sageattention import sageattn

    attended, sums = sageattn(q[None], k[None], v[None], tensor_layout="NHD", return_lse=True)
    return attended[0], sums[0]


BACKENDS: Final = {
    "plain": Backend(plain, capability=(0, 0), biased=plain),
    "flash": Backend(_flash),
    "cudnn": Backend(_cudnn, capability=(9, 0)),
    "flash3": Backend(_flash3, module="flash_attn_interface", capability=(9, 0)),
    "flash4": Backend(_flash4, module="flash_attn.cute", capability=(9, 0)),
    "triton": Backend(_triton, module="triton", capability=(9, 0), biased=_triton),
    "triton-fp8": Backend(
        _triton, module="triton", capability=(9, 0), limit=8e-2, dtype=FLOAT8, biased=_triton, by_lane=True
    ),
    "flash3-fp8": Backend(_flash3, module="flash_attn_interface", capability=(9, 0), limit=8e-2, dtype=FLOAT8),
    # On Hopper its results are in 8 bits as well, too coarse to be merged.
    "cudnn-fp8": Backend(_cudnn_fp8, module="cudnn", capability=(10, 0), limit=8e-2, dtype=FLOAT8),
    "sage": Backend(_sage, module="sageattention", limit=8e-2),
}

#: Fastest first on Hopper, by measurement on an H200 (docs/benchmarks.md) but for FlashAttention 4 and our own.
PREFERENCE: Final = ("flash3", "flash4", "cudnn", "triton", "flash", "plain")

#: The same of those in 8 bits.
PREFERENCE_FP8: Final = ("triton-fp8", "flash3-fp8", "cudnn-fp8")


def installed(device: torch.device) -> tuple[str, ...]:
    """The backends that this machine could run."""
    if device.type != "cuda":
        return ("plain",)
    capability = torch.cuda.get_device_capability(device)
    return tuple(name for name, b in BACKENDS.items() if b.capability <= capability and _found(b.module))


@cache
def error(backend: Backend, head_dim: int, device: torch.device, dtype: torch.dtype) -> float:
    """Relative error against exact arithmetic, the larger of the result's and of the sums', without a bias and, where
    it takes one, with it, on what self-attention sees: queries and keys of norm sqrt(head_dim), about as alike as
    those of neighbours. It is the same at every call, and so found once in a process; one that failed is tried
    again."""
    made = torch.Generator(device).manual_seed(0)
    q, k, v = (torch.randn(n, 4, head_dim, generator=made, device=device) for n in (320, 1000, 1000))
    k[: len(q)] += q
    exact = q.to(dtype).float(), k.to(dtype), v.to(dtype)
    given = backend.given(*(x.to(dtype) for x in (q, k, v)))
    found = [_off(backend.attend(*given), plain(*exact))]
    if backend.biased is not None:
        extra = torch.full((1,), math.log(0.3), device=device)
        count = torch.full((1,), 777, dtype=torch.int32, device=device)
        for some in (None, count):
            found.append(_off(backend.biased(*given, 333, extra, some), plain(*exact, 333, extra, some)))
    return math.inf if any(map(math.isnan, found)) else max(found)


def text_attention(head_dim: int, device: torch.device, dtype: torch.dtype) -> AttendBiased | None:
    """What attends to a text whose padding is one key; None where nothing is here that does so fast and right."""
    name = "triton" if device.type == "cuda" else "plain"
    if name in installed(device) and _right(name, head_dim, device, dtype):
        return BACKENDS[name].biased
    return None


def choose(wanted: str, head_dim: int, device: torch.device, dtype: torch.dtype) -> tuple[str, Backend]:
    """wanted: the name of a backend; "auto", none in 8 bits; or "auto-fp8", one in 8 bits where there is one, else as
    "auto". Raises SettingsError for one that is not here, or is wrong here."""
    here = installed(device)
    if wanted in ("auto", "auto-fp8"):
        for name in (*PREFERENCE_FP8, *PREFERENCE) if wanted == "auto-fp8" else PREFERENCE:
            if name in here and _right(name, head_dim, device, dtype):
                return name, BACKENDS[name]
        raise SettingsError("settings.value", "no attention gives the right numbers here", value=", ".join(here))
    if wanted not in here:
        raise SettingsError("settings.value", "this attention is not to be had here", value=wanted, fix=_either(here))
    if not _right(wanted, head_dim, device, dtype):
        raise SettingsError(
            "settings.value",
            "this attention does not run here, or gives wrong numbers",
            value=wanted,
            fix=_either(here),
        )
    return wanted, BACKENDS[wanted]


def _right(name: str, head_dim: int, device: torch.device, dtype: torch.dtype) -> bool:
    try:
        return error(BACKENDS[name], head_dim, device, dtype) < BACKENDS[name].limit
    except Exception as problem:  # libraries have types of their own for other hardware, versions and sizes than theirs
        log.info("attention %s does not run here: %s", name, str(problem).partition("\n")[0])
        return False


def _either(names: Sequence[str]) -> str:
    return f"Take one of auto, auto-fp8, {', '.join(names)}"


def _found(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package around it
        return False


def _batches(*tensors: Tensor) -> list[Tensor]:
    """[L, H, d] -> [1, H, L, d], as PyTorch has it."""
    return [x.transpose(0, 1)[None] for x in tensors]


def _tokens(x: Tensor) -> Tensor:
    return x[0].transpose(0, 1).contiguous()


def _off(seen: tuple[Tensor, Tensor], wanted: tuple[Tensor, Tensor]) -> float:
    """The larger error of the two; infinite where a shape is not what it should be."""
    if any(mine.shape != theirs.shape for mine, theirs in zip(seen, wanted, strict=True)):
        return math.inf
    errors = [_relative(mine, theirs) for mine, theirs in zip(seen, wanted, strict=True)]
    return math.nan if any(map(math.isnan, errors)) else max(errors)


def _relative(seen: Tensor, wanted: Tensor) -> float:
    return float((seen.float() - wanted).norm() / wanted.norm())
