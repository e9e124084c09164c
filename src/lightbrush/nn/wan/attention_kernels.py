"""Attention of our own, in Triton: dense, in 8 or 16 bits, with a bias on the first keys and as many keys as a number
in memory says.

It is FlashAttention's loop (Dao, "FlashAttention-2", 2023) with what Hopper asks for in 8 bits (Shah et al.,
"FlashAttention-3", 2024). A program has rows of queries and goes through the keys of one head, a tile at a time, from
tensor maps. In 8 bits tensor cores want a lane's values side by side, so who writes values writes them so
(`fused.values`), with keys in the order in which probabilities lie in a thread's registers: none moves between threads.
Probabilities, at most 1, are held times 2^8, since below 2^-9 e4m3 has nothing.

In 8 bits a tile has half as many keys, and its product is added inside the tensor cores, whose sums keep 14 bits: a
hundredth of the result, where 8 bits took five. Then one group of warps has registers for 128 rows, each
multiprocessor has two such programs that wait for nothing of each other, and one multiplies while the other takes
exponentials.

Which shape is fastest is tried at the first call of a size, which must not be captured. All give the same bits: they
differ in who computes what, never in the order of a sum.
"""

from __future__ import annotations

import logging
import math
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.runtime.errors import OutOfResources, PTXASError
from triton.testing import do_bench
from triton.tools.tensor_descriptor import TensorDescriptor

from lightbrush.nn.wan.quantise import FLOAT8

log = logging.getLogger("lightbrush.nn")

#: Keys of a tile, by whether it is in 8 bits. Sums are taken by tiles, so this is the same for all shapes.
_TILES: Final = {True: 64, False: 128}
#: Of probabilities in 8 bits: what is added to their exponents.
_RAISED: Final = 8.0


class Shape(NamedTuple):
    """Of a program. rows: of queries. warps: of 32 threads. stages: tiles under way. ahead: the next tile's logits are
    computed beside this one's probabilities."""

    rows: int
    warps: int
    stages: int
    ahead: bool = False


#: By whether it is in 8 bits. The first is for sizes where none is worth a trial.
SHAPES: Final = {
    True: (
        Shape(128, 4, 3),
        Shape(128, 4, 2),
        Shape(128, 4, 4),
        Shape(256, 8, 3),
        Shape(128, 8, 3, ahead=True),
        Shape(64, 4, 3),
    ),
    False: (
        Shape(128, 8, 2),
        Shape(128, 8, 2, ahead=True),
        Shape(128, 8, 3),
        Shape(128, 8, 1),
        Shape(64, 4, 2),
        Shape(64, 4, 1),
    ),
}

#: Logits of a head from which on the shapes are tried.
_WORTH_A_TRIAL: Final = 2**20


def attend(
    q: Tensor, k: Tensor, v: Tensor, first: int = 0, extra: Tensor | None = None, count: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """q: [L, H, d]; k, v: [K, H, d], heads dense, bfloat16, float16 or e4m3 without scales, then v: [H, d, K] as
    `fused.values` has it, K rounded up to whole 16s; -> [L, H, d], dense, bfloat16 from 8 bits, and the log-sum-exp
    [H, L]. d is a power of two, from 32 on.

    extra: [1] float32, added to the logits of the `first` keys. count: [1] int32, from 1 on, of keys, at least `first`:
    the rest is not looked at.
    """
    if extra is None:
        extra = _nothing(q.device)
    key = q.device, v.dtype, tuple(q.shape), len(k), count is None
    shape = _chosen.get(key)
    if shape is None:
        shapes = SHAPES[v.dtype == FLOAT8]
        if len(q) * len(k) < _WORTH_A_TRIAL or q.device.type != "cuda" or torch.cuda.is_current_stream_capturing():
            shape = shapes[0]
        else:
            times = timed(q, k, v, first, extra, count)
            shape = _chosen[key] = min(times, key=times.__getitem__, default=shapes[0])
            log.info("attention of %s with %d keys in %s: %s", list(q.shape), len(k), v.dtype, shape)
    return shaped(q, k, v, first, extra, count, shape)


#: The fastest shape by device, type and size.
_chosen: dict[tuple[Any, ...], Shape] = {}


def timed(
    q: Tensor, k: Tensor, v: Tensor, first: int, extra: Tensor, count: Tensor | None = None
) -> dict[Shape, float]:
    """Milliseconds of each shape that runs here and gives what the first that does gives."""
    found: dict[Shape, float] = {}
    wanted: Tensor | None = None
    for shape in SHAPES[v.dtype == FLOAT8]:
        run = partial(shaped, q, k, v, first, extra, count, shape)
        try:
            seen = run()[0].float()
        except (OutOfResources, PTXASError) as problem:
            log.info("%s does not run here: %s", shape, problem)
            continue
        wanted = seen if wanted is None else wanted
        if (seen - wanted).norm() <= 1e-3 * wanted.norm():
            found[shape] = do_bench(run, warmup=10, rep=40, return_mode="median")
        else:
            log.warning("%s gives other numbers than the first shape", shape)
    return found


@lru_cache(maxsize=16)
def _nothing(device: torch.device) -> Tensor:
    return torch.zeros(1, device=device)


def shaped(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    first: int,
    extra: Tensor,
    count: Tensor | None,
    shape: Shape,
) -> tuple[Tensor, Tensor]:
    """`attend` by a program of that shape."""
    tokens, heads, width = q.shape
    fp8 = v.dtype == FLOAT8
    out = torch.empty(q.shape, dtype=torch.bfloat16 if fp8 else q.dtype, device=q.device)
    sums = torch.empty(heads, tokens, device=q.device)
    tile = _TILES[fp8]
    values = _described(v.flatten(0, 1), (width, tile)) if fp8 else _described(v.flatten(1), (tile, width))
    _attend_kernel[(triton.cdiv(tokens, shape.rows), heads)](
        _described(q.flatten(1), (shape.rows, width)),
        _described(k.flatten(1), (tile, width)),
        values,
        out,
        sums,
        extra,
        count,
        tokens,
        len(k),
        first,
        math.log2(math.e) / math.sqrt(width),
        HEADS=heads,
        WIDTH=width,
        ROWS=shape.rows,
        TILE=tile,
        FP8=fp8,
        RAISED=_RAISED if fp8 else 0.0,
        AHEAD=shape.ahead,
        num_warps=shape.warps,
        num_stages=shape.stages,
    )
    return out, sums


def _described(x: Tensor, block: tuple[int, int]) -> TensorDescriptor:
    return TensorDescriptor(x, list(x.shape), list(x.stride()), list(block))


@triton.jit
def _in_register_order(x: tl.tensor, ROWS: tl.constexpr, COLUMNS: tl.constexpr) -> tl.tensor:
    """[ROWS, COLUMNS] with columns in the order in which a product's lie in registers: of each 16, a thread of four has
    two at 2t and two at 8 + 2t, and gives the next product four at 4t."""
    apart = tl.reshape(x, (ROWS, COLUMNS // 16, 2, 4, 2))
    return tl.reshape(tl.permute(apart, (0, 1, 3, 2, 4)), (ROWS, COLUMNS))


@triton.jit(do_not_specialize=["tokens", "keys", "first"])
def _attend_kernel(
    q_map: tl.tensor,  # [L, HEADS WIDTH]
    k_map: tl.tensor,  # [K, HEADS WIDTH]
    v_map: tl.tensor,  # as k; with FP8 [HEADS WIDTH, K]
    out_ptr: tl.tensor,  # [L, HEADS, WIDTH]
    sums_ptr: tl.tensor,  # [HEADS, L]
    extra_ptr: tl.tensor,  # [1]
    count_ptr: tl.tensor,  # [1], or None for K
    tokens: tl.tensor,
    keys: tl.tensor,
    first: tl.tensor,
    scale: tl.tensor,
    HEADS: tl.constexpr,
    WIDTH: tl.constexpr,
    ROWS: tl.constexpr,
    TILE: tl.constexpr,
    FP8: tl.constexpr,
    RAISED: tl.constexpr,
    AHEAD: tl.constexpr,
) -> None:
    head = tl.program_id(1)
    row = tl.program_id(0) * ROWS
    q = q_map.load([row, head * WIDTH])
    extra = tl.load(extra_ptr) * 1.4426950408889634
    if count_ptr is not None:
        keys = tl.load(count_ptr)
    # Tiles of which all keys count the same: `before` of them get the extra, then comes one of which some do, if any.
    before = first // TILE
    mixed = (first % TILE != 0).to(tl.int32)
    whole = keys // TILE
    short = (keys % TILE != 0).to(tl.int32)
    same = whole - tl.where(before < whole, mixed, 0)

    acc = tl.zeros((ROWS, WIDTH), tl.float32)
    sums = tl.zeros((ROWS,), tl.float32)
    peaks = tl.full((ROWS,), -1e30, tl.float32)
    if AHEAD:
        logits = tl.dot(q, k_map.load([tl.where(before > 0, 0, mixed) * TILE, head * WIDTH]).T)
    for i in tl.range(0, same):
        at = (i + tl.where(i >= before, mixed, 0)) * TILE
        if AHEAD:
            then = (i + 1 + tl.where(i + 1 >= before, mixed, 0)) * TILE
            following = tl.dot(q, k_map.load([then, head * WIDTH]).T)
        else:
            logits = tl.dot(q, k_map.load([at, head * WIDTH]).T)
        shift = tl.where(i < before, extra, 0.0)
        acc, sums, peaks = _added(
            acc, sums, peaks, logits, scale, shift, v_map, at, head, ROWS, WIDTH, TILE, FP8, RAISED
        )
        if AHEAD:
            logits = following

    # The one with both kinds, and the last, which may not be whole; they may be the same.
    both = tl.where(before < whole, mixed + short, tl.maximum(mixed, short))
    for i in tl.range(0, both, num_stages=2 if FP8 else 1):
        at = tl.where((i == 0) & (mixed == 1), before, whole) * TILE
        key = at + tl.arange(0, TILE)
        logits = tl.dot(q, k_map.load([at, head * WIDTH]).T) * scale + tl.where(key < first, extra, 0.0)[None, :]
        logits = tl.where((key < keys)[None, :], logits, -1e30)
        acc, sums, peaks = _added(acc, sums, peaks, logits, 1.0, 0.0, v_map, at, head, ROWS, WIDTH, TILE, FP8, RAISED)

    token = row + tl.arange(0, ROWS)
    own = token < tokens
    to = token.to(tl.int64)[:, None] * (HEADS * WIDTH) + head * WIDTH + tl.arange(0, WIDTH)[None, :]
    tl.store(out_ptr + to, (acc / sums[:, None]).to(out_ptr.dtype.element_ty), own[:, None])
    tl.store(sums_ptr + head * tokens + token, (peaks + tl.log2(sums) - RAISED) * 0.6931471805599453, own)


@triton.jit
def _added(
    acc: tl.tensor,  # [ROWS, WIDTH]
    sums: tl.tensor,  # [ROWS]
    peaks: tl.tensor,  # [ROWS], of the logits so far
    logits: tl.tensor,  # [ROWS, TILE], which count times scale and plus shift
    scale: tl.tensor,
    shift: tl.tensor,
    v_map: tl.tensor,
    at: tl.tensor,
    head: tl.tensor,
    ROWS: tl.constexpr,
    WIDTH: tl.constexpr,
    TILE: tl.constexpr,
    FP8: tl.constexpr,
    RAISED: tl.constexpr,
) -> tuple[tl.tensor, tl.tensor, tl.tensor]:
    """With a tile of keys, from `at` on."""
    top = tl.maximum(peaks, tl.max(logits, 1) * scale + shift)
    p = tl.exp2(logits * scale - (top - shift - RAISED)[:, None])
    by = tl.exp2(peaks - top)  # what came before is multiplied with
    sums = sums * by + tl.sum(p, 1)
    if FP8:
        v = v_map.load([head * WIDTH, at]).T
        p = _in_register_order(p.to(v.dtype), ROWS, TILE)
    else:
        v = v_map.load([at, head * WIDTH])
        p = p.to(v.dtype)
    return tl.dot(p, v, acc * by[:, None]), sums, top
