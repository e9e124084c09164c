"""How much memory a latent diffusion model takes at a size, known before it is loaded: arithmetic alone, without
PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from lightbrush.nn.latent.config import TINY_VAE_PARAMETERS, Family, FamilyId

#: What allocators and libraries take beside what is counted.
SPARE: Final = 1.1

#: Of an IP-Adapter and the encoder of pictures.
ADAPTER_PARAMETERS: Final[Mapping[FamilyId, int]] = {
    "sd15": 22_319_104 + 632_076_800,
    "sdxl": 349_000_000 + 632_076_800,
}


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
    "flux": Pass(573.0, 1536.0, 396.0),  # at 512x512, its words among them; less for each pixel of a larger picture
    "klein4b": Pass(1279.4, 1536.0, 396.0),  # likewise, with one reference picture of the same size
    "klein9b": Pass(1703.5, 1536.0, 396.0),
}

Numbers = Literal["whole", "int8", "fp8"]
"""What the network's matrices are kept in: a GPU's or CPU's own numbers, or 8 bits (`packed`)."""
Texts = Literal["device", "away", "host"]
"""Where text encoders live: on the device; in the machine's memory, and on the device while a new text is read, with
the whole VAE; or wholly in the machine's memory, where they are run too."""


@dataclass(frozen=True)
class Saving:
    """What is given up for memory."""

    numbers: Numbers = "whole"
    texts: Texts = "device"

    def __str__(self) -> str:
        texts = {"device": "", "away": "text encoders and VAE away between uses", "host": "text encoders on the CPU"}
        numbers = "" if self.numbers == "whole" else f"matrices in {self.numbers}"
        return ", ".join(told for told in (numbers, texts[self.texts]) if told)


#: The least first: a text that waits costs less than error in every picture.
SAVINGS: Final = (
    Saving(),
    Saving("whole", "away"),
    Saving("whole", "host"),
    Saving("int8", "away"),
    Saving("int8", "host"),
)
#: Where the device is the machine itself.
CPU_SAVINGS: Final = (Saving(), Saving("int8"))


def needs(
    family: Family,
    width: int,
    height: int,
    *,
    dtype_bytes: int = 2,
    adapter: bool = False,
    control_parameters: int = 0,
    guided: bool = False,
    saving: Saving = Saving(),
    more_bytes: int = 0,
) -> int:
    """Bytes on the device, SPARE among them. dtype_bytes: 2 on a GPU, 4 on a CPU. adapter: whether it has
    one; control_parameters: of what follows the sketch. guided: two passes at once. more_bytes: of adapters beside the
    network."""
    parameters = family.unet_parameters + TINY_VAE_PARAMETERS
    parameters += ADAPTER_PARAMETERS.get(family.id, 0) if adapter else 0
    parameters += control_parameters
    held = parameters * dtype_bytes + more_bytes
    if saving.numbers != "whole":
        held -= family.matrices * (dtype_bytes - 1)
    vae_bytes = (4 if family.upcast else dtype_bytes) * family.vae_parameters
    text_bytes = family.text_parameters * dtype_bytes
    passes = PASSES[family.id]
    whole = passes.vae * (1.0 if family.upcast else dtype_bytes / 2)  # counted in the numbers that it runs in on a GPU
    live = max(passes.unet * (1 + guided), passes.tiny) * dtype_bytes / 2 * width * height
    final = whole * width * height
    if saving.texts == "device":
        return int(SPARE * (held + text_bytes + vae_bytes + max(live, final)))
    encoding = text_bytes if saving.texts == "away" else 0
    return int(SPARE * (held + max(live, encoding, vae_bytes + final)))
