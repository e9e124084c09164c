"""Low-rank changes of a network (Hu et al., "LoRA", 2021): fused into its weights, or beside them, to be weighed anew
for each picture.

    W' = W + weight alpha / rank up down

Beside, a layer's output gets weight alpha / rank up (down x): the weights stay what they are, of whatever numbers, so
no change of a weight leaves a trace, and with all at 0 the network is the same to the last bit. All the changes of a
layer are two products, however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightbrush.errors import SettingsError
from lightbrush.nn.flux import layout as flux_layout
from lightbrush.nn.flux.layout import Place
from lightbrush.nn.flux.transformer import FluxTransformer
from lightbrush.nn.flux2 import layout as flux2_layout
from lightbrush.nn.flux2.transformer import Flux2Transformer
from lightbrush.nn.latent.packed import Packed
from lightbrush.nn.latent.quick import Window, part
from lightbrush.nn.wan.tensors import Stored, open_tensors

#: How files call the two factors: kohya's scripts, diffusers, PEFT.
_ENDS: Final = (
    (".lora_down.weight", ".lora_up.weight"),
    (".lora.down.weight", ".lora.up.weight"),
    (".lora_A.weight", ".lora_B.weight"),
)
#: How they begin the names of layers.
_NETWORK: Final = (
    "lora_unet_",
    "lora_transformer_",
    "base_model.model.unet.",
    "base_model.model.transformer.",
    "base_model.model.",
    "diffusion_model.",
    "unet.",
    "transformer.",
)
_TEXT: Final = ("lora_te", "text_encoder", "base_model.model.text_encoder")


@dataclass(frozen=True)
class Change:
    """Of one layer, its name as the file has it. scale: alpha / rank."""

    name: str
    down: Tensor
    up: Tensor
    scale: float


def is_low_rank(stored: Mapping[str, Stored]) -> bool:
    """Whether a file holds low-rank changes, as far as its names tell."""
    return any(name.endswith(down) for name in stored for down, _ in _ENDS)


def changes(path: Path, stored: Mapping[str, Stored] | None = None) -> list[Change]:
    """Those of a file; what it says of text encoders is left out.

    Raises SettingsError: weights.format for a file without any, weights.key for tensors of kinds that are not read.
    """
    stored = open_tensors(path) if stored is None else stored
    found: list[Change] = []
    used: set[str] = set()
    for name in stored:
        ends = next(((down, up) for down, up in _ENDS if name.endswith(down)), None)
        if ends is None or name.startswith(_TEXT):
            continue
        stem = name.removesuffix(ends[0])
        if stem + ends[1] not in stored:
            raise _unknown(path, [name])
        down, up = (stored[stem + end].read() for end in ends)
        alpha = float(stored[f"{stem}.alpha"].read()) if f"{stem}.alpha" in stored else float(down.shape[0])
        used |= {name, stem + ends[1], f"{stem}.alpha"}
        found.append(Change(stem, down, up, alpha / down.shape[0]))
    if not found:
        raise SettingsError(
            "weights.format", f"{path.name} holds no low-rank changes of a network", value=", ".join(list(stored)[:2])
        )
    if left := [name for name in stored if name not in used and not name.startswith(_TEXT)]:
        raise _unknown(path, left)
    return found


def _unknown(path: Path, names: Sequence[str]) -> SettingsError:
    told = ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
    return SettingsError(
        "weights.key",
        f"{path.name} holds tensors that are not read here",
        value=told,
        fix="Plain LoRAs are read; LoHa, LoKr, DoRA and whole differences are not",
    )


def layers_of(network: nn.Module) -> dict[str, Place]:
    """Every layer by each name that files have for it, dots as underscores -> where it lies."""
    found = {
        name.replace(".", "_"): Place(name, 0, layer.out_features if _linear(layer) else layer.out_channels)
        for name, layer in network.named_modules()
        if _linear(layer) or isinstance(layer, nn.Conv2d)
    }
    for name, layer in network.named_modules():
        if isinstance(layer, Window):
            found[name.replace(".", "_")] = Place(layer.layer, layer.first, layer.out_features)
    if isinstance(network, FluxTransformer):
        found |= {name.replace(".", "_"): place for name, place in flux_layout.places(network.config).items()}
    if isinstance(network, Flux2Transformer):
        found |= {name.replace(".", "_"): place for name, place in flux2_layout.places(network.config).items()}
    return found


def _linear(layer: Any) -> bool:
    return isinstance(layer, nn.Linear | Packed)


def _place(change: Change, layers: Mapping[str, Place]) -> Place:
    prefix = next((p for p in _NETWORK if change.name.startswith(p)), "")
    found = layers.get(change.name.removeprefix(prefix).replace(".", "_"))
    if found is None:
        raise SettingsError(
            "weights.key",
            "the low-rank changes are of a layer that this network has not",
            value=change.name,
            fix="They were made for another model, or are named in a way that is not read here",
        )
    return found


def _fits(change: Change, place: Place, layer: Any) -> None:
    rank = change.down.shape[0]
    inside = (layer.in_features,) if _linear(layer) else tuple(layer.weight.shape[1:])
    down = tuple(change.down.shape[1:])
    down = down[:1] if _linear(layer) and down[1:] == (1, 1) else down
    if down != inside or change.up.shape[0] != place.rows or change.up.numel() != place.rows * rank:
        raise SettingsError(
            "weights.shape",
            f"the low-rank changes of {change.name} do not fit the layer's {[place.rows, *inside]}",
            value=f"{list(change.up.shape)} and {list(change.down.shape)}",
        )


def check_changes(network: nn.Module, found: Sequence[Change]) -> None:
    """Raises SettingsError: weights.key for a layer that the network has not, weights.shape."""
    layers = layers_of(network)
    for change in found:
        place = _place(change, layers)
        _fits(change, place, network.get_submodule(place.layer))


@torch.no_grad()
def fuse(network: nn.Module, path: Path, strength: float = 1.0) -> int:
    """-> how many layers were changed. Raises SettingsError as `changes`, and weights.key for a layer that the network
    has not, weights.shape."""
    layers = layers_of(network)
    found = changes(path)
    for change in found:
        place = _place(change, layers)
        layer: Any = network.get_submodule(place.layer)
        _fits(change, place, layer)
        weight = layer.weight[place.first : place.first + place.rows]
        down, up = (factor.to(weight.device, torch.float32).flatten(1) for factor in (change.down, change.up))
        delta = _swapped(up, place) @ down * (strength * change.scale)
        weight.copy_((weight.float() + delta.view(weight.shape)).to(weight.dtype))
    return len(found)


def _swapped(up: Tensor, place: Place) -> Tensor:
    return torch.cat(up.chunk(2)[::-1]) if place.swapped else up


@dataclass
class _Branch:
    """All changes of a layer. down: [R, in], or of a convolution [R, in, h, w]; up: [out, R]; whose: [R], which weight
    each rank has."""

    down: Tensor
    up: Tensor
    whose: Tensor


class Adapters:
    """Low-rank changes beside a network, each under a name. What is captured of the network has to be captured anew
    after `add`; not after `weigh`."""

    def __init__(self, network: nn.Module, dtype: torch.dtype) -> None:
        self.names: tuple[str, ...] = ()
        self.size_bytes = 0
        self._network = network
        self._dtype = dtype
        self._device = next(network.parameters()).device
        self._branches: dict[str, _Branch] = {}
        self._weights = torch.zeros(0, device=self._device)
        self._silent = True

    def add(self, name: str, path: Path) -> int:
        """-> how many layers it changes, at weight 0 for now. Raises SettingsError as `fuse`; then nothing is added."""
        read = changes(path)
        part(self._network)
        layers = layers_of(self._network)
        found = [(change, _place(change, layers)) for change in read]
        for change, place in found:
            _fits(change, place, self._network.get_submodule(place.layer))
        number = len(self.names)
        self.names = (*self.names, name)
        self._weights = torch.cat([self._weights, torch.zeros(1, device=self._device)])
        for change, place in found:
            self._join(change, place, number)
        return len(found)

    def _join(self, change: Change, place: Place, number: int) -> None:
        layer: Any = self._network.get_submodule(place.layer)
        rank = change.down.shape[0]
        down = change.down.flatten(1) if _linear(layer) else change.down
        rows = layer.out_features if _linear(layer) else layer.out_channels
        up = torch.zeros(rows, rank)
        up[place.first : place.first + place.rows] = _swapped(change.up.flatten(1).float() * change.scale, place)
        fresh = _Branch(
            down.to(self._device, self._dtype),
            up.to(self._device, self._dtype),
            torch.full((rank,), number, device=self._device),
        )
        self.size_bytes += fresh.down.nbytes + fresh.up.nbytes
        old = self._branches.get(place.layer)
        if old is None:
            self._branches[place.layer] = fresh
            beside = self._beside_linear if _linear(layer) else self._beside_convolution
            layer.register_forward_hook(partial(beside, fresh))
        else:
            old.down = torch.cat([old.down, fresh.down])
            old.up = torch.cat([old.up, fresh.up], 1)
            old.whose = torch.cat([old.whose, fresh.whose])

    def weigh(self, weights: Mapping[str, float]) -> None:
        """By name; those that are not named weigh 0."""
        told = [float(weights.get(name, 0.0)) for name in self.names]
        self._silent = not any(told) and self._device.type == "cpu"  # a captured graph cannot leave them out
        self._weights.copy_(torch.tensor(told))

    def _beside_linear(self, branch: _Branch, layer: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> Tensor:
        if self._silent:
            return out
        heard = F.linear(given[0].to(self._dtype), branch.down) * self._weights[branch.whose].to(self._dtype)
        return out + F.linear(heard, branch.up).to(out.dtype)

    def _beside_convolution(self, branch: _Branch, layer: Any, given: tuple[Tensor, ...], out: Tensor) -> Tensor:
        if self._silent:
            return out
        heard = F.conv2d(given[0].to(self._dtype), branch.down, None, layer.stride, layer.padding, layer.dilation)
        weights = self._weights[branch.whose].to(self._dtype).view(-1, 1, 1)
        return out + F.conv2d(heard * weights, branch.up[:, :, None, None]).to(out.dtype)
