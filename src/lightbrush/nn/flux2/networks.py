"""A FLUX.2 klein's networks from its files: a diffusers folder, or an original single file and the parts that it
lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLFlux2
from torch import nn

from lightbrush.errors import SettingsError
from lightbrush.nn.flux.schedule import Shift
from lightbrush.nn.flux2.checkpoints import config_of, is_flux2, of_diffusers, original
from lightbrush.nn.flux2.config import HEARD_LAYERS, TOKENS, Flux2Config
from lightbrush.nn.flux2.text import PAD, REMEMBERED, empty_qwen, heard, qwen_reader
from lightbrush.nn.flux2.tiny_vae import open_taef2
from lightbrush.nn.flux2.transformer import Flux2Transformer
from lightbrush.nn.latent.memory import Saving
from lightbrush.nn.latent.networks import (
    Model,
    Part,
    Progress,
    away,
    channels_last,
    check_pickle,
    folder_part,
    held,
    read_json,
)
from lightbrush.nn.latent.packed import fill_frozen, in_bytes
from lightbrush.nn.latent.painter import Networks
from lightbrush.nn.wan.tensors import Stored, fill, open_tensors
from lightbrush.nn.wan.text import open_tokenizer

#: Steps gather where a picture is nearly all noise, the more so the larger it is and the fewer they are.
KLEIN_SHIFT = Shift(grows=True, by_steps=True)
_COUNTED = "bn.num_batches_tracked"


@dataclass(frozen=True)
class Flux2Checkpoint:
    """What files hold. stored: the transformer's, by our names. tokenizer: of the package tokenizers. distilled: it
    needs no guidance."""

    config: Flux2Config
    stored: Mapping[str, Stored]
    vae: Part
    text: Part
    tokenizer: Any
    shift: Shift
    distilled: bool

    @property
    def in_bytes(self) -> bool:
        return in_bytes(self.stored)


def is_flux2_folder(path: Path) -> bool:
    """Whether a diffusers folder says that it is FLUX.2."""
    config = path / "transformer" / "config.json"
    return config.is_file() and read_json(config).get("_class_name") == "Flux2Transformer2DModel"


def is_distilled(path: Path) -> bool:
    """Whether a folder's, or a file's, model is one of few steps; what does not say it is taken for one."""
    index = path / "model_index.json"
    return not index.is_file() or read_json(index).get("is_distilled") is not False


def open_flux2(path: Path, base: Path | None = None, *, pickles: bool = False) -> Flux2Checkpoint:
    """path: a diffusers folder; of its transformer alone; or a single file with the transformer. base: the folder with
    the text encoder and the VAE, by default path itself.

    pickles: as of `nn.latent.networks.open_model`. Raises SettingsError: weights.missing, weights.damaged,
    weights.format, weights.key, weights.shape.
    """
    if path.is_dir():
        folder = path / "transformer" if (path / "transformer").is_dir() else path
        part = folder_part(folder, "diffusion_pytorch_model", pickles)
        config = Flux2Config.of_diffusers(part.config)
        stored = of_diffusers(part.stored, config)
    else:
        check_pickle(path, pickles)
        whole = open_tensors(path)
        if not is_flux2(whole):
            raise SettingsError(
                "weights.format", f"{path.name} holds no FLUX.2 transformer", value=", ".join(list(whole)[:2])
            )
        stored = original(whole)
        config = config_of(stored, path)
    parts = base or path
    text = folder_part(parts / "text_encoder", "model", pickles)
    if (hears := text.config.get("hidden_size", 0) * len(HEARD_LAYERS)) != config.words:
        raise SettingsError(
            "weights.shape",
            f"the transformer hears {config.words} numbers a token, the text encoder of {parts.name} says {hears}",
            value=str(path),
            fix="A single file is heard by klein 4B's text encoder; of klein 9B name its diffusers folder",
        )
    scheduler = parts / "scheduler" / "scheduler_config.json"
    shift = KLEIN_SHIFT
    if scheduler.is_file():
        told = Shift.of_diffusers(read_json(scheduler))
        shift = replace(told, by_steps=told.grows)
    vae = folder_part(parts / "vae", "diffusion_pytorch_model", pickles)
    return Flux2Checkpoint(config, stored, vae, text, open_tokenizer(parts / "tokenizer"), shift, is_distilled(path))


def build_flux2(
    checkpoint: Flux2Checkpoint,
    device: torch.device,
    dtype: torch.dtype,
    *,
    tiny: Path | None = None,
    saving: Saving = Saving(),  # noqa: B008 (frozen)
    tokens: int = TOKENS,
    layers: Sequence[int] = HEARD_LAYERS,
    progress: Progress = lambda what, done, total: None,
) -> Model:
    """tiny: the file or folder of TAEF2. tokens: of a text; layers: of the text encoder, those that are heard. Raises
    SettingsError: weights.format, weights.key, weights.shape."""
    texts_at = device if saving.texts == "device" else torch.device("cpu")

    def read(what: str, network: nn.Module, stored: Mapping[str, Stored], at: torch.device = device) -> Any:
        numbers = lambda name: torch.float32 if name.startswith("bn.") else dtype  # noqa: E731
        fill(network, stored, at, numbers, partial(progress, what))
        return network.requires_grad_(False).eval()

    # 1. The transformer
    with torch.device("meta"):
        transformer = Flux2Transformer(checkpoint.config)
    reading = partial(progress, "the transformer")
    error = fill_frozen(transformer, checkpoint.stored, device, dtype, saving.numbers, reading)

    # 2. What reads texts
    qwen = read("Qwen3", empty_qwen(checkpoint.text.config, layers), heard(checkpoint.text.stored, layers), texts_at)
    qwen.rotary_emb.to(texts_at)
    tokenizer = checkpoint.tokenizer
    pad = tokenizer.token_to_id(PAD)
    if pad is None:
        raise SettingsError("weights.format", "the tokenizer is not Qwen's", value=f"it has no {PAD}")
    embed = qwen_reader(qwen, lambda text: tokenizer.encode(text).ids, pad, tokens, layers)

    # 3. The VAEs
    with torch.device("meta"):
        empty_vae = AutoencoderKLFlux2.from_config(dict(checkpoint.vae.config))
    counted = held({_COUNTED: torch.zeros(())})  # not in every file, and of no use
    vae = read("the VAE", empty_vae, {**counted, **checkpoint.vae.stored})
    tiny_vae = None if tiny is None else open_taef2(tiny, device, dtype)
    channels_last(device, vae, tiny_vae)
    vae_away, embed = away(saving, device, vae, (qwen,), embed, REMEMBERED)
    networks = Networks(transformer, vae, tiny_vae, away=vae_away)
    return Model(networks, embed, "flow", xl=False, shift=checkpoint.shift, error=error)
