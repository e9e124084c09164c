"""What a session shows, for programs that mix pictures (OBS, TouchDesigner, Resolume): its newest JPEG, as the worker
encoded it, in parts of one HTTP answer.

A screen is shown under its session's id, and under the name that the page chose, which stays when its connection is
made anew. Who watches by that name sees the last picture meanwhile.

Bounds: a screen keeps one picture, whoever watches waits for the newest one; `MOST_WATCHERS` at once, the next is
refused. Overflow rule: the newest wins.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final

import numpy as np

from lightbrush import pixels
from lightbrush.errors import OutputError, shorten
from lightbrush.shots import EncodedPicture

MOST_WATCHERS: Final = 64
BOUNDARY: Final = "lightbrush"
_NAME: Final = re.compile(r"o-[0-9a-f]{24}")
#: A picture that stays is sent again so often: players take silence for the end, and who has gone is noticed.
_AGAIN_S: Final = 1.0


class Screen:
    """session: whose pictures it shows; "" while nobody shows any."""

    def __init__(self, session: str, user: str) -> None:
        self.session, self.user = session, user
        self.black = False
        self.watchers: set[asyncio.Event] = set()
        self._picture: EncodedPicture | None = None
        self._black: tuple[tuple[int, int], bytes] = ((0, 0), b"")

    def show(self, picture: EncodedPicture) -> None:
        self._picture = picture
        if not self.black:
            self.wake()

    def shown(self) -> bytes | None:
        """A JPEG; None before the first picture."""
        if self._picture is None:
            return None
        if not self.black:
            return self._picture.data
        size = self._picture.width, self._picture.height
        if self._black[0] != size:
            width, height = size
            self._black = size, pixels.encode(np.zeros((height, width, 3), np.uint8), "image/jpeg", 80)
        return self._black[1]

    def wake(self) -> None:
        for watcher in self.watchers:
            watcher.set()


class Outputs:
    """again_s: a picture that stays is sent again so often."""

    def __init__(self, again_s: float = _AGAIN_S) -> None:
        self._screens: dict[str, Screen] = {}  # by session, and by the name that it chose
        self._again_s = again_s
        self._closed = False

    def enter(self, session: str, user: str = "", name: str = "") -> None:
        """name: the page's, "" for none; of two sessions of one user the newer has it, another user's is not given."""
        held = self._screens.get(name) if _NAME.fullmatch(name) else None
        taken = held is not None and held.user != user
        screen = Screen(session, user) if held is None or taken else held
        if screen.session not in ("", session):  # it is still there, and seen under its own id alone
            self._screens[screen.session] = Screen(screen.session, user)
        screen.session = session
        self._screens[session] = screen
        if _NAME.fullmatch(name) and not taken:
            self._screens[name] = screen

    def left(self, session: str) -> None:
        screen = self._screens.pop(session, None)
        if screen is None:
            return
        screen.session = ""
        name = next((name for name, other in self._screens.items() if other is screen), "")
        if not name or not screen.watchers:
            self._screens.pop(name, None)
        screen.wake()

    def show(self, session: str, picture: EncodedPicture) -> None:
        """A file without loss is one to keep, and not shown."""
        screen = self._screens.get(session)
        if screen is not None and picture.encoding == "image/jpeg":
            screen.show(picture)

    def black(self, session: str, on: bool) -> None:
        """Everybody who watches that session's screen sees black."""
        screen = self._screens[session]
        screen.black = on
        screen.wake()

    def session(self, name: str) -> str:
        """Whose pictures are shown under that name, or that id; "" when nobody's."""
        screen = self._screens.get(name)
        return "" if screen is None else screen.session

    async def watch(self, name: str, over: asyncio.Event) -> AsyncIterator[bytes]:
        """Parts, until over is set, or its session ends and has chosen no name."""
        screen = self._screens[name]
        wake = asyncio.Event()
        wake.set()
        screen.watchers.add(wake)
        try:
            yield f"--{BOUNDARY}\r\n".encode()
            while not (over.is_set() or self._closed or self._screens.get(name) is not screen):
                try:
                    async with asyncio.timeout(self._again_s):
                        await wake.wait()
                except TimeoutError:
                    pass
                wake.clear()
                shown = screen.shown()
                if shown is not None and not over.is_set():
                    yield _part(shown)
        finally:
            screen.watchers.discard(wake)
            if not screen.session and not screen.watchers and self._screens.get(name) is screen:
                del self._screens[name]

    def check_room(self) -> None:
        """Raises OutputError while as many watch as may."""
        if sum(len(screen.watchers) for screen in {id(s): s for s in self._screens.values()}.values()) >= MOST_WATCHERS:
            raise OutputError("output.full", f"{MOST_WATCHERS} programs watch already", fix="Close one of them")

    def close(self) -> None:
        """Whoever watches comes to the end."""
        self._closed = True
        for screen in self._screens.values():
            screen.wake()


def missing(name: str) -> OutputError:
    return OutputError(
        "output.missing",
        "no live session of that id or name is here",
        value=shorten(name),
        fix="Copy the address anew: Perform, Output",
    )


def _part(jpeg: bytes) -> bytes:
    """The boundary that ends a part comes with it: some show a picture only when they have read that."""
    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + f"\r\n--{BOUNDARY}\r\n".encode()
