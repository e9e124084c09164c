"""The causal video network: the function that diffusers computes, however it is called."""

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from lightbrush.errors import SettingsError, ShotError
from lightbrush.nn.wan.attention import attend, padding_bias
from lightbrush.nn.wan.config import TINY, WAN_1_3B, WAN_14B, WanConfig
from lightbrush.nn.wan.transformer import Conditioning, Control, WanTransformer, in_float32
from tests.nn.wan_layouts import diffusers_name, made

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = WanConfig(dim=96, ffn=160, heads=4, layers=3, freq_dim=32, text_len=20, text_dim=40)
VACE = dataclasses.replace(TINY, layers=4, vace_layers=(0, 2), vace_channels=12)


def relative_error(seen: Tensor, wanted: Tensor) -> float:
    return float((seen - wanted).norm() / wanted.norm())


def text_of(config: WanConfig, length: int, batch: int = 1) -> Tensor:
    """Embeddings of a prompt, padded with zeros."""
    embeddings = torch.randn(batch, config.text_len, config.text_dim)
    embeddings[:, length:] = 0.0
    return embeddings


def reference(network: WanTransformer) -> torch.nn.Module:
    """diffusers' network with the same weights."""
    diffusers = pytest.importorskip("diffusers")
    c = network.config
    arguments = {
        "num_attention_heads": c.heads,
        "attention_head_dim": c.head_dim,
        "ffn_dim": c.ffn,
        "num_layers": c.layers,
        "freq_dim": c.freq_dim,
        "text_dim": c.text_dim,
    }
    if c.vace_layers:
        theirs = diffusers.WanVACETransformer3DModel(
            **arguments, vace_layers=list(c.vace_layers), vace_in_channels=c.vace_channels
        )
    else:
        theirs = diffusers.WanTransformer3DModel(**arguments)
    theirs.load_state_dict({diffusers_name(name): value for name, value in network.state_dict().items()}, strict=True)
    return theirs.eval()


@pytest.mark.parametrize("config", [TINY, SMALL, dataclasses.replace(TINY, dim=384, heads=3, layers=1)])
@pytest.mark.parametrize(("frames", "height", "width"), [(1, 4, 6), (3, 8, 4), (5, 2, 2)])
@torch.no_grad()
def test_it_computes_what_diffusers_does(config: WanConfig, frames: int, height: int, width: int) -> None:
    network = made(config)
    latents, text = torch.randn(2, 16, frames, height, width), text_of(config, 7, 2)
    t = torch.tensor([937.5, 312.0])
    wanted = reference(network)(latents, t, text, return_dict=False)[0]
    seen = network(latents, t[:, None].expand(2, frames), network.encode_text(text))
    assert relative_error(seen, wanted) < 1e-5


@torch.no_grad()
def test_with_vace_it_computes_what_diffusers_does() -> None:
    network = made(VACE)
    latents, text, control = torch.randn(1, 16, 3, 4, 6), text_of(VACE, 9), torch.randn(1, 12, 3, 4, 6)
    t = torch.tensor([625.0])
    scales = torch.full((2,), 0.7)
    wanted = reference(network)(latents, t, text, None, control, scales, return_dict=False)[0]
    encoded = network.encode_text(text)
    at = t[:, None].expand(1, 3)
    seen = network(latents, at, encoded, control=Control(control, 0.7))
    assert relative_error(seen, wanted) < 1e-5
    assert relative_error(network(latents, at, encoded), wanted) > 1e-3  # so the path matters
    torch.testing.assert_close(network.denoise(latents, at, Conditioning(encoded, control=Control(control, 0.7))), seen)


@torch.no_grad()
def test_each_frame_has_a_time_of_its_own() -> None:
    network = made(SMALL)
    latents, text = torch.randn(1, 16, 2, 4, 4), network.encode_text(text_of(SMALL, 7))
    both = network(latents, torch.tensor([[1000.0, 625.0]]), text, block_frames=1)
    first = network(latents[:, :, :1], torch.tensor([[1000.0]]), text)
    torch.testing.assert_close(both[:, :, :1], first, atol=1e-5, rtol=1e-5)
    other = network(latents, torch.tensor([[1000.0, 0.0]]), text, block_frames=1)
    torch.testing.assert_close(other[:, :, :1], first, atol=1e-5, rtol=1e-5)
    assert relative_error(other[:, :, 1:], both[:, :, 1:]) > 1e-3


@pytest.mark.parametrize("block", [1, 2, 3])
@pytest.mark.parametrize("weight", [1.0, 0.3])
@torch.no_grad()
def test_block_by_block_with_a_cache_equals_one_masked_pass(block: int, weight: float) -> None:
    network = made(SMALL)
    text = network.encode_text(text_of(SMALL, 7, 2))
    latents, t = torch.randn(2, 16, 3 * block, 4, 6), torch.zeros(2, 3 * block)
    t[:, 2 * block :] = torch.tensor([[833.3], [1000.0]])
    whole = network(latents, t, text, block_frames=block, context_weight=weight)
    one, two, three = latents.split(block, 2)
    context = network.encode_context(one, text)
    context = network.encode_context(two, text, context, context_weight=weight)
    last = network.denoise(three, t[:, 2 * block :], Conditioning(text, context, context_weight=weight))
    torch.testing.assert_close(last, whole[:, :, 2 * block :], atol=1e-5, rtol=1e-5)
    context = network.encode_context(one, text)
    second = network.denoise(two, t[:, :block], Conditioning(text, context, context_weight=weight))
    torch.testing.assert_close(second, whole[:, :, block : 2 * block], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_weight_of_the_context_spares_its_first_frame_and_the_block() -> None:
    network = made(SMALL)
    text = network.encode_text(text_of(SMALL, 7))
    latents, t = torch.randn(1, 16, 3, 4, 6), torch.full((1, 3), 625.0)
    of_one, of_three = (network.encode_context(torch.randn(1, 16, n, 4, 6), text) for n in (1, 3))
    for context, differs in ((of_one, False), (of_three, True)):
        full, less = (network.denoise(latents, t, Conditioning(text, context, context_weight=w)) for w in (1.0, 0.3))
        assert (relative_error(less, full) > 1e-3) == differs


@torch.no_grad()
def test_only_differences_of_positions_matter() -> None:
    network = made(SMALL)
    text = network.encode_text(text_of(SMALL, 7))
    latents, t = torch.randn(1, 16, 3, 4, 6), torch.full((1, 3), 625.0)
    at_zero = network.denoise(latents, t, Conditioning(text))
    moved, (time, e), turns = network._start(latents, t, 40)
    for i, block in enumerate(network._blocks()):
        moved = block.finish(moved, e, attend(*block.queries_keys_values(moved, e, turns)), *text.layer(i))
    torch.testing.assert_close(network._finish(moved, time, latents), at_zero, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("length", [0, 1, 7, 17, 18, 19, 20])
@pytest.mark.parametrize("keys", [None, 20])
@torch.no_grad()
def test_folded_padding_changes_nothing(length: int, keys: int | None) -> None:
    network = made(SMALL)
    latents, t, embeddings = torch.randn(1, 16, 2, 4, 4), torch.full((1, 2), 833.3), text_of(SMALL, length)
    whole = network(latents, t, network.encode_text(embeddings))
    text = network.encode_text(embeddings, length, keys)
    assert keys or text.keys[0].shape[1] == min(length + 2, 20)
    torch.testing.assert_close(network(latents, t, text), whole, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.bfloat16, 1e-3)])
@pytest.mark.parametrize("count", [2, 3, 100, 479, 511])
def test_a_few_keys_weigh_as_all_the_padding(count: int, dtype: torch.dtype, tolerance: float) -> None:
    biases = padding_bias(count, 2, dtype)
    assert [float(torch.tensor(b, dtype=dtype)) for b in biases] == biases
    assert math.isclose(sum(map(math.exp, biases)), count, rel_tol=tolerance)


@torch.no_grad()
def test_bfloat16_stays_close_with_and_without_float32_parts() -> None:
    network = made(TINY)
    embeddings, latents, t = text_of(TINY, 7), torch.randn(1, 16, 3, 4, 4), torch.full((1, 3), 833.3)
    wanted = network(latents, t, network.encode_text(embeddings))
    for name, parameter in network.named_parameters():
        if not in_float32(name):
            parameter.data = parameter.data.bfloat16()
    for lower in (network, made(TINY).bfloat16()):
        text = lower.encode_text(embeddings, 7)
        context = lower.encode_context(latents, text)
        assert context.keys[0].dtype == torch.bfloat16
        seen = lower.denoise(latents, t, Conditioning(text))
        assert seen.dtype == torch.bfloat16
        assert relative_error(seen.float(), wanted) < 0.03


def test_gradients_reach_every_parameter_through_the_cache() -> None:
    network = made(SMALL)
    text = network.encode_text(text_of(SMALL, 7))
    given = Conditioning(text, network.encode_context(torch.randn(1, 16, 1, 4, 4), text))
    network.denoise(torch.randn(1, 16, 1, 4, 4), torch.full((1, 1), 625.0), given).square().mean().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize(("config", "parameters"), [(WAN_14B, 14_288_491_584), (WAN_1_3B, 1_418_996_800), (VACE, None)])
def test_a_config_knows_how_many_parameters_there_are(config: WanConfig, parameters: int | None) -> None:
    with torch.device("meta"):
        network = WanTransformer(config)
    assert sum(p.numel() for p in network.parameters()) == config.parameters
    assert parameters in (None, config.parameters)


def test_sizes_have_a_whole_number_of_tokens() -> None:
    assert WAN_14B.grid(480, 832) == (30, 52)
    assert WAN_14B.tokens(3, 480, 832) == 4680
    with pytest.raises(ShotError, match=r"\[shot.size\] .*saw 850x480.*nearest that does is 848x480"):
        WAN_14B.grid(480, 850)
    with pytest.raises(ShotError, match=r"shot\.size"):
        WAN_14B.grid(0, 832)
    with pytest.raises(ShotError, match="at most 16384x16384"):
        WAN_14B.grid(16, 16400)


@pytest.mark.parametrize(
    "changes", [{"heads": 5}, {"patch": (2, 2, 2)}, {"vace_layers": (1,)}, {"vace_layers": (0, 5)}]
)
def test_impossible_shapes_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=r"weights\.config"):
        dataclasses.replace(TINY, **changes)
