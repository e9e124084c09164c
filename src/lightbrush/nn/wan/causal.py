"""Convolutions that look into the past only, over a video that arrives in blocks.

A video inside a network is [F, C, H, W], frames first, channels innermost in memory (`torch.channels_last`). That is
also how a batch of one [1, C, F, H, W] lies in `torch.channels_last_3d`: either view costs nothing, so convolutions
over pictures and over volumes follow each other without a copy.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

State: TypeAlias = tuple[Tensor, ...]
"""What the convolutions of one network keep between two blocks: [k, C, H, W] each, in the order in which they run."""

Formulation = Literal["volume", "frames"]
"""How a causal convolution is computed. volume: one 3D convolution. frames: a 2D convolution for each tap in time,
summed in the network's type. The same function but for rounding; `formulation_for` says which is whose."""


class Memory:
    """One block's walk through the network: hands each convolution its past and collects what the next block needs.

    Nothing here depends on values, only on shapes: the first block (`state` None) and a later block are each one fixed
    sequence of operations, which a CUDA graph can hold.
    """

    def __init__(self, state: State | None) -> None:
        self.first = state is None
        self._before = state
        self._after: list[Tensor] = []

    def join(self, x: Tensor, frames: int, start: Tensor | None = None) -> Tensor:
        """[F, C, H, W] -> [frames + F, C, H, W]: what came before, then x. The last `frames` are kept for the next.

        Before the first block there is `start` [frames, C, H, W], or zeros.
        """
        if self._before is not None:
            past = self._past(x, frames)
        else:
            past = x.new_zeros((frames, *x.shape[1:])) if start is None else start
        joined = torch.cat([past.contiguous(memory_format=torch.channels_last), x])
        self._after.append(joined[-frames:].clone())  # a view would keep the whole block alive
        return joined

    def _past(self, x: Tensor, frames: int) -> Tensor:
        assert self._before is not None
        position = len(self._after)
        wanted = (frames, *x.shape[1:])
        seen = tuple(self._before[position].shape) if position < len(self._before) else None
        if seen != wanted:
            raise ValueError(f"wan: state {position} must be {wanted}, got {seen}; it fits one network and one size")
        return self._before[position]

    def state(self) -> State:
        """After the walk: what the next block begins with."""
        if self._before is not None and len(self._after) != len(self._before):
            raise ValueError(f"wan: a state of {len(self._after)} tensors was expected, got {len(self._before)}")
        return tuple(self._after)


class CausalConv(nn.Conv3d):
    """A convolution over `frames` successive frames and side x side pixels; zeros around a frame, nothing around time.

    stride: of time. The past is the caller's to join: see `Memory.join`.
    """

    def __init__(self, n_in: int, n_out: int, frames: int, side: int, stride: int = 1, bias: bool = True) -> None:
        around = (0, side // 2, side // 2)
        super().__init__(n_in, n_out, (frames, side, side), stride=(stride, 1, 1), padding=around, bias=bias)
        self.formulation: Formulation = "volume"

    def relu(self, joined: Tensor) -> Tensor:
        """relu(forward(joined)), as `conv_relu` has it."""
        if self.formulation != "volume" or not has_cudnn(joined.device):
            return F.relu(self(joined))
        around = self.stride, _padding(self), self.dilation, self.groups
        out = torch.cudnn_convolution_relu(joined.unsqueeze(0).transpose(1, 2), self.weight, self.bias, *around)
        return out.transpose(1, 2).squeeze(0).contiguous(memory_format=torch.channels_last)

    def forward(self, joined: Tensor) -> Tensor:
        """[F, C, H, W] -> [(F - frames) // stride + 1, n_out, H, W]."""
        if self.formulation == "volume":
            # Unsqueezed first: the batch's stride is part of how the memory format is recognised.
            out: Tensor = super().forward(joined.unsqueeze(0).transpose(1, 2)).transpose(1, 2).squeeze(0)
            return out.contiguous(memory_format=torch.channels_last)  # a copy only where a CPU library chose otherwise
        taps, stride, padding = self.kernel_size[0], self.stride[0], self.padding[1]
        reach = joined.shape[0] - taps + 1
        out = F.conv2d(joined[:reach:stride], self.weight[:, :, 0], self.bias, padding=padding)
        for tap in range(1, taps):
            out += F.conv2d(joined[tap : tap + reach : stride], self.weight[:, :, tap], padding=padding)
        return out


def has_cudnn(device: torch.device) -> bool:
    """Not MIOpen, which PyTorch calls CUDA too."""
    return device.type == "cuda" and torch.version.hip is None


def formulation_for(device: torch.device) -> Formulation:
    """By which library computes: `lightbrush bench video` compares the two on a GPU, under `decode`."""
    # cuDNN has kernels on tensor cores for volumes whose channels lie innermost, which `arrange` sees to: on Hopper 2.7
    # to 3.7 times as fast as with channels outermost (github.com/sgl-project/sglang/pull/27431), where PyTorch does
    # without cuDNN 9.8 to 9.14 in 16 bits (github.com/pytorch/pytorch/issues/166643). One of them does what frames take
    # three for, with two more passes over their sums, and it sums in float32.
    if has_cudnn(device):
        return "volume"
    # MIOpen copies a volume out for each tap before it multiplies; frames were 1.66 times as fast
    # (github.com/numz/ComfyUI-SeedVR2_VideoUpscaler/pull/634). On a CPU volumes take up to four times as long.
    return "frames"


def arrange(
    network: nn.Module,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    formulation: Formulation | None = None,
) -> None:
    """Move a network to a device and its parameters to a type; lay its filters out in memory as `formulation` wants.

    formulation: None is the device's own, `formulation_for`. Buffers keep their type: statistics of latents in bfloat16
    would be off by parts in 500.
    """
    network.to(device)
    if formulation is None:
        formulation = formulation_for(next(network.parameters()).device)
    for module in network.modules():
        for parameter in module.parameters(recurse=False):
            parameter.data = parameter.data.to(dtype)
        if isinstance(module, CausalConv):
            module.formulation = formulation
            if formulation == "volume":
                module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last_3d)
            else:  # for each tap in time one filter of pictures, channels innermost
                module.weight.data = module.weight.data.permute(2, 0, 3, 4, 1).contiguous().permute(1, 4, 0, 2, 3)
        elif isinstance(module, nn.Conv2d):
            module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)


def unfold_time(x: Tensor, stride: int) -> Tensor:
    """[F, stride C, H, W] -> [stride F, C, H, W]: a frame's channels become `stride` successive frames."""
    frames: Tensor = x.permute(0, 2, 3, 1).unflatten(3, (stride, -1))  # [F, H, W, stride, C]
    return frames.permute(0, 3, 1, 2, 4).flatten(0, 1).permute(0, 3, 1, 2)


def double(x: Tensor) -> Tensor:
    """[F, C, H, W] -> [F, C, 2 H, 2 W]: every pixel four times. One copy of memory; as an interpolation it takes three
    times as long on a GPU (docs/benchmarks.md)."""
    frames = x.permute(0, 2, 3, 1)[:, :, None, :, None]  # [F, H, 1, W, 1, C]
    return frames.expand(-1, -1, 2, -1, 2, -1).flatten(3, 4).flatten(1, 2).permute(0, 3, 1, 2)


def _padding(conv: nn.Conv2d | nn.Conv3d) -> tuple[int, ...]:
    assert not isinstance(conv.padding, str)
    return conv.padding


def conv_relu(x: Tensor, conv: nn.Conv2d, added: Tensor | None = None) -> Tensor:
    """relu(conv(x) + added), of pictures [F, C, H, W], a stride of 1. cuDNN has it as one operation, which spares two
    ways through memory."""
    if has_cudnn(x.device):
        around = conv.stride, _padding(conv), conv.dilation, conv.groups
        if added is None:
            return torch.cudnn_convolution_relu(x, conv.weight, conv.bias, *around)
        return torch.cudnn_convolution_add_relu(x, conv.weight, added, 1.0, conv.bias, *around)
    y = conv(x)
    return F.relu(y if added is None else y + added)
