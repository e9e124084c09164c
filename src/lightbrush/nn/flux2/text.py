"""What a text is to FLUX.2 klein: states of three layers of a language model, Qwen3, that is asked nothing but told the
text as a user's message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import torch
from torch import nn
from transformers import Qwen3Config, Qwen3Model

from lightbrush.errors import SettingsError
from lightbrush.nn.flux2.config import HEARD_LAYERS, TOKENS
from lightbrush.nn.latent.text import Embed, Said
from lightbrush.nn.wan.tensors import Stored

#: Texts, each of some 16 MB.
REMEMBERED: Final = 32
#: As its chat template writes a message, and an answer that begins without thinking.
_MESSAGE: Final = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
PAD: Final = "<|endoftext|>"
_PREFIX: Final = "model."


def qwen_reader(
    network: Qwen3Model,
    tokenize: Callable[[str], Sequence[int]],
    pad: int,
    tokens: int = TOKENS,
    layers: Sequence[int] = HEARD_LAYERS,
) -> Embed:
    """network: without the layers after the last of `layers`, and without the norm after them. pad: the token that a
    short text is filled with; what is longer than `tokens` is cut. A text is encoded once: moving its weight costs
    nothing."""

    @torch.no_grad()
    def embed(text: str) -> Said:
        device = network.embed_tokens.weight.device
        ids = list(tokenize(_MESSAGE.format(text)))[:tokens]
        filled = torch.tensor([ids + [pad] * (tokens - len(ids))], device=device)
        real = torch.tensor([[1] * len(ids) + [0] * (tokens - len(ids))], device=device)
        out = network(input_ids=filled, attention_mask=real, output_hidden_states=True, use_cache=False)
        return Said(torch.cat([out.hidden_states[i][0] for i in layers], -1).float())

    return lru_cache(REMEMBERED)(embed)


def empty_qwen(config: Mapping[str, Any], layers: Sequence[int] = HEARD_LAYERS) -> Qwen3Model:
    """As far as it is heard, on the meta device but for what is no parameter. Raises SettingsError weights.format for a
    text encoder of another kind."""
    if config.get("model_type", "qwen3") != "qwen3" or config.get("num_hidden_layers", 0) < layers[-1]:
        raise SettingsError(
            "weights.format",
            f"FLUX.2 klein hears layers {', '.join(map(str, layers))} of Qwen3",
            value=f"{config.get('model_type')}, {config.get('num_hidden_layers')} layers",
        )
    left_out = ("layer_types", "architectures", "quantization_config")
    known = {name: value for name, value in config.items() if name not in left_out}
    told = Qwen3Config.from_dict({**known, "num_hidden_layers": layers[-1]})
    with torch.device("meta"):
        network = Qwen3Model(told)
    network.set_submodule("norm", nn.Identity())
    network.rotary_emb = type(network.rotary_emb)(config=told)  # its numbers are counted, not read
    return network


def heard(stored: Mapping[str, Stored], layers: Sequence[int] = HEARD_LAYERS) -> dict[str, Stored]:
    """A file's tensors, as far as they are heard, by the network's names."""
    named = {name.removeprefix(_PREFIX): tensor for name, tensor in stored.items()}
    return {
        name: tensor
        for name, tensor in named.items()
        if name not in ("norm.weight", "lm_head.weight")
        and not (name.startswith("layers.") and int(name.split(".")[1]) >= layers[-1])
    }
