"""Fetching weights from the Hugging Face hub: what is broken off goes on, and nothing counts before it is checked.

huggingface_hub knows the addresses, the token and the lock; it does not go on with a file in a later process, which
matters for files of 28 GB, so the growing file is ours (`Store.partial`). It comes with the extra `video`.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, Protocol, cast

from msgspec import Struct

from lightbrush.errors import SettingsError
from lightbrush.models.catalogue import Entry, File, Source
from lightbrush.models.store import Progress, Store, damaged, sha256

_SHA256: Final = re.compile("[0-9a-f]{64}")


class Remote(Struct, frozen=True):
    """A file as the hub has it. etag: its SHA-256, or of small files git's own hash. commit: what the revision is."""

    size_bytes: int
    etag: str
    commit: str


class Hub(Protocol):
    """Where files come from. Raises SettingsError weights.hub."""

    def look(self, source: Source, path: str) -> Remote: ...

    def alone(self, folder: Path, source: Source, remote: Remote) -> AbstractContextManager[object]:
        """Inside it, no other process fetches these bytes into that folder."""

    def fetch(self, source: Source, path: str, remote: Remote, into: Path, progress: Progress) -> None:
        """Append to `into` what it lacks. What has arrived stays there, whatever happens."""


def pull(entry: Entry, store: Store, hub: Hub, progress: Progress) -> Source:
    """Bring an entry's files; -> the source that is there now. What is there already is not fetched again.

    Raises SettingsError: weights.hub, weights.disk before anything is fetched, weights.damaged.
    """
    if there := store.source(entry):
        return there
    source = entry.sources[0]
    # 1. What is missing, and whether the hub's is what the catalogue knows
    missing = [(file, hub.look(source, file.path)) for file in source.files if store.file(source, file) is None]
    for file, remote in missing:
        _check_offer(source, file, remote)
    # 2. Room for all of it
    partials = [store.partial(source, file.path, remote.etag) for file, remote in missing]
    there_bytes = sum(path.stat().st_size for path in partials if path.exists())
    store.need(sum(remote.size_bytes for _, remote in missing) - there_bytes, entry.name)
    # 3. One after the other: fetch, check, put in its place
    for (file, remote), partial in zip(missing, partials, strict=True):
        partial.parent.mkdir(parents=True, exist_ok=True)
        with hub.alone(store.folder, source, remote):
            if store.file(source, file) is None:
                hub.fetch(source, file.path, remote, partial, progress)
                _check(partial, file, remote, progress)
                store.place(source, file.path, partial, remote.etag, remote.commit)
    return source


def _check_offer(source: Source, file: File, remote: Remote) -> None:
    if file.sha256 and _SHA256.fullmatch(remote.etag) and remote.etag != file.sha256:
        raise SettingsError(
            "weights.damaged",
            f"the hub's {file.path} is not the file that the catalogue knows",
            value=f"SHA-256 {remote.etag}, not {file.sha256}",
            fix=f"See {source.page}; fetch it by other means and give it with --from",
        )


def _check(partial: Path, file: File, remote: Remote, progress: Progress) -> None:
    """A wrong file does not stay: the next attempt begins anew."""
    expected = file.sha256 or (remote.etag if _SHA256.fullmatch(remote.etag) else "")
    seen = sha256(partial, progress) if expected else _git_hash(partial)
    if seen != (expected or remote.etag):
        partial.unlink()
        raise damaged(Path(file.path), seen, expected or remote.etag)


def _git_hash(path: Path) -> str:
    """What git calls a file of these bytes; the hub's etag of files that are kept in git itself."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class HuggingFaceHub:
    """The hub at an address, else at HF_ENDPOINT, else huggingface.co; with the token that huggingface_hub finds."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint

    def look(self, source: Source, path: str) -> Remote:
        from huggingface_hub import get_hf_file_metadata

        try:
            found = get_hf_file_metadata(self._url(source, path), endpoint=self._endpoint)
        except Exception as error:
            raise _refused(source, path, error) from None
        if found.size is None or found.etag is None or found.commit_hash is None:
            raise _refused(source, path, ValueError("the answer names no size, etag or commit"))
        return Remote(found.size, found.etag, found.commit_hash)

    def alone(self, folder: Path, source: Source, remote: Remote) -> AbstractContextManager[object]:
        from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]

        lock = folder / ".locks" / f"models--{source.repository.replace('/', '--')}" / f"{remote.etag}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        return cast(AbstractContextManager[object], WeakFileLock(lock))

    def fetch(self, source: Source, path: str, remote: Remote, into: Path, progress: Progress) -> None:
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

        start = into.stat().st_size if into.exists() else 0
        if start > remote.size_bytes:
            into.unlink()
            start = 0
        done = start

        class Bar:
            """What http_get takes for a progress bar; it tells ours."""

            def __init__(self, **_: object) -> None: ...

            def __enter__(self) -> Bar:
                return self

            def __exit__(self, *_: object) -> None: ...

            def update(self, size: float) -> None:
                nonlocal done
                done += int(size)
                progress(f"fetching {path}", done, remote.size_bytes)

        progress(f"fetching {path}", done, remote.size_bytes)
        try:
            with into.open("ab") as file:
                http_get(
                    self._url(source, path),
                    file,
                    resume_size=start,
                    headers=build_hf_headers(),
                    expected_size=remote.size_bytes,
                    tqdm_class=cast(Any, Bar),
                )
        except Exception as error:
            raise _refused(source, path, error) from None

    def _url(self, source: Source, path: str) -> str:
        from huggingface_hub import hf_hub_url

        return hf_hub_url(source.repository, path, revision=source.revision, endpoint=self._endpoint)


def _refused(source: Source, path: str, error: Exception) -> SettingsError:
    reason = str(error).strip().splitlines()
    return SettingsError(
        "weights.hub",
        f"{path} of {source.repository} cannot be fetched: {reason[0] if reason else type(error).__name__}",
        value=type(error).__name__,
        fix="Run the same command again: it goes on where it stopped. "
        "Or fetch the files by other means and give their folder with --from",
    )
