"""EXIF into a TIFF that is written: libvips leaves it out.

A TIFF's own directory of tags has, where there is EXIF, the words of it (who, when, with what) and the places of two
more directories, the camera's and the position's. They are appended to the file with a new copy of its own directory
that names them, and its header then leads to that: pixels are not touched. Source: TIFF 6.0, section 2; CIPA DC-008
(EXIF), 4.6.3; for files beyond 4 GiB the design of BigTIFF.
"""

from __future__ import annotations

import logging
import struct
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from lightbrush.shots import Size

log = logging.getLogger("lightbrush.enhance")

#: What of a picture's own tags is of the picture and not of how its file is laid.
WORDS: Final = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)
_DIRECTORIES: Final = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
_BIG: Final = 43
_LONG8: Final = 16


def add(path: Path, data: bytes, size: Size) -> None:
    """data: EXIF as JPEG and PNG have it; what cannot be read of it is left out. size: of the file's picture, which
    the camera's directory names too. Raises OSError."""
    with path.open("r+b") as file:
        header = file.read(16)
        order = "<" if header[:2] == b"II" else ">"
        big = struct.unpack(order + "H", header[2:4])[0] == _BIG
        count_as, place_as, entry_bytes, place_at = ("Q", "Q", 20, 8) if big else ("H", "I", 12, 4)

        # 1. The file's own directory.
        (place,) = struct.unpack_from(order + place_as, header, place_at)
        file.seek(place)
        entries, following = _entries(file, order, count_as, place_as, entry_bytes)

        # 2. What is new, at the end: its first directory is the words and the places of the others.
        end = file.seek(0, 2)
        end += file.write(bytes(-end % 8))
        made = _directory(data, size, header[: 16 if big else 8]).tobytes(end)
        added, _ = _entries(BytesIO(made), order, count_as, place_as, entry_bytes)
        if not added:
            return
        file.write(made)

        # 3. Both as one, in the order of tags.
        whole = {**entries, **added}
        for tag in _DIRECTORIES:
            if big and tag in whole:  # a place beyond 4 GiB takes eight bytes
                whole[tag] = struct.pack(order + "HH", tag, _LONG8) + whole[tag][4:]
        last = file.tell()
        last += file.write(bytes(-last % 8))
        file.write(struct.pack(order + count_as, len(whole)))
        file.write(b"".join(whole[tag] for tag in sorted(whole)))
        file.write(struct.pack(order + place_as, following))
        file.seek(place_at)
        file.write(struct.pack(order + place_as, last))


def _entries(
    file: BinaryIO, order: str, count_as: str, place_as: str, entry_bytes: int
) -> tuple[dict[int, bytes], int]:
    """A directory's entries as they stand, by tag, and where the next directory is."""

    def number(form: str) -> int:
        return int(struct.unpack(order + form, file.read(struct.calcsize(order + form)))[0])

    entries = [file.read(entry_bytes) for _ in range(number(count_as))]
    return {int(struct.unpack_from(order + "H", entry)[0]): entry for entry in entries}, number(place_as)


def _directory(data: bytes, size: Size, header: bytes) -> ImageFileDirectory_v2:
    made = ImageFileDirectory_v2(header)
    exif = Image.Exif()
    try:
        exif.load(data)
        directories = {directory: dict(exif.get_ifd(directory)) for directory in _DIRECTORIES}
    except Exception as error:  # a file's EXIF may be anything
        log.info("EXIF is left out: %r", error)
        return made
    for tag in WORDS:
        if tag in exif:
            made[tag] = exif[tag]
    for directory, inside in directories.items():
        inside.pop(ExifTags.IFD.Interop, None)  # its place, in the file that it came from
        for tag, pixels in ((ExifTags.Base.ExifImageWidth, size.width), (ExifTags.Base.ExifImageHeight, size.height)):
            if tag in inside:
                inside[tag] = pixels
        if inside:
            made[directory] = inside
    return made
