"""From a checkpoint to what ships: `embedded.safetensors` (int8 matrices) and two graphs over it, `embedded.onnx` for
CPUs and `embedded.webgpu.onnx` for GPUs in browsers.

    python -m lightbrush.training.export --weights runs/embedded/student --out src/lightbrush/weights
    python -m lightbrush.training.export --weights runs/1/student=0.4 --weights runs/2/student=0.6 --out weights
    python -m lightbrush.training.export --out src/lightbrush/weights        # the graphs alone, over what is there

The graph is made of the operators that ONNX Runtime is fast at (attention, rotation, norms and int8 products in one
node each): a traced graph takes 1.2 times as long.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from torch import Tensor

from lightbrush.engines.conditioning import Layout
from lightbrush.nn import checkpoint
from lightbrush.nn.pixel_transformer import EPSILON, PixelTransformer, PixelTransformerConfig, widened
from lightbrush.training.conditions import LAYOUT
from lightbrush.training.graph import MICROSOFT, Graph
from lightbrush.training.weights import join, packed, read_metadata, save_parameters


def export(network: PixelTransformer, folder: Path, about: dict[str, str], layout: Layout) -> None:
    """Write the weights and the graphs.

    layout: what its condition speaks of. about: strings for the safetensors metadata (training time, data, date).
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = folder / "embedded.safetensors"
    config = {"config": json.dumps(network.config.to_dict()), "layout": layout.to_json()}
    save_parameters(network, weights, config | about)
    write_graphs(weights)


def write_graphs(weights: Path) -> None:
    """The graphs beside the weights that they point into."""
    config = PixelTransformerConfig(**read_metadata(weights)["config"])
    onnx.save(PixelTransformerGraph(config, weights).written(), weights.with_suffix(".onnx"))
    onnx.save(PixelTransformerGraph(config, weights, webgpu=True).written(), weights.with_suffix(".webgpu.onnx"))


def load(path: Path) -> PixelTransformer:
    """What a recipe left: a file, a folder with `embedded.safetensors`, or one with that of a student in pieces."""
    if not path.is_dir():
        return checkpoint.load(path)
    if (path / "embedded.safetensors").exists() or "student" not in packed(path):
        return checkpoint.load(path / "embedded.safetensors")
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "embedded.safetensors"
        join(path, "student", whole)
        return checkpoint.load(whole)


def mean(shares: Sequence[tuple[Path, float]]) -> PixelTransformer:
    """The weighted mean of networks that went on from the same weights: where they paint alike it paints so, and what
    one run alone took up, such as specks, fades ("Model soups", Wortsman et al., 2022). Shares are of their sum."""
    loaded = [(load(path), share) for path, share in shares]
    rank = max(network.config.own for network, _ in loaded)
    mixed = widened(loaded[0][0], rank)
    states = [(network.state_dict(), share) for network, share in loaded]
    blended: dict[str, Tensor] = {}
    for name in mixed.state_dict():
        # What a network lacks says nothing: its way out counts as zeros, its way in as everybody else's.
        having = [(state[name], share) for state, share in states if name in state]
        counted = having if ".own_in." in name else states
        total = sum(share for _, share in counted)
        blended[name] = torch.stack([share / total * tensor for tensor, share in having]).sum(0)
    mixed.load_state_dict(blended)
    return mixed


class PixelTransformerGraph(Graph):
    """`PixelTransformer.forward` for one picture. Inputs and output as there, batch 1."""

    def __init__(self, config: PixelTransformerConfig, weights: Path, *, webgpu: bool = False) -> None:
        super().__init__(weights, webgpu=webgpu)
        self.config = config
        self._stripe = ""

    def written(self) -> onnx.ModelProto:
        c = self.config
        # 1. the noisy picture and the hints as cells of 4 pixels, then as tokens
        self.rows, self.columns = self.size_of("rope", 1), self.size_of("rope", 2)
        cells_per_patch = self.numbers([c.cells_per_patch])
        self.high, self.wide = (self.op("Mul", [n, cells_per_patch]) for n in (self.rows, self.columns))
        cells = self.cells(self.op("Concat", ["noisy", "hints"], axis=1), 3 + c.hints)
        if c.stem_in:
            cells = self.gelu(self.convolution("mix_in", cells))
        around = self.gelu(self.convolution("stem", cells))
        x = self.linear("patch_in", self.tokens(around, c.stem))
        # 2. time and condition -> what scales, shifts and gates each block
        signal = self.signal()
        modulations = self.modulations(signal)
        # 3. the blocks
        angles = self.op("Reshape", ["rope", self.numbers([2, -1, c.head_width // 2])])
        turns = [self.op("Gather", [angles, self.numbers(i)], axis=0) for i in range(2)]  # cosines, sines: [N, d / 2]
        for i in range(c.depth):
            stripe = "" if c.is_global(i) else self.stripe()
            x = self.block(f"blocks.{i}", x, modulations[6 * i : 6 * i + 6], turns, stripe)
        # 4. tokens -> cells -> pixels, with what went around the transformer
        final = self.op("Reshape", [self.row("final_modulation", signal), self.numbers([2, c.width])])
        shift, scale = (self.op("Gather", [final, self.numbers(i)], axis=0) for i in range(2))
        x = self.norm(x, self.above(scale, 1.0), shift)
        through = self.untokens(self.linear("patch_out", x), c.head - c.stem)
        out = self.gelu(self.convolution("head_in", self.op("Concat", [through, around], axis=1)))
        pixels = self.op("DepthToSpace", [self.convolution("head_out", out)], blocksize=c.cell, mode="CRD")
        self.name_output(pixels, "clean")
        inputs: dict[str, list[int | str]] = {
            "noisy": [1, 3, "height", "width"],
            "hints": [1, c.hints, "height", "width"],
            "time": [1],
            "condition": [1, c.condition],
            "rope": [2, "rows", "columns", c.head_width // 2],
        }
        return self.model(inputs, {"clean": [1, 3, "height", "width"]})

    # Parts of the network.

    def signal(self) -> str:
        """silu(time + condition), [1, D]."""
        frequencies = self.constant(PixelTransformer(self.config).frequencies.numpy())
        angles = self.op("Mul", [self.op("Unsqueeze", ["time", self.numbers([1])]), frequencies])
        turned = self.op("Concat", [self.op("Cos", [angles]), self.op("Sin", [angles])], axis=1)
        t = self.row("time_out", self.silu(self.row("time_in", turned)))
        y = self.row("condition_out", self.silu(self.row("condition_in", "condition")))
        return self.silu(self.op("Add", [t, y]))

    def modulations(self, signal: str) -> list[str]:
        """[D] each, for block after block: shift, 1 + scale, gate of its attention, then of its MLP."""
        c = self.config
        own = self.op("Concat", [self.tensor(f"blocks.{i}.offset") for i in range(c.depth)], axis=0)
        ones = np.zeros((6, 1), np.float32)
        ones[[1, 4]] = 1.0
        own = self.op("Add", [self.op("Reshape", [own, self.numbers([-1, 6, c.width])]), self.constant(ones)])
        if c.own:
            heard = [self.row(f"blocks.{i}.own_in", signal) for i in range(c.depth)]
            said = [self.row(f"blocks.{i}.own_out", x) for i, x in enumerate(heard)]
            alone = self.op("Reshape", [self.op("Concat", said, axis=0), self.numbers([-1, 6, c.width])])
            own = self.op("Add", [own, alone])
        shared = self.op("Reshape", [self.row("modulation", signal), self.numbers([1, 6, c.width])])
        every = self.op("Reshape", [self.op("Add", [own, shared]), self.numbers([-1, c.width])])
        return [self.op("Gather", [every, self.numbers(i)], axis=0) for i in range(6 * c.depth)]

    def stripe(self) -> str:
        """The shape [stripes, tokens, D] of queries, keys and values cut into stripes; made once."""
        if not self._stripe:
            height = self.numbers([1])
            for n in (2, 3, 4):  # the largest that divides, see `stripe_rows`
                divides = self.op("Equal", [self.op("Mod", [self.rows, self.numbers([n])]), self.numbers([0])])
                height = self.op("Where", [divides, self.numbers([n]), height])
            stripes = self.op("Div", [self.rows, height])
            self._stripe = self.op("Concat", [stripes, self.numbers([-1, self.config.width])], axis=0)
        return self._stripe

    def block(self, name: str, x: str, modulation: Sequence[str], turns: Sequence[str], stripe: str) -> str:
        """stripe: "" to attend to the whole picture."""
        c = self.config
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = modulation
        h = self.norm(x, scale_a, shift_a)
        q, k = (self.rotated(self.linear(f"{name}.{m}", h), f"{name}.norm_{m}", turns) for m in "qk")
        v = self.linear(f"{name}.v", h)
        if stripe:
            q, k, v = (self.op("Reshape", [y, stripe]) for y in (q, k, v))
        attended = self.attended(q, k, v)
        if stripe:
            attended = self.op("Reshape", [attended, self.numbers([1, -1, c.width])])
        x = self.op("Add", [x, self.op("Mul", [self.linear(f"{name}.out", attended), gate_a])])
        h = self.norm(x, scale_m, shift_m)
        wide = self.op("Mul", [self.silu(self.linear(f"{name}.gate", h)), self.linear(f"{name}.up", h)])
        return self.op("Add", [x, self.op("Mul", [self.linear(f"{name}.down", wide), gate_m])])

    def attended(self, q: str, k: str, v: str) -> str:
        """[stripes, tokens, D] each, and so is the answer.

        Written out for WebGPU: there MultiHeadAttention of ONNX Runtime 1.30 is wrong for more than one stripe.
        """
        c = self.config
        if not self.webgpu:
            return self.op("MultiHeadAttention", [q, k, v], MICROSOFT, num_heads=c.heads)
        split = self.numbers([0, 0, c.heads, c.head_width])
        q, k, v = (self.op("Reshape", [y, split]) for y in (q, k, v))
        q, v = (self.op("Transpose", [y], perm=[0, 2, 1, 3]) for y in (q, v))
        k = self.op("Transpose", [k], perm=[0, 2, 3, 1])
        q = self.op("Mul", [q, self.constant(np.full(1, c.head_width**-0.5, np.float32))])
        weights = self.op("Softmax", [self.op("MatMul", [q, k])], axis=-1)
        heads = self.op("Transpose", [self.op("MatMul", [weights, v])], perm=[0, 2, 1, 3])
        return self.op("Reshape", [heads, self.numbers([0, 0, c.width])])

    def rotated(self, x: str, norm: str, turns: Sequence[str]) -> str:
        """Queries or keys [1, N, D]: each head normalised, then turned by its position."""
        c = self.config
        heads = self.op("Reshape", [x, self.numbers([1, -1, c.heads, c.head_width])])
        heads = self.op("SimplifiedLayerNormalization", [heads, self.tensor(norm)], axis=-1, epsilon=EPSILON)
        flat = self.op("Reshape", [heads, self.numbers([1, -1, c.width])])
        return self.op("RotaryEmbedding", [flat, self.numbers([0]), *turns], MICROSOFT, num_heads=c.heads)

    def norm(self, x: str, scale: str, shift: str) -> str:
        """Root mean square norm over the last axis, then scale [D] and shift [D]."""
        return self.op("Add", [self.op("SimplifiedLayerNormalization", [x, scale], axis=-1, epsilon=EPSILON), shift])

    def cells(self, x: str, channels: int) -> str:
        """PyTorch's pixel_unshuffle to cells: [1, C, H, W] -> [1, C cell^2, H / cell, W / cell]."""
        c = self.config
        split = self.op("Reshape", [x, self.shape(channels, self.high, c.cell, self.wide, c.cell)])
        together = self.op("Transpose", [split], perm=[0, 1, 3, 5, 2, 4])
        return self.op("Reshape", [together, self.shape(channels * c.cell**2, self.high, self.wide)])

    def tokens(self, x: str, channels: int) -> str:
        """Cells to tokens: [1, C, H / cell, W / cell] -> [1, N, C cells_per_patch^2], channels outermost."""
        side = self.config.cells_per_patch
        split = self.op("Reshape", [x, self.shape(channels, self.rows, side, self.columns, side)])
        together = self.op("Transpose", [split], perm=[0, 2, 4, 1, 3, 5])
        return self.op("Reshape", [together, self.numbers([1, -1, channels * side**2])])

    def untokens(self, x: str, channels: int) -> str:
        """The way back: [1, N, C cells_per_patch^2] -> [1, C, H / cell, W / cell]."""
        side = self.config.cells_per_patch
        split = self.op("Reshape", [x, self.shape(self.rows, self.columns, channels, side, side)])
        apart = self.op("Transpose", [split], perm=[0, 3, 1, 4, 2, 5])
        return self.op("Reshape", [apart, self.shape(channels, self.high, self.wide)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--weights",
        action="append",
        type=_share,
        metavar="PATH[=SHARE]",
        help="what training left, see `load`; of several, their mean; without it, graphs alone",
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--about", default="", help="one line for the file's metadata")
    parser.add_argument("--teacher-frechet", type=float, help="what `lightbrush bench embedded` says of its 30 steps")
    parser.add_argument("--teacher-worlds", type=int, default=192, help="on how many worlds")
    options = parser.parse_args()
    if options.weights is None:
        write_graphs(options.out / "embedded.safetensors")
        return
    network = mean(options.weights)
    about = {"about": options.about} if options.about else {}
    if options.teacher_frechet is not None:
        about["teacher"] = json.dumps({"frechet": options.teacher_frechet, "worlds": options.teacher_worlds})
    export(network, options.out, about, LAYOUT)


def _share(text: str) -> tuple[Path, float]:
    path, _, share = text.partition("=")
    return Path(path), float(share or 1)


if __name__ == "__main__":
    main()
