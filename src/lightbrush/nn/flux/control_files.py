"""FLUX's ControlNets from their files: diffusers' names, or those of XLabs, which are the original ones. As of
`nn.flux.checkpoints`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lightbrush.errors import SettingsError
from lightbrush.nn.flux.checkpoints import count, of_diffusers
from lightbrush.nn.flux.config import PATCH, FluxConfig
from lightbrush.nn.flux.control import ControlConfig
from lightbrush.nn.wan.tensors import Stored

_SEEN: Final = "controlnet_x_embedder.weight"
#: What the original files call that layer, and the convolutions that look at pixels.
_SEEN_ORIGINAL: Final = "pos_embed_input"
_HINTS: Final = re.compile(r"input_hint_block\.(\d+)\.")
_LAST_HINT: Final = 14


@dataclass(frozen=True)
class _Names:
    """Tensors by whose shapes a file says what it is like, and how it begins the names of blocks."""

    head: str
    mlp: str
    words: str
    pooled: str
    guided: str
    doubles: str
    singles: str


_DIFFUSERS: Final = _Names(
    "transformer_blocks.0.attn.norm_q.weight",
    "transformer_blocks.0.ff.net.0.proj.weight",
    "context_embedder.weight",
    "time_text_embed.text_embedder.linear_1.weight",
    "time_text_embed.guidance_embedder.linear_1.weight",
    "transformer_blocks.",
    "single_transformer_blocks.",
)
_ORIGINAL: Final = _Names(
    "double_blocks.0.img_attn.norm.query_norm.scale",
    "double_blocks.0.img_mlp.0.weight",
    "txt_in.weight",
    "vector_in.in_layer.weight",
    "guidance_in.in_layer.weight",
    "double_blocks.",
    "single_blocks.",
)


def is_flux_control(stored: Mapping[str, Stored]) -> bool:
    """Whether a file holds a ControlNet of FLUX by one of these names."""
    blocks = any(names.head in stored for names in (_DIFFUSERS, _ORIGINAL))
    return blocks and (_SEEN in stored or f"{_SEEN_ORIGINAL}.weight" in stored)


def open_flux_control(stored: Mapping[str, Stored], path: Path) -> tuple[ControlConfig, dict[str, Stored]]:
    """-> what a file without a config is like, and its tensors by our names. Raises SettingsError: weights.key, and
    what `of_diffusers` raises."""
    original = _ORIGINAL.head in stored
    found = dict(map(_ours, stored.items())) if original else dict(stored)
    config = _config(found, _ORIGINAL if original else _DIFFUSERS, path)
    return config, found if original else of_diffusers(found, config.flux)


def _ours(named: tuple[str, Stored]) -> tuple[str, Stored]:
    name, tensor = named
    name = re.sub(f"^{_SEEN_ORIGINAL}\\.", "controlnet_x_embedder.", name)
    return _HINTS.sub(lambda m: f"input_hint_block.{_hint(int(m[1]))}.", name), tensor


def _hint(place: int) -> str:
    """Every second one of a sequence is a convolution."""
    named = {0: "conv_in", _LAST_HINT: "conv_out"}
    return named.get(place, f"blocks.{place // 2 - 1}")


def _config(stored: Mapping[str, Stored], names: _Names, path: Path) -> ControlConfig:
    if lacks := [name for name in (_SEEN, names.head, names.mlp, names.words, names.pooled) if name not in stored]:
        raise SettingsError(
            "weights.key", f"{path.name} is not a whole ControlNet of FLUX", value=f"missing {lacks[0]}"
        )
    width, token = stored[_SEEN].shape
    head = stored[names.head].shape[0]
    flux = FluxConfig(
        channels=token // PATCH**2,
        heads=width // head,
        head=head,
        doubles=count(stored, names.doubles),
        singles=count(stored, names.singles),
        axes=(head // 8, 7 * head // 16, 7 * head // 16),
        words=stored[names.words].shape[1],
        pooled=stored[names.pooled].shape[1],
        guided=names.guided in stored,
        mlp=stored[names.mlp].shape[0] // width,
    )
    modes = stored.get("controlnet_mode_embedder.weight")
    pixels = "input_hint_block.conv_in.weight" in stored
    return ControlConfig(flux, 0 if modes is None else modes.shape[0], pixels)
