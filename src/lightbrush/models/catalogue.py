"""The catalogue of video models, and with those of pictures (`models.images`) all: every model and part, its files on
the hub, and its licence as public pages state it.

Revisions are pinned where they are known, so that a file's size and SHA-256 are facts. `size_bytes` 0 and `sha256` ""
are what no public page told; the hub's own answer counts then. A licence that is not `sure` is said to be unsure
wherever it is shown. None of this is legal advice: the model's own page is what binds.
"""

from __future__ import annotations

import difflib
from typing import Final

from lightbrush.errors import SettingsError
from lightbrush.models.entry import HUB, Entry, File, Licence, Source
from lightbrush.models.images import IMAGES
from lightbrush.nn.wan.config import WAN_1_3B, WAN_14B

_WAN = "Wan-AI/Wan2.1-T2V-1.3B"
_WAN_REVISION = "37ec512624d61f7aa208f7ea8140a131f93afc9a"
_DIFFUSERS = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"
_DIFFUSERS_REVISION = "0fad780a534b6463e45facd96134c9f345acfa5b"
_WAN_LICENCE = Licence("Apache-2.0", f"model card and LICENSE.txt of {_WAN}")
__all__ = ["CATALOGUE", "HUB", "Entry", "File", "Licence", "Source", "find", "with_needs"]

_PARTS = ("wan2.1-vae", "umt5-xxl", "taehv-wan2.1")

CATALOGUE: Final[tuple[Entry, ...]] = (
    Entry(
        id="krea-realtime-14b",
        name="Krea Realtime 14B",
        summary="Streams video in four steps a block; distilled from Wan2.1 14B by Self-Forcing",
        licence=Licence("Apache-2.0", "model card of krea/krea-realtime-video"),
        sources=(
            Source(
                "krea/krea-realtime-video",
                "6b5d204f9d14c3c3a59608e49d1da7fad90daf8d",
                (File("krea-realtime-video-14b.safetensors"),),
                about_bytes=28_580_000_000,
            ),
        ),
        needs=_PARTS,
        network=WAN_14B,
        streams=True,
    ),
    Entry(
        id="self-forcing-1.3b",
        name="Self-Forcing 1.3B",
        summary="Streams video in four steps a block on a consumer's GPU; distilled from Wan2.1 1.3B",
        licence=Licence(
            "Apache-2.0 or CC-BY-NC-SA-4.0",
            "the authors' code changed from CC-BY-NC-SA-4.0 to Apache-2.0 in 2025 "
            "(github.com/NVlabs/LongLive/issues/10), but a copy of the weights' model card says cc-by-nc-sa-4.0",
            sure=False,
        ),
        sources=(
            Source(
                "gdhe17/Self-Forcing",
                "2f8b779212da279d212c22a509b66ad6552f350e",
                (
                    File(
                        "checkpoints/self_forcing_dmd.pt",
                        5_676_252_553,
                        "a0413986d9734e02c09504e1520f5697ba6df731bb2f0f35577485e9cc8f56a3",
                    ),
                ),
            ),
        ),
        needs=_PARTS,
        network=WAN_1_3B,
        streams=True,
    ),
    Entry(
        id="wan2.1-t2v-1.3b",
        name="Wan2.1 T2V 1.3B",
        summary="The model that Self-Forcing 1.3B was distilled from: many steps, not for live use",
        licence=_WAN_LICENCE,
        sources=(
            Source(
                _WAN,
                _WAN_REVISION,
                (
                    File(
                        "diffusion_pytorch_model.safetensors",
                        5_676_070_424,
                        "96b6b242ca1c2f24e9d02cd6596066fab6d310e2d7538f33ae267cb18d957e8f",
                    ),
                ),
            ),
            Source(
                _DIFFUSERS,
                _DIFFUSERS_REVISION,
                (
                    File(
                        "transformer/diffusion_pytorch_model-00001-of-00002.safetensors",
                        4_998_781_576,
                        "6d011927dbd2cc8afe53d57abab04a8fd86f615d83324770d985fb058ece3a24",
                    ),
                    File(
                        "transformer/diffusion_pytorch_model-00002-of-00002.safetensors",
                        677_289_072,
                        "b92ec2309b1f239af6f746431815a881afcc938abb26a4f08d9a2fd6c892f872",
                    ),
                    File(
                        "transformer/diffusion_pytorch_model.safetensors.index.json",
                        73_296,
                        "dcbcf3497134a3f50557ff069dd7d2c84b5c4d8c5932472f6bdb780fb4016589",
                    ),
                ),
            ),
        ),
        needs=_PARTS,
        network=WAN_1_3B,
    ),
    Entry(
        id="wan2.1-t2v-14b",
        name="Wan2.1 T2V 14B",
        summary="The model that Krea Realtime was distilled from: many steps, not for live use",
        licence=Licence("Apache-2.0", "model card and LICENSE.txt of Wan-AI/Wan2.1-T2V-14B"),
        sources=(
            Source(
                "Wan-AI/Wan2.1-T2V-14B",
                "a064a6c71f5be440641209c07bf2a5ce7a2ff5e4",
                (
                    *(File(f"diffusion_pytorch_model-0000{n}-of-00006.safetensors") for n in range(1, 7)),
                    File("diffusion_pytorch_model.safetensors.index.json"),
                ),
                about_bytes=57_154_000_000,
            ),
        ),
        needs=_PARTS,
        network=WAN_14B,
    ),
    Entry(
        id="wan2.1-vae",
        name="Wan2.1 VAE",
        summary="Latents to pixels and back, at full quality",
        licence=_WAN_LICENCE,
        sources=(
            Source(
                _DIFFUSERS,
                _DIFFUSERS_REVISION,
                (
                    File(
                        "vae/diffusion_pytorch_model.safetensors",
                        507_591_892,
                        "d6e524b3fffede1787a74e81b30976dce5400c4439ba64222168e607ed19e793",
                    ),
                ),
            ),
            Source(
                _WAN,
                _WAN_REVISION,
                (
                    File(
                        "Wan2.1_VAE.pth",
                        507_609_880,
                        "38071ab59bd94681c686fa51d75a1968f64e470262043be31f7a094e442fd981",
                    ),
                ),
            ),
        ),
    ),
    Entry(
        id="umt5-xxl",
        name="UMT5-XXL encoder",
        summary="What prompts mean",
        licence=_WAN_LICENCE,
        sources=(
            Source(
                _DIFFUSERS,
                _DIFFUSERS_REVISION,
                (
                    File(
                        "text_encoder/config.json",
                        854,
                        "4087b6192155a4643f6d29fd326c4610103130674011ef4d0a53f8bce5de967d",
                    ),
                    File(
                        "text_encoder/model-00001-of-00005.safetensors",
                        4_972_389_712,
                        "c0ef3a140898e228a3520c9adec60743d2e8e5b3d229651bb37f1a3921919f99",
                    ),
                    File(
                        "text_encoder/model-00002-of-00005.safetensors",
                        4_899_225_672,
                        "481c7b2b39771c44df6dd8d13ee12ed072d731b4a650bd092885d4d52db229ad",
                    ),
                    File(
                        "text_encoder/model-00003-of-00005.safetensors",
                        4_966_309_504,
                        "f93148bcc04052a169e1e49bfcf6125df6cf9bf243cb9c627da75266cf8e35c3",
                    ),
                    File(
                        "text_encoder/model-00004-of-00005.safetensors",
                        4_999_880_704,
                        "a451792c739c05bca4606190cc2dd16731411bac03b4cf6aacc5767321f857c9",
                    ),
                    File(
                        "text_encoder/model-00005-of-00005.safetensors",
                        2_885_866_152,
                        "7e76e18d224531b8197a46231cb53daf7f2f6ca707130252becf933026ac4eea",
                    ),
                    File(
                        "text_encoder/model.safetensors.index.json",
                        22_476,
                        "8af791f24a6447aa30c95786f40adf23d3c9df97470d2f36159c8f1113f120b4",
                    ),
                    File(
                        "tokenizer/special_tokens_map.json",
                        7_079,
                        "456b58fd240a06c743a7c2cf8008bec501240d68ebd1fc4018ea569505fea270",
                    ),
                    File(
                        "tokenizer/spiece.model",
                        4_548_313,
                        "e3909a67b780650b35cf529ac782ad2b6b26e6d1f849d3fbb6a872905f452458",
                    ),
                    File(
                        "tokenizer/tokenizer.json",
                        16_837_459,
                        "20a46ac256746594ed7e1e3ef733b83fbc5a6f0922aa7480eda961743de080ef",
                    ),
                    File(
                        "tokenizer/tokenizer_config.json",
                        61_758,
                        "1d8d2a216bf8e70ac15b7ddcea566c4dd0433c024b39a58ca5e4c66bd78defbd",
                    ),
                ),
            ),
            Source(
                _WAN,
                _WAN_REVISION,
                (
                    File(
                        "models_t5_umt5-xxl-enc-bf16.pth",
                        11_361_920_418,
                        "7cace0da2b446bbbbc57d031ab6cf163a3d59b366da94e5afe36745b746fd81d",
                    ),
                    File(
                        "google/umt5-xxl/special_tokens_map.json",
                        6_623,
                        "7b8a9f5040adb67b5805abdfd42c1f8d0f3d0e711f10726580eb3789cd0ad61d",
                    ),
                    File(
                        "google/umt5-xxl/spiece.model",
                        4_548_313,
                        "e3909a67b780650b35cf529ac782ad2b6b26e6d1f849d3fbb6a872905f452458",
                    ),
                    File(
                        "google/umt5-xxl/tokenizer.json",
                        16_837_417,
                        "6e197b4d3dbd71da14b4eb255f4fa91c9c1f2068b20a2de2472967ca3d22602b",
                    ),
                    File(
                        "google/umt5-xxl/tokenizer_config.json",
                        61_728,
                        "ed9a3a8b0faa71a70a32847e0435fe036e6e112d4df4edb7bb48a921e344dc05",
                    ),
                ),
            ),
        ),
    ),
    Entry(
        id="taehv-wan2.1",
        name="TAEHV for Wan2.1",
        summary="Latents to pixels quickly, a little softer: for live use",
        licence=Licence(
            "MIT",
            "github.com/madebyollin/taehv, where it was made; what the page of the copy on the hub states is not known",
            sure=False,
        ),
        sources=(
            Source("lightx2v/Autoencoders", "main", (File("taew2_1.safetensors"),), about_bytes=22_643_000),
            Source("lightx2v/Autoencoders", "main", (File("taew2_1.pth"),), about_bytes=22_679_000),
        ),
    ),
    *IMAGES,
)


def find(entry_id: str) -> Entry:
    """Raises SettingsError weights.unknown, with the nearest that there is."""
    for entry in CATALOGUE:
        if entry.id == entry_id:
            return entry
    ids = [entry.id for entry in CATALOGUE]
    near = difflib.get_close_matches(entry_id, ids, 1)
    raise SettingsError(
        "weights.unknown",
        "no model of that name is in the catalogue",
        value=entry_id,
        fix=f"Did you mean {near[0]}?" if near else f"There are: {', '.join(ids)}",
    )


def with_needs(entry: Entry) -> tuple[Entry, ...]:
    """It, then the parts that it cannot render without."""
    parts: dict[str, Entry] = {entry.id: entry}
    for part in entry.needs:
        parts |= {each.id: each for each in with_needs(find(part))}
    return tuple(parts.values())
