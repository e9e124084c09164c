"""Jobs over HTTP (docs/jobs.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from lightbrush.errors import JobError, shorten
from lightbrush.gateway import events
from lightbrush.gateway.asked import Asked, Premiere
from lightbrush.gateway.assets import Assets
from lightbrush.gateway.keeper import Keeper
from lightbrush.gateway.recorder import Recorder

_MOST_BODY_BYTES: Final = 64 * 1024
_PRIORITIES: Final = (1, 100)
_TYPES: Final = {
    ".jpg": "image/jpeg",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".webp": "image/webp",
    ".zip": "application/zip",
}


class JobRoutes:
    """admit: whose jobs whoever asks may see; None: everyone's. Raises AccessError for whoever may not."""

    def __init__(
        self,
        keeper: Callable[[], Keeper],
        recorder: Callable[[], Recorder],
        assets: Assets,
        admit: Callable[[Request], str | None],
    ) -> None:
        self._keeper, self._recorder, self._assets, self._admit = keeper, recorder, assets, admit

    def routes(self) -> list[Route]:
        return [
            Route("/api/jobs", self.add, methods=["POST"]),
            Route("/api/jobs", self.list, methods=["GET"]),
            Route("/api/jobs/events", self.events, methods=["GET"]),
            Route("/api/jobs/{id}", self.show, methods=["GET"]),
            Route("/api/jobs/{id}", self.end, methods=["DELETE"]),
            Route("/api/jobs/{id}/pause", self.pause, methods=["POST"]),
            Route("/api/jobs/{id}/resume", self.resume, methods=["POST"]),
            Route("/api/jobs/{id}/preview", self.preview, methods=["GET"]),
            Route("/api/jobs/{id}/source", self.source, methods=["GET"]),
            Route("/api/jobs/{id}/result", self.result, methods=["GET"]),
        ]

    async def add(self, request: Request) -> Response:
        owner = self._admit(request)
        asked = await _asked(request)
        low, high = _PRIORITIES
        if asked.priority is not None and not low <= asked.priority <= high:
            raise JobError("job.request", f"a priority is {low} to {high}", value=asked.priority)
        if isinstance(asked, Premiere):
            path = await self._recorder().file(asked.recording, owner)
            return _json(await self._keeper().premiere(path, asked, owner or ""), 201)
        self._assets.require((asked.picture,))
        return _json(await self._keeper().enhance(self._assets[asked.picture], asked, owner or ""), 201)

    async def list(self, request: Request) -> Response:
        owner = self._admit(request)
        return _json({"jobs": await self._keeper().jobs(owner)})

    async def show(self, request: Request) -> Response:
        owner = self._admit(request)
        return _json(await self._keeper().job(request.path_params["id"], owner))

    async def end(self, request: Request) -> Response:
        owner = self._admit(request)
        job = await self._keeper().end(request.path_params["id"], owner)
        return Response(status_code=204) if job is None else _json(job)

    async def pause(self, request: Request) -> Response:
        owner = self._admit(request)
        return _json(await self._keeper().pause(request.path_params["id"], owner))

    async def resume(self, request: Request) -> Response:
        owner = self._admit(request)
        return _json(await self._keeper().resume(request.path_params["id"], owner))

    async def preview(self, request: Request) -> Response:
        owner = self._admit(request)
        known = request.headers.get("if-none-match", "")
        tag, data = await self._keeper().preview(request.path_params["id"], known, owner)
        headers = {"etag": tag, "cache-control": "no-cache"}
        if data is None:
            return Response(status_code=304, headers=headers)
        return Response(data, headers=headers, media_type="image/jpeg")

    async def source(self, request: Request) -> Response:
        owner = self._admit(request)
        path, kind = await self._keeper().source(request.path_params["id"], owner)
        return FileResponse(path, media_type=kind, headers={"cache-control": "private, max-age=31536000, immutable"})

    async def result(self, request: Request) -> Response:
        owner = self._admit(request)
        path, name = await self._keeper().result(request.path_params["id"], owner)
        headers = {"cache-control": "no-store"}
        return FileResponse(path, filename=name, media_type=_TYPES[path.suffix], headers=headers)

    async def events(self, request: Request) -> Response:
        owner = self._admit(request)
        keeper = self._keeper()
        known = [job.id for job in await keeper.jobs(owner)]
        return events.response(keeper.bulletin.listen(known, lambda job: keeper.sees(owner, job)))


async def _asked(request: Request) -> Asked:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BODY_BYTES:
            raise JobError("job.request", f"a request has at most {_MOST_BODY_BYTES} bytes", value=f"{len(body)} bytes")
    try:
        asked: Asked = msgspec.json.decode(bytes(body), type=Asked)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        seen = shorten(body.decode("utf-8", "replace"))
        raise JobError(
            "job.request", f"the request cannot be read: {error}", value=seen, fix="See docs/jobs.md"
        ) from None
    return asked


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, {"cache-control": "no-store"}, media_type="application/json")
