"""How much memory a video autoencoder takes at a size, before anything is loaded.

Not formulas that could drift from the code: the network walks through one block on the meta device, where tensors have
shapes and no bytes, and what would be allocated is counted.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lightbrush.nn.wan.autoencoder import SPACE_STRIDE_PX, TIME_STRIDE, VideoAutoencoder
from lightbrush.nn.wan.causal import State, arrange
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae
from lightbrush.nn.wan.vae import WanVae, WanVaeConfig


@dataclass(frozen=True)
class Footprint:
    """Bytes on a GPU. weights: of encoder and decoder. state: what one stream keeps between two blocks. activations:
    the most that is held at once inside a block, its input, its result and the next state among it, weights and the
    given state not; for the formulation `frames`, `volume` needs no more. What a convolution library asks for its own
    work comes on top; a compiled graph may hold less, or more where it plans for speed."""

    weights_bytes: int
    state_bytes: int
    activations_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.state_bytes + self.activations_bytes


def decode_footprint(
    config: WanVaeConfig | TinyConfig,
    width_px: int,
    height_px: int,
    latents: int = 3,
    dtype: torch.dtype = torch.bfloat16,
) -> Footprint:
    """Of decoding later blocks of so many latents. Raises ValueError: a side that is no multiple of 8."""
    network = _weightless(config, dtype)
    h, w = _latent_sides(width_px, height_px)
    given = torch.empty((latents, network.latent_channels, h, w), device="meta")
    return _footprint(network, network.decode_block, given)


def encode_footprint(
    config: WanVaeConfig | TinyConfig,
    width_px: int,
    height_px: int,
    latents: int = 3,
    dtype: torch.dtype = torch.bfloat16,
) -> Footprint:
    """Of encoding later blocks of 4 * latents frames. Raises ValueError: a side that is no multiple of 8."""
    network = _weightless(config, dtype)
    _latent_sides(width_px, height_px)
    given = torch.empty((TIME_STRIDE * latents, 3, height_px, width_px), dtype=dtype, device="meta")
    return _footprint(network, network.encode_block, given, first=network.first_frames)


def _weightless(config: WanVaeConfig | TinyConfig, dtype: torch.dtype) -> VideoAutoencoder:
    with torch.device("meta"):
        network = WanVae(config) if isinstance(config, WanVaeConfig) else TinyVae(config)
    arrange(network.requires_grad_(False), "meta", dtype, "frames")
    return network


def _latent_sides(width_px: int, height_px: int) -> tuple[int, int]:
    if width_px % SPACE_STRIDE_PX or height_px % SPACE_STRIDE_PX:
        raise ValueError(f"wan: sides must be multiples of {SPACE_STRIDE_PX} px, got {width_px} x {height_px}")
    return height_px // SPACE_STRIDE_PX, width_px // SPACE_STRIDE_PX


def _footprint(
    network: VideoAutoencoder,
    walk: Callable[[Tensor, State | None], tuple[Tensor, State]],
    given: Tensor,
    first: int = 1,
) -> Footprint:
    _, state = walk(given[:first], None)
    with _Fused(), _Allocations() as allocations:
        walk(given.clone(), state)  # arrives as a fresh tensor, as in a stream
    return Footprint(_bytes(network.parameters()), _bytes(state), allocations.peak_bytes)


def _bytes(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


class _Fused(TorchFunctionMode):
    """Norms and attention as the one kernel each that they are on a GPU; the meta device would take them apart."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in {F.rms_norm, F.scaled_dot_product_attention}:
            return torch.empty_like(args[0])
        return func(*args, **(kwargs or {}))


class _Allocations(TorchDispatchMode):
    """Counts the bytes of storages that operations make, while they live."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak_bytes = 0
        self._now_bytes = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        given = [leaf.untyped_storage() for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        made = [leaf.untyped_storage() for leaf in tree_leaves(out) if isinstance(leaf, Tensor)]
        for storage in made:
            if all(storage is not other for other in given):  # views and what is changed in place are not new
                self._now_bytes += storage.nbytes()
                weakref.finalize(storage, self._freed, storage.nbytes())
        self.peak_bytes = max(self.peak_bytes, self._now_bytes)
        return out

    def _freed(self, size_bytes: int) -> None:
        self._now_bytes -= size_bytes
