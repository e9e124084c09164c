"""A network that several processes share is called from one of them, and is the same network."""

import dataclasses
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor

from lightbrush.engines.wan_stream import Ahead, BlockRequest, Networks, Parameters, render_latents
from lightbrush.errors import SettingsError, ShotError
from lightbrush.nn.wan import fast_attention
from lightbrush.nn.wan.attention_choice import settle
from lightbrush.nn.wan.config import LATENT_PX
from lightbrush.nn.wan.fast_transformer import FastTransformer, Options
from lightbrush.nn.wan.leader import Followers, Leader, lead
from lightbrush.nn.wan.quantise import FLOAT8
from lightbrush.nn.wan.schedule import schedule
from lightbrush.nn.wan.sequence import ALONE, Team
from lightbrush.nn.wan.transformer import Conditioning
from lightbrush.shots import Prompt
from tests.nn.test_wan_fast import CONFIG, PLAIN, latents, relative_error, velocity
from tests.nn.wan_layouts import made

pytestmark = pytest.mark.usefixtures("one_thread")

CPU = torch.device("cpu")


@dataclasses.dataclass(frozen=True)
class Same:
    """The same weights in every process. eight: with an attention in 8 bits to choose, exact but for the format."""

    options: Options
    eight: bool = False

    def __call__(self, kind: type[FastTransformer], device: torch.device, team: Team) -> FastTransformer:
        if self.eight:
            plain = fast_attention.plain
            fast_attention.BACKENDS["triton-fp8"] = fast_attention.Backend(
                lambda q, k, v: plain(q.float(), k, v), capability=(0, 0), limit=8e-2, dtype=FLOAT8
            )
            fast_attention.installed = lambda device: ("triton-fp8", "plain")
        return kind.of(made(CONFIG), self.options, device, team)


@dataclasses.dataclass(frozen=True)
class Refusing:
    """A follower has no memory, or just ends."""

    told: bool

    def __call__(self, kind: type[FastTransformer], device: torch.device, team: Team) -> FastTransformer:
        if kind is FastTransformer:
            if self.told:
                raise SettingsError("weights.memory", "the second GPU is too small")
            os._exit(3)
        return kind.of(made(CONFIG), PLAIN, device, team)


@contextmanager
def leading(make: Same) -> Iterator[Leader]:
    network = lead(make, 2, "cpu", lost=lambda: None)
    try:
        yield network
    finally:
        network.leave()


def ahead_of_a_block(network: FastTransformer) -> Tensor:
    """The latents of a third block whose context was taken in before it was asked for."""
    words = torch.randn(3, CONFIG.text_dim, generator=torch.Generator().manual_seed(1))
    networks, ahead, context = Networks(network, lambda _: words, None, None), Ahead(), latents(3)[0].transpose(0, 1)
    height, width = (LATENT_PX * side for side in context.shape[2:])
    sea = Parameters(prompts=(Prompt("a calm sea"),), width=width, height=height, steps=schedule(2))
    for index in (1, 2):
        found = render_latents(networks, BlockRequest(index, sea, context), ahead=ahead)
        ahead.begin(networks, context)
    return found


class Noted(Followers):
    """What followers would be told, but for tensors."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def tell(self, name: str, tensors: Sequence[Tensor], given: dict[str, Any]) -> None:
        self.told.append((name, given))


def test_all_that_a_block_is_denoised_by_reaches_followers() -> None:
    """A text and a context they have of their own, and a shared network takes no control."""
    network = Leader.of(made(CONFIG), PLAIN)
    assert isinstance(network, Leader)
    network.followers = noted = Noted()
    velocity(network, 3, 0.3)
    assert noted.told[-1] == ("denoise", {"t": [[937.5, 625.0, 300.0]], "seen": True, "context_weight": 0.3})
    velocity(network, 0, 1.0)
    _, given = noted.told[-1]
    assert not given["seen"]
    own = {field.name for field in dataclasses.fields(Conditioning)} - {"text", "context", "control"}
    assert given.keys() == own | {"t", "seen"}


@pytest.mark.usefixtures("forked")
def test_two_processes_render_what_one_does_and_a_size_they_cannot_share_costs_nothing() -> None:
    alone = Same(PLAIN)(FastTransformer, CPU, ALONE)
    with leading(Same(PLAIN)) as network:
        for past, weight in ((3, 0.3), (0, 1.0), (1, 1.0), (3, 1.0)):
            assert relative_error(velocity(network, past, weight), velocity(alone, past, weight)) < 1e-5
            text = network.encode_text(torch.zeros(1, CONFIG.text_len, CONFIG.text_dim), 3)
            with pytest.raises(ShotError, match="evenly by 2 GPUs") as caught:
                network.denoise(latents(3, size=(6, 10)), torch.full((1, 3), 625.0), Conditioning(text))
            assert caught.value.code == "shot.size"
        # What is made ahead for the next block, as one process makes it.
        seen, wanted = (ahead_of_a_block(one) for one in (network, alone))
        assert relative_error(seen, wanted) < 1e-5
        network.take(dataclasses.replace(PLAIN, whole=False))
        assert relative_error(velocity(network, 3, 0.3), velocity(alone, 3, 0.3)) < 1e-5
    assert not dist.is_initialized()


@pytest.mark.usefixtures("forked")
def test_together_they_choose_the_attention_that_one_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    """And subtract the same means of keys, of heads that lie in both."""
    monkeypatch.setitem(fast_attention.BACKENDS, "triton-fp8", fast_attention.BACKENDS["plain"])
    monkeypatch.setattr(fast_attention, "installed", fast_attention.installed)
    options = Options(fp8=True, kernels=(), graphs=False)
    words = torch.randn(5, CONFIG.text_dim, generator=torch.Generator().manual_seed(3))
    found: list[tuple[Tensor | None, Tensor]] = []
    with leading(Same(options, eight=True)) as network:
        for each in (network, Same(options, eight=True)(FastTransformer, CPU, ALONE)):
            errors = settle(each, words, width_px=64, height_px=64)
            assert errors is not None
            assert errors.small
            assert each.attention == "triton-fp8"
            found.append((each._key_means, velocity(each, 3, 0.3)))
    (means, shared), (wanted_means, wanted) = found
    assert means is not None
    assert wanted_means is not None
    assert relative_error(means, wanted_means) < 1e-2
    assert relative_error(shared, wanted) < 1e-2


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("told", [True, False])
def test_what_a_follower_cannot_load_is_the_leaders_error(told: bool) -> None:
    with pytest.raises(SettingsError) as caught:
        lead(Refusing(told), 2, "cpu")
    assert caught.value.code == ("weights.memory" if told else "weights.gpus")
    assert not dist.is_initialized()
    with leading(Same(PLAIN)) as network:  # the next finds its followers
        assert network.team.size == 2


def test_that_a_follower_has_ended_is_noticed() -> None:
    lost = threading.Event()
    network = lead(Same(PLAIN), 2, "cpu", lost=lost.set)
    assert network.followers is not None
    (follower,) = network.followers._processes
    assert follower.pid is not None
    os.kill(follower.pid, signal.SIGKILL)
    assert lost.wait(30)
    network.followers.end()
