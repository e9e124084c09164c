"""Takes out what the places of a cell have in common: a pattern of 4 pixels in flat skies that are painted larger.

    python -m lightbrush.training.cells --weights runs/mean/embedded.safetensors --out runs/even/embedded.safetensors

The last layers paint a cell of 4 x 4 pixels at once, and a critic that looks at patches does not mind that each of its
places is a little off in the same way everywhere. Larger pictures, of which finishing sees few, show it. So the last
layers go on alone, on a CPU, for minutes: what they should paint is what they paint, larger pictures without that
pattern. What reaches them is remembered; nothing before them changes.
"""

from __future__ import annotations

import argparse
import io
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import safe_open
from torch import Tensor

from lightbrush.engines.conditioning import Conditioner
from lightbrush.engines.embedded import EmbeddedEngine, load_compositions, read_layout
from lightbrush.nn import checkpoint
from lightbrush.nn.painting import Float, HostNetwork
from lightbrush.nn.pixel_transformer import PixelTransformer
from lightbrush.shots import Frame, Prompt
from lightbrush.training.handmade import sketches
from lightbrush.training.texts import labels
from lightbrush.training.weights import save_parameters

#: Of eight shots: mostly the largest size, of which there is most to mend.
_SIZES: Final = (*5 * ((512, 512),), *2 * ((384, 384),), (512, 288))
#: Cells across, around each, whose places have something in common.
_AROUND: Final = 7
#: What a place may be off, to count: more is a contour.
_AT_MOST: Final = 0.08
_RATE: Final = 1.2e-4
_LAST: Final = ("final_modulation", "patch_out", "head_")


@dataclass(frozen=True)
class Seen:
    """What reached the last layers: tokens [1, N, D], around [1, C, H/4, W/4], signal [1, D]; rows of patches; and
    what they should paint of it, [1, 3, H, W]."""

    tokens: Tensor
    around: Tensor
    signal: Tensor
    rows: int
    wanted: Tensor
    large: bool


class Watched(HostNetwork):
    """A network that remembers what reaches its last layers."""

    name = "cpu"
    _reached: tuple[Tensor, Tensor, int]
    _signal: Tensor

    def __init__(self, network: PixelTransformer) -> None:
        self.network, self.seen = network, list[Seen]()
        leave = network._leave
        final = network.final_modulation

        def watched(x: Tensor, around: Tensor, modulation: Tensor, rows: int) -> Tensor:
            self._reached = x, around, rows
            return leave(x, around, modulation, rows)

        network._leave = watched  # type: ignore[method-assign]
        final.register_forward_pre_hook(lambda _, given: setattr(self, "_signal", given[0]))
        self.leave = leave

    @torch.no_grad()
    def predict(self, noisy: Float, hints: Float, time: float, condition: Float, rope: Float) -> Float:
        """See `HostNetwork.predict`."""
        at = torch.tensor([time], dtype=torch.float32)
        given = (torch.tensor(each) for each in (noisy, hints))
        made: Tensor = self.network(*given, at, torch.tensor(condition)[None], torch.tensor(rope))
        large = min(made.shape[2:]) > 256
        wanted = evened(made, self.network.config.cell) if large else made
        tokens, around, rows = self._reached
        self.seen.append(Seen(tokens, around, self._signal, rows, wanted, large))
        return made.numpy()

    def again(self, one: Seen) -> Tensor:
        return self.leave(one.tokens, one.around, self.network.final_modulation(one.signal)[:, None], one.rows)


def evened(rgb: Tensor, cell: int) -> Tensor:
    """Pictures [B, 3, H, W] without what the same places of the cells around have in common, but for their mean."""
    places = F.pixel_unshuffle(rgb, cell).unflatten(1, (3, cell**2))
    off = (places - places.mean(2, keepdim=True)).flatten(1, 2).clamp(-_AT_MOST, _AT_MOST)
    common = F.avg_pool2d(off, _AROUND, 1, _AROUND // 2, count_include_pad=False)
    return F.pixel_shuffle((places - common.unflatten(1, (3, cell**2))).flatten(1, 2), cell)


def pattern(rgb: Tensor, cell: int) -> float:
    """Of a picture [1, 3, H, W]: how far a place of the cells of its upper quarter is off in the mean, of 255."""
    places = F.pixel_unshuffle(rgb[:, :, : rgb.shape[2] // 4 // cell * cell], cell).unflatten(1, (3, cell**2))
    return 127.5 * float((places - places.mean(2, keepdim=True)).mean((0, 3, 4)).abs().mean())


def shots(count: int, seed: int) -> Iterator[Frame]:
    """Sketches and bare pages, with a word or two or none."""
    rng = np.random.default_rng(seed)
    words = [label.text for label in labels()]
    drawn = [_png(sketch) for sketch in sketches().values()]
    for i in range(count):
        width, height = _SIZES[i % len(_SIZES)]
        text = " ".join(rng.choice(words, rng.integers(0, 3)))
        yield Frame(
            sketch=drawn[i % len(drawn)] if rng.random() < 0.6 else b"",
            prompts=(Prompt(text),) if text else (),
            seed=i,
            width=width,
            height=height,
            strength=float(rng.choice([0.5, 0.85, 1.0])),
        )


def train(watched: Watched, minutes: float, seed: int, steps: float = math.inf, rate: float = _RATE) -> None:
    """The last layers, in turn on a larger picture and on two of 256 pixels, which stay as they are; for so long, or so
    many steps."""
    network, rng = watched.network, np.random.default_rng(seed)
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith(_LAST))
    learns = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(learns, rate, (0.9, 0.99))
    large, small = ([one for one in watched.seen if one.large is large] for large in (True, False))
    began, step = time.monotonic(), 0
    while (spent := max((time.monotonic() - began) / (60 * minutes), step / steps)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 20, 2 - 2 * spent)
        optimizer.zero_grad()
        for some, share in ((large, 1.0), (small, 0.5), (small, 0.5)):
            one = some[rng.integers(len(some))]
            off = watched.again(one) - one.wanted
            common = F.avg_pool2d(F.pixel_unshuffle(off, network.config.cell), 8)
            (share * (off.square().mean() + 4 * common.square().mean())).backward()
        optimizer.step()
        step += 1
    print(f"{step} steps", flush=True)


def _png(rgba: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(rgba).save(out, "PNG")
    return out.getvalue()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--shots", type=int, default=64)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args(arguments)
    network = checkpoint.load(options.weights)
    watched = Watched(network)
    engine = EmbeddedEngine(watched, Conditioner.load(), read_layout(options.weights.parent), load_compositions())
    for shot in shots(options.shots, options.seed):
        engine.render(shot)
    train(watched, options.minutes, options.seed)
    with torch.no_grad():
        after = [pattern(watched.again(one), network.config.cell) for one in watched.seen if one.large]
    print(f"{len(after)} larger pictures: {np.mean(after):.2f} of 255", flush=True)
    with safe_open(str(options.weights), "numpy") as file:
        about = file.metadata()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    save_parameters(network, options.out, about)


if __name__ == "__main__":
    main()
