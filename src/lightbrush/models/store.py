"""The folder that weights lie in. It has the layout of huggingface_hub's cache, so that others find them there too.

    models--ORG--NAME/blobs/SHA256                     the bytes
    models--ORG--NAME/snapshots/REVISION/path/in/it    a link to them
    models--ORG--NAME/partial/path--in--it.SHA256      what a broken download left, to go on from

Nothing here needs the network or huggingface_hub.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from msgspec import Struct

from lightbrush.errors import SettingsError
from lightbrush.models.catalogue import Entry, File, Source, find
from lightbrush.models.machine import gb

Progress = Callable[[str, int, int], None]
"""Called with what is done ("downloading a.safetensors"), the bytes so far and the bytes in all."""
FreeBytes = Callable[[Path], int]
"""How much room there is where a path lies."""

_COMMIT: Final = re.compile("[0-9a-f]{40}")
_CHUNK_BYTES: Final = 4 << 20
SPARE_BYTES: Final = 1 << 30
"""Left free on the disk."""


class Located(Struct, frozen=True):
    """Where an entry's weights are. files: path in the repository -> the file here. folder: their snapshot."""

    source: Source
    files: dict[str, Path]
    folder: Path


def default_folder(environment: Mapping[str, str]) -> Path:
    """huggingface_hub's own cache, found as it finds it."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if environment.get(variable):
            return Path(os.path.expandvars(environment[variable])).expanduser()
    cache = environment.get("XDG_CACHE_HOME") or "~/.cache"
    home = environment.get("HF_HOME") or f"{cache}/huggingface"
    return Path(os.path.expandvars(home)).expanduser() / "hub"


def free_bytes(path: Path) -> int:
    """Of the disk that a path, there or not yet, is on."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


class Store:
    """Weights in a folder. `free` is asked before anything large is written."""

    def __init__(self, folder: Path, free: FreeBytes = free_bytes) -> None:
        self.folder = folder
        self._free = free

    @classmethod
    def of(cls, setting: str, environment: Mapping[str, str]) -> Self:
        """The folder that the setting `models_folder` names; huggingface_hub's where it is empty."""
        return cls(Path(setting).expanduser().absolute() if setting else default_folder(environment))

    # What is there

    def repository(self, source: Source) -> Path:
        return self.folder / f"models--{source.repository.replace('/', '--')}"

    def snapshot(self, source: Source, commit: str = "") -> Path:
        """The folder of a source's revision; a branch is followed to the commit that was fetched of it."""
        if not commit and not _COMMIT.fullmatch(source.revision):
            ref = self.repository(source) / "refs" / source.revision
            commit = ref.read_text().strip() if ref.is_file() else ""
        return self.repository(source) / "snapshots" / (commit or source.revision)

    def file(self, source: Source, file: File) -> Path | None:
        """Where the file is, if it is there whole: of its size, where that is known."""
        path = self.snapshot(source) / file.path
        whole = path.is_file() and (not file.size_bytes or path.stat().st_size == file.size_bytes)
        return path if whole else None

    def present_bytes(self, source: Source) -> int:
        found = (self.file(source, file) for file in source.files)
        return sum(path.stat().st_size for path in found if path)

    def source(self, entry: Entry) -> Source | None:
        """The best of its sources that is there whole."""
        whole = (s for s in entry.sources if all(self.file(s, file) for file in s.files))
        return next(whole, None)

    def locate(self, entry_id: str) -> Located:
        """Where its weights are. Raises SettingsError: weights.unknown, weights.missing."""
        entry = find(entry_id)
        source = self.source(entry)
        if source is None:
            raise SettingsError(
                "weights.missing",
                f"the files of {entry.name} are not here",
                value=str(self.folder),
                fix=f"lightbrush models pull {entry_id}",
            )
        folder = self.snapshot(source)
        return Located(source, {file.path: folder / file.path for file in source.files}, folder)

    # Bringing it there

    def partial(self, source: Source, path: str, etag: str) -> Path:
        """Where a download of these very bytes grows."""
        return self.repository(source) / "partial" / f"{_flat(path)}.{etag[:16]}"

    def need(self, size_bytes: int, what: str) -> None:
        """Raises SettingsError weights.disk when there is no room for so much."""
        free = self._free(self.folder)
        if size_bytes and size_bytes + SPARE_BYTES > free:
            raise SettingsError(
                "weights.disk",
                f"{what} needs {gb(size_bytes)}, and {gb(SPARE_BYTES)} to spare",
                value=f"{gb(free)} free at {self.folder}",
                fix="Make room, or name a folder on another disk: --models-folder",
            )

    def place(self, source: Source, path: str, data: Path, digest: str, commit: str = "") -> Path:
        """Move a finished file to its place, and link it from its snapshot."""
        repository = self.repository(source)
        blob = repository / "blobs" / digest
        link = self.snapshot(source, commit) / path
        blob.parent.mkdir(parents=True, exist_ok=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        data.replace(blob)
        with suppress(OSError):  # others are still growing
            data.parent.rmdir()
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
        if commit and not _COMMIT.fullmatch(source.revision):
            ref = repository / "refs" / source.revision
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(commit)
        return link

    def adopt(self, entry: Entry, folder: Path, progress: Progress) -> Source:
        """Take an entry's files from a folder: linked where the disk is the same, else copied. -> the source they are.

        Every file's SHA-256 is computed, and compared where it is known. Raises SettingsError: weights.missing,
        weights.damaged, weights.disk.
        """
        wrong: list[str] = []
        for source in entry.sources:
            found = {file: _matching(folder, file, wrong) for file in source.files}
            given = {file: path for file, path in found.items() if path}
            if len(given) == len(source.files):
                for file, path in given.items():
                    self._adopt(source, file, path, progress)
                return source
        if wrong:
            raise SettingsError(
                "weights.damaged",
                f"a file of {entry.name} has another size than it should",
                value="; ".join(wrong),
                fix="It may be cut short, or another version: fetch it again",
            )
        names = ", ".join(file.path for file in entry.sources[0].files)
        raise SettingsError("weights.missing", f"{folder} does not hold {entry.name}", value=names)

    def _adopt(self, source: Source, file: File, path: Path, progress: Progress) -> None:
        digest = sha256(path, progress)
        if file.sha256 not in ("", digest):
            raise damaged(path, digest, file.sha256)
        made = self.partial(source, file.path, secrets.token_hex(8))
        made.parent.mkdir(parents=True, exist_ok=True)
        try:
            try:
                os.link(path, made)
            except OSError:  # another disk, or one that knows no links
                self.need(path.stat().st_size, f"a copy of {path.name}")
                shutil.copyfile(path, made)
            self.place(source, file.path, made, digest)
        finally:
            made.unlink(missing_ok=True)

    # Taking it away

    def remove(self, entry: Entry) -> int:
        """Delete its files, finished or not; -> bytes freed. Bytes that another file is too stay."""
        freed = 0
        for source in entry.sources:
            for file in source.files:
                partials = (self.repository(source) / "partial").glob(f"{_flat(file.path)}.*")
                for path in [self.snapshot(source) / file.path, *partials]:
                    freed += _unlink(path, self.repository(source))
            _tidy(self.repository(source))
        return freed


def _flat(path: str) -> str:
    return path.replace("/", "--")


def _unlink(path: Path, repository: Path) -> int:
    """Delete a file, or a link and the bytes that nothing else leads to; -> bytes freed."""
    if not path.is_symlink() and not path.exists():
        return 0
    target = path.resolve()
    size = target.stat().st_size if target.exists() else 0
    linked = path.is_symlink()
    path.unlink()
    if linked:
        others = any(link.resolve() == target for link in _links(repository))
        if others or target.parent != (repository / "blobs").resolve():
            size = 0
        else:
            target.unlink(missing_ok=True)
    return size


def _tidy(repository: Path) -> None:
    """Delete folders that hold nothing, and the notes on branches when no files are left."""
    if not any(path.is_file() or path.is_symlink() for path in (repository / "snapshots").rglob("*")):
        shutil.rmtree(repository / "refs", ignore_errors=True)
    for folder in sorted((path for path in repository.rglob("*") if path.is_dir()), reverse=True):
        with suppress(OSError):  # it holds something
            folder.rmdir()
    with suppress(OSError):
        repository.rmdir()


def _links(repository: Path) -> Iterator[Path]:
    return (path for path in (repository / "snapshots").rglob("*") if path.is_symlink())


def _matching(folder: Path, file: File, wrong: list[str]) -> Path | None:
    """The file in the folder: at its path in the repository, else anywhere by its name. Wrong sizes are noted."""
    name = Path(file.path).name
    found = sorted(folder.rglob(name), key=lambda path: (not path.as_posix().endswith(f"/{file.path}"), str(path)))
    for path in found:
        if path.is_file():
            if not file.size_bytes or path.stat().st_size == file.size_bytes:
                return path.resolve()
            wrong.append(f"{path}: {path.stat().st_size} bytes, not {file.size_bytes}")
    return None


def sha256(path: Path, progress: Progress) -> str:
    """64 hex digits."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            progress(f"checking {path.name}", done, total)
    return digest.hexdigest()


def damaged(path: Path, seen: str, expected: str) -> SettingsError:
    return SettingsError(
        "weights.damaged",
        f"{path.name} is not the file that it should be: its SHA-256 is not {expected}",
        value=seen,
        fix="Fetch it again",
    )
