"""On CUDA a picture is three captured graphs, and the same function as on a CPU."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from lightbrush.nn.latent import tiny
from lightbrush.nn.latent.config import FamilyId
from lightbrush.nn.latent.painter import Asked, Painter, Place
from lightbrush.nn.latent.schedule import noise, schedule

pytestmark = pytest.mark.gpu
FAMILIES: tuple[FamilyId, ...] = ("sd15", "sd21", "sdxl")


def painters(family: FamilyId, dtype: torch.dtype = torch.float32) -> tuple[Any, Any, Any]:
    """What reads, a painter on CUDA, one on the CPU."""
    there, here = (tiny.model(family, torch.device(name)) for name in ("cuda", "cpu"))
    for network in (there.networks.unet, there.networks.vae, there.networks.tiny):
        network.to(dtype).to(memory_format=torch.channels_last)
    cuda = Painter(there.networks, torch.device("cuda"), dtype)
    return here.embed, cuda, Painter(here.networks, torch.device("cpu"), torch.float32)


def asked(embed: Any, device: str, steps: int = 2, side: int = 64, **more: Any) -> Asked:
    words, nothing = (
        type(said)(said.tokens.to(device), None if said.pooled is None else said.pooled.to(device))
        for said in (embed("a calm sea"), embed(""))
    )
    bare = more.get("start") is None
    plan = schedule("ancestral", "epsilon", steps, 1.0 if bare else 0.7, bare)
    size = {"width": side, "height": side}
    if (share := more.pop("places", None)) is not None:
        more["places"] = [Place(share, nothing, words, 0.5)]
    told = {"words": words, "unwanted": nothing, "nothing": nothing, **more}
    return Asked(**size, plan=plan, noise=partial(noise, 3, side // 8, side // 8), **told)


def sketch(side: int = 64) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (side, side, 3), np.uint8)


@pytest.mark.parametrize("family", FAMILIES)
def test_latents_are_those_of_a_cpu(family: FamilyId) -> None:
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    embed, cuda, cpu = painters(family)
    kept = np.dstack([sketch(), np.tile(np.uint8([0, 255]).repeat(32), (64, 1))])
    half = np.zeros((64, 64), np.float32)
    half[:, 32:] = 0.75
    for more in (
        {},
        {"start": sketch()},
        {"start": sketch(), "kept": kept},
        {"guidance": 1.5},
        {"push": 0.5},
        {"places": half},
        {"places": half, "guidance": 1.5},
        {"places": half, "push": 0.5},
    ):
        ours, theirs = (painter.denoise(asked(embed, name, **more)) for painter, name in ((cuda, "cuda"), (cpu, "cpu")))
        spread = float(theirs.std())
        torch.testing.assert_close(ours.cpu() / spread, theirs / spread, atol=5e-3, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_picture_comes_again_whatever_was_painted_between(family: FamilyId) -> None:
    embed, cuda, _ = painters(family, torch.float16)
    first = cuda.paint(asked(embed, "cuda", start=sketch()))
    others = [
        cuda.paint(asked(embed, "cuda", 4, start=255 - sketch())),
        cuda.paint(asked(embed, "cuda", side=128)),
        cuda.paint(asked(embed, "cuda", full=True)),
        cuda.paint(asked(embed, "cuda", push=0.5)),
    ]
    assert all(picture.shape[-1] == 3 for picture in others)
    assert np.array_equal(cuda.paint(asked(embed, "cuda", start=sketch())), first)


def test_what_is_forgotten_is_given_back_and_painted_again() -> None:
    embed, cuda, _ = painters("sd21")
    first = cuda.paint(asked(embed, "cuda"))
    held = torch.cuda.memory_reserved()
    cuda.forget()
    assert torch.cuda.memory_reserved() <= held
    assert np.array_equal(cuda.paint(asked(embed, "cuda")), first)
