"""Logs to read and to bake: of pictures that the tests' own engine rendered, as a worker does."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from lightbrush import pixels, wire
from lightbrush.fleet.worker import render
from lightbrush.premiere.log import Begin, LogWriter, Mark, Said
from lightbrush.shots import Asset, Frame, Prompt, Reference, Region
from tests.enhance.pictures import image
from tests.harness import shot
from tests.stand_in import Blur

ENGINE = Blur()
LARGE = 2**40


def png(width: int, height: int, seed: int = 0, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    image(width, height, mode, seed).save(file, "PNG")
    return file.getvalue()


def drawn(seed: int, size: int = 64, **values: object) -> Frame:
    """A shot as the page sends it: of a sketch of its own, to be answered as JPEG."""
    return shot(width=size, height=size, sketch=png(size, size, seed), seed=seed, **values)


def masked(seed: int) -> Frame:
    """One that names two pictures."""
    mask = pixels.encode(
        np.zeros((64, 64, 3), np.uint8) + np.arange(64, dtype=np.uint8)[:, None, None] * 4, "image/png"
    )
    return drawn(
        seed, base=Asset.of(png(64, 64, 90)), mask=mask, references=(Reference(Asset.of(png(32, 32, 91)), 0.5),)
    )


def of_regions(seed: int) -> Frame:
    """One of two regions, of which one shows a picture."""
    mask = masked(seed).mask
    shown = Region(mask=png(8, 8, 92), references=(Reference(Asset.of(png(32, 32, 93)), 0.5),), strength=0.5)
    return replace(masked(seed), regions=(Region(mask=mask, prompts=(Prompt("snow"),)), shown))


def said(at_ms: int, asked: Frame, worker: str = "w") -> Said:
    files = {asset.sha256: asset.data for asset in asked.assets}
    bare = asked.filled(lambda asset: Asset(asset.sha256))
    message = wire.unpack(wire.encode_shot(1, bare))
    picture = render(asked, ENGINE, worker)
    return Said(at_ms=at_ms, meta=message.meta, payload=message.payload, files=files, picture=picture)


def session(
    path: Path, shots: Sequence[tuple[int, Frame]], marks: Mapping[int, str] | None = None, **begin: object
) -> Path:
    """A log of these shots, each with the time at which its picture was shown, and of these marks behind them."""
    values = {"id": "r-0123456789ab", "started_ms": 1_700_000_000_000} | begin
    writer = LogWriter(path, Begin(**values), LARGE)  # type: ignore[arg-type]
    for at_ms, asked in shots:
        assert writer.said(said(at_ms, asked))
    for at_ms, what in (marks or {}).items():
        writer.mark(Mark(at_ms=at_ms, what=what))
    writer.close()
    return path
