"""What a UNet and a tiny VAE do between their convolutions and matrices, as operations that each pass over their values
once or twice.

At one picture a GPU spends more time on these, and on starting them, than on products. Every one is here in plain
PyTorch, for any device, and where CUDA has Triton in `kernels`: same arguments, same function. They compute in float32
and round once. A product's bias is added by whoever reads the product. Pictures are [B, C, H, W], in CUDA's kernels
channels last.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

import torch.nn.functional as F
from torch import Tensor

_TRITON: Final = find_spec("triton") is not None


def group_norm(
    x: Tensor, weight: Tensor, bias: Tensor, groups: int, eps: float, silu: bool, added: Tensor | None = None
) -> Tensor:
    """GroupNorm(x + added) weight + bias, then SiLU where that is asked for. weight, bias: [C]; added: [B, C]."""
    if _TRITON and x.is_cuda:
        from lightbrush.nn.latent import kernels

        return kernels.group_norm(x, weight, bias, groups, eps, silu, added)
    h = x.float() if added is None else x.float() + added.float()[:, :, None, None]
    h = F.group_norm(h, groups, weight.float(), bias.float(), eps)
    return (F.silu(h) if silu else h).to(x.dtype)


def biased(x: Tensor, bias: Tensor, other: Tensor | None = None, relu: bool = False) -> Tensor:
    """x + bias + other, then ReLU where that is asked for; x is overwritten. bias: [C]; other: as x."""
    if _TRITON and x.is_cuda:
        from lightbrush.nn.latent import kernels

        return kernels.biased(x, bias, other, relu)
    h = x.float() + bias.float()[:, None, None]
    h = h if other is None else h + other.float()
    return x.copy_(F.relu(h) if relu else h)


def geglu(x: Tensor) -> Tensor:
    """[..., 2 D] -> [..., D]: the first half times GELU of the second (Shazeer, "GLU Variants", 2020)."""
    if _TRITON and x.is_cuda:
        from lightbrush.nn.latent import kernels

        return kernels.geglu(x)
    half, gate = x.float().chunk(2, -1)
    return (half * F.gelu(gate)).to(x.dtype)


def residual_norm(
    x: Tensor, y: Tensor, bias: Tensor, weight: Tensor, shift: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """x + y + bias, and LayerNorm of that. x, y: [B, N, D]; the others [D]. x may be overwritten with the first."""
    if _TRITON and x.is_cuda:
        from lightbrush.nn.latent import kernels

        return kernels.residual_norm(x, y, bias, weight, shift, eps)
    x = (x.float() + y.float() + bias.float()).to(x.dtype)
    return x, F.layer_norm(x.float(), x.shape[-1:], weight.float(), shift.float(), eps).to(x.dtype)
