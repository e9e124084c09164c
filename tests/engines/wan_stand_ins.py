"""Tiny networks with random weights around the stream: the same in every process. Run, it continues a stream:

python -m tests.engines.wan_stand_ins CONTEXT LOG FIRST OUT
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import msgspec
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from lightbrush.engines.wan_stream import Networks, Parameters, from_bytes, play
from lightbrush.nn.wan.config import TINY
from tests.nn.wan_layouts import made


class Autoencoder:
    """Pure, like a video autoencoder: a latent frame's pixels depend on the latents before it, since the first."""

    def __init__(self) -> None:
        self.mix = torch.randn(16, 3, generator=torch.Generator().manual_seed(1)) / 4

    def decode(self, latents: Tensor) -> Tensor:
        seen = latents.float().clone()
        for i in range(1, len(seen)):
            seen[i] += 0.5 * seen[i - 1]
        frames = torch.cat([seen[:1], *(seen[i : i + 1].expand(4, -1, -1, -1) for i in range(1, len(seen)))])
        colours = torch.einsum("fchw,cd->fdhw", frames, self.mix).tanh()
        return F.interpolate(colours, scale_factor=8.0)

    def decode_last(self, latents: Tensor) -> Tensor:
        return self.decode(latents)[-1:]

    def encode(self, frames: Tensor) -> Tensor:
        return torch.einsum("fdhw,cd->fchw", F.avg_pool2d(frames[::4], 8), self.mix)


def embed(text: str) -> Tensor:
    """A row for each word, the same wherever it is computed."""
    rows = []
    for word in text.split():
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        rows.append(torch.randn(TINY.text_dim, generator=torch.Generator().manual_seed(seed)))
    return torch.stack(rows) if rows else torch.zeros(0, TINY.text_dim)


def networks(dtype: torch.dtype = torch.float32) -> Networks:
    autoencoder = Autoencoder()
    return Networks(made(TINY).to(dtype), embed, autoencoder, autoencoder)


def main(context: str, log: str, first: str, out: str) -> None:
    torch.set_num_threads(1)  # as the test that started it
    told = msgspec.json.decode(Path(log).read_bytes(), type=list[Parameters])
    blocks = play(networks(), told, first=int(first), context=from_bytes(Path(context).read_bytes())[0])
    save_file({str(i): block.latents.contiguous() for i, block in enumerate(blocks, int(first))}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
