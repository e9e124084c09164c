"""What follows a sketch, from its files: ControlNets of Stable Diffusion and of FLUX, and T2I-Adapters; a folder in
diffusers' layout, or a single file. Read as `nn.latent.networks` reads networks, with the same errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import ControlNetModel, T2IAdapter
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
from torch import nn

from lightbrush.errors import SettingsError
from lightbrush.nn.flux.checkpoints import of_diffusers
from lightbrush.nn.flux.config import FluxConfig
from lightbrush.nn.flux.control import ControlConfig, FluxControl
from lightbrush.nn.flux.control_files import is_flux_control, open_flux_control
from lightbrush.nn.latent.config import Config, Family
from lightbrush.nn.latent.following import Follower
from lightbrush.nn.latent.networks import Progress, check_pickle, folder_part, read_json
from lightbrush.nn.wan.tensors import Stored, check_fit, fill, open_tensors

_KINDS: Final = ("ControlNetModel", "FluxControlNetModel", "T2IAdapter")
#: By which single files are told: of ControlNets by diffusers' names and the original ones, and of T2I-Adapters.
_CONTROLNET: Final = "controlnet_cond_embedding.conv_in.weight"
_CONTROLNET_ORIGINAL: Final = re.compile(r"(control_model\.)?input_hint_block\.0\.weight")
_ADAPTER: Final = "adapter.conv_in.weight"
_ADAPTER_ORIGINAL: Final = "body.0.block1.weight"
#: Blocks of two layers each, in files that number them all alike.
_ADAPTER_LAYERS: Final = 2
_ADAPTER_CHANNELS: Final = (320, 640, 1280, 1280)


class OtherFamilyError(SettingsError):
    """weights.format of what was made for networks of another family."""


@dataclass(frozen=True, eq=False)
class Control:
    """What follows a sketch, its tensors not read yet. network: on the meta device. stored: by its names."""

    network: nn.Module
    stored: Mapping[str, Stored]

    @property
    def parameters(self) -> int:
        return sum(torch.Size(tensor.shape).numel() for tensor in self.stored.values())

    def build(
        self, device: torch.device, dtype: torch.dtype, progress: Progress = lambda what, done, total: None
    ) -> Follower:
        fill(self.network, self.stored, device, lambda _: dtype, partial(progress, "what follows the sketch"))
        network: Any = self.network.requires_grad_(False).eval()
        return network


def open_control(path: Path, family: Family, *, pickles: bool = False) -> Control:
    """path: a folder with config.json, or a file. family: of the network that it is to stand beside. pickles: as of
    `nn.latent.networks.open_model`.

    Raises SettingsError: weights.missing, weights.damaged, weights.format (also of one that was made for another
    family), weights.key, weights.shape.
    """
    network, stored = (_of_folder if path.is_dir() else _of_file)(path, family, pickles)
    check_fit(network, stored)
    return Control(network, stored)


def is_control(stored: Mapping[str, Stored]) -> bool:
    """Whether a single file holds one of these."""
    return is_flux_control(stored) or _is_controlnet(stored) or _is_adapter(stored)


def is_control_folder(path: Path) -> bool:
    """Whether a folder says that it is one of these."""
    config = path / "config.json"
    return config.is_file() and read_json(config).get("_class_name") in _KINDS


def _of_folder(path: Path, family: Family, pickles: bool) -> tuple[nn.Module, Mapping[str, Stored]]:
    part = folder_part(path, "diffusion_pytorch_model", pickles)
    kind = part.config.get("_class_name")
    if kind == "FluxControlNetModel":
        config = ControlConfig.of_diffusers(part.config)
        return _flux(config, family, path), of_diffusers(part.stored, config.flux)
    if kind == "T2IAdapter":
        return _adapter(part.config, family, path), part.stored
    if kind == "ControlNetModel":
        return _controlnet(part.config, family, path), part.stored
    raise SettingsError(
        "weights.format",
        f"{path.name} is nothing that follows a sketch, as far as its config.json says",
        value=kind or "of no class",
        fix="A ControlNet or a T2I-Adapter in diffusers' layout: ControlNetModel, FluxControlNetModel or T2IAdapter",
    )


def _of_file(path: Path, family: Family, pickles: bool) -> tuple[nn.Module, Mapping[str, Stored]]:
    check_pickle(path, pickles)
    stored: Mapping[str, Stored] = open_tensors(path)
    if is_flux_control(stored):
        config, named = open_flux_control(stored, path)
        return _flux(config, family, path), named
    if _is_adapter(stored):
        if _ADAPTER not in stored:
            stored = {_adapter_name(name): tensor for name, tensor in stored.items()}
        return _adapter(_adapter_config(stored), family, path), stored
    if _is_controlnet(stored):
        down = {k: v for k, v in family.unet.items() if k not in ("up_block_types", "sample_size")}
        if _CONTROLNET not in stored:
            stored = convert_controlnet_checkpoint(dict(stored), down) | _told_sizes(stored)
        return _controlnet(down, family, path), stored
    raise SettingsError(
        "weights.format",
        f"{path.name} is no ControlNet and no T2I-Adapter",
        value=", ".join(list(stored)[:2]),
        fix="One of Stable Diffusion 1.5, XL or FLUX.1, with diffusers' names or the original ones",
    )


def _told_sizes(stored: Mapping[str, Stored]) -> dict[str, Stored]:
    """SDXL's layers that are told a picture's size, of which diffusers' list of original names says nothing."""
    found = re.compile(r"(?:control_model\.)?label_emb\.0\.([02])\.(weight|bias)")
    told = {name: found.fullmatch(name) for name in stored}
    return {f"add_embedding.linear_{1 + int(m[1]) // 2}.{m[2]}": stored[name] for name, m in told.items() if m}


def _is_controlnet(stored: Mapping[str, Stored]) -> bool:
    return _CONTROLNET in stored or any(map(_CONTROLNET_ORIGINAL.fullmatch, stored))


def _is_adapter(stored: Mapping[str, Stored]) -> bool:
    return _ADAPTER in stored or (_ADAPTER_ORIGINAL in stored and "conv_in.weight" in stored)


def _elsewhere(path: Path, family: Family, told: object) -> OtherFamilyError:
    return OtherFamilyError(
        "weights.format",
        f"{path.name} does not fit networks like {family.name}: it was made for another kind",
        value=told,
    )


def _flux(config: ControlConfig, family: Family, path: Path) -> FluxControl:
    if family.id != "flux":
        raise _elsewhere(path, family, "a ControlNet of FLUX.1")
    config.check(FluxConfig.of_diffusers(family.unet))
    with torch.device("meta"):
        return FluxControl(config)


def _controlnet(config: Config, family: Family, path: Path) -> ControlNetModel:
    heard, wanted = config.get("cross_attention_dim", 1280), family.unet.get("cross_attention_dim")
    if heard != wanted:
        raise _elsewhere(path, family, f"it hears words of {heard} numbers, not {wanted}")
    with torch.device("meta"):
        network: ControlNetModel = ControlNetModel.from_config(dict(config))
    return network


def _adapter(config: Config, family: Family, path: Path) -> T2IAdapter:
    levels = family.unet.get("block_out_channels", ())
    made_for = [*levels, levels[-1]] if len(levels) == 3 else [*levels]  # of three the middle is told too
    said = list(config.get("channels", _ADAPTER_CHANNELS))
    kind = "full_adapter_xl" if len(levels) == 3 else "full_adapter"
    if said != made_for or config.get("adapter_type", "full_adapter") != kind:
        raise _elsewhere(path, family, f"{config.get('adapter_type', 'full_adapter')} of {said}")
    with torch.device("meta"):
        network: T2IAdapter = T2IAdapter.from_config(dict(config))
    return network


def _adapter_config(stored: Mapping[str, Stored]) -> Config:
    """XL's makes sixteen pixels one place at once, the other eight."""
    given = stored[_ADAPTER].shape[1]
    factor = 16 if given % 16**2 == 0 else 8
    channels = [stored[f"adapter.body.{i}.resnets.0.block1.weight"].shape[0] for i in range(_levels(stored))]
    return {
        "in_channels": given // factor**2,
        "channels": channels,
        "num_res_blocks": _ADAPTER_LAYERS,
        "downscale_factor": factor,
        "adapter_type": "full_adapter_xl" if factor == 16 else "full_adapter",
    }


def _levels(stored: Mapping[str, Stored]) -> int:
    return 1 + max(int(name.split(".")[2]) for name in stored if name.startswith("adapter.body."))


def _adapter_name(name: str) -> str:
    """diffusers' of an original one, whose layers are numbered through all levels."""
    found = re.fullmatch(r"body\.(\d+)\.(.+)", name)
    if found is None:
        return f"adapter.{name}"
    level, layer = divmod(int(found[1]), _ADAPTER_LAYERS)
    inner = found[2] if found[2].startswith("in_conv.") else f"resnets.{layer}.{found[2]}"
    return f"adapter.body.{level}.{inner}"
