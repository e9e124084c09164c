"""Renders with a latent diffusion model by an engine's recipe (`engines.images`).

Prompts are blended as embeddings, not by compel: compel weighs words inside one text, and its "less of" needs guidance,
which models of few steps have none of. Chips are whole texts, each encoded once, so moving a weight costs a sum, and
what is unwanted is subtracted in attention (`nn.latent.attention`).
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lightbrush.engines.device import memory_told
from lightbrush.engines.embedded import read_kept, read_sketch
from lightbrush.engines.engine import Start, check, check_start
from lightbrush.engines.images import BINDING, LORA, PICTURE, PUSH, Recipe
from lightbrush.engines.regions import coverage, shares
from lightbrush.errors import FleetError, LightbrushError, ShotError
from lightbrush.nn import flow
from lightbrush.nn.flux.config import PATCH
from lightbrush.nn.flux.schedule import flow as straight
from lightbrush.nn.flux2.transformer import Flux2Transformer
from lightbrush.nn.latent import schedule as latent
from lightbrush.nn.latent.lora import Adapters
from lightbrush.nn.latent.networks import Model
from lightbrush.nn.latent.painter import EVERYWHERE, Asked, Bytes, Painter, Place
from lightbrush.nn.latent.pictures import PictureReader
from lightbrush.nn.latent.schedule import STRIDE_PX, Schedule, schedule
from lightbrush.nn.latent.text import Embed, Said, blend
from lightbrush.pixels import decode_reference, encode
from lightbrush.shots import Frame, Picture, Prompt, Reference, Size

#: What is followed where a shot does not say it, beside which the sketch is begun with too.
LINES: Final = "lines"
_PAPER: Final = 255
#: How much neighbours differ where there is an edge, of 255.
_EDGE: Final = 24
_READ_AT_PX: Final = 512
#: Of pictures that a network sees itself: a side's multiple, and the most pixels of one, if the picture has as many.
_SEEN_GRID_PX: Final = 16
_SEEN_PX: Final = 1 << 20
_LANCZOS: Final = Image.Resampling.LANCZOS
_REMEMBERED_PICTURES: Final = 64


@dataclass(frozen=True)
class _Ready:
    """A shot, all but painted."""

    asked: Asked
    weights: tuple[tuple[str, float], ...]
    times_ms: dict[str, float]


class LatentEngine:
    """See `engine.StartingEngine`, `engine.BatchEngine`, `engine.PreparingEngine`. pictures: what reads references,
    where the image adapter is here. beside: LoRAs, and which of them is always heard whole."""

    def __init__(
        self,
        recipe: Recipe,
        model: Model,
        painter: Painter,
        name: str,
        pictures: PictureReader | None = None,
        beside: Adapters | None = None,
        always: str = "",
    ) -> None:
        self.card = recipe.card
        self.device = name
        self.painter = painter
        self._recipe = recipe
        self._prediction = recipe.prediction or model.prediction
        self._joint = self._prediction == "flow"  # words and picture attend to each other: there is no cross-attention
        self._shift = model.shift
        self._embed = model.embed
        self._pictures = pictures
        self._beside = beside
        self._always = always
        self._sees = isinstance(model.networks.unet, Flux2Transformer)  # reference pictures, without an adapter
        self._seen: OrderedDict[Hashable, Tensor] = OrderedDict()  # by hash; the least recently used of many goes first

    def warm(self) -> None:
        """Paint once from a drawing at the default size, so that a first stroke does not wait for graphs."""
        size = self.card.default_size
        paper = encode(np.full((size.height, size.width, 3), _PAPER, np.uint8), "image/png")
        self.render(Frame(engine=self.card.id, width=size.width, height=size.height, sketch=paper))

    def prepare(self, size: Size) -> Iterator[float]:
        """See `engine.PreparingEngine`."""
        shot = Frame(engine=self.card.id, width=size.width, height=size.height)
        asked = self._ready(shot, None).asked
        pieces = self.painter.prepare(asked)
        while True:
            with self._room():
                share = next(pieces, None)
            if share is None:
                return
            yield share

    def render(self, shot: Frame) -> Picture:
        return self._render(shot, None)

    def render_from(self, shot: Frame, start: Start) -> Picture:
        return self._render(shot, start)

    def render_batch(self, shots: Sequence[Frame]) -> list[Picture | LightbrushError]:
        """See `engine.BatchEngine`."""
        made: dict[int, Picture | LightbrushError] = {}
        groups: dict[Hashable, list[tuple[int, _Ready]]] = {}
        for i, shot in enumerate(shots):
            try:
                ready = self._ready(shot, None)
            except LightbrushError as error:
                made[i] = error
            else:
                alike = self.painter.alike(ready.asked)
                key = i if alike is None else (alike, ready.weights)
                groups.setdefault(key, []).append((i, ready))
        for group in groups.values():
            found = self._made_or_alone([ready for _, ready in group])
            made |= {i: picture for (i, _), picture in zip(group, found, strict=True)}
        return [made[i] for i in range(len(shots))]

    def _made_or_alone(self, several: Sequence[_Ready]) -> list[Picture | LightbrushError]:
        """At once, or one after the other where that finds no memory."""
        try:
            return [*self._made(several)]
        except LightbrushError as error:
            if len(several) == 1:
                return [error]
            return [told for each in several for told in self._made_or_alone([each])]

    def _render(self, shot: Frame, start: Start | None) -> Picture:
        return self._made([self._ready(shot, start)])[0]

    def _ready(self, shot: Frame, start: Start | None) -> _Ready:
        begun = time.perf_counter()
        # 1. refuse what the card does not offer, and what needs a part that is not here
        check(shot, self.card)
        if start is not None:
            check_start(start, shot)
        self._check_parts(shot)

        # 2. the sketch, and what is kept of a picture
        sketch = read_sketch(shot.sketch, shot.width, shot.height)
        kept = None if shot.base is None else read_kept(shot.base.data, shot.mask, shot.width, shot.height)
        told = shot.parameters.get("sketch") == "reference", shot.parameters.get("control", LINES) != LINES
        shown = told[0] or (told[1] and bool(shot.parameters.get("follow")))  # then it is not begun with
        under, share = (None, 1.0) if shown else begin(sketch, kept, shot.strength)
        if start is not None:
            under, share = (start.pixels * 255 + 0.5).clip(0, 255).astype(np.uint8), start.noise
        decoded = time.perf_counter()

        # 3. what is said, in words and pictures
        with self._room():
            asked = self._asked(shot, sketch, kept, under, share, start)
        times_ms = {"decode": (decoded - begun) * 1e3, "text": (time.perf_counter() - decoded) * 1e3}
        return _Ready(asked, self._weights(shot), times_ms)

    def _made(self, several: Sequence[_Ready]) -> list[Picture]:
        """Of shots that are alike."""
        begun = time.perf_counter()
        # 4. from noise, a function of the seed or of two, to pixels; what is kept comes out as it went in
        with self._room():
            if self._beside is not None:
                self._beside.weigh(dict(several[0].weights))
            found = self.painter.paint_all([ready.asked for ready in several])
        steps_ms = (time.perf_counter() - begun) * 1e3
        return [
            Picture(pixels=rgb, engine=self.card.id, times_ms={**ready.times_ms, "steps": steps_ms})
            for rgb, ready in zip(found, several, strict=True)
        ]

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Raises FleetError fleet.memory; buffers are let go of then, and of whatever else fails."""
        try:
            with memory_told(self.painter.device):
                yield
        except (FleetError, RuntimeError):
            self.painter.forget()  # room for whoever comes next
            raise

    def _asked(
        self, shot: Frame, sketch: Bytes, kept: Bytes | None, under: Bytes | None, share: float, start: Start | None
    ) -> Asked:
        nothing = self._embed("")
        wanted, unwanted, push = said(shot.prompts, self._embed, nothing)
        guidance = float(shot.parameters.get("guidance", self._recipe.guidance))
        follow, shows = float(shot.parameters.get("follow", 0.0)), str(shot.parameters.get("control", LINES))
        places = self._places(shot, nothing)
        if self._joint and (guidance == 1.0 or self.painter.networks.told):
            wanted, push = away_from(wanted, unwanted, nothing, push), 0.0
            places = [
                replace(each, words=away_from(each.words, each.unwanted, nothing, each.push), push=0.0)
                for each in places
            ]
        shown = [(r, owner) for owner, references in enumerate(pulling(shot)) for r in references]
        owners = [owner for _, owner in shown]
        h, w = shot.height // STRIDE_PX, shot.width // STRIDE_PX
        channels = self.painter.channels
        shares = flow.between(shot.seed, shot.seed_to, shot.seed_mix, h, w, latent.drawn(channels))
        noise = partial(latent.mixed, shares, h, w, channels=channels)
        if start is not None:
            left, top = start.left // STRIDE_PX, start.top // STRIDE_PX
            noise = partial(latent.mixed_at, shares, left, top, h, w, channels=channels)
        plan = self.plan(shot.steps, share, bare=under is None, latents=h * w)
        decoder = shot.parameters.get("decoder", "auto")
        if self._sees:
            seen, pulls = self._shown(shot, sketch, shown=shot.parameters.get("sketch") == "reference")
            owners = [EVERYWHERE] * (len(seen) - len(owners)) + owners
        else:
            seen, pulls = [], [share for references in pulling(shot) for share in heard(references)]
        return Asked(
            width=shot.width,
            height=shot.height,
            plan=plan,
            noise=noise,
            words=wanted,
            unwanted=unwanted,
            nothing=nothing,
            push=push,
            guidance=guidance,
            start=under,
            kept=kept,
            pictures=self._read([r for r, _ in shown]) if shown and not self._sees else None,
            shares=pulls,
            seen=seen,
            places=places,
            owners=owners,
            control=followed(sketch, shows) if follow else None,
            control_by=shows if follow else "",
            follow=follow,
            full=decoder == "full" or (decoder == "auto" and shot.accept == "image/png"),
        )

    def _places(self, shot: Frame, nothing: Said) -> list[Place]:
        """What a shot does not want, none of its regions does. Raises PixelsError for a mask that is none."""
        if not shot.regions:
            return []
        against = [prompt for prompt in shot.prompts if prompt.weight < 0]
        own = shares([coverage(region, shot.width, shot.height) for region in shot.regions])[1:]
        return [
            Place(share, *said([*region.prompts, *against], self._embed, nothing))
            for share, region in zip(own, shot.regions, strict=True)
        ]

    def _weights(self, shot: Frame) -> tuple[tuple[str, float], ...]:
        """Of LoRAs, by name."""
        if self._beside is None or not self._beside.names:
            return ()
        sliders = {p.name.removeprefix(LORA): p for p in self.card.parameters if p.name.startswith(LORA)}
        weights = {name: float(shot.parameters.get(p.name, p.default)) for name, p in sliders.items()}
        return tuple({**weights, self._always: 1.0}.items())

    def plan(self, steps: int, share: float, bare: bool, latents: int = 0) -> Schedule:
        """steps: 0 is the card's default. latents: of the picture, which shift the times of straight ways."""
        count = steps or self.card.default_steps
        if self._prediction == "flow":
            return straight(count, self._shift.at(latents // PATCH**2, count), share, bare)
        return schedule(self._recipe.sampler, self._prediction, count, share, bare)

    def _shown(self, shot: Frame, sketch: Bytes, shown: bool) -> tuple[list[Tensor], list[float]]:
        """Latents of pictures that the network sees itself, and how strongly each is looked at. shown: the sketch is
        the first of them."""
        seen, pulls = [], []
        if shown and sketch[..., 3].any():
            seen, pulls = [self.painter.see(over_paper(sketch))], [1.0]
        most_px = min(shot.width * shot.height, _SEEN_PX)
        for reference in (each for references in pulling(shot) for each in references):
            key = reference.asset.sha256, most_px
            if key not in self._seen:
                rgb = decode_reference(reference.asset.data, max(shot.width, shot.height))
                self._seen[key] = self.painter.see(shrunk(rgb, most_px))
            self._seen.move_to_end(key)
            seen.append(self._seen[key])
            pulls.append(reference.weight)
        while len(self._seen) > _REMEMBERED_PICTURES:
            self._seen.popitem(last=False)
        return seen, pulls

    def _read(self, references: Sequence[Reference]) -> Tensor:
        """-> [R, tokens, C]."""
        reader = self._pictures
        if reader is None:
            raise RuntimeError("there is no image adapter")
        for reference in references:
            key = reference.asset.sha256
            if key not in self._seen:
                self._seen[key] = reader.read(decode_reference(reference.asset.data, _READ_AT_PX))
            self._seen.move_to_end(key)
            if len(self._seen) > _REMEMBERED_PICTURES:
                self._seen.popitem(last=False)
        return torch.stack([self._seen[reference.asset.sha256] for reference in references])

    def _check_parts(self, shot: Frame) -> None:
        if self._sees:
            away = next((r.weight for references in pulling(shot) for r in references if r.weight < 0), None)
            if away is not None:
                raise ShotError(
                    "shot.references",
                    f"{self.card.name} is shown pictures, and cannot be pushed away from one",
                    value=away,
                    fix="Give it a weight above 0, or take it away",
                )
        elif self._pictures is None and any((shot.references, *(region.references for region in shot.regions))):
            raise ShotError(
                "shot.references",
                f"{self.card.name} shows pictures with a part that is not here",
                value=self._recipe.adapter or "",
                fix=f"lightbrush models pull {self._recipe.adapter}, and start again",
            )
        shows = str(shot.parameters.get("control", LINES))
        if shot.parameters.get("follow") and shows not in self.painter.networks.controls:
            parts = next((parts for known, parts in self._recipe.controls.items() if known == shows), ())
            raise ShotError(
                "shot.parameter",
                f"{self.card.name} follows {shows} with a part that is not here",
                value=parts[0] if parts else "",
                fix=" or ".join(f"lightbrush models pull {part}" for part in parts) + ", and start again",
            )


def said(prompts: Sequence[Prompt], embed: Embed, nothing: Said) -> tuple[Said, Said, float]:
    """-> what is wanted, what is not, and how strongly that is subtracted."""
    heard = [p for p in prompts if p.text.strip() and p.weight != 0.0]
    for_it = [p for p in heard if p.weight > 0]
    against = [p for p in heard if p.weight < 0]
    wanted = blend([embed(p.text) for p in for_it], [p.weight for p in for_it], nothing)
    unwanted = blend([embed(p.text) for p in against], [-p.weight for p in against], nothing)
    return wanted, unwanted, PUSH if against else 0.0


def away_from(wanted: Said, unwanted: Said, nothing: Said, push: float) -> Said:
    """What is wanted, less what the unwanted says that the empty text does not: where there is no cross-attention to
    subtract it in."""
    if not push:
        return wanted
    tokens = wanted.tokens - push * (unwanted.tokens - nothing.tokens)
    if wanted.pooled is None or unwanted.pooled is None or nothing.pooled is None:
        return Said(tokens)
    return Said(tokens, wanted.pooled - push * (unwanted.pooled - nothing.pooled))


def pulling(shot: Frame) -> list[list[Reference]]:
    """Reference pictures that count: the shot's, then each of its regions'."""
    every = [shot.references, *(region.references for region in shot.regions)]
    return [[reference for reference in references if reference.weight != 0.0] for references in every]


def heard(references: Sequence[Reference]) -> tuple[float, ...]:
    """How strongly each picture is heard: several share what one has."""
    total = max(1.0, sum(max(0.0, r.weight) for r in references))
    return tuple(PICTURE * r.weight / total for r in references)


def begin(sketch: Bytes, kept: Bytes | None, strength: float) -> tuple[Bytes | None, float]:
    """What to begin with beside noise, [H, W, 3], and the share of noise: 1 at strength 0, less toward 1.

    sketch: [H, W, 4]. Where nothing is drawn is paper, or what is kept's own picture. Without either, noise alone.
    """
    drawn = bool(sketch[..., 3].any())
    if not drawn and kept is None:
        return None, 1.0
    under = over_paper(sketch) if kept is None else over(sketch, kept[..., :3])
    return under, 1.0 - BINDING * strength


def over_paper(sketch: Bytes) -> Bytes:
    return over(sketch, np.full((*sketch.shape[:2], 3), _PAPER, np.uint8))


def over(sketch: Bytes, ground: Bytes) -> Bytes:
    """[H, W, 4] over [H, W, 3]."""
    covers = sketch[..., 3:].astype(np.uint16)
    return ((sketch[..., :3] * covers + ground * (255 - covers) + 127) // 255).astype(np.uint8)


def shrunk(rgb: Bytes, most_px: int) -> Bytes:
    """A picture as a network sees it: of at most so many pixels, its sides multiples of 16, cut evenly where they were
    not."""
    grid, image = _SEEN_GRID_PX, Image.fromarray(rgb)
    if image.width * image.height > most_px:
        scale = math.sqrt(most_px / (image.width * image.height))
        image = image.resize((max(1, int(image.width * scale)), max(1, int(image.height * scale))), _LANCZOS)
    if min(image.size) < grid:
        scale = grid / min(image.size)
        image = image.resize((math.ceil(image.width * scale), math.ceil(image.height * scale)), _LANCZOS)
    wide, high = (side // grid * grid for side in image.size)
    left, top = (image.width - wide) // 2, (image.height - high) // 2
    return np.asarray(image.crop((left, top, left + wide, top + high)))


def followed(sketch: Bytes, shows: str) -> NDArray[np.float32]:
    """What is followed of a sketch [H, W, 4]: [3, H, W], 0 to 1. Where nothing is drawn is far away, and no
    pose."""
    if shows == LINES:
        return np.broadcast_to(edges(over_paper(sketch)), (3, *sketch.shape[:2])).copy()
    drawn = over(sketch, np.zeros((*sketch.shape[:2], 3), np.uint8))
    if shows == "depth":
        drawn = np.asarray(Image.fromarray(drawn).convert("L").convert("RGB"))
    return np.ascontiguousarray(drawn.transpose(2, 0, 1), np.float32) / np.float32(255)


def edges(rgb: Bytes) -> NDArray[np.float32]:
    """Lines as scribbles are taken: [H, W], 1 where neighbours differ, else 0."""
    wide = rgb.astype(np.int16)
    found = np.zeros(rgb.shape[:2], bool)
    across = np.abs(np.diff(wide, axis=1)).max(-1) > _EDGE
    down = np.abs(np.diff(wide, axis=0)).max(-1) > _EDGE
    found[:, 1:] |= across
    found[:, :-1] |= across
    found[1:] |= down
    found[:-1] |= down
    return found.astype(np.float32)
