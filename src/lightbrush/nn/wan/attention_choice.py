"""Attention in 8 or in 16 bits, by what it does to the network at hand: measured on its own weights when it is loaded.

A block is rendered, smaller than any that is watched, three times from the same seeded noise: as exactly as the weights
that were read allow; with rows of matrices in 8 bits, which is how the network runs; and with attention in 8 bits on
top. The second moves its velocity by what a user of 8-bit matrices has agreed to, and the third by what attention adds.

What is measured here is taken from the weights, a fixed seed and a fixed text, never from what is rendered afterwards:
every worker with the same weights on the same kind of device comes to the same choice, and subtracts the same means
from its keys, so that any of them goes on with any stream.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from lightbrush.nn.wan.config import LATENT_PX
from lightbrush.nn.wan.fast_transformer import BLOCK_FRAMES, FastTransformer
from lightbrush.nn.wan.quantise import FLOAT8
from lightbrush.nn.wan.schedule import noise, schedule
from lightbrush.nn.wan.transformer import Conditioning

log = logging.getLogger("lightbrush.nn")

#: Attention in 8 bits is right as long as it moves a velocity by at most so many times what 8-bit rows of matrices do.
#: It rounds to the same format, four times in a layer (queries, keys, probabilities, values), where rows are rounded
#: six times: what only rounds stays near theirs. What clips, or loses small numbers beside large ones, is off by
#: several times as much.
MOST: Final = 1.5

#: Of the block: a quarter of what is watched, so that loading takes a moment longer and no more memory. Its tokens can
#: be shared by two GPUs, and by many more.
WIDTH_PX, HEIGHT_PX = 416, 256

_SEED: Final = 0
#: How much past frames but the first weigh: as in a stream.
_CONTEXT_WEIGHT: Final = 0.3


@dataclass(frozen=True)
class Errors:
    """Relative errors of a block's velocity. attention: of 8-bit attention against 16-bit. rows: of 8-bit rows of
    matrices against rows that are not rounded; the matrices' own rounding is in both."""

    attention: float
    rows: float

    @property
    def small(self) -> bool:
        """Whether attention in 8 bits is to be taken; what is no number is not."""
        return self.attention <= MOST * self.rows

    def __str__(self) -> str:
        return (
            f"8-bit attention moves a velocity by {self.attention:.2%}, 8-bit rows of matrices by {self.rows:.2%}, "
            f"at most {MOST:g} times that is taken"
        )


@torch.no_grad()
def settle(
    network: FastTransformer,
    words: Tensor,
    *,
    always: bool = False,
    width_px: int = WIDTH_PX,
    height_px: int = HEIGHT_PX,
) -> Errors | None:
    """Have the network go on with attention in 8 bits where there is one and it is right, else in 16.

    words: [n, text_dim], of a text. always: in 8 bits also where it is not right. Texts and contexts are to be encoded
    again. -> what was measured; None where there is no attention in 8 bits, or matrices are not in 8 bits.
    """
    asked = network.options
    exact = replace(asked, attention="auto", rows=False, kernels=(), graphs=False)
    rows, eight = replace(asked, attention="auto", graphs=False), replace(asked, attention="auto-fp8", graphs=False)
    if asked.fp8:
        network.take(eight)
    if not asked.fp8 or network.slot_dtype != FLOAT8:
        network.take(replace(asked, attention="auto"))
        return None
    given = _Given.of(network, words, width_px, height_px)

    network.take(exact)
    past = given.first(network)
    velocities = [given.velocity(network, past)]
    network.take(rows)
    velocities.append(given.velocity(network, past))
    network.centre_keys(network.mean_keys())
    network.take(eight)
    velocities.append(given.velocity(network, past))

    unrounded, rounded, seen = velocities
    errors = Errors(attention=_off(seen, rounded), rows=_off(rounded, unrounded))
    network.take(replace(asked, attention="auto-fp8" if always or errors.small else "auto"))
    log.info("%s: %s", network.attention, errors)
    if network.device.type == "cuda":
        torch.cuda.empty_cache()  # captured passes have memory of their own
    return errors


@dataclass(frozen=True)
class _Given:
    """words: [1, text_len, text_dim], of which `length` count. noises: [1, C, 3, h, w], of two blocks."""

    words: Tensor
    length: int
    noises: tuple[Tensor, Tensor]

    @classmethod
    def of(cls, network: FastTransformer, words: Tensor, width_px: int, height_px: int) -> _Given:
        c, words = network.config, words[: network.config.text_len]
        shape = 1, c.in_channels, BLOCK_FRAMES, height_px // LATENT_PX, width_px // LATENT_PX
        first, second = (noise(_SEED, block, 0, shape).to(network.device) for block in range(2))
        return cls(F.pad(words, (0, 0, 0, c.text_len - len(words)))[None], len(words), (first, second))

    def first(self, network: FastTransformer) -> Tensor:
        """A stream's first block, in one step: [1, C, 3, h, w]."""
        start, text = self.noises[0], network.encode_text(self.words, self.length)
        return start - network.denoise(start, torch.full((1, BLOCK_FRAMES), 1000.0), Conditioning(text)).float()

    def velocity(self, network: FastTransformer, past: Tensor) -> Tensor:
        """Of the block after that, halfway between noise and what went before."""
        text = network.encode_text(self.words, self.length)
        t = schedule(4)[2]
        latents = (1 - t / 1000) * past + t / 1000 * self.noises[1]
        given = Conditioning(text, network.encode_context(past, text), context_weight=_CONTEXT_WEIGHT)
        return network.denoise(latents, torch.full((1, BLOCK_FRAMES), t), given).float()


def _off(seen: Tensor, wanted: Tensor) -> float:
    return float((seen - wanted).norm() / wanted.norm())
