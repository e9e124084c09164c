"""Compiled files that are kept on disk, and only believed after a look.

A folder holds what one compiler made of one source: its name is a hash of both, so it is never stale. The compiler's
files are sealed when all are there, with their checksums; a folder without a seal, or whose files do not match it, is
emptied and filled anew. Processes that want the same folder at once wait for the first of them.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SEAL = "seal.json"


def cache_folder() -> Path:
    """XDG_CACHE_HOME, else ~/.cache; a temporary folder of the user's if that is read-only."""
    home = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(home) if home else Path.home() / ".cache") / "lightbrush" / "shader"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"lightbrush-shader-{getpass.getuser()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder


def key(*parts: object) -> str:
    """A short hash of all that decides what a compiler makes: the source, the device, the versions of the tools."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def write(path: Path, data: bytes) -> None:
    """Puts a file in place whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def fill(folder: Path, compiled: Callable[[], Iterable[Path]], make: Callable[[], None]) -> bool:
    """Sees to it that `folder` holds sound files. True if they had to be made.

    compiled: the compiler's files as they are now. make: has the compiler write them.
    """
    with _alone(folder):
        if _sound(folder):
            return False
        for path in (folder / SEAL, *compiled()):
            path.unlink(missing_ok=True)
        make()
        with suppress(OSError):  # not kept, but made
            write(folder / SEAL, json.dumps({str(path): _digest(path) for path in compiled()}).encode())
        return True


def _sound(folder: Path) -> bool:
    try:
        seal = json.loads((folder / SEAL).read_bytes())
        return bool(seal) and all(_digest(Path(path)) == digest for path, digest in seal.items())
    except (OSError, ValueError, AttributeError):
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time, where the file system can lock."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("wb") as lock:
        with suppress(OSError, ImportError):
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
