"""Reference pictures as prompts: an IP-Adapter and the encoder that it was taught with (Ye et al., 2023)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from lightbrush.errors import SettingsError
from lightbrush.nn.latent.attention import Hearing
from lightbrush.nn.wan.tensors import Stored, fill, open_tensors

#: What CLIP's encoders expect of red, green and blue.
_MEAN: Final = np.array((0.48145466, 0.4578275, 0.40821073), np.float32)
_SPREAD: Final = np.array((0.26862954, 0.26130258, 0.27577711), np.float32)


class Projection(nn.Module):
    """A picture's vector [P] -> tokens [tokens, C]: `image_proj` of an IP-Adapter's file."""

    def __init__(self, given: int, width: int, tokens: int) -> None:
        super().__init__()
        self.proj = nn.Linear(given, tokens * width)
        self.norm = nn.LayerNorm(width)
        self._tokens = tokens

    def forward(self, vector: Tensor) -> Tensor:
        return cast(Tensor, self.norm(self.proj(vector).unflatten(-1, (self._tokens, -1))))


class PictureReader:
    def __init__(self, encoder: CLIPVisionModelWithProjection, projection: Projection) -> None:
        self._encoder = encoder
        self._projection = projection

    @torch.no_grad()
    def read(self, rgb: NDArray[np.uint8]) -> Tensor:
        """[H, W, 3] -> [tokens, C]: its middle square is seen."""
        side = cast(int, self._encoder.config.image_size)
        fitted = ImageOps.fit(Image.fromarray(rgb), (side, side), Image.Resampling.BICUBIC)
        seen = (np.asarray(fitted, np.float32) / 255 - _MEAN) / _SPREAD
        weight = self._projection.proj.weight
        given = torch.from_numpy(seen.transpose(2, 0, 1)[None].copy()).to(weight.device, weight.dtype)
        return cast(Tensor, self._projection(self._encoder(given).image_embeds)[0])


def add_pictures(unet: UNet2DConditionModel, adapter: Path, encoder: Path) -> PictureReader:
    """Give a UNet ears for pictures. adapter: an IP-Adapter's file, of the plain kind. encoder: the folder of the
    encoder that it was taught with. Raises SettingsError: weights.format, weights.key, weights.shape."""
    weight = next(unet.parameters())
    stored = open_tensors(adapter)
    if "image_proj.proj.weight" not in stored:
        raise SettingsError(
            "weights.format",
            f"{adapter.name} is no IP-Adapter of the plain kind",
            value=", ".join(list(stored)[:2]),
            fix="Those named plus, full or faceid are not read here",
        )
    # 1. What turns a picture into tokens
    given, width = stored["image_proj.proj.weight"].shape[1], stored["image_proj.norm.weight"].shape[0]
    projection = Projection(given, width, stored["image_proj.proj.weight"].shape[0] // width)
    _fill(
        projection, {n.removeprefix("image_proj."): t for n, t in stored.items() if n.startswith("image_proj.")}, weight
    )
    # 2. What hears them: cross-attention's layers, numbered as diffusers counts all of them
    ears: dict[str, Hearing] = {}
    for i, name in enumerate(unet.attn_processors):
        ears[name] = Hearing()
        if name.endswith("attn2.processor"):
            attention = cast(Any, unet.get_submodule(name.removesuffix(".processor")))
            inner = attention.to_q.out_features
            ears[name] = Hearing(nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False))
            _fill(ears[name], _of(stored, f"ip_adapter.{i}."), weight)
    unet.set_attn_processor(ears)
    # 3. What sees
    config = CLIPVisionConfig.from_pretrained(encoder)
    with torch.device("meta"):
        eyes = CLIPVisionModelWithProjection(config)
    seen = {name: tensor for name, tensor in open_tensors(encoder).items() if not name.endswith("position_ids")}
    _fill(eyes, seen, weight)
    embeddings = eyes.vision_model.embeddings
    embeddings.position_ids = torch.arange(embeddings.num_positions, device=weight.device)[None]
    return PictureReader(eyes, projection)


def _of(stored: Mapping[str, Stored], prefix: str) -> dict[str, Stored]:
    return {name.removeprefix(prefix): tensor for name, tensor in stored.items() if name.startswith(prefix)}


def _fill(network: nn.Module, stored: Mapping[str, Stored], like: Tensor) -> None:
    fill(network, stored, like.device, lambda _: like.dtype)
    network.requires_grad_(False).eval()
