"""From bytes to bytes through a latent diffusion model: encode, step, decode, each a stage over buffers that stay.

At one picture a GPU waits for kernels to start and for the host. So of a size and of what is asked for, the first
picture captures three graphs, later ones replay them; noise, words and the numbers of a step (`schedule.Move`) are
copied in.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, cast

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, AutoencoderKLFlux2, AutoencoderTiny, UNet2DConditionModel
from numpy.typing import NDArray
from torch import Tensor

from lightbrush.nn.flux.config import PATCH
from lightbrush.nn.flux.regions import bias_of
from lightbrush.nn.flux.transformer import FluxTransformer
from lightbrush.nn.flux2.transformer import Flux2Transformer
from lightbrush.nn.latent import following
from lightbrush.nn.latent.following import Followers
from lightbrush.nn.latent.levels import Levels
from lightbrush.nn.latent.offload import Away
from lightbrush.nn.latent.schedule import STRIDE_PX, Float, Move, Schedule
from lightbrush.nn.latent.stage import Buffers, Stage
from lightbrush.nn.latent.text import Said

Bytes = NDArray[np.uint8]

#: Stages of so many kinds and sizes are kept; the least recently used goes first.
_KEPT_STAGES: Final = 24
_NUMBERS: Final = 6
#: What attention is told beside the words, by the names of buffers (`nn.latent.attention`); those of where places lie
#: end with a number of tokens.
_HEARD: Final = (
    "unwanted",
    "push",
    "pictures",
    "shares",
    "places",
    "places_unwanted",
    "places_push",
    "owners",
)
#: Texts among them, which a UNet hears by its joint keys and values (`nn.latent.quick`).
_TEXTS: Final = ("unwanted", "places", "places_unwanted")
_LIE: Final = "lie "
#: See `Asked.owners`.
EVERYWHERE: Final = -1
#: Buffers of latents of reference pictures, by their number.
_SEEN: Final = "seen "


@dataclass(frozen=True)
class Networks:
    """vae: whole, of full quality. tiny: of the TAESD family, a little softer, in a tenth of the time. controls:
    ControlNets and T2I-Adapters, by what they follow. upcast: the whole VAE runs in float32. told: the network is told
    its guidance, so that one pass is enough. away: brings the whole VAE for as long as it is used, where it does not
    stay on the device."""

    unet: UNet2DConditionModel | FluxTransformer | Flux2Transformer
    vae: AutoencoderKL | AutoencoderKLFlux2
    tiny: AutoencoderTiny | None = None
    controls: Followers = field(default_factory=dict)
    upcast: bool = False
    told: bool = False
    away: Away | None = None


@dataclass(frozen=True, eq=False)
class Place:
    """A part of the picture that hears something else. share: [H, W], 0 to 1, how much of what is heard there is its.
    The rest as of `Asked`."""

    share: NDArray[np.float32]
    words: Said
    unwanted: Said
    push: float = 0.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Asked:
    """One picture, in all that it depends on.

    width, height: pixels, multiples of 8, of FLUX of 16. noise: [1, channels, h, w] of latents, to begin with (0) and
    after a step (1 and on). start: [H, W, 3], what to begin with beside noise; None for noise alone. kept: [H, W, 4], a
    picture and how much of it stays, 255 to come out as it went in. unwanted, push: what is subtracted in attention,
    and how strongly, nothing being the empty text; with a guidance other than 1 unwanted is what to guide away from
    instead (classifier-free guidance; Ho and Salimans, 2022), two passes a step. pictures [R, tokens, C], shares [R]:
    of reference pictures. seen: of a network that sees pictures itself (FLUX.2), their latents, [channels, h, w] each,
    as `Painter.see` makes them; shares is then how strongly each is looked at, above 0. control: [3, H, W], 0 to 1,
    what is followed, by which of `Networks.controls`, and how closely. full: decode with the whole VAE. places: where
    something else is heard; what they leave hears the words. owners [R]: of which place a picture is, from 1; 0 of the
    rest; EVERYWHERE of one that all places see, which has the size of what is painted, and comes first. A picture with
    places is painted alone."""

    width: int
    height: int
    plan: Schedule
    noise: Callable[[int], Float]
    words: Said
    unwanted: Said
    nothing: Said
    push: float = 0.0
    guidance: float = 1.0
    start: Bytes | None = None
    kept: Bytes | None = None
    pictures: Tensor | None = None
    shares: Sequence[float] = ()
    seen: Sequence[Tensor] = ()
    control: NDArray[np.float32] | None = None
    control_by: str = ""
    follow: float = 0.0
    full: bool = False
    places: Sequence[Place] = ()
    owners: Sequence[int] = ()


@dataclass(frozen=True)
class _Kind:
    """Which stage of steps: what the network is given beside the noisy latent and the words. count: pictures. seen:
    sizes of reference pictures' latents; pulled: whether any is looked at more or less than the rest."""

    count: int
    width: int
    height: int
    guided: bool
    pushed: bool
    kept: bool
    pictures: int
    control_by: str
    places: int
    seen: tuple[tuple[int, int], ...] = ()
    pulled: bool = False


@dataclass
class _Canvas:
    """Buffers of so many pictures of a size that stages share. host: their way there and back, where CUDA reads without
    a copy."""

    x: Tensor
    clean: Tensor
    picture: Tensor
    rgb: Tensor
    host: Tensor
    stages: dict[str, Stage] = field(default_factory=dict)


@dataclass(frozen=True)
class _Steps:
    """A stage of steps, and its buffers. look: at what is followed, before the first step, where that is enough."""

    given: dict[str, Tensor]
    stage: Stage
    look: Stage | None = None

    @property
    def stages(self) -> list[Stage]:
        return [self.stage] if self.look is None else [self.look, self.stage]


class Painter:
    """One picture at a time, or several that are `alike`: it waits for the answer. dtype: of the networks' arithmetic.
    stage: what makes stages."""

    def __init__(
        self, networks: Networks, device: torch.device, dtype: torch.dtype, stage: Callable[..., Stage] = Stage
    ) -> None:
        self.networks = networks
        self._made = stage
        self.device = device
        self.dtype = dtype
        self.channels: int = networks.vae.config.latent_channels
        self._levels = Levels.of(networks.vae, device)
        self._pool = torch.cuda.graph_pool_handle() if device.type == "cuda" else None
        self._canvases: OrderedDict[tuple[int, int, int], _Canvas] = OrderedDict()
        self._steps: OrderedDict[_Kind, _Steps] = OrderedDict()

    def paint(self, asked: Asked) -> Bytes:
        """-> [height, width, 3] uint8; what is wholly kept as it was."""
        return self.paint_all([asked])[0]

    @torch.no_grad()
    def paint_all(self, asked: Sequence[Asked]) -> list[Bytes]:
        """`paint` of several that are `alike`, at once."""
        canvas = self._denoised(asked)
        self._stage(canvas, "decode full" if asked[0].full or self.networks.tiny is None else "decode").run()
        canvas.host.copy_(canvas.rgb)
        made: Bytes = canvas.host.numpy()
        return [_with_kept(each, told.kept) for each, told in zip(made, asked, strict=True)]

    def alike(self, asked: Asked) -> Hashable:
        """Pictures of which this is equal can be painted at once; None of one that has to be painted alone."""
        kind = self._kind([asked])
        told_more = kind.pushed or kind.pictures or kind.seen or kind.places or kind.control_by
        alone = asked.full or self.networks.tiny is None or told_more
        return None if alone else (kind, asked.start is not None, len(asked.plan.moves))

    def denoise(self, asked: Asked) -> Tensor:
        """-> the clean latent [1, channels, h, w] float32."""
        return self.denoise_all([asked])

    @torch.no_grad()
    def denoise_all(self, asked: Sequence[Asked]) -> Tensor:
        """`denoise` of several that are `alike`: [N, channels, h, w]."""
        return self._denoised(asked).x.clone()

    def _kind(self, several: Sequence[Asked]) -> _Kind:
        asked = several[0]
        pushes = asked.push, *(place.push for place in asked.places)
        return _Kind(
            len(several),
            asked.width,
            asked.height,
            guided=self._guided(asked),
            pushed=any(pushes) and not self._guided(asked),
            kept=asked.kept is not None,
            pictures=0 if asked.pictures is None else len(asked.pictures),
            control_by=asked.control_by,
            places=len(asked.places),
            seen=tuple((each.shape[1], each.shape[2]) for each in asked.seen),
            pulled=bool(asked.seen) and any(share != 1.0 for share in asked.shares),
        )

    def prepare(self, asked: Asked) -> Iterator[float]:
        """What the first picture like this, begun with a picture or not, would wait for, a piece at each step -> after
        each the share that is done, at last 1."""
        canvas = self._canvas(1, asked.width, asked.height)
        decode = "decode full" if asked.full or self.networks.tiny is None else "decode"
        steps = self._stepping(self._kind([asked]), canvas, asked)
        stages = [*steps.stages, self._stage(canvas, "encode"), self._stage(canvas, decode)]
        pieces = sum(stage.left for stage in stages)
        for stage in stages:
            while stage.left:
                stage.prepare()
                left = sum(each.left for each in stages)
                if left:
                    yield 1 - left / pieces
        yield 1.0

    @torch.no_grad()
    def see(self, rgb: Bytes) -> Tensor:
        """A reference picture as a network sees it: [H, W, 3], H and W multiples of 16 -> [channels, H / 8, W / 8],
        float32."""
        pixels = torch.from_numpy(rgb.copy()).to(self.device).permute(2, 0, 1)[None].float() / 127.5 - 1
        return self._latent(pixels.contiguous())[0]

    def _denoised(self, several: Sequence[Asked]) -> _Canvas:
        """-> the buffers, the clean latents in x."""
        # 1. every stage first: to prepare one writes into its buffers
        asked = several[0]
        canvas = self._canvas(len(several), asked.width, asked.height)
        steps = self._stepping(self._kind(several), canvas, asked)
        given = steps.given
        encode = self._stage(canvas, "encode") if asked.start is not None or asked.kept is not None else None
        for stage in (*steps.stages, *([] if encode is None else [encode])):
            stage.finish()

        # 2. what is kept, and what to begin with, as latents: the device begins with these
        if asked.kept is not None and encode is not None:
            _put(canvas, [each.kept[..., :3] for each in several if each.kept is not None])
            encode.run()
            given["base"].copy_(canvas.clean)
        if asked.start is not None and encode is not None:
            _put(canvas, [each.start for each in several if each.start is not None])
            encode.run()

        # 3. all small things from the host meanwhile
        self._say(given, several)
        first = self._drawn(several, 0)
        given["noise"].copy_(first)
        if asked.kept is not None:
            stays = np.stack([each.kept[..., 3] for each in several if each.kept is not None])
            shares = self._sent(torch.from_numpy(stays.astype(np.float32) / 255))[:, None]
            given["mask"].copy_(1 - F.avg_pool2d(shares, STRIDE_PX))
        levels = self._sent(torch.tensor([(each.plan.noise, each.plan.signal) for each in several]))
        noise, signal = levels.T[:, :, None, None, None]
        numbers = torch.stack([_numbers(each.plan.moves, self.device) for each in several], -1)
        added = {i: self._drawn(several, i + 1) for i, move in enumerate(asked.plan.moves) if move.fresh}
        canvas.x.copy_(noise * first)
        if asked.start is not None:
            canvas.x.add_(signal * canvas.clean)

        # 4. steps, after a look at what they follow
        if steps.look is not None:
            steps.look.run()
        for i, row in enumerate(numbers):
            given["numbers"].copy_(row)
            if i in added:
                given["fresh"].copy_(added[i])
            steps.stage.run()
        return canvas

    def _drawn(self, several: Sequence[Asked], step: int) -> Tensor:
        return self._sent(torch.from_numpy(np.concatenate([each.noise(step) for each in several])))

    def _sent(self, held: Tensor) -> Tensor:
        """On the device, for which the host does not wait."""
        return held.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else held

    def _laid(self, x: Tensor) -> Tensor:
        """Pictures as convolutions read them fastest."""
        on_cuda = self.device.type == "cuda"
        return x.contiguous(memory_format=torch.channels_last if on_cuda else torch.contiguous_format)

    def forget(self) -> None:
        """Let go of all buffers and graphs: a size's next picture captures them anew."""
        self._canvases.clear()
        self._steps.clear()
        if self.device.type == "cuda":
            self._pool = torch.cuda.graph_pool_handle()
            torch.cuda.empty_cache()

    def _guided(self, asked: Asked) -> bool:
        """Whether a step takes two passes."""
        return asked.guidance != 1.0 and not self.networks.told

    def _say(self, given: dict[str, Tensor], several: Sequence[Asked]) -> None:
        asked = several[0]
        guided = self._guided(asked)
        both = [each.unwanted for each in several] if guided else []
        both += [each.words for each in several]
        given["words"].copy_(torch.stack([said.tokens for said in both]))
        if "pooled" in given:
            rows = [_pooled(e.unwanted, [(p, p.unwanted) for p in e.places]) for e in several] if guided else []
            rows += [_pooled(e.words, [(p, p.words) for p in e.places]) for e in several]
            given["pooled"].copy_(torch.stack(rows))
        if "unwanted" in given:
            given["unwanted"].copy_(torch.stack([asked.unwanted.tokens, asked.nothing.tokens]))
            given["push"].fill_(asked.push)
        if "guidance" in given:
            given["guidance"].copy_(self._sent(torch.tensor([each.guidance for each in several])))
        if "pictures" in given and asked.pictures is not None:
            given["pictures"].copy_(asked.pictures)
            given["shares"].zero_()  # what is unwanted is without pictures
            given["shares"][-1].copy_(self._sent(torch.tensor(asked.shares)))
        for i, each in enumerate(asked.seen):
            given[f"{_SEEN}{i}"].copy_(each[None])
        if "pull" in given:
            base = [1.0] if asked.kept is not None else []
            given["pull"].copy_(self._sent(torch.tensor([*base, *asked.shares])))
        if asked.places:
            self._say_places(given, asked)
        if asked.control is not None:
            following.say(given, asked.control_by, self._sent(torch.from_numpy(asked.control))[None], asked.follow)

    def _say_places(self, given: dict[str, Tensor], asked: Asked) -> None:
        guided = self._guided(asked)
        said = [[place.unwanted, place.words] if guided else [place.words] for place in asked.places]
        given["places"].copy_(torch.stack([torch.stack([one.tokens for one in both]) for both in said]))
        if "places_unwanted" in given:
            given["places_unwanted"].copy_(torch.stack([place.unwanted.tokens for place in asked.places]))
            given["places_push"].copy_(self._sent(torch.tensor([place.push for place in asked.places])))
        if "owners" in given:
            given["owners"].copy_(self._sent(torch.tensor(asked.owners)))
        own = self._sent(torch.from_numpy(np.stack([place.share for place in asked.places])))
        whole = torch.cat([(1 - own.sum(0, keepdim=True)).clamp(0, 1), own])
        has = F.avg_pool2d(whole[None], STRIDE_PX)[0]
        if "bias" in given:
            given["bias"].copy_(self._bias(has, asked))
        for name, (high, wide) in self._grids(asked.width, asked.height).items():
            given[name].copy_(F.adaptive_avg_pool2d(has[None], (high, wide))[0].flatten(1))

    def _bias(self, has: Tensor, asked: Asked) -> Tensor:
        """Of attention of words and pictures at once. has: [1 + P, h, w], of each latent."""
        counts = [h // PATCH * (w // PATCH) for h, w in self._pictures(asked)]
        owners = [EVERYWHERE] * (len(counts) - len(asked.seen)) + [*asked.owners]
        copies = owners.count(EVERYWHERE)
        tokens = F.avg_pool2d(has[None], PATCH)[0].flatten(1)
        return bias_of(tokens, len(asked.words.tokens), copies, counts[copies:], owners[copies:])

    def _pictures(self, asked: Asked) -> list[tuple[int, int]]:
        """Latents [h, w] of each picture whose tokens a network of words and pictures has: what is painted, what is
        kept of it, where that is seen, and reference pictures."""
        own = asked.height // STRIDE_PX, asked.width // STRIDE_PX
        kept = asked.kept is not None and isinstance(self.networks.unet, Flux2Transformer)
        return [own, *([own] if kept else []), *((each.shape[1], each.shape[2]) for each in asked.seen)]

    def _grids(self, width: int, height: int) -> dict[str, tuple[int, int]]:
        """A buffer's name -> rows and columns of tokens, of each size that cross-attention has."""
        unet = self.networks.unet
        if isinstance(unet, FluxTransformer | Flux2Transformer):
            return {}
        high, wide = height // STRIDE_PX, width // STRIDE_PX
        grids = {}
        for _ in unet.config.block_out_channels:
            grids[f"{_LIE}{high * wide}"] = high, wide
            high, wide = (high + 1) // 2, (wide + 1) // 2
        return grids

    def _canvas(self, count: int, width: int, height: int) -> _Canvas:
        key = count, width, height
        if key not in self._canvases:
            latent = count, self.channels, height // STRIDE_PX, width // STRIDE_PX
            x, clean = (torch.zeros(latent, device=self.device) for _ in range(2))
            shape = count, height, width, 3
            picture, rgb = (torch.zeros(shape, dtype=torch.uint8, device=self.device) for _ in range(2))
            host = torch.zeros(shape, dtype=torch.uint8, pin_memory=self.device.type == "cuda")
            self._canvases[key] = _Canvas(x, clean, picture, rgb, host)
        self._canvases.move_to_end(key)
        if len(self._canvases) > _KEPT_STAGES:
            self._canvases.popitem(last=False)
        return self._canvases[key]

    def _stage(self, canvas: _Canvas, name: str) -> Stage:
        if name not in canvas.stages:
            held = {"x": canvas.x, "clean": canvas.clean, "picture": canvas.picture, "rgb": canvas.rgb}
            work = {"encode": self._encode, "decode": self._decode, "decode full": self._decode_full}[name]
            captured = self._stays and (name != "decode full" or self.networks.away is None)
            canvas.stages[name] = self._made(work, held, self._pool, captured=captured)
        return canvas.stages[name]

    def _stepping(self, kind: _Kind, canvas: _Canvas, asked: Asked) -> _Steps:
        if kind not in self._steps:
            given = self._step_buffers(kind, canvas, asked)
            look = self._made(self._look, given, self._pool, captured=self._stays) if following.looks(given) else None
            self._steps[kind] = _Steps(given, self._made(self._step, given, self._pool), look)
        self._steps.move_to_end(kind)
        if len(self._steps) > _KEPT_STAGES:
            self._steps.popitem(last=False)
        return self._steps[kind]

    def _step_buffers(self, kind: _Kind, canvas: _Canvas, asked: Asked) -> dict[str, Tensor]:
        def made(*shape: int, dtype: torch.dtype = self.dtype) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=self.device)

        batch = kind.count * (1 + kind.guided)
        exact = torch.float32
        given = {
            "x": canvas.x,
            "fresh": torch.zeros_like(canvas.x),
            "noise": torch.zeros_like(canvas.x),
            "numbers": made(_NUMBERS, kind.count, dtype=exact),
            "words": made(batch, *asked.words.tokens.shape),
        }
        if asked.words.pooled is not None:
            given["pooled"] = made(batch, *asked.words.pooled.shape)
            shape = (
                kind.height,
                kind.width,
                0,
                0,
                kind.height,
                kind.width,
            )  # original size, corner of the cut, target size
            given["shape"] = torch.tensor([shape] * batch, dtype=self.dtype, device=self.device)
        if kind.guided or self.networks.told:
            given["guidance"] = made(kind.count, dtype=exact)
        if kind.pushed:
            given |= {"unwanted": made(2, *asked.unwanted.tokens.shape), "push": made(1)}
        if kind.kept:
            given |= {"base": torch.zeros_like(canvas.x), "mask": torch.zeros_like(canvas.x[:, :1])}
        if asked.pictures is not None:
            given |= {"pictures": made(*asked.pictures.shape), "shares": made(batch, kind.pictures)}
        for i, (high, wide) in enumerate(kind.seen):
            given[f"{_SEEN}{i}"] = made(1, self.channels, high, wide)
        if kind.pulled:
            given["pull"] = made(len(kind.seen) + kind.kept, dtype=exact)
        unet = self.networks.unet
        if isinstance(unet, FluxTransformer | Flux2Transformer):  # held here: a graph reads it where it lies
            texts, pictures = 1 + kind.places, self._pictures(asked)
            given["turn"] = unet.turning(len(asked.words.tokens), texts, pictures, self.device)
            if kind.places:
                given["bias"] = made(given["turn"].shape[1], given["turn"].shape[1])
        if kind.places:
            tokens = asked.words.tokens.shape
            given["places"] = made(kind.places, batch, *tokens)
            if kind.pushed:
                given |= {"places_unwanted": made(kind.places, *tokens), "places_push": made(kind.places)}
            if asked.pictures is not None:
                given["owners"] = made(kind.pictures, dtype=torch.long)
            for name, (high, wide) in self._grids(kind.width, kind.height).items():
                given[name] = made(1 + kind.places, high * wide)
        if shows := kind.control_by:
            net, empty = self.networks.controls[shows], made(1, 3, kind.height, kind.width)
            latents = kind.height // STRIDE_PX, kind.width // STRIDE_PX
            given |= following.buffers(net, shows, empty, len(asked.words.tokens), latents, self._seen_as)
        return given

    # What is captured.

    def _step(self, b: Buffers) -> None:
        x = b["x"]
        keep, gain, fresh, signal, noise = b["numbers"][:5, :, None, None, None].unbind()
        batch, count = len(b["words"]), len(x)
        time = b["numbers"][5].repeat(batch // count)
        noisy = self._laid(x.to(self.dtype).repeat(batch // count, 1, 1, 1))
        shape = {"text_embeds": b["pooled"], "time_ids": b["shape"]} if "pooled" in b else None
        heard: dict[str, Any] = {}
        more: dict[str, Any] = {"guidance": b["guidance"]} if self.networks.told else {}
        if "turn" in b:
            more |= {name: b[name] for name in ("turn", "places", "bias") if name in b}
        else:
            heard = {name: b[name] for name in _HEARD if name in b}
            hears = cast(UNet2DConditionModel, self.networks.unet).encoder_hid_proj
            heard |= {name: hears(heard[name]) for name in _TEXTS if name in heard}
            if "places" in b:
                heard["lie"] = {int(name.removeprefix(_LIE)): b[name] for name in b if name.startswith(_LIE)}
        if isinstance(self.networks.unet, Flux2Transformer):
            more |= self._shown(b, batch)
        literal = b["guidance"] if self.networks.told else None
        more |= following.follow(
            self.networks.controls, b, self.networks.unet, noisy, time, known=shape, guidance=literal
        )
        out = self.networks.unet(
            noisy,
            time,
            b["words"],
            added_cond_kwargs=shape,
            cross_attention_kwargs=heard or None,
            return_dict=False,
            **more,
        )[0].float()
        if batch > count:
            out = out[:count] + b["guidance"].view(-1, 1, 1, 1) * (out[count:] - out[:count])
        moved = keep * x + gain * out + fresh * b["fresh"]
        if "mask" in b:
            level = signal * b["base"] + noise * b["noise"]
            moved = level + b["mask"] * (moved - level)
        x.copy_(moved)

    def _shown(self, b: Buffers, batch: int) -> dict[str, Any]:
        """Pictures that a network sees itself: what is kept is the first of them, then references."""
        seen = [b[name] for name in b if name.startswith(_SEEN)]
        if "base" in b:
            base = b["base"].to(self.dtype)
            seen.insert(0, base.repeat(batch // len(base), 1, 1, 1))
        return {"seen": seen, "pull": b.get("pull")}

    def _look(self, b: Buffers) -> None:
        following.look(self.networks.controls, b, self._seen_as)

    def _seen_as(self, pixels: Tensor) -> Tensor:
        return self._latent(self._laid(pixels.float()))

    def _encode(self, b: Buffers) -> None:
        b["clean"].copy_(self._latent(self._laid(b["picture"].permute(0, 3, 1, 2).float() / 127.5 - 1)))

    def _latent(self, pixels: Tensor) -> Tensor:
        """[N, 3, H, W] in [-1, 1] -> as the network takes it, by the tiny VAE where there is one."""
        tiny, vae = self.networks.tiny, self.networks.vae
        if tiny is not None:
            found: Tensor = tiny.encode(pixels.to(self.dtype), return_dict=False)[0]
            return found.float()
        with self.networks.away or nullcontext():  # the middle of what it may be
            middle = vae.encode(pixels.to(self._whole), return_dict=False)[0].mode()
        return self._levels.normal(middle)

    def _decode(self, b: Buffers) -> None:
        if self.networks.tiny is None:
            raise RuntimeError("there is no tiny VAE")
        _to_bytes(self.networks.tiny.decode(b["x"].to(self.dtype), return_dict=False)[0], b["rgb"])

    def _decode_full(self, b: Buffers) -> None:
        latents = self._levels.own(b["x"]).to(self._whole)
        with self.networks.away or nullcontext():
            _to_bytes(self.networks.vae.decode(latents, return_dict=False)[0], b["rgb"])

    @property
    def _stays(self) -> bool:
        """Whether what encodes stays where it is: a graph's weights have to."""
        return self.networks.tiny is not None or self.networks.away is None

    @property
    def _whole(self) -> torch.dtype:
        return torch.float32 if self.networks.upcast else self.dtype


def _pooled(said: Said, places: Sequence[tuple[Place, Said]]) -> Tensor:
    """One vector for the whole picture: the mean of what is said, and of what is said in places, by their areas."""
    if said.pooled is None:
        raise RuntimeError("these words have no vector")
    areas = [float(place.share.mean()) for place, _ in places]
    pooled = said.pooled if not places else max(0.0, 1 - sum(areas)) * said.pooled
    for area, (_, own) in zip(areas, places, strict=True):
        if own.pooled is not None:
            pooled = pooled + area * own.pooled
    return pooled


def _put(canvas: _Canvas, pictures: Sequence[Bytes]) -> None:
    host = canvas.host.numpy()
    for i, picture in enumerate(pictures):
        host[i] = picture
    canvas.picture.copy_(canvas.host)


def _to_bytes(pixels: Tensor, rgb: Tensor) -> None:
    """[N, 3, H, W] in about [-1, 1] into [N, H, W, 3] uint8."""
    rgb.copy_((pixels.float() * 127.5 + 128).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1))


def _with_kept(made: Bytes, kept: Bytes | None) -> Bytes:
    if kept is None:
        return made.copy()
    stays = kept[..., 3:].astype(np.uint16)
    return ((kept[..., :3] * stays + made * (255 - stays) + 127) // 255).astype(np.uint8)


@lru_cache(maxsize=64)
def _numbers(moves: tuple[Move, ...], device: torch.device) -> Tensor:
    """On the device, a row for each step [steps, 6]: a step's row is copied without waiting for the host."""
    rows = [(move.keep, move.gain, move.fresh, move.signal, move.noise, move.time) for move in moves]
    return torch.tensor(rows, dtype=torch.float32, device=device)
