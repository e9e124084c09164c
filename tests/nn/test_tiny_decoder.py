"""The tiny autoencoder computes what its publication describes, and a stream shows what the whole video shows."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from lightbrush.nn.wan.causal import Formulation, arrange
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae, random_vae
from lightbrush.nn.wan.vae_checkpoints import load_tiny_vae

CONFIG = TinyConfig(widths=(16, 12, 8, 10), encoder_width=8)
H, W = 4, 6


class Published(nn.Module):
    """TAEHV as published: two numbered sequences of layers, one frame at a time, in [0, 1]. Written from the names and
    shapes in its file and from its description; slow, and simple enough to be seen to be right."""

    def __init__(self, c: TinyConfig) -> None:
        super().__init__()
        self.stride: dict[str, int] = {}
        e, d, latent = c.encoder_width, c.widths, c.latent_channels
        encoder: list[nn.Module] = [nn.Conv2d(3, e, 3, padding=1), nn.ReLU()]
        for halves in c.halves_time:
            self.stride[f"pool {len(encoder)}"] = 1 + halves
            encoder += [_Time(nn.Conv2d(e * (1 + halves), e, 1, bias=False))]
            encoder += [nn.Conv2d(e, e, 3, stride=2, padding=1, bias=False), *(_Memory(e) for _ in range(c.blocks))]
        encoder += [nn.Conv2d(e, latent, 3, padding=1)]
        decoder: list[nn.Module] = [nn.Identity(), nn.Conv2d(latent, d[0], 3, padding=1), nn.ReLU()]
        for n_in, n_out, doubles in zip(d, d[1:], c.doubles_time, strict=False):
            decoder += [*(_Memory(n_in) for _ in range(c.blocks)), nn.Upsample(scale_factor=2)]
            self.stride[f"grow {len(decoder)}"] = 1 + doubles
            decoder += [_Time(nn.Conv2d(n_in, n_in * (1 + doubles), 1, bias=False))]
            decoder += [nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)]
        decoder += [nn.ReLU(), nn.Conv2d(d[-1], 3, 3, padding=1)]
        self.encoder, self.decoder = nn.Sequential(*encoder), nn.Sequential(*decoder)

    def decode(self, latents: Tensor) -> Tensor:
        frames = list(torch.tanh(latents / 3) * 3)
        for index, layer in enumerate(self.decoder):
            frames = self._apply_layer(layer, frames, self.stride.get(f"grow {index}", 1), grow=True)
        return torch.stack(frames).clamp(0, 1)[3:]

    def encode(self, frames: Tensor) -> Tensor:
        waiting = list(frames)
        waiting += [waiting[-1]] * (-len(waiting) % 4)
        for index, layer in enumerate(self.encoder):
            waiting = self._apply_layer(layer, waiting, self.stride.get(f"pool {index}", 1), grow=False)
        return torch.stack(waiting)

    @staticmethod
    def _apply_layer(layer: nn.Module, frames: list[Tensor], stride: int, *, grow: bool) -> list[Tensor]:
        if isinstance(layer, _Memory):
            before = [torch.zeros_like(frames[0]), *frames[:-1]]
            return [layer(now, past) for now, past in zip(frames, before, strict=True)]
        if isinstance(layer, _Time) and grow:
            return [part for frame in frames for part in layer.conv(frame[None])[0].chunk(stride)]
        if isinstance(layer, _Time):
            groups = zip(*(frames[i::stride] for i in range(stride)), strict=True)
            return [layer.conv(torch.cat(group)[None])[0] for group in groups]
        return [layer(frame[None])[0] for frame in frames]


class _Time(nn.Module):
    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv


class _Memory(nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(2 * n, n, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(n, n, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(n, n, 3, padding=1),
        )

    def forward(self, now: Tensor, past: Tensor) -> Tensor:
        return torch.relu(self.conv(torch.cat([now, past])[None])[0] + now)


def noise(latents: int) -> Tensor:
    torch.manual_seed(2)
    return torch.randn(latents, 16, H, W) * 2


def video(frames: int) -> Tensor:
    torch.manual_seed(1)
    return torch.rand(frames, 3, 8 * H, 8 * W) * 2 - 1


def off(seen: Tensor, wanted: Tensor) -> float:
    return float((seen - wanted).abs().max() / wanted.abs().max())


@pytest.fixture(scope="module")
def published() -> Published:
    torch.manual_seed(0)
    network = Published(CONFIG).requires_grad_(False)
    for name, parameter in network.named_parameters():  # so that little is clamped, and the past is heard
        if name == "decoder.22.bias":
            parameter.add_(0.5)
        elif name.endswith("weight"):
            parameter.mul_(1.6)
    return network


@pytest.fixture(scope="module")
def ours(published: Published, tmp_path_factory: pytest.TempPathFactory) -> TinyVae:
    path: Path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_file(published.state_dict(), path)
    return load_tiny_vae(path, CONFIG)


@pytest.mark.parametrize("formulation", get_args(Formulation))
@pytest.mark.parametrize("latents", [1, 2, 4, 7])
def test_the_last_frame_alone_is_the_last_frame(latents: int, formulation: Formulation) -> None:
    network = random_vae(CONFIG)
    arrange(network, formulation=formulation)
    wanted = network.decode(noise(latents))[-1:]
    assert network.decode_last(noise(latents)).shape == wanted.shape == (1, 3, 8 * H, 8 * W)
    assert off(network.decode_last(noise(latents)), wanted) < 1e-5


def test_the_last_frame_alone_is_half_of_the_work() -> None:
    with torch.device("meta"):
        network = TinyVae(TinyConfig()).requires_grad_(False)
    latents = torch.empty(4, 16, 60, 104, device="meta")
    spent = []
    for decode in (network.decode, network.decode_last):
        with FlopCounterMode(display=False) as counter:
            decode(latents)
        spent.append(counter.get_total_flops())
    assert spent[1] < 0.6 * spent[0]


@pytest.mark.parametrize("latents", [1, 2, 5])
def test_it_decodes_what_is_published(published: Published, ours: TinyVae, latents: int) -> None:
    wanted = published.decode(noise(latents)) * 2 - 1
    seen = ours.decode(noise(latents))
    assert seen.shape == wanted.shape == (1 + 4 * (latents - 1), 3, 8 * H, 8 * W)
    assert (wanted.abs() < 1).float().mean() > 0.9
    assert wanted.std() > 0.02
    assert off(seen, wanted) < 1e-4


@pytest.mark.parametrize("frames", [1, 5, 12, 14])
def test_it_encodes_what_is_published(published: Published, ours: TinyVae, frames: int) -> None:
    wanted = published.encode((video(frames) + 1) / 2)
    rested = torch.cat([video(frames), video(frames)[-1:].expand(-frames % 4, -1, -1, -1)])
    seen, _ = ours.encode_block(rested)
    assert seen.shape == wanted.shape
    assert off(seen, wanted) < 1e-4
    if frames % 4 == 1:
        assert off(ours.encode(video(frames)), wanted) < 1e-4


@pytest.mark.parametrize("cuts", [(3, 3, 1), (1, 1, 1, 1, 1, 1, 1), (2, 5)])
def test_a_stream_of_blocks_is_the_whole_video(ours: TinyVae, cuts: tuple[int, ...]) -> None:
    z, clip = noise(7), video(28)
    whole, _ = ours.decode_block(z)
    latents, _ = ours.encode_block(clip)
    shown, seen, state, past, at = [], [], None, None, 0
    for block in z.split(list(cuts)):
        frames, state = ours.decode_block(block, state)
        shown.append(frames)
        again, past = ours.encode_block(clip[at : at + 4 * len(block)], past)
        seen.append(again)
        at += 4 * len(block)
    assert [len(frames) for frames in shown] == [4 * n - (3 if i == 0 else 0) for i, n in enumerate(cuts)]
    assert off(torch.cat(shown), whole) < 1e-5
    assert off(torch.cat(seen), latents) < 1e-5


def test_what_came_before_is_seen(ours: TinyVae) -> None:
    z = noise(4)
    _, state = ours.decode_block(z[:3])
    _, other = ours.decode_block(-z[:3])
    assert off(ours.decode_block(z[3:], state)[0], ours.decode_block(z[3:], other)[0]) > 1e-2


@pytest.mark.parametrize("formulation", ["volume", "frames"])
def test_either_formulation_is_the_same_function_and_keeps_channels_innermost(
    ours: TinyVae, formulation: Formulation
) -> None:
    wanted, latents = ours.decode(noise(4)), ours.encode(video(13))
    arrange(ours, formulation=formulation)
    frames, state = ours.decode_block(noise(4))
    assert off(frames, wanted) < 1e-5
    assert off(ours.encode(video(13)), latents) < 1e-5
    for tensor in (frames, *state):
        assert tensor.is_contiguous(memory_format=torch.channels_last)
    arrange(ours)


def test_the_published_size_decodes_9_then_12_frames_and_reads_no_value_back() -> None:
    with torch.device("meta"):  # reading a value there is an error
        network = TinyVae(TinyConfig())
    assert sum(p.numel() for p in network.parameters()) == 11_315_539
    z = torch.empty(3, 16, 60, 104, device="meta")
    frames, state = network.decode_block(z)
    assert frames.shape == (9, 3, 480, 832)
    assert network.decode_block(z, state)[0].shape == (12, 3, 480, 832)


def test_frames_that_make_no_whole_latent_are_refused(ours: TinyVae) -> None:
    with pytest.raises(ValueError, match=r"frames must be \[4 \+ 4 n, 3, H, W\].*got \[9, 3, 32, 48\]"):
        ours.encode_block(video(9))
