"""A FLUX model's networks from its files: a diffusers folder, or an original single file and the parts that it
lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL
from torch import nn
from transformers import T5Config, T5EncoderModel

from lightbrush.errors import SettingsError
from lightbrush.nn.flux.checkpoints import config_of, is_flux, of_diffusers, original
from lightbrush.nn.flux.config import FluxConfig
from lightbrush.nn.flux.schedule import Shift
from lightbrush.nn.flux.text import TOKENS, flux_reader
from lightbrush.nn.flux.transformer import FluxTransformer
from lightbrush.nn.latent.memory import Saving
from lightbrush.nn.latent.networks import (
    Model,
    Part,
    Progress,
    away,
    channels_last,
    check_pickle,
    folder_part,
    open_tiny,
    read_json,
    read_tokenizer,
    text_encoder,
)
from lightbrush.nn.latent.packed import fill_frozen, in_bytes
from lightbrush.nn.latent.painter import Networks
from lightbrush.nn.latent.text import Tokenizer
from lightbrush.nn.wan.tensors import Stored, fill, open_tensors
from lightbrush.nn.wan.text import Tokenize, load_tokenizer


@dataclass(frozen=True)
class FluxCheckpoint:
    """What files hold. stored: the transformer's, by our names. texts: CLIP's and T5's."""

    config: FluxConfig
    stored: Mapping[str, Stored]
    vae: Part
    texts: tuple[Part, Part]
    tokenizer: Tokenizer
    tokenize: Tokenize
    shift: Shift

    @property
    def in_bytes(self) -> bool:
        return in_bytes(self.stored)


def is_flux_folder(path: Path) -> bool:
    """Whether a diffusers folder says that it is FLUX.1."""
    config = path / "transformer" / "config.json"
    return config.is_file() and read_json(config).get("_class_name") == "FluxTransformer2DModel"


def open_flux(path: Path, base: Path | None = None, *, pickles: bool = False) -> FluxCheckpoint:
    """path: a diffusers folder; of its transformer alone; or a single file with the transformer. base: the folder with
    the text encoders and the VAE, by default path itself.

    pickles: as of `nn.latent.networks.open_model`. Raises SettingsError: weights.missing, weights.damaged,
    weights.format, weights.key, weights.shape.
    """
    if path.is_dir():
        folder = path / "transformer" if (path / "transformer").is_dir() else path
        part = folder_part(folder, "diffusion_pytorch_model", pickles)
        config = FluxConfig.of_diffusers(part.config)
        stored = of_diffusers(part.stored, config)
        guides = path
    else:
        check_pickle(path, pickles)
        whole = open_tensors(path)
        if not is_flux(whole):
            raise SettingsError(
                "weights.format", f"{path.name} holds no FLUX transformer", value=", ".join(list(whole)[:2])
            )
        stored = original(whole)
        config = config_of(stored, path)
        guides = None
    parts = base or path
    texts = tuple(folder_part(parts / name, "model", pickles) for name in ("text_encoder", "text_encoder_2"))
    return FluxCheckpoint(
        config,
        stored,
        folder_part(parts / "vae", "diffusion_pytorch_model", pickles),
        (texts[0], texts[1]),
        read_tokenizer(parts / "tokenizer"),
        load_tokenizer(parts / "tokenizer_2"),
        _shift(guides, config),
    )


def _shift(folder: Path | None, config: FluxConfig) -> Shift:
    """A folder's own; of a file what schnell has, or dev where the network is told its guidance."""
    told = None if folder is None else folder / "scheduler" / "scheduler_config.json"
    if told is not None and told.is_file():
        return Shift.of_diffusers(read_json(told))
    return Shift(grows=config.guided)


def build_flux(
    checkpoint: FluxCheckpoint,
    device: torch.device,
    dtype: torch.dtype,
    *,
    tiny: Path | None = None,
    saving: Saving = Saving(),  # noqa: B008 (frozen)
    tokens: int | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Model:
    """tiny: the file or folder of a tiny VAE. tokens: of T5; by default what the model was taught with. Raises
    SettingsError: weights.key, weights.shape."""
    texts_at = device if saving.texts == "device" else torch.device("cpu")

    def read(what: str, network: nn.Module, stored: Mapping[str, Stored], at: torch.device = device) -> Any:
        fill(network, stored, at, lambda _: dtype, partial(progress, what))
        return network.requires_grad_(False).eval()

    # 1. The transformer
    with torch.device("meta"):
        transformer = FluxTransformer(checkpoint.config)
        empty_vae = AutoencoderKL.from_config(dict(checkpoint.vae.config))
        empty_t5 = T5EncoderModel(T5Config.from_dict(dict(checkpoint.texts[1].config)))
    reading = partial(progress, "the transformer")
    error = fill_frozen(transformer, checkpoint.stored, device, dtype, saving.numbers, reading)

    # 2. What reads texts
    clip = text_encoder(
        checkpoint.texts[0],
        projected=False,
        read=lambda network, stored, _: read("CLIP", network, stored, texts_at),
        dtype=dtype,
    )
    words = dict(checkpoint.texts[1].stored)
    if "shared.weight" in words:
        words["encoder.embed_tokens.weight"] = words["shared.weight"]
    t5 = read("T5", empty_t5, words, texts_at)
    t5.tie_weights()
    count = tokens or TOKENS[checkpoint.config.guided]
    embed = flux_reader(clip, checkpoint.tokenizer, t5, checkpoint.tokenize, count)

    # 3. The VAEs
    vae = read("the VAE", empty_vae, checkpoint.vae.stored)
    tiny_vae = None if tiny is None else open_tiny(tiny, device, dtype)
    channels_last(device, vae, tiny_vae)
    vae_away, embed = away(saving, device, vae, (clip, t5), embed)
    networks = Networks(transformer, vae, tiny_vae, told=checkpoint.config.guided, away=vae_away)
    return Model(networks, embed, "flow", xl=False, shift=checkpoint.shift, error=error)
