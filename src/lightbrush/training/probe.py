"""The probe: a small network that reads labels and attributes off a picture. It measures what the generator makes.

    python -m lightbrush.training.probe --out src/lightbrush/weights/probe.safetensors --minutes 8

It is trained on rendered worlds only, never on generated pictures, and plays the part that Inception plays in the
Fréchet distance (Heusel et al., 2017). Some of them have one thing as it was asked for, and all else as usual: who is
to tell whether "palm trees" were painted has to know palms that stand in no jungle.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from lightbrush.engines.embedded import USUAL_UNDRAWN
from lightbrush.errors import SettingsError
from lightbrush.nn.flow import TRAINED_PX
from lightbrush.training.pace import paced
from lightbrush.training.pool import Pool
from lightbrush.training.ranks import ALONE, Gradients
from lightbrush.training.replay import captured
from lightbrush.world import scene
from lightbrush.world.attributes import ATTRIBUTES, NAMES
from lightbrush.world.materials import MATERIALS

FEATURES = 160
#: Of `Probe.see`: how much of what it tells apart there is in a picture, from fine to broad.
SEEN = 64 + 128 + FEATURES
_MATERIALS = tuple(m.name for m in MATERIALS)
_WIDTHS = (32, 64, 128, FEATURES)
#: Of the layer where labels and small things are read.
_FINE: Final = 96
#: Groups of attributes that are shares of one, as they follow each other.
SHARED: Final = ("biome", "style")
#: How much a side may weigh, over its worlds' own weight: the few that a pool has say little about the others.
_HEAVIEST: Final = 25.0
#: Nearer to its middle than this, an attribute is on neither side.
_OFF_MIDDLE: Final = 0.01
#: The share of the worlds where one thing was asked for; how many of a seed ask for the same; the least of it.
_ASKED: Final = 0.4
_TOGETHER: Final = 32
_CLEARLY: Final = 0.3
#: Of a group of shares, what its values are multiplied with before they are made to sum to 1; and how much what they
#: miss counts beside what single attributes do.
_SHARPNESS: Final = 8.0
_OF_SHARES: Final = 0.3
#: How much the hour's error counts beside another number's: all light follows from it, and what is hard to tell is
#: read as nearer to noon than it is.
_OF_THE_HOUR: Final = 4.0
#: Of what labels miss: how much their overlap counts beside each one's own cross-entropy; a material that covers less
#: of a batch than this has no say.
_OF_OVERLAP: Final = 1.0
_LEAST_COVER: Final = 5e-4
#: Added to a share before its logarithm is taken.
_LEAST_SHARE: Final = 1e-4
#: Between their seeds and all others.
_APART: Final = 2**43
#: The learning rate of a new probe, and of one that is trained further.
_RATE: Final = 2e-3
_RATE_FURTHER: Final = 1e-3


class Probe(nn.Module):
    """A small U-Net with two readings: labels at a quarter of the picture's size, and the scene's attributes."""

    def __init__(self, materials: Sequence[str] = _MATERIALS, attributes: Sequence[str] = NAMES) -> None:
        """materials, attributes: what it reads, by name, in its outputs' order."""
        super().__init__()
        self.material_names, self.attribute_names = tuple(materials), tuple(attributes)
        stages, before = [], 3
        for width in _WIDTHS:
            stages.append(nn.Sequential(_conv(before, width, stride=2), _Residual(width)))
            before = width
        self.down = nn.ModuleList(stages)
        self.deep = nn.Sequential(_Residual(FEATURES), _Residual(FEATURES))
        self.wide = nn.Sequential(_conv(FEATURES, FEATURES, stride=2), _Residual(FEATURES), _Residual(FEATURES))
        self.up = nn.ModuleList([_conv(2 * FEATURES, FEATURES), _conv(FEATURES + 128, 128), _conv(128 + 64, _FINE)])
        self.near = _conv(_WIDTHS[0], _FINE, stride=2)
        self.fine = nn.Sequential(_conv(2 * _FINE, _FINE), _conv(_FINE, _FINE))
        self.labels = nn.Conv2d(_FINE, len(materials), 1)
        pooled = 4 * FEATURES + 2 * _FINE
        self.attributes = nn.Sequential(nn.Linear(pooled, 256), nn.GELU(), nn.Linear(256, len(attributes)))
        self._shares = _shares_among(self.attribute_names)

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """rgb: [B, 3, S, S] in [-1, 1], S a multiple of 32.

        -> label logits [B, L, S/4, S/4], attributes [B, A], those that are shares of one summing to it, features
        [B, FEATURES] (the pooled layer at S/16).
        """
        logits, attributes, seen = self.see(rgb)
        return logits, attributes, seen[:, -FEATURES:]

    def see(self, rgb: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The same, with features of three layers, [B, SEEN]; those of `forward` are the last."""
        kept = []
        x = rgb
        for stage in self.down:
            x = stage(x)
            kept.append(x)
        deep = self.deep(x)
        x = wide = self.wide(deep)
        for stage, skip in zip(self.up, (deep, kept[2], kept[1]), strict=True):
            x = stage(torch.cat([F.interpolate(x, scale_factor=2.0, mode="nearest"), skip], 1))
        x = x + self.fine(torch.cat([x, self.near(kept[0])], 1))  # edges, and what is a few pixels wide
        means = [layer.mean((2, 3)) for layer in (kept[1], kept[2], deep)]
        broad = [means[-1], deep.amax((2, 3)), wide.mean((2, 3)), wide.amax((2, 3))]
        pooled = torch.cat([*broad, x.mean((2, 3)), x.amax((2, 3))], 1)
        return self.labels(x), self._shared(self.attributes(pooled)), torch.cat(means, 1)

    def _shared(self, values: Tensor) -> Tensor:
        """[B, A], groups of shares made to sum to 1."""
        parts, done = [], 0
        for begin, end in self._shares:
            parts += [values[:, done:begin], (_SHARPNESS * values[:, begin:end].float()).softmax(1).to(values.dtype)]
            done = end
        return torch.cat([*parts, values[:, done:]], 1)


def _shares_among(names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Where the groups of shares begin and end among these attributes, which have a group's side by side or not."""
    groups = [name in NAMES and ATTRIBUTES[NAMES.index(name)].group for name in names]
    return tuple(
        (groups.index(group), groups.index(group) + groups.count(group)) for group in SHARED if group in groups
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(_conv(width, width), _conv(width, width))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.conv(x)
        return out


def _conv(width_in: int, width_out: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width_in, width_out, 3, stride, 1), nn.GroupNorm(8, width_out), nn.GELU(approximate="tanh")
    )


def train(
    pool: Pool,
    *,
    batch: int,
    seed: int,
    report: Callable[[str], None],
    steps: float = math.inf,
    seconds: float = math.inf,
    start: Probe | None = None,
) -> Probe:
    """For so many steps or seconds, a new one, or start further. Pictures are lightly disturbed, so that generated ones
    are not foreign."""
    torch.manual_seed(seed)
    device = pool.device
    sides = Sides.of(pool.attributes)
    probe: Probe = (start or Probe()).train().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    forward = torch.compile(probe, dynamic=False) if device.type == "cuda" else probe
    gradients = Gradients(probe.parameters())
    rate = _RATE_FURTHER if start else _RATE
    optimizer = torch.optim.AdamW(probe.parameters(), lr=rate, weight_decay=0.02, fused=device.type == "cuda")
    generator = torch.Generator(device).manual_seed(seed)

    def look() -> Tensor:
        gradients.clear()
        rgb, label, _, attributes, *_ = pool.batch(batch, generator)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            seen_as = disturb(rgb, generator).contiguous(memory_format=torch.channels_last)
            logits, read, _ = forward(seen_as)
        seen = label[:, 2::4, 2::4].long()
        loss_label = F.cross_entropy(logits.float(), seen) + _OF_OVERLAP * overlap_missed(logits.float(), seen)
        loss_attributes = attributes_missed(read.float(), attributes, sides).mean()
        (loss_label + 4 * loss_attributes).backward()
        return torch.stack([loss_label, loss_attributes]).detach()

    look = captured(look, generator)
    for step in paced(optimizer, rate, steps=steps, seconds=seconds):
        losses = look()
        gradients.settle(ALONE)
        optimizer.step()
        if step % 500 == 0:
            report("probe {}: labels {:.3f}, attributes {:.4f}".format(step, *losses.tolist()))
    return probe.eval()


def attributes_missed(read: Tensor, wanted: Tensor, sides: Sides, presence: Tensor | float = 1.0) -> Tensor:
    """How far what is read is from what is wanted, [B, A]: of shares the cross-entropy, each term where its share is,
    and shares that few worlds have as much as others.

    read: [B, A]; wanted: [B, A], values times their presence, which is [B, A] too, or 1.
    """
    missed = F.smooth_l1_loss(read * presence, wanted, beta=0.2, reduction="none") * sides.weigh(wanted, presence)
    hour = NAMES.index("sun_height")
    missed = torch.cat([missed[:, :hour], _OF_THE_HOUR * missed[:, hour : hour + 1], missed[:, hour + 1 :]], 1)
    parts, done = [], 0
    for begin, end in _shares_among(NAMES):
        crossed = wanted[:, begin:end] * (read[:, begin:end] + _LEAST_SHARE).log()
        parts += [missed[:, done:begin], -_OF_SHARES * sides.above[begin:end] * crossed]
        done = end
    return torch.cat([*parts, missed[:, done:]], 1)


def overlap_missed(logits: Tensor, label: Tensor) -> Tensor:
    """How far labels are from covering what they should, all pictures together: 1 less the intersection over union of
    each material's shares, mean over those that there are (Rahman and Wang, "Optimizing Intersection-Over-Union in Deep
    Neural Networks for Image Segmentation", 2016).

    logits: [B, L, H, W]; label: [B, H, W].
    """
    seen = logits.softmax(1)
    materials = torch.arange(logits.shape[1], device=logits.device)[None, :, None, None]
    wanted = (label[:, None] == materials).to(seen.dtype)
    both, area, there = (part.sum((0, 2, 3)) for part in (seen * wanted, seen + wanted, wanted))
    has = (there > _LEAST_COVER * there.sum()).float()
    missed = 1 - both / (area - both).clamp(min=1e-6)
    return (missed * has).sum() / has.sum().clamp(min=1)


@dataclass(frozen=True)
class Sides:
    """How much a world weighs in what is learned of an attribute: those on either side of its middle, such as with a
    bridge and without, weigh the same in all.

    One world in twenty has a bridge. Weighed as they come, to say "none" of every one is nearly right, and is what a
    network learns. above, below: the weight of a world on that side [A]; middle: of each attribute's range [A], where a
    world weighs 1.
    """

    above: Tensor
    below: Tensor
    middle: Tensor

    @classmethod
    def of(cls, attributes: Tensor) -> Sides:
        """attributes: of many worlds, [M, A]."""
        middle = torch.tensor([(a.low + a.high) / 2 for a in ATTRIBUTES], device=attributes.device)
        sides = [(off > _OFF_MIDDLE).float().mean(0) for off in (attributes - middle, middle - attributes)]
        both = sides[0] + sides[1]
        above, below = ((0.5 * both / share.clamp(min=1e-6)).clamp(max=_HEAVIEST) for share in sides)
        return cls(above, below, middle)

    def weigh(self, attributes: Tensor, presence: Tensor | float = 1.0) -> Tensor:
        """The weights of worlds, or of what is asked for, [B, A]: values times their presence, which is [B, A] too."""
        off = attributes - self.middle * presence
        side = torch.where(off > 0, self.above, self.below)
        return torch.where(off.abs() > _OFF_MIDDLE * presence, side, torch.ones_like(side))


def scenes(seed: int, count: int) -> NDArray[np.float32]:
    """Random scenes [count, P], and among them some where one thing was asked for, each as often as any other."""
    rng = np.random.default_rng(seed)
    groups = int(_ASKED * count) // _TOGETHER
    first = _APART + seed * count
    asked = [scene.scene_from_attributes(_a_thing(rng), first + i, _TOGETHER, USUAL_UNDRAWN) for i in range(groups)]
    return np.concatenate([scene.sample_scenes(seed, count - groups * _TOGETHER), *asked])


def _a_thing(rng: np.random.Generator) -> dict[str, float]:
    about = ATTRIBUTES[rng.integers(len(ATTRIBUTES))]
    if about.group in ("biome", "style"):
        return {about.name: about.high}
    much = rng.uniform(_CLEARLY, 1.0)
    if about.group == "tint":
        name, hue = about.name[:-2], rng.uniform(0.0, math.tau)
        return {f"{name}_x": much * math.cos(hue), f"{name}_y": much * math.sin(hue)}
    return {about.name: rng.choice((-much, much))}


def rarity(pool: Pool) -> Tensor:
    """A weight for each material [L], mean 1 over what is seen: small things count for more than their pixels."""
    share = torch.bincount(pool.label[:512].flatten(), minlength=len(MATERIALS)).float() / pool.label[:512].numel()
    weight = (share + 1e-3).rsqrt()
    return weight / (weight * share).sum()


def disturb(rgb: Tensor, generator: torch.Generator) -> Tensor:
    """Blur, noise and a small change of exposure, each on some of the pictures."""
    draw = torch.rand((3, len(rgb), 1, 1, 1), generator=generator, device=rgb.device)
    soft = F.avg_pool2d(F.pad(rgb, (1, 1, 1, 1), mode="replicate"), 3, 1)
    rgb = rgb + (draw[0] * 1.6 - 0.8).clamp(min=0) * (soft - rgb)
    grain = torch.randn(rgb.shape, generator=generator, device=rgb.device)
    return rgb * (0.95 + 0.1 * draw[1]) + 0.06 * (draw[2] * 2 - 1).clamp(min=0) * grain


def save(probe: Probe, path: Path) -> None:
    """int8 with one scale an output for matrices and convolutions, half precision for the rest."""
    stored: dict[str, Tensor] = {}
    for name, tensor in probe.state_dict().items():
        if tensor.ndim < 2:
            stored[name] = tensor.half()
            continue
        scale = tensor.flatten(1).abs().amax(1) / 127 + 1e-12
        stored[f"{name}.int8"] = (tensor / scale.view(-1, *[1] * (tensor.ndim - 1))).round().to(torch.int8)
        stored[f"{name}.scale"] = scale
    reads = {"materials": json.dumps(probe.material_names), "attributes": json.dumps(probe.attribute_names)}
    save_file({name: tensor.cpu().contiguous() for name, tensor in stored.items()}, str(path), reads)


def load(path: Path) -> Probe:
    if not path.exists():
        raise SettingsError("weights.missing", "the probe's weights are not there", value=str(path))
    with safe_open(str(path), "pt") as file:
        reads = {name: json.loads(names) for name, names in file.metadata().items()}
        stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is not a dict)
    state: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        if name.endswith(".int8"):
            plain = name.removesuffix(".int8")
            state[plain] = tensor.float() * stored[f"{plain}.scale"].view(-1, *[1] * (tensor.ndim - 1))
        elif not name.endswith(".scale"):
            state[name] = tensor.float()
    probe = Probe(**reads)
    probe.load_state_dict(state)
    return probe.eval()


def frechet_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Between two sets of features [N, F], each taken as a Gaussian (Heusel et al., 2017, equation 6)."""
    mean_a, mean_b = a.mean(0), b.mean(0)
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # trace of (cov_a cov_b)^(1/2): through the symmetric form, whose eigenvalues are real
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(0)).sum()
    return float(((mean_a - mean_b) ** 2).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * cross)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--minutes", type=float, default=8.0, help="in all, worlds included")
    parser.add_argument("--worlds", type=int, default=65_536)
    parser.add_argument("--weights", type=Path, help="a probe to train further, instead of a new one")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--size", type=int, default=TRAINED_PX, help="of the worlds, in pixels")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    start = load(options.weights) if options.weights else None
    device = torch.device(options.device)
    pool = Pool(options.worlds, options.size, 1_000_000 * options.seed, device, scenes=scenes, captions=False)
    print(f"{options.worlds} worlds in {time.monotonic() - began:.1f} s", flush=True)
    left = max(1.0, 60 * options.minutes - (time.monotonic() - began))
    say = partial(print, flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save(train(pool, batch=options.batch, seed=options.seed, report=say, seconds=left, start=start), options.out)


if __name__ == "__main__":
    main()
