"""Low-rank changes of a UNet (Hu et al., "LoRA", 2021), fused into its weights: afterwards they cost nothing.

W' = W + strength alpha / rank up down
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from lightbrush.errors import SettingsError
from lightbrush.nn.wan.tensors import Stored, open_tensors

#: How files call the two factors: kohya's scripts, diffusers, PEFT.
_ENDS: Final = (
    (".lora_down.weight", ".lora_up.weight"),
    (".lora.down.weight", ".lora.up.weight"),
    (".lora_A.weight", ".lora_B.weight"),
)
_UNET: Final = ("lora_unet_", "unet.", "base_model.model.unet.")
_TEXT: Final = ("lora_te", "text_encoder")


@torch.no_grad()
def fuse(unet: nn.Module, path: Path, strength: float = 1.0) -> int:
    """-> how many layers were changed. What a file says of text encoders is left out.

    Raises SettingsError: weights.format for a file without low-rank changes, weights.key for a layer that the UNet has
    not, weights.shape.
    """
    stored = open_tensors(path)
    layers = {name.replace(".", "_"): module for name, module in unet.named_modules()}
    changed = 0
    for name in stored:
        for down, up in _ENDS:
            if name.endswith(down) and not name.startswith(_TEXT):
                _change(layers, name.removesuffix(down), stored, down, up, strength)
                changed += 1
    if not changed:
        raise SettingsError(
            "weights.format", f"{path.name} holds no low-rank changes of a UNet", value=", ".join(list(stored)[:2])
        )
    return changed


def _change(
    layers: dict[str, nn.Module], stem: str, stored: dict[str, Stored], down: str, up: str, strength: float
) -> None:
    prefix = next((p for p in _UNET if stem.startswith(p)), "")
    layer = layers.get(stem.removeprefix(prefix).replace(".", "_"))
    weight = getattr(layer, "weight", None)
    if not isinstance(weight, Tensor) or stem + up not in stored:
        raise SettingsError(
            "weights.key",
            "the low-rank changes are of a layer that this UNet has not",
            value=stem,
            fix="They were made for another model, or are named in a way that is not read here",
        )
    device = weight.device
    first, second = (stored[stem + end].read().to(device, torch.float32) for end in (down, up))
    rank = first.shape[0]
    alpha = float(stored[f"{stem}.alpha"].read()) if f"{stem}.alpha" in stored else float(rank)
    delta = (second.flatten(1) @ first.flatten(1)) * (strength * alpha / rank)
    if delta.numel() != weight.numel() or delta.shape[0] != weight.shape[0]:
        raise SettingsError(
            "weights.shape",
            f"the low-rank changes of {stem} do not fit the layer's {list(weight.shape)}",
            value=list(delta.shape),
        )
    weight.copy_((weight.float() + delta.view(weight.shape)).to(weight.dtype))
