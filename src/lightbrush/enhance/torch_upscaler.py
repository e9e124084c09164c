"""Networks of PyTorch's as upscalers: pictures and frames stay on the device from their pixels to the result's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lightbrush.enhance import tiles
from lightbrush.enhance.rows import BAND_PX, Pixels, Rows, Window, lanczos
from lightbrush.enhance.tiles import Grid, Sheet, Span
from lightbrush.errors import FleetError
from lightbrush.media import Frames
from lightbrush.shots import Size

log = logging.getLogger("lightbrush.enhance")

Network = Callable[[Tensor], Tensor]
"""[B, 3, H, W] -> [B, 3, H x scale, W x scale]; on CUDA float16 with channels last, else float32."""

_WHITE: Final = 65535.0
#: What a pixel of the source takes on the device while the heaviest of the networks works on it: at four times the size
#: some three tensors of 64 channels in float16, and what the library asks for.
_BYTES_PER_PX: Final = 12 * 1024
#: A convolution's tensor has at most 2**31 values: 1,448 pixels a side, times 4 squared, times 64 channels.
_CORES_PX: Final = (1024, 512, 256, 128)
#: Of the memory that is free, what a tile may take.
_FREE_SHARE: Final = 0.5
#: A tile with fewer pixels than this is sooner done than its kernels are launched, one by one.
_REPLAYED_PX: Final = 320 * 320
_GRAPHS: Final = 9
_SAMPLE_PX: Final = 512
_ROUNDS: Final = 3
_WORTH_SEARCHING: Final = 0.85
#: At most so many frames of a clip at once.
_BATCH: Final = 8


def core_px(free_bytes: int, margin_px: int) -> int:
    """The largest core of a tile that this much free memory of a device allows."""
    for core in _CORES_PX:
        if (core + 2 * margin_px) ** 2 * _BYTES_PER_PX <= free_bytes * _FREE_SHARE:
            return core
    return _CORES_PX[-1]


class TorchUpscaler:
    """A network of PyTorch's and the tiles that suit it.

    half: in float16 with channels last, as tensor cores take it; else in float32. run: what calls the module, where
    that is not itself.
    """

    def __init__(
        self,
        module: nn.Module,
        name: str,
        grid: Grid,
        device: str,
        *,
        run: Network | None = None,
        half: bool = False,
    ) -> None:
        self.name, self.scale = name, grid.scale
        self.core_px, self.margin_px, self.fade_px = grid.core_px, grid.margin_px, grid.fade_px
        self._device = torch.device(device)
        self._dtype = torch.float16 if half else torch.float32
        self._layout = torch.channels_last if half else torch.contiguous_format
        placed(module, self._device, half)
        self._run: Network = run or module

    @property
    def device(self) -> str:
        return self._device.type

    def __call__(self, pixels: Pixels) -> Pixels:
        """Raises FleetError: fleet.memory."""
        with self._memory(pixels.shape[1], pixels.shape[0]):
            return _home(self._larger(self._seen(pixels))[0].permute(1, 2, 0).float())

    # A picture

    def joined(self, rows: Rows, cut: Sheet, finished: Callable[[], None]) -> Iterator[Pixels]:
        """What `Sheet.join` gives of `tiles.answer`s, put together on the device: of grey and RGB. Holds a row of tiles
        there, and a band here. Raises FleetError: fleet.memory."""
        window, fading = Window(rows.bands), None
        for row in cut.down:
            source = window.take(row.first, row.last)
            with self._memory(source.shape[1], source.shape[0]):
                band, fading = self._band(self._seen(source), row, cut, fading, finished)
            for start in range(0, len(band), BAND_PX):
                yield _home(band[start : start + BAND_PX])

    # Frames

    def batch(self, size: Size) -> int:
        """How many frames of that size are enlarged at once."""
        return max(1, min(_BATCH, self._most_px // (size.width * size.height)))

    def frames(self, frames: Frames, passes: Sequence[tuple[Size, Size]]) -> Frames:
        """[F, H, W, 3] of sRGB -> as many, enlarged by each pass from its size on and then resized to its end. Raises
        FleetError: fleet.memory."""
        with self._memory(frames.shape[2], frames.shape[1]):
            return self._frames(frames, passes)

    @torch.inference_mode()
    def _frames(self, frames: Frames, passes: Sequence[tuple[Size, Size]]) -> Frames:
        x = torch.from_numpy(np.ascontiguousarray(frames)).to(self._device).permute(0, 3, 1, 2).float() / 255.0
        for _, end in passes:
            x = _resized(self._whole(x), end)
        made = (x.clamp_(0.0, 1.0) * 255.0).round_().to(torch.uint8)
        return _home(made.permute(0, 2, 3, 1))

    def _whole(self, x: Tensor) -> Tensor:
        """[F, 3, H, W] float32 -> the same, enlarged: several at once, or tile by tile."""
        height, width = x.shape[-2:]
        if height * width <= self._most_px:
            most = self.batch(Size(width, height))
            return torch.cat([self._larger(part).float() for part in x.split(most)]).clamp_(0.0, 1.0)
        cut, made = tiles.sheet(Size(width, height), 3, self), []
        for frame in x:
            bands, fading = [], None
            for row in cut.down:
                band, fading = self._band(frame[None, :, row.first : row.last], row, cut, fading, lambda: None)
                bands.append(band)
            made.append(torch.cat(bands).permute(2, 0, 1))
        return torch.stack(made)

    @property
    def _most_px(self) -> int:
        return (self.core_px + 2 * self.margin_px) ** 2

    # Tiles

    @torch.inference_mode()
    def _larger(self, x: Tensor) -> Tensor:
        """[B, 3, H, W] on the device -> as the network gives it, about 0 to 1."""
        return self._run(x.to(self._dtype, memory_format=self._layout))

    @torch.inference_mode()
    def _band(
        self, source: Tensor, row: Span, cut: Sheet, fading: Tensor | None, finished: Callable[[], None]
    ) -> tuple[Tensor, Tensor | None]:
        """A row of tiles -> its rows that are whole, [height, width, channels] float32; and those below them, to which
        the next row of tiles has something to add."""
        (width, height), scale, fade = (cut.size.width, cut.size.height), cut.scale, cut.fade_px
        top, bottom = tiles.kept(row, height, fade)
        band = source.new_zeros(((bottom - top) * scale, width * scale, cut.channels))
        if fading is not None:
            band[: len(fading)] = fading
        down = _weights(row, height, fade, scale, str(self._device))
        for column in cut.across:
            left, right = tiles.kept(column, width, fade)
            answer = self._answer(source[..., column.first : column.last], row, column, cut)
            across = _weights(column, width, fade, scale, str(self._device))
            answer *= (down[:, None, None] * across[:, None]) / _WHITE
            band[:, left * scale : right * scale] += answer
            finished()
        if row.stop == height:
            return band, None
        whole = (row.stop - fade - top) * scale
        return band[:whole], band[whole:].clone()

    def _answer(self, tile: Tensor, row: Span, column: Span, cut: Sheet) -> Tensor:
        """`tiles.answer`: float32, of whole numbers from 0 to 65535."""
        left, top, right, bottom = (edge * cut.scale for edge in tiles.Tile(cut.size, column, row, cut.fade_px).kept)
        made = self._larger(tile)[0, :, top:bottom, left:right].permute(1, 2, 0).float()
        if cut.channels == 1:
            made = made.mean(dim=-1, keepdim=True)
        return made.clamp(0.0, 1.0).mul_(_WHITE).add_(0.5).floor_()

    def _seen(self, pixels: Pixels) -> Tensor:
        """[h, w, 1 or 3] -> [1, 3, h, w] float32 on the device."""
        planes = torch.from_numpy(np.ascontiguousarray(pixels)).to(self._device).permute(2, 0, 1)[None]
        return planes.expand(-1, 3, -1, -1)

    @contextmanager
    def _memory(self, width: int, height: int) -> Iterator[None]:
        try:
            yield
        except torch.OutOfMemoryError:
            seen = f"{self.name}, a tile of {width}x{height}"
            raise FleetError(
                "fleet.memory", "the device ran out of memory", value=seen, fix="Use --device cpu"
            ) from None


def placed(module: nn.Module, device: torch.device, half: bool) -> None:
    dtype, layout = (torch.float16, torch.channels_last) if half else (torch.float32, torch.contiguous_format)
    module.eval().to(device, dtype, memory_format=layout)  # type: ignore[call-overload]


def _home(made: Tensor) -> NDArray[Any]:
    """As an array; from CUDA into memory that is not paged, which PyTorch keeps and gives again."""
    if made.device.type != "cuda":
        return made.contiguous().numpy()
    there = torch.empty(made.shape, dtype=made.dtype, pin_memory=True)
    there.copy_(made, non_blocking=True)
    torch.cuda.current_stream().synchronize()
    return there.numpy()


def _resized(x: Tensor, size: Size) -> Tensor:
    """[F, 3, H, W] float32 -> `size`, as `rows.resize` does it to rows; between 0 and 1."""
    for side, length in ((-2, size.height), (-1, size.width)):
        if x.shape[side] != length:
            matrix = _matrix(x.shape[side], length, str(x.device))
            x = matrix @ x if side == -2 else x @ matrix.T
    return x.clamp(0.0, 1.0)


@lru_cache(maxsize=4)
def _matrix(length: int, size: int, device: str) -> Tensor:
    """For all frames of a clip: making one takes longer than a frame."""
    return torch.from_numpy(lanczos(length, size)).to(device)


@lru_cache(maxsize=64)
def _weights(span: Span, length: int, fade: int, scale: int, device: str) -> Tensor:
    """For all rows of a sheet and all frames of a clip: to take them there waits for all that the device has to do."""
    return torch.from_numpy(tiles.weights(span, length, fade, scale)).to(device)


# Which of several networks, that give the same, is the fastest here


def fastest(networks: Mapping[str, Network], seconds: Callable[[Network], float] | None = None) -> str:
    """The name of the one that takes the fewest; one that fails counts as none. Raises what the last one raised when
    all fail."""
    seconds = seconds or seconds_on_cuda
    found: dict[str, float] = {}
    failed: Exception | None = None
    for name, network in networks.items():
        try:
            found[name] = seconds(network)
        except Exception as error:  # a library that lacks a compiler, memory that is short
            log.warning("%s is not used: %r", name, error)
            failed = error
    if not found:
        assert failed is not None
        raise failed
    log.info("seconds for %d pixels a side: %s", _SAMPLE_PX, {name: round(s, 4) for name, s in found.items()})
    return min(found, key=lambda name: found[name])


def tuned_where_it_pays(network: Network, seconds: Callable[[Network], float] | None = None) -> tuple[Network, bool]:
    """`tuned`, and True, where that is so much faster that the search, for each new shape, is soon worth it."""
    seconds = seconds or seconds_on_cuda
    as_it_is, searched = seconds(network), seconds(tuned(network))
    pays = searched < _WORTH_SEARCHING * as_it_is
    return (tuned(network), True) if pays else (network, False)


@torch.inference_mode()
def seconds_on_cuda(network: Network, side_px: int = _SAMPLE_PX, rounds: int = _ROUNDS) -> float:
    """Of the fastest of some runs on noise, float16 with channels last, after one that is not counted."""
    generator = torch.Generator("cuda").manual_seed(0)
    x = torch.rand((1, 3, side_px, side_px), generator=generator, device="cuda", dtype=torch.float16)
    x = x.to(memory_format=torch.channels_last)
    least_ms = float("inf")
    for round_ in range(rounds + 1):
        began, ended = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        began.record()
        network(x)
        ended.record()
        ended.synchronize()
        if round_:
            least_ms = min(least_ms, began.elapsed_time(ended))
    return least_ms / 1000.0


def tuned(network: Network) -> Network:
    """cuDNN tries its kernels for each shape that comes first, and keeps the fastest."""

    def run(x: Tensor) -> Tensor:
        before = torch.backends.cudnn.benchmark
        torch.backends.cudnn.benchmark = True
        try:
            return network(x)
        finally:
            torch.backends.cudnn.benchmark = before

    return run


class Replayed:
    """A network on CUDA whose small pictures are one graph for each shape: else the time goes into launching. A shape
    is captured when it comes the second time, at most `most` of them; pictures from `below_px` on are run as they
    are."""

    def __init__(self, network: Network, below_px: int = _REPLAYED_PX, most: int = _GRAPHS) -> None:
        self._network, self._below_px, self._most = network, below_px, most
        self._came: dict[tuple[int, ...], int] = {}
        self._graphs: dict[tuple[int, ...], tuple[torch.cuda.CUDAGraph, Tensor, Tensor]] = {}
        self._pool: Any = None

    def __call__(self, x: Tensor) -> Tensor:
        shape = tuple(x.shape)
        if shape[0] * shape[2] * shape[3] >= self._below_px or x.device.type != "cuda":
            return self._network(x)
        self._came[shape] = self._came.get(shape, 0) + 1
        if shape not in self._graphs:
            if self._came[shape] == 1 or len(self._graphs) == self._most:
                return self._network(x)
            self._graphs[shape] = self._captured(x)
        graph, seen, made = self._graphs[shape]
        seen.copy_(x)
        graph.replay()
        return made.clone()  # the next replay writes there

    def _captured(self, x: Tensor) -> tuple[torch.cuda.CUDAGraph, Tensor, Tensor]:
        seen = x.clone(memory_format=torch.channels_last)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # what is made once is made before
            self._network(seen)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            made = self._network(seen)
        self._pool = graph.pool()
        return graph, seen, made
