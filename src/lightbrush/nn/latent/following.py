"""What follows a sketch beside the network that paints, behind three functions: `buffers` of a stage of steps, `look`
once for a picture, and `follow` at each step.

ControlNet   (Zhang et al., 2023): half a UNet, or a short FLUX, at each step
T2I-Adapter  (Mou et al., 2023): a few convolutions, once; what they say is added at every step
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

import torch
from diffusers import ControlNetModel, T2IAdapter
from torch import Tensor, nn

from lightbrush.nn.flux.control import MODES, FluxControl, spread
from lightbrush.nn.flux.transformer import FluxTransformer, patched
from lightbrush.nn.latent.stage import Buffers

Follower: TypeAlias = ControlNetModel | FluxControl | T2IAdapter
Followers = Mapping[str, Follower]
"""By what a sketch shows."""
Latent = Callable[[Tensor], Tensor]
"""Of pixels of -1 to 1."""

#: Buffers: of what is followed, by what it shows; of what was seen in it, by their number; of what a ControlNet of FLUX
#: turns by; of how closely it is followed.
_SHOWN: Final = "shown "
_SEEN: Final = "followed "
_TURN: Final = "turn of what follows"
_FOLLOW: Final = "follow"


def buffers(net: Follower, shows: str, empty: Tensor, words: int, latents: tuple[int, int], latent: Latent) -> Buffers:
    """empty: for what the sketch shows, [1, 3, H, W]. words: how many tokens; latents: [h, w] of the picture."""
    given = {f"{_SHOWN}{shows}": empty, _FOLLOW: empty.new_zeros(1)}
    given |= {f"{_SEEN}{i}": seen for i, seen in enumerate(_seen(net, empty, latent))}
    if isinstance(net, FluxControl):  # held here: a graph reads it where it lies
        given[_TURN] = net.turning(words, latents, empty.device)
    return given


def say(given: Buffers, shows: str, pixels: Tensor, closely: float) -> None:
    """pixels: [1, 3, H, W], 0 to 1."""
    given[f"{_SHOWN}{shows}"].copy_(pixels)
    given[_FOLLOW].fill_(closely)


def looks(given: Buffers) -> bool:
    """Whether there is anything to be seen once for a picture."""
    return any(name.startswith(_SEEN) for name in given)


def look(followers: Followers, b: Buffers, latent: Latent) -> None:
    """Before the first step."""
    for shows, net in _those(followers, b):
        for i, seen in enumerate(_seen(net, b[f"{_SHOWN}{shows}"], latent)):
            b[f"{_SEEN}{i}"].copy_(seen)


def follow(
    followers: Followers,
    b: Buffers,
    painted: nn.Module,
    noisy: Tensor,
    time: Tensor,
    *,
    known: Mapping[str, Tensor] | None,
    guidance: Tensor | None,
) -> dict[str, Any]:
    """What the painting network is given besides, at one step. known, guidance: what it is told of the picture's size,
    and of how literally words are taken, if it is."""
    more: dict[str, Any] = {}
    for shows, net in _those(followers, b):
        if isinstance(net, T2IAdapter):
            more |= _adapted(b, len(noisy))
        elif isinstance(net, FluxControl):
            more |= _flux(net, MODES[shows], b, cast(FluxTransformer, painted), noisy, time, guidance)
        else:
            more |= _controlled(net, b[f"{_SHOWN}{shows}"], b, noisy, time, known)
    return more


def _those(followers: Followers, b: Buffers) -> Iterator[tuple[str, Follower]]:
    for shows in [name.removeprefix(_SHOWN) for name in b if name.startswith(_SHOWN)]:
        yield shows, followers[shows]


@torch.no_grad()
def _seen(net: Follower, pixels: Tensor, latent: Latent) -> list[Tensor]:
    """What is the same at each step, of a picture [1, 3, H, W] of 0 to 1; a ControlNet of Stable Diffusion has nothing
    of the kind."""
    if isinstance(net, T2IAdapter):
        return [*net(pixels[:, : net.config.in_channels])]
    if isinstance(net, FluxControl):
        wide = 2 * pixels - 1
        return [net.look(wide) if net.config.pixels else patched(latent(wide).to(pixels.dtype))]
    return []


def _adapted(b: Buffers, batch: int) -> dict[str, Any]:
    seen = [b[name] for name in b if name.startswith(_SEEN)]
    return {"down_intrablock_additional_residuals": [(each * b[_FOLLOW]).expand(batch, -1, -1, -1) for each in seen]}


def _flux(
    net: FluxControl,
    mode: int,
    b: Buffers,
    painted: FluxTransformer,
    noisy: Tensor,
    time: Tensor,
    guidance: Tensor | None,
) -> dict[str, Any]:
    doubles, singles = net(
        noisy,
        time,
        b["words"],
        pooled=b["pooled"],
        seen=b[f"{_SEEN}0"],
        scale=b[_FOLLOW],
        turn=b[_TURN],
        mode=mode,
        guidance=guidance,
    )
    return {
        "after_doubles": spread(doubles, len(painted.double_blocks), by_turns=net.config.pixels),
        "after_singles": spread(singles, len(painted.single_blocks)),
    }


def _controlled(
    net: ControlNetModel,
    shown: Tensor,
    b: Buffers,
    noisy: Tensor,
    time: Tensor,
    known: Mapping[str, Tensor] | None,
) -> dict[str, Any]:
    down, middle = net(
        noisy,
        time,
        b["words"],
        controlnet_cond=shown.expand(len(noisy), -1, -1, -1),
        conditioning_scale=b[_FOLLOW],
        added_cond_kwargs=known,
        return_dict=False,
    )
    return {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
