"""FLUX.1's transformer (Black Forest Labs, 2024), with the names and the fused matrices of its original files.

    from words and patches:  double blocks, in which both attend to each other with weights of their own,
    then, as one sequence:   single blocks, in which attention and the feed-forward part are one matrix in and one out

What a block multiplies by comes from time, pooled words and guidance alone (AdaLN; Peebles and Xie, "DiT", 2022).
Positions turn queries and keys (RoPE; Su et al., 2021); words have none. Three quarters of diffusers' kernels are not
there: queries, keys and values are one product, so are a single block's two parts, and turning is one expression.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from lightbrush.nn.flux.config import PATCH, FluxConfig

_EPS = 1e-6
#: cuDNN's attention, which Hopper takes first, does not take every bias.
_BIASED = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]


class Trunk(nn.Module):
    """What the network and its ControlNets have in common: how they hear and see, and their blocks."""

    def __init__(self, flux: FluxConfig) -> None:
        super().__init__()
        d = flux.width
        self.img_in = nn.Linear(flux.token, d)
        self.txt_in = nn.Linear(flux.words, d)
        self.time_in = Told(256, d)
        self.vector_in = Told(flux.pooled, d)
        if flux.guided:
            self.guidance_in = Told(256, d)
        self.double_blocks = nn.ModuleList(Double(flux) for _ in range(flux.doubles))
        self.single_blocks = nn.ModuleList(Single(flux) for _ in range(flux.singles))

    def told(self, time: Tensor, pooled: Tensor, guidance: Tensor | None, dtype: torch.dtype) -> Tensor:
        """What modulates blocks, [B, width]. time [1], pooled [B, pooled]; guidance [1], of a guided one, or None."""
        told = self.time_in(waves(time, dtype)) + self.vector_in(pooled)
        if guidance is not None:
            told = told + self.guidance_in(waves(1000 * guidance, dtype))
        return F.silu(told)


class FluxTransformer(Trunk):
    """Called as diffusers' UNets are, so that one painter serves both."""

    def __init__(self, config: FluxConfig) -> None:
        super().__init__(config)
        self.config = config
        self.final_layer = _Final(config)

    def forward(
        self,
        noisy: Tensor,
        time: Tensor,
        words: Tensor,
        *,
        added_cond_kwargs: Mapping[str, Tensor],
        guidance: Tensor | None = None,
        turn: Tensor | None = None,
        places: Tensor | None = None,
        bias: Tensor | None = None,
        after_doubles: Sequence[Tensor] = (),
        after_singles: Sequence[Tensor] = (),
        cross_attention_kwargs: None = None,
        return_dict: bool = False,
    ) -> tuple[Tensor]:
        """noisy [B, channels, h, w], h and w even; time [1], 1000 for noise alone to 0; words [B, T, words];
        text_embeds of added_cond_kwargs [B, pooled]; guidance [1], of a guided one; turn: as `turning` gives
        it, by default asked for here; places [P, B, T, words], what parts of the picture hear, and bias [N, N] of all
        tokens, see `nn.flux.regions`; after_doubles, after_singles: what a ControlNet adds to the picture after each
        block, [B, h w / PATCH^2, width]. -> ([B, channels, h, w],), the way from the picture to the noise."""
        batch, channels, h, w = noisy.shape
        # 1. what modulates
        literal = guidance if self.config.guided else None
        told = self.told(time, added_cond_kwargs["text_embeds"], literal, noisy.dtype)
        # 2. patches and words, and where they are
        image = self.img_in(patched(noisy))
        text = self.txt_in(words if places is None else torch.cat([words, *places], 1))
        if turn is None:
            turn = self.turning(words.shape[1], text.shape[1] // words.shape[1], [(h, w)], noisy.device)
        # 3. blocks
        for block, more in zip_longest(self.double_blocks, after_doubles):
            image, text = block(image, text, told, turn, bias)
            if more is not None:
                image = image + more
        joined = torch.cat([text, image], 1)
        for block, more in zip_longest(self.single_blocks, after_singles):
            joined = block(joined, told, turn, bias)
            if more is not None:
                joined[:, text.shape[1] :] += more
        # 4. back to latents
        out = self.final_layer(joined[:, text.shape[1] :], told)
        out = out.reshape(batch, h // PATCH, w // PATCH, channels, PATCH, PATCH)
        return (out.permute(0, 3, 1, 4, 2, 5).reshape(batch, channels, h, w),)

    def turning(self, words: int, texts: int, sizes: Sequence[tuple[int, int]], device: torch.device) -> Tensor:
        """By what queries and keys turn: of so many texts of so many words each, then of a picture of latents [h, w],
        the first of sizes."""
        h, w = sizes[0]
        return turns(self.config, words * texts, h // PATCH, w // PATCH, device)


def patched(latent: Tensor) -> Tensor:
    """[B, channels, h, w] -> [B, h w / PATCH^2, channels PATCH^2]."""
    batch, channels, h, w = latent.shape
    patches = latent.reshape(batch, channels, h // PATCH, PATCH, w // PATCH, PATCH)
    return patches.permute(0, 2, 4, 1, 3, 5).reshape(batch, -1, channels * PATCH * PATCH)


class Told(nn.Module):
    """A vector -> the width of the network."""

    def __init__(self, given: int, width: int) -> None:
        super().__init__()
        self.in_layer = nn.Linear(given, width)
        self.out_layer = nn.Linear(width, width)

    def forward(self, vector: Tensor) -> Tensor:
        return cast(Tensor, self.out_layer(F.silu(self.in_layer(vector))))


class _Modulation(nn.Module):
    def __init__(self, width: int, parts: int) -> None:
        super().__init__()
        self.lin = nn.Linear(width, parts * width)
        self._parts = parts

    def forward(self, told: Tensor) -> tuple[Tensor, ...]:
        """-> [B, 1, width] each: shift, scale and gate, once or twice."""
        return cast(Tensor, self.lin(told))[:, None].chunk(self._parts, -1)


class _Scaled(nn.Module):
    """RMSNorm of a head (Zhang and Sennrich, 2019)."""

    def __init__(self, head: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(head))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.scale.shape, self.scale, _EPS)


class Norms(nn.Module):
    def __init__(self, head: int) -> None:
        super().__init__()
        self.query_norm = _Scaled(head)
        self.key_norm = _Scaled(head)

    def forward(self, qkv: Tensor, heads: int) -> tuple[Tensor, Tensor, Tensor]:
        """[B, N, 3 * width] -> queries, keys and values [B, heads, N, head]."""
        query, key, value = qkv.unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4).unbind()
        return self.query_norm(query), self.key_norm(key), value


class _Attention(nn.Module):
    """Of one stream of a double block; both streams attend at once, in the block."""

    def __init__(self, width: int, head: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.norm = Norms(head)
        self.proj = nn.Linear(width, width)


def _mlp(width: int, times: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, times * width), nn.GELU(approximate="tanh"), nn.Linear(times * width, width))


class Double(nn.Module):
    def __init__(self, config: FluxConfig) -> None:
        super().__init__()
        d, self._heads = config.width, config.heads
        self.img_mod, self.txt_mod = _Modulation(d, 6), _Modulation(d, 6)
        self.img_attn, self.txt_attn = _Attention(d, config.head), _Attention(d, config.head)
        self.img_mlp, self.txt_mlp = _mlp(d, config.mlp), _mlp(d, config.mlp)

    def forward(
        self, image: Tensor, text: Tensor, told: Tensor, turn: Tensor, bias: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        of_image, of_text = self.img_mod(told), self.txt_mod(told)
        image_parts = self.img_attn.norm(self.img_attn.qkv(moved(image, *of_image[:2])), self._heads)
        text_parts = self.txt_attn.norm(self.txt_attn.qkv(moved(text, *of_text[:2])), self._heads)
        query, key, value = (torch.cat(both, 2) for both in zip(text_parts, image_parts, strict=True))
        heard, seen = attend(query, key, value, turn, bias).split([text.shape[1], image.shape[1]], 1)
        return (
            _after(image, seen, self.img_attn.proj, self.img_mlp, of_image),
            _after(text, heard, self.txt_attn.proj, self.txt_mlp, of_text),
        )


def _after(x: Tensor, attended: Tensor, proj: nn.Module, mlp: nn.Module, mod: tuple[Tensor, ...]) -> Tensor:
    x = torch.addcmul(x, mod[2], proj(attended))
    return torch.addcmul(x, mod[5], mlp(moved(x, mod[3], mod[4])))


class Single(nn.Module):
    def __init__(self, config: FluxConfig) -> None:
        super().__init__()
        d, m, self._heads = config.width, config.mlp * config.width, config.heads
        self._sizes = [3 * d, m]
        self.modulation = _Modulation(d, 3)
        self.linear1 = nn.Linear(d, 3 * d + m)
        self.norm = Norms(config.head)
        self.linear2 = nn.Linear(d + m, d)

    def forward(self, x: Tensor, told: Tensor, turn: Tensor, bias: Tensor | None) -> Tensor:
        shift, scale, gate = self.modulation(told)
        qkv, mlp = self.linear1(moved(x, shift, scale)).split(self._sizes, -1)
        attended = self._attended(qkv, turn, bias)
        return torch.addcmul(x, gate, self.linear2(torch.cat([attended, F.gelu(mlp, approximate="tanh")], -1)))

    def _attended(self, qkv: Tensor, turn: Tensor, bias: Tensor | None) -> Tensor:
        """Queries, keys and values are let go before what comes after."""
        query, key, value = self.norm(qkv, self._heads)
        return attend(query, key, value, turn, bias)


class _Final(nn.Module):
    def __init__(self, config: FluxConfig) -> None:
        super().__init__()
        self.linear = nn.Linear(config.width, config.token)
        self.adaLN_modulation = nn.Sequential(nn.Identity(), nn.Linear(config.width, 2 * config.width))

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        shift, scale = self.adaLN_modulation(told)[:, None].chunk(2, -1)
        return cast(Tensor, self.linear(moved(x, shift, scale)))


def moved(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """x of mean 0 and length 1, scaled and shifted."""
    return torch.addcmul(shift, F.layer_norm(x, x.shape[-1:], eps=_EPS), 1 + scale)


def attend(query: Tensor, key: Tensor, value: Tensor, turn: Tensor, bias: Tensor | None = None) -> Tensor:
    """[B, heads, N, head] each -> [B, N, width]. bias: [N, N], added to the logits of each query and key."""
    query, key = _turned(query, turn), _turned(key, turn)
    if bias is None:
        out = F.scaled_dot_product_attention(query, key, value)
    else:
        with sdpa_kernel(_BIASED):
            out = F.scaled_dot_product_attention(query, key, value, attn_mask=bias[None, None])
    return out.transpose(1, 2).flatten(2)


def _turned(x: Tensor, turn: Tensor) -> Tensor:
    """Each pair of numbers by its angle. turn: [2, N, head / 2], cosines and sines, float32."""
    cosine, sine = turn
    a, b = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([a * cosine - b * sine, b * cosine + a * sine], -1).flatten(-2).to(x.dtype)


def waves(told: Tensor, dtype: torch.dtype) -> Tensor:
    """A number [B] -> [B, 256]: cosines and sines of 128 frequencies."""
    frequency = torch.exp(torch.arange(128, device=told.device, dtype=torch.float32) * (-math.log(10_000) / 128))
    angle = told.float()[:, None] * frequency
    return torch.cat([angle.cos(), angle.sin()], -1).to(dtype)


@lru_cache(maxsize=16)
def turns(config: FluxConfig, words: int, rows: int, columns: int, device: torch.device) -> Tensor:
    """[2, words + rows * columns, head / 2]: words lie at 0, patches at (0, row, column)."""
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    places = torch.zeros(words + rows * columns, len(config.axes), dtype=torch.float64)
    places[words:, 1], places[words:, 2] = row.flatten(), column.flatten()
    return angles(places, config.axes, config.theta).to(device)


def angles(places: Tensor, axes: Sequence[int], theta: int) -> Tensor:
    """[N, axes], where tokens lie, float64 -> [2, N, head / 2]: cosines and sines, float32."""
    found = []
    for axis, size in enumerate(axes):
        frequency = theta ** -(torch.arange(0, size, 2, dtype=torch.float64) / size)
        found.append(places[:, axis, None] * frequency)
    angle = torch.cat(found, 1)
    return torch.stack([angle.cos(), angle.sin()]).float()
