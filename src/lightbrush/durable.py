"""Files and rows that are on the disk when it is said so: what a power cut may not take back."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
