"""What follows a sketch beside the network that paints, behind one pair of functions: `look` once for a picture, and
`follow` at each step.

ControlNet   (Zhang et al., 2023): half a UNet, or a short FLUX, at each step
T2I-Adapter  (Mou et al., 2023): a few convolutions, once; what they say is added at every step
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

import torch
from diffusers import ControlNetModel, T2IAdapter
from torch import Tensor, nn

from lightbrush.nn.flux.control import MODES, FluxControl, spread
from lightbrush.nn.flux.transformer import FluxTransformer, patched
from lightbrush.nn.latent.stage import Buffers

Follower: TypeAlias = ControlNetModel | FluxControl | T2IAdapter

#: Buffers: of what is followed, by what it shows; of what was seen in it, by their number; of how closely it is
#: followed; and of what a ControlNet of FLUX turns by.
CONTROL: Final = "control "
SEEN: Final = "followed "
FOLLOW: Final = "follow"
TURN: Final = "turn of what follows"


@torch.no_grad()
def look(net: Follower, pixels: Tensor, latent: Callable[[Tensor], Tensor]) -> list[Tensor]:
    """What is to be seen in a picture [1, 3, H, W] of 0 to 1, the same at each step; of a ControlNet of Stable
    Diffusion nothing. latent: of pixels of -1 to 1."""
    if isinstance(net, T2IAdapter):
        return [*net(pixels[:, : net.config.in_channels])]
    if isinstance(net, FluxControl):
        wide = 2 * pixels - 1
        return [net.look(wide) if net.config.pixels else patched(latent(wide).to(pixels.dtype))]
    return []


def follow(
    net: Follower,
    shows: str,
    painted: nn.Module,
    b: Buffers,
    noisy: Tensor,
    time: Tensor,
    *,
    known: Mapping[str, Tensor] | None = None,
    guidance: Tensor | None = None,
) -> dict[str, Any]:
    """What the painting network is given besides, at one step. b: of a stage of steps. known, guidance: it is told of
    the picture's size and how literally words are taken, where it is."""
    batch, scale = len(noisy), b[FOLLOW]
    seen = [b[name] for name in b if name.startswith(SEEN)]
    if isinstance(net, T2IAdapter):
        said = [(each * scale).expand(batch, -1, -1, -1) for each in seen]
        return {"down_intrablock_additional_residuals": said}
    if isinstance(net, FluxControl):
        doubles, singles = net(
            noisy,
            time,
            b["words"],
            pooled=b["pooled"],
            seen=seen[0],
            scale=scale,
            turn=b[TURN],
            mode=MODES[shows],
            guidance=guidance,
        )
        whole = cast(FluxTransformer, painted)
        return {
            "after_doubles": spread(doubles, len(whole.double_blocks), by_turns=net.config.pixels),
            "after_singles": spread(singles, len(whole.single_blocks)),
        }
    down, middle = net(
        noisy,
        time,
        b["words"],
        controlnet_cond=b[f"{CONTROL}{shows}"].expand(batch, -1, -1, -1),
        conditioning_scale=scale,
        added_cond_kwargs=known,
        return_dict=False,
    )
    return {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}
