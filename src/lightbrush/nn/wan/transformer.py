"""Wan's transformer, causal over blocks of frames: text and noisy latents in, their velocity out.

One network serves three ways of calling it, which agree to rounding:

- `WanTransformer.forward`: everything in one pass, each frame at a time of its own; with `block_frames` a block sees
  itself and the past only. What training runs, and what the other two are tested against.
- `WanTransformer.encode_context`: clean frames -> their keys and values in every layer.
- `WanTransformer.denoise`: one noisy block, which sees itself and an encoded context.

The parameters have the names of the original checkpoints, so those need no translation (`checkpoints`). All matrices
are `nn.Linear`; norm and modulation are `modulated_norm`, gates `gated`, queries and keys `normed_heads`, attention
`attention.attend`: what a faster network replaces. Sources: Wan Team, 2025; for times that differ by frame and blocks
that see a cache, Yin et al., "From Slow Bidirectional to Fast Autoregressive Video Diffusion Models" (CausVid), 2025,
and Huang et al., "Self Forcing", 2025.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lightbrush.nn.wan.attention import attend, causal_bias, padding_bias, past_bias
from lightbrush.nn.wan.config import WanConfig
from lightbrush.nn.wan.rope import rope_table, rotate

#: Parameters that stay float32 whatever the rest is cast to: they are few, and rounding them tints whole frames.
FLOAT32 = ("modulation", "time_embedding", "time_projection", "norm")


@dataclass(frozen=True)
class Text:
    """What cross-attention sees of a prompt, for each layer: keys and values [B, K, heads, d].

    bias: [K], added to the logits, where padding was folded.
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    bias: Tensor | None = None

    def layer(self, index: int) -> tuple[Tensor, Tensor, Tensor | None]:
        """Keys, values and bias of a layer; those of VACE's blocks come after the transformer's."""
        return self.keys[index], self.values[index], self.bias


@dataclass(frozen=True)
class Context:
    """What self-attention sees of past frames, for each layer: keys, rotated, and values [B, frames N, heads, d].

    They stand at positions 0 to frames - 1 in time. N: tokens of a frame.
    """

    keys: tuple[Tensor, ...]
    values: tuple[Tensor, ...]
    frames: int


@dataclass(frozen=True)
class Control:
    """What VACE's blocks read. latents: [B, vace_channels, F, H, W]: of what is to change, of what is to stay, and the
    mask folded to latent values. scale: how much the hints weigh, 0 to 1 and a little more. references: how many of the
    frames, the first ones, are pictures that the video is to show, as VACE was taught: they stand before it in time."""

    latents: Tensor
    scale: float = 1.0
    references: int = 0


@dataclass(frozen=True)
class Conditioning:
    """What a block of noisy frames is denoised by, besides itself.

    text: of `encode_text`. context: of `encode_context`, the frames that it follows, if any. context_weight: in (0, 1]:
    how much keys of the context weigh, but for those of its first frame. control: what VACE follows, where the network
    has that path; of its references the block has noisy frames too, in front, at positions before the context's.
    """

    text: Text
    context: Context | None = None
    _: KW_ONLY
    context_weight: float = 1.0
    control: Control | None = None

    def numbers(self) -> dict[str, float]:
        """What a network that shares a pass is told of it (`leader`): all but the text and the context, which it has of
        its own, and the control, which no network follows that shares passes."""
        return {"context_weight": self.context_weight}


class WanTransformer(nn.Module):
    """Shapes throughout: B a batch, F latent frames, C latent channels, H and W rows and columns of the latents, L the
    tokens (F N, with N = H W / 4 for patches of 2 x 2), D the width. Weights may be float32 or bfloat16; what is in
    `FLOAT32` may stay float32 beside bfloat16."""

    def __init__(self, config: WanConfig) -> None:
        super().__init__()
        self.config = c = config
        self.patch_embedding = nn.Conv3d(c.in_channels, c.dim, c.patch, c.patch)
        self.text_embedding = nn.Sequential(
            nn.Linear(c.text_dim, c.dim), nn.GELU(approximate="tanh"), nn.Linear(c.dim, c.dim)
        )
        self.time_embedding = nn.Sequential(nn.Linear(c.freq_dim, c.dim), nn.SiLU(), nn.Linear(c.dim, c.dim))
        self.time_projection = nn.Sequential(nn.SiLU(), nn.Linear(c.dim, 6 * c.dim))
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.head = Head(c)
        if c.vace_layers:
            self.vace_patch_embedding = nn.Conv3d(c.vace_channels, c.dim, c.patch, c.patch)
            self.vace_blocks = nn.ModuleList(VaceBlock(c, i == 0) for i in range(len(c.vace_layers)))

    @property
    def dtype(self) -> torch.dtype:
        """Of the matrices, and of what the network gives back."""
        return self.patch_embedding.weight.dtype

    @property
    def device(self) -> torch.device:
        return self.patch_embedding.weight.device

    def forward(
        self,
        latents: Tensor,
        t: Tensor,
        text: Text,
        *,
        block_frames: int | None = None,
        context_weight: float = 1.0,
        control: Control | None = None,
    ) -> Tensor:
        """The velocity of every frame, in one pass.

        latents: [B, C, F, H, W]. t: [B, F] in [0, 1000]: 0 is clean, 1000 noise. text: of `encode_text`.
        block_frames: None lets every frame see every other; else a block of so many sees itself and the past.
        context_weight, control: see `Conditioning`.
        -> [B, C, F, H, W], of which x0 = latents - t / 1000 * velocity.
        """
        x, (time, e), turns = self._start(latents, t, 0)
        bias = None
        if block_frames is not None:
            frames = latents.shape[2]
            bias = causal_bias(frames, block_frames, x.shape[1] // frames, context_weight, x)
        hints = self._hints(x, e, turns, text, control)
        for i, block in enumerate(self._blocks()):
            q, k, v = block.queries_keys_values(x, e, turns)
            x = block.finish(x, e, attend(q, k, v, bias), *text.layer(i))
            if i in hints:
                x = x + hints[i]
        return self._finish(x, time, latents)

    def encode_text(self, embeddings: Tensor, length: int | None = None, keys: int | None = None) -> Text:
        """Keys and values of a prompt for every layer; they serve every pass until the prompt changes.

        embeddings: [B, text_len, text_dim], zero where the prompt has ended. Wan attends to those rows too.
        length: rows before the zeros, when known (the longest of the batch). Rows of zeros give equal keys, so a few
        stand for all of them, with a bias: the same result from fewer keys.
        keys: how many to keep, above `length`, for callers that want one shape; by default two of the zeros.
        """
        c = self.config
        bias = None
        if length is not None and length + 2 < c.text_len:
            kept = length + 2 if keys is None else min(keys, c.text_len)
            if kept <= length:
                raise ValueError(f"{length} rows of text and the padding need more than {kept} keys")
            padding = padding_bias(c.text_len - length, kept - length, self.dtype)
            bias = torch.tensor([0.0] * length + padding, dtype=self.dtype, device=self.device)
            embeddings = embeddings[:, :kept]
        text = self.text_embedding(embeddings.to(self.device, self.dtype))  # [B, K, D]
        pairs = [block.cross_attn.keys_values(text) for block in (*self._blocks(), *self._vace_blocks())]
        return Text(tuple(k for k, _ in pairs), tuple(v for _, v in pairs), bias)

    def encode_context(
        self, latents: Tensor, text: Text, context: Context | None = None, *, context_weight: float = 1.0
    ) -> Context:
        """Keys and values of a block of clean frames (t = 0) for every layer.

        latents: [B, C, F, H, W]; its frames see each other and, with `context`, the frames encoded before.
        -> context and these. The last layer computes nothing but its keys and values.
        """
        past = context.frames if context else 0
        frames = latents.shape[2]
        x, (_, e), turns = self._start(latents, torch.zeros(latents.shape[0], frames), past)
        bias = past_bias(past, frames, x.shape[1] // frames, context_weight, x)
        keys, values = [], []
        for i, block in enumerate(self._blocks()):
            q, k, v = block.queries_keys_values(x, e, turns)
            if context:
                k, v = torch.cat([context.keys[i], k], 1), torch.cat([context.values[i], v], 1)
            keys.append(k)
            values.append(v)
            if i + 1 < self.config.layers:
                x = block.finish(x, e, attend(q, k, v, bias), *text.layer(i))
        return Context(tuple(keys), tuple(values), past + frames)

    def denoise(self, latents: Tensor, t: Tensor, given: Conditioning) -> Tensor:
        """The velocity of a block of noisy frames that follow a context.

        latents: [B, C, F, H, W]. t: [B, F] in [0, 1000]. given: of this network.
        -> [B, C, F, H, W], of which x0 = latents - t / 1000 * velocity.
        """
        text, context, control = given.text, given.context, given.control
        past = context.frames if context else 0
        frames = latents.shape[2]
        x, (time, e), turns = self._start(latents, t, past, control.references if control else 0)
        bias = past_bias(past, frames, x.shape[1] // frames, given.context_weight, x)
        hints = self._hints(x, e, turns, text, control)
        for i, block in enumerate(self._blocks()):
            q, k, v = block.queries_keys_values(x, e, turns)
            if context:
                k, v = torch.cat([context.keys[i], k], 1), torch.cat([context.values[i], v], 1)
            x = block.finish(x, e, attend(q, k, v, bias), *text.layer(i))
            if i in hints:
                x = x + hints[i]
        return self._finish(x, time, latents)

    def _blocks(self) -> Sequence[Block]:
        return cast(Sequence[Block], self.blocks)

    def _vace_blocks(self) -> Sequence[VaceBlock]:
        return cast(Sequence[VaceBlock], self.vace_blocks) if self.config.vace_layers else ()

    def _start(
        self, latents: Tensor, t: Tensor, first_frame: int, references: int = 0
    ) -> tuple[Tensor, tuple[Tensor, Tensor], Tensor]:
        """-> tokens [B, L, D]; the times [B, F, D] and what they say to every block [B, F, 6, D], float32; turns.

        references: how many frames in front stand before position 0, the others from first_frame on.
        """
        _, rows, columns = self.config.patch
        frames, height, width = latents.shape[2:]
        grid = height // rows, width // columns, self.config.head_dim, self.device
        turns = rope_table(first_frame, frames - references, *grid)
        if references:
            turns = torch.cat([rope_table(-references, references, *grid), turns], 1)
        return _patches(self.patch_embedding, latents), self._times(t), turns

    def _times(self, t: Tensor) -> tuple[Tensor, Tensor]:
        sines = sinusoids(t.to(self.device), self.config.freq_dim)
        time: Tensor = self.time_embedding(sines.to(_weight(self.time_embedding[0]).dtype))
        e: Tensor = self.time_projection(time)
        return time.float(), e.float().unflatten(2, (6, -1))

    def _hints(self, x: Tensor, e: Tensor, turns: Tensor, text: Text, control: Control | None) -> dict[int, Tensor]:
        """Layer -> what VACE adds after it, [B, L, D]. Its blocks see the frames at hand, and no context."""
        if control is None:
            return {}
        if not self.config.vace_layers:
            raise ValueError("this network has no VACE path; its config's vace_layers is empty")
        hints = {}
        c = _patches(self.vace_patch_embedding, control.latents)
        for i, (layer, block) in enumerate(zip(self.config.vace_layers, self._vace_blocks(), strict=True)):
            c = block.before_proj(c) + x if i == 0 else c
            attended = attend(*block.queries_keys_values(c, e, turns))
            c = block.finish(c, e, attended, *text.layer(self.config.layers + i))
            hints[layer] = block.after_proj(c) * control.scale
        return hints

    def _finish(self, x: Tensor, time: Tensor, latents: Tensor) -> Tensor:
        """Tokens [B, L, D] -> velocity, [B, C, F, H, W]."""
        _, rows, columns = self.config.patch
        frames, height, width = latents.shape[2:]
        x = self.head(x, time).unflatten(2, (rows, columns, -1))
        x = x.unflatten(1, (frames, height // rows, width // columns))  # [B, F, H/2, W/2, 2, 2, C]
        return x.permute(0, 6, 1, 2, 4, 3, 5).flatten(5, 6).flatten(3, 4)


class Block(nn.Module):
    """Self-attention, cross-attention to the text, feed-forward; the first and the last scaled, shifted and gated by
    the time (adaLN-single of Chen et al., "PixArt-alpha", 2023: shared by all blocks, plus the block's own offset)."""

    def __init__(self, c: WanConfig) -> None:
        super().__init__()
        self.eps = c.eps
        self.self_attn = Attention(c)
        self.norm3 = nn.LayerNorm(c.dim, c.eps)
        self.cross_attn = Attention(c)
        self.ffn = nn.Sequential(nn.Linear(c.dim, c.ffn), nn.GELU(approximate="tanh"), nn.Linear(c.ffn, c.dim))
        self.modulation = nn.Parameter(torch.randn(1, 6, c.dim) / c.dim**0.5)

    def queries_keys_values(self, x: Tensor, e: Tensor, turns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of self-attention. x: [B, L, D]; e: [B, F, 6, D]; turns: [2, L, d/2]; -> [B, L, heads, d] each."""
        shift, scale = (self.modulation.float() + e)[:, :, :2].unbind(2)
        h = modulated_norm(x, shift, scale, self.eps)
        q, k, v = self.self_attn.queries(h), *self.self_attn.keys_values(h)
        return rotate(q, turns), rotate(k, turns), v

    def finish(
        self, x: Tensor, e: Tensor, attended: Tensor, text_keys: Tensor, text_values: Tensor, text_bias: Tensor | None
    ) -> Tensor:
        """The block from where self-attention has been done. attended: [B, L, D]; -> [B, L, D]."""
        gate, shift, scale, gate_ffn = (self.modulation.float() + e)[:, :, 2:].unbind(2)
        x = gated(x, self.self_attn.o(attended), gate)
        h = layer_norm(x, self.norm3.weight, self.norm3.bias, self.eps)
        x = x + self.cross_attn.o(attend(self.cross_attn.queries(h), text_keys, text_values, text_bias))
        return gated(x, self.ffn(modulated_norm(x, shift, scale, self.eps)), gate_ffn)


class VaceBlock(Block):
    """A block of the path that reads control latents (Jiang et al., "VACE: All-in-One Video Creation and Editing",
    2025). The first mixes the video's tokens in."""

    def __init__(self, c: WanConfig, first: bool) -> None:
        super().__init__(c)
        if first:
            self.before_proj = nn.Linear(c.dim, c.dim)
        self.after_proj = nn.Linear(c.dim, c.dim)


class Attention(nn.Module):
    """The matrices of one attention; queries and keys are normed over all heads together."""

    def __init__(self, c: WanConfig) -> None:
        super().__init__()
        self.heads = c.heads
        self.q = nn.Linear(c.dim, c.dim)
        self.k = nn.Linear(c.dim, c.dim)
        self.v = nn.Linear(c.dim, c.dim)
        self.o = nn.Linear(c.dim, c.dim)
        self.norm_q = nn.RMSNorm(c.dim, c.eps)
        self.norm_k = nn.RMSNorm(c.dim, c.eps)

    def queries(self, x: Tensor) -> Tensor:
        """[B, L, D] -> [B, L, heads, d]."""
        return normed_heads(self.q(x), self.norm_q, self.heads)

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[B, K, D] -> [B, K, heads, d] each."""
        return normed_heads(self.k(x), self.norm_k, self.heads), self.v(x).unflatten(2, (self.heads, -1))


class Head(nn.Module):
    """Tokens -> latent values."""

    def __init__(self, c: WanConfig) -> None:
        super().__init__()
        self.eps = c.eps
        self.head = nn.Linear(c.dim, c.out_channels * math.prod(c.patch))
        self.modulation = nn.Parameter(torch.randn(1, 2, c.dim) / c.dim**0.5)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """x: [B, L, D]; time: [B, F, D], the embedding before its projection; -> [B, L, 4 C]."""
        shift, scale = (self.modulation.float() + time[:, :, None]).unbind(2)
        out: Tensor = self.head(modulated_norm(x, shift, scale, self.eps))
        return out


def sinusoids(t: Tensor, width: int) -> Tensor:
    """Cosines, then sines, of a time at frequencies from 1 down to 1/10000 (Vaswani et al., 2017).

    t: any shape; -> [..., width] float32.
    """
    half = width // 2
    frequencies = torch.exp(torch.arange(half, device=t.device) * (-math.log(10000.0) / half))
    angles = t.float()[..., None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], -1)


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """In float32 (Ba et al., 2016). x: [..., D]; -> as x."""
    return F.layer_norm(x.float(), (x.shape[-1],), weight.float(), bias.float(), eps).to(x.dtype)


def modulated_norm(x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> Tensor:
    """LayerNorm(x) (1 + scale) + shift, in float32. x: [B, L, D]; shift, scale: [B, F, D], each for the L / F tokens of
    its frame; -> as x."""
    h: Tensor = F.layer_norm(x.float(), (x.shape[-1],), eps=eps).unflatten(1, (shift.shape[1], -1))
    return (h * (1 + scale[:, :, None]) + shift[:, :, None]).flatten(1, 2).to(x.dtype)


def gated(x: Tensor, y: Tensor, gate: Tensor) -> Tensor:
    """x + gate y, in float32. x, y: [B, L, D]; gate: [B, F, D], for the L / F tokens of its frame; -> as x."""
    scaled: Tensor = y.float().unflatten(1, (gate.shape[1], -1)) * gate[:, :, None]
    return (x.float() + scaled.flatten(1, 2)).to(x.dtype)


def normed_heads(x: Tensor, norm: nn.RMSNorm, heads: int) -> Tensor:
    """RMSNorm (Zhang and Sennrich, 2019) over all heads together, in float32, then the heads apart.

    x: [B, L, D]; -> [B, L, heads, d].
    """
    h: Tensor = F.rms_norm(x.float(), (x.shape[-1],), _weight(norm).float(), norm.eps).to(x.dtype)
    apart: Tensor = h.unflatten(2, (heads, -1))
    return apart


def in_float32(name: str) -> bool:
    """Whether the parameter of this name belongs to `FLOAT32`."""
    return any(part.startswith(FLOAT32) for part in name.split("."))


def _patches(embedding: nn.Conv3d, latents: Tensor) -> Tensor:
    """[B, C, F, H, W] -> [B, L, D]."""
    x: Tensor = embedding(latents.to(embedding.weight))
    return x.flatten(2).transpose(1, 2).contiguous()


def _weight(module: nn.Module) -> Tensor:
    assert isinstance(module.weight, Tensor)
    return module.weight
