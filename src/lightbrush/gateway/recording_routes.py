"""Recordings over HTTP (docs/premiere.md)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from lightbrush.errors import RecordingError, shorten
from lightbrush.gateway.recorder import Recorder
from lightbrush.premiere.log import SUFFIX

_MOST_BODY_BYTES = 4096


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """session: the WELCOME's."""

    session: str


class RecordingRoutes:
    """admit: whose recordings whoever asks may see; None: everyone's. Raises AccessError for whoever may not.
    has_session: whether a session is live, and theirs."""

    def __init__(
        self,
        recorder: Callable[[], Recorder],
        admit: Callable[[Request], str | None],
        has_session: Callable[[str, str | None], bool],
    ) -> None:
        self._recorder, self._admit, self._has_session = recorder, admit, has_session

    def routes(self) -> list[Route]:
        return [
            Route("/api/recordings", self.start, methods=["POST"]),
            Route("/api/recordings", self.list, methods=["GET"]),
            Route("/api/recordings/{id}", self.show, methods=["GET"]),
            Route("/api/recordings/{id}", self.remove, methods=["DELETE"]),
            Route("/api/recordings/{id}/resume", self.resume, methods=["POST"]),
            Route("/api/recordings/{id}/stop", self.stop, methods=["POST"]),
            Route("/api/recordings/{id}/file", self.file, methods=["GET"]),
        ]

    async def start(self, request: Request) -> Response:
        owner = self._admit(request)
        session = await self._session(request, owner)
        return _json(await self._recorder().start(session, owner or ""), 201)

    async def list(self, request: Request) -> Response:
        return _json({"recordings": await self._recorder().recordings(self._admit(request))})

    async def show(self, request: Request) -> Response:
        owner = self._admit(request)
        return _json(await self._recorder().recording(request.path_params["id"], owner))

    async def remove(self, request: Request) -> Response:
        owner = self._admit(request)
        await self._recorder().remove(request.path_params["id"], owner)
        return Response(status_code=204)

    async def resume(self, request: Request) -> Response:
        owner = self._admit(request)
        session = await self._session(request, owner)
        return _json(await self._recorder().resume(request.path_params["id"], session, owner))

    async def stop(self, request: Request) -> Response:
        owner = self._admit(request)
        return _json(await self._recorder().end(request.path_params["id"], owner))

    async def file(self, request: Request) -> Response:
        owner = self._admit(request)
        path = await self._recorder().file(request.path_params["id"], owner)
        headers = {"cache-control": "no-store"}
        name = f"{path.stem}{SUFFIX}"
        return FileResponse(path, filename=name, media_type="application/octet-stream", headers=headers)

    async def _session(self, request: Request, owner: str | None) -> str:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BODY_BYTES:
                break
        try:
            session = msgspec.json.decode(bytes(body), type=Asked).session
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            seen, fix = shorten(body.decode("utf-8", "replace")), "See docs/premiere.md"
            message = f"the request cannot be read: {error}"
            raise RecordingError("recording.request", message, value=seen, fix=fix) from None
        if not self._has_session(session, owner):
            raise RecordingError("recording.session", "no live session of that id is here", value=shorten(session))
        return session


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, {"cache-control": "no-store"}, media_type="application/json")
