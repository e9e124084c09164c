"""Video files: what is written is what is read, a partial file replaces nothing, a damaged one is told."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from lightbrush.errors import MediaError
from lightbrush.media import Frames, Mp4Writer, PieceWriter, info, join_pieces, read
from lightbrush.shots import Size

GREYS = [[255, 255, 255], [0, 0, 0], [128, 128, 128]]
COLOURS = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], *GREYS, [200, 100, 50], [10, 200, 220]], np.uint8)


def flat(count: int, width: int = 64, height: int = 48) -> Frames:
    """Frames of one colour each, the next one of COLOURS."""
    return np.ascontiguousarray(
        np.broadcast_to(COLOURS[np.arange(count) % len(COLOURS), None, None], (count, height, width, 3))
    )


def write(path: Path, frames: Frames, fps: float = 16.0, **options: str) -> Path:
    with Mp4Writer(path, width=frames.shape[2], height=frames.shape[1], fps=fps, **options) as video:  # type: ignore[arg-type]
        video.write(frames)
    return path


def whole(path: Path, **options: object) -> Frames:
    return np.concatenate(list(read(path, **options)))  # type: ignore[arg-type]


def numbers(frames: Frames) -> list[int]:
    """Which of COLOURS each frame is."""
    middle = frames[:, frames.shape[1] // 2, frames.shape[2] // 2].astype(int)
    distance = np.abs(middle[:, None] - COLOURS[None].astype(int)).sum(-1)
    assert distance.min(-1).max() < 12
    return distance.argmin(-1).tolist()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("clip") / "clip.mp4", flat(32))


def test_colours_and_order_survive(clip: Path) -> None:
    frames = whole(clip)
    assert frames.shape == (32, 48, 64, 3)
    assert frames.dtype == np.uint8
    assert np.abs(frames[:8, 24, 32].astype(int) - COLOURS).max() <= 4
    assert numbers(frames) == [n % 8 for n in range(32)]


def test_it_is_h264_yuv420p_at_the_rate_and_starts_fast(clip: Path) -> None:
    with av.open(str(clip)) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt, stream.average_rate) == ("h264", "yuv420p", 16)
        assert (stream.color_primaries, stream.color_trc, stream.colorspace, stream.color_range) == (1, 1, 1, 1)
    data = clip.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_what_it_was_made_from_travels_inside(tmp_path: Path) -> None:
    recipe = '{"seed": 7, "text": "é 雪 \\n", "long": "' + "x" * 300_000 + '"}'
    path = write(tmp_path / "a folder that is not there yet" / "v.mp4", flat(9), 24, recipe=recipe, title="Bloom")
    about = info(path)
    assert (about.recipe, about.title) == (recipe, "Bloom")
    assert (about.size, about.fps) == (Size(64, 48), 24.0)
    assert about.duration_s == pytest.approx(9 / 24)
    assert info(write(tmp_path / "plain.mp4", flat(1))).recipe == ""


def test_blocks_and_single_frames_are_the_same_video(tmp_path: Path) -> None:
    frames = flat(21)
    with Mp4Writer(tmp_path / "a.mp4", width=64, height=48, fps=16) as video:
        video.write(frames[:9])
        for frame in frames[9:]:
            video.write(frame)
    at_once = write(tmp_path / "b.mp4", frames)
    assert info(tmp_path / "a.mp4") == info(at_once)
    # What was encoded is compared, not its bytes: x264's threads now and then choose another size for a frame.
    assert np.abs(whole(tmp_path / "a.mp4").astype(int) - whole(at_once)).max() <= 4


@pytest.mark.parametrize(
    ("fps", "expected"),
    [
        (16.0, [n % 8 for n in range(32)]),
        (8.0, [n % 8 for n in range(0, 32, 2)]),
        (32.0, [n // 2 % 8 for n in range(64)]),
        (12.0, [n * 16 // 12 % 8 for n in range(24)]),
    ],
)
def test_a_rate_holds_each_frame_until_the_next(clip: Path, fps: float, expected: list[int]) -> None:
    assert numbers(whole(clip, fps=fps)) == expected


def test_a_clip_of_uneven_times_is_resampled_by_them(tmp_path: Path) -> None:
    path = tmp_path / "uneven.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=1000)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for pixels, time_ms in zip(flat(4), (0, 100, 150, 400), strict=True):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = time_ms
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    middles = (whole(path, fps=20.0)[:, 24, 32] > 127).tolist()
    red, green, blue, white = [True, False, False], [False, True, False], [False, False, True], [True, True, True]
    assert middles[:9] == [red, red, green, *[blue] * 5, white]


def corners() -> Frames:
    """One frame 96 x 64: red, green / blue, white."""
    frame = np.zeros((1, 64, 96, 3), np.uint8)
    for index, (y, x) in enumerate([(0, 0), (0, 48), (32, 0), (32, 48)]):
        frame[0, y : y + 32, x : x + 48] = COLOURS[index]
    return frame


def seen(frame: Frames) -> list[int]:
    """Which of COLOURS is at a quarter and three quarters, row by row."""
    height, width, _ = frame.shape
    points = [frame[y, x] for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    return [int(np.abs(COLOURS.astype(int) - point).sum(-1).argmin()) for point in points]


@pytest.mark.parametrize(
    ("size", "kept"),
    [(Size(96, 64), (0.0, 0.0)), (Size(48, 32), (0.0, 0.0)), (Size(64, 64), (1 / 6, 0.0)), (Size(96, 32), (0.0, 0.25))],
)
def test_another_size_is_covered_and_cut_evenly(tmp_path: Path, size: Size, kept: tuple[float, float]) -> None:
    (frame,) = whole(write(tmp_path / "c.mp4", corners()), size=size)
    assert frame.shape == (size.height, size.width, 3)
    assert seen(frame) == [0, 1, 2, 3]


MATRICES = {
    90: (0, 1, -1, 0),
    180: (-1, 0, 0, -1),
    270: (0, -1, 1, 0),
}
"""Clockwise -> a, b, c, d of a track's matrix."""


def rotate(path: Path, degrees: int) -> None:
    """Write a rotation into the track header, as a phone does."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # version 0: the matrix is 40 bytes into the box
    a, b, c, d = (value * 0x10000 for value in MATRICES[degrees])
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    path.write_bytes(data)


@pytest.mark.parametrize(("degrees", "expected"), [(90, [2, 0, 3, 1]), (180, [3, 2, 1, 0]), (270, [1, 3, 0, 2])])
def test_a_rotation_is_honoured(tmp_path: Path, degrees: int, expected: list[int]) -> None:
    path = write(tmp_path / "phone.mp4", corners())
    rotate(path, degrees)
    (frame,) = whole(path)
    assert info(path).size == Size(frame.shape[1], frame.shape[0]) == (Size(96, 64) if degrees == 180 else Size(64, 96))
    assert seen(frame) == expected
    (frame,) = whole(path, size=Size(32, 32))
    assert seen(frame) == expected


# What goes wrong


def test_an_error_while_writing_leaves_what_was_there(tmp_path: Path) -> None:
    path = write(tmp_path / "v.mp4", flat(3))
    before = path.read_bytes()

    def interrupted() -> None:
        with Mp4Writer(path, width=64, height=48, fps=16) as video:
            video.write(flat(50))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_written_is_an_error_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"media\.write"), Mp4Writer(tmp_path / "v.mp4", width=64, height=48, fps=16):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    """A limit on the size of files gives what a full disk gives: writes that fail."""
    program = f"""
import resource, signal, sys
import numpy as np
from fractions import Fraction
from pathlib import Path
from lightbrush.errors import MediaError
from lightbrush.media import Mp4Writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
noise = np.random.default_rng(0).integers(0, 256, (60, 64, 64, 3), np.uint8)
try:
    with Mp4Writer(Path({str(tmp_path / "v.mp4")!r}), width=64, height=64, fps=16) as video:
        for frame in noise:
            video.write(frame)
except MediaError as error:
    sys.exit(error.code)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "media.write" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("size", "fps"), [((63, 48), 16.0), ((64, 47), 16.0), ((0, 0), 16.0), ((64, 48), 0.0), ((64, 48), float("nan"))]
)
def test_a_size_or_rate_that_a_video_cannot_have_is_refused(tmp_path: Path, size: tuple[int, int], fps: float) -> None:
    with pytest.raises(MediaError) as caught:
        Mp4Writer(tmp_path / "v.mp4", width=size[0], height=size[1], fps=fps)
    assert caught.value.code == "media.size"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "frames",
    [np.zeros((48, 64, 3), np.float32), np.zeros((64, 48, 3), np.uint8), np.zeros((1, 1, 48, 64, 3), np.uint8)],
)
def test_frames_of_another_shape_are_refused(tmp_path: Path, frames: Frames) -> None:
    with pytest.raises(MediaError) as caught, Mp4Writer(tmp_path / "v.mp4", width=64, height=48, fps=16) as video:
        video.write(frames)
    assert caught.value.code == "media.size"


def damaged(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "no video", b"hello, " * 1000
    yield "a playlist", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
    yield "header alone", data[:300]
    yield "half", data[: len(data) // 2]
    yield "end cut off", data[:-500]
    frame = data.index(b"mdat") + 1200
    yield "a frame overwritten", data[:frame] + bytes(60) + data[frame + 60 :]


HOW = ("empty", "no video", "a playlist", "header alone", "half", "end cut off", "a frame overwritten")


@pytest.mark.parametrize("how", HOW)
def test_a_damaged_file_is_a_clear_error(clip: Path, tmp_path: Path, how: str) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(dict(damaged(clip.read_bytes()))[how])
    with pytest.raises(MediaError) as caught:
        whole(path)
    assert caught.value.code == "media.format"
    assert "Errno" not in str(caught.value)


def test_a_file_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    for use in (info, whole):
        with pytest.raises(MediaError, match="No such file"):
            use(tmp_path / "missing.mp4")


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    """480 frames are 173 MB of pixels; plain ones, which take the least arithmetic."""
    block = np.ascontiguousarray(
        np.broadcast_to(np.arange(0, 160, 20, np.uint8)[:, None, None, None], (8, 300, 400, 3))
    )
    process = psutil.Process()
    with Mp4Writer(tmp_path / "long.mp4", width=400, height=300, fps=16) as video:
        video.write(block)
        start = process.memory_info().rss
        most = 0
        for _ in range(59):
            video.write(block)
            most = max(most, process.memory_info().rss)
    count = 0
    for chunk in read(tmp_path / "long.mp4"):
        assert len(chunk) <= 12
        count += len(chunk)
        most = max(most, process.memory_info().rss)
    assert count == 480
    assert most - start < 90e6


def pieces(folder: Path, ticks: int, *times: tuple[int, ...]) -> list[tuple[Path, int]]:
    """Of each piece the ticks at which its frames are shown; frames are one colour after the other."""
    made, count = [], 0
    for number, own in enumerate(times):
        path = folder / f"piece-{number}.mp4"
        with PieceWriter(path, Size(64, 48), Fraction(ticks)) as piece:
            for at in own:
                piece.write_at(flat(count + 1)[count], at - own[0])
                count += 1
        made.append((path, own[0]))
    return made


def timed(path: Path) -> list[tuple[Fraction, Fraction]]:
    """Of each frame when it is shown, and for how long, in seconds."""
    with av.open(str(path)) as file:
        frames = list(file.decode(video=0))
    return [(frame.pts * frame.time_base, frame.duration * frame.time_base) for frame in frames]  # type: ignore[operator]


@pytest.mark.parametrize("ticks", [1000, 30, 24])
def test_pieces_become_one_video_whose_frames_keep_their_times(tmp_path: Path, ticks: int) -> None:
    parts = pieces(tmp_path, ticks, (0, 1, 7, 500), (501,), (900, 4000, 4001))
    join_pieces(parts, tmp_path / "film.mp4", Fraction(ticks), 9000, recipe="{}", title="A film")
    shown = [0, 1, 7, 500, 501, 900, 4000, 4001]
    assert timed(tmp_path / "film.mp4") == [
        (Fraction(at, ticks), Fraction(until - at, ticks)) for at, until in zip(shown, [*shown[1:], 9000], strict=True)
    ]
    about = info(tmp_path / "film.mp4")
    assert (about.recipe, about.title, about.duration_s) == ("{}", "A film", pytest.approx(9000 / ticks, abs=0.001))
    assert numbers(whole(tmp_path / "film.mp4")) == list(range(8))
    data = (tmp_path / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_the_same_pieces_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        parts = pieces(tmp_path / name, 1000, tuple(range(0, 2000, 40)), (2000, 2500))
        join_pieces(parts, tmp_path / f"{name}.mp4", Fraction(1000), 3000)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()


def test_a_join_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    parts = pieces(tmp_path, 1000, (0, 40), (80, 90))
    output = write(tmp_path / "film.mp4", flat(2))
    before = output.read_bytes()
    parts[1][0].write_bytes(b"no video")
    with pytest.raises(MediaError, match=r"media\.format"):
        join_pieces(parts, output, Fraction(1000), 100)
    with pytest.raises(MediaError, match=r"media\.write"):
        join_pieces([], output, Fraction(1000), 100)
    assert output.read_bytes() == before
    assert not list(tmp_path.glob(".*"))
