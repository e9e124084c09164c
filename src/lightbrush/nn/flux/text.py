"""What a text is to FLUX: T5's states, of padding too, and CLIP's vector (Raffel et al., 2020; Radford et al.,
2021)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from transformers import CLIPTextModel, T5EncoderModel

from lightbrush.nn.latent.text import REMEMBERED, Embed, Said, Tokenizer
from lightbrush.nn.wan.text import END_OF_TEXT, Tokenize

#: Tokens of a text; what is longer is cut. schnell was taught with 256, dev with 512.
TOKENS = {False: 256, True: 512}
_PAD = 0


def flux_reader(
    clip: CLIPTextModel,
    clip_tokenizer: Tokenizer,
    t5: T5EncoderModel,
    tokenize: Tokenize,
    tokens: int,
) -> Embed:
    """tokens: how many of T5's, padding among them, which FLUX was taught to hear too. A text is encoded once: moving
    its weight costs nothing."""

    @torch.no_grad()
    def embed(text: str) -> Said:
        device = next(t5.parameters()).device
        told = clip_tokenizer(
            text,
            padding="max_length",
            max_length=clip_tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        )
        pooled = clip(told.input_ids.to(device)).pooler_output[0].float()
        states = t5(torch.tensor([padded(tokenize(text), tokens)], device=device))[0][0].float()
        return Said(states, pooled)

    return lru_cache(REMEMBERED)(embed)


def tokenizing(tokenizer: Any) -> Tokenize:
    """tokenizer: of the package tokenizers, which ends every text itself."""
    return lambda text: list(tokenizer.encode(text).ids)


def padded(ids: list[int], tokens: int) -> list[int]:
    """So many: cut before the end of the text, or filled."""
    if len(ids) > tokens:
        return [*ids[: tokens - 1], END_OF_TEXT]
    return ids + [_PAD] * (tokens - len(ids))
