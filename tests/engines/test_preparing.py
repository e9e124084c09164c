"""A size is prepared for in pieces, between pictures, by a capture that is counted instead of done."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from lightbrush import wire
from lightbrush.engines.engine import PreparingEngine
from lightbrush.engines.latent import LatentEngine
from lightbrush.errors import FleetError
from lightbrush.fleet import link, worker
from lightbrush.fleet.worker import Options
from lightbrush.nn.latent.painter import Painter
from lightbrush.nn.latent.stage import Stage
from lightbrush.shots import Frame, Prompt, Size
from lightbrush.wire import Kind, Prepare
from tests.engines import flux_stand_ins, klein_stand_ins
from tests.engines.latent_stand_ins import CPU

pytestmark = pytest.mark.usefixtures("one_thread")
WIDE = Size(96, 64)
PIECES = 3 * 4
"""Of encode, step and decode: three runs, and the capture."""


class Captured(Stage):
    """On a CPU, as if it were captured. log: what was done, in order."""

    log: list[str]

    def __init__(self, function: Any, buffers: Any, pool: Any = None, captured: bool = True) -> None:
        super().__init__(function, buffers, pool, captured)
        self._left.extend([self._piece] * 4)

    def _piece(self) -> None:
        self.log.append("piece")
        self._function(self._buffers)  # which leaves anything in what it writes to

    @torch.no_grad()
    def run(self) -> None:
        self.finish()
        self.log.append("run")
        self._function(self._buffers)


def captured(log: list[str], made: Callable[[], LatentEngine] = klein_stand_ins.engine) -> LatentEngine:
    engine = made()
    stage = type("Captured", (Captured,), {"log": log})
    engine.painter = Painter(engine.painter.networks, CPU, torch.float32, stage)
    return engine


def frame(made: LatentEngine, size: Size = klein_stand_ins.SIZE) -> Frame:
    told = {"engine": made.card.id, "width": size.width, "height": size.height, "steps": 1}
    return Frame(prompts=(Prompt("a calm sea"),), **told)


@pytest.mark.parametrize("made", [klein_stand_ins.engine, flux_stand_ins.engine])
def test_the_first_picture_of_a_size_that_was_prepared_for_waits_for_nothing(
    made: Callable[[], LatentEngine],
) -> None:
    log: list[str] = []
    engine = captured(log, made)
    assert isinstance(engine, PreparingEngine)
    shares = list(engine.prepare(WIDE))
    assert shares == sorted(shares)
    assert (len(shares), shares[-1]) == (PIECES, 1.0)
    assert log == ["piece"] * PIECES
    log.clear()
    picture = engine.render(frame(engine, WIDE)).pixels
    assert "piece" not in log
    assert np.array_equal(picture, made().render(frame(engine, WIDE)).pixels)
    assert list(engine.prepare(WIDE)) == [1.0]


def test_pictures_between_pieces_are_what_they_always_are() -> None:
    log: list[str] = []
    engine = captured(log)
    before = engine.render(frame(engine)).pixels
    log.clear()
    for _ in engine.prepare(WIDE):
        done = len(log)
        assert np.array_equal(engine.render(frame(engine)).pixels, before)
        assert "piece" not in log[done:]


def test_a_picture_of_a_size_that_is_half_prepared_does_the_rest() -> None:
    log: list[str] = []
    engine = captured(log)
    pieces = engine.prepare(WIDE)
    for _ in range(5):
        next(pieces)
    picture = engine.render(frame(engine, WIDE)).pixels
    assert np.array_equal(picture, klein_stand_ins.engine().render(frame(engine, WIDE)).pixels)
    assert list(pieces)[-1] == 1.0


def test_a_lack_of_memory_is_told_and_lets_go_of_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = captured([])

    def full(self: Stage) -> None:
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(Stage, "prepare", full)
    with pytest.raises(FleetError) as raised:
        list(engine.prepare(WIDE))
    assert raised.value.code == "fleet.memory"
    assert not engine.painter._canvases


def test_a_worker_renders_the_old_size_between_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole loop, over a real socket: whoever asks for a picture waits for one piece at most."""
    log: list[str] = []
    engine = captured(log)
    engine.render(frame(engine))  # its default size, as `worker.load` does
    log.clear()
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(link, "connect", lambda *_: theirs)
    monkeypatch.setattr(worker, "_live", lambda *_: None)
    options = Options(gateway="unix:x", token="t", engines=(), device="cpu")
    running = threading.Thread(target=worker.run, args=(options, {engine.card.id: engine}), daemon=True)
    running.start()
    with ours:
        ours.settimeout(60)
        hello = link.read(ours)
        assert hello is not None
        assert hello.kind is Kind.HELLO
        ours.sendall(wire.encode_prepare(7, Prepare(engine=engine.card.id, width=96, height=64)))
        kinds: list[Kind] = []
        shares: list[float] = []
        while not shares or shares[-1] < 1.0:
            message = link.read(ours)
            assert message is not None
            kinds.append(message.kind)
            if message.kind is Kind.PREPARED:
                assert message.seq == 7
                shares.append(wire.decode_prepared(message).share)
                if len(shares) in (2, 5, 8):
                    ours.sendall(wire.encode_shot(len(shares), frame(engine)))
            else:
                assert wire.decode_picture(message).width == 64
        assert kinds.count(Kind.PICTURE) == 3
        assert shares == sorted(shares)
        ours.sendall(wire.encode_shot(9, frame(engine, WIDE)))
        done = len(log)
        message = link.read(ours)
        assert message is not None
        assert (message.seq, wire.decode_picture(message).width) == (9, 96)
        assert "piece" not in log[done:]
    running.join(timeout=60)
    theirs.close()
    assert not running.is_alive()
