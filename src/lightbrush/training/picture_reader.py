"""The recipe of the picture reader: reference pictures land where prompts do.

    python -m lightbrush.training.picture_reader --out runs/pictures --minutes 4
    python -m lightbrush.training.picture_reader --out src/lightbrush/weights --weights runs/pictures --minutes 2

The second goes on from the first. Worlds need no captions then: what a picture means stays as the first says it.

A small convolutional network learns from rendered worlds and their captions: the attributes, with its own doubt about
each ("What Uncertainties Do We Need in Bayesian Deep Learning", Kendall and Gall, 2017, equation 8), and the caption's
sentence vector. It is another network than the probe, which measures what comes of it.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Final

import onnx
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from lightbrush.engines.conditioning import MEANING, TOPICS
from lightbrush.nn.picture_reader import SIDE_PX
from lightbrush.training.graph import Graph
from lightbrush.training.pace import paced
from lightbrush.training.pool import Pool, caption_helpers
from lightbrush.training.ranks import ALONE, Gradients
from lightbrush.training.replay import captured
from lightbrush.training.weights import save_parameters
from lightbrush.world.attributes import STYLES

WIDTHS: Final = (32, 64, 128, 192, 256)
HIDDEN: Final = 384
_SCALARS_FROM: Final = TOPICS.scalars_from
#: What people bring a reference for is read once more, beside all the rest: the hour, and the style.
_HOUR: Final = TOPICS.names.index("sun_height")
_STYLES: Final = [i for i, name in enumerate(TOPICS.names) if name in STYLES]
_OF_THE_HOUR: Final = 1.5
_OF_STYLE: Final = 0.1


class Network(nn.Module):
    """[B, 3, SIDE_PX, SIDE_PX] in [-1, 1] -> values [B, A], doubt [B, A] (deviations), meaning [B, MEANING]."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.same = nn.ModuleList(), nn.ModuleList()
        before = 3
        for width in WIDTHS:
            self.down.append(nn.Conv2d(before, width, 3, padding=1))
            self.same.append(nn.Conv2d(width, width, 3, padding=1))
            before = width
        self.hidden = nn.Linear(2 * before, HIDDEN)
        self.values = nn.Linear(HIDDEN, len(TOPICS.names))
        self.doubt = nn.Linear(HIDDEN, len(TOPICS.names))
        self.meaning = nn.Linear(HIDDEN, MEANING)

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = rgb
        for down, same in zip(self.down, self.same, strict=True):
            x = F.avg_pool2d(F.gelu(down(x), approximate="tanh"), 2)
            x = x + F.gelu(same(x), approximate="tanh")
        hidden = F.gelu(self.hidden(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)), approximate="tanh")
        values = self.values(hidden)
        shares = [values[:, a:b].softmax(1) for a, b in TOPICS.shares]
        return (
            torch.cat([*shares, values[:, _SCALARS_FROM:].tanh()], 1),
            F.softplus(self.doubt(hidden)) + 0.02,
            self.meaning(hidden),
        )


def loss(
    network: Callable[[Tensor], tuple[Tensor, Tensor, Tensor]], rgb: Tensor, attributes: Tensor, meaning: Tensor
) -> Tensor:
    """Cross entropy of shares, the Gaussian likelihood of numbers, the cosine of meanings; the hour's own error, which
    its doubt excuses nothing of, and the style's cross entropy."""
    values, doubt, said = network(rgb)
    shares = torch.stack(
        [-(attributes[:, a:b] * values[:, a:b].clamp(min=1e-4).log()).sum(1) for a, b in TOPICS.shares]
    )
    n = _SCALARS_FROM
    likelihood = ((values - attributes) / doubt)[:, n:].square() / 2 + doubt[:, n:].log()
    cosine = F.cosine_similarity(said, meaning)
    hour = F.smooth_l1_loss(values[:, _HOUR], attributes[:, _HOUR], beta=0.2)
    style = -(attributes[:, _STYLES] * values[:, _STYLES].clamp(min=1e-4).log()).sum(1).mean()
    total: Tensor = shares.sum(0).mean() + likelihood.sum(1).mean() / 4 + 4 * (1 - cosine).mean()
    total += _OF_THE_HOUR * hour + _OF_STYLE * style
    return total


def train(
    pool: Pool,
    *,
    batch: int,
    seed: int,
    report: Callable[[str], None],
    steps: float = math.inf,
    seconds: float = math.inf,
    start: Network | None = None,
) -> Network:
    """For so many steps or seconds, a new one, or start further, whose meanings it keeps. Pictures are
    shifted a little in exposure and colour: references are no renders."""
    torch.manual_seed(seed)
    torch.backends.cudnn.allow_tf32 = True
    before = start.to(pool.device).eval().requires_grad_(False) if start else None
    network = (deepcopy(before).train().requires_grad_(True) if before else Network()).to(pool.device)
    cuda = pool.device.type == "cuda"
    forward = torch.compile(network, dynamic=False) if cuda else network
    gradients = Gradients(network.parameters())
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.02, fused=cuda)
    generator = torch.Generator(pool.device).manual_seed(seed)

    def look() -> Tensor:
        gradients.clear()
        seen = pool.batch(batch, generator)
        small = F.adaptive_avg_pool2d(seen.rgb, SIDE_PX)
        draw = torch.randn((2, len(small), 3, 1, 1), generator=generator, device=small.device)
        grain = 0.03 * torch.randn(small.shape, generator=generator, device=small.device)
        with torch.no_grad():
            meaning = before(small)[2] if before else seen.meaning
        value = loss(forward, small * (1 + 0.05 * draw[0]) + 0.03 * draw[1] + grain, seen.attributes, meaning)
        value.backward()
        return value.detach()

    look = captured(look, generator)
    for step in paced(optimizer, 1e-3, steps=steps, seconds=seconds):
        value = look()
        gradients.settle(ALONE)
        optimizer.step()
        if step % 500 == 0:
            report(f"picture reader {step}: {value.item():.3f}")
    return network.eval().cpu()


def export(network: Network, folder: Path) -> None:
    """Write `pictures.safetensors`, in 16 bits, and `pictures.onnx`."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "pictures.safetensors"
    save_parameters(network, weights, {"attributes": json.dumps(TOPICS.names)}, half=True)
    onnx.save(written(weights), folder / "pictures.onnx")


def load(folder: Path) -> Network:
    """What `export` left in a folder."""
    network = Network()
    network.load_state_dict({k: v.float() for k, v in load_file(folder / "pictures.safetensors").items()})
    return network


def written(weights: Path) -> onnx.ModelProto:
    """`Network.forward` for one picture."""
    graph = Graph(weights)
    x = "rgb"
    for i in range(len(WIDTHS)):
        wide = graph.gelu(graph.convolution(f"down.{i}", x))
        x = graph.op("AveragePool", [wide], kernel_shape=[2, 2], strides=[2, 2])
        x = graph.op("Add", [x, graph.gelu(graph.convolution(f"same.{i}", x))])
    axes = graph.numbers([2, 3])
    pooled = [graph.op(kind, [x, axes], keepdims=0) for kind in ("ReduceMean", "ReduceMax")]
    hidden = graph.gelu(graph.row("hidden", graph.op("Concat", pooled, axis=1)))
    values = graph.row("values", hidden)
    parts = []
    for begin, end in TOPICS.shares:
        part = graph.op("Slice", [values, graph.numbers([begin]), graph.numbers([end]), graph.numbers([1])])
        parts.append(graph.op("Softmax", [part], axis=1))
    ends = (graph.numbers([_SCALARS_FROM]), graph.numbers([len(TOPICS.names)]), graph.numbers([1]))
    parts.append(graph.op("Tanh", [graph.op("Slice", [values, *ends])]))
    graph.name_output(graph.op("Concat", parts, axis=1), "values")
    graph.name_output(graph.above(graph.op("Softplus", [graph.row("doubt", hidden)]), 0.02), "doubt")
    graph.name_output(graph.row("meaning", hidden), "meaning")
    a = len(TOPICS.names)
    shapes: dict[str, list[int | str]] = {"values": [1, a], "doubt": [1, a], "meaning": [1, MEANING]}
    return graph.model({"rgb": [1, 3, SIDE_PX, SIDE_PX]}, shapes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--worlds", type=int, default=65_536)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--weights", type=Path, help="the folder of one to go on from")
    options = parser.parse_args()
    start = load(options.weights) if options.weights else None
    with caption_helpers() as helpers:
        device, seed = torch.device(options.device), 1_000_000 * options.seed
        pool = Pool(options.worlds, 2 * SIDE_PX, seed, device, helpers=helpers, captions=start is None)
    made = train(pool, batch=256, seed=options.seed, report=print, seconds=60 * options.minutes, start=start)
    export(made, options.out)


if __name__ == "__main__":
    main()
