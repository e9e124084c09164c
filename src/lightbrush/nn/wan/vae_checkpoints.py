"""Weights of the video autoencoders, read from files as others publish them.

`load_wan_vae`: Wan2.1's own names (`Wan2.1_VAE.pth`, and safetensors made of it) or diffusers' (`AutoencoderKLWan`).
`load_tiny_vae`: TAEHV's names (`taew2_1.pth` or `.safetensors`). Whose names a file uses shows in the names. Files are
opened by `nn.wan.tensors`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from lightbrush.errors import SettingsError
from lightbrush.nn.wan.autoencoder import VideoAutoencoder
from lightbrush.nn.wan.causal import CausalConv, Formulation, arrange
from lightbrush.nn.wan.tensors import Stored, fill, open_tensors
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae
from lightbrush.nn.wan.vae import Attention, RmsNorm, WanVae, WanVaeConfig

#: What programs that hold the network inside another put before every name.
PREFIXES = ("model.", "vae.", "taehv.")


@dataclass(frozen=True)
class Slot:
    """Where one of our parameters lies in a file. shape: there. ours: in the network. read: from there to ours."""

    name: str
    shape: tuple[int, ...]
    ours: tuple[int, ...]
    read: Callable[[Tensor], Tensor]


Slots = Mapping[str, Slot]
Network = TypeVar("Network", bound=VideoAutoencoder)


def load_wan_vae(
    path: Path,
    config: WanVaeConfig | None = None,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    formulation: Formulation | None = None,
) -> WanVae:
    """-> the network without gradients, its parameters in dtype; config None is Wan2.1's. formulation: see `arrange`.

    Raises SettingsError: what `open_tensors` does, `weights.key` (a tensor is missing, or one is there that the network
    lacks) and `weights.shape`; the last two name the tensor.
    """
    with torch.device("meta"):
        network = WanVae(config or WanVaeConfig())
    tensors = _open(path)
    names = diffusers_names if "quant_conv.weight" in tensors else original_names
    return _filled(network, wan_slots(network, names(network.config)), tensors, path, device, dtype, formulation)


def load_tiny_vae(
    path: Path,
    config: TinyConfig | None = None,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    formulation: Formulation | None = None,
) -> TinyVae:
    """-> the network without gradients, its parameters in dtype; config None is that of `taew2_1`. Otherwise as
    `load_wan_vae`."""
    with torch.device("meta"):
        network = TinyVae(config or TinyConfig())
    tensors = _open(path)
    return _filled(network, tiny_slots(network), tensors, path, device, dtype, formulation)


def _filled(
    network: Network,
    slots: Slots,
    tensors: Mapping[str, Stored],
    path: Path,
    device: torch.device | str,
    dtype: torch.dtype,
    formulation: Formulation | None,
) -> Network:
    fill(network, _pick(slots, tensors, path), device, lambda name: dtype)
    network.eval().requires_grad_(False)
    arrange(network, device, dtype, formulation)
    return network


def _open(path: Path) -> dict[str, Stored]:
    """Without the first prefix that every name has, if any."""
    tensors = open_tensors(path)
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in tensors):
            return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    return tensors


def _pick(slots: Slots, tensors: Mapping[str, Stored], path: Path) -> dict[str, Stored]:
    """Our name -> tensor in our shape. Raises SettingsError: `weights.key`, `weights.shape`."""
    wanted = {slot.name for slot in slots.values()}
    missing, extra = sorted(wanted - tensors.keys()), sorted(tensors.keys() - wanted)
    for names, what in ((missing, "lacks"), (extra, "also holds")):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise SettingsError(
                "weights.key",
                f"{path.name} {what} {names[0]}{more}",
                value=f"{len(tensors)} tensors where the network has {len(wanted)}",
                fix="Give the file of this very network, whole",
            )
    for slot in slots.values():
        if tensors[slot.name].shape != slot.shape:
            raise SettingsError(
                "weights.shape",
                f"in {path.name} {slot.name} must be {list(slot.shape)}",
                value=list(tensors[slot.name].shape),
                fix="Give the file of this very network; a larger or smaller relative does not fit",
            )
    return {ours: _reshaped(slot, tensors[slot.name]) for ours, slot in slots.items()}


def _reshaped(slot: Slot, stored: Stored) -> Stored:
    return Stored(slot.ours, stored.size_bytes, lambda: slot.read(stored.read()))


# Names.

#: Of a module inside a layer: ours -> (Wan2.1's, diffusers').
_LEAVES = {
    "norm1.weight": ("residual.0.gamma", "norm1.gamma"),
    "conv1": ("residual.2", "conv1"),
    "norm2.weight": ("residual.3.gamma", "norm2.gamma"),
    "conv2": ("residual.6", "conv2"),
    "shortcut": ("shortcut", "conv_shortcut"),
    "norm.weight": ("norm.gamma", "norm.gamma"),
    "qkv": ("to_qkv", "to_qkv"),
    "out": ("proj", "proj"),
    "conv": ("resample.1", "resample.1"),
    "time_conv": ("time_conv", "time_conv"),
}
#: Of what stands alone in the encoder or the decoder, and beside them.
_ENDS = {
    "conv_in": ("conv1", "conv_in"),
    "norm_out.weight": ("head.0.gamma", "norm_out.gamma"),
    "conv_out": ("head.2", "conv_out"),
    "moments": ("conv1", "quant_conv"),
    "from_latent": ("conv2", "post_quant_conv"),
}
_MIDDLE = ("resnets.0", "attentions.0", "resnets.1")

Names = Callable[[str], str]


def original_names(config: WanVaeConfig) -> Names:
    """Our parameter's name -> Wan2.1's own."""
    layers = {"encoder.layers": "encoder.downsamples", "decoder.layers": "decoder.upsamples"}

    def translate(name: str) -> str:
        half, _, rest = name.partition(".")
        group, _, inner = rest.partition(".")
        if group not in {"layers", "middle"}:
            return _end(name, 0)
        index, _, leaf = inner.partition(".")
        where = layers.get(f"{half}.{group}", f"{half}.middle")
        return f"{where}.{index}.{_rename(leaf, _LEAVES, 0)}"

    return translate


def diffusers_names(config: WanVaeConfig) -> Names:
    """Our parameter's name -> diffusers'. Its decoder groups layers by stage: residual blocks, then the step up."""

    def translate(name: str) -> str:
        half, _, rest = name.partition(".")
        group, _, inner = rest.partition(".")
        if group not in {"layers", "middle"}:
            return _end(name, 1)
        index, _, leaf = inner.partition(".")
        leaf = _rename(leaf, _LEAVES, 1)
        if group == "middle":
            return f"{half}.mid_block.{_MIDDLE[int(index)]}.{leaf}"
        if half == "encoder":
            return f"encoder.down_blocks.{index}.{leaf}"
        stage, place = divmod(int(index), config.blocks + 2)
        unit = f"resnets.{place}" if place <= config.blocks else "upsamplers.0"
        return f"decoder.up_blocks.{stage}.{unit}.{leaf}"

    return translate


def _end(name: str, layout: int) -> str:
    half, _, rest = name.partition(".")
    return f"{half}.{_rename(rest, _ENDS, layout)}" if half in {"encoder", "decoder"} else _rename(name, _ENDS, layout)


def _rename(name: str, table: Mapping[str, tuple[str, str]], layout: int) -> str:
    """`conv1.bias` by its own entry, or by that of `conv1`."""
    if name in table:
        return table[name][layout]
    module, _, kind = name.rpartition(".")
    return f"{table[module][layout]}.{kind}"


# Shapes.


def wan_slots(network: WanVae, names: Names) -> dict[str, Slot]:
    """Norms and products of single pixels are stored as convolutions are, with sides of 1; both layouts agree."""
    slots = {}
    for path, module in network.named_modules():
        for kind, parameter in module.named_parameters(recurse=False):
            ours = f"{path}.{kind}"
            shape = tuple(parameter.shape)
            ones = 0
            if isinstance(module, RmsNorm):
                ones = 2 if isinstance(network.get_submodule(path.rpartition(".")[0]), Attention) else 3
            elif kind == "weight" and isinstance(module, nn.Linear):
                ones = 2
            elif kind == "weight" and path.rpartition(".")[2] in {"shortcut", "moments", "from_latent"}:
                ones = 1
            slots[ours] = Slot(names(ours), shape + (1,) * ones, shape, _reshape(shape))
    return slots


def _reshape(shape: tuple[int, ...]) -> Callable[[Tensor], Tensor]:
    return lambda stored: stored.reshape(shape)


def tiny_slots(network: TinyVae) -> dict[str, Slot]:
    """TAEHV numbers the layers of either half, those without parameters too (ReLU, Upsample, the clamp)."""
    c = network.config
    stage_layers = c.blocks + 3
    slots: dict[str, Slot] = {}

    def add(path: str, theirs: str) -> None:
        module = network.get_submodule(path)
        for kind, parameter in module.named_parameters(recurse=False):
            shape = tuple(parameter.shape)
            stored, read = shape, _reshape(shape)
            if kind == "weight" and isinstance(module, CausalConv):
                n_out, n_in, taps, *sides = shape
                stored = (n_out, taps * n_in, *sides)
                read = _pooled(taps) if module.stride[0] == taps else _remembered
            slots[f"{path}.{kind}"] = Slot(f"{theirs}.{kind}", stored, shape, read)

    def add_blocks(half: str, stage: int, first: int) -> None:
        for block in range(c.blocks):
            for conv, layer in (("conv1", 0), ("conv2", 2), ("conv3", 4)):
                add(f"{half}.stages.{stage}.blocks.{block}.{conv}", f"{half}.{first + block}.conv.{layer}")

    add("decoder.conv_in", "decoder.1")
    for stage in range(len(c.doubles_time)):
        first = 3 + stage * stage_layers
        add_blocks("decoder", stage, first)
        add(f"decoder.stages.{stage}.grow", f"decoder.{first + c.blocks + 1}.conv")
        add(f"decoder.stages.{stage}.conv", f"decoder.{first + c.blocks + 2}")
    add("decoder.conv_out", f"decoder.{4 + len(c.doubles_time) * stage_layers}")

    add("encoder.conv_in", "encoder.0")
    for stage in range(len(c.halves_time)):
        first = 2 + stage * (c.blocks + 2)
        add(f"encoder.stages.{stage}.pool", f"encoder.{first}.conv")
        add(f"encoder.stages.{stage}.conv", f"encoder.{first + 1}")
        add_blocks("encoder", stage, first + 2)
    add("encoder.conv_out", f"encoder.{2 + len(c.halves_time) * (c.blocks + 2)}")
    return slots


def _pooled(taps: int) -> Callable[[Tensor], Tensor]:
    """[O, taps I, 1, 1], the earliest frame first -> [O, I, taps, 1, 1]."""
    return lambda stored: stored.unflatten(1, (taps, -1)).transpose(1, 2)


def _remembered(stored: Tensor) -> Tensor:
    """[O, 2 I, 3, 3], the frame, then the one before -> [O, I, 2, 3, 3], time running on."""
    pairs: Tensor = stored.unflatten(1, (2, -1))
    return pairs.flip(1).transpose(1, 2)
