"""FLUX.2's transformer from its files: diffusers' folder, or the original single file. As `nn.flux.checkpoints`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lightbrush.errors import SettingsError
from lightbrush.nn.flux.checkpoints import placed
from lightbrush.nn.flux.config import PATCH
from lightbrush.nn.flux.layout import norms
from lightbrush.nn.flux2.config import Flux2Config
from lightbrush.nn.flux2.layout import places
from lightbrush.nn.wan.tensors import Stored

#: How whole files begin the names of the transformer; its own file has none of these.
_PREFIXES: Final = ("model.diffusion_model.", "")
_MARKS: Final = ("double_stream_modulation_img.lin.weight", "single_blocks.0.linear1.weight")
#: By whose shapes a file says what it is like.
_TELLING: Final = (
    "img_in.weight",
    "txt_in.weight",
    "double_blocks.0.img_attn.norm.query_norm.scale",
    "double_blocks.0.img_mlp.2.weight",
    "single_blocks.0.linear1.weight",
    "final_layer.linear.weight",
)
#: Files in 8 bits have scales beside their matrices, in ways of their own.
_SCALED: Final = ("weight_scale", "input_scale", "scale_weight", "scale_input", "comfy_quant")


def is_flux2(stored: Mapping[str, Stored]) -> bool:
    """Whether a single file holds a FLUX.2 transformer by its original names."""
    return any(all(prefix + mark in stored for mark in _MARKS) for prefix in _PREFIXES)


def original(stored: Mapping[str, Stored]) -> dict[str, Stored]:
    """The transformer's tensors of a single file; where others are there too they begin otherwise."""
    prefix = next(p for p in _PREFIXES if p + _MARKS[0] in stored)
    return {name.removeprefix(prefix): tensor for name, tensor in stored.items() if name.startswith(prefix)}


def config_of(stored: Mapping[str, Stored], path: Path) -> Flux2Config:
    """From the shapes of a single file's tensors. Raises SettingsError: weights.format, weights.key."""
    if lacks := [name for name in _TELLING if name not in stored]:
        raise SettingsError(
            "weights.key", f"{path.name} is not a whole FLUX.2 transformer", value=f"missing {lacks[0]}"
        )
    if scaled := next((name for name in stored if name.endswith(_SCALED)), None):
        raise SettingsError(
            "weights.format",
            f"{path.name} is quantised in a way that is not read here",
            value=scaled,
            fix="Take the file in bfloat16; where memory is short its matrices are made int8 when it is loaded",
        )
    width, token = stored["img_in.weight"].shape
    head = stored["double_blocks.0.img_attn.norm.query_norm.scale"].shape[0]
    outside = stored["final_layer.linear.weight"].shape[0]
    guided = "guidance_in.in_layer.weight" in stored
    if guided or outside != token:
        raise SettingsError(
            "weights.format",
            "a FLUX.2 transformer of this kind is not run here",
            value=f"{path.name}: " + ("told its guidance" if guided else f"{token} numbers a token in, {outside} out"),
            fix="Take FLUX.2 klein, of 4 or 9 billion parameters",
        )
    return Flux2Config(
        channels=token // PATCH**2,
        heads=width // head,
        head=head,
        doubles=_count(stored, "double_blocks."),
        singles=_count(stored, "single_blocks."),
        axes=(head // 4,) * 4,
        words=stored["txt_in.weight"].shape[1],
        mlp=stored["double_blocks.0.img_mlp.2.weight"].shape[1] // width,
    )


def of_diffusers(stored: Mapping[str, Stored], config: Flux2Config) -> dict[str, Stored]:
    """As `nn.flux.checkpoints.of_diffusers`."""
    return placed(stored, places(config), norms(config.doubles, config.singles))


def _count(stored: Mapping[str, Stored], prefix: str) -> int:
    return 1 + max(int(name.split(".")[1]) for name in stored if name.startswith(prefix))
