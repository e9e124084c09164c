"""The models of pictures in the catalogue, and their parts. Half precision where the hub has it; safetensors alone."""

from __future__ import annotations

from typing import Final

from lightbrush.models.entry import Entry, File, Licence, Source
from lightbrush.nn.latent.config import FamilyId

_RAIL: Final = "CreativeML-OpenRAIL-M"
_RAIL_PLUS: Final = "CreativeML-OpenRAIL++-M"
_STABILITY: Final = "Stability AI Community (sai-nc-community)"

_FOLDER: Final = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")


def _files(*folders: str) -> tuple[File, ...]:
    """Of a diffusers folder, those of its folders."""
    names: list[str] = []
    for folder in folders:
        if folder.startswith("tokenizer"):
            pieces = ("merges.txt", "special_tokens_map.json", "tokenizer_config.json", "vocab.json")
            names += [f"{folder}/{piece}" for piece in pieces]
        elif folder == "scheduler":
            names.append("scheduler/scheduler_config.json")
        else:
            stem = "model" if folder.startswith("text") else "diffusion_pytorch_model"
            names += [f"{folder}/config.json", f"{folder}/{stem}.fp16.safetensors"]
    return tuple(map(File, names))


def _tiny(entry_id: str, name: str, revision: str) -> Entry:
    return Entry(
        id=entry_id,
        name=name,
        summary="Pixels to latents and back quickly, a little softer: for live use",
        licence=Licence("MIT", f"model card of madebyollin/{entry_id}"),
        sources=(
            Source(
                f"madebyollin/{entry_id}",
                revision,
                (File("config.json"), File("diffusion_pytorch_model.safetensors")),
                about_bytes=9_800_000,
            ),
        ),
    )


_FLUX = "black-forest-labs/FLUX.1-schnell"
_FLUX_REVISION = "741f7c3ce8b383c54771c7003378a50191e9efe9"


def _shards(folder: str, stem: str, count: int) -> tuple[File, ...]:
    """Of a network in several files, with its config and its index."""
    parts = (f"{stem}-{i:05}-of-{count:05}.safetensors" for i in range(1, count + 1))
    return tuple(File(f"{folder}/{name}") for name in ("config.json", f"{stem}.safetensors.index.json", *parts))


_KLEIN = "black-forest-labs/FLUX.2-klein-4B"
_KLEIN_LICENCE = Licence("Apache-2.0", f"model card of {_KLEIN}")

_SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
_SDXL_REVISION = "462165984030d82259a11f4367a4eed129e94a7b"
_SDXL_LICENCE = Licence(_RAIL_PLUS, f"model card of {_SDXL}")
_SDXL_EXTRAS = ("ip-adapter-sdxl", "controlnet-scribble-sdxl")
_ADAPTERS = "h94/IP-Adapter"
_ADAPTERS_REVISION = "018e402774aeeddd60609b4ecdb7e298259dc729"


def _lightning(steps: int) -> Entry:
    file = "sdxl_lightning_1step_unet_x0" if steps == 1 else f"sdxl_lightning_{steps}step_unet"
    return Entry(
        id=f"sdxl-lightning-{steps}",
        name=f"SDXL-Lightning, {steps} step{'s' if steps > 1 else ''}",
        summary=f"Pictures of 1024x1024 in {steps} step{'s' if steps > 1 else ''}; distilled from SDXL",
        licence=Licence(_RAIL_PLUS, "model card of ByteDance/SDXL-Lightning"),
        sources=(
            Source(
                "ByteDance/SDXL-Lightning",
                "c9a24f48e1c025556787b0c58dd67a091ece2e44",
                (File(f"{file}.safetensors"),),
                about_bytes=5_140_000_000,
            ),
        ),
        needs=("sdxl-base", "taesdxl"),
        extras=_SDXL_EXTRAS,
        images="sdxl",
    )


def _lora(entry_id: str, repository: str, about_bytes: int) -> Entry:
    return Entry(
        id=entry_id,
        name=f"LCM-LoRA ({repository.rpartition('/')[2]})",
        summary="Makes an ordinary model one of few steps",
        licence=Licence(_RAIL_PLUS, f"model card of {repository}"),
        sources=(Source(repository, "main", (File("pytorch_lora_weights.safetensors"),), about_bytes=about_bytes),),
    )


def _adapter(family: FamilyId, folder: str, file: str, about_bytes: int) -> Entry:
    return Entry(
        id=f"ip-adapter-{family}",
        name=f"IP-Adapter ({file})",
        summary="Reference pictures as prompts",
        licence=Licence("Apache-2.0", f"model card of {_ADAPTERS}"),
        sources=(
            Source(_ADAPTERS, _ADAPTERS_REVISION, (File(f"{folder}/{file}.safetensors"),), about_bytes=about_bytes),
        ),
        needs=("clip-vit-h",),
    )


_DEV: Final = "FLUX.1-dev Non-Commercial"
_UNION: Final = "Shakker-Labs/FLUX.1-dev-ControlNet-Union-Pro-2.0"
_LINES: Final = "Follows the sketch's lines"
_DEPTH: Final = "Follows a sketch that shows depth, white being near"
_POSE: Final = "Follows a sketch that shows a skeleton, as OpenPose draws it"


def _control(
    kind: str, family: FamilyId, repository: str, licence: Licence, file: str, about_bytes: int, summary: str
) -> Entry:
    return Entry(
        id=f"controlnet-{kind}-{family}",
        name=f"ControlNet {kind} ({repository.rpartition('/')[2]})",
        summary=summary,
        licence=licence,
        sources=(Source(repository, "main", (File("config.json"), File(file)), about_bytes=about_bytes),),
    )


def _quick_control(
    kind: str, family: FamilyId, repository: str, licence: Licence, files: tuple[File, ...], summary: str
) -> Entry:
    return Entry(
        id=f"t2i-adapter-{kind}-{family}",
        name=f"T2I-Adapter {kind} ({repository.rpartition('/')[2]})",
        summary=f"{summary}; once for a picture, where a ControlNet does at each step",
        licence=licence,
        sources=(Source(repository, "main", files, about_bytes=158_000_000),),
    )


#: Whose copies are safetensors.
_COPIES: Final = "webui/ControlNet-modules-safetensors"
_TENCENT: Final = "TencentARC"

IMAGES: Final[tuple[Entry, ...]] = (
    Entry(
        id="sd-turbo",
        name="SD-Turbo",
        summary="Pictures of 512x512 in one to four steps; distilled from Stable Diffusion 2.1",
        licence=Licence(
            _STABILITY, "model card of stabilityai/sd-turbo; for commercial use see stability.ai/license", accept=True
        ),
        sources=(
            Source(
                "stabilityai/sd-turbo",
                "b261bac6fd2cf515557d5d0707481eafa0485ec2",
                _files(*_FOLDER),
                about_bytes=2_580_000_000,
            ),
        ),
        needs=("taesd",),
        images="sd21",
    ),
    Entry(
        id="sd15-lcm",
        name="Stable Diffusion 1.5",
        summary="Pictures of 512x512; with LCM-LoRA in two to eight steps",
        licence=Licence(_RAIL, "model card of stable-diffusion-v1-5/stable-diffusion-v1-5"),
        sources=(
            Source(
                "stable-diffusion-v1-5/stable-diffusion-v1-5",
                "451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
                _files(*_FOLDER),
                about_bytes=2_130_000_000,
            ),
        ),
        needs=("lcm-lora-sd15", "taesd"),
        extras=("ip-adapter-sd15", "controlnet-scribble-sd15"),
        images="sd15",
    ),
    Entry(
        id="sdxl-turbo",
        name="SDXL-Turbo",
        summary="Pictures of 512x512 in one to four steps; distilled from SDXL",
        licence=Licence(
            _STABILITY, "model card of stabilityai/sdxl-turbo; for commercial use see stability.ai/license", accept=True
        ),
        sources=(
            Source(
                "stabilityai/sdxl-turbo",
                "71153311d3dbb46851df1931d3ca6e939de83304",
                _files(*_FOLDER, "text_encoder_2", "tokenizer_2"),
                about_bytes=6_940_000_000,
            ),
        ),
        needs=("taesdxl",),
        extras=_SDXL_EXTRAS,
        images="sdxl",
    ),
    *map(_lightning, (1, 2, 4, 8)),
    Entry(
        id="sdxl-lcm",
        name="Stable Diffusion XL",
        summary="The UNet of SDXL; with LCM-LoRA pictures of 1024x1024 in two to eight steps",
        licence=_SDXL_LICENCE,
        sources=(Source(_SDXL, _SDXL_REVISION, _files("unet"), about_bytes=5_135_000_000),),
        needs=("sdxl-base", "lcm-lora-sdxl", "taesdxl"),
        extras=_SDXL_EXTRAS,
        images="sdxl",
    ),
    Entry(
        id="sdxl-base",
        name="SDXL's text encoders and VAE",
        summary="What prompts mean, and latents to pixels at full quality",
        licence=_SDXL_LICENCE,
        sources=(
            Source(
                _SDXL,
                _SDXL_REVISION,
                _files("vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"),
                about_bytes=1_803_000_000,
            ),
        ),
    ),
    Entry(
        id="flux-schnell",
        name="FLUX.1 schnell",
        summary="The transformer of FLUX.1 schnell: pictures of 1024x1024 in one to four steps",
        licence=Licence("Apache-2.0", f"model card of {_FLUX}"),
        sources=(
            Source(
                _FLUX, _FLUX_REVISION, _shards("transformer", "diffusion_pytorch_model", 3), about_bytes=23_780_000_000
            ),
            Source(_FLUX, _FLUX_REVISION, (File("flux1-schnell.safetensors"),), about_bytes=23_782_506_688),
        ),
        needs=("flux-base", "taef1"),
        extras=("controlnet-union-flux",),
        images="flux",
    ),
    Entry(
        id="flux-base",
        name="FLUX.1's text encoders and VAE",
        summary="What prompts mean, and latents to pixels at full quality",
        licence=Licence("Apache-2.0", f"model card of {_FLUX}"),
        sources=(
            Source(
                _FLUX,
                _FLUX_REVISION,
                (
                    File("vae/config.json"),
                    File("vae/diffusion_pytorch_model.safetensors"),
                    File("text_encoder/config.json"),
                    File("text_encoder/model.safetensors"),
                    *_shards("text_encoder_2", "model", 2),
                    *_files("tokenizer"),
                    File("tokenizer_2/tokenizer.json"),
                    *_files("scheduler"),
                ),
                about_bytes=9_940_000_000,
            ),
        ),
    ),
    _tiny("taef1", "TAEF1", "main"),
    Entry(
        id="flux2-klein",
        name="FLUX.2 klein 4B",
        summary="The transformer of FLUX.2 klein 4B: pictures of 1024x1024 in four steps, from words and pictures",
        licence=_KLEIN_LICENCE,
        sources=(
            Source(
                _KLEIN,
                "main",
                (File("transformer/config.json"), File("transformer/diffusion_pytorch_model.safetensors")),
                about_bytes=7_751_000_000,
            ),
            Source(_KLEIN, "main", (File("flux-2-klein-4b.safetensors"),), about_bytes=7_751_000_000),
        ),
        needs=("flux2-klein-base", "taef2"),
        images="klein4b",
    ),
    Entry(
        id="flux2-klein-base",
        name="FLUX.2 klein 4B's text encoder and VAE",
        summary="What prompts mean, and latents to pixels at full quality",
        licence=_KLEIN_LICENCE,
        sources=(
            Source(
                _KLEIN,
                "main",
                (
                    File("vae/config.json"),
                    File("vae/diffusion_pytorch_model.safetensors"),
                    *_shards("text_encoder", "model", 2),
                    File("tokenizer/tokenizer.json"),
                    File("scheduler/scheduler_config.json"),
                ),
                about_bytes=8_240_000_000,
            ),
        ),
    ),
    Entry(
        id="taef2",
        name="TAEF2",
        summary="Pixels to latents and back quickly, a little softer: for live use",
        licence=Licence("MIT", "model card of madebyollin/taef2"),
        sources=(Source("madebyollin/taef2", "main", (File("taef2.safetensors"),), about_bytes=5_400_000),),
    ),
    _lora("lcm-lora-sd15", "latent-consistency/lcm-lora-sdv1-5", 135_000_000),
    _lora("lcm-lora-sdxl", "latent-consistency/lcm-lora-sdxl", 394_000_000),
    _tiny("taesd", "TAESD", "614f76814bbe30edbe2e627ace1c2234c81a2c0e"),
    _tiny("taesdxl", "TAESDXL", "b20258aaef75ef61e659c1e0f14f251cf0ad153e"),
    _adapter("sd15", "models", "ip-adapter_sd15", 44_600_000),
    _adapter("sdxl", "sdxl_models", "ip-adapter_sdxl_vit-h", 698_000_000),
    Entry(
        id="clip-vit-h",
        name="CLIP ViT-H, the pictures' encoder",
        summary="What reference pictures show",
        licence=Licence("Apache-2.0", f"model card of {_ADAPTERS}, whose copy it is"),
        sources=(
            Source(
                _ADAPTERS,
                _ADAPTERS_REVISION,
                (File("models/image_encoder/config.json"), File("models/image_encoder/model.safetensors")),
                about_bytes=2_528_000_000,
            ),
        ),
    ),
    *(
        _control(
            kind,
            "sd15",
            f"lllyasviel/{name}",
            Licence(_RAIL, f"model card of lllyasviel/{name}"),
            "diffusion_pytorch_model.fp16.safetensors",
            723_000_000,
            summary,
        )
        for kind, name, summary in (
            ("scribble", "control_v11p_sd15_scribble", _LINES),
            ("depth", "control_v11f1p_sd15_depth", _DEPTH),
            ("openpose", "control_v11p_sd15_openpose", _POSE),
        )
    ),
    *(
        _control(
            kind,
            "sdxl",
            f"xinsir/controlnet-{kind}-sdxl-1.0",
            Licence("Apache-2.0", f"model card of xinsir/controlnet-{kind}-sdxl-1.0"),
            "diffusion_pytorch_model.safetensors",
            2_500_000_000,
            summary,
        )
        for kind, summary in (("scribble", _LINES), ("depth", _DEPTH), ("openpose", _POSE))
    ),
    *(
        _quick_control(
            kind,
            "sd15",
            _COPIES,
            Licence(
                "Apache-2.0",
                f"model card of {_TENCENT}/t2iadapter_{kind}_sd14v1; the page of the copy on the hub states none",
                sure=False,
            ),
            (File(f"t2iadapter_{kind}-fp16.safetensors"),),
            summary,
        )
        for kind, summary in (("sketch", _LINES), ("depth", _DEPTH), ("openpose", _POSE))
    ),
    *(
        _quick_control(
            kind,
            "sdxl",
            f"{_TENCENT}/t2i-adapter-{name}-sdxl-1.0",
            Licence("Apache-2.0", f"model card of {_TENCENT}/t2i-adapter-{name}-sdxl-1.0"),
            (File("config.json"), File("diffusion_pytorch_model.fp16.safetensors")),
            summary,
        )
        for kind, name, summary in (
            ("sketch", "sketch", _LINES),
            ("depth", "depth-midas", _DEPTH),
            ("openpose", "openpose", _POSE),
        )
    ),
    Entry(
        id="controlnet-union-flux",
        name="ControlNet union (FLUX.1-dev-ControlNet-Union-Pro-2.0)",
        summary="Follows a sketch's lines, or what it shows of depth or a pose; made for FLUX.1 dev",
        licence=Licence(_DEV, f"model card of {_UNION}", accept=True),
        sources=(
            Source(
                _UNION,
                "main",
                (File("config.json"), File("diffusion_pytorch_model.safetensors")),
                about_bytes=4_280_000_000,
            ),
        ),
    ),
    Entry(
        id="clip-tokenizer",
        name="CLIP's tokenizer",
        summary="What single files of models lack: the vocabulary that prompts are read by",
        licence=Licence("MIT", "github.com/openai/CLIP; the page of the copy on the hub states none", sure=False),
        sources=(
            Source(
                "openai/clip-vit-large-patch14",
                "main",
                (File("vocab.json"), File("merges.txt")),
                about_bytes=1_500_000,
            ),
        ),
    ),
)
