"""Files and rows that are on the disk when it is said so: what a power cut may not take back."""

from __future__ import annotations

import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self


def put_in_place(part: Path, path: Path) -> None:
    """A whole file, under another name in the same folder, becomes the one there. Raises OSError."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(path)


def sync_folder(folder: Path) -> None:
    """Names of what is in it are on the disk too. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Writing(ABC):
    """A file that is written in a `with`: finished when that ends well, else given up."""

    @abstractmethod
    def close(self) -> None:
        """Finish it and put it in its place."""

    @abstractmethod
    def discard(self) -> None:
        """Leave nothing behind."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()


def prepare(db: sqlite3.Connection) -> None:
    """What is committed stays. Raises sqlite3.Error."""
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; begun as a writer, so that what it reads stays true. Raises sqlite3.Error."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite may have rolled back by itself, when the disk was full
            db.execute("ROLLBACK")
        raise
