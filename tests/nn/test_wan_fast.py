"""The fast video network is the same function as the plain one, however it is made fast."""

import dataclasses
import gc
import math
import os
import weakref
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.utils._pytree import tree_leaves

from lightbrush.engines.wan_stream import BlockRequest, Parameters, render_block
from lightbrush.errors import SettingsError, ShotError
from lightbrush.nn.wan import fast_attention, fast_transformer, fused
from lightbrush.nn.wan.config import TINY, WAN_1_3B
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.fused import Operations, Place
from lightbrush.nn.wan.memory import estimate_fast
from lightbrush.nn.wan.quantise import FLOAT8, Rows, available, product, quantised
from lightbrush.nn.wan.rope import rope_table, rotate
from lightbrush.nn.wan.sequence import Team
from lightbrush.nn.wan.transformer import Conditioning, Control, WanTransformer, gated, modulated_norm, normed_heads
from lightbrush.shots import Prompt
from tests.engines.wan_stand_ins import networks
from tests.nn.test_wan_memory import Held
from tests.nn.wan_layouts import made

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = dataclasses.replace(TINY, layers=3)
PLAIN = Options(fp8=False, kernels=(), graphs=False)
APART = dataclasses.replace(PLAIN, whole=False, folded=False)
SIZE = 8, 12  # of latents; 24 tokens a frame
FRAME = 24


def relative_error(seen: Tensor, wanted: Tensor) -> float:
    return float((seen.float() - wanted.float()).norm() / wanted.float().norm())


def latents(frames: int, seed: int = 0, size: tuple[int, int] = SIZE) -> Tensor:
    return torch.randn(1, 16, frames, *size, generator=torch.Generator().manual_seed(seed))


def embeddings(length: int, seed: int = 0) -> Tensor:
    text = torch.randn(1, CONFIG.text_len, CONFIG.text_dim, generator=torch.Generator().manual_seed(seed))
    text[:, length:] = 0.0
    return text


def velocity(
    network: WanTransformer | FastTransformer, past: int, weight: float, *, frames: int = 3, length: int = 7
) -> Tensor:
    """Of one block after a context of so many frames."""
    text = network.encode_text(embeddings(length), length)
    context = network.encode_context(latents(past, 1), text) if past else None
    t = torch.tensor([[937.5, 625.0, 300.0]])[:, :frames]
    with torch.no_grad():
        return network.denoise(latents(frames), t, Conditioning(text, context, context_weight=weight))


# The whole network.


@pytest.mark.parametrize("weight", [1.0, 0.3])
@pytest.mark.parametrize("past", [0, 1, 2, 3])
@pytest.mark.parametrize("options", [PLAIN, APART])
def test_it_is_the_plain_network(past: int, weight: float, options: Options) -> None:
    network = made(CONFIG)
    assert (
        relative_error(velocity(FastTransformer.of(network, options), past, weight), velocity(network, past, weight))
        < 1e-5
    )


@pytest.mark.parametrize("length", [0, 1, CONFIG.text_len - 2, CONFIG.text_len - 1, CONFIG.text_len])
def test_padding_is_one_key(length: int) -> None:
    """And counts as all of it does: exactly, not to what bfloat16 makes of a logarithm."""
    whole = made(CONFIG)
    with torch.no_grad():
        text = whole.encode_text(embeddings(length))  # without a length: every key by itself
        t = torch.full((1, 3), 625.0)
        wanted = whole.denoise(latents(3), t, Conditioning(text))
    fast = FastTransformer.of(whole, PLAIN)
    assert fast._attend_folded is not None
    for known in (length, None):
        fast._embeddings = None
        seen = fast.denoise(latents(3), t, Conditioning(fast.encode_text(embeddings(length), known)))
        assert int(fast._text_count) == (CONFIG.text_len if known is None else min(length + 1, CONFIG.text_len))
        assert relative_error(seen, wanted) < 1e-5


def test_in_8_bits_it_is_close() -> None:
    network = made(CONFIG)
    fast = FastTransformer.of(network, dataclasses.replace(PLAIN, fp8=True))
    assert 1e-4 < relative_error(velocity(fast, 3, 0.3), velocity(network, 3, 0.3)) < 2e-2


def test_in_bfloat16_it_is_as_near_as_the_plain_network() -> None:
    network = made(CONFIG)
    wanted = velocity(network, 3, 0.3)
    half = made(CONFIG).to(torch.bfloat16)
    fast = FastTransformer.of(half, PLAIN)
    assert relative_error(velocity(fast, 3, 0.3), wanted) < 1.2 * relative_error(velocity(half, 3, 0.3), wanted)


def test_a_context_is_its_frames_with_the_first_one_last() -> None:
    network = made(CONFIG)
    fast = FastTransformer.of(network, PLAIN)
    wanted = network.encode_context(latents(3), network.encode_text(embeddings(7)))
    seen = fast.encode_context(latents(3), fast.encode_text(embeddings(7)))
    for mine, theirs in zip(seen.keys + seen.values, wanted.keys + wanted.values, strict=True):
        steps = (mine.roll(FRAME, 1) / theirs).flatten(0, 1).median(0).values.log2().round().exp2()  # see `ranges`
        torch.testing.assert_close(mine.roll(FRAME, 1), theirs * steps, atol=1e-4, rtol=1e-4)


def test_blocks_leave_the_context_as_it_is() -> None:
    fast = FastTransformer.of(made(CONFIG), PLAIN)
    text = fast.encode_text(embeddings(7))
    context = fast.encode_context(latents(3, 1), text)
    t = torch.full((1, 3), 625.0)
    first, _ = (fast.denoise(latents(3, seed), t, Conditioning(text, context, context_weight=0.3)) for seed in (0, 5))
    fast.denoise(latents(3, 7), t, Conditioning(text))  # of another stream, which begins
    assert torch.equal(fast.denoise(latents(3), t, Conditioning(text, context, context_weight=0.3)), first)


def test_a_first_block_after_others_sees_nothing_of_them() -> None:
    fast = FastTransformer.of(made(CONFIG), PLAIN)
    first = velocity(fast, 0, 1.0)
    velocity(fast, 3, 0.3)
    assert torch.equal(velocity(fast, 0, 1.0), first)


def test_what_has_been_replaced_is_refused() -> None:
    fast = FastTransformer.of(made(CONFIG), PLAIN)
    old_text, t = fast.encode_text(embeddings(7)), torch.full((1, 3), 625.0)
    old = fast.encode_context(latents(3), old_text)
    text = fast.encode_text(embeddings(7, seed=1))
    with pytest.raises(ValueError, match="text is not the last"):
        fast.denoise(latents(3), t, Conditioning(old_text))
    new = fast.encode_context(latents(3, 1), text)
    with pytest.raises(ValueError, match="context is not the last"):
        fast.denoise(latents(3), t, Conditioning(text, old))
    with pytest.raises(ValueError, match="context is not the last"):
        fast.denoise(latents(3, size=(4, 4)), t, Conditioning(text, new))


def test_it_goes_on_with_other_options() -> None:
    fast = FastTransformer.of(made(CONFIG), PLAIN)
    first = velocity(fast, 3, 0.3)
    fast.take(APART)
    assert fast._attend_folded is None
    assert relative_error(velocity(fast, 3, 0.3), first) < 1e-5
    fast.take(PLAIN)
    assert torch.equal(velocity(fast, 3, 0.3), first)
    with pytest.raises(ValueError, match="8 bits"):
        fast.take(dataclasses.replace(PLAIN, fp8=True))


def test_the_same_text_is_encoded_once() -> None:
    fast = FastTransformer.of(made(CONFIG), PLAIN)
    first = fast.encode_text(embeddings(7), 7)
    assert fast.encode_text(embeddings(7), 7) is first
    assert fast.encode_text(embeddings(8), 8) is not first


@pytest.mark.parametrize("shape", [(2, 16, 3, 8, 12), (1, 16, 4, 8, 12)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    fast = FastTransformer.of(made(CONFIG), PLAIN)
    with pytest.raises(ValueError, match="latents are"):
        fast.denoise(torch.zeros(shape), torch.zeros(1, 3), Conditioning(fast.encode_text(embeddings(7))))


def test_control_is_refused() -> None:
    fast = FastTransformer.of(made(CONFIG), PLAIN)
    text = fast.encode_text(embeddings(7))
    with pytest.raises(ValueError, match="VACE"):
        fast.denoise(latents(3), torch.zeros(1, 3), Conditioning(text, control=Control(latents(3))))


def test_a_stream_does_not_tell_them_apart() -> None:
    plain = networks()
    assert isinstance(plain.transformer, WanTransformer)
    fast = dataclasses.replace(plain, transformer=FastTransformer.of(plain.transformer, PLAIN))
    p = Parameters(prompts=(Prompt("a calm sea"),), width=48, height=32, seed=7)
    context = None
    for i in range(3):
        request = BlockRequest(i, p, context)
        wanted, seen = render_block(plain, request), render_block(fast, request)
        assert relative_error(seen.latents, wanted.latents) < 1e-5
        context = wanted.context


def test_it_is_read_from_a_checkpoint(tmp_path: Path) -> None:
    network = made(CONFIG)
    save_file(network.state_dict(), tmp_path / "network.safetensors")
    (tmp_path / "config.json").write_text(f'{{"num_heads": {CONFIG.heads}, "text_len": {CONFIG.text_len}}}')
    told: list[tuple[int, int]] = []
    fast = FastTransformer.load(tmp_path / "network.safetensors", "cpu", PLAIN, progress=lambda *at: told.append(at))
    size = sum(value.nbytes for value in network.state_dict().values())
    assert told[-1] == (size, size)  # everything is read, and nothing twice
    assert fast.config == CONFIG
    assert fast.dtype == torch.bfloat16
    assert relative_error(velocity(fast, 3, 0.3), velocity(network, 3, 0.3)) < 2e-2


@pytest.mark.parametrize("fp8", [False, True])
def test_its_memory_is_known_before_it_is_loaded(fp8: bool) -> None:
    fast = FastTransformer.of(made(CONFIG).to(torch.bfloat16), dataclasses.replace(PLAIN, fp8=fp8))
    velocity(fast, 3, 0.3)
    stage = fast._stage
    assert stage is not None
    known = estimate_fast(CONFIG, 8 * SIZE[1], 8 * SIZE[0], fp8=fp8)
    assert known.context_bytes == stage.keys.nbytes + stage.values.nbytes
    assert known.text_bytes == fast._text_keys.nbytes + fast._text_values.nbytes
    held = [value for name, value in vars(fast).items() if name not in {"_text_keys", "_text_values", "_embeddings"}]
    weights = [x for x in tree_leaves(held) if isinstance(x, Tensor)]
    others = {id(x) for part in (fast._text, fast._context) if part for x in (*part.keys, *part.values)}
    others |= {id(x) for x in (fast._log_weight, fast._padding, fast._text_count)}
    assert sum(x.nbytes for x in weights if id(x) not in others) == known.weights_bytes


def test_another_can_be_loaded_in_its_place() -> None:
    """At once, and not whenever cycles are looked for: a GPU has no room for two."""
    fast = FastTransformer.of(made(CONFIG), PLAIN)
    velocity(fast, 3, 0.3)
    seen = weakref.ref(fast), weakref.ref(fast._text_keys), weakref.ref(fast._weights.layers[0].up.weight.values)
    gc.disable()
    try:
        del fast
        assert [ref() for ref in seen] == [None, None, None]
    finally:
        gc.enable()


def test_while_it_is_read_one_matrix_is_there_in_full_precision() -> None:
    config = dataclasses.replace(WAN_1_3B, layers=2, text_dim=32, text_len=32)
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in WanTransformer(config).state_dict().items()}

    def read(name: str) -> Tensor:
        return torch.zeros(shapes[name], dtype=torch.bfloat16)

    with Held() as held:
        fast = FastTransformer(config, read, "cpu", torch.bfloat16, dataclasses.replace(PLAIN, fp8=True))
        matrix = config.dim * config.ffn
        assert held.peak - held.now < 2 * matrix + 13 * 512 * config.ffn
    assert fast._weights.layers[0].qkv.weight.values.shape == (3 * config.dim, config.dim)


@pytest.mark.parametrize("fp8", [False, True])
@pytest.mark.parametrize("past", [0, 3])
def test_what_its_passes_hold_is_known(monkeypatch: pytest.MonkeyPatch, fp8: bool, past: int) -> None:
    """Walked with kernels that make their results and nothing else."""
    config = dataclasses.replace(WAN_1_3B, layers=2, text_dim=32, text_len=32)

    def read(name: str) -> Tensor:
        return torch.zeros(shapes[name], dtype=torch.bfloat16)

    with torch.device("meta"):
        shapes = {name: value.shape for name, value in WanTransformer(config).state_dict().items()}
    fast = FastTransformer(config, read, "cpu", torch.bfloat16, dataclasses.replace(APART, fp8=fp8))
    for name in ("norm", "residual_norm", "heads", "gelu", "rows"):
        monkeypatch.setattr(fast._do, name, globals()[f"{name}_stand_in"])
    monkeypatch.setattr(fast, "_attend", attend_stand_in)
    monkeypatch.setattr(fast, "_attend_text", attend_stand_in)
    monkeypatch.setattr(fast_transformer, "product", product_stand_in)
    given, t = torch.zeros(1, 16, 3, 60, 104), torch.zeros(1, 3)
    text = fast.encode_text(torch.zeros(1, config.text_len, config.text_dim))
    context = fast.encode_context(given, text) if past else None
    fast.denoise(given, t, Conditioning(text, context, context_weight=0.3))  # makes the slots and the tables
    with Held() as held:
        fast.denoise(given, t, Conditioning(text, context, context_weight=0.3))
    assert estimate_fast(config, 832, 480, fp8=fp8).activations_bytes == pytest.approx(held.peak, rel=0.03)


def rows_like(x: Tensor, fp8: bool) -> Rows:
    return Rows(torch.empty_like(x, dtype=FLOAT8), torch.empty(len(x), 1)) if fp8 else Rows(torch.empty_like(x))


def norm_stand_in(x: Tensor, scale: Tensor, shift: Tensor, eps: float, place: Place, fp8: bool) -> Rows:
    return rows_like(x, fp8)


def residual_norm_stand_in(x: Tensor, *rest: Any) -> tuple[Tensor, Rows]:
    return x, rows_like(x, rest[-1])


def heads_stand_in(*given: Any) -> None:
    pass


def gelu_stand_in(x: Tensor, bias: Tensor, fp8: bool) -> Rows:
    return rows_like(x, fp8)


def rows_stand_in(attended: Tensor, fp8: bool, other: Tensor | None = None, sums: Any = None) -> Rows:
    if other is None and not fp8:
        return Rows(attended[0].flatten(1))
    return rows_like(attended[0].flatten(1), fp8)


def attend_stand_in(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    return torch.empty_like(q), torch.empty(q.shape[1], len(q))


def product_stand_in(x: Rows, matrix: Rows, dtype: torch.dtype) -> Tensor:
    return torch.empty(len(x.values), len(matrix.values), dtype=dtype)


# Its parts.


def test_rows_in_8_bits_keep_their_own_scale() -> None:
    x = torch.randn(6, 64) * torch.tensor([1e-3, 1.0, 1e3, 1.0, 0.0, 1.0])[:, None]
    rows = quantised(x)
    error = (rows.exact() - x).norm(dim=-1)
    assert (error <= 0.04 * x.norm(dim=-1)).all()
    assert rows.values.float().abs().amax(-1).tolist() == [448, 448, 448, 448, 0, 448]


def test_products_in_8_bits_are_right_here() -> None:
    assert available(torch.device("cpu"))


def test_a_product_in_8_bits_is_that_of_what_the_rows_say() -> None:
    x, weight = quantised(torch.randn(5, 32)), quantised(torch.randn(7, 32))
    torch.testing.assert_close(product(x, weight, torch.float32), x.exact() @ weight.exact().t())
    torch.testing.assert_close(product(x, weight.after(3), torch.float32), x.exact() @ weight.exact()[3:].t())


def test_rows_that_are_not_rounded_are_multiplied_with_what_a_matrix_says() -> None:
    x, matrix = torch.randn(4, 32), quantised(torch.randn(6, 32))
    torch.testing.assert_close(product(Rows(x), matrix, torch.float32), x @ matrix.exact().t())


def test_a_residual_and_a_norm() -> None:
    x, y, bias = torch.randn(12, 32), torch.randn(12, 32), torch.randn(32)
    gate, scale, shift = torch.randn(3, 3, 32)
    after = gated(x[None], (y + bias)[None], gate[None])
    wanted = modulated_norm(after, shift[None], scale[None] - 1, 1e-6)
    seen, h = fused.residual_norm(x, y, bias, gate, scale, shift, 1e-6, Place(0, 4), False)
    torch.testing.assert_close(seen, after[0])
    torch.testing.assert_close(h.values, wanted[0])
    torch.testing.assert_close(fused.norm(after[0], scale, shift, 1e-6, Place(0, 4), False).values, wanted[0])


def test_a_share_of_the_tokens_knows_its_frames() -> None:
    x, scale, shift = torch.randn(12, 32), *torch.randn(2, 3, 32)
    whole = fused.norm(x, scale, shift, 1e-6, Place(0, 4), False).values
    part = fused.norm(x[6:], scale, shift, 1e-6, Place(6, 4), False).values
    assert torch.equal(part, whole[6:])


@pytest.mark.parametrize("groups", [1, 2])
def test_queries_keys_and_values_are_normed_turned_and_put_in_place(groups: int) -> None:
    heads, width, tokens = 4, 16, 6
    x, bias = torch.randn(tokens, 3 * heads * width), torch.randn(3 * heads * width)
    norms = torch.nn.RMSNorm(heads * width), torch.nn.RMSNorm(heads * width)
    turns = rope_table(2, 1, 2, 3, width)
    outs = [torch.full((groups, tokens, heads // groups, width), math.nan) for _ in range(3)]
    for norm in norms:
        torch.nn.init.normal_(norm.weight)
    weights = torch.stack([norm.weight.detach() for norm in norms])
    fused.heads(x, bias, weights, turns, torch.finfo().eps, outs)
    parts = (x + bias)[None].chunk(3, -1)
    for part, norm, out in zip(parts, norms, outs, strict=False):
        wanted = rotate(normed_heads(part, norm, heads), turns)[0]
        torch.testing.assert_close(torch.cat(list(out), 1), wanted)
    torch.testing.assert_close(torch.cat(list(outs[2]), 1), parts[2][0].unflatten(-1, (heads, width)))
    centre, centred = torch.randn(heads * width), [torch.empty_like(out) for out in outs]
    fused.heads(x, bias, weights, turns, torch.finfo().eps, centred, centre)
    assert torch.equal(centred[0], outs[0])
    assert torch.equal(centred[2], outs[2])
    wanted = torch.cat(list(outs[1]), 1) - centre.unflatten(0, (heads, width))
    torch.testing.assert_close(torch.cat(list(centred[1]), 1), wanted)


@pytest.mark.parametrize("extra", [0.0, math.log(0.3)])
def test_attention_over_two_sets_of_keys_is_merged_exactly(extra: float) -> None:
    q, k, v = (torch.randn(n, 3, 16, dtype=torch.float64) for n in (5, 11, 11))
    bias = torch.zeros(11, dtype=torch.float64)
    bias[:4] = extra
    logits = torch.einsum("lhd,khd->hlk", q, k) / 4 + bias
    wanted = torch.einsum("hlk,khd->lhd", logits.softmax(-1), v)
    other, own = (fast_attention.plain(q, k[part], v[part]) for part in (slice(4), slice(4, None)))
    torch.testing.assert_close(fast_attention.merged(own, other, extra).double(), wanted, atol=1e-6, rtol=1e-5)
    sums = own[1], other[1], torch.tensor([extra])
    rows = fused.rows(own[0][None], False, other[0][None], sums).values
    torch.testing.assert_close(rows.unflatten(-1, (3, 16)), wanted, atol=1e-6, rtol=1e-5)


def test_only_attention_that_is_right_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        attended, sums = fast_attention.plain(q, k, v)
        return attended, sums + 0.5

    device = torch.device("cpu")
    assert fast_attention.choose("auto", 128, device, torch.bfloat16)[0] == "plain"
    wrong_backend = fast_attention.Backend(wrong, capability=(0, 0))
    assert fast_attention.error(fast_attention.BACKENDS["plain"], 128, device, torch.bfloat16) < 1e-2
    assert fast_attention.error(wrong_backend, 128, device, torch.bfloat16) > 1e-2
    monkeypatch.setitem(fast_attention.BACKENDS, "plain", wrong_backend)
    with pytest.raises(SettingsError, match="wrong numbers"):
        fast_attention.choose("plain", 128, device, torch.bfloat16)
    with pytest.raises(SettingsError, match="not to be had"):
        fast_attention.choose("cudnn", 128, device, torch.bfloat16)


@pytest.mark.parametrize(("capability", "there"), [((8, 9), False), ((9, 0), False), ((10, 0), True)])
def test_attention_that_a_gpu_does_not_have_is_not_offered(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], there: bool
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    monkeypatch.setattr(fast_attention, "_found", lambda module: True)
    names = fast_attention.installed(torch.device("cuda"))
    assert ("cudnn-fp8" in names) == there
    assert ("flash3" in names) == (capability >= (9, 0))


def test_attention_that_fails_in_its_own_way_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    class NotSupportedError(Exception):
        """As cuDNN's is: no RuntimeError."""

    def attend(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        raise NotSupportedError("only supported on another architecture")

    monkeypatch.setitem(fast_attention.BACKENDS, "flash3", fast_attention.Backend(attend, capability=(0, 0)))
    monkeypatch.setattr(fast_attention, "installed", lambda device: ("flash3", "plain"))
    device = torch.device("cpu")
    assert fast_attention.choose("auto", 128, device, torch.bfloat16)[0] == "plain"
    with pytest.raises(SettingsError, match="does not run here"):
        fast_attention.choose("flash3", 128, device, torch.bfloat16)


def test_attention_in_8_bits_reads_8_bit_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()

    def attend(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        seen.update({q.dtype, k.dtype, v.dtype})
        return fast_attention.plain(q.float(), k, v)

    backend = fast_attention.Backend(attend, capability=(0, 0), limit=8e-2, dtype=FLOAT8)
    assert 1e-2 < fast_attention.error(backend, 128, torch.device("cpu"), torch.float32) < backend.limit
    monkeypatch.setitem(fast_attention.BACKENDS, "flash3-fp8", backend)
    network = made(CONFIG)
    asked = dataclasses.replace(PLAIN, attention="auto-fp8")
    assert FastTransformer.of(network, asked).attention == "plain", "none in 8 bits is here"
    monkeypatch.setattr(fast_attention, "installed", lambda device: ("flash3-fp8", "plain"))
    assert FastTransformer.of(network, PLAIN).attention == "plain", "none is taken unasked"
    fast = FastTransformer.of(network, asked)
    assert fast.attention == "flash3-fp8"
    assert 1e-4 < relative_error(velocity(fast, 3, 0.3), velocity(network, 3, 0.3)) < 2e-2
    assert seen == {FLOAT8}


def by_lane_attention(
    q: Tensor, k: Tensor, v: Tensor, first: int = 0, extra: Tensor | None = None, count: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """`plain`, of values as `fused.values` has written them."""
    own = fused.places(0, len(k), v.device)
    rows = v.view(torch.uint8)[:, :, own].view(FLOAT8).permute(2, 0, 1)
    return fast_attention.plain(q.float(), k, rows, first, extra, count)


def rows_attention(*given: Any) -> tuple[Tensor, Tensor]:
    return fast_attention.plain(given[0].float(), *given[1:])


BY_LANE = fast_attention.Backend(
    by_lane_attention, capability=(0, 0), limit=8e-2, dtype=FLOAT8, biased=by_lane_attention, by_lane=True
)
BY_ROW = dataclasses.replace(BY_LANE, attend=rows_attention, biased=rows_attention, by_lane=False)


@pytest.mark.parametrize("past", [0, 1, 2, 3])
def test_values_lie_by_lane_where_attention_wants_that(monkeypatch: pytest.MonkeyPatch, past: int) -> None:
    """And are the same: also where a frame ends within a group of keys, as one of 24 does."""
    found = []
    monkeypatch.setattr(fast_attention, "installed", lambda device: ("flash3-fp8", "plain"))
    for backend in (BY_LANE, BY_ROW):
        monkeypatch.setitem(fast_attention.BACKENDS, "flash3-fp8", backend)
        fast = FastTransformer.of(made(CONFIG), dataclasses.replace(PLAIN, attention="flash3-fp8"))
        velocity(fast, 3, 0.3)  # of another stream
        found.append(velocity(fast, past, 0.3))
    assert torch.equal(*found)


def test_a_first_block_leaves_a_context_by_lane_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_attention, "installed", lambda device: ("flash3-fp8", "plain"))
    monkeypatch.setitem(fast_attention.BACKENDS, "flash3-fp8", BY_LANE)
    fast = FastTransformer.of(made(CONFIG), dataclasses.replace(PLAIN, attention="flash3-fp8"))
    text = fast.encode_text(embeddings(7))
    context = fast.encode_context(latents(3, 1), text)
    t = torch.full((1, 3), 625.0)
    first = fast.denoise(latents(3), t, Conditioning(text, context, context_weight=0.3))
    fast.denoise(latents(3, 7), t, Conditioning(text))
    assert torch.equal(fast.denoise(latents(3), t, Conditioning(text, context, context_weight=0.3)), first)


# Several processes.


def shared_pass(rank: int, folder: str) -> None:
    """One process of two: what it computed goes to a file."""
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", f"file://{folder}/store", rank=rank, world_size=2)
    fast = FastTransformer.of(made(CONFIG), PLAIN, team=Team.joined())
    passes = (0, 1.0), (1, 0.3), (3, 1.0), (3, 0.3)
    found = {f"{past} {weight}": velocity(fast, past, weight) for past, weight in passes}
    fast_attention.BACKENDS["flash3-fp8"] = BY_LANE
    pytest.MonkeyPatch().setattr(fast_attention, "installed", lambda device: ("flash3-fp8", "plain"))
    fast.take(dataclasses.replace(PLAIN, attention="flash3-fp8"))
    torch.save((found, velocity(fast, 3, 0.3)), f"{folder}/{rank}.pt")
    torch.distributed.destroy_process_group()


@pytest.mark.usefixtures("forked")
def test_two_processes_share_a_pass(tmp_path: Path) -> None:
    torch.multiprocessing.spawn(shared_pass, (str(tmp_path),), nprocs=2)
    alone = made(CONFIG)
    for rank in range(2):
        found, by_lane = torch.load(tmp_path / f"{rank}.pt")
        for key, seen in found.items():
            past, weight = key.split()
            assert relative_error(seen, velocity(alone, int(past), float(weight))) < 1e-5
        assert relative_error(by_lane, velocity(alone, 3, 0.3)) < 2e-2


def test_what_cannot_be_shared_evenly_is_refused() -> None:
    with pytest.raises(ValueError, match="2 heads"):
        FastTransformer.of(made(CONFIG), PLAIN, team=Team(0, 3))
    with pytest.raises(ShotError, match="15 tokens"):
        Team(0, 2).share(15)


# Kernels: on a GPU, or with TRITON_INTERPRET=1 in Triton's interpreter, on a CPU.

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = "cpu" if INTERPRETED else "cuda"
DTYPE = torch.float32 if INTERPRETED else torch.bfloat16  # the interpreter cuts bfloat16 off
for_kernels = pytest.mark.skipif(not find_spec("triton"), reason="needs Triton") if INTERPRETED else pytest.mark.gpu


def close(seen: Rows, wanted: Rows) -> None:
    """Apart from a value here and there that rounds the other way."""
    if INTERPRETED and wanted.scales is not None:  # what rounds up to a power of two is half of it there
        halved = 2 * seen.values.float() == wanted.values.float()
        assert halved.float().mean() < 0.1
        seen = seen._replace(values=torch.where(halved, wanted.values.float(), seen.values.float()))
    limit = 1e-2 if wanted.scales is not None else 1e-5 if seen.values.dtype == torch.float32 else 2e-3
    assert relative_error(seen.exact(), wanted.exact()) < limit
    if wanted.scales is not None and seen.scales is not None:
        torch.testing.assert_close(seen.scales, wanted.scales, rtol=1e-4, atol=0)


@for_kernels
@pytest.mark.parametrize("fp8", [False, True])
@pytest.mark.parametrize(("heads", "tokens", "groups"), [(12, 30, 1), (40, 33, 2), (3, 7, 1)])
def test_kernels_compute_what_pytorch_does(heads: int, tokens: int, groups: int, fp8: bool) -> None:
    made_by = torch.Generator(DEVICE).manual_seed(heads)

    def random(*shape: int, dtype: torch.dtype = DTYPE) -> Tensor:
        return torch.randn(shape, generator=made_by, device=DEVICE).to(dtype)

    fast, slow = Operations(fused.ALL), Operations(())
    width, place = heads * 128, Place(5, tokens)
    x, y, bias, table = (
        random(tokens, width),
        random(tokens, width),
        random(width),
        random(2, 6, width, dtype=torch.float32),
    )
    scale, shift, gate = table[:, 1], table[:, 0], table[:, 2]
    close(fast.norm(x, scale, shift, 1e-6, place, fp8), slow.norm(x, scale, shift, 1e-6, place, fp8))
    for opened in (gate, None):
        arguments = y, bias, opened, scale[:1], shift[:1], 1e-6, place, fp8
        (seen, seen_rows), (wanted, wanted_rows) = (do.residual_norm(x.clone(), *arguments) for do in (fast, slow))
        torch.testing.assert_close(seen, wanted)
        close(seen_rows, wanted_rows)
    hidden, hidden_bias = 2 * random(tokens, 1000), random(1000)
    close(fast.gelu(hidden, hidden_bias, fp8), slow.gelu(hidden, hidden_bias, fp8))

    turns = rope_table(2, 1, tokens, 1, 128, torch.device(DEVICE))
    for parts, normed in ((3, 2), (2, 1), (1, 1)):
        given = random(tokens, parts * width), random(parts * width), random(normed, width, dtype=torch.float32)
        for turned, centre in ((turns, None), (None, None), (turns, random(width))):
            outs = [
                [
                    torch.full((groups, tokens, heads // groups, 128), math.nan, device=DEVICE, dtype=DTYPE)
                    for _ in range(parts)
                ]
                for _ in range(2)
            ]
            fast.heads(*given, turned, 1e-6, outs[0], centre)
            slow.heads(*given, turned, 1e-6, outs[1], centre)
            for seen, wanted in zip(*outs, strict=True):
                assert relative_error(seen, wanted) < 2e-3

    whole = random(tokens, 3 * width).round()[:, 2 * width :]  # numbers that need no rounding
    for given_bias, part in ((bias.round(), whole), (None, whole.to(FLOAT8))):
        for begin in (0, 24, 131):  # within a word that holds others, too
            slots = [torch.full((heads, 128, 192), 0.5, device=DEVICE).to(FLOAT8) for _ in range(2)]
            for do, slot in zip((fast, slow), slots, strict=True):
                do.values(part, given_bias, slot, begin)
            assert torch.equal(*(slot.float() for slot in slots))

    attended, other = (random(groups, tokens, heads // groups, 128) for _ in range(2))
    sums = (
        random(heads, tokens, dtype=torch.float32),
        random(heads, tokens, dtype=torch.float32),
        torch.tensor([-1.2], device=DEVICE),
    )
    close(fast.rows(attended, fp8), slow.rows(attended, fp8))
    close(fast.rows(attended, fp8, other, sums), slow.rows(attended, fp8, other, sums))


@for_kernels
@pytest.mark.parametrize("width", [48, 1000, 1536, 5120, 8960, 13824])
@pytest.mark.parametrize(("warps", "values"), [(4, 4), (8, 8), (16, 4)])
def test_a_row_is_its_pieces(width: int, warps: int, values: int) -> None:
    from lightbrush.nn.wan.kernels import Shape

    used, starts, sizes = Shape(warps, values).pieces(width)
    assert used <= warps
    assert [start + size for start, size in zip(starts, sizes, strict=True)] == [*starts[1:], width]
    assert all(size.bit_count() == 1 for size in sizes)
    assert list(sizes) == sorted(sizes, reverse=True)
    assert sizes[0] <= used * 32 * values


@for_kernels
@pytest.mark.parametrize("backwards", [False, True])
def test_a_program_does_several_rows_of_one_frame(monkeypatch: pytest.MonkeyPatch, backwards: bool) -> None:
    from lightbrush.nn.wan import kernels

    several = kernels.Shape(2, 8, 4, backwards)
    assert [several.rows_of(12, *place) for place in ((6, 0), (4, 4), (6, 5))] == [3, 4, 1]
    fast, slow = Operations(fused.ALL), Operations(())
    made_by = torch.Generator(DEVICE).manual_seed(0)
    x, y, table = (torch.randn(shape, generator=made_by, device=DEVICE) for shape in ((12, 384), (12, 384), (2, 384)))
    turns = rope_table(0, 1, 4, 3, 128, torch.device(DEVICE))
    outs = torch.full((2, 1, 12, 3, 128), math.nan, device=DEVICE)
    for name in kernels.SHAPES:
        monkeypatch.setitem(kernels.SHAPES, name, several)
    close(fast.gelu(x, y[0], False), slow.gelu(x, y[0], False))
    for do, out in zip((fast, slow), outs, strict=True):
        do.heads(x, y[0], table[:1], turns, 1e-6, (out,))
    assert relative_error(*outs) < 1e-5
    norms = [do.residual_norm(x.clone(), y, y[0], table, table, table, 1e-6, Place(0, 6), False) for do in (fast, slow)]
    assert relative_error(norms[0][0], norms[1][0]) < 1e-5
    close(norms[0][1], norms[1][1])


@pytest.mark.gpu
@pytest.mark.parametrize(
    "options",
    [
        Options(fp8=False),
        Options(fp8=False, kernels=()),
        Options(),
        Options(graphs=False),
        Options(overlap=True, whole=False),
        Options(folded=False),
    ],
)
def test_on_a_gpu_it_is_the_plain_network(options: Options) -> None:
    network = made(CONFIG).to("cuda")
    fast = FastTransformer.of(made(CONFIG).to("cuda", torch.bfloat16), options)
    limit = 3e-2 if options.fp8 else 1e-2
    for past, weight in ((0, 1.0), (3, 0.3), (3, 1.0), (1, 1.0), (3, 0.3)):
        assert relative_error(velocity(fast, past, weight), velocity(network, past, weight)) < limit


def attention_given(
    tokens: int, keys: int, dtype: torch.dtype, heads: int = 3, width: int = 128
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values as slots hold them: views of what is longer."""
    made_by = torch.Generator(DEVICE).manual_seed(tokens + keys)
    q, k, v = (
        torch.randn(n, heads, width, generator=made_by, device=DEVICE).to(dtype) for n in (tokens, keys + 24, keys + 24)
    )
    return q, k[24:], v[24:]


#: The interpreter has no bfloat16, and cuts 8 bits off where a GPU rounds.
ATTENTION_LIMITS = {torch.float16 if INTERPRETED else torch.bfloat16: 5e-3, FLOAT8: 0.1 if INTERPRETED else 5e-2}


@for_kernels
@pytest.mark.parametrize("dtype", ATTENTION_LIMITS)
@pytest.mark.parametrize(
    ("tokens", "keys", "first", "count"),
    [
        (70, 300, 0, None),
        (130, 256, 128, None),
        (20, 390, 150, None),
        (20, 300, 290, None),
        (20, 100, 33, None),
        (20, 512, 1, 7),
        (20, 512, 1, 128),
        (20, 512, 1, 511),
        (140, 300, 104, None),
    ],
)
def test_our_attention_is_exact(dtype: torch.dtype, tokens: int, keys: int, first: int, count: int | None) -> None:
    """With keys that do not fill a tile, in all and before the bias ends."""
    from triton.runtime.errors import OutOfResources

    from lightbrush.nn.wan import attention_kernels

    if not INTERPRETED and torch.cuda.get_device_capability() < (9, 0):
        pytest.skip("needs a Hopper GPU, or a newer one")
    q, k, v = attention_given(tokens, keys, dtype)
    extra = torch.full((1,), math.log(0.3) if first > 1 else math.log(500.0), device=DEVICE)
    number = None if count is None else torch.full((1,), count, dtype=torch.int32, device=DEVICE)
    wanted, wanted_sums = fast_attention.plain(q.float(), k, v, first, extra, number)
    q, k, v = fast_attention.BACKENDS["triton-fp8" if dtype == FLOAT8 else "triton"].given(q, k, v)
    first_seen = None
    shapes = attention_kernels.SHAPES[dtype == FLOAT8]
    for shape in shapes[:2] if INTERPRETED else shapes:
        try:
            seen, sums = attention_kernels.shaped(q, k, v, first, extra, number, shape)
        except OutOfResources:
            continue
        assert relative_error(seen, wanted) < ATTENTION_LIMITS[dtype]
        assert relative_error(sums, wanted_sums) < 1e-3, "tensor cores keep 14 bits of a sum of 8-bit products"
        assert first_seen is None or torch.equal(seen, first_seen), "which shape is fastest changes no number"
        first_seen = seen
    assert first_seen is not None
    seen, _ = attention_kernels.attend(q, k, v, first, extra, number)
    assert torch.equal(seen, first_seen)


@pytest.mark.gpu
def test_our_attention_is_tried_once_and_then_captured() -> None:
    from lightbrush.nn.wan import attention_kernels

    if torch.cuda.get_device_capability() < (9, 0):
        pytest.skip("needs a Hopper GPU, or a newer one")
    q, k, v = fast_attention.BACKENDS["triton-fp8"].given(*attention_given(1100, 1000, FLOAT8, heads=2))
    wanted, _ = attention_kernels.attend(q, k, v)
    assert [key for key in attention_kernels._chosen if key[2] == q.shape]
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        seen, _ = attention_kernels.attend(q, k, v)
    graph.replay()
    assert torch.equal(seen, wanted)


@pytest.mark.gpu
def test_hopper_multiplies_in_8_bits() -> None:
    if torch.cuda.get_device_capability() != (9, 0):
        pytest.skip("needs a Hopper GPU")
    assert available(torch.device("cuda"))


@pytest.mark.gpu
def test_a_graph_computes_what_its_calls_do() -> None:
    graphs, calls = (
        FastTransformer.of(made(CONFIG).to("cuda", torch.bfloat16), Options(fp8=False, graphs=on))
        for on in (True, False)
    )
    for length in (7, 9):
        for past, weight in ((3, 0.3), (3, 0.5), (0, 1.0)):
            assert torch.equal(
                velocity(graphs, past, weight, length=length), velocity(calls, past, weight, length=length)
            )


@pytest.mark.gpu
def test_every_attention_that_is_taken_unasked_is_right() -> None:
    device = torch.device("cuda")
    for name in fast_attention.installed(device):
        backend = fast_attention.BACKENDS[name]
        if name in fast_attention.PREFERENCE and backend.module == "torch":
            assert fast_attention.error(backend, 128, device, torch.bfloat16) < backend.limit
