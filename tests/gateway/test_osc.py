"""OSC in, over real UDP: what is sent is told to pages that listen, what is none is dropped, all of it is bounded."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from lightbrush.errors import SettingsError
from lightbrush.gateway import osc
from lightbrush.gateway.metrics import Metrics
from lightbrush.gateway.osc import Heard, Osc
from tests.gateway.job_site import ask, connected
from tests.harness import LIMIT_S, gateway


@asynccontextmanager
async def listening() -> AsyncIterator[Osc]:
    heard = Osc("127.0.0.1:0", Metrics())
    await heard.start()
    try:
        yield heard
    finally:
        heard.close()


def send(address: str, *packets: bytes) -> None:
    host, _, port = address.rpartition(":")
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
        for data in packets:
            sender.sendto(data, (host, int(port)))


async def told(events: AsyncIterator[bytes]) -> list[Any]:
    """What the next event says was heard."""
    async with asyncio.timeout(LIMIT_S):
        event = await anext(events)
    assert event.startswith(b"event: osc\ndata: ")
    values: list[Any] = json.loads(event.split(b"data: ")[1])
    return values


def packet(address: str, *values: object) -> bytes:
    builder = OscMessageBuilder(address=address)
    for value in values:
        builder.add_arg(value)  # type: ignore[arg-type]
    return builder.build().dgram


@pytest.mark.parametrize(
    ("values", "value"),
    [
        ([0.25], 0.25),
        ([1], 1.0),
        ([True], 1.0),
        ([False], 0.0),
        ([], 1.0),
        (["red", 0.5], 0.5),
        ([float("nan"), 0.5], 0.5),
    ],
)
async def test_the_first_number_of_a_message_is_its_value(values: list[object], value: float) -> None:
    async with listening() as heard:
        events = heard.listen()
        await anext(events)
        send(heard.address, packet("/knob", *values))
        assert await told(events) == [{"address": "/knob", "value": value}]


async def test_a_bundle_is_heard_whole_and_now() -> None:
    bundle = OscBundleBuilder(IMMEDIATELY)
    for address in ("/a", "/b"):
        builder = OscMessageBuilder(address=address)
        builder.add_arg(0.5)
        bundle.add_content(builder.build())
    assert osc.read(bundle.build().dgram) == [Heard("/a", 0.5), Heard("/b", 0.5)]


async def test_what_is_no_osc_is_dropped_and_what_follows_is_heard() -> None:
    async with listening() as heard:
        events = heard.listen()
        await anext(events)
        send(heard.address, b"", b"\0", b"#bundle\0", b"hello", os.urandom(1400))
        send(heard.address, packet("/words", "no number"), packet("/" + "x" * 300, 1.0), packet("/knob", 1.0))
        assert await told(events) == [{"address": "/knob", "value": 1.0}]


async def test_strangers_cannot_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as heard:
        heard.datagram_received(b"/a\0\0,Q\0\0\0\0\0\1", None)
        assert caplog.records == []


def test_random_damage_raises_nothing() -> None:
    chance = random.Random(6)
    whole = packet("/some/knob", 0.5, "text", 7, True)
    for _ in range(3000):
        damaged = bytearray(whole[: chance.randrange(len(whole) + 1)])
        for _ in range(chance.randrange(4)):
            if damaged:
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        osc.read(bytes(damaged))


async def test_of_an_address_a_slow_page_hears_the_newest_and_so_many_addresses_wait() -> None:
    async with listening() as heard:
        events = heard.listen()
        await anext(events)
        for value in range(5):
            heard.datagram_received(packet("/knob", float(value)), None)
        for number in range(osc._MOST_ADDRESSES - 1):
            heard.datagram_received(packet(f"/{number}", 1.0), None)
        first = await told(events)
        assert first[0] == {"address": "/knob", "value": 4.0}
        assert len(first) == osc._MOST_ADDRESSES
        for number in range(osc._MOST_ADDRESSES + 1):
            heard.datagram_received(packet(f"/{number}", 1.0), None)
        second = await told(events)
        assert (second[0]["address"], len(second)) == ("/1", osc._MOST_ADDRESSES)


async def test_more_packets_than_that_a_second_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osc, "MOST_PACKETS_S", 3)
    metrics = Metrics()
    heard = Osc("", metrics)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 5.0)
    for _ in range(5):
        heard.datagram_received(packet("/knob", 1.0), None)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 6.0)
    heard.datagram_received(packet("/knob", 1.0), None)
    text = metrics.text().decode()
    assert 'osc_packets_total{how="read"} 4.0' in text
    assert 'osc_packets_total{how="dropped"} 2.0' in text


@pytest.mark.parametrize("where", ["9000", "127.0.0.1:", "127.0.0.1:99999", ":9000", "not a host:1"])
async def test_an_address_that_is_none_is_refused(where: str) -> None:
    with pytest.raises(SettingsError) as caught:
        await Osc(where, Metrics()).start()
    assert caught.value.code == "settings.value"


async def test_a_port_that_another_has_is_refused() -> None:
    async with listening() as heard:
        with pytest.raises(SettingsError, match="cannot listen there"):
            await Osc(heard.address, Metrics()).start()


async def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osc, "find_spec", lambda name: None)
    with pytest.raises(SettingsError) as caught:
        await Osc("127.0.0.1:0", Metrics()).start()
    assert (caught.value.code, caught.value.problem.fix) == ("extra.missing", "pip install 'lightbrush[osc]'")
    await Osc("", Metrics()).start()


def test_a_page_hears_it_through_a_gateway_that_was_asked_to_listen() -> None:
    with gateway("--workers", "0", "--osc", "127.0.0.1:0", "--token", "secret") as running:
        assert ask(running, "GET", "/api/osc").json["code"] == "access.token"
        with connected(running, "GET", "/api/osc?token=secret", None, {}) as answer:
            assert answer.status == 200
            assert answer.readline() == b"event: open\n"
            address = json.loads(answer.readline().removeprefix(b"data: "))["address"]
            answer.readline()
            send(address, packet("/lightbrush/blackout", 1))
            assert answer.readline() == b"event: osc\n"
            assert json.loads(answer.readline().removeprefix(b"data: ")) == [
                {"address": "/lightbrush/blackout", "value": 1.0}
            ]


def test_it_is_off_unless_asked_for() -> None:
    with gateway("--workers", "0") as running:
        answer = ask(running, "GET", "/api/osc")
        assert (answer.status, answer.json["code"]) == (404, "output.off")
