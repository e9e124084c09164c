"""Every setting of the server, in one place. docs/settings.md is generated from this class.

What is said nearest wins: a command-line flag, else an environment variable LIGHTBRUSH_NAME, else the TOML
file, else the default. A name that does not exist is refused, wherever it stands, with the nearest one that
does.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_type_hints

import msgspec
from msgspec import Meta

from lightbrush.errors import SettingsError

ENV_PREFIX: Final = "LIGHTBRUSH_"
CONFIG_VARIABLE: Final = "LIGHTBRUSH_CONFIG"
#: Variables with our prefix that are not settings.
RESERVED: Final = (CONFIG_VARIABLE, "LIGHTBRUSH_LINK_TOKEN", "LIGHTBRUSH_CHROMIUM", "LIGHTBRUSH_URL")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `lightbrush serve` can be told."""

    host: Annotated[str, Meta(description="Address to listen on. Anything but this machine's own needs a token.")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 7860
    token: Annotated[
        str,
        Meta(
            description="What a client must show to be let in. Empty: none is needed on this machine's own "
            "address, and one is made and printed with the address elsewhere."
        ),
    ] = ""
    origins: Annotated[
        tuple[str, ...],
        Meta(description="Origins of other sites whose pages may connect, such as https://studio.example.org."),
    ] = ()
    engine: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="Engines to load, by id or module:attribute. The first is the default."),
    ] = ("embedded",)
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        Meta(description="Where engines run; auto takes a GPU when there is one."),
    ] = "auto"
    fleet: Annotated[
        Literal["local", "ray"],
        Meta(
            description="Where workers are started: here, as processes, or on a Ray cluster (extra `ray`), as actors."
        ),
    ] = "local"
    ray_address: Annotated[
        str,
        Meta(
            description="The Ray cluster: HOST:PORT of its head, of which this machine is a node too; ray://HOST:PORT "
            "from elsewhere; auto: the one that this machine is a node of."
        ),
    ] = "auto"
    ray_cpus: Annotated[float, Meta(ge=0, description="CPUs of the Ray cluster that each worker takes.")] = 1.0
    ray_gpus: Annotated[
        float,
        Meta(
            ge=0,
            description="GPUs of the Ray cluster that each worker takes, 0.5 for two workers on one: with `device` "
            "cuda, and with auto where the cluster has any when the gateway starts.",
        ),
    ] = 1.0
    workers: Annotated[
        int,
        Meta(
            ge=0,
            le=64,
            description="Workers kept up, however quiet it is; 0 for none, or when all of them are started by others "
            "and dial in.",
        ),
    ] = 1
    workers_most: Annotated[
        int,
        Meta(
            ge=0,
            le=64,
            description="Up to how many workers are started while the load needs them; 0: `workers` and "
            "no more. With several GPUs here each worker has one, or `video_gpus`, by turns.",
        ),
    ] = 0
    workers_spare: Annotated[
        int,
        Meta(ge=0, le=64, description="Workers kept warm beyond what the load needs, within `workers_most`."),
    ] = 0
    workers_quiet_s: Annotated[
        float,
        Meta(
            gt=0, description="Workers are stopped when so long a time has needed fewer, half of them at most at once."
        ),
    ] = 120.0
    worker_engines: Annotated[
        int,
        Meta(
            ge=0,
            description="How many engines one worker loads; 0: all. With fewer, each engine has as many workers as its "
            "own load needs.",
        ),
    ] = 0
    latency_ms: Annotated[
        float,
        Meta(
            gt=0,
            description="The fleet grows until what one draws is in a picture so soon, at the 95th percentile: from "
            "its arrival here until its picture leaves.",
        ),
    ] = 250.0
    worker_listen: Annotated[
        str,
        Meta(
            description="Where workers dial in, HOST:PORT or unix:PATH. Empty: a private socket that only "
            "the workers started here know; with Ray, any free port of the address that this machine has there."
        ),
    ] = ""
    worker_address: Annotated[
        str,
        Meta(
            description="HOST or HOST:PORT by which workers on a Ray cluster reach `worker_listen`, where that is "
            "another: behind a service, say."
        ),
    ] = ""
    worker_token: Annotated[
        str,
        Meta(description="What a worker must show. Empty: made at each start and given to our own workers."),
    ] = ""
    worker_nice: Annotated[
        int,
        Meta(
            ge=0,
            le=19,
            description="How far workers step back for the pen, the page and the sockets on a busy CPU.",
        ),
    ] = 5
    worker_beat_s: Annotated[
        float,
        Meta(
            ge=0,
            description="How often a worker started here says that it lives; one that has nothing to do and is silent "
            "for five times as long is taken for hung and replaced. 0: never.",
        ),
    ] = 0.2
    worker_standby: Annotated[
        bool,
        Meta(
            description="Where workers run on this machine's CPU, one more has loaded its engines and waits for the "
            "place of one that ends. It takes a worker's memory; a fleet that sleeps has none."
        ),
    ] = True
    users: Annotated[
        tuple[str, ...],
        Meta(
            description="Who has a token of their own: NAME:TOKEN, or NAME:TOKEN:WEIGHT for sessions that get so many "
            "times as many pictures as others when not all can be rendered. Where any are named, a token is needed. "
            "Each sees the jobs of that name; the operator's token sees all."
        ),
    ] = ()
    user_sessions: Annotated[
        int,
        Meta(
            ge=0,
            description="Sessions that one user may have at once: one of `users`, else all who come from one address. "
            "0: any number.",
        ),
    ] = 0
    max_sessions: Annotated[
        int, Meta(ge=1, description="Sessions let in at once; the next ones wait, and are told their place.")
    ] = 256
    max_queue: Annotated[int, Meta(ge=0, description="Sessions that may wait; the next one is refused.")] = 64
    full_ms: Annotated[
        float,
        Meta(
            ge=0,
            description="When with all workers up pictures would be older than this, newcomers wait until someone has "
            "stopped drawing; 0: they never wait for that.",
        ),
    ] = 0.0
    message_bytes: Annotated[
        int,
        Meta(
            ge=65536,
            le=16777216,
            description="Largest message from a client; one above twice this ends its session.",
        ),
    ] = 8 * 1024 * 1024
    asset_bytes: Annotated[
        int,
        Meta(
            ge=9 * 16777216,  # all that one shot may name
            description="Bytes of reference pictures kept in memory; beyond it the least recently used go.",
        ),
    ] = 512 * 1024 * 1024
    room_bytes: Annotated[
        int,
        Meta(
            ge=1024 * 1024,
            le=512 * 1024 * 1024,
            description="Largest shared document; its pictures take up to twice this besides, its versions four times.",
        ),
    ] = 32 * 1024 * 1024
    room_members: Annotated[int, Meta(ge=2, le=1024, description="Members that one room has at most at once.")] = 64
    user_rooms: Annotated[
        int,
        Meta(
            ge=1,
            description="Rooms that one of `users` may own; all who have no name of their own together may own ten "
            "times as many.",
        ),
    ] = 1000
    shot_timeout_s: Annotated[
        float,
        Meta(
            gt=0,
            description="A worker that holds one shot for longer is taken for hung and replaced; one that has rendered "
            "its like before, for ten times as long as that took, but a second at least.",
        ),
    ] = 60.0
    data_folder: Annotated[
        str,
        Meta(
            description="Where jobs, results, recordings and shared documents are kept. Empty: `lightbrush` in the "
            "user's folder for data, XDG_DATA_HOME or ~/.local/share. One gateway at a time keeps those of a folder."
        ),
    ] = ""
    recording_bytes: Annotated[
        int,
        Meta(ge=1024 * 1024, description="Largest recording of a live session; it ends when it has that size."),
    ] = 1024 * 1024 * 1024
    recordings_bytes: Annotated[
        int,
        Meta(
            ge=1024 * 1024,
            description="All recordings in `data_folder` together; beyond it none begins, and those that go on end.",
        ),
    ] = 8 * 1024 * 1024 * 1024
    osc: Annotated[
        str,
        Meta(
            description="HOST:PORT of UDP at which OSC is heard (extra `osc`) and told to the pages that listen; "
            "port 0 takes a free one. Empty: none. OSC knows no token: name 127.0.0.1, or a network of your own."
        ),
    ] = ""
    models_folder: Annotated[
        str,
        Meta(
            description="Where the weights of models lie. Empty: the cache of huggingface_hub, which other "
            "programs share."
        ),
    ] = ""
    video_dtype: Annotated[
        Literal["fp8", "bf16"],
        Meta(
            description="What matrices of video models are multiplied in. fp8 takes less memory and is faster "
            "where an NVIDIA GPU has it, compute capability 8.9 on; elsewhere it is bf16 either way."
        ),
    ] = "fp8"
    video_attention: Annotated[
        Literal["auto", "bf16", "fp8"],
        Meta(
            description="What attention of video models is computed in. fp8 is faster where `video_dtype` is fp8 and "
            "the GPU has it, as NVIDIA's Hopper with Triton; elsewhere it is bf16 in any case. auto takes fp8 where it "
            "is to be had, if a block that is rendered when a model is loaded shows that it is right with its weights."
        ),
    ] = "auto"
    video_gpus: Annotated[
        int,
        Meta(
            ge=1,
            le=40,
            description="GPUs of one machine that share each block of a video, for more frames a second; as many as "
            "divide the model's heads: 1, 2, 4, 5, 8 of 14B's. With several workers each has so many; with Ray, set "
            "`ray_gpus` likewise.",
        ),
    ] = 1
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least that is logged.")
    ] = "warning"

    @property
    def local(self) -> bool:
        """Listens on this machine's own address only."""
        return is_loopback(self.host)


def data_folder(settings: Settings, environment: Mapping[str, str] | None = None) -> Path:
    variables = os.environ if environment is None else environment
    if settings.data_folder:
        return Path(settings.data_folder).expanduser()
    given = variables.get("XDG_DATA_HOME", "")
    return (Path(given) if given else Path.home() / ".local" / "share") / "lightbrush"


class Setting(msgspec.Struct, frozen=True):
    """One setting as documentation shows it."""

    name: str
    type: str
    default: str
    description: str


def load(
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """flags: by field name, those given. file: TOML, else LIGHTBRUSH_CONFIG's. Raises SettingsError."""
    variables = os.environ if environment is None else environment
    if file is None and variables.get(CONFIG_VARIABLE):
        file = Path(variables[CONFIG_VARIABLE])
    values: dict[str, object] = {}
    for where, found in (
        (str(file), _from_file(file) if file else {}),
        ("the environment", _from_environment(variables)),
        ("the command line", dict(flags or {})),
    ):
        for name in found:
            _refuse_unknown(name, where)
        values |= found
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        name = str(error).rpartition("$.")[2].rstrip("`").split("[")[0]
        reason = str(error).partition(" - at")[0]
        raise SettingsError("settings.value", f"{name}: {reason}", value=values.get(name, "")) from None


@cache
def describe() -> tuple[Setting, ...]:
    """Every setting, in order, for `docs/settings.md` and `--help`."""
    return tuple(_described())


def _described() -> Iterator[Setting]:
    hints = get_type_hints(Settings, include_extras=True)
    for field in msgspec.structs.fields(Settings):
        annotated = hints[field.name]
        meta: Meta = annotated.__metadata__[0]
        default = msgspec.json.encode(field.default).decode()
        yield Setting(field.name, _type_name(annotated.__origin__), default, meta.description or "")


def description(name: str) -> str:
    return next(s.description for s in describe() if s.name == name)


def is_loopback(host: str) -> bool:
    """ "localhost" and the loopback addresses of IPv4 and IPv6."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _names() -> tuple[str, ...]:
    return Settings.__struct_fields__


def _from_file(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("settings.value", f"the settings file cannot be read: {error}", value=str(file)) from None


def _from_environment(variables: Mapping[str, str]) -> dict[str, object]:
    """A list is written with commas: LIGHTBRUSH_ENGINE=embedded,other."""
    defaults: dict[str, Any] = {f.name: f.default for f in msgspec.structs.fields(Settings)}
    found: dict[str, object] = {}
    for variable, text in variables.items():
        if not variable.startswith(ENV_PREFIX) or variable in RESERVED:
            continue
        name = variable.removeprefix(ENV_PREFIX).lower()
        found[name] = [p.strip() for p in text.split(",") if p.strip()] if _is_list(defaults.get(name)) else text
    return found


def _is_list(default: object) -> bool:
    return isinstance(default, tuple)


def _refuse_unknown(name: str, where: str) -> None:
    if name in _names():
        return
    near = difflib.get_close_matches(name, _names(), 1)
    fix = f"Did you mean {near[0]}?" if near else f"Settings: {', '.join(_names())}"
    raise SettingsError("settings.unknown", f"{where} names a setting that does not exist", value=name, fix=fix)


def _type_name(hint: object) -> str:
    if hint in (str, int, float):
        return getattr(hint, "__name__", str(hint))
    arguments: tuple[object, ...] = getattr(hint, "__args__", ())
    if Ellipsis in arguments:
        return "list of " + _type_name(arguments[0])
    return " or ".join(str(a) for a in arguments)
