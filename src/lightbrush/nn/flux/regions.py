"""Parts of a picture that hear something else, where words and picture attend to each other at once: which tokens
attend to which, as what is added to the logits of attention.

Every token belongs to what the shot says and to each part, by shares that sum to 1: one of a text or of a reference
picture wholly to one, one of the picture by how much of it a part covers. With S the shares, tokens a and b have

    bias = log sum over parts of S(a) S(b),  and 0 between two tokens of the picture itself

A logit's bias is a factor of its share, so a text is heard, and hears, where its part lies, as much as that is the
part's, and texts of two parts know nothing of each other. The picture's own tokens all attend to one another, and make
parts go together. Of one part that covers everything the rest is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def bias_of(has: Tensor, words: int, copies: int = 1, seen: Sequence[int] = (), owners: Sequence[int] = ()) -> Tensor:
    """has: [1 + P, N], how much the rest and then each part has of each token of the picture. words: tokens of each of
    1 + P texts. copies: how many pictures of its size there are that all parts see, itself first. seen: tokens of each
    reference picture; owners: of which part it is, 0 of the rest. -> [M, M] float32: of texts, these pictures, and
    reference pictures."""
    parts = torch.eye(len(has), device=has.device)
    belongs = [parts.repeat_interleave(words, 1), *[has.float()] * copies]
    belongs += [parts[:, owner, None].expand(-1, count) for owner, count in zip(owners, seen, strict=True)]
    shares = torch.cat(belongs, 1)
    bias = (shares.T @ shares).log_()
    first, last = words * len(has), words * len(has) + copies * has.shape[1]
    bias[first:last, first:last] = 0.0
    return bias
