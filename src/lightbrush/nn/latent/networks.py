"""A model's networks from its files: a diffusers folder, or a single file as its makers publish it.

Names and shapes are known before a tensor is read. diffusers has the networks and knows the names of both layouts; the
files are read by `nn.wan.tensors`, one tensor at a time. Every problem is a SettingsError, as there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from diffusers.loaders.single_file_utils import (
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
)
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from lightbrush.errors import SettingsError
from lightbrush.nn.flux.schedule import STRAIGHT, Shift
from lightbrush.nn.latent.attention import Hearing
from lightbrush.nn.latent.config import FAMILIES, Config, Family, Prediction
from lightbrush.nn.latent.memory import Saving
from lightbrush.nn.latent.offload import Away
from lightbrush.nn.latent.packed import fill_frozen, in_bytes
from lightbrush.nn.latent.painter import Networks
from lightbrush.nn.latent.quick import quicken, quicken_tiny
from lightbrush.nn.latent.text import REMEMBERED, Embed, Said, Tokenizer, text_reader
from lightbrush.nn.wan.tensors import Stored, fill, open_tensors

Progress = Callable[[str, int, int], None]
"""Called with what is read ("the UNet"), the bytes so far and the bytes in all."""

#: How single files begin the names of each part.
_UNET: Final = "model.diffusion_model."
_VAE: Final = "first_stage_model."
_CLIP: Final = ("cond_stage_model.transformer.", "conditioner.embedders.0.transformer.")
_OPEN_CLIP: Final = ("cond_stage_model.model.", "conditioner.embedders.1.model.")
_PICKLED: Final = (".bin", ".ckpt", ".pt", ".pth")
_TOKENS: Final = 77
#: Names by which other kinds of files are told, the surest first: for people.
_OTHERS: Final = {
    "joint_blocks.0.": "Stable Diffusion 3",
    "double_stream_modulation_img.": "a FLUX.2 transformer of another kind",
    "double_blocks.0.": "a FLUX transformer of another kind",
    "control_model.": "a ControlNet",
    "input_hint_block.": "a ControlNet",
    "controlnet_cond_embedding.": "a ControlNet",
    "ip_adapter.": "an IP-Adapter",
    "hada_w1": "a LoHa, which is not read",
    "lokr_w1": "a LoKr, which is not read",
    "blocks.0.self_attn.": "a video model (Wan)",
    "caption_projection.": "PixArt or a model like it",
    "model.diffusion_model.": "a UNet without its text encoders, or of another family",
    "down_blocks.0.": "one network of a diffusers folder: name the folder",
    "decoder.up_blocks.": "a VAE alone",
    "decoder.up.": "a VAE alone",
    "encoder.block.0.": "a T5 text encoder alone",
    "text_model.": "a CLIP text encoder alone",
}


@dataclass(frozen=True)
class Part:
    """A network's config and its tensors by the network's own names, not read yet."""

    config: Config
    stored: Mapping[str, Stored]

    @property
    def parameters(self) -> int:
        return sum(torch.Size(tensor.shape).numel() for tensor in self.stored.values())


@dataclass(frozen=True)
class Checkpoint:
    """What files hold. texts: in order; the second one's projected vector is heard too."""

    unet: Part
    vae: Part
    texts: tuple[Part, ...]
    tokenizers: tuple[Tokenizer, ...]
    prediction: Prediction = "epsilon"

    @property
    def xl(self) -> bool:
        return len(self.texts) == 2

    @property
    def in_bytes(self) -> bool:
        return in_bytes(self.unet.stored)


@dataclass(frozen=True)
class Model:
    """Networks on their device, and what reads texts for them. shift: of the times of straight ways. error:
    of matrices in 8 bits, of their size, 0 to 1."""

    networks: Networks
    embed: Embed
    prediction: Prediction
    xl: bool
    shift: Shift = STRAIGHT
    error: float = 0.0


# What is in files.


def open_model(path: Path, tokenizer: Path | None = None, *, pickles: bool = False) -> Checkpoint:
    """A diffusers folder, or a single file; of the latter tokenizer is the folder of CLIP's vocabulary.

    pickles: whether .ckpt and .bin are read at all, then as `torch.load(weights_only=True)` does, which runs no code.
    Raises SettingsError: weights.missing, weights.damaged, weights.format, weights.key.
    """
    return open_folder(path, pickles=pickles) if path.is_dir() else open_single(path, tokenizer, pickles=pickles)


def open_folder(path: Path, *, pickles: bool = False, unet: Part | None = None) -> Checkpoint:
    """See `open_model`. unet: in place of the folder's own, which then need not be there."""
    if unet is None and not (path / "unet" / "config.json").is_file():
        raise SettingsError(
            "weights.format",
            "this folder holds no model of a family that is known here, in diffusers' layout",
            value=_kind_of(path),
            fix="Stable Diffusion 1.5, 2.1 and XL have unet/config.json, FLUX.1 and FLUX.2 transformer/config.json, "
            "beside vae, text_encoder, tokenizer and scheduler",
        )
    names = ["text_encoder", *(["text_encoder_2"] if (path / "text_encoder_2").is_dir() else [])]
    texts = tuple(folder_part(path / name, "model", pickles) for name in names)
    tokenizers = tuple(read_tokenizer(path / name.replace("text_encoder", "tokenizer")) for name in names)
    scheduler = path / "scheduler" / "scheduler_config.json"
    prediction: Any = read_json(scheduler).get("prediction_type", "epsilon") if scheduler.is_file() else "epsilon"
    if prediction not in ("epsilon", "v_prediction", "sample"):
        raise SettingsError("weights.format", "a network of this prediction is not run here", value=prediction)
    network = unet or folder_part(path / "unet", "diffusion_pytorch_model", pickles)
    if network.config.get("time_cond_proj_dim"):
        raise SettingsError(
            "weights.format",
            "a UNet that is told its guidance is not run here",
            value=str(path / "unet"),
            fix="Take the model that it was distilled from, with LCM-LoRA: --way lcm",
        )
    return Checkpoint(
        network,
        folder_part(path / "vae", "diffusion_pytorch_model", pickles),
        texts,
        tokenizers,
        prediction,
    )


def _kind_of(folder: Path) -> str:
    """What a folder is, as far as it says that itself."""
    for name in ("model_index.json", "transformer/config.json", "config.json"):
        if (folder / name).is_file():
            return f"{folder}: {read_json(folder / name).get('_class_name', 'of no class')}"
    return str(folder)


def open_single(
    path: Path,
    tokenizer: Path | None,
    *,
    pickles: bool = False,
    families: Sequence[Family] | None = None,
) -> Checkpoint:
    """See `open_model`. families: which there are; the file's own is known by what its tensors are like."""
    check_pickle(path, pickles)
    stored = open_tensors(path)
    family = family_of(stored, families or FAMILIES, path)
    if tokenizer is None:
        raise SettingsError(
            "weights.missing",
            "a single file has no tokenizer",
            value=str(path),
            fix="lightbrush models pull clip-tokenizer",
        )
    # Names alone are translated where tensors stay as they are; the others are small
    unet = convert_ldm_unet_checkpoint(dict(stored), {"class_embed_type": None, **family.unet})
    vae = convert_ldm_vae_checkpoint(_read(stored, _VAE), family.vae)
    texts = []
    for config in family.texts:
        part = _clip(stored) if config["hidden_act"] == "quick_gelu" else _open_clip(stored, config)
        texts.append(Part(config, part))
    return Checkpoint(
        Part(family.unet, unet),
        Part(family.vae, held(vae)),
        tuple(texts),
        tuple(read_tokenizer(tokenizer, pad) for pad in family.pads),
    )


def family_of(stored: Mapping[str, Stored], families: Sequence[Family], path: Path) -> Family:
    """Raises SettingsError weights.format, also for a UNet that takes more than a latent (inpainting)."""
    xl = "conditioner.embedders.1.model.ln_final.weight" in stored
    heard = (name for name in stored if name.startswith(_UNET) and name.endswith(".0.attn2.to_k.weight"))
    first, attends = f"{_UNET}input_blocks.0.0.weight", next(heard, None)
    if first in stored and attends is not None:
        width, takes = stored[attends].shape[1], stored[first].shape[1]
        if takes != 4:
            raise SettingsError(
                "weights.format", "a UNet that is given more than a latent is not run here", value=f"{takes} channels"
            )
        for family in families:
            if family.unet["cross_attention_dim"] == width and (len(family.texts) == 2) == xl:
                return family
    other = next((kind for mark, kind in _OTHERS.items() if any(mark in name for name in stored)), "")
    raise SettingsError(
        "weights.format",
        f"{path.name} is no whole Stable Diffusion 1.5, 2.1 or XL model, and no FLUX transformer",
        value=f"it looks like {other}" if other else ", ".join(list(stored)[:2]),
        fix="A UNet, a VAE and the text encoders in one file, a FLUX transformer, or a diffusers folder",
    )


def check_pickle(path: Path, allowed: bool) -> None:
    """Raises SettingsError weights.format."""
    if path.suffix in _PICKLED and not allowed:
        raise SettingsError(
            "weights.format",
            f"{path.name} is a pickle, a kind of file that can run code when it is read; it was not opened",
            value=str(path),
            fix="Look for the same model as .safetensors, or say --pickle: it is then read with weights_only, "
            "which runs no code",
        )


def folder_part(folder: Path, stem: str, pickles: bool) -> Part:
    """Half precision is taken where a folder has both."""
    suffixes = (".fp16.safetensors", ".safetensors", ".fp16.safetensors.index.json", ".safetensors.index.json")
    files = [folder / f"{stem}{suffix}" for suffix in suffixes]
    files += [folder / name for name in (f"{stem}.safetensors.index.fp16.json", f"{stem}.fp16.bin", f"{stem}.bin")]
    files += [folder / "pytorch_model.fp16.bin", folder / "pytorch_model.bin"] if stem == "model" else []
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise SettingsError("weights.missing", "there are no weights in this folder", value=str(folder))
    check_pickle(found, pickles)
    return Part(read_json(folder / "config.json"), open_tensors(found))


def read_json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError("weights.missing", "there is no such file", value=str(path)) from None
    except ValueError as error:
        raise SettingsError("weights.damaged", f"{path.name} is no JSON: {error}", value=str(path)) from None
    if not isinstance(read, dict):
        raise SettingsError("weights.damaged", f"{path.name} holds no object", value=str(path))
    return read


def read_tokenizer(folder: Path, pad: str | None = None) -> Tokenizer:
    """CLIP's, from vocab.json and merges.txt. pad: where the folder's own does not count. Raises SettingsError
    weights.missing."""
    for name in ("vocab.json", "merges.txt"):
        if not (folder / name).is_file():
            raise SettingsError("weights.missing", "a file of the tokenizer is not here", value=str(folder / name))
    given: dict[str, Any] = {} if pad is None else {"pad_token": pad, "model_max_length": _TOKENS}
    read: Tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True, **given)
    return read


def _read(stored: Mapping[str, Stored], prefix: str) -> dict[str, Tensor]:
    return {name: tensor.read() for name, tensor in stored.items() if name.startswith(prefix)}


def held(tensors: Mapping[str, Tensor]) -> dict[str, Stored]:
    """Tensors that are in memory already, as those of files."""
    return {name: Stored(tuple(t.shape), t.nbytes, partial(_same, t)) for name, t in tensors.items()}


def _same(tensor: Tensor) -> Tensor:
    return tensor


def _clip(stored: Mapping[str, Stored]) -> dict[str, Stored]:
    found: dict[str, Stored] = {}
    for prefix in _CLIP:
        found |= {name.removeprefix(prefix): tensor for name, tensor in stored.items() if name.startswith(prefix)}
    return found


def _open_clip(stored: Mapping[str, Stored], config: Config) -> dict[str, Stored]:
    prefix = next((p for p in _OPEN_CLIP if f"{p}ln_final.weight" in stored), _OPEN_CLIP[0])
    layers = tuple(f"{prefix}transformer.resblocks.{i}." for i in range(config["num_hidden_layers"]))
    outside = f"{prefix}transformer."
    tensors = {  # SD 2.1 stops before the last layer
        name: tensor
        for name, tensor in _read(stored, prefix).items()
        if not name.startswith(outside) or name.startswith(layers)
    }

    sized = SimpleNamespace(config=SimpleNamespace(hidden_size=config["hidden_size"]))
    return held(convert_open_clip_checkpoint(sized, tensors, prefix=prefix))


# From there onto a device.


def build(
    checkpoint: Checkpoint,
    device: torch.device,
    dtype: torch.dtype,
    *,
    tiny: Path | None = None,
    saving: Saving = Saving(),  # noqa: B008 (frozen)
    progress: Progress = lambda what, done, total: None,
) -> Model:
    """tiny: the file or folder of a tiny VAE. Raises SettingsError: weights.key, weights.shape."""
    texts_at = device if saving.texts == "device" else torch.device("cpu")

    def read(
        what: str, network: nn.Module, stored: Mapping[str, Stored], numbers: torch.dtype, at: torch.device = device
    ) -> Any:
        fill(network, stored, at, lambda _: numbers, partial(progress, what))
        return network.requires_grad_(False).eval()

    upcast = bool(checkpoint.vae.config.get("force_upcast")) and checkpoint.xl and dtype == torch.float16
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(dict(checkpoint.unet.config))
        empty_vae = AutoencoderKL.from_config(dict(checkpoint.vae.config))
    reading = partial(progress, "the UNet")
    error = fill_frozen(unet, checkpoint.unet.stored, device, dtype, saving.numbers, reading)
    quicken(unet)
    unet.set_attn_processor(Hearing())
    vae = read("the VAE", empty_vae, vae_names(checkpoint.vae.stored), torch.float32 if upcast else dtype)
    encoders = [
        text_encoder(
            part, projected=checkpoint.xl and i == 1, read=partial(read, "the text encoder", at=texts_at), dtype=dtype
        )
        for i, part in enumerate(checkpoint.texts)
    ]
    tiny_vae = None if tiny is None else open_tiny(tiny, device, dtype)
    channels_last(device, unet, vae, tiny_vae)
    embed = text_reader(encoders, checkpoint.tokenizers, "penultimate" if checkpoint.xl else "last", checkpoint.xl)
    vae_away, embed = away(saving, device, vae, encoders, embed)
    networks = Networks(unet, vae, tiny_vae, upcast=upcast, away=vae_away)
    return Model(networks, embed, checkpoint.prediction, checkpoint.xl, error=error)


def channels_last(device: torch.device, *networks: nn.Module | None) -> None:
    """Lay convolutions' weights as a GPU multiplies them fastest; elsewhere nothing is done."""
    if device.type == "cuda":
        for network in networks:
            if network is not None:
                network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def away(
    saving: Saving,
    device: torch.device,
    vae: nn.Module,
    encoders: Sequence[nn.Module],
    embed: Embed,
    remembered: int = REMEMBERED,
) -> tuple[Away | None, Embed]:
    """-> what brings the whole VAE for as long as it is used, and what reads a text, its encoders where `saving` has
    them. remembered: how many texts stay on the device."""
    if saving.texts == "device":
        return None, embed
    bring = Away(device, *encoders) if saving.texts == "away" else nullcontext()

    def brought(text: str) -> Said:
        with bring:
            said = embed(text)
        return said.to(device)

    return Away(device, vae), lru_cache(remembered)(brought)


def text_encoder(part: Part, projected: bool, read: Callable[..., Any], dtype: torch.dtype) -> Any:
    """CLIP's; read: `fill` of a network, its tensors and its numbers."""
    config = CLIPTextConfig.from_dict(dict(part.config))
    with torch.device("meta"):
        network = (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)
    # Files say text_model. before every name, and hold positions that are counted; networks of some versions do not
    wrapped = any(name.startswith("text_model.") for name in network.state_dict())
    named = {
        name if wrapped else name.removeprefix("text_model."): tensor
        for name, tensor in part.stored.items()
        if not name.endswith("position_ids") and (projected or not name.startswith("text_projection"))
    }
    read(network, named, dtype)
    inner: Any = network.text_model if wrapped else network
    device = inner.embeddings.token_embedding.weight.device
    inner.embeddings.position_ids = torch.arange(config.max_position_embeddings, device=device)[None]
    return network


def vae_names(stored: Mapping[str, Stored]) -> dict[str, Stored]:
    """Older files call the parts of attention otherwise, some as convolutions of one pixel."""
    renamed = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
    pattern = re.compile(r"attentions\.0\.(query|key|value|proj_attn)\.")
    return {pattern.sub(lambda m: f"attentions.0.{renamed[m[1]]}.", name): tensor for name, tensor in stored.items()}


def open_tiny(path: Path, device: torch.device, dtype: torch.dtype) -> AutoencoderTiny:
    """A tiny VAE of the TAESD family: a file, or a folder with its config.json, where its halves may lie beside it."""
    config: dict[str, Any] = {}
    if path.is_dir():
        config, path = read_json(path / "config.json"), path / "diffusion_pytorch_model.safetensors"
    with torch.device("meta"):
        network: AutoencoderTiny = AutoencoderTiny.from_config(config)
    fill(network, open_tensors(path), device, lambda _: dtype)
    quicken_tiny(network)
    return network.requires_grad_(False).eval()
