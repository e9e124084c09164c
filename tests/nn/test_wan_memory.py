"""The arithmetic of memory is that of the network: checked by walking it on the meta device."""

import dataclasses
import weakref
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lightbrush.errors import ShotError
from lightbrush.nn.wan.config import WAN_1_3B, WAN_14B, WanConfig
from lightbrush.nn.wan.memory import estimate
from lightbrush.nn.wan.transformer import Conditioning, Control, WanTransformer, in_float32

F = torch.nn.functional
GIB = 1 << 30


class Fused(TorchFunctionMode):
    """Norms and attention as the one kernel each that they are on a device; the meta device would take them apart."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in {F.rms_norm, F.layer_norm, F.scaled_dot_product_attention}:
            return torch.empty_like(args[0])
        return func(*args, **(kwargs or {}))


class Held(TorchDispatchMode):
    """Counts bytes of storages while they live."""

    now = peak = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        given = {x.untyped_storage()._cdata for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)}
        for x in tree_leaves(out):
            if isinstance(x, Tensor) and x.untyped_storage()._cdata not in given:
                storage = x.untyped_storage()
                self.now += storage.nbytes()
                weakref.finalize(storage, self.free, storage.nbytes())
        self.peak = max(self.peak, self.now)
        return out

    def free(self, size: int) -> None:
        self.now -= size


def bytes_of(tensors: Any) -> int:
    return sum(x.nbytes for x in tensors)


def network_of(config: WanConfig, dtype: torch.dtype) -> WanTransformer:
    with torch.device("meta"):
        network = WanTransformer(config).requires_grad_(False)
    for name, parameter in network.named_parameters():
        if not in_float32(name):
            parameter.data = parameter.data.to(dtype)
    return network


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize(
    ("config", "width", "height"),
    [
        (WAN_14B, 832, 480),
        (WAN_1_3B, 640, 352),
        (WAN_1_3B, 320, 192),
        (dataclasses.replace(WAN_1_3B, vace_layers=tuple(range(0, 30, 2))), 832, 480),
    ],
)
@torch.no_grad()
def test_the_estimate_is_what_the_network_holds(config: WanConfig, width: int, height: int, dtype: torch.dtype) -> None:
    if dtype == torch.float32:  # what a layer more holds is seen in the other
        config = dataclasses.replace(config, layers=4, vace_layers=config.vace_layers[:2])
    network = network_of(config, dtype)
    told = estimate(config, width, height, dtype_bytes=dtype.itemsize)
    assert told.weights_bytes == bytes_of(network.parameters())
    latents = torch.empty(1, 16, 3, height // 8, width // 8, device="meta")
    text = network.encode_text(torch.empty(1, config.text_len, config.text_dim, device="meta"))
    assert told.text_bytes == bytes_of([*text.keys, *text.values])
    context = network.encode_context(latents, text)
    assert told.context_bytes == bytes_of([*context.keys, *context.values])
    control = None
    if config.vace_layers:
        control = Control(torch.empty(1, config.vace_channels, 3, height // 8, width // 8, device="meta"))
    with Fused(), Held() as held:
        network.denoise(latents, torch.empty(1, 3, device="meta"), Conditioning(text, context, control=control))
    assert told.activations_bytes == pytest.approx(held.peak, rel=0.1)


def test_what_a_card_must_hold() -> None:
    """The figures that people choose a card by."""
    at_480 = estimate(WAN_14B, 832, 480)
    assert at_480.weights_bytes / GIB == pytest.approx(27.0, abs=0.1)
    assert at_480.context_bytes / GIB == pytest.approx(3.57, abs=0.01)
    assert at_480.total_bytes < 33 * GIB
    assert estimate(WAN_14B, 832, 480, text_keys=64).text_bytes < at_480.text_bytes / 7
    assert estimate(WAN_1_3B, 832, 480).total_bytes < 5 * GIB
    with pytest.raises(ShotError, match=r"shot\.size"):
        estimate(WAN_14B, 833, 480)
