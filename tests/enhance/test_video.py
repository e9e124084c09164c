"""A clip becomes larger frame by frame, and all else of it stays as it was."""

from __future__ import annotations

import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from lightbrush import media
from lightbrush.enhance.rows import Pixels
from lightbrush.enhance.run import Enhanced
from lightbrush.enhance.video import enhance_video
from lightbrush.errors import EnhanceError, MediaError
from lightbrush.shots import Rgb, Size
from tests.enhance.pictures import Doubler, psnr_db, scene

RATE_HZ = 16_000


def clip(
    path: Path,
    times_ms: list[int],
    *,
    size: tuple[int, int] = (64, 48),
    sound: str = "aac",
    pix_fmt: str = "yuv420p",
    start_s: int = 0,
) -> Path:
    """A video with a frame at each of these times, each brighter than the last, a chapter and a second of a tone."""
    with av.open(str(path), "w") as file:
        file.metadata.update({"title": "Peaks", "comment": '{"recipe": 7}'})
        file.set_chapters(
            [{"id": 1, "start": 0, "end": 500, "time_base": Fraction(1, 1000), "metadata": {"title": "I"}}]
        )
        video = file.add_stream("libx264", rate=20, options={"crf": "4"})
        video.width, video.height, video.pix_fmt = *size, pix_fmt
        video.codec_context.time_base = Fraction(1, 1000)
        audio = file.add_stream(sound, rate=RATE_HZ, layout="mono")
        audio.metadata["language"] = "deu"
        for number, time_ms in enumerate(times_ms):
            pixels = np.rint(scene(*size) * (60 + 10 * number)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = time_ms + 1000 * start_s, Fraction(1, 1000)
            file.mux(video.encode(frame))
        tone = np.sin(np.arange(RATE_HZ) * 440 * 2 * np.pi / RATE_HZ).astype(np.float32)
        for at in range(0, RATE_HZ, 1000):
            heard = av.AudioFrame.from_ndarray(tone[None, at : at + 1000], format="fltp", layout="mono")
            heard.sample_rate, heard.pts = RATE_HZ, at + RATE_HZ * start_s
            heard.time_base = Fraction(1, RATE_HZ)
            file.mux(audio.encode(heard))
        file.mux(audio.encode(None))
        file.mux(video.encode(None))
    return path


def doubled(source: Path, output: Path, to: str = "x2", **options: object) -> Enhanced:
    return enhance_video(source, to, output, Doubler(), **options)  # type: ignore[arg-type]


def frame_times_ms(path: Path) -> list[int]:
    with av.open(str(path)) as file:
        return [round(1000 * frame.time) for frame in file.decode(video=0)]


def sound(path: Path) -> tuple[list[bytes], float, dict[str, str]]:
    """Its packets, when the first is heard, and what it says of itself."""
    with av.open(str(path)) as file:
        packets = [packet for packet in file.demux(audio=0) if packet.dts is not None]
        return (
            [bytes(packet) for packet in packets],
            float(packets[0].pts * packets[0].time_base),
            dict(packets[0].stream.metadata),
        )


TIMES_MS = [0, 50, 100, 250, 300, 700, 750, 800]


def test_each_frame_is_enlarged_and_shown_when_it_was(tmp_path: Path) -> None:
    source, output = clip(tmp_path / "in.mp4", TIMES_MS), tmp_path / "a folder/out.mp4"
    made = doubled(source, output)
    assert (made.source, made.size, made.frames, made.tiles) == (Size(64, 48), Size(128, 96), 8, 32)
    assert frame_times_ms(output) == frame_times_ms(source) == TIMES_MS
    before, after = (np.concatenate(list(media.read(path))) for path in (source, output))
    for small, large in zip(before, after, strict=True):
        expected = Doubler()(small.astype(np.float32) / 255)
        assert psnr_db(large.astype(np.float32) / 255, expected) > 34
    assert [path.name for path in output.parent.iterdir()] == ["out.mp4"]


def test_sound_chapters_and_words_are_kept_as_they_are(tmp_path: Path) -> None:
    source, output = clip(tmp_path / "in.mp4", TIMES_MS), tmp_path / "out.mp4"
    doubled(source, output)
    assert sound(output) == sound(source)
    assert sound(output)[2]["language"] == "deu"
    about = media.info(output)
    assert (about.title, about.recipe) == ("Peaks", '{"recipe": 7}')
    with av.open(str(output)) as file:
        assert [chapter["metadata"]["title"] for chapter in file.chapters()] == ["I"]


@pytest.mark.parametrize(("suffix", "codec"), [(".ts", "aac"), (".mkv", "libopus")])
def test_other_files_become_mp4_with_picture_and_sound_together(suffix: str, codec: str, tmp_path: Path) -> None:
    source = clip(tmp_path / f"in{suffix}", TIMES_MS, sound=codec, start_s=5)
    doubled(source, tmp_path / "out.mp4")
    (_, before_s, _), (heard, after_s, _) = sound(source), sound(tmp_path / "out.mp4")
    before_ms, after_ms = frame_times_ms(source), frame_times_ms(tmp_path / "out.mp4")
    assert len(heard) > 10
    assert before_ms[0] > 4000 > 100 > after_ms[0]
    assert np.diff(after_ms).tolist() == np.diff(before_ms).tolist()
    assert after_s - after_ms[0] / 1000 == pytest.approx(before_s - before_ms[0] / 1000, abs=0.002)


def test_sound_may_last_longer_than_the_picture(tmp_path: Path) -> None:
    source = clip(tmp_path / "in.mkv", [0, 50])
    assert media.info(source).duration_s == pytest.approx(0.1, abs=0.05)
    assert doubled(source, tmp_path / "out.mp4").frames == 2


def test_an_odd_size_becomes_even_and_ten_bits_eight_and_that_is_said(tmp_path: Path) -> None:
    source, told = clip(tmp_path / "in.mp4", [0, 50], pix_fmt="yuv420p10le"), []
    made = doubled(source, tmp_path / "out.mp4", "97x73", say=told.append)
    assert made.size == media.info(tmp_path / "out.mp4").size == Size(98, 74)
    assert ["98x74" in told[0], "10" in told[1]] == [True, True]


def test_colours_mean_what_they_did(tmp_path: Path) -> None:
    path = tmp_path / "in.mkv"
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=20)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        context = video.codec_context
        context.color_primaries, context.color_trc, context.colorspace = 9, 16, 9  # BT.2020, PQ
        file.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        file.mux(video.encode(None))
    doubled(path, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as file:
        stream = file.streams.video[0].codec_context
        assert (stream.color_primaries, stream.color_trc, stream.colorspace) == (9, 16, 1)


def test_progress_counts_tiles_to_the_last(tmp_path: Path) -> None:
    source, told = clip(tmp_path / "in.mp4", list(range(0, 400, 50))), []
    doubled(source, tmp_path / "out.mp4", progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(33))
    assert told[-1] == (32, 32)


def test_what_is_no_whole_clip_is_refused_and_leaves_what_stood_there(tmp_path: Path) -> None:
    whole = clip(tmp_path / "whole.mp4", list(range(0, 1000, 50)))
    output = tmp_path / "made" / "out.mp4"
    output.parent.mkdir()
    output.write_bytes(b"what stood there")
    (tmp_path / "text.mp4").write_bytes(b"just words")
    data = clip(tmp_path / "long.mkv", list(range(0, 4000, 50)), size=(128, 96)).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) // 2])
    for source, to, error, code in (
        (tmp_path / "text.mp4", "x2", MediaError, "media.format"),
        (tmp_path / "not there.mp4", "x2", MediaError, "media.format"),
        (tmp_path / "cut.mkv", "x2", MediaError, "media.format"),
        (whole, "x0.5", EnhanceError, "enhance.target"),
        (whole, "20000x15000", MediaError, "media.size"),
    ):
        with pytest.raises(error) as caught:
            doubled(source, output, to)
        assert caught.value.code == code, source
        assert [path.name for path in output.parent.iterdir()] == ["out.mp4"]
        assert output.read_bytes() == b"what stood there"


class Failing(Doubler):
    """At its hundredth tile, amid a clip."""

    def __call__(self, pixels: Pixels) -> Pixels:
        if len(self.seen) == 99:
            raise RuntimeError("amid a clip")
        return super().__call__(pixels)


def test_an_upscaler_that_fails_amid_a_clip_leaves_no_thread_and_what_stood_there(tmp_path: Path) -> None:
    source, output = clip(tmp_path / "in.mp4", list(range(0, 2000, 50))), tmp_path / "made" / "out.mp4"
    output.parent.mkdir()
    output.write_bytes(b"what stood there")
    threads = threading.enumerate()
    with pytest.raises(RuntimeError, match="amid a clip"):
        enhance_video(source, "x2", output, Failing())
    assert threading.enumerate() == threads
    assert [path.name for path in output.parent.iterdir()] == ["out.mp4"]
    assert output.read_bytes() == b"what stood there"


def test_a_disk_that_is_full_amid_a_clip_is_told_and_leaves_what_stood_there(tmp_path: Path) -> None:
    """A limit on the size of files gives what a full disk gives: writes that fail."""
    source, output = clip(tmp_path / "in.mp4", list(range(0, 4000, 50))), tmp_path / "made" / "out.mp4"
    output.parent.mkdir()
    output.write_bytes(b"what stood there")
    program = f"""
import resource, signal, threading
from pathlib import Path
import numpy as np
from lightbrush.errors import MediaError
from lightbrush.media import remake
from lightbrush.shots import Size
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
chance, made = np.random.default_rng(0), []
def noise(frames):
    made.append(len(frames))
    return [chance.integers(0, 256, (384, 512, 3), np.uint8)]
try:
    remake(Path({str(source)!r}), Path({str(output)!r}), Size(512, 384), noise)
except MediaError as error:
    print(error.code, len(made) < 80, threading.active_count())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["media.write", "True", "1"], done.stderr
    assert [path.name for path in output.parent.iterdir()] == ["out.mp4"]
    assert output.read_bytes() == b"what stood there"


def test_several_frames_at_once_come_in_order_among_the_sound(tmp_path: Path) -> None:
    times_ms = list(range(0, 950, 50))
    source, output = clip(tmp_path / "in.mp4", times_ms), tmp_path / "out.mp4"
    greys = iter(range(0, 12 * len(times_ms), 12))

    def numbered(frames: Sequence[Rgb]) -> Iterator[Rgb]:
        for _ in frames:
            yield np.full((96, 128, 3), next(greys), np.uint8)

    assert media.remake(source, output, Size(128, 96), numbered, together=4) == len(times_ms)
    shown = np.concatenate(list(media.read(output)))[:, 48, 64, 1].astype(int)
    assert np.abs(shown - np.arange(0, 12 * len(times_ms), 12)).max() <= 4
    assert frame_times_ms(output) == times_ms
    assert sound(output) == sound(source)


def test_what_is_held_does_not_grow_with_the_length(tmp_path: Path) -> None:
    def held_bytes(frames: int) -> int:
        source = clip(tmp_path / f"{frames}.mkv", list(range(0, 50 * frames, 50)))
        tracemalloc.start()
        try:
            doubled(source, tmp_path / "out.mp4")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    held_bytes(2)  # what is imported and cached once
    assert held_bytes(60) < 1.2 * held_bytes(6)
