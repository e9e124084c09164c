"""A worker: a process that owns one device and some loaded engines, and renders what its gateway sends.

    python -m lightbrush.fleet.worker --gateway unix:/run/lb.sock --engine embedded --device auto

It dials the gateway (token in LIGHTBRUSH_LINK_TOKEN), loads and warms its engines, says HELLO, then answers every SHOT
with a PICTURE, every BLOCK with FOOTAGE, every TILE with an ENLARGED, or any of them with a PROBLEM; an ASSET is kept
for the shots that name it. What a PREPARE asks for is done in pieces while nothing else is. It ends when the gateway
closes the link, even in the middle of a render: a second thread watches the link, and nothing here is worth saving. The
same thread sends a BEAT now and then, so that a process that stands still is told from an idle one.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import msgspec
import numpy as np

from lightbrush import pixels, wire
from lightbrush.engines.engine import BatchEngine, BlockEngine, Engine, check, check_block, find
from lightbrush.enhance.units import ENGINE
from lightbrush.enhance.upscalers import installed
from lightbrush.errors import FleetError, LightbrushError, Problem, ShotError, shorten
from lightbrush.fleet import link
from lightbrush.fleet.child import die_with, go_by
from lightbrush.fleet.enlarging import Enlarger
from lightbrush.fleet.preparing import Preparing
from lightbrush.fleet.shelf import Stock
from lightbrush.shots import (
    Block,
    EncodedFootage,
    EncodedPicture,
    EnlargedTile,
    Frame,
    Picture,
    Prompt,
    Shot,
    Still,
    Tile,
)
from lightbrush.timeline import BLOCK_FRAMES
from lightbrush.wire import Kind

log = logging.getLogger("lightbrush.worker")

LOG_FORMAT: Final = "%(name)s: %(message)s"
_CONNECT_TIMEOUT_S: Final = 10.0
BEAT_S: Final = 0.2
"""How often a worker says that it lives, unless it is told otherwise."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """parent: the process whose death ends this one; 0 when nobody in particular started it."""

    gateway: str
    token: str
    engines: tuple[str, ...]
    device: str = "auto"
    name: str = "worker"
    parent: int = 0
    nice: int = 0
    beat_s: float = BEAT_S


def answer(
    message: wire.Message,
    engines: Mapping[str, Engine],
    worker: str,
    stock: Stock,
    enlarge: Callable[[Tile], EnlargedTile] | None = None,
) -> bytes:
    """One shot in, one answer out: the whole of what a worker does. Nothing that a shot can cause is raised."""

    def made() -> bytes:
        if message.kind is Kind.TILE and enlarge is not None:
            return wire.encode_enlarged(message.seq, enlarge(wire.decode_tile(message)))
        if message.kind is Kind.BLOCK:
            block = wire.decode_block(message)
            return wire.encode_footage(message.seq, render_block(block, _named(block, engines), worker))
        shot = stock.fill(wire.decode_shot(message))
        return wire.encode_picture(message.seq, render(shot, _named(shot, engines), worker))

    return _told(message.seq, made)


def _told(seq: int, made: Callable[[], bytes]) -> bytes:
    """What it gives, or a PROBLEM for what it raises."""
    try:
        return made()
    except LightbrushError as error:
        return wire.encode_problem(seq, error.problem)
    except MemoryError as error:
        problem = Problem(
            "fleet.memory", "the worker ran out of memory", shorten(repr(error)), "Ask for a smaller size"
        )
        return wire.encode_problem(seq, problem)
    except Exception as error:  # an engine's own failure costs its shot, not the worker
        log.exception("engine failed")
        problem = Problem("fleet.engine_failed", "the engine raised an error of its own", shorten(repr(error)))
        return wire.encode_problem(seq, problem)


def answer_together(
    messages: Sequence[wire.Message], engines: Mapping[str, Engine], worker: str, stock: Stock
) -> Iterator[bytes]:
    """`answer` of several shots that came together, rendered at once where their engine can: each one's own answer, in
    order."""
    try:
        shots = stock.fill_all([wire.decode_shot(message) for message in messages])
    except LightbrushError as error:
        yield from (wire.encode_problem(message.seq, error.problem) for message in messages)
        return
    made = _rendered_together(shots, engines)
    for i, message in enumerate(messages):
        yield _told(message.seq, partial(_encoded_one, message.seq, shots[i], made.get(i), engines, worker))


def _rendered_together(shots: Sequence[Frame], engines: Mapping[str, Engine]) -> dict[int, Picture | LightbrushError]:
    """Those of them that can be, by place; what is wrong with the others is seen when each is rendered alone."""
    able: dict[int, Frame] = {}
    for i, shot in enumerate(shots):
        with contextlib.suppress(LightbrushError):
            _check(shot, _named(shot, engines))
            able[i] = shot
    engine = engines[next(iter(able.values())).engine] if able else None
    alike = len({(shot.engine, shot.width, shot.height) for shot in able.values()}) == 1
    if not (alike and isinstance(engine, BatchEngine)):
        return {}
    try:
        return dict(zip(able, engine.render_batch(list(able.values())), strict=True))
    except Exception:
        log.exception("several shots at once failed; each is rendered alone")
        return {}


def _encoded_one(
    seq: int, shot: Frame, made: Picture | LightbrushError | None, engines: Mapping[str, Engine], worker: str
) -> bytes:
    if isinstance(made, LightbrushError):
        raise made
    if made is None:
        return wire.encode_picture(seq, render(shot, _named(shot, engines), worker))
    return wire.encode_picture(seq, encoded(shot, made, worker))


def render(shot: Frame, engine: Engine, worker: str) -> EncodedPicture:
    """Check, render, encode. The command line renders by this too, so it gives the same bytes."""
    _check(shot, engine)
    return encoded(shot, engine.render(shot), worker)


def _check(shot: Frame, engine: Engine) -> None:
    check(shot, engine.card)
    if shot.sketch:
        pixels.measure(shot.sketch)
    for mask in shot.masks:
        pixels.measure(mask, formats=pixels.MASK_FORMATS)


def encoded(shot: Frame, picture: Picture, worker: str) -> EncodedPicture:
    """As the shot wants it."""
    started = time.perf_counter()
    data = pixels.encode(picture.pixels, shot.accept, shot.quality)
    times_ms = {**picture.times_ms, "encode": (time.perf_counter() - started) * 1000.0}
    height, width = picture.pixels.shape[:2]
    return EncodedPicture(
        data=data,
        encoding=shot.accept,
        width=width,
        height=height,
        engine=picture.engine,
        worker=worker,
        times_ms=times_ms,
    )


def render_block(block: Block, engine: Engine, worker: str) -> EncodedFootage:
    """`render` of a block."""
    check_block(block, engine.card)
    if not isinstance(engine, BlockEngine):
        raise TypeError(f"{engine.card.id} has a card of video and renders none")
    footage = engine.render_block(block)
    started = time.perf_counter()
    frames = tuple(pixels.encode(frame, block.accept, block.quality) for frame in footage.pixels)
    return EncodedFootage(
        frames=frames,
        context=footage.context,
        width=block.width,
        height=block.height,
        engine=footage.engine,
        worker=worker,
        times_ms={**footage.times_ms, "encode": (time.perf_counter() - started) * 1000.0},
    )


def _named(shot: Shot, engines: Mapping[str, Engine]) -> Engine:
    if shot.engine not in engines:
        raise ShotError(
            "shot.engine",
            "this worker has not loaded it",
            value=shot.engine,
            fix=f"Loaded: {', '.join(engines)}",
        )
    return engines[shot.engine]


#: Why an engine may be left out while others are there.
_FULL: Final = ("weights.memory", "fleet.memory")


def load_all(names: Sequence[str], device: str, worker: str) -> tuple[dict[str, Engine], dict[str, Problem]]:
    """`load`, leaving out what finds no memory while something else does -> the engines, and why the others are not
    there, by the ids of their cards."""
    engines: dict[str, Engine] = {}
    left_out: dict[str, Problem] = {}
    first: LightbrushError | None = None
    for name in names:
        spec = find(name)
        try:
            engines |= load([name], device, worker)
        except LightbrushError as error:
            if error.code not in _FULL:
                raise
            first = first or error
            left_out[spec.card.id] = error.problem
            log.error("%s is left out: %s", spec.card.id, error)
    if first is not None and not engines:
        raise first
    return engines, left_out


def load(names: Sequence[str], device: str, worker: str) -> dict[str, Engine]:
    """Load the engines and render once with each, so that nobody waits for caches to fill."""
    engines: dict[str, Engine] = {}
    for name in names:
        engine = find(name).load(device)
        card = engine.card
        engines[card.id] = engine
        width, height = card.default_size.width, card.default_size.height
        if card.video_fps:
            first = Block(engine=card.id, width=width, height=height, prompts=(Prompt("a calm sea"),))
            context = render_block(first, engine, worker).context
            later = msgspec.structs.replace(first, index=1, context=context)
            if card.video_input:
                grey = pixels.encode(np.full((height, width, 3), 128, np.uint8), "image/jpeg")
                later = msgspec.structs.replace(later, input=(Still(grey, 1 + BLOCK_FRAMES),))
            render_block(later, engine, worker)
        else:
            render(Frame(engine=card.id, width=width, height=height), engine, worker)
    return engines


def run(options: Options, loaded: Mapping[str, Engine] | None = None) -> int:
    """-> the exit status. loaded: its engines, where they are already. Raises OSError when the gateway cannot be
    reached, LightbrushError for garbage."""
    sock = link.connect(options.gateway, _CONNECT_TIMEOUT_S)
    life = Life(options.beat_s)
    engines, left_out = loaded, dict[str, Problem]()
    threading.Thread(target=_live, args=(sock, life), name="link", daemon=True).start()
    try:
        if engines is None:
            engines, left_out = load_all(options.engines, options.device, options.name)
    except Exception as error:
        problem = _start_problem(error)
        log.error("cannot start: %s", problem.message)
        life.status = 1
        sock.sendall(wire.encode_problem(0, problem))
        link.close(sock)
        return 1
    device = next(iter(engines.values())).device
    able = (*engines, ENGINE) if installed() else tuple(engines)
    hello = wire.Hello(
        token=options.token,
        worker=options.name,
        device=device,
        engines=able,
        beat_s=options.beat_s,
        left_out=left_out,
        together=tuple(name for name, engine in engines.items() if isinstance(engine, BatchEngine)),
    )
    sock.sendall(wire.encode_hello(hello))
    life.greeted = True
    stock, enlarge, preparing = Stock(), Enlarger(options.device, options.name, engines), Preparing(engines)
    while True:
        if preparing.waits and not _readable(sock):  # whoever asks for a picture goes first
            for told in preparing.piece():
                with life.sending:
                    sock.sendall(told)
            continue
        if (message := link.read(sock)) is None:
            return 0
        if message.kind is Kind.ASSET:
            stock.add(wire.decode_asset(message))
        elif message.kind is Kind.PREPARE:
            preparing.ask(message.seq, wire.decode_prepare(message))
        elif message.kind is Kind.TOGETHER:
            several = [link.read(sock) for _ in range(wire.decode_together(message))]
            found = [each for each in several if each is not None]
            for told in answer_together(found, engines, options.name, stock):
                with life.sending:
                    sock.sendall(told)
        else:
            told = answer(message, engines, options.name, stock, enlarge)
            with life.sending:
                sock.sendall(told)


def _readable(sock: socket.socket) -> bool:
    return bool(select.select([sock], [], [], 0)[0])


@dataclass
class Life:
    """What both threads know. status: to exit with when the link is closed, by either side."""

    beat_s: float
    status: int = 0
    greeted: bool = False
    sending: threading.Lock = field(default_factory=threading.Lock)


def _live(sock: socket.socket, life: Life) -> None:
    """Beat, and end the process when the other side hangs up. Shots are the main thread's."""
    hang_up = select.poll()
    hang_up.register(sock, getattr(select, "POLLRDHUP", 0))  # POLLHUP is always told, RDHUP only on Linux
    while not hang_up.poll(life.beat_s * 1000.0 if life.beat_s else None):
        if life.greeted and life.sending.acquire(blocking=False):  # else an answer is under way, which says as much
            with contextlib.suppress(OSError):
                sock.sendall(wire.encode_beat())
            life.sending.release()
    os._exit(life.status)


def _start_problem(error: Exception) -> Problem:
    if isinstance(error, LightbrushError):
        return error.problem
    log.exception("an engine did not load")
    return FleetError("fleet.engine_failed", "an engine did not load", value=repr(error)).problem


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m lightbrush.fleet.worker", description=__doc__)
    parser.add_argument("--gateway", required=True, help="HOST:PORT or unix:PATH of the gateway's worker socket")
    parser.add_argument("--engine", action="append", required=True, help="id, or module:attribute; may be repeated")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--name", default=f"worker-{os.getpid()}")
    parser.add_argument("--parent", type=int, default=0, help="end when this process does")
    parser.add_argument("--beat-s", type=float, default=BEAT_S, help="how often to say that it lives; 0: never")
    parser.add_argument("--nice", type=int, default=0, help="how far to step back for other processes, 0 to 19")
    values = parser.parse_args(arguments)
    return Options(
        gateway=values.gateway,
        token=os.environ.pop(link.TOKEN_VARIABLE, ""),
        engines=tuple(values.engine),
        device=values.device,
        name=values.name,
        parent=values.parent,
        nice=values.nice,
        beat_s=values.beat_s,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    options = _options(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the gateway decides
    die_with(options.parent)
    go_by(options.name)
    os.nice(options.nice)
    return serve(options)


def serve(options: Options, loaded: Mapping[str, Engine] | None = None) -> int:
    """`run`, as what is left of a process -> the exit status, what went wrong being in the log."""
    try:
        return run(options, loaded)
    except (OSError, LightbrushError) as error:
        log.error("the gateway at %s: %s", options.gateway, error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
