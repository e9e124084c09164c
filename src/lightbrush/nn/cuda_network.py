"""The embedded network on a CUDA device: bfloat16; of a size, one step from bytes to bytes is one captured graph."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from lightbrush.nn import checkpoint, flow
from lightbrush.nn.fast_transformer import FastTransformer
from lightbrush.nn.painting import LARGER_NOISE, PATCH_PX, Asked, Bytes, Float, parted

Change = Callable[[Tensor], None]
"""Of a tensor in place."""


class CudaNetwork:
    """Same call as `onnx_network.OnnxNetwork`. A size's first call captures its graph; later ones replay it."""

    def __init__(self, path: Path) -> None:
        self._network = FastTransformer(checkpoint.load(path), "cuda", torch.bfloat16)
        self._graphs: dict[tuple[type[_Graph | _PartedGraph], int, int, bool], _Graph | _PartedGraph] = {}
        self.name = f"{torch.cuda.get_device_name()} (CUDA, bf16)"

    def paint(self, asked: Asked, noise: flow.Shares) -> Bytes:
        """See `painting.HostNetwork.paint`."""
        return self._run(asked, partial(start, noise, *asked.shape))

    def paint_from(self, asked: Asked, noisy: Float) -> Bytes:
        """See `painting.HostNetwork.paint_from`."""
        return self._run(asked, partial(start_from, noisy))

    def paint_larger(self, asked: Asked, noise: flow.Shares, small: Bytes) -> Bytes:
        """See `painting.HostNetwork.paint_larger`."""
        shown = enlarged(to_planes(torch.from_numpy(small).cuda()), *asked.shape)
        return self._run(asked, partial(start_larger, shown, noise), partial(tone, shown))

    def _run(self, asked: Asked, begin: Change, finish: Change | None = None) -> Bytes:
        """begin, finish: as of `_Graph.run`."""
        kind = _PartedGraph if asked.parts else _Graph
        key = kind, *asked.shape, asked.kept is not None
        if key not in self._graphs:
            self._graphs[key] = kind(self._network, *key[1:])
        return self._graphs[key].run(asked, begin, finish)


class _Graph:
    """Static inputs and outputs around a captured step. One picture at a time: it waits for its answer."""

    def __init__(self, network: FastTransformer, height: int, width: int, keeps: bool) -> None:
        self._given = torch.zeros((1 + keeps, height, width, 4), dtype=torch.uint8).pin_memory()
        self._answer = torch.zeros((height, width, 3), dtype=torch.uint8).pin_memory()
        self._x = torch.zeros((height, width, 3), device="cuda")
        self._pictures = self._given.cuda()
        self._condition = torch.zeros(network.config.condition, device="cuda")
        self._move = torch.zeros(2, device="cuda")
        inputs = self._x, self._pictures, self._condition, self._move, network.turns(height, width)
        self._graph, self._rgb = _captured(lambda: step(network, *inputs))
        self._inputs = inputs  # alive as long as the graph that reads them

    def run(self, asked: Asked, begin: Change, finish: Change | None) -> Bytes:
        """begin(x): what to start from, into x [H, W, 3]. finish(clean): the last change of the picture, [H, W, 3]."""
        given = [asked.sketch] if asked.kept is None else [asked.sketch, asked.kept]
        for held, picture in zip(self._given.numpy(), given, strict=True):
            held[:] = picture
        self._pictures.copy_(self._given, non_blocking=True)
        self._condition.copy_(torch.from_numpy(asked.condition))
        begin(self._x)
        for move in _moves(tuple(asked.times)):
            self._move.copy_(move)
            self._graph.replay()
        rgb = self._rgb
        if finish is not None:
            finish(self._x)  # after the last move it is the clean picture
            rgb = to_pixels(self._x, self._pictures)
        self._answer.copy_(rgb, non_blocking=True)
        torch.cuda.current_stream().synchronize()
        return self._answer.numpy().copy()


class _PartedGraph:
    """`_Graph` of a picture in parts: what is captured adds one part's share of the predicted picture to a sum."""

    def __init__(self, network: FastTransformer, height: int, width: int, keeps: bool) -> None:
        self._x = torch.zeros((height, width, 3), device="cuda")
        self._clean = torch.zeros_like(self._x)
        self._pictures = torch.zeros((1 + keeps, height, width, 4), dtype=torch.uint8, device="cuda")
        self._condition = torch.zeros(network.config.condition, device="cuda")
        self._share = torch.zeros((height, width, 1), device="cuda")
        self._move = torch.zeros(2, device="cuda")
        inputs = self._x, self._pictures, self._condition, self._move, network.turns(height, width)
        outputs = self._share, self._clean
        self._graph, _ = _captured(lambda: add(network, *inputs, *outputs))
        self._inputs = inputs  # alive as long as the graph that reads them

    @torch.no_grad()
    def run(self, asked: Asked, begin: Change, finish: Change | None) -> Bytes:
        """begin, finish: as of `_Graph.run`."""

        def pictures(sketch: Bytes) -> Tensor:
            return torch.from_numpy(np.stack([sketch] if asked.kept is None else [sketch, asked.kept])).cuda()

        parts = parted(asked)
        later = [pictures(part.sketch) for part in parts]
        first = [seen if part.first is None else pictures(part.first) for part, seen in zip(parts, later, strict=True)]
        said = [(torch.from_numpy(p.condition).cuda(), torch.tensor(p.share[..., None]).cuda()) for p in parts]
        begin(self._x)
        for i, move in enumerate(_moves(tuple(asked.times))):
            self._move.copy_(move)
            self._clean.zero_()
            for seen, (condition, share) in zip(later if i else first, said, strict=True):
                self._pictures.copy_(seen)
                self._condition.copy_(condition)
                self._share.copy_(share)
                self._graph.replay()
            self._x.lerp_(self._clean, self._move[1])
        if finish is not None:
            finish(self._clean)
        return to_pixels(self._clean, self._pictures).cpu().numpy()


def _captured(run: Callable[[], Tensor]) -> tuple[torch.cuda.CUDAGraph, Tensor]:
    """-> the graph, and where it leaves its answer."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.no_grad(), torch.cuda.stream(side):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.no_grad(), torch.cuda.graph(graph):
        answer = run()
    return graph, answer


def add(
    network: FastTransformer,
    x: Tensor,
    pictures: Tensor,
    condition: Tensor,
    move: Tensor,
    turns: Tensor,
    share: Tensor,
    clean: Tensor,
) -> Tensor:
    """Add a part's share [H, W, 1] of the clean picture that the network sees in x to clean [H, W, 3], which is given
    back. As in `step` otherwise."""
    return clean.addcmul_(network(x, to_hints(pictures), move[:1], condition, turns).float(), share)


def step(
    network: FastTransformer, x: Tensor, pictures: Tensor, condition: Tensor, move: Tensor, turns: Tensor
) -> Tensor:
    """Move x toward the clean picture that the network sees in it; -> that picture, [H, W, 3] uint8.

    x: [H, W, 3] float32, changed. pictures: [1 or 2, H, W, 4] uint8, the sketch and what is kept, see `painting.Asked`.
    condition: [C]. move: [2], a row of `flow.moves`.
    """
    clean = network(x, to_hints(pictures), move[:1], condition, turns).float()
    x.lerp_(clean, move[1])
    return to_pixels(clean, pictures)


def to_hints(pictures: Tensor) -> Tensor:
    """[1 or 2, H, W, 4] uint8 -> [H, W, 8] float32, see `painting.to_hints`."""
    scaled = pictures * (1 / 255)  # float32
    colour, coverage = scaled[..., :3] * 2 - 1, scaled[..., 3:]
    if len(pictures) == 1:
        sketch = torch.cat([colour * coverage, coverage], -1)[0]
        return torch.cat([sketch, torch.zeros_like(sketch)], -1)
    coverage = torch.stack([coverage[0], coverage[1].floor()])
    return torch.cat([colour * coverage, coverage], -1).transpose(0, 1).transpose(1, 2).flatten(2)


def to_pixels(clean: Tensor, pictures: Tensor) -> Tensor:
    """[H, W, 3] in about [-1, 1] -> uint8, with what is kept over it, see `painting.to_pixels`."""
    made = (clean * 127.5 + 128).clamp(0, 255).to(torch.uint8)
    if len(pictures) == 1:
        return made
    kept = pictures[1].int()
    stays = kept[..., 3:]
    return ((kept[..., :3] * stays + made * (255 - stays) + 127) // 255).to(torch.uint8)


def start(shares: flow.Shares, height: int, width: int, out: Tensor) -> None:
    """The noise to begin with into out [height, width, 3] float32, see `flow.start`."""
    (seed, share), *others = shares
    torch.mul(_noise(seed, height, width, out.device), share, out=out)
    for seed, share in others:
        out.add_(_noise(seed, height, width, out.device), alpha=share)


def start_from(noisy: Float, out: Tensor) -> None:
    """What is there already, [1, 3, height, width], into out [height, width, 3]."""
    out.copy_(torch.from_numpy(noisy[0]).permute(1, 2, 0))


def to_planes(rgb: Tensor) -> Tensor:
    """[H, W, 3] uint8 -> [H, W, 3] in [-1, 1], see `painting.to_planes`."""
    return rgb * (1 / 127.5) - 1


def enlarged(picture: Tensor, height: int, width: int) -> Tensor:
    """[h, w, 3] -> [height, width, 3], see `painting.enlarged`."""
    return interpolate(picture.permute(2, 0, 1)[None], (height, width), mode="bilinear")[0].permute(1, 2, 0)


def start_larger(shown: Tensor, shares: flow.Shares, out: Tensor) -> None:
    """A picture [height, width, 3] and its share of noise into out, see `painting.HostNetwork.paint_larger`."""
    height, width = shown.shape[:2]
    start(shares, height, width, out)
    out.lerp_(shown, 1 - LARGER_NOISE)


def tone(shown: Tensor, made: Tensor) -> None:
    """Change what was made, [height, width, 3], into the tones of what was shown, see `painting.toned`."""
    patches = avg_pool2d((shown - made).permute(2, 0, 1)[None], PATCH_PX)[0].permute(1, 2, 0)
    made.add_(enlarged(patches, *made.shape[:2]))


@lru_cache(maxsize=16)
def _noise(seed: int, height: int, width: int, device: torch.device) -> Tensor:
    """`flow.noise` on the device, [height, width, 3]: while somebody draws, the seed stays."""
    planes = torch.tensor(flow.noise(seed, height, width)[0], device=device)
    return planes.permute(1, 2, 0).contiguous()


@lru_cache(maxsize=64)
def _moves(times: tuple[float, ...]) -> Tensor:
    """`flow.moves` on the device, [steps, 2]."""
    return torch.tensor(np.array(flow.moves(times), np.float32), device="cuda")
