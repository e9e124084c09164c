"""Files of weights: as they ship, and in pieces no larger than what carries them from one machine to the next."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file
from torch import nn

from lightbrush.errors import SettingsError

Arrays = dict[str, NDArray[Any]]

#: Smaller matrices stay in float: the bytes saved are not worth the error.
_SMALLEST_QUANTISED: Final = 16_000
#: Of a piece: its name, its place from 1, and how many there are.
_PIECE: Final = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.safetensors")
#: What a header takes beside its tensors' bytes: for the file, and for each tensor.
_HEADER_BYTES, _ENTRY_BYTES = 4096, 256


def save_parameters(network: nn.Module, path: Path, metadata: Mapping[str, str], *, half: bool = False) -> None:
    """The parameters by name; a matrix W [out, in] as W.int8 [in, out] and W.scale [out], see `nn.checkpoint`.

    half: instead, everything in 16 bits. Written beside, then renamed: who stops meanwhile leaves the last good file.
    """
    stored: Arrays = {}
    for name, parameter in network.named_parameters():
        array = parameter.detach().float().cpu().numpy()
        if half:
            stored[name] = array.astype(np.float16)
        elif array.ndim == 2 and array.size >= _SMALLEST_QUANTISED:
            scale = (np.abs(array).max(1) / 127 + 1e-12).astype(np.float32)
            stored[f"{name}.int8"] = np.ascontiguousarray(np.round(array / scale[:, None]).astype(np.int8).T)
            stored[f"{name}.scale"] = scale
        else:
            stored[name] = np.ascontiguousarray(array)
    beside = path.with_suffix(".new")
    save_file(stored, str(beside), dict(metadata))
    beside.replace(path)


def read_metadata(path: Path) -> dict[str, Any]:
    """The JSON strings of a file's metadata, read; other strings as they are."""
    with safe_open(str(path), "numpy") as file:
        stored = file.metadata() or {}
    found: dict[str, Any] = {}
    for name, text in stored.items():
        try:
            found[name] = json.loads(text)
        except json.JSONDecodeError:
            found[name] = text
    return found


def split(path: Path, folder: Path, name: str, most_bytes: int) -> list[Path]:
    """Write a safetensors file's tensors as `NAME-00001-of-00002.safetensors` and so on; -> those files.

    Each has the whole metadata, and is at most most_bytes large. Raises SettingsError where a tensor is larger.
    """
    with safe_open(str(path), "numpy") as file:
        metadata = file.metadata() or {}
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (it is not a dict)
    room = most_bytes - _HEADER_BYTES - sum(len(key) + len(text) for key, text in metadata.items())
    pieces: list[Arrays] = [{}]
    left = room
    for key, tensor in tensors.items():
        size = tensor.nbytes + len(key) + _ENTRY_BYTES
        if size > room:
            raise SettingsError("settings.value", f"the tensor {key} is larger than a piece", value=most_bytes)
        if size > left:
            pieces.append({})
            left = room
        pieces[-1][key] = tensor
        left -= size
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if (found := _PIECE.fullmatch(old.name)) and found[1] == name:
            old.unlink()
    files = [folder / f"{name}-{i + 1:05}-of-{len(pieces):05}.safetensors" for i in range(len(pieces))]
    for file_path, piece in zip(files, pieces, strict=True):
        save_file(piece, str(file_path), metadata)
    return files


def packed(folder: Path) -> set[str]:
    """The names of what lies in pieces in a folder."""
    return {found[1] for path in folder.iterdir() if (found := _PIECE.fullmatch(path.name))}


def join(folder: Path, name: str, path: Path) -> None:
    """Undo `split`. Raises SettingsError where a piece is missing."""
    found = sorted(p for p in folder.iterdir() if (m := _PIECE.fullmatch(p.name)) and m[1] == name)
    tensors: Arrays = {}
    metadata: dict[str, str] = {}
    for piece in found:
        with safe_open(str(piece), "numpy") as file:
            metadata = file.metadata() or {}
            tensors |= {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (it is not a dict)
    wanted = int(found[0].stem[-5:]) if found else 1
    if len(found) != wanted:
        raise SettingsError("weights.missing", f"{len(found)} of {wanted} pieces are there", value=f"{folder}/{name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(path), metadata)
