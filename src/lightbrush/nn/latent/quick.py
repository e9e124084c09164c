"""diffusers' UNet and tiny VAE, told to take fewer and larger steps on a GPU; the same function.

At one picture of 64x64 latents a thousand kernels of a few microseconds each wait for memory and for one another. So

- norms go with the activation after them and with what is added before them, sums with biases (`fused`), and values
  stay where a convolution wants them, channels last;
- matrices that read the same rows are one: queries, keys and values of self-attention, and for the whole network the
  keys and values of the words, and what its blocks are told of the time.

What a joint matrix takes over keeps its name as a `Window`, by which LoRAs find its rows. Matrices in 8 bits
(`packed`) stay apart. LoRAs beside the network part the two that are as long as the network: their products would be
nearly all zeros.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import torch
from diffusers import AutoencoderTiny, UNet2DConditionModel
from diffusers.models.attention import BasicTransformerBlock
from diffusers.models.resnet import ResnetBlock2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets.unet_2d_blocks import AutoencoderTinyBlock
from torch import Tensor, nn

from lightbrush.errors import SettingsError
from lightbrush.nn.latent import fused

#: The joint matrices of a whole network, in steps that diffusers has for such and that these models do not take.
_WORDS: Final = "encoder_hid_proj"
_TIME: Final = "time_embed_act.1"


class Window(nn.Module):
    """In place of a Linear whose rows a joint one has: takes its part of what that gave. layer: the joint one's name;
    first: of its rows."""

    def __init__(self, layer: str, first: int, like: nn.Linear) -> None:
        super().__init__()
        self.layer, self.first = layer, first
        self.in_features, self.out_features = like.in_features, like.out_features

    def forward(self, joint: Tensor) -> Tensor:
        return joint[..., self.first : self.first + self.out_features]


class Norm(nn.Module):
    """GroupNorm, and SiLU where that is asked for."""

    def __init__(self, norm: nn.GroupNorm, silu: bool) -> None:
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias
        self.groups, self.eps, self.silu = norm.num_groups, norm.eps, silu

    def forward(self, x: Tensor, added: Tensor | None = None) -> Tensor:
        return fused.group_norm(x, self.weight, self.bias, self.groups, self.eps, self.silu, added)


class Resnet(nn.Module):
    """diffusers' ResnetBlock2D of a UNet. The first convolution's bias is added with what is told of the time."""

    def __init__(self, block: ResnetBlock2D) -> None:
        super().__init__()
        self.norm1, self.norm2 = Norm(block.norm1, silu=True), Norm(block.norm2, silu=True)
        self.conv1, self.conv2, self.conv_shortcut = block.conv1, block.conv2, block.conv_shortcut
        self.time_emb_proj = block.time_emb_proj
        self.time_emb_proj.bias = _parameter(self.time_emb_proj.bias + _taken(self.conv1))
        bias = _taken(self.conv2)
        self.bias = _parameter(bias if self.conv_shortcut is None else bias + _taken(self.conv_shortcut))

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """x: [B, C, H, W]; time: [B, T], through its activation, or what the joint matrix makes of that."""
        h = self.conv1(self.norm1(x))
        h = self.conv2(self.norm2(h, self.time_emb_proj(time)))
        return fused.biased(h, self.bias, x if self.conv_shortcut is None else self.conv_shortcut(x))


class Transformer(nn.Module):
    """diffusers' Transformer2DModel of a UNet."""

    def __init__(self, whole: Transformer2DModel) -> None:
        super().__init__()
        self.norm = Norm(whole.norm, silu=False)
        self.proj_in, self.proj_out = whole.proj_in, whole.proj_out
        self.transformer_blocks = nn.ModuleList(Block(block) for block in whole.transformer_blocks)

    def forward(
        self,
        x: Tensor,
        encoder_hidden_states: Tensor,
        cross_attention_kwargs: Mapping[str, Any] | None = None,
        **_: object,
    ) -> tuple[Tensor]:
        """x: [B, C, H, W]; encoder_hidden_states [B, T, ...]: words, or all their keys and values."""
        heard, size = cross_attention_kwargs or {}, x.shape[2:]
        h = self.norm(x)
        flat = isinstance(self.proj_in, nn.Conv2d)
        h = _tokens(self.proj_in(h)) if flat else self.proj_in(_tokens(h))
        for block in self.transformer_blocks:
            h = block(h, encoder_hidden_states, heard)
        h = self.proj_out(_picture(h, size)) if flat else _picture(self.proj_out(h), size)
        return (h + x,)


class Block(nn.Module):
    """diffusers' BasicTransformerBlock: attention to itself, to the words, and a gated network."""

    def __init__(self, block: BasicTransformerBlock) -> None:
        super().__init__()
        self.norm1, self.norm2, self.norm3 = block.norm1, block.norm2, block.norm3
        self.attn1, self.attn2, self.ff = block.attn1, block.attn2, block.ff
        self.attn1.to_qkv = nn.Identity()  # until it is joint
        self.bias1, self.bias2 = (_parameter(_taken(attn.to_out[0])) for attn in (self.attn1, self.attn2))

    def forward(self, x: Tensor, words: Tensor, heard: Mapping[str, Any]) -> Tensor:
        """x: [B, N, D], overwritten."""
        h = self.attn1(self.attn1.to_qkv(self.norm1(x)))
        x, h = fused.residual_norm(x, h, self.bias1, self.norm2.weight, self.norm2.bias, self.norm2.eps)
        h = self.attn2(h, encoder_hidden_states=words, **heard)
        x, h = fused.residual_norm(x, h, self.bias2, self.norm3.weight, self.norm3.bias, self.norm3.eps)
        wide, _, back = self.ff.net
        return x + cast(Tensor, back(fused.geglu(wide.proj(h))))


class TinyBlock(nn.Module):
    """diffusers' AutoencoderTinyBlock."""

    def __init__(self, block: AutoencoderTinyBlock) -> None:
        super().__init__()
        self.conv, self.skip = block.conv, block.skip
        self.biases = nn.ParameterList(_taken(conv) for conv in self.conv[::2])

    def forward(self, x: Tensor) -> Tensor:
        h = fused.biased(self.conv[0](x), self.biases[0], relu=True)
        h = fused.biased(self.conv[2](h), self.biases[1], relu=True)
        return fused.biased(self.conv[4](h), self.biases[2], self.skip(x), relu=True)


@torch.no_grad()
def quicken(unet: UNet2DConditionModel) -> None:
    """Change a UNet that has its weights, before anything is hung on its layers. Raises SettingsError
    weights.format."""
    if (kind := unet.config.resnet_time_scale_shift) != "default" or unet.config.encoder_hid_dim_type is not None:
        raise SettingsError("weights.format", "a UNet of this kind is not run here", value=kind)
    _replace(unet, ResnetBlock2D, Resnet)
    _replace(unet, Transformer2DModel, Transformer)
    unet.conv_norm_out, unet.conv_act = Norm(unet.conv_norm_out, silu=True), nn.Identity()

    def ending(*ends: str) -> list[str]:
        return [name for name, _ in unet.named_modules() if name.endswith(ends)]

    for name in ending("attn1"):
        _join(unet, f"{name}.to_qkv", [f"{name}.to_{part}" for part in "qkv"])
    unet.encoder_hid_proj = nn.Identity()
    unet.register_to_config(encoder_hid_dim_type="text_proj")
    _join(unet, _WORDS, ending("attn2.to_k", "attn2.to_v"))
    unet.time_embed_act = nn.Sequential(nn.SiLU(), nn.Identity())
    _join(unet, _TIME, ending("time_emb_proj"))


def part(network: nn.Module) -> None:
    """Let every layer have its rows of what is joint for the whole network; not those of self-attention."""
    windows = {name: module for name, module in network.named_modules() if isinstance(module, Window)}
    windows = {name: window for name, window in windows.items() if window.layer in (_WORDS, _TIME)}
    for name, window in windows.items():
        network.set_submodule(name, _alone(cast(nn.Linear, network.get_submodule(window.layer)), window))
    for joint in {window.layer for window in windows.values()}:
        network.set_submodule(joint, nn.Identity())


@torch.no_grad()
def quicken_tiny(vae: AutoencoderTiny) -> None:
    """Change a tiny VAE that has its weights."""
    _replace(vae, AutoencoderTinyBlock, TinyBlock)


def _replace(network: nn.Module, kind: type[nn.Module], by: type[Any]) -> None:
    for name in [name for name, module in network.named_modules() if type(module) is kind]:
        network.set_submodule(name, by(network.get_submodule(name)))


def _join(network: nn.Module, joint: str, names: Sequence[str]) -> None:
    """Let one Linear have the rows of these, if all are whole."""
    layers: list[Any] = [network.get_submodule(name) for name in names]
    if not all(type(layer) is nn.Linear for layer in layers):
        return
    biases: list[Tensor] = [layer.bias for layer in layers if layer.bias is not None]
    made = _linear(torch.cat([layer.weight for layer in layers]), torch.cat(biases) if biases else None)
    network.set_submodule(joint, made)
    first = 0
    for name, layer in zip(names, layers, strict=True):
        network.set_submodule(name, Window(joint, first, layer))
        first += layer.out_features


def _alone(joint: nn.Linear, window: Window) -> nn.Linear:
    rows = slice(window.first, window.first + window.out_features)
    bias: Tensor | None = joint.bias
    return _linear(joint.weight[rows], None if bias is None else bias[rows])


def _linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    rows, columns = weight.shape
    with torch.device("meta"):
        made = nn.Linear(columns, rows, bias is not None)
    made.weight = _parameter(weight)
    if bias is not None:
        made.bias = _parameter(bias)
    return made


def _taken(layer: Any) -> nn.Parameter:
    """A layer's bias, for whoever adds it now."""
    bias = _parameter(layer.bias)
    layer.bias = None
    return bias


def _parameter(value: Tensor) -> nn.Parameter:
    return nn.Parameter(value.detach(), requires_grad=False)


def _tokens(x: Tensor) -> Tensor:
    """[B, C, H, W] -> [B, H W, C], without moving anything where channels come last."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


def _picture(x: Tensor, size: Sequence[int]) -> Tensor:
    """The way back."""
    batch, _, channels = x.shape
    return x.view(batch, *size, channels).permute(0, 3, 1, 2)
