"""`lightbrush serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lightbrush import __version__
from lightbrush.cli.terminal import Json, out, print_json, setting


def serve(
    host: Annotated[str | None, setting("host")] = None,
    port: Annotated[int | None, setting("port")] = None,
    token: Annotated[str | None, setting("token")] = None,
    origin: Annotated[list[str] | None, setting("origins")] = None,
    engine: Annotated[list[str] | None, setting("engine")] = None,
    device: Annotated[str | None, setting("device")] = None,
    fleet: Annotated[str | None, setting("fleet")] = None,
    ray_address: Annotated[str | None, setting("ray_address")] = None,
    ray_cpus: Annotated[float | None, setting("ray_cpus")] = None,
    ray_gpus: Annotated[float | None, setting("ray_gpus")] = None,
    workers: Annotated[int | None, setting("workers")] = None,
    workers_most: Annotated[int | None, setting("workers_most")] = None,
    workers_spare: Annotated[int | None, setting("workers_spare")] = None,
    workers_quiet_s: Annotated[float | None, setting("workers_quiet_s")] = None,
    worker_engines: Annotated[int | None, setting("worker_engines")] = None,
    latency_ms: Annotated[float | None, setting("latency_ms")] = None,
    worker_listen: Annotated[str | None, setting("worker_listen")] = None,
    worker_address: Annotated[str | None, setting("worker_address")] = None,
    worker_token: Annotated[str | None, setting("worker_token")] = None,
    worker_nice: Annotated[int | None, setting("worker_nice")] = None,
    worker_beat_s: Annotated[float | None, setting("worker_beat_s")] = None,
    worker_standby: Annotated[bool | None, setting("worker_standby")] = None,
    user: Annotated[list[str] | None, setting("users")] = None,
    user_sessions: Annotated[int | None, setting("user_sessions")] = None,
    max_sessions: Annotated[int | None, setting("max_sessions")] = None,
    max_queue: Annotated[int | None, setting("max_queue")] = None,
    full_ms: Annotated[float | None, setting("full_ms")] = None,
    message_bytes: Annotated[int | None, setting("message_bytes")] = None,
    asset_bytes: Annotated[int | None, setting("asset_bytes")] = None,
    room_bytes: Annotated[int | None, setting("room_bytes")] = None,
    room_members: Annotated[int | None, setting("room_members")] = None,
    user_rooms: Annotated[int | None, setting("user_rooms")] = None,
    shot_timeout_s: Annotated[float | None, setting("shot_timeout_s")] = None,
    data_folder: Annotated[str | None, setting("data_folder")] = None,
    recording_bytes: Annotated[int | None, setting("recording_bytes")] = None,
    recordings_bytes: Annotated[int | None, setting("recordings_bytes")] = None,
    osc: Annotated[str | None, setting("osc")] = None,
    models_folder: Annotated[str | None, setting("models_folder")] = None,
    video_dtype: Annotated[str | None, setting("video_dtype")] = None,
    video_attention: Annotated[str | None, setting("video_attention")] = None,
    video_gpus: Annotated[int | None, setting("video_gpus")] = None,
    log_level: Annotated[str | None, setting("log_level")] = None,
    config: Annotated[Path | None, typer.Option(help="A TOML file of settings; flags win over it.")] = None,
    as_json: Json = False,
) -> None:
    """Start the studio and print the address to open."""
    from lightbrush.fleet.ahead import begun
    from lightbrush.settings import load

    flags = {
        "host": host,
        "port": port,
        "token": token,
        "origins": origin,
        "engine": engine,
        "device": device,
        "fleet": fleet,
        "ray_address": ray_address,
        "ray_cpus": ray_cpus,
        "ray_gpus": ray_gpus,
        "workers": workers,
        "workers_most": workers_most,
        "workers_spare": workers_spare,
        "workers_quiet_s": workers_quiet_s,
        "worker_engines": worker_engines,
        "latency_ms": latency_ms,
        "worker_listen": worker_listen,
        "worker_address": worker_address,
        "worker_token": worker_token,
        "worker_nice": worker_nice,
        "worker_beat_s": worker_beat_s,
        "worker_standby": worker_standby,
        "users": user,
        "user_sessions": user_sessions,
        "max_sessions": max_sessions,
        "max_queue": max_queue,
        "full_ms": full_ms,
        "message_bytes": message_bytes,
        "asset_bytes": asset_bytes,
        "room_bytes": room_bytes,
        "room_members": room_members,
        "user_rooms": user_rooms,
        "shot_timeout_s": shot_timeout_s,
        "data_folder": data_folder,
        "recording_bytes": recording_bytes,
        "recordings_bytes": recordings_bytes,
        "osc": osc,
        "models_folder": models_folder,
        "video_dtype": video_dtype,
        "video_attention": video_attention,
        "video_gpus": video_gpus,
        "log_level": log_level,
    }
    settings = load({name: value for name, value in flags.items() if value is not None}, file=config)

    def ready(address: str) -> None:
        if as_json:
            print_json({"url": address})
        else:
            out.print(f"Lightbrush {__version__} is at [bold cyan]{address}[/]", highlight=False, soft_wrap=True)
            out.print(f"[dim]engine: {', '.join(settings.engine)} · Ctrl-C stops it[/]", highlight=False)

    with begun(settings) as nursery:
        from lightbrush.gateway.serve import serve as run

        run(settings, ready, nursery)
