"""The ASGI application: the page, the session socket, and what operators read.

GET /              the page                      WS  /ws           a session (docs/PROTOCOL.md)
GET /api/engines   the engines' cards, JSON      GET /healthz      the fleet's state, JSON
GET /metrics       Prometheus                    PUT, HEAD /assets/{sha256}   pictures that shots name
GET /weights/...   for pages that render         POST /condition  what a shot says, for pages that render
POST /composition  what is laid out for it        POST /labels  what is seen where in a picture
/api/jobs...       background work (docs/jobs.md)
/api/recordings... logs of live sessions (docs/premiere.md)
/output/{name}...  what a session shows, for programs that mix pictures; GET /api/osc: OSC in (docs/perform.md)
/api/rooms...      shared documents (docs/sharing.md)  WS  /rooms/{id}   one, as its members edit it
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from lightbrush import __version__, wire
from lightbrush.engines.driver import has_driver
from lightbrush.engines.engine import find
from lightbrush.errors import (
    LightbrushError,
    OutputError,
    Problem,
    RoomError,
    SettingsError,
    WireError,
)
from lightbrush.fleet import admission, link
from lightbrush.fleet.ahead import Begun
from lightbrush.fleet.launcher import Fleet, Plan
from lightbrush.fleet.local import LocalFleet, gpus
from lightbrush.fleet.ray import Cluster, RayFleet
from lightbrush.fleet.ray_driver import Share
from lightbrush.gateway import events, page
from lightbrush.gateway.access import LINK_HEADER
from lightbrush.gateway.assets import Assets
from lightbrush.gateway.browser import Reader, Weights, share
from lightbrush.gateway.door import Door
from lightbrush.gateway.elastic import Elastic, policy_of, pools_of
from lightbrush.gateway.entrance import Entrance
from lightbrush.gateway.exchange import Exchange
from lightbrush.gateway.job_routes import JobRoutes
from lightbrush.gateway.keeper import Keeper
from lightbrush.gateway.labels import Labels
from lightbrush.gateway.links import Links
from lightbrush.gateway.metrics import Metrics
from lightbrush.gateway.osc import Osc
from lightbrush.gateway.output import Outputs, missing
from lightbrush.gateway.output_routes import OutputRoutes, Visit
from lightbrush.gateway.recorder import Recorder
from lightbrush.gateway.recording_routes import RecordingRoutes
from lightbrush.gateway.room_routes import RoomRoutes
from lightbrush.gateway.session import Session
from lightbrush.settings import Settings, data_folder
from lightbrush.studio import store
from lightbrush.studio.access import Role, require
from lightbrush.studio.room import CLOSE_CODES as ROOM_CLOSE_CODES
from lightbrush.studio.room import Limits
from lightbrush.studio.rooms import Rooms

#: WebSocket close codes, by why a session is refused.
CLOSE_CODES: Final = ROOM_CLOSE_CODES | {"access.full": 4429, "access.user": 4429}
#: HTTP status, by why a request is refused; 400 for everything else.
STATUSES: Final = {
    "access.token": 401,
    "access.origin": 403,
    "asset.full": 503,
    "room.missing": 404,
    "room.link": 403,
    "room.role": 403,
    "room.update_size": 413,
    "room.full": 507,
    "room.disk": 507,
    "room.store": 500,
    "job.missing": 404,
    "job.state": 409,
    "job.full": 503,
    "job.locked": 503,
    "job.disk": 507,
    "job.damaged": 500,
    "job.store": 500,
    "output.missing": 404,
    "output.off": 404,
    "output.full": 503,
    "recording.missing": 404,
    "recording.session": 409,
    "recording.state": 409,
    "recording.full": 507,
    "recording.disk": 507,
    "recording.format": 500,
}


class Digest(StringConvertor):
    """Tells a picture's name from those of the page's own files, which lie under /assets too."""

    regex = "[0-9a-f]{64}"


register_url_convertor("digest", Digest())


class Gateway:
    """Everything with a lifetime, from the application's start to its stop.

    token: what clients must show, "" when nothing. worker_token: what workers must show. begun: for a local fleet, by
    the same settings.
    """

    def __init__(self, settings: Settings, token: str, worker_token: str, begun: Begun | None = None) -> None:
        self.settings = settings
        self.entrance = entrance = Entrance(settings, token, lambda: self.rooms)
        self.worker_token = worker_token
        self._begun = begun
        self.metrics = Metrics()
        self.assets = Assets(settings.asset_bytes)
        self.reader = Reader(self.assets)
        self.labels = Labels()
        self.cards = [find(name, settings.models_folder).card for name in settings.engine]
        self.pools = pools_of(settings)
        self.cluster: Cluster | None = None
        self.exchange: Exchange
        self.fleet: Fleet
        self.links: Links
        self.elastic: Elastic
        self.keeper: Keeper
        self.recorder: Recorder
        self.job_routes = JobRoutes(lambda: self.keeper, lambda: self.recorder, self.assets, entrance.owner)
        self.recording_routes = RecordingRoutes(lambda: self.recorder, entrance.owner, self._has_session)
        self.outputs = Outputs()
        self.output_routes = OutputRoutes(self.outputs, self._admit_to_output)
        self.osc = Osc(settings.osc, self.metrics)
        self.rooms: Rooms
        self.room_routes = RoomRoutes(lambda: self.rooms, self.metrics, entrance.name, entrance.in_room)

    async def prepare(self) -> None:
        """Before anything is served: reach the cluster, if there is to be one. Raises SettingsError, FleetError."""
        await self.osc.start()
        if self.settings.fleet == "ray":
            if link.is_unix(self.settings.worker_listen):
                raise SettingsError(
                    "settings.value",
                    "worker_listen: workers on a Ray cluster cannot dial a socket file",
                    value=self.settings.worker_listen,
                    fix="Use HOST:PORT, or leave it empty",
                )
            cluster = Cluster(self.settings.ray_address)
            await cluster.reach()
            self.cluster = cluster

    async def start(self) -> None:
        """After `prepare`."""
        settings = self.settings
        policy = policy_of(settings)
        seats = admission.Policy(max_sessions=settings.max_sessions, full_s=settings.full_ms / 1000.0)
        self.exchange = Exchange(
            self.cards,
            assets=self.assets,
            message_bytes=settings.message_bytes,
            door=Door(seats, settings.max_queue, settings.user_sessions),
            most_workers=policy.most,
            shot_timeout_s=settings.shot_timeout_s,
            metrics=self.metrics,
            idle_state=self._idle_state,
            replace=self._replace,
            unserved=self._unserved,
            outputs=self.outputs,
        )
        free = "" if self.cluster is None else link.with_port(self.cluster.host, 0)
        self.links = Links(self.exchange, self.worker_token, settings.worker_listen or free)
        await self.links.start()
        plan = Plan(
            address=self.links.address,
            token=self.worker_token,
            pools=self.pools,
            most=policy.most,
            device=settings.device,
            nice=settings.worker_nice,
            beat_s=settings.worker_beat_s,
            standby=settings.worker_standby,
            models_folder=settings.models_folder,
            video_dtype=settings.video_dtype,
            video_attention=settings.video_attention,
            video_gpus=settings.video_gpus,
        )
        self.fleet = await self._launcher(plan)
        self.links.fleet = self.fleet
        ids = {name: card.id for name, card in zip(settings.engine, self.cards, strict=True)}
        pools = [tuple(ids[name] for name in pool) for pool in self.pools]
        driver = has_driver() if self.cluster is None else self.cluster.gpus > 0
        gpu = settings.device != "cpu" and driver
        self.keeper = Keeper(data_folder(settings) / "jobs", self.exchange, self.metrics, gpu=gpu)
        self.exchange.calls.keeper = self.keeper
        self.rooms = Rooms(
            data_folder(settings),
            Limits(
                document_bytes=settings.room_bytes,
                update_bytes=settings.message_bytes,
                members=settings.room_members,
            ),
            store.Limits(
                version_bytes=4 * settings.room_bytes,
                asset_bytes=2 * settings.room_bytes,
                owner_rooms=settings.user_rooms,
                max_rooms=10 * settings.user_rooms,
            ),
            dropped=self.metrics.room_resyncs.inc,
        )
        self.recorder = Recorder(
            data_folder(settings) / "recordings", settings.recording_bytes, settings.recordings_bytes, self._tell
        )
        self.exchange.witness = self.recorder
        self.elastic = Elastic(self.fleet, policy, pools, self.exchange.loads, backlog=lambda: self.keeper.needs)
        self.elastic.start()
        await self.keeper.start()

    def stopping(self) -> None:
        """Before connections are waited for: those that would stay open for ever end."""
        self.keeper.bulletin.close()
        self.outputs.close()
        self.osc.close()

    async def _launcher(self, plan: Plan) -> Fleet:
        settings, cluster = self.settings, self.cluster
        if cluster is None:
            several = plan.most > 1 and plan.device != "cpu"
            plan = msgspec.structs.replace(plan, gpus=await gpus(os.environ) if several else ())
            return LocalFleet(plan, self._fleet_changed, self.exchange.retire, self._begun)
        on_gpus = plan.device == "cuda" or (plan.device == "auto" and cluster.gpus > 0)
        share = Share(settings.ray_cpus, settings.ray_gpus if on_gpus else 0.0)
        address = link.dialled(plan.address, settings.worker_address, cluster.host)
        plan = msgspec.structs.replace(plan, address=address)
        return RayFleet(plan, cluster, share, self._fleet_changed, self.exchange.retire)

    async def stop(self) -> None:
        self.elastic.stop()
        await self.rooms.stop()
        await self.recorder.stop()
        await self.keeper.stop()
        await self.fleet.stop()
        await self.links.stop()
        self.exchange.close()

    def _replace(self, name: str) -> None:
        self.fleet.kill(name)

    def _unserved(self) -> None:
        self.elastic.decide()

    def _idle_state(self) -> str:
        if self.exchange.start_problem or not self.fleet.hopeful:
            return "down"
        return "asleep" if self.fleet.asleep else "starting"

    def _fleet_changed(self) -> None:
        self.metrics.worker_restarts.set(self.fleet.restarts)
        self.exchange.announce()

    # Routes

    async def session(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            user, access = await self.entrance.visitor(socket)
            output = socket.query_params.get("output", "")
            if access is None or "alone" in socket.query_params:
                if access is not None:
                    require(access, Role.EDITOR)
                session = self.exchange.enter(user, output=output)
            else:
                session = self.exchange.enter(user, access.room, access.role is not Role.VIEWER, output)
        except LightbrushError as error:  # said inside the socket: a browser's page cannot read a refused handshake
            await self._turn_away(socket, error)
            return
        sender = asyncio.create_task(session.send_forever(socket.send_bytes), name=session.id)

        def show_out(error: RoomError) -> None:
            session.close()
            ends.append(asyncio.create_task(self._turn_away(socket, error)))

        ends: list[asyncio.Task[None]] = []
        try:
            with contextlib.nullcontext() if access is None else self.rooms.visit(access, show_out):
                await self._receive_forever(socket, session)
        finally:
            self.exchange.leave(session)
            sender.cancel()
            await asyncio.gather(sender, *ends, return_exceptions=True)

    async def _turn_away(self, socket: WebSocket, error: LightbrushError) -> None:
        self.metrics.problems.labels(error.code).inc()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await socket.send_bytes(wire.encode_problem(0, error.problem))
            await socket.close(CLOSE_CODES.get(error.code, 4400), error.code)

    async def _receive_forever(self, socket: WebSocket, session: Session) -> None:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            data: bytes | None = message.get("bytes")
            if data is not None:
                self.exchange.receive(session, data)
            else:
                error = WireError("wire.text", "only binary messages are spoken here", value=message.get("text") or "")
                self.exchange.refuse(session, 0, error.problem)

    async def health(self, _request: Request) -> Response:
        """200 while a worker is up or on its way, 503 otherwise."""
        status = self.exchange.status()
        body = {
            "status": status.state,
            "workers": status.workers,
            "device": status.device,
            "sessions": len(self.exchange.sessions),
            "queue": self.exchange.queue,
            "version": __version__,
        }
        return _json(body, 503 if status.state == "down" else 200)

    async def engines(self, request: Request) -> Response:
        self.entrance.know(request)
        return _json({"default_engine": self.cards[0].id, "engines": self.cards})

    async def metrics_text(self, request: Request) -> Response:
        self.entrance.know(request)
        self.metrics.asset_bytes.set(self.assets.bytes)
        return Response(self.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    async def put_asset(self, request: Request) -> Response:
        await self.entrance.admit_editor(request)
        with contextlib.suppress(ClientDisconnect):  # then nobody reads the answer
            await self.assets.receive(request.path_params["sha256"], request.stream())
        return Response(status_code=204)

    async def has_asset(self, request: Request) -> Response:
        await self.entrance.admit_editor(request)
        return Response(status_code=200 if self.assets.touch(request.path_params["sha256"]) else 404)

    async def condition(self, request: Request) -> Response:
        self.entrance.admit(request)
        drawn, night = (share(name, request.query_params.get(name, "0")) for name in ("drawn", "night"))
        told = await self.reader.condition(request.stream(), drawn, night)
        return Response(told, media_type="application/octet-stream", headers={"cache-control": "no-store"})

    async def composition(self, request: Request) -> Response:
        await self.entrance.admit_editor(request)
        sketch = request.query_params.get("sketch") == "1"
        shown = await self.reader.composition(request.stream(), sketch=sketch)
        return Response(shown, media_type="image/png", headers={"cache-control": "no-store"})

    async def label(self, request: Request) -> Response:
        await self.entrance.admit_editor(request)
        told = await self.labels.read(request.stream())
        return Response(told, media_type="application/msgpack", headers={"cache-control": "no-store"})

    async def _admit_to_output(self, request: Request, name: str, change: bool) -> Visit:
        """Those who may do what else is done with the session; and who is in its room, as long as their link lasts."""
        room_id = request.query_params.get("room", "")
        session = self.outputs.session(name)
        if not room_id:
            if not self._has_session(session, self.entrance.owner(request)):
                raise missing(name)
            return lambda _over: contextlib.nullcontext()
        access = await self.entrance.in_room(request, room_id)
        if change:
            require(access, Role.EDITOR)
        if not session or self.exchange.room_of(session) != room_id:
            raise missing(name)

        def visit(over: Callable[[RoomError], None]) -> contextlib.AbstractContextManager[None]:
            return self.rooms.visit(access, over)

        return visit

    async def hear(self, request: Request) -> Response:
        """OSC, as it is heard."""
        self.entrance.owner(request)
        if not self.osc.on:
            fix = "Start it with --osc 127.0.0.1:9000"
            raise OutputError("output.off", "this gateway listens to no OSC", fix=fix)
        return events.response(self.osc.listen())

    def _has_session(self, session_id: str, owner: str | None) -> bool:
        session = self.exchange.sessions.get(session_id)
        return session is not None and (owner is None or session.user.name == owner)

    def _tell(self, session_id: str, problem: Problem) -> None:
        session = self.exchange.sessions.get(session_id)
        if session is not None:
            self.exchange.refuse(session, 0, problem)

    async def refuse(self, _request: Request, error: Exception) -> Response:
        """An error of ours, told over HTTP."""
        assert isinstance(error, LightbrushError)
        self.metrics.problems.labels(error.code).inc()
        return _json(error.problem, STATUSES.get(error.code, 400))


def build(gateway: Gateway) -> Starlette:
    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await gateway.start()
        try:
            yield
        finally:
            await gateway.stop()

    routes = [
        WebSocketRoute("/ws", gateway.session),
        Route("/healthz", gateway.health),
        Route("/metrics", gateway.metrics_text),
        Route("/api/engines", gateway.engines),
        Route("/assets/{sha256}", gateway.put_asset, methods=["PUT"]),
        Route("/assets/{sha256:digest}", gateway.has_asset, methods=["HEAD"]),
        Route("/condition", gateway.condition, methods=["POST"]),
        Route("/composition", gateway.composition, methods=["POST"]),
        Route("/labels", gateway.label, methods=["POST"]),
        *gateway.job_routes.routes(),
        *gateway.recording_routes.routes(),
        *gateway.room_routes.routes(),
        *gateway.output_routes.routes(),
        Route("/api/osc", gateway.hear),
        Mount("/weights", Weights()),
        page.route(),
    ]
    cross_origin = Middleware(
        CORSMiddleware,
        allow_origins=gateway.settings.origins,
        allow_methods=("DELETE", "GET", "HEAD", "POST", "PUT"),
        allow_headers=("Authorization", LINK_HEADER),
    )
    return Starlette(
        routes=routes,
        middleware=[Middleware(page.SecurityHeaders), cross_origin],
        exception_handlers={LightbrushError: gateway.refuse},
        lifespan=lifespan,
    )


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, {"cache-control": "no-store"}, media_type="application/json")
