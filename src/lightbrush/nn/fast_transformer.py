"""The embedded model's network for one picture in few kernels: the same function as `pixel_transformer`.

At one picture a GPU spends its time on starting kernels, not on arithmetic. So products that share an input are one
product, tensors lie as the next operation wants them (channels last, tokens by heads), and what only scales or shifts
moves into a neighbour: a norm's scale is the norm's weight, its shift the next product's bias, the weights of the norms
of queries and keys part of the rotation's tables. 16 kernels a block instead of 45.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lightbrush.nn.pixel_transformer import EPSILON, Block, PixelTransformer, stripe_rows
from lightbrush.nn.rope import rope_table


class FastTransformer:
    """Built from a loaded `PixelTransformer`, on a device and in a floating type."""

    def __init__(self, network: PixelTransformer, device: torch.device | str, dtype: torch.dtype) -> None:
        self.config = c = network.config
        self.device, self.dtype = torch.device(device), dtype

        def put(x: Tensor) -> Tensor:
            return x.detach().to(self.device, dtype).contiguous()

        def put_filter(x: Tensor) -> Tensor:
            return put(x).contiguous(memory_format=torch.channels_last)

        def put_all(rows: list[list[Tensor]]) -> Tensor:
            return put(torch.stack([torch.cat(row) for row in rows]))

        # The ends. Where cells fold into channels, here the channel is innermost.
        cell, patch = c.cell, c.cells_per_patch
        self.mix_in = (
            (put(_inner(network.mix_in.weight, cell, 1).flatten(1)), put(_bias(network.mix_in))) if c.stem_in else None
        )
        stem = network.stem.weight if c.stem_in else _inner(network.stem.weight, cell, 1)
        self.stem = put_filter(stem), put(_bias(network.stem))
        self.patch_in = put(_inner(network.patch_in.weight, patch, 1)), put(network.patch_in.bias)
        self.patch_out = put(_inner(network.patch_out.weight, patch, 0)), put(_inner(network.patch_out.bias, patch, 0))
        self.head_in = put_filter(network.head_in.weight), put(_bias(network.head_in))
        self.head_out = (
            put_filter(_inner(network.head_out.weight, cell, 0)),
            put(_inner(_bias(network.head_out), cell, 0)),
        )

        # What time and condition say: of all blocks [6 D], then of the last norm [2 D].
        self.frequencies = network.frequencies.detach().to(self.device)  # float32: angles need it
        self.time_in, self.time_out, self.condition_in, self.condition_out = (
            (put(m.weight), put(m.bias))
            for m in (network.time_in, network.time_out, network.condition_in, network.condition_out)
        )
        last = network.modulation, network.final_modulation
        self.modulation = put(torch.cat([m.weight for m in last])), put(torch.cat([m.bias for m in last]))

        # The blocks, all in one tensor each: [depth, ...].
        blocks = [block for block in network.blocks if isinstance(block, Block)]
        above = torch.tensor([0.0, 1, 0, 0, 1, 0]).repeat_interleave(c.width)  # scales are around one
        self.offsets = torch.stack([b.offset.detach() + above for b in blocks]).to(self.device)  # float32
        self.own = (
            (put_all([[b.own_in.weight] for b in blocks]), put_all([[b.own_out.weight] for b in blocks]))
            if c.own
            else None
        )
        self.qkv = put_all([[b.q.weight, b.k.weight, b.v.weight] for b in blocks])
        self.out = put_all([[b.out.weight] for b in blocks])
        self.gate_up = put_all([[b.gate.weight, b.up.weight] for b in blocks])
        self.down = put_all([[b.down.weight] for b in blocks])
        self.norms = torch.stack([torch.stack([b.norm_q, b.norm_k]) for b in blocks]).detach()  # [depth, 2, d]

    def turns(self, height: int, width: int) -> Tensor:
        """Tables that norm's weights and rotate queries and keys: [depth, 2, N, 2, 1, d]: what a head is multiplied
        with, and what with its halves swapped."""
        c = self.config
        table = torch.from_numpy(rope_table(height // c.patch_px, width // c.patch_px, c.head_width)).flatten(1, 2)
        cos, sin = (x[None, :, None, None] for x in table)  # [1, N, 1, 1, d/2]
        a, b = self.norms.float().cpu()[:, None, :, None].chunk(2, -1)  # [depth, 1, 2, 1, d/2]
        straight, swapped = torch.cat([a * cos, b * cos], -1), torch.cat([-b * sin, a * sin], -1)
        return torch.stack([straight, swapped], 1).to(self.device, self.dtype)

    def __call__(self, noisy: Tensor, hints: Tensor, time: Tensor, condition: Tensor, turns: Tensor) -> Tensor:
        """Predict the clean picture. noisy: [H, W, 3]; hints: [H, W, hints]; time: [1] float32; condition: [C]; turns:
        of `turns` for the size; -> [H, W, 3]. As in `PixelTransformer.forward` otherwise."""
        c = self.config
        rows = noisy.shape[0] // c.patch_px

        # 1. pixels -> cells -> tokens
        cells = fold(torch.cat([noisy.to(self.dtype), hints.to(self.dtype)], -1), c.cell)  # [H/4, W/4, 16 (3 + hints)]
        if self.mix_in is not None:
            cells = F.gelu(F.linear(cells, *self.mix_in), approximate="tanh")
        around = F.gelu(_convolve(cells, *self.stem), approximate="tanh")  # [H/4, W/4, stem]
        x = F.linear(fold(around, c.cells_per_patch).flatten(0, 1), *self.patch_in)  # [N, D]

        # 2. time and condition -> what scales, shifts and gates each block: [depth, D] each
        angles = time * self.frequencies
        t = F.linear(torch.cat([angles.cos(), angles.sin()])[None].to(self.dtype), *self.time_in)
        y = F.linear(condition[None].to(self.dtype), *self.condition_in)
        t, y = F.linear(F.silu(t), *self.time_out), F.linear(F.silu(y), *self.condition_out)
        signal = F.silu(t + y)
        shared, final = F.linear(signal, *self.modulation)[0].split([6 * c.width, 2 * c.width])
        modulations = self.offsets + shared
        if self.own is not None:
            own_in, own_out = self.own
            modulations = modulations + torch.bmm(own_out, own_in @ signal[0][:, None])[:, :, 0]
        modulations = modulations.to(self.dtype).view(c.depth, 6, c.width)
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = modulations.unbind(1)
        bias_a = torch.bmm(self.qkv, shift_a[:, :, None])[:, :, 0]  # [depth, 3 D]
        bias_m = torch.bmm(self.gate_up, shift_m[:, :, None])[:, :, 0]  # [depth, 2 mlp]

        # 3. the blocks
        for i in range(c.depth):
            stripes = 1 if c.is_global(i) else rows // stripe_rows(rows)
            h = F.rms_norm(x, (c.width,), scale_a[i], EPSILON)
            attended = self._attend(h, self.qkv[i], bias_a[i], turns[i], stripes)
            x = torch.addcmul(x, gate_a[i], F.linear(attended, self.out[i]))
            h = F.rms_norm(x, (c.width,), scale_m[i], EPSILON)
            gate, up = F.linear(h, self.gate_up[i], bias_m[i]).chunk(2, -1)
            x = torch.addcmul(x, gate_m[i], F.linear(F.silu(gate) * up, self.down[i]))

        # 4. tokens -> cells -> pixels, with what went around the transformer
        shift, scale = final.chunk(2)
        weight, bias = self.patch_out
        h = F.rms_norm(x, (c.width,), 1 + scale, EPSILON)
        through = F.linear(h, weight, torch.addmv(bias, weight, shift))  # [N, 16 (head - stem)]
        both = torch.cat([unfold(through.unflatten(0, (rows, -1)), c.cells_per_patch), around], -1)
        out = F.gelu(_convolve(both, *self.head_in), approximate="tanh")
        return unfold(_convolve(out, *self.head_out), c.cell)

    def _attend(self, h: Tensor, weight: Tensor, bias: Tensor, turns: Tensor, stripes: int) -> Tensor:
        """h: [N, D] -> [N, D]."""
        c = self.config
        qk = F.linear(h, weight[: 2 * c.width], bias[: 2 * c.width]).view(-1, 2, c.heads, c.head_width)
        v = F.linear(h, weight[2 * c.width :], bias[2 * c.width :]).view(-1, c.heads, c.head_width)
        qk = F.rms_norm(qk, (c.head_width,), eps=EPSILON)
        straight, swapped = turns
        qk = torch.addcmul(qk * straight, qk.roll(c.head_width // 2, -1), swapped)
        # [stripes, heads, N / stripes, d]
        q, k, v = (y.unflatten(0, (stripes, -1)).transpose(1, 2) for y in (qk[:, 0], qk[:, 1], v))
        attended: Tensor = F.scaled_dot_product_attention(q, k, v)
        return attended.transpose(1, 2).reshape(-1, c.width)


def fold(x: Tensor, side: int) -> Tensor:
    """[H, W, C] -> [H / side, W / side, side^2 C]."""
    high, wide, channels = x.shape
    return x.view(high // side, side, wide // side, side, channels).transpose(1, 2).flatten(2)


def unfold(x: Tensor, side: int) -> Tensor:
    """[H, W, side^2 C] -> [side H, side W, C]."""
    high, wide, _ = x.shape
    return x.view(high, wide, side, side, -1).transpose(1, 2).reshape(high * side, wide * side, -1)


def _convolve(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A 3 x 3 convolution, [H, W, in] -> [H, W, out]."""
    return F.conv2d(x[None].permute(0, 3, 1, 2), weight, bias, padding=1).permute(0, 2, 3, 1)[0]


def _inner(x: Tensor, side: int, axis: int) -> Tensor:
    """Reorder an axis from (channel, y, x), as `pixel_unshuffle` has it, to (y, x, channel)."""
    apart: Tensor = x.unflatten(axis, (-1, side**2))
    return apart.transpose(axis, axis + 1).flatten(axis, axis + 1)


def _bias(convolution: torch.nn.Conv2d) -> Tensor:
    assert convolution.bias is not None
    return convolution.bias
