"""What sessions show, over HTTP (docs/perform.md)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from lightbrush.errors import OutputError, RoomError, shorten
from lightbrush.gateway.output import BOUNDARY, Outputs

_MOST_BODY_BYTES = 1024

#: While it is open the answer may be read; the function is called when that is over.
Visit = Callable[[Callable[[RoomError], None]], AbstractContextManager[None]]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    black: bool


class OutputRoutes:
    """admit: whether whoever asks may see that session (change: may black it out), and as long as what. Raises
    AccessError, RoomError, OutputError for whoever may not."""

    def __init__(self, outputs: Outputs, admit: Callable[[Request, str, bool], Awaitable[Visit]]) -> None:
        self._outputs, self._admit = outputs, admit

    def routes(self) -> list[Route]:
        return [
            Route("/output/{name}.mjpeg", self.pictures, methods=["GET"]),
            Route("/output/{name}", self.page, methods=["GET"]),
            Route("/output/{name}", self.change, methods=["PUT"]),
        ]

    async def pictures(self, request: Request) -> Response:
        name = request.path_params["name"]
        visit = await self._admit(request, name, False)
        self._outputs.check_room()
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        media_type = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
        return StreamingResponse(self._watch(name, visit), headers=headers, media_type=media_type)

    async def _watch(self, name: str, visit: Visit) -> AsyncIterator[bytes]:
        over = asyncio.Event()
        with visit(lambda _error: over.set()):
            async for part in self._outputs.watch(name, over):
                yield part

    async def page(self, request: Request) -> Response:
        """The page is a file like the others; what it shows, and by what right, stays in its address."""
        query = request.url.query
        where = f"../output.html?name={request.path_params['name']}{'&' if query else ''}{query}"
        return RedirectResponse(where, headers={"cache-control": "no-store"})

    async def change(self, request: Request) -> Response:
        name = request.path_params["name"]
        await self._admit(request, name, True)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BODY_BYTES:
                break
        try:
            asked = msgspec.json.decode(bytes(body), type=Asked)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            seen = shorten(body.decode("utf-8", "replace"))
            message = f"the request cannot be read: {error}"
            raise OutputError("output.request", message, value=seen, fix='Send {"black": true} or false') from None
        self._outputs.black(self._outputs.session(name), asked.black)
        return Response(status_code=204)
