"""FLUX.2's transformer (Black Forest Labs, 2025), with the names and the fused matrices of its original files.

As FLUX.1's (`nn.flux.transformer`), but what blocks multiply by is computed once for all of them, feed-forward parts
are gated (SwiGLU; Shazeer, 2020), nothing has a bias, and reference pictures are tokens beside the picture's own, told
apart by a fourth axis of positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightbrush.nn.flux.config import PATCH
from lightbrush.nn.flux.transformer import Norms, angles, attend, moved, patched, waves
from lightbrush.nn.flux2.config import Flux2Config

#: How far apart pictures lie on the first axis: the one that is made is at 0.
_APART = 10


class Flux2Transformer(nn.Module):
    """Called as diffusers' UNets are, so that one painter serves both."""

    def __init__(self, config: Flux2Config) -> None:
        super().__init__()
        self.config = config
        d = config.width
        self.img_in = nn.Linear(config.token, d, bias=False)
        self.txt_in = nn.Linear(config.words, d, bias=False)
        self.time_in = _Told(d)
        self.double_stream_modulation_img = _Modulation(d, 6)
        self.double_stream_modulation_txt = _Modulation(d, 6)
        self.single_stream_modulation = _Modulation(d, 3)
        self.double_blocks = nn.ModuleList(_Double(config) for _ in range(config.doubles))
        self.single_blocks = nn.ModuleList(_Single(config) for _ in range(config.singles))
        self.final_layer = _Final(config)

    def forward(
        self,
        noisy: Tensor,
        time: Tensor,
        words: Tensor,
        *,
        seen: Sequence[Tensor] = (),
        pull: Tensor | None = None,
        turn: Tensor | None = None,
        places: Tensor | None = None,
        bias: Tensor | None = None,
        added_cond_kwargs: None = None,
        cross_attention_kwargs: None = None,
        return_dict: bool = False,
    ) -> tuple[Tensor]:
        """noisy [B, channels, h, w], h and w even; time [1], 1000 for noise alone to 0; words [B, T, words]; seen:
        reference pictures' latents, [B or 1, channels, h, w] each, of any even sizes; pull: of each of them how
        strongly it is looked at, above 0, [len(seen)], by default 1; turn, places and bias as of FLUX.1. ->
        ([B, channels, h, w],), the way from the picture to the noise."""
        batch, channels, h, w = noisy.shape
        # 1. what modulates, the same in all blocks
        told = F.silu(self.time_in(waves(time, noisy.dtype)))
        of_image, of_text = self.double_stream_modulation_img(told), self.double_stream_modulation_txt(told)
        of_all = self.single_stream_modulation(told)
        # 2. patches, those of what is seen after them, and words; and where they are
        tokens = torch.cat([patched(noisy), *(patched(each).expand(batch, -1, -1) for each in seen)], 1)
        texts = words if places is None else torch.cat([words, *places], 1)
        image, text = self.img_in(tokens), self.txt_in(texts)
        sizes = [(x.shape[2], x.shape[3]) for x in (noisy, *seen)]
        if turn is None:
            turn = self.turning(words.shape[1], text.shape[1] // words.shape[1], sizes, noisy.device)
        if pull is not None:
            pulled = _pulled(pull, text.shape[1], sizes).to(noisy.dtype)
            bias = pulled.expand(len(pulled), -1).contiguous() if bias is None else bias + pulled
        # 3. blocks
        for block in self.double_blocks:
            image, text = block(image, text, of_image, of_text, turn, bias)
        joined = torch.cat([text, image], 1)
        for block in self.single_blocks:
            joined = block(joined, of_all, turn, bias)
        # 4. of the picture itself, back to latents
        first, rows, columns = text.shape[1], h // PATCH, w // PATCH
        out = self.final_layer(joined[:, first : first + rows * columns], told)
        out = out.reshape(batch, rows, columns, channels, PATCH, PATCH)
        return (out.permute(0, 3, 1, 4, 2, 5).reshape(batch, channels, h, w),)

    def turning(self, words: int, texts: int, sizes: Sequence[tuple[int, int]], device: torch.device) -> Tensor:
        """By what queries and keys turn: of so many texts of so many words each, then of pictures of latents [h, w]
        each, that which is made and those that are seen."""
        return turns(self.config, words, texts, tuple((h // PATCH, w // PATCH) for h, w in sizes), device)


class _Told(nn.Module):
    """Waves of a time -> the width of the network."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.in_layer = nn.Linear(256, width, bias=False)
        self.out_layer = nn.Linear(width, width, bias=False)

    def forward(self, vector: Tensor) -> Tensor:
        return cast(Tensor, self.out_layer(F.silu(self.in_layer(vector))))


class _Modulation(nn.Module):
    def __init__(self, width: int, parts: int) -> None:
        super().__init__()
        self.lin = nn.Linear(width, parts * width, bias=False)
        self._parts = parts

    def forward(self, told: Tensor) -> tuple[Tensor, ...]:
        """-> [B, 1, width] each: shift, scale and gate, once or twice."""
        return cast(Tensor, self.lin(told))[:, None].chunk(self._parts, -1)


class _Gated(nn.Module):
    """[..., 2 M] -> [..., M]: the second half, as far as the first opens."""

    def forward(self, x: Tensor) -> Tensor:
        gate, through = x.chunk(2, -1)
        return F.silu(gate) * through


class _Attention(nn.Module):
    """Of one stream of a double block; both streams attend at once, in the block."""

    def __init__(self, width: int, head: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.norm = Norms(head)
        self.proj = nn.Linear(width, width, bias=False)


def _mlp(width: int, times: int) -> nn.Sequential:
    inner = times * width
    return nn.Sequential(nn.Linear(width, 2 * inner, bias=False), _Gated(), nn.Linear(inner, width, bias=False))


class _Double(nn.Module):
    def __init__(self, config: Flux2Config) -> None:
        super().__init__()
        d, self._heads = config.width, config.heads
        self.img_attn, self.txt_attn = _Attention(d, config.head), _Attention(d, config.head)
        self.img_mlp, self.txt_mlp = _mlp(d, config.mlp), _mlp(d, config.mlp)

    def forward(
        self,
        image: Tensor,
        text: Tensor,
        of_image: tuple[Tensor, ...],
        of_text: tuple[Tensor, ...],
        turn: Tensor,
        bias: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
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


class _Single(nn.Module):
    def __init__(self, config: Flux2Config) -> None:
        super().__init__()
        d, m, self._heads = config.width, config.mlp * config.width, config.heads
        self._sizes = [3 * d, 2 * m]
        self.linear1 = nn.Linear(d, 3 * d + 2 * m, bias=False)
        self.norm = Norms(config.head)
        self.gated = _Gated()
        self.linear2 = nn.Linear(d + m, d, bias=False)

    def forward(self, x: Tensor, mod: tuple[Tensor, ...], turn: Tensor, bias: Tensor | None) -> Tensor:
        shift, scale, gate = mod
        qkv, mlp = self.linear1(moved(x, shift, scale)).split(self._sizes, -1)
        query, key, value = self.norm(qkv, self._heads)
        attended = attend(query, key, value, turn, bias)
        return torch.addcmul(x, gate, self.linear2(torch.cat([attended, self.gated(mlp)], -1)))


class _Final(nn.Module):
    def __init__(self, config: Flux2Config) -> None:
        super().__init__()
        d = config.width
        self.linear = nn.Linear(d, config.token, bias=False)
        self.adaLN_modulation = nn.Sequential(nn.Identity(), nn.Linear(d, 2 * d, bias=False))

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        shift, scale = self.adaLN_modulation(told)[:, None].chunk(2, -1)
        return cast(Tensor, self.linear(moved(x, shift, scale)))


def _pulled(pull: Tensor, words: int, sizes: Sequence[tuple[int, int]]) -> Tensor:
    """[N], what is added to the logits of attention to each token: a share of e^it, so pull 1 changes nothing."""
    own, *others = (h // PATCH * (w // PATCH) for h, w in sizes)
    counts = [words + own, *others]
    every = torch.cat([torch.zeros_like(pull[:1]), pull.log()])
    return torch.cat([each.expand(count) for each, count in zip(every, counts, strict=True)])


@lru_cache(maxsize=32)
def turns(
    config: Flux2Config, words: int, texts: int, sizes: tuple[tuple[int, int], ...], device: torch.device
) -> Tensor:
    """[2, N, head / 2]: words of each text lie at (0, 0, 0, place), patches of picture i, of [rows, columns], at (10 i,
    row, column, 0)."""
    lie = [torch.zeros(words * texts, 4, dtype=torch.float64)]
    lie[0][:, 3] = torch.arange(words).repeat(texts)
    for i, (rows, columns) in enumerate(sizes):
        row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        where = torch.zeros(rows * columns, 4, dtype=torch.float64)
        where[:, 0], where[:, 1], where[:, 2] = _APART * i, row.flatten(), column.flatten()
        lie.append(where)
    return angles(torch.cat(lie), config.axes, config.theta).to(device)
