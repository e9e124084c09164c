"""Named tensors in files, mapped into memory: what is in them is known at once, and read only when it is asked for.

Every problem is a SettingsError: "weights.missing", "weights.damaged" (cut short, or not what it claims to be),
"weights.format" (not read here), "weights.key" and "weights.shape" (does not fit the network).
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from lightbrush.errors import SettingsError

Progress = Callable[[int, int], None]
"""Called with the bytes read so far, and the bytes to read in all."""

_PICKLED = (".pt", ".pth", ".ckpt", ".bin")

#: What training scripts put a network's tensors under, the best first: averaged weights before plain ones.
_WRAPPERS = ("generator_ema", "generator", "state_dict", "model")

_DAMAGED = "Fetch the file again: it may have been cut short"


@dataclass(frozen=True)
class Stored:
    """A tensor in a file, not read yet. read: gives it on the CPU, mapped from the file."""

    shape: tuple[int, ...]
    size_bytes: int
    read: Callable[[], Tensor]


def open_tensors(path: Path) -> dict[str, Stored]:
    """Every tensor by the name that it has in its file.

    path: a .safetensors file; a .pt, .pth, .ckpt or .bin file of `torch.save`, a dict of tensors as it is or under
    "generator_ema", "generator", "state_dict" or "model"; the index (.index.json) of a network in several files; or a
    folder with one of these, or with .safetensors files that belong together.
    """
    if path.is_dir():
        return _open_folder(path)
    if not path.exists():
        raise SettingsError("weights.missing", "there is no such file of weights", value=str(path))
    if path.name.endswith(".index.json"):
        return _open_index(path)
    if path.suffix == ".safetensors":
        return _open_safetensors(path)
    if path.suffix in _PICKLED:
        return _open_pickled(path)
    raise SettingsError(
        "weights.format",
        "weights are read from .safetensors, .pt, .pth, .ckpt and .bin files, and from an .index.json",
        value=path.name,
    )


def fill(
    network: nn.Module,
    stored: Mapping[str, Stored],
    device: torch.device | str,
    dtype: Callable[[str], torch.dtype],
    progress: Progress | None = None,
) -> None:
    """Give a network, which may be on the meta device, its parameters: each goes from the file to where it stays, so on
    the way to another device the processor's memory holds one at a time. The file may be replaced afterwards.

    stored: by the network's own names, exactly these; one under two names is read once, and shared. dtype: of the
    parameter of a name.
    """
    check_fit(network, stored)
    total = sum(tensor.size_bytes for tensor in {id(tensor): tensor for tensor in stored.values()}.values())
    done = 0
    state: dict[str, Tensor] = {}
    first: dict[int, str] = {}
    for name, tensor in stored.items():
        if id(tensor) in first:
            state[name] = state[first[id(tensor)]]
            continue
        first[id(tensor)] = name
        state[name] = tensor.read().to(device, dtype(name), copy=True)
        done += tensor.size_bytes
        if progress is not None:
            progress(done, total)
    network.load_state_dict(state, assign=True)


def check_fit(network: nn.Module, stored: Mapping[str, Stored]) -> None:
    """Raises SettingsError unless the names and shapes are the network's."""
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    missing = [name for name in wanted if name not in stored]
    extra = [name for name in stored if name not in wanted]
    if missing or extra:
        told = [f"{kind} {_some(names)}" for kind, names in (("missing", missing), ("unknown", extra)) if names]
        raise SettingsError("weights.key", "the weights do not have the network's tensors", value="; ".join(told))
    for name, shape in wanted.items():
        if stored[name].shape != shape:
            raise SettingsError(
                "weights.shape",
                f"{name} has another shape than the network's {list(shape)}",
                value=list(stored[name].shape),
            )


def shape_of(stored: Mapping[str, Stored], name: str, axes: int, what: str, fix: str) -> tuple[int, ...]:
    """Of a tensor that tells how large a network is. what: the network. fix: which names are read. Raises
    SettingsError: weights.key, weights.shape."""
    if name not in stored:
        message = f"no {what} in a layout that is read here: {name} is missing"
        raise SettingsError("weights.key", message, value=", ".join(list(stored)[:3]), fix=fix)
    shape = stored[name].shape
    if len(shape) != axes:
        raise SettingsError("weights.shape", f"{name} has {axes} axes", value=list(shape))
    return shape


def _some(names: list[str]) -> str:
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")


def _open_folder(path: Path) -> dict[str, Stored]:
    indexes = sorted(path.glob("*.index.json"))
    files = sorted(path.glob("*.safetensors"))
    if not files:
        files = [file for file in sorted(path.iterdir()) if file.suffix in _PICKLED]
        if len(files) > 1 and not indexes:
            listed = ", ".join(file.name for file in files)
            raise SettingsError("weights.format", "which of these files is meant?", value=listed, fix="Name one")
    if len(indexes) == 1:
        return _open_index(indexes[0])
    if not files:
        raise SettingsError("weights.missing", "there are no weights in this folder", value=str(path))
    found: dict[str, Stored] = {}
    for file in files:
        tensors = open_tensors(file)
        if twice := found.keys() & tensors.keys():
            raise SettingsError(
                "weights.format",
                f"several files of {path} hold a tensor of one name, so they are no parts of one network",
                value=min(twice),
                fix="Name the file that is meant",
            )
        found.update(tensors)
    return found


def _open_index(path: Path) -> dict[str, Stored]:
    try:
        where = json.loads(path.read_text("utf-8"))["weight_map"]
        files = {file: _beside(path, file) for file in sorted(set(where.values()))}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError("weights.damaged", f"{path.name} is no index of weights", value=error) from None
    tensors = {file: open_tensors(full) for file, full in files.items()}
    for name, file in where.items():
        if name not in tensors[file]:
            raise SettingsError(
                "weights.key", f"{path.name} says that {file} holds a tensor, but it does not", value=name
            )
    return {name: tensors[file][name] for name, file in where.items()}


def _beside(index: Path, name: str) -> Path:
    if Path(name).name != name:
        raise ValueError(f"{name!r} is not in the index's own folder")
    return index.parent / name


def _open_safetensors(path: Path) -> dict[str, Stored]:
    try:
        file: Any = safe_open(str(path), framework="pt")
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from None
    found = {}
    for name in file.keys():  # noqa: SIM118 (it is not a dict)
        part = file.get_slice(name)
        shape = tuple(part.get_shape())
        found[name] = Stored(shape, _size_bytes(shape, part.get_dtype()), partial(file.get_tensor, name))
    return found


def _size_bytes(shape: tuple[int, ...], dtype: str) -> int:
    """Of a tensor in a .safetensors file, whose dtypes are named F32, BF16, I8, F8_E4M3 and the like."""
    bits = int("".join(c for c in dtype.split("_", 1)[0] if c.isdigit()) or 8)
    return torch.Size(shape).numel() * bits // 8


def _open_pickled(path: Path) -> dict[str, Stored]:
    with path.open("rb") as file:
        zipped = file.read(4) == b"PK\x03\x04"  # since PyTorch 1.6; only this form can be mapped
    try:
        content = torch.load(path, map_location="cpu", mmap=zipped, weights_only=True)
    except pickle.UnpicklingError as error:
        first = str(error).partition("\n")[0]
        raise SettingsError(
            "weights.format", f"{path.name} holds more than tensors, and could run code", value=first, fix=_DAMAGED
        ) from None
    except (RuntimeError, EOFError, IndexError, OSError) as error:
        raise _damaged(path, error) from None
    for wrapper in _WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(wrapper), dict):
            content = content[wrapper]
            break
    if not isinstance(content, dict) or not content or not all(isinstance(v, Tensor) for v in content.values()):
        raise SettingsError("weights.format", f"{path.name} holds no dict of tensors", value=type(content).__name__)
    return {
        str(name): Stored(tuple(tensor.shape), tensor.nbytes, partial(_same, tensor))
        for name, tensor in content.items()
    }


def _same(tensor: Tensor) -> Tensor:
    return tensor


def _damaged(path: Path, error: Exception) -> SettingsError:
    first = str(error).partition("\n")[0]
    return SettingsError("weights.damaged", f"{path.name} cannot be read: {first}", value=str(path), fix=_DAMAGED)
