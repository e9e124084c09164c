"""The video autoencoder computes what diffusers' does, and a stream in blocks shows what the whole video shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from lightbrush.nn.wan.autoencoder import from_uint8, to_uint8
from lightbrush.nn.wan.causal import Formulation, arrange, formulation_for
from lightbrush.nn.wan.vae import WanVae, WanVaeConfig
from lightbrush.nn.wan.vae_checkpoints import load_wan_vae

if TYPE_CHECKING:
    from diffusers.models import AutoencoderKLWan

CONFIG = WanVaeConfig(base=8)
H, W = 4, 6


def made() -> WanVae:
    torch.manual_seed(0)
    network = WanVae(CONFIG).requires_grad_(False)
    _stir(network)
    arrange(network)
    return network


def _stir(network: torch.nn.Module) -> None:
    """What starts at one would hide mistakes."""
    for name, parameter in network.named_parameters():
        if "norm" in name:
            torch.nn.init.normal_(parameter, 1.0, 0.3)


def video(frames: int) -> Tensor:
    torch.manual_seed(1)
    return torch.rand(frames, 3, 8 * H, 8 * W) * 2 - 1


def noise(latents: int) -> Tensor:
    torch.manual_seed(2)
    return torch.randn(latents, 16, H, W)


def off(seen: Tensor, wanted: Tensor) -> float:
    """Of the largest value."""
    return float((seen - wanted).abs().max() / wanted.abs().max())


@pytest.fixture(scope="module")
def published() -> AutoencoderKLWan:
    models = pytest.importorskip("diffusers.models")
    torch.manual_seed(0)
    network: AutoencoderKLWan = models.AutoencoderKLWan(base_dim=8).eval().requires_grad_(False)
    _stir(network)
    return network


@pytest.fixture(scope="module")
def ours(published: AutoencoderKLWan, tmp_path_factory: pytest.TempPathFactory) -> WanVae:
    path: Path = tmp_path_factory.mktemp("weights") / "vae.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in published.state_dict().items()}, path)
    return load_wan_vae(path, CONFIG)


@pytest.mark.parametrize("latents", [1, 2, 5])
def test_it_decodes_what_diffusers_decodes(published: AutoencoderKLWan, ours: WanVae, latents: int) -> None:
    z = noise(latents)
    mean, std = (torch.tensor(x).view(1, 16, 1, 1, 1) for x in (CONFIG.mean, CONFIG.std))
    wanted = published.decode(z.transpose(0, 1)[None] * std + mean).sample[0].transpose(0, 1)
    seen = ours.decode(z)
    assert seen.shape == wanted.shape == (1 + 4 * (latents - 1), 3, 8 * H, 8 * W)
    assert wanted.std() > 0.02
    assert (wanted.abs() < 1).float().mean() > 0.9  # what is clamped cannot differ
    assert off(seen, wanted) < 1e-4


@pytest.mark.parametrize("latents", [1, 2, 5])
def test_it_encodes_what_diffusers_encodes(published: AutoencoderKLWan, ours: WanVae, latents: int) -> None:
    frames = video(1 + 4 * (latents - 1))
    mean, std = (torch.tensor(x).view(1, 16, 1, 1, 1) for x in (CONFIG.mean, CONFIG.std))
    moments = published.encode(frames.transpose(0, 1)[None]).latent_dist
    wanted = ((moments.mode() - mean) / std)[0].transpose(0, 1)
    seen = ours.encode(frames)
    assert seen.shape == wanted.shape == (latents, 16, H, W)
    assert off(seen, wanted) < 1e-4


@pytest.mark.parametrize("cuts", [(3, 3, 1), (1, 1, 1, 1, 1, 1, 1)])
def test_a_stream_of_blocks_is_the_whole_video(cuts: tuple[int, ...]) -> None:
    network, z = made(), noise(7)
    whole, _ = network.decode_block(z)
    frames, latents, state, past = [], [], None, None
    for block in z.split(list(cuts)):
        shown, state = network.decode_block(block, state)
        assert len(shown) == 4 * len(block) - (3 if not frames else 0)
        frames.append(shown)
        again, past = network.encode_block(shown, past)
        assert len(again) == len(block)
        latents.append(again)
    assert off(torch.cat(frames), whole) < 1e-5
    assert off(torch.cat(latents), network.encode_block(whole)[0]) < 1e-5
    assert off(network.decode(z), whole) < 1e-5
    assert off(network.encode(whole, 2), torch.cat(latents)) < 1e-5


def test_a_block_leaves_its_state_as_it_was_and_may_be_decoded_again() -> None:
    network, z = made(), noise(5)
    _, state = network.decode_block(z[:3])
    kept = [tensor.clone() for tensor in state]
    first, _ = network.decode_block(z[3:], state)
    assert all(torch.equal(a, b) for a, b in zip(state, kept, strict=True))
    elsewhere = tuple(tensor.contiguous() for tensor in state)  # as another process may send it
    again, _ = network.decode_block(z[3:], elsewhere)
    torch.testing.assert_close(again, first)


def test_what_came_before_is_seen() -> None:
    network, z = made(), noise(4)
    _, state = network.decode_block(z[:3])
    _, other = network.decode_block(-z[:3])
    assert off(network.decode_block(z[3:], state)[0], network.decode_block(z[3:], other)[0]) > 1e-2


@pytest.mark.parametrize("formulation", ["volume", "frames"])
def test_either_formulation_is_the_same_function_and_keeps_channels_innermost(formulation: Formulation) -> None:
    network, z = made(), noise(4)
    wanted, latents = network.decode(z), network.encode(video(13))
    arrange(network, formulation=formulation)
    assert off(network.decode(z), wanted) < 1e-5
    assert off(network.encode(video(13)), latents) < 1e-5
    frames, state = network.decode_block(z)
    for tensor in (frames, *state):
        assert tensor.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("device", "hip", "wanted"),
    [("cpu", None, "frames"), ("cuda", None, "volume"), ("cuda", "6.4", "frames"), ("mps", None, "frames")],
)
def test_the_formulation_is_that_of_the_library_that_computes(
    monkeypatch: pytest.MonkeyPatch, device: str, hip: str | None, wanted: Formulation
) -> None:
    monkeypatch.setattr(torch.version, "hip", hip)
    assert formulation_for(torch.device(device)) == wanted


def test_in_bfloat16_it_is_nearly_the_same_and_statistics_stay_exact() -> None:
    network, z = made(), noise(4)
    wanted, latents = network.decode(z), network.encode(video(5))
    arrange(network, dtype=torch.bfloat16)
    assert network.mean.dtype == network.std.dtype == torch.float32
    seen = network.decode(z)
    assert seen.dtype == torch.bfloat16
    assert (seen - wanted).std() < 0.06 * wanted.std()
    assert (network.encode(video(5)) - latents).std() < 0.06 * latents.std()


def test_the_published_size_decodes_9_then_12_frames_and_reads_no_value_back() -> None:
    with torch.device("meta"):  # reading a value there is an error
        network = WanVae(WanVaeConfig())
    network.to("meta")
    assert sum(p.numel() for p in network.parameters()) == 126_892_531
    z = torch.empty(3, 16, 60, 104, device="meta")
    frames, state = network.decode_block(z)
    assert frames.shape == (9, 3, 480, 832)
    frames, later = network.decode_block(z, state)
    assert frames.shape == (12, 3, 480, 832)
    assert [t.shape for t in state] == [t.shape for t in later]


def test_a_block_is_one_graph() -> None:
    network, z = made(), noise(2)
    _, state = network.decode_block(z)
    compiled = torch.compile(network.decode_block, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(z, state)[0], network.decode_block(z, state)[0])


def test_shapes_that_cannot_be_are_refused() -> None:
    network, z = made(), noise(3)
    _, state = network.decode_block(z)
    for latents in (z[0], z[:0], z[:, :4]):
        with pytest.raises(ValueError, match=r"latents must be \[T, 16, h, w\]"):
            network.decode_block(latents)
    for frames in (video(2), video(9)[:, :2], video(9)[..., :12], video(9)[0]):
        with pytest.raises(ValueError, match=r"frames must be \[1 \+ 4 n, 3, H, W\]"):
            network.encode_block(frames)
    with pytest.raises(ValueError, match=r"state 0 must be \(2, 16, 4, 4\), got \(2, 16, 4, 6\)"):
        network.decode_block(z[..., :4], state)
    with pytest.raises(ValueError, match="got None"):
        network.decode_block(z, state[:-1])
    with pytest.raises(ValueError, match=f"a state of {len(state)} tensors was expected, got {len(state) + 1}"):
        network.decode_block(z, (*state, state[0]))


def test_bytes_survive_the_way_to_frames_and_back() -> None:
    pixels = torch.arange(256, dtype=torch.uint8).view(1, 16, 16, 1).expand(2, 16, 16, 3)
    frames = from_uint8(pixels)
    assert frames.shape == (2, 3, 16, 16)
    assert (frames.min(), frames.max()) == (-1, 1)
    assert torch.equal(to_uint8(frames), pixels)
    assert to_uint8(frames).is_contiguous()
    assert to_uint8(torch.full((1, 3, 1, 1), 1.5)).max() == 255


@pytest.mark.gpu
@pytest.mark.parametrize("formulation", ["volume", "frames"])
def test_a_cuda_graph_holds_a_block(formulation: Formulation) -> None:
    network, z = made(), noise(3).cuda()
    arrange(network, "cuda", torch.bfloat16, formulation)
    with torch.inference_mode():
        _, state = network.decode_block(z)
        wanted, _ = network.decode_block(z, state)
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            network.decode_block(z, state)
        side.synchronize()
        graph = torch.cuda.CUDAGraph()
        given = torch.zeros_like(z)
        with torch.cuda.graph(graph):
            frames, _ = network.decode_block(given, state)
        given.copy_(z)
        graph.replay()
        torch.cuda.synchronize()
    assert off(frames.float(), wanted.float()) < 0.02
