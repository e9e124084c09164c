"""How much memory a latent diffusion model takes at a size, known before it is loaded: arithmetic alone, without
PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lightbrush.nn.latent.config import TINY_VAE_PARAMETERS, VAE_PARAMETERS, Family, FamilyId

#: What allocators and libraries take beside what is counted.
SPARE: Final = 1.1

#: Of an IP-Adapter and the encoder of pictures; of a ControlNet.
ADAPTER_PARAMETERS: Final[Mapping[FamilyId, int]] = {
    "sd15": 22_319_104 + 632_076_800,
    "sdxl": 349_000_000 + 632_076_800,
}
CONTROL_PARAMETERS: Final[Mapping[FamilyId, int]] = {"sd15": 361_279_120, "sdxl": 1_251_014_160}


@dataclass(frozen=True)
class Pass:
    """The most bytes that are held at once for each pixel of a picture, inside the UNet, and inside the whole VAE and
    the tiny one either way; counted on the meta device, which a test repeats."""

    unet: float
    vae: float
    tiny: float


PASSES: Final[Mapping[FamilyId, Pass]] = {
    "sd15": Pass(260.0, 1536.1, 396.0),
    "sd21": Pass(260.0, 1536.1, 396.0),
    "sdxl": Pass(157.5, 3072.5, 396.0),
}


def needs(
    family: Family,
    width: int,
    height: int,
    *,
    dtype_bytes: int = 2,
    adapter: bool = False,
    control: bool = False,
    guided: bool = False,
) -> int:
    """Bytes, SPARE among them. dtype_bytes: 2 on a GPU, 4 on a CPU. adapter, control: whether it has these parts.
    guided: two passes at once."""
    parameters = family.unet_parameters + family.text_parameters + TINY_VAE_PARAMETERS
    parameters += ADAPTER_PARAMETERS.get(family.id, 0) if adapter else 0
    parameters += CONTROL_PARAMETERS.get(family.id, 0) if control else 0
    vae_bytes = (4 if family.upcast else dtype_bytes) * VAE_PARAMETERS
    passes = PASSES[family.id]
    whole = passes.vae * (1.0 if family.upcast else dtype_bytes / 2)  # counted in the numbers that it runs in on a GPU
    working = max(max(passes.unet * (1 + guided), passes.tiny) * dtype_bytes / 2, whole) * width * height
    return int(SPARE * (parameters * dtype_bytes + vae_bytes + working))
