"""Video files: MP4 written frame by frame, clips read at the rate and size that are asked for, or written again.

All hold a few frames at a time, whatever the length. What a video was made from travels inside it, as text in its
comment: `info(path).recipe`. PyAV comes with the extra `video` and is imported when it is used.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from lightbrush.behind import Behind
from lightbrush.durable import Writing, put_in_place
from lightbrush.errors import MediaError, SettingsError
from lightbrush.shots import Rgb, Size

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Frames = NDArray[np.uint8]
"""[frames, height, width, 3] uint8, sRGB."""

MAX_PIXELS: Final = 2**26
"""Of a frame that is decoded: 8192 x 8192."""
MAX_SIDE_PX: Final = 16384
"""Of a frame that is written: x264's own limit."""
_LARGE_PIXELS: Final = 2**22
#: What a file may be. Playlists are not among them: they name other files.
_FORMATS: Final = "mov,mp4,m4a,3gp,matroska,webm,avi,gif,mpegts,mpeg,ogg,flv"
#: What the encoder takes a second to have where frames come at times of their own.
_USUAL_FPS: Final = 30.0
#: Of sound and subtitles that wait to be written, beside frames.
_SOUND_BYTES: Final = 2**20
_BT709: Final = 1
_UNSAID: Final = 2
_BT601: Final = 5


class Info(Struct, frozen=True, kw_only=True):
    """What a clip is, before it is decoded.

    size: as it is shown, after rotation, in square pixels. fps: frames a second, its average. duration_s: 0 when the
    file does not say. bits: of a channel. recipe, title: what `Mp4Writer` was given; empty when there is none.
    """

    size: Size
    fps: float
    duration_s: float
    bits: int = 8
    recipe: str = ""
    title: str = ""


class Mp4Writer(Writing):
    """An H.264 video, yuv420p, that plays while it downloads. Written beside its path, and moved there when whole.

        with Mp4Writer(path, width=832, height=480, fps=16, recipe=json) as video:
            for frames in blocks:
                video.write(frames)

    When the block is left by an error, what stood at the path still stands there and nothing else is left behind.
    width, height: even. fps: above 0. recipe: kept as the file's comment. crf: 0 (lossless) to 51; 17 looks lossless.
    Raises MediaError: media.size, media.write.
    """

    def __init__(
        self, path: Path, *, width: int, height: int, fps: float, recipe: str = "", title: str = "", crf: int = 17
    ) -> None:
        av = _av()
        if not 2 <= min(width, height) <= max(width, height) <= MAX_SIDE_PX or width % 2 or height % 2:
            what = f"a video's width and height are even numbers to {MAX_SIDE_PX}"
            raise MediaError("media.size", what, value=f"{width}x{height}")
        if not 0 < fps <= 1000:
            raise MediaError("media.size", "a rate is above 0 and at most 1000 frames a second", value=fps)
        self.path, self.frames = path, 0
        self._shape = (height, width, 3)
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        rate = Fraction(fps).limit_denominator(1001)
        self._time_base = 1 / rate
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = av.open(f"file:{self._part}", "w", format="mp4", options={"movflags": "+faststart"})
        self._file.metadata.update({key: text for key, text in (("title", title), ("comment", recipe)) if text})
        options = {"crf": str(crf), "preset": "medium"}
        if width * height > _LARGE_PIXELS:
            options["rc-lookahead"] = "8"  # the usual 40 frames would be half a gigabyte at 4K
        self._stream = self._file.add_stream("libx264", rate=rate, options=options)
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        context = self._stream.codec_context
        context.time_base = self._time_base
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = 1
        # One picture that each frame is laid in: a new one costs as much as its conversion, whose tables it keeps too.
        self._rgb = av.VideoFrame(width, height, "rgb24")
        plane = self._rgb.planes[0]
        self._laid = np.ndarray(self._shape, np.uint8, plane, strides=(plane.line_size, 3, 1))

    def write(self, frames: Frames | Rgb) -> None:
        """Append [F, H, W, 3] or [H, W, 3], uint8."""
        if frames.dtype != np.uint8 or frames.shape[-3:] != self._shape or frames.ndim not in (3, 4):
            raise MediaError(
                "media.size",
                f"frames are uint8, [F, {', '.join(map(str, self._shape))}]",
                value=f"{frames.dtype} {list(frames.shape)}",
            )
        for pixels in frames.reshape(-1, *self._shape):
            self._encode(pixels, self.frames)

    def _encode(self, pixels: Rgb, pts: int) -> None:
        self._laid[:] = pixels
        picture = self._rgb.reformat(format="yuv420p", dst_colorspace=_BT709, dst_color_range=1)
        picture.pts, picture.time_base = pts, self._time_base
        with _writing(self.path):
            self._file.mux(self._stream.encode(picture))
        self.frames += 1

    def close(self) -> None:
        """Finish the file and put it in its place."""
        if self.frames == 0:
            self.discard()
            raise MediaError("media.write", "a video has at least one frame", value=str(self.path))
        try:
            with _writing(self.path):
                self._file.mux(self._stream.encode(None))
                self._file.close()
                put_in_place(self._part, self.path)
        finally:
            self._part.unlink(missing_ok=True)

    def discard(self) -> None:
        """Leave nothing behind."""
        with suppress(Exception):  # the muxer may fail once more; the file goes anyway
            self._file.close()
        self._part.unlink(missing_ok=True)


class PieceWriter(Mp4Writer):
    """A piece of a video whose frames come at times of their own, for `join_pieces`.

    size: its sides even. ticks: in a second. The same frames give the same bytes: one thread encodes, each frame is
    known by those before it alone, and the first by itself.
    """

    def __init__(self, path: Path, size: Size, ticks: Fraction) -> None:
        super().__init__(path, width=size.width, height=size.height, fps=min(float(ticks), _USUAL_FPS))
        self._time_base = 1 / ticks
        context = self._stream.codec_context
        context.time_base, context.thread_count, context.max_b_frames = self._time_base, 1, 0
        # What x264 sees ahead differs now and then, in 7 of 907 runs, for equal frames; without, in none of 1,274.
        context.options = {**context.options, "rc-lookahead": "0", "mbtree": "0"}

    def write_at(self, pixels: Rgb, at: int) -> None:
        """[H, W, 3] uint8, shown from that tick on; each later than the one before."""
        self._encode(pixels, at)


def join_pieces(
    pieces: Iterable[tuple[Path, int]], output: Path, ticks: Fraction, end: int, *, recipe: str = "", title: str = ""
) -> None:
    """One MP4 of pieces of one size, their frames as they are: none is encoded anew.

    pieces: files of `PieceWriter`, the first frame of each at tick 0, and the tick at which it begins. end: the tick at
    which the last frame's time is over. What stood at the output's path stands there until the video is whole. Raises
    MediaError: media.format, media.write.
    """
    av = _av()
    part = output.with_name(f".{output.name}.{secrets.token_hex(4)}.part")
    try:
        with _writing(output):
            output.parent.mkdir(parents=True, exist_ok=True)
            with av.open(f"file:{part}", "w", format="mp4", options={"movflags": "+faststart"}) as file:
                file.metadata.update({key: text for key, text in (("title", title), ("comment", recipe)) if text})
                stream, last, shown = None, None, 0
                for path, begin in pieces:
                    with _reading(path) as (piece, source):
                        if stream is None:
                            stream = file.add_stream_from_template(source)
                            stream.time_base = 1 / ticks
                        for packet in piece.demux(source):
                            if packet.pts is None:  # it marks the end
                                continue
                            if last is not None:
                                file.mux(last)
                            shown = begin + round(packet.pts * packet.time_base * ticks)
                            packet.pts = packet.dts = shown
                            packet.time_base, packet.stream, last = 1 / ticks, stream, packet
                if last is None:
                    raise MediaError("media.write", "a video has at least one frame", value=str(output))
                last.duration = end - shown
                file.mux(last)
            put_in_place(part, output)
    finally:
        part.unlink(missing_ok=True)


class _Remade(Mp4Writer):
    """Keeps the times of a clip's frames, its sound, subtitles, chapters and what it says of itself."""

    def __init__(self, path: Path, size: Size, clip: InputContainer, stream: VideoStream) -> None:
        rate = _rate(stream)
        super().__init__(path, width=size.width, height=size.height, fps=float(rate))
        self._time_base = self._stream.codec_context.time_base = stream.time_base or 1 / rate
        self._usual = round(1 / (rate * self._time_base))
        self._start_s = Fraction(max(0, clip.start_time or 0), 1_000_000)
        self._last, self._next = -(2**62), 0
        self._clip = clip
        self._copies: dict[int, Stream] = {}

    def keep(self, say: Callable[[str], None]) -> list[Stream]:
        """-> the clip's streams that are copied. Raises MediaError: media.write for sound that an MP4 cannot hold."""
        self._file.metadata.update(self._clip.metadata)
        self._file.set_chapters(self._clip.chapters())
        kept: list[Stream] = []
        for stream in (*self._clip.streams.audio, *self._clip.streams.subtitles):
            codec = stream.codec_context.codec.canonical_name
            if codec in self._file.supported_codecs:
                copy = self._copies[stream.index] = self._file.add_stream_from_template(stream)
                copy.metadata.update(stream.metadata)
                kept.append(stream)
            elif stream.type == "audio":
                raise MediaError("media.write", "an MP4 holds no sound of this kind", value=codec)
            else:
                say(f"an MP4 holds no subtitles of this kind: {codec}")
        return kept

    def write_as(self, frame: VideoFrame, pixels: Rgb) -> None:
        """[H, W, 3] in place of the frame: at its time, its numbers meaning the colours that the frame's do."""
        if self.frames == 0:
            context = self._stream.codec_context
            context.color_primaries = _BT709 if frame.color_primaries == _UNSAID else frame.color_primaries
            context.color_trc = _BT709 if frame.color_trc == _UNSAID else frame.color_trc
        at = self._next if frame.pts is None else frame.pts - round(self._start_s / self._time_base)
        at = max(at, self._last + 1)
        self._encode(pixels, at)
        self._last, self._next = at, at + self._usual

    def copy(self, packet: Packet[Stream]) -> None:
        """A packet of a stream that is kept."""
        start = round(self._start_s / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - start
        packet.dts = None if packet.dts is None else packet.dts - start
        packet.stream = self._copies[packet.stream.index]
        with _writing(self.path):
            self._file.mux(packet)

    @property
    def end_s(self) -> float:
        """When the last frame's time is over, in the clip."""
        return float(self._next * self._time_base + self._start_s)


def remake(
    source: Path,
    output: Path,
    size: Size,
    change: Callable[[Sequence[Rgb]], Iterable[Rgb]],
    say: Callable[[str], None] = lambda text: None,
    *,
    together: int = 1,
) -> int:
    """Write a clip again as an MP4, each of its frames changed and all else as it was: times, sound (copied, never
    encoded anew), subtitles, chapters, title and recipe. -> how many frames.

    change: frames as `read` gives them, `together` of them or, at the end, fewer -> as many, each [size.height,
    size.width, 3] uint8, made in the caller's thread. Another, which ends with this call, encodes and writes them while
    the next are made: at most `together` frames, or a MiB, wait there, beside those that the encoder looks ahead at.
    say: what is not kept. When it fails, what stood at the output's path still stands there. Raises MediaError:
    media.format, media.too_large, media.size, media.write.
    """
    with _reading(source) as (clip, stream), _Remade(output, size, clip, stream) as video:
        shown: Size | None = None
        waiting: list[tuple[VideoFrame, Rgb]] = []
        kept = video.keep(say)
        # A file that is written is for one thread alone: sound goes through the same.
        with Behind(together * 3 * size.width * size.height + _SOUND_BYTES) as writer:

            def write() -> None:
                changed = change([pixels for _, pixels in waiting]) if waiting else ()
                for (frame, _), made in zip(waiting, changed, strict=True):
                    writer.give(partial(video.write_as, frame, made), made.nbytes)
                waiting.clear()

            for packet in clip.demux(stream, *kept):
                if packet.stream.index != stream.index:
                    if packet.size:  # else it marks the stream's end
                        writer.give(partial(video.copy, packet), packet.size)
                    continue
                for frame in _undamaged(stream.decode(packet)):
                    pixels = _pixels(frame, stream, shown)
                    shown = Size(pixels.shape[1], pixels.shape[0])
                    waiting.append((frame, pixels))
                    if len(waiting) == together:
                        write()
            write()
        _check_end(source, stream, video.end_s)
    return video.frames


def info(path: Path) -> Info:
    """What the clip is. Raises MediaError: media.format, media.too_large."""
    with _reading(path) as (file, stream):
        frame = next(_undamaged(file.decode(stream)), None)
        if frame is None:
            raise MediaError("media.format", "the file holds no video frame", value=str(path))
        width, height = _shown_size(frame, stream)
        return Info(
            size=Size(max(1, round(width)), max(1, round(height))),
            fps=float(stream.average_rate or stream.guessed_rate or 0),
            duration_s=max(0.0, _said_end_s(stream) - (frame.time or 0.0)) or (file.duration or 0) / 1e6,
            bits=max(part.bits for part in frame.format.components),
            recipe=file.metadata.get("comment", ""),
            title=file.metadata.get("title", ""),
        )


def read(path: Path, *, fps: float = 0.0, size: Size | None = None, chunk: int = 12) -> Iterator[Frames]:
    """The clip's frames, at most `chunk` at a time, [F, H, W, 3].

    fps: the rate to resample to, 0 for its own; a frame is held until the next one's time, as a player would.
    size: of the answer; the clip is scaled to cover it and cut evenly where its shape is another. None for its own,
    after rotation, in square pixels. A damaged or shortened file gives what is whole and then raises MediaError:
    media.format; also media.too_large.
    """
    waiting: list[Rgb] = []
    with _reading(path) as (file, stream):
        for frame in _resampled(path, file, stream, fps):
            waiting.append(_pixels(frame, stream, size))
            if len(waiting) == chunk:
                frames, waiting = np.stack(waiting), []  # nothing is held twice while these are used
                yield frames
    if waiting:
        yield np.stack(waiting)


def _resampled(path: Path, file: InputContainer, stream: VideoStream, fps: float) -> Iterator[VideoFrame]:
    """Frame k is what is shown at k / fps."""
    usual_s = float(1 / _rate(stream))
    start_s, end_s, shown, count = 0.0, 0.0, None, 0
    for frame in _undamaged(file.decode(stream)):
        time_s = end_s if frame.pts is None else frame.time
        if shown is None:
            start_s = time_s
        while fps and shown is not None and start_s + count / fps < time_s - 1e-6:
            yield shown
            count += 1
        if not fps:
            yield frame
        shown = frame
        end_s = time_s + (float(frame.duration * frame.time_base) if frame.duration and frame.time_base else usual_s)
    if shown is None:
        raise MediaError("media.format", "the file holds no video frame", value=str(path))
    while fps and start_s + count / fps < end_s - 1e-6:
        yield shown
        count += 1
    _check_end(path, stream, end_s)


def _check_end(path: Path, stream: VideoStream, end_s: float) -> None:
    """Raises MediaError: media.format where the file says that the video is longer."""
    said_s = _said_end_s(stream)
    if end_s < said_s - max(0.25, 3 * float(1 / _rate(stream))):
        raise MediaError("media.format", "the video ends early", value=f"{path}: at {end_s:.2f} s of {said_s:.2f} s")


def _said_end_s(stream: VideoStream) -> float:
    """When the file says that the video ends, 0 where it does not: FFmpeg then gives the end of what lasts longest."""
    kind = stream.container.format.name
    if kind.startswith("matroska"):
        hours, minutes, seconds = map(float, stream.metadata.get("DURATION", "0:0:0").split(":"))
        return 3600 * hours + 60 * minutes + seconds
    if kind.startswith(("mov", "avi", "gif")) and stream.duration and stream.time_base:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base)
    return 0.0


def _rate(stream: VideoStream) -> Fraction:
    """Frames a second; 25 where the file does not say."""
    return stream.average_rate or stream.guessed_rate or Fraction(25)


def _undamaged(frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
    for frame in frames:
        if frame.is_corrupt:
            raise MediaError("media.format", "a frame of the video is damaged", value=f"at {frame.time or 0:.2f} s")
        yield frame


def _shown_size(frame: VideoFrame, stream: VideoStream) -> tuple[float, float]:
    """Width and height in square pixels after rotation."""
    width, height = frame.width * float(stream.sample_aspect_ratio or 1), float(frame.height)
    return (height, width) if frame.rotation % 180 else (width, height)


def _pixels(frame: VideoFrame, stream: VideoStream, size: Size | None) -> Rgb:
    shown_width, shown_height = _shown_size(frame, stream)
    size = size or Size(max(1, round(shown_width)), max(1, round(shown_height)))
    scale = max(size.width / shown_width, size.height / shown_height)
    covering = math.ceil(shown_width * scale - 1e-6), math.ceil(shown_height * scale - 1e-6)
    turned = frame.rotation % 180 != 0
    space = frame.colorspace
    if space == _UNSAID:
        space = _BT709 if frame.height >= 720 else _BT601
    scaled = frame.reformat(
        *(covering[::-1] if turned else covering),
        format="rgb24",
        src_colorspace=space,
        interpolation="AREA" if scale < 1 else "BICUBIC",
    )
    upright = np.rot90(np.asarray(scaled.to_ndarray(), np.uint8), round(frame.rotation / 90))
    top, left = (upright.shape[0] - size.height) // 2, (upright.shape[1] - size.width) // 2
    return np.ascontiguousarray(upright[top : top + size.height, left : left + size.width])


@contextmanager
def _reading(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    av = _av()
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    try:
        with av.open(f"file:{path}", container_options=options) as file:
            if not file.streams.video:
                raise MediaError("media.format", "the file holds no video", value=str(path))
            stream = file.streams.video[0]
            context = stream.codec_context
            if context.width * context.height > MAX_PIXELS:
                size = f"{context.width}x{context.height}"
                raise MediaError("media.too_large", f"a frame has at most {MAX_PIXELS} pixels", value=size)
            stream.thread_type = "AUTO"
            context.options = {"err_detect": "explode"}
            yield file, stream
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MediaError("media.format", f"the video cannot be read: {reason}", value=str(path)) from None


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # FFmpeg's errors of the system are OSErrors too
        raise MediaError("media.write", f"the video cannot be written: {error.strerror}", value=str(path)) from None


def has_codecs() -> bool:
    """Whether video files can be read and written here; nothing is imported for it."""
    return find_spec("av") is not None


def _av() -> Any:
    try:
        import av
    except ImportError:
        raise SettingsError(
            "extra.missing", "video files need the extra 'video'", fix="pip install 'lightbrush[video]'"
        ) from None
    return av
