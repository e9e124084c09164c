"""The last leg: sharp pictures in one and two steps, by a critic that has seen the worlds.

    python -m lightbrush.training.finish --out runs/embedded --minutes 7

A network trained to predict the clean picture answers pure noise with an average of all that could be: soft. Here it
goes on training on its own two-step trajectories, against a critic that tells its pictures from rendered ones, beside
the sketch and the condition ("Adversarial Diffusion Distillation", Sauer et al., 2023; the critic is a conditional
patch critic, Isola et al., 2017, at two scales, with a projection of the condition, Miyato and Koyama, 2018). Part of
each batch keeps the velocity loss, so that more steps stay as good as they were.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from lightbrush.nn.flow import TRAINED_PX
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig
from lightbrush.training import evaluate
from lightbrush.training.conditions import CONDITION_LENGTH, make_conditions
from lightbrush.training.embedded import Log, rope_for, save_checkpoint, velocity_loss
from lightbrush.training.pool import Pool
from lightbrush.training.sketch import make_sketches


@dataclass(frozen=True)
class Recipe:
    """warm_up: steps that train only the critic. weights: of the critic's word, its features, the colours, velocity.
    kept: the share of the finished weights in the result; the rest is the weights that it began with."""

    out: Path
    minutes: float
    device: str = "cuda"
    seed: int = 1
    batch: int = 64
    size_px: int = TRAINED_PX
    pool: int = 40_960
    learning_rate: float = 5e-5
    critic_rate: float = 2e-4
    ema: float = 0.999
    warm_up: int = 150
    adversarial: float = 0.3
    features: float = 3.0
    colours: float = 4.0
    velocity: float = 1.0
    penalty: float = 0.05
    kept: float = 0.6


class Critic(nn.Module):
    """Patch scores at two scales: [B, 1, h, w] each, and the features on the way there."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.scales = nn.ModuleList(_Patches(width) for _ in range(2))

    def forward(self, rgb: Tensor, sketch: Tensor, condition: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """rgb: [B, 3, S, S]; sketch: [B, 4, S, S]; condition: [B, CONDITION_LENGTH]."""
        scores, features = [], []
        x = torch.cat([rgb, sketch], 1)
        for patches in self.scales:
            score, seen = patches(x, condition)
            scores.append(score)
            features.extend(seen)
            x = F.avg_pool2d(x, 2)
        return scores, features


class _Patches(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        widths = (7, width, 2 * width, 4 * width, 6 * width)
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


def run(recipe: Recipe) -> Path:
    """Go on from `checkpoint.pt` in recipe.out; -> `finished.pt` beside it, of the same form."""
    device = torch.device(recipe.device)
    log = Log(recipe.out / "log.txt")

    # 1. what the diffusion legs left
    saved = torch.load(recipe.out / "checkpoint.pt", map_location=device, weights_only=True)
    net = PixelTransformer(PixelTransformerConfig(**saved["config"])).to(device)
    net.load_state_dict(saved["average"])
    average = PixelTransformer(net.config).to(device).requires_grad_(False)
    average.load_state_dict(saved["average"])
    before = [parameter.clone() for parameter in average.parameters()]
    state = {**saved["state"], "finish_step": 0}
    del saved

    # 2. worlds it has not seen, and a critic that knows nothing yet
    pool = Pool(recipe.pool, recipe.size_px, seed=1_000_000 * recipe.seed + 900_000, device=device)
    pool.renew(recipe.pool)
    torch.manual_seed(recipe.seed)
    critic = Critic().to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.learning_rate, betas=(0.5, 0.99), weight_decay=0.0)
    critic_optimizer = torch.optim.AdamW(
        critic.parameters(), lr=recipe.critic_rate, betas=(0.5, 0.99), weight_decay=0.0
    )
    generator = torch.Generator(device).manual_seed(recipe.seed + 99)
    compiled = torch.compile(net, dynamic=False) if device.type == "cuda" else net
    rope = rope_for(net, recipe.size_px, recipe.size_px, device)

    def predict(noisy: Tensor, sketch: Tensor, at: Tensor, condition: Tensor) -> Tensor:
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            clean: Tensor = compiled(noisy, sketch, at, condition, rope).float()
        return clean

    def judge(rgb: Tensor, sketch: Tensor, condition: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            judged: tuple[list[Tensor], list[Tensor]] = critic(rgb, sketch, condition)
        return judged

    # 3. critic and network in turn
    began = mark = time.monotonic()
    step = 0
    while (now := time.monotonic()) - began < 60 * recipe.minutes:
        progress = (now - began) / (60 * recipe.minutes)
        fall = min(1.0, 2 * (1 - progress))
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * fall * min(1.0, max(0, step - recipe.warm_up) / 200 + 0.01)
        for group in critic_optimizer.param_groups:
            group["lr"] = recipe.critic_rate * fall

        with torch.no_grad():
            rgb, label, palette, attributes = pool.batch(recipe.batch, generator)
            sketch, strength = make_sketches(rgb, label, palette, generator)
            drawn = sketch[:, 3].amax((1, 2)) > 0
            condition = make_conditions(attributes, strength, drawn, generator)
            start = torch.randn(rgb.shape, generator=generator, device=device)
            # half of the batch takes its first step, half its second, from where the first led
            late = torch.arange(recipe.batch, device=device) % 2 == 1
            at = late.float() * 0.5
            first = predict(start, sketch, torch.zeros_like(at), condition)
            noisy = torch.where(late[:, None, None, None], start + 0.5 * (first - start), start)
        made = predict(noisy, sketch, at, condition)

        real_scores, real_features = judge(rgb, sketch, condition)
        fake_scores, _ = judge(made.detach(), sketch, condition)
        critic_loss = _sum(
            F.relu(1 - real.float()).mean() + F.relu(1 + fake.float()).mean()
            for real, fake in zip(real_scores, fake_scores, strict=True)
        )
        drift = _sum(real.float().square().mean() for real in real_scores)
        critic_optimizer.zero_grad(set_to_none=True)
        (critic_loss + recipe.penalty * drift).backward()
        critic_optimizer.step()

        if step >= recipe.warm_up:
            critic.requires_grad_(False)
            scores, features = judge(made, sketch, condition)
            with torch.no_grad():
                _, real_features = judge(rgb, sketch, condition)
            critic.requires_grad_(True)
            adversarial = -_sum(score.float().mean() for score in scores)
            close = _sum(F.l1_loss(a.float(), b.float()) for a, b in zip(features, real_features, strict=True))
            close = close / len(features)
            colours = F.l1_loss(F.avg_pool2d(made, 16), F.avg_pool2d(rgb, 16))
            kept = velocity_loss(predict, rgb, sketch, condition, generator)
            loss = (
                recipe.adversarial * adversarial
                + recipe.features * close
                + recipe.colours * colours
                + recipe.velocity * kept
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 1 - recipe.ema)
            if time.monotonic() - mark > 30:
                mark = time.monotonic()
                log(
                    f"finish {step}: critic {critic_loss.item():.3f}, adversarial {adversarial.item():.3f}, "
                    f"features {close.item():.4f}, colours {colours.item():.4f}, velocity {kept.item():.4f}"
                )
                evaluate.write_handmade(average, recipe.out / "finished.png", device, size=recipe.size_px)
        step += 1

    # 4. part of the way back: a mean of the weights before and after keeps most of the sharpness and drops the critic's
    #    own patterns (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022)
    with torch.no_grad():
        for mean, first in zip(average.parameters(), before, strict=True):
            mean.lerp_(first, 1 - recipe.kept)

    # 5. a checkpoint of the same form
    state["finish_step"] = step
    save_checkpoint(recipe.out / "finished.pt", net, average, optimizer, state)
    evaluate.write_handmade(average, recipe.out / "finished.png", device, size=recipe.size_px)
    log(f"finished after {step} steps")
    return recipe.out / "finished.pt"


def _sum(terms: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(terms)).sum()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the folder of training.embedded")
    parser.add_argument("--minutes", type=float, default=7.0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    run(Recipe(out=options.out, minutes=options.minutes, device=options.device))


if __name__ == "__main__":
    main()
