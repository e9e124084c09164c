"""Attention in 8 bits is taken where it only rounds, and refused where it breaks the network at hand."""

import dataclasses
import math
from functools import cache

import pytest
import torch
from torch import Tensor

from lightbrush.nn.wan import attention_choice, fast_attention, fused, ranges
from lightbrush.nn.wan.attention_choice import MOST, Errors, settle
from lightbrush.nn.wan.config import TINY
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.quantise import FLOAT8, FLOAT8_MAX, Rows, quantised
from lightbrush.nn.wan.transformer import Conditioning, WanTransformer
from tests.nn.wan_layouts import made

pytestmark = pytest.mark.usefixtures("one_thread")

CONFIG = dataclasses.replace(TINY, layers=2)
EIGHT = Options(fp8=True, kernels=(), graphs=False)
CPU = torch.device("cpu")
WORDS = torch.randn(9, CONFIG.text_dim, generator=torch.Generator().manual_seed(5))


def eight_bits(
    q: Tensor, k: Tensor, v: Tensor, first: int = 0, extra: Tensor | None = None, count: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """As our kernel has it: values by lane, and probabilities in 8 bits, times 2^8, over sums that are not rounded."""
    values = v.view(torch.uint8)[:, :, fused.places(0, len(k), v.device)].view(FLOAT8).float()  # [H, d, K]
    logits = torch.einsum("lhd,khd->hlk", q.float(), k.float()) / math.sqrt(q.shape[-1])
    if extra is not None:
        logits[..., :first] += extra
    if count is not None:
        logits.masked_fill_(torch.arange(len(k)) >= count, -math.inf)
    shares = torch.exp(logits - logits.amax(-1, keepdim=True))
    rounded = (shares * 256).to(FLOAT8).float() / 256
    out = torch.einsum("hlk,hdk->lhd", rounded, values) / shares.sum(-1).t()[..., None]
    return out.to(torch.bfloat16), logits.logsumexp(-1)


@pytest.fixture
def hopper(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has it, by what it computes."""
    backend = dataclasses.replace(
        fast_attention.BACKENDS["triton-fp8"], attend=eight_bits, biased=eight_bits, capability=(0, 0)
    )
    monkeypatch.setitem(fast_attention.BACKENDS, "triton-fp8", backend)
    monkeypatch.setattr(fast_attention, "installed", lambda device: ("triton-fp8", "plain"))


def network(options: Options = EIGHT, **scaled: float) -> FastTransformer:
    """scaled: "v_bias=10", of parameters of self-attention, what they are multiplied with."""
    plain = made(CONFIG)
    with torch.no_grad():
        for name, parameter in plain.named_parameters():
            part = name.partition(".self_attn.")[2].replace(".", "_")
            parameter.mul_(scaled.get(part, 1.0))
    return FastTransformer.of(plain.to(torch.bfloat16), options)


def settled(fast: FastTransformer, *, always: bool = False) -> Errors:
    errors = settle(fast, WORDS, always=always, width_px=96, height_px=64)
    assert errors is not None
    return errors


@cache
def usual() -> Errors:
    """Of an ordinary network, on `hopper`."""
    return settled(network())


@pytest.mark.usefixtures("hopper")
def test_an_ordinary_network_gets_8_bits() -> None:
    fast = network()
    errors = settled(fast)
    assert fast.attention == "triton-fp8"
    assert fast.options.attention == "auto-fp8"
    assert 1e-3 < errors.attention < errors.rows < 3e-2
    assert fast.options.rows, "it runs as it was"


@pytest.mark.usefixtures("hopper")
def test_a_network_that_8_bits_break_keeps_16_unless_they_are_forced_on_it() -> None:
    """Values of which nearly all is what they have in common: the rest is lost in its rounding."""
    broken = network(v_bias=1000.0)
    errors = settled(broken)
    assert errors.attention > MOST * errors.rows
    assert broken.attention == "plain"
    assert settled(broken, always=True) == errors
    assert broken.attention == "triton-fp8"
    assert not Errors(attention=math.nan, rows=0.01).small


@pytest.mark.usefixtures("hopper")
@pytest.mark.parametrize("by", [2.0**-16, 2.0**14])
def test_values_beyond_the_range_of_8_bits_neither_clip_nor_vanish(by: float) -> None:
    extreme = network(v_weight=by, v_bias=by, o_weight=1 / by)
    errors = settled(extreme)
    assert extreme.attention == "triton-fp8"
    assert errors.attention == pytest.approx(usual().attention, rel=0.2)


@pytest.mark.usefixtures("hopper")
def test_keys_beyond_the_range_of_8_bits_neither_clip_nor_vanish() -> None:
    errors = settled(network(norm_q_weight=2.0**-12, norm_k_weight=2.0**12))
    assert errors.attention == pytest.approx(usual().attention, rel=0.2)


@pytest.mark.usefixtures("hopper")
def test_what_all_keys_have_in_common_is_not_rounded_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is subtracted is not seen otherwise: any means give the same, but for rounding."""
    common = {"q_bias": 300.0, "k_bias": 300.0, "norm_q_weight": 3.0, "norm_k_weight": 3.0}
    with_means = settled(network(**common)).attention
    monkeypatch.setattr(FastTransformer, "centre_keys", lambda self, means: None)
    without = settled(network(**common)).attention
    assert with_means < 0.9 * without


@pytest.mark.usefixtures("hopper")
def test_every_worker_chooses_and_renders_alike_whatever_it_rendered_before() -> None:
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)  # nothing of the process is in it
        fast = network()
        if seed == 2:  # another stream's block
            given = torch.randn(1, CONFIG.in_channels, 3, 8, 12)
            text = fast.encode_text(torch.randn(1, CONFIG.text_len, CONFIG.text_dim))
            fast.denoise(given, torch.full((1, 3), 900.0), Conditioning(text, fast.encode_context(given, text)))
        errors = settled(fast)
        given = torch.ones(1, CONFIG.in_channels, 3, 8, 12)
        text = fast.encode_text(torch.ones(1, CONFIG.text_len, CONFIG.text_dim))
        seen = Conditioning(text, fast.encode_context(given, text))
        found.append((errors, fast.denoise(given, torch.full((1, 3), 900.0), seen)))
    assert found[0][0] == found[1][0]
    assert torch.equal(found[0][1], found[1][1])


@pytest.mark.parametrize("fp8", [False, True])
def test_nothing_is_measured_where_there_is_nothing_to_choose(fp8: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = network(dataclasses.replace(EIGHT, fp8=fp8, attention="auto-fp8"))
    monkeypatch.setattr(attention_choice, "noise", None)
    assert settle(fast, WORDS, always=True) is None
    assert fast.options.attention == "auto"
    assert fast.attention == "plain"


def test_what_is_put_into_weights_changes_no_bit_in_16() -> None:
    plain = made(CONFIG).to(torch.bfloat16)
    exact = dataclasses.replace(EIGHT, fp8=False)

    def velocity() -> Tensor:
        fast = FastTransformer.of(plain, exact)
        made_by = torch.Generator().manual_seed(0)
        given = torch.randn(1, CONFIG.in_channels, 3, 8, 12, generator=made_by)
        words = torch.randn(1, CONFIG.text_len, CONFIG.text_dim, generator=made_by)
        text = fast.encode_text(words)
        return fast.denoise(given, torch.full((1, 3), 900.0), Conditioning(text, fast.encode_context(given, text)))

    seen = velocity()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lightbrush.nn.wan.fast_weights.value_steps", lambda w, bias, *times: torch.ones(len(bias)))
        patch.setattr("lightbrush.nn.wan.fast_weights.balanced", lambda norms: norms)
        assert torch.equal(seen, velocity())


@pytest.mark.parametrize("fp8", [False, True])
def test_no_row_makes_a_value_larger_than_8_bits_hold(fp8: bool) -> None:
    """Also the one that is most like a lane's weights; and the step is less than four times what that takes."""
    made_by = torch.Generator().manual_seed(0)
    width = 64
    weight = torch.randn(48, width, generator=made_by) * torch.logspace(-4, 4, 48)[:, None]
    matrix, bias = quantised(weight) if fp8 else Rows(weight), torch.randn(48, generator=made_by)
    shifts, scales = torch.randn(2, 5, width, generator=made_by)
    steps = ranges.value_steps(matrix, bias, shifts, scales)
    assert torch.equal(steps.log2(), steps.log2().round())
    w = matrix.exact()[:, None]  # [N, 1, D]
    rows = (w * scales) / (w * scales).norm(dim=2, keepdim=True) * math.sqrt(width)
    most = torch.maximum(*((w * (sign * rows * scales + shifts)).sum(2) + bias[:, None] for sign in (1, -1)))
    most = torch.maximum(most, -(w * (-rows * scales + shifts)).sum(2) - bias[:, None]).amax(1)
    assert (most / steps <= FLOAT8_MAX).all()
    assert (most / steps > FLOAT8_MAX / 4).all()


def test_a_lane_of_zeros_stays_one() -> None:
    nothing = torch.zeros(4, 8)
    steps = ranges.value_steps(Rows(nothing), torch.zeros(4), torch.zeros(2, 8), torch.ones(2, 8))
    assert (steps > 0).all()
    assert steps.isfinite().all()
    assert ranges.balanced(torch.zeros(2, 8)).eq(0).all()


def test_weights_of_queries_and_keys_meet_in_the_middle() -> None:
    norms = torch.tensor([[1e-3, -2e-3, 8.0, 8.0], [1.0, 4.0, 0.01, -0.02]])
    seen = ranges.balanced(norms)
    torch.testing.assert_close(seen[0] * seen[1], norms[0] * norms[1], rtol=0, atol=0)
    peaks = seen.unflatten(1, (2, 2)).abs().amax(2)
    assert ((peaks[0] / peaks[1]).log2().abs() <= 2).all()
    turned = seen.unflatten(1, (2, 2)) / norms.unflatten(1, (2, 2))
    assert torch.equal(turned[..., 0], turned[..., 1]), "the lanes of a pair are turned into each other"


def test_the_network_that_is_loaded_is_left_as_it_is() -> None:
    plain: WanTransformer = made(CONFIG)
    before = {name: value.clone() for name, value in plain.state_dict().items()}
    for fp8 in (False, True):
        FastTransformer.of(plain, dataclasses.replace(EIGHT, fp8=fp8))
    assert all(torch.equal(before[name], value) for name, value in plain.state_dict().items())
