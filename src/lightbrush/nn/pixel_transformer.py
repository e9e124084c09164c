"""The embedded model's network: a plain transformer in pixel space, no VAE.

It predicts the clean picture from a noisy one ("x-prediction": Li and He, "Back to Basics: Let Denoising Generative
Models Denoise", 2025), beside the sketch it must follow. Two small convolutional ends, working on a grid of 4-pixel
cells, keep what sixteen-pixel patches lose: the sketch's exact contours go around the transformer, and neighbouring
patches meet without seams. Most blocks look only along stripes of a few rows of patches, some at the whole picture.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: Of the norms: added to the mean square.
EPSILON = 1e-6


@dataclass(frozen=True)
class PixelTransformerConfig:
    """condition: length of the conditioning vector. hints: channels beside the noisy picture, 4 or 8, see
    `PixelTransformer.forward`. global_every: of so many blocks the last attends to the whole picture, the others along
    stripes. cell * cells_per_patch is the patch's side in pixels. stem_in: channels that cells are mixed down to before
    the stem, 0 to leave that out. stem, head, head_mid: channels of the convolutional ends. own: rank of what time and
    condition say to each block for itself; 0: they say the same to all."""

    condition: int
    hints: int = 8
    width: int = 384
    depth: int = 12
    heads: int = 6
    mlp: int = 896
    cell: int = 4
    cells_per_patch: int = 4
    global_every: int = 3
    stem_in: int = 64
    stem: int = 64
    head: int = 96
    head_mid: int = 64
    own: int = 0

    @property
    def patch_px(self) -> int:
        return self.cell * self.cells_per_patch

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    def is_global(self, block: int) -> bool:
        return block % self.global_every == self.global_every - 1

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


class PixelTransformer(nn.Module):
    """(noisy picture, sketch, time, condition) -> clean picture; see `forward`."""

    def __init__(self, config: PixelTransformerConfig) -> None:
        super().__init__()
        self.config = c = config
        cell_values = (3 + c.hints) * c.cell**2
        tokens = c.cells_per_patch**2
        if c.stem_in:
            self.mix_in = nn.Conv2d(cell_values, c.stem_in, 1)
        self.stem = nn.Conv2d(c.stem_in or cell_values, c.stem, 3, padding=1)
        self.patch_in = nn.Linear(c.stem * tokens, c.width)
        self.condition_in = nn.Linear(c.condition, c.width)
        self.condition_out = nn.Linear(c.width, c.width)
        self.time_in = nn.Linear(2 * _TIME_FREQUENCIES, c.width)
        self.time_out = nn.Linear(c.width, c.width)
        self.modulation = nn.Linear(c.width, 6 * c.width)  # shared by all blocks (PixArt-alpha's adaLN-single)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.depth))
        self.final_modulation = nn.Linear(c.width, 2 * c.width)
        self.patch_out = nn.Linear(c.width, (c.head - c.stem) * tokens)
        self.head_in = nn.Conv2d(c.head, c.head_mid, 3, padding=1)
        self.head_out = nn.Conv2d(c.head_mid, 3 * c.cell**2, 3, padding=1)
        self.register_buffer("frequencies", _time_frequencies(), persistent=False)
        self._initialise()

    frequencies: Tensor

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                nn.init.xavier_uniform_(module.weight.view(module.weight.shape[0], -1))
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for zeroed in (self.modulation, self.final_modulation, self.head_out):
            nn.init.zeros_(zeroed.weight)
        for block in self.blocks:
            if isinstance(block, Block) and block.has_own:
                nn.init.zeros_(block.own_out.weight)

    def forward(self, noisy: Tensor, hints: Tensor, time: Tensor, condition: Tensor, rope: Tensor) -> Tensor:
        """Predict the clean picture.

        noisy: [B, 3, H, W] in about [-1, 1]; H and W are multiples of the patch side.
        hints: [B, config.hints, H, W]: the sketch as red, green, blue in [-1, 1] times coverage, then coverage, 0 where
        nothing is drawn to 1; of 8 channels the other four are, in the same way, what is kept of a picture.
        time: [B] in [0, 1]: 0 is pure noise, 1 the clean picture. condition: [B, config.condition].
        rope: [2, rows, columns, head width / 2] from `rope_table`, for H and W in patches.
        -> [B, 3, H, W].
        """
        rows = rope.shape[1]
        x, around = self._enter(noisy, hints)
        angles = time[:, None] * self.frequencies  # [B, F]
        t = self.time_out(F.silu(self.time_in(torch.cat([angles.cos(), angles.sin()], 1).to(x.dtype))))
        y = self.condition_out(F.silu(self.condition_in(condition.to(x.dtype))))
        signal = F.silu(t + y)  # [B, D]
        shared = self.modulation(signal)[:, None]  # [B, 1, 6 D]
        turns = rope.flatten(1, 2)  # [2, N, d/2]
        stripes = rows // stripe_rows(rows)
        for i, block in enumerate(self.blocks):
            x = block(x, signal[:, None], shared, turns, 1 if self.config.is_global(i) else stripes)
        return self._leave(x, around, self.final_modulation(signal)[:, None], rows)

    def _enter(self, noisy: Tensor, hints: Tensor) -> tuple[Tensor, Tensor]:
        """-> tokens [B, N, D]; what goes around the blocks [B, stem, H/4, W/4]."""
        c = self.config
        cells = F.pixel_unshuffle(torch.cat([noisy, hints], 1), c.cell)  # [B, (3 + hints) cell^2, H/4, W/4]
        if c.stem_in:
            cells = F.gelu(self.mix_in(cells), approximate="tanh")
        around = F.gelu(self.stem(cells), approximate="tanh")
        return self.patch_in(F.pixel_unshuffle(around, c.cells_per_patch).flatten(2).transpose(1, 2)), around

    def _leave(self, x: Tensor, around: Tensor, modulation: Tensor, rows: int) -> Tensor:
        """modulation: [B, 1, 2 D]; rows: of patches. -> [B, 3, H, W]."""
        shift, scale = modulation.chunk(2, -1)
        x = rms_norm(x) * (1 + scale) + shift
        x = self.patch_out(x).transpose(1, 2).unflatten(2, (rows, -1))
        through = F.pixel_shuffle(x, self.config.cells_per_patch)  # [B, head - stem, H/4, W/4]
        out = F.gelu(self.head_in(torch.cat([through, around], 1)), approximate="tanh")
        return F.pixel_shuffle(self.head_out(out), self.config.cell)

    def compile_parts(self) -> None:
        """Compile the blocks and both ends, each for itself: a compiler sees one block, not twelve, and is done in a
        third of the time."""
        torch._dynamo.config.recompile_limit = 64  # sizes, kinds of blocks, with and without gradients
        self._enter = torch.compile(self._enter, dynamic=False)  # type: ignore[method-assign]
        self._leave = torch.compile(self._leave, dynamic=False)  # type: ignore[method-assign]
        for block in self.blocks:
            block.compile(dynamic=False)


class Block(nn.Module):
    """Attention and SwiGLU, each behind RMSNorm, scaled and gated by the shared modulation plus its own offset, and
    where there is a rank for it by what the signal says to this block alone ("LoRA", Hu et al., 2022): a sun's height
    is the same to all, a village is no more than a few of them have to hear of."""

    def __init__(self, c: PixelTransformerConfig) -> None:
        super().__init__()
        self.heads = c.heads
        self.offset = nn.Parameter(torch.zeros(6 * c.width))
        if c.own:
            self.own_in = nn.Linear(c.width, c.own, bias=False)
            self.own_out = nn.Linear(c.own, 6 * c.width, bias=False)
        self.has_own = bool(c.own)
        self.q = nn.Linear(c.width, c.width, bias=False)
        self.k = nn.Linear(c.width, c.width, bias=False)
        self.v = nn.Linear(c.width, c.width, bias=False)
        self.norm_q = nn.Parameter(torch.ones(c.head_width))
        self.norm_k = nn.Parameter(torch.ones(c.head_width))
        self.out = nn.Linear(c.width, c.width, bias=False)
        self.gate = nn.Linear(c.width, c.mlp, bias=False)
        self.up = nn.Linear(c.width, c.mlp, bias=False)
        self.down = nn.Linear(c.mlp, c.width, bias=False)

    def forward(self, x: Tensor, signal: Tensor, shared: Tensor, turns: Tensor, stripes: int) -> Tensor:
        """x: [B, N, D]; signal: [B, 1, D]; shared: [B, 1, 6 D]; turns: [2, N, d/2]; -> [B, N, D]. A token attends
        within its stripe of N / stripes tokens."""
        own = shared + self.offset.to(shared.dtype)
        if self.has_own:
            own = own + self.own_out(self.own_in(signal))
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = own.chunk(6, -1)
        h = rms_norm(x) * (1 + scale_a) + shift_a
        q, k, v = (m(h).unflatten(2, (self.heads, -1)).transpose(1, 2) for m in (self.q, self.k, self.v))
        q = rotate(rms_norm(q) * self.norm_q, turns)  # [B, heads, N, d]
        k = rotate(rms_norm(k) * self.norm_k, turns)
        q, k, v = (y.unflatten(2, (stripes, -1)).flatten(1, 2) for y in (q, k, v))  # [B, heads stripes, N/stripes, d]
        attended = F.scaled_dot_product_attention(q, k, v).unflatten(1, (self.heads, stripes)).flatten(2, 3)
        x = x + gate_a * self.out(attended.transpose(1, 2).flatten(2))
        h = rms_norm(x) * (1 + scale_m) + shift_m
        out: Tensor = x + gate_m * self.down(F.silu(self.gate(h)) * self.up(h))
        return out


def widened(network: PixelTransformer, own: int) -> PixelTransformer:
    """The same function, of blocks that can be told more: `PixelTransformerConfig.own` is at least that. What they are
    told for themselves is nothing yet."""
    if network.config.own >= own:
        return network
    if network.config.own:
        raise ValueError(f"blocks have a rank of their own of {network.config.own}, which stays; got {own}")
    wider = PixelTransformer(replace(network.config, own=own)).train(network.training)
    wider.load_state_dict(network.state_dict(), strict=False)
    return wider


def stripe_rows(rows: int) -> int:
    """How many rows of patches a stripe has: the largest of 4, 3, 2 and 1 that divides them."""
    return next(n for n in (4, 3, 2, 1) if rows % n == 0)


def rms_norm(x: Tensor) -> Tensor:
    """Scale the last axis to unit root mean square (Zhang and Sennrich, 2019)."""
    return F.rms_norm(x, (x.shape[-1],), eps=EPSILON)


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Rotary position embedding: the two halves of the last axis are a pair's coordinates.

    turns: cosines and sines [2, ..., d/2], broadcast against x [..., d].
    """
    cos, sin = turns.to(x.dtype).unbind(0)
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


_TIME_FREQUENCIES = 64


def _time_frequencies() -> Tensor:
    """Angular frequencies for time in [0, 1], from half a turn to some 500 radians."""
    return torch.exp(torch.linspace(1.0, 6.2, _TIME_FREQUENCIES))
