"""The recipe of the embedded model: rendered worlds in, weights out.

    python -m lightbrush.training.embedded --out runs/embedded --minutes 16 --leg-minutes 9

Runs in legs: each resumes from the checkpoint that the last one left, or with `--weights` from what it left for another
machine, `teacher/embedded.safetensors`: the average alone. The learning rate follows the share of `--minutes` that is
spent, so the legs together make one schedule whatever the machine's speed. On several GPUs, start it with torchrun
(`training.ranks`). `training.all` does that, and what comes before and after.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from lightbrush.nn import checkpoint as checkpoints
from lightbrush.nn.flow import TRAINED_PX
from lightbrush.nn.pixel_transformer import PixelTransformer, PixelTransformerConfig, widened
from lightbrush.nn.rope import rope_table
from lightbrush.training import evaluate
from lightbrush.training.asked import Asked, all_things
from lightbrush.training.conditions import CONDITION_LENGTH, LAYOUT
from lightbrush.training.pool import Pool, Variants, caption_helpers
from lightbrush.training.ranks import Gradients, Ranks
from lightbrush.training.replay import captured
from lightbrush.training.settings import changed
from lightbrush.training.task import DRAWN, make_task
from lightbrush.training.weights import read_metadata, save_parameters

#: Between the seeds of the worlds of one rank and of the next; and between those of the pools of a rank.
_RANK_SEEDS: Final = 50_000
_LARGE_SEEDS: Final = 400_000
_VARIANT_SEEDS: Final = 450_000
_ASKED_SEEDS: Final = 500_000


@dataclass(frozen=True)
class Recipe:
    """leg_minutes, leg_steps: whichever ends first ends the leg. batch, pools: of one rank. pool, pool_large, variants:
    pictures kept at 256 pixels, at 512, and pairs at 256. words, references: see `asked.Asked`; asked: these's share
    of the pictures at 256; 0: there are none."""

    out: Path
    minutes: float
    leg_minutes: float
    start: Path | None = None
    """Weights with which a first leg begins, of this recipe, of finishing or as they ship; new ones without."""
    leg_steps: int = 10_000_000
    device: str = "cuda"
    seed: int = 1
    batch: int = 256
    size_px: int = TRAINED_PX
    pool: int = 65_536
    pool_large: int = 8_192
    variants: int = 12_288
    words: int = 64
    references: int = 8_192
    asked: float = 0.15
    learning_rate: float = 1e-3
    warmup_steps: int = 400
    drawn: float = DRAWN
    ema: float = 0.9995
    large_from: float = 0.6
    """Share of the training after which every fourth step is at 384 or 512 pixels."""
    half: bool = False
    """Leave the average in 16 bits, not 8."""
    network: PixelTransformerConfig = field(
        default_factory=lambda: PixelTransformerConfig(condition=CONDITION_LENGTH, own=64)
    )
    """Of a new one. One that begins with weights is as they are, and its blocks have this rank of their own."""


def run(recipe: Recipe) -> Path:
    """Train one leg; -> the weights that it leaves beside its checkpoint."""
    ranks = Ranks.join(recipe.device)
    device = ranks.device
    recipe.out.mkdir(parents=True, exist_ok=True)
    log = Log(recipe.out / "log.txt", ranks.leads)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.allow_tf32 = True
    leg_start = time.monotonic()

    # 1. the network, its moving average, the optimizer: new, or as the last leg left them
    torch.manual_seed(recipe.seed)
    state: dict[str, Any] = {"step": 0, "seconds": 0.0, "new_at": 0}  # new_at: where the optimizer knew nothing
    if recipe.start is None:
        net = PixelTransformer(recipe.network).to(device)
    else:
        net = widened(checkpoints.load(recipe.start), recipe.network.own).train().to(device)
        state |= read_metadata(recipe.start).get("training", {})
        state["new_at"] = state["step"]
    average = deepcopy(net).requires_grad_(False)
    matrices = [p for p in net.parameters() if p.ndim >= 2]
    vectors = [p for p in net.parameters() if p.ndim < 2]
    gradients = Gradients(net.parameters())
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}],
        lr=recipe.learning_rate,
        betas=(0.9, 0.98),
        fused=device.type == "cuda",
    )
    checkpoint = recipe.out / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        net.load_state_dict(saved["net"])
        average.load_state_dict(saved["average"])
        optimizer.load_state_dict(saved["optimizer"])
        state = saved["state"]
    if state["step"]:
        log(f"resumed at step {state['step']}, {state['seconds']:.0f} s")
    parameters = sum(p.numel() for p in net.parameters())
    log(f"{parameters / 1e6:.2f} M parameters, condition of {net.config.condition}, {ranks.count} ranks")

    # 2. the worlds, rendered where they are used; another leg sees other scenes
    seed = world_seed(recipe.seed, state["step"], ranks.rank)
    began = time.monotonic()
    with caption_helpers(ranks.count) as helpers:
        pool = Pool(recipe.pool, recipe.size_px, seed, device, helpers=helpers)
        large_pool = Pool(recipe.pool_large, 2 * recipe.size_px, seed + _LARGE_SEEDS, device, helpers=helpers)
        variants = Variants(recipe.variants, recipe.size_px, seed + _VARIANT_SEEDS, device, helpers)
        asked = None
        if recipe.asked:
            own = recipe.words, recipe.references, recipe.size_px, seed + _ASKED_SEEDS
            asked = Asked(all_things(), *own, device, helpers)
    _wait(device)
    to_order = len(asked.pool) if asked else 0
    log(
        f"{recipe.pool} worlds, {recipe.pool_large} large ones, {recipe.variants} pairs and {to_order} to order in "
        f"{time.monotonic() - began:.1f} s"
    )

    # 3. train
    generator = torch.Generator(device).manual_seed(recipe.seed + state["step"] + _RANK_SEEDS * ranks.rank)
    if device.type == "cuda":
        net.compile_parts()

    def step_of(
        source: Pool, pairs: Variants | None, count: int, size: int, share_asked: float = 0.0
    ) -> Callable[[], Tensor]:
        predict = predictor(net, rope_for(net, size, size, device))

        def work() -> Tensor:
            gradients.clear()
            with torch.no_grad():
                rgb, _, hints, condition = make_task(
                    source, pairs, count, size, generator, recipe.drawn, asked, share_asked
                )
            loss = velocity_loss(predict, rgb, hints, condition, generator)
            loss.backward()
            return loss.detach()

        return captured(work, generator)

    usual = step_of(pool, variants, recipe.batch, recipe.size_px, recipe.asked)
    larger = step_of(large_pool, None, recipe.batch * 4 // 9, 3 * recipe.size_px // 2)
    largest = step_of(large_pool, None, recipe.batch // 4, 2 * recipe.size_px)
    weights = recipe.out / "teacher" / "embedded.safetensors"

    def leave() -> None:
        save_checkpoint(checkpoint, net, average, optimizer, state)
        save_weights(average, weights, {"training": json.dumps(state)}, half=recipe.half)

    spent_before, first_step = state["seconds"], state["step"]
    train_start = mark = time.monotonic()
    before_training = ranks.agree(train_start - leg_start)
    losses: list[Tensor] = []
    while True:
        now = ranks.agree(time.monotonic() - train_start)
        state["seconds"] = spent_before + now
        progress = state["seconds"] / (60 * recipe.minutes)
        step = state["step"]
        leg_is_over = before_training + now > 60 * recipe.leg_minutes or step - first_step >= recipe.leg_steps
        if progress >= 1 or leg_is_over:
            break
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * learning_rate_factor(
                step - state["new_at"], progress, recipe.warmup_steps
            )

        large = progress > recipe.large_from and step % 4 == 0
        loss = usual() if not large else larger() if step % 8 == 0 else largest()
        gradients.settle(ranks)
        optimizer.step()
        with torch.no_grad():
            decay = min(recipe.ema, (step + 1) / (step + 10))
            torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 1 - decay)
        state["step"] = step + 1
        losses.append(loss)

        if ranks.leads and time.monotonic() - mark > 60:
            mean = torch.stack(losses).mean().item()
            rate = len(losses) * recipe.batch * ranks.count / (time.monotonic() - mark)
            log(f"step {step}: loss {mean:.4f}, {rate:.0f} pictures/s, progress {progress:.3f}")
            losses.clear()
            leave()
            mark = time.monotonic()

    # 4. leave a checkpoint for the next leg
    if ranks.leads:
        leave()
        evaluate.write_handmade(average, recipe.out / "handmade.png", device, size=recipe.size_px)
    ranks.leave()
    log(f"leg ends: step {state['step']}, {state['seconds']:.0f} s of training")
    return weights


Predict = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""(noisy, hints, time, condition) -> clean."""


def predictor(network: Callable[..., Tensor], rope: Tensor) -> Predict:
    """A network's prediction at the size of a rope table; on CUDA in bfloat16."""
    on_cuda = rope.device.type == "cuda"

    def predict(noisy: Tensor, hints: Tensor, at: Tensor, condition: Tensor) -> Tensor:
        with torch.autocast(rope.device.type, torch.bfloat16, enabled=on_cuda):
            return network(noisy, hints, at, condition, rope).float()

    return predict


def world_seed(recipe_seed: int, step: int, rank: int) -> int:
    """Where a leg's scenes begin: far from scene.HELD_OUT_SEEDS and from other ranks'."""
    return 1_000_000 * recipe_seed + step + _RANK_SEEDS * rank


def velocity_loss(
    predict: Predict,
    rgb: Tensor,
    hints: Tensor,
    condition: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Mean squared error of the velocity that predict(noisy, hints, time, condition) -> clean implies.

    Times are logit-normal and wide: what stands where is decided while nine tenths of a picture are noise, since broad
    shapes are seen through that long before details are (Hoogeboom et al., "Simple Diffusion", 2023). A tenth are
    nearly pure noise, where few-step sampling begins.
    """
    count, device = len(rgb), rgb.device
    at = torch.sigmoid(1.2 * torch.randn(count, generator=generator, device=device) - 1.4)
    early = torch.rand(count, generator=generator, device=device) < 0.1
    at = torch.where(early, 0.02 * at, at)
    t = at[:, None, None, None]
    start = torch.randn(rgb.shape, generator=generator, device=device) * (rgb.shape[-1] / TRAINED_PX)
    clean = predict(t * rgb + (1 - t) * start, hints, at, condition)
    error = (clean - rgb).square().mean((1, 2, 3))
    return (error / (1 - at).clamp(min=0.1).square()).mean()


def learning_rate_factor(step: int, progress: float, warmup_steps: int) -> float:
    """Warm up, stay, then fall to 2% over the last 40% (a cosine)."""
    fall = max(0.0, (progress - 0.6) / 0.4)
    return min(1.0, (step + 1) / warmup_steps) * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * fall)))


_ropes: dict[tuple[int, int, str], Tensor] = {}


def rope_for(net: PixelTransformer, height: int, width: int, device: torch.device) -> Tensor:
    c = net.config
    key = (height, width, str(device))
    if key not in _ropes:
        table = rope_table(height // c.patch_px, width // c.patch_px, c.width // c.heads)
        _ropes[key] = torch.from_numpy(table).to(device)
    return _ropes[key]


def save_checkpoint(
    path: Path,
    net: PixelTransformer,
    average: PixelTransformer,
    optimizer: torch.optim.Optimizer,
    state: dict[str, Any],
) -> None:
    """All that the next leg needs to go on as if there had been no end. Write beside, then rename."""
    beside = path.with_suffix(".new")
    torch.save(
        {
            "net": net.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "state": state,
            "config": net.config.to_dict(),
        },
        beside,
    )
    beside.replace(path)


def save_weights(network: PixelTransformer, path: Path, metadata: dict[str, str], *, half: bool = False) -> None:
    """As they ship, for any device, or in 16 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"config": json.dumps(network.config.to_dict()), "layout": LAYOUT.to_json()}
    save_parameters(network, path, about | metadata, half=half)


class Log:
    """Lines with the seconds since the start, on the screen and in a file; of many ranks, the first's."""

    def __init__(self, path: Path, leads: bool) -> None:
        self.path = path
        self.leads = leads
        self.start = time.monotonic()

    def __call__(self, line: str) -> None:
        if not self.leads:
            return
        text = f"[{time.monotonic() - self.start:7.1f} s] {line}"
        print(text, flush=True)
        with self.path.open("a") as file:
            file.write(text + "\n")


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=16.0, help="of training in all")
    parser.add_argument("--leg-minutes", type=float, default=9.0, help="of this leg, worlds included")
    parser.add_argument("--weights", type=Path, dest="start", help="weights to begin with")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--let", action="append", default=[], metavar="NAME=VALUE", help="of `Recipe`; repeatable")
    options = vars(parser.parse_args(arguments))
    let = options.pop("let")
    run(changed(Recipe(**options), let))


if __name__ == "__main__":
    main()
