"""What a text is to a latent diffusion model: the hidden states of one CLIP text encoder, or of two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, Protocol

import torch
from torch import Tensor

REMEMBERED: Final = 256

Layer = Literal["last", "penultimate"]


@dataclass(frozen=True, eq=False)
class Said:
    """tokens [T, C], float32 on the device. pooled [P]: of SDXL, the text as one vector."""

    tokens: Tensor
    pooled: Tensor | None = None

    def to(self, device: torch.device) -> Said:
        return Said(self.tokens.to(device), None if self.pooled is None else self.pooled.to(device))


Embed = Callable[[str], Said]


class Tokenizer(Protocol):
    model_max_length: int

    def __call__(self, text: str, **kwargs: Any) -> Any: ...


def text_reader(
    encoders: Sequence[torch.nn.Module], tokenizers: Sequence[Tokenizer], layer: Layer, pooled: bool
) -> Embed:
    """The encoders' states side by side. layer: of Stable Diffusion the last, of SDXL the last but one. pooled: with
    the last encoder's projected vector. A text is encoded once: moving its weight costs nothing. What is beyond 77
    tokens is not heard."""

    @torch.no_grad()
    def embed(text: str) -> Said:
        states, vector = [], None
        for network, tokenizer in zip(encoders, tokenizers, strict=True):
            told = tokenizer(
                text, padding="max_length", max_length=tokenizer.model_max_length, truncation=True, return_tensors="pt"
            )
            device = next(network.parameters()).device
            out = network(told.input_ids.to(device), output_hidden_states=layer == "penultimate")
            states.append(out[0] if layer == "last" else out.hidden_states[-2])
            vector = out[0][0].float() if pooled else None
        return Said(torch.cat(states, -1)[0].float(), vector)

    return lru_cache(REMEMBERED)(embed)


def blend(said: Sequence[Said], weights: Sequence[float], empty: Said) -> Said:
    """Texts wanted, weights above 0, from what the empty text is:

        e = empty + sum w g (e_i - empty) / max(1, sum w),  g = 1 + max(0, w - 1) / 2

    One text of weight 1 is itself, weight 0 is as if it were not there, below 1 it is said more softly, beyond 1 it is
    exaggerated; several meet at their weighted mean. Continuous in every weight; their order does not matter.
    """
    total = max(1.0, sum(weights))
    tokens, pooled = empty.tokens, empty.pooled
    if len(said) == 1 and weights[0] == 1.0:
        return said[0]
    for text, weight in zip(said, weights, strict=True):
        share = weight * (1 + max(0.0, weight - 1) / 2) / total
        tokens = tokens + share * (text.tokens - empty.tokens)
        if pooled is not None and text.pooled is not None and empty.pooled is not None:
            pooled = pooled + share * (text.pooled - empty.pooled)
    return Said(tokens, pooled)
