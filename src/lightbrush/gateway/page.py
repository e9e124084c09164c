"""The web page as files, and the headers that every answer over HTTP carries."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Where the build puts the page.
STATIC: Final = Path(__file__).parent / "static"

#: The page loads nothing from elsewhere but pictures that somebody names by their address, which it reads as bytes and
#: encodes anew. Styles may be inline: its components place themselves with them.
_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "connect-src 'self' blob: data: https:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",  # the address may carry the token
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",  # with the line above: shared memory, so threads in WASM
    "cross-origin-resource-policy": "same-origin",
}

_MISSING: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Lightbrush</title>
<body style="font:15px/1.5 system-ui;max-width:38em;margin:4em auto;padding:0
1em;background:#161616;color:#ddd"> <h1>The gateway runs; its page is not built</h1>
<p>In a clone of the repository, <code>make serve</code> builds the page and starts again.
A wheel built with <code>pip wheel .</code> contains it.</p>
<p>Meanwhile the socket at <code>/ws</code>, <code>lightbrush render --url</code> and the Python client
work.</p> </body></html>
"""


class Page(StaticFiles):
    """The built page. Files under assets/ have a hash in their name and never change; the rest may."""

    def __init__(self, folder: Path = STATIC) -> None:
        super().__init__(directory=folder, html=True)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        fixed = path.startswith("assets/") and response.status_code in (200, 304)
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
        return response


async def _missing(request: Request) -> Response:
    status, said = (404, "Not Found") if request.path_params["path"] else (503, _MISSING)
    return HTMLResponse(said, status, {"cache-control": "no-store"})


def route(folder: Path = STATIC) -> BaseRoute:
    """The page, or what says that it is not built. Either takes every path, so what no route has is 404, not 405."""
    if (folder / "index.html").is_file():
        return Mount("/", Page(folder))
    return Route("/{path:path}", _missing)


class SecurityHeaders:
    """Puts `_HEADERS` on every answer over HTTP."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
