"""The last leg: one and two steps paint as well as the thirty of their teacher.

    python -m lightbrush.training.probe --out runs/embedded/guide.safetensors --seed 6 --minutes 3
    python -m lightbrush.training.distil --out runs/embedded --minutes 7

`training.all` does both, on all GPUs.

A network trained to predict the clean picture answers pure noise with an average of all that could be: soft. Here a
student goes on from its weights, on its own one- and two-step trajectories, by distribution matching ("Improved
Distribution Matching Distillation", Yin et al., 2024): the teacher says where a noised picture of the student's should
go, a third network that follows the student says where such pictures come from, and the student is moved by the
difference. The teacher is guided ("Classifier-Free Diffusion Guidance", Ho and Salimans, 2022) by what was said, and
the student learns that without a second pass. A conditional patch critic (Isola et al., 2017; projection: Miyato and
Koyama, 2018) that has seen the worlds adds what the teacher itself lacks in sharpness; each size has one. What was
asked for must be found again: a reader of pictures, another than the probe that measures, sees the student's
("ControlNet++", Li et al., 2024). By what that reader tells apart, all pictures together should vary as worlds do
(`training.moments`). And what is far from a new
stroke should stay as it is (`training.locality`).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from lightbrush.nn import checkpoint as checkpoints
from lightbrush.nn import flow
from lightbrush.nn.flow import TRAINED_PX
from lightbrush.nn.pixel_transformer import PixelTransformer, widened
from lightbrush.training import evaluate, probe
from lightbrush.training.asked import Asked, all_things
from lightbrush.training.conditions import CONDITION_LENGTH, topics
from lightbrush.training.embedded import Log, Predict, predictor, rope_for, save_weights, velocity_loss
from lightbrush.training.locality import locality_loss
from lightbrush.training.moments import Moments
from lightbrush.training.pool import Pool, Variants, caption_helpers
from lightbrush.training.ranks import Gradients, Ranks
from lightbrush.training.replay import captured
from lightbrush.training.settings import changed
from lightbrush.training.task import Task, make_task
from lightbrush.world.attributes import ATTRIBUTES

#: What is left of the reader's pull at the end.
LEAST_READING: Final = 1 / 3
#: Of the student's turns of a size, so many go by the same moments.
_SETTLE_EVERY: Final = 20
#: What `Turns.paint` gives.
_FOUND: Final = ("matching", "adversarial", "features", "reading", "apart", "locality")


@dataclass(frozen=True)
class Recipe:
    """minutes, steps: in all, worlds included; whichever ends first. start: the teacher; without it, what
    training.embedded left in out. student: what an earlier run made, to go on from; without it, the teacher's weights.
    drawn: share of the pictures with a sketch, less than in teaching, so that words alone paint. half: leave the
    weights in 16 bits, not 8.

    follower_turns: updates of the follower and the critic for each of the student. warm_up: steps before its first.
    large_every: of so many rounds one is at 512 pixels. batch, batch_large, pools: of one rank. words, references,
    and the same of 512 pixels: see `asked.Asked`; asked: these's share of the pictures; 0: there are none.
    matching, adversarial, features: weights of the teacher's word, the critic's word and the critic's features. These
    are of one picture where many are meant: more than a little of them, and mountains are flat, the mean of all.
    guidance_of_words: where nothing is drawn. reading_of_words, reading: the reader's pull on a picture, as a part of
    what the three have together, where nothing is drawn and where something is. It falls with the learning rate, to a
    third: a reader that is pleased goes on pulling, toward what only it can see. likeness_of_words, likeness: the pull
    of all pictures where nothing is drawn, and where something is, toward how their worlds vary, at first; it falls
    with the distance. edited: share of the batch that is
    painted also with a stroke more; 0: none is. locality: weight of what that changes far from the stroke.
    """

    out: Path
    minutes: float
    start: Path | None = None
    student: Path | None = None
    steps: int = 10_000_000
    device: str = "cuda"
    seed: int = 1
    batch: int = 96
    batch_large: int = 40
    size_px: int = TRAINED_PX
    pool: int = 40_960
    pool_large: int = 8_192
    variants: int = 6_144
    words: int = 64
    references: int = 8_192
    words_large: int = 8
    references_large: int = 1_024
    asked: float = 0.25
    large_every: int = 3
    learning_rate: float = 6e-5
    follower_rate: float = 1.2e-4
    critic_rate: float = 2e-4
    ema: float = 0.998
    follower_turns: int = 2
    warm_up: int = 100
    guidance: float = 1.15
    guidance_of_words: float = 3.0
    matching: float = 1.0
    adversarial: float = 0.12
    features: float = 0.1
    reading: float = 0.25
    reading_of_words: float = 0.75
    likeness: float = 0.5
    likeness_of_words: float = 0.5
    edited: float = 0.125
    locality: float = 0.1
    penalty: float = 0.05
    drawn: float = 0.7
    half: bool = False


class Critic(nn.Module):
    """Patch scores at two scales: [B, 1, h, w] each, and the features on the way there."""

    def __init__(self, hints: int, width: int = 64) -> None:
        super().__init__()
        self.scales = nn.ModuleList(_Patches(3 + hints, width) for _ in range(2))

    def forward(self, rgb: Tensor, hints: Tensor, condition: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """rgb: [B, 3, S, S]; hints: [B, hints, S, S]; condition: [B, CONDITION_LENGTH]."""
        scores, features = [], []
        x = torch.cat([rgb, hints], 1)
        for patches in self.scales:
            score, seen = patches(x, condition)
            scores.append(score)
            features.extend(seen)
            x = F.avg_pool2d(x, 2)
        return scores, features


class _Patches(nn.Module):
    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        widths = (channels, width, 2 * width, 4 * width, 6 * width)
        self.layers = nn.ModuleList(spectral_norm(nn.Conv2d(a, b, 4, 2, 1)) for a, b in pairwise(widths))
        self.score = spectral_norm(nn.Conv2d(widths[-1], 1, 3, 1, 1))
        self.project = spectral_norm(nn.Linear(CONDITION_LENGTH, widths[-1]))

    def forward(self, x: Tensor, condition: Tensor) -> tuple[Tensor, list[Tensor]]:
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        agreement = (x * self.project(condition)[:, :, None, None]).sum(1, keepdim=True) / x.shape[1] ** 0.5
        return self.score(x) + agreement, features


class Players:
    """The networks of the game, and the gradients of those that learn. critics: one a size."""

    def __init__(
        self,
        student: PixelTransformer,
        teacher: PixelTransformer,
        follower: PixelTransformer,
        critics: Sequence[Critic],
        guide: probe.Probe,
    ) -> None:
        self.student, self.teacher, self.follower, self.guide = student, teacher, follower, guide
        self.critics = critics
        self.gradients: dict[nn.Module, Gradients] = {
            net: Gradients(net.parameters()) for net in (student, follower, *critics)
        }


@dataclass(frozen=True)
class Wanted:
    """How much what a reader finds counts: rare, for each material [L] (`probe.rarity`); sides, of attributes."""

    rare: Tensor
    sides: probe.Sides

    @classmethod
    def of(cls, pool: Pool) -> Wanted:
        return cls(probe.rarity(pool), probe.Sides.of(pool.attributes))


class Turns:
    """The two kinds of turn on the tasks that draw gives, all of one size. A turn leaves gradients, its rank's own."""

    def __init__(
        self,
        recipe: Recipe,
        players: Players,
        critic: Critic,
        draw: Callable[[], Task],
        wanted: Wanted,
        generator: torch.Generator,
    ) -> None:
        self.recipe, self.players, self.critic = recipe, players, critic
        self.draw, self.wanted, self.generator = draw, wanted, generator
        self.moments, self.moments_of_words = (Moments(probe.SEEN, generator.device) for _ in range(2))
        self._fade = torch.ones((), device=generator.device)  # of the reader's pull; what is captured reads it
        self._side = side = draw().rgb.shape[-1]
        rope = rope_for(players.student, side, side, generator.device)
        self._paint = predictor(players.student, rope)
        self._teach = predictor(players.teacher, rope)
        self._follow = predictor(players.follower, rope)

    def fade(self, share: float) -> None:
        """From now on the reader pulls with this share of what the recipe says."""
        self._fade.fill_(share)

    def settle(self) -> None:
        """From now on pictures go by what has been seen of their moments by now."""
        self.moments.settle()
        self.moments_of_words.settle()

    def follow(self) -> Tensor:
        """The follower learns what the student paints now, the critic to tell it from a world."""
        recipe, critic, generator = self.recipe, self.critic, self.generator
        self.players.gradients[self.players.follower].clear()
        self.players.gradients[critic].clear()
        with torch.no_grad():
            rgb, _, hints, condition = self.draw()
            noisy, at = _own_trajectory(self._paint, hints, condition, rgb.shape, generator)
            made = self._paint(noisy, hints, at, condition)
            drawn = (condition[:, -1] > 0).float()
            for world, pictures in ((True, rgb), (False, made)):
                seen = self._see(pictures)[2]
                for moments, counted in ((self.moments, drawn), (self.moments_of_words, 1 - drawn)):
                    (moments.worlds if world else moments.painted).see(seen, counted)
        follows = velocity_loss(self._follow, made, hints, condition, generator)
        follows.backward()
        window = _window(rgb.shape[-1], self.players.student.config.patch_px, generator)
        real, _ = _judge(critic, rgb, hints, condition, window)
        fake, _ = _judge(critic, made, hints, condition, window)
        hinge = _sum(F.relu(1 - r).mean() + F.relu(1 + f).mean() for r, f in zip(real, fake, strict=True))
        drift = _sum(r.square().mean() for r in real)
        (hinge + recipe.penalty * drift).backward()
        return torch.stack([follows, hinge]).detach()

    def paint(self) -> Tensor:
        """The student learns from all six: -> what the teacher, the critic, its features, the reader, the moments and
        strokes find, [6]."""
        recipe, critic, generator = self.recipe, self.critic, self.generator
        self.players.gradients[self.players.student].clear()
        with torch.no_grad():
            rgb, label, hints, condition = self.draw()
            noisy, at = _own_trajectory(self._paint, hints, condition, rgb.shape, generator)
        made = self._paint(noisy, hints, at, condition)
        drawn = condition[:, -1] > 0
        guidance = torch.where(drawn, recipe.guidance, recipe.guidance_of_words)
        matching = matching_loss(made, hints, condition, self._teach, self._follow, guidance, generator)
        window = _window(rgb.shape[-1], self.players.student.config.patch_px, generator)
        critic.requires_grad_(False)
        scores, features = _judge(critic, made, hints, condition, window)
        _, wanted = _judge(critic, rgb, hints, condition, window)
        critic.requires_grad_(True)
        adversarial = -_sum(score.mean() for score in scores)
        apart = _sum((a - b).abs().mean((1, 2, 3)) for a, b in zip(features, wanted, strict=True)) / len(features)
        close = (apart * drawn).mean()
        logits, values, seen = self._see(made)
        reading = reading_loss(logits, values, self._as_read(label), condition, self.wanted)
        unlike = self.moments.loss(seen, drawn.float())
        unlike_words = self.moments_of_words.loss(seen, (~drawn).float())
        loss = recipe.matching * matching + recipe.adversarial * adversarial + recipe.features * close
        reads = self._fade * torch.where(drawn, recipe.reading, recipe.reading_of_words)
        likens = self.moments.apart * recipe.likeness * drawn
        likens_words = self.moments_of_words.apart * recipe.likeness_of_words * ~drawn
        changed = self._changed_by_strokes(hints, condition)
        pulls = (reading, reads), (unlike, likens), (unlike_words, likens_words)
        (pulled(made, loss, pulls) + recipe.locality * changed).backward()
        return torch.stack([matching, adversarial, close, reading, self.moments.apart, changed]).detach()

    def _changed_by_strokes(self, hints: Tensor, condition: Tensor) -> Tensor:
        """Of some of what is drawn, how much one more stroke changes far from it."""
        count = round(self.recipe.edited * len(hints))
        if not count:
            return torch.zeros((), device=hints.device)
        drawn = condition[:, -1]
        order = drawn + torch.rand(len(hints), generator=self.generator, device=hints.device)
        rows = order.argsort(descending=True)[:count]
        changed = locality_loss(self._paint, hints[rows], condition[rows], self.generator)
        return (changed * drawn[rows]).mean()

    def _see(self, rgb: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the guide, which knows worlds of one size, sees: of larger pictures it reads a small copy, and has the
        features of a part."""
        small, part = rgb, None
        if self._side != self.recipe.size_px:
            small = F.interpolate(rgb, size=2 * (self.recipe.size_px,), mode="area")
            rows, columns = _part(self._side, self.recipe.size_px, self.generator)
            part = rgb.index_select(2, rows).index_select(3, columns)
        with torch.autocast(rgb.device.type, torch.bfloat16, enabled=rgb.device.type == "cuda"):
            logits, values, seen = self.players.guide.see(probe.disturb(small, self.generator))
            if part is not None:
                seen = self.players.guide.see(probe.disturb(part, self.generator))[2]
        return logits.float(), values.float(), seen.float()

    def _as_read(self, label: Tensor) -> Tensor:
        """Labels [B, S, S] as large as what the guide reads."""
        every = self._side // self.recipe.size_px
        return label[:, ::every, ::every]


def run(recipe: Recipe) -> Path:
    """Finish the teacher, read by `guide.safetensors` in recipe.out; -> `student/embedded.safetensors` there."""
    began = time.monotonic()
    ranks = Ranks.join(recipe.device)
    device = ranks.device
    log = Log(recipe.out / "log.txt", ranks.leads)

    # 1. worlds that no other recipe has seen
    seed = 1_000_000 * recipe.seed + 900_000 + 1_000 * ranks.rank
    with caption_helpers(ranks.count) as helpers:
        pool = Pool(recipe.pool, recipe.size_px, seed, device, helpers=helpers)
        large_pool = Pool(recipe.pool_large, 2 * recipe.size_px, seed + 40_000, device, helpers=helpers)
        variants = Variants(recipe.variants, recipe.size_px, seed + 50_000, device, helpers)
        asked = asked_large = None
        if recipe.asked:
            own = recipe.words, recipe.references, recipe.size_px, seed + 60_000
            asked = Asked(all_things(), *own, device, helpers)
            own = recipe.words_large, recipe.references_large, 2 * recipe.size_px, seed + 80_000
            asked_large = Asked(all_things(), *own, device, helpers)
    to_order = sum(len(some.pool) for some in (asked, asked_large) if some)
    log(f"{recipe.pool + recipe.pool_large} worlds and {to_order} to order in {time.monotonic() - began:.1f} s")

    # 2. student, teacher and follower begin alike, a reader has seen many worlds, a critic knows nothing yet
    first = checkpoints.load(recipe.start or recipe.out / "teacher" / "embedded.safetensors")
    painter = first if recipe.student is None else widened(checkpoints.load(recipe.student), first.config.own)
    teacher = deepcopy(first).to(device)
    student, average, follower = (deepcopy(painter).train().to(device) for _ in range(3))
    average.requires_grad_(False)
    teacher.requires_grad_(False)
    guide = probe.load(recipe.out / "guide.safetensors").to(device).requires_grad_(False)
    torch.manual_seed(recipe.seed)
    critics = [Critic(student.config.hints).to(device) for _ in range(2)]
    players = Players(student, teacher, follower, critics, guide)
    rates: dict[nn.Module, float] = {
        student: recipe.learning_rate,
        follower: recipe.follower_rate,
        **dict.fromkeys(critics, recipe.critic_rate),
    }
    optimizers = {
        net: torch.optim.AdamW(net.parameters(), rate, (0.5, 0.99), weight_decay=0.0, fused=device.type == "cuda")
        for net, rate in rates.items()
    }
    generator = torch.Generator(device).manual_seed(recipe.seed + 99 + 1_000 * ranks.rank)
    if device.type == "cuda":
        for net in (student, teacher, follower):
            net.compile_parts()
    wanted = Wanted.of(pool)

    def at_256() -> Task:
        share = recipe.drawn, asked, recipe.asked
        return make_task(pool, variants, recipe.batch, recipe.size_px, generator, *share)

    def at_512() -> Task:
        share = recipe.drawn, asked_large, recipe.asked
        return make_task(large_pool, None, recipe.batch_large, 2 * recipe.size_px, generator, *share)

    turns = [
        Turns(recipe, players, critic, draw, wanted, generator)
        for critic, draw in zip(critics, (at_256, at_512), strict=True)
    ]
    follow = [captured(turn.follow, generator) for turn in turns]
    paint = [captured(turn.paint, generator) for turn in turns]

    def learn(net: nn.Module) -> None:
        players.gradients[net].settle(ranks)
        optimizers[net].step()

    # 3. the follower and the critic, then the student, in turn
    finished = recipe.out / "student" / "embedded.safetensors"

    def leave() -> None:
        save_weights(average, finished, {"finishing": json.dumps({"step": step})}, half=recipe.half)

    painted = [0, 0]
    mark = ready = time.monotonic()
    left = 60 * recipe.minutes - (ready - began)
    step = 0
    while step < recipe.steps and (spent := ranks.agree((time.monotonic() - ready) / left if left > 0 else 1.0)) < 1:
        falling = min(1.0, 2 - 2 * spent)
        for learner, rate in rates.items():
            for group in optimizers[learner].param_groups:
                group["lr"] = rate * falling
        for turn in turns:
            turn.fade(max(falling, LEAST_READING))
        kind = step // (recipe.follower_turns + 1) % recipe.large_every == recipe.large_every - 1
        if step < recipe.warm_up or step % (recipe.follower_turns + 1):
            follow[kind]()
            learn(follower)
            learn(critics[kind])
        else:
            if painted[kind] % _SETTLE_EVERY == 0:
                turns[kind].settle()
            painted[kind] += 1
            losses = paint[kind]()
            learn(student)
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), list(student.parameters()), 1 - recipe.ema)
            if ranks.leads and time.monotonic() - mark > 60:
                mark = time.monotonic()
                seen = zip(_FOUND, losses.tolist(), strict=True)
                log(f"distil {step}: " + ", ".join(f"{name} {value:.4f}" for name, value in seen))
                leave()
        step += 1

    # 4. leave weights as they ship
    if ranks.leads:
        leave()
        evaluate.write_handmade(average, recipe.out / "finished.png", device, size=recipe.size_px)
    ranks.leave()
    log(f"finished in {step} steps")
    return finished


def matching_loss(
    made: Tensor,
    hints: Tensor,
    condition: Tensor,
    teach: Predict,
    follow: Predict,
    guidance: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """A loss whose gradient moves pictures toward the teacher's distribution (Yin et al., 2024, equations 2 and 3).

    made: [B, 3, S, S] by the student; guidance: [B]. Both networks see it noised to a random time; the difference of
    what they take for clean is the direction, scaled by how far the picture is from the teacher's.
    """
    with torch.no_grad():
        at = 0.01 + 0.94 * torch.rand(len(made), generator=generator, device=made.device) ** 1.5
        t = at[:, None, None, None]
        noisy = t * made + (1 - t) * _noise(made.shape, generator, made.device)
        told = teach(noisy, hints, at, condition)
        untold = teach(noisy, hints, at, unsaid(condition))
        wanted = untold + guidance[:, None, None, None] * (told - untold)
        scale = (made - wanted).abs().mean((1, 2, 3), keepdim=True).clamp(min=0.02)
        target = made - (follow(noisy, hints, at, condition) - wanted) / scale
    return 0.5 * F.mse_loss(made, target)


def reading_loss(logits: Tensor, values: Tensor, label: Tensor, condition: Tensor, wanted: Wanted) -> Tensor:
    """How far a reader's view of pictures is from what was asked: materials where a strict sketch drew them, and the
    attributes that were said, a single one as much as many, and a thing as much as its absence.

    logits: [B, L, S/4, S/4] and values: [B, A], as `probe.Probe` reads; label: [B, S, S].
    """
    n = len(ATTRIBUTES)
    wrong = F.cross_entropy(logits, label[:, 2::4, 2::4].long(), weight=wanted.rare, reduction="none").mean((1, 2))
    told, presence = condition[:, :n], condition[:, n : 2 * n]
    missed = probe.attributes_missed(values, told, wanted.sides, presence).sum(1)
    missed = missed / (presence[:, topics(values.device)].sum(1) + 0.5)
    strict = (condition[:, -2] - 0.6).clamp(min=0) / 0.4
    total: Tensor = (wrong * strict).mean() + 10 * missed.mean()
    return total


def pulled(made: Tensor, loss: Tensor, pulls: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """A loss whose gradient at made [B, 3, S, S] is loss's and, of each pull, its loss's, made as large as that, times
    each picture's share [B]."""
    (by_loss,) = torch.autograd.grad(loss, made, retain_graph=True)
    pull = by_loss
    for other, share in pulls:
        (by_other,) = torch.autograd.grad(other, made, retain_graph=True)
        as_large = by_loss.norm() / by_other.norm().clamp(min=1e-12) * by_other
        pull = pull + share[:, None, None, None] * as_large
    gradient: Tensor = (made * pull.detach()).sum()
    return gradient


def unsaid(condition: Tensor) -> Tensor:
    """The same condition with nothing said: only what speaks of the sketch stays."""
    blank = torch.zeros_like(condition)
    blank[:, -2:] = condition[:, -2:]
    return blank


def _own_trajectory(
    paint: Predict, hints: Tensor, condition: Tensor, shape: torch.Size, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Where the student paints from: half of the rows at their first step, half where that led, at their second."""
    start = _noise(shape, generator, hints.device)
    at = torch.zeros(shape[0], device=hints.device)
    first = paint(start, hints, at, condition)
    _, second = flow.schedule(2)
    at[1::2] = second
    noisy = start.clone()
    noisy[1::2] += second * (first - start)[1::2]
    return noisy, at


def _noise(shape: torch.Size, generator: torch.Generator, device: torch.device) -> Tensor:
    return torch.randn(shape, generator=generator, device=device) * (shape[-1] / TRAINED_PX)


def _window(size: int, patch_px: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """What the critic looks at: rows and columns, nearly all of them, cut so that its own grid does not fall on the
    patches'."""
    return _part(size, size - patch_px, generator)


def _part(size: int, side: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Rows and columns of a square somewhere in a larger one, never at its far edge."""
    corner = torch.randint(size - side, (2, 1), generator=generator, device=generator.device)
    rows, columns = corner + torch.arange(side, device=generator.device)
    return rows, columns


def _judge(
    critic: Critic, rgb: Tensor, hints: Tensor, condition: Tensor, window: tuple[Tensor, Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    rows, columns = window
    with torch.autocast(rgb.device.type, torch.bfloat16, enabled=rgb.device.type == "cuda"):
        seen = torch.cat([rgb, hints], 1).index_select(2, rows).index_select(3, columns)
        scores, features = critic(seen[:, :3], seen[:, 3:], condition)
    return [score.float() for score in scores], [feature.float() for feature in features]


def _sum(terms: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(terms)).sum()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the folder of training.embedded")
    parser.add_argument("--minutes", type=float, default=7.0)
    parser.add_argument("--weights", type=Path, dest="start", help="the teacher, where it is not in that folder")
    parser.add_argument("--student", type=Path, help="weights that an earlier run made, to go on from")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--let", action="append", default=[], metavar="NAME=VALUE", help="of `Recipe`; repeatable")
    options = vars(parser.parse_args(arguments))
    let = options.pop("let")
    run(changed(Recipe(**options), let))


if __name__ == "__main__":
    main()
