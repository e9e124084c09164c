"""Weights of the video autoencoders, read from files as others publish them.

`load_wan_vae`: Wan2.1's own names (`Wan2.1_VAE.pth`, and safetensors made of it) or diffusers' (`AutoencoderKLWan`).
`load_tiny_vae`: TAEHV's names (`taew2_1.pth` or `.safetensors`). What kind of file it is shows in its first bytes,
whose names it uses in the names. Files are mapped, not read, and pickles may hold tensors only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from lightbrush.errors import SettingsError
from lightbrush.nn.wan.autoencoder import VideoAutoencoder
from lightbrush.nn.wan.causal import CausalConv, Formulation, arrange
from lightbrush.nn.wan.tiny_decoder import TinyConfig, TinyVae
from lightbrush.nn.wan.vae import Attention, RmsNorm, WanVae, WanVaeConfig

#: What programs that hold the network inside another put before every name.
PREFIXES = ("model.", "vae.", "taehv.")


@dataclass(frozen=True)
class Slot:
    """Where one of our parameters lies in a file. read: from the file's shape to ours."""

    name: str
    shape: tuple[int, ...]
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

    Raises SettingsError: `weights.missing` (no such file), `weights.damaged` (it cannot be read), `weights.key` (a
    tensor is missing, or one is there that the network lacks), `weights.shape`; the last two name the tensor.
    """
    with torch.device("meta"):
        network = WanVae(config or WanVaeConfig())
    tensors = read_tensors(path)
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
    tensors = read_tensors(path)
    return _filled(network, tiny_slots(network), tensors, path, device, dtype, formulation)


def _filled(
    network: Network,
    slots: Slots,
    tensors: Mapping[str, Tensor],
    path: Path,
    device: torch.device | str,
    dtype: torch.dtype,
    formulation: Formulation | None,
) -> Network:
    network.load_state_dict(pick(slots, tensors, path), assign=True)
    network.eval().requires_grad_(False)
    arrange(network, device, dtype, formulation)
    return network


# Files.


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a file of weights by its name, on the CPU, mapped: bytes are read from the disk when used.

    Reads safetensors and what `torch.save` wrote of a dict of tensors. A prefix of `PREFIXES` that all names share is
    cut off. Raises SettingsError: `weights.missing`, `weights.damaged`.
    """
    if not path.is_file():
        raise SettingsError("weights.missing", "there is no such file of weights", value=str(path))
    with path.open("rb") as file:
        zipped = file.read(4) == b"PK\3\4"  # torch.save since PyTorch 1.6; only this form can be mapped
    try:
        if zipped or path.suffix in {".pth", ".pt", ".ckpt", ".bin"}:
            tensors = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
        else:
            with safe_open(str(path), framework="pt") as opened:
                tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 (it is not a dict)
    except (SafetensorError, UnpicklingError, RuntimeError, ValueError, EOFError, OSError) as error:
        why = str(error).partition("\n")[0]
        raise SettingsError(
            "weights.damaged", f"a file of weights cannot be read: {why}", value=str(path), fix="Fetch it again"
        ) from None
    if not isinstance(tensors, dict) or not tensors:
        raise SettingsError("weights.damaged", "a file of weights holds no dict of tensors", value=str(path))
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise SettingsError("weights.damaged", f"a file of weights holds {name!r}, no tensor", value=str(path))
    return strip_prefix(tensors)


def strip_prefix(tensors: Mapping[str, Tensor], prefixes: Iterable[str] = PREFIXES) -> dict[str, Tensor]:
    """Without the first prefix that every name has, if any."""
    for prefix in prefixes:
        if all(name.startswith(prefix) for name in tensors):
            return {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    return dict(tensors)


def pick(slots: Slots, tensors: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
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
    state = {}
    for ours, slot in slots.items():
        tensor = tensors[slot.name]
        if tuple(tensor.shape) != slot.shape:
            raise SettingsError(
                "weights.shape",
                f"in {path.name} {slot.name} must be {list(slot.shape)}",
                value=list(tensor.shape),
                fix="Give the file of this very network; a larger or smaller relative does not fit",
            )
        state[ours] = slot.read(tensor)
    return state


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
            slots[ours] = Slot(names(ours), shape + (1,) * ones, _reshape(shape))
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
            slots[f"{path}.{kind}"] = Slot(f"{theirs}.{kind}", stored, read)

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
