"""Pictures into a premiere's file, piece by piece, so that no more than one reel is ever held, and what was made stays.

reel-0.mp4, ...        a reel's frames; of stills reel-0-00000.png, ...
reel-0.same            how many of its pictures are byte for byte those that were seen
premiere.mp4, or .zip  all of them
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from lightbrush import __version__, pixels
from lightbrush.durable import put_in_place
from lightbrush.enhance.rows import Rows
from lightbrush.errors import MediaError
from lightbrush.media import PieceWriter, join_pieces
from lightbrush.premiere.log import Log, Shown
from lightbrush.premiere.plan import Premiere, reels
from lightbrush.shots import Rgb, Size

TIMES: Final = "times.json"
#: Of a file in a ZIP: the first there can be.
_DATE: Final = (1980, 1, 1, 0, 0, 0)


class Still(msgspec.Struct, frozen=True):
    """A file of a ZIP, and when it is seen, in seconds from the first one on."""

    file: str
    at_s: float
    until_s: float


def is_what_was_seen(rendered: Rgb, log: Log, shown: Shown) -> bool:
    """Whether it becomes, byte for byte, the file that was sent. Raises RecordingError: recording.format."""
    shot = log.frame(shown) if shown.block < 0 else log.bare(log.blocks[shown.block])
    return hashlib.sha256(pixels.encode(rendered, shot.accept, shot.quality)).digest() == shown.picture


def framed(rows: Rows, size: Size) -> Rgb:
    """In the middle of black, 0 to 255."""
    frame = np.zeros((size.height, size.width, 3), np.uint8)
    left, top = (size.width - rows.size.width) // 2, (size.height - rows.size.height) // 2
    for band in rows.bands:
        frame[top : top + len(band), left : left + rows.size.width] = np.rint(band * np.float32(255.0))
        top += len(band)
    return frame


def write_reel(folder: Path, request: Premiere, number: int, frames: Iterable[Rgb]) -> None:
    """frames: of its pictures, in order. Done twice it writes the same. Raises MediaError, OSError."""
    reel = reels(request)[number]
    cues = request.cues[reel.start : reel.stop]
    if request.format == "png":
        for index, frame in enumerate(frames, reel.start):
            part = folder / ".still.part"
            part.write_bytes(pixels.encode(frame, "image/png"))
            put_in_place(part, _still(folder, number, index))
        return
    with PieceWriter(folder / f"reel-{number}.mp4", request.size, request.ticks) as piece:
        for cue, frame in zip(cues, frames, strict=True):
            for tick in range(cue.at, cue.until if request.fps else cue.at + 1):
                piece.write_at(frame, tick - cues[0].at)


def write_same(folder: Path, number: int, same: int) -> None:
    part = folder / ".same.part"
    part.write_text(str(same))
    put_in_place(part, folder / f"reel-{number}.same")


def join(folder: Path, request: Premiere, output: Path) -> int:
    """All reels -> how many pictures are what was seen. Raises MediaError, OSError."""
    found = reels(request)
    same = sum(int((folder / f"reel-{number}.same").read_text()) for number in range(len(found)))
    if request.format == "png":
        _zip(folder, request, output)
        return same
    recipe = {
        "premiere": 1,
        "recording": request.recording,
        "to": request.to,
        "model": request.model,
        "steps": request.steps,
        "pictures": len(request.cues),
        "same": same,
        "made_with": f"lightbrush {__version__}",
    }
    pieces = ((folder / f"reel-{number}.mp4", request.cues[reel.start].at) for number, reel in enumerate(found))
    told = msgspec.json.encode(recipe).decode()
    join_pieces(pieces, output, request.ticks, request.cues[-1].until, recipe=told, title="Premiere")
    return same


def remove(folder: Path, request: Premiere) -> None:
    """The reels, when they are joined."""
    for number, reel in enumerate(reels(request)):
        (folder / f"reel-{number}.mp4").unlink(missing_ok=True)
        (folder / f"reel-{number}.same").unlink(missing_ok=True)
        for index in range(reel.start, reel.stop):
            _still(folder, number, index).unlink(missing_ok=True)


def _zip(folder: Path, request: Premiere, output: Path) -> None:
    part = output.with_name(f".{output.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as file:
            stills = []
            for number, reel in enumerate(reels(request)):
                for index in range(reel.start, reel.stop):
                    cue, name = request.cues[index], f"{index + 1:06}.png"
                    stills.append(Still(name, float(cue.at / request.ticks), float(cue.until / request.ticks)))
                    file.writestr(zipfile.ZipInfo(name, _DATE), _still(folder, number, index).read_bytes())
            file.writestr(zipfile.ZipInfo(TIMES, _DATE), msgspec.json.encode(stills))
        put_in_place(part, output)
    except OSError as error:
        raise MediaError(
            "media.write", f"the pictures cannot be written: {error.strerror}", value=str(output)
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _still(folder: Path, number: int, index: int) -> Path:
    return folder / f"reel-{number}-{index:06}.png"
