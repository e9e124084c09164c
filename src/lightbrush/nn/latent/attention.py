"""Attention of a UNet, which hears more than the words: reference pictures, and what is unwanted.

    out = A(words) + sum over pictures of share A(picture) - push (A(unwanted) - A(nothing))

Pictures have keys and values of their own (IP-Adapter; Ye et al., 2023). What is unwanted is subtracted where it would
be heard, since a distilled model has no second pass to guide away from (after "negative prompts as subtraction in
attention"; Nguyen et al., "SNOOPI", 2024); of it what the empty text says too stays, so that the sum keeps its size.
Where a picture has places that hear something else, each token takes the mean of what is heard, by how much of it each
place has: the words of a place reach only where it lies, within one pass. Without pictures, push and places it is
diffusers' own attention.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch.nn.functional as F
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn


class Hearing(nn.Module):
    """diffusers' protocol of an attention processor. to_k_ip, to_v_ip: of an IP-Adapter's layer, without bias."""

    def __init__(self, to_k_ip: nn.Linear | None = None, to_v_ip: nn.Linear | None = None) -> None:
        super().__init__()
        self.to_k_ip = to_k_ip
        self.to_v_ip = to_v_ip

    def __call__(
        self,
        attn: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
        unwanted: Tensor | None = None,
        push: Tensor | None = None,
        pictures: Tensor | None = None,
        shares: Tensor | None = None,
        places: Tensor | None = None,
        places_unwanted: Tensor | None = None,
        places_push: Tensor | None = None,
        lie: Mapping[int, Tensor] | None = None,
        owners: Tensor | None = None,
    ) -> Tensor:
        """hidden_states [B, N, D]; encoder_hidden_states, of cross-attention, [B, T, C]; unwanted [2, T, C], a text and
        the empty one, push [1]; pictures [R, tokens, C], shares [B, R]; places [P, B, T, C], what each of them hears,
        places_unwanted [P, T, C], places_push [P]; lie: by N, how much the rest and then each place has of a token,
        [1 + P, N]; owners [R], of which of these a picture is. -> [B, N, D]"""
        heads = attn.heads
        query = _split(attn.to_q(hidden_states), heads)
        heard = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        out = F.scaled_dot_product_attention(
            query, _split(attn.to_k(heard), heads), _split(attn.to_v(heard), heads), attn_mask=attention_mask
        )
        if encoder_hidden_states is not None:
            if unwanted is not None and push is not None:
                key, value = _split(attn.to_k(unwanted), heads), _split(attn.to_v(unwanted), heads)
                said, nothing = F.scaled_dot_product_attention(query.repeat(2, 1, 1, 1), key, value)
                out = out - push * (said - nothing)
            has = None if lie is None else lie[query.shape[2]][:, None, None, :, None]  # [1 + P, 1, 1, N, 1]
            if has is not None and places is not None:
                out = has[0] * out
                for i in range(len(places)):
                    key, value = _split(attn.to_k(places[i]), heads), _split(attn.to_v(places[i]), heads)
                    own = F.scaled_dot_product_attention(query, key, value)
                    if places_unwanted is not None and places_push is not None:
                        against = places_unwanted[i : i + 1]
                        key, value = _split(attn.to_k(against), heads), _split(attn.to_v(against), heads)
                        every = (len(query), 1, 1, 1)  # whole: cuDNN's attention takes no strides of 0
                        said = F.scaled_dot_product_attention(query, key.repeat(every), value.repeat(every))
                        own = own - places_push[i] * (said - nothing)
                    out = out + has[i + 1] * own
            if pictures is not None and shares is not None and self.to_k_ip is not None and self.to_v_ip is not None:
                for i in range(len(pictures)):
                    key, value = (
                        _split(self.to_k_ip(pictures[i])[None], heads),
                        _split(self.to_v_ip(pictures[i])[None], heads),
                    )
                    every = (len(query), 1, 1, 1)
                    seen = F.scaled_dot_product_attention(query, key.repeat(every), value.repeat(every))
                    share = shares[:, i].view(-1, 1, 1, 1)
                    if has is not None and owners is not None:
                        share = share * has.index_select(0, owners[i : i + 1])[0]  # an index that stays on the device
                    out = out + share * seen
        out = out.transpose(1, 2).flatten(2).to(hidden_states.dtype)
        told: Tensor = attn.to_out[0](out)
        return told


def _split(tokens: Tensor, heads: int) -> Tensor:
    """[B, N, heads * D] -> [B, heads, N, D]."""
    batch, length, _ = tokens.shape
    return tokens.view(batch, length, heads, -1).transpose(1, 2)
