"""A worker's answers, and the worker as a process against a gateway played by the test."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lightbrush import pixels, wire
from lightbrush.errors import FleetError, LightbrushError, SettingsError
from lightbrush.fleet import link, worker
from lightbrush.fleet.shelf import Stock
from lightbrush.shots import Asset, Frame, Picture, Prompt, Reference, Region
from lightbrush.wire import Kind, Message
from tests.harness import LIMIT_S, ROOT, SKETCH, environment, png_that_declares, shot
from tests.stand_in import Blur

ENGINES = {"blur": Blur()}
ASSET = Asset.of(SKETCH)


def ask(frame: Frame, *held: Asset) -> Message:
    stock = Stock()
    for asset in held:
        stock.add(asset)
    return wire.unpack(worker.answer(wire.unpack(wire.encode_shot(5, frame)), ENGINES, "w", stock))


def test_a_shot_is_answered_with_its_picture_and_stage_times() -> None:
    message = ask(shot(accept="image/png"))
    picture = wire.decode_picture(message)
    assert message.seq == 5
    assert (picture.width, picture.height, picture.worker, picture.engine) == (64, 64, "w", "blur")
    assert list(picture.times_ms) == ["decode", "step", "encode"]
    assert pixels.decode(picture.data).shape == (64, 64, 3)


def test_the_same_shot_gives_the_same_bytes() -> None:
    first, second = wire.decode_picture(ask(shot(seed=9))), wire.decode_picture(ask(shot(seed=9)))
    assert first.data == second.data
    assert first.data != wire.decode_picture(ask(shot(seed=10))).data


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (shot(engine="other"), "shot.engine"),
        (shot(width=65), "shot.size"),
        (shot(strength=float("nan")), "shot.strength"),
        (shot(sketch=b"not a picture"), "pixels.format"),
        (shot(sketch=png_that_declares(60_000, 60_000)), "pixels.too_large"),
        (shot(base=ASSET, mask=b"not a picture"), "pixels.format"),
        (shot(base=ASSET, mask=png_that_declares(60_000, 60_000)), "pixels.too_large"),
        (shot(references=(Reference(Asset("0" * 64)),)), "asset.missing"),
        (shot(parameters={"act": "raise"}), "fleet.engine_failed"),
    ],
)
def test_what_cannot_be_rendered_is_answered_with_a_problem(frame: Frame, code: str) -> None:
    assert wire.decode_problem(ask(frame, ASSET)).code == code


def test_an_engine_that_finds_no_memory_is_left_out_while_another_is_there() -> None:
    engines, left_out = worker.load_all(["tests.stand_in:spec", "tests.stand_in:full"], "cpu", "w")
    assert list(engines) == ["blur"]
    assert {name: problem.code for name, problem in left_out.items()} == {"full": "fleet.memory"}
    with pytest.raises(FleetError) as raised:
        worker.load_all(["tests.stand_in:full"], "cpu", "w")
    assert raised.value.code == "fleet.memory"
    with pytest.raises(SettingsError):  # what is wrong otherwise is told at once
        worker.load_all(["tests.stand_in:spec", "tests.stand_in:broken"], "cpu", "w")


class Pair(Blur):
    """Makes several pictures at once, and counts how many."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    def render_batch(self, shots: Sequence[Frame]) -> list[Picture | LightbrushError]:
        self.batches.append(len(shots))
        if any(shot.parameters.get("act") == "raise" for shot in shots):
            raise ZeroDivisionError
        return [self.render(shot) for shot in shots]


def together(engine: Blur, *frames: Frame) -> list[Message]:
    messages = [wire.unpack(wire.encode_shot(7 + i, frame)) for i, frame in enumerate(frames)]
    stock = Stock()
    stock.add(ASSET)
    return [wire.unpack(told) for told in worker.answer_together(messages, {"blur": engine}, "w", stock)]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"steps": 99}, "shot.steps"),
        ({"sketch": b"x"}, "pixels.format"),
        ({"regions": (Region(mask=b"x", prompts=(Prompt("snow"),)),)}, "pixels.format"),
    ],
)
def test_shots_that_came_together_are_rendered_at_once_and_each_is_answered(bad: dict[str, object], code: str) -> None:
    pair = Pair()
    frames = (shot(seed=1), shot(**bad), shot(seed=2, references=(Reference(Asset(ASSET.sha256)),)))
    one, two, three = together(pair, *frames)
    assert pair.batches == [2]
    assert (one.seq, two.seq, three.seq) == (7, 8, 9)
    assert wire.decode_picture(one).data == wire.decode_picture(ask(frames[0])).data
    assert wire.decode_problem(two).code == code
    assert wire.decode_picture(three).data == wire.decode_picture(ask(frames[2], ASSET)).data


def test_shots_of_two_sizes_or_of_an_engine_that_makes_one_picture_come_one_by_one() -> None:
    pair = Pair()
    assert [m.kind for m in together(pair, shot(), shot(width=256, height=256))] == [Kind.PICTURE] * 2
    assert [m.kind for m in together(Blur(), shot(), shot())] == [Kind.PICTURE] * 2
    assert pair.batches == []


def test_a_batch_that_fails_costs_only_the_shot_that_it_failed_by() -> None:
    told = together(Pair(), shot(seed=1), shot(parameters={"act": "raise"}))
    assert [m.kind for m in told] == [Kind.PICTURE, Kind.PROBLEM]
    missing = together(Pair(), shot(references=(Reference(Asset("0" * 64)),)))
    assert wire.decode_problem(missing[0]).code == "asset.missing"


class Dialled:
    """A worker process and this end of its link."""

    def __init__(self, process: subprocess.Popen[bytes], sock: socket.socket) -> None:
        self.process = process
        self.sock = sock

    def receive(self) -> Message:
        """The next one that is no BEAT."""
        while (message := link.read(self.sock)) is not None:
            if message.kind is not Kind.BEAT:
                return message
        raise EOFError("the worker closed the link")


@pytest.fixture(params=["unix", "tcp"])
def dialled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Dialled]:
    if request.param == "unix":
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(tmp_path / "s"))
        server.listen()
        address = f"unix:{tmp_path / 's'}"
    else:
        server = socket.create_server(("127.0.0.1", 0))
        address = f"127.0.0.1:{server.getsockname()[1]}"
    server.settimeout(LIMIT_S)
    yield from _dial(server, address, "tests.stand_in:spec")


def _dial(server: socket.socket, address: str, engine: str) -> Iterator[Dialled]:
    command = [sys.executable, "-m", "lightbrush.fleet.worker", "--gateway", address, "--engine", engine]
    environ = environment() | {link.TOKEN_VARIABLE: "secret"}
    with subprocess.Popen([*command, "--name", "w"], env=environ, cwd=ROOT) as process, server:
        try:
            sock, _ = server.accept()
            sock.settimeout(LIMIT_S)
            with sock:
                yield Dialled(process, sock)
            process.wait(LIMIT_S)
        finally:
            process.kill()


def test_it_says_hello_then_answers_shot_after_shot(dialled: Dialled) -> None:
    hello = wire.decode_hello(dialled.receive())
    assert hello == wire.Hello(
        token="secret", worker="w", device="CPU (NumPy)", engines=("blur", "enhance"), beat_s=worker.BEAT_S
    )
    for seq, act in ((1, "render"), (2, "raise"), (3, "render")):
        dialled.sock.sendall(wire.encode_shot(seq, shot(parameters={"act": act})))
        message = dialled.receive()
        assert (message.seq, message.kind) == (seq, Kind.PROBLEM if act == "raise" else Kind.PICTURE)


def test_it_renders_again_and_again_with_a_picture_that_was_sent_once(dialled: Dialled) -> None:
    dialled.receive()
    dialled.sock.sendall(wire.encode_asset(ASSET))
    for seq, named in ((1, ASSET), (2, ASSET), (3, Asset("0" * 64)), (4, ASSET)):
        dialled.sock.sendall(wire.encode_shot(seq, shot(references=(Reference(named),))))
        message = dialled.receive()
        assert (message.seq, message.kind) == (seq, Kind.PICTURE if named == ASSET else Kind.PROBLEM)


def test_it_ends_at_once_when_the_link_closes_though_it_renders_for_minutes(dialled: Dialled) -> None:
    dialled.receive()
    dialled.sock.sendall(wire.encode_shot(1, shot(parameters={"cost_ms": 600_000.0})))
    link.close(dialled.sock)
    assert dialled.process.wait(LIMIT_S) == 0


def test_garbage_on_the_link_ends_it(dialled: Dialled) -> None:
    dialled.receive()
    dialled.sock.sendall(bytes(64))
    assert dialled.process.wait(LIMIT_S) == 1


def test_an_engine_that_does_not_load_is_told_to_the_gateway(tmp_path: Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(LIMIT_S)
    dial = _dial(server, f"127.0.0.1:{server.getsockname()[1]}", "tests.stand_in:broken")
    dialled = next(dial)
    problem = wire.decode_problem(dialled.receive())
    assert (problem.code, problem.fix) == ("weights.missing", "Install them")
    assert dialled.process.wait(LIMIT_S) == 1
    dial.close()
    server.close()


def test_an_address_nobody_listens_at_is_an_exit_status(tmp_path: Path) -> None:
    arguments = ["--gateway", f"unix:{tmp_path}/none", "--engine", "tests.stand_in:spec"]
    done = subprocess.run(
        [sys.executable, "-m", "lightbrush.fleet.worker", *arguments],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 1
    assert "No such file" in done.stderr


def test_the_sketch_reaches_the_engine() -> None:
    with_sketch = wire.decode_picture(ask(shot(sketch=SKETCH))).data
    assert with_sketch != wire.decode_picture(ask(shot(sketch=b""))).data
