"""Every error that a person or a program can meet, with a stable code.

    LightbrushError
    ├── WireError          the bytes do not follow docs/PROTOCOL.md
    ├── ShotError          a well-formed request that cannot be rendered as asked
    ├── PixelsError        the picture inside a request cannot be used
    ├── AssetError         a picture that a shot names cannot be had or kept
    ├── AccessError        who or what is asking may not
    ├── FleetError         nothing can render it now; asking again may work
    ├── JobError           a job cannot be kept, found or changed as asked
    ├── RoomError          a shared document cannot be had, kept or changed as asked
    ├── OutputError        what a session shows, or what is played into it, cannot be had
    ├── RecordingError     a live session cannot be recorded, or its log not be read
    ├── TimelineError      the timeline cannot be read, or not be rendered as it is
    ├── MediaError         a video file cannot be read or written
    ├── EnhanceError       a picture cannot be made larger as asked
    └── SettingsError      the configuration is wrong

The code, not the class or the text, is the contract: the page, the Python client and the logs match on it.
`docs/errors.md` and the page's table are generated from `CODES`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

#: code -> what it means, in one line for people.
CODES: Final[dict[str, str]] = {
    "wire.truncated": "the message ends before its header says it does",
    "wire.trailing": "the message goes on after its header says it ends",
    "wire.magic": "the message does not begin with the Lightbrush magic bytes",
    "wire.version": "the message speaks a protocol version this side does not",
    "wire.kind": "this kind of message is unknown, or not allowed in this direction",
    "wire.too_large": "the message is larger than the limit in the welcome",
    "wire.meta": "the MessagePack part of the message cannot be read as its kind requires",
    "wire.text": "a text message arrived where only binary ones are spoken",
    "shot.engine": "no engine of that id is installed",
    "shot.size": "the asked size is not one the engine renders",
    "shot.steps": "the step count is outside the engine's range",
    "shot.strength": "strength is not a number from 0 to 1",
    "shot.seed": "a seed is not an integer from 0 to 2**32 - 1, or seed_mix not a number from 0 to 1",
    "shot.prompt": "a prompt's text or weight cannot be used",
    "shot.references": "the engine takes no or fewer reference pictures, or a weight cannot be used",
    "shot.mask": "the engine renders no masked regions, or the mask or its base is missing",
    "shot.regions": "the engine takes no or fewer regions, or one has no mask, no words or a number out of range",
    "shot.parameter": "an engine parameter is unknown or outside its range",
    "shot.context": "the latents that a video block continues or follows are damaged, or of another size",
    "shot.input": "the engine's video starts from no pictures, or they are too many, too few or too large",
    "shot.start": "the picture that a shot goes on from is of another size, or its share of noise cannot be",
    "shot.superseded": "a newer shot of the same session took this one's place before it was rendered",
    "shot.accept": "the answer was asked for in a format that is not offered",
    "pixels.format": "the picture is not a PNG, JPEG or WebP file (a reference may be a GIF), or is damaged",
    "pixels.too_large": "the picture declares more pixels than the limit",
    "asset.missing": "the shot names a picture that is not here; put it and send the shot again",
    "asset.hash": "a picture's name is not the SHA-256 of its bytes in 64 lower-case hex digits",
    "asset.extra": "the file holds more than its picture: metadata, or something that is no part of it",
    "asset.size": "the picture's file is larger than the limit",
    "asset.slow": "the picture's bytes did not arrive in time",
    "asset.full": "no room for the picture now: others arrive or are named by shots in flight",
    "access.origin": "the page that opened this socket is from a foreign origin",
    "access.token": "a token is needed and was missing or wrong",
    "access.full": "the gateway holds as many sessions as it may, and as many wait",
    "access.user": "this user has as many sessions as one may",
    "fleet.no_worker": "no worker is up for this engine; the newest shot is kept until one is",
    "fleet.worker_lost": "workers died while they rendered this shot; it is not tried again",
    "fleet.engine_failed": "the engine raised an error of its own",
    "fleet.memory": "the device ran out of memory while it rendered this, or read a model",
    "fleet.ray": "the Ray cluster that workers are to run on cannot be reached",
    "job.missing": "no job of that id is kept, or it has no such result or preview",
    "job.state": "the job is in a state in which this cannot be done to it",
    "job.request": "a job is asked for in a way that cannot be read, or is too large, or of that priority not taken",
    "job.full": "as many jobs are kept as may be; cancel or remove one",
    "job.unit": "a unit of the job failed, and the job cannot be whole without it; the finished units are kept",
    "job.poison": "a unit of the job killed each worker that had it; the finished units are kept",
    "job.disk": "the disk, or the room that jobs may take, is full; what was finished before is kept",
    "job.locked": "another gateway keeps the jobs of this folder, or a process holds their database",
    "job.damaged": "the database of jobs is damaged, or of a version that is not known",
    "job.fault": "something unforeseen is in the job's way; it is tried again, and the log says what it was",
    "job.store": "the database of jobs, or a unit's result, cannot be read or written",
    "recording.missing": "no recording of that id is kept",
    "recording.session": "no live session of that id is here, or it is recorded already",
    "recording.state": "the recording is in a state in which this cannot be done to it",
    "recording.request": "a recording, or a premiere of one, is asked for in a way that cannot be read",
    "recording.full": "the recording, or all of them together, have the size that they may; it ends there, whole",
    "recording.disk": "the disk takes no more of the recording; it ends there, whole",
    "recording.format": "the file is no recording of a live session, of a version that is not known, or damaged",
    "recording.empty": "no picture was shown while it was recorded",
    "output.missing": "no live session of that id or name is here, or it is not for who asks",
    "output.full": "as many programs watch, or as many pages listen, as may at once",
    "output.request": "what is asked of an output cannot be read",
    "output.off": "the gateway listens to no OSC",
    "room.missing": "no such room, link, version or picture of a room is here, or it is not for who asks",
    "room.link": "the link to the room was revoked or has expired",
    "room.role": "the role in the room does not allow this",
    "room.message": "a message of a room's socket cannot be read",
    "room.update": "a change of the document cannot be read or applied; it is not kept, and the room goes on",
    "room.update_size": "a change of the document is larger than one message may be; it is not kept",
    "room.full": "the document is as large, or there are as many members, links or rooms, as may be",
    "room.request": "what is asked of a room cannot be read, or is too large",
    "room.follows": "another member renders for the room; this page sees that picture",
    "room.disk": "the disk is full: the change is not kept; what was kept before is",
    "room.store": "the database of rooms cannot be read or written, is damaged, or is another gateway's",
    "timeline.format": "the file is not a timeline that is known here, or of a version that is not",
    "timeline.value": "a value of the timeline cannot be used; the message names its place in the file",
    "timeline.unsupported": "the timeline asks for what is not rendered here, and the video would not be the same",
    "media.format": "the file holds no video that can be read, is damaged, or ends early",
    "media.size": "the frames are not of the clip's size, or of a size that a video cannot have",
    "media.too_large": "the video declares more pixels than the limit",
    "media.write": "the video cannot be written",
    "media.recipe": "the video does not say what it was made from, or not in a way that is known here",
    "media.input": "the clip that the video was made from is not there, or has changed",
    "enhance.target": "the size asked for is not known, smaller than the picture, or larger than the limits",
    "enhance.model": "no model of that name or in that file enlarges pictures here",
    "enhance.input": "the file is no picture that can be enhanced, or is damaged",
    "enhance.too_large": "the picture to enhance has more pixels than the limit",
    "enhance.format": "a file of that kind is not written, or cannot hold a picture of that size",
    "enhance.disk": "the disk is full; nothing half is left behind",
    "enhance.write": "the enhanced picture cannot be written",
    "enhance.creative": "creativity, resemblance or clarity is not a number from 0 to 1, or is asked of a video",
    "enhance.engine": "the engine cannot go on from a picture",
    "enhance.failed": "the network gave no answer",
    "client.connection": "the gateway cannot be reached, or the connection to it was lost",
    "client.engine": "the page cannot render by itself, or stopped",
    "client.camera": "the page gets no picture from a camera",
    "client.sound": "the page hears no sound",
    "client.midi": "the page gets no MIDI",
    "client.window": "the browser opened no window for the output",
    "client.screen": "the page gets no picture of a screen or window",
    "client.clip": "a video file is larger than a layer's may be",
    "client.picture": "another site's picture is not given to this page",
    "client.recording": "the page cannot record, or stopped",
    "client.board": "the reference board holds no more pictures",
    "client.history": "a moment of the history is not in this browser any more",
    "project.format": "the file is no project that Lightbrush exported",
    "project.version": "a newer Lightbrush made the project's file",
    "project.damaged": "the project's file is damaged; nothing of it is kept",
    "project.size": "the file holds more than the page opens; nothing of it is kept",
    "project.psd": "the PSD cannot be read",
    "project.missing": "the project is not in this browser any more",
    "project.open": "the project is open in another window, or shared, and is not thrown away meanwhile",
    "project.storage": "the browser has no room for the project, or keeps nothing for this page",
    "settings.unknown": "a setting of that name does not exist",
    "settings.value": "a setting's value cannot be used",
    "weights.missing": "a file of weights is not where it should be",
    "weights.damaged": "a file of weights does not hold what its header promises",
    "weights.key": "a file of weights lacks a tensor that the network has, or holds one that it has not",
    "weights.shape": "a tensor in a file of weights has another shape than in the network",
    "weights.unknown": "no model of that name is in the catalogue",
    "weights.disk": "the disk has too little room for the files of a model",
    "weights.memory": "the model does not fit into the memory that is free",
    "weights.gpus": "the GPUs that are to share a model's passes are not there, or cannot share it",
    "weights.hub": "the hub cannot be reached, or refuses",
    "weights.format": "a file of weights is of a kind, or in a layout, that is not read here",
    "weights.licence": "the licence of a model restricts what may be done with it, and was not accepted",
    "weights.import": "a model of that name was imported already, or the name cannot be used",
    "weights.config": "no network of this shape can be made",
    "extra.missing": "an optional package is needed for this and is not installed",
}


class Problem(msgspec.Struct, frozen=True):
    """An error as a value: what travels on the wire and in JSON."""

    code: str
    message: str
    value: str = ""
    fix: str = ""


class LightbrushError(Exception):
    """Base class. `code` is one of `CODES`; `value` is what was seen; `fix` says what to do next."""

    def __init__(self, code: str, message: str, *, value: Any = "", fix: str = "") -> None:
        if code not in CODES:
            raise ValueError(f"unknown error code {code!r}")
        self.problem = Problem(code, message, shorten(value), fix)
        super().__init__(str(self))

    @classmethod
    def from_problem(cls, problem: Problem) -> LightbrushError:
        """What another process reported. Its code is kept even when this version does not know it."""
        error = cls.__new__(cls)
        error.problem = problem
        Exception.__init__(error, str(error))
        return error

    @property
    def code(self) -> str:
        return self.problem.code

    def __str__(self) -> str:
        p = self.problem
        seen = f" (saw {p.value})" if p.value else ""
        fix = f". {p.fix}" if p.fix else ""
        return f"[{p.code}] {p.message}{seen}{fix}"


class WireError(LightbrushError):
    """The bytes do not follow docs/PROTOCOL.md."""


class ShotError(LightbrushError):
    """A well-formed request that cannot be rendered as asked."""


class PixelsError(LightbrushError):
    """The picture inside a request cannot be used."""


class AssetError(LightbrushError):
    """A picture that a shot names cannot be had or kept."""


class AccessError(LightbrushError):
    """Who or what is asking may not."""


class FleetError(LightbrushError):
    """Nothing can render it now; asking again may work."""


class JobError(LightbrushError):
    """A job cannot be kept, found or changed as asked."""


class RecordingError(LightbrushError):
    """A live session cannot be recorded, or its log not be read."""


class OutputError(LightbrushError):
    pass


class RoomError(LightbrushError):
    """A shared document cannot be had, kept or changed as asked."""


class TimelineError(LightbrushError):
    """The timeline cannot be read, or not be rendered as it is."""


class MediaError(LightbrushError):
    """A video file cannot be read or written."""


class EnhanceError(LightbrushError):
    """A picture cannot be made larger as asked."""


class SettingsError(LightbrushError):
    """The configuration, or what is installed, is wrong."""


def shorten(value: Any, limit: int = 200) -> str:
    """Text of at most `limit` characters: what a stranger sent is shown, but not echoed whole."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
